"""A scripted exchange on loopback for the client's tests: it answers as told, and remembers what it was sent."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import socket
import struct
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import WSMsgType, web
from pydantic import SecretStr

from binance_nb.config import BinanceConfig
from binance_nb.credentials import Credentials

API_KEY = "scriptedKeyScriptedKeyScriptedKeyScriptedKeyScriptedKeyScripted0"
API_SECRET = "scriptedSecretScriptedSecretScriptedSecretScriptedSecretScripted"
SERVER_TIME = 1_790_000_000_000


@dataclass
class Seen:
    """One HTTP request as it arrived."""

    method: str
    path: str
    query: str
    body: str
    headers: dict[str, str]
    connection: Any = field(repr=False)

    @property
    def params(self) -> dict[str, str]:
        """The parameters, decoded, wherever they came."""
        return dict(parse_qsl(self.query or self.body, keep_blank_values=True))

    @property
    def signed_text(self) -> str:
        """What the signature was made over."""
        return (self.query or self.body).rpartition("&signature=")[0]


Answer = Callable[[web.Request, Seen], Awaitable[web.StreamResponse]]


def answer(body: Any = None, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """Answer with JSON, or with the text given."""
    text = body if isinstance(body, str) else json.dumps({} if body is None else body)
    kind = "text/html" if isinstance(body, str) else "application/json"

    async def give(_request: web.Request, _seen: Seen) -> web.StreamResponse:
        return web.Response(text=text, status=status, content_type=kind, headers=headers)

    return give


def refuse(code: int, message: str, status: int = 400, **headers: str) -> Answer:
    """Answer with the exchange's error object."""
    return answer({"code": code, "msg": message}, status, headers)


async def drop(request: web.Request, _seen: Seen) -> web.StreamResponse:
    """Reset the connection instead of answering."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def half(body: Any) -> Answer:
    """Answer with the first half of a JSON body, then close."""
    whole = json.dumps(body).encode()

    async def give(request: web.Request, _seen: Seen) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(whole))})
        await response.prepare(request)
        await response.write(whole[: len(whole) // 2])
        assert request.transport is not None
        request.transport.close()
        return response

    return give


async def hang(request: web.Request, _seen: Seen) -> web.StreamResponse:
    """Never answer; end when the client has gone."""
    while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(0.01)
    return web.Response()


SocketScript = Callable[["Socket"], Awaitable[None]]


class Socket:
    """The server's end of one WebSocket API connection."""

    def __init__(self, request: web.Request, ws: web.WebSocketResponse) -> None:
        self._request = request
        self.address = request.path_qs
        self.ws = ws
        self.requests: list[dict[str, Any]] = []
        self.pongs: list[bytes] = []

    async def next_request(self) -> dict[str, Any]:
        """Wait for the client's next request, noting pongs that come before it."""
        while True:
            frame = await self.ws.receive()
            if frame.type is WSMsgType.TEXT:
                self.requests.append(json.loads(frame.data))
                return self.requests[-1]
            if frame.type is WSMsgType.PONG:
                self.pongs.append(bytes(frame.data))
            elif frame.type in {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}:
                raise ConnectionResetError

    async def accept(self, subscription_id: int = 0) -> dict[str, Any]:
        """Take the subscription and say yes."""
        request = await self.next_request()
        await self.send({"id": request["id"], "status": 200, "result": {"subscriptionId": subscription_id}})
        return request

    async def send(self, message: Any) -> None:
        """Send one JSON message, or a text as it is."""
        await self.ws.send_str(message if isinstance(message, str) else json.dumps(message))

    async def event(self, event: Any) -> None:
        """Send one event in its envelope."""
        await self.send({"subscriptionId": 0, "event": event})

    def send_at_once(self, *messages: Any) -> None:
        """Put several messages into one write, so that they arrive in one segment."""
        frames = b""
        for message in messages:
            data = json.dumps(message).encode()
            length = bytes([len(data)]) if len(data) < 126 else struct.pack("!BH", 126, len(data))
            frames += b"\x81" + length + data
        assert self._request.transport is not None
        self._request.transport.write(frames)

    async def stay(self) -> None:
        """Keep the connection open until the client leaves."""
        with contextlib.suppress(ConnectionResetError):
            while True:
                await self.next_request()


