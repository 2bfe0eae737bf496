"""OpenOrders: the live table of open orders, each to be cancelled, amended or replaced where it stands."""

from __future__ import annotations

import concurrent.futures
import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from binance_nb.errors import BinanceNBError, InvalidOrderError
from binance_nb.models.fills import SPOT
from binance_nb.verbs.given import Product, product_name
from binance_nb.widgets.armed import armed_told, confirm_click
from binance_nb.widgets.assets import bundle
from binance_nb.widgets.base import MAINNET, now_ms
from binance_nb.widgets.keywords import refuse_unknown
from binance_nb.widgets.order_changes import AMEND, BUTTONS, MODIFY, REPLACE, Change
from binance_nb.widgets.order_products import PRODUCTS, Key
from binance_nb.widgets.order_rows import OrderRows
from binance_nb.widgets.ticket_state import State, TicketState, stale_word
from binance_nb.widgets.ticket_words import may_exist, sentence

OUTCOMES = {AMEND: "Reduced.", REPLACE: "", MODIFY: "Modified."}
"""What is said in the row of an order that was changed."""


class OpenOrders(OrderRows):
    """A live table of the open orders of a client, of one `symbol` or of all: of spot, or of `product="usdm"`.

    One click cancels an order, or the list that it belongs to; "Cancel all" asks first. "Change" makes an order smaller
    where it stands, so that it keeps its place in the queue, or replaces it at another price: one click shows what will
    be sent, another sends it, at most once. A click that waited behind a busy cell is refused. On mainnet an order is
    replaced only with `allow_mainnet=True` and its symbol typed; cancelling and making smaller are always possible.
    Of futures, conditional orders stand in it too, and a LIMIT order gets another price or quantity under its number.
    """

    _esm = bundle("common.js", "view.js", "armed.js", "order_changes.js", "open_orders.js")
    _css = bundle("common.css", "open_orders.css")

    def __init__(
        self,
        client: Any,
        symbol: str = "",
        *,
        product: Product = SPOT,
        start_stream: bool = True,
        allow_mainnet: bool = False,
        **unknown: object,
    ) -> None:
        """Show what is open now and follow the stream."""
        refuse_unknown(type(self), unknown)
        chosen = PRODUCTS[product_name(product)]
        self._cancelling: set[Key] = set()
        self._changes: dict[Key, TicketState[Change]] = {}
        self._asking: set[Key] = set()
        self._rules: dict[str, Any] = {}
        super().__init__(client, symbol, chosen, start_stream=start_stream)
        self._is_mainnet = client.environment == MAINNET
        self._may_place = allow_mainnet or not self._is_mainnet
        self._show()
        self.start()

    def _shown(self, key: Key) -> dict[str, Any]:
        ticket = self._changes.get(key)
        change = None if ticket is None else ticket.order
        return {
            **super()._shown(key),
            "cancelling": key in self._cancelling,
            "asking": key in self._asking,
            "change": None
            if ticket is None or change is None
            else {
                "kind": change.kind,
                **armed_told(ticket, change, button=BUTTONS[change.kind], must_type=self._must_type(change)),
            },
        }

    def _must_type(self, change: Change) -> str:
        return change.symbol if self._is_mainnet and change.places_an_order else ""

    def _is_stale(self, content: Mapping[str, Any]) -> bool:
        word = stale_word(float(content["at"]), now_ms(), "so nothing was changed.")
        if word:
            self._say("bad", word)
            self._show()
        return bool(word)

    # Cancelling

    def _on_cancel(self, content: Mapping[str, Any]) -> None:
        """Cancel one order; a second click on it while the answer is on its way does nothing."""
        key = _key(content)
        with self._lock:
            if key not in self._orders or self._is_busy(key) or self._is_stale(content):
                return
            self._cancelling.add(key)
            self._note(key, "", "")
            self._say("", "")
            self._show()
        self._cancel(key)

    def _cancel(self, key: Key) -> None:
        verb, arguments, keywords = self._product.cancelling(key)
        done = self.client.submit(verb, *arguments, **keywords)
        done.add_done_callback(lambda answer: self._cancelled([key], f"order {key[1]}", answer))

    def _on_cancel_list(self, content: Mapping[str, Any]) -> None:
        """Cancel a whole order list, by the click of any page."""
        symbol, list_id = str(content["symbol"]), str(content["order_list_id"])
        with self._lock:
            keys = self._of_list(list_id)
            if not keys or any(self._is_busy(key) for key in keys) or self._is_stale(content):
                return
            self._cancelling.update(keys)
            self._say("", "")
            self._show()
        self._cancel_list(symbol, list_id, keys)

    def _cancel_list(self, symbol: str, list_id: str, keys: list[Key]) -> None:
        done = self.client.submit("cancel_order_list", symbol, int(list_id))
        done.add_done_callback(lambda answer: self._cancelled(keys, f"list {list_id}", answer))

    def _on_cancel_all(self, content: Mapping[str, Any]) -> None:
        """Cancel every order that the page showed when it was asked; a list is cancelled once, and as a whole."""
        wanted = {(str(symbol), str(order_id)) for symbol, order_id in content["orders"]}
        with self._lock:
            keys = [key for key in self._orders if key in wanted and not self._is_busy(key)]
            if not keys or self._is_stale(content):
                return
            lists = {self._orders[key]["order_list_id"]: key[0] for key in keys} | {"": ""}
            del lists[""]
            mates = {list_id: self._of_list(list_id) for list_id in lists}
            single = [key for key in keys if not self._orders[key]["order_list_id"]]
            self._cancelling.update(single, *mates.values())
            self._say("wait", f"Cancelling {len(keys)} …")
            self._show()
        for key in single:
            self._cancel(key)
        for list_id, symbol in lists.items():
            self._cancel_list(symbol, list_id, mates[list_id])

    def _cancelled(self, keys: list[Key], what: str, done: concurrent.futures.Future[Any]) -> None:
        with self.errors_shown(), self._lock:
            error = done.exception()
            self._cancelling.difference_update(keys)
            if error is not None:
                for key in keys:
                    self._note(key, "bad", f"Not cancelled: {sentence(error)}")
                self._refresh_at = 0.0
            else:
                for key in keys:
                    self._orders.pop(key, None)
                    self._heard_since[key] = None
                self._say("good", f"Cancelled {what}.")
            self._show()

    # Changing

    def _is_busy(self, key: Key) -> bool:
        """Whether something about this order is on its way."""
        ticket = self._changes.get(key)
        return key in self._cancelling or (ticket is not None and ticket.state is State.SUBMITTING)

    def _on_arm_change(self, content: Mapping[str, Any]) -> None:
        """Ask the exchange how the order stands, and show what would make it what was typed."""
        key = _key(content)
        texts = {str(name): str(text) for name, text in content["texts"].items()}
        with self._lock:
            if key not in self._orders or self._is_busy(key) or key in self._asking or self._is_stale(content):
                return
            self._asking.add(key)
            self._changes.pop(key, None)
            self._note(key, "", "")
            self._show()
        if key[0] in self._rules:
            self._ask_order(key, texts)
        else:
            asked = self.client.submit(self._product.info_verb, key[0], raw=True)
            asked.add_done_callback(lambda done: self._take_rules(key, texts, done))

    def _take_rules(self, key: Key, texts: Mapping[str, str], done: concurrent.futures.Future[Any]) -> None:
        with self._answering(key):
            self._rules |= {info["symbol"]: self._product.rules(info) for info in done.result()["symbols"]}
            self._ask_order(key, texts)

    def _ask_order(self, key: Key, texts: Mapping[str, str]) -> None:
        asked = self.client.submit(self._product.status_verb, key[0], int(key[1]), raw=True)
        asked.add_done_callback(lambda done: self._arm(key, texts, done))

    def _arm(self, key: Key, texts: Mapping[str, str], done: concurrent.futures.Future[Any]) -> None:
        with self._answering(key), self._lock:
            change = self._product.change(done.result(), texts, self._rules[key[0]])
            if change.places_an_order and not self._may_place:
                raise InvalidOrderError(
                    "this client trades on mainnet, with real money: an order is replaced only from "
                    "OpenOrders(client, allow_mainnet=True)"
                )
            ticket: TicketState[Change] = TicketState()
            ticket.arm(change, now_ms())
            self._changes[key] = ticket
            self._asking.discard(key)
            self._show()

    @contextlib.contextmanager
    def _answering(self, key: Key) -> Iterator[None]:
        """Show in the order's row why the change that was asked for cannot be made."""
        with self.errors_shown():
            try:
                yield
            except Exception as error:
                with self._lock:
                    self._asking.discard(key)
                    self._note(key, "bad", sentence(error))
                    self._show()
                if not isinstance(error, BinanceNBError):
                    raise

    def _on_disarm_change(self, content: Mapping[str, Any]) -> None:
        key = _key(content)
        with self._lock:
            if key in self._changes and self._changes[key].disarm():
                del self._changes[key]
            self._note(key, "", "")
            self._show()

    def _on_confirm_change(self, content: Mapping[str, Any]) -> None:
        key = _key(content)
        with self._lock:
            ticket, row = self._changes.get(key), self._orders.get(key)
            if ticket is None or ticket.order is None or row is None or key in self._cancelling:
                return
            if row["cumulative_filled_qty"] != ticket.order.filled and ticket.disarm():
                self._note(key, "bad", "It was filled further meanwhile, so nothing was sent. Look at it again.")
                self._show()
                return
            verdict = confirm_click(ticket, content, must_type=self._must_type(ticket.order))
            if verdict.word:
                self._note(key, "bad", verdict.word)
            change = verdict.order
            self._show()
        if change is not None:
            self._send_change(key, ticket, change)

    def _send_change(self, key: Key, ticket: TicketState[Change], change: Change) -> None:
        """Send the change, once, and come back at once."""
        try:
            answer = self.client.submit(change.verb, *change.arguments, **change.keywords)
        except Exception as error:
            self._change_ended(key, ticket, change, State.REFUSED, "bad", f"Not sent: {sentence(error)}")
            raise
        answer.add_done_callback(lambda done: self._change_answered(key, ticket, change, done))

    def _change_answered(
        self, key: Key, ticket: TicketState[Change], change: Change, done: concurrent.futures.Future[Any]
    ) -> None:
        with self.errors_shown():
            error = done.exception()
            if error is None:
                row = done.result().iloc[-1]
                if change.kind == REPLACE:
                    self._say("good", f"Replaced order {key[1]} by order {row['order_id']}.")
                self._change_ended(key, ticket, change, State.DONE, "good", OUTCOMES[change.kind])
            elif may_exist(error):
                text = f"{sentence(error)} It will not be sent again by itself."
                self._change_ended(key, ticket, change, State.UNKNOWN, "bad", text)
            else:
                self._change_ended(key, ticket, change, State.REFUSED, "bad", sentence(error))

    def _change_ended(
        self, key: Key, ticket: TicketState[Change], change: Change, state: State, tone: str, text: str
    ) -> None:
        with self._lock:
            if ticket.settle(change.new_client_order_id, state):
                self._changes.pop(key, None)
                self._note(key, tone, text)
            # The stream tells of it too; asking makes sure, whatever became of the change.
            self._refresh_at = 0.0
            self._show()


def _key(content: Mapping[str, Any]) -> Key:
    return str(content["symbol"]), str(content["order_id"])
