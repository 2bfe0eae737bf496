"""`binance-nb record`: a scenario's REST traffic, recorded once into a cassette that says where it came from."""

from __future__ import annotations

import time
from pathlib import Path

from binance_nb import cassettes
from binance_nb.commands.story import Show, Story
from binance_nb.config import BinanceConfig
from binance_nb.credentials import Environment
from binance_nb.notebook import BinanceClient

STAND_IN = "http://127.0.0.1:9400"
"""What stands in the cassette for a sandbox's address, whose port is another each time."""

SANDBOX_STEPS = 5
"""Tenths of a second that a stepped sandbox's market moves in one pause of the story."""


def cassette_path(scenario: str, environment: Environment, folder: Path) -> Path:
    """Return where the recording of a scenario from an environment belongs."""
    return folder / "rest" / f"{scenario}_{environment.value}.yaml"


def record_scenario(
    scenario: str, environment: Environment, path: Path, *, seed: int = 7, show: Show | None = None
) -> Path:
    """Run a scenario and record it to `path`; return the path.

    On a sandbox it runs on the stepped clock, so that the same seed records the same orders and fills. Elsewhere it
    trades for real, with small sizes at the current prices, and cancels what it leaves open, also when it fails.
    """
    if environment is Environment.SANDBOX:
        client = BinanceClient.sandbox(seed=seed, clock="stepped")
        stand_in, more = STAND_IN, {"seed": seed}
    else:
        client = BinanceClient(BinanceConfig(environment=environment))
        stand_in, more = client.config.get_base_url(), {}

    def pause() -> None:
        if client.sandbox_process is None:
            time.sleep(0.5)
        else:
            client.sandbox_process.control.run_market(SANDBOX_STEPS)

    def nothing(*_: object) -> None:
        return None

    with (
        client,
        cassettes.record(
            path,
            environment=environment.value,
            scenario=scenario,
            only=client.config.get_base_url(),
            base_url=stand_in,
            **more,
        ),
    ):
        Story(client, say=nothing, show=show or nothing, pause=pause, run=scenario).tell()
    return path
