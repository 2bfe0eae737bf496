"""The order ticket: from what is typed to one order, and what the person is told about it."""

import time

import pytest

from binance_nb.errors import ExchangeUnavailable, InvalidOrderError, NetworkError, OrderRejected, OrderStatusUnknown
from binance_nb.models.requests import SpotOrderRequest
from binance_nb.widgets import OrderTicket
from binance_nb.widgets.ticket_state import DOUBLE_CLICK_MS
from tests.widgets.fake_client import FakeClient, trade

LIMIT = {"texts": {"quantity": "0.01", "price": "60000"}}


def place(page, **content):
    """Fill in, arm and confirm, a second after arming."""
    page.event("arm", **(content or LIMIT))
    armed = page.widget.view["armed"]
    assert armed, page.widget.view["message"]
    confirm(page, armed["id"])


def confirm(page, name, **more):
    page.widget._ticket._armed_at_ms -= DOUBLE_CLICK_MS + 1000
    page.event("confirm", id=name, **more)


@pytest.fixture
def ticket(client, make):
    return make(OrderTicket, client)


def test_arming_sends_nothing_and_shows_the_order(client, ticket):
    widget, page = ticket
    page.event("arm", **LIMIT)
    assert widget.view["state"] == "armed"
    assert widget.view["armed"]["summary"] == ["BUY 0.01 BTC · BTCUSDT · LIMIT · at 60000 USDT · GTC"]
    assert client.asked_for("place_spot_order") == []


def test_confirming_places_the_order_that_was_shown(client, ticket):
    widget, page = ticket
    page.event("arm", **LIMIT)
    shown = widget.view["armed"]["id"]
    confirm(page, shown)
    ((order,),) = client.asked_for("place_spot_order")
    assert isinstance(order, SpotOrderRequest)
    assert order.new_client_order_id == shown
    assert widget.view["state"] == "done"
    assert widget.view["results"][0]["order_status"] == "NEW"
    assert widget.last_order["order_id"].iloc[0] == 701


def test_a_second_confirmation_makes_no_second_order(make):
    client = FakeClient(hold=True)
    widget, page = make(OrderTicket, client)
    place(page)
    page.event("confirm", id=widget.view["armed"]["id"])
    page.event("arm", **LIMIT)
    client.release()
    assert len(client.asked_for("place_spot_order")) == 1
    assert widget.view["state"] == "done"


def test_confirming_does_not_wait_for_the_answer(make):
    widget, page = make(OrderTicket, FakeClient(hold=True))
    place(page)
    assert widget.view["state"] == "submitting"


def test_a_confirmation_that_waited_is_refused_in_the_ticket(client, ticket):
    widget, page = ticket
    page.event("arm", **LIMIT)
    page.event("confirm", id=widget.view["armed"]["id"], at=time.time() * 1000 - 5000)
    assert client.asked_for("place_spot_order") == []
    assert "behind a busy cell" in widget.view["message"]["text"]


def test_any_edit_disarms(client, ticket):
    widget, page = ticket
    page.event("arm", **LIMIT)
    name = widget.view["armed"]["id"]
    page.event("edit", texts={"quantity": "0.02", "price": "60000"})
    assert widget.view["state"] == "editing"
    confirm(page, name)
    assert client.asked_for("place_spot_order") == []


def test_going_back_sends_nothing(client, ticket):
    widget, page = ticket
    page.event("arm", **LIMIT)
    page.event("disarm")
    assert widget.view["state"] == "editing"
    assert widget.view["message"]["text"] == "Nothing was sent."


def test_an_incomplete_order_cannot_be_armed_and_says_why(ticket):
    widget, page = ticket
    page.event("arm", texts={"quantity": "0.01"})
    assert widget.view["state"] == "editing"
    assert widget.view["message"] == {"tone": "bad", "text": "A LIMIT order needs a price."}


def test_an_order_that_breaks_a_rule_cannot_be_armed(client, ticket):
    widget, page = ticket
    page.event("arm", texts={"quantity": "0.01", "price": "60000.001"})
    assert widget.view["state"] == "editing"
    assert "PRICE_FILTER" in widget.view["message"]["text"]


def test_an_unknown_symbol_cannot_be_armed(ticket):
    widget, page = ticket
    page.event("edit", symbol="BTCUSDX")
    page.event("arm", symbol="BTCUSDX", **LIMIT)
    assert "lists no symbol BTCUSDX" in widget.view["message"]["text"]


