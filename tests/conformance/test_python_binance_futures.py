"""python-binance trades USD-M futures: sync and async REST, WebSocket API, private stream, market stream."""

import asyncio

import pytest
from binance import AsyncClient, BinanceSocketManager, Client
from binance.exceptions import BinanceAPIException

TIMEOUT_S = 20


@pytest.fixture(autouse=True)
def pointed(sandbox, monkeypatch):
    """Point every client at the sandbox."""
    for client in (Client, AsyncClient):
        monkeypatch.setattr(client, "API_URL", sandbox.rest_url + "/api")
        monkeypatch.setattr(client, "WS_API_URL", sandbox.ws_api_url)
        monkeypatch.setattr(client, "FUTURES_URL", sandbox.futures_rest_url + "/fapi")
        monkeypatch.setattr(client, "WS_FUTURES_URL", sandbox.futures_ws_api_url)
    monkeypatch.setattr(BinanceSocketManager, "FSTREAM_URL", sandbox.futures_stream_url + "/")


@pytest.fixture
def client(sandbox):
    made = Client(sandbox.api_key.get_secret_value(), sandbox.api_secret.get_secret_value())
    yield made
    made.close_connection()


def far_price(client, factor):
    return f"{float(client.futures_symbol_ticker(symbol='BTCUSDT')['price']) * factor:.1f}"


def test_market_data(client):
    assert client.futures_ping() == {}
    names = [row["symbol"] for row in client.futures_exchange_info()["symbols"]]
    assert "BTCUSDT" in names
    book = client.futures_order_book(symbol="BTCUSDT", limit=5)
    assert float(book["bids"][0][0]) < float(book["asks"][0][0])
    assert len(client.futures_klines(symbol="BTCUSDT", interval="1m", limit=10)) == 10
    assert float(client.futures_mark_price(symbol="BTCUSDT")["markPrice"]) > 0
    assert client.futures_ticker(symbol="BTCUSDT")["symbol"] == "BTCUSDT"
    assert client.futures_orderbook_ticker(symbol="BTCUSDT")["symbol"] == "BTCUSDT"


def test_a_trading_session(client):
    price = far_price(client, 0.97)
    placed = client.futures_create_order(
        symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01", price=price
    )
    assert placed["status"] == "NEW"
    assert client.futures_get_order(symbol="BTCUSDT", orderId=placed["orderId"])["status"] == "NEW"
    changed = client.futures_modify_order(
        symbol="BTCUSDT", side="BUY", orderId=placed["orderId"], quantity="0.02", price=price
    )
    assert changed["origQty"] == "0.020"
    assert [row["orderId"] for row in client.futures_get_open_orders(symbol="BTCUSDT")] == [placed["orderId"]]
    gone = client.futures_cancel_order(symbol="BTCUSDT", orderId=placed["orderId"])
    assert gone["status"] == "CANCELED"
    filled = client.futures_create_order(
        symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01", newOrderRespType="RESULT"
    )
    assert filled["status"] == "FILLED"
    trades = client.futures_account_trades(symbol="BTCUSDT")
    assert sum(float(row["qty"]) for row in trades) == pytest.approx(0.01)
    position = client.futures_position_information(symbol="BTCUSDT")[0]
    assert position["positionAmt"] == "0.010"
    assert float(client.futures_account()["totalWalletBalance"]) > 99_000
    assert client.futures_account_balance()[0]["asset"] == "USDT"
    assert client.futures_income_history(symbol="BTCUSDT")[0]["incomeType"] == "COMMISSION"
    assert client.futures_change_leverage(symbol="BTCUSDT", leverage=10)["leverage"] == 10
    assert len(client.futures_get_all_orders(symbol="BTCUSDT")) == 2


def test_a_batch(client):
    order = {
        "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01",
        "price": far_price(client, 0.97),
    }  # fmt: skip
    answers = client.futures_place_batch_order(batchOrders=[order, order | {"quantity": "0.00001"}])
    assert answers[0]["status"] == "NEW"
    assert answers[1]["code"] < 0
    done = client.futures_cancel_all_open_orders(symbol="BTCUSDT")
    assert str(done["code"]) == "200"
    assert client.futures_get_open_orders(symbol="BTCUSDT") == []


def test_a_conditional_order_goes_to_the_algo_service(client):
    stop = client.futures_create_order(
        symbol="BTCUSDT", side="SELL", type="STOP_MARKET", quantity="0.01", stopPrice=far_price(client, 0.9)
    )
    assert (stop["algoStatus"], stop["orderType"]) == ("NEW", "STOP_MARKET")
    gone = client.futures_cancel_algo_order(algoId=stop["algoId"])
    assert gone["code"] == "200"


def test_refusals_keep_their_code(client):
    with pytest.raises(BinanceAPIException) as refused:
        client.futures_get_order(symbol="BTCUSDT", orderId=1)
    assert refused.value.code == -2013


async def test_the_private_stream_and_the_websocket_api(sandbox):
    client = await AsyncClient.create(sandbox.api_key.get_secret_value(), sandbox.api_secret.get_secret_value())
    try:
        async with asyncio.timeout(TIMEOUT_S):
            stream = BinanceSocketManager(client).futures_user_socket()
            await stream.__aenter__()
            await client.futures_create_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01")
            seen = []
            while "ACCOUNT_UPDATE" not in seen or "ORDER_TRADE_UPDATE/FILLED" not in seen:
                event = await stream.recv()
                status = event["o"]["X"] if event["e"] == "ORDER_TRADE_UPDATE" else ""
                seen.append("/".join(filter(None, (event["e"], status))))
            assert seen[0] == "ORDER_TRADE_UPDATE/NEW"
            assert "TRADE_LITE" in seen
            placed = await client.ws_futures_create_order(
                symbol="BTCUSDT", side="SELL", type="MARKET", quantity="0.01", reduceOnly="true"
            )
            assert placed["status"] == "NEW"
            assert await client.futures_position_information(symbol="BTCUSDT") == []
    finally:
        await client.close_connection()


async def test_a_market_stream():
    client = await AsyncClient.create("", "")
    try:
        async with asyncio.timeout(TIMEOUT_S):
            stream = BinanceSocketManager(client).symbol_mark_price_socket("BTCUSDT")
            await stream.__aenter__()
            message = await stream.recv()
            assert message["data"]["e"] == "markPriceUpdate"
    finally:
        await client.close_connection()
