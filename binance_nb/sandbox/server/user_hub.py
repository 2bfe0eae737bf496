"""Who listens to which account, and what faults do to the events on their way."""

from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from binance_nb.sandbox.faults import Faults, StreamFault


class AccountEvent(Protocol):
    """An event that belongs to one account."""

    @property
    def account_id(self) -> int:
        """Whose it is."""


class Listener(Protocol):
    """One subscription to one account's events."""

    @property
    def account_id(self) -> int:
        """Whose events it hears."""

    def deliver(self, event: Any) -> None:
        """Send the event."""

    def expire(self, now_us: int) -> None:
        """End the subscription: the listen key behind it is over."""


class UserHub:
    """Account events on their way from the engine to the subscriptions."""

    def __init__(self, faults: Faults, name_of: Callable[[Any], str]) -> None:
        """Start without subscriptions; `name_of` returns the exchange's name of an event."""
        self._faults = faults
        self._name_of = name_of
        self._listeners: dict[int, list[Listener]] = {}
        self._by_listen_key: dict[str, list[Listener]] = {}
        self._withheld: list[AccountEvent] = []
        self._late: deque[AccountEvent] = deque()

    def subscribe(self, account_id: int, listener: Listener, listen_key: str | None = None) -> None:
        """Send an account's events to a listener from now on."""
        self._listeners.setdefault(account_id, []).append(listener)
        if listen_key is not None:
            self._by_listen_key.setdefault(listen_key, []).append(listener)

    def unsubscribe(self, account_id: int, listener: Listener) -> None:
        """Send no more events of the account to the listener."""
        found = self._listeners.get(account_id, [])
        if listener in found:
            found.remove(listener)
        for listeners in self._by_listen_key.values():
            if listener in listeners:
                listeners.remove(listener)

    def publish(self, event: AccountEvent) -> None:
        """Deliver one event, or what a fault makes of it."""
        listeners = self._listeners.get(event.account_id)
        if not listeners:
            return
        rule = self._faults.take_stream(self._name_of(event)) if self._faults.streams else None
        if rule is not None and rule.fault is StreamFault.WITHHOLD:
            self._withheld.append(event)
            return
        if rule is not None and rule.fault is StreamFault.REORDER:
            self._late.append(event)
            return
        self._deliver(event)
        if rule is not None:  # DUPLICATE
            self._deliver(event)
        while self._late:
            self._deliver(self._late.popleft())

    def release(self) -> int:
        """Deliver every event that was withheld, late, and return how many there were."""
        held, self._withheld = [*self._late, *self._withheld], []
        self._late.clear()
        for event in held:
            self._deliver(event)
        return len(held)

    def expire_listen_key(self, name: str, now_us: int) -> None:
        """End every subscription by this listen key."""
        for listener in self._by_listen_key.pop(name, []):
            listener.expire(now_us)

    def forget_listen_key(self, name: str) -> None:
        """End every subscription by this listen key without a word."""
        for listener in self._by_listen_key.pop(name, []):
            self.unsubscribe(listener.account_id, listener)

    def count(self) -> int:
        """Return how many subscriptions there are."""
        return sum(len(each) for each in self._listeners.values())

    def _deliver(self, event: AccountEvent) -> None:
        for listener in list(self._listeners.get(event.account_id, ())):
            listener.deliver(event)
