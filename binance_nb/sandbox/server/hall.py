"""What the doors need of the product behind them: spot and futures are two halls of one venue, under one clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from binance_nb.sandbox.clock import US_PER_MS
from binance_nb.sandbox.engine.commands import EngineError
from binance_nb.sandbox.engine.records import OrderCount
from binance_nb.sandbox.engine.specs import OrderRateLimit
from binance_nb.sandbox.server.errors import ApiError
from binance_nb.sandbox.server.limits import AddressLimits
from binance_nb.sandbox.server.listen_keys import ListenKeys
from binance_nb.sandbox.server.user_hub import UserHub
from binance_nb.sandbox.server.wire import EncodeTime

if TYPE_CHECKING:
    from binance_nb.sandbox.server.market_hub import StreamHub

SPOT = "spot"
FUTURES = "futures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """In what the doors of two halls differ."""

    time_units: bool  # whether a caller may ask for microseconds
    refuses_unread: bool  # whether a parameter that no method reads is an error (-1101, -1104)
    plain_weight_header: bool  # whether the used weight is also told without an interval
    says_goodbye: bool  # whether serverShutdown is announced
    ping_interval_s: float
    pong_timeout_s: float
    messages_per_s: int  # what a client may send on a stream connection


class Hall(Protocol):
    """One product of the venue."""

    @property
    def name(self) -> str:
        """SPOT or FUTURES."""

    @property
    def manners(self) -> Manners:
        """How its doors behave."""

    @property
    def limits(self) -> AddressLimits:
        """What each address has used."""

    @property
    def listen_keys(self) -> ListenKeys:
        """The listen keys of every account."""

    @property
    def users(self) -> UserHub:
        """Who hears of which account."""

    @property
    def streams(self) -> "StreamHub":
        """Who hears of which market."""

    def wake(self, now_us: int) -> None:
        """Begin to trade, where that waits for the first request or connection."""

    def account_id(self, name: str) -> int:
        """Return the engine's id of an account."""

    def order_counts(self, account: str, now_us: int) -> Sequence[OrderCount]:
        """Return how many orders an account has placed in each interval."""

    def refusal(self, error: EngineError, now_us: int) -> ApiError:
        """Return an engine's refusal as the doors answer it."""

    def account_event(self, event: Any, t: EncodeTime) -> dict[str, Any]:
        """Return the payload of an account's event."""


def as_api_error(error: EngineError, order_limits: Sequence[OrderRateLimit], now_us: int) -> ApiError:
    """Return an engine's refusal as the doors answer it: 429 and a time to wait for -1015, else 400."""
    if error.code != -1015:
        return ApiError(error.code, error.message, data=error.data)
    ends = [
        (now_us // row.width_us + 1) * row.width_us
        for row in order_limits
        if f"{row.limit} orders per {row.interval_num} {row.interval}" in error.message
    ]
    until = max(ends, default=now_us)
    data = {"serverTime": now_us // US_PER_MS, "retryAfter": until // US_PER_MS}
    return ApiError(error.code, error.message, 429, retry_after_us=until, data=data)


def order_limit_rows(order_limits: Sequence[OrderRateLimit]) -> list[dict[str, Any]]:
    """Return the ORDERS rows of exchangeInfo."""
    return [
        {
            "rateLimitType": "ORDERS",
            "interval": row.interval,
            "intervalNum": row.interval_num,
            "limit": row.limit,
        }
        for row in order_limits
    ]
