"""Two recordings of one scenario compared by shape: fields that came, went or changed type, codes that differ."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from binance_nb.cassettes import head
from binance_nb.cassettes.rest import read_cassette
from binance_nb.cassettes.tape import Entry, read_tape

DECIMAL_TEXT = re.compile(r"-?\d+(\.\d+)?\Z")

Shape = dict[str, set[str]]
"""What was seen at each place of an answer or event: names of types."""


class Difference(NamedTuple):
    """One thing that differs: where, which field, and what the two recordings have there ("" is nothing)."""

    place: str
    field: str
    first: str
    second: str


def drift(first: str | Path, second: str | Path, *, folder: Path | str | None = None) -> list[Difference]:
    """Return what differs in shape between two recordings, by name or path.

    Compared are, for each endpoint, the statuses and codes and the fields of the answers with their types, the names of
    the headers that are kept, and the same for answers and events of the streams. Values are not: two markets differ.
    Raises CassetteError for a recording that is missing or cannot be trusted.
    """
    one, other = (_shapes(head.find(name, folder)) for name in (first, second))
    return [
        Difference(place, name, _words(one, place, name), _words(other, place, name))
        for place in sorted(one.keys() | other.keys())
        for name in sorted(_fields(one, other, place))
        if _words(one, place, name) != _words(other, place, name)
    ]


def _fields(one: Mapping[str, Shape], other: Mapping[str, Shape], place: str) -> set[str]:
    if place not in one or place not in other:
        return {"(all of it)"}  # a whole endpoint is one difference, not one for each of its fields
    return set(one[place]) | set(other[place])


def _words(shapes: Mapping[str, Shape], place: str, name: str) -> str:
    if name == "(all of it)":
        return "recorded" if place in shapes else ""
    return " or ".join(sorted(shapes.get(place, {}).get(name, ())))


def _shapes(files: Mapping[str, Path]) -> dict[str, Shape]:
    shapes: dict[str, Shape] = defaultdict(lambda: defaultdict(set))
    if head.REST in files:
        for each in read_cassette(files[head.REST])["interactions"]:
            _note_answer(shapes, each)
    if head.STREAMS in files:
        for place, message in _messages(read_tape(files[head.STREAMS])[1]):
            _note(shapes[place], "", message)
    return shapes


def _note_answer(shapes: dict[str, Shape], each: Mapping[str, Any]) -> None:
    request, response = each["request"], each["response"]
    status = response["status"]["code"]
    place = f"{request['method']} {urlsplit(request['uri']).path}"
    try:
        body = msgspec.json.decode(response["body"].get("string", b""))
    except msgspec.DecodeError:
        body = "text"
    if status >= 400:
        # A refusal has a shape of its own, and its code is what a program goes by.
        shapes[place]["(refusals)"].add(f"{status} {body.get('code') if isinstance(body, dict) else 'no JSON'}")
        place = f"{place} (refused)"
    for name in response["headers"]:
        shapes[place][f"header {name.lower()}"].add("there")
    _note(shapes[place], "", body)


def _messages(entries: list[Entry]) -> Iterator[tuple[str, Any]]:
    """Yield what the exchange said on the sockets, under the method that it answers or the type of the event."""
    asked: dict[tuple[int, Any], str] = {}
    for entry in entries:
        data = entry.data
        if not isinstance(data, dict):
            continue
        if entry.kind == "out":
            asked[entry.socket, data.get("id")] = str(data.get("method"))
        elif entry.kind == "in":
            event = data.get("event", data.get("data", data))
            if isinstance(event, dict) and "e" in event:
                kind = f"{event['e']} {event['x']}" if "x" in event and isinstance(event["x"], str) else event["e"]
                yield f"event {kind}", data
            else:
                yield f"WS {asked.get((entry.socket, data.get('id')), '?')} {data.get('status', '')}".strip(), data


def _note(shape: Shape, path: str, value: Any) -> None:
    if isinstance(value, dict):
        if path:
            shape[path].add("object")
        for name, item in value.items():
            _note(shape, f"{path}.{name}" if path else name, item)
    elif isinstance(value, list):
        shape[path or "(answer)"].add("list")
        for item in value:
            _note(shape, f"{path}[]", item)
    else:
        shape[path or "(answer)"].add(_type(value))


def _type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true/false"
    if isinstance(value, int | float):
        return "number"
    return "number as text" if DECIMAL_TEXT.match(value) else "text"
