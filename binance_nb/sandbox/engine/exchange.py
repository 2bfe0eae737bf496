"""The exchange as its doors see it: one method a request. No I/O, no clock of its own: every change is told the time.

Money goes in and comes out as Decimal; inside it is whole units of 10^-8. All refusals are `EngineError` with the
documented code and text. What happened is appended to a list of events that the door drains.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from binance_nb.models.enums import ExpiryReason, OrderSide, SymbolStatus
from binance_nb.sandbox.engine.account_view import AccountView
from binance_nb.sandbox.engine.accounts import Member
from binance_nb.sandbox.engine.admission import INSUFFICIENT_BALANCE, check_name, check_rights, rejected
from binance_nb.sandbox.engine.changes import Changes
from binance_nb.sandbox.engine.commands import (
    AmendOrder,
    CancelOrder,
    CancelOrderList,
    CancelReplace,
    EngineError,
    NewOrder,
    NewOrderList,
)
from binance_nb.sandbox.engine.commissions import rates_for_side, rates_of
from binance_nb.sandbox.engine.core import SOR_ACCOUNT, Core, Venue
from binance_nb.sandbox.engine.counts import OrderCounter
from binance_nb.sandbox.engine.desk import Desk
from binance_nb.sandbox.engine.events import BalanceChange, Event, ExternalLock
from binance_nb.sandbox.engine.journal import Line, journaled
from binance_nb.sandbox.engine.list_desk import ListDesk
from binance_nb.sandbox.engine.lists import Lists
from binance_nb.sandbox.engine.market_view import MarketView
from binance_nb.sandbox.engine.records import (
    Account,
    AmendedOrder,
    Balance,
    Cancellation,
    CancelReplaced,
    CommissionRates,
    ListCancellation,
    ListPlacement,
    OrderCount,
    Placement,
    Rates,
    ReferencePrice,
    Trade,
)
from binance_nb.sandbox.engine.specs import ExchangeSpec, Filter, SymbolSpec
from binance_nb.sandbox.engine.units import from_units, to_units

FIRST_UID = 354_937_868


class Exchange(AccountView, MarketView):
    """A spot exchange. One instance holds every symbol, book and account.

    `seed` feeds what the exchange makes at random (client order ids). The same calls with the same times on an
    exchange of the same seed give the same ids, fills and events.
    """

    def __init__(
        self,
        symbols: Sequence[SymbolSpec],
        *,
        spec: ExchangeSpec | None = None,
        seed: int | random.Random = 7,
        journal: Line | None = None,
    ) -> None:
        """Open an exchange without accounts; `journal` is called with a line of JSON for every change asked for."""
        self.journal = journal
        self._rng = seed if isinstance(seed, random.Random) else random.Random(seed)  # noqa: S311 - no secrets come of it
        self._core = Core(symbols, spec or ExchangeSpec(), self._rng)
        self._lists = lists = Lists(self._core)
        desk = Desk(self._core, lists)
        self._desk = desk
        self._list_desk = ListDesk(self._core, lists, desk)
        self._changes = Changes(self._core, lists, desk)
        self._assets = tuple(dict.fromkeys(a for one in symbols for a in (one.base_asset, one.quote_asset)))
        self._next_account_id = SOR_ACCOUNT
        self._add_member({}, 0, overdraft=True, silent=True)

    # -- symbols -------------------------------------------------------------------------------------------------

    @property
    def spec(self) -> ExchangeSpec:
        """The rules of the exchange as a whole: filters, order limits, SOR."""
        return self._core.spec

    @property
    def symbols(self) -> Mapping[str, SymbolSpec]:
        """Every symbol by name, in the order given."""
        return {name: self.symbol(name) for name in self._core.specs}

    @property
    def assets(self) -> tuple[str, ...]:
        """Every asset some symbol names, in order of first mention."""
        return self._assets

    def symbol(self, name: str) -> SymbolSpec:
        """Return the symbol; raise -1121 if there is none."""
        venue = self._core.venue(name)
        return venue.spec if venue.status is venue.spec.status else replace(venue.spec, status=venue.status)

    @journaled
    def set_symbol_status(self, name: str, status: SymbolStatus, now_us: int) -> None:
        """Open or close a symbol. Orders on it stay; new ones are refused unless it is TRADING."""
        self._core.venue(name).status = status

    # -- accounts ------------------------------------------------------------------------------------------------

    @journaled
    def open_account(
        self,
        balances: Mapping[str, Decimal],
        now_us: int,
        *,
        uid: int | None = None,
        can_trade: bool = True,
        permissions: Iterable[str] = ("SPOT",),
        trade_group_id: int = -1,
        commission: CommissionRates | None = None,
        symbol_commission: Mapping[str, CommissionRates] | None = None,
        max_asset: Mapping[str, Decimal] | None = None,
        prevent_sor: bool = False,
        silent: bool = False,
    ) -> int:
        """Open an account with these free balances and return its id. `silent` is for the market's own accounts."""
        return self._add_member(
            balances,
            now_us,
            uid=uid,
            can_trade=can_trade,
            permissions=frozenset(permissions),
            trade_group_id=trade_group_id,
            commission=commission,
            symbol_commission=dict(symbol_commission or {}),
            max_asset_u={asset: to_units(limit) for asset, limit in (max_asset or {}).items()},
            prevent_sor=prevent_sor,
            silent=silent,
        )

    @journaled
    def reset_account(self, account_id: int, balances: Mapping[str, Decimal], now_us: int) -> None:
        """Expire all open orders (EXCHANGE_CANCELED), forget the history, set the balances: the monthly reset."""
        old = self._core.member(account_id)
        for symbol, known in old.on.items():
            for order in list(known.open.values()):
                self._core.expire(order, ExpiryReason.EXCHANGE_CANCELED, now_us)
            self._core.settle_step((symbol,), now_us)
        for order_list in list(old.open_lists.values()):
            self._lists.release_held(order_list)
            self._lists.finish_if_done(order_list, now_us)
        old.forget({asset: to_units(amount) for asset, amount in balances.items()}, self._assets)
        self._core.settle_step((), now_us)

    @journaled
    def deposit(self, account_id: int, asset: str, amount: Decimal, now_us: int) -> None:
        """Add to a free balance; announces balanceUpdate and the new position."""
        self._move(account_id, asset, to_units(amount), now_us)

    @journaled
    def withdraw(self, account_id: int, asset: str, amount: Decimal, now_us: int) -> None:
        """Take from a free balance; -2010 if there is not enough."""
        if not self._core.member(account_id).affords(asset, to_units(amount)):
            raise rejected(INSUFFICIENT_BALANCE)
        self._move(account_id, asset, -to_units(amount), now_us)

    @journaled
    def lock_externally(self, account_id: int, asset: str, change: Decimal, now_us: int) -> None:
        """Let an outside system lock part of a balance (or unlock it, if negative); -2010 if there is not enough."""
        member = self._core.member(account_id)
        change_u = to_units(change)
        outside = member.account.locked_outside_u
        if member.free_u(asset) < change_u or outside.get(asset, 0) + change_u < 0:
            raise rejected(INSUFFICIENT_BALANCE)
        member.lock(asset, change_u)
        outside[asset] = outside.get(asset, 0) + change_u
        self._core.events.append(
            ExternalLock(account_id=account_id, time_us=now_us, asset=asset, delta=from_units(change_u))
        )
        self._core.settle_step((), now_us)

    def account(self, account_id: int) -> Account:
        """Return the account itself (do not change it): balances by asset, rights, rates."""
        return self._core.member(account_id).account

    def commission_rates(self, account_id: int, symbol: str) -> CommissionRates:
        """Return what the account pays on the symbol."""
        self._core.venue(symbol)
        return rates_of(self._core.member(account_id), symbol)

    def order_commission(self, account_id: int, order: NewOrder) -> tuple[Rates, Rates, Rates, CommissionRates]:
        """Return standard, special and tax rates of the order, buyer or seller part added in, and the discount."""
        rates = self.commission_rates(account_id, order.symbol)
        is_buyer = order.side is OrderSide.BUY
        return (
            rates_for_side(rates.standard, is_buyer=is_buyer),
            rates_for_side(rates.special, is_buyer=is_buyer),
            rates_for_side(rates.tax, is_buyer=is_buyer),
            rates,
        )

    def order_counts(self, account_id: int, now_us: int) -> tuple[OrderCount, ...]:
        """Return the unfilled order count of every interval."""
        return self._core.member(account_id).counter.counts(now_us)

    def filters(
        self, account_id: int, symbol: str
    ) -> tuple[tuple[Filter, ...], tuple[Filter, ...], Mapping[str, Decimal]]:
        """Return exchange filters, symbol filters and MAX_ASSET limits by asset that bind the account on the symbol."""
        venue = self._core.venue(symbol)
        limits = self._core.member(account_id).account.max_asset_u
        wanted = (venue.spec.base_asset, venue.spec.quote_asset)
        assets = {asset: from_units(limits[asset]) for asset in wanted if asset in limits}
        return self._core.spec.exchange_filters, venue.spec.filters, assets

    # -- orders --------------------------------------------------------------------------------------------------

    @journaled
    def place_order(self, account_id: int, order: NewOrder, now_us: int) -> Placement:
        """Place an order; `order.use_sor` routes it. Raises EngineError if it is refused."""
        member = self._core.member(account_id)
        prepared = self._desk.prepare(member, order, now_us)
        excess = None if member.account.silent else member.counter.excess(1, now_us)
        if excess is not None:
            raise excess
        return self._desk.place(member, prepared, now_us)

    @journaled
    def test_order(self, account_id: int, order: NewOrder, now_us: int) -> None:
        """Check an order as far as the book, without placing or counting it."""
        member = self._core.member(account_id)
        prepared = self._desk.prepare(member, order, now_us)
        check_rights(self._core.venue(order.symbol), member)
        check_name(member, prepared)

    @journaled
    def cancel_order(self, account_id: int, cancel: CancelOrder, now_us: int) -> Cancellation | ListCancellation:
        """Cancel an order; one that belongs to a list takes the whole list with it (then a ListCancellation)."""
        return self._changes.cancel(self._core.member(account_id), cancel, now_us)

    @journaled
    def cancel_open_orders(
        self, account_id: int, symbol: str, now_us: int
    ) -> tuple[Cancellation | ListCancellation, ...]:
        """Cancel every open order of the account on the symbol; -2011 if there is none."""
        return self._changes.cancel_all(self._core.member(account_id), symbol, now_us)

    @journaled
    def cancel_replace(self, account_id: int, request: CancelReplace, now_us: int) -> CancelReplaced:
        """Cancel an order and place another; raises only what concerns the request as a whole (filters, -1015)."""
        return self._changes.cancel_replace(self._core.member(account_id), request, now_us)

    @journaled
    def amend_order(self, account_id: int, amend: AmendOrder, now_us: int) -> AmendedOrder:
        """Reduce an order's quantity in place; -2038 if the engine refuses."""
        return self._changes.amend(self._core.member(account_id), amend, now_us)

    @journaled
    def place_order_list(self, account_id: int, order_list: NewOrderList, now_us: int) -> ListPlacement:
        """Place an OCO, OTO, OTOCO, OPO or OPOCO."""
        return self._list_desk.place(self._core.member(account_id), order_list, now_us)

    @journaled
    def cancel_order_list(self, account_id: int, cancel: CancelOrderList, now_us: int) -> ListCancellation:
        """Cancel a whole list."""
        return self._changes.cancel_list(self._core.member(account_id), cancel, now_us)

    @journaled
    def set_reference_price(self, symbol: str, price: Decimal | None, now_us: int) -> None:
        """Give a symbol with an external rule its reference price."""
        tracker = self._core.venue(symbol).reference
        if tracker is None or not tracker.rule.is_external:
            raise ValueError(f"the reference price of {symbol} does not come from outside")
        tracker.set_external(None if price is None else to_units(price))

    def reference_price(self, symbol: str, now_us: int) -> ReferencePrice:
        """Return the reference price; -2043 if the symbol has none."""
        tracker = self._core.venue(symbol).reference
        if tracker is None or not tracker.ever_set:
            raise EngineError(code=-2043, message="This symbol doesn't have a reference price.")
        price = tracker.price_u(now_us)
        return ReferencePrice(symbol, None if price is None else from_units(price), now_us)

    # -- what happened -------------------------------------------------------------------------------------------

    def drain_events(self) -> list[Event]:
        """Return every event since the last call, in the order they happened, and forget them."""
        events, self._core.events = self._core.events, []
        return events

    # -- for the market and the bench ----------------------------------------------------------------------------

    def is_open(self, account_id: int, symbol: str, order_id: int) -> bool:
        """Whether the account has this order open."""
        return order_id in self._core.member(account_id).on[symbol].open

    @journaled
    def record_history(self, trades: Iterable[Trade]) -> None:
        """Put trades of the past on the tape (prices, candles, averages, no orders), before the first live trade."""
        for trade in trades:
            venue = self._core.venue(trade.symbol)
            venue.tape.record(trade)
            if venue.reference is not None:
                venue.reference.record(trade.price_u, trade.time_us)
        for venue in self._core.venues.values():
            venue.tape.close_aggregate()

    def totals(self) -> dict[str, Decimal]:
        """Return how much of each asset there is: every account's free and locked, and the exchange's earnings."""
        total: dict[str, int] = dict(self._core.fees_u)
        for member in self._core.members.values():
            for asset, balance in member.account.balances.items():
                total[asset] = total.get(asset, 0) + balance.free_u + balance.locked_u
        return {asset: from_units(amount) for asset, amount in total.items()}

    # -- inside --------------------------------------------------------------------------------------------------

    def _quoted(self, symbol: str) -> Venue:
        return self._core.venue(symbol)

    def _add_member(
        self,
        balances: Mapping[str, Decimal],
        now_us: int,
        *,
        uid: int | None = None,
        can_trade: bool = True,
        permissions: frozenset[str] = frozenset({"SPOT"}),
        trade_group_id: int = -1,
        commission: CommissionRates | None = None,
        symbol_commission: dict[str, CommissionRates] | None = None,
        max_asset_u: dict[str, int] | None = None,
        prevent_sor: bool = False,
        silent: bool = False,
        overdraft: bool = False,
    ) -> int:
        account_id = self._next_account_id
        self._next_account_id += 1
        free = CommissionRates(standard=Rates())
        account = Account(
            account_id=account_id,
            uid=uid if uid is not None else FIRST_UID + account_id,
            commission=commission or (free if silent else CommissionRates()),
            created_us=now_us,
            updated_us=now_us,
            can_trade=can_trade,
            prevent_sor=prevent_sor,
            permissions=permissions,
            trade_group_id=trade_group_id,
            silent=silent,
            overdraft=overdraft,
            symbol_commission=symbol_commission or {},
            max_asset_u=max_asset_u or {},
            balances={asset: Balance() for asset in self._assets},
        )
        for asset, amount in balances.items():
            account.balances[asset] = Balance(free_u=to_units(amount))
        counter = OrderCounter(self._core.spec.order_limits)
        self._core.members[account_id] = Member(account, counter, self._core.dirty)
        return account_id

    def _move(self, account_id: int, asset: str, change_u: int, now_us: int) -> None:
        self._core.member(account_id).balance(asset).free_u += change_u
        self._core.events.append(
            BalanceChange(account_id=account_id, time_us=now_us, asset=asset, delta=from_units(change_u))
        )
        self._core.settle_step((), now_us)
