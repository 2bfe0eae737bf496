"""At most once over the WebSocket API: one order.place whatever happens to its answer, and the truth to the caller."""

import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from order_book import ORDER
from pydantic import SecretStr
from scripted import API_KEY, closed_port, hmac_of

from binance_nb import AsyncBinanceClient, BinanceConfig, SpotOrderRequest
from binance_nb.credentials import Credentials
from binance_nb.errors import (
    ExchangeUnavailable,
    InsufficientBalance,
    KeyRefused,
    NetworkError,
    OrderNotPlaced,
)
from binance_nb.transport.websocket import WsApiConnection


def error(status, code, message):
    """A refusal of the WebSocket API."""

    async def give(socket, request):
        await socket.send({"id": request["id"], "status": status, "error": {"code": code, "msg": message}})

    return give


async def drop(socket, request):
    """Reset the connection instead of answering."""
    socket._request.transport.abort()


async def close(socket, request):
    """Close the connection instead of answering."""
    await socket.ws.close()


async def garbage(socket, request):
    """Answer with half of a message."""
    await socket.send(f'{{"id": {request["id"]}, "status": 200, "result": {{"orderId"')


async def silence(socket, request):
    """Do not answer."""


async def empty(socket, request):
    """Answer with a result that tells nothing."""
    await socket.send({"id": request["id"], "status": 200, "result": {}})


UNKNOWN = {
    "dropped": drop,
    "closed": close,
    "garbage": garbage,
    "silence": silence,
    "empty": empty,
    "-1000": error(500, -1000, "An unknown error occurred while processing the request."),
    "-1006": error(500, -1006, "An unexpected response was received from the message bus."),
    "-1007": error(408, -1007, "Timeout waiting for response from backend server."),
    "503 unknown": error(503, -1, "Unknown error, please check your request or try again later."),
}
REFUSED = {
    "-2010": (error(400, -2010, "Account has insufficient balance for requested action."), InsufficientBalance),
    "-1008": (error(503, -1008, "Server is currently overloaded with other requests."), ExchangeUnavailable),
    "503 service unavailable": (error(503, -1, "Service Unavailable."), ExchangeUnavailable),
    "-2015": (error(401, -2015, "Invalid API-key, IP, or permissions for action."), KeyRefused),
}


class WsExchange:
    """The order methods of the WebSocket API, over as many connections as the client opens."""

    def __init__(self, exchange, book):
        self.book = book
        self.placed, self.asked, self.logons = [], [], []
        self.way, self.executed, self.delay_s = None, True, 0.0
        self.logon = None
        exchange.on_socket(self.serve)

    async def serve(self, socket):
        while True:
            request = await socket.next_request()
            match request["method"]:
                case "session.logon":
                    self.logons.append(request)
                    if self.logon is not None:
                        await self.logon(socket, request)
                    else:
                        await socket.send({"id": request["id"], "status": 200, "result": {"apiKey": API_KEY}})
                case "order.place":
                    self.placed.append(request)
                    params = request["params"]
                    known = self.book.place(params, self.delay_s) if self.executed else None
                    if self.way is not None:
                        await self.way(socket, request)
                    else:
                        await socket.send({"id": request["id"], "status": 200, "result": known})
                case "order.status":
                    self.asked.append(request)
                    found = self.book.arrive().get(request["params"]["origClientOrderId"])
                    reply = {"status": 200, "result": found}
                    if not found:
                        reply = {"status": 400, "error": {"code": -2013, "msg": "Order does not exist."}}
                    await socket.send({"id": request["id"], **reply})


@pytest.fixture
def ws(exchange, book):
    return WsExchange(exchange, book)


@pytest.fixture
async def client(exchange, clock):
    opened = AsyncBinanceClient(exchange.config(timeout_s=0.5), own_thread=False, transport="ws")
    opened._transport.limits.sleep = clock.sleep
    yield opened
    await opened.close()


def request():
    return SpotOrderRequest(symbol="BTCUSDT", side="BUY", order_type="LIMIT", quantity="0.01", price="60000")


async def test_a_clear_answer_is_returned_and_the_request_was_signed(exchange, ws, client):
    order = request()
    frame = await client.place_spot_order(order)
    assert frame["client_order_id"].tolist() == [order.new_client_order_id]
    (placed,) = ws.placed
    params = placed["params"]
    signature = params.pop("signature")
    assert signature == hmac_of("&".join(f"{name}={params[name]}" for name in sorted(params)))
    assert params["quantity"] == "0.01"
    assert ws.asked == []
    assert exchange.requests("POST", ORDER) == []


async def test_many_orders_share_one_connection(exchange, ws, client):
    for _ in range(5):
        await client.place_spot_order(request())
    assert len(exchange.sockets) == 1
    assert ws.book.count == 5


