"""Filters on what the account holds and has open: position, asset limits, numbers of orders and lists (filters.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from binance_nb.models.decimals import plain
from binance_nb.models.enums import OrderSide
from binance_nb.models.requests import TRIGGERED, SpotOrderRequest
from binance_nb.models.rule_checks.base import EXACT, RuleCheck, SymbolFilters, cut, offer, rounded, worth
from binance_nb.models.rule_checks.facts import MarketFacts
from binance_nb.models.rule_checks.values import notional_price

LARGEST_POSITION = Decimal(2**63 - 1).scaleb(-8)
"""filters.md, MAX_POSITION: a quantity must not make the position overflow; amounts are counted in 64 bits of 10^-8."""


def check_max_position(
    rules: SymbolFilters, name: str, order: SpotOrderRequest, facts: MarketFacts | None
) -> Iterator[RuleCheck]:
    """MAX_POSITION: what a BUY order would add to what is held and what open BUY orders still want."""
    if facts is None or order.side is not OrderSide.BUY:
        return
    limit = min(Decimal(str(rules.filters[name]["maxPosition"])), LARGEST_POSITION)
    wanted = order.quantity or Decimal(0)
    if order.quote_order_qty is not None and facts.last_price:
        wanted = cut(EXACT.divide(order.quote_order_qty, facts.last_price))
    before = facts.held(rules.base_asset) + sum(
        (Decimal(row["origQty"]) - Decimal(row["executedQty"]) for row in _open_here(rules, facts) if _buys(row)),
        Decimal(0),
    )
    passed = before + wanted <= limit
    nearest, words = offer("quantity", rounded(limit - before, rules.lots(order), ROUND_FLOOR))
    yield RuleCheck(
        rule=name,
        field="quantity",
        limit=plain(limit),
        value=plain(before + wanted),
        passed=passed,
        nearest=() if passed else nearest,
        sentence=f"with this order the position in {rules.base_asset} would be {plain(before + wanted)} and "
        f"{plain(limit)} is allowed ({name}){words}",
    )


def check_max_asset(rules: SymbolFilters, order: SpotOrderRequest, facts: MarketFacts | None) -> Iterator[RuleCheck]:
    """MAX_ASSET (from myFilters): how much of an asset one order may move: its quantity, or what it is worth."""
    if facts is None:
        return
    for rule in facts.my_filters.get("assetFilters", ()):
        limit, asset = Decimal(str(rule["limit"])), rule["asset"]
        if rule.get("filterType") != "MAX_ASSET":
            continue
        price = notional_price(order, facts, 0)
        if asset == rules.base_asset and order.quantity is not None:
            yield _asset_check(
                rules, asset, "quantity", order.quantity, limit, "quantity", _on_step(rules, limit, order)
            )
        if asset == rules.quote_asset and order.quote_order_qty is not None:
            amount = order.quote_order_qty
            yield _asset_check(rules, asset, "quote_order_qty", amount, limit, "quote_order_qty", limit)
        elif asset == rules.quote_asset and order.quantity is not None and price is not None:
            near = rules.quantity_worth(limit, price, order, up=False)
            amount = worth(price, order.quantity)
            yield _asset_check(rules, asset, "price * quantity", amount, limit, "quantity", near)


def _on_step(rules: SymbolFilters, limit: Decimal, order: SpotOrderRequest) -> Decimal:
    return rounded(limit, rules.lots(order), ROUND_FLOOR)


def _asset_check(
    rules: SymbolFilters, asset: str, field: str, amount: Decimal, limit: Decimal, changed: str, near: Decimal
) -> RuleCheck:
    nearest, words = offer(changed, near)
    return RuleCheck(
        rule="MAX_ASSET",
        field=field,
        limit=plain(limit),
        value=plain(amount),
        passed=amount <= limit,
        nearest=() if amount <= limit else nearest,
        sentence=f"the order on {rules.symbol} moves {plain(amount)} {asset} and this account may move "
        f"{plain(limit)} in one order (MAX_ASSET){words}",
    )


def check_counts(
    rules: SymbolFilters, orders: Sequence[SpotOrderRequest], facts: MarketFacts, *, is_list: bool
) -> Iterator[RuleCheck]:
    """MAX_NUM_…, on the symbol and on the exchange: open orders, algo orders, icebergs and order lists.

    A list counts once as a list, and each of its orders as an order (filters.md, MAX_NUM_ORDER_LISTS).
    """
    here, everywhere = list(_open_here(rules, facts)), list(facts.open_orders)
    lists_here = [row for row in facts.open_lists if row["symbol"] == rules.symbol]
    exchange = {rule["filterType"]: rule for rule in facts.my_filters.get("exchangeFilters", ())}
    for prefix, filters, rows, lists in (
        ("", rules.filters, here, lists_here),
        ("EXCHANGE_", exchange, everywhere, list(facts.open_lists)),
    ):
        where = "on the exchange" if prefix else f"on {rules.symbol}"
        for name, key, what, counted in _COUNTED:
            present = sum(map(counted, rows))
            added = sum(counted(_as_row(order)) for order in orders)
            yield from _check_count(filters, prefix + name, key, f"{what} {where}", present, added)
        yield from _check_count(
            filters,
            f"{prefix}MAX_NUM_ORDER_LISTS",
            "maxNumOrderLists",
            f"order lists {where}",
            len(lists),
            int(is_list),
        )


def _check_count(
    filters: Mapping[str, Mapping[str, Any]], name: str, key: str, what: str, present: int, added: int
) -> Iterator[RuleCheck]:
    if name not in filters or not added:
        return
    limit = int(filters[name][key])
    yield RuleCheck(
        rule=name,
        field=f"open {what}",
        limit=str(limit),
        value=str(present + added),
        passed=present + added <= limit,
        sentence=f"with this order the account would have {present + added} open {what} and {limit} are allowed "
        f"({name})",
    )


def _as_row(order: SpotOrderRequest) -> dict[str, Any]:
    return {"type": order.order_type.value, "icebergQty": order.iceberg_qty or 0, "side": order.side.value}


def _is_algo(row: Mapping[str, Any]) -> bool:
    return row["type"] in TRIGGERED


def _is_iceberg(row: Mapping[str, Any]) -> bool:
    return Decimal(row.get("icebergQty", 0)) > 0


def _buys(row: Mapping[str, Any]) -> bool:
    return bool(row["side"] == OrderSide.BUY)


def _any(_row: Mapping[str, Any]) -> bool:
    return True


_COUNTED: tuple[tuple[str, str, str, Callable[[Mapping[str, Any]], bool]], ...] = (
    ("MAX_NUM_ORDERS", "maxNumOrders", "orders", _any),
    ("MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders", "algo orders", _is_algo),
    ("MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders", "iceberg orders", _is_iceberg),
)

EXCHANGE_ORDER_FILTERS = frozenset(f"EXCHANGE_{name}" for name, *_ in _COUNTED)
"""Filters for which the open orders of every symbol count."""


def _open_here(rules: SymbolFilters, facts: MarketFacts) -> Iterator[Mapping[str, Any]]:
    return (row for row in facts.open_orders if row["symbol"] == rules.symbol)
