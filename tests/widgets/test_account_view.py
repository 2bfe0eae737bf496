"""The balances of an account on the kernel's side."""

from decimal import Decimal

import pytest

from binance_nb.widgets import AccountView
from tests.widgets.fake_client import FakeClient


@pytest.fixture(autouse=True)
def told_at_once(monkeypatch):
    """No pause between two tellings."""
    monkeypatch.setattr(AccountView, "SHOW_EVERY_S", 0.0)


@pytest.fixture
def account(client, make):
    widget, page = make(AccountView, client)
    page.event("hello")
    widget.beat()
    widget.beat()
    return widget, page


def row_of(widget, asset):
    return next(row for row in widget.view["rows"] if row["asset"] == asset)


def test_balances_are_told_exactly_and_valued_the_largest_first(account):
    widget, _ = account
    assert [(row["asset"], row["free"], row["locked"], row["value"]) for row in widget.view["rows"]] == [
        ("BTC", "2", "0", "128,000.00"),
        ("USDT", "100000", "0", "100,000.00"),
        ("ETH", "30", "0", "96,000.00"),  # by way of BTC: there is no ETHUSDT price
    ]
    assert (widget.view["worth"], widget.view["unpriced"]) == ("324,000.00", 0)


def test_another_asset_can_be_what_values_are_told_in(client, make):
    widget, page = make(AccountView, client, quote="btc")
    page.event("hello")
    widget.beat()
    assert row_of(widget, "USDT")["value"] == "1.56"
    assert row_of(widget, "BTC")["value"] == "2.00"


def test_what_no_price_leads_to_stands_last_without_a_value(client, account):
    widget, _ = account
    client.tell_balances(XYZ=("1000000", "0"))
    widget.beat()
    assert widget.view["rows"][-1] | {"turn": 0} == {
        "asset": "XYZ",
        "free": "1000000",
        "locked": "0",
        "total": "1000000",
        "value": "",
        "turn": 0,
        "direction": "up",
    }
    assert widget.view["unpriced"] == 1


@pytest.mark.parametrize(
    ("free", "locked", "direction"), [("90000", "0", "down"), ("100001", "0", "up"), ("99000", "1000", "moved")]
)
def test_the_stream_changes_a_balance_and_says_which_way_it_went(client, account, free, locked, direction):
    widget, _ = account
    assert row_of(widget, "USDT")["turn"] == 0
    client.tell_balances(USDT=(free, locked))
    widget.beat()
    row = row_of(widget, "USDT")
    assert (row["free"], row["locked"], row["turn"], row["direction"]) == (free, locked, 1, direction)
    assert row_of(widget, "BTC")["turn"] == 0
    assert widget.balances["USDT"].locked == Decimal(locked)


def test_what_the_stream_says_while_the_answer_is_on_its_way_is_newer_than_the_answer(client, make):
    widget, page = make(AccountView, client)
    answer = client.answers["get_account_info"]

    def answer_late(**_):
        client.tell_balances(USDT=("5", "0"), ETH=("0", "0"))
        return answer

    client.answers["get_account_info"] = answer_late
    page.event("hello")
    widget.beat()
    assert [row["asset"] for row in widget.view["rows"]] == ["BTC", "USDT"]
    assert row_of(widget, "USDT")["free"] == "5"


def test_an_asset_that_the_next_answer_does_not_name_is_gone(client, account):
    widget, page = account
    client.answers["get_account_info"] = {"balances": [{"asset": "BTC", "free": "1", "locked": "0"}]}
    page.event("hello")
    widget.beat()
    widget.beat()
    assert [row["asset"] for row in widget.view["rows"]] == ["BTC"]


def test_a_deposit_which_tells_no_balance_makes_it_ask(client, account):
    widget, _ = account
    asked = len(client.asked_for("get_account_info"))
    client.tell_balances("balanceUpdate")
    widget.beat()
    assert len(client.asked_for("get_account_info")) == asked + 1


def test_it_asks_again_when_the_stream_is_back(client, account):
    widget, _ = account
    asked = len(client.asked_for("get_account_info"))
    client.stream_state.state = "waiting"
    widget.beat()
    client.stream_state.state = "connected"
    widget.beat()
    assert len(client.asked_for("get_account_info")) == asked + 1


def test_nothing_is_asked_while_no_page_looks(client, make):
    widget, _ = make(AccountView, client)
    widget.beat()
    assert client.asked_for("get_account_info") == []


def test_what_could_not_be_read_is_said_and_the_rest_still_shown(client, make):
    client.answers["get_price"] = ValueError("no prices today")
    widget, page = make(AccountView, client)
    page.event("hello")
    widget.beat()
    assert widget.view["notes"] == ["No prices: ValueError: no prices today."]
    assert row_of(widget, "BTC")["free"] == "2"
    assert row_of(widget, "BTC")["value"] == ""


def test_a_stream_that_did_not_start_is_said(client, make):
    client.answers["start_stream"] = ValueError("no keys")
    widget, _ = make(AccountView, client)
    assert "The stream did not start. ValueError: no keys" in widget.alert


def test_it_can_leave_the_stream_alone(client, make):
    make(AccountView, client, start_stream=False)
    assert client.asked_for("start_stream") == []


def test_its_words_hold_the_most_valuable_of_many(make):
    widget, page = make(AccountView, FakeClient(assets=60))
    page.event("hello")
    widget.beat()
    words = widget._static_html()
    assert words.count("<tr>") == 51
    assert "<td>BTC</td>" in words
    assert words.endswith("<p>and 13 more</p>")


def test_its_words_hold_every_balance_and_no_markup_of_others(client, account):
    widget, _ = account
    client.tell_balances(**{"<b>": ("7", "0")})
    widget.beat()
    words = widget._static_html()
    assert "<td>BTC</td><td>2</td><td>0</td><td>2</td><td>128,000.00</td>" in words
    assert "324,000.00 USDT" in words
    assert "<b>" not in words
