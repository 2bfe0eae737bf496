"""The sandbox's market: seeded makers and takers around a moving price, on the same engine as everybody else.

Each symbol has a fair price that wanders. Makers keep a ladder of orders on both sides; takers arrive at random and
take, sometimes deep. They trade from house accounts, through an exchange's `place_order` alone. The same seed and the
same times give the same orders. Prices wander as floats and become whole ticks before they reach the engine.
"""

import math
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from binance_nb.models.enums import OrderSide, SpotOrderType, SymbolStatus, TimeInForce
from binance_nb.sandbox.engine.commands import CancelOrder, EngineError, NewOrder
from binance_nb.sandbox.engine.records import Trade
from binance_nb.sandbox.engine.units import SCALE, from_units, notional_units, to_units
from binance_nb.sandbox.market_defaults import DEFAULT_BALANCES, default_exchange_spec, default_symbols
from binance_nb.sandbox.market_replay import RecordedTrade, Tape

__all__ = ["DEFAULT_BALANCES", "Market", "MarketSettings", "default_exchange_spec", "default_symbols"]

_SECOND_US = 1_000_000
_HOUR_US = 3_600 * _SECOND_US
_DAY_S = 86_400.0
# After a longer silence (a clock that was stepped far) the price moves as after this long, and no more takers come.
_LONGEST_STEP_S = 2.0
# In each step: how many of the gone maker orders come back, and how many of the others are renewed for no reason.
_REFILL_SHARE = 0.5
_RENEWAL_SHARE = 0.005
_GAP_BPS = 0.03
# How many gaps, and half of its distance, a maker order may be off its place before it is renewed.
_SLACK_GAPS = 12
_HOUSE_FUNDS = Decimal(10) ** 9

# Where prices start, in the quote asset. A symbol that is not named starts at one.
START_PRICES: dict[str, float] = {
    "BTCUSDT": 95_000.0,
    "ETHUSDT": 3_200.0,
    "BNBUSDT": 900.0,
    "BTCUSDC": 95_000.0,
    "ETHBTC": 3_200.0 / 95_000.0,
    "１２３４５６": 0.1,
}
# Symbols whose fair price follows from others: numerator and denominator.
_CROSSES: dict[str, tuple[str, str | None]] = {"ETHBTC": ("ETHUSDT", "BTCUSDT"), "BTCUSDC": ("BTCUSDT", None)}


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSettings:
    """How lively the market is. Amounts of money are in dollars and are converted for other quote assets."""

    volatility_bps: float = 1.0  # standard deviation of the fair price over one second
    flutter_bps: float = 2.5  # of the fair price around its slow walk, so that orders near the touch are reached soon
    flutter_s: float = 2.0  # how long a flutter lasts
    spread_bps: float = 0.1  # of the best bid and ask from each other, never less than a tick
    levels: int = 50  # maker orders on each side
    level_value: float = 400.0  # what a maker order near the touch is worth; deeper ones are larger
    arrivals_per_s: float = 3.0  # takers
    taker_value: float = 250.0  # what a usual taker trades
    sweep_share: float = 0.1  # how many takers trade ten times as much
    history_hours: float = 24.0
    history_gap_s: float = 12.0  # between two trades of the past
    start_prices: dict[str, float] = field(default_factory=lambda: dict(START_PRICES))
    replay: dict[str, str] = field(default_factory=dict)  # files of recorded trades to play, by symbol


class Instrument(Protocol):
    """What the house must know of a symbol."""

    @property
    def symbol(self) -> str:
        """Its name."""

    @property
    def quote_asset(self) -> str:
        """What its prices are in."""

    @property
    def status(self) -> SymbolStatus:
        """Whether it trades."""

    @property
    def tick_u(self) -> int:
        """The step between two prices, in units."""

    @property
    def step_u(self) -> int:
        """The step between two quantities, in units."""


class PlacedOrder(Protocol):
    """An order as it stands after it was placed."""

    @property
    def order_id(self) -> int:
        """Its id."""

    @property
    def is_open(self) -> bool:
        """Whether something of it rests."""


class Placed(Protocol):
    """The answer to a new order."""

    @property
    def order(self) -> PlacedOrder:
        """The order."""


class Traded(Protocol):
    """An exchange as its house sees it: the spot exchange, or another that takes plain limit orders."""

    @property
    def assets(self) -> tuple[str, ...]:
        """What the house must have money in."""

    @property
    def symbols(self) -> Mapping[str, Instrument]:
        """Every symbol by name."""

    def symbol(self, name: str) -> Instrument:
        """Return a symbol as it is now."""

    def open_account(self, balances: Mapping[str, Decimal], now_us: int, *, silent: bool) -> int:
        """Open an account and return its id."""

    def record_history(self, trades: Iterable[Trade]) -> None:
        """Put trades of the past on the tape."""

    def place_order(self, account_id: int, order: NewOrder, now_us: int) -> Placed:
        """Place a limit order."""

    def cancel_order(self, account_id: int, cancel: CancelOrder, now_us: int) -> object:
        """Cancel an order."""

    def is_open(self, account_id: int, symbol: str, order_id: int) -> bool:
        """Whether an order is open."""


