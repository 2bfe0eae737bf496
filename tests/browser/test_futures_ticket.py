"""The futures ticket in JupyterLab, in a real browser, against a sandbox: every order type, leverage, hedge mode."""

import re

import pytest
from playwright.sync_api import expect

SETUP = """
from binance_nb import BinanceClient
from binance_nb.widgets import OpenOrders, OrderTicket, PositionsTable
client = BinanceClient.sandbox(seed=7)
"""
ORDERS = (
    "columns = ['side', 'order_type', 'position_side', 'order_status', 'price_match']\n"
    "print(client.get_all_futures_orders('BTCUSDT')[columns].to_csv(index=False, header=False), end='')"
)


@pytest.fixture
def desk(open_notebook):
    """A notebook with a futures ticket, positions and open orders on a sandbox of its own."""
    notebook = open_notebook(
        SETUP,
        "OrderTicket(client, product='usdm')",
        "PositionsTable(client)",
        "OpenOrders(client, product='usdm')",
        ORDERS,
        "print(client.get_futures_symbol_config('BTCUSDT')['leverage'].iloc[0])",
        "client.set_futures_position_mode('hedge'); None",
        "client.close()",
    )
    notebook.run_cell(0)
    if "hedge" in notebook.name:
        notebook.run_cell(6)
    for cell in (1, 2, 3):
        notebook.run_cell(cell)
    ticket = notebook.outputs(1).locator(".bnb-ticket")
    expect(ticket.locator(".bnb-ask b")).not_to_have_text("–", timeout=20_000)
    notebook.expect_text(ticket.locator(".bnb-free"), "USDT available")
    notebook.expect_text(ticket.locator(".bnb-leverage-now"), "20×")
    expect(ticket.locator(".bnb-mode")).not_to_be_empty()
    yield notebook, ticket
    notebook.run_cell(7)


def price(ticket, which):
    return float(ticket.locator(f".bnb-{which} b").inner_text().replace(",", ""))


def choose(ticket, kind, side):
    ticket.get_by_label("Type", exact=True).select_option(kind)
    ticket.locator(f".bnb-side.bnb-{side}").click()
    expect(ticket.locator(f".bnb-side.bnb-{side}")).to_have_attribute("aria-pressed", "true")


def place(notebook, ticket, **texts):
    for label, text in texts.items():
        ticket.get_by_label(label.replace("_", " "), exact=True).fill(str(text))
    ticket.locator(".bnb-place").click()
    expect(ticket.locator(".bnb-confirm")).to_be_visible()
    notebook.page.wait_for_timeout(450)  # a person reads the order before confirming it
    ticket.locator(".bnb-confirm").click()


def result(notebook, ticket, text):
    notebook.expect_text(ticket.locator(".bnb-result"), text)


def test_every_order_type_is_placed_by_clicking(desk):
    notebook, ticket = desk
    positions = notebook.outputs(2).locator("tr[data-position]")
    orders = notebook.outputs(3).locator("tr[data-order]")
    expect(ticket.locator(".bnb-badge")).to_contain_text("USD-M futures · SANDBOX")
    ask = price(ticket, "ask")
    low, high = round(ask * 0.97), round(ask * 1.03)

    choose(ticket, "MARKET", "buy")
    place(notebook, ticket, Quantity="0.05")
    result(notebook, ticket, "FILLED · BUY BTCUSDT · filled 0.05 of 0.05 BTC at ")
    expect(positions).to_have_count(1)
    expect(positions.locator(".bnb-cell-position_amt")).to_have_text("0.05")

    for time_in_force in ("GTC", "GTX", "GTD"):
        choose(ticket, "LIMIT", "buy")
        ticket.get_by_label("Time in force", exact=True).select_option(time_in_force)
        more = {"Good_for": "20"} if time_in_force == "GTD" else {}
        place(notebook, ticket, Quantity="0.01", Price=low, **more)
        result(notebook, ticket, "NEW · BUY BTCUSDT · filled 0 of 0.01 BTC")
    ticket.get_by_label("Time in force", exact=True).select_option("IOC")
    place(notebook, ticket, Quantity="0.01", Price=low)
    result(notebook, ticket, "EXPIRED · BUY BTCUSDT")
    ticket.get_by_label("Time in force", exact=True).select_option("FOK")
    place(notebook, ticket, Quantity="0.01", Price=low)
    notebook.expect_text(ticket.locator(".bnb-status .bnb-message"), "the FOK order has been rejected")
    ticket.get_by_label("Time in force", exact=True).select_option("GTC")
    ticket.get_by_label("Price from", exact=True).select_option("QUEUE_20")
    expect(ticket.get_by_label("Price", exact=True)).to_have_count(0)
    place(notebook, ticket, Quantity="0.01")
    result(notebook, ticket, " · BUY BTCUSDT · filled ")  # so near to the market it may be filled at any moment
    ticket.get_by_label("Price from", exact=True).select_option("")

    for kind, trigger, more in (
        ("STOP", low, {"Price": low}),
        ("STOP_MARKET", low, {}),
        ("TAKE_PROFIT", high, {"Price": high}),
        ("TAKE_PROFIT_MARKET", high, {}),
    ):
        choose(ticket, kind, "sell")
        place(notebook, ticket, Quantity="0.01", Trigger_price=trigger, **more)
        result(notebook, ticket, "NEW · SELL BTCUSDT")
    choose(ticket, "TRAILING_STOP_MARKET", "sell")
    place(notebook, ticket, Quantity="0.01", Callback_rate="2")
    result(notebook, ticket, "NEW · SELL BTCUSDT")
    ticket.get_by_role("button", name="Cancel this order").click()
    result(notebook, ticket, "CANCELED · SELL BTCUSDT")
    choose(ticket, "STOP_MARKET", "sell")
    ticket.get_by_label("Close all of the position").check()
    expect(ticket.get_by_label("Quantity", exact=True)).to_have_count(0)
    place(notebook, ticket, Trigger_price=low)
    result(notebook, ticket, "NEW · SELL BTCUSDT")
    expect(orders.filter(has_text="SELL")).to_have_count(5)

    placed = notebook.run_cell(4).splitlines()
    near = [line for line in placed if line.endswith(",QUEUE_20")]
    assert len(near) == 1
    assert sorted(line.removesuffix(",NONE") for line in placed if line not in near) == sorted(
        [
            "BUY,MARKET,BOTH,FILLED",
            *["BUY,LIMIT,BOTH,NEW"] * 3,
            "BUY,LIMIT,BOTH,EXPIRED",
            *["SELL,STOP_MARKET,BOTH,NEW"] * 2,
            "SELL,STOP,BOTH,NEW",
            "SELL,TAKE_PROFIT,BOTH,NEW",
            "SELL,TAKE_PROFIT_MARKET,BOTH,NEW",
            "SELL,TRAILING_STOP_MARKET,BOTH,CANCELED",
        ]
    )


