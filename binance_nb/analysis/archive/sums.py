"""Measures that are sums, over an archive: DuckDB adds up, the measure's own last step divides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from binance_nb.analysis.archive.files import Part
from binance_nb.analysis.archive.reader import Reader, check_table
from binance_nb.analysis.archive.work import Runner
from binance_nb.analysis.groups import MS, By, group_names
from binance_nb.analysis.prices import finish_makers, finish_prices
from binance_nb.errors import AnalysisError

AMOUNT = "last_executed_qty * last_executed_price"
SUMS: dict[str, dict[str, str]] = {
    "average_prices": {
        "fills": "count(*)",
        "quantity": "sum(last_executed_qty)",
        "quote_quantity": f"sum({AMOUNT})",
        "price_sum": "sum(last_executed_price)",
        "bought_quantity": "coalesce(sum(last_executed_qty) filter (side = 'BUY'), 0)",
        "bought_quote": f"coalesce(sum({AMOUNT}) filter (side = 'BUY'), 0)",
        "sold_quantity": "coalesce(sum(last_executed_qty) filter (side = 'SELL'), 0)",
        "sold_quote": f"coalesce(sum({AMOUNT}) filter (side = 'SELL'), 0)",
        "first": "min(epoch_ms(transaction_time))",
        "last": "max(epoch_ms(transaction_time))",
    },
    "maker_taker": {
        "fills": "count(*)",
        "maker_fills": "count(*) filter (is_maker)",
        "quantity": "sum(last_executed_qty)",
        "maker_quantity": "coalesce(sum(last_executed_qty) filter (is_maker), 0)",
        "taker_quantity": "coalesce(sum(last_executed_qty) filter (not is_maker), 0)",
        "quote_quantity": f"sum({AMOUNT})",
        "maker_quote_quantity": f"coalesce(sum({AMOUNT}) filter (is_maker), 0)",
        "taker_quote_quantity": f"coalesce(sum({AMOUNT}) filter (not is_maker), 0)",
    },
}
FINISH: dict[str, Callable[[pd.DataFrame, list[str]], pd.DataFrame]] = {
    "average_prices": finish_prices,
    "maker_taker": finish_makers,
}
TOGETHER = {"first": "min", "last": "max"}
"""How a sum of parts is made of theirs, where it is not their sum."""


def total(reader: Reader, runner: Runner, measure: str, by: By) -> pd.DataFrame:
    """Return a measure of SUMS over all fills of an archive, as on a frame."""
    names = list(dict.fromkeys(["product", "symbol", *group_names(by)]))
    parts = check_table(reader, "fills")
    known = reader.columns(parts)
    absent = [name for name in names if name not in known and name not in MS]
    if absent:
        raise AnalysisError(f"the fills have no column {', '.join(absent)}")
    sums = runner.run(_sums, [(reader, group, measure, names, known) for group in runner.shares(parts)])
    joined = pd.concat(sums, ignore_index=True)
    if len(sums) > 1:
        how: Any = {name: TOGETHER.get(name, "sum") for name in SUMS[measure]}
        joined = joined.groupby(names, dropna=False).agg(how).reset_index()
    joined = joined.sort_values(names, kind="stable", ignore_index=True)
    for name in set(names) & set(MS) - set(known):
        joined[name] = joined[name].dt.as_unit("ms")
    return FINISH[measure](joined, names)


def _sums(reader: Reader, parts: list[Part], measure: str, names: list[str], known: list[str]) -> pd.DataFrame:
    keys = [f'"{name}"' if name in known else f"date_trunc('{name}', transaction_time) as {name}" for name in names]
    sums = [f"{formula} as {name}" for name, formula in SUMS[measure].items()]
    return reader.query(parts, f"select {', '.join([*keys, *sums])} from held group by all")  # noqa: S608  (our own)
