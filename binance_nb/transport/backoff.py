"""How long to wait before trying again: exponential, with jitter, bounded."""

from __future__ import annotations

import random

MOST_DOUBLINGS = 64
"""More would overflow a float one day: a stream left alone without a network tries thousands of times."""


class Backoff:
    """Delays that double from `first_s` up to `longest_s`, each drawn between half and all of its size."""

    def __init__(self, first_s: float = 0.25, longest_s: float = 30.0, *, rng: random.Random | None = None) -> None:
        """Start at `first_s` seconds; `rng` makes the jitter repeatable in a test."""
        self._first_s = first_s
        self._longest_s = longest_s
        self._random = (rng or random).random
        self._tries = 0

    def next_s(self) -> float:
        """Return the next delay in seconds."""
        size = min(self._longest_s, self._first_s * 2.0**self._tries)
        self._tries = min(self._tries + 1, MOST_DOUBLINGS)
        return size * (0.5 + self._random() / 2)

    def reset(self) -> None:
        """Begin again with the shortest delay."""
        self._tries = 0
