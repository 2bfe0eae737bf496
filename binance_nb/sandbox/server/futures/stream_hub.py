"""Market streams of USD-M futures: who listens to which, and what is due when."""

from collections.abc import Callable
from typing import Any

from binance_nb.models.enums import FUTURES_INTERVALS, KlineInterval
from binance_nb.sandbox.clock import US_PER_MS
from binance_nb.sandbox.engine.events import BookChange, PublicAggTrade, PublicTrade
from binance_nb.sandbox.futures.events import MarketEvent, PublicLiquidation
from binance_nb.sandbox.futures.exchange import FuturesExchange
from binance_nb.sandbox.futures.specs import SymbolSpec
from binance_nb.sandbox.server.futures import render_streams
from binance_nb.sandbox.server.market_hub import (
    ALL,
    DAY_US,
    FAST_US,
    PARTIAL_LEVELS,
    SECOND_US,
    Render,
    StreamHub,
    as_change,
)
from binance_nb.sandbox.server.wire import EncodeTime

QUARTER_US = 250 * US_PER_MS
HALF_US = 500 * US_PER_MS
TICKER_US = 2 * SECOND_US
MARK_US = 3 * SECOND_US
ALL_BOOKS_US = 5 * SECOND_US
SPEEDS = {"@100ms": FAST_US, "@500ms": HALF_US}
AT_ONCE = frozenset({"trade", "aggTrade", "bookTicker", "forceOrder", f"{ALL}forceOrder@arr"})


