"""USD-M futures on the sandbox: every kind of order, the position it makes, and what the stream tells of it."""

from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pytest

from binance_nb import BinanceClient, FuturesAmendRequest, futures_schemas, schemas
from binance_nb.errors import (
    CancelRejected,
    NotFilledInTime,
    OrderRejected,
    SettingRefused,
    SymbolRuleError,
    UnknownOrder,
)
from tests.integration.futures_help import SYMBOL, control, flatten, heard, held, last, one, order
from tests.integration.heard import eventually
from tests.integration.test_every_order_type import assert_schema


@pytest.fixture(autouse=True)
def _flat(futures: BinanceClient) -> Iterator[None]:
    """Leave no order, no position and no held price behind."""
    yield
    flatten(futures)


def test_a_market_order_makes_a_position_and_its_fills_add_up(futures: BinanceClient) -> None:
    placed = one(futures.place_futures_market_order(SYMBOL, "BUY", "0.02"))
    assert placed["order_status"] == "FILLED"
    number = int(placed["order_id"])
    reports = heard(futures, number, "FILLED")
    assert reports["execution_type"].tolist()[0] == "NEW"
    fills = futures.fills(order_id=number, product="usdm", exact=True)
    assert sum(fills["last_executed_qty"]) == Decimal("0.02")
    assert held(futures) == 0.02
    asked = one(futures.get_futures_order_status(SYMBOL, number))
    mean = float(sum(fills["last_quote_qty"]) / sum(fills["last_executed_qty"]))
    assert asked["average_price"] == pytest.approx(mean)
    assert reports["cumulative_quote_qty"].iloc[-1] == pytest.approx(float(sum(fills["last_quote_qty"])))
    trades = futures.get_futures_trades(SYMBOL, order_id=number, exact=True)
    for column in ("trade_id", "last_executed_price", "commission_amount", "realized_pnl", "position_side"):
        assert trades[column].tolist() == fills[column].tolist(), column


def test_an_order_that_closes_tells_the_profit_and_waiting_for_it_the_price(futures: BinanceClient) -> None:
    opened = futures.place_futures_market_order(SYMBOL, "BUY", "0.01")
    assert one(futures.wait_for_fill(opened))["average_price"] > 0
    closed = futures.place_futures_market_order(SYMBOL, "SELL", "0.01", reduce_only=True)
    row = one(futures.wait_for_fill(closed))
    assert (row["order_status"], bool(row["reduce_only"])) == ("FILLED", True)
    fills = futures.fills(order_id=int(row["order_id"]), product="usdm")
    assert (fills["realized_pnl"] != 0).any()
    assert held(futures) == 0


def test_a_limit_order_rests_is_changed_and_cancelled(futures: BinanceClient) -> None:
    price = round(last(futures) * 0.97, 1)
    number = int(one(futures.place_futures_limit_order(SYMBOL, "BUY", "0.01", price, time_in_force="GTX"))["order_id"])
    changed = one(
        futures.modify_futures_order(SYMBOL, number, side="BUY", quantity="0.02", price=round(price * 0.99, 1))
    )
    assert (changed["quantity"], changed["price"]) == (0.02, round(price * 0.99, 1))
    assert one(futures.get_futures_open_orders(SYMBOL))["order_id"] == number
    assert one(futures.cancel_futures_order_by_id(SYMBOL, number))["order_status"] == "CANCELED"
    reports = heard(futures, number, "CANCELED")
    assert reports["execution_type"].tolist() == ["NEW", "AMENDMENT", "CANCELED"]
    with pytest.raises(UnknownOrder):
        futures.cancel_futures_order_by_id(SYMBOL, number)


@pytest.mark.parametrize(
    ("time_in_force", "factor", "ends"), [("IOC", 0.97, "EXPIRED"), ("GTC", 1.01, "FILLED"), ("IOC", 1.01, "FILLED")]
)
def test_a_limit_order_ends_as_its_time_in_force_says(
    futures: BinanceClient, time_in_force: str, factor: float, ends: str
) -> None:
    price = last(futures) * factor
    placed = futures.place_futures_limit_order(
        SYMBOL, "BUY", "0.01", price, time_in_force=time_in_force, round_to="nearest"
    )
    heard(futures, int(one(placed)["order_id"]), ends)


