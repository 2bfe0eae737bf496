"""OrderTicket: the form with which a person places an order, and sees what became of it."""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import traitlets

from binance_nb.errors import InvalidOrderError
from binance_nb.models.decimals import plain
from binance_nb.models.enums import OrderSide, SpotOrderType, TimeInForce
from binance_nb.models.events import ExecutionReport
from binance_nb.models.requests import SpotOrderRequest
from binance_nb.models.rules import SymbolRules
from binance_nb.widgets import ticket_form
from binance_nb.widgets.assets import bundle
from binance_nb.widgets.base import MAINNET, MONEY, LiveWidget, now_ms
from binance_nb.widgets.ticket_form import EXPLAINED, FIELDS, Form, Touch
from binance_nb.widgets.ticket_state import State, TicketState
from binance_nb.widgets.ticket_words import OPEN_STATUSES, changed, first_row, may_exist, on_tick, sentence, text_of

QUOTE_EVERY_S = 1.0
"""How often the best bid and ask are asked for while a page looks (weight 2 each; rest-api.md)."""
BALANCES_EVERY_S = 10.0
"""How often the balances are, besides after every fill (weight 20)."""

RETRY_AFTER_S = 5.0
BACKGROUND = {"rules": "No rules", "quote": "No prices", "balances": "No balances"}
"""What the ticket asks for by itself, and what is missing while it does not get it."""

PAGES_HEARD = 8
"""Of so many pages that showed the ticket the kernel remembers what it has heard."""

View = dict[str, Any]


