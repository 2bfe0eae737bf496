"""What the exchange remembers: orders, trades, order lists, prevented matches, allocations, amendments, accounts.

Amounts are kept in units of 10^-8 in attributes that end in ``_u``; the same name without it is the Decimal.
Times are microseconds since the epoch and end in ``_us``; -1 stands for "not yet".
"""

from dataclasses import dataclass, field, fields
from decimal import Decimal

from binance_nb.models.enums import (
    ContingencyType,
    ExpiryReason,
    ListOrderStatus,
    ListStatusType,
    OrderSide,
    OrderStatus,
    PegOffsetType,
    PegPriceType,
    SelfTradePreventionMode,
    SpotOrderType,
    TimeInForce,
)
from binance_nb.sandbox.engine.commands import EngineError
from binance_nb.sandbox.engine.units import DecimalOf

OPEN_STATUSES = frozenset({OrderStatus.NEW, OrderStatus.PENDING_NEW, OrderStatus.PARTIALLY_FILLED})
ALGO_TYPES = frozenset(
    {
        SpotOrderType.STOP_LOSS,
        SpotOrderType.STOP_LOSS_LIMIT,
        SpotOrderType.TAKE_PROFIT,
        SpotOrderType.TAKE_PROFIT_LIMIT,
    }
)
MARKET_TYPES = frozenset({SpotOrderType.MARKET, SpotOrderType.STOP_LOSS, SpotOrderType.TAKE_PROFIT})


@dataclass(slots=True, kw_only=True, eq=False)
class Order:
    """One order of one account, open or done."""

    account_id: int
    symbol: str
    order_id: int
    client_order_id: str
    side: OrderSide
    type: SpotOrderType
    time_in_force: TimeInForce
    quantity_u: int  # the original quantity as amended; 0 while `quantity_known` is false or for quoteOrderQty
    price_u: int  # 0 when the order has none
    created_us: int
    updated_us: int
    self_trade_prevention_mode: SelfTradePreventionMode
    status: OrderStatus = OrderStatus.NEW
    quantity_known: bool = True  # false for a pending order of an OPO list: then no origQty is shown
    order_list_id: int = -1
    quote_order_qty_u: int = 0
    stop_price_u: int = 0
    trailing_delta: int | None = None
    trailing_time_us: int = -1  # when a trailing stop began to follow the price
    iceberg_u: int = 0
    strategy_id: int | None = None
    strategy_type: int | None = None
    trade_group_id: int = -1
    peg_price_type: PegPriceType | None = None
    peg_offset_type: PegOffsetType | None = None
    peg_offset_value: int | None = None
    pegged_price_u: int | None = None  # None until the price is determined
    used_sor: bool = False
    working_floor: str = "EXCHANGE"  # or "SOR"
    executed_u: int = 0
    cumulative_quote_u: int = 0
    prevented_u: int = 0
    prevented_match_id: int = -1
    working_us: int = -1  # when it began to work on the book
    is_working: bool = False
    expiry_reason: ExpiryReason | None = None
    amendments: int = 0
    # What follows is the engine's own bookkeeping and is never shown.
    locked_u: int = 0
    lock_price_u: int = 0  # what a unit of quantity keeps locked: a price for a buy order, non-zero for a sell order
    display_u: int = 0
    extreme_u: int = 0
    has_filled: bool = False

    price = DecimalOf("price_u")
    quantity = DecimalOf("quantity_u")
    quote_order_qty = DecimalOf("quote_order_qty_u")
    stop_price = DecimalOf("stop_price_u")
    iceberg_qty = DecimalOf("iceberg_u")
    executed_qty = DecimalOf("executed_u")
    cumulative_quote_qty = DecimalOf("cumulative_quote_u")
    prevented_qty = DecimalOf("prevented_u")
    pegged_price = DecimalOf("pegged_price_u")  # only when `pegged_price_u` is not None

    def snapshot(self) -> "Order":
        """Return a copy that later changes do not touch."""
        copied = object.__new__(Order)
        for name in _ORDER_FIELDS:
            setattr(copied, name, getattr(self, name))
        return copied

    @property
    def remaining_u(self) -> int:
        """What may still be executed, in base units."""
        return self.quantity_u - self.executed_u - self.prevented_u

    @property
    def is_open(self) -> bool:
        """Whether the order may still change."""
        return self.status in OPEN_STATUSES

    @property
    def is_buy(self) -> bool:
        """Whether the order buys the base asset."""
        return self.side is OrderSide.BUY

    @property
    def is_algo(self) -> bool:
        """Whether the order waits for a trigger (filters.md, MAX_NUM_ALGO_ORDERS)."""
        return self.type in ALGO_TYPES

    @property
    def limit_u(self) -> int:
        """The worst price it may trade at, in units; 0 for none."""
        if self.pegged_price_u is not None:
            return self.pegged_price_u
        return self.price_u


