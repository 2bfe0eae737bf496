"""Rows of a measure over an archive: not all at once, but a market and day at a time, or as means of groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from binance_nb.analysis.aftermath import HORIZONS, as_curve, horizon_ms, markout_name
from binance_nb.analysis.archive.days import Options, measured_day
from binance_nb.analysis.archive.files import TIMES, Part
from binance_nb.analysis.archive.orders import MEASURES as OF_ORDERS
from binance_nb.analysis.archive.orders import measured_orders
from binance_nb.analysis.archive.reader import DAY_MS, Reader, check_table
from binance_nb.analysis.archive.work import Runner
from binance_nb.analysis.asof import MAX_AGE_MS
from binance_nb.analysis.comparing import check, finish_compare, finish_difference, group_moments, merged_moments
from binance_nb.analysis.groups import By, group_names
from binance_nb.errors import AnalysisError

NO_BOOTSTRAP = "the bootstrap draws from all values, which an archive does not hold at once: use welch"


@dataclass(frozen=True, slots=True)
class Rows:
    """What a measure says of each fill or order of an archive: `compare` and `difference` take it as a frame."""

    reader: Reader
    runner: Runner
    measure: str
    options: Options

    def frames(self) -> Iterator[pd.DataFrame]:
        """Yield the measure's frame of one market and day after another (of orders the day they were created)."""
        work = [(self.reader, part, self.measure, self.options) for part in self._parts()]
        yield from self.runner.stream(_measured, work)

    def _parts(self) -> list[Part]:
        return check_table(self.reader, "orders" if self.measure in OF_ORDERS else "fills")

    def frame(self) -> pd.DataFrame:
        """Return all rows as one frame, which must fit into memory: fills oldest first, orders by market and id."""
        every = pd.concat(list(self.frames()), ignore_index=True)
        order = ["product", "symbol", "order_id"] if self.measure in OF_ORDERS else ["transaction_time", "trade_id"]
        return every.sort_values(order, kind="stable", ignore_index=True)

    def measured(self, measure: str, *args: Any, **kwargs: Any) -> pd.DataFrame:
        """Return `compare` or `difference` of these rows. Raises AnalysisError for any other measure."""
        if measure not in {"compare", "difference"}:
            raise AnalysisError(f"{measure} takes fills, not the rows of {self.measure}: use frames() or frame()")
        return self._means(measure, *args, **kwargs)

    def _means(
        self,
        measure: str,
        value: str,
        by: By = (),
        *,
        method: str = "welch",
        confidence: float = 0.95,
        seed: int = 0,
        cluster: str | None = None,
    ) -> pd.DataFrame:
        check(method, confidence)
        if method != "welch":
            raise AnalysisError(NO_BOOTSTRAP)
        names = group_names(by)
        moments = self.moments([value], names, cluster)[0]
        finish = finish_compare if measure == "compare" else finish_difference
        return finish(moments, names, confidence)

    def moments(self, values: list[str], names: list[str], cluster: str | None = None) -> list[pd.DataFrame]:
        """Return for each column the moments of each group over all rows."""
        parts = self._parts()
        torn = {} if cluster is None else _torn_clusters(self.reader, parts, cluster)
        work = [
            (
                self.reader,
                part,
                self.measure,
                self.options,
                values,
                names,
                cluster,
                torn.get((part.product, part.symbol)),
            )
            for part in parts
        ]
        found = list(self.runner.stream(_day_moments, work))
        every = []
        for place in range(len(values)):
            whole = [day[place][0] for day in found]
            pieces = [piece for day in found if (piece := day[place][1]) is not None]
            if pieces and cluster is not None:
                whole.append(_mended(pieces, [*names, *_cluster_names(names, cluster)], names))
            every.append(merged_moments(whole, names))
        return every


def _measured(reader: Reader, part: Part, measure: str, options: Options) -> pd.DataFrame:
    return (measured_orders if part.table == "orders" else measured_day)(reader, part, measure, options)


def _day_moments(
    reader: Reader,
    part: Part,
    measure: str,
    options: Options,
    values: list[str],
    names: list[str],
    cluster: str | None,
    torn: list[Any] | None,
) -> list[tuple[pd.DataFrame, pd.DataFrame | None]]:
    """Return for each column the moments of a day, and of the clusters that lie on other days too those of each."""
    frame = _measured(reader, part, measure, options)
    plain = {name: "str" for name in names if name in frame and isinstance(frame[name].dtype, pd.CategoricalDtype)}
    frame = frame.astype(plain)
    if cluster is None or not torn:
        return [(group_moments(frame, value, names, cluster), None) for value in values]
    apart = frame[cluster].isin(torn)
    pieces, keys = frame[apart], [*names, *_cluster_names(names, cluster)]
    return [
        (group_moments(frame[~apart], value, names, cluster), group_moments(pieces, value, keys)) for value in values
    ]


def _cluster_names(names: list[str], cluster: str) -> list[str]:
    """Return what tells clusters apart beside the groups."""
    return [name for name in ("product", "symbol", cluster) if name not in names]


def _torn_clusters(reader: Reader, parts: list[Part], cluster: str) -> dict[tuple[str, str], list[Any]]:
    """Return of each market the clusters that lie on more than one day, such as an order filled over midnight."""
    markets: dict[tuple[str, str], list[Part]] = {}
    for part in parts:
        markets.setdefault((part.product, part.symbol), []).append(part)
    torn = {}
    for market, days in markets.items():
        if len(days) < 2 or cluster not in reader.columns(days):
            continue
        day = f"epoch_ms({TIMES[days[0].table]}) // {DAY_MS}"
        sql = f'select "{cluster}" as piece from held group by 1 having min({day}) < max({day})'  # noqa: S608
        torn[market] = reader.query(days, sql)["piece"].dropna().tolist()
    return torn


def _mended(pieces: list[pd.DataFrame], keys: list[str], names: list[str]) -> pd.DataFrame:
    """Return the moments of clusters put together from the pieces of several days, each cluster a part of its group."""
    whole = merged_moments(pieces, keys)
    whole = whole[whole["count"] > 0]
    sizes = whole["count"].astype("float64") ** 2
    told: pd.DataFrame = whole[[*names, "count", "mean", "squares"]]
    return told.assign(clusters=1, residuals=0.0, crossed=0.0, sizes=sizes)


def curve(
    reader: Reader,
    runner: Runner,
    quotes: pd.DataFrame | None = None,
    horizons: Any = HORIZONS,
    by: By = (),
    *,
    method: str = "welch",
    confidence: float = 0.95,
    max_age_ms: float | None = MAX_AGE_MS,
    cluster: str | None = None,
) -> pd.DataFrame:
    """Return `markout_curve` over all fills of an archive, read once for all horizons."""
    check(method, confidence)
    if method != "welch":
        raise AnalysisError(NO_BOOTSTRAP)
    names = group_names(by)
    lengths = list(dict.fromkeys(horizon_ms(each) for each in horizons))
    options: Options = {"horizons": lengths, "max_age_ms": max_age_ms} | ({} if quotes is None else {"quotes": quotes})
    rows = Rows(reader, runner, "markouts", options)
    moments = rows.moments([markout_name(each) for each in lengths], names, cluster)
    return as_curve([finish_compare(each, names, confidence) for each in moments], lengths, names)