class ScriptedExchange:
    """REST and WebSocket API of an exchange that does what the test says."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.sockets: list[Socket] = []
        self.problems: list[str] = []
        self.time_answers: deque[Answer] = deque()
        self.server_time = SERVER_TIME
        self._answers: dict[tuple[str, str], deque[Answer]] = {}
        self._socket_scripts: deque[SocketScript] = deque()
        self._runner: web.AppRunner | None = None
        self.base_url = ""
        self.stream_paths: tuple[str, ...] = ()
        """Where else sockets are taken: such as the address of a listen key."""

    def on(self, method: str, path: str, *answers: Answer) -> None:
        """Answer requests of this kind in turn; the last answer repeats."""
        self._answers[method, path] = deque(answers)

    def on_socket(self, *scripts: SocketScript) -> None:
        """Run these with the connections in turn; the last one repeats."""
        self._socket_scripts = deque(scripts)

    def requests(self, method: str, path: str) -> list[Seen]:
        """The requests of one kind that came."""
        return [seen for seen in self.seen if (seen.method, seen.path) == (method, path)]

    @property
    def connections(self) -> int:
        """How many TCP connections carried the HTTP requests."""
        return len({seen.connection for seen in self.seen})

    async def start(self, **site: Any) -> None:
        """Listen on a free port of loopback."""
        app = web.Application()
        app.router.add_get("/ws-api/v3", self._socket)
        for path in self.stream_paths:
            app.router.add_get(path, self._socket)
        app.router.add_route("*", "/{path:.*}", self._http)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        listener = web.TCPSite(self._runner, "127.0.0.1", 0, **site)
        await listener.start()
        self.base_url = f"{'https' if site else 'http'}://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Stop listening and close what is open."""
        if self._runner is not None:
            for held in self.sockets:
                await held.ws.close()
            await self._runner.cleanup()
            self._runner = None

    def config(self, **settings: Any) -> BinanceConfig:
        """Settings of a client of this exchange."""
        return BinanceConfig(environment="sandbox", sandbox_base_url=self.base_url, **settings)

    async def _http(self, request: web.Request) -> web.StreamResponse:
        # The transport object itself is kept, because a reused id() would make two connections look like one.
        seen = Seen(
            request.method,
            request.path,
            request.rel_url.raw_query_string,
            await request.text(),
            dict(request.headers),
            request.transport,
        )
        self.seen.append(seen)
        if seen.path in {"/api/v3/time", "/fapi/v1/time"}:
            if self.time_answers:
                return await self.time_answers.popleft()(request, seen)
            return web.json_response({"serverTime": self.server_time})
        script = self._answers.get((seen.method, seen.path))
        if not script:
            self.problems.append(f"not in the script: {seen.method} {seen.path}")
            return web.json_response({"code": -1, "msg": "not in the script"}, status=404)
        give = script[0] if len(script) == 1 else script.popleft()
        return await give(request, seen)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        ws = web.WebSocketResponse(autoping=False)
        await ws.prepare(request)
        held = Socket(request, ws)
        self.sockets.append(held)
        script = self._socket_scripts[0] if len(self._socket_scripts) == 1 else self._socket_scripts.popleft()
        with contextlib.suppress(ConnectionError):
            await script(held)
        return ws


def credentials() -> Credentials:
    """The keys that the scripted exchange knows."""
    return Credentials(SecretStr(API_KEY), api_secret=SecretStr(API_SECRET))


