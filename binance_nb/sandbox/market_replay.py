"""Recorded trades from a file, played into the market so that users can trade against them.

The file is a CSV (or a ZIP that holds one) in the form in which the exchange publishes its history: trade id, price,
quantity, quote quantity, time, isBuyerMaker, isBestMatch, with or without a line of names. Times may be milliseconds or
microseconds, as the exchange changed them in 2025.
"""

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

# A time of more digits than this is in microseconds.
_LARGEST_MS = 10**14


@dataclass(frozen=True, slots=True)
class RecordedTrade:
    """One trade of the past: what it was worth, when it was, and which side took."""

    price: Decimal
    quantity: Decimal
    time_us: int
    is_buyer_maker: bool


def read_trades(path: str | Path) -> Iterator[RecordedTrade]:
    """Yield the trades of a file in its order; ValueError names the line that is not a trade."""
    with _opened(Path(path)) as lines:
        for number, row in enumerate(csv.reader(lines), start=1):
            if not row or (number == 1 and not row[0].strip().isdigit()):
                continue
            yield _trade(row, number)


def _trade(row: list[str], number: int) -> RecordedTrade:
    try:
        _, price, quantity, _, time, is_buyer_maker, *_ = (field.strip() for field in row)
        at = int(time)
        return RecordedTrade(
            price=Decimal(price),
            quantity=Decimal(quantity),
            time_us=at if at > _LARGEST_MS else at * 1000,
            is_buyer_maker=is_buyer_maker.lower() == "true",
        )
    except (ValueError, InvalidOperation):
        raise ValueError(f"line {number} is not a recorded trade: {','.join(row)!r}") from None


def _opened(path: Path) -> io.TextIOBase:
    if path.suffix != ".zip":
        return path.open(newline="", encoding="utf-8")
    archive = zipfile.ZipFile(path)
    return io.TextIOWrapper(archive.open(archive.namelist()[0]), encoding="utf-8", newline="")


class Tape:
    """The trades of a file, shifted so that the first one happens when the market opens."""

    def __init__(self, path: str | Path, opened_us: int) -> None:
        """Read the file up to its first trade; ValueError if there is none."""
        self._trades = read_trades(path)
        self._next = next(self._trades, None)
        if self._next is None:
            raise ValueError(f"{path} holds no trades")
        self._shift_us = opened_us - self._next.time_us
        self.first_price = self._next.price

    def due(self, now_us: int) -> Iterator[RecordedTrade]:
        """Yield the trades whose time has come, each once."""
        while self._next is not None and self._next.time_us + self._shift_us <= now_us:
            yield self._next
            self._next = next(self._trades, None)

    @property
    def is_over(self) -> bool:
        """Whether every trade was played."""
        return self._next is None
