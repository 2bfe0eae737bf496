"""Empty, one-row, unsorted, duplicated, time-zone-less and incomplete input: the right answer or one clear sentence."""

import numpy as np
import pandas as pd
import pytest
from fill_tables import fills, orders, quotes, random_fills
from hypothesis import given, settings

from binance_nb import analysis
from binance_nb.analysis.given import clean_fills
from binance_nb.errors import AnalysisError

QUOTES = pd.concat(
    [
        quotes((-1, 99, 101), symbol=name, product=product)
        for name in ("BTCUSDT", "ETHBTC")
        for product in ("spot", "usdm")
    ]
)
PLACED = pd.concat(
    orders((number, "BUY", 1e9, -1, 10)).assign(
        product="usdm" if number > 4 else "spot", symbol=symbol, decision_price=90.0
    )
    for number in range(1, 7) for symbol in ("BTCUSDT", "ETHBTC")
)  # fmt: skip

MEASURES = {
    "average_prices": analysis.average_prices,
    "maker_taker": analysis.maker_taker,
    "slippage": lambda held: analysis.slippage(held, "mid", quotes=QUOTES),
    "slippage_arrival": lambda held: analysis.slippage(held, "arrival_mid", quotes=QUOTES, orders=PLACED),
    "spreads": lambda held: analysis.spreads(held, QUOTES),
    "markouts": lambda held: analysis.markouts(held, QUOTES),
    "markout_curve": lambda held: analysis.markout_curve(held, QUOTES, ["0s"], by="side"),
    "shortfall": lambda held: analysis.shortfall(PLACED, held, QUOTES, rates=QUOTES.assign(symbol="BTCUSDT")),
    "order_lives": lambda held: analysis.order_lives(PLACED, held),
    "fees_in_quote": analysis.fees_in_quote,
    "positions": analysis.positions,
    "positions_average": lambda held: analysis.positions(held, "average"),
    "open_lots": analysis.open_lots,
    "profit": analysis.profit,
    "round_trips": analysis.round_trips,
}
ONE = fills((10, "BUY", 1.0, 100.0))


@pytest.fixture(params=MEASURES)
def measure(request):
    """Each measure of fills in its turn."""
    return MEASURES[request.param]


def test_no_fills_give_the_same_columns_and_no_rows(measure):
    whole, none = measure(ONE), measure(fills())
    assert list(none.columns) == list(whole.columns)
    assert len(none) == (len(PLACED) if len(whole) == len(PLACED) else 0)  # a row an order, or a row a fill


def test_one_fill_is_measured(measure):
    assert len(measure(ONE)) >= 1


def test_times_without_a_zone_are_refused(measure):
    naive = ONE.assign(transaction_time=ONE.transaction_time.dt.tz_localize(None))
    with pytest.raises(AnalysisError, match="transaction_time of the fills has no time zone"):
        measure(naive)


def test_times_as_text_are_refused(measure):
    with pytest.raises(AnalysisError, match="holds no times"):
        measure(ONE.assign(transaction_time="2026-11-22 10:00"))


