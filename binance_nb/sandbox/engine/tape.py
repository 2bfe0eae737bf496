"""The public memory of one symbol: trades, aggregate trades, candles and average prices."""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar

from binance_nb.sandbox.engine.records import AggTrade, Candle, Trade

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
DAY_US = 86_400 * SECOND_US
# How many trades and candles a symbol remembers at least; twice as many are kept before the older half is dropped.
KEPT_TRADES = 100_000
KEPT_CANDLES = 200_000
AVERAGE_MINUTES = 5

Row = TypeVar("Row")


class Tape:
    """What a symbol's trades leave behind. Trades must come in order of their ids and times."""

    def __init__(self, symbol: str, average_minutes: Sequence[int] = (AVERAGE_MINUTES,)) -> None:
        self.symbol = symbol
        self.trades: list[Trade] = []
        self.agg_trades: list[AggTrade] = []
        self.seconds: list[Candle] = []
        self.minutes: list[Candle] = []
        self.last: Trade | None = None
        self.next_trade_id = 0
        self._next_agg_id = 0
        self._open_agg: AggTrade | None = None
        self._open_taker = -1
        self._averages = {
            minutes: _MovingAverage(minutes * MINUTE_US) for minutes in {AVERAGE_MINUTES, *average_minutes}
        }

    @property
    def last_u(self) -> int:
        """The price of the last trade in units, 0 before the first."""
        return self.last.price_u if self.last else 0

    def record(self, trade: Trade) -> AggTrade | None:
        """Remember a trade; return the aggregate trade that it closed, if any."""
        self.trades.append(trade)
        _trim(self.trades, KEPT_TRADES)
        self.last = trade
        self.next_trade_id = trade.trade_id + 1
        _add_to_candles(self.seconds, SECOND_US, trade)
        _add_to_candles(self.minutes, MINUTE_US, trade)
        for average in self._averages.values():
            average.add(trade)
        return self._aggregate(trade)

    def close_aggregate(self) -> AggTrade | None:
        """Close and return the aggregate trade that is still open: its taker order is done."""
        closed, self._open_agg, self._open_taker = self._open_agg, None, -1
        if closed is not None:
            self.agg_trades.append(closed)
            _trim(self.agg_trades, KEPT_TRADES)
        return closed

    def average_u(self, minutes: int, now_us: int) -> int:
        """Return the volume weighted average price of the last minutes; the last price if nothing traded (0: never)."""
        if minutes == 0:
            return self.last_u
        average = self._averages.get(minutes)
        if average is None:  # a span nobody announced: build it once from the trades that are kept
            average = self._averages[minutes] = _MovingAverage(minutes * MINUTE_US)
            for trade in self.trades:
                average.add(trade)
        return average.price_u(now_us) or self.last_u

    def recent(self, limit: int) -> tuple[Trade, ...]:
        """Return the latest trades, oldest first."""
        return tuple(self.trades[-limit:])

    def trades_from(self, trade_id: int, limit: int) -> tuple[Trade, ...]:
        """Return trades from an id on."""
        return _from(self.trades, lambda trade: trade.trade_id, trade_id, limit)

    def aggregates(
        self, *, from_id: int | None, start_us: int | None, end_us: int | None, limit: int
    ) -> tuple[AggTrade, ...]:
        """Return aggregate trades from an id, within a span of time (both ends included), or the latest."""
        if from_id is not None:
            return _from(self.agg_trades, lambda trade: trade.agg_trade_id, from_id, limit)
        if start_us is None and end_us is None:
            return tuple(self.agg_trades[-limit:])
        low = 0 if start_us is None else bisect_left(self.agg_trades, start_us, key=lambda trade: trade.time_us)
        high = len(self.agg_trades)
        if end_us is not None:
            high = bisect_left(self.agg_trades, end_us + 1, key=lambda trade: trade.time_us)
        found = self.agg_trades[low:high]
        return tuple(found[:limit] if start_us is not None else found[-limit:])

    def _aggregate(self, trade: Trade) -> AggTrade | None:
        taker = trade.seller_order_id if trade.is_buyer_maker else trade.buyer_order_id
        known = self._open_agg
        joins = (
            known is not None
            and taker == self._open_taker
            and trade.price_u == known.price_u
            and trade.time_us == known.time_us
            and trade.is_buyer_maker == known.is_buyer_maker
        )
        closed = None if joins else self.close_aggregate()
        if joins and known is not None:
            first, quantity, agg_id = known.first_trade_id, known.quantity_u + trade.quantity_u, known.agg_trade_id
        else:
            first, quantity, agg_id = trade.trade_id, trade.quantity_u, self._next_agg_id
            self._next_agg_id += 1
        self._open_taker = taker
        self._open_agg = AggTrade(
            symbol=self.symbol,
            agg_trade_id=agg_id,
            price_u=trade.price_u,
            quantity_u=quantity,
            first_trade_id=first,
            last_trade_id=trade.trade_id,
            time_us=trade.time_us,
            is_buyer_maker=trade.is_buyer_maker,
        )
        return closed


class _MovingAverage:
    """The volume weighted average over a moving span: each trade is added and dropped once."""

    def __init__(self, width_us: int) -> None:
        self._width_us = width_us
        self._trades: deque[tuple[int, int, int]] = deque()
        self._value = 0
        self._volume = 0

    def add(self, trade: Trade) -> None:
        value = trade.price_u * trade.quantity_u
        self._trades.append((trade.time_us, value, trade.quantity_u))
        self._value += value
        self._volume += trade.quantity_u
        self._drop(trade.time_us)

    def price_u(self, now_us: int) -> int:
        self._drop(now_us)
        return self._value // self._volume if self._volume else 0

    def _drop(self, now_us: int) -> None:
        trades = self._trades
        while trades and trades[0][0] <= now_us - self._width_us:
            _, value, volume = trades.popleft()
            self._value -= value
            self._volume -= volume


def _add_to_candles(candles: list[Candle], width_us: int, trade: Trade) -> None:
    price = trade.price_u
    if not candles or trade.time_us > candles[-1].close_us:
        start = trade.time_us // width_us * width_us
        candles.append(
            Candle(
                open_us=start,
                close_us=start + width_us - 1,
                open_u=price,
                high_u=price,
                low_u=price,
                close_u=price,
                first_trade_id=trade.trade_id,
            )
        )
        _trim(candles, KEPT_CANDLES)
    candle = candles[-1]
    candle.high_u = max(candle.high_u, price)
    candle.low_u = min(candle.low_u, price)
    candle.close_u = price
    candle.volume_u += trade.quantity_u
    candle.quote_u += trade.quote_u
    candle.trades += 1
    candle.last_trade_id = trade.trade_id
    if not trade.is_buyer_maker:
        candle.taker_buy_u += trade.quantity_u
        candle.taker_buy_quote_u += trade.quote_u


def _from(rows: Sequence[Row], key: Callable[[Row], int], first: int, limit: int) -> tuple[Row, ...]:
    start = bisect_left(rows, first, key=key)
    return tuple(rows[start : start + limit])


def _trim(rows: list[Row], kept: int) -> None:
    if len(rows) >= 2 * kept:
        del rows[:kept]
