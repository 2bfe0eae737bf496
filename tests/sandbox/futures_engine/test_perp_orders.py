"""Regular orders: times in force, filters, reduce-only, priceMatch, self-trade prevention, changes, batches."""

from decimal import Decimal

import pytest
from perp_world import BTC, PerpWorld, code_of

from binance_nb.models.enums import FuturesExecutionType
from binance_nb.sandbox.futures.commands import CancelOrder, EngineError
from binance_nb.sandbox.futures.events import OrderUpdate


@pytest.mark.parametrize(
    ("quantity", "price", "code"),
    [
        ("0", "100000", -4003),
        ("0.0005", "100000", -1111),
        ("1001", "100000", -4005),
        ("0.01", "100000.05", -4014),
        ("0.01", "100000.001", -1111),
        ("0.01", "0", -4001),
        ("0.01", "500", -4013),
        ("0.01", "5000000", -4002),
        ("0.01", "105000.1", -4016),
        ("0.001", "40000", -4164),
        ("0.01", None, -1102),
        (None, "100000", -1102),
        ("12", "100000", -2019),
        ("0.01", "105000", 0),
    ],
)
def test_filters_refuse_with_their_own_codes(perp: PerpWorld, quantity: str, price: str, code: int) -> None:
    me = perp.account(50_000)
    assert code_of(lambda: perp.limit(me, "BUY", quantity, price)) == code


def test_a_sell_order_may_not_be_far_below_the_mark_price(perp: PerpWorld) -> None:
    me = perp.account()
    assert code_of(lambda: perp.limit(me, "SELL", "0.01", "94999.9")) == -4024
    assert code_of(lambda: perp.limit(me, "SELL", "0.01", "95000")) == 0


def test_a_refused_order_leaves_no_trace(perp: PerpWorld) -> None:
    me = perp.account(100)
    with pytest.raises(EngineError):
        perp.limit(me, "BUY", "1", "100000")
    assert perp.events() == []
    assert perp.exchange.open_orders(me) == ()


def test_conditional_types_belong_to_the_algo_service(perp: PerpWorld) -> None:
    me = perp.account()
    for kind in ("STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"):
        assert code_of(lambda kind=kind: perp.place(me, kind, "BUY", "0.01")) == -4120


def test_a_market_order_takes_the_best_prices_first_and_loses_what_nobody_offers(perp: PerpWorld) -> None:
    me, maker = perp.account(), perp.account()
    perp.limit(maker, "SELL", "0.02", "100010")
    perp.limit(maker, "SELL", "0.01", "100000")
    perp.events()
    order = perp.market(me, "BUY", "0.05")
    assert (order.status, order.executed_qty, order.expiry_reason) == ("EXPIRED", Decimal("0.03"), 9)
    assert order.avg_price == (Decimal(100_000) + 2 * Decimal(100_010)) / 3 // Decimal("1e-8") * Decimal(
        "1e-8"
    ) + Decimal("1e-8")
    assert perp.reports(me) == [
        ("NEW", "NEW", 0),
        ("TRADE", "PARTIALLY_FILLED", 0),
        ("TRADE", "PARTIALLY_FILLED", 0),
        ("EXPIRED", "EXPIRED", 9),
    ]


def test_a_market_order_stays_within_its_bound_of_the_mark_price(perp: PerpWorld) -> None:
    me, maker = perp.account(), perp.account()
    perp.limit(maker, "SELL", "0.01", "104000")
    perp.limit(maker, "SELL", "0.01", "106000")
    assert perp.market(me, "BUY", "0.02").executed_qty == Decimal("0.01")
    assert code_of(lambda: perp.market(me, "BUY", "0.02")) == -4131


def test_immediate_or_cancel_expires_with_its_reason(perp: PerpWorld) -> None:
    me, maker = perp.account(), perp.account()
    perp.limit(maker, "SELL", "0.01", "100000")
    order = perp.limit(me, "BUY", "0.03", "100000", tif="IOC")
    assert (order.status, order.executed_qty, order.expiry_reason) == ("EXPIRED", Decimal("0.01"), 2)


