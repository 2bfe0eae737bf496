"""What the exchange announces, in the order it happened: to the account concerned, or to everybody.

A door drains these with ``Exchange.drain_events`` and renders them: `OrderUpdate` is an executionReport, `ListUpdate` a
listStatus, `AccountPosition` an outboundAccountPosition, `BalanceChange` a balanceUpdate; the rest is market data.
Amounts follow the rule of `records`: ``_u`` in units of 10^-8, the bare name a Decimal. Snapshots never change.
"""

from dataclasses import dataclass
from decimal import Decimal

from binance_nb.models.enums import ExecutionType
from binance_nb.sandbox.engine.records import AggTrade, Order, OrderList, PreventedMatch, Trade
from binance_nb.sandbox.engine.units import DecimalOf


@dataclass(slots=True, frozen=True, kw_only=True)
class OrderUpdate:
    """An execution report. `order` is the order right after the step that is reported."""

    account_id: int
    time_us: int
    order: Order
    execution_type: ExecutionType
    execution_id: int
    client_order_id: str  # `c`: the cancel's own id when it reports a cancel, else the order's
    orig_client_order_id: str = ""  # `C`: the order's id when it reports a cancel or an amendment
    reject_reason: str = "NONE"
    is_on_book: bool = False  # `w`
    last_u: int = 0
    last_price_u: int = 0
    last_quote_u: int = 0
    commission_u: int = 0
    commission_asset: str | None = None
    trade_id: int = -1
    is_maker: bool = False
    match_type: str | None = None  # "ONE_PARTY_TRADE_REPORT" for an allocation
    allocation_id: int | None = None
    # TRADE_PREVENTION only: the prevented match, its counter order, what of this order expired by it and the execution
    # that did not happen.
    prevented_match: PreventedMatch | None = None
    counter_order_id: int = -1
    counter_symbol: str = ""
    last_prevented_u: int = 0
    prevented_execution_u: int = 0
    prevented_execution_price_u: int = 0
    prevented_execution_quote_u: int = 0

    last_qty = DecimalOf("last_u")
    last_price = DecimalOf("last_price_u")
    last_quote_qty = DecimalOf("last_quote_u")
    commission = DecimalOf("commission_u")
    last_prevented_qty = DecimalOf("last_prevented_u")
    prevented_execution_qty = DecimalOf("prevented_execution_u")
    prevented_execution_price = DecimalOf("prevented_execution_price_u")
    prevented_execution_quote_qty = DecimalOf("prevented_execution_quote_u")


@dataclass(slots=True, frozen=True, kw_only=True)
class ListUpdate:
    """A list status; `order_list` is a snapshot that holds the status type and the order status."""

    account_id: int
    time_us: int
    order_list: OrderList
    reject_reason: str = "NONE"


@dataclass(slots=True, frozen=True)
class AssetBalance:
    """One asset of an account position."""

    asset: str
    free: Decimal
    locked: Decimal


@dataclass(slots=True, frozen=True, kw_only=True)
class AccountPosition:
    """The balances that one step of the exchange may have changed."""

    account_id: int
    time_us: int
    balances: tuple[AssetBalance, ...]


@dataclass(slots=True, frozen=True, kw_only=True)
class BalanceChange:
    """A deposit (positive) or a withdrawal (negative)."""

    account_id: int
    time_us: int
    asset: str
    delta: Decimal


@dataclass(slots=True, frozen=True, kw_only=True)
class ExternalLock:
    """An outside system locked (positive) or unlocked (negative) part of a balance."""

    account_id: int
    time_us: int
    asset: str
    delta: Decimal


@dataclass(slots=True, frozen=True)
class PublicTrade:
    """A trade for the market streams."""

    trade: Trade


@dataclass(slots=True, frozen=True)
class PublicAggTrade:
    """An aggregate trade for the market streams, sent when no more can join it."""

    agg_trade: AggTrade


@dataclass(slots=True, frozen=True, kw_only=True)
class BookChange:
    """Price levels one step changed, with their new visible quantity (0: the level is gone), and the best prices after.

    Update ids `first_update_id` to `last_update_id` belong to it; the next change begins right after.
    """

    symbol: str
    time_us: int
    first_update_id: int
    last_update_id: int
    bids: tuple[tuple[Decimal, Decimal], ...]
    asks: tuple[tuple[Decimal, Decimal], ...]
    best_bid: tuple[Decimal, Decimal] | None
    best_ask: tuple[Decimal, Decimal] | None


Event = (
    OrderUpdate
    | ListUpdate
    | AccountPosition
    | BalanceChange
    | ExternalLock
    | PublicTrade
    | PublicAggTrade
    | BookChange
)
