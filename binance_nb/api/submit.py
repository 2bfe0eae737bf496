"""At most once: an order is sent one time, and if its fate is unknown the exchange is asked, never sent again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from binance_nb.errors import (
    ExchangeError,
    ExchangeUnavailable,
    IpBanned,
    NetworkError,
    OrderNotPlaced,
    OrderStatusUnknown,
    RateLimited,
    TimestampRefused,
    UnknownOrder,
)
from binance_nb.transport.backoff import Backoff

SERVER_TIMEOUT_S = 10.0
"""How long the exchange itself may work on a request before it answers -1007 (rest-api.md, General API Information)."""

LEAST_WAIT_S = 1.0
"""What a question may take even when patience is almost at its end."""


async def doubt_of(post: Callable[[], Awaitable[Any]]) -> tuple[Any, str]:
    """Post once; return the answer, or why it is in doubt whether anything was done.

    Raises the refusal (a subclass of ExchangeError), or NetworkError if the request certainly never left.
    """
    try:
        answer = await post()
    except NetworkError as error:
        if not error.sent:
            raise
        return None, str(error)
    except ExchangeUnavailable as error:
        if not error.outcome_unknown:
            raise
        return None, str(error)
    return (answer, "") if answer else (None, "the answer was empty")


class Submission:
    """One order on its way, known by its symbol and client order id."""

    def __init__(
        self,
        *,
        symbol: str,
        client_order_id: str,
        query: Callable[[], Awaitable[Any]],
        heard: Callable[[], Any] = lambda: None,
        recv_window_s: float,
        patience_s: float,
        where: str = "get_open_orders()",
    ) -> None:
        """Keep the order's identity.

        `query` asks the exchange for it and raises UnknownOrder if it knows none; `heard` returns it as the user data
        stream told of it, or None: an order known only from there counts as found. `where` is the verb to look with.
        """
        self.symbol = symbol
        self.client_order_id = client_order_id
        self._query = query
        self._heard = heard
        self._patience_s = patience_s
        self._where = where
        # After its receive window a request that has not reached the matching engine is refused there, and one that
        # has is answered within the server's own timeout: an order still unknown then will never exist.
        self._settled_after_s = recv_window_s + SERVER_TIMEOUT_S
        self._in_doubt_since = time.monotonic()

    async def send(self, post: Callable[[], Awaitable[Any]]) -> Any:
        """Post the order once and return the answer, or what the exchange says of it when no clear answer came.

        Raises the refusal (a subclass of ExchangeError), NetworkError if it certainly never left, OrderNotPlaced if it
        never arrived, or OrderStatusUnknown.
        """
        answer, doubt = await doubt_of(post)
        return await self.look_for(doubt) if doubt else answer

    async def look_for(self, doubt: str) -> Any:
        """Ask for the order from now on, as it may have left in this moment, and why that is in doubt."""
        # Counted from here and not from the call: it may have waited for a rate limit before it sent anything.
        self._in_doubt_since = time.monotonic()
        return await self.find(doubt)

    async def find(self, doubt: str) -> Any:
        """Ask for the order until the exchange tells, or patience ends."""
        backoff = Backoff(0.1, 2.0)
        give_up_at = time.monotonic() + self._patience_s
        while True:
            try:
                async with asyncio.timeout(max(LEAST_WAIT_S, give_up_at - time.monotonic())):
                    return await self._query()
            except (TimeoutError, NetworkError, ExchangeError) as error:
                told = self._heard()
                if told is not None:
                    return told
                doubt = self._weigh(error, doubt)
            delay_s = backoff.next_s()
            if time.monotonic() + delay_s > give_up_at:
                raise self._unknown(doubt)
            await asyncio.sleep(delay_s)

    def _weigh(self, error: Exception, doubt: str) -> str:
        """Return the reason to go on asking after `error`, or raise what there is no more doubt of."""
        if isinstance(error, UnknownOrder):
            if time.monotonic() - self._in_doubt_since < self._settled_after_s:
                return doubt
            raise OrderNotPlaced(
                f"the order {self.client_order_id} never arrived ({doubt}); it does not exist",
                code=error.code,
                http_status=error.http_status,
                request=error.request,
            ) from None
        if isinstance(error, TimeoutError):
            return f"{doubt}; asking for it got no answer"
        # A ban outlasts any patience; a refusal of the question will be repeated.
        passing = isinstance(error, NetworkError | ExchangeUnavailable | RateLimited | TimestampRefused)
        if passing and not isinstance(error, IpBanned):
            return str(error)
        raise self._unknown(f"{doubt}; then asking for it failed: {error}") from None

    def _unknown(self, doubt: str) -> OrderStatusUnknown:
        return OrderStatusUnknown(
            f"it is not known whether the order {self.client_order_id} on {self.symbol} was placed ({doubt}); "
            f"it was sent once and will not be sent again: ask with .resolve(), or look at {self._where}",
            symbol=self.symbol,
            client_order_id=self.client_order_id,
            resolver=lambda: self.find(doubt),
        )
