"""SymbolRules: what passes, what is refused and with which nearest value, and what snapping makes of a number."""

import copy
from decimal import Context, Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scripted import BTCUSDT_INFO

from binance_nb import SpotOrderRequest
from binance_nb.errors import InvalidOrderError, SymbolRuleError
from binance_nb.models.rules import SymbolRules

RULES = SymbolRules(BTCUSDT_INFO)

# Other shapes of exchangeInfo: a penny coin, a cross, a symbol whose minPrice and maxPrice are switched off.
PENNY = {
    **BTCUSDT_INFO,
    "symbol": "PEPEUSDT",
    "baseAsset": "PEPE",
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "0.00000001", "maxPrice": "0.01000000", "tickSize": "0.00000001"},
        {"filterType": "LOT_SIZE", "minQty": "1.00", "maxQty": "92141578.00", "stepSize": "1.00"},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0.00", "maxQty": "4611686018.35", "stepSize": "0.00"},
        {"filterType": "MIN_NOTIONAL", "minNotional": "1.00000000", "applyToMarket": True, "avgPriceMins": 5},
    ],
}
OPEN_ENDED = {
    **BTCUSDT_INFO,
    "symbol": "OPENUSDT",
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "0.00000000", "maxPrice": "0.00000000", "tickSize": "0.00500000"},
        {"filterType": "LOT_SIZE", "minQty": "0.00030000", "maxQty": "9000.00000000", "stepSize": "0.00030000"},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0.00030000", "maxQty": "100.00000000", "stepSize": "0.00090000"},
    ],
}
ALL_RULES = [SymbolRules(info) for info in (BTCUSDT_INFO, PENNY, OPEN_ENDED)]


def limit(rules=RULES, **fields):
    return SpotOrderRequest(
        symbol=rules.symbol, side="BUY", order_type="LIMIT", **{"quantity": "1", "price": "60000", **fields}
    )


def market(rules=RULES, **fields):
    return SpotOrderRequest(symbol=rules.symbol, side="BUY", order_type="MARKET", **fields)


def failures(rules, order):
    return [check for check in rules.check(order) if not check.passed]


def with_changes(**changes):
    return SymbolRules({**copy.deepcopy(BTCUSDT_INFO), **changes})


def test_a_fitting_order_passes_every_rule():
    checks = RULES.check(limit(quantity="0.5", price="60000.01", iceberg_qty="0.1"))
    assert {check.rule for check in checks} >= {"PRICE_FILTER", "LOT_SIZE", "NOTIONAL", "ICEBERG_PARTS", "orderTypes"}
    assert all(check.passed for check in checks)
    assert all(check.nearest == () for check in checks)
    RULES.require(limit(quantity="0.5", price="60000.01"))


@pytest.mark.parametrize(
    ("fields", "rule", "sentence"),
    [
        (
            {"price": "60000.005"},
            "PRICE_FILTER",
            "price 60000.005 of BTCUSDT is not on the tick of 0.01 (PRICE_FILTER); nearest: 60000 or 60000.01",
        ),
        (
            {"price": "0.005", "quantity": "9000"},
            "PRICE_FILTER",
            "price 0.005 of BTCUSDT is below the smallest, 0.01 (PRICE_FILTER); nearest: 0.01",
        ),
        (
            {"price": "1000000.01"},
            "PRICE_FILTER",
            "price 1000000.01 of BTCUSDT is above the largest, 1000000 (PRICE_FILTER); nearest: 1000000",
        ),
        (
            {"quantity": "0.000015", "price": "900000"},
            "LOT_SIZE",
            "quantity 0.000015 of BTCUSDT is not on the step of 0.00001 (LOT_SIZE); nearest: 0.00001 or 0.00002",
        ),
        (
            {"quantity": "9000.5", "price": "1"},
            "LOT_SIZE",
            "quantity 9000.5 of BTCUSDT is above the largest, 9000 (LOT_SIZE); nearest: 9000",
        ),
        (
            {"quantity": "0.00005", "price": "60000"},
            "NOTIONAL",
            "the order is worth 3 USDT and BTCUSDT wants at least 5 (NOTIONAL); nearest quantity: 0.00009",
        ),
        (
            {"quantity": "9000", "price": "60000"},
            "NOTIONAL",
            "the order is worth 540000000 USDT and BTCUSDT wants at most 9000000 (NOTIONAL); nearest quantity: 150",
        ),
        (
            {"quantity": "1", "price": "60000", "iceberg_qty": "0.09"},
            "ICEBERG_PARTS",
            "iceberg_qty 0.09 cuts the order into 12 parts and BTCUSDT allows 10 (ICEBERG_PARTS); nearest: 0.1",
        ),
    ],
)
def test_a_broken_rule_is_one_sentence_with_the_nearest_value(fields, rule, sentence):
    with pytest.raises(SymbolRuleError) as refused:
        RULES.require(limit(**fields))
    assert str(refused.value) == sentence
    assert refused.value.code == -1013
    assert [check.rule for check in refused.value.failures] == [rule]


