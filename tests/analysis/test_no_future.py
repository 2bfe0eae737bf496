"""As-of joins: what stood before, never what came after, whatever a future quote would flatter."""

import itertools

import numpy as np
import pandas as pd
import pytest
from fill_tables import at, fills, quotes, random_fills, random_quotes, trades
from hypothesis import given, settings
from hypothesis import strategies as st

from binance_nb import analysis
from binance_nb.analysis.market import interval_twap, interval_vwap
from binance_nb.errors import AnalysisError


def test_a_quote_is_the_last_one_before_the_fill():
    told = analysis.attach_quotes(fills((10, "BUY", 1.0, 100.0)), quotes((0, 90, 92), (9, 98, 100), (11, 50, 52))).iloc[
        0
    ]
    assert (told.bid_price, told.ask_price, told.mid, told.quote_age_ms) == (98, 100, 99, 1)
    assert told.quote_time == at(9)
    assert (told.bid_qty, told.ask_qty) == (1, 2)


def test_a_quote_of_the_same_millisecond_may_be_the_fills_own_doing():
    told = analysis.attach_quotes(fills((10, "BUY", 1.0, 100.0)), quotes((9, 98, 100), (10, 200, 202))).iloc[0]
    assert told.mid == 99


def test_without_a_quote_before_it_there_is_none():
    told = analysis.attach_quotes(fills((10, "BUY", 1.0, 100.0)), quotes((11, 98, 100))).iloc[0]
    assert np.isnan(told.mid)
    assert pd.isna(told.quote_time)


def test_a_quote_too_old_counts_as_none():
    told = analysis.attach_quotes(fills((5000, "BUY", 1.0, 100.0)), quotes((0, 98, 100)), max_age_ms=1000).iloc[0]
    assert np.isnan(told.mid)


@pytest.mark.parametrize("age_ms", [59_999, 60_000, 60_001])
def test_a_quote_stands_for_a_minute_unless_another_limit_is_given(age_ms):
    from fill_tables import orders

    bought = fills((age_ms, "BUY", 1.0, 101.0)).assign(fee_quote=0.0)
    market = quotes((0, 99, 101), (10 * age_ms, 99, 101))
    placed = orders((1, "BUY", 1.0, age_ms, age_ms)).assign(decision_time=at(age_ms))
    measures = {
        **{
            name: lambda most, name=name: analysis.slippage(bought, name, orders=placed, quotes=market, **most)
            for name in ("mid", "touch", "bid", "arrival_mid", "decision_price")
        },
        "spreads": lambda most: analysis.spreads(bought, market, 1, **most).effective_spread_bps,
        "markouts": lambda most: analysis.markouts(bought, market, [0], **most).markout_0ms_bps,
        "markout_curve": lambda most: analysis.markout_curve(bought, market, [0], **most).mean_bps,
        "shortfall": lambda most: analysis.shortfall(placed, bought, market, **most).arrival_price,
    }
    for name, measure in measures.items():
        by_default, without, wider = (measure(most) for most in ({}, {"max_age_ms": None}, {"max_age_ms": 70_000}))
        for told, is_known in ((by_default, age_ms <= 60_000), (without, True), (wider, True)):
            values = told["slippage_bps"] if isinstance(told, pd.DataFrame) else told
            assert values.notna().tolist() == [is_known] * len(values), name


@pytest.mark.parametrize("most", [-1, float("nan")])
def test_an_age_below_nothing_is_refused(most):
    with pytest.raises(AnalysisError, match="how old a quote may be in milliseconds, or None"):
        analysis.slippage(fills((10, "BUY", 1.0, 100.0)), quotes=quotes((0, 98, 100)), max_age_ms=most)


def test_of_several_quotes_of_a_millisecond_the_last_update_stands():
    held = quotes((0, 90, 92), (0, 98, 100)).iloc[::-1]
    assert analysis.attach_quotes(fills((10, "BUY", 1.0, 100.0)), held).mid[0] == 99


def test_one_sided_and_crossed_books_have_no_mid():
    for bid, ask in ((98, 0), (0, 98), (100, 98)):
        assert np.isnan(analysis.attach_quotes(fills((10, "BUY", 1.0, 100.0)), quotes((0, bid, ask))).mid[0])


def test_another_market_is_never_taken_for_this_one():
    held = pd.concat([quotes((0, 98, 100), product="usdm"), quotes((0, 1, 2), symbol="ETHBTC")])
    assert np.isnan(analysis.attach_quotes(fills((10, "BUY", 1.0, 100.0)), held).mid[0])


FLATTERING = {  # a fill at 100 that cost 10 against the 90 of before; each of these would make it look like a gift
    "mid": {}, "touch": {}, "ask": {}, "arrival_mid": {},
}  # fmt: skip


