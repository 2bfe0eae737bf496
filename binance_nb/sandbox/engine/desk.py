"""Where single orders come in: checked, accepted, worked; and where trades' consequences are worked off.

A request is one or more steps. A step works one order: the one asked for, then each stop its trades have triggered and
each pending order that became due. What a step changed is announced at its end.
"""

from binance_nb.models.enums import ExecutionType, ExpiryReason, OrderStatus
from binance_nb.sandbox.engine import admission
from binance_nb.sandbox.engine.accounts import Member
from binance_nb.sandbox.engine.commands import EngineError, NewOrder
from binance_nb.sandbox.engine.core import Core, Outcome, Venue
from binance_nb.sandbox.engine.lists import Lists
from binance_nb.sandbox.engine.matching import Matcher
from binance_nb.sandbox.engine.records import MARKET_TYPES, Order, OrderList, Placement
from binance_nb.sandbox.engine.routing import Router
from binance_nb.sandbox.engine.rules import check_filters, check_open_counts, round_to_lots
from binance_nb.sandbox.engine.validation import check_order


class Desk:
    """Accepts orders and works them."""

    def __init__(self, core: Core, lists: Lists) -> None:
        self._core = core
        self._lists = lists
        self._matcher = Matcher(core, lists)
        self._router = Router(core, self._matcher)

    # -- one order -----------------------------------------------------------------------------------------------

    def prepare(self, member: Member, request: NewOrder, now_us: int) -> Order:
        """Check everything that needs neither book nor balance and return the order, not yet accepted."""
        check_order(request)
        venue = self._core.venue(request.symbol)
        admission.check_allowed(venue, request)
        if request.use_sor:
            self._router.check(member, request)
        order = admission.build(self._core, venue, member, request, now_us)
        if order.peg_price_type is not None and not order.is_algo:
            admission.peg(venue, order)
        check_filters(venue, member, order, now_us)
        if not member.account.silent:
            check_open_counts(self._core, venue, member, [order], is_list=False)
        return order

    def place(self, member: Member, order: Order, now_us: int) -> Placement:
        """Accept a prepared order and work it with all its consequences; raises -2010 if the engine refuses it."""
        self.admit(member, order)
        if not member.account.silent:
            member.counter.add(1, now_us)
        outcome = Outcome()
        self.enter(member, order, outcome, now_us)
        self._core.settle_step(self.venues_of(order), now_us)
        # A house account reads its answer at once, so that the order itself will do.
        placement = Placement(
            order=order if member.account.silent else order.snapshot(),
            fills=tuple(outcome.fills),
            prevented_matches=tuple(outcome.prevented),
        )
        self.work_off(now_us)
        return placement

    def admit(self, member: Member, order: Order) -> None:
        """Raise unless the engine takes the order: rights, name, stop price, post-only, funds."""
        venue = self._core.venues[order.symbol]
        admission.check_rights(venue, member)
        admission.check_name(member, order)
        if not order.is_algo:
            admission.peg(venue, order)  # anew: a cancel-replace has just changed the book
        admission.check_stop(venue, order)
        admission.check_maker(venue, order)
        admission.fix_quantity(venue, order)
        admission.set_lock_price(venue, order)
        amount = None
        if order.used_sor and order.type in MARKET_TYPES and order.is_buy:
            amount = self._router.cost_u(order)
        admission.check_funds(self._core, venue, order, amount)

    def enter(self, member: Member, order: Order, outcome: Outcome, now_us: int) -> None:
        """Give the order its id, lock its money, report it and let it wait or work."""
        venue = self._core.venues[order.symbol]
        order.order_id = venue.take_order_id()
        member.opened(order)
        self._core.relock(order, self._core.need_u(order))
        if order.is_algo:
            self._core.report(order, ExecutionType.NEW, now_us)
            venue.triggers.add(order, venue.tape.last_u, now_us)
        else:
            self.start(venue, order, outcome, now_us)

    def start(self, venue: Venue, order: Order, outcome: Outcome, now_us: int) -> None:
        """Let an order work: on its own book, or by smart order routing."""
        order.is_working = True
        order.working_us = now_us
        if order.used_sor:
            order.working_floor = "SOR"
        self._core.report(order, ExecutionType.NEW, now_us)
        if order.used_sor:
            self._router.work(order, outcome, now_us)
        else:
            self._matcher.work(order, outcome, now_us)

    def venues_of(self, order: Order) -> tuple[str, ...]:
        """Return the symbols whose books an order may have changed."""
        return self._router.symbols(order.symbol) if order.used_sor else (order.symbol,)

    # -- consequences --------------------------------------------------------------------------------------------

    def work_off(self, now_us: int) -> None:
        """Work the stops that trades have triggered and the pending orders that are due, each as a step of its own."""
        core = self._core
        while core.triggered or core.ready_lists:
            if core.triggered:
                order = core.triggered.popleft()
                if order.is_open:
                    self._trigger(order, now_us)
                    core.settle_step((order.symbol,), now_us)
            else:
                order_list = core.ready_lists.popleft()
                if order_list.is_open:
                    self._place_pending(order_list, now_us)
                    core.settle_step((order_list.symbol,), now_us)

    def _trigger(self, order: Order, now_us: int) -> None:
        """A waiting order's time has come: it becomes a market or a limit order, or is rejected."""
        core = self._core
        venue = core.venues[order.symbol]
        self._lists.started(order, now_us)
        member = core.owner(order)
        try:
            admission.peg(venue, order)
            if order.peg_price_type is not None:
                check_filters(venue, member, order, now_us)
            order.lock_price_u = 0 if order.type in MARKET_TYPES else (order.limit_u if order.is_buy else 1)
            order.is_working = True
            amount = admission.cost_u(core, venue, order)
            admission.check_funds(core, venue, order, amount - order.locked_u)
        except EngineError:
            order.is_working = False
            self._reject(order, now_us)
            return
        core.relock(order, core.need_u(order))
        self.start(venue, order, Outcome(), now_us)

    def _reject(self, order: Order, now_us: int) -> None:
        self._core.expire(order, ExpiryReason.REJECTED, now_us)
        self._lists.ended(order, now_us)

    def _place_pending(self, order_list: OrderList, now_us: int) -> None:
        """The working order is filled: place the pending order or pair; if one is refused, all expire as REJECTED."""
        core = self._core
        orders = self._lists.orders(order_list)[1:]
        member = core.member(order_list.account_id)
        venue = core.venues[order_list.symbol]
        held = order_list.held_u
        self._lists.release_held(order_list)
        order_list.pending_placed = True
        try:
            for order in orders:
                if not order.quantity_known:
                    order.quantity_u = round_to_lots(venue, order, held)
                    order.quantity_known = True
                    if order.quantity_u == 0:
                        raise admission.rejected("Filter failure: LOT_SIZE")
                if not order.is_algo:
                    admission.peg(venue, order)
                check_filters(venue, member, order, now_us)
            if len(orders) == 2:
                quantity = min(order.quantity_u for order in orders)
                for order in orders:
                    order.quantity_u = quantity
            self.admit_pending(venue, orders)
        except EngineError:
            for order in orders:
                core.expire(order, ExpiryReason.REJECTED, now_us)
            self._lists.finish_if_done(order_list, now_us)
            return
        for order in orders:
            order.status = OrderStatus.NEW
        self.launch(venue, orders, Outcome(), now_us)

    def admit_pending(self, venue: Venue, orders: list[Order]) -> None:
        """Raise unless the engine takes these orders, one or an OCO pair, at the book as it is now."""
        if len(orders) == 2:
            admission.check_pair_prices(venue, orders)
        for order in orders:
            admission.check_stop(venue, order)
            admission.check_maker(venue, order)
            admission.set_lock_price(venue, order)
        # A pending order's need is nothing while it is pending; ask for what it will be.
        amount = max(admission.placed_cost_u(self._core, venue, order) for order in orders)
        admission.check_funds(self._core, venue, orders[0], amount)

    def launch(self, venue: Venue, orders: list[Order], outcome: Outcome, now_us: int) -> None:
        """Lock money for orders that are open by now, one or an OCO pair, and let them wait or work.

        Of a pair, the last (the limit or take-profit order) carries the lock for the dearer of the two.
        """
        core = self._core
        core.relock(orders[-1], self._lists.lock_target_u(orders[-1]))
        for order in orders:
            if order.is_algo:
                core.report(order, ExecutionType.NEW, now_us)
                venue.triggers.add(order, venue.tape.last_u, now_us)
            else:
                self.start(venue, order, outcome, now_us)
