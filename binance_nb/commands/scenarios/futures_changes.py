"""USD-M futures orders of every time in force, changed, in batches, and cancelled by a countdown."""

from __future__ import annotations

from decimal import Decimal

from binance_nb.commands.scenarios.futures_desk import FuturesDesk
from binance_nb.commands.scenarios.stage import PATIENCE, Stage
from binance_nb.models.futures_requests import FuturesAmendRequest

COUNTDOWN_MS = 1_000
AHEAD_MS = 15 * 60 * 1000
"""How far ahead a GTD order's end lies; the exchange wants more than ten minutes ("New Order")."""


def play(stage: Stage) -> None:
    """Place what rests, fills and is refused; change it alone and together; let a countdown cancel the rest."""
    desk = FuturesDesk(stage)
    _times_in_force(desk)
    _batches(desk)
    _countdown(desk)
    stage.show("all orders", stage.client.get_all_futures_orders(stage.symbol, limit=20))


def _times_in_force(desk: FuturesDesk) -> None:
    stage, client, symbol = desk.stage, desk.client, desk.symbol
    size, far = desk.size(), desk.near("0.97")
    checked = desk.request("BUY", "LIMIT", quantity=size, price=far)
    stage.show("checked here", client.check_futures_order(checked))
    client.test_futures_order(checked)
    desk.limit("IOC far away", "BUY", size, far, time_in_force="IOC")
    above = desk.near("1.01", 1)
    _refused(desk, "an FOK far away", "FOK", far)
    _refused(desk, "a GTX that would take", "GTX", above)
    until = (desk.now_ms() + AHEAD_MS) // 1000 * 1000
    good_till = desk.limit("GTD", "BUY", size, far, time_in_force="GTD", good_till_date=until)
    client.cancel_futures_order_by_id(symbol, good_till)
    desk.limit("at the price of the queue", "BUY", size, price_match="QUEUE_5")
    client.cancel_all_futures_orders(symbol)
    filled = client.place_futures_order(desk.request("BUY", "LIMIT", quantity=size, price=above))
    # Told by the stream first: otherwise the exchange is asked, or not, by who was faster.
    stage.wait_for_fills(int(filled["order_id"].iloc[0]))
    stage.show("waited for", client.wait_for_fill(filled, 10.0))


def _refused(desk: FuturesDesk, title: str, time_in_force: str, price: Decimal) -> None:
    order = desk.request("BUY", "LIMIT", quantity=desk.size(), price=price, time_in_force=time_in_force)
    desk.stage.refused(title, lambda: desk.client.place_futures_order(order))


def _batches(desk: FuturesDesk) -> None:
    stage, client, symbol = desk.stage, desk.client, desk.symbol
    size, far, farther = desk.size(), desk.near("0.97"), desk.near("0.96")
    alone = desk.limit("to be modified", "BUY", size, far, time_in_force="GTX")
    client.modify_futures_order(symbol, alone, side="BUY", quantity=size * 2, price=farther)
    stage.show("modified", client.get_futures_order_status(symbol, alone))
    stage.refused(
        "a change that changes nothing",
        lambda: client.modify_futures_order(symbol, alone, side="BUY", quantity=size * 2, price=farther),
    )
    placed = client.place_futures_batch_orders(
        [
            desk.request("BUY", "LIMIT", quantity=size, price=far),
            desk.request("BUY", "MARKET", quantity=size, reduce_only=True),
            desk.request("BUY", "LIMIT", quantity=size, price=farther),
        ]
    )
    stage.show("a batch, one of it refused", placed)
    numbers = [int(number) for number in placed.loc[placed["order_status"] == "NEW", "order_id"]]
    changes = [
        FuturesAmendRequest(symbol=symbol, side="BUY", quantity=size * 2, price=farther, order_id=number)
        for number in numbers
    ]
    stage.show("modified together", client.modify_futures_batch_orders(changes))
    stage.show("cancelled together", client.cancel_futures_batch_orders(symbol, [*numbers, alone]))


def _countdown(desk: FuturesDesk) -> None:
    stage, client, symbol = desk.stage, desk.client, desk.symbol
    desk.limit("under a countdown", "BUY", desk.size(), desk.near("0.97"))
    stage.show("countdown", client.set_futures_countdown_cancel(symbol, COUNTDOWN_MS))
    for _ in range(PATIENCE):
        if client.get_futures_open_orders(symbol).empty:
            break
        stage.pause()
    stage.show("countdown ended", client.set_futures_countdown_cancel(symbol, 0))
    stage.show("left by the countdown", client.get_futures_open_orders(symbol))
