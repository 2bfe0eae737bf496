"""The table of open futures orders on the kernel's side: both kinds, cancelled and modified by their verbs."""

import re
import time

import pytest

from binance_nb import futures_frames
from binance_nb.models.futures_events import parse_event
from binance_nb.widgets import OpenOrders
from tests.widgets.fake_client import trade
from tests.widgets.fake_futures import BTCUSDT, FakeFuturesClient

LIMIT = {
    "symbol": "BTCUSDT",
    "orderId": 11,
    "clientOrderId": "nb-11",
    "side": "BUY",
    "positionSide": "BOTH",
    "type": "LIMIT",
    "status": "NEW",
    "origQty": "0.050",
    "executedQty": "0.000",
    "price": "63000.00",
    "reduceOnly": False,
    "time": 1_795_000_000_000,
}
STOP = {
    "symbol": "BTCUSDT",
    "algoId": 7,
    "clientAlgoId": "nb-7",
    "side": "SELL",
    "positionSide": "BOTH",
    "orderType": "STOP_MARKET",
    "algoStatus": "NEW",
    "quantity": "0.010",
    "triggerPrice": "60000.00",
    "reduceOnly": True,
    "createTime": 1_795_000_001_000,
}


def algo_update(status, number=7, **more):
    """An ALGO_UPDATE of the stop."""
    order = {"caid": "nb-7", "aid": number, "s": "BTCUSDT", "S": "SELL", "ps": "BOTH", "o": "STOP_MARKET", "X": status}
    order |= {"q": "0.010", "tp": "60000.00", "p": "0", "R": True, "cp": False, **more}
    return parse_event({"e": "ALGO_UPDATE", "E": 1_795_000_009_000, "T": 1_795_000_009_000, "o": order})


@pytest.fixture
def client():
    """A client with one order of each kind."""
    made = FakeFuturesClient()
    frame = lambda *_, **__: futures_frames.orders(futures_frames.joined([LIMIT], [STOP]), exact=True)  # noqa: E731
    made.answers |= {
        "get_futures_open_orders": frame,
        "get_futures_exchange_info": {"symbols": [BTCUSDT]},
        "get_futures_order_status": LIMIT,
        "cancel_futures_order_by_id": None,
        "modify_futures_order": lambda *_, **__: futures_frames.orders([futures_frames.order_row(LIMIT)]),
    }
    return made


@pytest.fixture
def table(client, make):
    widget, page = make(OpenOrders, client, product="usdm")
    page.event("hello")
    widget.beat()
    return widget, page


def ids(widget):
    return [row["order_id"] for row in widget.view["orders"]]


def row_of(widget, number):
    return next(row for row in widget.view["orders"] if row["order_id"] == number)


def test_regular_and_conditional_orders_stand_together_newest_first(table):
    widget, _ = table
    assert ids(widget) == ["algo 7", "11"]
    stop, limit = widget.view["orders"]
    assert (stop["order_type"], stop["stop_price"], stop["reduce_only"]) == ("STOP_MARKET", "60000", "yes")
    assert (limit["price"], limit["stop_price"], limit["reduce_only"]) == ("63000", "", "")
    assert widget.view["product"] == "USD-M futures"


def test_the_stream_of_its_own_product_is_started_and_followed(client, table):
    widget, _ = table
    assert ("start_stream", (), {"product": "usdm"}) in client.asked
    fields = {"execution_type": "NEW", "order_status": "NEW", "trade_id": -1, "order_id": 20}
    client.tell(trade(1, **fields))
    client.tell(
        trade(1, **{**fields, "order_id": 21}, product="usdm", position_side="BOTH", raw={"O": 1_795_000_005_000})
    )
    widget.beat()
    assert ids(widget) == ["21", "algo 7", "11"]


def test_a_table_of_spot_orders_shows_none_of_futures(client, make):
    widget, page = make(OpenOrders, client)
    page.event("hello")
    widget.beat()
    client.tell(trade(1, execution_type="NEW", order_status="NEW", order_id=21, product="usdm"))
    widget.beat()
    assert ids(widget) == []


def test_a_conditional_order_goes_once_it_is_triggered_or_ended(client, table):
    widget, _ = table
    client.tell_futures(algo_update("NEW", 8))
    widget.beat()
    assert ids(widget) == ["algo 8", "algo 7", "11"]
    client.tell_futures(algo_update("TRIGGERED", 8, ai="99"))
    client.tell_futures(algo_update("CANCELED"))
    widget.beat()
    assert ids(widget) == ["11"]


def test_each_kind_is_cancelled_by_its_own_number(client, table):
    widget, page = table
    page.event("cancel_all", orders=[["BTCUSDT", "11"], ["BTCUSDT", "algo 7"]])
    asked = [
        (arguments, keywords) for verb, arguments, keywords in client.asked if verb == "cancel_futures_order_by_id"
    ]
    assert sorted(asked, key=str) == [(("BTCUSDT", 11), {}), (("BTCUSDT",), {"algo_id": 7})]
    assert ids(widget) == []


def change(client, widget, page, **texts):
    page.event("arm_change", symbol="BTCUSDT", order_id="11", texts=texts)
    return row_of(widget, "11")["change"]


def test_a_limit_order_is_modified_under_its_number_at_most_once(client, table):
    widget, page = table
    armed = change(client, widget, page, quantity="0.05", price="63100")
    assert armed["summary"] == "Give BUY BTCUSDT LIMIT price 63100 · it loses its place in the queue"
    for _ in range(2):
        page.event("confirm_change", symbol="BTCUSDT", order_id="11", id=armed["id"], at=time.time() * 1000 + 500)
    ((arguments, keywords),) = [(a, k) for verb, a, k in client.asked if verb == "modify_futures_order"]
    assert arguments == ("BTCUSDT", 11)
    assert {name: str(value) for name, value in keywords.items()} == {
        "side": "BUY",
        "quantity": "0.05",
        "price": "63100",
    }
    assert row_of(widget, "11")["note"]["text"] == "Modified."


@pytest.mark.parametrize(
    ("texts", "word"),
    [
        ({"quantity": "0.05", "price": "63000"}, "Nothing is different"),
        ({"price": "63000.05"}, "PRICE_FILTER"),
        ({"quantity": "0.0505"}, "LOT_SIZE|decimals"),
        ({"price": "many"}, "must be a number"),
    ],
)
def test_a_change_that_breaks_a_rule_is_refused_in_its_row(client, table, texts, word):
    widget, page = table
    assert change(client, widget, page, **texts) is None
    assert re.search(word, row_of(widget, "11")["note"]["text"])


def test_an_order_of_another_type_cannot_be_modified(client, table):
    widget, page = table
    client.answers["get_futures_order_status"] = {**LIMIT, "type": "MARKET"}
    assert change(client, widget, page, price="63100") is None
    assert "LIMIT orders only" in row_of(widget, "11")["note"]["text"]


def test_a_product_that_does_not_exist_is_refused(client):
    with pytest.raises(Exception, match='product is "spot" or "usdm"'):
        OpenOrders(client, product="coinm")


def test_in_words_it_says_what_is_open_or_that_nobody_asked(client, make):
    widget, page = make(OpenOrders, client, product="usdm")
    assert "Open USD-M futures orders on sandbox: not asked for yet" in widget._static_html()
    page.event("hello")
    widget.beat()
    assert "Open USD-M futures orders on sandbox: 2" in widget._static_html()
    assert "STOP_MARKET" in widget._static_html()
