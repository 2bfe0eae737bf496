"""Fixtures of the widget tests: a fake client, widgets closed at the end, and clicks as the page sends them."""

import time

import pytest

from binance_nb.widgets import AccountView, FillsTable, OpenOrders, OrderTicket, PositionsTable, PriceView, StreamLight
from tests.widgets.fake_futures import FakeFuturesClient


class Page:
    """Stands for the page of one widget: sends events, keeps the messages that come."""

    def __init__(self, widget):
        self.widget = widget
        self.messages = []
        widget.send = lambda content, buffers=None: self.messages.append(content)

    def event(self, event, **content):
        """Send what the page would send, clicked just now unless `at` says otherwise."""
        self.widget._receive(self.widget, {"event": event, "at": time.time() * 1000, **content}, [])

    def of_kind(self, kind):
        """The messages of one kind, in their order."""
        return [message for message in self.messages if message["kind"] == kind]


@pytest.fixture
def client():
    """A client that answers at once."""
    return FakeFuturesClient()


@pytest.fixture
def make(monkeypatch):
    """A function that makes a widget and its page; the beat is left to the test."""
    made = []

    def make_it(cls, client, *arguments, **keywords):
        monkeypatch.setattr(cls, "start", lambda self: None)
        widget = cls(client, *arguments, **keywords)
        made.append(widget)
        return widget, Page(widget)

    yield make_it
    for widget in made:
        widget.close()


@pytest.fixture(params=[OrderTicket, FillsTable, OpenOrders, StreamLight, AccountView, PriceView, PositionsTable])
def any_widget(request):
    """Each of the widgets."""
    return request.param


@pytest.fixture(params=[OrderTicket, FillsTable, OpenOrders, AccountView, PositionsTable])
def widget_class(request):
    """Each of the widgets that follow the stream."""
    return request.param
