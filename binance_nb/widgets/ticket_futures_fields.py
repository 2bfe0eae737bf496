"""What a ticket offers on USD-M futures: its kinds of orders and their fields, and which field hides which."""

from __future__ import annotations

from collections.abc import Mapping

from binance_nb.models.enums import FuturesOrderType, FuturesTimeInForce, PositionSide, PriceMatch, WorkingType
from binance_nb.widgets.ticket_fields import FIELD, Field, Kind, Part

T = FuturesOrderType

_TRIGGERED = ("stop_price", "working_type", "price_protect")
_LIMITED = ("quantity", "price", "price_match")
FUTURES_FIELDS: Mapping[FuturesOrderType, tuple[str, ...]] = {
    T.LIMIT: (*_LIMITED, "time_in_force", "good_for"),
    T.MARKET: ("quantity",),
    T.STOP: (*_LIMITED, *_TRIGGERED, "time_in_force", "good_for"),
    T.STOP_MARKET: ("quantity", *_TRIGGERED, "close_position"),
    T.TAKE_PROFIT: (*_LIMITED, *_TRIGGERED, "time_in_force", "good_for"),
    T.TAKE_PROFIT_MARKET: ("quantity", *_TRIGGERED, "close_position"),
    T.TRAILING_STOP_MARKET: ("quantity", "callback_rate", "activation_price", "working_type"),
}
"""The fields of each order type, in the order of the form (usds-margined-futures, "New Order", "New Algo Order")."""

EVERY = ("position_side", "reduce_only")
"""Fields that every order has, as far as the account's position mode allows."""

HIDDEN_BY = {"quantity": "close_position", "reduce_only": "close_position", "price": "price_match"}
"""A field, and the one that takes its place once something is chosen there."""

SWITCHES = frozenset({"reduce_only", "close_position", "price_protect"})
FUTURES_OPTIONAL = frozenset(
    {"activation_price", "position_side", "time_in_force", "working_type", "price_match", *SWITCHES}
)

TIMES = (
    (FuturesTimeInForce.GTC.value, "GTC: until cancelled"),
    (FuturesTimeInForce.IOC.value, "IOC: now, rest cancelled"),
    (FuturesTimeInForce.FOK.value, "FOK: all now or nothing"),
    (FuturesTimeInForce.GTX.value, "GTX: post-only"),
    (FuturesTimeInForce.GTD.value, "GTD: for a time"),
)
_MATCHES = {"OPPONENT": "other side", "QUEUE": "own side"}


def _match_words(match: PriceMatch) -> str:
    side, _, level = match.value.partition("_")
    return f"{_MATCHES[side]} of the book, {f'level {level}' if level else 'best'}"


MATCHES = (("", "My price"), *((match.value, _match_words(match)) for match in PriceMatch if match != PriceMatch.NONE))

FUTURES_FIELD: Mapping[str, Field] = {
    **FIELD,
    "time_in_force": Field("Time in force", options=TIMES),
    "good_for": Field("Good for", "minutes", hint="more than 10"),
    "price_match": Field("Price from", options=MATCHES),
    "stop_price": Field("Trigger price", "quote", "tick", book=True),
    "working_type": Field(
        "Triggered by",
        options=((WorkingType.CONTRACT_PRICE.value, "Last price"), (WorkingType.MARK_PRICE.value, "Mark price")),
    ),
    "price_protect": Field("Price protect: no trigger while last and mark price are far apart", is_switch=True),
    "callback_rate": Field("Callback rate", "percent", hint="0.1 to 20"),
    "activation_price": Field("From price", "quote", "tick", hint="at once"),
    "reduce_only": Field("Reduce only: never opens a position", is_switch=True),
    "close_position": Field("Close all of the position", is_switch=True),
    "position_side": Field(
        "Position", options=((PositionSide.LONG.value, "Long"), (PositionSide.SHORT.value, "Short"))
    ),
}

_WORDS = {
    T.LIMIT: ("Limit", "Trades at your price or better; what does not trade at once rests in the book."),
    T.MARKET: ("Market", "Trades at once at the best prices in the book."),
    T.STOP: ("Stop limit", "A limit order that wakes when the price moves against you to the trigger."),
    T.STOP_MARKET: ("Stop market", "A market order that wakes when the price moves against you to the trigger."),
    T.TAKE_PROFIT: (
        "Take profit limit",
        "A limit order that wakes when the price moves in your favour to the trigger.",
    ),
    T.TAKE_PROFIT_MARKET: (
        "Take profit market",
        "A market order that wakes when the price moves in your favour to the trigger.",
    ),
    T.TRAILING_STOP_MARKET: (
        "Trailing stop",
        "A market order that follows the price at a distance, and wakes when it turns back by that.",
    ),
}
FUTURES_KINDS: Mapping[str, Kind] = {
    kind.value: Kind(kind.value, name, explained, (Part(types=(kind,)),)) for kind, (name, explained) in _WORDS.items()
}
"""What a futures ticket offers."""
