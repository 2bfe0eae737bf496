"""What a table of open orders shows: one row an order, followed by the stream, with what was said about it."""

from __future__ import annotations

import concurrent.futures
import contextlib
import html
import time
from collections.abc import Mapping
from typing import Any

import traitlets

from binance_nb.models.events import ExecutionReport
from binance_nb.models.futures_events import AlgoUpdate, FuturesEvent
from binance_nb.widgets.base import MONEY, LiveWidget
from binance_nb.widgets.last_rows import table_html
from binance_nb.widgets.order_products import ALGO, FUTURES_ORDERS, Key, OrderProduct, Row, row_of_algo
from binance_nb.widgets.ticket_words import OPEN_STATUSES

REFRESH_EVERY_S = 30.0
"""How often the exchange is asked for all open orders besides the stream (weight 6 a symbol, 80 for all;
of futures 2, and 80 for all)."""

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


class OrderRows(LiveWidget):
    """The rows of a client's open orders, of one symbol or of all, kept up to date and shown as one value."""

    view = traitlets.Dict().tag(sync=True)
    """All that the page shows, as one value."""

    def __init__(self, client: Any, symbol: str, product: OrderProduct, *, start_stream: bool) -> None:
        """Begin with no rows and follow the stream."""
        super().__init__(client)
        self._symbol = symbol.strip().upper()
        self._product = product
        self._orders: dict[Key, dict[str, str]] = {}
        self._heard_since: dict[Key, dict[str, str] | None] = {}
        self._notes: dict[Key, dict[str, str]] = {}
        self._message = {"tone": "", "text": ""}
        self._refresh_at = 0.0
        self._refreshing = self._asked = False
        self._changed = True
        self._subscription = contextlib.ExitStack()
        self._subscription.callback(client.subscribe(self._report).close)
        if product is FUTURES_ORDERS:
            self._subscription.callback(client.subscribe_futures_events(self._take_event).close)
        if start_stream:
            client.submit("start_stream", **product.stream).add_done_callback(self._stream_started)

    def _show(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._changed = False
            self._forget_notes()
            self.view = {
                "environment": self.client.environment,
                "money": MONEY.get(self.client.environment, ""),
                "product": self._product.label,
                "symbol": self._symbol,
                "orders": [self._shown(key) for key in sorted(self._orders, key=self._place, reverse=True)],
                "message": dict(self._message),
            }

    def _place(self, key: Key) -> tuple[int, str, int]:
        """Newest first, and the orders of one list together, where its newest is."""
        row = self._orders[key]
        since = int(row["since"])
        return (
            max((int(self._orders[mate]["since"]) for mate in self._of_list(row["order_list_id"])), default=since),
            row["order_list_id"],
            since,
        )

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
        what = f"Open {self._product.label} orders".replace("  ", " ") + (f" of {self._symbol}" if self._symbol else "")
        count = str(len(rows)) if rows or self._asked else "not asked for yet; run its cell to see them"
        told = html.escape(f"{what} on {self.client.environment}: {count}")
        return f"<p>{told}</p>{table_html(list(WORDS.values()), rows) if rows else ''}"

    # From the exchange

    def _report(self, report: ExecutionReport) -> None:
        """Follow one order; called on the client's callback thread. The page is told on the next beat."""
        if report.product == self._product.name:
            row = self._product.row_of_report(report) if report.order_status in OPEN_STATUSES else None
            self._take_row((report.symbol, str(report.order_id)), row)

    def _take_event(self, event: FuturesEvent) -> None:
        """Follow one conditional order; triggered, it goes on as an order of its own."""
        if isinstance(event, AlgoUpdate):
            self._take_row((event.symbol, f"{ALGO}{event.algo_id}"), row_of_algo(event))

    def _take_row(self, key: Key, row: Row | None) -> None:
        with self._lock:
            if self._symbol in {"", key[0]}:
                if row is None:
                    self._orders.pop(key, None)
                else:
                    known = self._orders.get(key)
                    self._orders[key] = row if known is None else {**row, "since": known["since"]}
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
        self.client.submit(self._product.open_verb, self._symbol or None, exact=True).add_done_callback(self._refreshed)

    def _refreshed(self, done: concurrent.futures.Future[Any]) -> None:
        with self.errors_shown(), self._lock:
            self._refreshing, self._asked = False, True
            error = done.exception()
            if error is not None:
                self._say("bad", f"The open orders could not be read: {error}")
                return
            rows = map(self._product.row_of, done.result().to_dict("records"))
            found = {(row["symbol"], row["order_id"]): row for row in rows}
            # What the stream told while the answer was on its way is newer than the answer.
            newest = {**found, **self._heard_since}
            self._orders = {key: row for key, row in newest.items() if row is not None}
            self._changed = True

    # From the page

    def _on_hello(self, _content: Mapping[str, Any]) -> None:
        self._refresh_at = 0.0
        self._show()
