"""Changing what rests on the book: cancel-replace and amend."""

from __future__ import annotations

from typing import Any

import pandas as pd

from binance_nb import frames
from binance_nb.errors import UnknownOrder
from binance_nb.models.decimals import Number, plain, to_decimal
from binance_nb.models.enums import CancelReplaceMode, CancelRestrictions
from binance_nb.models.requests import SpotOrderRequest
from binance_nb.models.rules import Rounding
from binance_nb.verbs.core import verb
from binance_nb.verbs.given import order_id_given, symbol_name, word
from binance_nb.verbs.orders import OrderVerbs
from binance_nb.verbs.results import orders_frame


class ChangeVerbs(OrderVerbs):
    """Verbs that change an order that is there."""

    @verb
    async def cancel_replace_order(
        self,
        new_order: SpotOrderRequest,
        cancel_order_id: int | None = None,
        *,
        cancel_client_order_id: str | None = None,
        mode: CancelReplaceMode | str = CancelReplaceMode.STOP_ON_FAILURE,
        cancel_restrictions: CancelRestrictions | str | None = None,
        order_rate_limit_exceeded_mode: str | None = None,
        round_to: Rounding | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Cancel one order and place another in its stead; return both (schema `schemas.ORDERS`), cancelled one first.

        With `mode="STOP_ON_FAILURE"` nothing is placed if the cancel fails; with `"ALLOW_FAILURE"` it is all the same.
        `order_rate_limit_exceeded_mode`: "DO_NOTHING" or "CANCEL_ONLY". Raises CancelReplaceFailed, which tells
        the legs apart, where one or both failed. It is sent at most once: when no clear answer comes, the exchange is
        asked for both orders. rest-api.md, "Cancel an Existing Order and Send a New Order (TRADE)".
        """
        cancel_order_id = order_id_given(cancel_order_id, cancel_client_order_id)
        order = await self._checked(new_order, round_to)
        submission = self._submission(order.symbol, order.new_client_order_id)
        answer = await submission.send(
            lambda: self._spot.cancel_replace(
                order,
                cancel_order_id=cancel_order_id,
                cancel_client_order_id=cancel_client_order_id,
                mode=word(CancelReplaceMode, mode),
                cancel_restrictions=None
                if cancel_restrictions is None
                else word(CancelRestrictions, cancel_restrictions),
                order_rate_limit_exceeded_mode=order_rate_limit_exceeded_mode,
            )
        )
        if "cancelResult" not in answer:  # the new order as a query found it, after an answer that never came
            answer = {
                "newOrderResponse": answer,
                "cancelResponse": await self._old_leg(order.symbol, cancel_order_id, cancel_client_order_id),
            }
        self._keep_answer(answer["newOrderResponse"])
        if raw:
            return answer  # type: ignore[no-any-return]  # raw=True is documented to return JSON
        legs = [leg for leg in (answer["cancelResponse"], answer["newOrderResponse"]) if leg is not None]
        return frames.orders(legs, exact=exact)

    async def _old_leg(self, symbol: str, order_id: int | None, client_order_id: str | None) -> Any:
        try:
            return await self._spot.query_order(symbol, order_id, client_order_id)
        except UnknownOrder:
            return None

    @verb
    async def amend_order(
        self,
        symbol: str,
        order_id: int | None = None,
        *,
        new_qty: Number,
        client_order_id: str | None = None,
        new_client_order_id: str | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Reduce an order's quantity to `new_qty` base units without losing its place in the queue; return it.

        The order gets a new client order id, one of its own making if none is given. Raises CancelRejected where the
        exchange refuses (-2038), UnknownOrder if there is none. Schema `schemas.ORDERS`.
        rest-api.md, "Order Amend Keep Priority (TRADE)".
        """
        order_id = order_id_given(order_id, client_order_id)
        quantity = plain(to_decimal(new_qty, "new_qty"))
        answer = await self._spot.amend_order(
            symbol_name(symbol), order_id, client_order_id, new_qty=quantity, new_client_order_id=new_client_order_id
        )
        if raw:
            return answer  # type: ignore[no-any-return]  # raw=True is documented to return JSON
        amended = {**answer["amendedOrder"], "transactTime": answer["transactTime"]}
        return orders_frame(amended, raw=False, exact=exact)
