"""The command line: what it prints, how it ends, and that it shows no secret."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from binance_nb import BinanceClient, cli
from binance_nb.commands import doctor as doctor_module
from binance_nb.commands.lab import QUICKSTART, notebooks_folder
from binance_nb.credentials import Environment


def test_the_demo_tells_every_step_and_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo", "--seed", "3"]) == 0
    told = capsys.readouterr().out
    for step in range(1, 10):
        assert f"[{step}/9]" in told
    for words in ("MARKET", "LIMIT_MAKER", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "EXPIRED", "CANCELED", "FILLED"):
        assert words in told
    assert "SymbolRuleError: price" in told
    assert "InsufficientBalance: Account has insufficient balance" in told
    assert "execution reports, the last ten" in told


def test_the_doctor_finds_all_in_place_on_a_sandbox(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", "--environment", "sandbox"]) == 0
    told = capsys.readouterr().out
    assert "sandbox answers in" in told
    assert re.search(
        r"futures +sandbox answers in \d+ ms: REST http://127.0.0.1:\d+/fapi, streams ws://.*/fstream", told
    )
    assert "futures clock" in told
    assert "All is in place." in told


def test_the_doctor_names_the_variables_and_never_prints_their_values(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BINANCE_SANDBOX_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("BINANCE_SANDBOX_API_KEY", "k" * 64)
    monkeypatch.setenv("BINANCE_SANDBOX_API_SECRET", "s" * 64)
    monkeypatch.delenv("BINANCE_TESTNET_API_KEY", raising=False)
    monkeypatch.delenv("BINANCE_TESTNET_FUTURES_API_KEY", raising=False)
    assert cli.main(["doctor", "--environment", "sandbox"]) == 1
    told = capsys.readouterr().out
    assert "none for testnet (BINANCE_TESTNET_API_KEY and BINANCE_TESTNET_API_SECRET)" in told
    assert "none for the futures of testnet (BINANCE_TESTNET_FUTURES_API_KEY and " in told
    assert "set for sandbox, spot and futures" in told
    assert "cannot reach sandbox at http://127.0.0.1:9" in told
    assert "k" * 64 not in told
    assert "s" * 64 not in told


def test_the_doctor_knows_that_the_testnets_futures_have_keys_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BINANCE_TESTNET_FUTURES_API_KEY", "BINANCE_TESTNET_FUTURES_API_SECRET"):
        monkeypatch.setenv(name, "f" * 64)
    findings = {finding.subject: finding for finding in doctor_module.examine(Environment.SANDBOX)}
    assert findings["keys futures"] == doctor_module.Finding("ok", "keys futures", "set for the futures of testnet")
    assert "f" * 64 not in str(findings)


def test_futures_out_of_reach_are_a_note_and_no_failure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BINANCE_NB_SANDBOX_FUTURES_BASE_URL", "http://127.0.0.1:9")
    with BinanceClient.sandbox(market=False) as running:
        monkeypatch.setenv("BINANCE_SANDBOX_URL", running.config.get_base_url())
        assert cli.main(["doctor", "--environment", "sandbox"]) == 0
    assert re.search(r"note  futures +.*cannot reach sandbox at http://127.0.0.1:9", capsys.readouterr().out)


def test_the_doctor_says_which_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_module, "NEEDED", ("aiohttp", "no-such-package"))
    findings = {finding.subject: finding for finding in doctor_module.examine(Environment.SANDBOX)}
    assert findings["no-such-package"].state == "fail"
    assert findings["aiohttp"].state == "ok"


def test_an_error_of_ours_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert cli.main(["lab"]) == 1
    assert capsys.readouterr().err == 'ConfigError: JupyterLab is not installed: pip install "binance-nb[lab]"\n'


def test_the_lab_finds_the_quickstart() -> None:
    assert (notebooks_folder() / QUICKSTART).exists()


def test_the_sandbox_runs_until_it_is_interrupted() -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("BINANCE_SANDBOX")}
    process = subprocess.Popen(
        [sys.executable, "-m", "binance_nb.cli", "sandbox", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environ,
        text=True,
        cwd=Path(__file__).resolve().parent.parent,
    )
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        with urllib.request.urlopen(f"{ready['rest_url']}/api/v3/ping", timeout=10) as answer:
            assert answer.read() == b"{}"
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=10)
    finally:
        process.kill()
    assert "export BINANCE_SANDBOX_API_KEY=" in told
    assert "Traceback" not in told


def test_without_a_clone_the_lab_copies_the_notebooks_that_were_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = tmp_path / "prefix" / "share" / "binance-nb" / "notebooks"
    shipped.mkdir(parents=True)
    (shipped / QUICKSTART).write_text("{}", encoding="utf-8")
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr("sys.prefix", str(tmp_path / "prefix"))
    monkeypatch.setattr(
        "binance_nb.commands.lab.__file__", str(tmp_path / "site" / "binance_nb" / "commands" / "lab.py")
    )
    assert notebooks_folder() == here / "binance-notebooks"
    assert (here / "binance-notebooks" / QUICKSTART).read_text(encoding="utf-8") == "{}"
