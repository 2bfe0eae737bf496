"""Answers of USD-M futures to typed DataFrames, by the futures schemas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from binance_nb import futures_schemas as schemas
from binance_nb.frames import build, ratio, renamed
from binance_nb.models.events import NO_ID
from binance_nb.models.fields import snake_case
from binance_nb.models.futures_fields import FUTURES_NAMES, FUTURES_ORDER_FIELDS
from binance_nb.schemas import Schema

Row = dict[str, Any]

_ALGO_STATES = {"NEW": "NEW", "TRIGGERING": "NEW", "TRIGGERED": "NEW"}
"""What a conditional order's state means as long as nothing is known of the order that it becomes."""

_OF_THE_ALGO_ORDER = (
    "algo_id",
    "algo_status",
    "order_type",
    "stop_price",
    "working_type",
    "price_protect",
    "activation_price",
    "callback_rate",
    "trigger_time",
    "order_creation_time",
    "client_order_id",
    "close_position",
)
"""What one row of both tells as the conditional order was placed; the rest is the regular order's."""

_FILTER_COLUMNS = {
    "PRICE_FILTER": {"tickSize": "tick_size", "minPrice": "min_price", "maxPrice": "max_price"},
    "LOT_SIZE": {"stepSize": "step_size", "minQty": "min_qty", "maxQty": "max_qty"},
    "MARKET_LOT_SIZE": {"stepSize": "market_step_size", "maxQty": "market_max_qty"},
    "MIN_NOTIONAL": {"notional": "min_notional"},
    "PERCENT_PRICE": {"multiplierUp": "multiplier_up", "multiplierDown": "multiplier_down"},
    "MAX_NUM_ORDERS": {"limit": "max_num_orders"},
}


def order_row(order: Mapping[str, Any]) -> Row:
    """Return a regular or an algo order of an answer as a row of FUTURES_ORDERS."""
    row = renamed(order, FUTURES_ORDER_FIELDS)
    row.pop("cum_qty", None)  # executedQty once more
    for name in ("good_till_date", "trigger_time"):
        row[name] = row.get(name) or NO_ID
    if "algo_id" in row:
        return _algo_row(row)
    if row.get("orig_type") == "TRAILING_STOP_MARKET" and "stop_price" in row:
        row["stop_price"] = None  # of a trailing order the exchange tells to ignore it
    return _with_average(row)


def _algo_row(row: Row) -> Row:
    row["order_id"] = int(row.get("order_id") or NO_ID)
    row["average_price"] = row.get("average_price") or None
    status = str(row.get("algo_status", "NEW"))
    if status == "FINISHED":
        row["order_status"] = _how_it_finished(row)
    else:
        row["order_status"] = _ALGO_STATES.get(status, status)
    return _with_average(row)


def _how_it_finished(row: Row) -> str:
    """Return whether an order that has left the matching engine was filled there.

    Lists do not tell how much was, but a mean price shows that something was; as a rule the order itself stands beside.
    """
    if row.get("cumulative_filled_qty") in {None, ""}:
        return "FILLED" if Decimal(row["average_price"] or 0) else "CANCELED"
    filled, whole = Decimal(row["cumulative_filled_qty"]), Decimal(row.get("quantity") or 0)
    return "FILLED" if filled and filled >= whole else "CANCELED"


def _with_average(row: Row) -> Row:
    """Let average price and quote amount tell the same; what the answer left out and nothing gives stays unknown."""
    if row.get("cumulative_filled_qty") in {None, ""}:
        is_known_empty = row.get("order_status") in {"NEW", "CANCELED", "REJECTED", "EXPIRED"}
        row["cumulative_filled_qty"] = "0" if is_known_empty else None
        row["cumulative_quote_qty"] = "0" if is_known_empty else None
        return row
    filled = Decimal(row["cumulative_filled_qty"])
    quote, average = row.get("cumulative_quote_qty"), row.get("average_price")
    if not filled:
        row["cumulative_quote_qty"] = quote or "0"
    elif quote and Decimal(quote):
        row["average_price"] = ratio(quote, filled)
    elif average and Decimal(average):
        row["cumulative_quote_qty"] = Decimal(average) * filled
    else:
        row["cumulative_quote_qty"] = row["average_price"] = None
    return row


