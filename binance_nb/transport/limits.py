"""The exchange's budgets: what is used of each, waiting before one runs out, silence during a ban.

rest-api.md, "LIMITS": weights count per address in fixed intervals of the exchange's clock, orders per account. What is
used comes from the answers' headers (`X-MBX-USED-WEIGHT-1M`, `X-MBX-ORDER-COUNT-10S`, …) or, over the WebSocket API,
from their `rateLimits`; what is under way and not answered yet is added to it here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from binance_nb.errors import IpBanned, RateLimited

WEIGHT = "REQUEST_WEIGHT"
ORDERS = "ORDERS"

SECONDS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86400}

MARGIN_S = 0.1
"""How long after an interval's end we go on, as our idea of the exchange's clock is not exact."""

WORTH_A_WORD_S = 0.5
"""A wait that a person would wonder about."""

log = logging.getLogger("binance_nb.transport")

KEEP_FREE = 0.02
"""The part of a budget left alone, for other programs behind the same address and for what the headers tell late."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one request takes out of the budgets."""

    weight: int = 1
    orders: int = 0


@dataclass(slots=True)
class Budget:
    """One limit and how much of it is gone in the present interval."""

    kind: str
    interval: str
    interval_num: int
    limit: int
    used: int = 0
    under_way: int = 0
    header: str = field(init=False)
    """The header of an answer that tells what is used of it."""
    length_s: int = field(init=False)
    """The interval in seconds."""
    _begins_at: float = 0.0
    _ends_at: float = 0.0

    def __post_init__(self) -> None:
        """Name the header; look how long the interval is."""
        what = "USED-WEIGHT" if self.kind == WEIGHT else "ORDER-COUNT"
        self.header = f"X-MBX-{what}-{self.interval_num}{self.interval[0]}"
        self.length_s = SECONDS[self.interval] * self.interval_num

    def roll(self, now_s: float) -> None:
        """Begin anew if another interval has begun."""
        if not self._begins_at <= now_s < self._ends_at:
            self._begins_at = float(now_s // self.length_s * self.length_s)
            self._ends_at = self._begins_at + self.length_s
            self.used = 0

    def ends_at(self) -> float:
        """The end of the present interval, in epoch seconds of the exchange's clock."""
        return self._ends_at

    @property
    def ceiling(self) -> int:
        """How much of the limit we use ourselves."""
        return self.limit - int(self.limit * KEEP_FREE)


@dataclass
class RateLimits:
    """All budgets of one environment. `server_time_s` tells the exchange's clock in epoch seconds."""

    server_time_s: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    budgets: list[Budget] = field(default_factory=list)
    banned_until_s: float = 0.0
    paused_until_s: float = 0.0
    waited_s: float = 0.0
    _charged: dict[tuple[int, int, int], tuple[tuple[Budget, int], ...]] = field(default_factory=dict, repr=False)
    """What a cost takes out of which budgets, for so many of them: an order has the same answer every time."""

    def learn(self, limits: Iterable[Mapping[str, Any]]) -> None:
        """Take the limits from exchangeInfo's `rateLimits`, or the limits and counts from a WebSocket answer's."""
        now = self.server_time_s()
        for told in limits:
            if told["rateLimitType"] not in {WEIGHT, ORDERS} or told["interval"] not in SECONDS:
                continue
            budget = self._budget(told["rateLimitType"], told["interval"], told["intervalNum"])
            if budget is None:
                budget = Budget(told["rateLimitType"], told["interval"], told["intervalNum"], told["limit"])
                self.budgets.append(budget)
            budget.limit = told["limit"]
            budget.roll(now)
            if "count" in told:
                self._take_count(budget, told["count"])

    def note_headers(self, headers: Mapping[str, str]) -> None:
        """Take what is used from an answer's headers, a mapping that reads names in any case of letters."""
        now = self.server_time_s()
        for budget in self.budgets:
            value = headers.get(budget.header)
            if value is not None and value.isdigit():
                budget.roll(now)
                self._take_count(budget, int(value))

    def note_refusal(self, error: RateLimited) -> None:
        """Keep still for as long as a 429 or a 418 asks."""
        until = time.monotonic() + (error.retry_after or 1.0)
        if isinstance(error, IpBanned):
            self.banned_until_s = max(self.banned_until_s, until)
        else:
            self.paused_until_s = max(self.paused_until_s, until)

    async def admit(self, cost: Cost) -> None:
        """Wait until `cost` fits every budget, then set it aside. Raises IpBanned while a ban lasts."""
        while True:
            now = time.monotonic()
            if self.banned_until_s > now:
                left = self.banned_until_s - now
                raise IpBanned(
                    f"this address is banned for {left:.0f} s more; nothing was sent", http_status=418, retry_after=left
                )
            wait = max(self.paused_until_s - now, self._wait_for(cost))
            if wait <= 0:
                break
            self.waited_s += wait
            if wait >= WORTH_A_WORD_S:
                log.info("waiting %.1f s for the exchange's rate limits", wait)
            await self.sleep(wait)
        for budget, amount in self._amounts(cost):
            budget.under_way += amount

    def settle(self, cost: Cost) -> None:
        """Take back what `admit` set aside: the answer has come, and told the count, or never will."""
        for budget, amount in self._amounts(cost):
            budget.under_way = max(0, budget.under_way - amount)

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a budget, for the frame."""
        now = self.server_time_s()
        rows = []
        for budget in self.budgets:
            budget.roll(now)
            used = budget.used + budget.under_way
            rows.append(
                {
                    "rate_limit_type": budget.kind,
                    "interval": f"{budget.interval_num} {budget.interval}",
                    "limit": budget.limit,
                    "used": used,
                    "remaining": max(0, budget.limit - used),
                    "resets_at": int(datetime.fromtimestamp(budget.ends_at(), tz=UTC).timestamp() * 1000),
                }
            )
        return rows

    def _wait_for(self, cost: Cost) -> float:
        now = self.server_time_s()
        wait = 0.0
        for budget, amount in self._amounts(cost):
            budget.roll(now)
            if budget.used + budget.under_way + amount > budget.ceiling and budget.used + budget.under_way > 0:
                wait = max(wait, budget.ends_at() - now + MARGIN_S)
        return wait

    def _amounts(self, cost: Cost) -> tuple[tuple[Budget, int], ...]:
        key = (cost.weight, cost.orders, len(self.budgets))
        found = self._charged.get(key)
        if found is None:
            amounts = ((each, cost.weight if each.kind == WEIGHT else cost.orders) for each in self.budgets)
            found = self._charged[key] = tuple(pair for pair in amounts if pair[1])
        return found

    def _budget(self, kind: str, interval: str, interval_num: int) -> Budget | None:
        for budget in self.budgets:
            if (budget.kind, budget.interval, budget.interval_num) == (kind, interval, interval_num):
                return budget
        return None

    def _take_count(self, budget: Budget, count: int) -> None:
        # Weights only grow within an interval, so a late answer must not take any back. The count of orders falls
        # again when orders fill (faqs/order_count_decrement.md): there the newest word holds.
        budget.used = max(budget.used, count) if budget.kind == WEIGHT else count
