"""The state of the exchange and the few operations on it that everything else is made of.

Every change of an order passes through `report`, every change of money through a `Member`, and `settle_step` announces
what a step changed: book levels, closed aggregate trades and balances.
"""

import copy
import random
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal

from binance_nb.models.enums import ExecutionType, ExpiryReason, OrderStatus, SymbolStatus
from binance_nb.sandbox.engine.accounts import Member
from binance_nb.sandbox.engine.book import OrderBook
from binance_nb.sandbox.engine.book_change import take_book_change
from binance_nb.sandbox.engine.commands import EngineError
from binance_nb.sandbox.engine.events import (
    AccountPosition,
    AssetBalance,
    Event,
    ListUpdate,
    OrderUpdate,
    PublicAggTrade,
)
from binance_nb.sandbox.engine.records import MARKET_TYPES, Allocation, Fill, Order, OrderList, PreventedMatch
from binance_nb.sandbox.engine.reference import ReferenceTracker
from binance_nb.sandbox.engine.specs import ExchangeSpec, Filter, SymbolSpec
from binance_nb.sandbox.engine.tape import Tape
from binance_nb.sandbox.engine.triggers import Triggers
from binance_nb.sandbox.engine.units import SCALE, notional_units, to_units

SOR_ACCOUNT = 0  # the exchange's own account behind SOR; it may owe what interchangeable quotes make equal
_ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ID_LENGTH = 22


class Venue:
    """One symbol with its book, its waiting orders, its tape and its counters."""

    def __init__(self, spec: SymbolSpec) -> None:
        self.spec = spec
        self.status: SymbolStatus = spec.status
        self.book: OrderBook[Order] = OrderBook()
        self.triggers = Triggers()
        minutes = [getattr(entry, "avg_price_mins", 0) for entry in spec.filters]
        self.tape = Tape(spec.symbol, [minute for minute in minutes if minute])
        self.reference = ReferenceTracker(spec.reference_price) if spec.reference_price else None
        self.step_u = spec.step_u
        # Each filter with its decimals in units, in the order of its fields.
        self.filters = tuple((entry, _units_of(entry)) for entry in spec.filters)
        self.next_order_id = 1
        self.next_execution_id = 1
        self.next_prevented_match_id = 0
        self.next_allocation_id = 0

    def take_order_id(self) -> int:
        """Return the next order id."""
        self.next_order_id += 1
        return self.next_order_id - 1

    def take_execution_id(self) -> int:
        """Return the next execution id."""
        self.next_execution_id += 1
        return self.next_execution_id - 1

    def reference_u(self, now_us: int) -> int | None:
        """Return the reference price, None if the symbol has none now."""
        return self.reference.price_u(now_us) if self.reference else None

    def average_u(self, minutes: int, now_us: int) -> int:
        """Return what a filter compares with: the reference price, or the average of the last minutes (filters.md)."""
        return self.reference_u(now_us) or self.tape.average_u(minutes, now_us)


@dataclass(slots=True)
class Outcome:
    """What came of one order while it was placed, for the answer to its sender."""

    fills: list[Fill] = field(default_factory=list)
    prevented: list[PreventedMatch] = field(default_factory=list)


