"""The Algo Service: triggers, states, refusals, and the regular orders that conditional ones become."""

from decimal import Decimal

import pytest
from perp_world import BTC, PerpWorld, code_of

from binance_nb.models.enums import AlgoStatus
from binance_nb.sandbox.futures.events import AlgoUpdate, OrderUpdate
from binance_nb.sandbox.futures.records import AlgoOrder


def print_price(perp: PerpWorld, price: object) -> None:
    """Let two strangers trade a little at this price, so that it is the last one."""
    seller, buyer = perp.account(), perp.account()
    perp.trade(buyer, seller, "0.001", price)


def states(perp: PerpWorld, algo: AlgoOrder) -> list[str]:
    return [str(one.algo.status) for one in perp.events(AlgoUpdate) if one.algo.algo_id == algo.algo_id]


@pytest.mark.parametrize(
    ("kind", "side", "trigger", "short_of_it", "there"),
    [
        ("STOP_MARKET", "BUY", "101000", 100_999, 101_000),
        ("STOP_MARKET", "SELL", "99000", 99_001, 99_000),
        ("TAKE_PROFIT_MARKET", "BUY", "99000", 99_001, 99_000),
        ("TAKE_PROFIT_MARKET", "SELL", "101000", 100_999, 101_000),
    ],
)
@pytest.mark.parametrize("by", ["CONTRACT_PRICE", "MARK_PRICE"])
def test_a_condition_is_met_at_its_price_and_not_before(
    perp: PerpWorld, kind: str, side: str, trigger: str, short_of_it: int, there: int, by: str
) -> None:
    me = perp.account()
    print_price(perp, 100_000)
    algo = perp.algo(me, kind, side, "0.01", trigger_price=trigger, by=by)

    def move(price: int) -> None:
        if by == "MARK_PRICE":
            perp.mark(str(price))
        else:
            print_price(perp, price)

    move(short_of_it)
    assert perp.algo_again(me, algo).status == "NEW"
    move(there)
    assert perp.algo_again(me, algo).status == "FINISHED"
    assert perp.algo_again(me, algo).triggered_us == perp.now_us


def test_a_stop_watches_only_its_own_price(perp: PerpWorld) -> None:
    me = perp.account()
    print_price(perp, 100_000)
    algo = perp.algo(me, "STOP_MARKET", "SELL", "0.01", trigger_price="99000", by="CONTRACT_PRICE")
    perp.mark("98000")
    assert perp.algo_again(me, algo).status == "NEW"


def test_the_walk_of_a_stop_is_told_step_by_step(perp: PerpWorld) -> None:
    me, other = perp.account(), perp.account()
    perp.trade(me, other, "0.01")
    perp.limit(other, "BUY", "0.01", "98500")
    algo = perp.algo(me, "STOP_MARKET", "SELL", "0.01", trigger_price="99000", by="MARK_PRICE", client_algo_id="guard")
    perp.events()
    perp.mark("98900")
    told = [one for one in perp.events() if getattr(one, "account_id", None) == me]
    words = [
        str(one.algo.status) if isinstance(one, AlgoUpdate) else f"{one.execution_type}/{one.order.status}"
        for one in told
        if isinstance(one, AlgoUpdate | OrderUpdate)
    ]
    assert words == ["TRIGGERING", "TRIGGERED", "NEW/NEW", "TRADE/FILLED", "FINISHED"]
    done = perp.algo_again(me, algo)
    assert (done.actual_qty, done.actual_price, done.actual_type) == (Decimal("0.01"), Decimal(98_500), "MARKET")
    order = perp.exchange.order(me, BTC, order_id=done.actual_order_id, now_us=perp.now_us)
    assert order.client_order_id == "guard"
    assert (order.type, order.orig_type, order.stop_price) == ("MARKET", "STOP_MARKET", Decimal(99_000))
    assert perp.position(me).position_amt == 0


def test_the_name_of_the_order_it_became_is_a_switch() -> None:
    perp = PerpWorld(algo_name_is_order_name=False)
    me = perp.account()
    algo = perp.algo(
        me, "STOP", "SELL", "0.01", "99500", trigger_price="99000", by="MARK_PRICE", client_algo_id="guard"
    )
    perp.mark("98900")
    (order,) = perp.exchange.open_orders(me)
    assert order.client_order_id != "guard"
    assert perp.algo_again(me, algo).actual_order_id == order.order_id


