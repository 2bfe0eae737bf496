"""The method table: every method once, found by name at one door and by verb and path at the other."""

from binance_nb.sandbox.server import (
    methods_account,
    methods_general,
    methods_lists,
    methods_market,
    methods_session,
    methods_trade,
)
from binance_nb.sandbox.server.method import Method

TABLE: tuple[Method, ...] = (
    *methods_general.METHODS,
    *methods_market.METHODS,
    *methods_trade.METHODS,
    *methods_lists.METHODS,
    *methods_account.METHODS,
    *methods_session.METHODS,
)
BY_NAME: dict[str, Method] = {method.name: method for method in TABLE}
BY_ROUTE: dict[tuple[str, str], Method] = {method.rest: method for method in TABLE if method.rest is not None}
PATHS = frozenset(path for _, path in BY_ROUTE)
