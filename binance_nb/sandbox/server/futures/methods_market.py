"""Futures methods that answer with public market data: books, trades, candles, tickers, mark prices, funding."""

from collections.abc import Callable, Mapping
from typing import Any

from binance_nb.models.enums import FUTURES_INTERVALS, KlineInterval
from binance_nb.sandbox.clock import US_PER_S
from binance_nb.sandbox.futures.specs import SymbolSpec
from binance_nb.sandbox.server import errors, params
from binance_nb.sandbox.server.errors import ApiError
from binance_nb.sandbox.server.futures import render, render_market
from binance_nb.sandbox.server.method import Call, Method
from binance_nb.sandbox.server.methods_general import OPTIONAL_SYMBOL, SYMBOL
from binance_nb.sandbox.server.methods_market import DAY_US, NO_PRICE
from binance_nb.sandbox.server.params import Param

MAX_KLINES = 1_500
MAX_TRADES_HOURS = 1
MAX_TRADES_SPAN_US = MAX_TRADES_HOURS * 3_600 * US_PER_S


def depth(call: Call) -> Any:
    """Answer the order book."""
    futures = call.venue.futures
    spec = futures.exchange.symbol(call["symbol"])
    return render_market.depth(futures.exchange.depth(spec.symbol, call["limit"]), spec, call.t(call.now_us))


def trades(call: Call) -> Any:
    """Answer the latest trades."""
    exchange = call.venue.futures.exchange
    spec = exchange.symbol(call["symbol"])
    return [render_market.trade(row, spec, call.t) for row in exchange.recent_trades(spec.symbol, call["limit"])]


def historical_trades(call: Call) -> Any:
    """Answer trades from an id on."""
    exchange = call.venue.futures.exchange
    spec = exchange.symbol(call["symbol"])
    rows = exchange.historical_trades(spec.symbol, from_id=call["fromId"], limit=call["limit"])
    return [render_market.trade(row, spec, call.t) for row in rows]


def agg_trades(call: Call) -> Any:
    """Answer aggregate trades; a start and an end must lie less than an hour apart, as they need not on spot."""
    exchange = call.venue.futures.exchange
    spec = exchange.symbol(call["symbol"])
    start_us, end_us = call["startTime"], call["endTime"]
    if start_us is not None and end_us is not None and end_us - start_us >= MAX_TRADES_SPAN_US:
        raise errors.too_long_a_span(MAX_TRADES_HOURS)
    rows = exchange.agg_trades(
        spec.symbol,
        from_id=call["fromId"],
        start_us=start_us,
        end_us=end_us,
        limit=call["limit"],
    )
    return [render_market.agg_trade(row, spec, call.t) for row in rows]


def klines(call: Call) -> Any:
    """Answer candlesticks."""
    exchange = call.venue.futures.exchange
    spec = exchange.symbol(call["symbol"])
    rows = exchange.klines(
        spec.symbol,
        call["interval"],
        call.now_us,
        start_us=call["startTime"],
        end_us=call["endTime"],
        limit=call["limit"],
    )
    return [render_market.candle(row, spec, call.t) for row in rows]


def premium_index(call: Call) -> Any:
    """Answer mark price, index price and the funding to come."""
    exchange = call.venue.futures.exchange
    return _one_or_all(call, lambda spec: render_market.premium_index(exchange.mark_price(spec.symbol), call.t))


def funding_rate(call: Call) -> Any:
    """Answer past fundings, oldest first."""
    rows = call.venue.futures.exchange.funding_rates(
        call["symbol"], start_us=call["startTime"], end_us=call["endTime"], limit=call["limit"]
    )
    return [render_market.funding_rate(row, call.t) for row in rows]


def funding_info(call: Call) -> Any:
    """Answer the bounds and intervals of funding."""
    return [render_market.funding_info(spec) for spec in call.venue.futures.symbols.values()]


def ticker_24hr(call: Call) -> Any:
    """Answer the statistics of the last 24 hours."""
    exchange = call.venue.futures.exchange

    def one(spec: SymbolSpec) -> Any:
        row = exchange.window_statistics(spec.symbol, call.now_us - DAY_US, call.now_us)
        return render_market.ticker_24hr(row, spec, call.t)

    return _one_or_all(call, one)


