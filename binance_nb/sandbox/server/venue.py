"""The running exchange behind the doors: engine, market, clock, keys, limits, faults, listeners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol, TextIO

from binance_nb.sandbox.clock import US_PER_MS, Clock, ClockMode
from binance_nb.sandbox.engine.commands import EngineError
from binance_nb.sandbox.engine.exchange import Exchange
from binance_nb.sandbox.engine.records import OrderCount
from binance_nb.sandbox.engine.specs import ExchangeSpec, SymbolSpec
from binance_nb.sandbox.faults import Faults
from binance_nb.sandbox.futures.specs import DEFAULT_BALANCE
from binance_nb.sandbox.market import DEFAULT_BALANCES, Market, MarketSettings, default_exchange_spec, default_symbols
from binance_nb.sandbox.server import hall
from binance_nb.sandbox.server.errors import ApiError
from binance_nb.sandbox.server.futures.hall import FuturesHall, StreamMode
from binance_nb.sandbox.server.hall import Manners
from binance_nb.sandbox.server.keys import KeyStore
from binance_nb.sandbox.server.limits import AddressLimits, LimitSettings
from binance_nb.sandbox.server.listen_keys import ListenKeys, listen_key_maker
from binance_nb.sandbox.server.market_hub import MarketHub
from binance_nb.sandbox.server.render_events import account_event, event_name, is_account_event
from binance_nb.sandbox.server.user_hub import UserHub
from binance_nb.sandbox.server.wire import EncodeTime

MAIN_ACCOUNT = "main"
MARKET_STEP_US = 100 * US_PER_MS
CONNECTION_LIFE_US = 24 * 3_600 * 1_000_000
MESSAGES_PER_S = 5  # web-socket-streams.md


@dataclass(slots=True, kw_only=True)
class VenueSettings:
    """How an exchange is set up."""

    seed: int = 7
    clock: ClockMode = ClockMode.REAL
    start_us: int | None = None  # a stepped clock's first time
    symbols: tuple[str, ...] | None = None  # names among the default ones; None for all
    balances: Mapping[str, Decimal] = field(default_factory=lambda: dict(DEFAULT_BALANCES))
    market: bool = True
    market_settings: MarketSettings | None = None
    legacy_listen_keys: bool = False
    journal: str | None = None  # a file that gets a line for every change the engine is asked for
    limits: LimitSettings = field(default_factory=LimitSettings)
    ping_interval_s: float = 20.0
    pong_timeout_s: float = 60.0
    futures_streams: StreamMode = StreamMode.ROUTED
    futures_balance: Decimal = DEFAULT_BALANCE  # USDT, of every account
    specs: tuple[SymbolSpec, ...] | None = None  # whole symbols of a test's own, instead of the default ones
    exchange_spec: ExchangeSpec | None = None


class Closable(Protocol):
    """A connection as the venue sees it: it may be closed, frozen, told the time."""

    def close_soon(self, code: int = 1006) -> None:
        """Close the connection; 1006 breaks it off without a closing handshake."""

    def freeze(self) -> None:
        """Let the connection stand open and dead."""

    def announce_shutdown(self) -> None:
        """Send serverShutdown."""

    @property
    def opened_us(self) -> int:
        """When the connection was opened, in the exchange's microseconds."""


