"""Cancel-replace: both modes, both rate limit modes, every pair of results the documentation's table has."""

import pytest

from binance_nb.models.enums import ExecutionType, OrderStatus
from binance_nb.sandbox.engine.commands import CancelOrder, EngineError
from binance_nb.sandbox.engine.records import Cancellation
from binance_nb.sandbox.engine.specs import ExchangeSpec, MaxNumOrders, OrderRateLimit

UNKNOWN = 999


@pytest.fixture
def limited(make_world):
    """A world where one unfilled order in ten seconds is the limit."""
    world = make_world(spec=ExchangeSpec(order_limits=(OrderRateLimit("SECOND", 10, 1),)))
    world.now_us -= world.now_us % 10_000_000
    return world


def good(world, price=2):
    return world.order("LIMIT", "BUY", 1, price)


def bad(world):
    """An order the engine refuses: it would take, and must not."""
    return world.order("LIMIT_MAKER", "BUY", 1, 50)


@pytest.fixture
def setup(world):
    world.limit(world.account(), "SELL", 1, 50)
    account = world.account({"USDT": 100})
    return world, account, world.limit(account, "BUY", 1, 1).order.order_id


@pytest.mark.parametrize("mode", ["STOP_ON_FAILURE", "ALLOW_FAILURE"])
def test_both_succeed(setup, mode):
    world, account, old = setup
    result = world.replace(account, old, good(world), mode)
    assert (result.cancel_result, result.new_order_result, result.error) == ("SUCCESS", "SUCCESS", None)
    assert result.cancel_response.order.status is OrderStatus.CANCELED
    assert result.new_order_response.order.status is OrderStatus.NEW
    assert world.balance(account, "USDT") == ("98", "2")


def test_a_failed_cancel_stops_the_new_order(setup):
    world, account, _ = setup
    result = world.replace(account, UNKNOWN, good(world))
    assert (result.cancel_result, result.new_order_result) == ("FAILURE", "NOT_ATTEMPTED")
    assert str(result.cancel_response) == "-2011 Unknown order sent."
    assert result.new_order_response is None
    assert str(result.error) == "-2022 Order cancel-replace failed."


def test_an_order_that_was_not_attempted_counts(setup):
    world, account, _ = setup
    before = world.exchange.order_counts(account, world.now_us)[0].count
    world.replace(account, UNKNOWN, good(world))
    assert world.exchange.order_counts(account, world.now_us)[0].count == before + 1


def test_a_failed_cancel_may_be_allowed(setup):
    world, account, old = setup
    result = world.replace(account, UNKNOWN, good(world), "ALLOW_FAILURE")
    assert (result.cancel_result, result.new_order_result) == ("FAILURE", "SUCCESS")
    assert str(result.error) == "-2021 Order cancel-replace partially failed."
    assert world.get(account, old).status is OrderStatus.NEW


@pytest.mark.parametrize("mode", ["STOP_ON_FAILURE", "ALLOW_FAILURE"])
def test_the_cancel_stands_when_the_new_order_fails_and_a_report_says_so(setup, mode):
    world, account, old = setup
    world.events()
    result = world.replace(account, old, bad(world), mode)
    assert (result.cancel_result, result.new_order_result) == ("SUCCESS", "FAILURE")
    assert str(result.new_order_response) == "-2010 Order would immediately match and take."
    assert result.error.code == -2021
    told = world.reports(account)
    assert [report.execution_type for report in told] == [ExecutionType.CANCELED, ExecutionType.REJECTED]
    assert told[1].reject_reason == "WOULD_MATCH_IMMEDIATELY"
    assert world.balance(account, "USDT") == ("100", "0")


def test_both_fail(setup):
    world, account, _ = setup
    result = world.replace(account, UNKNOWN, bad(world), "ALLOW_FAILURE")
    assert (result.cancel_result, result.new_order_result) == ("FAILURE", "FAILURE")
    assert result.error.code == -2022


def test_filters_are_checked_before_anything_happens(setup, refusal):
    world, account, old = setup
    assert refusal(world.replace, account, old, good(world, "2.00001")) == "-1013 Filter failure: PRICE_FILTER"
    assert world.get(account, old).status is OrderStatus.NEW


def test_the_money_of_the_old_order_pays_for_the_new(world):
    account = world.account({"USDT": 100})
    old = world.limit(account, "BUY", 1, 100).order.order_id
    result = world.replace(account, old, world.order("LIMIT", "BUY", 2, 50))
    assert result.error is None


def test_the_old_order_still_counts_when_the_filters_are_checked(make_world, symbol, refusal):
    """rest-api.md: filters are evaluated before the cancellation and the placement."""
    world = make_world(symbol(MaxNumOrders(1)))
    account = world.account()
    old = world.limit(account, "BUY", 1, 1).order.order_id
    assert refusal(world.replace, account, old, good(world)) == "-1013 Filter failure: MAX_NUM_ORDERS"
    assert world.get(account, old).status is OrderStatus.NEW


