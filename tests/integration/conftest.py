"""A sandbox in its own process, on the stepped clock, and clients of it."""

from collections.abc import Callable, Iterator

import pytest

from binance_nb import BinanceClient

SEED = 11


@pytest.fixture(scope="module")
def client() -> Iterator[BinanceClient]:
    """A client with its stream running, on a sandbox whose time stands still until a test steps it."""
    with BinanceClient.sandbox(seed=SEED, clock="stepped") as opened:
        opened.start_stream()
        yield opened
        opened.cancel_all_orders("BTCUSDT")


@pytest.fixture(scope="module")
def futures() -> Iterator[BinanceClient]:
    """A client with its futures stream running, on a sandbox whose time stands still until a test steps it."""
    with BinanceClient.sandbox(seed=SEED, clock="stepped") as opened:
        assert opened.sandbox_process is not None
        opened.sandbox_process.control.run_market(20)
        opened.start_stream(product="usdm")
        yield opened


@pytest.fixture
def step(client: BinanceClient) -> Callable[[int], None]:
    """Let so many milliseconds pass on the exchange, its market moving meanwhile."""

    def pass_time(ms: int) -> None:
        assert client.sandbox_process is not None
        client.sandbox_process.control.run_market(ms // 100)

    return pass_time


@pytest.fixture
def until(step: Callable[[int], None]) -> Callable[[Callable[[], bool]], None]:
    """Step the exchange, a second at a time, until something holds; at most twenty minutes of its time."""

    def wait(holds: Callable[[], bool], ms: int = 1000, tries: int = 1200) -> None:
        for _ in range(tries):
            if holds():
                return
            step(ms)
        pytest.fail("it did not come about within twenty minutes of exchange time")

    return wait
