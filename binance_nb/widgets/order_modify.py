"""Modifying an open LIMIT order of USD-M futures: another price or quantity, under the same number."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from binance_nb.errors import InvalidOrderError
from binance_nb.models.decimals import plain
from binance_nb.models.futures_requests import FuturesOrderRequest
from binance_nb.models.futures_rules import FuturesRules
from binance_nb.widgets.order_changes import MODIFY, Change, number_typed


def modification_of(order: Mapping[str, Any], texts: Mapping[str, str], rules: FuturesRules) -> Change:
    """Return how `order` (as the exchange answers it) becomes what was typed: quantity, price.

    The quantity is that of the whole order, filled part included. Raises InvalidOrderError in one sentence.
    usds-margined-futures, "Modify Order".
    """
    if order["type"] != "LIMIT":
        raise InvalidOrderError(f"the exchange modifies LIMIT orders only; cancel this {order['type']} order instead")
    before = {"quantity": Decimal(order["origQty"]), "price": Decimal(order["price"])}
    after = {name: number_typed(texts[name], name) for name in before if texts.get(name, "").strip()}
    wanted = {name: value for name, value in after.items() if value != before[name]}
    filled = Decimal(order["executedQty"])
    if not wanted:
        raise InvalidOrderError("nothing is different from the order as it stands")
    new = {**before, **after}
    if new["quantity"] <= filled:
        raise InvalidOrderError(f"{plain(filled)} of it is filled already; cancel the order to give up the rest")
    hedged = order.get("positionSide", "BOTH") != "BOTH"
    rules.require(
        FuturesOrderRequest(
            symbol=order["symbol"],
            side=order["side"],
            order_type="LIMIT",
            position_side=order["positionSide"] if hedged else None,
            reduce_only=None if hedged or not order.get("reduceOnly") else True,
            **new,
        )
    )
    words = [f"{name} {plain(value)}" for name, value in wanted.items()]
    return Change(
        kind=MODIFY,
        symbol=order["symbol"],
        order_id=int(order["orderId"]),
        summary=f"Give {order['side']} {order['symbol']} LIMIT {', '.join(words)} · it loses its place in the queue",
        filled=plain(filled),
        verb="modify_futures_order",
        arguments=(order["symbol"], int(order["orderId"])),
        keywords={"side": order["side"], **new},
    )
