"""FuturesOrderRequest: what may be sent to USD-M futures, under the exchange's own names, or one sentence why not."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binance_nb.errors import InvalidOrderError
from binance_nb.models.enums import FuturesOrderType
from binance_nb.models.futures_requests import CONDITIONAL, FuturesAmendRequest, FuturesOrderRequest

GOOD = {
    "LIMIT": {"quantity": "0.01", "price": "60000"},
    "MARKET": {"quantity": "0.01"},
    "STOP": {"quantity": "0.01", "price": "58000", "stop_price": "58100"},
    "STOP_MARKET": {"quantity": "0.01", "stop_price": "58000"},
    "TAKE_PROFIT": {"quantity": "0.01", "price": "62000", "stop_price": "61900"},
    "TAKE_PROFIT_MARKET": {"quantity": "0.01", "stop_price": "62000"},
    "TRAILING_STOP_MARKET": {"quantity": "0.01", "callback_rate": "1.5", "activation_price": "59000"},
}


def order(order_type="LIMIT", **fields):
    given_fields = {"symbol": "btcusdt", "side": "sell", **GOOD[order_type], **fields}
    return FuturesOrderRequest(order_type=order_type, **given_fields)


def sent(*args, **fields):
    params = order(*args, **fields, new_client_order_id="nb-1").to_params()
    for name in ("symbol", "side", "type", "newOrderRespType"):
        params.pop(name)
    return params


def test_a_limit_order_is_sent_under_the_exchanges_names():
    params = order(reduce_only=True, position_side="both", new_client_order_id="a.B:/_-1").to_params()
    assert params == {
        "symbol": "BTCUSDT",
        "side": "SELL",
        "type": "LIMIT",
        "positionSide": "BOTH",
        "timeInForce": "GTC",
        "quantity": "0.01",
        "price": "60000",
        "reduceOnly": "true",
        "newOrderRespType": "RESULT",
        "newClientOrderId": "a.B:/_-1",
    }


def test_a_market_order_has_no_time_in_force():
    assert sent("MARKET") == {"quantity": "0.01", "newClientOrderId": "nb-1"}


@pytest.mark.parametrize("kind", sorted(CONDITIONAL))
def test_a_conditional_order_speaks_to_the_algo_service(kind):
    params = order(kind, new_client_order_id="nb-1").to_params()
    assert params["algoType"] == "CONDITIONAL"
    assert params["clientAlgoId"] == "nb-1"
    assert "newClientOrderId" not in params
    assert "stopPrice" not in params
    assert ("triggerPrice" in params) == (kind != "TRAILING_STOP_MARKET")


def test_a_trailing_stop_names_its_rate_and_where_it_begins():
    assert sent("TRAILING_STOP_MARKET") == {
        "algoType": "CONDITIONAL",
        "quantity": "0.01",
        "activatePrice": "59000",
        "callbackRate": "1.5",
        "clientAlgoId": "nb-1",
    }


def test_a_closing_stop_has_no_quantity():
    params = sent("STOP_MARKET", quantity=None, close_position=True, working_type="mark_price", price_protect=True)
    assert params == {
        "algoType": "CONDITIONAL",
        "triggerPrice": "58000",
        "closePosition": "true",
        "workingType": "MARK_PRICE",
        "priceProtect": "true",
        "clientAlgoId": "nb-1",
    }


@pytest.mark.parametrize("moment", [dt.datetime(2027, 1, 15, 8, tzinfo=dt.UTC), 1_800_000_000_000])
def test_good_till_date_is_a_moment_and_implies_gtd(moment):
    params = sent(good_till_date=moment)
    assert params["timeInForce"] == "GTD"
    assert params["goodTillDate"] == "1800000000000"


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("LIMIT", {"price": None}, "a LIMIT order needs a price, or a price_match"),
        ("LIMIT", {"price_match": "QUEUE"}, "leave price out"),
        ("LIMIT", {"stop_price": 1}, "a LIMIT order takes no stop_price"),
        ("LIMIT", {"close_position": True}, "a LIMIT order takes no close_position"),
        ("LIMIT", {"quantity": None}, "a LIMIT order needs a quantity$"),
        ("LIMIT", {"time_in_force": "GTD"}, "GTD and good_till_date go together"),
        ("LIMIT", {"time_in_force": "GTX", "good_till_date": 1_800_000_000_000}, "GTD and good_till_date go together"),
        ("LIMIT", {"good_till_date": 1_800_000_000}, "epoch milliseconds, and 1800000000 is no such time"),
        ("LIMIT", {"callback_rate": 1}, "takes no callback_rate; TRAILING_STOP_MARKET does"),
        ("LIMIT", {"self_trade_prevention_mode": "TRANSFER"}, "have no self_trade_prevention_mode TRANSFER"),
        ("LIMIT", {"position_side": "LONG", "reduce_only": True}, "reduce_only is for one-way mode"),
        ("LIMIT", {"new_client_order_id": "no blank"}, "1 to 36 letters"),
        ("LIMIT", {"quantity": 0}, "quantity must be greater than zero"),
        ("LIMIT", {"iceberg_qty": 1}, "'iceberg_qty' is not a field of FuturesOrderRequest"),
        ("MARKET", {"price": 1}, "a MARKET order takes no price; LIMIT does"),
        ("MARKET", {"time_in_force": "GTC"}, "a MARKET order takes no time_in_force"),
        ("MARKET", {"price_match": "OPPONENT"}, "a MARKET order takes no price_match"),
        ("STOP_MARKET", {"price": 1}, "a STOP_MARKET order takes no price; STOP does"),
        ("STOP_MARKET", {"stop_price": None}, "a STOP_MARKET order needs a stop_price"),
        ("STOP_MARKET", {"quantity": None}, "needs a quantity, or close_position=True"),
        ("STOP_MARKET", {"close_position": True}, "leave quantity out"),
        ("STOP_MARKET", {"close_position": True, "quantity": None, "reduce_only": True}, "leave reduce_only out"),
        (
            "STOP_MARKET",
            {"close_position": True, "quantity": None, "position_side": "SHORT"},
            "a SELL order makes a SHORT position larger",
        ),
        ("TRAILING_STOP_MARKET", {"callback_rate": None}, "needs a callback_rate in percent"),
        ("TRAILING_STOP_MARKET", {"callback_rate": 20.1}, "0.1 to 20, not 20.1"),
        ("TRAILING_STOP_MARKET", {"callback_rate": "0.09"}, "0.1 to 20, not 0.09"),
        ("TRAILING_STOP_MARKET", {"stop_price": 1}, "takes no stop_price; activation_price says"),
    ],
)
def test_what_does_not_belong_together_is_one_sentence(kind, fields, words):
    with pytest.raises(InvalidOrderError, match=words):
        order(kind, **fields)


def test_an_unknown_type_is_told_with_those_there_are():
    with pytest.raises(InvalidOrderError, match="order_type must be 'LIMIT', 'MARKET', 'STOP'"):
        FuturesOrderRequest(symbol="BTCUSDT", side="BUY", order_type="STOP_LOSS", quantity=1)


@pytest.mark.parametrize(
    ("fields", "reduces"),
    [
        ({}, False),
        ({"reduce_only": True}, True),
        ({"position_side": "LONG"}, True),
        ({"position_side": "SHORT"}, False),
        ({"position_side": "SHORT", "side": "BUY"}, True),
    ],
)
def test_an_order_says_whether_it_only_reduces(fields, reduces):
    assert order(**fields).only_reduces is reduces


@given(kind=st.sampled_from(list(FuturesOrderType)), quantity=st.decimals("0.00000001", "1000000", places=8))
def test_no_number_leaves_with_an_exponent(kind, quantity):
    params = order(kind.value, quantity=quantity).to_params()
    assert "e" not in params["quantity"].lower()


def test_a_change_names_the_order_and_its_new_price():
    change = FuturesAmendRequest(symbol="btcusdt", side="buy", quantity="0.02", price="61000", order_id=7)
    assert change.to_params() == {
        "orderId": "7",
        "symbol": "BTCUSDT",
        "side": "BUY",
        "quantity": "0.02",
        "price": "61000",
    }


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"order_id": None}, "say which order"),
        ({"quantity": None}, "needs a quantity"),
        ({"price": None}, "a price or a price_match"),
        ({"price_match": "QUEUE"}, "one of the two"),
    ],
)
def test_a_change_that_says_too_little_or_too_much_is_one_sentence(fields, words):
    with pytest.raises(InvalidOrderError, match=words):
        FuturesAmendRequest(**{"symbol": "BTCUSDT", "side": "BUY", "quantity": 1, "price": 2, "order_id": 7, **fields})
