"""The rules of a symbol, in exact decimals: what an order must fit before it is sent (filters.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Literal

from binance_nb.errors import InvalidOrderError, SymbolRuleError
from binance_nb.models.decimals import plain
from binance_nb.models.enums import OrderSide, SpotOrderType, SymbolStatus
from binance_nb.models.requests import SpotOrderRequest

FILTER_FAILURE = -1013
ORDER_REJECTED = -2010

Rounding = Literal["down", "up", "nearest"]
_ROUNDING = {"down": ROUND_FLOOR, "up": ROUND_CEILING, "nearest": ROUND_HALF_EVEN}

_EXACT = Context(prec=150)
"""Wide enough for any number that to_decimal lets through; the default of 28 digits gives up on a huge price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCheck:
    """One rule held against one order.

    `rule` is the filter's name, `limit` its bound as text, `value` what the order has, `nearest` the closest values
    that would pass (one, or the ones below and above), `code` what the exchange would answer if it fails.
    """

    rule: str
    field: str
    limit: str
    value: str
    passed: bool
    nearest: tuple[str, ...] = ()
    code: int = FILTER_FAILURE
    sentence: str = ""


def _number(rule: Mapping[str, Any], key: str) -> Decimal:
    return Decimal(str(rule.get(key, 0)))


class SymbolRules:
    """One symbol's rules, as the exchange states them in `exchangeInfo`."""

    def __init__(self, info: Mapping[str, Any]) -> None:
        """Read one element of exchangeInfo's `symbols`."""
        self.info = info
        self.symbol: str = info["symbol"]
        self.filters: dict[str, Mapping[str, Any]] = {rule["filterType"]: rule for rule in info.get("filters", ())}

    def __repr__(self) -> str:
        """Name the symbol and its filters."""
        return f"<SymbolRules {self.symbol}: {', '.join(self.filters)}>"

    @property
    def tick_size(self) -> Decimal:
        """The step of a price; 0 where there is none."""
        return _number(self.filters.get("PRICE_FILTER", {}), "tickSize")

    @property
    def step_size(self) -> Decimal:
        """The step of a quantity; 0 where there is none."""
        return _number(self.filters.get("LOT_SIZE", {}), "stepSize")

    def check(self, order: SpotOrderRequest) -> list[RuleCheck]:
        """Return every rule that applies to `order` and can be judged without asking the exchange anything."""
        return [
            *self._check_symbol(order),
            *self._check_prices(order),
            *self._check_quantities(order),
            *self._check_notional(order),
            *self._check_trailing(order),
            *self._check_iceberg(order),
        ]

    def require(self, order: SpotOrderRequest) -> None:
        """Raise SymbolRuleError in one sentence if `order` breaks a rule."""
        failures = [check for check in self.check(order) if not check.passed]
        if failures:
            raise SymbolRuleError(
                "; ".join(check.sentence for check in failures), code=failures[0].code, failures=tuple(failures)
            )

    def snap(self, order: SpotOrderRequest, how: Rounding) -> SpotOrderRequest:
        """Return `order` with its prices on the tick and its quantities on the step; it keeps its client order id.

        What rounding down would leave nothing of stays as it is, for `check` to call it too small.
        """
        if how not in _ROUNDING:
            raise InvalidOrderError(f"round_to must be 'down', 'up' or 'nearest', not {how!r}")
        mode = _ROUNDING[how]
        steps = {
            "price": self.tick_size,
            "stop_price": self.tick_size,
            "quantity": self._lots(order),
            "iceberg_qty": self.step_size,
        }
        changed = {
            name: _round(value, step, mode) or value
            for name, step in steps.items()
            if step and (value := getattr(order, name)) is not None
        }
        return SpotOrderRequest(**{**{name: getattr(order, name) for name in type(order).model_fields}, **changed})

    def _lots(self, order: SpotOrderRequest) -> Decimal:
        """Return the step that the quantity of `order` must be on."""
        if order.order_type is SpotOrderType.MARKET:
            return max(self.step_size, _number(self.filters.get("MARKET_LOT_SIZE", {}), "stepSize"))
        return self.step_size

    def _check_symbol(self, order: SpotOrderRequest) -> Iterable[RuleCheck]:
        status = self.info.get("status", SymbolStatus.TRADING)
        yield RuleCheck(
            rule="status",
            field="symbol",
            limit=SymbolStatus.TRADING,
            value=str(status),
            passed=status == SymbolStatus.TRADING,
            code=ORDER_REJECTED,
            sentence=f"{self.symbol} does not trade now (its status is {status})",
        )
        allowed = self.info.get("orderTypes", ())
        yield RuleCheck(
            rule="orderTypes",
            field="order_type",
            limit=", ".join(allowed),
            value=order.order_type,
            passed=order.order_type in allowed,
            code=ORDER_REJECTED,
            sentence=f"{self.symbol} takes no {order.order_type} orders; it takes {', '.join(allowed)}",
        )
        for field, flag, what in (
            ("quote_order_qty", "quoteOrderQtyMarketAllowed", "MARKET orders by quote_order_qty"),
            ("trailing_delta", "allowTrailingStop", "trailing stops"),
            ("iceberg_qty", "icebergAllowed", "iceberg orders"),
            ("peg_price_type", "pegInstructionsAllowed", "pegged orders"),
        ):
            if getattr(order, field) is not None and flag in self.info:
                yield RuleCheck(
                    rule=flag,
                    field=field,
                    limit="true",
                    value=str(self.info[flag]).lower(),
                    passed=bool(self.info[flag]),
                    code=ORDER_REJECTED,
                    sentence=f"{self.symbol} takes no {what}",
                )

    def _check_prices(self, order: SpotOrderRequest) -> Iterable[RuleCheck]:
        rule = self.filters.get("PRICE_FILTER")
        if rule is None:
            return
        for field in ("price", "stop_price"):
            value = getattr(order, field)
            if value is not None:
                keys = ("minPrice", "maxPrice", "tickSize")
                yield from self._check_grid("PRICE_FILTER", field, value, rule, keys, self.tick_size)

    def _check_quantities(self, order: SpotOrderRequest) -> Iterable[RuleCheck]:
        keys = ("minQty", "maxQty", "stepSize")
        lots = self.filters.get("LOT_SIZE")
        for field, grid in (("quantity", self._lots(order)), ("iceberg_qty", self.step_size)):
            value = getattr(order, field)
            if value is not None and lots is not None:
                yield from self._check_grid("LOT_SIZE", field, value, lots, keys, grid)
        market = self.filters.get("MARKET_LOT_SIZE")
        if order.order_type is SpotOrderType.MARKET and order.quantity is not None and market is not None:
            yield from self._check_grid("MARKET_LOT_SIZE", "quantity", order.quantity, market, keys, self._lots(order))

    def _check_grid(
        self,
        name: str,
        field: str,
        value: Decimal,
        rule: Mapping[str, Any],
        keys: tuple[str, str, str],
        grid: Decimal,
    ) -> Iterable[RuleCheck]:
        # `grid` is the step of the nearest values: a bound of MARKET_LOT_SIZE need not be on the step of LOT_SIZE.
        low, high, step = (_number(rule, key) for key in keys)
        text = plain(value)
        nearest: tuple[Decimal, ...]
        if low and value < low:
            nearest = (_round(low, grid, ROUND_CEILING),)
            passed, limit, why = False, low, f"is below the smallest, {plain(low)}"
        elif high and value > high:
            nearest = (_round(high, grid, ROUND_FLOOR),)
            passed, limit, why = False, high, f"is above the largest, {plain(high)}"
        elif step and _EXACT.remainder(value, step):
            below, above = _round(value, grid, ROUND_FLOOR), _round(value, grid, ROUND_CEILING)
            nearest = tuple(near for near in (below, above) if near >= low and near > 0 and (not high or near <= high))
            kind = "tick" if name == "PRICE_FILTER" else "step"
            passed, limit, why = False, step, f"is not on the {kind} of {plain(step)}"
        else:
            passed, limit, nearest, why = True, step or low, (), ""
        offer = " or ".join(plain(near) for near in nearest)
        yield RuleCheck(
            rule=name,
            field=field,
            limit=plain(limit),
            value=text,
            passed=passed,
            nearest=tuple(plain(near) for near in nearest),
            sentence=f"{field} {text} of {self.symbol} {why} ({name}); nearest: {offer}",
        )

    def _check_notional(self, order: SpotOrderRequest) -> Iterable[RuleCheck]:
        # A market order is judged by an average price that only the exchange knows; a quote amount is its own notional.
        if order.price is not None and order.quantity is not None:
            notional = _EXACT.multiply(order.price, order.quantity)
        elif order.quote_order_qty is not None:
            notional = order.quote_order_qty
        else:
            return
        at_market = order.order_type is SpotOrderType.MARKET
        for name in ("MIN_NOTIONAL", "NOTIONAL"):
            rule = self.filters.get(name)
            if rule is None:
                continue
            low, high = _number(rule, "minNotional"), _number(rule, "maxNotional")
            min_applies = bool(rule.get("applyToMarket", rule.get("applyMinToMarket", True))) or not at_market
            max_applies = bool(rule.get("applyMaxToMarket", True)) or not at_market
            bounds = ((low, min_applies and notional < low), (high, high and max_applies and notional > high))
            broken = next((bound for bound, fails in bounds if fails), None)
            side = "at least" if broken == low else "at most"
            yield RuleCheck(
                rule=name,
                field="quote_order_qty" if order.price is None else "price * quantity",
                limit=plain(low if broken is None else broken),
                value=plain(notional),
                passed=broken is None,
                nearest=() if broken is None else self._quantity_for(order, broken, up=broken == low),
                sentence=""
                if broken is None
                else self._notional_sentence(
                    order, name, notional, f"{side} {plain(broken)}", broken, up=broken == low
                ),
            )

    def _notional_sentence(
        self, order: SpotOrderRequest, name: str, notional: Decimal, bound: str, broken: Decimal, *, up: bool
    ) -> str:
        quote = self.info.get("quoteAsset", "")
        offer = " or ".join(self._quantity_for(order, broken, up=up))
        field = "quote_order_qty" if order.price is None else "quantity"
        return (
            f"the order is worth {plain(notional)} {quote} and {self.symbol} wants {bound} ({name}); "
            f"nearest {field}: {offer}"
        )

    def _quantity_for(self, order: SpotOrderRequest, notional: Decimal, *, up: bool) -> tuple[str, ...]:
        if order.price is None:
            return (plain(notional),)
        step = self.step_size or Decimal(1).scaleb(-8)
        exact = _EXACT.divide(notional, order.price)
        return (plain(_round(exact, step, ROUND_CEILING if up else ROUND_FLOOR)),)

    def _check_trailing(self, order: SpotOrderRequest) -> Iterable[RuleCheck]:
        rule = self.filters.get("TRAILING_DELTA")
        if rule is None or order.trailing_delta is None:
            return
        stop = order.order_type in {SpotOrderType.STOP_LOSS, SpotOrderType.STOP_LOSS_LIMIT}
        side = "Above" if stop == (order.side is OrderSide.BUY) else "Below"
        low, high = rule[f"minTrailing{side}Delta"], rule[f"maxTrailing{side}Delta"]
        nearest = min(max(order.trailing_delta, low), high)
        yield RuleCheck(
            rule="TRAILING_DELTA",
            field="trailing_delta",
            limit=f"{low} to {high}",
            value=str(order.trailing_delta),
            passed=nearest == order.trailing_delta,
            nearest=() if nearest == order.trailing_delta else (str(nearest),),
            sentence=f"trailing_delta {order.trailing_delta} of {self.symbol} must be {low} to {high} basis points "
            f"(TRAILING_DELTA); nearest: {nearest}",
        )

    def _check_iceberg(self, order: SpotOrderRequest) -> Iterable[RuleCheck]:
        rule = self.filters.get("ICEBERG_PARTS")
        if rule is None or order.iceberg_qty is None or order.quantity is None:
            return
        limit = int(rule["limit"])
        parts = int(_EXACT.divide(order.quantity, order.iceberg_qty).to_integral_value(ROUND_CEILING))
        nearest = plain(_round(order.quantity / limit, self.step_size or Decimal(1).scaleb(-8), ROUND_CEILING))
        yield RuleCheck(
            rule="ICEBERG_PARTS",
            field="iceberg_qty",
            limit=str(limit),
            value=str(parts),
            passed=parts <= limit,
            nearest=() if parts <= limit else (nearest,),
            sentence=f"iceberg_qty {plain(order.iceberg_qty)} cuts the order into {parts} parts and "
            f"{self.symbol} allows {limit} (ICEBERG_PARTS); nearest: {nearest}",
        )


def _round(value: Decimal, step: Decimal, mode: str) -> Decimal:
    if not step:
        return value
    return _EXACT.multiply(_EXACT.divide(value, step).to_integral_value(rounding=mode), step)
