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

EXACT_DIGITS = 38
"""Digits of an exact column, as many as Arrow's decimal128 has."""


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

    return pd.ArrowDtype(pa.decimal128(EXACT_DIGITS, scale))


Schema = tuple[Column, ...]


def words(vocabulary: type[StrEnum], *more: str) -> tuple[str, ...]:
    """Return the words of a vocabulary, and more."""
    return (*(word.value for word in vocabulary), *more)


def joined(*vocabularies: type[StrEnum]) -> tuple[str, ...]:
    """Return the words of several vocabularies, each once."""
    return tuple(dict.fromkeys(word.value for vocabulary in vocabularies for word in vocabulary))


def ids(*names: str) -> Schema:
    """Return columns of ids."""
    return tuple(Column(name, Kind.ID) for name in names)


def texts(*names: str) -> Schema:
    """Return columns of text."""
    return tuple(Column(name, Kind.TEXT) for name in names)


def numbers(*names: str) -> Schema:
    """Return columns of prices, quantities and rates."""
    return tuple(Column(name, Kind.NUMBER) for name in names)


def optional(*names: str) -> Schema:
    """Return columns of numbers where zero stands for none."""
    return tuple(Column(name, Kind.NUMBER, zero_is_none=True) for name in names)


def times(*names: str) -> Schema:
    """Return columns of times."""
    return tuple(Column(name, Kind.TIME) for name in names)


def flags(*names: str) -> Schema:
    """Return columns of yes or no."""
    return tuple(Column(name, Kind.FLAG) for name in names)


SIDE = Column("side", Kind.WORD, words(enums.OrderSide))
ORDER_TYPE = Column("order_type", Kind.WORD, words(enums.SpotOrderType))
ORDER_STATUS = Column("order_status", Kind.WORD, words(enums.OrderStatus))
TIME_IN_FORCE = Column("time_in_force", Kind.WORD, words(enums.TimeInForce))
STP_MODE = Column("self_trade_prevention_mode", Kind.WORD, words(enums.SelfTradePreventionMode))
EXPIRY_REASON = Column("expiry_reason", Kind.WORD, words(enums.ExpiryReason))
SOURCE = Column("source", Kind.WORD, ("stream", "response", "trades", "recovered"))
PRODUCT = Column("product", Kind.WORD, ("spot", "usdm"))
POSITION_SIDE = Column("position_side", Kind.WORD, words(enums.PositionSide))

ORDERS: Schema = (
    *texts("symbol"),
    *ids("order_id"),
    SIDE,
    ORDER_TYPE,
    ORDER_STATUS,
    *numbers("quantity"),
    *optional("price", "stop_price"),
    *numbers("cumulative_filled_qty"),
    *optional("average_price"),
    *numbers("cumulative_quote_qty"),
    *optional("quote_order_qty", "iceberg_qty"),
    TIME_IN_FORCE,
    *ids("order_list_id"),
    *flags("is_on_book"),
    STP_MODE,
    EXPIRY_REASON,
    *times("order_creation_time", "working_time", "transaction_time"),
    *texts("client_order_id"),
)
"""Orders: from placing, cancelling and querying. `average_price` is cumulative_quote_qty / cumulative_filled_qty."""

REPORTS: Schema = (
    *times("transaction_time"),
    *texts("symbol"),
    *ids("order_id"),
    SIDE,
    Column("order_type", Kind.WORD, joined(enums.SpotOrderType, enums.FuturesOrderType)),
    Column("execution_type", Kind.WORD, joined(enums.ExecutionType, enums.FuturesExecutionType)),
    ORDER_STATUS,
    *numbers("last_executed_qty"),
    *optional("last_executed_price"),
    *numbers("cumulative_filled_qty", "cumulative_quote_qty", "last_quote_qty"),
    *numbers("quantity"),
    *optional("price", "stop_price", "quote_order_qty", "iceberg_qty"),
    Column("time_in_force", Kind.WORD, joined(enums.TimeInForce, enums.FuturesTimeInForce)),
    STP_MODE,
    *flags("is_on_book"),
    *times("order_creation_time", "working_time", "event_time"),
    *texts("orig_client_order_id", "reject_reason"),
    EXPIRY_REASON,
    *ids("order_list_id", "execution_id", "trade_id"),
    *flags("is_maker"),
    *numbers("commission_amount"),
    *texts("commission_asset", "client_order_id"),
    PRODUCT,
    POSITION_SIDE,
    *numbers("realized_pnl"),
    SOURCE,
)
"""Execution reports, one row a change of an order, in the order of arrival; `source` is "stream" or "recovered".

`position_side` and `realized_pnl` (of the trade, in the margin asset) are of futures alone.
"""

