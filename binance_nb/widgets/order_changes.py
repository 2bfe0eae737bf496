"""Changing an open order: amended where it keeps its place in the queue, else cancelled and replaced by another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from binance_nb.errors import InvalidOrderError
from binance_nb.models.decimals import plain, to_decimal
from binance_nb.models.requests import SpotOrderRequest, new_client_order_id
from binance_nb.models.rules import SymbolRules

AMEND, REPLACE, MODIFY = "amend", "replace", "modify"
BUTTONS = {AMEND: "Reduce it", REPLACE: "Replace it", MODIFY: "Modify it"}
"""What the button says that sends a change."""

CARRIED = {
    "timeInForce": "time_in_force",
    "icebergQty": "iceberg_qty",
    "trailingDelta": "trailing_delta",
    "selfTradePreventionMode": "self_trade_prevention_mode",
    "strategyId": "strategy_id",
    "strategyType": "strategy_type",
}
"""What a new order takes over from the one it replaces, besides its symbol, side, type, prices and quantity."""

UNTIMED = frozenset({"LIMIT_MAKER", "STOP_LOSS", "TAKE_PROFIT", "MARKET"})
"""Types that take no time in force although the exchange answers one."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change, ready to be confirmed and sent once by the client's verb of that name."""

    kind: str
    symbol: str
    order_id: int
    summary: str
    filled: str
    """How much of the order was filled when the change was made up; more by now, and it does not hold."""
    verb: str
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]
    new_client_order_id: str = field(default_factory=new_client_order_id)

    @property
    def places_an_order(self) -> bool:
        """Whether it comes to a new order, which on mainnet must be allowed and confirmed like any other."""
        return self.kind in {REPLACE, MODIFY}


def change_of(order: Mapping[str, Any], texts: Mapping[str, str], rules: SymbolRules) -> Change:
    """Return how `order` (as the exchange answers it) becomes what was typed: quantity, price, stop_price.

    A smaller quantity alone is amended and keeps its place in the queue, where the symbol allows it; anything else
    cancels the order and places a new one for what is not filled. Raises InvalidOrderError in one sentence.
    rest-api.md, "Order Amend Keep Priority" and "Cancel an Existing Order and Send a New Order".
    """
    before = {
        "quantity": Decimal(order["origQty"]),
        "price": Decimal(order.get("price") or 0),
        "stop_price": Decimal(order.get("stopPrice") or 0),
    }
    after = {name: number_typed(texts[name], name) for name in before if texts.get(name, "").strip()}
    wanted = {name: value for name, value in after.items() if value != before[name]}
    filled = Decimal(order["executedQty"])
    if not wanted:
        raise InvalidOrderError("nothing is different from the order as it stands")
    if after.get("quantity", before["quantity"]) <= filled:
        raise InvalidOrderError(f"{plain(filled)} of it is filled already; cancel the order to give up the rest")
    is_less = set(wanted) == {"quantity"} and wanted["quantity"] < before["quantity"]
    if is_less and rules.info.get("amendAllowed", True):
        return _amendment(order, wanted["quantity"], before, rules)
    if int(order.get("orderListId", -1)) != -1:
        raise InvalidOrderError("an order of a list can only be made smaller; replacing it would cancel its whole list")
    return _replacement(order, {**before, **after}, wanted, rules)


def number_typed(text: str, name: str) -> Decimal:
    """Return what was typed as a positive number. Raises InvalidOrderError in one sentence."""
    value = to_decimal(text.strip(), name)
    if value <= 0:
        raise InvalidOrderError(f"{name} must be greater than zero")
    return value


def _request(order: Mapping[str, Any], quantity: Decimal, price: Decimal, stop_price: Decimal) -> SpotOrderRequest:
    """Return the same order in other numbers, with a client order id of its own."""
    if order.get("pegPriceType"):
        raise InvalidOrderError("a pegged order gets its price from the book; cancel it and place another")
    carried = {
        mine: order[theirs]
        for theirs, mine in CARRIED.items()
        if order.get(theirs) not in {None, "", "NONE"} and not (mine == "iceberg_qty" and not Decimal(order[theirs]))
    }
    if order["type"] in UNTIMED:
        carried.pop("time_in_force", None)
    return SpotOrderRequest(
        symbol=order["symbol"],
        side=order["side"],
        order_type=order["type"],
        quantity=quantity,
        price=price or None,
        stop_price=stop_price or None,
        **carried,
    )


def _amendment(
    order: Mapping[str, Any], quantity: Decimal, before: Mapping[str, Decimal], rules: SymbolRules
) -> Change:
    if not order.get("pegPriceType"):
        # The exchange holds an amended order against the filters as if it were new (faqs/order_amend_keep_priority.md);
        # its prices have passed them, so only what is about the quantity speaks against it.
        hidden = {**order, "icebergQty": "0"}
        request = _request(hidden, quantity, before["price"], before["stop_price"])
        for check in rules.check(request):
            if not check.passed and "quantity" in check.field:
                raise InvalidOrderError(check.sentence)
    return Change(
        kind=AMEND,
        symbol=order["symbol"],
        order_id=int(order["orderId"]),
        summary=f"Reduce {order['side']} {order['symbol']} from {plain(before['quantity'])} to {plain(quantity)} "
        f"{rules.base_asset} · it keeps its place in the queue".replace("  ", " "),
        filled=plain(Decimal(order["executedQty"])),
        verb="amend_order",
        arguments=(order["symbol"], int(order["orderId"])),
        # Keeping its name keeps it known to whoever follows it by that.
        keywords={"new_qty": quantity, "new_client_order_id": order["clientOrderId"]},
    )


def _replacement(
    order: Mapping[str, Any], after: Mapping[str, Decimal], wanted: Mapping[str, Decimal], rules: SymbolRules
) -> Change:
    filled = Decimal(order["executedQty"])
    rest = after["quantity"] - filled
    request = _request(order, rest, after["price"], after["stop_price"])
    rules.require(request)
    words = [f"{name.replace('_', ' ')} {plain(value)}" for name, value in wanted.items()]
    left = f" for the {plain(rest)} that is not filled" if filled else ""
    # A fill between this moment and the cancel would make the new order too large: then nothing is to happen.
    restrictions = {} if filled else {"cancel_restrictions": "ONLY_NEW"}
    return Change(
        kind=REPLACE,
        symbol=order["symbol"],
        order_id=int(order["orderId"]),
        summary=f"Cancel {order['side']} {order['symbol']} {order['type']} and place it anew with "
        f"{', '.join(words)}{left} · it loses its place in the queue",
        filled=plain(filled),
        verb="cancel_replace_order",
        arguments=(request, int(order["orderId"])),
        keywords=restrictions,
        new_client_order_id=request.new_client_order_id,
    )
