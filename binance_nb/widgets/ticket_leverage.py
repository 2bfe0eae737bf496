"""The leverage on a futures ticket: shown, and changed by one click that arms and another that sends."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from binance_nb.errors import InvalidOrderError
from binance_nb.models.futures_events import AccountEvent, FuturesEvent
from binance_nb.widgets.armed import armed_told, confirm_click
from binance_nb.widgets.base import now_ms
from binance_nb.widgets.ticket_futures import LeverageChange, leverage_typed
from binance_nb.widgets.ticket_market import TicketMarket
from binance_nb.widgets.ticket_products import TicketProduct
from binance_nb.widgets.ticket_state import State, TicketState
from binance_nb.widgets.ticket_words import sentence


class TicketLeverage(TicketMarket):
    """The part of a ticket that shows and changes the leverage of its symbol; on spot there is none."""

    def __init__(self, client: Any, symbol: str, product: TicketProduct, *, locked: bool) -> None:
        """Begin with the leverage not known."""
        super().__init__(client, symbol, product, locked=locked)
        self._leverage: TicketState[LeverageChange] = TicketState()
        self._leverage_word = {"tone": "", "text": ""}

    def _forget_the_symbol(self) -> None:
        super()._forget_the_symbol()
        self._leverage.disarm()
        self._leverage_word = {"tone": "", "text": ""}

    def _leverage_view(self) -> dict[str, Any] | None:
        """Return what the page shows of it; None where there is no leverage."""
        if not self._product.has_leverage:
            return None
        change = self._leverage.order if self._leverage.state in {State.ARMED, State.SUBMITTING} else None
        return {
            "now": "" if self._touch.leverage is None else str(self._touch.leverage),
            "mode": {None: "", True: "hedge mode", False: "one-way mode"}[self._touch.is_hedged],
            "note": dict(self._leverage_word),
            "armed": None
            if change is None
            else armed_told(
                self._leverage,
                change,
                button="Change it",
                must_type=change.symbol if self._is_mainnet else "",
            ),
        }

    def _say_of_leverage(self, tone: str, text: str) -> None:
        self._leverage_word = {"tone": tone, "text": text}

    def _hear(self, event: FuturesEvent) -> None:
        """Take what the stream tells of leverage and positions; called on the client's callback thread."""
        if not isinstance(event, AccountEvent):
            return
        with self._lock:
            for row in event.rows:
                if "leverage" in row and row.get("symbol") == self._form.symbol:
                    self._touch = replace(self._touch, leverage=int(row["leverage"]))
                    self._make_due(["settings"])
            self._make_due(["balances"])

    # What the person does

    def _on_arm_leverage(self, content: Mapping[str, Any]) -> None:
        with self._lock:
            if self._locked or self._leverage.state is State.SUBMITTING:
                return
            try:
                wanted = leverage_typed(str(content["text"]))
                if wanted == self._touch.leverage:
                    raise InvalidOrderError(f"the leverage of {self._form.symbol} is {wanted}× already")
            except InvalidOrderError as mistake:
                self._say_of_leverage("bad", sentence(mistake))
            else:
                self._leverage.arm(LeverageChange(self._form.symbol, wanted, self._touch.leverage), now_ms())
                self._say_of_leverage("", "")
            self._show()

    def _on_disarm_leverage(self, _content: Mapping[str, Any]) -> None:
        with self._lock:
            self._leverage.disarm()
            self._say_of_leverage("", "")
            self._show()

    def _on_confirm_leverage(self, content: Mapping[str, Any]) -> None:
        with self._lock:
            if self._locked:
                return
            must_type = self._form.symbol if self._is_mainnet else ""
            verdict = confirm_click(self._leverage, content, must_type=must_type)
            if verdict.word:
                self._say_of_leverage("bad", verdict.word)
            change = verdict.order
            self._show()
        if change is None:
            return
        try:
            answer = self.client.submit("set_futures_leverage", change.symbol, change.leverage)
        except Exception as error:
            self._leverage_ended(change, State.REFUSED, "bad", f"Not sent: {sentence(error)}")
            raise
        answer.add_done_callback(lambda done: self._leverage_answered(change, done))

    def _leverage_answered(self, change: LeverageChange, done: concurrent.futures.Future[Any]) -> None:
        with self.errors_shown():
            error = done.exception()
            if error is not None:
                self._leverage_ended(change, State.REFUSED, "bad", f"Not changed: {sentence(error)}")
                return
            with self._lock:
                if change.symbol == self._form.symbol:
                    self._touch = replace(self._touch, leverage=int(done.result()["leverage"].iloc[0]))
            self._leverage_ended(change, State.DONE, "good", f"The leverage is {change.leverage}×.")

    def _leverage_ended(self, change: LeverageChange, state: State, tone: str, text: str) -> None:
        with self._lock:
            self._leverage.settle(change.new_client_order_id, state)
            self._say_of_leverage(tone, text)
            # Whatever became of it, the exchange is asked what holds.
            self._make_due(["settings", "balances"])
            self._show()
