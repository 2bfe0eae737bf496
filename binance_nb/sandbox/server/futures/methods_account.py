"""Futures methods about the account: money, positions, income, settings."""

from typing import Any

from binance_nb.models.enums import MarginType, PositionSide
from binance_nb.sandbox.server import params
from binance_nb.sandbox.server.errors import ApiError
from binance_nb.sandbox.server.futures import hall, order_params, render, render_account, render_market
from binance_nb.sandbox.server.futures.methods_market import TIMES
from binance_nb.sandbox.server.futures.methods_trade import read_method, trade_method
from binance_nb.sandbox.server.hall import order_limit_rows
from binance_nb.sandbox.server.method import Call, Method
from binance_nb.sandbox.server.methods_general import OPTIONAL_SYMBOL, SYMBOL
from binance_nb.sandbox.server.params import Param

DONE = {"code": 200, "msg": "success"}


def account(call: Call) -> Any:
    """Answer the account (version 3): money, and positions that have an amount or open orders."""
    exchange = call.venue.futures.exchange
    money = exchange.account(call.account_id)
    return render_account.totals(money) | {
        "assets": [render_account.asset(money, call.t)],
        "positions": [
            render_account.account_position(row, exchange.symbol(row.symbol), call.t) for row in money.positions
        ],
    }


def account_v2(call: Call) -> Any:
    """Answer the account (version 2): settings, money, and the positions of every symbol."""
    exchange = call.venue.futures.exchange
    money = exchange.account(call.account_id)
    settings = render_account.account_settings_v2(exchange.account_config(call.account_id), call.t)
    return (
        settings
        | render_account.totals(money)
        | {
            "assets": [render_account.asset(money, call.t) | {"marginAvailable": True}],
            "positions": [
                render_account.account_position_v2(row, exchange.symbol(row.symbol), call.t)
                for row in exchange.all_positions(call.account_id)
            ],
        }
    )


def balance(call: Call) -> Any:
    """Answer the balances."""
    return [render_account.balance(call.venue.futures.exchange.account(call.account_id), call.t)]


def positions(call: Call) -> Any:
    """Answer the positions (version 3) that have an amount or open orders."""
    exchange = call.venue.futures.exchange
    rows = exchange.positions(call.account_id, call["symbol"])
    return [render_account.position(row, exchange.symbol(row.symbol), call.t) for row in rows]


def positions_v2(call: Call) -> Any:
    """Answer the positions (version 2) of every symbol."""
    exchange = call.venue.futures.exchange
    rows = exchange.all_positions(call.account_id, call["symbol"])
    return [render_account.position_v2(row, exchange.symbol(row.symbol), call.t) for row in rows]


def adl_quantile(call: Call) -> Any:
    """Answer where positions stand in the queue of auto-deleveraging."""
    rows = call.venue.futures.exchange.positions(call.account_id, call["symbol"])
    found = render_account.adl_quantiles(tuple(row for row in rows if row.position_amt))
    return found if call["symbol"] is None or not found else found[0]


def income(call: Call) -> Any:
    """Answer changes of the wallet, oldest first."""
    rows = call.venue.futures.exchange.income(
        call.account_id,
        now_us=call.now_us,
        symbol=call["symbol"],
        income_type=call["incomeType"],
        start_us=call["startTime"],
        end_us=call["endTime"],
        limit=call["limit"],
    )
    return [render_account.income(row, call.t) for row in rows]


def set_leverage(call: Call) -> Any:
    """Set a symbol's leverage."""
    done = call.venue.futures.exchange.set_leverage(call.account_id, call["symbol"], call["leverage"], call.now_us)
    return {"leverage": done.leverage, "maxNotionalValue": render.plain(done.max_notional), "symbol": done.symbol}


def set_margin_type(call: Call) -> Any:
    """Set cross or isolated margin."""
    call.venue.futures.exchange.set_margin_type(call.account_id, call["symbol"], call["marginType"], call.now_us)
    return DONE


def change_position_margin(call: Call) -> Any:
    """Add to an isolated position's margin, or take from it."""
    done = call.venue.futures.exchange.change_position_margin(
        call.account_id,
        call["symbol"],
        call["amount"],
        call["type"],
        call.now_us,
        call["positionSide"] or PositionSide.BOTH,
    )
    return {
        "amount": float(done.amount),  # a JSON number in the documented answer
        "code": 200,
        "msg": "Successfully modify position margin.",
        "type": done.change_type,
    }


def position_mode(call: Call) -> Any:
    """Answer whether the account is in hedge mode."""
    return {"dualSidePosition": call.venue.futures.exchange.account_config(call.account_id).dual_side_position}


