"""What a caller gave a verb, made ready or refused in one sentence."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from numbers import Integral

import pandas as pd

from binance_nb.errors import InvalidOrderError, StreamError
from binance_nb.models.enums import FUTURES_INTERVALS, KlineInterval
from binance_nb.models.fills import SPOT, USDM

Product = str
"""Whose stream, or clock: "spot" or "usdm" (USD-M futures)."""

Time = datetime | pd.Timestamp | str | int
"""A moment: a datetime, a text that pandas can read ("2026-11-01"), or epoch milliseconds. Without a zone it is UTC."""


def epoch_ms(moment: Time | None) -> int | None:
    """Return a moment as epoch milliseconds. Raises InvalidOrderError for what is not a moment."""
    if moment is None:
        return None
    if isinstance(moment, Integral):  # of numpy too, as a frame gives it
        return int(moment)
    try:
        stamp = pd.Timestamp(moment)
    except (ValueError, TypeError):
        raise InvalidOrderError(f"{moment!r} is not a time; use a datetime or a text such as '2026-11-01'") from None
    stamp = stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp
    return (stamp - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(1, "ms")  # a float of seconds would lose a millisecond


def product_name(product: str) -> str:
    """Return a product. Raises StreamError for what is none."""
    if product not in {SPOT, USDM}:
        raise StreamError(f'product is "spot" or "usdm", not {product!r}')
    return product


def symbol_name(symbol: object) -> str:
    """Return a symbol in capitals. Raises InvalidOrderError for what is no name."""
    if not isinstance(symbol, str) or not symbol.strip():
        raise InvalidOrderError('symbol must be a name such as "BTCUSDT"')
    return symbol.strip().upper()


def interval_name(interval: str, product: str = SPOT) -> str:
    """Return an interval of a product. Raises InvalidOrderError with the list of them for any other."""
    there = [each for each in KlineInterval if product == SPOT or each in FUTURES_INTERVALS]
    if interval not in there:
        whose = "the exchange has" if product == SPOT else "USD-M futures have"
        raise InvalidOrderError(f"{str(interval)!r} is not an interval; {whose} {', '.join(there)}")
    return KlineInterval(interval).value


def order_id_given(order_id: object, client_order_id: str | None) -> int | None:
    """Return the order id as a number, if one was given. Raises InvalidOrderError where neither id was."""
    if order_id is None and client_order_id is None:
        raise InvalidOrderError("say which order: order_id=… or client_order_id=…")
    if order_id is None:
        return None
    if isinstance(order_id, str) and not order_id.isdigit():
        raise InvalidOrderError(f"order_id is a number; a text such as {order_id!r} goes into client_order_id=…")
    return int(order_id)  # type: ignore[call-overload, no-any-return]


def is_within(moment: int | None, first: int | None, last: int | None) -> bool:
    """Return whether a time in epoch milliseconds lies between two others, both included; None is no bound."""
    return moment is None or ((first is None or moment >= first) and (last is None or moment <= last))


def word(vocabulary: type[StrEnum], value: str) -> str:
    """Return a word of a vocabulary, in capitals. Raises InvalidOrderError with the words there are."""
    try:
        return vocabulary(value.strip().upper()).value
    except ValueError:
        raise InvalidOrderError(f"{value!r} is none of {', '.join(vocabulary)}") from None
