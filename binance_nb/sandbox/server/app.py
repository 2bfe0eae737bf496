"""The server: every door of one exchange on one loopback port, and the task that lets time pass."""

import asyncio
import contextlib
import ipaddress
import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Self

from aiohttp import web

from binance_nb.sandbox.clock import ClockMode
from binance_nb.sandbox.server import wire
from binance_nb.sandbox.server.control_endpoint import PREFIX, ControlDoor
from binance_nb.sandbox.server.errors import HTML_404, ApiError
from binance_nb.sandbox.server.futures.streams import FuturesStreamsDoor
from binance_nb.sandbox.server.futures.table import FUTURES_TABLE
from binance_nb.sandbox.server.hall import Hall
from binance_nb.sandbox.server.limits import CONNECT_WEIGHT
from binance_nb.sandbox.server.rest import RestDoor
from binance_nb.sandbox.server.streams import StreamsDoor
from binance_nb.sandbox.server.table import SPOT_TABLE
from binance_nb.sandbox.server.venue import Venue
from binance_nb.sandbox.server.wsapi import WsApiDoor

log = logging.getLogger(__name__)

TICK_S = 0.1
GOODBYE_S = 0.05  # for the last frames to leave
KEEP_ALIVE_S = 75.0
FUTURES_STREAMS = "/fstream"  # futures streams have a prefix here: on the exchange they have a host of their own
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class NotLoopbackError(ValueError):
    """The address is not this machine's own."""


def check_loopback(host: str) -> str:
    """Return the host if it is a loopback address; raises NotLoopbackError with the reason otherwise."""
    name = "127.0.0.1" if host == "localhost" else host
    try:
        loopback = ipaddress.ip_address(name).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise NotLoopbackError(
            f"The sandbox does not listen on {host}: it has no encryption and its control endpoint needs no key, so "
            "anyone who can reach it could trade on it and steer it. Use 127.0.0.1, ::1 or localhost."
        )
    return name


class SandboxServer:
    """One exchange listening on one port; use it as an async context manager or with start and stop."""

    def __init__(self, venue: Venue, host: str = "127.0.0.1", port: int = 0) -> None:
        """Prepare the server; port 0 takes a free one. Raises NotLoopbackError for an address others could reach."""
        self.venue = venue
        self.host = check_loopback(host)
        self.port = port
        self._runner: web.AppRunner | None = None
        self._ticker: asyncio.Task[None] | None = None

    async def start(self) -> Self:
        """Begin to listen; raises OSError when the port is taken."""
        runner = web.AppRunner(
            self._application(), access_log=None, keepalive_timeout=KEEP_ALIVE_S, shutdown_timeout=0.5
        )
        await runner.setup()
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self.host, self.port))
            await web.SockSite(runner, listener, backlog=512).start()
        except OSError:
            listener.close()
            await runner.cleanup()
            raise
        self.port = listener.getsockname()[1]
        self._runner = runner
        if self.venue.clock.mode is ClockMode.REAL:
            self._ticker = asyncio.create_task(self._tick())
        return self

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        if self._ticker is not None:
            self._ticker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._ticker
            self._ticker = None
        if self._runner is not None:
            if self.venue.connections:
                self.venue.say_goodbye()
                await asyncio.sleep(GOODBYE_S)
                self.venue.drop_sockets()
            await self._runner.cleanup()
            self._runner = None
            self.venue.close()

    async def __aenter__(self) -> Self:
        """Start."""
        return await self.start()

    async def __aexit__(self, *_exc: object) -> None:
        """Stop."""
        await self.stop()

    @property
    def rest_url(self) -> str:
        """Where REST is."""
        return f"http://{self._address}"

    @property
    def stream_url(self) -> str:
        """Where the market streams are."""
        return f"ws://{self._address}"

    @property
    def ws_api_url(self) -> str:
        """Where the WebSocket API is."""
        return f"{self.stream_url}/ws-api/v3"

    @property
    def futures_rest_url(self) -> str:
        """Where the REST of futures is."""
        return self.rest_url

    @property
    def futures_stream_url(self) -> str:
        """Where the streams of futures are: below it /public, /market, /private, and the unrouted /ws and /stream."""
        return f"{self.stream_url}{FUTURES_STREAMS}"

    @property
    def futures_ws_api_url(self) -> str:
        """Where the WebSocket API of futures is."""
        return f"{self.stream_url}/ws-fapi/v1"

    @property
    def _address(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def _application(self) -> web.Application:
        venue, futures = self.venue, self.venue.futures
        control = ControlDoor(venue)
        rest, ws_api, streams = (
            RestDoor(venue, venue, SPOT_TABLE),
            WsApiDoor(venue, venue, SPOT_TABLE),
            StreamsDoor(venue),
        )
        app = web.Application(client_max_size=1 << 20)
        app.router.add_route("*", "/api/{path:.*}", rest.handle)
        app.router.add_route("*", PREFIX + "{command}", control.handle)
        app.router.add_get("/ws-api/v3", self._guarded(ws_api.handle, venue, CONNECT_WEIGHT))
        for path in ("/ws", "/ws/{streams:.*}"):
            app.router.add_get(path, self._guarded(streams.raw, venue))
        for path in ("/stream", "/stream/"):
            app.router.add_get(path, self._guarded(streams.combined, venue))
        futures_rest = RestDoor(venue, futures, FUTURES_TABLE)
        futures_ws_api = WsApiDoor(venue, futures, FUTURES_TABLE)
        app.router.add_route("*", "/fapi/{path:.*}", futures_rest.handle)
        app.router.add_get("/ws-fapi/v1", self._guarded(futures_ws_api.handle, futures, CONNECT_WEIGHT))
        for route in ("", "/public", "/market", "/private"):
            door = FuturesStreamsDoor(venue, route.removeprefix("/"))
            base = FUTURES_STREAMS + route
            for path in ("/ws", "/ws/{streams:.*}"):
                app.router.add_get(base + path, self._guarded(door.raw, futures))
            for path in ("/stream", "/stream/"):
                app.router.add_get(base + path, self._guarded(door.combined, futures))
        app.router.add_route("*", "/{path:.*}", _not_found)
        return app

    def _guarded(self, handler: Handler, hall: Hall, weight: int = 0) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                if self.venue.faults.maintenance:
                    raise ApiError(-1016, "This service is no longer available.", 503)
                hall.wake(self.venue.clock.now_us())
                hall.limits.connect(request.remote or "", self.venue.clock.now_us(), weight)
                return await handler(request)
            except ApiError as refusal:
                return web.Response(
                    status=refusal.status, body=wire.encode(refusal.body()), content_type="application/json"
                )

        return handle

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            try:
                self.venue.tick()
            except Exception:
                # Without this the market would stop in silence.
                log.exception("the market's step failed")


async def _not_found(_request: web.Request) -> web.Response:
    return web.Response(status=404, text=HTML_404, content_type="text/html")
