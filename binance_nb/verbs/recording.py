"""The market around fills: recorded while it happens, or read from REST afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from binance_nb import frames, schemas
from binance_nb.api.futures import FuturesApi
from binance_nb.api.spot import SpotApi
from binance_nb.errors import InvalidOrderError
from binance_nb.models.enums import KlineInterval
from binance_nb.models.fills import SPOT
from binance_nb.stream.market_recorder import MarketRecorder
from binance_nb.verbs.core import ClientCore, verb
from binance_nb.verbs.day_cache import DAY_MS, folder_of, read_days
from binance_nb.verbs.given import Product, Time, epoch_ms, interval_name, product_name, symbol_name
from binance_nb.verbs.market import read_klines

PAGE = 1000
"""The most trades the exchange gives in one answer, of either product (rest-api.md, aggTrades; for futures
"Compressed/Aggregate Trades List")."""

HOUR_MS = 3_600_000

FUTURES_WINDOW_MS = HOUR_MS
"""A start and an end that are sent together for futures lie less than this apart (the same page); spot has no bound."""

LIGHT_PAGE = 99
"""As many candles of futures weigh 1 ("Kline Candlestick Data"); a page of trades weighs 20."""

TRADE_COUNT = [column.name for column in schemas.KLINES].index("trade_count")
"""Where a candle says how many trades it had."""

NEVER_CHANGES = frozenset(KlineInterval) - {"3d", "1w", "1M"}
"""Intervals that fit into a UTC day, so that they can be read and kept a day at a time."""

UNIT_MS = {"s": 1000, "m": 60_000, "h": HOUR_MS, "d": DAY_MS}
"""What the letter of such an interval stands for."""


class RecordingVerbs(ClientCore):
    """Verbs that bring what `binance_nb.analysis` holds fills against."""

    @verb
    async def record_market(self, symbols: str | Sequence[str], *, product: Product = SPOT) -> MarketRecorder:
        """Record best bid and ask and every trade of these symbols from now on; return the recorder.

        Its `quotes()` and `trades()` are frames of `schemas.QUOTES` and `schemas.MARKET_TRADES`, to hand to the
        measures of `binance_nb.analysis`. `product="usdm"` records USD-M futures, where the trades of one taker order
        at one price are one row, with the id of the last of them. It records until `stop_recording()` or the client's
        end, across reconnections, and `gaps()` says when it could not. Needs no key. Raises StreamError where the
        market streams cannot be reached, InvalidRequest for a symbol that the exchange does not list.
        web-socket-streams.md; for futures "Websocket Market Streams".
        """
        spot = product_name(product) == SPOT
        names = [symbols] if isinstance(symbols, str) else list(symbols)
        recorder = MarketRecorder(
            self.config,
            self._transport.clock if spot else self._futures_transport.clock,
            list(dict.fromkeys(map(symbol_name, names))),
            self._spot.book_ticker if spot else self._futures.book_ticker,
            product=product,
        )
        await recorder.start()
        self._recorders.append(recorder)
        return recorder

    @verb
    async def stop_recording(self) -> None:
        """Stop every recorder of this client; what they recorded stays with them."""
        await self._stop_recorders()

    @verb
    async def get_agg_trades(
        self,
        symbol: str,
        *,
        start_time: Time,
        end_time: Time | None = None,
        product: Product = SPOT,
        cache: str | Path | None = None,
    ) -> pd.DataFrame:
        """Return the market's trades of a period, to its end or now, both included (schema `schemas.MARKET_TRADES`).

        Trades of one taker order at one price and time are one row (of futures, with `product="usdm"`, those of one
        price and side within 100 ms); `trade_id` is that of the last in it, and `agg_trade_id`, `first_trade_id` stand
        in columns of their own. The pages are followed to the end, with a bar once that takes a second. With `cache`,
        a folder, each whole UTC day that is over is kept there as Parquet, each product apart, and asked for once
        only. How far back there are trades is for the exchange to say: of futures a year at most, without those of
        the insurance fund and of auto-deleveraging. rest-api.md, "Compressed/Aggregate trades list"; for futures
        "Compressed/Aggregate Trades List".
        """
        name, market = symbol_name(symbol), product_name(product)
        first, last, now = await self._period(market, start_time, end_time)
        window = None if market == SPOT else FUTURES_WINDOW_MS

        async def read(start: int, end: int) -> pd.DataFrame:
            rows = await read_agg_trades(self._market_of(market), name, start, end, window)
            return agg_trades_frame(name, market, rows)

        folder = folder_of(cache, self.environment, market, "agg_trades", name)
        return await read_days(
            read, first, last, now_ms=now, folder=folder, time="transaction_time", what=f"trades of {name}"
        )

    @verb
    async def get_kline_history(
        self,
        symbol: str,
        interval: KlineInterval | str = "1m",
        *,
        start_time: Time,
        end_time: Time | None = None,
        product: Product = SPOT,
        cache: str | Path | None = None,
    ) -> pd.DataFrame:
        """Return the candlesticks of a period, to its end or now (`schemas.KLINES`, and `symbol` and `product`).

        As `get_klines`, or `get_futures_klines` with `product="usdm"`, but with no limit, a bar once it takes a
        second, and with `cache`, a folder in which each whole UTC day that is over is kept as Parquet, each product
        apart. Intervals longer than a day do not fit into one: get_klines has them. rest-api.md, "Kline/Candlestick
        data"; for futures "Kline Candlestick Data".
        """
        market = product_name(product)
        name, length = symbol_name(symbol), interval_name(interval, market)
        if length not in NEVER_CHANGES:
            raise InvalidOrderError(f"{length} is longer than the days that a history is read in: use get_klines")
        first, last, now = await self._period(market, start_time, end_time)
        candle_ms = int(length[:-1]) * UNIT_MS[length[-1]]

        async def read(start: int, end: int) -> pd.DataFrame:
            most = (end - start) // candle_ms + 1  # a request for few candles of futures weighs less
            ask = self._market_of(market).klines
            return frames.klines(await read_klines(ask, name, length, start, end, most))

        folder = folder_of(cache, self.environment, market, "klines", name, length)
        what = f"{length} candles of {name}"
        found = await read_days(read, first, last, now_ms=now, folder=folder, time="open_time", what=what)
        return found.assign(symbol=name, product=market).astype({"product": schemas.PRODUCT.dtype()})

    def _market_of(self, product: str) -> SpotApi | FuturesApi:
        return self._spot if product == SPOT else self._futures

    async def _period(self, product: str, start_time: Time, end_time: Time | None) -> tuple[int, int, int]:
        """Return first and last moment and the exchange's present time, in epoch milliseconds."""
        first, last = epoch_ms(start_time), epoch_ms(end_time)
        assert first is not None
        clock = (self._transport if product == SPOT else self._futures_transport).clock
        await clock.measure()  # what is not over must not be kept as if it were
        now = await clock.timestamp_ms()
        last = now if last is None else min(last, now)
        if first > last:
            raise InvalidOrderError("the period ends before it starts, or starts after now")
        return first, last, now


