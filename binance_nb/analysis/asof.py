"""As-of joins: the market as it stood before a moment, never after it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from binance_nb.analysis.given import NO_TIME, as_times, codes_of, floats, market_keys, require, shared_keys, utc_ms
from binance_nb.errors import AnalysisError

QUOTE_COLUMNS = ("event_time", "symbol", "bid_price", "ask_price")
TRADE_COLUMNS = ("transaction_time", "symbol", "price", "quantity")

MAX_AGE_MS = 60_000.0
"""How old a quote may be and still count as standing, in milliseconds, unless another limit is given.

A book ticker speaks whenever the best price changes. One that has said nothing for a minute may stand in a quiet
market, or be the last of a record that has ended: nothing in it tells which, and the second would be a wrong number.
"""


class Timeline:
    """Moments of one market record, findable by market and time in one search however many markets there are."""

    def __init__(self, frame: pd.DataFrame, time: str, what: str, *, tie: str | None = None) -> None:
        """Sort the record by market and `time`; of one millisecond what came last, or has the greatest `tie`, is last.

        Raises AnalysisError for times that are missing or have no zone.
        """
        self._frame = frame
        self._what = what
        stamps = utc_ms(frame, time, what)
        if (stamps == NO_TIME).any():
            raise AnalysisError(f"{int((stamps == NO_TIME).sum())} of the {what} have no {time}")
        self._first = int(stamps.min()) if len(stamps) else 0
        self.last_ms = int(stamps.max()) if len(stamps) else 0
        self.span = self.last_ms - self._first + 3
        self._names = market_keys(frame)
        self._parts = {name: codes_of(frame[name]) for name in self._names}
        self._stamps = stamps
        self._tie = frame[tie].to_numpy() if tie is not None and tie in frame.columns else None
        self._latest: tuple[pd.DataFrame, tuple[tuple[str, ...], Any, Any]] | None = None
        self._ends: tuple[pd.DataFrame, Any] | None = None
        self._ready: dict[tuple[str, ...], tuple[Any, Any]] = {}

    def _sorted(self, names: tuple[str, ...]) -> tuple[Any, Any]:
        """Return the sort order by market and time, and the sorted keys, made once for each set of market columns."""
        if names not in self._ready:
            keys = self._market(names, self._parts) * self.span + (self._stamps - self._first + 1)
            if self._tie is None:
                order = None if (keys[1:] >= keys[:-1]).all() else np.argsort(keys, kind="stable")
            else:
                order = np.lexsort((self._tie, keys))
            order = np.arange(len(keys)) if order is None else order
            self._ready[names] = order, keys[order]
        return self._ready[names]

    def sorted_keys(self, rows: pd.DataFrame) -> Any:
        """Return the record's keys in their order: market times `span`, plus the time since the beginning."""
        return self._sorted(tuple(shared_keys(rows, self._frame, self._what)))[1]

    @staticmethod
    def _market(names: tuple[str, ...], parts: dict[str, tuple[Any, Any]]) -> Any:
        market: Any = 0
        for name in names:
            codes, values = parts[name]
            market = market * (len(values) + 1) + codes + 1
        return market

    def locate(self, rows: pd.DataFrame, stamps: Any, *, strictly: bool) -> tuple[Any, Any, Any]:
        """Return for each row the place in `order` of the last moment before `stamps`, -1 for none; order; and keys.

        `strictly` leaves out a moment of the same millisecond. A market that the record does not know has none.
        """
        names, market, known = self._asked(rows)
        order, keys = self._sorted(names)
        if not len(keys) or not len(rows):
            return np.full(len(rows), -1), order, market
        offset = np.clip(np.where(stamps == NO_TIME, self._first - 1, stamps), self._first - 1, self.last_ms + 1)
        wanted = market * self.span + (offset - self._first + 1)
        place = np.searchsorted(keys, wanted, side="left" if strictly else "right") - 1
        same = (place >= 0) & known & (stamps != NO_TIME)
        same &= keys[np.maximum(place, 0)] // self.span == market
        return np.where(same, place, -1), order, market

    def _asked(self, rows: pd.DataFrame) -> tuple[tuple[str, ...], Any, Any]:
        """Return the market columns shared with `rows`, the record's number of each row's market, and if it has one."""
        if self._latest is not None and self._latest[0] is rows:  # asked again for another moment of the same rows
            return self._latest[1]
        names = tuple(shared_keys(rows, self._frame, self._what))
        parts = {}
        known = np.ones(len(rows), dtype="bool")
        for name in names:
            codes, values = codes_of(rows[name])
            places = pd.Index(self._parts[name][1]).get_indexer(pd.Index(values))
            mine = np.where(codes >= 0, places[codes] if len(places) else -1, -1)
            known &= mine >= 0
            parts[name] = mine, self._parts[name][1]
        self._latest = rows, (names, self._market(names, parts), known)
        return self._latest[1]

    def last(self, rows: pd.DataFrame, stamps: Any, *, strictly: bool = True) -> Any:
        """Return for each row the number of the record's last row before a moment, -1 for none."""
        place, order, _ = self.locate(rows, stamps, strictly=strictly)
        return np.where(place >= 0, order[np.maximum(place, 0)] if len(order) else -1, -1)

    def standing(self, rows: pd.DataFrame, stamps: Any, max_age_ms: float, *, strictly: bool = True) -> Any:
        """Return the number of the last row before each moment, -1 for none that is at most so many ms older."""
        found = self.last(rows, stamps, strictly=strictly)
        return np.where((found >= 0) & (stamps - self.stamps(found) <= max_age_ms), found, -1)

    def ends(self, rows: pd.DataFrame) -> Any:
        """Return for each row when the record of its market ends, in epoch milliseconds (NO_TIME without one)."""
        if self._ends is None or self._ends[0] is not rows:
            self._ends = rows, self.stamps(self.last(rows, np.full(len(rows), self.last_ms + 1)))
        return self._ends[1]

    def stamps(self, rows: Any) -> Any:
        """Return when rows of the record were, NO_TIME for row -1."""
        if not len(self._stamps):
            return np.full(len(rows), NO_TIME)
        return np.where(rows >= 0, self._stamps[np.maximum(rows, 0)], NO_TIME)


