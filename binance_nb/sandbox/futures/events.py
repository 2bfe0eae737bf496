"""What the futures exchange announces, in the order it happened: to the account concerned, or to everybody.

A door drains these with ``FuturesExchange.drain_events`` and renders them: an `OrderUpdate` is an ORDER_TRADE_UPDATE,
and a TRADE_LITE before it when it reports a trade; the others carry their names. Snapshots never change. Public trades,
aggregate trades and book changes are the spot engine's events of the same names.
"""

from dataclasses import dataclass
from decimal import Decimal

from binance_nb.models.enums import FuturesExecutionType, MarginType, PositionSide
from binance_nb.sandbox.engine.events import BookChange, PublicAggTrade, PublicTrade
from binance_nb.sandbox.engine.units import DecimalOf
from binance_nb.sandbox.futures.records import AlgoOrder, MarkPrice, Order


@dataclass(slots=True, frozen=True, kw_only=True)
class OrderUpdate:
    """An ORDER_TRADE_UPDATE; `order` is the order right after the step that is reported."""

    account_id: int
    time_us: int
    order: Order
    execution_type: FuturesExecutionType
    last_u: int = 0
    last_price_u: int = 0
    commission_u: int = 0
    commission_asset: str | None = None  # None when nothing traded
    trade_id: int = 0
    is_maker: bool = False
    realized_profit_u: int = 0
    bids_notional_u: int = 0
    asks_notional_u: int = 0
    modify_id: int | None = None  # AMENDMENT only, when one was sent

    last_qty = DecimalOf("last_u")
    last_price = DecimalOf("last_price_u")
    commission = DecimalOf("commission_u")
    realized_profit = DecimalOf("realized_profit_u")
    bids_notional = DecimalOf("bids_notional_u")
    asks_notional = DecimalOf("asks_notional_u")


@dataclass(slots=True, frozen=True, kw_only=True)
class AlgoUpdate:
    """An ALGO_UPDATE; `algo` is a snapshot."""

    account_id: int
    time_us: int
    algo: AlgoOrder


@dataclass(slots=True, frozen=True, kw_only=True)
class BalanceRow:
    """An asset in an ACCOUNT_UPDATE; `change` leaves profit and commission out."""

    asset: str
    wallet_balance: Decimal
    cross_wallet_balance: Decimal
    balance_change: Decimal


@dataclass(slots=True, frozen=True, kw_only=True)
class PositionRow:
    """A position in an ACCOUNT_UPDATE."""

    symbol: str
    position_side: PositionSide
    position_amt: Decimal
    entry_price: Decimal
    break_even_price: Decimal
    accumulated_realized: Decimal
    unrealized_profit: Decimal
    margin_type: MarginType
    isolated_wallet: Decimal


@dataclass(slots=True, frozen=True, kw_only=True)
class AccountUpdate:
    """An ACCOUNT_UPDATE: what one step changed, and why (ORDER, FUNDING_FEE, DEPOSIT, INSURANCE_CLEAR ...)."""

    account_id: int
    time_us: int
    reason: str
    balances: tuple[BalanceRow, ...]
    positions: tuple[PositionRow, ...]
    symbol: str | None = None  # `S`, of FUNDING_FEE alone


@dataclass(slots=True, frozen=True, kw_only=True)
class AccountConfigUpdate:
    """An ACCOUNT_CONFIG_UPDATE: a symbol's new leverage."""

    account_id: int
    time_us: int
    symbol: str
    leverage: int


@dataclass(slots=True, frozen=True, kw_only=True)
class MarginCallRow:
    """A position in a MARGIN_CALL."""

    symbol: str
    position_side: PositionSide
    position_amt: Decimal
    margin_type: MarginType
    isolated_wallet: Decimal
    mark_price: Decimal
    unrealized_profit: Decimal
    maint_margin: Decimal


@dataclass(slots=True, frozen=True, kw_only=True)
class MarginCall:
    """A MARGIN_CALL; the cross wallet balance is None when only an isolated position is meant."""

    account_id: int
    time_us: int
    cross_wallet_balance: Decimal | None
    positions: tuple[MarginCallRow, ...]


@dataclass(slots=True, frozen=True, kw_only=True)
class MarkPriceChange:
    """A symbol's new mark price, for the market streams."""

    time_us: int
    prices: MarkPrice


@dataclass(slots=True, frozen=True, kw_only=True)
class PublicLiquidation:
    """A liquidation order that traded, for the market streams (forceOrder)."""

    time_us: int
    order: Order  # a snapshot
    last_u: int

    last_qty = DecimalOf("last_u")


AccountEvent = OrderUpdate | AlgoUpdate | AccountUpdate | AccountConfigUpdate | MarginCall
MarketEvent = PublicTrade | PublicAggTrade | BookChange | MarkPriceChange | PublicLiquidation
Event = AccountEvent | MarketEvent
