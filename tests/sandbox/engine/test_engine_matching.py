"""Price-time priority, times in force, market orders, icebergs, and the money of a fill."""

from decimal import Decimal

import pytest

from binance_nb.models.enums import ExecutionType, ExpiryReason, OrderStatus
from binance_nb.sandbox.engine.events import AccountPosition, BookChange, OrderUpdate, PublicAggTrade, PublicTrade
from binance_nb.sandbox.engine.records import CommissionRates


def test_best_price_trades_first_and_at_one_price_the_older_order(world):
    maker, taker = world.account(), world.account()
    late_cheap = [world.limit(maker, "SELL", 1, price) for price in (101, 100, 100, 99)]
    placed = world.limit(taker, "BUY", "2.5", 101)
    assert [(str(fill.price.normalize()), str(fill.quantity.normalize())) for fill in placed.fills] == [
        ("99", "1"),
        ("1E+2", "1"),
        ("1E+2", "0.5"),
    ]
    assert [world.get(maker, one).status for one in late_cheap] == ["NEW", "FILLED", "PARTIALLY_FILLED", "FILLED"]


def test_a_limit_order_trades_at_the_makers_price_and_rests_with_the_rest(world):
    maker, taker = world.account(), world.account()
    world.limit(maker, "SELL", 1, 100)
    placed = world.limit(taker, "BUY", 3, 105)
    assert placed.order.status is OrderStatus.PARTIALLY_FILLED
    assert world.exchange.depth("BTCUSDT").bids == ((Decimal(105), Decimal(2)),)
    assert world.balance(taker, "USDT") == ("99999690", "210")
    assert world.balance(taker, "BTC") == ("20001", "0")


def test_ioc_expires_with_what_it_could_not_fill(world):
    maker, taker = world.account(), world.account()
    world.limit(maker, "SELL", 1, 100)
    order = world.limit(taker, "BUY", 3, 100, tif="IOC").order
    assert (order.status, order.executed_qty, order.expiry_reason) == (
        OrderStatus.EXPIRED,
        Decimal(1),
        ExpiryReason.UNFILLED_IOC_QUANTITY_EXPIRED,
    )
    assert world.balance(taker, "USDT") == ("99999900", "0")


def test_fok_fills_whole_or_not_at_all(world):
    maker, taker = world.account(), world.account()
    world.limit(maker, "SELL", 1, 100)
    world.limit(maker, "SELL", 1, 101)
    failed = world.limit(taker, "BUY", "2.0001", 101, tif="FOK").order
    assert (failed.status, failed.executed_u, failed.expiry_reason) == (
        OrderStatus.EXPIRED,
        0,
        ExpiryReason.UNFILLED_FOK_ORDER_EXPIRED,
    )
    assert world.limit(taker, "BUY", 2, 101, tif="FOK").order.status is OrderStatus.FILLED


def test_fok_counts_the_hidden_part_of_an_iceberg(world):
    maker, taker = world.account(), world.account()
    world.limit(maker, "SELL", 10, 100, iceberg_qty=1)
    placed = world.limit(taker, "BUY", 10, 100, tif="FOK")
    assert placed.order.status is OrderStatus.FILLED
    assert len(placed.fills) == 10


def test_market_order_takes_level_after_level_and_expires_when_the_book_is_empty(world):
    maker, taker = world.account(), world.account()
    world.limit(maker, "SELL", 2, 100)
    world.limit(maker, "SELL", 2, 101)
    order = world.market(taker, "BUY", 6).order
    assert (order.status, order.executed_qty, order.cumulative_quote_qty) == (OrderStatus.EXPIRED, 4, 402)
    assert order.expiry_reason is ExpiryReason.INSUFFICIENT_LIQUIDITY