@pytest.mark.parametrize(("time_in_force", "code"), [("FOK", -5021), ("GTX", -5022)])
def test_an_order_that_cannot_be_as_it_asks_is_refused(futures: BinanceClient, time_in_force: str, code: int) -> None:
    above = round(last(futures) * 1.02, 1)
    with pytest.raises(OrderRejected) as refused:
        futures.place_futures_limit_order(SYMBOL, "BUY", "900", above, time_in_force=time_in_force)
    assert refused.value.code in {code, -2019}


@pytest.mark.parametrize(
    ("kind", "stop", "moves_to"),
    [
        ("STOP_MARKET", 0.98, 0.97),
        ("TAKE_PROFIT_MARKET", 1.02, 1.03),
        ("STOP", 0.98, 0.97),
        ("TAKE_PROFIT", 1.02, 1.03),
    ],
)
def test_a_conditional_order_waits_triggers_and_is_one_row_with_the_order_it_became(
    futures: BinanceClient, kind: str, stop: float, moves_to: float
) -> None:
    futures.place_futures_market_order(SYMBOL, "BUY", "0.01")
    now = last(futures)
    control(futures).pin_mark_price(SYMBOL, round(now, 1))
    fields = {"price": round(now * 0.99, 1)} if kind in {"STOP", "TAKE_PROFIT"} else {}
    waiting = one(
        futures.place_futures_order(
            order(kind, stop_price=round(now * stop, 1), working_type="MARK_PRICE", reduce_only=True, **fields)
        )
    )
    number = int(waiting["algo_id"])
    assert (waiting["order_id"], waiting["algo_status"], waiting["order_status"]) == (-1, "NEW", "NEW")
    assert one(futures.get_futures_open_orders(SYMBOL))["algo_id"] == number
    control(futures).pin_mark_price(SYMBOL, round(now * moves_to, 1))
    control(futures).step(1000)
    became = one(futures.get_futures_order_status(SYMBOL, algo_id=number))
    assert became["algo_id"] == number
    assert became["order_id"] > 0
    assert (became["order_type"], became["order_status"]) == (kind, "FILLED")
    assert became["client_order_id"] == waiting["client_order_id"]
    eventually(lambda: futures.futures_algo_updates()[-1].order_id == became["order_id"], "ALGO_UPDATE")
    heard(futures, int(became["order_id"]), "FILLED")
    every = futures.get_all_futures_orders(SYMBOL)
    assert every["algo_id"].tolist().count(number) == 1
    assert every["order_id"].tolist().count(became["order_id"]) == 1
    assert held(futures) == 0


def test_a_trailing_stop_and_a_closing_one_wait_and_are_cancelled_by_either_id(futures: BinanceClient) -> None:
    futures.place_futures_market_order(SYMBOL, "BUY", "0.01")
    trailing = one(futures.place_futures_order(order("TRAILING_STOP_MARKET", callback_rate="5", reduce_only=True)))
    assert trailing["callback_rate"] == 5
    price = round(last(futures) * 1.2, 1)
    closing = one(futures.place_futures_order(order("TAKE_PROFIT_MARKET", stop_price=price, close_position=True)))
    assert bool(closing["close_position"])
    assert len(futures.get_futures_open_orders(SYMBOL)) == 2
    cancelled = futures.cancel_futures_order_by_id(SYMBOL, algo_id=int(trailing["algo_id"]))
    assert one(cancelled)["order_status"] == "CANCELED"
    cancelled = futures.cancel_futures_order_by_id(SYMBOL, client_order_id=closing["client_order_id"])
    assert one(cancelled)["algo_status"] == "CANCELED"
    assert futures.get_futures_open_orders(SYMBOL).empty


def test_waiting_for_a_conditional_order_ends_when_it_was_filled_or_cancelled(futures: BinanceClient) -> None:
    futures.place_futures_market_order(SYMBOL, "BUY", "0.01")
    now = last(futures)
    control(futures).pin_mark_price(SYMBOL, round(now, 1))
    low, high = round(now * 0.98, 1), round(now * 1.02, 1)
    fields = {"working_type": "MARK_PRICE", "reduce_only": True}
    stop = futures.place_futures_order(order("STOP_MARKET", stop_price=low, **fields))
    target = futures.place_futures_order(order("TAKE_PROFIT_MARKET", stop_price=high, **fields))
    waiting = futures.submit("wait_for_fill", target, 20)
    with pytest.raises(NotFilledInTime, match="conditional order"):
        futures.wait_for_fill(target, 0.05)
    control(futures).pin_mark_price(SYMBOL, round(now * 1.03, 1))
    control(futures).step(1000)
    row = one(waiting.result(20))
    assert (row["order_status"], row["order_type"]) == ("FILLED", "TAKE_PROFIT_MARKET")
    assert row["average_price"] > 0
    waiting = futures.submit("wait_for_fill", stop, 20)
    futures.cancel_futures_order_by_id(SYMBOL, algo_id=int(stop["algo_id"].iloc[0]))
    assert one(waiting.result(20))["order_status"] == "CANCELED"


