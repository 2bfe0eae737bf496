"""Fills as columns: every frame is the one that the rows themselves would give, whatever they hold."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from scripted import SERVER_TIME, full_answer, trade_report

from binance_nb import frames, schemas
from binance_nb.models.fills import fill_from_report, fills_from_order
from binance_nb.stream import fill_columns
from binance_nb.stream.fill_columns import BATCH, FillColumns

AMOUNTS = st.one_of(
    st.decimals(0, 10**6, places=8).map(lambda number: f"{number:.8f}"),
    st.decimals(0, 10**12, places=12).map(lambda number: f"{number:.12f}"),
    st.sampled_from(["0", "0.5", "-0.00000001", "90071992.54740992", "90071992.54740991", "1E-7"]),
)
OPTIONAL = st.none() | AMOUNTS
FILLS = st.fixed_dictionaries(
    {
        "product": st.just("spot"),
        "source": st.sampled_from(["stream", "response", "trades", "recovered"]),
        "symbol": st.sampled_from(["BTCUSDT", "ETHUSDT", "１２３４５６"]),
        "trade_id": st.integers(0, 12),
        "order_id": st.integers(0, 3),
        "last_executed_qty": AMOUNTS,
        "last_executed_price": AMOUNTS,
        "last_quote_qty": OPTIONAL,
        "commission_amount": OPTIONAL,
        "commission_asset": st.sampled_from([None, "BNB", "BTC"]),
        "client_order_id": st.none() | st.text(max_size=5),
        "side": st.sampled_from([None, "BUY", "SELL", "SIDEWAYS"]),
        "is_maker": st.sampled_from([None, True, False]),
        "transaction_time": st.integers(0, 5),
        "event_time": st.none() | st.integers(0, 5),
    },
    optional={"is_best_match": st.booleans(), "new_field": st.sampled_from(["x", "y"])},
)


def by_rows(fills, symbol, order_id, *, exact):
    """The same by plain rows: slow, and easy to believe."""
    kept = {}
    for fill in fills:
        is_sale = fill["side"] == "SELL"  # a trade with ourselves is two fills
        known = kept.setdefault((fill["symbol"], fill["trade_id"], is_sale), dict(fill))
        for name, value in fill.items():
            if value is not None and (known.get(name) is None or fill["source"] == "stream"):
                known[name] = value
    rows = [
        row
        for row in kept.values()
        if (symbol is None or row["symbol"] == symbol) and (order_id is None or row["order_id"] == order_id)
    ]
    rows.sort(key=lambda row: (row["transaction_time"], row["symbol"], row["trade_id"]))
    for row in rows:
        if row["last_quote_qty"] is None:
            row["last_quote_qty"] = Decimal(row["last_executed_price"]) * Decimal(row["last_executed_qty"])
    return frames.build(rows, schemas.FILLS, exact=exact)


@given(
    st.lists(FILLS, max_size=30),
    st.sampled_from([None, "BTCUSDT", "NOPE"]),
    st.none() | st.integers(0, 3),
    st.booleans(),
)
def test_columns_and_rows_give_the_same_frame(fills, symbol, order_id, exact):
    columns = FillColumns()
    for fill in fills:
        columns.add(fill)
    ours = columns.copy().frame(symbol, order_id, exact=exact)
    theirs = by_rows(fills, symbol, order_id, exact=exact)
    named = [column.name for column in schemas.FILLS]
    assert_frame_equal(ours[named], theirs[named], check_exact=not exact, check_dtype=not exact)
    assert set(ours.columns) <= set(theirs.columns)


@given(st.lists(FILLS, min_size=1, max_size=10))
def test_a_row_taken_out_and_put_in_again_is_the_same(fills):
    columns, again = FillColumns(), FillColumns()
    for fill in fills:
        columns.add(fill)
    for fill in fills:
        again.add(columns.row("spot", fill["symbol"], fill["trade_id"], fill.get("side")))
    assert_frame_equal(
        columns.copy().frame(None, None, exact=True).reset_index(drop=True),
        again.copy().frame(None, None, exact=True).reset_index(drop=True),
    )


def test_floats_are_those_of_the_text_itself():
    rng = np.random.default_rng(1)
    columns = FillColumns()
    texts = [f"{number:.8f}" for number in rng.uniform(0, 90_000_000, 2000)]
    for trade_id, text in enumerate(texts):
        columns.add(
            {
                "product": "spot",
                "source": "stream",
                "symbol": "BTCUSDT",
                "trade_id": trade_id,
                "transaction_time": trade_id,
                "last_executed_price": text,
            }
        )
    told = columns.copy().frame(None, None, exact=False)["last_executed_price"]
    assert told.tolist() == [float(text) for text in texts]


def test_a_fill_that_cannot_be_read_leaves_nothing_behind():
    columns = FillColumns()
    bad = {"product": "spot", "source": "stream", "symbol": "X", "trade_id": 1, "last_executed_qty": "many"}
    with pytest.raises(ArithmeticError):
        columns.add(bad)
    assert len(columns) == 0
    assert not columns.has("spot", "X", 1, "BUY")


TOLD = st.fixed_dictionaries(
    {
        "t": st.integers(0, 12),
        "T": st.integers(0, 5),
        "l": AMOUNTS,
        "L": AMOUNTS,
        "N": st.sampled_from([None, "BNB", "BTC"]),
        "n": st.one_of(AMOUNTS, st.integers(0, 9), st.none()),
        "S": st.sampled_from(["BUY", "SELL", "SIDEWAYS"]),
        "m": st.sampled_from([True, False, None]),
        "s": st.sampled_from(["BTCUSDT", "ETHUSDT", "１２３４５６"]),
    },
    optional={
        "source": st.just("recovered"),
        "product": st.just("usdm"),
        "Y": st.none() | AMOUNTS,
        "E": st.none() | st.integers(0, 5),
    },
)


@given(st.lists(TOLD, max_size=30), st.booleans())
def test_reports_and_the_fills_in_them_give_the_same_columns(changes, exact):
    by_report, by_fill = FillColumns(), FillColumns()
    for change in changes:
        event = {
            key: value for key, value in trade_report(1, **change).items() if key not in {"Y", "E"} - change.keys()
        }
        assert by_report.add_report(event) == by_fill.add(fill_from_report(event))
    assert_frame_equal(by_report.copy().frame(None, None, exact=exact), by_fill.copy().frame(None, None, exact=exact))
    assert len(by_report) == len(by_fill)


TOLD_BY_SEVERAL = st.tuples(
    st.sampled_from(["report", "report", "response", "trades"]),
    st.fixed_dictionaries(
        {"t": st.integers(1, 2), "c": st.sampled_from(["a", "b"]), "l": st.sampled_from(["1.5", "0.00000002", "1e-9"])},
        optional={
            "N": st.none(),
            "source": st.just("recovered"),
            "n": st.none(),
            "Y": st.none(),
            "g": st.none(),
            "new": st.just("x"),
        },
    ),
)


@settings(max_examples=400)
@given(st.lists(TOLD_BY_SEVERAL, max_size=5))
def test_what_is_set_aside_is_what_would_be_coded_at_once(told):
    patient, hasty = FillColumns(), FillColumns()
    for source, change in told:
        strange = {"new_field": change.pop("new")} if "new" in change else {}
        event = trade_report(1, **change)
        was_new = []
        for columns in (patient, hasty):
            if source == "report":
                was_new.append(columns.add_report(event))
            else:
                fill = {**fill_from_report(event), "source": source, "event_time": None, **strange}
                was_new.append(columns.add(fill))
        hasty.copy()  # nothing is left waiting there
        assert was_new[0] == was_new[1]
    exact = True
    assert_frame_equal(patient.copy().frame(None, None, exact=exact), hasty.copy().frame(None, None, exact=exact))


def test_many_reports_are_coded_together_and_each_can_be_read_at_once():
    columns = FillColumns()
    for number in range(3 * BATCH + 7):
        columns.add_report(trade_report(number, l=f"0.{number:08d}", s=f"A{number % 5}USDT"))
        if number % 400 == 0:
            assert columns.row("spot", f"A{number % 5}USDT", number, "BUY")["transaction_time"] == SERVER_TIME + number
    frame = columns.copy().frame(None, None, exact=False)
    assert frame["last_executed_qty"].tolist() == [float(f"0.{number:08d}") for number in range(3 * BATCH + 7)]
    assert frame["symbol"].tolist() == [f"A{number % 5}USDT" for number in range(3 * BATCH + 7)]


@pytest.mark.parametrize(
    "bad", [{"l": "many"}, {"L": "nan"}, {"n": []}, {"T": "late"}, {"i": {}}, {"N": []}, {"S": {}}]
)
def test_a_report_that_cannot_be_read_leaves_nothing_behind(bad):
    columns = FillColumns()
    with pytest.raises((ArithmeticError, TypeError, ValueError)):
        columns.add_report(trade_report(1, **bad))
    assert len(columns) == 0
    assert columns.add_report(trade_report(1))
    assert len(columns.copy().frame(None, None, exact=True)) == 1


ANSWERED = st.fixed_dictionaries(
    {
        "qty": st.one_of(AMOUNTS, AMOUNTS, st.none()),
        "price": AMOUNTS,
        "commission": st.one_of(AMOUNTS, st.none(), st.integers(0, 9)),
        "commissionAsset": st.sampled_from(["BNB", "BTC", None]),
        "tradeId": st.integers(0, 5),
    },
    optional={"newField": st.just("x")},
)
ANSWERS = st.fixed_dictionaries(
    {
        "symbol": st.sampled_from(["BTCUSDT", "ETHUSDT"]),
        "orderId": st.integers(0, 3),
        "transactTime": st.integers(0, 5),
        "fills": st.lists(ANSWERED, max_size=4),
    },
    optional={
        "clientOrderId": st.none() | st.text(max_size=3),
        "orderListId": st.sampled_from([-1, 7, None]),
        "side": st.sampled_from(["BUY", "SELL", None]),
    },
)


@settings(max_examples=300)
@given(st.lists(st.one_of(ANSWERS, TOLD.map(lambda change: trade_report(1, **change))), max_size=8))
def test_an_answer_and_the_fills_in_it_give_the_same_columns(told):
    at_once, one_by_one = FillColumns(), FillColumns()
    for each in told:
        if "orderId" not in each:
            at_once.add_report(each)
            one_by_one.add_report(each)
            continue
        at_once.add_answer(each)
        for fill in fills_from_order(each):
            one_by_one.add(fill)
    assert len(at_once) == len(one_by_one)
    for order in told:
        for fill in order.get("fills", ()):
            trade = ("spot", order["symbol"], fill["tradeId"], order.get("side"))
            assert at_once.row(*trade) == one_by_one.row(*trade)
    assert_frame_equal(at_once.copy().frame(None, None, exact=True), one_by_one.copy().frame(None, None, exact=True))


def test_an_answer_as_it_usually_is_takes_the_short_way(monkeypatch):
    monkeypatch.setattr(fill_columns, "fills_from_order", None)
    columns = FillColumns()
    columns.add_answer(full_answer())
    assert columns.copy().frame(None, None, exact=False)["client_order_id"].tolist() == ["nb-1", "nb-1"]


def test_an_answer_that_cannot_be_read_leaves_nothing_behind():
    columns = FillColumns()
    good = {"qty": "1", "price": "2", "commission": "0", "commissionAsset": "BNB", "tradeId": 1}
    order = {"symbol": "BTCUSDT", "orderId": 1, "side": "BUY", "transactTime": SERVER_TIME}
    for bad in ({"qty": "many"}, {"commissionAsset": {}}, {"tradeId": "x"}):
        with pytest.raises((ArithmeticError, TypeError, ValueError)):
            columns.add_answer({**order, "fills": [{**good, **bad}]})
        assert len(columns) == 0
    columns.add_answer({**order, "fills": [good, {**good, "tradeId": 2}]})
    columns.add_answer(order)
    assert columns.copy().frame(None, None, exact=False)["trade_id"].tolist() == [1, 2]


def test_a_copy_is_not_changed_by_what_comes_later():
    columns = FillColumns()
    fill = {"product": "spot", "source": "trades", "symbol": "X", "trade_id": 1, "transaction_time": 1}
    columns.add(fill)
    copy = columns.copy()
    columns.add({**fill, "source": "stream"})
    columns.add({**fill, "trade_id": 2})
    assert copy.frame(None, None, exact=False)["source"].tolist() == ["trades"]
    assert isinstance(copy.frame("X", None, exact=True), pd.DataFrame)
