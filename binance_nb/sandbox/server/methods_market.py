"""Methods that answer with public market data: books, trades, candles, tickers, reference prices."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from binance_nb.models.enums import KlineInterval
from binance_nb.sandbox.clock import US_PER_S
from binance_nb.sandbox.engine.records import WindowStatistics
from binance_nb.sandbox.engine.specs import SymbolSpec
from binance_nb.sandbox.server import errors, params, render_market, wire
from binance_nb.sandbox.server.errors import ApiError
from binance_nb.sandbox.server.method import Call, Method
from binance_nb.sandbox.server.methods_general import (
    OPTIONAL_SYMBOL,
    SYMBOL,
    SYMBOL_STATUS,
    SYMBOLS,
    counted_symbols,
)
from binance_nb.sandbox.server.params import Param

MINUTE_US = 60 * US_PER_S
DAY_US = 24 * 60 * MINUTE_US
WINDOW_UNIT_US = {"m": MINUTE_US, "h": 60 * MINUTE_US, "d": DAY_US}
WINDOW_MAXIMUM = {"m": 59, "h": 23, "d": 7}
MAX_WINDOW_WEIGHT = 200
NO_PRICE = Decimal(0)
LIMIT_1000 = Param("limit", params.limit(1_000), default=500)


def depth(call: Call) -> Any:
    """Answer the order book."""
    spec = _symbol_with_status(call, call["symbol"])
    return render_market.depth(call.venue.exchange.depth(spec.symbol, call["limit"]))


def trades(call: Call) -> Any:
    """Answer the latest trades."""
    rows = call.venue.exchange.recent_trades(call["symbol"], call["limit"])
    return [render_market.trade(row, call.t) for row in rows]


def historical_trades(call: Call) -> Any:
    """Answer trades from an id on."""
    rows = call.venue.exchange.historical_trades(call["symbol"], from_id=call["fromId"], limit=call["limit"])
    return [render_market.trade(row, call.t) for row in rows]


def block_trades(call: Call) -> Any:
    """Answer block trades: nobody negotiates any here, so there are none."""
    call.venue.symbol(call["symbol"])
    return []


def agg_trades(call: Call) -> Any:
    """Answer aggregate trades."""
    rows = call.venue.exchange.agg_trades(
        call["symbol"],
        from_id=call["fromId"],
        start_us=call["startTime"],
        end_us=call["endTime"],
        limit=call["limit"],
    )
    return [render_market.agg_trade(row, call.t) for row in rows]


def klines(call: Call) -> Any:
    """Answer candlesticks."""
    rows = call.venue.exchange.klines(
        call["symbol"],
        call["interval"],
        call.now_us,
        start_us=call["startTime"],
        end_us=call["endTime"],
        limit=call["limit"],
        offset_us=call["timeZone"] * MINUTE_US,
    )
    return [render_market.candle(row, call.t) for row in rows]


def average_price(call: Call) -> Any:
    """Answer the average price."""
    return render_market.average_price(call.venue.exchange.average_price(call["symbol"], call.now_us), call.t)


def ticker_24hr(call: Call) -> Any:
    """Answer the statistics of the last 24 hours."""
    full = call["type"] == "FULL"

    def one(spec: SymbolSpec) -> Any:
        row = call.venue.exchange.window_statistics(spec.symbol, call.now_us - DAY_US, call.now_us)
        return render_market.ticker_24hr(row, call.t) if full else render_market.ticker_mini(row, call.t)

    return _one_or_many(call, one)


def ticker_trading_day(call: Call) -> Any:
    """Answer the statistics of the day, in the time zone asked for."""
    offset_us = call["timeZone"] * MINUTE_US
    start_us = (call.now_us + offset_us) // DAY_US * DAY_US - offset_us

    def one(spec: SymbolSpec) -> Any:
        row = call.venue.exchange.window_statistics(spec.symbol, start_us, call.now_us)
        return _window(call, replace(row, close_us=start_us + DAY_US - 1))

    return _one_or_many(call, one, needed=True)


def ticker_rolling(call: Call) -> Any:
    """Answer the statistics of a rolling window that opens on a minute."""
    start_us = (call.now_us - call["windowSize"]) // MINUTE_US * MINUTE_US

    def one(spec: SymbolSpec) -> Any:
        return _window(call, call.venue.exchange.window_statistics(spec.symbol, start_us, call.now_us))

    return _one_or_many(call, one, needed=True)


def ticker_price(call: Call) -> Any:
    """Answer the latest price."""

    def one(spec: SymbolSpec) -> Any:
        last = call.venue.exchange.last_price(spec.symbol)
        return {"symbol": spec.symbol, "price": wire.fixed(last or NO_PRICE)}

    return _one_or_many(call, one)


def ticker_book(call: Call) -> Any:
    """Answer the best bid and ask."""
    return _one_or_many(call, lambda spec: render_market.book_ticker(call.venue.exchange.book_ticker(spec.symbol)))


def reference_price(call: Call) -> Any:
    """Answer the reference price; raises -2043 where there is none."""
    return render_market.reference_price(call.venue.exchange.reference_price(call["symbol"], call.now_us), call.t)


def reference_price_calculation(call: Call) -> Any:
    """Answer how the reference price comes about; raises -2043 where it does not."""
    spec = _symbol_with_status(call, call["symbol"])
    if spec.reference_price is None:
        raise ApiError(-2043, "This symbol doesn't have a reference price.")
    return render_market.reference_price_calculation(spec.symbol, spec.reference_price)


def _symbol_with_status(call: Call, name: str) -> SymbolSpec:
    spec = call.venue.symbol(name)
    status = call["symbolStatus"]
    if status is not None and spec.status is not status:
        raise ApiError(-1220, "The symbol's status does not match the requested symbolStatus.")
    return spec


def _one_or_many(call: Call, one: Callable[[SymbolSpec], Any], *, needed: bool = False) -> Any:
    name, names, status = call["symbol"], call["symbols"], call["symbolStatus"]
    if name is not None and names is not None:
        raise errors.bad_combination()
    if name is not None:
        return one(_symbol_with_status(call, name))
    if names is not None:
        specs = [call.venue.symbol(each) for each in names]
    elif needed:
        raise errors.either("symbol", "symbols")
    else:
        specs = list(call.venue.exchange.symbols.values())
    return [one(spec) for spec in specs if status is None or spec.status is status]


def _window(call: Call, row: WindowStatistics) -> Any:
    return (
        render_market.ticker_window(row, call.t) if call["type"] == "FULL" else render_market.ticker_mini(row, call.t)
    )


def window_size_us(name: str, text: str) -> int:
    """Return a window size (1m to 59m, 1h to 23h, 1d to 7d) in microseconds; raises -1130."""
    unit = text[-1:]
    count = text[:-1]
    if unit not in WINDOW_UNIT_US or not count.isascii() or not count.isdigit():
        raise errors.invalid_value(name)
    if not 1 <= int(count) <= WINDOW_MAXIMUM[unit]:
        raise errors.invalid_value(name)
    return int(count) * WINDOW_UNIT_US[unit]


def _depth_weight(sent: Mapping[str, str]) -> int:
    text = sent.get("limit", "100")
    limit = int(text) if text.isascii() and text.isdigit() else 100
    return 5 if limit <= 100 else 25 if limit <= 500 else 50 if limit <= 1_000 else 250


def _ticker_weight(sent: Mapping[str, str]) -> int:
    count = counted_symbols(sent)
    if count is None or count > 100:
        return 80
    return 2 if count <= 20 else 40


def _latest_weight(sent: Mapping[str, str]) -> int:
    return 2 if sent.get("symbol") else 4


def _window_weight(sent: Mapping[str, str]) -> int:
    return min(MAX_WINDOW_WEIGHT, 4 * (counted_symbols(sent) or 1))


_TYPE = Param("type", params.word(frozenset({"FULL", "MINI"}), ApiError(-1139, "Invalid ticker type.")), default="FULL")
_TIMES = (Param("startTime", params.time_us), Param("endTime", params.time_us))
_ZONE = Param("timeZone", params.utc_offset_minutes, default=0)
_FROM_ID = Param("fromId", params.long)
_MANY = (OPTIONAL_SYMBOL, SYMBOLS)
_KLINES = (
    SYMBOL,
    Param("interval", params.one_of(KlineInterval, ApiError(-1120, "Invalid interval.")), mandatory=True),
    *_TIMES,
    _ZONE,
    LIMIT_1000,
)

METHODS = (
    Method(
        "depth",
        ("GET", "/api/v3/depth"),
        depth,
        (SYMBOL, Param("limit", params.limit(5_000), default=100), SYMBOL_STATUS),
        weight=_depth_weight,
    ),
    Method("trades.recent", ("GET", "/api/v3/trades"), trades, (SYMBOL, LIMIT_1000), weight=25),
    Method(
        "trades.historical",
        ("GET", "/api/v3/historicalTrades"),
        historical_trades,
        (SYMBOL, LIMIT_1000, _FROM_ID),
        weight=25,
    ),
    Method(
        "blockTrades.historical",
        ("GET", "/api/v3/historicalBlockTrades"),
        block_trades,
        (SYMBOL, Param("fromId", params.long, mandatory=True), LIMIT_1000),
        weight=25,
    ),
    Method(
        "trades.aggregate",
        ("GET", "/api/v3/aggTrades"),
        agg_trades,
        (SYMBOL, _FROM_ID, *_TIMES, LIMIT_1000),
        weight=4,
    ),
    Method("klines", ("GET", "/api/v3/klines"), klines, _KLINES, weight=2),
    Method("uiKlines", ("GET", "/api/v3/uiKlines"), klines, _KLINES, weight=2),
    Method("avgPrice", ("GET", "/api/v3/avgPrice"), average_price, (SYMBOL,), weight=2),
    Method(
        "ticker.24hr",
        ("GET", "/api/v3/ticker/24hr"),
        ticker_24hr,
        (*_MANY, _TYPE, SYMBOL_STATUS),
        weight=_ticker_weight,
    ),
    Method(
        "ticker.tradingDay",
        ("GET", "/api/v3/ticker/tradingDay"),
        ticker_trading_day,
        (*_MANY, _ZONE, _TYPE, SYMBOL_STATUS),
        weight=_window_weight,
    ),
    Method(
        "ticker",
        ("GET", "/api/v3/ticker"),
        ticker_rolling,
        (*_MANY, Param("windowSize", window_size_us, default=DAY_US), _TYPE, SYMBOL_STATUS),
        weight=_window_weight,
    ),
    Method(
        "ticker.price", ("GET", "/api/v3/ticker/price"), ticker_price, (*_MANY, SYMBOL_STATUS), weight=_latest_weight
    ),
    Method(
        "ticker.book", ("GET", "/api/v3/ticker/bookTicker"), ticker_book, (*_MANY, SYMBOL_STATUS), weight=_latest_weight
    ),
    Method("referencePrice", ("GET", "/api/v3/referencePrice"), reference_price, (SYMBOL,), weight=2),
    Method(
        "referencePrice.calculation",
        ("GET", "/api/v3/referencePrice/calculation"),
        reference_price_calculation,
        (SYMBOL, SYMBOL_STATUS),
        weight=2,
    ),
)
