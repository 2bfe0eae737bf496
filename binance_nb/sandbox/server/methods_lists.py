"""Methods that place and cancel order lists: OCO, OTO, OTOCO, OPO, OPOCO and the deprecated OCO."""

from typing import Any

from binance_nb.models.enums import NewOrderRespType, OrderSide, SpotOrderType
from binance_nb.sandbox.engine.commands import CancelOrderList, NewOrder, NewOrderList
from binance_nb.sandbox.engine.specs import SymbolSpec
from binance_nb.sandbox.server import errors, params, render_orders
from binance_nb.sandbox.server.errors import ApiError
from binance_nb.sandbox.server.keys import Permission
from binance_nb.sandbox.server.method import Call, Handler, Method
from binance_nb.sandbox.server.methods_general import SYMBOL
from binance_nb.sandbox.server.order_params import (
    RESPONSE_TYPE,
    SIDE,
    STP,
    check_order_precision,
    check_precision,
    leg,
    name_of,
    new_order,
    read_side,
    read_tif,
    read_type,
)
from binance_nb.sandbox.server.params import Param

LIST_ID = Param("listClientOrderId", params.client_id)


def _leg_order(
    call: Call,
    spec: SymbolSpec,
    prefix: str,
    *,
    side: OrderSide | None = None,
    quantity: str | None = None,
) -> NewOrder:
    check_order_precision(call, spec, prefix)
    return new_order(
        call,
        spec,
        prefix,
        side=side or call[name_of(prefix, "side")],
        kind=call[name_of(prefix, "type")],
        quantity=None if quantity is None else call[quantity],
        client_order_id=call[prefix + "ClientOrderId"],
    )


def _placed(call: Call, kind: str, orders: tuple[NewOrder, ...]) -> Any:
    request = NewOrderList(
        kind=kind,
        symbol=call["symbol"],
        orders=orders,
        list_client_order_id=call["listClientOrderId"],
    )
    done = call.venue.exchange.place_order_list(call.account_id, request, call.now_us)
    # The examples of every list show the RESULT form where no other was asked for.
    return render_orders.list_placement(done, call["newOrderRespType"] or NewOrderRespType.RESULT, call.t)


def place_oco(call: Call) -> Any:
    """Place an OCO."""
    spec = call.venue.symbol(call["symbol"])
    check_precision(call, ("quantity",), spec.base_asset_precision)
    orders = tuple(
        _leg_order(call, spec, prefix, side=call["side"], quantity="quantity") for prefix in ("above", "below")
    )
    return _placed(call, "OCO", orders)


def place_oto(call: Call) -> Any:
    """Place an OTO."""
    spec = call.venue.symbol(call["symbol"])
    working = _leg_order(call, spec, "working", quantity="workingQuantity")
    return _placed(call, "OTO", (working, _leg_order(call, spec, "pending", quantity="pendingQuantity")))


def place_opo(call: Call) -> Any:
    """Place an OPO: the pending order has no quantity of its own."""
    spec = call.venue.symbol(call["symbol"])
    working = _leg_order(call, spec, "working", quantity="workingQuantity")
    return _placed(call, "OPO", (working, _leg_order(call, spec, "pending")))


def place_otoco(call: Call) -> Any:
    """Place an OTOCO."""
    return _three(call, "OTOCO", "pendingQuantity")


def place_opoco(call: Call) -> Any:
    """Place an OPOCO: the pending orders have no quantity of their own."""
    return _three(call, "OPOCO", None)


def _three(call: Call, kind: str, quantity: str | None) -> Any:
    spec = call.venue.symbol(call["symbol"])
    if quantity is not None:
        check_precision(call, (quantity,), spec.base_asset_precision)
    working = _leg_order(call, spec, "working", quantity="workingQuantity")
    if call["pendingBelowType"] is None:
        raise errors.mandatory("pendingBelowType")
    pending = tuple(
        _leg_order(call, spec, prefix, side=call["pendingSide"], quantity=quantity)
        for prefix in ("pendingAbove", "pendingBelow")
    )
    return _placed(call, kind, (working, *pending))


def place_deprecated_oco(call: Call) -> Any:
    """Place an OCO with the parameters of before `orderList/oco`: a limit maker and a stop loss; raises -1128."""
    spec = call.venue.symbol(call["symbol"])
    check_precision(call, ("quantity", "limitIcebergQty", "stopIcebergQty"), spec.base_asset_precision)
    check_precision(call, ("price", "stopPrice", "stopLimitPrice"), spec.quote_asset_precision)
    stop_price, stop_tif = call["stopLimitPrice"], call["stopLimitTimeInForce"]
    if stop_price is not None and stop_tif is None:
        raise errors.bad_combination("Recommendation: 'stopLimitTimeInForce' should also be sent.")
    limit = NewOrder(
        symbol=spec.symbol,
        side=call["side"],
        type=SpotOrderType.LIMIT_MAKER,
        client_order_id=call["limitClientOrderId"],
        quantity=call["quantity"],
        price=call["price"],
        iceberg_qty=call["limitIcebergQty"],
        strategy_id=call["limitStrategyId"],
        strategy_type=call["limitStrategyType"],
        self_trade_prevention_mode=call["selfTradePreventionMode"],
    )
    stop = NewOrder(
        symbol=spec.symbol,
        side=call["side"],
        type=SpotOrderType.STOP_LOSS if stop_price is None else SpotOrderType.STOP_LOSS_LIMIT,
        client_order_id=call["stopClientOrderId"],
        quantity=call["quantity"],
        price=stop_price,
        time_in_force=stop_tif,
        stop_price=call["stopPrice"],
        trailing_delta=call["trailingDelta"],
        iceberg_qty=call["stopIcebergQty"],
        strategy_id=call["stopStrategyId"],
        strategy_type=call["stopStrategyType"],
        self_trade_prevention_mode=call["selfTradePreventionMode"],
    )
    sells = call["side"] is OrderSide.SELL
    return _placed(call, "OCO", (limit, stop) if sells else (stop, limit))


