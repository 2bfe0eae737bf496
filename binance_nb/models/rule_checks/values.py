"""Filters on an order's own numbers: price, distance from the average, quantity, worth, delta, parts (filters.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from binance_nb.models.decimals import plain
from binance_nb.models.enums import OrderSide, SpotOrderType
from binance_nb.models.requests import SpotOrderRequest
from binance_nb.models.rule_checks.base import (
    EXACT,
    MARKET_TYPES,
    PLACES,
    REFUSED,
    RuleCheck,
    SymbolFilters,
    cut,
    number,
    offer,
    rounded,
    worth,
)
from binance_nb.models.rule_checks.facts import MarketFacts, limit_price

Checker = Callable[[SymbolFilters, str, SpotOrderRequest, MarketFacts | None], Iterator[RuleCheck]]


def check_price_filter(
    rules: SymbolFilters, name: str, order: SpotOrderRequest, facts: MarketFacts | None
) -> Iterator[RuleCheck]:
    """PRICE_FILTER: bounds and tick of the price (a pegged one too) and of the stop price."""
    keys = ("minPrice", "maxPrice", "tickSize")
    for field, value in (("price", limit_price(order, facts)), ("stop_price", order.stop_price)):
        if value is not None:
            yield check_grid(rules, name, field, value, keys, rules.tick_size)


def check_percent_price(
    rules: SymbolFilters, name: str, order: SpotOrderRequest, facts: MarketFacts | None
) -> Iterator[RuleCheck]:
    """PERCENT_PRICE and PERCENT_PRICE_BY_SIDE: how far the price may be from the reference or average price."""
    price = limit_price(order, facts)
    if facts is None or price is None:
        return
    rule = rules.filters[name]
    side = "" if name == "PERCENT_PRICE" else "bid" if order.side is OrderSide.BUY else "ask"
    up, down = (f"{side}Multiplier{way}" if side else f"multiplier{way}" for way in ("Up", "Down"))
    average = facts.average(int(rule.get("avgPriceMins", 0)))
    if average is None:
        yield RuleCheck(rule=name, field="price", limit="none before the first trade", value=plain(price), passed=True)
        return
    low, high = worth(average, number(rule, down)), worth(average, number(rule, up))
    passed = low <= price <= high
    near = rounded(low, rules.tick_size, ROUND_CEILING) if price < low else rounded(high, rules.tick_size, ROUND_FLOOR)
    nearest, words = offer("price", near)
    yield RuleCheck(
        rule=name,
        field="price",
        limit=f"{plain(low)} to {plain(high)}",
        value=plain(price),
        passed=passed,
        nearest=() if passed else nearest,
        sentence=f"price {plain(price)} of {rules.symbol} is too far from the average {plain(average)}: a {order.side} "
        f"order may be {plain(low)} to {plain(high)} ({name}){words}",
    )


def check_trailing_delta(
    rules: SymbolFilters, name: str, order: SpotOrderRequest, _facts: MarketFacts | None
) -> Iterator[RuleCheck]:
    """TRAILING_DELTA: bounds of the delta, above or below the price (trailing-stop-faq.md)."""
    if order.trailing_delta is None:
        return
    rule = rules.filters[name]
    stop = order.order_type in {SpotOrderType.STOP_LOSS, SpotOrderType.STOP_LOSS_LIMIT}
    side = "Above" if stop == (order.side is OrderSide.BUY) else "Below"
    low, high = rule[f"minTrailing{side}Delta"], rule[f"maxTrailing{side}Delta"]
    nearest = min(max(order.trailing_delta, low), high)
    yield RuleCheck(
        rule=name,
        field="trailing_delta",
        limit=f"{low} to {high}",
        value=str(order.trailing_delta),
        passed=nearest == order.trailing_delta,
        nearest=() if nearest == order.trailing_delta else (str(nearest),),
        sentence=f"trailing_delta {order.trailing_delta} of {rules.symbol} must be {low} to {high} basis points "
        f"({name}); nearest: {nearest}",
    )


def check_lot_size(
    rules: SymbolFilters, name: str, order: SpotOrderRequest, _facts: MarketFacts | None
) -> Iterator[RuleCheck]:
    """LOT_SIZE: bounds and step of quantity and iceberg quantity; MARKET_LOT_SIZE: of what is sold at market."""
    keys = ("minQty", "maxQty", "stepSize")
    if name == "MARKET_LOT_SIZE" and order.order_type not in MARKET_TYPES:
        return
    if order.quantity is not None:
        yield check_grid(rules, name, "quantity", order.quantity, keys, rules.lots(order))
    if order.iceberg_qty is not None:
        yield check_grid(rules, name, "iceberg_qty", order.iceberg_qty, keys, rules.step_size)


def check_notional(
    rules: SymbolFilters, name: str, order: SpotOrderRequest, facts: MarketFacts | None
) -> Iterator[RuleCheck]:
    """MIN_NOTIONAL and NOTIONAL: what the order is worth; at market, by the reference or average price."""
    rule = rules.filters[name]
    at_market = order.order_type in MARKET_TYPES
    low, high = number(rule, "minNotional"), number(rule, "maxNotional")
    min_applies = bool(rule.get("applyToMarket", rule.get("applyMinToMarket", True))) or not at_market
    max_applies = bool(high) and (bool(rule.get("applyMaxToMarket", True)) or not at_market)
    price = notional_price(order, facts, int(rule.get("avgPriceMins", 0)))
    field = "quote_order_qty" if order.quote_order_qty is not None else "price * quantity"
    if order.quote_order_qty is not None:
        notional = order.quote_order_qty
    elif price is not None and order.quantity is not None:
        notional = worth(price, order.quantity)
    else:
        if facts is not None and order.order_type is SpotOrderType.MARKET and min_applies and name == "MIN_NOTIONAL":
            yield _without_average(rules, name)
        return
    too_small, too_large = min_applies and notional < low, max_applies and notional > high
    bound = high if too_large else low
    nearest: tuple[str, ...] = ()
    words = ""
    if too_small or too_large:
        near = bound if price is None else rules.quantity_worth(bound, price, order, up=too_small)
        nearest, words = offer("quote_order_qty" if price is None else "quantity", near)
    yield RuleCheck(
        rule=name,
        field=field,
        limit=plain(bound),
        value=plain(notional),
        passed=not (too_small or too_large),
        nearest=nearest,
        sentence=f"the order is worth {plain(notional)} {rules.quote_asset} and {rules.symbol} wants "
        f"{'at most' if too_large else 'at least'} {plain(bound)} ({name}){words}",
    )


def notional_price(order: SpotOrderRequest, facts: MarketFacts | None, minutes: int) -> Decimal | None:
    """Return the price that an order is valued at; None where there is none (yet)."""
    if order.order_type not in MARKET_TYPES:
        return limit_price(order, facts)
    if order.quote_order_qty is not None:
        return None
    return order.stop_price or (None if facts is None else facts.average(minutes))


def _without_average(rules: SymbolFilters, name: str) -> RuleCheck:
    # CHANGELOG, "Explanation for the average price calculation": no average, no market orders under MIN_NOTIONAL.
    return RuleCheck(
        rule=name,
        field="price * quantity",
        limit="a first trade",
        value="none",
        passed=False,
        sentence=f"{rules.symbol} has never traded, so a MARKET order has no average price to be valued at ({name})",
    )


def check_iceberg_parts(
    rules: SymbolFilters, name: str, order: SpotOrderRequest, _facts: MarketFacts | None
) -> Iterator[RuleCheck]:
    """ICEBERG_PARTS: into how many visible parts the order breaks."""
    if order.iceberg_qty is None or order.quantity is None:
        return
    limit = int(rules.filters[name]["limit"])
    parts = int(EXACT.divide(order.quantity, order.iceberg_qty).to_integral_value(ROUND_CEILING))
    step = rules.step_size or Decimal(1).scaleb(-PLACES)
    nearest = plain(rounded(EXACT.divide(order.quantity, Decimal(limit)), step, ROUND_CEILING))
    yield RuleCheck(
        rule=name,
        field="iceberg_qty",
        limit=str(limit),
        value=str(parts),
        passed=parts <= limit,
        nearest=() if parts <= limit else (nearest,),
        sentence=f"iceberg_qty {plain(order.iceberg_qty)} cuts the order into {parts} parts and "
        f"{rules.symbol} allows {limit} ({name}); nearest: {nearest}",
    )


def check_some_worth(rules: SymbolFilters, order: SpotOrderRequest, facts: MarketFacts | None) -> Iterator[RuleCheck]:
    """errors.md, "Price * QTY is zero or less.": what is worth less than the quote asset's smallest unit."""
    price = limit_price(order, facts)
    if price is None or order.quantity is None or "quoteAssetPrecision" not in rules.info:
        return
    notional = worth(price, order.quantity)
    passed = cut(notional) > 0
    nearest: tuple[str, ...] = ()
    words = ""
    if not passed:
        near = rules.quantity_worth(Decimal(1).scaleb(-PLACES), price, order, up=True)
        nearest, words = offer("quantity", near)
    yield RuleCheck(
        rule="price * quantity",
        field="price * quantity",
        limit=plain(Decimal(1).scaleb(-PLACES)),
        value=plain(notional),
        passed=passed,
        nearest=nearest,
        sentence=f"the order is worth {plain(notional)} {rules.quote_asset}, which is less than the exchange can "
        f"count{words}",
    )


