"""The pictures of fills: what is drawn is what was measured, with units on every axis, light and dark."""

import inspect

import numpy as np
import pandas as pd
import pytest

from binance_nb import analysis, frames, schemas
from binance_nb.analysis import plots
from binance_nb.errors import AnalysisError
from tests.analysis.fill_tables import T0, at, fills, quotes

FILLS = fills(
    (1_000, "BUY", 2.0, 100.0, {"commission_amount": 0.2}),
    (61_000, "SELL", 1.0, 110.0, {"is_maker": True, "commission_amount": 0.1}),
    (121_000, "SELL", 1.0, 90.0, {"commission_amount": 0.1}),
)
QUOTES = quotes((0, 98, 100), (1_500, 100, 102), (60_000, 110, 112), (120_000, 91, 93), (300_000, 89, 91))
SLIPPED = analysis.slippage(FILLS, "mid", quotes=QUOTES)
CURVE = analysis.markout_curve(FILLS, QUOTES, ["0s", "10s", "60s"])


def reports(*rows):
    """REPORTS of order 1 from (ms, execution type, order status, filled)."""
    told = [
        {"event_time": T0 + ms, "transaction_time": T0 + ms, "symbol": "BTCUSDT", "order_id": 1, "side": "BUY",
         "order_type": "LIMIT", "order_status": state, "execution_type": kind, "quantity": 2, "price": 100,
         "cumulative_filled_qty": filled, "last_executed_qty": 1 if kind == "TRADE" else 0,
         "last_executed_price": 100 if kind == "TRADE" else 0, "is_on_book": state in {"NEW", "PARTIALLY_FILLED"},
         "order_creation_time": T0, "working_time": T0, "trade_id": number if kind == "TRADE" else -1,
         "product": "spot", "source": "stream"}
        for number, (ms, kind, state, filled) in enumerate(rows)
    ]  # fmt: skip
    return frames.build(told, schemas.REPORTS)


LIFE = reports((0, "NEW", "NEW", 0), (1_000, "TRADE", "PARTIALLY_FILLED", 1), (2_000, "CANCELED", "CANCELED", 1))
BOOK = pd.DataFrame({"side": ["BID", "BID", "ASK", "ASK"], "price": [99.0, 98.0, 101.0, 103.0],
                     "quantity": [1.0, 2.0, 3.0, 4.0]})  # fmt: skip
EACH = {
    "book_depth": lambda **how: plots.book_depth(BOOK, symbol="BTCUSDT", **how),
    "cumulative_cost": lambda **how: plots.cumulative_cost(analysis.fees_in_quote(SLIPPED), **how),
    "fills_by_hour": lambda **how: plots.fills_by_hour(FILLS, **how),
    "group_means": lambda **how: plots.group_means(analysis.compare(SLIPPED, "slippage_bps", "side"), "bp", **how),
    "inventory_and_profit": lambda **how: plots.inventory_and_profit(analysis.positions(FILLS), **how),
    "markout_curve": lambda **how: plots.markout_curve(CURVE, **how),
    "order_life": lambda **how: plots.order_life(LIFE, **how),
    "price_chart": lambda **how: plots.price_chart(FILLS, QUOTES, **how),
    "slippage_distribution": lambda **how: plots.slippage_distribution(SLIPPED, **how),
}
NOTHING = {
    "cumulative_cost": lambda: plots.cumulative_cost(analysis.fees_in_quote(SLIPPED.head(0))),
    "fills_by_hour": lambda: plots.fills_by_hour(FILLS.head(0)),
    "group_means": lambda: plots.group_means(analysis.compare(SLIPPED, "slippage_bps", "side").head(0), "bp"),
    "inventory_and_profit": lambda: plots.inventory_and_profit(analysis.positions(FILLS.head(0))),
    "markout_curve": lambda: plots.markout_curve(analysis.markout_curve(FILLS.head(0), QUOTES)),
    "price_chart": lambda: plots.price_chart(FILLS.head(0), QUOTES),
    "slippage_distribution": lambda: plots.slippage_distribution(SLIPPED.head(0)),
}


