"""One page about fills: the figures that matter, tables and pictures, in a notebook or as one HTML file."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from binance_nb.analysis import plots
from binance_nb.analysis.aftermath import markout_curve
from binance_nb.analysis.asof import MAX_AGE_MS
from binance_nb.analysis.benchmarks import slippage
from binance_nb.analysis.comparing import compare
from binance_nb.analysis.fees import fees_in_quote
from binance_nb.analysis.given import clean_fills, market_keys
from binance_nb.analysis.groups import cluster_of
from binance_nb.analysis.holdings import positions, profit
from binance_nb.analysis.lives import life_summary, order_lives
from binance_nb.analysis.plots import style
from binance_nb.analysis.prices import average_prices, maker_taker
from binance_nb.analysis.trips import round_trips
from binance_nb.errors import AnalysisError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LAST_TRIPS = 10
"""How many round trips are listed, the latest."""

WELL_KNOWN = ("average_price", "first_fill", "last_fill", "is_open", "cash_flow_quote")
"""Columns of the measures that a page can do without."""

CSS = """
.bnb-report { font: 14px/1.45 system-ui, sans-serif; color: %(text)s; background: %(back)s; max-width: 1120px;
  padding: 18px 22px; border: 1px solid %(grid)s; border-radius: 8px; box-sizing: border-box; }
.bnb-report h1 { font-size: 20px; margin: 0 0 2px; color: inherit; }
.bnb-report h2 { font-size: 15px; margin: 22px 0 8px; color: inherit; }
.bnb-report p { margin: 0 0 8px; color: %(quiet)s; }
.bnb-report .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 10px;
  margin: 14px 0 4px; }
.bnb-report .card { border: 1px solid %(grid)s; border-radius: 6px; padding: 8px 12px; }
.bnb-report .card b { display: block; font-size: 18px; font-variant-numeric: tabular-nums; }
.bnb-report .card span { color: %(quiet)s; font-size: 12px; }
.bnb-report .pictures { display: grid; gap: 14px;
  grid-template-columns: repeat(auto-fit, minmax(min(480px, 100%%), 1fr)); }
.bnb-report img { width: 100%%; height: auto; display: block; }
.bnb-report .scroll { overflow-x: auto; }
.bnb-report table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; color: inherit; }
.bnb-report th, .bnb-report td { padding: 4px 10px; text-align: right; border: 0; border-bottom: 1px solid %(grid)s;
  white-space: nowrap; background: none; color: inherit; }
