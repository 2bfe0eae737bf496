"""What fills cost, and why: measures as pure functions over the documented frames. Nothing here knows the network.

    from binance_nb import analysis
    analysis.slippage(client.fills(), "arrival_mid", orders=client.get_all_orders("BTCUSDT"), quotes=record.quotes())

Frames are those of `binance_nb.schemas`: fills FILLS, orders ORDERS (or REPORTS), quotes QUOTES, trades MARKET_TRADES,
klines KLINES with a `symbol` column. Fills of both products may be mixed; what belongs to one market is told by
`product` and `symbol`, and by `position_side` where positions are meant. Every measure takes fills in any order and
with trades that occur twice (each counts once), refuses times without a zone, and raises AnalysisError, one sentence,
for what it cannot measure. What cannot be known, for want of a quote before it, is missing (NaN), never guessed.

Units: quantities in base units, amounts in the symbol's quote units, `_bps` basis points (1e-4 of the benchmark),
`_ms` milliseconds, `_share` and `_rate` fractions of one.

Signs: a **cost is positive when it is worse for us** (slippage, shortfall, spreads, impact, fees); a **markout and a
profit are positive when they are better for us**. `side` is always our own side, also where we were the maker: a
maker's effective spread is negative, he earned it.

A quote "before" a fill stood strictly earlier than the fill's millisecond: one of the same millisecond may be what the
fill itself left behind. A quote "after", at a horizon, is the one standing then; beyond the end of the record there is
none. A quote older than `max_age_ms` (a minute unless said otherwise, None for no limit) stands no more: nothing tells
a quiet market from a record that has ended.

Measures, each with what one row stands for and its columns besides the keys:

- `average_prices(fills, by)`, a row a group of a market: fills, quantity, quote_quantity, vwap, average_price,
  bought_quantity, sold_quantity, buy_vwap, sell_vwap, first_fill, last_fill
- `maker_taker(fills, by)`, a row a group of a market: fills, maker_fills, quantity, maker_quantity, taker_quantity,
  quote_quantity, maker_quote_quantity, taker_quote_quantity, maker_share, taker_share
- `slippage(fills, against, …)`, a row a fill: the fill's, benchmark, benchmark_price, benchmark_time, slippage_bps,
  slippage_quote
- `spreads(fills, quotes, horizon)`, a row a fill: the fill's, mid, mid_after, effective_spread_bps,
  realised_spread_bps, price_impact_bps
- `markouts(fills, quotes, horizons)`, a row a fill: the fill's, markout_<ms>ms_bps for each horizon
- `markout_curve(fills, quotes, horizons, by)`, a row a group and horizon: horizon_ms, fills, mean_bps, low_bps,
  high_bps
- `shortfall(orders, fills, …)`, a row a order: quantity, filled_quantity, decision_price, arrival_price, vwap,
  end_price, delay_quote, execution_quote, opportunity_quote, fees_quote, shortfall_quote, and each in _bps of the
  decision value
- `order_lives(orders, fills)`, a row a order: side, order_type, order_status, quantity, filled_quantity, fill_rate,
  fills, arrival_time, working_time, first_fill, last_fill, end_time, time_to_first_fill_ms, time_to_last_fill_ms,
  queue_time_ms, is_cancelled
- `life_summary(lives, by)`, a row a group: orders, filled_orders, cancelled_orders, fill_rate, cancel_rate,
  median_time_to_first_fill_ms, median_time_to_last_fill_ms, median_queue_time_ms
- `fees_in_quote(fills, …)`, a row a fill: the fill's, quote_asset, fee_rate (quote units for one of
  commission_asset), fee_quote
- `positions(fills, method)`, a row a fill: the fill's, closed_quantity, realised_quote, position, open_cost_quote,
  average_cost, cumulative_realised_quote
- `profit(fills, marks, method)`, a row a position (market and position side): position, average_cost,
  open_cost_quote, cash_flow_quote, realised_quote, mark_price, unrealised_quote, fees_quote, profit_quote
- `round_trips(fills)`, a row a trip from flat to flat: direction, opened_at, closed_at, holding_ms, quantity,
  entry_vwap, exit_vwap, profit_quote, return_bps, fees_quote, fills, is_open
- `compare(frame, value, by, method)`, a row a group: count, mean, deviation, low, high
- `difference(frame, value, by, method)`, a row a pair of groups: difference, low, high, p_value
- `attach_quotes(frame, quotes, time)`, a row a row of the frame: the frame's, bid_price, bid_qty, ask_price,
  ask_qty, mid, quote_time, quote_age_ms

`Archive` takes the place of the fills where they are more than memory holds. `report(fills, orders, quotes)` puts the
measures and their pictures (`binance_nb.analysis.plots`) on one page.
"""

from binance_nb.analysis.aftermath import HORIZONS, markout_curve, markout_name, markouts, spreads
from binance_nb.analysis.archive import Archive
from binance_nb.analysis.asof import attach_quotes
from binance_nb.analysis.benchmarks import BENCHMARKS, slippage
from binance_nb.analysis.comparing import compare, difference
from binance_nb.analysis.fees import fees_in_quote
from binance_nb.analysis.holdings import open_lots, positions, profit
from binance_nb.analysis.lives import life_summary, order_lives
from binance_nb.analysis.prices import average_prices, maker_taker
from binance_nb.analysis.reporting import Report, report
from binance_nb.analysis.shortfalls import shortfall
from binance_nb.analysis.trips import round_trips

__all__ = [
    "BENCHMARKS",
    "HORIZONS",
    "Archive",
    "Report",
    "attach_quotes",
    "average_prices",
    "compare",
    "difference",
    "fees_in_quote",
    "life_summary",
    "maker_taker",
    "markout_curve",
    "markout_name",
    "markouts",
    "open_lots",
    "order_lives",
    "positions",
    "profit",
    "report",
    "round_trips",
    "shortfall",
    "slippage",
    "spreads",
]
