"""Limits by address: request weight, raw requests, connections, and the bans that follow (rest-api.md, LIMITS).

Intervals are aligned to the clock: a one-minute interval begins with every minute. Unfilled orders are counted by the
engine.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from binance_nb.sandbox.clock import US_PER_S
from binance_nb.sandbox.server.errors import ApiError

INTERVAL_S = {"SECOND": 1, "MINUTE": 60, "HOUR": 3_600, "DAY": 86_400}
CONNECT_WEIGHT = 2


@dataclass(frozen=True, slots=True)
class Interval:
    """One limit: so many per interval."""

    type: str  # REQUEST_WEIGHT, RAW_REQUESTS or CONNECTIONS
    interval: str  # a key of INTERVAL_S
    num: int
    limit: int

    @property
    def length_us(self) -> int:
        """Return the interval's length in microseconds."""
        return INTERVAL_S[self.interval] * self.num * US_PER_S

    @property
    def span(self) -> str:
        """Return the interval as error texts name it, e.g. `1 MINUTE`."""
        return f"{self.num} {self.interval}"

    @property
    def suffix(self) -> str:
        """Return the interval as response headers name it, e.g. `1M`."""
        return f"{self.num}{self.interval[0]}"

    def as_json(self, count: int | None = None) -> dict[str, Any]:
        """Return the row of `rateLimits`, with the count where one is given."""
        row: dict[str, Any] = {
            "rateLimitType": self.type,
            "interval": self.interval,
            "intervalNum": self.num,
            "limit": self.limit,
        }
        if count is not None:
            row["count"] = count
        return row


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """Every limit by address; a test makes them small."""

    weight: Interval = Interval("REQUEST_WEIGHT", "MINUTE", 1, 6_000)
    raw: Interval = Interval("RAW_REQUESTS", "MINUTE", 5, 300_000)  # since 2026-04-02 (CHANGELOG 2026-03-27)
    connections: Interval = Interval("CONNECTIONS", "MINUTE", 5, 300)
    refusals_before_ban: int = 10
    ban_s: tuple[int, ...] = (120, 600, 3_600, 21_600, 86_400, 259_200)  # two minutes to three days
    enabled: bool = True

    def changed(self, values: dict[str, Any]) -> "LimitSettings":
        """Return a copy with new limits; keys: weight, raw, connections, refusals_before_ban, enabled."""
        changes: dict[str, Any] = {}
        for name, value in values.items():
            if name in {"weight", "raw", "connections"}:
                changes[name] = replace(getattr(self, name), limit=int(value))
            elif name == "refusals_before_ban":
                changes[name] = int(value)
            elif name == "enabled":
                changes[name] = bool(value)
            else:
                raise ValueError(f"there is no limit called {name!r}")
        return replace(self, **changes)


@dataclass(slots=True)
class _Counter:
    start_us: int = -1
    count: int = 0

    def at(self, interval: Interval, now_us: int) -> "_Counter":
        start = now_us - now_us % interval.length_us
        if start != self.start_us:
            self.start_us, self.count = start, 0
        return self


@dataclass(slots=True)
class _Address:
    weight: _Counter = field(default_factory=_Counter)
    raw: _Counter = field(default_factory=_Counter)
    connections: _Counter = field(default_factory=_Counter)
    refusals: int = 0
    refused_interval_us: int = -1
    bans: int = 0
    banned_until_us: int = 0


