"""Asking for orders, trades and the account."""

from __future__ import annotations

from typing import Any

import msgspec
import pandas as pd

from binance_nb import frames
from binance_nb.trade_rows import read_trades
from binance_nb.verbs.core import ClientCore, verb
from binance_nb.verbs.given import Time, epoch_ms, order_id_given, symbol_name
from binance_nb.verbs.history import History
from binance_nb.verbs.results import orders_frame


class QueryVerbs(ClientCore):
    """Verbs that read the account and change nothing."""

    @verb
    async def get_order_status(
        self,
        symbol: str,
        order_id: int | None = None,
        *,
        client_order_id: str | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Return one order as it stands (schema `schemas.ORDERS`), known by either id.

        Raises UnknownOrder if the exchange knows none such. rest-api.md, "Query order (USER_DATA)".
        """
        order_id = order_id_given(order_id, client_order_id)
        answer = await self._spot.query_order(symbol_name(symbol), order_id, client_order_id)
        return orders_frame(answer, raw=raw, exact=exact)

    @verb
    async def get_open_orders(
        self, symbol: str | None = None, *, raw: bool = False, exact: bool = False
    ) -> pd.DataFrame:
        """Return the open orders of `symbol`, or of all symbols (schema `schemas.ORDERS`).

        All symbols at once weigh 80 instead of 6. rest-api.md, "Current open orders (USER_DATA)".
        """
        answer = await self._spot.open_orders(None if symbol is None else symbol_name(symbol))
        return orders_frame(answer, raw=raw, exact=exact)

    @verb
    async def get_all_orders(
        self,
        symbol: str,
        *,
        start_time: Time | None = None,
        end_time: Time | None = None,
        limit: int | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Return orders of `symbol`, open or not, oldest first (schema `schemas.ORDERS`), paged to the end.

        `start_time` and `end_time` bound the time of creation; `limit` keeps the newest so many and then asks for no
        more pages than that needs. The exchange forgets orders without a fill after 90 days.
        rest-api.md, "All orders (USER_DATA)".
        """
        name = symbol_name(symbol)

        async def page(after: int | None, since: int | None, count: int) -> Any:
            return await self._spot.all_orders(name, order_id=after, start_time=since, end_time=None, limit=count)

        history = History(page, id_key="orderId", what=f"orders of {name}")
        found = await history.read(epoch_ms(start_time), epoch_ms(end_time), limit)
        return orders_frame(found, raw=raw, exact=exact)

    @verb
    async def get_my_trades(
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
        """Return own trades of `symbol`, oldest first (schema `schemas.FILLS`), paged to the end.

        `order_id` keeps those of one order, `start_time` and `end_time` those of a period, `limit` the newest so many.
        rest-api.md, "Account trade list (USER_DATA)".
        """
        name = symbol_name(symbol)

        async def page(after: int | None, since: int | None, count: int) -> Any:
            if order_id is not None:  # the exchange takes an order together with an id to begin at, not with a time
                after, since = after or 0, None
            return await self._spot.my_trades(
                name, order_id=order_id, from_id=after, start_time=since, end_time=None, limit=count, decode=decode
            )

        # Floats need no detour over text and dicts.
        decode = msgspec.json.decode if raw or exact else read_trades
        history = History(page, id_key="id", what=f"trades of {name}")
        found = await history.read(epoch_ms(start_time), epoch_ms(end_time), None if order_id is not None else limit)
        found = found[-limit:] if limit else found
        if raw:
            return found  # type: ignore[return-value]  # raw=True is documented to return JSON
        return frames.trades(found, exact=exact)

    @verb
    async def get_account_info(
        self, *, omit_zero_balances: bool = True, raw: bool = False, exact: bool = False
    ) -> pd.DataFrame:
        """Return the balances, one row an asset: `asset`, `free`, `locked`, `total` (schema `schemas.BALANCES`).

        Commission rates, permissions and the rest of the answer are in the frame's `.attrs`.
        rest-api.md, "Account information (USER_DATA)".
        """
        answer = await self._spot.account(omit_zero_balances=omit_zero_balances)
        return answer if raw else frames.balances(answer, exact=exact, omit_zero=omit_zero_balances)