def test_a_stop_that_would_trigger_at_once_is_refused_and_check_says_so_before(futures: BinanceClient) -> None:
    above = round(last(futures) * 1.01, 1)
    request = order("STOP_MARKET", stop_price=above)
    checks = futures.check_futures_order(request)
    assert checks.loc[~checks["passed"], "code"].tolist() == [-2021]
    with pytest.raises(OrderRejected) as refused:
        futures.place_futures_order(request)
    assert refused.value.code == -2021


def test_what_check_calls_broken_the_exchange_refuses_with_the_same_code(futures: BinanceClient) -> None:
    now = last(futures)
    for request in (
        order("LIMIT", "BUY", price=round(now * 1.08, 1)),
        order("LIMIT", "SELL", price=round(now * 0.92, 1)),
        order("MARKET", "SELL", reduce_only=True),
        order("LIMIT", "BUY", price=round(now * 0.99, 1), position_side="LONG"),
    ):
        checks = futures.check_futures_order(request)
        with pytest.raises(OrderRejected) as refused:
            futures.place_futures_order(request)
        assert refused.value.code in checks.loc[~checks["passed"], "code"].tolist(), str(refused.value)


def test_a_rule_of_the_symbol_is_kept_before_anything_is_sent(futures: BinanceClient) -> None:
    with pytest.raises(SymbolRuleError, match="nearest"):
        futures.place_futures_market_order(SYMBOL, "BUY", "0.0005")


def test_a_batch_places_modifies_and_cancels_several_orders(futures: BinanceClient) -> None:
    price = round(last(futures) * 0.96, 1)
    orders = [order("LIMIT", "BUY", price=price), order("MARKET", "SELL", reduce_only=True)]
    placed = futures.place_futures_batch_orders(orders)
    assert_schema(placed, futures_schemas.FUTURES_BATCH)
    assert placed["order_status"].tolist() == ["NEW", "REJECTED"]
    assert placed["code"].tolist() == [-1, -2022]
    number = int(placed["order_id"].iloc[0])
    change = FuturesAmendRequest(symbol=SYMBOL, side="BUY", quantity="0.02", price=price, order_id=number)
    assert futures.modify_futures_batch_orders([change])["quantity"].tolist() == [0.02]
    cancelled = futures.cancel_futures_batch_orders(SYMBOL, [number, 999_999_999])
    assert cancelled["order_status"].tolist() == ["CANCELED", "REJECTED"]


def test_a_countdown_cancels_what_is_open_unless_told_again(futures: BinanceClient) -> None:
    futures.place_futures_limit_order(SYMBOL, "BUY", "0.01", round(last(futures) * 0.96, 1))
    futures.set_futures_countdown_cancel(SYMBOL, 5_000)
    control(futures).step(4_000)
    assert len(futures.get_futures_open_orders(SYMBOL)) == 1
    futures.set_futures_countdown_cancel(SYMBOL, 5_000)
    control(futures).step(4_000)
    assert len(futures.get_futures_open_orders(SYMBOL)) == 1
    control(futures).step(2_000)
    assert futures.get_futures_open_orders(SYMBOL).empty


def test_an_order_at_the_price_of_the_book_needs_none_of_its_own(futures: BinanceClient) -> None:
    bid = float(futures.get_futures_book_ticker(SYMBOL)["bid_price"].iloc[0])
    placed = one(futures.place_futures_limit_order(SYMBOL, "BUY", "0.01", price_match="QUEUE"))
    assert placed["price"] == bid


