"""The rules of a symbol and of the exchange: filters, permissions, allowed order types, price range, routing.

Each filter is a frozen record whose fields are the exchange's own (filters.md) in snake_case; a zero disables a bound.
`Filter.as_json` gives the documented form, so that a door prints what the engine checks.
"""

from dataclasses import dataclass, field, fields
from decimal import Decimal

from binance_nb.models.enums import SelfTradePreventionMode, SpotOrderType, SymbolStatus
from binance_nb.sandbox.engine.units import PLACES, to_units


@dataclass(frozen=True, slots=True)
class Filter:
    """What every filter has: a name and a documented JSON form."""

    @property
    def filter_type(self) -> str:
        """The exchange's name of the filter, e.g. PRICE_FILTER."""
        return _FILTER_NAMES[type(self)]

    def as_json(self) -> dict[str, object]:
        """Return the filter as exchangeInfo shows it: decimals are strings with eight places (multipliers as given)."""
        shown: dict[str, object] = {"filterType": self.filter_type}
        for entry in fields(self):
            value = getattr(self, entry.name)
            if isinstance(value, Decimal):
                value = f"{value:f}" if "multiplier" in entry.name else f"{value:.{PLACES}f}"
            head, *tail = entry.name.split("_")
            shown[head + "".join(word.capitalize() for word in tail)] = value
        return shown


@dataclass(frozen=True, slots=True)
class PriceFilter(Filter):
    """PRICE_FILTER: bounds and tick of every price and stop price."""

    min_price: Decimal
    max_price: Decimal
    tick_size: Decimal


@dataclass(frozen=True, slots=True)
class PercentPrice(Filter):
    """PERCENT_PRICE: how far a price may be from the average."""

    multiplier_up: Decimal
    multiplier_down: Decimal
    avg_price_mins: int


@dataclass(frozen=True, slots=True)
class PercentPriceBySide(Filter):
    """PERCENT_PRICE_BY_SIDE: the same with bounds for each side."""

    bid_multiplier_up: Decimal
    bid_multiplier_down: Decimal
    ask_multiplier_up: Decimal
    ask_multiplier_down: Decimal
    avg_price_mins: int


@dataclass(frozen=True, slots=True)
class LotSize(Filter):
    """LOT_SIZE: bounds and step of every quantity and iceberg quantity."""

    min_qty: Decimal
    max_qty: Decimal
    step_size: Decimal


@dataclass(frozen=True, slots=True)
class MarketLotSize(Filter):
    """MARKET_LOT_SIZE: bounds and step of the quantity of market orders."""

    min_qty: Decimal
    max_qty: Decimal
    step_size: Decimal


@dataclass(frozen=True, slots=True)
class MinNotional(Filter):
    """MIN_NOTIONAL: the smallest price times quantity."""

    min_notional: Decimal
    apply_to_market: bool
    avg_price_mins: int


@dataclass(frozen=True, slots=True)
class Notional(Filter):
    """NOTIONAL: the range of price times quantity."""

    min_notional: Decimal
    apply_min_to_market: bool
    max_notional: Decimal
    apply_max_to_market: bool
    avg_price_mins: int


@dataclass(frozen=True, slots=True)
class IcebergParts(Filter):
    """ICEBERG_PARTS: into how many parts an iceberg may break."""

    limit: int


@dataclass(frozen=True, slots=True)
class MaxNumOrders(Filter):
    """MAX_NUM_ORDERS: open orders of an account on the symbol."""

    max_num_orders: int


@dataclass(frozen=True, slots=True)
class MaxNumAlgoOrders(Filter):
    """MAX_NUM_ALGO_ORDERS: open stop and take-profit orders of an account on the symbol."""

    max_num_algo_orders: int


@dataclass(frozen=True, slots=True)
class MaxNumIcebergOrders(Filter):
    """MAX_NUM_ICEBERG_ORDERS: open icebergs of an account on the symbol."""

    max_num_iceberg_orders: int


