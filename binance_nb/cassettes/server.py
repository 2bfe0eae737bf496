"""Replay: an exchange on this machine that answers from a recording, REST and streams together."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import math
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from binance_nb.cassettes import head
from binance_nb.cassettes.calls import Call, frame_call, rest_call, socket_path
from binance_nb.cassettes.rest import read_cassette
from binance_nb.cassettes.script import Answers, Part, Script
from binance_nb.cassettes.tape import Entry, read_tape
from binance_nb.errors import CassetteError
from binance_nb.transport.thread import NetworkThread

HOST = "127.0.0.1"
LEAD_IN_S = 0.5
"""How long after the subscription a film begins, in real time: a client that has just come looks around first."""

PASSED_ON = frozenset({"content-type", "retry-after"})
PASSED_ON_PREFIX = "x-mbx-"


class Replay:
    """A recording that is played to whoever connects; open it before use, or give it to a client as its `cassette`.

    `speed` is how many times faster than recorded the stream plays; the pauses keep their proportions, and
    `float("inf")` leaves them out. With `step=True` a frame of the exchange comes only when `step()` asks for it. With
    `follow=True` what the exchange told after an order comes after that order is placed again; otherwise the stream
    plays as a film, from the moment that somebody subscribes. `name` is that of a recording ("demo_sandbox") in
    `folder`, by default the working folder's `cassettes` or those that come with this package, or a file.

    Raises CassetteError where there is no such recording, or where it cannot be read or trusted.
    """

    def __init__(
        self,
        name: str | Path,
        *,
        speed: float = 1.0,
        step: bool = False,
        follow: bool = True,
        folder: Path | str | None = None,
        port: int = 0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read the recording; nothing is opened yet."""
        if not speed > 0:
            raise CassetteError(f"speed must be greater than zero (1 is as recorded), not {speed:g}")
        files = head.find(name, folder)
        self.name = str(Path(name).stem if Path(name).suffix in head.SUFFIXES.values() else name)
        interactions: list[dict[str, Any]] = []
        entries: list[Entry] = []
        origins = []
        if head.REST in files:
            cassette = read_cassette(files[head.REST])
            interactions = cassette["interactions"]
            origins.append(cassette["origin"])
        if head.STREAMS in files:
            origin, entries = read_tape(files[head.STREAMS])
            origins.append(origin)
        if len({each["recorded_at"] for each in origins}) > 1:
            raise CassetteError(f"the cassette and the tape called {self.name} are not of one recording; record again")
        self.origin: dict[str, Any] = dict(origins[0])
        self.frames_played = 0
        self.strangers: list[str] = []
        """What was asked that the recording does not hold."""
        self._speed = speed
        self._follow = follow
        self._permits: asyncio.Semaphore | None = asyncio.Semaphore(0) if step else None
        self._sleep = sleep
        self._now = now
        self._port = port
        self._answers = Answers(interactions)
        self._script = Script(entries)
        self._listener: socket.socket | None = None
        self._runner: web.AppRunner | None = None
        self._network: NetworkThread | None = None
        self._serving: concurrent.futures.Future[None] | None = None

    def __repr__(self) -> str:
        """Name the recording and where it came from."""
        return f"<Replay {self.name}: {self.origin['environment']}, recorded {self.origin['recorded_at']}>"

    def open(self) -> Replay:
        """Listen on this machine, on the network thread, and return itself.

        Raises CassetteError if the port is taken.
        """
        if self._listener is None:
            try:
                self._listener = socket.create_server((HOST, self._port))
            except OSError as error:
                raise CassetteError(f"cannot replay at port {self._port} ({error.strerror}); choose another") from None
            self._network = NetworkThread.shared()
            self._serving = self._network.submit(self._serve(self._listener))
        return self

    @property
    def url(self) -> str:
        """The REST address; the WebSocket API and the streams are on the same port."""
        if self._listener is None:
            raise CassetteError("this replay is not open: call open(), or use it in a with-statement")
        return f"http://{HOST}:{self._listener.getsockname()[1]}"

    def step(self, frames: int = 1) -> None:
        """Let so many more frames of the exchange come. Raises CassetteError if the replay was not made for steps."""
        if self._permits is None or self._network is None:
            raise CassetteError("this replay plays by itself: make it with step=True, and open it")
        for _ in range(frames):
            self._network.loop.call_soon_threadsafe(self._permits.release)

    async def aclose(self) -> None:
        """End it, from the network thread."""
        if self._serving is not None:  # what is half open cannot be closed
            await asyncio.wrap_future(self._serving)
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()
        if self._listener is not None:
            self._listener.close()

    def close(self) -> None:
        """End it; a second call does nothing."""
        if self._network is not None and not self._network.is_current:
            self._network.run(self.aclose())

    def __enter__(self) -> Replay:
        """Open it."""
        return self.open()

    def __exit__(self, *exc: object) -> None:
        """Close it."""
        self.close()

    async def _serve(self, listener: socket.socket) -> None:
        app = web.Application(client_max_size=2**20)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._socket(request)
        call = rest_call(request.method, request.path_qs, await request.read())
        answer = self._answers.take(call)
        if answer is None:
            return web.json_response({"msg": self._missing(call)}, status=404)
        self._script.note(call)
        headers = {
            name: value
            for name, value in answer.headers.items()
            if name.lower() in PASSED_ON or name.lower().startswith(PASSED_ON_PREFIX)
        }
        return web.Response(status=answer.status, body=answer.body, headers=headers)

    def _missing(self, call: Call) -> str:
        self.strangers.append(str(call))
        return (
            f"the recording {self.name} holds no (further) answer to {call}; "
            "the code asks for something else than when it was recorded"
        )

    # Streams

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        peer = web.WebSocketResponse(compress=False)
        await peer.prepare(request)
        path = socket_path(request.path)
        player = _Player(self, peer, request)
        part = self._script.take(path, None)
        if part is not None:
            player.play(part)
        try:
            async for frame in peer:
                if frame.type is not aiohttp.WSMsgType.TEXT:
                    continue
                message = msgspec.json.decode(frame.data)
                call = frame_call(message)
                if not player.is_playing:
                    part = self._script.take(path, call)
                    if part is not None:
                        player.play(part)
                if not player.take(call, message):
                    error = {"code": -1, "msg": self._missing(call)}
                    await peer.send_str(_text({"id": message.get("id"), "status": 404, "error": error}))
        finally:
            player.stop()
        return peer

    async def admit(self) -> None:
        """Wait until the next frame may come, where that is asked for step by step."""
        if self._permits is not None:
            await self._permits.acquire()

    async def pause(self, ms: float) -> None:
        """Sleep as long as the tape says, at this replay's speed."""
        if ms > 0 and not math.isinf(self._speed):
            await self._sleep(ms / 1000 / self._speed)

    async def reached(self, calls: int) -> None:
        """Wait until the calls were made that came before, where the replay follows them."""
        if self._follow:
            await self._script.wait_for_calls(calls)

    async def lead_in(self) -> None:
        """Let whoever subscribed find its place before a film begins."""
        if not self._follow:
            await self._sleep(LEAD_IN_S)

    def now_ms(self) -> float:
        """The time of this replay's clock in milliseconds."""
        return self._now() * 1000

    @property
    def speed(self) -> float:
        """How many times faster than recorded it plays."""
        return self._speed


