"""Exact amounts: every price, quantity and balance is a whole number of 10^-8, shown to others as Decimal."""

from decimal import Context, Decimal

PLACES = 8
SCALE: int = 10**PLACES
# Wide enough for any product of two amounts; arithmetic inside the engine is on integers and never rounds by context.
_WIDE = Context(prec=80)


def to_units(value: Decimal) -> int:
    """Return how many 10^-8 the value is; raise ValueError if it has more than eight decimals."""
    scaled = _WIDE.scaleb(value, PLACES)
    units = int(scaled)
    if units != scaled:
        raise ValueError(f"{value} has more than {PLACES} decimals")
    return units


def from_units(units: int) -> Decimal:
    """Return the units as a Decimal with eight decimals; format it with ``f"{value:f}"`` to keep exponents away."""
    return _WIDE.scaleb(Decimal(units), -PLACES)


def notional_units(price_u: int, quantity_u: int) -> int:
    """Return price times quantity in quote units, rounded down: parts of an order never cost more than the whole."""
    return price_u * quantity_u // SCALE


def ratio_units(numerator: int, denominator: int) -> int:
    """Return numerator / denominator, both positive, rounded half up."""
    return (2 * numerator + denominator) // (2 * denominator)


class DecimalOf:
    """A read-only Decimal face of an attribute that holds units: ``price = DecimalOf("price_u")``."""

    __slots__ = ("_attribute",)

    def __init__(self, attribute: str) -> None:
        self._attribute = attribute

    def __get__(self, instance: object | None, owner: type | None = None) -> Decimal:
        """Return the attribute as a Decimal with eight decimals."""
        if instance is None:
            raise AttributeError(self._attribute)
        return from_units(getattr(instance, self._attribute))
