"""The parameters of futures orders and how they become the engine's commands."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from binance_nb.models.enums import (
    FuturesOrderType,
    FuturesTimeInForce,
    OrderSide,
    PositionSide,
    PriceMatch,
    SelfTradePreventionMode,
    WorkingType,
)
from binance_nb.sandbox.futures.commands import CancelOrder, ModifyOrder, NewAlgoOrder, NewOrder
from binance_nb.sandbox.server import errors, params, wire
from binance_nb.sandbox.server.errors import ApiError
from binance_nb.sandbox.server.methods_general import SYMBOL
from binance_nb.sandbox.server.params import Param

Values = Mapping[str, Any]
Item = TypeVar("Item")

SIDE = Param("side", params.one_of(OrderSide, ApiError(-1117, "Invalid side.")), mandatory=True)
TYPE = Param("type", params.one_of(FuturesOrderType, ApiError(-1116, "Invalid orderType.")), mandatory=True)
TIME_IN_FORCE = Param("timeInForce", params.one_of(FuturesTimeInForce, ApiError(-1115, "Invalid timeInForce.")))
POSITION_SIDE = Param("positionSide", params.one_of(PositionSide))
RESPONSE_TYPE = Param("newOrderRespType", params.word(frozenset({"ACK", "RESULT"})), default="ACK")
PRICE_MATCH = Param("priceMatch", params.one_of(PriceMatch, ApiError(-5037, "Invalid price match.")))
ORDER_ID = Param("orderId", params.long)
ORIG_CLIENT_ORDER_ID = Param("origClientOrderId", params.text)

_COMMON = (
    SYMBOL,
    SIDE,
    TYPE,
    POSITION_SIDE,
    TIME_IN_FORCE,
    Param("quantity", params.decimal),
    Param("price", params.decimal),
    Param("reduceOnly", params.boolean),
    PRICE_MATCH,
    Param("selfTradePreventionMode", params.one_of(SelfTradePreventionMode)),
    Param("goodTillDate", params.time_us),
    RESPONSE_TYPE,
)
NEW_ORDER = (*_COMMON, Param("newClientOrderId", params.text))
MODIFY_ORDER = (
    SYMBOL,
    SIDE,
    Param("quantity", params.decimal, mandatory=True),
    Param("price", params.decimal),
    PRICE_MATCH,
    ORDER_ID,
    ORIG_CLIENT_ORDER_ID,
    Param("modifyId", params.long),
)
ORDER_IDS = (ORDER_ID, ORIG_CLIENT_ORDER_ID)
NEW_ALGO_ORDER = (
    Param("algoType", params.word(frozenset({"CONDITIONAL"})), mandatory=True),
    *_COMMON,
    Param("triggerPrice", params.decimal),
    Param("workingType", params.one_of(WorkingType)),
    Param("closePosition", params.boolean, default=False),
    Param("priceProtect", params.boolean, default=False),
    Param("activatePrice", params.decimal),
    Param("callbackRate", params.decimal),
    Param("clientAlgoId", params.text),
)


def new_order(values: Values) -> NewOrder:
    """Return the engine's command for a MARKET or LIMIT order."""
    return NewOrder(**_common(values), client_order_id=values["newClientOrderId"])


def new_algo_order(values: Values) -> NewAlgoOrder:
    """Return the engine's command for a conditional order."""
    return NewAlgoOrder(
        **_common(values),
        trigger_price=values["triggerPrice"],
        working_type=values["workingType"],
        close_position=values["closePosition"],
        price_protect=values["priceProtect"],
        activate_price=values["activatePrice"],
        callback_rate=values["callbackRate"],
        client_algo_id=values["clientAlgoId"],
    )


def _common(values: Values) -> dict[str, Any]:
    return {
        "symbol": values["symbol"],
        "side": values["side"],
        "type": values["type"],
        "position_side": values["positionSide"],
        "time_in_force": values["timeInForce"],
        "quantity": values["quantity"],
        "price": values["price"],
        "price_match": _price_match(values),
        "reduce_only": values["reduceOnly"],
        "self_trade_prevention_mode": values["selfTradePreventionMode"],
        "good_till_us": values["goodTillDate"],
    }


def modify_order(values: Values) -> ModifyOrder:
    """Return the engine's command to modify an order; raises -1102 when neither id was sent."""
    require_id(values)
    return ModifyOrder(
        symbol=values["symbol"],
        side=values["side"],
        quantity=values["quantity"],
        price=values["price"],
        price_match=_price_match(values),
        order_id=values["orderId"],
        orig_client_order_id=values["origClientOrderId"],
        modify_id=values["modifyId"],
    )


def cancel_order(values: Values) -> CancelOrder:
    """Return the engine's command to cancel an order; raises -1102 when neither id was sent."""
    require_id(values)
    return CancelOrder(
        symbol=values["symbol"], order_id=values["orderId"], orig_client_order_id=values["origClientOrderId"]
    )


def require_id(values: Values) -> None:
    """Raise -1102 unless an order is named by one of its ids."""
    if values["orderId"] is None and values["origClientOrderId"] is None:
        raise errors.either("origClientOrderId", "orderId")


def _price_match(values: Values) -> PriceMatch | None:
    asked: PriceMatch | None = values["priceMatch"]
    return None if asked is PriceMatch.NONE else asked


def json_list(item: type[Item]) -> params.Parser:
    """Return a reader of a JSON array of one kind; raises -1135."""

    def parse(name: str, text: str) -> list[Item]:
        try:
            return msgspec.convert(wire.decode(text), list[item])  # type: ignore[valid-type]
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeEncodeError):
            raise ApiError(-1135, f"JSON sent for parameter '{name}' is not valid") from None

    return parse


def read_item(spec: tuple[Param, ...], item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of one order of a batch."""
    return params.read(spec, {name: wire.as_text(value) for name, value in item.items()})
