"""What a measure is given: its columns there, its times in UTC, each trade once, in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from binance_nb.errors import AnalysisError

FILL_COLUMNS = ("transaction_time", "symbol", "side", "last_executed_qty", "last_executed_price", "trade_id")
"""What every measure of fills needs."""

UTC_MS = pd.DatetimeTZDtype("ms", "UTC")

NO_TIME = np.iinfo("int64").min
"""How NaT reads as a number."""


def require(frame: pd.DataFrame, columns: Iterable[str], what: str) -> None:
    """Raise AnalysisError if `frame` lacks one of `columns`; `what` names the frame in the sentence."""
    if not isinstance(frame, pd.DataFrame):
        raise AnalysisError(f"{what} must be a DataFrame, not {type(frame).__name__}")
    absent = [name for name in columns if name not in frame.columns]
    if absent:
        raise AnalysisError(f"the {what} have no column {', '.join(absent)}")


def utc_ms(frame: pd.DataFrame, name: str, what: str) -> Any:
    """Return a column of times as int64 epoch milliseconds, NO_TIME where there is none.

    Raises AnalysisError for times without a zone (they could be of any), and for what is no time.
    """
    column = frame[name]
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return column.dt.tz_convert("UTC").dt.as_unit("ms").to_numpy(dtype="datetime64[ms]").view("int64")
    if not len(column) or column.isna().all():
        return np.full(len(column), NO_TIME)
    if pd.api.types.is_datetime64_dtype(column.dtype):
        raise AnalysisError(f"{name} of the {what} has no time zone: say which, e.g. .dt.tz_localize('UTC')")
    raise AnalysisError(
        f"{name} of the {what} holds no times but {column.dtype}: pd.to_datetime(…, utc=True) makes them"
    )


def as_times(stamps: Any) -> Any:
    """Return int64 epoch milliseconds as a column of times, NO_TIME as missing."""
    return pd.DatetimeIndex(np.asarray(stamps, dtype="int64").view("datetime64[ms]")).tz_localize("UTC").array


def floats(frame: pd.DataFrame, name: str, what: str) -> Any:
    """Return a column as float64, missing as NaN. Raises AnalysisError where it holds no numbers."""
    column = frame[name]
    if column.dtype == "float64":
        return column.to_numpy()
    try:
        return column.astype("float64").to_numpy()
    except (TypeError, ValueError):
        try:  # objects with None or NA among them
            return pd.to_numeric(column, errors="raise").to_numpy(dtype="float64", na_value=np.nan)
        except (TypeError, ValueError):
            raise AnalysisError(f"{name} of the {what} holds no numbers but {column.dtype}") from None


def codes_of(column: pd.Series[Any]) -> tuple[Any, Any]:
    """Return a number for each value of a column (-1 for a missing one), and the values in the order of the numbers."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy().astype("int64"), column.cat.categories
    codes, values = pd.factorize(column)
    return codes.astype("int64"), pd.Index(values)


def combined_codes(frame: pd.DataFrame, names: Sequence[str]) -> Any:
    """Return one number a row, the same for rows that agree in all `names`; missing agrees with missing."""
    combined = np.zeros(len(frame), dtype="int64")
    for name in names:
        codes, values = codes_of(frame[name])
        combined = combined * (len(values) + 1) + codes + 1
        if len(values) * len(frame) > 2**31:  # keep the product small, whatever comes next
            combined = pd.factorize(combined)[0].astype("int64")
    return combined


def market_keys(frame: pd.DataFrame) -> list[str]:
    """Return the columns that tell markets apart: product, where the frame has it, and symbol."""
    return ["product", "symbol"] if "product" in frame.columns else ["symbol"]


def _trade_keys(fills: pd.DataFrame) -> list[str]:
    """Return the columns within which a trade_id is one trade: an exchange that was reset counts its ids again."""
    return [*market_keys(fills), *(["era"] if "era" in fills.columns else [])]


