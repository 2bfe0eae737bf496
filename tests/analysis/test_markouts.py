"""Spreads, impact and markouts: by hand, and their sum."""

import numpy as np
import pytest
from fill_tables import fills, quotes, random_fills, random_quotes
from hypothesis import given, settings

from binance_nb import analysis
from binance_nb.errors import AnalysisError

QUOTES = quotes((0, 99, 101), (1500, 100, 102), (7000, 103, 105))


def test_the_spread_a_taker_paid_by_hand():
    told = analysis.spreads(fills((1000, "BUY", 1.0, 101.0)), QUOTES, "5s").iloc[0]
    # The mid was 100 and is 101 at 6000: effective 2 x 1 %, impact 2 x 1 %, nothing kept.
    assert (told.mid, told.mid_after) == (100, 101)
    assert (told.effective_spread_bps, told.price_impact_bps, told.realised_spread_bps) == (200, 200, 0)


def test_a_makers_spread_is_negative_for_he_earned_it():
    told = analysis.spreads(fills((1000, "SELL", 1.0, 101.0)), QUOTES, "1s").iloc[0]
    assert (told.effective_spread_bps, told.price_impact_bps) == (-200, -200)


def test_markouts_by_hand():
    told = analysis.markouts(fills((1000, "BUY", 1.0, 100.0)), QUOTES, ["0s", 500, "6s", "7s"]).iloc[0]
    assert (told.markout_0ms_bps, told.markout_500ms_bps, told.markout_6000ms_bps) == (0, 100, 400)
    assert np.isnan(told.markout_7000ms_bps)  # the record ends at 7000, the horizon is 8000


def test_a_seller_likes_it_when_the_price_falls_after():
    assert analysis.markouts(fills((1000, "SELL", 1.0, 100.0)), QUOTES, ["6s"]).markout_6000ms_bps[0] == -400


def test_the_curve_is_the_mean_with_its_interval():
    held = fills((1000, "BUY", 1.0, 100.0), (1100, "BUY", 1.0, 102.0))
    told = analysis.markout_curve(held, QUOTES, [500, "1h"])
    first = told.iloc[0]
    markouts = np.array([1 / 100, -1 / 102]) * 1e4
    half = 12.7062047 * markouts.std(ddof=1) / np.sqrt(2)  # Student's t, one degree of freedom, 97.5 %
    assert (first.horizon_ms, first.fills) == (500, 2)
    assert first.mean_bps == pytest.approx(markouts.mean())
    assert (first.low_bps, first.high_bps) == (
        pytest.approx(markouts.mean() - half, rel=1e-6),
        pytest.approx(markouts.mean() + half, rel=1e-6),
    )
    assert told.fills[1] == 0
    assert np.isnan(told.mean_bps[1])


def test_a_curve_by_group_has_each_group_at_each_horizon():
    held = fills((1000, "BUY", 1.0, 100.0), (1100, "SELL", 1.0, 102.0))
    told = analysis.markout_curve(held, QUOTES, [0, 500], by="side")
    assert list(zip(told.side, told.horizon_ms, told.fills, strict=True)) == [
        ("BUY", 0, 1), ("SELL", 0, 1), ("BUY", 500, 1), ("SELL", 500, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(("horizon", "sentence"), [("-1s", "negative"), ("soon", "no length of time")])
def test_what_is_no_horizon_is_said(horizon, sentence):
    with pytest.raises(AnalysisError, match=sentence):
        analysis.markouts(fills(), QUOTES, [horizon])


@settings(max_examples=30)
@given(random_fills(), random_quotes(least=3))
def test_effective_is_realised_and_impact_together(held, market):
    told = analysis.spreads(held, market, 3_600_000)
    known = told.mid_after.notna() & told.mid.notna()
    np.testing.assert_allclose(
        told.effective_spread_bps[known], (told.realised_spread_bps + told.price_impact_bps)[known], atol=1e-8
    )
    markout = analysis.markouts(held, market, [3_600_000]).markout_3600000ms_bps
    np.testing.assert_allclose(
        (markout * told.last_executed_price)[known], (-told.realised_spread_bps / 2 * told.mid)[known], atol=1e-6
    )
