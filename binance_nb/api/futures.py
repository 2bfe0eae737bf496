"""USD-M futures endpoints, named as in the exchange's documentation: market data, regular orders, the account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from binance_nb.api.door import Door
from binance_nb.api.given import given
from binance_nb.api.listing import Listing
from binance_nb.models.futures_requests import FuturesAmendRequest, FuturesOrderRequest
from binance_nb.transport.limits import Cost
from binance_nb.transport.rest import Security

SIGNED = Security.SIGNED

ORDER = Cost(weight=0, orders=1)
"""A new or modified order counts as one order and weighs nothing (usds-margined-futures, "New Order")."""
BATCH = Cost(weight=5, orders=5)
"""Five orders together count as five in ten seconds (and one in a minute), and weigh 5 ("Place Multiple Orders")."""

FREE_OF_SYMBOL = 40
"""What a list of open orders weighs without a symbol."""


def _klines_cost(limit: int) -> Cost:
    """usds-margined-futures, "Kline Candlestick Data": heavier by the number of rows."""
    return Cost(next((weight for rows, weight in ((99, 1), (499, 2), (1000, 5)) if limit <= rows), 10))


def _depth_cost(limit: int) -> Cost:
    """usds-margined-futures, "Order Book": heavier by the number of levels."""
    return Cost(next((weight for levels, weight in ((50, 2), (100, 5), (500, 10)) if limit <= levels), 20))


class FuturesApi:
    """One coroutine an endpoint; times are epoch milliseconds, ids integers, as the exchange has them."""

    def __init__(self, door: Door) -> None:
        """Keep the door that carries the requests."""
        self._door = door

    # Market data

    async def ping(self) -> None:
        """GET /fapi/v1/ping."""
        await self._door.read("/fapi/v1/ping", cost=Cost(1))

    async def exchange_info(self, symbol: str | None = None) -> Any:
        """GET /fapi/v1/exchangeInfo; the exchange always tells of all symbols."""
        answer = await self._door.read("/fapi/v1/exchangeInfo", cost=Cost(1))
        if symbol is None:
            return answer
        return {**answer, "symbols": [info for info in answer["symbols"] if info["symbol"] == symbol]}

    async def listing(self) -> Listing:
        """GET /fapi/v1/exchangeInfo, each symbol still as it came."""
        listing: Listing = await self._door.read("/fapi/v1/exchangeInfo", cost=Cost(1), decode=Listing)
        return listing

    async def depth(self, symbol: str, limit: int) -> Any:
        """GET /fapi/v1/depth."""
        return await self._door.read("/fapi/v1/depth", given(symbol=symbol, limit=limit), cost=_depth_cost(limit))

    async def klines(
        self, symbol: str, interval: str, *, start_time: int | None, end_time: int | None, limit: int
    ) -> Any:
        """GET /fapi/v1/klines."""
        params = given(symbol=symbol, interval=interval, startTime=start_time, endTime=end_time, limit=limit)
        return await self._door.read("/fapi/v1/klines", params, cost=_klines_cost(limit))

    async def agg_trades(
        self, symbol: str, *, start_time: int | None, end_time: int | None, from_id: int | None, limit: int
    ) -> Any:
        """GET /fapi/v1/aggTrades: less than an hour at a time, or from an id on."""
        params = given(symbol=symbol, startTime=start_time, endTime=end_time, fromId=from_id, limit=limit)
        return await self._door.read("/fapi/v1/aggTrades", params, cost=Cost(20))

    async def book_ticker(self, symbol: str | None) -> Any:
        """GET /fapi/v1/ticker/bookTicker."""
        cost = Cost(5 if symbol is None else 2)
        return await self._door.read("/fapi/v1/ticker/bookTicker", given(symbol=symbol), cost=cost)

    async def price_ticker(self, symbol: str | None) -> Any:
        """GET /fapi/v2/ticker/price."""
        cost = Cost(2 if symbol is None else 1)
        return await self._door.read("/fapi/v2/ticker/price", given(symbol=symbol), cost=cost)

    async def premium_index(self, symbol: str | None) -> Any:
        """GET /fapi/v1/premiumIndex: mark price, index price and funding."""
        cost = Cost(10 if symbol is None else 1)
        return await self._door.read("/fapi/v1/premiumIndex", given(symbol=symbol), cost=cost)

    # Orders

    async def new_order(self, order: FuturesOrderRequest) -> Any:
        """POST /fapi/v1/order, exactly once."""
        return await self._door.request("POST", "/fapi/v1/order", order.to_params(), security=SIGNED, cost=ORDER)

    async def test_order(self, order: FuturesOrderRequest) -> Any:
        """POST /fapi/v1/order/test: checked, and not sent to the matching engine."""
        return await self._door.request("POST", "/fapi/v1/order/test", order.to_params(), security=SIGNED, cost=Cost(1))

    async def modify_order(self, change: FuturesAmendRequest) -> Any:
        """PUT /fapi/v1/order."""
        return await self._door.request("PUT", "/fapi/v1/order", change.to_params(), security=SIGNED, cost=ORDER)

    async def new_batch(self, orders: Sequence[FuturesOrderRequest]) -> Any:
        """POST /fapi/v1/batchOrders, exactly once; each item of the answer is an order or `{code, msg}`."""
        return await self._batch("POST", orders)

    async def modify_batch(self, changes: Sequence[FuturesAmendRequest]) -> Any:
        """PUT /fapi/v1/batchOrders; each item of the answer is an order or `{code, msg}`."""
        return await self._batch("PUT", changes)

    async def _batch(self, method: str, orders: Sequence[FuturesOrderRequest | FuturesAmendRequest]) -> Any:
        params = {"batchOrders": msgspec.json.encode([order.to_params() for order in orders]).decode()}
        return await self._door.request(method, "/fapi/v1/batchOrders", params, security=SIGNED, cost=BATCH)

    async def query_order(self, symbol: str, order_id: int | None, client_order_id: str | None) -> Any:
        """GET /fapi/v1/order."""
        params = given(symbol=symbol, orderId=order_id, origClientOrderId=client_order_id)
        return await self._door.read("/fapi/v1/order", params, security=SIGNED, cost=Cost(1))

    async def cancel_order(self, symbol: str, order_id: int | None, client_order_id: str | None) -> Any:
        """DELETE /fapi/v1/order."""
        params = given(symbol=symbol, orderId=order_id, origClientOrderId=client_order_id)
        return await self._door.request("DELETE", "/fapi/v1/order", params, security=SIGNED, cost=Cost(1))

    async def cancel_batch(self, symbol: str, order_ids: Sequence[int], client_order_ids: Sequence[str]) -> Any:
        """DELETE /fapi/v1/batchOrders; each item of the answer is an order or `{code, msg}`."""
        params = given(
            symbol=symbol,
            orderIdList=_json_list(order_ids),
            origClientOrderIdList=_json_list(client_order_ids),
        )
        return await self._door.request("DELETE", "/fapi/v1/batchOrders", params, security=SIGNED, cost=Cost(1))

    async def cancel_open_orders(self, symbol: str) -> Any:
        """DELETE /fapi/v1/allOpenOrders: regular orders only."""
        params = given(symbol=symbol)
        return await self._door.request("DELETE", "/fapi/v1/allOpenOrders", params, security=SIGNED, cost=Cost(1))

    async def countdown_cancel(self, symbol: str, countdown_ms: int) -> Any:
        """POST /fapi/v1/countdownCancelAll."""
        params = given(symbol=symbol, countdownTime=countdown_ms)
        path = "/fapi/v1/countdownCancelAll"
        return await self._door.request("POST", path, params, security=SIGNED, cost=Cost(10))

    async def open_orders(self, symbol: str | None) -> Any:
        """GET /fapi/v1/openOrders."""
        cost = Cost(FREE_OF_SYMBOL if symbol is None else 1)
        return await self._door.read("/fapi/v1/openOrders", given(symbol=symbol), security=SIGNED, cost=cost)

    async def all_orders(
        self, symbol: str, *, order_id: int | None, start_time: int | None, end_time: int | None, limit: int
    ) -> Any:
        """GET /fapi/v1/allOrders: less than seven days at a time."""
        params = given(symbol=symbol, orderId=order_id, startTime=start_time, endTime=end_time, limit=limit)
        return await self._door.read("/fapi/v1/allOrders", params, security=SIGNED, cost=Cost(5))

    async def order_amendments(self, symbol: str, order_id: int | None, client_order_id: str | None) -> Any:
        """GET /fapi/v1/orderAmendment."""
        params = given(symbol=symbol, orderId=order_id, origClientOrderId=client_order_id, limit=100)
        return await self._door.read("/fapi/v1/orderAmendment", params, security=SIGNED, cost=Cost(1))

    async def user_trades(
        self,
        symbol: str,
        *,
        order_id: int | None,
        from_id: int | None,
        start_time: int | None,
        end_time: int | None,
        limit: int,
    ) -> Any:
        """GET /fapi/v1/userTrades: seven days at a time, or from an id on; three months back."""
        params = given(
            symbol=symbol, orderId=order_id, fromId=from_id, startTime=start_time, endTime=end_time, limit=limit
        )
        return await self._door.read("/fapi/v1/userTrades", params, security=SIGNED, cost=Cost(5))

    # The account

    async def account(self) -> Any:
        """GET /fapi/v3/account."""
        return await self._door.read("/fapi/v3/account", security=SIGNED, cost=Cost(5))

    async def balance(self) -> Any:
        """GET /fapi/v3/balance."""
        return await self._door.read("/fapi/v3/balance", security=SIGNED, cost=Cost(5))

    async def position_risk(self, symbol: str | None) -> Any:
        """GET /fapi/v3/positionRisk: symbols with a position or open orders."""
        return await self._door.read("/fapi/v3/positionRisk", given(symbol=symbol), security=SIGNED, cost=Cost(5))

    async def account_config(self) -> Any:
        """GET /fapi/v1/accountConfig: both modes of the account, and what it may do."""
        return await self._door.read("/fapi/v1/accountConfig", security=SIGNED, cost=Cost(5))

    async def symbol_config(self, symbol: str | None) -> Any:
        """GET /fapi/v1/symbolConfig: leverage and margin type."""
        return await self._door.read("/fapi/v1/symbolConfig", given(symbol=symbol), security=SIGNED, cost=Cost(5))

    async def leverage_bracket(self, symbol: str | None) -> Any:
        """GET /fapi/v1/leverageBracket."""
        return await self._door.read("/fapi/v1/leverageBracket", given(symbol=symbol), security=SIGNED, cost=Cost(1))

    async def commission_rate(self, symbol: str) -> Any:
        """GET /fapi/v1/commissionRate."""
        return await self._door.read("/fapi/v1/commissionRate", given(symbol=symbol), security=SIGNED, cost=Cost(20))

    async def income(
        self, symbol: str | None, *, kind: str | None, start_time: int | None, end_time: int | None, limit: int
    ) -> Any:
        """GET /fapi/v1/income: realised profit, funding, fees and transfers."""
        params = given(symbol=symbol, incomeType=kind, startTime=start_time, endTime=end_time, limit=limit)
        return await self._door.read("/fapi/v1/income", params, security=SIGNED, cost=Cost(30))

    async def set_leverage(self, symbol: str, leverage: int) -> Any:
        """POST /fapi/v1/leverage."""
        params = given(symbol=symbol, leverage=leverage)
        return await self._door.request("POST", "/fapi/v1/leverage", params, security=SIGNED, cost=Cost(1))

    async def set_margin_type(self, symbol: str, margin_type: str) -> Any:
        """POST /fapi/v1/marginType."""
        params = given(symbol=symbol, marginType=margin_type)
        return await self._door.request("POST", "/fapi/v1/marginType", params, security=SIGNED, cost=Cost(1))

    async def change_position_margin(self, symbol: str, amount: str, kind: int, position_side: str | None) -> Any:
        """POST /fapi/v1/positionMargin: add (1) or take back (2) margin of an isolated position."""
        params = given(symbol=symbol, amount=amount, type=kind, positionSide=position_side)
        return await self._door.request("POST", "/fapi/v1/positionMargin", params, security=SIGNED, cost=Cost(1))

    async def set_position_mode(self, *, hedge: bool) -> Any:
        """POST /fapi/v1/positionSide/dual."""
        params = given(dualSidePosition=hedge)
        return await self._door.request("POST", "/fapi/v1/positionSide/dual", params, security=SIGNED, cost=Cost(1))

    async def listen_key(self, method: str, listen_key: str | None = None) -> Any:
        """POST, PUT or DELETE /fapi/v1/listenKey: an account has one, so that the key itself is never sent."""
        return await self._door.request(method, "/fapi/v1/listenKey", security=Security.API_KEY, cost=Cost(1))


def _json_list(values: Sequence[int] | Sequence[str]) -> str | None:
    return msgspec.json.encode(list(values)).decode() if values else None
