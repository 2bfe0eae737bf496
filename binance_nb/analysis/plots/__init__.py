"""Pictures of fills, orders and books, each of the frame that one measure returned; drawn by matplotlib.

    from binance_nb import analysis
    from binance_nb.analysis import plots
    plots.slippage_distribution(analysis.slippage(fills, "mid", quotes=quotes), theme="dark")

Every picture returns its Figure, which a notebook shows by itself; `ax=` draws on Axes of yours, `theme` is "light" or
"dark", and without it follows matplotlib's own style. Nothing here calls pyplot or changes rcParams. What a picture
shows was computed by a measure, and every difference that a colour makes, a shape, line or hatch makes as well.
"""

from binance_nb.analysis.plots.costs import cumulative_cost, group_means, markout_curve, slippage_distribution
from binance_nb.analysis.plots.holdings import fills_by_hour, inventory_and_profit
from binance_nb.analysis.plots.ladder import book_ladder
from binance_nb.analysis.plots.lives import order_life
from binance_nb.analysis.plots.market import book_depth, price_chart
from binance_nb.analysis.plots.paths import order_path

__all__ = [
    "book_depth",
    "book_ladder",
    "cumulative_cost",
    "fills_by_hour",
    "group_means",
    "inventory_and_profit",
    "markout_curve",
    "order_life",
    "order_path",
    "price_chart",
    "slippage_distribution",
]
