"""SpotOrderRequest: what each order type needs and refuses, which numbers it takes, and what goes on the wire."""

import pickle
import re
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scripted import BTCUSDT_INFO

from binance_nb import NewOrderRespType, OrderSide, SpotOrderRequest, SpotOrderType, TimeInForce
from binance_nb.errors import InvalidOrderError
from binance_nb.models.decimals import plain, to_decimal
from binance_nb.models.requests import CLIENT_ORDER_ID, new_client_order_id

T = SpotOrderType

# What the table of rest-api.md, "New order (TRADE)", asks for, and the least that makes each type complete.
COMPLETE = {
    T.LIMIT: {"quantity": "1", "price": "2"},
    T.MARKET: {"quantity": "1"},
    T.STOP_LOSS: {"quantity": "1", "stop_price": "3"},
    T.STOP_LOSS_LIMIT: {"quantity": "1", "price": "2", "stop_price": "3"},
    T.TAKE_PROFIT: {"quantity": "1", "stop_price": "3"},
    T.TAKE_PROFIT_LIMIT: {"quantity": "1", "price": "2", "stop_price": "3"},
    T.LIMIT_MAKER: {"quantity": "1", "price": "2"},
}
TIMED = {T.LIMIT, T.STOP_LOSS_LIMIT, T.TAKE_PROFIT_LIMIT}
LIMITS = TIMED | {T.LIMIT_MAKER}
STOPS = {T.STOP_LOSS, T.STOP_LOSS_LIMIT, T.TAKE_PROFIT, T.TAKE_PROFIT_LIMIT}

EXTRAS = {
    "price": ("7", LIMITS),
    "stop_price": ("7", STOPS),
    "trailing_delta": (100, STOPS),
    "time_in_force": ("GTC", TIMED),
    "quote_order_qty": ("7", set()),
    "iceberg_qty": ("0.5", LIMITS),
    "peg_price_type": ("PRIMARY_PEG", LIMITS),
}


def order(order_type=T.LIMIT, **fields):
    return SpotOrderRequest(symbol=BTCUSDT_INFO["symbol"], side="BUY", order_type=order_type, **fields)


@pytest.mark.parametrize("order_type", list(T))
def test_the_least_that_a_type_needs_is_enough(order_type):
    made = order(order_type, **COMPLETE[order_type])
    assert made.order_type is order_type
    assert made.side is OrderSide.BUY
    assert made.is_triggered is (order_type in STOPS)


@pytest.mark.parametrize(
    ("order_type", "missing"), [(kind, field) for kind, fields in COMPLETE.items() for field in fields]
)
def test_whatever_a_type_needs_is_asked_for_by_name(order_type, missing):
    fields = {name: value for name, value in COMPLETE[order_type].items() if name != missing}
    with pytest.raises(InvalidOrderError, match=missing) as refused:
        order(order_type, **fields)
    assert order_type in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("order_type", "field"), [(kind, field) for kind in T for field in EXTRAS])
def test_every_field_is_taken_by_the_types_it_belongs_to_and_by_no_other(order_type, field):
    value, takers = EXTRAS[field]
    fields = {**COMPLETE[order_type], field: value}
    if field == "peg_price_type" and order_type in takers:
        del fields["price"]  # a pegged order follows the book
    if order_type in takers:
        assert getattr(order(order_type, **fields), field) is not None
    else:
        named = "pegged" if field == "peg_price_type" else field
        with pytest.raises(InvalidOrderError, match=named):
            order(order_type, **fields)


def test_a_market_order_takes_either_amount_and_not_both():
    assert order(T.MARKET, quote_order_qty=100).quantity is None
    with pytest.raises(InvalidOrderError, match="not both"):
        order(T.MARKET, quantity=1, quote_order_qty=100)
    with pytest.raises(InvalidOrderError, match="one of the two is missing"):
        order(T.MARKET)


