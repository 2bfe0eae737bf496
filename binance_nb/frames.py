"""Rows of decoded JSON to typed DataFrames: the schemas, and the one function that applies them.

Every frame of one kind has the same columns in the same order with the same dtypes, also when it is empty and wherever
its rows came from. Ids are int64 (-1 where none applies, as the exchange writes it), times datetime64[ms, UTC], words
of a fixed vocabulary are categories, prices and quantities float64 — or, with exact=True, Arrow decimal128 with
eight decimals, the precision of the exchange. A field that a schema does not name becomes a column of its own at the
right-hand end, under its own name in snake_case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from binance_nb.models import enums
from binance_nb.models.events import NO_ID
from binance_nb.models.fields import ORDER_FIELDS, snake_case

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


def build(rows: Iterable[Mapping[str, Any]], schema: Schema, *, exact: bool = False) -> pd.DataFrame:
    """Return a DataFrame with the columns of `schema`, then any column that only the rows know."""
    held = rows if isinstance(rows, Sequence) else list(rows)
    columns: dict[str, Any] = {}
    for column in schema:
        name = column.name
        columns[name] = _MAKERS[column.kind]([row.get(name) for row in held], column, exact)
    known = columns.keys()
    strangers: dict[str, None] = {}
    for row in held:
        if row.keys() - known:
            strangers.update(dict.fromkeys(key for key in row if key not in known))
    for name in strangers:
        columns[name] = pd.Series([row.get(name) for row in held]).array
    return pd.DataFrame(columns, copy=False)


def _make_ids(values: list[Any], column: Column, exact: bool) -> Any:
    try:
        return np.array(values, dtype="int64")
    except TypeError:
        missing = 0 if column.kind is Kind.COUNT else -1
        return np.array([missing if value is None else value for value in values], dtype="int64")


def numbers(values: list[Any], column: Column, exact: bool) -> Any:
    """Return numbers as a column: float64, or Arrow decimals with exact=True."""
    if not exact:
        floats = np.array([np.nan if value is None or value == "" else value for value in values], dtype="float64")
        if column.zero_is_none:
            floats[floats == 0] = np.nan
        return floats
    decimals = [None if value is None or value == "" else Decimal(str(value)) for value in values]
    if column.zero_is_none:
        decimals = [number or None for number in decimals]
    deepest = max((-int(number.as_tuple().exponent) for number in decimals if number is not None), default=0)
    return pd.array(decimals, dtype=exact_dtype(max(EXACT_SCALE, deepest)))


def _make_times(values: list[Any], column: Column, exact: bool) -> Any:
    return times(np.array([-1 if value is None else value for value in values], dtype="int64"))


def times(stamps: Any) -> Any:
    """Return an array of epoch milliseconds (or microseconds) as a column of times; negative is none.

    The exchange writes -1 for a time that never came, such as the working time of a stop that has not triggered.
    """
    micro = stamps > 100_000_000_000_000
    if micro.any():
        stamps = np.where(micro, stamps // 1000, stamps)
    moments = stamps.astype("datetime64[ms]")
    moments[stamps < 0] = np.datetime64("NaT", "ms")
    return pd.DatetimeIndex(moments).tz_localize("UTC").array


def _make_flags(values: list[Any], column: Column, exact: bool) -> Any:
    return np.array([bool(value) for value in values], dtype="bool")


@lru_cache
def _vocabulary(words: tuple[str, ...]) -> tuple[dict[Any, int], pd.CategoricalDtype]:
    """Return the code of each word, and of None, with the dtype that they belong to: made once for each column."""
    return {None: -1, **{word: code for code, word in enumerate(words)}}, pd.CategoricalDtype(list(words))


def _make_words(values: list[Any], column: Column, exact: bool) -> Any:
    codes, dtype = _vocabulary(column.words)
    try:
        return pd.Categorical.from_codes([codes[value] for value in values], dtype=dtype, validate=False)
    except KeyError:  # a word that the exchange has added since
        new = {value for value in values if value is not None} - set(column.words)
        return pd.Categorical(values, categories=[*column.words, *sorted(new)])


def _make_texts(values: list[Any], column: Column, exact: bool) -> Any:
    return pd.array(values, dtype=pd.StringDtype(na_value=np.nan))


_MAKERS: dict[Kind, Callable[[list[Any], Column, bool], Any]] = {
    Kind.ID: _make_ids,
    Kind.COUNT: _make_ids,
    Kind.NUMBER: numbers,
    Kind.TIME: _make_times,
    Kind.FLAG: _make_flags,
    Kind.WORD: _make_words,
    Kind.TEXT: _make_texts,
}


def renamed(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return `row` under this package's names; a key without an entry in `names` becomes snake_case."""
    return {names.get(key) or snake_case(key): value for key, value in row.items()}


def order_row(order: Mapping[str, Any]) -> dict[str, Any]:
    """Return an order of an answer as a row of ORDERS; the fills of a FULL answer go to the ledger instead."""
    row = renamed(order, ORDER_FIELDS)
    row.pop("fills", None)
    if "is_on_book" not in row:  # only queries say it outright; a working time says the same
        row["is_on_book"] = (row.get("working_time") or NO_ID) != NO_ID
    if row.get("order_status") == "CANCELED" and row.get("orig_client_order_id"):
        # The answer to a cancel is named after the cancel; the order keeps the name that it was placed under.
        row["cancel_client_order_id"] = row["client_order_id"]
        row["client_order_id"] = row["orig_client_order_id"]
    filled = row.get("cumulative_filled_qty")
    if filled and float(filled) > 0:
        row["average_price"] = _ratio(row.get("cumulative_quote_qty", 0), filled)
    return row


