"""The table of open futures orders in JupyterLab, in a real browser, against a sandbox: modify, cancel, cancel all."""

import pytest
from playwright.sync_api import expect

SETUP = """
from binance_nb import BinanceClient, FuturesOrderRequest
from binance_nb.widgets import OpenOrders
client = BinanceClient.sandbox(seed=7)
ask = client.get_futures_book_ticker("BTCUSDT")["ask_price"].iloc[0]
low, high = round(ask * 0.97), round(ask * 1.04)
def conditional(kind, **fields):
    order = FuturesOrderRequest(symbol="BTCUSDT", side="BUY", order_type=kind, quantity="0.01", **fields)
    return client.place_futures_order(order)
"""
STANDING = (
    "print(client.get_futures_open_orders('BTCUSDT')[['order_type', 'quantity', 'price']]"
    ".to_csv(index=False, header=False), end='')"
)


@pytest.fixture
def table(open_notebook):
    """A notebook with a table of open futures orders on a sandbox of its own."""
    notebook = open_notebook(
        SETUP,
        "OpenOrders(client, product='usdm')",
        "client.place_futures_limit_order('BTCUSDT', 'BUY', '0.05', low); None",
        "conditional('STOP_MARKET', stop_price=high)\n"
        "conditional('TRAILING_STOP_MARKET', callback_rate=1, reduce_only=True); None",
        STANDING,
        "print(low)",
        "client.close()",
    )
    notebook.run_cell(0)
    notebook.run_cell(1)
    yield notebook, notebook.outputs(1).locator(".bnb-orders")
    notebook.run_cell(6)


def test_orders_of_both_kinds_appear_and_are_modified_and_cancelled_by_click(table):
    notebook, card = table
    rows = card.locator("tr[data-order]")
    expect(card.locator(".bnb-badge")).to_contain_text("USD-M futures · SANDBOX")
    notebook.run_cell(2)
    notebook.run_cell(3)
    expect(rows).to_have_count(3)
    expect(card.get_by_role("button", name="Change order")).to_have_count(1)
    expect(rows.first.locator(".bnb-cell-reduce_only")).to_have_text("yes")

    wanted = int(notebook.run_cell(5)) - 100
    card.get_by_role("button", name="Change order").click()
    form = card.locator("tr.bnb-change:visible")
    form.get_by_label("Quantity", exact=True).fill("0.04")
    form.get_by_label("Price", exact=True).fill(str(wanted))
    form.get_by_role("button", name="Review change …").click()
    expect(card.locator(".bnb-summary:visible")).to_contain_text(f"quantity 0.04, price {wanted}")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        notebook.set_theme(theme)
        notebook.picture(f"futures_orders_{theme.split()[1].lower()}", card)
    expect(card.get_by_role("button", name="Modify it")).to_be_in_viewport(ratio=1)
    notebook.page.wait_for_timeout(450)  # a person reads the change before confirming it
    card.get_by_role("button", name="Modify it").click()
    notebook.expect_text(card.locator("tr.bnb-change .bnb-message:visible"), "Modified.")
    expect(rows.last.locator(".bnb-cell-price")).to_have_text(str(wanted))
    assert notebook.run_cell(4).splitlines()[0] == f"LIMIT,0.04,{wanted}.0"

    expect(rows.first.get_by_role("button", name="Cancel order")).to_be_in_viewport(ratio=1)
    rows.first.get_by_role("button", name="Cancel order").click()
    expect(rows).to_have_count(2)
    card.get_by_role("button", name="Cancel all …").click()
    card.get_by_role("button", name="Cancel 2 orders").click()
    expect(rows).to_have_count(0)
    assert notebook.run_cell(4) == ""
