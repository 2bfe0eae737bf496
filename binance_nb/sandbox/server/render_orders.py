"""Orders and order lists as the documented JSON (rest-api.md, Trading endpoints and Query order)."""

from typing import Any

from binance_nb.models.enums import NewOrderRespType
from binance_nb.sandbox.engine.commands import EngineError
from binance_nb.sandbox.engine.records import (
    AmendedOrder,
    Cancellation,
    CancelReplaced,
    Fill,
    ListCancellation,
    ListedOrder,
    ListPlacement,
    Order,
    OrderList,
    Placement,
    PreventedMatch,
)
from binance_nb.sandbox.server.wire import EncodeTime, units

Json = dict[str, Any]


def placement(done: Placement, answer: NewOrderRespType, t: EncodeTime) -> Json:
    """Return the answer to a new order in the form asked for: ACK, RESULT or FULL."""
    order = done.order
    out: Json = {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": order.order_list_id,
        "clientOrderId": order.client_order_id,
        "transactTime": t(order.updated_us),
    }
    if answer is NewOrderRespType.ACK:
        return out
    _amounts(out, order)
    _stop(out, order)
    _trailing(out, order, t)
    _iceberg(out, order)
    _strategy(out, order)
    out["workingTime"] = t(order.working_us)
    if answer is NewOrderRespType.FULL:
        out["fills"] = [_fill(each) for each in done.fills]
    _sor(out, order)
    if done.prevented_matches:
        out["preventedMatches"] = [_prevented_leg(each) for each in done.prevented_matches]
    out["selfTradePreventionMode"] = order.self_trade_prevention_mode.value
    if done.prevented_matches and order.trade_group_id >= 0:
        out["tradeGroupId"] = order.trade_group_id
    if order.prevented_u:
        out["preventedQuantity"] = units(order.prevented_u)
    _pegged(out, order)
    _expiry(out, order)
    return out


def cancellation(done: Cancellation | ListCancellation, t: EncodeTime) -> Json:
    """Return the answer to a cancel; an order of a list takes its list with it and answers as the list does."""
    if isinstance(done, ListCancellation):
        return list_cancellation(done, t)
    order = done.order
    out: Json = {
        "symbol": order.symbol,
        "origClientOrderId": order.client_order_id,
        "orderId": order.order_id,
        "orderListId": order.order_list_id,
        "clientOrderId": done.client_order_id,
        "transactTime": t(order.updated_us),
    }
    _amounts(out, order)
    _stop(out, order)
    _trailing(out, order, t)
    _iceberg(out, order)
    _strategy(out, order)
    _sor(out, order)
    _prevented(out, order)
    out["selfTradePreventionMode"] = order.self_trade_prevention_mode.value
    _pegged(out, order)
    return out


def queried(order: Order, t: EncodeTime) -> Json:
    """Return an order as the order queries show it."""
    out: Json = {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": order.order_list_id,
        "clientOrderId": order.client_order_id,
        "price": units(order.price_u),
    }
    if order.quantity_known:
        out["origQty"] = units(order.quantity_u)
    out["executedQty"] = units(order.executed_u)
    out["cummulativeQuoteQty"] = units(order.cumulative_quote_u)
    out["status"] = order.status.value
    out["timeInForce"] = order.time_in_force.value
    out["type"] = order.type.value
    out["side"] = order.side.value
    out["stopPrice"] = units(order.stop_price_u)
    _trailing(out, order, t)
    out["icebergQty"] = units(order.iceberg_u)
    _strategy(out, order)
    out["time"] = t(order.created_us)
    out["updateTime"] = t(order.updated_us)
    out["isWorking"] = order.is_working
    out["workingTime"] = t(order.working_us)
    out["origQuoteOrderQty"] = units(order.quote_order_qty_u)
    _sor(out, order)
    out["selfTradePreventionMode"] = order.self_trade_prevention_mode.value
    _prevented(out, order)
    _pegged(out, order)
    _expiry(out, order)
    return out


def list_head(orders: OrderList, t: EncodeTime) -> Json:
    """Return an order list as the list queries show it."""
    return {
        "orderListId": orders.order_list_id,
        "contingencyType": orders.contingency_type.value,
        "listStatusType": orders.list_status_type.value,
        "listOrderStatus": orders.list_order_status.value,
        "listClientOrderId": orders.list_client_order_id,
        "transactionTime": t(orders.transaction_us),
        "symbol": orders.symbol,
        "orders": [listed(each) for each in orders.orders],
    }


def listed(order: ListedOrder) -> Json:
    """Return an order as its list names it."""
    return {"symbol": order.symbol, "orderId": order.order_id, "clientOrderId": order.client_order_id}


def list_placement(done: ListPlacement, answer: NewOrderRespType, t: EncodeTime) -> Json:
    """Return the answer to a new order list."""
    out = list_head(done.order_list, t)
    out["orderReports"] = [placement(each, answer, t) for each in done.placements]
    return out


def list_cancellation(done: ListCancellation, t: EncodeTime) -> Json:
    """Return the answer to the cancel of an order list."""
    out = list_head(done.order_list, t)
    out["orderReports"] = [cancellation(each, t) for each in done.cancellations]
    return out