@pytest.mark.parametrize("order_type", sorted(STOPS))
def test_a_stop_may_trail_with_or_without_a_stop_price(order_type):
    fields = {name: value for name, value in COMPLETE[order_type].items() if name != "stop_price"}
    assert order(order_type, **fields, trailing_delta=100).stop_price is None
    assert order(order_type, **fields, trailing_delta=100, stop_price="3").stop_price == 3


@pytest.mark.parametrize("order_type", sorted(TIMED))
def test_a_timed_order_is_good_till_cancelled_unless_it_says_otherwise(order_type):
    assert order(order_type, **COMPLETE[order_type]).time_in_force is TimeInForce.GTC
    assert order(order_type.value.lower(), **COMPLETE[order_type]).time_in_force is TimeInForce.GTC
    assert order(order_type, **COMPLETE[order_type], time_in_force="fok").time_in_force is TimeInForce.FOK


@pytest.mark.parametrize("order_type", sorted(set(T) - TIMED))
def test_an_untimed_order_sends_no_time_in_force(order_type):
    assert "timeInForce" not in order(order_type, **COMPLETE[order_type]).to_params()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"quantity": 1, "price": 2, "iceberg_qty": 2}, "iceberg_qty is the visible part and cannot exceed quantity"),
        ({"quantity": 1, "price": 2, "iceberg_qty": "0.1", "time_in_force": "IOC"}, "an iceberg order must be GTC"),
        ({"quantity": 1, "price": 2, "peg_price_type": "PRIMARY_PEG"}, "follows the book and takes no price"),
        ({"quantity": 1, "price": 2, "peg_offset_type": "PRICE_LEVEL", "peg_offset_value": 1}, "need a peg_price_type"),
        ({"quantity": 1, "peg_price_type": "PRIMARY_PEG", "peg_offset_value": 1}, "go together"),
        ({"quantity": 1, "peg_price_type": "PRIMARY_PEG", "peg_offset_type": "PRICE_LEVEL"}, "go together"),
        ({"order_type": "LIMIT_MAKER", "quantity": 1, "peg_price_type": "MARKET_PEG"}, "can only use PRIMARY_PEG"),
        ({"quantity": 1, "price": 2, "strategy_type": 5}, "strategy_type must be at least 1000000"),
        ({"order_type": "STOP_LOSS", "quantity": 1, "trailing_delta": 0}, "basis points .* greater than zero, not 0"),
        ({"order_type": "STOP_LOSS", "quantity": 1, "trailing_delta": 1.5}, "trailing_delta: .*integer.*, not 1.5"),
        ({"quantity": 1, "price": 2, "new_client_order_id": "a b"}, "1 to 36 letters, digits, - and _; 'a b'"),
        ({"quantity": 1, "price": 2, "new_client_order_id": "x" * 37}, "1 to 36"),
        ({"quantity": 1, "price": 2, "new_client_order_id": "ok\n"}, "1 to 36"),
        ({"quantity": 1, "price": 2, "new_client_order_id": ""}, "1 to 36"),
        ({"quantity": 1, "price": 2, "side": "HOLD"}, "side must be 'BUY' or 'SELL', not 'HOLD'"),
        ({"quantity": 1, "price": 2, "order_type": "OCO"}, "order_type must be 'LIMIT', .*, not 'OCO'"),
        ({"quantity": 1, "price": 2, "time_in_force": "GTX"}, "time_in_force must be 'GTC', 'IOC' or 'FOK', not 'GTX'"),
        ({"quantity": 1, "price": 2, "symbol": " "}, 'symbol must be a name such as "BTCUSDT"'),
        ({"quantity": 1, "price": 2, "symbol": 7}, 'symbol must be a name such as "BTCUSDT"'),
        (
            {"quantity": 1, "price": 2, "leverage": 3},
            "'leverage' is not a field of SpotOrderRequest; the fields are: symbol",
        ),
    ],
)
def test_bad_input_is_refused_in_one_sentence(fields, words):
    with pytest.raises(InvalidOrderError, match=words) as refused:
        SpotOrderRequest(**{"symbol": "BTCUSDT", "side": "BUY", "order_type": "LIMIT", **fields})
    assert "\n" not in str(refused.value)
    assert isinstance(refused.value, ValueError)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("missing", ["symbol", "side", "order_type"])