def test_fill_or_kill_is_refused_unless_the_book_has_it_all(perp: PerpWorld) -> None:
    me, maker = perp.account(), perp.account()
    perp.limit(maker, "SELL", "0.01", "100000")
    perp.limit(maker, "SELL", "0.01", "100010")
    assert code_of(lambda: perp.limit(me, "BUY", "0.02", "100000", tif="FOK")) == -5021
    assert perp.limit(me, "BUY", "0.02", "100010", tif="FOK").status == "FILLED"


@pytest.mark.parametrize("tif", ["GTX", "RPI"])
def test_post_only_is_refused_when_it_would_trade(perp: PerpWorld, tif: str) -> None:
    me, maker = perp.account(), perp.account()
    perp.limit(maker, "SELL", "0.01", "100000")
    assert code_of(lambda: perp.limit(me, "BUY", "0.01", "100000", tif=tif)) == -5022
    assert perp.limit(me, "BUY", "0.01", "99999.9", tif=tif).status == "NEW"


def test_regular_orders_are_not_tied_to_a_position(perp: PerpWorld) -> None:
    me = perp.account()
    assert code_of(lambda: perp.limit(me, "BUY", "0.01", "99000", tif="GTE_GTC")) == -1115


def test_good_till_date_needs_ten_minutes_and_ends_there(perp: PerpWorld) -> None:
    me = perp.account()
    soon, later = perp.now_us + 600_000_000, perp.now_us + 601_000_000
    assert code_of(lambda: perp.limit(me, "BUY", "0.01", "99000", tif="GTD")) == -1102
    assert code_of(lambda: perp.limit(me, "BUY", "0.01", "99000", tif="GTD", good_till_us=soon)) == -5040
    order = perp.limit(me, "BUY", "0.01", "99000", tif="GTD", good_till_us=later)
    perp.advance(600_000)
    assert perp.again(me, order).status == "NEW"
    perp.advance(1_000)
    assert perp.again(me, order).status == "EXPIRED"


def test_names_are_unique_among_open_orders(perp: PerpWorld) -> None:
    me = perp.account()
    first = perp.limit(me, "BUY", "0.01", "99000", client_order_id="mine")
    assert code_of(lambda: perp.limit(me, "BUY", "0.01", "99000", client_order_id="mine")) == -4116
    assert code_of(lambda: perp.limit(me, "BUY", "0.01", "99000", client_order_id="not mine!")) == -4015
    perp.cancel(me, first)
    assert perp.limit(me, "BUY", "0.01", "99000", client_order_id="mine").status == "NEW"


def test_no_more_than_the_symbol_takes_may_be_open(perp: PerpWorld) -> None:
    me = perp.account()
    for _ in range(200):
        perp.limit(me, "BUY", "0.001", "99000")
    assert code_of(lambda: perp.limit(me, "BUY", "0.001", "99000")) == -2025


@pytest.mark.parametrize(
    ("match", "side", "price"),
    [
        ("OPPONENT", "BUY", 100_001),
        ("OPPONENT_5", "BUY", 100_005),
        ("QUEUE", "BUY", 99_999),
        ("QUEUE_10", "BUY", 99_990),
        ("OPPONENT", "SELL", 99_999),
        ("QUEUE_20", "SELL", 100_020),
    ],
)
def test_price_match_takes_its_price_from_the_book(perp: PerpWorld, match: str, side: str, price: int) -> None:
    maker, me = perp.account(), perp.account()
    for step in range(1, 21):
        perp.limit(maker, "SELL", "0.001", 100_000 + step)
        perp.limit(maker, "BUY", "0.001", 100_000 - step)
    order = perp.limit(me, side, "0.001", match=match)
    assert order.price == price
    assert order.price_match == match


def test_price_match_goes_without_a_price_and_needs_a_book(perp: PerpWorld) -> None:
    me = perp.account()
    assert code_of(lambda: perp.limit(me, "BUY", "0.001", "100000", match="QUEUE")) == -5037
    assert code_of(lambda: perp.limit(me, "BUY", "0.001", match="QUEUE")) == -2020


