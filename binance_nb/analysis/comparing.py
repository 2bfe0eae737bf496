"""Groups compared: means with confidence intervals, and differences of means."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pandas as pd

from binance_nb.analysis.given import floats, require
from binance_nb.analysis.groups import By, Groups, group_names, ratio, with_groups
from binance_nb.analysis.student import t_quantile, t_tail
from binance_nb.errors import AnalysisError

METHODS = ("welch", "bootstrap")
RESAMPLES = 1000
"""How often the bootstrap draws, every value each time: a million values take half a minute, where Welch takes none."""


def compare(
    frame: pd.DataFrame, value: str, by: By = (), *, method: str = "welch", confidence: float = 0.95, seed: int = 0
) -> pd.DataFrame:
    """Return the mean of a column in each group, with its confidence interval.

    One row a group of `by` (columns, or "day", "hour", "minute"): the keys, `count` (values that are not missing),
    `mean`, `deviation` (of the sample, n - 1), `low`, `high`, all in the column's own unit. `method` "welch" takes
    mean ± t x deviation / sqrt(n) with Student's t of n - 1 degrees of freedom, each group with its own deviation;
    "bootstrap" takes percentiles of RESAMPLES means of values drawn with replacement, the same for the same `seed`.
    Fewer than two values have no interval (NaN). Raises AnalysisError.
    """
    _check(method, confidence)
    require(frame, [value], "rows")
    keys, names = with_groups(frame, group_names(by), market=False, what="rows")
    values = floats(frame, value, "rows")
    groups = _groups(keys, names, len(frame))
    known = np.isfinite(values)
    counts = np.bincount(groups.numbers[known], minlength=groups.count)
    means = ratio(np.bincount(groups.numbers[known], weights=values[known], minlength=groups.count), counts)
    away = np.where(known, values - means[groups.numbers], 0.0) if groups.count else values
    squares = groups.sum(away**2)
    deviations = np.sqrt(ratio(squares, np.where(counts > 1, counts - 1, 0)))
    if method == "welch":
        low, high = welch_interval(counts, means, deviations, confidence)
    else:
        draw = np.random.default_rng(seed)
        pairs = [_bootstrap(values[known & (groups.numbers == each)], confidence, draw) for each in range(groups.count)]
        low, high = np.array(pairs).reshape(-1, 2).T
    table: pd.DataFrame = groups.table[names]
    return table.assign(count=counts, mean=means, deviation=deviations, low=low, high=high)


def welch_interval(counts: Any, means: Any, deviations: Any, confidence: float) -> tuple[Any, Any]:
    """Return the bounds mean ± t x deviation / sqrt(count), NaN where the count is below two."""
    quantiles = {n: t_quantile((1 + confidence) / 2, n - 1) for n in {int(n) for n in counts} if n > 1}
    wide = np.array([quantiles.get(int(n), np.nan) for n in counts], dtype="float64")
    half = wide * ratio(deviations, np.sqrt(counts))
    return means - half, means + half


def difference(
    frame: pd.DataFrame, value: str, by: By, *, method: str = "welch", confidence: float = 0.95, seed: int = 0
) -> pd.DataFrame:
    """Return how far the mean of each group lies from that of each later one, with its confidence interval.

    One row a pair: `first`, `second` (the groups' names), `difference` = mean of the first - mean of the second, `low`,
    `high`, and `p_value`, two-sided, of no difference. `method` "welch" is Welch's t test, unequal deviations, with the
    degrees of freedom of Welch and Satterthwaite; "bootstrap" draws both groups RESAMPLES times and has no p_value
    (NaN). An interval that holds zero says that the groups may well be the same. Raises AnalysisError.
    """
    _check(method, confidence)
    require(frame, [value], "rows")
    keys, names = with_groups(frame, group_names(by), market=False, what="rows")
    values = floats(frame, value, "rows")
    groups = _groups(keys, names, len(frame))
    labels = [" ".join(str(each) for each in row) for row in groups.table[names].itertuples(index=False)]
    parts = [values[(groups.numbers == each) & np.isfinite(values)] for each in range(groups.count)]
    draw = np.random.default_rng(seed)
    rows = []
    for one, two in itertools.combinations(range(groups.count), 2):
        told = _welch(parts[one], parts[two], confidence)
        if method == "bootstrap" and min(len(parts[one]), len(parts[two])) > 1:
            apart = _means(parts[one], draw) - _means(parts[two], draw)
            low, high = np.quantile(apart, [(1 - confidence) / 2, (1 + confidence) / 2])
            told = {**told, "low": float(low), "high": float(high), "p_value": math.nan}
        rows.append({"first": labels[one], "second": labels[two], **told})
    return pd.DataFrame(rows, columns=["first", "second", "difference", "low", "high", "p_value"])


def _check(method: str, confidence: float) -> None:
    if method not in METHODS:
        raise AnalysisError(f"{method!r} is no method: {', '.join(METHODS)}")
    if not 0 < confidence < 1:
        raise AnalysisError(f"confidence is a fraction between 0 and 1, not {confidence!r}")


def _groups(keys: pd.DataFrame, names: list[str], rows: int) -> Groups:
    if names:
        return Groups(keys)
    return Groups(pd.DataFrame({"all": np.zeros(rows, dtype="int64")}))


def _means(values: Any, draw: np.random.Generator) -> Any:
    return np.array([values[draw.integers(0, len(values), len(values))].mean() for _ in range(RESAMPLES)])


def _bootstrap(values: Any, confidence: float, draw: np.random.Generator) -> tuple[float, float]:
    if len(values) < 2:
        return math.nan, math.nan
    low, high = np.quantile(_means(values, draw), [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def _welch(one: Any, two: Any, confidence: float) -> dict[str, float]:
    if not len(one) or not len(two):
        return dict.fromkeys(("difference", "low", "high", "p_value"), math.nan)
    apart = float(one.mean() - two.mean())
    if min(len(one), len(two)) < 2:
        return {"difference": apart, "low": math.nan, "high": math.nan, "p_value": math.nan}
    first, second = one.var(ddof=1) / len(one), two.var(ddof=1) / len(two)
    error = math.sqrt(first + second)
    if error == 0:
        return {"difference": apart, "low": apart, "high": apart, "p_value": 0.0 if apart else 1.0}
    freedom = (first + second) ** 2 / (first**2 / (len(one) - 1) + second**2 / (len(two) - 1))
    half = t_quantile((1 + confidence) / 2, freedom) * error
    p_value = 2 * t_tail(abs(apart) / error, freedom)
    return {"difference": apart, "low": apart - half, "high": apart + half, "p_value": p_value}
