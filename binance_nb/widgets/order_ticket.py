"""OrderTicket: the form with which a person places an order, and sees what became of it."""

from __future__ import annotations

import concurrent.futures
import contextlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import traitlets

from binance_nb.errors import InvalidOrderError
from binance_nb.models.decimals import plain
from binance_nb.models.enums import OrderSide
from binance_nb.models.events import ExecutionReport
from binance_nb.models.fills import SPOT
from binance_nb.models.futures_events import AlgoUpdate, FuturesEvent
from binance_nb.verbs.given import Product, product_name
from binance_nb.widgets.armed import confirm_click
from binance_nb.widgets.assets import bundle
from binance_nb.widgets.base import MAINNET, MONEY, now_ms
from binance_nb.widgets.keywords import refuse_unknown
from binance_nb.widgets.ticket_fields import NUMBERS
from binance_nb.widgets.ticket_leverage import TicketLeverage
from binance_nb.widgets.ticket_products import TICKETS
from binance_nb.widgets.ticket_state import State, TicketState, stale_word
from binance_nb.widgets.ticket_view import compose
from binance_nb.widgets.ticket_words import OPEN_STATUSES, may_exist, on_tick, rows_of, sentence

BECAME_AN_ORDER = frozenset({"TRIGGERING", "TRIGGERED", "FINISHED"})
"""States of a conditional order that its own order tells more of (Event-Algo-Order-Update)."""

PAGES_HEARD = 8
"""Of so many pages that showed the ticket the kernel remembers what it has heard."""