class AddressLimits:
    """What each address has used; all times are the server's microseconds."""

    def __init__(self, settings: LimitSettings | None = None) -> None:
        """Start with nothing used."""
        self.settings = settings or LimitSettings()
        self._addresses: dict[str, _Address] = {}

    def admit(self, address: str, weight: int, now_us: int) -> None:
        """Count one request of `weight`; raises ApiError 429 above a limit and 418 while banned."""
        if not self.settings.enabled:
            self._of(address).weight.at(self.settings.weight, now_us).count += weight
            return
        who = self._of(address)
        self._refuse_banned(who, now_us)
        raw = who.raw.at(self.settings.raw, now_us)
        used = who.weight.at(self.settings.weight, now_us)
        if raw.count + 1 > self.settings.raw.limit:
            self._refused(who, self.settings.raw, "Too many requests queued.", now_us)
        raw.count += 1
        if used.count + weight > self.settings.weight.limit:
            row = self.settings.weight
            self._refused(
                who,
                row,
                f"Too much request weight used; current limit is {row.limit} request weight per {row.span}. "
                "Please use WebSocket Streams for live updates to avoid polling the API.",
                now_us,
            )
        used.count += weight

    def give_back(self, address: str, weight: int, now_us: int) -> None:
        """Return weight that a successful order request does not cost (CHANGELOG 2026-03-27)."""
        used = self._of(address).weight.at(self.settings.weight, now_us)
        used.count = max(0, used.count - weight)

    def connect(self, address: str, now_us: int, weight: int = 0) -> None:
        """Count one connection attempt and its weight; raises ApiError 429 or 418 as `admit` does."""
        if self.settings.enabled:
            who = self._of(address)
            self._refuse_banned(who, now_us)
            row = self.settings.connections
            seen = who.connections.at(row, now_us)
            if seen.count + 1 > row.limit:
                text = f"Too many connection attempts from IP; current limit is {row.limit} per '{row.span}'."
                raise ApiError(-1034, text, 429, retry_after_us=seen.start_us + row.length_us)
            seen.count += 1
        if weight:
            self.admit(address, weight, now_us)

    def used_weight(self, address: str, now_us: int) -> int:
        """Return the weight an address has used in the current interval."""
        return self._of(address).weight.at(self.settings.weight, now_us).count

    def weight_row(self, address: str, now_us: int) -> dict[str, Any]:
        """Return the REQUEST_WEIGHT row of a WebSocket answer's `rateLimits`."""
        return self.settings.weight.as_json(self.used_weight(address, now_us))

    def banned_until_us(self, address: str) -> int:
        """Return until when an address is banned, 0 for never."""
        return self._of(address).banned_until_us

    def ban(self, address: str, now_us: int) -> int:
        """Ban an address, longer than the last time, and return until when in microseconds."""
        who = self._of(address)
        lengths = self.settings.ban_s
        length_s = lengths[min(who.bans, len(lengths) - 1)]
        who.bans += 1
        who.refusals = 0
        who.banned_until_us = now_us + length_s * US_PER_S
        return who.banned_until_us

    def reset(self) -> None:
        """Forget every count and ban."""
        self._addresses.clear()

    def _of(self, address: str) -> _Address:
        return self._addresses.setdefault(address, _Address())

    def _refuse_banned(self, who: _Address, now_us: int) -> None:
        if now_us < who.banned_until_us:
            raise _banned(who.banned_until_us, now_us)

    def _refused(self, who: _Address, row: Interval, text: str, now_us: int) -> None:
        start = now_us - now_us % row.length_us
        if who.refused_interval_us != start:
            who.refused_interval_us, who.refusals = start, 0
        who.refusals += 1
        if who.refusals > self.settings.refusals_before_ban:
            until = self._ban(who, now_us)
            raise _banned(until, now_us)
        until = start + row.length_us
        raise ApiError(-1003, text, 429, retry_after_us=until, data=_retry_data(until, now_us))

    def _ban(self, who: _Address, now_us: int) -> int:
        address = next(name for name, each in self._addresses.items() if each is who)
        return self.ban(address, now_us)


def _banned(until_us: int, now_us: int) -> ApiError:
    text = (
        f"Way too much request weight used; IP banned until {until_us // 1_000}. "
        "Please use WebSocket Streams for live updates to avoid bans."
    )
    return ApiError(-1003, text, 418, retry_after_us=until_us, data=_retry_data(until_us, now_us))


def _retry_data(until_us: int, now_us: int) -> dict[str, Any]:
    return {"serverTime": now_us // 1_000, "retryAfter": until_us // 1_000}
