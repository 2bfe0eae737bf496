"""FuturesRules: an order held against the filters of its symbol, with the nearest values that would pass."""

from decimal import Decimal

import pytest
from futures_exchange import FUTURES_INFO
from hypothesis import given
from hypothesis import strategies as st

from binance_nb.errors import SymbolRuleError
from binance_nb.models.futures_requests import FuturesOrderRequest
from binance_nb.models.futures_rules import FuturesFacts, FuturesRules

RULES = FuturesRules(FUTURES_INFO)
MARK = FuturesFacts(mark_price=Decimal(60000), last_price=Decimal(60000))


def order(**fields):
    return FuturesOrderRequest(
        **{"symbol": "BTCUSDT", "side": "BUY", "order_type": "LIMIT", "quantity": "0.01", "price": "60000", **fields}
    )


def market(**fields):
    return order(order_type="MARKET", price=None, **fields)


def stop(**fields):
    return order(**{"order_type": "STOP_MARKET", "price": None, "side": "SELL", "stop_price": "58000", **fields})


def failed(request, facts=None):
    checks = RULES.check(request) if facts is None else RULES.check_fully(request, facts)
    return {check.rule: check for check in checks if not check.passed}


def test_an_order_that_fits_passes_every_rule():
    assert failed(order(), MARK) == {}
    assert failed(market(), MARK) == {}
    assert failed(stop(), MARK) == {}


@pytest.mark.parametrize(
    ("request_", "rule", "code", "nearest"),
    [
        (order(price="60000.05"), "PRICE_FILTER", -4014, ("60000", "60000.1")),
        (order(price="500"), "PRICE_FILTER", -4013, ("556.8",)),
        (order(price="5000000"), "PRICE_FILTER", -4002, ("4529764",)),
        (order(price="60000.001"), "precision", -1111, ("60000", "60000.1")),
        (order(quantity="0.0105"), "precision", -1111, ("0.01", "0.011")),
        (order(quantity="1000.5"), "LOT_SIZE", -4005, ("1000",)),
        (market(quantity="121"), "MARKET_LOT_SIZE", -4005, ("120",)),
        (stop(quantity="121"), "MARKET_LOT_SIZE", -4005, ("120",)),
        (stop(stop_price="58000.05"), "PRICE_FILTER", -4014, ("58000", "58000.1")),
        (order(quantity="0.001", price="40000"), "MIN_NOTIONAL", -4164, ("0.002",)),
    ],
)
def test_a_broken_rule_is_told_with_its_code_and_the_nearest_values(request_, rule, code, nearest):
    check = failed(request_)[rule]
    assert (check.code, check.nearest) == (code, nearest)
    with pytest.raises(SymbolRuleError) as refused:
        RULES.require(request_)
    assert refused.value.code == next(iter(failed(request_).values())).code


def test_a_quantity_of_zero_decimals_too_small_is_below_the_smallest():
    info = {**FUTURES_INFO, "filters": [{"filterType": "LOT_SIZE", "minQty": "5", "maxQty": "9", "stepSize": "1"}]}
    (check,) = [c for c in FuturesRules(info).check(order(quantity=4)) if not c.passed]
    assert (check.code, check.nearest) == (-4004, ("5",))


@pytest.mark.parametrize("fields", [{"reduce_only": True}, {"position_side": "SHORT"}])
def test_what_only_reduces_may_be_worth_little(fields):
    assert "MIN_NOTIONAL" in failed(order(quantity="0.001", price="40000"))
    assert "MIN_NOTIONAL" not in failed(order(quantity="0.001", price="40000", **fields))


def test_a_market_order_is_worth_what_the_mark_price_says():
    tiny = FuturesFacts(mark_price=Decimal(40000))
    assert failed(market(quantity="0.001"), tiny)["MIN_NOTIONAL"].nearest == ("0.002",)
    assert "MIN_NOTIONAL" not in failed(market(quantity="0.001"))


def test_a_buy_may_be_far_below_the_mark_price_and_not_far_above():
    assert failed(order(price="63000.1"), MARK)["PERCENT_PRICE"].nearest == ("63000",)
    assert failed(order(price="63000.1"), MARK)["PERCENT_PRICE"].code == -4016
    assert failed(order(price="40000"), MARK) == {}
    assert failed(order(price="56999.9", side="SELL"), MARK)["PERCENT_PRICE"].code == -4024
    assert failed(order(price="80000", side="SELL"), MARK) == {}


def test_the_account_has_room_for_so_many_orders():
    assert failed(order(), FuturesFacts(open_orders=200))["MAX_NUM_ORDERS"].code == -2025
    assert failed(stop(), FuturesFacts(open_conditional=200))["conditional orders"].code == -4045
    assert failed(stop(), FuturesFacts(open_orders=200, open_conditional=199)) == {}


def test_the_position_side_fits_the_mode_of_the_account():
    assert failed(order(), FuturesFacts(is_hedged=True))["position mode"].nearest == ("LONG", "SHORT")
    assert failed(order(position_side="LONG"), FuturesFacts())["position mode"].nearest == ("BOTH",)
    assert failed(order(position_side="LONG"), FuturesFacts(is_hedged=True)) == {}


def test_an_order_that_only_reduces_needs_a_position():
    long = FuturesFacts(positions=[{"positionSide": "BOTH", "positionAmt": "0.5"}])
    assert failed(market(reduce_only=True, side="SELL"), long) == {}
    assert failed(market(reduce_only=True, side="BUY"), long)["reduce only"].code == -2022
    assert failed(market(reduce_only=True, side="SELL"), FuturesFacts())["reduce only"].code == -2022


@pytest.mark.parametrize(
    ("fields", "passes"),
    [
        ({"side": "SELL", "stop_price": "59999.9"}, True),
        ({"side": "SELL", "stop_price": "60000"}, False),
        ({"side": "BUY", "stop_price": "60000.1"}, True),
        ({"side": "BUY", "stop_price": "59000"}, False),
        ({"side": "SELL", "order_type": "TAKE_PROFIT_MARKET", "stop_price": "61000"}, True),
        ({"side": "SELL", "order_type": "TAKE_PROFIT_MARKET", "stop_price": "59000"}, False),
    ],
)
def test_a_trigger_lies_where_the_price_has_still_to_go(fields, passes):
    assert ("trigger" not in failed(stop(**fields), MARK)) is passes


def test_the_working_type_says_which_price_triggers():
    apart = FuturesFacts(mark_price=Decimal(57000), last_price=Decimal(60000))
    assert "trigger" not in failed(stop(), apart)
    assert "trigger" in failed(stop(working_type="MARK_PRICE"), apart)


def test_a_symbol_that_does_not_trade_takes_no_orders():
    (check,) = [c for c in FuturesRules({**FUTURES_INFO, "status": "SETTLING"}).check(order()) if not c.passed]
    assert check.code == -4140


@given(
    price=st.decimals("10000", "100000", places=4),
    quantity=st.decimals("0.01", "100", places=6),
    how=st.sampled_from(["down", "up", "nearest"]),
)
def test_a_snapped_order_breaks_no_rule_of_steps(price, quantity, how):
    snapped = RULES.snap(order(price=price, quantity=quantity), how)
    assert failed(snapped) == {}
    assert abs(snapped.price - price) <= Decimal("0.1")
    assert abs(snapped.quantity - quantity) <= Decimal("0.001")
