"""StreamLight on the kernel's side: the light of each state, the figures, and what stands in for it."""

import time

import pytest

from binance_nb.widgets import StreamLight
from binance_nb.widgets.health import LIGHTS, health_of


@pytest.fixture
def beat(monkeypatch):
    """Beat a widget, however soon after the last time."""
    monkeypatch.setattr("binance_nb.widgets.stream_light.TOLD_EVERY_S", 0.0)
    return lambda widget: widget.beat()


@pytest.mark.parametrize("state", LIGHTS)
def test_every_state_has_a_light_and_a_word(client, make, beat, state):
    widget, _ = make(StreamLight, client)
    client.stream_state.state = state
    beat(widget)
    assert (widget.view["light"], widget.view["word"]) == LIGHTS[state]


def test_a_state_of_tomorrow_is_amber_and_says_its_name(client):
    client.stream_state.state = "thinking"
    assert health_of(client) == {"light": "wait", "word": "thinking"}


def test_the_figures_are_those_of_the_stream_status(client, make, beat):
    widget, _ = make(StreamLight, client)
    client.miss(1, 2, fills=3)
    beat(widget)
    assert widget.view["figures"] == {
        "events": "1,234",
        "reports": "12",
        "recovered": "3",
        "reconnects": "2",
        "gaps": "1",
        "lag_ms": "7 ms",
        "clock_offset_ms": "",
    }
    assert widget.view["connected_since"] == 1_795_000_000_000
    assert widget.view["last_event"] == 1_795_000_060_000


def test_the_last_problem_is_told(client, make):
    client.problem = "nothing was heard for 65 s"
    widget, _ = make(StreamLight, client)
    assert widget.view["problem"] == "nothing was heard for 65 s"


def test_the_futures_stream_has_a_light_of_its_own(client, make):
    widget, _ = make(StreamLight, client, product="usdm")
    assert (widget.view["title"], widget.view["light"]) == ("USD-M futures stream", "off")


def test_a_product_that_there_is_not_is_refused(client):
    with pytest.raises(ValueError, match="product is 'spot' or 'usdm', not 'coinm'"):
        StreamLight(client, product="coinm")


def test_an_unknown_keyword_names_the_right_one(client):
    with pytest.raises(TypeError, match="did you mean 'product'"):
        StreamLight(client, Product="spot")


def test_where_no_widget_is_shown_its_figures_are(client, make):
    client.problem = "<b>"
    widget, _ = make(StreamLight, client)
    assert "Spot stream on sandbox: live" in widget._static_html()
    assert "<b>" not in widget._static_html()


def test_a_page_that_went_away_is_told_nothing_until_it_is_back(client, make, beat, monkeypatch):
    widget, page = make(StreamLight, client)
    page.event("hello")
    later = time.monotonic() + 60
    monkeypatch.setattr(time, "monotonic", lambda: later)
    client.stream_state.state = "waiting"
    beat(widget)
    assert widget.view["light"] == "good"
    page.event("hello")
    assert widget.view["light"] == "bad"