def test_several_broken_rules_are_told_together():
    with pytest.raises(SymbolRuleError, match=r"PRICE_FILTER.*; .*LOT_SIZE") as refused:
        RULES.require(limit(price="60000.005", quantity="0.1234567"))
    assert len(refused.value.failures) == 2


def test_a_stop_price_is_on_the_tick_too():
    order = SpotOrderRequest(
        symbol="BTCUSDT", side="SELL", order_type="STOP_LOSS_LIMIT", quantity=1, price=60000, stop_price="60000.001"
    )
    assert [(check.rule, check.field) for check in failures(RULES, order)] == [("PRICE_FILTER", "stop_price")]


@pytest.mark.parametrize(
    ("order", "passes"),
    [
        (market(quote_order_qty="5"), True),
        (market(quote_order_qty="4.99"), False),
        (market(quote_order_qty="99000000"), True),  # applyMaxToMarket is false
    ],
)
def test_a_quote_amount_is_its_own_notional(order, passes):
    assert (failures(RULES, order) == []) is passes


def test_a_minimum_that_does_not_apply_to_market_orders_is_not_applied():
    info = copy.deepcopy(BTCUSDT_INFO)
    info["filters"][5]["applyMinToMarket"] = False
    assert failures(SymbolRules(info), market(quote_order_qty="1")) == []
    penny = copy.deepcopy(PENNY)
    penny["filters"][3]["applyToMarket"] = False
    assert failures(SymbolRules(penny), market(SymbolRules(penny), quote_order_qty="0.1")) == []
    assert failures(ALL_RULES[1], market(ALL_RULES[1], quote_order_qty="0.1"))


@pytest.mark.parametrize(
    ("kind", "side", "delta", "passes"),
    [
        ("STOP_LOSS", "BUY", 2000, True),
        ("STOP_LOSS", "BUY", 2001, False),
        ("TAKE_PROFIT", "SELL", 2000, True),
        ("STOP_LOSS", "SELL", 1500, True),
        ("STOP_LOSS", "SELL", 1501, False),
        ("TAKE_PROFIT", "BUY", 1501, False),
        ("TAKE_PROFIT", "BUY", 9, False),
    ],
)
def test_a_trailing_delta_has_its_own_range_above_and_below(kind, side, delta, passes):
    order = SpotOrderRequest(symbol="BTCUSDT", side=side, order_type=kind, quantity=1, trailing_delta=delta)
    found = failures(RULES, order)
    assert (found == []) is passes
    for check in found:
        retry = order.model_copy(update={"trailing_delta": int(check.nearest[0])})
        assert failures(RULES, retry) == []


