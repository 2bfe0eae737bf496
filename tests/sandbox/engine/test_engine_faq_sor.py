"""The worked examples of the smart order routing FAQ: fills, allocations, what rests and what expires."""

from decimal import Decimal

import pytest

from binance_nb.models.enums import OrderStatus
from binance_nb.sandbox.engine.specs import ExchangeSpec, OrderRateLimit, SorSpec

NAMES = ("BTCUSDT", "BTCUSDC", "BTCUSDP")
PLENTY = (OrderRateLimit("SECOND", 10, 1000),)


@pytest.fixture
def sor_world(make_world, symbol):
    specs = [symbol(symbol=name, quote_asset=name[3:]) for name in NAMES]
    return make_world(*specs, spec=ExchangeSpec(order_limits=PLENTY, sors=(SorSpec("BTC", NAMES),)))


@pytest.fixture
def asks(sor_world):
    house = sor_world.account()
    for name, quantity, price in (
        ("BTCUSDT", 3, 30_800),
        ("BTCUSDT", 3, 30_500),
        ("BTCUSDC", 1, 30_000),
        ("BTCUSDC", 1, 28_000),
        ("BTCUSDP", 1, 35_000),
        ("BTCUSDP", 1, 29_000),
    ):
        sor_world.limit(house, "SELL", quantity, price, symbol=name)
    return sor_world


def rows(placed):
    return [(fill.price, fill.quantity, fill.trade_id, fill.allocation_id, fill.match_type) for fill in placed.fills]


def test_example_1_without_sor_the_own_book_is_used(asks):
    placed = asks.limit(asks.account(), "BUY", "0.5", 31_000)
    assert placed.order.cumulative_quote_qty == 15_250
    assert placed.fills[0].trade_id == 0


def test_example_1_with_sor_the_best_price_of_all_books(asks):
    account = asks.account({"USDT": 20_000})
    placed = asks.limit(account, "BUY", "0.5", 31_000, use_sor=True)
    assert rows(placed) == [(28_000, Decimal("0.5"), -1, 0, "ONE_PARTY_TRADE_REPORT")]
    order = placed.order
    assert (order.status, order.cumulative_quote_qty, order.working_floor, order.used_sor) == (
        OrderStatus.FILLED,
        14_000,
        "SOR",
        True,
    )
    # USDT is spent although the seller was found on the USDC book.
    assert asks.balance(account, "USDT") == ("6000", "0")
    assert asks.balance(account, "BTC") == ("0.5", "0")


def test_example_2_level_by_level_over_all_books(asks):
    placed = asks.limit(asks.account(), "BUY", 5, 31_000, use_sor=True)
    assert [(fill.price, fill.quantity, fill.allocation_id) for fill in placed.fills] == [
        (28_000, 1, 0),
        (29_000, 1, 1),
        (30_000, 1, 2),
        (30_500, 2, 3),
    ]
    assert placed.order.cumulative_quote_qty == 148_000


def test_example_2_without_sor_costs_more(asks):
    assert asks.limit(asks.account(), "BUY", 5, 31_000).order.cumulative_quote_qty == 153_100


def test_example_3_what_no_book_has_expires(asks):
    placed = asks.market(asks.account(), "BUY", 11, use_sor=True)
    assert [(fill.price, fill.quantity) for fill in placed.fills] == [
        (28_000, 1),
        (29_000, 1),
        (30_000, 1),
        (30_500, 3),
        (30_800, 3),
        (35_000, 1),
    ]
    order = placed.order
    assert (order.status, order.executed_qty, order.cumulative_quote_qty) == (OrderStatus.EXPIRED, 10, 305_900)


def bids(world):
    house = world.account({"USDT": 10**6, "USDC": 10**6, "USDP": 10**6})
    for name, price in (("BTCUSDT", 29_500), ("BTCUSDC", 35_000), ("BTCUSDC", 30_000), ("BTCUSDP", 28_000)):
        world.limit(house, "BUY", 5, price, symbol=name)


def test_example_4_selling(sor_world):
    bids(sor_world)
    account = sor_world.account({"BTC": 10})
    placed = sor_world.limit(account, "SELL", 10, 29_000, use_sor=True)
    assert [(fill.price, fill.quantity, fill.allocation_id, fill.commission_asset) for fill in placed.fills] == [
        (35_000, 5, 0, "USDT"),
        (30_000, 5, 1, "USDT"),
    ]
    assert placed.order.status is OrderStatus.FILLED
    assert sor_world.balance(account, "USDT") == ("325000", "0")


def test_example_4_without_sor_the_rest_rests(sor_world):
    bids(sor_world)
    account = sor_world.account({"BTC": 10})
    placed = sor_world.limit(account, "SELL", 10, 29_000)
    assert placed.order.cumulative_quote_qty == 147_500
    assert sor_world.exchange.depth("BTCUSDT").asks == ((Decimal(29_000), Decimal(5)),)


