"""In a real kernel: sync calls, `await`, widget callbacks, run(); short errors; a stream that outlives a busy cell."""

from collections.abc import Iterator

import nbformat
import pytest
from nbclient import NotebookClient

START = """
import asyncio, threading, time
import ipywidgets
from binance_nb import AsyncBinanceClient, BinanceClient, run
client = BinanceClient.sandbox(seed=3)
client.start_stream()
"""


class Kernel:
    """A kernel that runs one cell after another and returns what each printed, or the error that it showed."""

    def __init__(self, notebook: NotebookClient) -> None:
        self.notebook = notebook

    def run(self, source: str) -> str:
        """Run one cell; return its standard output, or its traceback as it is shown."""
        cell = nbformat.v4.new_code_cell(source)
        self.notebook.nb.cells.append(cell)
        self.notebook.execute_cell(cell, len(self.notebook.nb.cells) - 1)
        shown = []
        for output in cell.outputs:
            shown.append("\n".join(output.traceback) if output.output_type == "error" else output.get("text", ""))
        return "".join(shown).strip()


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    """A kernel with a client on a sandbox of its own, its stream running."""
    notebook = NotebookClient(nbformat.v4.new_notebook(), timeout=120, kernel_name="python3", allow_errors=True)
    with notebook.setup_kernel():
        started = Kernel(notebook)
        assert started.run(START) == ""
        yield started
        started.run("client.close()")


def test_a_sync_call_from_a_cell(kernel: Kernel) -> None:
    assert kernel.run("print(client.place_market_order('BTCUSDT', 'BUY', '0.01')['order_status'].iloc[0])") == "FILLED"


def test_await_on_the_async_client_in_a_cell(kernel: Kernel) -> None:
    cell = """
    order = await client.asynchronous.place_market_order("BTCUSDT", "BUY", "0.01")
    print(order["order_status"].iloc[0])
    """
    assert kernel.run(cell) == "FILLED"


def test_several_awaits_at_once_in_a_cell(kernel: Kernel) -> None:
    cell = """
    place = client.asynchronous.place_market_order
    orders = await asyncio.gather(*(place("BTCUSDT", "BUY", "0.001") for _ in range(5)))
    print({order["order_status"].iloc[0] for order in orders})
    """
    assert kernel.run(cell) == "{'FILLED'}"


def test_a_call_from_a_widget_callback_without_blocking(kernel: Kernel) -> None:
    cell = """
    done, got = threading.Event(), []
    def show(future):
        got.append(future.result()["order_status"].iloc[0]); done.set()
    def clicked(button):
        client.submit("place_market_order", "BTCUSDT", "BUY", "0.01").add_done_callback(show)
    button = ipywidgets.Button(description="Buy")
    button.on_click(clicked)
    button.click()
    print(done.wait(10), got)
    """
    assert kernel.run(cell) == "True ['FILLED']"


def test_a_blocking_call_from_a_widget_callback_works_too(kernel: Kernel) -> None:
    cell = """
    got = []
    button = ipywidgets.Button(description="Buy")
    button.on_click(lambda _: got.append(client.place_market_order("BTCUSDT", "BUY", "0.01")["order_status"].iloc[0]))
    button.click()
    print(got)
    """
    assert kernel.run(cell) == "['FILLED']"


def test_run_brings_the_users_own_coroutine_to_its_end_inside_a_cell(kernel: Kernel) -> None:
    cell = """
    async def mine():
        await asyncio.sleep(0.01)
        return (await client.asynchronous.get_price("BTCUSDT"))["symbol"].iloc[0]
    print(run(mine()))
    """
    assert kernel.run(cell) == "BTCUSDT"


def test_a_rejected_order_is_one_line_and_no_long_traceback(kernel: Kernel) -> None:
    shown = kernel.run("client.place_limit_order('BTCUSDT', 'BUY', '100', '60000')")
    assert shown == (
        "InsufficientBalance: Account has insufficient balance for requested action. "
        "(code -2010, HTTP 400, POST /api/v3/order)"
    )


def test_a_mistake_is_one_line_too(kernel: Kernel) -> None:
    shown = kernel.run("client.place_limit_order('BTCUSDT', 'BUY', '0.01', '60000.005')")
    assert shown.startswith("SymbolRuleError: price 60000.005 of BTCUSDT is not on the tick of 0.01")
    assert "\n" not in shown


@pytest.mark.parametrize("busy", ["time.sleep(3)", "sum(i * i for i in range(40_000_000))"])
def test_the_stream_goes_on_while_a_cell_is_busy(kernel: Kernel, busy: str) -> None:
    cell = f"""
    seen = []
    watch = client.subscribe(lambda report: seen.append(time.time()))
    begun = time.time()
    async_order = lambda: client.submit("place_market_order", "BTCUSDT", "BUY", "0.001")
    timers = [threading.Timer(0.2 * n, async_order) for n in range(5)]
    for timer in timers: timer.start()
    {busy}
    ended = time.time()
    watch.close()
    print(sum(begun < moment < ended for moment in seen) >= 8, client.stream_state.reconnects)
    """
    assert kernel.run(cell) == "True 0"


def test_an_interrupted_cell_leaves_the_client_usable(kernel: Kernel) -> None:
    cell = """
    import _thread
    threading.Timer(0.3, _thread.interrupt_main).start()
    try:
        run(asyncio.sleep(5))
    except KeyboardInterrupt:
        print("interrupted")
    print(client.place_market_order("BTCUSDT", "BUY", "0.01")["order_status"].iloc[0], client.stream_state.state)
    """
    assert kernel.run(cell) == "interrupted\nFILLED connected"


def test_interrupting_a_slow_order_does_not_lose_it(kernel: Kernel) -> None:
    cell = """
    import _thread
    client.sandbox_process.control.fault("delay", "order.place", delay_ms=1500)
    threading.Timer(0.5, _thread.interrupt_main).start()
    try:
        client.place_market_order("BTCUSDT", "BUY", "0.01", new_client_order_id="interrupted")
    except KeyboardInterrupt as interrupt:
        print(interrupt.__notes__[0])
    time.sleep(2)
    print(set(client.fills().query("client_order_id == 'interrupted'")["order_id"]) != set())
    """
    shown = kernel.run(cell)
    assert shown.startswith("What was asked for goes on in the background")
    assert shown.endswith("True")
