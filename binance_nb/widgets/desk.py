"""Desk: the ticket, the market, the account, what is open and the fills of one client, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets

from binance_nb.models.fills import SPOT, USDM
from binance_nb.verbs.given import Product, product_name
from binance_nb.widgets.account_view import AccountView
from binance_nb.widgets.fills_table import FillsTable
from binance_nb.widgets.keywords import refuse_unknown
from binance_nb.widgets.last_rows import LastRows
from binance_nb.widgets.looking import LookingWidget
from binance_nb.widgets.open_orders import OpenOrders
from binance_nb.widgets.order_ticket import OrderTicket
from binance_nb.widgets.positions_table import PositionsTable
from binance_nb.widgets.price_view import PriceView
from binance_nb.widgets.pulse import PULSE
from binance_nb.widgets.stream_light import StreamLight

GAP = "8px"
TABLES_NEED = "690px"
"""How wide the table of open orders is with its buttons in sight; wider ones scroll below theirs."""
PARTS = ("ticket", "price", "account", "light", "positions", "orders", "fills")


class Desk(ipywidgets.HBox):  # type: ignore[misc]  # ipywidgets has no types
    """Ticket, account and the light of the stream on the left; on the right the market, the open orders and the fills.

    On a narrow page they stand below each other. The parts are `.ticket`, `.price`, `.account`, `.light`, `.orders` and
    `.fills`; the market is that of the symbol in the ticket. `product="usdm"` makes it a desk of USD-M futures, with
    `.positions` besides, which is None on spot. `allow_mainnet` is that of the parts that place orders.
    """

    is_closed = True  # until it is complete; ipywidgets closes even what was never finished

    def __init__(
        self,
        client: Any,
        symbol: str = "BTCUSDT",
        *,
        product: Product = SPOT,
        allow_mainnet: bool = False,
        **unknown: object,
    ) -> None:
        """Make the parts, all of one client. Raises TypeError for an unknown keyword, StreamError for no product."""
        refuse_unknown(type(self), unknown)
        of_futures = product_name(product) == USDM
        self.ticket = OrderTicket(client, symbol, product=product, allow_mainnet=allow_mainnet)
        self.price = PriceView(client, symbol, product=product)
        self.account = AccountView(client, product=product)
        self.light = StreamLight(client, product=product)
        self.positions = PositionsTable(client, allow_mainnet=allow_mainnet) if of_futures else None
        self.orders = OpenOrders(client, product=product, allow_mainnet=allow_mainnet)
        self.fills = FillsTable(client, product=USDM if of_futures else "")
        self._last_rows = LastRows()
        self.account.words = [*self.account.words, self._last_rows.name]
        self.ticket.observe(self._follow_symbol, "view")
        self.ticket.layout.flex, self.ticket.layout.max_width = "1 1 400px", "560px"
        state = ipywidgets.VBox([self.account, self.light], layout=_part("1 1 300px"))
        # Each goes below what is left of it where the two would have no room beside each other.
        wrapped = {"flex_flow": "row wrap", "align_content": "flex-start", "grid_gap": f"0 {GAP}"}
        left = ipywidgets.HBox([self.ticket, state], layout=_part("1 1 400px", **wrapped))
        tables = [self.orders, self.fills] if self.positions is None else [self.positions, self.orders, self.fills]
        right = ipywidgets.VBox([self.price, *tables], layout=_part(f"2 1 {TABLES_NEED}"))
        self._told = [self.price, self.account, *tables]
        super().__init__([left, right], layout=ipywidgets.Layout(width="100%", **wrapped))
        self.is_closed = False
        PULSE.add(self)

    def __repr__(self) -> str:
        """Name where its client trades."""
        return f"<Desk {self.ticket.client.environment}>"

    def beat(self) -> None:
        """Bring the words beside it up to date, when that is due."""
        if not self.is_closed and self._last_rows.is_due() and not self.account.page_is_gone:
            with self.account.errors_shown():
                self._last_rows.write(self._static_html())

    def _follow_symbol(self, change: Mapping[str, Any]) -> None:
        """Show the market of the symbol that the ticket is for."""
        self.price.symbol = change["new"]["symbol"]

    def _static_html(self) -> str:
        return "".join(part._static_html() for part in self._told)

    def _ipython_display_(self, **options: Any) -> None:
        if not self.is_closed:
            for part in self._told:
                if isinstance(part, LookingWidget):
                    part.look()
        self._last_rows.show_widget(self, **options)

    def close(self) -> None:
        """Close the parts and leave the page; orders stay open, fills stay in the ledger."""
        self.is_closed = True
        PULSE.remove(self)
        for part in PARTS:
            made = getattr(self, part, None)
            if made is not None:
                made.close()
        super().close()


def _part(flex: str, **more: str) -> ipywidgets.Layout:
    return ipywidgets.Layout(flex=flex, min_width="0", overflow="hidden", **more)
