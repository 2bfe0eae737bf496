"""Everything that this package raises on purpose.

    BinanceNBError
    ├── ConfigError                     the settings do not fit together
    │   ├── MissingKeysError            a signed request, and no keys in the environment
    │   └── InsecureUrlError            neither TLS nor loopback
    ├── InvalidOrderError               refused here, before anything was sent (also a ValueError)
    │   ├── UnknownSymbolError          the exchange does not list that symbol
    │   └── SymbolRuleError             a rule of the symbol is broken: which, its limit, the nearest valid value
    ├── StreamError                     the user data stream cannot be had
    │   └── NotFilledInTime             an order is still open when the patience ends (also a TimeoutError)
    ├── LedgerError                     a ledger's file is locked, damaged or of a newer version
    ├── WrongThreadError                a blocking call on the thread that would have to answer it
    ├── SandboxError                    the sandbox did not start, or refused a command
    ├── AnalysisError                   a measure cannot be had from what it was given (also a ValueError)
    ├── MissingExtraError               an optional package is not installed (also an ImportError)
    ├── CassetteError                   a recording that cannot be read, or that holds a secret
    ├── NetworkError                    no answer came; `.sent` says whether the request may have left
    ├── OrderStatusUnknown              an order may or may not exist: ask again with `.resolve()`
    └── ExchangeError                   the exchange answered, and refused
        ├── InvalidRequest              a parameter is missing, malformed or too much (-11xx, -12xx)
        ├── OrderRejected               a new order was refused (-2010, -1013, …)
        │   ├── FilterFailure           by a filter of the symbol (-1013)
        │   ├── InsufficientBalance     for lack of funds
        │   └── OrderNotPlaced          it never arrived, and the exchange no longer accepts it
        ├── CancelRejected              a cancel or an amendment was refused (-2011, -2038)
        │   └── CancelReplaceFailed     one or both legs of a cancel-replace failed (-2021, -2022), told leg by leg
        ├── SettingRefused              leverage, margin type or position mode cannot be changed now (futures)
        ├── UnknownOrder                no such order (-2013, or -2011 "Unknown order sent.")
        ├── KeyRefused                  the API key is malformed, unknown here, or may not do this (-2014, -2015, -2008)
        ├── SignatureRefused            -1022
        ├── TimestampRefused            -1021
        ├── ListenKeyRetired            spot listen keys are no more (HTTP 410)
        ├── UnknownListenKey            -1125
        ├── RateLimited                 HTTP 429; `.retry_after` in seconds
        │   └── IpBanned                HTTP 418; `.until` says when it lifts
        └── ExchangeUnavailable         5xx, maintenance, overload; `.outcome_unknown` for -1006, -1007 and their like

The codes are those of the exchange's errors.md; the HTTP statuses those of rest-api.md, "HTTP Return Codes".
In a notebook cell each of them shows as one line and its sentence instead of a long traceback.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any


class BinanceNBError(Exception):
    """The root of all errors of this package."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Let an error travel between processes whatever its constructor needs; what can ask again stays behind."""
        state = {name: value for name, value in vars(self).items() if name not in {"_resolver", "_run"}}
        return _rebuilt, (type(self), self.args, state)

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows in a cell: the name and the sentence, not the way through our modules."""
        lines = [f"{type(self).__name__}: {self}"]
        lines += [f"  {note}" for note in getattr(self, "__notes__", [])]
        return lines


def _rebuilt(kind: type[BinanceNBError], args: tuple[Any, ...], state: dict[str, Any]) -> BinanceNBError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class ConfigError(BinanceNBError):
    """The settings do not fit together; the message says which and what would."""


class MissingKeysError(ConfigError):
    """A signed request needs keys, and the environment variables that hold them are not set."""


class InsecureUrlError(ConfigError):
    """An address that is neither https/wss nor on this machine."""


class InvalidOrderError(BinanceNBError, ValueError):
    """An order was refused here, before anything was sent. `code`: what the exchange would have answered, if known."""

    def __init__(self, message: str, *, code: int | None = None) -> None:
        """Keep the sentence and the predicted code."""
        super().__init__(message)
        self.code = code


class UnknownSymbolError(InvalidOrderError):
    """The exchange does not list that symbol."""


class SymbolRuleError(InvalidOrderError):
    """An order breaks a rule of its symbol; `failures` holds the rows that `check_order` would show."""

    def __init__(self, message: str, *, code: int | None = None, failures: tuple[Any, ...] = ()) -> None:
        """Keep the sentence, the predicted code and the failed checks."""
        super().__init__(message, code=code)
        self.failures = failures


class StreamError(BinanceNBError):
    """The user data stream cannot be started, or was asked for something while it is not running."""


class NotFilledInTime(StreamError, TimeoutError):
    """An order was still open when `wait_for_fill` gave up waiting; the order itself stays as it is."""


class LedgerError(BinanceNBError):
    """The file of a ledger cannot be used: in use by another client, no ledger, damaged, or of a newer version."""


class AnalysisError(BinanceNBError, ValueError):
    """A measure cannot be had from the frames it was given; the sentence says what is missing or contradicts."""


class MissingExtraError(BinanceNBError, ImportError):
    """A package that only some people need is not installed; the sentence names it and how to get it."""


class WrongThreadError(BinanceNBError, RuntimeError):
    """A blocking call was made on the network thread itself, where it could never return."""


class SandboxError(BinanceNBError):
    """The sandbox process did not start, died, or refused a command."""


class CassetteError(BinanceNBError):
    """A recording cannot be read or replayed, or it would have held a secret."""


class NetworkError(BinanceNBError):
    """No answer came. `sent` is False where it is certain that the request never left this machine."""

    def __init__(self, message: str, *, sent: bool) -> None:
        """Keep the sentence, and whether the exchange may have seen the request."""
        super().__init__(message)
        self.sent = sent


class OrderStatusUnknown(BinanceNBError):
    """An order was sent and its fate could not be learned in time. It was not, and will not be, sent again.

    `await error.resolve_async()` or `error.resolve()` asks the exchange once more by the client order id.
    """

    _resolver: Callable[[], Coroutine[Any, Any, Any]] | None = None
    _run: Callable[[Coroutine[Any, Any, Any]], Any] | None = None

    def __init__(
        self,
        message: str,
        *,
        symbol: str,
        client_order_id: str,
        resolver: Callable[[], Coroutine[Any, Any, Any]] | None = None,
    ) -> None:
        """Keep the order's identity and the way to ask for it again."""
        super().__init__(message)
        self.symbol = symbol
        self.client_order_id = client_order_id
        self._resolver = resolver

    async def resolve_async(self) -> Any:
        """Ask again: return the order, or raise OrderRejected or OrderStatusUnknown."""
        if self._resolver is None:
            raise BinanceNBError("this error did not come from a client that could ask again")
        return await self._resolver()

    def resolve(self) -> Any:
        """Ask again from a cell: return the order, or raise OrderRejected or OrderStatusUnknown."""
        if self._run is None:
            raise BinanceNBError("this error came from the async client: use `await error.resolve_async()`")
        return self._run(self.resolve_async())


