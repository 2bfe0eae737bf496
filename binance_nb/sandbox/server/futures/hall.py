"""The futures hall: engine, limits, listen keys and listeners of USD-M futures, beside spot in the same venue."""

from collections.abc import Sequence
from dataclasses import fields, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from binance_nb.sandbox.engine.commands import EngineError
from binance_nb.sandbox.engine.counts import OrderCounter
from binance_nb.sandbox.engine.records import OrderCount
from binance_nb.sandbox.engine.specs import OrderRateLimit
from binance_nb.sandbox.faults import Faults
from binance_nb.sandbox.futures.events import AccountEvent, OrderUpdate
from binance_nb.sandbox.futures.exchange import FuturesExchange
from binance_nb.sandbox.futures.house import DEFAULT_SETTINGS, FuturesMarket
from binance_nb.sandbox.futures.specs import default_symbols
from binance_nb.sandbox.market import MarketSettings
from binance_nb.sandbox.server import hall
from binance_nb.sandbox.server.errors import ApiError
from binance_nb.sandbox.server.futures.render_events import TradeLite, account_event, event_name
from binance_nb.sandbox.server.futures.stream_hub import FuturesStreamHub
from binance_nb.sandbox.server.hall import Manners
from binance_nb.sandbox.server.limits import AddressLimits, Interval, LimitSettings
from binance_nb.sandbox.server.listen_keys import ListenKeys, listen_key_maker
from binance_nb.sandbox.server.user_hub import UserHub
from binance_nb.sandbox.server.wire import EncodeTime

REQUEST_WEIGHT = Interval("REQUEST_WEIGHT", "MINUTE", 1, 2_400)
ORDER_LIMITS = (OrderRateLimit("SECOND", 10, 300), OrderRateLimit("MINUTE", 1, 1_200))
PING_INTERVAL_S, PONG_TIMEOUT_S = 180.0, 600.0
MESSAGES_PER_S = 10


class StreamMode(StrEnum):
    """Which addresses of the futures streams work."""

    ROUTED = "routed"  # mainnet since 2026-04-23: an unrouted address opens, but only /public content arrives there
    BOTH = "both"  # demo trading: an unrouted address carries everything too
    UNROUTED = "unrouted"  # as it was before: the routed addresses do not exist