def test_reduce_only_needs_a_position_and_never_turns_it(perp: PerpWorld) -> None:
    me, other = perp.account(), perp.account()
    assert code_of(lambda: perp.limit(me, "SELL", "0.01", "100000", reduce_only=True)) == -2022
    perp.trade(me, other, "0.02")
    assert code_of(lambda: perp.limit(me, "BUY", "0.01", "100000", reduce_only=True)) == -2022
    perp.limit(other, "BUY", "0.05", "100000")
    order = perp.market(me, "SELL", "0.05", reduce_only=True)
    assert (order.status, order.executed_qty, order.expiry_reason) == ("EXPIRED", Decimal("0.02"), 4)
    assert perp.position(me).position_amt == 0


def test_a_resting_reduce_only_order_goes_with_its_position(perp: PerpWorld) -> None:
    me, other = perp.account(), perp.account()
    perp.trade(me, other, "0.02")
    resting = perp.limit(me, "SELL", "0.02", "101000", reduce_only=True)
    perp.limit(other, "BUY", "0.03", "100000")
    perp.market(me, "SELL", "0.03")
    assert perp.position(me).position_amt == Decimal("-0.01")
    gone = perp.again(me, resting)
    assert (gone.status, gone.expiry_reason) == ("EXPIRED", 4)
    assert perp.exchange.depth(BTC).asks == ()


def test_fill_or_kill_counts_reducing_orders_only_for_what_they_can_reduce(perp: PerpWorld) -> None:
    me, maker, other = perp.account(), perp.account(), perp.account()
    perp.trade(maker, other, "0.02")
    for price in (100_000, 100_010):
        perp.limit(maker, "SELL", "0.015", price, reduce_only=True)
    assert code_of(lambda: perp.limit(me, "BUY", "0.03", "100010", tif="FOK")) == -5021
    assert perp.limit(me, "BUY", "0.02", "100010", tif="FOK").status == "FILLED"
    assert perp.position(maker).position_amt == 0
    assert perp.exchange.open_orders(maker) == ()


@pytest.mark.parametrize(
    ("stp", "maker_status", "taker_status"),
    [
        ("EXPIRE_MAKER", "EXPIRED_IN_MATCH", "NEW"),
        (None, "EXPIRED_IN_MATCH", "NEW"),
        ("EXPIRE_TAKER", "NEW", "EXPIRED_IN_MATCH"),
        ("EXPIRE_BOTH", "EXPIRED_IN_MATCH", "EXPIRED_IN_MATCH"),
        ("NONE", "FILLED", "FILLED"),
    ],
)
def test_orders_of_one_account_do_not_meet(
    perp: PerpWorld, stp: str | None, maker_status: str, taker_status: str
) -> None:
    me = perp.account()
    maker = perp.limit(me, "SELL", "0.01", "100000")
    taker = perp.limit(me, "BUY", "0.01", "100000", **({"stp": stp} if stp else {}))
    assert perp.again(me, maker).status == maker_status
    assert taker.status == taker_status
    if "EXPIRED" in maker_status:
        assert perp.again(me, maker).expiry_reason == 1


def test_a_modified_order_goes_to_the_end_of_its_queue(perp: PerpWorld) -> None:
    first, second, taker = perp.account(), perp.account(), perp.account()
    early = perp.limit(first, "BUY", "0.02", "100000")
    perp.limit(second, "BUY", "0.01", "100000")
    changed = perp.modify(first, early, "0.01", "100000", modify_id=77)
    assert (changed.quantity, changed.order_id, changed.modify_id) == (Decimal("0.01"), early.order_id, 77)
    perp.market(taker, "SELL", "0.01")
    assert perp.position(second).position_amt == Decimal("0.01")
    assert perp.position(first).position_amt == 0