class Market:
    """The house: makers and takers of every symbol.

    A symbol with a file of recorded trades has no history and no random takers: it plays the file, makers follow.
    """

    def __init__(self, exchange: Traded, *, seed: int = 7, settings: MarketSettings | None = None) -> None:
        """Prepare the house accounts' places; nothing happens before `open`."""
        self._exchange = exchange
        self._settings = settings or MarketSettings()
        self._seed = seed
        self._quoters: list[_Quoter] = []
        self._tapes: dict[str, Tape] = {}
        self._last_us = 0

    def open(self, now_us: int) -> None:
        """Open the house accounts, put some hours of trades on the tape and fill the books, as of now."""
        funds = dict.fromkeys(self._exchange.assets, _HOUSE_FUNDS)
        maker = self._exchange.open_account(funds, now_us, silent=True)
        taker = self._exchange.open_account(funds, now_us, silent=True)
        prices = _Prices(self._settings, self._seed, list(self._exchange.symbols))
        self._prices = prices
        self._quoters = [
            _Quoter(self._exchange, spec, self._settings, random.Random(f"{self._seed}/{spec.symbol}"), maker, taker)  # noqa: S311
            for spec in self._exchange.symbols.values()
        ]
        self._tapes = {symbol: Tape(path, now_us) for symbol, path in self._settings.replay.items()}
        self._exchange.record_history(tuple(self._history(now_us)))
        for quoter in self._quoters:
            tape = self._tapes.get(quoter.symbol)
            fair = float(tape.first_price) if tape else prices.fair(quoter.symbol)
            quoter.quote(fair, now_us, everything=True)
        self._last_us = now_us

    def step(self, now_us: int) -> None:
        """Let prices move by the time since the last step, makers follow and takers trade, at this time."""
        elapsed_s = min(max(now_us - self._last_us, 0) / _SECOND_US, _LONGEST_STEP_S)
        self._last_us = max(self._last_us, now_us)
        self._prices.move(elapsed_s)
        for quoter in self._quoters:
            tape = self._tapes.get(quoter.symbol)
            if tape is None:
                quoter.step(self._prices.fair(quoter.symbol), elapsed_s, now_us)
            else:
                quoter.replay(tape.due(now_us), now_us)

    def pin_price(self, symbol: str, price: Decimal | None) -> None:
        """Hold the price that the house believes in, from its next step on; None lets it wander again.

        Where the symbol has a price range rule, nothing trades outside of it: go there in several steps.
        Raises ValueError for a symbol that the house does not quote or that plays recorded trades, and for a price
        that is not above zero.
        """
        if symbol not in {quoter.symbol for quoter in self._quoters}:
            raise ValueError(f"the house does not quote {symbol!r}")
        if symbol in self._tapes:
            raise ValueError(f"the price of {symbol} follows its recorded trades and cannot be held")
        if price is not None and not (price.is_finite() and price > 0):
            raise ValueError("a price is a number above zero")
        self._prices.pin(symbol, None if price is None else float(price))

    def fair_price(self, symbol: str) -> Decimal:
        """Return the price that the house believes in now."""
        return from_units(int(self._prices.fair(symbol) * SCALE))

    def _history(self, now_us: int) -> Iterator[Trade]:
        """Yield trades of the past hours; the fair prices wander to where the market opens."""
        gap_us = int(self._settings.history_gap_s * _SECOND_US)
        count = int(self._settings.history_hours * _HOUR_US) // gap_us
        for index in range(count):
            self._prices.move(self._settings.history_gap_s)
            time_us = now_us - (count - index) * gap_us
            for quoter in self._quoters:
                if quoter.symbol not in self._tapes:
                    yield quoter.past_trade(self._prices.fair(quoter.symbol), time_us)


