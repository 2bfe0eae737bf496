"""What all widgets promise: keywords, errors in the widget, no secrets in their state, any thread, a clean end."""

import json
import threading

import pytest

from binance_nb.widgets.pulse import Pulse
from tests.widgets.fake_client import FakeClient


@pytest.mark.parametrize(("wrong", "right"), [("Symbol", "symbol"), ("symbl", "symbol")])
def test_an_unknown_keyword_names_the_right_one(widget_class, client, wrong, right):
    with pytest.raises(TypeError, match=f"has no keyword '{wrong}'; did you mean '{right}'"):
        widget_class(client, **{wrong: "BTCUSDT"})


def test_a_keyword_like_none_lists_them_all(widget_class, client):
    with pytest.raises(TypeError, match="it takes client, symbol"):
        widget_class(client, qqqq=1)


def test_what_is_no_client_is_refused_in_a_sentence(widget_class):
    with pytest.raises(TypeError, match=r"takes a BinanceClient as its first argument, not str"):
        widget_class("BTCUSDT")


def test_an_exception_in_a_callback_shows_in_the_widget(widget_class, client, make):
    widget, page = make(widget_class, client)
    page.event("no_such_event")
    assert "no_such_event" in widget.alert


def test_an_exception_in_a_beat_shows_in_the_widget(widget_class, client, make, monkeypatch):
    widget, _ = make(widget_class, client)
    monkeypatch.setattr(widget, "_beat", lambda: 1 / 0)
    widget.beat()
    assert widget.alert == "ZeroDivisionError: division by zero"


def test_a_ping_is_answered_with_the_kernels_clock(widget_class, client, make):
    _, page = make(widget_class, client)
    page.event("ping", sent=123)
    (pong,) = page.of_kind("pong")
    assert pong["sent"] == 123
    assert pong["kernel"] > 1e12


def test_the_saved_state_holds_no_script_from_elsewhere_and_no_key(widget_class, make):
    client = FakeClient(held_fills=30)
    client.api_key = client.api_secret = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
    widget, page = make(widget_class, client)
    page.event("hello")
    widget.beat()
    state = json.dumps({name: value for name, value in widget.get_state().items() if name != "layout"}, default=str)
    assert client.api_key not in state
    assert "http" not in widget._esm
    assert "@import" not in widget._css


def test_a_closed_widget_listens_no_more(widget_class, client, make):
    widget, _ = make(widget_class, client)
    assert len(client.subscriptions) == 1
    widget.close()
    assert client.subscriptions == []


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
