"""What USD-M futures traded while we did: the trades and the candles of the time around a fill, read afterwards."""

from __future__ import annotations

from binance_nb.commands.scenarios.futures_desk import FuturesDesk
from binance_nb.commands.scenarios.stage import Stage
from binance_nb.models.fills import USDM

BEFORE_MS = 120_000
"""How long before the first order the candles begin."""


def play(stage: Stage) -> None:
    """Buy, let the market move, sell, and read what traded from before the one until after the other."""
    client, symbol, desk = stage.client, stage.symbol, FuturesDesk(stage)
    size = desk.size()
    began = desk.now_ms()
    desk.market("BUY", size)
    stage.pause()
    desk.market("SELL", size)
    stage.pause()
    ended = desk.now_ms()
    trades = client.get_agg_trades(symbol, start_time=began, end_time=ended, product=USDM)
    stage.show("trades of the market", trades)
    since = began - BEFORE_MS
    candles = client.get_kline_history(symbol, "1m", start_time=since, end_time=ended, product=USDM)
    stage.show("candles", candles)