class FuturesHall:
    """USD-M futures as the doors see them.

    Its market sleeps until the first futures request (of more than time and symbols), connection or control command:
    who trades spot alone does not pay for it. It opens at that moment just as it would have in a sandbox that starts
    then: the same seed gives the same prices, books and ids from there on, whenever that is.
    """

    name = hall.FUTURES

    def __init__(
        self,
        *,
        seed: int,
        faults: Faults,
        limits: LimitSettings,
        stream_mode: StreamMode,
        symbols: Sequence[str] | None,
        market: MarketSettings | None,
    ) -> None:
        """Build the exchange and its market, if it has one.

        `limits` and `market` are what spot has: the weight is replaced, of the market what was set on purpose is taken.
        `symbols` keeps those of the default contracts that are named.
        """
        self.manners = Manners(
            time_units=False,
            refuses_unread=False,
            plain_weight_header=False,
            says_goodbye=False,
            ping_interval_s=PING_INTERVAL_S,
            pong_timeout_s=PONG_TIMEOUT_S,
            messages_per_s=MESSAGES_PER_S,
        )
        self.stream_mode = stream_mode
        self.limits = AddressLimits(replace(limits, weight=REQUEST_WEIGHT))
        specs = [spec for spec in default_symbols() if symbols is None or spec.symbol in symbols]
        self.exchange = FuturesExchange(specs, seed=seed)
        self.symbols = {spec.symbol: spec for spec in specs}
        self.market = None if market is None else FuturesMarket(self.exchange, seed=seed, settings=_scaled(market))
        self.is_awake = self.market is None
        self.listen_keys = ListenKeys(listen_key_maker(f"{seed}/futures"))
        self.users = UserHub(faults, event_name)
        self.streams = FuturesStreamHub(self.exchange)
        self._accounts: dict[str, int] = {}
        self._balances: dict[str, Decimal] = {}
        self._counters: dict[str, tuple[OrderCounter, ...]] = {}

    def wake(self, now_us: int) -> None:
        """Open the market as of now, if it sleeps."""
        if self.market is not None and not self.is_awake:
            self.is_awake = True
            self.market.open(now_us)
            self.exchange.drain_events()  # the opening is no news to anybody

    def step(self, now_us: int) -> None:
        """Let the market act once, if it is awake."""
        if self.market is not None and self.is_awake:
            self.market.step(now_us)

    def open_account(self, name: str, now_us: int, *, balance: Decimal, silent: bool = False) -> None:
        """Open an account under a name, with so many USDT; `silent` is for the house."""
        self._accounts[name] = self.exchange.open_account(balance, now_us, silent=silent)
        self._balances[name] = balance
        self._counters[name] = tuple(OrderCounter([each]) for each in ORDER_LIMITS)

    def reset_account(self, name: str, now_us: int) -> None:
        """Set an account back to its first balance, without orders, positions and history."""
        self.exchange.reset_account(self._accounts[name], self._balances[name], now_us)

    def account_id(self, name: str) -> int:
        """Return the engine's id of an account."""
        return self._accounts[name]

    def count_orders(self, account: str, per_interval: Sequence[int], now_us: int) -> None:
        """Count new orders, so many in ten seconds and so many in a minute; raises EngineError -1015 above a limit."""
        pairs = list(zip(self._counters[account], per_interval, strict=True))
        for counter, orders in pairs:
            excess = counter.excess(orders, now_us)
            if excess is not None:
                raise excess
        for counter, orders in pairs:
            counter.add(orders, now_us)

    def order_counts(self, account: str, now_us: int) -> Sequence[OrderCount]:
        """Return how many orders an account has placed in each interval."""
        return [row for counter in self._counters[account] for row in counter.counts(now_us)]

    def refusal(self, error: EngineError, now_us: int) -> ApiError:
        """Return an engine's refusal as the doors answer it."""
        return hall.as_api_error(error, ORDER_LIMITS, now_us)

    def publish(self) -> None:
        """Hand on everything the engine has announced since the last time; a fill is told twice, briefly first."""
        for event in self.exchange.drain_events():
            if not isinstance(event, AccountEvent):
                self.streams.publish(event)
                continue
            if isinstance(event, OrderUpdate) and event.last_u:
                self.users.publish(TradeLite(event))
            self.users.publish(event)

    def on_time(self, now_us: int) -> None:
        """Let everything happen and be published that is due; nothing is while the market sleeps."""
        if not self.is_awake:
            return
        self.exchange.advance(now_us)
        self.publish()
        self.streams.on_time(now_us)
        for name in self.listen_keys.expired(now_us):
            self.users.expire_listen_key(name, now_us)

    def limit_rows(self) -> list[dict[str, Any]]:
        """Return every limit as exchangeInfo lists them."""
        return [self.limits.settings.weight.as_json(), *hall.order_limit_rows(ORDER_LIMITS)]

    def state(self) -> dict[str, Any]:
        """Return what a controller may want to know."""
        return {
            "streams": self.stream_mode.value,
            "subscriptions": self.users.count(),
            "market": self.market is not None,
            "awake": self.is_awake,
            "symbols": {name: self._symbol_state(name) for name in self.symbols},
        }

    def _symbol_state(self, name: str) -> dict[str, Any]:
        last, mark = self.exchange.last_price(name), self.exchange.mark_price(name)
        return {
            "status": "TRADING",
            "last_price": None if last is None else f"{last:f}",
            "mark_price": f"{mark.mark_price:f}" if mark.mark_price else None,
        }

    def account_event(self, event: Any, t: EncodeTime) -> dict[str, Any]:
        """Return the payload of an account's event."""
        return account_event(event, self.symbols, t)


def _scaled(market: MarketSettings) -> MarketSettings:
    """Return the futures market's settings, with what the spot market's change of the defaults."""
    usual = MarketSettings()
    given = {each.name: getattr(market, each.name) for each in fields(MarketSettings) if each.name != "replay"}
    return replace(DEFAULT_SETTINGS, **{name: value for name, value in given.items() if value != getattr(usual, name)})
