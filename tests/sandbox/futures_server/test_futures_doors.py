"""Limits, headers, faults, market data and the WebSocket API of futures; spot is untouched by them."""

import base64

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from binance_nb.sandbox.server.futures.table import FUTURES_TABLE

LIMIT = {
    "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "49000",
}  # fmt: skip
WEIGHTS = {
    ("GET", "/fapi/v1/depth"): 10,
    ("GET", "/fapi/v1/aggTrades"): 20,
    ("GET", "/fapi/v1/klines"): 5,
    ("GET", "/fapi/v1/premiumIndex"): 10,
    ("GET", "/fapi/v1/ticker/24hr"): 40,
    ("GET", "/fapi/v1/ticker/bookTicker"): 5,
    ("POST", "/fapi/v1/order"): 0,
    ("DELETE", "/fapi/v1/order"): 1,
    ("POST", "/fapi/v1/batchOrders"): 5,
    ("POST", "/fapi/v1/algoOrder"): 0,
    ("POST", "/fapi/v1/countdownCancelAll"): 10,
    ("GET", "/fapi/v1/openOrders"): 40,
    ("GET", "/fapi/v1/allOrders"): 5,
    ("GET", "/fapi/v1/userTrades"): 5,
    ("GET", "/fapi/v1/income"): 30,
    ("GET", "/fapi/v1/positionSide/dual"): 30,
    ("GET", "/fapi/v1/commissionRate"): 20,
    ("GET", "/fapi/v3/account"): 5,
    ("GET", "/fapi/v3/positionRisk"): 5,
    ("GET", "/fapi/v1/openAlgoOrders"): 40,
}


@pytest.mark.parametrize("route", WEIGHTS, ids=" ".join)
def test_weights_of_requests_without_parameters(route):
    assert FUTURES_TABLE.by_route[route].cost({}) == WEIGHTS[route]


async def test_the_rules_of_the_exchange(futures):
    info = (await futures.public("v1/exchangeInfo")).json
    assert info["rateLimits"][0] == {
        "rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 2_400,
    }  # fmt: skip
    symbol = next(row for row in info["symbols"] if row["symbol"] == "BTCUSDT")
    assert (symbol["contractType"], symbol["status"], symbol["marginAsset"]) == ("PERPETUAL", "TRADING", "USDT")
    filters = {row["filterType"]: row for row in symbol["filters"]}
    assert filters["MIN_NOTIONAL"] == {"filterType": "MIN_NOTIONAL", "notional": "50"}
    assert filters["MAX_NUM_ORDERS"] == {"filterType": "MAX_NUM_ORDERS", "limit": 200}


async def test_market_data(futures):
    await futures.order("BUY", "0.01")
    book = (await futures.public("v1/depth", symbol="BTCUSDT", limit=5)).json
    assert set(book) == {"lastUpdateId", "E", "T", "bids", "asks"}
    assert book["asks"][0] == ["50001.00", "49.990"]
    assert (await futures.public("v1/trades", symbol="BTCUSDT")).json[-1]["price"] == "50001.00"
    assert (await futures.public("v1/aggTrades", symbol="BTCUSDT")).json[-1]["nq"] == "0.010"
    assert (await futures.public("v1/klines", symbol="BTCUSDT", interval="1m")).json[-1][4] == "50001.00"
    assert (await futures.public("v1/ticker/price", symbol="BTCUSDT")).json["price"] == "50001.00"
    assert (await futures.public("v2/ticker/price", symbol="BTCUSDT")).json["price"] == "50001.00"
    top = (await futures.public("v1/ticker/bookTicker", symbol="BTCUSDT")).json
    assert (top["bidPrice"], top["askPrice"]) == ("49999.00", "50001.00")
    assert (await futures.public("v1/ticker/24hr", symbol="BTCUSDT")).json["lastPrice"] == "50001.00"
    assert (await futures.public("v1/premiumIndex", symbol="BTCUSDT")).json["markPrice"] == "50000.00000000"
    assert len((await futures.public("v1/premiumIndex")).json) == len(futures.exchange.symbols)
    assert (await futures.public("v1/depth", symbol="NONE")).json["code"] == -1121


