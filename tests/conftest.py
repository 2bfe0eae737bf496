"""What every test runs under: no connection leaves this machine, and a test that tries one fails and says where to.

Tests replay what is in `cassettes/`; `--record-mode=rewrite` records it afresh first, from `--record-environment`. The
option is our own and not pytest-recording's: that plugin knows one vcrpy cassette for each test, while here a recording
belongs to a scenario that several tests share, and is a tape as well as a cassette; its network block would come beside
the guard below.
"""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.child_guard.loopback import is_local

# No example is too slow: how long one takes says more about who else uses the machine than about the code.
# The suite tries the same examples every time, so that a change alone can turn it red; to look for new ones, run it
# with `--hypothesis-profile=searching`.
settings.register_profile("any-machine", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("searching", deadline=None, print_blob=True)
settings.load_profile("any-machine")

CASSETTES = Path(__file__).resolve().parent.parent / "cassettes"

CHILD_GUARD = Path(__file__).resolve().parent / "child_guard"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options about recordings."""
    group = parser.getgroup("cassettes")
    group.addoption(
        "--record-mode",
        choices=["none", "rewrite"],
        default="none",
        help="none: replay what is recorded (default); rewrite: record every scenario afresh, then replay that",
    )
    group.addoption(
        "--record-environment",
        choices=["sandbox", "testnet", "demo"],
        default="sandbox",
        help="which exchange the recordings are of (default sandbox); testnet and demo need keys",
    )
    group.addoption("--cassettes", type=Path, default=CASSETTES, help="where the recordings are, or are written to")


class OutsideConnectionError(RuntimeError):
    """A test tried to reach an address that is not loopback."""


class NetworkGuard:
    """Stands before the socket calls that leave a process, and remembers what it refused."""

    def __init__(self) -> None:
        self.refused: list[str] = []

    def check(self, host: object, port: object = None) -> None:
        """Let a loopback host pass; note and refuse any other."""
        if not is_local(host):
            where = f"{host!r}" if port is None else f"{host!r} port {port}"
            self.refused.append(where)
            raise OutsideConnectionError(f"a test may reach loopback alone, and this one tried {where}")

    def check_address(self, family: int, address: Any) -> None:
        """The same for the address tuple of a socket; a Unix socket is always local."""
        if family in (socket.AF_INET, socket.AF_INET6):
            self.check(address[0], address[1])

    @staticmethod
    def take_refused_by_children() -> list[str]:
        """What was refused in processes that the tests started, once."""
        log = Path(os.environ["TEST_GUARD_LOG"])
        refused = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return refused


GUARD = NetworkGuard()


@pytest.fixture(scope="session", autouse=True)
def _guard_sockets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Patch the socket calls once for the whole run; subclasses and threads are covered.

    Every Python that a test starts gets a guard of its own by `child_guard/sitecustomize.py`, and tells what it refused
    in a file.
    """
    patch = pytest.MonkeyPatch()
    patch.setenv("TEST_GUARD_LOG", str(tmp_path_factory.mktemp("guard") / "refused"))
    patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(CHILD_GUARD), os.environ.get("PYTHONPATH")])))
    base = socket.socket

    def guarded(name: str, address_index: int) -> None:
        original = getattr(base, name)

        def call(self: socket.socket, *arguments: Any) -> Any:
            GUARD.check_address(self.family, arguments[address_index])
            return original(self, *arguments)

        patch.setattr(base, name, call)

    guarded("connect", 0)
    guarded("connect_ex", 0)
    guarded("sendto", -1)
    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *arguments: Any, **keywords: Any) -> Any:
        GUARD.check(host, port)
        return look_up(host, port, *arguments, **keywords)

    patch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def _no_outside_connection(_guard_sockets: None) -> Iterator[None]:
    """Fail the test if it tried to leave, even when the code under test swallowed the refusal."""
    GUARD.refused.clear()
    yield
    refused, GUARD.refused = [*GUARD.refused, *GUARD.take_refused_by_children()], []
    if refused:
        pytest.fail(f"this test tried to leave the machine: {', '.join(refused)}", pytrace=False)


@pytest.fixture
def network_guard() -> NetworkGuard:
    """The guard of the run, for the tests of the guard itself."""
    return GUARD
