"""What the ledger costs: `python -m tests.bench.bench_ledger --fills 1000000`: inserts, memory, frames, a file."""

import argparse
import os
import tempfile
import time
from pathlib import Path

from binance_nb.stream.ledger import Ledger
from binance_nb.stream.sqlite_ledger import SqliteLedger

PAGE = os.sysconf("SC_PAGE_SIZE")


def event(trade_id):
    """A report of a fill as the exchange sends it, an order of ten fills each."""
    order_id = trade_id // 10
    return {
        "e": "executionReport", "E": 1_790_000_000_000 + trade_id, "s": "BTCUSDT", "c": f"nb-{order_id:020d}",
        "S": "BUY", "o": "LIMIT", "f": "GTC", "q": "1.00000000", "p": "60000.00000000", "P": "0.00000000",
        "F": "0.00000000", "g": -1, "C": "", "x": "TRADE", "X": "PARTIALLY_FILLED", "r": "NONE", "i": order_id,
        "l": "0.00010000", "z": f"{trade_id % 10 / 10:.8f}", "L": f"{60000 + trade_id % 997}.01000000",
        "n": "0.00000010", "N": "BTC", "T": 1_790_000_000_000 + trade_id, "t": trade_id, "I": 2 * trade_id, "w": True,
        "m": False, "M": False, "O": 1_789_000_000_000, "Z": "0.00000000", "Y": "6.00000000", "Q": "0.00000000",
        "W": 1_789_000_000_000, "V": "NONE",
    }  # fmt: skip


def resident():
    """Bytes of memory in use."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def main():
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--fills", type=int, default=1_000_000)
    fills = options.parse_args().fills
    ledger = Ledger()
    before = resident()
    tenth = fills // 10
    for part in range(10):
        began = time.process_time()  # processor time: what else the machine does is not counted
        for trade_id in range(part * tenth, (part + 1) * tenth):
            ledger.add_report(event(trade_id))
        taken = time.process_time() - began
        print(f"insert, part {part + 1} of 10: {taken / tenth * 1e6:.1f} us of processor a fill", flush=True)
    grown = resident() - before
    print(f"memory: {grown / fills:.0f} bytes a fill, of which its report {len(ledger._log[-1])} bytes of text")
    for exact in (False, True):
        began = time.perf_counter()
        frame = ledger.fills_frame(exact=exact)
        print(f"fills(exact={exact}) of {len(frame)} rows: {time.perf_counter() - began:.3f} s")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fills.sqlite"
        count = min(fills, 100_000)
        disk = SqliteLedger(path, "sandbox")
        began = time.perf_counter()
        for trade_id in range(count):
            disk.add_report(event(trade_id))
            if trade_id % 10 == 9:
                disk.commit()
        print(f"on disk, synced every 10: {(time.perf_counter() - began) / count * 1e6:.0f} us a fill")
        disk.close()
        print(f"file: {path.stat().st_size / count:.0f} bytes a fill")
        began = time.perf_counter()
        SqliteLedger(path, "sandbox").close()
        print(f"opening {count} fills again: {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    main()
