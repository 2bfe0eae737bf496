"""The schemas: the columns of every frame, in order, with what each of them holds.

Every frame of one kind has the same columns in the same order with the same dtypes, also when it is empty and wherever
its rows came from. Ids are int64 (-1 where none applies, as the exchange writes it), times datetime64[ms, UTC], words
of a fixed vocabulary are categories, prices and quantities float64 — or, with exact=True, Arrow decimal128 with
eight decimals, the precision of the exchange.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from binance_nb.models import enums

UTC_MS = pd.DatetimeTZDtype("ms", "UTC")
EXACT_SCALE = 8
"""Decimals of an exact column: the spot exchange sends eight (exchangeInfo: baseAssetPrecision, quotePrecision)."""


class Kind(StrEnum):
    """What a column holds."""

    ID = "id"
    TEXT = "text"
    WORD = "word"
    NUMBER = "number"
    FLAG = "flag"
    TIME = "time"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its kind, and for a word the vocabulary.

    With `zero_is_none` a zero is shown as missing: the exchange writes a price or quantity that an order does not have
    as 0 in some answers and leaves it out of others.
    """

    name: str
    kind: Kind
    words: tuple[str, ...] = ()
    zero_is_none: bool = False

    def dtype(self, *, exact: bool = False) -> Any:
        """Return the pandas dtype of this column."""
        match self.kind:
            case Kind.ID | Kind.COUNT:
                return np.dtype("int64")
            case Kind.NUMBER:
                return exact_dtype() if exact else np.dtype("float64")
            case Kind.TIME:
                return UTC_MS
            case Kind.FLAG:
                return np.dtype("bool")
            case Kind.WORD:
                return pd.CategoricalDtype(list(self.words))
            case _:
                return pd.StringDtype(na_value=np.nan)


def exact_dtype(scale: int = EXACT_SCALE) -> Any:
    """Return the dtype of an exact column: Arrow decimal128, 38 digits, `scale` of them decimals."""
    import pyarrow as pa

    return pd.ArrowDtype(pa.decimal128(38, scale))


Schema = tuple[Column, ...]


def _words(vocabulary: type[StrEnum], *more: str) -> tuple[str, ...]:
    return (*(word.value for word in vocabulary), *more)


def _ids(*names: str) -> Schema:
    return tuple(Column(name, Kind.ID) for name in names)


def _texts(*names: str) -> Schema:
    return tuple(Column(name, Kind.TEXT) for name in names)


def _numbers(*names: str) -> Schema:
    return tuple(Column(name, Kind.NUMBER) for name in names)


def _optional(*names: str) -> Schema:
    return tuple(Column(name, Kind.NUMBER, zero_is_none=True) for name in names)


def _times(*names: str) -> Schema:
    return tuple(Column(name, Kind.TIME) for name in names)


def _flags(*names: str) -> Schema:
    return tuple(Column(name, Kind.FLAG) for name in names)


SIDE = Column("side", Kind.WORD, _words(enums.OrderSide))
ORDER_TYPE = Column("order_type", Kind.WORD, _words(enums.SpotOrderType))
ORDER_STATUS = Column("order_status", Kind.WORD, _words(enums.OrderStatus))
TIME_IN_FORCE = Column("time_in_force", Kind.WORD, _words(enums.TimeInForce))
EXECUTION_TYPE = Column("execution_type", Kind.WORD, _words(enums.ExecutionType))
STP_MODE = Column("self_trade_prevention_mode", Kind.WORD, _words(enums.SelfTradePreventionMode))
EXPIRY_REASON = Column("expiry_reason", Kind.WORD, _words(enums.ExpiryReason))
SOURCE = Column("source", Kind.WORD, ("stream", "response", "trades", "recovered"))
PRODUCT = Column("product", Kind.WORD, ("spot", "usdm"))

ORDERS: Schema = (
    *_texts("symbol"),
    *_ids("order_id"),
    SIDE,
    ORDER_TYPE,
    ORDER_STATUS,
    *_numbers("quantity"),
    *_optional("price", "stop_price"),
    *_numbers("cumulative_filled_qty"),
    *_optional("average_price"),
    *_numbers("cumulative_quote_qty"),
    *_optional("quote_order_qty", "iceberg_qty"),
    TIME_IN_FORCE,
    *_ids("order_list_id"),
    *_flags("is_on_book"),
    STP_MODE,
    EXPIRY_REASON,
    *_times("order_creation_time", "working_time", "transaction_time"),
    *_texts("client_order_id"),
)
"""Orders: from placing, cancelling and querying. `average_price` is cumulative_quote_qty / cumulative_filled_qty."""

