"""Where regular orders come in: they are prepared, checked against rules and margin, and handed to the matcher."""

from dataclasses import dataclass

from binance_nb.models.enums import (
    FuturesExecutionType,
    FuturesOrderType,
    FuturesTimeInForce,
    PriceMatch,
    SelfTradePreventionMode,
    WorkingType,
)
from binance_nb.sandbox.engine.commands import EngineError
from binance_nb.sandbox.engine.units import SCALE, from_units, notional_units, to_units
from binance_nb.sandbox.futures import rules
from binance_nb.sandbox.futures.accounts import Member
from binance_nb.sandbox.futures.commands import CancelOrder, ModifyOrder, NewOrder
from binance_nb.sandbox.futures.core import FuturesCore, Venue
from binance_nb.sandbox.futures.margin import Margins, cap_u, exposure_u
from binance_nb.sandbox.futures.matching import Matcher, market_bound_u
from binance_nb.sandbox.futures.records import AlgoOrder, Amendment, Order
from binance_nb.sandbox.futures.specs import MAX_AMENDMENTS

_TIF = FuturesTimeInForce
_POST_ONLY = frozenset({_TIF.GTX, _TIF.RPI})


@dataclass(slots=True, frozen=True)
class _Plan:
    """What an order would do now: the fills, and what would rest afterwards."""

    fills: list[tuple[int, int]]
    rests_u: int


