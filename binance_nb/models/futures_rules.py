"""The rules of a USD-M futures symbol, in exact decimals: what an order must fit before it is sent.

usds-margined-futures, "Common Definition": PRICE_FILTER, LOT_SIZE, MARKET_LOT_SIZE, MAX_NUM_ORDERS, PERCENT_PRICE (of
the mark price) and MIN_NOTIONAL. The codes are those of the page "Error Codes".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from binance_nb.models.decimals import plain
from binance_nb.models.enums import FuturesOrderType, OrderSide, PositionSide
from binance_nb.models.futures_requests import FuturesOrderRequest
from binance_nb.models.rule_checks.base import (
    BAD_ORDER_TYPE,
    BAD_PRECISION,
    Rounding,
    RuleCheck,
    SymbolFilters,
    number,
    offer,
    require,
    rounded,
    snapped,
    worth,
)
from binance_nb.models.rule_checks.values import check_grid

PRICE_CODES = (-4013, -4002, -4014)
STOP_PRICE_CODES = (-4006, -4007, -4014)
QUANTITY_CODES = (-4004, -4005, -4023)
"""Too small, too large, off the step."""
PRICE_TOO_HIGH, PRICE_TOO_LOW = -4016, -4024
TOO_LITTLE_WORTH = -4164
TOO_MANY_ORDERS, TOO_MANY_CONDITIONAL = -2025, -4045
WRONG_POSITION_SIDE = -4061
NOTHING_TO_REDUCE = -2022
WOULD_TRIGGER = -2021
NOT_TRADING = -4140

MAX_CONDITIONAL = 200
"""Open conditional orders of an account over all symbols (change log 2025-12-10)."""

T = FuturesOrderType
_STOPS = frozenset({T.STOP, T.STOP_MARKET})


@dataclass(frozen=True, slots=True, kw_only=True)
class FuturesFacts:
    """The state of the market and the account at the time of a check. Prices are in quote units.

    `open_orders` are regular orders of the symbol, `open_conditional` counts those of all symbols; `positions` are rows
    of positionRisk for the symbol; `is_hedged` is whether the account is in hedge mode.
    """

    mark_price: Decimal | None = None
    last_price: Decimal | None = None
    open_orders: int = 0
    open_conditional: int = 0
    is_hedged: bool = False
    positions: Sequence[Mapping[str, Any]] = ()

    def position(self, side: PositionSide | None) -> Decimal:
        """Return the signed amount of a position in base units; of both sides together in one-way mode."""
        return sum(
            (
                Decimal(row["positionAmt"])
                for row in self.positions
                if side in {None, PositionSide.BOTH} or row["positionSide"] == side
            ),
            Decimal(0),
        )


class FuturesRules(SymbolFilters):
    """One symbol's rules, as `GET /fapi/v1/exchangeInfo` states them."""

    market_types = frozenset({T.MARKET, T.STOP_MARKET, T.TAKE_PROFIT_MARKET, T.TRAILING_STOP_MARKET})

    def __repr__(self) -> str:
        """Name the symbol and its filters."""
        return f"<FuturesRules {self.symbol}: {', '.join(self.filters)}>"

    def check(self, order: FuturesOrderRequest) -> list[RuleCheck]:
        """Return every rule that applies to `order` and can be judged without asking the exchange anything."""
        return list(self._checks(order, None))

    def check_fully(self, order: FuturesOrderRequest, facts: FuturesFacts) -> list[RuleCheck]:
        """Return every rule that applies to `order`, judged by the state of the market and of the account."""
        return list(self._checks(order, facts))

    def require(self, order: FuturesOrderRequest) -> None:
        """Raise SymbolRuleError in one sentence if `order` breaks a rule."""
        require(self.check(order))

    def snap(self, order: FuturesOrderRequest, how: Rounding) -> FuturesOrderRequest:
        """Return `order` with its prices on the tick and its quantity on the step; it keeps its client order id."""
        tick = self.tick_size
        steps = {"price": tick, "stop_price": tick, "activation_price": tick, "quantity": self.lots(order)}
        return snapped(order, steps, how)

    def _checks(self, order: FuturesOrderRequest, facts: FuturesFacts | None) -> Iterator[RuleCheck]:
        yield self._check_status()
        yield from self._check_allowed(order)
        for field, key in (
            ("quantity", "quantityPrecision"),
            ("price", "pricePrecision"),
            ("stop_price", "pricePrecision"),
        ):
            value = getattr(order, field)
            if value is not None and key in self.info:
                yield self._check_precision(order, field, value, int(self.info[key]))
        yield from self._check_grids(order)
        yield from self._check_notional(order, facts)
        if facts is not None:
            yield from self._check_percent_price(order, facts)
            yield from self._check_count(order, facts)
            yield self._check_position_side(order, facts)
            yield from self._check_reduces(order, facts)
            yield from self._check_trigger(order, facts)

    def _check_status(self) -> RuleCheck:
        status = str(self.info.get("status", "TRADING"))
        return RuleCheck(
            rule="status",
            field="symbol",
            limit="TRADING",
            value=status,
            passed=status == "TRADING",
            code=NOT_TRADING,
            sentence=f"{self.symbol} is {status} and takes no orders that open a position",
        )

    def _check_allowed(self, order: FuturesOrderRequest) -> Iterator[RuleCheck]:
        for rule, field, code in (
            ("orderTypes", "order_type", BAD_ORDER_TYPE),
            ("timeInForce", "time_in_force", -1115),
        ):
            value, allowed = getattr(order, field), self.info.get(rule)
            if value is not None and allowed:
                yield RuleCheck(
                    rule=rule,
                    field=field,
                    limit=", ".join(allowed),
                    value=value,
                    passed=value in allowed,
                    code=code,
                    sentence=f"{self.symbol} takes no {value} orders; it takes {', '.join(allowed)}",
                )

    def _check_precision(self, order: FuturesOrderRequest, field: str, value: Decimal, places: int) -> RuleCheck:
        decimals = len(plain(value).partition(".")[2])
        unit = (self.lots(order) if field == "quantity" else self.tick_size) or Decimal(1).scaleb(-places)
        below, above = (rounded(value, unit, mode) for mode in (ROUND_FLOOR, ROUND_CEILING))
        nearest, words = offer(field, below, above)
        return RuleCheck(
            rule="precision",
            field=field,
            limit=str(places),
            value=str(decimals),
            passed=decimals <= places,
            nearest=() if decimals <= places else nearest,
            code=BAD_PRECISION,
            sentence=f"{field} {plain(value)} of {self.symbol} has {decimals} decimals and {places} are allowed{words}",
        )

    def _check_grids(self, order: FuturesOrderRequest) -> Iterator[RuleCheck]:
        """PRICE_FILTER of every price, LOT_SIZE or MARKET_LOT_SIZE of the quantity."""
        if "PRICE_FILTER" in self.filters:
            keys = ("minPrice", "maxPrice", "tickSize")
            for field, codes in (
                ("price", PRICE_CODES),
                ("stop_price", STOP_PRICE_CODES),
                ("activation_price", STOP_PRICE_CODES),
            ):
                value = getattr(order, field)
                if value is not None:
                    yield check_grid(self, "PRICE_FILTER", field, value, keys, self.tick_size, codes)
        at_market = order.order_type in self.market_types
        name = "MARKET_LOT_SIZE" if at_market and "MARKET_LOT_SIZE" in self.filters else "LOT_SIZE"
        if order.quantity is not None and name in self.filters:
            keys = ("minQty", "maxQty", "stepSize")
            yield check_grid(self, name, "quantity", order.quantity, keys, self.lots(order), QUANTITY_CODES)

    def _check_notional(self, order: FuturesOrderRequest, facts: FuturesFacts | None) -> Iterator[RuleCheck]:
        """MIN_NOTIONAL: what the order is worth, at market by the mark price; what only reduces is free of it."""
        rule = self.filters.get("MIN_NOTIONAL")
        if rule is None or order.only_reduces or order.quantity is None:
            return
        price = order.price or order.stop_price or (None if facts is None else facts.mark_price)
        if price is None:
            return
        least, notional = number(rule, "notional"), worth(price, order.quantity)
        nearest, words = offer("quantity", self.quantity_worth(least, price, order, up=True))
        yield RuleCheck(
            rule="MIN_NOTIONAL",
            field="price * quantity",
            limit=plain(least),
            value=plain(notional),
            passed=notional >= least,
            nearest=() if notional >= least else nearest,
            code=TOO_LITTLE_WORTH,
            sentence=f"the order is worth {plain(notional)} {self.quote_asset} and {self.symbol} wants at least "
            f"{plain(least)} unless reduce_only (MIN_NOTIONAL){words}",
        )

    def _check_percent_price(self, order: FuturesOrderRequest, facts: FuturesFacts) -> Iterator[RuleCheck]:
        """PERCENT_PRICE: a buy may not be far above the mark price, a sell not far below."""
        rule = self.filters.get("PERCENT_PRICE")
        if rule is None or order.price is None or facts.mark_price is None or order.is_conditional:
            return
        is_buy = order.side is OrderSide.BUY
        bound = worth(facts.mark_price, number(rule, "multiplierUp" if is_buy else "multiplierDown"))
        passed = order.price <= bound if is_buy else order.price >= bound
        nearest, words = offer("price", rounded(bound, self.tick_size, ROUND_FLOOR if is_buy else ROUND_CEILING))
        yield RuleCheck(
            rule="PERCENT_PRICE",
            field="price",
            limit=f"{'at most' if is_buy else 'at least'} {plain(bound)}",
            value=plain(order.price),
            passed=passed,
            nearest=() if passed else nearest,
            code=PRICE_TOO_HIGH if is_buy else PRICE_TOO_LOW,
            sentence=f"price {plain(order.price)} of {self.symbol} is too far from the mark price "
            f"{plain(facts.mark_price)} for a {order.side} order (PERCENT_PRICE){words}",
        )

    def _check_count(self, order: FuturesOrderRequest, facts: FuturesFacts) -> Iterator[RuleCheck]:
        """MAX_NUM_ORDERS of the symbol; 200 conditional orders of the account."""
        if order.is_conditional:
            rule, limit, used, code = (
                "conditional orders",
                MAX_CONDITIONAL,
                facts.open_conditional,
                TOO_MANY_CONDITIONAL,
            )
        elif "MAX_NUM_ORDERS" in self.filters and order.order_type is T.LIMIT:
            rule, used, code = "MAX_NUM_ORDERS", facts.open_orders, TOO_MANY_ORDERS
            limit = int(self.filters[rule]["limit"])
        else:
            return
        yield RuleCheck(
            rule=rule,
            field="orders",
            limit=str(limit),
            value=str(used + 1),
            passed=used < limit,
            code=code,
            sentence=f"{used} orders are open and {limit} are allowed ({rule}); cancel one first",
        )

    def _check_position_side(self, order: FuturesOrderRequest, facts: FuturesFacts) -> RuleCheck:
        """errors: -4061 where the order does not fit one-way or hedge mode."""
        side = order.position_side or PositionSide.BOTH
        wanted = "LONG or SHORT" if facts.is_hedged else "BOTH"
        mode = "hedge" if facts.is_hedged else "one-way"
        passed = (side is not PositionSide.BOTH) == facts.is_hedged
        return RuleCheck(
            rule="position mode",
            field="position_side",
            limit=wanted,
            value=side,
            passed=passed,
            nearest=() if passed else tuple(wanted.split(" or ")),
            code=WRONG_POSITION_SIDE,
            sentence=f"the account is in {mode} mode: position_side must be {wanted}, not {side}",
        )

    def _check_reduces(self, order: FuturesOrderRequest, facts: FuturesFacts) -> Iterator[RuleCheck]:
        """errors: -2022 where a regular order that only reduces has nothing to reduce."""
        if not order.only_reduces or order.is_conditional:
            return
        held = facts.position(order.position_side)
        passed = held > 0 if order.side is OrderSide.SELL else held < 0
        yield RuleCheck(
            rule="reduce only",
            field="reduce_only",
            limit="a position on the other side",
            value=plain(held),
            passed=passed,
            code=NOTHING_TO_REDUCE,
            sentence=f"a {order.side} order that only reduces needs a position; {self.symbol} has {plain(held)}",
        )

    def _check_trigger(self, order: FuturesOrderRequest, facts: FuturesFacts) -> Iterator[RuleCheck]:
        """errors: -2021 where the trigger price has been reached already."""
        by_mark = order.working_type == "MARK_PRICE"
        now = facts.mark_price if by_mark else facts.last_price
        if order.stop_price is None or now is None:
            return
        upward = (order.side is OrderSide.BUY) == (order.order_type in _STOPS)
        passed = now < order.stop_price if upward else now > order.stop_price
        yield RuleCheck(
            rule="trigger",
            field="stop_price",
            limit=f"{'above' if upward else 'below'} {plain(now)}",
            value=plain(order.stop_price),
            passed=passed,
            code=WOULD_TRIGGER,
            sentence=f"a {order.side} {order.order_type} at {plain(order.stop_price)} would trigger at once: the "
            f"{'mark' if by_mark else 'last'} price is {plain(now)}",
        )