def test_a_rejected_order_shows_the_exchanges_words_and_code(client, ticket):
    widget, page = ticket
    client.answers["place_spot_order"] = OrderRejected(
        "Account has insufficient balance for requested action.", code=-2010, http_status=400
    )
    place(page)
    assert widget.view["state"] == "refused"
    assert "insufficient balance" in widget.view["message"]["text"]
    assert "-2010" in widget.view["message"]["text"]
    page.event("again")
    assert widget.view["state"] == "editing"
    assert widget.view["texts"]["price"] == "60000"


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (OrderStatusUnknown("no answer", symbol="BTCUSDT", client_order_id="x"), "unknown"),
        (NetworkError("the line broke", sent=True), "unknown"),
        (NetworkError("the host was not found", sent=False), "refused"),
        (ExchangeUnavailable("Timeout waiting for response", code=-1007, http_status=408), "unknown"),
        (InvalidOrderError("no"), "refused"),
        (RuntimeError("anything"), "unknown"),
    ],
)
def test_only_what_certainly_does_not_exist_is_called_refused(client, ticket, error, state):
    widget, page = ticket
    client.answers["place_spot_order"] = error
    place(page)
    assert widget.view["state"] == state


def test_an_unknown_order_can_be_asked_for_and_is_not_sent_again(client, ticket):
    widget, page = ticket

    def lost(order, **_):
        client.new_order(order)
        raise NetworkError("the line broke", sent=True)

    client.answers["place_spot_order"] = lost
    place(page)
    page.event("ask")
    assert widget.view["state"] == "done"
    assert widget.view["results"][0]["order_status"] == "NEW"
    assert len(client.asked_for("place_spot_order")) == 1


def test_a_test_order_places_nothing(client, ticket):
    widget, page = ticket
    page.event("test", **LIMIT)
    assert widget.view["message"]["text"] == "The exchange would accept this order. Nothing was placed."
    assert len(client.asked_for("test_order")) == 1
    assert client.asked_for("place_spot_order") == []


def test_a_fill_of_the_order_shows_in_the_ticket(client, ticket):
    widget, page = ticket
    place(page)
    name = widget.view["results"][0]["client_order_id"]
    client.tell(trade(1, client_order_id=name, price="59999.5"))
    assert widget.view["results"][0]["order_status"] == "FILLED"
    assert widget.view["results"][0]["average_price"] == "59999.5"


def test_a_fill_of_another_order_does_not(client, ticket):
    widget, page = ticket
    place(page)
    client.tell(trade(1))
    assert widget.view["results"][0]["order_status"] == "NEW"


def test_a_resting_order_can_be_cancelled_from_the_ticket(client, ticket):
    widget, page = ticket
    place(page)
    page.event("cancel")
    assert widget.view["results"][0]["order_status"] == "CANCELED"
    page.event("cancel")
    assert len(client.asked_for("cancel_order_by_id")) == 1


def test_a_cancel_that_waited_behind_a_busy_cell_is_refused(client, ticket):
    widget, page = ticket
    place(page)
    page.event("cancel", at=time.time() * 1000 - 5000)
    assert client.asked_for("cancel_order_by_id") == []
    assert "nothing was cancelled" in widget.view["message"]["text"]


def test_a_fill_that_is_told_before_the_answer_is_not_forgotten(make):
    client = FakeClient(hold=True)
    widget, page = make(OrderTicket, client)
    place(page)
    name = widget.view["armed"]["id"]
    client.tell(trade(1, client_order_id=name, price="59999.5"))
    client.release()
    assert widget.view["results"][0]["order_status"] == "FILLED"
    assert widget.view["results"][0]["average_price"] == "59999.5"
    assert widget.view["results"][0]["order_id"]


def test_a_deeper_book_is_asked_for_where_the_first_does_not_reach(client, ticket, monkeypatch):
    widget, page = ticket
    page.event("hello")
    page.event("edit", order_type="MARKET", texts={"quantity": "100"})
    widget.beat()
    page.event("edit", texts={"quantity": "200"})
    start = time.monotonic()
    for moment in (start + 10, start + 30):
        monkeypatch.setattr(time, "monotonic", lambda moment=moment: moment)
        page.event("hello")
        widget.beat()
    assert [asked[1] for asked in client.asked_for("get_order_book")] == [100, 100, 1000]
    (warning,) = [line for line in widget.view["estimate"] if line["is_warning"]]
    assert warning["text"] == "the book cannot fill 100 BTC: they would not be filled"


def test_fields_follow_the_type(ticket):
    widget, page = ticket
    page.event("edit", order_type="MARKET", texts={})
    assert widget.view["fields"] == ["quantity", "quote_order_qty"]
    page.event("edit", order_type="STOP_LOSS", texts={})
    assert widget.view["fields"] == ["quantity", "stop_price", "trailing_delta"]


def test_typing_an_amount_empties_the_quantity_of_a_market_order(ticket):
    widget, page = ticket
    page.event("edit", order_type="MARKET", texts={"quantity": "1"}, last="quantity")
    page.event("edit", texts={"quantity": "1", "quote_order_qty": "100"}, last="quote_order_qty")
    assert widget.view["texts"] == {"quantity": "", "quote_order_qty": "100"}


