"""Requests over the WebSocket API: one connection, opened when needed and again after it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from binance_nb.config import BinanceConfig
from binance_nb.errors import ExchangeUnavailable, IpBanned, NetworkError, RateLimited
from binance_nb.transport.backoff import Backoff
from binance_nb.transport.clock import ServerClock
from binance_nb.transport.limits import Cost, RateLimits
from binance_nb.transport.signing import Signer
from binance_nb.transport.websocket import WsApiConnection

LOGON = "session.logon"


class WsRequests:
    """Makes requests; the connection is shared by all callers and logged on once where the key allows it."""

    def __init__(
        self, config: BinanceConfig, signer: Callable[[], Signer], clock: ServerClock, limits: RateLimits
    ) -> None:
        """Keep the parts; nothing is opened before the first request."""
        self._config = config
        self._signer = signer
        self._clock = clock
        self._limits = limits
        self._connection: WsApiConnection | None = None
        self._opening = asyncio.Lock()
        self._logged_on = False
        self._closings = 0

    async def close(self) -> None:
        """Close the connection. What has not been sent yet never is; a later request opens another."""
        self._closings += 1
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def request(self, method: str, params: Mapping[str, Any], *, signed: bool, cost: Cost) -> Any:
        """Make one request and return its `result`.

        Made again is only what a rate limit refused (429), after the time that the exchange asks for. Raises what
        `WsApiConnection.request` raises, and IpBanned during a ban without sending anything.
        """
        backoff = Backoff(1.0)
        attempt = 0
        closings = self._closings
        while True:
            attempt += 1
            await self._limits.admit(cost)
            try:
                connection = await self._open(closings)
                # After session.logon with an Ed25519 key requests need no signature of their own.
                return await connection.request(method, params, signed=signed, logged_on=self._logged_on)
            except RateLimited as error:
                if error.retry_after is None:
                    error.retry_after = backoff.next_s()
                self._limits.note_refusal(error)
                given_up = attempt >= self._config.max_read_attempts
                if isinstance(error, IpBanned) or given_up:
                    raise
            finally:
                self._limits.settle(cost)

    async def _open(self, closings: int) -> WsApiConnection:
        """Return the connection, opened if need be, unless all has been closed since there were so many closings."""
        if closings == self._closings and self._connection is not None and not self._connection.is_over:
            return self._connection
        async with self._opening:
            self._check_open(closings)
            if self._connection is None or self._connection.is_over:
                if self._connection is not None:
                    await self._connection.close()
                connection = WsApiConnection(
                    self._config, self._signer, self._clock, lambda event: None, on_rate_limits=self._limits.learn
                )
                await connection.open()
                self._logged_on = False
                if self._signer().can_log_on:
                    await self._log_on(connection)
                    self._logged_on = True
                if closings != self._closings:
                    await connection.close()
                self._check_open(closings)
                self._connection = connection
            return self._connection

    def _check_open(self, closings: int) -> None:
        if closings != self._closings:
            raise NetworkError("the client was closed meanwhile; the request was not sent", sent=False)

    async def _log_on(self, connection: WsApiConnection) -> None:
        """Log on, or close the connection; a logon without an answer is no doubt about the request behind it."""
        try:
            await connection.request(LOGON, {}, signed=True)
        except BaseException as error:
            await connection.close()
            if isinstance(error, NetworkError | ExchangeUnavailable):
                raise NetworkError(f"could not log on ({error}), so the request was not sent", sent=False) from None
            raise
