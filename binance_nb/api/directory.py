"""The symbols of the exchange and their rules, loaded once and refreshed."""

from __future__ import annotations

import asyncio
import difflib
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Generic, Protocol, TypeVar

from binance_nb.api.futures import FuturesApi
from binance_nb.api.listing import Listing
from binance_nb.api.spot import SpotApi
from binance_nb.errors import ExchangeError, UnknownSymbolError
from binance_nb.models.futures_rules import FuturesRules
from binance_nb.models.rules import SymbolRules

FRESH_FOR_S = 3600.0
"""How long exchangeInfo is used before it is asked for again; filters change rarely."""

NO_REFERENCE_PRICE = -2043
"""errors.md: the symbol has no reference price and never had one."""


Rules = TypeVar("Rules")


class ExchangeInfo(Protocol):
    """An API that has exchangeInfo."""

    async def listing(self) -> Listing:
        """Return the answer of exchangeInfo, its symbols still as they came."""


class Directory(Generic[Rules]):
    """What exchangeInfo says, kept for an hour."""

    def __init__(
        self, api: ExchangeInfo, learn_limits: Callable[[Any], None], rules_of: Callable[[Mapping[str, Any]], Rules]
    ) -> None:
        """Keep the endpoint, who wants to know the limits, and what reads a symbol's rules; nothing is loaded yet."""
        self._api = api
        self._learn_limits = learn_limits
        self._rules_of = rules_of
        self._loading = asyncio.Lock()
        self._loaded_at = 0.0
        self._symbols: Mapping[str, Any] = {}
        self._rules: dict[str, Rules] = {}
        self.exchange_filters: tuple[Mapping[str, Any], ...] = ()
        """Filters of the exchange as a whole (filters.md, "Exchange Filters"), as of the last load."""

    async def rules(self, symbol: str) -> Rules:
        """Return the rules of `symbol`. Raises UnknownSymbolError, with the nearest names, if there is none such."""
        if not self._symbols or time.monotonic() - self._loaded_at > FRESH_FOR_S:
            await self.refresh()
        found = self._rules.get(symbol)
        if found is None:
            info = self._symbols.get(symbol)
            if info is None:
                raise UnknownSymbolError(self._unknown(symbol), code=-1121)
            found = self._rules[symbol] = self._rules_of(info)
        return found

    async def refresh(self) -> None:
        """Load exchangeInfo again; callers at the same time share one request."""
        before = self._loaded_at
        async with self._loading:
            if self._loaded_at == before:
                listing = await self._api.listing()
                self._learn_limits(listing.rate_limits)
                self.exchange_filters = tuple(listing.exchange_filters)
                self._symbols = listing
                self._rules = {}
                self._loaded_at = time.monotonic()

    def expire(self) -> None:
        """Load exchangeInfo again before the next order: the exchange has just refused by a rule we did not know."""
        self._loaded_at = -FRESH_FOR_S

    def _unknown(self, symbol: str) -> str:
        joined = "".join(letter for letter in symbol if letter.isalnum())
        near = difflib.get_close_matches(joined, self._symbols, n=3, cutoff=0.6)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        return f"{symbol} is not a symbol of this exchange{hint}"


class SymbolDirectory(Directory[SymbolRules]):
    """The symbols of the spot exchange."""

    def __init__(self, api: SpotApi, learn_limits: Callable[[Any], None]) -> None:
        """Keep the endpoints."""
        super().__init__(api, learn_limits, SymbolRules)
        self._spot = api

    async def reference_price(self, symbol: str) -> Decimal | None:
        """Return the reference price of `symbol`, None where it has none now (GET /api/v3/referencePrice)."""
        try:
            answer = await self._spot.reference_price(symbol)
        except ExchangeError as error:
            if error.code != NO_REFERENCE_PRICE:
                raise
            return None
        price = answer["referencePrice"]
        return None if price is None else Decimal(price)


class FuturesDirectory(Directory[FuturesRules]):
    """The symbols of USD-M futures."""

    def __init__(self, api: FuturesApi, learn_limits: Callable[[Any], None]) -> None:
        """Keep the endpoint."""
        super().__init__(api, learn_limits, FuturesRules)