def test_over_the_limit_nothing_is_done_by_default(limited, refusal):
    account = limited.account()
    old = limited.limit(account, "BUY", 1, 1).order.order_id
    assert refusal(limited.replace, account, old, good(limited)) == (
        "-1015 Too many new orders; current limit is 1 orders per 10 SECOND."
    )
    assert limited.get(account, old).status is OrderStatus.NEW


@pytest.mark.parametrize(
    ("mode", "known", "results", "code"),
    [
        ("STOP_ON_FAILURE", True, ("SUCCESS", "FAILURE"), -2021),
        ("STOP_ON_FAILURE", False, ("FAILURE", "NOT_ATTEMPTED"), -2022),
        ("ALLOW_FAILURE", True, ("SUCCESS", "FAILURE"), -2021),
        ("ALLOW_FAILURE", False, ("FAILURE", "FAILURE"), -2022),
    ],
)
def test_over_the_limit_the_cancel_alone_may_go_on(limited, mode, known, results, code):
    account = limited.account()
    old = limited.limit(account, "BUY", 1, 1).order.order_id
    result = limited.replace(
        account, old if known else UNKNOWN, good(limited), mode, order_rate_limit_exceeded_mode="CANCEL_ONLY"
    )
    assert (result.cancel_result, result.new_order_result) == results
    assert result.error.code == code
    if isinstance(result.new_order_response, EngineError):
        assert result.new_order_response.code == -1015


def test_an_order_of_a_list_takes_the_list_with_it(world):
    account = world.account()
    placed = world.place_list(account, "OTO", world.order("LIMIT", "BUY", 1, 10), world.order("LIMIT", "SELL", 1, 20))
    working, pending = (one.order for one in placed.placements)
    result = world.replace(account, working.order_id, good(world))
    assert isinstance(result.cancel_response, Cancellation)
    assert result.cancel_response.order.order_id == working.order_id
    assert world.get(account, pending).status is OrderStatus.CANCELED


def test_a_symbol_may_forbid_it(make_world, symbol, refusal):
    world = make_world(symbol(cancel_replace_allowed=False))
    account = world.account()
    old = world.limit(account, "BUY", 1, 1).order.order_id
    assert refusal(world.replace, account, old, good(world)) == (
        "-1013 Order cancel-replace is not supported for this symbol."
    )


@pytest.mark.parametrize(
    ("restriction", "filled", "allowed"),
    [
        ("ONLY_NEW", False, True),
        ("ONLY_NEW", True, False),
        ("ONLY_PARTIALLY_FILLED", True, True),
        ("ONLY_PARTIALLY_FILLED", False, False),
    ],
)
def test_cancel_restrictions(world, refusal, restriction, filled, allowed):
    from binance_nb.models.enums import CancelRestrictions

    account = world.account()
    order = world.limit(account, "BUY", 2, 10)
    if filled:
        world.market(world.account(), "SELL", 1)
    kind = CancelRestrictions(restriction)
    if allowed:
        assert world.cancel(account, order, cancel_restrictions=kind).order.status is OrderStatus.CANCELED
    else:
        assert refusal(world.cancel, account, order, cancel_restrictions=kind) == (
            "-2011 Order was not canceled due to cancel restrictions."
        )


def test_id_and_name_must_agree(world, refusal):
    account = world.account()
    order = world.limit(account, "BUY", 2, 10, client_order_id="mine")
    assert refusal(world.cancel, account, order, orig_client_order_id="other") == "-2011 Unknown order sent."
    assert world.cancel(account, order, orig_client_order_id="mine").order.status is OrderStatus.CANCELED


def test_a_cancel_without_a_name_is_refused(world, refusal):
    assert refusal(world.exchange.cancel_order, world.account(), CancelOrder(symbol="BTCUSDT"), 1) == (
        "-2011 Cancel order is invalid. Check origClOrdId and orderId."
    )


def test_all_open_orders_go_at_once_and_lists_as_lists(world, refusal):
    account = world.account()
    single = world.limit(account, "BUY", 1, 1)
    world.place_list(account, "OTO", world.order("LIMIT", "BUY", 1, 10), world.order("LIMIT", "SELL", 1, 20))
    answers = world.exchange.cancel_open_orders(account, "BTCUSDT", world.tick())
    assert answers[0].order.order_id == single.order.order_id
    assert len(answers[1].cancellations) == 2
    assert world.exchange.open_orders(account) == ()
    assert refusal(world.exchange.cancel_open_orders, account, "BTCUSDT", world.tick()) == "-2011 Unknown order sent."
