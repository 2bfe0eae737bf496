"""The method table of futures."""

from binance_nb.sandbox.server.futures import (
    methods_account,
    methods_algo,
    methods_general,
    methods_market,
    methods_session,
    methods_trade,
)
from binance_nb.sandbox.server.table import MethodTable

FUTURES_METHODS = (
    *methods_general.METHODS,
    *methods_market.METHODS,
    *methods_trade.METHODS,
    *methods_algo.METHODS,
    *methods_account.METHODS,
    *methods_session.METHODS,
)
FUTURES_TABLE = MethodTable.of(FUTURES_METHODS)
