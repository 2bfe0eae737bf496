"""What an account may ask the exchange about itself."""

import copy
from collections.abc import Iterable
from typing import TypeVar

from binance_nb.sandbox.engine import queries
from binance_nb.sandbox.engine.core import Core
from binance_nb.sandbox.engine.records import (
    AccountTrade,
    Allocation,
    Amendment,
    Order,
    OrderList,
    PreventedMatch,
)


class AccountView:
    """The questions of one account. Answers are snapshots: later changes do not touch them."""

    _core: Core

    def order(
        self,
        account_id: int,
        symbol: str,
        *,
        order_id: int | None = None,
        client_order_id: str | None = None,
        now_us: int | None = None,
    ) -> Order:
        """Return an order by id, name or both (-2039 if they disagree); -2013 if unknown, -2026 if archived."""
        self._core.venue(symbol)
        member = self._core.member(account_id)
        return queries.order(member, symbol, order_id, client_order_id, now_us).snapshot()

    def open_orders(self, account_id: int, symbol: str | None = None) -> tuple[Order, ...]:
        """Return open orders, oldest first, of one symbol or all."""
        if symbol is not None:
            self._core.venue(symbol)
        return _copies(queries.open_orders(self._core.member(account_id), symbol))

    def all_orders(
        self,
        account_id: int,
        symbol: str,
        *,
        order_id: int | None = None,
        start_us: int | None = None,
        end_us: int | None = None,
        limit: int = 500,
    ) -> tuple[Order, ...]:
        """Return orders, oldest first: from an id, within a span of time, or the latest."""
        self._core.venue(symbol)
        member = self._core.member(account_id)
        return _copies(
            queries.all_orders(member, symbol, order_id=order_id, start_us=start_us, end_us=end_us, limit=limit)
        )

    def my_trades(
        self,
        account_id: int,
        symbol: str,
        *,
        order_id: int | None = None,
        start_us: int | None = None,
        end_us: int | None = None,
        from_id: int | None = None,
        limit: int = 500,
    ) -> tuple[AccountTrade, ...]:
        """Return the account's trades, oldest first; the combinations of rest-api.md, others raise -1128."""
        self._core.venue(symbol)
        member = self._core.member(account_id)
        return queries.my_trades(
            member, symbol, order_id=order_id, start_us=start_us, end_us=end_us, from_id=from_id, limit=limit
        )

    def order_list(
        self, account_id: int, *, order_list_id: int | None = None, list_client_order_id: str | None = None
    ) -> OrderList:
        """Return an order list; -2018 if unknown."""
        member = self._core.member(account_id)
        return copy.copy(queries.order_list(member, order_list_id, list_client_order_id))

    def all_order_lists(
        self,
        account_id: int,
        *,
        from_id: int | None = None,
        start_us: int | None = None,
        end_us: int | None = None,
        limit: int = 500,
    ) -> tuple[OrderList, ...]:
        """Return order lists, oldest first."""
        member = self._core.member(account_id)
        return _copies(queries.all_order_lists(member, from_id, start_us, end_us, limit))

    def open_order_lists(self, account_id: int) -> tuple[OrderList, ...]:
        """Return the lists that are still executing, oldest first."""
        return _copies(tuple(self._core.member(account_id).open_lists.values()))

    def prevented_matches(
        self,
        account_id: int,
        symbol: str,
        *,
        prevented_match_id: int | None = None,
        order_id: int | None = None,
        from_prevented_match_id: int | None = None,
        limit: int = 500,
    ) -> tuple[PreventedMatch, ...]:
        """Return prevented matches, oldest first."""
        self._core.venue(symbol)
        member = self._core.member(account_id)
        return queries.prevented_matches(
            member, symbol, match_id=prevented_match_id, order_id=order_id, from_id=from_prevented_match_id, limit=limit
        )

    def allocations(
        self,
        account_id: int,
        symbol: str,
        *,
        start_us: int | None = None,
        end_us: int | None = None,
        from_allocation_id: int | None = None,
        order_id: int | None = None,
        limit: int = 500,
    ) -> tuple[Allocation, ...]:
        """Return SOR allocations, oldest first."""
        self._core.venue(symbol)
        member = self._core.member(account_id)
        return queries.allocations(
            member, symbol, start_us=start_us, end_us=end_us, from_id=from_allocation_id, order_id=order_id, limit=limit
        )

    def order_amendments(
        self, account_id: int, symbol: str, order_id: int, *, from_execution_id: int | None = None, limit: int = 500
    ) -> tuple[Amendment, ...]:
        """Return the amendments of one order, oldest first."""
        self._core.venue(symbol)
        member = self._core.member(account_id)
        return queries.order_amendments(member, symbol, order_id, from_execution_id, limit)


Snapshot = TypeVar("Snapshot", Order, OrderList)


def _copies(rows: Iterable[Snapshot]) -> tuple[Snapshot, ...]:
    return tuple(copy.copy(row) for row in rows)
