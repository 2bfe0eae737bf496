"""Order lists over both doors: OCO, OTO, OTOCO, OPO, OPOCO and the deprecated OCO."""

import pytest

HEAD = [
    "orderListId", "contingencyType", "listStatusType", "listOrderStatus", "listClientOrderId", "transactionTime",
    "symbol", "orders",
]  # fmt: skip
OCO = {
    "symbol": "BTCUSDT", "side": "SELL", "quantity": "0.1", "aboveType": "LIMIT_MAKER", "abovePrice": "120",
    "belowType": "STOP_LOSS_LIMIT", "belowPrice": "79", "belowStopPrice": "80", "belowTimeInForce": "GTC",
}  # fmt: skip
WORKING = {
    "symbol": "BTCUSDT", "workingType": "LIMIT", "workingSide": "BUY", "workingPrice": "90", "workingQuantity": "0.1",
    "workingTimeInForce": "GTC",
}  # fmt: skip
PAIR = {
    "pendingSide": "SELL", "pendingAboveType": "LIMIT_MAKER", "pendingAbovePrice": "120",
    "pendingBelowType": "STOP_LOSS", "pendingBelowStopPrice": "80",
}  # fmt: skip
LISTS = {
    "oco": (OCO, "OCO", 2),
    "oto": (WORKING | {"pendingType": "MARKET", "pendingSide": "SELL", "pendingQuantity": "0.1"}, "OTO", 2),
    "otoco": (WORKING | PAIR | {"pendingQuantity": "0.1"}, "OTO", 3),
    "opo": (WORKING | {"pendingType": "MARKET", "pendingSide": "SELL"}, "OTO", 2),
    "opoco": (WORKING | PAIR, "OTO", 3),
}


@pytest.fixture
async def caller(make_caller):
    """Return a caller of an exchange whose BTCUSDT last traded at 100."""
    caller = await make_caller()
    await caller.house("SELL", "1", "100")
    await caller.house("BUY", "0.1", "100")
    await caller.house("BUY", "1", "99")
    return caller


@pytest.mark.parametrize("kind", LISTS)
async def test_a_list_is_placed_over_both_doors(caller, kind):
    params, contingency, count = LISTS[kind]
    rest = await caller.signed("POST", f"orderList/{kind}", **params)
    assert rest.status == 200, rest.text
    ws = await caller.ws_api()
    answer = await ws.call(f"orderList.place.{kind}", params, signed=True)
    assert answer["status"] == 200, answer
    for placed in (rest.json, answer["result"]):
        assert list(placed) == [*HEAD, "orderReports"]
        assert placed["contingencyType"] == contingency
        assert (placed["listStatusType"], placed["listOrderStatus"]) == ("EXEC_STARTED", "EXECUTING")
        assert len(placed["orders"]) == len(placed["orderReports"]) == count
        assert [row["orderId"] for row in placed["orders"]] == [row["orderId"] for row in placed["orderReports"]]
        assert all("status" in row for row in placed["orderReports"])


async def test_pending_orders_wait_and_an_opo_has_no_quantity_yet(caller):
    oto = (await caller.signed("POST", "orderList/oto", **LISTS["oto"][0])).json["orderReports"]
    opo = (await caller.signed("POST", "orderList/opo", **LISTS["opo"][0])).json["orderReports"]
    assert [row["status"] for row in oto] == ["NEW", "PENDING_NEW"]
    assert (oto[1]["workingTime"], oto[1]["origQty"]) == (-1, "0.10000000")
    assert "origQty" not in opo[1]


@pytest.mark.parametrize(("form", "present"), [("ACK", False), ("RESULT", True), ("FULL", True)])
async def test_the_form_of_order_reports_can_be_chosen(caller, form, present):
    placed = (await caller.signed("POST", "orderList/oco", **OCO, newOrderRespType=form)).json
    assert ("status" in placed["orderReports"][0]) is present
    assert ("fills" in placed["orderReports"][0]) is (form == "FULL")


