"""USD-M futures in hedge mode: a long and a short position of one symbol, held apart."""

from __future__ import annotations

from binance_nb.commands.scenarios.futures_desk import FuturesDesk
from binance_nb.commands.scenarios.stage import Stage


def play(stage: Stage) -> None:
    """Hold both sides at once, close each for itself, and go back to the mode of before.

    The account must have no open orders and no positions: the exchange refuses to change the mode then.
    """
    client, symbol, desk = stage.client, stage.symbol, FuturesDesk(stage)
    before = str(client.get_futures_position_mode()["position_mode"].iloc[0])
    size = desk.size()
    stage.show("mode", client.set_futures_position_mode("hedge"))
    try:
        stage.refused(
            "an order that names no side",
            lambda: client.place_futures_market_order(symbol, "BUY", size, new_client_order_id=stage.next_id()),
        )
        desk.market("BUY", size * 2, position_side="LONG")
        desk.market("SELL", size, position_side="SHORT")
        stage.show("both sides", client.get_futures_positions(symbol))
        desk.limit("more of the long side", "BUY", size, desk.near("0.97"), position_side="LONG")
        stop = {"quantity": size, "stop_price": desk.near("1.03", 1), "position_side": "SHORT"}
        desk.conditional("BUY", "STOP_MARKET", **stop)
        stage.refused("one-way mode under positions", lambda: client.set_futures_position_mode("one-way"))
        client.cancel_all_futures_orders(symbol)
        desk.market("SELL", size, position_side="LONG")
        stage.show("the long side is smaller", client.get_futures_positions(symbol))
    finally:
        desk.empty()
        stage.show("mode at the end", client.set_futures_position_mode(before))  # type: ignore[arg-type]  # as it was
