"""At most once, for real: a thousand orders through an exchange that misbehaves, and every one accounted for.

Whatever goes wrong, the orders on the exchange are exactly those that the caller was told of.
"""

import asyncio
import random
from collections.abc import Iterator
from typing import Any

import pytest

from binance_nb import AsyncBinanceClient, BinanceClient, BinanceConfig, SpotOrderRequest
from binance_nb.errors import ExchangeError, NetworkError, OrderStatusUnknown

RUNS = 1000
AT_A_TIME = 20
SEED = 20261122

# Each with whether it may be told to have been carried out all the same.
FAULTS = (
    ("drop_before", False),
    ("drop_after", False),
    ("cut", False),
    ("unknown_503", True),
    ("unavailable_503", False),
    ("internal_503", False),
    ("busy_503", False),
    ("bad_gateway_502", True),
    ("timeout", True),
    ("unexpected", True),
)


@pytest.fixture(scope="module", params=["rest", "ws"])
def client(request: pytest.FixtureRequest) -> Iterator[BinanceClient]:
    """A client of a running sandbox that has made its first order, and is quick to settle a doubt."""
    patch = pytest.MonkeyPatch()
    patch.setattr("binance_nb.api.submit.SERVER_TIMEOUT_S", 0.3)
    patch.setenv("BINANCE_NB_RECV_WINDOW_MS", "700")
    patch.setenv("BINANCE_NB_UNKNOWN_PATIENCE_S", "20")
    with BinanceClient.sandbox(seed=SEED, transport=request.param) as opened:
        assert opened.sandbox_process is not None
        opened.sandbox_process.control.set_limits(weight=10_000_000, raw=10_000_000, connections=10_000_000)
        opened.place_market_order("BTCUSDT", "BUY", "0.0005", new_client_order_id="first")
        yield opened
    patch.undo()


def expiring(number: int, run: str) -> SpotOrderRequest:
    """An order that trades at once, so that nothing piles up."""
    return SpotOrderRequest(
        symbol="BTCUSDT",
        side="BUY" if number % 2 else "SELL",
        order_type="MARKET",
        quantity="0.0005",
        new_client_order_id=f"{run}-{number}",
    )


async def place_all(client: AsyncBinanceClient, run: str, count: int) -> dict[str, list[str]]:
    """Place `count` orders, some at a time; return which the caller was told exist, do not exist, or may."""
    told: dict[str, list[str]] = {"placed": [], "refused": [], "unknown": []}
    turn = asyncio.Semaphore(AT_A_TIME)

    async def place(number: int) -> None:
        order = expiring(number, run)
        async with turn:
            try:
                answer: Any = await client.place_spot_order(order, raw=True)
            except OrderStatusUnknown:
                told["unknown"].append(order.new_client_order_id)
            except (ExchangeError, NetworkError):
                told["refused"].append(order.new_client_order_id)
            else:
                assert answer["clientOrderId"] == order.new_client_order_id
                told["placed"].append(order.new_client_order_id)

    await asyncio.gather(*(place(number) for number in range(count)))
    return told


def test_a_thousand_orders_through_faults_are_each_told_truly(client: BinanceClient) -> None:
    assert client.sandbox_process is not None
    control = client.sandbox_process.control
    rng = random.Random(SEED)
    for _ in range(RUNS // 2):
        kind, may_execute = rng.choice(FAULTS)
        control.fault(kind, "order.place", executed=may_execute and rng.random() < 0.5)
    for _ in range(RUNS // 20):
        control.fault(rng.choice(("bad_gateway_502", "drop_after", "cut")), "order.status")
    told = client._run(place_all(client.asynchronous, "chaos", RUNS))
    control.clear_faults()
    there = {
        order["clientOrderId"]
        for order in client.get_all_orders("BTCUSDT", raw=True)
        if order["clientOrderId"].startswith("chaos")
    }
    assert len(told["placed"]) + len(told["refused"]) + len(told["unknown"]) == RUNS
    assert told["unknown"] == []
    assert there == set(told["placed"])
    assert len(told["placed"]) == len(set(told["placed"]))
    assert len(told["placed"]) > RUNS // 2
    assert len(told["refused"]) > RUNS // 20


def test_an_order_that_was_executed_though_the_answer_said_otherwise_comes_back_filled(client: BinanceClient) -> None:
    assert client.sandbox_process is not None
    client.sandbox_process.control.fault("timeout", "order.place", executed=True)
    order = client.place_market_order("BTCUSDT", "BUY", "0.0005", new_client_order_id="timeout-filled")
    assert order["order_status"].iloc[0] == "FILLED"
    assert order["client_order_id"].iloc[0] == "timeout-filled"


def test_a_doubt_that_lasts_is_told_as_such_and_can_be_resolved_later(
    client: BinanceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = client.sandbox_process
    assert process is not None
    monkeypatch.setenv("BINANCE_SANDBOX_API_KEY", process.api_key.get_secret_value())
    monkeypatch.setenv("BINANCE_SANDBOX_API_SECRET", process.api_secret.get_secret_value())
    impatient = BinanceConfig(
        environment="sandbox", sandbox_base_url=process.rest_url, unknown_patience_s=0.5, max_read_attempts=1
    )
    with BinanceClient(impatient) as hasty:
        hasty.get_price("BTCUSDT")
        process.control.fault("drop_after", "order.place")
        process.control.fault("bad_gateway_502", "order.status", times=50)
        with pytest.raises(OrderStatusUnknown, match="was sent once and will not be sent again") as unknown:
            hasty.place_market_order("BTCUSDT", "BUY", "0.0005", new_client_order_id="in-doubt")
        assert (unknown.value.symbol, unknown.value.client_order_id) == ("BTCUSDT", "in-doubt")
        process.control.clear_faults()
        assert unknown.value.resolve()["status"] == "FILLED"
    found = [order for order in client.get_all_orders("BTCUSDT", raw=True) if order["clientOrderId"] == "in-doubt"]
    assert len(found) == 1


def test_an_order_known_only_from_the_stream_counts_as_found(client: BinanceClient) -> None:
    assert client.sandbox_process is not None
    client.start_stream()
    control = client.sandbox_process.control
    control.fault("drop_after", "order.place")
    control.fault("bad_gateway_502", "order.status", times=500)
    try:
        order = client.place_market_order("BTCUSDT", "BUY", "0.0005", new_client_order_id="heard")
    finally:
        control.clear_faults()
        client.stop_stream()
    assert order["order_status"].iloc[0] == "FILLED"
