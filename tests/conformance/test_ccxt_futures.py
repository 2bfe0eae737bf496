"""ccxt trades USD-M futures: sync over REST, ccxt.pro with routed market and private streams."""

import asyncio

import ccxt
import ccxt.pro
import pytest

TIMEOUT_S = 20
SYMBOL = "BTC/USDT:USDT"
OPTIONS = {
    "enableRateLimit": False,
    "options": {
        "defaultType": "swap",
        "fetchMarkets": {"types": ["linear"]},
        "fetchCurrencies": False,
        "fetchMargins": False,
    },
}


def pointed(exchange, sandbox):
    """Return the exchange with its futures addresses set to the sandbox's."""
    for suffix, version in (("", "v1"), ("V2", "v2"), ("V3", "v3")):
        base = f"{sandbox.futures_rest_url}/fapi/{version}"
        exchange.urls["api"]["fapiPublic" + suffix] = exchange.urls["api"]["fapiPrivate" + suffix] = base
    if "ws" in exchange.urls["api"]:
        exchange.urls["api"]["ws"]["ws-api"]["linear"] = sandbox.futures_ws_api_url
        exchange.urls["api"]["ws"]["linear"] = sandbox.futures_stream_url + "/ws"
    return exchange


def keys(sandbox):
    return {"apiKey": sandbox.api_key.get_secret_value(), "secret": sandbox.api_secret.get_secret_value()}


@pytest.fixture
def exchange(sandbox):
    made = pointed(ccxt.binance(keys(sandbox) | OPTIONS), sandbox)
    made.load_markets()
    return made


def test_market_data(exchange):
    market = exchange.market(SYMBOL)
    assert (market["linear"], market["precision"]["price"], market["limits"]["cost"]["min"]) == (True, 0.1, 50)
    assert exchange.fetch_ticker(SYMBOL)["last"] > 0
    book = exchange.fetch_order_book(SYMBOL, 5)
    assert book["bids"][0][0] < book["asks"][0][0]
    assert len(exchange.fetch_ohlcv(SYMBOL, "1m", limit=10)) == 10
    assert len(exchange.fetch_trades(SYMBOL, limit=5)) == 5
    assert exchange.fetch_funding_rate(SYMBOL)["markPrice"] > 0


def test_a_trading_session(exchange):
    price = exchange.fetch_ticker(SYMBOL)["last"] * 0.97
    placed = exchange.create_order(SYMBOL, "limit", "buy", 0.01, price)
    assert placed["status"] == "open"
    assert exchange.fetch_order(placed["id"], SYMBOL)["status"] == "open"
    edited = exchange.edit_order(placed["id"], SYMBOL, "limit", "buy", 0.02, price)
    assert [(row["id"], row["amount"]) for row in exchange.fetch_open_orders(SYMBOL)] == [(edited["id"], 0.02)]
    assert exchange.cancel_order(edited["id"], SYMBOL)["status"] == "canceled"
    filled = exchange.create_order(SYMBOL, "market", "buy", 0.01)
    assert (filled["status"], filled["filled"]) == ("closed", 0.01)
    assert exchange.fetch_order(filled["id"], SYMBOL)["average"] > 0
    trades = exchange.fetch_my_trades(SYMBOL)
    assert sum(row["amount"] for row in trades) == pytest.approx(0.01)
    position = exchange.fetch_positions([SYMBOL])[0]
    assert (position["side"], position["contracts"]) == ("long", 0.01)
    assert 99_000 < exchange.fetch_balance()["USDT"]["total"] < 101_000
    exchange.create_order(SYMBOL, "market", "sell", 0.01, None, {"reduceOnly": True})
    assert exchange.fetch_positions([SYMBOL]) == []


def test_a_conditional_order_lives_in_the_algo_service(exchange):
    price = exchange.fetch_ticker(SYMBOL)["last"] * 0.9
    stop = exchange.create_order(SYMBOL, "market", "sell", 0.01, None, {"stopLossPrice": price})
    assert exchange.fetch_open_orders(SYMBOL) == []
    assert [row["id"] for row in exchange.fetch_open_orders(SYMBOL, params={"trigger": True})] == [stop["id"]]
    exchange.cancel_order(stop["id"], SYMBOL, {"trigger": True})
    assert exchange.fetch_open_orders(SYMBOL, params={"trigger": True}) == []


def test_settings(exchange):
    exchange.set_leverage(10, SYMBOL)
    exchange.set_margin_mode("isolated", SYMBOL)
    found = exchange.fetch_leverages([SYMBOL])[SYMBOL]
    assert (found["longLeverage"], found["marginMode"]) == (10, "isolated")
    exchange.set_margin_mode("cross", SYMBOL)
    exchange.set_position_mode(True)
    assert exchange.fetch_position_mode(SYMBOL)["hedged"] is True
    exchange.set_position_mode(False)


def test_an_order_that_is_none(exchange):
    with pytest.raises(ccxt.OrderNotFound):
        exchange.fetch_order("404", SYMBOL)


async def test_streams(sandbox):
    exchange = pointed(ccxt.pro.binance(keys(sandbox) | OPTIONS), sandbox)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            book = await exchange.watch_order_book(SYMBOL)
            assert book["bids"][0][0] < book["asks"][0][0]
            assert (await exchange.watch_trades(SYMBOL))[0]["price"] > 0
            assert (await exchange.watch_ticker(SYMBOL))["last"] > 0
            orders = asyncio.create_task(exchange.watch_orders(SYMBOL))
            fills = asyncio.create_task(exchange.watch_my_trades(SYMBOL))
            await asyncio.sleep(1)
            placed = await exchange.create_order(SYMBOL, "market", "buy", 0.01)
            assert (await orders)[-1]["id"] == placed["id"]
            assert (await fills)[-1]["order"] == placed["id"]
            over_ws = await exchange.create_order_ws(SYMBOL, "limit", "buy", 0.01, book["bids"][0][0] * 0.97)
            assert (await exchange.cancel_order_ws(over_ws["id"], SYMBOL))["status"] == "canceled"
            assert (await exchange.fetch_positions_ws([SYMBOL]))[0]["contracts"] == 0.01
    finally:
        await exchange.close()
