"""exchangeInfo as it is kept: each symbol as the JSON that came, read when an order first needs its rules.

Three thousand symbols are seven megabytes of JSON and, as objects, ten times as much; a session trades a few of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec


class _Answer(msgspec.Struct):
    symbols: list[msgspec.Raw]
    rateLimits: list[dict[str, Any]] = []
    exchangeFilters: list[dict[str, Any]] = []


class _Name(msgspec.Struct):
    symbol: str


_read_answer = msgspec.json.Decoder(_Answer).decode
_read_name = msgspec.json.Decoder(_Name).decode


class Listing(Mapping[str, dict[str, Any]]):
    """The symbols of one answer by name, each decoded anew when it is looked up."""

    def __init__(self, content: bytes) -> None:
        """Find the symbols in an answer of exchangeInfo. Raises msgspec.DecodeError for what is none."""
        answer = _read_answer(content)
        self._symbols = {_read_name(raw).symbol: raw for raw in answer.symbols}
        self.rate_limits = answer.rateLimits
        self.exchange_filters = answer.exchangeFilters

    def __getitem__(self, symbol: str) -> dict[str, Any]:
        """Return the element of `symbols` with that name."""
        info: dict[str, Any] = msgspec.json.decode(self._symbols[symbol])
        return info

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self._symbols)

    def __len__(self) -> int:
        """Return how many symbols there are."""
        return len(self._symbols)
