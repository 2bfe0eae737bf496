"""Frames for the tests of measures: fills, orders and quotes from a few words, and at random."""

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from binance_nb import frames, schemas

T0 = 1_790_000_000_000
"""The moment that times in the tests are counted from, in epoch milliseconds: 2026-09-21 13:33:20 UTC."""


def fills(*rows, **more):
    """Fills of FILLS from (ms, side, quantity, price), on BTCUSDT, one order, takers without fees, unless told."""
    told = []
    for number, (ms, side, quantity, price, *extra) in enumerate(rows):
        row = {
            "transaction_time": T0 + ms, "symbol": "BTCUSDT", "side": side, "last_executed_qty": quantity,
            "last_executed_price": price, "last_quote_qty": quantity * price, "commission_amount": 0.0,
            "commission_asset": "USDT", "is_maker": False, "trade_id": number, "order_id": 1, "product": "spot",
            "source": "stream",
        }  # fmt: skip
        told.append(row | more | (extra[0] if extra else {}))
    return frames.build(told, schemas.FILLS)


def quotes(*rows, symbol="BTCUSDT", product="spot"):
    """Quotes of QUOTES from (ms, bid, ask)."""
    told = [
        {"event_time": T0 + ms, "symbol": symbol, "bid_price": bid, "bid_qty": 1, "ask_price": ask, "ask_qty": 2,
         "update_id": number, "product": product}
        for number, (ms, bid, ask) in enumerate(rows)
    ]  # fmt: skip
    return frames.build(told, schemas.QUOTES)


def trades(*rows, symbol="BTCUSDT", product="spot"):
    """Market trades of MARKET_TRADES from (ms, price, quantity)."""
    told = [
        {"transaction_time": T0 + ms, "symbol": symbol, "price": price, "quantity": quantity, "trade_id": number,
         "product": product}
        for number, (ms, price, quantity) in enumerate(rows)
    ]  # fmt: skip
    return frames.build(told, schemas.MARKET_TRADES)


def klines(*rows, symbol="BTCUSDT", length_ms=60_000):
    """Klines with a symbol from (open ms, open, close, volume, quote volume)."""
    told = [
        {"open_time": T0 + ms, "open": opened, "high": max(opened, closed), "low": min(opened, closed), "close": closed,
         "volume": volume, "close_time": T0 + ms + length_ms - 1, "quote_volume": quote_volume}
        for ms, opened, closed, volume, quote_volume in rows
    ]  # fmt: skip
    return frames.build(told, schemas.KLINES).assign(symbol=symbol)


def orders(*rows, **more):
    """Orders of ORDERS from (id, side, quantity, created ms, ended ms), on BTCUSDT, FILLED unless told."""
    told = []
    for order_id, side, quantity, created, ended, *extra in rows:
        row = {
            "symbol": "BTCUSDT", "order_id": order_id, "side": side, "order_type": "LIMIT", "order_status": "FILLED",
            "quantity": quantity, "cumulative_filled_qty": 0, "order_creation_time": T0 + created,
            "working_time": T0 + created, "transaction_time": T0 + ended,
        }  # fmt: skip
        told.append(row | more | (extra[0] if extra else {}))
    return frames.build(told, schemas.ORDERS)


quantities = st.integers(1, 5000).map(lambda steps: steps / 1000)
prices = st.integers(9000, 11000).map(lambda ticks: ticks / 100)
moments = st.integers(0, 3 * 86_400_000)
symbols = st.sampled_from(["BTCUSDT", "ETHBTC"])
sides = st.sampled_from(["BUY", "SELL"])


@st.composite
def random_fills(draw, least=1, most=40):
    """Fills of two symbols and both products, of orders that keep to a symbol, some in the same millisecond."""
    rows = []
    for number in range(draw(st.integers(least, most))):
        order = draw(st.integers(1, 6))
        extra = {
            "symbol": "BTCUSDT" if order % 2 else "ETHBTC", "product": "usdm" if order > 4 else "spot",
            "order_id": order, "is_maker": draw(st.booleans()), "commission_amount": draw(st.integers(0, 9)) / 1000,
            "commission_asset": "BTC", "trade_id": number,
        }  # fmt: skip
        rows.append((draw(moments), draw(sides), draw(quantities), draw(prices), extra))
    return fills(*rows)


@st.composite
def random_quotes(draw, least=0, most=40):
    """Quotes of both symbols and products, in no order."""
    parts = [quotes()]
    for symbol, product in (("BTCUSDT", "spot"), ("BTCUSDT", "usdm"), ("ETHBTC", "spot"), ("ETHBTC", "usdm")):
        rows = []
        for _ in range(draw(st.integers(least, most // 4))):
            bid = draw(prices)
            rows.append((draw(moments), bid, bid + draw(st.integers(1, 50)) / 100))
        parts.append(quotes(*sorted(rows, key=lambda row: row[0]), symbol=symbol, product=product))
    frame = pd.concat(parts, ignore_index=True)
    frame["update_id"] = np.arange(len(frame))
    return frame.sample(frac=1, random_state=draw(st.integers(0, 9))).reset_index(drop=True)


def at(ms):
    """The moment `ms` after T0."""
    return pd.Timestamp(T0 + ms, unit="ms", tz="UTC")


def by_time(frame):
    """Rows of fills oldest first, as dictionaries, for plain loops."""
    return frame.sort_values(["transaction_time", "trade_id"], kind="stable").to_dict("records")