def one_row(algo: Mapping[str, Any], order: Mapping[str, Any] | None) -> Row:
    """Return a conditional order, and the regular order that it became if there is one, as one row."""
    told = order_row(algo)
    if order is None:
        return told
    became = order_row(order)
    kept = {name: told[name] for name in _OF_THE_ALGO_ORDER if told.get(name) is not None}
    return {**told, **became, **kept, "actual_order_type": became.get("order_type")}


def joined(orders: Iterable[Mapping[str, Any]], algos: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Return regular and algo orders as rows, oldest first; an algo order and the order it became are one."""
    regular = {order["orderId"]: order for order in orders}
    rows = [one_row(algo, regular.pop(int(algo.get("actualOrderId") or NO_ID), None)) for algo in algos]
    rows += [order_row(order) for order in regular.values()]
    return sorted(rows, key=_moment)


def _moment(row: Row) -> tuple[int, int]:
    return row.get("order_creation_time") or row.get("transaction_time") or 0, row.get("order_id", NO_ID)


def orders(rows: Sequence[Row], *, exact: bool = False) -> pd.DataFrame:
    """Return rows of orders as a frame of FUTURES_ORDERS."""
    return build(rows, schemas.FUTURES_ORDERS, exact=exact)


def batch(
    items: Iterable[Mapping[str, Any]], asked: Sequence[Mapping[str, Any]], *, exact: bool = False
) -> pd.DataFrame:
    """Return the items of a batch's answer as a frame of FUTURES_BATCH; `asked` fills in what a refusal leaves out."""
    rows = []
    for item, request in zip(items, asked, strict=True):
        if "code" in item and "orderId" not in item:
            rows.append(
                {**order_row(request), "order_status": "REJECTED", "code": item["code"], "message": item["msg"]}
            )
        else:
            rows.append(order_row({**request, **item}))
    return build(rows, schemas.FUTURES_BATCH, exact=exact)


def table(answers: Iterable[Mapping[str, Any]], schema: Schema, *, exact: bool = False) -> pd.DataFrame:
    """Return answers whose keys are our names in camelCase as a frame of `schema`."""
    return build([renamed(answer, FUTURES_NAMES) for answer in answers], schema, exact=exact)


def account(answer: Mapping[str, Any], *, exact: bool = False) -> pd.DataFrame:
    """Return the assets of an account; its totals are in `.attrs`."""
    frame = table(answer.get("assets", ()), schemas.FUTURES_ASSETS, exact=exact)
    frame.attrs.update({snake_case(key): value for key, value in answer.items() if not isinstance(value, list)})
    return frame


def symbols(infos: Iterable[Mapping[str, Any]], *, exact: bool = False) -> pd.DataFrame:
    """Return the symbols of exchangeInfo, the limits of their filters spread out into columns."""
    rows = []
    for info in infos:
        row = {snake_case(key): value for key, value in info.items() if not isinstance(value, list | dict)}
        for name, key in (("order_types", "orderTypes"), ("time_in_force", "timeInForce")):
            row[name] = ",".join(info.get(key, ()))
        for rule in info.get("filters", ()):
            columns = _FILTER_COLUMNS.get(rule["filterType"], {})
            row.update((columns[key], value) for key, value in rule.items() if key in columns)
        rows.append(row)
    return build(rows, schemas.FUTURES_SYMBOLS, exact=exact)


def brackets(answers: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return leverage brackets, one row a bracket of a symbol."""
    rows = [
        {"symbol": answer["symbol"], **renamed(bracket, {})}
        for answer in answers
        for bracket in answer.get("brackets", ())
    ]
    return build(rows, schemas.LEVERAGE_BRACKETS)
