"""What may be sent to USD-M futures: FuturesOrderRequest and FuturesAmendRequest, checked where they are made."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar, Self

from pydantic import ValidationInfo, field_validator, model_validator

from binance_nb.errors import InvalidOrderError
from binance_nb.models.decimals import plain
from binance_nb.models.enums import (
    FuturesOrderType,
    FuturesTimeInForce,
    NewOrderRespType,
    OrderSide,
    PositionSide,
    PriceMatch,
    SelfTradePreventionMode,
    WorkingType,
)
from binance_nb.models.request_base import OrderRequest, positive, upper

CLIENT_ORDER_ID = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}\Z")
"""What a client order id may look like (usds-margined-futures, "New Order"); the same holds of a clientAlgoId."""

CALLBACK_RATES = (Decimal("0.1"), Decimal(20))
"""Percent that a trailing stop may follow by; the upper bound was 10 until 2026-10-23 (derivatives change log)."""

LATEST_GOOD_TILL_MS = 253402300799000
"""usds-margined-futures, "New Order": goodTillDate must be below this."""
EARLIEST_GOOD_TILL_MS = 1_000_000_000_000
"""Less is no time of the exchange in milliseconds, but perhaps one in seconds."""

T = FuturesOrderType
PRICED = frozenset({T.LIMIT, T.STOP, T.TAKE_PROFIT})
"""Order types with a limit price, or a price_match instead."""
CONDITIONAL = frozenset({T.STOP, T.STOP_MARKET, T.TAKE_PROFIT, T.TAKE_PROFIT_MARKET, T.TRAILING_STOP_MARKET})
"""Order types that wait in the Algo Service for their trigger (change log 2025-11-06, in force since 2025-12-09)."""
_CLOSING = frozenset({T.STOP_MARKET, T.TAKE_PROFIT_MARKET})
_MODES = frozenset(
    {
        SelfTradePreventionMode.NONE,
        SelfTradePreventionMode.EXPIRE_TAKER,
        SelfTradePreventionMode.EXPIRE_MAKER,
        SelfTradePreventionMode.EXPIRE_BOTH,
    }
)

_SHARED = {
    "symbol": "symbol",
    "side": "side",
    "order_type": "type",
    "position_side": "positionSide",
    "time_in_force": "timeInForce",
    "quantity": "quantity",
    "price": "price",
    "price_match": "priceMatch",
    "reduce_only": "reduceOnly",
    "new_order_resp_type": "newOrderRespType",
    "self_trade_prevention_mode": "selfTradePreventionMode",
    "good_till_date": "goodTillDate",
}
_REGULAR = {**_SHARED, "new_client_order_id": "newClientOrderId"}
_ALGO = {
    **_SHARED,
    "stop_price": "triggerPrice",
    "close_position": "closePosition",
    "working_type": "workingType",
    "price_protect": "priceProtect",
    "activation_price": "activatePrice",
    "callback_rate": "callbackRate",
    "new_client_order_id": "clientAlgoId",
}


class FuturesOrderRequest(OrderRequest):
    """One USD-M futures order, complete or refused: what does not belong together is an InvalidOrderError.

    Arguments: `symbol`; `side` ("BUY" or "SELL"); `order_type` (see FuturesOrderType); `quantity` in base units;
    `price`, `stop_price` (the exchange's triggerPrice) and `activation_price` in quote units for one base unit;
    `callback_rate` in percent (1 is 1 %) for TRAILING_STOP_MARKET; `position_side` LONG or SHORT in hedge mode;
    `reduce_only`; `close_position` (STOP_MARKET and TAKE_PROFIT_MARKET: all of the position, without a quantity);
    `price_match` instead of a price; `time_in_force` (GTC where the type has a price and none is given), `GTX` for post
    only, `GTD` with `good_till_date` (a datetime or epoch milliseconds; the exchange reads whole seconds and wants it
    more than ten minutes ahead); `working_type` chooses the price that triggers. A `new_client_order_id` is made when
    absent; of a conditional order it is the clientAlgoId. usds-margined-futures, "New Order" and "New Algo Order".
    """

    WIRE: ClassVar[Mapping[str, str]] = _REGULAR

    order_type: FuturesOrderType
    position_side: PositionSide | None = None
    stop_price: Decimal | None = None
    time_in_force: FuturesTimeInForce | None = None
    reduce_only: bool | None = None
    close_position: bool | None = None
    activation_price: Decimal | None = None
    callback_rate: Decimal | None = None
    working_type: WorkingType | None = None
    price_protect: bool | None = None
    price_match: PriceMatch | None = None
    good_till_date: int | None = None
    new_order_resp_type: NewOrderRespType = NewOrderRespType.RESULT

    def __init__(self, **fields: Any) -> None:
        """Check the fields; a mistake is one sentence."""
        super().__init__(**fields)

    @field_validator("order_type", "position_side", "working_type", "price_match", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        return upper(value)

    @field_validator("stop_price", "activation_price", "callback_rate", mode="before")
    @classmethod
    def _amounts(cls, value: object, info: ValidationInfo) -> Decimal | None:
        return positive(value, info)

    @field_validator("good_till_date", mode="before")
    @classmethod
    def _moment(cls, value: object) -> object:
        if isinstance(value, datetime):
            aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
            value = int(aware.timestamp()) * 1000
        if isinstance(value, int) and not EARLIEST_GOOD_TILL_MS <= value < LATEST_GOOD_TILL_MS:
            raise InvalidOrderError(f"good_till_date is a datetime or epoch milliseconds, and {value} is no such time")
        return value

    @field_validator("new_client_order_id")
    @classmethod
    def _client_order_id(cls, value: str) -> str:
        if not CLIENT_ORDER_ID.match(value):
            raise InvalidOrderError(
                f"new_client_order_id may have 1 to 36 letters, digits, and . : / _ -; {value!r} does not fit"
            )
        return value

    @model_validator(mode="before")
    @classmethod
    def _default_time_in_force(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("time_in_force") is None and upper(data.get("order_type")) in PRICED:
            return {**data, "time_in_force": "GTD" if data.get("good_till_date") is not None else "GTC"}
        return data

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        for mistake in _mistakes(self):
            raise InvalidOrderError(mistake)
        return self

    @property
    def is_conditional(self) -> bool:
        """Whether the order goes to the Algo Service and waits there for its trigger."""
        return self.order_type in CONDITIONAL

    @property
    def only_reduces(self) -> bool:
        """Whether the order can only make a position smaller, as far as it says so itself."""
        closes_a_side = (self.side, self.position_side) in {
            (OrderSide.SELL, PositionSide.LONG),
            (OrderSide.BUY, PositionSide.SHORT),
        }
        return bool(self.reduce_only or self.close_position or closes_a_side)

    def to_params(self) -> dict[str, str]:
        """Return the exchange's own parameters: those of "New Algo Order" for a conditional type."""
        if not self.is_conditional:
            return super().to_params()
        return {"algoType": "CONDITIONAL", **self._params(_ALGO)}


class FuturesAmendRequest(OrderRequest):
    """New price and quantity of a LIMIT order: `symbol`, `side`, `quantity`, `price` or `price_match`, and one id.

    The order loses its place in the queue. usds-margined-futures, "Modify Order".
    """

    WIRE: ClassVar[Mapping[str, str]] = {
        "order_id": "orderId",
        "client_order_id": "origClientOrderId",
        "symbol": "symbol",
        "side": "side",
        "quantity": "quantity",
        "price": "price",
        "price_match": "priceMatch",
    }

    order_type: FuturesOrderType = T.LIMIT
    new_order_resp_type: NewOrderRespType = NewOrderRespType.RESULT
    order_id: int | None = None
    client_order_id: str | None = None
    price_match: PriceMatch | None = None

    def __init__(self, **fields: Any) -> None:
        """Check the fields; a mistake is one sentence."""
        super().__init__(**fields)

    @field_validator("price_match", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        return upper(value)

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if self.order_id is None and self.client_order_id is None:
            raise InvalidOrderError("say which order: order_id=… or client_order_id=…")
        if self.quantity is None:
            raise InvalidOrderError("a modified order needs a quantity; give the old one to leave it as it is")
        if (self.price is None) == (self.price_match is None):
            raise InvalidOrderError("a modified order takes a price or a price_match, one of the two")
        return self


def _mistakes(order: FuturesOrderRequest) -> Iterator[str]:
    kind = order.order_type
    yield from _price_mistakes(order)
    yield from _trigger_mistakes(order)
    yield from _closing_mistakes(order)
    if kind is T.MARKET and order.time_in_force is not None:
        yield "a MARKET order takes no time_in_force"
    if (order.time_in_force is FuturesTimeInForce.GTD) != (order.good_till_date is not None):
        yield "time_in_force GTD and good_till_date go together"
    if order.self_trade_prevention_mode is not None and order.self_trade_prevention_mode not in _MODES:
        mode = order.self_trade_prevention_mode
        yield f"futures have no self_trade_prevention_mode {mode}, but EXPIRE_TAKER, EXPIRE_MAKER and EXPIRE_BOTH"


def _price_mistakes(order: FuturesOrderRequest) -> Iterator[str]:
    kind = order.order_type
    matched = order.price_match not in {None, PriceMatch.NONE}
    if kind in PRICED:
        if order.price is None and not matched:
            yield f"a {kind} order needs a price, or a price_match"
        if order.price is not None and matched:
            yield "price_match takes the price from the book: leave price out"
        return
    if order.price is not None:
        better = {T.STOP_MARKET: T.STOP, T.TAKE_PROFIT_MARKET: T.TAKE_PROFIT}.get(kind, T.LIMIT)
        yield f"a {kind} order takes no price; {better} does"
    if matched:
        yield f"a {kind} order takes no price_match; LIMIT, STOP and TAKE_PROFIT do"


def _trigger_mistakes(order: FuturesOrderRequest) -> Iterator[str]:
    kind = order.order_type
    if kind is T.TRAILING_STOP_MARKET:
        if order.callback_rate is None:
            yield "a TRAILING_STOP_MARKET order needs a callback_rate in percent"
        elif not CALLBACK_RATES[0] <= order.callback_rate <= CALLBACK_RATES[1]:
            low, high = map(plain, CALLBACK_RATES)
            yield f"callback_rate is in percent, {low} to {high}, not {plain(order.callback_rate)}"
        if order.stop_price is not None:
            yield "a TRAILING_STOP_MARKET order takes no stop_price; activation_price says where it begins to follow"
    else:
        for name in ("callback_rate", "activation_price"):
            if getattr(order, name) is not None:
                yield f"a {kind} order takes no {name}; TRAILING_STOP_MARKET does"
        if kind in CONDITIONAL and order.stop_price is None:
            yield f"a {kind} order needs a stop_price"
    if kind not in CONDITIONAL:
        for name in ("stop_price", "working_type", "price_protect"):
            if getattr(order, name) is not None:
                yield f"a {kind} order takes no {name}; STOP, TAKE_PROFIT and their MARKET forms do"


def _closing_mistakes(order: FuturesOrderRequest) -> Iterator[str]:
    kind, side = order.order_type, order.position_side
    hedged = side in {PositionSide.LONG, PositionSide.SHORT}
    if order.close_position:
        if kind not in _CLOSING:
            yield f"a {kind} order takes no close_position; STOP_MARKET and TAKE_PROFIT_MARKET do"
        if order.quantity is not None:
            yield "close_position closes all of the position: leave quantity out"
        if order.reduce_only is not None:
            yield "close_position reduces by itself: leave reduce_only out"
        if (order.side, side) in {(OrderSide.BUY, PositionSide.LONG), (OrderSide.SELL, PositionSide.SHORT)}:
            yield f"a {order.side} order makes a {side} position larger: close_position does not go with it"
    elif order.quantity is None:
        also = ", or close_position=True" if kind in _CLOSING else ""
        yield f"a {kind} order needs a quantity{also}"
    if order.reduce_only is not None and hedged:
        yield f"reduce_only is for one-way mode; with position_side {side} the side says whether the order reduces"