async def test_an_order_that_waits_for_a_rate_limit_when_its_client_is_closed_is_not_sent(ws, client, clock):
    async def close_meanwhile(delay_s):
        await clock.sleep(delay_s)
        await client.close()

    await client.place_spot_order(request())
    limits = client._transport.limits
    limits.sleep = close_meanwhile
    limits.paused_until_s = time.monotonic() + 5
    with pytest.raises(NetworkError, match="the client was closed meanwhile; the request was not sent") as failed:
        await client.place_spot_order(request())
    assert failed.value.sent is False
    assert len(ws.placed) == 1


async def test_an_order_whose_connection_is_being_opened_when_its_client_is_closed_is_not_sent(
    exchange, ws, client, monkeypatch
):
    real = WsApiConnection.open

    async def closed_meanwhile(connection):
        await real(connection)
        await client.close()

    monkeypatch.setattr(WsApiConnection, "open", closed_meanwhile)
    with pytest.raises(NetworkError, match="the client was closed meanwhile; the request was not sent"):
        await client.place_spot_order(request())
    assert ws.placed == []
    assert client._ws_requests._connection is None


@pytest.mark.parametrize("way", REFUSED)
async def test_a_clear_no_is_raised_and_nothing_is_asked(ws, client, way):
    ws.way, kind = REFUSED[way]
    ws.executed = False
    with pytest.raises(kind):
        await client.place_spot_order(request())
    assert len(ws.placed) == 1
    assert ws.asked == []


@pytest.mark.parametrize("way", UNKNOWN)
async def test_an_order_that_was_executed_is_found_and_returned(ws, client, way):
    ws.way = UNKNOWN[way]
    order = request()
    frame = await client.place_spot_order(order)
    assert frame["client_order_id"].tolist() == [order.new_client_order_id]
    assert len(ws.placed) == ws.book.count == 1


@pytest.mark.parametrize("way", UNKNOWN)
async def test_an_order_that_never_arrived_is_said_to_be_none(ws, client, way):
    ws.way, ws.executed = UNKNOWN[way], False
    with pytest.raises(OrderNotPlaced):
        await client.place_spot_order(request())
    assert len(ws.placed) == 1
    assert ws.book.count == 0


async def test_an_order_that_arrives_late_is_waited_for(ws, client):
    ws.way, ws.delay_s = drop, 12.0
    await client.place_spot_order(request())
    assert len(ws.placed) == ws.book.count == 1


async def test_nobody_there_is_a_network_error_and_no_order(exchange, ws, clock):
    config = BinanceConfig(
        environment="sandbox",
        sandbox_base_url=exchange.base_url,
        sandbox_ws_url=f"ws://127.0.0.1:{closed_port()}/ws-api/v3",
    )
    async with AsyncBinanceClient(config, own_thread=False, transport="ws") as client:
        with pytest.raises(NetworkError) as failed:
            await client.place_spot_order(request())
    assert failed.value.sent is False


async def test_the_connection_gone_for_good_is_asked_about_over_rest(exchange, ws, client):
    async def last_word(socket, request_):
        client._ws_requests._config = BinanceConfig(
            environment="sandbox",
            sandbox_base_url=exchange.base_url,
            sandbox_ws_url=f"ws://127.0.0.1:{closed_port()}/ws-api/v3",
        )
        await drop(socket, request_)

    ws.way = last_word
    order = request()
    frame = await client.place_spot_order(order)
    assert frame["client_order_id"].tolist() == [order.new_client_order_id]
    assert len(exchange.requests("GET", ORDER)) == 1
    assert len(ws.placed) == 1


def ed25519_credentials():
    pem = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Credentials(SecretStr(API_KEY), private_key_pem=SecretStr(pem.decode()))


async def test_an_ed25519_key_logs_on_once_and_then_signs_nothing_more(exchange, ws, client):
    client._credentials = ed25519_credentials
    await client.place_spot_order(request())
    await client.place_spot_order(request())
    assert len(ws.logons) == 1
    assert "signature" in ws.logons[0]["params"]
    for placed in ws.placed:
        assert not {"signature", "apiKey"} & set(placed["params"])


@pytest.mark.parametrize("way", ["dropped", "silence", "-1007"])
async def test_a_logon_that_gets_no_answer_is_no_doubt_about_the_order(exchange, ws, client, way):
    client._credentials = ed25519_credentials
    ws.logon = UNKNOWN[way]
    with pytest.raises(NetworkError) as failed:
        await client.place_spot_order(request())
    assert failed.value.sent is False
    assert ws.placed == ws.asked == []


async def test_a_logon_that_is_refused_is_raised_and_leaves_no_connection_open(exchange, ws, client):
    client._credentials = ed25519_credentials
    ws.logon = error(401, -2015, "Invalid API-key, IP, or permissions for action.")
    for _ in range(2):
        with pytest.raises(KeyRefused):
            await client.place_spot_order(request())
    assert all(held.ws.closed for held in exchange.sockets)
    assert ws.placed == []