@pytest.fixture(params=EACH)
def draw(request):
    """Each of the pictures."""
    return EACH[request.param]


def line(figure, label, axes=0):
    return next(each for each in figure.axes[axes].lines if each.get_label() == label)


def test_every_axis_says_what_it_measures(draw):
    figure = draw()
    for ax in figure.axes:
        assert ax.get_title(loc="left") or ax.get_ylabel()
        shown = [ax.get_xlabel(), ax.get_ylabel()]
        assert any(shown), shown


def test_light_and_dark_differ_and_both_are_pictures(draw):
    light, dark = draw(theme="light")._repr_png_(), draw(theme="dark")._repr_png_()
    assert light[:4] == dark[:4] == b"\x89PNG"
    assert light != dark


def test_the_same_figure_is_the_same_bytes(draw):
    assert draw(theme="light")._repr_png_() == draw(theme="light")._repr_png_()


def test_an_unknown_theme_is_refused(draw):
    with pytest.raises(AnalysisError, match="light, dark"):
        draw(theme="pink")


@pytest.mark.parametrize("name", NOTHING)
def test_where_there_is_nothing_to_draw_a_sentence_says_so(name):
    texts = [text.get_text() for ax in NOTHING[name]().axes for text in ax.texts]
    assert any(text.startswith("There") for text in texts), texts


def test_every_picture_is_tried_here_or_beside():
    assert set(plots.__all__) == {*EACH, "book_ladder", "order_path"}


def test_every_picture_draws_on_axes_of_ones_own():
    for name in plots.__all__:
        assert "ax" in inspect.signature(getattr(plots, name)).parameters


def test_fills_stand_at_their_time_and_price_and_sides_differ_by_more_than_colour():
    ax = plots.price_chart(FILLS).axes[0]
    marks = {each.get_label(): each for each in ax.collections if each.get_label()[0] != "_"}
    assert set(marks) == {"BUY as taker", "SELL as maker", "SELL as taker"}
    placed = {name: mark.get_offsets()[0][1] for name, mark in marks.items()}
    assert placed == {"BUY as taker": 100.0, "SELL as maker": 110.0, "SELL as taker": 90.0}
    buy, sell = (marks[name].get_paths()[0].vertices for name in ("BUY as taker", "SELL as taker"))
    assert not np.array_equal(buy, sell)
    assert ax.get_ylabel() == "price (USDT for one BTC)"


def test_costs_add_up_from_fill_to_fill():
    figure = plots.cumulative_cost(analysis.fees_in_quote(SLIPPED))
    fees = line(figure, "fees").get_ydata()
    assert fees == pytest.approx([0.2, 0.3, 0.4])
    slipped = line(figure, "slippage").get_ydata()
    # 2 x (100 - 99), then 1 x (111 - 110), then 1 x (92 - 90).
    assert slipped == pytest.approx([2.0, 3.0, 5.0])
    assert line(figure, "both").get_ydata() == pytest.approx(fees + slipped)


def test_the_slippage_that_is_drawn_is_every_one_there_is():
    ax = plots.slippage_distribution(SLIPPED).axes[0]
    assert sum(patch.get_height() for patch in ax.patches if hasattr(patch, "get_height")) >= len(FILLS)
    mean = next(each for each in ax.lines if each.get_label().startswith("mean")).get_xdata()[0]
    assert mean == pytest.approx(SLIPPED["slippage_bps"].mean())


def test_the_markout_curve_goes_through_the_means_within_its_band():
    ax = plots.markout_curve(CURVE).axes[0]
    drawn = next(each for each in ax.lines if len(each.get_xdata()) == 3)
    assert drawn.get_xdata() == pytest.approx([0, 10, 60])
    assert drawn.get_ydata() == pytest.approx(CURVE["mean_bps"])
    left, right = ax.get_xlim()
    assert -10 < left <= 0
    assert right > 60


