"""Every filter, and the parameters that each order type needs, allows and forbids."""

from decimal import Decimal

import pytest

from binance_nb.models.enums import SpotOrderType, SymbolStatus
from binance_nb.sandbox.engine import specs
from binance_nb.sandbox.engine.specs import ExchangeSpec, OrderRateLimit

D = Decimal
LIMITS = (OrderRateLimit("SECOND", 10, 1000),)


@pytest.fixture
def with_filters(make_world, symbol):
    def make(*filters, exchange_filters=(), **changes):
        spec = ExchangeSpec(order_limits=LIMITS, exchange_filters=tuple(exchange_filters))
        return make_world(symbol(*filters, **changes), spec=spec)

    return make


def outcome(world, account, *order, **more):
    """ "" if the order is taken, else what refused it."""
    from binance_nb.sandbox.engine.commands import EngineError

    try:
        world.place(account, *order, **more)
    except EngineError as refused:
        return str(refused)
    return ""


class TestSymbolFilters:
    @pytest.mark.parametrize(
        ("price", "stop", "passes"),
        [
            ("10", None, True),
            ("1", None, True),
            ("0.99", None, False),
            ("20", None, True),
            ("20.01", None, False),
            ("10.005", None, False),
            ("10", "12", True),
            ("10", "12.005", False),
            ("10", "21", False),
        ],
    )
    def test_price_filter_holds_for_price_and_stop_price(self, with_filters, price, stop, passes):
        world = with_filters(specs.PriceFilter(D(1), D(20), D("0.01")))
        kind = "LIMIT" if stop is None else "STOP_LOSS_LIMIT"
        said = outcome(world, world.account(), kind, "BUY", 1, price, stop_price=stop)
        assert said == ("" if passes else "-1013 Filter failure: PRICE_FILTER")

    def test_zeros_turn_the_price_filter_off(self, with_filters):
        world = with_filters(specs.PriceFilter(D(0), D(0), D(0)))
        assert outcome(world, world.account(), "LIMIT", "BUY", 1, "0.12345678") == ""

    @pytest.mark.parametrize(("price", "passes"), [(130, True), ("130.1", False), (70, True), ("69.9", False)])
    def test_percent_price_is_about_the_average(self, with_filters, price, passes):
        world = with_filters(specs.PercentPrice(D("1.3"), D("0.7"), 5))
        world.trade_at(80, 1)
        world.tick(6 * 60_000)
        world.trade_at(100, 3)
        said = outcome(world, world.account(), "LIMIT", "BUY", 1, price)
        assert said == ("" if passes else "-1013 Filter failure: PERCENT_PRICE")

    def test_percent_price_with_no_minutes_is_about_the_last_price(self, with_filters):
        world = with_filters(specs.PercentPrice(D(2), D("0.5"), 0))
        world.trade_at(10, 1000)
        world.trade_at(15, 1)
        assert outcome(world, world.account(), "LIMIT", "SELL", 1, 30) == ""
        assert outcome(world, world.account(), "LIMIT", "SELL", 1, 31) == "-1013 Filter failure: PERCENT_PRICE"

    def test_a_reference_price_takes_the_averages_place(self, with_filters):
        world = with_filters(
            specs.PercentPrice(D(2), D("0.5"), 5),
            reference_price=specs.ReferencePriceRule(external_calculation_id=2),
        )
        world.trade_at(10)
        world.exchange.set_reference_price("BTCUSDT", D(100), world.now_us)
        assert outcome(world, world.account(), "LIMIT", "SELL", 1, 150) == ""
        assert outcome(world, world.account(), "LIMIT", "BUY", 1, 15) == "-1013 Filter failure: PERCENT_PRICE"

    @pytest.mark.parametrize(
        ("side", "price", "passes"),
        [("BUY", 120, True), ("BUY", 121, False), ("BUY", 20, True), ("SELL", 121, True), ("SELL", 79, False)],
    )
    def test_percent_price_by_side(self, with_filters, side, price, passes):
        world = with_filters(specs.PercentPriceBySide(D("1.2"), D("0.2"), D(5), D("0.8"), 1))
        world.trade_at(100)
        said = outcome(world, world.account(), "LIMIT", side, 1, price)
        assert said == ("" if passes else "-1013 Filter failure: PERCENT_PRICE_BY_SIDE")

    @pytest.mark.parametrize(
        ("quantity", "iceberg", "passes"),
        [("0.5", None, True), ("0.4", None, False), (100, None, True), (101, None, False), ("1.25", None, False),
         (2, "0.5", True), (2, "0.3", False), (2, "0.75", False)],
    )  # fmt: skip
    def test_lot_size_holds_for_quantity_and_iceberg_quantity(self, with_filters, quantity, iceberg, passes):
        world = with_filters(specs.LotSize(D("0.5"), D(100), D("0.5")))
        said = outcome(world, world.account(), "LIMIT", "BUY", quantity, 1, iceberg_qty=iceberg)
        assert said == ("" if passes else "-1013 Filter failure: LOT_SIZE")

    def test_market_lot_size_holds_for_market_orders_alone(self, with_filters):
        world = with_filters(specs.MarketLotSize(D(2), D(10), D(2)))
        house, account = world.account(), world.account()
        world.limit(house, "SELL", 50, 10)
        assert outcome(world, account, "MARKET", "BUY", 3) == "-1013 Filter failure: MARKET_LOT_SIZE"
        assert outcome(world, account, "STOP_LOSS", "BUY", 3, stop_price=20) == "-1013 Filter failure: MARKET_LOT_SIZE"
        assert outcome(world, account, "MARKET", "BUY", 4) == ""
        assert outcome(world, account, "LIMIT", "BUY", 3, 10) == ""

    def test_a_quote_quantity_that_buys_less_than_a_market_lot_is_refused(self, with_filters):
        world = with_filters(specs.LotSize(D("0.1"), D(0), D("0.1")), specs.MarketLotSize(D(2), D(0), D(0)))
        world.limit(world.account(), "SELL", 50, 10)
        assert outcome(world, world.account(), "MARKET", "BUY", quote_order_qty=10) == (
            "-2010 Order book liquidity is less than `MARKET_LOT_SIZE` filter minimum quantity."
        )
        assert outcome(world, world.account(), "MARKET", "BUY", quote_order_qty=20) == ""

    @pytest.mark.parametrize(("applies", "said"), [(True, "-1013 Filter failure: MIN_NOTIONAL"), (False, "")])
    def test_min_notional_may_apply_to_market_orders_at_the_average_price(self, with_filters, applies, said):
        world = with_filters(specs.MinNotional(D(10), applies, 5))
        world.trade_at(5, 10)
        world.limit(world.account(), "SELL", 10, 100)
        assert outcome(world, world.account(), "MARKET", "BUY", 1) == said
        assert outcome(world, world.account(), "LIMIT", "BUY", 1, "9.9") == "-1013 Filter failure: MIN_NOTIONAL"
        assert outcome(world, world.account(), "LIMIT", "BUY", 2, 5) == ""

    def test_notional_has_two_ends(self, with_filters):
        world = with_filters(specs.Notional(D(10), False, D(100), True, 5))
        account = world.account()
        world.limit(world.account(), "SELL", 2, 50)
        world.market(world.account(), "BUY", 1)
        failure = "-1013 Filter failure: NOTIONAL"
        assert outcome(world, account, "LIMIT", "BUY", 1, 9) == failure
        assert outcome(world, account, "LIMIT", "BUY", 10, "10.1") == failure
        assert outcome(world, account, "MARKET", "BUY", "0.1") == ""
        assert outcome(world, account, "MARKET", "BUY", 3) == failure
        assert outcome(world, account, "MARKET", "BUY", quote_order_qty=150) == failure

    def test_a_notional_is_compared_to_the_last_decimal(self, with_filters):
        world = with_filters(specs.Notional(D(10), False, D(100), False, 5))
        account = world.account()
        assert outcome(world, account, "LIMIT", "BUY", "66.66666666", "1.5") == ""
        assert outcome(world, account, "LIMIT", "BUY", "66.66666667", "1.5") == "-1013 Filter failure: NOTIONAL"

    def test_before_the_first_trade_min_notional_lets_no_market_order_in(self, with_filters):
        world = with_filters(specs.MinNotional(D(10), True, 5))
        account = world.account()
        world.limit(world.account(), "SELL", 4, 50)
        assert outcome(world, account, "MARKET", "BUY", 1) == "-1013 Filter failure: MIN_NOTIONAL"
        world.limit(world.account(), "BUY", 1, 50)
        assert outcome(world, account, "MARKET", "BUY", 1) == ""

    def test_iceberg_parts_are_counted_up(self, with_filters):
        world = with_filters(specs.IcebergParts(10))
        account = world.account()
        assert outcome(world, account, "LIMIT", "BUY", 10, 1, iceberg_qty=1) == ""
        assert (
            outcome(world, account, "LIMIT", "BUY", "10.1", 1, iceberg_qty=1) == "-1013 Filter failure: ICEBERG_PARTS"
        )

    def test_numbers_of_open_orders(self, with_filters):
        world = with_filters(specs.MaxNumOrders(3), specs.MaxNumAlgoOrders(1), specs.MaxNumIcebergOrders(1))
        account = world.account()
        assert outcome(world, account, "STOP_LOSS", "SELL", 1, stop_price=1) == ""
        assert (
            outcome(world, account, "STOP_LOSS", "SELL", 1, stop_price=1) == "-1013 Filter failure: MAX_NUM_ALGO_ORDERS"
        )
        assert outcome(world, account, "LIMIT", "BUY", 2, 1, iceberg_qty=1) == ""
        assert (
            outcome(world, account, "LIMIT", "BUY", 2, 1, iceberg_qty=1)
            == "-1013 Filter failure: MAX_NUM_ICEBERG_ORDERS"
        )
        assert outcome(world, account, "LIMIT", "BUY", 2, 1) == ""
        assert outcome(world, account, "LIMIT", "BUY", 2, 1) == "-1013 Filter failure: MAX_NUM_ORDERS"
        world.exchange.cancel_open_orders(account, "BTCUSDT", world.tick())
        assert outcome(world, account, "LIMIT", "BUY", 2, 1) == ""

    def test_max_position_counts_what_is_held_locked_and_being_bought(self, with_filters):
        world = with_filters(specs.MaxPosition(D(10)))
        account = world.account({"BTC": 4, "USDT": 1000})
        world.limit(account, "SELL", 2, 100)
        assert outcome(world, account, "LIMIT", "BUY", 5, 1) == ""
        assert outcome(world, account, "LIMIT", "BUY", "1.1", 1) == "-1013 Filter failure: MAX_POSITION"
        assert outcome(world, account, "LIMIT", "BUY", 1, 1) == ""
        assert outcome(world, account, "LIMIT", "SELL", 2, 100) == ""

    def test_max_position_counts_a_pending_order_once(self, with_filters):
        world = with_filters(specs.MaxPosition(D(10)))
        account = world.account({"BTC": 4, "USDT": 1000})
        placed = world.place_list(
            account, "OTO", world.order("LIMIT", "SELL", 1, 100), world.order("LIMIT", "BUY", 6, 1)
        )
        world.market(world.account({"USDT": 100}), "BUY", 1)
        assert world.get(account, placed.placements[1].order).status == "NEW"

    def test_max_position_forgets_what_is_bought_canceled_or_amended_away(self, with_filters):
        world = with_filters(specs.MaxPosition(D(10)))
        account = world.account({"USDT": 1000})
        order = world.limit(account, "BUY", 10, 1)
        world.market(world.account(), "SELL", 2)
        world.amend(account, order, 6)
        assert outcome(world, account, "LIMIT", "BUY", 5, 1) == "-1013 Filter failure: MAX_POSITION"
        assert outcome(world, account, "LIMIT", "BUY", 4, 1) == ""
        world.cancel(account, order)
        assert outcome(world, account, "LIMIT", "BUY", 5, 1) == "-1013 Filter failure: MAX_POSITION"
        assert outcome(world, account, "LIMIT", "BUY", 4, 1) == ""

    @pytest.mark.parametrize(
        ("kind", "side", "above"),
        [
            ("STOP_LOSS", "BUY", True),
            ("STOP_LOSS_LIMIT", "BUY", True),
            ("TAKE_PROFIT", "SELL", True),
            ("TAKE_PROFIT_LIMIT", "SELL", True),
            ("STOP_LOSS", "SELL", False),
            ("STOP_LOSS_LIMIT", "SELL", False),
            ("TAKE_PROFIT", "BUY", False),
            ("TAKE_PROFIT_LIMIT", "BUY", False),
        ],
    )
    def test_trailing_delta_has_bounds_above_and_below(self, with_filters, kind, side, above):
        world = with_filters(specs.TrailingDelta(10, 20, 100, 200))
        world.trade_at(100)
        price = 100 if kind.endswith("LIMIT") else None

        def tried(delta):
            return outcome(world, world.account(), kind, side, 1, price, trailing_delta=delta)

        good, bad = ((10, 20), (9, 21)) if above else ((100, 200), (99, 201))
        assert [tried(delta) for delta in good] == ["", ""]
        assert [tried(delta) for delta in bad] == ["-1013 Filter failure: TRAILING_DELTA"] * 2