@pytest.mark.parametrize(
    ("changes", "order", "words"),
    [
        ({"status": "HALT"}, market(quantity=1), "does not trade now"),
        ({"orderTypes": ["LIMIT"]}, market(quantity=1), "takes no MARKET orders; it takes LIMIT"),
        (
            {"quoteOrderQtyMarketAllowed": False},
            market(quote_order_qty=50),
            "takes no MARKET orders by quote_order_qty",
        ),
        ({"icebergAllowed": False}, limit(iceberg_qty="0.5"), "takes no iceberg orders"),
        (
            {"allowTrailingStop": False},
            SpotOrderRequest(symbol="BTCUSDT", side="BUY", order_type="STOP_LOSS", quantity=1, trailing_delta=100),
            "takes no trailing stops",
        ),
        (
            {"pegInstructionsAllowed": False},
            SpotOrderRequest(
                symbol="BTCUSDT", side="BUY", order_type="LIMIT", quantity=1, peg_price_type="PRIMARY_PEG"
            ),
            "takes no pegged orders",
        ),
    ],
)
def test_what_a_symbol_does_not_offer_is_refused(changes, order, words):
    RULES.require(order)
    with pytest.raises(SymbolRuleError, match=words):
        with_changes(**changes).require(order)


def test_a_symbol_without_filters_refuses_nothing():
    bare = SymbolRules({"symbol": "NEWUSDT", "status": "TRADING", "orderTypes": ["LIMIT"]})
    bare.require(limit(bare, price="0.123456789", quantity="0.00000001"))
    assert bare.tick_size == bare.step_size == 0


PRICES = st.decimals(min_value="0.00000001", max_value="2000000", places=10).filter(lambda number: number > 0)
QUANTITIES = st.decimals(min_value="0.0000001", max_value="20000", places=10).filter(lambda number: number > 0)
FLOATS = st.floats(1e-9, 1e7)
ANY_RULES = st.sampled_from(ALL_RULES)


def grid(rules, order):
    return [check for check in rules.check(order) if check.rule in {"PRICE_FILTER", "LOT_SIZE", "MARKET_LOT_SIZE"}]


@given(ANY_RULES, st.one_of(PRICES, FLOATS), st.one_of(QUANTITIES, FLOATS))
def test_a_refused_value_really_breaks_the_documented_rule_and_a_passed_one_does_not(rules, price, quantity):
    order = limit(rules, price=price, quantity=quantity)
    for check in grid(rules, order):
        rule = rules.filters[check.rule]
        low, high, step = (
            Decimal(rule[key])
            for key in (
                ("minPrice", "maxPrice", "tickSize") if check.field == "price" else ("minQty", "maxQty", "stepSize")
            )
        )
        value = getattr(order, check.field)
        off_grid = bool(step) and (value / step) != (value / step).to_integral_value()
        fits = value >= low and (not high or value <= high) and not off_grid
        assert check.passed is fits, check


@given(ANY_RULES, st.one_of(PRICES, FLOATS), st.one_of(QUANTITIES, FLOATS), st.booleans())
def test_the_nearest_values_of_a_refusal_pass_and_lie_around_it(rules, price, quantity, at_market):
    order = market(rules, quantity=quantity) if at_market else limit(rules, price=price, quantity=quantity)
    for check in grid(rules, order):
        if check.passed:
            continue
        value = getattr(order, check.field)
        assert check.nearest, check
        assert 1 <= len(check.nearest) <= 2
        if len(check.nearest) == 2:
            assert Decimal(check.nearest[0]) < value < Decimal(check.nearest[1])
        for near in check.nearest:
            retry = order.model_copy(update={check.field: Decimal(near)})
            again = [each for each in grid(rules, retry) if each.field == check.field and not each.passed]
            # A value that fits one rule of a field may break the other one of a market order only at its bounds.
            assert all(each.rule != check.rule for each in again), (check, again)
            assert near in check.sentence


@given(ANY_RULES, st.one_of(QUANTITIES, FLOATS))
def test_the_nearest_quantity_of_a_market_order_fits_both_lot_rules(rules, quantity):
    order = market(rules, quantity=quantity)
    broken = [check for check in grid(rules, order) if not check.passed]
    if not broken:
        return
    candidates = {near for check in broken for near in check.nearest}
    fitting = [near for near in candidates if not any(not c.passed for c in grid(rules, market(rules, quantity=near)))]
    assert fitting, (candidates, broken)


