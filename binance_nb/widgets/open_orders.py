"""OpenOrders: the live table of open orders, each with its cancel button."""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd
import traitlets

from binance_nb.models.decimals import plain
from binance_nb.models.events import ExecutionReport
from binance_nb.widgets.assets import bundle
from binance_nb.widgets.base import MONEY, LiveWidget, now_ms
from binance_nb.widgets.order_ticket import OPEN_STATUSES
from binance_nb.widgets.ticket_state import STALE_CLICK_MS

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

Key = tuple[str, int]


class OpenOrders(LiveWidget):
    """A live table of the open orders of a client, of one `symbol` or of all.

    One click cancels an order; "Cancel all" asks first. A click that waited behind a busy cell is refused.
    """

    _esm = bundle("common.js", "open_orders.js")
    _css = bundle("common.css", "open_orders.css")

    view = traitlets.Dict().tag(sync=True)
    """All that the page shows, as one value."""

    def __init__(self, client: Any, symbol: str = "", *, start_stream: bool = True, **unknown: object) -> None:
        """Show what is open now and follow the stream."""
        super().__init__(client, **unknown)
        self._symbol = symbol.strip().upper()
        self._orders: dict[Key, dict[str, str]] = {}
        self._heard_since: dict[Key, dict[str, str] | None] = {}
        self._cancelling: set[Key] = set()
        self._message = {"tone": "", "text": ""}
        self._refresh_at = 0.0
        self._refreshing = False
        self._changed = True
        self._subscription = client.subscribe(self._report)
        if start_stream:
            client.submit("start_stream").add_done_callback(self._stream_started)
        self._show()
        self.start()

    def _show(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._changed = False
            newest_first = sorted(self._orders.items(), key=lambda item: item[0][1], reverse=True)
            self.view = {
                "environment": self.client.environment,
                "money": MONEY.get(self.client.environment, ""),
                "symbol": self._symbol,
                "orders": [{**row, "cancelling": key in self._cancelling} for key, row in newest_first],
                "message": dict(self._message),
            }

    def _say(self, tone: str, text: str) -> None:
        self._message = {"tone": tone, "text": text}
        self._changed = True

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
                }
            else:
                self._orders.pop(key, None)
                self._cancelling.discard(key)
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

    def _is_stale(self, content: Mapping[str, Any]) -> bool:
        waited_ms = now_ms() - float(content["at"])
        if waited_ms <= STALE_CLICK_MS:
            return False
        self._say("bad", f"That click waited {waited_ms / 1000:.0f} s behind a busy cell; nothing was cancelled.")
        self._show()
        return True

    def _on_cancel(self, content: Mapping[str, Any]) -> None:
        """Cancel one order; a second click on it while the answer is on its way does nothing."""
        key = (str(content["symbol"]), int(content["order_id"]))
        with self._lock:
            if key not in self._orders or key in self._cancelling or self._is_stale(content):
                return
            self._cancelling.add(key)
            self._say("", "")
            self._show()
        done = self.client.submit("cancel_order_by_id", *key)
        done.add_done_callback(lambda answer: self._cancelled([key], answer))

    def _on_cancel_all(self, content: Mapping[str, Any]) -> None:
        """Cancel every order that the page showed when it was asked."""
        wanted = {(str(symbol), int(order_id)) for symbol, order_id in content["orders"]}
        with self._lock:
            keys = [key for key in self._orders if key in wanted and key not in self._cancelling]
            if not keys or self._is_stale(content):
                return
            self._cancelling.update(keys)
            self._say("wait", f"Cancelling {len(keys)} …")
            self._show()
        for key in keys:
            done = self.client.submit("cancel_order_by_id", *key)
            done.add_done_callback(lambda answer, key=key: self._cancelled([key], answer))

    def _cancelled(self, keys: list[Key], done: concurrent.futures.Future[Any]) -> None:
        with self.errors_shown(), self._lock:
            error = done.exception()
            self._cancelling.difference_update(keys)
            if error is not None:
                self._say("bad", f"Not cancelled: {error}")
                self._refresh_at = 0.0
            else:
                for key in keys:
                    self._orders.pop(key, None)
                    self._heard_since[key] = None
                self._say("good", f"Cancelled order {', '.join(str(key[1]) for key in keys)}.")
            self._show()


def _positive(number: Decimal) -> str:
    return plain(number) if number else ""


def _row(record: Mapping[str, Any]) -> dict[str, str]:
    """Return a row of an exact ORDERS frame as text; a price of zero means that there is none."""
    texts = {}
    for name in COLUMNS:
        value = record.get(name)
        if isinstance(value, Decimal):
            texts[name] = _positive(value) if name in {"price", "stop_price"} else plain(value)
        else:
            texts[name] = "" if pd.isna(value) else str(value)
    return texts
