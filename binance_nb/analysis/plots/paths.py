"""Orders on the path of the price: where each waited, when it woke, what it paid, how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from binance_nb.analysis.given import NO_TIME, require, utc_ms
from binance_nb.analysis.plots import style
from binance_nb.analysis.plots.lives import ENDS
from binance_nb.analysis.plots.market import _market_around
from binance_nb.errors import AnalysisError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = len(style.MARKERS)
"""More orders than this have no line of their own in one picture."""

WIDTH = 8.0
"""Inches: the names of the orders stand beside the axes."""

FAINT = 0.45
"""How a line is drawn while its order is pending: known to the exchange, not accepted yet."""

NEEDS = (
    "transaction_time",
    "symbol",
    "order_id",
    "execution_type",
    "order_status",
    "price",
    "stop_price",
    "last_executed_qty",
    "last_executed_price",
    "is_on_book",
)
BASIS_POINT = 1e-4


def order_path(
    reports: pd.DataFrame,
    market: pd.DataFrame | None = None,
    *,
    symbol: str | None = None,
    ax: Axes | None = None,
    theme: str | None = None,
) -> Figure:
    """Draw the lives of a few orders of one symbol on the price over time, and return the Figure.

    `reports` is of REPORTS, as `client.execution_reports` returns it; `market` is what was around them, as
    `price_chart` takes it: MARKET_TRADES, QUOTES or KLINES. An order's line is drawn at its price, solid while it rests
    in the book, dashed before and faint while it is pending; at its stop price it is dotted until it is triggered. A
    trailing stop's dotted line follows the best trade since it was placed (or since its stop price was reached), where
    `market` holds trades. A triangle is the order's acceptance, a star its trigger, a dot a trade (hollow as maker),
    the last mark its end. Prices in quote units for one base unit, times in UTC. Raises AnalysisError, also for more
    than five orders.
    """
    require(reports, NEEDS, "reports")
    told, name = style.one_of(reports, "symbol", symbol, "reports")
    base, quote = style.assets(name)
    figure, ax, colours = style.begin(
        ax, theme, title=f"Orders on {name}" if name else "Orders", x="time (UTC)", y=f"price ({quote} for one {base})",
        width=WIDTH,
    )  # fmt: skip
    if market is not None and name:
        _market_around(ax, colours, market, name)
    if not len(told):
        style.say(ax, colours, "There are no reports to draw.")
        return figure
    told = told.assign(_ms=utc_ms(told, "transaction_time", "reports")).reset_index(drop=True)
    if (told["_ms"] == NO_TIME).any():
        raise AnalysisError("some reports have no transaction_time")
    lives = list(told.groupby("order_id", sort=False))
    if len(lives) > MOST:
        raise AnalysisError(f"{len(lives)} orders are more than {MOST} lines can show: choose some of them")
    style.time_axis(ax, colours)
    style.plain_numbers(ax)
    trades = _trades_of(market, name)
    end = max([int(told["_ms"].max()), *([int(trades["_ms"].max())] if len(trades) else [])])
    for (order_id, life), (_, colour, _, _) in zip(lives, style.pairs(lives, colours), strict=True):
        moved, wakes = _trail(life, trades, end)
        if len(wakes):
            ax.step(_when(moved), wakes, where="post", color=colour, linewidth=1.8, linestyle=":")
        _draw(ax, colours, colour, life, end, wakes)
        words = [str(life.iloc[0][word]) for word in ("side", "order_type") if word in life.columns]
        ax.plot([], [], color=colour, linewidth=2.2, label=" ".join([*words, f"#{order_id}"]))
    if market is None:
        style.room_for_one(ax, style.moments(told["transaction_time"]))
    _legend(ax, colours, told)
    return figure


def _draw(ax: Axes, colours: style.Look, colour: str, life: pd.DataFrame, end: int, wakes: Any) -> None:
    """Draw one order: its lines between its reports, and a mark for each thing that happened to it."""
    stamps = life["_ms"].to_numpy()
    status, kind = life["order_status"].astype("str").to_numpy(), life["execution_type"].astype("str").to_numpy()
    resting = life["is_on_book"].to_numpy(dtype="bool")
    price, stop = (life[column].to_numpy(dtype="float64") for column in ("price", "stop_price"))
    paid = life["last_executed_price"].to_numpy(dtype="float64")
    traded = life["last_executed_qty"].to_numpy(dtype="float64") > 0
    maker = life["is_maker"].to_numpy(dtype="bool") if "is_maker" in life.columns else np.zeros(len(life), dtype="bool")
    if len(wakes):
        stop = np.where(np.arange(len(life)) == 0, wakes[0], wakes[-1])
    # Where an order has no price of its own its marks stand where it traded.
    known = pd.Series(np.where(resting | np.isnan(stop), price, stop))
    place = known.fillna(pd.Series(paid)).bfill().ffill().to_numpy()
    following = np.append(stamps[1:], end)
    triggered = _triggers(life)
    for row in range(len(life)):
        if status[row] in ENDS or following[row] <= stamps[row]:
            continue
        when = _when([stamps[row], following[row]])
        waits = not resting[row] and not traded[: row + 1].any()
        faint = FAINT if status[row] == "PENDING_NEW" else 1.0
        if not np.isnan(price[row]):
            ax.plot(when, [price[row]] * 2, color=colour, linewidth=1.8, linestyle="--" if waits else "-", alpha=faint)
        if waits and not np.isnan(stop[row]) and not len(wakes):
            ax.plot(when, [stop[row]] * 2, color=colour, linewidth=1.8, linestyle=":", alpha=faint)
    for row in np.flatnonzero((kind == "NEW") & (status == "NEW")).tolist()[:1]:
        _mark(ax, colours, colour, stamps[row], place[row], ">", full=False)
    for row in np.flatnonzero(triggered).tolist():
        at = stop[row] if not np.isnan(stop[row]) else place[row]
        _mark(ax, colours, colour, stamps[row], at, "*", size=13)
    for row in np.flatnonzero(traded).tolist():
        _mark(ax, colours, colour, stamps[row], paid[row], "o", full=not maker[row], size=6)
    if status[-1] in ENDS and status[-1] != "FILLED":
        shape, full = ENDS[status[-1]]
        _mark(ax, colours, colour, stamps[-1], place[-1], shape, full=full)


def _triggers(life: pd.DataFrame) -> Any:
    """Return which reports tell that a waiting order woke: a second NEW of an order that had been accepted before."""
    is_new = (life["execution_type"].astype("str") == "NEW").to_numpy()
    accepted = (life["order_status"].astype("str") == "NEW").to_numpy()
    return is_new & np.append([False], accepted[:-1])


def _trail(life: pd.DataFrame, trades: pd.DataFrame, end: int) -> tuple[Any, Any]:
    """Return when (epoch ms) and to where the trades moved the price at which a trailing stop would wake."""
    if "trailing_delta" not in life.columns or not life["trailing_delta"].notna().any():
        return (), ()
    delta = float(life["trailing_delta"].dropna().iloc[0]) * BASIS_POINT
    over = life["_ms"].to_numpy()[_triggers(life) | life["order_status"].isin(ENDS).to_numpy()]
    first, last = int(life["_ms"].iloc[0]), int(over.min()) if len(over) else end
    sells = str(life["side"].iloc[0]) == "SELL"
    seen = trades[(trades["_ms"] >= first) & (trades["_ms"] <= last)]
    stop = life["stop_price"].dropna()
    if len(stop):  # it follows the price only once the price has been there
        falls = sells != str(life["order_type"].iloc[0]).startswith("TAKE_PROFIT")
        reached = seen["price"] <= stop.iloc[0] if falls else seen["price"] >= stop.iloc[0]
        seen = seen[reached.cummax()]
    if not len(seen):
        return (), ()
    best = (seen["price"].cummax() if sells else seen["price"].cummin()).to_numpy()
    wakes = best * (1 - delta if sells else 1 + delta)
    return np.append(seen["_ms"].to_numpy(), last), np.append(wakes, wakes[-1])


def _trades_of(market: pd.DataFrame | None, symbol: str) -> pd.DataFrame:
    """Return the trades of a symbol with their times in `_ms`; none where the market is told otherwise."""
    if market is None or not {"transaction_time", "price"} <= set(market.columns):
        return pd.DataFrame({"_ms": [], "price": []})
    if "symbol" in market.columns:
        market = market[(market["symbol"].astype("str") == symbol).to_numpy()]
    prices = market["price"].to_numpy(dtype="float64")
    return pd.DataFrame({"_ms": utc_ms(market, "transaction_time", "trades"), "price": prices}).sort_values(
        "_ms", kind="stable", ignore_index=True
    )


def _when(stamps: Any) -> Any:
    return np.asarray(stamps, dtype="int64").astype("datetime64[ms]")


def _mark(
    ax: Axes,
    colours: style.Look,
    colour: str,
    stamp: Any,
    price: Any,
    shape: str,
    *,
    full: bool = True,
    size: float = 9,
) -> None:
    ax.plot(_when([stamp]), [price], marker=shape, markersize=size, linestyle="none", color=colour, zorder=4,
            markeredgecolor=colours.text if full else colour, markeredgewidth=0.8 if full else 1.6,
            markerfacecolor=colour if full else colours.back)  # fmt: skip


def _legend(ax: Axes, colours: style.Look, told: pd.DataFrame) -> None:
    """Name the orders, and explain the marks and lines that occur."""
    from matplotlib.lines import Line2D

    grey = colours.quiet
    handles, labels = ax.get_legend_handles_labels()

    def explain(label: str, shape: str, *, full: bool = True) -> None:
        handles.append(Line2D([], [], marker=shape, linestyle="none", color=grey, markersize=7, markeredgecolor=grey,
                              markerfacecolor=grey if full else colours.back))  # fmt: skip
        labels.append(label)

    traded = told["last_executed_qty"] > 0
    maker = told["is_maker"] if "is_maker" in told.columns else pd.Series(data=False, index=told.index)
    woken = told.groupby("order_id", sort=False)[list(told.columns)].apply(lambda life: _triggers(life).any())
    if woken.any() or told["stop_price"].notna().any():
        handles.append(Line2D([], [], color=grey, linestyle=":", linewidth=1.8))
        labels.append("waits for this price")
    if (told["order_status"] == "PENDING_NEW").any():
        handles.append(Line2D([], [], color=grey, linestyle="--", linewidth=1.8, alpha=FAINT))
        labels.append("pending")
    explain("accepted (NEW)", ">", full=False)
    if woken.any():
        explain("triggered", "*")
    if (traded & ~maker).any():
        explain("TRADE as taker", "o")
    if (traded & maker).any():
        explain("TRADE as maker", "o", full=False)
    for status, (shape, full) in ENDS.items():
        if status != "FILLED" and (told["order_status"] == status).any():
            explain(status, shape, full=full)
    style.legend(ax, colours, outside=True, handles=handles, labels=labels)
