"""The worked examples of the self-trade prevention FAQ, scenarios A to H, and the rules around them."""

from decimal import Decimal

import pytest

from binance_nb.models.enums import ExecutionType, OrderStatus, SelfTradePreventionMode


def makers(world, account):
    return [
        world.limit(account, "BUY", quantity, price, stp="NONE")
        for quantity, price in (("1.2", "1.2"), ("1.3", "1.1"), ("8.1", "1"))
    ]


def states(world, account, orders):
    return [(world.get(account, one).status, world.get(account, one).prevented_qty) for one in orders]


def test_scenario_a_none_lets_the_orders_match(world):
    account = world.account()
    maker = world.limit(account, "BUY", 1, 1, stp="NONE")
    taker = world.limit(account, "SELL", 1, 1, stp="NONE")
    assert taker.order.status is OrderStatus.FILLED
    assert len(taker.fills) == 1
    assert not taker.prevented_matches
    assert world.get(account, maker).status is OrderStatus.FILLED


def test_scenario_b_expire_maker_clears_the_book_and_the_taker_rests(world):
    account = world.account()
    orders = makers(world, account)
    taker = world.limit(account, "SELL", 3, 1, stp="EXPIRE_MAKER")
    assert states(world, account, orders) == [
        (OrderStatus.EXPIRED_IN_MATCH, Decimal("1.2")),
        (OrderStatus.EXPIRED_IN_MATCH, Decimal("1.3")),
        (OrderStatus.EXPIRED_IN_MATCH, Decimal("8.1")),
    ]
    assert [world.get(account, one).prevented_match_id for one in orders] == [0, 1, 2]
    assert (taker.order.status, taker.order.executed_u, taker.order.prevented_u) == (OrderStatus.NEW, 0, 0)
    assert [
        (
            match.prevented_match_id,
            match.maker_order_id,
            match.price,
            match.maker_prevented_qty,
            match.taker_prevented_u,
        )
        for match in taker.prevented_matches
    ] == [
        (0, 1, Decimal("1.2"), Decimal("1.2"), None),
        (1, 2, Decimal("1.1"), Decimal("1.3"), None),
        (2, 3, Decimal(1), Decimal("8.1"), None),
    ]
    assert world.exchange.depth("BTCUSDT").asks == ((Decimal(1), Decimal(3)),)


def test_scenario_c_expire_taker_leaves_the_book_as_it_is(world):
    account = world.account()
    orders = makers(world, account)
    taker = world.limit(account, "SELL", 3, 1, stp="EXPIRE_TAKER").order
    assert states(world, account, orders) == [(OrderStatus.NEW, 0)] * 3
    assert (taker.status, taker.prevented_qty, taker.prevented_match_id) == (OrderStatus.EXPIRED_IN_MATCH, 3, 0)


def test_scenario_d_expire_both(world):
    account = world.account(trade_group_id=1)
    maker = world.limit(account, "BUY", 1, 1, stp="NONE")
    taker = world.limit(account, "SELL", 3, 1, stp="EXPIRE_BOTH")
    assert states(world, account, [maker, taker]) == [
        (OrderStatus.EXPIRED_IN_MATCH, Decimal(1)),
        (OrderStatus.EXPIRED_IN_MATCH, Decimal(3)),
    ]
    (match,) = taker.prevented_matches
    assert (match.taker_prevented_qty, match.maker_prevented_qty, match.trade_group_id) == (3, 1, 1)
    assert taker.order.trade_group_id == 1


def test_scenario_e_the_takers_mode_counts(world):
    account = world.account()
    maker = world.limit(account, "BUY", 1, 1, stp="EXPIRE_MAKER")
    taker = world.limit(account, "SELL", 1, 1, stp="EXPIRE_TAKER")
    assert states(world, account, [maker, taker]) == [
        (OrderStatus.NEW, Decimal(0)),
        (OrderStatus.EXPIRED_IN_MATCH, Decimal(1)),
    ]


