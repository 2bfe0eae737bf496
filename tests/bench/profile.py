"""Where the time of a call goes: a profile of a contender, added up by what the functions belong to.

A profiler makes every Python function dearer than it is and C no dearer, so the shares lean towards Python; what they
show is which part a client could save at all.
"""

import cProfile
import pstats
from collections import defaultdict
from pathlib import Path

from tests.bench.measure import Contender, run_once

SYSTEM = ("'send' of '_socket", "'recv", "'sendmsg'", "'sendall'")
WAITING = "'poll' of 'select"
PARTS = (
    ("/aiohttp/", "HTTP library and loop"),
    ("/asyncio/", "HTTP library and loop"),
    ("/yarl/", "HTTP library and loop"),
    ("/multidict/", "HTTP library and loop"),
    ("/selectors.py", "HTTP library and loop"),
    ("/urllib/", "HTTP library and loop"),
    ("/binance_nb/transport/lines.py", "HTTP library and loop"),
    ("/binance_nb/models/", "checks of the order"),
    ("/pydantic/", "checks of the order"),
    ("/binance_nb/transport/", "signing, budgets, socket"),
    ("/hmac.py", "signing, budgets, socket"),
    ("/binance_nb/stream/", "ledger and stream"),
    ("/binance_nb/frames.py", "DataFrame"),
    ("/binance_nb/single_rows.py", "DataFrame"),
    ("/pandas/", "DataFrame"),
    ("/numpy/", "DataFrame"),
    ("/pyarrow/", "DataFrame"),
)
OTHER = "the rest of the client"
KERNEL = "system calls"


def part_of(function: tuple[str, int, str]) -> str | None:
    """Return what a function belongs to; None for one in C, which belongs to whoever calls it."""
    path, _, name = function
    if path == "~":
        return KERNEL if any(word in name for word in SYSTEM) else None
    shown = f"/{Path(path).as_posix().lstrip('/')}"
    return next((part for piece, part in PARTS if piece in shown), OTHER)


def by_part(profile: cProfile.Profile) -> dict[str, float]:
    """Return the seconds spent in each part, without those of waiting for the server."""
    spent: defaultdict[str, float] = defaultdict(float)
    for function, (_, _, own, _, callers) in pstats.Stats(profile).stats.items():
        if WAITING in function[2]:
            continue
        part = part_of(function)
        if part is not None:
            spent[part] += own
            continue
        for caller, (_, _, within, _) in callers.items():
            spent[part_of(caller) or OTHER] += within
        if not callers:  # called where the profile began
            spent[OTHER] += own
    return dict(spent)


def profiled(contenders: list[Contender], address: dict[str, str], *, count: int, command: dict[str, object]):
    """Return, for each contender, microseconds a call by part, the whole first."""
    rows = {}
    for each in contenders:
        parts = run_once(each, address, {**command, "count": count, "profile": True})["parts"]
        spent = {part: seconds / count * 1e6 for part, seconds in parts.items()}
        rows[each.name] = {"all": sum(spent.values()), **spent}
    return rows


def table(title: str, rows: dict[str, dict[str, float]]) -> str:
    """Return the parts as text: a line each, a column a contender."""
    parts = sorted(
        {part for row in rows.values() for part in row}, key=lambda part: -max(r.get(part, 0) for r in rows.values())
    )
    lines = [f"\n{title}: microseconds a call under a profiler", f"{'':28}" + "".join(f"{who:>26}" for who in rows)]
    lines += [f"{part:28}" + "".join(f"{row.get(part, 0):26,.1f}" for row in rows.values()) for part in parts]
    return "\n".join(lines)