def test_a_stop_limit_rests_as_a_regular_order_and_finishes_with_it(perp: PerpWorld) -> None:
    me = perp.account()
    algo = perp.algo(me, "STOP", "SELL", "0.01", "99500", trigger_price="99000", by="MARK_PRICE")
    assert perp.exchange.open_orders(me) == ()
    perp.mark("98900")
    (order,) = perp.exchange.open_orders(me)
    assert (order.type, order.price, perp.algo_again(me, algo).status) == ("LIMIT", Decimal(99_500), "TRIGGERED")
    assert perp.exchange.open_algo_orders(me) == ()
    assert code_of(lambda: perp.exchange.cancel_algo_order(me, perp.tick(), algo_id=algo.algo_id)) == -2011
    perp.cancel(me, order)
    done = perp.algo_again(me, algo)
    assert (done.status, done.actual_qty) == ("FINISHED", Decimal(0))


def test_a_condition_that_is_met_already_is_refused(perp: PerpWorld) -> None:
    me = perp.account()
    print_price(perp, 100_000)
    for kind, side, trigger in (
        ("STOP_MARKET", "BUY", "100000"),
        ("STOP_MARKET", "SELL", "100000"),
        ("TAKE_PROFIT_MARKET", "BUY", "100100"),
        ("TAKE_PROFIT_MARKET", "SELL", "99900"),
    ):
        for by in ("CONTRACT_PRICE", "MARK_PRICE"):
            refusal = code_of(
                lambda kind=kind, side=side, trigger=trigger, by=by: perp.algo(
                    me, kind, side, "0.01", trigger_price=trigger, by=by
                )
            )
            assert refusal == -2021
    for side, activate in (("BUY", "100000"), ("SELL", "100000")):
        refusal = code_of(
            lambda side=side, activate=activate: perp.algo(
                me, "TRAILING_STOP_MARKET", side, "0.01", activate_price=activate, callback_rate="1"
            )
        )
        assert refusal == -2021


def test_a_trailing_stop_sells_after_the_callback_from_the_best_price(perp: PerpWorld) -> None:
    me = perp.account()
    algo = perp.algo(
        me, "TRAILING_STOP_MARKET", "SELL", "0.01", activate_price="101000", callback_rate="1", by="MARK_PRICE"
    )
    assert not algo.is_activated
    perp.mark("99000")
    perp.mark("100500")
    assert not perp.algo_again(me, algo).is_activated
    perp.events()
    perp.mark("101000")
    (update,) = perp.events(AlgoUpdate)
    assert (update.algo.status, update.algo.is_activated) == (AlgoStatus.NEW, True)
    perp.mark("103000")
    perp.mark("101970.1")
    assert perp.algo_again(me, algo).status == "NEW"
    perp.mark("101970")
    assert perp.algo_again(me, algo).status == "FINISHED"


def test_a_trailing_stop_without_activation_buys_after_the_rise(perp: PerpWorld) -> None:
    me = perp.account()
    algo = perp.algo(me, "TRAILING_STOP_MARKET", "BUY", "0.01", callback_rate="2", by="MARK_PRICE")
    assert algo.is_activated
    perp.mark("98000")
    perp.mark("99959.9")
    assert perp.algo_again(me, algo).status == "NEW"
    perp.mark("99960")
    assert perp.algo_again(me, algo).status == "FINISHED"


@pytest.mark.parametrize(("rate", "code"), [("0.09", -2007), ("0.1", 0), ("20", 0), ("20.1", -2007), (None, -1102)])
def test_callback_rates_have_bounds(perp: PerpWorld, rate: str | None, code: int) -> None:
    me = perp.account()
    assert code_of(lambda: perp.algo(me, "TRAILING_STOP_MARKET", "SELL", "0.01", callback_rate=rate)) == code


