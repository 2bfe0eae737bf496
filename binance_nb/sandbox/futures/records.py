"""What the futures exchange remembers and shows: orders, algo orders, fills, positions, income, funding, accounts.

Amounts are kept in units of 10^-8 in attributes that end in ``_u``; the same name without it is the Decimal.
Times are microseconds since the epoch and end in ``_us``; 0 stands for "not yet". Public trades, aggregate trades and
candles are those of the spot engine (`sandbox.engine.records`).
"""

from dataclasses import dataclass, fields
from decimal import Decimal

from binance_nb.models.enums import (
    AlgoStatus,
    FuturesOrderType,
    FuturesTimeInForce,
    MarginType,
    OrderSide,
    OrderStatus,
    PositionSide,
    PriceMatch,
    SelfTradePreventionMode,
    WorkingType,
)
from binance_nb.sandbox.engine.units import DecimalOf, from_units, ratio_units

OPEN_STATUSES = frozenset({OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED})
OPEN_ALGO_STATUSES = frozenset({AlgoStatus.NEW, AlgoStatus.TRIGGERING})
PERPETUAL_MARGIN_ASSET = "USDT"

# `er` of an order event: why an order expired.
NOT_EXPIRED = 0
BY_SELF_TRADE_PREVENTION = 1
IOC_REMAINDER = 2
IOC_REMAINDER_BY_PREVENTION = 3
REDUCE_ONLY_KNOCKED_OUT = 4
BY_LIQUIDATION = 5
MARKET_REMAINDER = 9


@dataclass(slots=True, kw_only=True, eq=False)
class Order:
    """One order in the matching engine, open or done."""

    account_id: int
    symbol: str
    order_id: int
    client_order_id: str
    side: OrderSide
    position_side: PositionSide
    type: FuturesOrderType  # MARKET or LIMIT
    time_in_force: FuturesTimeInForce
    quantity_u: int
    price_u: int  # 0 for a market order
    created_us: int
    updated_us: int
    self_trade_prevention_mode: SelfTradePreventionMode = SelfTradePreventionMode.EXPIRE_MAKER
    orig_type: FuturesOrderType | None = None  # what the algo order was that became this one
    price_match: PriceMatch = PriceMatch.NONE
    reduce_only: bool = False
    close_position: bool = False
    good_till_us: int = 0
    stop_price_u: int = 0
    working_type: WorkingType = WorkingType.CONTRACT_PRICE
    price_protect: bool = False
    activate_price_u: int = 0  # of a trailing stop that became this order
    callback_rate: Decimal | None = None
    status: OrderStatus = OrderStatus.NEW
    executed_u: int = 0
    cumulative_quote_u: int = 0
    expiry_reason: int = NOT_EXPIRED  # `er`
    amendments: int = 0
    modify_id: int | None = None
    algo_id: int | None = None  # of the algo order that became this one; never shown
    is_liquidation: bool = False
    iceberg_u: int = 0  # futures have no icebergs; the book asks
    display_u: int = 0  # above zero while the order rests on the book

    price = DecimalOf("price_u")
    quantity = DecimalOf("quantity_u")
    stop_price = DecimalOf("stop_price_u")
    activate_price = DecimalOf("activate_price_u")
    executed_qty = DecimalOf("executed_u")
    cumulative_quote_qty = DecimalOf("cumulative_quote_u")

    def snapshot(self) -> "Order":
        """Return a copy that later changes do not touch."""
        copied = object.__new__(Order)
        for name in _ORDER_FIELDS:
            setattr(copied, name, getattr(self, name))
        return copied

    @property
    def remaining_u(self) -> int:
        """What may still be executed, in base units."""
        return self.quantity_u - self.executed_u

    @property
    def is_open(self) -> bool:
        """Whether the order may still change."""
        return self.status in OPEN_STATUSES

    @property
    def is_buy(self) -> bool:
        """Whether the order buys."""
        return self.side is OrderSide.BUY

    @property
    def is_reducing(self) -> bool:
        """Whether the order may only make its position smaller: by its flag, or as a closing order of hedge mode."""
        if self.position_side is PositionSide.BOTH:
            return self.reduce_only or self.close_position
        return (self.position_side is PositionSide.LONG) != self.is_buy

    @property
    def limit_u(self) -> int:
        """The worst price it may trade at, in units; 0 for none."""
        return self.price_u

    @property
    def avg_price(self) -> Decimal:
        """The average price of its fills, 0 without any."""
        if not self.executed_u:
            return from_units(0)
        return from_units(ratio_units(self.cumulative_quote_u * 10**8, self.executed_u))


