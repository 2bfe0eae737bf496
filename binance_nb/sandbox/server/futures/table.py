"""The method table of futures."""

from binance_nb.sandbox.server.futures import methods_general, methods_session
from binance_nb.sandbox.server.table import MethodTable

FUTURES_METHODS = (
    *methods_general.METHODS,
    *methods_session.METHODS,
)
FUTURES_TABLE = MethodTable.of(FUTURES_METHODS)
