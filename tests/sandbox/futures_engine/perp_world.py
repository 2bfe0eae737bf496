"""A futures exchange with its own clock, and short ways to trade on it. The mark price is held at 100,000."""

from decimal import Decimal
from typing import Any

from binance_nb.models.enums import (
    FuturesExecutionType,
    FuturesOrderType,
    FuturesTimeInForce,
    OrderSide,
    PositionSide,
    PriceMatch,
    SelfTradePreventionMode,
    WorkingType,
)
from binance_nb.sandbox.futures.commands import CancelOrder, EngineError, ModifyOrder, NewAlgoOrder, NewOrder
from binance_nb.sandbox.futures.events import Event, OrderUpdate
from binance_nb.sandbox.futures.exchange import FuturesExchange
from binance_nb.sandbox.futures.records import AlgoOrder, Order, PositionView
from binance_nb.sandbox.futures.specs import default_symbols

START_US = 1_790_000_000_000_000  # some two hours before a funding time
BTC = "BTCUSDT"
_WORDS = {
    "tif": ("time_in_force", FuturesTimeInForce),
    "side_of": ("position_side", PositionSide),
    "match": ("price_match", PriceMatch),
    "stp": ("self_trade_prevention_mode", SelfTradePreventionMode),
    "by": ("working_type", WorkingType),
}
_AMOUNTS = ("quantity", "price", "trigger_price", "activate_price", "callback_rate")


class PerpWorld:
    """Every request happens one millisecond after the last."""

    def __init__(self, *, seed: int = 1, mark: str = "100000", **options: Any) -> None:
        self.exchange = FuturesExchange(default_symbols(), seed=seed, **options)
        self.now_us = START_US
        self.mark(mark)
        self.exchange.drain_events()

    def tick(self, ms: int = 1) -> int:
        self.now_us += ms * 1000
        return self.now_us

    def account(self, balance: Any = 1_000_000) -> int:
        return self.exchange.open_account(Decimal(balance), self.now_us)

    def mark(self, price: str, symbol: str = BTC) -> None:
        self.exchange.pin_mark_price(symbol, Decimal(price), self.tick())

    def advance(self, ms: int) -> None:
        self.exchange.advance(self.tick(ms))

    def place(self, account: int, kind: str, side: str, quantity: Any = None, price: Any = None, **more: Any) -> Order:
        if kind == "LIMIT":
            more.setdefault("tif", "GTC")
        return self.exchange.place_order(account, self.asked(kind, side, quantity, price, **more), self.tick())

    def asked(self, kind: str, side: str, quantity: Any = None, price: Any = None, **more: Any) -> NewOrder:
        return NewOrder(**_values(kind, side, quantity, price, more))

    def limit(self, account: int, side: str, quantity: Any, price: Any = None, **more: Any) -> Order:
        return self.place(account, "LIMIT", side, quantity, price, **more)

    def market(self, account: int, side: str, quantity: Any, **more: Any) -> Order:
        return self.place(account, "MARKET", side, quantity, **more)

    def algo(
        self, account: int, kind: str, side: str, quantity: Any = None, price: Any = None, **more: Any
    ) -> AlgoOrder:
        return self.exchange.place_algo_order(
            account, NewAlgoOrder(**_values(kind, side, quantity, price, more)), self.tick()
        )

    def modify(self, account: int, order: Order, quantity: Any, price: Any, **more: Any) -> Order:
        change = ModifyOrder(
            symbol=order.symbol,
            side=order.side,
            order_id=order.order_id,
            quantity=Decimal(str(quantity)),
            price=Decimal(str(price)),
            **more,
        )
        return self.exchange.modify_order(account, change, self.tick())

    def cancel(self, account: int, order: Order) -> Order:
        return self.exchange.cancel_order(
            account, CancelOrder(symbol=order.symbol, order_id=order.order_id), self.tick()
        )

    def trade(self, buyer: int, seller: int, quantity: Any, price: Any = 100_000, **taker: Any) -> Order:
        """Let the seller rest and the buyer take; return the buyer's order."""
        self.limit(seller, "SELL", quantity, price)
        return self.limit(buyer, "BUY", quantity, price, **taker)

    def again(self, account: int, order: Order) -> Order:
        return self.exchange.order(account, order.symbol, order_id=order.order_id, now_us=self.now_us)

    def algo_again(self, account: int, algo: AlgoOrder) -> AlgoOrder:
        return self.exchange.algo_order(account, algo_id=algo.algo_id, now_us=self.now_us)

    def position(self, account: int, side: str = "BOTH", symbol: str = BTC) -> PositionView:
        found = self.exchange.all_positions(account, symbol)
        return next(one for one in found if one.position_side is PositionSide(side))

    def events(self, kind: type = Event) -> list[Any]:
        return [one for one in self.exchange.drain_events() if kind is Event or isinstance(one, kind)]

    def reports(self, account: int) -> list[tuple[FuturesExecutionType, str, int]]:
        """The order reports of an account since the last look: execution type, status, expiry reason."""
        found = [one for one in self.events(OrderUpdate) if one.account_id == account]
        return [(str(one.execution_type), str(one.order.status), one.order.expiry_reason) for one in found]


def _values(kind: str, side: str, quantity: Any, price: Any, more: dict[str, Any]) -> dict[str, Any]:
    values = {"symbol": BTC, "type": FuturesOrderType(kind), "side": OrderSide(side)}
    values |= {"quantity": quantity, "price": price} | more
    for word, (name, enumeration) in _WORDS.items():
        if word in values:
            values[name] = enumeration(values.pop(word))
    return {
        name: Decimal(str(value)) if name in _AMOUNTS and value is not None else value for name, value in values.items()
    }


def code_of(do: Any) -> int:
    """Return the code of the refusal that this call meets; 0 if it is taken."""
    try:
        do()
    except EngineError as refusal:
        return refusal.code
    return 0
