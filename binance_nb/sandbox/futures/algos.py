"""The Algo Service: conditional orders wait here for a price, then become regular orders in the matching engine."""

from binance_nb.models.enums import (
    AlgoStatus,
    FuturesOrderType,
    FuturesTimeInForce,
    PositionSide,
    PriceMatch,
    SelfTradePreventionMode,
    WorkingType,
)
from binance_nb.sandbox.engine.commands import EngineError
from binance_nb.sandbox.engine.units import from_units
from binance_nb.sandbox.futures import algo_checks, rules, triggers
from binance_nb.sandbox.futures.accounts import Member
from binance_nb.sandbox.futures.commands import NewAlgoOrder, NewOrder
from binance_nb.sandbox.futures.core import FuturesCore, Venue
from binance_nb.sandbox.futures.desk import Desk
from binance_nb.sandbox.futures.events import AlgoUpdate
from binance_nb.sandbox.futures.records import AlgoOrder, Order

_FIRST_ALGO_ID = 1_000_001
_GTE = FuturesTimeInForce.GTE_GTC


class AlgoService:
    """Takes, watches, triggers and cancels conditional orders."""

    def __init__(self, core: FuturesCore, desk: Desk, *, name_is_order_name: bool) -> None:
        """`name_is_order_name`: the order a conditional one became carries its client id (assumed of the exchange)."""
        self._core = core
        self._desk = desk
        self._name_is_order_name = name_is_order_name
        self._next_id = _FIRST_ALGO_ID
        core.on_progress = self._follow
        core.on_price = self._contract_price
        core.on_flat = self._flat

    def place(self, member: Member, asked: NewAlgoOrder, now_us: int) -> AlgoOrder:
        """Take a conditional order; -2021 if its condition is met already."""
        venue = self._core.venue(asked.symbol)
        reduce_only = asked.reduce_only
        side = rules.position_side(member, asked.position_side, reduce_only=reduce_only)
        rules.check_mode(asked.self_trade_prevention_mode)
        rules.check_good_till(asked.time_in_force, asked.good_till_us, now_us)
        algo_checks.check_shape(asked, side)
        algo_checks.check_room(member, asked.client_algo_id)
        quantity, price, trigger, activate = algo_checks.amounts(venue, asked, side)
        position = member.position(asked.symbol, side)
        if asked.time_in_force is _GTE and not position.amount_u:
            raise rules.refused(-4509, "Time in Force (TIF) GTE can only be used with open positions.")
        algo = AlgoOrder(
            account_id=member.account_id,
            symbol=asked.symbol,
            algo_id=self._next_id,
            client_algo_id=asked.client_algo_id or self._core.new_client_id(),
            side=asked.side,
            position_side=side,
            type=asked.type,
            time_in_force=asked.time_in_force or FuturesTimeInForce.GTC,
            quantity_u=quantity,
            price_u=price,
            trigger_price_u=trigger,
            working_type=asked.working_type or WorkingType.CONTRACT_PRICE,
            price_match=asked.price_match or PriceMatch.NONE,
            close_position=asked.close_position,
            price_protect=asked.price_protect,
            reduce_only=bool(asked.reduce_only),
            self_trade_prevention_mode=asked.self_trade_prevention_mode or SelfTradePreventionMode.EXPIRE_MAKER,
            created_us=now_us,
            updated_us=now_us,
            activate_price_u=activate,
            callback_rate=asked.callback_rate,
            good_till_us=asked.good_till_us or 0,
        )
        self._check_trigger(venue, algo)
        self._next_id += 1
        member.algos[algo.algo_id] = member.open_algos[algo.algo_id] = algo
        venue.waiting[algo.algo_id] = algo
        self._tell(algo, now_us)
        return algo

    def cancel(self, member: Member, now_us: int, *, algo_id: int | None, client_algo_id: str | None) -> AlgoOrder:
        """Cancel a conditional order that still waits."""
        found = self._find(member.open_algos, algo_id, client_algo_id)
        if found is None:
            raise rules.refused(-2011, "Unknown order sent.")
        self._end(found, AlgoStatus.CANCELED, now_us)
        return found

    def find(self, member: Member, *, algo_id: int | None, client_algo_id: str | None) -> AlgoOrder:
        """Return a conditional order, open or done; the latest of a name."""
        found = self._find(member.algos, algo_id, client_algo_id)
        if found is None:
            raise rules.refused(-2013, "Order does not exist.")
        return found

    def expire_due(self, member: Member, now_us: int) -> None:
        """Expire conditional orders whose goodTillDate has come."""
        for algo in tuple(member.open_algos.values()):
            if algo.good_till_us and algo.good_till_us <= now_us:
                self._end(algo, AlgoStatus.EXPIRED, now_us)

    def expire_all(self, member: Member, now_us: int) -> None:
        """Expire every conditional order of an account."""
        for algo in tuple(member.open_algos.values()):
            self._end(algo, AlgoStatus.EXPIRED, now_us)

    def mark_price(self, venue: Venue, now_us: int) -> None:
        """Let orders that watch the mark price see it."""
        self._see(venue, WorkingType.MARK_PRICE, venue.mark_u, now_us)

    def work_triggered(self, now_us: int) -> None:
        """Turn triggered orders into regular ones, until none is left; what they trade may trigger more."""
        while self._core.triggered:
            algo = self._core.triggered.popleft()
            if algo.status is AlgoStatus.TRIGGERING:
                self._launch(algo, now_us)

    # -- waiting -------------------------------------------------------------------------------------------------

    def _check_trigger(self, venue: Venue, algo: AlgoOrder) -> None:
        """Raise -2021 if the condition is met by the present price; start a trailing stop that needs no activation."""
        price = venue.mark_u if algo.working_type is WorkingType.MARK_PRICE else venue.tape.last_u or venue.mark_u
        if triggers.is_trailing(algo):
            if algo.activate_price_u:
                met = algo.activate_price_u >= price if algo.is_buy else algo.activate_price_u <= price
            else:
                met = False
                algo.is_activated, algo.extreme_u = True, price
        else:
            met = bool(price) and triggers.is_met(algo, price)
        if met:
            raise rules.refused(-2021, "Order would immediately trigger.")

    def _contract_price(self, venue: Venue, price_u: int, now_us: int) -> None:
        if venue.waiting:
            self._see(venue, WorkingType.CONTRACT_PRICE, price_u, now_us)

    def _see(self, venue: Venue, working_type: WorkingType, price_u: int, now_us: int) -> None:
        for algo in tuple(venue.waiting.values()):
            if algo.working_type is working_type and self._triggers(algo, price_u, now_us):
                del venue.waiting[algo.algo_id]
                algo.status = AlgoStatus.TRIGGERING
                algo.triggered_us = now_us
                self._tell(algo, now_us)
                self._core.triggered.append(algo)

    def _triggers(self, algo: AlgoOrder, price_u: int, now_us: int) -> bool:
        if not triggers.is_trailing(algo):
            return triggers.is_met(algo, price_u)
        if not algo.is_activated:
            if triggers.activates(algo, price_u):
                algo.is_activated, algo.extreme_u = True, price_u
                self._tell(algo, now_us)
            return False
        return triggers.trails_into(algo, price_u)

    def _flat(self, member: Member, symbol: str, side: PositionSide, now_us: int) -> None:
        """Expire the orders that live only as long as the position that just ended."""
        for algo in tuple(member.open_algos.values()):
            same = (algo.symbol, algo.position_side, algo.time_in_force) == (symbol, side, _GTE)
            if same and algo.status is AlgoStatus.NEW:
                self._end(algo, AlgoStatus.EXPIRED, now_us)

    # -- in the matching engine ----------------------------------------------------------------------------------

    def _launch(self, algo: AlgoOrder, now_us: int) -> None:
        core = self._core
        member, venue = core.members[algo.account_id], core.venues[algo.symbol]
        quantity = algo.quantity_u
        if algo.close_position:
            position = member.position(algo.symbol, algo.position_side)
            quantity = position.reducible_u(is_buy=algo.is_buy)
            if not quantity:
                self._end(algo, AlgoStatus.EXPIRED, now_us, "There is no position to close.")
                return
        if algo.price_protect and algo_checks.strays_too_far(venue):
            self._end(algo, AlgoStatus.REJECTED, now_us, "Mark price and last price are too far apart.")
            return
        try:
            order = self._desk.prepare(member, self._request(member, algo, quantity), now_us, algo)
        except EngineError as refusal:
            self._end(algo, AlgoStatus.REJECTED, now_us, refusal.message)
            return
        order.order_id = venue.take_order_id()
        member.open_algos.pop(algo.algo_id)
        algo.status = AlgoStatus.TRIGGERED
        algo.actual_order_id, algo.actual_type = order.order_id, order.type
        self._tell(algo, now_us)
        self._desk.place(member, order, now_us)

    def _request(self, member: Member, algo: AlgoOrder, quantity_u: int) -> NewOrder:
        with_price = algo.type in algo_checks.WITH_PRICE
        matched = algo.price_match is not PriceMatch.NONE
        name: str | None = algo.client_algo_id
        if not self._name_is_order_name or name in member.on[algo.symbol].open_client_ids:
            name = None
        resting = FuturesTimeInForce.GTC if algo.time_in_force is _GTE else algo.time_in_force
        return NewOrder(
            symbol=algo.symbol,
            side=algo.side,
            type=FuturesOrderType.LIMIT if with_price else FuturesOrderType.MARKET,
            position_side=algo.position_side,
            time_in_force=resting if with_price else None,
            quantity=from_units(quantity_u),
            price=algo.price if with_price and not matched else None,
            client_order_id=name,
            reduce_only=algo.reduce_only or None,
            price_match=algo.price_match if matched else None,
            self_trade_prevention_mode=algo.self_trade_prevention_mode,
            good_till_us=algo.good_till_us or None if with_price else None,
        )

    def _follow(self, order: Order, now_us: int) -> None:
        """Keep up with the order that a conditional one became."""
        algo = self._core.members[order.account_id].algos.get(order.algo_id or 0)
        if algo is None:
            return
        algo.actual_executed_u, algo.actual_quote_u = order.executed_u, order.cumulative_quote_u
        algo.updated_us = now_us
        if not order.is_open:
            algo.status = AlgoStatus.FINISHED
            self._tell(algo, now_us)

    def _end(self, algo: AlgoOrder, status: AlgoStatus, now_us: int, reason: str = "") -> None:
        self._core.members[algo.account_id].open_algos.pop(algo.algo_id, None)
        self._core.venues[algo.symbol].waiting.pop(algo.algo_id, None)
        algo.status = status
        algo.failure_reason = reason
        self._tell(algo, now_us)

    def _tell(self, algo: AlgoOrder, now_us: int) -> None:
        algo.updated_us = now_us
        self._core.events.append(AlgoUpdate(account_id=algo.account_id, time_us=now_us, algo=algo.snapshot()))

    @staticmethod
    def _find(algos: dict[int, AlgoOrder], algo_id: int | None, name: str | None) -> AlgoOrder | None:
        if algo_id is None and name is None:
            raise rules.missing("algoId")
        if algo_id is not None:
            return algos.get(algo_id)
        return next((one for one in reversed(algos.values()) if one.client_algo_id == name), None)
