"""Subscriptions and iterators: on threads of their own, isolated from each other, and told what they missed."""

import asyncio
import contextlib
import functools
import logging
import threading

import pytest
from scripted import eventually, trade_report

from binance_nb import ExecutionReport
from binance_nb.stream.subscribers import ReportIterator, Subscribers, Subscription


def report(trade_id):
    return ExecutionReport.from_event(trade_report(trade_id))


class Gate:
    """A callback that can be held up."""

    def __init__(self, *, open_=True):
        self.got = []
        self.entered = threading.Event()
        self.free = threading.Event()
        if open_:
            self.free.set()

    def __call__(self, each):
        self.entered.set()
        assert self.free.wait(10)
        self.got.append(each.trade_id)


@pytest.fixture(autouse=True)
def _quiet(caplog):
    caplog.set_level(logging.CRITICAL)


async def test_a_callback_gets_every_report_in_order_on_one_thread_of_its_own():
    subscribers = Subscribers()
    threads, got = set(), []

    def callback(each):
        threads.add(threading.current_thread().name)
        got.append(each.trade_id)

    with Subscription(callback, subscribers):
        for trade_id in range(500):
            subscribers.offer(report(trade_id))
        await eventually(lambda: len(got) == 500)
    assert got == list(range(500))
    assert threads == {"binance_nb-callback"}
    assert len(subscribers) == 0


async def test_a_slow_callback_holds_up_nobody_else():
    subscribers = Subscribers()
    slow, quick = Gate(open_=False), Gate()
    with Subscription(slow, subscribers), Subscription(quick, subscribers):
        for trade_id in range(50):
            subscribers.offer(report(trade_id))
        await eventually(lambda: len(quick.got) == 50)
        assert slow.got == []
        slow.free.set()
        await eventually(lambda: len(slow.got) == 50)


async def test_a_raising_callback_goes_on_and_is_counted():
    subscribers = Subscribers()
    got = []

    def fussy(each):
        if each.trade_id % 2:
            raise ValueError(f"odd {each.trade_id}")
        got.append(each.trade_id)

    subscription = Subscription(fussy, subscribers)
    for trade_id in range(6):
        subscribers.offer(report(trade_id))
    await eventually(lambda: len(got) == 3 and subscription.errors == 3)
    assert got == [0, 2, 4]
    assert str(subscription.last_error) == "odd 5"
    assert repr(subscription) == "<Subscription listening, 0 missed, 3 errors>"
    subscription.close()
    assert repr(subscription) == "<Subscription closed, 0 missed, 3 errors>"


async def test_a_callback_that_is_too_slow_misses_the_oldest_and_is_told_how_many():
    subscribers = Subscribers()
    gate = Gate(open_=False)
    subscription = Subscription(gate, subscribers, limit=3)
    subscribers.offer(report(0))
    await eventually(gate.entered.is_set)
    for trade_id in range(1, 11):
        subscribers.offer(report(trade_id))
    assert subscription.missed == 7
    gate.free.set()
    await eventually(lambda: len(gate.got) == 4)
    assert gate.got == [0, 8, 9, 10]
    subscription.close()


async def test_a_closed_subscription_gets_nothing_more():
    subscribers = Subscribers()
    gate = Gate()
    subscription = Subscription(gate, subscribers)
    subscribers.offer(report(1))
    await eventually(lambda: gate.got == [1])
    subscription.close()
    subscription.close()
    subscribers.offer(report(2))
    await asyncio.sleep(0.02)
    assert gate.got == [1]


async def test_a_callback_may_close_its_own_subscription():
    subscribers = Subscribers()
    got = []

    def once(each):
        got.append(each.trade_id)
        subscription.close()

    subscription = Subscription(once, subscribers)
    subscribers.offer(report(1))
    await eventually(lambda: got == [1] and len(subscribers) == 0)


async def test_the_thread_of_a_closed_subscription_ends():
    def count():
        return sum(thread.name == "binance_nb-callback" for thread in threading.enumerate())

    before = count()
    subscription = Subscription(lambda each: None, Subscribers())
    assert count() == before + 1
    subscription.close()
    await eventually(lambda: count() == before)


async def test_a_coroutine_function_is_awaited_on_the_loop_that_subscribed():
    subscribers = Subscribers()
    got = []

    async def callback(prefix, each):
        await asyncio.sleep(0)
        got.append((prefix, each.trade_id, asyncio.get_running_loop() is loop, threading.get_ident() == here))

    loop, here = asyncio.get_running_loop(), threading.get_ident()
    with Subscription(functools.partial(callback, "x"), subscribers):
        for trade_id in range(3):
            subscribers.offer(report(trade_id))
        await eventually(lambda: len(got) == 3)
    assert got == [("x", number, True, True) for number in range(3)]


async def test_a_coroutine_function_that_raises_is_counted_too():
    subscribers = Subscribers()

    async def broken(each):
        raise ValueError("no")

    with Subscription(broken, subscribers) as subscription:
        subscribers.offer(report(1))
        subscribers.offer(report(2))
        await eventually(lambda: subscription.errors == 2)


def test_a_coroutine_function_without_a_loop_is_refused_and_leaves_nothing_behind():
    subscribers = Subscribers()

    async def callback(each):
        pass

    with pytest.raises(RuntimeError):
        Subscription(callback, subscribers)
    assert len(subscribers) == 0


async def test_an_iterator_gets_reports_offered_by_another_thread_in_order():
    subscribers = Subscribers()
    reports = ReportIterator(subscribers)

    def offer():
        for trade_id in range(200):
            subscribers.offer(report(trade_id))
        reports.close()

    thread = threading.Thread(target=offer)
    thread.start()
    async with asyncio.timeout(10):
        got = [each.trade_id async for each in reports]
    thread.join()
    assert got == list(range(200))
    assert len(subscribers) == 0


async def test_an_iterator_that_is_too_slow_is_told_how_many_it_missed():
    subscribers = Subscribers()
    reports = ReportIterator(subscribers, limit=2)
    for trade_id in range(5):
        subscribers.offer(report(trade_id))
    reports.close()
    assert reports.missed == 3
    assert [each.trade_id async for each in reports] == [3, 4]


async def test_a_waiting_iterator_ends_when_it_is_closed():
    subscribers = Subscribers()
    reports = ReportIterator(subscribers)
    waiting = asyncio.create_task(anext(reports, None))
    await asyncio.sleep(0)
    subscribers.close()
    assert await asyncio.wait_for(waiting, 5) is None


async def test_an_abandoned_wait_does_not_lose_the_next_report():
    subscribers = Subscribers()
    reports = ReportIterator(subscribers)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(anext(reports), 0.01)
    subscribers.offer(report(1))
    assert (await asyncio.wait_for(anext(reports), 5)).trade_id == 1
    reports.close()


def test_an_iterator_of_a_loop_that_has_gone_does_not_break_the_stream():
    subscribers = Subscribers()

    async def make():
        ReportIterator(subscribers)

    asyncio.run(make())
    subscribers.offer(report(1))
    assert len(subscribers) == 1


async def test_one_listener_that_breaks_does_not_keep_the_others_from_hearing():
    class Broken:
        def offer(self, each):
            raise RuntimeError("a bug of a listener")

        def close(self):
            pass

    subscribers = Subscribers()
    subscribers.add(Broken())
    reports = ReportIterator(subscribers)
    subscribers.offer(report(1))
    assert (await asyncio.wait_for(anext(reports), 5)).trade_id == 1
    reports.close()
