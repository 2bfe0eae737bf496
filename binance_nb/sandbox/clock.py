"""The exchange's clock: real time, or a stepped time that moves only when it is told to."""

import time
from enum import StrEnum

US_PER_MS = 1_000
US_PER_S = 1_000_000
STEPPED_START_US = 1_767_571_200 * US_PER_S
"""Where a stepped clock stands at first: 2026-01-05 00:00:00 UTC, a Monday, the same in every run."""


class ClockMode(StrEnum):
    """How time passes on the exchange."""

    REAL = "real"
    STEPPED = "stepped"


class Clock:
    """Microseconds since the epoch, never backwards; what callers are told may be shifted on purpose."""

    def __init__(self, mode: ClockMode = ClockMode.REAL, start_us: int | None = None) -> None:
        """Start a clock; `start_us` is where a stepped one begins."""
        self.mode = mode
        self._lead_us = 0  # how far step() has pushed a real clock ahead of the machine's
        self._now_us = STEPPED_START_US if start_us is None else start_us
        self.shift_us = 0
        if mode is ClockMode.REAL:
            self._now_us = time.time_ns() // 1_000

    def now_us(self) -> int:
        """Return the engine's time in microseconds: it never goes back."""
        if self.mode is ClockMode.REAL:
            self._now_us = max(self._now_us, time.time_ns() // 1_000 + self._lead_us)
        return self._now_us

    def face_us(self) -> int:
        """Return the time the server claims and judges timestamps by: the engine's plus the shift, in microseconds."""
        return self.now_us() + self.shift_us

    def step(self, us: int) -> int:
        """Move time forward by `us` microseconds in either mode; return the new time; raises ValueError below zero."""
        if us < 0:
            raise ValueError("time only moves forward: step by zero or more milliseconds")
        now = self.now_us()
        if self.mode is ClockMode.REAL:
            self._lead_us += us
        self._now_us = now + us
        return self._now_us
