"""The ticket of futures on the kernel's side: fields, rules, shares, estimates, leverage, and what is sent."""

import time

import pytest

from binance_nb.errors import NetworkError, OrderRejected, SettingRefused
from binance_nb.widgets import OrderTicket
from tests.widgets.fake_client import trade
from tests.widgets.fake_futures import FakeFuturesClient, leverage_update, position


@pytest.fixture
def client():
    """A client without positions, in one-way mode."""
    return FakeFuturesClient()


@pytest.fixture
def shown(make):
    """A function that shows the ticket of a client, with everything known."""

    def show(client, **options):
        ticket, page = make(OrderTicket, client, product="usdm", **options)
        page.event("hello")
        ticket.beat()
        return ticket, page

    return show


def edit(page, kind=None, side=None, **texts):
    changes = {} if kind is None else {"order_type": kind}
    page.event("edit", texts=texts, **changes, **({} if side is None else {"side": side}))


def confirm(ticket, page, **more):
    page.event("confirm", id=ticket.view["armed"]["id"], at=time.time() * 1000 + 500, **more)


def sent(client):
    return [order.to_params() for (order,) in client.asked_for("place_futures_order")]


def estimate(ticket):
    return {line["label"]: line["text"] for line in ticket.view["estimate"]}


def test_it_says_what_it_trades_with_which_leverage_and_mode(client, shown):
    ticket, _ = shown(client)
    view = ticket.view
    assert (view["product"], view["leverage"]["now"], view["leverage"]["mode"]) == (
        "USD-M futures",
        "20",
        "one-way mode",
    )
    assert view["free"] == ["10000", "USDT available"]
    assert view["address"] == "futures.sandbox.example"
    assert ("start_stream", (), {"product": "usdm"}) in client.asked


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("MARKET", ["quantity", "reduce_only"]),
        ("LIMIT", ["quantity", "price", "price_match", "time_in_force", "reduce_only"]),
        (
            "STOP_MARKET",
            ["quantity", "stop_price", "working_type", "price_protect", "close_position", "reduce_only"],
        ),
        ("TRAILING_STOP_MARKET", ["quantity", "callback_rate", "activation_price", "working_type", "reduce_only"]),
    ],
)
def test_fields_come_and_go_with_the_type(client, shown, kind, fields):
    ticket, page = shown(client)
    edit(page, kind)
    assert ticket.view["fields"] == fields


def test_a_choice_takes_the_place_of_what_it_makes_void(client, shown):
    ticket, page = shown(client)
    edit(page, "LIMIT", price_match="QUEUE", time_in_force="GTD")
    assert "price" not in ticket.view["fields"]
    assert "good_for" in ticket.view["fields"]
    edit(page, "STOP_MARKET", close_position="yes")
    assert not {"quantity", "reduce_only"} & set(ticket.view["fields"])
    edit(page, "MARKET")
    assert {"quantity", "reduce_only"} <= set(ticket.view["fields"])


def test_in_hedge_mode_an_order_says_which_position_it_means(shown):
    client = FakeFuturesClient(is_hedged=True)
    ticket, page = shown(client)
    edit(page, "MARKET", quantity="0.01")
    (part,) = ticket.view["parts"]
    field = next(field for field in part["fields"] if field["name"] == "position_side")
    assert (field["default"], "reduce_only" in ticket.view["fields"]) == ("LONG", False)
    edit(page, side="SELL", position_side="LONG")
    page.event("arm", texts={})
    assert ticket.view["armed"]["summary"] == ["SELL 0.01 BTC · BTCUSDT · MARKET · LONG position"]
    confirm(ticket, page)
    assert sent(client)[0]["positionSide"] == "LONG"


ORDERS = [
    ("MARKET", {}, {"quantity": "0.01"}),
    ("LIMIT", {"price": "63000"}, {"price": "63000", "timeInForce": "GTC"}),
    ("LIMIT", {"price": "63000", "time_in_force": "GTX"}, {"timeInForce": "GTX"}),
    ("LIMIT", {"price_match": "QUEUE_5"}, {"priceMatch": "QUEUE_5"}),
    ("STOP", {"price": "66000", "stop_price": "65000"}, {"triggerPrice": "65000", "price": "66000"}),
    ("STOP_MARKET", {"stop_price": "65000", "working_type": "MARK_PRICE"}, {"workingType": "MARK_PRICE"}),
    ("TAKE_PROFIT", {"price": "62000", "stop_price": "62500"}, {"triggerPrice": "62500"}),
    ("TAKE_PROFIT_MARKET", {"stop_price": "62500", "price_protect": "yes"}, {"priceProtect": "true"}),
    ("TRAILING_STOP_MARKET", {"callback_rate": "1.5"}, {"callbackRate": "1.5"}),
]


