"""What a table of open orders asks the client on each product, and how it reads the answers: spot, USD-M futures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pandas as pd

from binance_nb.models.decimals import plain
from binance_nb.models.events import NO_ID, ExecutionReport
from binance_nb.models.fills import SPOT, USDM
from binance_nb.models.futures_events import AlgoUpdate
from binance_nb.models.futures_rules import FuturesRules
from binance_nb.models.rule_checks.base import SymbolFilters
from binance_nb.models.rules import SymbolRules
from binance_nb.widgets.order_changes import Change, change_of
from binance_nb.widgets.order_modify import modification_of

Key = tuple[str, str]
"""Symbol and number of an order; a conditional order of futures, not triggered yet, is known by its algo id."""
Row = dict[str, str]

ALGO = "algo "
"""What the number of a conditional order begins with: its ids are counted apart from those of orders."""
WAITING = frozenset({"NEW", "TRIGGERING"})
"""States of a conditional order in which it is not yet an order in the book (Event-Algo-Order-Update)."""

COLUMNS = (
    "symbol",
    "side",
    "order_type",
    "quantity",
    "cumulative_filled_qty",
    "price",
    "stop_price",
    "order_status",
    "client_order_id",
)
PRICES = frozenset({"price", "stop_price"})
NO_LIST = frozenset({"", "-1"})


@dataclass(frozen=True, slots=True)
class OrderProduct:
    """The verbs and readings of one product."""

    name: str
    label: str
    """How the badge names it; empty for spot."""
    open_verb: str
    status_verb: str
    info_verb: str
    rules: Callable[[Mapping[str, Any]], SymbolFilters]
    change: Callable[[Mapping[str, Any], Mapping[str, str], Any], Change]
    row_of: Callable[[Mapping[str, Any]], Row]
    """Reads a row of an exact frame of orders."""
    row_of_report: Callable[[ExecutionReport], Row]
    cancelling: Callable[[Key], tuple[str, tuple[Any, ...], dict[str, Any]]]
    """Returns verb, arguments and keywords that cancel an order."""
    stream: Mapping[str, str] = field(default_factory=dict)
    """The keywords with which its stream is started."""


def positive(number: Decimal) -> str:
    """Return a price as text; one of zero means that there is none."""
    return plain(number) if number else ""


def list_id(value: Any) -> str:
    """Return the id of an order's list as text; empty where it belongs to none."""
    text = "" if pd.isna(value) else str(value)
    return "" if text in NO_LIST else text


def _texts(record: Mapping[str, Any]) -> Row:
    texts = {}
    for name in COLUMNS:
        value = record.get(name)
        if isinstance(value, Decimal):
            texts[name] = positive(value) if name in PRICES else plain(value)
        else:
            texts[name] = "" if pd.isna(value) else str(value)
    return texts


def _told(report: ExecutionReport) -> Row:
    return {
        "symbol": report.symbol,
        "side": report.side,
        "order_type": report.order_type,
        "quantity": plain(report.quantity),
        "cumulative_filled_qty": plain(report.cumulative_filled_qty),
        "price": positive(report.price),
        "stop_price": positive(report.stop_price),
        "order_status": report.order_status,
        "client_order_id": report.client_order_id,
        "order_id": str(report.order_id),
        "order_list_id": "",
    }


def _spot_row(record: Mapping[str, Any]) -> Row:
    number = str(record["order_id"])
    return {
        **_texts(record),
        "order_id": number,
        "since": number,  # they are counted up
        "order_list_id": list_id(record.get("order_list_id")),
    }


def _spot_told(report: ExecutionReport) -> Row:
    return {**_told(report), "since": str(report.order_id), "order_list_id": list_id(report.order_list_id)}


def _cancel_spot(key: Key) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    return "cancel_order_by_id", (key[0], int(key[1])), {}


def _futures_row(record: Mapping[str, Any]) -> Row:
    number = int(record["order_id"])
    made = record.get("order_creation_time")
    return {
        **_texts(record),
        "order_id": f"{ALGO}{record['algo_id']}" if number == NO_ID else str(number),
        "since": "0" if pd.isna(made) else str(int(pd.Timestamp(made).timestamp() * 1000)),
        "order_list_id": "",
        "position_side": str(record["position_side"]),
        "reduce_only": _reduces(bool(record["reduce_only"]), bool(record["close_position"])),
    }


def _futures_told(report: ExecutionReport) -> Row:
    closes = bool(report.raw.get("close_position"))
    return {
        **_told(report),
        "since": str(report.raw.get("O") or 0),
        "position_side": report.position_side or "BOTH",
        "reduce_only": _reduces(bool(report.reduce_only), closes),
    }


def _reduces(reduce_only: bool, close_position: bool) -> str:
    return "close all" if close_position else "yes" if reduce_only else ""


def row_of_algo(update: AlgoUpdate) -> Row | None:
    """Return a conditional order as the stream tells of it; None once it waits no more."""
    if update.algo_status not in WAITING:
        return None
    order = update.raw["o"]
    return {
        "symbol": update.symbol,
        "side": update.side,
        "order_type": update.order_type,
        "quantity": plain(update.quantity),
        "cumulative_filled_qty": "0",
        "price": positive(update.price),
        "stop_price": positive(update.stop_price),
        "order_status": "NEW",
        "client_order_id": update.client_order_id,
        "order_id": f"{ALGO}{update.algo_id}",
        "since": str(update.raw.get("T") or 0),
        "order_list_id": "",
        "position_side": update.position_side,
        "reduce_only": _reduces(bool(order.get("R")), bool(order.get("cp"))),
    }


def _cancel_futures(key: Key) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    symbol, number = key
    verb = "cancel_futures_order_by_id"
    if number.startswith(ALGO):
        return verb, (symbol,), {"algo_id": int(number.removeprefix(ALGO))}
    return verb, (symbol, int(number)), {}


SPOT_ORDERS = OrderProduct(
    SPOT,
    "",
    "get_open_orders",
    "get_order_status",
    "get_exchange_info",
    SymbolRules,
    change_of,
    _spot_row,
    _spot_told,
    _cancel_spot,
)
FUTURES_ORDERS = OrderProduct(
    USDM,
    "USD-M futures",
    "get_futures_open_orders",
    "get_futures_order_status",
    "get_futures_exchange_info",
    FuturesRules,
    modification_of,
    _futures_row,
    _futures_told,
    _cancel_futures,
    {"product": USDM},
)
PRODUCTS = {product.name: product for product in (SPOT_ORDERS, FUTURES_ORDERS)}
