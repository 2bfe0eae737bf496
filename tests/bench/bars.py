"""What we hold ourselves to: ratios within one run, and a few absolute figures; each met or not.

A bar is held against the verb as a user calls it, with its DataFrame; where there is a row for `raw=True`, which does
no more than the peers do, its figure is shown beside it, and a bar that only it keeps is "met as JSON".
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.suites import OURS, RAW

Rows = dict[str, dict[str, float]]
Figure = Callable[[Rows, str], float | None]


@dataclass(frozen=True)
class Bar:
    """One promise: `figure` of our row of a table must be at most, or at least, the bound."""

    table: str
    what: str
    figure: Figure
    bound: float
    is_ceiling: bool

    def is_met(self, reached: float) -> bool:
        """Return whether a figure keeps the promise."""
        return reached <= self.bound if self.is_ceiling else reached >= self.bound


def peers_of(rows: Rows) -> list[dict[str, float]]:
    """Return the rows that are neither the bound (the first) nor ours."""
    return [row for name, row in list(rows.items())[1:] if not name.startswith(OURS)]


def against_bound(column: str) -> Figure:
    """Return our figure divided by the bound's."""
    return lambda rows, who: rows[who][column] / next(iter(rows.values()))[column]


def bound_against(column: str) -> Figure:
    """Return the bound's figure divided by ours."""
    return lambda rows, who: next(iter(rows.values()))[column] / rows[who][column]


def peer_against(column: str) -> Figure:
    """Return the best peer's cost divided by ours; None without peers."""
    return lambda rows, who: min((row[column] for row in peers_of(rows)), default=0) / rows[who][column] or None


def against_peer(column: str, best: Callable[..., float]) -> Figure:
    """Return our figure divided by the best peer's; None without peers."""

    def figure(rows: Rows, who: str) -> float | None:
        peers = [row[column] for row in peers_of(rows)]
        return rows[who][column] / best(peers) if peers else None

    return figure


def itself(column: str) -> Figure:
    """Return our figure."""
    return lambda rows, who: rows[who][column]


BARS = (
    Bar("orders_rest", "order, REST: CPU against aiohttp", against_bound("cpu_us"), 1.15, True),
    Bar("orders_rest", "order, REST: best peer's CPU against ours", peer_against("cpu_us"), 1.2, False),
    Bar("orders_rest_50", "50 at a time: rate against aiohttp", against_bound("rate"), 0.85, False),
    Bar("orders_rest_50", "50 at a time: rate against the best peer", against_peer("rate", max), 1.7, False),
    Bar("orders_ws", "order, WebSocket API: CPU against aiohttp", against_bound("cpu_us"), 1.3, True),
    Bar("orders_ws", "order, WebSocket API: best peer's CPU against ours", peer_against("cpu_us"), 1.0, False),
    Bar("orders_cell", "order from a cell: median against the best peer", against_peer("p50_us", min), 0.6, True),
    Bar("trades_to_frame", "1,000 trades, bytes to frame: times faster than naive", bound_against("cpu_ms"), 4, False),
    Bar("trades", "1,000 trades, whole call: best peer's CPU against ours", peer_against("cpu_us"), 3, False),
    Bar("stream", "reports a second of one core", lambda rows, who: 1e6 / rows[who]["cpu_us"], 100_000, False),
    Bar("stream", "reports: best peer's CPU against ours", peer_against("cpu_us"), 3, False),
    Bar("import_time", "import against pandas and aiohttp", against_bound("ms"), 1.15, True),
    Bar("exchange_info", "3,000 symbols: CPU against msgspec", against_bound("cpu_ms"), 1.3, True),
    Bar("exchange_info", "3,000 symbols: peak memory, MB", itself("peak_mb"), 45, True),
    Bar("live", "order from a cell under load: p99, ms", itself("p99_ms"), 10, True),
)


@dataclass(frozen=True)
class Verdict:
    """How one bar came out."""

    bar: Bar
    reached: float | None
    reached_raw: float | None

    def line(self) -> str:
        """Return it as a line of a table."""
        bound = f"{'<=' if self.bar.is_ceiling else '>='} {self.bar.bound:,g}"
        shown, raw = (
            "" if each is None else f"{each:,.0f}" if each >= 1000 else f"{each:.2f}"
            for each in (self.reached, self.reached_raw)
        )
        return f"{self.bar.what:56}{bound:>12}{shown:>10}{raw:>10}  {self.word}"

    @property
    def word(self) -> str:
        """Return the verdict in words: "met as JSON" where it is the DataFrame that goes beyond the bar."""
        if self.reached is None:
            return "no peers here"
        if self.bar.is_met(self.reached):
            return "met"
        return "NOT met" if self.reached_raw is None or not self.bar.is_met(self.reached_raw) else "met as JSON"


def verdicts(results: dict[str, Rows]) -> list[Verdict]:
    """Return how the bars came out that these results can tell of."""
    return [
        Verdict(
            bar,
            bar.figure(rows, OURS),
            bar.figure(rows, RAW) if RAW in rows else None,
        )
        for bar in BARS
        if (rows := results.get(bar.table)) is not None
    ]


def table_of(found: list[Verdict]) -> str:
    """Return the verdicts as text."""
    head = f"{'':56}{'bar':>12}{'reached':>10}{'raw=True':>10}"
    return "\n".join(["\nThe bars", head, *(each.line() for each in found)])
