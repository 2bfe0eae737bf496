"""Order lists: one that is cancelled, and one whose first order fills."""

from __future__ import annotations

from binance_nb.commands.scenarios.stage import Stage
from binance_nb.models.requests import SpotOrderRequest


def play(stage: Stage) -> None:
    """Place an OCO and cancel it; place an OTO whose working order fills, and cancel what that brought."""
    client, symbol, size = stage.client, stage.symbol, stage.size()

    def order(side: str, order_type: str, **fields: object) -> SpotOrderRequest:
        return SpotOrderRequest(
            symbol=symbol,
            side=side,
            order_type=order_type,
            quantity=size,
            new_client_order_id=stage.next_id(),
            **fields,
        )

    oco = client.place_oco_order(
        order("SELL", "LIMIT_MAKER", price=stage.near("1.05", 1)),
        order("SELL", "STOP_LOSS_LIMIT", price=stage.near("0.94"), stop_price=stage.near("0.95")),
        list_client_order_id=stage.next_id(),
    )
    stage.show("one cancels the other", oco)
    stage.show("open lists", client.get_open_order_lists())
    list_id = int(oco["order_list_id"].iloc[0])
    stage.show("list cancelled", client.cancel_order_list(symbol, list_id))
    oto = client.place_oto_order(
        order("BUY", "LIMIT", price=stage.near("1.001", 1)),
        order("SELL", "LIMIT", price=stage.near("1.05", 1)),
        list_client_order_id=stage.next_id(),
    )
    stage.show("one triggers the other", oto)
    stage.until_ended(int(oto["order_id"].iloc[0]))
    stage.show("what the fill brought", client.get_open_orders(symbol))
    client.cancel_all_orders(symbol)
    stage.show("all lists", client.get_all_order_lists())
