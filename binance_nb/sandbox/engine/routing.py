"""Smart order routing: an order takes from every book of its base asset with interchangeable quotes (sor_faq.md).

The exchange's own account trades with the makers in their books, and hands each fill on to the order as an allocation
in the quote asset of the order's own symbol, one to one.
"""

import heapq
from collections.abc import Iterator
from itertools import repeat

from binance_nb.models.enums import ExecutionType, ExpiryReason, OrderStatus, SelfTradePreventionMode, TimeInForce
from binance_nb.sandbox.engine.accounts import Member
from binance_nb.sandbox.engine.book import Level
from binance_nb.sandbox.engine.commands import EngineError, NewOrder
from binance_nb.sandbox.engine.commissions import commission
from binance_nb.sandbox.engine.core import SOR_ACCOUNT, Core, Outcome, Venue
from binance_nb.sandbox.engine.matching import Matcher, cannot_fill, out_of_bounds
from binance_nb.sandbox.engine.prevention import is_self_trade, takeable_u
from binance_nb.sandbox.engine.records import MARKET_TYPES, Allocation, Fill, Order
from binance_nb.sandbox.engine.units import notional_units

MATCH_TYPE = "ONE_PARTY_TRADE_REPORT"


class Router:
    """Works orders that were sent with SOR."""

    def __init__(self, core: Core, matcher: Matcher) -> None:
        self._core = core
        self._matcher = matcher

    def symbols(self, symbol: str) -> tuple[str, ...]:
        """Return the symbols whose books an order on this symbol may use, its own first; only itself without SOR."""
        for sor in self._core.spec.sors:
            if symbol in sor.symbols:
                return (symbol, *(other for other in sor.symbols if other != symbol))
        return (symbol,)

    def check(self, member: Member, request: NewOrder) -> None:
        """Raise -1013 if the symbol or the account does not take part in SOR."""
        if len(self.symbols(request.symbol)) == 1:
            raise EngineError(code=-1013, message="SOR is not supported for this symbol.")
        if member.account.prevent_sor:
            raise EngineError(code=-2010, message="This action is disabled on this account.")

    def cost_u(self, order: Order) -> int:
        """Return what a market order would pay over all books, in quote units."""
        missing, cost = order.remaining_u, 0
        for _, level in self._levels(order):
            part = min(missing, takeable_u(level, order))
            cost += notional_units(level.price_u, part)
            missing -= part
            if not missing:
                break
        return cost

    def work(self, order: Order, outcome: Outcome, now_us: int) -> None:
        """Let the order take the best prices of all books; what is left rests on its own book or expires."""
        own = self._core.venues[order.symbol]
        bounds = {
            symbol: self._matcher.bounds(self._core.venues[symbol], order, now_us)
            for symbol in self.symbols(order.symbol)
        }
        if order.time_in_force is TimeInForce.FOK:
            levels = ((level, bounds[symbol]) for symbol, level in self._levels(order))
            reason = cannot_fill(order, own, levels)
            if reason is not None:
                self._matcher.leave_unfilled(order, reason, now_us)
                return
        while order.is_open:
            best = self._best(order)
            if best is None:
                self._matcher.leave(own, order, now_us)
                if order.is_open:
                    order.working_floor = "EXCHANGE"  # its last activity was to rest on its own book
                return
            venue, level = best
            if out_of_bounds(level.price_u, bounds[venue.spec.symbol]):
                self._matcher.leave_unfilled(order, ExpiryReason.EXECUTION_RULE_PRICE_RANGE_EXCEEDED, now_us)
                return
            maker = level.first()
            if is_self_trade(order, maker):
                self._matcher.prevent(order, maker, outcome, now_us)
                continue
            outcome.fills.append(self._allocate(venue, order, maker, now_us))

    def _sides(self, order: Order) -> list[tuple[int, Venue]]:
        return [(index, self._core.venues[symbol]) for index, symbol in enumerate(self.symbols(order.symbol))]

    def _best(self, order: Order) -> tuple[Venue, Level[Order]] | None:
        """Return the best level over all books that the order's limit reaches; its own book wins a tie."""
        sign = 1 if order.is_buy else -1
        limit = 0 if order.type in MARKET_TYPES else order.limit_u
        found = []
        for index, venue in self._sides(order):
            side = venue.book.opposite_of(order)
            level = side.best()
            if level is not None and side.reaches(level.price_u, limit):
                found.append((sign * level.price_u, index, venue, level))
        if not found:
            return None
        _, _, venue, level = min(found, key=lambda entry: entry[:2])
        return venue, level

    def _levels(self, order: Order) -> Iterator[tuple[str, Level[Order]]]:
        """Yield the levels of all books with their symbols, the best first; its own book wins a tie."""
        sign = 1 if order.is_buy else -1
        sides = [
            zip(repeat(symbol), self._core.venues[symbol].book.opposite_of(order).from_best(), strict=False)
            for symbol in self.symbols(order.symbol)
        ]
        return heapq.merge(*sides, key=lambda entry: sign * entry[1].price_u)

    def _allocate(self, venue: Venue, order: Order, maker: Order, now_us: int) -> Fill:
        """Trade with the maker for the exchange's own account and hand the fill on."""
        core = self._core
        own = core.venues[order.symbol]
        quantity = min(order.remaining_u, maker.display_u)
        agent = self._agent_order(venue, order, quantity, now_us)
        self._matcher.trade(venue, agent, maker, quantity, now_us)
        quote = notional_units(maker.limit_u, quantity)
        member = core.owner(order)
        house = core.members[SOR_ACCOUNT]
        spec = own.spec
        pays, receives = (spec.quote_asset, spec.base_asset) if order.is_buy else (spec.base_asset, spec.quote_asset)
        paid, received = (quote, quantity) if order.is_buy else (quantity, quote)
        self._matcher.book_fill(order, quantity, quote, now_us)
        target = core.need_u(order)
        balance = member.balance(pays)
        balance.free_u += order.locked_u - target - paid
        balance.locked_u -= order.locked_u - target
        order.locked_u = target
        house.balance(pays).free_u += paid
        house.balance(receives).free_u -= received
        amount, asset = commission(
            member,
            order.symbol,
            received_u=received,
            received_asset=receives,
            is_maker=False,
            is_buyer=order.is_buy,
            rate=core.value_of,
        )
        member.balance(receives).free_u += received
        if amount:
            member.balance(asset).free_u -= amount
            core.credit_fee(asset, amount)
        allocation = Allocation(
            symbol=order.symbol,
            allocation_id=own.next_allocation_id,
            order_id=order.order_id,
            order_list_id=order.order_list_id,
            price_u=maker.limit_u,
            quantity_u=quantity,
            quote_u=quote,
            commission_u=amount,
            commission_asset=asset,
            time_us=now_us,
            is_buyer=order.is_buy,
        )
        own.next_allocation_id += 1
        member.on[order.symbol].allocations.append(allocation)
        if order.remaining_u == 0:
            core.close(order, OrderStatus.FILLED)
        else:
            order.status = OrderStatus.PARTIALLY_FILLED
        core.report(
            order,
            ExecutionType.TRADE,
            now_us,
            last_u=quantity,
            last_price_u=maker.limit_u,
            last_quote_u=quote,
            commission_u=amount,
            commission_asset=asset,
            allocation=allocation,
        )
        return Fill(
            price_u=maker.limit_u,
            quantity_u=quantity,
            commission_u=amount,
            commission_asset=asset,
            trade_id=-1,
            match_type=MATCH_TYPE,
            allocation_id=allocation.allocation_id,
        )

    def _agent_order(self, venue: Venue, order: Order, quantity_u: int, now_us: int) -> Order:
        """Return the exchange's own order behind one allocation."""
        agent = Order(
            account_id=SOR_ACCOUNT,
            symbol=venue.spec.symbol,
            order_id=venue.take_order_id(),
            client_order_id=f"sor-{venue.next_order_id}",
            side=order.side,
            type=order.type,
            time_in_force=TimeInForce.IOC,
            quantity_u=quantity_u,
            price_u=order.price_u,
            created_us=now_us,
            updated_us=now_us,
            self_trade_prevention_mode=SelfTradePreventionMode.NONE,
        )
        self._core.members[SOR_ACCOUNT].opened(agent)
        return agent
