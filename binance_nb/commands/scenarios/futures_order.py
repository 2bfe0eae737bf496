"""USD-M futures orders: a position opened and closed, an order that waits, one that is conditional, refusals."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_UP, Decimal

from binance_nb.commands.scenarios.stage import TIMES_THE_LEAST, Stage
from binance_nb.models.futures_requests import FuturesOrderRequest
from binance_nb.models.rule_checks.base import rounded


def play(stage: Stage) -> None:
    """Open a small position, close it again, cancel what waits; nothing stays open, even if it fails."""
    client, symbol = stage.client, stage.symbol
    client.start_stream(product="usdm")
    try:
        _trade(stage)
    finally:
        client.cancel_all_futures_orders(symbol)
        _close_position(stage)
    stage.show("positions at the end", client.get_futures_positions(symbol))


def _trade(stage: Stage) -> None:
    client, symbol = stage.client, stage.symbol
    info = client.get_futures_exchange_info(symbol, exact=True).iloc[0]
    tick, step = Decimal(info["tick_size"]), Decimal(info["step_size"])
    ticker = client.get_futures_book_ticker(symbol, exact=True).iloc[0]
    bid = Decimal(ticker["bid_price"])
    least = max(Decimal(info["min_qty"]), Decimal(info["min_notional"]) / bid)
    size = rounded(least * TIMES_THE_LEAST, step, ROUND_UP)
    far = rounded(bid * Decimal("0.95"), tick, ROUND_HALF_EVEN)

    opened = client.place_futures_market_order(symbol, "BUY", size, new_client_order_id=stage.next_id())
    order_id = int(opened["order_id"].iloc[0])
    stage.wait_for_fills(order_id)
    stage.show("opened", client.get_futures_order_status(symbol, order_id))
    stage.show("position", client.get_futures_positions(symbol))
    waiting = client.place_futures_limit_order(symbol, "BUY", size, far, new_client_order_id=stage.next_id())
    stage.show("waiting", waiting)
    cancelled = client.cancel_futures_order_by_id(symbol, int(waiting["order_id"].iloc[0]))
    stage.show("cancelled", cancelled)
    stop = FuturesOrderRequest(
        symbol=symbol,
        side="SELL",
        order_type="STOP_MARKET",
        quantity=size,
        stop_price=far,
        reduce_only=True,
        new_client_order_id=stage.next_id(),
    )
    stage.show("conditional", client.place_futures_order(stop))
    stage.show("open orders", client.get_futures_open_orders(symbol))
    stage.refused(
        "reducing what is not there",
        lambda: client.place_futures_market_order(
            symbol, "BUY", size, reduce_only=True, new_client_order_id=stage.next_id()
        ),
    )
    stage.show("trades", client.get_futures_trades(symbol, limit=5))


def _close_position(stage: Stage) -> None:
    """Sell what is held of the symbol, or buy back what is owed, without opening anything."""
    client, symbol = stage.client, stage.symbol
    for position in client.get_futures_positions(symbol, raw=True):
        amount = Decimal(position["positionAmt"])  # type: ignore[index]
        if amount:
            closed = client.place_futures_market_order(
                symbol,
                "SELL" if amount > 0 else "BUY",
                abs(amount),
                reduce_only=True,
                new_client_order_id=stage.next_id(),
            )
            stage.wait_for_fills(int(closed["order_id"].iloc[0]))
