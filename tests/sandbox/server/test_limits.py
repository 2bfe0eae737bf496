"""Weights, raw requests, order counts, connections: what they cost, when they refuse, how long a ban lasts."""

import aiohttp
import pytest

from binance_nb.sandbox.server.errors import ApiError
from binance_nb.sandbox.server.limits import AddressLimits, LimitSettings
from binance_nb.sandbox.server.table import BY_NAME

MINUTE_US = 60_000_000
START_US = 1_700_000_040_000_000 - 1_700_000_040_000_000 % MINUTE_US

ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "100"}


@pytest.mark.parametrize(
    ("name", "sent", "weight"),
    [
        ("ping", {}, 1),
        ("exchangeInfo", {}, 20),
        ("depth", {}, 5),
        ("depth", {"limit": "500"}, 25),
        ("depth", {"limit": "1000"}, 50),
        ("depth", {"limit": "5000"}, 250),
        ("trades.recent", {}, 25),
        ("trades.aggregate", {}, 4),
        ("klines", {}, 2),
        ("ticker.24hr", {"symbol": "X"}, 2),
        ("ticker.24hr", {"symbols": ",".join("x" * 21)}, 40),
        ("ticker.24hr", {}, 80),
        ("ticker.price", {"symbol": "X"}, 2),
        ("ticker.price", {}, 4),
        ("ticker", {"symbols": '["A","B"]'}, 8),
        ("ticker", {"symbols": ",".join("x" * 90)}, 200),
        ("order.test", {}, 1),
        ("order.test", {"computeCommissionRates": "true"}, 20),
        ("order.status", {}, 4),
        ("openOrders.status", {"symbol": "X"}, 6),
        ("openOrders.status", {}, 80),
        ("allOrders", {}, 20),
        ("myTrades", {}, 20),
        ("myTrades", {"orderId": "1"}, 5),
        ("account.status", {}, 20),
        ("account.rateLimits.orders", {}, 40),
        ("myFilters", {}, 40),
        ("executionRules", {}, 40),
        ("executionRules", {"symbols": '["A","B"]'}, 4),
        ("userDataStream.subscribe.signature", {}, 2),
    ],
)
def test_what_a_request_weighs(name, sent, weight):
    assert BY_NAME[name].cost(sent) == weight


async def test_headers_tell_weight_and_order_counts(caller):
    first = await caller.get("exchangeInfo")
    assert (first.headers["X-MBX-USED-WEIGHT"], first.headers["X-MBX-USED-WEIGHT-1M"]) == ("20", "20")
    placed = await caller.order("BUY", "1", "100")
    assert placed.headers["X-MBX-USED-WEIGHT-1M"] == "20"
    assert (placed.headers["X-MBX-ORDER-COUNT-10S"], placed.headers["X-MBX-ORDER-COUNT-1D"]) == ("1", "1")


async def test_orders_cost_nothing_when_they_succeed_and_their_weight_when_they_fail(caller):
    placed = await caller.order("BUY", "1", "100")
    assert placed.headers["X-MBX-USED-WEIGHT-1M"] == "0"
    failed = await caller.order("BUY", "1", "100000000")
    assert failed.headers["X-MBX-USED-WEIGHT-1M"] == "1"
    order_id = placed.json["orderId"]
    amended = await caller.signed("PUT", "order/amend/keepPriority", symbol="BTCUSDT", orderId=order_id, newQty="0.5")
    assert amended.headers["X-MBX-USED-WEIGHT-1M"] == "5"  # an amendment that leaves the order open costs four
    cancelled = await caller.signed("DELETE", "order", symbol="BTCUSDT", orderId=order_id)
    assert cancelled.headers["X-MBX-USED-WEIGHT-1M"] == "5"


async def test_too_much_weight_is_refused_until_the_minute_is_over(caller):
    await caller.control("limits", weight=21)
    assert (await caller.get("exchangeInfo")).status == 200
    refused = await caller.get("exchangeInfo")
    assert refused.status == 429
    assert refused.json["code"] == -1003
    assert refused.json["msg"] == (
        "Too much request weight used; current limit is 21 request weight per 1 MINUTE. "
        "Please use WebSocket Streams for live updates to avoid polling the API."
    )
    wait_s = int(refused.headers["Retry-After"])
    assert 0 < wait_s <= 60
    await caller.control("step", ms=wait_s * 1_000)
    assert (await caller.get("exchangeInfo")).status == 200


