"""What a sandbox alone can show of USD-M futures: funding, a margin call, a liquidation, an order left without."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from binance_nb.commands.scenarios.futures_desk import FuturesDesk
from binance_nb.commands.scenarios.stage import Stage

LEVERAGE = 20
FUNDING_RATE = "0.001"
LONGEST_STEP_MS = 50 * 60 * 1000
"""A listen key lives an hour."""

CALLED, LIQUIDATED = Decimal("1.0005"), Decimal("0.999")
"""Mark prices, as parts of the price at which the position is liquidated; the call comes at four fifths of the way."""
BEYOND = Decimal("1.01")


def play(stage: Stage) -> None:
    """Hold an isolated position over a funding time, then let the mark price fall until it is called and liquidated.

    After that it rises to where the position would have been closed, and the order for it finds nothing.
    """
    client, symbol, desk = stage.client, stage.symbol, FuturesDesk(stage)
    client.set_futures_leverage(symbol, LEVERAGE)
    client.set_futures_margin_type(symbol, "ISOLATED")
    try:
        desk.market("BUY", desk.size())
        _be_funded(desk)
        target = desk.near("1.05")
        closing = {"stop_price": target, "close_position": True, "working_type": "MARK_PRICE"}
        algo_id = desk.conditional("SELL", "TAKE_PROFIT_MARKET", **closing)
        position: Any = client.get_futures_positions(symbol, raw=True)
        price = Decimal(position[0]["liquidationPrice"])
        _pin(desk, desk.on_tick(price * CALLED))
        stage.wait_for(lambda: "MARGIN_CALL" in set(client.futures_account_events()["event_type"]), "the margin call")
        stage.show("called", client.get_futures_positions(symbol))
        _pin(desk, desk.on_tick(price * LIQUIDATED))
        stage.wait_for(desk.is_told_empty, "the liquidation")
        stage.show("liquidated", client.get_futures_positions(symbol))
        _pin(desk, desk.on_tick(target * BEYOND))
        stage.wait_for(lambda: client.futures_algo_updates()[-1].algo_status == "EXPIRED", "the end of what closes")
        stage.show("nothing left to close", client.get_futures_order_status(symbol, algo_id=algo_id))
        stage.show("income", client.get_futures_income(symbol))
        stage.show("all orders", client.get_all_futures_orders(symbol))
    finally:
        _pin(desk, None)
        desk.empty()
        client.set_futures_margin_type(symbol, "CROSSED")


def _pin(desk: FuturesDesk, mark: Decimal | None) -> None:
    desk.stage.steer(lambda control: control.pin_mark_price(desk.symbol, mark))


def _be_funded(desk: FuturesDesk) -> None:
    stage, client, symbol = desk.stage, desk.client, desk.symbol
    stage.steer(lambda control: control.pin_funding_rate(symbol, FUNDING_RATE))
    mark: Any = client.get_futures_mark_price(symbol, raw=True)
    left_ms = int(mark["nextFundingTime"]) - int(mark["time"])
    while left_ms > 0:
        client.create_listen_key(product="usdm")  # which renews the stream's key
        _let_pass(stage, min(left_ms, LONGEST_STEP_MS))
        left_ms -= LONGEST_STEP_MS
    stage.wait_for(lambda: "FUNDING_FEE" in set(client.futures_account_events()["reason"]), "the funding fee")
    stage.steer(lambda control: control.pin_funding_rate(symbol, None))


def _let_pass(stage: Stage, ms: int) -> None:
    stage.steer(lambda control: control.step(ms))
