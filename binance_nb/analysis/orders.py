"""Orders as measures read them: one row an order, from orders or reports, with when it was decided and sent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from binance_nb.analysis.given import NO_TIME, as_times, codes_of, combined_codes, market_keys, require, utc_ms
from binance_nb.analysis.groups import Groups
from binance_nb.errors import AnalysisError

ENDED = ("FILLED", "CANCELED", "REJECTED", "EXPIRED", "EXPIRED_IN_MATCH")
"""States that an order does not leave (enums.md, "Order status")."""


def order_keys(frame: pd.DataFrame) -> list[str]:
    """Return the columns that tell orders apart: the exchange numbers them by symbol."""
    return [*market_keys(frame), "order_id"]


def arrivals(orders: pd.DataFrame) -> pd.DataFrame:
    """Return one row an order, in the order of the frame: what is known of it in the latest of its rows.

    `orders` is of ORDERS or REPORTS, and may carry `decision_time` (UTC) and `decision_price` (quote units for one base
    unit) for each order. A value missing in the latest row is taken from the one before. Adds `arrival_time`: when the
    order was created, else when it began working. Raises AnalysisError.
    """
    require(orders, ("symbol", "order_id", "side"), "orders")
    keys = order_keys(orders)
    if not len(orders):
        return orders.assign(arrival_time=as_times(np.empty(0, dtype="int64")))
    if not orders["side"].isin(["BUY", "SELL"]).all():
        raise AnalysisError("the orders have a side that is neither BUY nor SELL")
    tidy = orders
    codes = combined_codes(orders, keys)
    if pd.Series(codes).duplicated().any():
        if "transaction_time" in orders.columns:
            when = utc_ms(orders, "transaction_time", "orders")
            tidy, codes = orders.iloc[np.argsort(when, kind="stable")], codes[np.argsort(when, kind="stable")]
        values = [name for name in tidy.columns if name not in keys]
        latest = tidy[values].groupby(codes, sort=False).last()  # of each column the last that is not missing
        firsts = ~pd.Series(codes).duplicated().to_numpy()
        tidy = pd.concat([tidy.loc[firsts, keys].reset_index(drop=True), latest.reset_index(drop=True)], axis=1)
    else:
        tidy = tidy.reset_index(drop=True)
    came = np.full(len(tidy), NO_TIME)
    for name in ("order_creation_time", "working_time"):
        if name in tidy.columns:
            came = np.where(came == NO_TIME, utc_ms(tidy, name, "orders"), came)
    return tidy.assign(arrival_time=as_times(came))


def order_rows(fills: pd.DataFrame, known: pd.DataFrame) -> Any:
    """Return for each fill the row of its order in `known` (from `arrivals`), -1 where it is not there.

    Raises AnalysisError where fills of two products meet orders that do not say which product they are of.
    """
    require(fills, ("order_id",), "fills")
    keys = [name for name in order_keys(fills) if name in known.columns]
    if "product" not in keys and any("product" in frame and frame["product"].nunique() > 1 for frame in (fills, known)):
        raise AnalysisError("fills of two products need orders with a product column: order ids differ by product")
    theirs, mine = np.zeros(len(known), dtype="int64"), np.zeros(len(fills), dtype="int64")
    for name in keys:
        codes, values = codes_of(known[name])
        asked, names = codes_of(fills[name])
        places = pd.Index(values).get_indexer(pd.Index(names))
        theirs = theirs * (len(values) + 1) + codes + 1
        mine = mine * (len(values) + 1) + (np.where(asked >= 0, places[asked], -1) if len(places) else -1) + 1
    return pd.Index(theirs).get_indexer(pd.Index(mine))


def fill_sums(fills: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Return sums over the fills of each order of `known`, row by row: quantity, amount, fills, first, last (epoch ms).

    Fills of orders that are not in `known` are left out. `fills` come from `clean_fills`.
    """
    rows = order_rows(fills, known)
    mine = rows >= 0
    quantity = fills["last_executed_qty"].to_numpy()[mine]
    amount = quantity * fills["last_executed_price"].to_numpy()[mine]
    stamps = utc_ms(fills, "transaction_time", "fills")[mine]
    groups = Groups(pd.DataFrame({"row": rows[mine]}))
    place = groups.table["row"].to_numpy()
    sums: dict[str, Any] = {
        "quantity": np.zeros(len(known)),
        "amount": np.zeros(len(known)),
        "fees": np.zeros(len(known)),
        "fills": np.zeros(len(known), dtype="int64"),
        "first": np.full(len(known), NO_TIME),
        "last": np.full(len(known), NO_TIME),
    }
    sums["quantity"][place] = groups.sum(quantity)
    sums["amount"][place] = groups.sum(amount)
    if "fee_quote" in fills.columns:
        sums["fees"][place] = groups.sum(fills["fee_quote"].to_numpy()[mine])
    sums["fills"][place] = groups.size()
    sums["first"][place] = groups.least(stamps)
    sums["last"][place] = groups.most(stamps)
    return pd.DataFrame(sums)
