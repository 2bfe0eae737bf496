"""An account's money and positions, put into figures."""

from binance_nb.models.enums import MarginType
from binance_nb.sandbox.engine.units import from_units
from binance_nb.sandbox.futures.accounts import Member
from binance_nb.sandbox.futures.core import FuturesCore
from binance_nb.sandbox.futures.margin import Margins, cap_u
from binance_nb.sandbox.futures.position import Position
from binance_nb.sandbox.futures.records import PERPETUAL_MARGIN_ASSET, AccountSummary, PositionView


class Figures:
    """Works out what account and positionRisk show, at the present mark prices."""

    def __init__(self, core: FuturesCore, margins: Margins) -> None:
        self._core = core
        self._margins = margins

    def positions(self, member: Member, symbol: str | None, *, empty: bool) -> tuple[PositionView, ...]:
        """Return positions of one symbol, or of all; `empty` includes those without an amount or open orders."""
        symbols = [self._core.venue(symbol).spec.symbol] if symbol is not None else list(self._core.venues)
        return tuple(
            self._view(member, member.on[name].positions[side])
            for name in symbols
            for side in member.sides
            if empty or self._is_in_use(member, member.on[name].positions[side])
        )

    def account(self, member: Member) -> AccountSummary:
        """Return the account's figures."""
        cross = self._margins.cross(member)
        views = self.positions(member, None, empty=False)
        isolated = [one for one in views if one.margin_type is MarginType.ISOLATED]
        wallet = from_units(member.wallet_u)
        unrealized = sum((one.unrealized_profit for one in isolated), from_units(cross.unrealized_u))
        position_initial = sum((one.position_initial_margin for one in isolated), from_units(cross.position_initial_u))
        order_initial = from_units(cross.order_initial_u)
        available = from_units(max(0, cross.available_u))
        return AccountSummary(
            asset=PERPETUAL_MARGIN_ASSET,
            wallet_balance=wallet,
            unrealized_profit=unrealized,
            margin_balance=wallet + unrealized,
            maint_margin=sum((one.maint_margin for one in isolated), from_units(cross.maintenance_u)),
            initial_margin=position_initial + order_initial,
            position_initial_margin=position_initial,
            open_order_initial_margin=order_initial,
            cross_wallet_balance=from_units(cross.wallet_u),
            cross_un_pnl=from_units(cross.unrealized_u),
            available_balance=available,
            # Profit that is not realised yet may back positions but not leave the account.
            max_withdraw_amount=from_units(max(0, cross.available_u - max(0, cross.unrealized_u))),
            update_us=member.updated_us,
            positions=views,
        )

    def _is_in_use(self, member: Member, position: Position) -> bool:
        known = member.on[position.symbol]
        return bool(position.amount_u) or any(order.position_side is position.side for order in known.open.values())

    def _view(self, member: Member, position: Position) -> PositionView:
        known = member.on[position.symbol]
        venue = self._core.venues[position.symbol]
        mark = venue.mark_u
        own, orders, maintenance = self._margins.position_figures(known, position)
        bids, asks = known.reserved_u[position.side]
        isolated = self._margins.backing_u(member, known, position) if known.is_isolated else 0
        return PositionView(
            symbol=position.symbol,
            position_side=position.side,
            position_amt=from_units(position.amount_u),
            entry_price=position.entry_price,
            break_even_price=position.break_even_price,
            mark_price=from_units(mark),
            unrealized_profit=from_units(position.unrealized_u(mark)),
            liquidation_price=from_units(self._margins.liquidation_u(member, known, position)),
            notional=from_units(position.notional_u(mark)),
            margin_asset=PERPETUAL_MARGIN_ASSET,
            margin_type=known.margin_type,
            leverage=known.leverage,
            isolated_margin=from_units(isolated),
            isolated_wallet=from_units(position.isolated_u),
            initial_margin=from_units(own + orders),
            maint_margin=from_units(maintenance),
            position_initial_margin=from_units(own),
            open_order_initial_margin=from_units(orders),
            adl=1 if position.amount_u else 0,
            bid_notional=from_units(bids),
            ask_notional=from_units(asks),
            max_notional=from_units(cap_u(venue.spec, known.leverage)),
            update_us=position.updated_us,
        )
