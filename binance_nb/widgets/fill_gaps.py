"""The gaps of the stream as marks between the rows of a FillsTable."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from binance_nb.models.fills import USDM
from binance_nb.widgets.fill_rows import FillRows

MARKS_AT_MOST = 500
"""How many gaps the page is told of, the newest; `client.stream_gaps()` has all."""
OPEN_END = -1
"""The place of a gap after which no fill has come yet."""


@dataclass(slots=True)
class Mark:
    """A gap, and the position of the first row that is newer than it; OPEN_END while there is none."""

    end_ms: int
    text: str
    more: str
    is_complete: bool
    product: str
    at: int = OPEN_END

    def told(self, at: int) -> dict[str, Any]:
        """Return the mark for the page."""
        return {"at": at, "text": self.text, "more": self.more, "complete": self.is_complete}


class GapMarks:
    """The marks of all gaps so far, oldest first. A mark stays where it is once a newer row has come."""

    def __init__(self) -> None:
        """Start with none."""
        self._marks: list[Mark] = []
        self._first_open = 0
        self._known = 0

    def __len__(self) -> int:
        """Return how many gaps are marked."""
        return len(self._marks)

    def learn(self, gaps: pd.DataFrame, rows: FillRows) -> bool:
        """Take over the gaps (schema `schemas.GAPS`) that are not known yet; return whether there were any."""
        new = gaps.iloc[self._known :]
        self._known = max(self._known, len(gaps))
        for values in new.tail(MARKS_AT_MOST).to_numpy():
            gap = dict(zip(new.columns, values, strict=True))
            end_ms = round(gap["gap_end"].timestamp() * 1000)
            self._marks.append(Mark(end_ms, sentence(gap), _more(gap), bool(gap["is_complete"]), gap["product"]))
            found = rows.first_newer_than(end_ms)
            self._marks[-1].at = OPEN_END if found is None else found
        del self._marks[:-MARKS_AT_MOST]
        self._first_open = next(
            (number for number, mark in enumerate(self._marks) if mark.at == OPEN_END), len(self._marks)
        )
        return len(new) > 0

    def row_came(self, time_ms: int, position: int) -> bool:
        """Settle the marks that a new row is the first to be newer than; return whether any was."""
        before = self._first_open
        while self._first_open < len(self._marks) and time_ms > self._marks[self._first_open].end_ms:
            self._marks[self._first_open].at = position
            self._first_open += 1
        return self._first_open > before

    def told(self, positions: Sequence[int] | None, first: int = 0, product: str = "") -> list[dict[str, Any]]:
        """Return the marks for a view of these positions (all rows for None), those from place `first` of it on.

        Places are counted from `first`, as the page does that shows no earlier rows. `product` leaves out the gaps of
        the other one's stream.
        """
        told, last = [], 0
        for mark in self._marks:
            if product and mark.product != product:
                continue
            if mark.at == OPEN_END:
                told.append(mark.told(OPEN_END))
                continue
            place = mark.at if positions is None else bisect_left(positions, mark.at)
            last = max(last, place)  # a row whose time lies out of order must not swap two marks
            if last >= first:
                told.append(mark.told(last - first))
        return told


def sentence(gap: Mapping[str, Any]) -> str:
    """Return what happened in a gap: when the stream was away, and what was won back."""
    start, end, fills = gap["gap_start"], gap["gap_end"], int(gap["fills"])
    won = f"{fills:,} {'fill' if fills == 1 else 'fills'} recovered" if fills else "no fills missed"
    if start == end:
        return f"reports were missing at {_clock(end)}, {won}"
    stream = "futures stream" if gap["product"] == USDM else "stream"
    until = _clock(end) if start.date() == end.date() else f"{end:%m-%d} {_clock(end)}"
    since = _clock(start) if start.date() == end.date() else f"{start:%m-%d} {_clock(start)}"
    when = f"{since}–{until}"
    if since == until:
        when = f"for {round((end - start).total_seconds() * 1000)} ms at {until}"
    text = f"{stream} was away {when}, {won}"
    return text if gap["is_complete"] else f"{text}, but not all could be asked for"


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}"


def _more(gap: Mapping[str, Any]) -> str:
    """Return what is said of a gap when a pointer rests on it."""
    symbols = str(gap["symbols"] or "").replace(",", ", ")
    parts = [f"{gap['gap_start']:%Y-%m-%d %H:%M:%S} to {gap['gap_end']:%Y-%m-%d %H:%M:%S} UTC"]
    parts += [f"asked for {symbols}"] if symbols else []
    parts += [str(gap["reason"])] if isinstance(gap["reason"], str) and gap["reason"] else []
    return "; ".join(parts)
