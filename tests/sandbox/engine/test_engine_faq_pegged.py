"""Pegged orders: where they get their price, when, and for which order types."""

from decimal import Decimal

import pytest

from binance_nb.models.enums import OrderStatus, PegOffsetType, PegPriceType
from binance_nb.sandbox.engine.specs import LotSize, PercentPrice, PriceFilter

PRIMARY, MARKET = PegPriceType.PRIMARY_PEG, PegPriceType.MARKET_PEG


@pytest.fixture
def book(world):
    house = world.account()
    for price in (99, 98, 96):
        world.limit(house, "BUY", 1, price)
    for price in (101, 103, 104):
        world.limit(house, "SELL", 1, price)
    return world


@pytest.mark.parametrize(
    ("side", "peg", "offset", "price"),
    [
        ("BUY", PRIMARY, None, 99),
        ("SELL", PRIMARY, None, 101),
        ("BUY", PRIMARY, 1, 98),
        ("SELL", PRIMARY, 2, 104),
    ],
)
def test_a_primary_peg_queues_at_its_own_sides_level(book, side, peg, offset, price):
    kind = {"peg_offset_type": PegOffsetType.PRICE_LEVEL, "peg_offset_value": offset} if offset else {}
    order = book.limit(book.account(), side, 1, peg_price_type=peg, **kind).order
    assert (order.status, order.pegged_price, order.price) == (OrderStatus.NEW, price, 0)
    view = book.exchange.depth("BTCUSDT")
    assert dict(view.bids if side == "BUY" else view.asks)[Decimal(price)] == 2


def test_a_market_peg_takes_the_best_price_and_only_that(book):
    """The FAQ: buy for the best offer, IOC, to take the cheapest sellers alone."""
    placed = book.limit(book.account(), "BUY", 3, tif="IOC", peg_price_type=MARKET)
    assert [(fill.price, fill.quantity) for fill in placed.fills] == [(101, 1)]
    assert (placed.order.status, placed.order.pegged_price) == (OrderStatus.EXPIRED, 101)


def test_a_price_that_was_sent_limits_the_peg(book):
    order = book.limit(book.account(), "BUY", 1, 100, peg_price_type=MARKET).order
    assert (order.price, order.pegged_price, order.executed_u) == (100, 100, 0)


def test_a_pegged_order_locks_what_its_price_needs(book):
    account = book.account()
    book.limit(account, "BUY", 2, peg_price_type=PRIMARY)
    assert book.balance(account, "USDT")[1] == "198"


def test_too_few_levels_refuse_the_order(book, refusal):
    more = {"peg_price_type": PRIMARY, "peg_offset_type": PegOffsetType.PRICE_LEVEL, "peg_offset_value": 3}
    assert refusal(book.limit, book.account(), "BUY", 1, **more) == (
        "-2010 Order book liquidity is too low for this pegged order."
    )


@pytest.mark.parametrize(
    ("kind", "more", "message"),
    [
        ("MARKET", {"peg_price_type": MARKET}, "-1013 This order type may not use pegged price."),
        ("STOP_LOSS", {"peg_price_type": PRIMARY, "stop_price": 90}, "-1013 This order type may not use pegged price."),
        ("LIMIT_MAKER", {"peg_price_type": MARKET}, "-1013 This price peg cannot be used with this order type."),
        (
            "LIMIT",
            {"peg_price_type": PRIMARY, "tif": "IOC"},
            "-1013 This price peg cannot be used with this order type.",
        ),
    ],
)
def test_some_order_types_may_not_be_pegged(book, refusal, kind, more, message):
    assert refusal(book.place, book.account(), kind, "SELL", 1, **more) == message


def test_a_symbol_may_forbid_pegs(make_world, symbol, refusal):
    world = make_world(symbol(peg_instructions_allowed=False))
    assert refusal(world.limit, world.account(), "BUY", 1, peg_price_type=PRIMARY) == (
        "-1013 Pegged orders are not supported for this symbol."
    )


def test_offset_type_and_value_go_together(book, refusal):
    more = {"peg_price_type": PRIMARY, "peg_offset_value": 1}
    assert refusal(book.limit, book.account(), "BUY", 1, **more).startswith("-1128 ")


def test_the_price_is_pegged_when_the_stop_triggers_not_before(book):
    book.limit(book.account(), "SELL", 1, 99)
    account = book.account()
    order = book.place(account, "STOP_LOSS_LIMIT", "BUY", 1, stop_price=101, peg_price_type=PRIMARY)
    assert book.get(account, order).pegged_price_u is None
    book.limit(book.account(), "BUY", 1, 100)
    book.limit(book.account(), "BUY", 1, 101)
    found = book.get(account, order)
    assert (found.is_working, found.pegged_price, found.status) == (True, 100, OrderStatus.NEW)


def test_a_stop_that_cannot_be_pegged_when_it_triggers_is_rejected(world):
    world.trade_at(100)
    account = world.account({"USDT": 1000})
    order = world.place(account, "STOP_LOSS_LIMIT", "BUY", 1, stop_price=110, peg_price_type=PRIMARY)
    world.trade_at(110)
    found = world.get(account, order)
    assert (found.status, found.expiry_reason) == (OrderStatus.EXPIRED, "REJECTED")
    assert world.balance(account, "USDT") == ("1000", "0")


def test_filters_hold_for_the_pegged_price(make_world, symbol, refusal):
    rules = (
        PriceFilter(Decimal(0), Decimal(0), Decimal("0.01")),
        LotSize(Decimal(0), Decimal(0), Decimal("0.1")),
        PercentPrice(Decimal("1.1"), Decimal("0.9"), 5),
    )
    world = make_world(symbol(*rules))
    house = world.account()
    world.limit(house, "SELL", 1, 150)
    world.limit(house, "BUY", 1, 90)
    world.trade_at(100)
    assert refusal(world.limit, world.account(), "SELL", 1, peg_price_type=PRIMARY) == (
        "-1013 Filter failure: PERCENT_PRICE"
    )


def test_orders_of_an_oco_may_be_pegged(book):
    book.trade_at(100)
    account = book.account({"BTC": 5})
    placed = book.place_list(
        account,
        "OCO",
        book.order("LIMIT_MAKER", "SELL", 1, peg_price_type=PRIMARY),
        book.order("STOP_LOSS_LIMIT", "SELL", 1, stop_price=95, peg_price_type=MARKET),
    )
    stop, limit = (one.order for one in placed.placements)
    assert limit.pegged_price == 101
    assert stop.pegged_price_u is None


def test_a_pegged_pending_order_gets_its_price_when_it_is_placed(book):
    account = book.account()
    placed = book.place_list(
        account,
        "OTO",
        book.order("LIMIT", "BUY", 1, 97),
        book.order("LIMIT_MAKER", "SELL", 1, peg_price_type=PRIMARY),
    )
    pending = placed.placements[1].order
    assert book.get(account, pending).pegged_price_u is None
    book.limit(book.account(), "SELL", 1, "100.5")
    book.market(book.account(), "SELL", 3)
    found = book.get(account, pending)
    assert (found.status, found.pegged_price) == (OrderStatus.NEW, Decimal("100.5"))


def test_a_replacing_order_is_pegged_to_the_book_without_the_replaced_one(book):
    account = book.account()
    old = book.limit(account, "BUY", 1, 100)
    new = book.order("LIMIT", "BUY", 2, peg_price_type=PRIMARY)
    result = book.replace(account, old.order.order_id, new)
    assert result.new_order_response.order.pegged_price == 99
