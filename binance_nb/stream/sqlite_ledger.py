"""A ledger on disk: SQLite beside the memory, written and synced before anybody is told.

The file holds these tables. `reports`: every executionReport as JSON, by its number. `fills`: every trade as JSON, by
product, era, symbol and `fill_number`. `eras`: after which report the exchange had forgotten everything of a product.
`watches` and `gaps`: what is completed after a gap, and what was. Everything is read into memory when the file is
opened. A change is written at once and synced by `commit`, which the stream calls once for
all reports that arrived together and before it tells any of them: what a subscriber has heard of survives a killed
process and, as far as the disk keeps its word, a power cut. One client at a time has the file open.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from binance_nb.errors import LedgerError
from binance_nb.models.fills import SPOT, USDM, fill_number, is_trade, product_of
from binance_nb.stream.ledger import Gap, Ledger, Watch

APPLICATION_ID = 0x42_4E_4E_42
"""How SQLite and `file` know one of our files."""

VERSION = 3
"""1: watches had no product; 2: no eras, fills by trade id alone. Such a file is brought up to date when opened."""

TABLES = """
CREATE TABLE reports (number INTEGER PRIMARY KEY, event BLOB NOT NULL);
CREATE TABLE fills (
    product TEXT NOT NULL, era INTEGER NOT NULL, symbol TEXT NOT NULL, number INTEGER NOT NULL, fill BLOB NOT NULL,
    PRIMARY KEY (product, era, symbol, number)
) WITHOUT ROWID;
CREATE TABLE eras (number INTEGER PRIMARY KEY, product TEXT NOT NULL, after_report INTEGER NOT NULL);
CREATE TABLE watches (
    product TEXT NOT NULL, symbol TEXT NOT NULL, since_ms INTEGER NOT NULL, verified_id INTEGER,
    PRIMARY KEY (product, symbol)
) WITHOUT ROWID;
CREATE TABLE gaps (number INTEGER PRIMARY KEY, gap BLOB NOT NULL);
CREATE TABLE facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
"""

UPGRADES = {
    1: """
ALTER TABLE watches RENAME TO old_watches;
CREATE TABLE watches (
    product TEXT NOT NULL, symbol TEXT NOT NULL, since_ms INTEGER NOT NULL, verified_id INTEGER,
    PRIMARY KEY (product, symbol)
) WITHOUT ROWID;
INSERT INTO watches SELECT 'spot', symbol, since_ms, verified_id FROM old_watches;
DROP TABLE old_watches;
""",
    2: """
ALTER TABLE fills RENAME TO old_fills;
CREATE TABLE fills (
    product TEXT NOT NULL, era INTEGER NOT NULL, symbol TEXT NOT NULL, number INTEGER NOT NULL, fill BLOB NOT NULL,
    PRIMARY KEY (product, era, symbol, number)
) WITHOUT ROWID;
INSERT INTO fills
    SELECT product, 0, symbol,
        trade_id * 2 + (coalesce(json_extract(CAST(fill AS TEXT), '$.side'), '') = 'SELL'), fill
    FROM old_fills;
