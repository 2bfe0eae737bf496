"""Ticket, fills and open orders against a real sandbox: every order type by clicking, and what becomes of it."""

import pytest
from playwright.sync_api import expect

SETUP = """
from binance_nb import BinanceClient
from binance_nb.widgets import Desk, FillsTable, OpenOrders, OrderTicket
client = BinanceClient.sandbox(seed=7)
ticket, fills, orders = OrderTicket(client), FillsTable(client, height=220), OpenOrders(client)
"""


@pytest.fixture
def desk(open_notebook):
    """A notebook with a ticket, a table of fills and one of open orders on a sandbox of its own."""
    notebook = open_notebook(
        SETUP,
        "ticket",
        "orders",
        "fills",
        "print(client.get_all_orders('BTCUSDT')[['side', 'order_type', 'order_status']].to_csv(index=False), end='')",
        "print(len(client.fills()), len(fills.frame))",
        "print(client.close())",
    )
    for cell in range(4):
        notebook.run_cell(cell)
    shown = notebook.outputs(1).locator(".bnb-ticket")
    expect(shown.locator(".bnb-ask b")).not_to_have_text("–", timeout=20_000)
    notebook.expect_text(shown.locator(".bnb-free"), "USDT")
    yield notebook, shown
    notebook.run_cell(6)


def price(shown, which):
    return float(shown.locator(f".bnb-{which} b").inner_text().replace(",", ""))


def choose(shown, kind, side):
    shown.get_by_label("Type", exact=True).select_option(kind)
    shown.locator(f".bnb-side.bnb-{side}").click()
    expect(shown.locator(f".bnb-side.bnb-{side}")).to_have_attribute("aria-pressed", "true")


def post_only(shown, wanted):
    shown.get_by_label("Post-only", exact=False).set_checked(wanted)
    expect(shown.get_by_label("Time in force")).to_have_count(0 if wanted else 1)


def place(notebook, shown, **texts):
    for label, text in texts.items():
        shown.get_by_label(label.replace("_", " "), exact=True).fill(str(text))
    shown.locator(".bnb-place").click()
    expect(shown.locator(".bnb-confirm")).to_be_visible()
    notebook.page.wait_for_timeout(450)  # a person reads the order before confirming it
    shown.locator(".bnb-confirm").click()


def result(notebook, shown, text):
    notebook.expect_text(shown.locator(".bnb-result"), text)


def test_every_order_type_is_placed_by_clicking(desk):
    notebook, shown = desk
    orders = notebook.outputs(2).locator(".bnb-orders tr[data-order]")
    fills = notebook.outputs(3).locator(".bnb-line:not([hidden])")
    ask = price(shown, "ask")
    low, high = round(ask * 0.9), round(ask * 1.1)

    choose(shown, "MARKET", "buy")
    place(notebook, shown, Quantity="0.02")
    result(notebook, shown, "FILLED · BUY BTCUSDT · filled 0.02 of 0.02 BTC at ")
    expect(fills.first).to_be_visible()

    choose(shown, "MARKET", "buy")
    place(notebook, shown, or_amount="500")
    result(notebook, shown, "FILLED · BUY BTCUSDT")

    choose(shown, "LIMIT", "buy")
    place(notebook, shown, Quantity="0.01", Price=low)
    result(notebook, shown, "NEW · BUY BTCUSDT · filled 0 of 0.01 BTC")
    expect(orders).to_have_count(1)

    choose(shown, "LIMIT", "sell")
    post_only(shown, True)
    place(notebook, shown, Quantity="0.01", Price=high)
    result(notebook, shown, "NEW · SELL BTCUSDT")

    for kind, stop in (("STOP_LOSS", low), ("TAKE_PROFIT", high)):
        choose(shown, kind, "sell")
        place(notebook, shown, Quantity="0.01", Stop_price=stop)
        result(notebook, shown, "NEW · SELL BTCUSDT")
    for kind, stop in (("STOP_LOSS_LIMIT", low), ("TAKE_PROFIT_LIMIT", high)):
        choose(shown, kind, "sell")
        place(notebook, shown, Quantity="0.01", Stop_price=stop, Price=stop)
        result(notebook, shown, "NEW · SELL BTCUSDT")
    expect(orders).to_have_count(6)
    placed = notebook.run_cell(4)
    assert placed.splitlines()[1:] == [
        "BUY,MARKET,FILLED",
        "BUY,MARKET,FILLED",
        "BUY,LIMIT,NEW",
        "SELL,LIMIT_MAKER,NEW",
        "SELL,STOP_LOSS,NEW",
        "SELL,TAKE_PROFIT,NEW",
        "SELL,STOP_LOSS_LIMIT,NEW",
        "SELL,TAKE_PROFIT_LIMIT,NEW",
    ]

    shown.get_by_role("button", name="Cancel this order").click()
    result(notebook, shown, "CANCELED · SELL BTCUSDT")
    expect(orders).to_have_count(5)
    orders.first.get_by_role("button", name="Cancel order").click()
    expect(orders).to_have_count(4)
    card = notebook.outputs(2).locator(".bnb-orders")
    card.get_by_role("button", name="Cancel all …").click()
    card.get_by_role("button", name="Cancel 4 orders").click()
    expect(orders).to_have_count(0)
    assert ",NEW" not in notebook.run_cell(4)


