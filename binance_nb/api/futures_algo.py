"""The Algo Service of USD-M futures, where conditional orders wait (usds-margined-futures, "New Algo Order")."""

from __future__ import annotations

from typing import Any

from binance_nb.api.door import Door
from binance_nb.api.futures import FREE_OF_SYMBOL, ORDER, SIGNED
from binance_nb.api.given import given
from binance_nb.models.futures_requests import FuturesOrderRequest
from binance_nb.transport.limits import Cost


class FuturesAlgoApi:
    """One coroutine an endpoint; there is none to modify an order, or to place several."""

    def __init__(self, door: Door) -> None:
        """Keep the door that carries the requests."""
        self._door = door

    async def new_order(self, order: FuturesOrderRequest) -> Any:
        """POST /fapi/v1/algoOrder, exactly once."""
        return await self._door.request("POST", "/fapi/v1/algoOrder", order.to_params(), security=SIGNED, cost=ORDER)

    async def query_order(self, algo_id: int | None, client_algo_id: str | None) -> Any:
        """GET /fapi/v1/algoOrder."""
        params = given(algoId=algo_id, clientAlgoId=client_algo_id)
        return await self._door.read("/fapi/v1/algoOrder", params, security=SIGNED, cost=Cost(1))

    async def cancel_order(self, algo_id: int | None, client_algo_id: str | None) -> Any:
        """DELETE /fapi/v1/algoOrder."""
        params = given(algoId=algo_id, clientAlgoId=client_algo_id)
        return await self._door.request("DELETE", "/fapi/v1/algoOrder", params, security=SIGNED, cost=Cost(1))

    async def cancel_open_orders(self, symbol: str) -> Any:
        """DELETE /fapi/v1/algoOpenOrders."""
        params = given(symbol=symbol)
        return await self._door.request("DELETE", "/fapi/v1/algoOpenOrders", params, security=SIGNED, cost=Cost(1))

    async def open_orders(self, symbol: str | None) -> Any:
        """GET /fapi/v1/openAlgoOrders."""
        cost = Cost(FREE_OF_SYMBOL if symbol is None else 1)
        return await self._door.read("/fapi/v1/openAlgoOrders", given(symbol=symbol), security=SIGNED, cost=cost)

    async def all_orders(
        self, symbol: str, *, algo_id: int | None, start_time: int | None, end_time: int | None, limit: int
    ) -> Any:
        """GET /fapi/v1/allAlgoOrders: less than seven days at a time."""
        params = given(symbol=symbol, algoId=algo_id, startTime=start_time, endTime=end_time, limit=limit)
        return await self._door.read("/fapi/v1/allAlgoOrders", params, security=SIGNED, cost=Cost(5))
