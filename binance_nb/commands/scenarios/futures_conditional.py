"""Conditional USD-M futures orders: each type, from the Algo Service to the order that it becomes."""

from __future__ import annotations

from binance_nb.commands.scenarios.futures_desk import FuturesDesk
from binance_nb.commands.scenarios.stage import Stage


def play(stage: Stage) -> None:
    """Let the market trigger one order of each type; cancel two that it does not; ask for one that would at once."""
    client, symbol, desk = stage.client, stage.symbol, FuturesDesk(stage)
    size = desk.size()
    desk.market("BUY", size * 6)
    # The one that needs the longest way begins first.
    trailing = desk.conditional("SELL", "TRAILING_STOP_MARKET", quantity=size, callback_rate="0.1", reduce_only=True)
    for kind, away in (("STOP", "0.99995"), ("TAKE_PROFIT", "1.00005")):
        market = desk.conditional(
            "SELL", f"{kind}_MARKET", quantity=size, stop_price=desk.beside_last(away), reduce_only=True
        )
        desk.until_ended(market)
        stop, price = desk.beside_last(away), desk.near("0.99")
        desk.until_ended(desk.conditional("SELL", kind, quantity=size, stop_price=stop, price=price, reduce_only=True))
    desk.until_ended(trailing, pauses=5)
    activation = desk.near("1.03")
    later = desk.conditional(
        "SELL", "TRAILING_STOP_MARKET", quantity=size, callback_rate="1", activation_price=activation
    )
    closing = desk.request("SELL", "STOP_MARKET", stop_price=desk.near("0.95"), close_position=True)
    client.place_futures_order(closing)
    stage.show("waiting", client.get_futures_open_orders(symbol))
    stage.show("cancelled by its number", client.cancel_futures_order_by_id(symbol, algo_id=later))
    by_name = client.cancel_futures_order_by_id(symbol, client_order_id=closing.new_client_order_id)
    stage.show("cancelled by its name", by_name)
    stage.refused(
        "a stop that would trigger at once",
        lambda: client.place_futures_order(
            desk.request("SELL", "STOP_MARKET", quantity=size, stop_price=desk.near("1.05"))
        ),
    )
    stage.show("all orders", client.get_all_futures_orders(symbol, limit=20))
