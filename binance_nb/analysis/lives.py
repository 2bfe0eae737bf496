"""Lives of orders: how much of each was filled, how long it took and waited, how it ended."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from binance_nb.analysis.given import NO_TIME, as_times, clean_fills, floats, require, utc_ms
from binance_nb.analysis.groups import By, Groups, group_names, ratio, with_groups
from binance_nb.analysis.orders import ENDED, arrivals, fill_sums, order_keys, order_rows
from binance_nb.analysis.sources import brought, over_archives
from binance_nb.errors import AnalysisError

CANCELLED = ("CANCELED", "PENDING_CANCEL")
LIFE_TEXTS = ("side", "order_type", "order_status")


@over_archives
def order_lives(orders: pd.DataFrame, fills: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the life of each order, one row an order.

    `orders` is of ORDERS or REPORTS (several rows of one order are taken together), `fills` of FILLS. An archive in
    their place brings both: an order is measured with all its fills, on whatever days they were. Columns: the
    keys, `side`, `order_type`, `order_status` where the orders have them; `quantity`, `filled_quantity` (base units);
    `fill_rate` = filled / quantity; `fills` (count); `arrival_time` (created, else working), `working_time` (on the
    book since), `first_fill`, `last_fill`, `end_time` (of an order that has ended: its last change);
    `time_to_first_fill_ms` and `time_to_last_fill_ms` from arrival_time; `queue_time_ms` from working_time (else
    arrival_time) to the first fill as maker: what a resting order waited, missing for one that never was a maker;
    `is_cancelled`. Raises AnalysisError, also where the fills hold less of an order than the order itself says.
    """
    require(orders, ("quantity",), "orders")
    known = arrivals(orders)
    tidy = clean_fills(brought(fills, "fills"), "order_id")
    sums = fill_sums(tidy, known)
    filled = sums["quantity"].to_numpy()
    check_filled(known, filled)
    arrived = utc_ms(known, "arrival_time", "orders")
    working = (
        utc_ms(known, "working_time", "orders") if "working_time" in known.columns else np.full(len(known), NO_TIME)
    )
    first, last = sums["first"].to_numpy(), sums["last"].to_numpy()
    ordered = ordered_quantity(known, filled)
    done: dict[str, Any] = {name: known[name].array for name in order_keys(known)}
    done.update({name: known[name].array for name in LIFE_TEXTS if name in known.columns})
    done["quantity"] = ordered
    done["filled_quantity"] = filled
    done["fill_rate"] = ratio(filled, ordered)
    done["fills"] = sums["fills"].to_numpy()
    done["arrival_time"] = as_times(arrived)
    done["working_time"] = as_times(working)
    done["first_fill"] = as_times(first)
    done["last_fill"] = as_times(last)
    done["end_time"] = as_times(_ended(known, last))
    done["time_to_first_fill_ms"] = _apart(first, arrived)
    done["time_to_last_fill_ms"] = _apart(last, arrived)
    done["queue_time_ms"] = _apart(_first_as_maker(tidy, known), np.where(working == NO_TIME, arrived, working))
    cancelled = known["order_status"].isin(CANCELLED) if "order_status" in known.columns else False
    return pd.DataFrame(done).assign(is_cancelled=cancelled)


