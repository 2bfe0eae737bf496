"""What every verb stands on: the settings, the keys, the transport, the ledger and the stream of one client."""

from __future__ import annotations

import asyncio
import functools
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, Self, TypeVar

from pydantic import SecretStr

from binance_nb.api.directory import FuturesDirectory, SymbolDirectory
from binance_nb.api.door import Door
from binance_nb.api.futures import FuturesApi
from binance_nb.api.futures_algo import FuturesAlgoApi
from binance_nb.api.spot import SpotApi
from binance_nb.api.spot_lists import SpotListsApi
from binance_nb.api.ws_door import WsDoor
from binance_nb.config import BinanceConfig
from binance_nb.credentials import Credentials, Environment
from binance_nb.errors import ConfigError
from binance_nb.models.events import BALANCE_EVENTS, BalanceUpdate
from binance_nb.models.fills import SPOT, USDM
from binance_nb.models.futures_events import (
    ORDER_UPDATE,
    AccountEvent,
    AlgoUpdate,
    FuturesEvent,
    account_rows,
    parse_event,
)
from binance_nb.stream.feeds import ListenKeyFeed
from binance_nb.stream.futures_queries import ONE_BY_ONE, SILENCE_S, FuturesQueries, private_addresses
from binance_nb.stream.ledger import Ledger
from binance_nb.stream.listen_key import ListenKeyLife
from binance_nb.stream.manager import UserDataStreamManager
from binance_nb.stream.market_recorder import MarketRecorder
from binance_nb.stream.recovery import Recovery
from binance_nb.stream.sqlite_ledger import SqliteLedger
from binance_nb.stream.subscribers import Subscribers
from binance_nb.transport.rest import RestTransport
from binance_nb.transport.signing import Signer, make_signer
from binance_nb.transport.thread import NetworkThread
from binance_nb.transport.venues import futures_venue
from binance_nb.transport.ws_requests import WsRequests
from binance_nb.verbs.given import Product, product_name

if TYPE_CHECKING:
    from binance_nb.cassettes.server import Replay
    from binance_nb.sandbox import Sandbox

FORGETFUL = frozenset({Environment.TESTNET, Environment.SANDBOX})
"""Where all orders and trades are deleted now and then (testnet/general-info.md, "periodic reset")."""

EVENTS_KEPT = 10_000
"""How many events of the futures account, and of its conditional orders, are kept for looking back."""

WATCH_OVERLAP_MS = 5_000
"""How far before an order the trades of its symbol are read: our idea of the exchange's clock is not exact."""

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="ClientCore")


