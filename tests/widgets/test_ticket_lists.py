"""Order lists in the ticket: their parts and fields, the rules of each leg, and one list armed and sent once."""

from decimal import Decimal

import pytest

from binance_nb.errors import InvalidOrderError, NetworkError, OrderRejected
from binance_nb.models.enums import OrderSide
from binance_nb.models.rules import SymbolRules
from binance_nb.widgets import OrderTicket
from binance_nb.widgets.ticket_fields import SPOT, offered
from binance_nb.widgets.ticket_form import Form
from binance_nb.widgets.ticket_orders import PLACED_BY
from tests.widgets.fake_client import BTCUSDT, FakeClient, trade
from tests.widgets.test_order_ticket import confirm

RULES = SymbolRules(BTCUSDT)
WORKING = {"working.quantity": "0.01", "working.price": "60000"}
PAIR = {"profit.price": "70000", "stop.stop_price": "55000"}
COMPLETE = {
    "OCO": (OrderSide.SELL, {"quantity": "0.01", **PAIR}),
    "OTO": (OrderSide.BUY, {**WORKING, "pending.type": "LIMIT", "pending.price": "70000"}),
    "OTOCO": (OrderSide.BUY, {**WORKING, **PAIR}),
    "OPO": (OrderSide.BUY, {**WORKING, "pending.type": "TAKE_PROFIT", "pending.stop_price": "70000"}),
    "OPOCO": (OrderSide.BUY, {**WORKING, **PAIR}),
}
ORDERS = {
    "OCO": [("SELL", "LIMIT_MAKER"), ("SELL", "STOP_LOSS")],
    "OTO": [("BUY", "LIMIT"), ("SELL", "LIMIT")],
    "OTOCO": [("BUY", "LIMIT"), ("SELL", "LIMIT_MAKER"), ("SELL", "STOP_LOSS")],
    "OPO": [("BUY", "LIMIT"), ("SELL", "TAKE_PROFIT")],
    "OPOCO": [("BUY", "LIMIT"), ("SELL", "LIMIT_MAKER"), ("SELL", "STOP_LOSS")],
}
KINDS = list(COMPLETE)


def form(kind, **changes):
    side, texts = COMPLETE[kind]
    return Form("BTCUSDT", side, kind, {**texts, **{name.replace("__", "."): text for name, text in changes.items()}})


@pytest.mark.parametrize("kind", KINDS)
def test_every_list_has_a_form_that_makes_it(kind):
    made = form(kind)
    assert made.complaints(RULES) == {}
    request = made.request()
    assert request.kind == kind
    assert [(order.side, order.order_type) for order in request.orders] == ORDERS[kind]
    assert {order.quantity for order in request.orders} == {Decimal("0.01")}
    assert request.to_params()["symbol"] == "BTCUSDT"


def test_of_a_buying_pair_the_stop_loss_is_above():
    made = form("OCO", profit__price="55000", stop__stop_price="70000")
    made.side = OrderSide.BUY
    assert [order.order_type for order in made.request().orders] == ["STOP_LOSS", "LIMIT_MAKER"]


def test_fields_come_and_go_with_the_type_of_a_leg():
    assert form("OCO").shown() == (
        "quantity",
        "profit.type",
        "profit.price",
        "profit.iceberg_qty",
        "stop.type",
        "stop.stop_price",
        "stop.trailing_delta",
    )
    assert "stop.price" in form("OCO", stop__type="STOP_LOSS_LIMIT").shown()
    assert "profit.stop_price" in form("OCO", profit__type="TAKE_PROFIT").shown()
    assert "pending.quantity" not in form("OPO").shown()


def test_the_quantity_of_a_pending_order_is_that_of_the_working_one_unless_it_is_typed():
    working, pending = form("OTO", pending__quantity="0.005").request().orders
    assert (working.quantity, pending.quantity) == (Decimal("0.01"), Decimal("0.005"))


def test_a_working_order_can_be_post_only():
    made = form("OTO", working__post_only="yes")
    assert made.request().orders[0].order_type == "LIMIT_MAKER"
    assert "working.time_in_force" not in made.shown()