_ORDER_FIELDS = tuple(entry.name for entry in fields(Order))


@dataclass(slots=True, frozen=True, kw_only=True)
class Trade:
    """One public trade."""

    symbol: str
    trade_id: int
    price_u: int
    quantity_u: int
    quote_u: int
    time_us: int
    is_buyer_maker: bool
    buyer_order_id: int
    seller_order_id: int
    is_best_match: bool = True

    price = DecimalOf("price_u")
    quantity = DecimalOf("quantity_u")
    quote_qty = DecimalOf("quote_u")


@dataclass(slots=True, frozen=True, kw_only=True)
class AggTrade:
    """Trades of one taker order at one price and time, put together."""

    symbol: str
    agg_trade_id: int
    price_u: int
    quantity_u: int
    first_trade_id: int
    last_trade_id: int
    time_us: int
    is_buyer_maker: bool
    is_best_match: bool = True

    price = DecimalOf("price_u")
    quantity = DecimalOf("quantity_u")


@dataclass(slots=True, frozen=True, kw_only=True)
class AccountTrade:
    """One account's side of a trade (a row of myTrades)."""

    symbol: str
    trade_id: int
    order_id: int
    order_list_id: int
    price_u: int
    quantity_u: int
    quote_u: int
    commission_u: int
    commission_asset: str
    time_us: int
    is_buyer: bool
    is_maker: bool
    is_best_match: bool = True

    price = DecimalOf("price_u")
    quantity = DecimalOf("quantity_u")
    quote_qty = DecimalOf("quote_u")
    commission = DecimalOf("commission_u")


@dataclass(slots=True, frozen=True, kw_only=True)
class Fill:
    """One entry of `fills` in the answer to a new order; `match_type` and `allocation_id` are set for SOR alone."""

    price_u: int
    quantity_u: int
    commission_u: int
    commission_asset: str
    trade_id: int
    match_type: str | None = None
    allocation_id: int | None = None

    price = DecimalOf("price_u")
    quantity = DecimalOf("quantity_u")
    commission = DecimalOf("commission_u")


@dataclass(slots=True, frozen=True, kw_only=True)
class PreventedMatch:
    """A self-trade that was prevented; a prevented quantity of None is not shown (stp_faq.md)."""

    symbol: str
    prevented_match_id: int
    taker_order_id: int
    maker_symbol: str
    maker_order_id: int
    trade_group_id: int
    self_trade_prevention_mode: SelfTradePreventionMode
    price_u: int
    taker_prevented_u: int | None
    maker_prevented_u: int | None
    time_us: int
    taker_account_id: int
    maker_account_id: int

    price = DecimalOf("price_u")
    taker_prevented_qty = DecimalOf("taker_prevented_u")  # only when the unit attribute is not None
    maker_prevented_qty = DecimalOf("maker_prevented_u")


@dataclass(slots=True, frozen=True, kw_only=True)
class Allocation:
    """A transfer from the exchange that fills an order by SOR (a row of myAllocations)."""

    symbol: str
    allocation_id: int
    order_id: int
    order_list_id: int
    price_u: int
    quantity_u: int
    quote_u: int
    commission_u: int
    commission_asset: str
    time_us: int
    is_buyer: bool
    is_maker: bool = False
    is_allocator: bool = False
    allocation_type: str = "SOR"

    price = DecimalOf("price_u")
    quantity = DecimalOf("quantity_u")
    quote_qty = DecimalOf("quote_u")
    commission = DecimalOf("commission_u")


@dataclass(slots=True, frozen=True, kw_only=True)
class Amendment:
    """One reduction of an order's quantity (a row of order/amendments)."""

    symbol: str
    order_id: int
    execution_id: int
    orig_client_order_id: str
    new_client_order_id: str
    orig_u: int
    new_u: int
    time_us: int

    orig_qty = DecimalOf("orig_u")
    new_qty = DecimalOf("new_u")


