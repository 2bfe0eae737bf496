"""What the futures user stream says: order updates as reports of the ledger, and the events of the account.

usds-margined-futures, "User Data Streams". An ORDER_TRADE_UPDATE becomes a report with the keys of spot's
`executionReport`, so that one ledger, one recovery and one frame serve both; what only futures have goes by its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from binance_nb.models.decimals import plain
from binance_nb.models.events import NO_ID, moment, order_name
from binance_nb.models.fills import USDM

Event = Mapping[str, Any]

ORDER_UPDATE = "ORDER_TRADE_UPDATE"
ALGO_UPDATE = "ALGO_UPDATE"
TRADE_LITE = "TRADE_LITE"
ACCOUNT_UPDATE = "ACCOUNT_UPDATE"
CONFIG_UPDATE = "ACCOUNT_CONFIG_UPDATE"
MARGIN_CALL = "MARGIN_CALL"
KEY_EXPIRED = "listenKeyExpired"

_SAME = ("s", "c", "S", "o", "f", "q", "p", "x", "X", "i", "l", "L", "z", "n", "N", "V")
"""Keys that mean the same in an executionReport."""

_ONLY_FUTURES = {
    "R": "reduce_only",
    "wt": "working_type",
    "ot": "orig_type",
    "ps": "position_side",
    "cp": "close_position",
    "AP": "activation_price",
    "cr": "callback_rate",
    "pP": "price_protect",
    "rp": "realized_pnl",
    "pm": "price_match",
    "gtd": "good_till_date",
    "ap": "average_price",
    "b": "bids_notional",
    "a": "asks_notional",
    "M": "modify_id",
}
_IGNORED = frozenset({*_SAME, *_ONLY_FUTURES, "sp", "T", "t", "m", "er", "si", "ss"})

EXPIRY_REASONS = {
    "0": None,
    "1": "SELF_TRADE_PREVENTION",
    "2": "UNFILLED_IOC_QUANTITY_EXPIRED",
    "3": "SELF_TRADE_PREVENTION",
    "4": "REDUCE_ONLY_REPLACED",
    "5": "LIQUIDATION",
    "6": "GTE_CONDITION",
    "7": "SYMBOL_DELISTED",
    "8": "EXPIRED_AFTER_TRIGGER",
    "9": "UNFILLED_MARKET_QUANTITY_EXPIRED",
}
"""The exchange's numbers of an expiry reason (Event-Order-Update, `er`) in words."""


def report_from_order_update(event: Event, known: Event | None = None) -> dict[str, Any]:
    """Return an ORDER_TRADE_UPDATE as a report of the ledger; `known` is the report of the same order before this one.

    The event tells a mean price and no amount in quote units: that is added up from the report before where nothing
    lies between, and is the mean price times the quantity elsewhere.
    """
    order = event["o"]
    stop = "0" if order.get("ot") == "TRAILING_STOP_MARKET" else order.get("sp", "0")  # documented as to be ignored
    trade_id = order.get("t") or NO_ID
    last = Decimal(order.get("l") or 0) * Decimal(order.get("L") or 0)
    report = {
        "e": ORDER_UPDATE,
        "product": USDM,
        "E": event["E"],
        "T": order.get("T", event.get("T")),
        **{key: order[key] for key in _SAME if key in order},
        "P": stop or "0",
        "C": "",
        "g": NO_ID,
        "r": "NONE",
        "I": NO_ID,
        "t": trade_id,
        "m": bool(order.get("m")),
        "w": order.get("X") in {"NEW", "PARTIALLY_FILLED"},
        "O": known["O"] if known is not None else _created(order, event),
        "W": NO_ID,
        "Y": plain(last) if trade_id != NO_ID else "0",
        "eR": EXPIRY_REASONS.get(str(order.get("er", "0")), str(order.get("er"))),
        **{name: order[key] for key, name in _ONLY_FUTURES.items() if key in order},
        **{f"o_{key}": value for key, value in order.items() if key not in _IGNORED},
    }
    return {**report, "Z": plain(_quote_amount(report, known, last))}


def _created(order: Event, event: Event) -> int:
    """Return when an order first heard of was made, as far as that can be told; from then on its trades are looked for.

    The event does not say. If trades of it were missed, it may have been any time within the week that the exchange
    tells of in one answer.
    """
    now = int(order.get("T", event.get("T")))
    is_first = Decimal(order.get("z") or 0) == Decimal(order.get("l") or 0)
    return now if is_first else now - 7 * 24 * 3600 * 1000


def _quote_amount(report: Event, known: Event | None, last: Decimal) -> Decimal:
    filled = Decimal(report["z"])
    before = Decimal(0) if known is None else Decimal(known["z"])
    if filled == before:
        return Decimal(0) if known is None else Decimal(known["Z"])
    if filled == before + Decimal(report["l"]):
        return (Decimal(0) if known is None else Decimal(known["Z"])) + last
    return filled * Decimal(report.get("average_price") or 0)


_ORDER_KEYS = {
    "symbol": "s",
    "orderId": "i",
    "price": "p",
    "origQty": "q",
    "executedQty": "z",
    "cumQuote": "Z",
    "status": "X",
    "timeInForce": "f",
    "type": "o",
    "side": "S",
    "stopPrice": "P",
    "selfTradePreventionMode": "V",
    "time": "O",
    "updateTime": "T",
    "positionSide": "position_side",
    "reduceOnly": "reduce_only",
    "workingType": "working_type",
    "origType": "orig_type",
    "closePosition": "close_position",
    "priceMatch": "price_match",
    "priceProtect": "price_protect",
    "goodTillDate": "good_till_date",
}