@pytest.mark.parametrize(
    "column", ["transaction_time", "symbol", "side", "last_executed_qty", "last_executed_price", "trade_id"]
)
def test_a_missing_column_is_named(measure, column):
    with pytest.raises(AnalysisError, match=f"the fills have no column {column}"):
        measure(ONE.drop(columns=column))


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("last_executed_qty", 0.0, "last_executed_qty that is missing or not positive"),
        ("last_executed_qty", -1.0, "last_executed_qty that is missing or not positive"),
        ("last_executed_price", np.nan, "last_executed_price that is missing or not positive"),
        ("last_executed_price", "dear", "holds no numbers"),
        ("side", "LONG", "neither BUY nor SELL"),
        ("symbol", None, "have no symbol"),
        ("transaction_time", pd.NaT, "have no transaction_time"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(measure, column, value, sentence):
    held = fills((10, "BUY", 1.0, 100.0), (11, "BUY", 1.0, 100.0))
    held[column] = held[column].astype(object)
    held.loc[1, column] = value
    if column == "transaction_time":
        held[column] = pd.to_datetime(held[column], utc=True)
    with pytest.raises(AnalysisError, match=sentence):
        measure(held)


def test_what_is_no_frame_is_refused(measure):
    with pytest.raises(AnalysisError, match="must be a DataFrame"):
        measure([1, 2])


def test_one_trade_told_in_two_ways_is_refused(measure):
    with pytest.raises(AnalysisError, match="repeat a trade_id"):
        measure(pd.concat([ONE, ONE.assign(last_executed_qty=2.0)]))


SOLD = ONE.assign(order_id=ONE["order_id"] + 1, side=ONE["side"].map({"BUY": "SELL", "SELL": "BUY"}))


def test_a_trade_with_oneself_is_two_fills(measure):
    both = pd.concat([ONE, SOLD, SOLD, ONE])
    measure(both)
    assert clean_fills(both)["side"].tolist() == [ONE["side"].iloc[0], SOLD["side"].iloc[0]]


@pytest.mark.parametrize(
    "other",
    [
        ONE.assign(side=SOLD["side"]),  # the same order on the other side
        SOLD.assign(last_executed_price=99.0),
        SOLD.drop(columns="order_id"),
    ],
)
def test_another_side_of_a_trade_that_is_not_its_other_half_is_refused(other):
    first = ONE if "order_id" in other.columns else ONE.drop(columns="order_id")
    with pytest.raises(AnalysisError, match="repeat a trade_id"):
        clean_fills(pd.concat([first, other]))


def test_an_exchange_that_was_reset_counts_its_trades_again(measure):
    again = ONE.assign(era=1, last_executed_qty=2.0)
    measure(pd.concat([ONE.assign(era=0), again]))
    assert len(clean_fills(pd.concat([ONE.assign(era=0), again, again]))) == 2


def same(one, two):
    pd.testing.assert_frame_equal(one, two, check_dtype=False, check_categorical=False, rtol=1e-9, atol=1e-9)


@settings(max_examples=6)
@given(random_fills())
@pytest.mark.parametrize("name", MEASURES)
def test_order_and_repetition_of_rows_change_nothing(name, held):
    held = held.assign(side=np.where(held.order_id % 2 == 0, "BUY", "SELL"))
    wanted = MEASURES[name](held)
    shuffled = held.sample(frac=1, random_state=1)
    same(MEASURES[name](shuffled), wanted)
    same(MEASURES[name](pd.concat([held, shuffled])), wanted)


@settings(max_examples=4)
@given(random_fills())
@pytest.mark.parametrize("name", MEASURES)
def test_a_zone_and_a_unit_of_ones_own_change_nothing(name, held):
    elsewhere = held.assign(transaction_time=held.transaction_time.dt.tz_convert("Asia/Tokyo").dt.as_unit("ns"))
    wanted, told = MEASURES[name](held), MEASURES[name](elsewhere)
    same(
        told.drop(columns="transaction_time", errors="ignore"), wanted.drop(columns="transaction_time", errors="ignore")
    )


def test_what_was_given_is_left_as_it_was(measure):
    held = fills((11, "BUY", 1.0, 100.0), (10, "BUY", 1.0, 100.0))
    before = held.copy(deep=True)
    measure(held)
    pd.testing.assert_frame_equal(held, before)


def test_fills_without_a_trade_id_are_trades_of_their_own():
    told = analysis.average_prices(fills((10, "BUY", 1.0, 100.0), (10, "BUY", 1.0, 100.0), trade_id=-1))
    assert told.fills[0] == 2


def test_quotes_without_a_zone_are_refused():
    naive = QUOTES.assign(event_time=QUOTES.event_time.dt.tz_localize(None))
    with pytest.raises(AnalysisError, match="event_time of the quotes has no time zone"):
        analysis.spreads(ONE, naive)


def test_no_quotes_leave_the_measure_missing():
    assert analysis.spreads(ONE, quotes()).effective_spread_bps.isna().all()
