"""The files of an archive: Parquet, a folder for each table, product, symbol and UTC day, one file in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import numpy as np
import pandas as pd

from binance_nb import schemas
from binance_nb.analysis.given import NO_TIME, clean_fills, require, utc_ms
from binance_nb.analysis.groups import MS
from binance_nb.errors import AnalysisError

TIMES = {
    "fills": "transaction_time",
    "orders": "order_creation_time",
    "quotes": "event_time",
    "trades": "transaction_time",
}
"""The tables of an archive, each with the time whose UTC day it is filed under."""

SCHEMAS = {
    "fills": schemas.FILLS,
    "orders": schemas.ORDERS,
    "quotes": schemas.QUOTES,
    "trades": schemas.MARKET_TRADES,
}

SAME = {
    "fills": ("trade_id", "side"),
    "orders": ("order_id",),
    "trades": ("trade_id",),
    "quotes": ("event_time", "update_id"),
}
"""What makes two rows of one market the same; the later one replaces the earlier."""

FILE = "part.parquet"
ROW_GROUP = 131_072
"""Rows that are read at once: small, so that one day of a busy market is never in memory more than it must be."""


@dataclass(frozen=True, order=True, slots=True)
class Part:
    """One file: the rows of one market on one day."""

    table: str
    product: str
    symbol: str
    day: str

    def path(self, root: Path) -> Path:
        """Return where the file lies below the archive's root."""
        return (
            root / self.table / f"product={self.product}" / f"symbol={quote(self.symbol, safe='')}"
            / f"day={self.day}" / FILE
        )  # fmt: skip

    @property
    def starts_ms(self) -> int:
        """When its day begins, in epoch milliseconds."""
        return int(pd.Timestamp(self.day, tz="UTC").timestamp() * 1000)


def parts_of(root: Path, table: str, product: str | None = None, symbol: str | None = None) -> list[Part]:
    """Return the parts of a table, of one market if it is named, by product, symbol and day."""
    found = []
    market = f"product={product or '*'}/symbol={'*' if symbol is None else quote(symbol, safe='')}"
    for path in root.joinpath(table).glob(f"{market}/day=*/{FILE}"):
        product, symbol, day = (step.partition("=")[2] for step in path.parts[-4:-1])
        found.append(Part(table, product, unquote(symbol), day))
    return sorted(found)


def write_table(root: Path, table: str, frame: pd.DataFrame) -> int:
    """File the rows of a frame, each under its market and UTC day; return how many files were written.

    A day that is there already is read, joined, and replaced in one step: writing the same rows twice changes nothing.
    A frame without a product column is of spot. Raises AnalysisError for rows without a time, a symbol or an id.
    """
    tidy = _tidy(table, frame)
    written = 0
    for part, new in _split(table, tidy):
        path = part.path(root)
        rows = _joined(table, pd.read_parquet(path), new) if path.exists() else new
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        rows.to_parquet(unfinished, index=False, compression="zstd", row_group_size=ROW_GROUP)
        os.replace(unfinished, path)
        written += 1
    return written


def _tidy(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    time = TIMES[table]
    require(frame, (time, "symbol", *SAME[table]), table)
    if table == "fills":
        ids = pd.to_numeric(frame["trade_id"])
        if ids.isna().any() or (ids < 0).any():
            raise AnalysisError("fills without a trade_id cannot be filed: the same one could not be told again")
        frame = clean_fills(frame)
    if "product" not in frame.columns:
        frame = frame.assign(product="spot")
    if frame["product"].isna().any() or frame["symbol"].isna().any():
        raise AnalysisError(f"some of the {table} do not say which product and symbol they are of")
    if (utc_ms(frame, time, table) == NO_TIME).any():
        raise AnalysisError(f"some of the {table} have no {time} to be filed under")
    plain = {name: "str" for name in frame.columns if isinstance(frame[name].dtype, pd.CategoricalDtype)}
    return frame.astype(plain)


def _split(table: str, tidy: pd.DataFrame) -> Iterator[tuple[Part, pd.DataFrame]]:
    stamps = utc_ms(tidy, TIMES[table], table)
    days = stamps - stamps % MS["day"]
    for (product, symbol, day), rows in tidy.groupby([tidy["product"], tidy["symbol"], days], sort=True):
        name = pd.Timestamp(int(str(day)), unit="ms").strftime("%Y-%m-%d")
        yield Part(table, str(product), str(symbol), name), _joined(table, rows)


def _joined(table: str, *frames: pd.DataFrame) -> pd.DataFrame:
    every = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    every = every.drop_duplicates(["product", "symbol", *SAME[table]], keep="last")
    tie = [name for name in SAME[table] if name != TIMES[table]]
    return every.sort_values([TIMES[table], *tie], kind="stable", ignore_index=True)


def as_schema(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame read from an archive with the dtypes of its schema; columns that the schema lacks as they are."""
    wanted: dict[str, Any] = {}
    for column in SCHEMAS[table]:
        if column.name not in frame.columns:
            continue
        wanted[column.name] = column.dtype()
        if column.kind is schemas.Kind.WORD:
            new = set(frame[column.name].dropna().unique()) - set(column.words)
            wanted[column.name] = pd.CategoricalDtype([*column.words, *sorted(new)])
        elif column.kind is schemas.Kind.FLAG:
            frame = frame.assign(**{column.name: frame[column.name].fillna(False).astype(np.bool_)})
    return frame.astype(wanted)
