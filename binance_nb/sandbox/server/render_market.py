"""Symbols, books, trades, candles and tickers as the documented JSON (rest-api.md, Market Data endpoints)."""

from decimal import Decimal
from typing import Any

from binance_nb.sandbox.engine.records import (
    AggTrade,
    AveragePrice,
    BookTop,
    BookView,
    Candle,
    ReferencePrice,
    Trade,
    WindowStatistics,
)
from binance_nb.sandbox.engine.specs import ExchangeSpec, PriceRange, ReferencePriceRule, SymbolSpec
from binance_nb.sandbox.server.wire import EncodeTime, fixed, percent, units

Json = dict[str, Any]
Levels = tuple[tuple[Decimal, Decimal], ...]


def symbol(spec: SymbolSpec, *, show_permission_sets: bool = True) -> Json:
    """Return a symbol as exchangeInfo shows it."""
    return {
        "symbol": spec.symbol,
        "status": spec.status.value,
        "baseAsset": spec.base_asset,
        "baseAssetPrecision": spec.base_asset_precision,
        "quoteAsset": spec.quote_asset,
        "quotePrecision": spec.quote_asset_precision,
        "quoteAssetPrecision": spec.quote_asset_precision,
        "baseCommissionPrecision": spec.base_commission_precision,
        "quoteCommissionPrecision": spec.quote_commission_precision,
        "orderTypes": [each.value for each in spec.order_types],
        "icebergAllowed": spec.iceberg_allowed,
        "ocoAllowed": spec.oco_allowed,
        "otoAllowed": spec.oto_allowed,
        "opoAllowed": spec.opo_allowed,
        "quoteOrderQtyMarketAllowed": spec.quote_order_qty_market_allowed,
        "allowTrailingStop": spec.allow_trailing_stop,
        "cancelReplaceAllowed": spec.cancel_replace_allowed,
        "amendAllowed": spec.amend_allowed,
        "pegInstructionsAllowed": spec.peg_instructions_allowed,
        "isSpotTradingAllowed": spec.is_spot_trading_allowed,
        "isMarginTradingAllowed": spec.is_margin_trading_allowed,
        "filters": [each.as_json() for each in spec.filters],
        "permissions": [],
        "permissionSets": [list(each) for each in spec.permission_sets] if show_permission_sets else [],
        "defaultSelfTradePreventionMode": spec.default_self_trade_prevention_mode.value,
        "allowedSelfTradePreventionModes": [each.value for each in spec.allowed_self_trade_prevention_modes],
    }


def sors(spec: ExchangeSpec) -> list[Json]:
    """Return the SOR configurations of exchangeInfo; empty where the exchange has none."""
    return [{"baseAsset": each.base_asset, "symbols": list(each.symbols)} for each in spec.sors]


def execution_rules(spec: SymbolSpec) -> Json:
    """Return a symbol's execution rules."""
    return {"symbol": spec.symbol, "rules": [] if spec.price_range is None else [_price_range(spec.price_range)]}


def _price_range(rule: PriceRange) -> Json:
    shown = {
        "bidLimitMultUp": rule.bid_limit_mult_up,
        "bidLimitMultDown": rule.bid_limit_mult_down,
        "askLimitMultUp": rule.ask_limit_mult_up,
        "askLimitMultDown": rule.ask_limit_mult_down,
    }
    return {"ruleType": "PRICE_RANGE"} | {name: f"{value:f}" for name, value in shown.items() if value is not None}


def levels(side: Levels) -> list[list[str]]:
    """Return price levels as pairs of texts."""
    return [[fixed(price), fixed(quantity)] for price, quantity in side]


def depth(book: BookView) -> Json:
    """Return an order book."""
    return {"lastUpdateId": book.last_update_id, "bids": levels(book.bids), "asks": levels(book.asks)}


def trade(row: Trade, t: EncodeTime) -> Json:
    """Return a public trade."""
    return {
        "id": row.trade_id,
        "price": units(row.price_u),
        "qty": units(row.quantity_u),
        "quoteQty": units(row.quote_u),
        "time": t(row.time_us),
        "isBuyerMaker": row.is_buyer_maker,
        "isBestMatch": row.is_best_match,
    }


