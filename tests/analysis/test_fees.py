"""Fees in quote units: quote, base and third assets, at the price of the time, and never left out in silence."""

import numpy as np
import pandas as pd
import pytest
from fill_tables import fills, klines, quotes, random_fills, random_quotes, trades
from hypothesis import given, settings

from binance_nb import analysis
from binance_nb.analysis.fees import split_symbol
from binance_nb.errors import AnalysisError


def paid(asset, amount=0.5, ms=1000, price=100.0, symbol="BTCUSDT"):
    return fills((ms, "BUY", 1.0, price), commission_amount=amount, commission_asset=asset, symbol=symbol)


def test_a_fee_in_the_quote_asset_is_itself():
    told = analysis.fees_in_quote(paid("USDT")).iloc[0]
    assert (told.fee_rate, told.fee_quote, told.quote_asset) == (1, 0.5, "USDT")


def test_a_fee_in_the_base_asset_is_worth_its_fills_price():
    assert analysis.fees_in_quote(paid("BTC")).fee_quote[0] == 50


def test_a_fee_in_bnb_is_worth_the_last_price_before_the_fill():
    held = quotes((0, 599, 601), (999, 609, 611), (1000, 1, 1), (1001, 1, 1), symbol="BNBUSDT")
    assert analysis.fees_in_quote(paid("BNB"), held).fee_quote[0] == 305
    ticks = trades((500, 620.0, 1.0), (1001, 1.0, 1.0), symbol="BNBUSDT")
    assert analysis.fees_in_quote(paid("BNB"), ticks).fee_quote[0] == 310


def test_a_price_that_is_too_old_is_none():
    held = quotes((0, 599, 601), symbol="BNBUSDT")
    assert analysis.fees_in_quote(paid("BNB", ms=60_000), held).fee_quote[0] == 300
    assert analysis.fees_in_quote(paid("BNB", ms=60_000), held, max_age_ms=60_000).fee_quote[0] == 300
    with pytest.raises(AnalysisError, match=r"1 of 1 fees have no price within 59,999 ms before their fill"):
        analysis.fees_in_quote(paid("BNB", ms=60_000), held, max_age_ms=59_999)
    with pytest.raises(AnalysisError, match="max_age_ms is how old a quote may be"):
        analysis.fees_in_quote(paid("BNB"), held, max_age_ms=-1)
    turned = quotes((50_000, 4, 6), symbol="USDTXYZ")
    assert analysis.fees_in_quote(paid("XYZ", ms=60_000), turned, max_age_ms=10_000).fee_quote[0] == 0.1


def test_a_kline_is_known_when_it_has_closed():
    held = klines((0, 600, 600, 1, 1), (60_000, 900, 900, 1, 1), symbol="BNBUSDT")
    assert analysis.fees_in_quote(paid("BNB", ms=61_000), held).fee_quote[0] == 300


def test_a_pair_the_other_way_round_serves_too():
    held = quotes((0, 4, 6), symbol="USDTXYZ")  # 5 XYZ for a USDT
    assert analysis.fees_in_quote(paid("XYZ"), held).fee_quote[0] == pytest.approx(0.1)


def test_a_rebate_stays_negative():
    assert analysis.fees_in_quote(paid("USDT", amount=-0.25)).fee_quote[0] == -0.25


def test_nothing_taken_needs_no_price():
    assert analysis.fees_in_quote(paid("BNB", amount=0)).fee_quote[0] == 0
    assert analysis.fees_in_quote(paid(None, amount=0)).fee_quote[0] == 0


def test_the_exchanges_own_word_on_assets_goes_before_the_name():
    told = pd.DataFrame({"symbol": ["BTCUSDT"], "base_asset": ["BTCU"], "quote_asset": ["SDT"]})
    assert analysis.fees_in_quote(paid("SDT"), symbols=told).fee_rate[0] == 1


@pytest.mark.parametrize(
    ("held", "sentence"),
    [
        (paid("BNB"), "1 of 1 fees have no price before their fill: pass rates= with prices of BNB in USDT"),
        (paid(None), "have a commission but no commission_asset"),
        (paid("USDT", amount=None), "have no commission_amount"),
        (paid("USDT", symbol="FOOBAR"), "which asset is FOOBAR quoted in"),
        (paid("USDT").drop(columns="commission_asset"), "no column commission_asset"),
    ],
)
def test_a_fee_that_cannot_be_told_is_refused(held, sentence):
    with pytest.raises(AnalysisError, match=sentence):
        analysis.fees_in_quote(held)


@pytest.mark.parametrize(
    ("symbol", "assets"),
    [
        ("BTCUSDT", ("BTC", "USDT")),
        ("ETHBTC", ("ETH", "BTC")),
        ("BTCUSDT_260925", ("BTC", "USDT")),
        ("BNBFDUSD", ("BNB", "FDUSD")),
    ],
)
def test_a_symbols_assets_are_read_off_its_name(symbol, assets):
    assert split_symbol(symbol) == assets


def test_of_rates_of_one_millisecond_the_last_update_counts_in_whatever_order_they_come():
    held = fills((10, "BUY", 1.0, 100.0, {"commission_amount": 2.0, "commission_asset": "BNB"}))
    rates = quotes((0, 299, 301), (0, 599, 601), symbol="BNBUSDT")
    for given_rates in (rates, rates.iloc[::-1]):
        assert analysis.fees_in_quote(held, given_rates).fee_quote.tolist() == [1200]


@settings(max_examples=30)
@given(random_fills(), random_quotes(least=5, most=60))
def test_fees_are_those_of_a_plain_loop(held, market):
    held = held.assign(
        commission_asset=np.where(held.trade_id % 3 == 0, "BNB", np.where(held.trade_id % 2, "USDT", "BTC"))
    )
    market = market.assign(symbol=np.where(market.symbol == "BTCUSDT", "BNBUSDT", "BNBBTC"), product="spot")
    extra = quotes((-1, 10, 12), symbol="BTCUSDT")
    rates = pd.concat([market, extra, quotes((-1, 20, 20), symbol="BNBUSDT"), quotes((-1, 20, 20), symbol="BNBBTC")])
    held = held.assign(transaction_time=held.transaction_time + pd.Timedelta("1s"))
    told = analysis.fees_in_quote(held, rates)
    rows = rates.sort_values(["event_time", "update_id"]).to_dict("records")
    for row in told.to_dict("records"):
        base, quote = split_symbol(row["symbol"])
        asset = row["commission_asset"]

        def last(symbol, moment=row["transaction_time"]):
            before = [q for q in rows if q["symbol"] == symbol and q["event_time"] < moment]
            return (before[-1]["bid_price"] + before[-1]["ask_price"]) / 2

        if asset == quote:
            rate = 1.0
        elif asset == base:
            rate = row["last_executed_price"]
        else:
            rate = 1 / last(quote + asset) if (asset, quote) == ("USDT", "BTC") else last(asset + quote)
        assert row["fee_quote"] == pytest.approx(rate * row["commission_amount"])
