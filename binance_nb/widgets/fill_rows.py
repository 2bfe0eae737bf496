"""The rows behind a FillsTable: what was there at the start, what came since, and the part of it that a view shows.

The start is a frame of the client's ledger and stays one, so that a million rows open at once; what comes later is
kept row by row. A view is a list of positions in that sequence, oldest first: filtering makes a new one, and new
fills are added at its end, so that a position once told to the page keeps its meaning as long as the view lives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import pandas as pd

from binance_nb import frames, schemas
from binance_nb.models.decimals import plain
from binance_nb.models.events import ExecutionReport
from binance_nb.models.fills import fill_number

FIELDS = (
    "transaction_time",
    "symbol",
    "side",
    "last_executed_qty",
    "last_executed_price",
    "last_quote_qty",
    "commission_amount",
    "commission_asset",
    "is_maker",
    "order_id",
    "trade_id",
    "client_order_id",
    "source",
    "product",
    "position_side",
    "realized_pnl",
)
"""What a page is told of a row, in its order; the names are those of the FILLS schema."""

KEPT = (*FIELDS, "era")
"""All that is kept of a row: the same trade id means another trade once the exchange has forgotten everything."""

TIME, SYMBOL, SIDE, QUANTITY, PRICE, QUOTE, FEE, FEE_ASSET = range(8)
MAKER, ORDER_ID, TRADE_ID, CLIENT_ORDER_ID, SOURCE, PRODUCT, POSITION_SIDE, PNL, ERA = range(8, len(KEPT))
NUMBERS = (QUANTITY, PRICE, QUOTE, FEE, PNL)
SORTABLE = {name: place for place, name in enumerate(FIELDS)}

FEW_ROWS = 5_000
"""Up to so many rows a frame is built from them; beyond, it is cut from the frame of all."""

Row = tuple[Any, ...]
"""The values of KEPT: time in epoch ms, numbers as Decimal (None where unknown), ids as int, words as str."""


def row_of(report: ExecutionReport) -> Row:
    """Return the fill that a report of a trade tells."""
    quantity, price = report.last_executed_qty, report.last_executed_price
    return (
        _epoch_ms(report.transaction_time),
        report.symbol,
        report.side,
        quantity,
        price,
        quantity * price,
        report.commission_amount,
        report.commission_asset,
        report.is_maker,
        report.order_id,
        report.trade_id,
        report.client_order_id,
        report.source,
        report.product,
        report.position_side,
        report.realized_pnl,
        report.era,
    )


def rows_of(ledger: pd.DataFrame) -> Iterator[Row]:
    """Return the rows of an exact FILLS frame."""
    columns = [ledger[name].tolist() for name in FIELDS[1:]]
    times = ledger["transaction_time"].astype("int64").tolist()
    eras = ledger["era"].tolist() if "era" in ledger else [0] * len(ledger)
    for values in zip(times, *columns, eras, strict=True):
        yield tuple(None if _is_missing(value) else value for value in values)


def _epoch_ms(moment: datetime | None) -> int:
    return -1 if moment is None else round(moment.timestamp() * 1000)


def to_text(row: Row) -> list[str]:
    """Return a row for the page: everything as text, since a page counts exactly to 2**53 only, and never in tenths."""
    return [
        str(row[TIME]),
        row[SYMBOL],
        row[SIDE],
        *map(_number_text, row[QUANTITY : FEE + 1]),
        row[FEE_ASSET] or "",
        "maker" if row[MAKER] else "taker",
        str(row[ORDER_ID]),
        str(row[TRADE_ID]),
        row[CLIENT_ORDER_ID] or "",
        row[SOURCE] or "",
        row[PRODUCT],
        row[POSITION_SIDE] or "",
        _number_text(row[PNL]),
    ]


def _number_text(number: Decimal | None) -> str:
    return "" if number is None else plain(number)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows a view keeps: each part that is not empty must hold. `text` is looked for in the names and ids."""

    symbol: str = ""
    product: str = ""
    side: str = ""
    order_id: str = ""
    text: str = ""

    @property
    def keeps_all(self) -> bool:
        """Whether nothing is left out."""
        return not (self.symbol or self.product or self.side or self.order_id or self.text)

    def keeps(self, row: Row) -> bool:
        """Whether a row is kept."""
        return (
            (not self.symbol or row[SYMBOL] == self.symbol)
            and (not self.product or row[PRODUCT] == self.product)
            and (not self.side or row[SIDE] == self.side)
            and (not self.order_id or str(row[ORDER_ID]) == self.order_id)
            and (not self.text or any(self.text.lower() in str(row[place]).lower() for place in SEARCHED))
        )

    def mask(self, frame: pd.DataFrame) -> Any:
        """Return which rows of a frame are kept, as an array of bool."""
        kept = np.ones(len(frame), dtype=bool)
        if self.symbol:
            kept &= (frame["symbol"] == self.symbol).to_numpy(dtype=bool, na_value=False)
        for name, word in (("product", self.product), ("side", self.side)):
            if word:
                kept &= (frame[name] == word).to_numpy(dtype=bool)
        if self.order_id:
            wanted = int(self.order_id) if self.order_id.isdigit() else -2
            kept &= (frame["order_id"] == wanted).to_numpy(dtype=bool)
        if self.text:
            found = np.zeros(len(frame), dtype=bool)
            for place in SEARCHED:
                column = frame[FIELDS[place]].astype("string")
                hits = column.str.contains(self.text, case=False, regex=False)
                found |= hits.to_numpy(dtype=bool, na_value=False)
            kept &= found
        return kept


