"""A frame of one row, such as one order, without the tenth of a call that pandas would take to put it together.

The blocks of a frame of one schema always look alike: they are taken from a frame that was made the usual way once, and
get new values. That leans on the inside of pandas; where a version is built differently, which a trial at the start
shows, the usual way is taken every time.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from binance_nb.schemas import Column, Kind, Schema

Row = Mapping[str, Any]
Usual = Callable[[Row], pd.DataFrame]

NO_TEXT = pa.chunked_array([pa.array([None], pa.large_string())])
NONE = -(2**63)
"""How numpy writes a time that is none."""

INT64 = np.dtype("int64")
MILLISECONDS = np.dtype("datetime64[ms]")

MICROSECONDS = 100_000_000_000_000
"""From here on an epoch time is one of microseconds."""


class UnusualError(Exception):
    """The row holds something that is left to the usual way."""


class OneRow:
    """Frames of one schema, one row each."""

    def __init__(self, schema: Schema, usual: Usual) -> None:
        """Learn the blocks from a frame that `usual` makes, and try whether they can be filled."""
        self.names = frozenset(column.name for column in schema)
        self._usual = usual
        self._makers: list[Callable[[Row, Any], Any]] | None = None
        self._whole: list[tuple[str, Callable[[Any, int], int], int]] = []
        pattern = usual({})
        try:
            manager: Any = pattern._mgr
            self._columns, self._one = manager.axes
            self._manager = type(manager)
            self._makers = [
                self._maker(block, [schema[place] for place in block.mgr_locs.as_array]) for block in manager.blocks
            ]
            pd.testing.assert_frame_equal(self.frame({}), pattern)
        except (AttributeError, TypeError, ValueError, AssertionError, LookupError, UnusualError):
            self._makers = None

    def frame(self, row: Row) -> pd.DataFrame:
        """Return the frame of a row that has no other keys than the schema's columns."""
        if self._makers is None:
            return self._usual(row)
        try:
            # One array for all ids and times, of which each block has a part to itself.
            whole = np.array([read(row.get(name), none) for name, read, none in self._whole], INT64).reshape(-1, 1)
            blocks = [make(row, whole) for make in self._makers]
        except UnusualError:
            return self._usual(row)
        axes = [self._columns.view(), self._one.view()]  # views: they may be given names
        manager = self._manager(blocks, axes, verify_integrity=False)
        made: pd.DataFrame = pd.DataFrame._from_mgr(manager, axes)  # type: ignore[attr-defined]
        return made

    def _maker(self, block: Any, columns: list[Column]) -> Callable[[Row, Any], Any]:
        """Return what makes the block of these columns from a row, and from the array of its ids and times."""
        kind = columns[0].kind
        names = [column.name for column in columns]
        of_values = block.make_block_same_class
        first = len(self._whole)
        match kind:
            case Kind.NUMBER:
                numbers = [(column.name, column.zero_is_none) for column in columns]
                return lambda row, _: of_values(
                    np.array([_number(row.get(name), zero) for name, zero in numbers]).reshape(-1, 1)
                )
            case Kind.ID | Kind.COUNT:
                self._whole += [(column.name, _id, 0 if column.kind is Kind.COUNT else -1) for column in columns]
                end = len(self._whole)
                return lambda _, whole: of_values(whole[first:end])
            case Kind.FLAG:
                return lambda row, _: of_values(np.array([bool(row.get(name)) for name in names]).reshape(-1, 1))
            case Kind.TIME:
                (name,) = names
                self._whole.append((name, _time, NONE))
                backed = block.values._from_backing_data
                return lambda _, whole: of_values(backed(whole[first : first + 1].view(MILLISECONDS)))
            case Kind.WORD:
                (name,) = names
                words = _Words(block)
                return lambda row, _: words.block(row.get(name))
            case Kind.TEXT:
                (name,) = names
                texts = block.values._from_pyarrow_array
                return lambda row, _: of_values(texts(_text(row.get(name))))


class _Words:
    """Blocks of one word each: a block of every word is made once, and who wants one gets a copy of it.

    The copy is pandas' own lazy one: it shares the values until either is written to. Around pandas nobody can write to
    them, as they are read-only: else whoever did would change that word in every frame to come.
    """

    def __init__(self, block: Any) -> None:
        values = block.values
        self._held: dict[Any, Any] = {}
        for word, code in ((None, -1), *((word, code) for code, word in enumerate(values.categories))):
            codes = np.array([code], dtype=values.codes.dtype)
            codes.flags.writeable = False
            self._held[word] = block.make_block_same_class(values._from_backing_data(codes))

    def block(self, word: Any) -> Any:
        try:
            return self._held[word].copy(deep=False)
        except (KeyError, TypeError):
            raise UnusualError from None


def _number(value: Any, zero_is_none: bool) -> float:
    if value is None or value == "":
        return np.nan
    number = float(value)
    return np.nan if zero_is_none and number == 0 else number


def _id(value: Any, none: int) -> int:
    if value is None:
        return none
    if type(value) is not int:
        raise UnusualError
    return value


def _time(value: Any, none: int) -> int:
    if value is None:
        return none
    if type(value) is not int:
        raise UnusualError
    return none if value < 0 else value // 1000 if value > MICROSECONDS else value


def _text(value: Any) -> Any:
    """Return an Arrow array of one text."""
    if value is None:
        return NO_TEXT
    if type(value) is not str:
        raise UnusualError
    return _text_array(value)


@lru_cache(maxsize=256)
def _text_array(text: str) -> Any:
    """Make the array out of the text's bytes: an array of a list takes three times as long. Arrow's never change."""
    data = text.encode()
    return pa.chunked_array([pa.LargeStringArray.from_buffers(1, _ends(len(data)), pa.py_buffer(data))])


@lru_cache
def _ends(length: int) -> Any:
    return pa.py_buffer(struct.pack("<qq", 0, length))
