"""The Desk of USD-M futures on a real sandbox: an order opens a position, the market moves it, a click closes it."""

import pytest
from playwright.sync_api import expect

SETUP = """
from binance_nb import BinanceClient
from binance_nb.widgets import Desk
client = BinanceClient.sandbox(seed=7)
control = client.sandbox_process.control
control.pin_mark_price("BTCUSDT", "90000")
"""


@pytest.fixture
def desk(open_notebook):
    """A notebook with a desk of futures on a sandbox of its own, and what is in the futures wallet."""
    notebook = open_notebook(
        SETUP,
        "desk = Desk(client, product='usdm'); desk",
        "control.pin_mark_price('BTCUSDT', '80000')",
        "print(client.get_futures_balances()['balance'].iloc[0])",
        "client.close()",
    )
    for cell in (0, 1):
        notebook.run_cell(cell)
    shown = notebook.outputs(1)
    expect(shown.locator(".bnb-ticket .bnb-ask b")).not_to_have_text("–", timeout=20_000)
    expect(amount(shown, "wallet_balance")).to_be_visible(timeout=20_000)
    yield notebook, shown
    notebook.run_cell(4)


def amount(shown, column):
    return shown.locator(f".bnb-account tr[data-asset=USDT] .bnb-cell-{column}")


def number(locator):
    return float(locator.inner_text().replace(",", ""))


def place(notebook, ticket, **texts):
    for label, text in texts.items():
        ticket.get_by_label(label, exact=True).fill(text)
    ticket.locator(".bnb-place").click()
    expect(ticket.locator(".bnb-confirm")).to_be_visible()
    notebook.page.wait_for_timeout(450)  # a person reads the order before confirming it
    ticket.locator(".bnb-confirm").click()


def test_a_position_is_opened_moved_by_the_market_and_closed_on_a_desk_of_futures(desk):
    notebook, shown = desk
    ticket, positions = shown.locator(".bnb-ticket"), shown.locator("tr[data-position]")
    orders, fills = shown.locator("tr[data-order]"), shown.locator(".bnb-line:not([hidden])")
    for card in (".bnb-ticket", ".bnb-account", ".bnb-positions", ".bnb-orders:not(.bnb-positions)"):
        expect(shown.locator(f"{card} .bnb-badge")).to_contain_text("USD-M futures · SANDBOX")
    expect(amount(shown, "unrealized_profit")).to_have_text("0")
    before = number(amount(shown, "available_balance"))

    ticket.get_by_label("Type", exact=True).select_option("MARKET")
    place(notebook, ticket, Quantity="0.05")
    notebook.expect_text(ticket.locator(".bnb-result"), "FILLED · BUY BTCUSDT")
    expect(positions).to_have_count(1)
    expect(positions.locator(".bnb-cell-position_amt")).to_have_text("0.05")
    expect(fills.first).to_contain_text("▲ BUY")
    expect(shown.locator(".bnb-account tr[data-asset=USDT]")).to_have_attribute("data-direction", "down")  # the fee

    notebook.run_cell(2)
    expect(amount(shown, "unrealized_profit")).to_contain_text("-", timeout=20_000)
    assert number(amount(shown, "available_balance")) < before

    ticket.get_by_role("button", name="New order").click()
    ticket.get_by_label("Type", exact=True).select_option("LIMIT")
    place(notebook, ticket, Quantity="0.01", Price="78000")
    expect(orders).to_have_count(1)
    orders.get_by_role("button", name="Cancel order").click()
    expect(orders).to_have_count(0)

    positions.get_by_role("button", name="Close").click()
    notebook.page.wait_for_timeout(450)
    shown.locator(".bnb-positions").get_by_role("button", name="Close it").click()
    expect(positions).to_have_count(0)
    expect(fills.filter(has_text="▼ SELL").first).to_be_visible()
    expect(amount(shown, "unrealized_profit")).to_have_text("0", timeout=20_000)
    assert number(amount(shown, "wallet_balance")) == pytest.approx(float(notebook.run_cell(3)))
