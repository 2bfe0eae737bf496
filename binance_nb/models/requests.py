"""What may be sent: SpotOrderRequest, checked where it is made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar, Self

from pydantic import ValidationInfo, field_validator, model_validator

from binance_nb.errors import InvalidOrderError
from binance_nb.models.enums import NewOrderRespType, PegOffsetType, PegPriceType, SpotOrderType, TimeInForce
from binance_nb.models.request_base import OrderRequest, new_client_order_id, positive, upper

__all__ = ["TRIGGERED", "SpotOrderRequest", "new_client_order_id"]

CLIENT_ORDER_ID = re.compile(r"[a-zA-Z0-9_-]{1,36}\Z")
"""What a client order id may look like (rest-api.md, "New order": the legal range that error -1100 names)."""

MIN_STRATEGY_TYPE = 1_000_000
"""rest-api.md, "New order": strategyType cannot be less than this."""

T = SpotOrderType
_LIMITS = frozenset({T.LIMIT, T.STOP_LOSS_LIMIT, T.TAKE_PROFIT_LIMIT, T.LIMIT_MAKER})
_TIMED = frozenset({T.LIMIT, T.STOP_LOSS_LIMIT, T.TAKE_PROFIT_LIMIT})
TRIGGERED = frozenset({T.STOP_LOSS, T.STOP_LOSS_LIMIT, T.TAKE_PROFIT, T.TAKE_PROFIT_LIMIT})
"""Order types that wait for a trigger; filters.md calls them "algo" orders."""

_WIRE = {
    "symbol": "symbol",
    "side": "side",
    "order_type": "type",
    "time_in_force": "timeInForce",
    "quantity": "quantity",
    "quote_order_qty": "quoteOrderQty",
    "price": "price",
    "new_client_order_id": "newClientOrderId",
    "strategy_id": "strategyId",
    "strategy_type": "strategyType",
    "stop_price": "stopPrice",
    "trailing_delta": "trailingDelta",
    "iceberg_qty": "icebergQty",
    "new_order_resp_type": "newOrderRespType",
    "self_trade_prevention_mode": "selfTradePreventionMode",
    "peg_price_type": "pegPriceType",
    "peg_offset_value": "pegOffsetValue",
    "peg_offset_type": "pegOffsetType",
}


class SpotOrderRequest(OrderRequest):
    """One spot order, complete or refused: what does not belong to its type is an InvalidOrderError in one sentence.

    Arguments: `symbol` ("BTCUSDT"); `side` ("BUY" or "SELL"); `order_type` (see SpotOrderType); `quantity` in base
    units, or for MARKET `quote_order_qty` in quote units; `price` and `stop_price` in quote units for one base unit;
    `trailing_delta` in basis points (100 is 1 %); `time_in_force` (GTC where the type needs one and none is given);
    `iceberg_qty` in base units. Numbers may be str, Decimal, int or float. A `new_client_order_id` is made when absent.
    Which type needs what: rest-api.md, "New order (TRADE)".
    """

    WIRE: ClassVar[Mapping[str, str]] = _WIRE

    order_type: SpotOrderType
    quote_order_qty: Decimal | None = None
    stop_price: Decimal | None = None
    trailing_delta: int | None = None
    time_in_force: TimeInForce | None = None
    iceberg_qty: Decimal | None = None
    new_order_resp_type: NewOrderRespType = NewOrderRespType.FULL
    strategy_id: int | None = None
    strategy_type: int | None = None
    peg_price_type: PegPriceType | None = None
    peg_offset_type: PegOffsetType | None = None
    peg_offset_value: int | None = None

    def __init__(self, **fields: Any) -> None:
        """Check the fields; a mistake is one sentence."""
        super().__init__(**fields)

    @field_validator("order_type", "peg_price_type", "peg_offset_type", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        return upper(value)

    @field_validator("quote_order_qty", "stop_price", "iceberg_qty", mode="before")
    @classmethod
    def _amounts(cls, value: object, info: ValidationInfo) -> Decimal | None:
        return positive(value, info)

    @field_validator("trailing_delta")
    @classmethod
    def _delta(cls, value: int | None) -> int | None:
        if value is not None and value <= 0:
            raise InvalidOrderError(
                f"trailing_delta is in basis points (100 is 1 %) and greater than zero, not {value}"
            )
        return value

    @field_validator("new_client_order_id")
    @classmethod
    def _client_order_id(cls, value: str) -> str:
        if not CLIENT_ORDER_ID.match(value):
            raise InvalidOrderError(
                f"new_client_order_id may have 1 to 36 letters, digits, - and _; {value!r} does not fit"
            )
        return value

    @field_validator("strategy_type")
    @classmethod
    def _strategy_type(cls, value: int | None) -> int | None:
        if value is not None and value < MIN_STRATEGY_TYPE:
            raise InvalidOrderError(f"strategy_type must be at least {MIN_STRATEGY_TYPE}")
        return value

    @model_validator(mode="before")
    @classmethod
    def _default_time_in_force(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("time_in_force") is None:
            order_type = data.get("order_type")
            if isinstance(order_type, str) and order_type.strip().upper() in _TIMED:
                return {**data, "time_in_force": TimeInForce.GTC}
        return data

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        for mistake in _mistakes(self):
            raise InvalidOrderError(mistake)
        return self

    @property
    def is_triggered(self) -> bool:
        """Whether the order waits for a stop price or a trailing delta."""
        return self.order_type in TRIGGERED


def _mistakes(order: SpotOrderRequest) -> list[str]:
    kind = order.order_type
    found: list[str] = []
    pegged = order.peg_price_type is not None
    if kind is T.MARKET:
        if (order.quantity is None) == (order.quote_order_qty is None):
            both = "not both" if order.quantity is not None else "one of the two is missing"
            found.append(f"a MARKET order takes quantity (base units) or quote_order_qty (quote units); {both}")
    else:
        if order.quote_order_qty is not None:
            found.append(f"quote_order_qty is for MARKET orders; a {kind} order takes quantity")
        if order.quantity is None:
            found.append(f"a {kind} order needs a quantity")
    if kind in _LIMITS and order.price is None and not pegged:
        found.append(f"a {kind} order needs a price")
    if kind in _LIMITS and order.price is not None and pegged:
        found.append("a pegged order follows the book and takes no price")
    if kind not in _LIMITS and order.price is not None:
        better = {T.MARKET: T.LIMIT, T.STOP_LOSS: T.STOP_LOSS_LIMIT, T.TAKE_PROFIT: T.TAKE_PROFIT_LIMIT}[kind]
        found.append(f"a {kind} order takes no price; {better} does")
    if kind in TRIGGERED and order.stop_price is None and order.trailing_delta is None:
        found.append(f"a {kind} order needs a stop_price, a trailing_delta (basis points), or both")
    if kind not in TRIGGERED and order.stop_price is not None:
        found.append(f"a {kind} order takes no stop_price; STOP_LOSS, TAKE_PROFIT and their LIMIT forms do")
    if kind not in TRIGGERED and order.trailing_delta is not None:
        found.append(f"a {kind} order takes no trailing_delta; STOP_LOSS, TAKE_PROFIT and their LIMIT forms do")
    if kind not in _TIMED and order.time_in_force is not None:
        found.append(f"a {kind} order takes no time_in_force")
    if order.iceberg_qty is not None:
        if kind not in _LIMITS:
            found.append(f"a {kind} order takes no iceberg_qty")
        elif order.time_in_force not in {None, TimeInForce.GTC}:
            found.append("an iceberg order must be GTC")
        elif order.quantity is not None and order.iceberg_qty > order.quantity:
            found.append("iceberg_qty is the visible part and cannot exceed quantity")
    if pegged and kind not in _LIMITS:
        found.append(f"a {kind} order cannot be pegged; LIMIT, LIMIT_MAKER and the LIMIT stops can")
    if pegged and kind is T.LIMIT_MAKER and order.peg_price_type is PegPriceType.MARKET_PEG:
        found.append("a LIMIT_MAKER order can only use PRIMARY_PEG")
    if not pegged and (order.peg_offset_type is not None or order.peg_offset_value is not None):
        found.append("peg_offset_type and peg_offset_value need a peg_price_type")
    if (order.peg_offset_type is None) != (order.peg_offset_value is None):
        found.append("peg_offset_type and peg_offset_value go together")
    return found
