"""Asking for USD-M futures orders and trades: regular and conditional orders together."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pandas as pd

from binance_nb import frames, futures_frames, schemas
from binance_nb.errors import InvalidOrderError, UnknownOrder
from binance_nb.models.events import NO_ID
from binance_nb.models.futures_fills import fill_from_futures_trade
from binance_nb.verbs.core import verb
from binance_nb.verbs.futures_orders import FuturesOrderVerbs
from binance_nb.verbs.given import Time, epoch_ms, is_within, order_id_given, symbol_name
from binance_nb.verbs.history import PAGE, WeeklyHistory


class FuturesQueryVerbs(FuturesOrderVerbs):
    """Verbs that read futures orders and change nothing."""

    @verb
    async def get_futures_order_status(
        self,
        symbol: str,
        order_id: int | None = None,
        *,
        algo_id: int | None = None,
        client_order_id: str | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Return one order as it stands (schema `futures_schemas.FUTURES_ORDERS`), regular or conditional.

        `order_id` names a regular order, `algo_id` a conditional one, `client_order_id` either. A conditional order
        that was triggered is shown with the order that it became, as one row. Raises UnknownOrder if the exchange knows
        none such; it forgets what was cancelled without a fill after three days.
        usds-margined-futures, "Query Order" and "Query Algo Order".
        """
        name = symbol_name(symbol)
        algo_id = algo_id_given(order_id, algo_id, client_order_id)
        if algo_id is None and order_id is not None:
            answer = await self._futures.query_order(name, order_id_given(order_id, client_order_id), client_order_id)
            return self._futures_frame(answer, raw=raw, exact=exact)
        try:
            algo = await self._algo.query_order(algo_id, client_order_id)
        except UnknownOrder:
            if client_order_id is None:
                raise
            answer = await self._futures.query_order(name, None, client_order_id)
            return self._futures_frame(answer, raw=raw, exact=exact)
        if raw:
            return algo  # type: ignore[no-any-return]  # raw=True is documented to return JSON
        return await self._algo_frame(algo, exact=exact)

    @verb
    async def get_futures_open_orders(
        self, symbol: str | None = None, *, raw: bool = False, exact: bool = False
    ) -> pd.DataFrame:
        """Return the open orders of `symbol`, or of all symbols, conditional ones included, oldest first.

        Schema `futures_schemas.FUTURES_ORDERS`; with `raw=True` `{"orders": [...], "algoOrders": [...]}`. All symbols
        at once weigh 80 instead of 2. usds-margined-futures, "Current All Open Orders", "Current All Algo Open Orders".
        """
        name = None if symbol is None else symbol_name(symbol)
        orders, algos = await asyncio.gather(self._futures.open_orders(name), self._algo.open_orders(name))
        return self._both(orders, algos, raw=raw, exact=exact)

    @verb
    async def get_all_futures_orders(
        self,
        symbol: str,
        *,
        start_time: Time | None = None,
        end_time: Time | None = None,
        limit: int | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Return orders of `symbol`, open or not, conditional ones included, oldest first.

        Schema `futures_schemas.FUTURES_ORDERS`. Without a `start_time` those of the last seven days; with one the
        exchange is asked week by week up to `end_time` (or now). `limit` keeps the newest so many. The exchange forgets
        orders after 90 days, and after three those that were cancelled without a fill.
        usds-margined-futures, "All Orders" and "Query All Algo Orders".
        """
        name = symbol_name(symbol)
        first, last = epoch_ms(start_time), epoch_ms(end_time)

        async def regular(since: int, until: int | None) -> Any:
            return await self._futures.all_orders(name, order_id=None, start_time=since, end_time=until, limit=PAGE)

        async def conditional(since: int, until: int | None) -> Any:
            return await self._algo.all_orders(name, algo_id=None, start_time=since, end_time=until, limit=PAGE)

        now_ms = await self._futures_transport.clock.timestamp_ms()
        what = f"orders of {name}"
        orders = await WeeklyHistory(regular, id_key="orderId", time_key="time", now_ms=now_ms, what=what).read(
            first, last
        )
        algos = await WeeklyHistory(
            conditional, id_key="algoId", time_key="createTime", now_ms=now_ms, what=f"conditional {what}"
        ).read(first, last)
        if raw:
            return self._both(orders, algos, raw=True, exact=exact)
        rows = futures_frames.joined(orders, algos)
        return futures_frames.orders(rows[-limit:] if limit else rows, exact=exact)

    @verb
    async def get_futures_trades(
        self,
        symbol: str,
        *,
        order_id: int | None = None,
        start_time: Time | None = None,
        end_time: Time | None = None,
        limit: int | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Return own trades of `symbol`, oldest first (schema `schemas.FILLS`), with their `realized_pnl`.

        `order_id` keeps those of one order. Without a `start_time` those of the last seven days; with one the exchange
        is asked week by week up to `end_time` (or now), `limit` keeps the newest so many. The exchange keeps three
        months. usds-margined-futures, "Account Trade List".
        """
        name = symbol_name(symbol)

        async def page(since: int | None, until: int | None) -> Any:
            return await self._futures.user_trades(
                name, order_id=order_id, from_id=None, start_time=since, end_time=until, limit=PAGE
            )

        first, last = epoch_ms(start_time), epoch_ms(end_time)
        if order_id is not None:  # the exchange takes an order without times
            found = [row for row in await page(None, None) if is_within(row["time"], first, last)]
        else:
            now_ms = await self._futures_transport.clock.timestamp_ms()
            what = f"trades of {name}"
            history = WeeklyHistory(page, id_key="id", time_key="time", now_ms=now_ms, what=what)
            found = await history.read(first, last)
        found = found[-limit:] if limit else found
        if raw:
            return found  # type: ignore[return-value]  # raw=True is documented to return JSON
        return frames.build([fill_from_futures_trade(trade) for trade in found], schemas.FILLS, exact=exact)

    def _futures_frame(self, answer: Any, *, raw: bool, exact: bool) -> pd.DataFrame:
        """Return one regular order as a frame, or with `raw` the answer itself."""
        return answer if raw else futures_frames.orders([self._futures_row(answer)], exact=exact)

    async def _algo_frame(self, algo: Mapping[str, Any], *, exact: bool) -> pd.DataFrame:
        """Return a conditional order, with the order that it became if it was triggered, as a one-row frame."""
        number = int(algo.get("actualOrderId") or NO_ID)
        order = None
        if number != NO_ID:
            try:
                order = await self._futures.query_order(algo["symbol"], number, None)
            except UnknownOrder:  # forgotten, or on its way: the conditional order itself tells the rest
                order = None
        return futures_frames.orders([futures_frames.one_row(algo, order)], exact=exact)

    def _both(self, orders: Any, algos: Any, *, raw: bool, exact: bool) -> pd.DataFrame:
        if raw:
            return {"orders": orders, "algoOrders": algos}  # type: ignore[return-value]  # as documented
        return futures_frames.orders(futures_frames.joined(orders, algos), exact=exact)


def algo_id_given(order_id: object, algo_id: object, client_order_id: str | None) -> int | None:
    """Return the algo id as a number. Raises InvalidOrderError unless one id was given, and not two that contradict."""
    if order_id is not None and algo_id is not None:
        raise InvalidOrderError("order_id names a regular order and algo_id a conditional one: give one of them")
    if order_id is None and algo_id is None and client_order_id is None:
        raise InvalidOrderError("say which order: order_id=…, algo_id=… or client_order_id=…")
    return None if algo_id is None else int(algo_id)  # type: ignore[call-overload]