def test_inventory_and_profit_follow_the_positions():
    figure = plots.inventory_and_profit(analysis.fees_in_quote(FILLS).pipe(analysis.positions))
    top, bottom = figure.axes
    assert top.lines[0].get_ydata() == pytest.approx([2, 1, 0])
    assert line(figure, "before fees", 1).get_ydata() == pytest.approx([0, 10, 0])
    assert line(figure, "after fees", 1).get_ydata() == pytest.approx([-0.2, 9.7, -0.4])
    assert bottom.get_ylabel() == "profit (USDT)"


def test_hours_hold_the_number_of_their_fills():
    far = fills((0, "BUY", 1, 1), (60_000, "BUY", 1, 1), (3_600_000, "BUY", 1, 1), (30 * 3_600_000, "SELL", 1, 1))
    ax = plots.fills_by_hour(far).axes[0]
    cells = np.ma.filled(ax.collections[0].get_array(), 0)
    assert cells.shape == (2, 24)
    assert cells.sum() == 4
    assert cells[0, at(0).hour] == 2
    assert sorted(text.get_text() for text in ax.texts) == ["1", "1", "2"]  # read without the colours, too


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_more_fills_stand_out_more_from_the_ground(theme):
    far = fills((0, "BUY", 1, 1), (60_000, "BUY", 1, 1), (3_600_000, "BUY", 1, 1))
    figure = plots.fills_by_hour(far, theme=theme)
    mesh = figure.axes[0].collections[0]
    ground = np.array(figure.get_facecolor()[:3])
    one, two = (np.abs(np.array(mesh.to_rgba(count)[:3]) - ground).sum() for count in (1, 2))
    assert two > one


def test_a_lone_fill_has_a_minute_around_it():
    ax = plots.price_chart(FILLS.head(1)).axes[0]
    low, high = ax.get_xlim()
    assert (high - low) * 86_400 == pytest.approx(120)


def test_means_stand_in_their_intervals_and_say_how_many_they_are_of():
    compared = analysis.compare(SLIPPED, "slippage_bps", "side")
    ax = plots.group_means(compared, "bp").axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["BUY (n = 1)", "SELL (n = 2)"]
    points = [each.get_xdata()[0] for each in ax.lines if len(each.get_xdata()) == 1]
    assert points == pytest.approx(compared["mean"])


def test_depth_adds_up_from_the_best_price():
    ax = plots.book_depth(BOOK, symbol="BTCUSDT").axes[0]
    heights = sorted({round(float(y), 6) for each in ax.lines for y in each.get_ydata() if np.isfinite(y)})
    assert {1.0, 3.0, 7.0} <= set(heights)


def test_a_life_ends_with_its_mark_and_more_than_forty_are_refused():
    figure = plots.order_life(LIFE)
    labels = [text.get_text() for each in figure.axes for text in (each.get_legend() or figure.legends[0]).get_texts()]
    assert any("cancel" in label.lower() for label in labels), labels
    many = pd.concat([LIFE.assign(order_id=number) for number in range(41)])
    with pytest.raises(AnalysisError, match="40"):
        plots.order_life(many)


def test_several_symbols_ask_for_one():
    both = pd.concat([FILLS, FILLS.assign(symbol="ETHUSDT")])
    with pytest.raises(AnalysisError, match="say symbol=, one of BTCUSDT, ETHUSDT"):
        plots.price_chart(both)
    assert "ETHUSDT" in plots.price_chart(both, symbol="ETHUSDT").axes[0].get_title(loc="left")


def test_costs_in_two_currencies_do_not_add_up():
    both = pd.concat([SLIPPED, SLIPPED.assign(symbol="ETHBTC")])
    with pytest.raises(AnalysisError, match="do not add up"):
        plots.cumulative_cost(both)
