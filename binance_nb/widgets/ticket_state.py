"""The state of an order ticket, and nothing else: no page, no clock, no network. A click is armed, then sent, once.

    editing ── arm ──> armed ── confirm ──> submitting ──> done | refused | unknown
       ^                 │                                        │
       └──── disarm ─────┴──────────────── again ─────────────────┘

All times are epoch milliseconds and are passed in.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

STALE_CLICK_MS = 2_000
"""A click that waited longer than this behind a busy cell is refused: the person has long looked elsewhere."""
DOUBLE_CLICK_MS = 350
"""A confirmation so soon after arming is the second half of a double click, not a decision."""
ARMED_FOR_MS = 60_000
"""An armed order older than this is refused: the market has moved on."""


def stale_word(clicked_at_ms: float, now_ms: float, outcome: str) -> str:
    """Return the word with which a click that waited too long is refused; empty if it did not."""
    waited_ms = now_ms - clicked_at_ms
    if waited_ms <= STALE_CLICK_MS:
        return ""
    return f"That click waited {waited_ms / 1000:.0f} s behind a busy cell, {outcome}"


class Order(Protocol):
    """What the state needs to know of an order."""

    @property
    def symbol(self) -> str:
        """The symbol, as a person must type it on mainnet."""

    @property
    def new_client_order_id(self) -> str:
        """The id that makes it this order and no other."""


OrderT = TypeVar("OrderT", bound=Order)


class State(StrEnum):
    """Where a ticket stands."""

    EDITING = "editing"
    ARMED = "armed"
    SUBMITTING = "submitting"
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


SETTLED = frozenset({State.DONE, State.REFUSED, State.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Verdict(Generic[OrderT]):
    """What came of a confirmation: the order to send, or nothing and perhaps a word for the person."""

    order: OrderT | None = None
    word: str = ""


class TicketState(Generic[OrderT]):
    """One ticket. Every method may be called from any thread; `confirm` hands out each order at most once."""

    def __init__(self) -> None:
        """Start with nothing armed."""
        self._lock = threading.Lock()
        self.state = State.EDITING
        self.order: OrderT | None = None
        self._armed_at_ms = 0.0

    def arm(self, order: OrderT, now_ms: float) -> bool:
        """Put `order` up for confirmation; False while another one is on its way."""
        with self._lock:
            if self.state is State.SUBMITTING:
                return False
            self.state, self.order, self._armed_at_ms = State.ARMED, order, now_ms
            return True

    def disarm(self) -> bool:
        """Go back to editing; False if nothing was armed, or it is too late."""
        with self._lock:
            if self.state is not State.ARMED:
                return False
            self.state, self.order = State.EDITING, None
            return True

    def again(self) -> bool:
        """Leave a result behind and edit again; False while an order is on its way."""
        with self._lock:
            if self.state not in SETTLED:
                return False
            self.state, self.order = State.EDITING, None
            return True

    def confirm(
        self,
        client_order_id: str,
        *,
        clicked_at_ms: float,
        now_ms: float,
        must_type: str = "",
        typed: str = "",
    ) -> Verdict[OrderT]:
        """Take the armed order for sending, if this click meant it and nothing speaks against it.

        `client_order_id` is that of the order the page showed when it was clicked. With `must_type` the person has to
        have typed that word. A second click finds the order gone and gets neither an order nor a word.
        """
        with self._lock:
            order = self.order
            if self.state is not State.ARMED or order is None or order.new_client_order_id != client_order_id:
                return Verdict()
            stale = stale_word(clicked_at_ms, now_ms, "so it was not sent. Nothing was ordered.")
            if stale:
                self.state, self.order = State.EDITING, None
                return Verdict(word=stale)
            armed_ms = clicked_at_ms - self._armed_at_ms
            if armed_ms < DOUBLE_CLICK_MS:
                return Verdict(word="That was a double click. Read the order, then confirm it.")
            if armed_ms > ARMED_FOR_MS:
                self.state, self.order = State.EDITING, None
                return Verdict(word="The order had been waiting for more than a minute. Look at the price again.")
            if must_type and typed.strip().upper() != must_type:
                return Verdict(word=f"Type {must_type} to confirm an order with real money.")
            self.state = State.SUBMITTING
            return Verdict(order=order)

    def settle(self, client_order_id: str, state: State) -> bool:
        """Note how the order that was sent has ended; False if it is not the one on its way."""
        with self._lock:
            known = self.order is not None and self.order.new_client_order_id == client_order_id
            if not known or self.state not in {State.SUBMITTING, State.UNKNOWN} or state not in SETTLED:
                return False
            self.state = state
            return True
