"""What is known of reports and fills: each report and each trade once, numbered in order of arrival."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import msgspec
import pandas as pd

from binance_nb import frames, schemas
from binance_nb.models.events import ExecutionReport, order_name, report_row
from binance_nb.models.fills import SOURCE_RECOVERED, SPOT, fill_number, is_trade, product_of
from binance_nb.stream.fill_columns import FillColumns

OPEN_STATES = frozenset({"NEW", "PENDING_NEW", "PARTIALLY_FILLED", "PENDING_CANCEL"})
"""Order states after which more can happen (enums.md, "Order status")."""

NOTHING = Decimal(0)

Event = Mapping[str, Any]


@dataclass(slots=True)
class Watch:
    """A symbol whose trades are completed after a gap: from `verified_id` on if known, else from `since_ms` on.

    Up to `verified_id` the exchange's own list of trades has been read. What the stream told later is not counted in,
    since an event may have been missed before one that was heard.
    """

    symbol: str
    since_ms: int
    verified_id: int | None = None
    product: str = SPOT


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without the stream, and what was completed from REST afterwards. Times in epoch milliseconds."""

    start_ms: int
    end_ms: int
    symbols: tuple[str, ...]
    reports: int
    fills: int
    is_complete: bool
    reason: str
    product: str = SPOT


