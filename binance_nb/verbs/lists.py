"""Order lists: placing, cancelling and asking for them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from binance_nb import frames
from binance_nb.api.submit import Submission
from binance_nb.errors import ExchangeError, InvalidOrderError, UnknownOrder
from binance_nb.models.order_lists import OrderListRequest
from binance_nb.models.requests import SpotOrderRequest, new_client_order_id
from binance_nb.models.rules import Rounding
from binance_nb.verbs.core import verb
from binance_nb.verbs.given import symbol_name
from binance_nb.verbs.orders import OrderVerbs
from binance_nb.verbs.results import orders_frame


class ListVerbs(OrderVerbs):
    """Verbs of order lists."""

    @verb
    async def place_oco_order(
        self,
        above: SpotOrderRequest,
        below: SpotOrderRequest,
        *,
        list_client_order_id: str | None = None,
        round_to: Rounding | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Place two orders of which one cancels the other; return both (schema `schemas.ORDERS`).

        For a SELL, `above` is the LIMIT_MAKER, TAKE_PROFIT or TAKE_PROFIT_LIMIT above the last price and `below` the
        STOP_LOSS or STOP_LOSS_LIMIT under it; for a BUY it is the other way round. Raises as `place_spot_order` does.
        rest-api.md, "New Order list - OCO (TRADE)".
        """
        return await self._place_list("OCO", (above, below), list_client_order_id, round_to, raw=raw, exact=exact)

    @verb
    async def place_oto_order(
        self,
        working: SpotOrderRequest,
        pending: SpotOrderRequest,
        *,
        list_client_order_id: str | None = None,
        round_to: Rounding | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Place `working` now, and `pending` once it is filled entirely; return both (schema `schemas.ORDERS`).

        `working` is LIMIT or LIMIT_MAKER. Raises as `place_spot_order` does.
        rest-api.md, "New Order list - OTO (TRADE)".
        """
        return await self._place_list("OTO", (working, pending), list_client_order_id, round_to, raw=raw, exact=exact)

    @verb
    async def place_otoco_order(
        self,
        working: SpotOrderRequest,
        pending_above: SpotOrderRequest,
        pending_below: SpotOrderRequest,
        *,
        list_client_order_id: str | None = None,
        round_to: Rounding | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Place `working` now, and an OCO pair once it is filled entirely; return all three (schema `schemas.ORDERS`).

        Raises as `place_spot_order` does. rest-api.md, "New Order list - OTOCO (TRADE)".
        """
        orders = (working, pending_above, pending_below)
        return await self._place_list("OTOCO", orders, list_client_order_id, round_to, raw=raw, exact=exact)

    @verb
    async def place_opo_order(
        self,
        working: SpotOrderRequest,
        pending: SpotOrderRequest,
        *,
        list_client_order_id: str | None = None,
        round_to: Rounding | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Buy with `working` now, and once it is filled sell what it bought with `pending` (schema `schemas.ORDERS`).

        Give `pending` the quantity of `working`; the exchange sells what is left of it after the commission. Raises as
        `place_spot_order` does. rest-api.md, "New Order List - OPO (TRADE)"; faqs/opo.md.
        """
        return await self._place_list("OPO", (working, pending), list_client_order_id, round_to, raw=raw, exact=exact)

    @verb
    async def place_opoco_order(
        self,
        working: SpotOrderRequest,
        pending_above: SpotOrderRequest,
        pending_below: SpotOrderRequest,
        *,
        list_client_order_id: str | None = None,
        round_to: Rounding | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Buy with `working` now, and once it is filled sell what it bought with an OCO pair (schema `schemas.ORDERS`).

        Give the pair the quantity of `working`; the exchange sells what is left of it after the commission. Raises as
        `place_spot_order` does. rest-api.md, "New Order List - OPOCO (TRADE)"; faqs/opo.md.
        """
        orders = (working, pending_above, pending_below)
        return await self._place_list("OPOCO", orders, list_client_order_id, round_to, raw=raw, exact=exact)

    async def _place_list(
        self,
        kind: str,
        orders: tuple[SpotOrderRequest, ...],
        list_client_order_id: str | None,
        round_to: Rounding | None,
        *,
        raw: bool,
        exact: bool,
    ) -> pd.DataFrame:
        checked = tuple([await self._checked(order, round_to) for order in orders])
        request = OrderListRequest(kind, checked, list_client_order_id or new_client_order_id())
        self._watch(request.symbol)
        submission = Submission(
            symbol=request.symbol,
            client_order_id=request.list_client_order_id,
            query=lambda: self._at_home(self._find_list(request)),
            recv_window_s=self.config.recv_window_ms / 1000,
            patience_s=self.config.unknown_patience_s,
        )
        answer = await submission.send(lambda: self._lists.place(request))
        reports = answer.get("orderReports", ())
        for report in reports:
            self._keep_answer(report)
        if raw:
            return answer  # type: ignore[no-any-return]  # raw=True is documented to return JSON
        return orders_frame(list(reports), raw=False, exact=exact)

    async def _find_list(self, request: OrderListRequest) -> Any:
        try:
            answer = await self._lists.query(None, request.list_client_order_id)
        except ExchangeError as error:
            if error.message.startswith("Order list does not exist"):
                raise UnknownOrder(error.message, code=error.code, http_status=error.http_status) from None
            raise
        reports = [
            await self._spot.query_order(request.symbol, None, order.new_client_order_id) for order in request.orders
        ]
        return {**answer, "orderReports": reports}

    @verb
    async def cancel_order_list(
        self,
        symbol: str,
        order_list_id: int | None = None,
        *,
        list_client_order_id: str | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Cancel a whole order list, known by either id; return its orders (schema `schemas.ORDERS`).

        rest-api.md, "Cancel Order list (TRADE)".
        """
        _need_list_id(order_list_id, list_client_order_id)
        answer = await self._lists.cancel(symbol_name(symbol), order_list_id, list_client_order_id)
        return orders_frame(answer if raw else answer["orderReports"], raw=raw, exact=exact)

    @verb
    async def get_order_list(
        self, order_list_id: int | None = None, *, list_client_order_id: str | None = None, raw: bool = False
    ) -> pd.DataFrame:
        """Return one order list, one row an order (schema `schemas.ORDER_LISTS`).

        rest-api.md, "Query Order list (USER_DATA)".
        """
        _need_list_id(order_list_id, list_client_order_id)
        answer = await self._lists.query(order_list_id, list_client_order_id)
        return answer if raw else frames.order_lists([answer])

    @verb
    async def get_open_order_lists(self, *, raw: bool = False) -> pd.DataFrame:
        """Return the open order lists, one row an order (schema `schemas.ORDER_LISTS`).

        rest-api.md, "Query Open Order lists (USER_DATA)".
        """
        answer = await self._lists.query_open()
        return answer if raw else frames.order_lists(answer)

    @verb
    async def get_all_order_lists(self, *, raw: bool = False) -> pd.DataFrame:
        """Return all order lists, open or not, one row an order (schema `schemas.ORDER_LISTS`), paged to the end.

        rest-api.md, "Query all Order lists (USER_DATA)".
        """
        found: list[Any] = []
        while True:
            after = found[-1]["orderListId"] + 1 if found else 0
            page = await self._lists.query_all(from_id=after, limit=LISTS_PAGE)
            found += page
            if len(page) < LISTS_PAGE:
                return found if raw else frames.order_lists(found)  # type: ignore[return-value]


LISTS_PAGE = 1000
"""The most lists in one answer (rest-api.md, "Query all Order lists")."""


def _need_list_id(order_list_id: int | None, list_client_order_id: str | None) -> None:
    if order_list_id is None and list_client_order_id is None:
        raise InvalidOrderError("say which list: order_list_id=… or list_client_order_id=…")
