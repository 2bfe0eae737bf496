"""Implementation shortfall: by hand, by plain loops, and its parts always sum to the whole."""

import numpy as np
import pandas as pd
import pytest
from fill_tables import at, fills, orders, quotes, random_fills, random_quotes
from hypothesis import given, settings
from hypothesis import strategies as st

from binance_nb import analysis
from binance_nb.errors import AnalysisError

PARTS = ("delay_quote", "execution_quote", "opportunity_quote", "fees_quote")
QUOTES = quotes((0, 99, 101), (400, 100, 102), (5000, 109, 111))


def test_an_order_cut_short_by_hand():
    # Decided at 100 to buy 10; arrived at 101; bought 6 at 102 for a fee of 3; cancelled at 110.
    held = fills((1000, "BUY", 4.0, 102.0, {"commission_amount": 3.0}), (2000, "BUY", 2.0, 102.0))
    placed = orders((1, "BUY", 10.0, 500, 6000, {"order_status": "CANCELED"})).assign(decision_time=at(300))
    told = analysis.shortfall(placed, held, QUOTES).iloc[0]
    assert (told.decision_price, told.arrival_price, told.vwap, told.end_price) == (100, 101, 102, 110)
    assert (told.delay_quote, told.execution_quote, told.opportunity_quote, told.fees_quote) == (6, 6, 40, 3)
    assert told.shortfall_quote == 55  # paper: 10 x (110 - 100) = 100; real: 6 x (110 - 102) - 3 = 45
    assert (told.shortfall_bps, told.delay_bps) == (550, 60)


def test_an_order_that_never_filled_lost_its_opportunity_alone():
    placed = orders((1, "SELL", 2.0, 500, 6000, {"order_status": "EXPIRED"}))
    told = analysis.shortfall(placed, fills(), QUOTES).iloc[0]
    assert (told.delay_quote, told.execution_quote, told.opportunity_quote) == (0, 0, -18)
    assert told.shortfall_quote == -18


def test_an_open_order_is_held_against_the_last_mid():
    placed = orders((1, "BUY", 2.0, 500, 500, {"order_status": "NEW"}))
    assert analysis.shortfall(placed, fills(), QUOTES).end_price[0] == 110


def test_a_market_order_by_quote_quantity_left_nothing():
    placed = orders((1, "BUY", 0.0, 500, 1000, {"quote_order_qty": 200.0}))
    told = analysis.shortfall(placed, fills((1000, "BUY", 2.0, 100.0)), QUOTES).iloc[0]
    assert (told.quantity, told.opportunity_quote) == (2.0, 0.0)


def test_fills_that_do_not_add_up_to_the_order_are_refused():
    placed = orders((1, "BUY", 2.0, 500, 1000, {"cumulative_filled_qty": 2.0}))
    with pytest.raises(AnalysisError, match=r"lack some of what 1 of 1 orders have had filled: order_id 1"):
        analysis.shortfall(placed, fills((1000, "BUY", 1.0, 100.0)), QUOTES)
    with pytest.raises(AnalysisError, match="more than was ordered"):
        analysis.shortfall(placed, fills((1000, "BUY", 3.0, 100.0)), QUOTES)


def test_a_fee_whose_price_is_not_known_is_refused():
    held = fills((1000, "BUY", 1.0, 100.0, {"commission_amount": 0.1, "commission_asset": "BNB"}))
    with pytest.raises(AnalysisError, match="BNB in USDT"):
        analysis.shortfall(orders((1, "BUY", 1.0, 500, 1000)), held, QUOTES)


@pytest.mark.parametrize(("late_ms", "end"), [(60_000, 110.0), (60_001, np.nan)])
def test_an_open_order_of_after_the_record_is_not_worth_its_last_mid(late_ms, end):
    placed = orders((1, "BUY", 3.0, 2_000 + late_ms, 2_000 + late_ms)).assign(order_status="NEW", decision_price=100.0)
    market = quotes((400, 99, 101), (2_000, 109, 111))
    told = analysis.shortfall(placed, fills((5, "BUY", 1.0, 1.0, {"order_id": 9})).assign(fee_quote=0.0), market)
    assert told.end_price.tolist() == pytest.approx([end], nan_ok=True)
    unlimited = analysis.shortfall(placed, fills((5, "BUY", 1.0, 1.0, {"order_id": 9})).assign(fee_quote=0.0), market,
                                   max_age_ms=None)  # fmt: skip
    assert unlimited.end_price.tolist() == [110]


