"""Lots: which quantity a closing fill closes, and what that had cost, by FIFO or average cost. Plain arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

MOST_DECIMALS = 12
ROOM = 4e18
"""Quantities are summed as whole numbers, so that a position that is flat is exactly flat; an int64 holds so much."""


def scale_for(quantities: Any) -> float:
    """Return by how much to multiply quantities to sum them as int64: 10 to the 12, less where they are vast."""
    total = float(np.abs(quantities).sum())
    digits = MOST_DECIMALS if total == 0 else math.floor(math.log10(ROOM / total))
    return 10.0 ** min(MOST_DECIMALS, digits)


@dataclass(frozen=True, slots=True)
class Walk:
    """What a run of fills of one position did, an entry a fill; quantities as whole numbers, amounts in quote units."""

    before: Any
    """Signed position before the fill."""
    position: Any
    """Signed position after it."""
    closed: Any
    """How much of the fill closed, unsigned."""
    opened: Any
    """How much of it opened, unsigned."""
    realised: Any
    """Profit of what it closed, before fees."""
    open_cost: Any
    """Signed cost of the position after it."""
    lots: tuple[Any, Any]
    """What is open at the end: signed quantities and prices, oldest first."""


def walk(signed: Any, prices: Any, method: str, scale: float) -> Walk:
    """Return what fills did to one position; `signed` are whole numbers, negative for a sale, `scale` to the unit."""
    position = np.cumsum(signed)
    before = position - signed
    against = (before != 0) & ((before > 0) != (signed > 0))
    size = np.abs(signed)
    closed = np.where(against, np.minimum(size, np.abs(before)), 0)
    opened = size - closed
    paid = _fifo if method == "fifo" else _average
    realised, open_cost, lots = paid(signed, prices, position, closed, opened)
    open_cost[position == 0] = 0.0
    return Walk(before, position, closed, opened, realised / scale, open_cost / scale, lots)


def _fifo(signed: Any, prices: Any, position: Any, closed: Any, opened: Any) -> tuple[Any, Any, tuple[Any, Any]]:
    """Close the oldest first. Longs and shorts are two queues: what n closings took is a point on the running cost."""
    realised = np.zeros(len(signed))
    open_cost = np.zeros(len(signed))
    base = float(prices.mean()) if len(prices) else 0.0
    remaining: list[tuple[Any, Any]] = []
    for direction in (1, -1):
        entering = (np.sign(signed) == direction) & (opened > 0)
        leaving = (np.sign(signed) == -direction) & (closed > 0)
        queued = np.cumsum(np.where(entering, opened, 0))  # the queue's end after each fill, in quantity
        taken = np.cumsum(np.where(leaving, closed, 0))  # and its front
        lot_ends, lot_prices = queued[entering], prices[entering]
        # Prices as deviations keep the running cost small: a difference of large sums would lose the pennies.
        lot_cost = np.cumsum(opened[entering] * (lot_prices - base))
        lot_starts = lot_ends - opened[entering]
        front = np.searchsorted(lot_ends, taken, side="left")
        cost_taken = np.zeros(len(signed))
        within = (taken > 0) & (front < len(lot_ends))
        lot = front[within]
        whole = np.where(lot > 0, lot_cost[np.maximum(lot - 1, 0)], 0.0)
        cost_taken[within] = whole + (taken[within] - lot_starts[lot]) * (lot_prices[lot] - base)
        cost_queued = np.cumsum(np.where(entering, opened * (prices - base), 0.0))
        of_this = np.diff(cost_taken, prepend=0.0)
        realised += np.where(leaving, direction * (closed * (prices - base) - of_this), 0.0)
        open_cost += direction * ((queued - taken) * base + cost_queued - cost_taken)
        if len(lot_ends):
            left = np.clip(lot_ends - taken[-1], 0, opened[entering])
            remaining.append((direction * left[left > 0], lot_prices[left > 0]))
    lots = [np.concatenate(parts) for parts in zip(*remaining, strict=True)] or [signed[:0], prices[:0]]
    return realised, open_cost, (lots[0], lots[1])


def _average(signed: Any, prices: Any, position: Any, closed: Any, opened: Any) -> tuple[Any, Any, tuple[Any, Any]]:
    """Close at the mean cost. Each mean depends on the one before it, so this is a loop: 0.3 s for a million fills."""
    cost = 0.0
    held = 0
    realised, costs = [], []
    rows = zip(signed.tolist(), prices.tolist(), closed.tolist(), opened.tolist(), position.tolist(), strict=True)
    for quantity, price, closing, opening, after in rows:
        profit = 0.0
        if closing:
            profit = closing * (price - cost) if quantity < 0 else closing * (cost - price)
            if opening:
                cost = price
        elif held:
            cost += (price - cost) * (quantity / after)
        else:
            cost = price
        held = after
        realised.append(profit)
        costs.append(cost)
    mean = np.array(costs, dtype="float64")
    lots = (position[-1:], mean[-1:]) if len(position) and position[-1] else (signed[:0], prices[:0])
    return np.array(realised, dtype="float64"), position * mean, lots