def verb(
    work: Callable[Concatenate[S, P], Coroutine[Any, Any, R]],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, R]]:
    """Run a coroutine method where the client's network lives, whichever loop it is awaited on."""

    @functools.wraps(work)
    async def anywhere(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if self.network is None or self.network.is_current:
            return await work(self, *args, **kwargs)
        return await self.network.hop(work(self, *args, **kwargs))

    return anywhere


def _opened(
    cassette: str | Path | Replay | None, config: BinanceConfig | None, environment: str | None
) -> Replay | None:
    """Return the recording that a client is to be answered from, being played; None if it is to be answered live."""
    if cassette is None:
        return None
    if config is not None or environment != Environment.REPLAY:
        raise ConfigError('a cassette is played to environment="replay" and no other, without a config')
    from binance_nb.cassettes.server import Replay

    return (cassette if isinstance(cassette, Replay) else Replay(cassette)).open()


class ClientCore:
    """The parts of a client, and how it is opened and closed."""

    def __init__(
        self,
        config: BinanceConfig | None = None,
        *,
        environment: str | None = None,
        testnet: bool = True,
        own_thread: bool = True,
        transport: Literal["rest", "ws"] = "rest",
        ledger: str | Path | None = None,
        cassette: str | Path | Replay | None = None,
    ) -> None:
        """Keep the settings; nothing is opened, and no key is read, before the first request."""
        self.replay = _opened(cassette, config, environment)
        if config is None:
            settings: dict[str, Any] = {"testnet": testnet}
            if self.replay is not None:
                settings["replay_base_url"] = self.replay.url
            if environment is not None:
                settings["environment"] = environment
            config = BinanceConfig(**settings)
        self.config = config
        self.network = NetworkThread.shared() if own_thread else None
        self.ledger = Ledger() if ledger is None else SqliteLedger(ledger, config.environment.value)
        self.sandbox_process: Sandbox | None = None
        self._credentials: Callable[[], Credentials] = self._read_keys
        self._futures_credentials: Callable[[], Credentials] = lambda: self._read_keys(futures=True)
        self._cached_signer: Signer | None = None
        self._cached_futures_signer: Signer | None = None
        self._transport = RestTransport(config, self._signer)
        self._ws_requests: WsRequests | None = None
        door: Door = self._transport
        if transport == "ws":
            self._ws_requests = WsRequests(config, self._signer, self._transport.clock, self._transport.limits)
            door = WsDoor(self._transport, self._ws_requests)
        self._spot = SpotApi(door)
        self._lists = SpotListsApi(door)
        self._directory = SymbolDirectory(self._spot, self._transport.limits.learn)
        self._futures_transport = RestTransport(config, self._futures_signer, futures_venue(config))
        self._futures = FuturesApi(self._futures_transport)
        self._algo = FuturesAlgoApi(self._futures_transport)
        self._futures_directory = FuturesDirectory(self._futures, self._futures_transport.limits.learn)
        self._recorders: list[MarketRecorder] = []
        self.stream = UserDataStreamManager(
            config,
            self._signer,
            self._transport.clock,
            ledger=self.ledger,
            recovery=Recovery(SpotApi(self._transport), self.ledger, resets=config.environment in FORGETFUL),
        )
        self.balance_subscribers: Subscribers[BalanceUpdate] = Subscribers()
        self.futures_subscribers: Subscribers[FuturesEvent] = Subscribers()
        self.stream.on_event(self._take_spot_event, reports=False)

        self.futures_stream = UserDataStreamManager(
            config,
            self._futures_signer,
            self._futures_transport.clock,
            ledger=self.ledger,
            recovery=Recovery(
                FuturesQueries(FuturesApi(self._futures_transport), self._futures_now_ms),
                self.ledger,
                product=USDM,
                single_queries=ONE_BY_ONE,
            ),
            feed=ListenKeyFeed(
                config,
                ListenKeyLife(self._futures.listen_key),
                lambda key: private_addresses(config, key),
                product=USDM,
                silence_s=SILENCE_S,
            ),
            subscribers=self.stream.subscribers,
        )
        self._account_events: deque[dict[str, Any]] = deque(maxlen=EVENTS_KEPT)
        self._algo_updates: deque[AlgoUpdate] = deque(maxlen=EVENTS_KEPT)
        self._algo_waiters: set[asyncio.Event] = set()
        self.futures_stream.on_event(self._take_futures_event)

    def __repr__(self) -> str:
        """Name the environment, and nothing secret."""
        return f"<{type(self).__name__} {self.environment} {self.config.get_base_url()}>"

    async def __aenter__(self) -> Self:
        """Return itself, to be closed at the end of an async with-statement."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close the client."""
        await self.close()

    @property
    def environment(self) -> str:
        """Where orders go: "sandbox", "testnet", "demo" or "mainnet"; "replay" if they go nowhere."""
        return self.config.environment.value

    def _read_keys(self, *, futures: bool = False) -> Credentials:
        if self.config.environment is Environment.REPLAY:
            return Credentials(SecretStr("replayed"), api_secret=SecretStr("replayed"))  # nobody checks them there
        return Credentials.from_environ(self.config.environment, futures=futures)

    def _signer(self) -> Signer:
        if self._cached_signer is None:
            self._cached_signer = make_signer(self._credentials())
        return self._cached_signer

    def _futures_signer(self) -> Signer:
        if self._cached_futures_signer is None:
            self._cached_futures_signer = make_signer(self._futures_credentials())
        return self._cached_futures_signer

    def _forget(self) -> None:
        """Ask again for the clock and the rules of the exchange: a recording that begins now must stand by itself."""
        self._transport.clock.forget()
        self._futures_transport.clock.forget()
        self._directory.expire()
        self._futures_directory.expire()

    async def _at_home(self, work: Coroutine[Any, Any, R]) -> R:
        """Await `work` where the network lives: `OrderStatusUnknown.resolve_async` may be awaited on any loop."""
        if self.network is None or self.network.is_current:
            return await work
        return await self.network.hop(work)

    def _futures_now_ms(self) -> int:
        return self.futures_stream.now_ms()

    def _take_spot_event(self, event: Mapping[str, Any]) -> None:
        if event.get("e") in BALANCE_EVENTS and len(self.balance_subscribers):
            self.balance_subscribers.offer(BalanceUpdate.from_event(event))

    def _take_futures_event(self, event: Mapping[str, Any]) -> None:
        told = parse_event(event)
        if isinstance(told, AccountEvent):
            self._account_events.extend(account_rows(told))
        elif isinstance(told, AlgoUpdate):
            self._algo_updates.append(told)
            for waiter in self._algo_waiters:
                waiter.set()
        if told.event_type != ORDER_UPDATE:  # that one comes as a report
            self.futures_subscribers.offer(told)

    def _watch(self, symbol: str, product: str = SPOT) -> None:
        """Let the trades of a symbol be completed after gaps, from a little before now on."""
        stream = self.stream if product == SPOT else self.futures_stream
        self.ledger.watch(symbol, stream.now_ms() - WATCH_OVERLAP_MS, product=product)

    def _keep_answer(self, answer: Mapping[str, Any]) -> None:
        """Keep the fills in the answer to a new order, and the moment from which its symbol matters."""
        if "transactTime" in answer:
            self.ledger.watch(answer["symbol"], answer["transactTime"])
        self.ledger.add_answer(answer)
        self.ledger.commit()

    @verb
    async def close(self) -> None:
        """Stop the stream, close all connections, end the sandbox that this client started. The ledger stays."""
        await self.stream.stop()
        await self.futures_stream.stop()
        await self._stop_recorders()
        self.stream.subscribers.close()
        self.balance_subscribers.close()
        self.futures_subscribers.close()
        await self._transport.close()
        await self._futures_transport.close()
        if self._ws_requests is not None:
            await self._ws_requests.close()
        self.ledger.close()
        if self.replay is not None:
            await asyncio.to_thread(self.replay.close)
        if self.sandbox_process is not None:
            await asyncio.to_thread(self.sandbox_process.close)

    async def _stop_recorders(self) -> None:
        for recorder in self._recorders:
            await recorder.stop()
        self._recorders.clear()

    @verb
    async def measure_clock(self, *, product: Product = SPOT) -> tuple[float, float]:
        """Ask the exchange for its time; return its clock minus this machine's, and the round trip, in milliseconds.

        `product="usdm"` asks that of USD-M futures, which stands elsewhere.
        """
        clock = (self._transport if product_name(product) == SPOT else self._futures_transport).clock
        await clock.measure()
        assert clock.offset_ms is not None
        assert clock.round_trip_ms is not None
        return clock.offset_ms, clock.round_trip_ms