def futures_order_from_report(report: Event) -> dict[str, Any]:
    """Return the order that a report tells of, as a query would have answered it."""
    order = {name: report[key] for name, key in _ORDER_KEYS.items() if key in report}
    return {**order, "clientOrderId": order_name(report)}


@dataclass(frozen=True, slots=True, kw_only=True)
class FuturesEvent:
    """An event of the futures user stream; `raw` is all of it. Times are UTC."""

    event_type: str
    event_time: datetime | None
    transaction_time: datetime | None
    raw: dict[str, Any] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlgoUpdate(FuturesEvent):
    """A change of a conditional order in the Algo Service.

    `order_id` is that of the order it became, -1 before; `is_activated` is told of trailing orders alone; `reason` says
    why one failed.
    """

    symbol: str
    algo_id: int
    client_order_id: str
    order_type: str
    side: str
    position_side: str
    algo_status: str
    quantity: Decimal
    stop_price: Decimal
    price: Decimal
    order_id: int
    average_price: Decimal
    cumulative_filled_qty: Decimal
    is_activated: bool | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeLite(FuturesEvent):
    """A fill, told sooner and with less than in the ORDER_TRADE_UPDATE that follows: no commission, no profit."""

    symbol: str
    order_id: int
    client_order_id: str
    trade_id: int
    side: str
    quantity: Decimal
    price: Decimal
    last_executed_qty: Decimal
    last_executed_price: Decimal
    is_maker: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEvent(FuturesEvent):
    """Balances and positions after a change (ACCOUNT_UPDATE), or positions in danger (MARGIN_CALL).

    `rows` has one row a balance or a position, under the names of `futures_schemas.ACCOUNT_EVENTS`.
    """

    reason: str
    rows: tuple[dict[str, Any], ...]


_BALANCE = {"a": "asset", "wb": "wallet_balance", "cw": "cross_wallet_balance", "bc": "balance_change"}
_POSITION = {
    "s": "symbol",
    "ps": "position_side",
    "pa": "position_amt",
    "ep": "entry_price",
    "bep": "break_even_price",
    "cr": "accumulated_realized",
    "up": "unrealized_profit",
    "mt": "margin_type",
    "iw": "isolated_wallet",
    "mp": "mark_price",
    "mm": "maint_margin",
}


def parse_event(event: Event) -> FuturesEvent:
    """Return an event of the futures user stream as an object; of a kind unknown today, a bare FuturesEvent."""
    kind = str(event.get("e"))
    told: dict[str, Any] = {
        "event_type": kind,
        "event_time": moment(event.get("E")),
        "transaction_time": moment(event.get("T")),
        "raw": dict(event),
    }
    if kind == ALGO_UPDATE:
        return _algo_update(event["o"], told)
    if kind == TRADE_LITE:
        return _trade_lite(event, told)
    if kind == ACCOUNT_UPDATE:
        body = event["a"]
        rows = [_named(row, _BALANCE) for row in body.get("B", ())] + [
            _named(row, _POSITION) for row in body.get("P", ())
        ]
        return AccountEvent(**told, reason=str(body.get("m", "")), rows=tuple(rows))
    if kind == MARGIN_CALL:
        rows = [{**_named(row, _POSITION), "cross_wallet_balance": event.get("cw")} for row in event.get("p", ())]
        return AccountEvent(**told, reason=kind, rows=tuple(rows))
    if kind == CONFIG_UPDATE:
        if "ac" in event:
            row: dict[str, Any] = {"symbol": event["ac"]["s"], "leverage": event["ac"]["l"]}
            return AccountEvent(**told, reason="LEVERAGE", rows=(row,))
        row = {"multi_assets_mode": bool(event.get("ai", {}).get("j"))}
        return AccountEvent(**told, reason="MULTI_ASSETS_MODE", rows=(row,))
    return FuturesEvent(**told)


def _named(row: Event, names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in row.items()}


def _algo_update(order: Event, told: dict[str, Any]) -> AlgoUpdate:
    def amount(key: str) -> Decimal:
        return Decimal(order.get(key) or 0)

    return AlgoUpdate(
        **told,
        symbol=order["s"],
        algo_id=order["aid"],
        client_order_id=order.get("caid", ""),
        order_type=order.get("o", ""),
        side=order.get("S", ""),
        position_side=order.get("ps", "BOTH"),
        algo_status=order["X"],
        quantity=amount("q"),
        stop_price=amount("tp"),
        price=amount("p"),
        order_id=int(order.get("ai") or NO_ID),
        average_price=amount("ap"),
        cumulative_filled_qty=amount("aq"),
        is_activated=order.get("ia"),
        reason=order.get("rm", ""),
    )


def _trade_lite(event: Event, told: dict[str, Any]) -> TradeLite:
    return TradeLite(
        **told,
        symbol=event["s"],
        order_id=event["i"],
        client_order_id=event["c"],
        trade_id=event["t"],
        side=event["S"],
        quantity=Decimal(event["q"]),
        price=Decimal(event.get("p") or 0),
        last_executed_qty=Decimal(event["l"]),
        last_executed_price=Decimal(event["L"]),
        is_maker=bool(event["m"]),
    )


def account_rows(event: AccountEvent) -> list[dict[str, Any]]:
    """Return the rows of an account event with its time and kind."""
    raw = event.raw
    head = {"event_time": raw.get("E"), "transaction_time": raw.get("T"), "event_type": event.event_type}
    return [{**head, "reason": event.reason, **row} for row in event.rows]
