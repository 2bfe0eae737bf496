"""Average prices and maker shares: worked by hand, and against DuckDB's SQL."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from fill_tables import at, fills, random_fills
from hypothesis import given, settings

from binance_nb import analysis

DAY = 86_400_000


def test_the_average_price_of_an_order_by_hand():
    told = analysis.average_prices(fills((0, "BUY", 1.0, 100.0), (5, "BUY", 3.0, 104.0))).iloc[0]
    # (1 x 100 + 3 x 104) / 4 = 412 / 4 = 103; the plain mean is 102.
    assert (told.quantity, told.quote_quantity, told.vwap, told.average_price) == (4.0, 412.0, 103.0, 102.0)
    assert (told.fills, told.buy_vwap) == (2, 103.0)
    assert np.isnan(told.sell_vwap)
    assert (told.first_fill, told.last_fill) == (at(0), at(5))


def test_both_sides_of_a_day_are_told_apart():
    told = analysis.average_prices(fills((0, "BUY", 1.0, 100.0), (5, "SELL", 3.0, 104.0)), by="day").iloc[0]
    assert (told.vwap, told.buy_vwap, told.sell_vwap) == (103.0, 100.0, 104.0)
    assert (told.bought_quantity, told.sold_quantity) == (1.0, 3.0)


def test_days_are_those_of_utc():
    midnight = DAY - 1_790_000_000_000 % DAY  # ms from T0 to the next midnight
    told = analysis.average_prices(fills((midnight - 1, "BUY", 1.0, 100.0), (midnight, "BUY", 1.0, 200.0)), by="day")
    assert list(told.vwap) == [100.0, 200.0]
    assert (told.day.dt.normalize() == told.day).all()


def test_symbols_are_never_averaged_together():
    told = analysis.average_prices(fills((0, "BUY", 1.0, 100.0), (1, "BUY", 1.0, 2.0, {"symbol": "ETHBTC"})), by="day")
    assert sorted(told.vwap) == [2.0, 100.0]


def test_maker_and_taker_share_by_hand():
    told = analysis.maker_taker(fills((0, "BUY", 1.0, 100.0), (1, "SELL", 3.0, 100.0, {"is_maker": True}))).iloc[0]
    assert (told.maker_share, told.taker_share) == (0.75, 0.25)
    assert (told.maker_fills, told.maker_quantity, told.taker_quantity) == (1, 3.0, 1.0)
    assert (told.maker_quote_quantity, told.taker_quote_quantity) == (300.0, 100.0)


SQL = """
    select product, symbol, {by}, count(*) as fills, sum(last_executed_qty) as quantity,
        sum(last_executed_qty * last_executed_price) as quote_quantity,
        sum(last_executed_qty * last_executed_price) / sum(last_executed_qty) as vwap,
        avg(last_executed_price) as average_price,
        sum(last_executed_qty * last_executed_price) filter (side = 'BUY')
            / sum(last_executed_qty) filter (side = 'BUY') as buy_vwap,
        sum(last_executed_qty * last_executed_price) filter (side = 'SELL')
            / sum(last_executed_qty) filter (side = 'SELL') as sell_vwap,
        coalesce(sum(last_executed_qty * last_executed_price) filter (is_maker), 0)
            / sum(last_executed_qty * last_executed_price) as maker_share
    from held group by all order by all
"""


@settings(max_examples=25)
@given(random_fills())
def test_averages_are_those_of_sql(held):
    held = held.astype({"side": "str", "product": "str", "symbol": "str", "source": "str"})
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    connection.register("held", held)
    for by, column in (("order_id", "order_id"), ("day", "date_trunc('day', transaction_time) as day")):
        wanted = connection.sql(SQL.format(by=column)).to_arrow_table().to_pandas()
        mine = analysis.average_prices(held, by=by).sort_values(["product", "symbol", by], ignore_index=True)
        shares = analysis.maker_taker(held, by=by).sort_values(["product", "symbol", by], ignore_index=True)
        for name in ("fills", "quantity", "quote_quantity", "vwap", "average_price", "buy_vwap", "sell_vwap"):
            np.testing.assert_allclose(mine[name], wanted[name].astype("float64"), rtol=1e-12)
        np.testing.assert_allclose(shares["maker_share"], wanted["maker_share"], rtol=1e-12)


def test_exact_decimals_give_the_same():
    held = fills((0, "BUY", 0.1, 100.0), (5, "BUY", 0.2, 104.0))
    import pyarrow as pa

    exact = held.astype(
        {name: pd.ArrowDtype(pa.decimal128(38, 8)) for name in ("last_executed_qty", "last_executed_price")}
    )
    assert analysis.average_prices(exact).vwap[0] == pytest.approx(analysis.average_prices(held).vwap[0], rel=1e-15)
