"""Fills as columns that only grow: a row of some hundred bytes, and a frame of a million of them in a moment.

Each is a row of whole numbers, as `fill_codes` writes them.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from math import isfinite
from operator import itemgetter
from typing import Any

import numpy as np

from binance_nb import schemas
from binance_nb.models.decimals import plain
from binance_nb.models.fills import (
    ANSWER_KEYS,
    ORDER_KEYS,
    REPORT_KEYS,
    SOURCE_RESPONSE,
    SOURCE_STREAM,
    SPOT,
    fill_from_report,
    fill_number,
    fills_from_order,
)
from binance_nb.schemas import Kind
from binance_nb.stream.fill_codes import DECIMALS, MISSING, ODD, Words, number_code, number_codes
from binance_nb.stream.fill_copy import FREE_TEXT, FillCopy

BATCH = 512
"""How many fills of the stream are coded together: a third of a millisecond's work."""

TURNED_AT_ONCE = 4096
"""Rows that are turned into columns at a time, for a copy."""

Waiting = tuple[str, bytes, Sequence[Any]]
"""A fill set aside: its source, its packed ids, and all that was told of it."""


class FillColumns:
    """Fills by product, symbol, trade id and side, each once. Not safe for threads: the ledger holds the lock."""

    def __init__(self) -> None:
        """Start empty."""
        self._size = 0
        self._rows: dict[tuple[str, str], dict[int, int]] = {}
        self._kinds = {column.name: column.kind for column in schemas.FILLS}
        coded = [name for name in self._kinds if name != FREE_TEXT]
        told = sorted((name for name in coded if name in REPORT_KEYS), key=self._rank)  # numbers, ids, words
        ranks = [self._rank(name) for name in told]
        self._numbers_told, self._ids_told = ranks.index(1), ranks.index(2)
        self._pack = struct.Struct(f"{ranks.count(1)}q").pack
        self._names = told + [name for name in coded if name not in REPORT_KEYS]  # in this order within a row
        self._place_in_row = {name: place for place, name in enumerate(self._names)}
        self._codes = array("q")  # row by row: a fill is kept by one call
        self._texts: list[str | None] = []
        self._words = {name: Words() for name in self._names if self._kinds[name] in {Kind.TEXT, Kind.WORD}}
        self._odd: dict[tuple[str, int], Any] = {}
        self._extras: dict[int, dict[str, Any]] = {}
        self._eras: dict[str, list[int]] = {}
        self._coders = [(name, self._coder(name)) for name in self._names]
        self._told = tuple(told)
        self._answered = [(told.index(name), key) for name, key in ANSWER_KEYS.items()]
        self._told_of_order = [(told.index(name), key) for name, key in ORDER_KEYS.items()]
        self._nothing_told: list[Any] = [None if self._rank(name) != 1 else MISSING for name in told]
        self._nothing_told[told.index("is_maker")] = False  # who trades on arrival is the taker
        self._usual = frozenset(REPORT_KEYS) | {"product", "source"}
        self._read_report = itemgetter(*(REPORT_KEYS[name] for name in told))
        self._waiting: list[Waiting] = []
        """Fills of the newest rows that are not coded yet."""

    def _rank(self, name: str) -> int:
        return {Kind.NUMBER: 0, Kind.TEXT: 2, Kind.WORD: 2}.get(self._kinds[name], 1)

    def __len__(self) -> int:
        """Return how many fills there are."""
        return self._size

    def has(self, product: str, symbol: str, trade_id: int, side: str | None) -> bool:
        """Return whether that trade is known."""
        return fill_number(trade_id, side) in self._rows.get((product, symbol), ())

    def begin_anew(self, product: str) -> None:
        """Take the trades of a product that come from now on for others than those so far, whatever their ids."""
        self._rows = {market: places for market, places in self._rows.items() if market[0] != product}
        self._eras.setdefault(product, []).append(self._size)

    def era(self, product: str) -> int:
        """Return how often a product has begun anew."""
        return len(self._eras.get(product, ()))

    def row(self, product: str, symbol: str, trade_id: int, side: str | None) -> dict[str, Any]:
        """Return one fill under the names of FILLS, without what nobody told of it."""
        if self._waiting:
            self._code_waiting()
        place = self._rows[product, symbol][fill_number(trade_id, side)]
        held = {name: self._value(name, place) for name in self._kinds}
        return {name: value for name, value in held.items() if value is not None} | self._extras.get(place, {})

    def add_report(self, event: Mapping[str, Any]) -> bool:
        """Keep the fill in a report of a trade: what `add(fill_from_report(event))` does, in a quarter of the time.

        What the report tells is set aside as it is, once that is sure to be readable, and coded with many others.
        """
        if "product" not in event:  # a report of the spot stream, as it came or as it was recovered
            market = (SPOT, event["s"])
            rows = self._rows.get(market)
            if rows is None:
                rows = self._rows[market] = {}
            number = fill_number(event["t"], event["S"])
            place = rows.get(number)
            first_waiting = self._size - len(self._waiting)
            if place is None or place >= first_waiting:
                try:
                    told = self._read_report(event)
                    ids = self._checked(told)
                except (LookupError, TypeError, ValueError, struct.error):
                    pass  # something is missing, or told in another way than usual
                else:
                    source = event.get("source", SOURCE_STREAM)
                    if place is None:
                        rows[number] = self._size
                        self._set_aside((source, ids, told), event["c"])
                        return True
                    if source == SOURCE_STREAM and None not in told:  # it tells more than whoever was before it
                        self._waiting[place - first_waiting] = (source, ids, told)
                        self._texts[place] = event["c"]
                        return False
        return self.add(fill_from_report(event))

    def add_answer(self, order: Mapping[str, Any]) -> None:
        """Keep the fills in the FULL answer to a spot order: what `add` does with each of `fills_from_order(order)`.

        It takes half of the time where they are told as usual and none is known yet.
        """
        told = order.get("fills")
        if not told:
            return
        market = (SPOT, order["symbol"])
        rows = self._rows.get(market)
        if rows is None:
            rows = self._rows[market] = {}
        aside: dict[int, Waiting] = {}
        try:
            shared = self._shared_by_fills(order)
            for fill in told:
                number = fill_number(fill["tradeId"], order["side"])
                row = shared.copy()
                for place, key in self._answered:
                    row[place] = fill[key]
                if number in rows or number in aside or len(fill) != len(ANSWER_KEYS):
                    raise ValueError(number)
                aside[number] = SOURCE_RESPONSE, self._checked(row), row
        except (LookupError, TypeError, ValueError, struct.error):
            for each in fills_from_order(order):
                self.add(each)
            return
        text = order.get("clientOrderId")
        for number, waiting in aside.items():
            rows[number] = self._size
            self._set_aside(waiting, text)

    def _shared_by_fills(self, order: Mapping[str, Any]) -> list[Any]:
        """Return what all fills in an answer have in common, as reports tell it. Raises KeyError if some is missing."""
        row = self._nothing_told.copy()
        for place, key in self._told_of_order:
            row[place] = order[key]
        return row

    def _checked(self, told: Sequence[Any]) -> bytes:
        """Return the packed ids of what was told, once it is sure that all of it can be coded later.

        Raises struct.error, TypeError or ValueError where it cannot.
        """
        amounts = told[: self._numbers_told]
        # A sum is finite if everything in it is; where it is too large for that, the usual way takes longer.
        if None in amounts:
            amounts = [amount for amount in amounts if amount is not None]
        if not isfinite(sum(map(float, amounts))):
            raise ValueError(amounts)
        hash((*told[self._ids_told :],))  # a word that is none would be noticed when a whole batch is coded
        return self._pack(*told[self._numbers_told : self._ids_told])

    def _set_aside(self, waiting: Waiting, text: str | None) -> None:
        self._waiting.append(waiting)
        self._texts.append(text)
        self._size += 1
        if len(self._waiting) >= BATCH:
            self._code_waiting()

    def _code_waiting(self) -> None:
        """Code what was set aside: column by column, as that takes a third of the time of row by row."""
        waiting, self._waiting = self._waiting, []
        first = self._size - len(waiting)
        sources, ids, told = zip(*waiting, strict=True)
        columns = list(zip(*told, strict=True))
        coded = np.full((len(waiting), len(self._names)), MISSING, dtype="int64")
        numbers = self._numbers_told
        codes = number_codes(list(chain.from_iterable(columns[:numbers]))).reshape(numbers, -1)  # one call for all
        coded[:, :numbers] = codes.T
        for place, row in np.argwhere(codes == ODD).tolist():
            self._odd[self._names[place], first + row] = columns[place][row]
        coded[:, numbers : self._ids_told] = np.frombuffer(b"".join(ids), "int64").reshape(len(ids), -1)
        for place in range(self._ids_told, len(columns)):
            coded[:, place] = list(map(self._words[self._names[place]].__getitem__, columns[place]))
        coded[:, self._place_in_row["product"]] = self._words["product"][SPOT]
        coded[:, self._place_in_row["source"]] = list(map(self._words["source"].__getitem__, sources))
        self._codes.frombytes(coded.tobytes())

    def add(self, fill: Mapping[str, Any]) -> bool:
        """Keep a fill; return False if its trade was known, in which case what an earlier source left out is added.

        The stream tells most: what it says replaces what others said.
        """
        rows = self._rows.setdefault((fill["product"], fill["symbol"]), {})
        number = fill_number(fill["trade_id"], fill.get("side"))
        place = rows.get(number)
        if place is None:
            told = self._as_report_tells(fill)
            if told is not None:
                rows[number] = self._size
                self._set_aside(told, fill.get(FREE_TEXT))
                return True
        elif fill["source"] != SOURCE_STREAM and self._is_all_known(place) and fill.keys() <= self._kinds.keys():
            return False
        if self._waiting:
            self._code_waiting()
        if place is None:
            codes = [MISSING] * len(self._names)
            for name, value in fill.items():
                at = self._place_in_row.get(name)
                if at is not None and value is not None:
                    codes[at] = self._coders[at][1](value)
            row = array("q", codes)
            place = rows[number] = self._size  # not before: a coder may raise, and nothing is kept then
            self._codes.extend(row)
            if ODD in codes:
                for (name, _), code in zip(self._coders, codes, strict=True):
                    if code == ODD:
                        self._odd[name, place] = fill[name]
            self._texts.append(fill.get(FREE_TEXT))
            self._size += 1
            self._keep_extras(place, fill, replace=True)
            return True
        replace = fill["source"] == SOURCE_STREAM
        for name in self._kinds:
            value = fill.get(name)
            if value is not None and (replace or self._value(name, place) is None):
                self._set(name, place, value)
        self._keep_extras(place, fill, replace=replace)
        return False

    def _as_report_tells(self, fill: Mapping[str, Any]) -> Waiting | None:
        """Return a spot fill as it can be set aside with those of reports; None where it tells more, or otherwise."""
        if fill["product"] != SPOT or not fill.keys() <= self._usual:
            return None
        told = [fill.get(name) for name in self._told]
        for place in range(self._numbers_told, self._ids_told):
            if told[place] is None:
                told[place] = MISSING
        try:
            return fill["source"], self._checked(told), told
        except (TypeError, ValueError, struct.error):
            return None

    def _is_all_known(self, place: int) -> bool:
        """Return whether nothing is missing of a fill; of one that is set aside, as it costs nothing to see there."""
        at = place - (self._size - len(self._waiting))
        return at >= 0 and None not in self._waiting[at][2] and MISSING not in self._waiting[at][2]

    def _keep_extras(self, place: int, fill: Mapping[str, Any], *, replace: bool) -> None:
        if fill.keys() <= self._kinds.keys():
            return
        known = self._extras.setdefault(place, {})
        for name, value in fill.items():
            if name not in self._kinds and value is not None and (replace or known.get(name) is None):
                known[name] = value

    def _coder(self, name: str) -> Callable[[Any], int]:
        if name in self._words:
            return self._words[name].__getitem__
        return number_code if self._kinds[name] is Kind.NUMBER else int

    def _set(self, name: str, place: int, value: Any) -> None:
        if name == FREE_TEXT:
            self._texts[place] = value
            return
        code = self._coder(name)(value)
        self._codes[place * len(self._names) + self._place_in_row[name]] = code
        if code == ODD:
            self._odd[name, place] = value

    def _value(self, name: str, place: int) -> Any:
        if name == FREE_TEXT:
            return self._texts[place]
        code = self._codes[place * len(self._names) + self._place_in_row[name]]
        if code == MISSING:
            return None
        if name in self._words:
            return self._words[name].vocabulary[code]
        if self._kinds[name] is Kind.NUMBER:
            return str(self._odd[name, place]) if code == ODD else plain(Decimal(code).scaleb(-DECIMALS))
        return bool(code) if self._kinds[name] is Kind.FLAG else code

    # Frames

    def copy(self) -> FillCopy:
        """Return all of it as it is now, to make a frame of while this one goes on growing."""
        if self._waiting:
            self._code_waiting()
        held = np.frombuffer(self._codes, dtype="int64").reshape(-1, len(self._names))
        columns = np.empty(held.shape[::-1], dtype="int64")  # column by column, as a frame reads it
        for first in range(0, len(held), TURNED_AT_ONCE):  # a whole turn would miss the cache with every number
            columns[:, first : first + TURNED_AT_ONCE] = held[first : first + TURNED_AT_ONCE].T
        return FillCopy(
            {name: columns[place] for place, name in enumerate(self._names)},
            list(self._texts),
            {name: list(words.vocabulary) for name, words in self._words.items()},
            dict(self._odd),
            {place: dict(extras) for place, extras in self._extras.items()},
            {product: list(starts) for product, starts in self._eras.items()},
        )
