"""Cancel-replace, amendments, smart order routing, and what an account can ask about them."""

import pytest


async def replace(caller, order_id, **more):
    params = {
        "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "101",
        "cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": order_id,
    }  # fmt: skip
    return await caller.signed("POST", "order/cancelReplace", **(params | more))


async def test_both_legs_succeed(caller):
    old = (await caller.order("BUY", "1", "100")).json["orderId"]
    answer = await replace(caller, old)
    assert answer.status == 200
    assert list(answer.json) == ["cancelResult", "newOrderResult", "cancelResponse", "newOrderResponse"]
    assert (answer.json["cancelResult"], answer.json["newOrderResult"]) == ("SUCCESS", "SUCCESS")
    assert answer.json["cancelResponse"]["orderId"] == old
    assert answer.json["newOrderResponse"]["status"] == "NEW"


async def test_a_failed_cancel_stops_the_new_order(caller):
    answer = await replace(caller, 404)
    assert answer.status == 400
    assert answer.json == {
        "code": -2022,
        "msg": "Order cancel-replace failed.",
        "data": {
            "cancelResult": "FAILURE",
            "newOrderResult": "NOT_ATTEMPTED",
            "cancelResponse": {"code": -2011, "msg": "Unknown order sent."},
            "newOrderResponse": None,
        },
    }


async def test_a_failed_cancel_may_be_allowed(caller):
    answer = await replace(caller, 404, cancelReplaceMode="ALLOW_FAILURE")
    assert (answer.status, answer.json["code"]) == (409, -2021)
    data = answer.json["data"]
    assert (data["cancelResult"], data["newOrderResult"]) == ("FAILURE", "SUCCESS")
    assert data["newOrderResponse"]["status"] == "NEW"


async def test_a_new_order_that_fails_leaves_the_cancel(caller):
    await caller.house("SELL", "1", "105")
    old = (await caller.order("BUY", "1", "100")).json["orderId"]
    answer = await caller.signed(
        "POST", "order/cancelReplace", symbol="BTCUSDT", side="BUY", type="LIMIT_MAKER", quantity="1", price="110",
        cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=old,
    )  # fmt: skip
    assert (answer.status, answer.json["code"]) == (409, -2021)
    assert answer.json["data"]["newOrderResponse"] == {
        "code": -2010,
        "msg": "Order would immediately match and take.",
    }
    ws = await caller.ws_api()
    params = {
        "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT_MAKER", "quantity": "1", "price": "110",
        "cancelReplaceMode": "ALLOW_FAILURE", "cancelOrderId": old,
    }  # fmt: skip
    both = await ws.call("order.cancelReplace", params, signed=True)
    assert (both["status"], both["error"]["code"]) == (400, -2022)


@pytest.mark.parametrize(("mode", "status", "code"), [("DO_NOTHING", 429, -1015), ("CANCEL_ONLY", 429, -2021)])
async def test_beyond_the_order_count(make_caller, mode, status, code):
    caller = await make_caller(exchange_spec=one_order_a_second())
    old = (await caller.order("BUY", "1", "100")).json["orderId"]
    answer = await replace(caller, old, orderRateLimitExceededMode=mode)
    assert (answer.status, answer.json["code"]) == (status, code), answer.text
    found = (await caller.signed("GET", "order", symbol="BTCUSDT", orderId=old)).json["status"]
    assert found == ("NEW" if mode == "DO_NOTHING" else "CANCELED")


def one_order_a_second():
    from binance_nb.sandbox.engine.specs import ExchangeSpec, OrderRateLimit

    return ExchangeSpec(order_limits=(OrderRateLimit("SECOND", 10, 1),))


async def test_an_order_to_cancel_must_be_named(caller):
    params = {
        "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "101",
    }  # fmt: skip
    answer = await caller.signed("POST", "order/cancelReplace", **params, cancelReplaceMode="STOP_ON_FAILURE")
    assert answer.json["code"] == -1102
    answer = await caller.signed("POST", "order/cancelReplace", **params, cancelOrderId=1)
    assert answer.json["msg"] == "Mandatory parameter 'cancelReplaceMode' was not sent, was empty/null, or malformed."