async def test_aggregate_trades_of_less_than_an_hour_are_told_at_once(futures):
    await futures.order("BUY", "0.01")
    at = (await futures.public("v1/aggTrades", symbol="BTCUSDT")).json[-1]["T"]
    hour = {"symbol": "BTCUSDT", "startTime": at, "endTime": at + 3_600_000}
    refused = await futures.public("v1/aggTrades", **hour)
    assert refused.json == {"code": -1127, "msg": "More than 1 hours between startTime and endTime."}
    told = (await futures.public("v1/aggTrades", **hour | {"endTime": at + 3_599_999})).json
    assert [each["T"] for each in told] == [at]


async def test_futures_have_no_candles_of_a_second(futures):
    refused = await futures.public("v1/klines", symbol="BTCUSDT", interval="1s")
    assert refused.json == {"code": -1120, "msg": "Invalid interval."}


async def test_orders_cost_no_weight_but_are_counted(futures):
    placed = await futures.signed("POST", "v1/order", **LIMIT)
    assert placed.headers["X-MBX-USED-WEIGHT-1M"] == "0"
    assert placed.headers["X-MBX-ORDER-COUNT-10S"] == "1"
    batch = await futures.signed("POST", "v1/batchOrders", batchOrders="[{}]")
    assert batch.headers["X-MBX-USED-WEIGHT-1M"] == "5"
    assert (batch.headers["X-MBX-ORDER-COUNT-10S"], batch.headers["X-MBX-ORDER-COUNT-1M"]) == ("6", "2")


async def test_too_many_orders_in_ten_seconds(futures):
    for _ in range(60):
        await futures.signed("POST", "v1/batchOrders", batchOrders="[{}]")
    refused = await futures.signed("POST", "v1/order", **LIMIT)
    assert (refused.status, refused.json["code"]) == (429, -1015)
    futures.venue.step(10_000)
    assert (await futures.signed("POST", "v1/order", **LIMIT)).status == 200


async def test_weight_is_counted_apart_from_spot(futures):
    await futures.caller.control("limits", product="futures", weight=50, refusals_before_ban=1)
    assert (await futures.public("v1/ticker/24hr")).status == 200
    refused = await futures.public("v1/ticker/24hr")
    assert (refused.status, refused.json["code"]) == (429, -1003)
    banned = await futures.public("v1/ticker/24hr")
    assert banned.status == 418
    assert (await futures.caller.get("time")).status == 200
    await futures.caller.control("reset_limits")
    assert (await futures.public("v1/ping")).json == {}


@pytest.mark.parametrize(
    ("method", "is_hit"), [("order.place", True), ("futures:order.place", True), ("spot:order.place", False)]
)
async def test_a_fault_may_name_its_product(futures, method, is_hit):
    await futures.caller.control("fault", kind="drop_after", method=method)
    if is_hit:
        with pytest.raises(aiohttp.ClientConnectionError):
            await futures.signed("POST", "v1/order", **LIMIT)
    else:
        assert (await futures.signed("POST", "v1/order", **LIMIT)).status == 200
    assert len((await futures.signed("GET", "v1/openOrders")).json) == 1


@pytest.mark.parametrize(
    ("kind", "executed", "code", "text"),
    [
        ("unknown_503", True, -1000, "Unknown error, please check your request or try again later."),
        ("unavailable_503", False, -1000, "Service Unavailable."),
        ("busy_503", False, -1008, "Server is currently overloaded"),
    ],
)
async def test_three_meanings_of_503(futures, kind, executed, code, text):
    await futures.caller.control("fault", kind=kind, method="futures:order.place")
    answer = await futures.signed("POST", "v1/order", **LIMIT)
    assert (answer.status, answer.json["code"]) == (503, code)
    assert answer.json["msg"].startswith(text)
    assert len((await futures.signed("GET", "v1/openOrders")).json) == int(executed)


async def test_maintenance_closes_futures_too(futures):
    await futures.caller.control("maintenance", on=True)
    assert (await futures.public("v1/ping")).status == 503
    await futures.caller.control("maintenance", on=False)
    assert (await futures.public("v1/ping")).status == 200


async def test_a_path_that_is_none(futures):
    assert (await futures.public("v1/nothing")).status == 404
    assert (await futures.key_only("GET", "v1/listenKey")).status == 405