def taken(values: Any, rows: Any) -> Any:
    """Return `values` at `rows`, NaN at row -1."""
    if not len(values):
        return np.full(len(rows), np.nan)
    return np.where(rows >= 0, values[np.maximum(rows, 0)], np.nan)


def oldest_ms(max_age_ms: float | None) -> float:
    """Return how old a price may be, which without a limit is as old as it likes. Raises AnalysisError."""
    if max_age_ms is not None and not max_age_ms >= 0:
        raise AnalysisError(f"max_age_ms is how old a quote may be in milliseconds, or None: not {max_age_ms!r}")
    return np.inf if max_age_ms is None else max_age_ms


class QuoteBook:
    """The best bid and ask over time, to be asked for any moment."""

    def __init__(self, quotes: pd.DataFrame, max_age_ms: float | None = MAX_AGE_MS) -> None:
        """Read a frame of QUOTES. A side that is missing or zero, or above the other, makes no mid.

        A quote older than `max_age_ms` stands no more; with None it does until the next. Raises AnalysisError.
        """
        self.max_age_ms = oldest_ms(max_age_ms)
        require(quotes, QUOTE_COLUMNS, "quotes")
        self.frame = quotes
        self.timeline = Timeline(quotes, "event_time", "quotes", tie="update_id")
        self.bid = _positive(floats(quotes, "bid_price", "quotes"))
        self.ask = _positive(floats(quotes, "ask_price", "quotes"))
        crossed = self.bid > self.ask
        self.mid = np.where(crossed, np.nan, (self.bid + self.ask) / 2)

    def mids(self, rows: pd.DataFrame, stamps: Any, *, strictly: bool = True) -> tuple[Any, Any]:
        """Return the mid price standing before `stamps` (epoch ms) in the market of each row, and since when."""
        found = self.standing(rows, stamps, strictly=strictly)
        return taken(self.mid, found), self.timeline.stamps(found)

    def standing(self, rows: pd.DataFrame, stamps: Any, *, strictly: bool = True) -> Any:
        """Return the number of the quote that stood before each moment, -1 for none that is young enough."""
        return self.timeline.standing(rows, stamps, self.max_age_ms, strictly=strictly)

    def last_mids(self, rows: pd.DataFrame, known_ms: Any) -> Any:
        """Return the last mid of the record in the market of each row; a record may end with a hole after it.

        It is none for a row that was still heard of, at `known_ms`, when the mid was too old to stand.
        """
        priced = QuoteBook(self.frame[np.isfinite(self.mid)], None)
        mids, since = priced.mids(rows, np.full(len(rows), priced.timeline.last_ms + 1))
        return np.where(known_ms - since <= self.max_age_ms, mids, np.nan)

    def mids_after(self, rows: pd.DataFrame, stamps: Any, horizon_ms: int) -> Any:
        """Return the mid `horizon_ms` after `stamps`: with 0 the one before, beyond the record's end none (NaN)."""
        if horizon_ms == 0:
            return self.mids(rows, stamps)[0]
        then = np.where(stamps == NO_TIME, NO_TIME, stamps + horizon_ms)
        mids = self.mids(rows, then, strictly=False)[0]
        return np.where(then <= self.timeline.ends(rows), mids, np.nan)


def _positive(prices: Any) -> Any:
    return np.where(prices > 0, prices, np.nan)


def attach_quotes(
    frame: pd.DataFrame, quotes: pd.DataFrame, time: str = "transaction_time", *, max_age_ms: float | None = None
) -> pd.DataFrame:
    """Return `frame` with the best bid and ask that stood before each row's `time`.

    Adds `bid_price`, `bid_qty`, `ask_price`, `ask_qty`, `mid` = (bid + ask) / 2 (quote units for one base unit, base
    units), `quote_time` and `quote_age_ms`. Only quotes strictly earlier count; older than `max_age_ms` they count as
    missing, and without a limit, unlike in the measures, none is too old: its age stands beside it. Without a quote the
    numbers are NaN. Quotes are of the schema QUOTES. Raises AnalysisError.
    """
    require(frame, (time, "symbol"), "rows")
    book = QuoteBook(quotes, max_age_ms)
    stamps = utc_ms(frame, time, "rows")
    found = book.standing(frame, stamps)
    told = book.timeline.stamps(found)
    age = np.where(found >= 0, stamps - told, np.nan)
    numbers = {"bid_price": book.bid, "ask_price": book.ask, "mid": book.mid}
    for name in ("bid_qty", "ask_qty"):
        if name in quotes.columns:
            numbers[name] = floats(quotes, name, "quotes")
    joined = {
        name: taken(numbers[name], found)
        for name in ("bid_price", "bid_qty", "ask_price", "ask_qty", "mid")
        if name in numbers
    }
    return frame.assign(
        **joined,
        quote_time=as_times(np.where(found >= 0, told, NO_TIME)),
        quote_age_ms=np.where(found >= 0, age, np.nan),
    )