def test_the_rest_of_a_gtc_order_rests_on_its_own_book_and_trades_there(asks):
    account = asks.account()
    placed = asks.limit(account, "BUY", 11, 36_000, use_sor=True)
    assert placed.order.status is OrderStatus.PARTIALLY_FILLED
    assert placed.order.working_floor == "EXCHANGE"
    assert asks.exchange.depth("BTCUSDT").bids == ((Decimal(36_000), Decimal(1)),)
    asks.limit(asks.account(), "SELL", 1, 36_000)
    assert asks.get(account, placed).status is OrderStatus.FILLED
    assert len(asks.exchange.allocations(account, "BTCUSDT")) == 6
    assert len(asks.exchange.my_trades(account, "BTCUSDT")) == 1


def test_allocations_are_found_by_order_and_by_id(asks):
    account = asks.account()
    first = asks.limit(account, "BUY", "0.5", 31_000, use_sor=True)
    asks.limit(account, "BUY", 2, 31_000, use_sor=True)
    found = asks.exchange.allocations
    assert [row.allocation_id for row in found(account, "BTCUSDT")] == [0, 1, 2, 3]
    assert [row.allocation_id for row in found(account, "BTCUSDT", order_id=first.order.order_id)] == [0]
    assert [row.allocation_id for row in found(account, "BTCUSDT", from_allocation_id=2)] == [2, 3]


def test_makers_see_trades_in_their_own_book_and_nothing_is_lost(asks):
    before = asks.exchange.totals()
    account = asks.account({"USDT": 100_000})
    asks.limit(account, "BUY", 2, 31_000, use_sor=True)
    after = asks.exchange.totals()
    assert after["USDT"] - before["USDT"] == 100_000
    assert {asset: after[asset] for asset in ("BTC", "USDC", "USDP")} == {
        asset: before[asset] for asset in ("BTC", "USDC", "USDP")
    }
    assert [trade.price for trade in asks.exchange.recent_trades("BTCUSDC")] == [28_000]


def test_a_symbol_without_sor_refuses_it(world, refusal):
    assert refusal(world.limit, world.account(), "BUY", 1, 1, use_sor=True).startswith("-1013 ")


def test_a_fill_or_kill_order_by_sor_is_filled_over_all_books_or_not_at_all(asks):
    assert asks.limit(asks.account(), "BUY", 8, 30_800, tif="FOK", use_sor=True).order.status is OrderStatus.FILLED
    assert asks.limit(asks.account(), "BUY", 2, 30_800, tif="FOK", use_sor=True).order.expiry_reason == (
        "UNFILLED_FOK_ORDER_EXPIRED"
    )


@pytest.mark.parametrize(("mode", "status"), [("EXPIRE_MAKER", "EXPIRED_IN_MATCH"), ("DECREMENT", "NEW")])
def test_prevention_reaches_over_the_books(sor_world, mode, status):
    """A match with one's own order on another symbol is prevented, and the record names that symbol."""
    account = sor_world.account()
    maker = sor_world.limit(account, "SELL", 3, 100, symbol="BTCUSDC")
    taker = sor_world.limit(account, "BUY", 1, 100, use_sor=True, stp=mode)
    (match,) = taker.prevented_matches
    assert (match.symbol, match.maker_symbol, match.maker_order_id) == ("BTCUSDT", "BTCUSDC", maker.order.order_id)
    assert sor_world.get(account, maker, "BTCUSDC").status == status


def test_a_transfer_over_the_books_swaps_the_quote_assets(sor_world):
    seller = sor_world.account({"BTC": 1}, trade_group_id=3)
    buyer = sor_world.account({"USDT": 100}, trade_group_id=3)
    before = sor_world.exchange.totals()
    sor_world.limit(seller, "SELL", 1, 100, symbol="BTCUSDC", stp="TRANSFER")
    sor_world.limit(buyer, "BUY", 1, 100, use_sor=True, stp="TRANSFER")
    assert sor_world.balance(seller, "USDC") == ("100", "0")
    assert sor_world.balance(buyer, "BTC") == ("1", "0")
    assert sor_world.balance(buyer, "USDT") == ("0", "0")
    assert sor_world.exchange.totals() == before


def test_a_fill_or_kill_order_gives_way_to_its_own_orders_on_other_books(asks):
    account = asks.account()
    asks.limit(account, "SELL", 1, 27_000, symbol="BTCUSDP")
    order = asks.limit(account, "BUY", 2, 31_000, tif="FOK", use_sor=True, stp="EXPIRE_TAKER").order
    assert (order.status, order.executed_u) == ("EXPIRED", 0)
    other = asks.limit(account, "BUY", 2, 31_000, tif="FOK", use_sor=True, stp="EXPIRE_MAKER").order
    assert other.status == "FILLED"