REPORTS: Schema = (
    *_times("transaction_time"),
    *_texts("symbol"),
    *_ids("order_id"),
    SIDE,
    ORDER_TYPE,
    EXECUTION_TYPE,
    ORDER_STATUS,
    *_numbers("last_executed_qty"),
    *_optional("last_executed_price"),
    *_numbers("cumulative_filled_qty", "cumulative_quote_qty", "last_quote_qty"),
    *_numbers("quantity"),
    *_optional("price", "stop_price", "quote_order_qty", "iceberg_qty"),
    TIME_IN_FORCE,
    STP_MODE,
    *_flags("is_on_book"),
    *_times("order_creation_time", "working_time", "event_time"),
    *_texts("orig_client_order_id", "reject_reason"),
    EXPIRY_REASON,
    *_ids("order_list_id", "execution_id", "trade_id"),
    *_flags("is_maker"),
    *_numbers("commission_amount"),
    *_texts("commission_asset", "client_order_id"),
    SOURCE,
)
"""Execution reports, one row a change of an order, in the order of arrival; `source` is "stream" or "recovered"."""

FILLS: Schema = (
    *_times("transaction_time"),
    *_texts("symbol"),
    SIDE,
    *_numbers("last_executed_qty", "last_executed_price", "last_quote_qty", "commission_amount"),
    *_texts("commission_asset"),
    *_flags("is_maker"),
    *_ids("trade_id", "order_id"),
    *_texts("client_order_id"),
    *_ids("order_list_id"),
    *_times("event_time"),
    PRODUCT,
    SOURCE,
)
"""Fills, one row a trade. `last_quote_qty` is quantity times price in quote units; `source` says who told us."""

GAPS: Schema = (
    *_times("gap_start", "gap_end"),
    *_texts("symbols"),
    Column("reports", Kind.COUNT),
    Column("fills", Kind.COUNT),
    *_flags("is_complete"),
    *_texts("reason"),
)
"""Times without the stream: the symbols asked for afterwards, and how many reports and fills that won."""

STREAM_STATUS: Schema = (
    *_texts("state"),
    *_times("connected_since", "last_event"),
    Column("events", Kind.COUNT),
    Column("reports", Kind.COUNT),
    Column("recovered", Kind.COUNT),
    Column("duplicates", Kind.COUNT),
    Column("reconnects", Kind.COUNT),
    Column("gaps", Kind.COUNT),
    *_numbers("lag_ms", "clock_offset_ms", "heard_s_ago"),
    *_texts("last_problem"),
)
"""The health of the stream, one row; `lag_ms` from an event's time to its arrival, `heard_s_ago` counts pings too."""

WATCHES: Schema = (*_texts("symbol"), *_ids("verified_trade_id"))
"""Symbols completed after gaps; the exchange's list of trades has been read up to the id (-1: not yet)."""

BALANCES: Schema = (*_texts("asset"), *_numbers("free", "locked", "total"))
"""Balances; `total` is free + locked."""

KLINES: Schema = (
    *_times("open_time"),
    *_numbers("open", "high", "low", "close", "volume"),
    *_times("close_time"),
    *_numbers("quote_volume"),
    Column("trade_count", Kind.COUNT),
    *_numbers("taker_buy_volume", "taker_buy_quote_volume"),
)
"""Candlesticks (rest-api.md, "Kline/Candlestick data"); volumes in base units unless the name says quote."""

BOOK: Schema = (Column("side", Kind.WORD, ("BID", "ASK")), Column("level", Kind.COUNT), *_numbers("price", "quantity"))
"""An order book; level 1 is the best price of its side. `attrs["last_update_id"]` is the exchange's own number."""

BOOK_TICKERS: Schema = (*_texts("symbol"), *_numbers("bid_price", "bid_qty", "ask_price", "ask_qty"))
"""Best bid and ask."""

