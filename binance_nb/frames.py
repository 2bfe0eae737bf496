"""Rows of decoded JSON to typed DataFrames, by the schemas.

A field that a schema does not name becomes a column of its own at the right-hand end, under its own name in snake_case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from msgspec.structs import asdict, astuple

from binance_nb.models.events import NO_ID
from binance_nb.models.fields import ORDER_FIELDS, TRADE_FIELDS, snake_case
from binance_nb.models.fills import SOURCE_TRADES, SPOT
from binance_nb.models.rule_checks.base import EXACT, RuleCheck
from binance_nb.schemas import (
    BALANCES,
    BOOK,
    COMMISSION_RATES,
    EXACT_DIGITS,
    EXACT_SCALE,
    FILLS,
    FILTERS,
    KLINES,
    ORDER_LISTS,
    ORDERS,
    RULE_CHECKS,
    SYMBOLS,
    UTC_MS,
    Column,
    Kind,
    Schema,
    exact_dtype,
)
from binance_nb.single_rows import OneRow
from binance_nb.trade_rows import Trade


def build(rows: Iterable[Mapping[str, Any]], schema: Schema, *, exact: bool = False) -> pd.DataFrame:
    """Return a DataFrame with the columns of `schema`, then any column that only the rows know."""
    held = rows if isinstance(rows, Sequence) else list(rows)
    if len(held) == 1 and not exact:
        one = _one_row(schema)
        if held[0].keys() <= one.names:
            return one.frame(held[0])
    return _built(held, schema, exact=exact)


_ONE_ROW: dict[int, tuple[Schema, OneRow]] = {}
"""By the identity of a schema, which is kept so that no other can have it: hashing its columns would take longer."""


def _one_row(schema: Schema) -> OneRow:
    known = _ONE_ROW.get(id(schema))
    if known is None:
        known = _ONE_ROW[id(schema)] = (schema, OneRow(schema, lambda row: _built([row], schema, exact=False)))
    return known[1]


def _built(held: Sequence[Mapping[str, Any]], schema: Schema, *, exact: bool) -> pd.DataFrame:
    columns = _columns(lambda name: [row.get(name) for row in held], len(held), schema, exact=exact)
    for name in _strangers(held, columns.keys()):
        columns[name] = pd.Series([row.get(name) for row in held]).array
    return assembled(columns)


def _columns(told: Callable[[str], Sequence[Any]], count: int, schema: Schema, *, exact: bool) -> dict[str, Any]:
    """Return the arrays of a schema; `told` gives the values of a column, `count` of them."""
    columns: dict[str, Any] = {}
    for column in schema:
        values = told(column.name)
        make = _MAKERS[column.kind]
        if isinstance(values, pd.Categorical):  # of what is better told at once
            columns[column.name] = values
        elif type(values) is _Same and column.kind is not Kind.TEXT:
            columns[column.name] = make([values.value], column, exact).repeat(count)
        else:
            columns[column.name] = make(values, column, exact)
    return columns


class _Same(list[Any]):
    """A column of one and the same value."""

    def __init__(self, value: Any, count: int) -> None:
        super().__init__([value] * count)
        self.value = value


def _strangers(rows: Sequence[Mapping[str, Any]], known: Set[str]) -> list[str]:
    """Return the keys that a schema does not know, in the order in which they come."""
    strange = set().union(*rows) - known
    if not strange:
        return []
    if strange <= rows[0].keys():  # as it mostly is: then the first row has their order
        return [key for key in rows[0] if key in strange]
    return [key for key in dict.fromkeys(key for row in rows for key in row) if key in strange]


_TRADE_KEYS = {
    name: key
    for name, key in {
        **{name: key for key, name in TRADE_FIELDS.items() if key not in {"tradeId", "isBuyer"}},
        "symbol": "symbol",
        "order_id": "orderId",
        "order_list_id": "orderListId",
        "side": "side",
    }.items()
    if name in {column.name for column in FILLS}
}
"""The keys of a trade that are columns of FILLS, by the names of these; its side is told by `isBuyer`."""

_SIDE = next(column for column in FILLS if column.name == "side")


def trades(rows: Sequence[Any], *, exact: bool = False) -> pd.DataFrame:
    """Return rows of the spot account's trade list (dicts, or Trade) as a frame of the FILLS schema.

    The columns are read from the rows as they came: renaming each row first would take longer than all the rest.
    """
    if rows and set(map(type, rows)) == {Trade}:
        by_key: dict[str, Any] = dict(zip(Trade.__struct_fields__, zip(*map(astuple, rows), strict=True), strict=True))
        flags = {key: np.fromiter(by_key[key], dtype="bool", count=len(rows)) for key in ("isBuyer", "isBestMatch")}
        codes, dtype = _vocabulary(_SIDE.words)
        sides = np.where(flags.pop("isBuyer"), np.int8(codes["BUY"]), np.int8(codes["SELL"]))
        by_key["side"] = pd.Categorical.from_codes(sides, dtype=dtype, validate=False)
        return _trades(by_key.get, len(rows), flags, exact=exact)
    dicts: list[Mapping[str, Any]] = [asdict(row) if type(row) is Trade else row for row in rows]
    keys = _strangers(dicts, {*_TRADE_KEYS.values(), "isBuyer"} - {"side"})
    strangers = {key: pd.Series([row.get(key) for row in dicts]).array for key in keys}
    words = {True: "BUY", False: "SELL", None: None}

    def values_of(key: str) -> Sequence[Any]:
        return [words[row.get("isBuyer")] for row in dicts] if key == "side" else [row.get(key) for row in dicts]

    return _trades(values_of, len(dicts), strangers, exact=exact)


def _trades(
    values_of: Callable[[str], Sequence[Any] | None], count: int, strangers: Mapping[str, Any], *, exact: bool
) -> pd.DataFrame:
    same = {"product": SPOT, "source": SOURCE_TRADES}

    def told(name: str) -> Sequence[Any]:
        key = _TRADE_KEYS.get(name)
        values = None if key is None else values_of(key)
        return _Same(same.get(name), count) if values is None else values

    columns = _columns(told, count, FILLS, exact=exact)
    for key, values in strangers.items():
        columns[TRADE_FIELDS.get(key) or snake_case(key)] = values
    return assembled(columns)


def assembled(columns: Mapping[str, Any]) -> pd.DataFrame:
    """Return a frame of columns that are arrays of one length, without a copy.

    pandas' own constructor looks at each of them again, which is most of the time that a frame of one order takes; the
    one it uses itself for arrays that are known to fit does not. Where a version has none, the public one serves.
    """
    fitting = getattr(pd.DataFrame, "_from_arrays", None)
    if fitting is None or not columns:
        return pd.DataFrame(columns, copy=False)
    length = len(next(iter(columns.values())))
    names, index = _column_index(tuple(columns)).view(), pd.RangeIndex(length)  # a view: it may be given a name
    frame: pd.DataFrame = fitting(list(columns.values()), columns=names, index=index, verify_integrity=False)
    return frame


@lru_cache
def _column_index(names: tuple[str, ...]) -> Any:
    return pd.Index(names)


def _make_ids(values: Sequence[Any], column: Column, exact: bool) -> Any:
    try:
        return np.array(values, dtype="int64")
    except TypeError:
        missing = 0 if column.kind is Kind.COUNT else -1
        return np.array([missing if value is None else value for value in values], dtype="int64")


def numbers(values: Sequence[Any], column: Column, exact: bool) -> Any:
    """Return numbers as a column: float64, or Arrow decimals with exact=True."""
    if not exact:
        try:
            if values and type(values[0]) is float:
                floats = np.array(values, dtype="float64")
            else:
                floats = np.fromiter(map(float, values), dtype="float64", count=len(values))
        except (TypeError, ValueError):  # some are missing
            floats = np.array([np.nan if value is None or value == "" else value for value in values], dtype="float64")
        if column.zero_is_none:
            floats[floats == 0] = np.nan
        return floats
    decimals = [None if value is None or value == "" else Decimal(str(value)) for value in values]
    if column.zero_is_none:
        decimals = [number or None for number in decimals]
    told = [number for number in decimals if number is not None]
    scale = max(EXACT_SCALE, max((-int(number.as_tuple().exponent) for number in told), default=0))
    room = EXACT_DIGITS - max((number.adjusted() + 1 for number in told if number), default=1)
    if scale > room:  # a column of huge and tiny numbers: what the tiny ones have beyond it is rounded
        scale = max(0, room)
        unit = Decimal(1).scaleb(-scale)
        decimals = [None if each is None else each.quantize(unit, ROUND_HALF_EVEN, EXACT) for each in decimals]
    return pd.array(decimals, dtype=exact_dtype(scale))


def times(stamps: Any) -> Any:
    """Return an array of epoch milliseconds (or microseconds) as a column of times; negative is none.

    The exchange writes -1 for a time that never came, such as the working time of a stop that has not triggered.
    """
    micro = stamps > 100_000_000_000_000
    if micro.any():
        stamps = np.where(micro, stamps // 1000, stamps)
    moments = stamps.astype("datetime64[ms]")
    moments[stamps < 0] = np.datetime64("NaT", "ms")
    if _backed is not None and moments.dtype == "datetime64[ms]":
        return _backed(moments)
    return pd.DatetimeIndex(moments, tz="UTC").array


_NO_TIMES: Any = pd.DatetimeIndex([], dtype=UTC_MS).array
_backed = getattr(_NO_TIMES, "_from_backing_data", None)
"""What pandas itself takes to put new values into such an array; its constructors look at each value again."""


def _make_flags(values: Sequence[Any], column: Column, exact: bool) -> Any:
    return np.array(list(map(bool, values)), dtype="bool")


@lru_cache
def _vocabulary(words: tuple[str, ...]) -> tuple[dict[Any, int], pd.CategoricalDtype]:
    """Return the code of each word, and of None, with the dtype that they belong to: made once for each column."""
    return {None: -1, **{word: code for code, word in enumerate(words)}}, pd.CategoricalDtype(list(words))


def _make_words(values: Sequence[Any], column: Column, exact: bool) -> Any:
    codes, dtype = _vocabulary(column.words)
    try:
        return pd.Categorical.from_codes([codes[value] for value in values], dtype=dtype, validate=False)
    except KeyError:  # a word that the exchange has added since
        new = {value for value in values if value is not None} - set(column.words)
        return pd.Categorical(values, categories=[*column.words, *sorted(new)])


_TEXT = pd.StringDtype(na_value=np.nan)


def _make_texts(values: Sequence[Any], column: Column, exact: bool) -> Any:
    if _TEXT.storage == "pyarrow":  # the same array a third of the time: pandas looks at every value again
        try:
            make: Any = _TEXT.construct_array_type()
            if values and values.count(values[0]) == len(values):  # as a symbol's is
                same = pa.scalar(values[0], pa.large_string())
                return make(pa.repeat(same, len(values)), dtype=_TEXT)
            return make(pa.array(values, type=pa.large_string()), dtype=_TEXT)
        except (pa.ArrowTypeError, pa.ArrowInvalid):  # some value is no text
            pass
    return pd.array(values, dtype=_TEXT)


def _make_times(values: Sequence[Any], column: Column, exact: bool) -> Any:
    return times(np.array([-1 if value is None else value for value in values], dtype="int64"))


_MAKERS: dict[Kind, Callable[[Sequence[Any], Column, bool], Any]] = {
    Kind.ID: _make_ids,
    Kind.COUNT: _make_ids,
    Kind.NUMBER: numbers,
    Kind.FLAG: _make_flags,
    Kind.TIME: _make_times,
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
        row["average_price"] = ratio(row.get("cumulative_quote_qty", 0), filled)
    return row


def ratio(numerator: Any, denominator: Any) -> Decimal:
    """Return a quotient with eight significant digits behind its first at least: a mean price."""
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


def rule_checks(checks: Iterable[RuleCheck]) -> pd.DataFrame:
    """Return rules held against an order, one row a rule."""
    rows = [
        {
            "rule": check.rule,
            "field": check.field,
            "limit": check.limit,
            "value": check.value,
            "passed": check.passed,
            "nearest": " or ".join(check.nearest) or None,
            "code": None if check.passed else check.code,
            "sentence": None if check.passed else check.sentence,
        }
        for check in checks
    ]
    return build(rows, RULE_CHECKS)


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
