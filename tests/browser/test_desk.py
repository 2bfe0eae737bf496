"""The Desk on a real sandbox: one order from the ticket to the fills and the account, and one that is cancelled."""

import pytest
from playwright.sync_api import expect

SETUP = """
from binance_nb import BinanceClient
from binance_nb.widgets import Desk
client = BinanceClient.sandbox(seed=7)
exchange = client.sandbox_process.control
price = round(client.get_book_ticker("BTCUSDT")["bid_price"].iloc[0])
exchange.pin_price("BTCUSDT", price)  # the market stays here until it is led elsewhere
"""


@pytest.fixture
def desk(open_notebook):
    """A function that opens a notebook with a desk on a sandbox of its own; returns the page and the desk's output."""
    opened = []

    def open_it(*more, front_end="lab"):
        notebook = open_notebook(SETUP, "desk = Desk(client); desk", "client.close()", *more, front_end=front_end)
        opened.append(notebook)
        notebook.run_cell(0)
        notebook.run_cell(1)
        shown = notebook.outputs(1)
        expect(shown.locator(".bnb-ticket .bnb-ask b")).not_to_have_text("–", timeout=20_000)
        expect(asset(shown, "USDT", "value")).not_to_have_text("–", timeout=20_000)
        return notebook, shown

    yield open_it
    for notebook in opened:
        notebook.run_cell(2)


def asset(shown, name, column):
    return shown.locator(f".bnb-account tr[data-asset={name}] .bnb-cell-{column}")


def number(locator):
    return float(locator.inner_text().replace(",", ""))


def wait_until(notebook, holds, timeout_ms=15_000):
    for _ in range(timeout_ms // 100):
        if holds():
            return
        notebook.page.wait_for_timeout(100)
    pytest.fail(f"it did not come about; picture: {notebook.picture('failed_desk')}")


def place_limit(notebook, shown, price, quantity):
    ticket = shown.locator(".bnb-ticket")
    ticket.get_by_label("Quantity", exact=True).fill(str(quantity))
    ticket.get_by_label("Price", exact=True).fill(str(price))
    ticket.locator(".bnb-place").click()
    expect(ticket.locator(".bnb-confirm")).to_be_visible()
    notebook.page.wait_for_timeout(450)  # a person reads the order before confirming it
    ticket.locator(".bnb-confirm").click()
    notebook.expect_text(ticket.locator(".bnb-result"), "NEW · BUY BTCUSDT")


@pytest.mark.parametrize("front_end", ["lab", "notebook"])
def test_an_order_goes_through_the_desk_from_the_ticket_to_the_fills_and_the_account(desk, front_end):
    notebook, shown = desk("exchange.pin_price('BTCUSDT', price - 2000)", front_end=front_end)
    orders, fills = shown.locator(".bnb-orders tr[data-order]"), shown.locator(".bnb-line:not([hidden])")
    wanted = round(number(shown.locator(".bnb-price .bnb-quote-bid dd"))) - 1000
    coins, money = number(asset(shown, "BTC", "free")), number(asset(shown, "USDT", "free"))
    expect(asset(shown, "USDT", "locked")).to_have_text("0")

    place_limit(notebook, shown, wanted, "0.01")
    expect(orders).to_have_count(1)
    expect(orders.locator(".bnb-cell-price")).to_have_text(str(wanted))
    expect(asset(shown, "USDT", "locked")).to_have_text(f"{wanted / 100:,.2f}".rstrip("0").rstrip("."))
    expect(shown.locator(".bnb-account tr[data-asset=USDT] .bnb-turn")).to_have_text("⇄")

    notebook.run_cell(3)  # the market comes down to the order, and through it
    expect(fills.first).to_contain_text("▲ BUY", timeout=30_000)
    expect(orders).to_have_count(0, timeout=30_000)
    expect(asset(shown, "USDT", "locked")).to_have_text("0")
    assert coins < number(asset(shown, "BTC", "free")) <= coins + 0.01
    assert number(asset(shown, "USDT", "free")) == pytest.approx(money - wanted / 100)
    wait_until(notebook, lambda: number(shown.locator(".bnb-price .bnb-quote-ask dd")) < wanted)

    shown.locator(".bnb-ticket").get_by_role("button", name="New order").click()
    place_limit(notebook, shown, wanted - 5000, "0.01")
    expect(orders).to_have_count(1)
    orders.get_by_role("button", name="Cancel order").click()
    expect(orders).to_have_count(0)
    expect(asset(shown, "USDT", "locked")).to_have_text("0")


def test_the_market_of_a_desk_is_that_of_the_symbol_in_its_ticket(desk):
    notebook, shown = desk()
    ticket = shown.locator(".bnb-ticket")
    ticket.get_by_label("Symbol", exact=True).fill("ETHUSDT")
    ticket.get_by_label("Symbol", exact=True).press("Tab")
    expect(shown.locator(".bnb-price h3")).to_have_text("ETHUSDT")
    ask = shown.locator(".bnb-price .bnb-quote-ask dd")
    expect(ask).not_to_have_text("–")
    wait_until(notebook, lambda: number(ask) < 20_000)
    notebook.expect_text(ticket.locator(".bnb-place"), "ETHUSDT")
