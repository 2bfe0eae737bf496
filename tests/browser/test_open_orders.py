"""The table of open orders in JupyterLab, in a real browser, against a sandbox: cancel, reduce, replace, refuse."""

import pytest
from playwright.sync_api import expect

SETUP = """
from binance_nb import BinanceClient, SpotOrderRequest
from binance_nb.widgets import OpenOrders
client = BinanceClient.sandbox(seed=7)
ask = client.get_book_ticker("BTCUSDT")["ask_price"].iloc[0]
low, high = round(ask * 0.9), round(ask * 1.1)
client.place_market_order("BTCUSDT", "BUY", "0.5")
first = client.place_limit_order("BTCUSDT", "BUY", "0.05", low)["order_id"].iloc[0]
def leg(kind, price=None, stop=None):
    fields = {"quantity": "0.1", "price": price, "stop_price": stop}
    return SpotOrderRequest(symbol="BTCUSDT", side="SELL", order_type=kind, **fields)
"""
STANDING = (
    "print(client.get_open_orders('BTCUSDT')[['order_type', 'quantity', 'price']]"
    ".sort_values('order_type').to_csv(index=False, header=False), end='')"
)


@pytest.fixture
def table(open_notebook):
    """A notebook with a table of open orders on a sandbox of its own, in which one order rests."""
    notebook = open_notebook(
        SETUP,
        "OpenOrders(client)",
        STANDING,
        "client.place_oco_order(leg('LIMIT_MAKER', price=high), leg('STOP_LOSS', stop=low)); None",
        "print(low)",
        "import time; time.sleep(4)",
        "client.close()",
    )
    notebook.run_cell(0)
    notebook.run_cell(1)
    card = notebook.outputs(1).locator(".bnb-orders")
    expect(card.locator("tr[data-order]")).to_have_count(1)
    yield notebook, card
    notebook.run_cell(6)


def change(card, **texts):
    """Open the form of the first order, type, and ask for the change to be shown."""
    card.get_by_role("button", name="Change order").first.click()
    for label, text in texts.items():
        card.get_by_label(label, exact=True).fill(str(text))
    card.get_by_role("button", name="Review change …").click()


def confirm(notebook, card, what):
    notebook.page.wait_for_timeout(450)  # a person reads the change before confirming it
    card.get_by_role("button", name=what).click()


def test_an_order_is_reduced_and_replaced_in_place(table):
    notebook, card = table
    order = card.locator("tr[data-order]").first.get_attribute("data-order")
    change(card, Quantity="0.02")
    expect(card.locator(".bnb-summary")).to_contain_text("from 0.05 to 0.02 BTC · it keeps its place in the queue")
    confirm(notebook, card, "Reduce it")
    expect(card.locator(f'tr[data-order="{order}"] .bnb-cell-quantity')).to_have_text("0.02")
    notebook.expect_text(card.locator("tr.bnb-change .bnb-message"), "Reduced.")
    assert notebook.run_cell(2).startswith("LIMIT,0.02,")

    wanted = int(notebook.run_cell(4)) - 100
    change(card, Price=wanted)
    expect(card.locator(".bnb-summary")).to_contain_text("it loses its place in the queue")
    confirm(notebook, card, "Replace it")
    notebook.expect_text(card.locator(".bnb-message:visible").last, f"Replaced order {order} by order")
    expect(card.locator("tr[data-order] .bnb-cell-price")).to_have_text(str(wanted))
    assert notebook.run_cell(2) == f"LIMIT,0.02,{wanted}.0\n"


