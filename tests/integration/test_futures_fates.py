"""What befalls futures orders and positions: triggers, times that run out, funding, margin calls, liquidation."""

from collections.abc import Iterator
from decimal import Decimal

import pandas as pd
import pytest

from binance_nb import BinanceClient, futures_schemas
from binance_nb.errors import OrderRejected
from binance_nb.models.futures_codes import MUST_BE_ALGO
from tests.integration.futures_help import SYMBOL, control, flatten, heard, held, last, one, order
from tests.integration.heard import eventually
from tests.integration.test_every_order_type import assert_schema

MINUTE_MS = 60_000
LONGEST_STEP_MS = 50 * MINUTE_MS


@pytest.fixture(autouse=True)
def _flat(futures: BinanceClient) -> Iterator[None]:
    """Leave everything as it was."""
    yield
    flatten(futures)
    futures.set_futures_margin_type(SYMBOL, "CROSSED")


def pin(futures: BinanceClient, price: float) -> None:
    """Hold the mark price there, and let a moment pass for what it brings about."""
    control(futures).pin_mark_price(SYMBOL, round(price, 1))
    control(futures).step(100)


def events(futures: BinanceClient, kind: str, reason: str | None = None) -> pd.DataFrame:
    """What the stream told of the account, of one kind."""
    told = futures.futures_account_events()
    assert_schema(told, futures_schemas.ACCOUNT_EVENTS)
    return told[(told["event_type"] == kind) & ((told["reason"] == reason) | (reason is None))]


def algo_states(futures: BinanceClient, algo_id: int) -> list[str]:
    """The states that the stream told of a conditional order."""
    return [update.algo_status for update in futures.futures_algo_updates() if update.algo_id == algo_id]


def isolated_long(futures: BinanceClient) -> pd.Series:
    """Open a position of 0.01 with margin of its own at leverage 20, and return it."""
    futures.set_futures_leverage(SYMBOL, 20)
    futures.set_futures_margin_type(SYMBOL, "ISOLATED")
    futures.place_futures_market_order(SYMBOL, "BUY", "0.01")
    return futures.get_futures_positions(SYMBOL).iloc[0]


def test_a_margin_call_comes_first_and_liquidation_takes_the_position_and_its_margin(futures: BinanceClient) -> None:
    position = isolated_long(futures)
    waiting = futures.place_futures_limit_order(SYMBOL, "BUY", "0.01", round(position["entry_price"] * 0.96, 1))
    before = futures.get_futures_account_info()["wallet_balance"].iloc[0]
    calls = len(events(futures, "MARGIN_CALL"))
    pin(futures, position["liquidation_price"] * 1.0005)
    eventually(lambda: len(events(futures, "MARGIN_CALL")) == calls + 1, "MARGIN_CALL")
    call = events(futures, "MARGIN_CALL").iloc[-1]
    assert (call["symbol"], call["position_side"], call["position_amt"]) == (SYMBOL, "BOTH", 0.01)
    assert call["mark_price"] == pytest.approx(position["liquidation_price"] * 1.0005, abs=0.1)
    assert call["maint_margin"] > 0.8 * (call["isolated_wallet"] + call["unrealized_profit"])
    assert held(futures) == 0.01

    pin(futures, position["liquidation_price"] * 0.999)
    assert held(futures) == 0
    heard(futures, int(waiting["order_id"].iloc[0]), "CANCELED")
    told = futures.execution_reports(product="usdm")
    closing = told[told["client_order_id"].str.startswith("autoclose-")].iloc[-1]
    assert (closing["execution_type"], closing["order_status"], closing["side"]) == ("CALCULATED", "FILLED", "SELL")
    fills = futures.fills(order_id=int(closing["order_id"]), product="usdm")
    assert fills["last_executed_qty"].sum() == 0.01
    trades = futures.get_futures_trades(SYMBOL, order_id=int(closing["order_id"]))
    assert trades["trade_id"].tolist() == fills["trade_id"].tolist()
    eventually(lambda: len(events(futures, "ACCOUNT_UPDATE", "INSURANCE_CLEAR")) > 0, "INSURANCE_CLEAR")
    after = futures.get_futures_account_info()["wallet_balance"].iloc[0]
    assert 0 < before - after <= position["isolated_wallet"] + 1e-6


def test_a_margin_call_of_shared_margin_tells_the_wallet(futures: BinanceClient) -> None:
    calls = len(events(futures, "MARGIN_CALL"))
    futures.place_futures_market_order(SYMBOL, "BUY", "0.1")
    control(futures).withdraw("USDT", "98000", product="futures")
    position = futures.get_futures_positions(SYMBOL).iloc[0]
    pin(futures, position["liquidation_price"] * 1.0005)
    eventually(lambda: len(events(futures, "MARGIN_CALL")) == calls + 1, "MARGIN_CALL")
    call = events(futures, "MARGIN_CALL").iloc[-1]
    assert call["cross_wallet_balance"] == futures.get_futures_account_info()["cross_wallet_balance"].iloc[0]
    control(futures).deposit("USDT", "98000", product="futures")


