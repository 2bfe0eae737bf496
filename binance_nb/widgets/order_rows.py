"""What a table of open orders shows: one row an order, followed by the stream, with what was said about it."""

from __future__ import annotations

import concurrent.futures
import html
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd
import traitlets

from binance_nb.models.decimals import plain
from binance_nb.models.events import ExecutionReport
from binance_nb.widgets.base import MONEY, LiveWidget
from binance_nb.widgets.last_rows import table_html
from binance_nb.widgets.ticket_words import OPEN_STATUSES

REFRESH_EVERY_S = 30.0
"""How often the exchange is asked for all open orders besides the stream (weight 6 a symbol, 80 for all)."""

COLUMNS = (
    "symbol",
    "side",
    "order_type",
    "quantity",
    "cumulative_filled_qty",
    "price",
    "stop_price",
    "order_status",
    "order_id",
    "client_order_id",
)

WORDS = {
    "symbol": "Symbol",
    "side": "Side",
    "order_type": "Type",
    "quantity": "Quantity",
    "cumulative_filled_qty": "Filled",
    "price": "Price",
    "stop_price": "Stop",
    "order_status": "Status",
    "order_id": "Order",
}
"""What is told of each order where the table itself cannot be shown."""

Key = tuple[str, int]

NO_LIST = {"", "-1"}


class OrderRows(LiveWidget):
    """The rows of a client's open orders, of one symbol or of all, kept up to date and shown as one value."""

    view = traitlets.Dict().tag(sync=True)
    """All that the page shows, as one value."""

    def __init__(self, client: Any, symbol: str, *, start_stream: bool) -> None:
        """Begin with no rows and follow the stream."""
        super().__init__(client)
        self._symbol = symbol.strip().upper()
        self._orders: dict[Key, dict[str, str]] = {}
        self._heard_since: dict[Key, dict[str, str] | None] = {}
        self._notes: dict[Key, dict[str, str]] = {}
        self._message = {"tone": "", "text": ""}
        self._refresh_at = 0.0
        self._refreshing = False
        self._changed = True
        self._subscription = client.subscribe(self._report)
        if start_stream:
            client.submit("start_stream").add_done_callback(self._stream_started)

    def _show(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._changed = False
            self._forget_notes()
            self.view = {
                "environment": self.client.environment,
                "money": MONEY.get(self.client.environment, ""),
                "symbol": self._symbol,
                "orders": [self._shown(key) for key in sorted(self._orders, key=self._place, reverse=True)],
                "message": dict(self._message),
            }

    def _place(self, key: Key) -> tuple[int, str, int]:
        """Newest first, and the orders of one list together, where its newest is."""
        list_id = self._orders[key]["order_list_id"]
        return max((other[1] for other in self._of_list(list_id)), default=key[1]), list_id, key[1]

    def _shown(self, key: Key) -> dict[str, Any]:
        """Return what the page is told of one order."""
        return {**self._orders[key], "note": self._notes.get(key, {"tone": "", "text": ""})}

    def _forget_notes(self) -> None:
        """Let go of what was said about orders that are open no more; a bad word goes under the table."""
        for key in [key for key in self._notes if key not in self._orders]:
            note = self._notes.pop(key)
            if note["tone"] == "bad":
                self._say("bad", f"Order {key[1]}: {note['text']}")

    def _of_list(self, list_id: str) -> list[Key]:
        if not list_id:
            return []
        return [key for key, row in self._orders.items() if row["order_list_id"] == list_id]

    def _say(self, tone: str, text: str) -> None:
        self._message = {"tone": tone, "text": text}
        self._changed = True

    def _note(self, key: Key, tone: str, text: str) -> None:
        """Say something in the row of an order, or under the table if the row is gone."""
        if text:
            self._notes[key] = {"tone": tone, "text": text}
        else:
            self._notes.pop(key, None)
        self._changed = True

    def _static_html(self) -> str:
        rows = [[row[name] for name in WORDS] for row in self.view["orders"]]
        of_symbol = f" of {self._symbol}" if self._symbol else ""
        told = html.escape(f"Open orders{of_symbol} on {self.client.environment}: {len(rows)}")
        return f"<p>{told}</p>{table_html(list(WORDS.values()), rows) if rows else ''}"

    # From the exchange

    def _stream_started(self, done: concurrent.futures.Future[Any]) -> None:
        with self.errors_shown():
            error = done.exception()
            if error is not None:
                self.alert = f"The stream did not start. {type(error).__name__}: {error}"

    def _report(self, report: ExecutionReport) -> None:
        """Follow one order; called on the client's callback thread. The page is told on the next beat."""
        key = (report.symbol, report.order_id)
        with self._lock:
            if self._symbol and report.symbol != self._symbol:
                return
            row: dict[str, str] | None = None
            if report.order_status in OPEN_STATUSES:
                row = self._orders[key] = {
                    "symbol": report.symbol,
                    "side": report.side,
                    "order_type": report.order_type,
                    "quantity": plain(report.quantity),
                    "cumulative_filled_qty": plain(report.cumulative_filled_qty),
                    "price": _positive(report.price),
                    "stop_price": _positive(report.stop_price),
                    "order_status": report.order_status,
                    "order_id": str(report.order_id),
                    "client_order_id": report.client_order_id,
                    "order_list_id": _list_id(report.order_list_id),
                }
            else:
                self._orders.pop(key, None)
            self._heard_since[key] = row
            self._changed = True

    def _beat(self) -> None:
        if not self.page_is_listening:
            return
        if time.monotonic() >= self._refresh_at:
            self._refresh()
        if self._changed:
            self._show()

    def _refresh(self) -> None:
        if self._refreshing:
            return
        self._refreshing = True
        self._refresh_at = time.monotonic() + REFRESH_EVERY_S
        self._heard_since.clear()
        self.client.submit("get_open_orders", self._symbol or None, exact=True).add_done_callback(self._refreshed)

    def _refreshed(self, done: concurrent.futures.Future[Any]) -> None:
        with self.errors_shown(), self._lock:
            self._refreshing = False
            error = done.exception()
            if error is not None:
                self._say("bad", f"The open orders could not be read: {error}")
                return
            rows = (_row(record) for record in done.result().to_dict("records"))
            found = {(row["symbol"], int(row["order_id"])): row for row in rows}
            # What the stream told while the answer was on its way is newer than the answer.
            newest = {**found, **self._heard_since}
            self._orders = {key: row for key, row in newest.items() if row is not None}
            self._changed = True

    # From the page

    def _on_hello(self, _content: Mapping[str, Any]) -> None:
        self._refresh_at = 0.0
        self._show()


def _positive(number: Decimal) -> str:
    return plain(number) if number else ""


def _list_id(value: Any) -> str:
    """Return the id of an order's list as text; empty where it belongs to none."""
    text = "" if pd.isna(value) else str(value)
    return "" if text in NO_LIST else text


def _row(record: Mapping[str, Any]) -> dict[str, str]:
    """Return a row of an exact ORDERS frame as text; a price of zero means that there is none."""
    texts = {"order_list_id": _list_id(record.get("order_list_id"))}
    for name in COLUMNS:
        value = record.get(name)
        if isinstance(value, Decimal):
            texts[name] = _positive(value) if name in {"price", "stop_price"} else plain(value)
        else:
            texts[name] = "" if pd.isna(value) else str(value)
    return texts
