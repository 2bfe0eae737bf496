"""The futures exchange as its doors and its market see it: one method for everything that may be asked of it."""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from binance_nb.models.enums import MarginType, PositionSide
from binance_nb.sandbox.engine.commands import EngineError
from binance_nb.sandbox.engine.market_view import MarketView
from binance_nb.sandbox.engine.records import Trade
from binance_nb.sandbox.engine.units import to_units
from binance_nb.sandbox.futures.account_queries import AccountQueries
from binance_nb.sandbox.futures.account_view import Figures
from binance_nb.sandbox.futures.accounts import Member
from binance_nb.sandbox.futures.algos import AlgoService
from binance_nb.sandbox.futures.commands import CancelOrder, ModifyOrder, NewAlgoOrder, NewOrder
from binance_nb.sandbox.futures.core import INSURANCE_ACCOUNT, FuturesCore, Venue
from binance_nb.sandbox.futures.desk import Desk
from binance_nb.sandbox.futures.events import Event
from binance_nb.sandbox.futures.liquidation import Liquidator
from binance_nb.sandbox.futures.margin import Margins
from binance_nb.sandbox.futures.matching import Matcher
from binance_nb.sandbox.futures.position import Position
from binance_nb.sandbox.futures.records import (
    AlgoOrder,
    FundingRate,
    MarkPrice,
    Order,
    PositionMargin,
    SymbolConfig,
)
from binance_nb.sandbox.futures.rules import refused
from binance_nb.sandbox.futures.settings import Settings
from binance_nb.sandbox.futures.specs import SymbolSpec
from binance_nb.sandbox.futures.timing import Timekeeper, prices_of

Asked = TypeVar("Asked")

MOST_IN_BATCH = 5
MOST_CANCELS_IN_BATCH = 10