class TestExchangeAndAssetFilters:
    @pytest.mark.parametrize(
        ("rule", "kind", "more"),
        [
            (specs.ExchangeMaxNumOrders(1), "LIMIT", {}),
            (specs.ExchangeMaxNumAlgoOrders(1), "STOP_LOSS_LIMIT", {"stop_price": 1}),
            (specs.ExchangeMaxNumIcebergOrders(1), "LIMIT", {"iceberg_qty": 1}),
        ],
    )
    def test_open_orders_of_all_symbols_count(self, make_world, symbol, rule, kind, more):
        spec = ExchangeSpec(order_limits=LIMITS, exchange_filters=(rule,))
        world = make_world(symbol(), symbol(symbol="ETHUSDT", base_asset="ETH"), spec=spec)
        account = world.account()
        assert outcome(world, account, kind, "BUY", 2, 1, **more) == ""
        said = outcome(world, account, kind, "BUY", 2, 1, symbol="ETHUSDT", **more)
        assert said == f"-1013 Filter failure: {rule.filter_type}"

    def test_lists_of_all_symbols_count(self, with_filters, refusal):
        world = with_filters(exchange_filters=[specs.ExchangeMaxNumOrderLists(1)])
        account = world.account()
        orders = world.order("LIMIT", "BUY", 1, 1), world.order("LIMIT", "SELL", 1, 5)
        world.place_list(account, "OTO", *orders)
        assert (
            refusal(world.place_list, account, "OTO", *orders) == "-1013 Filter failure: EXCHANGE_MAX_NUM_ORDER_LISTS"
        )

    def test_max_asset_limits_base_quantity_and_quote_notional(self, make_world, symbol):
        """filters.md: a limit of 42 USDC holds for USDCBNB and for BNBUSDC."""
        world = make_world(
            symbol(symbol="USDCBNB", base_asset="USDC", quote_asset="BNB"),
            symbol(symbol="BNBUSDC", base_asset="BNB", quote_asset="USDC"),
        )
        account = world.account({"USDC": 1000, "BNB": 1000}, max_asset={"USDC": D(42)})
        failure = "-1013 Filter failure: MAX_ASSET"
        assert outcome(world, account, "LIMIT", "SELL", 42, 1, symbol="USDCBNB") == ""
        assert outcome(world, account, "LIMIT", "SELL", "42.0001", 1, symbol="USDCBNB") == failure
        assert outcome(world, account, "LIMIT", "BUY", 1, 42, symbol="BNBUSDC") == ""
        assert outcome(world, account, "LIMIT", "BUY", 2, "21.0001", symbol="BNBUSDC") == failure
        assert world.exchange.filters(account, "BNBUSDC")[2] == {"USDC": D(42)}

    def test_the_documented_json_of_a_filter(self):
        shown = specs.PercentPrice(D("1.3000"), D("0.7000"), 5).as_json()
        assert shown == {
            "filterType": "PERCENT_PRICE",
            "multiplierUp": "1.3000",
            "multiplierDown": "0.7000",
            "avgPriceMins": 5,
        }
        assert specs.PriceFilter(D("0.000001"), D(100_000), D("0.000001")).as_json() == {
            "filterType": "PRICE_FILTER",
            "minPrice": "0.00000100",
            "maxPrice": "100000.00000000",
            "tickSize": "0.00000100",
        }
        assert list(specs.MaxNumOrderLists(20).as_json()) == ["filterType", "maxNumOrderLists"]


