"""`python -m tests.bench`: this package, the bound under everybody and the published clients, side by side.

Each table is one run on one machine against one server that answers at once; the ratios are what to keep. Peers are an
optional extra (`pip install -e ".[peers]"`); one that is not installed is left out, and the table says so.
"""

import argparse
import importlib.util
import json
from pathlib import Path

from tests.bench import profile as parts
from tests.bench.bars import table_of, verdicts
from tests.bench.chart import draw
from tests.bench.live import live
from tests.bench.measure import Contender, Process, side_by_side
from tests.bench.singles import exchange_info, import_time, ledger_memory, sandbox_rates, trades_to_frame
from tests.bench.suites import OURS, PYTHON_BINANCE, RAW, SUITES

SINGLES = {
    "trades_to_frame": trades_to_frame,
    "import_time": import_time,
    "exchange_info": exchange_info,
    "ledger_memory": ledger_memory,
    "sandbox_rates": sandbox_rates,
    "live": live,
}


PROFILED = {"orders_rest": {OURS, RAW, PYTHON_BINANCE}, "orders_ws": {OURS, RAW, PYTHON_BINANCE}, "stream": {OURS}}
"""Tables whose work is on one thread, so that one profile sees all of it, and who is looked into beside the bound."""


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


def main(arguments: list[str] | None = None) -> None:
    """Run what was asked for; print tables and the bars, and write JSON and a chart where asked."""
    options = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    options.add_argument("--only", nargs="+", choices=[*SUITES, *SINGLES], default=[*SUITES, *SINGLES])
    options.add_argument("--rounds", type=int, default=7, help="rounds that count; one more is thrown away")
    options.add_argument("--count", type=int, default=400, help="orders a round; other work in proportion")
    options.add_argument("--json", type=Path, help="write all figures there")
    options.add_argument("--chart", type=Path, help="draw the chart of the README there (SVG)")
    options.add_argument("--profile", action="store_true", help="print where the time of a call goes, and no bars")
    given = options.parse_args(arguments)
    results: dict[str, dict[str, dict[str, float]]] = {}
    with Process("-m", "tests.bench.exchange") as exchange:
        address = json.loads(exchange.first)
        for name, suite in SUITES.items():
            if name not in given.only:
                continue
            present = [each for each in suite.contenders if is_there(each)]
            count = max(1, int(given.count * suite.share))
            if given.profile:
                if name in PROFILED:
                    ours = [each for each in present if each is present[0] or each.name in PROFILED[name]]
                    print(parts.table(suite.title, parts.profiled(ours, address, count=count, command=suite.command)))
                continue
            results[name] = side_by_side(present, address, rounds=given.rounds, count=count, command=suite.command)
            print(table(suite.title, results[name]), flush=True)
            for absent in (each for each in suite.contenders if each not in present):
                print(f"{absent.name}: {absent.needs} is not installed, not measured")
    if given.profile:
        return
    for name, measure in SINGLES.items():
        if name in given.only:
            title, rows = measure(given.rounds)
            results[name] = rows
            print(table(title, rows), flush=True)
    found = verdicts(results)
    print(table_of(found), flush=True)
    if given.json:
        bars = [
            {"what": each.bar.what, "bound": each.bar.bound, "reached": each.reached, "raw": each.reached_raw}
            for each in found
        ]
        given.json.write_text(json.dumps({"tables": results, "bars": bars}, indent=1) + "\n", encoding="utf-8")
    if given.chart:
        draw(results, given.chart)


if __name__ == "__main__":
    main()