@pytest.mark.parametrize(("kind", "texts", "wanted"), ORDERS)
def test_each_type_is_armed_then_sent_once(client, shown, kind, texts, wanted):
    ticket, page = shown(client)
    edit(page, kind, quantity="0.01", **texts)
    assert ticket.view["complaints"] == {}
    assert ticket.view["missing"] == ""
    page.event("arm", texts={})
    assert sent(client) == []
    confirm(ticket, page)
    page.event("confirm", id="nb-any", at=time.time() * 1000 + 500)
    (params,) = sent(client)
    assert (params["type"], params["side"]) == (kind, "BUY")
    assert wanted.items() <= params.items()
    assert ticket.view["state"] == "done"
    assert ticket.view["results"][0]["order_status"] == ("FILLED" if kind == "MARKET" else "NEW")


def test_good_till_date_is_told_in_minutes(client, shown):
    ticket, page = shown(client)
    edit(page, "LIMIT", quantity="0.01", price="63000", time_in_force="GTD")
    assert "minutes" in ticket.view["missing"]
    edit(page, good_for="30")
    page.event("arm", texts={})
    confirm(ticket, page)
    ahead_s = int(sent(client)[0]["goodTillDate"]) / 1000 - time.time()
    assert 28 * 60 < ahead_s < 31 * 60


@pytest.mark.parametrize(
    ("kind", "texts", "field", "words", "nearest"),
    [
        ("LIMIT", {"price": "63000.05"}, "price", "PRICE_FILTER", ["63000", "63000.1"]),
        ("LIMIT", {"quantity": "0.0005", "price": "63000"}, "quantity", "", None),
        ("LIMIT", {"quantity": "0.001", "price": "40000"}, "price", "PERCENT_PRICE|far from", None),
        ("MARKET", {"quantity": "0.01", "reduce_only": "yes"}, "reduce_only", "needs a position", None),
        ("STOP_MARKET", {"stop_price": "60000"}, "stop_price", "would trigger at once", None),
        ("TRAILING_STOP_MARKET", {"callback_rate": "25"}, "form", "0.1 to 20", None),
    ],
)
def test_rules_are_checked_as_one_types(client, shown, kind, texts, field, words, nearest):
    ticket, page = shown(client)
    edit(page, kind, side="SELL" if kind == "LIMIT" else "BUY", **texts)
    complaint = ticket.view["complaints"][field]
    assert any(word in complaint["sentence"] for word in words.split("|"))
    assert nearest is None or complaint["nearest"] == nearest


def test_shares_are_of_what_leverage_and_balance_allow(client, shown):
    ticket, page = shown(client)
    edit(page, "LIMIT", price="64000")
    page.event("fill_in", percent=50)
    half = float(ticket.view["texts"]["quantity"])
    page.event("fill_in", percent=100)
    whole = float(ticket.view["texts"]["quantity"])
    # 10,000 USDT at twenty times, less the fee of twenty times the margin.
    assert 3.0 < whole < 10_000 * 20 / 64000
    assert half == pytest.approx(whole / 2, abs=0.001)


def test_a_share_of_an_order_that_reduces_is_of_the_position(shown):
    client = FakeFuturesClient(positions=[position("0.080")])
    ticket, page = shown(client)
    edit(page, "MARKET", side="SELL", reduce_only="yes")
    page.event("fill_in", percent=50)
    assert ticket.view["texts"]["quantity"] == "0.04"
    assert ticket.view["complaints"] == {}
    assert estimate(ticket)["Margin"] == "none, it only reduces"


def test_margin_and_fee_are_estimated(client, shown):
    ticket, page = shown(client)
    edit(page, "LIMIT", quantity="0.1", price="63000")
    assert estimate(ticket) == {
        "Worth": "about 6,300.00 USDT",
        "Margin": "about 315.00 USDT at 20×",
        "Fee": "about 1.26 USDT (0.02 %)",
    }
    edit(page, quantity="5")
    assert "more than there is" in estimate(ticket)["Margin"]


def test_a_refusal_is_read_in_the_ticket(client, shown):
    client.answers["place_futures_order"] = OrderRejected("ReduceOnly Order is rejected.", code=-2022, http_status=400)
    ticket, page = shown(client)
    edit(page, "MARKET", quantity="0.01", reduce_only="yes")
    page.event("arm", texts={})
    confirm(ticket, page)
    assert ticket.view["state"] == "refused"
    assert "ReduceOnly Order is rejected." in ticket.view["message"]["text"]


def test_an_order_in_doubt_is_asked_for_and_never_sent_again(client, shown):
    client.answers["place_futures_order"] = NetworkError("no answer", sent=True)
    ticket, page = shown(client)
    edit(page, "MARKET", quantity="0.01")
    page.event("arm", texts={})
    confirm(ticket, page)
    assert ticket.view["state"] == "unknown"
    (order,) = client.asked_for("place_futures_order")[0]
    client.answers["get_futures_order_status"] = lambda *_, **__: client.new_futures_order(order)
    page.event("ask")
    assert ticket.view["state"] == "done"
    assert len(client.asked_for("place_futures_order")) == 1


