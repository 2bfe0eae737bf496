"""The WebSocket API: envelopes, requests, sessions."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


async def log_on(caller, ws):
    private = Ed25519PrivateKey.generate()
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    api_key = (await caller.control("add_key", type="ED25519", public_key=pem)).json["api_key"]
    params = {"apiKey": api_key, "timestamp": caller.now_ms()}
    payload = "&".join(f"{name}={params[name]}" for name in sorted(params))
    params["signature"] = base64.b64encode(private.sign(payload.encode())).decode()
    return api_key, await ws.call("session.logon", params)


@pytest.mark.parametrize("request_id", [1, -7, "abc", None, 2**60])
async def test_the_id_is_echoed(caller, request_id):
    ws = await caller.ws_api()
    answer = await ws.raw(json.dumps({"id": request_id, "method": "ping"}))
    assert answer["id"] == request_id
    assert (answer["status"], answer["result"]) == (200, {})


async def test_every_answer_tells_the_limits_unless_told_not_to(caller):
    ws = await caller.ws_api()
    answer = await ws.call("time")
    assert answer["result"] == {"serverTime": caller.now_ms()}
    # Connecting costs two.
    assert answer["rateLimits"] == [
        {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000, "count": 3}
    ]
    assert "rateLimits" not in await ws.call("time", {"returnRateLimits": False})
    quiet = await caller.ws_api("?returnRateLimits=false")
    assert "rateLimits" not in await quiet.call("time")
    assert "rateLimits" in await quiet.call("time", {"returnRateLimits": True})


async def test_a_connection_may_ask_for_microseconds(caller):
    ws = await caller.ws_api("?timeUnit=MICROSECOND")
    assert (await ws.call("time"))["result"] == {"serverTime": caller.venue.clock.now_us()}


async def test_a_method_may_carry_its_version(caller):
    ws = await caller.ws_api()
    assert (await ws.call("v3/ping"))["status"] == 200


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '"ping"', '{"method": "ping"}', '{"id": 1.5, "method": "ping"}', '{"id": 1}', '{"id":1,"method":2}'],
)
async def test_what_is_no_request_is_refused(caller, text):
    ws = await caller.ws_api()
    answer = await ws.raw(text)
    assert (answer["status"], answer["error"]["code"]) == (400, -1135)


async def test_an_unknown_method_is_refused(caller):
    ws = await caller.ws_api()
    assert (await ws.call("order.guess"))["error"]["code"] == -1020


async def test_an_order_is_placed_queried_and_cancelled(caller):
    ws = await caller.ws_api()
    params = {
        "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "100.00",
    }  # fmt: skip
    placed = await ws.call("order.place", params, signed=True)
    assert (placed["status"], placed["result"]["status"]) == (200, "NEW")
    assert [row["rateLimitType"] for row in placed["rateLimits"]] == ["ORDERS", "ORDERS", "REQUEST_WEIGHT"]
    named = {"symbol": "BTCUSDT", "orderId": placed["result"]["orderId"]}
    status = await ws.call("order.status", named, signed=True)
    rest = await caller.signed("GET", "order", **named)
    assert status["result"] == rest.json
    assert len((await ws.call("openOrders.status", {}, signed=True))["result"]) == 1
    cancelled = await ws.call("order.cancel", named, signed=True)
    assert cancelled["result"]["status"] == "CANCELED"
    assert (await ws.call("order.test", params, signed=True))["result"] == {}


async def test_numbers_may_be_sent_as_numbers(caller):
    ws = await caller.ws_api()
    message = (
        '{{"symbol":"BTCUSDT","side":"BUY","type":"LIMIT","timeInForce":"GTC","quantity":0.50,"price":100,'
        '"timestamp":{stamp},"apiKey":"{key}","signature":"{signature}"}}'
    )
    stamp = caller.now_ms()
    payload = (
        f"apiKey={caller.api_key}&price=100&quantity=0.50&side=BUY&symbol=BTCUSDT&timeInForce=GTC"
        f"&timestamp={stamp}&type=LIMIT"
    )
    params = message.format(stamp=stamp, key=caller.api_key, signature=caller.sign(payload))
    answer = await ws.raw(f'{{"id":1,"method":"order.place","params":{params}}}')
    assert answer["status"] == 200, answer
    assert answer["result"]["origQty"] == "0.50000000"


async def test_a_symbol_beyond_ascii_is_signed_as_utf8(caller):
    ws = await caller.ws_api()
    answer = await ws.call("openOrders.status", {"symbol": "１２３４５６"}, signed=True)
    assert answer["result"] == []


async def test_errors_have_the_same_codes_as_over_rest(caller):
    ws = await caller.ws_api()
    bad = await ws.call("order.status", {"symbol": "BTCUSDT"}, signed=True)
    assert bad["status"] == 400
    assert bad["error"] == {
        "code": -1102,
        "msg": "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
    }
    unsigned = await ws.call("account.status", {"timestamp": caller.now_ms()})
    assert unsigned["error"] == {
        "code": -1102,
        "msg": "Mandatory parameter 'apiKey' was not sent, was empty/null, or malformed.",
    }
    wrong = await ws.call("account.status", ws.sign({}) | {"signature": "00"})
    assert wrong["error"]["code"] == -1022
    extra = await ws.call("order.status", {"symbol": "BTCUSDT", "orderId": 1, "colour": "red"}, signed=True)
    assert extra["error"]["code"] == -1104


async def test_public_methods_ignore_a_key(caller):
    ws = await caller.ws_api()
    assert (await ws.call("trades.historical", {"symbol": "BTCUSDT", "apiKey": "x"}))["result"] == []


async def test_session_logon_is_for_ed25519_alone(caller):
    ws = await caller.ws_api()
    refused = await ws.call("session.logon", {}, signed=True)
    assert refused["error"] == {"code": -4056, "msg": "HMAC_SHA256 API key is not supported."}


async def test_after_logon_neither_key_nor_signature_is_needed(caller):
    ws = await caller.ws_api()
    before = (await ws.call("session.status"))["result"]
    assert (before["apiKey"], before["authorizedSince"], before["userDataStream"]) == (None, None, False)
    api_key, answer = await log_on(caller, ws)
    assert answer["result"]["apiKey"] == api_key
    assert answer["result"]["authorizedSince"] == caller.now_ms()
    account = await ws.call("account.status", {"timestamp": caller.now_ms()})
    assert account["status"] == 200
    late = await ws.call("account.status", {"timestamp": caller.now_ms() - 6_000})
    assert late["error"]["code"] == -1021
    ad_hoc = await ws.call("account.status", {}, signed=True)
    assert ad_hoc["status"] == 200
    out = (await ws.call("session.logout"))["result"]
    assert out["apiKey"] is None
    assert (await ws.call("account.status", {"timestamp": caller.now_ms()}))["error"]["code"] == -1102


async def test_a_key_revoked_during_a_session_ends_it(caller):
    ws = await caller.ws_api()
    api_key, _ = await log_on(caller, ws)
    await caller.control("revoke_key", api_key=api_key)
    answer = await ws.call("account.status", {"timestamp": caller.now_ms()})
    assert (answer["status"], answer["error"]["code"]) == (401, -2015)
    assert (await ws.call("session.status"))["result"]["apiKey"] is None


async def test_a_logged_on_session_subscribes_without_parameters(caller):
    ws = await caller.ws_api()
    refused = await ws.call("userDataStream.subscribe")
    assert refused["status"] == 401
    await log_on(caller, ws)
    assert (await ws.call("userDataStream.subscribe"))["result"] == {"subscriptionId": 0}
    assert (await ws.call("session.status"))["result"]["userDataStream"] is True
    await ws.call("session.logout")
    event = await ws.event()
    assert (event["subscriptionId"], event["event"]["e"]) == (0, "eventStreamTerminated")
    assert (await ws.call("session.subscriptions"))["result"] == []


async def test_logout_leaves_signature_subscriptions_alone(caller):
    ws = await caller.ws_api()
    await ws.subscribe()
    await log_on(caller, ws)
    await ws.call("session.logout")
    assert (await ws.call("session.subscriptions"))["result"] == [{"subscriptionId": 0}]


async def test_one_subscription_an_account_and_connection(caller):
    ws = await caller.ws_api()
    assert await ws.subscribe() == 0
    again = await ws.call("userDataStream.subscribe.signature", signed=True)
    assert again["error"] == {"code": -2035, "msg": "User Data Stream subscription already active."}
    assert (await ws.call("userDataStream.unsubscribe", {"subscriptionId": 9}))["error"]["code"] == -2036
    assert (await ws.call("userDataStream.unsubscribe", {"subscriptionId": 0}))["result"] == {}
    assert (await ws.event())["event"]["e"] == "eventStreamTerminated"
    assert await ws.subscribe() == 1
    assert (await ws.call("userDataStream.unsubscribe"))["result"] == {}


async def test_two_accounts_on_one_connection(caller):
    await caller.control("open_account", account="second", balances={"USDT": "1000"})
    made = (await caller.control("add_key", account="second")).json
    ws = await caller.ws_api()
    await ws.subscribe()
    first = (caller.api_key, caller.secret)
    caller.api_key, caller.secret = made["api_key"], made["api_secret"]
    assert await ws.subscribe() == 1
    await caller.order("BUY", "1", "100")
    assert (await ws.event())["subscriptionId"] == 1
    caller.api_key, caller.secret = first
    ws.events.clear()
    await caller.order("BUY", "1", "100")
    events = [await ws.event(), await ws.event()]
    assert 0 in {event["subscriptionId"] for event in events}


async def test_listen_keys_are_gone_here_too(caller):
    ws = await caller.ws_api()
    answer = await ws.call("userDataStream.start", {"apiKey": caller.api_key})
    assert answer["status"] == 410


async def test_the_wish_for_limits_is_signed_like_any_parameter(caller):
    ws = await caller.ws_api()
    answer = await ws.raw(
        json.dumps({"id": 1, "method": "account.status", "params": ws.sign({"returnRateLimits": "false"})})
    )
    assert answer["status"] == 200
    assert "rateLimits" not in answer


async def test_lists_and_booleans_are_sent_as_json(caller):
    ws = await caller.ws_api()
    prices = (await ws.call("ticker.price", {"symbols": ["BTCUSDT", "ETHBTC"]}))["result"]
    assert [row["symbol"] for row in prices] == ["BTCUSDT", "ETHBTC"]
    info = (await ws.call("exchangeInfo", {"permissions": ["SPOT", "MARGIN"], "showPermissionSets": False}))["result"]
    assert {len(row["permissionSets"]) for row in info["symbols"]} == {0}
    assert (await ws.call("ticker.price", {"symbols": ["BTCUSDT", "BTCUSDT"]}))["error"]["code"] == -1151


async def test_params_may_be_null_or_missing(caller):
    ws = await caller.ws_api()
    assert (await ws.raw('{"id": 1, "method": "ping", "params": null}'))["status"] == 200
    assert (await ws.raw('{"id": 1, "method": "depth", "params": {"symbol": null}}'))["error"]["code"] == -1102
