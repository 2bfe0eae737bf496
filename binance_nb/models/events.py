"""What the user data stream says: ExecutionReport and the account's events (user-data-stream.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from binance_nb.models.fields import IGNORED_REPORT_FIELDS, RECEIVED, REPORT_FIELDS

NO_ID = -1
"""What the exchange itself writes where an id does not apply."""


def moment(epoch_ms: int | None) -> datetime | None:
    """Return epoch milliseconds (or microseconds) as a UTC datetime; None for none or -1."""
    if epoch_ms is None or epoch_ms < 0:
        return None
    seconds = epoch_ms / 1_000_000 if epoch_ms > 100_000_000_000_000 else epoch_ms / 1000
    return datetime.fromtimestamp(seconds, tz=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionReport:
    """One change of one order, as the exchange reported it.

    Quantities are Decimals in base units, prices in quote units for one base unit, times in UTC. `trade_id` is -1 where
    the report is not of a trade. `raw` is the event as it came, with every field that has no attribute here. `source`
    is "recovered" where the stream did not tell and REST was asked; `number` counts the reports of the client's ledger,
    `era` how often the exchange had forgotten everything before: only with it does a trade id mean one trade.
    `received_time` is when it reached this machine, by the exchange's clock as far as that is known here; None for one
    that was recovered. `product` is "spot" or "usdm"; `position_side`, `realized_pnl` (of this trade, in the margin
    asset) and `reduce_only` are of futures alone.
    """

    symbol: str
    order_id: int
    client_order_id: str
    side: str
    order_type: str
    time_in_force: str
    execution_type: str
    order_status: str
    quantity: Decimal
    price: Decimal
    stop_price: Decimal
    last_executed_qty: Decimal
    last_executed_price: Decimal
    cumulative_filled_qty: Decimal
    cumulative_quote_qty: Decimal
    commission_amount: Decimal
    commission_asset: str | None
    trade_id: int
    is_maker: bool
    order_list_id: int
    orig_client_order_id: str
    reject_reason: str
    expiry_reason: str | None
    event_time: datetime | None
    transaction_time: datetime | None
    received_time: datetime | None = field(default=None, compare=False)
    product: str = "spot"
    position_side: str | None = None
    realized_pnl: Decimal | None = None
    reduce_only: bool = False
    source: str = "stream"
    number: int = field(default=0, compare=False)
    era: int = 0
    raw: dict[str, Any] = field(repr=False, compare=False)

    @classmethod
    def from_event(cls, event: Mapping[str, Any], number: int = 0, era: int = 0) -> ExecutionReport:
        """Return the report that an `executionReport` event stands for, with its number and era in the ledger."""
        raw = dict(event)
        received = raw.pop(RECEIVED, None)
        told = raw.get
        amounts = [Decimal(told(key) or 0) for key in _AMOUNTS]
        realized_pnl = told("realized_pnl")
        values = (
            raw["s"],
            raw["i"],
            order_name(raw),
            raw["S"],
            raw["o"],
            raw["f"],
            raw["x"],
            raw["X"],
            *amounts,
            told("N"),
            told("t", NO_ID),
            bool(told("m")),
            told("g", NO_ID),
            told("C", ""),
            told("r", "NONE"),
            told("eR"),
            moment(told("E")),
            moment(told("T")),
            moment(received),
            told("product", "spot"),
            told("position_side"),
            None if realized_pnl is None else Decimal(realized_pnl),
            bool(told("reduce_only")),
            told("source", "stream"),
            number,
            era,
            raw,
        )
        # A frozen dataclass looks each of its fields up by name to set it, which took half of the time of a report.
        report = cls.__new__(cls)
        for put, value in zip(_SLOTS, values, strict=True):
            put(report, value)
        return report

    @property
    def is_trade(self) -> bool:
        """Whether this report is of a fill; a liquidation's (CALCULATED) is too."""
        return self.execution_type == "TRADE" or (self.execution_type == "CALCULATED" and self.trade_id != NO_ID)

    @property
    def average_price(self) -> Decimal | None:
        """The mean price of all fills so far, or None before the first (user-data-stream.md: `Z` divided by `z`)."""
        return self.cumulative_quote_qty / self.cumulative_filled_qty if self.cumulative_filled_qty else None


_SLOTS = [getattr(ExecutionReport, field.name).__set__ for field in fields(ExecutionReport)]
"""What sets each field of a report, in their order."""

_AMOUNTS = ("q", "p", "P", "l", "L", "z", "Z", "n")
"""The keys of `quantity` to `commission_amount`."""


BALANCE_EVENTS = frozenset({"outboundAccountPosition", "balanceUpdate", "externalLockUpdate"})
"""The events that tell of balances: an account update, a deposit or the like, a lock from outside the exchange."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What the account has of one asset: `free`, and `locked` by open orders."""

    asset: str
    free: Decimal
    locked: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceUpdate:
    """What the stream told of the account's balances (user-data-stream.md, "Account Update" and "Balance Update").

    `balances` are those that may have changed, as they are now. It is empty for an event that tells of a change alone,
    such as a deposit (`balanceUpdate`). `raw` is the event as it came.
    """

    event_type: str
    event_time: datetime | None
    balances: tuple[Balance, ...]
    raw: dict[str, Any] = field(repr=False, compare=False)

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> BalanceUpdate:
        """Return the update that an event of `BALANCE_EVENTS` stands for."""
        return cls(
            event_type=str(event["e"]),
            event_time=moment(event.get("E")),
            balances=tuple(Balance(row["a"], Decimal(row["f"]), Decimal(row["l"])) for row in event.get("B", ())),
            raw=dict(event),
        )


def order_name(event: Mapping[str, Any]) -> str:
    """Return the client order id that an order was placed under, from one of its `executionReport` events.

    The report of a cancel is named after the cancel (`c`), and tells the order's own name besides (`C`).
    """
    name: str = event["C"] if event["x"] == "CANCELED" and event.get("C") else event["c"]
    return name


_ORDER_KEYS = {
    "symbol": "s",
    "orderId": "i",
    "orderListId": "g",
    "clientOrderId": "c",
    "transactTime": "T",
    "price": "p",
    "origQty": "q",
    "executedQty": "z",
    "origQuoteOrderQty": "Q",
    "cummulativeQuoteQty": "Z",
    "status": "X",
    "timeInForce": "f",
    "type": "o",
    "side": "S",
    "stopPrice": "P",
    "icebergQty": "F",
    "workingTime": "W",
    "selfTradePreventionMode": "V",
}


def order_from_report(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the order that an `executionReport` tells of, as a query would have answered it."""
    order = {name: event[key] for name, key in _ORDER_KEYS.items() if key in event}
    return {**order, "clientOrderId": order_name(event)}


def report_row(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an `executionReport` under the names of the frames; a key unknown today keeps its own name.

    In the frames an order has one name from its first report to its last (see `order_name`).
    """
    row = {REPORT_FIELDS.get(key, key): value for key, value in event.items() if key not in IGNORED_REPORT_FIELDS}
    row.setdefault("source", "stream")
    if event.get("x") == "CANCELED" and event.get("C"):
        row["cancel_client_order_id"] = event["c"]
        row["client_order_id"] = order_name(event)
    return row
