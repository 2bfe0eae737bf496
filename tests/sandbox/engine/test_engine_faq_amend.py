"""Order amend keep priority: the FAQ's example, and what may and may not be amended."""

from decimal import Decimal

import pytest

from binance_nb.models.enums import ExecutionType, ListStatusType, OrderStatus
from binance_nb.sandbox.engine.events import ListUpdate
from binance_nb.sandbox.engine.specs import LotSize, MaxNumOrderAmends, Notional, PriceFilter


def queue(world):
    """The FAQ's book: user A, you, user B at 87,000 and user C below."""
    a, you, b, c = (world.account() for _ in range(4))
    orders = {
        "a": world.limit(a, "BUY", 1, 87_000),
        "you": world.limit(you, "BUY", "5.5", 87_000),
        "b": world.limit(b, "BUY", 4, 87_000),
        "c": world.limit(c, "BUY", 2, 86_999),
    }
    return you, b, orders


def test_an_amended_order_keeps_its_place(world):
    you, b, orders = queue(world)
    amended = world.amend(you, orders["you"], 5)
    assert amended.order.order_id == orders["you"].order.order_id
    assert amended.order.quantity == 5
    assert world.balance(you, "USDT")[1] == "435000"
    world.market(world.account(), "SELL", "6.5")
    assert world.get(you, orders["you"]).status is OrderStatus.FILLED
    assert world.get(b, orders["b"]).executed_qty == Decimal("0.5")


def test_cancel_replace_loses_its_place(world):
    you, b, orders = queue(world)
    replaced = world.replace(you, orders["you"].order.order_id, world.order("LIMIT", "BUY", 5, 87_000))
    assert replaced.new_order_response.order.order_id != orders["you"].order.order_id
    world.market(world.account(), "SELL", "6.5")
    assert world.get(b, orders["b"]).status is OrderStatus.FILLED
    assert world.get(you, replaced.new_order_response).executed_qty == Decimal("1.5")


def test_amending_costs_no_unfilled_order(world):
    you, _, orders = queue(world)
    before = world.exchange.order_counts(you, world.now_us)
    world.amend(you, orders["you"], 5)
    assert world.exchange.order_counts(you, world.now_us) == before


def test_the_report_is_replaced_and_the_history_remembers(world):
    account = world.account()
    order = world.limit(account, "SELL", 6, 10, client_order_id="first")
    world.events()
    amended = world.amend(account, order, 5, new_client_order_id="second")
    (report,) = world.reports(account)
    assert (report.execution_type, report.client_order_id, report.orig_client_order_id) == (
        ExecutionType.REPLACED,
        "second",
        "first",
    )
    assert amended.execution_id == report.execution_id
    world.amend(account, order, 4)
    rows = world.exchange.order_amendments(account, "BTCUSDT", order.order.order_id)
    assert [(row.orig_qty, row.new_qty, row.orig_client_order_id) for row in rows] == [
        (6, 5, "first"),
        (5, 4, "second"),
    ]
    later = world.exchange.order_amendments(
        account, "BTCUSDT", order.order.order_id, from_execution_id=rows[1].execution_id
    )
    assert later == rows[1:]


def test_the_name_may_stay_or_is_made_anew(world):
    account = world.account()
    order = world.limit(account, "SELL", 6, 10, client_order_id="mine")
    assert world.amend(account, order, 5, new_client_order_id="mine").order.client_order_id == "mine"
    fresh = world.amend(account, order, 4).order.client_order_id
    assert fresh != "mine"
    assert world.exchange.order(account, "BTCUSDT", client_order_id=fresh).quantity == 4


@pytest.mark.parametrize(
    ("new_qty", "message"),
    [
        ("6", "The requested action would change no state; rejecting."),
        ("7", "Order amend (quantity increase) is not supported."),
        ("2", "Price * QTY is zero or less."),
    ],
)
def test_only_a_smaller_quantity_that_is_not_filled_already_is_taken(world, refusal, new_qty, message):
    account = world.account()
    order = world.limit(account, "SELL", 6, 10)
    world.market(world.account(), "BUY", 2)
    assert refusal(world.amend, account, order, new_qty) == f"-2038 {message}"
    assert world.get(account, order).quantity == 6