def fill_part(shown, title, **texts):
    """Type into the fields of one order of a list."""
    part = shown.get_by_role("group", name=title, exact=True)
    for label, text in texts.items():
        part.get_by_label(label.replace("_", " "), exact=True).fill(str(text))


def test_every_order_list_is_placed_and_cancelled_by_clicking(desk):
    notebook, shown = desk
    card = notebook.outputs(2).locator(".bnb-orders")
    orders, ask = card.locator("tr[data-order]"), price(shown, "ask")
    low, high, near = round(ask * 0.9), round(ask * 1.1), round(ask * 0.95)
    results = shown.locator(".bnb-result")
    legs = {"OCO": 2, "OTO": 2, "OTOCO": 3, "OPO": 2, "OPOCO": 3}
    for kind, count in legs.items():
        choose(shown, kind, "sell" if kind == "OCO" else "buy")
        if kind != "OCO":
            fill_part(shown, "First", Quantity="0.01", Price=near)
        if kind == "OTO":
            fill_part(shown, "Then", Price=high)
        if kind == "OPO":
            fill_part(shown, "Then sell", Price=high)
        if count == 3 or kind == "OCO":
            fill_part(shown, "Take profit", Price=high)
            fill_part(shown, "Stop loss", Stop_price=low)
        if kind == "OCO":
            shown.get_by_label("Quantity", exact=True).fill("0.01")
        shown.locator(".bnb-place").click()
        expect(shown.locator(".bnb-summary p")).to_have_count(1 + count)
        if kind in {"OCO", "OTOCO"}:
            notebook.page.set_viewport_size({"width": 1400, "height": 1500})  # the whole of it in one picture
            for theme in ("JupyterLab Dark", "JupyterLab Light"):
                notebook.set_theme(theme)
                notebook.picture(f"ticket_list_{kind.lower()}_{theme.split()[1].lower()}", shown)
            notebook.page.set_viewport_size({"width": 1400, "height": 1000})
        notebook.page.wait_for_timeout(450)  # a person reads the list before confirming it
        shown.locator(".bnb-confirm").click()
        expect(results).to_have_count(count)
        expect(results.first).to_contain_text("NEW")
        expect(card.locator("tr.bnb-list")).to_have_count(1)
        expect(orders).to_have_count(count)
        if kind == "OCO":
            card.get_by_role("button", name="Cancel list").click()
        else:
            shown.get_by_role("button", name="Cancel this list").click()
        expect(orders).to_have_count(0)
        expect(results.first).to_contain_text("CANCELED")
        expect(results).to_have_count(count)
    placed = notebook.run_cell(4).splitlines()[1:]
    assert len(placed) == sum(legs.values())
    assert not [row for row in placed if not row.endswith(("CANCELED", "EXPIRED"))]


def test_a_list_that_trades_leaves_nothing_open(desk):
    notebook, shown = desk
    ask = price(shown, "ask")
    choose(shown, "OPO", "buy")
    fill_part(shown, "First", Quantity="0.01", Price=round(ask * 1.02))
    shown.get_by_role("group", name="Then sell", exact=True).get_by_label("Order", exact=True).select_option("MARKET")
    expect(shown.locator("[data-field]")).to_have_count(6)
    shown.locator(".bnb-place").click()
    expect(shown.locator(".bnb-summary")).to_contain_text("SELL what was bought")
    notebook.page.wait_for_timeout(450)
    shown.locator(".bnb-confirm").click()
    expect(shown.locator('.bnb-result[data-status="FILLED"]')).to_have_count(2)
    assert sorted(notebook.run_cell(4).splitlines()[1:]) == ["BUY,LIMIT,FILLED", "SELL,MARKET,FILLED"]


def test_a_limit_order_at_the_touch_fills_and_its_fill_is_a_row(desk):
    notebook, shown = desk
    fills = notebook.outputs(3).locator(".bnb-line:not([hidden])")
    shown.locator(".bnb-ask").click()
    expect(shown.get_by_label("Price", exact=True)).not_to_have_value("")
    touch = float(shown.get_by_label("Price", exact=True).input_value())
    place(notebook, shown, Quantity="0.01", Price=round(touch * 1.001, 2))
    result(notebook, shown, "FILLED")
    expect(fills.first).to_contain_text("▲ BUY")
    known, in_table = notebook.run_cell(5).split()
    assert known == in_table


REFUSED_BY_THE_EXCHANGE = (
    ("LIMIT", "buy", {"Quantity": "50", "Price": "below"}, "insufficient balance"),
    ("LIMIT, post-only", "buy", {"Quantity": "0.01", "Price": "above"}, "code -2010"),
    ("STOP_LOSS_LIMIT", "sell", {"Quantity": "0.01", "Price": "above", "Stop_price": "above"}, "code -2010"),
)
REFUSED_BEFORE = (
    ({"Quantity": "0.01", "Price": ""}, "A LIMIT order needs a price."),
    ({"Quantity": "", "Price": "60000"}, "A LIMIT order needs a quantity."),
    ({"Quantity": "-1", "Price": "60000"}, "must be greater than zero"),
    ({"Quantity": "nan", "Price": "60000"}, "finite number"),
    ({"Quantity": "0.01", "Price": "60000.12345"}, "PRICE_FILTER"),
    ({"Quantity": "0.00001", "Price": "60000"}, "NOTIONAL"),
)


