"""Groups of fills: by columns, by UTC day or hour, always within one market."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from binance_nb.analysis.given import NO_TIME, as_times, combined_codes, market_keys, require, utc_ms

MS = {"day": 86_400_000, "hour": 3_600_000, "minute": 60_000}
"""Groups by time: the UTC day, hour or minute that a fill falls in."""

By = str | Sequence[str]


def group_names(by: By) -> list[str]:
    """Return what to group by as a list."""
    return [by] if isinstance(by, str) else list(by)


def with_groups(
    frame: pd.DataFrame, by: By, *, time: str = "transaction_time", market: bool = True, what: str = "fills"
) -> tuple[pd.DataFrame, list[str]]:
    """Return the key columns of each row, and their names: the market's first, then those of `by`.

    `by` names columns, or "day", "hour", "minute" (the start of it, UTC, by `time`). A price makes sense within one
    market only, so product and symbol are always among the keys unless `market` is False.
    """
    names = [*(market_keys(frame) if market else []), *group_names(by)]
    names = list(dict.fromkeys(names))
    keys: dict[str, Any] = {}
    for name in names:
        if name in frame.columns:
            keys[name] = frame[name].array
        elif name in MS:
            stamps = utc_ms(frame, time, what)
            keys[name] = as_times(np.where(stamps == NO_TIME, NO_TIME, stamps - stamps % MS[name]))
        else:
            require(frame, [name], what)
    return pd.DataFrame(keys, index=frame.index, copy=False), names


def cluster_of(frame: pd.DataFrame) -> str | None:
    """Return the column that tells which fills belong together: the order's id, where they have one."""
    return "order_id" if "order_id" in frame.columns else None


class Groups:
    """Rows gathered by their keys, to be summed: numbers of groups, and one row of keys for each."""

    def __init__(self, keys: pd.DataFrame) -> None:
        """Number the groups in the order of their keys."""
        codes = combined_codes(keys, list(keys.columns))
        self.numbers, firsts = _numbered(codes)
        table = keys.iloc[firsts]
        order = np.arange(len(table))
        if len(table):
            table = table.reset_index(drop=True)
            order = table.sort_values(list(table.columns), kind="stable").index.to_numpy()
        self.table = table.iloc[order].reset_index(drop=True)
        place = np.empty(len(order), dtype="int64")
        place[order] = np.arange(len(order))
        self.numbers = place[self.numbers] if len(order) else self.numbers
        self.count = len(order)

    def sum(self, values: Any) -> Any:
        """Return the sum of `values` in each group."""
        return np.bincount(self.numbers, weights=values, minlength=self.count)

    def size(self) -> Any:
        """Return how many rows each group has."""
        return np.bincount(self.numbers, minlength=self.count)

    def least(self, stamps: Any) -> Any:
        """Return the least of whole numbers in each group."""
        found = np.full(self.count, np.iinfo("int64").max)
        np.minimum.at(found, self.numbers, stamps)
        return found

    def most(self, stamps: Any) -> Any:
        """Return the greatest of whole numbers in each group."""
        found = np.full(self.count, NO_TIME)
        np.maximum.at(found, self.numbers, stamps)
        return found


def _numbered(codes: Any) -> tuple[Any, Any]:
    """Return a number for each row by its code, and the first row of each number."""
    numbers, uniques = pd.factorize(codes)
    firsts = np.empty(len(uniques), dtype="int64")
    firsts[numbers[::-1]] = np.arange(len(codes))[::-1]
    return numbers.astype("int64"), firsts


def ratio(top: Any, bottom: Any) -> Any:
    """Return top / bottom, missing (NaN) where the bottom is zero."""
    return np.divide(top, bottom, out=np.full(np.shape(bottom), np.nan), where=np.asarray(bottom) != 0)
