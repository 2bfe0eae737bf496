"""The USD-M futures account and market: everything that can be looked at, and the settings of one symbol."""

from __future__ import annotations

from typing import Any

from binance_nb.commands.scenarios.futures_desk import FuturesDesk
from binance_nb.commands.scenarios.stage import Stage

LEVERAGE = 7
ADDED, TAKEN_BACK = "5", "1"
"""Margin of an isolated position, in the margin asset; a loss since the opening may hold some of it fast."""


def play(stage: Stage) -> None:
    """Look at market and account, change the symbol's settings, trade under them, and set them back."""
    client, symbol, desk = stage.client, stage.symbol, FuturesDesk(stage)
    _look_at_market(desk)
    before: Any = client.get_futures_symbol_config(symbol, raw=True)
    leverage, margin_type = int(before[0]["leverage"]), str(before[0]["marginType"])
    try:
        stage.show("leverage", client.set_futures_leverage(symbol, LEVERAGE + (leverage == LEVERAGE)))
        stage.show("isolated", client.set_futures_margin_type(symbol, "ISOLATED"))
        desk.market("BUY", desk.size())
        client.change_futures_position_margin(symbol, ADDED)
        client.change_futures_position_margin(symbol, TAKEN_BACK, "reduce")
        stage.refused("another margin type under a position", lambda: client.set_futures_margin_type(symbol, "CROSSED"))
        _look_at_account(desk)
    finally:
        desk.empty()
        client.set_futures_leverage(symbol, leverage)
        stage.show("settings at the end", client.set_futures_margin_type(symbol, margin_type))
    stage.wait_for(lambda: _last_leverage(desk) == leverage, "the leverage of before")


def _look_at_market(desk: FuturesDesk) -> None:
    show, client, symbol = desk.stage.show, desk.client, desk.symbol
    show("symbols", client.get_futures_exchange_info(symbol))
    show("candlesticks", client.get_futures_klines(symbol, "1m", limit=3))
    show("book", client.get_futures_order_book(symbol, 5))
    show("best prices", client.get_futures_book_ticker(symbol))
    show("last price", client.get_futures_price(symbol))
    show("mark price", client.get_futures_mark_price(symbol))
    show("brackets", client.get_futures_leverage_brackets(symbol))
    show("commission", client.get_futures_commission_rates(symbol))
    client.measure_clock(product="usdm")
    show("limits", client.futures_rate_limits().drop(columns="used"))


def _look_at_account(desk: FuturesDesk) -> None:
    show, client, symbol = desk.stage.show, desk.client, desk.symbol
    show("account", client.get_futures_account_info())
    # Who the account is, is no part of a recording.
    show("balances", client.get_futures_balances().drop(columns="account_alias"))
    show("position", client.get_futures_positions(symbol))
    show("symbol settings", client.get_futures_symbol_config(symbol))
    show("position mode", client.get_futures_position_mode())
    show("watched", client.watch_symbols([symbol], product="usdm"))
    show("trades", client.get_futures_trades(symbol, limit=3))
    show("income", client.get_futures_income(symbol, limit=5))


def _last_leverage(desk: FuturesDesk) -> float:
    told = desk.client.futures_account_events()["leverage"].dropna()
    return float(told.iloc[-1])