@dataclass(slots=True, frozen=True)
class ListedOrder:
    """An order as its list names it."""

    symbol: str
    order_id: int
    client_order_id: str


@dataclass(slots=True, kw_only=True, eq=False)
class OrderList:
    """An OCO, OTO, OTOCO, OPO or OPOCO. `orders` stand in the order of their ids."""

    account_id: int
    order_list_id: int
    kind: str
    contingency_type: ContingencyType
    list_client_order_id: str
    symbol: str
    orders: tuple[ListedOrder, ...]
    created_us: int
    transaction_us: int
    list_status_type: ListStatusType = ListStatusType.EXEC_STARTED
    list_order_status: ListOrderStatus = ListOrderStatus.EXECUTING
    # The engine's own bookkeeping: what an OPO's working order has bought for its pending orders, in base units.
    held_u: int = 0
    pending_placed: bool = False

    @property
    def is_open(self) -> bool:
        """Whether any of its orders may still change."""
        return self.list_order_status is ListOrderStatus.EXECUTING


@dataclass(slots=True, frozen=True, kw_only=True)
class Placement:
    """The answer to a new order: the order as it stands, its fills and the self-trades that were prevented."""

    order: Order  # a snapshot
    fills: tuple[Fill, ...] = ()
    prevented_matches: tuple[PreventedMatch, ...] = ()


@dataclass(slots=True, frozen=True, kw_only=True)
class Cancellation:
    """The answer to a cancel: `order.client_order_id` is the original one, `client_order_id` the cancel's own."""

    order: Order  # a snapshot
    client_order_id: str


@dataclass(slots=True, frozen=True, kw_only=True)
class ListPlacement:
    """The answer to a new order list."""

    order_list: OrderList  # a snapshot
    placements: tuple[Placement, ...]  # in the order of the list


@dataclass(slots=True, frozen=True, kw_only=True)
class ListCancellation:
    """The answer to the cancel of an order list."""

    order_list: OrderList  # a snapshot
    cancellations: tuple[Cancellation, ...]  # those that were still open, in the order of the list


@dataclass(slots=True, frozen=True, kw_only=True)
class CancelReplaced:
    """Both legs of a cancel-replace. Results are SUCCESS, FAILURE or NOT_ATTEMPTED.

    A failed leg holds its EngineError, a successful one its answer, one not attempted None. `error` is what the
    whole request answers with: None, -2021 (one leg failed) or -2022 (nothing was done).
    """

    cancel_result: str
    new_order_result: str
    cancel_response: Cancellation | EngineError
    new_order_response: Placement | EngineError | None

    @property
    def error(self) -> EngineError | None:
        """The refusal of the whole request, without `data` (the door renders the legs into it)."""
        if self.cancel_result == "SUCCESS" and self.new_order_result == "SUCCESS":
            return None
        if "SUCCESS" in (self.cancel_result, self.new_order_result):
            return EngineError(code=-2021, message="Order cancel-replace partially failed.")
        return EngineError(code=-2022, message="Order cancel-replace failed.")


@dataclass(slots=True, frozen=True, kw_only=True)
class AmendedOrder:
    """The answer to an amendment."""

    order: Order  # a snapshot, with the new client order id
    orig_client_order_id: str
    execution_id: int
    order_list: OrderList | None  # a snapshot when the order belongs to a list
    now_us: int


@dataclass(slots=True, frozen=True)
class Rates:
    """Four commission rates as fractions of what is received (0.001 is 0.1 %)."""

    maker: Decimal = Decimal(0)
    taker: Decimal = Decimal(0)
    buyer: Decimal = Decimal(0)
    seller: Decimal = Decimal(0)

    def of(self, *, is_maker: bool, is_buyer: bool) -> Decimal:
        """Return the rate of one side of a trade (commission_faq.md)."""
        return (self.maker if is_maker else self.taker) + (self.buyer if is_buyer else self.seller)


@dataclass(slots=True, frozen=True, kw_only=True)
class CommissionRates:
    """What an account pays on a symbol. `discount` multiplies the standard commission when it is paid in BNB."""

    symbol: str = ""
    standard: Rates = Rates(maker=Decimal("0.001"), taker=Decimal("0.001"))
    special: Rates = Rates()
    tax: Rates = Rates()
    discount_enabled_for_account: bool = False
    discount_enabled_for_symbol: bool = True
    discount_asset: str = "BNB"
    discount: Decimal = Decimal("0.75")


