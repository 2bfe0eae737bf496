"""Starts an exchange in a process of its own and ends it again: standard library only, cheap to import."""

import atexit
import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from binance_nb.sandbox.control import SandboxControl

if TYPE_CHECKING:
    from pydantic import SecretStr

READY_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 3.0
MAX_REASON = 500
_running: "weakref.WeakSet[Sandbox]" = weakref.WeakSet()


class SandboxError(RuntimeError):
    """The exchange could not be started; the sentence says why."""


class Sandbox:
    """A running exchange of one's own. A context manager; it also ends with the program that started it."""

    def __init__(self, process: "subprocess.Popen[bytes]", ready: Mapping[str, object], key: str, secret: str) -> None:
        """Hold a process that is ready; use `Sandbox.start`."""
        self._process = process
        self._key = key
        self._secret = secret
        self.rest_url = str(ready["rest_url"])
        self.ws_api_url = str(ready["ws_api_url"])
        self.stream_url = str(ready["stream_url"])
        self.futures_rest_url = str(ready["futures_rest_url"])
        self.futures_ws_api_url = str(ready["futures_ws_api_url"])
        self.futures_stream_url = str(ready["futures_stream_url"])
        self.pid = process.pid
        self.control = SandboxControl(self.rest_url)
        _running.add(self)

    @classmethod
    def start(
        cls,
        *,
        seed: int = 7,
        clock: str = "real",
        symbols: Sequence[str] | None = None,
        balances: Mapping[str, object] | None = None,
        futures_balance: object = None,
        listen_keys: str = "retired",
        futures_streams: str = "routed",
        market: bool | Mapping[str, object] = True,
        ping_interval_s: float | None = None,
        journal: str | Path | None = None,
        port: int = 0,
        ready_timeout_s: float = READY_TIMEOUT_S,
    ) -> "Sandbox":
        """Start an exchange and return it when it listens.

        `clock` is "real" or "stepped" (nothing moves but by `control`); `symbols`, `balances` and
        `futures_balance` (USDT) replace the defaults;
        `listen_keys="legacy"` brings the spot listen keys of before 2026-02-20 back; `futures_streams` is "routed"
        (mainnet: an unrouted address opens, but only what belongs to /public arrives there), "both" (demo trading: an
        unrouted address carries everything) or "unrouted" (before 2026: the routed addresses answer 404);
        the futures market opens with the first futures request, connection or control command, so that spot alone costs
        half the time;
        `market=False` leaves the books empty, and a mapping holds fields of `market.MarketSettings` (volatility,
        spread, depth, recorded trades to replay); `ping_interval_s` is how far apart the pings on spot's WebSockets are
        (20 s, as on the exchange); `journal` names a file for every change the spot engine is asked for.
        Raises SandboxError, in one sentence, when it dies or is not ready in time.
        """
        command = [sys.executable, "-m", "binance_nb.sandbox", "--watch-stdin"]
        command += ["--seed", str(seed), "--clock", clock, "--listen-keys", listen_keys, "--port", str(port)]
        command += ["--futures-streams", futures_streams]
        if symbols is not None:
            command += ["--symbols", ",".join(symbols)]
        if balances is not None:
            command += ["--balances", json.dumps({asset: str(amount) for asset, amount in balances.items()})]
        if futures_balance is not None:
            command += ["--futures-balance", str(futures_balance)]
        if ping_interval_s is not None:
            command += ["--ping-interval", str(ping_interval_s)]
        if isinstance(market, Mapping):
            command += ["--market", json.dumps(dict(market))]
        elif not market:
            command.append("--no-market")
        if journal is not None:
            command += ["--journal", str(Path(journal).resolve())]
        environment, key, secret = _environment()
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(  # noqa: S603  (our own interpreter and our own module)
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                env=environment,
                # An interrupt of the cell that is running must not end the exchange.
                start_new_session=os.name == "posix",
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
            try:
                ready = _wait_until_ready(process, said, ready_timeout_s)
            except BaseException:
                _end(process)
                raise
        return cls(process, ready, key, secret)

    @property
    def api_key(self) -> "SecretStr":
        """The key of the main account."""
        from pydantic import SecretStr

        return SecretStr(self._key)

    @property
    def api_secret(self) -> "SecretStr":
        """The secret of the main account's key."""
        from pydantic import SecretStr

        return SecretStr(self._secret)

    @property
    def is_running(self) -> bool:
        """Whether the process is alive."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the exchange; a second call does nothing."""
        _running.discard(self)
        _end(self._process)

    def __enter__(self) -> Self:
        """Return the exchange itself."""
        return self

    def __exit__(self, *_exc: object) -> None:
        """End the exchange."""
        self.close()

    def __repr__(self) -> str:
        """Return where it listens; no key is shown."""
        return f"Sandbox({self.rest_url!r}, running={self.is_running})"


def _environment() -> tuple[dict[str, str], str, str]:
    """Return the child's environment with a new key pair in it, and the pair."""
    import secrets
    import string

    alphabet = string.ascii_letters + string.digits
    key, secret = ("".join(secrets.choice(alphabet) for _ in range(64)) for _ in range(2))
    environment = dict(os.environ)
    environment["BINANCE_SANDBOX_API_KEY"] = key
    environment["BINANCE_SANDBOX_API_SECRET"] = secret
    # The child must import the same package as its parent, installed or not.
    root = str(Path(__file__).resolve().parents[2])
    environment["PYTHONPATH"] = os.pathsep.join(each for each in (root, environment.get("PYTHONPATH")) if each)
    return environment, key, secret


def _wait_until_ready(process: "subprocess.Popen[bytes]", said: IO[bytes], timeout_s: float) -> Mapping[str, object]:
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    output = process.stdout
    if output is None:
        raise SandboxError("The sandbox did not start: its output could not be read.")
    threading.Thread(target=lambda: lines.put(output.readline()), daemon=True).start()
    try:
        line = lines.get(timeout=timeout_s)
    except queue.Empty:
        raise SandboxError(f"The sandbox did not start: it was not ready within {timeout_s:g} seconds.") from None
    if not line:
        process.wait(STOP_TIMEOUT_S)
        said.seek(0)
        reasons = said.read().decode(errors="replace").strip().splitlines()
        reason = reasons[-1].removeprefix("binance_nb.sandbox: ")[:MAX_REASON] if reasons else "it said nothing"
        raise SandboxError(f"The sandbox did not start: {reason} (exit status {process.returncode}).")
    try:
        ready = json.loads(line)
    except ValueError:
        shown = line.decode(errors="replace").strip()[:MAX_REASON]
        raise SandboxError(f"The sandbox did not start: it said {shown!r} instead of where it listens.") from None
    if not isinstance(ready, dict):
        raise SandboxError("The sandbox did not start: it did not say where it listens.")
    return ready


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    for stop in (None, process.terminate, process.kill):
        if stop is not None:
            stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_TIMEOUT_S)
            break
    # Only now: closing it under the thread that still reads it would wait for the process.
    if process.stdout is not None:
        process.stdout.close()


@atexit.register
def _end_all() -> None:
    for sandbox in list(_running):
        sandbox.close()
