"""Student's t distribution: its tail and its quantiles, from the incomplete beta function."""

from __future__ import annotations

import math
from functools import lru_cache

TINY = 1e-300
STEPS = 500
NORMAL_FROM = 1e7
"""Degrees of freedom from which the normal distribution is the same to ten digits."""


def t_tail(t: float, freedom: float) -> float:
    """Return the probability that Student's t with `freedom` degrees exceeds `t` (t >= 0)."""
    if freedom > NORMAL_FROM:
        return math.erfc(t / math.sqrt(2)) / 2
    return _incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2


@lru_cache(maxsize=4096)
def t_quantile(probability: float, freedom: float) -> float:
    """Return the t that Student's t with `freedom` degrees stays below with `probability` (0.5 to 1)."""
    tail = 1 - probability
    high = 1.0
    while t_tail(high, freedom) > tail:
        high *= 2
    low = 0.0
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if t_tail(middle, freedom) > tail else (low, middle)
    return (low + high) / 2


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function, by its continued fraction (DLMF 8.17.22)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(1 - x, b, a)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    # Lentz's way to a continued fraction: top and bottom as running ratios.
    bottom = 1 - (a + b) * x / (a + 1)
    bottom = 1 / (bottom if abs(bottom) > TINY else TINY)
    top, value = 1.0, bottom
    for m in range(1, STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            bottom = 1 + term * bottom
            bottom = 1 / (bottom if abs(bottom) > TINY else TINY)
            top = 1 + term / top
            top = top if abs(top) > TINY else TINY
            step = top * bottom
            value *= step
        if abs(step - 1) < 1e-15:
            break
    return front * value / a
