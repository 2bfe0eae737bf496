"""What a person touches in a notebook: ticket, fills, orders, positions, stream light, Desk with all (extra: lab)."""

from __future__ import annotations

try:
    import anywidget as _anywidget  # noqa: F401  (asked for first, so that its absence is told in one sentence)
except ImportError as missing:
    raise ImportError('the widgets need the extra "lab": pip install "binance-nb[lab]"') from missing

from binance_nb.widgets.account_view import AccountView
from binance_nb.widgets.desk import Desk
from binance_nb.widgets.fills_table import FillsTable
from binance_nb.widgets.open_orders import OpenOrders
from binance_nb.widgets.order_ticket import OrderTicket
from binance_nb.widgets.positions_table import PositionsTable
from binance_nb.widgets.price_view import PriceView
from binance_nb.widgets.stream_light import StreamLight

__all__ = [
    "AccountView",
    "Desk",
    "FillsTable",
    "OpenOrders",
    "OrderTicket",
    "PositionsTable",
    "PriceView",
    "StreamLight",
]
