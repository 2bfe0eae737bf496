"""Positions, profit and round trips: by hand, by a queue of lots, by a plain mean, and their accounts balance."""

from collections import deque

import numpy as np
import pandas as pd
import pytest
from fill_tables import at, by_time, fills, prices, random_fills, sides
from hypothesis import given, settings
from hypothesis import strategies as st

from binance_nb import analysis
from binance_nb.errors import AnalysisError

LADDER = fills((0, "BUY", 1.0, 100.0), (1, "BUY", 1.0, 110.0), (2, "SELL", 1.5, 120.0), (3, "SELL", 1.0, 90.0))


def test_fifo_by_hand():
    told = analysis.positions(LADDER)
    # 1.5 sold at 120: 1 bought at 100 and half of that at 110: 20 + 5. Then 0.5 at 90 (-10), and 0.5 is sold short.
    assert list(told.realised_quote) == [0, 0, 25, -10]
    assert list(told.position) == [1, 2, 0.5, -0.5]
    assert list(told.open_cost_quote) == [100, 210, 55, -45]
    assert list(told.average_cost) == [100, 105, 110, 90]
    assert list(told.closed_quantity) == [0, 0, 1.5, 0.5]
    assert list(told.cumulative_realised_quote) == [0, 0, 25, 15]


def test_average_cost_by_hand():
    told = analysis.positions(LADDER, "average")
    # The mean of 100 and 110 is 105: 1.5 x 15 = 22.5, then 0.5 x -15 = -7.5.
    assert list(told.realised_quote) == [0, 0, 22.5, -7.5]
    assert list(told.average_cost) == [100, 105, 105, 90]


def test_tenths_that_add_up_are_exactly_flat():
    told = analysis.positions(fills(*[(n, "BUY", 0.1, 100.0) for n in range(3)], (9, "SELL", 0.3, 100.0)))
    assert told.position.iloc[-1] == 0
    assert told.open_cost_quote.iloc[-1] == 0
    assert np.isnan(told.average_cost.iloc[-1])


def test_a_coin_by_the_billion_is_exactly_flat_too():
    told = analysis.positions(fills((0, "BUY", 3e12, 1e-8), (1, "SELL", 3e12, 2e-8)))
    assert told.position.iloc[-1] == 0
    assert told.realised_quote.iloc[-1] == pytest.approx(30_000)


def test_lots_held_before_are_sold_first():
    before = pd.DataFrame({"product": ["spot"], "symbol": ["BTCUSDT"], "quantity": [2.0], "price": [50.0]})
    told = analysis.positions(fills((0, "SELL", 1.0, 80.0)), opening=before).iloc[0]
    assert (told.realised_quote, told.position, told.open_cost_quote) == (30, 1, 50)


def test_the_two_sides_of_a_hedged_position_are_kept_apart():
    held = fills((0, "BUY", 1.0, 100.0), (1, "SELL", 1.0, 110.0), product="usdm")
    hedged = held.assign(position_side=["LONG", "SHORT"])
    assert list(analysis.positions(held.assign(position_side="BOTH")).position) == [1, 0]
    assert list(analysis.positions(held).position) == [1, 0]
    lots = analysis.open_lots(hedged)
    assert list(zip(lots.position_side, lots.quantity, strict=True)) == [("LONG", 1), ("SHORT", -1)]
    assert list(analysis.positions(hedged.assign(trade_id=[7, 8]), opening=lots).position) == [2, -2]
    assert list(analysis.positions(hedged).position) == [1, -1]


def test_profit_by_hand():
    told = analysis.profit(LADDER.assign(fee_quote=0.5), {"BTCUSDT": 80.0}).iloc[0]
    assert (told.position, told.realised_quote, told.unrealised_quote, told.fees_quote) == (-0.5, 15, 5, 2)
    assert told.profit_quote == 18
    assert told.cash_flow_quote == -100 - 110 + 180 + 90


def test_profit_takes_a_frame_of_prices_and_the_exchanges_own_account():
    held = LADDER.assign(product="usdm", realized_pnl=[0, 0, 22.5, -7.5])
    told = analysis.profit(held, pd.DataFrame({"symbol": ["BTCUSDT"], "price": [80.0]})).iloc[0]
    assert (told.mark_price, told.exchange_realised_quote) == (80, 15)


def test_profit_without_a_mark_is_not_known_while_something_is_open():
    assert np.isnan(analysis.profit(LADDER).profit_quote[0])
    assert analysis.profit(LADDER.iloc[:0]).empty
    with pytest.raises(AnalysisError, match="more than one price"):
        analysis.profit(LADDER, pd.DataFrame({"symbol": ["BTCUSDT"] * 2, "price": [1, 2]}))


def test_round_trips_by_hand():
    told = analysis.round_trips(LADDER.assign(fee_quote=[1.0, 1.0, 3.0, 2.0]))
    first, second = told.iloc[0], told.iloc[1]
    assert (first.direction, first.opened_at, first.closed_at, first.holding_ms) == ("LONG", at(0), at(3), 3)
    # In at 210 for 2; out 1.5 at 120 and 0.5 at 90: 225.
    assert (first.quantity, first.entry_vwap, first.exit_vwap, first.profit_quote) == (2, 105, 112.5, 15)
    assert first.return_bps == pytest.approx(15 / 210 * 1e4)
    assert (first.fees_quote, first.fills, first.is_open) == (6, 4, False)  # half of the last fill's fee
    assert (second.direction, second.quantity, second.fees_quote, second.is_open) == ("SHORT", 0.5, 1, True)
    assert np.isnan(second.profit_quote)