class Core:
    """Symbols, accounts, events and the operations they share."""

    def __init__(self, symbols: Sequence[SymbolSpec], spec: ExchangeSpec, rng: random.Random) -> None:
        self.spec = spec
        self.specs: dict[str, SymbolSpec] = {entry.symbol: entry for entry in symbols}
        self.venues: dict[str, Venue] = {entry.symbol: Venue(entry) for entry in symbols}
        self.members: dict[int, Member] = {}
        self.dirty: dict[int, Member] = {}  # accounts whose balances changed in this step
        self.events: list[Event] = []
        self.fees_u: dict[str, int] = {}  # what the exchange has earned
        self.next_list_id = 0
        self.triggered: deque[Order] = deque()  # orders a trade has triggered, to be worked after the current one
        self.ready_lists: deque[OrderList] = deque()  # lists whose working order is filled, likewise
        self._rng = rng

    def venue(self, symbol: str) -> Venue:
        """Return a symbol's venue; -1121 if there is none."""
        venue = self.venues.get(symbol)
        if venue is None:
            raise EngineError(code=-1121, message="Invalid symbol.")
        return venue

    def member(self, account_id: int) -> Member:
        """Return an account with its indexes; KeyError if there is none."""
        return self.members[account_id]

    def owner(self, order: Order) -> Member:
        """Return whose order it is."""
        return self.members[order.account_id]

    def new_client_id(self) -> str:
        """Return a client id of the form the exchange makes."""
        return "".join(self._rng.choices(_ID_LETTERS, k=_ID_LENGTH))

    # -- money ---------------------------------------------------------------------------------------------------

    def paying_asset(self, order: Order) -> str:
        """Return the asset an order pays with."""
        spec = self.specs[order.symbol]
        return spec.quote_asset if order.is_buy else spec.base_asset

    def need_u(self, order: Order) -> int:
        """Return how much of its paying asset an order must have locked, in units.

        A buy order needs its limit price (a waiting one without a limit: its stop price) times what is left, a sell
        order what is left. Orders that trade at once at any price, and pending ones, hold nothing.
        """
        if order.status is OrderStatus.PENDING_NEW or not order.is_open or order.lock_price_u == 0:
            return 0
        return notional_units(order.lock_price_u, order.remaining_u) if order.is_buy else order.remaining_u

    def relock(self, order: Order, target_u: int) -> None:
        """Bring what an order has locked to the target."""
        self.owner(order).lock(self.paying_asset(order), target_u - order.locked_u)
        order.locked_u = target_u

    def value_of(self, asset: str, in_asset: str) -> tuple[int, int] | None:
        """Return one asset's price in another as a fraction, by a symbol of the two or through a common quote asset."""
        if asset == in_asset:
            return 1, 1
        direct = self._direct_value(asset, in_asset)
        if direct is not None:
            return direct
        for middle in dict.fromkeys(spec.quote_asset for spec in self.specs.values()):
            first, second = self._direct_value(asset, middle), self._direct_value(middle, in_asset)
            if first is not None and second is not None:
                return first[0] * second[0], first[1] * second[1]
        return None

    def _direct_value(self, asset: str, in_asset: str) -> tuple[int, int] | None:
        for spec in self.specs.values():
            last = self.venues[spec.symbol].tape.last_u
            if not last:
                continue
            if (spec.base_asset, spec.quote_asset) == (asset, in_asset):
                return last, SCALE
            if (spec.base_asset, spec.quote_asset) == (in_asset, asset):
                return SCALE, last
        return None

    # -- reports -------------------------------------------------------------------------------------------------

    def report(
        self,
        order: Order,
        execution_type: ExecutionType,
        now_us: int,
        *,
        client_order_id: str | None = None,
        orig_client_order_id: str = "",
        reject_reason: str = "NONE",
        last_u: int = 0,
        last_price_u: int = 0,
        last_quote_u: int = 0,
        commission_u: int = 0,
        commission_asset: str | None = None,
        trade_id: int = -1,
        is_maker: bool = False,
        allocation: Allocation | None = None,
        prevented_match: PreventedMatch | None = None,
        last_prevented_u: int = 0,
        prevented_execution_u: int = 0,
    ) -> int:
        """Announce a change of an order to its account and return the execution id."""
        execution_id = self.venues[order.symbol].take_execution_id()
        order.updated_us = now_us
        if self.members[order.account_id].account.silent:
            return execution_id
        match = prevented_match
        counter_id, counter_symbol = -1, ""
        if match is not None:
            is_taker = order.order_id == match.taker_order_id and order.symbol == match.symbol
            counter_id = match.maker_order_id if is_taker else match.taker_order_id
            counter_symbol = match.maker_symbol if is_taker else match.symbol
        self.events.append(
            OrderUpdate(
                account_id=order.account_id,
                time_us=now_us,
                order=order.snapshot(),
                execution_type=execution_type,
                execution_id=execution_id,
                client_order_id=client_order_id or order.client_order_id,
                orig_client_order_id=orig_client_order_id,
                reject_reason=reject_reason,
                is_on_book=order.is_working and order.is_open and (last_u == 0 or order.type not in MARKET_TYPES),
                last_u=last_u,
                last_price_u=last_price_u,
                last_quote_u=last_quote_u,
                commission_u=commission_u,
                commission_asset=commission_asset,
                trade_id=trade_id,
                is_maker=is_maker,
                match_type="ONE_PARTY_TRADE_REPORT" if allocation else None,
                allocation_id=allocation.allocation_id if allocation else None,
                prevented_match=match,
                counter_order_id=counter_id,
                counter_symbol=counter_symbol,
                last_prevented_u=last_prevented_u,
                prevented_execution_u=prevented_execution_u,
                prevented_execution_price_u=match.price_u if match else 0,
                prevented_execution_quote_u=notional_units(match.price_u, prevented_execution_u) if match else 0,
            )
        )
        return execution_id

    def report_list(self, order_list: OrderList, now_us: int) -> None:
        """Announce a change of an order list."""
        order_list.transaction_us = now_us
        if not self.members[order_list.account_id].account.silent:
            self.events.append(
                ListUpdate(account_id=order_list.account_id, time_us=now_us, order_list=copy.copy(order_list))
            )

    # -- ends ----------------------------------------------------------------------------------------------------

    def close(self, order: Order, status: OrderStatus, reason: ExpiryReason | None = None) -> None:
        """End an order: out of the book and the triggers, its money unlocked, its name free. Reports nothing."""
        venue = self.venues[order.symbol]
        remaining = order.remaining_u
        if order.display_u:
            venue.book.side_of(order).remove(order)
        venue.triggers.discard(order)
        order.status = status
        order.expiry_reason = reason
        self.relock(order, 0)
        self.owner(order).closed(order, remaining)

    def expire(
        self, order: Order, reason: ExpiryReason, now_us: int, status: OrderStatus = OrderStatus.EXPIRED
    ) -> None:
        """End an order by the rules, and report it."""
        self.close(order, status, reason)
        self.report(order, ExecutionType.EXPIRED, now_us)

    # -- the end of a step ---------------------------------------------------------------------------------------

    def settle_step(self, symbols: Iterable[str], now_us: int) -> None:
        """Announce what a step changed: aggregate trades that are complete, book levels, balances."""
        for symbol in symbols:
            venue = self.venues[symbol]
            closed = venue.tape.close_aggregate()
            if closed is not None:
                self.events.append(PublicAggTrade(closed))
            change = take_book_change(symbol, venue.book, now_us)
            if change is not None:
                self.events.append(change)
        while self.dirty:
            self._announce_position(self.dirty.pop(next(iter(self.dirty))), now_us)

    def _announce_position(self, member: Member, now_us: int) -> None:
        account = member.account
        account.updated_us = now_us
        touched, member.touched = member.touched, {}
        balances = tuple(
            AssetBalance(asset, account.balances[asset].free, account.balances[asset].locked) for asset in touched
        )
        self.events.append(AccountPosition(account_id=account.account_id, time_us=now_us, balances=balances))

    def credit_fee(self, asset: str, amount_u: int) -> None:
        """Give a commission to the exchange."""
        self.fees_u[asset] = self.fees_u.get(asset, 0) + amount_u

    def account_list(self, order: Order) -> OrderList | None:
        """Return the list an order belongs to, if any."""
        return self.owner(order).lists.get(order.order_list_id) if order.order_list_id >= 0 else None


def _units_of(entry: Filter) -> tuple[int, ...]:
    values = (getattr(entry, one.name) for one in fields(entry))
    return tuple(to_units(value) for value in values if isinstance(value, Decimal))
