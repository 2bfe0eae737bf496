"""Methods that place, test, replace, amend and cancel single orders."""

from collections.abc import Mapping
from typing import Any

from binance_nb.models.enums import SpotOrderType
from binance_nb.sandbox.engine.commands import AmendOrder, CancelReplace, EngineError, NewOrder
from binance_nb.sandbox.engine.records import Cancellation
from binance_nb.sandbox.server import errors, params, render_account, render_orders
from binance_nb.sandbox.server.errors import ApiError
from binance_nb.sandbox.server.keys import Permission
from binance_nb.sandbox.server.method import Call, Method, answer_form
from binance_nb.sandbox.server.methods_general import SYMBOL
from binance_nb.sandbox.server.order_params import (
    RESPONSE_TYPE,
    SIDE,
    STP,
    TYPE,
    cancel_order,
    check_order_precision,
    leg,
    new_order,
    read_mode,
    read_restrictions,
)
from binance_nb.sandbox.server.params import Param

COMMISSION_TEST_WEIGHT = 20
SOR_TYPES = frozenset({SpotOrderType.LIMIT, SpotOrderType.MARKET})


def _order_of(call: Call, *, use_sor: bool = False) -> NewOrder:
    spec = call.venue.symbol(call["symbol"])
    check_order_precision(call, spec)
    return new_order(
        call,
        spec,
        side=call["side"],
        kind=call["type"],
        quantity=call["quantity"],
        quote_order_qty=call.values.get("quoteOrderQty"),
        client_order_id=call["newClientOrderId"],
        use_sor=use_sor,
    )


def place(call: Call) -> Any:
    """Place an order."""
    done = call.venue.exchange.place_order(call.account_id, _order_of(call), call.now_us)
    return render_orders.placement(done, answer_form(call, call["type"]), call.t)


def place_sor(call: Call) -> Any:
    """Place an order with smart order routing."""
    done = call.venue.exchange.place_order(call.account_id, _order_of(call, use_sor=True), call.now_us)
    return render_orders.placement(done, answer_form(call, "LIMIT"), call.t)


def test(call: Call) -> Any:
    """Check an order without placing it."""
    return _test(call, _order_of(call))


def test_sor(call: Call) -> Any:
    """Check an order with smart order routing without placing it."""
    return _test(call, _order_of(call, use_sor=True))


def _test(call: Call, order: NewOrder) -> Any:
    exchange = call.venue.exchange
    exchange.test_order(call.account_id, order, call.now_us)
    if not call["computeCommissionRates"]:
        return {}
    return render_account.order_commission(*exchange.order_commission(call.account_id, order))


def cancel(call: Call) -> Any:
    """Cancel an order."""
    request = cancel_order(call, order_id="orderId", orig="origClientOrderId", new="newClientOrderId")
    return render_orders.cancellation(call.venue.exchange.cancel_order(call.account_id, request, call.now_us), call.t)


def cancel_all(call: Call) -> Any:
    """Cancel every open order of a symbol."""
    done = call.venue.exchange.cancel_open_orders(call.account_id, call["symbol"], call.now_us)
    # Single orders come before lists in the documented answer.
    ordered = sorted(done, key=lambda each: not isinstance(each, Cancellation))
    return [render_orders.cancellation(each, call.t) for each in ordered]


def cancel_replace(call: Call) -> Any:
    """Cancel an order and place another; raises -2021 with status 409 when one leg failed, -2022 when nothing was done.

    A replacement refused because of the unfilled order count answers 429 (rest-api.md, table of results).
    """
    request = CancelReplace(
        cancel=cancel_order(
            call, order_id="cancelOrderId", orig="cancelOrigClientOrderId", new="cancelNewClientOrderId"
        ),
        new_order=_order_of(call),
        mode=call["cancelReplaceMode"],
        order_rate_limit_exceeded_mode=call["orderRateLimitExceededMode"],
    )
    done = call.venue.exchange.cancel_replace(call.account_id, request, call.now_us)
    shown = render_orders.cancel_replaced(done, answer_form(call, call["type"]), call.t)
    error = done.error
    if error is None:
        return shown
    status = 409 if error.code == -2021 else 400
    placed = done.new_order_response
    stop_on_failure = call["cancelReplaceMode"].value == "STOP_ON_FAILURE"
    if stop_on_failure and isinstance(placed, EngineError) and placed.code == -1015:
        status = 429
    raise ApiError(error.code, error.message, status, data=shown)