def check_grid(
    rules: SymbolFilters,
    name: str,
    field: str,
    value: Decimal,
    keys: tuple[str, str, str],
    grid: Decimal,
    codes: tuple[int, int, int] = (REFUSED, REFUSED, REFUSED),
) -> RuleCheck:
    """Hold a value against the bounds and the step of a filter; `codes` answer too small, too large, off the step.

    `grid` is the step of the nearest values: a bound of MARKET_LOT_SIZE need not be on the step of LOT_SIZE.
    """
    rule: Mapping[str, Any] = rules.filters[name]
    low, high, step = (number(rule, key) for key in keys)
    text = plain(value)
    code = REFUSED
    nearest: tuple[Decimal, ...]
    if low and value < low:
        nearest = (rounded(low, grid, ROUND_CEILING),)
        passed, limit, why, code = False, low, f"is below the smallest, {plain(low)}", codes[0]
    elif high and value > high:
        nearest = (rounded(high, grid, ROUND_FLOOR),)
        passed, limit, why, code = False, high, f"is above the largest, {plain(high)}", codes[1]
    elif step and EXACT.remainder(value, step):
        below, above = rounded(value, grid, ROUND_FLOOR), rounded(value, grid, ROUND_CEILING)
        nearest = tuple(near for near in (below, above) if near >= low and near > 0 and (not high or near <= high))
        kind = "tick" if name == "PRICE_FILTER" else "step"
        passed, limit, why, code = False, step, f"is not on the {kind} of {plain(step)}", codes[2]
    else:
        passed, limit, nearest, why = True, step or low, (), ""
    texts = tuple(plain(near) for near in nearest)
    return RuleCheck(
        rule=name,
        field=field,
        limit=plain(limit),
        value=text,
        passed=passed,
        nearest=texts,
        code=code,
        sentence=f"{field} {text} of {rules.symbol} {why} ({name}); nearest: {' or '.join(texts)}",
    )
