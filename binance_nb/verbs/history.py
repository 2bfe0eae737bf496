"""Histories that the exchange gives in pages: followed to the end, with a bar for how far it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from binance_nb.verbs.given import is_within

PAGE = 1000
"""The most rows the exchange gives in one answer (rest-api.md: allOrders, myTrades)."""

Page = Callable[[int | None, int | None, int], Awaitable[Any]]
"""Asks for one page: rows from an id on, or from a time in epoch milliseconds on, or the newest; and how many."""


class History:
    """Rows of one symbol that have an id and a `time`, oldest first."""

    def __init__(self, page: Page, *, id_key: str, what: str) -> None:
        """Keep how to ask, which key is the id, and what to call the rows."""
        self._page = page
        self._id_key = id_key
        self._what = what

    async def read(self, first: int | None, last: int | None, limit: int | None) -> list[Any]:
        """Return the rows between two times in epoch milliseconds, both included; with `limit` the newest so many."""
        if limit is not None and limit <= PAGE and first is None and last is None:
            found: list[Any] = await self._page(None, None, limit)
        else:
            found = [row for row in await self._all(first, last) if is_within(row.get("time"), first, last)]
        return found[-limit:] if limit else found

    async def _all(self, first: int | None, last: int | None) -> list[Any]:
        """Follow the pages by id; the bar appears once that takes longer than a second."""
        from tqdm import tqdm

        with tqdm(desc=self._what, unit=" rows", delay=1.0, leave=False) as bar:
            rows = await self._page(None, first, PAGE) if first is not None else []
            if not rows:  # from the very beginning; a page by time that is empty is no proof that nothing came later
                rows = await self._page(0, None, PAGE)
            found = list(rows)
            bar.update(len(rows))
            while len(rows) >= PAGE and (last is None or rows[-1].get("time", 0) <= last):
                rows = await self._page(rows[-1][self._id_key] + 1, None, PAGE)
                found.extend(rows)
                bar.update(len(rows))
            return found


WEEK_MS = 7 * 24 * 3600 * 1000 - 1
"""How long a time the futures exchange tells of in one answer: less than seven days (usds-margined-futures)."""

WEEK_MARGIN_MS = 3600 * 1000
"""How far beyond our idea of the exchange's present time the last week reaches, as its clock may be ahead of that."""

WeekPage = Callable[[int, int | None], Awaitable[Any]]
"""Asks for one page: rows between two times in epoch milliseconds, or from one on, oldest first."""


class WeeklyHistory:
    """Rows of one symbol that the exchange gives a week at a time, oldest first."""

    def __init__(self, page: WeekPage, *, id_key: str, time_key: str, now_ms: int, what: str) -> None:
        """Keep how to ask, the keys of a row's id and time, the exchange's time now, and what to call the rows."""
        self._page = page
        self._id_key = id_key
        self._time_key = time_key
        self._now_ms = now_ms
        self._what = what

    async def read(self, first: int | None, last: int | None) -> list[Any]:
        """Return the rows between two times in epoch milliseconds, both included; of the last week without a first."""
        from tqdm import tqdm

        latest = self._now_ms + WEEK_MARGIN_MS
        bound = latest if last is None else min(last, latest)
        begin = bound - WEEK_MS if first is None else first
        found: dict[Any, Any] = {}
        with tqdm(desc=self._what, unit=" rows", delay=1.0, leave=False) as bar:
            while begin <= bound:
                until = begin + WEEK_MS
                is_last = until >= bound
                rows = await self._page(begin, last if is_last and (last is None or last < until) else until)
                found.update((row[self._id_key], row) for row in rows)
                bar.update(len(rows))
                if len(rows) < PAGE:
                    if is_last:
                        break
                    begin = until + 1
                else:  # the rows of the last millisecond may go on: they are asked for again
                    begin = max(begin + 1, rows[-1][self._time_key])
        return list(found.values())