def cancel_replaced(done: CancelReplaced, answer: NewOrderRespType, t: EncodeTime) -> Json:
    """Return both legs of a cancel-replace; of a partial failure it is the error's `data`."""
    cancelled = done.cancel_response
    placed = done.new_order_response
    return {
        "cancelResult": done.cancel_result,
        "newOrderResult": done.new_order_result,
        "cancelResponse": refusal(cancelled) if isinstance(cancelled, EngineError) else cancellation(cancelled, t),
        "newOrderResponse": None
        if placed is None
        else refusal(placed)
        if isinstance(placed, EngineError)
        else placement(placed, answer, t),
    }


def refusal(error: EngineError) -> Json:
    """Return an engine's refusal as code and text."""
    return {"code": error.code, "msg": error.message}


def amended(done: AmendedOrder, t: EncodeTime) -> Json:
    """Return the answer to an amendment."""
    order = done.order
    shown: Json = {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": order.order_list_id,
        "origClientOrderId": done.orig_client_order_id,
        "clientOrderId": order.client_order_id,
        "price": units(order.price_u),
        "qty": units(order.quantity_u),
        "executedQty": units(order.executed_u),
        "preventedQty": units(order.prevented_u),
        "quoteOrderQty": units(order.quote_order_qty_u),
        "cumulativeQuoteQty": units(order.cumulative_quote_u),
        "status": order.status.value,
        "timeInForce": order.time_in_force.value,
        "type": order.type.value,
        "side": order.side.value,
    }
    _stop(shown, order)
    _trailing(shown, order, t)
    _iceberg(shown, order)
    _strategy(shown, order)
    if order.working_us >= 0:
        shown["workingTime"] = t(order.working_us)
    _sor(shown, order)
    shown["selfTradePreventionMode"] = order.self_trade_prevention_mode.value
    _pegged(shown, order)
    out: Json = {"transactTime": t(done.now_us), "executionId": done.execution_id, "amendedOrder": shown}
    if done.order_list is not None:
        head = list_head(done.order_list, t)
        out["listStatus"] = {
            name: head[name]
            for name in ("orderListId", "contingencyType", "listOrderStatus", "listClientOrderId", "symbol", "orders")
        }
    return out


def _amounts(out: Json, order: Order) -> None:
    out["price"] = units(order.price_u)
    if order.quantity_known:
        out["origQty"] = units(order.quantity_u)
    out["executedQty"] = units(order.executed_u)
    out["origQuoteOrderQty"] = units(order.quote_order_qty_u)
    out["cummulativeQuoteQty"] = units(order.cumulative_quote_u)
    out["status"] = order.status.value
    out["timeInForce"] = order.time_in_force.value
    out["type"] = order.type.value
    out["side"] = order.side.value


def _stop(out: Json, order: Order) -> None:
    if order.is_algo:
        out["stopPrice"] = units(order.stop_price_u)


def _trailing(out: Json, order: Order, t: EncodeTime) -> None:
    if order.trailing_delta is not None:
        out["trailingDelta"] = order.trailing_delta
        out["trailingTime"] = t(order.trailing_time_us)


def _iceberg(out: Json, order: Order) -> None:
    if order.iceberg_u:
        out["icebergQty"] = units(order.iceberg_u)


def _strategy(out: Json, order: Order) -> None:
    if order.strategy_id is not None:
        out["strategyId"] = order.strategy_id
    if order.strategy_type is not None:
        out["strategyType"] = order.strategy_type


def _sor(out: Json, order: Order) -> None:
    if order.used_sor:
        out["workingFloor"] = order.working_floor
        out["usedSor"] = True


def _prevented(out: Json, order: Order) -> None:
    if order.prevented_u:
        out["preventedMatchId"] = order.prevented_match_id
        out["preventedQuantity"] = units(order.prevented_u)


def _pegged(out: Json, order: Order) -> None:
    if order.peg_price_type is not None:
        out["pegPriceType"] = order.peg_price_type.value
        if order.peg_offset_type is not None:
            out["pegOffsetType"] = order.peg_offset_type.value
            out["pegOffsetValue"] = order.peg_offset_value
        if order.pegged_price_u is not None:
            out["peggedPrice"] = units(order.pegged_price_u)


def _expiry(out: Json, order: Order) -> None:
    if order.expiry_reason is not None:
        out["expiryReason"] = order.expiry_reason.value


def _fill(row: Fill) -> Json:
    out: Json = {} if row.match_type is None else {"matchType": row.match_type}
    out |= {
        "price": units(row.price_u),
        "qty": units(row.quantity_u),
        "commission": units(row.commission_u),
        "commissionAsset": row.commission_asset,
        "tradeId": row.trade_id,
    }
    if row.allocation_id is not None:
        out["allocId"] = row.allocation_id
    return out


def _prevented_leg(row: PreventedMatch) -> Json:
    out: Json = {
        "preventedMatchId": row.prevented_match_id,
        "makerOrderId": row.maker_order_id,
        "price": units(row.price_u),
    }
    if row.taker_prevented_u is not None:
        out["takerPreventedQuantity"] = units(row.taker_prevented_u)
    if row.maker_prevented_u is not None:
        out["makerPreventedQuantity"] = units(row.maker_prevented_u)
    return out
