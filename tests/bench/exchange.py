"""An exchange that answers at once, so that the client is what a benchmark measures; it checks and keeps nothing.

`python -m tests.bench.exchange` prints one line of JSON with its address and serves until its standard input ends.
HTTP and WebSocket are written by hand on asyncio's transports: a framework would be slower than the clients it serves.
"""

import asyncio
import base64
import functools
import hashlib
import itertools
import json
import struct
import sys
import time
from urllib.parse import parse_qs

from tests.scripted import BTCUSDT_INFO, trade_report

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
NOW = 1_790_000_000_000
TRADES = 100_000
PAGE = 1000
SYMBOLS = 3000
FLOOD_CHUNK = 500
"""Frames written at a time; between chunks the writer waits for the reader to keep up."""

orders = itertools.count(1)


def order_answer(name: str) -> bytes:
    """Return the FULL answer to an order of two fills, about a thousand bytes."""
    number = next(orders)
    return (
        f'{{"symbol":"BTCUSDT","orderId":{number},"orderListId":-1,"clientOrderId":"{name}","transactTime":{NOW},'
        '"price":"0.00000000","origQty":"0.01000000","executedQty":"0.01000000","origQuoteOrderQty":"0.00000000",'
        '"cummulativeQuoteQty":"600.00500000","status":"FILLED","timeInForce":"GTC","type":"MARKET","side":"BUY",'
        f'"workingTime":{NOW},"selfTradePreventionMode":"EXPIRE_MAKER","fills":['
        '{"price":"60000.00000000","qty":"0.00500000","commission":"0.00000500","commissionAsset":"BTC",'
        f'"tradeId":{2 * number}}},'
        '{"price":"60001.00000000","qty":"0.00500000","commission":"0.00000500","commissionAsset":"BTC",'
        f'"tradeId":{2 * number + 1}}}]}}'
    ).encode()


def trade(number: int) -> dict[str, object]:
    """Return one row of the account's trades, as the exchange sends it."""
    return {
        "symbol": "BTCUSDT", "id": number, "orderId": number // 3, "orderListId": -1,
        "price": f"{60000 + number % 997}.01000000", "qty": f"0.{number % 89 + 10:05d}000",
        "quoteQty": f"{number % 997}.12000000", "commission": f"0.{number % 997:08d}", "commissionAsset": "BNB",
        "time": NOW + 37 * number, "isBuyer": number % 2 == 0, "isMaker": number % 3 == 0, "isBestMatch": True,
    }  # fmt: skip


def symbols(count: int) -> list[dict[str, object]]:
    """Return so many symbols of exchangeInfo, each as large as the real ones: half of it is who may trade it."""
    groups = ["SPOT", "MARGIN", *(f"TRD_GRP_{number:03d}" for number in range(4, 94))]
    return [
        {**BTCUSDT_INFO, "symbol": f"A{n:04d}USDT", "baseAsset": f"A{n:04d}", "permissionSets": [groups]}
        for n in range(count)
    ]


