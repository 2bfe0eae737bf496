"""What the market did after a fill: spreads paid and kept, price impact, markouts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from binance_nb.analysis.asof import MAX_AGE_MS, QuoteBook
from binance_nb.analysis.comparing import compare
from binance_nb.analysis.given import clean_fills, milliseconds, sign, utc_ms
from binance_nb.analysis.groups import By, group_names, ratio, with_groups
from binance_nb.analysis.sources import brought, over_archives
from binance_nb.errors import AnalysisError

Length = str | float | pd.Timedelta

HORIZONS: tuple[Length, ...] = ("0s", "100ms", "500ms", "1s", "5s", "10s", "30s", "60s")
"""The horizons that markouts are taken at unless others are named."""


@over_archives
def spreads(
    fills: pd.DataFrame,
    quotes: pd.DataFrame | None = None,
    horizon: Length = "5s",
    *,
    max_age_ms: float | None = MAX_AGE_MS,
) -> pd.DataFrame:
    """Return the fills with the spread each paid, what of it the other side kept, and how far the price moved.

    With m the mid before the fill, m' the mid `horizon` after it, p the price, s = +1 for BUY and -1 for SELL:
    effective_spread_bps = 2 s (p - m) / m; realised_spread_bps = 2 s (p - m') / m; price_impact_bps = 2 s (m' - m) / m,
    each x 10,000, so that effective = realised + impact. Positive is worse for us: a maker's effective spread is
    negative. Adds `mid`, `mid_after` (quote units for one base unit) and the three; NaN without the quotes they need.
    `quotes` are of QUOTES (an archive brings its own); older than `max_age_ms` (milliseconds; None for no limit) at the
    moment they are asked for, they count as none; `horizon` is in milliseconds, or text such as "5s". Raises
    AnalysisError.
    """
    tidy = clean_fills(fills)
    length = horizon_ms(horizon)
    book = QuoteBook(brought(quotes, "quotes"), max_age_ms)
    stamps = utc_ms(tidy, "transaction_time", "fills")
    mid = book.mids(tidy, stamps)[0]
    after = book.mids_after(tidy, stamps, length)
    price = tidy["last_executed_price"].to_numpy()
    doubled = 2e4 * sign(tidy)
    return tidy.assign(
        mid=mid,
        mid_after=after,
        effective_spread_bps=ratio(doubled * (price - mid), mid),
        realised_spread_bps=ratio(doubled * (price - after), mid),
        price_impact_bps=ratio(doubled * (after - mid), mid),
    )


@over_archives
def markouts(
    fills: pd.DataFrame,
    quotes: pd.DataFrame | None = None,
    horizons: Sequence[Length] = HORIZONS,
    *,
    max_age_ms: float | None = MAX_AGE_MS,
) -> pd.DataFrame:
    """Return the fills with how far the mid had moved in our favour after each horizon; positive is better for us.

    markout_bps = s (m' - p) / p x 10,000 with m' the mid standing at the horizon after the fill (at horizon 0 the one
    before it), p the price, s = +1 for BUY and -1 for SELL. Adds a column `markout_<ms>ms_bps` for each horizon, NaN
    beyond the end of the record, or where the quote standing then is older than `max_age_ms` (milliseconds; None for no
    limit). Horizons are milliseconds, or text such as "5s". Raises AnalysisError.
    """
    tidy = clean_fills(fills)
    book = QuoteBook(brought(quotes, "quotes"), max_age_ms)
    stamps = utc_ms(tidy, "transaction_time", "fills")
    price = tidy["last_executed_price"].to_numpy()
    side = sign(tidy)
    columns = {}
    for horizon in dict.fromkeys(horizon_ms(each) for each in horizons):
        columns[markout_name(horizon)] = 1e4 * side * (book.mids_after(tidy, stamps, horizon) - price) / price
    return tidy.assign(**columns)


def markout_name(horizon_ms: int) -> str:
    """Return the name of the column of markouts at a horizon."""
    return f"markout_{horizon_ms}ms_bps"


@over_archives
def markout_curve(
    fills: pd.DataFrame,
    quotes: pd.DataFrame | None = None,
    horizons: Sequence[Length] = HORIZONS,
    by: By = (),
    *,
    method: str = "welch",
    confidence: float = 0.95,
    max_age_ms: float | None = MAX_AGE_MS,
    cluster: str | None = None,
) -> pd.DataFrame:
    """Return the mean markout at each horizon, with its confidence interval; positive is better for us.

    One row a group of `by` (columns, or "day", "hour", "minute"; over all markets unless "symbol" is among them) and
    horizon: the keys, `horizon_ms`, `fills` (those with a markout), `mean_bps` (each fill counts once), `low_bps`,
    `high_bps`, by the `method` of `compare`, with its `cluster`. `max_age_ms` as of `markouts`. Raises AnalysisError.
    """
    told = markouts(fills, quotes, horizons, max_age_ms=max_age_ms)
    keys, names = with_groups(told, group_names(by), market=False)
    lengths = list(dict.fromkeys(horizon_ms(each) for each in horizons))
    means = []
    for length in lengths:
        rows = told.assign(**{name: keys[name] for name in names})
        column = markout_name(length)
        means.append(compare(rows, column, names, method=method, confidence=confidence, cluster=cluster))
    return as_curve(means, lengths, names)


def as_curve(means: list[pd.DataFrame], lengths: list[int], names: list[str]) -> pd.DataFrame:
    """Return what `compare` said of the markouts at each horizon (in ms) as one curve."""
    parts = [mean.assign(horizon_ms=np.int64(length)) for mean, length in zip(means, lengths, strict=True)]
    curve = pd.concat(parts, ignore_index=True)
    curve = curve.rename(columns={"count": "fills", "mean": "mean_bps", "low": "low_bps", "high": "high_bps"})
    return curve[[*names, "horizon_ms", "fills", "mean_bps", "low_bps", "high_bps"]]


def horizon_ms(length: Length) -> int:
    """Return a horizon in milliseconds. Raises AnalysisError for one before the fill."""
    horizon = milliseconds(length, "horizon")
    if horizon < 0:
        raise AnalysisError(f"a horizon lies after the fill: {length!r} is negative")
    return horizon
