"""The ladder of a book: one bar a level, in the order of the prices, with what is taken and what is mine."""

import pandas as pd
import pytest

from binance_nb.analysis import plots
from binance_nb.errors import AnalysisError

BOOK = pd.DataFrame(
    {
        "side": ["ASK", "ASK", "BID", "BID"],
        "level": [2, 1, 1, 2],
        "price": [102.0, 101.0, 99.0, 98.0],
        "quantity": [4.0, 3.0, 2.0, 1.0],
    }
)


def bars(figure):
    """Length of each hatched bar by its rung, from below."""
    (axes,) = figure.axes
    return {round(bar.get_y() + bar.get_height() / 2): bar.get_width() for bar in axes.patches if bar.get_hatch()}


def solid(figure):
    (axes,) = figure.axes
    return {
        round(bar.get_y() + bar.get_height() / 2): bar.get_width()
        for bar in axes.patches
        if bar.get_facecolor()[3] == 1 and bar.get_width()
    }


def legend(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


@pytest.mark.parametrize("book", [BOOK, BOOK.iloc[::-1], BOOK.iloc[[2, 0, 3, 1]]])
def test_the_rungs_are_in_the_order_of_their_prices_however_the_rows_come(book):
    figure = plots.book_ladder(book, symbol="BTCUSDT")
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["98.00", "99.00", "101.00", "102.00"]
    assert bars(figure) == {0: 1.0, 1: 2.0, 2: 3.0, 3: 4.0}
    assert legend(figure) == ["asks: sellers waiting", "bids: buyers waiting"]
    assert axes.get_title("right") == "spread 2 USDT = 200.00 bp"
    assert axes.get_xlabel() == "quantity (BTC)"


def test_what_is_taken_and_what_is_mine_stand_on_their_own_rungs():
    figure = plots.book_ladder(BOOK, taken=[1.5, 3.0, float("nan"), 0], mine=[0, 0, 0.5, 0])
    assert solid(figure) == {2: 3.0, 3: 1.5}
    (mark,) = [line for line in figure.axes[0].lines if line.get_marker() == "D"]
    assert (list(mark.get_xdata()), list(mark.get_ydata())) == ([0.5], [1])
    assert {"taken", "of which mine"} <= set(legend(figure))


def test_one_side_alone_has_no_spread_and_an_empty_book_says_so():
    figure = plots.book_ladder(BOOK[BOOK["side"] == "ASK"])
    assert figure.axes[0].get_title("right") == ""
    assert bars(figure) == {0: 3.0, 1: 4.0}
    empty = plots.book_ladder(BOOK.head(0), theme="dark")
    assert [text.get_text() for text in empty.axes[0].texts] == ["The book is empty."]


def test_small_prices_are_written_in_full():
    figure = plots.book_ladder(BOOK.assign(price=[0.03371, 0.0337, 0.03369, 0.03368]), symbol="ETHBTC")
    assert next(label.get_text() for label in figure.axes[0].get_yticklabels()) == "0.03368"


def test_what_does_not_fit_is_refused_in_one_sentence():
    with pytest.raises(AnalysisError, match="taken= needs one quantity a level: 4, not 3"):
        plots.book_ladder(BOOK, taken=[1, 2, 3])
    with pytest.raises(AnalysisError, match="64 levels are more than a ladder of 60 rungs"):
        plots.book_ladder(pd.concat([BOOK] * 16))
    with pytest.raises(AnalysisError, match="quantity"):
        plots.book_ladder(BOOK.drop(columns="quantity"))
