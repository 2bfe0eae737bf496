"""The worked examples of the unfilled order count FAQ."""

from decimal import Decimal

import pytest

from binance_nb.sandbox.engine.specs import ExchangeSpec, OrderRateLimit

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US


@pytest.fixture
def counted(make_world):
    """A world with a ten-second and a daily limit; `count` tells the ten-second one."""
    limits = (OrderRateLimit("SECOND", 10, 100), OrderRateLimit("DAY", 1, 1000))
    world = make_world(spec=ExchangeSpec(order_limits=limits))
    world.now_us -= world.now_us % DAY_US
    world.you, world.other = world.account(), world.account()
    world.count = lambda: world.exchange.order_counts(world.you, world.now_us)[0].count
    return world


def test_example_1_taker(counted):
    w = counted
    w.limit(w.you, "BUY", 1, 1)  # A
    assert w.count() == 1
    w.limit(w.other, "SELL", 1, 10)
    b = w.limit(w.you, "BUY", 3, 10)  # B, partially filled at once
    assert w.count() == 1
    w.limit(w.you, "BUY", 1, 1)  # C
    assert w.count() == 2
    w.market(w.other, "SELL", 1)
    assert w.count() == 2
    w.market(w.other, "SELL", 1)
    assert w.get(w.you, b).status == "FILLED"
    assert w.count() == 2
    w.limit(w.other, "SELL", 1, 10)
    w.market(w.you, "BUY", 1)  # D
    assert w.count() == 2


def test_example_2_maker(counted):
    w = counted
    a = w.limit(w.you, "BUY", 2, 20)
    b = w.limit(w.you, "BUY", 2, 19)
    for _ in "CDE":
        w.limit(w.you, "BUY", 1, 1)
    assert w.count() == 5
    w.market(w.other, "SELL", 1)
    assert w.count() == 0
    for _ in "FG":
        w.limit(w.you, "BUY", 1, 1)
    assert w.count() == 2
    w.market(w.other, "SELL", 1)
    assert w.get(w.you, a).status == "FILLED"
    assert w.count() == 2
    w.market(w.other, "SELL", 1)
    assert w.get(w.you, b).status == "PARTIALLY_FILLED"
    assert w.count() == 0
    w.limit(w.you, "BUY", 1, 1)
    assert w.count() == 1


def test_cancels_and_expiries_change_nothing(counted):
    w = counted
    a = w.limit(w.you, "BUY", 1, 1)
    w.cancel(w.you, a)
    assert w.count() == 1
    w.limit(w.you, "BUY", 1, 2)
    w.limit(w.other, "SELL", 1, 10)
    w.limit(w.you, "BUY", 1, 10, tif="FOK")
    assert w.count() == 2
    d = w.limit(w.you, "BUY", 1, 1)
    assert w.count() == 3
    w.limit(w.you, "BUY", 1, 10, tif="FOK")
    assert w.count() == 4
    w.cancel(w.you, d)
    assert w.count() == 4
    w.limit(w.you, "BUY", 1, 1)
    assert w.count() == 5


def test_fills_of_yesterdays_orders_lower_todays_count(counted):
    w = counted
    daily = lambda: w.exchange.order_counts(w.you, w.now_us)[1].count  # noqa: E731

    def sell(price, number):
        for _ in range(number):
            w.limit(w.other, "SELL", 1, price)

    for _ in range(5):
        w.limit(w.you, "BUY", 1, 10)
    assert daily() == 5
    w.now_us += DAY_US
    assert daily() == 0
    for _ in range(10):
        w.limit(w.you, "BUY", 1, 9)
    assert daily() == 10
    sell(10, 5)  # orders 1..5
    assert daily() == 5
    sell(9, 5)  # orders 6..10
    assert daily() == 0
    w.limit(w.you, "BUY", 1, 1)
    w.limit(w.you, "BUY", 1, 1)
    assert daily() == 2
    sell(9, 5)  # orders 11..15: no credit below zero
    assert daily() == 0


def test_the_interval_starts_anew(counted):
    w = counted
    w.limit(w.you, "BUY", 1, 1)
    assert w.count() == 1
    w.now_us += 10 * SECOND_US
    assert w.count() == 0


def test_too_many_unfilled_orders_are_refused_until_the_interval_ends(make_world, refusal):
    world = make_world(spec=ExchangeSpec(order_limits=(OrderRateLimit("SECOND", 10, 2),)))
    world.now_us -= world.now_us % (10 * SECOND_US)
    account = world.account()
    world.limit(account, "BUY", 1, 1)
    world.limit(account, "BUY", 1, 1)
    assert refusal(world.limit, account, "BUY", 1, 1) == (
        "-1015 Too many new orders; current limit is 2 orders per 10 SECOND."
    )
    world.now_us += 10 * SECOND_US
    world.limit(account, "BUY", 1, 1)


def test_a_refused_order_does_not_count(counted, refusal):
    w = counted
    assert "insufficient" in refusal(w.limit, w.you, "BUY", Decimal(10) ** 9, 1000)
    assert w.count() == 0


def test_an_order_list_counts_each_of_its_orders(counted):
    w = counted
    w.place_list(w.you, "OTO", w.order("LIMIT", "BUY", 1, 1), w.order("LIMIT", "SELL", 1, 5))
    assert w.count() == 2