async def test_raw_requests_are_counted_whatever_they_weigh(caller):
    await caller.control("limits", raw=2)
    for _ in range(2):
        await caller.get("ping")
    refused = await caller.get("ping")
    assert (refused.status, refused.json["code"]) == (429, -1003)


async def test_persistence_is_banned_and_says_until_when(caller):
    await caller.control("limits", weight=1, refusals_before_ban=2)
    await caller.get("ping")
    statuses = [(await caller.get("ping")).status for _ in range(4)]
    assert statuses == [429, 429, 418, 418]
    banned = await caller.get("ping")
    assert banned.headers["Retry-After"] == "120"
    until = caller.now_ms() + 120_000
    assert set(banned.json) == {"code", "msg"}
    assert banned.json["msg"] == (
        f"Way too much request weight used; IP banned until {until}. "
        "Please use WebSocket Streams for live updates to avoid bans."
    )
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await caller.ws_api()
    assert refused.value.status == 418
    await caller.control("step", ms=121_000)
    assert (await caller.get("ping")).status == 200


def test_bans_grow_from_two_minutes_to_three_days():
    limits = AddressLimits()
    now = START_US
    lengths = []
    for _ in range(7):
        until = limits.ban("a", now)
        lengths.append((until - now) // 1_000_000)
        now = until
    assert lengths == [120, 600, 3_600, 21_600, 86_400, 259_200, 259_200]


def test_a_ban_holds_for_one_address_only():
    limits = AddressLimits(LimitSettings())
    limits.ban("a", START_US)
    with pytest.raises(ApiError):
        limits.admit("a", 1, START_US + 1)
    limits.admit("b", 1, START_US + 1)


def test_refusals_of_an_earlier_minute_do_not_count_towards_a_ban():
    settings = LimitSettings().changed({"weight": 1, "refusals_before_ban": 2})
    limits = AddressLimits(settings)
    for minute in range(5):
        now = START_US + minute * MINUTE_US
        limits.admit("a", 1, now)
        for _ in range(2):
            with pytest.raises(ApiError) as refused:
                limits.admit("a", 1, now)
            assert refused.value.status == 429


async def test_a_websocket_answer_carries_when_to_retry(caller):
    ws = await caller.ws_api()
    await caller.control("limits", weight=3)
    assert (await ws.call("time"))["status"] == 200
    refused = await ws.call("time")
    assert (refused["status"], refused["error"]["code"]) == (429, -1003)
    data = refused["error"]["data"]
    assert data["serverTime"] == caller.now_ms()
    assert data["retryAfter"] > data["serverTime"]


async def test_a_ban_disconnects_a_websocket(caller):
    ws = await caller.ws_api()
    await caller.control("limits", weight=2, refusals_before_ban=0)
    banned = await ws.call("time")
    assert banned["status"] == 418
    assert (await ws.socket.receive(timeout=5)).type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}


async def test_too_many_unfilled_orders(make_caller):
    from binance_nb.sandbox.engine.specs import ExchangeSpec, OrderRateLimit

    caller = await make_caller(exchange_spec=ExchangeSpec(order_limits=(OrderRateLimit("SECOND", 10, 2),)))
    await caller.order("BUY", "1", "100")
    await caller.order("BUY", "1", "100")
    refused = await caller.order("BUY", "1", "100")
    assert refused.status == 429
    assert refused.json["code"] == -1015
    assert refused.json["msg"] == "Too many new orders; current limit is 2 orders per 10 SECOND."
    assert 0 < int(refused.headers["Retry-After"]) <= 10
    assert (await caller.signed("GET", "rateLimit/order")).json == [
        {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 2, "count": 2}
    ]
    await caller.control("step", ms=10_000)
    assert (await caller.order("BUY", "1", "100")).status == 200


async def test_too_many_connections(caller):
    await caller.control("limits", connections=2)
    await caller.ws_api()
    await caller.stream("/ws")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await caller.ws_api()
    assert refused.value.status == 429
    await caller.control("reset_limits")
    await caller.ws_api()


async def test_limits_can_be_lifted(caller):
    await caller.control("limits", weight=1, enabled=False)
    statuses = {(await caller.get("ping")).status for _ in range(30)}
    assert statuses == {200}
    assert (await caller.control("limits", colour=1)).json["error"] == "there is no limit called 'colour'"