def test_a_suggestion_is_taken_by_a_click(ticket):
    widget, page = ticket
    page.event("edit", texts={"quantity": "0.01", "price": "60000.005"})
    (first, _) = widget.view["complaints"]["price"]["nearest"]
    page.event("fill_in", field="price", value=first)
    assert widget.view["texts"]["price"] == "60000"
    assert widget.view["complaints"] == {}


def test_the_book_and_the_balance_fill_in_price_and_quantity(ticket):
    widget, page = ticket
    page.event("hello")
    widget.beat()
    assert (widget.view["bid"], widget.view["ask"]) == ("63999.99", "64000.01")
    page.event("fill_in", field="price", book="mid")
    assert widget.view["texts"]["price"] == "64000"
    page.event("fill_in", percent=50)
    assert widget.view["texts"]["quantity"] == "0.78125"
    assert widget.view["estimate"] == [
        {"label": "Cost", "text": "about 50,000.00 USDT", "is_warning": False},
        {"label": "Fee", "text": "about 40.00 USDT (0.08 %), taken in BTC", "is_warning": False},
    ]


def test_another_symbol_empties_the_numbers(ticket):
    widget, page = ticket
    page.event("edit", **LIMIT)
    page.event("edit", symbol="ethusdt", **LIMIT)
    assert widget.view["symbol"] == "ETHUSDT"
    assert widget.view["base"] == "ETH"
    assert widget.view["texts"]["price"] == ""


def test_nothing_is_asked_for_while_no_page_looks(client, ticket):
    widget, _ = ticket
    widget.beat()
    assert client.asked_for("get_book_ticker") == []


def test_mainnet_is_locked_unless_allowed(make):
    client = FakeClient("mainnet")
    widget, page = make(OrderTicket, client)
    page.event("hello")
    widget.beat()
    page.event("arm", **LIMIT)
    page.event("confirm", id="x")
    page.event("test", **LIMIT)
    assert widget.view["locked"]
    assert widget.view["state"] == "editing"
    assert {verb for verb, _, _ in client.asked} <= {"get_exchange_info", "get_book_ticker"}


def test_on_mainnet_the_symbol_must_be_typed(make):
    client = FakeClient("mainnet")
    widget, page = make(OrderTicket, client, allow_mainnet=True)
    page.event("arm", **LIMIT)
    name = widget.view["armed"]["id"]
    confirm(page, name)
    assert client.asked_for("place_spot_order") == []
    assert "Type BTCUSDT" in widget.view["message"]["text"]
    page.event("confirm", id=name, typed="BTCUSDT")
    assert len(client.asked_for("place_spot_order")) == 1


def test_allow_mainnet_changes_nothing_elsewhere(make):
    widget, page = make(OrderTicket, FakeClient("testnet"), allow_mainnet=True)
    place(page)
    assert widget.view["state"] == "done"


def test_the_page_is_told_how_much_of_its_typing_was_heard(ticket):
    widget, page = ticket
    page.event("edit", page="one", number=3, texts={"price": "1"})
    page.event("edit", page="two", number=1, texts={"quantity": "2"})
    assert widget.view["heard"] == {"one": 3, "two": 1}
    assert widget.view["texts"]["price"] == "1"
    for number in range(20):
        page.event("edit", page=f"later-{number}", number=1, texts={})
    assert len(widget.view["heard"]) == 8


def test_what_the_ticket_asks_for_by_itself_never_hides_what_became_of_an_order(client, ticket):
    widget, page = ticket
    client.answers["get_book_ticker"] = NetworkError("the line broke", sent=False)
    client.answers["place_spot_order"] = OrderRejected("No.", code=-2010, http_status=400)
    page.event("hello")
    place(page)
    widget.beat()
    assert widget.view["notes"] == ["No prices: The line broke."]
    assert "-2010" in widget.view["message"]["text"]


def test_rules_that_did_not_come_are_asked_for_again(client, make, monkeypatch):
    rules = client.answers["get_exchange_info"]
    client.answers["get_exchange_info"] = NetworkError("the line broke", sent=False)
    widget, page = make(OrderTicket, client)
    page.event("hello")
    assert widget.view["notes"] == ["No rules: The line broke."]
    client.answers["get_exchange_info"] = rules
    later = time.monotonic() + 6
    monkeypatch.setattr(time, "monotonic", lambda: later)
    page.event("hello")
    widget.beat()
    assert widget.view["notes"] == []
    assert widget.view["base"] == "BTC"


def test_without_the_rules_an_order_is_still_checked_by_the_exchange_alone(client, make):
    client.answers["get_exchange_info"] = NetworkError("the line broke", sent=False)
    _, page = make(OrderTicket, client)
    place(page)
    assert len(client.asked_for("place_spot_order")) == 1
