"""Self-trade prevention: which orders may not meet, and what becomes of them (stp_faq.md)."""

from binance_nb.models.enums import ExecutionType, OrderStatus, SelfTradePreventionMode
from binance_nb.sandbox.engine.book import Level
from binance_nb.sandbox.engine.core import SOR_ACCOUNT, Core, Outcome
from binance_nb.sandbox.engine.lists import Lists
from binance_nb.sandbox.engine.records import Order, PreventedMatch
from binance_nb.sandbox.engine.units import notional_units

_Mode = SelfTradePreventionMode
_EXPIRES_TAKER = frozenset({_Mode.EXPIRE_TAKER, _Mode.EXPIRE_BOTH})
_EXPIRES_MAKER = frozenset({_Mode.EXPIRE_MAKER, _Mode.EXPIRE_BOTH})


def effective_mode(taker: Order, maker: Order) -> SelfTradePreventionMode:
    """Return the mode that applies: the taker's, but TRANSFER needs both orders to ask for it, else it is DECREMENT."""
    mode = taker.self_trade_prevention_mode
    if mode is _Mode.TRANSFER and maker.self_trade_prevention_mode is not _Mode.TRANSFER:
        return _Mode.DECREMENT
    return mode


def is_self_trade(taker: Order, maker: Order) -> bool:
    """Whether a trade of these two would be a self-trade that the taker's mode forbids."""
    if taker.self_trade_prevention_mode is _Mode.NONE:
        return False
    if taker.account_id == maker.account_id:
        return True
    return taker.trade_group_id >= 0 and taker.trade_group_id == maker.trade_group_id


def takeable_u(level: Level[Order], taker: Order) -> int:
    """Return how much of a level this order could take if it went through all of it, in base units.

    Orders that EXPIRE_MAKER would push out of the way do not count. In the other modes the order itself gives way, so
    that counting them all is never too little.
    """
    if taker.self_trade_prevention_mode is not _Mode.EXPIRE_MAKER:
        return level.total_u
    return sum(maker.remaining_u for maker in level.orders.values() if not is_self_trade(taker, maker))


class Prevention:
    """Keeps orders of one account, or of one trade group, from trading with each other."""

    def __init__(self, core: Core, lists: Lists) -> None:
        self._core = core
        self._lists = lists

    def prevent(self, taker: Order, maker: Order, outcome: Outcome, now_us: int) -> None:
        """Record the prevented match and take the quantities it costs off the orders; those with none left expire."""
        core = self._core
        mode = effective_mode(taker, maker)
        common = min(taker.remaining_u, maker.remaining_u)
        if mode in _EXPIRES_TAKER or mode in _EXPIRES_MAKER:
            from_taker = taker.remaining_u if mode in _EXPIRES_TAKER else 0
            from_maker = maker.remaining_u if mode in _EXPIRES_MAKER else 0
        else:
            from_taker = from_maker = common
        venue = core.venues[taker.symbol]
        match = PreventedMatch(
            symbol=taker.symbol,
            prevented_match_id=venue.next_prevented_match_id,
            taker_order_id=taker.order_id,
            maker_symbol=maker.symbol,
            maker_order_id=maker.order_id,
            trade_group_id=taker.trade_group_id,
            self_trade_prevention_mode=mode,
            price_u=maker.limit_u,
            taker_prevented_u=from_taker or None,
            maker_prevented_u=from_maker or None,
            time_us=now_us,
            taker_account_id=taker.account_id,
            maker_account_id=maker.account_id,
        )
        venue.next_prevented_match_id += 1
        outcome.prevented.append(match)
        for account_id in dict.fromkeys((taker.account_id, maker.account_id)):
            core.members[account_id].on[taker.symbol].prevented.append(match)
        transfers = mode is _Mode.TRANSFER and taker.account_id != maker.account_id
        if transfers:
            self._transfer(taker, maker, common)
        if from_taker:
            self._lose(taker, from_taker, match, common, now_us)
        if from_maker:
            self._lose(maker, from_maker, match, common, now_us)

    def _transfer(self, taker: Order, maker: Order, quantity_u: int) -> None:
        """Move base and quote between two accounts of a trade group as a trade would, without commission.

        Under SOR the two may name different quote assets; the exchange's own account swaps them one to one.
        """
        core = self._core
        quote = notional_units(maker.limit_u, quantity_u)
        house = core.members[SOR_ACCOUNT]
        for order in (taker, maker):
            spec = core.specs[order.symbol]
            member = core.owner(order)
            sign = 1 if order.is_buy else -1
            for asset, amount in ((spec.base_asset, sign * quantity_u), (spec.quote_asset, -sign * quote)):
                # What is given up was locked: it is taken from the free balance here, and what the order need no longer
                # lock flows back there when its quantity shrinks.
                member.balance(asset).free_u += amount
                house.balance(asset).free_u -= amount

    def _lose(self, order: Order, quantity_u: int, match: PreventedMatch, common_u: int, now_us: int) -> None:
        core = self._core
        ends = quantity_u == order.remaining_u
        side = core.venues[order.symbol].book.side_of(order)
        rests = order.display_u > 0
        if ends and rests:
            side.remove(order)
        order.prevented_u += quantity_u
        order.prevented_match_id = match.prevented_match_id
        if order.is_buy:
            core.owner(order).on[order.symbol].buying_u -= quantity_u
        if ends:
            core.close(order, OrderStatus.EXPIRED_IN_MATCH)
        else:
            if rests:
                side.traded(order, quantity_u)
            self._lists.started(order, now_us)
            core.relock(order, core.need_u(order))
        core.report(
            order,
            ExecutionType.TRADE_PREVENTION,
            now_us,
            prevented_match=match,
            last_prevented_u=quantity_u,
            prevented_execution_u=common_u,
        )
        if ends:
            self._lists.ended(order, now_us)
