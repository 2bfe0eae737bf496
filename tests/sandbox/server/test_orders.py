"""Orders placed, queried and cancelled over REST answer field for field as documented."""

from decimal import Decimal

import pytest

ACK = ["symbol", "orderId", "orderListId", "clientOrderId", "transactTime"]
RESULT = [
    *ACK, "price", "origQty", "executedQty", "origQuoteOrderQty", "cummulativeQuoteQty", "status", "timeInForce",
    "type", "side", "workingTime", "selfTradePreventionMode",
]  # fmt: skip
QUERIED = [
    "symbol", "orderId", "orderListId", "clientOrderId", "price", "origQty", "executedQty", "cummulativeQuoteQty",
    "status", "timeInForce", "type", "side", "stopPrice", "icebergQty", "time", "updateTime", "isWorking",
    "workingTime", "origQuoteOrderQty", "selfTradePreventionMode",
]  # fmt: skip
CANCELED = [
    "symbol", "origClientOrderId", "orderId", "orderListId", "clientOrderId", "transactTime", "price", "origQty",
    "executedQty", "origQuoteOrderQty", "cummulativeQuoteQty", "status", "timeInForce", "type", "side",
    "selfTradePreventionMode",
]  # fmt: skip


@pytest.mark.parametrize(("form", "fields"), [("ACK", set(ACK)), ("RESULT", set(RESULT)), ("FULL", {*RESULT, "fills"})])
async def test_the_answer_to_a_new_order_in_each_form(caller, form, fields):
    answer = await caller.order("BUY", "1", "100", newOrderRespType=form)
    assert answer.status == 200
    assert set(answer.json) == fields


async def test_a_market_order_lists_its_fills(caller):
    await caller.house("SELL", "1", "100")
    await caller.house("SELL", "1", "101")
    placed = (await caller.order("BUY", "1.5")).json
    assert (placed["status"], placed["executedQty"], placed["cummulativeQuoteQty"]) == (
        "FILLED", "1.50000000", "150.50000000",
    )  # fmt: skip
    assert [(fill["price"], fill["qty"]) for fill in placed["fills"]] == [
        ("100.00000000", "1.00000000"),
        ("101.00000000", "0.50000000"),
    ]
    assert set(placed["fills"][0]) == {"price", "qty", "commission", "commissionAsset", "tradeId"}


@pytest.mark.parametrize(
    ("params", "form"),
    [
        ({"type": "LIMIT", "price": "90", "timeInForce": "GTC"}, "FULL"),
        ({"type": "LIMIT_MAKER", "price": "90"}, "ACK"),
        ({"type": "STOP_LOSS", "stopPrice": "120"}, "ACK"),
    ],
)
async def test_the_default_form_depends_on_the_type(caller, params, form):
    await caller.house("SELL", "2", "100")
    await caller.order("BUY", "0.1")
    answer = await caller.signed("POST", "order", symbol="BTCUSDT", side="BUY", quantity="0.1", **params)
    assert answer.status == 200, answer.text
    assert ("fills" in answer.json) == (form == "FULL")
    assert ("status" in answer.json) == (form == "FULL")


async def test_a_resting_order_is_found_by_either_id(caller):
    placed = (await caller.order("BUY", "1", "100", newClientOrderId="mine")).json
    by_id = (await caller.signed("GET", "order", symbol="BTCUSDT", orderId=placed["orderId"])).json
    by_name = (await caller.signed("GET", "order", symbol="BTCUSDT", origClientOrderId="mine")).json
    assert by_id == by_name
    assert list(by_id) == QUERIED
    assert (by_id["status"], by_id["stopPrice"], by_id["icebergQty"], by_id["isWorking"]) == (
        "NEW", "0.00000000", "0.00000000", True,
    )  # fmt: skip


async def test_an_unknown_order(caller):
    answer = await caller.signed("GET", "order", symbol="BTCUSDT", orderId=404)
    assert answer.json == {"code": -2013, "msg": "Order does not exist."}
    answer = await caller.signed("DELETE", "order", symbol="BTCUSDT", orderId=404)
    assert answer.json == {"code": -2011, "msg": "Unknown order sent."}


async def test_ids_that_disagree(caller):
    placed = (await caller.order("BUY", "1", "100")).json
    answer = await caller.signed("GET", "order", symbol="BTCUSDT", orderId=placed["orderId"], origClientOrderId="other")
    assert answer.json["code"] == -2039


async def test_cancelling_an_order(caller):
    placed = (await caller.order("BUY", "1", "100", newClientOrderId="mine")).json
    answer = await caller.signed(
        "DELETE", "order", symbol="BTCUSDT", orderId=placed["orderId"], newClientOrderId="cancelMine"
    )
    assert list(answer.json) == CANCELED
    assert (answer.json["status"], answer.json["origClientOrderId"], answer.json["clientOrderId"]) == (
        "CANCELED", "mine", "cancelMine",
    )  # fmt: skip


