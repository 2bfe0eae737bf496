"""A WebSocket API session: which key is logged on, which account streams are subscribed (web-socket-api.md)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from binance_nb.sandbox.server import wire
from binance_nb.sandbox.server.errors import ApiError
from binance_nb.sandbox.server.keys import ApiKey
from binance_nb.sandbox.server.render_events import AccountEvent, account_event, stream_terminated

if TYPE_CHECKING:
    from binance_nb.sandbox.server.sockets import Connection

MAX_ACTIVE_SUBSCRIPTIONS = 1_000
MAX_SUBSCRIPTION_IDS = 65_535


@dataclass(eq=False, slots=True)
class Subscription:
    """One account's events on one connection."""

    connection: "Connection"
    id: int
    account: str
    account_id: int
    by_logon: bool

    def deliver(self, event: AccountEvent) -> None:
        """Send an event in its envelope."""
        payload = {"subscriptionId": self.id, "event": account_event(event, self.connection.t)}
        self.connection.send(wire.encode(payload))

    def expire(self, now_us: int) -> None:
        """End the subscription with eventStreamTerminated."""
        payload = {"subscriptionId": self.id, "event": stream_terminated(self.connection.t(now_us))}
        self.connection.send(wire.encode(payload))


@dataclass(eq=False, slots=True)
class Session:
    """What the server remembers of one WebSocket API connection."""

    connection: "Connection"
    return_rate_limits: bool = True
    key: ApiKey | None = None
    authorized_us: int | None = None
    subscriptions: dict[int, Subscription] = field(default_factory=dict)
    next_id: int = 0

    def log_on(self, key: ApiKey, now_us: int) -> None:
        """Use a key for requests that bring none."""
        self.key = key
        self.authorized_us = now_us

    def forget_key(self) -> None:
        """Use no key, and end the subscription that was opened with it."""
        self.key = None
        self.authorized_us = None
        for each in [each for each in self.subscriptions.values() if each.by_logon]:
            self.end(each)

    def subscribe(self, account: str, account_id: int, *, by_logon: bool) -> Subscription:
        """Start an account's stream; raises -2035 when it is active, -1191 and -2042 at the limits."""
        if any(each.account_id == account_id for each in self.subscriptions.values()):
            raise ApiError(-2035, "User Data Stream subscription already active.")
        if len(self.subscriptions) >= MAX_ACTIVE_SUBSCRIPTIONS:
            text = (
                "Too many subscriptions. "
                f"Connection may create up to '{MAX_ACTIVE_SUBSCRIPTIONS}' subscriptions at a time."
            )
            raise ApiError(-1191, text)
        if self.next_id >= MAX_SUBSCRIPTION_IDS:
            raise ApiError(-2042, "Maximum subscription ID reached for this connection.")
        found = Subscription(self.connection, self.next_id, account, account_id, by_logon)
        self.next_id += 1
        self.subscriptions[found.id] = found
        self.connection.venue.users.subscribe(account_id, found)
        return found

    def unsubscribe(self, subscription_id: int | None) -> None:
        """End one subscription, or all; raises -2036 when there is none of that id."""
        if subscription_id is None:
            for each in list(self.subscriptions.values()):
                self.end(each)
            return
        found = self.subscriptions.get(subscription_id)
        if found is None:
            raise ApiError(-2036, "User Data Stream subscription not active.")
        self.end(found)

    def end(self, subscription: Subscription) -> None:
        """End a subscription and say so in its stream."""
        self._drop(subscription)
        subscription.expire(self.connection.venue.clock.face_us())

    def close(self) -> None:
        """Forget everything: the connection is gone."""
        for each in list(self.subscriptions.values()):
            self._drop(each)

    def _drop(self, subscription: Subscription) -> None:
        self.subscriptions.pop(subscription.id, None)
        self.connection.venue.users.unsubscribe(subscription.account_id, subscription)
