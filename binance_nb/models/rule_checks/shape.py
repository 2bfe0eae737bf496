"""Rules about what an order is: its decimals, its type, what the symbol allows; judged before any filter."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from binance_nb.models.decimals import plain
from binance_nb.models.enums import PegPriceType, SpotOrderType, TimeInForce
from binance_nb.models.requests import SpotOrderRequest
from binance_nb.models.rule_checks.base import (
    BAD_ORDER_TYPE,
    BAD_PRECISION,
    BAD_VALUE,
    ILLEGAL_CHARS,
    PLACES,
    REFUSED,
    RuleCheck,
    SymbolFilters,
    offer,
    rounded,
)

MAX_PEG_OFFSET = 100
"""rest-api.md, "New order": how many price levels a pegged order may be away from the best one."""

WIRE_DIGITS = 20
"""Digits that a number on the wire may have before its point, and behind it (the legal range that -1100 names)."""

_PRECISIONS = (
    ("quantity", "baseAssetPrecision"),
    ("iceberg_qty", "baseAssetPrecision"),
    ("price", "quoteAssetPrecision"),
    ("stop_price", "quoteAssetPrecision"),
    ("quote_order_qty", "quoteAssetPrecision"),
)
_FLAGS = (
    ("iceberg_qty", "icebergAllowed", "iceberg orders"),
    ("quote_order_qty", "quoteOrderQtyMarketAllowed", "MARKET orders by quote_order_qty"),
    ("trailing_delta", "allowTrailingStop", "trailing stops"),
    ("peg_price_type", "pegInstructionsAllowed", "pegged orders"),
)


def check_writing(rules: SymbolFilters, order: SpotOrderRequest) -> Iterator[RuleCheck]:
    """Yield what the exchange looks at first: how the numbers are written."""
    yield from _check_peg_offset(rules, order)
    amounts = [(field, key, value) for field, key in _PRECISIONS if (value := getattr(order, field)) is not None]
    # A number that cannot be read at all is refused before any is counted out.
    for field, key, value in sorted(amounts, key=lambda amount: _is_legible(amount[2])):
        if key in rules.info:
            yield _check_precision(rules, order, field, value, int(rules.info[key]))


def check_combination(rules: SymbolFilters, order: SpotOrderRequest) -> Iterator[RuleCheck]:
    """Yield whether the parameters fit each other, as far as SpotOrderRequest leaves that open."""
    yield from _check_iceberg(rules, order)
    yield from _check_peg(order)


def check_allowed(rules: SymbolFilters, order: SpotOrderRequest) -> Iterator[RuleCheck]:
    """Yield whether the symbol takes orders of this kind."""
    allowed = rules.info.get("orderTypes", ())
    yield RuleCheck(
        rule="orderTypes",
        field="order_type",
        limit=", ".join(allowed),
        value=order.order_type,
        passed=order.order_type in allowed,
        # errors.md has a message for every type but these two.
        code=BAD_ORDER_TYPE if order.order_type in {SpotOrderType.LIMIT, SpotOrderType.LIMIT_MAKER} else REFUSED,
        sentence=f"{rules.symbol} takes no {order.order_type} orders; it takes {', '.join(allowed)}",
    )
    for field, flag, what in _FLAGS:
        if getattr(order, field) is not None and flag in rules.info:
            yield RuleCheck(
                rule=flag,
                field=field,
                limit="true",
                value=str(rules.info[flag]).lower(),
                passed=bool(rules.info[flag]),
                sentence=f"{rules.symbol} takes no {what}",
            )
    mode, modes = order.self_trade_prevention_mode, rules.info.get("allowedSelfTradePreventionModes")
    if mode is not None and modes is not None:
        yield RuleCheck(
            rule="allowedSelfTradePreventionModes",
            field="self_trade_prevention_mode",
            limit=", ".join(modes),
            value=mode,
            passed=mode in modes,
            nearest=() if mode in modes else tuple(modes),
            sentence=f"{rules.symbol} does not take the self-trade prevention mode {mode}; it takes {', '.join(modes)}",
        )


def _is_legible(value: Decimal) -> bool:
    whole, _, decimals = plain(value).partition(".")
    return len(whole) <= WIRE_DIGITS and len(decimals) <= WIRE_DIGITS


def _check_precision(
    rules: SymbolFilters, order: SpotOrderRequest, field: str, value: Decimal, places: int
) -> RuleCheck:
    text = plain(value)
    decimals = len(text.partition(".")[2])
    legible = _is_legible(value)
    passed = legible and decimals <= places
    nearest: tuple[str, ...] = ()
    if not passed:
        step = {"quantity": rules.lots(order), "iceberg_qty": rules.step_size, "quote_order_qty": Decimal(0)}
        unit = step.get(field, rules.tick_size) or Decimal(1).scaleb(-places)
        nears = (rounded(value, unit, mode) for mode in (ROUND_FLOOR, ROUND_CEILING))
        nearest = tuple(plain(near) for near in nears if near > 0 and _is_legible(near))
    return RuleCheck(
        rule="precision",
        field=field,
        limit=str(places),
        value=str(decimals),
        passed=passed,
        nearest=nearest,
        code=BAD_PRECISION if legible else ILLEGAL_CHARS,
        sentence=f"{field} {text} of {rules.symbol} has {decimals} decimals and {places} are allowed; "
        f"nearest: {' or '.join(nearest)}"
        if decimals > places
        else f"{field} {text} has more digits than the exchange reads",
    )


def _check_peg_offset(rules: SymbolFilters, order: SpotOrderRequest) -> Iterator[RuleCheck]:
    offset = order.peg_offset_value
    if offset is None:
        return
    nearest = min(max(offset, 0), MAX_PEG_OFFSET)
    yield RuleCheck(
        rule="pegOffsetValue",
        field="peg_offset_value",
        limit=f"0 to {MAX_PEG_OFFSET}",
        value=str(offset),
        passed=offset == nearest,
        nearest=() if offset == nearest else (str(nearest),),
        code=BAD_VALUE if offset >= 0 else ILLEGAL_CHARS,
        sentence=f"peg_offset_value {offset} must be 0 to {MAX_PEG_OFFSET} price levels; nearest: {nearest}",
    )


def _check_iceberg(rules: SymbolFilters, order: SpotOrderRequest) -> Iterator[RuleCheck]:
    """errors.md, "IcebergQty exceeds QTY.": the visible part must be less than the whole."""
    if order.iceberg_qty is None or order.quantity is None:
        return
    passed = order.iceberg_qty < order.quantity
    step = rules.step_size or Decimal(1).scaleb(-PLACES)
    nearest, words = offer("iceberg_qty", rounded(order.quantity, step, ROUND_CEILING) - step)
    yield RuleCheck(
        rule="icebergQty",
        field="iceberg_qty",
        limit=f"below {plain(order.quantity)}",
        value=plain(order.iceberg_qty),
        passed=passed,
        nearest=() if passed else nearest,
        sentence=f"iceberg_qty {plain(order.iceberg_qty)} must be less than quantity {plain(order.quantity)}{words}",
    )


def _check_peg(order: SpotOrderRequest) -> Iterator[RuleCheck]:
    """pegged_orders.md: a LIMIT order pegged to its own side must be GTC."""
    if order.peg_price_type is not PegPriceType.PRIMARY_PEG or order.order_type is not SpotOrderType.LIMIT:
        return
    yield RuleCheck(
        rule="pegPriceType",
        field="time_in_force",
        limit=TimeInForce.GTC,
        value=str(order.time_in_force),
        passed=order.time_in_force is TimeInForce.GTC,
        nearest=() if order.time_in_force is TimeInForce.GTC else (TimeInForce.GTC.value,),
        sentence=f"a LIMIT order with PRIMARY_PEG must be GTC, not {order.time_in_force}",
    )
