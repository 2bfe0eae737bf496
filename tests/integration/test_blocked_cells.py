"""A cell blocked for a minute and a half, longer than the exchange waits for a pong: the stream hears all of it.

The sandbox pings every 20 s and closes a connection after 60 s without a pong, as the exchange does. Two kernels are
blocked at the same time, one asleep and one computing in pure Python, while orders of theirs are filled once a second.
"""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import nbformat
import pytest
from nbclient import NotebookClient

from binance_nb.sandbox.control import SandboxControl
from tests.integration.test_cells import Kernel

BLOCKED_S = 90
EVERY_S = 1.0
SYMBOL = "BTCUSDT"

START = f"""
import json, time
from binance_nb import BinanceClient
client = BinanceClient.sandbox(seed=3, market=False)
client.start_stream()
order = client.place_limit_order("{SYMBOL}", "BUY", "1", "60000")
print(client.config.get_base_url())
"""
COMPUTE = f"""
until, n = time.monotonic() + {BLOCKED_S}, 0
while time.monotonic() < until:
    n += sum(i * i for i in range(1000))
"""
CELLS = {"asleep": f"time.sleep({BLOCKED_S})", "computing": COMPUTE}

TELL = """
ended = time.time()
status = client.stream_status().iloc[0]
reports = [report for report in client.replay_since(0) if report.is_trade]
print(json.dumps({
    "ended": ended,
    "trades": [report.trade_id for report in reports],
    "sources": sorted({report.source for report in reports}),
    "delays_s": [(report.received_time - report.event_time).total_seconds() for report in reports],
    "arrived": [report.received_time.timestamp() for report in reports],
    **{name: int(status[name]) for name in ("reconnects", "gaps", "recovered", "duplicates")},
}))
client.close()
"""


def block(source: str) -> tuple[list[int], dict]:
    """Run a cell that blocks its kernel while its order is filled; return the trades made and what the cell told."""
    notebook = NotebookClient(nbformat.v4.new_notebook(), timeout=BLOCKED_S + 60, kernel_name="python3")
    made: list[int] = []
    over = threading.Event()

    def fill(control: SandboxControl) -> None:
        while not over.wait(EVERY_S):
            made.extend(each["tradeId"] for each in control.counter_order(SYMBOL, "SELL", "0.001")["fills"])

    with notebook.setup_kernel():
        kernel = Kernel(notebook)
        control = SandboxControl(kernel.run(START))
        filling = threading.Thread(target=fill, args=(control,))
        filling.start()
        try:
            told = kernel.run(f"{source}\n{TELL}" if source.startswith("time") else source + TELL)
        finally:
            over.set()
            filling.join()
    return made, json.loads(told)


@pytest.fixture(scope="module")
def both() -> dict[str, tuple[list[int], dict]]:
    """What became of each kind of blocked cell; they are blocked side by side."""
    with ThreadPoolExecutor() as pool:
        running = {name: pool.submit(block, source) for name, source in CELLS.items()}
        return {name: each.result() for name, each in running.items()}


@pytest.mark.parametrize("kind", CELLS)
def test_a_blocked_cell_misses_nothing(both: dict[str, tuple[list[int], dict]], kind: str) -> None:
    made, told = both[kind]
    known = told["trades"]
    assert len(known) > BLOCKED_S / EVERY_S / 3  # a slow machine makes fewer fills, but makes them all along
    assert known == made[: len(known)]
    assert told["sources"] == ["stream"]
    assert (told["reconnects"], told["gaps"], told["recovered"], told["duplicates"]) == (0, 0, 0, 0)
    # Stamped as they came, all along: not when the cell was over.
    assert max(told["delays_s"]) < timedelta(seconds=BLOCKED_S / 6).total_seconds()
    assert told["arrived"][0] < told["ended"] - BLOCKED_S / 2
