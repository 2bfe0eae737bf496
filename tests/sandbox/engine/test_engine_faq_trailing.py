"""The worked examples of the trailing stop FAQ: each scenario with its prices and its moment of triggering."""

from decimal import Decimal

import pytest

from binance_nb.models.enums import OrderStatus


def walk(world, start, end, steps=20):
    """A series of linear trades from one price to another; the last is exactly the end."""
    start, end = Decimal(str(start)), Decimal(str(end))
    for step in range(1, steps + 1):
        world.trade_at((start + (end - start) * step / steps).quantize(Decimal("0.5")))


def place(world, kind, side, *, price, delta, stop=None):
    world.trade_at(40_000)
    account = world.account()
    order = world.place(account, kind, side, "0.01", price, trailing_delta=delta, stop_price=stop)
    return account, order


@pytest.mark.parametrize(
    ("kind", "side", "price", "delta", "stop", "path", "trigger"),
    [
        ("STOP_LOSS_LIMIT", "BUY", 45_000, 500, 44_000, [37_000, 45_000, 46_000, 42_000, 44_099.5], 44_100),
        ("STOP_LOSS_LIMIT", "SELL", 38_000, 1000, 39_000, [41_500, 37_000, 41_000, 36_900.5], 36_900),
        ("TAKE_PROFIT_LIMIT", "BUY", 38_500, 850, 38_000, [42_000, 37_000, 39_000, 38_000, 40_144.5], 40_145),
        (
            "TAKE_PROFIT_LIMIT",
            "SELL",
            41_000,
            750,
            42_000,
            [41_500, 39_000, 45_000, 44_000, 46_500, 43_013],
            43_012.5,
        ),
        ("STOP_LOSS_LIMIT", "SELL", 39_000, 700, None, [42_000, 39_500, 45_500, 42_315.5], 42_315),
    ],
    ids=["A", "B", "C", "D", "E"],
)
def test_scenario_triggers_at_the_documented_trade_and_not_before(
    world, *, kind, side, price, delta, stop, path, trigger
):
    account, order = place(world, kind, side, price=price, delta=delta, stop=stop)
    last = 40_000
    for turn in path:
        walk(world, last, turn)
        last = turn
        found = world.get(account, order)
        assert (found.status, found.is_working) == (OrderStatus.NEW, False), f"triggered on the way to {turn}"
    world.trade_at(trigger)
    assert world.get(account, order).is_working
    assert world.get(account, order).working_us > 0


def test_the_stop_price_starts_the_tracking(world):
    account, order = place(world, "STOP_LOSS_LIMIT", "BUY", price=45_000, delta=500, stop=44_000)
    walk(world, 40_000, 37_000)
    assert world.get(account, order).trailing_time_us == -1
    world.trade_at(44_000)
    assert world.get(account, order).trailing_time_us == world.now_us


def test_without_a_stop_price_tracking_starts_at_once(world):
    account, order = place(world, "STOP_LOSS_LIMIT", "SELL", price=39_000, delta=700)
    assert world.get(account, order).trailing_time_us == world.now_us


@pytest.mark.parametrize(
    ("kind", "side", "price", "delta", "stop"),
    [
        ("STOP_LOSS_LIMIT", "BUY", 42_000, 500, None),
        ("STOP_LOSS_LIMIT", "BUY", 42_000, 500, 43_000),
        ("STOP_LOSS_LIMIT", "SELL", 37_500, 250, None),
        ("STOP_LOSS_LIMIT", "SELL", 37_500, 250, 39_000),
        ("TAKE_PROFIT_LIMIT", "BUY", 38_000, 500, None),
        ("TAKE_PROFIT_LIMIT", "BUY", 38_000, 500, 36_000),
        ("TAKE_PROFIT_LIMIT", "SELL", 41_500, 175, None),
        ("TAKE_PROFIT_LIMIT", "SELL", 41_500, 175, 42_500),
    ],
)
def test_the_examples_are_accepted_at_a_last_price_of_40000(world, *, kind, side, price, delta, stop):
    account, order = place(world, kind, side, price=price, delta=delta, stop=stop)
    assert world.get(account, order).status is OrderStatus.NEW
