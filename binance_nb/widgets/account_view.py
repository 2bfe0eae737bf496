"""AccountView: the balances of an account, live, with what they are worth."""

from __future__ import annotations

import html
import time
from collections import deque
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from binance_nb.models.decimals import plain
from binance_nb.models.events import Balance, BalanceUpdate
from binance_nb.widgets.assets import bundle
from binance_nb.widgets.base import MONEY
from binance_nb.widgets.keywords import refuse_unknown
from binance_nb.widgets.last_rows import table_html
from binance_nb.widgets.looking import LookingWidget
from binance_nb.widgets.ticket_words import money

BALANCES_EVERY_S = 30.0
"""How often all balances are asked for besides what the stream tells (weight 20; rest-api.md)."""
PRICES_EVERY_S = 10.0
"""How often the prices of all symbols are (weight 4)."""
WORDS_ROWS = 50
"""So many assets, the most valuable, stand in the words beside it."""
STREAMING = {"connected", "recovering"}
BRIDGES = ("BTC", "USDT", "USDC", "FDUSD", "ETH", "BNB")
"""Through these an asset is valued that has no symbol with the one that values are told in."""
NOUGHT = Decimal(0)


class AccountView(LookingWidget):
    """The spot balances of a client's account: free, locked by open orders, and worth, the largest first.

    `quote` is the asset that worth is told in, by last prices; it stays empty where no price leads there. The user data
    stream keeps the balances current while cells run (`start_stream=False` leaves it alone; then they are asked for
    now and then). `.balances` is what it knows as a dict of `Balance` by asset.
    """

    BACKGROUND: ClassVar = {"balances": "No balances", "prices": "No prices"}
    SHOW_EVERY_S: ClassVar = 0.3
    """An account of hundreds of assets is too much to be told with each of a thousand fills."""
    _esm = bundle("common.js", "view.js", "account_view.js")
    _css = bundle("common.css", "views.css", "account_view.css")

    def __init__(self, client: Any, *, quote: str = "USDT", start_stream: bool = True, **unknown: object) -> None:
        """Show the balances and follow the stream."""
        refuse_unknown(type(self), unknown)
        super().__init__(client)
        self._quote = quote.strip().upper()
        self._known = False
        self._held: dict[str, Balance] = {}
        self._prices: dict[str, Decimal] = {}
        self._turns: dict[str, tuple[int, str]] = {}
        self._arrived: deque[BalanceUpdate] = deque()
        self._heard_since: set[str] = set()
        self._was_streaming = False
        self._subscription = client.subscribe_balances(self._arrived.append)
        if start_stream:
            client.submit("start_stream").add_done_callback(self._stream_started)
        self._show()
        self.start()

    @property
    def balances(self) -> dict[str, Balance]:
        """The balances as they are known now, by asset."""
        with self._lock:
            self._take_arrived()
            return dict(self._held)

    # From the exchange

    def _take_arrived(self) -> None:
        """Take what the stream told; a change that comes without the balance after it is asked for."""
        while self._arrived:
            update = self._arrived.popleft()
            for balance in update.balances:
                self._heard_since.add(balance.asset)
                self._put(balance)
            if not update.balances:
                self._make_due(["balances"])

    def _put(self, balance: Balance) -> None:
        before = self._held.get(balance.asset)
        if before == balance:
            return
        self._changed = True
        self._held[balance.asset] = balance
        if self._known:
            had = NOUGHT if before is None else before.free + before.locked
            has = balance.free + balance.locked
            direction = "up" if has > had else "down" if has < had else "moved"
            self._turns[balance.asset] = (self._turns.get(balance.asset, (0, ""))[0] + 1, direction)

    def _take_balances(self, answer: Mapping[str, Any]) -> None:
        self._take_arrived()
        told = {
            row["asset"]: Balance(row["asset"], Decimal(row["free"]), Decimal(row["locked"])) for row in _rows(answer)
        }
        # What the stream told while the answer was on its way is newer than the answer.
        for asset in (self._held.keys() | told.keys()) - self._heard_since:
            self._put(told.get(asset, Balance(asset, NOUGHT, NOUGHT)))
        self._known = True

    def _take_prices(self, answer: Iterable[Mapping[str, Any]]) -> None:
        prices = {row["symbol"]: Decimal(row["price"]) for row in answer}
        self._changed |= prices != self._prices
        self._prices = prices

    def look(self) -> None:
        """Ask for what is due, as it does by itself while a page shows it."""
        now = time.monotonic()
        streaming = str(getattr(getattr(self.client, "stream_state", None), "state", "")) in STREAMING
        if streaming and not self._was_streaming:
            self._make_due(["balances"])  # nobody told of what happened while it was away
        self._was_streaming = streaming
        if self._is_due("balances", now, BALANCES_EVERY_S if streaming else BALANCES_EVERY_S / 3):
            self._heard_since.clear()
            self._ask("balances", "get_account_info", self._take_balances, raw=True)
        if self._is_due("prices", now, PRICES_EVERY_S):
            self._ask("prices", "get_price", self._take_prices, raw=True)

    # What is shown

    def _price(self, asset: str, quote: str) -> Decimal | None:
        """Return the last price of one unit of an asset in another, whichever way round their symbol is."""
        if asset == quote:
            return Decimal(1)
        if self._prices.get(asset + quote):
            return self._prices[asset + quote]
        return 1 / self._prices[quote + asset] if self._prices.get(quote + asset) else None

    def _value(self, balance: Balance) -> Decimal | None:
        for bridge in (self._quote, *BRIDGES):
            there, back = self._price(balance.asset, bridge), self._price(bridge, self._quote)
            if there is not None and back is not None:
                return (balance.free + balance.locked) * there * back
        return None

    def _told(self) -> dict[str, Any]:
        with self._lock:
            held = [(self._value(one), one) for one in self._held.values() if one.free or one.locked]
            held.sort(key=lambda pair: (pair[0] is None, -(pair[0] or 0), pair[1].asset))
            worth = [value for value, _ in held if value is not None]
            return {
                "environment": self.client.environment,
                "money": MONEY.get(self.client.environment, ""),
                "quote": self._quote,
                "known": self._known,
                "rows": [
                    {
                        "asset": one.asset,
                        "free": plain(one.free),
                        "locked": plain(one.locked),
                        "total": plain(one.free + one.locked),
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
        rows = [[row[name] for name in ("asset", "free", "locked", "total", "value")] for row in shown]
        more = f"<p>and {len(view['rows']) - len(shown)} more</p>" if len(view["rows"]) > len(shown) else ""
        worth = f", worth about {view['worth']} {self._quote}" if view["worth"] else ""
        headings = ("Asset", "Free", "Locked", "Total", f"Value in {self._quote}")
        place = html.escape(self.client.environment)
        return f"<p>Balances on {place}{html.escape(worth)}</p>{table_html(headings, rows)}{more}"


def _rows(answer: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    found: Iterable[Mapping[str, Any]] = answer["balances"]
    return found
