"""A futures order meets the book: self-trade prevention, reduce-only limits, settlement of each fill, what is left."""

from binance_nb.models.enums import (
    FuturesExecutionType,
    FuturesOrderType,
    FuturesTimeInForce,
    OrderStatus,
    SelfTradePreventionMode,
)
from binance_nb.sandbox.engine.events import PublicAggTrade, PublicTrade
from binance_nb.sandbox.engine.records import Trade
from binance_nb.sandbox.engine.units import SCALE, notional_units, to_units
from binance_nb.sandbox.futures import records
from binance_nb.sandbox.futures.core import FuturesCore, Venue
from binance_nb.sandbox.futures.events import PublicLiquidation
from binance_nb.sandbox.futures.records import AccountTrade, Order
from binance_nb.sandbox.futures.specs import SymbolSpec

_Mode = SelfTradePreventionMode
_PREVENTS = frozenset({FuturesTimeInForce.GTC, FuturesTimeInForce.IOC, FuturesTimeInForce.GTD})
_EXPIRES_MAKER = frozenset({_Mode.EXPIRE_MAKER, _Mode.EXPIRE_BOTH})
_EXPIRES_TAKER = frozenset({_Mode.EXPIRE_TAKER, _Mode.EXPIRE_BOTH})


def is_self_trade(taker: Order, maker: Order) -> bool:
    """Whether a trade of these two would be a self-trade that the taker's mode forbids; only some times in force do."""
    return (
        taker.account_id == maker.account_id
        and taker.time_in_force in _PREVENTS
        and taker.self_trade_prevention_mode is not _Mode.NONE
    )


def market_bound_u(spec: SymbolSpec, mark_u: int, *, is_buy: bool) -> int:
    """Return the worst price a market order may trade at (marketTakeBound from the mark price), 0 for none."""
    bound = to_units(spec.market_take_bound)
    return mark_u * (SCALE + bound if is_buy else SCALE - bound) // SCALE


