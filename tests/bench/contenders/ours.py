"""This package, as its users call it."""

import asyncio
import itertools
import os
import time

from binance_nb import AsyncBinanceClient, BinanceClient, BinanceConfig
from tests.bench.exchange import TRADES
from tests.bench.keys import KEY, SECRET

os.environ["BINANCE_SANDBOX_API_KEY"] = KEY
os.environ["BINANCE_SANDBOX_API_SECRET"] = SECRET


def config(rest, ws):
    """Return settings for the bench's exchange."""
    return BinanceConfig(environment="sandbox", sandbox_base_url=rest, sandbox_ws_url=ws + "/ws-api/v3", timeout_s=60)


class Rest:
    """`await client.place_market_order(..., raw=True)`: the same JSON that the others return."""

    transport = "rest"
    raw = True

    async def open(self, rest, ws):
        """Open the client."""
        self.client = AsyncBinanceClient(config(rest, ws), own_thread=False, transport=self.transport)

    async def order(self):
        """Place one order."""
        return await self.client.place_market_order("BTCUSDT", "BUY", "0.01", raw=self.raw)

    async def close(self):
        """Close the client."""
        await self.client.close()


class RestFrame(Rest):
    """The same with its DataFrame."""

    raw = False


class Socket(Rest):
    """Over the WebSocket API."""

    transport = "ws"


class SocketFrame(Socket):
    """Over the WebSocket API, with its DataFrame."""

    raw = False


class Sync:
    """From a cell, with its DataFrame: what a user gets who asks for nothing else."""

    raw = False

    def open(self, rest, ws):
        """Open the client."""
        self.client = BinanceClient(config(rest, ws))

    def order(self):
        """Place one order."""
        return self.client.place_market_order("BTCUSDT", "BUY", "0.01", raw=self.raw)

    def trades(self):
        """Read a thousand trades."""
        return self.client.get_my_trades("BTCUSDT", limit=1000)

    def all_trades(self):
        """Read the whole history, a hundred pages of a thousand."""
        assert len(self.client.get_my_trades("BTCUSDT", start_time=0)) == TRADES

    def close(self):
        """Close the client."""
        self.client.close()


class SyncRaw(Sync):
    """From a cell, as JSON."""

    raw = True


class Stream:
    """Received, decoded, de-duplicated, stored, and counted by a subscriber."""

    def client(self, rest, ws):
        """Return a client, and who is to listen to it."""
        client = AsyncBinanceClient(config(rest, ws), own_thread=False)
        return client, client

    def listen(self, face):
        """Let somebody listen; return what ends that."""
        return lambda: None

    async def receive(self, rest, ws, count):
        """Return how long it took from the first report to the last."""
        client, face = self.client(rest, ws)
        await client.start_stream()
        end = self.listen(face)
        status = client.stream.status
        while not status.reports:  # noqa: ASYNC110 - an event would be one more callback a report
            await asyncio.sleep(0)
        first, began, cpu = status.reports, time.perf_counter(), time.process_time()
        while status.reports < count:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        took = time.perf_counter() - began, time.process_time() - cpu
        assert len(client.fills()) >= count
        end()
        await client.close()
        share = (count - 1) / (status.reports - first)
        return took[0] * share, took[1] * share


class StreamTold(Stream):
    """The same, each report told to a subscriber."""

    def listen(self, face):
        """Count what is told."""
        heard = itertools.count()
        return face.subscribe(lambda report: next(heard)).close


class StreamTable(Stream):
    """The same with a FillsTable that a page is looking at."""

    def client(self, rest, ws):
        """Return a client for cells, as a table wants it: its network is on a thread of its own."""
        face = BinanceClient(config(rest, ws))
        return face.asynchronous, face

    def listen(self, face):
        """Show a table."""
        from binance_nb.widgets import FillsTable
        from tests.bench.page import looked_at

        return looked_at(FillsTable(face, start_stream=False)).close
