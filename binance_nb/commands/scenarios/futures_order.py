"""USD-M futures orders: a position opened and closed, an order that waits, one that is conditional, refusals."""

from __future__ import annotations

from binance_nb.commands.scenarios.futures_desk import FuturesDesk
from binance_nb.commands.scenarios.stage import Stage


def play(stage: Stage) -> None:
    """Open a small position, let two orders wait beside it, cancel one, and ask for what is refused."""
    client, symbol, desk = stage.client, stage.symbol, FuturesDesk(stage)
    size, far = desk.size(), desk.near("0.95")
    opened = desk.market("BUY", size)
    stage.show("opened", client.get_futures_order_status(symbol, opened))
    stage.show("position", client.get_futures_positions(symbol))
    waiting = desk.limit("waiting", "BUY", size, far)
    stage.show("cancelled", client.cancel_futures_order_by_id(symbol, waiting))
    stop = desk.request("SELL", "STOP_MARKET", quantity=size, stop_price=far, reduce_only=True)
    stage.show("conditional", client.place_futures_order(stop))
    stage.show("open orders", client.get_futures_open_orders(symbol))
    stage.refused(
        "reducing what is not there",
        lambda: client.place_futures_market_order(
            symbol, "BUY", size, reduce_only=True, new_client_order_id=stage.next_id()
        ),
    )
    stage.show("trades", client.get_futures_trades(symbol, limit=5))