async def test_amending_an_order_keeps_it_and_is_remembered(caller):
    placed = (await caller.order("BUY", "1", "100", newClientOrderId="first")).json
    answer = await caller.signed(
        "PUT", "order/amend/keepPriority", symbol="BTCUSDT", orderId=placed["orderId"], newQty="0.4",
        newClientOrderId="second",
    )  # fmt: skip
    assert answer.status == 200, answer.text
    assert list(answer.json) == ["transactTime", "executionId", "amendedOrder"]
    assert list(answer.json["amendedOrder"]) == [
        "symbol", "orderId", "orderListId", "origClientOrderId", "clientOrderId", "price", "qty", "executedQty",
        "preventedQty", "quoteOrderQty", "cumulativeQuoteQty", "status", "timeInForce", "type", "side", "workingTime",
        "selfTradePreventionMode",
    ]  # fmt: skip
    assert answer.json["amendedOrder"]["qty"] == "0.40000000"
    (row,) = (await caller.signed("GET", "order/amendments", symbol="BTCUSDT", orderId=placed["orderId"])).json
    assert row == {
        "symbol": "BTCUSDT", "orderId": placed["orderId"], "executionId": answer.json["executionId"],
        "origClientOrderId": "first", "newClientOrderId": "second", "origQty": "1.00000000", "newQty": "0.40000000",
        "time": caller.now_ms(),
    }  # fmt: skip
    larger = await caller.signed(
        "PUT", "order/amend/keepPriority", symbol="BTCUSDT", origClientOrderId="second", newQty="2"
    )
    assert larger.json == {"code": -2038, "msg": "Order amend (quantity increase) is not supported."}


async def test_an_amendment_is_reported_as_replaced(caller):
    ws = await caller.ws_api()
    await ws.subscribe()
    placed = (await caller.order("BUY", "1", "100")).json
    await ws.event(), await ws.event()
    answer = await ws.call(
        "order.amend.keepPriority", {"symbol": "BTCUSDT", "orderId": placed["orderId"], "newQty": "0.4"}, signed=True
    )
    assert answer["status"] == 200
    event = (await ws.event())["event"]
    assert (event["x"], event["q"], event["C"]) == ("REPLACED", "0.40000000", placed["clientOrderId"])


async def test_an_order_in_a_list_shows_the_list_when_amended(caller):
    placed = (
        await caller.signed(
            "POST", "orderList/oto", symbol="BTCUSDT", workingType="LIMIT", workingSide="BUY", workingPrice="90",
            workingQuantity="1", workingTimeInForce="GTC", pendingType="MARKET", pendingSide="SELL",
            pendingQuantity="1",
        )
    ).json  # fmt: skip
    answer = await caller.signed(
        "PUT", "order/amend/keepPriority", symbol="BTCUSDT", orderId=placed["orders"][0]["orderId"], newQty="0.5"
    )
    assert list(answer.json["listStatus"]) == [
        "orderListId", "contingencyType", "listOrderStatus", "listClientOrderId", "symbol", "orders",
    ]  # fmt: skip


async def test_smart_order_routing_fills_from_the_better_book(caller):
    await caller.house("SELL", "1", "110", symbol="BTCUSDT")
    await caller.house("SELL", "1", "100", symbol="BTCUSDC")
    params = {
        "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.5", "price": "120",
    }  # fmt: skip
    assert (await caller.signed("POST", "sor/order/test", **params)).json == {}
    placed = await caller.signed("POST", "sor/order", **params)
    assert placed.status == 200, placed.text
    assert (placed.json["usedSor"], placed.json["workingFloor"], placed.json["status"]) == (True, "SOR", "FILLED")
    (fill,) = placed.json["fills"]
    assert (fill["matchType"], fill["price"], fill["tradeId"]) == ("ONE_PARTY_TRADE_REPORT", "100.00000000", -1)
    (row,) = (await caller.signed("GET", "myAllocations", symbol="BTCUSDT")).json
    assert list(row) == [
        "symbol", "allocationId", "allocationType", "orderId", "orderListId", "price", "qty", "quoteQty", "commission",
        "commissionAsset", "time", "isBuyer", "isMaker", "isAllocator",
    ]  # fmt: skip
    assert (row["allocationId"], row["orderId"]) == (fill["allocId"], placed.json["orderId"])
    stop = await caller.signed("POST", "sor/order", **(params | {"type": "STOP_LOSS"}))
    assert stop.json["code"] == -1116