def test_an_open_order_is_worth_the_last_mid_also_of_a_record_that_ends_with_a_hole():
    placed = orders((1, "BUY", 3.0, 500, 1000)).assign(order_status="PARTIALLY_FILLED")
    held = fills((1000, "BUY", 1.0, 100.0)).assign(fee_quote=0.0)
    market = quotes((400, 99, 101), (2_000, 109, 111), (3_000, 0, 0))
    for record in (market, market.iloc[:2]):
        assert analysis.shortfall(placed, held, record).end_price.tolist() == [110]


@settings(max_examples=40)
@given(random_fills(), random_quotes(least=4), st.sampled_from([None, 24 * 3_600_000.0]), st.data())
def test_the_parts_sum_to_the_whole_as_a_plain_loop_has_it(held, market, most, data):
    held = held.assign(side=np.where(held.order_id % 2 == 0, "BUY", "SELL"), fee_quote=held.commission_amount * 7)
    placed = []
    for (product, symbol, order_id), part in held.groupby(["product", "symbol", "order_id"], observed=True):
        left = data.draw(st.sampled_from([0.0, 0.5, 3.0]))
        placed.append(
            {
                "product": product, "symbol": symbol, "order_id": order_id, "side": part.side.iloc[0],
                "quantity": part.last_executed_qty.sum() + left,
                "order_status": data.draw(st.sampled_from(["CANCELED", "NEW"])),
                "order_creation_time": part.transaction_time.min() - pd.Timedelta("6h"),
                "transaction_time": part.transaction_time.max() + pd.Timedelta("1h"),
                "decision_price": data.draw(st.sampled_from([95.0, 100.0])),
            }
        )  # fmt: skip
    placed = pd.DataFrame(placed)
    told = analysis.shortfall(placed, held, market, max_age_ms=most)
    rows = market.sort_values(["event_time", "update_id"]).to_dict("records")

    def mid(order, moment):
        same = [q for q in rows if (q["symbol"], q["product"]) == (order["symbol"], order["product"])]
        before = [q for q in same if q["event_time"] < moment] if moment is not None else same
        if most is not None and moment is not None:
            before = [q for q in before[-1:] if (moment - q["event_time"]).total_seconds() * 1000 <= most]
        return (before[-1]["bid_price"] + before[-1]["ask_price"]) / 2 if before else np.nan

    for order, row in zip(placed.to_dict("records"), told.to_dict("records"), strict=True):
        s = 1 if order["side"] == "BUY" else -1
        mine = held[
            (held["product"] == order["product"])
            & (held.symbol == order["symbol"])
            & (held.order_id == order["order_id"])
        ]
        cost, filled, fee = 0.0, 0.0, 0.0
        for fill in mine.to_dict("records"):
            filled += fill["last_executed_qty"]
            cost += fill["last_executed_qty"] * fill["last_executed_price"]
            fee += fill["fee_quote"]
        left = order["quantity"] - filled
        last = mid(order, order["transaction_time"] if order["order_status"] == "CANCELED" else None)
        unfilled = left * last if left > 1e-9 else 0.0
        arrival = mid(order, order["order_creation_time"])
        whole = s * (cost + unfilled - order["quantity"] * order["decision_price"]) + fee
        parts = sum(row[name] for name in PARTS)
        if np.isnan(arrival) or np.isnan(unfilled):
            assert np.isnan(row["shortfall_quote"])
        else:
            assert parts == pytest.approx(whole, rel=1e-9, abs=1e-7)
            assert row["shortfall_quote"] == pytest.approx(whole, rel=1e-9, abs=1e-7)
            assert row["execution_quote"] == pytest.approx(s * (cost - filled * arrival), abs=1e-7)
