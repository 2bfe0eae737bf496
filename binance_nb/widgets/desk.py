"""Desk: the ticket, the open orders and the fills of one client, side by side."""

from __future__ import annotations

from typing import Any

import ipywidgets

from binance_nb.widgets.fills_table import FillsTable
from binance_nb.widgets.keywords import refuse_unknown
from binance_nb.widgets.open_orders import OpenOrders
from binance_nb.widgets.order_ticket import OrderTicket


class Desk(ipywidgets.HBox):  # type: ignore[misc]  # ipywidgets has no types
    """A ticket on the left, open orders above fills on the right; on a narrow page they stand below each other.

    The parts are `.ticket`, `.orders` and `.fills`. `allow_mainnet` is that of OrderTicket and OpenOrders.
    """

    def __init__(self, client: Any, symbol: str = "BTCUSDT", *, allow_mainnet: bool = False, **unknown: object) -> None:
        """Make the parts, all of one client. Raises TypeError for an unknown keyword."""
        refuse_unknown(type(self), unknown)
        self.ticket = OrderTicket(client, symbol, allow_mainnet=allow_mainnet)
        self.orders = OpenOrders(client, allow_mainnet=allow_mainnet)
        self.fills = FillsTable(client)
        self.ticket.layout.flex = "1 1 420px"
        self.ticket.layout.max_width = "560px"
        right = ipywidgets.VBox(
            [self.orders, self.fills], layout=ipywidgets.Layout(flex="2 1 560px", min_width="0", overflow="hidden")
        )
        super().__init__(
            [self.ticket, right], layout=ipywidgets.Layout(flex_flow="row wrap", width="100%", grid_gap="8px")
        )

    def __repr__(self) -> str:
        """Name where its client trades."""
        return f"<Desk {self.ticket.client.environment}>"

    def close(self) -> None:
        """Close the parts and leave the page; orders stay open, fills stay in the ledger."""
        for part in ("ticket", "orders", "fills"):
            if hasattr(self, part):
                getattr(self, part).close()
        super().close()
