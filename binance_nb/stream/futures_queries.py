"""What recovery asks of USD-M futures, answered in the shape that spot has, and where the futures stream comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from binance_nb.api.futures import FuturesApi
from binance_nb.config import BinanceConfig
from binance_nb.credentials import Environment
from binance_nb.models.decimals import plain
from binance_nb.models.events import NO_ID
from binance_nb.models.fills import USDM
from binance_nb.models.listen_key import ListenKeyUrl
from binance_nb.stream.recovery import EXTRAS

WINDOW_MS = 7 * 24 * 3600 * 1000 - 1
"""How long a time one answer about trades or orders may span (usds-margined-futures, "Account Trade List")."""

KEPT_MS = 89 * 24 * 3600 * 1000
"""How far back trades can be asked for: three months since 2026-08-26 (derivatives change log), a day left out."""

SILENCE_S = 400.0
"""The futures streams ping every three minutes: a connection silent for longer than two of them is dead."""

ONE_BY_ONE = 1_000_000
"""Orders are always asked for singly: that weighs 1, and a list of them spans a week at most."""

_ORDER_EXTRAS = {
    "positionSide": "position_side",
    "reduceOnly": "reduce_only",
    "closePosition": "close_position",
    "workingType": "working_type",
    "origType": "orig_type",
    "priceMatch": "price_match",
    "priceProtect": "price_protect",
    "goodTillDate": "good_till_date",
    "avgPrice": "average_price",
}
_TRADE_EXTRAS = {"positionSide": "position_side", "realizedPnl": "realized_pnl"}


def private_addresses(config: BinanceConfig, key: str) -> tuple[ListenKeyUrl, ...]:
    """Return where a listen key is listened to, the documented address first.

    The unrouted address is left out on mainnet: it still connects there, and has been silent since 2026-04-23. On demo
    trading and the testnet it works, and whether the routed one does is not documented.
    """
    base = config.get_futures_stream_url()
    routed = (ListenKeyUrl(f"{base}/private/ws?listenKey=", key), ListenKeyUrl(f"{base}/private/ws/", key))
    if config.environment is Environment.MAINNET:
        return routed
    return (*routed, ListenKeyUrl(f"{base}/ws/", key))


class FuturesQueries:
    """The four questions of recovery (`recovery.Queries`)."""

    def __init__(self, api: FuturesApi, now_ms: Callable[[], int]) -> None:
        """Keep the endpoints, and the exchange's time in epoch milliseconds."""
        self._api = api
        self._now_ms = now_ms

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
        """Return own trades: of an order, from an id on, or from a time on, however many weeks ago that was."""
        if order_id is not None:
            from_id = None  # the exchange takes an order by itself
        elif from_id is None and start_time is not None:
            from_id = await self._first_since(symbol, start_time)
            if from_id is None:
                return []
        found = await self._api.user_trades(
            symbol, order_id=order_id, from_id=from_id, start_time=None, end_time=None, limit=limit
        )
        return [_trade(trade) for trade in found]

    async def _first_since(self, symbol: str, since_ms: int) -> int | None:
        """Return the id of the first trade from a time on."""
        now_ms = self._now_ms()
        begin = max(since_ms, now_ms - KEPT_MS)
        while True:
            end = begin + WINDOW_MS
            # Without an end the last page may still grow: the exchange's clock is not exactly ours.
            found = await self._api.user_trades(
                symbol,
                order_id=None,
                from_id=None,
                start_time=begin,
                end_time=end if end < now_ms else None,
                limit=1000,
            )
            if found:
                return min(int(trade["id"]) for trade in found)
            if end >= now_ms:
                return None
            begin = end + 1

    async def open_orders(self, symbol: str | None) -> Any:
        """Return the open regular orders."""
        return [_order(order) for order in await self._api.open_orders(symbol)]

    async def query_order(self, symbol: str, order_id: int | None, client_order_id: str | None) -> Any:
        """Return one regular order."""
        return _order(await self._api.query_order(symbol, order_id, client_order_id))

    async def all_orders(
        self, symbol: str, *, order_id: int | None, start_time: int | None, end_time: int | None, limit: int
    ) -> Any:
        """Return regular orders from an id on, of the last seven days."""
        found = await self._api.all_orders(
            symbol, order_id=order_id, start_time=start_time, end_time=end_time, limit=limit
        )
        return [_order(order) for order in found]


def _order(order: Mapping[str, Any]) -> dict[str, Any]:
    quote = order.get("cumQuote") or plain(Decimal(order.get("avgPrice") or 0) * Decimal(order["executedQty"]))
    extras = {name: order[key] for key, name in _ORDER_EXTRAS.items() if key in order}
    return {
        **order,
        "time": order.get("time", order["updateTime"]),
        "cummulativeQuoteQty": quote,
        "orderListId": NO_ID,
        EXTRAS: {"product": USDM, **extras},
    }


def _trade(trade: Mapping[str, Any]) -> dict[str, Any]:
    extras = {name: trade[key] for key, name in _TRADE_EXTRAS.items() if key in trade}
    return {
        **trade,
        "isBuyer": trade["buyer"],
        "isMaker": trade["maker"],
        "orderListId": NO_ID,
        EXTRAS: {"product": USDM, **extras},
    }
