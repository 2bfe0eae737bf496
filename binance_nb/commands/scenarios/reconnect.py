"""A stream that breaks while orders fill, comes back, and is completed."""

from __future__ import annotations

from binance_nb.commands.scenarios.stage import Stage


def play(stage: Stage) -> None:
    """Fill an order before the break, one while nobody listens, and one after."""
    client, size = stage.client, stage.size()
    stage.place("BUY", "MARKET", quantity=size)
    waiting = stage.place("BUY", "LIMIT", quantity=size, price=stage.near("0.9"))
    stage.wait_for(lambda: len(client.execution_reports(order_id=waiting)) > 0, "the report of a resting order")
    stage.drop()
    stage.wait_for(
        lambda: client.stream_state.reconnects > 0 or not client.stream_state.is_connected, "the end of the connection"
    )
    missed = stage.place("BUY", "MARKET", quantity=size)
    stage.wait_for(
        lambda: client.stream_state.reconnects > 0 and client.stream_state.state == "connected", "the stream's return"
    )
    stage.wait_for(lambda: len(client.execution_reports(order_id=missed)) > 0, "what was missed")
    stage.show("cancelled", client.cancel_order_by_id(stage.symbol, waiting))
    stage.place("SELL", "MARKET", quantity=size)
