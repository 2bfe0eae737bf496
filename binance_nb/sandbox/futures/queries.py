"""What an account may ask about its past: orders, fills, changes of orders, conditional orders, income."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import TypeVar

from binance_nb.models.enums import AlgoStatus, OrderStatus
from binance_nb.sandbox.engine.tape import DAY_US
from binance_nb.sandbox.futures.accounts import Member
from binance_nb.sandbox.futures.records import AccountTrade, AlgoOrder, Amendment, Income, Order
from binance_nb.sandbox.futures.rules import missing, refused

Row = TypeVar("Row")

MAX_ROWS = 1000
WINDOW_US = 7 * DAY_US
UNFILLED_KEPT_US = 3 * DAY_US  # a cancelled or expired order without a fill is found this long
KEPT_US = 90 * DAY_US
_WITHOUT_FILL = frozenset({OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.EXPIRED_IN_MATCH})
_ALGO_WITHOUT_FILL = frozenset({AlgoStatus.CANCELED, AlgoStatus.EXPIRED, AlgoStatus.REJECTED})


def order(member: Member, symbol: str, order_id: int | None, name: str | None, now_us: int) -> Order:
    """Return an order by id, else by name (the latest of that name); -2013 if there is none, or no more."""
    if order_id is None and name is None:
        raise missing("orderId")
    known = member.on[symbol]
    found = known.orders.get(order_id) if order_id is not None else known.by_client_id.get(name or "")
    if found is None or _is_gone(found, now_us):
        raise refused(-2013, "Order does not exist.")
    return found


def open_orders(member: Member, symbol: str | None) -> tuple[Order, ...]:
    """Return open orders of one symbol, or of all, oldest first."""
    known = [member.on[symbol]] if symbol is not None else list(member.on.values())
    found = [one for entry in known for one in entry.open.values()]
    return tuple(sorted(found, key=lambda one: (one.created_us, one.symbol, one.order_id)))


def all_orders(
    member: Member,
    symbol: str | None,
    now_us: int,
    *,
    order_id: int | None,
    start_us: int | None,
    end_us: int | None,
    limit: int,
) -> tuple[Order, ...]:
    """Return orders, oldest first: from an id on, or of a window of time, by default the last seven days."""
    known = [member.on[symbol]] if symbol is not None else list(member.on.values())
    rows = [one for entry in known for one in entry.orders.values() if not _is_gone(one, now_us)]
    rows.sort(key=lambda one: (one.created_us, one.order_id))
    if order_id is not None:
        return tuple(one for one in rows if one.order_id >= order_id)[: _count(limit)]
    return _window(rows, lambda one: one.created_us, start_us, end_us, limit, now_us)


def user_trades(
    member: Member,
    symbol: str,
    now_us: int,
    *,
    order_id: int | None,
    start_us: int | None,
    end_us: int | None,
    from_id: int | None,
    limit: int,
) -> tuple[AccountTrade, ...]:
    """Return fills, oldest first: from an id on, or of a window of time, by default the last seven days."""
    rows: Sequence[AccountTrade] = member.on[symbol].trades
    if from_id is not None and (start_us is not None or end_us is not None):
        raise refused(-1128, "Combination of optional parameters invalid.")
    if order_id is not None:
        rows = [one for one in rows if one.order_id == order_id]
    if from_id is not None:
        first = bisect_left(rows, from_id, key=lambda one: one.trade_id)
        return tuple(rows[first : first + _count(limit)])
    return _window(rows, lambda one: one.time_us, start_us, end_us, limit, now_us)


def amendments(
    member: Member,
    symbol: str,
    *,
    order_id: int | None,
    name: str | None,
    start_us: int | None,
    end_us: int | None,
    limit: int,
) -> tuple[Amendment, ...]:
    """Return changes of an order, newest first."""
    if order_id is None and name is None:
        raise missing("orderId")
    found = [
        one
        for one in reversed(member.on[symbol].amendments)
        if (one.order_id == order_id if order_id is not None else one.client_order_id == name)
        and (start_us is None or one.time_us >= start_us)
        and (end_us is None or one.time_us <= end_us)
    ]
    return tuple(found[: min(limit, 100)])


def open_algos(member: Member, symbol: str | None, algo_id: int | None) -> tuple[AlgoOrder, ...]:
    """Return conditional orders that still wait, oldest first."""
    return tuple(
        one for one in member.open_algos.values() if symbol in (None, one.symbol) and algo_id in (None, one.algo_id)
    )


def all_algos(
    member: Member,
    symbol: str,
    now_us: int,
    *,
    algo_id: int | None,
    start_us: int | None,
    end_us: int | None,
    limit: int,
) -> tuple[AlgoOrder, ...]:
    """Return conditional orders, oldest first: from an id on, or of a window of time, by default seven days."""
    rows = [one for one in member.algos.values() if one.symbol == symbol and not is_gone_algo(one, now_us)]
    if algo_id is not None:
        return tuple(one for one in rows if one.algo_id >= algo_id)[: _count(limit)]
    return _window(rows, lambda one: one.created_us, start_us, end_us, limit, now_us)


def income(
    member: Member,
    now_us: int,
    *,
    symbol: str | None,
    income_type: str | None,
    start_us: int | None,
    end_us: int | None,
    limit: int,
) -> tuple[Income, ...]:
    """Return changes of the wallet, oldest first; the last seven days when no start is given."""
    begin = start_us if start_us is not None or end_us is not None else now_us - WINDOW_US
    rows = [
        one
        for one in member.income
        if symbol in (None, one.symbol)
        and income_type in (None, one.income_type)
        and (begin is None or one.time_us >= begin)
        and (end_us is None or one.time_us <= end_us)
    ]
    return tuple(rows[: _count(limit)] if start_us is not None else rows[-_count(limit) :])


def is_gone_algo(one: AlgoOrder, now_us: int) -> bool:
    """Whether a conditional order that is done is too old to be found."""
    age_us = now_us - one.updated_us
    unfilled = one.status in _ALGO_WITHOUT_FILL and age_us > UNFILLED_KEPT_US
    return not one.is_open and (unfilled or age_us > KEPT_US)


def _is_gone(one: Order, now_us: int) -> bool:
    age_us = now_us - one.updated_us
    unfilled = one.status in _WITHOUT_FILL and not one.executed_u and age_us > UNFILLED_KEPT_US
    return not one.is_open and (unfilled or age_us > KEPT_US)


def _count(limit: int) -> int:
    return max(1, min(limit, MAX_ROWS))


def _window(
    rows: Sequence[Row],
    key: Callable[[Row], int],
    start_us: int | None,
    end_us: int | None,
    limit: int,
    now_us: int,
) -> tuple[Row, ...]:
    """Return rows of a window up to seven days; the first ones from a given start, else the latest."""
    if start_us is not None and end_us is not None and end_us - start_us > WINDOW_US:
        raise refused(-4165, "Invalid time interval, the window may not be longer than seven days.")
    if start_us is not None:
        last = start_us + WINDOW_US if end_us is None else end_us
        first = start_us
    else:
        last = now_us if end_us is None else end_us
        first = last - WINDOW_US
    low = bisect_left(rows, first, key=key)
    high = bisect_left(rows, last + 1, key=key)
    count = _count(limit)
    return tuple(rows[low:high][:count] if start_us is not None else rows[low:high][-count:])