def test_a_trailing_stop_follows_the_price_and_sells_when_it_turns(futures: BinanceClient) -> None:
    futures.place_futures_market_order(SYMBOL, "BUY", "0.01")
    start = last(futures)
    pin(futures, start)
    placed = one(
        futures.place_futures_order(
            order(
                "TRAILING_STOP_MARKET",
                callback_rate="1",
                activation_price=round(start * 1.01, 1),
                working_type="MARK_PRICE",
                reduce_only=True,
            )
        )
    )
    number = int(placed["algo_id"])
    for factor in (0.98, 1.005, 1.02, 1.03, 1.0201):  # it is not active below 1.01, nor a whole percent under its high
        pin(futures, start * factor)
        assert one(futures.get_futures_order_status(SYMBOL, algo_id=number))["algo_status"] == "NEW"
    pin(futures, start * 1.03 * 0.9899)
    became = one(futures.get_futures_order_status(SYMBOL, algo_id=number))
    assert (became["order_status"], became["order_type"]) == ("FILLED", "TRAILING_STOP_MARKET")
    assert became["algo_id"] == number
    heard(futures, int(became["order_id"]), "FILLED")
    eventually(lambda: algo_states(futures, number)[-1] == "FINISHED", "ALGO_UPDATE")
    assert algo_states(futures, number) == ["NEW", "NEW", "TRIGGERING", "TRIGGERED", "FINISHED"]
    activated = [update.is_activated for update in futures.futures_algo_updates() if update.algo_id == number]
    assert activated[:2] == [False, True]
    assert held(futures) == 0


@pytest.mark.parametrize(("kind", "factor"), [("STOP", 0.97), ("TAKE_PROFIT", 1.03)])
def test_a_triggered_order_with_a_price_may_rest_and_is_cancelled_by_either_of_its_ids(
    futures: BinanceClient, kind: str, factor: float
) -> None:
    futures.place_futures_market_order(SYMBOL, "BUY", "0.01")
    start = last(futures)
    pin(futures, start)
    for by in ("order_id", "algo_id"):
        request = order(
            kind,
            stop_price=round(start * factor, 1),
            price=round(start * 1.04, 1),
            working_type="MARK_PRICE",
            reduce_only=True,
        )
        number = int(one(futures.place_futures_order(request))["algo_id"])
        pin(futures, start * (factor + (factor - 1) / 10))
        resting = one(futures.get_futures_open_orders(SYMBOL))
        assert (resting["order_status"], resting["client_order_id"]) == ("NEW", request.new_client_order_id)
        resting = one(futures.get_futures_order_status(SYMBOL, algo_id=number))
        assert (resting["algo_id"], resting["algo_status"], resting["order_status"]) == (number, "TRIGGERED", "NEW")
        chosen = {by: int(resting[by])}
        assert one(futures.cancel_futures_order_by_id(SYMBOL, **chosen))["order_status"] == "CANCELED"
        heard(futures, int(resting["order_id"]), "CANCELED")
        ended = one(futures.get_futures_order_status(SYMBOL, algo_id=number))
        assert (ended["algo_status"], ended["order_status"]) == ("FINISHED", "CANCELED")
        pin(futures, start)


def test_a_closing_order_that_finds_no_position_expires_and_one_without_margin_is_rejected(
    futures: BinanceClient,
) -> None:
    start = last(futures)
    pin(futures, start)
    futures.place_futures_market_order(SYMBOL, "BUY", "0.01")
    rise = {"stop_price": round(start * 1.02, 1), "working_type": "MARK_PRICE"}
    closing = one(futures.place_futures_order(order("TAKE_PROFIT_MARKET", close_position=True, **rise)))
    futures.place_futures_market_order(SYMBOL, "SELL", "0.01", reduce_only=True)
    futures.set_futures_leverage(SYMBOL, 1)
    too_large = one(futures.place_futures_order(order("STOP_MARKET", "BUY", quantity="50", **rise)))
    pin(futures, start * 1.03)
    for placed, state in ((closing, "EXPIRED"), (too_large, "REJECTED")):
        number = int(placed["algo_id"])
        assert one(futures.get_futures_order_status(SYMBOL, algo_id=number))["order_status"] == state
        eventually(lambda number=number, state=state: algo_states(futures, number)[-1] == state, state)
    reasons = {update.algo_status: update.reason for update in futures.futures_algo_updates()}
    assert reasons["EXPIRED"]
    assert "Margin is insufficient" in reasons["REJECTED"]