@pytest.mark.parametrize(
    ("kind", "more", "code"),
    [
        ("LIMIT", {"quantity": "0.01", "price": "99000"}, -1116),
        ("STOP_MARKET", {"quantity": "0.01"}, -1102),
        ("STOP_MARKET", {"trigger_price": "101000"}, -1102),
        ("STOP_MARKET", {"quantity": "0.01", "price": "101000", "trigger_price": "101000"}, -1106),
        ("STOP", {"quantity": "0.01", "trigger_price": "101000"}, -1102),
        ("STOP", {"quantity": "0.01", "price": "101000", "match": "QUEUE", "trigger_price": "101000"}, -5037),
        ("STOP_MARKET", {"quantity": "0.01", "close_position": True, "trigger_price": "101000"}, -4137),
        ("STOP_MARKET", {"reduce_only": True, "close_position": True, "trigger_price": "101000"}, -1106),
        ("STOP", {"price": "101000", "close_position": True, "trigger_price": "101000"}, -1106),
        ("TRAILING_STOP_MARKET", {"quantity": "0.01", "trigger_price": "101000", "callback_rate": "1"}, -1106),
        ("STOP_MARKET", {"quantity": "0.01", "trigger_price": "101000.05"}, -4014),
        ("STOP_MARKET", {"quantity": "0.0001", "trigger_price": "101000"}, -1111),
        ("STOP_MARKET", {"quantity": "0.01", "trigger_price": "101000", "side_of": "LONG"}, -4061),
        ("STOP_MARKET", {"quantity": "0.01", "trigger_price": "101000", "client_algo_id": "not so!"}, -4015),
        ("STOP_MARKET", {"quantity": "0.01", "trigger_price": "101000", "tif": "GTE_GTC"}, -4509),
        ("STOP_MARKET", {"quantity": "0.01", "trigger_price": "101000", "stp": "DECREMENT"}, -1130),
    ],
)
def test_what_makes_no_sense_is_refused(perp: PerpWorld, kind: str, more: dict[str, object], code: int) -> None:
    me = perp.account()
    assert code_of(lambda: perp.algo(me, kind, "BUY", **more)) == code
    assert perp.exchange.open_algo_orders(me) == ()


def test_hedge_mode_closes_only_towards_zero(perp: PerpWorld) -> None:
    me = perp.account()
    perp.exchange.set_position_mode(me, perp.tick(), dual=True)
    for side, position_side, trigger in (("BUY", "LONG", "101000"), ("SELL", "SHORT", "99000")):
        refusal = code_of(
            lambda side=side, position_side=position_side, trigger=trigger: perp.algo(
                me, "STOP_MARKET", side, close_position=True, trigger_price=trigger, side_of=position_side
            )
        )
        assert refusal == -4138


def test_two_hundred_may_wait_over_all_symbols(perp: PerpWorld) -> None:
    me = perp.account()
    for index in range(200):
        perp.algo(me, "STOP_MARKET", "BUY", "0.001", trigger_price=101_000 + index)
    refusal = code_of(lambda: perp.algo(me, "STOP_MARKET", "BUY", "1", trigger_price=4_000, symbol="ETHUSDT"))
    assert refusal == -4045
    cancelled = perp.exchange.cancel_open_algo_orders(me, BTC, perp.tick())
    assert {one.status for one in cancelled} == {AlgoStatus.CANCELED}
    assert len(cancelled) == 200
    assert perp.exchange.open_algo_orders(me) == ()


def test_close_position_closes_whatever_there_is_then(perp: PerpWorld) -> None:
    me, other = perp.account(), perp.account()
    perp.trade(me, other, "0.01")
    algo = perp.algo(me, "TAKE_PROFIT_MARKET", "SELL", close_position=True, trigger_price="101000", by="MARK_PRICE")
    perp.trade(me, other, "0.03")
    perp.limit(other, "BUY", "1", "100900")
    perp.mark("101000")
    assert perp.position(me).position_amt == 0
    done = perp.algo_again(me, algo)
    assert (done.status, done.actual_qty) == ("FINISHED", Decimal("0.04"))
    order = perp.exchange.order(me, BTC, order_id=done.actual_order_id, now_us=perp.now_us)
    assert order.close_position


def test_close_position_without_a_position_expires(perp: PerpWorld) -> None:
    me = perp.account()
    algo = perp.algo(me, "STOP_MARKET", "SELL", close_position=True, trigger_price="99000", by="MARK_PRICE")
    perp.mark("98000")
    done = perp.algo_again(me, algo)
    assert done.status == "EXPIRED"
    assert done.failure_reason
    assert done.actual_order_id is None


def test_the_matching_engine_may_refuse_what_was_triggered(perp: PerpWorld) -> None:
    me = perp.account(100)
    algo = perp.algo(me, "STOP", "BUY", "1", "101000", trigger_price="101000", by="MARK_PRICE")
    perp.events()
    perp.mark("101000")
    assert states(perp, algo) == ["TRIGGERING", "REJECTED"]
    assert perp.algo_again(me, algo).failure_reason == "Margin is insufficient."
    assert perp.exchange.open_orders(me) == ()


