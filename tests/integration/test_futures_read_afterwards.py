"""Trades and candles of futures read from a sandbox over real sockets: whole, in hours, kept, and measured against."""

import pandas as pd
import pytest

from binance_nb import BinanceClient, analysis, schemas
from binance_nb.errors import InvalidOrderError, InvalidRequest, StreamError
from tests.integration.futures_help import SYMBOL, control
from tests.integration.heard import eventually
from tests.integration.test_every_order_type import assert_schema

MONTHS_AGO = "2025-11-01"
"""Long before the market of the sandbox began."""


def now_ms(futures: BinanceClient) -> int:
    return int(futures.get_futures_mark_price(SYMBOL, raw=True)["time"])


def used_weight(futures: BinanceClient) -> int:
    limits = futures.futures_rate_limits().set_index("rate_limit_type")
    return int(limits.loc["REQUEST_WEIGHT", "used"])


def heard_fills(futures: BinanceClient, order_id: int, quantity: float) -> pd.DataFrame:
    def told() -> pd.DataFrame:
        return futures.fills(order_id=order_id, product="usdm")

    eventually(lambda: told()["last_executed_qty"].sum() >= quantity, f"the fills of order {order_id}")
    return told()


def test_trades_of_a_period_are_read_to_the_end(futures: BinanceClient) -> None:
    control(futures).run_market(600)
    began = now_ms(futures) - 3 * 3_600_000
    whole = futures.get_agg_trades(SYMBOL, start_time=began, product="usdm")
    assert_schema(whole[[column.name for column in schemas.MARKET_TRADES]], schemas.MARKET_TRADES)
    assert (whole["agg_trade_id"].diff().dropna() == 1).all()
    assert set(whole["product"]) == {"usdm"}
    assert len(whole) > 1000  # more than a page
    half = whole["transaction_time"].iloc[len(whole) // 2]
    late = futures.get_agg_trades(SYMBOL, start_time=half, product="usdm")
    assert list(late["agg_trade_id"]) == list(whole.loc[whole["transaction_time"] >= half, "agg_trade_id"])
    spot = futures.get_agg_trades(SYMBOL, start_time=began)
    assert (spot.dtypes == whole.dtypes).all()
    assert set(spot["product"]) == {"spot"}


def test_candles_of_a_period_are_those_of_get_futures_klines(futures: BinanceClient, tmp_path) -> None:
    told = futures.get_futures_klines(SYMBOL, "1m", limit=100)
    history = futures.get_kline_history(SYMBOL, "1m", start_time=told["open_time"][0], product="usdm", cache=tmp_path)
    pd.testing.assert_frame_equal(history.drop(columns=["symbol", "product"]).head(100), told)
    again = futures.get_kline_history(SYMBOL, "1m", start_time=told["open_time"][0], product="usdm", cache=tmp_path)
    pd.testing.assert_frame_equal(again.head(len(history)), history)


def test_futures_fills_are_measured_against_what_is_read_afterwards(futures: BinanceClient) -> None:
    began = now_ms(futures)
    order = futures.wait_for_fill(futures.place_futures_market_order(SYMBOL, "BUY", "0.01"))
    control(futures).run_market(100)
    trades = futures.get_agg_trades(SYMBOL, start_time=began, product="usdm")
    mine = heard_fills(futures, int(order["order_id"].iloc[0]), 0.01)
    reports = futures.execution_reports(product="usdm")
    paid = analysis.slippage(mine, "interval_vwap", orders=reports, trades=trades)
    ours = trades.merge(mine, on=["product", "symbol", "trade_id", "transaction_time"])
    assert len(ours) > 0
    assert (ours["price"] == ours["last_executed_price"]).all()
    within = trades["transaction_time"].between(ours["transaction_time"].min(), ours["transaction_time"].max())
    moment = trades[within]
    vwap = (moment["price"] * moment["quantity"]).sum() / moment["quantity"].sum()
    assert paid["benchmark_price"].iloc[0] == pytest.approx(vwap)


def test_what_no_history_has_is_refused(futures: BinanceClient) -> None:
    with pytest.raises(StreamError, match='product is "spot" or "usdm"'):
        futures.get_agg_trades(SYMBOL, start_time=MONTHS_AGO, product="futures")
    with pytest.raises(InvalidOrderError, match="'1s' is not an interval; USD-M futures have"):
        futures.get_kline_history(SYMBOL, "1s", start_time=MONTHS_AGO, product="usdm")
    with pytest.raises(InvalidOrderError, match="ends before it starts"):
        futures.get_kline_history(SYMBOL, start_time="2099-01-01", product="usdm")
    with pytest.raises(InvalidRequest, match="Invalid symbol"):
        futures.get_agg_trades("NOSUCH", start_time=now_ms(futures), product="usdm")


def test_trades_a_day_apart_are_found_without_asking_for_each_hour(futures: BinanceClient) -> None:
    began = now_ms(futures) + 1
    control(futures).step(30 * 3_600_000)  # a listen key ends on the way: what follows needs no stream
    order = futures.place_futures_market_order(SYMBOL, "BUY", "0.01")
    mine = futures.get_futures_trades(SYMBOL, order_id=int(order["order_id"].iloc[0]))
    before = used_weight(futures)
    found = futures.get_agg_trades(SYMBOL, start_time=began, product="usdm")
    assert used_weight(futures) - before < 10 * 20  # time stands still, and thirty hours would weigh 600
    assert len(mine) > 0
    for number in mine["trade_id"]:
        assert ((found["first_trade_id"] <= number) & (number <= found["trade_id"])).sum() == 1
    assert futures.get_agg_trades(SYMBOL, start_time=MONTHS_AGO, end_time="2025-11-03", product="usdm").empty
