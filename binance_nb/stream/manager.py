"""UserDataStreamManager: keeps one subscription of the WebSocket API standing, and completes what it missed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from binance_nb.config import BinanceConfig
from binance_nb.errors import (
    BinanceNBError,
    ConfigError,
    KeyRefused,
    LedgerError,
    ListenKeyRetired,
    SignatureRefused,
    StreamError,
)
from binance_nb.models.events import ExecutionReport
from binance_nb.models.fields import RECEIVED
from binance_nb.models.fills import is_trade
from binance_nb.models.futures_events import ORDER_UPDATE, report_from_order_update
from binance_nb.stream.feeds import Feed, SubscriptionFeed
from binance_nb.stream.ledger import Event, Gap, Ledger
from binance_nb.stream.merging import merged
from binance_nb.stream.recovery import Findings, Recovery
from binance_nb.stream.status import StreamStatus, UserDataStreamHandle
from binance_nb.stream.subscribers import Subscribers
from binance_nb.transport.backoff import Backoff
from binance_nb.transport.clock import ServerClock
from binance_nb.transport.signing import Signer
from binance_nb.transport.stream_socket import StreamSocket

__all__ = ["StreamStatus", "UserDataStreamHandle", "UserDataStreamManager"]

log = logging.getLogger("binance_nb.stream")

SHUTDOWN = "serverShutdown"
"""Said a while before the connection ends, so that another can be opened first (web-socket-api.md)."""

TERMINATED = "eventStreamTerminated"
"""Said when the subscription has ended (user-data-stream.md)."""

KEY_EXPIRED = "listenKeyExpired"
"""Said when a listen key's hour has ended without a keep-alive; nothing more comes on its connections."""

LIFETIME_S = 23.5 * 3600
"""When to move to another connection: one is valid for 24 hours (web-socket-api.md, "General API Information")."""

DRAIN_S = 1.0
"""How long the old connection is still heard after the new one stands."""

AUDIT_DELAY_S = 2.0
"""How long a missing report may be late before REST is asked for it."""

MISSED = "reports were missing although the connection was not cut"
"""The reason of a gap that no cut explains: an event did not come, or an order was older than the stream."""

RESET = "the exchange was reset and has forgotten what was before: a new era begins"
"""The reason of a gap in which the testnet was emptied."""

EventCallback = Callable[[Mapping[str, Any]], None]


