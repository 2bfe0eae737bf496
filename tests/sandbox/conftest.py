"""Exchanges for tests: an in-process server on a loopback port, and callers that sign for themselves."""

import asyncio
import hashlib
import hmac
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import pytest

from binance_nb.sandbox.clock import ClockMode
from binance_nb.sandbox.server.app import SandboxServer
from binance_nb.sandbox.server.venue import MAIN_ACCOUNT, Venue, VenueSettings

API_KEY = "K" * 64
API_SECRET = "S" * 64
TIMEOUT_S = 30.0  # for a machine that does much else; nothing here takes a second by itself


@dataclass
class Answer:
    """One REST answer."""

    status: int
    json: Any
    headers: Any
    text: str


@dataclass
class Caller:
    """Calls one server; `api_key` and `secret` may be changed by a test."""

    server: SandboxServer
    http: aiohttp.ClientSession
    api_key: str = API_KEY
    secret: str = API_SECRET

    @property
    def venue(self) -> Venue:
        return self.server.venue

    def now_ms(self) -> int:
        return self.venue.clock.now_us() // 1_000

    def sign(self, payload: str) -> str:
        return hmac.new(self.secret.encode(), payload.encode(), hashlib.sha256).hexdigest()

    async def send(
        self, verb: str, path: str, query: str = "", body: str | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        url = self.server.rest_url + path + (f"?{query}" if query else "")
        from yarl import URL

        sent = {} if headers is None else dict(headers)
        if body is not None:
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        async with self.http.request(verb, URL(url, encoded=True), data=body, headers=sent) as answer:
            text = await answer.text()
            try:
                decoded = json.loads(text)
            except ValueError:
                decoded = None
            return Answer(answer.status, decoded, answer.headers, text)

    async def get(self, path: str, **params: Any) -> Answer:
        return await self.send("GET", "/api/v3/" + path, urlencode(params, quote_via=quote))

    def signed_query(self, params: dict[str, Any]) -> str:
        params = dict(params)
        params.setdefault("timestamp", self.now_ms())
        payload = urlencode(params, quote_via=quote)
        return f"{payload}&signature={self.sign(payload)}"

    async def signed(self, verb: str, path: str, headers: dict[str, str] | None = None, **params: Any) -> Answer:
        key = {"X-MBX-APIKEY": self.api_key} | (headers or {})
        return await self.send(verb, "/api/v3/" + path, self.signed_query(params), headers=key)

    async def order(self, side: str, quantity: object, price: object = None, **more: Any) -> Answer:
        params: dict[str, Any] = {"symbol": "BTCUSDT", "side": side, "quantity": quantity}
        if price is None:
            params["type"] = "MARKET"
        else:
            params |= {"type": "LIMIT", "timeInForce": "GTC", "price": price}
        return await self.signed("POST", "order", **(params | more))

    async def control(self, command: str, **body: Any) -> Answer:
        verb = "GET" if command == "state" else "POST"
        data = None if verb == "GET" else json.dumps(body)
        return await self.send(verb, "/sandbox/v1/" + command, body=data, headers={"Content-Type": "application/json"})

    async def house(self, side: str, quantity: object, price: object = None, symbol: str = "BTCUSDT") -> Answer:
        body = {"symbol": symbol, "side": side, "quantity": str(quantity)}
        if price is not None:
            body["price"] = str(price)
        answer = await self.control("counter_order", **body)
        assert answer.status == 200, answer.text
        return answer

    async def ws_api(self, query: str = "", url: str | None = None) -> "WsCaller":
        socket = await self.http.ws_connect((url or self.server.ws_api_url) + query, autoping=True)
        return WsCaller(self, socket)

    async def stream(self, path: str, **options: Any) -> "StreamCaller":
        return StreamCaller(await self.http.ws_connect(self.server.stream_url + path, **options))


@dataclass
class StreamCaller:
    """One market stream connection."""

    socket: aiohttp.ClientWebSocketResponse

    async def next(self) -> Any:
        return json.loads(await self.socket.receive_str(timeout=TIMEOUT_S))

    async def ask(self, **message: Any) -> Any:
        await self.socket.send_str(json.dumps(message))
        return await self.next()


@dataclass
class WsCaller:
    """One WebSocket API connection: answers by id, events in order."""

    caller: Caller
    socket: aiohttp.ClientWebSocketResponse
    events: list[Any] = field(default_factory=list)
    ids: Any = field(default_factory=itertools.count)

    async def raw(self, text: str) -> Any:
        await self.socket.send_str(text)
        return await self._answer()

    async def call(self, method: str, params: dict[str, Any] | None = None, *, signed: bool = False) -> Any:
        message: dict[str, Any] = {"id": next(self.ids), "method": method}
        if signed:
            params = self.sign(params or {})
        if params is not None:
            message["params"] = params
        return await self.raw(json.dumps(message, ensure_ascii=False))

    def sign(self, params: dict[str, Any]) -> dict[str, Any]:
        params = {"apiKey": self.caller.api_key, "timestamp": self.caller.now_ms()} | params
        payload = "&".join(f"{name}={params[name]}" for name in sorted(params))
        return params | {"signature": self.caller.sign(payload)}

    async def _answer(self) -> Any:
        while True:
            message = json.loads(await self.socket.receive_str(timeout=TIMEOUT_S))
            if "event" not in message:
                return message
            self.events.append(message)

    async def event(self) -> Any:
        if self.events:
            return self.events.pop(0)
        return json.loads(await self.socket.receive_str(timeout=TIMEOUT_S))

    async def subscribe(self) -> int:
        answer = await self.call("userDataStream.subscribe.signature", signed=True)
        assert answer["status"] == 200, answer
        return answer["result"]["subscriptionId"]


MakeCaller = Callable[..., Awaitable[Caller]]


@pytest.fixture
async def make_caller() -> AsyncIterator[MakeCaller]:
    """Return a function that starts an exchange (stepped clock, no market, unless told otherwise) and a caller."""
    stack: list[Any] = []

    async def make(**settings: Any) -> Caller:
        settings = {"clock": ClockMode.STEPPED, "market": False} | settings
        server = SandboxServer(Venue(VenueSettings(**settings)))
        server.venue.keys.add_hmac(MAIN_ACCOUNT, API_KEY, API_SECRET)
        await server.start()
        http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(TIMEOUT_S))
        stack.append((server, http))
        return Caller(server, http)

    yield make
    for server, http in reversed(stack):
        await asyncio.wait_for(http.close(), TIMEOUT_S)
        await asyncio.wait_for(server.stop(), TIMEOUT_S)


@pytest.fixture
async def caller(make_caller: MakeCaller) -> Caller:
    """Return a caller of an exchange with a stepped clock and empty books."""
    return await make_caller()