@dataclass(slots=True)
class Balance:
    """How much of an asset an account may use, and how much its open orders hold."""

    free_u: int = 0
    locked_u: int = 0

    free = DecimalOf("free_u")
    locked = DecimalOf("locked_u")


@dataclass(slots=True, kw_only=True, eq=False)
class Account:
    """An account: its money, its rights, its rates."""

    account_id: int
    uid: int
    commission: CommissionRates
    created_us: int
    updated_us: int
    can_trade: bool = True
    can_withdraw: bool = True
    can_deposit: bool = True
    prevent_sor: bool = False
    require_self_trade_prevention: bool = False
    permissions: frozenset[str] = frozenset({"SPOT"})
    trade_group_id: int = -1
    silent: bool = False  # a house account: no reports, no order limits, its finished orders are forgotten
    overdraft: bool = False  # the exchange's own account behind SOR may owe
    symbol_commission: dict[str, CommissionRates] = field(default_factory=dict)
    max_asset_u: dict[str, int] = field(default_factory=dict)  # MAX_ASSET filters by asset
    balances: dict[str, Balance] = field(default_factory=dict)
    locked_outside_u: dict[str, int] = field(default_factory=dict)  # what outside systems hold, part of `locked`


@dataclass(slots=True, frozen=True, kw_only=True)
class BookView:
    """The order book: best prices first, each with its visible quantity."""

    symbol: str
    last_update_id: int
    bids: tuple[tuple[Decimal, Decimal], ...]
    asks: tuple[tuple[Decimal, Decimal], ...]


@dataclass(slots=True, frozen=True, kw_only=True)
class BookTop:
    """The best bid and ask; a side without orders has zeros."""

    symbol: str
    update_id: int
    bid_price: Decimal
    bid_qty: Decimal
    ask_price: Decimal
    ask_qty: Decimal


@dataclass(slots=True, kw_only=True)
class Candle:
    """A candlestick. A candle without trades repeats the last close and has `trades` 0 and ids -1."""

    open_us: int
    close_us: int  # the last microsecond that belongs to it
    open_u: int
    high_u: int
    low_u: int
    close_u: int
    volume_u: int = 0
    quote_u: int = 0
    trades: int = 0
    taker_buy_u: int = 0
    taker_buy_quote_u: int = 0
    first_trade_id: int = -1
    last_trade_id: int = -1

    open = DecimalOf("open_u")
    high = DecimalOf("high_u")
    low = DecimalOf("low_u")
    close = DecimalOf("close_u")
    volume = DecimalOf("volume_u")
    quote_volume = DecimalOf("quote_u")
    taker_buy_volume = DecimalOf("taker_buy_u")
    taker_buy_quote_volume = DecimalOf("taker_buy_quote_u")


@dataclass(slots=True, frozen=True, kw_only=True)
class WindowStatistics:
    """Price change statistics of a window of time (24 hours, a trading day, a rolling window)."""

    symbol: str
    price_change: Decimal
    price_change_percent: Decimal  # three decimals
    weighted_avg_price: Decimal
    prev_close_price: Decimal  # the last price before the window
    last_price: Decimal
    last_qty: Decimal
    bid_price: Decimal
    bid_qty: Decimal
    ask_price: Decimal
    ask_qty: Decimal
    open_price: Decimal
    high_price: Decimal
    low_price: Decimal
    volume: Decimal
    quote_volume: Decimal
    open_us: int
    close_us: int
    first_trade_id: int
    last_trade_id: int
    count: int


@dataclass(slots=True, frozen=True)
class AveragePrice:
    """The volume weighted average price of the last minutes."""

    minutes: int
    price: Decimal
    close_us: int  # the time of the last trade


@dataclass(slots=True, frozen=True)
class ReferencePrice:
    """A symbol's reference price; None where there is no trade to average."""

    symbol: str
    price: Decimal | None
    time_us: int


@dataclass(slots=True, frozen=True)
class OrderCount:
    """The unfilled orders of an account in one interval (`rateLimitType` ORDERS)."""

    interval: str  # "SECOND", "MINUTE" or "DAY"
    interval_num: int
    limit: int
    count: int
