"""RateLimits: what is used is learned from answers, what would not fit waits, and a ban silences."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from binance_nb.errors import IpBanned, RateLimited
from binance_nb.transport import limits as limits_module
from binance_nb.transport.limits import Cost, RateLimits

LIMITS = [
    {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000},
    {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 100},
    {"rateLimitType": "ORDERS", "interval": "DAY", "intervalNum": 1, "limit": 200000},
    {"rateLimitType": "RAW_REQUESTS", "interval": "MINUTE", "intervalNum": 5, "limit": 61000},
]


class World:
    """One clock for this machine and the exchange; a sleep moves it."""

    def __init__(self):
        self.now = 1_790_000_040.0  # a whole number of minutes
        self.slept = []

    def monotonic(self):
        return self.now

    def time(self):
        return self.now

    async def sleep(self, delay_s):
        self.slept.append(delay_s)
        self.now += delay_s
        await asyncio.sleep(0)


@pytest.fixture
def world(monkeypatch):
    made = World()
    monkeypatch.setattr(limits_module, "time", made)
    return made


@pytest.fixture
def limits(world):
    made = RateLimits(world.time, sleep=world.sleep)
    made.learn(LIMITS)
    return made


def used(limits, kind="REQUEST_WEIGHT"):
    return next(row["used"] for row in limits.rows() if row["rate_limit_type"] == kind)


async def test_a_long_wait_is_told(limits, world, caplog):
    caplog.set_level("INFO", logger="binance_nb.transport")
    limits.note_headers({"X-MBX-USED-WEIGHT-1M": "5990"})
    await limits.admit(Cost(weight=20))
    assert caplog.messages == [f"waiting {world.slept[0]:.1f} s for the exchange's rate limits"]
    await limits.admit(Cost(weight=20))
    assert len(caplog.messages) == 1


async def test_what_fits_does_not_wait(limits, world):
    await limits.admit(Cost(weight=20, orders=1))
    assert world.slept == []
    assert used(limits) == 20
    limits.settle(Cost(weight=20, orders=1))
    assert used(limits) == 0


def test_headers_tell_what_is_used_in_any_case_of_letters(limits):
    told = {"X-MBX-USED-WEIGHT-1M": "321", "x-mbx-order-count-10s": "12", "X-MBX-ORDER-COUNT-1D": "4043"}
    limits.note_headers(CIMultiDict(told))
    assert [row["used"] for row in limits.rows()] == [321, 12, 4043]
    assert [row["remaining"] for row in limits.rows()] == [5679, 88, 195957]
    assert [row["interval"] for row in limits.rows()] == ["1 MINUTE", "10 SECOND", "1 DAY"]


def test_headers_that_are_not_of_budgets_are_ignored(limits):
    limits.note_headers(
        {"X-MBX-UUID": "1", "Retry-After": "5", "X-MBX-USED-WEIGHT-5M": "9", "X-MBX-USED-WEIGHT-1M": "x"}
    )
    assert [row["used"] for row in limits.rows()] == [0, 0, 0]


def test_the_answers_of_the_websocket_api_tell_it_too(limits):
    limits.learn([{**LIMITS[0], "count": 70}, {**LIMITS[1], "count": 3, "limit": 50}])
    assert [(row["used"], row["limit"]) for row in limits.rows()] == [(70, 6000), (3, 50), (0, 200000)]


def test_a_late_answer_takes_no_weight_back_but_orders_may_fill(limits):
    limits.note_headers({"X-MBX-USED-WEIGHT-1M": "100", "X-MBX-ORDER-COUNT-10S": "9"})
    limits.note_headers({"X-MBX-USED-WEIGHT-1M": "90", "X-MBX-ORDER-COUNT-10S": "4"})
    assert [row["used"] for row in limits.rows()] == [100, 4, 0]


async def test_what_would_not_fit_waits_for_the_next_interval(limits, world):
    limits.note_headers({"X-MBX-USED-WEIGHT-1M": "5990"})
    await limits.admit(Cost(weight=20))
    assert 60 <= sum(world.slept) <= 61
    assert used(limits) == 20


async def test_a_new_interval_begins_anew(limits, world):
    limits.note_headers({"X-MBX-USED-WEIGHT-1M": "5990"})
    world.now += 60
    await limits.admit(Cost(weight=20))
    assert world.slept == []


def test_a_clock_that_was_ahead_and_is_set_back_holds_no_budget(limits, world):
    world.now += 86_400
    limits.note_headers({"X-MBX-USED-WEIGHT-1M": "5990"})
    world.now -= 86_340  # measured anew: the interval begun by mistake is tomorrow's
    assert used(limits) == 0
    assert {row["resets_at"] for row in limits.rows() if row["interval"] == "1 MINUTE"} == {1_790_000_160_000}


async def test_many_at_once_never_have_more_under_way_than_the_budget(limits, world):
    under_way = []

    async def order():
        await limits.admit(Cost(weight=1, orders=1))
        under_way.append(1)
        assert limits.budgets[1].used + limits.budgets[1].under_way <= 100

    await asyncio.gather(*(order() for _ in range(98)))
    assert world.slept == []
    waiting = asyncio.create_task(order())
    await asyncio.sleep(0)
    assert len(under_way) == 98
    for _ in range(98):
        limits.settle(Cost(weight=1, orders=1))
    await waiting
    assert len(under_way) == 99


async def test_a_cost_beyond_the_whole_budget_is_let_through_alone(limits, world):
    limits.learn([{**LIMITS[0], "limit": 10}])
    await asyncio.wait_for(limits.admit(Cost(weight=50)), 5)


async def test_a_429_pauses_everything_for_as_long_as_it_says(limits, world):
    limits.note_refusal(RateLimited("Too many requests.", retry_after=17.0))
    await limits.admit(Cost())
    assert sum(world.slept) == pytest.approx(17)


async def test_a_ban_is_raised_without_waiting_until_it_lifts(limits, world):
    limits.note_refusal(IpBanned("banned", retry_after=120.0))
    for _ in range(2):
        with pytest.raises(IpBanned, match="nothing was sent") as banned:
            await limits.admit(Cost())
        assert banned.value.retry_after == pytest.approx(120)
    assert world.slept == []
    world.now += 120.5
    await limits.admit(Cost())


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 2)), max_size=20))
def test_all_that_is_admitted_is_given_back_when_it_settles(costs):
    world = World()
    limits = RateLimits(world.time, sleep=world.sleep)
    limits.learn(LIMITS)

    async def run():
        for weight, orders in costs:
            await limits.admit(Cost(weight, orders))
        for weight, orders in costs:
            limits.settle(Cost(weight, orders))

    asyncio.run(run())
    assert all(budget.under_way == 0 for budget in limits.budgets)
