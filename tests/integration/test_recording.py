"""The market around fills: recorded beside the user stream through a cut, and read from REST a day at a time."""

import numpy as np
import pandas as pd
import pytest

from binance_nb import BinanceClient, analysis, schemas
from binance_nb.errors import InvalidOrderError, InvalidRequest, StreamError
from tests.integration.heard import eventually


def columns(schema):
    return [column.name for column in schema]


def test_fills_are_measured_against_the_recorded_market(client: BinanceClient, step) -> None:
    recorder = client.record_market("btcusdt")
    try:
        assert list(recorder.quotes().columns) == columns(schemas.QUOTES)
        first = recorder.quotes()
        assert len(first) >= 1  # what stood when it began, told by REST
        step(5_000)
        eventually(lambda: len(recorder.trades()) > 0, "a trade of the market")
        before = len(recorder.trades())
        order = client.place_market_order("BTCUSDT", "BUY", "0.01")
        eventually(lambda: len(recorder.trades()) > before, "our own trade among the market's")
        fills = client.fills()
        mine = fills[fills.order_id == order.order_id[0]]
        told = analysis.slippage(mine, "mid", quotes=recorder.quotes())
        assert told.slippage_bps.notna().all()
        assert set(mine.trade_id) <= set(recorder.trades().trade_id)
        assert recorder.quotes().event_time.is_monotonic_increasing
    finally:
        client.stop_recording()
    assert not recorder.is_running
    assert "stopped" in repr(recorder)


def test_a_cut_leaves_a_hole_and_no_stale_quote(client: BinanceClient) -> None:
    recorder = client.record_market(["BTCUSDT"])
    try:
        assert client.sandbox_process is not None
        client.sandbox_process.control.drop_sockets()
        eventually(lambda: recorder.gaps().gap_end.notna().any(), "the reconnection")
        gap = recorder.gaps().iloc[0]
        assert gap.reason
        quotes = recorder.quotes()
        hole = quotes[quotes.bid_price.isna()]
        assert len(hole) == 1
        assert (quotes.event_time[: hole.index[0]] < hole.event_time.iloc[0]).all()
        row = pd.DataFrame({"symbol": ["BTCUSDT"], "time": [hole.event_time.iloc[0] + pd.Timedelta("1ms")]})
        within = quotes[: hole.index[0] + 1]
        assert analysis.attach_quotes(row, within, "time").mid.isna().all()
        assert quotes.bid_price.notna().iloc[-1]  # what stands after it was asked for
    finally:
        client.stop_recording()


def test_futures_are_recorded_by_both_their_addresses_and_by_their_own_time(futures: BinanceClient) -> None:
    control = futures.sandbox_process.control
    recorder = futures.record_market("BTCUSDT", product="usdm")
    try:
        control.run_market(50)
        order = futures.wait_for_fill(futures.place_futures_market_order("BTCUSDT", "BUY", "0.01"))
        control.run_market(50)
        mine = futures.fills(product="usdm")
        mine = mine[mine.order_id == order.order_id[0]]
        eventually(lambda: set(mine.trade_id) <= set(recorder.trades().trade_id), "our own trade among the market's")
        # Each step's quotes have its time, though few steps have a trade.
        eventually(lambda: recorder.quotes().event_time.nunique() > 50, "the quotes of the last steps")
        quotes, trades = recorder.quotes(), recorder.trades()
        assert set(quotes["product"]) == set(trades["product"]) == {"usdm"}
        assert analysis.slippage(mine, "mid", quotes=quotes).slippage_bps.notna().all()
        control.drop_sockets()
        eventually(lambda: recorder.gaps().gap_end.notna().any(), "the reconnection")
        quotes = recorder.quotes()
        assert quotes.bid_price.isna().sum() == 1
        assert quotes.bid_price.notna().iloc[-1]
        assert quotes.event_time.is_monotonic_increasing
    finally:
        futures.stop_recording()
    assert not recorder.is_running
    whole = recorder.quotes()
    assert whole.bid_price.isna().sum() == 2
    assert np.isnan(whole.bid_price.iloc[-1])  # no quote stands for what comes after the record's end
    assert whole.event_time.is_monotonic_increasing
    futures.stop_recording()
    assert len(recorder.quotes()) == len(whole)


def test_a_product_that_is_none_is_refused(client: BinanceClient) -> None:
    with pytest.raises(StreamError, match="product is"):
        client.record_market("BTCUSDT", product="coinm")


def test_a_symbol_that_is_not_listed_is_refused(client: BinanceClient) -> None:
    with pytest.raises(InvalidRequest):
        client.record_market("NOSUCH")
    with pytest.raises(StreamError, match="between 1 and 512"):
        client.record_market([])


def test_trades_of_a_period_are_read_to_the_end(client: BinanceClient, step) -> None:
    step(60_000)
    whole = client.get_agg_trades("BTCUSDT", start_time="2026-01-01")
    assert list(whole.columns)[: len(schemas.MARKET_TRADES)] == columns(schemas.MARKET_TRADES)
    assert whole.agg_trade_id.is_unique
    assert (whole.agg_trade_id.diff().dropna() == 1).all()
    assert len(whole) > 0
    half = whole.transaction_time.iloc[len(whole) // 2]
    late = client.get_agg_trades("BTCUSDT", start_time=half)
    assert list(late.agg_trade_id) == list(whole.agg_trade_id[whole.transaction_time >= half])


def test_candles_of_a_period_are_those_of_get_klines(client: BinanceClient, step) -> None:
    step(120_000)
    candles = client.get_klines("BTCUSDT", "1m", limit=3)
    told = client.get_kline_history("BTCUSDT", "1m", start_time=candles.open_time[0])
    assert list(told.open_time) == list(candles.open_time)
    assert set(told.symbol) == {"BTCUSDT"}
    with pytest.raises(InvalidOrderError, match="longer than the days"):
        client.get_kline_history("BTCUSDT", "1w", start_time="2026-01-01")
    with pytest.raises(InvalidOrderError, match="ends before it starts"):
        client.get_agg_trades("BTCUSDT", start_time="2099-01-01")