class Matcher:
    """Price-time priority: the best price first, at one price the order that came first."""

    def __init__(self, core: FuturesCore) -> None:
        self._core = core

    def walk(self, taker: Order, limit_u: int) -> list[tuple[int, int]]:
        """Return the (price, quantity) of each fill the order would have now, changing nothing."""
        core = self._core
        fills: list[tuple[int, int]] = []
        wanted = self._allowed(taker)
        reducible: dict[tuple[int, object], int] = {}
        side = core.venues[taker.symbol].book.opposite_of(taker)
        for level in side.from_best():
            if not side.reaches(level.price_u, limit_u):
                break
            for maker in level.orders.values():
                if wanted <= 0:
                    return fills
                if is_self_trade(taker, maker):
                    if taker.self_trade_prevention_mode in _EXPIRES_TAKER:
                        return fills
                    continue
                quantity = min(wanted, maker.remaining_u)
                if maker.is_reducing:
                    key = (maker.account_id, maker.position_side)
                    left = reducible.get(key)
                    if left is None:
                        left = self._reducible(maker)
                    quantity = min(quantity, left)
                    reducible[key] = left - quantity
                if quantity:
                    fills.append((level.price_u, quantity))
                    wanted -= quantity
        return fills

    def work(self, order: Order, limit_u: int, now_us: int) -> None:
        """Let an accepted order take what it can; then it rests or expires. Its NEW report is already out."""
        core = self._core
        venue = core.venues[order.symbol]
        core.moved(venue)
        side = venue.book.opposite_of(order)
        while order.is_open:
            level = side.best()
            if level is None or not side.reaches(level.price_u, limit_u):
                break
            maker = level.first()
            if is_self_trade(order, maker):
                self._prevent(order, maker, now_us)
                continue
            wanted, offered = self._allowed(order), self._allowed(maker)
            if not offered:
                core.end(maker, OrderStatus.EXPIRED, now_us, reason=records.REDUCE_ONLY_KNOCKED_OUT)
                continue
            if not wanted:
                core.end(order, OrderStatus.EXPIRED, now_us, reason=records.REDUCE_ONLY_KNOCKED_OUT)
                return
            self._trade(venue, order, maker, min(wanted, offered), now_us)
        if order.is_open:
            self._leave(order, now_us)

    def take_over(self, order: Order, maker: Order, now_us: int) -> None:
        """Let the exchange's own order take all that a liquidation still wants, off the book and off the tape."""
        venue = self._core.venues[order.symbol]
        trade = self._trade_record(venue, order, maker, order.remaining_u, now_us)
        venue.tape.next_trade_id += 1
        self._book_fills(order, maker, trade, now_us)

    def _leave(self, order: Order, now_us: int) -> None:
        if order.type is FuturesOrderType.MARKET:
            self._core.end(order, OrderStatus.EXPIRED, now_us, reason=records.MARKET_REMAINDER)
        elif order.time_in_force in (FuturesTimeInForce.IOC, FuturesTimeInForce.FOK):
            if not order.is_liquidation:  # what a liquidation leaves is taken over
                self._core.end(order, OrderStatus.EXPIRED, now_us, reason=records.IOC_REMAINDER)
        elif self._allowed(order):
            self._core.rest(order)
        else:
            self._core.end(order, OrderStatus.EXPIRED, now_us, reason=records.REDUCE_ONLY_KNOCKED_OUT)

    def _reducible(self, order: Order) -> int:
        position = self._core.members[order.account_id].position(order.symbol, order.position_side)
        return position.reducible_u(is_buy=order.is_buy)

    def _allowed(self, order: Order) -> int:
        """Return how much the order may trade now: a reducing one no more than there is to reduce."""
        return min(order.remaining_u, self._reducible(order)) if order.is_reducing else order.remaining_u

    def _prevent(self, taker: Order, maker: Order, now_us: int) -> None:
        mode = taker.self_trade_prevention_mode
        for order, modes in ((maker, _EXPIRES_MAKER), (taker, _EXPIRES_TAKER)):
            if mode in modes:
                immediate = order.time_in_force is FuturesTimeInForce.IOC
                reason = records.IOC_REMAINDER_BY_PREVENTION if immediate else records.BY_SELF_TRADE_PREVENTION
                self._core.end(order, OrderStatus.EXPIRED_IN_MATCH, now_us, reason=reason)

    def _trade(self, venue: Venue, taker: Order, maker: Order, quantity_u: int, now_us: int) -> None:
        """Fill both orders by one public trade at the maker's price."""
        core = self._core
        trade = self._trade_record(venue, taker, maker, quantity_u, now_us)
        closed = venue.tape.record(trade)
        if closed is not None:
            core.events.append(PublicAggTrade(closed))
        core.events.append(PublicTrade(trade))
        self._book_fills(taker, maker, trade, now_us)
        core.on_price(venue, trade.price_u, now_us)

    @staticmethod
    def _trade_record(venue: Venue, taker: Order, maker: Order, quantity_u: int, now_us: int) -> Trade:
        buyer, seller = (taker, maker) if taker.is_buy else (maker, taker)
        return Trade(
            symbol=venue.spec.symbol,
            trade_id=venue.tape.next_trade_id,
            price_u=maker.limit_u,
            quantity_u=quantity_u,
            quote_u=notional_units(maker.limit_u, quantity_u),
            time_us=now_us,
            is_buyer_maker=not taker.is_buy,
            buyer_order_id=buyer.order_id,
            seller_order_id=seller.order_id,
        )

    def _book_fills(self, taker: Order, maker: Order, trade: Trade, now_us: int) -> None:
        for order in (maker, taker):
            order.executed_u += trade.quantity_u
            order.cumulative_quote_u += trade.quote_u
        if maker.display_u:
            self._core.rested_traded(maker, trade.quantity_u)
        self._settle(taker, trade, now_us, is_maker=False)
        self._settle(maker, trade, now_us, is_maker=True)

    def _settle(self, order: Order, trade: Trade, now_us: int, *, is_maker: bool) -> None:
        """Book one side of a trade: position, wallet, commission, history, report."""
        core = self._core
        member = core.members[order.account_id]
        known = member.on[order.symbol]
        spec = core.venues[order.symbol].spec
        position = known.positions[order.position_side]
        filled = position.fill(
            trade.price_u, trade.quantity_u, known.leverage, is_buy=order.is_buy, isolated=known.is_isolated
        )
        position.updated_us = now_us
        commission = 0
        if not member.silent and not order.is_liquidation:
            rate = to_units(spec.maker_rate if is_maker else spec.taker_rate)
            commission = (trade.quote_u * rate + SCALE // 2) // SCALE
            if filled.opened_u:
                position.fees_u += commission * filled.opened_u // trade.quantity_u
        trade_id = str(trade.trade_id)
        core.pay(member, filled.realized_u, "REALIZED_PNL", now_us, symbol=order.symbol, trade_id=trade_id)
        core.pay(member, -commission, "COMMISSION", now_us, symbol=order.symbol, trade_id=trade_id)
        core.fees_u += commission
        core.touch(member)
        core.touch(member, order.symbol, order.position_side)
        done = order.remaining_u == 0
        order.status = OrderStatus.FILLED if done else OrderStatus.PARTIALLY_FILLED
        if done:
            member.closed(order)
        if not member.silent:
            known.trades.append(
                AccountTrade(
                    symbol=order.symbol,
                    trade_id=trade.trade_id,
                    order_id=order.order_id,
                    side=order.side,
                    position_side=order.position_side,
                    price_u=trade.price_u,
                    quantity_u=trade.quantity_u,
                    quote_u=trade.quote_u,
                    realized_pnl_u=filled.realized_u,
                    commission_u=commission,
                    commission_asset=records.PERPETUAL_MARGIN_ASSET,
                    time_us=now_us,
                    is_buyer=order.is_buy,
                    is_maker=is_maker,
                )
            )
        execution = FuturesExecutionType.CALCULATED if order.is_liquidation else FuturesExecutionType.TRADE
        core.report(
            order,
            execution,
            now_us,
            last_u=trade.quantity_u,
            last_price_u=trade.price_u,
            commission_u=commission,
            trade_id=trade.trade_id,
            is_maker=is_maker,
            realized_u=filled.realized_u,
        )
        if order.is_liquidation:
            core.events.append(PublicLiquidation(time_us=now_us, order=order.snapshot(), last_u=trade.quantity_u))
        if filled.closed_u and not position.reducible_u(is_buy=order.is_buy):
            self._knock_out(order, now_us)

    def _knock_out(self, cause: Order, now_us: int) -> None:
        """Expire resting orders that can no longer reduce the position which this order just closed."""
        core = self._core
        member = core.members[cause.account_id]
        for order in tuple(member.on[cause.symbol].reducing.values()):
            same = order.position_side is cause.position_side
            if same and order.display_u and not self._reducible(order):
                core.end(order, OrderStatus.EXPIRED, now_us, reason=records.REDUCE_ONLY_KNOCKED_OUT)
        core.on_flat(member, cause.symbol, cause.position_side, now_us)
