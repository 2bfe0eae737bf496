"""Spot endpoints over REST, named as in the exchange's rest-api.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from binance_nb.models.requests import SpotOrderRequest
from binance_nb.transport.rest import RestTransport, Security

SIGNED = Security.SIGNED


def _given(**params: str | int | bool | None) -> dict[str, str]:
    """Return the parameters that are not None, as text; booleans as the exchange writes them."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in params.items()
        if value is not None
    }


class SpotApi:
    """One coroutine an endpoint; times are epoch milliseconds, ids integers, as the exchange has them."""

    def __init__(self, transport: RestTransport) -> None:
        """Keep the transport that carries the requests."""
        self._transport = transport

    async def ping(self) -> None:
        """GET /api/v3/ping."""
        await self._transport.read("/api/v3/ping")

    async def time(self) -> int:
        """GET /api/v3/time: the exchange's clock in epoch milliseconds."""
        return int((await self._transport.read("/api/v3/time"))["serverTime"])

    async def exchange_info(self, symbol: str | None = None) -> Any:
        """GET /api/v3/exchangeInfo."""
        return await self._transport.read("/api/v3/exchangeInfo", _given(symbol=symbol))

    async def depth(self, symbol: str, limit: int) -> Any:
        """GET /api/v3/depth."""
        return await self._transport.read("/api/v3/depth", _given(symbol=symbol, limit=limit))

    async def klines(
        self, symbol: str, interval: str, *, start_time: int | None, end_time: int | None, limit: int
    ) -> Any:
        """GET /api/v3/klines."""
        params = _given(symbol=symbol, interval=interval, startTime=start_time, endTime=end_time, limit=limit)
        return await self._transport.read("/api/v3/klines", params)

    async def book_ticker(self, symbol: str | None) -> Any:
        """GET /api/v3/ticker/bookTicker."""
        return await self._transport.read("/api/v3/ticker/bookTicker", _given(symbol=symbol))

    async def price_ticker(self, symbol: str | None) -> Any:
        """GET /api/v3/ticker/price."""
        return await self._transport.read("/api/v3/ticker/price", _given(symbol=symbol))

    async def new_order(self, order: SpotOrderRequest) -> Any:
        """POST /api/v3/order, exactly once."""
        return await self._transport.request("POST", "/api/v3/order", order.to_params(), security=SIGNED)

    async def test_order(self, order: SpotOrderRequest, *, compute_commission_rates: bool) -> Any:
        """POST /api/v3/order/test: everything is checked, nothing is placed."""
        params = order.to_params()
        if compute_commission_rates:
            params["computeCommissionRates"] = "true"
        return await self._transport.request("POST", "/api/v3/order/test", params, security=SIGNED)

    async def query_order(self, symbol: str, order_id: int | None, client_order_id: str | None) -> Any:
        """GET /api/v3/order."""
        params = _given(symbol=symbol, orderId=order_id, origClientOrderId=client_order_id)
        return await self._transport.read("/api/v3/order", params, security=SIGNED)

    async def cancel_order(self, symbol: str, order_id: int | None, client_order_id: str | None) -> Any:
        """DELETE /api/v3/order."""
        params = _given(symbol=symbol, orderId=order_id, origClientOrderId=client_order_id)
        return await self._transport.request("DELETE", "/api/v3/order", params, security=SIGNED)

    async def cancel_open_orders(self, symbol: str) -> Any:
        """DELETE /api/v3/openOrders."""
        return await self._transport.request("DELETE", "/api/v3/openOrders", _given(symbol=symbol), security=SIGNED)

    async def open_orders(self, symbol: str | None) -> Any:
        """GET /api/v3/openOrders."""
        return await self._transport.read("/api/v3/openOrders", _given(symbol=symbol), security=SIGNED)

    async def all_orders(
        self, symbol: str, *, order_id: int | None, start_time: int | None, end_time: int | None, limit: int
    ) -> Any:
        """GET /api/v3/allOrders."""
        params = _given(symbol=symbol, orderId=order_id, startTime=start_time, endTime=end_time, limit=limit)
        return await self._transport.read("/api/v3/allOrders", params, security=SIGNED)

    async def my_trades(
        self,
        symbol: str,
        *,
        order_id: int | None,
        from_id: int | None,
        start_time: int | None,
        end_time: int | None,
        limit: int,
    ) -> Any:
        """GET /api/v3/myTrades."""
        params = _given(
            symbol=symbol, orderId=order_id, fromId=from_id, startTime=start_time, endTime=end_time, limit=limit
        )
        return await self._transport.read("/api/v3/myTrades", params, security=SIGNED)

    async def account(self, *, omit_zero_balances: bool) -> Any:
        """GET /api/v3/account."""
        params = _given(omitZeroBalances=omit_zero_balances)
        return await self._transport.read("/api/v3/account", params, security=SIGNED)

    async def listen_key(self, method: str, listen_key: str | None = None) -> Any:
        """POST, PUT or DELETE /api/v3/userDataStream: retired by the exchange on 2026-02-20 (CHANGELOG 2026-01-21)."""
        params: Mapping[str, str] = _given(listenKey=listen_key)
        return await self._transport.request(method, "/api/v3/userDataStream", params, security=Security.API_KEY)
