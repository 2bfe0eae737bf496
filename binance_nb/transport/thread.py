"""The network's own thread: one daemon thread with one event loop, which owns every session and socket.

A cell that sleeps or computes blocks the kernel's loop; on a loop of its own the stream goes on answering pings.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
from collections.abc import Coroutine
from typing import Any, ClassVar, Generic, TypeVar

from binance_nb.errors import WrongThreadError

R = TypeVar("R")


class _Call(Generic[R]):
    """One piece of work that another thread waits for.

    A concurrent future with its condition, and its chaining to the task, would take as long again as the way there and
    back: two thirds of all that a cell's order costs beyond the network.
    """

    __slots__ = ("_error", "_over", "_result", "_task", "_work")
    _under_way: ClassVar[set[_Call[Any]]] = set()
    """Calls that nobody may be waiting for any more: a loop does not keep its tasks alive."""

    def __init__(self, work: Coroutine[Any, Any, R]) -> None:
        self._work = work
        self._error: BaseException | None = None
        self._over = threading.Lock()
        self._over.acquire()

    def start(self) -> None:
        """Begin, on the loop that runs here."""
        self._task = asyncio.get_running_loop().create_task(self._do())
        self._under_way.add(self)

    async def _do(self) -> None:
        try:
            self._result = await self._work
        except BaseException as error:  # whatever it is, it belongs to who waits
            self._error = error
        finally:
            self._under_way.discard(self)
            self._over.release()

    def result(self, timeout_s: float | None) -> R:
        """Wait for the end; return the result or raise the error."""
        if not self._over.acquire(timeout=-1 if timeout_s is None else timeout_s):
            raise TimeoutError
        if self._error is None:
            return self._result
        try:
            raise self._error
        finally:
            self._error = None  # its traceback holds this very frame


class NetworkThread:
    """An event loop on a daemon thread, started on first use; `shared()` is the one of this process."""

    _shared: NetworkThread | None = None
    _shared_pid = 0
    _shared_lock = threading.Lock()

    def __init__(self) -> None:
        """Start the thread and wait until its loop runs."""
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(started,), name="binance_nb-network", daemon=True)
        self._thread.start()
        started.wait()

    def _serve(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.call_soon(started.set)
        self.loop.run_forever()

    @classmethod
    def shared(cls) -> NetworkThread:
        """Return the network thread of this process; a forked child gets one of its own."""
        with cls._shared_lock:
            if cls._shared is None or cls._shared_pid != os.getpid() or not cls._shared._thread.is_alive():
                cls._shared = cls()
                cls._shared_pid = os.getpid()
            return cls._shared

    @property
    def is_current(self) -> bool:
        """Whether the caller runs on this very thread."""
        return threading.get_ident() == self._thread.ident

    def submit(self, work: Coroutine[Any, Any, R]) -> concurrent.futures.Future[R]:
        """Start `work` on the network's loop and return at once."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def run(self, work: Coroutine[Any, Any, R], timeout_s: float | None = None) -> R:
        """Run `work` on the network's loop and wait for its result.

        If the wait is interrupted, the work goes on: an order that has left cannot be called back by not waiting.
        Raises WrongThreadError on the network thread itself, TimeoutError after `timeout_s` seconds.
        """
        if self.is_current:
            work.close()
            raise WrongThreadError(
                "this blocking call was made on the network thread, where it would wait for itself; "
                "use the async client there"
            )
        call = _Call(work)
        self.loop.call_soon_threadsafe(call.start)
        return call.result(timeout_s)

    async def hop(self, work: Coroutine[Any, Any, R]) -> R:
        """Await `work`, running on the network's loop, from another loop; cancelling the wait leaves the work alone."""
        if self.is_current:
            return await work
        return await asyncio.shield(asyncio.wrap_future(self.submit(work)))