DROP TABLE old_fills;
CREATE TABLE eras (number INTEGER PRIMARY KEY, product TEXT NOT NULL, after_report INTEGER NOT NULL);
""",
}
"""What brings a file of that format to the next one."""


class SqliteLedger(Ledger):
    """Reports and fills in memory and in a file. Raises LedgerError where the file cannot be used."""

    durable = True

    def __init__(self, path: str | Path, environment: str) -> None:
        """Open or make the file, for orders of one environment ("testnet", ...), and read what it holds."""
        super().__init__()
        self.path = Path(path).expanduser()
        self._environment = environment
        self._db: sqlite3.Connection | None = None
        self._heard_until_ms: dict[str, int] = {}
        with self._told_clearly():
            self._read(self._open_file())

    def _open_file(self) -> sqlite3.Connection:
        if self._db is not None:
            return self._db
        db = sqlite3.connect(self.path, timeout=1.0, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
            is_new = not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if not is_new and db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise LedgerError(f"{self.path} is a database, but not a ledger of this package: choose another file")
            if version > VERSION:
                raise LedgerError(
                    f"{self.path} was written by a newer version of this package (format {version}, known here: "
                    f"{VERSION}): update the package, or choose another file"
                )
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("BEGIN IMMEDIATE")  # takes the lock now, and not when the first fill comes
            if is_new:
                for statement in TABLES.split(";"):
                    db.execute(statement)
                db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                db.execute("INSERT INTO facts VALUES ('environment', ?)", (self._environment,))
            else:
                for old in range(version, VERSION):
                    for statement in UPGRADES[old].split(";"):
                        db.execute(statement)
            db.execute(f"PRAGMA user_version = {VERSION}")
            db.execute("COMMIT")
            (environment,) = db.execute("SELECT value FROM facts WHERE name = 'environment'").fetchone()
            if environment != self._environment:
                raise LedgerError(
                    f"{self.path} holds fills of {environment}, and this client speaks to {self._environment}: "
                    "choose another file"
                )
        except BaseException:
            db.close()
            raise
        self._db = db
        return db

    @contextlib.contextmanager
    def _told_clearly(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                why = "is in use by another client: close that one, or choose another file"
            else:
                why = f"cannot be used ({error})"
            raise LedgerError(f"the ledger {self.path} {why}") from None
        except (sqlite3.DatabaseError, msgspec.DecodeError) as error:
            raise LedgerError(
                f"the ledger {self.path} is damaged or no ledger ({error}): restore it from a copy, or choose another "
                "file; fills can be had again with get_my_trades()"
            ) from None

    def _read(self, db: sqlite3.Connection) -> None:
        ends = db.execute("SELECT after_report, product FROM eras ORDER BY number").fetchall()
        for (text,) in db.execute("SELECT event FROM reports ORDER BY number"):
            while ends and ends[0][0] <= self.last_number:
                self._forget(ends.pop(0)[1])
            self._load_report(text)
        for _, product in ends:
            self._forget(product)
        for era, product, text in db.execute("SELECT era, product, fill FROM fills ORDER BY era"):
            while self._fills.era(product) < era:
                self._fills.begin_anew(product)
            self._fills.add(msgspec.json.decode(text))
        for product, count in db.execute("SELECT product, count(*) FROM eras GROUP BY product"):
            while self._fills.era(product) < count:  # without a fill in it so far
                self._fills.begin_anew(product)
        for product, symbol, since_ms, verified_id in db.execute(
            "SELECT product, symbol, since_ms, verified_id FROM watches"
        ):
            self._watches[product, symbol] = Watch(symbol, since_ms, verified_id, product)
        self._gaps += [
            msgspec.json.decode(text, type=Gap) for (text,) in db.execute("SELECT gap FROM gaps ORDER BY number")
        ]
        for product in (SPOT, USDM):
            row = db.execute("SELECT value FROM facts WHERE name = ?", (_heard(product),)).fetchone()
            if row is not None:
                self._heard_until_ms[product] = row[0]

    def heard_until_ms(self, *, product: str = SPOT) -> int | None:
        """Return when a stream that wrote here was last known alive."""
        return self._heard_until_ms.get(product)

    def note_alive(self, now_ms: int, *, product: str = SPOT) -> None:
        """Note that the stream is alive at `now_ms`; written with the next commit."""
        self._heard_until_ms[product] = now_ms
        self._write("INSERT OR REPLACE INTO facts VALUES (?, ?)", (_heard(product), now_ms))

    def commit(self) -> None:
        """Return once all that was added is written and synced. Raises LedgerError where the disk refuses."""
        with self._lock, self._told_clearly():
            if self._db is not None and self._db.in_transaction:
                self._db.execute("COMMIT")

    def close(self) -> None:
        """Write what is left and close the file; another change would open it again."""
        with self._lock:
            self.commit()
            if self._db is not None:
                self._db.close()
                self._db = None

    def _write(self, statement: str, values: tuple[Any, ...]) -> None:
        with self._lock, self._told_clearly():
            db = self._open_file()
            if not db.in_transaction:
                db.execute("BEGIN IMMEDIATE")
            db.execute(statement, values)

    def _journal_report(self, number: int, event: Mapping[str, Any], text: bytes) -> None:
        self._write("INSERT OR REPLACE INTO reports VALUES (?, ?)", (number, text))
        if is_trade(event):
            self._journal_fill(product_of(event), event["s"], event["t"], event["S"])

    def _journal_fill(self, product: str, symbol: str, trade_id: int, side: str | None) -> None:
        text = msgspec.json.encode(self._fills.row(product, symbol, trade_id, side))
        values = (product, self._fills.era(product), symbol, fill_number(trade_id, side), text)
        self._write("INSERT OR REPLACE INTO fills VALUES (?, ?, ?, ?, ?)", values)

    def _journal_answer(self, order: Mapping[str, Any]) -> None:
        for fill in order.get("fills") or ():
            self._journal_fill(SPOT, order["symbol"], fill["tradeId"], order.get("side"))

    def _journal_watch(self, watch: Watch) -> None:
        values = (watch.product, watch.symbol, watch.since_ms, watch.verified_id)
        self._write("INSERT OR REPLACE INTO watches VALUES (?, ?, ?, ?)", values)

    def _journal_gap(self, gap: Gap) -> None:
        self._write("INSERT INTO gaps (gap) VALUES (?)", (msgspec.json.encode(gap),))

    def _journal_era(self, product: str) -> None:
        self._write("INSERT INTO eras (product, after_report) VALUES (?, ?)", (product, self.last_number))


def _heard(product: str) -> str:
    return "heard_until_ms" if product == SPOT else f"heard_until_ms_{product}"
