"""The official SDK trades a session: REST, WebSocket API with the user stream, market streams."""

import asyncio

import pytest
from binance_common.configuration import (
    ConfigurationRestAPI,
    ConfigurationWebSocketAPI,
    ConfigurationWebSocketStreams,
)
from binance_common.errors import BadRequestError
from binance_sdk_spot.spot import Spot
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

TIMEOUT_S = 20


@pytest.fixture
def spot(sandbox):
    key, secret = sandbox.api_key.get_secret_value(), sandbox.api_secret.get_secret_value()
    return Spot(
        config_rest_api=ConfigurationRestAPI(
            api_key=key, api_secret=secret, base_path=sandbox.rest_url, timeout=10_000, retries=0
        ),
        config_ws_api=ConfigurationWebSocketAPI(api_key=key, api_secret=secret, stream_url=sandbox.ws_api_url),
        config_ws_streams=ConfigurationWebSocketStreams(stream_url=sandbox.stream_url + "/stream"),
    )


def last_price(rest) -> float:
    return float(rest.ticker_price(symbol="BTCUSDT").data().actual_instance.price)


def test_market_data(spot):
    rest = spot.rest_api
    info = rest.exchange_info(symbol="BTCUSDT").data()
    assert info.symbols[0].base_asset == "BTC"
    book = rest.depth(symbol="BTCUSDT", limit=5).data()
    assert float(book.bids[0][0]) < float(book.asks[0][0])
    assert len(rest.klines(symbol="BTCUSDT", interval="1m", limit=10).data()) == 10
    assert len(rest.agg_trades(symbol="BTCUSDT", limit=5).data()) == 5


def test_a_trading_session(spot):
    rest = spot.rest_api
    price = round(last_price(rest) * 0.9, 2)
    placed = rest.new_order(
        symbol="BTCUSDT", side="BUY", type="LIMIT", time_in_force="GTC", quantity=0.01, price=price
    ).data()
    assert placed.status == "NEW"
    assert rest.get_order(symbol="BTCUSDT", order_id=placed.order_id).data().status == "NEW"
    amended = rest.order_amend_keep_priority(symbol="BTCUSDT", order_id=placed.order_id, new_qty=0.005).data()
    assert amended.amended_order.qty == "0.00500000"
    replaced = rest.order_cancel_replace(
        symbol="BTCUSDT", side="BUY", type="LIMIT", time_in_force="GTC", quantity=0.02, price=price,
        cancel_replace_mode="STOP_ON_FAILURE", cancel_order_id=placed.order_id,
    ).data()  # fmt: skip
    assert replaced.new_order_result == "SUCCESS"
    gone = rest.delete_order(symbol="BTCUSDT", order_id=replaced.new_order_response.order_id).data()
    assert gone.status == "CANCELED"
    filled = rest.new_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity=0.01).data()
    assert filled.status == "FILLED"
    trades = rest.my_trades(symbol="BTCUSDT", order_id=filled.order_id).data()
    assert sum(float(row.qty) for row in trades) == pytest.approx(0.01)
    account = rest.get_account(omit_zero_balances=True).data()
    assert any(row.asset == "BTC" for row in account.balances)
    listed = rest.order_list_oco(
        symbol="BTCUSDT", side="SELL", quantity=0.01, above_type="LIMIT_MAKER", above_price=round(price * 1.2, 2),
        below_type="STOP_LOSS", below_stop_price=price,
    ).data()  # fmt: skip
    assert listed.list_order_status == "EXECUTING"
    rest.delete_order_list(symbol="BTCUSDT", order_list_id=listed.order_list_id)


def test_refusals_keep_their_text(spot):
    with pytest.raises(BadRequestError) as refused:
        spot.rest_api.get_order(symbol="BTCUSDT", order_id=404)
    assert "Order does not exist." in str(refused.value)


async def test_the_websocket_api_and_the_user_stream(spot):
    seen: list = []
    heard = asyncio.Event()

    def on_message(message):
        seen.append(message)
        if "TRADE" in str(message):
            heard.set()

    connection = await spot.websocket_api.create_connection()
    try:
        async with asyncio.timeout(TIMEOUT_S):
            subscribed = await connection.user_data_stream_subscribe_signature()
            subscribed.stream.on("message", on_message)
            placed = await connection.order_place(symbol="BTCUSDT", side="BUY", type="MARKET", quantity=0.01)
            assert placed.data().result.status == "FILLED"
            await heard.wait()
            resting = await connection.order_place(
                symbol="BTCUSDT", side="BUY", type="LIMIT", time_in_force="GTC", quantity=0.01, price=50000.0
            )
            order_id = resting.data().result.order_id
            status = await connection.order_status(symbol="BTCUSDT", order_id=order_id)
            assert status.data().result.status == "NEW"
            await connection.order_cancel(symbol="BTCUSDT", order_id=order_id)
    finally:
        await connection.close_connection(close_session=True)
    assert seen


async def test_a_market_stream(spot):
    heard = asyncio.get_running_loop().create_future()
    connection = await spot.websocket_streams.create_connection()
    try:
        async with asyncio.timeout(TIMEOUT_S):
            stream = await connection.agg_trade(symbol="btcusdt")
            stream.on("message", lambda message: heard.done() or heard.set_result(message))
            assert (await heard).s == "BTCUSDT"
    finally:
        await connection.close_connection(close_session=True)


async def test_an_ed25519_key_logs_on_and_subscribes_without_signing(sandbox):
    private = Ed25519PrivateKey.generate()
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    made = sandbox.control.add_key(type="ED25519", public_key=pem)
    secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    config = ConfigurationWebSocketAPI(
        api_key=made["api_key"], private_key=secret, stream_url=sandbox.ws_api_url, timeout=10_000
    )
    connection = await Spot(config_ws_api=config).websocket_api.create_connection()
    try:
        async with asyncio.timeout(TIMEOUT_S):
            logged_on = await connection.session_logon()
            assert logged_on.data().result.api_key == made["api_key"]
            subscribed = await connection.user_data_stream_subscribe()
            heard = asyncio.get_running_loop().create_future()
            subscribed.stream.on("message", lambda message: heard.done() or heard.set_result(message))
            await connection.order_place(symbol="BTCUSDT", side="BUY", type="MARKET", quantity=0.01)
            assert (await heard).actual_instance.s == "BTCUSDT"
    finally:
        await connection.close_connection(close_session=True)
