"""Futures methods of the Algo Service: conditional orders, which the order endpoints refuse since 2025-12-09."""

from typing import Any

from binance_nb.sandbox.futures.records import AlgoOrder
from binance_nb.sandbox.server import errors, params
from binance_nb.sandbox.server.futures import order_params as given
from binance_nb.sandbox.server.futures import render_orders
from binance_nb.sandbox.server.futures.methods_market import LIMIT_1000, TIMES, by_symbol
from binance_nb.sandbox.server.futures.methods_trade import (
    ALL_CANCELLED,
    ONE_ORDER,
    count,
    read_method,
    trade_method,
)
from binance_nb.sandbox.server.method import Call
from binance_nb.sandbox.server.methods_general import OPTIONAL_SYMBOL, SYMBOL
from binance_nb.sandbox.server.params import Param


def place(call: Call) -> Any:
    """Hand a conditional order to the Algo Service."""
    count(call, ONE_ORDER)
    exchange = call.venue.futures.exchange
    done = exchange.place_algo_order(call.account_id, given.new_algo_order(call.values), call.now_us)
    return render_orders.algo_placed(done, exchange.symbol(done.symbol), call.t, over_rest=call.session is None)


def cancel(call: Call) -> Any:
    """Cancel a conditional order that still waits."""
    _require_id(call)
    done = call.venue.futures.exchange.cancel_algo_order(
        call.account_id, call.now_us, algo_id=call["algoId"], client_algo_id=call["clientAlgoId"]
    )
    return render_orders.algo_cancelled(done)


def cancel_all(call: Call) -> Any:
    """Cancel every conditional order that waits on a symbol."""
    call.venue.futures.exchange.cancel_open_algo_orders(call.account_id, call["symbol"], call.now_us)
    return ALL_CANCELLED


def query(call: Call) -> Any:
    """Answer one conditional order."""
    _require_id(call)
    exchange = call.venue.futures.exchange
    found = exchange.algo_order(
        call.account_id, algo_id=call["algoId"], client_algo_id=call["clientAlgoId"], now_us=call.now_us
    )
    return render_orders.algo(found, exchange.symbol(found.symbol), call.t)


def open_orders(call: Call) -> Any:
    """Answer the conditional orders that wait."""
    return _rows(call, call.venue.futures.exchange.open_algo_orders(call.account_id, call["symbol"], call["algoId"]))


def all_orders(call: Call) -> Any:
    """Answer a symbol's conditional orders, waiting or done, oldest first."""
    rows = call.venue.futures.exchange.all_algo_orders(
        call.account_id,
        call["symbol"],
        now_us=call.now_us,
        algo_id=call["algoId"],
        start_us=call["startTime"],
        end_us=call["endTime"],
        limit=call["limit"],
    )
    return _rows(call, rows)


def _rows(call: Call, rows: tuple[AlgoOrder, ...]) -> list[dict[str, Any]]:
    exchange = call.venue.futures.exchange
    return [render_orders.algo_row(row, exchange.symbol(row.symbol), call.t) for row in rows]


def _require_id(call: Call) -> None:
    if call["algoId"] is None and call["clientAlgoId"] is None:
        raise errors.either("algoId", "clientAlgoId")


_ALGO_ID = Param("algoId", params.long)
_IDS = (_ALGO_ID, Param("clientAlgoId", params.text))
_PATH = "/fapi/v1/algoOrder"

METHODS = (
    trade_method("algoOrder.place", "POST", _PATH, place, given.NEW_ALGO_ORDER, 0, places=True),
    trade_method("algoOrder.cancel", "DELETE", _PATH, cancel, _IDS),
    read_method("algoOrder.status", _PATH, query, _IDS),
    trade_method("algoOpenOrders.cancel", "DELETE", "/fapi/v1/algoOpenOrders", cancel_all, (SYMBOL,)),
    read_method(
        "openAlgoOrders",
        "/fapi/v1/openAlgoOrders",
        open_orders,
        (OPTIONAL_SYMBOL, Param("algoType", params.text), _ALGO_ID),
        by_symbol(1, 40),
    ),
    read_method("allAlgoOrders", "/fapi/v1/allAlgoOrders", all_orders, (SYMBOL, _ALGO_ID, *TIMES, LIMIT_1000), 5),
)
