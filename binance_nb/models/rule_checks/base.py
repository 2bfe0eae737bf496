"""What every rule check is made of: the row it gives, exact arithmetic, and one symbol's filters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from typing import Any, Literal, TypeVar

import msgspec

from binance_nb.errors import InvalidOrderError, SymbolRuleError
from binance_nb.models.decimals import plain
from binance_nb.models.enums import SpotOrderType
from binance_nb.models.request_base import OrderRequest

ILLEGAL_CHARS = -1100
BAD_PRECISION = -1111
BAD_ORDER_TYPE = -1116
BAD_VALUE = -1130
REFUSED = -1013
"""errors.md, INVALID_MESSAGE: the request does not get as far as the matching engine. All filters answer it."""
REJECTED = -2010
"""errors.md, NEW_ORDER_REJECTED: the matching engine says no."""

EXACT = Context(prec=150)
"""Wide enough for any number that to_decimal lets through; the default of 28 digits gives up on a huge price."""

PLACES = 8
"""Decimals in which the exchange keeps amounts; what a product has beyond them is cut off."""

MARKET_TYPES = frozenset({SpotOrderType.MARKET, SpotOrderType.STOP_LOSS, SpotOrderType.TAKE_PROFIT})
"""Orders that take any price. A stop without a limit becomes a MARKET order (rest-api.md, "New order")."""


Rounding = Literal["down", "up", "nearest"]
_ROUNDING = {"down": ROUND_FLOOR, "up": ROUND_CEILING, "nearest": ROUND_HALF_EVEN}

Order = TypeVar("Order", bound=OrderRequest)


class RuleCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One rule held against one order.

    `rule` is the filter's name (or that of the exchangeInfo field), `field` what of the order it is about, `limit` its
    bound as text, `value` what the order has, `nearest` the closest values that would pass (one, or the ones below and
    above), `code` what the exchange would answer if it fails.
    """

    rule: str
    field: str
    limit: str
    value: str
    passed: bool
    nearest: tuple[str, ...] = ()
    code: int = REFUSED
    sentence: str = ""


def number(rule: Mapping[str, Any], key: str) -> Decimal:
    """Return a number of a filter; 0, which disables a bound, where the filter has no such number."""
    return _read(str(rule.get(key, 0)))


@lru_cache(maxsize=4096)
def _read(text: str) -> Decimal:
    """Return a number of a filter, read once however many orders are held against it."""
    return Decimal(text)


def rounded(value: Decimal, step: Decimal, mode: str) -> Decimal:
    """Return `value` on a step (steps count from zero); as it is where the step is 0."""
    if not step:
        return value
    return EXACT.multiply(EXACT.divide(value, step).to_integral_value(rounding=mode), step)


def worth(price: Decimal, quantity: Decimal) -> Decimal:
    """Return price times quantity in full."""
    return EXACT.multiply(price, quantity)


def cut(value: Decimal) -> Decimal:
    """Return an amount as the exchange keeps it: eight decimals, the rest cut off."""
    return rounded(value, Decimal(1).scaleb(-PLACES), ROUND_FLOOR)


def require(checks: Iterable[RuleCheck]) -> None:
    """Raise SymbolRuleError in one sentence if one of these failed."""
    failures = tuple(check for check in checks if not check.passed)
    if failures:
        raise SymbolRuleError("; ".join(check.sentence for check in failures), code=failures[0].code, failures=failures)


def snapped(order: Order, steps: Mapping[str, Decimal], how: Rounding) -> Order:
    """Return `order` with the fields named in `steps` put on their step; it keeps its client order id.

    What rounding down would leave nothing of stays as it is, for a check to call it too small.
    """
    if how not in _ROUNDING:
        raise InvalidOrderError(f"round_to must be 'down', 'up' or 'nearest', not {how!r}")
    changed = {
        name: rounded(value, step, _ROUNDING[how]) or value
        for name, step in steps.items()
        if step and (value := getattr(order, name)) is not None
    }
    return type(order)(**{**{name: getattr(order, name) for name in type(order).model_fields}, **changed})


class SymbolFilters:
    """One symbol as `exchangeInfo` states it, with its filters by name."""

    def __init__(self, info: Mapping[str, Any]) -> None:
        """Read one element of exchangeInfo's `symbols`."""
        self.info = info
        self.symbol: str = info["symbol"]
        self.filters: dict[str, Mapping[str, Any]] = {rule["filterType"]: rule for rule in info.get("filters", ())}

    @property
    def base_asset(self) -> str:
        """What is traded."""
        return str(self.info.get("baseAsset", ""))

    @property
    def quote_asset(self) -> str:
        """What it is paid with."""
        return str(self.info.get("quoteAsset", ""))

    @property
    def tick_size(self) -> Decimal:
        """The step of a price; 0 where there is none."""
        return number(self.filters.get("PRICE_FILTER", {}), "tickSize")

    @property
    def step_size(self) -> Decimal:
        """The step of a quantity; 0 where there is none."""
        return number(self.filters.get("LOT_SIZE", {}), "stepSize")

    market_types: frozenset[str] = MARKET_TYPES
    """Order types to which MARKET_LOT_SIZE applies."""

    def lots(self, order: OrderRequest) -> Decimal:
        """Return the step that the quantity of `order` must be on."""
        if order.order_type in self.market_types:
            return max(self.step_size, number(self.filters.get("MARKET_LOT_SIZE", {}), "stepSize"))
        return self.step_size

    def quantity_worth(self, amount: Decimal, price: Decimal, order: OrderRequest, *, up: bool) -> Decimal:
        """Return the quantity on the step that is worth at least (`up`), or at most, this amount at this price."""
        step = self.lots(order) or Decimal(1).scaleb(-PLACES)
        return rounded(EXACT.divide(amount, price), step, ROUND_CEILING if up else ROUND_FLOOR)


def offer(field: str, *values: Decimal) -> tuple[tuple[str, ...], str]:
    """Return nearest values as texts, without those that are no amount, and the words that offer them."""
    texts = tuple(plain(value) for value in values if value > 0)
    return texts, f"; nearest {field}: {' or '.join(texts)}" if texts else ""
