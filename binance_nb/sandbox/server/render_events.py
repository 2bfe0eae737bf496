"""What is pushed: account events (user-data-stream.md) and market stream payloads (web-socket-streams.md)."""

from typing import Any, TypeGuard

from binance_nb.models.enums import ExecutionType, KlineInterval
from binance_nb.sandbox.engine.events import (
    AccountPosition,
    BalanceChange,
    BookChange,
    Event,
    ExternalLock,
    ListUpdate,
    OrderUpdate,
)
from binance_nb.sandbox.engine.records import (
    AggTrade,
    AveragePrice,
    BookTop,
    BookView,
    Candle,
    ReferencePrice,
    Trade,
    WindowStatistics,
)
from binance_nb.sandbox.server.render_market import levels
from binance_nb.sandbox.server.wire import EncodeTime, fixed, percent, units

Json = dict[str, Any]
AccountEvent = OrderUpdate | ListUpdate | AccountPosition | BalanceChange | ExternalLock


EVENT_NAMES: dict[type[Any], str] = {
    OrderUpdate: "executionReport",
    ListUpdate: "listStatus",
    AccountPosition: "outboundAccountPosition",
    BalanceChange: "balanceUpdate",
    ExternalLock: "externalLockUpdate",
}


def is_account_event(event: Event) -> TypeGuard[AccountEvent]:
    """Return whether an event belongs to one account rather than to everybody."""
    return type(event) in EVENT_NAMES


def event_name(event: AccountEvent) -> str:
    """Return the exchange's name of an account's event."""
    return EVENT_NAMES[type(event)]


def account_event(event: AccountEvent, t: EncodeTime) -> Json:
    """Return the payload of an account's event."""
    match event:
        case OrderUpdate():
            return execution_report(event, t)
        case ListUpdate():
            return list_status(event, t)
        case AccountPosition():
            return account_position(event, t)
        case BalanceChange():
            return _delta("balanceUpdate", event, t)
        case ExternalLock():
            return _delta("externalLockUpdate", event, t)


def execution_report(event: OrderUpdate, t: EncodeTime) -> Json:
    """Return an executionReport with the conditional fields that apply."""
    order = event.order
    out: Json = {
        "e": "executionReport",
        "E": t(event.time_us),
        "s": order.symbol,
        "c": event.client_order_id,
        "S": order.side.value,
        "o": order.type.value,
        "f": order.time_in_force.value,
        "q": units(order.quantity_u),
        "p": units(order.price_u),
        "P": units(order.stop_price_u),
    }
    if order.trailing_delta is not None:
        out["d"] = order.trailing_delta
        if order.trailing_time_us >= 0:
            out["D"] = t(order.trailing_time_us)
    out |= {
        "F": units(order.iceberg_u),
        "g": order.order_list_id,
        "C": event.orig_client_order_id,
        "x": event.execution_type.value,
        "X": order.status.value,
        "r": event.reject_reason,
        "i": order.order_id,
        "l": units(event.last_u),
        "z": units(order.executed_u),
        "L": units(event.last_price_u),
        "n": "0" if event.commission_asset is None else units(event.commission_u),
        "N": event.commission_asset,
        "T": t(event.time_us),
        "t": event.trade_id,
    }
    if event.prevented_match is not None:
        out["v"] = event.prevented_match.prevented_match_id
    elif order.prevented_u:
        out["v"] = order.prevented_match_id
    out |= {
        "I": event.execution_id,
        "w": event.is_on_book,
        "m": event.is_maker,
        "M": False,
        "O": t(order.created_us),
        "Z": units(order.cumulative_quote_u),
        "Y": units(event.last_quote_u),
        "Q": units(order.quote_order_qty_u),
    }
    if order.working_us >= 0:
        out["W"] = t(order.working_us)
    out["V"] = order.self_trade_prevention_mode.value
    if order.strategy_id is not None:
        out["j"] = order.strategy_id
    if order.strategy_type is not None:
        out["J"] = order.strategy_type
    if order.prevented_u or event.execution_type is ExecutionType.TRADE_PREVENTION:
        out["A"] = units(order.prevented_u)
    if event.execution_type is ExecutionType.TRADE_PREVENTION:
        _prevention(out, event)
    if event.match_type is not None:
        out["b"] = event.match_type
        out["a"] = event.allocation_id
    if order.used_sor:
        out["k"] = order.working_floor
        out["uS"] = True
    if order.peg_price_type is not None:
        out["gP"] = order.peg_price_type.value
        if order.peg_offset_type is not None:
            out["gOT"] = order.peg_offset_type.value
            out["gOV"] = order.peg_offset_value
        if order.pegged_price_u is not None:
            out["gp"] = units(order.pegged_price_u)
    if order.expiry_reason is not None:
        out["eR"] = order.expiry_reason.value
    return out


