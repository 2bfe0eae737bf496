"""The rules of a futures symbol: filters, precisions, brackets, funding; and the symbols the sandbox starts with."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from binance_nb.models.enums import ContractType, FuturesOrderType, FuturesTimeInForce, SymbolStatus
from binance_nb.sandbox.engine.units import SCALE, to_units
from binance_nb.sandbox.futures.records import PERPETUAL_MARGIN_ASSET, Bracket

HOUR_US = 3_600_000_000
DEFAULT_LEVERAGE = 20
DEFAULT_BALANCE = Decimal(100_000)
# The bounds of a trailing stop's callback rate in percent (the upper one since 2026-10-23).
MIN_CALLBACK_RATE, MAX_CALLBACK_RATE = Decimal("0.1"), Decimal(20)
MAX_OPEN_ALGO_ORDERS = 200  # of an account over all symbols
MAX_AMENDMENTS = 10_000
MIN_GTD_AHEAD_US = 600_000_000
MAX_GTD_US = 253_402_300_799_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolSpec:
    """One perpetual contract. A tick times a step must be whole units of 10^-8, so that every fill's value is exact."""

    symbol: str
    base_asset: str
    tick_size: Decimal
    min_price: Decimal
    max_price: Decimal
    step_size: Decimal
    max_qty: Decimal
    market_max_qty: Decimal
    min_notional: Decimal
    price_precision: int
    quantity_precision: int
    brackets: tuple[Bracket, ...]
    quote_asset: str = PERPETUAL_MARGIN_ASSET
    margin_asset: str = PERPETUAL_MARGIN_ASSET
    contract_type: ContractType = ContractType.PERPETUAL
    status: SymbolStatus = SymbolStatus.TRADING
    max_num_orders: int = 200
    multiplier_up: Decimal = Decimal("1.05")
    multiplier_down: Decimal = Decimal("0.95")
    multiplier_decimal: int = 4
    trigger_protect: Decimal = Decimal("0.05")
    market_take_bound: Decimal = Decimal("0.05")
    liquidation_fee: Decimal = Decimal("0.0125")
    maker_rate: Decimal = Decimal("0.0002")
    taker_rate: Decimal = Decimal("0.0005")
    funding_interval_us: int = 8 * HOUR_US
    interest_rate: Decimal = Decimal("0.0001")
    funding_cap: Decimal = Decimal("0.02")
    onboard_us: int = 1_569_398_400_000_000

    def __post_init__(self) -> None:
        if self.tick_u * self.step_u % SCALE:
            raise ValueError(f"a tick times a step of {self.symbol} is finer than 10^-8")
        if self.brackets[0].initial_leverage < DEFAULT_LEVERAGE:
            raise ValueError(f"{self.symbol} does not allow the leverage that accounts begin with")

    @property
    def tick_u(self) -> int:
        """The step between two prices, in units."""
        return to_units(self.tick_size)

    @property
    def step_u(self) -> int:
        """The step between two quantities, in units."""
        return to_units(self.step_size)

    @property
    def mark_quantum_u(self) -> int:
        """The grid of mark prices, in units: as fine as leaves the value of every position exact."""
        return max(1, SCALE // self.step_u)

    @property
    def order_types(self) -> tuple[str, ...]:
        """The order types that exchangeInfo lists."""
        return tuple(FuturesOrderType)

    @property
    def time_in_force(self) -> tuple[str, ...]:
        """The times in force that exchangeInfo lists."""
        return tuple(one for one in FuturesTimeInForce if one is not FuturesTimeInForce.GTE_GTC)

    def filters_json(self) -> list[dict[str, object]]:
        """Return the filters as exchangeInfo shows them."""
        return [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": f"{self.min_price:f}",
                "maxPrice": f"{self.max_price:f}",
                "tickSize": f"{self.tick_size:f}",
            },
            _lot_json("LOT_SIZE", self.step_size, self.max_qty),
            _lot_json("MARKET_LOT_SIZE", self.step_size, self.market_max_qty),
            {"filterType": "MAX_NUM_ORDERS", "limit": self.max_num_orders},
            {"filterType": "MIN_NOTIONAL", "notional": f"{self.min_notional:f}"},
            {
                "filterType": "PERCENT_PRICE",
                "multiplierUp": f"{self.multiplier_up:.4f}",
                "multiplierDown": f"{self.multiplier_down:.4f}",
                "multiplierDecimal": str(self.multiplier_decimal),
            },
            {"filterType": "POSITION_RISK_CONTROL", "positionControlSide": "NONE"},
        ]


