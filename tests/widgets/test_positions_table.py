"""The table of positions on the kernel's side."""

import time

import pytest

from binance_nb.errors import NetworkError, OrderRejected
from binance_nb.widgets import PositionsTable
from tests.widgets.fake_futures import FakeFuturesClient, account_update, leverage_update, position

ROW = {"symbol": "BTCUSDT", "position_side": "BOTH"}


@pytest.fixture
def client():
    """A client that holds one long position."""
    return FakeFuturesClient(positions=[position()])


def shown(client, make, **keywords):
    """A table that has asked for the positions once, and its page."""
    widget, page = make(PositionsTable, client, **keywords)
    page.event("hello")
    widget.beat()
    widget.beat()
    return widget, page


def row_of(widget, side="BOTH"):
    return next(row for row in widget.view["positions"] if row["position_side"] == side)


def confirm(widget, page, row=ROW, **more):
    """Confirm as somebody does who has read the order."""
    armed = row_of(widget, row["position_side"])["armed"]
    page.event("confirm", **row, id=armed["id"], at=time.time() * 1000 + 500, **more)


def test_a_position_is_shown_with_everything_that_matters(client, make):
    widget, _ = shown(client, make)
    row = row_of(widget)
    wanted = {
        "side": "LONG",
        "position_amt": "0.05",
        "entry_price": "64000",
        "mark_price": "64100",
        "liquidation_price": "51234.57",
        "unrealized_profit": "+5.00",
        "leverage": "20",
        "margin_type": "CROSSED",
    }
    assert {name: row[name] for name in wanted} == wanted
    assert widget.view["total"] == ["+5.00 USDT"]
    assert widget.view["product"] == "USD-M futures"


def test_a_new_mark_price_counts_the_profit_anew(client, make):
    widget, page = shown(client, make)
    client.answers["get_futures_mark_price"] = {"symbol": "BTCUSDT", "markPrice": "63900.00"}
    page.event("hello")
    widget.beat()
    assert row_of(widget)["unrealized_profit"] == "-5.00"


def test_the_stream_changes_a_position_before_it_is_asked_for_again(client, make):
    widget, _ = shown(client, make)
    client.tell_futures(account_update("-0.02", entry="64200"))
    widget.beat()
    row = row_of(widget)
    assert (row["side"], row["position_amt"], row["unrealized_profit"]) == ("SHORT", "-0.02", "+2.00")
    assert row["liquidation_price"] == ""  # the old one belonged to another amount


def test_a_position_that_the_stream_says_is_closed_goes(client, make):
    widget, _ = shown(client, make)
    client.tell_futures(account_update("0"))
    widget.beat()
    assert widget.view["positions"] == []


def test_the_two_sides_of_hedge_mode_are_rows_of_their_own(make):
    client = FakeFuturesClient(positions=[position(side="LONG"), position("-0.010", side="SHORT")])
    widget, _ = shown(client, make)
    assert [row["position_side"] for row in widget.view["positions"]] == ["LONG", "SHORT"]
    client.tell_futures(account_update("0", side="SHORT"))
    widget.beat()
    assert [row["position_side"] for row in widget.view["positions"]] == ["LONG"]


def test_leverage_follows_the_stream(client, make):
    widget, _ = shown(client, make)
    client.tell_futures(leverage_update(5))
    widget.beat()
    assert row_of(widget)["leverage"] == "5"


def test_what_was_told_while_the_answer_was_on_its_way_is_newer(client, make):
    widget, page = make(PositionsTable, client)

    def slow(*_, **__):
        client.tell_futures(account_update("0.2"))
        return [position()]

    client.answers["get_futures_positions"] = slow
    page.event("hello")
    widget.beat()
    assert row_of(widget)["position_amt"] == "0.2"


def test_other_symbols_stay_out_of_a_table_of_one(client, make):
    widget, _ = shown(client, make, symbol="btcusdt")
    assert client.asked_for("get_futures_positions") == [("BTCUSDT",)]
    client.tell_futures(account_update("3", symbol="ETHUSDT"))
    widget.beat()
    assert [row["symbol"] for row in widget.view["positions"]] == ["BTCUSDT"]