def hmac_of(text: str) -> str:
    """The signature that the scripted exchange expects."""
    return hmac.new(API_SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()


def closed_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        return int(holder.getsockname()[1])


class FakeTime:
    """Stands in for `time` and `asyncio` in a module that measures and waits: sleeping moves the clock at once."""

    Lock = asyncio.Lock

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        """The time that passed in sleeps."""
        return self.now

    async def sleep(self, delay_s: float) -> None:
        """Let the time pass."""
        self.slept.append(delay_s)
        self.now += delay_s
        await asyncio.sleep(0)


async def eventually(holds: Callable[[], Any], timeout_s: float = 5.0) -> None:
    """Wait until something holds; fail the test if that takes too long."""
    try:
        async with asyncio.timeout(timeout_s):
            while not holds():  # noqa: ASYNC110 - what it waits for has no event
                await asyncio.sleep(0.002)
    except TimeoutError:
        raise AssertionError("it did not come about in time") from None


def execution_report(**changes: Any) -> dict[str, Any]:
    """An executionReport event with every field that is always there."""
    return {
        "e": "executionReport",
        "E": SERVER_TIME,
        "s": "BTCUSDT",
        "c": "nb-1",
        "S": "BUY",
        "o": "LIMIT",
        "f": "GTC",
        "q": "1.00000000",
        "p": "60000.00000000",
        "P": "0.00000000",
        "F": "0.00000000",
        "g": -1,
        "C": "",
        "x": "NEW",
        "X": "NEW",
        "r": "NONE",
        "i": 1,
        "l": "0.00000000",
        "z": "0.00000000",
        "L": "0.00000000",
        "n": "0",
        "N": None,
        "T": SERVER_TIME - 1,
        "t": -1,
        "I": 10,
        "w": True,
        "m": False,
        "M": False,
        "O": SERVER_TIME - 1,
        "Z": "0.00000000",
        "Y": "0.00000000",
        "Q": "0.00000000",
        "W": SERVER_TIME - 1,
        "V": "NONE",
        **changes,
    }


def full_answer() -> dict[str, Any]:
    """The answer to an order that sold at two prices."""
    return {
        "symbol": "BTCUSDT",
        "orderId": 28,
        "orderListId": -1,
        "clientOrderId": "nb-1",
        "transactTime": 1507725176595,
        "side": "SELL",
        "fills": [
            {
                "price": "4000.00000000",
                "qty": "1.00000000",
                "commission": "4.0",
                "commissionAsset": "USDT",
                "tradeId": 56,
            },
            {
                "price": "3999.00000000",
                "qty": "5.00000000",
                "commission": "19.9",
                "commissionAsset": "USDT",
                "tradeId": 57,
            },
        ],
    }


def trade_report(trade_id: int, **changes: Any) -> dict[str, Any]:
    """An executionReport of a fill of half a bitcoin."""
    return execution_report(
        **{
            "x": "TRADE",
            "X": "PARTIALLY_FILLED",
            "I": 100 + trade_id,
            "t": trade_id,
            "l": "0.50000000",
            "L": "60000.00000000",
            "Y": "30000.00000000",
            "n": "0.00050000",
            "N": "BTC",
            "z": "0.50000000",
            "Z": "30000.00000000",
            "T": SERVER_TIME + trade_id,
            **changes,
        }
    )


BTCUSDT_INFO: dict[str, Any] = {
    "symbol": "BTCUSDT",
    "status": "TRADING",
    "baseAsset": "BTC",
    "baseAssetPrecision": 8,
    "quoteAsset": "USDT",
    "quotePrecision": 8,
    "quoteAssetPrecision": 8,
    "orderTypes": [
        "LIMIT",
        "LIMIT_MAKER",
        "MARKET",
        "STOP_LOSS",
        "STOP_LOSS_LIMIT",
        "TAKE_PROFIT",
        "TAKE_PROFIT_LIMIT",
    ],
    "icebergAllowed": True,
    "ocoAllowed": True,
    "otoAllowed": True,
    "quoteOrderQtyMarketAllowed": True,
    "allowTrailingStop": True,
    "cancelReplaceAllowed": True,
    "pegInstructionsAllowed": True,
    "isSpotTradingAllowed": True,
    "filters": [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": "0.01000000",
            "maxPrice": "1000000.00000000",
            "tickSize": "0.01000000",
        },
        {"filterType": "LOT_SIZE", "minQty": "0.00001000", "maxQty": "9000.00000000", "stepSize": "0.00001000"},
        {"filterType": "ICEBERG_PARTS", "limit": 10},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0.00000000", "maxQty": "107.41217459", "stepSize": "0.00000000"},
        {
            "filterType": "TRAILING_DELTA",
            "minTrailingAboveDelta": 10,
            "maxTrailingAboveDelta": 2000,
            "minTrailingBelowDelta": 10,
            "maxTrailingBelowDelta": 1500,
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": "5.00000000",
            "applyMinToMarket": True,
            "maxNotional": "9000000.00000000",
            "applyMaxToMarket": False,
            "avgPriceMins": 5,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
    ],
}
"""One symbol of exchangeInfo, with the shape and the sizes of the real one."""


def exchange_info(*symbols: dict[str, Any]) -> dict[str, Any]:
    """An answer of exchangeInfo."""
    return {"timezone": "UTC", "serverTime": SERVER_TIME, "symbols": list(symbols or (BTCUSDT_INFO,))}
