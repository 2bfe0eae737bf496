"""How futures write numbers: prices and quantities with their symbol's precision, money with eight places."""

from decimal import Decimal

from binance_nb.sandbox.futures.specs import SymbolSpec
from binance_nb.sandbox.server.wire import decimals

AVERAGE_PLACES = 5  # of average prices, as the exchange writes them, where they need no more
RATE_PLACES = 4


def at_least(value: Decimal, places: int) -> str:
    """Return a Decimal with this many places, or with more where it needs them: nothing is rounded away."""
    return f"{value:.{max(places, decimals(value))}f}"


def price(value: Decimal, spec: SymbolSpec) -> str:
    """Return a price."""
    return at_least(value, spec.price_precision)


def quantity(value: Decimal, spec: SymbolSpec) -> str:
    """Return a quantity."""
    return at_least(value, spec.quantity_precision)


def average(value: Decimal) -> str:
    """Return an average price."""
    return at_least(value, AVERAGE_PLACES)


def plain(value: Decimal | int) -> str:
    """Return a Decimal without zeros at its end."""
    exact = Decimal(value)
    return f"{exact:.{decimals(exact)}f}"