def life_summary(lives: pd.DataFrame, by: By = ("symbol",)) -> pd.DataFrame:
    """Return how the orders of each group fared, from the rows of `order_lives`.

    `by` names columns of the lives, or "day", "hour", "minute" of arrival_time (UTC). Columns: the keys; `orders`,
    `filled_orders` (wholly), `cancelled_orders` (counts); `fill_rate`, the mean over orders of filled / quantity;
    `cancel_rate` = cancelled / all; medians over orders of time_to_first_fill_ms, time_to_last_fill_ms and
    queue_time_ms (of those that have one), as `median_…`. Quantities of different symbols do not add up, so each order
    counts the same.
    """
    times = ("time_to_first_fill_ms", "time_to_last_fill_ms", "queue_time_ms")
    require(lives, ("fill_rate", "is_cancelled", *times), "lives")
    keys, names = with_groups(lives, group_names(by), time="arrival_time", market=False, what="lives")
    groups = Groups(keys if names else pd.DataFrame({"all": np.zeros(len(lives), dtype="int64")}))
    rate = lives["fill_rate"].to_numpy()
    known = np.isfinite(rate)
    counts = groups.size()
    cancelled = groups.sum(lives["is_cancelled"].to_numpy(dtype="bool"))
    medians = lives[list(times)].groupby(groups.numbers).median().reindex(range(groups.count))
    table: pd.DataFrame = groups.table[names]
    return table.assign(
        orders=counts,
        filled_orders=groups.sum(np.isclose(rate, 1.0, rtol=0, atol=1e-12)).astype("int64"),
        cancelled_orders=cancelled.astype("int64"),
        fill_rate=ratio(groups.sum(np.where(known, rate, 0.0)), groups.sum(known)),
        cancel_rate=ratio(cancelled, counts),
        **{f"median_{name}": medians[name].to_numpy() for name in times},
    )


def ordered_quantity(known: pd.DataFrame, filled: Any) -> Any:
    """Return the quantity of each order in base units; of an order by quote quantity, what was filled of it."""
    quantity = floats(known, "quantity", "orders")
    if "quote_order_qty" not in known.columns:
        return quantity
    by_quote = (floats(known, "quote_order_qty", "orders") > 0) & ~(quantity > 0)
    return np.where(by_quote, filled, quantity)


def check_filled(known: pd.DataFrame, filled: Any) -> None:
    """Raise AnalysisError where the fills of an order do not go with what the order says of itself."""
    quantity = np.asarray(ordered_quantity(known, filled))
    slack = 1e-9 * np.maximum(np.abs(quantity), 1e-12)
    too_much = filled > quantity + slack
    if too_much.any():
        raise AnalysisError(
            f"the fills of {int(too_much.sum())} of {len(known)} orders add up to more than was ordered: "
            f"order_id {known['order_id'].to_numpy()[too_much][0]} is the first"
        )
    if "cumulative_filled_qty" in known.columns:
        missing = floats(known, "cumulative_filled_qty", "orders") > filled + slack
        if missing.any():
            raise AnalysisError(
                f"the fills lack some of what {int(missing.sum())} of {len(known)} orders have had filled: "
                f"order_id {known['order_id'].to_numpy()[missing][0]} is the first"
            )


def _ended(known: pd.DataFrame, last_fill: Any) -> Any:
    """Return when each ended order changed last (epoch ms), NO_TIME for one still open."""
    if "order_status" not in known.columns or "transaction_time" not in known.columns:
        return np.full(len(known), NO_TIME)
    ended = known["order_status"].isin(ENDED).to_numpy()
    return np.where(ended, np.maximum(utc_ms(known, "transaction_time", "orders"), last_fill), NO_TIME)


def _first_as_maker(tidy: pd.DataFrame, known: pd.DataFrame) -> Any:
    """Return when each order was first filled as maker (epoch ms), NO_TIME for never."""
    found = np.full(len(known), NO_TIME)
    if "is_maker" not in tidy.columns:
        return found
    made = tidy[tidy["is_maker"].to_numpy(dtype="bool")]
    rows = order_rows(made, known)
    groups = Groups(pd.DataFrame({"row": rows[rows >= 0]}))
    found[groups.table["row"].to_numpy()] = groups.least(utc_ms(made, "transaction_time", "fills")[rows >= 0])
    return found


def _apart(later: Any, earlier: Any) -> Any:
    later, earlier = np.asarray(later), np.asarray(earlier)
    known = (later != NO_TIME) & (earlier != NO_TIME)
    return np.where(known, np.where(known, later, 0) - np.where(known, earlier, 0), np.nan)
