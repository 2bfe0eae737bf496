"""Positions: what was held after each fill, what it had cost, and what was made, by FIFO or average cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from binance_nb.analysis.fees import fees_in_quote
from binance_nb.analysis.given import clean_fills, combined_codes, floats, market_keys, require, sign
from binance_nb.analysis.groups import ratio
from binance_nb.analysis.lots import Walk, scale_for, walk
from binance_nb.analysis.sources import over_archives
from binance_nb.errors import AnalysisError

METHODS = ("fifo", "average")


def position_keys(frame: pd.DataFrame) -> list[str]:
    """Return the columns that tell positions apart: the market's, and the position side where fills have one."""
    has_side = "position_side" in frame.columns and bool(frame["position_side"].notna().any())
    return [*market_keys(frame), *(["position_side"] if has_side else [])]


@over_archives
def positions(fills: pd.DataFrame, method: str = "fifo", *, opening: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the fills with the position after each, its cost, and what the fill realised; profit is positive.

    A fill against the position closes it, oldest lots first ("fifo") or at their mean cost ("average"); what is left of
    it opens the other way. Adds `closed_quantity` (base units, how much of the fill closed); `realised_quote` =
    closed quantity x (price - cost) for a long, the negative for a short, before fees; `position` (base units, negative
    is short); `open_cost_quote`, signed like the position; `average_cost` = open_cost_quote / position (NaN when flat);
    `cumulative_realised_quote`. Always: cumulative_realised_quote - open_cost_quote = cash flow of the fills so far.

    A spot position starts at nothing, so that selling what was there before shows as short, unless `opening` tells the
    lots held before: `symbol` (and product, position_side where fills have them), `quantity` (signed), `price`, oldest
    first. Commissions taken in the base asset are not taken off the position. Raises AnalysisError.
    """
    tidy = clean_fills(fills)
    columns = {
        name: np.empty(len(tidy))
        for name in ("closed_quantity", "realised_quote", "position", "open_cost_quote", "cumulative_realised_quote")
    }
    for rows, held, walked, scale in walks(tidy, method, opening):
        columns["closed_quantity"][rows] = walked.closed[held:] / scale
        columns["realised_quote"][rows] = walked.realised[held:]
        columns["position"][rows] = walked.position[held:] / scale
        columns["open_cost_quote"][rows] = walked.open_cost[held:]
        columns["cumulative_realised_quote"][rows] = np.cumsum(walked.realised[held:])
    return tidy.assign(**columns, average_cost=ratio(columns["open_cost_quote"], columns["position"]))


def walks(
    tidy: pd.DataFrame, method: str, opening: pd.DataFrame | None = None
) -> Iterator[tuple[Any, int, Walk, float]]:
    """Yield for each position the rows of its fills, how many lots it began with, its walk, and the scale of that.

    `tidy` comes from `clean_fills`. The lots that it began with are the first entries of the walk.
    """
    if method not in METHODS:
        raise AnalysisError(f"{method!r} is no method: {', '.join(METHODS)}")
    keys = position_keys(tidy)
    signed = sign(tidy) * tidy["last_executed_qty"].to_numpy()
    prices = tidy["last_executed_price"].to_numpy()
    codes = combined_codes(tidy, keys)
    order = np.argsort(codes, kind="stable")
    edges = np.flatnonzero(np.diff(codes[order])) + 1
    lots = _lots_by_position(opening, keys)
    for rows in np.split(order, edges) if len(order) else []:
        name = position_names(tidy.iloc[rows[:1]], keys)[0]
        held, cost = lots.get(name, (np.empty(0), np.empty(0)))
        quantity = np.concatenate([held, signed[rows]])
        scale = scale_for(quantity)
        whole = np.rint(quantity * scale).astype("int64")
        yield rows, len(held), walk(whole, np.concatenate([cost, prices[rows]]), method, scale), scale


def _lots_by_position(opening: pd.DataFrame | None, keys: list[str]) -> dict[str, tuple[Any, Any]]:
    if opening is None or not len(opening):
        return {}
    opening = _lots(opening, keys)
    names = pd.Series(position_names(opening, keys), index=opening.index, dtype=object)
    return {
        name: (floats(part, "quantity", "opening lots"), floats(part, "price", "opening lots"))
        for name in dict.fromkeys(names)
        for part in [opening[names == name]]
    }


def _lots(opening: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return opening lots with every key column: lots that name no position side are of none, as spot is."""
    if "position_side" in keys and "position_side" not in opening.columns:
        opening = opening.assign(position_side=None)
    require(opening, (*keys, "quantity", "price"), "opening lots")
    return opening


def position_names(frame: pd.DataFrame, keys: list[str]) -> list[str]:
    """Return the position that each row is of; spot has no position side, which is a name like any other."""
    told = (frame[key].astype("object").where(frame[key].notna(), "").map(str) for key in keys)
    return ["/".join(row) for row in zip(*told, strict=True)]


def open_lots(fills: pd.DataFrame, method: str = "fifo", *, opening: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return what is still open after the fills, oldest first: the keys, `quantity` (signed base units), `price`.

    That is what `opening` of a later call takes. By average cost a position is one lot. Lots of `opening` whose
    position has no fills stay as they are.
    """
    tidy = clean_fills(fills)
    keys = position_keys(tidy)
    parts = []
    for rows, _, walked, scale in walks(tidy, method, opening):
        quantity, price = walked.lots
        told = {key: tidy[key].iloc[np.full(len(quantity), rows[0])].array for key in keys}
        parts.append(pd.DataFrame({**told, "quantity": quantity / scale, "price": price}))
    if opening is not None and len(opening):
        opening = _lots(opening, keys)
        traded = set(position_names(tidy.drop_duplicates(keys), keys))
        untouched = [name not in traded for name in position_names(opening, keys)]
        parts.append(opening.loc[untouched, [*keys, "quantity", "price"]])
    if not parts:
        return pd.DataFrame({**{key: pd.Series(dtype="str") for key in keys}, "quantity": [], "price": []}, dtype=None)
    return pd.concat(parts, ignore_index=True)


@over_archives
def profit(
    fills: pd.DataFrame,
    marks: Mapping[str, float] | pd.DataFrame | None = None,
    method: str = "fifo",
    *,
    rates: pd.DataFrame | None = None,
    symbols: pd.DataFrame | None = None,
    opening: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return what each position made, realised and not, and what it paid in fees; profit is positive.

    One row a position: the keys; `position` (base units), `average_cost`, `open_cost_quote`; `cash_flow_quote` = sum of
    -s x price x quantity over the fills, s = +1 for BUY; `realised_quote` (before fees); `mark_price`;
    `unrealised_quote` = position x mark_price - open_cost_quote (0 when flat, NaN without a mark); `fees_quote`;
    `profit_quote` = realised + unrealised - fees. With fills of futures that tell it, `exchange_realised_quote` sums
    their realized_pnl, which the exchange reckons by average cost.

    `marks` is a price a symbol: a mapping, or a frame with symbol and price (PRICES). Fees are the fills' `fee_quote`,
    else their commissions converted with `rates` and `symbols` (see `fees_in_quote`), NaN where the fills tell of no
    commissions at all. For `method` and `opening` see `positions`. Raises AnalysisError.
    """
    tidy = clean_fills(fills)
    keys = position_keys(tidy)
    fees = _fees(tidy, rates, symbols)
    cash = -sign(tidy) * tidy["last_executed_qty"].to_numpy() * tidy["last_executed_price"].to_numpy()
    rows_told = []
    prices = marks_of(marks)
    for rows, held, walked, scale in walks(tidy, method, opening):
        position = float(walked.position[-1] / scale)
        open_cost = float(walked.open_cost[-1])
        mark = prices.get(str(tidy["symbol"].iloc[rows[0]]), np.nan)
        told = {key: tidy[key].iloc[rows[0]] for key in keys}
        told |= {"position": position, "average_cost": open_cost / position if position else np.nan}
        told |= {"open_cost_quote": open_cost, "cash_flow_quote": float(cash[rows].sum())}
        told |= {"realised_quote": float(walked.realised[held:].sum()), "mark_price": mark}
        told |= {"unrealised_quote": position * mark - open_cost if position else 0.0}
        told |= {"fees_quote": float(fees[rows].sum())}
        told |= {"profit_quote": told["realised_quote"] + told["unrealised_quote"] - told["fees_quote"]}
        if "realized_pnl" in tidy.columns:
            told["exchange_realised_quote"] = _sum_of_known(floats(tidy, "realized_pnl", "fills")[rows])
        rows_told.append(told)
    columns = [*keys, *PROFIT_COLUMNS, *(["exchange_realised_quote"] if "realized_pnl" in tidy.columns else [])]
    return pd.DataFrame(rows_told, columns=columns).sort_values(keys, ignore_index=True)


PROFIT_COLUMNS = (
    *("position", "average_cost", "open_cost_quote", "cash_flow_quote", "realised_quote"),
    *("mark_price", "unrealised_quote", "fees_quote", "profit_quote"),
)
"""The columns of `profit` besides the keys."""


def _fees(tidy: pd.DataFrame, rates: pd.DataFrame | None, symbols: pd.DataFrame | None) -> Any:
    if "fee_quote" in tidy.columns:
        return floats(tidy, "fee_quote", "fills")
    if "commission_amount" not in tidy.columns:
        return np.full(len(tidy), np.nan)
    return fees_in_quote(tidy, rates, symbols=symbols)["fee_quote"].to_numpy()


def _sum_of_known(values: Any) -> float:
    return float(np.nansum(values)) if np.isfinite(values).any() else np.nan


def marks_of(marks: Mapping[str, float] | pd.DataFrame | None) -> dict[str, float]:
    """Return marks as a price for each symbol. Raises AnalysisError where a symbol has two."""
    if marks is None:
        return {}
    if isinstance(marks, pd.DataFrame):
        require(marks, ("symbol", "price"), "marks")
        if marks["symbol"].duplicated().any():
            raise AnalysisError("the marks tell more than one price of a symbol: which is it to be?")
        return dict(zip(marks["symbol"].astype("str"), floats(marks, "price", "marks"), strict=True))
    return {str(symbol): float(price) for symbol, price in marks.items()}
