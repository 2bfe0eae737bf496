"""The scenarios that can be recorded and replayed, by name: one function each, one module each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from binance_nb.commands.scenarios import (
    futures_account,
    futures_changes,
    futures_conditional,
    futures_hedge,
    futures_history,
    futures_liquidation,
    futures_listen_key,
    futures_order,
    order_list,
    order_types,
    reconnect,
    rejections,
)
from binance_nb.commands.scenarios.futures_desk import FuturesDesk
from binance_nb.commands.scenarios.stage import Stage
from binance_nb.commands.story import Story
from binance_nb.credentials import Environment
from binance_nb.errors import CassetteError
from binance_nb.models.fills import SPOT, USDM


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is played, on which product's stream, and what it needs that only a sandbox lets one do ("": nothing)."""

    play: Callable[[Stage], None]
    product: str = SPOT
    needs: str = ""


def _demo(stage: Stage) -> None:
    Story(stage, say=lambda _text: None).tell()


SCENARIOS: dict[str, Scenario] = {
    "demo": Scenario(_demo),
    "order_types": Scenario(order_types.play),
    "rejections": Scenario(rejections.play),
    "reconnect": Scenario(reconnect.play),
    "order_list": Scenario(order_list.play),
    "futures_order": Scenario(futures_order.play, USDM),
    "futures_changes": Scenario(futures_changes.play, USDM),
    "futures_account": Scenario(futures_account.play, USDM),
    "futures_conditional": Scenario(futures_conditional.play, USDM),
    "futures_hedge": Scenario(futures_hedge.play, USDM),
    "futures_history": Scenario(futures_history.play, USDM),
    "futures_liquidation": Scenario(futures_liquidation.play, USDM, "hold the mark price and the funding rate"),
    "futures_listen_key": Scenario(futures_listen_key.play, USDM, "let an hour pass at once"),
}
"""Another one is a module with such a function, and a line here."""


def playable(environment: Environment) -> list[str]:
    """Return the names of the scenarios that can be played in an environment."""
    return [name for name, each in SCENARIOS.items() if not each.needs or environment is Environment.SANDBOX]


def require_playable(name: str, environment: Environment) -> None:
    """Raise CassetteError, saying why, for a scenario that needs more than an environment allows."""
    if name not in playable(environment):
        raise CassetteError(
            f"the scenario {name} has to {SCENARIOS[name].needs}, which only a sandbox allows, and not {environment}: "
            "record it with --environment sandbox"
        )


def run_scenario(name: str, stage: Stage) -> None:
    """Play a scenario with its stream running, and show what the stream told; nothing stays open, even if it fails."""
    scenario = SCENARIOS[name]
    (_run_futures if scenario.product == USDM else _run_spot)(scenario, stage)
    stage.settle()
    stage.client.stop_stream()  # a listen key's end is part of the recording
    stage.show("execution reports", stage.client.execution_reports())
    stage.show("fills", stage.client.fills())
    if scenario.product == USDM:
        FuturesDesk(stage).show_stream()


def _run_spot(scenario: Scenario, stage: Stage) -> None:
    client = stage.client
    client.start_stream()
    stage.wait_for(lambda: client.stream_state.state == "connected", "the stream")
    try:
        scenario.play(stage)
    finally:
        client.cancel_all_orders(stage.symbol)


def _run_futures(scenario: Scenario, stage: Stage) -> None:
    desk = FuturesDesk(stage)
    stage.client.start_stream(product=USDM)
    stage.wait_for(desk.is_connected, "the futures stream")
    try:
        scenario.play(stage)
    finally:
        desk.empty()
    stage.show("positions at the end", stage.client.get_futures_positions(stage.symbol))
