"""What holds after any sequence of requests: assets, books, limits, locks and reports add up."""

from collections import defaultdict
from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from binance_nb.models.enums import (
    CancelReplaceMode,
    OrderSide,
    OrderStatus,
    PegPriceType,
    SelfTradePreventionMode,
    SpotOrderType,
    SymbolStatus,
    TimeInForce,
)
from binance_nb.sandbox.engine.commands import (
    AmendOrder,
    CancelOrder,
    CancelOrderList,
    CancelReplace,
    EngineError,
    NewOrder,
    NewOrderList,
)
from binance_nb.sandbox.engine.events import AccountPosition, BookChange, ListUpdate, OrderUpdate
from binance_nb.sandbox.engine.exchange import Exchange
from binance_nb.sandbox.engine.records import CommissionRates, Rates
from binance_nb.sandbox.engine.specs import (
    ExchangeSpec,
    LotSize,
    MaxNumAlgoOrders,
    MinNotional,
    OrderRateLimit,
    PriceFilter,
    PriceRange,
    ReferencePriceRule,
    SorSpec,
    SymbolSpec,
)

SYMBOLS = ("BTCUSDT", "BTCUSDC")
# A tick and a step whose product has ten decimals, so that quote amounts must be rounded.
TICK, STEP = Decimal("0.00001"), Decimal("0.00001")
FILTERS = (
    PriceFilter(TICK, Decimal(1000), TICK),
    LotSize(STEP, Decimal(1000), STEP),
    MinNotional(Decimal("0.000001"), True, 5),
    MaxNumAlgoOrders(6),
)
LIMITS = (OrderRateLimit("SECOND", 10, 10_000),)
MODES = tuple(SelfTradePreventionMode)
LIMIT_TYPES = (SpotOrderType.LIMIT, SpotOrderType.STOP_LOSS_LIMIT, SpotOrderType.TAKE_PROFIT_LIMIT)
STOPS = (
    SpotOrderType.STOP_LOSS,
    SpotOrderType.STOP_LOSS_LIMIT,
    SpotOrderType.TAKE_PROFIT,
    SpotOrderType.TAKE_PROFIT_LIMIT,
)

accounts = st.integers(0, 2)
sides = st.sampled_from(list(OrderSide))
symbols = st.sampled_from(SYMBOLS)
prices = st.integers(95, 105).map(lambda ticks: ticks * Decimal("0.00033"))
quantities = st.integers(1, 40).map(lambda steps: steps * Decimal("0.00777"))
modes = st.sampled_from(MODES)
times = st.sampled_from(list(TimeInForce))


