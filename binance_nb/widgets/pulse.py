"""The beat of the live widgets: one daemon thread that calls each of them ten times a second."""

from __future__ import annotations

import threading
import time
import weakref
from typing import Protocol

BEAT_S = 0.1
"""Ten batches a second look live, and stay far below the 1,000 messages at which a Jupyter server drops them all."""


class Beating(Protocol):
    """Something that wants to be called on every beat, and deals with its own errors."""

    def beat(self) -> None:
        """Do what is due, and return soon."""


class Pulse:
    """Calls `beat()` of everything that was added, on one thread, for as long as anything is left."""

    def __init__(self, interval_s: float = BEAT_S) -> None:
        """Start with nothing and no thread."""
        self._interval_s = interval_s
        self._lock = threading.Lock()
        self._members: weakref.WeakSet[Beating] = weakref.WeakSet()
        self._thread: threading.Thread | None = None

    def add(self, member: Beating) -> None:
        """Call `member.beat()` from now on; only a weak reference is kept."""
        with self._lock:
            self._members.add(member)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="binance_nb-widgets", daemon=True)
                self._thread.start()

    def remove(self, member: Beating) -> None:
        """Stop calling `member`."""
        with self._lock:
            self._members.discard(member)

    def _run(self) -> None:
        due = time.monotonic()
        while True:
            with self._lock:
                members = list(self._members)
                if not members:
                    self._thread = None
                    return
            for member in members:
                member.beat()
            del members
            # A beat that came late is not made up for: the next one carries what it would have carried.
            due = max(due + self._interval_s, time.monotonic())
            time.sleep(max(0.0, due - time.monotonic()))


PULSE = Pulse()
"""The beat of this process."""
