"""Implementation shortfall: what an idea lost on its way to the position, part by part."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from binance_nb.analysis.asof import MAX_AGE_MS, QuoteBook
from binance_nb.analysis.benchmarks import decision_prices
from binance_nb.analysis.fees import fees_in_quote
from binance_nb.analysis.given import clean_fills, floats, require, sign, utc_ms
from binance_nb.analysis.groups import ratio
from binance_nb.analysis.lives import check_filled, ordered_quantity
from binance_nb.analysis.orders import ENDED, arrivals, fill_sums, order_keys
from binance_nb.analysis.sources import brought, over_archives
from binance_nb.errors import AnalysisError

PARTS = ("delay", "execution", "opportunity", "fees")
"""The parts that the shortfall is the sum of."""


@over_archives
def shortfall(
    orders: pd.DataFrame,
    fills: pd.DataFrame | None = None,
    quotes: pd.DataFrame | None = None,
    *,
    rates: pd.DataFrame | None = None,
    symbols: pd.DataFrame | None = None,
    max_age_ms: float | None = MAX_AGE_MS,
) -> pd.DataFrame:
    """Return the implementation shortfall of each order and its parts; positive is worse for us.

    The paper order trades its whole quantity Q at the decision price Pd, at once and for nothing. The real one arrived
    at Pa, traded F at the volume-weighted price P, and left Q - F, worth Pe at the end. With s = +1 for BUY and -1 for
    SELL (after Perold, "The Implementation Shortfall", 1988, the paid part split at arrival):

        delay       = s F (Pa - Pd)          between decision and arrival
        execution   = s F (P - Pa)           between arrival and the fills
        opportunity = s (Q - F) (Pe - Pd)    what was never traded
        fees        = commissions in quote units (`fees_in_quote`)
        shortfall   = s (F P + (Q - F) Pe - Q Pd) + fees = the sum of the four

    `orders` may carry decision_price or decision_time; without either the decision is the arrival and delay is 0. Pa is
    the mid before the order was created; Pe the mid before the order's last change, or for an order still open the last
    mid of the record. An archive in the place of `orders` brings fills, quotes and rates. `fills` may have `fee_quote`
    already; else commissions are converted with `rates` and `symbols`.

    One row an order: the keys, `side`, `quantity`, `filled_quantity` (base units), `decision_price`, `arrival_price`,
    `vwap`, `end_price` (quote units for one base unit), `delay_quote`, `execution_quote`, `opportunity_quote`,
    `fees_quote`, `shortfall_quote` (quote units), and each again as `…_bps` of Q x Pd; NaN where a price that it needs
    is not in the record: a quote older than `max_age_ms` (milliseconds; None for no limit) is none, also the last of
    the record for an order that was heard of so long after it. Raises AnalysisError.
    """
    require(orders, ("quantity",), "orders")
    known = arrivals(orders)
    tidy = clean_fills(brought(fills, "fills"), "order_id")
    if "fee_quote" not in tidy.columns:
        tidy = fees_in_quote(tidy, rates, symbols=symbols)
    if np.isnan(floats(tidy, "fee_quote", "fills")).any():
        raise AnalysisError("some fills have no fee_quote: a fee left out would look like no fee")
    sums = fill_sums(tidy, known)
    filled = sums["quantity"].to_numpy()
    check_filled(known, filled)
    quantity = np.asarray(ordered_quantity(known, filled))
    left = np.where(np.isclose(quantity, filled, rtol=1e-12, atol=0), 0.0, quantity - filled)
    book = QuoteBook(brought(quotes, "quotes"), max_age_ms)
    arrival = book.mids(known, utc_ms(known, "arrival_time", "orders"))[0]
    decision = arrival
    if "decision_price" in known.columns or "decision_time" in known.columns:
        decision = decision_prices(known, quotes, max_age_ms)[0]
    end = _end_prices(known, sums["last"].to_numpy(), book)
    vwap = ratio(sums["amount"].to_numpy(), filled)
    side = sign(known)
    parts = {
        "delay": np.where(filled > 0, side * filled * (arrival - decision), 0.0),
        "execution": np.where(filled > 0, side * (sums["amount"].to_numpy() - filled * arrival), 0.0),
        "opportunity": np.where(left > 0, side * left * (end - decision), 0.0),
        "fees": sums["fees"].to_numpy(),
    }
    paper = quantity * decision
    done: dict[str, Any] = {name: known[name].array for name in order_keys(known)}
    done["side"] = known["side"].array
    done["quantity"], done["filled_quantity"] = quantity, filled
    done["decision_price"], done["arrival_price"], done["vwap"], done["end_price"] = decision, arrival, vwap, end
    done.update({f"{name}_quote": value for name, value in parts.items()})
    done["shortfall_quote"] = sum(parts.values())
    done.update({f"{name}_bps": ratio(value, paper) * 1e4 for name, value in parts.items()})
    done["shortfall_bps"] = ratio(done["shortfall_quote"], paper) * 1e4
    return pd.DataFrame(done)


def _end_prices(known: pd.DataFrame, last_fill: Any, book: QuoteBook) -> Any:
    """Return the mid before each order's end, or the record's last for one still open."""
    if "order_status" not in known.columns or "transaction_time" not in known.columns:
        raise AnalysisError("the orders need order_status and transaction_time to tell when what was left was given up")
    ended = known["order_status"].isin(ENDED).to_numpy()
    changed = ends_of(known, last_fill)
    heard = np.maximum(changed, utc_ms(known, "arrival_time", "orders"))
    return np.where(ended, book.mids(known, changed)[0], book.last_mids(known, heard))


def ends_of(known: pd.DataFrame, last_fill: Any) -> Any:
    """Return when each order changed last, of itself or by a fill (epoch ms)."""
    return np.maximum(utc_ms(known, "transaction_time", "orders"), last_fill)
