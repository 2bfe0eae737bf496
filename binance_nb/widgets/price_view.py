"""PriceView: best bid and ask of a symbol, its book as a ladder and a picture, and where its price has been."""

from __future__ import annotations

import html
import time
from collections import deque
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from binance_nb.models.decimals import plain
from binance_nb.models.fills import SPOT, USDM
from binance_nb.verbs.given import Product, product_name
from binance_nb.widgets.assets import bundle
from binance_nb.widgets.base import MONEY, now_ms
from binance_nb.widgets.keywords import refuse_unknown
from binance_nb.widgets.last_rows import table_html
from binance_nb.widgets.looking import LookingWidget
from binance_nb.widgets.ticket_estimate import Book, Touch

BOOK_EVERY_S = 1.0
"""How often the book is asked for while a page looks: it has the best prices too, in one answer."""
LEVELS = 100
"""How many levels a side; the most that weigh no more than the fewest (5; rest-api.md, "Order book")."""
MIDS_KEPT = 300
"""Of so many answers the line shows the price: five minutes of a page that looks."""
WORDS_LEVELS = 5
BOOKS = {SPOT: "get_order_book", USDM: "get_futures_order_book"}
"""The verb that reads the book of each product."""


class PriceView(LookingWidget):
    """The market of one symbol: best bid and ask, spread, the book as a ladder and as a picture, a line of the mid.

    `product="usdm"` shows a symbol of USD-M futures. It asks for the book once a second, and only while a page looks.
    `.symbol` may be set to another. `.book` is the last `Book`, None before the first answer.
    """

    BACKGROUND: ClassVar = {"book": "No order book"}
    _esm = bundle("common.js", "view.js", "depth_chart.js", "price_view.js")
    _css = bundle("common.css", "views.css", "price_view.css")

    def __init__(self, client: Any, symbol: str = "BTCUSDT", *, product: Product = SPOT, **unknown: object) -> None:
        """Show the market of a symbol. Raises StreamError for a product that there is none of."""
        refuse_unknown(type(self), unknown)
        chosen = product_name(product)
        super().__init__(client)
        self._product = chosen
        self._symbol = symbol.strip().upper()
        self._mids: deque[tuple[int, str]] = deque(maxlen=MIDS_KEPT)
        self._answered_ms = 0
        self.book: Book | None = None
        self._show()
        self.start()

    @property
    def symbol(self) -> str:
        """The symbol whose market is shown."""
        return self._symbol

    @symbol.setter
    def symbol(self, symbol: str) -> None:
        name = symbol.strip().upper()
        with self._lock:
            if name == self._symbol:
                return
            self._symbol, self.book, self._answered_ms = name, None, 0
            self._mids.clear()
            self._notes.clear()
            self._make_due(["book"])
            self._show()

    @property
    def touch(self) -> Touch:
        """The best bid and ask; None where the book has none, or is not known yet."""
        if self.book is None:
            return Touch()
        bid, ask = (side[0][0] if side else None for side in (self.book.bids, self.book.asks))
        return Touch(bid=bid, ask=ask)

    def look(self) -> None:
        """Ask for the book, if that is due, as it does by itself while a page shows it."""
        if not self._is_due("book", time.monotonic(), BOOK_EVERY_S):
            return
        symbol = self._symbol
        self._ask(
            "book", BOOKS[self._product], lambda answer: self._take_book(symbol, answer), symbol, LEVELS, raw=True
        )

    def _take_book(self, symbol: str, answer: Mapping[str, Any]) -> None:
        if symbol != self._symbol:
            self._make_due(["book"])
            return
        self.book = Book.from_answer(answer, LEVELS)
        self._answered_ms = int(now_ms())
        mid = self.touch.mid
        if mid is not None:
            self._mids.append((self._answered_ms, plain(mid)))

    # What is shown

    def _told(self) -> dict[str, Any]:
        with self._lock:
            touch, book = self.touch, self.book
            known = touch.bid is not None and touch.ask is not None
            spread = touch.ask - touch.bid if touch.ask is not None and touch.bid is not None else None
            return {
                "environment": self.client.environment,
                "money": MONEY.get(self.client.environment, ""),
                "symbol": self._symbol,
                "product": "USD-M futures" if self._product == USDM else "",
                "known": book is not None,
                "at": self._answered_ms,
                "bid": _text(touch.bid),
                "mid": _text(touch.mid),
                "ask": _text(touch.ask),
                "spread": _text(spread),
                "spread_bps": _in_bps(spread, touch.mid) if known else "",
                "bids": [] if book is None else [[plain(price), plain(size)] for price, size in book.bids],
                "asks": [] if book is None else [[plain(price), plain(size)] for price, size in book.asks],
                "mids": [list(point) for point in self._mids],
                "notes": list(self._notes.values()),
            }

    def _static_html(self) -> str:
        view = self.view
        place = html.escape(f"{view['symbol']} on {view['environment']}")
        best = f"bid {view['bid'] or '–'}, ask {view['ask'] or '–'}, spread {view['spread'] or '–'}"
        asks = [("Ask", *level) for level in view["asks"][:WORDS_LEVELS][::-1]]
        bids = [("Bid", *level) for level in view["bids"][:WORDS_LEVELS]]
        return f"<p>{place}: {best}</p>{table_html(('Side', 'Price', 'Quantity'), [*asks, *bids])}"


def _text(number: Decimal | None) -> str:
    return "" if number is None else plain(number)


def _in_bps(spread: Decimal | None, mid: Decimal | None) -> str:
    """Return a spread in hundredths of a percent of the price, with two decimals."""
    return "" if spread is None or not mid else f"{spread / mid * 10_000:.2f}"
