"""The WebSocket API as a door: the same endpoints, named by web-socket-api.md, over one connection kept open."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from binance_nb.errors import NetworkError
from binance_nb.transport.limits import Cost
from binance_nb.transport.rest import FREE, Decode, RestTransport, Security
from binance_nb.transport.ws_requests import WsRequests

METHODS: dict[tuple[str, str], str] = {
    ("POST", "/api/v3/order"): "order.place",
    ("POST", "/api/v3/order/test"): "order.test",
    ("GET", "/api/v3/order"): "order.status",
    ("DELETE", "/api/v3/order"): "order.cancel",
    ("POST", "/api/v3/order/cancelReplace"): "order.cancelReplace",
    ("PUT", "/api/v3/order/amend/keepPriority"): "order.amend.keepPriority",
    ("GET", "/api/v3/order/amendments"): "order.amendments",
    ("GET", "/api/v3/openOrders"): "openOrders.status",
    ("DELETE", "/api/v3/openOrders"): "openOrders.cancelAll",
    ("GET", "/api/v3/allOrders"): "allOrders",
    ("POST", "/api/v3/orderList/oco"): "orderList.place.oco",
    ("POST", "/api/v3/orderList/oto"): "orderList.place.oto",
    ("POST", "/api/v3/orderList/otoco"): "orderList.place.otoco",
    ("POST", "/api/v3/orderList/opo"): "orderList.place.opo",
    ("POST", "/api/v3/orderList/opoco"): "orderList.place.opoco",
    ("DELETE", "/api/v3/orderList"): "orderList.cancel",
    ("GET", "/api/v3/orderList"): "orderList.status",
    ("GET", "/api/v3/openOrderList"): "openOrderLists.status",
    ("GET", "/api/v3/allOrderList"): "allOrderLists",
    ("POST", "/api/v3/sor/order"): "sor.order.place",
    ("POST", "/api/v3/sor/order/test"): "sor.order.test",
    ("GET", "/api/v3/account"): "account.status",
    ("GET", "/api/v3/account/commission"): "account.commission",
    ("GET", "/api/v3/rateLimit/order"): "account.rateLimits.orders",
    ("GET", "/api/v3/myTrades"): "myTrades",
    ("GET", "/api/v3/myPreventedMatches"): "myPreventedMatches",
    ("GET", "/api/v3/myAllocations"): "myAllocations",
    ("GET", "/api/v3/myFilters"): "myFilters",
}
"""Endpoints of rest-api.md that are also methods of web-socket-api.md and have to do with orders or the account."""

WHOLE_NUMBERS = frozenset(
    {
        "orderId",
        "orderListId",
        "cancelOrderId",
        "fromId",
        "fromExecutionId",
        "fromAllocationId",
        "fromPreventedMatchId",
        "preventedMatchId",
        "startTime",
        "endTime",
        "limit",
    }
)
"""Parameters that are JSON integers over the WebSocket API, and so are all that end so, whatever leg they belong to."""
WHOLE_NUMBER_ENDINGS = ("railingDelta", "trategyId", "trategyType", "egOffsetValue")

BOOLEANS = frozenset({"true", "false"})


def typed(params: Mapping[str, str]) -> dict[str, Any]:
    """Return parameters as JSON wants them: whole numbers and booleans bare, decimals as text."""
    made: dict[str, Any] = dict(params)
    for name, value in params.items():
        if _is_whole(name):
            made[name] = int(value)
        elif value in BOOLEANS:
            made[name] = value == "true"
    return made


@lru_cache(maxsize=256)
def _is_whole(name: str) -> bool:
    return name in WHOLE_NUMBERS or name.endswith(WHOLE_NUMBER_ENDINGS)


class WsDoor:
    """Sends what the WebSocket API has a method for over it, and everything else over REST."""

    def __init__(self, rest: RestTransport, requests: WsRequests) -> None:
        """Keep both ways."""
        self._rest = rest
        self._requests = requests

    async def request(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        security: Security = Security.NONE,
        cost: Cost = FREE,
    ) -> Any:
        """Make one request that may change something."""
        name = METHODS.get((method, path))
        if name is None:
            return await self._rest.request(method, path, params, security=security, cost=cost)
        return await self._requests.request(name, typed(params or {}), signed=security is Security.SIGNED, cost=cost)

    async def read(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        security: Security = Security.NONE,
        cost: Cost = FREE,
        decode: Decode = msgspec.json.decode,
    ) -> Any:
        """Make one request that changes nothing; where the connection fails, go the other way."""
        if ("GET", path) in METHODS:
            try:
                return await self.request("GET", path, params, security=security, cost=cost)
            except NetworkError:
                await asyncio.sleep(0)
        return await self._rest.read(path, params, security=security, cost=cost, decode=decode)
