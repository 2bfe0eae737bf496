"""One name for each thing: how the exchange's keys, long and short, become this package's columns."""

from __future__ import annotations

import re
from functools import lru_cache

REPORT_FIELDS: dict[str, str] = {
    "e": "event_type",
    "E": "event_time",
    "s": "symbol",
    "c": "client_order_id",
    "S": "side",
    "o": "order_type",
    "f": "time_in_force",
    "q": "quantity",
    "p": "price",
    "P": "stop_price",
    "F": "iceberg_qty",
    "g": "order_list_id",
    "C": "orig_client_order_id",
    "x": "execution_type",
    "X": "order_status",
    "r": "reject_reason",
    "i": "order_id",
    "l": "last_executed_qty",
    "z": "cumulative_filled_qty",
    "L": "last_executed_price",
    "n": "commission_amount",
    "N": "commission_asset",
    "T": "transaction_time",
    "t": "trade_id",
    "v": "prevented_match_id",
    "I": "execution_id",
    "w": "is_on_book",
    "m": "is_maker",
    "O": "order_creation_time",
    "Z": "cumulative_quote_qty",
    "Y": "last_quote_qty",
    "Q": "quote_order_qty",
    "W": "working_time",
    "V": "self_trade_prevention_mode",
    "d": "trailing_delta",
    "D": "trailing_time",
    "j": "strategy_id",
    "J": "strategy_type",
    "A": "prevented_quantity",
    "B": "last_prevented_quantity",
    "u": "trade_group_id",
    "U": "counter_order_id",
    "Cs": "counter_symbol",
    "pl": "prevented_execution_quantity",
    "pL": "prevented_execution_price",
    "pY": "prevented_execution_quote_qty",
    "b": "match_type",
    "a": "allocation_id",
    "k": "working_floor",
    "uS": "used_sor",
    "gP": "peg_price_type",
    "gOT": "peg_offset_type",
    "gOV": "peg_offset_value",
    "gp": "pegged_price",
    "eR": "expiry_reason",
}
"""The short keys of an `executionReport` (user-data-stream.md, "Order Update"). `M` is documented as "Ignore"."""

RECEIVED = "received"
"""The key under which a report's arrival is kept beside the exchange's own keys: epoch milliseconds by its clock."""

IGNORED_REPORT_FIELDS = frozenset({"M", RECEIVED})

ORDER_FIELDS: dict[str, str] = {
    "clientOrderId": "client_order_id",
    "cumulativeQuoteQty": "cumulative_quote_qty",
    "cummulativeQuoteQty": "cumulative_quote_qty",
    "executedQty": "cumulative_filled_qty",
    "isWorking": "is_on_book",
    "origClientOrderId": "orig_client_order_id",
    "origQty": "quantity",
    "origQuoteOrderQty": "quote_order_qty",
    "preventedQty": "prevented_quantity",
    "qty": "quantity",
    "preventedMatchId": "prevented_match_id",
    "status": "order_status",
    "time": "order_creation_time",
    "transactTime": "transaction_time",
    "type": "order_type",
    "updateTime": "transaction_time",
    "usedSor": "used_sor",
}
"""The keys of an order in an answer (rest-api.md, "New order", "Query order") that are not our name in camelCase."""

TRADE_FIELDS: dict[str, str] = {
    "id": "trade_id",
    "tradeId": "trade_id",
    "price": "last_executed_price",
    "qty": "last_executed_qty",
    "quoteQty": "last_quote_qty",
    "commission": "commission_amount",
    "commissionAsset": "commission_asset",
    "time": "transaction_time",
    "isBuyer": "is_buyer",
    "isMaker": "is_maker",
    "isBestMatch": "is_best_match",
}
"""The keys of an own trade (rest-api.md, "Account trade list") and of a FULL answer's `fills`."""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@lru_cache(maxsize=4096)
def snake_case(key: str) -> str:
    """Return a camelCase key as snake_case: `workingTime` becomes `working_time`."""
    return _HUMP.sub("_", key).lower() if len(key) > 2 else key
