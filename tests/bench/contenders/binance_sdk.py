"""binance-sdk-spot, the exchange's own SDK, as its documentation uses it."""

from binance_common.configuration import ConfigurationRestAPI, ConfigurationWebSocketAPI
from binance_sdk_spot.spot import Spot

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
        """Read a thousand trades."""
        return self.api.my_trades(symbol="BTCUSDT", limit=1000).data()

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