def test_the_exchange_tests_what_it_can_and_we_the_rest(client, shown):
    ticket, page = shown(client)
    edit(page, "MARKET", quantity="0.01")
    page.event("test", texts={})
    assert "would accept this order" in ticket.view["message"]["text"]
    edit(page, "STOP_MARKET", stop_price="65000")
    page.event("test", texts={})
    assert "Every rule passes" in ticket.view["message"]["text"]
    assert [len(client.asked_for(verb)) for verb in ("test_futures_order", "check_futures_order")] == [1, 1]
    assert sent(client) == []


def test_a_fill_told_before_the_answer_keeps_its_price(client, shown):
    ticket, page = shown(client)
    answer = client.new_futures_order

    def told_first(order, **_):
        name = order.new_client_order_id
        client.tell(trade(1, client_order_id=name, order_id=701, product="spot", order_status="CANCELED"))
        client.tell(trade(1, client_order_id=name, order_id=701, product="usdm"))
        return answer(order)

    client.answers["place_futures_order"] = told_first
    edit(page, "MARKET", quantity="0.01")
    page.event("arm", texts={})
    confirm(ticket, page)
    (result,) = ticket.view["results"]
    assert (result["order_status"], result["average_price"]) == ("FILLED", "64000")


def test_a_resting_order_is_cancelled_from_the_ticket(client, shown):
    ticket, page = shown(client)
    edit(page, "STOP_MARKET", quantity="0.01", stop_price="65000")
    page.event("arm", texts={})
    confirm(ticket, page)
    (result,) = ticket.view["results"]
    assert result["order_id"] == "algo 701"
    client.answers["cancel_futures_order_by_id"] = lambda *_, **__: client.ended("CANCELED")
    page.event("cancel")
    assert ticket.view["results"][0]["order_status"] == "CANCELED"
    ((arguments, keywords),) = [(a, k) for verb, a, k in client.asked if verb == "cancel_futures_order_by_id"]
    assert (arguments, keywords) == (("BTCUSDT",), {"client_order_id": result["client_order_id"]})


def test_leverage_is_changed_by_arming_and_confirming_once(client, shown):
    ticket, page = shown(client)
    page.event("arm_leverage", text="7x")
    armed = ticket.view["leverage"]["armed"]
    assert armed["summary"] == "Set the leverage of BTCUSDT from 20× to 7×"
    for _ in range(2):
        page.event("confirm_leverage", id=armed["id"], at=time.time() * 1000 + 500)
    assert client.asked_for("set_futures_leverage") == [("BTCUSDT", 7)]
    assert (ticket.view["leverage"]["now"], ticket.view["leverage"]["armed"]) == ("7", None)


@pytest.mark.parametrize(("text", "words"), [("much", "whole number"), ("0", "whole number"), ("20", "is 20× already")])
def test_a_leverage_that_is_none_is_refused_in_a_sentence(client, shown, text, words):
    ticket, page = shown(client)
    page.event("arm_leverage", text=text)
    assert words in ticket.view["leverage"]["note"]["text"]
    assert ticket.view["leverage"]["armed"] is None


def test_a_refused_leverage_is_told_and_what_holds_stays(client, shown):
    client.answers["set_futures_leverage"] = SettingRefused("Leverage 200 is not valid", code=-4028, http_status=400)
    ticket, page = shown(client)
    page.event("arm_leverage", text="200")
    page.event("confirm_leverage", id=ticket.view["leverage"]["armed"]["id"], at=time.time() * 1000 + 500)
    assert "Leverage 200 is not valid" in ticket.view["leverage"]["note"]["text"]
    assert ticket.view["leverage"]["now"] == "20"


def test_leverage_that_is_changed_elsewhere_is_shown(client, shown):
    ticket, page = shown(client)
    client.tell_futures(leverage_update(3))
    page.event("hello")
    assert ticket.view["leverage"]["now"] == "3"


def test_on_mainnet_it_is_locked_and_leverage_too(shown):
    client = FakeFuturesClient("mainnet")
    ticket, page = shown(client)
    assert ticket.view["locked"]
    edit(page, "MARKET", quantity="0.01")
    page.event("arm", texts={})
    page.event("arm_leverage", text="5")
    assert (ticket.view["armed"], ticket.view["leverage"]["armed"]) == (None, None)
    ticket, page = shown(client, allow_mainnet=True)
    page.event("arm_leverage", text="5")
    armed = ticket.view["leverage"]["armed"]
    page.event("confirm_leverage", id=armed["id"], typed="", at=time.time() * 1000 + 500)
    assert "Type BTCUSDT" in ticket.view["leverage"]["note"]["text"]
    page.event("confirm_leverage", id=armed["id"], typed="btcusdt", at=time.time() * 1000 + 500)
    assert client.asked_for("set_futures_leverage") == [("BTCUSDT", 5)]
