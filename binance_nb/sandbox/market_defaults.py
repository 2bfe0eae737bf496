"""The symbols, rules and balances the sandbox starts with unless told otherwise."""

from collections.abc import Sequence
from decimal import Decimal

from binance_nb.sandbox.engine.specs import (
    ExchangeSpec,
    Filter,
    IcebergParts,
    LotSize,
    MarketLotSize,
    MaxNumAlgoOrders,
    MaxNumOrderAmends,
    MaxNumOrderLists,
    MaxNumOrders,
    Notional,
    PercentPriceBySide,
    PriceFilter,
    PriceRange,
    ReferencePriceRule,
    SorSpec,
    SymbolSpec,
    TrailingDelta,
)

# A symbol whose name is not ASCII, as the testnet has one: clients must percent-encode before they sign.
NON_ASCII_SYMBOL = "１２３４５６"

DEFAULT_BALANCES: dict[str, Decimal] = {
    "USDT": Decimal(100_000),
    "USDC": Decimal(100_000),
    "BTC": Decimal(10),
    "ETH": Decimal(100),
    "BNB": Decimal(100),
}

# Quote assets that count as one dollar: symbols of one base asset among them route smart orders to each other.
_DOLLARS = frozenset({"USDT", "USDC"})


def _filters(tick: str, step: str, min_notional: str, max_price: str, max_market: str) -> tuple[Filter, ...]:
    """Return the filters of a symbol in the exchange's own order; what is not an argument is alike for all."""
    zero = Decimal(0)
    return (
        PriceFilter(Decimal(tick), Decimal(max_price), Decimal(tick)),
        LotSize(Decimal(step), Decimal(9_000_000 if step == "1" else 90_000), Decimal(step)),
        IcebergParts(100),
        MarketLotSize(zero, Decimal(max_market), zero),
        TrailingDelta(10, 2000, 10, 2000),
        PercentPriceBySide(Decimal(5), Decimal("0.2"), Decimal(5), Decimal("0.2"), 5),
        Notional(Decimal(min_notional), True, Decimal(9_000_000), False, 5),
        MaxNumOrders(200),
        MaxNumOrderLists(20),
        MaxNumAlgoOrders(20),
        MaxNumOrderAmends(10),
    )


def default_symbols() -> tuple[SymbolSpec, ...]:
    """Return the symbols of the sandbox; BTCUSDT has a price range rule with a reference price."""
    reference = ReferencePriceRule(bucket_count=60, bucket_width_ms=1000)
    tenth = PriceRange(
        bid_limit_mult_up=Decimal("1.1000"),
        bid_limit_mult_down=Decimal("0.9000"),
        ask_limit_mult_up=Decimal("1.1000"),
        ask_limit_mult_down=Decimal("0.9000"),
    )
    return (
        SymbolSpec(
            symbol="BTCUSDT",
            base_asset="BTC",
            quote_asset="USDT",
            filters=_filters("0.01", "0.00001", "5", "1000000", "120"),
            price_range=tenth,
            reference_price=reference,
        ),
        SymbolSpec(
            symbol="ETHUSDT",
            base_asset="ETH",
            quote_asset="USDT",
            filters=_filters("0.01", "0.0001", "5", "1000000", "2000"),
        ),
        SymbolSpec(
            symbol="BNBUSDT",
            base_asset="BNB",
            quote_asset="USDT",
            filters=_filters("0.01", "0.001", "5", "100000", "2000"),
        ),
        SymbolSpec(
            symbol="ETHBTC",
            base_asset="ETH",
            quote_asset="BTC",
            filters=_filters("0.00001", "0.0001", "0.0001", "922327", "2000"),
        ),
        SymbolSpec(
            symbol="BTCUSDC",
            base_asset="BTC",
            quote_asset="USDC",
            filters=_filters("0.01", "0.00001", "5", "1000000", "120"),
        ),
        SymbolSpec(
            symbol=NON_ASCII_SYMBOL,
            base_asset="１２３",
            quote_asset="４５６",
            filters=_filters("0.00001", "1", "0.1", "1000", "900000"),
        ),
    )


def default_exchange_spec(symbols: Sequence[SymbolSpec]) -> ExchangeSpec:
    """Return the rules that belong to no symbol; symbols of one base asset against dollars route to each other."""
    routes: dict[str, list[str]] = {}
    for spec in symbols:
        if spec.quote_asset in _DOLLARS:
            routes.setdefault(spec.base_asset, []).append(spec.symbol)
    return ExchangeSpec(sors=tuple(SorSpec(base, tuple(names)) for base, names in routes.items() if len(names) > 1))
