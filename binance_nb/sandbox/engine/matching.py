"""An order meets the book: the taker phase, the settlement of each fill, and what is left afterwards."""

from collections.abc import Iterable
from itertools import islice

from binance_nb.models.enums import ExecutionType, ExpiryReason, OrderStatus, SelfTradePreventionMode, TimeInForce
from binance_nb.sandbox.engine.book import Level
from binance_nb.sandbox.engine.commissions import commission
from binance_nb.sandbox.engine.core import Core, Outcome, Venue
from binance_nb.sandbox.engine.events import PublicAggTrade, PublicTrade
from binance_nb.sandbox.engine.lists import Lists
from binance_nb.sandbox.engine.prevention import Prevention, is_self_trade, takeable_u
from binance_nb.sandbox.engine.records import MARKET_TYPES, AccountTrade, Fill, Order, Trade
from binance_nb.sandbox.engine.reference import price_bounds
from binance_nb.sandbox.engine.units import notional_units


class Matcher:
    """Price-time priority: the best price first, at one price the order that came first."""

    def __init__(self, core: Core, lists: Lists) -> None:
        self._core = core
        self._lists = lists
        self._prevention = Prevention(core, lists)

    def work(self, order: Order, outcome: Outcome, now_us: int) -> None:
        """Let an accepted order take what it can; then it rests or expires. Its NEW report is already out."""
        venue = self._core.venues[order.symbol]
        bounds = self.bounds(venue, order, now_us)
        if order.time_in_force is TimeInForce.FOK:
            reason = cannot_fill(order, venue, ((level, bounds) for level in venue.book.opposite_of(order).from_best()))
            if reason is not None:
                self.leave_unfilled(order, reason, now_us)
                return
        if not self._take(venue, order, bounds, outcome, now_us):
            return
        self.leave(venue, order, now_us)

    def leave(self, venue: Venue, order: Order, now_us: int) -> None:
        """End the taker phase of an order that still wants something: it rests, or expires for want of liquidity."""
        if order.type in MARKET_TYPES:
            self._core.expire(order, ExpiryReason.INSUFFICIENT_LIQUIDITY, now_us)
        elif order.time_in_force is TimeInForce.IOC:
            self._core.expire(order, ExpiryReason.UNFILLED_IOC_QUANTITY_EXPIRED, now_us)
        else:
            venue.book.side_of(order).add(order)
            return
        self._lists.ended(order, now_us)

    def leave_unfilled(self, order: Order, reason: ExpiryReason, now_us: int) -> None:
        """End an order that may not trade, or not any further."""
        self._core.expire(order, reason, now_us)
        self._lists.ended(order, now_us)

    def prevent(self, taker: Order, maker: Order, outcome: Outcome, now_us: int) -> None:
        """Prevent the trade of the two."""
        self._prevention.prevent(taker, maker, outcome, now_us)

    @staticmethod
    def bounds(venue: Venue, order: Order, now_us: int) -> tuple[int, int] | None:
        """Return the prices the order may execute at, fixed for its whole taker phase."""
        if venue.spec.price_range is None:
            return None
        return price_bounds(venue.spec.price_range, venue.reference_u(now_us), is_buy=order.is_buy)

    def _take(self, venue: Venue, order: Order, bounds: tuple[int, int] | None, outcome: Outcome, now_us: int) -> bool:
        """Trade while the book reaches the order; return whether it still wants something."""
        side = venue.book.opposite_of(order)
        limit = 0 if order.type in MARKET_TYPES else order.limit_u
        while order.is_open:
            level = side.best()
            if level is None or not side.reaches(level.price_u, limit):
                return True
            if out_of_bounds(level.price_u, bounds):
                self.leave_unfilled(order, ExpiryReason.EXECUTION_RULE_PRICE_RANGE_EXCEEDED, now_us)
                return False
            maker = level.first()
            if is_self_trade(order, maker):
                self.prevent(order, maker, outcome, now_us)
                continue
            fill = self.trade(venue, order, maker, min(order.remaining_u, maker.display_u), now_us)
            outcome.fills.append(fill)
        return False

    def trade(self, venue: Venue, taker: Order, maker: Order, quantity_u: int, now_us: int) -> Fill:
        """Fill both orders by one trade at the maker's price, settle it, and announce it; return the taker's fill."""
        core = self._core
        price = maker.limit_u
        buyer, seller = (taker, maker) if taker.is_buy else (maker, taker)
        trade = Trade(
            symbol=venue.spec.symbol,
            trade_id=venue.tape.next_trade_id,
            price_u=price,
            quantity_u=quantity_u,
            quote_u=notional_units(price, quantity_u),
            time_us=now_us,
            is_buyer_maker=not taker.is_buy,
            buyer_order_id=buyer.order_id,
            seller_order_id=seller.order_id,
        )
        closed = venue.tape.record(trade)
        if closed is not None:
            core.events.append(PublicAggTrade(closed))
        core.events.append(PublicTrade(trade))
        if venue.reference is not None:
            venue.reference.record(price, now_us)
        core.triggered.extend(venue.triggers.fire(price, now_us))
        self.book_fill(maker, quantity_u, trade.quote_u, now_us, is_maker=True)
        venue.book.side_of(maker).traded(maker, quantity_u)
        self.book_fill(taker, quantity_u, trade.quote_u, now_us)
        paid_taker = self._settle(taker, trade, now_us, is_maker=False)
        paid_maker = self._settle(maker, trade, now_us, is_maker=True)
        self._report(taker, trade, paid_taker, now_us, is_maker=False)
        self._report(maker, trade, paid_maker, now_us, is_maker=True)
        return Fill(
            price_u=price,
            quantity_u=quantity_u,
            commission_u=paid_taker[0],
            commission_asset=paid_taker[1],
            trade_id=trade.trade_id,
        )

    def book_fill(self, order: Order, quantity_u: int, quote_u: int, now_us: int, *, is_maker: bool = False) -> None:
        """Book a fill on an order; its first fill takes something off the unfilled order count."""
        order.executed_u += quantity_u
        order.cumulative_quote_u += quote_u
        member = self._core.owner(order)
        if order.is_buy:
            member.on[order.symbol].buying_u -= quantity_u
        if not order.has_filled:
            order.has_filled = True
            if not member.account.silent:
                member.counter.first_fill(now_us, is_maker=is_maker)

    def _settle(self, order: Order, trade: Trade, now_us: int, *, is_maker: bool) -> tuple[int, str]:
        """Move the money of one side: pay out of what is locked, free the excess, receive, pay the commission."""
        core = self._core
        spec = core.specs[order.symbol]
        member = core.owner(order)
        is_buyer = order.is_buy
        pays, receives = (spec.quote_asset, spec.base_asset) if is_buyer else (spec.base_asset, spec.quote_asset)
        paid, received = (trade.quote_u, trade.quantity_u) if is_buyer else (trade.quantity_u, trade.quote_u)
        if order.order_list_id >= 0:
            # An OCO's other order ends before this one's money is counted: the pair had locked for the dearer of both.
            self._lists.started(order, now_us)
        target = core.need_u(order)
        balance = member.balance(pays)
        balance.free_u += order.locked_u - target - paid
        balance.locked_u -= order.locked_u - target
        order.locked_u = target
        amount, asset = commission(
            member,
            order.symbol,
            received_u=received,
            received_asset=receives,
            is_maker=is_maker,
            is_buyer=is_buyer,
            rate=core.value_of,
        )
        member.balance(receives).free_u += received
        if amount:
            member.balance(asset).free_u -= amount
            core.credit_fee(asset, amount)
        if order.order_list_id >= 0:
            self._lists.received(order, received, amount if asset == receives else 0)
        return amount, asset

    def _report(self, order: Order, trade: Trade, paid: tuple[int, str], now_us: int, *, is_maker: bool) -> None:
        core = self._core
        done = order.remaining_u == 0
        if done:
            core.close(order, OrderStatus.FILLED)
        else:
            order.status = OrderStatus.PARTIALLY_FILLED
        member = core.owner(order)
        if not member.account.silent:
            member.on[order.symbol].trades.append(
                AccountTrade(
                    symbol=order.symbol,
                    trade_id=trade.trade_id,
                    order_id=order.order_id,
                    order_list_id=order.order_list_id,
                    price_u=trade.price_u,
                    quantity_u=trade.quantity_u,
                    quote_u=trade.quote_u,
                    commission_u=paid[0],
                    commission_asset=paid[1],
                    time_us=now_us,
                    is_buyer=order.is_buy,
                    is_maker=is_maker,
                )
            )
        core.report(
            order,
            ExecutionType.TRADE,
            now_us,
            last_u=trade.quantity_u,
            last_price_u=trade.price_u,
            last_quote_u=trade.quote_u,
            commission_u=paid[0],
            commission_asset=paid[1],
            trade_id=trade.trade_id,
            is_maker=is_maker,
        )
        if done:
            self._lists.ended(order, now_us)


