"""What was paid: volume-weighted and average prices, and how much of it as maker."""

from __future__ import annotations

from typing import Any

import pandas as pd

from binance_nb.analysis.given import as_times, clean_fills, utc_ms
from binance_nb.analysis.groups import By, Groups, ratio, with_groups
from binance_nb.analysis.sources import over_archives


@over_archives
def average_prices(fills: pd.DataFrame, by: By = "order_id") -> pd.DataFrame:
    """Return what was paid on average, one row a group of `by` within a market.

    `by` names columns of the fills, or "day", "hour", "minute" (UTC); `by=()` is a row a symbol. Columns: the keys;
    `fills` (count); `quantity` (base units); `quote_quantity` = sum of quantity x price (quote units); `vwap` =
    quote_quantity / quantity; `average_price`, the plain mean over fills (both quote units for one base unit);
    `bought_quantity`, `sold_quantity`, `buy_vwap`, `sell_vwap` for each side alone (NaN for a side without fills);
    `first_fill`, `last_fill`.
    """
    tidy = clean_fills(fills)
    keys, names = with_groups(tidy, by)
    groups = Groups(keys)
    quantity = tidy["last_executed_qty"].to_numpy()
    price = tidy["last_executed_price"].to_numpy()
    bought = (tidy["side"] == "BUY").to_numpy()
    stamps = utc_ms(tidy, "transaction_time", "fills")
    sums = groups.table.assign(
        fills=groups.size(),
        quantity=groups.sum(quantity),
        quote_quantity=groups.sum(quantity * price),
        price_sum=groups.sum(price),
        bought_quantity=groups.sum(quantity * bought),
        bought_quote=groups.sum(quantity * price * bought),
        sold_quantity=groups.sum(quantity * ~bought),
        sold_quote=groups.sum(quantity * price * ~bought),
        first=groups.least(stamps),
        last=groups.most(stamps),
    )
    return finish_prices(sums, names)


def finish_prices(sums: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return the averages that sums stand for (see `average_prices`)."""
    done: dict[str, Any] = {name: sums[name].array for name in names}
    done["fills"] = sums["fills"].to_numpy(dtype="int64")
    done["quantity"] = sums["quantity"].to_numpy()
    done["quote_quantity"] = sums["quote_quantity"].to_numpy()
    done["vwap"] = ratio(done["quote_quantity"], done["quantity"])
    done["average_price"] = ratio(sums["price_sum"].to_numpy(), done["fills"])
    done["bought_quantity"] = sums["bought_quantity"].to_numpy()
    done["sold_quantity"] = sums["sold_quantity"].to_numpy()
    done["buy_vwap"] = ratio(sums["bought_quote"].to_numpy(), done["bought_quantity"])
    done["sell_vwap"] = ratio(sums["sold_quote"].to_numpy(), done["sold_quantity"])
    done["first_fill"] = as_times(sums["first"])
    done["last_fill"] = as_times(sums["last"])
    return pd.DataFrame(done)


@over_archives
def maker_taker(fills: pd.DataFrame, by: By = ()) -> pd.DataFrame:
    """Return how much of the trading was as maker and how much as taker, one row a group of `by` within a market.

    Columns: the keys; `fills`, `maker_fills` (counts); `quantity`, `maker_quantity`, `taker_quantity` (base units);
    `quote_quantity`, `maker_quote_quantity`, `taker_quote_quantity` (quote units); `maker_share`, `taker_share`, by
    quote value, fractions of one. Needs the column is_maker.
    """
    tidy = clean_fills(fills, "is_maker")
    keys, names = with_groups(tidy, by)
    groups = Groups(keys)
    quantity = tidy["last_executed_qty"].to_numpy()
    amount = quantity * tidy["last_executed_price"].to_numpy()
    maker = tidy["is_maker"].to_numpy(dtype="bool")
    sums = groups.table.assign(
        fills=groups.size(),
        maker_fills=groups.sum(maker),
        quantity=groups.sum(quantity),
        maker_quantity=groups.sum(quantity * maker),
        taker_quantity=groups.sum(quantity * ~maker),
        quote_quantity=groups.sum(amount),
        maker_quote_quantity=groups.sum(amount * maker),
        taker_quote_quantity=groups.sum(amount * ~maker),
    )
    return finish_makers(sums, names)


def finish_makers(sums: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return the shares that sums stand for (see `maker_taker`)."""
    counts = {name: sums[name].astype("int64") for name in ("fills", "maker_fills")}
    amounts = sums["quote_quantity"].to_numpy()
    done = sums.assign(
        **counts,
        maker_share=ratio(sums["maker_quote_quantity"].to_numpy(), amounts),
        taker_share=ratio(sums["taker_quote_quantity"].to_numpy(), amounts),
    )
    return done[[*names, *MAKER_COLUMNS]]


MAKER_COLUMNS = (
    *("fills", "maker_fills", "quantity", "maker_quantity", "taker_quantity"),
    *("quote_quantity", "maker_quote_quantity", "taker_quote_quantity", "maker_share", "taker_share"),
)
"""The columns of `maker_taker` besides the keys."""
