"""Changes of orders that are open: cancels, cancel-replace, and amendments that keep priority."""

import copy
from dataclasses import replace

from binance_nb.models.enums import (
    CancelReplaceMode,
    CancelRestrictions,
    ExecutionType,
    ListOrderStatus,
    ListStatusType,
    OrderStatus,
    SymbolStatus,
)
from binance_nb.sandbox.engine import admission
from binance_nb.sandbox.engine.accounts import Member
from binance_nb.sandbox.engine.commands import AmendOrder, CancelOrder, CancelOrderList, CancelReplace, EngineError
from binance_nb.sandbox.engine.core import Core, Venue
from binance_nb.sandbox.engine.desk import Desk
from binance_nb.sandbox.engine.lists import Lists
from binance_nb.sandbox.engine.records import (
    AmendedOrder,
    Amendment,
    Cancellation,
    CancelReplaced,
    ListCancellation,
    ListedOrder,
    Order,
    OrderList,
    Placement,
)
from binance_nb.sandbox.engine.rules import check_amend_count, check_quantity_filters
from binance_nb.sandbox.engine.units import to_units

UNKNOWN_ORDER = "Unknown order sent."


def cancel_rejected(message: str) -> EngineError:
    """Return the engine's refusal of a cancel."""
    return EngineError(code=-2011, message=message)


def amend_rejected(message: str) -> EngineError:
    """Return the engine's refusal of an amendment."""
    return EngineError(code=-2038, message=message)


def find_open(
    member: Member, symbol: str, order_id: int | None, client_order_id: str | None, refusal: EngineError
) -> Order:
    """Return the open order by id, else by name; with both, the id finds it and the name must agree."""
    known = member.on[symbol]
    if order_id is not None:
        order = known.open.get(order_id)
        if order is not None and client_order_id is not None and order.client_order_id != client_order_id:
            order = None
    else:
        order = known.open_client_ids.get(client_order_id or "")
    if order is None:
        raise refusal
    return order


