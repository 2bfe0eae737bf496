"""Market streams: who listens to which, and what is due when (web-socket-streams.md)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from binance_nb.models.enums import KlineInterval
from binance_nb.sandbox.clock import US_PER_MS
from binance_nb.sandbox.engine.commands import EngineError
from binance_nb.sandbox.engine.events import BookChange, Event, PublicAggTrade, PublicTrade
from binance_nb.sandbox.engine.exchange import Exchange
from binance_nb.sandbox.engine.records import BookTop, Candle
from binance_nb.sandbox.server import render_events, wire
from binance_nb.sandbox.server.wire import EncodeTime

FAST_US = 100 * US_PER_MS
SECOND_US = 1_000 * US_PER_MS
KLINE_US = 2_000 * US_PER_MS
MINUTE_US = 60 * SECOND_US
DAY_US = 1_440 * MINUTE_US
WINDOWS_US = {"1h": 60 * MINUTE_US, "4h": 240 * MINUTE_US, "1d": DAY_US}
BEIJING_US = 8 * 60 * MINUTE_US
PARTIAL_LEVELS = frozenset({5, 10, 20})
ALL = "!"

Render = Callable[[EncodeTime], Any]


class Subscriber(Protocol):
    """A market stream connection."""

    t: EncodeTime

    def push(self, stream: str, payload: bytes) -> None:
        """Send a payload of a stream."""


@dataclass(slots=True)
class Diff:
    """Book changes since the last update of a depth stream."""

    first: int = 0
    last: int = 0
    time_us: int = 0
    bids: dict[Decimal, Decimal] = field(default_factory=dict)
    asks: dict[Decimal, Decimal] = field(default_factory=dict)

    def add(self, change: BookChange) -> None:
        if not self.last:
            self.first = change.first_update_id
        self.last = change.last_update_id
        self.time_us = change.time_us
        self.bids.update(change.bids)
        self.asks.update(change.asks)


class StreamHub:
    """Who subscribed to which stream, what was sent last, and which period is due; a subclass says what is sent."""

    periods: tuple[int, ...] = (FAST_US, SECOND_US, KLINE_US)

    def __init__(self, symbols: Iterable[str]) -> None:
        """Start without subscriptions."""
        self._symbols = {name.lower(): name for name in symbols}
        self._subscribers: dict[str, dict[Subscriber, None]] = {}
        self._diffs: dict[str, Diff] = {}
        self._sent: dict[str, Any] = {}
        self._best: dict[str, tuple[Any, Any]] = {}
        self._due: dict[int, int] = {}

    # -- subscriptions -------------------------------------------------------------------------------------------

    def subscribe(self, stream: str, subscriber: Subscriber) -> None:
        """Send a stream to a connection from now on; a stream that does not exist stays silent."""
        self._subscribers.setdefault(stream, {})[subscriber] = None

    def unsubscribe(self, stream: str, subscriber: Subscriber) -> None:
        """Send no more of the stream to the connection."""
        found = self._subscribers.get(stream)
        if found is None:
            return
        found.pop(subscriber, None)
        if not found:
            del self._subscribers[stream]
            self._diffs.pop(stream, None)
            for mark in [each for each in self._sent if each == stream or each.startswith(f"{stream}/")]:
                del self._sent[mark]

    def on_time(self, now_us: int) -> None:
        """Send the updates of every stream whose period has begun anew."""
        due = {period for period in self.periods if self._due.get(period) != now_us // period}
        for period in due:
            self._due[period] = now_us // period
        if not due:
            return
        for stream in list(self._subscribers):
            if self.period_of(stream) in due:
                self.update(stream, now_us)

    # -- what subclasses fill in ---------------------------------------------------------------------------------

    def publish(self, event: Any) -> None:
        """Send what an event of the engine means for the real-time streams, and keep the rest for later."""
        raise NotImplementedError

    def period_of(self, stream: str) -> int:
        """Return how often a stream is updated, in microseconds; 0 for one that is sent as things happen."""
        raise NotImplementedError

    def update(self, stream: str, now_us: int) -> None:
        """Send a stream whose period has begun anew."""
        raise NotImplementedError

    # -- what they use -------------------------------------------------------------------------------------------

    def is_heard(self, stream: str) -> bool:
        """Return whether anybody subscribed to a stream."""
        return stream in self._subscribers

    def news(self, stream: str, mark: Any) -> bool:
        """Return whether this mark of a stream's content differs from the last one, and keep it."""
        if self._sent.get(stream) == mark:
            return False
        self._sent[stream] = mark
        return True

    def collect(self, stream: str, change: BookChange) -> None:
        """Add a book's change to what the stream's next update tells."""
        if stream in self._subscribers:
            self._diffs.setdefault(stream, Diff()).add(change)

    def collected(self, stream: str) -> "Diff | None":
        """Return what was collected, and forget it; None when nothing was."""
        return self._diffs.pop(stream, None)

    def new_top(self, change: BookChange) -> BookTop | None:
        """Return the best bid and ask after a book's change, None when they are what they were."""
        best = (change.best_bid, change.best_ask)
        if self._best.get(change.symbol) == best:
            return None
        self._best[change.symbol] = best
        nothing = (Decimal(0), Decimal(0))
        bid, ask = change.best_bid or nothing, change.best_ask or nothing
        return BookTop(
            symbol=change.symbol,
            update_id=change.last_update_id,
            bid_price=bid[0],
            bid_qty=bid[1],
            ask_price=ask[0],
            ask_qty=ask[1],
        )

    def candles_to_send(self, stream: str, rows: Sequence[Candle], now_us: int) -> Iterator[Candle]:
        """Yield the candles of a stream that have news: the current one, and the one before once it has closed."""
        seen_open, seen_trades = self._sent.get(stream, (-1, -1))
        for row in rows:
            if row.open_us < seen_open or (seen_open < 0 and row is not rows[-1]):
                continue
            if (row.open_us, row.trades) == (seen_open, seen_trades) and now_us <= row.close_us:
                continue
            self._sent[stream] = (row.open_us, row.trades)
            yield row

    def push(self, stream: str, render: Render) -> None:
        """Send a payload to everybody who subscribed to the stream; it is rendered once for each time unit."""
        subscribers = self._subscribers.get(stream)
        if not subscribers:
            return
        rendered: dict[EncodeTime, bytes] = {}
        for each in list(subscribers):
            payload = rendered.get(each.t)
            if payload is None:
                payload = rendered[each.t] = wire.encode(render(each.t))
            each.push(stream, payload)


