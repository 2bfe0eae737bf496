"""Slippage against every benchmark: each worked by hand, with the sign of a cost."""

import numpy as np
import pandas as pd
import pytest
from fill_tables import at, fills, klines, orders, quotes, random_fills, random_quotes, trades
from hypothesis import given, settings

from binance_nb import analysis
from binance_nb.errors import AnalysisError

DAY = 86_400_000
MIDNIGHT = DAY - 1_790_000_000_000 % DAY
"""From T0 to the midnight after it, in ms."""

BUY = fills((1000, "BUY", 1.0, 102.0), (3000, "BUY", 1.0, 104.0))
PLACED = orders((1, "BUY", 2.0, 500, 3000))
QUOTES = quotes((0, 99, 101), (900, 100, 102), (2000, 102, 104))
TRADES = trades((100, 99.0, 5.0), (600, 101.0, 1.0), (2500, 103.0, 3.0), (3001, 500.0, 100.0))


def first(frame):
    """Benchmark, bps and quote units of the first fill."""
    row = frame.iloc[0]
    return row.benchmark_price, pytest.approx(row.slippage_bps), pytest.approx(row.slippage_quote)


def test_against_the_mid_at_arrival():
    # Created at 500: the mid of 0 is 100. Paid 102: 2 / 100 = 200 bps.
    told = analysis.slippage(BUY, "arrival_mid", orders=PLACED, quotes=QUOTES)
    assert first(told) == (100.0, 200.0, 2.0)
    assert told.benchmark_time[0] == at(0)


def test_a_seller_who_gets_more_has_a_negative_cost():
    sold = fills((1000, "SELL", 2.0, 102.0))
    told = analysis.slippage(sold, "arrival_mid", orders=orders((1, "SELL", 2.0, 500, 1000)), quotes=QUOTES)
    assert first(told) == (100.0, -200.0, -4.0)


def test_against_the_price_of_the_decision():
    told = analysis.slippage(BUY, "decision_price", orders=PLACED.assign(decision_price=96.0))
    assert first(told) == (96.0, 625.0, 6.0)


def test_against_the_mid_when_it_was_decided():
    told = analysis.slippage(BUY, "decision_price", orders=PLACED.assign(decision_time=at(950)), quotes=QUOTES)
    assert first(told) == (101.0, pytest.approx(1e4 / 101), 1.0)


def test_against_the_volume_weighted_price_of_the_interval():
    # From 500 to 3000: 1 at 101 and 3 at 103 = 102.5.
    told = analysis.slippage(BUY, "interval_vwap", orders=PLACED, trades=TRADES)
    assert first(told) == (102.5, pytest.approx(-0.5 / 102.5 * 1e4), -0.5)


def test_against_the_volume_weighted_price_of_whole_klines():
    seconds = klines(
        (0, 1, 1, 9, 9), (1000, 100, 100, 2, 200), (2000, 100, 100, 2, 204), (3000, 9, 9, 9, 81), length_ms=1000
    )
    told = analysis.slippage(BUY, "interval_vwap", orders=PLACED, klines=seconds)
    assert told.benchmark_price[0] == 101.0


def test_against_the_time_weighted_price_of_the_interval():
    # The mid is 100 for 400 ms, 101 for 1100 ms, 103 for 1000 ms: (40,000 + 111,100 + 103,000) / 2500 = 101.64.
    told = analysis.slippage(BUY, "interval_twap", orders=PLACED, quotes=QUOTES)
    assert told.benchmark_price[0] == pytest.approx(101.64)


def test_the_time_weighted_price_of_trades_holds_until_the_next():
    # 99 for 100 ms, 101 for 1900 ms, 103 for 500 ms.
    told = analysis.slippage(BUY, "interval_twap", orders=PLACED, trades=TRADES)
    assert told.benchmark_price[0] == pytest.approx((9_900 + 191_900 + 51_500) / 2500)


def test_against_the_open_and_the_close_of_the_day():
    held = fills((MIDNIGHT + 5, "BUY", 1.0, 102.0))
    days = klines(
        (MIDNIGHT - DAY, 1, 2, 1, 1), (MIDNIGHT, 100, 104, 1, 1), (MIDNIGHT + DAY // 2, 104, 105, 1, 1),
        (MIDNIGHT + DAY, 7, 8, 1, 1),
    )  # fmt: skip
    assert analysis.slippage(held, "open", klines=days).benchmark_price[0] == 100
    assert analysis.slippage(held, "close", klines=days).benchmark_price[0] == 105
    ticks = trades((MIDNIGHT - 1, 1, 1), (MIDNIGHT, 100, 1), (MIDNIGHT + DAY - 1, 105, 1), (MIDNIGHT + DAY, 7, 1))
    assert analysis.slippage(held, "open", trades=ticks).benchmark_price[0] == 100
    assert analysis.slippage(held, "close", trades=ticks).benchmark_price[0] == 105


def test_against_the_best_prices_before_the_fill():
    prices = {
        name: analysis.slippage(BUY, name, quotes=QUOTES).benchmark_price[0] for name in ("bid", "ask", "mid", "touch")
    }
    assert prices == {"bid": 100, "ask": 102, "mid": 101, "touch": 102}
    sold = fills((1000, "SELL", 1.0, 100.0))
    assert analysis.slippage(sold, "touch", quotes=QUOTES).benchmark_price[0] == 100


def test_a_fill_of_an_order_that_is_not_there_has_no_arrival():
    told = analysis.slippage(BUY, "arrival_mid", orders=PLACED.assign(order_id=7), quotes=QUOTES)
    assert told.slippage_bps.isna().all()


def test_reports_serve_as_orders():
    reports = pd.concat([PLACED.assign(order_status="NEW", transaction_time=at(500)), PLACED])
    told = analysis.slippage(BUY, "arrival_mid", orders=reports, quotes=QUOTES)
    assert first(told) == (100.0, 200.0, 2.0)


@pytest.mark.parametrize(
    ("against", "given", "sentence"),
    [
        ("vwap", {}, "is no benchmark"),
        ("mid", {}, "needs quotes="),
        ("arrival_mid", {"quotes": QUOTES}, "needs orders="),
        ("interval_vwap", {"orders": PLACED}, "needs trades= or klines="),
        ("decision_price", {"orders": PLACED}, "neither decision_price nor decision_time"),
        ("decision_price", {"orders": PLACED.assign(decision_time=at(0))}, "needs quotes="),
        ("open", {"klines": klines().drop(columns="symbol")}, "klines have no column symbol"),
    ],
)
def test_what_is_missing_is_said(against, given, sentence):
    with pytest.raises(AnalysisError, match=sentence):
        analysis.slippage(BUY, against, **given)


@settings(max_examples=25)
@given(random_fills(), random_quotes(least=1))
def test_amounts_and_basis_points_agree(held, market):
    told = analysis.slippage(held, "mid", quotes=market)
    s = np.where(told.side == "BUY", 1, -1)
    amount = s * (told.last_executed_price - told.benchmark_price) * told.last_executed_qty
    np.testing.assert_allclose(told.slippage_quote, amount)
    np.testing.assert_allclose(told.slippage_bps * told.benchmark_price * told.last_executed_qty / 1e4, amount)
