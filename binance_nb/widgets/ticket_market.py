"""What a ticket asks the exchange by itself: the rules, prices, the book, balances and fees, each when it is due."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, ClassVar

from binance_nb.widgets.asking import RETRY_AFTER_S, AskingWidget
from binance_nb.widgets.base import MAINNET
from binance_nb.widgets.ticket_estimate import Book, Touch, needs_book, walk
from binance_nb.widgets.ticket_futures_estimate import facts_of
from binance_nb.widgets.ticket_futures_form import FuturesForm
from binance_nb.widgets.ticket_products import Ask, TicketProduct


class TicketMarket(AskingWidget):
    """The part of a ticket that keeps what it knows of the market and of the account up to date."""

    BACKGROUND: ClassVar = {
        "rules": "No rules",
        "quote": "No prices",
        "book": "No order book",
        "balances": "No balances",
        "fees": "No commission rates",
        "mark": "No mark price",
        "last": "No last price",
        "settings": "No leverage",
        "mode": "No position mode",
    }

    def __init__(self, client: Any, symbol: str, product: TicketProduct, *, locked: bool) -> None:
        """Begin with nothing but an empty form."""
        super().__init__(client)
        self._product = product
        self._form = product.form(symbol=symbol.strip().upper())
        self._is_mainnet = client.environment == MAINNET
        self._locked = locked
        self._rules: dict[str, Any] = {}
        self._touch = Touch()
        self._levels = min(product.book_depths)
        self._due["rules"] = time.monotonic() + RETRY_AFTER_S

    @property
    def _symbol_rules(self) -> Any:
        return self._rules.get(self._form.symbol)

    def _forget_the_symbol(self) -> None:
        """Begin afresh for another symbol."""
        self._touch = Touch(is_hedged=self._touch.is_hedged)
        self._levels = min(self._product.book_depths)
        self._learn()
        self._ask_anew()

    def _ask_anew(self) -> None:
        """Ask for everything about the symbol on the next beat."""
        self._make_due(("book", *(ask.what for ask in self._product.asks)))

    def _ask_for_rules(self) -> None:
        self._ask("rules", self._product.info_verb, self._take_rules, raw=True)

    def _take_rules(self, answer: Any) -> None:
        self._rules = {info["symbol"]: self._product.rules(info) for info in answer["symbols"]}
        self._ask_anew()
        if self._form.symbol not in self._rules:
            self._say("bad", f"{self.client.environment} lists no symbol {self._form.symbol}.")

    def _beat(self) -> None:
        if not self.page_is_listening:
            return
        now, symbol, depths = time.monotonic(), self._form.symbol, self._product.book_depths
        if not self._rules and now >= self._due["rules"]:
            self._due["rules"] = now + RETRY_AFTER_S
            self._ask_for_rules()
        if symbol not in self._rules:
            return
        if needs_book(self._form, self._touch) and self._is_due("book", now, depths[self._levels]):
            levels = self._levels
            self._ask(
                "book",
                self._product.book_verb,
                lambda answer: self._take_book(symbol, levels, answer),
                symbol,
                levels,
                raw=True,
            )
        for ask in self._product.asks:
            if not (ask.is_private and self._locked) and self._is_due(ask.what, now, ask.every_s):
                self._ask_for(ask, symbol)

    def _ask_for(self, ask: Ask, symbol: str) -> None:
        def take(answer: Any) -> None:
            if symbol == self._form.symbol:
                self._touch = ask.take(self._touch, answer, self._rules[symbol].info)
                self._learn()

        self._ask(ask.what, ask.verb, take, *([symbol] if ask.of_symbol else []), **ask.keywords, raw=True)

    def _learn(self) -> None:
        """Let the form know what decides about its order."""
        if isinstance(self._form, FuturesForm):
            self._form.facts = facts_of(self._touch)

    def _take_book(self, symbol: str, levels: int, answer: Any) -> None:
        """Keep the book; where it does not reach for the order, a deeper one is asked for next."""
        if symbol != self._form.symbol:
            return
        book = Book.from_answer(answer, levels)
        self._touch = replace(self._touch, book=book)
        leg = self._form.legs()[0]
        taken = walk(book.opposite(leg.side), quantity=leg.number("quantity"), amount=leg.number("quote_order_qty"))
        deeper = [depth for depth in self._product.book_depths if depth > levels]
        if taken.left and not book.is_whole(leg.side) and deeper:
            self._levels, self._due["book"] = deeper[0], 0.0
        elif not taken.left:
            self._levels = min(self._product.book_depths)

    def _known(self) -> Touch:
        """Return what is known, with the fees of the side that is chosen."""
        if self._touch.fees is None:
            return self._touch
        maker, taker = self._product.rates(self._touch.fees, self._form.legs()[0].side)
        return replace(self._touch, maker_fee=maker, taker_fee=taker)
