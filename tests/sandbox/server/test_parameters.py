"""What is wrong with a parameter is said in the documented codes and texts."""

import pytest

from binance_nb.sandbox.server import params

LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "100"}
DECIMAL_RANGE = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"symbol": ""}, -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."),
        ({"symbol": None}, -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."),
        ({"symbol": "NOSUCH"}, -1121, "Invalid symbol."),
        ({"symbol": "btcusdt"}, -1100, None),
        ({"side": "HOLD"}, -1117, "Invalid side."),
        ({"type": "GUESS"}, -1116, "Invalid orderType."),
        ({"timeInForce": "GTD"}, -1115, "Invalid timeInForce."),
        ({"price": ""}, -1105, "Parameter 'price' was empty."),
        (
            {"quantity": "1e-05"},
            -1100,
            f"Illegal characters found in parameter 'quantity'; legal range is '{DECIMAL_RANGE}'.",
        ),
        (
            {"price": "-1"},
            -1100,
            f"Illegal characters found in parameter 'price'; legal range is '{DECIMAL_RANGE}'.",
        ),
        ({"price": "NaN"}, -1100, None),
        ({"price": "99999999999999999999"}, -1108, "Parameter 'price' overflowed."),
        ({"price": "100.000000001"}, -1111, "Parameter 'price' has too much precision."),
        ({"quantity": "0.123456789"}, -1111, "Parameter 'quantity' has too much precision."),
        ({"newClientOrderId": "a b"}, -1100, None),
        ({"newClientOrderId": "x" * 37}, -1100, None),
        ({"newOrderRespType": "LOUD"}, -1130, "Data sent for parameter 'newOrderRespType' is not valid."),
        ({"strategyType": "999999"}, -1134, None),
        ({"selfTradePreventionMode": "MAYBE"}, -1130, None),
        ({"pegPriceType": "LOOSE"}, -1210, "Invalid pegPriceType."),
        ({"pegOffsetType": "INCH"}, -1211, "Invalid pegOffsetType."),
        ({"price": None}, -1102, "Mandatory parameter 'price' was not sent, was empty/null, or malformed."),
        ({"timeInForce": None}, -1102, "Mandatory parameter 'timeInForce' was not sent, was empty/null, or malformed."),
        ({"stopPrice": "90"}, -1106, "Parameter 'stopPrice' sent when not required."),
        ({"type": "MARKET", "timeInForce": None}, -1106, "Parameter 'price' sent when not required."),
        (
            {"type": "MARKET", "timeInForce": None, "price": None, "quantity": None},
            -1102,
            "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!",
        ),
    ],
)
async def test_an_order_that_is_wrong(caller, change, code, text):
    order = {name: value for name, value in (LIMIT | change).items() if value is not None}
    answer = await caller.signed("POST", "order", **order)
    assert (answer.status, answer.json["code"]) == (400, code), answer.text
    if text is not None:
        assert answer.json["msg"] == text


async def test_an_unknown_parameter_is_counted(caller):
    answer = await caller.signed("POST", "order", **(LIMIT | {"colour": "red"}))
    assert answer.json == {
        "code": -1104,
        "msg": "Not all sent parameters were read; read '8' parameter(s) but was sent '9'.",
    }


async def test_a_misspelt_parameter_is_reported_before_the_one_it_should_have_been(caller):
    order = dict(LIMIT)
    order["timeInforce"] = order.pop("timeInForce")
    answer = await caller.signed("POST", "order", **order)
    assert answer.json["msg"] == "Not all sent parameters were read; read '7' parameter(s) but was sent '8'."


async def test_a_method_without_parameters_takes_none(caller):
    answer = await caller.get("time", when="now")
    assert answer.json == {"code": -1101, "msg": "Too many parameters; expected '0' and received '1'."}


async def test_a_parameter_sent_twice_is_refused(caller):
    answer = await caller.send("GET", "/api/v3/depth", "symbol=BTCUSDT&symbol=ETHUSDT")
    assert answer.json == {"code": -1101, "msg": "Duplicate values for a parameter detected."}


async def test_more_than_a_hundred_symbols_are_too_many(caller):
    names = ",".join(f'"S{number}"' for number in range(101))
    answer = await caller.get("ticker/price", symbols=f"[{names}]")
    assert answer.json == {
        "code": -1101,
        "msg": "Too many values sent for parameter 'symbols', maximum allowed up to 100.",
    }


@pytest.mark.parametrize(("limit", "status"), [("5000", 200), ("9999", 200), ("0", 400), ("-5", 400), ("many", 400)])
async def test_a_limit_above_the_maximum_counts_as_the_maximum(caller, limit, status):
    assert (await caller.get("depth", symbol="BTCUSDT", limit=limit)).status == status
    assert params.limit(1_000)("limit", "1001") == 1_000


@pytest.mark.parametrize(("verb", "path"), [("GET", "order"), ("DELETE", "order")])
async def test_an_order_is_named_by_one_id_at_least(caller, verb, path):
    answer = await caller.signed(verb, path, symbol="BTCUSDT")
    assert answer.json == {
        "code": -1102,
        "msg": "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
    }


async def test_an_unknown_cancel_restriction(caller):
    answer = await caller.signed("DELETE", "order", symbol="BTCUSDT", orderId=1, cancelRestrictions="ONLY_RED")
    assert answer.json == {"code": -1145, "msg": "Invalid cancelRestrictions"}


async def test_a_span_of_more_than_a_day_is_too_long(caller):
    answer = await caller.signed("GET", "allOrders", symbol="BTCUSDT", startTime=1, endTime=86_400_002)
    assert answer.json == {"code": -1127, "msg": "More than 24 hours between startTime and endTime."}
