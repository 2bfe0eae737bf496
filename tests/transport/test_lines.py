"""Lines: each request is written once, and its answer is its own, however it is cut, framed, late or broken."""

import asyncio
import contextlib
import socket
import ssl
from dataclasses import dataclass, field

import aiohttp
import pytest
from certificates import self_signed, trusting
from hypothesis import given, settings
from hypothesis import strategies as st
from yarl import URL

from binance_nb.transport import lines as lines_module
from binance_nb.transport.lines import CannotConnectError, Lines, Request

HEADERS = {"User-Agent": "test"}
OK = b'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{"a":1}'


def numbered(number):
    """An answer that tells one from another."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(str(number)), str(number).encode())


@dataclass
class Wire:
    """A server that plays bytes: for each request of any connection the next script, which gets its writer."""

    scripts: list = field(default_factory=list)
    requests: list = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    connections: int = 0
    port: int = 0
    writers: list = field(default_factory=list)

    async def take(self, reader, writer):
        self.connections += 1
        self.writers.append(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = int(head.lower().partition("content-length:")[2].partition("\r\n")[0])
                body = await reader.readexactly(length)
                self.requests.append((head, body))
                self.heard.set()
                script = self.scripts.pop(0) if self.scripts else OK
                if isinstance(script, bytes):
                    writer.write(script)
                else:
                    await script(writer)
        writer.close()


@contextlib.asynccontextmanager
async def wire_of(*scripts, **site):
    wire = Wire(list(scripts))
    server = await asyncio.start_server(wire.take, "127.0.0.1", 0, **site)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()
        for writer in wire.writers:
            writer.transport.abort()


@contextlib.contextmanager
def lines_to(wire, scheme="http", **settings_):
    opened = Lines(f"{scheme}://127.0.0.1:{wire.port}", HEADERS, **{"most": 4, "keep_s": 55.0, **settings_})
    try:
        yield opened
    finally:
        opened.close()


def request_to(wire, method="POST", target="/api/v3/order", body=b"symbol=BTCUSDT", scheme="http"):
    return Request(
        method, URL(f"{scheme}://127.0.0.1:{wire.port}{target}", encoded=True), {"X-MBX-APIKEY": "key"}, body
    )


async def sent(wire, lines, timeout_s=5.0, **request):
    return await lines.send(request_to(wire, **request), timeout_s)


async def settle():
    """Let what has been closed be seen on both sides."""
    await asyncio.sleep(0.02)


# What goes out


async def test_a_request_goes_out_as_it_was_meant():
    async with wire_of() as wire:
        with lines_to(wire) as lines:
            await sent(wire, lines)
            await sent(wire, lines, method="DELETE", target="/api/v3/order?symbol=A%20B&x=1", body=None)
    (first, body), (second, nothing) = wire.requests
    assert first.split("\r\n") == [
        "POST /api/v3/order HTTP/1.1",
        f"Host: 127.0.0.1:{wire.port}",
        "Accept-Encoding: identity",
        "User-Agent: test",
        "X-MBX-APIKEY: key",
        "Content-Length: 14",
        "",
        "",
    ]
    assert body == b"symbol=BTCUSDT"
    assert second.startswith("DELETE /api/v3/order?symbol=A%20B&x=1 HTTP/1.1\r\n")
    assert nothing == b""


@pytest.mark.parametrize(
    ("url", "host"),
    [("http://[::1]:9400", "[::1]:9400"), ("https://api.example", "api.example"), ("http://a.example:80", "a.example")],
)
def test_the_host_is_named_as_http_wants_it(url, host):
    lines = Lines(url, HEADERS, most=1, keep_s=1)
    assert f"Host: {host}\r\n" in Request("POST", URL(url + "/x"), {}, None).as_bytes(lines._standing).decode()


# What comes back


@pytest.mark.parametrize(
    ("told", "status", "content"),
    [
        (OK, 200, b'{"a":1}'),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b'{"a":1}'),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", 304, b""),
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", 400, b""),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n",
            200,
            b"abcde",
        ),
    ],
)
async def test_an_answer_is_read_to_its_end_and_the_connection_kept(told, status, content):
    async with wire_of(told, numbered(2)) as wire:
        with lines_to(wire) as lines:
            answer = await sent(wire, lines)
            assert (answer.status, answer.content) == (status, content)
            assert (await sent(wire, lines)).content == b"2"
    assert wire.connections == 1


async def test_headers_are_found_in_any_case_of_letters():
    async with wire_of(b"HTTP/1.1 429 Slow\r\nretry-AFTER: 3\r\nContent-Length: 0\r\n\r\n") as wire:
        with lines_to(wire) as lines:
            assert (await sent(wire, lines)).headers["Retry-After"] == "3"


async def test_a_refusal_without_a_length_ends_with_the_connection():
    async def until_closed(writer):
        writer.write(b"HTTP/1.1 403 Forbidden\r\n\r\nabc")
        await settle()
        writer.write(b"def")
        writer.write_eof()

    async with wire_of(until_closed, numbered(2)) as wire:
        with lines_to(wire) as lines:
            assert (await sent(wire, lines)).content == b"abcdef"
            assert (await sent(wire, lines)).content == b"2"
    assert wire.connections == 2


class Deaf(asyncio.Transport):
    """A way out that leads nowhere."""

    def write(self, data):
        """Take it."""

    def abort(self):
        """Close."""


def heard(pieces):
    """Return what a line makes of an answer that comes in these pieces."""

    async def listen():
        line = lines_module.Line("")
        line.connection_made(Deaf())
        told = line.write(Request("POST", URL("http://127.0.0.1/"), {}, None), asyncio.get_running_loop())
        for piece in pieces:
            line.data_received(piece)
        return await told, line.is_usable

    return asyncio.run(listen())


@st.composite
def answers(draw):
    """An answer's status, headers and content, with the bytes that tell of it, cut somewhere."""
    status = draw(st.sampled_from([200, 400, 418, 429, 500, 503]))
    content = draw(st.binary(max_size=60))
    names = st.text("abcdefgXYZ-", min_size=1, max_size=8).map(lambda name: "X-" + name)
    fields = draw(st.dictionaries(names, st.text("abc 123;=/", max_size=9).map(str.strip), max_size=4))
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    if draw(st.booleans()):
        body, at = b"", 0
        while at < len(content):
            size = draw(st.integers(1, len(content) - at))
            body += b"%x\r\n%s\r\n" % (size, content[at : at + size])
            at += size
        told = f"HTTP/1.1 {status} Word\r\n{head}Transfer-Encoding: chunked\r\n\r\n".encode() + body + b"0\r\n\r\n"
    else:
        told = f"HTTP/1.1 {status} Word\r\n{head}Content-Length: {len(content)}\r\n\r\n".encode() + content
    cuts = sorted(draw(st.sets(st.integers(1, len(told) - 1), max_size=6)))
    if draw(st.integers(0, 9)) == 0:
        cuts = list(range(1, len(told)))  # one byte at a time
    return status, fields, content, [told[a:b] for a, b in zip([0, *cuts], [*cuts, len(told)], strict=True)]


