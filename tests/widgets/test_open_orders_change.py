"""Open orders made smaller or replaced from their row: shown, confirmed, sent once, and refusals told in the row."""

import time
from decimal import Decimal

import pytest

from binance_nb import frames
from binance_nb.errors import CancelReplaceFailed, NetworkError
from binance_nb.widgets import OpenOrders
from binance_nb.widgets.ticket_state import DOUBLE_CLICK_MS
from tests.widgets.fake_client import BTCUSDT, FakeClient, trade
from tests.widgets.test_open_orders import as_answer, row_of

KEY = {"symbol": "BTCUSDT", "order_id": "11"}


def an_order(**more):
    return {**as_answer(11), "executedQty": "0", "orderListId": -1, "timeInForce": "GTC", **more}


def answering(order, environment="sandbox"):
    """A client with that one open order."""
    client = FakeClient(environment)
    client.order = order
    client.answers |= {
        "get_exchange_info": {"symbols": [{**BTCUSDT, "amendAllowed": True}]},
        "get_open_orders": lambda *_, **__: frames.orders([client.order], exact=True),
        "get_order_status": lambda *_, **__: client.order,
        "amend_order": lambda *_, new_qty, **__: changed(client, origQty=str(new_qty)),
        "cancel_replace_order": lambda new, *_, **__: changed(client, orderId=12, price=str(new.price)),
    }
    return client


def changed(client, **more):
    client.order = {**client.order, **more}
    return frames.orders([client.order])


@pytest.fixture
def shown(make):
    """A function that shows the open orders of a client."""

    def show(client, **options):
        widget, page = make(OpenOrders, client, **options)
        page.event("hello")
        widget.beat()
        return widget, page

    return show


def arm(widget, page, **texts):
    page.event("arm_change", **KEY, texts=texts)
    change = row_of(widget, 11)["change"]
    assert change, row_of(widget, 11)["note"]
    return change


def confirm(widget, page, change, **more):
    widget._changes["BTCUSDT", "11"]._armed_at_ms -= DOUBLE_CLICK_MS + 1000
    page.event("confirm_change", **KEY, id=change["id"], **more)


def keywords_of(client, verb):
    return [keywords for name, _, keywords in client.asked if name == verb]


def test_a_smaller_quantity_is_amended_and_keeps_its_place_and_its_name(shown):
    client = answering(an_order())
    widget, page = shown(client)
    change = arm(widget, page, quantity="0.3", price="70000")
    assert change["summary"] == "Reduce SELL BTCUSDT from 0.5 to 0.3 BTC · it keeps its place in the queue"
    assert client.asked_for("amend_order") == []
    confirm(widget, page, change)
    assert client.asked_for("amend_order") == [("BTCUSDT", 11)]
    assert keywords_of(client, "amend_order") == [{"new_qty": Decimal("0.3"), "new_client_order_id": "nb-11"}]
    widget.beat()
    assert (row_of(widget, 11)["quantity"], row_of(widget, 11)["note"]["text"]) == ("0.3", "Reduced.")


def test_another_price_replaces_the_order(shown):
    client = answering(an_order(icebergQty="0.1", selfTradePreventionMode="EXPIRE_MAKER"))
    widget, page = shown(client)
    change = arm(widget, page, quantity="0.5", price="71000")
    assert change["summary"] == (
        "Cancel SELL BTCUSDT LIMIT and place it anew with price 71000 · it loses its place in the queue"
    )
    confirm(widget, page, change)
    ((order, order_id),) = client.asked_for("cancel_replace_order")
    assert order_id == 11
    assert (order.quantity, order.price, order.iceberg_qty) == (Decimal("0.5"), Decimal(71000), Decimal("0.1"))
    assert order.self_trade_prevention_mode == "EXPIRE_MAKER"
    assert order.new_client_order_id == change["id"]
    assert keywords_of(client, "cancel_replace_order") == [{"cancel_restrictions": "ONLY_NEW"}]
    assert widget.view["message"]["text"] == "Replaced order 11 by order 12."


def test_the_stop_price_of_a_stop_can_be_replaced(shown):
    client = answering(an_order(type="STOP_LOSS", price="0", stopPrice="60000"))
    widget, page = shown(client)
    confirm(widget, page, arm(widget, page, quantity="0.5", stop_price="59000"))
    ((order, _),) = client.asked_for("cancel_replace_order")
    assert (order.order_type, order.price, order.stop_price) == ("STOP_LOSS", None, Decimal(59000))


def test_what_is_replaced_is_only_what_is_not_filled(shown):
    client = answering(an_order(executedQty="0.2", status="PARTIALLY_FILLED"))
    widget, page = shown(client)
    confirm(widget, page, arm(widget, page, quantity="0.5", price="71000"))
    ((order, _),) = client.asked_for("cancel_replace_order")
    assert order.quantity == Decimal("0.3")


def test_a_fill_after_the_change_was_shown_refuses_it(shown):
    client = answering(an_order(executedQty="0.2", status="PARTIALLY_FILLED"))
    widget, page = shown(client)
    change = arm(widget, page, quantity="0.5", price="71000")
    client.tell(
        trade(
            1,
            order_id=11,
            order_status="PARTIALLY_FILLED",
            quantity="0.5",
            cumulative_filled_qty=Decimal("0.3"),
        )
    )
    confirm(widget, page, change)
    assert client.asked_for("cancel_replace_order") == []
    assert "filled further meanwhile" in row_of(widget, 11)["note"]["text"]


