"""Market data of USD-M futures."""

from __future__ import annotations

import pandas as pd

from binance_nb import frames, futures_frames, futures_schemas, schemas
from binance_nb.models.enums import KlineInterval
from binance_nb.models.fills import USDM
from binance_nb.verbs.core import ClientCore, verb
from binance_nb.verbs.given import Time, interval_name, symbol_name
from binance_nb.verbs.market import read_klines


class FuturesMarketVerbs(ClientCore):
    """Verbs that need no key."""

    @verb
    async def get_futures_exchange_info(
        self, symbol: str | None = None, *, raw: bool = False, exact: bool = False
    ) -> pd.DataFrame:
        """Return the symbols and the limits of their filters (schema `futures_schemas.FUTURES_SYMBOLS`).

        usds-margined-futures, "Exchange Information".
        """
        answer = await self._futures.exchange_info(None if symbol is None else symbol_name(symbol))
        return answer if raw else futures_frames.symbols(answer["symbols"], exact=exact)

    @verb
    async def get_futures_klines(
        self,
        symbol: str,
        interval: KlineInterval | str = "1m",
        *,
        start_time: Time | None = None,
        end_time: Time | None = None,
        limit: int = 500,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Return candlesticks, oldest first (schema `schemas.KLINES`): the newest `limit`, or those of a period.

        With a `start_time` the pages are followed to `end_time` and `limit` is the size of the whole. Futures have all
        intervals of spot but 1s. usds-margined-futures, "Kline Candlestick Data".
        """
        length = interval_name(interval, USDM)
        found = await read_klines(self._futures.klines, symbol, length, start_time, end_time, limit)
        return found if raw else frames.klines(found, exact=exact)  # type: ignore[return-value]

    @verb
    async def get_futures_order_book(
        self, symbol: str, limit: int = 100, *, raw: bool = False, exact: bool = False
    ) -> pd.DataFrame:
        """Return the order book as a ladder, asks above bids: `side`, `level`, `price`, `quantity` (schema `BOOK`).

        `limit` is the number of levels a side: 5, 10, 20, 50, 100, 500 or 1000. usds-margined-futures, "Order Book".
        """
        answer = await self._futures.depth(symbol_name(symbol), limit)
        return answer if raw else frames.book(answer, exact=exact)

    @verb
    async def get_futures_book_ticker(
        self, symbol: str | None = None, *, raw: bool = False, exact: bool = False
    ) -> pd.DataFrame:
        """Return best bid and ask of `symbol`, or of all symbols (schema `FUTURES_BOOK_TICKERS`).

        usds-margined-futures, "Symbol Order Book Ticker".
        """
        answer = await self._futures.book_ticker(None if symbol is None else symbol_name(symbol))
        return (
            answer
            if raw
            else futures_frames.table(frames.as_rows(answer), futures_schemas.FUTURES_BOOK_TICKERS, exact=exact)
        )

    @verb
    async def get_futures_price(
        self, symbol: str | None = None, *, raw: bool = False, exact: bool = False
    ) -> pd.DataFrame:
        """Return the last price of `symbol`, or of all symbols: `symbol`, `price`, `time` (schema `FUTURES_PRICES`).

        usds-margined-futures, "Symbol Price Ticker V2".
        """
        answer = await self._futures.price_ticker(None if symbol is None else symbol_name(symbol))
        return (
            answer if raw else futures_frames.table(frames.as_rows(answer), futures_schemas.FUTURES_PRICES, exact=exact)
        )

    @verb
    async def get_futures_mark_price(
        self, symbol: str | None = None, *, raw: bool = False, exact: bool = False
    ) -> pd.DataFrame:
        """Return mark price, index price and funding rate (schema `futures_schemas.MARK_PRICES`).

        usds-margined-futures, "Mark Price".
        """
        answer = await self._futures.premium_index(None if symbol is None else symbol_name(symbol))
        return answer if raw else futures_frames.table(frames.as_rows(answer), futures_schemas.MARK_PRICES, exact=exact)

    @verb
    async def futures_rate_limits(self) -> pd.DataFrame:
        """Return the futures exchange's budgets and how much of each is gone (schema `schemas.RATE_LIMITS`).

        They are its own, apart from those of spot; see `rate_limits`.
        """
        limits = self._futures_transport.limits
        if not limits.budgets:
            await self._futures_directory.refresh()
        return frames.build(limits.rows(), schemas.RATE_LIMITS)
