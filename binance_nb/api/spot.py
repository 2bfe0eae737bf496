"""Spot endpoints, named as in the exchange's rest-api.md: market data, orders, the account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from binance_nb.api.door import Door
from binance_nb.api.given import given
from binance_nb.api.listing import Listing
from binance_nb.models.requests import SpotOrderRequest
from binance_nb.transport.limits import Cost
from binance_nb.transport.rest import Decode, Security

SIGNED = Security.SIGNED

ORDER = Cost(weight=1, orders=1)
"""A new order weighs 1 until it succeeds, and 0 then (CHANGELOG 2026-03-27); it counts as one unfilled order."""


def _depth_cost(limit: int) -> Cost:
    """rest-api.md, "Order book": heavier by the number of levels."""
    return Cost(next((weight for levels, weight in ((100, 5), (500, 25), (1000, 50)) if limit <= levels), 250))


class SpotApi:
    """One coroutine an endpoint; times are epoch milliseconds, ids integers, as the exchange has them."""

    def __init__(self, door: Door) -> None:
        """Keep the door that carries the requests."""
        self._door = door

    async def ping(self) -> None:
        """GET /api/v3/ping."""
        await self._door.read("/api/v3/ping", cost=Cost(1))

    async def time(self) -> int:
        """GET /api/v3/time: the exchange's clock in epoch milliseconds."""
        return int((await self._door.read("/api/v3/time", cost=Cost(1)))["serverTime"])

    async def exchange_info(self, symbol: str | None = None) -> Any:
        """GET /api/v3/exchangeInfo."""
        return await self._door.read("/api/v3/exchangeInfo", given(symbol=symbol), cost=Cost(20))

    async def listing(self) -> Listing:
        """GET /api/v3/exchangeInfo of all symbols, each of them still as it came."""
        listing: Listing = await self._door.read("/api/v3/exchangeInfo", cost=Cost(20), decode=Listing)
        return listing

    async def depth(self, symbol: str, limit: int) -> Any:
        """GET /api/v3/depth."""
        return await self._door.read("/api/v3/depth", given(symbol=symbol, limit=limit), cost=_depth_cost(limit))

    async def klines(
        self, symbol: str, interval: str, *, start_time: int | None, end_time: int | None, limit: int
    ) -> Any:
        """GET /api/v3/klines."""
        params = given(symbol=symbol, interval=interval, startTime=start_time, endTime=end_time, limit=limit)
        return await self._door.read("/api/v3/klines", params, cost=Cost(2))

    async def agg_trades(
        self, symbol: str, *, start_time: int | None, end_time: int | None, from_id: int | None, limit: int
    ) -> Any:
        """GET /api/v3/aggTrades."""
        params = given(symbol=symbol, startTime=start_time, endTime=end_time, fromId=from_id, limit=limit)
        return await self._door.read("/api/v3/aggTrades", params, cost=Cost(4))

    async def book_ticker(self, symbol: str | None) -> Any:
        """GET /api/v3/ticker/bookTicker."""
        return await self._door.read(
            "/api/v3/ticker/bookTicker", given(symbol=symbol), cost=Cost(4 if symbol is None else 2)
        )

    async def price_ticker(self, symbol: str | None) -> Any:
        """GET /api/v3/ticker/price."""
        return await self._door.read(
            "/api/v3/ticker/price", given(symbol=symbol), cost=Cost(4 if symbol is None else 2)
        )

    async def new_order(self, order: SpotOrderRequest, *, use_sor: bool = False) -> Any:
        """POST /api/v3/order, or /api/v3/sor/order for smart order routing, exactly once."""
        path = "/api/v3/sor/order" if use_sor else "/api/v3/order"
        return await self._door.request("POST", path, order.to_params(), security=SIGNED, cost=ORDER)

    async def test_order(
        self, order: SpotOrderRequest, *, compute_commission_rates: bool, use_sor: bool = False
    ) -> Any:
        """POST /api/v3/order/test or /api/v3/sor/order/test: everything is checked, nothing is placed."""
        params = order.to_params()
        if compute_commission_rates:
            params["computeCommissionRates"] = "true"
        path = "/api/v3/sor/order/test" if use_sor else "/api/v3/order/test"
        cost = Cost(20 if compute_commission_rates else 1)
        return await self._door.request("POST", path, params, security=SIGNED, cost=cost)

    async def query_order(self, symbol: str, order_id: int | None, client_order_id: str | None) -> Any:
        """GET /api/v3/order."""
        params = given(symbol=symbol, orderId=order_id, origClientOrderId=client_order_id)
        return await self._door.read("/api/v3/order", params, security=SIGNED, cost=Cost(4))

    async def cancel_order(
        self,
        symbol: str,
        order_id: int | None,
        client_order_id: str | None,
        cancel_restrictions: str | None = None,
    ) -> Any:
        """DELETE /api/v3/order."""
        params = given(
            symbol=symbol,
            orderId=order_id,
            origClientOrderId=client_order_id,
            cancelRestrictions=cancel_restrictions,
        )
        return await self._door.request("DELETE", "/api/v3/order", params, security=SIGNED, cost=Cost(1))

    async def cancel_open_orders(self, symbol: str) -> Any:
        """DELETE /api/v3/openOrders."""
        params = given(symbol=symbol)
        return await self._door.request("DELETE", "/api/v3/openOrders", params, security=SIGNED, cost=Cost(1))

    async def cancel_replace(
        self,
        order: SpotOrderRequest,
        *,
        cancel_order_id: int | None,
        cancel_client_order_id: str | None,
        mode: str,
        cancel_restrictions: str | None,
        order_rate_limit_exceeded_mode: str | None,
    ) -> Any:
        """POST /api/v3/order/cancelReplace, exactly once."""
        params = order.to_params() | given(
            cancelReplaceMode=mode,
            cancelOrderId=cancel_order_id,
            cancelOrigClientOrderId=cancel_client_order_id,
            cancelRestrictions=cancel_restrictions,
            orderRateLimitExceededMode=order_rate_limit_exceeded_mode,
        )
        return await self._door.request("POST", "/api/v3/order/cancelReplace", params, security=SIGNED, cost=ORDER)

    async def amend_order(
        self,
        symbol: str,
        order_id: int | None,
        client_order_id: str | None,
        *,
        new_qty: str,
        new_client_order_id: str | None,
    ) -> Any:
        """PUT /api/v3/order/amend/keepPriority."""
        params = given(
            symbol=symbol,
            orderId=order_id,
            origClientOrderId=client_order_id,
            newQty=new_qty,
            newClientOrderId=new_client_order_id,
        )
        path = "/api/v3/order/amend/keepPriority"
        return await self._door.request("PUT", path, params, security=SIGNED, cost=Cost(4))

    async def open_orders(self, symbol: str | None) -> Any:
        """GET /api/v3/openOrders."""
        return await self._door.read(
            "/api/v3/openOrders", given(symbol=symbol), security=SIGNED, cost=Cost(80 if symbol is None else 6)
        )

    async def all_orders(
        self, symbol: str, *, order_id: int | None, start_time: int | None, end_time: int | None, limit: int
    ) -> Any:
        """GET /api/v3/allOrders."""
        params = given(symbol=symbol, orderId=order_id, startTime=start_time, endTime=end_time, limit=limit)
        return await self._door.read("/api/v3/allOrders", params, security=SIGNED, cost=Cost(20))

    async def my_trades(
        self,
        symbol: str,
        *,
        order_id: int | None,
        from_id: int | None,
        start_time: int | None,
        end_time: int | None,
        limit: int,
        decode: Decode = msgspec.json.decode,
    ) -> Any:
        """GET /api/v3/myTrades; `decode` reads the answer where it comes over REST."""
        params = given(
            symbol=symbol, orderId=order_id, fromId=from_id, startTime=start_time, endTime=end_time, limit=limit
        )
        return await self._door.read(
            "/api/v3/myTrades", params, security=SIGNED, cost=Cost(20 if order_id is None else 5), decode=decode
        )

    async def account(self, *, omit_zero_balances: bool) -> Any:
        """GET /api/v3/account."""
        params = given(omitZeroBalances=omit_zero_balances)
        return await self._door.read("/api/v3/account", params, security=SIGNED, cost=Cost(20))

    async def order_amendments(self, symbol: str, order_id: int, *, from_id: int | None, limit: int) -> Any:
        """GET /api/v3/order/amendments."""
        params = given(symbol=symbol, orderId=order_id, fromExecutionId=from_id, limit=limit)
        return await self._door.read("/api/v3/order/amendments", params, security=SIGNED, cost=Cost(4))

    async def prevented_matches(
        self,
        symbol: str,
        *,
        order_id: int | None,
        prevented_match_id: int | None,
        from_id: int | None,
        limit: int | None,
    ) -> Any:
        """GET /api/v3/myPreventedMatches."""
        params = given(
            symbol=symbol,
            orderId=order_id,
            preventedMatchId=prevented_match_id,
            fromPreventedMatchId=from_id,
            limit=limit,
        )
        cost = Cost(20 if prevented_match_id is None else 2)
        return await self._door.read("/api/v3/myPreventedMatches", params, security=SIGNED, cost=cost)

    async def allocations(self, symbol: str, *, order_id: int | None, from_id: int | None, limit: int) -> Any:
        """GET /api/v3/myAllocations."""
        params = given(symbol=symbol, orderId=order_id, fromAllocationId=from_id, limit=limit)
        return await self._door.read("/api/v3/myAllocations", params, security=SIGNED, cost=Cost(20))

    async def commission(self, symbol: str) -> Any:
        """GET /api/v3/account/commission."""
        params = given(symbol=symbol)
        return await self._door.read("/api/v3/account/commission", params, security=SIGNED, cost=Cost(20))

    async def unfilled_order_count(self) -> Any:
        """GET /api/v3/rateLimit/order."""
        return await self._door.read("/api/v3/rateLimit/order", security=SIGNED, cost=Cost(40))

    async def my_filters(self, symbol: str) -> Any:
        """GET /api/v3/myFilters."""
        return await self._door.read("/api/v3/myFilters", given(symbol=symbol), security=SIGNED, cost=Cost(40))

    async def average_price(self, symbol: str) -> Any:
        """GET /api/v3/avgPrice."""
        return await self._door.read("/api/v3/avgPrice", given(symbol=symbol), cost=Cost(2))

    async def reference_price(self, symbol: str) -> Any:
        """GET /api/v3/referencePrice."""
        return await self._door.read("/api/v3/referencePrice", given(symbol=symbol), cost=Cost(2))

    async def listen_key(self, method: str, listen_key: str | None = None) -> Any:
        """POST, PUT or DELETE /api/v3/userDataStream: retired by the exchange on 2026-02-20 (CHANGELOG 2026-01-21)."""
        params: Mapping[str, str] = given(listenKey=listen_key)
        return await self._door.request(
            method, "/api/v3/userDataStream", params, security=Security.API_KEY, cost=Cost(2)
        )
