"""A book as a ladder: its prices one above the other, and how much waits at each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from binance_nb.analysis.given import floats, require
from binance_nb.analysis.plots import style
from binance_nb.errors import AnalysisError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 60
"""More rungs than this cannot be read."""

BAR = 0.72
"""Height of a bar; rungs are 1 apart."""


def book_ladder(
    book: pd.DataFrame,
    *,
    taken: Any = None,
    mine: Any = None,
    symbol: str = "",
    ax: Axes | None = None,
    theme: str | None = None,
) -> Figure:
    """Draw the levels of a book one above the other, asks over bids, and return the Figure.

    `book` is of BOOK, as `client.get_order_book` returns it; each level is a bar as long as its quantity in base units,
    whatever the distance between the prices. `taken` and `mine` say, in base units and in the rows' order, how much of
    each level an order takes (drawn solid, from the left) and how much of it is one's own (a mark at that length).
    `symbol` names the assets. Raises AnalysisError, also for more than 60 levels.
    """
    require(book, ("side", "price", "quantity"), "levels of the book")
    base, quote = style.assets(symbol) if symbol else ("base units", "quote units")
    known = {"taken": _beside(taken, book, "taken"), "mine": _beside(mine, book, "mine")}
    if len(book) > MOST:
        raise AnalysisError(f"{len(book)} levels are more than a ladder of {MOST} rungs can show: ask for fewer")
    figure, ax, colours = style.begin(
        ax, theme, title=f"Book{' of ' + symbol if symbol else ''}", x=f"quantity ({base})",
        y=f"price ({quote})", height=1.3 + 0.22 * max(len(book), 6),
    )  # fmt: skip
    if not len(book):
        style.say(ax, colours, "The book is empty.")
        return figure
    rungs = book.reset_index(drop=True).assign(**known).sort_values("price", kind="stable", ignore_index=True)
    quantity = floats(rungs, "quantity", "levels of the book")
    ax.grid(visible=False, axis="y")
    for side, colour, hatch in (("ASK", colours.sell, "\\\\\\"), ("BID", colours.buy, "///")):
        rows = np.flatnonzero((rungs["side"] == side).to_numpy())
        if not len(rows):
            continue
        word = "asks: sellers" if side == "ASK" else "bids: buyers"
        ax.barh(rows, quantity[rows], height=BAR, facecolor="none", edgecolor=colour, hatch=hatch, alpha=0.45)
        ax.barh(rows, quantity[rows], height=BAR, facecolor="none", edgecolor=colour, linewidth=1.1,
                label=f"{word} waiting")  # fmt: skip
        eaten = rungs["taken"].to_numpy()[rows]
        if eaten.any():
            ax.barh(rows, eaten, height=BAR, color=colour, label="taken")
    own = np.flatnonzero(rungs["mine"].to_numpy() > 0)
    if len(own):
        ax.plot(rungs["mine"].to_numpy()[own], own, linestyle="none", marker="D", markersize=7, color=colours.text,
                markerfacecolor=colours.back, markeredgewidth=1.6, label="of which mine")  # fmt: skip
    ax.set_yticks(range(len(rungs)), [_written(price) for price in rungs["price"]])
    ax.set_ylim(-0.7, len(rungs) - 0.3)
    ax.set_xlim(left=0)
    bids, asks = (rungs.loc[rungs["side"] == side, "price"] for side in ("BID", "ASK"))
    if len(bids) and len(asks):
        ax.axhline(len(bids) - 0.5, color=colours.quiet, linestyle=":", linewidth=1.2)
        gap, middle = asks.min() - bids.max(), (asks.min() + bids.max()) / 2
        style.note(ax, colours, f"spread {gap:,.8g} {quote} = {gap / middle * 1e4:.2f} bp")
    style.legend(ax, colours, outside=True)
    return figure


def _beside(given: Any, book: pd.DataFrame, name: str) -> Any:
    """Return one number a level, zero where none was given."""
    if given is None:
        return np.zeros(len(book))
    beside = np.asarray(given, dtype="float64")
    if beside.shape != (len(book),):
        raise AnalysisError(f"{name}= needs one quantity a level: {len(book)}, not {beside.size}")
    return np.nan_to_num(beside)


def _written(price: float) -> str:
    return f"{price:,.8f}".rstrip("0").rstrip(".") if price < 1 else f"{price:,.2f}"
