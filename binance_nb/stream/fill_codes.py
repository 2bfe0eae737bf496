"""How a fill is written as whole numbers: amounts as hundred-millionths, words as places in a vocabulary.

Hundred-millionths are the precision of the spot exchange, exactly; the few numbers that do not fit (more decimals, or
2^53 and above) are kept as they came, and ODD stands for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from binance_nb import schemas

MISSING = -(2**63)
ODD = MISSING + 1
"""Stands for a number that is kept as it came."""

DECIMALS = schemas.EXACT_SCALE
SCALE = 10**DECIMALS
EXACT = pa.decimal128(38, DECIMALS)
LARGEST = 2**53
"""Below that a whole number divided by SCALE is the very float64 that its text would be."""


class Words(dict[str | None, int]):
    """A column of words: `words[word]` is its place in the vocabulary of those that occurred, which it joins if new."""

    def __init__(self) -> None:
        """Start without a word."""
        super().__init__({None: MISSING})
        self.vocabulary: list[str] = []

    def __missing__(self, word: str | None) -> int:
        """Take a word into the vocabulary."""
        if type(word) is not str:
            return self[str(word)]
        place = self[word] = len(self.vocabulary)
        self.vocabulary.append(word)
        return place


def number_code(value: Any) -> int:
    """Return a number as whole hundred-millionths, or ODD where it is none or too large for that."""
    if type(value) is str and value[-9:-8] == ".":  # as the exchange writes it, with its eight decimals
        try:
            whole = int(value[:-9] + value[-8:])
        except ValueError:
            pass
        else:
            return whole if -LARGEST < whole < LARGEST else ODD
    number = Decimal(value).scaleb(DECIMALS)
    whole = int(number)
    return whole if whole == number and -LARGEST < whole < LARGEST else ODD


def number_codes(values: Sequence[Any]) -> Any:
    """Return many numbers as `number_code` codes each, MISSING for None."""
    try:
        texts = pa.array(values, pa.string())
        whole = np.frombuffer(texts.cast(EXACT).buffers()[1], dtype="<i8").reshape(-1, 2)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # more decimals than eight, or no text
        return np.array([MISSING if value is None else number_code(value) for value in values], dtype="int64")
    codes, upper = whole[:, 0], whole[:, 1]
    fits = (upper == codes >> 63) & (codes < LARGEST) & (codes > -LARGEST)
    codes = np.where(fits, codes, ODD)
    return np.where(texts.is_null(), MISSING, codes) if texts.null_count else codes


def decimals(codes: Any) -> Any:
    """Return whole hundred-millionths as an Arrow column of decimal128, without a detour over text."""
    halves = np.empty((len(codes), 2), dtype="<i8")
    halves[:, 0] = codes
    halves[:, 1] = codes >> 63  # the upper half of a two's complement
    return pd.arrays.ArrowExtensionArray(pa.Array.from_buffers(EXACT, len(codes), [None, pa.py_buffer(halves)]))
