"""WsApiConnection against a scripted server: requests and answers, events, pings, and how it ends."""

import asyncio
import json
import logging

import pytest
from scripted import API_KEY, closed_port, eventually, execution_report, hmac_of

from binance_nb import BinanceConfig
from binance_nb.errors import ExchangeError, KeyRefused, NetworkError, RateLimited, TimestampRefused
from binance_nb.transport.websocket import WsApiConnection


async def answer_everything(socket):
    """Echo the method as the result of every request."""
    while True:
        request = await socket.next_request()
        await socket.send({"id": request["id"], "status": 200, "result": request["method"]})


async def test_a_request_gets_the_answer_with_its_id(exchange, connect):
    exchange.on_socket(answer_everything)
    connection = await connect()
    assert await connection.request("ping") == "ping"
    assert exchange.sockets[0].requests == [{"id": 1, "method": "ping"}]


async def test_answers_out_of_order_reach_their_requests(exchange, connect):
    async def backwards(socket):
        held = [await socket.next_request() for _ in range(3)]
        for request in reversed(held):
            await socket.send({"id": request["id"], "status": 200, "result": request["params"]})
        await socket.stay()

    exchange.on_socket(backwards)
    connection = await connect()
    answers = await asyncio.gather(*(connection.request("order.status", {"n": number}) for number in range(3)))
    assert answers == [{"n": 0}, {"n": 1}, {"n": 2}]


@pytest.mark.parametrize("symbol", ["BTCUSDT", "１２３４５６", "A&B=C %"])
async def test_a_signed_request_is_signed_over_its_parameters_in_alphabetical_order(exchange, connect, symbol):
    exchange.on_socket(answer_everything)
    connection = await connect()
    await connection.request("order.status", {"symbol": symbol, "orderId": 7}, signed=True)
    params = exchange.sockets[0].requests[0]["params"]
    signature = params.pop("signature")
    assert params["apiKey"] == API_KEY
    assert params["recvWindow"] == "5000"
    assert isinstance(params["timestamp"], int)
    assert signature == hmac_of("&".join(f"{name}={params[name]}" for name in sorted(params)))


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}, KeyRefused),
        (400, {"code": -1100, "msg": "Illegal characters."}, ExchangeError),
        (429, {"code": -1003, "msg": "Too many.", "data": {"serverTime": 1000, "retryAfter": 3500}}, RateLimited),
        (500, None, ExchangeError),
    ],
)
async def test_a_refusal_is_the_same_error_as_over_rest(exchange, connect, status, error, kind):
    async def refuse(socket):
        request = await socket.next_request()
        await socket.send({"id": request["id"], "status": status, **({"error": error} if error else {})})
        await socket.stay()

    exchange.on_socket(refuse)
    connection = await connect()
    with pytest.raises(kind) as refused:
        await connection.request("order.place")
    assert refused.value.http_status == status
    assert refused.value.request == "order.place"
    if kind is RateLimited:
        assert refused.value.retry_after == 2.5
    if kind is KeyRefused:
        assert "BINANCE_SANDBOX_API_KEY" in str(refused.value)


@pytest.mark.parametrize("refusals", [1, 2])
async def test_a_timestamp_refused_once_is_measured_again_and_twice_is_raised(exchange, connect, refusals):
    async def late(socket):
        for number in range(2):
            request = await socket.next_request()
            refusal = {"status": 400, "error": {"code": -1021, "msg": "outside of the recvWindow"}}
            await socket.send(
                {"id": request["id"], **(refusal if number < refusals else {"status": 200, "result": "yes"})}
            )
        await socket.stay()

    exchange.on_socket(late)
    connection = await connect()
    if refusals == 1:
        assert await connection.request("order.status", signed=True) == "yes"
    else:
        with pytest.raises(TimestampRefused):
            await connection.request("order.status", signed=True)
    assert len(exchange.sockets[0].requests) == 2
    assert len(exchange.requests("GET", "/api/v3/time")) == 2


async def test_an_event_in_the_same_segment_as_the_answer_is_not_lost(exchange, connect):
    async def both_at_once(socket):
        request = await socket.next_request()
        socket.send_at_once(
            {"id": request["id"], "status": 200, "result": {"subscriptionId": 0}},
            {"subscriptionId": 0, "event": execution_report(I=1)},
            {"subscriptionId": 0, "event": execution_report(I=2)},
        )
        await socket.stay()

    exchange.on_socket(both_at_once)
    connection = await connect()
    assert await connection.request("userDataStream.subscribe.signature", signed=True) == {"subscriptionId": 0}
    await eventually(lambda: len(connection.heard) == 2)
    assert [event["I"] for event in connection.heard] == [1, 2]


