"""How the stream is doing: StreamStatus, and the handle that `start_stream` returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from binance_nb.stream.listen_key import ListenKeyLife


@dataclass(slots=True)
class StreamStatus:
    """How the stream is doing. Times are UTC.

    `state` is "stopped", "connecting", "recovering" (subscribed, and completing from REST what was missed),
    "connected" or "waiting" (to connect again).
    """

    state: str = "stopped"
    connected_since: datetime | None = None
    heard_event_at: float | None = None
    """When the last event came, in epoch seconds of this machine's clock."""
    lag_ms: float | None = None
    events: int = 0
    reports: int = 0
    recovered: int = 0
    duplicates: int = 0
    connections: int = 0
    subscription_id: int | None = None
    last_problem: str = ""

    @property
    def is_connected(self) -> bool:
        """Whether events come at this moment."""
        return self.state in {"connected", "recovering"}

    @property
    def last_event(self) -> datetime | None:
        """When the last event came."""
        return None if self.heard_event_at is None else datetime.fromtimestamp(self.heard_event_at, tz=UTC)

    @property
    def reconnects(self) -> int:
        """How often the stream had to connect again."""
        return max(0, self.connections - 1)


@dataclass(frozen=True, slots=True)
class UserDataStreamHandle:
    """A running user data stream, as `start_stream` returns it. Times are UTC."""

    environment: str
    product: str
    created: datetime
    status: StreamStatus = field(repr=False)
    key_life: ListenKeyLife | None = field(default=None, repr=False)

    @property
    def listen_key(self) -> str | None:
        """The first characters of the listen key, where the stream has one."""
        return None if self.key_life is None else self.key_life.shown

    @property
    def listen_key_created(self) -> datetime | None:
        """When the present listen key was made."""
        return None if self.key_life is None else self.key_life.created

    @property
    def last_keepalive(self) -> datetime | None:
        """When the listen key was last made, renewed or kept alive: it is valid for an hour from then."""
        return None if self.key_life is None else self.key_life.last_keepalive

    @property
    def is_connected(self) -> bool:
        """Whether the stream is subscribed at this moment."""
        return self.status.is_connected

    @property
    def subscription_id(self) -> int | None:
        """The exchange's number for the present subscription."""
        return self.status.subscription_id

    def __repr__(self) -> str:
        """Name the stream and its state."""
        key = "" if self.key_life is None else f", {self.key_life!r}"
        return (
            f"<UserDataStreamHandle {self.environment} {self.product}: {self.status.state}, "
            f"{self.status.events} events, {self.status.reconnects} reconnects{key}>"
        )
