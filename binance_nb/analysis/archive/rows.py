"""Rows of a measure over an archive: not all at once, but a market and day at a time, or as means of groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from binance_nb.analysis.aftermath import HORIZONS, as_curve, horizon_ms, markout_name
from binance_nb.analysis.archive.days import Options, measured_day
from binance_nb.analysis.archive.files import Part
from binance_nb.analysis.archive.orders import MEASURES as OF_ORDERS
from binance_nb.analysis.archive.orders import measured_orders
from binance_nb.analysis.archive.reader import Reader, check_table
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
        """Return for each column the moments of each group over all rows; a cluster of two days is taken for two."""
        work = [(self.reader, part, self.measure, self.options, values, names, cluster) for part in self._parts()]
        found = list(self.runner.stream(_day_moments, work))
        return [merged_moments([day[place] for day in found], names) for place in range(len(values))]


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
) -> list[pd.DataFrame]:
    frame = _measured(reader, part, measure, options)
    plain = {name: "str" for name in names if name in frame and isinstance(frame[name].dtype, pd.CategoricalDtype)}
    return [group_moments(frame.astype(plain), value, names, cluster) for value in values]


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