_ORDER_FIELDS = tuple(entry.name for entry in fields(Order))


@dataclass(slots=True, kw_only=True, eq=False)
class AlgoOrder:
    """One conditional order of the Algo Service."""

    account_id: int
    symbol: str
    algo_id: int
    client_algo_id: str
    side: OrderSide
    position_side: PositionSide
    type: FuturesOrderType
    time_in_force: FuturesTimeInForce
    quantity_u: int  # 0 for closePosition
    price_u: int
    trigger_price_u: int  # 0 for a trailing stop
    working_type: WorkingType
    price_match: PriceMatch
    close_position: bool
    price_protect: bool
    reduce_only: bool
    self_trade_prevention_mode: SelfTradePreventionMode
    created_us: int
    updated_us: int
    activate_price_u: int = 0
    callback_rate: Decimal | None = None  # percent
    good_till_us: int = 0
    status: AlgoStatus = AlgoStatus.NEW
    is_activated: bool = False  # `ia` of a trailing stop
    extreme_u: int = 0  # the best price a trailing stop has seen since it was activated; never shown
    triggered_us: int = 0
    actual_order_id: int | None = None
    actual_type: FuturesOrderType | None = None
    actual_executed_u: int = 0
    actual_quote_u: int = 0
    failure_reason: str = ""  # `rm`

    price = DecimalOf("price_u")
    quantity = DecimalOf("quantity_u")
    trigger_price = DecimalOf("trigger_price_u")
    activate_price = DecimalOf("activate_price_u")
    actual_qty = DecimalOf("actual_executed_u")

    def snapshot(self) -> "AlgoOrder":
        """Return a copy that later changes do not touch."""
        copied = object.__new__(AlgoOrder)
        for name in _ALGO_FIELDS:
            setattr(copied, name, getattr(self, name))
        return copied

    @property
    def is_open(self) -> bool:
        """Whether it still waits."""
        return self.status in OPEN_ALGO_STATUSES

    @property
    def is_buy(self) -> bool:
        """Whether the order buys."""
        return self.side is OrderSide.BUY

    @property
    def actual_price(self) -> Decimal:
        """The average price of the fills of the order it became, 0 without any."""
        if not self.actual_executed_u:
            return from_units(0)
        return from_units(ratio_units(self.actual_quote_u * 10**8, self.actual_executed_u))


_ALGO_FIELDS = tuple(entry.name for entry in fields(AlgoOrder))


@dataclass(slots=True, frozen=True, kw_only=True)
class AccountTrade:
    """One account's side of a trade (a row of userTrades)."""

    symbol: str
    trade_id: int
    order_id: int
    side: OrderSide
    position_side: PositionSide
    price_u: int
    quantity_u: int
    quote_u: int
    realized_pnl_u: int
    commission_u: int
    commission_asset: str
    time_us: int
    is_buyer: bool
    is_maker: bool

    price = DecimalOf("price_u")
    quantity = DecimalOf("quantity_u")
    quote_qty = DecimalOf("quote_u")
    realized_pnl = DecimalOf("realized_pnl_u")
    commission = DecimalOf("commission_u")


@dataclass(slots=True, frozen=True, kw_only=True)
class Amendment:
    """One change of an order (a row of orderAmendment)."""

    amendment_id: int
    symbol: str
    order_id: int
    client_order_id: str
    time_us: int
    price_before: Decimal
    price_after: Decimal
    qty_before: Decimal
    qty_after: Decimal
    count: int


