"""Futures books, trades, candles, tickers and mark prices as the documented JSON."""

from typing import Any

from binance_nb.sandbox.engine.records import AggTrade, BookTop, BookView, Candle, Trade, WindowStatistics
from binance_nb.sandbox.engine.units import from_units
from binance_nb.sandbox.futures.records import FundingRate, MarkPrice
from binance_nb.sandbox.futures.specs import SymbolSpec
from binance_nb.sandbox.server.futures.render import at_least, plain, price, quantity
from binance_nb.sandbox.server.wire import EncodeTime, fixed, percent

Json = dict[str, Any]


def levels(side: tuple[tuple[Any, Any], ...], spec: SymbolSpec) -> list[list[str]]:
    """Return price levels as pairs of texts."""
    return [[price(each, spec), quantity(amount, spec)] for each, amount in side]


def depth(book: BookView, spec: SymbolSpec, now: int) -> Json:
    """Return an order book; `now` is in milliseconds."""
    return {
        "lastUpdateId": book.last_update_id,
        "E": now,
        "T": now,
        "bids": levels(book.bids, spec),
        "asks": levels(book.asks, spec),
    }


def trade(row: Trade, spec: SymbolSpec, t: EncodeTime) -> Json:
    """Return a public trade."""
    return {
        "id": row.trade_id,
        "price": price(from_units(row.price_u), spec),
        "qty": quantity(from_units(row.quantity_u), spec),
        "quoteQty": at_least(from_units(row.quote_u), 2),
        "time": t(row.time_us),
        "isBuyerMaker": row.is_buyer_maker,
        "isRPITrade": False,
    }


def agg_trade(row: AggTrade, spec: SymbolSpec, t: EncodeTime) -> Json:
    """Return an aggregate trade; without RPI orders the normal quantity is all of it."""
    amount = quantity(from_units(row.quantity_u), spec)
    return {
        "a": row.agg_trade_id,
        "p": price(from_units(row.price_u), spec),
        "q": amount,
        "nq": amount,
        "f": row.first_trade_id,
        "l": row.last_trade_id,
        "T": t(row.time_us),
        "m": row.is_buyer_maker,
    }


def candle(row: Candle, spec: SymbolSpec, t: EncodeTime) -> list[Any]:
    """Return a candlestick as the array of twelve."""
    return [
        t(row.open_us),
        *(price(from_units(each), spec) for each in (row.open_u, row.high_u, row.low_u, row.close_u)),
        quantity(from_units(row.volume_u), spec),
        t(row.close_us),
        at_least(from_units(row.quote_u), 5),
        row.trades,
        quantity(from_units(row.taker_buy_u), spec),
        at_least(from_units(row.taker_buy_quote_u), 5),
        "0",
    ]


def ticker_24hr(row: WindowStatistics, spec: SymbolSpec, t: EncodeTime) -> Json:
    """Return the 24-hour ticker."""
    return {
        "symbol": row.symbol,
        "priceChange": price(row.price_change, spec),
        "priceChangePercent": percent(row.price_change_percent),
        "weightedAvgPrice": price(row.weighted_avg_price, spec),
        "lastPrice": price(row.last_price, spec),
        "lastQty": quantity(row.last_qty, spec),
        "openPrice": price(row.open_price, spec),
        "highPrice": price(row.high_price, spec),
        "lowPrice": price(row.low_price, spec),
        "volume": quantity(row.volume, spec),
        "quoteVolume": at_least(row.quote_volume, 2),
        "openTime": t(row.open_us),
        "closeTime": t(row.close_us),
        "firstId": row.first_trade_id,
        "lastId": row.last_trade_id,
        "count": row.count,
    }


def book_ticker(top: BookTop, spec: SymbolSpec, now: int) -> Json:
    """Return the best bid and ask; `now` is in milliseconds."""
    return {
        "symbol": top.symbol,
        "bidPrice": price(top.bid_price, spec),
        "bidQty": quantity(top.bid_qty, spec),
        "askPrice": price(top.ask_price, spec),
        "askQty": quantity(top.ask_qty, spec),
        "time": now,
        "lastUpdateId": top.update_id,
    }


def premium_index(row: MarkPrice, t: EncodeTime) -> Json:
    """Return mark price, index price and the funding to come."""
    return {
        "symbol": row.symbol,
        "markPrice": fixed(row.mark_price),
        "indexPrice": fixed(row.index_price),
        "estimatedSettlePrice": fixed(row.estimated_settle_price),
        "lastFundingRate": fixed(row.last_funding_rate),
        "interestRate": fixed(row.interest_rate),
        "nextFundingTime": t(row.next_funding_us),
        "time": t(row.time_us),
    }


def funding_rate(row: FundingRate, t: EncodeTime) -> Json:
    """Return a past funding."""
    return {
        "symbol": row.symbol,
        "fundingTime": t(row.funding_us),
        "fundingRate": fixed(row.rate),
        "markPrice": fixed(row.mark_price),
        "rateType": "Regular",
    }


def funding_info(spec: SymbolSpec) -> Json:
    """Return the bounds and the interval of a symbol's funding."""
    hours = spec.funding_interval_us // 3_600_000_000
    return {
        "symbol": spec.symbol,
        "adjustedFundingRateCap": fixed(spec.funding_cap),
        "adjustedFundingRateFloor": fixed(-spec.funding_cap),
        "fundingIntervalHours": hours,
        "disclaimer": False,
    }


def brackets(spec: SymbolSpec) -> Json:
    """Return a symbol's leverage brackets; their figures are JSON numbers."""
    return {
        "symbol": spec.symbol,
        "notionalCoef": 1.0,
        "brackets": [
            {
                "bracket": row.bracket,
                "initialLeverage": row.initial_leverage,
                "notionalCap": row.notional_cap,
                "notionalFloor": row.notional_floor,
                "maintMarginRatio": float(row.maint_margin_ratio),
                "cum": float(plain(row.cum)),
            }
            for row in spec.brackets
        ],
    }