class UserDataStreamManager:
    """Keeps one user data stream going on the loop it is started on.

    Reports go to the ledger first, then to subscribers. When the connection ends, for whatever reason, it connects and
    subscribes again, at first after a fraction of a second, then exponentially later up to 30 s, with jitter. With a
    `recovery` it then holds what the stream tells, completes the ledger from REST, and releases both in order.
    """

    def __init__(
        self,
        config: BinanceConfig,
        signer: Callable[[], Signer],
        clock: ServerClock,
        *,
        ledger: Ledger | None = None,
        backoff: Backoff | None = None,
        recovery: Recovery | None = None,
        feed: Feed | None = None,
        subscribers: Subscribers[ExecutionReport] | None = None,
        lifetime_s: float = LIFETIME_S,
        audit_delay_s: float = AUDIT_DELAY_S,
    ) -> None:
        """Keep the parts; nothing is opened before `start`. Without a `feed` the spot account's subscription is one."""
        self._config = config
        self._signer = signer
        self._clock = clock
        self._backoff = backoff or Backoff()
        self._recovery = recovery
        self.feed: Feed = feed or SubscriptionFeed(config, signer, clock)
        self._lifetime_s = lifetime_s
        self._audit_delay_s = audit_delay_s
        self._task: asyncio.Task[None] | None = None
        self._starting: asyncio.Task[UserDataStreamHandle] | None = None
        self._handle: UserDataStreamHandle | None = None
        self._connection: StreamSocket | None = None
        self._event_callbacks: tuple[EventCallback, ...] = ()
        self._report_callbacks: tuple[EventCallback, ...] = ()
        self._held: list[Event] | None = None
        self._gap_from_ms: int | None = None
        self._to_tell: list[ExecutionReport] = []
        self._is_telling = False
        self._closing: set[asyncio.Task[None]] = set()
        self._attention = asyncio.Event()
        self._audit: asyncio.TimerHandle | None = None
        self.ledger = ledger or Ledger()
        # Not `or`: one without listeners is false.
        self.subscribers: Subscribers[ExecutionReport] = Subscribers() if subscribers is None else subscribers
        self.status = StreamStatus()

    @property
    def product(self) -> str:
        """Whose reports come: "spot" or "usdm"."""
        return self.feed.product

    @property
    def is_running(self) -> bool:
        """Whether the stream was started and not stopped."""
        return self._task is not None and not self._task.done()

    @property
    def heard_s_ago(self) -> float | None:
        """Seconds since anything was heard on the present connection, a ping included; None without one."""
        held = self._connection
        return None if held is None or held.is_over else time.monotonic() - held.heard_at

    def now_ms(self) -> int:
        """Return the exchange's time as far as known from here, in epoch milliseconds."""
        told_ms = self._clock.now_ms()
        return int(time.time() * 1000 if told_ms is None else told_ms)

    def on_event(self, callback: EventCallback, *, reports: bool = True) -> None:
        """Call `callback` with every event as it came (balances and lists too), on the network thread: be quick.

        Without `reports` it is not called for those of orders, of which there are most.
        """
        self._event_callbacks = (*self._event_callbacks, callback)
        if reports:
            self._report_callbacks = (*self._report_callbacks, callback)

    def interrupt(self) -> None:
        """Give up the present connection, so that the stream connects again and completes what it missed."""
        if self._connection is not None:
            self._connection.end("it was interrupted from here")

    async def start(self) -> UserDataStreamHandle:
        """Connect and subscribe; return when the first subscription stands. Starting again returns the same handle.

        Raises KeyRefused, SignatureRefused or MissingKeysError for keys that cannot subscribe, StreamError where the
        exchange cannot be reached within the configured timeout.
        """
        if self.is_running and self._handle is not None:
            return self._handle
        if self._starting is None or self._starting.done():
            self._starting = asyncio.create_task(self._start())
        # Several widgets ask for the stream at once: they wait for one start, whoever of them gives up waiting.
        return await asyncio.shield(self._starting)

    async def _start(self) -> UserDataStreamHandle:
        self._signer()
        if self._gap_from_ms is None:
            self._gap_from_ms = self.ledger.heard_until_ms(product=self.product)
        subscribed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._keep_going(subscribed))
        try:
            async with asyncio.timeout(self._config.timeout_s):
                await asyncio.shield(subscribed)
        except TimeoutError:
            await self.stop()
            raise StreamError(
                f"the user data stream did not start within {self._config.timeout_s:g} s: {self.status.last_problem}"
            ) from None
        except BinanceNBError:
            await self.stop()
            raise
        self._handle = UserDataStreamHandle(
            environment=self._config.environment.value,
            product=self.feed.product,
            created=datetime.now(UTC),
            status=self.status,
            key_life=self.feed.key_life,
        )
        return self._handle

    async def stop(self) -> None:
        """Close the connection and stop reconnecting; the ledger stays."""
        if self._task is not None:
            if self.heard_s_ago is not None:
                self.ledger.note_alive(self.now_ms(), product=self.product)
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        for closing in list(self._closing):
            closing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await closing
        if self._audit is not None:
            self._audit.cancel()
            self._audit = None
        await self.feed.close()
        self._release([])
        self.ledger.commit()
        self.status.state = "stopped"
        self.status.subscription_id = None

    # Connections

    async def _keep_going(self, subscribed: asyncio.Future[None]) -> None:
        connection: StreamSocket | None = None
        while True:
            successor: StreamSocket | None = None
            try:
                if connection is None:
                    self.status.state = "connecting"
                    self._hold()
                    connection = await self._subscribe()
                self._now_connected(connection)
                if not subscribed.done():
                    subscribed.set_result(None)
                problem, successor = await self._listen(connection)
            except BinanceNBError as error:
                problem = str(error)
                hopeless = isinstance(error, KeyRefused | SignatureRefused | ConfigError | ListenKeyRetired)
                if hopeless and not subscribed.done():
                    subscribed.set_exception(error)
                    return
            except Exception as error:  # a stream that dies silently costs more than one that tries again
                log.exception("the user data stream met something unexpected; it connects again")
                problem = f"{type(error).__name__}: {error}"
            finally:
                if connection is not None and successor is None:
                    self._note_gap(connection)
                    await connection.close()
                elif connection is not None:
                    self._close_later(connection)
            self.status.last_problem = problem
            connection = successor
            if connection is not None:
                log.info("the user data stream has moved to another connection (%s)", problem)
                self._hold()
                continue
            self.status.state = "waiting"
            self.status.subscription_id = None
            delay_s = self._backoff.next_s()
            log.info("the user data stream ended (%s); connecting again in %.2f s", problem, delay_s)
            await asyncio.sleep(delay_s)

    async def _subscribe(self) -> StreamSocket:
        connection, self.status.subscription_id = await self.feed.open(self._take)
        return connection

    def _now_connected(self, connection: StreamSocket) -> None:
        self._connection = connection
        self._backoff.reset()
        self.status.state = "connected" if self._held is None else "recovering"
        self.status.connected_since = datetime.now(UTC)
        self.status.connections += 1

    async def _listen(self, connection: StreamSocket) -> tuple[str, StreamSocket | None]:
        """Return why the connection ended, and the one that took its place where there was time to open it."""
        loop = asyncio.get_running_loop()
        over = asyncio.create_task(connection.wait_closed())
        recovering = asyncio.create_task(self._recover())
        old_age = loop.call_later(self._lifetime_s, self._leave, connection, "the connection grew old")
        attention: asyncio.Task[Any] | None = None
        try:
            while True:
                attention = asyncio.create_task(self._attention.wait())
                await asyncio.wait({over, attention}, return_when=asyncio.FIRST_COMPLETED)
                if over.done():
                    return over.result(), None
                self._attention.clear()
                if connection.farewell:
                    successor = await self._move_over(over)
                    if successor is not None:
                        return connection.farewell, successor
                elif recovering.done():
                    self._hold()
                    recovering = asyncio.create_task(self._recover())
                self.ledger.note_alive(self.now_ms(), product=self.product)
        finally:
            old_age.cancel()
            for task in (over, recovering, attention):
                if task is not None:
                    task.cancel()

    def _leave(self, connection: StreamSocket, reason: str) -> None:
        connection.farewell = reason
        self._attention.set()

    async def _move_over(self, over: asyncio.Task[str]) -> StreamSocket | None:
        """Open the next connection while the old one is still heard; None if the old one ended before that."""
        while not over.done():
            try:
                successor = await self._subscribe()
            except BinanceNBError as error:
                self.status.last_problem = str(error)
                await asyncio.wait({over}, timeout=self._backoff.next_s())
            else:
                return successor
        self._attention.set()
        return None

    def _close_later(self, connection: StreamSocket) -> None:
        async def close() -> None:
            try:
                await asyncio.sleep(DRAIN_S)
            finally:
                await connection.close()

        task = asyncio.create_task(close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    # Events

    def _take(self, event: Mapping[str, Any], connection: StreamSocket) -> None:
        status = self.status
        status.events += 1
        status.heard_event_at = now_s = time.time()
        told_ms = self._clock.now_ms()
        now_ms = now_s * 1000 if told_ms is None else told_ms
        if told_ms is not None and "E" in event:
            status.lag_ms = told_ms - event["E"]
        kind = event.get("e")
        report = self._as_report(event, int(now_ms))
        if report is not None:
            if self._held is not None:
                self._held.append(report)
                self.ledger.watch(report["s"], report["O"], product=self.product)
            else:
                self._keep(report)
                self._tell_soon()
        for callback in self._event_callbacks if report is None else self._report_callbacks:
            try:
                callback(event)
            except Exception:
                log.exception("an event callback raised; the stream goes on")
        if kind == SHUTDOWN:
            self._leave(connection, f"the exchange sent {SHUTDOWN}")
        elif kind == TERMINATED or kind == KEY_EXPIRED:  # noqa: PLR1714, SIM109 - a set made for every report
            connection.end(f"the exchange sent {kind}")

    def _as_report(self, event: Event, received_ms: int) -> dict[str, Any] | None:
        """Return an event of an order as a report of the ledger, stamped with its arrival; None for any other."""
        kind = event.get("e")
        if kind == "executionReport":
            return {**event, RECEIVED: received_ms}
        if kind != ORDER_UPDATE:
            return None
        symbol, order_id = event["o"]["s"], event["o"]["i"]
        held = (held for held in reversed(self._held or ()) if (held["s"], held["i"]) == (symbol, order_id))
        known = next(held, None) or self.ledger.order_report(symbol, order_id, product=self.product)
        return {**report_from_order_update(event, known), RECEIVED: received_ms}

    def _keep(self, event: Event) -> bool:
        """Write a report into the ledger, and make it ready to be told; return whether it was new."""
        is_heard = self._recovery is not None and "source" not in event
        if is_heard:
            self.ledger.watch(event["s"], event["O"], product=self.product)
        number = self.ledger.add_report(event)
        if not number:
            self.status.duplicates += 1
            return False
        if is_heard and self.ledger.lacks_a_fill:
            self._audit_soon()
        self.status.reports += 1
        if len(self.subscribers):
            era = self.ledger.era_of(number, product=self.product)
            self._to_tell.append(ExecutionReport.from_event(event, number, era))
        return True

    def _tell_soon(self) -> None:
        """Tell what was kept; with a ledger on disk, when all that has arrived by now is safely there."""
        if not self.ledger.durable:
            if self._to_tell:
                self._tell()
        elif not self._is_telling:
            self._is_telling = True
            asyncio.get_running_loop().call_soon(self._tell)

    def _tell(self) -> None:
        self._is_telling = False
        if self.ledger.durable:
            if self.heard_s_ago is not None:
                self.ledger.note_alive(self.now_ms(), product=self.product)
            self.ledger.commit()  # where that fails nobody is told, and the next report tries again
        reports, self._to_tell = self._to_tell, []
        for report in reports:
            self.subscribers.offer(report)

    # What was missed

    def _hold(self) -> None:
        if self._recovery is not None and self._held is None:
            self._held = []

    def _note_gap(self, connection: StreamSocket) -> None:
        if self._gap_from_ms is None:
            silent_s = time.monotonic() - connection.heard_at
            self._gap_from_ms = self.now_ms() - int(silent_s * 1000)

    def _audit_soon(self) -> None:
        if self._audit is None:
            self._audit = asyncio.get_running_loop().call_later(self._audit_delay_s, self._audit_now)

    def _audit_now(self) -> None:
        self._audit = None
        self._attention.set()

    async def _recover(self) -> None:
        try:
            await self._complete()
        except LedgerError as error:  # the disk: what was not told is told once a later commit succeeds
            log.error("what was completed is not safe on disk yet: %s", error)
            self.status.last_problem = str(error)
        self.status.state = "connected"

    async def _complete(self) -> None:
        if self._recovery is None or self._held is None:
            self._gap_from_ms = None
            return
        symbols: tuple[str, ...] = ()
        findings = Findings()
        try:
            findings = await self._recovery.collect(list(self._held))
        except Exception as error:
            log.exception("what was missed could not be completed")
            findings.problems.append(f"{type(error).__name__}: {error}")
        symbols = findings.symbols
        reports, fills = self._release(findings.events)
        for symbol, trade_id in findings.verified.items():
            self.ledger.verify(symbol, trade_id, product=self.product)
        now_ms = self.now_ms()
        if self._gap_from_ms is not None or reports or findings.was_reset:
            reason = MISSED if self._gap_from_ms is None else self.status.last_problem
            reason = RESET if findings.was_reset else reason
            reason = "; ".join(findings.problems) or reason
            start_ms = now_ms if self._gap_from_ms is None else self._gap_from_ms
            is_complete = not findings.problems
            self.ledger.add_gap(Gap(start_ms, now_ms, symbols, reports, fills, is_complete, reason, self.product))
        self._gap_from_ms = None
        self.ledger.note_alive(now_ms, product=self.product)
        self.ledger.commit()

    def _knows_fill(self, event: Event) -> bool:
        return self.ledger.has_fill(event["s"], event["t"], event["S"], product=self.product)

    def _release(self, found: list[dict[str, Any]]) -> tuple[int, int]:
        """Write and tell what was found and what was held; return how many reports and fills were won."""
        held, self._held = self._held or [], None
        reports = fills = 0
        for event in merged(found, held):
            try:
                was_known = not is_trade(event) or self._knows_fill(event)
                if self._keep(event) and "source" in event:
                    reports += 1
                    fills += not was_known
            except Exception:
                log.exception("a report could not be kept; the stream goes on")
        self.status.recovered += reports
        self._tell()
        return reports, fills
