"""Measures over a frame, or over an archive that holds more fills than memory does, by one name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, Protocol, overload, runtime_checkable

import pandas as pd

from binance_nb.errors import AnalysisError

P = ParamSpec("P")


@runtime_checkable
class Measurable(Protocol):
    """What can be measured without being a frame: an archive, or the rows of a measure over one."""

    def measured(self, measure: str, *args: Any, **kwargs: Any) -> Any:
        """Return a measure of it by its name."""


class Measure(Protocol[P]):
    """A measure: of a frame it returns a frame, of anything else whatever that makes of it."""

    @overload
    def __call__(self, given: pd.DataFrame, /, *args: P.args, **kwargs: P.kwargs) -> pd.DataFrame: ...
    @overload
    def __call__(self, given: Measurable, /, *args: P.args, **kwargs: P.kwargs) -> Any: ...


def brought(frame: pd.DataFrame | None, what: str) -> pd.DataFrame:
    """Return what was given beside the first frame. Raises AnalysisError if it was not: only an archive brings it."""
    if frame is None:
        raise AnalysisError(f"this measure takes {what}= too; only an archive brings its own")
    return frame


def over_archives(work: Callable[Concatenate[pd.DataFrame, P], pd.DataFrame]) -> Measure[P]:
    """Let a measure take an archive in the place of its frame."""

    @functools.wraps(work)
    def either(*args: Any, **kwargs: Any) -> Any:
        if args and isinstance(args[0], Measurable):
            return args[0].measured(work.__name__, *args[1:], **kwargs)
        return work(*args, **kwargs)

    return either