@pytest.mark.parametrize("against", FLATTERING)
@pytest.mark.parametrize("ms", [10, 11, 1000])
def test_a_planted_future_quote_changes_no_benchmark(against, ms):
    from fill_tables import orders

    bought = fills((10, "BUY", 1.0, 100.0))
    placed = orders((1, "BUY", 1.0, 10, 10))
    honest = quotes((0, 90, 90))
    planted = quotes((0, 90, 90), (ms, 500, 500))
    for held in (honest, planted):
        told = analysis.slippage(bought, against, orders=placed, quotes=held)
        assert told.slippage_quote[0] == 10


AGES = st.sampled_from([None, 60_000.0, 4 * 3_600_000.0])


def is_young(then, quote, most):
    """Whether a quote still stands at a moment."""
    return most is None or (then - quote["event_time"]).total_seconds() * 1000 <= most


@settings(max_examples=60)
@given(random_fills(), random_quotes(), AGES)
def test_joins_are_those_of_a_plain_loop(held, market, most):
    told = analysis.attach_quotes(held, market, max_age_ms=most)
    after = analysis.spreads(held, market, 3_600_000, max_age_ms=most).set_index(["product", "symbol", "trade_id"])
    touch = analysis.slippage(held, "bid", quotes=market, max_age_ms=most).set_index(["product", "symbol", "trade_id"])
    kept = analysis.markouts(held, market, [3_600_000], max_age_ms=most).set_index(["product", "symbol", "trade_id"])
    rows = market.sort_values(["event_time", "update_id"]).to_dict("records")
    for row in told.to_dict("records"):
        same = [q for q in rows if (q["symbol"], q["product"]) == (row["symbol"], row["product"])]
        before = [q for q in same if q["event_time"] < row["transaction_time"]][-1:]
        before = [q for q in before if is_young(row["transaction_time"], q, most)]
        mine = (row["product"], row["symbol"], row["trade_id"])
        for bid in (row["bid_price"], touch.loc[mine, "benchmark_price"]):
            assert (bid == before[-1]["bid_price"]) if before else np.isnan(bid)
        then = row["transaction_time"] + pd.Timedelta("1h")
        standing = [q for q in [q for q in same if q["event_time"] <= then][-1:] if is_young(then, q, most)]
        mid_after = after.loc[mine, "mid_after"]
        assert np.isnan(mid_after) == np.isnan(kept.loc[mine, "markout_3600000ms_bps"])
        if standing and same[-1]["event_time"] >= then:
            assert mid_after == (standing[-1]["bid_price"] + standing[-1]["ask_price"]) / 2
        else:
            assert np.isnan(mid_after)


@settings(max_examples=60)
@given(random_fills(most=8), random_quotes(most=60), st.sampled_from([None, 30 * 3_600_000.0, 4 * 3_600_000.0]))
def test_interval_prices_are_those_of_a_plain_loop(held, market, most):
    mids = market.assign(
        transaction_time=market.event_time, price=(market.bid_price + market.ask_price) / 2, quantity=market.bid_price
    )
    start = held.transaction_time.dt.as_unit("ms").to_numpy(dtype="datetime64[ms]").astype("int64")
    end = start + 40_000_000
    twaps = interval_twap(held, start, end, quotes=market, max_age_ms=most)
    vwaps = interval_vwap(held, start, end, trades=mids)
    rows = mids.sort_values(["event_time", "update_id"]).to_dict("records")
    for place, row in enumerate(held.to_dict("records")):
        mine = [
            (int(q["event_time"].timestamp() * 1000), q["price"], q["quantity"])
            for q in rows
            if (q["symbol"], q["product"]) == (row["symbol"], row["product"])
        ]
        inside = [q for q in mine if start[place] <= q[0] <= end[place]]
        if inside:
            wanted = sum(price * size for _, price, size in inside) / sum(size for *_, size in inside)
            assert vwaps[place] == pytest.approx(wanted, rel=1e-9)
        else:
            assert np.isnan(vwaps[place])
        before = [q for q in mine if q[0] < start[place]]
        moments = [*(q[0] for q in before[-1:]), *(q[0] for q in inside), int(end[place])]
        ages = [later - sooner for sooner, later in itertools.pairwise(moments)]
        if not before or (most is not None and max(ages) > most):
            assert np.isnan(twaps[place])
            continue
        steps = [(int(start[place]), before[-1][1]), *[(ms, price) for ms, price, _ in inside], (int(end[place]), 0.0)]
        area = sum(price * (later - ms) for (ms, price), (later, _) in itertools.pairwise(steps))
        assert twaps[place] == pytest.approx(area / 40_000_000, rel=1e-9)


def test_quotes_without_a_product_cannot_serve_two():
    both = fills((0, "BUY", 1.0, 100.0), (1, "BUY", 1.0, 100.0, {"product": "usdm"}))
    with pytest.raises(AnalysisError, match="product column in the quotes"):
        analysis.attach_quotes(both, quotes((0, 1, 2)).drop(columns="product"))


def test_an_empty_market_leaves_every_benchmark_missing():
    told = analysis.slippage(fills((10, "BUY", 1.0, 100.0)), "open", trades=trades())
    assert np.isnan(told.benchmark_price[0])
