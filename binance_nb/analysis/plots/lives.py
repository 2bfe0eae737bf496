"""The life cycle of orders, drawn from their execution reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from binance_nb.analysis.given import NO_TIME, as_times, floats, require, utc_ms
from binance_nb.analysis.plots import style
from binance_nb.errors import AnalysisError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LANE = 0.56
"""Height of the bar of an order that rests in the book; lanes are 1 apart."""

MOST = 40
"""More lanes than this cannot be read."""

ENDS = {
    "FILLED": ("o", True),
    "CANCELED": ("X", True),
    "EXPIRED": ("D", False),
    "EXPIRED_IN_MATCH": ("d", False),
    "REJECTED": ("s", False),
}
"""The mark of each way to end: its shape, and whether it is full."""

NEEDS = ("transaction_time", "symbol", "order_id", "order_status", "cumulative_filled_qty", "quantity")


def order_life(
    reports: pd.DataFrame,
    *,
    until: pd.Timestamp | None = None,
    ax: Axes | None = None,
    theme: str | None = None,
) -> Figure:
    """Draw what became of each order over time, one lane an order, the oldest on top; return the Figure.

    `reports` is of REPORTS, as `client.execution_reports` returns it. While an order rests in the book its lane is a
    box, which fills from below as the order does; while it waits for its trigger (`is_on_book` is false and nothing is
    filled) the lane is a dashed line. A tick is a trade, the mark at the end tells how the order ended; one without a
    mark is still open at `until`, the last report's time unless told. Times in UTC. Raises AnalysisError, also for more
    than 40 orders.
    """
    require(reports, NEEDS, "reports")
    figure_height = 1.5 + 0.42 * min(max(reports["order_id"].nunique(), 2), MOST)
    figure, ax, colours = style.begin(
        ax, theme, title="Life of each order", x="time (UTC)", y="order", height=figure_height
    )
    if not len(reports):
        style.say(ax, colours, "There are no reports to draw.")
        return figure
    told = reports.assign(_ms=utc_ms(reports, "transaction_time", "reports")).reset_index(drop=True)
    if (told["_ms"] == NO_TIME).any():
        raise AnalysisError("some reports have no transaction_time")
    order = ["_ms", *(["execution_id"] if "execution_id" in told.columns else [])]
    told = told.sort_values(order, kind="stable")
    lives = list(told.groupby(["symbol", "order_id"], sort=False, observed=True))
    if len(lives) > MOST:
        raise AnalysisError(f"{len(lives)} orders are more than {MOST} lanes can show: choose some of them")
    end = max(int(told["_ms"].max()), 0 if until is None else int(pd.Timestamp(until).timestamp() * 1000))
    span = max(end - int(told["_ms"].min()), 1)
    for lane, (_, life) in enumerate(lives):
        _draw(ax, colours, -lane, life, end)
    ax.set_yticks([-lane for lane in range(len(lives))], [_label(life.iloc[0]) for _, life in lives])
    ax.set_ylim(-len(lives) + 0.4, 0.6)
    ax.grid(visible=False, axis="y")
    ax.set_ylabel("")
    style.time_axis(ax, colours)
    first = int(told["_ms"].min())
    edges = _times([first - span * 0.03 - 1, end + span * 0.04 + 1])
    ax.set_xlim(edges[0], edges[1])
    _legend(ax, colours, told)
    return figure


def _label(row: pd.Series[Any]) -> str:
    words = [str(row[name]) for name in ("side", "order_type") if name in row.index and pd.notna(row[name])]
    return " ".join(words) + f" #{row['order_id']}"


def _times(stamps: Any) -> Any:
    return style.moments(as_times(np.asarray(stamps, dtype="float64").astype("int64")))


def _draw(ax: Axes, colours: style.Look, lane: float, life: pd.DataFrame, end: int) -> None:
    """Draw one lane: what the order was between its reports, its trades, and its end."""
    stamps = life["_ms"].to_numpy()
    filled, quantity = floats(life, "cumulative_filled_qty", "reports"), floats(life, "quantity", "reports")
    share = np.divide(filled, quantity, out=np.zeros(len(life)), where=quantity > 0)
    status = life["order_status"].astype("str").to_numpy()
    resting = filled > 0
    if "is_on_book" in life.columns:
        resting = resting | life["is_on_book"].to_numpy(dtype="bool")
    else:
        resting = np.ones(len(life), dtype="bool")
    colour = colours.series[0] if str(life.iloc[0].get("side")) != "SELL" else colours.series[1]
    following = np.append(stamps[1:], end)
    bottom = lane - LANE / 2
    for row in range(len(life)):
        if status[row] in ENDS or following[row] <= stamps[row]:
            continue
        when = _times([stamps[row], following[row]])
        if resting[row]:
            ax.fill_between(when, bottom, bottom + LANE, facecolor="none", edgecolor=colour, linewidth=1.2)
            ax.fill_between(when, bottom, bottom + LANE * share[row], facecolor=colour, alpha=0.55, linewidth=0)
        else:
            ax.plot(when, [lane, lane], color=colour, linestyle="--", linewidth=1.4)
    if "last_executed_qty" in life.columns:
        traded = floats(life, "last_executed_qty", "reports") > 0
        ax.vlines(_times(stamps[traded]), lane - LANE / 2, lane + LANE / 2, color=colours.text, linewidth=1.4, zorder=3)
    if status[-1] in ENDS:
        mark, full = ENDS[status[-1]]
        ax.plot(_times(stamps[-1:]), [lane], marker=mark, markersize=8, color=colour, zorder=4, linestyle="none",
                markeredgecolor=colours.text, markerfacecolor=colour if full else colours.back)  # fmt: skip


def _legend(ax: Axes, colours: style.Look, told: pd.DataFrame) -> None:
    """Explain the marks that occur."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    grey = colours.quiet
    handles: list[Any] = [
        Patch(facecolor="none", edgecolor=grey, label="resting in the book"),
        Patch(facecolor=grey, alpha=0.55, label="filled so far"),
    ]
    if "is_on_book" in told.columns and (~told["is_on_book"].astype("bool") & (told["order_status"] == "NEW")).any():
        handles.append(Line2D([], [], color=grey, linestyle="--", label="waiting, not in the book"))
    handles.append(
        Line2D([], [], color=colours.text, marker="|", markersize=9, markeredgewidth=1.4, linestyle="none",
               label="a trade")
    )  # fmt: skip
    for status, (mark, full) in ENDS.items():
        if (told["order_status"] == status).any():
            handles.append(
                Line2D([], [], marker=mark, markersize=7, linestyle="none", color=grey, markeredgecolor=colours.text,
                       markerfacecolor=grey if full else colours.back, label=status)
            )  # fmt: skip
    style.legend(ax, colours, outside=True, handles=handles, labels=[handle.get_label() for handle in handles])
