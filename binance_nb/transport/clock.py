"""The exchange's clock as seen from here: an offset by round-trip midpoint, immune to changes of the system's clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from binance_nb.errors import ExchangeUnavailable, NetworkError


class ServerClock:
    """Estimates the exchange's time from one measurement and this machine's monotonic clock."""

    def __init__(self, read_server_time: Callable[[], Awaitable[int]]) -> None:
        """Keep the coroutine function that asks the exchange for its time in epoch milliseconds."""
        self._read = read_server_time
        self._server_minus_monotonic_ms: float | None = None
        self._measuring = asyncio.Lock()
        self.round_trip_ms: float | None = None
        self.measurements = 0

    @property
    def offset_ms(self) -> float | None:
        """The exchange's clock minus this machine's wall clock in milliseconds; None before the first measurement."""
        if self._server_minus_monotonic_ms is None:
            return None
        return self._server_minus_monotonic_ms + time.monotonic() * 1000 - time.time() * 1000

    def now_ms(self) -> float | None:
        """Return the exchange's present time in epoch milliseconds; None before the first measurement."""
        if self._server_minus_monotonic_ms is None:
            return None
        return self._server_minus_monotonic_ms + time.monotonic() * 1000

    async def measure(self) -> None:
        """Ask the exchange for its time and take the middle of the round trip as the moment of its answer.

        Raises NetworkError with `sent` False where no time came.
        """
        before = time.monotonic()
        try:
            server_ms = await self._read()
        except (NetworkError, ExchangeUnavailable, LookupError, TypeError, ValueError) as error:
            # Whoever signs a request must learn that it never left: an order would else be looked for in vain.
            raise NetworkError(
                f"the exchange's clock could not be read ({error}), so the request was not sent", sent=False
            ) from None
        after = time.monotonic()
        self._server_minus_monotonic_ms = server_ms - (before + after) / 2 * 1000
        self.round_trip_ms = (after - before) * 1000
        self.measurements += 1

    def forget(self) -> None:
        """Measure again before the next request that is signed."""
        self._server_minus_monotonic_ms = None

    async def remeasure(self, seen: int) -> None:
        """Measure again unless somebody has since `seen` measurements: many requests may fail on one drift."""
        async with self._measuring:
            if self.measurements == seen:
                await self.measure()

    async def timestamp_ms(self) -> int:
        """Return the exchange's present time in epoch milliseconds, measuring first if that never happened."""
        if self._server_minus_monotonic_ms is None:
            await self.remeasure(self.measurements)
        now_ms = self.now_ms()
        assert now_ms is not None
        return int(now_ms)
