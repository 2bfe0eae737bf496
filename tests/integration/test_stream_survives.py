"""The user data stream: subscribed again after its socket is killed, heard by every kind of subscriber."""

import asyncio
import threading

import pytest

from binance_nb import AsyncBinanceClient, BinanceClient, ExecutionReport, UserDataStreamHandle
from tests.integration.heard import eventually


def test_a_killed_socket_is_replaced_and_later_reports_arrive(client: BinanceClient) -> None:
    assert client.sandbox_process is not None
    status = client.stream_state
    connections = status.connections
    client.sandbox_process.control.drop_sockets()
    eventually(lambda: status.connections > connections and status.state == "connected", "the reconnection")
    assert status.last_problem
    order = client.place_market_order("BTCUSDT", "BUY", "0.01")
    order_id = int(order["order_id"].iloc[0])
    eventually(lambda: len(client.execution_reports(order_id=order_id)) >= 2, "the reports after the reconnection")
    assert client.execution_reports(order_id=order_id)["order_status"].iloc[-1] == "FILLED"


def test_a_socket_that_is_open_and_dead_is_noticed_after_the_silence_that_was_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BINANCE_NB_STREAM_SILENCE_S", "2.5")
    with BinanceClient.sandbox(clock="stepped", market=False, ping_interval_s=0.2) as opened:
        opened.start_stream()
        status = opened.stream_state
        assert opened.sandbox_process is not None
        opened.sandbox_process.control.freeze_sockets()
        eventually(lambda: status.reconnects > 0, "the second connection")
        assert status.last_problem == "nothing was heard for 2.5 s"


def test_starting_twice_is_starting_once(client: BinanceClient) -> None:
    handle = client.start_stream()
    assert isinstance(handle, UserDataStreamHandle)
    assert client.start_stream() is handle
    assert handle.is_connected
    assert "sandbox" in repr(handle)


def test_callbacks_get_reports_and_one_that_raises_stops_nobody(client: BinanceClient) -> None:
    got: list[ExecutionReport] = []
    done = threading.Event()

    def bad(report: ExecutionReport) -> None:
        raise RuntimeError("a mistake in the user's code")

    def good(report: ExecutionReport) -> None:
        got.append(report)
        if report.order_status == "FILLED":
            done.set()

    with client.subscribe(bad) as unlucky, client.subscribe(good):
        order = client.place_market_order("BTCUSDT", "SELL", "0.01")
        assert done.wait(10)
        eventually(lambda: unlucky.errors >= 1, "the mistake being counted")
        assert isinstance(unlucky.last_error, RuntimeError)
    assert {report.order_id for report in got} == {int(order["order_id"].iloc[0])}
    assert got[-1].cumulative_filled_qty == got[-1].quantity


async def test_an_async_client_is_awaited_on_any_loop_and_iterated(client: BinanceClient) -> None:
    assert isinstance(client.asynchronous, AsyncBinanceClient)
    reports = client.asynchronous.reports()
    order = await client.asynchronous.place_market_order("BTCUSDT", "BUY", "0.01")
    async with asyncio.timeout(10):
        async for report in reports:
            if report.order_status == "FILLED":
                break
    reports.close()
    assert report.order_id == int(order["order_id"].iloc[0])


def test_stop_and_start_again(client: BinanceClient) -> None:
    client.stop_stream()
    assert client.stream_state.state == "stopped"
    client.start_stream()
    order_id = int(client.place_market_order("BTCUSDT", "BUY", "0.01")["order_id"].iloc[0])
    eventually(lambda: len(client.execution_reports(order_id=order_id)) >= 2, "reports on the new stream")


def test_two_clients_of_one_account_hear_the_same(client: BinanceClient, monkeypatch: pytest.MonkeyPatch) -> None:
    process = client.sandbox_process
    assert process is not None
    monkeypatch.setenv("BINANCE_SANDBOX_API_KEY", process.api_key.get_secret_value())
    monkeypatch.setenv("BINANCE_SANDBOX_API_SECRET", process.api_secret.get_secret_value())
    with BinanceClient(client.config) as second:
        second.start_stream()
        order_id = int(client.place_market_order("BTCUSDT", "BUY", "0.01")["order_id"].iloc[0])
        for listener in (client, second):
            eventually(lambda who=listener: len(who.execution_reports(order_id=order_id)) >= 2, "both hear it")
