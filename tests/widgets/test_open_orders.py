"""The table of open orders on the kernel's side."""

import time

import pytest

from binance_nb import frames
from binance_nb.errors import UnknownOrder
from binance_nb.widgets import OpenOrders
from tests.widgets.fake_client import FakeClient, trade


def resting(number, **more):
    """A report of an order that rests in the book."""
    return trade(number, **{"execution_type": "NEW", "order_status": "NEW", "trade_id": -1, **more})


def ids(widget):
    return [row["order_id"] for row in widget.view["orders"]]


def row_of(widget, number):
    return next(row for row in widget.view["orders"] if row["order_id"] == str(number))


def as_answer(number, symbol="BTCUSDT"):
    return {
        "symbol": symbol,
        "orderId": number,
        "clientOrderId": f"nb-{number}",
        "side": "SELL",
        "type": "LIMIT",
        "status": "NEW",
        "origQty": "0.50000000",
        "price": "70000.00000000",
        "stopPrice": "0.00000000",
        "executedQty": "0.10000000",
        "cummulativeQuoteQty": "0",
    }


@pytest.fixture
def orders(client, make):
    client.answers["get_open_orders"] = lambda *_, **__: frames.orders([as_answer(11), as_answer(12)], exact=True)
    widget, page = make(OpenOrders, client)
    page.event("hello")
    widget.beat()
    return widget, page


def test_what_is_open_is_shown_newest_first_and_exactly(orders):
    widget, _ = orders
    assert ids(widget) == ["12", "11"]
    row = widget.view["orders"][0]
    assert (row["quantity"], row["cumulative_filled_qty"], row["price"], row["stop_price"]) == (
        "0.5",
        "0.1",
        "70000",
        "",
    )


def test_a_new_order_appears_and_a_filled_one_goes(client, orders):
    widget, _ = orders
    client.tell(resting(20, order_id=20))
    widget.beat()
    assert ids(widget) == ["20", "12", "11"]
    client.tell(trade(21, order_id=20))
    widget.beat()
    assert ids(widget) == ["12", "11"]


def test_a_click_cancels_that_order_once(client, orders):
    widget, page = orders
    client.answers["cancel_order_by_id"] = None
    page.event("cancel", symbol="BTCUSDT", order_id="11")
    page.event("cancel", symbol="BTCUSDT", order_id="11")
    assert client.asked_for("cancel_order_by_id") == [("BTCUSDT", 11)]
    assert ids(widget) == ["12"]
    assert widget.view["message"]["text"] == "Cancelled order 11."


def test_a_refused_cancel_is_told_and_the_order_stays(client, orders):
    widget, page = orders
    client.answers["cancel_order_by_id"] = UnknownOrder("Unknown order sent.", code=-2011, http_status=400)
    page.event("cancel", symbol="BTCUSDT", order_id="11")
    assert "Unknown order sent." in row_of(widget, 11)["note"]["text"]
    assert ids(widget) == ["12", "11"]


def test_what_was_said_about_an_order_stays_readable_when_its_row_is_gone(client, orders):
    widget, page = orders
    client.answers["cancel_order_by_id"] = UnknownOrder("Unknown order sent.", code=-2011, http_status=400)
    page.event("cancel", symbol="BTCUSDT", order_id="11")
    client.answers["get_open_orders"] = lambda *_, **__: frames.orders([as_answer(12)], exact=True)
    widget.beat()
    widget.beat()
    assert ids(widget) == ["12"]
    assert widget.view["message"]["text"].startswith("Order 11: Not cancelled: Unknown order sent.")


def test_a_click_that_waited_cancels_nothing(client, orders):
    widget, page = orders
    page.event("cancel", symbol="BTCUSDT", order_id="11", at=time.time() * 1000 - 5000)
    assert client.asked_for("cancel_order_by_id") == []
    assert "behind a busy cell" in widget.view["message"]["text"]


def test_cancel_all_cancels_what_was_shown_and_nothing_newer(client, orders):
    _, page = orders
    client.answers["cancel_order_by_id"] = None
    client.tell(resting(20, order_id=20))
    page.event("cancel_all", orders=[["BTCUSDT", "11"], ["BTCUSDT", "12"]])
    assert sorted(client.asked_for("cancel_order_by_id")) == [("BTCUSDT", 11), ("BTCUSDT", 12)]


def test_only_the_chosen_symbol_is_shown(make):
    client = FakeClient()
    widget, page = make(OpenOrders, client, "ethusdt")
    page.event("hello")
    widget.beat()
    client.tell(resting(1, symbol="BTCUSDT", order_id=1))
    client.tell(resting(2, symbol="ETHUSDT", order_id=2))
    widget.beat()
    assert ids(widget) == ["2"]


def test_an_order_that_closed_while_the_answer_was_on_its_way_is_not_put_back(client, make):
    widget, page = make(OpenOrders, client)

    def slow(*_, **__):
        client.tell(trade(1, order_id=11))
        return frames.orders([as_answer(11)], exact=True)

    client.answers["get_open_orders"] = slow
    page.event("hello")
    widget.beat()
    assert ids(widget) == []


def test_an_order_that_opened_while_the_answer_was_on_its_way_is_kept(client, make):
    widget, page = make(OpenOrders, client)

    def slow(*_, **__):
        client.tell(resting(1, order_id=15))
        return frames.orders([as_answer(11)], exact=True)

    client.answers["get_open_orders"] = slow
    page.event("hello")
    widget.beat()
    assert ids(widget) == ["15", "11"]


def in_list(number, list_id):
    return {**as_answer(number), "orderListId": list_id}


def test_orders_of_one_list_stand_together_and_are_cancelled_together(client, make):
    known = [in_list(11, 5), as_answer(12), in_list(13, 5)]
    client.answers["get_open_orders"] = lambda *_, **__: frames.orders(known, exact=True)
    client.answers["cancel_order_list"] = None
    widget, page = make(OpenOrders, client)
    page.event("hello")
    widget.beat()
    assert ids(widget) == ["13", "11", "12"]
    assert [row["order_list_id"] for row in widget.view["orders"]] == ["5", "5", ""]
    page.event("cancel_list", symbol="BTCUSDT", order_list_id="5")
    page.event("cancel_list", symbol="BTCUSDT", order_list_id="5")
    assert client.asked_for("cancel_order_list") == [("BTCUSDT", 5)]
    assert ids(widget) == ["12"]


def test_cancel_all_cancels_a_list_once(client, make):
    known = [in_list(11, 5), as_answer(12), in_list(13, 5)]
    client.answers["get_open_orders"] = lambda *_, **__: frames.orders(known, exact=True)
    client.answers |= {"cancel_order_list": None, "cancel_order_by_id": None}
    widget, page = make(OpenOrders, client)
    page.event("hello")
    widget.beat()
    page.event("cancel_all", orders=[["BTCUSDT", "11"], ["BTCUSDT", "12"], ["BTCUSDT", "13"]])
    assert client.asked_for("cancel_order_list") == [("BTCUSDT", 5)]
    assert client.asked_for("cancel_order_by_id") == [("BTCUSDT", 12)]
    assert ids(widget) == []
