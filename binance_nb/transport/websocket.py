"""One connection to the exchange's WebSocket API: requests matched to answers, events handed on (web-socket-api.md)."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import msgspec

from binance_nb.config import SILENCE_S, BinanceConfig
from binance_nb.errors import KeyRefused, NetworkError, SignatureRefused, TimestampRefused, error_from_answer
from binance_nb.transport.clock import ServerClock
from binance_nb.transport.hints import hint_for
from binance_nb.transport.signing import Signer, as_signed, sorted_text
from binance_nb.transport.stream_socket import StreamSocket

EventHandler = Callable[[Any], None]


class WsApiConnection(StreamSocket):
    """A connection that is used once: open it, make requests, read events until it ends."""

    def __init__(
        self,
        config: BinanceConfig,
        signer: Callable[[], Signer],
        clock: ServerClock,
        on_event: EventHandler,
        *,
        silence_s: float = SILENCE_S,
        on_rate_limits: EventHandler | None = None,
    ) -> None:
        """Keep what signs, what tells the time and what takes the events."""
        url = config.get_ws_url()
        place = f"the stream of {config.environment} at {url}"
        super().__init__(url, place=place, timeout_s=config.timeout_s, silence_s=silence_s)
        self._config = config
        self._signer = signer
        self._clock = clock
        self._on_event = on_event
        self._on_rate_limits = on_rate_limits
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._ids = itertools.count(1)
        self._recv_window = as_signed(config.recv_window_ms)

    async def request(
        self, method: str, params: Mapping[str, Any] | None = None, *, signed: bool = False, logged_on: bool = False
    ) -> Any:
        """Make one request and return its `result`.

        A signed request refused for its timestamp (-1021) is made once more with a fresh clock. Raises a subclass of
        ExchangeError for an answer that refuses, NetworkError where no answer came.
        """
        if not signed:
            return await self._send(method, dict(params or {}))
        measured = self._clock.measurements
        try:
            return await self._send(method, await self._signed(params or {}, logged_on=logged_on))
        except TimestampRefused:
            await self._clock.remeasure(max(measured, 1))
            return await self._send(method, await self._signed(params or {}, logged_on=logged_on))

    async def _signed(self, params: Mapping[str, Any], *, logged_on: bool) -> dict[str, Any]:
        signer = self._signer()
        full = {**params, "recvWindow": self._recv_window, "timestamp": await self._clock.timestamp_ms()}
        if not logged_on:
            full["apiKey"] = signer.api_key
            full["signature"] = signer.sign(sorted_text(full))
        return full

    async def _send(self, method: str, params: dict[str, Any]) -> Any:
        if self._socket is None or self._socket.closed:
            raise NetworkError(f"not connected: {method} was not sent", sent=False)
        number = next(self._ids)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        self._waiting[number] = answer
        message = {"id": number, "method": method, "params": params} if params else {"id": number, "method": method}
        too_late: asyncio.TimerHandle | None = None
        try:
            await self._send_text(msgspec.json.encode(message))
            # A timer of its own costs a third of asyncio.timeout.
            too_late = loop.call_later(self._config.timeout_s, self._give_up, number)
            reply = await answer
        except TimeoutError:
            raise NetworkError(f"no answer to {method} within {self._config.timeout_s:g} s", sent=True) from None
        except aiohttp.ClientError as error:
            raise NetworkError(f"the connection broke during {method} ({type(error).__name__})", sent=True) from None
        finally:
            if too_late is not None:
                too_late.cancel()
            self._waiting.pop(number, None)
        if self._on_rate_limits is not None and "rateLimits" in reply:
            self._on_rate_limits(reply["rateLimits"])
        if reply.get("status") == 200:
            return reply.get("result")
        problem = error_from_answer(reply.get("status", 0), reply.get("error", reply), request=method)
        if isinstance(problem, KeyRefused | SignatureRefused):
            problem.hint = hint_for(problem, self._config.environment)
        raise problem

    def _give_up(self, number: int) -> None:
        answer = self._waiting.get(number)
        if answer is not None and not answer.done():
            answer.set_exception(TimeoutError())

    def _take(self, message: Any) -> None:
        if "event" in message:
            self._on_event(message["event"])
            return
        answer = self._waiting.get(message.get("id"))
        if answer is not None and not answer.done():
            answer.set_result(message)

    def _over(self, why: str) -> None:
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(NetworkError(f"the connection ended before the answer came: {why}", sent=True))
