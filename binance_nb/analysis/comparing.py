"""Groups compared: means with confidence intervals, and differences of means."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pandas as pd

from binance_nb.analysis.given import floats, require
from binance_nb.analysis.groups import By, Groups, group_names, ratio, with_groups
from binance_nb.analysis.sources import over_archives
from binance_nb.analysis.student import t_quantile, t_tail
from binance_nb.errors import AnalysisError

METHODS = ("welch", "bootstrap")
RESAMPLES = 1000
"""How often the bootstrap draws, every value each time: a million values take half a minute, where Welch takes none."""


@over_archives
def compare(
    frame: pd.DataFrame,
    value: str,
    by: By = (),
    *,
    method: str = "welch",
    confidence: float = 0.95,
    seed: int = 0,
    cluster: str | None = None,
) -> pd.DataFrame:
    """Return the mean of a column in each group, with its confidence interval.

    One row a group of `by` (columns, or "day", "hour", "minute"): the keys, `count` (values that are not missing),
    `mean`, `deviation` (of the sample, n - 1), `low`, `high`, all in the column's own unit. `method` "welch" takes
    mean ± t x deviation / sqrt(n) with Student's t of n - 1 degrees of freedom, each group with its own deviation;
    "bootstrap" takes percentiles of RESAMPLES means of values drawn with replacement, the same for the same `seed`.
    Fewer than two values have no interval (NaN).

    Values that belong together say less than as many that do not: the fills of one order share its moment and its side,
    and an interval that takes them for independent is too narrow. `cluster` names the column that tells what belongs
    together ("order_id", of one market): with C clusters, of n values of mean m in all, the error of m is
    sqrt(C / (C - 1) x sum over clusters of (sum of value - m)^2) / n, with C - 1 degrees of freedom (Liang and Zeger,
    "Longitudinal data analysis using generalized linear models", 1986, for a mean); the bootstrap draws clusters. With
    a cluster for each value that is Welch's. Raises AnalysisError.
    """
    check(method, confidence)
    keys, names = _keyed(frame, value, by)
    moments = group_moments(frame, value, by, cluster)
    if method == "welch":
        return finish_compare(moments, names, confidence)
    parts = _parts(frame, value, keys, names, cluster)
    draw = np.random.default_rng(seed)
    pairs = [_bootstrap(part, confidence, draw) for part in parts]
    low, high = np.array(pairs).reshape(-1, 2).T
    return finish_compare(moments, names, confidence).assign(low=low, high=high)


def group_moments(frame: pd.DataFrame, value: str, by: By, cluster: str | None = None) -> pd.DataFrame:
    """Return the keys of each group, `count`, `mean` and `squares` (of deviations from the mean) of what is known.

    And of its clusters: how many (`clusters`), and the sums over them of r^2, r x n and n^2 (`residuals`, `crossed`,
    `sizes`), with n the values of one and r the sum of their deviations.
    """
    keys, names = _keyed(frame, value, by)
    values = floats(frame, value, "rows")
    groups = _groups(keys, names, len(frame))
    known = np.isfinite(values)
    counts = np.bincount(groups.numbers[known], minlength=groups.count)
    means = ratio(np.bincount(groups.numbers[known], weights=values[known], minlength=groups.count), counts)
    away = np.where(known, values - means[groups.numbers], 0.0) if groups.count else values
    squares = groups.sum(away**2)
    if cluster is None:  # each value by itself: r is its deviation, n is 1, and the r of a group sum to nothing
        of_clusters = {"clusters": counts, "residuals": squares, "crossed": 0.0, "sizes": counts.astype("float64")}
    else:
        group, summed, sizes = _clusters(frame, cluster, groups, known, away)
        told = {"residuals": summed**2, "crossed": summed * sizes, "sizes": sizes**2}
        of_clusters = {"clusters": np.bincount(group, minlength=groups.count)}
        of_clusters |= {name: np.bincount(group, weights=each, minlength=groups.count) for name, each in told.items()}
    table: pd.DataFrame = groups.table[names]
    return table.assign(count=counts, mean=means, squares=squares, **of_clusters)


def _clusters(frame: pd.DataFrame, cluster: str, groups: Groups, known: Any, values: Any) -> tuple[Any, Any, Any]:
    """Return of each cluster its group, the sum of the known values in it, and how many they are."""
    require(frame, [cluster], "rows")
    names = list(dict.fromkeys([*(name for name in ("product", "symbol") if name in frame.columns), cluster]))
    together = frame[names].assign(group=groups.numbers)[known]
    every = Groups(together[["group", *names]])
    return every.table["group"].to_numpy(dtype="int64"), every.sum(values[known]), every.size().astype("float64")


def merged_moments(parts: list[pd.DataFrame], names: list[str]) -> pd.DataFrame:
    """Return the moments of parts taken together (Chan, Golub and LeVeque, 1979); a cluster lies in one part."""
    every = pd.concat(parts, ignore_index=True)
    groups = _groups(every[names], names, len(every))
    count = every["count"].to_numpy()
    mean = every["mean"].fillna(0.0).to_numpy()
    counts = groups.sum(count).astype("int64")
    means = ratio(groups.sum(count * mean), counts)
    away = np.where(count > 0, mean - means[groups.numbers], 0.0) if groups.count else mean
    residuals, crossed, sizes = (every[name].to_numpy() for name in ("residuals", "crossed", "sizes"))
    table: pd.DataFrame = groups.table[names]
    return table.assign(
        count=counts,
        mean=means,
        squares=groups.sum(every["squares"].to_numpy() + count * away**2),
        clusters=groups.sum(every["clusters"].to_numpy()).astype("int64"),
        residuals=groups.sum(residuals + 2 * away * crossed + away**2 * sizes),
        crossed=groups.sum(crossed + away * sizes),
        sizes=groups.sum(sizes),
    )


def finish_compare(moments: pd.DataFrame, names: list[str], confidence: float) -> pd.DataFrame:
    """Return means and their intervals, of moments (see `compare`)."""
    counts, means, clusters = (moments[name].to_numpy() for name in ("count", "mean", "clusters"))
    deviations = np.sqrt(ratio(moments["squares"].to_numpy(), np.where(counts > 1, counts - 1, 0)))
    quantiles = {n: t_quantile((1 + confidence) / 2, n - 1) for n in {int(n) for n in clusters} if n > 1}
    half = np.array([quantiles.get(int(n), np.nan) for n in clusters]) * np.sqrt(_variances(moments))
    return moments[[*names, "count", "mean"]].assign(deviation=deviations, low=means - half, high=means + half)


def _variances(moments: pd.DataFrame) -> Any:
    """Return the squared error of each mean, NaN where there are less than two clusters."""
    counts, clusters = moments["count"].to_numpy(), moments["clusters"].to_numpy()
    freed = ratio(clusters, np.where(clusters > 1, clusters - 1, 0))
    return freed * ratio(moments["residuals"].to_numpy(), counts.astype("float64") ** 2)


@over_archives
def difference(
    frame: pd.DataFrame,
    value: str,
    by: By,
    *,
    method: str = "welch",
    confidence: float = 0.95,
    seed: int = 0,
    cluster: str | None = None,
) -> pd.DataFrame:
    """Return how far the mean of each group lies from that of each later one, with its confidence interval.

    One row a pair: `first`, `second` (the groups' names), `difference` = mean of the first - mean of the second, `low`,
    `high`, and `p_value`, two-sided, of no difference. `method` "welch" is Welch's t test, unequal deviations, with the
    degrees of freedom of Welch and Satterthwaite; "bootstrap" draws both groups RESAMPLES times and has no p_value
    (NaN). An interval that holds zero says that the groups may well be the same. `cluster` names the column of what
    belongs together, as in `compare`; a cluster that lies in both groups is taken for two. Raises AnalysisError.
    """
    check(method, confidence)
    keys, names = _keyed(frame, value, by)
    told = finish_difference(group_moments(frame, value, by, cluster), names, confidence)
    if method == "bootstrap":
        parts = _parts(frame, value, keys, names, cluster)
        draw = np.random.default_rng(seed)
        bounds = [_apart(one, two, confidence, draw) for one, two in itertools.combinations(parts, 2)]
        low, high = np.array(bounds).reshape(-1, 2).T
        return told.assign(low=low, high=high, p_value=np.nan)
    return told


def finish_difference(moments: pd.DataFrame, names: list[str], confidence: float) -> pd.DataFrame:
    """Return the differences of means of moments, by Welch (see `difference`)."""
    labels = [" ".join(str(each) for each in row) for row in moments[names].itertuples(index=False)]
    told = moments[["clusters", "mean"]].assign(variance=_variances(moments))
    parts = [tuple(map(float, row)) for row in told.itertuples(index=False)]
    rows = [
        {"first": labels[one], "second": labels[two], **_welch(parts[one], parts[two], confidence)}
        for one, two in itertools.combinations(range(len(parts)), 2)
    ]
    return pd.DataFrame(rows, columns=["first", "second", "difference", "low", "high", "p_value"])


def check(method: str, confidence: float) -> None:
    if method not in METHODS:
        raise AnalysisError(f"{method!r} is no method: {', '.join(METHODS)}")
    if not 0 < confidence < 1:
        raise AnalysisError(f"confidence is a fraction between 0 and 1, not {confidence!r}")


def _groups(keys: pd.DataFrame, names: list[str], rows: int) -> Groups:
    if names:
        return Groups(keys)
    return Groups(pd.DataFrame({"all": np.zeros(rows, dtype="int64")}))


def _keyed(frame: pd.DataFrame, value: str, by: By) -> tuple[pd.DataFrame, list[str]]:
    require(frame, [value], "rows")
    return with_groups(frame, group_names(by), market=False, what="rows")


Sums = tuple[Any, Any]
"""Of each cluster of a group the sum of its values, and how many they are."""


def _parts(frame: pd.DataFrame, value: str, keys: pd.DataFrame, names: list[str], cluster: str | None) -> list[Sums]:
    """Return the clusters of each group, in the order of the groups; without `cluster` each value is one."""
    values = floats(frame, value, "rows")
    groups = _groups(keys, names, len(frame))
    known = np.isfinite(values)
    if cluster is None:
        group, sums, sizes = groups.numbers[known], values[known], np.ones(int(known.sum()))
    else:
        group, sums, sizes = _clusters(frame, cluster, groups, known, values)
    return [(sums[group == each], sizes[group == each]) for each in range(groups.count)]


def _means(part: Sums, draw: np.random.Generator) -> Any:
    sums, sizes = part
    drawn = (draw.integers(0, len(sums), len(sums)) for _ in range(RESAMPLES))
    return np.array([sums[each].sum() / sizes[each].sum() for each in drawn])


def _bootstrap(part: Sums, confidence: float, draw: np.random.Generator) -> tuple[float, float]:
    if len(part[0]) < 2:
        return math.nan, math.nan
    low, high = np.quantile(_means(part, draw), [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def _apart(one: Sums, two: Sums, confidence: float, draw: np.random.Generator) -> tuple[float, float]:
    if min(len(one[0]), len(two[0])) < 2:
        return math.nan, math.nan
    apart = _means(one, draw) - _means(two, draw)
    low, high = np.quantile(apart, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def _welch(one: tuple[float, ...], two: tuple[float, ...], confidence: float) -> dict[str, float]:
    """Return Welch's test of two groups, each as the count of its clusters, its mean and the variance of that."""
    (n_one, mean_one, first), (n_two, mean_two, second) = one, two
    if not n_one or not n_two:
        return dict.fromkeys(("difference", "low", "high", "p_value"), math.nan)
    apart = mean_one - mean_two
    if min(n_one, n_two) < 2:
        return {"difference": apart, "low": math.nan, "high": math.nan, "p_value": math.nan}
    error = math.sqrt(first + second)
    if error == 0:
        return {"difference": apart, "low": apart, "high": apart, "p_value": 0.0 if apart else 1.0}
    freedom = (first + second) ** 2 / (first**2 / (n_one - 1) + second**2 / (n_two - 1))
    half = t_quantile((1 + confidence) / 2, freedom) * error
    p_value = 2 * t_tail(abs(apart) / error, freedom)
    return {"difference": apart, "low": apart - half, "high": apart + half, "p_value": p_value}
