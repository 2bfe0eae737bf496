"""One connection to the exchange's WebSocket API: requests matched to answers, events handed on (web-socket-api.md)."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import msgspec

from binance_nb.config import BinanceConfig
from binance_nb.errors import KeyRefused, NetworkError, SignatureRefused, TimestampRefused, error_from_answer
from binance_nb.models.decimals import plain, to_decimal
from binance_nb.transport.clock import ServerClock
from binance_nb.transport.hints import hint_for
from binance_nb.transport.signing import Signer, sorted_text

SILENCE_S = 65.0
"""The server pings every 20 s and gives up after 60 s without a pong: silence for longer means a dead connection."""

HEARD = frozenset({aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.PING, aiohttp.WSMsgType.PONG})
"""The frames that show that somebody is there."""

MAX_FRAME_BYTES = 16 * 1024 * 1024

log = logging.getLogger("binance_nb.transport")

EventHandler = Callable[[Any], None]


class WsApiConnection:
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
        self._config = config
        self._signer = signer
        self._clock = clock
        self._on_event = on_event
        self._silence_s = silence_s
        self._on_rate_limits = on_rate_limits
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[str] | None = None
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._ids = itertools.count(1)
        self._ended_for = ""
        self._closing: asyncio.Future[bool] | None = None
        self.farewell = ""
        """Why this connection should be left for another, while it still works."""
        self.heard_at = time.monotonic()
        """When the last frame came, a ping included, on this machine's monotonic clock."""

    async def open(self) -> None:
        """Connect. Raises NetworkError where that fails."""
        self._session = aiohttp.ClientSession(headers={"User-Agent": "binance-nb"})
        url = self._config.get_ws_url()
        try:
            async with asyncio.timeout(self._config.timeout_s):
                # The timeout of the close handshake is short: a dead peer must not hold up the reconnection.
                self._socket = await self._session.ws_connect(
                    url,
                    autoping=False,
                    max_msg_size=MAX_FRAME_BYTES,
                    timeout=aiohttp.ClientWSTimeout(ws_close=2.0),
                )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            await self.close()
            reason = "timed out" if isinstance(error, TimeoutError) else type(error).__name__
            raise NetworkError(
                f"cannot connect to the stream of {self._config.environment} at {url} ({reason})", sent=False
            ) from None
        self._reader = asyncio.create_task(self._read(self._socket))

    @property
    def is_over(self) -> bool:
        """Whether the connection has ended and takes no more requests."""
        return self._reader is None or self._reader.done()

    async def wait_closed(self) -> str:
        """Wait until the connection ends and return why, in words."""
        assert self._reader is not None
        return await asyncio.shield(self._reader)

    def end(self, why: str) -> None:
        """Give this connection up, so that `wait_closed` returns `why`."""
        self._ended_for = why
        if self._socket is not None:
            self._closing = asyncio.ensure_future(self._socket.close())

    async def close(self) -> None:
        """Close the socket and fail what still waits for an answer."""
        if self._socket is not None and not self._socket.closed:
            await self._socket.close()
        if self._reader is not None:
            self._reader.cancel()
        if self._session is not None:
            await self._session.close()
        self._fail_waiting("closed")

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
        timestamp = await self._clock.timestamp_ms()
        if logged_on:
            return {**params, "recvWindow": _text(self._config.recv_window_ms), "timestamp": timestamp}
        full = {**params, "apiKey": signer.api_key, "recvWindow": self._config.recv_window_ms, "timestamp": timestamp}
        text = {name: _text(value) for name, value in full.items()}
        return {**full, "recvWindow": text["recvWindow"], "signature": signer.sign(sorted_text(text))}

    async def _send(self, method: str, params: dict[str, Any]) -> Any:
        if self._socket is None or self._socket.closed:
            raise NetworkError(f"not connected: {method} was not sent", sent=False)
        number = next(self._ids)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        message = {"id": number, "method": method, "params": params} if params else {"id": number, "method": method}
        try:
            await self._socket.send_str(msgspec.json.encode(message).decode())
            async with asyncio.timeout(self._config.timeout_s):
                reply = await answer
        except TimeoutError:
            raise NetworkError(f"no answer to {method} within {self._config.timeout_s:g} s", sent=True) from None
        except aiohttp.ClientError as error:
            raise NetworkError(f"the connection broke during {method} ({type(error).__name__})", sent=True) from None
        finally:
            self._waiting.pop(number, None)
        if self._on_rate_limits is not None and "rateLimits" in reply:
            self._on_rate_limits(reply["rateLimits"])
        if reply.get("status") == 200:
            return reply.get("result")
        problem = error_from_answer(reply.get("status", 0), reply.get("error", reply), request=method)
        if isinstance(problem, KeyRefused | SignatureRefused):
            problem.hint = hint_for(problem, self._config.environment)
        raise problem

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> str:
        why = "the server closed the connection"
        try:
            while True:
                frame = await socket.receive(timeout=self._silence_s)
                if frame.type in HEARD:
                    self.heard_at = time.monotonic()
                if frame.type is aiohttp.WSMsgType.TEXT:
                    self._take(msgspec.json.decode(frame.data))
                elif frame.type is aiohttp.WSMsgType.PING:
                    await socket.pong(frame.data)
                elif frame.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED}:
                    break
                elif frame.type is aiohttp.WSMsgType.ERROR:
                    why = f"the connection broke ({type(frame.data).__name__})"
                    break
        except TimeoutError:
            why = f"nothing was heard for {self._silence_s:g} s"
        except (aiohttp.ClientError, msgspec.DecodeError, ConnectionError) as error:
            why = f"the connection broke ({type(error).__name__})"
        finally:
            why = self._ended_for or why
            self._fail_waiting(why)
        return why

    def _take(self, message: Any) -> None:
        try:
            if "event" in message:
                self._on_event(message["event"])
                return
            answer = self._waiting.get(message.get("id"))
            if answer is not None and not answer.done():
                answer.set_result(message)
        except Exception:  # whatever the message was, the next one may be a fill
            log.exception("a message could not be handled; the connection goes on")

    def _fail_waiting(self, why: str) -> None:
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(NetworkError(f"the connection ended before the answer came: {why}", sent=True))


def _text(value: Any) -> str:
    """Return a parameter as it stands in the text to sign: as JSON writes it, without quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain(to_decimal(value)) if isinstance(value, float) else str(value)
