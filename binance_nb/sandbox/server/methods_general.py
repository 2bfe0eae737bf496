"""Methods about the exchange itself: ping, time, symbols, execution rules."""

from collections.abc import Mapping
from typing import Any

from binance_nb.models.enums import SymbolStatus
from binance_nb.sandbox.engine.specs import SymbolSpec
from binance_nb.sandbox.server import errors, params, render_market
from binance_nb.sandbox.server.errors import ApiError
from binance_nb.sandbox.server.method import Call, Method
from binance_nb.sandbox.server.params import Param

QUERYABLE_STATUSES = frozenset({SymbolStatus.TRADING, SymbolStatus.HALT, SymbolStatus.BREAK})
status_reader = params.one_of(SymbolStatus, ApiError(-1122, "Invalid symbolStatus."), QUERYABLE_STATUSES)
DEFAULT_PERMISSIONS = ("SPOT", "MARGIN", "LEVERAGED")

SYMBOL = Param("symbol", params.symbol, mandatory=True)
OPTIONAL_SYMBOL = Param("symbol", params.symbol)
SYMBOLS = Param("symbols", params.symbols)
SYMBOL_STATUS = Param("symbolStatus", status_reader)


def ping(_call: Call) -> Any:
    """Answer that the server is there."""
    return {}


def time(call: Call) -> Any:
    """Answer the server's time."""
    return {"serverTime": call.t(call.venue.clock.face_us())}


def exchange_info(call: Call) -> Any:
    """Answer limits, filters and symbols; raises -1121, -1128."""
    exchange = call.venue.exchange
    out: dict[str, Any] = {
        "timezone": "UTC",
        "serverTime": call.t(call.venue.clock.face_us()),
        "rateLimits": call.venue.limit_rows(),
        "exchangeFilters": [each.as_json() for each in exchange.spec.exchange_filters],
        "symbols": [
            render_market.symbol(spec, show_permission_sets=call["showPermissionSets"]) for spec in _asked_symbols(call)
        ],
    }
    if exchange.spec.sors:
        out["sors"] = render_market.sors(exchange.spec)
    return out


def _asked_symbols(call: Call) -> list[SymbolSpec]:
    name, names, words, status = (call[each] for each in ("symbol", "symbols", "permissions", "symbolStatus"))
    if name is not None and names is not None:
        raise errors.bad_combination()
    if (name is not None or names is not None) and (words is not None or status is not None):
        raise errors.bad_combination()
    if name is not None:
        return [call.venue.symbol(name)]
    if names is not None:
        return [call.venue.symbol(each) for each in names]
    wanted = set(words or DEFAULT_PERMISSIONS)
    found = [
        spec
        for spec in call.venue.exchange.symbols.values()
        if wanted & {word for group in spec.permission_sets for word in group}
    ]
    return [spec for spec in found if status is None or spec.status is status]


def execution_rules(call: Call) -> Any:
    """Answer the execution rules of one, several or all symbols; raises -1121, -1128."""
    name, names, status = (call[each] for each in ("symbol", "symbols", "symbolStatus"))
    if sum(each is not None for each in (name, names, status)) > 1:
        raise errors.bad_combination()
    if name is not None:
        specs = [call.venue.symbol(name)]
    elif names is not None:
        specs = [call.venue.symbol(each) for each in names]
    else:
        specs = [spec for spec in call.venue.exchange.symbols.values() if status is None or spec.status is status]
    return {"symbolRules": [render_market.execution_rules(spec) for spec in specs]}


def counted_symbols(sent: Mapping[str, str]) -> int | None:
    """Return how many symbols a request names, None when it names none."""
    if sent.get("symbol"):
        return 1
    listed = sent.get("symbols")
    return listed.count(",") + 1 if listed else None


def _rules_weight(sent: Mapping[str, str]) -> int:
    count = counted_symbols(sent)
    return 40 if count is None else min(40, 2 * count)


METHODS = (
    Method("ping", ("GET", "/api/v3/ping"), ping),
    Method("time", ("GET", "/api/v3/time"), time),
    Method(
        "exchangeInfo",
        ("GET", "/api/v3/exchangeInfo"),
        exchange_info,
        (
            OPTIONAL_SYMBOL,
            SYMBOLS,
            Param("permissions", params.words),
            Param("showPermissionSets", params.boolean, default=True),
            SYMBOL_STATUS,
        ),
        weight=20,
    ),
    Method(
        "executionRules",
        ("GET", "/api/v3/executionRules"),
        execution_rules,
        (OPTIONAL_SYMBOL, SYMBOLS, SYMBOL_STATUS),
        weight=_rules_weight,
    ),
)
