"""Who listens: callbacks on threads of their own, and async iterators. None of them can hold up the stream."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from binance_nb.models.events import ExecutionReport

QUEUE_LIMIT = 100_000
"""Reports that may wait for one slow listener before it starts to miss the oldest."""

log = logging.getLogger("binance_nb.stream")

Callback = Callable[[ExecutionReport], Any]

T = TypeVar("T")
Heard_contra = TypeVar("Heard_contra", contravariant=True)


class Listener(Protocol[Heard_contra]):
    """Something that takes reports from the network thread, and must return at once."""

    def offer(self, report: Heard_contra) -> None:
        """Take one report."""

    def close(self) -> None:
        """Stop taking reports."""


class Subscribers(Generic[T]):
    """The listeners of one stream, or of one kind of what it tells."""

    def __init__(self) -> None:
        """Start with none."""
        self._lock = threading.Lock()
        self._listeners: tuple[Listener[T], ...] = ()

    def __len__(self) -> int:
        """Return how many listen."""
        return len(self._listeners)

    def add(self, listener: Listener[T]) -> None:
        """Let `listener` take every report from now on."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

    def remove(self, listener: Listener[T]) -> None:
        """Let go of `listener`."""
        with self._lock:
            self._listeners = tuple(held for held in self._listeners if held is not listener)

    def offer(self, report: T) -> None:
        """Hand `report` to every listener."""
        for listener in self._listeners:
            try:
                listener.offer(report)
            except Exception:
                log.exception("a listener of the stream raised; the others hear the report all the same")

    def close(self) -> None:
        """Let go of all of them."""
        for listener in self._listeners:
            listener.close()


class Subscription(Generic[T]):
    """A callback that gets each report on a thread of its own; `close()` ends it.

    `missed` counts the reports that were dropped because the callback was too slow, `errors` the times it raised, and
    `last_error` is the exception it raised last.
    """

    def __init__(self, callback: Callable[[T], Any], subscribers: Subscribers[T], *, limit: int = QUEUE_LIMIT) -> None:
        """Start listening. A coroutine function is awaited on this thread's running loop, if it has one."""
        self._callback = callback
        self._subscribers = subscribers
        self._waiting: deque[T] = deque()
        self._limit = limit
        self._ready = threading.Condition()
        self._closed = False
        self._is_idle = False
        self.missed = 0
        self.errors = 0
        self.last_error: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        if inspect.iscoroutinefunction(callback):
            self._loop = asyncio.get_running_loop()
        subscribers.add(self)
        threading.Thread(target=self._work, name="binance_nb-callback", daemon=True).start()

    def __enter__(self) -> Subscription[T]:
        """Return itself, to be closed at the end of a with-statement."""
        return self

    def __exit__(self, *exc: object) -> None:
        """End the subscription."""
        self.close()

    def __repr__(self) -> str:
        """Say whether it still listens, and what went wrong so far."""
        state = "closed" if self._closed else "listening"
        return f"<Subscription {state}, {self.missed} missed, {self.errors} errors>"

    def offer(self, report: T) -> None:
        """Queue one report."""
        with self._ready:
            if len(self._waiting) >= self._limit:
                with contextlib.suppress(IndexError):  # its thread may have taken the last one just now
                    self._waiting.popleft()
                    self.missed += 1
            self._waiting.append(report)
            if self._is_idle:  # it looks for more by itself as long as it is at work
                self._ready.notify()

    def close(self) -> None:
        """Stop listening; what already waits is dropped."""
        self._subscribers.remove(self)
        with self._ready:
            self._closed = True
            self._ready.notify()

    def _next(self) -> T | None:
        """Return the next report, waiting for it; None once closed."""
        while not self._closed:
            try:
                return self._waiting.popleft()
            except IndexError:
                with self._ready:
                    self._is_idle = True
                    self._ready.wait_for(lambda: self._waiting or self._closed)
                    self._is_idle = False
        return None

    def _work(self) -> None:
        while (report := self._next()) is not None:
            try:
                result = self._callback(report)
                if self._loop is not None:
                    asyncio.run_coroutine_threadsafe(result, self._loop).result()
            except Exception as error:
                self.errors += 1
                self.last_error = error
                log.exception("a subscriber's callback raised; the stream goes on")


class ReportIterator:
    """Reports from now on, for `async for`; `missed` counts what was dropped because the reader was too slow."""

    def __init__(self, subscribers: Subscribers[ExecutionReport], *, limit: int = QUEUE_LIMIT) -> None:
        """Start listening on the running loop."""
        self._subscribers = subscribers
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[ExecutionReport] = deque()
        self._limit = limit
        self._lock = threading.Lock()
        self._ready = asyncio.Event()
        self._closed = False
        self.missed = 0
        subscribers.add(self)

    def __aiter__(self) -> ReportIterator:
        """Return itself."""
        return self

    async def __anext__(self) -> ExecutionReport:
        """Return the next report, waiting for it; stop once closed and empty."""
        while True:
            with self._lock:
                if self._waiting:
                    return self._waiting.popleft()
                if self._closed:
                    raise StopAsyncIteration
                self._ready.clear()
            await self._ready.wait()

    def offer(self, report: ExecutionReport) -> None:
        """Queue one report."""
        with self._lock:
            if len(self._waiting) >= self._limit:
                self._waiting.popleft()
                self.missed += 1
            self._waiting.append(report)
        self._wake()

    def close(self) -> None:
        """Stop listening; what already waits can still be read."""
        self._subscribers.remove(self)
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ready.set)
