"""The parameters of an order and how they become an engine's command; a prefix names the leg of an order list."""

from decimal import Decimal
from typing import Any

from binance_nb.models.enums import (
    CancelReplaceMode,
    CancelRestrictions,
    NewOrderRespType,
    OrderSide,
    PegOffsetType,
    PegPriceType,
    SelfTradePreventionMode,
    SpotOrderType,
    TimeInForce,
)
from binance_nb.sandbox.engine.commands import CancelOrder, NewOrder
from binance_nb.sandbox.engine.specs import SymbolSpec
from binance_nb.sandbox.server import errors, params
from binance_nb.sandbox.server.errors import ApiError
from binance_nb.sandbox.server.method import Call
from binance_nb.sandbox.server.params import Param
from binance_nb.sandbox.server.wire import decimals

read_type = params.one_of(SpotOrderType, ApiError(-1116, "Invalid orderType."))
read_side = params.one_of(OrderSide, ApiError(-1117, "Invalid side."))
read_tif = params.one_of(TimeInForce, ApiError(-1115, "Invalid timeInForce."))
read_stp = params.one_of(SelfTradePreventionMode)
read_peg_price = params.one_of(PegPriceType, ApiError(-1210, "Invalid pegPriceType."))
read_peg_offset = params.one_of(PegOffsetType, ApiError(-1211, "Invalid pegOffsetType."))
read_restrictions = params.one_of(CancelRestrictions, ApiError(-1145, "Invalid cancelRestrictions"))
read_mode = params.one_of(CancelReplaceMode)

RESPONSE_TYPE = Param("newOrderRespType", params.one_of(NewOrderRespType))
STP = Param("selfTradePreventionMode", read_stp)
SIDE = Param("side", read_side, mandatory=True)
TYPE = Param("type", read_type, mandatory=True)

BASE_AMOUNTS = ("quantity", "icebergQty")
QUOTE_AMOUNTS = ("price", "stopPrice", "quoteOrderQty")


def name_of(prefix: str, parameter: str) -> str:
    """Return a parameter's name in a leg: ("above", "price") is `abovePrice`, ("", "price") is `price`."""
    return prefix + parameter[0].upper() + parameter[1:] if prefix else parameter


def leg(
    prefix: str, *, quantity: bool = False, quantity_mandatory: bool = False, stops: bool = True
) -> tuple[Param, ...]:
    """Return the parameters of an order or of a leg of a list; a working leg has no stops, some legs no quantity."""
    found = [
        Param(name_of(prefix, "timeInForce"), read_tif),
        Param(name_of(prefix, "price"), params.decimal),
        Param(name_of(prefix, "icebergQty"), params.decimal),
        Param(name_of(prefix, "strategyId"), params.long),
        Param(name_of(prefix, "strategyType"), params.strategy_type),
        Param(name_of(prefix, "pegPriceType"), read_peg_price),
        Param(name_of(prefix, "pegOffsetType"), read_peg_offset),
        Param(name_of(prefix, "pegOffsetValue"), params.peg_offset),
    ]
    if stops:
        found.append(Param(name_of(prefix, "stopPrice"), params.decimal))
        found.append(Param(name_of(prefix, "trailingDelta"), params.long))
    if quantity:
        found.insert(0, Param(name_of(prefix, "quantity"), params.decimal, mandatory=quantity_mandatory))
    if prefix:
        found.append(Param(prefix + "ClientOrderId", params.client_id))
    return tuple(found)


def new_order(
    call: Call,
    spec: SymbolSpec,
    prefix: str = "",
    *,
    side: OrderSide,
    kind: SpotOrderType,
    quantity: Decimal | None,
    client_order_id: str | None = None,
    quote_order_qty: Decimal | None = None,
    use_sor: bool = False,
) -> NewOrder:
    """Return the engine's command for one order or leg; raises -1111 for too many decimals."""
    values = call.values

    def value(parameter: str) -> Any:
        return values.get(name_of(prefix, parameter))

    return NewOrder(
        symbol=spec.symbol,
        side=side,
        type=kind,
        client_order_id=client_order_id,
        time_in_force=value("timeInForce"),
        quantity=quantity,
        quote_order_qty=quote_order_qty,
        price=value("price"),
        stop_price=value("stopPrice"),
        trailing_delta=value("trailingDelta"),
        iceberg_qty=value("icebergQty"),
        strategy_id=value("strategyId"),
        strategy_type=value("strategyType"),
        self_trade_prevention_mode=values.get("selfTradePreventionMode"),
        peg_price_type=value("pegPriceType"),
        peg_offset_type=value("pegOffsetType"),
        peg_offset_value=value("pegOffsetValue"),
        use_sor=use_sor,
    )


def check_precision(call: Call, names: tuple[str, ...], places: int) -> None:
    """Raise -1111 when an amount has more decimals than its asset (CHANGELOG 2023-12-04)."""
    for name in names:
        amount = call.values.get(name)
        if amount is not None and decimals(amount) > places:
            raise errors.too_precise(name)


def check_order_precision(call: Call, spec: SymbolSpec, prefix: str = "") -> None:
    """Raise -1111 when an amount of an order or leg has more decimals than its asset."""
    base = tuple(name_of(prefix, each) for each in BASE_AMOUNTS)
    quote = tuple(name_of(prefix, each) for each in QUOTE_AMOUNTS)
    check_precision(call, base, spec.base_asset_precision)
    check_precision(call, quote, spec.quote_asset_precision)


def cancel_order(call: Call, *, order_id: str, orig: str, new: str) -> CancelOrder:
    """Return the engine's command to cancel an order; raises -1102 when neither id was sent."""
    if call[order_id] is None and call[orig] is None:
        raise errors.either(orig, order_id)
    return CancelOrder(
        symbol=call["symbol"],
        order_id=call[order_id],
        orig_client_order_id=call[orig],
        new_client_order_id=call[new],
        cancel_restrictions=call["cancelRestrictions"],
    )
