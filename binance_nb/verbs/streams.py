"""The user data stream and what it has told so far."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import pandas as pd

from binance_nb import frames, futures_frames, futures_schemas, schemas
from binance_nb.errors import NotFilledInTime, StreamError, UnknownOrder
from binance_nb.models.events import NO_ID, BalanceUpdate, ExecutionReport, order_from_report
from binance_nb.models.fills import SPOT, USDM, product_of
from binance_nb.models.futures_events import AlgoUpdate, FuturesEvent, futures_order_from_report
from binance_nb.models.listen_key import ListenKey, ListenKeyUrl
from binance_nb.stream.feeds import ListenKeyFeed, SubscriptionFeed
from binance_nb.stream.futures_queries import private_addresses
from binance_nb.stream.ledger import OPEN_STATES
from binance_nb.stream.listen_key import KeyRequest, ListenKeyLife
from binance_nb.stream.manager import UserDataStreamHandle, UserDataStreamManager
from binance_nb.stream.subscribers import Callback, ReportIterator, Subscription
from binance_nb.verbs.core import verb
from binance_nb.verbs.futures_queries import FuturesQueryVerbs
from binance_nb.verbs.given import Product, product_name, symbol_name
from binance_nb.verbs.results import orders_frame
from binance_nb.verbs.sought import Sought

ENDED_ALGO_STATES = frozenset({"FINISHED", "CANCELED", "REJECTED", "EXPIRED"})
"""States of a conditional order after which nothing more can happen (Event-Algo-Order-Update)."""

ASK_AGAIN_S = 10.0
"""How long the stream may be silent about a conditional order that is waited for before the exchange is asked."""


class StreamVerbs(FuturesQueryVerbs):
    """Verbs of the background stream."""

    @verb
    async def start_stream(
        self, *, product: Product = SPOT, via: Literal["subscription", "listen_key"] = "subscription"
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

        `product="usdm"` starts the stream of USD-M futures beside it, which always comes by a listen key; its fills go
        to the same ledger. usds-margined-futures, "User Data Streams".
        """
        if product_name(product) == USDM:
            return await self.futures_stream.start()
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
    async def stop_stream(self, *, product: Product | None = None) -> None:
        """Stop the user data stream of a product, or of all; what it brought stays in the ledger."""
        for stream in (self.stream, self.futures_stream):
            if product is None or stream is self._stream_of(product):
                await stream.stop()

    def _stream_of(self, product: str) -> UserDataStreamManager:
        return self.futures_stream if product_name(product) == USDM else self.stream

    @verb
    async def watch_symbols(self, symbols: Sequence[str], *, product: Product = SPOT) -> pd.DataFrame:
        """Complete the trades of these symbols after every gap, also of orders that other programs place.

        From now on; returns what is watched (schema `schemas.WATCHES`). The exchange lists trades by symbol only, so
        a symbol that was neither seen nor watched cannot be completed. rest-api.md, "Account trade list (USER_DATA)".
        """
        names = [symbols] if isinstance(symbols, str) else list(symbols)
        product = product_name(product)
        trades = self._spot.my_trades if product == SPOT else self._futures.user_trades
        known = {held.symbol for held in self.ledger.watches(product=product)}
        for name in map(symbol_name, names):
            if name not in known:
                last = await trades(name, order_id=None, from_id=None, start_time=None, end_time=None, limit=1)
                if last or product == SPOT:
                    self.ledger.watch(name, 0, last[-1]["id"] if last else -1, product=product)
                else:  # futures tell of the last week only: older trades may lie before an id of nothing
                    self._watch(name, product)
        self.ledger.commit()
        rows = [
            {"symbol": held.symbol, "verified_trade_id": held.verified_id, "product": held.product}
            for held in self.ledger.watches(product=None)
        ]
        return frames.build(rows, schemas.WATCHES)

    def stream_gaps(self) -> pd.DataFrame:
        """Return the times without the stream and what was completed afterwards (schema `schemas.GAPS`)."""
        return self.ledger.gaps_frame()

    def stream_status(self, *, product: Product = SPOT) -> pd.DataFrame:
        """Return the health of the stream as one row (schema `schemas.STREAM_STATUS`), without any request.

        `state` is stopped, connecting, recovering, connected or waiting; `lag_ms` is the time from the last event to
        its arrival by the exchange's clock, `clock_offset_ms` that clock minus this machine's, `heard_s_ago` the age of
        the last frame, pings included (they come every 20 s; after 65 s of silence the stream connects again).
        """
        stream = self._stream_of(product)
        status = stream.status
        transport = self._transport if stream is self.stream else self._futures_transport
        row = {
            "state": status.state,
            "connected_since": _ms(status.connected_since if status.is_connected else None),
            "last_event": _ms(status.last_event),
            "events": status.events,
            "reports": status.reports,
            "recovered": status.recovered,
            "duplicates": status.duplicates,
            "reconnects": status.reconnects,
            "gaps": sum(gap.product == product for gap in self.ledger.gaps),
            "lag_ms": status.lag_ms,
            "clock_offset_ms": transport.clock.offset_ms,
            "heard_s_ago": stream.heard_s_ago,
            "last_problem": status.last_problem or None,
        }
        return frames.build([row], schemas.STREAM_STATUS)

    @verb
    async def wait_for_fill(
        self,
        order: pd.DataFrame | int | str,
        timeout: float | None = 60.0,
        *,
        product: Product = SPOT,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Wait until an order is filled or ended otherwise, and return it (schema `schemas.ORDERS`).

        `order` is the frame that placing returned, an order id, or a client order id (text); `timeout` in seconds, None
        for no limit; `product` says whose number an id is ("usdm" for futures; a frame says it itself). Look at
        `order_status`: an order that was cancelled or expired has ended too. Where the stream
        has not told of the order yet the exchange is asked once, so that its report may come a moment later than this
        returns. Raises NotFilledInTime, and StreamError if the stream is not running.
        """
        sought = Sought.of(order, product)
        if not self._stream_of(sought.product).is_running:
            how = "start_stream()" if sought.product == SPOT else 'start_stream(product="usdm")'
            raise StreamError(f"wait_for_fill listens to the user data stream: call {how} first")
        if sought.algo_id != NO_ID:
            algo = await self._finished_algo(sought, timeout)
            return algo if raw else await self._algo_frame(algo, exact=exact)  # type: ignore[return-value]  # raw JSON
        reports = ReportIterator(self.stream.subscribers)
        try:
            async with asyncio.timeout(timeout):
                ended = await self._ended_already(sought)
                while ended is None:
                    report = await anext(reports)
                    if sought.matches(report) and report.order_status not in OPEN_STATES:
                        ended = _order_of(report.raw)
        except TimeoutError:
            raise NotFilledInTime(f"{sought} was still open after {timeout:g} s") from None
        except StopAsyncIteration:
            raise StreamError(f"the client was closed while it waited for {sought}") from None
        finally:
            reports.close()
        if sought.product == USDM and not raw:
            return futures_frames.orders([futures_frames.order_row(ended)], exact=exact)
        return orders_frame(ended, raw=raw, exact=exact)

    async def _finished_algo(self, sought: Sought, timeout: float | None) -> Mapping[str, Any]:
        """Wait until a conditional order, and the order that it became, have ended; return the conditional one.

        The exchange is asked whenever the stream tells of it, and now and then besides: an event may be missed, and it
        is not documented under which client order id the order goes on.
        """
        changed = asyncio.Event()
        self._algo_waiters.add(changed)
        try:
            async with asyncio.timeout(timeout):
                while True:
                    changed.clear()
                    with contextlib.suppress(UnknownOrder):  # just placed, and not to be found everywhere yet
                        algo: Mapping[str, Any] = await self._algo.query_order(sought.algo_id, None)
                        if algo["algoStatus"] in ENDED_ALGO_STATES:
                            return algo
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(changed.wait(), ASK_AGAIN_S)
        except TimeoutError:
            raise NotFilledInTime(f"{sought} was still open after {timeout:g} s") from None
        finally:
            self._algo_waiters.discard(changed)

    async def _ended_already(self, sought: Sought) -> Mapping[str, Any] | None:
        known = self.ledger.find_order(sought.order_id, sought.client_order_id, product=sought.product)
        if known is not None and (sought.symbol is None or known["s"] == sought.symbol):
            return None if known["X"] in OPEN_STATES else _order_of(known)
        if sought.symbol is None:
            return None
        query = self._spot.query_order if sought.product == SPOT else self._futures.query_order
        answer: Mapping[str, Any] = await query(sought.symbol, sought.order_id, sought.client_order_id)
        return None if answer["status"] in OPEN_STATES else answer

    def replay_since(self, number: int) -> list[ExecutionReport]:
        """Return the reports after the one whose `.number` this is, from the ledger: what a slow reader missed.

        A `Subscription` or iterator that was too slow counts what it `missed`; the numbers of the reports that it did
        get show where.
        """
        return self.ledger.replay_since(number)

    def execution_reports(
        self,
        symbol: str | None = None,
        *,
        order_id: int | None = None,
        product: Product | None = None,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Return the execution reports heard so far (schema `schemas.REPORTS`), without any request."""
        return self.ledger.reports_frame(symbol, order_id, product=product, exact=exact)

    def fills(
        self,
        symbol: str | None = None,
        *,
        order_id: int | None = None,
        product: Product | None = None,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Return the fills known so far, one row a trade (schema `schemas.FILLS`), without any request.

        They come from the stream and from the answers to orders placed by this client; each trade is there once.
        """
        return self.ledger.fills_frame(symbol, order_id, product=product, exact=exact)

    def subscribe(self, callback: Callback) -> Subscription[ExecutionReport]:
        """Call `callback` with each ExecutionReport from now on, on a thread of its own; `.close()` ends it.

        A coroutine function is awaited on the loop that runs now. A callback that raises or is slow stops nothing.
        """
        return Subscription(callback, self.stream.subscribers)

    def subscribe_balances(self, callback: Callable[[BalanceUpdate], Any]) -> Subscription[BalanceUpdate]:
        """Call `callback` with what the spot stream tells of balances, on a thread of its own; `.close()` ends it.

        Nothing is told of what happened while the stream was away: `get_account_info` knows.
        user-data-stream.md, "Account Update".
        """
        return Subscription(callback, self.balance_subscribers)

    def subscribe_futures_events(self, callback: Callable[[FuturesEvent], Any]) -> Subscription[FuturesEvent]:
        """Call `callback` with what the futures stream tells besides reports, on a thread of its own.

        AccountEvent (positions, balances, leverage, margin calls), AlgoUpdate (conditional orders), TradeLite, and a
        bare FuturesEvent of any other kind; reports of orders come by `subscribe`. `.close()` ends it. Nothing is told
        of what happened while the stream was away. usds-margined-futures, "User Data Streams".
        """
        return Subscription(callback, self.futures_subscribers)

    def reports(self) -> ReportIterator:
        """Return an async iterator over the ExecutionReports from now on: `async for report in client.reports()`."""
        return ReportIterator(self.stream.subscribers)

    @verb
    async def create_listen_key(self, *, product: Product = SPOT) -> str:
        """Create a listen key, or get and renew the one that is valid: of USD-M futures with `product="usdm"`.

        Spot has them on an exchange of the old kind alone, such as a sandbox in its old mode: Binance switched them off
        on 2026-02-20 and answers 410; then ListenKeyRetired is raised, which says what to use instead
        (`start_stream`). The key is valid for 60 minutes. Whoever has it reads the account's orders: its repr shows the
        first characters only.
        """
        answer = await self._listen_key(product)("POST", None)
        return ListenKey(answer["listenKey"])

    @verb
    async def keepalive_listen_key(self, listen_key: str, *, product: Product = SPOT) -> None:
        """Extend a listen key by 60 minutes. Raises ListenKeyRetired, or UnknownListenKey if it has expired.

        A futures account has one key, so that any of its keys stands for that one.
        """
        await self._listen_key(product)("PUT", listen_key)

    @verb
    async def close_listen_key(self, listen_key: str, *, product: Product = SPOT) -> None:
        """Close a listen key. Raises ListenKeyRetired, or UnknownListenKey if it has expired."""
        await self._listen_key(product)("DELETE", listen_key)

    def _listen_key(self, product: str) -> KeyRequest:
        return self._futures.listen_key if product_name(product) == USDM else self._spot.listen_key

    def get_user_data_stream_url(self, listen_key: str | None = None, *, product: Product = SPOT) -> str:
        """Return where the user data stream comes from: the WebSocket API, or with a listen key the address of it.

        That of futures always needs a key; it is routed (`/private`), as mainnet has been silent on others since
        2026-04-23. The address holds the key: its repr shows the first characters of that alone. Raises StreamError.
        """
        if product_name(product) == USDM:
            if listen_key is None:
                raise StreamError('the futures stream needs a listen key: create_listen_key(product="usdm") makes one')
            return private_addresses(self.config, listen_key)[0]
        if listen_key is None:
            return self.config.get_ws_url()
        return ListenKeyUrl(f"{self.config.get_stream_url()}/ws/", listen_key)

    def futures_account_events(self, *, exact: bool = False) -> pd.DataFrame:
        """Return what the futures stream told of balances, positions, leverage and margin calls, oldest first.

        Schema `futures_schemas.ACCOUNT_EVENTS`, one row a balance or position; the newest 10,000, without any request.
        """
        return frames.build(list(self._account_events), futures_schemas.ACCOUNT_EVENTS, exact=exact)

    def futures_algo_updates(self) -> list[AlgoUpdate]:
        """Return what the futures stream told of conditional orders, oldest first; the newest 10,000."""
        return list(self._algo_updates)


def _order_of(report: Mapping[str, Any]) -> dict[str, Any]:
    return futures_order_from_report(report) if product_of(report) == USDM else order_from_report(report)


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)
