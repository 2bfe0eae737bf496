"""Orders under /fapi: answers, parameters, batches, queries, refusals."""

import json

ACK = {
    "orderId", "symbol", "status", "clientOrderId", "price", "origQty", "executedQty", "cumQty", "timeInForce", "type",
    "origType", "reduceOnly", "closePosition", "side", "positionSide", "stopPrice", "workingType", "priceProtect",
    "priceMatch", "selfTradePreventionMode", "goodTillDate", "updateTime",
}  # fmt: skip
QUERY = ACK - {"cumQty"} | {"avgPrice", "cumQuote", "time"}
TRADE = {
    "symbol", "pair", "id", "orderId", "side", "positionSide", "price", "qty", "quoteQty", "baseQty", "realizedPnl",
    "marginAsset", "commission", "commissionAsset", "time", "buyer", "maker",
}  # fmt: skip
STOP = {"symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET", "stopPrice": "40000", "quantity": "0.01"}
LIMIT = {
    "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "49000",
}  # fmt: skip


async def test_an_acknowledgement_has_no_average_price_and_tells_of_no_fill(futures):
    placed = (await futures.order("BUY", "0.01")).json
    assert set(placed) == ACK
    assert (placed["status"], placed["executedQty"], placed["origQty"]) == ("NEW", "0.000", "0.010")


async def test_a_result_tells_the_state_after_the_match(futures):
    placed = (await futures.order("BUY", "0.01", newOrderRespType="RESULT")).json
    assert set(placed) == ACK
    assert (placed["status"], placed["executedQty"], placed["cumQty"]) == ("FILLED", "0.010", "0.010")


async def test_the_average_price_is_in_the_query(futures):
    placed = (await futures.order("BUY", "0.01")).json
    found = (await futures.signed("GET", "v1/order", symbol="BTCUSDT", orderId=placed["orderId"])).json
    assert set(found) == QUERY
    assert (found["avgPrice"], found["cumQuote"], found["status"]) == ("50001.00000", "500.01000", "FILLED")
    row = (await futures.signed("GET", "v1/allOrders", symbol="BTCUSDT")).json[0]
    assert set(row) == QUERY | {"pair", "cumBase"}


async def test_parameters_may_stand_in_the_body(futures):
    placed = await futures.in_body("POST", "v1/order", **LIMIT)
    assert placed.json["price"] == "49000.00"
    cancelled = await futures.in_body("DELETE", "v1/order", symbol="BTCUSDT", orderId=placed.json["orderId"])
    assert cancelled.json["status"] == "CANCELED"


async def test_a_parameter_that_no_method_reads_is_passed_over(futures):
    assert (await futures.order("BUY", "0.01", strategyId="7")).status == 200


async def test_conditional_types_belong_to_the_algo_service(futures):
    refused = await futures.signed("POST", "v1/order", **STOP)
    assert (refused.status, refused.json["code"]) == (400, -4120)
    batch = await futures.signed("POST", "v1/batchOrders", batchOrders=json.dumps([LIMIT, STOP]))
    assert [row.get("code", row.get("status")) for row in batch.json] == ["NEW", -4120]
    ws = await futures.ws_api()
    answer = await ws.call("order.place", STOP, signed=True)
    assert (answer["status"], answer["error"]["code"]) == (400, -4120)


async def test_a_batch_answers_in_the_order_of_its_items(futures):
    wrong = LIMIT | {"side": "HOLD"}
    items = [wrong, LIMIT | {"newOrderRespType": "RESULT"}, LIMIT | {"quantity": "0.0001"}, LIMIT]
    answers = (await futures.signed("POST", "v1/batchOrders", batchOrders=json.dumps(items))).json
    assert [row.get("code", row.get("status")) for row in answers] == [-1117, "NEW", answers[2]["code"], "NEW"]
    assert set(answers[0]) == {"code", "msg"}
    ids = [answers[1]["orderId"], answers[3]["orderId"]]
    changes = [LIMIT | {"orderId": each, "price": "48000"} for each in ids]
    changed = (await futures.signed("PUT", "v1/batchOrders", batchOrders=json.dumps(changes))).json
    assert [row["price"] for row in changed] == ["48000.00", "48000.00"]
    listed = json.dumps([*ids, 999])
    gone = (await futures.signed("DELETE", "v1/batchOrders", symbol="BTCUSDT", orderIdList=listed)).json
    assert [row.get("code", row.get("status")) for row in gone] == ["CANCELED", "CANCELED", -2011]


