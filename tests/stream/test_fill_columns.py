"""Fills as columns: every frame is the one that the rows themselves would give, whatever they hold."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from binance_nb import frames, schemas
from binance_nb.stream.fill_columns import FillColumns

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
        known = kept.setdefault((fill["symbol"], fill["trade_id"]), dict(fill))
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
        again.add(columns.row("spot", fill["symbol"], fill["trade_id"]))
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
    assert not columns.has("spot", "X", 1)


def test_a_copy_is_not_changed_by_what_comes_later():
    columns = FillColumns()
    fill = {"product": "spot", "source": "trades", "symbol": "X", "trade_id": 1, "transaction_time": 1}
    columns.add(fill)
    copy = columns.copy()
    columns.add({**fill, "source": "stream"})
    columns.add({**fill, "trade_id": 2})
    assert copy.frame(None, None, exact=False)["source"].tolist() == ["trades"]
    assert isinstance(copy.frame("X", None, exact=True), pd.DataFrame)
