"""Candles, averages, windows and trade lists, as market data shows them."""

from decimal import Decimal

import pytest

from binance_nb.models.enums import KlineInterval
from binance_nb.sandbox.engine.candles import candle_start, next_start
from binance_nb.sandbox.engine.records import Trade
from binance_nb.sandbox.engine.tape import Tape

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
DAY_US = 1440 * MINUTE_US
# 2026-02-11 00:00 UTC, a Wednesday.
MIDNIGHT_US = 1_770_768_000 * SECOND_US


def trade_at(world, time_us, price, quantity=1, side="BUY"):
    world.now_us = time_us - 4000
    maker, taker = world.account(), world.account()
    other = "SELL" if side == "BUY" else "BUY"
    world.now_us = time_us - 2000
    world.limit(maker, other, quantity, price)
    world.limit(taker, side, quantity, price)
    assert world.now_us == time_us


@pytest.fixture
def traded(world):
    """Trades in minutes 0, 0, 1 and 3 after midnight."""
    trade_at(world, MIDNIGHT_US + 10 * SECOND_US, 100)
    trade_at(world, MIDNIGHT_US + 20 * SECOND_US, 110, 2, "SELL")
    trade_at(world, MIDNIGHT_US + MINUTE_US, 105)
    trade_at(world, MIDNIGHT_US + 3 * MINUTE_US + 59 * SECOND_US, 90)
    return world


def klines(world, interval=KlineInterval.MINUTE_1, **more):
    return world.exchange.klines("BTCUSDT", interval, world.now_us, **more)


def test_a_candle_sums_its_trades(traded):
    first = klines(traded)[0]
    assert (first.open_us, first.close_us) == (MIDNIGHT_US, MIDNIGHT_US + MINUTE_US - 1)
    assert (first.open, first.high, first.low, first.close) == (100, 110, 100, 110)
    assert (first.volume, first.quote_volume, first.trades) == (3, 320, 2)
    assert (first.taker_buy_volume, first.taker_buy_quote_volume) == (1, 100)


def test_a_minute_without_trades_repeats_the_last_close(traded):
    empty = klines(traded)[2]
    assert (empty.open, empty.high, empty.low, empty.close, empty.volume, empty.trades) == (105, 105, 105, 105, 0, 0)


def test_longer_candles_are_made_of_minutes(traded):
    (one,) = klines(traded, KlineInterval.MINUTE_5)
    assert (one.open, one.high, one.low, one.close, one.volume, one.trades) == (100, 110, 90, 90, 5, 4)
    (day,) = klines(traded, KlineInterval.DAY_1)
    assert (day.open_us, day.close_us, day.volume) == (MIDNIGHT_US, MIDNIGHT_US + DAY_US - 1, 5)


def test_seconds_have_candles_of_their_own(traded):
    found = klines(traded, KlineInterval.SECOND_1, start_us=MIDNIGHT_US + 10 * SECOND_US, limit=11)
    assert [candle.trades for candle in found] == [1, *[0] * 9, 1]


