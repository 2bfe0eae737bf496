"""Market data day by day: what is over is kept as Parquet and never asked for again."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote

import pandas as pd

DAY_MS = 86_400_000

DayReader = Callable[[int, int], Awaitable[pd.DataFrame]]
"""Asks for the rows between two moments, both included, in epoch milliseconds."""


async def read_days(
    read: DayReader, first: int, last: int, *, now_ms: int, folder: Path | None, time: str, what: str
) -> pd.DataFrame:
    """Return rows from `first` to `last` (epoch ms), read a UTC day at a time, with a bar once that takes a second.

    `time` is the column that says when a row was. With a `folder`, whole days that are over are kept there as
    <day>.parquet; what is there is not asked for again, so that a reading broken off goes on where it was. Days that
    are not over are always read anew.
    """
    from tqdm import tqdm

    days = range(first - first % DAY_MS, last + 1, DAY_MS)
    found = []
    with tqdm(days, desc=what, unit=" days", delay=1.0, leave=False) as bar:
        for day in bar:
            end = day + DAY_MS - 1
            if folder is None or end >= now_ms:
                found.append(await read(max(first, day), min(last, end)))
                continue
            path = folder / f"{pd.Timestamp(day, unit='ms'):%Y-%m-%d}.parquet"
            if not path.exists():
                rows = await read(day, end)
                path.parent.mkdir(parents=True, exist_ok=True)
                unfinished = path.with_suffix(".unfinished")
                rows.to_parquet(unfinished, index=False)
                os.replace(unfinished, path)
            found.append(pd.read_parquet(path))
    every = pd.concat(found, ignore_index=True)
    low, high = (pd.Timestamp(moment, unit="ms", tz="UTC") for moment in (first, last))
    return every[every[time].between(low, high)].reset_index(drop=True)  # a kept day is whole


def folder_of(cache: str | Path | None, *names: str) -> Path | None:
    """Return the folder below `cache` for these names, whatever letters they have; None without a cache."""
    return None if cache is None else Path(cache).expanduser().joinpath(*(quote(name, safe="") for name in names))
