"""AccountView: the balances of an account, live, with what they are worth."""

from __future__ import annotations

import html
import time
from collections import deque
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from binance_nb.models.fills import SPOT
from binance_nb.verbs.given import Product, product_name
from binance_nb.widgets.account_products import ACCOUNTS, NOUGHT
from binance_nb.widgets.assets import bundle
from binance_nb.widgets.base import MONEY
from binance_nb.widgets.keywords import refuse_unknown
from binance_nb.widgets.last_rows import table_html
from binance_nb.widgets.looking import LookingWidget
from binance_nb.widgets.ticket_words import money

PRICES_EVERY_S = 10.0
"""How often the prices of all symbols are asked for (weight 4 on spot, 2 on futures)."""
WORDS_ROWS = 50
"""So many assets, the most valuable, stand in the words beside it."""
STREAMING = {"connected", "recovering"}
BRIDGES = ("BTC", "USDT", "USDC", "FDUSD", "ETH", "BNB")
"""Through these an asset is valued that has no symbol with the one that values are told in."""


class AccountView(LookingWidget):
    """The balances of a client's account, live, and what they are worth, the largest first.

    Of spot they are free, locked by open orders, and both together. `product="usdm"` shows the futures account: what is
    in the wallet, the unrealised profit of open positions, both together (the margin balance), and what is available
    for new ones.

    `quote` is the asset that worth is told in, by last prices; it stays empty where no price leads there. The user data
    stream keeps the balances current while cells run (`start_stream=False` leaves it alone; then they are asked for
    now and then). `.balances` is what it knows as a dict of `Balance`, or `MarginBalance` of futures, by asset.
    """

    BACKGROUND: ClassVar = {"balances": "No balances", "prices": "No prices"}
    SHOW_EVERY_S: ClassVar = 0.3
    """An account of hundreds of assets is too much to be told with each of a thousand fills."""
    _esm = bundle("common.js", "view.js", "account_view.js")
    _css = bundle("common.css", "views.css", "account_view.css")

    def __init__(
        self,
        client: Any,
        *,
        product: Product = SPOT,
        quote: str = "USDT",
        start_stream: bool = True,
        **unknown: object,
    ) -> None:
        """Show the balances and follow the stream. Raises StreamError for a product that there is none of."""
        refuse_unknown(type(self), unknown)
        chosen = ACCOUNTS[product_name(product)]
        super().__init__(client)
        self._product = chosen
        self._quote = quote.strip().upper()
        self._known = False
        self._held: dict[str, Any] = {}
        self._prices: dict[str, Decimal] = {}
        self._turns: dict[str, tuple[int, str]] = {}
        self._arrived: deque[Any] = deque()
        self._heard_since: set[str] = set()
        self._was_streaming = False
        self._subscription = getattr(client, chosen.subscribe_verb)(self._arrived.append)
        if start_stream:
            client.submit("start_stream", **chosen.stream).add_done_callback(self._stream_started)
        self._show()
        self.start()

    @property
    def balances(self) -> dict[str, Any]:
        """The balances as they are known now, by asset: `Balance`, of futures `MarginBalance`."""
        with self._lock:
            self._take_arrived()
            return dict(self._held)

    # From the exchange

    def _take_arrived(self) -> None:
        """Take what the stream told; what it does not tell of a change is asked for."""
        while self._arrived:
            told, asks = self._product.told(self._arrived.popleft(), self._held)
            for balance in told:
                self._heard_since.add(balance.asset)
                self._put(balance)
            if asks:
                self._due["balances"] = min(self._due["balances"], time.monotonic() + self._product.after_s)

    def _put(self, balance: Any) -> None:
        before = self._held.get(balance.asset)
        if before == balance:
            return
        self._changed = True
        self._held[balance.asset] = balance
        if self._known:
            nothing = self._product.nothing(balance.asset)
            direction = self._product.direction(nothing if before is None else before, balance)
            if direction:
                self._turns[balance.asset] = (self._turns.get(balance.asset, (0, ""))[0] + 1, direction)

    def _take_balances(self, answer: Mapping[str, Any]) -> None:
        self._take_arrived()
        told = {balance.asset: balance for balance in self._product.balances(answer)}
        # What the stream told while the answer was on its way is newer than the answer.
        for asset in (self._held.keys() | told.keys()) - self._heard_since:
            self._put(told.get(asset, self._product.nothing(asset)))
        self._known = True

    def _take_prices(self, answer: Iterable[Mapping[str, Any]]) -> None:
        prices = {row["symbol"]: Decimal(row["price"]) for row in answer}
        self._changed |= prices != self._prices
        self._prices = prices

    def look(self) -> None:
        """Ask for what is due, as it does by itself while a page shows it."""
        now = time.monotonic()
        streaming = str(getattr(getattr(self.client, self._product.state_name, None), "state", "")) in STREAMING
        if streaming and not self._was_streaming:
            self._make_due(["balances"])  # nobody told of what happened while it was away
        self._was_streaming = streaming
        beside_stream_s, alone_s = self._product.every_s
        if self._is_due("balances", now, beside_stream_s if streaming else alone_s):
            self._heard_since.clear()
            self._ask("balances", self._product.account_verb, self._take_balances, raw=True)
        if self._is_due("prices", now, PRICES_EVERY_S):
            self._ask("prices", self._product.price_verb, self._take_prices, raw=True)

    # What is shown

    def _price(self, asset: str, quote: str) -> Decimal | None:
        """Return the last price of one unit of an asset in another, whichever way round their symbol is."""
        if asset == quote:
            return Decimal(1)
        if self._prices.get(asset + quote):
            return self._prices[asset + quote]
        return 1 / self._prices[quote + asset] if self._prices.get(quote + asset) else None

    def _value(self, balance: Any) -> Decimal | None:
        for bridge in (self._quote, *BRIDGES):
            there, back = self._price(balance.asset, bridge), self._price(bridge, self._quote)
            if there is not None and back is not None:
                return self._product.worth(balance) * there * back
        return None

    def _told(self) -> dict[str, Any]:
        with self._lock:
            held = [(self._value(one), one) for one in self._held.values() if not self._product.is_empty(one)]
            held.sort(key=lambda pair: (pair[0] is None, -(pair[0] or 0), pair[1].asset))
            worth = [value for value, _ in held if value is not None]
            return {
                "environment": self.client.environment,
                "money": MONEY.get(self.client.environment, ""),
                "product": self._product.label,
                "columns": [list(column) for column in self._product.columns.items()],
                "quote": self._quote,
                "known": self._known,
                "rows": [
                    {
                        "asset": one.asset,
                        **self._product.texts(one),
                        "value": "" if value is None else money(value),
                        "turn": self._turns.get(one.asset, (0, ""))[0],
                        "direction": self._turns.get(one.asset, (0, ""))[1],
                    }
                    for value, one in held
                ],
                "worth": money(sum(worth, NOUGHT)) if worth else "",
                "unpriced": len(held) - len(worth),
                "notes": list(self._notes.values()),
            }

    def _static_html(self) -> str:
        view = self._told()
        shown = view["rows"][:WORDS_ROWS]
        rows = [[row[name] for name in ("asset", *self._product.columns, "value")] for row in shown]
        more = f"<p>and {len(view['rows']) - len(shown)} more</p>" if len(view["rows"]) > len(shown) else ""
        worth = f", worth about {view['worth']} {self._quote}" if view["worth"] else ""
        headings = ("Asset", *self._product.columns.values(), f"Value in {self._quote}")
        what = f"{self._product.label} balances" if self._product.label else "Balances"
        told = html.escape(f"{what} on {self.client.environment}{worth}")
        return f"<p>{told}</p>{table_html(headings, rows)}{more}"
