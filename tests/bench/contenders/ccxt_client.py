"""ccxt, as its documentation uses it: sync, async_support, pro."""

import ccxt
import ccxt.async_support
import ccxt.pro

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
        """Read a thousand trades."""
        return self.exchange.fetch_my_trades("BTC/USDT", limit=1000)

    def close(self):
        """Let it be."""
