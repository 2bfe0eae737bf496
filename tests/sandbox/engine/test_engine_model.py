"""The engine against the plainest model of an exchange: one list, searched from end to end for each match."""

from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from binance_nb.models.enums import OrderSide, SpotOrderType, TimeInForce
from binance_nb.sandbox.engine.commands import CancelOrder, NewOrder
from binance_nb.sandbox.engine.exchange import Exchange
from binance_nb.sandbox.engine.specs import ExchangeSpec, SymbolSpec

BTCUSDT = SymbolSpec(symbol="BTCUSDT", base_asset="BTC", quote_asset="USDT")


@dataclass
class Resting:
    name: int
    side: str
    price: int
    left: int
    shown: int
    part: int
    arrival: int


class Model:
    """Price-time priority in so many words."""

    def __init__(self):
        self.book = []
        self.clock = 0

    def next_for(self, side, limit):
        """The best, then oldest, order that this side and limit may trade with."""
        sign = 1 if side == "BUY" else -1
        found = [one for one in self.book if one.side != side and (limit is None or sign * one.price <= sign * limit)]
        return min(found, key=lambda one: (sign * one.price, one.arrival), default=None)

    def place(self, *, name, side, quantity, price, tif, part):
        fills = []
        if tif == "FOK":
            sign = 1 if side == "BUY" else -1
            reach = sum(one.left for one in self.book if one.side != side and sign * one.price <= sign * price)
            if reach < quantity:
                return fills
        while quantity and (other := self.next_for(side, price)):
            traded = min(quantity, other.shown)
            fills.append((other.price, traded))
            quantity -= traded
            other.left -= traded
            other.shown -= traded
            if not other.left:
                self.book.remove(other)
            elif not other.shown:
                other.shown = min(other.part, other.left)
                self.clock += 1
                other.arrival = self.clock
        if quantity and tif == "GTC" and price is not None:
            self.clock += 1
            part = part or quantity
            self.book.append(Resting(name, side, price, quantity, min(part, quantity), part, self.clock))
        return fills

    def cancel(self, name):
        self.book = [one for one in self.book if one.name != name]

    def levels(self, side):
        shown = {}
        for one in self.book:
            if one.side == side:
                shown[one.price] = shown.get(one.price, 0) + one.shown
        return sorted(shown.items(), reverse=side == "BUY")


actions = st.one_of(
    st.tuples(
        st.just("limit"),
        st.sampled_from(["BUY", "SELL"]),
        st.integers(1, 30),
        st.integers(95, 105),
        st.sampled_from(["GTC", "GTC", "GTC", "IOC", "FOK"]),
        st.sampled_from([None, None, 2, 5]),
    ),
    st.tuples(st.just("market"), st.sampled_from(["BUY", "SELL"]), st.integers(1, 60)),
    st.tuples(st.just("cancel"), st.integers(0, 40)),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(actions, max_size=40))
def test_fills_and_book_are_those_of_the_model(actions):
    exchange, model, now_us = Exchange((BTCUSDT,), spec=ExchangeSpec(order_limits=())), Model(), 0
    account = exchange.open_account({"BTC": Decimal(10**6), "USDT": Decimal(10**9)}, now_us)
    placed = []
    for now_us, action in enumerate(actions):
        if action[0] == "cancel":
            if placed:
                order = placed[action[1] % len(placed)]
                if exchange.is_open(account, "BTCUSDT", order.order_id):
                    request = CancelOrder(symbol="BTCUSDT", order_id=order.order_id)
                    exchange.cancel_order(account, request, now_us)
                model.cancel(order.order_id)
            continue
        kind, side, quantity, *rest = action
        price, tif, part = rest if rest else (None, "IOC", None)
        if part is not None and (tif != "GTC" or part >= quantity):
            part = None
        request = NewOrder(
            symbol="BTCUSDT",
            side=OrderSide(side),
            type=SpotOrderType(kind.upper()),
            quantity=Decimal(quantity),
            price=None if price is None else Decimal(price),
            time_in_force=None if price is None else TimeInForce(tif),
            iceberg_qty=None if part is None else Decimal(part),
        )
        answer = exchange.place_order(account, request, now_us)
        placed.append(answer.order)
        expected = model.place(
            name=answer.order.order_id, side=side, quantity=quantity, price=price, tif=tif, part=part
        )
        assert [(fill.price, fill.quantity) for fill in answer.fills] == expected
        view = exchange.depth("BTCUSDT")
        assert [tuple(level) for level in view.bids] == model.levels("BUY")
        assert [tuple(level) for level in view.asks] == model.levels("SELL")
