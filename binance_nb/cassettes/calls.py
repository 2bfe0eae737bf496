"""What makes two requests the same: method, path and parameters, in any order, without what differs every time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from binance_nb.cassettes.scrubbing import SCRUBBED, SCRUBBED_PARAMETERS

OWN_ORDER_ID = re.compile(r"nb-[0-9a-f]{22}")
"""A client order id that this package made up (models.requests): another one every time the code runs."""

CHANGING = frozenset({"POST", "PUT", "DELETE"})

TIME_PARAMETERS = frozenset({"startTime", "endTime"})
"""They follow the clock where a gap is completed."""


class Call(NamedTuple):
    """A request as it is recognised."""

    method: str
    path: str
    params: tuple[tuple[str, str], ...]

    @property
    def changes(self) -> bool:
        """Whether it may change something on the exchange."""
        return self.method in CHANGING

    @property
    def at_any_time(self) -> Call:
        """The same request for another time."""
        return Call(self.method, self.path, tuple(each for each in self.params if each[0] not in TIME_PARAMETERS))

    def __str__(self) -> str:
        """Name it as a sentence would."""
        shown = "&".join(f"{name}={value}" for name, value in self.params)
        return f"{self.method} {self.path}{'?' if shown else ''}{shown}"


def normalised(pairs: Iterable[tuple[str, Any]]) -> tuple[tuple[str, str], ...]:
    """Return parameters sorted, without those that differ every time; an order id of our own making is any such id."""
    return tuple(
        sorted(
            (name, "nb-*" if OWN_ORDER_ID.fullmatch(str(value)) else str(value))
            for name, value in pairs
            if name not in SCRUBBED_PARAMETERS
        )
    )


def rest_call(method: str, uri: str, body: bytes | str | None) -> Call:
    """Return the call that a REST request makes; the host does not matter, since a sandbox has another port each time.

    Parameters may stand in the query or in the body.
    """
    parts = urlsplit(uri)
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""
    pairs = parse_qsl(parts.query, keep_blank_values=True) + parse_qsl(text, keep_blank_values=True)
    return Call(method, parts.path, normalised(pairs))


def frame_call(message: Mapping[str, Any]) -> Call:
    """Return the call that a request of the WebSocket API makes."""
    params = message.get("params")
    pairs = params.items() if isinstance(params, Mapping) else [("params", params)] if params else []
    return Call("WS", str(message.get("method")), normalised(pairs))


def socket_path(url: str) -> str:
    """Return the path of a socket's address; a listen key in it is any listen key."""
    return re.sub(r"/[A-Za-z0-9]{60,}", f"/{SCRUBBED}", urlsplit(url).path)
