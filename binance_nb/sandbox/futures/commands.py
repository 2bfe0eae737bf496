"""What a door may ask of the futures engine, already parsed: the engine never sees a request's text.

Refusals are `EngineError`s, as on spot: the exchange's code and message.
"""

from dataclasses import dataclass
from decimal import Decimal

from binance_nb.models.enums import (
    FuturesOrderType,
    FuturesTimeInForce,
    OrderSide,
    PositionSide,
    PriceMatch,
    SelfTradePreventionMode,
    WorkingType,
)
from binance_nb.sandbox.engine.commands import EngineError

__all__ = ["CancelOrder", "EngineError", "ModifyOrder", "NewAlgoOrder", "NewOrder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """A MARKET or LIMIT order as asked for: quantity in the base asset, price in USDT.

    A position side of None is BOTH. `good_till_us` is GTD's end in microseconds.
    """

    symbol: str
    side: OrderSide
    type: FuturesOrderType
    position_side: PositionSide | None = None
    time_in_force: FuturesTimeInForce | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    client_order_id: str | None = None  # the engine makes one when it is absent
    reduce_only: bool | None = None  # None when it was not sent: hedge mode does not take it
    price_match: PriceMatch | None = None
    self_trade_prevention_mode: SelfTradePreventionMode | None = None  # EXPIRE_MAKER when absent
    good_till_us: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifyOrder:
    """Give an open LIMIT order a new price and quantity; it goes to the end of its queue."""

    symbol: str
    side: OrderSide
    quantity: Decimal
    price: Decimal | None = None  # or `price_match`
    price_match: PriceMatch | None = None
    order_id: int | None = None
    orig_client_order_id: str | None = None
    modify_id: int | None = None  # echoed in the AMENDMENT report


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """Cancel one order by its id, or by its client order id."""

    symbol: str
    order_id: int | None = None
    orig_client_order_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAlgoOrder:
    """A conditional order for the Algo Service: STOP(_MARKET), TAKE_PROFIT(_MARKET) or TRAILING_STOP_MARKET.

    `callback_rate` is in percent (1 is 1 %).
    """

    symbol: str
    side: OrderSide
    type: FuturesOrderType
    position_side: PositionSide | None = None
    time_in_force: FuturesTimeInForce | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    working_type: WorkingType | None = None  # CONTRACT_PRICE when absent
    price_match: PriceMatch | None = None
    close_position: bool = False
    price_protect: bool = False
    reduce_only: bool | None = None
    activate_price: Decimal | None = None
    callback_rate: Decimal | None = None
    client_algo_id: str | None = None
    self_trade_prevention_mode: SelfTradePreventionMode | None = None
    good_till_us: int | None = None
