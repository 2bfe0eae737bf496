"""UserDataStreamManager: subscribes over the WebSocket API, and subscribes again whenever the connection ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from binance_nb.config import BinanceConfig
from binance_nb.errors import BinanceNBError, ConfigError, KeyRefused, SignatureRefused, StreamError
from binance_nb.models.events import ExecutionReport
from binance_nb.stream.ledger import Ledger
from binance_nb.stream.subscribers import Subscribers
from binance_nb.transport.backoff import Backoff
from binance_nb.transport.clock import ServerClock
from binance_nb.transport.signing import Signer
from binance_nb.transport.websocket import WsApiConnection

log = logging.getLogger("binance_nb.stream")

SUBSCRIBE = "userDataStream.subscribe.signature"
"""web-socket-api.md, "Subscribe to User Data Stream through signature subscription": any kind of key, no logon."""

ENDINGS = frozenset({"serverShutdown", "eventStreamTerminated"})
"""Events after which this connection has nothing more to say (web-socket-api.md; user-data-stream.md)."""

EventCallback = Callable[[Mapping[str, Any]], None]


@dataclass(slots=True)
class StreamStatus:
    """How the stream is doing. Times are UTC; `state` is "stopped", "connecting", "connected" or "waiting"."""

    state: str = "stopped"
    connected_since: datetime | None = None
    last_event: datetime | None = None
    lag_ms: float | None = None
    events: int = 0
    reports: int = 0
    duplicates: int = 0
    connections: int = 0
    subscription_id: int | None = None
    last_problem: str = ""

    @property
    def reconnects(self) -> int:
        """How often the stream had to connect again."""
        return max(0, self.connections - 1)


@dataclass(frozen=True, slots=True)
class UserDataStreamHandle:
    """A running user data stream, as `start_stream` returns it."""

    environment: str
    product: str
    created: datetime
    status: StreamStatus = field(repr=False)

    @property
    def is_connected(self) -> bool:
        """Whether the stream is subscribed at this moment."""
        return self.status.state == "connected"

    @property
    def subscription_id(self) -> int | None:
        """The exchange's number for the present subscription."""
        return self.status.subscription_id

    def __repr__(self) -> str:
        """Name the stream and its state."""
        return (
            f"<UserDataStreamHandle {self.environment} {self.product}: {self.status.state}, "
            f"{self.status.events} events, {self.status.reconnects} reconnects>"
        )


class UserDataStreamManager:
    """Keeps one user data stream going on the loop it is started on.

    Events go to the ledger first, then to subscribers. When the connection ends, for whatever reason, it connects and
    subscribes again, at first after a fraction of a second, then exponentially later up to 30 s, with jitter.
    """

    def __init__(
        self,
        config: BinanceConfig,
        signer: Callable[[], Signer],
        clock: ServerClock,
        *,
        ledger: Ledger | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        """Keep the parts; nothing is opened before `start`."""
        self._config = config
        self._signer = signer
        self._clock = clock
        self._backoff = backoff or Backoff()
        self._task: asyncio.Task[None] | None = None
        self._handle: UserDataStreamHandle | None = None
        self._connection: WsApiConnection | None = None
        self._event_callbacks: tuple[EventCallback, ...] = ()
        self.ledger = ledger or Ledger()
        self.subscribers = Subscribers()
        self.status = StreamStatus()

    @property
    def is_running(self) -> bool:
        """Whether the stream was started and not stopped."""
        return self._task is not None and not self._task.done()

    def on_event(self, callback: EventCallback) -> None:
        """Call `callback` with every event as it came (balances and lists too), on the network thread: be quick."""
        self._event_callbacks = (*self._event_callbacks, callback)

    async def start(self) -> UserDataStreamHandle:
        """Connect and subscribe; return when the first subscription stands. Starting twice returns the same handle.

        Raises KeyRefused, SignatureRefused or MissingKeysError for keys that cannot subscribe, StreamError where the
        exchange cannot be reached within the configured timeout.
        """
        if self.is_running and self._handle is not None:
            return self._handle
        self._signer()
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
            environment=self._config.environment.value, product="spot", created=datetime.now(UTC), status=self.status
        )
        return self._handle

    async def stop(self) -> None:
        """Close the connection and stop reconnecting; the ledger stays."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        self.status.state = "stopped"
        self.status.subscription_id = None

    async def _keep_going(self, subscribed: asyncio.Future[None]) -> None:
        while True:
            self.status.state = "connecting"
            connection = self._connection = WsApiConnection(self._config, self._signer, self._clock, self._take)
            try:
                await connection.open()
                answer = await connection.request(SUBSCRIBE, signed=True)
                self._now_connected(answer)
                if not subscribed.done():
                    subscribed.set_result(None)
                problem = await connection.wait_closed()
            except BinanceNBError as error:
                problem = str(error)
                hopeless = isinstance(error, KeyRefused | SignatureRefused | ConfigError)
                if hopeless and not subscribed.done():
                    subscribed.set_exception(error)
                    return
            except Exception as error:  # a stream that dies silently costs more than one that tries again
                log.exception("the user data stream met something unexpected; it connects again")
                problem = f"{type(error).__name__}: {error}"
            finally:
                await connection.close()
            self.status.state = "waiting"
            self.status.subscription_id = None
            self.status.last_problem = problem
            delay_s = self._backoff.next_s()
            log.info("the user data stream ended (%s); connecting again in %.2f s", problem, delay_s)
            await asyncio.sleep(delay_s)

    def _now_connected(self, answer: Any) -> None:
        self._backoff.reset()
        self.status.state = "connected"
        self.status.connected_since = datetime.now(UTC)
        self.status.connections += 1
        self.status.subscription_id = answer.get("subscriptionId") if isinstance(answer, Mapping) else None

    def _take(self, event: Mapping[str, Any]) -> None:
        self.status.events += 1
        now = datetime.now(UTC)
        self.status.last_event = now
        offset_ms = self._clock.offset_ms
        if "E" in event and offset_ms is not None:
            self.status.lag_ms = now.timestamp() * 1000 + offset_ms - event["E"]
        if event.get("e") == "executionReport":
            if self.ledger.add_report(event):
                self.status.reports += 1
                if len(self.subscribers):
                    self.subscribers.offer(ExecutionReport.from_event(event))
            else:
                self.status.duplicates += 1
        for callback in self._event_callbacks:
            try:
                callback(event)
            except Exception:
                log.exception("an event callback raised; the stream goes on")
        if event.get("e") in ENDINGS and self._connection is not None:
            self._connection.end(f"the exchange sent {event['e']}")
