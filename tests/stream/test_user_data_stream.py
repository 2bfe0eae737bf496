"""UserDataStreamManager against a scripted exchange: subscribed again whatever ends the connection, nothing lost."""

import asyncio
import logging

import pytest
from scripted import API_KEY, closed_port, eventually, execution_report, hmac_of, trade_report

from binance_nb import BinanceConfig, UserDataStreamHandle
from binance_nb.credentials import Credentials, Environment
from binance_nb.errors import KeyRefused, MissingKeysError, SignatureRefused, StreamError
from binance_nb.stream.feeds import SUBSCRIBE
from binance_nb.stream.manager import UserDataStreamManager
from binance_nb.stream.subscribers import ReportIterator
from binance_nb.transport.backoff import Backoff
from binance_nb.transport.signing import make_signer


def send(*events, then="stay"):
    """A connection that accepts the subscription, sends events, and then stays, closes or resets."""

    async def script(socket):
        await socket.accept()
        for event in events:
            await socket.event(event)
        if then == "close":
            await socket.ws.close()
        elif then == "reset":
            socket._request.transport.abort()
        else:
            await socket.stay()

    return script


def refuse_subscription(code, message, status=400):
    """A connection that refuses the subscription."""

    async def script(socket):
        request = await socket.next_request()
        await socket.send({"id": request["id"], "status": status, "error": {"code": code, "msg": message}})
        await socket.stay()

    return script


async def test_starting_subscribes_with_a_valid_signature(exchange, make_manager):
    exchange.on_socket(send())
    handle = await make_manager().start()
    (request,) = exchange.sockets[0].requests
    assert request["method"] == SUBSCRIBE == "userDataStream.subscribe.signature"
    params = request["params"]
    signature = params.pop("signature")
    assert set(params) == {"apiKey", "recvWindow", "timestamp"}
    assert params["apiKey"] == API_KEY
    assert signature == hmac_of("&".join(f"{name}={params[name]}" for name in sorted(params)))
    assert isinstance(handle, UserDataStreamHandle)
    assert handle.is_connected
    assert handle.subscription_id == 0
    assert "sandbox spot: connected, 0 events, 0 reconnects" in repr(handle)


async def test_starting_twice_is_starting_once(exchange, make_manager):
    exchange.on_socket(send())
    manager = make_manager()
    assert await manager.start() is await manager.start()
    assert len(exchange.sockets) == 1


async def test_starting_from_several_places_at_once_is_starting_once(exchange, make_manager):
    exchange.on_socket(send())
    manager = make_manager()
    first, *others = await asyncio.gather(*(manager.start() for _ in range(3)))
    assert all(handle is first for handle in others)
    assert len(exchange.sockets) == 1
    assert first.status.connections == 1


async def test_reports_reach_the_ledger_before_the_subscribers(exchange, make_manager):
    exchange.on_socket(send(execution_report(), trade_report(1)))
    manager = make_manager()
    seen = []

    class Listener:
        def offer(self, report):
            seen.append((report.execution_type, len(manager.ledger.reports())))

        def close(self):
            pass

    manager.subscribers.add(Listener())
    await manager.start()
    await eventually(lambda: len(seen) == 2)
    assert seen == [("NEW", 1), ("TRADE", 2)]
    assert manager.status.reports == manager.status.events == 2
    assert manager.ledger.fills_frame()["trade_id"].tolist() == [1]


async def test_an_event_in_the_same_segment_as_the_answer_is_not_lost(exchange, make_manager):
    async def both_at_once(socket):
        request = await socket.next_request()
        socket.send_at_once(
            {"id": request["id"], "status": 200, "result": {"subscriptionId": 3}},
            {"subscriptionId": 3, "event": trade_report(1)},
        )
        await socket.stay()

    exchange.on_socket(both_at_once)
    manager = make_manager()
    handle = await manager.start()
    await eventually(lambda: manager.status.reports == 1)
    assert handle.subscription_id == 3


SHUTDOWN = {"e": "serverShutdown", "E": 1_790_000_000_000}
TERMINATED = {"e": "eventStreamTerminated", "E": 1_790_000_000_000}


