"""ExecutionReport, the names of its fields, and fills from the three places that tell of them."""

import re
from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import SERVER_TIME, execution_report, full_answer, trade_report

from binance_nb import ExecutionReport
from binance_nb.models.events import NO_ID, moment, report_row
from binance_nb.models.fields import ORDER_FIELDS, REPORT_FIELDS, TRADE_FIELDS, snake_case
from binance_nb.models.fills import fill_from_report, fill_from_trade, fills_from_order


def test_a_report_holds_exact_numbers_and_utc_times():
    report = ExecutionReport.from_event(trade_report(7, q="1.50000000", n="0.00000001"))
    assert report.quantity == Decimal("1.5")
    assert report.commission_amount == Decimal("1E-8")
    assert (report.trade_id, report.is_trade, report.order_status) == (7, True, "PARTIALLY_FILLED")
    assert report.event_time == datetime.fromtimestamp(SERVER_TIME / 1000, tz=UTC)
    assert report.average_price == Decimal(60000)


def test_a_report_without_a_fill_has_no_average_price_and_no_trade():
    report = ExecutionReport.from_event(execution_report())
    assert report.average_price is None
    assert report.trade_id == NO_ID
    assert not report.is_trade
    assert report.commission_asset is None


def test_fields_of_tomorrow_stay_in_raw_and_out_of_repr():
    report = ExecutionReport.from_event(execution_report(zz="new"))
    assert report.raw["zz"] == "new"
    assert "zz" not in repr(report)


def test_a_report_is_a_copy_of_its_event():
    event = execution_report()
    report = ExecutionReport.from_event(event)
    event["X"] = "FILLED"
    assert report.raw["X"] == "NEW"


@pytest.mark.parametrize("absent", [None, -1])
def test_a_time_that_never_came_is_none(absent):
    assert moment(absent) is None


@given(st.integers(0, 4_000_000_000_000))
def test_milliseconds_become_the_very_moment(epoch_ms):
    when = moment(epoch_ms)
    assert when is not None
    assert (when - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000 == pytest.approx(epoch_ms, abs=1e-3)
    assert when.microsecond % 1000 == 0


@given(st.integers(1_000_000_000_000_000, 4_000_000_000_000_000))
def test_microseconds_are_told_from_milliseconds(epoch_us):
    when = moment(epoch_us)
    assert when is not None
    elapsed = when - datetime(1970, 1, 1, tzinfo=UTC)
    assert abs((elapsed.days * 86400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds - epoch_us) <= 1


def test_each_short_key_has_a_name_of_its_own():
    assert len(set(REPORT_FIELDS.values())) == len(REPORT_FIELDS)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in REPORT_FIELDS.values())


def test_every_key_of_the_documented_report_is_named_and_the_ignored_one_left_out():
    event = execution_report()
    row = report_row(event)
    assert set(event) - set(REPORT_FIELDS) == {"M"}
    assert "M" not in row
    assert row["source"] == "stream"
    assert len(row) == len(event)
    assert report_row({**event, "zz": 1})["zz"] == 1


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("workingTime", "working_time"),
        ("selfTradePreventionMode", "self_trade_prevention_mode"),
        ("makerCommissionBPS", "maker_commission_bps"),
        ("symbol", "symbol"),
        ("uS", "uS"),
        ("x", "x"),
        ("avgPrice24h", "avg_price24h"),
    ],
)
def test_camel_case_becomes_snake_case(key, name):
    assert snake_case(key) == name


@given(st.from_regex(r"[a-z]{2,6}([A-Z][a-z]{1,6}){0,4}", fullmatch=True))
def test_snake_case_loses_no_letter(key):
    assert snake_case(key).replace("_", "") == key.lower()


def test_order_and_trade_names_are_those_of_the_reports():
    known = set(REPORT_FIELDS.values())
    assert set(ORDER_FIELDS.values()) <= known
    assert set(TRADE_FIELDS.values()) - {"is_buyer", "is_best_match"} <= known


def trade(**changes):
    return {
        "symbol": "BTCUSDT",
        "id": 28457,
        "orderId": 100234,
        "orderListId": -1,
        "price": "4.00000100",
        "qty": "12.00000000",
        "quoteQty": "48.000012",
        "commission": "10.10000000",
        "commissionAsset": "BNB",
        "time": 1499865549590,
        "isBuyer": True,
        "isMaker": False,
        "isBestMatch": True,
        **changes,
    }


def test_the_same_fill_has_the_same_names_wherever_it_was_heard_of():
    from_report = fill_from_report(trade_report(28457))
    from_trades = fill_from_trade(trade())
    from_answer = fills_from_order(full_answer())[0]
    common = {
        "product",
        "source",
        "symbol",
        "side",
        "order_id",
        "order_list_id",
        "trade_id",
        "last_executed_qty",
        "last_executed_price",
        "commission_amount",
        "commission_asset",
        "is_maker",
        "transaction_time",
    }
    for fill in (from_report, from_trades, from_answer):
        assert common <= set(fill)
    assert [each["source"] for each in (from_report, from_trades, from_answer)] == ["stream", "trades", "response"]


@pytest.mark.parametrize(("is_buyer", "side"), [(True, "BUY"), (False, "SELL")])
def test_the_side_of_a_trade_is_told_by_is_buyer(is_buyer, side):
    fill = fill_from_trade(trade(isBuyer=is_buyer))
    assert fill["side"] == side
    assert "is_buyer" not in fill


def test_fills_of_an_answer_carry_the_order_they_are_of():
    fills = fills_from_order(full_answer())
    assert [fill["trade_id"] for fill in fills] == [56, 57]
    assert {(fill["order_id"], fill["client_order_id"], fill["side"]) for fill in fills} == {(28, "nb-1", "SELL")}


@pytest.mark.parametrize("answer", [{"symbol": "X", "orderId": 1}, {"symbol": "X", "orderId": 1, "fills": None}])
def test_an_answer_without_fills_has_none(answer):
    assert fills_from_order(answer) == []


def test_a_report_made_from_an_event_is_the_one_made_field_by_field():
    report = ExecutionReport.from_event(trade_report(7, realized_pnl="0.5", reduce_only=True, received=5), number=3)
    again = ExecutionReport(**{field.name: getattr(report, field.name) for field in fields(ExecutionReport)})
    assert again == report
    assert repr(again) == repr(report)
    assert (report.number, report.realized_pnl, report.raw["t"]) == (3, Decimal("0.5"), 7)
    with pytest.raises(FrozenInstanceError):
        report.price = Decimal(1)