def test_market_order_report_sequence_is_the_documented_one(make_world):
    """market_orders_faq.md: NEW, a TRADE for each fill, EXPIRED for the rest, then one position; status EXPIRED."""
    world = make_world()
    maker, taker = world.account(), world.account()
    world.limit(maker, "SELL", 2, 1)
    world.limit(maker, "SELL", 2, 1)
    world.events()
    world.market(taker, "BUY", 6)
    told = [
        event
        for event in world.events()
        if isinstance(event, OrderUpdate | AccountPosition) and event.account_id == taker
    ]
    assert [(event.execution_type, event.order.status, event.is_on_book) for event in told[:-1]] == [
        (ExecutionType.NEW, OrderStatus.NEW, True),
        (ExecutionType.TRADE, OrderStatus.PARTIALLY_FILLED, False),
        (ExecutionType.TRADE, OrderStatus.PARTIALLY_FILLED, False),
        (ExecutionType.EXPIRED, OrderStatus.EXPIRED, False),
    ]
    # Each trade is reported to the taker first and then to the maker, who has the ids between.
    first = told[0].execution_id
    assert [event.execution_id - first for event in told[:-1]] == [0, 1, 3, 5]
    assert [str(event.order.executed_qty.normalize()) for event in told[:-1]] == ["0", "2", "4", "4"]
    assert isinstance(told[-1], AccountPosition)
    assert {entry.asset for entry in told[-1].balances} == {"BTC", "USDT"}


def test_quote_order_quantity_buys_whole_lots_for_at_most_the_budget(world):
    maker, taker = world.account(), world.account()
    world.limit(maker, "SELL", 1, 100)
    world.limit(maker, "SELL", 10, 300)
    order = world.market(taker, "BUY", quote_order_qty=200).order
    assert order.status is OrderStatus.FILLED
    assert order.executed_qty == Decimal("1.3333")
    assert order.cumulative_quote_qty == Decimal("199.99")
    assert order.quote_order_qty == 200


def test_quote_order_quantity_on_an_empty_book_is_refused(world, refusal):
    taker = world.account()
    assert refusal(world.market, taker, "SELL", quote_order_qty=200) == (
        "-2010 Order book liquidity is less than symbol minimum quantity."
    )


def test_market_order_that_cannot_be_paid_is_refused(world, refusal):
    maker, taker = world.account(), world.account({"USDT": 150})
    world.limit(maker, "SELL", 2, 100)
    assert refusal(world.market, taker, "BUY", 2) == ("-2010 Account has insufficient balance for requested action.")
    assert world.market(taker, "BUY", "1.5").order.status is OrderStatus.FILLED


def test_limit_maker_that_would_take_is_refused(world, refusal):
    maker, taker = world.account(), world.account()
    world.limit(maker, "SELL", 1, 100)
    assert refusal(world.place, taker, "LIMIT_MAKER", "BUY", 1, 100) == (
        "-2010 Order would immediately match and take."
    )
    assert world.place(taker, "LIMIT_MAKER", "BUY", 1, 99).order.status is OrderStatus.NEW


def test_an_iceberg_shows_one_part_and_each_new_part_queues_behind(world):
    ice, other, taker = world.account(), world.account(), world.account()
    iceberg = world.limit(ice, "SELL", 3, 100, iceberg_qty=1)
    plain_order = world.limit(other, "SELL", 1, 100)
    assert world.exchange.depth("BTCUSDT").asks == ((Decimal(100), Decimal(2)),)
    world.limit(taker, "BUY", 1, 100)
    world.limit(taker, "BUY", 1, 100)
    assert world.get(other, plain_order).status is OrderStatus.FILLED
    assert world.get(ice, iceberg).executed_qty == 1
    assert world.exchange.depth("BTCUSDT").asks == ((Decimal(100), Decimal(1)),)
    world.limit(taker, "BUY", 2, 100)
    assert world.get(ice, iceberg).status is OrderStatus.FILLED


def test_commission_is_taken_from_what_is_received(world):
    rates = CommissionRates()
    maker, taker = world.account(commission=rates), world.account(commission=rates)
    world.limit(maker, "SELL", 1, 100)
    fill = world.limit(taker, "BUY", 1, 100).fills[0]
    assert (fill.commission, fill.commission_asset) == (Decimal("0.001"), "BTC")
    assert world.balance(taker, "BTC") == ("20000.999", "0")
    assert world.balance(maker, "USDT") == ("100000099.9", "0")


def test_assets_are_conserved_when_amounts_do_not_divide(make_world, symbol):
    """A tick and a step whose product has more than eight decimals: quote amounts round down, and nothing is lost."""
    from binance_nb.sandbox.engine.specs import LotSize, PriceFilter

    fine = symbol(
        PriceFilter(Decimal(0), Decimal(0), Decimal("0.00001")), LotSize(Decimal(0), Decimal(0), Decimal("0.0001"))
    )
    world = make_world(fine)
    maker, taker = world.account(commission=CommissionRates()), world.account(commission=CommissionRates())
    before = world.exchange.totals()
    world.limit(maker, "BUY", "0.0999", "0.03333")
    for _ in range(9):
        world.limit(taker, "SELL", "0.0111", "0.03333")
    assert world.exchange.totals() == before
    assert world.balance(maker, "USDT")[1] == "0"


