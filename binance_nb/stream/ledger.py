"""What is known of reports and fills: each report and each trade once, in order of arrival."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import pandas as pd

from binance_nb import frames
from binance_nb.models.events import order_name, report_row
from binance_nb.models.fills import SOURCE_STREAM, fill_from_report


class Ledger:
    """Reports and fills in memory. Every method may be called from any thread."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._reports: dict[tuple[str, int, int, str], Mapping[str, Any]] = {}
        self._latest: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._fills: dict[tuple[str, str, int], dict[str, Any]] = {}

    def add_report(self, event: Mapping[str, Any]) -> bool:
        """Keep an `executionReport` event, and the fill in it. Return False if it was known already."""
        # Execution ids count up within a symbol; the order and the type keep a report apart if one should ever repeat.
        key = (event["s"], event["i"], event["I"], event["x"])
        with self._lock:
            if key in self._reports:
                return False
            self._reports[key] = event
            self._latest[event["s"], order_name(event)] = event
            if event["x"] == "TRADE":
                self._add_fill(fill_from_report(event))
            return True

    def latest_report(self, symbol: str, client_order_id: str) -> Mapping[str, Any] | None:
        """Return the last report heard of an order, by the client order id that it was placed under."""
        with self._lock:
            return self._latest.get((symbol, client_order_id))

    def add_fill(self, fill: dict[str, Any]) -> bool:
        """Keep a fill (see binance_nb.models.fills). Return False if its trade was known already."""
        with self._lock:
            return self._add_fill(fill)

    def _add_fill(self, fill: dict[str, Any]) -> bool:
        key = (fill["product"], fill["symbol"], fill["trade_id"])
        known = self._fills.get(key)
        if known is None:
            self._fills[key] = fill
            return True
        for name, value in fill.items():
            # The stream tells most; whoever comes later only completes what an earlier source left out.
            if value is not None and (known.get(name) is None or fill["source"] == SOURCE_STREAM):
                known[name] = value
        return False

    def reports(self, symbol: str | None = None, order_id: int | None = None) -> list[Mapping[str, Any]]:
        """Return the events kept so far, oldest first."""
        with self._lock:
            held = list(self._reports.values())
        return [
            event
            for event in held
            if (symbol is None or event["s"] == symbol) and (order_id is None or event["i"] == order_id)
        ]

    def reports_frame(
        self, symbol: str | None = None, order_id: int | None = None, *, exact: bool = False
    ) -> pd.DataFrame:
        """Return the reports as a frame of the REPORTS schema."""
        rows = []
        for event in self.reports(symbol, order_id):
            row = report_row(event)
            row.pop("event_type", None)
            rows.append(row)
        return frames.build(rows, frames.REPORTS, exact=exact)

    def fills_frame(
        self, symbol: str | None = None, order_id: int | None = None, *, exact: bool = False
    ) -> pd.DataFrame:
        """Return the fills as a frame of the FILLS schema, in the exchange's order within a symbol."""
        with self._lock:
            held = [dict(fill) for fill in self._fills.values()]
        chosen = [
            fill
            for fill in held
            if (symbol is None or fill["symbol"] == symbol) and (order_id is None or fill["order_id"] == order_id)
        ]
        chosen.sort(key=lambda fill: (fill.get("transaction_time") or 0, fill["symbol"], fill["trade_id"]))
        for fill in chosen:
            if fill.get("last_quote_qty") is None:
                fill["last_quote_qty"] = quote_quantity(fill)
        return frames.build(chosen, frames.FILLS, exact=exact)


def quote_quantity(fill: Mapping[str, Any]) -> Any:
    """Return price times quantity exactly, for a source that does not tell it."""
    from decimal import Decimal

    return Decimal(fill["last_executed_price"]) * Decimal(fill["last_executed_qty"])
