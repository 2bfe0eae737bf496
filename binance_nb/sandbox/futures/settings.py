"""An account's settings: leverage, margin type, an isolated position's margin, one-way or hedge mode."""

from decimal import Decimal

from binance_nb.models.enums import MarginType, PositionSide
from binance_nb.sandbox.engine.units import from_units, to_units
from binance_nb.sandbox.futures.accounts import Member
from binance_nb.sandbox.futures.core import FuturesCore
from binance_nb.sandbox.futures.events import AccountConfigUpdate
from binance_nb.sandbox.futures.margin import Margins, cap_u, exposure_u, initial_margin_u, max_leverage
from binance_nb.sandbox.futures.records import PositionMargin, SymbolConfig
from binance_nb.sandbox.futures.rules import refused

ADD, REDUCE = 1, 2


class Settings:
    """Changes and shows settings."""

    def __init__(self, core: FuturesCore, margins: Margins) -> None:
        self._core = core
        self._margins = margins

    def symbol(self, member: Member, symbol: str) -> SymbolConfig:
        """Return an account's settings of a symbol."""
        venue = self._core.venue(symbol)
        known = member.on[symbol]
        return SymbolConfig(
            symbol=symbol,
            margin_type=known.margin_type,
            is_auto_add_margin=False,
            leverage=min(known.leverage, max_leverage(venue.spec)),
            max_notional=from_units(cap_u(venue.spec, known.leverage)),
        )

    def set_leverage(self, member: Member, symbol: str, leverage: int, now_us: int) -> SymbolConfig:
        """Set the leverage if the positions and orders that are there fit it."""
        venue = self._core.venue(symbol)
        known = member.on[symbol]
        if not 1 <= leverage <= max_leverage(venue.spec):
            raise refused(-4028, f"Leverage {leverage} is not valid.")
        has_position = any(position.amount_u for position in known.positions.values())
        if known.is_isolated and has_position and leverage < known.leverage:
            raise refused(-4161, "Leverage reduction is not supported in Isolated Margin Mode with open positions.")
        if any(exposure_u(known, side, venue.mark_u) > cap_u(venue.spec, leverage) for side in member.sides):
            raise refused(-2027, "Exceeded the maximum allowable position at current leverage.")
        before, old = self._margins.cross(member).available_u, known.leverage
        known.leverage = leverage
        available = self._margins.cross(member).available_u
        if available < min(before, 0):
            known.leverage = old
            raise refused(-2028, "Leverage is smaller than permitted: insufficient margin balance.")
        if leverage != old:
            self._core.events.append(
                AccountConfigUpdate(account_id=member.account_id, time_us=now_us, symbol=symbol, leverage=leverage)
            )
        return self.symbol(member, symbol)

    def set_margin_type(self, member: Member, symbol: str, margin_type: MarginType) -> None:
        """Set cross or isolated margin; not while orders or a position are open."""
        self._core.venue(symbol)
        known = member.on[symbol]
        if known.margin_type is margin_type:
            raise refused(-4046, "No need to change margin type.")
        if known.open or any(algo.symbol == symbol for algo in member.open_algos.values()):
            raise refused(-4047, "Margin type cannot be changed if there exists open orders.")
        if any(position.amount_u for position in known.positions.values()):
            raise refused(-4048, "Margin type cannot be changed if there exists position.")
        known.margin_type = margin_type

    def change_margin(
        self, member: Member, symbol: str, amount: Decimal, change_type: int, side: PositionSide
    ) -> PositionMargin:
        """Move money between the cross wallet and an isolated position's; no less may stay than its initial margin."""
        venue = self._core.venue(symbol)
        if side not in member.sides:
            raise refused(-4061, "Order's position side does not match user's setting.")
        known = member.on[symbol]
        position = known.positions[side]
        if amount <= 0:
            raise refused(-4055, "Amount must be positive.")
        if not known.is_isolated or not position.amount_u:
            raise refused(-4054, "Cannot add position margin: position is 0.")
        amount_u = to_units(amount)
        if change_type == ADD:
            if self._margins.cross(member).available_u < amount_u:
                raise refused(-4050, "Cross balance insufficient.")
            position.isolated_u += amount_u
        elif change_type == REDUCE:
            notional = position.notional_u(venue.mark_u)
            spare = self._margins.backing_u(member, known, position) - initial_margin_u(notional, known.leverage)
            if amount_u > min(spare, position.isolated_u):
                raise refused(-4051, "Isolated balance insufficient.")
            position.isolated_u -= amount_u
        else:
            raise refused(-1130, "Data sent for parameter 'type' is not valid.")
        self._core.touch(member, symbol, side)
        return PositionMargin(amount=amount, change_type=change_type)

    def set_mode(self, member: Member, *, dual: bool) -> None:
        """Set hedge or one-way mode; not while orders or positions are open."""
        if member.dual is dual:
            raise refused(-4059, "No need to change position side.")
        if member.has_open_orders:
            raise refused(-4067, "Position side cannot be changed if there exists open orders.")
        if any(True for _ in member.held()):
            raise refused(-4068, "Position side cannot be changed if there exists position.")
        member.dual = dual