def test_leverage_shares_refusals_and_closing(desk):
    notebook, ticket = desk
    choose(ticket, "MARKET", "sell")
    ticket.get_by_label("Quantity", exact=True).fill("0.01")
    ticket.get_by_label("Reduce only").check()
    notebook.expect_text(ticket.locator("[data-field=reduce_only]"), "needs a position")
    place(notebook, ticket)
    notebook.expect_text(ticket.locator(".bnb-status .bnb-message"), "ReduceOnly Order is rejected")
    ticket.get_by_label("Reduce only").uncheck()

    ticket.get_by_role("button", name="Change leverage").click()
    ticket.get_by_label("New leverage").fill("5")
    notebook.page.keyboard.press("Enter")
    expect(ticket.locator(".bnb-leverage .bnb-summary")).to_have_text("Set the leverage of BTCUSDT from 20× to 5×")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        notebook.set_theme(theme)
        notebook.picture(f"futures_ticket_leverage_{theme.split()[1].lower()}", ticket)
    notebook.page.wait_for_timeout(450)
    ticket.get_by_role("button", name="Change it").click()
    expect(ticket.locator(".bnb-leverage-now")).to_have_text("5×")
    assert notebook.run_cell(5) == "5\n"
    ticket.get_by_role("button", name="Change leverage").click()
    ticket.get_by_label("New leverage").fill("1000")
    ticket.get_by_role("button", name="Review …").click()
    notebook.page.wait_for_timeout(450)
    ticket.get_by_role("button", name="Change it").click()
    notebook.expect_text(ticket.locator(".bnb-leverage .bnb-message"), "Not changed")

    choose(ticket, "LIMIT", "buy")
    ticket.get_by_label("Price", exact=True).fill(str(round(price(ticket, "ask") * 0.98)))
    ticket.get_by_role("button", name="100 %").click()
    expect(ticket.get_by_label("Quantity", exact=True)).to_have_value(re.compile(r"^5\.\d"))
    ticket.get_by_role("button", name="Test", exact=True).click()
    notebook.expect_text(ticket.locator(".bnb-status .bnb-message"), "would accept this order")
    place(notebook, ticket)
    result(notebook, ticket, "NEW · BUY BTCUSDT")
    ticket.get_by_role("button", name="Cancel this order").click()
    result(notebook, ticket, "CANCELED")

    choose(ticket, "MARKET", "buy")
    place(notebook, ticket, Quantity="0.02")
    result(notebook, ticket, "FILLED")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        notebook.set_theme(theme)
        notebook.picture(f"futures_ticket_{theme.split()[1].lower()}", ticket)
    positions = notebook.outputs(2).locator(".bnb-positions")
    positions.get_by_role("button", name="Close BTCUSDT").click()
    notebook.page.wait_for_timeout(450)
    positions.get_by_role("button", name="Close it").click()
    expect(positions.locator("tr[data-position]")).to_have_count(0)


def test_in_hedge_mode_long_and_short_stand_beside_each_other(desk):
    notebook, ticket = desk
    expect(ticket.locator(".bnb-mode")).to_have_text("hedge mode")
    rows = notebook.outputs(2).locator("tr[data-position]")
    for side, word in (("buy", "LONG"), ("sell", "SHORT")):
        choose(ticket, "MARKET", side)
        ticket.get_by_label("Position", exact=True).select_option(word)
        place(notebook, ticket, Quantity="0.03")
        expect(ticket.locator(".bnb-result")).to_contain_text(f"FILLED · {side.upper()}")
        expect(rows.filter(has_text=word)).to_have_count(1)
    choose(ticket, "MARKET", "sell")
    ticket.get_by_label("Position", exact=True).select_option("LONG")
    place(notebook, ticket, Quantity="0.01")
    expect(rows.filter(has_text="LONG").locator(".bnb-cell-position_amt")).to_have_text("0.02")
    expect(rows.filter(has_text="SHORT").locator(".bnb-cell-position_amt")).to_have_text("-0.03")
    assert notebook.run_cell(4).splitlines() == [
        "BUY,MARKET,LONG,FILLED,NONE",
        "SELL,MARKET,SHORT,FILLED,NONE",
        "SELL,MARKET,LONG,FILLED,NONE",
    ]
