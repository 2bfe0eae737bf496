"""What REST told and what the stream told meanwhile, put into the order in which it happened."""

from __future__ import annotations

from typing import Any

from binance_nb.models.fills import is_trade
from binance_nb.stream.ledger import Event

_RANKS = {"NEW": 0, "REPLACED": 1, "AMENDMENT": 1, "TRADE": 2, "CALCULATED": 2}
"""The order of reports of the same millisecond; an end comes last."""


def merged(found: list[dict[str, Any]], held: list[Event]) -> list[Event]:
    """Return the events made of REST answers and those held back, oldest first.

    Where both tell of the same thing, the stream's own report is taken. Without anything found, the held events keep
    the order of their arrival.
    """
    told = {_identity(event) for event in held}
    missed = [event for event in found if _identity(event) not in told]
    if not missed:
        return held
    return sorted([*missed, *held], key=_moment)


def _identity(event: Event) -> tuple[Any, ...]:
    if is_trade(event):
        return (event.get("s"), event.get("t"), event.get("S"))
    return (event.get("s"), event.get("i"), event.get("x"), event.get("X"))


def _moment(event: Event) -> tuple[int, int, int]:
    time_ms, trade_id = event.get("T"), event.get("t")
    return (
        time_ms if isinstance(time_ms, int) else 0,
        _RANKS.get(str(event.get("x")), 3),
        trade_id if isinstance(trade_id, int) else -1,
    )
