"""Slippage: what a fill cost against a benchmark, in basis points and in quote units."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from binance_nb.analysis.asof import MAX_AGE_MS, QuoteBook, taken
from binance_nb.analysis.given import NO_TIME, as_times, clean_fills, floats, sign, utc_ms
from binance_nb.analysis.groups import ratio
from binance_nb.analysis.market import day_price, interval_twap, interval_vwap
from binance_nb.analysis.orders import arrivals, fill_sums, order_rows
from binance_nb.analysis.sources import over_archives
from binance_nb.errors import AnalysisError

BENCHMARKS = {
    "arrival_mid": "the mid before the order was created",
    "decision_price": "the decision_price of the order, else the mid before its decision_time",
    "interval_vwap": "the market's volume-weighted price from the order's creation to its last fill",
    "interval_twap": "the market's time-weighted price from the order's creation to its last fill",
    "open": "the market's first price of the UTC day",
    "close": "the market's last price of the UTC day, known only afterwards",
    "bid": "the best bid before the fill",
    "ask": "the best ask before the fill",
    "mid": "the mid before the fill",
    "touch": "the best price that a taker could have had before the fill: the ask for a BUY, the bid for a SELL",
}
"""The benchmarks of `slippage`, each with what it is."""

_NEEDS = {
    "arrival_mid": (("orders",), ("quotes",)),
    "decision_price": (("orders",),),
    "interval_vwap": (("orders",), ("trades", "klines")),
    "interval_twap": (("orders",), ("quotes", "trades", "klines")),
    "open": (("klines", "trades"),),
    "close": (("klines", "trades"),),
    **dict.fromkeys(("bid", "ask", "mid", "touch"), (("quotes",),)),
}


@over_archives
def slippage(
    fills: pd.DataFrame,
    against: str = "mid",
    *,
    orders: pd.DataFrame | None = None,
    quotes: pd.DataFrame | None = None,
    trades: pd.DataFrame | None = None,
    klines: pd.DataFrame | None = None,
    max_age_ms: float | None = MAX_AGE_MS,
) -> pd.DataFrame:
    """Return the fills with what each cost against a benchmark; positive is worse for us.

    slippage_bps = s x (price - benchmark) / benchmark x 10,000 with s = +1 for BUY and -1 for SELL; slippage_quote =
    s x (price - benchmark) x quantity, in quote units. Sums over several fills: add slippage_quote, or weight
    slippage_bps by benchmark x quantity.

    `against` is one of BENCHMARKS. "arrival_mid" needs `orders` (ORDERS or REPORTS) and `quotes` (QUOTES);
    "decision_price" needs `orders` with a column decision_price, or decision_time and quotes; "interval_vwap" needs
    orders and `trades` (MARKET_TRADES) or `klines` (with a symbol column; those wholly inside count); "interval_twap"
    the same, or quotes; "open" and "close" need klines or trades of the whole day; "bid", "ask", "mid" and "touch"
    need quotes. Adds `benchmark` (the name), `benchmark_price` (quote units for one base unit), `benchmark_time` (since
    when it was known; NaT for prices of an interval), `slippage_bps`, `slippage_quote`; NaN where the record has no
    benchmark. A quote older than `max_age_ms` (milliseconds; None for no limit) is none: after the end of a record its
    last mid says nothing. Raises AnalysisError.
    """
    given = {"orders": orders, "quotes": quotes, "trades": trades, "klines": klines}
    if against not in BENCHMARKS:
        raise AnalysisError(f"{against!r} is no benchmark: {', '.join(BENCHMARKS)}")
    for either in _NEEDS[against]:
        if all(given[name] is None for name in either):
            raise AnalysisError(f"slippage against {against} needs {' or '.join(f'{name}=' for name in either)}")
    tidy = clean_fills(fills)
    price, since = _benchmark(tidy, against, max_age_ms, **given)
    paid = tidy["last_executed_price"].to_numpy()
    away = sign(tidy) * (paid - price)
    return tidy.assign(
        benchmark=pd.Categorical.from_codes(np.zeros(len(tidy), dtype="int8"), categories=pd.Index([against])),
        benchmark_price=price,
        benchmark_time=as_times(since),
        slippage_bps=ratio(away, price) * 1e4,
        slippage_quote=away * tidy["last_executed_qty"].to_numpy(),
    )


def _benchmark(
    tidy: pd.DataFrame, against: str, max_age_ms: float | None, *, orders: Any, quotes: Any, trades: Any, klines: Any
) -> Any:
    """Return the benchmark price of each fill, and since when it was known."""
    stamps = utc_ms(tidy, "transaction_time", "fills")
    never = np.full(len(tidy), NO_TIME)
    if against in {"bid", "ask", "mid", "touch"}:
        book = QuoteBook(quotes, max_age_ms)
        found = book.standing(tidy, stamps)
        side = {"bid": book.bid, "ask": book.ask, "mid": book.mid}
        if against == "touch":
            bought = (tidy["side"] == "BUY").to_numpy()
            price = np.where(bought, taken(book.ask, found), taken(book.bid, found))
        else:
            price = taken(side[against], found)
        return price, book.timeline.stamps(found)
    if against in {"open", "close"}:
        return day_price(tidy, stamps, against, klines=klines, trades=trades), never
    known = arrivals(orders)
    rows = order_rows(tidy, known)
    arrived = _of_order(utc_ms(known, "arrival_time", "orders"), rows)
    if against == "arrival_mid":
        return QuoteBook(quotes, max_age_ms).mids(tidy, arrived)
    if against == "decision_price":
        price, since = decision_prices(known, quotes, max_age_ms)
        return taken(price, rows), _of_order(since, rows)
    came, end = utc_ms(known, "arrival_time", "orders"), fill_sums(tidy, known)["last"].to_numpy()
    if against == "interval_vwap":
        price = interval_vwap(known, came, end, trades=trades, klines=klines)
    else:
        price = interval_twap(known, came, end, quotes=quotes, trades=trades, klines=klines, max_age_ms=max_age_ms)
    return taken(price, rows), never


def _of_order(stamps: Any, rows: Any) -> Any:
    """Return each fill's order's moment, NO_TIME where the order is not known."""
    return np.where(rows >= 0, stamps[np.maximum(rows, 0)], NO_TIME) if len(stamps) else np.full(len(rows), NO_TIME)


def decision_prices(
    known: pd.DataFrame, quotes: pd.DataFrame | None, max_age_ms: float | None = MAX_AGE_MS
) -> tuple[Any, Any]:
    """Return the price at which each order of `arrivals` was decided, and since when it was known.

    The column decision_price; where it is missing the mid before decision_time. Raises AnalysisError without either.
    """
    price = np.full(len(known), np.nan)
    since = np.full(len(known), NO_TIME)
    if "decision_price" not in known.columns and "decision_time" not in known.columns:
        raise AnalysisError("the orders have neither decision_price nor decision_time: add one, a value for each order")
    if "decision_price" in known.columns:
        price = floats(known, "decision_price", "orders")
    if "decision_time" in known.columns:
        decided = utc_ms(known, "decision_time", "orders")
        if quotes is not None:
            mids, told = QuoteBook(quotes, max_age_ms).mids(known, decided)
            since = np.where(np.isnan(price), told, decided)
            price = np.where(np.isnan(price), mids, price)
        elif "decision_price" not in known.columns:
            raise AnalysisError("a decision_time without a decision_price needs quotes= to say what the price was then")
        else:
            since = decided
    return price, since