def test_a_missing_field_is_named(missing):
    fields = {"symbol": "BTCUSDT", "side": "BUY", "order_type": "LIMIT", "quantity": 1, "price": 2}
    del fields[missing]
    with pytest.raises(InvalidOrderError, match=f"an order needs an? {missing}"):
        SpotOrderRequest(**fields)


def test_words_may_come_in_any_case_and_with_blanks():
    made = SpotOrderRequest(symbol=" btcusdt ", side="buy", order_type=" limit", quantity=1, price=2)
    assert made.symbol == "BTCUSDT"
    assert made.side is OrderSide.BUY
    assert made.new_order_resp_type is NewOrderRespType.FULL


def test_a_non_ascii_symbol_is_kept():
    assert (
        order(T.MARKET, quantity=1).model_copy(update={"symbol": "１２３４５６"}).to_params()["symbol"]
        == "１２３４５６"
    )
    assert SpotOrderRequest(symbol="１２３４５６", side="BUY", order_type="MARKET", quantity=1).symbol == "１２３４５６"


def test_an_order_cannot_be_changed_afterwards():
    with pytest.raises(ValidationError, match="frozen"):
        order(T.MARKET, quantity=1).quantity = Decimal(2)


def test_an_order_travels_through_pickle():
    made = order(T.MARKET, quantity="0.1")
    assert pickle.loads(pickle.dumps(made)) == made


# Numbers


@pytest.mark.parametrize(
    ("given_", "wire"),
    [
        ("0.10", "0.1"),
        (" 1_000.5 ", "1000.5"),
        ("1e-5", "0.00001"),
        ("5E+3", "5000"),
        (1, "1"),
        (10**18, "1000000000000000000"),
        (0.1, "0.1"),
        (1e-05, "0.00001"),
        (1e22, "10000000000000000000000"),
        (Decimal("0.00001000"), "0.00001"),
        (Decimal("1E-8"), "0.00000001"),
        (Decimal("1E+2"), "100"),
        (np.float64(0.1), "0.1"),
        (np.float32(0.1), "0.1"),
        (np.int64(3), "3"),
        (np.uint8(3), "3"),
        (pd.Series([0.25]).iloc[0], "0.25"),
        (pd.Series([3]).iloc[0], "3"),
        (pd.Series(["0.5"]).iloc[0], "0.5"),
        (np.str_("0.5"), "0.5"),
    ],
)
def test_a_number_of_any_kind_goes_out_as_plain_digits(given_, wire):
    assert order(T.MARKET, quantity=given_).to_params()["quantity"] == wire


@pytest.mark.parametrize("field", ["quantity", "price", "stop_price", "iceberg_qty", "quote_order_qty"])
@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "must be greater than zero, not 0"),
        (-1, "must be greater than zero, not -1"),
        (-0.0, "must be greater than zero, not 0"),
        ("-1e-7", "must be greater than zero, not -0.0000001"),
        (float("nan"), "must be a finite number, not nan"),
        (float("inf"), "must be a finite number, not inf"),
        ("NaN", "must be a finite number"),
        (Decimal("sNaN"), "must be a finite number"),
        (Decimal("-Infinity"), "must be a finite number"),
        (np.float64("nan"), "must be a finite number"),
        ("much", "must be a number, not 'much'"),
        ("", "must be a number, not ''"),
        ("1,5", "must be a number, not '1,5'"),
        (True, "must be a number, not True"),
        (np.bool_(True), "must be a number"),
        ([1], "must be a number, not list"),
        (1 + 2j, "must be a number, not complex"),
        (pd.NA, "must be a number, not NAType"),
        (object(), "must be a number, not object"),
        ("1e500", "is out of any range"),
        (Decimal("1e999999999"), "is out of any range"),
        ("1e-999999", "is out of any range"),
        ("1." + "1" * 90, "has more digits than any exchange takes"),
    ],
)
def test_what_is_no_amount_is_refused_by_the_name_of_its_field(field, value, words):
    fields = {**COMPLETE[T.STOP_LOSS_LIMIT], field: value}
    with pytest.raises(InvalidOrderError, match=rf"^{field} {words}") as refused:
        order(T.STOP_LOSS_LIMIT, **fields)
    assert len(str(refused.value)) < 300


