"""What a ticket asks the exchange by itself: the rules, prices, the book, balances and fees, each when it is due."""

from __future__ import annotations

import time
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

from binance_nb.models.rules import SymbolRules
from binance_nb.widgets.asking import RETRY_AFTER_S, AskingWidget
from binance_nb.widgets.base import MAINNET
from binance_nb.widgets.ticket_estimate import Book, Touch, needs_book, rates_of, walk
from binance_nb.widgets.ticket_form import Form

QUOTE_EVERY_S = 1.0
"""How often the best bid and ask are asked for while a page looks (weight 2 each; rest-api.md)."""
BALANCES_EVERY_S = 10.0
"""How often the balances are, besides after every fill (weight 20)."""
FEES_EVERY_S = 600.0
"""How often the commission rates are (weight 20); they change with promotions and the volume of a month."""
BOOK_EVERY_S = {100: 2.0, 1000: 6.0, 5000: 20.0}
"""How deep a book is asked for, and how often: the deeper answers weigh more (5, 50 and 250)."""


class TicketMarket(AskingWidget):
    """The part of a ticket that keeps what it knows of the market and of the account up to date."""

    BACKGROUND: ClassVar = {
        "rules": "No rules",
        "quote": "No prices",
        "book": "No order book",
        "balances": "No balances",
        "fees": "No commission rates",
    }

    def __init__(self, client: Any, symbol: str, *, locked: bool) -> None:
        """Begin with nothing but an empty form."""
        super().__init__(client)
        self._form = Form(symbol=symbol.strip().upper())
        self._is_mainnet = client.environment == MAINNET
        self._locked = locked
        self._rules: dict[str, SymbolRules] = {}
        self._touch = Touch()
        self._fees: Any = None
        self._levels = min(BOOK_EVERY_S)
        self._due["rules"] = time.monotonic() + RETRY_AFTER_S

    @property
    def _symbol_rules(self) -> SymbolRules | None:
        return self._rules.get(self._form.symbol)

    def _forget_the_symbol(self) -> None:
        """Begin afresh for another symbol."""
        self._touch, self._fees, self._levels = Touch(), None, min(BOOK_EVERY_S)
        self._make_due(("quote", "book", "balances", "fees"))

    def _ask_for_rules(self) -> None:
        self._ask("rules", "get_exchange_info", self._take_rules, raw=True)

    def _take_rules(self, answer: Any) -> None:
        self._rules = {info["symbol"]: SymbolRules(info) for info in answer["symbols"]}
        self._make_due(("quote", "balances", "fees"))
        if self._form.symbol not in self._rules:
            self._say("bad", f"{self.client.environment} lists no symbol {self._form.symbol}.")

    def _beat(self) -> None:
        if not self.page_is_listening:
            return
        now, symbol = time.monotonic(), self._form.symbol
        if not self._rules and now >= self._due["rules"]:
            self._due["rules"] = now + RETRY_AFTER_S
            self._ask_for_rules()
        if symbol not in self._rules:
            return
        if self._is_due("quote", now, QUOTE_EVERY_S):
            self._ask("quote", "get_book_ticker", self._take_quote, symbol, raw=True)
        if needs_book(self._form, self._touch) and self._is_due("book", now, BOOK_EVERY_S[self._levels]):
            levels = self._levels
            self._ask(
                "book",
                "get_order_book",
                lambda answer: self._take_book(symbol, levels, answer),
                symbol,
                levels,
                raw=True,
            )
        if self._locked:
            return
        if self._is_due("balances", now, BALANCES_EVERY_S):
            self._ask("balances", "get_account_info", self._take_account, omit_zero_balances=False, raw=True)
        if self._is_due("fees", now, FEES_EVERY_S):
            self._ask("fees", "get_commission_rates", lambda rates: self._take_fees(symbol, rates), symbol, raw=True)

    def _take_quote(self, answer: Any) -> None:
        if answer["symbol"] == self._form.symbol:
            self._touch = replace(self._touch, bid=Decimal(answer["bidPrice"]), ask=Decimal(answer["askPrice"]))

    def _take_book(self, symbol: str, levels: int, answer: Any) -> None:
        """Keep the book; where it does not reach for the order, a deeper one is asked for next."""
        if symbol != self._form.symbol:
            return
        book = Book.from_answer(answer, levels)
        self._touch = replace(self._touch, book=book)
        leg = self._form.legs()[0]
        taken = walk(book.opposite(leg.side), quantity=leg.number("quantity"), amount=leg.number("quote_order_qty"))
        deeper = [depth for depth in BOOK_EVERY_S if depth > levels]
        if taken.left and not book.is_whole(leg.side) and deeper:
            self._levels, self._due["book"] = deeper[0], 0.0
        elif not taken.left:
            self._levels = min(BOOK_EVERY_S)

    def _take_account(self, answer: Any) -> None:
        info = self._rules[self._form.symbol].info
        free = {row["asset"]: Decimal(row["free"]) for row in answer["balances"]}
        self._touch = replace(
            self._touch,
            free_base=free.get(info["baseAsset"], Decimal(0)),
            free_quote=free.get(info["quoteAsset"], Decimal(0)),
        )

    def _take_fees(self, symbol: str, answer: Any) -> None:
        if symbol == self._form.symbol:
            self._fees = answer

    def _known(self) -> Touch:
        """Return what is known, with the fees of the side that is chosen."""
        if self._fees is None:
            return self._touch
        maker, taker = rates_of(self._fees, self._form.legs()[0].side)
        return replace(self._touch, maker_fee=maker, taker_fee=taker)
