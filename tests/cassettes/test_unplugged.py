"""Recordings need no network: they are replayed where there is none, and recorded afresh where that is asked for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from binance_nb.commands.scenarios import SCENARIOS

ROOT = Path(__file__).resolve().parents[2]
REPLAYED = [
    "tests/cassettes/test_scenarios_replay.py",
    "tests/cassettes/test_futures_covered.py",
    "tests/cassettes/test_rest_cassettes.py",
]
LOOPBACK_UP = (
    "import fcntl, socket, struct; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM);"
    "fcntl.ioctl(s, 0x8914, struct.pack('16sh14x', b'lo', 0x1 | 0x8))"
)
"""SIOCSIFFLAGS with IFF_UP: a new network namespace has a loopback that is switched off."""


def run_tests(*arguments: str, within: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run tests in a process of their own."""
    command = [*within, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False)


def has_namespaces() -> bool:
    """Whether this machine lets us make a network namespace."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode == 0


def test_every_cassette_test_passes_with_the_network_cut_off() -> None:
    """Where the system can, in a namespace that has nothing but loopback; elsewhere by the guard of the tests alone."""
    inside = f'{sys.executable} -c "{LOOPBACK_UP}" && exec "$@"'
    within = ("unshare", "-rn", "sh", "-c", inside, "sh") if has_namespaces() else ()
    done = run_tests(*REPLAYED, "-k", "not last_cell", within=within)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "skipped" not in done.stdout


def test_recorded_afresh_they_pass_too(tmp_path: Path) -> None:
    done = run_tests(
        *REPLAYED[:2], "-k", "not last_cell and not by_its_name", "--record-mode=rewrite", f"--cassettes={tmp_path}"
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert len(list(tmp_path.rglob("*_sandbox.*"))) == 2 * len(SCENARIOS)


@pytest.mark.parametrize("environment", ["testnet", "demo"])
def test_another_exchange_needs_keys_and_says_so(tmp_path: Path, environment: str) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("BINANCE_")}
    command = [sys.executable, "-m", "binance_nb.cli", "record", "rejections", "--environment", environment]
    done = subprocess.run(
        [*command, "--folder", str(tmp_path)],
        env=environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"MissingKeysError: No keys for {environment}")
    assert list(tmp_path.rglob("*.*")) == []
