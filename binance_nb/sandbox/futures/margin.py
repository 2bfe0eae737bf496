"""How much margin an account's positions and open orders take, what is left, and where a position would be liquidated.

The margin of open orders counts the larger of what the bids and what the asks of a position could make of it; so an
order that would only close costs nothing.
"""

from dataclasses import dataclass
from decimal import Decimal

from binance_nb.models.enums import PositionSide
from binance_nb.sandbox.engine.units import SCALE, to_units
from binance_nb.sandbox.futures.accounts import Member, OnSymbol
from binance_nb.sandbox.futures.core import FuturesCore
from binance_nb.sandbox.futures.position import Position
from binance_nb.sandbox.futures.records import Bracket
from binance_nb.sandbox.futures.specs import SymbolSpec


def initial_margin_u(notional_u: int, leverage: int) -> int:
    """Return the initial margin of a value, rounded up."""
    return -(-abs(notional_u) // leverage)


def bracket_of(spec: SymbolSpec, notional_u: int) -> Bracket:
    """Return the bracket of a position's value; the last one has no end here."""
    for bracket in spec.brackets:
        if abs(notional_u) <= bracket.notional_cap * SCALE:
            return bracket
    return spec.brackets[-1]


def maintenance_u(spec: SymbolSpec, notional_u: int) -> int:
    """Return the maintenance margin of a position's value, rounded up."""
    bracket = bracket_of(spec, notional_u)
    return -(-abs(notional_u) * to_units(bracket.maint_margin_ratio) // SCALE) - to_units(bracket.cum)


def cap_u(spec: SymbolSpec, leverage: int) -> int:
    """Return how large a position may be at this leverage."""
    return max(one.notional_cap for one in spec.brackets if one.initial_leverage >= leverage) * SCALE


def max_leverage(spec: SymbolSpec) -> int:
    """Return the highest leverage of the symbol."""
    return spec.brackets[0].initial_leverage


def exposure_u(known: OnSymbol, side: PositionSide, mark_u: int) -> int:
    """Return the largest value that a position could have if the resting orders of one side of the book filled."""
    present = known.positions[side].notional_u(mark_u)
    bids, asks = known.reserved_u[side]
    return max(abs(present), abs(present + bids), abs(present - asks))


@dataclass(slots=True, frozen=True)
class CrossMargin:
    """The figures of an account that all its cross positions share, in units."""

    wallet_u: int  # without the isolated wallets
    unrealized_u: int
    position_initial_u: int
    maintenance_u: int
    order_initial_u: int  # of every symbol, isolated ones too: opening takes it from the cross wallet

    @property
    def balance_u(self) -> int:
        """The margin balance: wallet and unrealised profit."""
        return self.wallet_u + self.unrealized_u

    @property
    def available_u(self) -> int:
        """What is left for new orders; below zero when prices have moved against the account."""
        return self.balance_u - self.position_initial_u - self.order_initial_u


class Margins:
    """Margin figures of accounts at the present mark prices."""

    def __init__(self, core: FuturesCore) -> None:
        self._core = core

    def cross(self, member: Member) -> CrossMargin:
        """Return the cross margin figures of an account."""
        isolated = unrealized = initial = maintenance = orders = 0
        for symbol, known in member.on.items():
            venue = self._core.venues[symbol]
            mark = venue.mark_u
            for side in member.sides:
                position = known.positions[side]
                notional = position.notional_u(mark)
                own = initial_margin_u(notional, known.leverage)
                orders += initial_margin_u(exposure_u(known, side, mark), known.leverage) - own
                if not position.amount_u:
                    continue
                if known.is_isolated:
                    isolated += position.isolated_u
                else:
                    unrealized += notional - position.cost_u
                    initial += own
                    maintenance += maintenance_u(venue.spec, notional)
        return CrossMargin(member.wallet_u - isolated, unrealized, initial, maintenance, orders)

    def position_figures(self, known: OnSymbol, position: Position) -> tuple[int, int, int]:
        """Return a position's own initial margin, its open orders' initial margin, and its maintenance margin."""
        venue = self._core.venues[position.symbol]
        notional = position.notional_u(venue.mark_u)
        own = initial_margin_u(notional, known.leverage)
        whole = initial_margin_u(exposure_u(known, position.side, venue.mark_u), known.leverage)
        maintenance = maintenance_u(venue.spec, notional) if position.amount_u else 0
        return own, whole - own, maintenance

    def backing_u(self, member: Member, known: OnSymbol, position: Position) -> int:
        """Return the margin balance that stands behind a position: its own wallet's, or what cross positions share."""
        if known.is_isolated:
            return position.isolated_u + position.unrealized_u(self._core.venues[position.symbol].mark_u)
        return self.cross(member).balance_u

    def liquidation_u(self, member: Member, known: OnSymbol, position: Position) -> int:
        """Return the mark price at which the position would be liquidated if nothing else moved; 0 for none."""
        if not position.amount_u:
            return 0
        venue = self._core.venues[position.symbol]
        mark = venue.mark_u
        if known.is_isolated:
            together = [position]
            others = 0
        else:
            together = [one for one in known.positions.values() if one.amount_u]
            here = sum(maintenance_u(venue.spec, one.notional_u(mark)) for one in together)
            others = self.cross(member).maintenance_u - here
        balance = self.backing_u(member, known, position)
        net = sum(one.amount_u for one in together)
        gross = sum(abs(one.amount_u) for one in together)
        largest = max(abs(one.amount_u) for one in together)
        for bracket in venue.spec.brackets:
            rate_u, cum_u = to_units(bracket.maint_margin_ratio), to_units(bracket.cum) * len(together)
            # balance + net * (p - mark) = others + gross * p * rate - cum, all in units
            divisor = net * SCALE - gross * rate_u
            if not divisor:
                continue
            price = (others - cum_u - balance) * SCALE * SCALE + net * mark * SCALE
            price //= divisor
            if 0 < price * largest // SCALE <= bracket.notional_cap * SCALE:
                return price if self._lies_ahead(net, price, mark) else 0
        return 0

    @staticmethod
    def _lies_ahead(net_u: int, price_u: int, mark_u: int) -> bool:
        """Whether a price is one to liquidate at: not above the mark price of a long, not below that of a short."""
        return price_u > 0 and (price_u <= mark_u if net_u > 0 else price_u >= mark_u)


def ratio_at_least(part_u: int, whole_u: int, ratio: Decimal) -> bool:
    """Whether a part is at least this much of a whole; always, when the whole is gone."""
    return whole_u <= 0 or part_u * SCALE >= whole_u * to_units(ratio)