def cancel_list(call: Call) -> Any:
    """Cancel a whole order list."""
    if call["orderListId"] is None and call["listClientOrderId"] is None:
        raise errors.either("orderListId", "listClientOrderId")
    request = CancelOrderList(
        symbol=call["symbol"],
        order_list_id=call["orderListId"],
        list_client_order_id=call["listClientOrderId"],
        new_client_order_id=call["newClientOrderId"],
    )
    return render_orders.list_cancellation(
        call.venue.exchange.cancel_order_list(call.account_id, request, call.now_us), call.t
    )


_WORKING_TYPE = params.one_of(
    SpotOrderType,
    ApiError(-1116, "Invalid orderType."),
    frozenset({SpotOrderType.LIMIT, SpotOrderType.LIMIT_MAKER}),
)
_COMMON = (SYMBOL, LIST_ID, RESPONSE_TYPE, STP)
_WORKING = (
    Param("workingType", _WORKING_TYPE, mandatory=True),
    Param("workingSide", read_side, mandatory=True),
    *leg("working", quantity=True, quantity_mandatory=True, stops=False),
)


def read_pair_type(name: str, text: str) -> SpotOrderType:
    """Return the type of one order of a pair; raises -1116 for an unknown word, -1158 for LIMIT and MARKET."""
    kind = read_type(name, text)
    if kind in {SpotOrderType.LIMIT, SpotOrderType.MARKET}:
        raise ApiError(-1158, "Order type not supported in OCO.")
    return kind


def _half(prefix: str, *, mandatory: bool = True) -> tuple[Param, ...]:
    """Return the parameters of one order of a pair."""
    return (Param(prefix + "Type", read_pair_type, mandatory=mandatory), *leg(prefix))


_PENDING_TYPE = Param("pendingType", read_type, mandatory=True)


_PENDING_SIDE = Param("pendingSide", read_side, mandatory=True)
_PENDING_PAIR = (
    _PENDING_SIDE,
    *_half("pendingAbove"),
    *_half("pendingBelow", mandatory=False),
)
_OCO = (
    *_COMMON,
    SIDE,
    Param("quantity", params.decimal, mandatory=True),
    *_half("above"),
    *_half("below"),
)
_OTO = (
    *_COMMON,
    *_WORKING,
    _PENDING_SIDE,
    _PENDING_TYPE,
    *leg("pending", quantity=True, quantity_mandatory=True),
)
_OTOCO = (*_COMMON, *_WORKING, *_PENDING_PAIR, Param("pendingQuantity", params.decimal, mandatory=True))
_OPO = (*_COMMON, *_WORKING, _PENDING_SIDE, _PENDING_TYPE, *leg("pending"))
_OPOCO = (*_COMMON, *_WORKING, *_PENDING_PAIR)
_DEPRECATED_OCO = (
    *_COMMON,
    SIDE,
    Param("quantity", params.decimal, mandatory=True),
    Param("limitClientOrderId", params.client_id),
    Param("price", params.decimal, mandatory=True),
    Param("limitStrategyId", params.long),
    Param("limitStrategyType", params.strategy_type),
    Param("limitIcebergQty", params.decimal),
    Param("trailingDelta", params.long),
    Param("stopClientOrderId", params.client_id),
    Param("stopPrice", params.decimal, mandatory=True),
    Param("stopStrategyId", params.long),
    Param("stopStrategyType", params.strategy_type),
    Param("stopLimitPrice", params.decimal),
    Param("stopIcebergQty", params.decimal),
    Param("stopLimitTimeInForce", read_tif),
)


def _list_method(name: str, path: str, handler: Handler, spec: tuple[Param, ...]) -> Method:
    return Method(
        name,
        ("POST", path),
        handler,
        spec,
        security=Permission.TRADE,
        success_weight=0,
        changes=True,
        places=True,
    )


METHODS = (
    _list_method("orderList.place", "/api/v3/order/oco", place_deprecated_oco, _DEPRECATED_OCO),
    _list_method("orderList.place.oco", "/api/v3/orderList/oco", place_oco, _OCO),
    _list_method("orderList.place.oto", "/api/v3/orderList/oto", place_oto, _OTO),
    _list_method("orderList.place.otoco", "/api/v3/orderList/otoco", place_otoco, _OTOCO),
    _list_method("orderList.place.opo", "/api/v3/orderList/opo", place_opo, _OPO),
    _list_method("orderList.place.opoco", "/api/v3/orderList/opoco", place_opoco, _OPOCO),
    Method(
        "orderList.cancel",
        ("DELETE", "/api/v3/orderList"),
        cancel_list,
        (SYMBOL, Param("orderListId", params.long), LIST_ID, Param("newClientOrderId", params.client_id)),
        security=Permission.TRADE,
        success_weight=0,
        changes=True,
    ),
)