def agg_trade(row: AggTrade, t: EncodeTime) -> Json:
    """Return an aggregate trade."""
    return {
        "a": row.agg_trade_id,
        "p": units(row.price_u),
        "q": units(row.quantity_u),
        "f": row.first_trade_id,
        "l": row.last_trade_id,
        "T": t(row.time_us),
        "m": row.is_buyer_maker,
        "M": row.is_best_match,
    }


def candle(row: Candle, t: EncodeTime) -> list[Any]:
    """Return a candlestick as the array of twelve."""
    return [
        t(row.open_us),
        units(row.open_u),
        units(row.high_u),
        units(row.low_u),
        units(row.close_u),
        units(row.volume_u),
        t(row.close_us),
        units(row.quote_u),
        row.trades,
        units(row.taker_buy_u),
        units(row.taker_buy_quote_u),
        "0",
    ]


def average_price(row: AveragePrice, t: EncodeTime) -> Json:
    """Return the average price."""
    return {"mins": row.minutes, "price": fixed(row.price), "closeTime": t(row.close_us)}


def ticker_24hr(row: WindowStatistics, t: EncodeTime) -> Json:
    """Return the FULL 24-hour ticker."""
    return {
        "symbol": row.symbol,
        "priceChange": fixed(row.price_change),
        "priceChangePercent": percent(row.price_change_percent),
        "weightedAvgPrice": fixed(row.weighted_avg_price),
        "prevClosePrice": fixed(row.prev_close_price),
        "lastPrice": fixed(row.last_price),
        "lastQty": fixed(row.last_qty),
        "bidPrice": fixed(row.bid_price),
        "bidQty": fixed(row.bid_qty),
        "askPrice": fixed(row.ask_price),
        "askQty": fixed(row.ask_qty),
        "openPrice": fixed(row.open_price),
        "highPrice": fixed(row.high_price),
        "lowPrice": fixed(row.low_price),
        "volume": fixed(row.volume),
        "quoteVolume": fixed(row.quote_volume),
        "openTime": t(row.open_us),
        "closeTime": t(row.close_us),
        "firstId": row.first_trade_id,
        "lastId": row.last_trade_id,
        "count": row.count,
    }


def ticker_window(row: WindowStatistics, t: EncodeTime) -> Json:
    """Return the FULL ticker of a trading day or a rolling window."""
    return {
        "symbol": row.symbol,
        "priceChange": fixed(row.price_change),
        "priceChangePercent": percent(row.price_change_percent),
        "weightedAvgPrice": fixed(row.weighted_avg_price),
    } | _window_tail(row, t)


def ticker_mini(row: WindowStatistics, t: EncodeTime) -> Json:
    """Return the MINI form of any ticker."""
    return {"symbol": row.symbol} | _window_tail(row, t)


def _window_tail(row: WindowStatistics, t: EncodeTime) -> Json:
    return {
        "openPrice": fixed(row.open_price),
        "highPrice": fixed(row.high_price),
        "lowPrice": fixed(row.low_price),
        "lastPrice": fixed(row.last_price),
        "volume": fixed(row.volume),
        "quoteVolume": fixed(row.quote_volume),
        "openTime": t(row.open_us),
        "closeTime": t(row.close_us),
        "firstId": row.first_trade_id,
        "lastId": row.last_trade_id,
        "count": row.count,
    }


def book_ticker(top: BookTop) -> Json:
    """Return the best bid and ask."""
    return {
        "symbol": top.symbol,
        "bidPrice": fixed(top.bid_price),
        "bidQty": fixed(top.bid_qty),
        "askPrice": fixed(top.ask_price),
        "askQty": fixed(top.ask_qty),
    }


def reference_price(row: ReferencePrice, t: EncodeTime) -> Json:
    """Return a symbol's reference price."""
    return {
        "symbol": row.symbol,
        "referencePrice": None if row.price is None else fixed(row.price),
        "timestamp": t(row.time_us),
    }


def reference_price_calculation(name: str, rule: ReferencePriceRule) -> Json:
    """Return how a symbol's reference price comes about."""
    if rule.is_external:
        return {"symbol": name, "calculationType": "EXTERNAL", "externalCalculationId": rule.external_calculation_id}
    return {
        "symbol": name,
        "calculationType": "ARITHMETIC_MEAN",
        "bucketCount": rule.bucket_count,
        "bucketWidthMs": rule.bucket_width_ms,
    }