class _Player:
    """Plays the life of one recorded socket to one that is connected now."""

    def __init__(self, replay: Replay, peer: web.WebSocketResponse, request: web.Request) -> None:
        self._replay = replay
        self._peer = peer
        self._request = request
        self._task: asyncio.Task[None] | None = None
        self._expected: list[tuple[Call, Any, asyncio.Event]] = []
        self._by_place: dict[int, asyncio.Event] = {}
        self._ids: dict[Any, Any] = {}

    @property
    def is_playing(self) -> bool:
        return self._task is not None

    def play(self, part: Part) -> None:
        for place, entry in enumerate(part.entries):
            if entry.kind == "out" and isinstance(entry.data, Mapping):
                asked = self._by_place[place] = asyncio.Event()
                self._expected.append((frame_call(entry.data), entry.data.get("id"), asked))
        self._task = asyncio.create_task(self._run(part))

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def take(self, call: Call, message: Mapping[str, Any]) -> bool:
        """Take a request of the client's; return whether the recording holds it."""
        for place, (known, recorded_id, asked) in enumerate(self._expected):
            if known == call:
                del self._expected[place]
                self._ids[recorded_id] = message.get("id")
                asked.set()
                return True
        return False

    async def _run(self, part: Part) -> None:
        replay = self._replay
        # Pauses count from here, and from every moment that had to be waited for: they stay true in between.
        since_ms, since_t = replay.now_ms(), part.entries[0].t if part.entries else 0
        has_begun = False
        with contextlib.suppress(ConnectionError):
            for place, entry in enumerate(part.entries):
                before = replay.now_ms()
                await replay.reached(part.marks[place])
                if entry.kind == "out":
                    asked = self._by_place.get(place)
                    if asked is not None:
                        await asked.wait()
                    since_ms, since_t = replay.now_ms(), entry.t
                    continue
                if not has_begun and entry.kind == "in" and not _is_answer(entry):
                    has_begun = True
                    await replay.lead_in()
                waited = replay.now_ms() - before
                since_ms += waited
                await replay.pause((entry.t - since_t) - (replay.now_ms() - since_ms) * replay.speed)
                await replay.admit()
                if not await self._send(entry):
                    return

    async def _send(self, entry: Entry) -> bool:
        """Do what the exchange did; return whether the socket is still open."""
        self._replay.frames_played += 1
        if entry.kind == "in":
            await self._peer.send_str(entry.data if isinstance(entry.data, str) else _text(self._with_id(entry.data)))
        elif entry.kind == "ping":
            await self._peer.ping(str(entry.data).encode())
        elif entry.kind == "close":
            who, _, code = str(entry.data).partition(" ")
            if who == "us":  # the client closes, as it did
                return False
            if code == "1006" and self._request.transport is not None:
                self._request.transport.abort()
            else:
                await self._peer.close(code=int(code) if code.isdecimal() else 1000)
            return False
        return True

    def _with_id(self, data: Any) -> Any:
        if isinstance(data, dict) and data.get("id") in self._ids:
            return {**data, "id": self._ids[data["id"]]}
        return data


def _is_answer(entry: Entry) -> bool:
    return isinstance(entry.data, dict) and entry.data.get("id") is not None


def _text(message: Any) -> str:
    return msgspec.json.encode(message).decode()
