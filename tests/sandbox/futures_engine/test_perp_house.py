"""The futures market: books stay full, mark prices follow the index, and one seed makes one course of events."""

import random
from dataclasses import replace
from decimal import Decimal

from perp_world import BTC, START_US

from binance_nb.models.enums import FuturesOrderType, FuturesTimeInForce, OrderSide
from binance_nb.sandbox.futures.commands import EngineError, NewOrder
from binance_nb.sandbox.futures.events import Event, MarkPriceChange, PublicTrade
from binance_nb.sandbox.futures.exchange import FuturesExchange
from binance_nb.sandbox.futures.house import DEFAULT_SETTINGS, FuturesMarket
from binance_nb.sandbox.futures.specs import default_symbols

STEP_US = 100_000


class Course:
    """A market that opened, with an account that trades at random in it."""

    def __init__(self, seed: int) -> None:
        self.exchange = FuturesExchange(default_symbols()[:2], seed=seed)
        settings = replace(DEFAULT_SETTINGS, history_hours=1.0)
        self.market = FuturesMarket(self.exchange, seed=seed, settings=settings)
        self.now_us = START_US
        self.market.open(self.now_us)
        self.account = self.exchange.open_account(Decimal(20_000), self.now_us)
        self.events: list[Event] = self.exchange.drain_events()

    def run(self, steps: int, *, trading: bool) -> None:
        rng = random.Random(steps)
        for _ in range(steps):
            self.now_us += STEP_US
            self.market.step(self.now_us)
            if trading:
                order = NewOrder(
                    symbol=BTC,
                    side=rng.choice(list(OrderSide)),
                    type=FuturesOrderType.MARKET,
                    quantity=Decimal(rng.randint(1, 40)) / 1000,
                )
                try:
                    self.exchange.place_order(self.account, order, self.now_us)
                except EngineError as refusal:
                    assert refusal.code in (-2019, -4164)  # noqa: PT017
            self.events += self.exchange.drain_events()


def test_books_are_full_and_prices_agree() -> None:
    course = Course(3)
    course.run(50, trading=False)
    for symbol in course.exchange.symbols:
        depth = course.exchange.depth(symbol, 100)
        assert len(depth.bids) > 20
        assert len(depth.asks) > 20
        prices = course.exchange.mark_price(symbol)
        last = course.exchange.last_price(symbol)
        assert last is not None
        for price in (prices.mark_price, last, depth.bids[0][0]):
            assert abs(price / prices.index_price - 1) < Decimal("0.003")
    kinds = {type(one) for one in course.events}
    assert {MarkPriceChange, PublicTrade} <= kinds


def test_a_limit_order_near_the_touch_fills() -> None:
    course = Course(4)
    bid = course.exchange.book_ticker(BTC).bid_price
    order = NewOrder(
        symbol=BTC,
        side=OrderSide.BUY,
        type=FuturesOrderType.LIMIT,
        time_in_force=FuturesTimeInForce.GTX,
        quantity=Decimal("0.001"),
        price=bid,
    )
    placed = course.exchange.place_order(course.account, order, course.now_us)
    for _ in range(60):
        if not course.exchange.is_open(course.account, BTC, placed.order_id):
            break
        course.run(10, trading=False)
    found = course.exchange.order(course.account, BTC, order_id=placed.order_id, now_us=course.now_us)
    assert found.status == "FILLED"
    (trade,) = course.exchange.user_trades(course.account, BTC, now_us=course.now_us)
    assert trade.is_maker


def test_money_is_conserved_in_a_busy_market() -> None:
    course = Course(5)
    course.run(150, trading=True)
    totals = course.exchange.totals()
    deposited = totals.pop("deposited")
    assert sum(totals.values()) == deposited
    rows = course.exchange.user_trades(course.account, BTC, now_us=course.now_us, limit=1000)
    signed = sum(row.quantity if row.is_buyer else -row.quantity for row in rows)
    assert len(rows) > 100
    assert course.exchange.all_positions(course.account, BTC)[0].position_amt == signed


def test_the_same_seed_makes_the_same_course_and_another_seed_another() -> None:
    first, second, other = Course(6), Course(6), Course(7)
    for course in (first, second, other):
        course.run(40, trading=True)
    assert list(map(repr, first.events)) == list(map(repr, second.events))
    assert list(map(repr, first.events)) != list(map(repr, other.events))
