"""run(coro): the user's own coroutine inside a cell whose loop already runs. The only place that needs nest-asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

R = TypeVar("R")


def run(work: Coroutine[Any, Any, R]) -> R:
    """Run a coroutine to its end and return its result, in a script or inside a running cell.

    Without a running loop this is `asyncio.run`. Inside one it patches that loop to be re-entrant with nest-asyncio
    (its maintained fork on Python 3.14), which slows every task of the process a little for as long as it lives: that
    is why it happens on the first call and never on import. The verbs of BinanceClient do not need it.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    _nest().apply(loop)
    return loop.run_until_complete(work)


def _nest() -> Any:
    try:
        import nest_asyncio2
    except ImportError:
        import nest_asyncio

        return nest_asyncio
    return nest_asyncio2
