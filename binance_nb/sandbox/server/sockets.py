"""One WebSocket connection: an ordered queue of what goes out, pings and pongs, an end that may be sudden."""

import asyncio
import contextlib
from collections import OrderedDict

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from binance_nb.sandbox.server import wire
from binance_nb.sandbox.server.hall import Hall
from binance_nb.sandbox.server.render_events import server_shutdown
from binance_nb.sandbox.server.venue import Venue
from binance_nb.sandbox.server.wire import EncodeTime

ABNORMAL = 1006
MAX_QUEUE = 200_000
MAX_MESSAGE_BYTES = 1 << 20


class Connection:
    """The server's end of a WebSocket; subclasses say what a text means."""

    def __init__(self, venue: Venue, hall: Hall, request: web.Request, t: EncodeTime) -> None:
        """Prepare the connection of a handshake."""
        self.venue = venue
        self.hall = hall
        self.t = t
        self.address = request.remote or ""
        self.opened_us = venue.clock.now_us()
        self._request = request
        self._ws = web.WebSocketResponse(autoping=False, compress=False, max_msg_size=MAX_MESSAGE_BYTES)
        self._queue: asyncio.Queue[bytes | int] = asyncio.Queue(MAX_QUEUE)
        self._frozen = False
        self._pings: OrderedDict[bytes, float] = OrderedDict()
        self._ping_number = 0

    async def serve(self) -> web.WebSocketResponse:
        """Run the connection until either side ends it."""
        await self._ws.prepare(self._request)
        self.venue.connections.add(self)
        tasks = [asyncio.create_task(self._write()), asyncio.create_task(self._ping())]
        try:
            await self.on_open()
            while not self._ws.closed:
                message = await self._ws.receive()
                if message.type in {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}:
                    break
                if not self._frozen:
                    await self._on_message(message)
        finally:
            self.venue.connections.discard(self)
            self.on_close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return self._ws

    # -- what subclasses fill in ---------------------------------------------------------------------------------

    async def on_open(self) -> None:
        """Act when the connection stands."""

    async def on_text(self, text: str) -> None:
        """Act on a text frame."""

    def on_frame(self) -> None:
        """Count any incoming frame."""

    def on_close(self) -> None:
        """Clean up."""

    def shutdown_message(self) -> bytes:
        """Return the serverShutdown as this door sends it."""
        return wire.encode({"event": server_shutdown(self.t(self.venue.clock.face_us()))})

    # -- what others may do --------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """Queue a text frame; a reader that is too far behind is cut off."""
        if self._frozen:
            return
        try:
            self._queue.put_nowait(data)
        except asyncio.QueueFull:
            self.close_soon()

    def close_soon(self, code: int = ABNORMAL) -> None:
        """Close after what is queued, or break off at once with 1006."""
        if code == ABNORMAL:
            if self._request.transport is not None:
                self._request.transport.abort()
            return
        with contextlib.suppress(asyncio.QueueFull):
            self._queue.put_nowait(code)

    def freeze(self) -> None:
        """Stop reading and writing but leave the connection open."""
        self._frozen = True
        if self._request.transport is not None:
            with contextlib.suppress(NotImplementedError, RuntimeError):
                self._request.transport.pause_reading()

    def announce_shutdown(self) -> None:
        """Send serverShutdown, where the hall does such a thing."""
        if self.hall.manners.says_goodbye:
            self.send(self.shutdown_message())

    # -- the connection's own work -------------------------------------------------------------------------------

    async def _on_message(self, message: WSMessage) -> None:
        self.on_frame()
        if message.type is WSMsgType.TEXT:
            await self.on_text(message.data)
        elif message.type is WSMsgType.PING:
            await self._ws.pong(message.data)
        elif message.type is WSMsgType.PONG:
            self._pong(bytes(message.data))
        else:
            self.close_soon(WSCloseCode.UNSUPPORTED_DATA)

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError):
            while True:
                item = await self._queue.get()
                if isinstance(item, int):
                    await self._ws.close(code=item)
                    return
                if not self._frozen:
                    await self._ws.send_frame(item, WSMsgType.TEXT)

    async def _ping(self) -> None:
        settings = self.hall.manners
        loop = asyncio.get_running_loop()
        next_ping = loop.time() + settings.ping_interval_s
        pause = min(settings.ping_interval_s, settings.pong_timeout_s) / 4
        with contextlib.suppress(ConnectionError, RuntimeError):
            while True:
                await asyncio.sleep(pause)
                if self._frozen:
                    return
                now = loop.time()
                oldest = next(iter(self._pings.values()), None)
                if oldest is not None and now - oldest > settings.pong_timeout_s:
                    self.close_soon(WSCloseCode.POLICY_VIOLATION)
                    await asyncio.sleep(pause)
                    self.close_soon()
                    return
                if now >= next_ping:
                    next_ping = now + settings.ping_interval_s
                    self._ping_number += 1
                    payload = str(self._ping_number).encode()
                    self._pings[payload] = now
                    await self._ws.ping(payload)

    def _pong(self, payload: bytes) -> None:
        # Only a pong that copies a ping's payload counts; it answers every ping up to that one.
        if payload not in self._pings:
            return
        while self._pings:
            first, _ = self._pings.popitem(last=False)
            if first == payload:
                return