class _Prices:
    """The fair prices: in the logarithm, slow walks drawn back to their start over a day, and a quick flutter."""

    def __init__(self, settings: MarketSettings, seed: int, symbols: list[str]) -> None:
        self._settings = settings
        self._rng = random.Random(f"{seed}/prices")  # noqa: S311
        self._crosses = {
            name: parts
            for name, parts in _CROSSES.items()
            if name in symbols and all(part in symbols for part in parts if part is not None)
        }
        self._logs = dict.fromkeys((name for name in symbols if name not in self._crosses), 0.0)
        self._flutters = dict.fromkeys(self._logs, 0.0)
        self._pinned: dict[str, float] = {}

    def move(self, elapsed_s: float) -> None:
        """Let every price wander for some seconds."""
        spread = self._settings.volatility_bps / 10_000 * math.sqrt(elapsed_s)
        for name, value in self._logs.items():
            self._logs[name] = value * (1 - min(elapsed_s / _DAY_S, 1.0)) + self._rng.gauss(0.0, spread)
        kept = math.exp(-elapsed_s / self._settings.flutter_s)
        shake = self._settings.flutter_bps / 10_000 * math.sqrt(1 - kept * kept)
        for name, value in self._flutters.items():
            self._flutters[name] = value * kept + self._rng.gauss(0.0, shake)

    def pin(self, symbol: str, price: float | None) -> None:
        """Hold a symbol's fair price, and with it those that follow from it; None lets it go where it would be."""
        if price is None:
            self._pinned.pop(symbol, None)
        else:
            self._pinned[symbol] = price

    def fair(self, symbol: str) -> float:
        """Return a symbol's fair price."""
        if symbol in self._pinned:
            return self._pinned[symbol]
        parts = self._crosses.get(symbol)
        if parts is not None:
            return self.fair(parts[0]) / (self.fair(parts[1]) if parts[1] is not None else 1.0)
        return self._settings.start_prices.get(symbol, 1.0) * math.exp(self._logs[symbol] + self._flutters[symbol])


