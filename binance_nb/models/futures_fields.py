"""How USD-M futures name things: the keys of their answers under this package's names."""

from __future__ import annotations

from binance_nb.models.fields import ORDER_FIELDS, TRADE_FIELDS

FUTURES_ORDER_FIELDS: dict[str, str] = {
    **ORDER_FIELDS,
    "activatePrice": "activation_price",
    "actualOrderId": "order_id",
    "actualPrice": "average_price",
    "actualQty": "cumulative_filled_qty",
    "actualType": "actual_order_type",
    "avgPrice": "average_price",
    "clientAlgoId": "client_order_id",
    "createTime": "order_creation_time",
    "cumQuote": "cumulative_quote_qty",
    "priceRate": "callback_rate",
    "triggerPrice": "stop_price",
}
"""The keys of a regular and of an algo order that are not our name in camelCase ("New Order", "Query Algo Order")."""

FUTURES_TRADE_FIELDS: dict[str, str] = {**TRADE_FIELDS, "buyer": "is_buyer", "maker": "is_maker"}
"""The keys of an own trade ("Account Trade List")."""

FUTURES_NAMES: dict[str, str] = {
    "unRealizedProfit": "unrealized_profit",
    "crossUnPnl": "cross_un_pnl",
    "RPICommissionRate": "rpi_commission_rate",
    "rpiCommissionRate": "rpi_commission_rate",
}
"""Spellings that differ from answer to answer."""
