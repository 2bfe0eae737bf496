"""A quick yes for a plain order: the bounds of a symbol, read once, where `check` says at length what it finds.

Most orders are of a quantity at market or at a limit and break no rule. Whether that is so takes a tenth of the time of
explaining it. What this has no yes for is for the checks to judge.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from binance_nb.models.enums import SpotOrderType, SymbolStatus
from binance_nb.models.requests import SpotOrderRequest
from binance_nb.models.rule_checks.base import EXACT, PLACES, SymbolFilters, number
from binance_nb.models.rule_checks.shape import WIRE_DIGITS

PLAIN_FIELDS = frozenset(
    {"symbol", "side", "order_type", "quantity", "price", "time_in_force", "new_client_order_id", "new_order_resp_type"}
)
"""What a plain order may have been given; anything else has rules of its own."""

AT_A_PRICE = frozenset({SpotOrderType.LIMIT, SpotOrderType.LIMIT_MAKER})
SMALLEST = Decimal(1).scaleb(-PLACES)
LEGIBLE = Decimal(10) ** WIRE_DIGITS


class Grid(NamedTuple):
    """Bounds and step of a number; 0 disables one of them."""

    low: Decimal
    high: Decimal
    step: Decimal

    def takes(self, value: Decimal) -> bool:
        """Return whether a number is within the bounds and on the step."""
        return (
            self.low <= value
            and not (self.high and value > self.high)
            and not (self.step and EXACT.remainder(value, self.step))
        )


class PlainOrders:
    """What plain orders of one symbol must fit."""

    def __init__(self, rules: SymbolFilters) -> None:
        """Read the filters; of a symbol that bounds less than others, no order is plain."""
        info = rules.info
        self._types: frozenset[str] = frozenset()
        lots, prices = _grid(rules, "LOT_SIZE", "Qty", "step"), _grid(rules, "PRICE_FILTER", "Price", "tick")
        if info.get("status", SymbolStatus.TRADING) != SymbolStatus.TRADING:
            return
        if not (
            _is_legible(lots, info.get("baseAssetPrecision")) and _is_legible(prices, info.get("quoteAssetPrecision"))
        ):
            return
        self._types = frozenset({SpotOrderType.MARKET, *AT_A_PRICE} & set(info.get("orderTypes", ())))
        self._lots, self._prices = lots, prices
        self._market_lots = _grid(rules, "MARKET_LOT_SIZE", "Qty", "step")
        worths = [rules.filters[name] for name in ("MIN_NOTIONAL", "NOTIONAL") if name in rules.filters]
        self._least = max([SMALLEST, *(number(rule, "minNotional") for rule in worths)])
        self._most = [most for rule in worths if (most := number(rule, "maxNotional"))]

    def take(self, order: SpotOrderRequest) -> bool:
        """Return True if `order` certainly breaks no rule that can be judged without asking the exchange."""
        quantity, price = order.quantity, order.price
        if order.order_type not in self._types or quantity is None or not order.model_fields_set <= PLAIN_FIELDS:
            return False
        if not self._lots.takes(quantity):
            return False
        if price is None:
            return order.order_type not in AT_A_PRICE and self._market_lots.takes(quantity)
        if not self._prices.takes(price):
            return False
        worth = EXACT.multiply(price, quantity)
        return worth >= self._least and all(worth <= most for most in self._most)


def _grid(rules: SymbolFilters, name: str, what: str, step: str) -> Grid:
    rule = rules.filters.get(name, {})
    return Grid(number(rule, f"min{what}"), number(rule, f"max{what}"), number(rule, f"{step}Size"))


def _is_legible(grid: Grid, places: int | None) -> bool:
    """Return whether any number of a grid can be written with so many decimals, and read by the exchange."""
    if not grid.step or not 0 < grid.high < LEGIBLE:
        return False
    decimals = -int(grid.step.normalize().as_tuple().exponent)
    return decimals <= min(WIRE_DIGITS, WIRE_DIGITS if places is None else int(places))