class _Quoter:
    """Makers and takers of one symbol."""

    def __init__(
        self,
        exchange: Traded,
        spec: Instrument,
        settings: MarketSettings,
        rng: random.Random,
        maker: int,
        taker: int,
    ) -> None:
        self.symbol = spec.symbol
        self._exchange = exchange
        self._spec = spec
        self._settings = settings
        self._rng = rng
        self._maker = maker
        self._taker = taker
        self._tick_u = spec.tick_u
        self._step_u = spec.step_u
        # One slot an order, by side and distance: (order id, price in units), None where the order is gone.
        self._slots: dict[OrderSide, list[tuple[int, int] | None]] = {
            side: [None] * settings.levels for side in (OrderSide.BUY, OrderSide.SELL)
        }
        self._count = 0
        self._past = 0
        # What one unit of the quote asset is worth in dollars, by the starting prices.
        self._quote_value = settings.start_prices.get(f"{spec.quote_asset}USDT", 1.0)
        self._gap_u = self._tick_u

    def step(self, fair: float, elapsed_s: float, now_us: int) -> None:
        """Quote around the fair price and let takers come."""
        if self._exchange.symbol(self.symbol).status is not SymbolStatus.TRADING:
            return
        self.quote(fair, now_us)
        for _ in range(self._arrivals(elapsed_s)):
            self._take(fair, now_us)

    def replay(self, trades: Iterable[RecordedTrade], now_us: int) -> None:
        """Play recorded trades: the house offers what was traded and takes it, so that better orders go first."""
        if self._exchange.symbol(self.symbol).status is not SymbolStatus.TRADING:
            return
        last: RecordedTrade | None = None
        for last in trades:
            price_u = self._round(to_units(last.price))
            quantity_u = max(self._step_u, int(last.quantity * SCALE) // self._step_u * self._step_u)
            taker = OrderSide.SELL if last.is_buyer_maker else OrderSide.BUY
            maker = OrderSide.BUY if taker is OrderSide.SELL else OrderSide.SELL
            self._clear(price_u, now_us)
            offered = self._send(self._maker, maker, price_u, quantity_u, TimeInForce.GTC, now_us)
            self._send(self._taker, taker, price_u, quantity_u, TimeInForce.IOC, now_us)
            if offered is not None:
                self._cancel(offered, now_us)
        if last is not None:
            self.quote(float(last.price), now_us)

    def _clear(self, price_u: int, now_us: int) -> None:
        """Take back the ladder's orders that would trade at this price or better, and those in its way."""
        for side, slots in self._slots.items():
            sign = -1 if side is OrderSide.BUY else 1
            for index, slot in enumerate(slots):
                if slot is not None and sign * (slot[1] - price_u) <= 0:
                    self._cancel(slot[0], now_us)
                    slots[index] = None

    def quote(self, fair: float, now_us: int, *, everything: bool = False) -> None:
        """Replace maker orders that no longer suit the fair price, and some that are gone."""
        fair_u = int(fair * SCALE)
        half_u = max(self._tick_u, int(fair_u * self._settings.spread_bps / 20_000))
        # A coarse tick needs a ladder in ticks, a fine one a ladder in basis points.
        self._gap_u = max(self._tick_u, int(fair_u * _GAP_BPS / 10_000))
        # All that no longer suits goes first, so that the house does not trade with itself.
        for side, slots in self._slots.items():
            sign = -1 if side is OrderSide.BUY else 1
            for index, slot in enumerate(slots):
                if slot is not None and not self._suits(slot, sign * (slot[1] - fair_u), index, half_u):
                    self._cancel(slot[0], now_us)
                    slots[index] = None
        for side, slots in self._slots.items():
            sign = -1 if side is OrderSide.BUY else 1
            for index, slot in enumerate(slots):
                if slot is None and (everything or self._rng.random() < _REFILL_SHARE):
                    distance_u = self._distance_u(index, half_u)
                    away_u = max(half_u, int(distance_u * self._rng.uniform(0.9, 1.1)))
                    slots[index] = self._rest(side, fair_u + sign * away_u, index, now_us)

    def past_trade(self, fair: float, time_us: int) -> Trade:
        """Return a trade of the past near the fair price; it takes the next trade id."""
        price_u = self._round(int(fair * SCALE * (1 + self._rng.gauss(0.0, 0.2) / 10_000)))
        quantity_u = self._quantity_u(price_u, self._rng.expovariate(1 / self._settings.taker_value))
        self._past += 1
        return Trade(
            symbol=self.symbol,
            trade_id=self._past - 1,
            price_u=price_u,
            quantity_u=quantity_u,
            quote_u=notional_units(price_u, quantity_u),
            time_us=time_us,
            is_buyer_maker=self._rng.random() < 0.5,
            buyer_order_id=-1,
            seller_order_id=-1,
        )

    def _distance_u(self, index: int, half_u: int) -> int:
        """Return how far from the fair price the order of this slot should rest."""
        return half_u + int(self._gap_u * index**1.5)

    def _suits(self, slot: tuple[int, int], away_u: int, index: int, half_u: int) -> bool:
        """Whether a resting order is still there and about as far from the fair price as its slot wants it."""
        wanted_u = self._distance_u(index, half_u)
        if away_u < half_u // 2 or abs(away_u - wanted_u) > wanted_u // 2 + _SLACK_GAPS * self._gap_u:
            return False
        return self._rng.random() > _RENEWAL_SHARE and self._is_open(slot[0])

    def _is_open(self, order_id: int) -> bool:
        return self._exchange.is_open(self._maker, self.symbol, order_id)

    def _rest(self, side: OrderSide, price_u: int, index: int, now_us: int) -> tuple[int, int] | None:
        price_u = self._round(price_u)
        value = self._settings.level_value * (1 + (index / 6) ** 2) * self._rng.uniform(0.5, 1.5)
        placed = self._send(self._maker, side, price_u, self._quantity_u(price_u, value), TimeInForce.GTC, now_us)
        return (placed, price_u) if placed is not None else None

    def _take(self, fair: float, now_us: int) -> None:
        """Let one taker trade, at most half a percent away from the fair price."""
        side = OrderSide.BUY if self._rng.random() < 0.5 else OrderSide.SELL
        value = self._rng.expovariate(1 / self._settings.taker_value)
        if self._rng.random() < self._settings.sweep_share:
            value *= 10
        limit = fair * (1.005 if side is OrderSide.BUY else 0.995)
        price_u = self._round(int(limit * SCALE))
        self._send(self._taker, side, price_u, self._quantity_u(price_u, value), TimeInForce.IOC, now_us)

    def _send(
        self, account: int, side: OrderSide, price_u: int, quantity_u: int, time_in_force: TimeInForce, now_us: int
    ) -> int | None:
        """Place a limit order; return its id if it is open afterwards, None if it is not or was refused."""
        self._count += 1
        order = NewOrder(
            symbol=self.symbol,
            side=side,
            type=SpotOrderType.LIMIT,
            client_order_id=f"house-{self._count}",
            time_in_force=time_in_force,
            quantity=from_units(quantity_u),
            price=from_units(price_u),
        )
        try:
            placed = self._exchange.place_order(account, order, now_us).order
        except EngineError:
            return None  # a filter: the ladder simply has a gap there until the next step
        return placed.order_id if placed.is_open else None

    def _cancel(self, order_id: int, now_us: int) -> None:
        if self._is_open(order_id):
            request = CancelOrder(symbol=self.symbol, order_id=order_id, new_client_order_id="house")
            self._exchange.cancel_order(self._maker, request, now_us)

    def _arrivals(self, elapsed_s: float) -> int:
        """Return a Poisson number of takers."""
        limit, count, product = math.exp(-self._settings.arrivals_per_s * elapsed_s), 0, self._rng.random()
        while product > limit:
            count += 1
            product *= self._rng.random()
        return count

    def _round(self, price_u: int) -> int:
        return max(self._tick_u, (price_u + self._tick_u // 2) // self._tick_u * self._tick_u)

    def _quantity_u(self, price_u: int, value: float) -> int:
        """Return the quantity that is worth so many dollars, in whole lots and no less than a valid order."""
        worth = max(value, 12.0) / self._quote_value
        return max(self._step_u, int(worth * SCALE * SCALE / price_u) // self._step_u * self._step_u)
