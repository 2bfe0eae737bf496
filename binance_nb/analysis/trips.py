"""Round trips: each way from flat to flat, with what it made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from binance_nb.analysis.given import NO_TIME, as_times, clean_fills, floats, utc_ms
from binance_nb.analysis.groups import ratio
from binance_nb.analysis.holdings import position_keys, walks
from binance_nb.analysis.lots import Walk
from binance_nb.analysis.sources import over_archives

TRIP_COLUMNS = (
    *("direction", "opened_at", "closed_at", "holding_ms", "quantity", "entry_vwap", "exit_vwap"),
    *("profit_quote", "return_bps", "fees_quote", "fills", "is_open"),
)


@over_archives
def round_trips(fills: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each trip of a position from flat to flat, oldest first within a position; profit is positive.

    A fill that turns a position round ends one trip and begins the next. Columns: the keys (product, symbol,
    position_side where fills have them); `direction` LONG or SHORT; `opened_at`, `closed_at` (NaT while open);
    `holding_ms`; `quantity` that was entered (base units); `entry_vwap`, `exit_vwap` (quote units for one base unit);
    `profit_quote` = +-(exit - entry) x quantity, before fees, and `return_bps` of the entered amount (both NaN while
    open: see `positions` for what a part of it made); `fees_quote`, if the fills have `fee_quote` (NaN else; the fee of
    a fill that turns is shared by quantity); `fills` (a fill that turns counts in both); `is_open`. Lots held before
    the fills are not known here: a sale of them reads as short. Raises AnalysisError.
    """
    tidy = clean_fills(fills)
    keys = position_keys(tidy)
    stamps = utc_ms(tidy, "transaction_time", "fills")
    prices = tidy["last_executed_price"].to_numpy()
    fees = floats(tidy, "fee_quote", "fills") if "fee_quote" in tidy.columns else np.full(len(tidy), np.nan)
    parts = []
    for rows, _, walked, scale in walks(tidy, "fifo"):
        part = _trips(walked, prices[rows], stamps[rows], fees[rows], scale)
        for place, key in enumerate(keys):
            part.insert(place, key, tidy[key].iloc[np.full(len(part), rows[0])].array)
        parts.append(part)
    if not parts:
        empty = Walk(*(np.empty(0, dtype="int64"),) * 6, (np.empty(0), np.empty(0)))
        return _trips(empty, prices, stamps, fees, 1.0)[list(TRIP_COLUMNS)].reindex(columns=[*keys, *TRIP_COLUMNS])
    return pd.concat(parts, ignore_index=True)


def _trips(walked: Walk, prices: Any, stamps: Any, fees: Any, scale: float) -> pd.DataFrame:
    begins = (walked.opened > 0) & ((walked.before == 0) | (walked.closed > 0))
    entered = np.cumsum(begins) - 1  # the trip that a fill's opening part belongs to
    left = entered - begins  # and its closing part: of a fill that turns, the trip before
    count = int(begins.sum())

    def entering(values: Any) -> Any:
        return np.bincount(entered, weights=walked.opened * values, minlength=count)[:count]

    def leaving(values: Any) -> Any:
        return np.bincount(np.maximum(left, 0), weights=walked.closed * values, minlength=count)[:count]

    def fills_of(trips: Any, taking: Any) -> Any:
        return np.bincount(trips[taking], minlength=count)[:count]

    if not count:
        entered = left = np.empty(0, dtype="int64")
    ones = np.ones(len(prices))
    size = walked.opened + walked.closed
    quantity, exited = entering(ones), leaving(ones)
    entry, gone = entering(prices), leaving(prices)
    first = np.flatnonzero(begins)
    last = np.full(count, NO_TIME)
    ends = (walked.closed > 0) & ((walked.position == 0) | (walked.opened > 0))
    last[left[ends]] = stamps[ends]
    is_open = last == NO_TIME
    direction = np.where(walked.position[first] > 0, 1, -1)
    made = np.where(is_open, np.nan, direction * (gone - entry) / scale)
    return pd.DataFrame(
        {
            "direction": pd.Categorical.from_codes(
                (direction < 0).astype("int8"), categories=pd.Index(["LONG", "SHORT"])
            ),
            "opened_at": as_times(stamps[first]),
            "closed_at": as_times(last),
            "holding_ms": np.where(is_open, np.nan, last - stamps[first]),
            "quantity": quantity / scale,
            "entry_vwap": ratio(entry, quantity),
            "exit_vwap": ratio(gone, exited),
            "profit_quote": made,
            "return_bps": ratio(made * scale, entry) * 1e4,
            "fees_quote": entering(ratio(fees, size)) + leaving(ratio(fees, size)),
            "fills": fills_of(entered, walked.opened > 0) + fills_of(left, walked.closed > 0),
            "is_open": is_open,
        }
    )
