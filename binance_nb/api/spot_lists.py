"""Order lists over REST or the WebSocket API (rest-api.md, "Order lists")."""

from __future__ import annotations

from typing import Any

from binance_nb.api.door import Door
from binance_nb.api.given import given
from binance_nb.models.order_lists import OrderListRequest
from binance_nb.transport.limits import Cost
from binance_nb.transport.rest import Security

SIGNED = Security.SIGNED


class SpotListsApi:
    """One coroutine an endpoint."""

    def __init__(self, door: Door) -> None:
        """Keep the door that carries the requests."""
        self._door = door

    async def place(self, request: OrderListRequest) -> Any:
        """POST /api/v3/orderList/oco, /oto, /otoco, /opo or /opoco, exactly once."""
        path = f"/api/v3/orderList/{request.kind.lower()}"
        cost = Cost(weight=1, orders=len(request.orders))
        return await self._door.request("POST", path, request.to_params(), security=SIGNED, cost=cost)

    async def cancel(self, symbol: str, order_list_id: int | None, list_client_order_id: str | None) -> Any:
        """DELETE /api/v3/orderList."""
        params = given(symbol=symbol, orderListId=order_list_id, listClientOrderId=list_client_order_id)
        return await self._door.request("DELETE", "/api/v3/orderList", params, security=SIGNED, cost=Cost(1))

    async def query(self, order_list_id: int | None, list_client_order_id: str | None) -> Any:
        """GET /api/v3/orderList."""
        params = given(orderListId=order_list_id, origClientOrderId=list_client_order_id)
        return await self._door.read("/api/v3/orderList", params, security=SIGNED, cost=Cost(4))

    async def query_open(self) -> Any:
        """GET /api/v3/openOrderList."""
        return await self._door.read("/api/v3/openOrderList", security=SIGNED, cost=Cost(6))

    async def query_all(self, *, from_id: int | None, limit: int) -> Any:
        """GET /api/v3/allOrderList."""
        params = given(fromId=from_id, limit=limit)
        return await self._door.read("/api/v3/allOrderList", params, security=SIGNED, cost=Cost(20))
