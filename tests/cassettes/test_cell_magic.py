"""`%%cassette`: the calls of one cell, recorded the first time and replayed from then on."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from binance_nb import BinanceClient, cli
from binance_nb.cassettes import find_secrets_in_cassette, read_origin
from binance_nb.commands.scenarios import SCENARIOS

CELL = """
order = client.place_market_order("BTCUSDT", "BUY", "0.01")
trades = client.get_my_trades("BTCUSDT", limit=3)
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[BinanceClient]:
    """An exchange to record from."""
    with BinanceClient.sandbox(seed=3, clock="stepped") as client:
        yield client


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A shell with the extension, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    shell = InteractiveShell()
    shell.run_line_magic("load_ext", "binance_nb")
    yield shell
    shell.history_manager.end_session()


def run(shell: Any, cell: str) -> Any:
    """Run a cell and return IPython's result."""
    return shell.run_cell(cell)


def test_a_cell_is_recorded_once_and_then_needs_no_exchange(
    shell: Any, sandbox: BinanceClient, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.get_open_orders("BTCUSDT")  # so that it knows the clock by heart
    shell.user_ns["client"] = sandbox
    assert run(shell, f"%%cassette first{CELL}").success
    assert "recorded cassettes/rest/first.yaml" in capsys.readouterr().out
    first = shell.user_ns["order"], shell.user_ns["trades"]
    path = Path("cassettes/rest/first.yaml")
    assert find_secrets_in_cassette(path) == []
    assert read_origin(path)["environment"] == "sandbox"
    with BinanceClient(environment="replay") as nobody:
        shell.user_ns["client"] = nobody
        assert run(shell, f"%%cassette first{CELL}").success
    assert "replayed cassettes/rest/first.yaml, recorded from sandbox at 20" in capsys.readouterr().out
    pd.testing.assert_frame_equal(shell.user_ns["order"], first[0], check_exact=True)
    pd.testing.assert_frame_equal(shell.user_ns["trades"], first[1], check_exact=True)


def test_it_is_recorded_again_when_that_is_asked_for(shell: Any, sandbox: BinanceClient) -> None:
    shell.user_ns["client"] = sandbox
    ids = []
    for line in ("again", "again", "again --again"):
        assert run(shell, f"%%cassette {line}{CELL}").success
        ids.append(shell.user_ns["order"]["order_id"].iloc[0])
    assert ids[0] == ids[1] < ids[2]


def test_a_cell_that_fails_is_not_recorded_and_shows_its_error_once(
    shell: Any, sandbox: BinanceClient, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.user_ns["client"] = sandbox
    result = run(shell, '%%cassette failing\nclient.get_order_book("BTCUSDT")\nraise ValueError("of the cell")')
    assert not result.success
    told = capsys.readouterr()
    assert (told.out + told.err).count(": of the cell") == 1
    assert not Path("cassettes/rest/failing.yaml").exists()


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("%%cassette\n1", "%%cassette NAME"),
        ("%%cassette nothing\n1 + 1", "nothing was recorded: this cell made no REST call"),
    ],
)
def test_what_is_wrong_is_one_sentence(shell: Any, capsys: pytest.CaptureFixture[str], cell: str, words: str) -> None:
    assert not run(shell, cell).success
    told = capsys.readouterr()
    assert words in told.out + told.err


def test_a_cell_that_asks_for_something_else_is_told_so(
    shell: Any, sandbox: BinanceClient, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.user_ns["client"] = sandbox
    assert run(shell, '%%cassette book\nclient.get_order_book("BTCUSDT")').success
    assert not run(shell, '%%cassette book\nclient.get_order_book("ETHUSDT")').success
    told = capsys.readouterr()
    assert "the cassette book.yaml holds no (further) answer to GET /api/v3/depth" in told.out + told.err


def test_the_command_line_knows_every_scenario() -> None:
    assert set(cli.SCENARIOS) == set(SCENARIOS)


def test_the_command_serves_a_recording_until_it_is_interrupted(
    folder: Path, environment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [sys.executable, "-u", "-m", "binance_nb.cli", "replay", f"demo_{environment}"]
    process = subprocess.Popen(
        [*command, "--speed", "inf", "--follow", "--port", "0", "--folder", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
        cwd=Path(__file__).resolve().parents[2],
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert f"demo_{environment} plays at http://127.0.0.1:" in first
        monkeypatch.setenv("BINANCE_NB_REPLAY_BASE_URL", first.split(" plays at ")[1].split(",")[0])
        with BinanceClient(environment="replay") as client:
            assert client.start_stream().is_connected
            assert len(client.get_account_info()) > 0
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)
        assert process.returncode == 130
        assert "Traceback" not in told
    finally:
        process.kill()
