"""FillsTable: the live table of fills, newest first, over the whole ledger however long it is."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from typing import Any

import pandas as pd
import traitlets

from binance_nb.models.events import ExecutionReport
from binance_nb.models.fills import SPOT, USDM
from binance_nb.widgets.assets import bundle
from binance_nb.widgets.base import MONEY, LiveWidget
from binance_nb.widgets.fill_gaps import GapMarks
from binance_nb.widgets.fill_rows import FIELDS, SORTABLE, TIME, FillRows, Filter, Row, Totals, row_of, to_text
from binance_nb.widgets.health import health_of

PRODUCTS = (SPOT, USDM)

BATCH_ROWS = 500
"""The most new rows that one batch carries; the page asks for others when it comes to show them."""
BLOCK_ROWS = 500
"""How many rows the page asks for at a time."""
UNACKNOWLEDGED = 50
"""After so many batches without an acknowledgement (five seconds) nothing more is sent to the page."""
SAVED_ROWS = 20
SAVED_EVERY_S = 5.0
SORT_EVERY_S = 1.0
CSV_ROWS = 200_000
"""The most rows that are handed to the page as a file; more are for `table.frame.to_csv(...)`."""
TOTALS_EVERY_S = 0.3
GAPS_EVERY_S = 1.0
"""How often the client is asked for gaps, which it answers from memory."""


class FillsTable(LiveWidget):
    """A live table of the fills that a client knows, which grows by itself while cells run.

    `symbol` shows those of one symbol to begin with, `product` those of "spot" or "usdm" alone; `height` is that of the
    table in pixels. The user data stream of the product (spot without one) is started unless `start_stream=False`.
    `.frame` is what the table shows as a DataFrame (schema `schemas.FILLS`, oldest first unless sorted otherwise),
    `.selected` the rows that were selected.
    Where the stream was away a band between the rows says from when to when (UTC) and how many fills were recovered;
    those rows are marked, and the bands count in no total.
    """

    _esm = bundle(
        "common.js",
        "light.js",
        "fill_slots.js",
        "fill_columns.js",
        "fill_store.js",
        "fill_choice.js",
        "fill_frame.js",
        "fills_table.js",
    )
    _css = bundle("common.css", "light.css", "fills_table.css")

    head = traitlets.Dict().tag(sync=True)
    """What seldom changes: where the client trades, the columns, the filter, the sorting, the height."""
    saved = traitlets.Dict().tag(sync=True)
    """The last rows, for a notebook that is opened without a kernel."""

    def __init__(
        self,
        client: Any,
        symbol: str = "",
        *,
        product: str = "",
        height: int = 320,
        start_stream: bool = True,
        **unknown: object,
    ) -> None:
        """Show the fills so far and follow the stream. Raises ValueError for a product that there is not."""
        super().__init__(client, **unknown)
        if product not in {"", *PRODUCTS}:
            raise ValueError(f"product is {' or '.join(map(repr, PRODUCTS))}, or empty for both, not {product!r}")
        self._product = product
        self._filter = Filter(symbol=symbol.strip().upper(), product=product)
        self._sort = ("", True)
        self._height = int(height)
        self._arrived: deque[ExecutionReport] = deque()
        # Reports are heard before the ledger is read: a fill in between is there twice and kept once.
        self._subscription = client.subscribe(self._report)
        self._rows = FillRows(client.fills(exact=True))
        self._view_number = 0
        self._positions: list[int] | None = None
        self._totals = Totals()
        self._selected: list[int] = []
        self._sent_count = -1
        self._batch = 0
        self._acknowledged = 0
        self._listening = False
        self._sorted_at = 0.0
        self._saved_at = 0.0
        self._told_totals: tuple[float, dict[str, Any]] = (0.0, {})
        self._health: dict[str, str] = {}
        self._gaps = GapMarks()
        self._gaps_read_at = float("-inf")
        self._marks_changed = True
        self._missed = 0
        self._were_connected = set(PRODUCTS)
        self._new_view()
        if start_stream:
            chosen = {"product": product} if product else {}
            client.submit("start_stream", **chosen).add_done_callback(self._stream_started)
        self.start()

    def __len__(self) -> int:
        """Return how many fills the table knows."""
        with self._lock:
            self._take_arrived()
            return len(self._rows)

    @property
    def frame(self) -> pd.DataFrame:
        """What the table shows now, filtered and sorted, as a DataFrame (schema `schemas.FILLS`)."""
        with self._lock:
            self._take_arrived()
            return self._rows.frame(self._positions)

    @property
    def selected(self) -> pd.DataFrame:
        """The rows that are selected in the page, as a DataFrame (schema `schemas.FILLS`); empty if none."""
        with self._lock:
            return self._rows.frame(list(self._selected))

    # From the stream

    def _report(self, report: ExecutionReport) -> None:
        """Note a fill; called on the client's callback thread, perhaps thousands of times a second."""
        if report.is_trade:
            self._arrived.append(report)

    def _stream_started(self, done: Any) -> None:
        with self.errors_shown():
            error = done.exception()
            if error is not None:
                self.alert = f"The stream of fills did not start. {type(error).__name__}: {error}"

    def _take_arrived(self) -> None:
        """Move what arrived into the rows and the view."""
        for _ in range(len(self._arrived)):
            self._add(row_of(self._arrived.popleft()))

    def _add(self, row: Row) -> None:
        """Keep a row, and count it if the view shows it."""
        if not self._rows.add(row):
            return
        self._marks_changed |= self._gaps.row_came(row[TIME], len(self._rows) - 1)
        if self._positions is None:
            self._totals.add(row)
        elif self._filter.keeps(row):
            self._positions.append(len(self._rows) - 1)
            self._totals.add(row)

    def _catch_up(self) -> None:
        """Complete the rows from the client's ledger if reports may have passed this table by.

        That is so when the subscription dropped some, and when the stream is back after having been away: the ledger
        may since have been completed with what nobody was told.
        """
        missed = getattr(self._subscription, "missed", 0)
        connected = {product for product in PRODUCTS if health_of(self.client, product).get("light") == "good"}
        came_back = connected - self._were_connected
        self._were_connected = connected
        if missed > self._missed or came_back:
            self._missed = missed
            for row in self._rows.unknown_in(self.client.fills(exact=True)):
                self._add(row)

    def _read_gaps(self) -> None:
        """Mark what gaps the client has recorded since."""
        if time.monotonic() - self._gaps_read_at >= GAPS_EVERY_S:
            self._gaps_read_at = time.monotonic()
            self._marks_changed |= self._gaps.learn(self.client.stream_gaps(), self._rows)

    # The view

    def _new_view(self) -> None:
        """Filter and sort afresh; whatever the page knew of positions is void."""
        self._view_number += 1
        name, descending = self._sort
        if self._filter.keeps_all and self._in_order:
            self._positions = None
        else:
            self._positions = self._rows.matching(self._filter)
            if not self._in_order:
                self._positions = self._rows.sorted_by(name, self._positions, descending=descending)
        self._sorted_at = time.monotonic()
        self._totals = self._rows.totals(self._positions)
        self._told_totals = (0.0, {})
        self._sent_count = -1
        self._show_head()

    @property
    def _in_order(self) -> bool:
        """Whether the rows stand in the order of their arrival, so that a gap has its place among them."""
        return self._sort in {("", True), ("transaction_time", True)}

    def _show_head(self) -> None:
        self.head = {
            "environment": self.client.environment,
            "money": MONEY.get(self.client.environment, ""),
            "fields": list(FIELDS),
            "height": self._height,
            "block": BLOCK_ROWS,
            "filter": {
                "symbol": self._filter.symbol,
                "product": self._filter.product,
                "side": self._filter.side,
                "order_id": self._filter.order_id,
                "text": self._filter.text,
            },
            "sort": {"name": self._sort[0] or "transaction_time", "descending": self._sort[1]},
            "symbols": self._rows.symbols,
            "products": self._rows.products,
            "only": self._product,
        }

    @property
    def _count(self) -> int:
        return len(self._rows) if self._positions is None else len(self._positions)

    def _texts(self, first: int, last: int) -> list[list[str]]:
        """Return the rows of the view from `first` up to `last`, oldest first, as text."""
        wanted = range(first, last) if self._positions is None else self._positions[first:last]
        return [to_text(row) for row in self._rows.at(wanted)]

    # The beat

    def _beat(self) -> None:
        with self._lock:
            self._take_arrived()
            self._catch_up()
            self._read_gaps()
            if self._closed or not self._may_send():
                return
            grown = self._count != self._sent_count
            if not self._in_order and grown and self._sent_count >= 0:
                if time.monotonic() - self._sorted_at < SORT_EVERY_S:
                    return
                self._new_view()
            if self.head["symbols"] != self._rows.symbols or self.head["products"] != self._rows.products:
                self._show_head()
            health = health_of(self.client, self._product)
            changed = grown or self._marks_changed or health != self._health
            if changed or self._sent_count < 0 or self._totals_are_due():
                self._health = health
                self._send_batch()
            self._save_some()

    def _may_send(self) -> bool:
        if not self._listening or not self.page_is_listening:
            # Whatever the page missed it gets when it speaks again.
            self._listening = False
            return False
        return self._batch - self._acknowledged < UNACKNOWLEDGED or self.kernel_is_busy

    def _totals_are_due(self) -> bool:
        at, told = self._told_totals
        return told.get("count") != self._totals.count and time.monotonic() - at > TOTALS_EVERY_S

    def _send_batch(self) -> None:
        """Send the newest rows that the page has not seen, and how many there are in all."""
        count = self._count
        seen = self._sent_count if self._sent_count >= 0 else count - BATCH_ROWS
        first = max(0, seen, count - BATCH_ROWS)
        at, told = self._told_totals
        if told.get("count") != self._totals.count and time.monotonic() - at > TOTALS_EVERY_S:
            told = self._totals.told()
            self._told_totals = (time.monotonic(), told)
        tell_marks = self._marks_changed or self._sent_count < 0
        self._batch += 1
        self._sent_count = count
        self._marks_changed = False
        marks = {"marks": self._marks()} if tell_marks else {}
        self.send(
            {
                **marks,
                "kind": "batch",
                "number": self._batch,
                "view": self._view_number,
                "count": count,
                "first": first,
                "rows": self._texts(first, count),
                "all": len(self._rows),
                "totals": told,
                "health": self._health,
            }
        )

    def _marks(self, first: int = 0) -> list[dict[str, Any]]:
        """Return the gap marks of the view from place `first` on."""
        return self._gaps.told(self._positions, first, self._filter.product) if self._in_order else []

    def _save_some(self) -> None:
        now = time.monotonic()
        if now - self._saved_at < SAVED_EVERY_S or self.saved.get("count") == self._count:
            return
        self._saved_at = now
        count = self._count
        first = max(0, count - SAVED_ROWS)
        self.saved = {"count": count, "rows": self._texts(first, count), "marks": self._marks(first)}

    def _static_html(self) -> str:
        with self._lock:
            self._take_arrived()
            positions = range(len(self._rows)) if self._positions is None else self._positions
            rows = self._rows.frame(positions[: -SAVED_ROWS - 1 : -1])
            count = self._count
        return f"<p>Fills on {self.client.environment}: {count:,}, the newest first</p>{rows.to_html(index=False)}"

    # From the page

    def _on_hello(self, _content: Mapping[str, Any]) -> None:
        with self._lock:
            self._listening = True
            self._acknowledged = self._batch
            self._sent_count = -1
            self._told_totals = (0.0, {})
            self._take_arrived()
            self._send_batch()

    def _on_bye(self, _content: Mapping[str, Any]) -> None:
        """Stop sending: no view shows the table any more."""
        self._listening = False

    def _on_ack(self, content: Mapping[str, Any]) -> None:
        with self._lock:
            self._acknowledged = max(self._acknowledged, int(content["number"]))
            if not self._listening:  # it was silent for long, and is back
                self._listening = True
                self._sent_count = -1

    def _on_block(self, content: Mapping[str, Any]) -> None:
        with self._lock:
            if content["view"] != self._view_number:
                return
            first = max(0, int(content["first"]))
            last = min(first + BLOCK_ROWS, self._count)
            self.send({"kind": "block", "view": self._view_number, "first": first, "rows": self._texts(first, last)})

    def _on_filter(self, content: Mapping[str, Any]) -> None:
        with self._lock:
            self._filter = Filter(
                symbol=str(content.get("symbol", "")).strip().upper(),
                product=self._product or str(content.get("product", "")),
                side=str(content.get("side", "")),
                order_id=str(content.get("order_id", "")).strip(),
                text=str(content.get("text", "")).strip(),
            )
            self._new_view()

    def _on_sort(self, content: Mapping[str, Any]) -> None:
        name = str(content["name"])
        if name not in SORTABLE:
            raise ValueError(f"there is no column {name!r}")
        with self._lock:
            self._sort = (name, bool(content["descending"]))
            self._new_view()

    def _on_select(self, content: Mapping[str, Any]) -> None:
        """Keep the selection as places in the ledger, so that a new sorting does not move it."""
        with self._lock:
            if content["view"] == self._view_number:
                self._selected = [
                    place if self._positions is None else self._positions[place]
                    for first, last in content["ranges"]
                    for place in range(max(0, int(first)), min(int(last) + 1, self._count))
                ]

    def _on_csv(self, _content: Mapping[str, Any]) -> None:
        """Hand the selection, or all that is shown, to the page as a file."""
        with self._lock:
            positions = self._selected or self._positions
            count = len(self._rows) if positions is None else len(positions)
            if count > CSV_ROWS:
                raise ValueError(f"{count:,} rows are too many for the page; use table.frame.to_csv('fills.csv')")
            frame = self._rows.frame(positions, exact=True)
        self.send({"kind": "csv", "text": frame.to_csv(index=False), "count": count})
