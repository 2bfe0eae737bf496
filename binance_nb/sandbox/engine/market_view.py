"""What everybody may ask an exchange, spot or futures: books, trades, candles, averages."""

from abc import ABC, abstractmethod
from decimal import Decimal
from itertools import islice
from typing import Any, Protocol

from binance_nb.models.enums import KlineInterval
from binance_nb.sandbox.engine import candles
from binance_nb.sandbox.engine.book import OrderBook
from binance_nb.sandbox.engine.records import (
    AggTrade,
    AveragePrice,
    BookTop,
    BookView,
    Candle,
    Trade,
    WindowStatistics,
)
from binance_nb.sandbox.engine.tape import AVERAGE_MINUTES, Tape
from binance_nb.sandbox.engine.units import from_units


class Quoted(Protocol):
    """A symbol as its market data sees it."""

    @property
    def book(self) -> OrderBook[Any]:
        """Its order book."""

    @property
    def tape(self) -> Tape:
        """Its trades."""


class MarketView(ABC):
    """Market data, always of now; -1121 where the symbol is unknown."""

    @abstractmethod
    def _quoted(self, symbol: str) -> Quoted:
        """Return a symbol; -1121 if there is none."""

    def depth(self, symbol: str, limit: int = 100) -> BookView:
        """Return the best price levels of both sides."""
        book = self._quoted(symbol).book
        bids, asks = (
            tuple((from_units(level.price_u), from_units(level.visible_u)) for level in islice(side.from_best(), limit))
            for side in (book.bids, book.asks)
        )
        return BookView(symbol=symbol, last_update_id=book.update_id, bids=bids, asks=asks)

    def book_ticker(self, symbol: str) -> BookTop:
        """Return the best bid and ask."""
        book = self._quoted(symbol).book
        bid, ask = book.bids.best(), book.asks.best()
        return BookTop(
            symbol=symbol,
            update_id=book.update_id,
            bid_price=from_units(bid.price_u if bid else 0),
            bid_qty=from_units(bid.visible_u if bid else 0),
            ask_price=from_units(ask.price_u if ask else 0),
            ask_qty=from_units(ask.visible_u if ask else 0),
        )

    def last_price(self, symbol: str) -> Decimal | None:
        """Return the price of the last trade, None before the first."""
        last = self._quoted(symbol).tape.last
        return last.price if last else None

    def recent_trades(self, symbol: str, limit: int = 500) -> tuple[Trade, ...]:
        """Return the latest trades, oldest first."""
        return self._quoted(symbol).tape.recent(limit)

    def historical_trades(self, symbol: str, *, from_id: int | None = None, limit: int = 500) -> tuple[Trade, ...]:
        """Return trades from an id on, or the latest, oldest first."""
        tape = self._quoted(symbol).tape
        return tape.recent(limit) if from_id is None else tape.trades_from(from_id, limit)

    def agg_trades(
        self,
        symbol: str,
        *,
        from_id: int | None = None,
        start_us: int | None = None,
        end_us: int | None = None,
        limit: int = 500,
    ) -> tuple[AggTrade, ...]:
        """Return aggregate trades, oldest first."""
        tape = self._quoted(symbol).tape
        return tape.aggregates(from_id=from_id, start_us=start_us, end_us=end_us, limit=limit)

    def klines(
        self,
        symbol: str,
        interval: KlineInterval,
        now_us: int,
        *,
        start_us: int | None = None,
        end_us: int | None = None,
        limit: int = 500,
        offset_us: int = 0,
    ) -> tuple[Candle, ...]:
        """Return candles, oldest first; `offset_us` is the time zone's offset from UTC."""
        tape = self._quoted(symbol).tape
        return candles.klines(
            tape, interval, now_us, start_us=start_us, end_us=end_us, limit=limit, offset_us=offset_us
        )

    def average_price(self, symbol: str, now_us: int) -> AveragePrice:
        """Return the volume weighted average price of the last five minutes."""
        tape = self._quoted(symbol).tape
        price = from_units(tape.average_u(AVERAGE_MINUTES, now_us))
        return AveragePrice(AVERAGE_MINUTES, price, tape.last.time_us if tape.last else 0)

    def window_statistics(self, symbol: str, start_us: int, now_us: int) -> WindowStatistics:
        """Return the price change statistics from `start_us` until now."""
        tape = self._quoted(symbol).tape
        return candles.window_statistics(tape, self.book_ticker(symbol), start_us, now_us)
