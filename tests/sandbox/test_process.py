"""A sandbox in a process of its own: it starts, answers, and ends with its parent."""

import ast
import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

import binance_nb.sandbox
from binance_nb.sandbox import Sandbox, SandboxControl, SandboxControlError, SandboxError


def get(url: str):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        return json.loads(answer.read())


def test_a_sandbox_starts_answers_steps_and_ends():
    with Sandbox.start(seed=3, clock="stepped", market=False, balances={"USDT": 5}) as sandbox:
        before = get(sandbox.rest_url + "/api/v3/time")["serverTime"]
        sandbox.control.step(1_500)
        assert get(sandbox.rest_url + "/api/v3/time")["serverTime"] == before + 1_500
        assert sandbox.control.state()["seed"] == 3
        assert sandbox.ws_api_url.endswith("/ws-api/v3")
        assert sandbox.is_running
        shown = repr(sandbox) + repr(sandbox.api_key) + repr(sandbox.api_secret)
        assert sandbox.api_secret.get_secret_value() not in shown
    assert not sandbox.is_running
    sandbox.close()
    with pytest.raises(SandboxControlError, match="could not be reached"):
        sandbox.control.state()


def test_a_start_that_fails_is_one_sentence_with_the_reason():
    with pytest.raises(SandboxError, match=r"^The sandbox did not start: the sandbox has no symbol NOSUCH \(exit"):
        Sandbox.start(symbols=["NOSUCH"])


def test_the_market_can_be_chosen(tmp_path):
    settings = {"levels": 3, "history_hours": 0, "arrivals_per_s": 0}
    with Sandbox.start(clock="stepped", market=settings, journal=tmp_path / "journal") as sandbox:
        book = get(sandbox.rest_url + "/api/v3/depth?symbol=BTCUSDT&limit=100")
        assert 1 <= len(book["bids"]) <= 3
    assert (tmp_path / "journal").stat().st_size > 0
    with pytest.raises(SandboxError, match="market settings are a JSON object with some of arrivals_per_s"):
        Sandbox.start(market={"weather": "bad"})


def test_pings_without_time_between_them_are_refused():
    with pytest.raises(SandboxError, match="pings are some time apart"):
        Sandbox.start(ping_interval_s=0)


def test_a_start_that_takes_too_long_is_given_up():
    with pytest.raises(SandboxError, match=r"not ready within 0\.01 seconds"):
        Sandbox.start(ready_timeout_s=0.01)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org"])
def test_it_refuses_to_listen_where_others_could_reach_it(host):
    done = subprocess.run(
        [sys.executable, "-m", "binance_nb.sandbox", "--host", host, "--no-market"],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert f"does not listen on {host}" in done.stderr
    assert "could trade on it" in done.stderr


def test_a_sandbox_started_by_hand_shows_its_keys_on_stderr():
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BINANCE_SANDBOX")}
    process = subprocess.Popen(
        [sys.executable, "-m", "binance_nb.sandbox", "--no-market", "--watch-stdin"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    ready = json.loads(process.stdout.readline())
    futures = {"futures_rest_url", "futures_ws_api_url", "futures_stream_url"}
    assert set(ready) == {"rest_url", "ws_api_url", "stream_url", "pid"} | futures
    _, said = process.communicate(timeout=10)  # closes standard input: it ends
    assert process.returncode == 0
    assert "export BINANCE_SANDBOX_API_KEY=" in said
    assert "export BINANCE_SANDBOX_API_SECRET=" in said


def test_a_sandbox_ends_when_its_parent_is_killed():
    script = (
        "import os, signal, sys\n"
        "from binance_nb.sandbox import Sandbox\n"
        "sandbox = Sandbox.start(market=False)\n"
        "print(sandbox.rest_url, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False)
    control = SandboxControl(done.stdout.strip())
    for _ in range(100):
        try:
            control.state()
        except SandboxControlError:
            return
    pytest.fail("the sandbox outlived its parent")


def test_the_control_client_refuses_addresses_elsewhere():
    with pytest.raises(ValueError, match="not a sandbox on this machine"):
        SandboxControl("http://example.org")


def test_control_errors_are_sentences():
    with Sandbox.start(clock="stepped", market=False) as sandbox:
        with pytest.raises(SandboxControlError, match="refused step: ms must be a whole number"):
            sandbox.control.step(-5)
        with pytest.raises(SandboxControlError, match="there is no fault 'bad luck'"):
            sandbox.control.fault("bad luck")


@pytest.mark.parametrize("name", ["__init__", "process", "control"])
def test_the_launcher_imports_the_standard_library_and_itself_alone(name):
    path = Path(binance_nb.sandbox.__file__).with_name(f"{name}.py")
    wanted = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            wanted |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            wanted.add(node.module)
    ours = {"binance_nb.sandbox.control", "binance_nb.sandbox.process"}
    assert {each for each in wanted if each.split(".")[0] not in sys.stdlib_module_names} <= ours


def test_one_process_serves_futures_too():
    with Sandbox.start(clock="stepped", symbols=["BTCUSDT"], futures_balance=1_000, futures_streams="both") as sandbox:
        info = get(sandbox.futures_rest_url + "/fapi/v1/exchangeInfo")
        assert [row["symbol"] for row in info["symbols"]] == ["BTCUSDT"]
        assert sandbox.futures_stream_url == sandbox.stream_url + "/fstream"
        assert sandbox.futures_ws_api_url.endswith("/ws-fapi/v1")
        state = sandbox.control.state()["futures"]
        assert (state["streams"], state["market"]) == ("both", True)