def test_a_second_confirmation_changes_nothing_more(shown):
    client = answering(an_order())
    widget, page = shown(client)
    change = arm(widget, page, quantity="0.3")
    confirm(widget, page, change)
    page.event("confirm_change", **KEY, id=change["id"])
    assert len(client.asked_for("amend_order")) == 1


def test_a_double_click_is_told_and_sends_nothing(shown):
    client = answering(an_order())
    widget, page = shown(client)
    change = arm(widget, page, quantity="0.3")
    page.event("confirm_change", **KEY, id=change["id"])
    assert client.asked_for("amend_order") == []
    assert "double click" in row_of(widget, 11)["note"]["text"]


def test_a_confirmation_that_waited_sends_nothing(shown):
    client = answering(an_order())
    widget, page = shown(client)
    change = arm(widget, page, quantity="0.3")
    confirm(widget, page, change, at=time.time() * 1000 - 5000)
    assert client.asked_for("amend_order") == []
    assert "behind a busy cell" in row_of(widget, 11)["note"]["text"]


@pytest.mark.parametrize(
    ("order", "texts", "words"),
    [
        ({}, {"quantity": "0.5", "price": "70000"}, "Nothing is different"),
        ({}, {"quantity": "abc"}, "Quantity must be a number"),
        ({}, {"quantity": "0.300001"}, "LOT_SIZE"),
        ({}, {"price": "70000.005"}, "PRICE_FILTER"),
        ({"executedQty": "0.4"}, {"quantity": "0.3"}, "0.4 of it is filled already"),
        ({"orderListId": 5}, {"quantity": "0.6"}, "can only be made smaller"),
        ({"pegPriceType": "PRIMARY_PEG"}, {"price": "1"}, "A pegged order gets its price from the book"),
        ({"icebergQty": "0.4"}, {"quantity": "0.3", "price": "71000"}, "cannot exceed quantity"),
    ],
)
def test_a_change_that_cannot_be_made_is_told_in_the_row(shown, order, texts, words):
    widget, page = shown(answering(an_order(**order)))
    page.event("arm_change", **KEY, texts=texts)
    assert words in row_of(widget, 11)["note"]["text"]
    assert row_of(widget, 11)["change"] is None


def test_where_a_symbol_takes_no_amendments_a_smaller_order_replaces_it(shown):
    client = answering(an_order())
    client.answers["get_exchange_info"] = {"symbols": [{**BTCUSDT, "amendAllowed": False}]}
    widget, page = shown(client)
    assert arm(widget, page, quantity="0.3")["kind"] == "replace"


def test_a_refusal_of_the_exchange_is_told_in_the_row(shown):
    client = answering(an_order())
    client.answers["cancel_replace_order"] = CancelReplaceFailed(
        "Order cancel-replace failed.",
        code=-2022,
        http_status=400,
        data={
            "cancelResult": "FAILURE",
            "newOrderResult": "NOT_ATTEMPTED",
            "cancelResponse": {"code": -2011, "msg": "Unknown order sent."},
        },
    )
    widget, page = shown(client)
    confirm(widget, page, arm(widget, page, price="71000"))
    note = row_of(widget, 11)["note"]
    assert note["tone"] == "bad"
    assert "Unknown order sent. (code -2011)" in note["text"]
    assert row_of(widget, 11)["change"] is None


def test_a_change_without_an_answer_is_not_sent_again(shown):
    client = answering(an_order())
    client.answers["cancel_replace_order"] = NetworkError("the line broke", sent=True)
    widget, page = shown(client)
    change = arm(widget, page, price="71000")
    confirm(widget, page, change)
    page.event("confirm_change", **KEY, id=change["id"])
    assert len(client.asked_for("cancel_replace_order")) == 1
    assert "will not be sent again by itself" in row_of(widget, 11)["note"]["text"]


def test_going_back_sends_nothing(shown):
    client = answering(an_order())
    widget, page = shown(client)
    change = arm(widget, page, quantity="0.3")
    page.event("disarm_change", **KEY)
    page.event("confirm_change", **KEY, id=change["id"])
    assert row_of(widget, 11)["change"] is None
    assert client.asked_for("amend_order") == []


def test_on_mainnet_nothing_is_replaced_unless_allowed(shown):
    client = answering(an_order(), "mainnet")
    widget, page = shown(client)
    page.event("arm_change", **KEY, texts={"price": "71000"})
    assert "OpenOrders(client, allow_mainnet=True)" in row_of(widget, 11)["note"]["text"]
    confirm(widget, page, arm(widget, page, quantity="0.3"))
    assert len(client.asked_for("amend_order")) == 1


def test_on_mainnet_a_replacement_wants_its_symbol_typed(shown):
    client = answering(an_order(), "mainnet")
    widget, page = shown(client, allow_mainnet=True)
    change = arm(widget, page, price="71000")
    confirm(widget, page, change)
    assert client.asked_for("cancel_replace_order") == []
    page.event("confirm_change", **KEY, id=change["id"], typed="btcusdt")
    assert len(client.asked_for("cancel_replace_order")) == 1
