"""What a ticket offers on a product: its kinds of orders, the parts of each, and the fields of every part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from binance_nb.models.enums import FuturesOrderType, OrderSide, SpotOrderType, TimeInForce

T = SpotOrderType
OrderType = SpotOrderType | FuturesOrderType

FIELDS: dict[SpotOrderType, tuple[str, ...]] = {
    T.LIMIT: ("quantity", "price", "time_in_force", "iceberg_qty"),
    T.MARKET: ("quantity", "quote_order_qty"),
    T.STOP_LOSS: ("quantity", "stop_price", "trailing_delta"),
    T.STOP_LOSS_LIMIT: ("quantity", "price", "stop_price", "trailing_delta", "time_in_force", "iceberg_qty"),
    T.TAKE_PROFIT: ("quantity", "stop_price", "trailing_delta"),
    T.TAKE_PROFIT_LIMIT: ("quantity", "price", "stop_price", "trailing_delta", "time_in_force", "iceberg_qty"),
    T.LIMIT_MAKER: ("quantity", "price", "iceberg_qty"),
}
"""The fields of each order type, in the order of the form (rest-api.md, "New order (TRADE)")."""

OPTIONAL = frozenset({"iceberg_qty", "trailing_delta", "time_in_force"})
NUMBERS = (
    *("quantity", "quote_order_qty", "price", "stop_price", "iceberg_qty", "trailing_delta"),
    *("callback_rate", "activation_price", "good_for"),
)
YES = "yes"
"""The text of a switch that is on."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its label, its unit (base, quote, bips, percent, minutes), its step (step, tick, bip), its choices."""

    label: str
    unit: str = ""
    step: str = ""
    options: tuple[tuple[str, str], ...] = ()
    is_switch: bool = False
    hint: str = ""
    """What stands in it while it is empty."""
    book: bool = False
    """Whether the best prices can be taken into it by a click."""