@pytest.mark.parametrize(
    ("kind", "field", "text", "words"),
    [
        ("OCO", "profit.price", "70000.005", "tick of 0.01"),
        ("OCO", "stop.stop_price", "55000.005", "tick of 0.01"),
        ("OCO", "quantity", "0.000011", "LOT_SIZE"),
        ("OTO", "pending.price", "-1", "greater than zero"),
        ("OTOCO", "pending.quantity", "0.000001", "LOT_SIZE"),
        ("OTOCO", "stop.trailing_delta", "5", "TRAILING_DELTA"),
        ("OPOCO", "working.price", "60000.001", "tick of 0.01"),
    ],
)
def test_the_rules_are_held_against_each_leg_and_told_at_its_field(kind, field, text, words):
    side, texts = COMPLETE[kind]
    complaints = Form("BTCUSDT", side, kind, {**texts, field: text}).complaints(RULES)
    assert words in complaints[field].sentence


@pytest.mark.parametrize("text", ["0.0000111", "-1", "abc"])
def test_what_an_empty_field_takes_over_is_told_only_where_it_was_typed(text):
    assert list(form("OTOCO", working__quantity=text).complaints(RULES)) == ["working.quantity"]


def test_an_unfinished_list_is_incomplete_but_not_wrong():
    made = Form("BTCUSDT", OrderSide.SELL, "OCO", {"quantity": "0.01", "profit.price": "70000"})
    assert made.complaints(RULES) == {}
    assert made.missing() == "stop loss: a STOP_LOSS order needs a stop_price, a trailing_delta (basis points), or both"


def test_a_pair_the_wrong_way_round_is_a_complaint_of_the_form():
    wrong = form("OCO", profit__price="50000", stop__stop_price="60000").complaints(RULES)
    assert "60000 < 50000 does not hold" in wrong["form"].sentence


def test_a_list_that_only_sells_what_was_bought_must_buy():
    made = form("OPO")
    made.side = OrderSide.SELL
    with pytest.raises(InvalidOrderError, match="the working order of an OPO must be a BUY"):
        made.request()


def test_a_symbol_offers_the_lists_that_it_takes():
    names = [kind.name for kind in offered(SPOT, {**BTCUSDT, "opoAllowed": False, "otoAllowed": True})]
    assert "OTO" in names
    assert "OPO" not in names
    assert "OCO" not in [kind.name for kind in offered(SPOT, {**BTCUSDT, "ocoAllowed": False})]
    assert "STOP_LOSS" not in [kind.name for kind in offered(SPOT, {**BTCUSDT, "orderTypes": ["LIMIT", "MARKET"]})]


def arm(page, kind):
    side, texts = COMPLETE[kind]
    page.event("edit", order_type=kind, side=side.value, texts={})
    page.event("arm", texts=texts)
    armed = page.widget.view["armed"]
    assert armed, page.widget.view["message"]
    return armed


@pytest.fixture
def ticket(client, make):
    return make(OrderTicket, client)


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_is_armed_and_sent_once(client, ticket, kind):
    widget, page = ticket
    armed = arm(page, kind)
    assert armed["summary"][0] == f"{kind} list · BTCUSDT"
    assert len(armed["summary"]) == 1 + len(ORDERS[kind])
    assert client.asked_for(PLACED_BY[kind]) == []
    confirm(page, armed["id"])
    page.event("confirm", id=armed["id"])
    (orders,) = client.asked_for(PLACED_BY[kind])
    assert [(order.side, order.order_type) for order in orders] == ORDERS[kind]
    assert client.list_name == armed["id"]
    assert widget.view["state"] == "done"
    assert [result["order_status"] for result in widget.view["results"]] == ["NEW"] * len(orders)
    assert len(widget.last_order) == len(orders)


def test_what_is_sold_once_it_is_bought_is_said_so(ticket):
    _, page = ticket
    assert arm(page, "OPO")["summary"] == [
        "OPO list · BTCUSDT",
        "working: BUY 0.01 BTC · LIMIT · at 60000 USDT · GTC",
        "pending: SELL what was bought · TAKE_PROFIT · stop 70000",
    ]


