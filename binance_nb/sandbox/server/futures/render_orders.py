"""Futures orders, conditional orders, fills and amendments as the documented JSON."""

from decimal import Decimal
from typing import Any

from binance_nb.models.enums import FuturesOrderType, OrderStatus
from binance_nb.sandbox.futures.records import AccountTrade, AlgoOrder, Amendment, Order
from binance_nb.sandbox.futures.specs import SymbolSpec
from binance_nb.sandbox.server.futures.render import at_least, average, plain, price, quantity
from binance_nb.sandbox.server.wire import EncodeTime, fixed

Json = dict[str, Any]
NOTHING = Decimal(0)
QUOTE_PLACES = 5


def acknowledged(order: Order, spec: SymbolSpec, t: EncodeTime, *, with_result: bool = True) -> Json:
    """Return the answer to a new, modified or cancelled order: without avgPrice and cumQuote.

    An ACK, that is without the result, tells of an order that nothing has happened to yet.
    """
    status = order.status if with_result else OrderStatus.NEW
    executed = quantity(order.executed_qty if with_result else NOTHING, spec)
    return {
        "orderId": order.order_id,
        "symbol": order.symbol,
        "status": status.value,
        "clientOrderId": order.client_order_id,
        "price": price(order.price, spec),
        "origQty": quantity(order.quantity, spec),
        "executedQty": executed,
        "cumQty": executed,
    } | _tail(order, spec, t)


def modified(order: Order, spec: SymbolSpec, t: EncodeTime) -> Json:
    """Return the answer to a modification, with the caller's own number of it where one was sent."""
    shown = acknowledged(order, spec, t) | {"pair": order.symbol}
    return shown if order.modify_id is None else shown | {"modifyId": order.modify_id}


def order(row: Order, spec: SymbolSpec, t: EncodeTime) -> Json:
    """Return an order as queries show it."""
    return {
        "orderId": row.order_id,
        "symbol": row.symbol,
        "status": row.status.value,
        "clientOrderId": row.client_order_id,
        "price": price(row.price, spec),
        "avgPrice": average(row.avg_price),
        "origQty": quantity(row.quantity, spec),
        "executedQty": quantity(row.executed_qty, spec),
        "cumQuote": at_least(row.cumulative_quote_qty, QUOTE_PLACES),
        "time": t(row.created_us),
    } | _tail(row, spec, t)


def history_row(row: Order, spec: SymbolSpec, t: EncodeTime) -> Json:
    """Return an order as allOrders shows it."""
    return order(row, spec, t) | {"pair": row.symbol, "cumBase": quantity(row.executed_qty, spec)}


def _tail(order: Order, spec: SymbolSpec, t: EncodeTime) -> Json:
    orig_type = order.orig_type or order.type
    shown: Json = {
        "timeInForce": order.time_in_force.value,
        "type": order.type.value,
        "reduceOnly": order.reduce_only,
        "closePosition": order.close_position,
        "side": order.side.value,
        "positionSide": order.position_side.value,
        "stopPrice": price(order.stop_price, spec),
        "workingType": order.working_type.value,
        "priceProtect": order.price_protect,
        "origType": orig_type.value,
        "priceMatch": order.price_match.value,
        "selfTradePreventionMode": order.self_trade_prevention_mode.value,
        "goodTillDate": t(order.good_till_us),
        "updateTime": t(order.updated_us),
    }
    if orig_type is FuturesOrderType.TRAILING_STOP_MARKET:
        shown["activatePrice"] = price(order.activate_price, spec)
        shown["priceRate"] = plain(order.callback_rate or NOTHING)
    return shown


def algo_placed(row: AlgoOrder, spec: SymbolSpec, t: EncodeTime, *, over_rest: bool) -> Json:
    """Return the answer to a new conditional order; the trailing parameters appear over REST alone."""
    trailing = _trailing(row, spec) if over_rest else {}
    return _algo_head(row, spec) | _algo_prices(row, spec) | _algo_flags(row) | trailing | _algo_times(row, t)


def algo(row: AlgoOrder, spec: SymbolSpec, t: EncodeTime) -> Json:
    """Return a conditional order as the query of one shows it."""
    actual = _actual(row) | {
        "actualType": "" if row.actual_type is None else row.actual_type.value,
        "actualQty": quantity(row.actual_qty, spec),
    }
    return (
        _algo_head(row, spec)
        | actual
        | _algo_prices(row, spec)
        | {"tpOrderType": ""}
        | _algo_flags(row)
        | _trailing(row, spec)
        | _algo_times(row, t)
    )


