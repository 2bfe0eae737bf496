"""What happens when margin runs short: the call, the liquidation, and the insurance fund that settles the rest.

A liquidation cancels the orders, then closes positions by an immediate order no worse than the bankruptcy price, where
the margin is used up; what the book does not take, the exchange's own account takes over at that price.
"""

from decimal import Decimal

from binance_nb.models.enums import (
    FuturesExecutionType,
    FuturesOrderType,
    FuturesTimeInForce,
    OrderSide,
    PositionSide,
    SelfTradePreventionMode,
)
from binance_nb.sandbox.engine.units import SCALE, from_units, to_units
from binance_nb.sandbox.futures.accounts import Member, OnSymbol
from binance_nb.sandbox.futures.core import INSURANCE_ACCOUNT, FuturesCore
from binance_nb.sandbox.futures.events import MarginCall, MarginCallRow
from binance_nb.sandbox.futures.margin import Margins, ratio_at_least
from binance_nb.sandbox.futures.matching import Matcher
from binance_nb.sandbox.futures.position import Position
from binance_nb.sandbox.futures.records import BY_LIQUIDATION, Order

CALL_RATIO = Decimal("0.8")  # of the margin balance that the maintenance margin takes
LIQUIDATION_RATIO = Decimal(1)
_US_PER_MS = 1_000