class ExchangeMachine(RuleBasedStateMachine):
    """Three accounts, two of them in one trade group, send whatever they like."""

    @initialize()
    def open(self):
        specs = [
            SymbolSpec(
                symbol=name,
                base_asset="BTC",
                quote_asset=name[3:],
                filters=FILTERS,
                price_range=PriceRange(bid_limit_mult_up=Decimal("1.04"), ask_limit_mult_down=Decimal("0.96")),
                reference_price=ReferencePriceRule(bucket_count=5, bucket_width_ms=2),
            )
            for name in SYMBOLS
        ]
        self.exchange = Exchange(specs, spec=ExchangeSpec(order_limits=LIMITS, sors=(SorSpec("BTC", SYMBOLS),)))
        self.now_us = 1_770_000_000_000_000
        rates = CommissionRates(standard=Rates(maker=Decimal("0.001"), taker=Decimal("0.0023")))
        money = {"BTC": Decimal("0.7"), "USDT": Decimal("0.023"), "USDC": Decimal("0.023")}
        self.accounts = [
            self.exchange.open_account(money, self.now_us, trade_group_id=group, commission=rates)
            for group in (-1, 5, 5)
        ]
        self.supply = defaultdict(Decimal, self.exchange.totals())
        self.told_balances = {account: dict.fromkeys(money, None) for account in self.accounts}
        self.told_orders = {}
        self.told_lists = {}
        self.told_books = {name: ({}, {}) for name in SYMBOLS}
        self.executions = defaultdict(int)

    def send(self, action, *args):
        self.now_us += 500
        try:
            return action(*args, self.now_us)
        except EngineError:
            return None
        finally:
            self.listen()

    def listen(self):
        for event in self.exchange.drain_events():
            match event:
                case OrderUpdate():
                    assert event.execution_id > self.executions[event.order.symbol]
                    self.executions[event.order.symbol] = event.execution_id
                    if event.order.status is not OrderStatus.REJECTED:
                        self.told_orders[event.order.symbol, event.order.order_id] = event.order
                case ListUpdate():
                    self.told_lists[event.account_id, event.order_list.order_list_id] = event.order_list
                case AccountPosition():
                    for entry in event.balances:
                        self.told_balances[event.account_id][entry.asset] = (entry.free, entry.locked)
                case BookChange():
                    for side, changes in zip(self.told_books[event.symbol], (event.bids, event.asks), strict=True):
                        side.update(changes)
                case _:
                    pass

    @rule(
        account=accounts, symbol=symbols, side=sides, quantity=quantities, price=prices, tif=times, mode=modes,
        iceberg=st.one_of(st.none(), st.integers(2, 5)), sor=st.booleans(),
    )  # fmt: skip
    def place_limit(self, *, account, symbol, side, quantity, price, tif, mode, iceberg, sor):
        self.send(
            self.exchange.place_order,
            self.accounts[account],
            NewOrder(
                symbol=symbol,
                side=side,
                type=SpotOrderType.LIMIT,
                time_in_force=TimeInForce.GTC if iceberg else tif,
                quantity=quantity,
                price=price,
                iceberg_qty=(quantity / iceberg).quantize(STEP) if iceberg else None,
                self_trade_prevention_mode=mode,
                use_sor=sor,
            ),
        )

    @rule(account=accounts, symbol=symbols, side=sides, quantity=quantities, mode=modes, sor=st.booleans())
    def place_market(self, *, account, symbol, side, quantity, mode, sor):
        order = NewOrder(
            symbol=symbol,
            side=side,
            type=SpotOrderType.MARKET,
            quantity=quantity,
            self_trade_prevention_mode=mode,
            use_sor=sor,
        )
        self.send(self.exchange.place_order, self.accounts[account], order)

    @rule(account=accounts, symbol=symbols, side=sides, quote=quantities, mode=modes)
    def place_quote_market(self, *, account, symbol, side, quote, mode):
        order = NewOrder(
            symbol=symbol,
            side=side,
            type=SpotOrderType.MARKET,
            quote_order_qty=quote / 10,
            self_trade_prevention_mode=mode,
        )
        self.send(self.exchange.place_order, self.accounts[account], order)

    @rule(
        account=accounts, symbol=symbols, side=sides, kind=st.sampled_from(STOPS), quantity=quantities, price=prices,
        stop=st.one_of(st.none(), prices), delta=st.one_of(st.none(), st.integers(10, 300)), tif=times, mode=modes,
        pegged=st.booleans(),
    )  # fmt: skip
    def place_stop(self, *, account, symbol, side, kind, quantity, price, stop, delta, tif, mode, pegged):
        limited = kind in LIMIT_TYPES
        order = NewOrder(
            symbol=symbol,
            side=side,
            type=kind,
            time_in_force=tif if limited else None,
            quantity=quantity,
            price=price if limited and not pegged else None,
            stop_price=stop,
            trailing_delta=delta,
            self_trade_prevention_mode=mode,
            peg_price_type=PegPriceType.MARKET_PEG if limited and pegged else None,
        )
        self.send(self.exchange.place_order, self.accounts[account], order)

    @rule(account=accounts, symbol=symbols, side=sides, quantity=quantities, peg=st.sampled_from(list(PegPriceType)))
    def place_pegged(self, *, account, symbol, side, quantity, peg):
        order = NewOrder(
            symbol=symbol,
            side=side,
            type=SpotOrderType.LIMIT,
            time_in_force=TimeInForce.GTC,
            quantity=quantity,
            peg_price_type=peg,
        )
        self.send(self.exchange.place_order, self.accounts[account], order)

    @rule(
        account=accounts, symbol=symbols, side=sides, quantity=quantities, near=prices, far=prices, mode=modes,
        kind=st.sampled_from(["OCO", "OTO", "OTOCO", "OPO", "OPOCO"]), profit=st.booleans(),
    )  # fmt: skip
    def place_list(self, *, account, symbol, side, quantity, near, far, mode, kind, profit):
        if kind.startswith("OPO"):
            side = OrderSide.SELL
        known = None if kind.startswith("OPO") else quantity
        low, high = min(near, far), max(near, far)
        limit, stop = (low, high) if side is OrderSide.BUY else (high, low)
        common = {"symbol": symbol, "self_trade_prevention_mode": mode}
        working = NewOrder(
            side=OrderSide.BUY if side is OrderSide.SELL else OrderSide.SELL,
            type=SpotOrderType.LIMIT,
            time_in_force=TimeInForce.GTC,
            quantity=quantity,
            price=near,
            **common,
        )
        if profit:
            gain = NewOrder(side=side, type=SpotOrderType.TAKE_PROFIT, quantity=known, stop_price=limit, **common)
        else:
            gain = NewOrder(side=side, type=SpotOrderType.LIMIT_MAKER, quantity=known, price=limit, **common)
        loss = NewOrder(
            side=side,
            type=SpotOrderType.STOP_LOSS_LIMIT,
            time_in_force=TimeInForce.GTC,
            quantity=known,
            price=stop,
            stop_price=stop,
            **common,
        )
        pair = (gain, loss) if side is OrderSide.SELL else (loss, gain)
        orders = {
            "OCO": pair,
            "OTO": (working, gain),
            "OPO": (working, gain),
            "OTOCO": (working, *pair),
            "OPOCO": (working, *pair),
        }[kind]
        self.send(
            self.exchange.place_order_list,
            self.accounts[account],
            NewOrderList(kind=kind, symbol=symbol, orders=orders),
        )

    def pick(self, account, symbol, index):
        found = self.exchange.open_orders(self.accounts[account], symbol)
        return found[index % len(found)] if found else None

    @rule(account=accounts, symbol=symbols, index=st.integers(0, 50))
    def cancel(self, account, symbol, index):
        order = self.pick(account, symbol, index)
        if order is not None:
            request = CancelOrder(symbol=symbol, order_id=order.order_id)
            self.send(self.exchange.cancel_order, self.accounts[account], request)

    @rule(account=accounts, symbol=symbols, index=st.integers(0, 50), share=st.integers(1, 9))
    def amend(self, account, symbol, index, share):
        order = self.pick(account, symbol, index)
        if order is not None:
            wanted = (order.quantity * share / 10).quantize(STEP)
            request = AmendOrder(symbol=symbol, order_id=order.order_id, new_qty=wanted)
            self.send(self.exchange.amend_order, self.accounts[account], request)

    @rule(
        account=accounts, symbol=symbols, index=st.integers(0, 50), side=sides, quantity=quantities, price=prices,
        mode=st.sampled_from(list(CancelReplaceMode)),
    )  # fmt: skip
    def replace(self, *, account, symbol, index, side, quantity, price, mode):
        order = self.pick(account, symbol, index)
        new = NewOrder(symbol=symbol, side=side, type=SpotOrderType.LIMIT_MAKER, quantity=quantity, price=price)
        request = CancelReplace(
            cancel=CancelOrder(symbol=symbol, order_id=order.order_id if order else 9999), new_order=new, mode=mode
        )
        self.send(self.exchange.cancel_replace, self.accounts[account], request)

    @rule(account=accounts, index=st.integers(0, 20))
    def cancel_list(self, account, index):
        found = self.exchange.open_order_lists(self.accounts[account])
        if found:
            one = found[index % len(found)]
            request = CancelOrderList(symbol=one.symbol, order_list_id=one.order_list_id)
            self.send(self.exchange.cancel_order_list, self.accounts[account], request)

    @rule(account=accounts, symbol=symbols)
    def cancel_everything(self, account, symbol):
        self.send(self.exchange.cancel_open_orders, self.accounts[account], symbol)

    @rule(account=accounts, asset=st.sampled_from(["BTC", "USDT"]), amount=quantities, back=st.booleans())
    def move_money(self, account, asset, amount, back):
        before = self.exchange.account(self.accounts[account]).balances[asset].free
        if back and before >= amount:
            self.send(self.exchange.withdraw, self.accounts[account], asset, amount)
            self.supply[asset] -= amount
        elif not back:
            self.send(self.exchange.deposit, self.accounts[account], asset, amount)
            self.supply[asset] += amount

    @rule(symbol=symbols)
    def close_and_open_the_market(self, symbol):
        self.exchange.set_symbol_status(symbol, SymbolStatus.HALT, self.now_us)
        order = NewOrder(symbol=symbol, side=OrderSide.BUY, type=SpotOrderType.MARKET, quantity=STEP)
        assert self.send(self.exchange.place_order, self.accounts[0], order) is None
        self.exchange.set_symbol_status(symbol, SymbolStatus.TRADING, self.now_us)

    @invariant()
    def assets_are_conserved(self):
        if hasattr(self, "exchange"):
            assert self.exchange.totals() == self.supply

    @invariant()
    def no_book_is_crossed(self):
        if not hasattr(self, "exchange"):
            return
        for name in SYMBOLS:
            top = self.exchange.book_ticker(name)
            assert not top.bid_price or not top.ask_price or top.bid_price < top.ask_price

    @invariant()
    def no_order_passes_its_quantity_or_its_limit(self):
        if not hasattr(self, "exchange"):
            return
        for account in self.accounts:
            for name in SYMBOLS:
                orders = {order.order_id: order for order in self.exchange.all_orders(account, name, limit=1000)}
                for order in orders.values():
                    assert order.executed_u + order.prevented_u <= order.quantity_u or not order.quantity_known
                    if order.time_in_force is TimeInForce.FOK:
                        assert order.executed_u in (0, order.quantity_u)
                for trade in self.exchange.my_trades(account, name, limit=1000):
                    order = orders[trade.order_id]
                    if order.limit_u and order.type in (*LIMIT_TYPES, SpotOrderType.LIMIT_MAKER):
                        good = trade.price_u <= order.limit_u if order.is_buy else trade.price_u >= order.limit_u
                        assert good

    @invariant()
    def locked_is_what_open_orders_need(self):
        if not hasattr(self, "exchange"):
            return
        for account in self.accounts:
            needed = defaultdict(int)
            pairs = defaultdict(list)
            lists = {one.order_list_id: one for one in self.exchange.open_order_lists(account)}
            for order in self.exchange.open_orders(account):
                asset = order.symbol[3:] if order.is_buy else "BTC"
                need = self.need(order)
                of = lists.get(order.order_list_id)
                ids = [entry.order_id for entry in of.orders] if of else []
                if of and (of.kind == "OCO" or (len(ids) == 3 and order.order_id != ids[0])):
                    pairs[of.order_list_id, asset].append(need)
                else:
                    needed[asset] += need
            for (_, asset), needs in pairs.items():
                needed[asset] += max(needs)
            for one in lists.values():
                needed["BTC"] += one.held_u
            for asset, balance in self.exchange.account(account).balances.items():
                assert balance.locked_u == needed[asset]
                assert balance.free_u >= 0

    @staticmethod
    def need(order):
        """What the rules say an order keeps locked, worked out anew."""
        if order.status is OrderStatus.PENDING_NEW:
            return 0
        if not order.is_buy:
            return order.remaining_u
        price = order.limit_u or order.stop_price_u or order.lock_price_u
        return price * order.remaining_u // 10**8

    @invariant()
    def everything_that_happened_was_reported(self):
        if not hasattr(self, "exchange"):
            return
        fields = ("status", "executed_u", "quantity_u", "prevented_u", "client_order_id", "expiry_reason", "is_working")
        for account in self.accounts:
            for name in SYMBOLS:
                for order in self.exchange.all_orders(account, name, limit=1000):
                    told = self.told_orders[name, order.order_id]
                    assert [getattr(told, field) for field in fields] == [getattr(order, field) for field in fields]
            for asset, told in self.told_balances[account].items():
                balance = self.exchange.account(account).balances[asset]
                assert told is None or told == (balance.free, balance.locked)
            for one in self.exchange.all_order_lists(account, limit=1000):
                assert self.told_lists[account, one.order_list_id].list_order_status is one.list_order_status
                known = {order.order_id for order in self.exchange.open_orders(account, one.symbol)}
                assert one.is_open == any(entry.order_id in known for entry in one.orders)
        for name, (bids, asks) in self.told_books.items():
            view = self.exchange.depth(name, 1000)
            assert {price: qty for price, qty in bids.items() if qty} == dict(view.bids)
            assert {price: qty for price, qty in asks.items() if qty} == dict(view.asks)


ExchangeMachine.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestExchange = ExchangeMachine.TestCase