class ExchangeError(BinanceNBError):
    """The exchange answered with an error.

    Attributes: `code` (int, the exchange's; None where the body was not JSON), `message` (str), `http_status` (int),
    `data` (what came with it, for a cancel-replace), `retry_after` (seconds, or None), `request` ("METHOD path").
    """

    def __init__(
        self,
        message: str,
        *,
        code: int | None = None,
        http_status: int = 0,
        data: Any = None,
        retry_after: float | None = None,
        request: str = "",
        hint: str = "",
    ) -> None:
        """Keep every part of the answer."""
        self.message = message
        self.code = code
        self.http_status = http_status
        self.data = data
        self.retry_after = retry_after
        self.request = request
        self.hint = hint
        super().__init__(message)

    def __str__(self) -> str:
        """Return one sentence: what was said, its code and status, and what to do about it."""
        numbers = [] if self.code is None else [f"code {self.code}"]
        if self.http_status:
            numbers.append(f"HTTP {self.http_status}")
        text = self.message if self.message else "no message"
        if numbers:
            text += f" ({', '.join(numbers)}{f', {self.request}' if self.request else ''})"
        return f"{text} {self.hint}".rstrip()


class InvalidRequest(ExchangeError):
    """A parameter is missing, malformed, unknown or not wanted (codes -1100 to -1225)."""