def test_a_fill_of_one_order_shows_at_that_order(client, ticket):
    widget, page = ticket
    confirm(page, arm(page, "OCO")["id"])
    stop = widget.view["results"][1]
    client.tell(trade(1, client_order_id=stop["client_order_id"], side="SELL", price="54999"))
    assert [result["order_status"] for result in widget.view["results"]] == ["NEW", "FILLED"]
    assert widget.view["results"][1]["average_price"] == "54999"


def test_a_resting_list_is_cancelled_as_a_whole(client, ticket):
    widget, page = ticket
    confirm(page, arm(page, "OTOCO")["id"])
    page.event("cancel")
    assert [name for name, _, keywords in client.asked if name == "cancel_order_list"] == ["cancel_order_list"]
    assert [result["order_status"] for result in widget.view["results"]] == ["CANCELED"] * 3


def test_a_refused_list_shows_the_exchanges_words(client, ticket):
    widget, page = ticket
    client.answers["place_oco_order"] = OrderRejected("The relationship of the prices is not correct.", code=-2010)
    confirm(page, arm(page, "OCO")["id"])
    assert widget.view["state"] == "refused"
    assert "relationship of the prices" in widget.view["message"]["text"]


def test_a_list_that_breaks_a_rule_names_the_leg_and_is_not_armed(ticket):
    widget, page = ticket
    side, texts = COMPLETE["OCO"]
    page.event("edit", order_type="OCO", side=side.value, texts={})
    page.event("arm", texts={**texts, "stop.stop_price": "55000.001"})
    assert widget.view["state"] == "editing"
    assert widget.view["message"]["text"].startswith("Below: stop_price 55000.001")


def test_a_list_without_an_answer_is_asked_for_order_by_order_and_not_sent_again(client, ticket):
    widget, page = ticket

    def lost(*orders, **names):
        client.new_list(*orders, **names)
        raise NetworkError("the line broke", sent=True)

    def known(symbol, *, client_order_id):
        client.last = next(order for order in client.list if order["clientOrderId"] == client_order_id)
        return client.changed_order("NEW")

    client.answers |= {"place_oco_order": lost, "get_order_status": known}
    confirm(page, arm(page, "OCO")["id"])
    assert widget.view["state"] == "unknown"
    page.event("ask")
    assert widget.view["state"] == "done"
    assert [result["order_status"] for result in widget.view["results"]] == ["NEW", "NEW"]
    assert len(client.asked_for("place_oco_order")) == 1


def test_a_list_is_tested_by_our_own_rules_since_the_exchange_has_no_test_for_it(client, ticket):
    widget, page = ticket
    side, texts = COMPLETE["OCO"]
    page.event("edit", order_type="OCO", side=side.value, texts={})
    page.event("test", texts=texts)
    assert widget.view["message"]["text"].startswith("Every rule passes")
    assert len(client.asked_for("check_order")) == 1
    assert client.asked_for("place_oco_order") == []


def test_on_mainnet_a_list_wants_its_symbol_typed(make):
    client = FakeClient("mainnet")
    _, page = make(OrderTicket, client, allow_mainnet=True)
    armed = arm(page, "OCO")
    confirm(page, armed["id"])
    assert client.asked_for("place_oco_order") == []
    page.event("confirm", id=armed["id"], typed="BTCUSDT")
    assert len(client.asked_for("place_oco_order")) == 1


def test_the_page_is_told_the_parts_with_their_units_and_choices(ticket):
    widget, page = ticket
    page.event("edit", order_type="OTOCO", texts={"working.quantity": "0.01"})
    titles = [part["title"] for part in widget.view["parts"]]
    assert titles == ["First", "Then", "Take profit", "Stop loss"]
    quantity = widget.view["parts"][1]["fields"][1]
    assert (quantity["key"], quantity["unit"], quantity["default"]) == ("pending.quantity", "BTC", "0.01")