def set_position_mode(call: Call) -> Any:
    """Set hedge or one-way mode."""
    call.venue.futures.exchange.set_position_mode(call.account_id, call.now_us, dual=call["dualSidePosition"])
    return DONE


def multi_assets(call: Call) -> Any:
    """Answer whether several assets are margin together."""
    return {"multiAssetsMargin": call.venue.futures.exchange.account_config(call.account_id).multi_assets_margin}


def set_multi_assets(_call: Call) -> Any:
    """Refuse: there is one margin asset here."""
    raise ApiError(-1020, "This operation is not supported: the sandbox knows single-asset mode with USDT only.")


def leverage_brackets(call: Call) -> Any:
    """Answer the leverage brackets of one symbol, or of all."""
    exchange = call.venue.futures.exchange
    specs = exchange.symbols.values() if call["symbol"] is None else [exchange.symbol(call["symbol"])]
    return [render_market.brackets(spec) for spec in specs]


def commission_rate(call: Call) -> Any:
    """Answer what the account pays on a symbol."""
    found = call.venue.futures.exchange.commission_rate(call.account_id, call["symbol"])
    return render_account.commission_rate(found)


def order_limits(_call: Call) -> Any:
    """Answer the limits of new orders."""
    return order_limit_rows(hall.ORDER_LIMITS)


def account_config(call: Call) -> Any:
    """Answer the account's settings."""
    return render_account.account_config(call.venue.futures.exchange.account_config(call.account_id), call.t)


def symbol_config(call: Call) -> Any:
    """Answer the account's settings of one symbol, or of all."""
    rows = call.venue.futures.exchange.symbol_config(call.account_id, call["symbol"])
    return [render_account.symbol_config(row) for row in rows]


_SYMBOL = (OPTIONAL_SYMBOL,)
_POSITION_MODE, _MULTI_ASSETS = "/fapi/v1/positionSide/dual", "/fapi/v1/multiAssetsMargin"

METHODS: tuple[Method, ...] = (
    read_method("v2/account.status", "/fapi/v3/account", account, weight=5),
    read_method("account.status", "/fapi/v2/account", account_v2, weight=5),
    read_method("v2/account.balance", "/fapi/v3/balance", balance, weight=5),
    read_method("account.balance", "/fapi/v2/balance", balance, weight=5),
    read_method("v2/account.position", "/fapi/v3/positionRisk", positions, _SYMBOL, 5),
    read_method("account.position", "/fapi/v2/positionRisk", positions_v2, _SYMBOL, 5),
    read_method("adlQuantile", "/fapi/v1/adlQuantile", adl_quantile, _SYMBOL, 5),
    read_method(
        "income",
        "/fapi/v1/income",
        income,
        (*_SYMBOL, Param("incomeType", params.text), *TIMES, Param("limit", params.limit(1_000), default=100)),
        30,
    ),
    trade_method(
        "leverage",
        "POST",
        "/fapi/v1/leverage",
        set_leverage,
        (SYMBOL, Param("leverage", params.integer, mandatory=True)),
    ),
    trade_method(
        "marginType",
        "POST",
        "/fapi/v1/marginType",
        set_margin_type,
        (SYMBOL, Param("marginType", params.one_of(MarginType), mandatory=True)),
    ),
    trade_method(
        "positionMargin",
        "POST",
        "/fapi/v1/positionMargin",
        change_position_margin,
        (
            SYMBOL,
            Param("amount", params.decimal, mandatory=True),
            Param("type", params.integer, mandatory=True),
            order_params.POSITION_SIDE,
        ),
    ),
    read_method("positionMode", _POSITION_MODE, position_mode, weight=30),
    trade_method(
        "positionMode.set",
        "POST",
        _POSITION_MODE,
        set_position_mode,
        (Param("dualSidePosition", params.boolean, mandatory=True),),
    ),
    read_method("multiAssetsMargin", _MULTI_ASSETS, multi_assets, weight=30),
    trade_method(
        "multiAssetsMargin.set",
        "POST",
        _MULTI_ASSETS,
        set_multi_assets,
        (Param("multiAssetsMargin", params.boolean, mandatory=True),),
    ),
    read_method("leverageBracket", "/fapi/v1/leverageBracket", leverage_brackets, _SYMBOL),
    read_method("commissionRate", "/fapi/v1/commissionRate", commission_rate, (SYMBOL,), 20),
    read_method("rateLimit.order", "/fapi/v1/rateLimit/order", order_limits),
    read_method("accountConfig", "/fapi/v1/accountConfig", account_config, weight=5),
    read_method("symbolConfig", "/fapi/v1/symbolConfig", symbol_config, _SYMBOL, 5),
)
