"""PositionsTable: the live table of USD-M futures positions, each to be closed where it stands."""

from __future__ import annotations

import concurrent.futures
import html
import time
from collections import deque
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from binance_nb.models.futures_events import ACCOUNT_UPDATE, AccountEvent, FuturesEvent
from binance_nb.widgets.armed import armed_told, confirm_click
from binance_nb.widgets.assets import bundle
from binance_nb.widgets.base import MAINNET, MONEY, now_ms
from binance_nb.widgets.keywords import refuse_unknown
from binance_nb.widgets.last_rows import table_html
from binance_nb.widgets.looking import LookingWidget
from binance_nb.widgets.position_rows import Closing, Key, Position, closing_of, position_of, position_told
from binance_nb.widgets.ticket_state import State, TicketState, stale_word
from binance_nb.widgets.ticket_words import may_exist, sentence

POSITIONS_EVERY_S = 10.0
"""How often the positions are asked for besides the stream (weight 5)."""
POSITIONS_AFTER_S = 0.5
"""How soon they are asked for again once the stream told of a change: it tells no liquidation price."""
MARK_EVERY_S, MARKS_EVERY_S = 1.0, 3.0
"""How often mark prices are asked for while a page looks: of one symbol (weight 1), of all of them (weight 10)."""
CONFIG_EVERY_S = 60.0
"""How often leverage and margin types are asked for besides the stream (weight 5)."""

USDM_NAME = "USD-M futures"

WORDS = {
    "symbol": "Symbol",
    "side": "Side",
    "position_amt": "Amount",
    "entry_price": "Entry",
    "mark_price": "Mark",
    "liquidation_price": "Liquidation",
    "unrealized_profit": "Profit",
    "leverage": "Leverage",
    "margin_type": "Margin",
}
"""What is told of each position where the table itself cannot be shown."""