@settings(max_examples=60)
@given(answers())
def test_an_answer_is_what_was_meant_however_it_is_framed_and_cut(told):
    status, fields, content, pieces = told
    answer, is_usable = heard(pieces)
    assert (answer.status, answer.content) == (status, content)
    assert all(name.swapcase() in answer.headers for name in fields)
    assert is_usable


# Whose answer it is


@pytest.mark.parametrize(
    "first",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n1",
        b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n1",
        numbered(1) + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstray",
        numbered(1) + b"HTTP/1.1 200",
        numbered(1) + b"rubbish",
    ],
    ids=["close", "1.0", "another behind it", "the start of another", "rubbish behind it"],
)
async def test_after_such_an_answer_the_next_request_has_a_connection_of_its_own(first):
    async with wire_of(first, numbered(2)) as wire:
        with lines_to(wire) as lines:
            with contextlib.suppress(aiohttp.ClientPayloadError):  # what is no HTTP may spoil the answer before it
                assert (await sent(wire, lines)).content == b"1"
            assert (await sent(wire, lines)).content == b"2"
    assert wire.connections == 2
    assert len(wire.requests) == 2


async def test_what_comes_while_nobody_asked_is_nobodys_answer():
    async with wire_of(numbered(1), numbered(2)) as wire:
        with lines_to(wire) as lines:
            await sent(wire, lines)
            wire.writers[0].write(numbered(9))
            await settle()
            assert (await sent(wire, lines)).content == b"2"
    assert wire.connections == 2


@pytest.mark.parametrize("how", ["close", "abort"])
async def test_a_connection_that_was_closed_while_idle_is_not_used(how):
    async with wire_of(numbered(1), numbered(2)) as wire:
        with lines_to(wire) as lines:
            await sent(wire, lines)
            getattr(wire.writers[0].transport, how)()
            await settle()
            assert (await sent(wire, lines)).content == b"2"
    assert (wire.connections, len(wire.requests)) == (2, 2)


async def test_a_connection_that_the_server_has_said_goodbye_on_is_not_used():
    async with wire_of(numbered(1), numbered(2)) as wire:
        with lines_to(wire) as lines:
            await sent(wire, lines)
            (line,) = lines._idle
            line.eof_received()  # and the connection is not lost yet: that is told one turn of the loop later
            assert (await sent(wire, lines)).content == b"2"
    assert wire.connections == 2


