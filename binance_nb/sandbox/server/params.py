"""How parameters are read: types, patterns, what must be there, and the refusals (errors.md, 11xx)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from binance_nb.sandbox.server import errors
from binance_nb.sandbox.server.errors import ApiError

Parser = Callable[[str, str], Any]
E = TypeVar("E", bound=StrEnum)

SYMBOL_RANGE = r"^[\w\-._&&[^a-z]]{1,50}$"
CLIENT_ID_RANGE = r"^[a-zA-Z0-9-_]{1,36}$"
DECIMAL_RANGE = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
LONG_RANGE = r"^[0-9]{1,20}$"
TIMEZONE_RANGE = r"^(-?[0-9]{1,2})(:[0-9]{2})?$"
RECV_WINDOW_RANGE = r"^[0-9]{1,10}(\.[0-9]{1,3})?$"

_SYMBOL = re.compile(r"[\w\-.]{1,50}")
_CLIENT_ID = re.compile(r"[a-zA-Z0-9\-_]{1,36}")
_DECIMAL = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)
_LONG = re.compile(r"[0-9]{1,20}", re.ASCII)
_LOWER = re.compile(r"[a-z]")
_TIMEZONE = re.compile(r"([+-]?)([0-9]{1,2})(?::([0-9]{2}))?", re.ASCII)
_RECV_WINDOW = re.compile(r"[0-9]{1,10}(\.[0-9]{1,3})?", re.ASCII)

MAX_LONG = 2**63 - 1
MAX_INT = 2**31 - 1
MAX_RECV_WINDOW_MS = 60_000
US_EPOCH = 10**15  # a timestamp at or above it counts microseconds: as milliseconds it would lie in the year 33658
MAX_SYMBOLS = 100
MIN_STRATEGY_TYPE = 1_000_000
MAX_PEG_OFFSET = 100
MIN_UTC_OFFSET_MINUTES, MAX_UTC_OFFSET_MINUTES = -12 * 60, 14 * 60


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of a method: its name on the wire, how it is read, and whether it must be there."""

    name: str
    parse: Parser
    mandatory: bool = False
    default: Any = None


Values = Mapping[str, Any]


def read(spec: tuple[Param, ...], sent: Mapping[str, str]) -> dict[str, Any]:
    """Return every parameter of `spec`, parsed, None or its default where absent; raises ApiError -1100 to -1135.

    `sent` holds texts as they came. Unknown names are the caller's concern (`refuse_unread`).
    """
    out: dict[str, Any] = {}
    for param in spec:
        text = sent.get(param.name)
        if text is None:
            if param.mandatory:
                raise errors.mandatory(param.name)
            out[param.name] = param.default
        elif text == "":
            raise errors.mandatory(param.name) if param.mandatory else errors.empty(param.name)
        else:
            out[param.name] = param.parse(param.name, text)
    return out


def refuse_unread(known: frozenset[str], sent: Mapping[str, str]) -> None:
    """Raise -1101 or -1104 when something was sent that the method does not read."""
    read_count = sum(1 for name in sent if name in known)
    if read_count == len(sent):
        return
    if not known:
        raise ApiError(-1101, f"Too many parameters; expected '0' and received '{len(sent)}'.")
    raise ApiError(
        -1104, f"Not all sent parameters were read; read '{read_count}' parameter(s) but was sent '{len(sent)}'."
    )


def symbol(name: str, text: str) -> str:
    """Return a symbol's name: letters that are not lower-case ASCII, digits, `-`, `.`, `_`."""
    if not is_symbol(text):
        raise errors.illegal_chars(name, SYMBOL_RANGE)
    return text


def is_symbol(text: str) -> bool:
    """Return whether a text could be a symbol's name."""
    return _SYMBOL.fullmatch(text) is not None and _LOWER.search(text) is None


def symbols(name: str, text: str) -> tuple[str, ...]:
    """Return the symbols of a JSON array; raises -1135, -1100, -1101, -1151."""
    try:
        found = msgspec.json.decode(text.encode(), type=list[str])
    except (msgspec.DecodeError, UnicodeEncodeError):
        raise ApiError(-1135, f"JSON sent for parameter '{name}' is not valid") from None
    if not found:
        raise errors.mandatory(name)
    for item in found:
        if not is_symbol(item):
            raise errors.illegal_chars(name, SYMBOL_RANGE)
    if len(found) > MAX_SYMBOLS:
        raise ApiError(-1101, f"Too many values sent for parameter '{name}', maximum allowed up to {MAX_SYMBOLS}.")
    if len(set(found)) != len(found):
        raise ApiError(-1151, "Symbol is present multiple times in the list.")
    return tuple(found)