TYPE_NAMES = {
    T.LIMIT: "Limit",
    T.MARKET: "Market",
    T.STOP_LOSS: "Stop loss (market)",
    T.STOP_LOSS_LIMIT: "Stop loss limit",
    T.TAKE_PROFIT: "Take profit (market)",
    T.TAKE_PROFIT_LIMIT: "Take profit limit",
    T.LIMIT_MAKER: "Limit (post-only)",
}
TIMES = (
    (TimeInForce.GTC.value, "GTC: until cancelled"),
    (TimeInForce.IOC.value, "IOC: now, rest cancelled"),
    (TimeInForce.FOK.value, "FOK: all now or nothing"),
)
FIELD = {
    "quantity": Field("Quantity", "base", "step"),
    "quote_order_qty": Field("or amount", "quote"),
    "price": Field("Price", "quote", "tick"),
    "stop_price": Field("Stop price", "quote", "tick", book=True),
    "trailing_delta": Field("Trailing delta", "bips", "bip", hint="100 is 1 %"),
    "time_in_force": Field("Time in force", options=TIMES),
    "iceberg_qty": Field("Iceberg, visible", "base", "step", hint="all of it"),
    "post_only": Field("Post-only: refused if it would trade at once", is_switch=True),
    "side": Field("Side", options=((OrderSide.BUY.value, "▲ Buy"), (OrderSide.SELL.value, "▼ Sell"))),
    "type": Field("Order", options=tuple((kind.value, name) for kind, name in TYPE_NAMES.items())),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One order of a kind, or fields that several share: what it is called, and which types it may have.

    Its fields are named `part.field`, or plainly where the part has no name. `holds` are fields that it has besides
    those of its type, `lacks` those of its type that it has not. A part without types is no order of its own.
    """

    name: str = ""
    title: str = ""
    types: tuple[OrderType, ...] = ()
    holds: tuple[str, ...] = ()
    lacks: frozenset[str] = frozenset()

    def key(self, field: str) -> str:
        """Return the full name of one of its fields."""
        return f"{self.name}.{field}" if self.name else field


@dataclass(frozen=True, slots=True)
class Kind:
    """One entry of the type menu: a single order, or a list of several."""

    name: str
    label: str
    explained: str
    parts: tuple[Part, ...]
    flags: tuple[str, ...] = ()
    """The fields of exchangeInfo that allow it."""

    @property
    def is_list(self) -> bool:
        """Whether it places several orders."""
        return len(self.parts) > 1


def _single(order_type: SpotOrderType, explained: str) -> Kind:
    return Kind(order_type.value, TYPE_NAMES[order_type], explained, (Part(types=(order_type,)),))


_NO_QUANTITY = frozenset({"quantity"})
_PROFITS, _STOPS = (T.LIMIT_MAKER, T.TAKE_PROFIT, T.TAKE_PROFIT_LIMIT), (T.STOP_LOSS, T.STOP_LOSS_LIMIT)
_WORKING = Part("working", "First", (T.LIMIT,))
_PROFIT = Part("profit", "Take profit", _PROFITS, lacks=_NO_QUANTITY)
_STOP = Part("stop", "Stop loss", _STOPS, lacks=_NO_QUANTITY)
_PENDING = (T.LIMIT, T.MARKET, T.STOP_LOSS, T.STOP_LOSS_LIMIT, T.TAKE_PROFIT, T.TAKE_PROFIT_LIMIT)

SPOT: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        _single(T.LIMIT, "Trades at your price or better; what does not trade at once rests in the book."),
        _single(T.MARKET, "Trades at once at the best prices in the book."),
        _single(T.STOP_LOSS, "A market order that wakes when the price moves against you to the stop."),
        _single(T.STOP_LOSS_LIMIT, "A limit order that wakes when the price moves against you to the stop."),
        _single(T.TAKE_PROFIT, "A market order that wakes when the price moves in your favour to the stop."),
        _single(T.TAKE_PROFIT_LIMIT, "A limit order that wakes when the price moves in your favour to the stop."),
        Kind(
            "OCO",
            "OCO: one cancels the other",
            "A take profit and a stop loss; when one of them trades, the other is cancelled.",
            (Part(holds=("quantity",)), _PROFIT, _STOP),
            ("ocoAllowed",),
        ),
        Kind(
            "OTO",
            "OTO: one triggers the other",
            "The second order is placed once the first is filled entirely.",
            (_WORKING, Part("pending", "Then", _PENDING, ("side",), frozenset({"quote_order_qty"}))),
            ("otoAllowed",),
        ),
        Kind(
            "OTOCO",
            "OTOCO: one triggers an OCO",
            "A take profit and a stop loss are placed once the first order is filled entirely.",
            (_WORKING, Part("pending", "Then", holds=("side", "quantity")), _PROFIT, _STOP),
            ("otoAllowed", "ocoAllowed"),
        ),
        Kind(
            "OPO",
            "OPO: buy, then sell what was bought",
            "Once the first order is filled, what it bought is sold; the fee is taken into account.",
            (_WORKING, Part("pending", "Then sell", _PENDING, lacks=frozenset({"quantity", "quote_order_qty"}))),
            ("otoAllowed", "opoAllowed"),
        ),
        Kind(
            "OPOCO",
            "OPOCO: buy, then an OCO",
            "Once the first order is filled, what it bought is sold by a take profit or a stop loss.",
            (_WORKING, _PROFIT, _STOP),
            ("otoAllowed", "opoAllowed", "ocoAllowed"),
        ),
    )
}
"""What a spot ticket offers (rest-api.md, "New order (TRADE)" and "Order lists"). LIMIT_MAKER is a LIMIT, post-only."""


def offered(kinds: Mapping[str, Kind], info: Mapping[str, object]) -> list[Kind]:
    """Return the kinds that a symbol takes, as its entry of exchangeInfo says; all of them while that is not known."""
    types = info.get("orderTypes")
    allowed = None if not isinstance(types, list) else set(types)
    return [
        kind
        for kind in kinds.values()
        if all(allowed is None or not part.types or allowed & set(part.types) for part in kind.parts)
        and all(info.get(flag, not info) for flag in kind.flags)
    ]
