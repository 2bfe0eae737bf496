"""Methods that answer what an account has and did: balances, orders, lists, trades, limits, rates."""

from collections.abc import Mapping
from typing import Any

from binance_nb.sandbox.clock import US_PER_S
from binance_nb.sandbox.server import errors, params, render_account, render_orders
from binance_nb.sandbox.server.errors import ApiError
from binance_nb.sandbox.server.keys import Permission
from binance_nb.sandbox.server.method import Call, Handler, Method, Weight
from binance_nb.sandbox.server.methods_general import OPTIONAL_SYMBOL, SYMBOL
from binance_nb.sandbox.server.methods_market import LIMIT_1000
from binance_nb.sandbox.server.params import Param

MAX_SPAN_HOURS = 24
MAX_SPAN_US = MAX_SPAN_HOURS * 3_600 * US_PER_S


def account(call: Call) -> Any:
    """Answer the account."""
    exchange = call.venue.exchange
    return render_account.account(
        exchange.account(call.account_id), exchange.assets, omit_zero=call["omitZeroBalances"], t=call.t
    )


def order(call: Call) -> Any:
    """Answer one order."""
    if call["orderId"] is None and call["origClientOrderId"] is None:
        raise errors.either("origClientOrderId", "orderId")
    found = call.venue.exchange.order(
        call.account_id,
        call["symbol"],
        order_id=call["orderId"],
        client_order_id=call["origClientOrderId"],
        now_us=call.now_us,
    )
    return render_orders.queried(found, call.t)


def open_orders(call: Call) -> Any:
    """Answer the open orders of a symbol or of all."""
    rows = call.venue.exchange.open_orders(call.account_id, call["symbol"])
    return [render_orders.queried(row, call.t) for row in rows]


def all_orders(call: Call) -> Any:
    """Answer every order of a symbol, open or done."""
    start_us, end_us = _span(call)
    rows = call.venue.exchange.all_orders(
        call.account_id,
        call["symbol"],
        order_id=call["orderId"],
        start_us=start_us,
        end_us=end_us,
        limit=call["limit"],
    )
    return [render_orders.queried(row, call.t) for row in rows]


def order_list(call: Call) -> Any:
    """Answer one order list."""
    if call["orderListId"] is None and call["origClientOrderId"] is None:
        raise errors.either("orderListId", "origClientOrderId")
    found = call.venue.exchange.order_list(
        call.account_id, order_list_id=call["orderListId"], list_client_order_id=call["origClientOrderId"]
    )
    return render_orders.list_head(found, call.t)


def all_order_lists(call: Call) -> Any:
    """Answer every order list; raises -1128 for an id together with times."""
    start_us, end_us = _span(call)
    if call["fromId"] is not None and (start_us is not None or end_us is not None):
        raise errors.bad_combination()
    rows = call.venue.exchange.all_order_lists(
        call.account_id, from_id=call["fromId"], start_us=start_us, end_us=end_us, limit=call["limit"]
    )
    return [render_orders.list_head(row, call.t) for row in rows]


def open_order_lists(call: Call) -> Any:
    """Answer the order lists that still execute."""
    rows = call.venue.exchange.open_order_lists(call.account_id)
    return [render_orders.list_head(row, call.t) for row in rows]


def my_trades(call: Call) -> Any:
    """Answer the account's trades."""
    start_us, end_us = _span(call)
    rows = call.venue.exchange.my_trades(
        call.account_id,
        call["symbol"],
        order_id=call["orderId"],
        start_us=start_us,
        end_us=end_us,
        from_id=call["fromId"],
        limit=call["limit"],
    )
    return [render_account.account_trade(row, call.t) for row in rows]


def order_counts(call: Call) -> Any:
    """Answer the unfilled order counts."""
    rows = call.venue.exchange.order_counts(call.account_id, call.now_us)
    return [render_account.order_count(row) for row in rows]


def prevented_matches(call: Call) -> Any:
    """Answer prevented matches; raises -1128 for an unsupported combination."""
    by_match = call["preventedMatchId"] is not None
    by_order = call["orderId"] is not None
    if by_match == by_order or (call["fromPreventedMatchId"] is not None and not by_order):
        raise errors.bad_combination()
    rows = call.venue.exchange.prevented_matches(
        call.account_id,
        call["symbol"],
        prevented_match_id=call["preventedMatchId"],
        order_id=call["orderId"],
        from_prevented_match_id=call["fromPreventedMatchId"],
        limit=call["limit"],
    )
    return [render_account.prevented_match(row, call.t) for row in rows]


def allocations(call: Call) -> Any:
    """Answer SOR allocations; raises -1128 for an unsupported combination."""
    start_us, end_us = _span(call)
    timed = start_us is not None or end_us is not None
    if timed and (call["fromAllocationId"] is not None or call["orderId"] is not None):
        raise errors.bad_combination()
    rows = call.venue.exchange.allocations(
        call.account_id,
        call["symbol"],
        start_us=start_us,
        end_us=end_us,
        from_allocation_id=call["fromAllocationId"],
        order_id=call["orderId"],
        limit=call["limit"],
    )
    return [render_account.allocation(row, call.t) for row in rows]