FILLS: Schema = (
    *times("transaction_time"),
    *texts("symbol"),
    SIDE,
    *numbers("last_executed_qty", "last_executed_price", "last_quote_qty", "commission_amount"),
    *texts("commission_asset"),
    *flags("is_maker"),
    *ids("trade_id", "order_id"),
    *texts("client_order_id"),
    *ids("order_list_id"),
    *times("event_time"),
    PRODUCT,
    POSITION_SIDE,
    *numbers("realized_pnl"),
    SOURCE,
)
"""Fills, one row a trade. `last_quote_qty` is quantity times price in quote units; `source` says who told us.

`product` is "spot" or "usdm"; `position_side` and `realized_pnl` (in the margin asset) are of futures alone.
"""

GAPS: Schema = (
    *times("gap_start", "gap_end"),
    *texts("symbols"),
    Column("reports", Kind.COUNT),
    Column("fills", Kind.COUNT),
    *flags("is_complete"),
    *texts("reason"),
    PRODUCT,
)
"""Times without the stream: the symbols asked for afterwards, and how many reports and fills that won."""

STREAM_STATUS: Schema = (
    *texts("state"),
    *times("connected_since", "last_event"),
    Column("events", Kind.COUNT),
    Column("reports", Kind.COUNT),
    Column("recovered", Kind.COUNT),
    Column("duplicates", Kind.COUNT),
    Column("reconnects", Kind.COUNT),
    Column("gaps", Kind.COUNT),
    *numbers("lag_ms", "clock_offset_ms", "heard_s_ago"),
    *texts("last_problem"),
)
"""The health of the stream, one row; `lag_ms` from an event's time to its arrival, `heard_s_ago` counts pings too."""

WATCHES: Schema = (*texts("symbol"), *ids("verified_trade_id"), PRODUCT)
"""Symbols completed after gaps; the exchange's list of trades has been read up to the id (-1: not yet)."""

BALANCES: Schema = (*texts("asset"), *numbers("free", "locked", "total"))
"""Balances; `total` is free + locked."""

KLINES: Schema = (
    *times("open_time"),
    *numbers("open", "high", "low", "close", "volume"),
    *times("close_time"),
    *numbers("quote_volume"),
    Column("trade_count", Kind.COUNT),
    *numbers("taker_buy_volume", "taker_buy_quote_volume"),
)
"""Candlesticks (rest-api.md, "Kline/Candlestick data"); volumes in base units unless the name says quote."""

BOOK: Schema = (Column("side", Kind.WORD, ("BID", "ASK")), Column("level", Kind.COUNT), *numbers("price", "quantity"))
"""An order book; level 1 is the best price of its side. `attrs["last_update_id"]` is the exchange's own number."""

BOOK_TICKERS: Schema = (*texts("symbol"), *numbers("bid_price", "bid_qty", "ask_price", "ask_qty"))
"""Best bid and ask."""

QUOTES: Schema = (
    *times("event_time"),
    *texts("symbol"),
    *numbers("bid_price", "bid_qty", "ask_price", "ask_qty"),
    *ids("update_id"),
    PRODUCT,
)
"""Best bid and ask as they changed, one row a change: what a recorder keeps of the book ticker stream.

`event_time` is from when on it stood: the exchange's own time on futures; the spot stream has none
(web-socket-streams.md, "Individual Symbol Book Ticker Streams"), there it is the arrival by the exchange's clock.
"""

