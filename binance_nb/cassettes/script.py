"""What is played and when: the answers of a cassette and the frames of a tape, each given out once."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from binance_nb.cassettes.calls import CHANGING, Call, frame_call, rest_call
from binance_nb.cassettes.tape import Entry


@dataclass(frozen=True, slots=True)
class Answer:
    """One recorded answer to a REST request."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Answers:
    """The REST answers of a cassette, in the order of their recording for each call."""

    def __init__(self, interactions: list[dict[str, Any]]) -> None:
        """Sort the interactions by what was asked."""
        self._waiting: dict[Call, list[Answer]] = defaultdict(list)
        self._last: dict[Call, Answer] = {}
        for each in interactions:
            request, response = each["request"], each["response"]
            call = rest_call(request["method"], request["uri"], request["body"])
            body = response["body"].get("string", b"")
            headers = {name: str(values[-1]) for name, values in response["headers"].items()}
            answer = Answer(response["status"]["code"], headers, body.encode() if isinstance(body, str) else body)
            self._waiting[call].append(answer)

    def take(self, call: Call) -> Answer | None:
        """Return the next answer to a call, None if there is none.

        What only reads may be asked more often than it was, as a widget does that is left standing: the last answer
        holds. A question about another time is answered as that one was, since gaps are completed by the clock.
        """
        for known in self._like(call):
            if self._waiting.get(known):
                self._last[known] = self._waiting[known].pop(0)
                return self._last[known]
        if not call.changes:
            for known in self._like(call):
                if known in self._last:
                    return self._last[known]
        return None

    def _like(self, call: Call) -> list[Call]:
        same = [known for known in self._waiting if known.at_any_time == call.at_any_time and known != call]
        return [call, *same] if call in self._waiting else same


@dataclass(slots=True)
class Part:
    """The life of one recorded socket. `marks` says how many changing calls came before each of its entries."""

    path: str
    entries: list[Entry] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)

    @property
    def first_call(self) -> Call | None:
        """What the socket is asked first; None where the exchange speaks unasked."""
        if self.entries and self.entries[0].kind == "out" and isinstance(self.entries[0].data, Mapping):
            return frame_call(self.entries[0].data)
        return None


class Script:
    """The tape's sockets, and how far the calls between their frames have been made."""

    def __init__(self, entries: list[Entry]) -> None:
        """Part the tape by its sockets."""
        parts: dict[int, Part] = {}
        self._calls: list[str] = []
        for entry in entries:
            if entry.kind == "call":
                if entry.data.partition(" ")[0] in CHANGING:
                    self._calls.append(entry.data)
            elif entry.kind == "open":
                parts[entry.socket] = Part(entry.data)
            elif entry.socket in parts:
                parts[entry.socket].entries.append(entry)
                parts[entry.socket].marks.append(len(self._calls))
        self.waiting = list(parts.values())
        self._made = [False] * len(self._calls)
        self._moved = asyncio.Event()

    def note(self, call: Call) -> None:
        """Note that a call was made, so that what the exchange told after it may be told."""
        name = f"{call.method} {call.path}"
        for place, recorded in enumerate(self._calls):
            if recorded == name and not self._made[place]:
                self._made[place] = True
                self._moved.set()
                return

    async def wait_for_calls(self, count: int) -> None:
        """Return once the first `count` changing calls of the tape have been made."""
        while not all(self._made[:count]):
            self._moved.clear()
            await self._moved.wait()

    def take(self, path: str, call: Call | None) -> Part | None:
        """Return the next recorded socket at `path` that begins with this call (None: with a word of the exchange)."""
        for part in self.waiting:
            if part.path == path and part.first_call == call:
                self.waiting.remove(part)
                return part
        return None
