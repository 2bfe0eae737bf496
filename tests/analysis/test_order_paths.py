"""Orders on the path of the price: what the picture holds is what the reports and the trades told."""

import numpy as np
import pandas as pd
import pytest

from binance_nb.analysis import plots
from binance_nb.errors import AnalysisError

START = pd.Timestamp("2026-01-05", tz="UTC")


def at(second):
    return START + pd.Timedelta(seconds=second)


def report(second, execution_type, order_status, **more):
    row = {
        "transaction_time": at(second),
        "symbol": "BTCUSDT",
        "order_id": 7,
        "side": "SELL",
        "order_type": "STOP_LOSS_LIMIT",
        "execution_type": execution_type,
        "order_status": order_status,
        "price": 98.0,
        "stop_price": 99.0,
        "last_executed_qty": 0.0,
        "last_executed_price": np.nan,
        "is_on_book": False,
        "is_maker": False,
    }
    return row | more


def trades(*prices):
    times = [at(second) for second in range(len(prices))]
    return pd.DataFrame({"transaction_time": times, "symbol": "BTCUSDT", "price": prices, "quantity": 1.0})


def drawn(figure, marker=None, linestyle=None):
    """The lines of the picture that have a marker, or a style of line; those that only explain are left out."""
    (axes,) = figure.axes
    return [
        line
        for line in axes.lines
        if len(line.get_xdata()) and (line.get_marker() == marker if marker else line.get_linestyle() == linestyle)
    ]


def heights(lines):
    return sorted({float(y) for line in lines for y in line.get_ydata()})


def legend(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


STOPPED = pd.DataFrame(
    [
        report(0, "NEW", "NEW"),
        report(2, "NEW", "NEW", is_on_book=True),
        report(3, "TRADE", "FILLED", last_executed_qty=1.0, last_executed_price=98.5),
    ]
)


def test_a_stop_waits_at_its_stop_price_wakes_there_and_trades_where_it_traded():
    figure = plots.order_path(STOPPED, trades(100.0, 99.5, 99.0, 98.5))
    assert heights(drawn(figure, marker=">")) == [99.0]
    assert heights(drawn(figure, marker="*")) == [99.0]
    assert heights(drawn(figure, marker="o")) == [98.5]
    assert heights(drawn(figure, linestyle=":")) == [99.0]
    assert heights(drawn(figure, linestyle="--")) == [98.0]
    assert {"SELL STOP_LOSS_LIMIT #7", "triggered", "TRADE as taker", "waits for this price"} <= set(legend(figure))
    assert "TRADE as maker" not in legend(figure)


def test_a_maker_s_trade_is_hollow_and_an_end_without_a_fill_has_its_own_mark():
    rows = [
        report(0, "NEW", "NEW", order_type="LIMIT", stop_price=np.nan, is_on_book=True),
        report(1, "TRADE", "PARTIALLY_FILLED", order_type="LIMIT", stop_price=np.nan, is_on_book=True, is_maker=True,
               last_executed_qty=0.5, last_executed_price=98.0),
        report(2, "CANCELED", "CANCELED", order_type="LIMIT", stop_price=np.nan),
    ]  # fmt: skip
    figure = plots.order_path(pd.DataFrame(rows), theme="light")
    (trade,) = drawn(figure, marker="o")
    assert trade.get_markerfacecolor() == "#ffffff"
    assert heights(drawn(figure, marker="X")) == [98.0]
    assert not drawn(figure, marker="*")
    assert {"TRADE as maker", "CANCELED"} <= set(legend(figure))
    assert "triggered" not in legend(figure)


def test_an_order_that_was_pending_is_accepted_and_not_triggered():
    rows = [report(0, "NEW", "PENDING_NEW"), report(1, "NEW", "NEW"), report(2, "EXPIRED", "EXPIRED")]
    figure = plots.order_path(pd.DataFrame(rows))
    (accepted,) = drawn(figure, marker=">")
    assert accepted.get_xdata()[0] == np.datetime64("2026-01-05T00:00:01.000")
    assert not drawn(figure, marker="*")
    assert heights(drawn(figure, marker="D")) == [99.0]
    assert "pending" in legend(figure)


@pytest.mark.parametrize(
    ("side", "order_type", "stop", "prices", "wakes"),
    [
        ("SELL", "STOP_LOSS", np.nan, (100, 102, 101, 104, 103), [99.0, 100.98, 102.96]),
        ("BUY", "STOP_LOSS", np.nan, (100, 98, 99, 96, 97), [96.96, 98.98, 101.0]),
        ("SELL", "TAKE_PROFIT", 103.0, (100, 102, 101, 104, 103), [102.96]),
        ("SELL", "STOP_LOSS", 98.0, (100, 97, 99, 96, 95), [96.03, 98.01]),
        ("BUY", "TAKE_PROFIT", 98.0, (100, 97, 99, 96, 98), [96.96, 97.97]),
    ],
)
def test_a_trailing_stop_follows_the_best_trade_since_it_was_placed_or_its_stop_was_reached(
    side, order_type, stop, prices, wakes
):
    more = {"side": side, "order_type": order_type, "price": np.nan, "stop_price": stop, "trailing_delta": 100}
    figure = plots.order_path(pd.DataFrame([report(0, "NEW", "NEW", **more)]), trades(*map(float, prices)))
    assert heights(drawn(figure, linestyle=":")) == pytest.approx(wakes)


def test_trades_before_the_order_do_not_move_its_stop():
    more = {"order_type": "STOP_LOSS", "price": np.nan, "stop_price": np.nan, "trailing_delta": 100}
    figure = plots.order_path(pd.DataFrame([report(2, "NEW", "NEW", **more)]), trades(200.0, 150.0, 100.0, 99.0))
    assert heights(drawn(figure, linestyle=":")) == pytest.approx([99.0])


def test_an_empty_frame_says_so_and_too_many_orders_are_refused():
    empty = plots.order_path(STOPPED.head(0))
    assert [text.get_text() for text in empty.axes[0].texts] == ["There are no reports to draw."]
    many = pd.concat([STOPPED.assign(order_id=number) for number in range(6)])
    with pytest.raises(AnalysisError, match="6 orders are more than 5 lines can show"):
        plots.order_path(many)
    with pytest.raises(AnalysisError, match="transaction_time"):
        plots.order_path(STOPPED.assign(transaction_time=STOPPED["transaction_time"].where(STOPPED.index > 0)))


def test_a_picture_of_few_colours_is_small_and_keeps_them():
    figure = plots.order_path(STOPPED, trades(100.0, 99.5, 99.0, 98.5), theme="light")
    assert len(figure._repr_png_()) < 25_000
    assert figure._repr_png_() == figure._repr_png_()
    assert figure._repr_png_().startswith(b"\x89PNG")
