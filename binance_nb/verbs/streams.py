"""The user data stream and what it has told so far."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import pandas as pd

from binance_nb import frames, schemas
from binance_nb.errors import NotFilledInTime, StreamError
from binance_nb.models.events import ExecutionReport, order_from_report
from binance_nb.models.listen_key import ListenKey, ListenKeyUrl
from binance_nb.stream.feeds import ListenKeyFeed, SubscriptionFeed
from binance_nb.stream.ledger import OPEN_STATES
from binance_nb.stream.listen_key import ListenKeyLife
from binance_nb.stream.manager import UserDataStreamHandle
from binance_nb.stream.subscribers import Callback, ReportIterator, Subscription
from binance_nb.verbs.core import ClientCore, verb
from binance_nb.verbs.given import symbol_name
from binance_nb.verbs.results import orders_frame
from binance_nb.verbs.sought import Sought


class StreamVerbs(ClientCore):
    """Verbs of the background stream."""

    @verb
    async def start_stream(
        self, *, via: Literal["subscription", "listen_key"] = "subscription"
    ) -> UserDataStreamHandle:
        """Start the user data stream in the background and return its handle once it is subscribed.

        From then on `execution_reports()` and `fills()` grow by themselves, while cells compute, and across
        reconnections: what was missed is completed from REST and marked `source="recovered"`. That covers every symbol
        that the stream told of, that this client placed orders on, that has open orders, or that `watch_symbols`
        named. Of any other symbol the exchange has no way to tell. Raises MissingKeysError, KeyRefused or StreamError.
        web-socket-api.md, "User Data Stream subscription".

        `via="listen_key"` listens the way it was until 2026-02-20, on an exchange that still can, such as
        `BinanceClient.sandbox(listen_keys="legacy")`: the key is made, kept alive every 30 minutes, replaced when it is
        gone and closed at the end; the handle shows when. Binance's spot refuses it with ListenKeyRetired.
        """
        if via not in {"subscription", "listen_key"}:
            raise StreamError(f'via is "subscription" or "listen_key", not {via!r}')
        wants_key = via == "listen_key"
        if wants_key != (self.stream.feed.key_life is not None):
            if self.stream.is_running:
                raise StreamError(f"the stream runs already, another way than via={via!r}: call stop_stream() first")
            self.stream.feed = self._listen_key_feed() if wants_key else self._subscription_feed()
        return await self.stream.start()

    def _listen_key_feed(self) -> ListenKeyFeed:
        return ListenKeyFeed(
            self.config,
            ListenKeyLife(self._spot.listen_key),
            lambda key: (self.get_user_data_stream_url(key),),
        )

    def _subscription_feed(self) -> SubscriptionFeed:
        return SubscriptionFeed(self.config, self._signer, self._transport.clock)

    @verb
    async def stop_stream(self) -> None:
        """Stop the user data stream; what it brought stays in the ledger."""
        await self.stream.stop()

    @verb
    async def watch_symbols(self, symbols: Sequence[str]) -> pd.DataFrame:
        """Complete the trades of these symbols after every gap, also of orders that other programs place.

        From now on; returns what is watched (schema `schemas.WATCHES`). The exchange lists trades by symbol only, so
        a symbol that was neither seen nor watched cannot be completed. rest-api.md, "Account trade list (USER_DATA)".
        """
        names = [symbols] if isinstance(symbols, str) else list(symbols)
        known = {held.symbol for held in self.ledger.watches()}
        for name in map(symbol_name, names):
            if name not in known:
                last = await self._spot.my_trades(
                    name, order_id=None, from_id=None, start_time=None, end_time=None, limit=1
                )
                self.ledger.watch(name, 0, last[-1]["id"] if last else -1)
        self.ledger.commit()
        rows = [{"symbol": held.symbol, "verified_trade_id": held.verified_id} for held in self.ledger.watches()]
        return frames.build(rows, schemas.WATCHES)

    def stream_gaps(self) -> pd.DataFrame:
        """Return the times without the stream and what was completed afterwards (schema `schemas.GAPS`)."""
        return self.ledger.gaps_frame()

    def stream_status(self) -> pd.DataFrame:
        """Return the health of the stream as one row (schema `schemas.STREAM_STATUS`), without any request.

        `state` is stopped, connecting, recovering, connected or waiting; `lag_ms` is the time from the last event to
        its arrival by the exchange's clock, `clock_offset_ms` that clock minus this machine's, `heard_s_ago` the age of
        the last frame, pings included (they come every 20 s; after 65 s of silence the stream connects again).
        """
        status = self.stream.status
        row = {
            "state": status.state,
            "connected_since": _ms(status.connected_since if status.is_connected else None),
            "last_event": _ms(status.last_event),
            "events": status.events,
            "reports": status.reports,
            "recovered": status.recovered,
            "duplicates": status.duplicates,
            "reconnects": status.reconnects,
            "gaps": len(self.ledger.gaps),
            "lag_ms": status.lag_ms,
            "clock_offset_ms": self._transport.clock.offset_ms,
            "heard_s_ago": self.stream.heard_s_ago,
            "last_problem": status.last_problem or None,
        }
        return frames.build([row], schemas.STREAM_STATUS)

    @verb
    async def wait_for_fill(
        self, order: pd.DataFrame | int | str, timeout: float | None = 60.0, *, raw: bool = False, exact: bool = False
    ) -> pd.DataFrame:
        """Wait until an order is filled or ended otherwise, and return it (schema `schemas.ORDERS`).

        `order` is the frame that placing returned, an order id, or a client order id (text); `timeout` in seconds, None
        for no limit. Look at `order_status`: an order that was cancelled or expired has ended too. Where the stream
        has not told of the order yet the exchange is asked once, so that its report may come a moment later than this
        returns. Raises NotFilledInTime, and StreamError if the stream is not running.
        """
        if not self.stream.is_running:
            raise StreamError("wait_for_fill listens to the user data stream: call start_stream() first")
        sought = Sought.of(order)
        reports = ReportIterator(self.stream.subscribers)
        try:
            async with asyncio.timeout(timeout):
                ended = await self._ended_already(sought)
                while ended is None:
                    report = await anext(reports)
                    if sought.matches(report) and report.order_status not in OPEN_STATES:
                        ended = order_from_report(report.raw)
        except TimeoutError:
            raise NotFilledInTime(f"{sought} was still open after {timeout:g} s") from None
        except StopAsyncIteration:
            raise StreamError(f"the client was closed while it waited for {sought}") from None
        finally:
            reports.close()
        return orders_frame(ended, raw=raw, exact=exact)

    async def _ended_already(self, sought: Sought) -> Mapping[str, Any] | None:
        known = self.ledger.find_order(sought.order_id, sought.client_order_id)
        if known is not None and (sought.symbol is None or known["s"] == sought.symbol):
            return None if known["X"] in OPEN_STATES else order_from_report(known)
        if sought.symbol is None:
            return None
        answer: Mapping[str, Any] = await self._spot.query_order(sought.symbol, sought.order_id, sought.client_order_id)
        return None if answer["status"] in OPEN_STATES else answer

    def replay_since(self, number: int) -> list[ExecutionReport]:
        """Return the reports after the one whose `.number` this is, from the ledger: what a slow reader missed.

        A `Subscription` or iterator that was too slow counts what it `missed`; the numbers of the reports that it did
        get show where.
        """
        return self.ledger.replay_since(number)

    def execution_reports(
        self, symbol: str | None = None, *, order_id: int | None = None, exact: bool = False
    ) -> pd.DataFrame:
        """Return the execution reports heard so far (schema `schemas.REPORTS`), without any request."""
        return self.ledger.reports_frame(symbol, order_id, exact=exact)

    def fills(self, symbol: str | None = None, *, order_id: int | None = None, exact: bool = False) -> pd.DataFrame:
        """Return the fills known so far, one row a trade (schema `schemas.FILLS`), without any request.

        They come from the stream and from the answers to orders placed by this client; each trade is there once.
        """
        return self.ledger.fills_frame(symbol, order_id, exact=exact)

    def subscribe(self, callback: Callback) -> Subscription:
        """Call `callback` with each ExecutionReport from now on, on a thread of its own; `.close()` ends it.

        A coroutine function is awaited on the loop that runs now. A callback that raises or is slow stops nothing.
        """
        return Subscription(callback, self.stream.subscribers)

    def reports(self) -> ReportIterator:
        """Return an async iterator over the ExecutionReports from now on: `async for report in client.reports()`."""
        return ReportIterator(self.stream.subscribers)

    @verb
    async def create_listen_key(self) -> str:
        """Create a spot listen key on an exchange that still has them, such as a sandbox in its old mode.

        Binance switched them off on 2026-02-20 and answers 410: then ListenKeyRetired is raised, which says what to use
        instead (`start_stream`). The key is a text whose repr hides it: a cell that ends with it does not show it.
        """
        answer = await self._spot.listen_key("POST")
        return ListenKey(answer["listenKey"])

    @verb
    async def keepalive_listen_key(self, listen_key: str) -> None:
        """Extend a spot listen key by 60 minutes. Raises ListenKeyRetired, or UnknownListenKey if it has expired."""
        await self._spot.listen_key("PUT", listen_key)

    @verb
    async def close_listen_key(self, listen_key: str) -> None:
        """Close a spot listen key. Raises ListenKeyRetired, or UnknownListenKey if it has expired."""
        await self._spot.listen_key("DELETE", listen_key)

    def get_user_data_stream_url(self, listen_key: str | None = None) -> str:
        """Return where the user data stream comes from: the WebSocket API, or with a listen key the old address.

        The address with a key in it opens the account's events to whoever has it; its repr leaves the key out.
        """
        if listen_key is None:
            return self.config.get_ws_url()
        return ListenKeyUrl(f"{self.config.get_stream_url()}/ws/", listen_key)


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)
