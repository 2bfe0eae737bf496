"""The order book of one symbol: price levels in order, and within a level orders by time. Any order may rest."""

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Iterator
from itertools import islice
from typing import Generic, Protocol, TypeVar

# A block of sorted prices splits at this length: small enough that an insertion moves few kilobytes.
_BLOCK = 1024


class SortedPrices:
    """Distinct integers in order: adding, removing and the ends cost about log n (blocks of bounded length)."""

    __slots__ = ("_blocks", "_maxima")

    def __init__(self) -> None:
        self._blocks: list[list[int]] = []
        self._maxima: list[int] = []

    def add(self, value: int) -> None:
        """Add a value that is not there yet."""
        if not self._blocks:
            self._blocks.append([value])
            self._maxima.append(value)
            return
        index = min(bisect_left(self._maxima, value), len(self._blocks) - 1)
        block = self._blocks[index]
        insort(block, value)
        if len(block) > _BLOCK:
            half = len(block) // 2
            self._blocks.insert(index + 1, block[half:])
            del block[half:]
            self._maxima.insert(index, block[-1])
            index += 1
        self._maxima[index] = self._blocks[index][-1]

    def remove(self, value: int) -> None:
        """Remove a value that is there."""
        index = bisect_left(self._maxima, value)
        block = self._blocks[index]
        del block[bisect_left(block, value)]
        if block:
            self._maxima[index] = block[-1]
        else:
            del self._blocks[index], self._maxima[index]

    def first(self) -> int:
        """Return the smallest value; the set must not be empty."""
        return self._blocks[0][0]

    def last(self) -> int:
        """Return the largest value; the set must not be empty."""
        return self._maxima[-1]

    def ascending(self) -> Iterator[int]:
        """Yield the values from the smallest."""
        for block in self._blocks:
            yield from block

    def descending(self) -> Iterator[int]:
        """Yield the values from the largest."""
        for block in reversed(self._blocks):
            yield from reversed(block)

    def __bool__(self) -> bool:
        return bool(self._blocks)


class Resting(Protocol):
    """What the book must know of an order."""

    order_id: int
    display_u: int
    iceberg_u: int

    @property
    def is_buy(self) -> bool:
        """Whether it buys."""

    @property
    def limit_u(self) -> int:
        """Its price, in units."""

    @property
    def remaining_u(self) -> int:
        """What it still wants, in units."""


OrderT = TypeVar("OrderT", bound=Resting)


class Level(Generic[OrderT]):
    """The orders at one price, first come first served."""

    __slots__ = ("orders", "price_u", "total_u", "visible_u")

    def __init__(self, price_u: int) -> None:
        self.price_u = price_u
        self.orders: OrderedDict[int, OrderT] = OrderedDict()
        self.visible_u = 0  # what everybody sees
        self.total_u = 0  # what trades, hidden parts of icebergs included

    def first(self) -> OrderT:
        """Return the order that trades next."""
        return next(iter(self.orders.values()))


class BookSide(Generic[OrderT]):
    """All bids or all asks."""

    __slots__ = ("_prices", "changed", "is_bid", "levels")

    def __init__(self, *, is_bid: bool) -> None:
        self.is_bid = is_bid
        self.levels: dict[int, Level[OrderT]] = {}
        self.changed: dict[int, None] = {}  # prices that changed since the last announcement, in order
        self._prices = SortedPrices()

    def best(self) -> Level[OrderT] | None:
        """Return the level that trades next."""
        if not self.levels:
            return None
        return self.levels[self._prices.last() if self.is_bid else self._prices.first()]

    def from_best(self) -> Iterator[Level[OrderT]]:
        """Yield levels, the best first."""
        prices = self._prices.descending() if self.is_bid else self._prices.ascending()
        return (self.levels[price] for price in prices)

    def nth(self, index: int) -> Level[OrderT] | None:
        """Return the level `index` places deeper than the best."""
        return next(islice(self.from_best(), index, None), None)

    def reaches(self, price_u: int, limit_u: int) -> bool:
        """Whether an order that takes from this side with this limit (0: none) may trade at this price."""
        return limit_u == 0 or (price_u >= limit_u if self.is_bid else price_u <= limit_u)

    def add(self, order: OrderT) -> None:
        """Rest an order at the end of its level; icebergs show one part."""
        price = order.limit_u
        level = self.levels.get(price)
        if level is None:
            level = self.levels[price] = Level(price)
            self._prices.add(price)
        remaining = order.remaining_u
        order.display_u = min(order.iceberg_u, remaining) if order.iceberg_u else remaining
        level.orders[order.order_id] = order
        level.visible_u += order.display_u
        level.total_u += remaining
        self.changed[price] = None

    def remove(self, order: OrderT) -> None:
        """Take an order out of the book with all it has left."""
        price = order.limit_u
        level = self.levels[price]
        del level.orders[order.order_id]
        level.visible_u -= order.display_u
        level.total_u -= order.remaining_u
        order.display_u = 0
        self._tidy(level)

    def traded(self, order: OrderT, quantity_u: int) -> None:
        """Take what an order just lost (its remaining quantity is already lower) and refill or remove it.

        A part of an iceberg that is shown anew goes to the end of its level: it has new time priority.
        """
        level = self.levels[order.limit_u]
        level.total_u -= quantity_u
        level.visible_u -= quantity_u
        order.display_u -= quantity_u
        if order.display_u <= 0:
            remaining = order.remaining_u
            level.visible_u -= order.display_u  # a decrement by self-trade prevention may exceed the shown part
            if remaining:
                order.display_u = min(order.iceberg_u, remaining)
                level.visible_u += order.display_u
                level.orders.move_to_end(order.order_id)
            else:
                order.display_u = 0
                del level.orders[order.order_id]
        self._tidy(level)

    def reduced(self, order: OrderT, quantity_u: int) -> None:
        """Take what an amendment took; an iceberg's shown part shrinks only if it exceeds what is left."""
        level = self.levels[order.limit_u]
        level.total_u -= quantity_u
        shown = min(order.display_u, order.remaining_u)
        level.visible_u -= order.display_u - shown
        order.display_u = shown
        self._tidy(level)

    def _tidy(self, level: Level[OrderT]) -> None:
        self.changed[level.price_u] = None
        if not level.orders:
            del self.levels[level.price_u]
            self._prices.remove(level.price_u)


class OrderBook(Generic[OrderT]):
    """Bids and asks of one symbol."""

    __slots__ = ("asks", "bids", "update_id")

    def __init__(self) -> None:
        self.bids: BookSide[OrderT] = BookSide(is_bid=True)
        self.asks: BookSide[OrderT] = BookSide(is_bid=False)
        self.update_id = 0

    def side_of(self, order: OrderT) -> BookSide[OrderT]:
        """Return the side an order rests on."""
        return self.bids if order.is_buy else self.asks

    def opposite_of(self, order: OrderT) -> BookSide[OrderT]:
        """Return the side an order takes from."""
        return self.asks if order.is_buy else self.bids
