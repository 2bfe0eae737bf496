"""The unfilled order count of an account (order_count_decrement.md)."""

from collections.abc import Sequence

from binance_nb.sandbox.engine.commands import EngineError
from binance_nb.sandbox.engine.records import OrderCount
from binance_nb.sandbox.engine.specs import OrderRateLimit

# order_count_decrement.md: what a first fill takes off the count. Examples 1 and 2, of an interval of ten seconds,
# give a maker five; the example over days takes off one for each order. Both hold if days have no bonus.
FIRST_FILL_AS_TAKER = 1
FIRST_FILL_AS_MAKER = 5
FIRST_FILL_OVER_DAYS = 1


class OrderCounter:
    """Counts new orders in every interval; fills take some off, never below zero."""

    __slots__ = ("_counts", "_limits")

    def __init__(self, limits: Sequence[OrderRateLimit]) -> None:
        self._limits = tuple(limits)
        self._counts = [[0, 0] for _ in self._limits]  # [start of the interval, count]

    def excess(self, orders: int, now_us: int) -> EngineError | None:
        """Return the refusal of this many new orders, None if they fit every interval."""
        for limit, (_, count) in zip(self._limits, self._current(now_us), strict=True):
            if count + orders > limit.limit:
                span = f"{limit.interval_num} {limit.interval}"
                return EngineError(
                    code=-1015, message=f"Too many new orders; current limit is {limit.limit} orders per {span}."
                )
        return None

    def add(self, orders: int, now_us: int) -> None:
        """Count new orders."""
        for entry in self._current(now_us):
            entry[1] += orders

    def first_fill(self, now_us: int, *, is_maker: bool) -> None:
        """Take off what an order's first fill is worth."""
        worth = FIRST_FILL_AS_MAKER if is_maker else FIRST_FILL_AS_TAKER
        for limit, entry in zip(self._limits, self._current(now_us), strict=True):
            taken = FIRST_FILL_OVER_DAYS if limit.interval == "DAY" else worth
            entry[1] = max(0, entry[1] - taken)

    def counts(self, now_us: int) -> tuple[OrderCount, ...]:
        """Return the count of every interval."""
        return tuple(
            OrderCount(limit.interval, limit.interval_num, limit.limit, count)
            for limit, (_, count) in zip(self._limits, self._current(now_us), strict=True)
        )

    def _current(self, now_us: int) -> list[list[int]]:
        for limit, entry in zip(self._limits, self._counts, strict=True):
            start = now_us // limit.width_us * limit.width_us
            if start != entry[0]:
                entry[0], entry[1] = start, 0
        return self._counts