MARKET_TRADES: Schema = (
    *times("transaction_time"),
    *texts("symbol"),
    *numbers("price", "quantity"),
    *flags("is_buyer_maker"),
    *ids("trade_id"),
    *times("event_time"),
    PRODUCT,
)
"""Trades of the market, everybody's; `is_buyer_maker` means that a seller took. `trade_id` is that of the last trade
in it where trades of one taker, moment and price are told together (aggregate trades)."""

SYMBOLS: Schema = (
    *texts("symbol"),
    Column("status", Kind.WORD, words(enums.SymbolStatus)),
    *texts("base_asset", "quote_asset"),
    *numbers("tick_size", "min_price", "max_price", "step_size", "min_qty", "max_qty", "min_notional", "max_notional"),
    *flags("iceberg_allowed", "oco_allowed", "oto_allowed", "quote_order_qty_market_allowed", "allow_trailing_stop"),
    *texts("order_types"),
)
"""Symbols and the limits of their filters (filters.md); `order_types` is a comma-separated list."""

ORDER_LISTS: Schema = (
    *ids("order_list_id"),
    *texts("list_client_order_id", "symbol"),
    Column("contingency_type", Kind.WORD, words(enums.ContingencyType)),
    Column("list_status_type", Kind.WORD, words(enums.ListStatusType)),
    Column("list_order_status", Kind.WORD, words(enums.ListOrderStatus)),
    *times("transaction_time"),
    *ids("order_id"),
    *texts("client_order_id"),
)
"""Order lists, one row an order of a list."""

AMENDMENTS: Schema = (
    *texts("symbol"),
    *ids("order_id", "execution_id"),
    *texts("orig_client_order_id", "new_client_order_id"),
    *numbers("orig_qty", "new_qty"),
    *times("time"),
)
"""Amendments of an order (rest-api.md, "Query Order Amendments")."""

PREVENTED_MATCHES: Schema = (
    *texts("symbol"),
    *ids("prevented_match_id", "taker_order_id", "maker_order_id", "trade_group_id"),
    *texts("maker_symbol"),
    STP_MODE,
    *numbers("price", "maker_prevented_quantity", "taker_prevented_quantity"),
    *times("transact_time"),
)
"""Matches that self-trade prevention stopped (rest-api.md, "Query Prevented Matches")."""

ALLOCATIONS: Schema = (
    *times("time"),
    *texts("symbol"),
    *ids("allocation_id", "order_id", "order_list_id"),
    *texts("allocation_type"),
    *numbers("price", "qty", "quote_qty", "commission"),
    *texts("commission_asset"),
    *flags("is_buyer", "is_maker", "is_allocator"),
)
"""Allocations of smart order routing (rest-api.md, "Query Allocations")."""

FILTERS: Schema = texts("scope", "filter_type", "name", "value")
"""Filters that apply to an account, one row a limit; `scope` is exchange, symbol or asset."""

RULE_CHECKS: Schema = (
    *texts("rule", "field", "limit", "value"),
    *flags("passed"),
    *texts("nearest"),
    *ids("code"),
    *texts("sentence"),
)
"""An order held against its symbol's rules, one row a rule; `code` is the exchange's answer where it fails."""

COMMISSION_RATES: Schema = (*texts("kind"), *numbers("maker", "taker", "buyer", "seller"))
"""Commission rates as fractions: 0.001 is 0.1 %."""

PRICES: Schema = (*texts("symbol"), *numbers("price"))
"""Latest prices."""

RATE_LIMITS: Schema = (
    *texts("rate_limit_type", "interval"),
    Column("limit", Kind.COUNT),
    Column("used", Kind.COUNT),
    Column("remaining", Kind.COUNT),
    *times("resets_at"),
)
"""Budgets of the exchange; `interval` such as "1 MINUTE"."""
