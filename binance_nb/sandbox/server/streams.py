"""The market streams' door: /ws/<stream>, /stream?streams=a/b, live subscriptions (web-socket-streams.md)."""

import asyncio
from collections import deque
from typing import Any
from urllib.parse import unquote

import msgspec
from aiohttp import WSCloseCode, web

from binance_nb.sandbox.server import wire
from binance_nb.sandbox.server.hall import Hall
from binance_nb.sandbox.server.render_events import server_shutdown
from binance_nb.sandbox.server.sockets import Connection
from binance_nb.sandbox.server.venue import Venue
from binance_nb.sandbox.server.wire import EncodeTime

MAX_STREAMS = 1_024
MAX_ID_LENGTH = 36
METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")


class StreamError(Exception):
    """A refusal in the streams' own numbering (web-socket-streams.md, Error Messages)."""

    def __init__(self, code: int, message: str) -> None:
        """Keep code and text."""
        super().__init__(message)
        self.code = code
        self.message = message


class ListenKeyFeed:
    """An account's events on a stream connection that was opened with a listen key."""

    def __init__(self, connection: "StreamConnection", name: str, account_id: int) -> None:
        """Prepare the feed of a listen key; it hears nothing before it is subscribed."""
        self._connection = connection
        self._name = name
        self.account_id = account_id

    def deliver(self, event: Any) -> None:
        """Send an event."""
        payload = self._connection.hall.account_event(event, self._connection.t)
        if self._connection.wants(payload["e"]):
            self._connection.push(self._name, wire.encode(payload))

    def expire(self, now_us: int) -> None:
        """Say that the listen key is over, and hear no more."""
        payload = {"e": "listenKeyExpired", "E": self._connection.t(now_us), "listenKey": self._name}
        self._connection.push(self._name, wire.encode(payload))
        self._connection.hall.users.unsubscribe(self.account_id, self)


class StreamConnection(Connection):
    """One market stream connection."""

    def __init__(
        self, venue: Venue, hall: Hall, request: web.Request, t: EncodeTime, streams: list[str], *, combined: bool
    ) -> None:
        """Prepare the connection of a handshake with its first streams."""
        super().__init__(venue, hall, request, t)
        self._first = streams
        self._combined = combined
        self._streams: dict[str, ListenKeyFeed | None] = {}
        self._arrivals: deque[float] = deque()

    async def on_open(self) -> None:
        """Subscribe what the address names."""
        for stream in self._first:
            self._subscribe(stream)

    def on_frame(self) -> None:
        """Cut off a client that sends too many messages a second, pings and pongs included."""
        now = asyncio.get_running_loop().time()
        while self._arrivals and now - self._arrivals[0] >= 1:
            self._arrivals.popleft()
        self._arrivals.append(now)
        if len(self._arrivals) > self.hall.manners.messages_per_s and self.hall.limits.settings.enabled:
            self.close_soon(WSCloseCode.POLICY_VIOLATION)

    async def on_text(self, text: str) -> None:
        """Answer one control message."""
        request_id: Any = None
        try:
            message = _read(text)
            request_id = _read_id(message)
            self.send(wire.encode({"result": self._control(message), "id": request_id}))
        except StreamError as refusal:
            answer: dict[str, Any] = {"error": {"code": refusal.code, "msg": refusal.message}}
            if request_id is not None:
                answer["id"] = request_id
            self.send(wire.encode(answer))

    def on_close(self) -> None:
        """End every subscription."""
        for stream in list(self._streams):
            self._unsubscribe(stream)

    def carries(self, stream: str, *, is_account: bool) -> bool:
        """Return whether this address of the hall carries a stream."""
        return True

    def wants(self, event: str) -> bool:
        """Return whether the client asked for account events of this type."""
        return True

    def push(self, stream: str, payload: bytes) -> None:
        """Send a payload raw or wrapped, as the connection wishes."""
        if self._combined:
            payload = b'{"stream":' + wire.encode(stream) + b',"data":' + payload + b"}"
        self.send(payload)

    def shutdown_message(self) -> bytes:
        """Return the serverShutdown, raw or combined."""
        event = server_shutdown(self.t(self.venue.clock.face_us()))
        return wire.encode({"stream": "!serverShutdown", "data": event} if self._combined else event)

    def _control(self, message: dict[str, Any]) -> Any:
        method = message["method"]
        given = message.get("params", [])
        if not isinstance(given, list):
            raise StreamError(2, "Invalid request: params must be an array")
        if method == "LIST_SUBSCRIPTIONS":
            return list(self._streams)
        if method in {"SET_PROPERTY", "GET_PROPERTY"}:
            return self._property(method, given)
        if not all(isinstance(each, str) for each in given):
            raise StreamError(2, "Invalid request: stream names must be strings")
        if method == "SUBSCRIBE" and len({*self._streams, *given}) > MAX_STREAMS:
            raise StreamError(2, "Invalid request: too many parameters")
        for stream in given:
            if method == "SUBSCRIBE":
                self._subscribe(stream)
            else:
                self._unsubscribe(stream)
        return None

    def _property(self, method: str, given: list[Any]) -> bool | None:
        if not given or not isinstance(given[0], str):
            raise StreamError(2, "Invalid request: property name must be a string")
        if given[0] != "combined":
            raise StreamError(0, "Unknown property")
        if method == "GET_PROPERTY":
            return self._combined
        if len(given) < 2 or not isinstance(given[1], bool):
            raise StreamError(1, "Invalid value type: expected Boolean")
        self._combined = given[1]
        return None

    def _subscribe(self, stream: str) -> None:
        if stream in self._streams:
            return
        feed = self._listen_key_feed(stream)
        self._streams[stream] = feed
        if not self.carries(stream, is_account=feed is not None):
            return  # it is listed and stays silent
        if feed is None:
            self.hall.streams.subscribe(stream, self)
        else:
            self.hall.users.subscribe(feed.account_id, feed, stream)

    def _unsubscribe(self, stream: str) -> None:
        if stream not in self._streams:
            return
        feed = self._streams.pop(stream)
        if feed is None:
            self.hall.streams.unsubscribe(stream, self)
        else:
            self.hall.users.unsubscribe(feed.account_id, feed)

    def _listen_key_feed(self, name: str) -> ListenKeyFeed | None:
        account = self.hall.listen_keys.account_of(name, self.venue.clock.now_us())
        return None if account is None else ListenKeyFeed(self, name, self.hall.account_id(account))