AMOUNTS = st.decimals(min_value=Decimal("1e-12"), max_value=Decimal("1e15"), places=12)
NO_EXPONENT = re.compile(r"\d+(\.\d*[1-9])?")


@given(st.one_of(AMOUNTS, st.floats(1e-12, 1e15), st.integers(1, 10**18), AMOUNTS.map(str)))
def test_no_exponent_and_no_needless_zero_ever_reaches_the_wire(value):
    params = order(T.STOP_LOSS_LIMIT, quantity=value, price=value, stop_price=value, iceberg_qty=value).to_params()
    for name in ("quantity", "price", "stopPrice", "icebergQty"):
        assert NO_EXPONENT.fullmatch(params[name]), params[name]
        assert Decimal(params[name]) == to_decimal(value)


@given(st.floats(1e-12, 1e15))
def test_a_float_is_the_number_that_it_shows(value):
    assert float(order(T.MARKET, quantity=value).to_params()["quantity"]) == value
    assert to_decimal(value) == Decimal(repr(value))
    assert to_decimal(np.float64(value)) == Decimal(repr(value))


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20))
def test_plain_text_is_the_same_number(number):
    assert Decimal(plain(number)) == number
    assert "e" not in plain(number).lower()
    assert plain(number) != "-0"


def test_every_parameter_has_the_name_that_the_exchange_gives_it():
    made = SpotOrderRequest(
        symbol="BTCUSDT",
        side="SELL",
        order_type="STOP_LOSS_LIMIT",
        quantity="1",
        price="2",
        stop_price="3",
        trailing_delta=100,
        iceberg_qty="0.5",
        new_client_order_id="mine-1",
        new_order_resp_type="ACK",
        self_trade_prevention_mode="EXPIRE_MAKER",
        strategy_id=1,
        strategy_type=1_000_000,
    )
    assert made.to_params() == {
        "symbol": "BTCUSDT",
        "side": "SELL",
        "type": "STOP_LOSS_LIMIT",
        "timeInForce": "GTC",
        "quantity": "1",
        "price": "2",
        "newClientOrderId": "mine-1",
        "strategyId": "1",
        "strategyType": "1000000",
        "stopPrice": "3",
        "trailingDelta": "100",
        "icebergQty": "0.5",
        "newOrderRespType": "ACK",
        "selfTradePreventionMode": "EXPIRE_MAKER",
    }
    pegged = order(
        T.LIMIT, quantity=1, peg_price_type="MARKET_PEG", peg_offset_type="PRICE_LEVEL", peg_offset_value=3
    ).to_params()
    assert (pegged["pegPriceType"], pegged["pegOffsetType"], pegged["pegOffsetValue"]) == (
        "MARKET_PEG",
        "PRICE_LEVEL",
        "3",
    )


def test_every_field_of_the_request_has_a_place_on_the_wire():
    from binance_nb.models.requests import _WIRE

    assert set(_WIRE) == set(SpotOrderRequest.model_fields)


def test_every_order_has_a_client_order_id_of_its_own():
    ids = {order(T.MARKET, quantity=1).new_client_order_id for _ in range(200)}
    assert len(ids) == 200
    assert all(CLIENT_ORDER_ID.match(each) for each in ids)
    assert new_client_order_id().startswith("nb-")
