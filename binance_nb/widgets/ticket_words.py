"""Small things that a ticket says: values as text, an order's row, an error as a sentence; may the order exist?"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import pandas as pd

from binance_nb.errors import BinanceNBError, ExchangeUnavailable, NetworkError, OrderStatusUnknown
from binance_nb.models.decimals import plain
from binance_nb.models.rule_checks.base import rounded

OPEN_STATUSES = frozenset({"NEW", "PARTIALLY_FILLED", "PENDING_NEW"})

RESULT_FIELDS = (
    "symbol",
    "order_id",
    "client_order_id",
    "side",
    "order_type",
    "order_status",
    "quantity",
    "price",
    "cumulative_filled_qty",
    "average_price",
)


def rows_of(frame: Any) -> list[dict[str, str]]:
    """Return the orders of a frame as text, empty where there is no value."""
    names = [name for name in RESULT_FIELDS if name in frame.columns]
    rows = []
    for _, row in frame.iterrows():
        texts = {name: cell_text(row[name]) for name in names}
        if texts.get("order_id") == "-1" and "algo_id" in frame.columns:
            texts["order_id"] = f"algo {row['algo_id']}"  # a conditional order is none in the book yet
        rows.append(texts)
    return rows


def cell_text(value: Any) -> str:
    if pd.isna(value):
        return ""
    if isinstance(value, float):
        return plain(Decimal(repr(float(value))))
    return str(value)


def text_of(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def on_tick(price: Decimal, tick: Decimal) -> Decimal:
    return rounded(price, tick, ROUND_HALF_EVEN)


def may_exist(error: BaseException) -> bool:
    """Whether an order may be on the exchange although placing it ended in `error`."""
    if isinstance(error, OrderStatusUnknown):
        return True
    if isinstance(error, NetworkError):
        return error.sent
    if isinstance(error, ExchangeUnavailable):
        return error.outcome_unknown
    # Anything that this package did not raise on purpose says nothing about the order.
    return not isinstance(error, BinanceNBError)


def sentence(error: BaseException) -> str:
    """Return an error as a sentence for a person, with a capital letter and a full stop."""
    text = str(error).strip() or type(error).__name__
    if not isinstance(error, BinanceNBError):
        text = f"{type(error).__name__}: {text}"
    text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def money(value: Decimal) -> str:
    """Return a sum for reading: two decimals, or four digits of a small one."""
    if abs(value) >= 1 or not value:
        return f"{value:,.2f}"
    return plain(value.quantize(Decimal(1).scaleb(max(value.adjusted() - 3, -8))))
