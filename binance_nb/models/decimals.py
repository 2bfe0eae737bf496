"""Money on the way in and out: anything a person types becomes a Decimal once, and leaves as plain text."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import lru_cache
from numbers import Real
from typing import TypeAlias

from binance_nb.errors import InvalidOrderError

MOST_DIGITS = 50
"""Of a number, and before or behind its point: far beyond any amount, and still quick to write out in full."""

Number: TypeAlias = str | int | float | Decimal
"""What a quantity or a price may be given as."""


def to_decimal(value: object, name: str = "value") -> Decimal:
    """Return `value` as the Decimal that a person would read in it: the float 0.1 becomes Decimal("0.1").

    Raises InvalidOrderError for a boolean, NaN, an infinity or anything that is not a number; `name` is used to say so.
    """
    text = ""
    if isinstance(value, Decimal):
        number = value
    elif isinstance(value, bool) or value is None:
        raise InvalidOrderError(f"{name} must be a number, not {value!r}")
    else:
        if isinstance(value, float):
            text = float.__repr__(value)
        elif isinstance(value, str):
            text = value.strip().replace("_", "")
        elif isinstance(value, Real):
            text = str(value)
        else:
            raise InvalidOrderError(f"{name} must be a number, not {type(value).__name__}")
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise InvalidOrderError(f"{name} must be a number, not {value!r}") from None
    if not number.is_finite():
        raise InvalidOrderError(f"{name} must be a finite number, not {value!r}")
    if abs(number.adjusted()) > MOST_DIGITS:
        raise InvalidOrderError(f"{name} is out of any range that an exchange knows")
    is_short = 0 < len(text) <= MOST_DIGITS
    if not is_short and len(number.as_tuple().digits) > MOST_DIGITS:
        raise InvalidOrderError(f"{name} has more digits than any exchange takes")
    return number


@lru_cache(maxsize=4096)
def plain(number: Decimal) -> str:
    """Return `number` as the exchange wants it: digits and a point, no exponent, no needless zeros."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
