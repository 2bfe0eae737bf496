"""What the exchange's two doors may ask of the engine, already parsed: the engine never sees a request's text."""

from dataclasses import dataclass, field
from decimal import Decimal

from binance_nb.models.enums import (
    CancelReplaceMode,
    CancelRestrictions,
    ContingencyType,
    OrderSide,
    PegOffsetType,
    PegPriceType,
    SelfTradePreventionMode,
    SpotOrderType,
    TimeInForce,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """One order as asked for: quantities in the base asset, prices in the quote asset, delta in basis points."""

    symbol: str
    side: OrderSide
    type: SpotOrderType
    client_order_id: str | None = None  # the engine makes one when it is absent
    time_in_force: TimeInForce | None = None
    quantity: Decimal | None = None
    quote_order_qty: Decimal | None = None
    price: Decimal | None = None
    stop_price: Decimal | None = None
    trailing_delta: int | None = None
    iceberg_qty: Decimal | None = None
    strategy_id: int | None = None
    strategy_type: int | None = None
    self_trade_prevention_mode: SelfTradePreventionMode | None = None  # the symbol's default when absent
    peg_price_type: PegPriceType | None = None
    peg_offset_type: PegOffsetType | None = None
    peg_offset_value: int | None = None
    use_sor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrderList:
    """OCO, OTO, OTOCO, OPO or OPOCO: `kind` says which; `orders` stand in the exchange's order.

    OCO: above, below. OTO and OPO: working, pending. OTOCO and OPOCO: working, pending above, pending below.
    A pending order of an OPO list has no quantity: it sells what the working order bought.
    """

    kind: str  # "OCO" | "OTO" | "OTOCO" | "OPO" | "OPOCO"
    symbol: str
    orders: tuple[NewOrder, ...]
    list_client_order_id: str | None = None

    @property
    def contingency_type(self) -> ContingencyType:
        """The exchange's own word for the list."""
        return ContingencyType.OCO if self.kind == "OCO" else ContingencyType.OTO


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """Cancel one order by its id, its client order id, or both (then the id finds it and the other must agree)."""

    symbol: str
    order_id: int | None = None
    orig_client_order_id: str | None = None
    new_client_order_id: str | None = None
    cancel_restrictions: CancelRestrictions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelReplace:
    """Cancel one order and place another."""

    cancel: CancelOrder
    new_order: NewOrder
    mode: CancelReplaceMode
    order_rate_limit_exceeded_mode: str = "DO_NOTHING"  # or "CANCEL_ONLY"


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendOrder:
    """Reduce an order's quantity in place."""

    symbol: str
    new_qty: Decimal
    order_id: int | None = None
    orig_client_order_id: str | None = None
    new_client_order_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrderList:
    """Cancel a whole order list by its id or its list client order id."""

    symbol: str
    order_list_id: int | None = None
    list_client_order_id: str | None = None
    new_client_order_id: str | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class EngineError(Exception):
    """The engine's refusal: the exchange's code and message; `data` where the exchange adds some."""

    code: int
    message: str
    reject_reason: str = "NONE"  # `r` of a REJECTED execution report
    data: dict[str, object] | None = field(default=None)

    def __str__(self) -> str:
        """Return the code and the message."""
        return f"{self.code} {self.message}"
