"""How the stream is doing: StreamStatus, and the handle that `start_stream` returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class StreamStatus:
    """How the stream is doing. Times are UTC.

    `state` is "stopped", "connecting", "recovering" (subscribed, and completing from REST what was missed),
    "connected" or "waiting" (to connect again).
    """

    state: str = "stopped"
    connected_since: datetime | None = None
    last_event: datetime | None = None
    lag_ms: float | None = None
    events: int = 0
    reports: int = 0
    recovered: int = 0
    duplicates: int = 0
    connections: int = 0
    subscription_id: int | None = None
    last_problem: str = ""

    @property
    def reconnects(self) -> int:
        """How often the stream had to connect again."""
        return max(0, self.connections - 1)


@dataclass(frozen=True, slots=True)
class UserDataStreamHandle:
    """A running user data stream, as `start_stream` returns it."""

    environment: str
    product: str
    created: datetime
    status: StreamStatus = field(repr=False)

    @property
    def is_connected(self) -> bool:
        """Whether the stream is subscribed at this moment."""
        return self.status.state in {"connected", "recovering"}

    @property
    def subscription_id(self) -> int | None:
        """The exchange's number for the present subscription."""
        return self.status.subscription_id

    def __repr__(self) -> str:
        """Name the stream and its state."""
        return (
            f"<UserDataStreamHandle {self.environment} {self.product}: {self.status.state}, "
            f"{self.status.events} events, {self.status.reconnects} reconnects>"
        )