class FuturesStreamHub(StreamHub):
    """Futures market data on its way from the engine to the connections."""

    periods = (FAST_US, QUARTER_US, HALF_US, SECOND_US, TICKER_US, MARK_US, ALL_BOOKS_US)

    def __init__(self, exchange: FuturesExchange) -> None:
        """Start without subscriptions."""
        super().__init__(exchange.symbols)
        self._exchange = exchange
        self._last_update: dict[str, int] = {}

    def publish(self, event: MarketEvent) -> None:
        """Send what an event of the engine means for the real-time streams, and keep the rest for later."""
        if isinstance(event, BookChange):
            self._book_changed(event)
        elif isinstance(event, PublicTrade):
            trade = event.trade
            self._push_of(trade.symbol, "trade", lambda spec, t: render_streams.trade(trade, spec, t))
        elif isinstance(event, PublicAggTrade):
            agg = event.agg_trade
            self._push_of(agg.symbol, "aggTrade", lambda spec, t: render_streams.agg_trade(agg, spec, t))
        elif isinstance(event, PublicLiquidation):
            spec = self._exchange.symbol(event.order.symbol)
            for stream in (f"{spec.symbol.lower()}@forceOrder", f"{ALL}forceOrder@arr"):
                self.push(stream, lambda t: render_streams.force_order(event, spec, t))

    def _push_of(self, symbol: str, kind: str, render: Callable[[SymbolSpec, EncodeTime], Any]) -> None:
        stream = f"{symbol.lower()}@{kind}"
        if self.is_heard(stream):
            spec = self._exchange.symbol(symbol)
            self.push(stream, lambda t: render(spec, t))

    def _book_changed(self, change: BookChange) -> None:
        symbol = change.symbol.lower()
        for speed in ("", "@500ms", "@100ms"):
            self.collect(f"{symbol}@depth{speed}", change)
        top = self.new_top(change)
        if top is None:
            return
        time_us = change.time_us
        self._push_of(change.symbol, "bookTicker", lambda spec, t: render_streams.book_ticker(top, spec, time_us, t))

    # -- what is due by the clock --------------------------------------------------------------------------------

    def period_of(self, stream: str) -> int:
        """Return how often a stream is updated, in microseconds; 0 for one that is sent as things happen."""
        name, _, kind = stream.partition("@")
        if kind in AT_ONCE or stream in AT_ONCE:
            return 0
        if "markPrice" in stream:
            return SECOND_US if stream.endswith("@1s") else MARK_US
        if kind.startswith("depth"):
            return next((period for speed, period in SPEEDS.items() if kind.endswith(speed)), QUARTER_US)
        if kind.startswith("kline_"):
            return QUARTER_US
        if stream == f"{ALL}bookTicker":
            return ALL_BOOKS_US
        return SECOND_US if name.startswith(ALL) else TICKER_US

    def update(self, stream: str, now_us: int) -> None:
        """Send a stream whose period has begun anew."""
        symbol_text, _, kind = stream.partition("@")
        if symbol_text.startswith(ALL):
            self._update_all(stream, now_us)
            return
        name = self._symbols.get(symbol_text)
        if name is None:
            return
        spec = self._exchange.symbol(name)
        if kind in {"depth", "depth@100ms", "depth@500ms"}:
            self._diff_depth(stream, spec)
        elif kind.startswith("depth"):
            self._partial_depth(stream, spec, kind, now_us)
        elif kind.startswith("kline_"):
            self._kline(stream, spec, kind, now_us)
        elif kind in {"markPrice", "markPrice@1s"}:
            row = self._exchange.mark_price(name)
            self.push(stream, lambda t: render_streams.mark_price(row, now_us, t))
        else:
            render = self._ticker(stream, spec, kind, now_us)
            if render is not None:
                self.push(stream, render)

    def _diff_depth(self, stream: str, spec: SymbolSpec) -> None:
        diff = self.collected(stream)
        if diff is None:
            return
        change = as_change(spec.symbol, diff)
        previous = self._last_update.get(stream, change.first_update_id - 1)
        self._last_update[stream] = change.last_update_id
        self.push(stream, lambda t: render_streams.depth_update(change, previous, spec, t))

    def _partial_depth(self, stream: str, spec: SymbolSpec, kind: str, now_us: int) -> None:
        count = kind.removeprefix("depth").partition("@")[0]
        if not count.isdigit() or int(count) not in PARTIAL_LEVELS:
            return
        book = self._exchange.depth(spec.symbol, int(count))
        before = self._last_update.get(stream, book.last_update_id)
        if not self.news(stream, book.last_update_id):
            return
        self._last_update[stream] = book.last_update_id
        change = BookChange(
            symbol=spec.symbol,
            time_us=now_us,
            first_update_id=before,
            last_update_id=book.last_update_id,
            bids=book.bids,
            asks=book.asks,
            best_bid=None,
            best_ask=None,
        )
        self.push(stream, lambda t: render_streams.depth_update(change, before, spec, t))

    def _kline(self, stream: str, spec: SymbolSpec, kind: str, now_us: int) -> None:
        try:
            interval = KlineInterval(kind.removeprefix("kline_"))
        except ValueError:
            return
        if interval not in FUTURES_INTERVALS:
            return
        rows = self._exchange.klines(spec.symbol, interval, now_us, limit=2)
        for row in self.candles_to_send(stream, rows, now_us):
            self.push(stream, lambda t, row=row: render_streams.kline(interval, row, spec, now_us, t))  # type: ignore[misc]

    def _ticker(self, stream: str, spec: SymbolSpec, kind: str, now_us: int) -> Render | None:
        """Return how to write a ticker stream's update, None when nothing changed since the last."""
        if kind not in {"ticker", "miniTicker"}:
            return None
        row = self._exchange.window_statistics(spec.symbol, now_us - DAY_US, now_us)
        if not self.news(f"{stream}/{spec.symbol}", (row.first_trade_id, row.last_trade_id)):
            return None
        if kind == "ticker":
            return lambda t: render_streams.ticker(row, spec, now_us, t)
        return lambda t: render_streams.mini_ticker(row, spec, now_us, t)

    def _update_all(self, stream: str, now_us: int) -> None:
        specs = list(self._exchange.symbols.values())
        if stream == f"{ALL}bookTicker":
            for spec in specs:
                top = self._exchange.book_ticker(spec.symbol)
                self.push(
                    stream,
                    lambda t, top=top, spec=spec: render_streams.book_ticker(top, spec, now_us, t),  # type: ignore[misc]
                )
        elif stream in {f"{ALL}markPrice@arr", f"{ALL}markPrice@arr@1s"}:
            marks = [self._exchange.mark_price(spec.symbol) for spec in specs]
            self.push(stream, lambda t: [render_streams.mark_price(row, now_us, t) for row in marks])
        elif stream in {f"{ALL}ticker@arr", f"{ALL}miniTicker@arr"}:
            kind = stream.removeprefix(ALL).removesuffix("@arr")
            renders = [self._ticker(stream, spec, kind, now_us) for spec in specs]
            changed = [render for render in renders if render is not None]
            if changed:
                self.push(stream, lambda t: [render(t) for render in changed])
