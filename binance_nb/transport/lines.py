"""Connections for requests that change something, kept open and written once: half of what a full HTTP client spends.

An order must go out at most once, and who sent it must know whether it did. A full client decides for itself when to
write a request again (aiohttp does so with a DELETE or a PUT whose connection dropped); here each is written once,
whatever becomes of it. httptools reads the answers. What an order never needs is not here: redirects, cookies,
compression, proxies. Failures after the request has left are aiohttp's, as those of reads are.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import aiohttp
import httptools
from multidict import CIMultiDict
from yarl import URL

MAX_ANSWER = 16 * 1024 * 1024
"""Bytes; no answer to a request that changes something comes near it."""

NEXT_ADDRESS_AFTER_S = 0.25
"""Where a host has several addresses and the first does not answer (RFC 8305, "Connection Attempts")."""


class Answer(NamedTuple):
    """One answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    """Names are found in any case of letters."""
    content: bytes


class CannotConnectError(Exception):
    """No connection was made, so nothing was sent; its text says why."""


class Request:
    """A request before it goes out.

    Its bytes are put together where they are written, so that no traceback shows the key as a variable.
    """

    __slots__ = ("_body", "_headers", "_method", "_url")

    def __init__(self, method: str, url: URL, headers: dict[str, str], body: bytes | None) -> None:
        """Keep the parts; `headers` besides those that every request on the line has."""
        self._method = method
        self._url = url
        self._headers = headers
        self._body = body

    def as_bytes(self, standing: str) -> bytes:
        """Return the request as it goes out, with the `standing` fields of its line."""
        body = self._body or b""
        return (
            f"{self._method} {self._url.raw_path_qs} HTTP/1.1\r\n{standing}{_fields(self._headers)}"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode("latin-1") + body


def _fields(headers: Mapping[str, str]) -> str:
    # No line can end within a field: the one that is not ours is the API key, and `Credentials` looks at that.
    return "".join([f"{name}: {value}\r\n" for name, value in headers.items()])


class Line(asyncio.Protocol):
    """One connection, with one request under way at a time."""

    def __init__(self, standing: str) -> None:
        """Wait for the connection; `standing` is what each request's head has."""
        self._standing = standing
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._received = 0
        self._has_head = False
        self.is_usable = True
        """Whether another request may be sent: the last answer was whole, and nobody has closed."""
        self.idle_since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are no subclasses

    def write(self, request: Request, loop: asyncio.AbstractEventLoop) -> asyncio.Future[Answer]:
        """Send a request; return what its answer will be known by."""
        assert self._transport is not None
        self._received = 0
        answer = self._answer = loop.create_future()
        self._transport.write(request.as_bytes(self._standing))
        return answer

    def data_received(self, data: bytes) -> None:
        """Take a piece of the answer."""
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(aiohttp.ClientPayloadError("the answer is not HTTP"))
            return
        if self._received > MAX_ANSWER:
            self._fail(aiohttp.ClientPayloadError("the answer has no end"))

    def eof_received(self) -> bool:
        """Let the connection close. A refusal without a length ends here; anything else might have been cut off."""
        self.is_usable = False
        is_refusal = self._has_head and self._parser.get_status_code() >= 400
        if is_refusal and "Content-Length" not in self._headers and "Transfer-Encoding" not in self._headers:
            self.on_message_complete()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what waits for an answer."""
        if self._has_head:
            self._fail(aiohttp.ClientPayloadError("the answer was cut off"))
        elif isinstance(exc, OSError):
            self._fail(aiohttp.ClientOSError(exc.errno, exc.strerror))
        else:
            self._fail(aiohttp.ServerDisconnectedError())

    def on_message_begin(self) -> None:
        """Begin with an answer; httptools calls this and the next four."""
        if self._answer is None:  # nobody asked: whatever this belongs to, it is not the next answer
            self.close()
        self._headers: CIMultiDict[str] = CIMultiDict()
        self._parts: list[bytes] = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field of the head."""
        self._headers.add(name.decode("latin-1"), value.decode("latin-1"))

    def on_headers_complete(self) -> None:
        """Know that what follows is the body."""
        self._has_head = True

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._parts.append(body)

    def on_message_complete(self) -> None:
        """Hand the answer to who waits for it."""
        self._has_head = False
        status = self._parser.get_status_code()
        waiting = self._answer
        if status < 200 or waiting is None:  # "100 Continue" and the like come before the answer
            return
        self._answer = None
        if not self._parser.should_keep_alive():
            self.is_usable = False
        if not waiting.done():
            parts = self._parts
            waiting.set_result(Answer(status, self._headers, parts[0] if len(parts) == 1 else b"".join(parts)))

    def give_up(self) -> None:
        """Wait no longer for the answer."""
        self._fail(TimeoutError())

    def is_open(self) -> bool:
        """Whether another request may be written; asyncio knows of a reset a turn before it tells."""
        return self.is_usable and self._transport is not None and not self._transport.is_closing()

    def close(self) -> None:
        """Close at once: what is under way has no answer any more."""
        self.is_usable = False
        if self._transport is not None:
            self._transport.abort()

    def _fail(self, error: Exception) -> None:
        waiting, self._answer = self._answer, None
        self.close()
        if waiting is not None and not waiting.done():
            waiting.set_exception(error)


class Lines:
    """The connections to one host: as many as are needed at a time, kept open for the next request."""

    def __init__(self, base_url: str, headers: Mapping[str, str], *, most: int, keep_s: float) -> None:
        """Keep the address, and the `headers` of every request.

        At most `most` connections stand at a time; one that was idle for `keep_s` seconds is not used again.
        """
        self._url = URL(base_url)
        host = self._url.host_port_subcomponent or ""
        self._standing = _fields({"Host": host, "Accept-Encoding": "identity", **headers})
        self._idle: deque[Line] = deque()
        self._busy: set[Line] = set()
        self._most = most
        self._room = asyncio.Semaphore(most)
        self._keep_s = keep_s
        self._is_closed = False

    async def send(self, request: Request, timeout_s: float) -> Answer:
        """Write a request once and return its answer.

        Raises CannotConnectError if nothing was sent, TimeoutError if no answer came in time, or an
        aiohttp.ClientError if the line broke.
        """
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + timeout_s
        if self._room.locked():
            await self._wait_for_room(ends_at, timeout_s)
        else:
            await self._room.acquire()
        try:
            line = self._take(loop.time()) or await self._connect(loop, ends_at, timeout_s)
            if self._is_closed:  # closed while this waited for room or a connection: nothing goes out any more
                line.close()
                raise CannotConnectError("the client was closed meanwhile")
            self._busy.add(line)
            too_late = loop.call_at(ends_at, line.give_up)
            try:
                answer = await line.write(request, loop)
            except BaseException:
                line.close()  # the answer may still come, and must not be taken for that of the next request
                raise
            finally:
                too_late.cancel()
                self._busy.discard(line)
            if line.is_usable:
                line.idle_since = loop.time()
                self._idle.append(line)
            else:
                line.close()
            return answer
        finally:
            self._room.release()

    def close(self) -> None:
        """Close all connections; what has not been written yet never is."""
        self._is_closed = True
        for line in (*self._idle, *self._busy):
            line.close()
        self._idle.clear()

    def _take(self, now: float) -> Line | None:
        """Return the connection that was used last, without those that were closed or idle for too long."""
        while self._idle:
            line = self._idle.pop()
            if line.is_open() and now - line.idle_since < self._keep_s:
                return line
            line.close()
        return None

    async def _wait_for_room(self, ends_at: float, timeout_s: float) -> None:
        try:
            async with asyncio.timeout_at(ends_at):
                await self._room.acquire()
        except TimeoutError:
            raise CannotConnectError(f"all {self._most} connections were busy for {timeout_s:g} s") from None

    async def _connect(self, loop: asyncio.AbstractEventLoop, ends_at: float, timeout_s: float) -> Line:
        tls = _tls() if self._url.scheme == "https" else None
        host, port = self._url.host, self._url.port
        assert host is not None
        assert port is not None
        # uvloop tries one address after the other and does not take the word for anything else.
        own = isinstance(loop, asyncio.BaseEventLoop)
        trying: dict[str, Any] = {"happy_eyeballs_delay": NEXT_ADDRESS_AFTER_S} if own else {}
        try:
            async with asyncio.timeout_at(ends_at):
                line: Line
                _, line = await loop.create_connection(lambda: Line(self._standing), host, port, ssl=tls, **trying)
        except TimeoutError:
            raise CannotConnectError(f"no connection within {timeout_s:g} s") from None
        except OSError as error:
            raise CannotConnectError(error.strerror or str(error) or type(error).__name__) from None
        return line


@functools.cache
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