class OrderTicket(LiveWidget):
    """An order ticket for one symbol of one client.

    `client` is a BinanceClient, `symbol` the one to begin with. An order is armed by one click and sent by another, at
    most once. On mainnet the ticket stays locked unless `allow_mainnet=True`, and every order then has to be confirmed
    by typing its symbol. `last_order` is the frame of the last order that was placed (schema `schemas.ORDERS`).
    """

    _esm = bundle("common.js", "order_ticket.js")
    _css = bundle("common.css", "order_ticket.css")

    view = traitlets.Dict().tag(sync=True)
    """All that the page shows, as one value: it is replaced whole, and survives a reload."""

    def __init__(self, client: Any, symbol: str = "BTCUSDT", *, allow_mainnet: bool = False, **unknown: object) -> None:
        """Show the ticket; nothing is asked of the exchange but its rules, prices and balances."""
        super().__init__(client, **unknown)
        self._ticket: TicketState[SpotOrderRequest] = TicketState()
        self._form = Form(symbol=symbol.strip().upper())
        self._is_mainnet = client.environment == MAINNET
        self._locked = self._is_mainnet and not allow_mainnet
        self._rules: dict[str, SymbolRules] = {}
        self._touch = Touch()
        self._heard: dict[str, int] = {}
        self._result: dict[str, str] = {}
        self._message = {"tone": "", "text": ""}
        self._due = {"rules": time.monotonic() + RETRY_AFTER_S, "quote": 0.0, "balances": 0.0}
        self._asking: set[str] = set()
        self._notes: dict[str, str] = {}
        self.last_order: Any = None
        self._subscription = client.subscribe(self._report)
        self._ask("rules", "get_exchange_info", self._take_rules, raw=True)
        self._show()
        self.start()

    # What the page shows

    def _show(self) -> None:
        with self._lock:
            if not self._closed:
                self.view = self._compose()

    def _compose(self) -> View:
        form, rules = self._form, self._rules.get(self._form.symbol)
        order = self._ticket.order
        info = {} if rules is None else rules.info
        allowed = info.get("orderTypes") or list(FIELDS)
        return {
            "environment": self.client.environment,
            "money": MONEY.get(self.client.environment, ""),
            "address": self.client.config.get_base_url().partition("//")[2],
            "locked": self._locked,
            "must_type": form.symbol if self._is_mainnet else "",
            "state": self._ticket.state.value,
            "symbol": form.symbol,
            "symbols": sorted(self._rules),
            "base": info.get("baseAsset", ""),
            "quote": info.get("quoteAsset", ""),
            "tick": "" if rules is None else plain(rules.tick_size),
            "step": "" if rules is None else plain(rules.step_size),
            "side": form.side.value,
            "order_type": form.order_type.value,
            "order_types": [kind.value for kind in FIELDS if kind.value in allowed],
            "explained": EXPLAINED[form.order_type],
            "fields": list(form.shown()),
            "texts": {name: form.texts.get(name, "") for name in form.shown()},
            "heard": dict(self._heard),
            "complaints": {
                name: {"sentence": complaint.sentence, "nearest": list(complaint.nearest)}
                for name, complaint in form.complaints(rules).items()
            },
            "missing": form.missing(),
            "estimate": ticket_form.estimate(form, self._touch, rules),
            "bid": text_of(self._touch.bid),
            "mid": "" if rules is None or self._touch.mid is None else plain(on_tick(self._touch.mid, rules.tick_size)),
            "ask": text_of(self._touch.ask),
            "free_base": text_of(self._touch.free_base),
            "free_quote": text_of(self._touch.free_quote),
            "armed": None
            if order is None
            else {
                "id": order.new_client_order_id,
                "side": order.side.value,
                "summary": ticket_form.summary(order, self._rules.get(order.symbol)),
            },
            "result": dict(self._result),
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
            form.order_type = SpotOrderType(content["order_type"])
        form.texts.update({str(name): str(text) for name, text in content.get("texts", {}).items()})
        if form.order_type is SpotOrderType.MARKET and form.texts.get("quantity") and form.texts.get("quote_order_qty"):
            # The two exclude each other: whichever was typed last is meant.
            last = content.get("last", "quantity")
            form.texts["quote_order_qty" if last == "quantity" else "quantity"] = ""
        if form.order_type in {SpotOrderType.LIMIT, SpotOrderType.STOP_LOSS_LIMIT, SpotOrderType.TAKE_PROFIT_LIMIT}:
            form.texts["time_in_force"] = form.texts.get("time_in_force") or TimeInForce.GTC.value
        symbol = str(content.get("symbol", form.symbol)).strip().upper()
        if symbol != form.symbol:
            form.symbol = symbol
            form.texts.update(dict.fromkeys(ticket_form.NUMBERS, ""))
            self._touch = Touch(taker_fee=self._touch.taker_fee, maker_fee=self._touch.maker_fee)
            self._due |= {"quote": 0.0, "balances": 0.0}

    def _on_fill_in(self, content: Mapping[str, Any]) -> None:
        """Put a value into a field: a suggestion, a price of the book, or a share of the balance."""
        with self._lock:
            rules = self._rules.get(self._form.symbol)
            values: dict[str, str] = {}
            if "percent" in content and rules is not None:
                values = ticket_form.share_of_balance(self._form, self._touch, rules, int(content["percent"]))
                if not values:
                    self._say("bad", "The balance or the price is not known yet.")
                elif "quote_order_qty" in values:
                    values["quantity"] = ""
                elif self._form.order_type is SpotOrderType.MARKET:
                    values["quote_order_qty"] = ""
            elif "book" in content and rules is not None:
                price = {"bid": self._touch.bid, "mid": self._touch.mid, "ask": self._touch.ask}[content["book"]]
                if price is not None:
                    values = {str(content["field"]): plain(on_tick(price, rules.tick_size))}
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
                self._result = {}
                self._say("", "")
            self._show()

    def _checked(self, content: Mapping[str, Any]) -> SpotOrderRequest | None:
        """Return the order of the form if nothing is wrong with it, else say what is."""
        self._take_form(content)
        rules = self._rules.get(self._form.symbol)
        try:
            order = self._form.request()
            if rules is not None:
                rules.require(order)
            elif self._rules:
                raise InvalidOrderError(f"{self.client.environment} lists no symbol {self._form.symbol}")
        except InvalidOrderError as mistake:
            self._say("bad", sentence(mistake))
            return None
        return order

    def _on_disarm(self, _content: Mapping[str, Any]) -> None:
        with self._lock:
            if self._ticket.disarm():
                self._say("", "Nothing was sent.")
            self._show()

    def _on_again(self, _content: Mapping[str, Any]) -> None:
        with self._lock:
            if self._ticket.again():
                self._result = {}
                self._say("", "")
            self._show()

    def _on_confirm(self, content: Mapping[str, Any]) -> None:
        with self._lock:
            if self._locked:
                return
            verdict = self._ticket.confirm(
                str(content.get("id", "")),
                clicked_at_ms=float(content["at"]),
                now_ms=now_ms(),
                must_type=self._form.symbol if self._is_mainnet else "",
                typed=str(content.get("typed", "")),
            )
            if verdict.word:
                self._say("bad", verdict.word)
            order = verdict.order
            if order is not None:
                self._say("wait", "Sent; waiting for the answer …")
            self._show()
        if order is not None:
            self._place(order)

    def _place(self, order: SpotOrderRequest) -> None:
        """Send the order, once, and come back at once: a callback that waits would hold up every later click."""
        name = order.new_client_order_id
        try:
            answer = self.client.submit("place_spot_order", order)
        except Exception as error:
            self._ended(name, State.REFUSED, "bad", f"Not sent: {sentence(error)}")
            raise
        answer.add_done_callback(lambda done: self._placed(order, done))

    def _placed(self, order: SpotOrderRequest, done: concurrent.futures.Future[Any]) -> None:
        with self.errors_shown():
            name = order.new_client_order_id
            error = done.exception()
            if error is None:
                with self._lock:
                    self.last_order = done.result()
                    self._take_result(first_row(self.last_order))
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
        """Ask the exchange what became of an order whose fate is not known."""
        order = self._ticket.order
        if self._ticket.state is not State.UNKNOWN or order is None:
            return
        name = order.new_client_order_id

        def answered(frame: Any) -> None:
            self._take_result(first_row(frame))
            self._ended(name, State.DONE, "good", "It did arrive.")

        with self._lock:
            self._say("wait", "Asking for it by its client order id …")
            self._show()
        self._ask("order", "get_order_status", answered, order.symbol, client_order_id=name)

    def _on_test(self, content: Mapping[str, Any]) -> None:
        with self._lock:
            if self._locked or self._ticket.state is State.SUBMITTING:
                return
            order = self._checked(content)
            if order is not None:
                self._say("wait", "Asking the exchange to check it, without placing it …")
            self._show()

        def accepted(_frame: Any) -> None:
            self._say("good", "The exchange would accept this order. Nothing was placed.")

        if order is not None:
            self._ask("test", "test_order", accepted, order)

    def _on_cancel(self, _content: Mapping[str, Any]) -> None:
        """Cancel what rests of the order that this ticket placed last."""
        with self._lock:
            result = dict(self._result)
            if result.get("order_status") not in OPEN_STATUSES:
                return
            self._say("wait", "Cancelling …")
            self._show()

        def cancelled(frame: Any) -> None:
            self._take_result({**first_row(frame), "client_order_id": result["client_order_id"]})
            self._say("good", "")

        self._ask(
            "cancel",
            "cancel_order_by_id",
            cancelled,
            result["symbol"],
            client_order_id=result["client_order_id"],
        )

    # What the exchange says

    def _ask(self, what: str, verb: str, take: Callable[[Any], None], *arguments: Any, **keywords: Any) -> None:
        """Ask the client something, once at a time, and show what came of it."""
        if what in self._asking:
            return
        self._asking.add(what)

        def answered(done: concurrent.futures.Future[Any]) -> None:
            with self.errors_shown():
                self._asking.discard(what)
                error = done.exception()
                with self._lock:
                    self._notes.pop(what, None)
                    if error is None:
                        take(done.result())
                    elif what in BACKGROUND:
                        # Nobody asked for it, so it must not take the place of what became of an order.
                        self._notes[what] = f"{BACKGROUND[what]}: {sentence(error)}"
                        self._due[what] = time.monotonic() + RETRY_AFTER_S
                    else:
                        self._say("bad", sentence(error))
                    self._show()

        try:
            self.client.submit(verb, *arguments, **keywords).add_done_callback(answered)
        except Exception:
            self._asking.discard(what)
            raise

    def _take_rules(self, answer: Any) -> None:
        self._rules = {info["symbol"]: SymbolRules(info) for info in answer["symbols"]}
        self._due |= {"quote": 0.0, "balances": 0.0}
        if self._form.symbol not in self._rules:
            self._say("bad", f"{self.client.environment} lists no symbol {self._form.symbol}.")

    def _beat(self) -> None:
        if not self.page_is_listening:
            return
        now = time.monotonic()
        if not self._rules and now >= self._due["rules"]:
            self._due["rules"] = now + RETRY_AFTER_S
            self._ask("rules", "get_exchange_info", self._take_rules, raw=True)
        if self._form.symbol not in self._rules:
            return
        if now >= self._due["quote"]:
            self._due["quote"] = now + QUOTE_EVERY_S
            self._ask("quote", "get_book_ticker", self._take_quote, self._form.symbol, raw=True)
        if now >= self._due["balances"] and not self._locked:
            self._due["balances"] = now + BALANCES_EVERY_S
            self._ask("balances", "get_account_info", self._take_account, omit_zero_balances=False, raw=True)

    def _take_quote(self, answer: Any) -> None:
        if answer["symbol"] == self._form.symbol:
            self._touch = changed(self._touch, bid=Decimal(answer["bidPrice"]), ask=Decimal(answer["askPrice"]))

    def _take_account(self, answer: Any) -> None:
        info = self._rules[self._form.symbol].info
        free = {row["asset"]: Decimal(row["free"]) for row in answer["balances"]}
        rates = answer.get("commissionRates", {})
        self._touch = changed(
            self._touch,
            free_base=free.get(info["baseAsset"], Decimal(0)),
            free_quote=free.get(info["quoteAsset"], Decimal(0)),
            taker_fee=Decimal(rates["taker"]) if "taker" in rates else None,
            maker_fee=Decimal(rates["maker"]) if "maker" in rates else None,
        )

    def _report(self, report: ExecutionReport) -> None:
        """Follow the order that was placed last; called on the client's callback thread."""
        with self.errors_shown(), self._lock:
            mine = self._result.get("client_order_id")
            if report.is_trade:
                self._due["balances"] = 0.0
            if mine is None or mine not in {report.client_order_id, report.orig_client_order_id}:
                return
            average = report.average_price
            self._result |= {
                "order_status": report.order_status,
                "cumulative_filled_qty": plain(report.cumulative_filled_qty),
                "average_price": "" if average is None else plain(average.quantize(Decimal("1e-8"))),
            }
            self._show()

    def _take_result(self, row: Mapping[str, str]) -> None:
        """Keep an order's row; one that the stream has seen filled further is not set back."""
        known = self._result
        if known.get("client_order_id") == row["client_order_id"] and known.get("order_status") not in OPEN_STATUSES:
            row = {**row, **{name: known[name] for name in ("order_status", "cumulative_filled_qty", "average_price")}}
        self._result = dict(row)
