"""ccxt trades a session: sync over REST, ccxt.pro with market and user streams."""

import asyncio

import ccxt
import ccxt.pro
import pytest

TIMEOUT_S = 20
OPTIONS = {
    "enableRateLimit": False,
    "options": {
        "defaultType": "spot",
        "fetchMarkets": {"types": ["spot"]},
        "fetchCurrencies": False,
        "fetchMargins": False,
    },
}


def pointed(exchange, sandbox):
    """Return the exchange with its addresses set to the sandbox's."""
    rest = sandbox.rest_url + "/api/v3"
    exchange.urls["api"]["public"] = exchange.urls["api"]["private"] = rest
    if "ws" in exchange.urls["api"]:
        exchange.urls["api"]["ws"]["ws-api"]["spot"] = sandbox.ws_api_url
        exchange.urls["api"]["ws"]["spot"] = sandbox.stream_url + "/ws"
    return exchange


def keys(sandbox):
    return {"apiKey": sandbox.api_key.get_secret_value(), "secret": sandbox.api_secret.get_secret_value()}


@pytest.fixture
def exchange(sandbox):
    return pointed(ccxt.binance(keys(sandbox) | OPTIONS), sandbox)


def test_market_data(exchange):
    markets = exchange.load_markets()
    assert markets["BTC/USDT"]["precision"]["price"] == 0.01
    ticker = exchange.fetch_ticker("BTC/USDT")
    assert ticker["bid"] < ticker["ask"]
    book = exchange.fetch_order_book("BTC/USDT", 5)
    assert len(book["bids"]) == 5
    assert len(exchange.fetch_ohlcv("BTC/USDT", "1m", limit=10)) == 10
    assert len(exchange.fetch_trades("BTC/USDT", limit=5)) == 5


def test_a_trading_session(exchange):
    exchange.load_markets()
    price = exchange.fetch_ticker("BTC/USDT")["last"] * 0.9
    placed = exchange.create_order("BTC/USDT", "limit", "buy", 0.01, price)
    assert placed["status"] == "open"
    assert exchange.fetch_order(placed["id"], "BTC/USDT")["status"] == "open"
    edited = exchange.edit_order(placed["id"], "BTC/USDT", "limit", "buy", 0.02, price)
    assert [row["id"] for row in exchange.fetch_open_orders("BTC/USDT")] == [edited["id"]]
    assert exchange.cancel_order(edited["id"], "BTC/USDT")["status"] == "canceled"
    filled = exchange.create_order("BTC/USDT", "market", "buy", 0.01)
    assert (filled["status"], filled["filled"]) == ("closed", 0.01)
    trades = exchange.fetch_my_trades("BTC/USDT")
    assert sum(row["amount"] for row in trades) == pytest.approx(0.01)
    assert exchange.fetch_balance()["BTC"]["total"] > 10
    stop = exchange.create_order(
        "BTC/USDT", "limit", "sell", 0.01, price * 0.99, {"stopLossPrice": price, "timeInForce": "GTC"}
    )
    assert exchange.cancel_all_orders("BTC/USDT")[0]["id"] == stop["id"]


def test_refusals_have_their_classes(exchange):
    exchange.load_markets()
    price = exchange.fetch_ticker("BTC/USDT")["last"]
    with pytest.raises(ccxt.InsufficientFunds):
        exchange.create_order("BTC/USDT", "limit", "buy", 50, price)
    with pytest.raises(ccxt.OrderNotFound):
        exchange.fetch_order("404", "BTC/USDT")


def test_a_wrong_secret_is_an_authentication_error(sandbox):
    wrong = pointed(ccxt.binance(keys(sandbox) | {"secret": "wrong"} | OPTIONS), sandbox)
    with pytest.raises(ccxt.AuthenticationError):
        wrong.fetch_balance()


async def test_streams(sandbox):
    exchange = pointed(ccxt.pro.binance(keys(sandbox) | OPTIONS), sandbox)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            book = await exchange.watch_order_book("BTC/USDT")
            assert book["bids"][0][0] < book["asks"][0][0]
            assert (await exchange.watch_trades("BTC/USDT"))[0]["price"] > 0
            orders = asyncio.create_task(exchange.watch_orders("BTC/USDT"))
            await asyncio.sleep(1)
            placed = await exchange.create_order("BTC/USDT", "limit", "buy", 0.01, book["bids"][0][0] * 0.9)
            seen = await orders
            assert seen[-1]["id"] == placed["id"]
            over_ws = await exchange.create_order_ws("BTC/USDT", "market", "buy", 0.01)
            assert over_ws["filled"] == 0.01
            gone = await exchange.cancel_order_ws(placed["id"], "BTC/USDT")
            assert gone["status"] == "canceled"
    finally:
        await exchange.close()