def commission(call: Call) -> Any:
    """Answer the account's commission rates on a symbol."""
    name = call.venue.symbol(call["symbol"]).symbol
    return render_account.commission(name, call.venue.exchange.commission_rates(call.account_id, name))


def amendments(call: Call) -> Any:
    """Answer an order's amendments."""
    rows = call.venue.exchange.order_amendments(
        call.account_id,
        call["symbol"],
        call["orderId"],
        from_execution_id=call["fromExecutionId"],
        limit=call["limit"],
    )
    return [render_account.amendment(row, call.t) for row in rows]


def my_filters(call: Call) -> Any:
    """Answer the filters that bind the account on a symbol."""
    name = call.venue.symbol(call["symbol"]).symbol
    exchange_filters, symbol_filters, assets = call.venue.exchange.filters(call.account_id, name)
    return {
        "exchangeFilters": [each.as_json() for each in exchange_filters],
        "symbolFilters": [each.as_json() for each in symbol_filters],
        "assetFilters": render_account.max_assets(assets),
    }


def _span(call: Call) -> tuple[int | None, int | None]:
    start_us: int | None = call["startTime"]
    end_us: int | None = call["endTime"]
    if start_us is not None and end_us is not None:
        if end_us < start_us:
            raise ApiError(-1127, "Lookup interval is too big.")
        if end_us - start_us > MAX_SPAN_US:
            raise errors.too_long_a_span(MAX_SPAN_HOURS)
    return start_us, end_us


def _open_orders_weight(sent: Mapping[str, str]) -> int:
    return 6 if sent.get("symbol") else 80


def _my_trades_weight(sent: Mapping[str, str]) -> int:
    return 5 if sent.get("orderId") else 20


def _prevented_weight(sent: Mapping[str, str]) -> int:
    return 20 if sent.get("orderId") else 2


_ORDER_ID = Param("orderId", params.long)
_TIMES = (Param("startTime", params.time_us), Param("endTime", params.time_us))


def _query(name: str, path: str, handler: Handler, spec: tuple[Param, ...], weight: Weight) -> Method:
    return Method(name, ("GET", path), handler, spec, security=Permission.USER_DATA, weight=weight)


METHODS = (
    _query(
        "account.status",
        "/api/v3/account",
        account,
        (Param("omitZeroBalances", params.boolean, default=False),),
        20,
    ),
    _query(
        "order.status",
        "/api/v3/order",
        order,
        (SYMBOL, _ORDER_ID, Param("origClientOrderId", params.client_id)),
        4,
    ),
    _query("openOrders.status", "/api/v3/openOrders", open_orders, (OPTIONAL_SYMBOL,), _open_orders_weight),
    _query("allOrders", "/api/v3/allOrders", all_orders, (SYMBOL, _ORDER_ID, *_TIMES, LIMIT_1000), 20),
    _query(
        "orderList.status",
        "/api/v3/orderList",
        order_list,
        (Param("orderListId", params.long), Param("origClientOrderId", params.client_id)),
        4,
    ),
    _query(
        "allOrderLists",
        "/api/v3/allOrderList",
        all_order_lists,
        (Param("fromId", params.long), *_TIMES, LIMIT_1000),
        20,
    ),
    _query("openOrderLists.status", "/api/v3/openOrderList", open_order_lists, (), 6),
    _query(
        "myTrades",
        "/api/v3/myTrades",
        my_trades,
        (SYMBOL, _ORDER_ID, *_TIMES, Param("fromId", params.long), LIMIT_1000),
        _my_trades_weight,
    ),
    _query("account.rateLimits.orders", "/api/v3/rateLimit/order", order_counts, (), 40),
    _query(
        "myPreventedMatches",
        "/api/v3/myPreventedMatches",
        prevented_matches,
        (
            SYMBOL,
            Param("preventedMatchId", params.long),
            _ORDER_ID,
            Param("fromPreventedMatchId", params.long),
            LIMIT_1000,
        ),
        _prevented_weight,
    ),
    _query(
        "myAllocations",
        "/api/v3/myAllocations",
        allocations,
        (SYMBOL, *_TIMES, Param("fromAllocationId", params.long), LIMIT_1000, _ORDER_ID),
        20,
    ),
    _query("account.commission", "/api/v3/account/commission", commission, (SYMBOL,), 20),
    _query(
        "order.amendments",
        "/api/v3/order/amendments",
        amendments,
        (
            SYMBOL,
            Param("orderId", params.long, mandatory=True),
            Param("fromExecutionId", params.long),
            LIMIT_1000,
        ),
        4,
    ),
    _query("myFilters", "/api/v3/myFilters", my_filters, (SYMBOL,), 40),
)
