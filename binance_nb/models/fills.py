"""One fill, wherever it was heard of: from the stream, from an order's answer, from the trade list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from binance_nb.models.fields import TRADE_FIELDS, snake_case

SPOT = "spot"
USDM = "usdm"
"""The products, as fills and reports name them."""

SOURCE_STREAM = "stream"
SOURCE_RESPONSE = "response"
SOURCE_TRADES = "trades"
SOURCE_RECOVERED = "recovered"

REPORT_KEYS = {
    "symbol": "s",
    "order_id": "i",
    "client_order_id": "c",
    "order_list_id": "g",
    "side": "S",
    "trade_id": "t",
    "last_executed_qty": "l",
    "last_executed_price": "L",
    "last_quote_qty": "Y",
    "commission_amount": "n",
    "commission_asset": "N",
    "is_maker": "m",
    "transaction_time": "T",
    "event_time": "E",
}
"""What of a fill a report tells, under the report's own keys (user-data-stream.md, "Order Update")."""


ORDER_KEYS = {
    "symbol": "symbol",
    "order_id": "orderId",
    "order_list_id": "orderListId",
    "side": "side",
    "transaction_time": "transactTime",
}
"""What of its fills the answer to a new order tells for all of them, under its own keys."""

ANSWER_KEYS = {
    "last_executed_qty": "qty",
    "last_executed_price": "price",
    "commission_amount": "commission",
    "commission_asset": "commissionAsset",
    "trade_id": "tradeId",
}
"""What it tells of each fill (rest-api.md, "New order (TRADE)", FULL)."""

_FUTURES_ONLY = ("position_side", "realized_pnl")


def fill_number(trade_id: int, side: str | None) -> int:
    """Return what tells one fill of a symbol from any other.

    The trade id alone does not: where an order meets another one of the same account, both are filled by one trade.
    """
    return trade_id << 1 | (side == "SELL")


def product_of(event: Mapping[str, Any]) -> str:
    """Return the product that a report is of."""
    product: str = event.get("product", SPOT)
    return product


def is_trade(event: Mapping[str, Any]) -> bool:
    """Whether a report is of a fill; CALCULATED is that of a liquidation on futures."""
    return event["x"] == "TRADE" or bool(event["x"] == "CALCULATED" and event["t"] >= 0)


def fill_from_report(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fill in a report of which `is_trade` is true."""
    row = {name: event.get(key) for name, key in REPORT_KEYS.items()}
    row |= {name: event[name] for name in _FUTURES_ONLY if name in event}
    row["product"] = product_of(event)
    row["source"] = event.get("source", SOURCE_STREAM)
    return row


def fill_from_trade(trade: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fill in a row of the account's trade list."""
    row = {TRADE_FIELDS.get(key) or snake_case(key): value for key, value in trade.items()}
    if "is_buyer" in row:
        row["side"] = "BUY" if row.pop("is_buyer") else "SELL"
    row["product"] = SPOT
    row["source"] = SOURCE_TRADES
    return row


def fills_from_order(order: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the fills in the FULL answer to a new order; an order that trades on arrival is always the taker."""
    told = order.get("fills")
    if not told:
        return []
    shared = {
        "product": SPOT,
        "source": SOURCE_RESPONSE,
        "symbol": order["symbol"],
        "order_id": order["orderId"],
        "client_order_id": order.get("clientOrderId"),
        "order_list_id": order.get("orderListId", -1),
        "side": order.get("side"),
        "is_maker": False,
        "transaction_time": order.get("transactTime"),
    }
    return [{TRADE_FIELDS.get(key) or snake_case(key): value for key, value in fill.items()} | shared for fill in told]
