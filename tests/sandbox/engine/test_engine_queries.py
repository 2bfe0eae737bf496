"""What an account may ask about its orders, trades and lists, and which questions are refused."""

from decimal import Decimal

import pytest

from binance_nb.models.enums import OrderStatus

DAY_US = 86_400_000_000


@pytest.fixture
def you(world):
    """An account with five orders, ten seconds apart, of which the second and third are filled."""
    house = world.account()
    account = world.account()
    for number in range(5):
        world.tick(10_000)
        world.limit(account, "BUY", 1, 10 + number, client_order_id=f"n{number}")
        if number in (1, 2):
            world.market(house, "SELL", 1)
    return account


def ids(rows):
    return [row.client_order_id for row in rows]


def test_an_order_is_found_by_id_or_name(world, you):
    first = world.exchange.order(you, "BTCUSDT", client_order_id="n0")
    assert world.exchange.order(you, "BTCUSDT", order_id=first.order_id).client_order_id == "n0"
    assert (
        world.exchange.order(you, "BTCUSDT", order_id=first.order_id, client_order_id="n0").order_id == first.order_id
    )


def test_an_order_whose_name_disagrees(world, you, refusal):
    first = world.exchange.order(you, "BTCUSDT", client_order_id="n0")
    assert refusal(world.exchange.order, you, "BTCUSDT", order_id=first.order_id, client_order_id="n1") == (
        "-2039 Client order ID is not correct for this order ID."
    )


def test_an_unknown_order_and_another_accounts_order(world, you, refusal):
    assert refusal(world.exchange.order, you, "BTCUSDT", order_id=999) == "-2013 Order does not exist."
    mine = world.exchange.order(you, "BTCUSDT", client_order_id="n0").order_id
    assert refusal(world.exchange.order, world.account(), "BTCUSDT", order_id=mine) == "-2013 Order does not exist."


def test_an_order_without_fills_is_archived_after_ninety_days(world, you, refusal):
    world.cancel(you, orig_client_order_id="n0")
    after = world.now_us + 90 * DAY_US
    assert world.exchange.order(you, "BTCUSDT", client_order_id="n0", now_us=after).status is OrderStatus.CANCELED
    assert refusal(world.exchange.order, you, "BTCUSDT", client_order_id="n0", now_us=after + 1).startswith("-2026 ")
    assert world.exchange.order(you, "BTCUSDT", client_order_id="n1", now_us=after + 1).status is OrderStatus.FILLED


def test_an_answer_does_not_change_afterwards(world, you):
    before = world.exchange.order(you, "BTCUSDT", client_order_id="n0")
    world.cancel(you, orig_client_order_id="n0")
    assert before.status is OrderStatus.NEW


def test_open_orders_of_one_symbol_or_all(world, you, refusal):
    assert ids(world.exchange.open_orders(you, "BTCUSDT")) == ["n0", "n3", "n4"]
    assert ids(world.exchange.open_orders(you)) == ["n0", "n3", "n4"]
    assert refusal(world.exchange.open_orders, you, "NOPE") == "-1121 Invalid symbol."


def test_all_orders_from_an_id_in_a_span_or_the_latest(world, you):
    exchange = world.exchange
    orders = exchange.all_orders(you, "BTCUSDT")
    assert ids(orders) == ["n0", "n1", "n2", "n3", "n4"]
    assert ids(exchange.all_orders(you, "BTCUSDT", limit=2)) == ["n3", "n4"]
    assert ids(exchange.all_orders(you, "BTCUSDT", order_id=orders[1].order_id, limit=2)) == ["n1", "n2"]
    start, end = orders[1].created_us, orders[3].created_us
    assert ids(exchange.all_orders(you, "BTCUSDT", start_us=start, end_us=end)) == ["n1", "n2", "n3"]
    assert ids(exchange.all_orders(you, "BTCUSDT", start_us=start, limit=2)) == ["n1", "n2"]
    assert ids(exchange.all_orders(you, "BTCUSDT", end_us=end, limit=2)) == ["n2", "n3"]


def test_a_span_is_at_most_a_day(world, you, refusal):
    exchange = world.exchange
    exchange.all_orders(you, "BTCUSDT", start_us=0, end_us=DAY_US)
    for ask in (exchange.all_orders, exchange.my_trades, exchange.allocations):
        assert refusal(ask, you, "BTCUSDT", start_us=0, end_us=DAY_US + 1).startswith("-1127 ")
    assert refusal(exchange.all_order_lists, you, start_us=0, end_us=DAY_US + 1).startswith("-1127 ")