class Liquidator:
    """Watches the margin of accounts."""

    def __init__(self, core: FuturesCore, margins: Margins, matcher: Matcher) -> None:
        self._core = core
        self._margins = margins
        self._matcher = matcher
        self._count = 0

    def check(self, member: Member, now_us: int) -> None:
        """Call for margin, or liquidate, as the present mark prices demand."""
        if member.silent:
            return
        held = list(member.held())
        for known, position in held:
            if known.is_isolated:
                balance = self._margins.backing_u(member, known, position)
                need = self._margins.position_figures(known, position)[2]
                if ratio_at_least(need, balance, LIQUIDATION_RATIO):
                    self._liquidate_isolated(member, known, position, now_us)
                else:
                    self._call(member, [position], need, balance, (position.symbol, position.side), now_us)
        shared = [position for known, position in held if not known.is_isolated and position.amount_u]
        if not shared:
            member.called.discard(None)
            return
        cross = self._margins.cross(member)
        if ratio_at_least(cross.maintenance_u, cross.balance_u, LIQUIDATION_RATIO):
            self._liquidate_cross(member, shared, now_us)
        else:
            self._call(member, shared, cross.maintenance_u, cross.balance_u, None, now_us)

    # -- calls ---------------------------------------------------------------------------------------------------

    def _call(
        self,
        member: Member,
        positions: list[Position],
        need_u: int,
        balance_u: int,
        key: tuple[str, PositionSide] | None,
        now_us: int,
    ) -> None:
        """Announce once that margin gets short; again only after it was ample in between."""
        if not ratio_at_least(need_u, balance_u, CALL_RATIO):
            member.called.discard(key)
            return
        if key in member.called:
            return
        member.called.add(key)
        wallet = self._margins.cross(member).wallet_u if key is None else None
        self._core.events.append(
            MarginCall(
                account_id=member.account_id,
                time_us=now_us,
                cross_wallet_balance=None if wallet is None else from_units(wallet),
                positions=tuple(self._row(member.on[one.symbol], one) for one in positions),
            )
        )

    def _row(self, known: OnSymbol, position: Position) -> MarginCallRow:
        mark = self._core.venues[position.symbol].mark_u
        return MarginCallRow(
            symbol=position.symbol,
            position_side=position.side,
            position_amt=from_units(position.amount_u),
            margin_type=known.margin_type,
            isolated_wallet=from_units(position.isolated_u),
            mark_price=from_units(mark),
            unrealized_profit=from_units(position.unrealized_u(mark)),
            maint_margin=from_units(self._margins.position_figures(known, position)[2]),
        )

    # -- liquidation ---------------------------------------------------------------------------------------------

    def _liquidate_isolated(self, member: Member, known: OnSymbol, position: Position, now_us: int) -> None:
        self._cancel_orders(member, (position.symbol,), now_us)
        wallet_u = position.isolated_u
        before_u = member.wallet_u
        value_u = self._close(member, known, position, now_us)
        left_u = wallet_u + member.wallet_u - before_u
        self._settle_rest(member, position.symbol, value_u, left_u, now_us)

    def _liquidate_cross(self, member: Member, positions: list[Position], now_us: int) -> None:
        """Close cross positions, the one that lost most first, until the margin suffices again."""
        crossed = [symbol for symbol, known in member.on.items() if not known.is_isolated]
        self._cancel_orders(member, crossed, now_us)
        venues = self._core.venues
        for position in sorted(positions, key=lambda one: one.unrealized_u(venues[one.symbol].mark_u)):
            if not position.amount_u:
                continue
            value_u = self._close(member, member.on[position.symbol], position, now_us)
            cross = self._margins.cross(member)
            left_u = cross.balance_u
            if cross.maintenance_u:  # the fee spares what others need, and debts are settled with the last of them
                left_u = max(0, left_u - cross.maintenance_u * SCALE // to_units(CALL_RATIO))
            self._settle_rest(member, position.symbol, value_u, left_u, now_us)
            cross = self._margins.cross(member)
            if not ratio_at_least(cross.maintenance_u, cross.balance_u, LIQUIDATION_RATIO):
                return

    def _close(self, member: Member, known: OnSymbol, position: Position, now_us: int) -> int:
        """Close a position by a liquidation order and return the value that traded."""
        core = self._core
        venue = core.venues[position.symbol]
        is_buy = position.amount_u < 0
        price_u = self._bankruptcy_u(member, known, position)
        self._count += 1
        order = Order(
            account_id=member.account_id,
            symbol=position.symbol,
            order_id=venue.take_order_id(),
            client_order_id=f"autoclose-{now_us // _US_PER_MS}{self._count:06d}",
            side=OrderSide.BUY if is_buy else OrderSide.SELL,
            position_side=position.side,
            type=FuturesOrderType.LIMIT,
            orig_type=FuturesOrderType.LIMIT,
            time_in_force=FuturesTimeInForce.IOC,
            quantity_u=abs(position.amount_u),
            price_u=price_u,
            created_us=now_us,
            updated_us=now_us,
            self_trade_prevention_mode=SelfTradePreventionMode.NONE,
            is_liquidation=True,
            expiry_reason=BY_LIQUIDATION,
        )
        member.opened(order)
        core.report(order, FuturesExecutionType.NEW, now_us)
        self._matcher.work(order, price_u, now_us)
        if order.is_open:
            self._take_over(order, now_us)
        return order.cumulative_quote_u

    def _take_over(self, order: Order, now_us: int) -> None:
        core = self._core
        insurer = core.members[INSURANCE_ACCOUNT]
        maker = Order(
            account_id=INSURANCE_ACCOUNT,
            symbol=order.symbol,
            order_id=core.venues[order.symbol].take_order_id(),
            client_order_id=f"takeover-{order.order_id}",
            side=OrderSide.SELL if order.is_buy else OrderSide.BUY,
            position_side=PositionSide.BOTH,
            type=FuturesOrderType.LIMIT,
            time_in_force=FuturesTimeInForce.GTC,
            quantity_u=order.remaining_u,
            price_u=order.price_u,
            created_us=now_us,
            updated_us=now_us,
        )
        insurer.opened(maker)
        self._matcher.take_over(order, maker, now_us)

    def _bankruptcy_u(self, member: Member, known: OnSymbol, position: Position) -> int:
        """Return the price at which closing the position uses up the margin behind it, on the tick that favours it.

        When the mark price has left even that behind, it is the mark price, and the insurance fund pays the difference.
        """
        venue = self._core.venues[position.symbol]
        tick = venue.spec.tick_u
        balance = max(0, self._margins.backing_u(member, known, position))
        # A long goes bankrupt below the mark price by the balance per unit, a short above it.
        price = venue.mark_u - balance * SCALE // position.amount_u
        ticks = -(-price // tick) if position.amount_u > 0 else price // tick
        return max(tick, ticks * tick)

    def _cancel_orders(self, member: Member, symbols: tuple[str, ...] | list[str], now_us: int) -> None:
        for symbol in symbols:
            for order in tuple(member.on[symbol].open.values()):
                self._core.cancel(order, now_us)

    def _settle_rest(self, member: Member, symbol: str, value_u: int, left_u: int, now_us: int) -> None:
        """Take the liquidation fee out of what is left of the margin, or pay from the fund what is missing."""
        core = self._core
        if left_u >= 0:
            rate = to_units(core.venues[symbol].spec.liquidation_fee)
            amount = -min(left_u, value_u * rate // SCALE)
        else:
            amount = -left_u
        core.settle_step(now_us)
        core.insurance_u -= amount
        core.pay(member, amount, "INSURANCE_CLEAR", now_us, symbol=symbol)
        if amount:
            core.announce(member, now_us, "INSURANCE_CLEAR", amount)