def _read(text: str) -> dict[str, Any]:
    try:
        message = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        raise StreamError(3, "Invalid JSON: expected value at line 1 column 1") from None
    if not isinstance(message, dict):
        raise StreamError(3, "Invalid JSON: expected value at line 1 column 1")
    end = len(text)
    if "method" not in message:
        raise StreamError(2, f"Invalid request: missing field `method` at line 1 column {end}")
    if message["method"] not in METHODS:
        expected = ", ".join(f"`{each}`" for each in METHODS)
        raise StreamError(
            2,
            f"Invalid request: unknown variant `{message['method']}`, "
            f"expected one of {expected} at line 1 column {end}",
        )
    if set(message) - {"method", "params", "id"}:
        raise StreamError(2, "Invalid request: too many parameters")
    return message


def _read_id(message: dict[str, Any]) -> int | str | None:
    value = message.get("id", False)
    good_text = isinstance(value, str) and len(value) <= MAX_ID_LENGTH
    if value is None or good_text or (isinstance(value, int) and not isinstance(value, bool)):
        return value  # type: ignore[no-any-return]
    raise StreamError(2, "Invalid request: request ID must be an unsigned integer")


class StreamsDoor:
    """Opens connections at /ws and /stream."""

    def __init__(self, venue: Venue) -> None:
        """Open the door of a venue."""
        self.venue = venue

    async def raw(self, request: web.Request) -> web.StreamResponse:
        """Serve /ws and /ws/<stream>[/<stream>...]."""
        names = [each for each in unquote(request.match_info.get("streams", "")).split("/") if each]
        return await self.serve(request, names, combined=False)

    async def combined(self, request: web.Request) -> web.StreamResponse:
        """Serve /stream?streams=<stream>/<stream>."""
        names = [each for each in request.query.get("streams", "").split("/") if each]
        return await self.serve(request, names, combined=True)

    async def serve(self, request: web.Request, names: list[str], *, combined: bool) -> web.StreamResponse:
        """Serve one connection with its first streams."""
        t = wire.time_encoder(request.query.get("timeUnit"))
        return await StreamConnection(self.venue, self.venue, request, t, names, combined=combined).serve()
