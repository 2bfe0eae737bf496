"""Lives of orders: fill rate, times to the fills, queue time, cancel rate; by hand and by plain loops."""

import numpy as np
import pandas as pd
import pytest
from fill_tables import at, fills, orders, random_fills
from hypothesis import given, settings

from binance_nb import analysis
from binance_nb.errors import AnalysisError

MAKER = {"is_maker": True}
PLACED = orders(
    (1, "BUY", 4.0, 100, 900),
    (2, "SELL", 2.0, 200, 5000, {"order_status": "CANCELED", "working_time": 1_790_000_000_300}),
    (3, "BUY", 1.0, 300, 300, {"order_status": "NEW"}),
)
FILLS = fills(
    (150, "BUY", 1.0, 100.0),
    (900, "BUY", 3.0, 100.0, MAKER),
    (1300, "SELL", 0.5, 100.0, {"order_id": 2, **MAKER}),
)


def test_lives_by_hand():
    one, two, three = (row for _, row in analysis.order_lives(PLACED, FILLS).iterrows())
    assert (one.fill_rate, one.fills, one.time_to_first_fill_ms, one.time_to_last_fill_ms) == (1, 2, 50, 800)
    assert one.queue_time_ms == 800  # on the book since 100, first met there at 900
    assert (two.fill_rate, two.filled_quantity, two.time_to_first_fill_ms, two.queue_time_ms) == (0.25, 0.5, 1100, 1000)
    assert (two.is_cancelled, two.end_time) == (True, at(5000))
    assert (three.fill_rate, three.fills, three.is_cancelled) == (0, 0, False)
    assert np.isnan(three.time_to_first_fill_ms)
    assert pd.isna(three.end_time)


def test_the_summary_by_hand():
    told = analysis.life_summary(analysis.order_lives(PLACED, FILLS)).iloc[0]
    assert (told.orders, told.filled_orders, told.cancelled_orders) == (3, 1, 1)
    assert told.fill_rate == pytest.approx(1.25 / 3)
    assert told.cancel_rate == pytest.approx(1 / 3)
    assert told.median_time_to_first_fill_ms == (50 + 1100) / 2
    assert told.median_queue_time_ms == 900


def test_the_summary_of_a_day():
    told = analysis.life_summary(analysis.order_lives(PLACED, FILLS), by=("day", "side"))
    assert list(told.side) == ["BUY", "SELL"]
    assert list(told.orders) == [2, 1]


def test_reports_of_one_order_are_taken_together():
    news = PLACED.iloc[:1].assign(order_status="NEW", transaction_time=at(100), cumulative_filled_qty=0.0)
    last = PLACED.iloc[:1].assign(cumulative_filled_qty=4.0)
    for reports in (pd.concat([news, last]), pd.concat([last, news])):
        told = analysis.order_lives(reports, FILLS)
        assert len(told) == 1
        assert (told.order_status[0], told.end_time[0]) == ("FILLED", at(900))


def test_orders_of_two_products_may_have_the_same_number():
    both = fills((10, "BUY", 1.0, 100.0), (20, "BUY", 2.0, 100.0, {"product": "usdm"}))
    placed = orders((1, "BUY", 1.0, 0, 10))
    with pytest.raises(AnalysisError, match="order ids differ by product"):
        analysis.order_lives(placed, both)
    told = analysis.order_lives(
        pd.concat([placed.assign(product="spot"), placed.assign(product="usdm", quantity=2.0)]), both
    )
    assert list(told.filled_quantity) == [1, 2]


@settings(max_examples=40)
@given(random_fills())
def test_lives_are_those_of_a_plain_loop(held):
    keys = ["product", "symbol", "order_id"]
    placed = held.groupby(keys, observed=True).agg(
        side=("side", "first"), quantity=("last_executed_qty", "sum"), order_creation_time=("transaction_time", "min")
    )
    placed = placed.reset_index().assign(order_status="CANCELED", quantity=lambda frame: frame.quantity * 2)
    placed["order_creation_time"] -= pd.Timedelta("1s")
    told = analysis.order_lives(placed, held).set_index(keys)
    for name, mine in held.groupby(keys, observed=True):
        row = told.loc[name]
        rows = mine.to_dict("records")
        came = min(fill["transaction_time"] for fill in rows) - pd.Timedelta("1s")
        assert row.fill_rate == pytest.approx(0.5)
        assert row.time_to_first_fill_ms == 1000
        assert row.time_to_last_fill_ms == (max(f["transaction_time"] for f in rows) - came) / pd.Timedelta("1ms")
        made = [fill["transaction_time"] for fill in rows if fill["is_maker"]]
        if made:
            assert row.queue_time_ms == (min(made) - came) / pd.Timedelta("1ms")
        else:
            assert np.isnan(row.queue_time_ms)