def test_settings_are_changed_and_refused_as_the_account_stands(futures: BinanceClient) -> None:
    assert futures.set_futures_leverage(SYMBOL, 15)["leverage"].tolist() == [15]
    assert futures.set_futures_margin_type(SYMBOL, "ISOLATED")["margin_type"].tolist() == ["ISOLATED"]
    futures.place_futures_market_order(SYMBOL, "BUY", "0.01")
    before = futures.get_futures_positions(SYMBOL)["isolated_margin"].iloc[0]
    after = futures.change_futures_position_margin(SYMBOL, "50")["isolated_margin"].iloc[0]
    assert after == pytest.approx(before + 50, abs=0.5)
    with pytest.raises(SettingRefused):
        futures.set_futures_margin_type(SYMBOL, "CROSSED")
    with pytest.raises(SettingRefused):
        futures.set_futures_position_mode("hedge")
    with pytest.raises(SettingRefused):
        futures.set_futures_leverage(SYMBOL, 500)
    futures.place_futures_market_order(SYMBOL, "SELL", "0.01", reduce_only=True)
    assert futures.set_futures_margin_type(SYMBOL, "CROSSED")["margin_type"].tolist() == ["CROSSED"]


def test_in_hedge_mode_both_sides_are_held_apart(futures: BinanceClient) -> None:
    assert futures.set_futures_position_mode("hedge")["position_mode"].tolist() == ["hedge"]
    try:
        for side, position_side in (("BUY", "LONG"), ("SELL", "SHORT")):
            futures.place_futures_market_order(SYMBOL, side, "0.01", position_side=position_side)
        positions = futures.get_futures_positions(SYMBOL).set_index("position_side")["position_amt"]
        assert (positions["LONG"], positions["SHORT"]) == (0.01, -0.01)
        for side, position_side in (("SELL", "LONG"), ("BUY", "SHORT")):
            placed = futures.place_futures_market_order(SYMBOL, side, "0.01", position_side=position_side)
            heard(futures, int(one(placed)["order_id"]), "FILLED")
        assert {"LONG", "SHORT"} <= set(futures.fills(product="usdm")["position_side"])
    finally:
        assert futures.set_futures_position_mode("one-way")["dual_side_position"].tolist() == [False]


def test_account_and_market_are_frames_of_their_schemas(futures: BinanceClient) -> None:
    futures.place_futures_market_order(SYMBOL, "BUY", "0.01")
    for frame, schema in (
        (futures.get_futures_positions(), futures_schemas.FUTURES_POSITIONS),
        (futures.get_futures_account_info(), futures_schemas.FUTURES_ASSETS),
        (futures.get_futures_balances(), futures_schemas.FUTURES_BALANCES),
        (futures.get_futures_symbol_config(SYMBOL), futures_schemas.SYMBOL_CONFIG),
        (futures.get_futures_leverage_brackets(SYMBOL), futures_schemas.LEVERAGE_BRACKETS),
        (futures.get_futures_commission_rates(SYMBOL), futures_schemas.FUTURES_COMMISSION_RATES),
        (futures.get_futures_income(), futures_schemas.INCOME),
        (futures.get_futures_exchange_info(), futures_schemas.FUTURES_SYMBOLS),
        (futures.get_futures_mark_price(SYMBOL), futures_schemas.MARK_PRICES),
        (futures.get_futures_klines(SYMBOL, limit=5), schemas.KLINES),
        (futures.get_futures_order_book(SYMBOL, 5), schemas.BOOK),
        (futures.get_futures_book_ticker(), futures_schemas.FUTURES_BOOK_TICKERS),
        (futures.get_futures_price(), futures_schemas.FUTURES_PRICES),
        (futures.futures_rate_limits(), schemas.RATE_LIMITS),
    ):
        assert len(frame) > 0
        assert_schema(frame, schema)
    assert np.isfinite(float(futures.get_futures_account_info().attrs["total_wallet_balance"]))


def test_the_stream_tells_of_balances_positions_and_leverage(futures: BinanceClient) -> None:
    futures.set_futures_leverage(SYMBOL, 7)
    futures.place_futures_market_order(SYMBOL, "BUY", "0.01")

    def told() -> bool:
        events = futures.futures_account_events()
        return bool((events["leverage"] == 7).any() and (events["reason"] == "ORDER").any())

    eventually(told, "ACCOUNT_UPDATE and ACCOUNT_CONFIG_UPDATE")
    assert_schema(futures.futures_account_events(), futures_schemas.ACCOUNT_EVENTS)


def test_a_change_that_changes_nothing_is_refused(futures: BinanceClient) -> None:
    price = round(last(futures) * 0.96, 1)
    number = int(one(futures.place_futures_limit_order(SYMBOL, "BUY", "0.01", price))["order_id"])
    with pytest.raises(CancelRejected):
        futures.modify_futures_order(SYMBOL, number, side="BUY", quantity="0.01", price=price)
