"""AccountView, PriceView and Desk in a page: while a cell runs, twice, closed, without a kernel, saved, converted."""

import subprocess
import sys

import pytest
from playwright.sync_api import expect

from binance_nb.cassettes import find_secrets_in_notebook
from tests.browser.page import CELL_ENDED

SETUP = """
import time
from tests.widgets.fake_client import FakeClient, trade
from binance_nb.widgets import AccountView, Desk, PriceView, last_rows
last_rows.WRITE_EVERY_S = 0.5  # instead of five, to wait less
client = FakeClient(held_fills=30)
held = client.answers["get_account_info"]["balances"]
def pay(amount):  # the exchange knows of it, and the stream tells of it
    held[3:] = [{"asset": "XYZ", "free": amount, "locked": "0"}]
    client.tell_balances(XYZ=(amount, "0"))
def lead(price):
    book = {"bids": [[str(price - 1), "2"]], "asks": [[str(price + 1), "3"]]}
    client.answers["get_order_book"] = lambda *_, **__: book
"""
MAKE = {
    "account": "widget = AccountView(client); widget",
    "price": "widget = PriceView(client); widget",
    "desk": "widget = Desk(client); widget",
}
CHANGE = "pay('12345.5'); lead(70_000)"
BUSY = """
for number in range(40):
    pay(str(1000 + number))
    lead(70_000 + number)
    time.sleep(0.1)
"""
# What is seen of each before, and what after the change.
SEEN = {"account": ("tr[data-asset=BTC]", "tr[data-asset=XYZ]"), "price": (".bnb-quote-bid dd", ".bnb-quote-bid dd")}
SEEN["desk"] = SEEN["account"]
BEFORE = {"account": "128,000.00", "price": "63,999.99", "desk": "128,000.00"}
AFTER = {"account": "12,345.5", "price": "69,999", "desk": "12,345.5"}
DEAD = {"account": ["behind this account is gone"], "price": ["behind this market is gone"]}
DEAD["desk"] = [*DEAD["account"], *DEAD["price"], "behind this ticket is gone", "behind this table is gone"]
SAVED = {
    "account": ["XYZ 12345.5 0 12345.5", "BTC 2 0 2 128,000.00"],
    "price": ["BTCUSDT on sandbox: bid 69999, ask 70001, spread 2", "Bid 69999 2"],
    "desk": ["bid 69999, ask 70001", "XYZ 12345.5 0 12345.5", "Open orders on sandbox: 0", "old-29"],
}


@pytest.fixture(params=list(MAKE))
def kind(request):
    """Each of the widgets."""
    return request.param


@pytest.fixture
def view(open_notebook, kind):
    """A function that opens a notebook with the widget in its second cell; returns the page and that cell's outputs."""

    def open_it(*more):
        notebook = open_notebook(SETUP, MAKE[kind], *more)
        notebook.run_cell(0)
        notebook.run_cell(1)
        shown = notebook.outputs(1)
        notebook.expect_text(shown.locator(SEEN[kind][0]).first, BEFORE[kind])
        return notebook, shown

    return open_it


def words_of(path):
    """What a person reads in a page that `nbconvert --to html` makes of a notebook, without running any script."""
    from bs4 import BeautifulSoup

    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--stdout", str(path)]
    page = subprocess.run(command, capture_output=True, check=True, timeout=120).stdout.decode()
    soup = BeautifulSoup(page, "html.parser")
    for hidden in soup(["script", "style"]):
        hidden.decompose()
    return soup.get_text(" ", strip=True)


def test_it_is_alive_in_two_places_and_while_a_cell_computes(view, kind):
    notebook, shown = view("widget", BUSY)
    notebook.without_subshells()
    notebook.run_cell(2)
    places = [shown, notebook.outputs(2)]
    for place in places:
        notebook.expect_text(place.locator(SEEN[kind][0]).first, BEFORE[kind])
        # The words for where no script runs are there, and not to be seen.
        expect(place.locator("[class^=bnb-last]")).to_have_count(1)
        expect(place.locator("[class^=bnb-last]")).to_be_hidden()
    notebook.start_cell(3)
    for place in places:
        expect(place.locator(SEEN[kind][1]).first).to_contain_text("1,0" if kind != "price" else "70,0")
    assert not notebook.on_panel(CELL_ENDED, 3)


def test_closed_it_is_gone_and_another_can_be_shown(view, kind):
    notebook, shown = view("widget.close()", "widget", MAKE[kind])
    notebook.run_cell(2)
    expect(shown.locator(".bnb")).to_have_count(0)
    assert "was closed; make another." in notebook.run_cell(3)
    notebook.run_cell(4)
    notebook.expect_text(notebook.outputs(4).locator(SEEN[kind][0]).first, BEFORE[kind])


def test_a_kernel_that_is_gone_is_said_and_leaves_what_was_known(view, kind):
    notebook, shown = view()
    notebook.restart_kernel()
    for words in DEAD[kind]:
        expect(shown.get_by_text(words).first).to_be_visible(timeout=20_000)
    notebook.expect_text(shown.locator(SEEN[kind][0]).first, BEFORE[kind])


def test_saved_it_is_read_in_a_page_of_nbconvert_and_in_a_notebook_opened_anew(view, kind):
    notebook, shown = view(CHANGE)
    notebook.run_cell(2)
    notebook.expect_text(shown.locator(SEEN[kind][1]).first, AFTER[kind])
    # The words are brought up to date now and then; the page made of the notebook has what the notebook has.
    words = shown.locator("[class^=bnb-last]")
    for told in {"account": ["12345.5"], "price": ["69999"], "desk": ["12345.5", "69999", "sandbox: 0", "old-29"]}[
        kind
    ]:
        expect(words).to_contain_text(told, timeout=30_000)
    notebook.save()
    path = notebook.server.notebooks / notebook.name
    text = path.read_text(encoding="utf-8")
    assert '"widgets"' in text
    assert find_secrets_in_notebook(path) == []
    read = words_of(path)
    for told in SAVED[kind]:
        assert told in read
    notebook.close()
    notebook.open()
    shown = notebook.outputs(1)
    notebook.expect_text(shown.locator(SEEN[kind][1]).first, AFTER[kind])


def test_tab_goes_through_a_desk_in_the_order_in_which_it_is_read(open_notebook):
    notebook = open_notebook(
        SETUP, "for number in range(20): held.append({**held[0], 'asset': f'C{number}'})\nDesk(client)"
    )
    notebook.run_cell(0)
    notebook.run_cell(1)
    shown = notebook.outputs(1)
    expect(shown.get_by_label("Find an asset")).to_be_visible()
    shown.locator(".bnb-ticket .bnb-place").focus()
    seen = []
    for _ in range(12):
        notebook.page.keyboard.press("Tab")
        here = notebook.page.evaluate("() => document.activeElement.closest('.bnb')?.className.split(' ').at(-1) ?? ''")
        if here and here not in seen:
            seen.append(here)
    assert seen == ["bnb-account", "bnb-orders", "bnb-fills"]


def test_a_symbol_that_is_not_listed_is_said_in_the_market_itself(open_notebook):
    notebook = open_notebook(
        SETUP, "client.answers['get_order_book'] = ValueError('no NOSUCH here')\nPriceView(client)"
    )
    notebook.run_cell(0)
    notebook.run_cell(1)
    card = notebook.outputs(1).locator(".bnb-price")
    notebook.expect_text(card.locator(".bnb-notes"), "No order book: ValueError: no NOSUCH here.")
    expect(card.locator(".bnb-market")).to_be_hidden()
    expect(card.locator(".bnb-alert")).to_be_hidden()