def _prevention(out: Json, event: OrderUpdate) -> None:
    out["B"] = units(event.last_prevented_u)
    if event.prevented_match is not None:
        out["u"] = event.prevented_match.trade_group_id
    out["U"] = event.counter_order_id
    out["Cs"] = event.counter_symbol
    out["pl"] = units(event.prevented_execution_u)
    out["pL"] = units(event.prevented_execution_price_u)
    out["pY"] = units(event.prevented_execution_quote_u)


def list_status(event: ListUpdate, t: EncodeTime) -> Json:
    """Return a listStatus."""
    orders = event.order_list
    return {
        "e": "listStatus",
        "E": t(event.time_us),
        "s": orders.symbol,
        "g": orders.order_list_id,
        "c": orders.contingency_type.value,
        "l": orders.list_status_type.value,
        "L": orders.list_order_status.value,
        "r": event.reject_reason,
        "C": orders.list_client_order_id,
        "T": t(orders.transaction_us),
        "O": [{"s": each.symbol, "i": each.order_id, "c": each.client_order_id} for each in orders.orders],
    }


def account_position(event: AccountPosition, t: EncodeTime) -> Json:
    """Return an outboundAccountPosition."""
    return {
        "e": "outboundAccountPosition",
        "E": t(event.time_us),
        "u": t(event.time_us),
        "B": [{"a": each.asset, "f": fixed(each.free), "l": fixed(each.locked)} for each in event.balances],
    }


def _delta(name: str, event: BalanceChange | ExternalLock, t: EncodeTime) -> Json:
    return {"e": name, "E": t(event.time_us), "a": event.asset, "d": fixed(event.delta), "T": t(event.time_us)}


def stream_terminated(now: int) -> Json:
    """Return an eventStreamTerminated; `now` is already in the connection's time unit."""
    return {"e": "eventStreamTerminated", "E": now}


def server_shutdown(now: int) -> Json:
    """Return a serverShutdown; `now` is already in the connection's time unit."""
    return {"e": "serverShutdown", "E": now}


def trade(row: Trade, t: EncodeTime) -> Json:
    """Return the payload of `<symbol>@trade`."""
    return {
        "e": "trade",
        "E": t(row.time_us),
        "s": row.symbol,
        "t": row.trade_id,
        "p": units(row.price_u),
        "q": units(row.quantity_u),
        "T": t(row.time_us),
        "m": row.is_buyer_maker,
        "M": row.is_best_match,
    }


def agg_trade(row: AggTrade, t: EncodeTime) -> Json:
    """Return the payload of `<symbol>@aggTrade`."""
    return {
        "e": "aggTrade",
        "E": t(row.time_us),
        "s": row.symbol,
        "a": row.agg_trade_id,
        "p": units(row.price_u),
        "q": units(row.quantity_u),
        "f": row.first_trade_id,
        "l": row.last_trade_id,
        "T": t(row.time_us),
        "m": row.is_buyer_maker,
        "M": row.is_best_match,
    }


def book_ticker(top: BookTop) -> Json:
    """Return the payload of `<symbol>@bookTicker`."""
    return {
        "u": top.update_id,
        "s": top.symbol,
        "b": fixed(top.bid_price),
        "B": fixed(top.bid_qty),
        "a": fixed(top.ask_price),
        "A": fixed(top.ask_qty),
    }


def depth_update(change: BookChange, t: EncodeTime) -> Json:
    """Return the payload of `<symbol>@depth`."""
    return {
        "e": "depthUpdate",
        "E": t(change.time_us),
        "s": change.symbol,
        "U": change.first_update_id,
        "u": change.last_update_id,
        "b": levels(change.bids),
        "a": levels(change.asks),
    }


