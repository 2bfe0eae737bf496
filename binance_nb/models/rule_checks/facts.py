"""What must be asked of the exchange to judge an order in full: prices, the book, and what the account has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from binance_nb.models.enums import OrderSide, PegPriceType, SpotOrderType
from binance_nb.models.requests import TRIGGERED, SpotOrderRequest
from binance_nb.models.rule_checks.base import EXACT, MARKET_TYPES, SymbolFilters, cut, rounded, worth

Levels = tuple[tuple[Decimal, Decimal], ...]

STOPS = frozenset({SpotOrderType.STOP_LOSS, SpotOrderType.STOP_LOSS_LIMIT})

TOUCH_LEVELS = 5
MARKET_LEVELS = 100
"""How deep a book is asked for at first; the deeper answers weigh more (rest-api.md, "Order book")."""
MOST_LEVELS = 5000

PERCENT_FILTERS = ("PERCENT_PRICE", "PERCENT_PRICE_BY_SIDE")
NOTIONAL_FILTERS = ("MIN_NOTIONAL", "NOTIONAL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Which facts of the market a check of one order needs; those of the account are always needed."""

    average_minutes: frozenset[int] = frozenset()
    reference_price: bool = False
    last_price: bool = False
    levels: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketFacts:
    """The state of the market and of the account at the time of a check. Prices are in quote units.

    `averages` are volume weighted average prices by the minutes they look back. `open_orders` are rows of openOrders,
    of every symbol where the exchange counts orders everywhere; `open_lists` rows of openOrderLists.
    """

    reference_price: Decimal | None = None
    averages: Mapping[int, Decimal] = field(default_factory=dict)
    last_price: Decimal | None = None
    bids: Levels = ()
    asks: Levels = ()
    open_orders: Sequence[Mapping[str, Any]] = ()
    open_lists: Sequence[Mapping[str, Any]] = ()
    account: Mapping[str, Any] = field(default_factory=dict)
    my_filters: Mapping[str, Any] = field(default_factory=dict)

    def average(self, minutes: int) -> Decimal | None:
        """Return what a filter compares with; None before the first trade (filters.md, PERCENT_PRICE).

        The reference price where there is one, else the average, else (0 minutes, or a quiet time) the last price.
        """
        return self.reference_price or self.averages.get(minutes) or self.last_price or None

    def free(self, asset: str) -> Decimal:
        """Return what the account may use of an asset."""
        return self._balance(asset, "free")

    def held(self, asset: str) -> Decimal:
        """Return all that the account has of an asset, locked or not."""
        return self._balance(asset, "free") + self._balance(asset, "locked")

    def opposite(self, order: SpotOrderRequest) -> Levels:
        """Return the side of the book that `order` would take from, best price first."""
        return self.asks if order.side is OrderSide.BUY else self.bids

    def peg_price(self, order: SpotOrderRequest) -> Decimal | None:
        """Return the price that a pegged order would get now; None where the book has no such level."""
        own = self.bids if order.side is OrderSide.BUY else self.asks
        levels = own if order.peg_price_type is PegPriceType.PRIMARY_PEG else self.opposite(order)
        offset = order.peg_offset_value or 0
        return levels[offset][0] if 0 <= offset < len(levels) else None

    def _balance(self, asset: str, part: str) -> Decimal:
        rows = self.account.get("balances", ())
        return sum((Decimal(row[part]) for row in rows if row["asset"] == asset), Decimal(0))


def is_pegged_now(order: SpotOrderRequest) -> bool:
    """Whether the order gets its price from the book as it is placed; a waiting one gets it when it is triggered."""
    return order.peg_price_type is not None and order.order_type not in TRIGGERED


def limit_price(order: SpotOrderRequest, facts: MarketFacts | None) -> Decimal | None:
    """Return the limit of an order's price: its own, or the one that the book gives to a pegged order."""
    if facts is not None and is_pegged_now(order):
        return facts.peg_price(order)
    return order.price


def needs_of(rules: SymbolFilters, order: SpotOrderRequest) -> Needs:
    """Return which facts of the market the rules of this symbol need to judge this order."""
    at_market = order.order_type in MARKET_TYPES
    names = NOTIONAL_FILTERS if at_market else PERCENT_FILTERS
    minutes = {int(rules.filters[name].get("avgPriceMins", 0)) for name in names if name in rules.filters}
    by_average = not (at_market and order.quote_order_qty is not None)
    levels = 0
    if order.order_type is SpotOrderType.MARKET:
        levels = MARKET_LEVELS
    elif is_pegged_now(order):
        levels = max(TOUCH_LEVELS, 1 + (order.peg_offset_value or 0))
    elif order.order_type is SpotOrderType.LIMIT_MAKER:
        levels = TOUCH_LEVELS
    return Needs(
        average_minutes=frozenset(minutes - {0}) if by_average else frozenset(),
        reference_price=by_average and (at_market or bool(minutes)),
        last_price=bool(minutes) or at_market or order.order_type in TRIGGERED,
        levels=levels,
    )


def joined(needs: Iterable[Needs]) -> Needs:
    """Return what all the orders of a list need together."""
    all_needs = list(needs)
    return Needs(
        average_minutes=frozenset().union(*(each.average_minutes for each in all_needs)),
        reference_price=any(each.reference_price for each in all_needs),
        last_price=any(each.last_price for each in all_needs),
        levels=max(each.levels for each in all_needs),
    )


def lots_for(budget: Decimal, levels: Levels, step: Decimal) -> Decimal:
    """Return the whole lots that these levels give for an amount of the quote asset."""
    quantity = Decimal(0)
    for price, size in levels:
        cost = cut(worth(price, size))
        if cost >= budget:
            quantity += cut(EXACT.divide(budget, price))
            break
        budget -= cost
        quantity += size
    return rounded(quantity, step, ROUND_FLOOR)


def cost_of(quantity: Decimal, levels: Levels) -> Decimal:
    """Return what this quantity costs at these levels, as far as they go."""
    cost = Decimal(0)
    for price, size in levels:
        part = min(quantity, size)
        cost += cut(worth(price, part))
        quantity -= part
        if not quantity:
            break
    return cost


def average_of(candles: Iterable[tuple[Decimal, Decimal]]) -> Decimal | None:
    """Return the volume weighted average price of candlesticks (volume, quote volume); None if nothing traded."""
    volume = value = Decimal(0)
    for base, quote in candles:
        volume, value = volume + base, value + quote
    return cut(EXACT.divide(value, volume)) if volume else None


def is_deep_enough(order: SpotOrderRequest, levels: Levels, asked: int) -> bool:
    """Whether these levels show all that a MARKET order would meet; fewer than were asked for are the whole side."""
    if len(levels) < asked:
        return True
    if order.quantity is not None:
        return sum((size for _, size in levels), Decimal(0)) >= order.quantity
    return sum((cut(worth(price, size)) for price, size in levels), Decimal(0)) >= (order.quote_order_qty or 0)