walks = st.lists(st.tuples(sides, st.integers(1, 30).map(lambda n: n / 10), prices), min_size=1, max_size=60)


def queue_of_lots(rows):
    """FIFO as one would do it by hand: what each fill realised, the position, and its cost."""
    lots, told = deque(), []
    for side, quantity, price in rows:
        direction, left, realised = (1 if side == "BUY" else -1), quantity, 0.0
        while left > 1e-9 and lots and lots[0][0] != direction:
            held_direction, held, cost = lots[0]
            part = min(left, held)
            realised += held_direction * part * (price - cost)
            left -= part
            lots[0] = (held_direction, held - part, cost)
            if held - part < 1e-9:
                lots.popleft()
        if left > 1e-9:
            lots.append((direction, left, price))
        told.append((realised, sum(d * q for d, q, _ in lots), sum(d * q * p for d, q, p in lots)))
    return told


def mean_cost(rows):
    """Average cost as one would do it by hand."""
    position, cost, told = 0.0, 0.0, []
    for side, quantity, price in rows:
        signed = quantity if side == "BUY" else -quantity
        realised = 0.0
        if abs(position) < 1e-9 or position * signed > 0:
            cost += signed * price
        else:
            closing = min(abs(signed), abs(position)) * np.sign(position)
            realised = closing * (price - cost / position)
            cost -= closing * cost / position
            if abs(signed) > abs(position) + 1e-9:
                cost = (position + signed) * price
        position += signed
        told.append((realised, position, cost if abs(position) > 1e-9 else 0.0))
    return told


@settings(max_examples=150)
@given(walks, st.sampled_from([("fifo", queue_of_lots), ("average", mean_cost)]))
def test_positions_are_those_done_by_hand(rows, way):
    method, by_hand = way
    held = fills(*[(n, *row) for n, row in enumerate(rows)])
    told = analysis.positions(held, method)
    np.testing.assert_allclose(
        told[["realised_quote", "position", "open_cost_quote"]].to_numpy(), np.array(by_hand(rows)), atol=1e-7
    )


@settings(max_examples=60)
@given(random_fills(), st.sampled_from(["fifo", "average"]))
def test_profit_and_open_cost_equal_the_cash_flow(held, method):
    for row in analysis.profit(held.drop(columns=["commission_amount"]), method=method).to_dict("records"):
        mine = held[(held["product"] == row["product"]) & (held.symbol == row["symbol"])]
        s = np.where(mine.side == "BUY", 1, -1)
        cash = -(s * mine.last_executed_qty * mine.last_executed_price).sum()
        assert row["realised_quote"] - row["open_cost_quote"] == pytest.approx(cash, abs=1e-6)
        assert row["cash_flow_quote"] == pytest.approx(cash, abs=1e-6)
        assert row["position"] == pytest.approx((s * mine.last_executed_qty).sum(), abs=1e-9)


@settings(max_examples=40)
@given(random_fills(least=2), st.integers(1, 39), st.sampled_from(["fifo", "average"]))
def test_a_history_may_be_cut_anywhere_and_carried_on(held, cut, method):
    held = held.sort_values(["transaction_time", "trade_id"], ignore_index=True)
    whole = analysis.positions(held, method)
    early, late = held.iloc[:cut], held.iloc[cut:]
    carried = analysis.positions(late, method, opening=analysis.open_lots(early, method))
    for name in ("realised_quote", "position", "open_cost_quote"):
        np.testing.assert_allclose(carried[name], whole[name].iloc[cut:], atol=1e-7)


@settings(max_examples=60)
@given(random_fills())
def test_trips_are_those_of_a_plain_loop(held):
    told = analysis.round_trips(held)
    for (product, symbol), mine in held.groupby(["product", "symbol"], observed=True):
        trips, position, cash = [], 0, 0.0
        for row in by_time(mine):
            left = round(row["last_executed_qty"] * 1000) * (1 if row["side"] == "BUY" else -1)
            while left:
                if position == 0:
                    trips.append({"opened_at": row["transaction_time"], "direction": "LONG" if left > 0 else "SHORT"})
                    cash = 0.0
                part = left if position * left >= 0 or abs(left) <= abs(position) else -position
                position, left = position + part, left - part
                cash -= part / 1000 * row["last_executed_price"]
                if position == 0:
                    trips[-1] |= {"closed_at": row["transaction_time"], "profit": cash}
        found = told[(told["product"] == product) & (told.symbol == symbol)].to_dict("records")
        assert len(found) == len(trips)
        for row, trip in zip(found, trips, strict=True):
            assert (row["opened_at"], row["direction"]) == (trip["opened_at"], trip["direction"])
            assert row["is_open"] == ("profit" not in trip)
            if "profit" in trip:
                assert row["closed_at"] == trip["closed_at"]
                assert row["profit_quote"] == pytest.approx(trip["profit"], abs=1e-6)


def test_what_is_no_method_is_said():
    with pytest.raises(AnalysisError, match="is no method: fifo, average"):
        analysis.positions(LADDER, "lifo")
