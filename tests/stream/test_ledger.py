"""Ledger: each report and each trade once, whatever comes first, and what several sources told put together."""

import random
import threading
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import SERVER_TIME, execution_report, trade_report

from binance_nb.models.fills import fill_from_trade, fills_from_order
from binance_nb.stream.ledger import Ledger


def response_fill(trade_id=1, **changes):
    (fill,) = fills_from_order(
        {
            "symbol": "BTCUSDT",
            "orderId": 1,
            "orderListId": -1,
            "clientOrderId": "nb-1",
            "transactTime": SERVER_TIME + trade_id,
            "side": "BUY",
            "fills": [
                {
                    "price": "60000.00000000",
                    "qty": "0.50000000",
                    "commission": "0.00050000",
                    "commissionAsset": "BTC",
                    "tradeId": trade_id,
                }
            ],
        }
    )
    return {**fill, **changes}


def listed_fill(trade_id=1):
    return fill_from_trade(
        {
            "symbol": "BTCUSDT",
            "id": trade_id,
            "orderId": 1,
            "orderListId": -1,
            "price": "60000.00000000",
            "qty": "0.50000000",
            "quoteQty": "30000.00000000",
            "commission": "0.00050000",
            "commissionAsset": "BTC",
            "time": SERVER_TIME + trade_id,
            "isBuyer": True,
            "isMaker": False,
            "isBestMatch": True,
        }
    )


def test_a_report_is_kept_once():
    ledger = Ledger()
    assert ledger.add_report(execution_report())
    assert not ledger.add_report(execution_report())
    assert len(ledger.reports()) == 1


def test_reports_of_one_order_differ_by_execution_and_kind():
    ledger = Ledger()
    for event in (execution_report(), trade_report(1), trade_report(2), execution_report(x="CANCELED", I=300)):
        assert ledger.add_report(event)
    assert ledger.reports_frame()["execution_type"].tolist() == ["NEW", "TRADE", "TRADE", "CANCELED"]


def test_a_trade_is_one_row_whoever_told_of_it():
    ledger = Ledger()
    assert ledger.add_fill(response_fill())
    ledger.add_report(trade_report(1))
    assert not ledger.add_fill(listed_fill())
    assert len(ledger.fills_frame()) == 1


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_whatever_comes_first_the_fill_is_the_same_in_the_end(order):
    ledger = Ledger()
    tell = [
        lambda: ledger.add_report(trade_report(1)),
        lambda: ledger.add_fill(response_fill()),
        lambda: ledger.add_fill(listed_fill()),
    ]
    for each in order:
        tell[each]()
    row = ledger.fills_frame(exact=True).iloc[0]
    assert row["source"] == "stream"
    assert row["client_order_id"] == "nb-1"
    assert row["side"] == "BUY"
    assert row["last_quote_qty"] == Decimal(30000)
    assert row["event_time"].value // 10**6 == SERVER_TIME
    assert row["is_maker"] == False  # noqa: E712  (numpy's own False)


def test_a_later_source_fills_in_what_an_earlier_one_left_out_and_overwrites_nothing():
    ledger = Ledger()
    ledger.add_fill(listed_fill())
    ledger.add_fill(response_fill(commission_amount="9"))
    row = ledger.fills_frame().iloc[0]
    assert row["client_order_id"] == "nb-1"
    assert row["commission_amount"] == 0.0005
    assert row["source"] == "trades"


def test_the_quote_amount_of_a_response_is_computed_exactly():
    ledger = Ledger()
    ledger.add_fill(response_fill(last_executed_price="0.00000757", last_executed_qty="0.30000000"))
    assert ledger.fills_frame(exact=True)["last_quote_qty"].iloc[0] == Decimal("0.000002271")


def test_trades_of_different_symbols_may_share_an_id():
    ledger = Ledger()
    ledger.add_report(trade_report(1))
    ledger.add_report(trade_report(1, s="ETHUSDT"))
    assert sorted(ledger.fills_frame()["symbol"]) == ["BTCUSDT", "ETHUSDT"]


def test_frames_can_be_narrowed_to_a_symbol_or_an_order():
    ledger = Ledger()
    for trade_id, (symbol, order_id) in enumerate([("BTCUSDT", 1), ("BTCUSDT", 2), ("ETHUSDT", 1)]):
        ledger.add_report(trade_report(trade_id, s=symbol, i=order_id))
    assert len(ledger.fills_frame("BTCUSDT")) == len(ledger.reports_frame("BTCUSDT")) == 2
    assert len(ledger.fills_frame(order_id=1)) == len(ledger.reports_frame(order_id=1)) == 2
    assert ledger.fills_frame("BTCUSDT", 2)["trade_id"].tolist() == [1]
    assert ledger.fills_frame("NOPE").empty


def test_a_frame_is_not_changed_by_what_comes_later():
    ledger = Ledger()
    ledger.add_fill(response_fill())
    frame = ledger.fills_frame()
    ledger.add_report(trade_report(1))
    ledger.add_report(trade_report(2))
    assert frame["source"].tolist() == ["response"]


@given(st.lists(st.integers(1, 30), min_size=1, max_size=60), st.randoms(use_true_random=False))
def test_any_order_of_arrival_with_any_repetition_gives_the_same_fills(trade_ids, rng):
    def told(sequence):
        ledger = Ledger()
        for trade_id, source in sequence:
            if source == 0:
                ledger.add_report(trade_report(trade_id))
            else:
                ledger.add_fill(response_fill(trade_id) if source == 1 else listed_fill(trade_id))
        return ledger.fills_frame()

    sequence = [(trade_id, rng.randrange(3)) for trade_id in trade_ids]
    again = [*sequence, *sequence]
    rng.shuffle(again)
    first, second = told(sequence), told(again)
    assert first["trade_id"].tolist() == second["trade_id"].tolist() == sorted(set(trade_ids))
    assert first["last_executed_qty"].sum() == pytest.approx(second["last_executed_qty"].sum())


def test_writers_and_readers_on_many_threads_lose_and_break_nothing():
    ledger = Ledger()
    failures = []

    def write(first):
        try:
            for trade_id in range(first, first + 100):
                ledger.add_report(trade_report(trade_id))
        except Exception as error:
            failures.append(error)

    def read():
        try:
            for _ in range(10):
                frame = ledger.fills_frame()
                assert frame["trade_id"].is_unique
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(random.Random(seed).choice([0, 50, 100]),)) for seed in range(4)]
    threads += [threading.Thread(target=write, args=(0,)), threading.Thread(target=read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert ledger.fills_frame()["trade_id"].tolist() == sorted(set(ledger.fills_frame()["trade_id"]))
    assert len(ledger.reports()) == len(ledger.fills_frame())


def test_a_trade_with_ourselves_is_kept_once_for_each_side():
    ledger = Ledger()
    bought, sold = trade_report(1, i=1, S="BUY"), trade_report(1, i=2, S="SELL", m=False)
    assert ledger.add_report(bought)
    assert ledger.add_report(sold)
    assert not ledger.add_report(bought)
    assert not ledger.add_report(sold)
    fills = ledger.fills_frame()
    assert sorted(zip(fills["order_id"], fills["side"], strict=True)) == [(1, "BUY"), (2, "SELL")]