async def test_a_ping_is_answered_with_its_own_payload(exchange, connect):
    async def ping(socket):
        await socket.ws.ping(b"1790000000123")
        await socket.ws.ping(b"")
        await socket.stay()

    exchange.on_socket(ping)
    await connect()
    await eventually(lambda: len(exchange.sockets) == 1 and len(exchange.sockets[0].pongs) == 2)
    assert exchange.sockets[0].pongs == [b"1790000000123", b""]


@pytest.mark.parametrize(
    "nonsense",
    [
        {"subscriptionId": 0, "event": None},
        {"subscriptionId": 0, "event": {}},
        {"event": [1, 2]},
        {},
        [],
        [1],
        5,
        "text",
        None,
        True,
        {"id": [1]},
        {"id": {"a": 1}},
        {"id": 999, "status": 200},
        {"id": None, "status": 400, "error": {"code": -1, "msg": "?"}},
    ],
    ids=repr,
)
async def test_a_message_of_an_unexpected_shape_does_not_end_the_connection(exchange, connect, nonsense, caplog):
    caplog.set_level(logging.CRITICAL)

    async def speak(socket):
        await socket.send(json.dumps(nonsense))
        await answer_everything(socket)

    def on_event(event):
        raise KeyError(event["e"])

    exchange.on_socket(speak)
    connection = await connect(on_event=on_event)
    assert await connection.request("ping") == "ping"
    assert not connection._reader.done()


async def test_silence_ends_the_connection_and_says_so(exchange, connect):
    exchange.on_socket(lambda socket: socket.stay())
    connection = await connect(silence_s=0.05)
    assert await connection.wait_closed() == "nothing was heard for 0.05 s"


async def test_pings_alone_keep_the_connection(exchange, connect):
    stop = asyncio.Event()

    async def ping(socket):
        for _ in range(8):
            await socket.ws.ping(b"x")
            await asyncio.sleep(0.05)
        stop.set()
        await socket.stay()

    exchange.on_socket(ping)
    connection = await connect(silence_s=0.3)
    await asyncio.wait_for(stop.wait(), 5)
    assert not connection._reader.done()


async def test_a_close_by_the_server_fails_what_still_waits(exchange, connect):
    async def close(socket):
        await socket.next_request()
        await socket.ws.close()

    exchange.on_socket(close)
    connection = await connect()
    with pytest.raises(NetworkError, match="connection ended before the answer came") as failed:
        await connection.request("order.place")
    assert failed.value.sent is True
    assert await connection.wait_closed() == "the server closed the connection"
    with pytest.raises(NetworkError, match=r"not connected: order.place was not sent") as failed:
        await connection.request("order.place")
    assert failed.value.sent is False


async def test_a_reset_fails_what_still_waits(exchange, connect):
    async def reset(socket):
        await socket.next_request()
        socket._request.transport.abort()

    exchange.on_socket(reset)
    connection = await connect()
    with pytest.raises(NetworkError) as failed:
        await connection.request("order.place")
    assert failed.value.sent is True


async def test_an_answer_that_does_not_come_is_not_waited_for(exchange, connect):
    exchange.on_socket(lambda socket: socket.stay())
    connection = await connect(timeout_s=0.05)
    with pytest.raises(NetworkError, match=r"no answer to ping within 0.05 s") as failed:
        await connection.request("ping")
    assert failed.value.sent is True
    assert connection._waiting == {}


async def test_nobody_there_is_a_network_error_with_the_address(signer, transport):
    config = BinanceConfig(environment="sandbox", sandbox_base_url=f"http://127.0.0.1:{closed_port()}")
    connection = WsApiConnection(config, signer, transport.clock, print)
    with pytest.raises(NetworkError, match=r"cannot connect to the stream of sandbox at ws://127.0.0.1") as failed:
        await connection.open()
    assert failed.value.sent is False


async def test_an_ended_connection_says_why_it_was_given_up(exchange, connect):
    exchange.on_socket(lambda socket: socket.stay())
    connection = await connect()
    connection.end("the exchange sent serverShutdown")
    assert await connection.wait_closed() == "the exchange sent serverShutdown"
