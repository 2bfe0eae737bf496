"""A futures caller: signs for the futures paths of an in-process exchange and hears its streams."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

PRICE = "50000"


@dataclass
class FuturesCaller:
    """Calls the futures hall of one server through the shared caller."""

    caller: Any

    @property
    def venue(self):
        return self.caller.venue

    @property
    def exchange(self):
        return self.venue.futures.exchange

    async def public(self, path: str, **params: Any):
        return await self.caller.send("GET", "/fapi/" + path, urlencode(params))

    async def signed(self, verb: str, path: str, **params: Any):
        key = {"X-MBX-APIKEY": self.caller.api_key}
        return await self.caller.send(verb, "/fapi/" + path, self.caller.signed_query(params), headers=key)

    async def in_body(self, verb: str, path: str, **params: Any):
        key = {"X-MBX-APIKEY": self.caller.api_key}
        return await self.caller.send(verb, "/fapi/" + path, body=self.caller.signed_query(params), headers=key)

    async def key_only(self, verb: str, path: str = "v1/listenKey", query: str = ""):
        return await self.caller.send(verb, "/fapi/" + path, query, headers={"X-MBX-APIKEY": self.caller.api_key})

    async def order(self, side: str, quantity: object, price: object = None, **more: Any):
        params: dict[str, Any] = {"symbol": "BTCUSDT", "side": side, "quantity": quantity, "type": "MARKET"}
        if price is not None:
            params |= {"type": "LIMIT", "timeInForce": "GTC", "price": price}
        return await self.signed("POST", "v1/order", **(params | more))

    async def algo(self, **params: Any):
        usual = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "quantity": "0.01"}
        return await self.signed("POST", "v1/algoOrder", **(usual | params))

    async def house(self, side: str, quantity: object, price: object = None):
        body = {"symbol": "BTCUSDT", "side": side, "quantity": str(quantity), "product": "futures"}
        if price is not None:
            body["price"] = str(price)
        answer = await self.caller.control("counter_order", **body)
        assert answer.status == 200, answer.text
        return answer.json

    async def listen_key(self) -> str:
        answer = await self.key_only("POST")
        assert answer.status == 200, answer.text
        return answer.json["listenKey"]

    async def stream(self, path: str):
        return await self.caller.stream("/fstream" + path)

    async def private(self, query: str = ""):
        """Return a routed private stream of the account."""
        return await self.stream(f"/private/ws?listenKey={await self.listen_key()}{query}")

    async def ws_api(self):
        return await self.caller.ws_api(url=self.caller.server.futures_ws_api_url)


async def until(stream, name):
    """Return the next event of a name, and the names of those before it."""
    before = []
    while True:
        event = await stream.next()
        if event["e"] == name:
            return event, before
        before.append(event["e"])


@pytest.fixture
def hear():
    """Return the function that waits for an event of a name."""
    return until


async def prepared(caller) -> FuturesCaller:
    """Return a futures caller on BTCUSDT at 50000, with a house that bids and asks there."""
    futures = FuturesCaller(caller)
    answer = await caller.control("mark_price", symbol="BTCUSDT", price=PRICE)
    assert answer.status == 200, answer.text
    await futures.house("BUY", "50", "49999")
    await futures.house("SELL", "50", "50001")
    return futures


@pytest.fixture
async def futures(caller) -> FuturesCaller:
    """Return a futures caller of an exchange with a stepped clock, without a market of its own."""
    return await prepared(caller)


@pytest.fixture
def make_futures(make_caller):
    """Return a function that starts an exchange with settings of its own."""

    async def make(**settings: Any) -> FuturesCaller:
        return await prepared(await make_caller(**settings))

    return make
