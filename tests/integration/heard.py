"""Waiting for what the stream brings: the only thing a test cannot step."""

import time
from collections.abc import Callable

PATIENCE_S = 10.0


def eventually(holds: Callable[[], bool], what: str = "it") -> None:
    """Return once `holds()` is true; fail after ten seconds."""
    give_up = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < give_up, f"{what} did not happen within {PATIENCE_S:g} s"
        time.sleep(0.01)
