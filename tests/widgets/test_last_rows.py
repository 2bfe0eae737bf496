"""The words beside a widget: shown with it, brought up to date, and seen where the widget cannot be drawn."""

import nbformat
import pytest
from nbconvert import HTMLExporter

from binance_nb import frames
from binance_nb.widgets import AccountView, Desk, PriceView, base, last_rows
from tests.widgets.fake_client import FakeClient
from tests.widgets.test_open_orders import as_answer

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


class Cell:
    """Stands for the cell that runs: keeps what is shown in it, as a front end does."""

    def __init__(self):
        self.outputs = []
        self.count = 0

    def publish_display_data(self, data, metadata=None):
        self.outputs.append(nbformat.v4.new_output("display_data", data=dict(data), metadata=metadata or {}))

    def display(self, data, *, raw, display_id):
        assert raw
        assert display_id
        self.publish_display_data(data)
        return Place(self, len(self.outputs) - 1)


class Place:
    """A place that can be written to again."""

    def __init__(self, cell, number):
        self.cell = cell
        self.number = number

    def update(self, data, *, raw):
        assert raw
        self.cell.count += 1
        self.cell.outputs[self.number]["data"] = dict(data)


@pytest.fixture
def cell(monkeypatch):
    shown = Cell()
    monkeypatch.setattr(last_rows, "ipython", shown)
    monkeypatch.setattr(last_rows, "WRITE_EVERY_S", 0.0)
    return shown


def saved(widget, cell):
    """A notebook with a cell that shows the widget, saved with the state of all widgets."""
    parts = [widget, *([] if not isinstance(widget, Desk) else [widget.account, widget.price])]
    state = {
        part.model_id: {
            "model_name": "AnyModel",
            "model_module": "anywidget",
            "model_module_version": "~0.11.*",
            "state": {"view": getattr(part, "view", {})},
        }
        for part in parts
    }
    code = nbformat.v4.new_code_cell("the widget", outputs=cell.outputs)
    notebook = nbformat.v4.new_notebook(cells=[code])
    notebook.metadata["widgets"] = {STATE: {"version_major": 2, "version_minor": 0, "state": state}}
    return notebook


def read(page):
    """What a person reads in a page that runs no script."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(page, "html.parser")
    for hidden in soup(["script", "style"]):
        hidden.decompose()
    return soup.get_text(" ", strip=True)


def test_a_page_made_by_nbconvert_shows_the_last_rows_of_a_widget_that_was_saved(cell, client, make):
    widget, page = make(AccountView, client)
    widget._ipython_display_()
    page.event("hello")
    widget.beat()
    client.tell_balances(XYZ=("12345.5", "0"))
    widget._shown_at = float("-inf")
    widget.beat()
    widget.beat()
    html, _ = HTMLExporter().from_notebook_node(saved(widget, cell))
    words = read(html)
    assert "XYZ 12345.5 0 12345.5" in words
    assert "BTC 2 0 2 128,000.00" in words


def test_a_page_made_of_a_notebook_without_saved_widgets_shows_them_once(cell, client, make):
    widget, page = make(AccountView, client)
    widget._ipython_display_()
    page.event("hello")
    widget.beat()
    widget.beat()
    notebook = saved(widget, cell)
    del notebook.metadata["widgets"]
    html, _ = HTMLExporter().from_notebook_node(notebook)
    assert read(html).count("BTC 2 0 2 128,000.00") == 1


def test_a_page_of_a_desk_shows_the_last_rows_of_its_parts(cell):
    client = FakeClient(held_fills=30)
    client.answers["get_open_orders"] = lambda *_, **__: frames.orders([as_answer(11)], exact=True)
    desk = Desk(client)
    try:
        desk._ipython_display_()
        for part in (desk.price, desk.account, desk.orders):
            part._receive(part, {"event": "hello"}, [])
            part.beat()
        desk.orders.beat()
        desk.beat()
        html, _ = HTMLExporter().from_notebook_node(saved(desk, cell))
    finally:
        desk.close()
    assert desk._last_rows.name in desk.account.words
    words = read(html)
    for told in ("bid 63999.99", "BTC 2 0 2 128,000.00", "SELL LIMIT 0.5 0.1 70000 NEW 11", "old-29"):
        assert told in words


def test_the_page_of_a_widget_is_told_which_words_to_hide(client, make):
    for kind in (AccountView, PriceView):
        widget, _ = make(kind, client)
        (name,) = widget.words
        assert f'<div class="{name}">' in widget._last_rows._bundle("")["text/html"]
        assert name not in make(kind, client)[0].words


def test_words_are_written_only_where_they_changed(cell, client, make):
    widget, page = make(PriceView, client)
    widget._ipython_display_()
    widget._ipython_display_()
    client.answers["get_order_book"] = {"bids": [["99", "1"]], "asks": [["101", "2"]]}
    page.event("hello")
    widget.beat()
    widget.beat()
    assert cell.count == 2  # in both places
    widget.beat()
    assert cell.count == 2


def test_where_no_page_ever_looks_the_words_hold_what_was_asked_for_once(cell, client, make):
    widget, _ = make(AccountView, client)
    widget._ipython_display_()
    client.tell_balances(XYZ=("7", "0"))
    widget.beat()
    widget.beat()
    assert "<td>XYZ</td><td>7</td>" in cell.outputs[-1]["data"]["text/html"]
    assert "128,000.00" in cell.outputs[-1]["data"]["text/html"]
    assert len(client.asked_for("get_account_info")) == 1


def test_nothing_is_written_for_a_page_that_is_gone(cell, client, make, monkeypatch):
    widget, page = make(PriceView, client)
    widget._ipython_display_()
    page.event("hello")
    monkeypatch.setattr(base, "PAGE_SILENT_S", -1.0)
    widget.beat()
    widget.beat()
    assert cell.count == 0


def test_a_widget_that_was_closed_says_so(cell, client, make):
    widget, _ = make(AccountView, client)
    widget.close()
    widget._ipython_display_()
    assert cell.outputs[0]["data"]["text/plain"] == "<AccountView sandbox> was closed; make another."


def test_a_text_of_others_is_no_markup():
    assert last_rows.table_html(["a<b"], [["<script>"]]) == (
        "<table><thead><tr><th>a&lt;b</th></tr></thead><tbody><tr><td>&lt;script&gt;</td></tr></tbody></table>"
    )