class Changes:
    """Cancels, replaces and amends."""

    def __init__(self, core: Core, lists: Lists, desk: Desk) -> None:
        self._core = core
        self._lists = lists
        self._desk = desk

    # -- cancels -------------------------------------------------------------------------------------------------

    def cancel(self, member: Member, request: CancelOrder, now_us: int) -> Cancellation | ListCancellation:
        """Cancel an order, or the whole list it belongs to."""
        venue = self._core.venue(request.symbol)
        self._check_cancel_rights(venue, member)
        if request.order_id is None and request.orig_client_order_id is None:
            raise cancel_rejected("Cancel order is invalid. Check origClOrdId and orderId.")
        order = find_open(
            member, request.symbol, request.order_id, request.orig_client_order_id, cancel_rejected(UNKNOWN_ORDER)
        )
        wanted = {
            CancelRestrictions.ONLY_NEW: OrderStatus.NEW,
            CancelRestrictions.ONLY_PARTIALLY_FILLED: OrderStatus.PARTIALLY_FILLED,
        }
        if request.cancel_restrictions is not None and order.status is not wanted[request.cancel_restrictions]:
            raise cancel_rejected("Order was not canceled due to cancel restrictions.")
        name = request.new_client_order_id or self._core.new_client_id()
        answer = self._end(member, order, name, now_us)
        self._core.settle_step((request.symbol,), now_us)
        return answer

    def cancel_all(self, member: Member, symbol: str, now_us: int) -> tuple[Cancellation | ListCancellation, ...]:
        """Cancel every open order on the symbol."""
        venue = self._core.venue(symbol)
        self._check_cancel_rights(venue, member)
        known = member.on[symbol]
        if not known.open:
            raise cancel_rejected(UNKNOWN_ORDER)
        name = self._core.new_client_id()
        answers: list[Cancellation | ListCancellation] = []
        for order in list(known.open.values()):
            if order.is_open:
                answers.append(self._end(member, order, name, now_us))
        self._core.settle_step((symbol,), now_us)
        return tuple(answers)

    def cancel_list(self, member: Member, request: CancelOrderList, now_us: int) -> ListCancellation:
        """Cancel a list by its id or its name; with both, the id finds it and the name must agree."""
        venue = self._core.venue(request.symbol)
        self._check_cancel_rights(venue, member)
        if request.order_list_id is not None:
            found = member.lists.get(request.order_list_id)
            if found is not None and request.list_client_order_id not in (None, found.list_client_order_id):
                found = None
        else:
            found = member.open_lists.get(request.list_client_order_id or "")
        if found is None or not found.is_open or found.symbol != request.symbol:
            raise cancel_rejected(UNKNOWN_ORDER)
        answer = self._end_list(member, found, request.new_client_order_id or self._core.new_client_id(), now_us)
        self._core.settle_step((request.symbol,), now_us)
        return answer

    @staticmethod
    def _check_cancel_rights(venue: Venue, member: Member) -> None:
        if venue.status not in (SymbolStatus.TRADING, SymbolStatus.CANCEL_ONLY):
            raise cancel_rejected("Market is closed.")
        if not member.account.can_trade:
            raise cancel_rejected("This account may not place or cancel orders.")

    def _end(self, member: Member, order: Order, name: str, now_us: int) -> Cancellation | ListCancellation:
        order_list = self._core.account_list(order)
        if order_list is not None:
            return self._end_list(member, order_list, name, now_us)
        return self._end_order(order, name, now_us)

    def _end_order(self, order: Order, name: str, now_us: int) -> Cancellation:
        self._core.close(order, OrderStatus.CANCELED)
        self._core.report(
            order,
            ExecutionType.CANCELED,
            now_us,
            client_order_id=name,
            orig_client_order_id=order.client_order_id,
        )
        shown = order if self._core.owner(order).account.silent else order.snapshot()
        return Cancellation(order=shown, client_order_id=name)

    def _end_list(self, member: Member, order_list: OrderList, name: str, now_us: int) -> ListCancellation:
        canceled = [self._end_order(order, name, now_us) for order in self._lists.orders(order_list) if order.is_open]
        self._lists.release_held(order_list)
        self._lists.finish_if_done(order_list, now_us)
        return ListCancellation(order_list=copy.copy(order_list), cancellations=tuple(canceled))

    # -- cancel-replace ------------------------------------------------------------------------------------------

    def cancel_replace(self, member: Member, request: CancelReplace, now_us: int) -> CancelReplaced:
        """Cancel one order and place another (rest-api.md, the table of cancelReplaceMode).

        Filters and the order count are checked before anything happens. A refusal by a filter, or a full order count
        in mode DO_NOTHING, refuses the whole request.
        """
        venue = self._core.venue(request.new_order.symbol)
        if not venue.spec.cancel_replace_allowed:
            raise admission.refused("Order cancel-replace is not supported for this symbol.")
        # The order that is to go still counts as open here: filters come before the cancellation.
        order = self._desk.prepare(member, request.new_order, now_us)
        excess = member.counter.excess(1, now_us)
        if excess is not None and request.order_rate_limit_exceeded_mode == "DO_NOTHING":
            raise excess
        try:
            canceled = self._cancel_leg(member, request.cancel, now_us)
        except EngineError as refusal:
            if request.mode is CancelReplaceMode.STOP_ON_FAILURE:
                if excess is None and not member.account.silent:
                    member.counter.add(1, now_us)  # an order that was not attempted counts all the same
                return CancelReplaced(
                    cancel_result="FAILURE",
                    new_order_result="NOT_ATTEMPTED",
                    cancel_response=refusal,
                    new_order_response=None,
                )
            placed = self._new_leg(member, order, excess, now_us, announce=False)
            return _answer("FAILURE", refusal, placed)
        placed = self._new_leg(member, order, excess, now_us, announce=True)
        return _answer("SUCCESS", canceled, placed)

    @staticmethod
    def _replaced(member: Member, cancel: CancelOrder) -> Order | None:
        try:
            return find_open(
                member, cancel.symbol, cancel.order_id, cancel.orig_client_order_id, cancel_rejected(UNKNOWN_ORDER)
            )
        except EngineError:
            return None

    def _cancel_leg(self, member: Member, request: CancelOrder, now_us: int) -> Cancellation:
        """Cancel; of a list, answer with the order that was named."""
        named = self._replaced(member, request)
        answer = self.cancel(member, request, now_us)
        if isinstance(answer, Cancellation):
            return answer
        return next(one for one in answer.cancellations if named is not None and one.order.order_id == named.order_id)

    def _new_leg(
        self, member: Member, order: Order, excess: EngineError | None, now_us: int, *, announce: bool
    ) -> Placement | EngineError:
        if excess is not None:
            return excess
        try:
            return self._desk.place(member, order, now_us)
        except EngineError as refusal:
            if announce:
                # The cancel stands, so the account learns by a report of its own that nothing replaced the order.
                order.status = OrderStatus.REJECTED
                self._core.report(order, ExecutionType.REJECTED, now_us, reject_reason=refusal.reject_reason)
            return refusal

    # -- amendments ----------------------------------------------------------------------------------------------

    def amend(self, member: Member, request: AmendOrder, now_us: int) -> AmendedOrder:
        """Reduce an order's quantity where it stands; both orders of an OCO pair change together."""
        venue = self._core.venue(request.symbol)
        if not venue.spec.amend_allowed:
            raise amend_rejected("Order amend is not supported for this symbol.")
        if venue.status not in (SymbolStatus.TRADING, SymbolStatus.CANCEL_ONLY):
            raise amend_rejected("Market is closed.")
        if not member.account.can_trade:
            raise amend_rejected("This account may not place or cancel orders.")
        order = find_open(
            member, request.symbol, request.order_id, request.orig_client_order_id, amend_rejected(UNKNOWN_ORDER)
        )
        new_u = self._checked_quantity(venue, member, order, request, now_us)
        name = request.new_client_order_id or self._core.new_client_id()
        if name != order.client_order_id and name in member.on[request.symbol].open_client_ids:
            raise amend_rejected("Duplicate order sent.")
        order_list = self._core.account_list(order)
        execution_id = self._apply(member, order, new_u, name, now_us)
        other = self._partner(order)
        if other is not None:
            self._apply(member, other, new_u, other.client_order_id, now_us)
        carrier = order if other is None or order.locked_u >= other.locked_u else other
        self._core.relock(carrier, self._lists.lock_target_u(carrier))
        amendment = member.on[request.symbol].amendments[order.order_id][-1]
        if order_list is not None and amendment.orig_client_order_id != name:
            order_list.orders = tuple(
                ListedOrder(entry.symbol, entry.order_id, name) if entry.order_id == order.order_id else entry
                for entry in order_list.orders
            )
            self._report_renamed(order_list, now_us)
        self._core.settle_step((request.symbol,), now_us)
        return AmendedOrder(
            order=order.snapshot(),
            orig_client_order_id=amendment.orig_client_order_id,
            execution_id=execution_id,
            order_list=copy.copy(order_list) if order_list is not None else None,
            now_us=now_us,
        )

    def _checked_quantity(self, venue: Venue, member: Member, order: Order, request: AmendOrder, now_us: int) -> int:
        try:
            new_u = to_units(request.new_qty)
        except ValueError:
            raise EngineError(code=-1111, message="Parameter 'newQty' has too much precision.") from None
        if not order.quantity_known:
            raise amend_rejected("Order amend (pending OPO order) is not supported.")
        if new_u == order.quantity_u:
            raise amend_rejected("The requested action would change no state; rejecting.")
        if new_u > order.quantity_u:
            raise amend_rejected("Order amend (quantity increase) is not supported.")
        if new_u <= order.executed_u + order.prevented_u:
            raise amend_rejected("Price * QTY is zero or less.")
        check_amend_count(venue, order)
        check_quantity_filters(venue, member, replace(order, quantity_u=new_u), now_us)
        return new_u

    def _partner(self, order: Order) -> Order | None:
        """Return the order whose quantity must stay the same: the other one of an OCO pair, pending or not."""
        order_list = self._core.account_list(order)
        pair = self._lists.pair(order_list) if order_list is not None else []
        if order not in pair:
            return None
        other = pair[0] if pair[1] is order else pair[1]
        return other if other.is_open else None

    def _apply(self, member: Member, order: Order, new_u: int, name: str, now_us: int) -> int:
        """Change one order and report it; return the execution id."""
        core = self._core
        old_u, old_name = order.quantity_u, order.client_order_id
        order.quantity_u = new_u
        order.amendments += 1
        known = member.on[order.symbol]
        if order.is_buy:
            known.buying_u -= old_u - new_u
        if order.display_u:
            core.venues[order.symbol].book.side_of(order).reduced(order, old_u - new_u)
        if name != old_name:
            member.renamed(order, name)
        execution_id = core.report(order, ExecutionType.REPLACED, now_us, orig_client_order_id=old_name)
        known.amendments.setdefault(order.order_id, []).append(
            Amendment(
                symbol=order.symbol,
                order_id=order.order_id,
                execution_id=execution_id,
                orig_client_order_id=old_name,
                new_client_order_id=name,
                orig_u=old_u,
                new_u=new_u,
                time_us=now_us,
            )
        )
        return execution_id

    def _report_renamed(self, order_list: OrderList, now_us: int) -> None:
        """Announce that an order of the list has a new name; the list itself goes on as before."""
        kept = order_list.list_status_type, order_list.list_order_status
        order_list.list_status_type = ListStatusType.UPDATED
        order_list.list_order_status = ListOrderStatus.EXECUTING
        self._core.report_list(order_list, now_us)
        order_list.list_status_type, order_list.list_order_status = kept


def _answer(
    cancel_result: str, cancel_response: Cancellation | EngineError, placed: Placement | EngineError
) -> CancelReplaced:
    return CancelReplaced(
        cancel_result=cancel_result,
        new_order_result="FAILURE" if isinstance(placed, EngineError) else "SUCCESS",
        cancel_response=cancel_response,
        new_order_response=placed,
    )