class FuturesExchange(AccountQueries, MarketView):
    """A USD-M futures exchange. One instance holds every symbol, book and account.

    `seed` feeds what the exchange makes at random (client order ids). The same calls with the same times on an exchange
    of the same seed give the same ids, fills and events. Refusals are EngineErrors; a refused call changes nothing.
    """

    def __init__(self, symbols: Sequence[SymbolSpec], *, seed: int = 7, algo_name_is_order_name: bool = True) -> None:
        """Open an exchange without accounts but its own.

        `algo_name_is_order_name`: the order that a conditional one became carries its client id. Not confirmed of the
        real exchange, hence a switch.
        """
        self._core = core = FuturesCore(symbols, random.Random(seed))  # noqa: S311 - no secrets come of it
        self._margins = margins = Margins(core)
        matcher = Matcher(core)
        self._desk = Desk(core, matcher, margins)
        self._algos = AlgoService(core, self._desk, name_is_order_name=algo_name_is_order_name)
        self._settings = Settings(core, margins)
        self._figures = Figures(core, margins)
        self._time = Timekeeper(core, self._desk, self._algos, Liquidator(core, margins, matcher))
        core.members[INSURANCE_ACCOUNT] = Member(INSURANCE_ACCOUNT, 0, 0, silent=True)

    # -- symbols and accounts ------------------------------------------------------------------------------------

    @property
    def symbols(self) -> Mapping[str, SymbolSpec]:
        """Every symbol by name, in the order given."""
        return {name: venue.spec for name, venue in self._core.venues.items()}

    def symbol(self, name: str) -> SymbolSpec:
        """Return the symbol; raise -1121 if there is none."""
        return self._core.venue(name).spec

    def open_account(self, balance: Decimal, now_us: int, *, silent: bool = False) -> int:
        """Open an account with this much USDT and return its id.

        A silent one belongs to the house: no reports, no margin, no commission.
        """
        account_id = len(self._core.members)
        wallet_u = to_units(balance)
        self._core.members[account_id] = Member(account_id, wallet_u, now_us, silent=silent)
        self._core.deposited_u += wallet_u
        return account_id

    def reset_account(self, account_id: int, balance: Decimal, now_us: int) -> None:
        """Cancel all orders, hand positions to the exchange at the mark price, forget the history, set the wallet."""
        core = self._core
        member = core.members[account_id]
        self._algos.expire_all(member, now_us)
        for symbol, known in member.on.items():
            self._desk.cancel_all(member, symbol, now_us)
            for position in known.positions.values():
                self._take_over(member, position, now_us)
        wallet_u = to_units(balance)
        core.deposited_u += wallet_u - member.wallet_u
        member.forget(wallet_u)
        core.touch(member)
        core.settle_step(now_us, "ADJUSTMENT")

    def transfer(self, account_id: int, amount: Decimal, now_us: int) -> None:
        """Move USDT into the wallet, or out of it if negative; -2019 if so much is not available."""
        member = self._core.members[account_id]
        amount_u = to_units(amount)
        cross = self._margins.cross(member)
        if amount_u < 0 and cross.available_u - max(0, cross.unrealized_u) < -amount_u:
            raise refused(-2019, "Margin is insufficient.")
        self._core.deposited_u += amount_u
        self._core.pay(member, amount_u, "TRANSFER", now_us)
        self._core.settle_step(now_us, "DEPOSIT" if amount_u > 0 else "WITHDRAW", amount_u)

    # -- orders --------------------------------------------------------------------------------------------------

    def place_order(self, account_id: int, order: NewOrder, now_us: int) -> Order:
        """Place a MARKET or LIMIT order and return a snapshot of it after its taker phase; -4120 for a conditional."""
        member = self._core.members[account_id]
        prepared = self._desk.prepare(member, order, now_us)
        placed = self._desk.place(member, prepared, now_us).snapshot()
        self._finish(now_us)
        return placed

    def test_order(self, account_id: int, order: NewOrder, now_us: int) -> None:
        """Check an order as far as the book."""
        self._desk.prepare(self._core.members[account_id], order, now_us)

    def modify_order(self, account_id: int, change: ModifyOrder, now_us: int) -> Order:
        """Change price and quantity of an open LIMIT order; it may come back CANCELED."""
        changed = self._desk.modify(self._core.members[account_id], change, now_us).snapshot()
        self._finish(now_us)
        return changed

    def cancel_order(self, account_id: int, cancel: CancelOrder, now_us: int) -> Order:
        """Cancel an order; -2011 if it is not open."""
        cancelled = self._desk.cancel(self._core.members[account_id], cancel, now_us).snapshot()
        self._finish(now_us)
        return cancelled

    def cancel_open_orders(self, account_id: int, symbol: str, now_us: int) -> tuple[Order, ...]:
        """Cancel every regular open order on the symbol."""
        found = self._desk.cancel_all(self._core.members[account_id], symbol, now_us)
        self._finish(now_us)
        return tuple(order.snapshot() for order in found)

    def place_batch(self, account_id: int, orders: Sequence[NewOrder], now_us: int) -> tuple[Order | EngineError, ...]:
        """Place up to five orders, one after the other; each has its own answer."""
        return _each(orders, MOST_IN_BATCH, lambda one: self.place_order(account_id, one, now_us))

    def modify_batch(
        self, account_id: int, changes: Sequence[ModifyOrder], now_us: int
    ) -> tuple[Order | EngineError, ...]:
        """Modify up to five orders; each has its own answer."""
        return _each(changes, MOST_IN_BATCH, lambda one: self.modify_order(account_id, one, now_us))

    def cancel_batch(
        self, account_id: int, cancels: Sequence[CancelOrder], now_us: int
    ) -> tuple[Order | EngineError, ...]:
        """Cancel up to ten orders; each has its own answer."""
        return _each(cancels, MOST_CANCELS_IN_BATCH, lambda one: self.cancel_order(account_id, one, now_us))

    def set_countdown(self, account_id: int, symbol: str, countdown_us: int, now_us: int) -> None:
        """Cancel all open orders on the symbol after this time unless it is set anew; 0 switches it off."""
        self._core.venue(symbol)
        countdowns = self._core.members[account_id].countdowns
        if countdown_us:
            countdowns[symbol] = now_us + countdown_us
        else:
            countdowns.pop(symbol, None)

    # -- Algo Service --------------------------------------------------------------------------------------------

    def place_algo_order(self, account_id: int, order: NewAlgoOrder, now_us: int) -> AlgoOrder:
        """Hand a conditional order to the Algo Service."""
        return self._algos.place(self._core.members[account_id], order, now_us).snapshot()

    def cancel_algo_order(
        self, account_id: int, now_us: int, *, algo_id: int | None = None, client_algo_id: str | None = None
    ) -> AlgoOrder:
        """Cancel a conditional order that still waits; -2011."""
        member = self._core.members[account_id]
        return self._algos.cancel(member, now_us, algo_id=algo_id, client_algo_id=client_algo_id).snapshot()

    def cancel_open_algo_orders(self, account_id: int, symbol: str, now_us: int) -> tuple[AlgoOrder, ...]:
        """Cancel every conditional order that waits on the symbol."""
        self._core.venue(symbol)
        member = self._core.members[account_id]
        return tuple(
            self._algos.cancel(member, now_us, algo_id=one.algo_id, client_algo_id=None).snapshot()
            for one in tuple(member.open_algos.values())
            if one.symbol == symbol
        )

    # -- settings ------------------------------------------------------------------------------------------------

    def set_leverage(self, account_id: int, symbol: str, leverage: int, now_us: int) -> SymbolConfig:
        """Set the leverage of a symbol; -4028, -2027, -2028, -4161."""
        return self._settings.set_leverage(self._core.members[account_id], symbol, leverage, now_us)

    def set_margin_type(self, account_id: int, symbol: str, margin_type: MarginType, now_us: int) -> None:
        """Set cross or isolated margin; -4046, -4047, -4048."""
        member = self._core.members[account_id]
        self._settings.set_margin_type(member, symbol, margin_type)
        self._core.touch(member)
        self._core.settle_step(now_us, "MARGIN_TYPE_CHANGE")

    def change_position_margin(
        self,
        account_id: int,
        symbol: str,
        amount: Decimal,
        change_type: int,
        now_us: int,
        position_side: PositionSide = PositionSide.BOTH,
    ) -> PositionMargin:
        """Add to (1) or take from (2) an isolated position's margin; -4050, -4051, -4054, -4055."""
        member = self._core.members[account_id]
        answer = self._settings.change_margin(member, symbol, amount, change_type, position_side)
        self._core.settle_step(now_us, "MARGIN_TRANSFER")
        return answer

    def set_position_mode(self, account_id: int, now_us: int, *, dual: bool) -> None:
        """Set hedge (dual) or one-way mode; -4059, -4067, -4068."""
        member = self._core.members[account_id]
        self._settings.set_mode(member, dual=dual)
        member.updated_us = now_us

    # -- market data ---------------------------------------------------------------------------------------------

    def mark_price(self, symbol: str) -> MarkPrice:
        """Return mark price, index price and the funding to come."""
        venue = self._core.venue(symbol)
        return prices_of(venue, venue.mark.updated_us)

    def funding_rates(
        self, symbol: str | None = None, *, start_us: int | None = None, end_us: int | None = None, limit: int = 100
    ) -> tuple[FundingRate, ...]:
        """Return past fundings, oldest first; the latest when no start is given."""
        rows = [
            one
            for one in self._time.rates
            if symbol in (None, one.symbol)
            and (start_us is None or one.funding_us >= start_us)
            and (end_us is None or one.funding_us <= end_us)
        ]
        return tuple(rows[:limit] if start_us is not None else rows[-limit:])

    # -- time, market, control -----------------------------------------------------------------------------------

    def advance(self, now_us: int) -> None:
        """Let everything happen that is due: mark prices, funding, GTD, countdowns, liquidations."""
        self._time.advance(now_us)

    def set_index_price(self, symbol: str, price: Decimal, now_us: int) -> None:
        """Tell the index price; the mark price follows with the next `advance`."""
        venue = self._core.venue(symbol)
        venue.mark.index_u = to_units(price)
        if not venue.mark.updated_us:
            self._time.reprice(venue, now_us)

    def pin_mark_price(self, symbol: str, price: Decimal | None, now_us: int) -> None:
        """Hold the mark price where a lesson or a test wants it, at once; None lets it follow the market again."""
        venue = self._core.venue(symbol)
        venue.mark.pin(price)
        self._time.reprice(venue, now_us)
        self._time.watch(now_us)

    def pin_funding_rate(self, symbol: str, rate: Decimal | None, now_us: int) -> None:
        """Hold the next funding rate; None lets it follow the premium again."""
        venue = self._core.venue(symbol)
        venue.mark.pin_rate(rate)
        self._time.reprice(venue, now_us)

    def is_open(self, account_id: int, symbol: str, order_id: int) -> bool:
        """Whether the account has this order open."""
        return order_id in self._core.members[account_id].on[symbol].open

    def record_history(self, trades: Iterable[Trade]) -> None:
        """Put trades of the past on the tape (prices, candles, no orders), before the first live trade."""
        for trade in trades:
            self._core.venue(trade.symbol).tape.record(trade)
        for venue in self._core.venues.values():
            venue.tape.close_aggregate()

    def totals(self) -> dict[str, Decimal]:
        """Return where all money is: wallets, unrealized, fees, insurance and funding add up to what was deposited."""
        return self._core.totals()

    def drain_events(self) -> list[Event]:
        """Return every event since the last call, in the order they happened, and forget them."""
        events, self._core.events = self._core.events, []
        return events

    # -- inside --------------------------------------------------------------------------------------------------

    def _quoted(self, symbol: str) -> Venue:
        return self._core.venue(symbol)

    def _take_over(self, member: Member, position: Position, now_us: int) -> None:
        """Close a position against the exchange's own account at the mark price."""
        core = self._core
        insurer = core.members[INSURANCE_ACCOUNT]
        mark_u, quantity_u, is_buy = core.venues[position.symbol].mark_u, abs(position.amount_u), position.amount_u < 0
        taken = insurer.position(position.symbol, PositionSide.BOTH)
        for owner, one, buys in ((member, position, is_buy), (insurer, taken, not is_buy)):
            filled = one.fill(mark_u, quantity_u, 1, is_buy=buys, isolated=False)
            core.pay(owner, filled.realized_u, "REALIZED_PNL", now_us, symbol=position.symbol)

    def _finish(self, now_us: int) -> None:
        """End a step: what it triggered is worked, then all it changed is announced."""
        self._core.settle_step(now_us)
        self._algos.work_triggered(now_us)
        self._core.settle_step(now_us)


def _each(asked: Sequence[Asked], most: int, do: Callable[[Asked], Order]) -> tuple[Order | EngineError, ...]:
    """Do something for each of a batch; refusals become answers."""
    if not 1 <= len(asked) <= most:
        raise refused(-4082, "Invalid number of batch place orders.")

    def answer(one: Asked) -> Order | EngineError:
        try:
            return do(one)
        except EngineError as refusal:
            return refusal

    return tuple(answer(one) for one in asked)
