"""A ledger on disk: opened again it is the same, a killed process loses nothing that was told, one writer at a time."""

import contextlib
import logging
import os
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap

import pytest
from futures_exchange import trade_update
from pandas.testing import assert_frame_equal
from scripted import SERVER_TIME, answer, eventually, execution_report, full_answer, trade_report

from binance_nb import BinanceClient
from binance_nb.errors import LedgerError
from binance_nb.models.futures_events import report_from_order_update
from binance_nb.stream.ledger import Gap, Ledger, Watch
from binance_nb.stream.sqlite_ledger import SqliteLedger
from binance_nb.stream.subscribers import ReportIterator


@pytest.fixture
def path(tmp_path):
    return tmp_path / "fills.sqlite"


def filled(ledger):
    ledger.watch("BTCUSDT", 5)
    ledger.watch("ETHUSDT", 6, 77)
    ledger.add_report(execution_report())
    ledger.add_report(trade_report(1))
    ledger.add_report({**trade_report(2), "I": -1, "source": "recovered"})
    ledger.add_report(execution_report(x="CANCELED", X="CANCELED", I=-1, source="recovered", i=9))
    response = {"product": "spot", "source": "response", "symbol": "BTCUSDT", "trade_id": 3, "order_id": 1}
    ledger.add_fill({**response, "last_executed_qty": "1", "last_executed_price": "2", "transaction_time": SERVER_TIME})
    ledger.add_answer(full_answer())
    ledger.add_answer({**full_answer(), "fills": []})
    ledger.verify("BTCUSDT", 2)
    ledger.add_gap(Gap(1, 2, ("BTCUSDT",), 3, 4, True, "cut"))
    ledger.note_alive(12345)
    ledger.commit()
    return ledger


def assert_same(one, other):
    assert_frame_equal(one.fills_frame(exact=True), other.fills_frame(exact=True))
    assert_frame_equal(one.reports_frame(exact=True), other.reports_frame(exact=True))
    assert_frame_equal(one.gaps_frame(), other.gaps_frame())
    assert one.watches() == other.watches()
    assert sorted(one.open_orders(), key=lambda event: event["i"]) == sorted(
        other.open_orders(), key=lambda event: event["i"]
    )
    assert one.last_number == other.last_number


def test_a_ledger_opened_again_is_the_same(path):
    first = filled(SqliteLedger(path, "sandbox"))
    first.close()
    second = SqliteLedger(path, "sandbox")
    assert_same(second, filled(Ledger()))
    assert second.heard_until_ms() == 12345


def test_a_ledger_opened_again_knows_what_it_knew(path):
    filled(SqliteLedger(path, "sandbox")).close()
    ledger = SqliteLedger(path, "sandbox")
    assert not ledger.add_report(trade_report(1))
    assert not ledger.add_report(trade_report(2))  # the real one, in the place of the recovered
    assert not ledger.add_report(execution_report(x="CANCELED", X="CANCELED", I=900, i=9))
    assert ledger.add_report(trade_report(4)) == 5
    ledger.close()
    again = SqliteLedger(path, "sandbox")
    assert set(again.reports_frame()["source"]) == {"stream"}
    assert again.fills_frame()["source"].tolist() == ["response"] * 3 + ["stream"] * 3


def test_any_history_cut_anywhere_by_a_reopening_gives_the_same_ledger(path):
    rng = random.Random(5)
    memory, disk = Ledger(), SqliteLedger(path, "sandbox")
    for _ in range(300):
        trade_id = rng.randrange(1, 60)
        event = trade_report(trade_id, i=trade_id % 4 + 1, z=f"{trade_id}.00000000")
        if rng.random() < 0.4:
            event = {**event, "I": -1, "source": "recovered"}
        assert bool(memory.add_report(event)) == bool(disk.add_report(event))
        if rng.random() < 0.02:
            memory.begin_anew()
            disk.begin_anew()
        if rng.random() < 0.05:
            disk.close()
            disk = SqliteLedger(path, "sandbox")
    assert memory.fills_frame()["era"].nunique() > 2
    assert_same(disk, memory)


def test_a_file_in_use_is_refused_in_a_sentence(path):
    held = SqliteLedger(path, "sandbox")
    with pytest.raises(LedgerError, match="in use by another client"):
        SqliteLedger(path, "sandbox")
    held.close()
    SqliteLedger(path, "sandbox").close()


def test_a_file_that_is_no_database_is_refused_in_a_sentence(path):
    path.write_bytes(b"symbol,price\n" * 1000)
    with pytest.raises(LedgerError, match="damaged or no ledger"):
        SqliteLedger(path, "sandbox")


def test_a_damaged_file_is_refused_in_a_sentence(path):
    ledger = SqliteLedger(path, "sandbox")
    for trade_id in range(500):
        ledger.add_report(trade_report(trade_id))
    ledger.close()
    data = bytearray(path.read_bytes())
    data[8192:40960] = os.urandom(40960 - 8192)
    path.write_bytes(data)
    with pytest.raises(LedgerError, match="damaged"):
        SqliteLedger(path, "sandbox")


