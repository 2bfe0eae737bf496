"""The state of the futures exchange and the few operations on it that everything else is made of.

Every change of an order passes through `report`, every change of a wallet through `pay`, and `settle_step` announces
what a step changed: trades put together, book levels, wallets and positions.
"""

import random
from collections import deque
from collections.abc import Callable, Sequence
from decimal import Decimal

from binance_nb.models.enums import FuturesExecutionType, OrderStatus, PositionSide
from binance_nb.sandbox.engine.book import OrderBook
from binance_nb.sandbox.engine.book_change import take_book_change
from binance_nb.sandbox.engine.commands import EngineError
from binance_nb.sandbox.engine.events import PublicAggTrade
from binance_nb.sandbox.engine.tape import Tape
from binance_nb.sandbox.engine.units import from_units, notional_units
from binance_nb.sandbox.futures.accounts import Member
from binance_nb.sandbox.futures.events import AccountUpdate, BalanceRow, Event, OrderUpdate, PositionRow
from binance_nb.sandbox.futures.mark import MarkTracker
from binance_nb.sandbox.futures.records import PERPETUAL_MARGIN_ASSET, AlgoOrder, Income, Order
from binance_nb.sandbox.futures.specs import SymbolSpec

INSURANCE_ACCOUNT = 0  # the exchange's own: it takes over what a liquidation could not sell
_ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ID_LENGTH = 22


class Venue:
    """One symbol with its book, its tape, its mark price and the conditional orders that wait for a price of it."""

    def __init__(self, spec: SymbolSpec) -> None:
        self.spec = spec
        self.book: OrderBook[Order] = OrderBook()
        self.tape = Tape(spec.symbol)
        self.tape.next_trade_id = 1  # 0 is an order event's word for "no trade"
        self.mark = MarkTracker(spec)
        self.waiting: dict[int, AlgoOrder] = {}
        self.next_order_id = 1

    @property
    def mark_u(self) -> int:
        """The mark price in units; before any price is known, the last trade's, else 0."""
        return self.mark.price_u or self.mark.on_grid(self.tape.last_u)

    def take_order_id(self) -> int:
        """Return the next order id."""
        self.next_order_id += 1
        return self.next_order_id - 1


