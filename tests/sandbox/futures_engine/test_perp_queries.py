"""What may be asked of the past: orders and fills by id, name and window, and how long they are found."""

from decimal import Decimal

import pytest
from perp_world import BTC, PerpWorld, code_of

from binance_nb.models.enums import KlineInterval
from binance_nb.sandbox.engine.tape import DAY_US

DAY_MS = 86_400_000


@pytest.fixture
def traded(perp: PerpWorld) -> tuple[PerpWorld, int]:
    """A world where an account bought once a day for five days, a hundred dollars dearer every time."""
    me, other = perp.account(), perp.account()
    for day in range(5):
        perp.trade(me, other, "0.001", 100_000 + 100 * day)
        perp.advance(DAY_MS)
    return perp, me


def test_fills_are_found_by_id_order_and_window(traded: tuple[PerpWorld, int]) -> None:
    perp, me = traded
    now = perp.now_us

    def prices(**asked: object) -> list[int]:
        return [int(row.price) for row in perp.exchange.user_trades(me, BTC, now_us=now, **asked)]

    rows = perp.exchange.user_trades(me, BTC, now_us=now)
    assert prices() == [100_000, 100_100, 100_200, 100_300, 100_400]
    assert prices(limit=2) == [100_300, 100_400]
    assert prices(from_id=rows[2].trade_id) == [100_200, 100_300, 100_400]
    assert prices(from_id=rows[2].trade_id, limit=1) == [100_200]
    assert prices(order_id=rows[3].order_id) == [100_300]
    assert prices(start_us=rows[1].time_us, end_us=rows[2].time_us) == [100_100, 100_200]
    assert prices(start_us=rows[1].time_us, limit=1) == [100_100]


def test_windows_are_at_most_seven_days_and_go_without_ids(traded: tuple[PerpWorld, int]) -> None:
    perp, me = traded
    start = perp.now_us - 8 * DAY_US
    ask = perp.exchange.user_trades
    assert code_of(lambda: ask(me, BTC, now_us=perp.now_us, start_us=start, end_us=perp.now_us)) == -4165
    assert code_of(lambda: ask(me, BTC, now_us=perp.now_us, from_id=1, start_us=start)) == -1128
    assert code_of(lambda: ask(me, "NOSUCH", now_us=perp.now_us)) == -1121
    perp.advance(4 * DAY_MS - 1_000)
    assert len(ask(me, BTC, now_us=perp.now_us)) == 3


def test_orders_are_found_over_all_symbols_or_of_one(traded: tuple[PerpWorld, int]) -> None:
    perp, me = traded
    perp.mark("3000", "ETHUSDT")
    eth = perp.limit(me, "BUY", "0.01", "2990", symbol="ETHUSDT")
    everything = perp.exchange.all_orders(me, now_us=perp.now_us)
    assert len(everything) == 6
    assert everything[-1].order_id == eth.order_id
    here = perp.exchange.all_orders(me, BTC, now_us=perp.now_us)
    assert len(here) == 5
    later = perp.exchange.all_orders(me, BTC, now_us=perp.now_us, order_id=here[3].order_id)
    assert [one.order_id for one in later] == [here[3].order_id, here[4].order_id]
    assert [one.symbol for one in perp.exchange.open_orders(me)] == ["ETHUSDT"]
    assert code_of(lambda: perp.exchange.open_order(me, BTC, order_id=here[0].order_id)) == -2013


def test_an_unfilled_cancelled_order_is_forgotten_after_three_days(perp: PerpWorld) -> None:
    me = perp.account()
    order = perp.limit(me, "BUY", "0.01", "99000", client_order_id="mine")
    perp.cancel(me, order)
    perp.advance(3 * DAY_MS - 10)
    assert perp.exchange.order(me, BTC, client_order_id="mine", now_us=perp.now_us).status == "CANCELED"
    perp.advance(20)
    assert code_of(lambda: perp.again(me, order)) == -2013


def test_a_filled_order_is_forgotten_after_ninety_days(traded: tuple[PerpWorld, int]) -> None:
    perp, me = traded
    (row,) = perp.exchange.user_trades(me, BTC, now_us=perp.now_us, limit=1)
    last = perp.exchange.order(me, BTC, order_id=row.order_id, now_us=perp.now_us)
    perp.advance(88 * DAY_MS)
    assert perp.again(me, last).status == "FILLED"
    perp.advance(2 * DAY_MS)
    assert code_of(lambda: perp.again(me, last)) == -2013


def test_answers_do_not_change_afterwards(perp: PerpWorld) -> None:
    me = perp.account()
    order = perp.limit(me, "BUY", "0.01", "99000")
    perp.cancel(me, order)
    assert order.status == "NEW"


def test_public_trades_and_candles_come_from_the_fills(traded: tuple[PerpWorld, int]) -> None:
    perp, _ = traded
    assert perp.exchange.last_price(BTC) == Decimal(100_400)
    assert [trade.trade_id for trade in perp.exchange.recent_trades(BTC)] == [1, 2, 3, 4, 5]
    days = perp.exchange.klines(BTC, KlineInterval.DAY_1, perp.now_us)
    assert [candle.close for candle in days[:5]] == [Decimal(100_000 + 100 * day) for day in range(5)]