QUOTES: Schema = (
    *_times("event_time"),
    *_texts("symbol"),
    *_numbers("bid_price", "bid_qty", "ask_price", "ask_qty"),
    *_ids("update_id"),
    PRODUCT,
)
"""Best bid and ask as they changed, one row a change: what a recorder keeps of the book ticker stream.

`event_time` is from when on it stood: the exchange's own time on futures; the spot stream has none
(web-socket-streams.md, "Individual Symbol Book Ticker Streams"), there it is the arrival by the exchange's clock.
"""

MARKET_TRADES: Schema = (
    *_times("transaction_time"),
    *_texts("symbol"),
    *_numbers("price", "quantity"),
    *_flags("is_buyer_maker"),
    *_ids("trade_id"),
    *_times("event_time"),
    PRODUCT,
)
"""Trades of the market, everybody's; `is_buyer_maker` means that a seller took. `trade_id` is that of the last trade
in it where trades of one taker, moment and price are told together (aggregate trades)."""

SYMBOLS: Schema = (
    *_texts("symbol"),
    Column("status", Kind.WORD, _words(enums.SymbolStatus)),
    *_texts("base_asset", "quote_asset"),
    *_numbers("tick_size", "min_price", "max_price", "step_size", "min_qty", "max_qty", "min_notional", "max_notional"),
    *_flags("iceberg_allowed", "oco_allowed", "oto_allowed", "quote_order_qty_market_allowed", "allow_trailing_stop"),
    *_texts("order_types"),
)
"""Symbols and the limits of their filters (filters.md); `order_types` is a comma-separated list."""

ORDER_LISTS: Schema = (
    *_ids("order_list_id"),
    *_texts("list_client_order_id", "symbol"),
    Column("contingency_type", Kind.WORD, _words(enums.ContingencyType)),
    Column("list_status_type", Kind.WORD, _words(enums.ListStatusType)),
    Column("list_order_status", Kind.WORD, _words(enums.ListOrderStatus)),
    *_times("transaction_time"),
    *_ids("order_id"),
    *_texts("client_order_id"),
)
"""Order lists, one row an order of a list."""

AMENDMENTS: Schema = (
    *_texts("symbol"),
    *_ids("order_id", "execution_id"),
    *_texts("orig_client_order_id", "new_client_order_id"),
    *_numbers("orig_qty", "new_qty"),
    *_times("time"),
)
"""Amendments of an order (rest-api.md, "Query Order Amendments")."""

PREVENTED_MATCHES: Schema = (
    *_texts("symbol"),
    *_ids("prevented_match_id", "taker_order_id", "maker_order_id", "trade_group_id"),
    *_texts("maker_symbol"),
    STP_MODE,
    *_numbers("price", "maker_prevented_quantity", "taker_prevented_quantity"),
    *_times("transact_time"),
)
"""Matches that self-trade prevention stopped (rest-api.md, "Query Prevented Matches")."""

ALLOCATIONS: Schema = (
    *_times("time"),
    *_texts("symbol"),
    *_ids("allocation_id", "order_id", "order_list_id"),
    *_texts("allocation_type"),
    *_numbers("price", "qty", "quote_qty", "commission"),
    *_texts("commission_asset"),
    *_flags("is_buyer", "is_maker", "is_allocator"),
)
"""Allocations of smart order routing (rest-api.md, "Query Allocations")."""

FILTERS: Schema = _texts("scope", "filter_type", "name", "value")
"""Filters that apply to an account, one row a limit; `scope` is exchange, symbol or asset."""

RULE_CHECKS: Schema = (
    *_texts("rule", "field", "limit", "value"),
    *_flags("passed"),
    *_texts("nearest"),
    *_ids("code"),
    *_texts("sentence"),
)
"""An order held against its symbol's rules, one row a rule; `code` is the exchange's answer where it fails."""

COMMISSION_RATES: Schema = (*_texts("kind"), *_numbers("maker", "taker", "buyer", "seller"))
"""Commission rates as fractions: 0.001 is 0.1 %."""

PRICES: Schema = (*_texts("symbol"), *_numbers("price"))
"""Latest prices."""

RATE_LIMITS: Schema = (
    *_texts("rate_limit_type", "interval"),
    Column("limit", Kind.COUNT),
    Column("used", Kind.COUNT),
    Column("remaining", Kind.COUNT),
    *_times("resets_at"),
)
"""Budgets of the exchange; `interval` such as "1 MINUTE"."""
