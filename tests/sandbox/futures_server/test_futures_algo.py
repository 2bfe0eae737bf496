"""The Algo Service over REST and WebSocket: its own endpoints, names and states."""

PLACED = {
    "algoId", "clientAlgoId", "algoType", "orderType", "symbol", "side", "positionSide", "timeInForce", "quantity",
    "algoStatus", "triggerPrice", "price", "icebergQuantity", "selfTradePreventionMode", "workingType", "priceMatch",
    "closePosition", "priceProtect", "reduceOnly", "activatePrice", "callbackRate", "createTime", "updateTime",
    "triggerTime", "goodTillDate",
}  # fmt: skip
STOP = {"type": "STOP_MARKET", "triggerPrice": "40000"}


async def test_a_conditional_order_is_placed_found_and_cancelled(futures):
    placed = (await futures.algo(**STOP, clientAlgoId="mine")).json
    assert set(placed) == PLACED
    assert (placed["algoStatus"], placed["orderType"], placed["triggerPrice"], placed["quantity"]) == (
        "NEW", "STOP_MARKET", "40000.00", "0.010",
    )  # fmt: skip
    found = (await futures.signed("GET", "v1/algoOrder", clientAlgoId="mine")).json
    assert set(found) == PLACED | {"actualOrderId", "actualPrice", "actualType", "actualQty", "tpOrderType"}
    assert found["actualOrderId"] == ""
    listed = (await futures.signed("GET", "v1/openAlgoOrders")).json
    assert [row["algoId"] for row in listed] == [placed["algoId"]]
    gone = (await futures.signed("DELETE", "v1/algoOrder", algoId=placed["algoId"])).json
    assert gone == {"algoId": placed["algoId"], "clientAlgoId": "mine", "code": "200", "msg": "success"}
    history = (await futures.signed("GET", "v1/allAlgoOrders", symbol="BTCUSDT")).json
    assert [row["algoStatus"] for row in history] == ["CANCELED"]


async def test_the_order_endpoints_do_not_see_it(futures):
    placed = (await futures.algo(**STOP, clientAlgoId="mine")).json
    named = {"symbol": "BTCUSDT", "origClientOrderId": "mine"}
    assert (await futures.signed("GET", "v1/order", **named)).json["code"] == -2013
    assert (await futures.signed("DELETE", "v1/order", **named)).json["code"] == -2011
    assert (await futures.signed("GET", "v1/openOrders", symbol="BTCUSDT")).json == []
    await futures.signed("DELETE", "v1/allOpenOrders", symbol="BTCUSDT")
    assert [row["algoId"] for row in (await futures.signed("GET", "v1/openAlgoOrders")).json] == [placed["algoId"]]


async def test_cancelling_all_of_a_symbol(futures):
    await futures.algo(**STOP)
    await futures.algo(**STOP)
    done = await futures.signed("DELETE", "v1/algoOpenOrders", symbol="BTCUSDT")
    assert done.json["code"] == 200
    assert (await futures.signed("GET", "v1/openAlgoOrders", symbol="BTCUSDT")).json == []


async def test_a_triggered_order_becomes_one_of_the_matching_engine(futures, hear):
    await futures.order("BUY", "0.01")
    stream = await futures.private()
    algo_id = (await futures.algo(type="STOP_MARKET", triggerPrice="49000", workingType="MARK_PRICE")).json["algoId"]
    states = [(await hear(stream, "ALGO_UPDATE"))[0]["o"]["X"]]
    await futures.caller.control("mark_price", symbol="BTCUSDT", price="48900")
    while states[-1] != "FINISHED":
        event, _ = await hear(stream, "ALGO_UPDATE")
        states.append(event["o"]["X"])
    assert states == ["NEW", "TRIGGERING", "TRIGGERED", "FINISHED"]
    assert (event["o"]["aq"], event["o"]["act"], event["o"]["aid"]) == ("0.010", "MARKET", algo_id)
    found = (await futures.signed("GET", "v1/algoOrder", algoId=algo_id)).json
    assert (found["algoStatus"], found["actualOrderId"]) == ("FINISHED", event["o"]["ai"])
    order = await futures.signed("GET", "v1/order", symbol="BTCUSDT", orderId=event["o"]["ai"])
    assert (order.json["status"], order.json["origType"]) == ("FILLED", "STOP_MARKET")


async def test_over_websocket_without_the_trailing_parameters(futures):
    ws = await futures.ws_api()
    params = {
        "algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "quantity": "0.01",
        "type": "TAKE_PROFIT_MARKET", "triggerPrice": "60000",
    }  # fmt: skip
    placed = await ws.call("algoOrder.place", params, signed=True)
    assert set(placed["result"]) == PLACED - {"activatePrice", "callbackRate"}
    gone = await ws.call("algoOrder.cancel", {"algoId": placed["result"]["algoId"]}, signed=True)
    assert gone["result"]["code"] == "200"
    unknown = await ws.call("algoOrder.cancel", {"algoId": 1}, signed=True)
    assert unknown["error"]["code"] == -2011


async def test_an_algo_order_needs_its_type_and_one_id(futures):
    params = {"symbol": "BTCUSDT", "side": "SELL", "quantity": "0.01", **STOP}
    assert (await futures.signed("POST", "v1/algoOrder", **params)).json["code"] == -1102
    assert (await futures.signed("GET", "v1/algoOrder")).json["code"] == -1102