MISSING = "-1102 Mandatory parameter '{}' was not sent, was empty/null, or malformed."
EITHER = "-1102 Param '{}' or '{}' must be sent, but both were empty/null!"
NEEDLESS = "-1106 Parameter '{}' sent when not required."


class TestParameters:
    @pytest.mark.parametrize(
        ("kind", "fields", "said"),
        [
            ("LIMIT", {"quantity": 1, "price": 1, "tif": None}, MISSING.format("timeInForce")),
            ("LIMIT", {"quantity": 1}, MISSING.format("price")),
            ("LIMIT", {"price": 1}, MISSING.format("quantity")),
            ("LIMIT", {"quantity": 1, "price": 1, "stop_price": 1}, NEEDLESS.format("stopPrice")),
            ("LIMIT", {"quantity": 1, "price": 1, "trailing_delta": 10}, NEEDLESS.format("trailingDelta")),
            ("LIMIT", {"quantity": 1, "price": 1, "quote_order_qty": 1}, NEEDLESS.format("quoteOrderQty")),
            ("LIMIT_MAKER", {"quantity": 1}, MISSING.format("price")),
            (
                "LIMIT_MAKER",
                {"quantity": 1, "price": 1, "tif": "GTC"},
                "-1114 TimeInForce parameter sent when not required.",
            ),
            ("MARKET", {}, EITHER.format("quantity", "quoteOrderQty")),
            ("MARKET", {"quantity": 1, "quote_order_qty": 1}, NEEDLESS.format("quoteOrderQty")),
            ("MARKET", {"quantity": 1, "price": 1}, NEEDLESS.format("price")),
            ("MARKET", {"quantity": 1, "tif": "GTC"}, "-1114 TimeInForce parameter sent when not required."),
            ("MARKET", {"quantity": 1, "iceberg_qty": 1}, NEEDLESS.format("icebergQty")),
            ("STOP_LOSS", {"quantity": 1}, EITHER.format("stopPrice", "trailingDelta")),
            ("STOP_LOSS", {"quantity": 1, "stop_price": 1, "price": 1}, NEEDLESS.format("price")),
            ("TAKE_PROFIT", {"stop_price": 1}, MISSING.format("quantity")),
            ("STOP_LOSS_LIMIT", {"quantity": 1, "stop_price": 1}, MISSING.format("price")),
            ("TAKE_PROFIT_LIMIT", {"quantity": 1, "price": 1}, EITHER.format("stopPrice", "trailingDelta")),
            (
                "TAKE_PROFIT_LIMIT",
                {"quantity": 1, "price": 1, "stop_price": 1, "tif": None},
                MISSING.format("timeInForce"),
            ),
            (
                "LIMIT",
                {"quantity": 2, "price": 1, "iceberg_qty": 1, "tif": "IOC"},
                "-1014 Unsupported order combination.",
            ),
            ("LIMIT", {"quantity": 2, "price": 1, "iceberg_qty": 2}, "-1013 IcebergQty exceeds QTY."),
            ("LIMIT", {"quantity": 1, "price": 1, "iceberg_qty": 2}, "-1013 IcebergQty exceeds QTY."),
        ],
    )
    def test_each_type_has_its_parameters(self, world, kind, fields, said):
        assert outcome(world, world.account(), kind, "BUY", **fields) == said

    def test_parameters_of_lists_are_named_as_they_were_sent(self, world, refusal):
        account = world.account()
        good = world.order("LIMIT", "BUY", 1, 1)
        assert refusal(world.place_list, account, "OTO", good, world.order("LIMIT", "SELL", 1)) == MISSING.format(
            "pendingPrice"
        )
        pair = world.order("LIMIT_MAKER", "SELL", 1, 1), world.order("STOP_LOSS_LIMIT", "SELL", 1, 1)
        assert refusal(world.place_list, account, "OCO", *pair) == EITHER.format("belowStopPrice", "belowTrailingDelta")
        three = good, world.order("LIMIT_MAKER", "SELL", 1), pair[1]
        assert refusal(world.place_list, account, "OTOCO", *three) == MISSING.format("pendingAbovePrice")

    def test_too_much_precision(self, world):
        account = world.account()
        said = outcome(world, account, "LIMIT", "BUY", "0.123456789", 1)
        assert said == "-1111 Parameter 'quantity' has too much precision."

    def test_strategy_types_below_a_million_are_reserved(self, world):
        said = outcome(world, world.account(), "LIMIT", "BUY", 1, 1, strategy_type=999_999)
        assert said.startswith("-1134 ")


