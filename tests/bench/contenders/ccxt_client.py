"""ccxt, as its documentation uses it: sync, async_support, pro."""

import asyncio
import time

import ccxt
import ccxt.async_support
import ccxt.pro

from tests.bench.contenders.raw import naive_frame
from tests.bench.keys import KEY, SECRET

SETTINGS = {
    "apiKey": KEY,
    "secret": SECRET,
    "enableRateLimit": False,
    "options": {
        "defaultType": "spot",
        "fetchMarkets": {"types": ["spot"]},
        "fetchCurrencies": False,
        "fetchMargins": False,
    },
}
ORDER = ("BTC/USDT", "market", "buy", 0.01)


def pointed(exchange, rest, ws):
    """Return an exchange of theirs whose addresses are the bench's."""
    exchange.urls["api"]["public"] = exchange.urls["api"]["private"] = rest + "/api/v3"
    if "ws" in exchange.urls["api"]:
        exchange.urls["api"]["ws"]["ws-api"]["spot"] = ws + "/ws-api/v3"
        exchange.urls["api"]["ws"]["spot"] = ws + "/ws"
    return exchange


class Rest:
    """ccxt.async_support."""

    module = ccxt.async_support

    async def open(self, rest, ws):
        """Open the client."""
        self.exchange = pointed(self.module.binance(SETTINGS), rest, ws)
        await self.exchange.load_markets()

    async def order(self):
        """Place one order."""
        return await self.exchange.create_order(*ORDER)

    async def close(self):
        """Close the client."""
        await self.exchange.close()


class Socket(Rest):
    """ccxt.pro."""

    module = ccxt.pro

    async def order(self):
        """Place one order."""
        return await self.exchange.create_order_ws(*ORDER)


class Sync:
    """ccxt."""

    def open(self, rest, ws):
        """Open the client."""
        self.exchange = pointed(ccxt.binance(SETTINGS), rest, ws)
        self.exchange.load_markets()

    def order(self):
        """Place one order."""
        return self.exchange.create_order(*ORDER)

    def trades(self):
        """Read a thousand trades and make a frame of them as most notebooks do."""
        return naive_frame([trade["info"] for trade in self.exchange.fetch_my_trades("BTC/USDT", limit=1000)])

    def close(self):
        """Let it be."""


class Stream:
    """ccxt.pro: received, decoded and parsed into its orders."""

    async def receive(self, rest, ws, count):
        """Return how long it took from the first report to the last."""
        heard, over = 0, asyncio.Event()
        began = ended = (0.0, 0.0)

        class Counting(ccxt.pro.binance):
            def handle_message(self, client, message):
                nonlocal heard, began, ended
                super().handle_message(client, message)
                heard += message.get("e") == "executionReport"
                if heard == 1 and not began[0]:
                    began = time.perf_counter(), time.process_time()
                elif heard == count and not ended[0]:
                    ended = time.perf_counter(), time.process_time()
                    over.set()

        exchange = pointed(Counting(SETTINGS), rest, ws)
        await exchange.load_markets()
        watching = asyncio.ensure_future(exchange.watch_trades("BTC/USDT"))  # opens a socket; reports come on it too
        await over.wait()
        watching.cancel()
        await exchange.close()
        return ended[0] - began[0], ended[1] - began[1]