async def test_the_deprecated_oco(caller):
    params = {
        "symbol": "BTCUSDT", "side": "SELL", "quantity": "0.1", "price": "120", "stopPrice": "80",
        "stopLimitPrice": "79", "stopLimitTimeInForce": "GTC", "limitClientOrderId": "upper",
        "stopClientOrderId": "lower",
    }  # fmt: skip
    placed = (await caller.signed("POST", "order/oco", **params)).json
    reports = {row["clientOrderId"]: row for row in placed["orderReports"]}
    assert (reports["upper"]["type"], reports["upper"]["price"]) == ("LIMIT_MAKER", "120.00000000")
    assert (reports["lower"]["type"], reports["lower"]["stopPrice"]) == ("STOP_LOSS_LIMIT", "80.00000000")
    del params["stopLimitTimeInForce"]
    refused = await caller.signed("POST", "order/oco", **params)
    assert refused.json["code"] == -1128
    assert refused.json["msg"].endswith("Recommendation: 'stopLimitTimeInForce' should also be sent.")
    ws = await caller.ws_api()
    answer = await ws.call(
        "orderList.place", {"symbol": "BTCUSDT", "side": "BUY", "quantity": "0.1", "price": "90", "stopPrice": "110"},
        signed=True,
    )  # fmt: skip
    assert {row["type"] for row in answer["result"]["orderReports"]} == {"LIMIT_MAKER", "STOP_LOSS"}


@pytest.mark.parametrize(
    ("kind", "change", "code"),
    [
        ("oco", {"aboveType": "LIMIT"}, -1158),
        ("oco", {"aboveType": "STOP_LOSS", "abovePrice": None, "aboveStopPrice": "120"}, -1197),
        ("oco", {"abovePrice": None}, -1102),
        ("oco", {"aboveType": None}, -1102),
        ("oco", {"abovePrice": "90"}, -2010),
        ("oco", {"quantity": "0.1234567891"}, -1111),
        ("oto", {"workingType": "MARKET"}, -1116),
        ("otoco", {"pendingBelowType": None, "pendingBelowStopPrice": None}, -1102),
        ("oto", {"workingStopPrice": "90"}, -1104),
        ("oto", {"workingPrice": None}, -1102),
        ("opo", {"workingSide": "SELL"}, -1222),
        ("opo", {"pendingSide": "BUY"}, -1223),
        ("opo", {"pendingQuantity": "1"}, -1104),
    ],
)
async def test_lists_that_are_wrong(caller, kind, change, code):
    params = {name: value for name, value in (LISTS[kind][0] | change).items() if value is not None}
    answer = await caller.signed("POST", f"orderList/{kind}", **params)
    assert answer.json["code"] == code, answer.text


async def test_lists_are_queried_and_cancelled(caller):
    placed = (await caller.signed("POST", "orderList/oco", **OCO, listClientOrderId="both")).json
    list_id = placed["orderListId"]
    by_id = (await caller.signed("GET", "orderList", orderListId=list_id)).json
    by_name = (await caller.signed("GET", "orderList", origClientOrderId="both")).json
    assert by_id == by_name
    assert list(by_id) == HEAD
    assert (await caller.signed("GET", "openOrderList")).json == [by_id]
    assert (await caller.signed("GET", "allOrderList")).json == [by_id]
    ws = await caller.ws_api()
    assert (await ws.call("orderList.status", {"orderListId": list_id}, signed=True))["result"] == by_id
    assert (await ws.call("openOrderLists.status", {}, signed=True))["result"] == [by_id]
    assert (await ws.call("allOrderLists", {}, signed=True))["result"] == [by_id]
    gone = (await caller.signed("DELETE", "orderList", symbol="BTCUSDT", orderListId=list_id)).json
    assert list(gone) == [*HEAD, "orderReports"]
    assert (gone["listStatusType"], [row["status"] for row in gone["orderReports"]]) == ("ALL_DONE", ["CANCELED"] * 2)
    assert (await caller.signed("GET", "openOrderList")).json == []


async def test_cancelling_one_order_of_a_list_answers_for_the_list(caller):
    placed = (await caller.signed("POST", "orderList/oco", **OCO)).json
    answer = (await caller.signed("DELETE", "order", symbol="BTCUSDT", orderId=placed["orders"][0]["orderId"])).json
    assert (answer["orderListId"], len(answer["orderReports"])) == (placed["orderListId"], 2)


async def test_cancelling_all_orders_lists_single_orders_first(caller):
    await caller.signed("POST", "orderList/oco", **OCO)
    await caller.order("BUY", "0.1", "90")
    rows = (await caller.signed("DELETE", "openOrders", symbol="BTCUSDT")).json
    assert ["orderReports" in row for row in rows] == [False, True]


async def test_a_list_is_named_by_one_id_at_least(caller):
    for verb in ("GET", "DELETE"):
        params = {} if verb == "GET" else {"symbol": "BTCUSDT"}
        assert (await caller.signed(verb, "orderList", **params)).json["code"] == -1102


async def test_list_ids_and_times_do_not_go_together(caller):
    answer = await caller.signed("GET", "allOrderList", fromId=1, startTime=1)
    assert answer.json["code"] == -1128
