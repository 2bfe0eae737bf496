"""An archive of fills, orders, quotes and trades: Parquet by product, symbol and day, measured without being loaded.

from binance_nb import analysis
archive = analysis.Archive("desk")
archive.write(fills=client.fills(), quotes=record.quotes())
analysis.average_prices(archive, by="day")                                 # as of a frame, by DuckDB
analysis.compare(analysis.slippage(archive, "mid"), "slippage_bps", "symbol")
analysis.average_prices(analysis.Archive("desk", client=Client()), by="day")   # the same, on a Dask cluster
"""

from __future__ import annotations

import inspect
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from binance_nb.analysis.archive.accounts import total_profit
from binance_nb.analysis.archive.days import MEASURES
from binance_nb.analysis.archive.files import TIMES, write_table
from binance_nb.analysis.archive.orders import MEASURES as OF_ORDERS
from binance_nb.analysis.archive.reader import DAY_MS, Reader
from binance_nb.analysis.archive.rows import Rows, curve
from binance_nb.analysis.archive.sums import SUMS, total
from binance_nb.analysis.archive.work import Runner
from binance_nb.errors import AnalysisError

__all__ = ["Archive", "Rows"]

Moment = str | datetime | pd.Timestamp


class Archive:
    """More fills than memory holds. Measures of `binance_nb.analysis` take it where they take fills.

    `average_prices`, `maker_taker`, `markout_curve` and `profit` return what they return of a frame. `slippage`,
    `spreads`, `markouts`, `fees_in_quote`, and of orders `order_lives` and `shortfall`, return Rows: to iterate with
    `frames()`, a market and day at a time, or to hand to `compare` and `difference`. Quotes, trades, orders and rates
    that are not given come from the archive. What runs from fill to fill across days (`positions`, `round_trips`) takes
    frames: read a period with `fills()`.

    With `client`, a `dask.distributed.Client`, the work is spread over its workers, which must see the same folder.
    `memory` is what DuckDB may take in each process ("1GB"); what it cannot hold it writes to disk meanwhile. Reading
    needs DuckDB: `pip install 'binance-nb[analysis]'`.
    """

    def __init__(self, folder: str | Path, *, client: Any = None, memory: str = "512MB") -> None:
        """Keep where it lies; nothing is read or made yet. Raises AnalysisError for a client that is none."""
        self._reader = Reader(Path(folder).expanduser().resolve(), memory)
        self._runner = Runner(client)

    def __repr__(self) -> str:
        """Name the folder and where the work is done."""
        where = "this machine" if self._runner.client is None else "a Dask cluster"
        return f"<Archive {self._reader.root.name}, measured on {where}>"

    def write(
        self,
        *,
        fills: pd.DataFrame | None = None,
        orders: pd.DataFrame | None = None,
        quotes: pd.DataFrame | None = None,
        trades: pd.DataFrame | None = None,
    ) -> int:
        """File rows of FILLS, ORDERS, QUOTES and MARKET_TRADES, each under its market and UTC day; return the files.

        A row that is there already, by trade id, order id, or time and update id, is replaced, so that writing twice
        changes nothing. One process at a time may write. Raises AnalysisError.
        """
        given = {"fills": fills, "orders": orders, "quotes": quotes, "trades": trades}
        return sum(write_table(self._reader.root, table, frame) for table, frame in given.items() if frame is not None)

    def contents(self) -> pd.DataFrame:
        """Return what is there, a row a table and market: table, product, symbol, first_day, last_day (text), days."""
        rows = []
        for table in TIMES:
            for product, symbol in self._reader.markets(table):
                days = [part.day for part in self._reader.parts(table, product, symbol)]
                rows.append((table, product, symbol, days[0], days[-1], len(days)))
        return pd.DataFrame(rows, columns=["table", "product", "symbol", "first_day", "last_day", "days"])

    def fills(
        self,
        symbol: str | None = None,
        *,
        product: str | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
    ) -> pd.DataFrame:
        """Return fills (schema FILLS) of a symbol or all, from `start` to `end`, both included, as a frame."""
        return self._read("fills", symbol, product, start, end)

    def orders(
        self,
        symbol: str | None = None,
        *,
        product: str | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
    ) -> pd.DataFrame:
        """Return orders (schema ORDERS) created from `start` to `end`."""
        return self._read("orders", symbol, product, start, end)

    def quotes(
        self,
        symbol: str | None = None,
        *,
        product: str | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
    ) -> pd.DataFrame:
        """Return quotes (schema QUOTES) from `start` to `end`."""
        return self._read("quotes", symbol, product, start, end)

    def trades(
        self,
        symbol: str | None = None,
        *,
        product: str | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
    ) -> pd.DataFrame:
        """Return trades of the market (schema MARKET_TRADES) from `start` to `end`."""
        return self._read("trades", symbol, product, start, end)

    def _read(self, table: str, symbol: str | None, product: str | None, start: Any, end: Any) -> pd.DataFrame:
        low, high = _epoch_ms(start), _epoch_ms(end)
        parts = [
            part
            for part in self._reader.parts(table, product, symbol)
            if (low is None or part.starts_ms + DAY_MS > low) and (high is None or part.starts_ms <= high)
        ]
        return self._reader.read(table, parts, start_ms=low, end_ms=high)

    def measured(self, measure: str, *args: Any, **kwargs: Any) -> Any:
        """Return a measure over all fills of the archive: what `analysis.<measure>(archive, …)` calls."""
        if measure in SUMS:
            by = kwargs.pop("by", args[0] if args else ("order_id" if measure == "average_prices" else ()))
            return total(self._reader, self._runner, measure, by)
        if (of_each := MEASURES.get(measure) or OF_ORDERS.get(measure)) is not None:
            bound = inspect.signature(of_each).bind_partial(None, *args, **kwargs).arguments
            told = list(bound.items())[1:]
            options = {name: value for name, value in told if value is not None or name == "max_age_ms"}
            return Rows(self._reader, self._runner, measure, options)
        if measure == "markout_curve":
            return curve(self._reader, self._runner, *args, **kwargs)
        if measure == "profit":
            return total_profit(self._reader, self._runner, *args, **kwargs)
        raise AnalysisError(f"{measure} takes a frame: read a period of the archive with fills(symbol, start=, end=)")


def _epoch_ms(moment: Moment | None) -> int | None:
    """Return a moment in epoch milliseconds; a text without a zone is UTC, a datetime without one is refused."""
    if moment is None:
        return None
    told = pd.Timestamp(moment)
    if told.tzinfo is None:
        if not isinstance(moment, str):
            raise AnalysisError(f"{moment} has no time zone: say which, e.g. with tzinfo=UTC")
        told = told.tz_localize("UTC")
    return int(told.timestamp() * 1000)