def test_a_modification_is_announced_remembered_and_may_trade_at_once(perp: PerpWorld) -> None:
    me, other = perp.account(), perp.account()
    perp.limit(other, "SELL", "0.01", "100000")
    order = perp.limit(me, "BUY", "0.01", "99000")
    perp.events()
    changed = perp.modify(me, order, "0.02", "100000", modify_id=5)
    assert (changed.status, changed.executed_qty) == ("PARTIALLY_FILLED", Decimal("0.01"))
    mine = [one for one in perp.events(OrderUpdate) if one.account_id == me]
    assert [(one.execution_type, one.modify_id) for one in mine] == [
        (FuturesExecutionType.AMENDMENT, 5),
        (FuturesExecutionType.TRADE, None),
    ]
    (row,) = perp.exchange.order_amendments(me, BTC, order_id=order.order_id)
    assert (row.price_before, row.price_after, row.qty_before, row.qty_after, row.count) == (
        Decimal(99_000),
        Decimal(100_000),
        Decimal("0.01"),
        Decimal("0.02"),
        1,
    )


def test_modifications_are_refused_or_cancel_as_the_rules_say(perp: PerpWorld) -> None:
    me, other = perp.account(50_000), perp.account()
    order = perp.limit(me, "BUY", "0.03", "99000")
    assert code_of(lambda: perp.modify(me, order, "0.03", "99000")) == -5027
    assert code_of(lambda: perp.modify(me, order, "50", "99000")) == -2019
    assert perp.exchange.depth(BTC).bids == ((Decimal(99_000), Decimal("0.03")),)
    perp.market(other, "SELL", "0.02")
    assert perp.modify(me, order, "0.02", "99500").status == "CANCELED"
    post_only = perp.limit(me, "BUY", "0.01", "99000", tif="GTX")
    perp.limit(other, "SELL", "0.01", "99100")
    assert perp.modify(me, post_only, "0.01", "99100").status == "CANCELED"
    assert code_of(lambda: perp.modify(me, post_only, "0.01", "99000")) == -2013


def test_cancels_name_what_they_cancelled_and_refuse_strangers(perp: PerpWorld) -> None:
    me = perp.account()
    order = perp.limit(me, "BUY", "0.01", "99000")
    assert perp.cancel(me, order).status == "CANCELED"
    assert code_of(lambda: perp.cancel(me, order)) == -2011
    for price in (98_000, 98_500):
        perp.limit(me, "BUY", "0.01", price)
    assert [one.status for one in perp.exchange.cancel_open_orders(me, BTC, perp.tick())] == ["CANCELED"] * 2
    assert perp.exchange.cancel_open_orders(me, BTC, perp.tick()) == ()


def test_a_batch_answers_for_each_of_its_orders(perp: PerpWorld) -> None:
    me = perp.account()
    asked = [perp.asked("LIMIT", "BUY", q, 99_000, tif="GTC") for q in ("0.01", "0.0001", "0.02")]
    first, refusal, last = perp.exchange.place_batch(me, asked, perp.tick())
    assert isinstance(refusal, EngineError)
    assert refusal.code == -1111
    assert [one.status for one in (first, last)] == ["NEW", "NEW"]
    cancels = [CancelOrder(symbol=BTC, order_id=one) for one in (first.order_id, 999, last.order_id)]
    done = perp.exchange.cancel_batch(me, cancels, perp.tick())
    assert [getattr(one, "code", None) for one in done] == [None, -2011, None]
    assert code_of(lambda: perp.exchange.place_batch(me, asked * 2, perp.tick())) == -4082


def test_a_countdown_cancels_all_orders_of_its_symbol_unless_it_is_set_anew(perp: PerpWorld) -> None:
    me = perp.account()
    order = perp.limit(me, "BUY", "0.01", "99000")
    perp.exchange.set_countdown(me, BTC, 5_000_000, perp.now_us)
    perp.advance(4_000)
    perp.exchange.set_countdown(me, BTC, 5_000_000, perp.now_us)
    perp.advance(4_000)
    assert perp.again(me, order).status == "NEW"
    perp.advance(1_000)
    assert perp.again(me, order).status == "CANCELED"


def test_a_test_order_changes_nothing(perp: PerpWorld) -> None:
    me = perp.account()
    perp.exchange.test_order(me, perp.asked("LIMIT", "BUY", "0.01", 99_000, tif="GTC"), perp.tick())
    assert perp.events() == []
    assert perp.exchange.open_orders(me) == ()