@pytest.mark.parametrize(
    ("span", "minutes"),
    [
        ({}, [0, 1, 2, 3]),
        ({"limit": 2}, [2, 3]),
        ({"start_us": MIDNIGHT_US + MINUTE_US}, [1, 2, 3]),
        ({"start_us": MIDNIGHT_US + 1}, [1, 2, 3]),
        ({"start_us": MIDNIGHT_US, "limit": 2}, [0, 1]),
        ({"end_us": MIDNIGHT_US + 2 * MINUTE_US}, [0, 1, 2]),
        ({"end_us": MIDNIGHT_US + 2 * MINUTE_US, "limit": 1}, [2]),
        ({"start_us": MIDNIGHT_US + MINUTE_US, "end_us": MIDNIGHT_US + 2 * MINUTE_US}, [1, 2]),
        ({"start_us": MIDNIGHT_US - DAY_US, "limit": 2}, [0, 1]),
        ({"end_us": MIDNIGHT_US - 1}, []),
    ],
)
def test_spans_choose_candles_by_their_opening_time(traded, span, minutes):
    found = klines(traded, **span)
    assert [(candle.open_us - MIDNIGHT_US) // MINUTE_US for candle in found] == minutes


def test_a_time_zone_moves_the_days(traded):
    """In UTC+5:45 the day began at 18:15 UTC of the day before."""
    (day,) = klines(traded, KlineInterval.DAY_1, offset_us=345 * MINUTE_US)
    assert day.open_us == MIDNIGHT_US - 345 * MINUTE_US


@pytest.mark.parametrize(
    ("interval", "start", "following"),
    [
        (KlineInterval.WEEK_1, MIDNIGHT_US - 2 * DAY_US, MIDNIGHT_US + 5 * DAY_US),
        (KlineInterval.MONTH_1, MIDNIGHT_US - 10 * DAY_US, MIDNIGHT_US + 18 * DAY_US),
        (KlineInterval.HOUR_4, MIDNIGHT_US, MIDNIGHT_US + 240 * MINUTE_US),
    ],
)
def test_weeks_begin_on_mondays_and_months_on_the_first(interval, start, following):
    assert candle_start(interval, MIDNIGHT_US + 5 * MINUTE_US) == start
    assert next_start(interval, start) == following


def test_the_average_price_is_of_the_last_five_minutes(traded):
    average = traded.exchange.average_price("BTCUSDT", traded.now_us)
    assert (average.minutes, average.price, average.close_us) == (5, Decimal(515) / 5, traded.now_us)
    later = traded.exchange.average_price("BTCUSDT", MIDNIGHT_US + 6 * MINUTE_US + 1)
    assert later.price == 90
    much_later = traded.exchange.average_price("BTCUSDT", MIDNIGHT_US + DAY_US)
    assert much_later.price == 90


def test_window_statistics(traded):
    trade_at(traded, MIDNIGHT_US + DAY_US + MINUTE_US, 120, 4)
    day = traded.exchange.window_statistics("BTCUSDT", traded.now_us - DAY_US, traded.now_us)
    assert (day.open_price, day.high_price, day.low_price, day.last_price) == (105, 120, 90, 120)
    assert (day.price_change, day.price_change_percent) == (15, Decimal("14.286"))
    assert (day.volume, day.quote_volume, day.count) == (6, 675, 3)
    assert (day.weighted_avg_price, day.prev_close_price, day.last_qty) == (Decimal("112.5"), 110, 4)
    assert (day.first_trade_id, day.last_trade_id) == (2, 4)


def test_a_window_without_trades_stands_still(traded):
    quiet = traded.exchange.window_statistics("BTCUSDT", MIDNIGHT_US + DAY_US, MIDNIGHT_US + 2 * DAY_US)
    assert (quiet.count, quiet.price_change, quiet.last_price, quiet.volume) == (0, 0, 90, 0)


def test_trade_lists(traded):
    exchange = traded.exchange
    assert [trade.trade_id for trade in exchange.recent_trades("BTCUSDT", 2)] == [2, 3]
    assert [trade.trade_id for trade in exchange.historical_trades("BTCUSDT", from_id=1, limit=2)] == [1, 2]
    assert [trade.trade_id for trade in exchange.historical_trades("BTCUSDT", limit=1)] == [3]
    assert [trade.is_buyer_maker for trade in exchange.recent_trades("BTCUSDT")] == [False, True, False, False]


@pytest.mark.parametrize(
    ("span", "ids"),
    [
        ({}, [0, 1, 2, 3]),
        ({"limit": 2}, [2, 3]),
        ({"from_id": 1, "limit": 2}, [1, 2]),
        ({"start_us": MIDNIGHT_US + 20 * SECOND_US}, [1, 2, 3]),
        ({"end_us": MIDNIGHT_US + 20 * SECOND_US}, [0, 1]),
        ({"start_us": MIDNIGHT_US, "limit": 1}, [0]),
    ],
)
def test_aggregate_trade_spans_include_both_ends(traded, span, ids):
    assert [one.agg_trade_id for one in traded.exchange.agg_trades("BTCUSDT", **span)] == ids


def test_an_unknown_symbol_has_no_market_data(world, refusal):
    assert refusal(world.exchange.depth, "NOPE") == "-1121 Invalid symbol."
    assert refusal(world.exchange.klines, "NOPE", KlineInterval.MINUTE_1, 0) == "-1121 Invalid symbol."


def test_before_the_first_trade_there_is_nothing(world):
    assert world.exchange.last_price("BTCUSDT") is None
    assert klines(world) == ()
    assert world.exchange.average_price("BTCUSDT", world.now_us).price == 0
    assert world.exchange.window_statistics("BTCUSDT", 0, world.now_us).count == 0


def test_the_tape_forgets_the_oldest_trades(monkeypatch):
    monkeypatch.setattr("binance_nb.sandbox.engine.tape.KEPT_TRADES", 10)
    tape = Tape("BTCUSDT")
    for number in range(45):
        tape.record(
            Trade(
                symbol="BTCUSDT",
                trade_id=number,
                price_u=100,
                quantity_u=1,
                quote_u=1,
                time_us=number,
                is_buyer_maker=False,
                buyer_order_id=number,
                seller_order_id=0,
            )
        )
    assert 10 <= len(tape.trades) < 20
    assert [trade.trade_id for trade in tape.trades_from(43, 5)] == [43, 44]
    assert [trade.trade_id for trade in tape.trades_from(0, 1)] == [tape.trades[0].trade_id]
