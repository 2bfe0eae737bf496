"""Payloads of the futures market streams; every one says that it is of USD-M (`st` 1) since the COIN-M merge."""

from typing import Any

from binance_nb.models.enums import KlineInterval
from binance_nb.sandbox.engine.events import BookChange
from binance_nb.sandbox.engine.records import AggTrade, BookTop, Candle, Trade, WindowStatistics
from binance_nb.sandbox.engine.units import from_units
from binance_nb.sandbox.futures.events import PublicLiquidation
from binance_nb.sandbox.futures.records import MarkPrice
from binance_nb.sandbox.futures.specs import SymbolSpec
from binance_nb.sandbox.server.futures.render import at_least, average, price, quantity
from binance_nb.sandbox.server.futures.render_market import levels
from binance_nb.sandbox.server.wire import EncodeTime, fixed, percent

Json = dict[str, Any]
USD_M = 1


def _marked(payload: Json, pair: str) -> Json:
    return payload | {"ps": pair, "st": USD_M}


def trade(row: Trade, spec: SymbolSpec, t: EncodeTime) -> Json:
    """Return the payload of `<symbol>@trade`."""
    at = t(row.time_us)
    return _marked(
        {
            "e": "trade",
            "E": at,
            "T": at,
            "s": row.symbol,
            "t": row.trade_id,
            "p": price(from_units(row.price_u), spec),
            "q": quantity(from_units(row.quantity_u), spec),
            "X": "MARKET",
            "m": row.is_buyer_maker,
        },
        row.symbol,
    )


def agg_trade(row: AggTrade, spec: SymbolSpec, t: EncodeTime) -> Json:
    """Return the payload of `<symbol>@aggTrade`."""
    amount = quantity(from_units(row.quantity_u), spec)
    return {
        "e": "aggTrade",
        "E": t(row.time_us),
        "s": row.symbol,
        "a": row.agg_trade_id,
        "p": price(from_units(row.price_u), spec),
        "q": amount,
        "nq": amount,
        "f": row.first_trade_id,
        "l": row.last_trade_id,
        "T": t(row.time_us),
        "m": row.is_buyer_maker,
        "st": USD_M,
    }


def book_ticker(top: BookTop, spec: SymbolSpec, time_us: int, t: EncodeTime) -> Json:
    """Return the payload of `<symbol>@bookTicker`."""
    return _marked(
        {
            "e": "bookTicker",
            "u": top.update_id,
            "E": t(time_us),
            "T": t(time_us),
            "s": top.symbol,
            "b": price(top.bid_price, spec),
            "B": quantity(top.bid_qty, spec),
            "a": price(top.ask_price, spec),
            "A": quantity(top.ask_qty, spec),
        },
        top.symbol,
    )


def depth_update(change: BookChange, previous: int, spec: SymbolSpec, t: EncodeTime) -> Json:
    """Return the payload of a depth stream; `previous` is the last update id of the payload before."""
    return _marked(
        {
            "e": "depthUpdate",
            "E": t(change.time_us),
            "T": t(change.time_us),
            "s": change.symbol,
            "U": change.first_update_id,
            "u": change.last_update_id,
            "pu": previous,
            "b": levels(change.bids, spec),
            "a": levels(change.asks, spec),
        },
        change.symbol,
    )


def kline(interval: KlineInterval, row: Candle, spec: SymbolSpec, now_us: int, t: EncodeTime) -> Json:
    """Return the payload of `<symbol>@kline_<interval>`."""
    return {
        "e": "kline",
        "E": t(now_us),
        "s": spec.symbol,
        "k": {
            "t": t(row.open_us),
            "T": t(row.close_us),
            "s": spec.symbol,
            "i": interval.value,
            "f": row.first_trade_id,
            "L": row.last_trade_id,
            "o": price(from_units(row.open_u), spec),
            "c": price(from_units(row.close_u), spec),
            "h": price(from_units(row.high_u), spec),
            "l": price(from_units(row.low_u), spec),
            "v": quantity(from_units(row.volume_u), spec),
            "n": row.trades,
            "x": now_us > row.close_us,
            "q": at_least(from_units(row.quote_u), 5),
            "V": quantity(from_units(row.taker_buy_u), spec),
            "Q": at_least(from_units(row.taker_buy_quote_u), 5),
            "B": "0",
        },
        "st": USD_M,
    }


def mark_price(row: MarkPrice, now_us: int, t: EncodeTime) -> Json:
    """Return the payload of `<symbol>@markPrice`."""
    return {
        "e": "markPriceUpdate",
        "E": t(now_us),
        "s": row.symbol,
        "p": fixed(row.mark_price),
        "ap": fixed(row.mark_price),
        "P": fixed(row.estimated_settle_price),
        "i": fixed(row.index_price),
        "r": fixed(row.last_funding_rate),
        "T": t(row.next_funding_us),
        "st": USD_M,
    }


def ticker(row: WindowStatistics, spec: SymbolSpec, now_us: int, t: EncodeTime) -> Json:
    """Return the payload of `<symbol>@ticker`."""
    return _marked(
        {
            "e": "24hrTicker",
            "E": t(now_us),
            "s": row.symbol,
            "p": price(row.price_change, spec),
            "P": percent(row.price_change_percent),
            "w": price(row.weighted_avg_price, spec),
            "c": price(row.last_price, spec),
            "Q": quantity(row.last_qty, spec),
            "o": price(row.open_price, spec),
            "h": price(row.high_price, spec),
            "l": price(row.low_price, spec),
            "v": quantity(row.volume, spec),
            "q": at_least(row.quote_volume, 2),
            "O": t(row.open_us),
            "C": t(row.close_us),
            "F": row.first_trade_id,
            "L": row.last_trade_id,
            "n": row.count,
        },
        row.symbol,
    )


def mini_ticker(row: WindowStatistics, spec: SymbolSpec, now_us: int, t: EncodeTime) -> Json:
    """Return the payload of `<symbol>@miniTicker`."""
    return _marked(
        {
            "e": "24hrMiniTicker",
            "E": t(now_us),
            "s": row.symbol,
            "c": price(row.last_price, spec),
            "o": price(row.open_price, spec),
            "h": price(row.high_price, spec),
            "l": price(row.low_price, spec),
            "v": quantity(row.volume, spec),
            "q": at_least(row.quote_volume, 2),
        },
        row.symbol,
    )


def force_order(event: PublicLiquidation, spec: SymbolSpec, t: EncodeTime) -> Json:
    """Return the payload of `<symbol>@forceOrder`."""
    order = event.order
    return {
        "e": "forceOrder",
        "E": t(event.time_us),
        "o": {
            "s": order.symbol,
            "S": order.side.value,
            "o": order.type.value,
            "f": order.time_in_force.value,
            "q": quantity(order.quantity, spec),
            "p": price(order.price, spec),
            "ap": average(order.avg_price),
            "X": order.status.value,
            "l": quantity(event.last_qty, spec),
            "z": quantity(order.executed_qty, spec),
            "T": t(event.time_us),
        },
        "st": USD_M,
    }