def test_refusals_can_be_read_in_the_ticket(desk):
    notebook, shown = desk
    bad = shown.locator('.bnb-message[data-tone="bad"]')
    for texts, words in REFUSED_BEFORE:
        for label, text in texts.items():
            shown.get_by_label(label, exact=True).fill(text)
        shown.locator(".bnb-place").click()
        expect(bad).to_contain_text(words)
        expect(shown.locator(".bnb-confirm")).to_be_hidden()
    ask = price(shown, "ask")
    values = {"below": round(ask * 0.99), "above": round(ask * 1.05)}
    for kind, side, texts, words in REFUSED_BY_THE_EXCHANGE:
        name, _, is_post_only = kind.partition(", ")
        choose(shown, name, side)
        if is_post_only:
            post_only(shown, True)
        place(notebook, shown, **{label: values.get(text, text) for label, text in texts.items()})
        expect(bad).to_contain_text(words, timeout=15_000)
        shown.get_by_role("button", name="New order").click()
    # A list: one leg breaks a rule, then the pair stands the wrong way round, then the exchange refuses its prices.
    choose(shown, "OCO", "sell")
    shown.get_by_label("Quantity", exact=True).fill("0.01")
    fill_part(shown, "Take profit", Price=values["above"])
    for stop, words in ((f"{values['below']}.001", "Below: stop_price"), (values["above"] + 100, "does not hold")):
        fill_part(shown, "Stop loss", Stop_price=stop)
        if words == "does not hold":
            expect(shown.locator("form > .bnb-complaint")).to_contain_text(words)
        else:
            shown.locator(".bnb-place").click()
            expect(bad).to_contain_text(words)
    fill_part(shown, "Take profit", Price=values["above"] + 200)
    shown.get_by_role("button", name="Test", exact=True).click()
    expect(bad).to_contain_text("the last price of BTCUSDT must lie between the prices of the pair")
    place(notebook, shown)
    expect(bad).to_contain_text("code -2010", timeout=15_000)
    shown.get_by_role("button", name="New order").click()
    expect(notebook.outputs(2).locator(".bnb-orders tr[data-order]")).to_have_count(0)
    assert notebook.run_cell(4).splitlines()[1:] == []


def test_the_test_button_asks_the_exchange_and_places_nothing(desk):
    notebook, shown = desk
    for label, text in {"Quantity": "0.01", "Price": "60000"}.items():
        shown.get_by_label(label, exact=True).fill(text)
    shown.get_by_role("button", name="Test", exact=True).click()
    notebook.expect_text(shown.locator(".bnb-message").last, "would accept this order. Nothing was placed.")
    assert notebook.run_cell(4).splitlines()[1:] == []


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_pictures_of_the_desk(open_notebook, theme):
    notebook = open_notebook(
        "from binance_nb import BinanceClient\nfrom binance_nb.widgets import Desk\n"
        "client = BinanceClient.sandbox(seed=7)\ndesk = Desk(client)\ndesk",
        "for n in range(6): client.place_market_order('BTCUSDT', 'BUY' if n % 3 else 'SELL', '0.05')\n"
        "ask = client.get_book_ticker('BTCUSDT')['ask_price'].iloc[0]\n"
        "for part in (0.97, 0.98, 1.02): client.place_limit_order("
        "'BTCUSDT', 'BUY' if part < 1 else 'SELL', '0.01', round(ask * part), round_to='nearest')",
        "client.close()",
    )
    notebook.page.set_viewport_size({"width": 1700, "height": 1400})
    notebook.set_theme(theme)
    try:
        notebook.run_cell(0)
        notebook.run_cell(1)
        shown = notebook.outputs(0)
        expect(shown.locator(".bnb-orders tr[data-order]")).to_have_count(3)
        expect(shown.locator(".bnb-line:not([hidden])").nth(5)).to_be_visible()
        ticket = shown.locator(".bnb-ticket")
        notebook.expect_text(ticket.locator(".bnb-free"), "USDT")
        expect(ticket.locator(".bnb-ask b")).not_to_have_text("–")
        ticket.locator(".bnb-ask").click()
        expect(ticket.get_by_label("Price", exact=True)).not_to_have_value("")
        ticket.get_by_role("button", name="25 %").click()
        expect(ticket.get_by_label("Quantity", exact=True)).not_to_have_value("")
        notebook.page.wait_for_timeout(1300)
        notebook.picture(f"desk_{theme.split()[1].lower()}", shown)
        notebook.run_cell(2)
    finally:
        notebook.set_theme("JupyterLab Light")
        notebook.page.set_viewport_size({"width": 1400, "height": 1000})
