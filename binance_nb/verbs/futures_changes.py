"""Changing and cancelling USD-M futures orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from binance_nb import frames, futures_frames, futures_schemas
from binance_nb.errors import CancelRejected, InvalidOrderError, UnknownOrder
from binance_nb.models.decimals import Number
from binance_nb.models.enums import OrderSide, PriceMatch
from binance_nb.models.futures_requests import FuturesAmendRequest
from binance_nb.verbs.core import verb
from binance_nb.verbs.futures_orders import MOST_IN_A_BATCH
from binance_nb.verbs.futures_queries import FuturesQueryVerbs, algo_id_given
from binance_nb.verbs.given import order_id_given, symbol_name

MOST_CANCELLED = 10
"""usds-margined-futures, "Cancel Multiple Orders"."""


class FuturesChangeVerbs(FuturesQueryVerbs):
    """Verbs that change futures orders that are there."""

    @verb
    async def modify_futures_order(
        self,
        symbol: str,
        order_id: int | None = None,
        *,
        side: OrderSide | str,
        quantity: Number,
        price: Number | None = None,
        price_match: PriceMatch | str | None = None,
        client_order_id: str | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Give a LIMIT order another price and quantity; return it (schema `futures_schemas.FUTURES_ORDERS`).

        It loses its place in the queue. It is cancelled if it was filled in part and `quantity` (of the whole, base
        units) is not above that, or if it is GTX and would take. Raises CancelRejected where the exchange refuses
        (-5025 to -5029), UnknownOrder if there is none. usds-margined-futures, "Modify Order".
        """
        change = FuturesAmendRequest(
            symbol=symbol,
            side=side,
            quantity=quantity,
            price=price,
            price_match=price_match,
            order_id=order_id_given(order_id, client_order_id),
            client_order_id=client_order_id,
        )
        answer = await self._futures.modify_order(change)
        return self._futures_frame(answer, raw=raw, exact=exact)

    @verb
    async def modify_futures_batch_orders(
        self, changes: Sequence[FuturesAmendRequest], *, raw: bool = False, exact: bool = False
    ) -> pd.DataFrame:
        """Modify up to five LIMIT orders with one request; a row each (schema `futures_schemas.FUTURES_BATCH`).

        usds-margined-futures, "Modify Multiple Orders".
        """
        if not 1 <= len(changes) <= MOST_IN_A_BATCH:
            raise InvalidOrderError(f"a batch has 1 to {MOST_IN_A_BATCH} orders, not {len(changes)}")
        answer = await self._futures.modify_batch(changes)
        if raw:
            return answer  # type: ignore[no-any-return]  # raw=True is documented to return JSON
        asked = [
            {"symbol": change.symbol, "clientOrderId": change.client_order_id, "orderId": change.order_id or -1}
            for change in changes
        ]
        return futures_frames.batch(answer, asked, exact=exact)

    @verb
    async def cancel_futures_order_by_id(
        self,
        symbol: str,
        order_id: int | None = None,
        *,
        algo_id: int | None = None,
        client_order_id: str | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Cancel one order, regular or conditional; return it (schema `futures_schemas.FUTURES_ORDERS`).

        `order_id` names a regular order (also the one that a conditional order became), `algo_id` a conditional one,
        `client_order_id` either. Raises UnknownOrder if it is not open (any more).
        usds-margined-futures, "Cancel Order" and "Cancel Algo Order".
        """
        name = symbol_name(symbol)
        algo_id = algo_id_given(order_id, algo_id, client_order_id)
        if algo_id is None:
            number = order_id_given(order_id, client_order_id)
            try:
                answer = await self._futures.cancel_order(name, number, client_order_id)
            except UnknownOrder:
                if client_order_id is None:
                    raise
            else:
                return self._futures_frame(answer, raw=raw, exact=exact)
        try:
            answer = await self._algo.cancel_order(algo_id, client_order_id if algo_id is None else None)
        except (UnknownOrder, CancelRejected):
            if algo_id is None:
                raise
            became = int((await self._algo.query_order(algo_id, None)).get("actualOrderId") or 0)
            if not became:
                raise
            await self._futures.cancel_order(name, became, None)  # triggered: it is a regular order now
            answer = {"algoId": algo_id}
        if raw:
            return answer  # type: ignore[no-any-return]  # raw=True is documented to return JSON
        # This answer holds the ids and nothing else: what the order was is asked for.
        return await self._algo_frame(await self._algo.query_order(int(answer["algoId"]), None), exact=exact)

    @verb
    async def cancel_futures_batch_orders(
        self,
        symbol: str,
        order_ids: Sequence[int] = (),
        *,
        client_order_ids: Sequence[str] = (),
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Cancel up to ten regular orders of `symbol`; a row each (schema `futures_schemas.FUTURES_BATCH`).

        Named by `order_ids` or by `client_order_ids`, not both. usds-margined-futures, "Cancel Multiple Orders".
        """
        if bool(order_ids) == bool(client_order_ids):
            raise InvalidOrderError("name the orders by order_ids or by client_order_ids, one of the two")
        count = len(order_ids) + len(client_order_ids)
        if count > MOST_CANCELLED:
            raise InvalidOrderError(f"at most {MOST_CANCELLED} orders can be cancelled together, not {count}")
        name = symbol_name(symbol)
        answer = await self._futures.cancel_batch(name, [int(number) for number in order_ids], list(client_order_ids))
        if raw:
            return answer  # type: ignore[no-any-return]  # raw=True is documented to return JSON
        asked: list[dict[str, Any]] = [{"symbol": name, "orderId": int(number)} for number in order_ids]
        asked += [{"symbol": name, "orderId": -1, "clientOrderId": given} for given in client_order_ids]
        return futures_frames.batch(answer, asked, exact=exact)

    @verb
    async def cancel_all_futures_orders(self, symbol: str, *, raw: bool = False, exact: bool = False) -> pd.DataFrame:
        """Cancel every open order of `symbol`, conditional ones included; return those that were open before.

        Schema `futures_schemas.FUTURES_ORDERS`, `order_status` as it was, since the exchange only answers that it is
        done; with `raw=True` both of its answers. usds-margined-futures, "Cancel All Open Orders" and "Cancel All Algo
        Open Orders".
        """
        name = symbol_name(symbol)
        before = await self.get_futures_open_orders(name, exact=exact)
        answers = [await self._futures.cancel_open_orders(name), await self._algo.cancel_open_orders(name)]
        return answers if raw else before  # type: ignore[return-value]  # raw=True is documented to return JSON

    @verb
    async def set_futures_countdown_cancel(self, symbol: str, countdown_ms: int, *, raw: bool = False) -> pd.DataFrame:
        """Let the exchange cancel all open orders of `symbol` in `countdown_ms` milliseconds, unless told again.

        Call it again before that to begin anew; 0 ends the countdown. Returns `symbol` and `countdown_ms` (schema
        `futures_schemas.COUNTDOWN`). usds-margined-futures, "Auto-Cancel All Open Orders".
        """
        if countdown_ms < 0:
            raise InvalidOrderError(f"countdown_ms is in milliseconds and not negative; {countdown_ms} is")
        answer = await self._futures.countdown_cancel(symbol_name(symbol), int(countdown_ms))
        if raw:
            return answer  # type: ignore[no-any-return]  # raw=True is documented to return JSON
        row = {"symbol": answer["symbol"], "countdown_ms": answer["countdownTime"]}
        return frames.build([row], futures_schemas.COUNTDOWN)
