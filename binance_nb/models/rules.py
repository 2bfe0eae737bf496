"""The rules of a symbol, in exact decimals: what an order must fit before it is sent (filters.md).

Each rule is a pure function of the symbol, the order and, where the market or the account decide, of `MarketFacts`.
They are applied in the order in which the exchange applies them, so that the first broken one is the one it names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from msgspec.structs import replace

from binance_nb.models.order_lists import OrderListRequest
from binance_nb.models.requests import SpotOrderRequest
from binance_nb.models.rule_checks import engine, holdings, lists, shape, values
from binance_nb.models.rule_checks.base import Rounding, RuleCheck, SymbolFilters, require, snapped
from binance_nb.models.rule_checks.facts import STOPS, MarketFacts
from binance_nb.models.rule_checks.plain_orders import PlainOrders

__all__ = ["MarketFacts", "Rounding", "RuleCheck", "SymbolRules"]

# Filters of a symbol in the two rounds in which they are applied, each in the order of exchangeInfo.
_PRICE_ROUND: dict[str, values.Checker] = {
    "PRICE_FILTER": values.check_price_filter,
    "PERCENT_PRICE": values.check_percent_price,
    "PERCENT_PRICE_BY_SIDE": values.check_percent_price,
    "TRAILING_DELTA": values.check_trailing_delta,
    "MAX_POSITION": holdings.check_max_position,
}
_QUANTITY_ROUND: dict[str, values.Checker] = {
    "LOT_SIZE": values.check_lot_size,
    "MARKET_LOT_SIZE": values.check_lot_size,
    "MIN_NOTIONAL": values.check_notional,
    "NOTIONAL": values.check_notional,
    "ICEBERG_PARTS": values.check_iceberg_parts,
}


class SymbolRules(SymbolFilters):
    """One symbol's rules, as the exchange states them in `exchangeInfo`."""

    def __repr__(self) -> str:
        """Name the symbol and its filters."""
        return f"<SymbolRules {self.symbol}: {', '.join(self.filters)}>"

    def check(self, order: SpotOrderRequest) -> list[RuleCheck]:
        """Return every rule that applies to `order` and can be judged without asking the exchange anything."""
        return list(self._checks(order, None))

    def check_fully(self, order: SpotOrderRequest | OrderListRequest, facts: MarketFacts) -> list[RuleCheck]:
        """Return every rule that applies to an order or a list, judged by the state of the market and of the account.

        The `field` of a list's checks begins with the order that they are about: "working.price".
        """
        if isinstance(order, OrderListRequest):
            return list(self._list_checks(order, facts))
        return list(self._checks(order, facts))

    def for_account(self, facts: MarketFacts) -> SymbolRules:
        """Return the rules as they bind the account: its own filters (myFilters) take the place of the symbol's."""
        mine = {rule["filterType"]: rule for rule in facts.my_filters.get("symbolFilters", ())}
        return SymbolRules({**self.info, "filters": list((self.filters | mine).values())})

    def require(self, order: SpotOrderRequest) -> None:
        """Raise SymbolRuleError in one sentence if `order` breaks a rule."""
        if not self._plain.take(order):
            require(self.check(order))

    @cached_property
    def _plain(self) -> PlainOrders:
        return PlainOrders(self)

    def snap(self, order: SpotOrderRequest, how: Rounding) -> SpotOrderRequest:
        """Return `order` with its prices on the tick and its quantities on the step; it keeps its client order id.

        What rounding down would leave nothing of stays as it is, for `check` to call it too small.
        """
        steps = {
            "price": self.tick_size,
            "stop_price": self.tick_size,
            "quantity": self.lots(order),
            "iceberg_qty": self.step_size,
        }
        return snapped(order, steps, how)

    def _checks(self, order: SpotOrderRequest, facts: MarketFacts | None) -> Iterator[RuleCheck]:
        for check in (shape.check_writing, shape.check_combination, shape.check_allowed):
            yield from check(self, order)
        if facts is not None:
            yield from engine.check_prevention(self, order, facts)
            yield from engine.check_peg(self, order, facts)
        yield from self._filter_checks(order, facts)
        if facts is not None:
            yield from holdings.check_counts(self, [order], facts, is_list=False)
        yield engine.check_status(self)
        if facts is not None:
            yield from engine.check_rights(self, facts)
            yield engine.check_name(self, order, facts)
            yield from engine.check_stop(self, order, facts)
            yield from engine.check_maker(self, order, facts)
            yield from engine.check_liquidity(self, order, facts)
            yield engine.check_balance(self, order, facts)

    def _filter_checks(self, order: SpotOrderRequest, facts: MarketFacts | None) -> Iterator[RuleCheck]:
        for checkers in (_PRICE_ROUND, _QUANTITY_ROUND):
            for name in self.filters:
                if name in checkers:
                    yield from checkers[name](self, name, order, facts)
        yield from holdings.check_max_asset(self, order, facts)
        yield from values.check_some_worth(self, order, facts)

    def _list_checks(self, request: OrderListRequest, facts: MarketFacts) -> Iterator[RuleCheck]:
        legs = list(zip(lists.LEGS[request.kind], request.orders, strict=True))
        for check in (shape.check_writing, shape.check_combination):
            for leg, order in legs:
                yield from _of_leg(leg, check(self, order))
        yield from lists.check_list_allowed(self, request)
        for leg, order in legs:
            yield from _of_leg(leg, shape.check_allowed(self, order))
        # A pending order is neither pegged nor, in an OPO, given its quantity before the working one is filled.
        unknown = {"peg_price_type": None} | ({"quantity": None} if request.kind.startswith("OPO") else {})
        working = [] if request.kind == "OCO" else legs[:1]
        rest = [(leg, order.model_copy(update=unknown) if working else order) for leg, order in legs[len(working) :]]
        # The stop loss of a pair comes before its counterpart (rest-api.md, "Order lists").
        judged = working + sorted(rest, key=lambda named: len(rest) == 2 and named[1].order_type not in STOPS)
        for check_by in (engine.check_prevention, engine.check_peg):
            for leg, order in judged:
                yield from _of_leg(leg, check_by(self, order, facts))
        for leg, order in judged:
            yield from _of_leg(leg, self._filter_checks(order, facts))
        yield from holdings.check_counts(self, request.orders, facts, is_list=True)
        yield engine.check_status(self)
        yield from engine.check_rights(self, facts)
        for leg, order in judged:
            yield from _of_leg(leg, [engine.check_name(self, order, facts)])
        yield lists.check_list_name(request, facts)
        placed = working or judged
        if not working:
            yield lists.check_pair_prices(self, (judged[0][1], judged[1][1]), facts)
        for leg, order in placed:
            yield from _of_leg(leg, engine.check_stop(self, order, facts))
            yield from _of_leg(leg, engine.check_maker(self, order, facts))
        # The two orders of an OCO share the money of the dearer one.
        leg, dearest = max(placed, key=lambda named: engine.need_of(self, named[1], facts))
        yield from _of_leg(leg, [engine.check_balance(self, dearest, facts)])


def _of_leg(leg: str, checks: Iterable[RuleCheck]) -> Iterator[RuleCheck]:
    return (replace(check, field=f"{leg}.{check.field}", sentence=f"{leg}: {check.sentence}") for check in checks)