def test_close_arms_then_sends_one_reduce_only_market_order(client, make):
    widget, page = shown(client, make)
    page.event("arm", **ROW)
    assert row_of(widget)["armed"]["summary"] == "SELL 0.05 BTCUSDT · MARKET · reduce only"
    assert client.asked_for("place_futures_order") == []
    confirm(widget, page)
    (order,) = client.asked_for("place_futures_order")[0]
    assert order.to_params() | {"newClientOrderId": ""} == {
        "symbol": "BTCUSDT",
        "side": "SELL",
        "type": "MARKET",
        "quantity": "0.05",
        "reduceOnly": "true",
        "newOrderRespType": "RESULT",
        "newClientOrderId": "",
    }
    assert "is FILLED" in widget.view["message"]["text"]


def test_in_hedge_mode_the_position_side_does_what_reduce_only_does(make):
    client = FakeFuturesClient(positions=[position("-0.010", side="SHORT")])
    widget, page = shown(client, make)
    row = {"symbol": "BTCUSDT", "position_side": "SHORT"}
    page.event("arm", **row)
    confirm(widget, page, row)
    ((order,),) = client.asked_for("place_futures_order")
    params = order.to_params()
    assert (params["side"], params["positionSide"], "reduceOnly" in params) == ("BUY", "SHORT", False)


def test_a_second_click_sends_nothing_more(client, make):
    client.hold = True
    widget, page = shown(client, make)
    page.event("arm", **ROW)
    confirm(widget, page)
    confirm(widget, page)
    page.event("arm", **ROW)
    client.release()
    assert len(client.asked_for("place_futures_order")) == 1


def test_a_double_click_and_a_click_that_waited_send_nothing(client, make):
    widget, page = shown(client, make)
    page.event("arm", **ROW)
    page.event("confirm", **ROW, id=row_of(widget)["armed"]["id"])
    assert "double click" in row_of(widget)["note"]["text"]
    page.event("confirm", **ROW, id=row_of(widget)["armed"]["id"], at=time.time() * 1000 - 5000)
    assert "behind a busy cell" in row_of(widget)["note"]["text"]
    assert client.asked_for("place_futures_order") == []


def test_a_position_that_changed_meanwhile_is_not_closed_unseen(client, make):
    widget, page = shown(client, make)
    page.event("arm", **ROW)
    name = row_of(widget)["armed"]["id"]
    client.tell_futures(account_update("0.07"))
    widget.beat()
    page.event("confirm", **ROW, id=name, at=time.time() * 1000 + 500)
    assert "changed meanwhile" in row_of(widget)["note"]["text"]
    assert client.asked_for("place_futures_order") == []


def test_a_refusal_is_read_in_the_row_and_can_be_tried_again(client, make):
    client.answers["place_futures_order"] = OrderRejected("ReduceOnly Order is rejected.", code=-2022, http_status=400)
    widget, page = shown(client, make)
    page.event("arm", **ROW)
    confirm(widget, page)
    assert "ReduceOnly Order is rejected." in row_of(widget)["note"]["text"]
    page.event("arm", **ROW)
    assert row_of(widget)["armed"]["state"] == "armed"


def test_of_an_order_in_doubt_it_says_that_it_is_not_sent_again(client, make):
    client.answers["place_futures_order"] = NetworkError("no answer", sent=True)
    widget, page = shown(client, make)
    page.event("arm", **ROW)
    confirm(widget, page)
    assert "will not be sent again" in row_of(widget)["note"]["text"]


def test_on_mainnet_it_is_locked_and_wants_the_symbol_typed(make):
    client = FakeFuturesClient("mainnet", positions=[position()])
    widget, page = shown(client, make)
    page.event("arm", **ROW)
    assert row_of(widget)["armed"] is None
    assert "PositionsTable(client, allow_mainnet=True)" in row_of(widget)["note"]["text"]
    widget, page = shown(client, make, allow_mainnet=True)
    page.event("arm", **ROW)
    confirm(widget, page, typed="ETHUSDT")
    assert "Type BTCUSDT" in row_of(widget)["note"]["text"]
    confirm(widget, page, typed="btcusdt")
    assert len(client.asked_for("place_futures_order")) == 1