@given(ANY_RULES, PRICES, QUANTITIES)
def test_the_nearest_quantity_of_a_notional_refusal_is_worth_enough(rules, price, quantity):
    order = limit(rules, price=price, quantity=quantity)
    for check in failures(rules, order):
        if "NOTIONAL" not in check.rule:
            continue
        (near,) = check.nearest
        assume(Decimal(near) > 0)
        retry = order.model_copy(update={"quantity": Decimal(near)})
        assert not [each for each in failures(rules, retry) if each.rule == check.rule]


@given(
    ANY_RULES,
    st.one_of(PRICES, FLOATS),
    st.one_of(QUANTITIES, FLOATS),
    st.sampled_from(["down", "up", "nearest"]),
    st.booleans(),
)
def test_a_snapped_order_is_on_every_step_and_close_to_what_was_asked(rules, price, quantity, how, at_market):
    order = market(rules, quantity=quantity) if at_market else limit(rules, price=price, quantity=quantity)
    snapped = rules.snap(order, how)
    for field, step in (("price", rules.tick_size), ("quantity", rules.step_size)):
        before, after = getattr(order, field), getattr(snapped, field)
        if before is None:
            continue
        steps = [step]
        if at_market and Decimal(rules.filters["MARKET_LOT_SIZE"]["stepSize"]):
            steps = [Decimal(rules.filters["MARKET_LOT_SIZE"]["stepSize"])]
        widest = max(steps)
        if after % widest:
            assert after == before < widest  # rounding would have left nothing
            continue
        assert abs(after - before) < widest
        if how == "down":
            assert after <= before
        elif how == "up":
            assert after >= before
        else:
            assert abs(after - before) <= widest / 2
    on_grid = [check for check in grid(rules, snapped) if not check.passed]
    assert not [check for check in on_grid if "is not on the" in check.sentence and getattr(order, check.field) >= 1]


def test_snapping_keeps_everything_else_the_client_order_id_first():
    order = limit(quantity="0.123456789", price="60000.009", time_in_force="IOC", strategy_id=4)
    snapped = RULES.snap(order, "down")
    assert snapped.new_client_order_id == order.new_client_order_id
    assert (snapped.quantity, snapped.price) == (Decimal("0.12345"), Decimal("60000.00"))
    unchanged = set(SpotOrderRequest.model_fields) - {"quantity", "price"}
    assert {name: getattr(snapped, name) for name in unchanged} == {name: getattr(order, name) for name in unchanged}


def test_snapping_moves_prices_stop_prices_and_icebergs_too():
    order = SpotOrderRequest(
        symbol="BTCUSDT",
        side="SELL",
        order_type="STOP_LOSS_LIMIT",
        quantity="0.999999",
        price="60000.019",
        stop_price="60100.011",
        iceberg_qty="0.333333",
    )
    snapped = RULES.snap(order, "up")
    assert [snapped.quantity, snapped.price, snapped.stop_price, snapped.iceberg_qty] == [
        Decimal("1.00000"),
        Decimal("60000.02"),
        Decimal("60100.02"),
        Decimal("0.33334"),
    ]


def test_snapping_down_to_nothing_is_refused_as_too_small():
    snapped = RULES.snap(limit(quantity="0.000001"), "down")
    with pytest.raises(SymbolRuleError, match=r"quantity 0.000001 of BTCUSDT is below the smallest, 0.00001"):
        RULES.require(snapped)


def test_an_unknown_way_of_rounding_is_refused_in_a_sentence():
    with pytest.raises(InvalidOrderError, match="round_to must be 'down', 'up' or 'nearest', not 'sideways'"):
        RULES.snap(limit(), "sideways")


@pytest.mark.parametrize("price", ["1e30", "123456789012345678901234567890.12345", 1e35])
def test_a_huge_price_where_none_is_too_large_is_still_judged(price):
    rules = ALL_RULES[2]
    order = limit(rules, price=price)
    assert isinstance(rules.check(order), list)
    assert Context(prec=100).remainder(rules.snap(order, "down").price, Decimal("0.005")) == 0


def test_a_check_names_the_code_that_the_exchange_would_answer():
    codes = {check.rule: check.code for check in RULES.check(limit())}
    assert codes["PRICE_FILTER"] == codes["LOT_SIZE"] == codes["NOTIONAL"] == -1013
    assert codes["status"] == -1013  # "Market is closed."
