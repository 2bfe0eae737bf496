"""One WebSocket, from its opening to its end: frames read, pings answered, silence noticed."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any, Literal

import aiohttp
import msgspec

from binance_nb.config import SILENCE_S
from binance_nb.errors import NetworkError
from binance_nb.transport import tap

HEARD = frozenset({aiohttp.WSMsgType.PING, aiohttp.WSMsgType.PONG})
"""The frames that show, as a text does, that somebody is there."""

MAX_FRAME_BYTES = 16 * 1024 * 1024

log = logging.getLogger("binance_nb.transport")


class StreamSocket:
    """A connection that is used once: open it, read until it ends. What a message means is for a subclass to say."""

    def __init__(self, url: str, *, place: str, timeout_s: float, silence_s: float = SILENCE_S) -> None:
        """Keep the address and `place`, its name in messages: the address itself may carry a listen key."""
        self._url = url
        self._place = place
        self._timeout_s = timeout_s
        self._silence_s = silence_s
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse[Literal[False]] | None = None
        self._reader: asyncio.Task[str] | None = None
        self._ended_for = ""
        self._closing: asyncio.Future[bool] | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._is_silent = False
        self.was_left = False
        """Whether it was closed from this side."""
        self.farewell = ""
        """Why this connection should be left for another, while it still works."""
        self.heard_at = time.monotonic()
        """When the last frame came, a ping included, on this machine's monotonic clock."""

    async def open(self) -> None:
        """Connect. Raises NetworkError where that fails."""
        self._session = aiohttp.ClientSession(headers={"User-Agent": "binance-nb"})
        try:
            async with asyncio.timeout(self._timeout_s):
                # The timeout of the close handshake is short: a dead peer must not hold up the reconnection.
                self._socket = await self._session.ws_connect(
                    self._url,
                    autoping=False,
                    max_msg_size=MAX_FRAME_BYTES,
                    decode_text=False,  # what reads JSON wants bytes
                    timeout=aiohttp.ClientWSTimeout(ws_close=2.0),
                )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            await self.close()
            reason = "timed out" if isinstance(error, TimeoutError) else type(error).__name__
            raise NetworkError(f"cannot connect to {self._place} ({reason})", sent=False) from None
        if tap.listeners:
            tap.tell("open", self, self._url)
        self.heard_at = time.monotonic()
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
        self.was_left = True
        if self._socket is not None:
            self._closing = asyncio.ensure_future(self._socket.close())

    async def close(self) -> None:
        """Close the socket and fail what still waits for an answer."""
        self.was_left = True
        if self._socket is not None and not self._socket.closed:
            await self._socket.close()
        if self._reader is not None:
            self._reader.cancel()
        if self._session is not None:
            await self._session.close()
        self._over("closed")

    async def _send_text(self, text: bytes) -> None:
        assert self._socket is not None
        if tap.listeners:
            tap.tell("out", self, text.decode())
        await self._socket.send_frame(text, aiohttp.WSMsgType.TEXT)

    def _take(self, message: Any) -> None:
        """Do what a message asks for."""
        raise NotImplementedError

    def _over(self, why: str) -> None:
        """Let go of what waited for this connection."""

    async def _read(self, socket: aiohttp.ClientWebSocketResponse[Literal[False]]) -> str:
        why = "the server closed the connection"
        self._watch_for_silence()
        try:
            while True:
                frame = await socket.receive()  # its own timeout would cost each frame more than decoding it
                kind = frame.type
                if kind is aiohttp.WSMsgType.TEXT:
                    self.heard_at = time.monotonic()
                    if tap.listeners:
                        _tell(self, frame)
                    self._handle(msgspec.json.decode(frame.data))
                    continue
                if kind in HEARD:
                    self.heard_at = time.monotonic()
                if tap.listeners:
                    _tell(self, frame)
                if kind is aiohttp.WSMsgType.PING:
                    await socket.pong(frame.data)
                elif kind in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED}:
                    break
                elif kind is aiohttp.WSMsgType.ERROR:
                    why = f"the connection broke ({type(frame.data).__name__})"
                    break
        except asyncio.CancelledError:
            if not self._is_silent:
                raise
            why = f"nothing was heard for {self._silence_s:g} s"
        except (aiohttp.ClientError, msgspec.DecodeError, ConnectionError) as error:
            why = f"the connection broke ({type(error).__name__})"
        finally:
            if self._watch is not None:
                self._watch.cancel()
            why = self._ended_for or why
            self._over(why)
        return why

    def _watch_for_silence(self) -> None:
        """Look again when the silence would be too long; end the reading if it is."""
        left_s = self.heard_at + self._silence_s - time.monotonic()
        if left_s > 0:
            self._watch = asyncio.get_running_loop().call_later(left_s, self._watch_for_silence)
        elif self._reader is not None:
            self._is_silent = True
            self._reader.cancel()

    def _handle(self, message: Any) -> None:
        try:
            self._take(message)
        except Exception:  # whatever the message was, the next one may be a fill
            log.exception("a message could not be handled; the connection goes on")


def _tell(socket: StreamSocket, frame: Any) -> None:
    """Let a recording hear of a frame that came."""
    if frame.type is aiohttp.WSMsgType.TEXT:
        tap.tell("in", socket, bytes(frame.data).decode("utf-8", "replace"))
    elif frame.type is aiohttp.WSMsgType.PING:
        tap.tell("ping", socket, bytes(frame.data).decode("ascii", "replace"))
    elif frame.type is aiohttp.WSMsgType.CLOSE:
        tap.tell("close", socket, f"exchange {frame.data}")
    elif frame.type is aiohttp.WSMsgType.CLOSED:
        # No closing frame came, and it was not us: the line was cut, for which RFC 6455 has the code 1006.
        tap.tell("close", socket, "us 1000" if socket.was_left else "exchange 1006")
    elif frame.type is aiohttp.WSMsgType.ERROR:
        tap.tell("close", socket, "exchange 1006")