class Ledger:
    """Reports and fills of all products in memory. Every method may be called from any thread.

    A symbol and an order id mean one order of one product: where a method takes a `product`, it is spot by default.
    An exchange that forgets everything, as the spot testnet does about once a month, gives its ids anew: `begin_anew`
    says so. What was told before stays, under another era.
    """

    durable = False
    """Whether `commit` has to be called before anybody is told."""

    def __init__(self) -> None:
        """Start empty."""
        self.lacks_a_fill = False
        """Whether the report added last counts more of its order as filled than was told of before it."""
        self._lock = threading.RLock()
        self._log: list[bytes] = []  # the text that came is a quarter of the size of the objects it stands for
        self._places: dict[tuple[Any, ...], int] = {}
        self._made_up: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        self._orders: dict[tuple[str, str, int], _Latest] = {}
        self._open: set[tuple[str, str, int]] = set()
        self._names: dict[tuple[str, str, str], int] = {}
        self._fills = FillColumns()
        self._watches: dict[tuple[str, str], Watch] = {}
        self._gaps: list[Gap] = []
        self._era_starts: dict[str, list[int]] = {}
        """Of each product, after which reports it has begun anew."""

    def add_report(self, event: Event) -> int:
        """Keep an `executionReport` event, and the fill in it; return its number, from 1 on, or 0 if it was known.

        A report that was made up from REST gives way to the real one when that comes after all; its number stays.
        """
        product, is_fill = product_of(event), is_trade(event)
        key = _report_key(event, product, is_fill=is_fill)
        with self._lock:
            text = msgspec.json.encode(event)
            place = self._places.get(key)
            if place is None and self._made_up and "source" not in event:
                made_up = self._made_up.pop(_likeness(event, product), None)
                if made_up is not None:
                    place = self._places.pop(made_up)
                    self._places[key] = place
                    self._replace(place, event, text)
                    return 0
            if place is not None:
                if "source" not in event and _decoded(self._log[place]).get("source"):
                    self._replace(place, event, text)
                return 0
            if is_fill:
                self._fills.add_report(event)
            self._append(key, event, text, product, is_fill=is_fill)
            number = len(self._log)
            if self.durable:
                self._journal_report(number, event, text)
            return number

    def _append(self, key: tuple[Any, ...], event: Event, text: bytes, product: str, *, is_fill: bool) -> None:
        self._places[key] = len(self._log)
        if not is_fill and "source" in event:
            self._made_up[_likeness(event, product)] = key
        self._log.append(text)
        self._note_order(event, text, product, is_fill=is_fill)

    def _load_report(self, text: bytes) -> None:
        """Take a report as it was written down; its fill is loaded for itself."""
        event = _decoded(text)
        product, is_fill = product_of(event), is_trade(event)
        self._append(_report_key(event, product, is_fill=is_fill), event, text, product, is_fill=is_fill)

    def _replace(self, place: int, event: Event, text: bytes) -> None:
        self._log[place] = text
        is_fill = is_trade(event)
        self._note_order(event, text, product_of(event), is_fill=is_fill)
        if is_fill:
            self._fills.add_report(event)
        self._journal_report(place + 1, event, text)

    def _note_order(self, event: Event, text: bytes, product: str, *, is_fill: bool) -> None:
        symbol, order_id, status, told = event["s"], event["i"], event["X"], event["z"]
        order = (product, symbol, order_id)
        name = order_name(event)
        held = self._orders.get(order)
        if held is None:
            before, filled = NOTHING, Decimal(told)
        else:
            before = held.filled
            filled = before if told == held.told_filled else Decimal(told)
        # A first fill, which is all that is filled of its order, has nothing before it.
        self.lacks_a_fill = is_fill and told != event["l"] and filled > before + Decimal(event["l"])
        if held is None or held.name != name:
            self._names[product, symbol, name] = order_id
        if held is not None and not _is_newer(event, filled, held):
            return
        self._orders[order] = _Latest(text, told, filled, status, event["I"], event["T"], name)
        if status not in OPEN_STATES:
            self._open.discard(order)
        elif held is None or held.status not in OPEN_STATES:
            self._open.add(order)

    def latest_report(self, symbol: str, client_order_id: str, *, product: str = SPOT) -> Event | None:
        """Return the last report of an order, by the client order id that it was placed under."""
        with self._lock:
            order_id = self._names.get((product, symbol, client_order_id))
            return None if order_id is None else self.order_report(symbol, order_id, product=product)

    def order_report(self, symbol: str, order_id: int, *, product: str = SPOT) -> Event | None:
        """Return the last report of an order, by the exchange's number for it."""
        with self._lock:
            held = self._orders.get((product, symbol, order_id))
        return None if held is None else _decoded(held.text)

    def find_order(
        self, order_id: int | None, client_order_id: str | None, *, product: str | None = None
    ) -> Event | None:
        """Return the last report of an order known by one of its ids, whatever its symbol, and product if not given."""
        with self._lock:
            if order_id is None:
                found = [(*key[:2], number) for key, number in self._names.items() if key[2] == client_order_id]
            else:
                found = [key for key in self._orders if key[2] == order_id]
        found = [key for key in found if product in {None, key[0]}]
        return self.order_report(found[-1][1], found[-1][2], product=found[-1][0]) if found else None

    def open_orders(self, *, product: str = SPOT) -> list[Event]:
        """Return the last report of each order that is open as far as is known."""
        with self._lock:
            return [_decoded(self._orders[order].text) for order in self._open if order[0] == product]

    def has_trade_report(self, symbol: str, trade_id: int, side: str, *, product: str = SPOT) -> bool:
        """Return whether a report of that trade, of our order on that side, is kept."""
        with self._lock:
            return (product, symbol, "TRADE", fill_number(trade_id, side)) in self._places

    def has_fill(self, symbol: str, trade_id: int, side: str, *, product: str = SPOT) -> bool:
        """Return whether that trade of our order on that side is known from anywhere."""
        with self._lock:
            return self._fills.has(product, symbol, trade_id, side)

    def fill_time_ms(self, symbol: str, trade_id: int, *, product: str = SPOT) -> int | None:
        """Return when a trade happened, in epoch milliseconds; None if it is not known."""
        with self._lock:
            for side in ("BUY", "SELL"):
                if self._fills.has(product, symbol, trade_id, side):
                    time_ms: int | None = self._fills.row(product, symbol, trade_id, side).get("transaction_time")
                    return time_ms
            return None

    def add_fill(self, fill: dict[str, Any]) -> bool:
        """Keep a fill (see binance_nb.models.fills). Return False if its trade was known already."""
        with self._lock:
            is_new = self._fills.add(fill)
            self._journal_fill(fill["product"], fill["symbol"], fill["trade_id"], fill.get("side"))
            return is_new

    def add_answer(self, order: Mapping[str, Any]) -> None:
        """Keep the fills in the answer to a new spot order, if it tells any."""
        with self._lock:
            self._fills.add_answer(order)
            self._journal_answer(order)

    def begin_anew(self, *, product: str = SPOT) -> None:
        """Take what comes of a product from now on for another history: the exchange has forgotten the one so far.

        Reports and fills stay as they are; ids that come again are new ones, and no order of before is open any more.
        """
        with self._lock:
            self._forget(product)
            self._fills.begin_anew(product)
            for held in self._watches.values():
                if held.product == product:
                    held.verified_id = None
                    self._journal_watch(held)
            self._journal_era(product)

    def era_of(self, number: int, *, product: str = SPOT) -> int:
        """Return how often a product had begun anew before the report of that number."""
        return bisect_left(self._era_starts.get(product, ()), number)

    def _forget(self, product: str) -> None:
        self._era_starts.setdefault(product, []).append(self.last_number)
        self._places = {key: place for key, place in self._places.items() if key[0] != product}
        self._made_up = {likeness: key for likeness, key in self._made_up.items() if key[0] != product}
        self._orders = {order: held for order, held in self._orders.items() if order[0] != product}
        self._open = {order for order in self._open if order[0] != product}
        self._names = {name: number for name, number in self._names.items() if name[0] != product}

    # What is completed after a gap

    def watch(self, symbol: str, since_ms: int, verified_id: int | None = None, *, product: str = SPOT) -> None:
        """Complete the trades of `symbol` after gaps, from `since_ms` (exchange's clock) or a trade id on."""
        known = self._watches.get((product, symbol))
        if known is not None and since_ms >= known.since_ms:
            return  # as it is for every report but a symbol's first
        with self._lock:
            held = self._watches.get((product, symbol))
            if held is None:
                held = self._watches[product, symbol] = Watch(symbol, since_ms, verified_id, product)
            elif since_ms < held.since_ms and held.verified_id is None:
                held.since_ms = since_ms
            else:  # a later id to begin at would forget what lies before it
                return
            self._journal_watch(held)

    def verify(self, symbol: str, trade_id: int, *, product: str = SPOT) -> None:
        """Note that the exchange's list of trades of a watched symbol has been read up to `trade_id`."""
        with self._lock:
            held = self._watches[product, symbol]
            held.verified_id = trade_id
            self._journal_watch(held)

    def watches(self, *, product: str | None = SPOT) -> list[Watch]:
        """Return what is watched, of one product or (None) of all."""
        with self._lock:
            return [replace(held) for held in self._watches.values() if product in {None, held.product}]

    def add_gap(self, gap: Gap) -> None:
        """Keep the record of a gap."""
        with self._lock:
            self._gaps.append(gap)
            self._journal_gap(gap)

    @property
    def gaps(self) -> list[Gap]:
        """The gaps so far, oldest first."""
        with self._lock:
            return list(self._gaps)

    def heard_until_ms(self, *, product: str = SPOT) -> int | None:
        """Return when a stream that wrote here was last known alive; None if that is not kept."""
        return None

    def note_alive(self, now_ms: int, *, product: str = SPOT) -> None:
        """Note that the stream is alive at `now_ms`, for whoever opens this ledger next."""

    def commit(self) -> None:
        """Return once all that was added is safe."""

    def close(self) -> None:
        """Let go of what the ledger holds open; what it knows can still be read."""

    # What a durable ledger writes down; memory writes nothing

    def _journal_report(self, number: int, event: Event, text: bytes) -> None:
        pass

    def _journal_fill(self, product: str, symbol: str, trade_id: int, side: str | None) -> None:
        pass

    def _journal_answer(self, order: Mapping[str, Any]) -> None:
        pass

    def _journal_watch(self, watch: Watch) -> None:
        pass

    def _journal_gap(self, gap: Gap) -> None:
        pass

    def _journal_era(self, product: str) -> None:
        pass

    # Reading

    @property
    def last_number(self) -> int:
        """The number of the newest report; 0 before the first."""
        return len(self._log)

    def reports(
        self, symbol: str | None = None, order_id: int | None = None, *, product: str | None = None
    ) -> list[Event]:
        """Return the events kept so far, oldest first."""
        with self._lock:
            held = list(self._log)
        return [
            event
            for event in map(_decoded, held)
            if (symbol is None or event["s"] == symbol)
            and (order_id is None or event["i"] == order_id)
            and (product is None or product_of(event) == product)
        ]

    def replay_since(self, number: int) -> list[ExecutionReport]:
        """Return the reports that came after the one with that number, oldest first."""
        with self._lock:
            held = self._log[max(0, number) :]
        first = max(0, number) + 1
        events = enumerate(map(_decoded, held), first)
        return [
            ExecutionReport.from_event(event, place, self.era_of(place, product=product_of(event)))
            for place, event in events
        ]

    def reports_frame(
        self,
        symbol: str | None = None,
        order_id: int | None = None,
        *,
        product: str | None = None,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Return the reports as a frame of the REPORTS schema."""
        rows = []
        for event in self.reports(symbol, order_id, product=product):
            row = report_row(event)
            row.pop("event_type", None)
            row["product"] = product_of(event)
            rows.append(row)
        return frames.build(rows, schemas.REPORTS, exact=exact)

    def fills_frame(
        self,
        symbol: str | None = None,
        order_id: int | None = None,
        *,
        product: str | None = None,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Return the fills as a frame of the FILLS schema, in the exchange's order within a symbol."""
        with self._lock:
            copy = self._fills.copy()
        return copy.frame(symbol, order_id, product=product, exact=exact)

    def gaps_frame(self) -> pd.DataFrame:
        """Return the gaps as a frame of the GAPS schema."""
        rows: Iterable[dict[str, Any]] = (
            {
                "gap_start": gap.start_ms,
                "gap_end": gap.end_ms,
                "symbols": ",".join(gap.symbols),
                "reports": gap.reports,
                "fills": gap.fills,
                "is_complete": gap.is_complete,
                "reason": gap.reason,
                "product": gap.product,
            }
            for gap in self.gaps
        )
        return frames.build(rows, schemas.GAPS)


def _decoded(text: bytes) -> dict[str, Any]:
    held: dict[str, Any] = msgspec.json.decode(text)
    return held


def _report_key(event: Event, product: str, *, is_fill: bool) -> tuple[Any, ...]:
    if is_fill and event["t"] >= 0:
        return (product, event["s"], "TRADE", fill_number(event["t"], event["S"]))
    # Execution ids count up within a symbol; the order and the type keep a report apart if one should ever repeat. One
    # that was made up has no such id, nor have those of futures: state and time stand in.
    where = (event["X"], event["T"]) if event["I"] < 0 or event.get("source") == SOURCE_RECOVERED else ()
    return (product, event["s"], event["i"], event["I"], event["x"], *where)


def _likeness(event: Event, product: str) -> tuple[Any, ...]:
    """What a made-up report of a change of state has in common with the real one."""
    return (product, event["s"], event["i"], event["x"], event["X"])


class _Latest(msgspec.Struct, frozen=True):
    """The last report of an order: its text, and what tells whether another one is newer."""

    text: bytes
    told_filled: str
    filled: Decimal
    status: str
    execution_id: int
    time_ms: int
    name: str


def _is_newer(event: Event, filled: Decimal, held: _Latest) -> bool:
    if filled != held.filled:
        return filled > held.filled
    if (event["X"] in OPEN_STATES) != (held.status in OPEN_STATES):
        return event["X"] not in OPEN_STATES
    if event["I"] >= 0 and held.execution_id >= 0:
        return bool(event["I"] >= held.execution_id)
    return bool(event["T"] >= held.time_ms)
