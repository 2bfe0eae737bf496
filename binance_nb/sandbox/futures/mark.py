"""The mark price of a symbol, its premium over the index, and the funding rate that follows from it.

Mark price: the median of the index with the funding still to come, the index with the moving basis of the book's
middle, and the last trade. Funding rate: the average premium of the interval, plus the interest rate held near it.
"""

from decimal import Decimal

from binance_nb.sandbox.engine.units import SCALE, from_units, to_units
from binance_nb.sandbox.futures.specs import SymbolSpec

_BASIS_US = 150_000_000  # over which the basis of the book's middle is averaged
_DAMPING_U = to_units(Decimal("0.0005"))  # how far interest may pull the rate from the premium


class MarkTracker:
    """What a symbol's prices besides its trades are, as of the last update."""

    def __init__(self, spec: SymbolSpec) -> None:
        self._spec = spec
        self._quantum_u = spec.mark_quantum_u
        self.price_u = 0
        self.index_u = 0
        self.updated_us = 0
        self.next_funding_us = 0
        self.pinned_u: int | None = None
        self.pinned_rate_u: int | None = None
        self._basis_u = 0
        self._premium_u = 0  # the sum of the interval's samples
        self._samples = 0

    def on_grid(self, price_u: int) -> int:
        """Return a price on the grid of mark prices, a half rounded up."""
        quantum = self._quantum_u
        return (price_u + quantum // 2) // quantum * quantum

    @property
    def rate_u(self) -> int:
        """The rate of the next funding as it stands now, in units: 10_000 is one basis point."""
        if self.pinned_rate_u is not None:
            return self.pinned_rate_u
        premium = self._premium_u // self._samples if self._samples else 0
        pull = max(-_DAMPING_U, min(_DAMPING_U, to_units(self._spec.interest_rate) - premium))
        cap = to_units(self._spec.funding_cap)
        return max(-cap, min(cap, premium + pull))

    @property
    def rate(self) -> Decimal:
        """The rate of the next funding as it stands now, a fraction with eight places."""
        return from_units(self.rate_u)

    def update(self, last_u: int, bid_u: int, ask_u: int, now_us: int) -> bool:
        """Work out the mark price anew (0: no such price); return whether it changed."""
        elapsed_us = now_us - self.updated_us if self.updated_us else 0
        self.updated_us = now_us
        if not self.next_funding_us:
            self._schedule(now_us)
        before = self.price_u
        self.price_u = self.on_grid(self._price_u(last_u, bid_u, ask_u, elapsed_us, now_us))
        return self.price_u != before

    def pin_rate(self, rate: Decimal | None) -> None:
        """Hold the next funding rate, or let it go."""
        self.pinned_rate_u = None if rate is None else to_units(rate)

    def pin(self, price: Decimal | None) -> None:
        """Hold the mark price, or let it go."""
        self.pinned_u = None if price is None else self.on_grid(to_units(price))
        if self.pinned_u is not None:
            self.price_u = self.pinned_u

    def funded(self) -> None:
        """Begin the next funding interval."""
        self._premium_u, self._samples = 0, 0
        self.next_funding_us += self._spec.funding_interval_us

    def _schedule(self, now_us: int) -> None:
        width = self._spec.funding_interval_us
        self.next_funding_us = (now_us // width + 1) * width

    def _price_u(self, last_u: int, bid_u: int, ask_u: int, elapsed_us: int, now_us: int) -> int:
        if self.pinned_u is not None:
            return self.pinned_u
        index = self.index_u
        if not index:
            return last_u
        if bid_u and ask_u:
            self._sample(bid_u, ask_u)
            basis = (bid_u + ask_u) // 2 - index
            self._basis_u += (basis - self._basis_u) * min(elapsed_us, _BASIS_US) // _BASIS_US
        left = max(0, self.next_funding_us - now_us)
        funded = index + index * self.rate_u * left // (self._spec.funding_interval_us * SCALE)
        if not last_u:
            return funded
        return sorted((funded, index + self._basis_u, last_u))[1]

    def _sample(self, bid_u: int, ask_u: int) -> None:
        off = max(0, bid_u - self.index_u) - max(0, self.index_u - ask_u)
        self._premium_u += off * SCALE // self.index_u
        self._samples += 1
