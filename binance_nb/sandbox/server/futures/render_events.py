"""The private stream's events of futures: ORDER_TRADE_UPDATE, ALGO_UPDATE, ACCOUNT_UPDATE and their kin."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from binance_nb.models.enums import FuturesExecutionType, FuturesOrderType, MarginType
from binance_nb.sandbox.futures.events import (
    AccountConfigUpdate,
    AccountEvent,
    AccountUpdate,
    AlgoUpdate,
    MarginCall,
    OrderUpdate,
)
from binance_nb.sandbox.futures.specs import SymbolSpec
from binance_nb.sandbox.server.futures import render
from binance_nb.sandbox.server.wire import EncodeTime, fixed

Json = dict[str, Any]
Specs = Mapping[str, SymbolSpec]


class TradeLite:
    """A fill as TRADE_LITE tells it, before its ORDER_TRADE_UPDATE."""

    __slots__ = ("update",)

    def __init__(self, update: OrderUpdate) -> None:
        """Keep the report of the same fill."""
        self.update = update

    @property
    def account_id(self) -> int:
        """Whose fill it is."""
        return self.update.account_id


EVENT_NAMES: dict[type[Any], str] = {
    OrderUpdate: "ORDER_TRADE_UPDATE",
    TradeLite: "TRADE_LITE",
    AlgoUpdate: "ALGO_UPDATE",
    AccountUpdate: "ACCOUNT_UPDATE",
    AccountConfigUpdate: "ACCOUNT_CONFIG_UPDATE",
    MarginCall: "MARGIN_CALL",
}


def event_name(event: AccountEvent | TradeLite) -> str:
    """Return the exchange's name of an account's event."""
    return EVENT_NAMES[type(event)]


def account_event(event: AccountEvent | TradeLite, specs: Specs, t: EncodeTime) -> Json:
    """Return the payload of an account's event."""
    match event:
        case OrderUpdate():
            return order_trade_update(event, specs[event.order.symbol], t)
        case TradeLite():
            return trade_lite(event.update, specs[event.update.order.symbol], t)
        case AlgoUpdate():
            return algo_update(event, specs[event.algo.symbol], t)
        case AccountUpdate():
            return account_update(event, specs, t)
        case AccountConfigUpdate():
            at = t(event.time_us)
            return {
                "e": "ACCOUNT_CONFIG_UPDATE",
                "E": at,
                "T": at,
                "ac": {"s": event.symbol, "l": event.leverage},
            }
        case MarginCall():
            return margin_call(event, specs, t)


def order_trade_update(event: OrderUpdate, spec: SymbolSpec, t: EncodeTime) -> Json:
    """Return an ORDER_TRADE_UPDATE with the conditional fields that apply."""
    order, at = event.order, t(event.time_us)
    orig_type = order.orig_type or order.type
    shown: Json = {
        "s": order.symbol,
        "c": order.client_order_id,
        "S": order.side.value,
        "o": order.type.value,
        "f": order.time_in_force.value,
        "q": render.quantity(order.quantity, spec),
        "p": render.price(order.price, spec),
        "ap": render.average(order.avg_price),
        "sp": render.price(order.stop_price, spec),
        "x": event.execution_type.value,
        "X": order.status.value,
        "i": order.order_id,
        "l": render.quantity(event.last_qty, spec),
        "z": render.quantity(order.executed_qty, spec),
        "L": render.price(event.last_price, spec),
    }
    if event.execution_type is FuturesExecutionType.AMENDMENT and event.modify_id is not None:
        shown["M"] = event.modify_id
    if event.commission_asset is not None:
        shown |= {"n": fixed(event.commission), "N": event.commission_asset}
    shown |= {
        "T": at,
        "t": event.trade_id,
        "b": render.plain(event.bids_notional),
        "a": render.plain(event.asks_notional),
        "m": event.is_maker,
        "R": order.reduce_only,
        "wt": order.working_type.value,
        "ot": orig_type.value,
        "ps": order.position_side.value,
        "cp": order.close_position,
    }
    if orig_type is FuturesOrderType.TRAILING_STOP_MARKET:
        shown |= {"AP": render.price(order.activate_price, spec), "cr": render.plain(order.callback_rate or Decimal(0))}
    shown |= {
        "pP": order.price_protect,
        "si": 0,
        "ss": 0,
        "rp": render.plain(event.realized_profit),
        "V": order.self_trade_prevention_mode.value,
        "pm": order.price_match.value,
        "gtd": t(order.good_till_us),
        "er": str(order.expiry_reason),
    }
    return {"e": "ORDER_TRADE_UPDATE", "T": at, "E": at, "o": shown}


