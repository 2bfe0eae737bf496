"""Reading an archive with DuckDB: frames of a market and a time, and sums over all of it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from binance_nb.analysis.archive.files import SCHEMAS, TIMES, Part, as_schema, parts_of
from binance_nb.errors import AnalysisError, MissingExtraError

DAY_MS = 86_400_000


_OPEN = threading.local()


def connect(memory: str) -> Any:
    """Return this thread's DuckDB connection, which keeps to `memory` and to UTC; making one costs more than a query.

    Raises MissingExtraError without DuckDB.
    """
    try:
        import duckdb
    except ModuleNotFoundError:
        raise MissingExtraError(
            "an archive is read with DuckDB, which is not installed: pip install 'binance-nb[analysis]'"
        ) from None
    held = _OPEN.__dict__.get(memory)
    if held is not None:
        return held
    connection = duckdb.connect(config={"memory_limit": memory})
    connection.execute("set TimeZone = 'UTC'")
    _OPEN.__dict__[memory] = connection
    return connection


@lru_cache(maxsize=65_536)
def _order_ids(path: Path, _written_ns: int) -> tuple[int, int]:
    from pyarrow import parquet

    footer = parquet.read_metadata(path)
    place = footer.schema.names.index("order_id")
    told = [footer.row_group(number).column(place).statistics for number in range(footer.num_row_groups)]
    if not told or any(each is None or not each.has_min_max for each in told):
        return -(2**63), 2**63
    return min(each.min for each in told), max(each.max for each in told)


@dataclass(frozen=True, slots=True)
class Reader:
    """Where an archive lies, and how much memory DuckDB may take; small, so that it travels to workers."""

    root: Path
    memory: str

    def parts(self, table: str, product: str | None = None, symbol: str | None = None) -> list[Part]:
        """Return the files of a table, of one market if it is named, by day."""
        return parts_of(self.root, table, product, symbol)

    def markets(self, table: str) -> list[tuple[str, str]]:
        """Return the markets of a table as product and symbol."""
        return sorted({(part.product, part.symbol) for part in self.parts(table)})

    def query(self, parts: Sequence[Part], sql: str, *given: Any) -> pd.DataFrame:
        """Return the answer to `sql`, in which `held` stands for the rows of these files."""
        files = [str(part.path(self.root)) for part in parts]
        held = "read_parquet(?, union_by_name = true, hive_partitioning = false)"
        answer = connect(self.memory).sql(sql.replace("held", held), params=[files, *given])
        told: pd.DataFrame = answer.to_arrow_table().to_pandas()
        return told

    def columns(self, parts: Sequence[Part]) -> list[str]:
        """Return the columns of these files."""
        from pyarrow import parquet

        named = (name for part in parts for name in parquet.read_schema(part.path(self.root)).names)
        return list(dict.fromkeys(named))

    def read(
        self,
        table: str,
        parts: Sequence[Part],
        *,
        start_ms: int | None = None,
        end_ms: int | None = None,
        columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Return the rows of these files between two moments, both included, oldest first, in the types of the schema.

        `columns` are those wanted, of which the files need not have all.
        """
        if not parts:
            empty = {column.name: pd.Series([], dtype=column.dtype()) for column in SCHEMAS[table]}
            return pd.DataFrame(empty)
        names = "*"
        if columns is not None:
            known = set(self.columns(parts))
            names = ", ".join(f'"{name}"' for name in columns if name in known)
        time = TIMES[table]
        tie = {"fills": "trade_id", "trades": "trade_id", "orders": "order_id", "quotes": "update_id"}[table]
        sql = (
            f"select {names} from held where epoch_ms({time}) between ? and ? "  # noqa: S608  (names of our own)
            f"order by {time}, {tie}"
        )
        low, high = -(2**62) if start_ms is None else start_ms, 2**62 if end_ms is None else end_ms
        return as_schema(table, self.query(parts, sql, low, high))

    def quotes_around(self, product: str, symbol: str, start_ms: int, end_ms: int) -> pd.DataFrame:
        """Return the quotes of a market in a time, with the last one before it, and the last one of all.

        With the last of all a measure knows how far the record goes; with the one before, what stood at the start.
        """
        parts = self.parts("quotes", product, symbol)
        if not parts:
            return self.read("quotes", [])
        names = ["event_time", "symbol", "product", "bid_price", "bid_qty", "ask_price", "ask_qty", "update_id"]
        inside = [part for part in parts if start_ms - DAY_MS < part.starts_ms <= end_ms]
        frames = [self.read("quotes", inside, start_ms=start_ms, end_ms=end_ms, columns=names)]
        earlier = [part for part in parts if part.starts_ms <= start_ms][::-1]
        for part in earlier[:2]:  # the file of the day itself may begin later
            before = self.read("quotes", [part], end_ms=start_ms - 1, columns=names)
            if len(before):
                frames.insert(0, before.iloc[-1:])
                break
        if parts[-1].starts_ms + DAY_MS > end_ms:
            last = self.read("quotes", parts[-1:], columns=names).iloc[-1:]
            if last["event_time"].iloc[0] > pd.Timestamp(end_ms, unit="ms", tz="UTC"):
                frames.append(last)
        return pd.concat(frames, ignore_index=True)

    def order_ids(self, part: Part) -> tuple[int, int]:
        """Return the least and the greatest order id of a file, as its footer tells them, which is read once."""
        path = part.path(self.root)
        return _order_ids(path, path.stat().st_mtime_ns)

    def last_quote(self, product: str, symbol: str) -> pd.DataFrame:
        """Return the last quote of a market that has a mid, as a frame of one row; empty where none has."""
        sql = (
            "select * from held where bid_price > 0 and ask_price >= bid_price "
            "order by event_time desc, update_id desc limit 1"
        )
        for part in reversed(self.parts("quotes", product, symbol)):
            found = self.query([part], sql)
            if len(found):
                return as_schema("quotes", found)
        return self.read("quotes", [])


def check_table(reader: Reader, table: str) -> list[Part]:
    """Return the files of a table. Raises AnalysisError if there are none."""
    parts = reader.parts(table)
    if not parts:
        raise AnalysisError(f"the archive at {reader.root.name} holds no {table}")
    return parts