@dataclass(frozen=True, slots=True)
class MaxPosition(Filter):
    """MAX_POSITION: how much of the base asset an account may hold or be buying."""

    max_position: Decimal


@dataclass(frozen=True, slots=True)
class TrailingDelta(Filter):
    """TRAILING_DELTA: bounds of trailingDelta, in basis points."""

    min_trailing_above_delta: int
    max_trailing_above_delta: int
    min_trailing_below_delta: int
    max_trailing_below_delta: int


@dataclass(frozen=True, slots=True)
class MaxNumOrderAmends(Filter):
    """MAX_NUM_ORDER_AMENDS: how often one order may be amended."""

    max_num_order_amends: int


@dataclass(frozen=True, slots=True)
class MaxNumOrderLists(Filter):
    """MAX_NUM_ORDER_LISTS: open order lists of an account on the symbol."""

    max_num_order_lists: int


@dataclass(frozen=True, slots=True)
class ExchangeMaxNumOrders(Filter):
    """EXCHANGE_MAX_NUM_ORDERS: open orders of an account on the exchange."""

    max_num_orders: int


@dataclass(frozen=True, slots=True)
class ExchangeMaxNumAlgoOrders(Filter):
    """EXCHANGE_MAX_NUM_ALGO_ORDERS: open stop and take-profit orders of an account on the exchange."""

    max_num_algo_orders: int


@dataclass(frozen=True, slots=True)
class ExchangeMaxNumIcebergOrders(Filter):
    """EXCHANGE_MAX_NUM_ICEBERG_ORDERS: open icebergs of an account on the exchange."""

    max_num_iceberg_orders: int


@dataclass(frozen=True, slots=True)
class ExchangeMaxNumOrderLists(Filter):
    """EXCHANGE_MAX_NUM_ORDER_LISTS: open order lists of an account on the exchange."""

    max_num_order_lists: int