def ticker_price(call: Call) -> Any:
    """Answer the latest price."""
    exchange = call.venue.futures.exchange

    def one(spec: SymbolSpec) -> Any:
        last = exchange.last_price(spec.symbol) or NO_PRICE
        return {"symbol": spec.symbol, "price": render.price(last, spec), "time": call.t(call.now_us)}

    return _one_or_all(call, one)


def ticker_book(call: Call) -> Any:
    """Answer the best bid and ask."""
    exchange, now = call.venue.futures.exchange, call.t(call.now_us)
    return _one_or_all(call, lambda spec: render_market.book_ticker(exchange.book_ticker(spec.symbol), spec, now))


def _one_or_all(call: Call, one: Callable[[SymbolSpec], Any]) -> Any:
    exchange = call.venue.futures.exchange
    if call["symbol"] is not None:
        return one(exchange.symbol(call["symbol"]))
    return [one(spec) for spec in exchange.symbols.values()]


def by_symbol(one: int, every: int) -> Callable[[Mapping[str, str]], int]:
    """Return a weight of two sizes: for one symbol, and for all of them."""
    return lambda sent: one if sent.get("symbol") else every


def by_limit(default: int, *steps: tuple[int, int], beyond: int) -> Callable[[Mapping[str, str]], int]:
    """Return a weight by `limit`: of the first step (up to, weight) that holds it."""

    def weight(sent: Mapping[str, str]) -> int:
        text = sent.get("limit", "")
        asked = int(text) if text.isascii() and text.isdigit() else default
        return next((each for up_to, each in steps if asked <= up_to), beyond)

    return weight


TIMES = (Param("startTime", params.time_us), Param("endTime", params.time_us))
LIMIT_1000 = Param("limit", params.limit(1_000), default=500)
_FROM_ID = Param("fromId", params.long)
_DEPTH_WEIGHT = by_limit(500, (50, 2), (100, 5), (500, 10), beyond=20)
_KLINES = (
    SYMBOL,
    Param(
        "interval",
        params.one_of(KlineInterval, ApiError(-1120, "Invalid interval."), FUTURES_INTERVALS),
        mandatory=True,
    ),
    *TIMES,
    Param("limit", params.limit(MAX_KLINES), default=500),
)

METHODS = (
    Method("depth", ("GET", "/fapi/v1/depth"), depth, (SYMBOL, LIMIT_1000), weight=_DEPTH_WEIGHT),
    Method("trades", ("GET", "/fapi/v1/trades"), trades, (SYMBOL, LIMIT_1000), weight=5),
    Method(
        "historicalTrades",
        ("GET", "/fapi/v1/historicalTrades"),
        historical_trades,
        (SYMBOL, LIMIT_1000, _FROM_ID),
        weight=200,
    ),
    Method("aggTrades", ("GET", "/fapi/v1/aggTrades"), agg_trades, (SYMBOL, _FROM_ID, *TIMES, LIMIT_1000), weight=20),
    Method(
        "klines",
        ("GET", "/fapi/v1/klines"),
        klines,
        _KLINES,
        weight=by_limit(500, (99, 1), (499, 2), (1_000, 5), beyond=10),
    ),
    Method(
        "premiumIndex", ("GET", "/fapi/v1/premiumIndex"), premium_index, (OPTIONAL_SYMBOL,), weight=by_symbol(1, 10)
    ),
    # These two share a limit of their own, 500 in five minutes, and cost no weight.
    Method(
        "fundingRate",
        ("GET", "/fapi/v1/fundingRate"),
        funding_rate,
        (OPTIONAL_SYMBOL, *TIMES, Param("limit", params.limit(1_000), default=100)),
        weight=0,
    ),
    Method("fundingInfo", ("GET", "/fapi/v1/fundingInfo"), funding_info, weight=0),
    Method("ticker.24hr", ("GET", "/fapi/v1/ticker/24hr"), ticker_24hr, (OPTIONAL_SYMBOL,), weight=by_symbol(1, 40)),
    Method("ticker.price", ("GET", "/fapi/v1/ticker/price"), ticker_price, (OPTIONAL_SYMBOL,), weight=by_symbol(1, 2)),
    Method(
        "v2/ticker.price", ("GET", "/fapi/v2/ticker/price"), ticker_price, (OPTIONAL_SYMBOL,), weight=by_symbol(1, 2)
    ),
    Method(
        "ticker.book", ("GET", "/fapi/v1/ticker/bookTicker"), ticker_book, (OPTIONAL_SYMBOL,), weight=by_symbol(2, 5)
    ),
)