class OrderRejected(ExchangeError):
    """A new order was refused; it does not exist."""


class FilterFailure(OrderRejected):
    """A filter of the symbol, of the exchange or of an asset refused the order (-1013 "Filter failure: …")."""


class InsufficientBalance(OrderRejected):
    """The account has not enough free funds for the order."""


class OrderNotPlaced(OrderRejected):
    """The order never arrived: the exchange does not know it, and its receive window has passed."""


class CancelRejected(ExchangeError):
    """A cancel, a cancel-replace or an amendment was refused."""


class CancelReplaceFailed(CancelRejected):
    """One leg of a cancel-replace failed, or both. A leg that succeeded stays: look at it before you go on.

    rest-api.md, "Cancel an Existing Order and Send a New Order".
    """

    @property
    def cancel_result(self) -> str:
        """SUCCESS or FAILURE."""
        return str((self.data or {}).get("cancelResult", ""))

    @property
    def new_order_result(self) -> str:
        """SUCCESS, FAILURE or NOT_ATTEMPTED."""
        return str((self.data or {}).get("newOrderResult", ""))

    @property
    def cancel_response(self) -> Any:
        """The cancelled order, or the `code` and `msg` of the refusal."""
        return (self.data or {}).get("cancelResponse")

    @property
    def new_order_response(self) -> Any:
        """The new order, the `code` and `msg` of the refusal, or None where it was not attempted."""
        return (self.data or {}).get("newOrderResponse")

    def __str__(self) -> str:
        """Say what became of each leg."""
        legs = []
        for leg, result, response in (
            ("the cancel", self.cancel_result, self.cancel_response),
            ("the new order", self.new_order_result, self.new_order_response),
        ):
            told = response if isinstance(response, Mapping) else {}
            if result == "SUCCESS":
                legs.append(f"{leg} succeeded (order {told.get('orderId')})")
            elif result == "FAILURE":
                legs.append(f"{leg} failed: {told.get('msg')} (code {told.get('code')})")
            else:
                legs.append(f"{leg} was not attempted")
        return f"{super().__str__()} {'; '.join(legs)}."


class SettingRefused(ExchangeError):
    """A setting of the futures account cannot be changed: out of range, or orders or a position are in the way."""


class UnknownOrder(ExchangeError):
    """The exchange knows no such order."""


class KeyRefused(ExchangeError):
    """The API key is malformed, unknown to this environment, or lacks the permission."""


class SignatureRefused(ExchangeError):
    """The exchange computed another signature."""


class TimestampRefused(ExchangeError):
    """The request's time lies outside its receive window."""


class ListenKeyRetired(ExchangeError):
    """Spot listen keys were switched off on 2026-02-20 (07:00 UTC)."""


class UnknownListenKey(ExchangeError):
    """That listen key does not exist, or has expired (-1125)."""


class RateLimited(ExchangeError):
    """Too many requests or orders for this address or account; `retry_after` says how many seconds to wait."""


class IpBanned(RateLimited):
    """This address is banned for having gone on after a 429; `until` (UTC) says when that ends."""

    @property
    def until(self) -> datetime:
        """When the ban lifts, counted from the moment that this error was made."""
        return datetime.fromtimestamp(self._made_at + (self.retry_after or 0.0), tz=UTC)

    def __init__(self, message: str, **parts: Any) -> None:
        """Keep the parts and the moment."""
        super().__init__(message, **parts)
        self._made_at = time.time()


class ExchangeUnavailable(ExchangeError):
    """The exchange could not do it: internal error, overload or maintenance.

    `outcome_unknown` is True where a sent order may have been executed all the same.
    """

    @property
    def outcome_unknown(self) -> bool:
        """Whether an order may exist although this error came back."""
        # Under any other status the same words may be a gateway's, about an answer that got lost behind it.
        not_passed_on = self.http_status == 503 and "Service Unavailable" in self.message
        return self.code not in CODES_NOT_EXECUTED and not not_passed_on


CODES_NOT_EXECUTED = frozenset({-1008, -1016})
"""Errors of a server that says it did not pass the request on (errors.md)."""

