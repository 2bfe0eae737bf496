"""SymbolRules with the state of market and account: every documented rule, its order, its nearest values, exactness."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from binance_nb import SpotOrderRequest
from binance_nb.models.order_lists import OrderListRequest
from binance_nb.models.rule_checks.facts import MarketFacts, average_of, is_deep_enough, joined, lots_for, needs_of
from binance_nb.models.rules import SymbolRules

D = Decimal
FILTERS: list[dict[str, Any]] = [
    {"filterType": "PRICE_FILTER", "minPrice": "1", "maxPrice": "1000", "tickSize": "0.05"},
    {"filterType": "PERCENT_PRICE", "multiplierUp": "1.5", "multiplierDown": "0.5", "avgPriceMins": 5},
    {
        "filterType": "PERCENT_PRICE_BY_SIDE",
        "bidMultiplierUp": "1.2",
        "bidMultiplierDown": "0.7",
        "askMultiplierUp": "1.4",
        "askMultiplierDown": "0.9",
        "avgPriceMins": 0,
    },
    {"filterType": "LOT_SIZE", "minQty": "0.1", "maxQty": "500", "stepSize": "0.1"},
    {"filterType": "MARKET_LOT_SIZE", "minQty": "0.2", "maxQty": "50", "stepSize": "0.2"},
    {"filterType": "MIN_NOTIONAL", "minNotional": "10", "applyToMarket": True, "avgPriceMins": 5},
    {
        "filterType": "NOTIONAL",
        "minNotional": "12",
        "applyMinToMarket": True,
        "maxNotional": "9000",
        "applyMaxToMarket": False,
        "avgPriceMins": 3,
    },
    {"filterType": "ICEBERG_PARTS", "limit": 10},
    {
        "filterType": "TRAILING_DELTA",
        "minTrailingAboveDelta": 10,
        "maxTrailingAboveDelta": 2000,
        "minTrailingBelowDelta": 20,
        "maxTrailingBelowDelta": 1000,
    },
    {"filterType": "MAX_POSITION", "maxPosition": "60"},
    {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 5},
    {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 2},
    {"filterType": "MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders": 1},
    {"filterType": "MAX_NUM_ORDER_LISTS", "maxNumOrderLists": 1},
]
EXCHANGE_FILTERS = [
    {"filterType": "EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders": 10},
    {"filterType": "EXCHANGE_MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 4},
    {"filterType": "EXCHANGE_MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders": 2},
    {"filterType": "EXCHANGE_MAX_NUM_ORDER_LISTS", "maxNumOrderLists": 3},
]
INFO: dict[str, Any] = {
    "symbol": "ABCUSD",
    "status": "TRADING",
    "baseAsset": "ABC",
    "quoteAsset": "USD",
    "baseAssetPrecision": 8,
    "quoteAssetPrecision": 8,
    "orderTypes": [
        "LIMIT",
        "LIMIT_MAKER",
        "MARKET",
        "STOP_LOSS",
        "STOP_LOSS_LIMIT",
        "TAKE_PROFIT",
        "TAKE_PROFIT_LIMIT",
    ],
    "permissionSets": [["SPOT"]],
    "filters": FILTERS,
}
RULES = SymbolRules(INFO)
BARE = SymbolRules({**INFO, "filters": []})


def facts(**changes: Any) -> MarketFacts:
    """A market around 100 and an account with 40 ABC and 2,000 USD, all free."""
    usual: dict[str, Any] = {
        "averages": {5: D(100), 3: D(101)},
        "last_price": D(100),
        "bids": ((D("99.5"), D(3)), (D(99), D(50))),
        "asks": ((D("100.5"), D(3)), (D(101), D(50))),
        "account": {
            "canTrade": True,
            "permissions": ["SPOT"],
            "balances": [
                {"asset": "ABC", "free": "40", "locked": "0"},
                {"asset": "USD", "free": "2000", "locked": "0"},
            ],
        },
        "my_filters": {
            "exchangeFilters": EXCHANGE_FILTERS,
            "symbolFilters": [],
            "assetFilters": [
                {"filterType": "MAX_ASSET", "asset": "ABC", "limit": "30"},
                {"filterType": "MAX_ASSET", "asset": "USD", "limit": "1500"},
            ],
        },
    }
    return MarketFacts(**(usual | changes))


def order(kind: str = "LIMIT", side: str = "BUY", **fields: Any) -> SpotOrderRequest:
    usual: dict[str, Any] = {"quantity": "1"} if "quote_order_qty" not in fields else {}
    if kind in {"LIMIT", "LIMIT_MAKER", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"} and "peg_price_type" not in fields:
        usual["price"] = "95"
    return SpotOrderRequest(symbol="ABCUSD", side=side, order_type=kind, **(usual | fields))


def open_row(**changes: Any) -> dict[str, Any]:
    row = {"symbol": "ABCUSD", "side": "SELL", "type": "LIMIT", "origQty": "1", "executedQty": "0"}
    return row | {"icebergQty": "0.00000000", "clientOrderId": "else"} | changes


def failed(wanted: Any, given_facts: MarketFacts | None = None, rules: SymbolRules = RULES) -> list[str]:
    return [check.rule for check in rules.check_fully(wanted, given_facts or facts()) if not check.passed]


def row_of(
    rule: str, wanted: SpotOrderRequest, given_facts: MarketFacts | None = None, rules: SymbolRules = RULES
) -> Any:
    return next(check for check in rules.check_fully(wanted, given_facts or facts()) if check.rule == rule)


def test_every_documented_filter_gives_a_row_where_it_applies():
    seen = set()
    for wanted in (
        order(iceberg_qty="0.5"),
        order("MARKET"),
        order("STOP_LOSS", stop_price="110", trailing_delta=100),
        OrderListRequest("OTO", (order(), order("LIMIT_MAKER", "SELL", price="120"))),
    ):
        seen |= {check.rule for check in RULES.check_fully(wanted, facts())}
    documented = {rule["filterType"] for rule in (*FILTERS, *EXCHANGE_FILTERS)} | {"MAX_ASSET"}
    assert documented <= seen


def test_a_good_order_passes_every_rule_and_offers_nothing():
    rows = RULES.check_fully(order(iceberg_qty="0.5"), facts())
    assert all(row.passed for row in rows)
    assert all(row.nearest == () for row in rows)


def test_the_rules_stand_in_the_order_in_which_they_are_applied():
    wanted = order("LIMIT_MAKER", price="100.500000001", quantity="0.01", new_client_order_id="else")
    shut = SymbolRules({**INFO, "status": "BREAK", "orderTypes": ["MARKET"]})
    poor = {"canTrade": False, "permissions": [], "balances": []}
    rows = shut.check_fully(wanted, facts(account=poor, open_orders=[open_row()] * 5))
    broken = [(row.rule, row.code) for row in rows if not row.passed]
    assert broken == [
        ("precision", -1111),
        ("orderTypes", -1116),
        ("PRICE_FILTER", -1013),
        ("LOT_SIZE", -1013),
        ("MIN_NOTIONAL", -1013),
        ("NOTIONAL", -1013),
        ("MAX_NUM_ORDERS", -1013),
        ("status", -1013),
        ("canTrade", -2010),
        ("permissionSets", -2010),
        ("newClientOrderId", -2010),
        ("LIMIT_MAKER", -2010),
        ("balance", -2010),
    ]


def test_without_facts_only_what_needs_none_is_judged():
    rules = {check.rule for check in RULES.check(order("STOP_LOSS_LIMIT", stop_price="90", trailing_delta=100))}
    assert rules == {
        "precision",
        "orderTypes",
        "PRICE_FILTER",
        "LOT_SIZE",
        "MIN_NOTIONAL",
        "NOTIONAL",
        "TRAILING_DELTA",
        "price * quantity",
        "status",
    }


def test_every_failing_row_has_a_sentence_with_its_nearest_values():
    wanted = order(price="150.01", quantity="700.05")
    for row in RULES.check_fully(wanted, facts()):
        if not row.passed:
            assert row.sentence
            assert all(near in row.sentence for near in row.nearest)
    assert row_of("PERCENT_PRICE_BY_SIDE", wanted).sentence == (
        "price 150.01 of ABCUSD is too far from the average 100: a BUY order may be 70 to 120 "
        "(PERCENT_PRICE_BY_SIDE); nearest price: 120"
    )


def test_the_reference_price_comes_before_the_average_and_the_average_before_the_last_price():
    asked = order(price="95")
    assert row_of("PERCENT_PRICE", asked, facts(reference_price=D(20))).limit == "10 to 30"
    assert row_of("PERCENT_PRICE", asked, facts(averages={5: D(80)})).limit == "40 to 120"
    assert row_of("PERCENT_PRICE", asked, facts(averages={}, last_price=D(60))).limit == "30 to 90"
    assert row_of("PERCENT_PRICE_BY_SIDE", asked, facts(averages={5: D(1)})).limit == "70 to 120"


def test_before_the_first_trade_prices_are_free_and_market_orders_are_refused():
    never = facts(averages={}, last_price=None)
    assert failed(order(), never) == []
    assert failed(order("MARKET"), never) == ["MIN_NOTIONAL"]
    assert failed(order("MARKET", quote_order_qty="50"), never) == []
    lenient = SymbolRules({**INFO, "filters": [{**FILTERS[5], "applyToMarket": False}]})
    assert failed(order("MARKET"), never, lenient) == []


def test_an_average_of_many_digits_is_compared_exactly():
    average = D("33.33333333")
    rules = SymbolRules({**INFO, "filters": [{**FILTERS[1], "multiplierUp": "1.00000001"}]})
    just, over = order(price="33.3333336633333333"), order(price="33.3333336633333334")
    assert row_of("PERCENT_PRICE", just, facts(averages={5: average}), rules).passed
    assert not row_of("PERCENT_PRICE", over, facts(averages={5: average}), rules).passed


def test_a_notional_above_the_maximum_by_less_than_the_smallest_unit_is_too_much():
    rules = SymbolRules({**INFO, "filters": [{**FILTERS[6], "maxNotional": "100"}]})
    assert row_of("NOTIONAL", order(price="10", quantity="10"), rules=rules).passed
    assert not row_of("NOTIONAL", order(price="10.00000001", quantity="10.00000001"), rules=rules).passed


@pytest.mark.parametrize("digits", ["9" * 19 + ".12345678", "1e18"])
def test_huge_numbers_are_judged_exactly(digits):
    rows = RULES.check_fully(order(price=digits, quantity=digits), facts())
    assert {"PRICE_FILTER", "LOT_SIZE", "balance"} <= {row.rule for row in rows if not row.passed}


def test_filters_of_the_account_take_the_place_of_the_symbol_s():
    mine = {**facts().my_filters, "symbolFilters": [{"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 1}]}
    bound = facts(my_filters=mine, open_orders=[open_row()])
    assert failed(order(), bound, RULES.for_account(bound)) == ["MAX_NUM_ORDERS"]
    assert failed(order(), bound) == []


def test_a_position_counts_what_is_held_locked_and_wanted_on_the_symbol():
    account = {
        **facts().account,
        "balances": [
            {"asset": "ABC", "free": "20", "locked": "10"},
            {"asset": "USD", "free": "20000", "locked": "0"},
        ],
    }
    rows = [
        open_row(side="BUY", origQty="15", executedQty="5"),
        open_row(side="SELL", origQty="40"),
        open_row(symbol="OTHER", side="BUY", origQty="40"),
    ]
    state = facts(account=account, open_orders=rows, my_filters={})
    assert failed(order(quantity="20"), state) == []
    row = row_of("MAX_POSITION", order(quantity="20.1"), state)
    assert (row.passed, row.value, row.limit, row.nearest) == (False, "60.1", "60", ("20",))
    assert "MAX_POSITION" not in {check.rule for check in RULES.check_fully(order(side="SELL"), state)}


def test_orders_are_counted_by_kind_here_and_everywhere():
    rows = [open_row(type="STOP_LOSS"), open_row(type="TAKE_PROFIT_LIMIT", icebergQty="0.5")]
    state = facts(open_orders=rows)
    assert failed(order("STOP_LOSS", stop_price="110"), state) == ["MAX_NUM_ALGO_ORDERS"]
    assert failed(order(iceberg_qty="0.5"), state) == ["MAX_NUM_ICEBERG_ORDERS"]
    assert failed(order(), state) == []
    elsewhere = facts(open_orders=[open_row(symbol="OTHER", type="STOP_LOSS")] * 4)
    assert failed(order("STOP_LOSS", stop_price="110"), elsewhere) == ["EXCHANGE_MAX_NUM_ALGO_ORDERS"]


def test_a_list_counts_each_of_its_orders_and_itself_once():
    pair = (order("LIMIT_MAKER", "SELL", price="120"), order("STOP_LOSS_LIMIT", "SELL", stop_price="90", price="90"))
    three = OrderListRequest("OTOCO", (order(), *pair))
    assert failed(three, facts(open_orders=[open_row()] * 2)) == []
    assert failed(three, facts(open_orders=[open_row()] * 3)) == ["MAX_NUM_ORDERS"]
    one = {"symbol": "ABCUSD", "listClientOrderId": "list"}
    assert failed(three, facts(open_lists=[one])) == ["MAX_NUM_ORDER_LISTS"]
    assert failed(three, facts(open_lists=[{**one, "symbol": "OTHER"}] * 3)) == ["EXCHANGE_MAX_NUM_ORDER_LISTS"]


def test_an_oco_needs_the_money_of_the_dearer_order_once():
    pair = (
        order("STOP_LOSS_LIMIT", "BUY", quantity="10", stop_price="110", price="115"),
        order("LIMIT_MAKER", "BUY", quantity="10", price="95"),
    )
    row = row_of("balance", OrderListRequest("OCO", pair))  # type: ignore[arg-type]
    assert (row.field, row.value, row.passed) == ("above.quantity", "1150", True)


def test_an_account_bound_to_prevent_self_trades_must_name_a_mode():
    state = facts(account={**facts().account, "requireSelfTradePrevention": True})
    assert failed(order(), state) == ["requireSelfTradePrevention"]
    assert failed(order(self_trade_prevention_mode="EXPIRE_TAKER"), state) == []


def test_a_market_order_by_quantity_costs_what_the_book_asks():
    row = row_of("balance", order("MARKET", quantity="5"))
    assert row.value == "503.5"  # 3 at 100.5 and 2 at 101
    assert row_of("balance", order("MARKET", "SELL", quantity="5")).value == "5"
    assert row_of("balance", order("MARKET", quote_order_qty="50")).value == "50"


def test_a_quote_amount_buys_whole_lots_across_levels():
    levels = ((D(10), D(1)), (D(20), D(1)))
    for amount, lots in (("10", "1"), ("12", "1.1"), ("11.99", "1"), ("100", "2"), ("0.99", "0")):
        assert lots_for(D(amount), levels, D("0.1")) == D(lots)


def test_a_book_is_deep_enough_when_it_is_whole_or_covers_the_order():
    levels = ((D(10), D(1)), (D(20), D(1)))
    assert is_deep_enough(order("MARKET", quantity="50"), levels, asked=3)
    assert not is_deep_enough(order("MARKET", quantity="2.1"), levels, asked=2)
    assert is_deep_enough(order("MARKET", quantity="2"), levels, asked=2)
    assert not is_deep_enough(order("MARKET", quote_order_qty="30.1"), levels, asked=2)


def test_an_average_is_weighted_by_volume_and_is_nothing_without_trades():
    assert average_of([(D(1), D(10)), (D(3), D(90))]) == D(25)
    assert average_of([(D(3), D(10))]) == D("3.33333333")
    assert average_of([(D(0), D(0))]) is None
    assert average_of([]) is None


def test_only_the_facts_that_a_rule_needs_are_asked_for():
    plain = needs_of(BARE, order())
    assert (plain.average_minutes, plain.reference_price, plain.last_price, plain.levels) == (set(), False, False, 0)
    limit = needs_of(RULES, order())
    assert (limit.average_minutes, limit.reference_price, limit.levels) == ({5}, True, 0)
    assert needs_of(RULES, order("MARKET")).average_minutes == {3, 5}
    assert needs_of(RULES, order("MARKET", quote_order_qty="50")).average_minutes == set()
    assert needs_of(BARE, order("STOP_LOSS", stop_price="90")).last_price
    assert needs_of(BARE, order("LIMIT_MAKER")).levels > 0
    deep = order(peg_price_type="PRIMARY_PEG", peg_offset_type="PRICE_LEVEL", peg_offset_value=40)
    assert needs_of(BARE, deep).levels == 41
    assert joined([plain, needs_of(BARE, deep), limit]).levels == 41


def test_a_pegged_order_is_judged_at_the_price_of_its_level():
    pegged = order(peg_price_type="MARKET_PEG", time_in_force="IOC")
    assert row_of("PRICE_FILTER", pegged).value == "100.5"
    assert row_of("balance", pegged).value == "100.5"
    deeper = order(peg_price_type="PRIMARY_PEG", peg_offset_type="PRICE_LEVEL", peg_offset_value=2)
    assert failed(deeper) == ["pegPriceType"]


# Rules whose nearest value is a price or a quantity that can be put into the order.
FIELDS = {"price": "price", "stop_price": "stop_price", "quantity": "quantity", "iceberg_qty": "iceberg_qty"}
amounts = st.decimals("0.01", "900", places=3, allow_nan=False)


@given(
    kind=st.sampled_from(["LIMIT", "LIMIT_MAKER", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "MARKET"]),
    side=st.sampled_from(["BUY", "SELL"]),
    price=amounts,
    stop=amounts,
    quantity=amounts,
)
def test_a_nearest_value_passes_the_rule_that_offers_it(kind, side, price, stop, quantity):
    fields: dict[str, Any] = {"quantity": quantity}
    if "LIMIT" in kind:
        fields["price"] = price
    if kind in {"STOP_LOSS_LIMIT", "TAKE_PROFIT"}:
        fields["stop_price"] = stop
    wanted = order(kind, side, **fields)
    broken = [row for row in RULES.check_fully(wanted, facts()) if not row.passed and row.nearest]
    assume(broken)
    for row in broken:
        field = FIELDS.get(row.field, "quantity")
        for near in row.nearest:
            changed = order(kind, side, **(fields | {field: near}))
            again = [
                check
                for check in RULES.check_fully(changed, facts())
                if (check.rule, check.field) == (row.rule, row.field)
            ]
            assert all(check.passed for check in again), (row, again)


@given(price=amounts, quantity=amounts, free=st.decimals("0", "5000", places=8, allow_nan=False))
def test_balance_passes_exactly_when_the_money_is_there(price, quantity, free):
    account = {**facts().account, "balances": [{"asset": "USD", "free": str(free), "locked": "0"}]}
    row = row_of("balance", order(price=price, quantity=quantity), facts(account=account), BARE)
    assert row.passed == (price * quantity <= free)