def test_scenario_f_a_market_order_then_lacks_liquidity(world):
    account = world.account()
    maker = world.limit(account, "BUY", 1, 1, stp="NONE")
    taker = world.market(account, "SELL", 1, stp="EXPIRE_MAKER")
    assert states(world, account, [maker, taker]) == [
        (OrderStatus.EXPIRED_IN_MATCH, Decimal(1)),
        (OrderStatus.EXPIRED, Decimal(0)),
    ]
    assert taker.order.expiry_reason == "INSUFFICIENT_LIQUIDITY"


def test_scenario_g_decrement_takes_the_common_quantity_off_both(world):
    account = world.account()
    maker = world.limit(account, "BUY", 6, 2, stp="NONE")
    taker = world.limit(account, "SELL", 2, 2, stp="DECREMENT")
    assert states(world, account, [maker, taker]) == [
        (OrderStatus.NEW, Decimal(2)),
        (OrderStatus.EXPIRED_IN_MATCH, Decimal(2)),
    ]
    assert world.get(account, maker).prevented_match_id == world.get(account, taker).prevented_match_id
    assert world.balance(account, "USDT")[1] == "8"
    assert world.exchange.depth("BTCUSDT").bids == ((Decimal(2), Decimal(4)),)


def test_scenario_h_transfer_moves_the_prevented_quantity_within_the_group(world):
    money = {"BTC": 20_000, "USDT": 20_000}
    maker_account = world.account(money, trade_group_id=1)
    taker_account = world.account(money, trade_group_id=1)
    maker = world.limit(maker_account, "BUY", "0.6", "0.2", stp="TRANSFER")
    taker = world.limit(taker_account, "SELL", "0.2", "0.2", stp="TRANSFER")
    assert (taker.order.status, taker.order.prevented_qty) == (OrderStatus.EXPIRED_IN_MATCH, Decimal("0.2"))
    assert (world.get(maker_account, maker).status, world.get(maker_account, maker).prevented_qty) == (
        OrderStatus.NEW,
        Decimal("0.2"),
    )
    assert world.balance(maker_account, "BTC") == ("20000.2", "0")
    assert world.balance(maker_account, "USDT") == ("19999.88", "0.08")
    assert world.balance(taker_account, "BTC") == ("19999.8", "0")
    assert world.balance(taker_account, "USDT") == ("20000.04", "0")


@pytest.mark.parametrize(
    ("taker_mode", "maker_mode", "effective"),
    [
        ("TRANSFER", "TRANSFER", "TRANSFER"),
        *(
            ("TRANSFER", mode, "DECREMENT")
            for mode in ("EXPIRE_MAKER", "EXPIRE_TAKER", "EXPIRE_BOTH", "NONE", "DECREMENT")
        ),
        *((mode, "TRANSFER", mode) for mode in ("EXPIRE_MAKER", "EXPIRE_TAKER", "EXPIRE_BOTH", "DECREMENT")),
    ],
)
def test_effective_mode(world, taker_mode, maker_mode, effective):
    maker_account, taker_account = world.account(trade_group_id=5), world.account(trade_group_id=5)
    world.limit(maker_account, "BUY", 1, 1, stp=maker_mode)
    taker = world.limit(taker_account, "SELL", 1, 1, stp=taker_mode)
    assert taker.prevented_matches[0].self_trade_prevention_mode == effective


def test_accounts_without_a_common_group_trade(world):
    maker, taker = world.account(), world.account()
    world.limit(maker, "BUY", 1, 1, stp="EXPIRE_BOTH")
    assert world.limit(taker, "SELL", 1, 1, stp="EXPIRE_BOTH").order.status is OrderStatus.FILLED


def test_prevention_reports_say_what_did_not_happen(world):
    account = world.account()
    world.limit(account, "BUY", 1, 1)
    world.events()
    world.limit(account, "SELL", 3, 1, stp="EXPIRE_BOTH")
    reports = [one for one in world.reports(account) if one.execution_type is ExecutionType.TRADE_PREVENTION]
    assert [
        (one.order.order_id, one.counter_order_id, one.last_prevented_qty, one.prevented_execution_qty)
        for one in reports
    ] == [(2, 1, Decimal(3), Decimal(1)), (1, 2, Decimal(1), Decimal(1))]
    assert {one.prevented_execution_quote_qty for one in reports} == {Decimal(1)}