def test_refusals_of_a_change_are_read_in_its_row(table):
    notebook, card = table
    note = card.locator("tr.bnb-change .bnb-message")
    change(card, Quantity="0.05")
    notebook.expect_text(note, "Nothing is different from the order as it stands.")
    for label, text, words in (("Quantity", "0.0200001", "LOT_SIZE"), ("Price", "100.001", "PRICE_FILTER")):
        before = card.get_by_label(label, exact=True).input_value()
        card.get_by_label(label, exact=True).fill(text)
        card.get_by_role("button", name="Review change …").click()
        notebook.expect_text(note, words)
        card.get_by_label(label, exact=True).fill(before)
    assert notebook.run_cell(2).startswith("LIMIT,0.05,")
    # The exchange cancels before it looks whether the new order can be paid: what is left is told all the same.
    card.get_by_label("Quantity", exact=True).fill("5")
    card.get_by_role("button", name="Review change …").click()
    confirm(notebook, card, "Replace it")
    notebook.expect_text(card.locator("> .bnb-message"), "insufficient balance")
    notebook.expect_text(card.locator("> .bnb-message"), "the cancel succeeded")
    assert notebook.run_cell(2) == ""


def test_a_double_click_only_shows_the_change_and_a_click_that_waited_is_refused(table):
    notebook, card = table
    notebook.without_subshells()
    card.get_by_role("button", name="Change order").first.click()
    card.get_by_label("Quantity", exact=True).fill("0.02")
    card.get_by_role("button", name="Review change …").dblclick(delay=5)
    expect(card.locator(".bnb-summary")).to_be_visible()
    notebook.page.wait_for_timeout(450)
    assert notebook.run_cell(2).startswith("LIMIT,0.05,")
    notebook.start_cell(5)
    notebook.page.wait_for_timeout(300)
    card.get_by_role("button", name="Reduce it").click()
    notebook.expect_text(card.locator("tr.bnb-change .bnb-message"), "behind a busy cell")
    assert notebook.run_cell(2).startswith("LIMIT,0.05,")


def test_the_keyboard_alone_changes_an_order(table):
    notebook, card = table
    keyboard = notebook.page.keyboard
    card.get_by_role("button", name="Change order").first.focus()
    keyboard.press("Enter")
    expect(card.get_by_label("Quantity", exact=True)).to_be_focused()
    keyboard.type("0.03")
    keyboard.press("Enter")
    expect(card.locator(".bnb-change .bnb-sure")).to_be_focused()
    keyboard.press("Escape")
    expect(card.locator(".bnb-summary")).to_be_hidden()
    expect(card.get_by_label("Quantity", exact=True)).to_be_focused()
    keyboard.press("Enter")
    expect(card.locator(".bnb-change .bnb-sure")).to_be_focused()
    notebook.page.wait_for_timeout(450)
    keyboard.press("Enter")
    notebook.expect_text(card.locator("tr.bnb-change .bnb-message"), "Reduced.")
    assert notebook.run_cell(2).startswith("LIMIT,0.03,")


def test_a_list_stands_together_and_is_cancelled_by_one_click(table):
    notebook, card = table
    notebook.run_cell(3)
    expect(card.locator("tr[data-order]")).to_have_count(3)
    expect(card.locator("tr.bnb-list")).to_contain_text("2 orders open, cancelled together")
    expect(card.locator("tr.bnb-in-list")).to_have_count(2)
    form = card.locator("tr.bnb-change:visible")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        word = theme.split()[1].lower()
        notebook.set_theme(theme)
        card.get_by_role("button", name="Change order").last.click()
        expect(form).to_be_visible()
        notebook.picture(f"orders_change_{word}", card)
        form.get_by_label("Quantity", exact=True).fill("0.02")
        form.get_by_role("button", name="Review change …").click()
        expect(form.locator(".bnb-summary")).to_be_visible()
        notebook.picture(f"orders_armed_{word}", card)
        form.get_by_role("button", name="Go back").click()
        form.get_by_role("button", name="Close").click()
    card.get_by_role("button", name="Cancel list", exact=False).click()
    expect(card.locator("tr[data-order]")).to_have_count(1)
    expect(card.locator("tr.bnb-list")).to_have_count(0)
    assert notebook.run_cell(2).startswith("LIMIT,0.05,")
