"""The scenarios that can be recorded and replayed, by name: one function each, one module each."""

from __future__ import annotations

from collections.abc import Callable

from binance_nb.commands.scenarios import futures_order, order_list, order_types, reconnect, rejections
from binance_nb.commands.scenarios.stage import Stage
from binance_nb.commands.story import Story

Scenario = Callable[[Stage], None]


def _demo(stage: Stage) -> None:
    Story(stage, say=lambda _text: None).tell()


SCENARIOS: dict[str, Scenario] = {
    "demo": _demo,
    "order_types": order_types.play,
    "rejections": rejections.play,
    "reconnect": reconnect.play,
    "order_list": order_list.play,
    "futures_order": futures_order.play,
}
"""Another one is a module with such a function, and a line here."""


def run_scenario(name: str, stage: Stage) -> None:
    """Play a scenario with its stream running, and show what the stream told; nothing stays open, even if it fails."""
    client = stage.client
    client.start_stream()
    stage.wait_for(lambda: client.stream_state.state == "connected", "the stream")
    try:
        SCENARIOS[name](stage)
    finally:
        client.cancel_all_orders(stage.symbol)
    stage.settle()
    client.stop_stream()  # a listen key's end is part of the recording
    stage.show("execution reports", client.execution_reports())
    stage.show("fills", client.fills())
