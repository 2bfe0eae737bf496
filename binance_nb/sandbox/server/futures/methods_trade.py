"""Futures methods that place, modify and cancel orders, singly and in batches, and those that look at them."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from binance_nb.sandbox.engine.commands import EngineError
from binance_nb.sandbox.futures.commands import CancelOrder
from binance_nb.sandbox.futures.records import Order
from binance_nb.sandbox.server import errors, params
from binance_nb.sandbox.server.errors import ApiError
from binance_nb.sandbox.server.futures import order_params as given
from binance_nb.sandbox.server.futures import render_orders
from binance_nb.sandbox.server.futures.methods_market import LIMIT_1000, TIMES, by_symbol
from binance_nb.sandbox.server.keys import Permission
from binance_nb.sandbox.server.method import Call, Handler, Method, Weight
from binance_nb.sandbox.server.methods_general import OPTIONAL_SYMBOL, SYMBOL
from binance_nb.sandbox.server.params import Param

Command = TypeVar("Command")

ONE_ORDER = (1, 1)  # what an order counts in ten seconds and in a minute
BATCH = (5, 1)
MAX_BATCH, MAX_CANCELS = 5, 10
ALL_CANCELLED = {"code": 200, "msg": "The operation of cancel all open order is done."}


def count(call: Call, orders: tuple[int, int]) -> None:
    """Count new orders; raises -1015."""
    call.venue.futures.count_orders(call.account, orders, call.now_us)


def place(call: Call) -> Any:
    """Place a MARKET or LIMIT order; raises -4120 for a conditional type."""
    count(call, ONE_ORDER)
    order = given.new_order(call.values)
    done = call.venue.futures.exchange.place_order(call.account_id, order, call.now_us)
    return _placed(call, done, call["newOrderRespType"])


def test(call: Call) -> Any:
    """Check an order without placing it."""
    call.venue.futures.exchange.test_order(call.account_id, given.new_order(call.values), call.now_us)
    return {}


def modify(call: Call) -> Any:
    """Give an open LIMIT order a new price and quantity."""
    count(call, ONE_ORDER)
    futures = call.venue.futures
    done = futures.exchange.modify_order(call.account_id, given.modify_order(call.values), call.now_us)
    return render_orders.modified(done, futures.exchange.symbol(done.symbol), call.t)


def cancel(call: Call) -> Any:
    """Cancel an order."""
    done = call.venue.futures.exchange.cancel_order(call.account_id, given.cancel_order(call.values), call.now_us)
    return _shown(call, done)


def cancel_all(call: Call) -> Any:
    """Cancel every regular open order of a symbol."""
    call.venue.futures.exchange.cancel_open_orders(call.account_id, call["symbol"], call.now_us)
    return ALL_CANCELLED


def place_batch(call: Call) -> Any:
    """Place up to five orders; each has its own answer."""
    forms: list[str] = []

    def command(item: dict[str, Any]) -> Any:
        values = given.read_item(given.NEW_ORDER, item)
        order = given.new_order(values)
        forms.append(values["newOrderRespType"])
        return order

    def carry_out(orders: Sequence[Any]) -> list[Any]:
        done = call.venue.futures.exchange.place_batch(call.account_id, orders, call.now_us)
        return [
            each if isinstance(each, EngineError) else _placed(call, each, form)
            for each, form in zip(done, forms, strict=True)
        ]

    return _batch(call, call["batchOrders"], command, carry_out)


def modify_batch(call: Call) -> Any:
    """Modify up to five orders; each has its own answer."""

    def carry_out(changes: Sequence[Any]) -> list[Any]:
        exchange = call.venue.futures.exchange
        return [
            each
            if isinstance(each, EngineError)
            else render_orders.modified(each, exchange.symbol(each.symbol), call.t)
            for each in exchange.modify_batch(call.account_id, changes, call.now_us)
        ]

    return _batch(
        call,
        call["batchOrders"],
        lambda item: given.modify_order(given.read_item(given.MODIFY_ORDER, item)),
        carry_out,
    )


def cancel_batch(call: Call) -> Any:
    """Cancel up to ten orders of a symbol; each has its own answer."""
    ids, names = call["orderIdList"] or [], call["origClientOrderIdList"] or []
    if not ids and not names:
        raise errors.either("orderIdList", "origClientOrderIdList")
    if len(ids) + len(names) > MAX_CANCELS:
        raise errors.invalid_value("orderIdList")
    cancels = [CancelOrder(symbol=call["symbol"], order_id=each) for each in ids]
    cancels += [CancelOrder(symbol=call["symbol"], orig_client_order_id=each) for each in names]
    done = call.venue.futures.exchange.cancel_batch(call.account_id, cancels, call.now_us)
    return [_refusal(each) if isinstance(each, EngineError) else _shown(call, each) for each in done]


def countdown_cancel_all(call: Call) -> Any:
    """Cancel every open order of a symbol after a time, unless set anew."""
    countdown_ms = call["countdownTime"]
    call.venue.futures.exchange.set_countdown(call.account_id, call["symbol"], countdown_ms * 1_000, call.now_us)
    return {"symbol": call["symbol"], "countdownTime": str(countdown_ms)}


def query(call: Call) -> Any:
    """Answer an order."""
    given.require_id(call.values)
    exchange = call.venue.futures.exchange
    found = exchange.order(
        call.account_id,
        call["symbol"],
        order_id=call["orderId"],
        client_order_id=call["origClientOrderId"],
        now_us=call.now_us,
    )
    return render_orders.order(found, exchange.symbol(found.symbol), call.t)


def open_order(call: Call) -> Any:
    """Answer an order that is open."""
    given.require_id(call.values)
    exchange = call.venue.futures.exchange
    found = exchange.open_order(
        call.account_id, call["symbol"], order_id=call["orderId"], client_order_id=call["origClientOrderId"]
    )
    return render_orders.order(found, exchange.symbol(found.symbol), call.t)


def open_orders(call: Call) -> Any:
    """Answer the open orders of a symbol, or of all."""
    exchange = call.venue.futures.exchange
    rows = exchange.open_orders(call.account_id, call["symbol"])
    return [render_orders.order(row, exchange.symbol(row.symbol), call.t) for row in rows]


def all_orders(call: Call) -> Any:
    """Answer orders, open or done, oldest first."""
    exchange = call.venue.futures.exchange
    rows = exchange.all_orders(
        call.account_id,
        call["symbol"],
        now_us=call.now_us,
        order_id=call["orderId"],
        start_us=call["startTime"],
        end_us=call["endTime"],
        limit=call["limit"],
    )
    return [render_orders.history_row(row, exchange.symbol(row.symbol), call.t) for row in rows]


def amendments(call: Call) -> Any:
    """Answer the changes of orders."""
    exchange = call.venue.futures.exchange
    spec = exchange.symbol(call["symbol"])
    rows = exchange.order_amendments(
        call.account_id,
        spec.symbol,
        order_id=call["orderId"],
        client_order_id=call["origClientOrderId"],
        start_us=call["startTime"],
        end_us=call["endTime"],
        limit=call["limit"],
    )
    return [render_orders.amendment(row, spec, call.t) for row in rows]


def user_trades(call: Call) -> Any:
    """Answer fills, oldest first."""
    exchange = call.venue.futures.exchange
    spec = exchange.symbol(call["symbol"])
    rows = exchange.user_trades(
        call.account_id,
        spec.symbol,
        now_us=call.now_us,
        order_id=call["orderId"],
        start_us=call["startTime"],
        end_us=call["endTime"],
        from_id=call["fromId"],
        limit=call["limit"],
    )
    return [render_orders.user_trade(row, spec, call.t) for row in rows]


def _batch(
    call: Call,
    items: list[dict[str, Any]],
    command: Callable[[dict[str, Any]], Command],
    carry_out: Callable[[Sequence[Command]], list[Any]],
) -> list[Any]:
    """Answer a batch in the order of its items; an item that cannot be read is refused alone."""
    if not 1 <= len(items) <= MAX_BATCH:
        raise ApiError(-4082, f"Invalid number of batch place orders, the maximum is {MAX_BATCH}.")
    count(call, BATCH)
    read: list[Command | ApiError] = []
    for item in items:
        try:
            read.append(command(item))
        except ApiError as refusal:
            read.append(refusal)
    good = [each for each in read if not isinstance(each, ApiError)]
    done = iter(carry_out(good) if good else ())
    answers = [each if isinstance(each, ApiError) else next(done) for each in read]
    return [_refusal(each) if isinstance(each, (ApiError, EngineError)) else each for each in answers]


def _refusal(error: ApiError | EngineError) -> dict[str, Any]:
    return {"code": error.code, "msg": error.message}


def _placed(call: Call, order: Order, form: str) -> dict[str, Any]:
    spec = call.venue.futures.exchange.symbol(order.symbol)
    return render_orders.acknowledged(order, spec, call.t, with_result=form == "RESULT")


def _shown(call: Call, order: Order) -> dict[str, Any]:
    return render_orders.acknowledged(order, call.venue.futures.exchange.symbol(order.symbol), call.t)


def trade_method(
    name: str,
    verb: str,
    path: str,
    handler: Handler,
    parameters: tuple[Param, ...] = (),
    weight: Weight = 1,
    *,
    places: bool = False,
) -> Method:
    """Return a method that changes an account."""
    return Method(
        name,
        (verb, path),
        handler,
        parameters,
        security=Permission.TRADE,
        weight=weight,
        changes=True,
        places=places,
    )


def read_method(
    name: str, path: str, handler: Handler, parameters: tuple[Param, ...] = (), weight: Weight = 1
) -> Method:
    """Return a method that looks at an account."""
    return Method(name, ("GET", path), handler, parameters, security=Permission.USER_DATA, weight=weight)


_BATCH = (Param("batchOrders", given.json_list(dict[str, Any]), mandatory=True),)
_ORDER = "/fapi/v1/order"
_BATCH_PATH = "/fapi/v1/batchOrders"

METHODS = (
    trade_method("order.place", "POST", _ORDER, place, given.NEW_ORDER, 0, places=True),
    trade_method("order.modify", "PUT", _ORDER, modify, given.MODIFY_ORDER, 0, places=True),
    trade_method("order.cancel", "DELETE", _ORDER, cancel, (SYMBOL, *given.ORDER_IDS)),
    read_method("order.status", _ORDER, query, (SYMBOL, *given.ORDER_IDS)),
    trade_method("order.test", "POST", "/fapi/v1/order/test", test, given.NEW_ORDER, 0),
    trade_method("batchOrders.place", "POST", _BATCH_PATH, place_batch, _BATCH, 5, places=True),
    trade_method("batchOrders.modify", "PUT", _BATCH_PATH, modify_batch, _BATCH, 5, places=True),
    trade_method(
        "batchOrders.cancel",
        "DELETE",
        _BATCH_PATH,
        cancel_batch,
        (
            SYMBOL,
            Param("orderIdList", given.json_list(int)),
            Param("origClientOrderIdList", given.json_list(str)),
        ),
    ),
    trade_method("allOpenOrders.cancel", "DELETE", "/fapi/v1/allOpenOrders", cancel_all, (SYMBOL,)),
    trade_method(
        "countdownCancelAll",
        "POST",
        "/fapi/v1/countdownCancelAll",
        countdown_cancel_all,
        (SYMBOL, Param("countdownTime", params.long, mandatory=True)),
        10,
    ),
    read_method("openOrder", "/fapi/v1/openOrder", open_order, (SYMBOL, *given.ORDER_IDS)),
    read_method("openOrders", "/fapi/v1/openOrders", open_orders, (OPTIONAL_SYMBOL,), by_symbol(1, 40)),
    read_method(
        "allOrders", "/fapi/v1/allOrders", all_orders, (OPTIONAL_SYMBOL, given.ORDER_ID, *TIMES, LIMIT_1000), 5
    ),
    read_method(
        "orderAmendment",
        "/fapi/v1/orderAmendment",
        amendments,
        (SYMBOL, *given.ORDER_IDS, *TIMES, Param("limit", params.limit(100), default=50)),
    ),
    read_method(
        "userTrades",
        "/fapi/v1/userTrades",
        user_trades,
        (SYMBOL, given.ORDER_ID, *TIMES, Param("fromId", params.long), LIMIT_1000),
        5,
    ),
)
