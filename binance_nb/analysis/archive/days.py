"""One market on one day of an archive: its fills with the market around them, as a measure of fills takes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from binance_nb.analysis.aftermath import HORIZONS, horizon_ms, markouts, spreads
from binance_nb.analysis.archive.files import Part
from binance_nb.analysis.archive.reader import DAY_MS, Reader
from binance_nb.analysis.benchmarks import slippage
from binance_nb.analysis.fees import assets_of, fees_in_quote
from binance_nb.analysis.given import NO_TIME, utc_ms
from binance_nb.analysis.orders import arrivals
from binance_nb.errors import AnalysisError

Options = dict[str, Any]

MEASURES: dict[str, Any] = {
    "slippage": slippage,
    "spreads": spreads,
    "markouts": markouts,
    "fees_in_quote": fees_in_quote,
}
"""Measures of each fill by itself: a day of a market at a time gives the same as all of it."""


def measured_day(reader: Reader, part: Part, measure: str, options: Options) -> pd.DataFrame:
    """Return a measure of the fills of one file; what the options leave out comes from the archive."""
    fills = reader.read("fills", [part])
    told: pd.DataFrame = MEASURES[measure](fills, **(_AROUND[measure](reader, part, fills, options) | options))
    return told


def _around_slippage(reader: Reader, part: Part, fills: pd.DataFrame, options: Options) -> Options:
    against = options.get("against", "mid")
    if against.startswith("interval_"):
        raise AnalysisError(
            f"an order may live for days, so slippage against {against} is for frames: read a period with fills(), "
            "orders() and trades() of the archive"
        )
    if against in {"open", "close"}:
        day = reader.parts("trades", part.product, part.symbol)
        return {"trades": reader.read("trades", [each for each in day if each.day == part.day])}
    if against not in {"arrival_mid", "decision_price"}:
        return _around_fills(reader, part, fills, options)
    orders = options.get("orders")
    if orders is None:
        orders = _orders_of(reader, part, fills)
    moments = utc_ms(arrivals(orders), "arrival_time", "orders")
    if "decision_time" in orders.columns:
        moments = np.concatenate([moments, utc_ms(orders, "decision_time", "orders")])
    return {"orders": orders, "quotes": standing(reader, part.product, part.symbol, moments)}


def _around_fills(reader: Reader, part: Part, fills: pd.DataFrame, options: Options, *, after_ms: int = 0) -> Options:
    if options.get("quotes") is not None:
        return {}
    end = part.starts_ms + DAY_MS + after_ms
    return {"quotes": reader.quotes_around(part.product, part.symbol, part.starts_ms, end)}


def _around_spreads(reader: Reader, part: Part, fills: pd.DataFrame, options: Options) -> Options:
    return _around_fills(reader, part, fills, options, after_ms=horizon_ms(options.get("horizon", "5s")))


def _around_markouts(reader: Reader, part: Part, fills: pd.DataFrame, options: Options) -> Options:
    lengths = [horizon_ms(each) for each in options.get("horizons", HORIZONS)]
    return _around_fills(reader, part, fills, options, after_ms=max(lengths, default=0))


def rates_around(reader: Reader, part: Part, fills: pd.DataFrame, options: Options) -> Options:
    """Return what `fees_in_quote` needs of a day: the spot quotes of each commission asset in the quote asset."""
    if options.get("rates") is not None or "commission_asset" not in fills.columns:
        return {}
    base, quote = assets_of(part.symbol, options.get("symbols"))
    parts = []
    for asset in fills["commission_asset"].dropna().unique():
        if asset in {base, quote}:
            continue
        for symbol in (f"{asset}{quote}", f"{quote}{asset}"):
            parts.append(reader.quotes_around("spot", symbol, part.starts_ms, part.starts_ms + DAY_MS))
    return {"rates": pd.concat(parts, ignore_index=True) if parts else None}


_AROUND = {
    "slippage": _around_slippage,
    "spreads": _around_spreads,
    "markouts": _around_markouts,
    "fees_in_quote": rates_around,
}


def _orders_of(reader: Reader, part: Part, fills: pd.DataFrame) -> pd.DataFrame:
    """Return the orders of these fills; each was created on the day of its fills or before."""
    parts = [each for each in reader.parts("orders", part.product, part.symbol) if each.day <= part.day]
    if not parts:
        raise AnalysisError(
            f"the archive holds no orders of {part.symbol} up to {part.day}: write them, or pass orders="
        )
    ids = fills["order_id"]
    frames = []
    for each in parts:  # a day at a time, as there may be years of them
        orders = reader.read("orders", [each])
        frames.append(orders[orders["order_id"].isin(ids)])
    return pd.concat(frames, ignore_index=True)


def standing(reader: Reader, product: str, symbol: str, moments: Any) -> pd.DataFrame:
    """Return, of all quotes of a market, those that stood last before each of some moments (epoch ms)."""
    moments = np.sort(moments[moments != NO_TIME])
    frames = [reader.read("quotes", [])]
    for day in np.unique(moments - moments % DAY_MS):
        mine = moments[(moments >= day) & (moments < day + DAY_MS)]
        quotes = reader.quotes_around(product, symbol, int(mine[0]) - 1, int(mine[-1]))
        place = np.searchsorted(utc_ms(quotes, "event_time", "quotes"), mine, side="left") - 1
        frames.append(quotes.iloc[np.unique(place[place >= 0])])
    return pd.concat(frames, ignore_index=True).drop_duplicates(["event_time", "update_id"], ignore_index=True)
