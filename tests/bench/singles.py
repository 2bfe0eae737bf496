"""What needs no server: bytes to a frame, the time of an import, exchangeInfo into rules, the ledger's memory."""

import json
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable

import msgspec

from tests.bench.bench_sandbox import engine_rates, measured_over_doors
from tests.bench.exchange import SYMBOLS, info, page, report_text
from tests.bench.suites import OURS

Rows = dict[str, dict[str, float]]


def timed(work: Callable[[], object], rounds: int) -> float:
    """Return the median of CPU milliseconds that `work` takes."""
    work()
    taken = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return statistics.median(taken) * 1000


def trades_to_frame(rounds: int) -> tuple[str, Rows]:
    """Measure 1,000 trades from bytes to a typed frame."""
    from binance_nb import frames
    from binance_nb.trade_rows import read_trades
    from tests.bench.contenders.raw import naive_trades

    content = page(0)
    rows = {
        "naive (json, dicts, astype)": {"cpu_ms": timed(lambda: naive_trades(content), 5 * rounds)},
        OURS: {"cpu_ms": timed(lambda: frames.trades(read_trades(content)), 5 * rounds)},
    }
    return "1,000 trades, bytes to a typed DataFrame", rows


def import_time(rounds: int) -> tuple[str, Rows]:
    """Measure imports, each in a new interpreter, in turn."""
    statements = {
        "pandas and aiohttp": "import pandas, aiohttp",
        OURS: "import binance_nb",
        f"{OURS}, a client made": "from binance_nb import BinanceClient; BinanceClient()",
        "python-binance": "import binance",
        "ccxt": "import ccxt",
        "binance-sdk-spot": "import binance_sdk_spot",
    }
    taken: dict[str, list[float]] = {name: [] for name in statements}
    for number in range(rounds + 1):
        for name, statement in statements.items():
            began = time.perf_counter()
            done = subprocess.run([sys.executable, "-c", statement], capture_output=True, check=False)
            if number and done.returncode == 0:
                taken[name].append(time.perf_counter() - began)
    return "Import, a new interpreter each", {
        name: {"ms": statistics.median(each) * 1000} for name, each in taken.items() if each
    }


class _Symbol(msgspec.Struct):
    symbol: str
    status: str
    baseAsset: str
    quoteAsset: str
    orderTypes: list[str]
    filters: list[dict[str, msgspec.Raw]]


class _Info(msgspec.Struct):
    symbols: list[_Symbol]


def exchange_info(rounds: int) -> tuple[str, Rows]:
    """Measure 3,000 symbols of exchangeInfo into rules that can check an order, and the memory at its peak.

    The memory counts the answer's own bytes in; the least is what msgspec takes for the fields that orders need.
    """
    from binance_nb.api.listing import Listing
    from binance_nb.models.rules import SymbolRules

    content = info(SYMBOLS)
    decode = msgspec.json.Decoder(_Info).decode

    def all_of_them() -> list[SymbolRules]:
        listing = Listing(content)
        return [SymbolRules(listing[symbol]) for symbol in listing]

    rows: Rows = {}
    for name, work in {
        "msgspec structs": lambda: decode(content),
        OURS: lambda: SymbolRules(Listing(content)["BTCUSDT"]),
        f"{OURS}, every symbol's rules": all_of_them,
    }.items():
        cpu_ms = timed(work, rounds)
        tracemalloc.start()
        held = work()
        peak = tracemalloc.get_traced_memory()[1] + len(content)
        tracemalloc.stop()
        del held
        rows[name] = {"cpu_ms": cpu_ms, "peak_mb": peak / 1e6}
    return f"exchangeInfo, {SYMBOLS:,} symbols ({len(content) / 1e6:.1f} MB), into rules", rows


def ledger_memory(rounds: int) -> tuple[str, Rows]:
    """Measure the memory of 200,000 reports in the ledger, and of their fills alone."""
    from binance_nb.models.fills import fill_from_report
    from binance_nb.stream.fill_columns import FillColumns
    from binance_nb.stream.ledger import Ledger

    count = 200_000
    rows: Rows = {}
    columns = FillColumns()
    for name, keep in {
        "reports and fills": Ledger().add_report,
        "fills alone": lambda event: columns.add(fill_from_report(event)),
    }.items():
        tracemalloc.start()
        for number in range(count):
            keep(json.loads(report_text(number + 1)))
        rows[name] = {"bytes_a_row": tracemalloc.get_traced_memory()[0] / count}
        tracemalloc.stop()
    return "The ledger's memory", rows


def sandbox_rates(rounds: int) -> tuple[str, Rows]:
    """Measure the sandbox's requests a second with a thousand orders resting, alone and over its doors."""
    seconds = rounds / 7
    rests, takes = engine_rates(1000, seconds)
    doors = measured_over_doors(1000, seconds)
    rates = {"engine, rest and cancel": rests, "engine, take": takes, **doors}
    return "The sandbox, requests a second", {name: {"rate": rate} for name, rate in rates.items()}