@pytest.mark.parametrize(
    "ending",
    [
        send(trade_report(1), then="close"),
        send(trade_report(1), then="reset"),
        send(trade_report(1), SHUTDOWN),
        send(trade_report(1), TERMINATED),
    ],
    ids=["closed", "reset", "shutdown", "terminated"],
)
async def test_whatever_ends_the_connection_it_is_subscribed_again(exchange, make_manager, ending):
    exchange.on_socket(ending, send(trade_report(2)))
    manager = make_manager()
    handle = await manager.start()
    await eventually(lambda: manager.status.reports == 2 and handle.is_connected)
    assert manager.status.reconnects == 1
    assert [held.requests[0]["method"] for held in exchange.sockets] == [SUBSCRIBE, SUBSCRIBE]
    assert manager.ledger.fills_frame()["trade_id"].tolist() == [1, 2]
    assert manager.status.last_problem


async def test_a_shutdown_told_without_a_subscription_id_counts_too(exchange, make_manager):
    async def shut_down(socket):
        await socket.accept()
        await socket.send({"event": SHUTDOWN})
        await socket.stay()

    exchange.on_socket(shut_down, send())
    manager = make_manager()
    await manager.start()
    await eventually(lambda: manager.status.reconnects == 1)
    assert manager.status.last_problem == "the exchange sent serverShutdown"


async def test_silence_is_taken_for_a_dead_connection(exchange, make_manager):
    exchange.on_socket(send(), send(trade_report(1)))
    manager = make_manager(silence_s=0.1)
    await manager.start()
    await eventually(lambda: manager.status.reports == 1)
    assert "nothing was heard" in manager.status.last_problem


async def test_it_goes_on_trying_while_nobody_is_there(exchange, make_manager):
    attempts = []

    async def refuse_connection(socket):
        attempts.append(1)
        socket._request.transport.abort()

    exchange.on_socket(send(then="close"), *[refuse_connection] * 5, send(trade_report(1)))
    manager = make_manager()
    await manager.start()
    await eventually(lambda: manager.status.reports == 1)
    assert len(attempts) == 5
    await eventually(lambda: manager.status.connections == 2)


async def test_a_key_refused_while_running_does_not_end_the_stream(exchange, make_manager):
    exchange.on_socket(send(then="close"), refuse_subscription(-2015, "Invalid API-key.", 401), send(trade_report(1)))
    manager = make_manager()
    await manager.start()
    await eventually(lambda: manager.status.reports == 1)


@pytest.mark.parametrize(
    ("code", "status", "kind"), [(-2015, 401, KeyRefused), (-2014, 401, KeyRefused), (-1022, 400, SignatureRefused)]
)
async def test_a_key_refused_at_the_start_is_raised_at_once(exchange, make_manager, code, status, kind):
    exchange.on_socket(refuse_subscription(code, "No.", status))
    manager = make_manager(timeout_s=30)
    with pytest.raises(kind, match="BINANCE_SANDBOX_API"):
        await manager.start()
    assert len(exchange.sockets) == 1
    assert not manager.is_running
    assert manager.status.state == "stopped"


async def test_missing_keys_are_told_before_any_connection(exchange, transport):
    def no_keys():
        return make_signer(Credentials.from_environ(Environment.SANDBOX, {}))

    manager = UserDataStreamManager(exchange.config(), no_keys, transport.clock)
    with pytest.raises(MissingKeysError, match="BINANCE_SANDBOX_API_KEY"):
        await manager.start()
    assert exchange.sockets == []
    assert not manager.is_running


async def test_an_exchange_that_cannot_be_reached_is_a_stream_error_with_the_reason(signer, transport):
    config = BinanceConfig(environment="sandbox", sandbox_base_url=f"http://127.0.0.1:{closed_port()}", timeout_s=0.2)
    manager = UserDataStreamManager(config, signer, transport.clock)
    with pytest.raises(StreamError, match=r"did not start within 0.2 s: cannot connect to the stream of sandbox"):
        await manager.start()
    assert not manager.is_running


@pytest.mark.parametrize(
    "nonsense",
    [
        None,
        [],
        "x",
        5,
        {"e": "executionReport"},
        {"e": "executionReport", "s": "BTCUSDT", "i": 1, "I": 1, "x": "TRADE"},
        {"e": "executionReport", "E": "soon"},
        execution_report(q="not a number", I=77),
        {"e": "somethingOfTomorrow", "E": 1},
        {},
    ],
    ids=str,
)
async def test_a_malformed_event_does_not_kill_the_stream(exchange, make_manager, nonsense, caplog):
    caplog.set_level(logging.CRITICAL)
    exchange.on_socket(send(nonsense, trade_report(1)))
    manager = make_manager()
    heard = []

    class Listener:
        def offer(self, report):
            heard.append(report)

        def close(self):
            pass

    manager.subscribers.add(Listener())
    await manager.start()
    await eventually(lambda: any(report.trade_id == 1 for report in heard))
    assert manager.status.reconnects == 0
    assert manager.is_running