def _ratio(numerator: Any, denominator: Any) -> Decimal:
    ratio = Decimal(str(numerator)) / Decimal(str(denominator))
    # Eight decimals of a penny coin's price would be three digits: its mean would be off by basis points.
    decimals = max(EXACT_SCALE, EXACT_SCALE - ratio.adjusted())
    return ratio.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)


def orders(answers: Iterable[Mapping[str, Any]], *, exact: bool = False) -> pd.DataFrame:
    """Return orders as a frame of the ORDERS schema."""
    return build([order_row(answer) for answer in answers], ORDERS, exact=exact)


def balances(account: Mapping[str, Any], *, exact: bool = False, omit_zero: bool = True) -> pd.DataFrame:
    """Return the balances of an account answer; the rest of it (fees, permissions, uid) is in `.attrs`."""
    rows = []
    for balance in account.get("balances", ()):
        total = Decimal(balance["free"]) + Decimal(balance["locked"])
        if total or not omit_zero:
            rows.append({**renamed(balance, {}), "total": total})
    frame = build(rows, BALANCES, exact=exact)
    frame.attrs.update({snake_case(key): value for key, value in account.items() if key != "balances"})
    return frame


def klines(rows: Iterable[Sequence[Any]], *, exact: bool = False) -> pd.DataFrame:
    """Return candlesticks; the exchange sends each as a list, whose twelfth element is documented as unused."""
    names = [column.name for column in KLINES]
    return build([dict(zip(names, row, strict=False)) for row in rows], KLINES, exact=exact)


def book(depth: Mapping[str, Any], *, exact: bool = False) -> pd.DataFrame:
    """Return an order book: asks from the worst to the best, then bids from the best to the worst, as a ladder."""
    asks = [
        {"side": "ASK", "level": level, "price": price, "quantity": quantity}
        for level, (price, quantity) in enumerate(depth["asks"], start=1)
    ]
    bids = [
        {"side": "BID", "level": level, "price": price, "quantity": quantity}
        for level, (price, quantity) in enumerate(depth["bids"], start=1)
    ]
    frame = build([*reversed(asks), *bids], BOOK, exact=exact)
    frame.attrs["last_update_id"] = depth["lastUpdateId"]
    return frame


def order_lists(answers: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return order lists, one row an order of a list."""
    rows = []
    for answer in answers:
        told = {name: value for name, value in renamed(answer, {}).items() if not isinstance(value, list)}
        rows += [{**told, **renamed(order, {})} for order in answer.get("orders", ())]
    return build(rows, ORDER_LISTS)


def commission_rates(answer: Mapping[str, Any]) -> pd.DataFrame:
    """Return the commission rates in an answer, one row a kind (standard, special, tax)."""
    ends = ("CommissionForOrder", "Commission")
    rows = [
        {"kind": name.removesuffix(ends[0]).removesuffix(ends[1]), **rates}
        for name, rates in answer.items()
        if name.endswith(ends) and isinstance(rates, Mapping)
    ]
    frame = build(rows, COMMISSION_RATES)
    frame.attrs["discount"] = answer.get("discount")
    return frame


def account_filters(answer: Mapping[str, Any]) -> pd.DataFrame:
    """Return the filters in an answer of myFilters, one row a limit."""
    rows = [
        {"scope": scope, "filter_type": rule["filterType"], "name": snake_case(name), "value": str(value)}
        for scope in ("exchange", "symbol", "asset")
        for rule in answer.get(f"{scope}Filters", ())
        for name, value in rule.items()
        if name != "filterType"
    ]
    return build(rows, FILTERS)


def symbols(infos: Iterable[Mapping[str, Any]], *, exact: bool = False) -> pd.DataFrame:
    """Return the symbols of exchangeInfo, the limits of their filters spread out into columns."""
    rows = []
    for info in infos:
        row = {snake_case(key): value for key, value in info.items() if not isinstance(value, list | dict)}
        row["order_types"] = ",".join(info.get("orderTypes", ()))
        for rule in info.get("filters", ()):
            if rule["filterType"] in {"PRICE_FILTER", "LOT_SIZE", "NOTIONAL", "MIN_NOTIONAL"}:
                row.update((snake_case(key), value) for key, value in rule.items() if key in FILTER_LIMITS)
        rows.append(row)
    return build(rows, SYMBOLS, exact=exact)


FILTER_LIMITS = frozenset(
    {"tickSize", "minPrice", "maxPrice", "stepSize", "minQty", "maxQty", "minNotional", "maxNotional"}
)
"""The keys of filters that become columns of SYMBOLS; the whole of every filter is in the raw answer."""


def as_rows(answer: Any) -> list[Mapping[str, Any]]:
    """Return an answer as a list: some endpoints answer one object for one symbol and a list for all."""
    return answer if isinstance(answer, list) else [answer]


def table(answers: Iterable[Mapping[str, Any]], schema: Schema, *, exact: bool = False) -> pd.DataFrame:
    """Return answers whose keys are our names in camelCase as a frame of `schema`."""
    return build([renamed(answer, {}) for answer in answers], schema, exact=exact)
