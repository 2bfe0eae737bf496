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

NO_TEXT = pa.array([None], pa.large_string())
NONE = -(2**63)
"""How numpy writes a time that is none."""

ONE = pd.RangeIndex(1)
"""The index of one row."""

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
        self._fillers: list[tuple[Any, Callable[[Row], Any]]] | None = None
        pattern = usual({})
        try:
            manager: Any = pattern._mgr
            self._columns = manager.axes[0]
            self._manager = type(manager)
            self._fillers = [
                (block, _filler(block.values, [schema[place] for place in block.mgr_locs.as_array]))
                for block in manager.blocks
            ]
            pd.testing.assert_frame_equal(self.frame({}), pattern)
        except (AttributeError, TypeError, ValueError, AssertionError, LookupError, UnusualError):
            self._fillers = None

    def frame(self, row: Row) -> pd.DataFrame:
        """Return the frame of a row that has no other keys than the schema's columns."""
        if self._fillers is None:
            return self._usual(row)
        try:
            blocks = [block.make_block_same_class(fill(row)) for block, fill in self._fillers]
        except UnusualError:
            return self._usual(row)
        axes = [self._columns.view(), ONE.view()]  # views: they may be given names
        manager = self._manager(blocks, axes, verify_integrity=False)
        made: pd.DataFrame = pd.DataFrame._from_mgr(manager, axes)  # type: ignore[attr-defined]
        return made


def _filler(values: Any, columns: list[Column]) -> Callable[[Row], Any]:
    """Return what gives a block of these columns its values from a row; always an array of its own."""
    kind = columns[0].kind
    names = [column.name for column in columns]
    match kind:
        case Kind.NUMBER:
            numbers = [(column.name, column.zero_is_none) for column in columns]
            return lambda row: np.array([[_number(row.get(name), zero)] for name, zero in numbers])
        case Kind.ID | Kind.COUNT:
            ids = [(column.name, 0 if column.kind is Kind.COUNT else -1) for column in columns]
            return lambda row: np.array([[_id(row.get(name), none)] for name, none in ids], dtype="int64")
        case Kind.FLAG:
            return lambda row: np.array([[bool(row.get(name))] for name in names])
        case Kind.TIME:
            shape = values.shape
            backed = values._from_backing_data
            return lambda row: backed(
                np.array([_time(row.get(name)) for name in names], dtype="int64").view("datetime64[ms]").reshape(shape)
            )
        case Kind.WORD:
            (name,) = names
            codes = {None: -1, **{word: code for code, word in enumerate(values.categories)}}
            code_dtype, coded = values.codes.dtype, values._from_backing_data
            return lambda row: coded(np.array([_code(codes, row.get(name))], dtype=code_dtype))
        case Kind.TEXT:
            (name,) = names
            texts = values._from_pyarrow_array
            return lambda row: texts(_text(row.get(name)))


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


def _time(value: Any) -> int:
    if value is None:
        return NONE
    if type(value) is not int:
        raise UnusualError
    return NONE if value < 0 else value // 1000 if value > MICROSECONDS else value


def _code(codes: dict[Any, int], value: Any) -> int:
    try:
        return codes[value]
    except (LookupError, TypeError):
        raise UnusualError from None


def _text(value: Any) -> Any:
    """Return an Arrow array of one text, out of its bytes: an array of a list takes three times as long."""
    if value is None:
        return NO_TEXT
    if type(value) is not str:
        raise UnusualError
    data = value.encode()
    return pa.LargeStringArray.from_buffers(1, _ends(len(data)), pa.py_buffer(data))


@lru_cache
def _ends(length: int) -> Any:
    return pa.py_buffer(struct.pack("<qq", 0, length))