async def test_a_frame_that_is_not_json_costs_at_most_the_connection(exchange, make_manager):
    async def garbage(socket):
        await socket.accept()
        await socket.send("{not json")
        await socket.stay()

    exchange.on_socket(garbage, send(trade_report(1)))
    manager = make_manager()
    await manager.start()
    await eventually(lambda: manager.status.reports == 1)


@pytest.mark.parametrize("reply", [{"status": 200}, {"status": 200, "result": []}, {"result": {}}, {"status": "?"}])
async def test_an_odd_answer_to_the_subscription_does_not_kill_the_stream(exchange, make_manager, reply, caplog):
    caplog.set_level(logging.CRITICAL)

    async def odd(socket):
        request = await socket.next_request()
        await socket.send({"id": request["id"], **reply})
        await socket.event(trade_report(1))
        await socket.ws.close()

    exchange.on_socket(send(then="close"), odd, send(trade_report(2)))
    manager = make_manager()
    await manager.start()
    await eventually(lambda: 2 in manager.ledger.fills_frame()["trade_id"].tolist())


async def test_an_unexpected_failure_is_one_more_reason_to_connect_again(exchange, make_manager, monkeypatch, caplog):
    caplog.set_level(logging.CRITICAL)
    exchange.on_socket(send(then="close"), send(trade_report(1)))
    manager = make_manager()
    original = manager._signer
    calls = []

    def fail_once():
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError("something nobody thought of")
        return original()

    monkeypatch.setattr(manager, "_signer", fail_once)
    await manager.start()
    await eventually(lambda: manager.status.reports == 1)
    assert manager.is_running


async def test_duplicates_are_counted_and_not_told_again(exchange, make_manager):
    exchange.on_socket(send(trade_report(1), trade_report(1), then="close"), send(trade_report(1), trade_report(2)))
    manager = make_manager()
    reports = ReportIterator(manager.subscribers)
    await manager.start()
    await eventually(lambda: manager.status.events == 4)
    assert manager.status.duplicates == 2
    reports.close()
    assert [report.trade_id async for report in reports] == [1, 2]


async def test_other_events_reach_event_callbacks_and_one_that_raises_stops_nothing(exchange, make_manager, caplog):
    caplog.set_level(logging.CRITICAL)
    position = {"e": "outboundAccountPosition", "E": 1, "u": 1, "B": [{"a": "BTC", "f": "1", "l": "0"}]}
    exchange.on_socket(send(position, trade_report(1)))
    manager = make_manager()
    heard = []

    def broken(event):
        raise ValueError("a bug of the caller")

    manager.on_event(broken)
    manager.on_event(lambda event: heard.append(event["e"]))
    await manager.start()
    await eventually(lambda: len(heard) == 2)
    assert heard == ["outboundAccountPosition", "executionReport"]
    assert manager.status.events == 2
    assert manager.status.reports == 1


async def test_the_lag_is_told_by_the_clock_of_the_exchange(exchange, make_manager, transport):
    await transport.clock.measure()
    exchange.on_socket(send(execution_report(E=exchange.server_time)))
    manager = make_manager()
    await manager.start()
    await eventually(lambda: manager.status.events == 1)
    assert manager.status.lag_ms is not None
    assert 0 <= manager.status.lag_ms < 5000


async def test_a_stopped_stream_stays_stopped_and_can_be_started_again(exchange, make_manager):
    exchange.on_socket(send(trade_report(1)), send(trade_report(2)))
    manager = make_manager()
    handle = await manager.start()
    await eventually(lambda: manager.status.reports == 1)
    await manager.stop()
    assert manager.status.state == "stopped"
    assert not handle.is_connected
    await asyncio.sleep(0.02)
    assert len(exchange.sockets) == 1
    assert await manager.start() is not handle
    await eventually(lambda: manager.status.reports == 2)
    assert manager.ledger.fills_frame()["trade_id"].tolist() == [1, 2]


async def test_stopping_what_never_ran_is_no_error(make_manager):
    await make_manager().stop()


async def test_stopping_while_it_waits_to_connect_again_is_quick(exchange, signer, transport):

    exchange.on_socket(send(then="close"))
    manager = UserDataStreamManager(exchange.config(), signer, transport.clock, backoff=Backoff(3600, 3600))
    await manager.start()
    await eventually(lambda: manager.status.state == "waiting")
    async with asyncio.timeout(5):
        await manager.stop()
    assert not manager.is_running
