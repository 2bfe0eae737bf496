"""Candles of every length and the statistics of a window, put together from the tape's seconds and minutes."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from binance_nb.models.enums import KlineInterval
from binance_nb.sandbox.engine.records import BookTop, Candle, WindowStatistics
from binance_nb.sandbox.engine.tape import DAY_US, MINUTE_US, SECOND_US, Tape
from binance_nb.sandbox.engine.units import SCALE, from_units

_HOUR_US = 60 * MINUTE_US
_FIXED_US = {
    KlineInterval.SECOND_1: SECOND_US,
    KlineInterval.MINUTE_1: MINUTE_US,
    KlineInterval.MINUTE_3: 3 * MINUTE_US,
    KlineInterval.MINUTE_5: 5 * MINUTE_US,
    KlineInterval.MINUTE_15: 15 * MINUTE_US,
    KlineInterval.MINUTE_30: 30 * MINUTE_US,
    KlineInterval.HOUR_1: _HOUR_US,
    KlineInterval.HOUR_2: 2 * _HOUR_US,
    KlineInterval.HOUR_4: 4 * _HOUR_US,
    KlineInterval.HOUR_6: 6 * _HOUR_US,
    KlineInterval.HOUR_8: 8 * _HOUR_US,
    KlineInterval.HOUR_12: 12 * _HOUR_US,
    KlineInterval.DAY_1: DAY_US,
    KlineInterval.DAY_3: 3 * DAY_US,
    KlineInterval.WEEK_1: 7 * DAY_US,
}
# Weeks begin on Mondays; the epoch was a Thursday.
_MONDAY_US = 4 * DAY_US
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def candle_start(interval: KlineInterval, time_us: int, offset_us: int = 0) -> int:
    """Return the opening time of the candle that holds this time; `offset_us` is the time zone's offset from UTC."""
    if interval is KlineInterval.MONTH_1:
        local = _EPOCH + timedelta(microseconds=time_us + offset_us)
        first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return (first - _EPOCH) // timedelta(microseconds=1) - offset_us
    width = _FIXED_US[interval]
    shift = offset_us - (_MONDAY_US if interval is KlineInterval.WEEK_1 else 0)
    return (time_us + shift) // width * width - shift


def next_start(interval: KlineInterval, start_us: int, offset_us: int = 0) -> int:
    """Return the opening time of the candle after the one that opens at `start_us`."""
    if interval is KlineInterval.MONTH_1:
        return candle_start(interval, start_us + 32 * DAY_US, offset_us)
    return start_us + _FIXED_US[interval]


def klines(
    tape: Tape,
    interval: KlineInterval,
    now_us: int,
    *,
    start_us: int | None = None,
    end_us: int | None = None,
    limit: int = 500,
    offset_us: int = 0,
) -> tuple[Candle, ...]:
    """Return candles, oldest first, that open within the span; the latest ones when no start is given.

    A span without trades gives candles that repeat the last close. Nothing is shown before the symbol's first trade.
    """
    base = tape.seconds if interval is KlineInterval.SECOND_1 else tape.minutes
    if not base:
        return ()
    newest = candle_start(interval, now_us if end_us is None else min(now_us, end_us), offset_us)
    oldest = candle_start(interval, base[0].open_us, offset_us)
    starts: list[int] = []
    if start_us is not None:
        begin = candle_start(interval, start_us, offset_us)
        if begin < start_us:
            begin = next_start(interval, begin, offset_us)
        begin = max(begin, oldest)
        while begin <= newest and len(starts) < limit:
            starts.append(begin)
            begin = next_start(interval, begin, offset_us)
    else:
        begin = newest
        while begin >= oldest and len(starts) < limit:
            starts.append(begin)
            begin = candle_start(interval, begin - 1, offset_us)
        starts.reverse()
    return tuple(_merge(base, start, next_start(interval, start, offset_us) - 1) for start in starts)


def _merge(base: Sequence[Candle], start_us: int, close_us: int) -> Candle:
    low = bisect_left(base, start_us, key=lambda candle: candle.open_us)
    high = bisect_left(base, close_us + 1, lo=low, key=lambda candle: candle.open_us)
    if low == high:
        close = base[low - 1].close_u if low else base[0].open_u
        return Candle(open_us=start_us, close_us=close_us, open_u=close, high_u=close, low_u=close, close_u=close)
    parts = base[low:high]
    return Candle(
        open_us=start_us,
        close_us=close_us,
        open_u=parts[0].open_u,
        high_u=max(part.high_u for part in parts),
        low_u=min(part.low_u for part in parts),
        close_u=parts[-1].close_u,
        volume_u=sum(part.volume_u for part in parts),
        quote_u=sum(part.quote_u for part in parts),
        trades=sum(part.trades for part in parts),
        taker_buy_u=sum(part.taker_buy_u for part in parts),
        taker_buy_quote_u=sum(part.taker_buy_quote_u for part in parts),
        first_trade_id=parts[0].first_trade_id,
        last_trade_id=parts[-1].last_trade_id,
    )


def window_statistics(tape: Tape, top: BookTop, start_us: int, now_us: int) -> WindowStatistics:
    """Return the statistics of the window; it is counted in whole minutes, the one that holds `start_us` included."""
    base = tape.minutes
    low = bisect_left(base, start_us // MINUTE_US * MINUTE_US, key=lambda candle: candle.open_us)
    before = base[low - 1].close_u if low else 0
    if low < len(base):
        whole = _merge(base, base[low].open_us, now_us)
    else:
        whole = Candle(open_us=start_us, close_us=now_us, open_u=before, high_u=before, low_u=before, close_u=before)
    change = whole.close_u - whole.open_u
    percent = Decimal(0)
    if whole.open_u:
        percent = Decimal(change * 100) / whole.open_u
    weighted = whole.quote_u * SCALE // whole.volume_u if whole.volume_u else 0
    last = tape.last
    return WindowStatistics(
        symbol=tape.symbol,
        price_change=from_units(change),
        price_change_percent=percent.quantize(Decimal("0.001")),
        weighted_avg_price=from_units(weighted),
        prev_close_price=from_units(before or whole.open_u),
        last_price=from_units(whole.close_u),
        last_qty=from_units(last.quantity_u if last else 0),
        bid_price=top.bid_price,
        bid_qty=top.bid_qty,
        ask_price=top.ask_price,
        ask_qty=top.ask_qty,
        open_price=whole.open,
        high_price=whole.high,
        low_price=whole.low,
        volume=whole.volume,
        quote_volume=whole.quote_volume,
        open_us=start_us,
        close_us=now_us,
        first_trade_id=whole.first_trade_id,
        last_trade_id=whole.last_trade_id,
        count=whole.trades,
    )