async def read_agg_trades(
    api: SpotApi | FuturesApi, symbol: str, start: int, end: int, window_ms: int | None = None
) -> list[Any]:
    """Return the aggregate trades of a period as the exchange has them, page by page.

    The first page is asked for by time, less than `window_ms` at once until there is a trade; the next ones by id, as
    several trades may share a millisecond and futures take no id together with a time.
    """
    since: int | None = start
    page: list[Any] = []
    till = start
    while since is not None and not page:
        till = end if window_ms is None else min(end, since + window_ms - 1)
        page = await api.agg_trades(symbol, start_time=since, end_time=till, from_id=None, limit=PAGE)
        since = None if page or till == end else await _traded_from(api, symbol, till, end)
    found = list(page)
    more = bool(page) and (len(page) >= PAGE or till < end)
    while more:
        page = await api.agg_trades(symbol, start_time=None, end_time=None, from_id=found[-1]["a"] + 1, limit=PAGE)
        found.extend(page)
        more = len(page) >= PAGE and page[-1]["T"] <= end
    return [row for row in found if start <= row["T"] <= end]


async def _traded_from(api: SpotApi | FuturesApi, symbol: str, start: int, end: int) -> int | None:
    """Return from when on a day has trades, by its candles of an hour, as these weigh a twentieth; None for never."""
    at = start - start % HOUR_MS
    candles = await api.klines(symbol, "1h", start_time=at, end_time=end, limit=LIGHT_PAGE)
    return next((max(start, candle[0]) for candle in candles if candle[TRADE_COUNT] > 0), None)


def agg_trades_frame(symbol: str, product: str, rows: list[Any]) -> pd.DataFrame:
    """Return aggregate trades of an answer as a frame of MARKET_TRADES."""
    told = [
        {
            "transaction_time": row["T"],
            "symbol": symbol,
            "price": row["p"],
            "quantity": row["q"],
            "is_buyer_maker": row["m"],
            "trade_id": row["l"],
            "product": product,
        }
        for row in rows
    ]
    frame = frames.build(told, schemas.MARKET_TRADES)
    ids = {"agg_trade_id": "a", "first_trade_id": "f"}
    return frame.assign(**{name: pd.array([row[key] for row in rows], dtype="int64") for name, key in ids.items()})
