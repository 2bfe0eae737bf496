"""The reference price of a symbol and the price range it allows (price_range_execution_rules.md)."""

from collections import deque
from decimal import Decimal

from binance_nb.sandbox.engine.specs import PriceRange, ReferencePriceRule
from binance_nb.sandbox.engine.units import SCALE, to_units

# Trade counts and sums carry four more decimals, so that a bucket can be cut in part; all division truncates.
_FINE = 10_000


class ReferenceTracker:
    """The moving average of trade prices over buckets of time, or a price given from outside."""

    def __init__(self, rule: ReferencePriceRule) -> None:
        self.rule = rule
        self.ever_set = False
        self._width_us = rule.bucket_width_ms * 1000
        self._buckets: deque[list[int]] = deque()  # [open time, count, sum of prices], count and sum times _FINE
        self._external_u: int | None = None

    def record(self, price_u: int, time_us: int) -> None:
        """Add a trade's price to the bucket of its time."""
        if self.rule.is_external:
            return
        self.ever_set = True
        start = time_us // self._width_us * self._width_us
        if not self._buckets or self._buckets[-1][0] < start:
            self._buckets.append([start, 0, 0])
        bucket = self._buckets[-1]
        bucket[1] += _FINE
        bucket[2] += price_u * _FINE
        # Buckets go when nothing of them can matter any more: a query's time is never earlier than the last trade's.
        while self._buckets[0][0] + self._width_us <= self._cutoff(time_us):
            self._buckets.popleft()

    def set_external(self, price_u: int | None) -> None:
        """Take the price an outside source gives."""
        self.ever_set = True
        self._external_u = price_u

    def price_u(self, now_us: int) -> int | None:
        """Return the reference price in units, None where there is nothing to average.

        The bucket that straddles the window's oldest time counts in proportion. Asking changes nothing.
        """
        if self.rule.is_external:
            return self._external_u
        cutoff, width = self._cutoff(now_us), self._width_us
        count = total = 0
        for start, trades, prices in self._buckets:
            expired = min(max(cutoff - start, 0), width)
            count += trades - trades * expired // width
            total += prices - prices * expired // width
        return total // count if count else None

    def _cutoff(self, now_us: int) -> int:
        return now_us - self._width_us * self.rule.bucket_count


def price_bounds(rule: PriceRange | None, reference_u: int | None, *, is_buy: bool) -> tuple[int, int] | None:
    """Return the lowest and highest price an order of this side may execute at, None where nothing binds.

    A bound that is not set is 0 below and -1 above.
    """
    if rule is None or reference_u is None:
        return None
    down = rule.bid_limit_mult_down if is_buy else rule.ask_limit_mult_down
    up = rule.bid_limit_mult_up if is_buy else rule.ask_limit_mult_up
    low = 0 if down is None else -(-reference_u * _multiplier(down) // SCALE)
    high = -1 if up is None else reference_u * _multiplier(up) // SCALE
    return low, high


def _multiplier(value: Decimal) -> int:
    return to_units(value)