class FuturesCore:
    """Symbols, accounts, events and the operations they share."""

    def __init__(self, symbols: Sequence[SymbolSpec], rng: random.Random) -> None:
        self.venues: dict[str, Venue] = {spec.symbol: Venue(spec) for spec in symbols}
        self.members: dict[int, Member] = {}
        self.events: list[Event] = []
        self.fees_u = 0  # commissions earned
        self.insurance_u = 0
        self.funding_u = 0  # what rounding left of fundings
        self.deposited_u = 0
        self.triggered: deque[AlgoOrder] = deque()  # conditions a price has met, worked after the current order
        self.on_progress: Callable[[Order, int], None] = _ignore  # the Algo Service follows the orders it made
        self.on_price: Callable[[Venue, int, int], None] = _ignore_price  # and the trades
        self.on_flat: Callable[[Member, str, PositionSide, int], None] = _ignore_flat  # and positions that end
        self._dirty: dict[int, Member] = {}
        self._moved: dict[str, Venue] = {}  # symbols whose book or tape a step may have changed
        self._next_tran_id = 1
        self._rng = rng

    def venue(self, symbol: str) -> Venue:
        """Return a symbol's venue; -1121 if there is none."""
        venue = self.venues.get(symbol)
        if venue is None:
            raise EngineError(code=-1121, message="Invalid symbol.")
        return venue

    def moved(self, venue: Venue) -> None:
        """Note that a symbol's book or tape changes in this step."""
        self._moved[venue.spec.symbol] = venue

    def new_client_id(self) -> str:
        """Return a client id of the form the exchange makes."""
        return "".join(self._rng.choices(_ID_LETTERS, k=_ID_LENGTH))

    # -- money ---------------------------------------------------------------------------------------------------

    def touch(self, member: Member, symbol: str | None = None, side: PositionSide = PositionSide.BOTH) -> None:
        """Note that a wallet, or a position, changed."""
        self._dirty[member.account_id] = member
        if symbol is None:
            member.wallet_touched = True
        else:
            member.touched[(symbol, side)] = None

    def pay(
        self, member: Member, amount_u: int, income_type: str, now_us: int, *, symbol: str = "", trade_id: str = ""
    ) -> None:
        """Change a wallet and write the change into the account's income history."""
        if not amount_u:
            return
        member.wallet_u += amount_u
        self.touch(member)
        if member.silent:
            return
        member.income.append(
            Income(
                symbol=symbol,
                income_type=income_type,
                income=from_units(amount_u),
                asset=PERPETUAL_MARGIN_ASSET,
                info=trade_id or income_type,
                time_us=now_us,
                tran_id=self._next_tran_id,
                trade_id=trade_id,
            )
        )
        self._next_tran_id += 1

    # -- orders on the book --------------------------------------------------------------------------------------

    def rest(self, order: Order) -> None:
        """Put an order at the end of its queue and count it into its account's order margin."""
        venue = self.venues[order.symbol]
        venue.book.side_of(order).add(order)
        self.moved(venue)
        self._reserve(order, notional_units(order.price_u, order.remaining_u))

    def unrest(self, order: Order) -> None:
        """Take an order out of the book, if it rests there."""
        if order.display_u:
            venue = self.venues[order.symbol]
            self._reserve(order, -notional_units(order.price_u, order.remaining_u))
            venue.book.side_of(order).remove(order)
            self.moved(venue)

    def rested_traded(self, order: Order, quantity_u: int) -> None:
        """Take what a resting order just traded (its executed quantity counts it already) out of the book."""
        venue = self.venues[order.symbol]
        self._reserve(order, -notional_units(order.price_u, quantity_u))
        venue.book.side_of(order).traded(order, quantity_u)

    def _reserve(self, order: Order, change_u: int) -> None:
        if not order.is_reducing:
            reserved = self.members[order.account_id].on[order.symbol].reserved_u[order.position_side]
            reserved[0 if order.is_buy else 1] += change_u

    # -- reports -------------------------------------------------------------------------------------------------

    def report(
        self,
        order: Order,
        execution_type: FuturesExecutionType,
        now_us: int,
        *,
        last_u: int = 0,
        last_price_u: int = 0,
        commission_u: int = 0,
        trade_id: int = 0,
        is_maker: bool = False,
        realized_u: int = 0,
        modify_id: int | None = None,
    ) -> None:
        """Announce a change of an order to its account, and to the Algo Service if it made the order."""
        order.updated_us = now_us
        member = self.members[order.account_id]
        if member.silent:
            return
        bids, asks = member.on[order.symbol].reserved_u[order.position_side]
        self.events.append(
            OrderUpdate(
                account_id=order.account_id,
                time_us=now_us,
                order=order.snapshot(),
                execution_type=execution_type,
                last_u=last_u,
                last_price_u=last_price_u,
                commission_u=commission_u,
                commission_asset=PERPETUAL_MARGIN_ASSET if last_u else None,
                trade_id=trade_id,
                is_maker=is_maker,
                realized_profit_u=realized_u,
                bids_notional_u=bids,
                asks_notional_u=asks,
                modify_id=modify_id,
            )
        )
        if order.algo_id is not None:
            self.on_progress(order, now_us)

    def end(
        self,
        order: Order,
        status: OrderStatus,
        now_us: int,
        *,
        reason: int = 0,
        execution_type: FuturesExecutionType = FuturesExecutionType.EXPIRED,
    ) -> None:
        """End an order that is not filled: out of the book, its name free, reported."""
        self.unrest(order)
        order.status = status
        order.expiry_reason = reason
        self.members[order.account_id].closed(order)
        self.report(order, execution_type, now_us)

    def cancel(self, order: Order, now_us: int) -> None:
        """Cancel an open order."""
        self.end(order, OrderStatus.CANCELED, now_us, execution_type=FuturesExecutionType.CANCELED)

    # -- the end of a step ---------------------------------------------------------------------------------------

    def settle_step(self, now_us: int, reason: str = "ORDER", change_u: int = 0, symbol: str | None = None) -> None:
        """Announce what a step changed; `reason` and `change_u` are for the account updates."""
        for venue in self._moved.values():
            closed = venue.tape.close_aggregate()
            if closed is not None:
                self.events.append(PublicAggTrade(closed))
            change = take_book_change(venue.spec.symbol, venue.book, now_us)
            if change is not None:
                self.events.append(change)
        self._moved.clear()
        while self._dirty:
            member = self._dirty.pop(next(iter(self._dirty)))
            self.announce(member, now_us, reason, change_u, symbol)

    def announce(self, member: Member, now_us: int, reason: str, change_u: int = 0, symbol: str | None = None) -> None:
        """Announce an account's wallet and the positions that changed."""
        self._dirty.pop(member.account_id, None)
        touched, member.touched = member.touched, {}
        member.wallet_touched = False
        member.updated_us = now_us
        if member.silent:
            return
        cross_u = member.wallet_u - member.isolated_u
        balance = BalanceRow(
            asset=PERPETUAL_MARGIN_ASSET,
            wallet_balance=from_units(member.wallet_u),
            cross_wallet_balance=from_units(cross_u),
            balance_change=from_units(change_u),
        )
        self.events.append(
            AccountUpdate(
                account_id=member.account_id,
                time_us=now_us,
                reason=reason,
                balances=(balance,),
                positions=tuple(self._row(member, *key) for key in touched),
                symbol=symbol,
            )
        )

    def _row(self, member: Member, symbol: str, side: PositionSide) -> PositionRow:
        known = member.on[symbol]
        position = known.positions[side]
        return PositionRow(
            symbol=symbol,
            position_side=side,
            position_amt=from_units(position.amount_u),
            entry_price=position.entry_price,
            break_even_price=position.break_even_price,
            accumulated_realized=from_units(position.realized_u),
            unrealized_profit=from_units(position.unrealized_u(self.venues[symbol].mark_u)),
            margin_type=known.margin_type,
            isolated_wallet=from_units(position.isolated_u),
        )

    def totals(self) -> dict[str, Decimal]:
        """Return where all money is; the first five add up to what was deposited."""
        members = self.members.values()
        unrealized = sum(
            position.unrealized_u(self.venues[position.symbol].mark_u)
            for member in members
            for _, position in member.held()
        )
        found = {
            "wallets": sum(member.wallet_u for member in members),
            "unrealized": unrealized,
            "fees": self.fees_u,
            "insurance": self.insurance_u,
            "funding": self.funding_u,
            "deposited": self.deposited_u,
        }
        return {name: from_units(amount) for name, amount in found.items()}


def _ignore(order: Order, now_us: int) -> None:
    """Nobody follows orders."""


def _ignore_price(venue: Venue, price_u: int, now_us: int) -> None:
    """Nobody follows prices."""


def _ignore_flat(member: Member, symbol: str, side: PositionSide, now_us: int) -> None:
    """Nobody follows positions."""