def test_a_database_of_somebody_else_is_left_alone(path):
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE mine (x)")
    db.commit()
    db.close()
    with pytest.raises(LedgerError, match="not a ledger"):
        SqliteLedger(path, "sandbox")


def test_a_file_of_a_newer_version_is_refused(path):
    SqliteLedger(path, "sandbox").close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(LedgerError, match="newer version"):
        SqliteLedger(path, "sandbox")


def test_a_file_of_another_environment_is_refused(path):
    SqliteLedger(path, "testnet").close()
    with pytest.raises(LedgerError, match="fills of testnet, and this client speaks to sandbox"):
        SqliteLedger(path, "sandbox")


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(LedgerError, match="cannot be used"):
        SqliteLedger(tmp_path / "nowhere" / "fills.sqlite", "sandbox")


KILLED = """
    import os, sys
    from binance_nb.stream.sqlite_ledger import SqliteLedger
    sys.path.insert(0, sys.argv[2])
    from scripted import full_answer, trade_report
    ledger = SqliteLedger(sys.argv[1], "sandbox")
    for trade_id in range(1, 10**9):
        ledger.add_report(trade_report(trade_id))
        if trade_id % 7 == 0:
            ledger.commit()
            os.write(1, b"%d\\n" % trade_id)  # told: must be on disk from here on
"""


def test_a_killed_process_loses_nothing_that_it_told(path):
    tests = os.path.dirname(os.path.dirname(__file__))
    script = textwrap.dedent(KILLED)
    with subprocess.Popen([sys.executable, "-c", script, str(path), tests], stdout=subprocess.PIPE) as process:
        told = [process.stdout.readline() for _ in range(200)]
        os.kill(process.pid, signal.SIGKILL)
        told += process.stdout.readlines()
    last = int([line for line in told if line.endswith(b"\n")][-1])
    kept = SqliteLedger(path, "sandbox").fills_frame()["trade_id"].tolist()
    assert kept[:last] == list(range(1, last + 1))
    assert len(kept) <= last + 7


async def test_what_a_subscriber_hears_is_on_disk_already(exchange, make_manager, path):
    async def script(socket):
        await socket.accept()
        for trade_id in range(1, 50):
            await socket.event(trade_report(trade_id))
        await socket.stay()

    ledger = SqliteLedger(path, "sandbox")
    heard = []

    class Listener:
        def offer(self, report):
            heard.append((report.trade_id, ledger._db.in_transaction))

        def close(self):
            pass

    exchange.on_socket(script)
    manager = make_manager(ledger=ledger)
    manager.subscribers.add(Listener())
    await manager.start()
    await eventually(lambda: len(heard) == 49)
    assert heard == [(trade_id, False) for trade_id in range(1, 50)]
    await manager.stop()


async def test_nobody_is_told_while_the_disk_refuses_and_everybody_once_it_takes_it(
    exchange, make_manager, path, monkeypatch, caplog
):
    caplog.set_level(logging.CRITICAL)
    ledger = SqliteLedger(path, "sandbox")
    commit, tries = ledger.commit, []

    def refuse_at_first():
        tries.append(1)
        if len(tries) <= 2:
            raise LedgerError("the disk is full")
        commit()

    async def script(socket):
        await socket.accept()
        for trade_id in (1, 2, 3):
            await eventually(lambda told=trade_id: len(tries) >= told - 1)
            await socket.event(trade_report(trade_id))
        await socket.stay()

    monkeypatch.setattr(ledger, "commit", refuse_at_first)
    exchange.on_socket(script)
    manager = make_manager(ledger=ledger)
    reports = ReportIterator(manager.subscribers)
    await manager.start()
    await eventually(lambda: len(tries) == 3)
    reports.close()
    assert [each.trade_id async for each in reports] == [1, 2, 3]
    await manager.stop()


async def test_a_ledger_that_was_only_read_does_not_say_that_a_stream_was_alive(make_manager, path):
    ledger = SqliteLedger(path, "sandbox")
    ledger.note_alive(5)
    manager = make_manager(ledger=ledger)
    await manager.stop()
    assert ledger.heard_until_ms() == 5


async def test_opening_the_file_again_completes_what_happened_meanwhile(exchange, make_manager, path):
    exchange.on("GET", "/api/v3/openOrders", answer([]))
    exchange.on("GET", "/api/v3/myTrades", answer([]))

    async def stay(socket):
        await socket.accept()
        await socket.stay()

    exchange.on_socket(stay)
    ledger = SqliteLedger(path, "sandbox")
    ledger.watch("BTCUSDT", SERVER_TIME, 41)
    ledger.note_alive(SERVER_TIME)
    ledger.close()
    manager = make_manager(ledger=SqliteLedger(path, "sandbox"), recovers=True)
    await manager.start()
    await eventually(lambda: manager.ledger.gaps)
    assert exchange.requests("GET", "/api/v3/myTrades")[0].params["fromId"] == "41"
    assert manager.ledger.gaps[0].start_ms == SERVER_TIME
    await manager.stop()
    manager.ledger.close()


