"""One position: its amount and what it cost, exactly, and what a fill makes of it.

The entry price is not kept but derived: cost divided by amount. So no rounding of an average ever creates money.
"""

from dataclasses import dataclass
from decimal import Decimal

from binance_nb.models.enums import PositionSide
from binance_nb.sandbox.engine.units import SCALE, from_units, notional_units, ratio_units


def part_of(whole: int, numerator: int, denominator: int) -> int:
    """Return numerator/denominator of a signed whole, rounded toward zero; the numbers besides it are positive."""
    part = abs(whole) * numerator // denominator
    return part if whole >= 0 else -part


@dataclass(slots=True, frozen=True)
class Filled:
    """What one fill did to a position."""

    realized_u: int  # profit of the part it closed
    closed_u: int  # quantity
    opened_u: int  # quantity
    opened_value_u: int


@dataclass(slots=True, eq=False)
class Position:
    """A position of one account on one symbol; in hedge mode there is one for each side."""

    symbol: str
    side: PositionSide
    amount_u: int = 0  # signed: a short is negative
    cost_u: int = 0  # signed like the amount
    fees_u: int = 0  # commissions paid for what is open, for the break-even price
    realized_u: int = 0  # accumulated since the first fill
    isolated_u: int = 0  # the isolated wallet, part of the account's wallet
    updated_us: int = 0

    def copy(self) -> "Position":
        """Return a copy to try things on."""
        return Position(
            self.symbol,
            self.side,
            self.amount_u,
            self.cost_u,
            self.fees_u,
            self.realized_u,
            self.isolated_u,
            self.updated_us,
        )

    def fill(self, price_u: int, quantity_u: int, leverage: int, *, is_buy: bool, isolated: bool) -> Filled:
        """Book a fill: close what is opposite first, open with the rest, and move isolated margin in or out."""
        sign = 1 if is_buy else -1
        closed = min(quantity_u, abs(self.amount_u)) if self.amount_u * sign < 0 else 0
        realized = 0
        if closed:
            held = abs(self.amount_u)
            released = part_of(self.cost_u, closed, held)
            realized = -sign * notional_units(price_u, closed) - released
            self.cost_u -= released
            self.fees_u -= part_of(self.fees_u, closed, held)
            self.isolated_u -= part_of(self.isolated_u, closed, held)
            self.amount_u += sign * closed
            self.realized_u += realized
        opened = quantity_u - closed
        value = notional_units(price_u, opened)
        if opened:
            self.amount_u += sign * opened
            self.cost_u += sign * value
            if isolated:
                self.isolated_u += -(-value // leverage)
        return Filled(realized, closed, opened, value)

    def notional_u(self, mark_u: int) -> int:
        """Return the signed value at a mark price."""
        return part_of(mark_u, self.amount_u, SCALE) if self.amount_u >= 0 else -part_of(mark_u, -self.amount_u, SCALE)

    def unrealized_u(self, mark_u: int) -> int:
        """Return the profit that closing at the mark price would realise."""
        return self.notional_u(mark_u) - self.cost_u

    def reducible_u(self, *, is_buy: bool) -> int:
        """Return how much an order of this side may take off the position."""
        return max(0, -self.amount_u if is_buy else self.amount_u)

    @property
    def entry_price(self) -> Decimal:
        """The average price of what is open, 0 when nothing is."""
        return self._per_unit(self.cost_u)

    @property
    def break_even_price(self) -> Decimal:
        """The price at which closing would pay for the commissions of opening too."""
        return self._per_unit(self.cost_u + self.fees_u)

    def _per_unit(self, value_u: int) -> Decimal:
        if not self.amount_u:
            return from_units(0)
        # An amount and its cost have one sign; a short whose fees exceed its cost breaks even at nothing.
        positive = value_u if self.amount_u > 0 else -value_u
        return from_units(ratio_units(max(positive, 0) * SCALE, abs(self.amount_u)))
