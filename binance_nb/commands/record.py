"""`binance-nb record`: a scenario's traffic, recorded once into cassettes that say where they came from."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from binance_nb import cassettes
from binance_nb.commands.scenarios import SCENARIOS, require_playable, run_scenario
from binance_nb.commands.scenarios.stage import SYMBOL, Show, Stage, Steer, show_nothing
from binance_nb.config import BinanceConfig
from binance_nb.credentials import Environment
from binance_nb.models.fills import USDM
from binance_nb.notebook import BinanceClient

SANDBOX_STEPS = 10
"""Tenths of a second that a stepped sandbox's market moves in one pause of a scenario."""

PAUSE_S = 0.5


def cassette_name(scenario: str, environment: Environment) -> str:
    """Return what the recording of a scenario from an environment is called."""
    return f"{scenario}_{environment.value}"


def record_scenario(
    scenario: str,
    environment: Environment,
    folder: Path,
    *,
    seed: int = 7,
    clock: Literal["stepped", "real"] = "stepped",
    show: Show = show_nothing,
) -> dict[str, Path]:
    """Run a scenario and record it in `folder`; return the paths of the cassette and the tape.

    On a sandbox it runs on the stepped clock, so that the same seed records the same orders and fills, or on the real
    one, for pauses as long as they are. Elsewhere it trades for real, with small sizes at the current prices, and
    cancels what it leaves open, also when it fails; then nothing is written. Raises CassetteError for a scenario that
    needs what only a sandbox allows.
    """
    require_playable(scenario, environment)
    if environment is Environment.SANDBOX:
        # Futures scenarios trade one symbol: the markets of the others would only take time.
        symbols = [SYMBOL] if SCENARIOS[scenario].product == USDM else None
        client = BinanceClient.sandbox(seed=seed, clock=clock, symbols=symbols)
        more: dict[str, object] = {"seed": seed, "clock": clock}
    else:
        client = BinanceClient(BinanceConfig(environment=environment))
        more = {}
    name = cassette_name(scenario, environment)
    with (
        client,
        cassettes.record_client(name, client.config, scenario=scenario, folder=folder, **more) as paths,
    ):
        stage = Stage(
            client, show=show, pause=_pause_of(client), drop=_drop_of(client), steer=_steer_of(client), run=scenario
        )
        run_scenario(scenario, stage)
    return paths


def replay_scenario(replay: cassettes.Replay, *, show: Show = show_nothing) -> BinanceClient:
    """Run the scenario of a recording again, answered by it; return the closed client with what it heard."""
    scenario = str(replay.origin["scenario"])
    with BinanceClient(environment="replay", cassette=replay) as client:
        # Only a sandbox can be told to cut the line; elsewhere the client did it, and does it again.
        drop = _nothing if replay.origin["environment"] == Environment.SANDBOX else _drop_of(client)
        run_scenario(scenario, Stage(client, show=show, pause=_nothing, drop=drop, run=scenario))
    return client


def _pause_of(client: BinanceClient) -> Callable[[], None]:
    process = client.sandbox_process
    if process is None or process.control.state()["clock"] != "stepped":
        return lambda: time.sleep(PAUSE_S)
    return lambda: _ignore(process.control.run_market(SANDBOX_STEPS))


def _drop_of(client: BinanceClient) -> Callable[[], None]:
    process = client.sandbox_process
    if process is not None:
        return lambda: _ignore(process.control.drop_sockets())
    stream, network = client.asynchronous.stream, client.asynchronous.network
    assert network is not None
    return lambda: _ignore(network.loop.call_soon_threadsafe(stream.interrupt))


def _steer_of(client: BinanceClient) -> Steer:
    process = client.sandbox_process
    if process is None:  # no such scenario comes this far: see require_playable
        return _ignore
    return lambda command: _ignore(command(process.control))


def _nothing() -> None:
    return None


def _ignore(_answer: object) -> None:
    return None
