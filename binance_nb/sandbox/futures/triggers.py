"""When a conditional order's condition is met: stops, take-profits, and trailing stops that follow a price."""

from binance_nb.models.enums import FuturesOrderType
from binance_nb.sandbox.engine.units import SCALE, to_units
from binance_nb.sandbox.futures.records import AlgoOrder

_STOPS = frozenset({FuturesOrderType.STOP, FuturesOrderType.STOP_MARKET})


def is_trailing(algo: AlgoOrder) -> bool:
    """Whether the order follows the price."""
    return algo.type is FuturesOrderType.TRAILING_STOP_MARKET


def is_met(algo: AlgoOrder, price_u: int) -> bool:
    """Whether this price triggers an order with a trigger price: a stop from below when it buys, else from above."""
    if (algo.type in _STOPS) == algo.is_buy:
        return price_u >= algo.trigger_price_u
    return price_u <= algo.trigger_price_u


def activates(algo: AlgoOrder, price_u: int) -> bool:
    """Whether this price starts a trailing stop: down to its activation price when it buys, up to it when it sells."""
    if not algo.activate_price_u:
        return True
    return price_u <= algo.activate_price_u if algo.is_buy else price_u >= algo.activate_price_u


def trails_into(algo: AlgoOrder, price_u: int) -> bool:
    """Let an activated trailing stop follow the price; return whether the price came back by the callback rate."""
    rate_u = to_units(algo.callback_rate) // 100 if algo.callback_rate is not None else 0
    if algo.is_buy:
        algo.extreme_u = min(algo.extreme_u or price_u, price_u)
        return price_u * SCALE >= algo.extreme_u * (SCALE + rate_u)
    algo.extreme_u = max(algo.extreme_u, price_u)
    return price_u * SCALE <= algo.extreme_u * (SCALE - rate_u)
