"""Work in parts: one after the other on this machine, or spread over the workers of a Dask client."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from binance_nb.analysis.archive.files import Part
from binance_nb.errors import AnalysisError

T = TypeVar("T")

SHARES = 4
"""How many pieces each worker gets: enough that a slow one does not hold up the rest."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs a function once for each of many arguments, and keeps the order."""

    client: Any = None
    """A `dask.distributed.Client`, or None for this process."""

    def __post_init__(self) -> None:
        """Raise AnalysisError for a client that is none."""
        if self.client is not None and not (hasattr(self.client, "map") and hasattr(self.client, "ncores")):
            raise AnalysisError(f"client must be a dask.distributed.Client, not {type(self.client).__name__}")

    def run(self, work: Callable[..., T], arguments: Sequence[tuple[Any, ...]]) -> list[T]:
        """Return the results of `work(*each)`, in the order of the arguments."""
        return list(self.stream(work, arguments))

    def stream(self, work: Callable[..., T], arguments: Sequence[tuple[Any, ...]]) -> Iterator[T]:
        """Yield the results in the order of the arguments; a few at a time are under way, so that none pile up."""
        if self.client is None:
            for each in arguments:
                yield work(*each)
            return
        ahead = 2 * max(1, sum(self.client.ncores().values()))
        waiting: list[Any] = []
        for each in arguments:
            waiting.append(self.client.submit(work, *each, pure=False))
            if len(waiting) >= ahead:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()

    def shares(self, parts: Sequence[Part]) -> list[list[Part]]:
        """Return the parts as pieces of work for a sum: all at once here, where DuckDB divides them; else several."""
        count = 1 if self.client is None else SHARES * max(1, len(self.client.ncores()))
        return [list(parts[place::count]) for place in range(min(count, len(parts)))]
