"""Other people's clients against the sandbox, unmodified, each pointed at it by its own base-URL settings.

The clients are an optional extra. The rule: a file is collected when its client is installed, and the report's end
says of every file whether it was; with BINANCE_NB_REQUIRE_PEERS=1 a client that is missing is an error.
"""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from binance_nb.sandbox import Sandbox

HERE = Path(__file__).parent
PEERS = {
    "test_python_binance.py": "binance.client",
    "test_python_binance_futures.py": "binance.client",
    "test_ccxt.py": "ccxt",
    "test_ccxt_futures.py": "ccxt",
    "test_binance_sdk_spot.py": "binance_sdk_spot",
}
REQUIRED = os.environ.get("BINANCE_NB_REQUIRE_PEERS") == "1"


def is_installed(module: str) -> bool:
    """Return whether a client can be imported, without importing it."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


MISSING = sorted(file for file, module in PEERS.items() if not is_installed(module))
collect_ignore = [] if REQUIRED else MISSING


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which clients took part, so that none is missing in silence."""
    terminalreporter.section("conformance")
    for file, module in sorted(PEERS.items()):
        terminalreporter.line(f"{file}: " + (f"not collected, {module} is not installed" if file in MISSING else "ran"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    config.addinivalue_line("markers", "conformance: another client against the sandbox")
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("conformance")


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """Return a sandbox on the real clock with its market running."""
    with Sandbox.start(seed=11) as running:
        yield running


@pytest.fixture(autouse=True)
def fresh_account(sandbox: Sandbox) -> None:
    """Begin every test with the first balances and no orders."""
    sandbox.control.reset_limits()
    sandbox.control.reset_account("main")
