"""The log of requests: every change an exchange is asked for, as lines of JSON, and the way back.

An exchange of the same symbols and seed that is given the same lines goes through the same states, events and ids. A
line is ``{"method": …, "args": […], "kwargs": {…}}``; what JSON cannot say is tagged: ``{"$decimal": "1.5"}``,
``{"$NewOrder": {…}}``, ``{"$OrderSide": "BUY"}``, ``{"$tuple": […]}``.
"""

import functools
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from binance_nb.models import enums
from binance_nb.sandbox.engine import commands, records
from binance_nb.sandbox.engine.commands import EngineError

Line = Callable[[str], object]
_P = ParamSpec("_P")
_R = TypeVar("_R")
_KNOWN: dict[str, type] = {
    name: value
    for module in (enums, commands, records)
    for name, value in vars(module).items()
    if isinstance(value, type) and (is_dataclass(value) or issubclass(value, Enum))
}


class Journaled(Protocol):
    """Something that may keep a journal."""

    journal: Line | None


_S = TypeVar("_S", bound=Journaled)


def journaled(method: Callable[Concatenate[_S, _P], _R]) -> Callable[Concatenate[_S, _P], _R]:
    """Let a method write itself into the journal before it runs, if there is one."""

    @functools.wraps(method)
    def run(self: _S, /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        if self.journal is not None:
            self.journal(write_line(method.__name__, args, kwargs))
        return method(self, *args, **kwargs)

    return run


def write_line(method: str, args: tuple[object, ...], kwargs: Mapping[str, object]) -> str:
    """Return the line of one request."""
    entry = {
        "method": method,
        "args": [_plain(arg) for arg in args],
        "kwargs": {key: _plain(value) for key, value in kwargs.items()},
    }
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":"))


def replay(lines: Iterable[str], exchange: Journaled) -> None:
    """Ask an exchange for everything the lines say. Requests that were refused are refused again."""
    for line in lines:
        entry = json.loads(line)
        method = getattr(exchange, entry["method"])
        args = [_rich(arg) for arg in entry["args"]]
        kwargs = {key: _rich(value) for key, value in entry["kwargs"].items()}
        try:
            method(*args, **kwargs)
        except EngineError:
            continue  # as it was when the line was written


def _plain(value: object) -> object:
    """Return a value in JSON's own words, tagged where JSON has none."""
    if isinstance(value, Enum):
        return {f"${type(value).__name__}": value.value}
    if value is None or isinstance(value, str | int | bool):
        return value
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, Mapping):
        return {"$mapping": [[_plain(key), _plain(entry)] for key, entry in value.items()]}
    if is_dataclass(value) and not isinstance(value, type):
        return {f"${type(value).__name__}": {one.name: _plain(getattr(value, one.name)) for one in fields(value)}}
    if isinstance(value, Iterable):
        return {"$tuple": [_plain(entry) for entry in value]}
    raise TypeError(f"a {type(value).__name__} has no place in a journal")


def _rich(value: Any) -> Any:
    """Return the value that `_plain` made plain."""
    if not isinstance(value, dict):
        return value
    ((tag, inner),) = value.items()
    if tag == "$decimal":
        return Decimal(inner)
    if tag == "$mapping":
        return {_rich(key): _rich(entry) for key, entry in inner}
    if tag == "$tuple":
        return tuple(_rich(entry) for entry in inner)
    kind = _KNOWN[tag[1:]]
    if issubclass(kind, Enum):
        return kind(inner)
    return kind(**{name: _rich(entry) for name, entry in inner.items()})