def test_my_trades(world, you):
    trades = world.exchange.my_trades(you, "BTCUSDT")
    assert [(trade.trade_id, trade.price, trade.is_buyer, trade.is_maker) for trade in trades] == [
        (0, 11, True, True),
        (1, 12, True, True),
    ]
    exchange = world.exchange
    assert exchange.my_trades(you, "BTCUSDT", from_id=1) == trades[1:]
    assert exchange.my_trades(you, "BTCUSDT", order_id=trades[0].order_id) == trades[:1]
    assert exchange.my_trades(you, "BTCUSDT", order_id=trades[0].order_id, from_id=1) == ()
    assert exchange.my_trades(you, "BTCUSDT", start_us=trades[1].time_us) == trades[1:]
    assert exchange.my_trades(you, "BTCUSDT", end_us=trades[0].time_us) == trades[:1]
    assert exchange.my_trades(you, "BTCUSDT", limit=1) == trades[1:]


@pytest.mark.parametrize("also", [{"order_id": 1}, {"from_id": 1}])
def test_my_trades_take_a_span_or_ids_not_both(world, you, refusal, also):
    assert refusal(world.exchange.my_trades, you, "BTCUSDT", start_us=0, **also).startswith("-1128 ")


def test_order_lists(world, you, refusal):
    made = []
    for number in range(3):
        world.tick(10_000)
        placed = world.place_list(
            you,
            "OTO",
            world.order("LIMIT", "BUY", 1, 1),
            world.order("LIMIT", "SELL", 1, 99),
            list_client_order_id=f"l{number}",
        )
        made.append(placed.order_list)
    exchange = world.exchange

    def names(rows):
        return [row.list_client_order_id for row in rows]

    assert exchange.order_list(you, order_list_id=made[0].order_list_id).list_client_order_id == "l0"
    assert exchange.order_list(you, list_client_order_id="l1").order_list_id == made[1].order_list_id
    assert refusal(exchange.order_list, you, order_list_id=77) == "-2018 Order list does not exist."
    assert names(exchange.all_order_lists(you)) == ["l0", "l1", "l2"]
    assert names(exchange.all_order_lists(you, from_id=made[1].order_list_id)) == ["l1", "l2"]
    assert names(exchange.all_order_lists(you, end_us=made[1].created_us, limit=1)) == ["l1"]
    assert refusal(exchange.all_order_lists, you, from_id=1, start_us=1).startswith("-1128 ")
    world.cancel_list(you, made[1].order_list_id)
    assert names(exchange.open_order_lists(you)) == ["l0", "l2"]


def test_prevented_matches_need_an_id(world, you, refusal):
    assert refusal(world.exchange.prevented_matches, you, "BTCUSDT").startswith("-1102 ")
    assert refusal(world.exchange.prevented_matches, you, "BTCUSDT", prevented_match_id=1, order_id=1).startswith(
        "-1128 "
    )


def test_deposits_and_withdrawals_are_announced(world, refusal):
    account = world.account({"USDT": 10})
    world.exchange.deposit(account, "USDT", Decimal("2.5"), world.tick())
    world.exchange.withdraw(account, "USDT", Decimal(12), world.tick())
    assert [(type(event).__name__, getattr(event, "delta", None)) for event in world.events()] == [
        ("BalanceChange", Decimal("2.5")),
        ("AccountPosition", None),
        ("BalanceChange", Decimal(-12)),
        ("AccountPosition", None),
    ]
    assert world.balance(account, "USDT") == ("0.5", "0")
    assert refusal(world.exchange.withdraw, account, "USDT", Decimal(1), world.tick()).startswith("-2010 ")


def test_a_reset_expires_orders_and_forgets_the_past(world, you):
    world.events()
    world.exchange.reset_account(you, {"USDT": Decimal(5)}, world.tick())
    assert [entry for entry in world.story(you) if "EXPIRED" in entry] == [
        "1 EXPIRED/EXPIRED",
        "6 EXPIRED/EXPIRED",
        "7 EXPIRED/EXPIRED",
    ]
    assert world.exchange.all_orders(you, "BTCUSDT") == ()
    assert world.exchange.my_trades(you, "BTCUSDT") == ()
    assert world.balance(you, "USDT") == ("5", "0")
    assert world.balance(you, "BTC") == ("0", "0")
    assert world.exchange.depth("BTCUSDT").bids == ()


def test_a_reset_ends_open_lists_too(world):
    account = world.account()
    world.place_list(account, "OTO", world.order("LIMIT", "BUY", 1, 1), world.order("LIMIT", "SELL", 1, 9))
    world.events()
    world.exchange.reset_account(account, {}, world.tick())
    assert world.story(account) == ["1 EXPIRED/EXPIRED", "2 EXPIRED/EXPIRED", "list ALL_DONE"]


def test_an_outside_system_may_lock_and_unlock(world, refusal):
    account = world.account({"USDT": 10})
    lock = world.exchange.lock_externally
    lock(account, "USDT", Decimal(4), world.tick())
    assert world.balance(account, "USDT") == ("6", "4")
    assert refusal(lock, account, "USDT", Decimal(7), world.tick()).startswith("-2010 ")
    assert refusal(lock, account, "USDT", Decimal(-5), world.tick()).startswith("-2010 ")
    lock(account, "USDT", Decimal(-4), world.tick())
    assert world.balance(account, "USDT") == ("10", "0")
    assert [event.delta for event in world.events() if hasattr(event, "delta")] == [4, -4]