def trade_lite(event: OrderUpdate, spec: SymbolSpec, t: EncodeTime) -> Json:
    """Return a TRADE_LITE: the fill alone."""
    order, at = event.order, t(event.time_us)
    return {
        "e": "TRADE_LITE",
        "E": at,
        "T": at,
        "s": order.symbol,
        "q": render.quantity(order.quantity, spec),
        "p": render.price(order.price, spec),
        "m": event.is_maker,
        "c": order.client_order_id,
        "S": order.side.value,
        "L": render.price(event.last_price, spec),
        "l": render.quantity(event.last_qty, spec),
        "t": event.trade_id,
        "i": order.order_id,
    }


def algo_update(event: AlgoUpdate, spec: SymbolSpec, t: EncodeTime) -> Json:
    """Return an ALGO_UPDATE; the fields about the order it became appear once it is one."""
    algo, at = event.algo, t(event.time_us)
    shown: Json = {
        "caid": algo.client_algo_id,
        "aid": algo.algo_id,
        "at": "CONDITIONAL",
        "o": algo.type.value,
        "s": algo.symbol,
        "S": algo.side.value,
        "ps": algo.position_side.value,
        "f": algo.time_in_force.value,
        "q": render.quantity(algo.quantity, spec),
        "X": algo.status.value,
        "ai": "" if algo.actual_order_id is None else str(algo.actual_order_id),
    }
    if algo.actual_order_id is not None:
        shown |= {
            "ap": render.average(algo.actual_price),
            "aq": render.quantity(algo.actual_qty, spec),
            "act": "" if algo.actual_type is None else algo.actual_type.value,
        }
    shown |= {
        "tp": render.price(algo.trigger_price, spec),
        "p": render.price(algo.price, spec),
        "V": algo.self_trade_prevention_mode.value,
        "wt": algo.working_type.value,
        "pm": algo.price_match.value,
        "cp": algo.close_position,
        "pP": algo.price_protect,
        "R": algo.reduce_only,
        "tt": t(algo.triggered_us),
        "gtd": t(algo.good_till_us),
        "rm": algo.failure_reason,
    }
    if algo.type is FuturesOrderType.TRAILING_STOP_MARKET:
        shown["ia"] = algo.is_activated
    return {"e": "ALGO_UPDATE", "T": at, "E": at, "o": shown}


def account_update(event: AccountUpdate, specs: Specs, t: EncodeTime) -> Json:
    """Return an ACCOUNT_UPDATE: the balances and positions that one step changed."""
    at = t(event.time_us)
    told: Json = {
        "m": event.reason,
        "B": [
            {
                "a": row.asset,
                "wb": fixed(row.wallet_balance),
                "cw": fixed(row.cross_wallet_balance),
                "bc": render.plain(row.balance_change),
            }
            for row in event.balances
        ],
        "P": [
            {
                "s": row.symbol,
                "pa": render.quantity(row.position_amt, specs[row.symbol]),
                "ep": render.average(row.entry_price),
                "bep": render.average(row.break_even_price),
                "cr": render.plain(row.accumulated_realized),
                "up": fixed(row.unrealized_profit),
                "mt": margin_word(row.margin_type),
                "iw": render.plain(row.isolated_wallet),
                "ps": row.position_side.value,
            }
            for row in event.positions
        ],
    }
    if event.symbol is not None:
        told["S"] = event.symbol
    return {"e": "ACCOUNT_UPDATE", "T": at, "E": at, "a": told}


def margin_call(event: MarginCall, specs: Specs, t: EncodeTime) -> Json:
    """Return a MARGIN_CALL."""
    out: Json = {"e": "MARGIN_CALL", "E": t(event.time_us)}
    if event.cross_wallet_balance is not None:
        out["cw"] = render.plain(event.cross_wallet_balance)
    out["p"] = [
        {
            "s": row.symbol,
            "ps": row.position_side.value,
            "pa": render.quantity(row.position_amt, specs[row.symbol]),
            "mt": row.margin_type.value,
            "iw": render.plain(row.isolated_wallet),
            "mp": render.plain(row.mark_price),
            "up": render.plain(row.unrealized_profit),
            "mm": render.plain(row.maint_margin),
        }
        for row in event.positions
    ]
    return out


def margin_word(margin_type: MarginType) -> str:
    """Return a margin type as the older payloads write it."""
    return "isolated" if margin_type is MarginType.ISOLATED else "cross"
