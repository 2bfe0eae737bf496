"""What is refused: by the rules before anything is sent, and by the exchange."""

from __future__ import annotations

from binance_nb.commands.scenarios.stage import Stage

UNKNOWN_ORDER = 999_999_999


def play(stage: Stage) -> None:
    """Ask for what cannot be had, one refusal after the other."""
    client, symbol, size = stage.client, stage.symbol, stage.size()
    off_tick = stage.near("0.9") + stage.tick / 2
    stage.refused("a price between two ticks", lambda: stage.place("BUY", "LIMIT", quantity=size, price=off_tick))
    stage.refused(
        "more than the account has",
        lambda: stage.place("BUY", "LIMIT", quantity=stage.size(10_000), price=stage.near("0.99")),
    )
    stage.refused(
        "a maker that would take",
        lambda: stage.place("BUY", "LIMIT_MAKER", quantity=size, price=stage.near("1.01", 1)),
    )
    stage.refused(
        "a stop that would trigger at once",
        lambda: stage.place("SELL", "STOP_LOSS", quantity=size, stop_price=stage.near("1.05", 1)),
    )
    stage.refused("an order that never was", lambda: client.get_order_status(symbol, UNKNOWN_ORDER))
    stage.refused("a cancel of nothing", lambda: client.cancel_order_by_id(symbol, UNKNOWN_ORDER))
    stage.refused("a symbol that is not listed", lambda: client.get_order_book("NOSUCHCOIN"))
    stage.refused("a listen key, as it was until 2026-02-20", client.create_listen_key)
    waiting = stage.place("BUY", "LIMIT", quantity=size, price=stage.near("0.9"))
    client.cancel_order_by_id(symbol, waiting)
    stage.refused("the same cancel twice", lambda: client.cancel_order_by_id(symbol, waiting))