def amend(call: Call) -> Any:
    """Reduce an order's quantity in place."""
    if call["orderId"] is None and call["origClientOrderId"] is None:
        raise errors.either("origClientOrderId", "orderId")
    spec = call.venue.symbol(call["symbol"])
    check_order_precision(call, spec, "new")
    request = AmendOrder(
        symbol=spec.symbol,
        new_qty=call["newQty"],
        order_id=call["orderId"],
        orig_client_order_id=call["origClientOrderId"],
        new_client_order_id=call["newClientOrderId"],
    )
    done = call.venue.exchange.amend_order(call.account_id, request, call.now_us)
    if not done.order.is_open:
        call.success_weight = 0  # only an amendment that ends the order is free (CHANGELOG 2026-04-02)
    return render_orders.amended(done, call.t)


def _test_weight(sent: Mapping[str, str]) -> int:
    return COMMISSION_TEST_WEIGHT if sent.get("computeCommissionRates", "").lower() == "true" else 1


_CLIENT_ID = Param("newClientOrderId", params.client_id)
_COMMISSION = Param("computeCommissionRates", params.boolean, default=False)
_ORDER = (
    SYMBOL,
    SIDE,
    TYPE,
    *leg("", quantity=True),
    Param("quoteOrderQty", params.decimal),
    _CLIENT_ID,
    RESPONSE_TYPE,
    STP,
)
_SOR = (
    SYMBOL,
    SIDE,
    Param("type", params.one_of(SpotOrderType, ApiError(-1116, "Invalid orderType."), SOR_TYPES), mandatory=True),
    *(
        each
        for each in leg("", quantity=True, quantity_mandatory=True)
        if each.name in {"timeInForce", "quantity", "price", "strategyId", "strategyType", "icebergQty"}
    ),
    _CLIENT_ID,
    RESPONSE_TYPE,
    STP,
)
_RESTRICTIONS = Param("cancelRestrictions", read_restrictions)
_ORDER_IDS = (Param("orderId", params.long), Param("origClientOrderId", params.client_id))

METHODS = (
    Method(
        "order.place",
        ("POST", "/api/v3/order"),
        place,
        _ORDER,
        security=Permission.TRADE,
        success_weight=0,
        changes=True,
        places=True,
    ),
    Method(
        "order.test",
        ("POST", "/api/v3/order/test"),
        test,
        (*_ORDER, _COMMISSION),
        security=Permission.TRADE,
        weight=_test_weight,
    ),
    Method(
        "order.cancel",
        ("DELETE", "/api/v3/order"),
        cancel,
        (SYMBOL, *_ORDER_IDS, _CLIENT_ID, _RESTRICTIONS),
        security=Permission.TRADE,
        success_weight=0,
        changes=True,
    ),
    Method(
        "openOrders.cancelAll",
        ("DELETE", "/api/v3/openOrders"),
        cancel_all,
        (SYMBOL,),
        security=Permission.TRADE,
        success_weight=0,
        changes=True,
    ),
    Method(
        "order.cancelReplace",
        ("POST", "/api/v3/order/cancelReplace"),
        cancel_replace,
        (
            *_ORDER,
            Param("cancelReplaceMode", read_mode, mandatory=True),
            Param("cancelNewClientOrderId", params.client_id),
            Param("cancelOrigClientOrderId", params.client_id),
            Param("cancelOrderId", params.long),
            _RESTRICTIONS,
            Param(
                "orderRateLimitExceededMode",
                params.word(frozenset({"DO_NOTHING", "CANCEL_ONLY"})),
                default="DO_NOTHING",
            ),
        ),
        security=Permission.TRADE,
        success_weight=0,
        changes=True,
        places=True,
    ),
    Method(
        "order.amend.keepPriority",
        ("PUT", "/api/v3/order/amend/keepPriority"),
        amend,
        (SYMBOL, *_ORDER_IDS, _CLIENT_ID, Param("newQty", params.decimal, mandatory=True)),
        security=Permission.TRADE,
        weight=4,
        changes=True,
    ),
    Method(
        "sor.order.place",
        ("POST", "/api/v3/sor/order"),
        place_sor,
        _SOR,
        security=Permission.TRADE,
        success_weight=0,
        changes=True,
        places=True,
    ),
    Method(
        "sor.order.test",
        ("POST", "/api/v3/sor/order/test"),
        test_sor,
        (*_SOR, _COMMISSION),
        security=Permission.TRADE,
        weight=_test_weight,
    ),
)