@dataclass(slots=True, frozen=True, kw_only=True)
class Income:
    """One change of the wallet (a row of income); `info` is the trade id of a fill."""

    symbol: str  # "" for a transfer
    income_type: str  # TRANSFER, REALIZED_PNL, COMMISSION, FUNDING_FEE, INSURANCE_CLEAR
    income: Decimal
    asset: str
    info: str
    time_us: int
    tran_id: int
    trade_id: str


@dataclass(slots=True, frozen=True, kw_only=True)
class FundingRate:
    """One past funding of a symbol (a row of fundingRate)."""

    symbol: str
    funding_us: int
    rate: Decimal
    mark_price: Decimal


@dataclass(slots=True, frozen=True, kw_only=True)
class MarkPrice:
    """A symbol's prices besides its trades (a row of premiumIndex)."""

    symbol: str
    mark_price: Decimal
    index_price: Decimal
    estimated_settle_price: Decimal
    last_funding_rate: Decimal  # the rate that the next funding will use, as it stands now
    interest_rate: Decimal
    next_funding_us: int
    time_us: int


@dataclass(slots=True, frozen=True, kw_only=True)
class Bracket:
    """One step of a symbol's leverage brackets; rates are fractions."""

    bracket: int  # 1 is the lowest
    initial_leverage: int  # the most leverage a position of this size may have
    notional_cap: int
    notional_floor: int
    maint_margin_ratio: Decimal
    cum: Decimal  # the maintenance amount: keeps the maintenance margin continuous at the steps


@dataclass(slots=True, frozen=True, kw_only=True)
class PositionView:
    """One position as positionRisk shows it; also a row of the account. Money in USDT.

    `margin_type` and `leverage` are not shown by version 3 of the endpoints but by version 2.
    """

    symbol: str
    position_side: PositionSide
    position_amt: Decimal
    entry_price: Decimal
    break_even_price: Decimal
    mark_price: Decimal
    unrealized_profit: Decimal
    liquidation_price: Decimal
    notional: Decimal  # signed
    margin_asset: str
    margin_type: MarginType
    leverage: int
    isolated_margin: Decimal  # isolated wallet plus unrealised profit; 0 for cross
    isolated_wallet: Decimal
    initial_margin: Decimal  # position plus open orders
    maint_margin: Decimal
    position_initial_margin: Decimal
    open_order_initial_margin: Decimal
    adl: int
    bid_notional: Decimal
    ask_notional: Decimal
    max_notional: Decimal  # the cap at this leverage
    update_us: int


@dataclass(slots=True, frozen=True, kw_only=True)
class AccountSummary:
    """An account's money; every figure is in the one margin asset, USDT, so totals and asset row are the same."""

    asset: str
    wallet_balance: Decimal
    unrealized_profit: Decimal
    margin_balance: Decimal
    maint_margin: Decimal
    initial_margin: Decimal
    position_initial_margin: Decimal
    open_order_initial_margin: Decimal
    cross_wallet_balance: Decimal
    cross_un_pnl: Decimal
    available_balance: Decimal
    max_withdraw_amount: Decimal
    update_us: int
    positions: tuple[PositionView, ...]  # those with an amount or open orders


@dataclass(slots=True, frozen=True, kw_only=True)
class SymbolConfig:
    """An account's settings of one symbol (a row of symbolConfig)."""

    symbol: str
    margin_type: MarginType
    is_auto_add_margin: bool
    leverage: int
    max_notional: Decimal


@dataclass(slots=True, frozen=True, kw_only=True)
class AccountConfig:
    """An account's settings as a whole (accountConfig)."""

    fee_tier: int
    can_trade: bool
    can_deposit: bool
    can_withdraw: bool
    dual_side_position: bool
    multi_assets_margin: bool
    update_us: int


@dataclass(slots=True, frozen=True, kw_only=True)
class CommissionRate:
    """What an account pays on a symbol, as fractions of the notional."""

    symbol: str
    maker: Decimal
    taker: Decimal


@dataclass(slots=True, frozen=True, kw_only=True)
class PositionMargin:
    """The answer to a change of an isolated position's margin."""

    amount: Decimal
    change_type: int  # 1 adds, 2 reduces
