"""Fees in the quote currency: whatever asset a commission was taken in, at its price at the time of the fill."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from binance_nb.analysis.asof import Timeline, oldest_ms, taken
from binance_nb.analysis.given import clean_fills, codes_of, floats, require, utc_ms
from binance_nb.analysis.sources import over_archives
from binance_nb.errors import AnalysisError

QUOTE_ASSETS = (
    *("USDT", "FDUSD", "USDC", "TUSD", "BUSD", "USDP", "USDS", "USD1", "BFUSD", "XUSD", "DAI", "PAX", "BIDR", "IDRT"),
    *("BTC", "ETH", "BNB", "TRX", "XRP", "DOGE", "DOT", "SOL", "EURI", "AEUR"),
    *("EUR", "GBP", "AUD", "BRL", "TRY", "RUB", "UAH", "NGN", "ZAR", "PLN", "RON", "ARS", "JPY", "MXN", "COP", "CZK"),
)
"""Assets that symbols of the exchange are quoted in, to read a quote asset off a name; exchangeInfo tells it surely."""


def split_symbol(symbol: str) -> tuple[str, str]:
    """Return base and quote asset of a symbol by its name, an underscore and what follows (a delivery date) left out.

    Raises AnalysisError where the name ends with none of QUOTE_ASSETS.
    """
    name = str(symbol).partition("_")[0]
    for asset in sorted(QUOTE_ASSETS, key=len, reverse=True):
        if name.endswith(asset) and len(name) > len(asset):
            return name[: -len(asset)], asset
    raise AnalysisError(f"which asset is {symbol} quoted in? pass symbols= with symbol, base_asset and quote_asset")


def assets_of(symbol: str, symbols: pd.DataFrame | None) -> tuple[str, str]:
    """Return base and quote asset of a symbol, as `symbols` (SYMBOLS) tells them, else by its name."""
    if symbols is not None:
        require(symbols, ("symbol", "base_asset", "quote_asset"), "symbols")
        mine = symbols.loc[symbols["symbol"] == symbol, ["base_asset", "quote_asset"]]
        if len(mine):
            return str(mine.iloc[0, 0]), str(mine.iloc[0, 1])
    return split_symbol(symbol)


@over_archives
def fees_in_quote(
    fills: pd.DataFrame,
    rates: pd.DataFrame | None = None,
    *,
    symbols: pd.DataFrame | None = None,
    max_age_ms: float | None = None,
) -> pd.DataFrame:
    """Return the fills with their commission in quote units of their symbol; positive is paid, negative a rebate.

    fee_quote = commission_amount x fee_rate; fee_rate, quote units for one of commission_asset, is 1 for the quote
    asset, the fill's own price for the base asset, and for any other the last price before the fill, to the fill's
    millisecond excluded, of commission_asset in the quote asset (BNBUSDT), or one over that of the quote asset in it.
    `rates` holds those prices: QUOTES (the mid), MARKET_TRADES (the price), or KLINES with a symbol column (the close,
    known from close_time on). One older than `max_age_ms` (milliseconds) is none; without it, as candles of an hour
    serve here, each stands until the next. `symbols` (SYMBOLS) tells base and quote assets, else the names do.
    Adds `quote_asset`, `fee_rate`, `fee_quote`. Raises AnalysisError, also where a price is missing: a fee left out
    would look like no fee.
    """
    tidy = clean_fills(fills, "commission_amount", "commission_asset")
    amount = floats(tidy, "commission_amount", "fills")
    if np.isnan(amount).any():
        raise AnalysisError(f"{int(np.isnan(amount).sum())} of {len(tidy)} fills have no commission_amount")
    base, quote = _assets(tidy, symbols)
    codes, assets = codes_of(tidy["commission_asset"])
    unnamed = (codes < 0) & (amount != 0)
    if unnamed.any():
        raise AnalysisError(f"{int(unnamed.sum())} of {len(tidy)} fills have a commission but no commission_asset")
    book = _Rates(rates, oldest_ms(max_age_ms))
    stamps = utc_ms(tidy, "transaction_time", "fills")
    rate = np.where(codes < 0, 0.0, np.nan)
    for number, asset in enumerate(map(str, assets)):
        mine = codes == number
        rate[mine & (quote.codes == quote.find(asset))] = 1.0
        own = mine & (base.codes == base.find(asset))
        rate[own] = tidy["last_executed_price"].to_numpy()[own]
        for place, currency in enumerate(quote.names):
            foreign = mine & np.isnan(rate) & (quote.codes == place)
            if foreign.any():
                rate[foreign] = book.price(asset, currency, stamps[foreign])
    rate[np.isnan(rate) & (amount == 0)] = 0.0
    lost = np.isnan(rate)
    if lost.any():
        pairs = sorted(
            {(str(assets[codes[row]]), quote.names[quote.codes[row]]) for row in np.flatnonzero(lost)[:1000]}
        )
        within = "" if max_age_ms is None else f"within {max_age_ms:,g} ms "
        named = ", ".join(f"{asset} in {currency}" for asset, currency in pairs)
        raise AnalysisError(
            f"{int(lost.sum())} of {len(tidy)} fees have no price {within}before their fill: "
            f"pass rates= with prices of {named}"
        )
    return tidy.assign(
        quote_asset=pd.Categorical.from_codes(quote.codes, categories=pd.Index(quote.names)),
        fee_rate=rate,
        fee_quote=amount * rate,
    )


class _Names:
    """One asset for each row, as numbers of a small vocabulary."""

    def __init__(self, symbol_codes: Any, assets: list[str]) -> None:
        self.names = sorted(set(assets))
        places = np.array([self.names.index(asset) for asset in assets], dtype="int64")
        self.codes = places[symbol_codes] if len(places) else symbol_codes

    def find(self, asset: str) -> int:
        return self.names.index(asset) if asset in self.names else -1


def _assets(tidy: pd.DataFrame, symbols: pd.DataFrame | None) -> tuple[_Names, _Names]:
    codes, names = codes_of(tidy["symbol"])
    present = set(np.unique(codes))
    pairs = [assets_of(str(name), symbols) if number in present else ("", "") for number, name in enumerate(names)]
    return _Names(codes, [pair[0] for pair in pairs]), _Names(codes, [pair[1] for pair in pairs])


class _Rates:
    """Prices of assets in each other over time."""

    def __init__(self, rates: pd.DataFrame | None, max_age_ms: float) -> None:
        self._max_age_ms = max_age_ms
        self._line: Timeline | None = None
        self._prices: Any = np.empty(0)
        if rates is None:
            return
        require(rates, ("symbol",), "rates")
        if "product" in rates.columns and rates["product"].nunique() > 1:
            rates = rates[rates["product"] == "spot"]
        rates = rates.drop(columns="product", errors="ignore").reset_index(drop=True)
        if "bid_price" in rates.columns:
            require(rates, ("event_time", "ask_price"), "rates")
            time, tie = "event_time", "update_id"
            self._prices = (floats(rates, "bid_price", "rates") + floats(rates, "ask_price", "rates")) / 2
        elif "price" in rates.columns:
            require(rates, ("transaction_time",), "rates")
            time, tie, self._prices = "transaction_time", "trade_id", floats(rates, "price", "rates")
        else:
            require(rates, ("close_time", "close"), "rates")
            time, tie, self._prices = "close_time", "open_time", floats(rates, "close", "rates")
        self._line = Timeline(rates, time, "rates", tie=tie)

    def price(self, asset: str, currency: str, stamps: Any) -> Any:
        """Return the price of `asset` in `currency` before moments, NaN where none is known."""
        if self._line is None:
            return np.full(len(stamps), np.nan)
        found = []
        for symbol in (asset + currency, currency + asset):
            rows = pd.DataFrame(
                {"symbol": pd.Categorical.from_codes(np.zeros(len(stamps), "int8"), pd.Index([symbol]))}
            )
            prices = taken(self._prices, self._line.standing(rows, stamps, self._max_age_ms))
            found.append(np.where(prices > 0, prices, np.nan))
        return np.where(np.isnan(found[0]), 1 / found[1], found[0])