def test_an_unknown_order_is_refused(world, refusal):
    assert refusal(world.amend, world.account(), 99, 1) == "-2038 Unknown order sent."


def test_filters_are_checked_with_the_new_quantity(make_world, symbol, refusal):
    rules = (
        PriceFilter(Decimal(0), Decimal(0), Decimal("0.01")),
        LotSize(Decimal("0.1"), Decimal(100), Decimal("0.1")),
        Notional(Decimal(10), True, Decimal(10_000), True, 5),
    )
    world = make_world(symbol(*rules))
    account = world.account()
    order = world.limit(account, "SELL", 6, 10)
    assert refusal(world.amend, account, order, "5.05") == "-1013 Filter failure: LOT_SIZE"
    assert refusal(world.amend, account, order, "0.5") == "-1013 Filter failure: NOTIONAL"


def test_the_number_of_amendments_is_limited(make_world, symbol, refusal):
    world = make_world(symbol(MaxNumOrderAmends(2)))
    account = world.account()
    order = world.limit(account, "SELL", 6, 10)
    world.amend(account, order, 5)
    world.amend(account, order, 4)
    assert refusal(world.amend, account, order, 3) == "-2038 Filter failure: MAX_NUM_ORDER_AMENDS"


def test_a_symbol_may_forbid_amendments(make_world, symbol, refusal):
    world = make_world(symbol(amend_allowed=False))
    account = world.account()
    order = world.limit(account, "SELL", 6, 10)
    assert refusal(world.amend, account, order, 3) == "-2038 Order amend is not supported for this symbol."


def test_an_iceberg_shows_less_only_if_less_is_left_than_it_shows(world):
    account = world.account()
    order = world.limit(account, "SELL", 10, 10, iceberg_qty=3)
    world.amend(account, order, 5)
    assert world.exchange.depth("BTCUSDT").asks == ((Decimal(10), Decimal(3)),)
    world.amend(account, order, 2)
    assert world.exchange.depth("BTCUSDT").asks == ((Decimal(10), Decimal(2)),)


def test_both_orders_of_an_oco_change_together(world):
    world.trade_at(100)
    account = world.account({"BTC": 10})
    placed = world.place_list(
        account,
        "OCO",
        world.order("LIMIT_MAKER", "SELL", 5, 110),
        world.order("STOP_LOSS", "SELL", 5, stop_price=90),
    )
    stop, limit = (one.order for one in placed.placements)
    world.events()
    world.amend(account, limit, 3)
    assert world.get(account, stop).quantity == world.get(account, limit).quantity == 3
    assert world.balance(account, "BTC") == ("7", "3")


def test_working_and_pending_of_an_oto_change_alone_and_the_list_says_so(world):
    account = world.account()
    placed = world.place_list(account, "OTO", world.order("LIMIT", "BUY", 5, 100), world.order("MARKET", "SELL", 4))
    working, pending = (one.order for one in placed.placements)
    world.events()
    amended = world.amend(account, pending, 2, new_client_order_id="renamed")
    updates = [event.order_list for event in world.events() if isinstance(event, ListUpdate)]
    assert [update.list_status_type for update in updates] == [ListStatusType.UPDATED]
    assert updates[0].orders[1].client_order_id == "renamed"
    assert amended.order_list.list_order_status == "EXECUTING"
    assert world.get(account, working).quantity == 5
    assert world.get(account, pending).status is OrderStatus.PENDING_NEW


def test_a_pending_opo_order_may_not_be_amended(world, refusal):
    account = world.account()
    placed = world.place_list(account, "OPO", world.order("LIMIT", "BUY", 5, 100), world.order("MARKET", "SELL"))
    pending = placed.placements[1].order
    assert refusal(world.amend, account, pending, 2) == "-2038 Order amend (pending OPO order) is not supported."