async def test_a_prevented_self_trade_is_shown_everywhere(caller):
    maker = (await caller.order("SELL", "1", "100")).json["orderId"]
    taker = (await caller.order("BUY", "1", "100", selfTradePreventionMode="EXPIRE_BOTH")).json
    assert (taker["status"], taker["preventedQuantity"]) == ("EXPIRED_IN_MATCH", "1.00000000")
    (match,) = taker["preventedMatches"]
    assert (match["makerOrderId"], match["makerPreventedQuantity"]) == (maker, "1.00000000")
    queried = (await caller.signed("GET", "order", symbol="BTCUSDT", orderId=maker)).json
    assert (queried["status"], queried["preventedMatchId"]) == ("EXPIRED_IN_MATCH", match["preventedMatchId"])
    (row,) = (await caller.signed("GET", "myPreventedMatches", symbol="BTCUSDT", orderId=taker["orderId"])).json
    assert row["preventedMatchId"] == match["preventedMatchId"]
    by_id = await caller.signed("GET", "myPreventedMatches", symbol="BTCUSDT", preventedMatchId=row["preventedMatchId"])
    assert by_id.json == [row]
    assert (await caller.signed("GET", "myPreventedMatches", symbol="BTCUSDT")).json["code"] == -1128


async def test_commission_rates(caller):
    rates = (await caller.signed("GET", "account/commission", symbol="BTCUSDT")).json
    assert list(rates) == ["symbol", "standardCommission", "specialCommission", "taxCommission", "discount"]
    assert set(rates["standardCommission"]) == {"maker", "taker", "buyer", "seller"}
    assert set(rates["discount"]) == {"enabledForAccount", "enabledForSymbol", "discountAsset", "discount"}


async def test_my_filters_include_the_assets_an_account_may_not_exceed(caller):
    await caller.control("open_account", account="small", balances={"USDT": "1000"}, max_asset={"BTC": "2"})
    made = (await caller.control("add_key", account="small")).json
    caller.api_key, caller.secret = made["api_key"], made["api_secret"]
    filters = (await caller.signed("GET", "myFilters", symbol="BTCUSDT")).json
    assert list(filters) == ["exchangeFilters", "symbolFilters", "assetFilters"]
    assert filters["assetFilters"] == [{"filterType": "MAX_ASSET", "asset": "BTC", "limit": "2.00000000"}]
    assert filters["exchangeFilters"][0]["filterType"] == "EXCHANGE_MAX_NUM_ORDERS"


@pytest.mark.parametrize("method", ["GET"])
async def test_every_signed_query_answers_alike_over_both_doors(caller, method):
    await caller.house("SELL", "1", "100")
    order_id = (await caller.order("BUY", "0.4")).json["orderId"]
    ws = await caller.ws_api()
    symbol = {"symbol": "BTCUSDT"}
    named = symbol | {"orderId": order_id}
    for path, name, params in [
        ("account", "account.status", {}),
        ("order", "order.status", named),
        ("openOrders", "openOrders.status", symbol),
        ("allOrders", "allOrders", symbol),
        ("myTrades", "myTrades", symbol),
        ("rateLimit/order", "account.rateLimits.orders", {}),
        ("myPreventedMatches", "myPreventedMatches", named),
        ("myAllocations", "myAllocations", symbol),
        ("account/commission", "account.commission", symbol),
        ("order/amendments", "order.amendments", named),
        ("myFilters", "myFilters", symbol),
    ]:
        rest = await caller.signed(method, path, **params)
        answer = await ws.call(name, params, signed=True)
        assert answer["result"] == rest.json, name


async def test_every_public_query_answers_alike_over_both_doors(caller):
    await caller.house("SELL", "1", "100")
    await caller.order("BUY", "0.4")
    ws = await caller.ws_api()
    symbol = {"symbol": "BTCUSDT"}
    for path, name, params in [
        ("ping", "ping", {}),
        ("time", "time", {}),
        ("exchangeInfo", "exchangeInfo", symbol),
        ("executionRules", "executionRules", symbol),
        ("depth", "depth", symbol),
        ("trades", "trades.recent", symbol),
        ("historicalTrades", "trades.historical", symbol),
        ("aggTrades", "trades.aggregate", symbol),
        ("klines", "klines", symbol | {"interval": "1m"}),
        ("uiKlines", "uiKlines", symbol | {"interval": "1m"}),
        ("avgPrice", "avgPrice", symbol),
        ("ticker/24hr", "ticker.24hr", symbol),
        ("ticker/tradingDay", "ticker.tradingDay", symbol),
        ("ticker", "ticker", symbol),
        ("ticker/price", "ticker.price", symbol),
        ("ticker/bookTicker", "ticker.book", symbol),
        ("referencePrice", "referencePrice", symbol),
        ("referencePrice/calculation", "referencePrice.calculation", symbol),
    ]:
        rest = await caller.get(path, **params)
        answer = await ws.call(name, params)
        assert answer["result"] == rest.json, name