_BY_CODE: dict[int, type[ExchangeError]] = {
    -1000: ExchangeUnavailable,
    -1001: ExchangeUnavailable,
    -1002: KeyRefused,
    -1003: RateLimited,
    -1006: ExchangeUnavailable,
    -1007: ExchangeUnavailable,
    -1008: ExchangeUnavailable,
    -1010: OrderRejected,
    -1013: FilterFailure,
    -1014: OrderRejected,
    -1015: RateLimited,
    -1016: ExchangeUnavailable,
    -1020: InvalidRequest,
    -1021: TimestampRefused,
    -1022: SignatureRefused,
    -1125: UnknownListenKey,
    -2008: KeyRefused,
    -2010: OrderRejected,
    -2011: CancelRejected,
    -2013: UnknownOrder,
    -2014: KeyRefused,
    -2015: KeyRefused,
    -2026: UnknownOrder,
    -2038: CancelRejected,
    -2039: UnknownOrder,
}

CANCEL_REPLACE_CODES = frozenset({-2021, -2022})

_BALANCE = "insufficient balance"


def _class_for(
    http_status: int, code: int | None, message: str, codes: Mapping[int, type[ExchangeError]]
) -> type[ExchangeError]:
    if (
        code in CANCEL_REPLACE_CODES and code not in codes
    ):  # whatever the status: 400, 409, or 429 with one leg executed
        return CancelReplaceFailed
    if http_status == 418:
        return IpBanned
    if http_status == 429:
        return RateLimited
    if code is not None and code in codes:
        return codes[code]
    if code is not None:
        found = _BY_CODE.get(code)
        if found is OrderRejected and _BALANCE in message:
            return InsufficientBalance
        if found is FilterFailure and not message.startswith("Filter failure"):
            return OrderRejected
        if found is CancelRejected and message.startswith("Unknown order"):
            return UnknownOrder
        if found is not None:
            return found
        if -1300 < code <= -1100:  # errors.md, "11xx - Request issues", which runs on to -1225
            return InvalidRequest
    if http_status >= 500 or http_status == 408:
        return ExchangeUnavailable
    return ExchangeError


def error_from_answer(
    http_status: int,
    payload: Any,
    *,
    headers: Mapping[str, str] | None = None,
    request: str = "",
    hint: str = "",
    codes: Mapping[int, type[ExchangeError]] = MappingProxyType({}),
) -> ExchangeError:
    """Return the error that an answer stands for; `codes` are meanings that go before those of spot.

    `payload` is the decoded JSON body (`{"code": int, "msg": str}`, perhaps with `data`), or the body's text where it
    was not JSON. `headers` may hold `Retry-After` in seconds.
    """
    code: int | None = None
    data: Any = None
    if isinstance(payload, Mapping):
        raw_code = payload.get("code")
        code = raw_code if isinstance(raw_code, int) else None
        message = str(payload.get("msg", "")) or (str(dict(payload)) if payload else f"HTTP status {http_status}")
        data = payload.get("data")
    else:
        message = first_words(str(payload)) or f"HTTP status {http_status}"
    wait = (headers or {}).get("Retry-After")
    retry_after = float(wait) if wait is not None and wait.replace(".", "", 1).isdecimal() else None
    if retry_after is None and isinstance(data, Mapping) and isinstance(data.get("retryAfter"), int):
        # The WebSocket API tells the moment in epoch milliseconds, with the server's clock beside it.
        server_time = data.get("serverTime", int(time.time() * 1000))
        retry_after = max(0.0, (data["retryAfter"] - server_time) / 1000)
    return _class_for(http_status, code, message, codes)(
        message,
        code=code,
        http_status=http_status,
        data=data,
        retry_after=retry_after,
        request=request,
        hint=hint,
    )


def first_words(body: str, limit: int = 120) -> str:
    """Return the readable beginning of an HTML or text body, tags taken out."""
    words: list[str] = []
    for piece in body.replace("<", "\n<").splitlines():
        text = piece.split(">", 1)[1] if piece.startswith("<") and ">" in piece else piece
        if text.strip() and text.strip() not in words:
            words.append(text.strip())
    return " ".join(words)[:limit]
