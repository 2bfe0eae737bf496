"""Pictures of positions: what was held and what was made, and when the fills came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from binance_nb.analysis.given import floats, require
from binance_nb.analysis.plots import style
from binance_nb.analysis.prices import average_prices
from binance_nb.errors import AnalysisError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_DAYS = 14
"""Up to so many days have a row each in the heat map; more are gathered by the day of the week."""

MARKS = 12
"""About so many marks tell a line from another; one a fill would hide the line."""

MOST_TOLD = 100
"""Numbers below this fit into a cell of the heat map."""

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def inventory_and_profit(
    held: pd.DataFrame,
    *,
    symbol: str | None = None,
    ax: Sequence[Axes] | None = None,
    theme: str | None = None,
) -> Figure:
    """Draw the position after each fill above, what was realised so far below; return the Figure.

    `held` is what `analysis.positions` returned, of one symbol (or say `symbol`) and one position side. Base units
    above, negative is short; quote units below, before fees, and after them too where the fills have `fee_quote`. `ax`
    is a pair of Axes. Raises AnalysisError.
    """
    require(held, ["transaction_time", "symbol", "position", "cumulative_realised_quote"], "positions")
    mine, name = style.one_of(held, "symbol", symbol, "positions")
    for key in ("product", "position_side"):
        if key in mine.columns and mine[key].notna().any():  # spot has no position side
            mine, _ = style.one_of(mine, key, None, "positions")
    base, quote = style.assets(name)
    colours = style.look(theme)
    if ax is None:
        figure = style.new_figure(colours, height=4.8)
        top, bottom = figure.subplots(2, 1, sharex=True)
    else:
        top, bottom = ax
        figure = cast("Figure", top.get_figure(root=True))
    style.dress(top, colours, title=f"Inventory{' of ' + name if name else ''}", x="", y=f"position ({base})")
    style.dress(bottom, colours, title="Profit realised", x="time (UTC)", y=f"profit ({quote})")
    if not len(mine):
        for each in (top, bottom):
            style.say(each, colours, "There are no fills to draw.")
        return figure
    when = style.moments(mine["transaction_time"])
    position, made = mine["position"].to_numpy(), mine["cumulative_realised_quote"].to_numpy()
    sparse = max(1, len(mine) // MARKS)
    top.step(when, position, where="post", color=colours.series[0], linewidth=1.6)
    top.fill_between(when, 0, position, step="post", color=colours.series[0], alpha=0.2, linewidth=0)
    bottom.step(when, made, where="post", color=colours.series[2], linewidth=1.6, marker="^", markersize=4.5,
                markevery=sparse, label="before fees")  # fmt: skip
    if "fee_quote" in mine.columns:
        after = made - np.cumsum(floats(mine, "fee_quote", "positions"))
        bottom.step(when, after, where="post", color=colours.series[1], linewidth=1.4, linestyle="--", marker="v",
                    markersize=4.5, markevery=sparse, label="after fees")  # fmt: skip
    for each in (top, bottom):
        style.zero_line(each, colours)
        style.time_axis(each, colours)
        style.plain_numbers(each)
        style.room_for_one(each, when)
    if ax is None:
        top.set_xlabel("")
        top.tick_params(labelbottom=False)
        top.xaxis.get_offset_text().set_visible(False)
    style.legend(bottom, colours, outside=True)
    return figure


def fills_by_hour(
    fills: pd.DataFrame,
    *,
    value: str = "fills",
    ax: Axes | None = None,
    theme: str | None = None,
) -> Figure:
    """Draw when the fills came, as a heat map of UTC hours: a row a day up to 14 days, else a row a weekday.

    `value` is "fills", their number, or "quote_quantity", what they were worth, of symbols with one quote asset
    (`analysis.average_prices` by hour). Returns the Figure. Raises AnalysisError.
    """
    if value not in {"fills", "quote_quantity"}:
        raise AnalysisError(f"value={value!r} is not one of fills, quote_quantity")
    hours = average_prices(fills, by="hour")
    quotes = {style.assets(str(symbol))[1] for symbol in hours["symbol"].unique()}
    if value == "quote_quantity" and len(quotes) > 1:
        raise AnalysisError(f"amounts in {', '.join(sorted(quotes))} do not add up: draw one quote asset at a time")
    unit = "fills in the hour" if value == "fills" else f"traded in the hour ({', '.join(quotes) or 'quote units'})"
    days = pd.Series(hours["hour"].dt.floor("D").unique()).sort_values() if len(hours) else pd.Series([])
    weekly = len(days) > MOST_DAYS
    rows = WEEKDAYS if weekly else [f"{day:%a %d %b %Y}" for day in days]
    figure, ax, colours = style.begin(
        ax, theme, title="Fills by hour", x="hour of the day (UTC)", y="day of the week" if weekly else "day",
        height=1.5 + 0.3 * max(len(rows), 3),
    )  # fmt: skip
    if not len(hours):
        style.say(ax, colours, "There are no fills to draw.")
        return figure
    cells = np.zeros((len(rows), 24))
    place = hours["hour"].dt.dayofweek if weekly else pd.Index(days).get_indexer(hours["hour"].dt.floor("D"))
    np.add.at(cells, (np.asarray(place), hours["hour"].dt.hour.to_numpy()), hours[value].to_numpy())
    ax.grid(visible=False)
    edges = np.arange(25) - 0.5, np.arange(len(rows) + 1) - 0.5
    mesh = ax.pcolormesh(*edges, np.ma.masked_equal(cells, 0), cmap=colours.heat, vmin=0, edgecolors=colours.back,
                         linewidth=1.0)  # fmt: skip
    ax.set_yticks(range(len(rows)), list(rows))
    ax.set_xticks(range(0, 24, 2), [f"{hour:02d}" for hour in range(0, 24, 2)])
    ax.set_xlim(-0.5, 23.5)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    bar = figure.colorbar(mesh, ax=ax, pad=0.02)
    bar.set_label(unit, color=colours.text, fontsize=style.LABEL_SIZE)
    bar.ax.tick_params(colors=colours.text, labelsize=style.TICK_SIZE)
    bar.outline.set_edgecolor(colours.grid)
    style.note(ax, colours, "hours without a fill are left blank")
    if value == "fills" and cells.max() < MOST_TOLD:
        for row, hour in zip(*cells.nonzero(), strict=True):
            dark = sum(mesh.to_rgba(cells[row, hour])[:3]) / 3 < 0.5
            ax.text(hour, row, f"{cells[row, hour]:.0f}", ha="center", va="center", fontsize=style.TICK_SIZE - 1.5,
                    color="#ffffff" if dark else "#000000")  # fmt: skip
    return figure
