"""Pictures of a market: fills on the price chart, and the depth of a book."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from binance_nb.analysis.given import clean_fills, require
from binance_nb.analysis.plots import style
from binance_nb.errors import AnalysisError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SMALLEST, LARGEST = 30.0, 160.0
"""Areas of the marks of the smallest and the largest fill, in square points."""


def price_chart(
    fills: pd.DataFrame,
    market: pd.DataFrame | None = None,
    *,
    symbol: str | None = None,
    ax: Axes | None = None,
    theme: str | None = None,
) -> Figure:
    """Draw the fills of one symbol on its price over time, and return the Figure.

    `market` is what was around them: QUOTES (drawn as the band from bid to ask), MARKET_TRADES (a line), or KLINES (low
    to high as a band, the close as a line). A BUY points up, a SELL down; a taker's mark is full, a maker's hollow; its
    area grows with the quantity. Price in quote units for one base unit, times in UTC. `symbol` chooses where the fills
    are of several. Raises AnalysisError.
    """
    mine, name = style.one_of(clean_fills(fills), "symbol", symbol, "fills")
    base, quote = style.assets(name)
    figure, ax, colours = style.begin(
        ax, theme, title=f"Fills on {name}" if name else "Fills", x="time (UTC)", y=f"price ({quote} for one {base})"
    )
    if market is not None and name:
        _market_around(ax, colours, market, name)
    if not len(mine):
        style.say(ax, colours, "There are no fills to draw.")
        return figure
    style.time_axis(ax, colours)
    style.plain_numbers(ax)
    quantity = mine["last_executed_qty"].to_numpy()
    area = SMALLEST + (LARGEST - SMALLEST) * quantity / quantity.max()
    when, price = style.moments(mine["transaction_time"]), mine["last_executed_price"].to_numpy()
    maker = mine["is_maker"].to_numpy(dtype="bool") if "is_maker" in mine.columns else np.zeros(len(mine), dtype="bool")
    for side, mark, colour in (("BUY", "^", colours.buy), ("SELL", "v", colours.sell)):
        for resting in (False, True):
            these = (mine["side"] == side).to_numpy() & (maker == resting)
            if these.any():
                ax.scatter(
                    when[these], price[these], s=area[these], marker=mark, edgecolors=colour, linewidths=1.4, zorder=3,
                    facecolors=colours.back if resting else colour, label=f"{side} as {'maker' if resting else 'taker'}"
                )  # fmt: skip
    if market is None:
        style.room_for_one(ax, when)
    style.legend(ax, colours, outside=True)
    return figure


def _market_around(ax: Axes, colours: style.Look, market: pd.DataFrame, symbol: str) -> None:
    """Draw quotes, trades or klines, told apart by their columns, behind the fills."""
    if "symbol" in market.columns:
        market = market[market["symbol"].astype("str") == symbol]
    columns = set(market.columns)
    if {"event_time", "bid_price", "ask_price"} <= columns:
        rows = market.sort_values("event_time", kind="stable")
        when = style.moments(rows["event_time"])
        band = rows["bid_price"].to_numpy(dtype="float64"), rows["ask_price"].to_numpy(dtype="float64")
        ax.fill_between(when, *band, step="post", color=colours.quiet, alpha=0.35, linewidth=0.6, label="bid to ask")
    elif {"open_time", "low", "high", "close", "close_time"} <= columns:
        rows = market.sort_values("open_time", kind="stable")
        when = style.moments(rows["close_time"])
        band = rows["low"].to_numpy(dtype="float64"), rows["high"].to_numpy(dtype="float64")
        ax.fill_between(when, *band, color=colours.quiet, alpha=0.25, linewidth=0, label="low to high")
        ax.plot(when, rows["close"].to_numpy(dtype="float64"), color=colours.quiet, linewidth=1.0, label="close")
    elif {"transaction_time", "price"} <= columns:
        rows = market.sort_values("transaction_time", kind="stable")
        when, price = style.moments(rows["transaction_time"]), rows["price"].to_numpy(dtype="float64")
        ax.plot(when, price, color=colours.quiet, linewidth=0.9, label="market trades")
    else:
        raise AnalysisError("market= must be quotes, trades or klines (see binance_nb.schemas)")


def book_depth(
    book: pd.DataFrame,
    *,
    symbol: str = "",
    ax: Axes | None = None,
    theme: str | None = None,
) -> Figure:
    """Draw how much a book holds up to each price, bids to the left, asks to the right; return the Figure.

    `book` is of BOOK, as `client.get_order_book` returns it. Each dot is a level; the height is the quantity from the
    best price up to and including it, in base units. `symbol` names the assets in the labels. Raises AnalysisError.
    """
    require(book, ("side", "price", "quantity"), "levels of the book")
    base, quote = style.assets(symbol) if symbol else ("base units", "quote units")
    figure, ax, colours = style.begin(
        ax, theme, title=f"Depth of the book{' of ' + symbol if symbol else ''}",
        x=f"price ({quote}{'' if symbol else ' for one base unit'}{f' for one {base}' if symbol else ''})",
        y=f"quantity up to the price ({base})",
    )  # fmt: skip
    if not len(book):
        style.say(ax, colours, "The book is empty.")
        return figure
    best: dict[str, float] = {}
    for side, falling, colour, mark, hatch in (
        ("BID", True, colours.buy, "o", "//"),
        ("ASK", False, colours.sell, "s", "\\\\"),
    ):
        levels = book[(book["side"] == side).to_numpy()].sort_values("price", ascending=not falling)
        if not len(levels):
            continue
        price = levels["price"].to_numpy(dtype="float64")
        depth = levels["quantity"].to_numpy(dtype="float64").cumsum()
        best[side] = float(price[0])
        label = f"{'bids: buyers' if falling else 'asks: sellers'} waiting"
        # From the best price outwards, the quantity of a level is there from its price on.
        ax.step(price, depth, where="post", color=colour, linewidth=1.6)
        ax.fill_between(price, depth, step="post", facecolor="none", edgecolor=colour, alpha=0.35, hatch=hatch,
                        linewidth=0)  # fmt: skip
        ax.plot(price, depth, linestyle="none", marker=mark, markersize=3.5, color=colour, label=label)
    if len(best) == 2:
        middle, gap = (best["BID"] + best["ASK"]) / 2, best["ASK"] - best["BID"]
        ax.axvline(middle, color=colours.quiet, linestyle=":", linewidth=1.2, label="mid")
        style.note(ax, colours, f"spread {gap:,.8g} {quote} = {gap / middle * 1e4:.2f} bp")
    ax.set_ylim(bottom=0)
    _price_axis(ax)
    style.legend(ax, colours, loc="upper center")
    return figure


def _price_axis(ax: Axes) -> None:
    """Write prices along the x axis in full."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    def written(value: float, _place: Any = None) -> str:
        return f"{value:,.8f}".rstrip("0").rstrip(".")

    ax.xaxis.set_major_locator(MaxNLocator(nbins=6))
    ax.xaxis.set_major_formatter(FuncFormatter(written))