class TestSymbolAndAccount:
    def test_an_unknown_symbol(self, world):
        assert outcome(world, world.account(), "LIMIT", "BUY", 1, 1, symbol="NOPE") == "-1121 Invalid symbol."

    @pytest.mark.parametrize(
        ("kind", "word"),
        [
            ("MARKET", "Market"),
            ("STOP_LOSS", "Stop loss"),
            ("STOP_LOSS_LIMIT", "Stop loss limit"),
            ("TAKE_PROFIT", "Take profit"),
            ("TAKE_PROFIT_LIMIT", "Take profit limit"),
        ],
    )
    def test_types_a_symbol_does_not_have(self, with_filters, kind, word):
        world = with_filters(order_types=(SpotOrderType.LIMIT,))
        price = 1 if kind.endswith("LIMIT") else None
        stop = 1 if kind != "MARKET" else None
        said = outcome(world, world.account(), kind, "BUY", 1, price, stop_price=stop)
        assert said == f"-1013 {word} orders are not supported for this symbol."

    @pytest.mark.parametrize(
        ("flag", "kind", "more", "said"),
        [
            (
                "iceberg_allowed",
                "LIMIT",
                {"quantity": 2, "price": 1, "iceberg_qty": 1},
                "Iceberg orders are not supported",
            ),
            (
                "quote_order_qty_market_allowed",
                "MARKET",
                {"quote_order_qty": 1},
                "Quote order qty market orders are not support",
            ),
            (
                "allow_trailing_stop",
                "STOP_LOSS",
                {"quantity": 1, "trailing_delta": 10},
                "Trailing stop orders are not supported",
            ),
        ],
    )
    def test_flags_of_a_symbol(self, with_filters, flag, kind, more, said):
        world = with_filters(**{flag: False})
        assert outcome(world, world.account(), kind, "BUY", **more) == f"-1013 {said} for this symbol."

    @pytest.mark.parametrize("status", [SymbolStatus.HALT, SymbolStatus.BREAK, SymbolStatus.CANCEL_ONLY])
    def test_a_closed_symbol_takes_no_orders(self, world, status):
        world.exchange.set_symbol_status("BTCUSDT", status, world.now_us)
        assert outcome(world, world.account(), "LIMIT", "BUY", 1, 1) == "-1013 Market is closed."
        assert world.exchange.symbol("BTCUSDT").status is status

    def test_cancel_only_lets_orders_be_canceled_and_amended(self, world, refusal):
        account = world.account()
        order = world.limit(account, "BUY", 2, 1)
        world.exchange.set_symbol_status("BTCUSDT", SymbolStatus.CANCEL_ONLY, world.now_us)
        world.amend(account, order, 1)
        world.cancel(account, order)
        world.exchange.set_symbol_status("BTCUSDT", SymbolStatus.HALT, world.now_us)
        assert refusal(world.cancel, account, order) == "-2011 Market is closed."

    def test_an_account_without_the_right_to_trade(self, world, refusal):
        account = world.account(can_trade=False)
        assert outcome(world, account, "LIMIT", "BUY", 1, 1) == "-2010 This account may not place or cancel orders."
        assert refusal(world.cancel, account, 1) == "-2011 This account may not place or cancel orders."

    @pytest.mark.parametrize(
        ("sets", "permissions", "allowed"),
        [
            ((("A", "B"),), {"A"}, True),
            ((("A",), ("B",)), {"A"}, False),
            ((("A",), ("B",)), {"A", "B"}, True),
            ((("A",), ("B", "C")), {"A", "C"}, True),
        ],
    )
    def test_permission_sets_are_ands_of_ors(self, with_filters, sets, permissions, allowed):
        """rest-api.md, "Examples of Symbol Permissions Interpretation from the Response"."""
        world = with_filters(permission_sets=sets)
        account = world.account(permissions=permissions)
        said = outcome(world, account, "LIMIT", "BUY", 1, 1)
        assert said == ("" if allowed else "-2010 This symbol is not permitted for this account.")

    def test_names_are_unique_among_open_orders_alone(self, world):
        account = world.account()
        world.limit(account, "BUY", 1, 1, client_order_id="mine")
        assert outcome(world, account, "LIMIT", "BUY", 1, 1, client_order_id="mine") == "-2010 Duplicate order sent."
        world.cancel(account, orig_client_order_id="mine")
        assert outcome(world, account, "LIMIT", "BUY", 1, 1, client_order_id="mine") == ""
        assert outcome(world, world.account(), "LIMIT", "BUY", 1, 1, client_order_id="mine") == ""

    @pytest.mark.parametrize(
        ("kind", "side", "stop", "allowed"),
        [
            ("STOP_LOSS", "BUY", 101, True),
            ("STOP_LOSS", "BUY", 100, False),
            ("TAKE_PROFIT", "SELL", 101, True),
            ("TAKE_PROFIT", "SELL", 99, False),
            ("STOP_LOSS", "SELL", 99, True),
            ("STOP_LOSS", "SELL", 101, False),
            ("TAKE_PROFIT", "BUY", 99, True),
            ("TAKE_PROFIT", "BUY", 100, False),
        ],
    )
    def test_a_stop_price_must_lie_on_its_side_of_the_market(self, world, kind, side, stop, allowed):
        world.trade_at(100)
        said = outcome(world, world.account(), kind, side, 1, stop_price=stop)
        assert said == ("" if allowed else "-2010 Order would trigger immediately.")

    def test_a_test_order_is_checked_and_changes_nothing(self, world, refusal):
        account = world.account()
        world.exchange.test_order(account, world.order("LIMIT", "BUY", 1, 1), world.tick())
        assert world.exchange.open_orders(account) == ()
        assert world.exchange.order_counts(account, world.now_us)[0].count == 0
        assert world.events() == []
        order = world.order("LIMIT", "BUY", 1, "0.00001")
        assert refusal(world.exchange.test_order, account, order, world.tick()).startswith("-1013 ")
