"""Orders that wait for the last trade price: stops, take-profits and trailing stops of one symbol."""

import heapq

from binance_nb.models.enums import SpotOrderType
from binance_nb.sandbox.engine.records import Order

_STOPS = frozenset({SpotOrderType.STOP_LOSS, SpotOrderType.STOP_LOSS_LIMIT})
_BIPS = 10_000
# Heaps are rebuilt when at least this many entries, and more than half, belong to orders that no longer wait.
_REBUILD = 1024


def waits_for_rise(order: Order) -> bool:
    """Whether the stop price is met from below: STOP_LOSS BUY and TAKE_PROFIT SELL (rest-api.md, New order)."""
    return (order.type in _STOPS) == order.is_buy


def stop_is_met(order: Order, price_u: int) -> bool:
    """Whether this price meets the order's stop price."""
    if waits_for_rise(order):
        return price_u >= order.stop_price_u
    return price_u <= order.stop_price_u


class Triggers:
    """The waiting orders of a symbol; a trade costs log n plus what it triggers, and one look at each trailing stop."""

    __slots__ = ("_falling", "_rising", "_trailing", "_waiting")

    def __init__(self) -> None:
        self._rising: list[tuple[int, int]] = []
        self._falling: list[tuple[int, int]] = []
        self._trailing: dict[int, Order] = {}  # those that already follow the price
        self._waiting: dict[int, Order] = {}  # those that wait for their stop price

    def add(self, order: Order, last_u: int, now_us: int) -> None:
        """Let an order wait. A trailing stop without a stop price follows the price from now on."""
        if order.stop_price_u == 0:
            self._follow(order, last_u, now_us)
            return
        self._waiting[order.order_id] = order
        if waits_for_rise(order):
            heapq.heappush(self._rising, (order.stop_price_u, order.order_id))
        else:
            heapq.heappush(self._falling, (-order.stop_price_u, order.order_id))

    def discard(self, order: Order) -> None:
        """Forget an order, whether it waits or not."""
        self._trailing.pop(order.order_id, None)
        if self._waiting.pop(order.order_id, None) is not None:
            self._rising = self._tidied(self._rising)
            self._falling = self._tidied(self._falling)

    def fire(self, price_u: int, now_us: int) -> list[Order]:
        """Return the orders that a trade at this price triggers, oldest first; they wait no longer."""
        fired = [order for order in self._trailing.values() if self._trails_into(order, price_u)]
        met = self._met(self._rising, price_u) + self._met(self._falling, -price_u)
        for order in met:
            if order.trailing_delta is None:
                fired.append(order)
            else:
                self._follow(order, price_u, now_us)
        for order in fired:
            self._trailing.pop(order.order_id, None)
        fired.sort(key=lambda order: order.order_id)
        return fired

    def _follow(self, order: Order, price_u: int, now_us: int) -> None:
        order.extreme_u = price_u
        order.trailing_time_us = now_us
        self._trailing[order.order_id] = order

    def _met(self, heap: list[tuple[int, int]], key: int) -> list[Order]:
        met: list[Order] = []
        while heap and heap[0][0] <= key:
            order = self._waiting.pop(heapq.heappop(heap)[1], None)
            if order is not None:
                met.append(order)
        return met

    @staticmethod
    def _trails_into(order: Order, price_u: int) -> bool:
        """Move the extreme, or tell whether the price has come back from it by the delta (trailing-stop-faq.md)."""
        delta = order.trailing_delta or 0
        if order.is_buy:
            order.extreme_u = min(order.extreme_u or price_u, price_u)
            return price_u * _BIPS >= order.extreme_u * (_BIPS + delta)
        order.extreme_u = max(order.extreme_u, price_u)
        return price_u * _BIPS <= order.extreme_u * (_BIPS - delta)

    def _tidied(self, heap: list[tuple[int, int]]) -> list[tuple[int, int]]:
        if len(heap) < _REBUILD or len(heap) < 2 * len(self._waiting):
            return heap
        alive = [entry for entry in heap if entry[1] in self._waiting]
        heapq.heapify(alive)
        return alive
