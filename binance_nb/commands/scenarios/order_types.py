"""Every type of spot order, from its placing to its end."""

from __future__ import annotations

from binance_nb.commands.scenarios.stage import Stage


def play(stage: Stage) -> None:
    """Fill, cancel or trigger one order of each type; what the market does not fill in time is cancelled."""
    size = stage.size()
    stage.place("BUY", "MARKET", quantity=stage.size(10))
    stage.place("BUY", "MARKET", quote_order_qty=str(stage.size() * stage.quotes()[1].to_integral_value()))
    stage.until_ended(stage.place("BUY", "LIMIT", quantity=size, price=stage.near("1", 1)))
    stage.until_ended(stage.place("BUY", "LIMIT", quantity=size, price=stage.near("1")))
    waiting = stage.place("BUY", "LIMIT", quantity=size, price=stage.near("0.9"))
    stage.show("open orders", stage.client.get_open_orders(stage.symbol))
    stage.show("cancelled", stage.client.cancel_order_by_id(stage.symbol, waiting))
    stage.place("BUY", "LIMIT", quantity=size, price=stage.near("1.001", 1), time_in_force="IOC")
    stage.place("BUY", "LIMIT", quantity=size, price=stage.near("1.001", 1), time_in_force="FOK")
    stage.place("BUY", "LIMIT", quantity=size, price=stage.near("0.95"), time_in_force="FOK")
    maker = stage.place("SELL", "LIMIT_MAKER", quantity=size, price=stage.near("1.05", 1))
    stage.show("maker cancelled", stage.client.cancel_order_by_id(stage.symbol, maker))
    for order_type, away in (("STOP_LOSS", "0.9998"), ("TAKE_PROFIT", "1.0002")):
        stage.until_ended(stage.place("SELL", order_type, quantity=size, stop_price=stage.beside_last(away)))
        stop = stage.beside_last(away)
        stage.until_ended(
            stage.place("SELL", f"{order_type}_LIMIT", quantity=size, price=stage.near("0.99"), stop_price=stop)
        )
    stage.until_ended(stage.place("SELL", "STOP_LOSS", quantity=size, trailing_delta=10))
    stage.show("all orders", stage.client.get_all_orders(stage.symbol, limit=30))
    stage.show("all trades", stage.client.get_my_trades(stage.symbol, limit=30))
