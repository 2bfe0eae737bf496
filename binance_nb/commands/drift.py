"""`binance-nb drift`: what differs in shape between two recordings, as a table."""

from __future__ import annotations

from pathlib import Path

from binance_nb import cassettes
from binance_nb.cassettes.shapes import Difference

NOTHING = "-"


def drift(first: str, second: str, *, folder: Path | None = None) -> int:
    """Print the differences and return 1, or say that there is none and return 0."""
    found = cassettes.drift(first, second, folder=folder)
    if not found:
        print(f"{first} and {second} have the same shape.")
        return 0
    rows = [Difference("where", "field", first, second), *found]
    widths = [max(len(row[column] or NOTHING) for row in rows) for column in range(len(Difference._fields))]
    for row in rows:
        print("  ".join((text or NOTHING).ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    print(f"{len(found)} differences")
    return 1