_FILTER_NAMES: dict[type[Filter], str] = {
    PriceFilter: "PRICE_FILTER",
    PercentPrice: "PERCENT_PRICE",
    PercentPriceBySide: "PERCENT_PRICE_BY_SIDE",
    LotSize: "LOT_SIZE",
    MarketLotSize: "MARKET_LOT_SIZE",
    MinNotional: "MIN_NOTIONAL",
    Notional: "NOTIONAL",
    IcebergParts: "ICEBERG_PARTS",
    MaxNumOrders: "MAX_NUM_ORDERS",
    MaxNumAlgoOrders: "MAX_NUM_ALGO_ORDERS",
    MaxNumIcebergOrders: "MAX_NUM_ICEBERG_ORDERS",
    MaxPosition: "MAX_POSITION",
    TrailingDelta: "TRAILING_DELTA",
    MaxNumOrderAmends: "MAX_NUM_ORDER_AMENDS",
    MaxNumOrderLists: "MAX_NUM_ORDER_LISTS",
    ExchangeMaxNumOrders: "EXCHANGE_MAX_NUM_ORDERS",
    ExchangeMaxNumAlgoOrders: "EXCHANGE_MAX_NUM_ALGO_ORDERS",
    ExchangeMaxNumIcebergOrders: "EXCHANGE_MAX_NUM_ICEBERG_ORDERS",
    ExchangeMaxNumOrderLists: "EXCHANGE_MAX_NUM_ORDER_LISTS",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRange:
    """The PRICE_RANGE execution rule; a multiplier of None does not bind (price_range_execution_rules.md)."""

    bid_limit_mult_up: Decimal | None = None
    bid_limit_mult_down: Decimal | None = None
    ask_limit_mult_up: Decimal | None = None
    ask_limit_mult_down: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferencePriceRule:
    """How the reference price comes about: the engine's moving average over buckets, or an outside source."""

    bucket_count: int = 0
    bucket_width_ms: int = 0
    external_calculation_id: int | None = None  # set: EXTERNAL, given with Exchange.set_reference_price

    @property
    def is_external(self) -> bool:
        """Whether the price comes from outside the engine."""
        return self.external_calculation_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolSpec:
    """Everything exchangeInfo and executionRules say about one symbol, and its commission rates."""

    symbol: str
    base_asset: str
    quote_asset: str
    filters: tuple[Filter, ...] = ()
    status: SymbolStatus = SymbolStatus.TRADING
    base_asset_precision: int = PLACES
    quote_asset_precision: int = PLACES
    base_commission_precision: int = PLACES
    quote_commission_precision: int = PLACES
    order_types: tuple[SpotOrderType, ...] = (
        SpotOrderType.LIMIT,
        SpotOrderType.LIMIT_MAKER,
        SpotOrderType.MARKET,
        SpotOrderType.STOP_LOSS,
        SpotOrderType.STOP_LOSS_LIMIT,
        SpotOrderType.TAKE_PROFIT,
        SpotOrderType.TAKE_PROFIT_LIMIT,
    )
    iceberg_allowed: bool = True
    oco_allowed: bool = True
    oto_allowed: bool = True
    opo_allowed: bool = True
    quote_order_qty_market_allowed: bool = True
    allow_trailing_stop: bool = True
    cancel_replace_allowed: bool = True
    amend_allowed: bool = True
    peg_instructions_allowed: bool = True
    is_spot_trading_allowed: bool = True
    is_margin_trading_allowed: bool = False
    permission_sets: tuple[tuple[str, ...], ...] = (("SPOT",),)
    default_self_trade_prevention_mode: SelfTradePreventionMode = SelfTradePreventionMode.NONE
    allowed_self_trade_prevention_modes: tuple[SelfTradePreventionMode, ...] = tuple(SelfTradePreventionMode)
    price_range: PriceRange | None = None
    reference_price: ReferencePriceRule | None = None

    def filter(self, kind: type[Filter]) -> Filter | None:
        """Return the symbol's filter of this kind, if it has one."""
        return next((entry for entry in self.filters if type(entry) is kind), None)

    @property
    def tick_u(self) -> int:
        """The tick size in units of 10^-8; one unit where no filter sets it."""
        found = self.filter(PriceFilter)
        return (to_units(found.tick_size) if isinstance(found, PriceFilter) else 0) or 1

    @property
    def step_u(self) -> int:
        """The step size in units of 10^-8; one unit where no filter sets it."""
        found = self.filter(LotSize)
        return (to_units(found.step_size) if isinstance(found, LotSize) else 0) or 1


@dataclass(frozen=True, slots=True)
class SorSpec:
    """Symbols of one base asset whose quote assets are interchangeable (sor_faq.md)."""

    base_asset: str
    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrderRateLimit:
    """One ORDERS rate limit: so many unfilled orders in an interval."""

    interval: str  # "SECOND", "MINUTE" or "DAY"
    interval_num: int
    limit: int

    @property
    def width_us(self) -> int:
        """The length of the interval in microseconds."""
        return {"SECOND": 1, "MINUTE": 60, "DAY": 86_400}[self.interval] * self.interval_num * 1_000_000


# rest-api.md, "Query Unfilled Order Count", shows these intervals; the numbers are mainnet's.
DEFAULT_ORDER_LIMITS = (OrderRateLimit("SECOND", 10, 100), OrderRateLimit("DAY", 1, 200_000))

DEFAULT_EXCHANGE_FILTERS: tuple[Filter, ...] = (
    ExchangeMaxNumOrders(1000),
    ExchangeMaxNumAlgoOrders(200),
    ExchangeMaxNumIcebergOrders(10_000),
    ExchangeMaxNumOrderLists(100),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeSpec:
    """The rules that belong to no symbol."""

    exchange_filters: tuple[Filter, ...] = DEFAULT_EXCHANGE_FILTERS
    order_limits: tuple[OrderRateLimit, ...] = DEFAULT_ORDER_LIMITS
    sors: tuple[SorSpec, ...] = field(default=())
