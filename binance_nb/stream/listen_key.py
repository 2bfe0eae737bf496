"""A listen key's life: made, kept alive every half hour, made again when it is gone, closed.

A key is valid for sixty minutes after it was made or last kept alive, and there is one for each account and product:
making one while one is valid returns the same and renews it. (USD-M futures: "Start User Data Stream"; spot had the
same until 2026-02-20, rest-api.md of that time.) So closing a key ends the streams of this account in other programs
too; they notice, make another, and complete from REST what they missed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from binance_nb.errors import BinanceNBError, UnknownListenKey
from binance_nb.models.listen_key import ListenKey
from binance_nb.transport.backoff import Backoff

log = logging.getLogger("binance_nb.stream")

KEEPALIVE_S = 30 * 60.0
"""Half of a key's life, so that one keep-alive may fail without harm."""

KeyRequest = Callable[[str, str | None], Awaitable[Any]]
"""POST, PUT or DELETE of the listen key endpoint, with the key where the exchange wants it named."""


def _now() -> datetime:
    return datetime.now(UTC)


class ListenKeyLife:
    """Keeps one listen key valid for as long as it is wanted. Times are UTC, of this machine."""

    def __init__(
        self,
        request: KeyRequest,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], datetime] = _now,
        backoff: Backoff | None = None,
    ) -> None:
        """Keep how to ask; no key is made before `have`. `sleep` takes seconds and tells when to renew."""
        self._request = request
        self._sleep = sleep
        self._now = now
        self._backoff = backoff or Backoff(1.0)
        self._key: ListenKey | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._lost: Callable[[str], None] | None = None
        self.created: datetime | None = None
        self.last_keepalive: datetime | None = None
        self.keepalives = 0
        self.replaced = 0

    def __repr__(self) -> str:
        """Show when the key was made and renewed, and no more of it than tells one from another."""
        if self._key is None or self.created is None or self.last_keepalive is None:
            return "<no listen key>"
        kept = f"last kept alive {self.last_keepalive:%H:%M:%S} UTC"
        return f"listen key {self._key.shown} created {self.created:%Y-%m-%d %H:%M:%S}, {kept}"

    @property
    def shown(self) -> str | None:
        """The first characters of the key; None without one."""
        return None if self._key is None else self._key.shown

    def on_lost(self, callback: Callable[[str], None]) -> None:
        """Call `callback` with the reason when the key is found to be gone: what it opened is silent from then on."""
        self._lost = callback

    async def have(self) -> ListenKey:
        """Return a key with an hour to live: the present one renewed, or another if it is gone."""
        answer = await self._request("POST", None)
        key = ListenKey(answer["listenKey"])
        self.last_keepalive = self._now()
        if key != self._key:
            self.replaced += self.created is not None
            self.created = self.last_keepalive
            self._key = key
        await self._stop_renewing()
        self._renewing = asyncio.create_task(self._renew())
        return key

    async def close(self) -> None:
        """Close the key at the exchange and forget it; where that fails it ends by itself within the hour."""
        await self._stop_renewing()
        key, self._key = self._key, None
        if key is not None:
            try:
                await self._request("DELETE", key)
            except BinanceNBError as error:
                log.info("the listen key could not be closed and ends by itself within the hour (%s)", error)

    async def _renew(self) -> None:
        while True:
            await self._sleep(KEEPALIVE_S)
            if not await self._kept_alive():
                return

    async def _kept_alive(self) -> bool:
        self._backoff.reset()
        while True:
            try:
                await self._request("PUT", self._key)
            except UnknownListenKey:
                log.warning("the listen key is gone; another one is made")
                if self._lost is not None:
                    self._lost("the listen key was gone when it should be kept alive")
                return False
            except BinanceNBError as error:
                delay_s = max(getattr(error, "retry_after", None) or 0.0, self._backoff.next_s())
                log.info("the listen key is kept alive in %.1f s (%s)", delay_s, error)
                await self._sleep(delay_s)
            else:
                self.last_keepalive = self._now()
                self.keepalives += 1
                return True

    async def _stop_renewing(self) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._renewing
            self._renewing = None