def cannot_fill(
    order: Order, venue: Venue, levels: Iterable[tuple[Level[Order], tuple[int, int] | None]]
) -> ExpiryReason | None:
    """Return why a fill-or-kill order cannot be filled at once as a whole, None if it can.

    The levels, each with the prices the order may execute at there, come best first.
    """
    side = venue.book.opposite_of(order)
    missing = order.remaining_u
    for level, bounds in levels:
        if not side.reaches(level.price_u, order.limit_u):
            break
        if out_of_bounds(level.price_u, bounds):
            return ExpiryReason.EXECUTION_RULE_PRICE_RANGE_EXCEEDED
        missing -= _before_own(order, level)
        if missing <= 0:
            return None
        if _stops_at(order, level):
            break
    return ExpiryReason.UNFILLED_FOK_ORDER_EXPIRED


def _stops_at(order: Order, level: Level[Order]) -> bool:
    """Whether the order would expire at this level because of an order of its own."""
    mode = order.self_trade_prevention_mode
    if mode in (SelfTradePreventionMode.NONE, SelfTradePreventionMode.EXPIRE_MAKER):
        return False
    return any(is_self_trade(order, maker) for maker in level.orders.values())


def _before_own(order: Order, level: Level[Order]) -> int:
    """Return how much the order can take from a level before it meets one of its own that makes it give way.

    The hidden parts of icebergs queue behind that one, so that only what they show counts then.
    """
    if not _stops_at(order, level):
        return takeable_u(level, order)
    own = next(index for index, maker in enumerate(level.orders.values()) if is_self_trade(order, maker))
    return sum(maker.display_u for maker in islice(level.orders.values(), own))


def out_of_bounds(price_u: int, bounds: tuple[int, int] | None) -> bool:
    """Whether a price lies outside the execution price range."""
    if bounds is None:
        return False
    low, high = bounds
    return price_u < low or (high >= 0 and price_u > high)