def shared_keys(left: pd.DataFrame, right: pd.DataFrame, what: str) -> list[str]:
    """Return the market keys that both frames have.

    Raises AnalysisError where one mixes products and the other does not say which it means.
    """
    both = [name for name in market_keys(left) if name in right.columns]
    if "product" not in both:
        for frame in (left, right):
            if "product" in frame.columns and frame["product"].nunique() > 1:
                raise AnalysisError(f"fills of two products need a product column in the {what} as well")
    return both


def clean_fills(fills: pd.DataFrame, *needs: str) -> pd.DataFrame:
    """Return fills as a measure reads them: each trade once, oldest first, quantities and prices as float64.

    `needs` are columns needed besides FILL_COLUMNS. A trade is known by product, symbol and trade_id; a row without a
    trade id (-1) is a trade of its own, and a trade of an account with itself is two fills, a BUY and a SELL of two
    orders. Raises AnalysisError for a missing column, a time without a zone, a side that
    is neither BUY nor SELL, a quantity or price that is missing or not positive, and one trade told in two ways.
    """
    require(fills, (*FILL_COLUMNS, *needs), "fills")
    stamps = utc_ms(fills, "transaction_time", "fills")
    numbers = {name: floats(fills, name, "fills") for name in ("last_executed_qty", "last_executed_price")}
    _refuse(stamps == NO_TIME, "have no transaction_time")
    _refuse(fills["symbol"].isna().to_numpy(), "have no symbol")
    _refuse(~fills["side"].isin(["BUY", "SELL"]).to_numpy(), "have a side that is neither BUY nor SELL")
    for name, values in numbers.items():
        _refuse(~(np.isfinite(values) & (values > 0)), f"have a {name} that is missing or not positive")
    tidy = fills.assign(**numbers)
    ids = pd.to_numeric(fills["trade_id"]).fillna(-1).to_numpy(dtype="int64")
    trades = pd.DataFrame({"market": combined_codes(fills, _trade_keys(fills)), "trade_id": ids}, copy=False)
    twice = trades.duplicated().to_numpy() & (ids >= 0)
    if twice.any():
        trades["side"] = (fills["side"] == "BUY").to_numpy()
        trades["quantity"], trades["price"] = numbers.values()
        different = ~trades.duplicated().to_numpy() & twice
        other_half = different & _is_other_half(trades, fills)
        _refuse(different & ~other_half, "repeat a trade_id of their symbol with another side, quantity or price")
        twice &= ~other_half
        tidy, stamps, ids = tidy[~twice], stamps[~twice], ids[~twice]
    later = stamps[1:] - stamps[:-1]
    if len(later) and ((later < 0) | ((later == 0) & (ids[1:] < ids[:-1]))).any():
        order = np.lexsort((ids, stamps))
        tidy = tidy.iloc[order]
    return tidy.reset_index(drop=True)


def _is_other_half(trades: pd.DataFrame, fills: pd.DataFrame) -> Any:
    """Return which rows tell of a trade again from its other side: same quantity and price, another order."""
    if "order_id" not in fills.columns:
        return np.zeros(len(trades), dtype="bool")
    same = ["market", "trade_id", "quantity", "price"]
    orders = trades.assign(order_id=fills["order_id"].to_numpy())
    is_new_side = ~trades.duplicated([*same, "side"]).to_numpy()
    is_new_order = ~orders.duplicated([*same, "order_id"]).to_numpy()
    return trades.duplicated(same).to_numpy() & is_new_side & is_new_order


def _refuse(bad: Any, why: str) -> None:
    count = int(np.count_nonzero(bad))
    if count:
        raise AnalysisError(f"{count} of {len(bad)} fills {why}")


def sign(fills: pd.DataFrame) -> Any:
    """Return +1.0 for each BUY and -1.0 for each SELL."""
    return np.where((fills["side"] == "BUY").to_numpy(), 1.0, -1.0)


def milliseconds(length: str | float | pd.Timedelta, name: str) -> int:
    """Return a length of time in milliseconds: a number is milliseconds, a text such as "5s" as pandas reads it."""
    try:
        if isinstance(length, int | float):
            return round(length)
        return round(pd.Timedelta(length).total_seconds() * 1000)
    except (ValueError, OverflowError):
        raise AnalysisError(f"{name}={length!r} is no length of time: milliseconds, or a text such as '5s'") from None
