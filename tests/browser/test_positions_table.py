"""The table of futures positions in JupyterLab, in a real browser, against a sandbox: appear, move, close."""

import pytest
from playwright.sync_api import expect

SETUP = """
from binance_nb import BinanceClient
from binance_nb.widgets import PositionsTable
client = BinanceClient.sandbox(seed=7)
control = client.sandbox_process.control
control.pin_mark_price("BTCUSDT", "90000")
"""
STANDING = (
    "print(client.get_futures_positions(raw=True) and "
    "[(row['positionSide'], row['positionAmt']) for row in client.get_futures_positions(raw=True)])"
)


@pytest.fixture
def table(open_notebook):
    """A notebook with a table of positions on a sandbox of its own, that holds nothing yet."""
    notebook = open_notebook(
        SETUP,
        "PositionsTable(client)",
        STANDING,
        "client.place_futures_market_order('BTCUSDT', 'BUY', '0.05'); None",
        "control.pin_mark_price('BTCUSDT', '80000')",
        "client.set_futures_leverage('BTCUSDT', 7); None",
        "import time; time.sleep(4)",
        "client.set_futures_position_mode('hedge')\n"
        "client.place_futures_market_order('BTCUSDT', 'BUY', '0.03', position_side='LONG')\n"
        "client.place_futures_market_order('BTCUSDT', 'SELL', '0.02', position_side='SHORT'); None",
        "client.close()",
    )
    notebook.run_cell(0)
    notebook.run_cell(1)
    card = notebook.outputs(1).locator(".bnb-positions")
    expect(card.locator(".bnb-empty")).to_be_visible()
    yield notebook, card
    notebook.run_cell(8)


def confirm(notebook, card):
    notebook.page.wait_for_timeout(450)  # a person reads the order before confirming it
    card.get_by_role("button", name="Close it").click()


def test_a_position_appears_moves_with_the_mark_price_and_is_closed_by_click(table):
    notebook, card = table
    row = card.locator("tr[data-position]")
    expect(card.locator(".bnb-badge")).to_contain_text("USD-M futures · SANDBOX")
    notebook.run_cell(3)
    expect(row).to_have_count(1)
    expect(row.locator(".bnb-cell-side")).to_have_text("▲ LONG")
    expect(row.locator(".bnb-cell-position_amt")).to_have_text("0.05")
    expect(row.locator(".bnb-cell-leverage")).to_have_text("20×")
    notebook.run_cell(4)
    expect(row.locator(".bnb-cell-mark_price")).to_have_text("80,000", timeout=10_000)
    expect(row.locator(".bnb-cell-unrealized_profit")).to_contain_text("-")
    notebook.run_cell(5)
    expect(row.locator(".bnb-cell-leverage")).to_have_text("7×")

    card.get_by_role("button", name="Close BTCUSDT").click()
    expect(card.locator(".bnb-summary")).to_have_text("SELL 0.05 BTCUSDT · MARKET · reduce only")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        notebook.set_theme(theme)
        notebook.picture(f"positions_{theme.split()[1].lower()}", card)
    confirm(notebook, card)
    expect(row).to_have_count(0)
    notebook.expect_text(card.locator("> .bnb-message"), "is FILLED")
    assert notebook.run_cell(2) == "[]\n"


def test_a_double_click_only_shows_the_order_and_a_click_that_waited_is_refused(table):
    notebook, card = table
    notebook.without_subshells()
    notebook.run_cell(3)
    card.get_by_role("button", name="Close BTCUSDT").dblclick(delay=5)
    expect(card.locator(".bnb-summary")).to_be_visible()
    notebook.page.wait_for_timeout(450)
    assert notebook.run_cell(2) == "[('BOTH', '0.050')]\n"
    notebook.start_cell(6)
    notebook.page.wait_for_timeout(300)
    card.get_by_role("button", name="Close it").click()
    notebook.expect_text(card.locator("tr.bnb-change .bnb-message"), "behind a busy cell")
    assert notebook.run_cell(2) == "[('BOTH', '0.050')]\n"


def test_the_sides_of_hedge_mode_are_closed_one_by_one_with_the_keyboard(table):
    notebook, card = table
    notebook.run_cell(7)
    rows = card.locator("tr[data-position]")
    expect(rows).to_have_count(2)
    keyboard = notebook.page.keyboard
    card.get_by_role("button", name="Close BTCUSDT SHORT").focus()
    keyboard.press("Enter")
    expect(card.get_by_role("button", name="Close it")).to_be_focused()
    keyboard.press("Escape")
    expect(card.locator(".bnb-summary:visible")).to_have_count(0)
    expect(card.get_by_role("button", name="Close BTCUSDT SHORT")).to_be_focused()
    keyboard.press("Enter")
    expect(card.locator(".bnb-summary:visible")).to_have_text("BUY 0.02 BTCUSDT · MARKET · of the SHORT position")
    notebook.page.wait_for_timeout(450)
    keyboard.press("Enter")
    expect(rows).to_have_count(1)
    assert notebook.run_cell(2) == "[('LONG', '0.030')]\n"
