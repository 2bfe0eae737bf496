"""The market of a symbol on the kernel's side."""

from decimal import Decimal

import pytest

from binance_nb.errors import StreamError
from binance_nb.widgets import PriceView
from tests.widgets.fake_client import FakeClient


@pytest.fixture
def price(client, make):
    widget, page = make(PriceView, client, "btcusdt")
    page.event("hello")
    widget.beat()
    return widget, page


def test_the_best_prices_and_the_spread_come_from_the_book_exactly(price):
    widget, _ = price
    view = widget.view
    assert (view["symbol"], view["bid"], view["mid"], view["ask"]) == ("BTCUSDT", "63999.99", "64000", "64000.01")
    assert (view["spread"], view["spread_bps"]) == ("0.02", "0.00")
    assert (len(view["bids"]), view["asks"][1]) == (100, ["64001.01", "1"])
    assert widget.touch.ask == Decimal("64000.01")


def test_a_spread_is_told_in_basis_points_too(client, make):
    client.answers["get_order_book"] = {"bids": [["99", "1"]], "asks": [["101", "2"]]}
    widget, page = make(PriceView, client)
    page.event("hello")
    widget.beat()
    assert widget.view["spread_bps"] == "200.00"


def test_a_book_with_an_empty_side_has_no_spread_and_no_mid(client, make):
    client.answers["get_order_book"] = {"bids": [["99", "1"]], "asks": []}
    widget, page = make(PriceView, client)
    page.event("hello")
    widget.beat()
    assert widget.view["known"]
    assert (widget.view["bid"], widget.view["ask"], widget.view["mid"], widget.view["spread"]) == ("99", "", "", "")
    assert widget.view["mids"] == []


def test_the_mid_is_kept_for_the_line(client, price):
    widget, page = price
    client.answers["get_order_book"] = {"bids": [["99", "1"]], "asks": [["101", "2"]]}
    page.event("hello")
    widget.beat()
    assert [mid for _, mid in widget.view["mids"]] == ["64000", "100"]


def test_another_symbol_begins_afresh(client, price):
    widget, _ = price
    widget.symbol = "ethusdt"
    assert (widget.view["symbol"], widget.view["known"], widget.view["mids"]) == ("ETHUSDT", False, [])
    widget.beat()
    assert client.asked_for("get_order_book")[-1] == ("ETHUSDT", 100)
    assert widget.view["known"]


def test_an_answer_for_the_symbol_before_is_not_taken(client, make):
    widget, page = make(PriceView, client)

    def answer(symbol, limit, **_):
        if symbol == "BTCUSDT":
            widget.symbol = "ETHUSDT"  # while the answer was on its way
        return client.book(symbol, limit)

    client.answers["get_order_book"] = answer
    page.event("hello")
    widget.beat()
    assert not widget.view["known"]
    widget.beat()
    assert [symbol for symbol, _ in client.asked_for("get_order_book")] == ["BTCUSDT", "ETHUSDT"]
    assert widget.view["known"]


def test_nothing_is_asked_while_no_page_looks_and_once_a_second_while_one_does(client, make):
    widget, page = make(PriceView, client)
    widget.beat()
    assert client.asked == []
    page.event("hello")
    widget.beat()
    widget.beat()
    assert len(client.asked_for("get_order_book")) == 1


def test_a_symbol_that_is_not_listed_is_said(client, make):
    client.answers["get_order_book"] = ValueError("no symbol XYZ")
    widget, page = make(PriceView, client, "XYZ")
    page.event("hello")
    widget.beat()
    assert widget.view["notes"] == ["No order book: ValueError: no symbol XYZ."]
    widget.symbol = "BTCUSDT"
    assert widget.view["notes"] == []


def test_a_futures_symbol_is_read_from_the_futures_book(client, make):
    client.answers["get_futures_order_book"] = client.book
    widget, page = make(PriceView, client, product="usdm")
    page.event("hello")
    widget.beat()
    assert widget.view["product"] == "USD-M futures"
    assert widget.view["known"]


def test_a_product_that_there_is_none_of_is_refused(client):
    with pytest.raises(StreamError, match='product is "spot" or "usdm", not \'margin\''):
        PriceView(client, product="margin")


def test_its_words_hold_the_nearest_levels(make):
    widget, page = make(PriceView, FakeClient())
    page.event("hello")
    widget.beat()
    words = widget._static_html()
    assert "BTCUSDT on sandbox: bid 63999.99, ask 64000.01, spread 0.02" in words
    assert (
        words.index("64004.01") < words.index("64000.01</td>") < words.index("63999.99</td>") < words.index("63995.99")
    )
    assert words.count("<tr>") == 11