def partial_depth(book: BookView) -> Json:
    """Return the payload of `<symbol>@depth<levels>`."""
    return {"lastUpdateId": book.last_update_id, "bids": levels(book.bids), "asks": levels(book.asks)}


def kline(symbol: str, interval: KlineInterval, row: Candle, now_us: int, t: EncodeTime) -> Json:
    """Return the payload of `<symbol>@kline_<interval>`; the candle is closed once its last microsecond has passed."""
    return {
        "e": "kline",
        "E": t(now_us),
        "s": symbol,
        "k": {
            "t": t(row.open_us),
            "T": t(row.close_us),
            "s": symbol,
            "i": interval.value,
            "f": row.first_trade_id,
            "L": row.last_trade_id,
            "o": units(row.open_u),
            "c": units(row.close_u),
            "h": units(row.high_u),
            "l": units(row.low_u),
            "v": units(row.volume_u),
            "n": row.trades,
            "x": now_us > row.close_us,
            "q": units(row.quote_u),
            "V": units(row.taker_buy_u),
            "Q": units(row.taker_buy_quote_u),
            "B": "0",
        },
    }


def mini_ticker(row: WindowStatistics, now_us: int, t: EncodeTime) -> Json:
    """Return the payload of `<symbol>@miniTicker`."""
    return {
        "e": "24hrMiniTicker",
        "E": t(now_us),
        "s": row.symbol,
        "c": fixed(row.last_price),
        "o": fixed(row.open_price),
        "h": fixed(row.high_price),
        "l": fixed(row.low_price),
        "v": fixed(row.volume),
        "q": fixed(row.quote_volume),
    }


def ticker(row: WindowStatistics, now_us: int, t: EncodeTime) -> Json:
    """Return the payload of `<symbol>@ticker`."""
    return {
        "e": "24hrTicker",
        "E": t(now_us),
        "s": row.symbol,
        "p": fixed(row.price_change),
        "P": percent(row.price_change_percent),
        "w": fixed(row.weighted_avg_price),
        "x": fixed(row.prev_close_price),
        "c": fixed(row.last_price),
        "Q": fixed(row.last_qty),
        "b": fixed(row.bid_price),
        "B": fixed(row.bid_qty),
        "a": fixed(row.ask_price),
        "A": fixed(row.ask_qty),
    } | _ticker_tail(row, t, closing=False)


def window_ticker(size: str, row: WindowStatistics, now_us: int, t: EncodeTime) -> Json:
    """Return the payload of `<symbol>@ticker_<size>`."""
    return {
        "e": f"{size}Ticker",
        "E": t(now_us),
        "s": row.symbol,
        "p": fixed(row.price_change),
        "P": percent(row.price_change_percent),
        "w": fixed(row.weighted_avg_price),
    } | _ticker_tail(row, t, closing=True)


def _ticker_tail(row: WindowStatistics, t: EncodeTime, *, closing: bool) -> Json:
    out: Json = {"o": fixed(row.open_price), "h": fixed(row.high_price), "l": fixed(row.low_price)}
    if closing:
        out["c"] = fixed(row.last_price)
    return out | {
        "v": fixed(row.volume),
        "q": fixed(row.quote_volume),
        "O": t(row.open_us),
        "C": t(row.close_us),
        "F": row.first_trade_id,
        "L": row.last_trade_id,
        "n": row.count,
    }


def average_price(symbol: str, row: AveragePrice, now_us: int, t: EncodeTime) -> Json:
    """Return the payload of `<symbol>@avgPrice`."""
    return {
        "e": "avgPrice",
        "E": t(now_us),
        "s": symbol,
        "i": f"{row.minutes}m",
        "w": fixed(row.price),
        "T": t(row.close_us),
    }


def reference_price(row: ReferencePrice, t: EncodeTime) -> Json:
    """Return the payload of `<symbol>@referencePrice`."""
    return {
        "e": "referencePrice",
        "s": row.symbol,
        "r": None if row.price is None else fixed(row.price),
        "t": t(row.time_us),
    }
