"""binance-sdk-spot, the exchange's own SDK, as its documentation uses it."""

import asyncio
import time

from binance_common.configuration import ConfigurationRestAPI, ConfigurationWebSocketAPI
from binance_sdk_spot.spot import Spot

from tests.bench.contenders.raw import naive_frame
from tests.bench.keys import KEY, SECRET


class Sync:
    """REST."""

    def open(self, rest, ws):
        """Open the client."""
        settings = ConfigurationRestAPI(api_key=KEY, api_secret=SECRET, base_path=rest, timeout=60_000, retries=0)
        self.api = Spot(config_rest_api=settings).rest_api

    def order(self):
        """Place one order."""
        return self.api.new_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity=0.01).data()

    def trades(self):
        """Read a thousand trades and make a frame of them as most notebooks do."""
        rows = self.api.my_trades(symbol="BTCUSDT", limit=1000).data()
        return naive_frame([row.to_dict() for row in rows])

    def close(self):
        """Let it be."""


class Socket:
    """The WebSocket API."""

    async def open(self, rest, ws):
        """Connect."""
        settings = ConfigurationWebSocketAPI(api_key=KEY, api_secret=SECRET, stream_url=ws + "/ws-api/v3")
        self.connection = await Spot(config_ws_api=settings).websocket_api.create_connection()

    async def order(self):
        """Place one order."""
        placed = await self.connection.order_place(symbol="BTCUSDT", side="BUY", type="MARKET", quantity=0.01)
        return placed.data()

    async def close(self):
        """Close."""
        await self.connection.close_connection(close_session=True)


class Stream:
    """The user data stream: received, decoded and parsed into its models."""

    async def receive(self, rest, ws, count):
        """Return how long it took from the first report to the last."""
        heard, over = 0, asyncio.Event()
        began = ended = (0.0, 0.0)

        def take(event):
            nonlocal heard, began, ended
            heard += 1
            if heard == 1:
                began = time.perf_counter(), time.process_time()
            elif heard == count:
                ended = time.perf_counter(), time.process_time()
                over.set()

        settings = ConfigurationWebSocketAPI(api_key=KEY, api_secret=SECRET, stream_url=ws + "/ws-api/v3")
        connection = await Spot(config_ws_api=settings).websocket_api.create_connection()
        subscribed = await connection.user_data_stream_subscribe_signature()
        subscribed.stream.on("message", take)
        await over.wait()
        await connection.close_connection(close_session=True)
        return ended[0] - began[0], ended[1] - began[1]