def words(name: str, text: str) -> tuple[str, ...]:
    """Return one word, or the words of a JSON array (`permissions` of exchangeInfo)."""
    if text.startswith("["):
        try:
            return tuple(msgspec.json.decode(text.encode(), type=list[str]))
        except msgspec.DecodeError:
            raise ApiError(-1135, f"JSON sent for parameter '{name}' is not valid") from None
    return (text,)


def client_id(name: str, text: str) -> str:
    """Return a client order id."""
    if _CLIENT_ID.fullmatch(text) is None:
        raise errors.illegal_chars(name, CLIENT_ID_RANGE)
    return text


def decimal(name: str, text: str) -> Decimal:
    """Return a non-negative decimal without an exponent."""
    if _DECIMAL.fullmatch(text) is None:
        raise errors.illegal_chars(name, DECIMAL_RANGE)
    value = Decimal(text)
    if value > MAX_LONG:
        raise errors.overflow(name)
    return value


def long(name: str, text: str) -> int:
    """Return a non-negative 64-bit integer."""
    if _LONG.fullmatch(text) is None:
        raise errors.illegal_chars(name, LONG_RANGE)
    value = int(text)
    if value > MAX_LONG:
        raise errors.overflow(name)
    return value


def integer(name: str, text: str) -> int:
    """Return a non-negative 32-bit integer."""
    value = long(name, text)
    if value > MAX_INT:
        raise errors.overflow(name)
    return value


def time_us(name: str, text: str) -> int:
    """Return a time in microseconds since the epoch; it may be sent in milliseconds or microseconds."""
    value = long(name, text)
    return value if value >= US_EPOCH else value * 1_000


def recv_window_us(name: str, text: str) -> int:
    """Return the window in microseconds; it comes in milliseconds with up to three decimals, at most 60000 (-1102)."""
    if _RECV_WINDOW.fullmatch(text) is None:
        raise errors.illegal_chars(name, RECV_WINDOW_RANGE)
    value = Decimal(text)
    if value > MAX_RECV_WINDOW_MS:
        raise ApiError(-1102, f"'{name}' contains unexpected value. Cannot be greater than {MAX_RECV_WINDOW_MS}.")
    return int(value * 1_000)


def limit(maximum: int) -> Parser:
    """Return a reader of `limit`: more than the maximum counts as the maximum, zero is refused with -1130."""

    def parse(name: str, text: str) -> int:
        value = long(name, text)
        if value == 0:
            raise errors.invalid_value(name)
        return min(value, maximum)

    return parse


def boolean(name: str, text: str) -> bool:
    """Return true or false, in any letter case."""
    lowered = text.lower()
    if lowered not in {"true", "false"}:
        raise errors.invalid_value(name)
    return lowered == "true"


def strategy_type(name: str, text: str) -> int:
    """Return a strategy type; raises -1134 for the reserved numbers."""
    value = integer(name, text)
    if value < MIN_STRATEGY_TYPE:
        raise ApiError(-1134, f"{name} was less than {MIN_STRATEGY_TYPE}.")
    return value


def peg_offset(name: str, text: str) -> int:
    """Return a peg offset in price levels, at most 100."""
    value = integer(name, text)
    if value > MAX_PEG_OFFSET:
        raise errors.invalid_value(name)
    return value


def one_of(
    enum: type[E], refusal: ApiError | None = None, allowed: frozenset[E] | None = None
) -> Callable[[str, str], E]:
    """Return a reader of an enumeration: `refusal` is raised for an unknown word, -1130 when none is given."""

    def parse(name: str, text: str) -> E:
        try:
            value = enum(text)
        except ValueError:
            value = None
        if value is None or (allowed is not None and value not in allowed):
            raise ApiError(refusal.code, refusal.message) if refusal else errors.invalid_value(name)
        return value

    return parse


def word(allowed: frozenset[str], refusal: ApiError | None = None) -> Parser:
    """Return a reader of one of a few words that are no enumeration of ours."""

    def parse(name: str, text: str) -> str:
        if text not in allowed:
            raise ApiError(refusal.code, refusal.message) if refusal else errors.invalid_value(name)
        return text

    return parse


def text(_name: str, value: str) -> str:
    """Return the text as it came."""
    return value


def utc_offset_minutes(name: str, value: str) -> int:
    """Return a time zone's offset in minutes, between -12:00 and +14:00 (rest-api.md, klines)."""
    found = _TIMEZONE.fullmatch(value)
    if found is None:
        raise errors.illegal_chars(name, TIMEZONE_RANGE)
    sign, hours, minutes = found.groups()
    total = int(hours) * 60 + int(minutes or 0)
    total = -total if sign == "-" else total
    if int(minutes or 0) > 59 or not MIN_UTC_OFFSET_MINUTES <= total <= MAX_UTC_OFFSET_MINUTES:
        raise errors.invalid_value(name)
    return total
