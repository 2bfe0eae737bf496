"""Profit over an archive: a market day by day, what is open at the end of one carried into the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from binance_nb.analysis.archive.days import rates_around
from binance_nb.analysis.archive.reader import Reader, check_table
from binance_nb.analysis.archive.work import Runner
from binance_nb.analysis.given import FILL_COLUMNS
from binance_nb.analysis.groups import ratio
from binance_nb.analysis.holdings import PROFIT_COLUMNS, marks_of, open_lots, position_names, profit

NEEDS = (
    *FILL_COLUMNS,
    "product",
    "position_side",
    "commission_amount",
    "commission_asset",
    "fee_quote",
    "realized_pnl",
)
ADDS = ("cash_flow_quote", "realised_quote", "fees_quote", "exchange_realised_quote")
"""The columns of `profit` that add up over days."""


def total_profit(
    reader: Reader,
    runner: Runner,
    marks: Mapping[str, float] | pd.DataFrame | None = None,
    method: str = "fifo",
    *,
    rates: pd.DataFrame | None = None,
    symbols: pd.DataFrame | None = None,
    opening: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return `profit` over all fills of an archive."""
    check_table(reader, "fills")
    prices = marks_of(marks)
    options = {"rates": rates, "symbols": symbols}
    work = [(reader, *market, method, options, opening) for market in reader.markets("fills")]
    told = pd.concat(runner.run(_market_profit, work), ignore_index=True)
    keys = [name for name in ("product", "symbol", "position_side") if name in told.columns]
    position, cost = told["position"].to_numpy(), told["open_cost_quote"].to_numpy()
    mark = told["symbol"].map(prices).to_numpy(dtype="float64", na_value=np.nan)
    unrealised = np.where(position == 0, 0.0, position * mark - cost)
    told = told.assign(
        average_cost=ratio(cost, position),
        mark_price=mark,
        unrealised_quote=unrealised,
        profit_quote=told["realised_quote"] + unrealised - told["fees_quote"],
    )
    more = [name for name in ADDS[3:] if name in told.columns]
    return told[[*keys, *PROFIT_COLUMNS, *more]].sort_values(keys, ignore_index=True)


def _market_profit(
    reader: Reader, product: str, symbol: str, method: str, options: dict[str, Any], opening: pd.DataFrame | None
) -> pd.DataFrame:
    """Return sums and what is open of each position of one market."""
    lots = opening
    if lots is not None:
        lots = lots[lots["symbol"] == symbol]
        if "product" in lots.columns:
            lots = lots[lots["product"] == product]
    days = []
    for part in reader.parts("fills", product, symbol):
        fills = reader.read("fills", [part], columns=NEEDS)
        around = {} if "fee_quote" in fills.columns else rates_around(reader, part, fills, options)
        days.append(profit(fills, None, method, opening=lots, **(options | around)))
        lots = open_lots(fills, method, opening=lots)
    every = pd.concat(days, ignore_index=True)
    keys = [name for name in ("product", "symbol", "position_side") if name in every.columns]
    sums = [name for name in ADDS if name in every.columns]
    every = every.assign(name=position_names(every, keys))
    told = every.groupby("name", sort=False)[sums].sum(min_count=1)
    assert lots is not None
    held = lots.assign(
        name=position_names(lots, keys), position=lots["quantity"], open_cost_quote=lots["quantity"] * lots["price"]
    )
    now = held.groupby("name")[["position", "open_cost_quote"]].sum().reindex(told.index, fill_value=0.0)
    named = every.drop_duplicates("name").set_index("name")[keys]
    return pd.concat([named, told, now], axis=1).reset_index(drop=True)