class MarketHub(StreamHub):
    """Spot market data on its way from the engine to the connections."""

    def __init__(self, exchange: Exchange) -> None:
        """Start without subscriptions."""
        super().__init__(exchange.symbols)
        self._exchange = exchange

    # -- what happens at once ------------------------------------------------------------------------------------

    def publish(self, event: Event) -> None:
        """Send what an event of the engine means for the real-time streams, and keep the rest for later."""
        if isinstance(event, BookChange):
            self._book_changed(event)
        elif isinstance(event, PublicTrade):
            trade = event.trade
            self.push(f"{trade.symbol.lower()}@trade", lambda t: render_events.trade(trade, t))
        elif isinstance(event, PublicAggTrade):
            agg = event.agg_trade
            self.push(f"{agg.symbol.lower()}@aggTrade", lambda t: render_events.agg_trade(agg, t))

    def _book_changed(self, change: BookChange) -> None:
        symbol = change.symbol.lower()
        for stream in (f"{symbol}@depth", f"{symbol}@depth@100ms"):
            self.collect(stream, change)
        top = self.new_top(change)
        if top is not None:
            self.push(f"{symbol}@bookTicker", lambda _t: render_events.book_ticker(top))

    # -- what is due by the clock --------------------------------------------------------------------------------

    def period_of(self, stream: str) -> int:
        """Return how often a stream is updated, in microseconds; 0 for one that is sent as things happen."""
        _, _, kind = stream.partition("@")
        if kind.endswith("@100ms"):
            return FAST_US
        if kind.startswith("kline_"):
            return SECOND_US if kind.startswith("kline_1s") else KLINE_US
        return 0 if kind in {"trade", "aggTrade", "bookTicker", "blockTrade"} else SECOND_US

    def update(self, stream: str, now_us: int) -> None:
        """Send a stream whose period has begun anew."""
        symbol_text, _, kind = stream.partition("@")
        if symbol_text.startswith(ALL):
            self._update_all(stream, now_us)
            return
        name = self._symbols.get(symbol_text)
        if name is None:
            return
        if kind in {"depth", "depth@100ms"}:
            diff = self.collected(stream)
            if diff is not None:
                self.push(stream, lambda t: render_events.depth_update(as_change(name, diff), t))
        elif kind.startswith("depth"):
            self._partial_depth(stream, name, kind)
        elif kind.startswith("kline_"):
            self._kline(stream, name, kind, now_us)
        elif kind == "avgPrice":
            row = self._exchange.average_price(name, now_us)
            self.push(stream, lambda t: render_events.average_price(name, row, now_us, t))
        elif kind == "referencePrice":
            self._reference_price(stream, name, now_us)
        else:
            render = self._ticker(stream, name, kind, now_us)
            if render is not None:
                self.push(stream, render)

    def _partial_depth(self, stream: str, name: str, kind: str) -> None:
        count = kind.removeprefix("depth").removesuffix("@100ms")
        if not count.isdigit() or int(count) not in PARTIAL_LEVELS:
            return
        book = self._exchange.depth(name, int(count))
        if self.news(stream, book.last_update_id):
            self.push(stream, lambda _t: render_events.partial_depth(book))

    def _kline(self, stream: str, name: str, kind: str, now_us: int) -> None:
        text, _, zone = kind.removeprefix("kline_").partition("@")
        try:
            interval = KlineInterval(text)
        except ValueError:
            return
        if zone not in {"", "+08:00"}:
            return
        rows = self._exchange.klines(name, interval, now_us, limit=2, offset_us=BEIJING_US if zone else 0)
        for row in self.candles_to_send(stream, rows, now_us):
            self.push(stream, lambda t, row=row: render_events.kline(name, interval, row, now_us, t))  # type: ignore[misc]

    def _reference_price(self, stream: str, name: str, now_us: int) -> None:
        try:
            row = self._exchange.reference_price(name, now_us)
        except EngineError:
            return
        self.push(stream, lambda t: render_events.reference_price(row, t))

    def _ticker(self, stream: str, name: str, kind: str, now_us: int) -> Render | None:
        """Return how to write a ticker stream's update, None when nothing changed since the last."""
        size = kind.removeprefix("ticker_") if kind.startswith("ticker_") else None
        if size is not None and size not in WINDOWS_US:
            return None
        if size is None:
            if kind not in {"ticker", "miniTicker"}:
                return None
            start_us = now_us - DAY_US
        else:
            start_us = (now_us - WINDOWS_US[size]) // MINUTE_US * MINUTE_US
        row = self._exchange.window_statistics(name, start_us, now_us)
        mark = (row.first_trade_id, row.last_trade_id)
        if kind == "ticker":
            mark = (*mark, row.bid_price, row.bid_qty, row.ask_price, row.ask_qty)  # type: ignore[assignment]
        if not self.news(f"{stream}/{name}", mark):
            return None
        if size is not None:
            return lambda t: render_events.window_ticker(size, row, now_us, t)
        if kind == "ticker":
            return lambda t: render_events.ticker(row, now_us, t)
        return lambda t: render_events.mini_ticker(row, now_us, t)

    def _update_all(self, stream: str, now_us: int) -> None:
        kind = stream.removeprefix(ALL).removesuffix("@arr")
        if not stream.endswith("@arr") or not (kind == "miniTicker" or kind.startswith("ticker_")):
            return
        renders = [self._ticker(stream, name, kind, now_us) for name in self._symbols.values()]
        changed = [render for render in renders if render is not None]
        if changed:
            self.push(stream, lambda t: [render(t) for render in changed])


def as_change(symbol: str, diff: Diff) -> BookChange:
    """Return what was collected as one change of a symbol's book."""
    return BookChange(
        symbol=symbol,
        time_us=diff.time_us,
        first_update_id=diff.first,
        last_update_id=diff.last,
        bids=tuple(diff.bids.items()),
        asks=tuple(diff.asks.items()),
        best_bid=None,
        best_ask=None,
    )
