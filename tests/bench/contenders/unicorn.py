"""unicorn-binance-websocket-api and unicorn-binance-rest-api, as their documentation uses them."""

import asyncio
import json
import time

from unicorn_binance_rest_api.manager import BinanceRestApiManager
from unicorn_binance_websocket_api.manager import BinanceWebSocketApiManager

from tests.bench.contenders.raw import naive_frame
from tests.bench.keys import KEY, SECRET


class Pointed(BinanceRestApiManager):
    """Theirs, without the calls to the real exchange that it begins with."""

    def ping(self):
        """Ask nobody."""
        return {}

    def get_server_time(self):
        """Ask nobody: the bench's clock is this machine's."""
        return {"serverTime": int(time.time() * 1000)}


class Sync:
    """unicorn-binance-rest-api."""

    def open(self, rest, ws):
        """Open the client."""
        self.client = Pointed(api_key=KEY, api_secret=SECRET, exchange="binance.com", warn_on_update=False)
        self.client.API_URL = rest + "/api"

    def order(self):
        """Place one order."""
        return self.client.create_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01")

    def trades(self):
        """Read a thousand trades and make a frame of them as most notebooks do."""
        return naive_frame(self.client.get_my_trades(symbol="BTCUSDT", limit=1000))

    def close(self):
        """Let it be."""
        self.client.stop_manager()


class Stream:
    """unicorn-binance-websocket-api with a callback: received and decoded, nothing parsed or kept."""

    async def receive(self, rest, ws, count):
        """Return how long it took from the first report to the last."""
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        heard = 0
        began = ended = (0.0, 0.0)

        def take(text):
            nonlocal heard, began, ended
            heard += "data" in json.loads(text)
            if heard == 1 and not began[0]:
                began = time.perf_counter(), time.process_time()
            elif heard == count and not ended[0]:
                ended = time.perf_counter(), time.process_time()
                loop.call_soon_threadsafe(over.set)

        manager = BinanceWebSocketApiManager(
            exchange="binance.com",
            websocket_base_uri=ws + "/",
            process_stream_data=take,
            warn_on_update=False,
            high_performance=True,
        )
        stream = manager.create_stream(["trade"], ["btcusdt"])
        await over.wait()
        manager.stop_stream(stream)
        await asyncio.to_thread(manager.stop_manager)
        return ended[0] - began[0], ended[1] - began[1]
