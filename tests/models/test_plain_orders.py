"""The quick yes for a plain order is never given where a rule is broken, and always where the symbol bounds all."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from binance_nb import SpotOrderRequest
from binance_nb.models.rule_checks.plain_orders import PlainOrders
from binance_nb.models.rules import SymbolRules
from tests.scripted import BTCUSDT_INFO

STEPS = st.sampled_from(["0.00000001", "0.00001", "0.005", "0.03", "1", "0", "0.0000000001"])
LOWS = st.sampled_from(["0", "0.00000001", "0.003", "1", "7"])
HIGHS = st.sampled_from(["0", "0.5", "100", "9000", "1000000", "1e25"])
WHOLE = st.integers(0, 12_000)


@st.composite
def symbols(draw):
    """Return a symbol with filters that bound much, little or nothing."""

    def grid(kind, what, step):
        return {"filterType": kind, f"min{what}": draw(LOWS), f"max{what}": draw(HIGHS), f"{step}Size": draw(STEPS)}

    filters = [grid("PRICE_FILTER", "Price", "tick"), grid("LOT_SIZE", "Qty", "step")]
    filters.append(grid("MARKET_LOT_SIZE", "Qty", "step"))
    filters.append({"filterType": "MIN_NOTIONAL", "minNotional": draw(LOWS), "applyToMarket": True, "avgPriceMins": 5})
    filters.append({"filterType": "NOTIONAL", "minNotional": draw(LOWS), "maxNotional": draw(HIGHS)})
    info = {
        **BTCUSDT_INFO,
        "status": draw(st.sampled_from(["TRADING", "TRADING", "TRADING", "BREAK"])),
        "baseAssetPrecision": draw(st.sampled_from([8, 8, 4, 0])),
        "quoteAssetPrecision": draw(st.sampled_from([8, 8, 2])),
        "orderTypes": draw(st.sampled_from([["LIMIT", "MARKET"], ["LIMIT", "LIMIT_MAKER", "MARKET"], ["LIMIT_MAKER"]])),
        "filters": draw(st.lists(st.sampled_from(filters), min_size=3, unique_by=lambda rule: rule["filterType"])),
    }
    for key in draw(st.sets(st.sampled_from(["baseAssetPrecision", "quoteAssetPrecision"]), max_size=1)):
        del info[key]
    return SymbolRules(info)


AMOUNTS = st.one_of(
    st.builds(lambda whole, step: Decimal(whole) * Decimal(step), st.integers(1, 12_000), STEPS).filter(bool),
    st.decimals("0.0000000001", "20000", places=10),
    st.sampled_from([Decimal("1e-20"), Decimal("1e24"), Decimal("1e-21"), Decimal("0.5"), Decimal(9000)]),
)
KINDS = st.sampled_from(["MARKET", "LIMIT", "LIMIT_MAKER"])
EXTRAS = st.sampled_from(
    [{}, {}, {}, {"iceberg_qty": "1"}, {"self_trade_prevention_mode": "DECREMENT"}, {"strategy_id": 1}]
)


def order(rules, kind, quantity, price, **extras):
    at_market = kind == "MARKET"
    if at_market:
        extras.pop("iceberg_qty", None)
    elif "iceberg_qty" in extras:
        extras["iceberg_qty"] = quantity
    priced = {} if at_market else {"price": price}
    return SpotOrderRequest(symbol=rules.symbol, side="BUY", order_type=kind, quantity=quantity, **priced, **extras)


@given(symbols(), KINDS, AMOUNTS, AMOUNTS, EXTRAS)
def test_what_gets_a_quick_yes_breaks_no_rule(rules, kind, quantity, price, extras):
    asked = order(rules, kind, quantity, price, **extras)
    if PlainOrders(rules).take(asked):
        assert [check for check in rules.check(asked) if not check.passed] == []


@given(KINDS, AMOUNTS, AMOUNTS)
@example("MARKET", Decimal("0.5"), Decimal(1))
@example("LIMIT", Decimal("0.5"), Decimal("60000.01"))
@example("LIMIT_MAKER", Decimal("0.00009"), Decimal("60000.01"))
def test_a_symbol_with_all_bounds_has_a_quick_yes_for_every_plain_order_that_fits(kind, quantity, price):
    rules = SymbolRules(BTCUSDT_INFO)
    asked = order(rules, kind, quantity, price)
    assert PlainOrders(rules).take(asked) is all(check.passed for check in rules.check(asked))


WIDE = {
    **BTCUSDT_INFO,
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "0.00000001", "maxPrice": "9000", "tickSize": "0.00000001"},
        {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000", "stepSize": "0.00001"},
    ],
}
HUGE = [WIDE["filters"][0], {"filterType": "LOT_SIZE", "minQty": "1", "maxQty": "1e25", "stepSize": "1"}]


@pytest.mark.parametrize(
    ("changes", "quantity", "price", "broken"),
    [
        ({"baseAssetPrecision": 4}, "0.50001", "1", "precision"),
        ({"filters": HUGE}, "1e21", "1", "precision"),
        ({"orderTypes": ["MARKET", "LIMIT_MAKER"]}, "0.5", "1", "orderTypes"),
        ({}, "0.5", "0.00000001", "price * quantity"),
        ({"status": "BREAK"}, "0.5", "1", "status"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_no_quick_yes_to_what_only_one_rule_refuses(changes, quantity, price, broken):
    rules = SymbolRules({**WIDE, **changes})
    asked = order(rules, "LIMIT", quantity, price)
    assert [check.rule for check in rules.check(asked) if not check.passed] == [broken]
    assert not PlainOrders(rules).take(asked)
    assert PlainOrders(SymbolRules(WIDE)).take(order(rules, "LIMIT", "0.5", "1"))


@pytest.mark.parametrize(
    "extras",
    [
        {"iceberg_qty": "0.1"},
        {"self_trade_prevention_mode": "NONE"},
        {"peg_price_type": "PRIMARY_PEG", "price": None},
    ],
    ids=str,
)
def test_an_order_with_more_to_it_is_left_to_the_checks(extras):
    rules = SymbolRules(BTCUSDT_INFO)
    asked = SpotOrderRequest(
        **{"symbol": "BTCUSDT", "side": "BUY", "order_type": "LIMIT", "quantity": "0.5", "price": "60000"} | extras
    )
    assert not PlainOrders(rules).take(asked)
