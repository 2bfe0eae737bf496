"""What applies to the account: commissions, filters, counts; and checking an order against all of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from binance_nb import frames, schemas
from binance_nb.models.enums import OrderSide, SpotOrderType
from binance_nb.models.order_lists import OrderListRequest
from binance_nb.models.requests import SpotOrderRequest
from binance_nb.models.rule_checks.facts import (
    MOST_LEVELS,
    Levels,
    MarketFacts,
    average_of,
    is_deep_enough,
    joined,
    needs_of,
)
from binance_nb.models.rule_checks.holdings import EXCHANGE_ORDER_FILTERS
from binance_nb.models.rules import SymbolRules
from binance_nb.verbs.core import ClientCore, verb
from binance_nb.verbs.given import symbol_name
from binance_nb.verbs.market import KLINES_PAGE


class AccountVerbs(ClientCore):
    """Verbs that read what applies to the account."""

    @verb
    async def check_order(self, order: SpotOrderRequest | OrderListRequest) -> pd.DataFrame:
        """Hold an order, or an order list, against every rule that applies to it, without sending it; one row a rule.

        Schema `schemas.RULE_CHECKS`: `rule`, `field`, `limit`, `value`, `passed`, `nearest` (values that would pass),
        `code` (what the exchange would answer; -1 where the rule passes), `sentence` (why). The rules stand in the
        order in which the exchange applies them: it answers the code of the first that fails. The market and the
        account are asked for what decides: average and last price, book, balances, open orders, the account's filters.

        Raises MissingKeysError without keys, UnknownSymbolError for a symbol that is not listed. filters.md; errors.md.
        """
        rules = await self._directory.rules(order.symbol)
        facts = await self._facts(rules, order)
        return frames.rule_checks(rules.for_account(facts).check_fully(order, facts))

    async def _facts(self, rules: SymbolRules, order: SpotOrderRequest | OrderListRequest) -> MarketFacts:
        """Ask, at the same time, for the facts that decide about this order or list."""
        self._signer()
        is_list = isinstance(order, OrderListRequest)
        orders = order.orders if isinstance(order, OrderListRequest) else (order,)
        needs = joined(needs_of(rules, each) for each in orders)
        symbol = rules.symbol
        minutes = sorted(needs.average_minutes)
        reference, last, book, account, (mine, open_orders), open_lists, *averages = await asyncio.gather(
            self._directory.reference_price(symbol) if needs.reference_price else _nothing(),
            self._last_price(symbol) if needs.last_price else _nothing(),
            self._levels(orders[0], needs.levels),
            self._spot.account(omit_zero_balances=True),
            self._filters_and_orders(symbol),
            self._lists.query_open() if is_list else _nothing(),
            *(self._average(symbol, span) for span in minutes),
        )
        return MarketFacts(
            reference_price=reference,
            averages={span: average for span, average in zip(minutes, averages, strict=True) if average is not None},
            last_price=last,
            bids=book[0],
            asks=book[1],
            open_orders=open_orders,
            open_lists=open_lists or (),
            account=account,
            my_filters=mine,
        )

    async def _last_price(self, symbol: str) -> Decimal | None:
        price = (await self._spot.price_ticker(symbol)).get("price")
        return Decimal(price) if price is not None and Decimal(price) else None

    async def _average(self, symbol: str, minutes: int) -> Decimal | None:
        """Return the volume weighted average price of the last minutes; None if nothing traded.

        avgPrice has one span of its own; any other is added up from candlesticks.
        """
        answer = await self._spot.average_price(symbol)
        if int(answer["mins"]) == minutes:
            return Decimal(answer["price"]) or None
        # The newest candlesticks up to the exchange's own now: a start time would be as wrong as this machine's clock.
        interval, count = ("1s", minutes * 60) if minutes * 60 <= KLINES_PAGE else ("1m", min(minutes, KLINES_PAGE))
        rows = await self._spot.klines(symbol, interval, start_time=None, end_time=None, limit=count)
        return average_of((Decimal(row[5]), Decimal(row[7])) for row in rows)

    async def _levels(self, order: SpotOrderRequest, count: int) -> tuple[Levels, Levels]:
        """Return bids and asks, best first: `count` levels, or all where an order at market would eat more."""
        if not count:
            return (), ()
        bids, asks = _sides(await self._spot.depth(order.symbol, count))
        if order.order_type is SpotOrderType.MARKET:
            opposite = asks if order.side is OrderSide.BUY else bids
            if not is_deep_enough(order, opposite, count):
                return _sides(await self._spot.depth(order.symbol, MOST_LEVELS))
        return bids, asks

    async def _filters_and_orders(self, symbol: str) -> tuple[Mapping[str, Any], Any]:
        """Return what filters bind the account, and its open orders: of all symbols if their number is limited.

        Filters of the exchange that myFilters does not repeat hold as exchangeInfo states them.
        """
        mine = await self._spot.my_filters(symbol)
        stated = (*self._directory.exchange_filters, *mine.get("exchangeFilters", ()))
        exchange = {rule["filterType"]: rule for rule in stated}
        everywhere = not EXCHANGE_ORDER_FILTERS.isdisjoint(exchange)
        orders = await self._spot.open_orders(None if everywhere else symbol)
        return {**mine, "exchangeFilters": list(exchange.values())}, orders

    @verb
    async def get_commission_rates(self, symbol: str, *, raw: bool = False) -> pd.DataFrame:
        """Return the account's commission rates on `symbol` (schema `schemas.COMMISSION_RATES`), fractions.

        The BNB discount is in `.attrs["discount"]`. rest-api.md, "Query Commission Rates (USER_DATA)".
        """
        answer = await self._spot.commission(symbol_name(symbol))
        return answer if raw else frames.commission_rates(answer)

    @verb
    async def get_my_filters(self, symbol: str, *, raw: bool = False) -> pd.DataFrame:
        """Return the filters that apply to this account on `symbol` (schema `schemas.FILTERS`).

        rest-api.md, "Query relevant filters (USER_DATA)".
        """
        answer = await self._spot.my_filters(symbol_name(symbol))
        return answer if raw else frames.account_filters(answer)

    @verb
    async def get_unfilled_order_count(self, *, raw: bool = False) -> pd.DataFrame:
        """Return how many unfilled orders count against each limit (schema `schemas.RATE_LIMITS`).

        rest-api.md, "Query Unfilled Order Count (USER_DATA)".
        """
        answer = await self._spot.unfilled_order_count()
        if raw:
            return answer  # type: ignore[no-any-return]  # raw=True is documented to return JSON
        self._transport.limits.learn(answer)
        rows = [row for row in self._transport.limits.rows() if row["rate_limit_type"] == "ORDERS"]
        return frames.build(rows, schemas.RATE_LIMITS)

    @verb
    async def get_order_amendments(self, symbol: str, order_id: int, *, raw: bool = False) -> pd.DataFrame:
        """Return the amendments of an order, oldest first (schema `schemas.AMENDMENTS`).

        rest-api.md, "Query Order Amendments (USER_DATA)".
        """
        answer = await self._spot.order_amendments(symbol_name(symbol), order_id, from_id=None, limit=1000)
        return answer if raw else frames.table(answer, schemas.AMENDMENTS)

    @verb
    async def get_prevented_matches(
        self, symbol: str, *, order_id: int | None = None, prevented_match_id: int | None = None, raw: bool = False
    ) -> pd.DataFrame:
        """Return matches that self-trade prevention stopped (schema `schemas.PREVENTED_MATCHES`).

        By `order_id`, by `prevented_match_id`, or all. rest-api.md, "Query Prevented Matches (USER_DATA)".
        """
        everything = order_id is None and prevented_match_id is None
        answer = await self._spot.prevented_matches(
            symbol_name(symbol),
            order_id=order_id,
            prevented_match_id=prevented_match_id,
            from_id=0 if everything else None,
            limit=1000 if everything else None,
        )
        return answer if raw else frames.table(answer, schemas.PREVENTED_MATCHES)

    @verb
    async def get_allocations(self, symbol: str, *, order_id: int | None = None, raw: bool = False) -> pd.DataFrame:
        """Return the allocations of smart order routing on `symbol` (schema `schemas.ALLOCATIONS`).

        rest-api.md, "Query Allocations (USER_DATA)".
        """
        answer = await self._spot.allocations(symbol_name(symbol), order_id=order_id, from_id=None, limit=1000)
        return answer if raw else frames.table(answer, schemas.ALLOCATIONS)


async def _nothing() -> None:
    """Stand in for a question that need not be asked."""


def _sides(depth: Mapping[str, Any]) -> tuple[Levels, Levels]:
    bids, asks = (tuple((Decimal(price), Decimal(size)) for price, size in depth[side]) for side in ("bids", "asks"))
    return bids, asks