def test_what_a_step_changed_is_announced_once_and_in_order(world):
    maker, taker = world.account(), world.account()
    world.limit(maker, "SELL", 1, 100)
    world.limit(maker, "SELL", 1, 100)
    world.events()
    world.limit(taker, "BUY", "1.5", 100)
    kinds = [type(event) for event in world.events()]
    assert kinds == [
        OrderUpdate,
        PublicTrade,
        OrderUpdate,
        OrderUpdate,
        PublicTrade,
        OrderUpdate,
        OrderUpdate,
        PublicAggTrade,
        BookChange,
        AccountPosition,
        AccountPosition,
    ]


def test_trades_of_one_taker_at_one_price_make_one_aggregate(world):
    maker, taker = world.account(), world.account()
    for price in (100, 100, 101):
        world.limit(maker, "SELL", 1, price)
    world.limit(taker, "BUY", 3, 101)
    found = world.exchange.agg_trades("BTCUSDT")
    assert [(one.quantity, one.first_trade_id, one.last_trade_id) for one in found] == [(2, 0, 1), (1, 2, 2)]


def test_book_changes_add_up_to_the_depth(world):
    maker, taker = world.account(), world.account()
    world.limit(maker, "SELL", 3, 101, iceberg_qty=1)
    world.limit(maker, "SELL", 1, 102)
    world.limit(maker, "BUY", 1, 99)
    world.limit(taker, "BUY", "3.5", 102)
    sides = {"bids": {}, "asks": {}}
    next_id = 1
    for event in world.events():
        if isinstance(event, BookChange):
            assert event.first_update_id == next_id
            next_id = event.last_update_id + 1
            for name, levels in sides.items():
                levels.update(getattr(event, name))
    view = world.exchange.depth("BTCUSDT")
    assert {price: qty for price, qty in sides["asks"].items() if qty} == dict(view.asks)
    assert {price: qty for price, qty in sides["bids"].items() if qty} == dict(view.bids)
    assert view.last_update_id == next_id - 1


@pytest.mark.parametrize("side", ["BUY", "SELL"])
def test_cancel_unlocks_what_was_locked(world, side):
    account = world.account()
    order = world.limit(account, side, 2, 100)
    assert world.balance(account, "USDT" if side == "BUY" else "BTC")[1] == ("200" if side == "BUY" else "2")
    canceled = world.cancel(account, order)
    assert canceled.order.status is OrderStatus.CANCELED
    assert world.balance(account, "USDT") == ("100000000", "0")
    assert world.balance(account, "BTC") == ("20000", "0")
    assert world.exchange.depth("BTCUSDT").bids == world.exchange.depth("BTCUSDT").asks == ()


def test_cancel_report_names_both_ids(world):
    account = world.account()
    world.limit(account, "BUY", 1, 1, client_order_id="mine")
    world.events()
    world.cancel(account, orig_client_order_id="mine", new_client_order_id="stop")
    (report,) = world.reports(account)
    assert (report.client_order_id, report.orig_client_order_id) == ("stop", "mine")
    assert world.exchange.order(account, "BTCUSDT", client_order_id="mine").status is OrderStatus.CANCELED


@pytest.mark.parametrize(
    ("mode", "others", "status"),
    [
        ("EXPIRE_MAKER", 1, "FILLED"),
        ("EXPIRE_MAKER", 0, "EXPIRED"),
        ("EXPIRE_TAKER", 1, "EXPIRED"),
        ("NONE", 0, "FILLED"),
    ],
)
def test_fok_does_not_count_own_orders_it_may_not_trade_with(world, mode, others, status):
    you, house = world.account(), world.account()
    own = world.limit(you, "SELL", 1, 100)
    if others:
        world.limit(house, "SELL", others, 100)
    order = world.limit(you, "BUY", 1, 100, tif="FOK", stp=mode).order
    assert order.status == status
    if status == "EXPIRED":
        assert (world.get(you, own).status, order.executed_u) == ("NEW", 0)
