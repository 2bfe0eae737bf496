"""Where a recording listens: every frame of every socket, and that a REST call was made, in the order of this process.

Nobody listens by default, and then a frame costs one look at an empty list.
"""

from __future__ import annotations

from typing import Literal, Protocol

Kind = Literal["open", "out", "in", "ping", "close", "call"]
"""A socket opened (the address), a frame to and from the exchange, the exchange's ping, a close (`by code`), a call."""


class Listener(Protocol):
    """What takes part in everything; it is called on the network thread and must be quick."""

    def heard(self, kind: Kind, channel: object, text: str) -> None:
        """Take one thing. `channel` tells one socket from another; for a call it is None and `text` is method, URL."""


listeners: list[Listener] = []


def tell(kind: Kind, channel: object, text: str) -> None:
    """Tell all who listen. Callers look at `listeners` first."""
    for listener in tuple(listeners):
        listener.heard(kind, channel, text)