def test_reduce_only_is_looked_at_when_it_triggers(perp: PerpWorld) -> None:
    me = perp.account()
    algo = perp.algo(me, "STOP", "SELL", "0.01", "99000", trigger_price="99000", by="MARK_PRICE", reduce_only=True)
    perp.mark("98000")
    assert perp.algo_again(me, algo).status == "REJECTED"


def test_price_protection_holds_back_when_the_prices_disagree(perp: PerpWorld) -> None:
    me = perp.account()
    print_price(perp, 100_000)
    safe = perp.algo(me, "STOP", "BUY", "0.01", "104000", trigger_price="106000", by="MARK_PRICE", price_protect=True)
    bold = perp.algo(me, "STOP", "BUY", "0.01", "104000", trigger_price="106000", by="MARK_PRICE")
    perp.mark("106000")
    assert perp.algo_again(me, safe).status == "REJECTED"
    assert perp.algo_again(me, bold).status == "TRIGGERED"


def test_an_order_good_till_a_date_expires_while_it_waits(perp: PerpWorld) -> None:
    me = perp.account()
    end = perp.now_us + 700_000_000
    algo = perp.algo(me, "STOP", "BUY", "0.01", "101000", trigger_price="101000", tif="GTD", good_till_us=end)
    perp.advance(701_000)
    assert perp.algo_again(me, algo).status == "EXPIRED"


def test_an_order_tied_to_a_position_goes_with_it(perp: PerpWorld) -> None:
    me, other = perp.account(), perp.account()
    perp.trade(me, other, "0.01")
    tied = perp.algo(me, "STOP_MARKET", "SELL", close_position=True, trigger_price="99000", tif="GTE_GTC")
    free = perp.algo(me, "STOP_MARKET", "SELL", close_position=True, trigger_price="99000")
    perp.trade(other, me, "0.01")
    assert perp.algo_again(me, tied).status == "EXPIRED"
    assert perp.algo_again(me, free).status == "NEW"


def test_one_trigger_may_set_off_another(perp: PerpWorld) -> None:
    me, other = perp.account(), perp.account()
    print_price(perp, 100_000)
    perp.limit(other, "SELL", "0.01", "101000")
    perp.limit(other, "SELL", "0.01", "102000")
    first = perp.algo(me, "STOP_MARKET", "BUY", "0.01", trigger_price="100500")
    second = perp.algo(me, "STOP_MARKET", "BUY", "0.01", trigger_price="101000")
    print_price(perp, 100_500)
    assert [perp.algo_again(me, one).actual_price for one in (first, second)] == [Decimal(101_000), Decimal(102_000)]


def test_algo_orders_are_found_by_id_name_and_time(perp: PerpWorld) -> None:
    me = perp.account()
    one = perp.algo(me, "STOP_MARKET", "BUY", "0.01", trigger_price="101000", client_algo_id="one")
    two = perp.algo(me, "STOP_MARKET", "BUY", "0.01", trigger_price="102000")
    assert (
        code_of(lambda: perp.algo(me, "STOP_MARKET", "BUY", "0.01", trigger_price="103000", client_algo_id="one"))
        == -4116
    )
    assert perp.exchange.algo_order(me, client_algo_id="one", now_us=perp.now_us).algo_id == one.algo_id
    assert code_of(lambda: perp.exchange.algo_order(me, algo_id=5, now_us=perp.now_us)) == -2013
    gone = perp.exchange.cancel_algo_order(me, perp.tick(), client_algo_id="one")
    assert gone.status == "CANCELED"
    assert [row.algo_id for row in perp.exchange.open_algo_orders(me, BTC)] == [two.algo_id]
    rows = perp.exchange.all_algo_orders(me, BTC, now_us=perp.now_us)
    assert [row.algo_id for row in rows] == [one.algo_id, two.algo_id]
    later = perp.exchange.all_algo_orders(me, BTC, now_us=perp.now_us, algo_id=two.algo_id)
    assert [row.algo_id for row in later] == [two.algo_id]
    perp.advance(3 * 86_400_000 + 1)
    assert code_of(lambda: perp.exchange.algo_order(me, algo_id=one.algo_id, now_us=perp.now_us)) == -2013
