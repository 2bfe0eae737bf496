"""The price range execution rule and the reference price, as the FAQ's hypothetical symbol has them."""

from decimal import Decimal

import pytest

from binance_nb.models.enums import OrderStatus
from binance_nb.sandbox.engine.reference import ReferenceTracker
from binance_nb.sandbox.engine.specs import PriceRange, ReferencePriceRule

EXTERNAL = ReferencePriceRule(external_calculation_id=0)
HALF_TO_TWICE = PriceRange(
    bid_limit_mult_up=Decimal("2.0000"),
    bid_limit_mult_down=Decimal("0.5000"),
    ask_limit_mult_up=Decimal("2.0000"),
    ask_limit_mult_down=Decimal("0.5000"),
)


@pytest.fixture
def make_ruled(make_world, symbol):
    def make(price_range=HALF_TO_TWICE, rule=EXTERNAL, reference=Decimal(10)):
        world = make_world(symbol(price_range=price_range, reference_price=rule))
        if rule is EXTERNAL:
            world.exchange.set_reference_price("BTCUSDT", reference, world.now_us)
        return world

    return make


@pytest.mark.parametrize(
    ("side", "price", "executes"),
    [
        ("BUY", 20, True),
        ("BUY", "20.0001", False),
        ("BUY", 5, True),
        ("BUY", "4.9999", False),
        ("SELL", 20, True),
        ("SELL", "20.0001", False),
        ("SELL", 5, True),
        ("SELL", "4.9999", False),
    ],
)
def test_orders_execute_within_half_and_twice_the_reference_price(make_ruled, side, price, executes):
    world = make_ruled()
    world.limit(world.account(), "SELL" if side == "BUY" else "BUY", 1, price)
    order = world.market(world.account(), side, 1).order
    if executes:
        assert order.status is OrderStatus.FILLED
    else:
        assert (order.status, order.expiry_reason, order.executed_u) == (
            OrderStatus.EXPIRED,
            "EXECUTION_RULE_PRICE_RANGE_EXCEEDED",
            0,
        )


def test_what_is_in_range_fills_before_the_rest_expires(make_ruled):
    world = make_ruled()
    house = world.account()
    world.limit(house, "SELL", 1, 15)
    world.limit(house, "SELL", 1, 25)
    order = world.limit(world.account(), "BUY", 2, 30).order
    assert (order.status, order.executed_qty) == (OrderStatus.EXPIRED, 1)


def test_without_a_rule_nothing_binds(make_ruled):
    world = make_ruled(price_range=None)
    world.limit(world.account(), "SELL", 1, 1000)
    assert world.market(world.account(), "BUY", 1).order.status is OrderStatus.FILLED


def test_with_a_null_reference_price_nothing_binds(make_ruled):
    world = make_ruled(reference=None)
    world.limit(world.account(), "SELL", 1, 1000)
    assert world.market(world.account(), "BUY", 1).order.status is OrderStatus.FILLED


def test_without_a_reference_price_nothing_binds(make_ruled, refusal):
    world = make_ruled(rule=None)
    world.limit(world.account(), "SELL", 1, 1000)
    assert world.market(world.account(), "BUY", 1).order.status is OrderStatus.FILLED
    assert refusal(world.exchange.reference_price, "BTCUSDT", world.now_us) == (
        "-2043 This symbol doesn't have a reference price."
    )


def test_a_multiplier_that_is_not_set_does_not_bind(make_ruled):
    world = make_ruled(price_range=PriceRange(bid_limit_mult_up=Decimal(2)))
    house = world.account()
    world.limit(house, "SELL", 1, "0.5")
    assert world.market(world.account(), "BUY", 1).order.status is OrderStatus.FILLED
    world.limit(house, "SELL", 1, 21)
    assert world.market(world.account(), "BUY", 1).order.status is OrderStatus.EXPIRED


def test_the_limits_are_fixed_for_the_whole_taker_phase(make_ruled):
    """The order's own trades move the average, but not its limits: 10 to 19 is in range though the mean rises to 13."""
    world = make_ruled(rule=ReferencePriceRule(bucket_count=10, bucket_width_ms=1000))
    house = world.account()
    world.limit(house, "SELL", 1, 10)
    world.market(world.account(), "BUY", 1)
    for price in (12, 19, 21):
        world.limit(house, "SELL", 1, price)
    order = world.market(world.account(), "BUY", 3).order
    assert (order.executed_qty, order.expiry_reason) == (2, "EXECUTION_RULE_PRICE_RANGE_EXCEEDED")


def test_the_average_is_of_trade_prices_not_of_volume():
    tracker = ReferenceTracker(ReferencePriceRule(bucket_count=10, bucket_width_ms=1000))
    tracker.record(10_00000000, 5_000_000)
    tracker.record(20_00000000, 5_500_000)
    tracker.record(30_00000000, 7_000_000)
    assert tracker.price_u(7_000_000) == 20_00000000


def test_the_bucket_that_straddles_the_cutoff_is_prorated():
    """Two buckets of one second: at 7.4 s the window begins at 5.4 s and keeps 0.6 of the bucket of second 5."""
    tracker = ReferenceTracker(ReferencePriceRule(bucket_count=2, bucket_width_ms=1000))
    tracker.record(10_00000000, 5_100_000)
    tracker.record(20_00000000, 6_500_000)
    expected = (10 * Decimal("0.6") + 20) / Decimal("1.6")
    assert tracker.price_u(7_400_000) == int(expected * 10**8)


def test_buckets_leave_the_window():
    tracker = ReferenceTracker(ReferencePriceRule(bucket_count=2, bucket_width_ms=1000))
    tracker.record(10_00000000, 5_100_000)
    tracker.record(20_00000000, 6_500_000)
    assert tracker.price_u(8_000_000) == 20_00000000
    assert tracker.price_u(9_000_000) is None


def test_division_truncates():
    tracker = ReferenceTracker(ReferencePriceRule(bucket_count=2, bucket_width_ms=1000))
    for price in (1, 1, 2):
        tracker.record(price, 5_000_000)
    assert tracker.price_u(5_000_000) == 1
