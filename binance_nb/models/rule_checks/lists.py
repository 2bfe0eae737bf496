"""Rules about an order list as a whole: whether the symbol takes it, its name, and the prices of an OCO pair."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from binance_nb.models.decimals import plain
from binance_nb.models.enums import OrderSide
from binance_nb.models.order_lists import OrderListRequest
from binance_nb.models.requests import SpotOrderRequest
from binance_nb.models.rule_checks.base import MARKET_TYPES, REJECTED, RuleCheck, SymbolFilters
from binance_nb.models.rule_checks.facts import STOPS, MarketFacts, limit_price

LEGS = {
    "OCO": ("above", "below"),
    "OTO": ("working", "pending"),
    "OPO": ("working", "pending"),
    "OTOCO": ("working", "pending_above", "pending_below"),
    "OPOCO": ("working", "pending_above", "pending_below"),
}
"""What the orders of each list are called, in their order (rest-api.md, "Order lists")."""

_FLAGS = (
    ("ocoAllowed", {"OCO", "OTOCO", "OPOCO"}),
    ("otoAllowed", set(LEGS) - {"OCO"}),
    ("opoAllowed", {"OPO", "OPOCO"}),
)


def check_list_allowed(rules: SymbolFilters, request: OrderListRequest) -> Iterator[RuleCheck]:
    """errors.md, "OCO orders are not supported for this symbol" and the like."""
    for flag, kinds in _FLAGS:
        if request.kind in kinds and flag in rules.info:
            yield RuleCheck(
                rule=flag,
                field="list",
                limit="true",
                value=str(rules.info[flag]).lower(),
                passed=bool(rules.info[flag]),
                sentence=f"{rules.symbol} takes no {request.kind} lists",
            )


def check_list_name(request: OrderListRequest, facts: MarketFacts) -> RuleCheck:
    """errors.md, "Duplicate order sent.": no open list may have the same client order id."""
    name = request.list_client_order_id
    taken = any(row["listClientOrderId"] == name for row in facts.open_lists)
    return RuleCheck(
        rule="listClientOrderId",
        field="list_client_order_id",
        limit="not in use",
        value=name,
        passed=not taken,
        code=REJECTED,
        sentence=f"an open order list has the client order id {name} already",
    )


def check_pair_prices(
    rules: SymbolFilters, pair: tuple[SpotOrderRequest, SpotOrderRequest], facts: MarketFacts
) -> RuleCheck:
    """errors.md: the last price must lie between the two prices of an OCO; what only trails is not compared."""
    stop, other = sorted(pair, key=lambda order: order.order_type not in STOPS)
    profit = other.stop_price if other.order_type in MARKET_TYPES else limit_price(other, facts)
    buys = stop.side is OrderSide.BUY
    low, high = (profit, stop.stop_price) if buys else (stop.stop_price, profit)
    chain = [price for price in (low, facts.last_price, high) if price]
    text = " < ".join(plain(price) for price in chain)
    return RuleCheck(
        rule="OCO prices",
        field="list",
        limit="limit or take profit < last price < stop" if buys else "stop < last price < limit or take profit",
        value=text,
        passed=all(lower < higher for lower, higher in pairwise(chain)),
        code=REJECTED,
        sentence=f"the last price of {rules.symbol} must lie between the prices of the pair, and {text} does not hold",
    )