async def test_a_batch_has_one_to_five_orders(futures):
    for items in ([], [LIMIT] * 6):
        answer = await futures.signed("POST", "v1/batchOrders", batchOrders=json.dumps(items))
        assert answer.json["code"] == -4082
    assert (await futures.signed("POST", "v1/batchOrders", batchOrders="[1]")).json["code"] == -1135


async def test_a_modification_is_echoed_and_kept(futures):
    order_id = (await futures.signed("POST", "v1/order", **LIMIT)).json["orderId"]
    change = {"symbol": "BTCUSDT", "side": "BUY", "orderId": order_id, "quantity": "0.02", "price": "48000"}
    changed = (await futures.signed("PUT", "v1/order", modifyId=77, **change)).json
    assert (changed["origQty"], changed["price"], changed["modifyId"]) == ("0.020", "48000.00", 77)
    row = (await futures.signed("GET", "v1/orderAmendment", symbol="BTCUSDT", orderId=order_id)).json[0]
    assert row["amendment"]["price"] == {"before": "49000.00", "after": "48000.00"}
    assert row["amendment"]["origQty"] == {"before": "0.010", "after": "0.020"}


async def test_open_orders_and_cancelling_all_of_them(futures):
    order_id = (await futures.signed("POST", "v1/order", **LIMIT)).json["orderId"]
    assert [row["orderId"] for row in (await futures.signed("GET", "v1/openOrders")).json] == [order_id]
    one = await futures.signed("GET", "v1/openOrder", symbol="BTCUSDT", orderId=order_id)
    assert one.json["status"] == "NEW"
    done = (await futures.signed("DELETE", "v1/allOpenOrders", symbol="BTCUSDT")).json
    assert done == {"code": 200, "msg": "The operation of cancel all open order is done."}
    assert (await futures.signed("GET", "v1/openOrders", symbol="BTCUSDT")).json == []
    again = await futures.signed("GET", "v1/openOrder", symbol="BTCUSDT", orderId=order_id)
    assert again.json["code"] == -2013


async def test_a_countdown_cancels_when_it_is_not_renewed(futures):
    await futures.signed("POST", "v1/order", **LIMIT)
    set_to = await futures.signed("POST", "v1/countdownCancelAll", symbol="BTCUSDT", countdownTime=10_000)
    assert set_to.json == {"symbol": "BTCUSDT", "countdownTime": "10000"}
    futures.venue.step(9_000)
    assert len((await futures.signed("GET", "v1/openOrders")).json) == 1
    futures.venue.step(2_000)
    assert (await futures.signed("GET", "v1/openOrders")).json == []


async def test_a_test_order_leaves_nothing_behind(futures):
    assert (await futures.signed("POST", "v1/order/test", **LIMIT)).json == {}
    assert (await futures.signed("GET", "v1/openOrders")).json == []


async def test_fills_are_rows_of_user_trades(futures):
    await futures.order("BUY", "0.01")
    await futures.order("SELL", "0.01")
    rows = (await futures.signed("GET", "v1/userTrades", symbol="BTCUSDT")).json
    assert set(rows[0]) == TRADE
    assert [(row["price"], row["qty"], row["realizedPnl"]) for row in rows] == [
        ("50001.00", "0.010", "0.00000000"),
        ("49999.00", "0.010", "-0.02000000"),
    ]
    later = await futures.signed("GET", "v1/userTrades", symbol="BTCUSDT", fromId=rows[1]["id"])
    assert [row["id"] for row in later.json] == [rows[1]["id"]]


async def test_unknown_orders(futures):
    assert (await futures.signed("GET", "v1/order", symbol="BTCUSDT", orderId=404)).json["code"] == -2013
    assert (await futures.signed("DELETE", "v1/order", symbol="BTCUSDT", orderId=404)).json["code"] == -2011
    assert (await futures.signed("GET", "v1/order", symbol="BTCUSDT")).json["code"] == -1102


async def test_a_wrong_signature_is_refused(futures):
    futures.caller.secret = "W" * 64
    assert (await futures.signed("GET", "v1/openOrders")).json["code"] == -1022