.bnb-report th { font-weight: 600; vertical-align: bottom; }
.bnb-report ul { margin: 0; padding-left: 20px; color: %(quiet)s; }
"""


@dataclass(frozen=True, slots=True)
class Report:
    """What `report` returns: a notebook shows it by itself, `save` writes it to one HTML file.

    `figures` and `tables` hold its parts by their headings, `headline` its figures by their names, and `left_out` says
    what could not be told, and why.
    """

    title: str
    subtitle: str
    theme: str
    headline: dict[str, str] = field(default_factory=dict)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        """Name the report and what it holds."""
        return f"<Report {self.title}: {len(self.figures)} pictures, {len(self.tables)} tables>"

    def _repr_html_(self) -> str:
        return self._page()

    def _page(self) -> str:
        colours = style.look(self.theme)
        css = CSS % {name: getattr(colours, name) for name in ("text", "back", "grid", "quiet")}
        cards = "".join(
            f'<div class="card"><span>{escape(name)}</span><b>{escape(value)}</b></div>'
            for name, value in self.headline.items()
        )
        parts = [f"<h1>{escape(self.title)}</h1><p>{escape(self.subtitle)}</p>", f'<div class="cards">{cards}</div>']
        if self.figures:
            pictures = "".join(_picture(name, figure) for name, figure in self.figures.items())
            parts.append(f'<h2>Pictures</h2><div class="pictures">{pictures}</div>')
        parts += [f"<h2>{escape(name)}</h2>{_table(table)}" for name, table in self.tables.items()]
        if self.left_out:
            items = "".join(f"<li>{escape(each)}</li>" for each in self.left_out)
            parts.append(f"<h2>Left out, and why</h2><ul>{items}</ul>")
        return f'<style>{css}</style><article class="bnb-report">{"".join(parts)}</article>'

    def save(self, path: str | Path) -> Path:
        """Write the report to one HTML file, pictures included; return where it is. It needs nothing from elsewhere."""
        where = Path(path).expanduser()
        colours = style.look(self.theme)
        where.write_text(
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(self.title)}</title>'
            '<meta name="viewport" content="width=device-width"></head>'
            f'<body style="margin:0;background:{colours.back}">{self._page()}</body></html>',
            encoding="utf-8",
        )
        return where


def report(
    fills: pd.DataFrame,
    orders: pd.DataFrame | None = None,
    quotes: pd.DataFrame | None = None,
    *,
    market: pd.DataFrame | None = None,
    rates: pd.DataFrame | None = None,
    symbol: str | None = None,
    title: str = "What the fills cost",
    theme: str = "light",
    max_age_ms: float | None = MAX_AGE_MS,
) -> Report:
    """Return one page about fills, to look at in a notebook or to `save("report.html")`.

    `fills` (FILLS) are enough for a page; `orders` (ORDERS, REPORTS) add the lives of orders, `quotes` (QUOTES) the
    slippage against the mid before each fill and the markouts, `market` (QUOTES, MARKET_TRADES or KLINES; the quotes
    if not given) the price behind the fills, `rates` the prices by which fees in other assets are converted (see
    `fees_in_quote`). What is still open is valued at the last mid, or without quotes at the last fill. Headline and
    pictures are of one market: the one of `symbol`, or the one with most fills; the tables are of all. What cannot be
    told is left out, and the page says why: also of how many fills, where no quote younger than `max_age_ms`
    (milliseconds; None for no limit) stood before them. `theme` is "light" or "dark". Raises AnalysisError for fills
    that are none, or not of `symbol`. The intervals of slippage and markouts take the fills of one order together (see
    `cluster` of `compare`).
    """
    tidy = clean_fills(fills)
    if not len(tidy):
        raise AnalysisError("there are no fills to report on")
    mine, name = _one_market(tidy, symbol)
    span = tidy["transaction_time"]
    made = Report(
        title,
        f"{len(tidy):,} fills from {span.min():%Y-%m-%d %H:%M:%S} to {span.max():%Y-%m-%d %H:%M:%S} UTC; "
        f"headline and pictures: {name}",
        style.look(theme).name,
    )
    page = _Pages(made, tidy, mine, theme)
    page.fill_headline()
    page.draw_market(market if market is not None else quotes)
    costs = page.tell_costs(quotes, rates, max_age_ms)
    page.draw_aftermath(quotes, max_age_ms)
    page.tell_holdings(costs, _marks(tidy, quotes), rates)
    page.draw_hours()
    page.tell_orders(orders)
    return made


@dataclass(frozen=True, slots=True)
class _Pages:
    """Puts the parts of a report together; a part that a measure refuses is left out with the measure's sentence."""

    made: Report
    every: pd.DataFrame
    mine: pd.DataFrame
    theme: str

    def attempt(self, what: str, work: Callable[[], Any]) -> Any:
        """Return what `work` returns; where it refuses, say so in the report and return None."""
        try:
            return work()
        except AnalysisError as refused:
            self.made.left_out.append(f"{what}: {refused}")
            return None

    @property
    def assets(self) -> tuple[str, str]:
        return style.assets(str(self.mine["symbol"].iloc[0]))

    def fill_headline(self) -> None:
        base, quote = self.assets
        figures = self.made.headline
        prices = average_prices(self.mine, by=()).iloc[0]
        figures["fills"] = f"{len(self.mine):,}"
        figures["orders"] = f"{self.mine['order_id'].nunique():,}" if "order_id" in self.mine.columns else "–"
        figures[f"traded ({base})"] = _short(prices["quantity"])
        figures[f"traded ({quote})"] = _short(prices["quote_quantity"])
        figures["VWAP bought"] = _short(prices["buy_vwap"])
        figures["VWAP sold"] = _short(prices["sell_vwap"])
        shares = self.attempt("maker and taker", lambda: maker_taker(self.mine))
        if shares is not None:
            figures["as maker"] = f"{100 * shares['maker_share'].iloc[0]:.0f} %"

    def tell_costs(
        self, quotes: pd.DataFrame | None, rates: pd.DataFrame | None, max_age_ms: float | None
    ) -> pd.DataFrame:
        """Slippage and fees: headline, distribution and sum; return the fills with what of these is known."""
        costs, (_, quote) = self.mine, self.assets
        if quotes is None:
            self.made.left_out.append("slippage and markouts: they need the quotes around the fills (quotes=)")
        else:
            slipped = self.attempt("slippage", lambda: slippage(self.mine, "mid", quotes=quotes, max_age_ms=max_age_ms))
            if slipped is not None:
                costs = slipped
                unpriced = int(slipped["slippage_bps"].isna().sum())
                if unpriced:
                    old = "" if max_age_ms is None else f", or none younger than {max_age_ms / 1000:g} s (max_age_ms=)"
                    self.made.left_out.append(
                        f"the slippage of {unpriced:,} of {len(slipped):,} fills: no quote stood before them{old}"
                    )
                self.made.figures["slippage"] = plots.slippage_distribution(slipped, theme=self.theme)
                self._slippage_headline(slipped)
        paid = self.attempt("fees", lambda: fees_in_quote(costs, rates))
        if paid is not None:
            self.made.headline[f"fees ({quote})"] = _short(paid["fee_quote"].sum())
            costs = paid
        if {"slippage_quote", "fee_quote"} & set(costs.columns):
            self.made.figures["cost"] = plots.cumulative_cost(costs, theme=self.theme)
        return costs

    def _slippage_headline(self, slipped: pd.DataFrame) -> None:
        known = slipped.dropna(subset=["slippage_bps"])
        if not len(known):
            return
        middle = compare(known, "slippage_bps", cluster=cluster_of(known)).iloc[0]
        width = middle["high"] - middle["mean"]
        about = f" ± {width:.2f}" if np.isfinite(width) else ""
        self.made.headline["slippage (bp, mean ± 95 % by order)"] = f"{middle['mean']:.2f}{about}"

    def draw_market(self, market: pd.DataFrame | None) -> None:
        """The fills on the price."""
        figures = self.made.figures
        around = market if market is not None and len(market) else None
        drawn = self.attempt("the price chart", lambda: plots.price_chart(self.mine, around, theme=self.theme))
        if drawn is not None:
            figures["price"] = drawn

    def draw_hours(self) -> None:
        """When the fills came, where that is more than one hour."""
        if self.mine["transaction_time"].dt.floor("h").nunique() > 1:
            self.made.figures["hours"] = plots.fills_by_hour(self.mine, theme=self.theme)
        else:
            self.made.left_out.append("the fills by hour: all came within one hour")

    def draw_aftermath(self, quotes: pd.DataFrame | None, max_age_ms: float | None) -> None:
        """How the market moved after the fills."""
        if quotes is None:
            return
        curve = self.attempt(
            "markouts", lambda: markout_curve(self.mine, quotes, max_age_ms=max_age_ms, cluster=cluster_of(self.mine))
        )
        if curve is not None:
            self.made.figures["markout"] = plots.markout_curve(curve, theme=self.theme)

    def tell_holdings(self, costs: pd.DataFrame, marks: dict[str, float], rates: pd.DataFrame | None) -> None:
        """What was held, made and closed; the tables of all markets."""
        _, quote = self.assets
        made = self.attempt("profit", lambda: profit(costs, marks, rates=rates))
        if made is not None:
            self.made.headline[f"profit after fees ({quote})"] = _short(made["profit_quote"].sum())
        drawn = self.attempt("inventory", lambda: plots.inventory_and_profit(positions(costs), theme=self.theme))
        if drawn is not None:
            self.made.figures["inventory"] = drawn
        tables = self.made.tables
        tables["Markets"] = average_prices(self.every, by=())
        every = self.attempt("profit of all markets", lambda: profit(self.every, marks, rates=rates))
        if every is not None:
            tables["Positions"] = every
        trips = self.attempt("round trips", lambda: round_trips(self.every))
        if trips is not None and len(trips):
            last = f", the last {LAST_TRIPS} of {len(trips)}" if len(trips) > LAST_TRIPS else ""
            tables[f"Round trips{last}"] = trips.tail(LAST_TRIPS)

    def tell_orders(self, orders: pd.DataFrame | None) -> None:
        """How orders fared."""
        if orders is None:
            self.made.left_out.append("the lives of orders: they need the orders (orders=)")
            return
        lives = self.attempt("the lives of orders", lambda: order_lives(orders, self.every))
        if lives is not None and len(lives):
            by = [name for name in ("symbol", "order_type") if name in lives.columns]
            self.made.tables["Orders"] = life_summary(lives, by)


