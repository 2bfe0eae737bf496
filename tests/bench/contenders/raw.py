"""The bound: the least code that places an order or reads a stream with the same libraries, and nothing else."""

import asyncio
import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

import aiohttp
import msgspec
import pandas as pd

from tests.bench.keys import KEY, SECRET

try:
    from orjson import dumps, loads
except ImportError:  # it comes with the peers; msgspec is as fast
    dumps, loads = msgspec.json.encode, msgspec.json.decode

ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01", "newOrderRespType": "FULL"}


def signed(params):
    """Return parameters as text with their signature."""
    text = urlencode({**params, "recvWindow": 5000, "timestamp": int(time.time() * 1000)})
    return f"{text}&signature={hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()}"


class Rest:
    """aiohttp and orjson."""

    async def open(self, rest, ws):
        """Open the session."""
        self.url = rest + "/api/v3/order"
        self.session = aiohttp.ClientSession(headers={"X-MBX-APIKEY": KEY})
        self.number = 0

    async def order(self):
        """Place one order."""
        self.number += 1
        body = signed({**ORDER, "newClientOrderId": f"raw-{self.number}"})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        async with self.session.post(self.url, data=body, headers=headers) as answer:
            return loads(await answer.read())

    async def close(self):
        """Close the session."""
        await self.session.close()


class Sync:
    """requests and json: the least that blocks."""

    def open(self, rest, ws):
        """Open the session."""
        import requests

        self.url = rest + "/api/v3/order"
        self.session = requests.Session()
        self.session.headers["X-MBX-APIKEY"] = KEY

    def order(self):
        """Place one order."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.session.post(self.url, data=signed(ORDER), headers=headers).json()

    def trades(self):
        """Read a thousand trades and make a frame of them as most notebooks do."""
        url = f"{self.url.removesuffix('order')}myTrades?{signed({'symbol': 'BTCUSDT', 'limit': 1000})}"
        return naive_trades(self.session.get(url).content)

    def close(self):
        """Close the session."""
        self.session.close()


class Socket:
    """aiohttp's WebSocket; one request at a time is waited for by its id."""

    async def open(self, rest, ws):
        """Connect."""
        self.session = aiohttp.ClientSession()
        self.ws = await self.session.ws_connect(ws + "/ws-api/v3")
        self.number = 0
        self.waiting = {}
        self.reader = asyncio.create_task(self.read())

    async def read(self):
        """Hand answers to who waits."""
        async for message in self.ws:
            answer = loads(message.data)
            self.waiting.pop(answer["id"]).set_result(answer["result"])

    async def order(self):
        """Place one order."""
        self.number += 1
        params = {
            **ORDER,
            "newClientOrderId": f"raw-{self.number}",
            "apiKey": KEY,
            "timestamp": int(time.time() * 1000),
        }
        text = "&".join(f"{name}={params[name]}" for name in sorted(params))
        params["signature"] = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
        answer = self.waiting[self.number] = asyncio.get_running_loop().create_future()
        await self.ws.send_str(dumps({"id": self.number, "method": "order.place", "params": params}).decode())
        return await answer

    async def close(self):
        """Close."""
        self.reader.cancel()
        await self.ws.close()
        await self.session.close()


class Report(msgspec.Struct):
    """The fields of a report that a ledger needs."""

    s: str
    i: int
    x: str
    X: str
    t: int
    l: str  # noqa: E741  (the exchange's name)
    L: str
    z: str
    n: str
    T: int


class Message(msgspec.Struct):
    """A report in its envelope."""

    event: Report | None = None


class Stream:
    """aiohttp's WebSocket and msgspec: decoded and counted, nothing kept."""

    async def receive(self, rest, ws, count):
        """Return how long it took from the first report to the last."""
        decode = msgspec.json.Decoder(Message).decode
        async with aiohttp.ClientSession() as session, session.ws_connect(ws + "/ws-api/v3") as socket:
            await socket.send_str('{"id":1,"method":"bench.flood"}')
            await socket.receive()
            began, cpu = time.perf_counter(), time.process_time()
            for _ in range(count - 1):
                decode((await socket.receive()).data)
            return time.perf_counter() - began, time.process_time() - cpu


NUMBERS = ["price", "qty", "quoteQty", "commission"]


def naive_frame(rows):
    """Return rows of trades as most notebooks make a frame of them: dicts, astype."""
    frame = pd.DataFrame(rows)
    frame = frame.astype(dict.fromkeys(NUMBERS, "float64"))
    frame["time"] = pd.to_datetime(frame["time"], unit="ms", utc=True)
    return frame


def naive_trades(content):
    """Return trades from JSON the same way."""
    return naive_frame(json.loads(content))