def _lot_json(name: str, step: Decimal, most: Decimal) -> dict[str, object]:
    return {"filterType": name, "minQty": f"{step:f}", "maxQty": f"{most:f}", "stepSize": f"{step:f}"}


def brackets(steps: Sequence[tuple[int, int, str]]) -> tuple[Bracket, ...]:
    """Return brackets from (leverage, cap, maintenance ratio); the maintenance amounts follow from continuity."""
    built: list[Bracket] = []
    floor, cum, before = 0, Decimal(0), Decimal(0)
    for number, (leverage, cap, text) in enumerate(steps, 1):
        ratio = Decimal(text)
        cum += floor * (ratio - before)
        built.append(
            Bracket(
                bracket=number,
                initial_leverage=leverage,
                notional_cap=cap,
                notional_floor=floor,
                maint_margin_ratio=ratio,
                cum=cum,
            )
        )
        floor, before = cap, ratio
    return tuple(built)


_LARGE = brackets(
    [
        (125, 300_000, "0.004"),
        (100, 800_000, "0.005"),
        (75, 3_000_000, "0.0065"),
        (50, 12_000_000, "0.01"),
        (25, 70_000_000, "0.02"),
        (20, 100_000_000, "0.025"),
        (10, 230_000_000, "0.05"),
        (5, 480_000_000, "0.1"),
        (4, 600_000_000, "0.125"),
        (3, 800_000_000, "0.15"),
        (2, 1_200_000_000, "0.25"),
        (1, 1_800_000_000, "0.5"),
    ]
)
_SMALL = brackets(
    [
        (75, 10_000, "0.005"),
        (50, 50_000, "0.01"),
        (25, 500_000, "0.02"),
        (20, 1_000_000, "0.025"),
        (10, 5_000_000, "0.05"),
        (5, 10_000_000, "0.1"),
        (2, 20_000_000, "0.25"),
        (1, 30_000_000, "0.5"),
    ]
)


def default_symbols() -> tuple[SymbolSpec, ...]:
    """Return the contracts of the sandbox."""
    return (
        _spec("BTC", "0.10", "0.001", "50", ("556.80", "4529764", "1000", "120"), (2, 3), _LARGE),
        _spec("ETH", "0.01", "0.001", "20", ("39.86", "306177", "10000", "2000"), (2, 3), _LARGE),
        _spec("BNB", "0.010", "0.01", "5", ("6.600", "100000", "10000", "2000"), (3, 2), _SMALL),
        _spec("DOGE", "0.000010", "1", "5", ("0.002440", "30", "50000000", "30000000"), (6, 0), _SMALL),
    )


def _spec(
    base: str,
    tick: str,
    step: str,
    min_notional: str,
    bounds: tuple[str, str, str, str],
    precisions: tuple[int, int],
    table: tuple[Bracket, ...],
) -> SymbolSpec:
    low, high, most, market_most = (Decimal(text) for text in bounds)
    return SymbolSpec(
        symbol=f"{base}USDT",
        base_asset=base,
        tick_size=Decimal(tick),
        min_price=low,
        max_price=high,
        step_size=Decimal(step),
        max_qty=most,
        market_max_qty=market_most,
        min_notional=Decimal(min_notional),
        price_precision=precisions[0],
        quantity_precision=precisions[1],
        brackets=table,
    )
