"""Where order lists come in: OCO, OTO, OTOCO, OPO and OPOCO (rest-api.md, "Order lists"; opo.md)."""

import copy

from binance_nb.models.enums import ExecutionType, OrderStatus
from binance_nb.sandbox.engine import admission
from binance_nb.sandbox.engine.accounts import Member
from binance_nb.sandbox.engine.commands import EngineError, NewOrderList
from binance_nb.sandbox.engine.core import Core, Outcome, Venue
from binance_nb.sandbox.engine.desk import Desk
from binance_nb.sandbox.engine.lists import Lists
from binance_nb.sandbox.engine.records import ListedOrder, ListPlacement, Order, OrderList, Placement
from binance_nb.sandbox.engine.rules import check_filters, check_open_counts
from binance_nb.sandbox.engine.validation import check_list, stop_leg_first


class ListDesk:
    """Accepts order lists and sets them going."""

    def __init__(self, core: Core, lists: Lists, desk: Desk) -> None:
        self._core = core
        self._lists = lists
        self._desk = desk

    def place(self, member: Member, request: NewOrderList, now_us: int) -> ListPlacement:
        """Place a list; raises EngineError, with nothing done, if any of its orders is refused."""
        core = self._core
        check_list(request)
        venue = core.venue(request.symbol)
        self._check_allowed(venue, request)
        orders = self._build(venue, member, request, now_us)
        for order in orders:
            check_filters(venue, member, order, now_us)
        check_open_counts(core, venue, member, orders, is_list=True)
        excess = member.counter.excess(len(orders), now_us)
        if excess is not None:
            raise excess
        name = self._admit(venue, member, request, orders)
        member.counter.add(len(orders), now_us)
        order_list = self._register(venue, member, request, orders, name, now_us)
        core.report_list(order_list, now_us)
        outcome = Outcome()
        self._launch(venue, request, orders, outcome, now_us)
        core.settle_step((request.symbol,), now_us)
        placements = tuple(
            Placement(
                order=order.snapshot(),
                fills=tuple(outcome.fills) if order.has_filled else (),
                prevented_matches=tuple(match for match in outcome.prevented if match.taker_order_id == order.order_id),
            )
            for order in orders
        )
        answer = ListPlacement(order_list=copy.copy(order_list), placements=placements)
        self._desk.work_off(now_us)
        return answer

    @staticmethod
    def _check_allowed(venue: Venue, request: NewOrderList) -> None:
        spec = venue.spec
        has_pair = request.kind in ("OCO", "OTOCO", "OPOCO")
        if has_pair and not spec.oco_allowed:
            raise admission.refused("OCO orders are not supported for this symbol")
        if request.kind != "OCO" and not spec.oto_allowed:
            raise admission.refused("OTO orders are not supported for this symbol.")
        if request.kind.startswith("OPO") and not spec.opo_allowed:
            raise admission.refused("OPO orders are not supported for this symbol.")
        for order in request.orders:
            admission.check_allowed(venue, order)

    def _build(self, venue: Venue, member: Member, request: NewOrderList, now_us: int) -> list[Order]:
        """Return the orders as they get their ids: the working order, then the stop loss, then its counterpart."""
        working = list(request.orders[:1]) if request.kind != "OCO" else []
        rest = list(request.orders[len(working) :])
        wanted = working + (stop_leg_first(rest) if len(rest) == 2 else rest)
        orders = [admission.build(self._core, venue, member, one, now_us) for one in wanted]
        for order in orders[len(working) :]:
            if working:
                order.status = OrderStatus.PENDING_NEW
                order.quantity_known = not request.kind.startswith("OPO")
        for order in orders:
            if order.status is OrderStatus.NEW and not order.is_algo:
                admission.peg(venue, order)
        if request.kind in ("OCO", "OTOCO") and orders[-1].quantity_u != orders[-2].quantity_u:
            raise EngineError(code=-1013, message="Both orders of an OCO pair must have the same quantity.")
        return orders

    def _admit(self, venue: Venue, member: Member, request: NewOrderList, orders: list[Order]) -> str:
        """Raise -2010 if the engine refuses the list; return its name."""
        admission.check_rights(venue, member)
        for index, order in enumerate(orders):
            admission.check_name(member, order, *orders[:index])
        name = request.list_client_order_id or self._core.new_client_id()
        if name in member.open_lists:
            raise admission.rejected("Duplicate order sent.")
        if request.kind == "OCO":
            self._desk.admit_pending(venue, orders)
        else:
            admission.check_maker(venue, orders[0])
            admission.set_lock_price(venue, orders[0])
            admission.check_funds(self._core, venue, orders[0])
        return name

    def _register(
        self, venue: Venue, member: Member, request: NewOrderList, orders: list[Order], name: str, now_us: int
    ) -> OrderList:
        core = self._core
        list_id = core.next_list_id
        core.next_list_id += 1
        for order in orders:
            order.order_id = venue.take_order_id()
            order.order_list_id = list_id
            member.opened(order)
        order_list = OrderList(
            account_id=member.account.account_id,
            order_list_id=list_id,
            kind=request.kind,
            contingency_type=request.contingency_type,
            list_client_order_id=name,
            symbol=request.symbol,
            orders=tuple(ListedOrder(order.symbol, order.order_id, order.client_order_id) for order in orders),
            created_us=now_us,
            transaction_us=now_us,
        )
        member.lists[list_id] = order_list
        member.open_lists[name] = order_list
        member.on[request.symbol].list_count += 1
        return order_list

    def _launch(self, venue: Venue, request: NewOrderList, orders: list[Order], outcome: Outcome, now_us: int) -> None:
        if request.kind == "OCO":
            self._desk.launch(venue, orders, outcome, now_us)
            return
        for order in orders[1:]:
            self._core.report(order, ExecutionType.NEW, now_us)
        self._desk.launch(venue, orders[:1], outcome, now_us)