async def test_cancelling_every_order_of_a_symbol(caller):
    for price in ("100", "101"):
        await caller.order("BUY", "1", price)
    answer = await caller.signed("DELETE", "openOrders", symbol="BTCUSDT")
    assert [row["status"] for row in answer.json] == ["CANCELED", "CANCELED"]
    assert (await caller.signed("GET", "openOrders")).json == []
    again = await caller.signed("DELETE", "openOrders", symbol="BTCUSDT")
    assert again.json["code"] == -2011


async def test_open_and_all_orders(caller):
    first = (await caller.order("BUY", "1", "100")).json["orderId"]
    second = (await caller.order("BUY", "1", "101")).json["orderId"]
    await caller.signed("DELETE", "order", symbol="BTCUSDT", orderId=first)
    opened = (await caller.signed("GET", "openOrders", symbol="BTCUSDT")).json
    every = (await caller.signed("GET", "allOrders", symbol="BTCUSDT")).json
    later = (await caller.signed("GET", "allOrders", symbol="BTCUSDT", orderId=second)).json
    assert [row["orderId"] for row in opened] == [second]
    assert [row["orderId"] for row in every] == [first, second]
    assert [row["orderId"] for row in later] == [second]


async def test_my_trades_show_commission_and_role(caller):
    await caller.house("SELL", "1", "100")
    placed = (await caller.order("BUY", "0.5")).json
    (row,) = (await caller.signed("GET", "myTrades", symbol="BTCUSDT")).json
    assert list(row) == [
        "symbol", "id", "orderId", "orderListId", "price", "qty", "quoteQty", "commission", "commissionAsset", "time",
        "isBuyer", "isMaker", "isBestMatch",
    ]  # fmt: skip
    assert (row["orderId"], row["isBuyer"], row["isMaker"]) == (placed["orderId"], True, False)
    refused = await caller.signed("GET", "myTrades", symbol="BTCUSDT", fromId=1, startTime=1)
    assert refused.json["code"] == -1128


async def test_the_account_shows_what_an_order_locks(caller):
    await caller.order("BUY", "1", "100")
    account = (await caller.signed("GET", "account", omitZeroBalances="true")).json
    assert list(account) == [
        "makerCommission", "takerCommission", "buyerCommission", "sellerCommission", "commissionRates", "canTrade",
        "canWithdraw", "canDeposit", "brokered", "requireSelfTradePrevention", "preventSor", "updateTime",
        "accountType", "balances", "permissions", "uid",
    ]  # fmt: skip
    usdt = next(row for row in account["balances"] if row["asset"] == "USDT")
    assert usdt["locked"] == "100.00000000"


async def test_zero_balances_are_shown_unless_omitted(make_caller):
    caller = await make_caller(balances={"USDT": Decimal(1)})
    every = (await caller.signed("GET", "account")).json["balances"]
    some = (await caller.signed("GET", "account", omitZeroBalances="true")).json["balances"]
    assert len(every) > len(some) > 0


async def test_too_little_money(caller):
    answer = await caller.order("BUY", "50", "100000")
    assert answer.status == 400
    assert answer.json == {"code": -2010, "msg": "Account has insufficient balance for requested action."}


async def test_a_test_order_changes_nothing(caller):
    params = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "9"}
    assert (await caller.signed("POST", "order/test", **params)).json == {}
    rates = (await caller.signed("POST", "order/test", computeCommissionRates="true", **params)).json
    assert set(rates) == {
        "standardCommissionForOrder", "specialCommissionForOrder", "taxCommissionForOrder", "discount",
    }  # fmt: skip
    assert (await caller.signed("GET", "openOrders")).json == []


async def test_answers_in_microseconds(caller):
    answer = await caller.signed(
        "POST", "order", headers={"X-MBX-TIME-UNIT": "MICROSECOND"}, symbol="BTCUSDT", side="BUY", type="LIMIT",
        timeInForce="GTC", quantity="1", price="100",
    )  # fmt: skip
    assert answer.json["transactTime"] == caller.venue.clock.now_us()


async def test_a_pegged_order_shows_its_peg(caller):
    await caller.house("BUY", "1", "100")
    answer = await caller.signed(
        "POST", "order", symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="1",
        pegPriceType="PRIMARY_PEG",
    )  # fmt: skip
    assert (answer.json["price"], answer.json["pegPriceType"], answer.json["peggedPrice"]) == (
        "0.00000000", "PRIMARY_PEG", "100.00000000",
    )  # fmt: skip


async def test_listen_keys_are_gone(caller):
    for verb in ("POST", "PUT", "DELETE"):
        answer = await caller.send(verb, "/api/v3/userDataStream", headers={"X-MBX-APIKEY": caller.api_key})
        assert answer.status == 410
        assert answer.text.startswith("<html>")
