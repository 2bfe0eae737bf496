"""What holds after any sequence of requests: money, positions, margins and reports add up."""

from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from perp_books import DUST, Books
from perp_world import BTC, PerpWorld

from binance_nb.models.enums import MarginType, OrderSide, PositionSide
from binance_nb.sandbox.futures.commands import EngineError

ETH = "ETHUSDT"
ACCOUNTS = st.integers(0, 2)
SIDES = st.sampled_from(["BUY", "SELL"])
SYMBOLS = st.sampled_from([BTC, ETH])
STEPS = st.integers(-6, 6)  # tenths of a percent from the mark price
LOTS = st.integers(10, 600)
SELDOM = st.sampled_from([False, False, False, True])
POSITION_SIDES = st.sampled_from(["LONG", "SHORT"])
STP = st.sampled_from(["NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"])
BASE = {BTC: 100_000, ETH: 3_000}


class AnyTrading(RuleBasedStateMachine):
    """Three accounts, one of them in hedge mode and one with isolated margin, ask for anything at any price."""

    def __init__(self) -> None:
        super().__init__()
        self.world = PerpWorld()
        self.books = Books(self.world.exchange)
        self.names: list[int] = []

    @initialize(
        balances=st.lists(st.integers(500, 9_000), min_size=3, max_size=3), leverage=st.sampled_from([10, 20, 50])
    )
    def open(self, balances: list[int], leverage: int) -> None:
        exchange = self.world.exchange
        self.world.mark("3000", ETH)
        self.names = [self.world.account(balance) for balance in balances]
        for account, balance in zip(self.names, balances, strict=True):
            self.books.open(account, Decimal(balance))
        exchange.set_position_mode(self.names[1], self.world.now_us, dual=True)
        for symbol in BASE:
            exchange.set_margin_type(self.names[2], symbol, MarginType.ISOLATED, self.world.now_us)
            for account in self.names:
                exchange.set_leverage(account, symbol, leverage, self.world.now_us)
        exchange.drain_events()

    def _price(self, symbol: str, step: int) -> Decimal:
        mark = self.world.exchange.mark_price(symbol).mark_price
        return (mark * (1000 + step) / 1000).quantize(Decimal("0.1"))

    def _more(self, account: int, position_side: str, reduce_only: bool) -> dict[str, object]:
        if account == self.names[1]:
            return {"side_of": position_side}
        return {"reduce_only": True} if reduce_only else {}

    def _collect(self) -> list[object]:
        """Book what was told, which holds fills, fees and fundings to their word as they come."""
        events = self.world.exchange.drain_events()
        for event in events:
            self.books.take(event)
        return events

    @rule(
        who=ACCOUNTS,
        side=SIDES,
        symbol=SYMBOLS,
        lots=LOTS,
        step=STEPS,
        tif=st.sampled_from(["GTC", "GTC", "GTC", "IOC", "FOK", "GTX"]),
        position_side=POSITION_SIDES,
        reduce_only=SELDOM,
        stp=STP,
    )
    def place_limit(
        self,
        who: int,
        side: str,
        symbol: str,
        lots: int,
        step: int,
        tif: str,
        position_side: str,
        reduce_only: bool,
        stp: str,
    ) -> None:
        more = self._more(self.names[who], position_side, reduce_only)
        self._place(who, "LIMIT", side, lots, self._price(symbol, step), symbol=symbol, tif=tif, stp=stp, **more)

    @rule(who=ACCOUNTS, side=SIDES, symbol=SYMBOLS, lots=LOTS, position_side=POSITION_SIDES, reduce_only=SELDOM)
    def place_market(self, who: int, side: str, symbol: str, lots: int, position_side: str, reduce_only: bool) -> None:
        self._place(who, "MARKET", side, lots, symbol=symbol, **self._more(self.names[who], position_side, reduce_only))

    def _place(self, who: int, kind: str, side: str, lots: int, price: object = None, **more: object) -> None:
        account, exchange = self.names[who], self.world.exchange
        cross = exchange._margins.cross(exchange._core.members[account])
        worth = self._margin_taken(account)
        try:
            self.world.place(account, kind, side, Decimal(lots) / 1000, price, **more)
        except EngineError:
            assert not exchange.drain_events()
            return
        after = exchange._margins.cross(exchange._core.members[account])
        # What only closes is let in whatever it costs: the asks above a long that is gone are margined on their own.
        if self._margin_taken(account) > worth and cross.available_u >= 0 and not more.get("reduce_only"):
            assert after.available_u >= 0
        self._collect()

    def _margin_taken(self, account: int) -> Decimal:
        return self.world.exchange.account(account).initial_margin

    @rule(who=ACCOUNTS, lots=LOTS, step=STEPS)
    def modify_any(self, who: int, lots: int, step: int) -> None:
        account = self.names[who]
        found = self.world.exchange.open_orders(account)
        if found:
            try:
                self.world.modify(
                    account,
                    found[lots % len(found)],
                    Decimal(lots) / 1000,
                    self._price(found[lots % len(found)].symbol, step),
                )
            except EngineError:
                assert not self.world.exchange.drain_events()
            self._collect()

    @rule(who=ACCOUNTS, symbol=SYMBOLS)
    def cancel_all(self, who: int, symbol: str) -> None:
        self.world.exchange.cancel_open_orders(self.names[who], symbol, self.world.tick())
        self._collect()

    @rule(
        who=ACCOUNTS,
        kind=st.sampled_from(["STOP_MARKET", "TAKE_PROFIT_MARKET", "STOP", "TAKE_PROFIT", "TRAILING_STOP_MARKET"]),
        side=SIDES,
        lots=LOTS,
        step=STEPS,
        by=st.sampled_from(["MARK_PRICE", "CONTRACT_PRICE"]),
        position_side=POSITION_SIDES,
        closes=st.booleans(),
    )
    def place_conditional(
        self, who: int, kind: str, side: str, lots: int, step: int, by: str, position_side: str, closes: bool
    ) -> None:
        more: dict[str, object] = {"by": by}
        if self.names[who] == self.names[1]:
            more["side_of"] = position_side
        if kind == "TRAILING_STOP_MARKET":
            more["callback_rate"] = "0.5"
        else:
            more["trigger_price"] = self._price(BTC, step)
        whole = closes and kind.endswith("_MARKET") and kind != "TRAILING_STOP_MARKET"
        if whole:
            more["close_position"] = True
        price = self._price(BTC, step) if not kind.endswith("_MARKET") else None
        try:
            self.world.algo(self.names[who], kind, side, None if whole else Decimal(lots) / 1000, price, **more)
        except EngineError:
            assert not self.world.exchange.drain_events()
        self._collect()

    @rule(symbol=SYMBOLS, step=st.sampled_from([-60, -25, -10, -4, 4, 10, 25, 60]))
    def move_mark(self, symbol: str, step: int) -> None:
        self.world.mark(str(self._price(symbol, step)), symbol)
        self._collect()

    @rule(
        pair=st.permutations([0, 1, 2]), side=SIDES, symbol=SYMBOLS, lots=LOTS, step=STEPS, position_side=POSITION_SIDES
    )
    def meet(self, pair: list[int], side: str, symbol: str, lots: int, step: int, position_side: str) -> None:
        """Let one rest and another take."""
        price = self._price(symbol, step)
        for who, way in ((pair[0], "BUY" if side == "SELL" else "SELL"), (pair[1], side)):
            more = self._more(self.names[who], position_side, False)
            self._place(who, "LIMIT", way, lots, price, symbol=symbol, **more)

    @rule(hours=st.integers(0, 9), rate=st.integers(-2_000_000, 2_000_000))
    def let_time_pass(self, hours: int, rate: int) -> None:
        self.world.exchange.pin_funding_rate(BTC, Decimal(rate) / 10**8, self.world.now_us)
        self.world.advance(hours * 3_600_000 + 1)
        self._collect()

    @invariant()
    def money_is_conserved(self) -> None:
        totals = self.world.exchange.totals()
        deposited = totals.pop("deposited")
        assert sum(totals.values()) == deposited

    @invariant()
    def what_one_side_is_funded_the_other_pays(self) -> None:
        assert abs(self.world.exchange.totals()["funding"]) <= DUST

    @invariant()
    def wallet_and_profit_are_what_came_in_less_what_was_paid(self) -> None:
        for account in self.names:
            summary = self.world.exchange.account(account)
            assert abs(summary.wallet_balance + summary.unrealized_profit - self.books.equity(account)) <= DUST

    @invariant()
    def positions_are_the_sum_of_fills(self) -> None:
        for account in self.names:
            for view in self.world.exchange.all_positions(account):
                key = (account, view.symbol, view.position_side)
                assert view.position_amt == self.books.held[key]
                if view.position_amt:
                    assert abs(view.entry_price - self.books.cost[key] / view.position_amt) <= Decimal("0.001")

    @invariant()
    def each_mode_has_its_sides(self) -> None:
        for account, _, side in self.books.held:
            assert (side is PositionSide.BOTH) == (account != self.names[1])

    @invariant()
    def hedge_positions_keep_their_sides(self) -> None:
        for view in self.world.exchange.all_positions(self.names[1]) if self.names else ():
            assert (view.position_amt >= 0) if view.position_side is PositionSide.LONG else (view.position_amt <= 0)

    @invariant()
    def resting_orders_account_for_the_books(self) -> None:
        exchange = self.world.exchange
        for symbol in BASE:
            depth = exchange.depth(symbol, 1000)
            orders = [one for account in self.names for one in exchange.open_orders(account, symbol)]
            for levels, side in ((depth.bids, OrderSide.BUY), (depth.asks, OrderSide.SELL)):
                resting = sum(one.quantity - one.executed_qty for one in orders if one.side is side)
                assert sum(quantity for _, quantity in levels) == resting
            if depth.bids and depth.asks:
                assert depth.bids[0][0] < depth.asks[0][0]
            for account in self.names:
                for view in exchange.all_positions(account, symbol):
                    mine = [
                        one
                        for one in exchange.open_orders(account, symbol)
                        if one.position_side is view.position_side and not one.is_reducing
                    ]
                    for side, told in ((OrderSide.BUY, view.bid_notional), (OrderSide.SELL, view.ask_notional)):
                        assert told == sum(
                            (one.price * (one.quantity - one.executed_qty) for one in mine if one.side is side),
                            Decimal(0),
                        )

    @invariant()
    def nothing_stays_bankrupt(self) -> None:
        for account in self.names:
            summary = self.world.exchange.account(account)
            if not summary.positions:
                assert summary.wallet_balance >= 0

    @invariant()
    def conditions_do_not_stay_half_done(self) -> None:
        for account in self.names:
            assert all(one.status == "NEW" for one in self.world.exchange.open_algo_orders(account))


TestAnyTrading = AnyTrading.TestCase
TestAnyTrading.settings = settings(
    max_examples=80,
    stateful_step_count=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