def _one_market(fills: pd.DataFrame, symbol: str | None) -> tuple[pd.DataFrame, str]:
    keys = market_keys(fills)
    chosen = fills if symbol is None else fills[fills["symbol"].astype("str") == symbol.upper()]
    if not len(chosen):
        raise AnalysisError(f"there are no fills of {symbol} to report on")
    market = chosen.groupby(keys, observed=True).size().idxmax()
    wanted = dict(zip(keys, market if isinstance(market, tuple) else (market,), strict=True))
    for name, value in wanted.items():
        chosen = chosen[chosen[name] == value]
    return chosen, " ".join(str(wanted[name]) for name in ("symbol", "product") if name in wanted)


def _marks(fills: pd.DataFrame, quotes: pd.DataFrame | None) -> dict[str, float]:
    """Return what a unit of each symbol is worth at the end: the last mid, or where there is none the last fill."""
    last = fills.groupby("symbol", observed=True)["last_executed_price"].last()
    marks = {str(symbol): float(price) for symbol, price in last.items()}
    if quotes is not None and len(quotes):
        newest = quotes.sort_values("event_time").groupby("symbol", observed=True)[["bid_price", "ask_price"]].last()
        mids = newest.astype("float64").mean(axis="columns")
        marks |= {str(symbol): float(mid) for symbol, mid in mids.items() if str(symbol) in marks}
    return marks


def _short(value: Any) -> str:
    """Return a number as a person reads it: thousands apart, and no more decimals than matter."""
    if not np.isfinite(value):
        return "–"
    decimals = 2 if abs(value) >= 100 else 4 if abs(value) >= 1 else 6
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _picture(name: str, figure: Figure) -> str:
    told = " – ".join(ax.get_title(loc="left") for ax in figure.axes if ax.get_title(loc="left"))
    data = base64.b64encode(style.png(figure)).decode()
    return f'<img alt="{escape(told or name)}" src="data:image/png;base64,{data}">'


def _table(table: pd.DataFrame) -> str:
    shown = table.dropna(axis="columns", how="all")
    shown = shown.drop(columns=[name for name in WELL_KNOWN if name in shown.columns])
    for name in shown.columns:
        column = shown[name]
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            shown[name] = column.dt.strftime("%m-%d %H:%M:%S")
        elif pd.api.types.is_float_dtype(column):
            shown[name] = [_short(value) for value in column.to_numpy(dtype="float64", na_value=np.nan)]
    shown.columns = [str(name).replace("_", " ") for name in shown.columns]
    return f'<div class="scroll">{shown.to_html(index=False, border=0, na_rep="–")}</div>'