def algo_row(row: AlgoOrder, spec: SymbolSpec, t: EncodeTime) -> Json:
    """Return a conditional order as the lists of them show it; attached take profits and stops do not exist here."""
    nothing = price(NOTHING, spec)
    attached = dict.fromkeys(("tpTriggerPrice", "tpPrice", "slTriggerPrice", "slPrice"), nothing)
    return (
        _algo_head(row, spec)
        | _actual(row)
        | _algo_prices(row, spec)
        | attached
        | {"tpOrderType": ""}
        | _algo_flags(row)
        | _trailing(row, spec)
        | _algo_times(row, t)
    )


def _algo_head(row: AlgoOrder, spec: SymbolSpec) -> Json:
    return {
        "algoId": row.algo_id,
        "clientAlgoId": row.client_algo_id,
        "algoType": "CONDITIONAL",
        "orderType": row.type.value,
        "symbol": row.symbol,
        "side": row.side.value,
        "positionSide": row.position_side.value,
        "timeInForce": row.time_in_force.value,
        "quantity": quantity(row.quantity, spec),
        "algoStatus": row.status.value,
    }


def _actual(row: AlgoOrder) -> Json:
    return {
        "actualOrderId": "" if row.actual_order_id is None else str(row.actual_order_id),
        "actualPrice": average(row.actual_price),
    }


def _algo_prices(row: AlgoOrder, spec: SymbolSpec) -> Json:
    return {
        "triggerPrice": price(row.trigger_price, spec),
        "price": price(row.price, spec),
        "icebergQuantity": None,
    }


def _algo_flags(row: AlgoOrder) -> Json:
    return {
        "selfTradePreventionMode": row.self_trade_prevention_mode.value,
        "workingType": row.working_type.value,
        "priceMatch": row.price_match.value,
        "closePosition": row.close_position,
        "priceProtect": row.price_protect,
        "reduceOnly": row.reduce_only,
    }


def _trailing(row: AlgoOrder, spec: SymbolSpec) -> Json:
    return {
        "activatePrice": price(row.activate_price, spec) if row.activate_price else "",
        "callbackRate": "" if row.callback_rate is None else plain(row.callback_rate),
    }


def _algo_times(row: AlgoOrder, t: EncodeTime) -> Json:
    return {
        "createTime": t(row.created_us),
        "updateTime": t(row.updated_us),
        "triggerTime": t(row.triggered_us),
        "goodTillDate": t(row.good_till_us),
    }


def algo_cancelled(row: AlgoOrder) -> Json:
    """Return the answer to the cancellation of a conditional order; its code is a text."""
    return {"algoId": row.algo_id, "clientAlgoId": row.client_algo_id, "code": "200", "msg": "success"}


def user_trade(row: AccountTrade, spec: SymbolSpec, t: EncodeTime) -> Json:
    """Return a fill."""
    amount = quantity(row.quantity, spec)
    return {
        "symbol": row.symbol,
        "pair": row.symbol,
        "id": row.trade_id,
        "orderId": row.order_id,
        "side": row.side.value,
        "positionSide": row.position_side.value,
        "price": price(row.price, spec),
        "qty": amount,
        "quoteQty": at_least(row.quote_qty, QUOTE_PLACES),
        "baseQty": amount,
        "realizedPnl": fixed(row.realized_pnl),
        "marginAsset": spec.margin_asset,
        "commission": fixed(row.commission),
        "commissionAsset": row.commission_asset,
        "time": t(row.time_us),
        "buyer": row.is_buyer,
        "maker": row.is_maker,
    }


def amendment(row: Amendment, spec: SymbolSpec, t: EncodeTime) -> Json:
    """Return one change of an order."""
    return {
        "amendmentId": row.amendment_id,
        "symbol": row.symbol,
        "pair": row.symbol,
        "orderId": row.order_id,
        "clientOrderId": row.client_order_id,
        "time": t(row.time_us),
        "amendment": {
            "price": {"before": price(row.price_before, spec), "after": price(row.price_after, spec)},
            "origQty": {"before": quantity(row.qty_before, spec), "after": quantity(row.qty_after, spec)},
            "count": row.count,
        },
    }