def test_a_client_keeps_its_fills_in_the_file_it_is_given(path):
    with BinanceClient.sandbox(seed=3, clock="stepped", ledger=path) as client:
        client.start_stream()
        client.wait_for_fill(client.place_market_order("BTCUSDT", "BUY", "0.01"), timeout=10)
        before = client.fills(exact=True)
    assert len(before) >= 1
    kept = SqliteLedger(path, "sandbox")
    assert_frame_equal(kept.fills_frame(exact=True), before)
    kept.close()


def test_products_are_kept_apart_although_symbol_and_number_are_the_same(path):
    ledger = SqliteLedger(path, "sandbox")
    ledger.add_report(trade_report(7))
    ledger.add_report(report_from_order_update(trade_update(7, "0.005", i=1)))
    ledger.watch("BTCUSDT", 5)
    ledger.watch("BTCUSDT", 6, 77, product="usdm")
    ledger.verify("BTCUSDT", 80, product="usdm")
    ledger.note_alive(1000)
    ledger.note_alive(2000, product="usdm")
    ledger.close()
    again = SqliteLedger(path, "sandbox")
    assert len(again.fills_frame()) == 2
    assert again.fills_frame(product="usdm")["realized_pnl"].tolist() == [1.5]
    assert again.order_report("BTCUSDT", 1)["z"] == "0.50000000"
    assert again.order_report("BTCUSDT", 1, product="usdm")["z"] == "0.005"
    assert [(watch.product, watch.verified_id) for watch in again.watches(product=None)] == [
        ("spot", None),
        ("usdm", 80),
    ]
    assert (again.heard_until_ms(), again.heard_until_ms(product="usdm")) == (1000, 2000)
    assert [event["i"] for event in again.open_orders(product="usdm")] == [1]
    again.close()


def test_a_new_era_without_a_fill_is_remembered(path):
    ledger = filled(SqliteLedger(path, "sandbox"))
    ledger.begin_anew()
    ledger.close()
    again = SqliteLedger(path, "sandbox")
    assert again.open_orders() == []
    assert [watch.verified_id for watch in again.watches()] == [None, None]
    assert again.add_report(trade_report(1))
    assert sorted(again.fills_frame()["era"]) == [0, 0, 0, 0, 0, 1]
    assert [report.era for report in again.replay_since(0)] == [0] * ledger.last_number + [1]
    assert again.replay_since(again.last_number - 1)[0].era == 1
    again.close()


def test_a_file_without_eras_is_brought_up_to_date(path):
    filled(SqliteLedger(path, "sandbox")).close()
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE eras")
        db.execute("ALTER TABLE fills RENAME TO with_eras")
        db.execute(
            "CREATE TABLE fills (product TEXT, symbol TEXT, trade_id INTEGER, fill BLOB, "
            "PRIMARY KEY (product, symbol, trade_id))"
        )
        db.execute("INSERT INTO fills SELECT product, symbol, number / 2, fill FROM with_eras")
        db.execute("DROP TABLE with_eras")
        db.execute("PRAGMA user_version = 2")
        db.commit()
    again = SqliteLedger(path, "sandbox")
    assert_same(again, filled(Ledger()))
    again.begin_anew()
    assert again.add_report(trade_report(1))
    again.close()


def test_a_file_of_the_first_format_is_brought_up_to_date(path):
    ledger = SqliteLedger(path, "sandbox")
    ledger.add_report(trade_report(7))
    ledger.close()
    with contextlib.closing(sqlite3.connect(path)) as db:
        (fill,) = db.execute("SELECT fill FROM fills").fetchone()
        db.execute("DROP TABLE eras")
        db.execute("DROP TABLE fills")
        db.execute(
            "CREATE TABLE fills (product TEXT, symbol TEXT, trade_id INTEGER, fill BLOB, "
            "PRIMARY KEY (product, symbol, trade_id))"
        )
        db.execute("INSERT INTO fills VALUES ('spot', 'BTCUSDT', 7, ?)", (fill,))
        db.execute("DROP TABLE watches")
        db.execute("CREATE TABLE watches (symbol TEXT PRIMARY KEY, since_ms INTEGER NOT NULL, verified_id INTEGER)")
        db.execute("INSERT INTO watches VALUES ('BTCUSDT', 5, 41)")
        db.execute("PRAGMA user_version = 1")
        db.commit()
    again = SqliteLedger(path, "sandbox")
    assert again.watches() == [Watch("BTCUSDT", 5, 41, "spot")]
    assert len(again.fills_frame()) == 1
    again.watch("ETHUSDT", 6, product="usdm")
    again.close()
    once_more = SqliteLedger(path, "sandbox")
    assert len(once_more.watches(product=None)) == 2
    once_more.close()
