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
Make = Callable[[Any], Any]

NO_TEXT = pa.chunked_array([pa.array([None], pa.large_string())])
NONE = -(2**63)
"""How numpy writes a time that is none."""

INT64 = np.dtype("int64")
MILLISECONDS = np.dtype("datetime64[ms]")

MICROSECONDS = 100_000_000_000_000
"""From here on an epoch time is one of microseconds."""


class OneRow:
    """Frames of one schema, one row each.

    It is one long method: a call takes as long as what it would do, most of all after a wait for the exchange, when
    the processor has forgotten all of it.
    """

    def __init__(self, schema: Schema, usual: Usual) -> None:
        """Learn the blocks from a frame that `usual` makes, and try whether they can be filled."""
        self.names = frozenset(column.name for column in schema)
        self._usual = usual
        self._is_possible = True
        self._id_names: list[tuple[str, int]] = []
        self._time_names: list[str] = []
        # Of each kind, for each block: its place, what makes it of values, and where these come from.
        self._ids: list[tuple[int, Make, int, int]] = []
        self._times: list[tuple[int, Make, Make, int]] = []
        self._numbers: list[tuple[int, Make, list[tuple[str, float]]]] = []
        self._flags: list[tuple[int, Make, list[str]]] = []
        self._words: list[tuple[int, str, dict[Any, Any]]] = []
        self._texts: list[tuple[int, Make, Make, str]] = []
        pattern = usual({})
        try:
            manager: Any = pattern._mgr
            self._columns, self._one = manager.axes
            self._manager = type(manager)
            self._empty: list[Any] = [None] * len(manager.blocks)
            for place, block in enumerate(manager.blocks):
                self._learn(place, block, [schema[column] for column in block.mgr_locs.as_array])
            pd.testing.assert_frame_equal(self.frame({}), pattern)
        except (AttributeError, TypeError, ValueError, AssertionError, LookupError):
            self._is_possible = False

    def _learn(self, place: int, block: Any, columns: list[Column]) -> None:
        """Note how the block of these columns is filled."""
        kind, name = columns[0].kind, columns[0].name
        names = [column.name for column in columns]
        of_values = block.make_block_same_class
        match kind:
            case Kind.ID | Kind.COUNT:
                first = len(self._id_names)
                self._id_names += [(column.name, 0 if column.kind is Kind.COUNT else -1) for column in columns]
                self._ids.append((place, of_values, first, len(self._id_names)))
            case Kind.TIME:
                self._times.append((place, of_values, block.values._from_backing_data, len(self._time_names)))
                self._time_names += names
            case Kind.NUMBER:
                zeros = [(column.name, np.nan if column.zero_is_none else 0.0) for column in columns]
                self._numbers.append((place, of_values, zeros))
            case Kind.FLAG:
                self._flags.append((place, of_values, names))
            case Kind.WORD:
                self._words.append((place, name, _blocks_of_words(block)))
            case Kind.TEXT:
                self._texts.append((place, of_values, block.values._from_pyarrow_array, name))

    def frame(self, row: Row) -> pd.DataFrame:
        """Return the frame of a row that has no other keys than the schema's columns."""
        if not self._is_possible:
            return self._usual(row)
        told = row.get
        blocks = self._empty.copy()
        try:
            ids = [none if (value := told(name)) is None else value for name, none in self._id_names]
            times = [NONE if (value := told(name)) is None or value < 0 else value for name in self._time_names]
            if times and max(times) > MICROSECONDS:
                times = [value // 1000 if value > MICROSECONDS else value for value in times]
            whole = np.array(times + ids, INT64).reshape(-1, 1)  # one array, of which each block has a part to itself
            before = len(times)
            for place, of_values, first, end in self._ids:
                blocks[place] = of_values(whole[before + first : before + end])
            for place, of_values, backed, at in self._times:
                blocks[place] = of_values(backed(whole[at : at + 1].view(MILLISECONDS)))
            for place, of_values, zeros in self._numbers:
                numbers = [
                    float(value) or zero
                    if (value := told(name))
                    else (np.nan if value is None or value == "" else zero if value == 0 else float(value))
                    for name, zero in zeros
                ]
                blocks[place] = of_values(np.array(numbers).reshape(-1, 1))
            for place, of_values, names in self._flags:
                blocks[place] = of_values(np.array([bool(told(name)) for name in names]).reshape(-1, 1))
            for place, name, held in self._words:
                blocks[place] = held[told(name)].copy(deep=False)
            for place, of_values, of_text, name in self._texts:
                text = told(name)
                blocks[place] = of_values(of_text(NO_TEXT if text is None else _text(text)))
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError):
            return self._usual(row)  # something is told in another way than usual; or not at all, which that one says
        axes = [self._columns.view(), self._one.view()]  # views: they may be given names
        manager = self._manager(blocks, axes, verify_integrity=False)
        made: pd.DataFrame = pd.DataFrame._from_mgr(manager, axes)  # type: ignore[attr-defined]
        return made


def _blocks_of_words(block: Any) -> dict[Any, Any]:
    """Return a block for each word, of which whoever wants one gets a copy.

    The copy is pandas' own lazy one: it shares the values until either is written to. Around pandas nobody can write to
    them, as they are read-only: else whoever did would change that word in every frame to come.
    """
    values = block.values
    held = {}
    for word, code in ((None, -1), *((word, code) for code, word in enumerate(values.categories))):
        codes = np.array([code], dtype=values.codes.dtype)
        codes.flags.writeable = False
        held[word] = block.make_block_same_class(values._from_backing_data(codes))
    return held


@lru_cache(maxsize=256)
def _text(text: str) -> Any:
    """Make an Arrow array out of a text's bytes: an array of a list takes three times as long. Arrow's never change."""
    data = text.encode()
    return pa.chunked_array([pa.LargeStringArray.from_buffers(1, _ends(len(data)), pa.py_buffer(data))])


@lru_cache
def _ends(length: int) -> Any:
    return pa.py_buffer(struct.pack("<qq", 0, length))