class OrderTicket(TicketLeverage):
    """An order ticket for one symbol of one client.

    `client` is a BinanceClient, `symbol` the one to begin with. An order, or an order list as a whole, is armed by one
    click and sent by another, at most once. On mainnet the ticket stays locked unless `allow_mainnet=True`, and every
    order then has to be confirmed by typing its symbol. With `product="usdm"` it trades USD-M futures, and shows and
    changes the leverage too. `last_order` is the frame of the last order that was placed,
    one row an order of a list (schema `schemas.ORDERS`).
    """

    _esm = bundle(
        "common.js",
        "view.js",
        "armed.js",
        "ticket_fields.js",
        "ticket_leverage.js",
        "ticket_status.js",
        "order_ticket.js",
    )
    _css = bundle("common.css", "order_ticket.css")

    view = traitlets.Dict().tag(sync=True)
    """All that the page shows, as one value: it is replaced whole, and survives a reload."""

    def __init__(
        self,
        client: Any,
        symbol: str = "BTCUSDT",
        *,
        product: Product = SPOT,
        allow_mainnet: bool = False,
        **unknown: object,
    ) -> None:
        """Show the ticket; nothing is asked of the exchange but its rules, prices and balances."""
        refuse_unknown(type(self), unknown)
        self._ticket: TicketState[Any] = TicketState()
        self._heard: dict[str, int] = {}
        self._results: list[dict[str, str]] = []
        self._list_name = ""
        self._message = {"tone": "", "text": ""}
        self.last_order: Any = None
        locked = getattr(client, "environment", "") == MAINNET and not allow_mainnet
        super().__init__(client, symbol, TICKETS[product_name(product)], locked=locked)
        self._subscription = contextlib.ExitStack()
        self._subscription.callback(client.subscribe(self._report).close)
        if self._product.has_leverage:
            self._subscription.callback(client.subscribe_futures_events(self._hear).close)
            if not locked:
                # The exchange's answer to an order tells no price: the stream does.
                client.submit("start_stream", product=product).add_done_callback(self._stream_started)
        self._ask_for_rules()
        self._show()
        self.start()

    # What the page shows

    def _show(self) -> None:
        with self._lock:
            if self._closed:
                return
            armed = self._ticket.order
            self.view = {
                **compose(self._form, self._known(), self._rules, self._product.estimate),
                "product": self._product.label,
                "leverage": self._leverage_view(),
                "environment": self.client.environment,
                "money": MONEY.get(self.client.environment, ""),
                "address": self._product.address(self.client.config).partition("//")[2],
                "locked": self._locked,
                "must_type": self._form.symbol if self._is_mainnet else "",
                "state": self._ticket.state.value,
                "heard": dict(self._heard),
                "armed": None
                if armed is None
                else {
                    "id": armed.new_client_order_id,
                    "side": armed.orders[0].side.value,
                    "summary": armed.summary(self._rules.get(armed.symbol)),
                },
                "results": [dict(result) for result in self._results],
                "message": dict(self._message),
                "notes": list(self._notes.values()),
            }

    def _say(self, tone: str, text: str) -> None:
        """Put a word under the form; tone is "good", "bad", "wait" or ""."""
        self._message = {"tone": tone, "text": text}

    def _static_html(self) -> str:
        return f"<p>An order ticket for {self._form.symbol} on {self.client.environment}. Run its cell to use it.</p>"

    # What the person does

    def _on_hello(self, _content: Mapping[str, Any]) -> None:
        self._show()

    def _on_edit(self, content: Mapping[str, Any]) -> None:
        with self._lock:
            if self._ticket.state is State.SUBMITTING:
                return
            self._ticket.disarm()
            self._ticket.again()
            self._say("", "")
            self._take_form(content)
            self._show()

    def _take_form(self, content: Mapping[str, Any]) -> None:
        """Take what was edited in a page; a word that does not exist is an error, not a guess."""
        form = self._form
        if "page" in content:
            # The page numbers what it tells, and leaves its fields alone until the kernel has heard the last of it.
            self._heard.pop(str(content["page"]), None)
            self._heard[str(content["page"])] = int(content["number"])
            for page in list(self._heard)[:-PAGES_HEARD]:
                del self._heard[page]
        if "side" in content:
            form.side = OrderSide(content["side"])
        if "order_type" in content:
            if content["order_type"] not in form.kinds:
                raise ValueError(f"{content['order_type']!r} is no kind of order here")
            form.kind = str(content["order_type"])
        form.texts.update({str(name): str(text) for name, text in content.get("texts", {}).items()})
        if "quote_order_qty" in form.shown() and form.texts.get("quantity") and form.texts.get("quote_order_qty"):
            # The two exclude each other: whichever was typed last is meant.
            last = content.get("last", "quantity")
            form.texts["quote_order_qty" if last == "quantity" else "quantity"] = ""
        symbol = str(content.get("symbol", form.symbol)).strip().upper()
        if symbol != form.symbol:
            form.symbol = symbol
            numbers = [name for name in form.texts if name.rpartition(".")[2] in NUMBERS]
            form.texts.update(dict.fromkeys([*NUMBERS, *numbers], ""))
            self._forget_the_symbol()

    def _on_fill_in(self, content: Mapping[str, Any]) -> None:
        """Put a value into a field: a suggestion, a price of the book, or a share of the balance."""
        with self._lock:
            rules = self._symbol_rules
            values: dict[str, str] = {}
            if "percent" in content and rules is not None:
                values = self._product.share(self._form, self._known(), rules, int(content["percent"]))
                if not values:
                    self._say("bad", "The balance or the price is not known yet.")
                elif "quote_order_qty" in values:
                    values["quantity"] = ""
                elif "quote_order_qty" in self._form.shown():
                    values["quote_order_qty"] = ""
            elif "book" in content and rules is not None:
                price = {"bid": self._touch.bid, "mid": self._touch.mid, "ask": self._touch.ask}[content["book"]]
                field = str(content.get("field") or self._form.price_key)
                if price is not None and field:
                    values = {field: plain(on_tick(price, rules.tick_size))}
            elif "value" in content:
                values = {str(content["field"]): str(content["value"])}
            if values:
                self._ticket.disarm()
                self._ticket.again()
                self._say("", "")
                self._form.texts.update(values)
            self._show()

    def _on_arm(self, content: Mapping[str, Any]) -> None:
        with self._lock:
            if self._locked or self._ticket.state is State.SUBMITTING:
                return
            order = self._checked(content)
            if order is not None and self._ticket.arm(order, now_ms()):
                self._results = []
                self._say("", "")
            self._show()

    def _checked(self, content: Mapping[str, Any]) -> Any:
        """Return the order or list of the form if nothing is wrong with it, else say what is."""
        self._take_form(content)
        rules = self._symbol_rules
        try:
            armed = self._product.armed(self._form.request())
            if rules is not None:
                armed.require(rules)
            elif self._rules:
                raise InvalidOrderError(f"{self.client.environment} lists no symbol {self._form.symbol}")
        except InvalidOrderError as mistake:
            self._say("bad", sentence(mistake))
            return None
        return armed

    def _on_disarm(self, _content: Mapping[str, Any]) -> None:
        with self._lock:
            if self._ticket.disarm():
                self._say("", "Nothing was sent.")
            self._show()

    def _on_again(self, _content: Mapping[str, Any]) -> None:
        with self._lock:
            if self._ticket.again():
                self._results = []
                self._say("", "")
            self._show()

    def _on_confirm(self, content: Mapping[str, Any]) -> None:
        with self._lock:
            if self._locked:
                return
            must_type = self._form.symbol if self._is_mainnet else ""
            verdict = confirm_click(self._ticket, content, must_type=must_type)
            if verdict.word:
                self._say("bad", verdict.word)
            order = verdict.order
            if order is not None:
                self._say("wait", "Sent; waiting for the answer …")
            self._show()
        if order is not None:
            self._place(order)

    def _place(self, armed: Any) -> None:
        """Send the order, once, and come back at once: a callback that waits would hold up every later click."""
        name = armed.new_client_order_id
        with self._lock:
            # From here on the stream may tell of it, perhaps before the answer is there.
            self._results = [{"client_order_id": order.new_client_order_id} for order in armed.orders]
            self._list_name = name if armed.is_list else ""
        try:
            answer = armed.place(self.client)
        except Exception as error:
            self._ended(name, State.REFUSED, "bad", f"Not sent: {sentence(error)}")
            raise
        answer.add_done_callback(lambda done: self._placed(armed, done))

    def _placed(self, armed: Any, done: concurrent.futures.Future[Any]) -> None:
        with self.errors_shown():
            name = armed.new_client_order_id
            error = done.exception()
            if error is None:
                with self._lock:
                    self.last_order = done.result()
                    self._take_results(rows_of(self.last_order))
                    self._due["balances"] = 0.0
                self._ended(name, State.DONE, "good", "")
            elif may_exist(error):
                self._ended(name, State.UNKNOWN, "bad", f"{sentence(error)} It will not be sent again by itself.")
            else:
                self._ended(name, State.REFUSED, "bad", sentence(error))

    def _ended(self, name: str, state: State, tone: str, text: str) -> None:
        with self._lock:
            if self._ticket.settle(name, state):
                self._say(tone, text)
            self._show()

    def _on_ask(self, _content: Mapping[str, Any]) -> None:
        """Ask the exchange what became of an order, or the orders of a list, whose fate is not known."""
        armed = self._ticket.order
        if self._ticket.state is not State.UNKNOWN or armed is None:
            return

        def answered(frame: Any) -> None:
            self._take_results(rows_of(frame))
            self._ended(armed.new_client_order_id, State.DONE, "good", "It did arrive.")

        with self._lock:
            self._say("wait", "Asking for it by its client order id …")
            self._show()
        for number, order in enumerate(armed.orders):
            name = order.new_client_order_id
            self._ask(f"order {number}", self._product.status_verb, answered, armed.symbol, client_order_id=name)

    def _on_test(self, content: Mapping[str, Any]) -> None:
        with self._lock:
            if self._locked or self._ticket.state is State.SUBMITTING:
                return
            armed = self._checked(content)
            if armed is not None:
                self._say("wait", "Having it checked, without placing it …")
            self._show()
        if armed is not None:
            self._follow("test", lambda: armed.check(self.client), lambda answer: self._say(*armed.verdict(answer)))

    def _on_cancel(self, content: Mapping[str, Any]) -> None:
        """Cancel what rests of the order, or the list, that this ticket placed last."""
        with self._lock:
            still = [result for result in self._results if result.get("order_status") in OPEN_STATUSES]
            stale = stale_word(float(content["at"]), now_ms(), "so nothing was cancelled.")
            if not still or stale:
                self._say("bad" if stale else "", stale)
                self._show()
                return
            symbol, name, list_name = still[0]["symbol"], still[0]["client_order_id"], self._list_name
            self._say("wait", "Cancelling …")
            self._show()

        def cancelled(frame: Any) -> None:
            # The answer to a cancel names the cancel; the orders are known by their numbers.
            names = {result.get("order_id"): result["client_order_id"] for result in self._results}
            rows = [row for row in rows_of(frame) if row["order_id"] in names]
            self._take_results([{**row, "client_order_id": names[row["order_id"]]} for row in rows])
            self._say("good", "")

        if list_name:
            self._ask("cancel", "cancel_order_list", cancelled, symbol, list_client_order_id=list_name)
        else:
            self._ask("cancel", self._product.cancel_verb, cancelled, symbol, client_order_id=name)

    # What the exchange says of it

    def _hear(self, event: FuturesEvent) -> None:
        super()._hear(event)
        if isinstance(event, AlgoUpdate):
            with self.errors_shown(), self._lock:
                for result in self._results:
                    # Triggered, it goes on as an order of its own, which is told of by reports.
                    if result["client_order_id"] == event.client_order_id and event.algo_status not in BECAME_AN_ORDER:
                        result["order_status"] = event.algo_status
                        self._show()

    def _report(self, report: ExecutionReport) -> None:
        """Follow what was placed last; called on the client's callback thread."""
        if report.product != self._product.name:
            return
        with self.errors_shown(), self._lock:
            if report.is_trade:
                self._due["balances"] = 0.0
            names = {report.client_order_id, report.orig_client_order_id}
            mine = next((result for result in self._results if result["client_order_id"] in names), None)
            if mine is None:
                return
            average = report.average_price
            mine |= {
                "symbol": report.symbol,
                "side": report.side,
                "order_type": report.order_type,
                "order_id": str(report.order_id),
                "quantity": plain(report.quantity),
                "order_status": report.order_status,
                "cumulative_filled_qty": plain(report.cumulative_filled_qty),
                "average_price": "" if average is None else plain(average.quantize(Decimal("1e-8"))),
            }
            self._show()

    def _take_results(self, rows: list[dict[str, str]]) -> None:
        """Keep the rows of orders; one that the stream has seen further on is not set back."""
        for row in rows:
            known = next(
                (result for result in self._results if result["client_order_id"] == row["client_order_id"]), None
            )
            if known is None:
                self._results.append(row)
            elif _progress(known) <= _progress(row):
                known.update({name: value for name, value in row.items() if value or not known.get(name)})
            else:
                known.update({name: value for name, value in row.items() if name not in known})


STAGES = ("", "PENDING_NEW", "NEW", "PARTIALLY_FILLED")


def _progress(row: Mapping[str, str]) -> int:
    """Return how far an order has come: nothing known, waiting, resting, filling, over."""
    status = row.get("order_status", "")
    return STAGES.index(status) if status in STAGES else len(STAGES)
