"""Stream tapes: every WebSocket frame both ways with its time, and between them which REST calls were made.

A tape is a file of JSON lines. The first is its head, the last says how many lines lie between; each of those has `t`,
milliseconds since the recording began, and `kind`:

    {"t":12,"kind":"open","socket":1,"data":"/ws-api/v3"}      a socket was opened; the path of its address
    {"t":13,"kind":"out","socket":1,"data":{"id":1,…}}         a frame of ours
    {"t":15,"kind":"in","socket":1,"data":{"id":1,…}}          a frame of the exchange
    {"t":20,"kind":"ping","socket":1,"data":"1767571200000"}   the exchange's ping
    {"t":31,"kind":"call","data":"POST /api/v3/order"}         a REST call left; its answer is in the cassette
    {"t":40,"kind":"close","socket":1,"data":"exchange 1006"}  who closed it, with which code
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from binance_nb.cassettes import head
from binance_nb.cassettes.calls import socket_path
from binance_nb.cassettes.scrubbing import refuse_secrets, scrub_fields, scrub_request_frame, strings
from binance_nb.errors import CassetteError
from binance_nb.transport import tap

KINDS = frozenset({"open", "out", "in", "ping", "close", "call"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a tape; `socket` is 0 for a call."""

    t: int
    kind: str
    socket: int
    data: Any


class Recorder:
    """Listens to the sockets and calls whose addresses begin as one of `only` (without any: to all)."""

    def __init__(self, only: tuple[str, ...] = (), now: Callable[[], float] = time.monotonic) -> None:
        """Begin now; `now` tells the time in seconds."""
        self._only = only
        self._now = now
        self._started = now()
        self._lock = threading.Lock()
        self._sockets: dict[object, int] = {}
        self._closed: set[object] = set()
        self.entries: list[Entry] = []

    def heard(self, kind: tap.Kind, channel: object, text: str) -> None:
        """Take one thing, scrubbed at once, so that no secret waits in memory to be written."""
        t = round((self._now() - self._started) * 1000)
        with self._lock:
            if kind == "call":
                method, _, url = text.partition(" ")
                if self._is_meant(url) and "/sandbox/" not in url:
                    self.entries.append(Entry(t, kind, 0, f"{method} {urlsplit(url).path}"))
                return
            if kind == "open":
                if not self._is_meant(text):
                    return
                self._sockets[channel] = len(self._sockets) + 1
                self.entries.append(Entry(t, kind, self._sockets[channel], socket_path(text)))
                return
            number = self._sockets.get(channel)
            if number is None or channel in self._closed:
                return
            if kind == "close":
                self._closed.add(channel)
            self.entries.append(Entry(t, kind, number, _data(kind, text)))

    def _is_meant(self, url: str) -> bool:
        return not self._only or url.startswith(self._only)


def _data(kind: str, text: str) -> Any:
    if kind not in {"in", "out"}:
        return text
    try:
        message = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    return scrub_fields(scrub_request_frame(message) if kind == "out" else message)


def write_tape(path: Path | str, origin: Mapping[str, Any], entries: list[Entry]) -> None:
    """Write a tape. Raises CassetteError rather than write a secret."""
    lines = []
    for entry in entries:
        line = {"t": entry.t, "kind": entry.kind}
        if entry.socket:
            line["socket"] = entry.socket
        lines.append(msgspec.json.encode({**line, "data": entry.data}).decode())
    body = "".join(f"{line}\n" for line in [*lines, f'{{"end":{len(lines)}}}'])
    refuse_secrets([body, "\n".join(strings([entry.data for entry in entries]))])
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    first = msgspec.json.encode({"origin": head.sealed(origin, body)}).decode()
    target.write_text(f"{first}\n{body}", encoding="utf-8")


def read_tape(path: Path | str) -> tuple[dict[str, Any], list[Entry]]:
    """Return the head and the entries of a tape. Raises CassetteError if it cannot be read or trusted."""
    first, _, body = head.read_text(path).partition("\n")
    try:
        origin = msgspec.json.decode(first)["origin"]
    except (msgspec.DecodeError, TypeError, KeyError):
        origin = None
    lines = body.splitlines()
    is_whole = bool(lines) and body.endswith("\n") and lines[-1] == f'{{"end":{len(lines) - 1}}}'
    if not is_whole and lines and lines[-1].startswith('{"end":') and body.endswith("\n"):
        is_whole = True  # the end is there, lines before it are not: that is a change, which the checksum tells
    origin = head.check_seal(origin, body, path, is_whole=is_whole)
    try:
        rows = [msgspec.json.decode(line) for line in lines[:-1]]
        entries = [Entry(row["t"], row["kind"], row.get("socket", 0), row["data"]) for row in rows]
    except (msgspec.DecodeError, TypeError, KeyError, AttributeError) as error:
        raise CassetteError(
            f"the tape {Path(path).name} cannot be read ({type(error).__name__}); record it again"
        ) from None
    strange = sorted({entry.kind for entry in entries} - KINDS)
    if strange:
        raise CassetteError(f"the tape {Path(path).name} holds {', '.join(strange)}, which nobody here can play")
    return origin, entries


@contextlib.contextmanager
def record_tape(path: Path | str, origin: Mapping[str, Any], *, only: tuple[str, ...] = ()) -> Iterator[Recorder]:
    """Record every frame of the block into a new tape at `path`; nothing is written if the block raises."""
    recorder = Recorder(only)
    tap.listeners.append(recorder)
    try:
        yield recorder
    finally:
        tap.listeners.remove(recorder)
    write_tape(path, origin, recorder.entries)
