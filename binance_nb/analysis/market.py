"""The market over an interval: volume-weighted and time-weighted prices, and the day's open and close."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from binance_nb.analysis.asof import MAX_AGE_MS, TRADE_COLUMNS, QuoteBook, Timeline, taken
from binance_nb.analysis.given import NO_TIME, floats, require, utc_ms
from binance_nb.analysis.groups import MS, ratio

KLINE_COLUMNS = ("open_time", "close_time", "symbol", "open", "close", "volume", "quote_volume")


def interval_vwap(rows: pd.DataFrame, start: Any, end: Any, *, trades: Any = None, klines: Any = None) -> Any:
    """Return the market's volume-weighted price between two moments (epoch ms, both included), NaN without volume.

    Sum of price x quantity over sum of quantity of all trades in it; from klines, of those that lie in it wholly.
    """
    if trades is not None:
        require(trades, TRADE_COLUMNS, "trades")
        price, quantity = floats(trades, "price", "trades"), floats(trades, "quantity", "trades")
        line = Timeline(trades, "transaction_time", "trades")
        amount = price * quantity
        latest = end
    else:
        require(klines, KLINE_COLUMNS, "klines")
        quantity, amount = floats(klines, "volume", "klines"), floats(klines, "quote_volume", "klines")
        line = Timeline(klines, "open_time", "klines")
        length = utc_ms(klines, "close_time", "klines") - utc_ms(klines, "open_time", "klines")
        latest = np.where(end == NO_TIME, NO_TIME, end - (int(length.max()) if len(length) else 0))
        price = ratio(amount, quantity)
    before, order, _ = line.locate(rows, start, strictly=True)
    until, _, _ = line.locate(rows, latest, strictly=False)
    if not len(order):
        return np.full(len(rows), np.nan)
    first = _first_of_market(line, rows)
    lower = np.where(before >= 0, before, first - 1)
    found = (until >= 0) & (until > lower) & (start != NO_TIME)
    # Deviations from one price keep the running sums small, so that a short interval is exact within a long record.
    base = np.nanmean(price) if len(price) else 0.0
    volume = np.concatenate([[0.0], np.cumsum(quantity[order])])
    moved = np.concatenate([[0.0], np.cumsum((amount - base * quantity)[order])])
    low, high = np.where(found, lower + 1, 0), np.where(found, until + 1, 0)
    return base + ratio(moved[high] - moved[low], volume[high] - volume[low])


def _first_of_market(line: Timeline, rows: pd.DataFrame) -> Any:
    """Return the place of the first moment of each row's market."""
    place, _, market = line.locate(rows, np.full(len(rows), line.last_ms + 1), strictly=True)
    keys = line.sorted_keys(rows)
    return np.where(place >= 0, np.searchsorted(keys, market * line.span), 0)


def interval_twap(
    rows: pd.DataFrame,
    start: Any,
    end: Any,
    *,
    quotes: Any = None,
    trades: Any = None,
    klines: Any = None,
    max_age_ms: float | None = MAX_AGE_MS,
) -> Any:
    """Return the market's time-weighted price between two moments (epoch ms).

    The price is the mid of the quotes (else the last trade's price) and holds until the next; the mean over time. At
    `start` the price is that of before; for an interval of no length it is that price. From klines: the mean of the
    closes of those that lie in it wholly. NaN where nothing stood before the start, or the record has a hole (a
    quote without a mid, or one that is older than `max_age_ms` before the next one comes or the interval ends) in it.
    """
    if quotes is None and trades is None:
        require(klines, KLINE_COLUMNS, "klines")
        close = floats(klines, "close", "klines")
        told = klines.assign(volume=1.0, quote_volume=close)
        return interval_vwap(rows, start, end, klines=told)
    if quotes is not None:
        book = QuoteBook(quotes, max_age_ms)
        line, price, most = book.timeline, book.mid, book.max_age_ms
    else:
        require(trades, TRADE_COLUMNS, "trades")
        line, price = Timeline(trades, "transaction_time", "trades"), floats(trades, "price", "trades")
        most = np.inf  # a last price stands until the next trade, whenever that comes
    before, order, _ = line.locate(rows, start, strictly=True)
    until, _, _ = line.locate(rows, end, strictly=False)
    if not len(order):
        return np.full(len(rows), np.nan)
    found = (before >= 0) & (until >= before)
    low, high = np.where(found, before, 0), np.where(found, until, 0)
    at, value = line.stamps(order), price[order]
    base = np.nanmean(value) if np.isfinite(value).any() else 0.0
    holes = np.concatenate([[0], np.cumsum(~np.isfinite(value))])
    aged = np.concatenate([[0], np.cumsum(np.diff(at) > most)])
    away = np.where(np.isfinite(value), value - base, 0.0)
    area = np.concatenate([[0.0], np.cumsum(away[:-1] * np.diff(at))]) if len(at) else np.zeros(1)
    whole = area[high] - area[low] - away[low] * (start - at[low]) + away[high] * (end - at[high])
    length = end - start
    mean = np.where(length > 0, ratio(whole, np.maximum(length, 0).astype("float64")), away[low])
    clean = (holes[high + 1] - holes[low] == 0) & (aged[high] - aged[low] == 0) & (end - at[high] <= most)
    return np.where(found & clean & (length >= 0), base + mean, np.nan)


def day_price(rows: pd.DataFrame, stamps: Any, which: str, *, trades: Any = None, klines: Any = None) -> Any:
    """Return the `which` ("open" or "close") price of the UTC day that each moment (epoch ms) falls in.

    The open of the day's first kline and the close of its last, or the price of its first and last trade, as far as the
    record goes: the record must hold the whole day for it to be the day's.
    """
    if klines is not None:
        require(klines, KLINE_COLUMNS, "klines")
        frame, time, name = klines, "open_time", which
    else:
        require(trades, TRADE_COLUMNS, "trades")
        frame, time, name = trades, "transaction_time", "price"
    what = "klines" if klines is not None else "trades"
    line = Timeline(frame, time, what)
    prices = floats(frame, name, what)
    day = np.where(stamps == NO_TIME, NO_TIME, stamps - stamps % MS["day"])
    if which == "close":
        found = line.last(rows, np.where(day == NO_TIME, NO_TIME, day + MS["day"]))
        return np.where(line.stamps(found) >= day, taken(prices, found), np.nan)
    place, order, _ = line.locate(rows, day, strictly=True)
    if not len(order):
        return np.full(len(rows), np.nan)
    following = np.where(place >= 0, place + 1, _first_of_market(line, rows))
    known, _, _ = line.locate(rows, np.full(len(rows), line.last_ms + 1), strictly=True)
    found = np.where((known >= 0) & (following <= known), order[np.minimum(following, len(order) - 1)], -1)
    same_day = line.stamps(found) - day
    return np.where((found >= 0) & (same_day >= 0) & (same_day < MS["day"]), taken(prices, found), np.nan)
