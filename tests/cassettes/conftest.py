"""The recordings that the tests replay; with --record-mode=rewrite they are made first."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from binance_nb.commands.scenarios import playable
from binance_nb.credentials import Environment
from tests.cassettes.retold import Retold

RECORD_TIMEOUT_S = 300


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that asks for a `scenario` each that the environment of the recordings can play."""
    if "scenario" in metafunc.fixturenames:
        environment = metafunc.config.getoption("--record-environment")
        metafunc.parametrize("scenario", playable(Environment(environment)), scope="session")


@pytest.fixture(scope="session")
def environment(pytestconfig: pytest.Config) -> str:
    """Where the recordings are of."""
    return str(pytestconfig.getoption("--record-environment"))


@pytest.fixture(scope="session")
def folder(pytestconfig: pytest.Config, environment: str, _guard_sockets: None) -> Path:
    """Where the recordings are, made afresh if that was asked for."""
    place = Path(pytestconfig.getoption("--cassettes")).resolve()
    if pytestconfig.getoption("--record-mode") == "rewrite":
        environ = dict(os.environ)
        if environment != "sandbox":  # in a process of its own, which alone may reach the network
            del environ["TEST_GUARD_LOG"]

        def record(scenario: str) -> None:
            command = [sys.executable, "-m", "binance_nb.cli", "record", scenario]
            command += ["--environment", environment, "--folder", str(place)]
            done = subprocess.run(
                command, env=environ, capture_output=True, text=True, timeout=RECORD_TIMEOUT_S, check=False
            )
            assert done.returncode == 0, f"{scenario}: {done.stderr}"

        # Every sandbox is an exchange for itself; elsewhere they would trade on one account at the same time.
        at_once = os.cpu_count() if environment == "sandbox" else 1
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(record, playable(Environment(environment))))
    return place


@pytest.fixture(scope="session")
def retold(folder: Path, environment: str) -> dict[str, Retold]:
    """Every scenario that the environment can play, each told once."""
    return {name: Retold(folder, f"{name}_{environment}") for name in playable(Environment(environment))}


@pytest.fixture
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key and no address of any exchange, as on a machine that just cloned this."""
    for name in list(os.environ):
        if name.startswith("BINANCE_"):
            monkeypatch.delenv(name)