class Venue:
    """One exchange with everything the doors share; itself the spot hall. Not thread-safe."""

    name = hall.SPOT

    def __init__(self, settings: VenueSettings | None = None) -> None:
        """Build the exchange, its market and its first account."""
        self.settings = settings or VenueSettings()
        self.clock = Clock(self.settings.clock, self.settings.start_us)
        self.keys = KeyStore()
        self.manners = Manners(
            time_units=True,
            refuses_unread=True,
            plain_weight_header=True,
            says_goodbye=True,
            ping_interval_s=self.settings.ping_interval_s,
            pong_timeout_s=self.settings.pong_timeout_s,
            messages_per_s=MESSAGES_PER_S,
        )
        self.limits = AddressLimits(self.settings.limits)
        self.faults = Faults()
        specs = self.settings.specs or default_symbols()
        if self.settings.symbols is not None:
            wanted = set(self.settings.symbols)
            unknown = sorted(wanted - {spec.symbol for spec in specs})
            if unknown:
                raise ValueError(f"the sandbox has no symbol {', '.join(unknown)}")
            specs = tuple(spec for spec in specs if spec.symbol in wanted)
        self._journal: TextIO | None = None
        if self.settings.journal is not None:
            # It stays open as long as the venue.
            self._journal = Path(self.settings.journal).open("w", encoding="utf-8")  # noqa: SIM115
        self.exchange = Exchange(
            specs,
            spec=self.settings.exchange_spec or default_exchange_spec(specs),
            seed=self.settings.seed,
            journal=None if self._journal is None else self._write_journal,
        )
        self.accounts: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._balances: dict[str, Mapping[str, Decimal]] = {}
        self.listen_keys = ListenKeys(listen_key_maker(str(self.settings.seed)))
        self.users = UserHub(self.faults, event_name)
        self.streams = MarketHub(self.exchange)
        self.futures = FuturesHall(
            seed=self.settings.seed,
            faults=self.faults,
            limits=self.settings.limits,
            stream_mode=self.settings.futures_streams,
            symbols=self.settings.symbols,
            market=(self.settings.market_settings or MarketSettings()) if self.settings.market else None,
        )
        self.connections: set[Closable] = set()
        self.opened_us = self.clock.now_us()
        self.open_account(MAIN_ACCOUNT, self.settings.balances)
        self.market: Market | None = None
        if self.settings.market:
            self.market = Market(self.exchange, seed=self.settings.seed, settings=self.settings.market_settings)
            self.market.open(self.opened_us)
        self.exchange.drain_events()

    def close(self) -> None:
        """Close the journal, if there is one."""
        if self._journal is not None:
            self._journal.close()

    def _write_journal(self, line: str) -> None:
        if self._journal is not None:
            self._journal.write(line + "\n")

    # -- what handlers ask ---------------------------------------------------------------------------------------

    def symbol(self, name: str) -> SymbolSpec:
        """Return a symbol; raises EngineError -1121."""
        return self.exchange.symbol(name)

    def limit_rows(self) -> list[dict[str, Any]]:
        """Return every limit as exchangeInfo lists them."""
        settings = self.limits.settings
        orders = hall.order_limit_rows(self.exchange.spec.order_limits)
        return [settings.weight.as_json(), *orders, settings.raw.as_json()]

    def order_counts(self, account: str, now_us: int) -> Sequence[OrderCount]:
        """Return how many unfilled orders an account has in each interval."""
        return self.exchange.order_counts(self.account_id(account), now_us)

    def refusal(self, error: EngineError, now_us: int) -> ApiError:
        """Return an engine's refusal as the doors answer it."""
        return hall.as_api_error(error, self.exchange.spec.order_limits, now_us)

    def account_event(self, event: Any, t: EncodeTime) -> dict[str, Any]:
        """Return the payload of an account's event."""
        return account_event(event, t)

    def wake(self, now_us: int) -> None:
        """Do nothing: the spot market is open from the start."""

    # -- accounts ------------------------------------------------------------------------------------------------

    def open_account(
        self, name: str, balances: Mapping[str, Decimal], *, futures_balance: Decimal | None = None, **options: Any
    ) -> int:
        """Open an account under a name and return its spot id; options are those of `Exchange.open_account`.

        `futures_balance` is what its futures wallet holds, in USDT; the settings' own when it is None.
        """
        if name in self.accounts:
            raise ValueError(f"there is an account {name!r} already")
        account_id = self.exchange.open_account(balances, self.clock.now_us(), **options)
        self.accounts[name] = account_id
        self._names[account_id] = name
        self._balances[name] = dict(balances)
        self.futures.open_account(
            name,
            self.clock.now_us(),
            balance=self.settings.futures_balance if futures_balance is None else futures_balance,
            silent=bool(options.get("silent")),
        )
        return account_id

    def reset_account(self, name: str | None = None) -> None:
        """Set one account, or all, back to its first balances, as the testnet does every month; keys stay."""
        for each in [name] if name is not None else list(self.accounts):
            if each not in self.accounts:
                raise ValueError(f"there is no account {each!r}")
            self.exchange.reset_account(self.accounts[each], self._balances[each], self.clock.now_us())
            self.futures.reset_account(each, self.clock.now_us())
        self.publish()

    def account_id(self, name: str) -> int:
        """Return the engine's id of an account."""
        return self.accounts[name]

    # -- time and events -----------------------------------------------------------------------------------------

    def publish(self) -> None:
        """Hand on everything the engine has announced since the last time, in its order."""
        for event in self.exchange.drain_events():
            if is_account_event(event):
                self.users.publish(event)
            else:
                self.streams.publish(event)
        self.futures.publish()

    def tick(self) -> None:
        """Let the market act once and time-driven things happen, at the clock's time."""
        now_us = self.clock.now_us()
        if self.market is not None:
            self.market.step(now_us)
        self.futures.step(now_us)
        self.on_time(now_us)

    def on_time(self, now_us: int) -> None:
        """Publish what is due: stream updates, expired listen keys, connections older than a day."""
        self.publish()
        self.streams.on_time(now_us)
        for name in self.listen_keys.expired(now_us):
            self.users.expire_listen_key(name, now_us)
        self.futures.on_time(now_us)
        for connection in [each for each in self.connections if now_us - each.opened_us >= CONNECTION_LIFE_US]:
            connection.close_soon(1001)

    def step(self, ms: int) -> int:
        """Move the clock without moving the market; return the new time in microseconds."""
        now_us = self.clock.step(ms * US_PER_MS)
        self.on_time(now_us)
        return now_us

    def run_market(self, steps: int) -> int:
        """Let the market act `steps` times, 100 ms apart; return the new time in microseconds."""
        for _ in range(steps):
            self.clock.step(MARKET_STEP_US)
            self.tick()
        return self.clock.now_us()

    # -- misbehaviour --------------------------------------------------------------------------------------------

    def drop_sockets(self, code: int = 1006) -> int:
        """Close every WebSocket and return how many there were."""
        found = list(self.connections)
        for each in found:
            each.close_soon(code)
        return len(found)

    def freeze_sockets(self) -> int:
        """Leave every WebSocket open but dead and return how many there were."""
        found = list(self.connections)
        for each in found:
            each.freeze()
        return len(found)

    def set_maintenance(self, on: bool) -> None:
        """Begin or end maintenance: it is announced on every WebSocket, which then closes; requests get 503."""
        self.faults.maintenance = on
        if on:
            self.say_goodbye()

    def say_goodbye(self) -> None:
        """Announce the end on every WebSocket and close it."""
        for each in list(self.connections):
            each.announce_shutdown()
            each.close_soon(1001)

    def state(self) -> dict[str, Any]:
        """Return what a controller may want to know; no secret is in it."""
        return {
            "clock": self.clock.mode.value,
            "now_us": self.clock.now_us(),
            "shift_ms": self.clock.shift_us // US_PER_MS,
            "seed": self.settings.seed,
            "listen_keys": "legacy" if self.settings.legacy_listen_keys else "retired",
            "market": self.market is not None,
            "connections": len(self.connections),
            "subscriptions": self.users.count(),
            "futures": self.futures.state(),
            "accounts": sorted(self.accounts),
            "symbols": {
                name: {
                    "status": spec.status.value,
                    "last_price": _price_text(self.exchange.last_price(name)),
                }
                for name, spec in self.exchange.symbols.items()
            },
            "faults": self.faults.as_json(),
        }


def _price_text(price: Decimal | None) -> str | None:
    return None if price is None else f"{price:f}"
