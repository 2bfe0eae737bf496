"""What is armed on a page: how the page is told of it, and the reading of the click that confirms it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from binance_nb.widgets.base import now_ms
from binance_nb.widgets.ticket_state import OrderT, TicketState, Verdict


class Summarised(Protocol):
    """Something to be sent once, that can be said in a sentence."""

    @property
    def new_client_order_id(self) -> str:
        """The id that makes it this one and no other."""

    @property
    def summary(self) -> str:
        """What it does."""


def armed_told(ticket: TicketState[Any], armed: Summarised, *, button: str, must_type: str) -> dict[str, str]:
    """Return what a page's ArmedView shows of what its ticket has armed or sent: `button` confirms it."""
    return {
        "state": ticket.state.value,
        "id": armed.new_client_order_id,
        "summary": armed.summary,
        "must_type": must_type,
        "button": button,
    }


def confirm_click(ticket: TicketState[OrderT], click: Mapping[str, Any], *, must_type: str) -> Verdict[OrderT]:
    """Return what comes of a click that confirms: its page says when it was, what was shown, and what was typed."""
    return ticket.confirm(
        str(click.get("id", "")),
        clicked_at_ms=float(click["at"]),
        now_ms=now_ms(),
        must_type=must_type,
        typed=str(click.get("typed", "")),
    )
