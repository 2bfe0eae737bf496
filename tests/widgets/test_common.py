"""What all widgets promise: keywords, errors in the widget, no secrets in their state, any thread, a clean end."""

import inspect
import json
import threading

import pytest

from binance_nb.errors import StreamError
from binance_nb.widgets import Desk, FillsTable
from binance_nb.widgets.pulse import PULSE, Pulse
from tests.widgets.fake_client import FakeClient
from tests.widgets.fake_futures import FakeFuturesClient


def first_keyword(widget_class):
    return list(inspect.signature(widget_class).parameters)[1]


@pytest.mark.parametrize("misspelt", [str.capitalize, lambda name: name[:-2] + name[-1]])
def test_an_unknown_keyword_names_the_right_one(any_widget, client, misspelt):
    right = first_keyword(any_widget)
    wrong = misspelt(right)
    with pytest.raises(TypeError, match=f"has no keyword '{wrong}'; did you mean '{right}'"):
        any_widget(client, **{wrong: "BTCUSDT"})


def test_a_keyword_like_none_lists_them_all(any_widget, client):
    with pytest.raises(TypeError, match=f"it takes client, {first_keyword(any_widget)}"):
        any_widget(client, qqqq=1)


def test_what_is_no_client_is_refused_in_a_sentence(any_widget):
    with pytest.raises(TypeError, match=r"takes a BinanceClient as its first argument, not str"):
        any_widget("BTCUSDT")


def test_an_exception_in_a_callback_shows_in_the_widget(any_widget, client, make):
    widget, page = make(any_widget, client)
    page.event("no_such_event")
    assert "no_such_event" in widget.alert


def test_an_exception_in_a_beat_shows_in_the_widget(any_widget, client, make, monkeypatch):
    widget, _ = make(any_widget, client)
    monkeypatch.setattr(widget, "_beat", lambda: 1 / 0)
    widget.beat()
    assert widget.alert == "ZeroDivisionError: division by zero"


def test_a_ping_is_answered_with_the_kernels_clock(any_widget, client, make):
    _, page = make(any_widget, client)
    page.event("ping", sent=123)
    (pong,) = page.of_kind("pong")
    assert pong["sent"] == 123
    assert pong["kernel"] > 1e12


def test_the_saved_state_holds_no_script_from_elsewhere_and_no_key(any_widget, make):
    client = FakeFuturesClient(held_fills=30)
    client.api_key = client.api_secret = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
    widget, page = make(any_widget, client)
    page.event("hello")
    widget.beat()
    state = json.dumps({name: value for name, value in widget.get_state().items() if name != "layout"}, default=str)
    assert client.api_key not in state
    assert "http" not in widget._esm
    assert "@import" not in widget._css


def test_a_closed_widget_listens_no_more(widget_class, client, make):
    widget, _ = make(widget_class, client)
    assert len(client.listeners) == 1
    widget.close()
    assert client.listeners == []


def test_the_beat_goes_on_after_a_member_is_gone_and_ends_with_the_last():
    pulse, called = Pulse(0.001), threading.Event()

    class Member:
        def beat(self):
            called.set()

    member = Member()
    pulse.add(member)
    assert called.wait(5)
    thread = pulse._thread
    pulse.remove(member)
    thread.join(5)
    assert not thread.is_alive()
    called.clear()
    pulse.add(member)
    assert called.wait(5)
    pulse.remove(member)


def test_where_no_widget_can_be_shown_there_is_a_page_of_its_words(widget_class, make):
    widget, _ = make(widget_class, FakeFuturesClient(held_fills=30))
    data, _ = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "sandbox" in data["text/html"]


def test_the_page_of_the_fills_holds_the_newest_rows(make):
    widget, _ = make(FillsTable, FakeClient(held_fills=30))
    html = widget._repr_mimebundle_()[0]["text/html"]
    assert html.count("<tr") == 21
    assert html.index("old-29") < html.index("old-10")
    assert "old-9" not in html


def test_a_desk_has_all_its_parts_and_closes_them(client):
    desk = Desk(client, "ETHUSDT")
    parts = [desk.ticket, desk.price, desk.account, desk.light, desk.orders, desk.fills]
    assert (desk.ticket.view["symbol"], desk.price.view["symbol"]) == ("ETHUSDT", "ETHUSDT")
    assert all(part.client is client for part in parts)
    assert desk in PULSE._members
    desk.close()
    assert client.subscriptions + client.balance_subscriptions == []
    assert all(part.is_closed for part in parts)
    assert desk not in PULSE._members


def test_a_desk_of_futures_has_positions_too_and_nothing_of_it_is_of_spot(client):
    desk = Desk(client, "BTCUSDT", product="usdm")
    parts = [desk.ticket, desk.price, desk.account, desk.light, desk.positions, desk.orders, desk.fills]
    told = [desk.ticket.view, desk.price.view, desk.account.view, desk.positions.view, desk.orders.view]
    assert {view["product"] for view in told} == {"USD-M futures"}
    assert (desk.light.view["title"], desk.fills.head["only"]) == ("USD-M futures stream", "usdm")
    started = [keywords for verb, _, keywords in client.asked if verb == "start_stream"]
    assert started
    assert all(keywords == {"product": "usdm"} for keywords in started)
    for part in ("positions", "orders", "balances"):
        assert part in desk._static_html().lower()
    desk.close()
    assert client.subscriptions + client.balance_subscriptions + client.futures_subscriptions == []
    assert all(part.is_closed for part in parts)


def test_a_desk_of_spot_has_no_positions(client):
    desk = Desk(client)
    assert desk.positions is None
    desk.close()


def test_a_desk_is_of_a_product_that_there_is(client):
    with pytest.raises(StreamError, match="product is"):
        Desk(client, product="coinm")


def test_the_positions_of_a_mainnet_desk_close_only_if_told():
    client = FakeFuturesClient("mainnet")
    desk = Desk(client, product="usdm")
    assert desk.ticket.view["locked"]
    assert not desk.positions._may_place
    desk.close()
    desk = Desk(client, product="usdm", allow_mainnet=True)
    assert desk.positions._may_place
    desk.close()


@pytest.mark.parametrize("product", ["spot", "usdm"])
def test_the_market_of_a_desk_follows_its_ticket(client, product):
    desk = Desk(client, product=product)
    desk.ticket._receive(desk.ticket, {"event": "edit", "at": 0, "symbol": "ethusdt"}, [])
    assert desk.price.view["symbol"] == "ETHUSDT"
    desk.close()


def test_a_desk_names_the_right_keyword(client):
    with pytest.raises(TypeError, match="Desk has no keyword 'allow_mainnnet'; did you mean 'allow_mainnet'"):
        Desk(client, allow_mainnnet=True)


def test_a_desk_unlocks_mainnet_only_if_told(make):
    desk = Desk(FakeClient("mainnet"))
    assert desk.ticket.view["locked"]
    desk.close()
