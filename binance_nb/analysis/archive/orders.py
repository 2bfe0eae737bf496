"""The orders of one market and day of an archive, each with all of its fills, on whatever days those were."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from binance_nb.analysis.archive.days import Options, rates_around, standing
from binance_nb.analysis.archive.files import Part, as_schema
from binance_nb.analysis.archive.reader import DAY_MS, Reader
from binance_nb.analysis.fees import fees_in_quote
from binance_nb.analysis.given import clean_fills, utc_ms
from binance_nb.analysis.lives import order_lives
from binance_nb.analysis.orders import arrivals, fill_sums
from binance_nb.analysis.shortfalls import ends_of, shortfall

MEASURES: dict[str, Any] = {"order_lives": order_lives, "shortfall": shortfall}
"""Measures of each order by itself: those created on one day of a market give the same as among all."""


def measured_orders(reader: Reader, part: Part, measure: str, options: Options) -> pd.DataFrame:
    """Return a measure of the orders of one file; what the options leave out comes from the archive."""
    orders = reader.read("orders", [part])
    around: Options = {"fills": options.get("fills")}
    if around["fills"] is None:
        around["fills"] = _fills_of(reader, part, orders)
    if measure == "shortfall":
        around |= _around_shortfall(reader, part, orders, around["fills"], options)
    told: pd.DataFrame = MEASURES[measure](orders, **(options | around))
    return told


def _fills_of(reader: Reader, part: Part, orders: pd.DataFrame) -> pd.DataFrame:
    """Return the fills of these orders, of the day they were created and any day since that has such ids.

    What an order says of its own end is not relied on: its row may be older than its last fill.
    """
    ids = orders["order_id"].unique()
    if not len(ids):
        return reader.read("fills", [])
    low, high = int(ids.min()), int(ids.max())
    parts = []
    for each in reader.parts("fills", part.product, part.symbol):
        if each.day >= part.day:
            least, greatest = reader.order_ids(each)
            if least <= high and greatest >= low:
                parts.append(each)
    if not parts:
        return reader.read("fills", [])
    sql = "select * from held where order_id in (select unnest(?)) order by transaction_time, trade_id"
    return as_schema("fills", reader.query(parts, sql, ids.tolist()))


def _around_shortfall(
    reader: Reader, part: Part, orders: pd.DataFrame, fills: pd.DataFrame, options: Options
) -> Options:
    around: Options = {"fills": _with_fees(reader, part, fills, options)}
    if options.get("quotes") is None:
        known = arrivals(orders)
        tidy = clean_fills(fills, "order_id")
        moments = [utc_ms(known, name, "orders") for name in ("arrival_time", "decision_time") if name in known.columns]
        if "transaction_time" in known.columns:
            moments.append(ends_of(known, fill_sums(tidy, known)["last"].to_numpy()))
        quotes = standing(reader, part.product, part.symbol, np.concatenate(moments))
        last = reader.last_quote(part.product, part.symbol)  # what an order that is still open is worth
        around["quotes"] = pd.concat([quotes, last], ignore_index=True)
    return around


def _with_fees(reader: Reader, part: Part, fills: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Return the fills with their fees in the quote asset, at the prices of the day of each."""
    if not len(fills):
        return fills.assign(fee_quote=0.0)
    if "fee_quote" in fills.columns:
        return fills
    stamps = utc_ms(fills, "transaction_time", "fills")
    days = stamps - stamps % DAY_MS
    told = []
    for day in np.unique(days):
        mine = fills[days == day]
        there = Part("fills", part.product, part.symbol, pd.Timestamp(day, unit="ms").strftime("%Y-%m-%d"))
        given = {name: options[name] for name in ("rates", "symbols") if name in options}
        told.append(fees_in_quote(mine, **(rates_around(reader, there, mine, options) | given)))
    every: pd.DataFrame = pd.concat(told, ignore_index=True)
    return every