def report_text(number: int) -> str:
    """Return an execution report of a fill as the exchange sends it: ten fills an order, at prices that move."""
    filled = number % 10 + 1
    changes = {"z": f"{filled / 20:.8f}", "l": "0.05000000", "L": f"{60000 + number % 997}.01000000"}
    event = trade_report(number, i=number // 10, I=2 * number, c=f"nb-{number // 10:020d}", **changes)
    return json.dumps(event, separators=(",", ":"))


def frame(text: str) -> bytes:
    """Return a text frame from the server: it carries no mask."""
    data = text.encode()
    if len(data) < 126:
        return struct.pack("!BB", 0x81, len(data)) + data
    if len(data) < 65536:
        return struct.pack("!BBH", 0x81, 126, len(data)) + data
    return struct.pack("!BBQ", 0x81, 127, len(data)) + data


@functools.cache
def page(number: int) -> bytes:
    """Return the page of a thousand trades that begins with so many thousands."""
    return json.dumps([trade(n) for n in range(number * PAGE, (number + 1) * PAGE)], separators=(",", ":")).encode()


@functools.cache
def info(count: int) -> bytes:
    """Return exchangeInfo of so many symbols besides BTCUSDT."""
    listed = [BTCUSDT_INFO, *symbols(count)]
    limits = [
        {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 100_000_000},
        {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 100_000_000},
        {"rateLimitType": "ORDERS", "interval": "DAY", "intervalNum": 1, "limit": 100_000_000},
        {"rateLimitType": "RAW_REQUESTS", "interval": "MINUTE", "intervalNum": 5, "limit": 100_000_000},
    ]
    whole = {"timezone": "UTC", "serverTime": NOW, "rateLimits": limits, "exchangeFilters": [], "symbols": listed}
    return json.dumps(whole, separators=(",", ":")).encode()


@functools.cache
def floods(wrap: str) -> list[bytes]:
    """Return 100,000 reports as frames, in chunks; `wrap` says where in a message the event stands."""
    before, after = {
        "ws_api": ('{"subscriptionId":0,"event":', "}"),
        "raw": ("", ""),
        "combined": ('{"stream":"btcusdt@trade","data":', "}"),
    }[wrap]
    made = [frame(before + report_text(number) + after) for number in range(1, TRADES + 1)]
    return [b"".join(made[at : at + FLOOD_CHUNK]) for at in range(0, len(made), FLOOD_CHUNK)]


class Server(asyncio.Protocol):
    """One connection: HTTP requests answered in order, or a WebSocket after its handshake."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self.transport = transport
        self.held = b""
        self.is_socket = False
        self.wrap = "ws_api"
        self.writable = asyncio.Event()
        self.writable.set()
        self.flooding: asyncio.Task[None] | None = None

    def pause_writing(self) -> None:
        """Wait: the reader is behind."""
        self.writable.clear()

    def resume_writing(self) -> None:
        """Go on."""
        self.writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop what still writes."""
        if self.flooding is not None:
            self.flooding.cancel()

    def data_received(self, data: bytes) -> None:
        """Answer every whole request or frame."""
        self.held = self.held + data if self.held else data
        while self.held and (self._frame() if self.is_socket else self._request()):
            pass

    def _request(self) -> bool:
        end = self.held.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = self.held[:end]
        lower = head.lower()
        at = lower.find(b"content-length:")
        length = int(lower[at + 15 : (lower.find(b"\r", at) if lower.find(b"\r", at) > 0 else None)]) if at >= 0 else 0
        if len(self.held) < end + 4 + length:
            return False
        body = self.held[end + 4 : end + 4 + length]
        self.held = self.held[end + 4 + length :]
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        path, _, query = target.partition("?")
        if b"upgrade: websocket" in lower:
            self._shake(head.decode(), path)
            return True
        answer = self._answer(method, path, query or body.decode())
        headers = (
            f"HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=UTF-8\r\nContent-Length: {len(answer)}\r\n"
            "X-MBX-USED-WEIGHT-1M: 1\r\nX-MBX-ORDER-COUNT-10S: 1\r\nX-MBX-ORDER-COUNT-1D: 1\r\n\r\n"
        )
        self.transport.write(headers.encode() + answer)
        return True

    def _answer(self, method: str, path: str, query: str) -> bytes:
        if path.endswith("/order") and method == "POST":
            at = query.find("newClientOrderId=")
            name = query[at + 17 :].partition("&")[0] if at >= 0 else "made-by-the-exchange"
            return order_answer(name)
        if path.endswith("/time"):
            # The clients' own clock, so that none of them thinks its own to be wrong.
            return b'{"serverTime":%d}' % (time.time() * 1000)
        if path.endswith("/exchangeInfo"):
            return info(SYMBOLS if path.startswith("/big") else 0)
        if path.endswith("/myTrades"):
            first = int(parse_qs(query).get("fromId", ["0"])[0])
            return page(first // PAGE) if first < TRADES else b"[]"
        if path.endswith(("/openOrders", "/allOrders")):
            return b"[]"
        return b"{}"

    # WebSocket

    def _shake(self, head: str, path: str) -> None:
        lines = [line.partition(":") for line in head.split("\r\n")]
        key = next(value.strip() for name, _, value in lines if name.lower() == "sec-websocket-key")
        accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        self.transport.write(
            (
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Accept: {accept}\r\n\r\n"
            ).encode()
        )
        self.is_socket = True
        self.wrap = "ws_api" if "ws-api" in path else "combined" if "stream" in path else "raw"

    def _frame(self) -> bool:
        held = self.held
        if len(held) < 6:
            return False
        length, at = held[1] & 0x7F, 2
        if length == 126:
            length, at = int.from_bytes(held[2:4], "big"), 4
        elif length == 127:
            length, at = int.from_bytes(held[2:10], "big"), 10
        if len(held) < at + 4 + length:
            return False
        mask = held[at : at + 4] * (length // 4 + 1)
        coded = held[at + 4 : at + 4 + length]
        self.held = held[at + 4 + length :]
        text = (int.from_bytes(coded, "big") ^ int.from_bytes(mask[:length], "big")).to_bytes(length, "big")
        kind = held[0] & 0x0F
        if kind == 8:
            self.transport.write(struct.pack("!BB", 0x88, len(text)) + text)
            self.transport.close()
        elif kind == 9:
            self.transport.write(struct.pack("!BB", 0x8A, len(text)) + text)
        elif kind == 1:
            self._message(json.loads(text))
        return True

    def _message(self, message: dict[str, object]) -> None:
        method, number = message.get("method"), json.dumps(message.get("id"))
        params = message.get("params") or {}
        if method == "order.place":
            result = order_answer(str(params.get("newClientOrderId", "x"))).decode()
        elif method == "bench.flood":
            self.flooding = asyncio.ensure_future(self._flood())
            return
        elif str(method).startswith("userDataStream.subscribe"):
            result = '{"subscriptionId":0}'
            self.transport.write(frame(f'{{"id":{number},"status":200,"result":{result},"rateLimits":[]}}'))
            self.flooding = asyncio.ensure_future(self._flood(0.3))
            return
        elif method == "SUBSCRIBE":
            self.transport.write(frame(f'{{"result":null,"id":{number}}}'))
            self.flooding = asyncio.ensure_future(self._flood(0.3))
            return
        elif method == "time":
            result = f'{{"serverTime":{int(time.time() * 1000)}}}'
        else:
            result = "{}"
        self.transport.write(frame(f'{{"id":{number},"status":200,"result":{result},"rateLimits":[]}}'))

    async def _flood(self, after_s: float = 0.0) -> None:
        """Send 100,000 reports as fast as they are read; the first a moment after the subscription is answered."""
        await asyncio.sleep(after_s)
        for chunk in floods(self.wrap):
            await self.writable.wait()
            self.transport.write(chunk)


async def serve() -> None:
    """Listen on a free port, say which, and end with the standard input."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Server, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(json.dumps({"rest": f"http://127.0.0.1:{port}", "ws": f"ws://127.0.0.1:{port}"}), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
