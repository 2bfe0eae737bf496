"""python-binance trades a session: sync over REST and the WebSocket API, async with the user stream."""

import asyncio

import pytest
from binance import AsyncClient, BinanceSocketManager, Client
from binance.exceptions import BinanceAPIException

TIMEOUT_S = 20


@pytest.fixture
def client(sandbox, monkeypatch):
    monkeypatch.setattr(Client, "API_URL", sandbox.rest_url + "/api")
    monkeypatch.setattr(Client, "WS_API_URL", sandbox.ws_api_url)
    made = Client(sandbox.api_key.get_secret_value(), sandbox.api_secret.get_secret_value())
    yield made
    made.close_connection()


def far_price(client, factor):
    return f"{float(client.get_symbol_ticker(symbol='BTCUSDT')['price']) * factor:.2f}"


def test_market_data(client):
    assert client.get_symbol_info("BTCUSDT")["baseAsset"] == "BTC"
    book = client.get_order_book(symbol="BTCUSDT", limit=5)
    assert float(book["bids"][0][0]) < float(book["asks"][0][0])
    assert len(client.get_klines(symbol="BTCUSDT", interval=Client.KLINE_INTERVAL_1MINUTE, limit=10)) == 10
    assert len(client.get_recent_trades(symbol="BTCUSDT", limit=5)) == 5
    assert client.get_avg_price(symbol="BTCUSDT")["mins"] == 5
    assert client.get_ticker(symbol="BTCUSDT")["symbol"] == "BTCUSDT"


def test_a_trading_session(client):
    price = far_price(client, 0.9)
    assert client.create_test_order(
        symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01", price=price
    ) == {}  # fmt: skip
    placed = client.order_limit_buy(symbol="BTCUSDT", quantity="0.01", price=price)
    assert placed["status"] == "NEW"
    assert client.get_order(symbol="BTCUSDT", orderId=placed["orderId"])["status"] == "NEW"
    assert [row["orderId"] for row in client.get_open_orders(symbol="BTCUSDT")] == [placed["orderId"]]
    replaced = client.cancel_replace_order(
        symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.02", price=price,
        cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=placed["orderId"],
    )  # fmt: skip
    assert replaced["newOrderResult"] == "SUCCESS"
    gone = client.cancel_order(symbol="BTCUSDT", orderId=replaced["newOrderResponse"]["orderId"])
    assert gone["status"] == "CANCELED"
    filled = client.order_market_buy(symbol="BTCUSDT", quantity="0.01")
    assert filled["status"] == "FILLED"
    trades = client.get_my_trades(symbol="BTCUSDT", orderId=filled["orderId"])
    assert sum(float(row["qty"]) for row in trades) == pytest.approx(0.01)
    assert float(client.get_asset_balance("BTC")["free"]) > 10
    oco = client.create_oco_order(
        symbol="BTCUSDT", side="SELL", quantity="0.01", aboveType="LIMIT_MAKER", abovePrice=far_price(client, 1.05),
        belowType="STOP_LOSS", belowStopPrice=far_price(client, 0.95),
    )  # fmt: skip
    assert oco["listOrderStatus"] == "EXECUTING"
    assert len(client.get_all_orders(symbol="BTCUSDT")) == 5


def test_refusals_keep_their_code(client):
    with pytest.raises(BinanceAPIException) as refused:
        client.order_limit_buy(symbol="BTCUSDT", quantity="0.01", price="1e-05")
    assert refused.value.code == -1100
    with pytest.raises(BinanceAPIException) as refused:
        client.get_order(symbol="BTCUSDT", orderId=1)
    assert refused.value.code == -2013


async def test_the_websocket_api_and_the_user_stream(sandbox, monkeypatch):
    monkeypatch.setattr(AsyncClient, "API_URL", sandbox.rest_url + "/api")
    monkeypatch.setattr(AsyncClient, "WS_API_URL", sandbox.ws_api_url)
    monkeypatch.setattr(BinanceSocketManager, "STREAM_URL", sandbox.stream_url + "/")
    client = await AsyncClient.create(sandbox.api_key.get_secret_value(), sandbox.api_secret.get_secret_value())
    manager = BinanceSocketManager(client)
    stream = manager.user_socket()
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await stream.__aenter__()
            await client.order_market_buy(symbol="BTCUSDT", quantity="0.01")
            seen = []
            while "TRADE" not in seen:
                message = await stream.recv()
                event = message.get("event", message)
                if event["e"] == "executionReport":
                    seen.append(event["x"])
            assert seen[0] == "NEW"
            placed = await client.ws_create_order(
                symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01", price="50000.00"
            )
            assert placed["status"] == "NEW"
            gone = await client.ws_cancel_order(symbol="BTCUSDT", orderId=placed["orderId"])
            assert gone["status"] == "CANCELED"
    finally:
        await client.close_connection()


async def test_a_market_stream(sandbox, monkeypatch):
    monkeypatch.setattr(AsyncClient, "API_URL", sandbox.rest_url + "/api")
    monkeypatch.setattr(BinanceSocketManager, "STREAM_URL", sandbox.stream_url + "/")
    client = await AsyncClient.create("", "")
    try:
        async with asyncio.timeout(TIMEOUT_S):
            stream = BinanceSocketManager(client).depth_socket("BTCUSDT")
            await stream.__aenter__()
            message = await stream.recv()
            assert message["e"] == "depthUpdate"
    finally:
        await client.close_connection()
