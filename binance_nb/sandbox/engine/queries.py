"""What an account may ask about itself: orders, trades, lists, prevented matches, allocations, amendments."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TypeVar

from binance_nb.models.enums import OrderStatus
from binance_nb.sandbox.engine.accounts import Member
from binance_nb.sandbox.engine.commands import EngineError
from binance_nb.sandbox.engine.records import AccountTrade, Allocation, Amendment, Order, OrderList, PreventedMatch
from binance_nb.sandbox.engine.tape import DAY_US

Row = TypeVar("Row")

MAX_ROWS = 1000  # rest-api.md: "Default: 500; Maximum: 1000"
ARCHIVED_AFTER_US = 90 * DAY_US  # errors.md, -2026
_WITHOUT_FILL = frozenset({OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.EXPIRED_IN_MATCH})


def bad_combination() -> EngineError:
    """Return the refusal of parameters that do not go together."""
    return EngineError(code=-1128, message="Combination of optional parameters invalid.")


def check_span(start_us: int | None, end_us: int | None) -> None:
    """Raise -1127 if a span of time is longer than 24 hours."""
    if start_us is not None and end_us is not None and end_us - start_us > DAY_US:
        raise EngineError(code=-1127, message="More than 24 hours between startTime and endTime.")


def order(member: Member, symbol: str, order_id: int | None, client_order_id: str | None, now_us: int | None) -> Order:
    """Return an order by id, else by name (the latest of that name)."""
    known = member.on[symbol]
    unknown = EngineError(code=-2013, message="Order does not exist.")
    if order_id is not None:
        found = known.orders.get(order_id)
        if found is not None and client_order_id not in (None, found.client_order_id):
            raise EngineError(code=-2039, message="Client order ID is not correct for this order ID.")
    else:
        found = known.by_client_id.get(client_order_id or "")
    if found is None:
        raise unknown
    is_archived = found.status in _WITHOUT_FILL and found.executed_u == 0
    if is_archived and now_us is not None and now_us - found.updated_us > ARCHIVED_AFTER_US:
        raise EngineError(
            code=-2026,
            message="Order was canceled or expired with no executed qty over 90 days ago and has been archived.",
        )
    return found


def open_orders(member: Member, symbol: str | None) -> tuple[Order, ...]:
    """Return open orders of one symbol, or of all, oldest first."""
    if symbol is not None:
        return tuple(sorted(member.on[symbol].open.values(), key=lambda one: one.order_id))
    everywhere = [one for known in member.on.values() for one in known.open.values()]
    return tuple(sorted(everywhere, key=lambda one: (one.created_us, one.symbol, one.order_id)))


def all_orders(
    member: Member, symbol: str, *, order_id: int | None, start_us: int | None, end_us: int | None, limit: int
) -> tuple[Order, ...]:
    """Return orders: from an id on, within a span of time, or the latest."""
    check_span(start_us, end_us)
    known = member.on[symbol].orders
    ids = sorted(known)  # ids are given in order of time
    if order_id is not None:
        ids = ids[bisect_left(ids, order_id) :][: _rows(limit)]
        return tuple(known[one] for one in ids)
    return _in_span([known[one] for one in ids], lambda one: one.created_us, start_us, end_us, limit)


def my_trades(
    member: Member,
    symbol: str,
    *,
    order_id: int | None,
    start_us: int | None,
    end_us: int | None,
    from_id: int | None,
    limit: int,
) -> tuple[AccountTrade, ...]:
    """Return trades; only the combinations of parameters that the documentation lists are taken."""
    has_span = start_us is not None or end_us is not None
    if has_span and (order_id is not None or from_id is not None):
        raise bad_combination()
    check_span(start_us, end_us)
    trades: Sequence[AccountTrade] = member.on[symbol].trades
    if order_id is not None:
        trades = [trade for trade in trades if trade.order_id == order_id]
    if from_id is not None or order_id is not None:
        first = from_id if from_id is not None else 0
        return tuple(islice((trade for trade in trades if trade.trade_id >= first), _rows(limit)))
    return _in_span(trades, lambda trade: trade.time_us, start_us, end_us, limit)


def order_list(member: Member, order_list_id: int | None, list_client_order_id: str | None) -> OrderList:
    """Return a list by id, else by name (the latest of that name)."""
    if order_list_id is not None:
        found = member.lists.get(order_list_id)
        if found is not None and list_client_order_id not in (None, found.list_client_order_id):
            found = None
    else:
        named = (one for one in reversed(member.lists.values()) if one.list_client_order_id == list_client_order_id)
        found = next(named, None)
    if found is None:
        raise EngineError(code=-2018, message="Order list does not exist.")
    return found


def all_order_lists(
    member: Member, from_id: int | None, start_us: int | None, end_us: int | None, limit: int
) -> tuple[OrderList, ...]:
    """Return lists: from an id on, within a span of time, or the latest."""
    if from_id is not None and (start_us is not None or end_us is not None):
        raise bad_combination()
    check_span(start_us, end_us)
    lists = list(member.lists.values())
    if from_id is not None:
        return tuple(islice((one for one in lists if one.order_list_id >= from_id), _rows(limit)))
    return _in_span(lists, lambda one: one.created_us, start_us, end_us, limit)


def prevented_matches(
    member: Member, symbol: str, *, match_id: int | None, order_id: int | None, from_id: int | None, limit: int
) -> tuple[PreventedMatch, ...]:
    """Return prevented matches by id, or those of an order from an id on."""
    matches = member.on[symbol].prevented
    if match_id is not None:
        if order_id is not None or from_id is not None:
            raise bad_combination()
        return tuple(match for match in matches if match.prevented_match_id == match_id)
    if order_id is None:
        raise EngineError(
            code=-1102,
            message="Param 'preventedMatchId' or 'orderId' must be sent, but both were empty/null!",
        )
    first = from_id or 0
    wanted = (
        match
        for match in matches
        if order_id in (match.taker_order_id, match.maker_order_id) and match.prevented_match_id >= first
    )
    return tuple(islice(wanted, _rows(limit)))


def allocations(
    member: Member,
    symbol: str,
    *,
    start_us: int | None,
    end_us: int | None,
    from_id: int | None,
    order_id: int | None,
    limit: int,
) -> tuple[Allocation, ...]:
    """Return allocations; only the combinations of parameters that the documentation lists are taken."""
    has_span = start_us is not None or end_us is not None
    if has_span and (from_id is not None or order_id is not None):
        raise bad_combination()
    check_span(start_us, end_us)
    rows: Iterable[Allocation] = member.on[symbol].allocations
    if has_span:
        return _in_span(list(rows), lambda one: one.time_us, start_us, end_us, limit)
    first = from_id or 0
    wanted = (row for row in rows if row.allocation_id >= first and order_id in (None, row.order_id))
    return tuple(islice(wanted, _rows(limit)))


def order_amendments(
    member: Member, symbol: str, order_id: int, from_execution_id: int | None, limit: int
) -> tuple[Amendment, ...]:
    """Return the amendments of an order from an execution id on."""
    rows = member.on[symbol].amendments.get(order_id, [])
    first = from_execution_id or 0
    return tuple(islice((row for row in rows if row.execution_id >= first), _rows(limit)))


def _rows(limit: int) -> int:
    return min(limit, MAX_ROWS)


def _in_span(
    rows: Sequence[Row], time: Callable[[Row], int], start_us: int | None, end_us: int | None, limit: int
) -> tuple[Row, ...]:
    """Return rows (oldest first) within a span that includes both ends: the oldest since its start, else the latest."""
    low = 0 if start_us is None else bisect_left(rows, start_us, key=time)
    high = len(rows) if end_us is None else bisect_left(rows, end_us + 1, key=time)
    count = _rows(limit)
    if start_us is None:
        low = max(low, high - count)
    return tuple(rows[low : min(high, low + count)])
