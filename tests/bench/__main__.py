"""`python -m tests.bench`: this package, the bound under everybody and the published clients, side by side.

Each table is one run on one machine against one server that answers at once; the ratios are what to keep. Peers are an
optional extra (`pip install -e ".[peers]"`); one that is not installed is left out, and the table says so.
"""

import argparse
import importlib.util
import json
from pathlib import Path

from tests.bench.measure import Contender, Process, side_by_side
from tests.bench.singles import exchange_info, import_time, ledger_memory, trades_to_frame

OURS, RAW = "binance_nb", "the bound"
PYTHON_BINANCE, CCXT, SDK = "python-binance", "ccxt", "binance-sdk-spot"

SUITES = {
    "orders_rest": (
        "One order over REST, async, one at a time",
        [
            Contender(RAW + " (aiohttp + orjson)", "raw", "Rest"),
            Contender(OURS + " raw=True", "ours", "Rest"),
            Contender(OURS + " DataFrame", "ours", "RestFrame"),
            Contender(PYTHON_BINANCE, "python_binance", "Rest", "binance"),
            Contender(CCXT, "ccxt_client", "Rest", "ccxt"),
        ],
        {"do": "orders", "at_once": 1},
        1.0,
    ),
    "orders_rest_50": (
        "Orders over REST, async, 50 at a time",
        [
            Contender(RAW + " (aiohttp + orjson)", "raw", "Rest"),
            Contender(OURS + " raw=True", "ours", "Rest"),
            Contender(OURS + " DataFrame", "ours", "RestFrame"),
            Contender(PYTHON_BINANCE, "python_binance", "Rest", "binance"),
            Contender(CCXT, "ccxt_client", "Rest", "ccxt"),
        ],
        {"do": "orders", "at_once": 50},
        2.0,
    ),
    "orders_ws": (
        "One order over the WebSocket API, async, one at a time",
        [
            Contender(RAW + " (aiohttp + orjson)", "raw", "Socket"),
            Contender(OURS + " raw=True", "ours", "Socket"),
            Contender(OURS + " DataFrame", "ours", "SocketFrame"),
            Contender(PYTHON_BINANCE, "python_binance", "Socket", "binance"),
            Contender(CCXT + ".pro", "ccxt_client", "Socket", "ccxt"),
            Contender(SDK, "binance_sdk", "Socket", "binance_sdk_spot"),
        ],
        {"do": "orders", "at_once": 1},
        1.0,
    ),
    "orders_cell": (
        "One order from a cell (blocking)",
        [
            Contender("requests", "raw", "Sync", "requests"),
            Contender(OURS + " DataFrame", "ours", "Sync"),
            Contender(OURS + " raw=True", "ours", "SyncRaw"),
            Contender(PYTHON_BINANCE, "python_binance", "Sync", "binance"),
            Contender(CCXT, "ccxt_client", "Sync", "ccxt"),
            Contender(SDK, "binance_sdk", "Sync", "binance_sdk_spot"),
        ],
        {"do": "orders", "at_once": 1},
        1.0,
    ),
    "trades": (
        "1,000 trades, the whole call",
        [
            Contender(OURS + " DataFrame", "ours", "Sync"),
            Contender(PYTHON_BINANCE, "python_binance", "Sync", "binance"),
            Contender(CCXT, "ccxt_client", "Sync", "ccxt"),
            Contender(SDK, "binance_sdk", "Sync", "binance_sdk_spot"),
        ],
        {"do": "trades"},
        0.05,
    ),
    "stream": (
        "Execution reports: received, decoded; ours de-duplicated and stored too",
        [
            Contender(RAW + " (aiohttp + msgspec)", "raw", "Stream"),
            Contender(OURS, "ours", "Stream"),
            Contender(OURS + " with a subscriber", "ours", "StreamTold"),
            Contender(PYTHON_BINANCE, "python_binance", "Stream", "binance"),
        ],
        {"do": "receive"},
        50.0,
    ),
}
"""Title, contenders (the first is what the others are compared with), the command, how many requests per --count."""

SINGLES = {
    "trades_to_frame": trades_to_frame,
    "import_time": import_time,
    "exchange_info": exchange_info,
    "ledger_memory": ledger_memory,
}


def is_there(contender: Contender) -> bool:
    """Return whether the package that a contender needs is installed."""
    return not contender.needs or importlib.util.find_spec(contender.needs) is not None


def table(title: str, rows: dict[str, dict[str, float]]) -> str:
    """Return figures as text, each column's ratio to the first row beside it."""
    lines = [f"\n{title}"]
    names = list(next(iter(rows.values())))
    lines.append(f"{'':34}" + "".join(f"{name:>14}{'ratio':>7}" for name in names))
    base = next(iter(rows.values()))
    for who, row in rows.items():
        cells = "".join(f"{row[name]:14,.1f}{row[name] / base[name]:7.2f}" for name in names)
        lines.append(f"{who:34}{cells}")
    return "\n".join(lines)


def main() -> None:
    """Run what was asked for; print tables, and write JSON and a chart where asked."""
    options = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    options.add_argument("--only", nargs="+", choices=[*SUITES, *SINGLES], default=[*SUITES, *SINGLES])
    options.add_argument("--rounds", type=int, default=7, help="rounds that count; one more is thrown away")
    options.add_argument("--count", type=int, default=400, help="orders a round; other work in proportion")
    options.add_argument("--json", type=Path, help="write all figures there")
    options.add_argument("--chart", type=Path, help="draw the orders' chart there (PNG or SVG)")
    given = options.parse_args()
    results: dict[str, dict[str, dict[str, float]]] = {}
    with Process("-m", "tests.bench.exchange") as exchange:
        address = json.loads(exchange.first)
        for name, (title, contenders, command, share) in SUITES.items():
            if name not in given.only:
                continue
            present = [each for each in contenders if is_there(each)]
            count = max(5, int(given.count * share))
            results[name] = side_by_side(present, address, rounds=given.rounds, count=count, command=command)
            print(table(title, results[name]), flush=True)
            for absent in (each for each in contenders if each not in present):
                print(f"{absent.name}: not installed, not measured")
    for name, measure in SINGLES.items():
        if name in given.only:
            title, rows = measure(given.rounds)
            results[name] = rows
            print(table(title, rows), flush=True)
    if given.json:
        given.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if given.chart:
        from tests.bench.chart import draw

        draw(results, given.chart)


if __name__ == "__main__":
    main()