class Desk:
    """Places, changes and cancels orders."""

    def __init__(self, core: FuturesCore, matcher: Matcher, margins: Margins) -> None:
        self._core = core
        self._matcher = matcher
        self._margins = margins
        self._next_amendment_id = 1

    # -- new orders ----------------------------------------------------------------------------------------------

    def prepare(self, member: Member, asked: NewOrder, now_us: int, algo: AlgoOrder | None = None) -> Order:
        """Return the order without an id if everything up to the book takes it; raise EngineError otherwise."""
        venue = self._core.venue(asked.symbol)
        if asked.type in rules.CONDITIONAL_TYPES:
            raise rules.refused(
                -4120,
                "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.",
            )
        side = rules.position_side(member, asked.position_side, reduce_only=asked.reduce_only)
        rules.check_mode(asked.self_trade_prevention_mode)
        if asked.quantity is None:
            raise rules.missing("quantity")
        is_market = asked.type is FuturesOrderType.MARKET
        quantity_u = rules.quantity_units(venue.spec, asked.quantity, is_market=is_market)
        # What the Algo Service made may end sooner than a new order must ask for.
        price_u = 0 if is_market else self._price_u(venue, asked, now_us if algo is None else 0)
        if is_market:
            for name, value in (("price", asked.price), ("timeInForce", asked.time_in_force)):
                if value is not None:
                    raise rules.unwanted(name)
        order = Order(
            account_id=member.account_id,
            symbol=asked.symbol,
            order_id=0,
            client_order_id=self._name(member, asked),
            side=asked.side,
            position_side=side,
            type=asked.type,
            time_in_force=asked.time_in_force or _TIF.GTC,
            quantity_u=quantity_u,
            price_u=price_u,
            created_us=now_us,
            updated_us=now_us,
            self_trade_prevention_mode=asked.self_trade_prevention_mode or SelfTradePreventionMode.EXPIRE_MAKER,
            orig_type=asked.type,
            price_match=asked.price_match or PriceMatch.NONE,
            reduce_only=bool(asked.reduce_only),
            good_till_us=asked.good_till_us or 0,
        )
        if algo is not None:
            _inherit(order, algo)
        self._check(member, venue, order)
        return order

    def place(self, member: Member, order: Order, now_us: int) -> Order:
        """Give a prepared order its id, announce it and let it trade; return it as it stands after that."""
        venue = self._core.venues[order.symbol]
        if not order.order_id:
            order.order_id = venue.take_order_id()
        member.opened(order)
        self._core.report(order, FuturesExecutionType.NEW, now_us)
        self._matcher.work(order, self._limit_u(venue, order), now_us)
        return order

    def _price_u(self, venue: Venue, asked: NewOrder, now_us: int) -> int:
        if asked.time_in_force is None:
            raise rules.missing("timeInForce")
        if asked.time_in_force is _TIF.GTE_GTC:
            raise rules.refused(-1115, "Invalid timeInForce.")
        rules.check_good_till(asked.time_in_force, asked.good_till_us, now_us)
        if rules.check_price_choice(asked.price, asked.price_match):
            match = asked.price_match or PriceMatch.NONE
            return rules.matched_price_u(venue, match, asked.side)
        return rules.price_units(venue.spec, asked.price) if asked.price is not None else 0

    def _name(self, member: Member, asked: NewOrder) -> str:
        name = asked.client_order_id
        if name is None:
            return self._core.new_client_id()
        rules.check_name(name)
        if name in member.on[asked.symbol].open_client_ids:
            raise rules.refused(-4116, "ClientOrderId is duplicated.")
        return name

    # -- checks --------------------------------------------------------------------------------------------------

    def _check(self, member: Member, venue: Venue, order: Order) -> None:
        """Raise if filters, the position or the margin refuse an order that does not rest anywhere yet."""
        if order.price_u:
            rules.check_percent_price(venue, order.price_u, is_buy=order.is_buy)
        if member.silent:
            return
        known = member.on[order.symbol]
        if order.order_id == 0 and len(known.open) >= venue.spec.max_num_orders:
            raise rules.refused(-2025, "Reach max open order limit.")
        if order.is_reducing:
            self._check_reducing(member, order)
        else:
            rules.check_notional(venue, order.price_u, order.remaining_u)
        plan = self._plan(venue, order)
        best = venue.book.opposite_of(order).best()
        limit_u = self._limit_u(venue, order)
        if (
            order.type is FuturesOrderType.MARKET
            and best is not None
            and not venue.book.opposite_of(order).reaches(best.price_u, limit_u)
        ):
            raise rules.refused(-4131, "The counterparty's best price does not meet the PERCENT_PRICE filter limit.")
        if order.time_in_force in _POST_ONLY and plan.fills:
            raise rules.refused(
                -5022, "Due to the order could not be executed as maker, the Post Only order will be rejected."
            )
        if order.time_in_force is _TIF.FOK and sum(quantity for _, quantity in plan.fills) < order.remaining_u:
            raise rules.refused(
                -5021, "Due to the order could not be filled immediately, the FOK order has been rejected."
            )
        if not order.is_reducing:
            self._check_margin(member, venue, order, plan)

    def _check_reducing(self, member: Member, order: Order) -> None:
        """Raise -2022 if there is nothing to reduce, or in hedge mode less than the closing orders together want."""
        known = member.on[order.symbol]
        there = known.positions[order.position_side].reducible_u(is_buy=order.is_buy)
        if member.dual:
            there -= sum(
                one.remaining_u
                for one in known.reducing.values()
                if one is not order and one.position_side is order.position_side
            )
            wanted = order.remaining_u
        else:
            wanted = 1
        if there < wanted:
            raise rules.refused(-2022, "ReduceOnly Order is rejected.")

    def _limit_u(self, venue: Venue, order: Order) -> int:
        if order.type is FuturesOrderType.LIMIT:
            return order.price_u
        return market_bound_u(venue.spec, venue.mark_u, is_buy=order.is_buy)

    def _plan(self, venue: Venue, order: Order) -> _Plan:
        fills = self._matcher.walk(order, self._limit_u(venue, order))
        stays = order.type is FuturesOrderType.LIMIT and order.time_in_force not in (_TIF.IOC, _TIF.FOK)
        taken = sum(quantity for _, quantity in fills)
        return _Plan(fills, order.remaining_u - taken if stays else 0)

    def _check_margin(self, member: Member, venue: Venue, order: Order, plan: _Plan) -> None:
        """Raise -2019 if the account could not carry what the order would do, -2027 if the position would be too large.

        The plan is tried on a copy of the position. An order that cannot make the position larger is always let in.
        """
        known = member.on[order.symbol]
        side = order.position_side
        position, wallet_u = known.positions[side], member.wallet_u
        reserved = known.reserved_u[side]
        before = exposure_u(known, side, venue.mark_u)
        trial = position.copy()
        index = 0 if order.is_buy else 1
        resting_u = notional_units(order.price_u, plan.rests_u)
        try:
            known.positions[side] = trial
            for price_u, quantity_u in plan.fills:
                filled = trial.fill(
                    price_u, quantity_u, known.leverage, is_buy=order.is_buy, isolated=known.is_isolated
                )
                commission = -(-notional_units(price_u, quantity_u) * to_units(venue.spec.taker_rate) // SCALE)
                member.wallet_u += filled.realized_u - commission
            reserved[index] += resting_u
            after = exposure_u(known, side, venue.mark_u)
            available = self._margins.cross(member).available_u
        finally:
            known.positions[side], member.wallet_u = position, wallet_u
            reserved[index] -= resting_u
        if after <= before:
            return
        if after > cap_u(venue.spec, known.leverage):
            raise rules.refused(-2027, "Exceeded the maximum allowable position at current leverage.")
        if available < 0:
            raise rules.refused(-2019, "Margin is insufficient.")

    # -- changes -------------------------------------------------------------------------------------------------

    def modify(self, member: Member, asked: ModifyOrder, now_us: int) -> Order:
        """Give an open LIMIT order a new price and quantity; it loses its place in the queue and may trade at once."""
        venue = self._core.venue(asked.symbol)
        order = self.find_open(member, asked.symbol, asked.order_id, asked.orig_client_order_id, code=-2013)
        if order.type is not FuturesOrderType.LIMIT:
            raise rules.refused(-5025, "Only limit order is supported.")
        if order.amendments >= MAX_AMENDMENTS:
            raise rules.refused(-5026, "Exceed maximum modify order limit.")
        if asked.side is not order.side:
            raise rules.refused(-1117, "Invalid side.")
        if rules.check_price_choice(asked.price, asked.price_match):
            price_u = rules.matched_price_u(venue, asked.price_match or PriceMatch.NONE, order.side)
        else:
            price_u = rules.price_units(venue.spec, asked.price) if asked.price is not None else 0
        quantity_u = rules.quantity_units(venue.spec, asked.quantity, is_market=False)
        if (price_u, quantity_u) == (order.price_u, order.quantity_u):
            raise rules.refused(-5027, "No need to modify the order.")
        if quantity_u <= order.executed_u:
            self._core.cancel(order, now_us)
            return order
        old = order.price_u, order.quantity_u
        crosses = self._change(member, venue, order, price_u, quantity_u)
        order.amendments += 1
        order.modify_id = asked.modify_id
        self._remember(member, order, old, now_us)
        self._core.moved(venue)
        self._core.report(order, FuturesExecutionType.AMENDMENT, now_us, modify_id=asked.modify_id)
        if crosses:
            self._core.cancel(order, now_us)
        else:
            self._matcher.work(order, order.price_u, now_us)
        return order

    def _change(self, member: Member, venue: Venue, order: Order, price_u: int, quantity_u: int) -> bool:
        """Take an order off the book and change it if it may be; return whether it is post-only and would now trade."""
        old = order.price_u, order.quantity_u
        core = self._core
        # Its own margin is free for the check. It keeps its place if it is refused: the book is left alone until then.
        change_u = notional_units(order.price_u, order.remaining_u)
        reserved = member.on[order.symbol].reserved_u[order.position_side]
        index = 0 if order.is_buy else 1
        counted = 0 if order.is_reducing else change_u
        reserved[index] -= counted
        order.price_u, order.quantity_u = price_u, quantity_u
        crosses = False
        try:
            self._check(member, venue, order)
        except EngineError as error:
            crosses = error.code == -5022
            if not crosses:
                raise
        finally:
            new = order.price_u, order.quantity_u
            order.price_u, order.quantity_u = old
            reserved[index] += counted
        core.unrest(order)
        order.price_u, order.quantity_u = new
        return crosses

    def _remember(self, member: Member, order: Order, old: tuple[int, int], now_us: int) -> None:
        member.on[order.symbol].amendments.append(
            Amendment(
                amendment_id=self._next_amendment_id,
                symbol=order.symbol,
                order_id=order.order_id,
                client_order_id=order.client_order_id,
                time_us=now_us,
                price_before=from_units(old[0]),
                price_after=order.price,
                qty_before=from_units(old[1]),
                qty_after=order.quantity,
                count=order.amendments,
            )
        )
        self._next_amendment_id += 1

    # -- cancels -------------------------------------------------------------------------------------------------

    def cancel(self, member: Member, asked: CancelOrder, now_us: int) -> Order:
        """Cancel an open order; -2011 if it is not open."""
        self._core.venue(asked.symbol)
        order = self.find_open(member, asked.symbol, asked.order_id, asked.orig_client_order_id, code=-2011)
        self._core.cancel(order, now_us)
        return order

    def cancel_all(self, member: Member, symbol: str, now_us: int) -> tuple[Order, ...]:
        """Cancel every open order on the symbol."""
        self._core.venue(symbol)
        found = tuple(member.on[symbol].open.values())
        for order in found:
            self._core.cancel(order, now_us)
        return found

    @staticmethod
    def find_open(member: Member, symbol: str, order_id: int | None, name: str | None, *, code: int) -> Order:
        """Return an open order by its id, else by its client order id."""
        known = member.on[symbol]
        if order_id is None and name is None:
            raise rules.missing("orderId")
        found = known.open.get(order_id) if order_id is not None else known.open_client_ids.get(name or "")
        if found is None:
            raise rules.refused(code, "Unknown order sent." if code == -2011 else "Order does not exist.")
        return found


def _inherit(order: Order, algo: AlgoOrder) -> None:
    """Let an order carry what the conditional order was that became it."""
    order.orig_type = algo.type
    order.algo_id = algo.algo_id
    order.close_position = algo.close_position
    order.stop_price_u = algo.trigger_price_u
    order.working_type = algo.working_type or WorkingType.CONTRACT_PRICE
    order.price_protect = algo.price_protect
    order.activate_price_u = algo.activate_price_u
    order.callback_rate = algo.callback_rate
