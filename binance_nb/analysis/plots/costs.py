"""Pictures of costs: how slippage is spread, what happened after the fills, what added up, and groups compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from binance_nb.analysis.comparing import compare
from binance_nb.analysis.given import clean_fills, floats, require
from binance_nb.analysis.groups import cluster_of
from binance_nb.analysis.plots import style
from binance_nb.errors import AnalysisError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_BINS = 30
SECOND_MS = 1000


def slippage_distribution(slipped: pd.DataFrame, *, ax: Axes | None = None, theme: str | None = None) -> Figure:
    """Draw how the slippage of fills is spread, takers and makers apart, and return the Figure.

    `slipped` is what `analysis.slippage` returned. Basis points of the benchmark; right of zero is worse for us. The
    dashed upright is the mean over fills, the band around it its 95 % interval (`analysis.compare`). Fills without a
    benchmark are counted in the corner, never drawn. Raises AnalysisError.
    """
    require(slipped, ["slippage_bps"], "rows")
    values = floats(slipped, "slippage_bps", "rows")
    against = ""
    if "benchmark" in slipped.columns and len(slipped):
        against = " against " + ", ".join(slipped["benchmark"].astype("str").unique()).replace("_", " ")
    figure, ax, colours = style.begin(
        ax, theme, title=f"Slippage{against}", x="slippage (bp; right of zero is worse for us)", y="fills"
    )
    known = np.isfinite(values)
    if not known.any():
        style.say(ax, colours, "There is no fill with a benchmark to draw.")
        return figure
    shown = values[known]
    edges = _edges(shown)
    maker = np.zeros(len(shown), dtype="bool")
    if "is_maker" in slipped.columns:
        maker = slipped["is_maker"].to_numpy(dtype="bool")[known]
    kinds = (("taker", ~maker, colours.series[1], None), ("maker", maker, colours.series[0], "///"))
    for name, these, colour, hatch in kinds:
        if these.any():
            ax.hist(shown[these], bins=list(edges), facecolor="none" if hatch else colour, edgecolor=colour,
                    alpha=0.85, hatch=hatch, linewidth=1.1, label=f"as {name} ({int(these.sum())})")  # fmt: skip
    middle = compare(slipped, "slippage_bps", cluster=cluster_of(slipped)).iloc[0]
    ax.axvline(middle["mean"], color=colours.text, linestyle="--", linewidth=1.4, label=f"mean {middle['mean']:.2f} bp")
    if np.isfinite(middle["low"]):
        ax.axvspan(middle["low"], middle["high"], color=colours.text, alpha=0.12, linewidth=0, label="95 % of the mean")
    style.zero_line(ax, colours, upright=True)
    _whole_numbers(ax)
    if not known.all():
        style.note(ax, colours, f"{int((~known).sum())} of {len(known)} fills have no benchmark")
    style.legend(ax, colours, outside=True)
    return figure


def _edges(values: np.ndarray) -> np.ndarray:
    """Return the edges of bins that hold every value, one of them at zero if zero is among them."""
    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.array([low - 0.5, low + 0.5])
    count = int(min(MOST_BINS, max(5, np.sqrt(len(values)) * 2)))
    width = (high - low) / count
    first = np.floor(low / width)
    return np.arange(first, np.floor(high / width) + 2) * width


def _whole_numbers(ax: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))


def markout_curve(curve: pd.DataFrame, *, ax: Axes | None = None, theme: str | None = None) -> Figure:
    """Draw the mean markout after each horizon with the band of its interval; return the Figure.

    `curve` is what `analysis.markout_curve` returned, a line for each of its groups. Basis points of the fill's price;
    above zero the market went our way after the fill. The time axis is stretched near zero (logarithmic beyond the
    first horizon). Raises AnalysisError.
    """
    require(curve, ["horizon_ms", "mean_bps", "low_bps", "high_bps"], "points of the curve")
    figure, ax, colours = style.begin(
        ax, theme, title="Markout", x="time after the fill", y="markout (bp; above zero is better for us)"
    )
    if not np.isfinite(floats(curve, "mean_bps", "points of the curve")).any():
        style.say(ax, colours, "There is no markout to draw: no quotes follow the fills.")
        return figure
    keys = [name for name in curve.columns if name not in (*CURVE_COLUMNS,)]
    groups = list(curve.groupby(keys, observed=True, sort=True)) if keys else [((), curve)]
    for (name, part), colour, mark, line in style.pairs(groups, colours):
        points = part.sort_values("horizon_ms")
        seconds = points["horizon_ms"].to_numpy() / SECOND_MS
        label = ", ".join(_said(key, value) for key, value in zip(keys, name, strict=True)) or None
        ax.fill_between(seconds, points["low_bps"].to_numpy(), points["high_bps"].to_numpy(), color=colour, alpha=0.2,
                        linewidth=0)  # fmt: skip
        ax.plot(seconds, points["mean_bps"].to_numpy(), color=colour, marker=mark, linestyle=line, markersize=5,
                label=label)  # fmt: skip
    style.zero_line(ax, colours)
    _horizon_axis(ax, np.sort(curve["horizon_ms"].unique()))
    style.note(ax, colours, "bands: 95 % intervals of the means unless told otherwise")
    style.legend(ax, colours, outside=True)
    return figure


CURVE_COLUMNS = ("horizon_ms", "fills", "mean_bps", "low_bps", "high_bps")


def _said(key: str, value: object) -> str:
    if key == "is_maker":
        return "maker" if value else "taker"
    return str(value)


def _horizon_axis(ax: Axes, horizons: np.ndarray) -> None:
    """Tell horizons by name, as many as there is room for."""
    positive = horizons[horizons > 0]
    if len(positive):
        nearest = float(positive[0]) / SECOND_MS
        ax.set_xscale("symlog", linthresh=nearest, linscale=0.6)
        ax.set_xlim(-nearest / 8, 1.15 * float(positive[-1]) / SECOND_MS)
    shown = horizons if len(horizons) <= 8 else horizons[:: int(np.ceil(len(horizons) / 8))]
    ax.set_xticks(shown / SECOND_MS, [_span(int(each)) for each in shown])
    ax.minorticks_off()


def _span(ms: int) -> str:
    """Return a length of time in its natural unit."""
    for size, unit in ((3_600_000, "h"), (60_000, "min"), (1000, "s")):
        if ms >= size:
            return f"{ms / size:g} {unit}"
    return f"{ms} ms" if ms else "0"


def cumulative_cost(costs: pd.DataFrame, *, ax: Axes | None = None, theme: str | None = None) -> Figure:
    """Draw what fills had cost in all after each of them, and return the Figure.

    `costs` is what `analysis.slippage`, `analysis.fees_in_quote`, or one on the result of the other returned: fills
    with `slippage_quote`, `fee_quote` or both, then also their sum; in quote units, of one symbol or of several with
    one quote asset. Upwards is worse for us. Slippage that is not known counts as nothing and is told. Raises
    AnalysisError.
    """
    parts = [name for name in ("slippage_quote", "fee_quote") if name in costs.columns]
    if not parts:
        raise AnalysisError("the fills have neither slippage_quote nor fee_quote: see analysis.slippage, fees_in_quote")
    tidy = clean_fills(costs)
    quotes = {style.assets(str(symbol))[1] for symbol in tidy["symbol"].unique()}
    if len(quotes) > 1:
        raise AnalysisError(f"costs in {', '.join(sorted(quotes))} do not add up: draw one quote asset at a time")
    unit = quotes.pop() if quotes else "quote units"
    figure, ax, colours = style.begin(
        ax, theme, title="What the fills cost", x="time (UTC)", y=f"cumulative cost ({unit}; up is worse)"
    )
    if not len(tidy):
        style.say(ax, colours, "There are no fills to draw.")
        return figure
    when = style.moments(tidy["transaction_time"])
    lines = {name.removesuffix("_quote"): np.nancumsum(floats(tidy, name, "fills")) for name in parts}
    if len(parts) > 1:
        lines["both"] = np.sum(list(lines.values()), axis=0)
    for (name, total), colour, mark, line in style.pairs(list(lines.items()), colours):
        ax.step(when, total, where="post", color=colour, linestyle=line, marker=mark, markersize=4.5,
                markevery=max(1, len(total) // 12), label={"fee": "fees"}.get(name, name))  # fmt: skip
    style.time_axis(ax, colours)
    style.plain_numbers(ax)
    style.zero_line(ax, colours)
    style.room_for_one(ax, when)
    unknown = int(np.isnan(floats(tidy, parts[0], "fills")).sum())
    if unknown:
        style.note(ax, colours, f"{unknown} of {len(tidy)} fills have no benchmark and count as nothing")
    style.legend(ax, colours, outside=True)
    return figure


def group_means(compared: pd.DataFrame, unit: str, *, ax: Axes | None = None, theme: str | None = None) -> Figure:
    """Draw the mean of each group with its interval, and return the Figure.

    `compared` is what `analysis.compare` returned; `unit` labels the axis, such as "slippage (bp; right is worse)". A
    group of one value has no interval. Raises AnalysisError.
    """
    require(compared, ["count", "mean", "low", "high"], "groups")
    height = 1.2 + 0.42 * max(len(compared), 2)
    figure, ax, colours = style.begin(ax, theme, title="Means and their intervals", x=unit, y="", height=height)
    if not len(compared):
        style.say(ax, colours, "There are no groups to draw.")
        return figure
    keys = [name for name in compared.columns if name not in ("count", "mean", "deviation", "low", "high")]
    names = []
    for row, (place, colour, mark, _) in enumerate(style.pairs(range(len(compared)), colours)):
        group = compared.iloc[place]
        middle, low, high = (float(group[name]) for name in ("mean", "low", "high"))
        ax.plot([low, high], [-row, -row], color=colour, linewidth=2.2, solid_capstyle="butt", marker="|", markersize=9)
        ax.plot([middle], [-row], color=colour, marker=mark, markersize=8, linestyle="none")
        said = ", ".join(_said(key, group[key]) for key in keys) or "all"
        names.append(f"{said} (n = {int(group['count'])})")
    ax.set_yticks([-row for row in range(len(names))], names)
    ax.set_ylim(-len(names) + 0.4, 0.6)
    ax.grid(visible=False, axis="y")
    style.zero_line(ax, colours, upright=True)
    return figure