class PositionsTable(LookingWidget):
    """A live table of the USD-M futures positions of a client, of one `symbol` or of all.

    Close shows the market order that closes a position, another click sends it, at most once; it can only reduce, so
    that it never opens a position on the other side. A click that waited behind a busy cell is refused. On mainnet
    positions are closed only with `allow_mainnet=True` and the symbol typed.
    """

    BACKGROUND: ClassVar = {"positions": "No positions", "config": "No leverage", "marks": "No mark prices"}
    _esm = bundle("common.js", "view.js", "armed.js", "positions_table.js")
    _css = bundle("common.css", "open_orders.css", "positions_table.css")

    def __init__(
        self,
        client: Any,
        symbol: str = "",
        *,
        start_stream: bool = True,
        allow_mainnet: bool = False,
        **unknown: object,
    ) -> None:
        """Show what is held now and follow the stream of futures."""
        refuse_unknown(type(self), unknown)
        super().__init__(client)
        self._symbol = symbol.strip().upper()
        self._is_mainnet = client.environment == MAINNET
        self._may_place = allow_mainnet or not self._is_mainnet
        self._positions: dict[Key, Position] = {}
        self._leverages: dict[str, str] = {}
        self._margin_types: dict[str, str] = {}
        self._heard_since: dict[Key, Position] = {}
        self._arrived: deque[FuturesEvent] = deque()
        self._closings: dict[Key, TicketState[Closing]] = {}
        self._said: dict[Key, dict[str, str]] = {}
        self._message = {"tone": "", "text": ""}
        self._subscription = client.subscribe_futures_events(self._arrived.append)
        if start_stream:
            client.submit("start_stream", product="usdm").add_done_callback(self._stream_started)
        self._show()
        self.start()

    def _show(self) -> None:
        with self._lock:
            for key in [key for key in self._said if key not in self._positions]:
                note = self._said.pop(key)
                if note["tone"] == "bad":
                    self._say("bad", f"{' '.join(key)}: {note['text']}")
            super()._show()

    def _told(self) -> dict[str, Any]:
        return {
            "environment": self.client.environment,
            "money": MONEY.get(self.client.environment, ""),
            "product": USDM_NAME,
            "symbol": self._symbol,
            "positions": [self._shown(key) for key in sorted(self._positions)],
            "total": self._total(),
            "message": dict(self._message),
            "notes": list(self._notes.values()),
        }

    def _static_html(self) -> str:
        with self._lock:
            rows = [[row[name] for name in WORDS] for row in map(self._shown, sorted(self._positions))]
        told = html.escape(f"{USDM_NAME} positions on {self.client.environment}: {len(rows)}")
        return f"<p>{told}</p>{table_html(list(WORDS.values()), rows) if rows else ''}"

    def _shown(self, key: Key) -> dict[str, Any]:
        position, ticket = self._positions[key], self._closings.get(key)
        closing = None if ticket is None else ticket.order
        texts = position.shown(self._leverages.get(position.symbol, ""))
        if not texts["margin_type"]:
            texts["margin_type"] = self._margin_types.get(position.symbol, "")
        return {
            **texts,
            "note": self._said.get(key, {"tone": "", "text": ""}),
            "armed": None
            if ticket is None or closing is None
            else armed_told(ticket, closing, button="Close it", must_type=self._must_type(closing)),
        }

    def _total(self) -> list[str]:
        """Return the unrealised profit of all positions, one text a margin asset."""
        sums: dict[str, Decimal] = {}
        for position in self._positions.values():
            sums[position.margin_asset] = sums.get(position.margin_asset, Decimal(0)) + position.profit
        return [f"{profit:+.2f} {asset}".rstrip() for asset, profit in sorted(sums.items())]

    def _must_type(self, closing: Closing) -> str:
        return closing.symbol if self._is_mainnet else ""

    def _say(self, tone: str, text: str) -> None:
        self._message = {"tone": tone, "text": text}
        self._changed = True

    def _note(self, key: Key, tone: str, text: str) -> None:
        self._said.pop(key, None)
        if text:
            self._said[key] = {"tone": tone, "text": text}
        self._changed = True

    # From the exchange

    def look(self) -> None:
        """Ask for what is due, as it does by itself while a page shows it."""
        now = time.monotonic()
        if self._is_due("positions", now, POSITIONS_EVERY_S):
            self._heard_since.clear()
            self._ask("positions", "get_futures_positions", self._take_positions, self._symbol or None, raw=True)
        if self._is_due("config", now, CONFIG_EVERY_S):
            self._ask("config", "get_futures_symbol_config", self._take_config, self._symbol or None, raw=True)
        symbols = sorted({symbol for symbol, _ in self._positions})
        if symbols and self._is_due("marks", now, MARK_EVERY_S if len(symbols) == 1 else MARKS_EVERY_S):
            one = symbols[0] if len(symbols) == 1 else None
            self._ask("marks", "get_futures_mark_price", self._take_marks, one, raw=True)

    def _take_positions(self, answer: Any) -> None:
        self._take_arrived()
        found = {position.key: position for position in map(position_of, answer)}
        # What the stream told while the answer was on its way is newer than the answer.
        self._keep({**found, **self._heard_since})

    def _keep(self, positions: Mapping[Key, Position]) -> None:
        self._positions = {key: position for key, position in positions.items() if position.amount}
        for key in [key for key in self._closings if key not in self._positions]:
            if self._closings[key].state is not State.SUBMITTING:
                del self._closings[key]
        self._changed = True

    def _take_config(self, answer: Any) -> None:
        for row in answer:
            self._leverages[row["symbol"]] = str(row["leverage"])
            self._margin_types[row["symbol"]] = str(row["marginType"])
        self._changed = True

    def _take_marks(self, answer: Any) -> None:
        rows = answer if isinstance(answer, list) else [answer]
        marks = {row["symbol"]: Decimal(row["markPrice"]) for row in rows}
        for key, position in self._positions.items():
            mark = marks.get(position.symbol)
            if mark:
                self._positions[key] = position.at_mark(mark)
                self._changed = True

    def _take_arrived(self) -> None:
        """Take what the stream told of positions and of leverage."""
        while self._arrived:
            event = self._arrived.popleft()
            for row in event.rows if isinstance(event, AccountEvent) else ():
                if "symbol" in row and self._symbol in {"", row["symbol"]}:
                    self._take_row(row, is_update=event.event_type == ACCOUNT_UPDATE)

    def _take_row(self, row: Mapping[str, Any], *, is_update: bool) -> None:
        symbol = str(row["symbol"])
        if "leverage" in row:
            self._leverages[symbol] = str(row["leverage"])
            self._make_due(["positions"])
        elif is_update:
            told = position_told(row)
            known = self._positions.get(told.key)
            position = told if known is None else known.told(row)
            self._heard_since[position.key] = position
            self._keep({**self._positions, position.key: position})
            self._due["positions"] = min(self._due["positions"], time.monotonic() + POSITIONS_AFTER_S)
        self._changed = True

    # From the page

    def _on_arm(self, content: Mapping[str, Any]) -> None:
        """Show the order that would close the position as it stands."""
        key = _key(content)
        with self._lock:
            position, ticket = self._positions.get(key), self._closings.get(key)
            if position is None or (ticket is not None and ticket.state is State.SUBMITTING):
                return
            stale = stale_word(float(content["at"]), now_ms(), "so nothing was done.")
            if not self._may_place:
                stale = "This client trades on mainnet, with real money: a position is closed only from "
                stale += "PositionsTable(client, allow_mainnet=True)."
            self._note(key, "bad", stale)
            if not stale:
                self._closings[key] = TicketState()
                self._closings[key].arm(closing_of(position), now_ms())
                self._say("", "")
            self._show()

    def _on_disarm(self, content: Mapping[str, Any]) -> None:
        key = _key(content)
        with self._lock:
            if key in self._closings and self._closings[key].disarm():
                del self._closings[key]
            self._note(key, "", "")
            self._show()

    def _on_confirm(self, content: Mapping[str, Any]) -> None:
        key = _key(content)
        with self._lock:
            ticket, position = self._closings.get(key), self._positions.get(key)
            if ticket is None or ticket.order is None or position is None:
                return
            if position.amount != ticket.order.amount and ticket.disarm():
                self._note(key, "bad", "The position changed meanwhile, so nothing was sent. Look at it again.")
                del self._closings[key]
                self._show()
                return
            verdict = confirm_click(ticket, content, must_type=self._must_type(ticket.order))
            if verdict.word:
                self._note(key, "bad", verdict.word)
            closing = verdict.order
            self._show()
        if closing is not None:
            self._place(key, ticket, closing)

    def _place(self, key: Key, ticket: TicketState[Closing], closing: Closing) -> None:
        """Send the order, once, and come back at once."""
        try:
            answer = self.client.submit("place_futures_order", closing.request)
        except Exception as error:
            self._ended(key, ticket, closing, State.REFUSED, f"Not sent: {sentence(error)}")
            raise
        answer.add_done_callback(lambda done: self._answered(key, ticket, closing, done))

    def _answered(
        self, key: Key, ticket: TicketState[Closing], closing: Closing, done: concurrent.futures.Future[Any]
    ) -> None:
        with self.errors_shown():
            error = done.exception()
            if error is None:
                row = done.result().iloc[-1]
                self._say("good", f"{closing.summary}: order {row['order_id']} is {row['order_status']}.")
                self._ended(key, ticket, closing, State.DONE, "")
            elif may_exist(error):
                text = f"{sentence(error)} It will not be sent again by itself."
                self._ended(key, ticket, closing, State.UNKNOWN, text)
            else:
                self._ended(key, ticket, closing, State.REFUSED, sentence(error))

    def _ended(self, key: Key, ticket: TicketState[Closing], closing: Closing, state: State, wrong: str) -> None:
        with self._lock:
            if ticket.settle(closing.new_client_order_id, state):
                self._closings.pop(key, None)
                self._note(key, "bad", wrong)
            # The stream tells of it too; asking makes sure, whatever became of it.
            self._make_due(["positions"])
            self._show()


def _key(content: Mapping[str, Any]) -> Key:
    return str(content["symbol"]), str(content["position_side"])
