"""How values look on the wire: fixed decimals without exponents, times in milliseconds or microseconds, JSON bytes."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from binance_nb.sandbox.engine.units import SCALE
from binance_nb.sandbox.server.errors import ApiError

EncodeTime = Callable[[int], int]

encode = msgspec.json.Encoder().encode
_PERCENT_PLACES = Decimal("0.001")


def units(value: int) -> str:
    """Return an amount in units of 10^-8 as a decimal text with eight places."""
    if value < 0:
        return "-" + units(-value)
    return f"{value // SCALE}.{value % SCALE:08d}"


def fixed(value: Decimal) -> str:
    """Return a Decimal with eight places."""
    return f"{value:.8f}"


def decimals(amount: Decimal) -> int:
    """Return how many decimals an amount needs; zeros at the end need none."""
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def percent(value: Decimal) -> str:
    """Return a percentage with three places."""
    return f"{value.quantize(_PERCENT_PLACES):f}"


def in_ms(us: int) -> int:
    """Return microseconds as milliseconds; -1 stays -1 ("not yet")."""
    return us if us < 0 else us // 1_000


def in_us(us: int) -> int:
    """Return microseconds unchanged."""
    return us


def time_encoder(unit: str | None) -> EncodeTime:
    """Return how times are written for a caller's `timeUnit`; raises -1194 for an unknown unit."""
    if unit is None or unit in {"MILLISECOND", "millisecond"}:
        return in_ms
    if unit in {"MICROSECOND", "microsecond"}:
        return in_us
    raise ApiError(-1194, "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.")


class RawNumber(str):
    """A JSON number's own text, kept for the signature."""

    __slots__ = ()


_decoder = msgspec.json.Decoder(float_hook=RawNumber)


def decode(data: str | bytes) -> Any:
    """Return decoded JSON; a number with a point or an exponent stays a text. Raises msgspec.DecodeError."""
    return _decoder.decode(data)


# Inside lists and objects a number's text goes out as a text: no parameter takes numbers there.
_encode_sent = msgspec.json.Encoder(enc_hook=str).encode


def as_text(value: Any) -> str:
    """Return a JSON parameter as the text that REST would have carried; null is empty."""
    if value is None:
        return ""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return str(value)
    return _encode_sent(value).decode()
