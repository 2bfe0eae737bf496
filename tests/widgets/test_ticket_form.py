"""The form of a ticket for single orders: fields by type, complaints with the nearest value, shares of the balance."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binance_nb.errors import InvalidOrderError
from binance_nb.models.enums import OrderSide, SpotOrderType
from binance_nb.models.rules import SymbolRules
from binance_nb.widgets.ticket_estimate import Touch, share_of_balance
from binance_nb.widgets.ticket_fields import FIELDS
from binance_nb.widgets.ticket_form import Form
from binance_nb.widgets.ticket_orders import Armed
from tests.widgets.fake_client import BTCUSDT

RULES = SymbolRules(BTCUSDT)
TOUCH = Touch(
    bid=Decimal("63999.99"),
    ask=Decimal("64000.01"),
    free_base=Decimal(2),
    free_quote=Decimal(100000),
)
COMPLETE = {
    SpotOrderType.LIMIT: {"quantity": "0.01", "price": "60000"},
    SpotOrderType.MARKET: {"quantity": "0.01"},
    SpotOrderType.STOP_LOSS: {"quantity": "0.01", "stop_price": "60000"},
    SpotOrderType.STOP_LOSS_LIMIT: {"quantity": "0.01", "price": "59900", "stop_price": "60000"},
    SpotOrderType.TAKE_PROFIT: {"quantity": "0.01", "trailing_delta": "50"},
    SpotOrderType.TAKE_PROFIT_LIMIT: {"quantity": "0.01", "price": "69900", "stop_price": "70000"},
    SpotOrderType.LIMIT_MAKER: {"quantity": "0.01", "price": "60000", "post_only": "yes"},
}


def form(kind=SpotOrderType.LIMIT, side=OrderSide.BUY, **texts):
    post_only = {"post_only": "yes"} if kind is SpotOrderType.LIMIT_MAKER else {}
    menu = SpotOrderType.LIMIT if post_only else kind
    return Form("BTCUSDT", side, menu.value, {**texts, **post_only})


@pytest.mark.parametrize("kind", SpotOrderType)
def test_every_order_type_has_a_form_that_makes_it(kind):
    made = form(kind, **COMPLETE[kind])
    assert made.complaints(RULES) == {}
    assert made.missing() == ""
    assert made.request().order_type is kind
    assert set(COMPLETE[kind]) - {"post_only"} <= set(FIELDS[kind])


def test_what_another_type_left_behind_is_not_sent():
    order = form(SpotOrderType.MARKET, quantity="0.01", price="60000", stop_price="1").request()
    assert order.price is None
    assert order.stop_price is None


def test_an_empty_form_is_incomplete_but_not_wrong():
    assert form().complaints(RULES) == {}
    assert "needs a quantity" in form().missing()


def test_a_price_off_the_tick_names_the_nearest_two_before_a_quantity_is_typed():
    complaint = form(price="60000.005").complaints(RULES)["price"]
    assert complaint.nearest == ("60000", "60000.01")
    assert "tick of 0.01" in complaint.sentence


def test_a_nearest_value_passes_when_it_is_taken():
    wrong = form(quantity="0.000014", price="60000").complaints(RULES)["quantity"]
    for value in wrong.nearest:
        assert "step" not in str(form(quantity=value, price="60000").complaints(RULES))


def test_too_small_an_order_is_told_once_price_and_quantity_are_there():
    assert form(quantity="0.00002").complaints(RULES) == {}
    complaint = form(quantity="0.00002", price="60000").complaints(RULES)["quantity"]
    assert "NOTIONAL" in complaint.sentence
    assert complaint.nearest == ("0.00009",)


@pytest.mark.parametrize("text", ["abc", "-1", "0", "nan", "1e999999999", "inf", "1,000"])
def test_nonsense_is_a_complaint_of_its_own_field(text):
    assert list(form(quantity=text, price="60000").complaints(RULES)) == ["quantity"]


def test_a_trailing_delta_out_of_range_names_the_nearest():
    complaint = form(SpotOrderType.STOP_LOSS, quantity="0.01", trailing_delta="5").complaints(RULES)["trailing_delta"]
    assert complaint.nearest == ("10",)


def test_a_broken_trailing_delta_is_refused():
    wrong = form(SpotOrderType.STOP_LOSS, quantity="0.01", trailing_delta="10.5")
    assert "whole number" in wrong.complaints(RULES)["trailing_delta"].sentence
    with pytest.raises(InvalidOrderError, match="whole number"):
        wrong.request()


def test_both_amounts_of_a_market_order_are_a_complaint_of_the_form():
    both = form(SpotOrderType.MARKET, quantity="1", quote_order_qty="5").complaints(RULES)
    assert "not both" in both["form"].sentence


@pytest.mark.parametrize("percent", [25, 50, 75, 100])
def test_selling_a_share_sells_that_part_of_the_base(percent):
    filled = share_of_balance(form(side=OrderSide.SELL), TOUCH, RULES, percent)
    assert Decimal(filled["quantity"]) == Decimal(2) * percent / 100


def test_buying_a_share_by_market_takes_a_quote_amount():
    assert share_of_balance(form(SpotOrderType.MARKET), TOUCH, RULES, 25) == {"quote_order_qty": "25000"}


@given(
    free=st.decimals("0.01", "1e7", places=2),
    price=st.decimals("0.01", "1e6", places=2),
    percent=st.sampled_from([25, 50, 75, 100]),
)
def test_a_share_never_costs_more_than_there_is_and_is_on_the_step(free, price, percent):
    touch = Touch(free_quote=free)
    filled = share_of_balance(form(price=str(price)), touch, RULES, percent)
    quantity = Decimal(filled["quantity"])
    assert quantity * price <= free
    assert quantity % RULES.step_size == 0


def test_nothing_is_filled_in_while_the_balance_is_unknown():
    assert share_of_balance(form(price="1"), Touch(), RULES, 50) == {}


def test_the_confirmation_says_the_whole_order():
    order = form(
        SpotOrderType.STOP_LOSS_LIMIT, OrderSide.SELL, quantity="0.01", price="59900", stop_price="60000"
    ).request()
    assert Armed(order).summary(RULES) == [
        "SELL 0.01 BTC · BTCUSDT · STOP_LOSS_LIMIT · at 59900 USDT · stop 60000 · GTC"
    ]
