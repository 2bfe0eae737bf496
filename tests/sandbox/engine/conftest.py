"""A small exchange to test with, and short ways to place orders on it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from binance_nb.models.enums import (
    CancelReplaceMode,
    OrderSide,
    SelfTradePreventionMode,
    SpotOrderType,
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
from binance_nb.sandbox.engine.events import Event, ListUpdate, OrderUpdate
from binance_nb.sandbox.engine.exchange import Exchange
from binance_nb.sandbox.engine.records import CommissionRates, Order, Placement, Rates
from binance_nb.sandbox.engine.specs import ExchangeSpec, Filter, LotSize, OrderRateLimit, PriceFilter, SymbolSpec

START_US = 1_770_000_000_000_000
FREE = CommissionRates(standard=Rates())
RICH = {"BTC": Decimal(20_000), "USDT": Decimal(100_000_000), "USDC": Decimal(0), "USDP": Decimal(0)}
PLENTY = (OrderRateLimit("SECOND", 10, 1_000_000), OrderRateLimit("DAY", 1, 1_000_000))


def btcusdt(*filters: Filter, **changes: Any) -> SymbolSpec:
    """A symbol whose only rules are a tick of 0.0001 and a step of 0.0001 unless others are given."""
    usual = (
        PriceFilter(Decimal(0), Decimal(0), Decimal("0.0001")),
        LotSize(Decimal(0), Decimal(0), Decimal("0.0001")),
    )
    values = {"symbol": "BTCUSDT", "base_asset": "BTC", "quote_asset": "USDT", "filters": filters or usual}
    return SymbolSpec(**(values | changes))


class World:
    """An exchange with its own clock: every request happens one millisecond after the last."""

    def __init__(self, *specs: SymbolSpec, spec: ExchangeSpec | None = None, seed: int = 1) -> None:
        self.exchange = Exchange(specs or (btcusdt(),), spec=spec or ExchangeSpec(order_limits=PLENTY), seed=seed)
        self.now_us = START_US

    def tick(self, ms: int = 1) -> int:
        self.now_us += ms * 1000
        return self.now_us

    def account(self, balances: Mapping[str, Any] | None = None, **options: Any) -> int:
        money = {asset: Decimal(amount) for asset, amount in (RICH if balances is None else balances).items()}
        return self.exchange.open_account(money, self.now_us, **({"commission": FREE} | options))

    def order(self, kind: str, side: str, quantity: Any = None, price: Any = None, **more: Any) -> NewOrder:
        needs_tif = kind in ("LIMIT", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT")
        for name in ("stop_price", "iceberg_qty", "quote_order_qty"):
            if more.get(name) is not None:
                more[name] = Decimal(str(more[name]))
        if "stp" in more:
            more["self_trade_prevention_mode"] = SelfTradePreventionMode(more.pop("stp"))
        tif = more.pop("tif", "GTC" if needs_tif else None)
        return NewOrder(
            symbol=more.pop("symbol", "BTCUSDT"),
            side=OrderSide(side),
            type=SpotOrderType(kind),
            time_in_force=TimeInForce(tif) if tif else None,
            quantity=None if quantity is None else Decimal(str(quantity)),
            price=None if price is None else Decimal(str(price)),
            **more,
        )

    def place(
        self, account: int, kind: str, side: str, quantity: Any = None, price: Any = None, **more: Any
    ) -> Placement:
        return self.exchange.place_order(account, self.order(kind, side, quantity, price, **more), self.tick())

    def limit(self, account: int, side: str, quantity: Any, price: Any = None, **more: Any) -> Placement:
        return self.place(account, "LIMIT", side, quantity, price, **more)

    def market(self, account: int, side: str, quantity: Any = None, **more: Any) -> Placement:
        return self.place(account, "MARKET", side, quantity, **more)

    def place_list(self, account: int, kind: str, *orders: NewOrder, **more: Any) -> Any:
        request = NewOrderList(kind=kind, symbol=orders[0].symbol, orders=orders, **more)
        return self.exchange.place_order_list(account, request, self.tick())

    def cancel(self, account: int, order: Any = None, **more: Any) -> Any:
        if order is not None:
            more["order_id"] = id_of(order)
        return self.exchange.cancel_order(account, CancelOrder(symbol="BTCUSDT", **more), self.tick())

    def cancel_list(self, account: int, list_id: int) -> Any:
        return self.exchange.cancel_order_list(
            account, CancelOrderList(symbol="BTCUSDT", order_list_id=list_id), self.tick()
        )

    def amend(self, account: int, order: Any, quantity: Any, **more: Any) -> Any:
        request = AmendOrder(symbol="BTCUSDT", order_id=id_of(order), new_qty=Decimal(str(quantity)), **more)
        return self.exchange.amend_order(account, request, self.tick())

    def replace(self, account: int, order_id: int, new: NewOrder, mode: str = "STOP_ON_FAILURE", **more: Any) -> Any:
        request = CancelReplace(
            cancel=CancelOrder(symbol=new.symbol, order_id=order_id),
            new_order=new,
            mode=CancelReplaceMode(mode),
            **more,
        )
        return self.exchange.cancel_replace(account, request, self.tick())

    def get(self, account: int, order: Any, symbol: str = "BTCUSDT") -> Order:
        return self.exchange.order(account, symbol, order_id=id_of(order))

    def trade_at(self, price: Any, quantity: Any = 1) -> None:
        """Let two strangers trade at a price, whatever else is on the book at worse prices."""
        seller, buyer = self.account(), self.account()
        self.limit(seller, "SELL", quantity, price)
        self.limit(buyer, "BUY", quantity, price)

    def balance(self, account: int, asset: str) -> tuple[str, str]:
        """Free and locked, without trailing zeros."""
        found = self.exchange.account(account).balances[asset]
        return plain(found.free), plain(found.locked)

    def events(self) -> list[Event]:
        return self.exchange.drain_events()

    def reports(self, account: int) -> list[OrderUpdate]:
        return [event for event in self.events() if isinstance(event, OrderUpdate) and event.account_id == account]

    def story(self, account: int) -> list[str]:
        """What the account was told, in short: "3 NEW/NEW", "list ALL_DONE"."""
        told = []
        for event in self.events():
            if isinstance(event, OrderUpdate) and event.account_id == account:
                told.append(f"{event.order.order_id} {event.execution_type}/{event.order.status}")
            elif isinstance(event, ListUpdate) and event.account_id == account:
                told.append(f"list {event.order_list.list_status_type}")
        return told


def id_of(order: Any) -> int:
    if isinstance(order, int):
        return order
    return order.order.order_id if isinstance(order, Placement) else order.order_id


def plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def make_world():
    """Make a world of one's own symbols; `btcusdt` hangs on it as a starting point."""
    return World


@pytest.fixture
def symbol():
    return btcusdt


@pytest.fixture
def refusal():
    """Run something that must be refused and return "code message"."""

    def run(action, *args: Any, **kwargs: Any) -> str:
        with pytest.raises(EngineError) as caught:
            action(*args, **kwargs)
        return str(caught.value)

    return run