SEARCHED = (SYMBOL, SIDE, FEE_ASSET, ORDER_ID, TRADE_ID, CLIENT_ORDER_ID, SOURCE)


@dataclass(slots=True)
class Totals:
    """Sums over the rows of a view, exact."""

    count: int = 0
    by_side: dict[tuple[str, str, str], list[Decimal]] = field(default_factory=dict)
    """(product, symbol, side) -> [base units, quote units]."""
    fees: dict[str, Decimal] = field(default_factory=dict)
    realized_pnl: Decimal | None = None
    """Of futures, in the margin asset; None while there is none."""

    def add(self, row: Row) -> None:
        """Count one row."""
        self._add(1, row[PRODUCT], row[SYMBOL], row[SIDE], row[QUANTITY], row[QUOTE])
        if row[PNL] is not None:
            self.realized_pnl = (self.realized_pnl or Decimal(0)) + row[PNL]
        if row[FEE] is not None and row[FEE_ASSET]:
            self.fees[row[FEE_ASSET]] = self.fees.get(row[FEE_ASSET], Decimal(0)) + row[FEE]

    def _add(self, count: int, product: str, symbol: str, side: str, quantity: Decimal, quote: Decimal) -> None:
        self.count += count
        sums = self.by_side.get((product, symbol, side))
        if sums is None:
            self.by_side[product, symbol, side] = [quantity, quote]
        else:
            sums[0] += quantity
            sums[1] += quote

    def add_frame(self, frame: pd.DataFrame) -> None:
        """Count all rows of an exact FILLS frame at once."""
        for (product, symbol, side), part in frame.groupby(["product", "symbol", "side"], observed=True):
            sums = (Decimal(part[name].sum()) for name in ("last_executed_qty", "last_quote_qty"))
            self._add(len(part), str(product), str(symbol), str(side), *sums)
        gained = frame["realized_pnl"].dropna()
        if len(gained):
            self.realized_pnl = (self.realized_pnl or Decimal(0)) + Decimal(gained.sum())
        for asset, part in frame.groupby("commission_asset", observed=True):
            paid = part["commission_amount"].sum()
            self.fees[str(asset)] = self.fees.get(str(asset), Decimal(0)) + Decimal(paid)

    def told(self) -> dict[str, Any]:
        """Return the sums for the page: bought, sold and VWAP only where all rows are of one market."""
        markets = {(product, symbol) for product, symbol, _ in self.by_side}
        told: dict[str, Any] = {
            "count": self.count,
            "markets": len(markets),
            "fees": [f"{plain(paid)} {asset}" for asset, paid in sorted(self.fees.items()) if paid],
        }
        if self.realized_pnl is not None:
            told["realized_pnl"] = plain(self.realized_pnl)
        if len(markets) == 1:
            (market,) = markets
            sums = {side: self.by_side.get((*market, side), [Decimal(0), Decimal(0)]) for side in ("BUY", "SELL")}
            base, quote = (sums["BUY"][part] + sums["SELL"][part] for part in (0, 1))
            told |= {
                "bought": plain(sums["BUY"][0]),
                "sold": plain(sums["SELL"][0]),
                "base": plain(base),
                "quote": plain(quote.quantize(Decimal("0.01"))),
                "vwap": "" if not base else _short(quote / base),
            }
        return told


