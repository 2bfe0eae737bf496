"""Misbehaviour on command: what may go wrong with an answer, with a stream's events, with the whole exchange."""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class AnswerFault(StrEnum):
    """What happens to one request."""

    DELAY = "delay"  # carried out late, by delay_ms
    DELAY_ANSWER = "delay_answer"  # carried out at once, answered late, by delay_ms
    DROP_BEFORE = "drop_before"  # the connection breaks and nothing was done
    DROP_AFTER = "drop_after"  # the connection breaks although it was done
    CUT = "cut"  # done, and half of the answer arrives
    UNKNOWN_503 = "unknown_503"  # 503 "Unknown error": done or not, as `executed` says
    UNAVAILABLE_503 = "unavailable_503"  # 503 "Service Unavailable": not done
    INTERNAL_503 = "internal_503"  # 503 "Internal error" (-1001): not done
    BUSY_503 = "busy_503"  # 503 overloaded (-1008): not done
    BAD_GATEWAY_502 = "bad_gateway_502"  # 502 with an HTML body: done or not, as `executed` says
    TIMEOUT = "timeout"  # -1007, execution status unknown: done or not, as `executed` says
    UNEXPECTED = "unexpected"  # -1006, execution status unknown: done or not, as `executed` says


class StreamFault(StrEnum):
    """What happens to one event of an account's stream."""

    DUPLICATE = "duplicate"
    REORDER = "reorder"  # it arrives after the event that follows it
    WITHHOLD = "withhold"  # it does not arrive until it is released, if ever


ALWAYS_EXECUTED = frozenset({AnswerFault.DELAY, AnswerFault.DELAY_ANSWER, AnswerFault.DROP_AFTER, AnswerFault.CUT})
NEVER_EXECUTED = frozenset(
    {AnswerFault.DROP_BEFORE, AnswerFault.UNAVAILABLE_503, AnswerFault.INTERNAL_503, AnswerFault.BUSY_503}
)


@dataclass(slots=True)
class AnswerRule:
    """A fault for the next `times` requests of a method.

    `method` is the WebSocket API's name, for one product alone `futures:order.place`; `*` is every one.
    """

    fault: AnswerFault
    method: str = "*"
    times: int = 1
    delay_ms: int = 0
    executed: bool = True

    def executes(self) -> bool:
        """Return whether the request is carried out all the same."""
        if self.fault in ALWAYS_EXECUTED:
            return True
        return self.fault not in NEVER_EXECUTED and self.executed


@dataclass(slots=True)
class StreamRule:
    """A fault for the next `times` account events of a type (`*` for every one)."""

    fault: StreamFault
    event: str = "*"
    times: int = 1


@dataclass(slots=True)
class Faults:
    """Everything that is set to go wrong."""

    answers: deque[AnswerRule] = field(default_factory=deque)
    streams: deque[StreamRule] = field(default_factory=deque)
    maintenance: bool = False

    def add(self, spec: dict[str, Any]) -> None:
        """Add a fault from its JSON form; raises ValueError for an unknown kind or field."""
        kind = spec.get("kind")
        options = {name: value for name, value in spec.items() if name != "kind"}
        try:
            if kind in set(AnswerFault):
                self.answers.append(AnswerRule(AnswerFault(kind), **options))
            elif kind in set(StreamFault):
                self.streams.append(StreamRule(StreamFault(kind), **options))
            else:
                kinds = ", ".join([*AnswerFault, *StreamFault])
                raise ValueError(f"there is no fault {kind!r}; choose one of {kinds}")
        except TypeError as error:
            raise ValueError(f"fault {kind!r} does not take these fields: {error}") from error

    def take_answer(self, method: str, product: str) -> AnswerRule | None:
        """Return the fault that hits this request, if any, and count it."""
        for rule in self.answers:
            if rule.method in {"*", method, f"{product}:{method}"}:
                rule.times -= 1
                if rule.times <= 0:
                    self.answers.remove(rule)
                return rule
        return None

    def take_stream(self, event: str) -> StreamRule | None:
        """Return the fault that hits this account event, if any, and count it."""
        for rule in self.streams:
            if rule.event in {"*", event}:
                rule.times -= 1
                if rule.times <= 0:
                    self.streams.remove(rule)
                return rule
        return None

    def clear(self) -> None:
        """Let everything go well again."""
        self.answers.clear()
        self.streams.clear()
        self.maintenance = False

    def as_json(self) -> dict[str, Any]:
        """Return what is still set, for the state of the exchange."""
        return {
            "maintenance": self.maintenance,
            "answers": [{"kind": each.fault, "method": each.method, "times": each.times} for each in self.answers],
            "streams": [{"kind": each.fault, "event": each.event, "times": each.times} for each in self.streams],
        }
