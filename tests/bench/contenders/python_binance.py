"""python-binance, as its documentation uses it."""

import time

from binance import AsyncClient, BinanceSocketManager, Client

from tests.bench.contenders.raw import naive_frame
from tests.bench.keys import KEY, SECRET

ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}


def pointed(kind, rest, ws):
    """Return a class of theirs whose addresses are the bench's."""
    return type("Pointed", (kind,), {"API_URL": rest + "/api", "WS_API_URL": ws + "/ws-api/v3"})


class Rest:
    """AsyncClient."""

    async def open(self, rest, ws):
        """Open the client."""
        self.client = await pointed(AsyncClient, rest, ws).create(KEY, SECRET)

    async def order(self):
        """Place one order."""
        return await self.client.create_order(**ORDER)

    async def close(self):
        """Close the client."""
        await self.client.close_connection()


class Socket(Rest):
    """AsyncClient over the WebSocket API."""

    async def order(self):
        """Place one order."""
        return await self.client.ws_create_order(**ORDER)


class Sync:
    """Client."""

    def open(self, rest, ws):
        """Open the client."""
        self.client = pointed(Client, rest, ws)(KEY, SECRET)

    def order(self):
        """Place one order."""
        return self.client.create_order(**ORDER)

    def trades(self):
        """Read a thousand trades and make a frame of them as most notebooks do."""
        return naive_frame(self.client.get_my_trades(symbol="BTCUSDT", limit=1000))

    def close(self):
        """Close the client."""
        self.client.close_connection()


class Stream:
    """A socket of BinanceSocketManager: received and decoded, nothing kept."""

    async def receive(self, rest, ws, count):
        """Return how long it took from the first report to the last."""
        client = await pointed(AsyncClient, rest, ws).create(KEY, SECRET)
        manager = type("Pointed", (BinanceSocketManager,), {"STREAM_URL": ws + "/"})(client, max_queue_size=10 * count)
        async with manager.trade_socket("BTCUSDT") as socket:
            await socket.ws.send('{"id":1,"method":"bench.flood"}')
            await socket.recv()
            began, cpu = time.perf_counter(), time.process_time()
            for _ in range(count - 1):
                await socket.recv()
            took = time.perf_counter() - began, time.process_time() - cpu
        await client.close_connection()
        return took
