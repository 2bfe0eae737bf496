"""Market data."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pandas as pd

from binance_nb import frames, schemas
from binance_nb.models.enums import KlineInterval
from binance_nb.verbs.core import ClientCore, verb
from binance_nb.verbs.given import Time, epoch_ms, interval_name, symbol_name

KLINES_PAGE = 1000
"""The most candlesticks the exchange gives in one answer (rest-api.md, "Kline/Candlestick data")."""


async def read_klines(
    ask: Callable[..., Awaitable[Any]],
    symbol: str,
    interval: KlineInterval | str,
    start_time: Time | None,
    end_time: Time | None,
    limit: int,
) -> list[Any]:
    """Return candlesticks as the exchange has them: the newest, or from a time on page by page."""
    length = interval_name(interval)
    first, last = epoch_ms(start_time), epoch_ms(end_time)
    found: list[Any] = []
    while len(found) < limit:
        count = min(KLINES_PAGE, limit - len(found))
        page = await ask(symbol_name(symbol), length, start_time=first, end_time=last, limit=count)
        found.extend(page)
        if len(page) < count or first is None:
            break
        first = page[-1][6] + 1
    return found


class MarketVerbs(ClientCore):
    """Verbs that need no key."""

    @verb
    async def get_exchange_info(
        self, symbol: str | None = None, *, raw: bool = False, exact: bool = False
    ) -> pd.DataFrame:
        """Return the symbols and the limits of their filters (schema `schemas.SYMBOLS`).

        rest-api.md, "Exchange information".
        """
        answer = await self._spot.exchange_info(None if symbol is None else symbol_name(symbol))
        return answer if raw else frames.symbols(answer["symbols"], exact=exact)

    @verb
    async def get_klines(
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

        `interval` is one of 1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M. With a `start_time` the pages are
        followed to `end_time` and `limit` is the size of the whole. rest-api.md, "Kline/Candlestick data".
        """
        found = await read_klines(self._spot.klines, symbol, interval, start_time, end_time, limit)
        return found if raw else frames.klines(found, exact=exact)  # type: ignore[return-value]

    @verb
    async def get_order_book(
        self, symbol: str, limit: int = 100, *, raw: bool = False, exact: bool = False
    ) -> pd.DataFrame:
        """Return the order book as a ladder, asks above bids: `side`, `level`, `price`, `quantity` (schema `BOOK`).

        `limit` is the number of levels a side, at most 5000. rest-api.md, "Order book".
        """
        answer = await self._spot.depth(symbol_name(symbol), limit)
        return answer if raw else frames.book(answer, exact=exact)

    @verb
    async def get_book_ticker(
        self, symbol: str | None = None, *, raw: bool = False, exact: bool = False
    ) -> pd.DataFrame:
        """Return best bid and ask of `symbol`, or of all symbols (schema `schemas.BOOK_TICKERS`).

        rest-api.md, "Symbol order book ticker".
        """
        answer = await self._spot.book_ticker(None if symbol is None else symbol_name(symbol))
        return answer if raw else frames.table(frames.as_rows(answer), schemas.BOOK_TICKERS, exact=exact)

    @verb
    async def get_price(self, symbol: str | None = None, *, raw: bool = False, exact: bool = False) -> pd.DataFrame:
        """Return the last price of `symbol`, or of all symbols: `symbol`, `price` (schema `schemas.PRICES`).

        rest-api.md, "Symbol price ticker".
        """
        answer = await self._spot.price_ticker(None if symbol is None else symbol_name(symbol))
        return answer if raw else frames.table(frames.as_rows(answer), schemas.PRICES, exact=exact)

    @verb
    async def rate_limits(self) -> pd.DataFrame:
        """Return the exchange's budgets and how much of each is gone (schema `schemas.RATE_LIMITS`).

        Columns: `rate_limit_type` (REQUEST_WEIGHT for this address, ORDERS for this account), `interval`, `limit`,
        `used`, `remaining`, `resets_at`. The counts are those of the last answers; the client waits by itself before a
        budget runs out. rest-api.md, "LIMITS".
        """
        if not self._transport.limits.budgets:
            await self._directory.refresh()
        return frames.build(self._transport.limits.rows(), schemas.RATE_LIMITS)
