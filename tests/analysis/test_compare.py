"""Comparisons: Student's t against its printed table, Welch by hand, the bootstrap by its coverage of the truth."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from binance_nb import analysis
from binance_nb.analysis.comparing import finish_compare, group_moments, merged_moments
from binance_nb.analysis.student import t_quantile, t_tail
from binance_nb.errors import AnalysisError

ONE, TWO = [1.0, 2.0, 3.0, 4.0], [2.0, 4.0, 9.0]
GROUPS = pd.DataFrame({"value": ONE + TWO, "group": ["a"] * 4 + ["b"] * 3})


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(1, 12.7062), (2, 4.30265), (5, 2.57058), (10, 2.22814), (30, 2.04227), (120, 1.97993), (10**9, 1.95996)],
)
def test_quantiles_are_those_of_the_printed_table(freedom, quantile):
    assert t_quantile(0.975, freedom) == pytest.approx(quantile, abs=5e-5)


@given(st.floats(1, 200), st.floats(0.5001, 0.9999))
def test_a_quantile_leaves_its_tail(freedom, probability):
    assert t_tail(t_quantile(probability, freedom), freedom) == pytest.approx(1 - probability, abs=1e-9)


@pytest.mark.parametrize(("freedom", "t"), [(3.0, 1.7), (7.5, 0.4), (40.0, 2.3)])
def test_a_tail_is_the_integral_of_the_density(freedom, t):
    x = np.linspace(0, t, 200_001)
    log_front = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2) - math.log(freedom * math.pi) / 2
    density = np.exp(log_front - (freedom + 1) / 2 * np.log1p(x**2 / freedom))
    assert t_tail(t, freedom) == pytest.approx(0.5 - np.trapezoid(density, x), abs=1e-9)


def test_the_mean_of_each_group_by_hand():
    told = analysis.compare(GROUPS, "value", "group")
    assert list(told["count"]) == [4, 3]
    assert list(told["mean"]) == [2.5, 5.0]
    # Deviations sqrt(5/3) and sqrt(13); t of 3 degrees 3.18245, of 2 degrees 4.30265.
    half = [3.18245 * math.sqrt(5 / 3) / 2, 4.30265 * math.sqrt(13 / 3)]
    assert list(told["high"] - told["mean"]) == pytest.approx(half, rel=1e-5)
    assert list(told["mean"] - told["low"]) == pytest.approx(half, rel=1e-5)


def test_the_difference_of_two_groups_by_hand():
    told = analysis.difference(GROUPS, "value", "group").iloc[0]
    one, two = (5 / 3) / 4, 13 / 3
    freedom = (one + two) ** 2 / (one**2 / 3 + two**2 / 2)
    assert (told["first"], told["second"], told.difference) == ("a", "b", -2.5)
    assert told.high - told.difference == pytest.approx(t_quantile(0.975, freedom) * math.sqrt(one + two))
    assert told.p_value == pytest.approx(2 * t_tail(2.5 / math.sqrt(one + two), freedom))


def test_values_that_are_missing_do_not_count():
    told = analysis.compare(pd.concat([GROUPS, GROUPS.assign(value=np.nan)]), "value", "group")
    assert list(told["count"]) == [4, 3]
    assert list(told["mean"]) == [2.5, 5.0]


def test_one_value_has_no_interval():
    told = analysis.compare(GROUPS.iloc[:1], "value", "group").iloc[0]
    assert told["mean"] == 1
    assert np.isnan(told.low)


def test_the_bootstrap_agrees_with_welch_on_many_values_and_with_itself():
    draw = np.random.default_rng(5)
    frame = pd.DataFrame({"value": draw.normal(3, 2, 4000), "group": np.arange(4000) % 2})
    welch, boot = (analysis.compare(frame, "value", "group", method=method) for method in ("welch", "bootstrap"))
    np.testing.assert_allclose(boot[["low", "high"]], welch[["low", "high"]], atol=0.02)
    pd.testing.assert_frame_equal(boot, analysis.compare(frame, "value", "group", method="bootstrap"))
    apart = analysis.difference(frame, "value", "group", method="bootstrap").iloc[0]
    assert apart.low < apart.difference < apart.high


def test_the_error_of_values_that_belong_together_by_hand():
    frame = pd.DataFrame({"value": [1.0, 3.0, 8.0, 6.0, 7.0], "order_id": [1, 1, 2, 2, 3]})
    # The mean is 5; the sums of deviations are -4 - 2, 3 + 1 and 2: 36 + 16 + 4 over three clusters of five values.
    error = math.sqrt(3 / 2 * 56) / 5
    told = analysis.compare(frame, "value", cluster="order_id").iloc[0]
    assert (told["count"], told["mean"]) == (5, 5.0)
    assert told.high - told["mean"] == pytest.approx(4.30265 * error, rel=1e-5)  # t of two degrees
    assert told.deviation == pytest.approx(analysis.compare(frame, "value").deviation[0])


def test_the_difference_of_clustered_groups_by_hand():
    frame = pd.DataFrame(
        {"value": [1.0, 3.0, 8.0, 5.0, 6.0, 9.0], "order_id": [1, 1, 2, 3, 4, 4], "way": list("aaabbb")}
    )
    # Of a: mean 4, sums of deviations -3 - 1 and 4; of b: mean 20/3, sums -5/3 and 5/3. Each of two clusters.
    one, two = 2 * (16 + 16) / 9, 2 * (2 * 25 / 9) / 9
    freedom = (one + two) ** 2 / (one**2 + two**2)
    told = analysis.difference(frame, "value", "way", cluster="order_id").iloc[0]
    assert told.difference == pytest.approx(4 - 20 / 3)
    assert told.high - told.difference == pytest.approx(t_quantile(0.975, freedom) * math.sqrt(one + two))


@given(
    st.lists(
        st.tuples(st.integers(-50, 50), st.integers(0, 4), st.sampled_from("ab"), st.sampled_from(["X", "Y"])),
        min_size=1,
    )
)
def test_clustered_errors_are_those_of_a_plain_loop_and_of_any_division_into_parts(rows):
    frame = pd.DataFrame(rows, columns=["value", "order_id", "way", "symbol"]).astype({"value": "float64"})
    told = analysis.compare(frame, "value", "way", cluster="order_id").set_index("way")
    for way in frame.way.unique():
        mine = [row for row in rows if row[2] == way]
        mean = sum(row[0] for row in mine) / len(mine)
        sums = {}
        for value, order, _, symbol in mine:  # an order's number is of its symbol
            sums[order, symbol] = sums.get((order, symbol), 0.0) + value - mean
        half = told.high[way] - told["mean"][way]
        if len(sums) < 2:
            assert math.isnan(half)
            continue
        error = math.sqrt(len(sums) / (len(sums) - 1) * sum(each**2 for each in sums.values())) / len(mine)
        assert half == pytest.approx(t_quantile(0.975, len(sums) - 1) * error, abs=1e-9)
    parts = [group_moments(part, "value", ["way"], "order_id") for _, part in frame.groupby(["order_id", "symbol"])]
    merged = finish_compare(merged_moments(parts, ["way"]), ["way"], 0.95).set_index("way")
    pd.testing.assert_frame_equal(merged, told, rtol=1e-9, atol=1e-9)


def test_a_cluster_for_each_value_is_welch():
    frame = GROUPS.assign(order_id=range(7))
    pd.testing.assert_frame_equal(
        analysis.compare(frame, "value", "group", cluster="order_id"), analysis.compare(frame, "value", "group")
    )
    pd.testing.assert_frame_equal(
        analysis.difference(frame, "value", "group", cluster="order_id"), analysis.difference(frame, "value", "group")
    )


@pytest.mark.parametrize("method", ["welch", "bootstrap"])
def test_only_clustered_intervals_hold_the_truth_where_values_share_what_happened(method):
    draw = np.random.default_rng(4)
    tries, orders, fills = (400, 30, 8) if method == "welch" else (60, 30, 8)
    shared = np.repeat(draw.normal(0, 2, (tries, orders)), fills, axis=1)  # what all fills of an order have in common
    values = 7 + shared + draw.normal(0, 1, (tries, orders * fills))
    frame = pd.DataFrame({"value": values.ravel(), "trial": np.repeat(np.arange(tries), orders * fills)})
    frame["order_id"] = np.arange(len(frame)) // fills
    held = {}
    for cluster in (None, "order_id"):
        told = analysis.compare(frame, "value", "trial", method=method, cluster=cluster)
        held[cluster] = ((told.low < 7) & (told.high > 7)).mean()
    assert held["order_id"] == pytest.approx(0.95, abs=0.035 if method == "welch" else 0.08)
    assert held[None] < 0.65


def test_welch_intervals_hold_the_truth_as_often_as_they_say():
    draw = np.random.default_rng(1)
    frame = pd.DataFrame({"value": draw.normal(7, 3, 8 * 2000), "group": np.arange(8 * 2000) % 2000})
    told = analysis.compare(frame, "value", "group", confidence=0.9)
    assert ((told.low < 7) & (told.high > 7)).mean() == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"method": "anova"}, "is no method"),
        ({"confidence": 95}, "a fraction"),
        ({"by": "venue"}, "no column venue"),
        ({"cluster": "order_id"}, "order_id"),
    ],
)
def test_what_cannot_be_compared_is_said(more, sentence):
    with pytest.raises(AnalysisError, match=sentence):
        analysis.compare(GROUPS, "value", **more)
