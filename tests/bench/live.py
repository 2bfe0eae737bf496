"""An order from a cell while fills pour into a live table, sandbox included: `live` returns its times.

The load comes from a process of its own that trades on the same account: its fills reach this client's stream too.
"""

import importlib.util
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ORDERS_A_ROUND = 60
PAUSE_S = 0.02
LOAD_PAUSE_S = 0.025
"""Forty orders a second, so that with the cell's the account stays under the exchange's 6,000 of weight a minute."""


def load() -> None:
    """Trade until the standard input ends."""
    import threading

    from binance_nb import BinanceClient

    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    with BinanceClient.sandbox() as client:
        side = "BUY"
        while not over.wait(LOAD_PAUSE_S):
            client.place_market_order("BTCUSDT", side, "0.001", raw=True)
            side = "SELL" if side == "BUY" else "BUY"


def live(rounds: int) -> tuple[str, dict[str, dict[str, float]]]:
    """Measure orders from a cell, quietly and then under the load of a live fills table."""
    from binance_nb import BinanceClient

    rows: dict[str, dict[str, float]] = {}
    with BinanceClient.sandbox() as client:
        client.start_stream()
        quiet = _timed(client, rounds * ORDERS_A_ROUND)
        table = None
        if importlib.util.find_spec("anywidget") is not None:
            from binance_nb.widgets import FillsTable
            from tests.bench.page import looked_at

            table = looked_at(FillsTable(client))
        sandbox = client.sandbox_process
        keys = {
            "BINANCE_SANDBOX_URL": sandbox.rest_url,
            "BINANCE_SANDBOX_API_KEY": sandbox.api_key.get_secret_value(),
            "BINANCE_SANDBOX_API_SECRET": sandbox.api_secret.get_secret_value(),
        }
        command = [sys.executable, "-m", "tests.bench.live"]
        with subprocess.Popen(command, cwd=ROOT, env=os.environ | keys, stdin=subprocess.PIPE) as loader:
            before = len(client.fills())
            while len(client.fills()) == before:
                time.sleep(0.05)
            began, fills = time.perf_counter(), len(client.fills())
            busy = _timed(client, rounds * ORDERS_A_ROUND)
            fills_a_second = (len(client.fills()) - fills) / (time.perf_counter() - began)
            loader.stdin.close()
        rows["quiet"] = quiet
        rows["binance_nb"] = busy
        if table is not None:
            table.close()
    shown = "a live FillsTable" if table is not None else "a live stream"
    return f"An order from a cell, sandbox included; {fills_a_second:.0f} fills a second into {shown}", rows


def _timed(client, count: int) -> dict[str, float]:
    taken = []
    for number in range(count):
        began = time.perf_counter()
        client.place_market_order("BTCUSDT", "SELL" if number % 2 else "BUY", "0.001")
        taken.append((time.perf_counter() - began) * 1000)
        time.sleep(PAUSE_S)
    cut = statistics.quantiles(taken, n=100)
    return {"p50_ms": cut[49], "p99_ms": cut[98]}


if __name__ == "__main__":
    load()