async def test_a_connection_that_was_idle_for_too_long_is_not_used():
    async with wire_of(numbered(1), numbered(2)) as wire:
        with lines_to(wire, keep_s=0.0) as lines:
            await sent(wire, lines)
            assert (await sent(wire, lines)).content == b"2"
            await settle()
            assert len(lines._idle) == 1
    assert wire.connections == 2


async def test_many_at_once_have_a_connection_each_up_to_the_most_and_keep_them():
    async def slowly(writer):
        await asyncio.sleep(0.01)
        writer.write(OK)

    async with wire_of(*[slowly] * 20) as wire:
        with lines_to(wire, most=4) as lines:
            for _ in range(2):
                await asyncio.gather(*(sent(wire, lines) for _ in range(10)))
    assert wire.connections == 4
    assert len(wire.requests) == 20


# What breaks


@pytest.mark.parametrize(
    ("told", "error"),
    [
        (b"", aiohttp.ServerDisconnectedError),
        (b"HTTP/1.1 200 OK\r\nContent-Le", aiohttp.ServerDisconnectedError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", aiohttp.ClientPayloadError),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", aiohttp.ClientPayloadError),
        (b"HTTP/1.1 200 OK\r\n\r\n{}", aiohttp.ClientPayloadError),  # without a length nobody knows if it is whole
        (b"HTTP/1.1 400 No\r\nContent-Length: 9\r\n\r\nabc", aiohttp.ClientPayloadError),
        (b"SSH-2.0-OpenSSH\r\n", aiohttp.ClientPayloadError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", aiohttp.ClientPayloadError),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n", aiohttp.ClientPayloadError),
        (b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", aiohttp.ClientPayloadError),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("is_reused", [False, True], ids=["new", "reused"])
async def test_an_answer_that_breaks_is_an_error_and_the_request_was_written_once(told, error, method, is_reused):
    async def broken(writer):
        writer.write(told)
        await writer.drain()
        writer.close()

    async with wire_of(*[numbered(1)] * is_reused, broken, numbered(2)) as wire:
        with lines_to(wire) as lines:
            if is_reused:
                await sent(wire, lines)
            with pytest.raises(error):
                await sent(wire, lines, method=method)
            await settle()
            assert len(wire.requests) == 1 + is_reused
            assert (await sent(wire, lines)).content == b"2"
            assert not lines._busy


async def test_a_reset_connection_says_so():
    async def reset(writer):
        writer.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        writer.transport.abort()

    async with wire_of(reset) as wire:
        with lines_to(wire) as lines, pytest.raises(aiohttp.ClientOSError):
            await sent(wire, lines)
    assert len(wire.requests) == 1


async def test_many_small_answers_are_no_endless_one(monkeypatch):
    monkeypatch.setattr(lines_module, "MAX_ANSWER", 100)
    async with wire_of() as wire:
        with lines_to(wire) as lines:
            for _ in range(5):
                await sent(wire, lines)
    assert wire.connections == 1


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: "])
async def test_an_endless_answer_is_given_up(monkeypatch, head):
    async def endless(writer):
        writer.write(head)
        while not writer.is_closing():
            writer.write(b"a" * 1000)
            await writer.drain()

    monkeypatch.setattr(lines_module, "MAX_ANSWER", 10_000)
    async with wire_of(endless) as wire:
        with lines_to(wire) as lines, pytest.raises(aiohttp.ClientPayloadError):
            await sent(wire, lines)


async def test_an_answer_that_comes_too_late_is_nobodys():
    late = asyncio.Event()

    async def slowly(writer):
        await late.wait()
        writer.write(numbered(1))

    async with wire_of(slowly, numbered(2)) as wire:
        with lines_to(wire, most=1) as lines:
            with pytest.raises(TimeoutError):
                await sent(wire, lines, timeout_s=0.05)
            late.set()
            assert (await sent(wire, lines)).content == b"2"
            await settle()
            assert (await sent(wire, lines)).content == b'{"a":1}'
    assert wire.connections == 2


async def test_the_time_of_one_request_is_not_that_of_the_next():
    async def slowly(writer):
        await asyncio.sleep(0.2)
        writer.write(numbered(2))

    async with wire_of(numbered(1), slowly) as wire:
        with lines_to(wire) as lines:
            await sent(wire, lines, timeout_s=0.1)
            assert (await sent(wire, lines, timeout_s=5.0)).content == b"2"
    assert wire.connections == 1


async def test_who_stops_waiting_leaves_neither_a_connection_nor_an_answer_behind():
    never = asyncio.Event()

    async def hang(writer):
        await never.wait()

    async with wire_of(hang, numbered(2)) as wire:
        with lines_to(wire, most=1) as lines:
            task = asyncio.create_task(sent(wire, lines))
            await wire.heard.wait()
            (line,) = lines._busy
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert line._transport.is_closing()
            assert not lines._busy
            assert (await sent(wire, lines)).content == b"2"


# What never left


async def test_where_nobody_listens_nothing_was_sent():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        wire = Wire(port=closed.getsockname()[1])
        with lines_to(wire) as lines:
            with pytest.raises(CannotConnectError, match="Connect call failed"):
                await sent(wire, lines)
            assert not lines._busy


async def test_a_connection_that_never_comes_about_was_nothing_sent():
    with socket.socket() as full, contextlib.ExitStack() as crowd:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):  # the queue of who waits to be let in is full then
            waiting = crowd.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        wire = Wire(port=full.getsockname()[1])
        with lines_to(wire) as lines, pytest.raises(CannotConnectError, match=r"no connection within 0\.1 s"):
            await sent(wire, lines, timeout_s=0.1)


async def test_a_request_for_which_no_connection_becomes_free_was_not_sent():
    never = asyncio.Event()

    async def hang(writer):
        await never.wait()

    async with wire_of(hang, numbered(2)) as wire:
        with lines_to(wire, most=1) as lines:
            first = asyncio.create_task(sent(wire, lines, timeout_s=0.3))
            await settle()
            with pytest.raises(CannotConnectError, match=r"all 1 connections were busy for 0\.05 s"):
                await sent(wire, lines, timeout_s=0.05)
            with pytest.raises(TimeoutError):
                await first
            assert (await sent(wire, lines)).content == b"2"
    assert len(wire.requests) == 2


async def test_closing_ends_what_is_under_way():
    never = asyncio.Event()

    async def hang(writer):
        await never.wait()

    async with wire_of(hang, numbered(2)) as wire:
        with lines_to(wire) as lines:
            task = asyncio.create_task(sent(wire, lines))
            await wire.heard.wait()
            lines.close()
            with pytest.raises(aiohttp.ClientError):
                await task


async def test_what_waits_for_a_connection_when_all_is_closed_is_not_sent():
    async with wire_of() as wire:
        with lines_to(wire) as lines:
            connecting = asyncio.create_task(sent(wire, lines))
            await asyncio.sleep(0)
            lines.close()
            with pytest.raises(CannotConnectError, match="the client was closed meanwhile"):
                await connecting
            await settle()
            assert not lines._idle
    assert wire.requests == []


async def test_what_waits_for_a_free_connection_when_all_is_closed_is_not_sent():
    never = asyncio.Event()

    async def hang(writer):
        await never.wait()

    async with wire_of(hang) as wire:
        with lines_to(wire, most=1) as lines:
            first, second = (asyncio.create_task(sent(wire, lines)) for _ in range(2))
            await wire.heard.wait()
            lines.close()
            with pytest.raises(aiohttp.ClientError):
                await first
            with pytest.raises(CannotConnectError, match="the client was closed meanwhile"):
                await second
            await settle()
    assert len(wire.requests) == 1


async def test_a_connection_that_is_closing_is_not_used_before_it_says_so():
    async with wire_of(numbered(1), numbered(2)) as wire:
        with lines_to(wire) as lines:
            await sent(wire, lines)
            (line,) = lines._idle
            line._transport._fatal_error(ConnectionResetError(), "")  # what a reset does; it is told one turn later
            assert line.is_usable
            assert (await sent(wire, lines)).content == b"2"
    assert (wire.connections, len(wire.requests)) == (2, 2)


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A server's TLS context, and that of a client that trusts it."""
    folder = tmp_path_factory.mktemp("tls")
    return self_signed(folder), trusting(folder)


async def test_an_order_goes_over_tls_to_who_is_trusted(certificate, monkeypatch):
    server, trusted = certificate
    monkeypatch.setattr(lines_module, "_tls", lambda: trusted)
    async with wire_of(numbered(1), numbered(2), ssl=server) as wire:
        with lines_to(wire, "https") as lines:
            assert (await sent(wire, lines, scheme="https")).content == b"1"
            assert (await sent(wire, lines, scheme="https")).content == b"2"
    assert wire.connections == 1


async def test_nothing_is_sent_to_who_is_not_trusted(certificate):
    refused = pytest.raises(CannotConnectError, match="CERTIFICATE_VERIFY_FAILED")
    async with wire_of(ssl=certificate[0]) as wire:
        with lines_to(wire, "https") as lines, refused:
            await sent(wire, lines, scheme="https")
    assert wire.requests == []


def test_certificates_and_names_are_checked():
    context = lines_module._tls()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
