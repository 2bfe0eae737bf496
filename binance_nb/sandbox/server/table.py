"""The method table: every method once, found by name at one door and by verb and path at the other."""

from collections.abc import Iterable
from dataclasses import dataclass

from binance_nb.sandbox.server import (
    methods_account,
    methods_general,
    methods_lists,
    methods_market,
    methods_session,
    methods_trade,
)
from binance_nb.sandbox.server.method import Method


@dataclass(frozen=True, slots=True)
class MethodTable:
    """The methods of one hall."""

    by_name: dict[str, Method]
    by_route: dict[tuple[str, str], Method]
    paths: frozenset[str]

    @classmethod
    def of(cls, methods: Iterable[Method]) -> "MethodTable":
        """Return the table of some methods."""
        listed = tuple(methods)
        by_route = {method.rest: method for method in listed if method.rest is not None}
        return cls({method.name: method for method in listed}, by_route, frozenset(path for _, path in by_route))


TABLE: tuple[Method, ...] = (
    *methods_general.METHODS,
    *methods_market.METHODS,
    *methods_trade.METHODS,
    *methods_lists.METHODS,
    *methods_account.METHODS,
    *methods_session.METHODS,
)
SPOT_TABLE = MethodTable.of(TABLE)
BY_NAME = SPOT_TABLE.by_name
