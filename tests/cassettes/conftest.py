"""The recordings that the tests replay; with --record-mode=rewrite they are made first."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from binance_nb.commands.scenarios import SCENARIOS

RECORD_TIMEOUT_S = 300


@pytest.fixture(scope="session")
def environment(pytestconfig: pytest.Config) -> str:
    """Where the recordings are of."""
    return str(pytestconfig.getoption("--record-environment"))


@pytest.fixture(scope="session")
def folder(pytestconfig: pytest.Config, environment: str) -> Path:
    """Where the recordings are, made afresh if that was asked for."""
    place = Path(pytestconfig.getoption("--cassettes")).resolve()
    if pytestconfig.getoption("--record-mode") == "rewrite":
        # In a process of its own: only there may the network be reached, and only if another exchange is asked for.
        environ = {name: value for name, value in os.environ.items() if name != "BINANCE_NB_TEST_GUARD"}
        for scenario in SCENARIOS:
            command = [sys.executable, "-m", "binance_nb.cli", "record", scenario]
            command += ["--environment", environment, "--folder", str(place)]
            done = subprocess.run(
                command, env=environ, capture_output=True, text=True, timeout=RECORD_TIMEOUT_S, check=False
            )
            assert done.returncode == 0, done.stderr
    return place


@pytest.fixture
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key and no address of any exchange, as on a machine that just cloned this."""
    for name in list(os.environ):
        if name.startswith("BINANCE_") and name != "BINANCE_NB_TEST_GUARD":
            monkeypatch.delenv(name)