def _short(price: Decimal) -> str:
    """Return a mean price with four decimals, or with eight where it is small."""
    return plain(price.quantize(Decimal("0.0001") if price >= 1 else Decimal("1e-8")))


class FillRows:
    """All rows, in order of arrival. Not safe for several threads: the widget holds its lock."""

    def __init__(self, start: pd.DataFrame) -> None:
        """Begin with an exact FILLS frame, oldest first."""
        self.start = start
        self.live: list[Row] = []
        self._known = {key: set(numbers) for key, _, numbers in _trades_of(start)}
        self._knows_eras = "era" in start

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.start) + len(self.live)

    def add(self, row: Row) -> bool:
        """Keep a row at the end; False if its trade is known."""
        known = self._known.setdefault((row[PRODUCT], row[ERA], row[SYMBOL]), set())
        number = fill_number(row[TRADE_ID], row[SIDE])
        if number in known:
            return False
        known.add(number)
        self._knows_eras |= row[ERA] > 0
        self.live.append(row)
        return True

    def at(self, positions: Sequence[int]) -> list[Row]:
        """Return the rows at these positions."""
        before = len(self.start)
        wanted = [position for position in positions if position < before]
        old = dict(zip(wanted, self._rows_of_start(wanted), strict=True)) if wanted else {}
        return [old[position] if position < before else self.live[position - before] for position in positions]

    def _rows_of_start(self, positions: Sequence[int]) -> Iterator[Row]:
        return rows_of(self.start.iloc[list(positions)])

    def unknown_in(self, ledger: pd.DataFrame) -> list[Row]:
        """Return the rows of an exact FILLS frame whose trades are not here yet."""
        new: list[int] = []
        for key, places, numbers in _trades_of(ledger):
            known = self._known.get(key, set())
            new += [place for place, number in zip(places, numbers, strict=True) if number not in known]
        return list(rows_of(ledger.iloc[sorted(new)])) if new else []

    def first_newer_than(self, time_ms: int) -> int | None:
        """Return the position of the first row after which all are newer than a moment (epoch ms); None if none is."""
        place = len(self.live)
        while place and self.live[place - 1][TIME] > time_ms:
            place -= 1
        position = len(self.start) + place
        if not place and len(self.start):
            older = np.flatnonzero(self.start["transaction_time"].astype("int64").to_numpy() <= time_ms)
            position = int(older[-1]) + 1 if len(older) else 0
        return None if position == len(self) else position

    @property
    def symbols(self) -> list[str]:
        """All symbols that occur, sorted."""
        return sorted({symbol for _, _, symbol in self._known})

    @property
    def products(self) -> list[str]:
        """All products that occur, sorted."""
        return sorted({product for product, _, _ in self._known})

    def matching(self, wanted: Filter) -> list[int]:
        """Return the positions of the rows that a filter keeps, oldest first."""
        before = len(self.start)
        old = np.flatnonzero(wanted.mask(self.start)).tolist()
        return old + [before + place for place, row in enumerate(self.live) if wanted.keeps(row)]

    def sorted_by(self, name: str, positions: Iterable[int], *, descending: bool) -> list[int]:
        """Return positions in the order of a field, so that the page, which shows the last first, shows it as asked."""
        keys = self._column(name).iloc[list(positions)]
        # The page draws from the end: what shall stand on top comes last. What is missing counts as least.
        missing: Literal["first", "last"] = "first" if descending else "last"
        order: list[int] = keys.sort_values(ascending=descending, kind="stable", na_position=missing).index.tolist()
        return order

    def _column(self, name: str) -> pd.Series[Any]:
        """Return a field of all rows, exact, to compare them by."""
        held = self.start[name]
        if name == "transaction_time":
            held = held.astype("int64")
        elif isinstance(held.dtype, pd.CategoricalDtype):
            held = held.astype("str")
        place = SORTABLE[name]
        new = pd.Series([row[place] for row in self.live], dtype=held.dtype)
        return pd.concat([held, new], ignore_index=True)

    def totals(self, positions: Sequence[int] | None) -> Totals:
        """Return the sums over these positions, or over all."""
        totals = Totals()
        before = len(self.start)
        if positions is None:
            totals.add_frame(self.start)
            new: Iterable[Row] = self.live
        else:
            totals.add_frame(self.start.iloc[[position for position in positions if position < before]])
            new = (self.live[position - before] for position in positions if position >= before)
        for row in new:
            totals.add(row)
        return totals

    def frame(self, positions: Sequence[int] | None = None, *, exact: bool = False) -> pd.DataFrame:
        """Return rows as a frame of the FILLS schema, in the order of `positions`, or all in order of arrival."""
        if positions is not None and len(positions) <= FEW_ROWS:
            return self._built(self.at(list(positions)), exact=exact)
        held = self.start if exact else _in_floats(self.start)
        if self.live:
            new = self._built(self.live, exact=exact)
            if self._knows_eras and "era" not in held:
                held = held.assign(era=0)
            held = pd.concat([held, new], ignore_index=True) if len(held) else new
        return held.copy() if positions is None else held.iloc[list(positions)].reset_index(drop=True)

    def _built(self, rows: Sequence[Row], *, exact: bool) -> pd.DataFrame:
        """Return rows as a frame; eras are told in it once there is more than one, as in that of the ledger."""
        made = frames.build([_as_fill(row) for row in rows], schemas.FILLS, exact=exact)
        return made.assign(era=[row[ERA] for row in rows]).astype({"era": "int64"}) if self._knows_eras else made


def _as_fill(row: Row) -> Mapping[str, Any]:
    return {**dict(zip(FIELDS, row, strict=False)), "order_list_id": None, "event_time": None}


def _trades_of(ledger: pd.DataFrame) -> Iterator[tuple[tuple[str, int, str], list[int], list[int]]]:
    """Return for each product, era and symbol of a FILLS frame the places of its rows, and each one's `fill_number`."""
    ids: Any = ledger["trade_id"].to_numpy()
    sides: Any = ledger["side"].to_numpy()
    numbers: Any = fill_number(ids, sides)  # of all rows at once
    eras: Any = ledger["era"] if "era" in ledger else np.zeros(len(ledger), dtype="int64")
    keys: dict[Any, Any] = ledger.groupby([ledger["product"], eras, ledger["symbol"]], observed=True).indices
    for (product, era, symbol), places in keys.items():
        yield (str(product), int(era), str(symbol)), places.tolist(), numbers[places].tolist()


def _in_floats(frame: pd.DataFrame) -> pd.DataFrame:
    numbers = [column.name for column in schemas.FILLS if column.kind is schemas.Kind.NUMBER]
    return frame.astype(dict.fromkeys(numbers, "float64"))


def _is_missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))