async def test_an_order_lives_its_life_over_the_websocket_api(futures):
    ws = await futures.ws_api()
    placed = await ws.call("order.place", LIMIT, signed=True)
    assert placed["status"] == 200
    assert [row["rateLimitType"] for row in placed["rateLimits"]] == ["ORDERS", "ORDERS", "REQUEST_WEIGHT"]
    order_id = placed["result"]["orderId"]
    change = {"symbol": "BTCUSDT", "side": "BUY", "orderId": order_id, "quantity": "0.02", "price": "48000"}
    assert (await ws.call("order.modify", change, signed=True))["result"]["price"] == "48000.00"
    named = {"symbol": "BTCUSDT", "orderId": order_id}
    assert (await ws.call("order.status", named, signed=True))["result"]["avgPrice"] == "0.00000"
    assert (await ws.call("order.cancel", named, signed=True))["result"]["status"] == "CANCELED"


async def test_account_and_market_over_the_websocket_api(futures):
    ws = await futures.ws_api()
    await futures.order("BUY", "0.02")
    assert "totalWalletBalance" in (await ws.call("v2/account.status", signed=True))["result"]
    assert (await ws.call("v2/account.balance", signed=True))["result"][0]["asset"] == "USDT"
    assert (await ws.call("v2/account.position", signed=True))["result"][0]["positionAmt"] == "0.020"
    assert (await ws.call("account.position", signed=True))["result"][0]["leverage"] == "20"
    assert (await ws.call("depth", {"symbol": "BTCUSDT"}))["result"]["bids"][0][0] == "49999.00"
    assert (await ws.call("ticker.price", {"symbol": "BTCUSDT"}))["result"]["price"] == "50001.00"
    assert (await ws.call("ticker.book", {"symbol": "BTCUSDT"}))["result"]["askPrice"] == "50001.00"
    assert (await ws.call("ping"))["result"] == {}
    assert (await ws.call("klines", {"symbol": "BTCUSDT"}))["error"]["code"] == -1102


async def test_listen_keys_over_the_websocket_api(futures):
    ws = await futures.ws_api()
    key = {"apiKey": futures.caller.api_key}
    made = (await ws.call("userDataStream.start", key))["result"]["listenKey"]
    assert made == await futures.listen_key()
    assert (await ws.call("userDataStream.ping", key))["result"] == {"listenKey": made}
    assert (await ws.call("userDataStream.stop", key))["result"] == {}
    assert (await ws.call("userDataStream.ping", key))["error"]["code"] == -1125


async def test_logging_on_takes_an_ed25519_key(futures):
    ws = await futures.ws_api()
    assert (await ws.call("session.logon", signed=True))["error"]["code"] == -4056
    private = Ed25519PrivateKey.generate()
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    key = futures.venue.keys.add_public("main", pem)
    ws.caller.api_key = key.api_key
    params = {"apiKey": key.api_key, "timestamp": ws.caller.now_ms()}
    payload = "&".join(f"{name}={params[name]}" for name in sorted(params))
    params["signature"] = base64.b64encode(private.sign(payload.encode())).decode()
    answer = await ws.call("session.logon", params)
    assert set(answer["result"]) == {"apiKey", "authorizedSince", "connectedSince", "returnRateLimits", "serverTime"}
    placed = await ws.call("order.place", LIMIT | {"timestamp": ws.caller.now_ms()})
    assert placed["result"]["status"] == "NEW"


async def test_the_state_shows_both_halls(futures):
    state = (await futures.caller.control("state")).json
    assert state["futures"]["streams"] == "routed"
    assert state["futures"]["symbols"]["BTCUSDT"]["mark_price"].startswith("50000")
    assert "BTCUSDT" in state["symbols"]


async def test_the_market_runs_on_both_sides_of_one_clock(make_caller):
    caller = await make_caller(market=True, symbols=("BTCUSDT",))
    await caller.send("GET", "/fapi/v1/premiumIndex", "symbol=BTCUSDT")
    before = caller.venue.futures.exchange.recent_trades("BTCUSDT", 1)[0].trade_id
    await caller.control("run_market", steps=20)
    assert caller.venue.futures.exchange.recent_trades("BTCUSDT", 1)[0].trade_id > before