def test_an_order_good_till_a_date_expires_then(futures: BinanceClient) -> None:
    now_ms = futures.get_futures_mark_price(SYMBOL, raw=True)["time"]
    until = (now_ms + 11 * MINUTE_MS) // 1000 * 1000
    price = round(last(futures) * 0.96, 1)
    placed = one(
        futures.place_futures_limit_order(SYMBOL, "BUY", "0.01", price, time_in_force="GTD", good_till_date=until)
    )
    number = int(placed["order_id"])
    assert placed["good_till_date"] == pd.Timestamp(until, unit="ms", tz="UTC")
    control(futures).step(10 * MINUTE_MS)
    assert one(futures.get_futures_order_status(SYMBOL, number))["order_status"] == "NEW"
    control(futures).step(MINUTE_MS)
    assert one(futures.get_futures_order_status(SYMBOL, number))["order_status"] == "EXPIRED"
    reports = heard(futures, number, "EXPIRED")
    assert reports["execution_type"].tolist() == ["NEW", "EXPIRED"]


def test_a_countdown_that_runs_out_cancels_and_the_stream_tells(futures: BinanceClient) -> None:
    price = round(last(futures) * 0.96, 1)
    number = int(one(futures.place_futures_limit_order(SYMBOL, "BUY", "0.01", price))["order_id"])
    futures.set_futures_countdown_cancel(SYMBOL, 5_000)
    control(futures).step(5_000)
    assert heard(futures, number, "CANCELED")["execution_type"].tolist() == ["NEW", "CANCELED"]


def test_funding_is_paid_from_the_wallet_and_told_with_its_symbol(futures: BinanceClient) -> None:
    futures.place_futures_market_order(SYMBOL, "BUY", "0.1")
    before = futures.get_futures_account_info(exact=True)["wallet_balance"].iloc[0]
    mark = futures.get_futures_mark_price(SYMBOL, raw=True)
    pin(futures, float(mark["markPrice"]))
    control(futures).pin_funding_rate(SYMBOL, "0.001")
    left_ms = mark["nextFundingTime"] - mark["time"]
    while left_ms > 0:
        futures.create_listen_key(product="usdm")  # keeps the stream's key alive
        control(futures).step(min(left_ms, LONGEST_STEP_MS))
        left_ms -= LONGEST_STEP_MS
    eventually(lambda: len(events(futures, "ACCOUNT_UPDATE", "FUNDING_FEE")) > 0, "FUNDING_FEE")
    told = events(futures, "ACCOUNT_UPDATE", "FUNDING_FEE")
    paid = futures.get_futures_income(SYMBOL, income_type="FUNDING_FEE", exact=True).iloc[-1]
    assert float(paid["income"]) == pytest.approx(-0.1 * float(mark["markPrice"]) * 0.001, rel=1e-4)
    after = futures.get_futures_account_info(exact=True)["wallet_balance"].iloc[0]
    assert after - before == paid["income"]
    assert told["wallet_balance"].dropna().iloc[-1] == float(after)


def test_a_conditional_type_on_the_old_endpoints_is_refused_with_4120(futures: BinanceClient) -> None:
    request = order("STOP_MARKET", stop_price=round(last(futures) * 0.9, 1))
    door = futures.asynchronous._futures
    with pytest.raises(OrderRejected) as refused:
        futures._network.run(door.new_order(request))
    assert refused.value.code == MUST_BE_ALGO == -4120
    (item,) = futures._network.run(door.new_batch([request]))
    assert item["code"] == MUST_BE_ALGO
    assert futures.get_futures_open_orders(SYMBOL).empty


def test_an_expired_listen_key_is_replaced_and_nothing_is_missed(futures: BinanceClient) -> None:
    told: list[str] = []
    futures.asynchronous.futures_stream.on_event(lambda event: told.append(event["e"]))
    reconnects = int(futures.stream_status(product="usdm")["reconnects"].iloc[0])
    control(futures).fault("drop_before", "futures:userDataStream.start")  # another key takes a moment longer
    control(futures).step(60 * MINUTE_MS)
    unheard = int(futures.place_futures_market_order(SYMBOL, "BUY", "0.01")["order_id"].iloc[0])

    def is_back() -> bool:
        status = futures.stream_status(product="usdm").iloc[0]
        return bool(status["reconnects"] > reconnects and status["state"] == "connected")

    eventually(is_back, "the stream with another key")
    eventually(lambda: len(futures.fills(order_id=unheard, product="usdm")) > 0, "the fill that nobody was told")
    assert told[0] == "listenKeyExpired"
    assert futures.stream_gaps()["is_complete"].iloc[-1]
    after = int(futures.place_futures_market_order(SYMBOL, "SELL", "0.01", reduce_only=True)["order_id"].iloc[0])
    heard(futures, after, "FILLED")
    fills = futures.fills(order_id=unheard, product="usdm", exact=True)
    assert sum(fills["last_executed_qty"]) == Decimal("0.01")
    assert fills["trade_id"].is_unique