def test_quantities_add_up_while_an_order_is_open(world):
    account, other = world.account(), world.account()
    maker = world.limit(account, "SELL", 10, 5, stp="NONE")
    world.limit(other, "BUY", 3, 5)
    world.limit(account, "BUY", 2, 5, stp="DECREMENT")
    order = world.get(account, maker)
    assert order.quantity - order.executed_qty - order.prevented_qty == 5
    assert world.balance(account, "BTC")[1] == "5"


def test_a_decremented_iceberg_keeps_its_shown_part_within_what_is_left(world):
    account = world.account()
    world.limit(account, "SELL", 10, 5, iceberg_qty=2, stp="NONE")
    world.limit(account, "BUY", 5, 5, stp="DECREMENT")
    assert world.exchange.depth("BTCUSDT").asks == ((Decimal(5), Decimal(2)),)
    other = world.account()
    assert world.market(other, "BUY", 5).order.status is OrderStatus.FILLED


def test_a_mode_the_symbol_does_not_allow_is_refused(make_world, symbol, refusal):
    mode = SelfTradePreventionMode
    world = make_world(symbol(allowed_self_trade_prevention_modes=(mode.NONE, mode.EXPIRE_TAKER, mode.EXPIRE_BOTH)))
    account = world.account()
    assert refusal(world.limit, account, "BUY", 1, 1, stp="EXPIRE_MAKER") == (
        "-1013 This symbol does not allow the specified self-trade prevention mode."
    )
    assert world.limit(account, "BUY", 1, 1).order.self_trade_prevention_mode is mode.NONE


def test_prevented_matches_are_found_by_id_and_by_order(world):
    account = world.account()
    makers(world, account)
    taker = world.limit(account, "SELL", 3, 1, stp="EXPIRE_MAKER")
    exchange = world.exchange
    assert len(exchange.prevented_matches(account, "BTCUSDT", order_id=taker.order.order_id)) == 3
    assert [m.prevented_match_id for m in exchange.prevented_matches(account, "BTCUSDT", prevented_match_id=1)] == [1]
    found = exchange.prevented_matches(account, "BTCUSDT", order_id=taker.order.order_id, from_prevented_match_id=2)
    assert [match.maker_order_id for match in found] == [3]


def test_a_market_order_must_be_able_to_pay_for_what_lies_behind_its_own_expiring_orders(world, refusal):
    """EXPIRE_MAKER clears one's own cheap order away, so the dearer ones behind it are what the order costs."""
    account, house = world.account({"BTC": 1, "USDT": 500}), world.account()
    world.limit(account, "SELL", 1, 100)
    world.limit(house, "SELL", 1, 1000)
    assert refusal(world.market, account, "BUY", 1, stp="EXPIRE_MAKER") == (
        "-2010 Account has insufficient balance for requested action."
    )
    order = world.market(account, "BUY", quote_order_qty=500, stp="EXPIRE_MAKER").order
    assert (order.executed_qty, order.cumulative_quote_qty) == (Decimal("0.5"), 500)


def test_a_fill_or_kill_order_by_expire_taker_gives_way(world):
    account = world.account()
    maker = world.limit(account, "SELL", 1, 100)
    order = world.limit(account, "BUY", 1, 100, tif="FOK", stp="EXPIRE_BOTH").order
    assert (order.status, world.get(account, maker).status) == ("EXPIRED", "NEW")


def test_a_fill_or_kill_order_counts_no_hidden_part_behind_its_own_order(world):
    """The iceberg's second part would queue behind one's own order, at which the taker expires."""
    account, house = world.account(), world.account()
    world.limit(house, "SELL", 10, 100, iceberg_qty=1)
    world.limit(account, "SELL", 1, 100)
    order = world.limit(account, "BUY", 2, 100, tif="FOK", stp="EXPIRE_TAKER").order
    assert (order.status, order.executed_u) == ("EXPIRED", 0)
    assert world.limit(account, "BUY", 1, 100, tif="FOK", stp="EXPIRE_TAKER").order.status == "FILLED"
