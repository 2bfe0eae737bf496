"""The light of the stream, and the fills of both products, on a real sandbox."""

from playwright.sync_api import expect

from binance_nb.cassettes import find_secrets_in_notebook

SETUP = """
from binance_nb import BinanceClient, FuturesOrderRequest
from binance_nb.widgets import FillsTable, StreamLight
client = BinanceClient.sandbox(seed=7)
exchange = client.sandbox_process.control
"""


def figure(shown, name):
    return shown.locator("dl > div").filter(has_text=name).locator("dd")


def test_the_light_tells_of_a_cut_and_of_what_was_won_back(open_notebook):
    notebook = open_notebook(
        SETUP,
        "StreamLight(client)",
        "handle = client.start_stream()\nclient.place_market_order('BTCUSDT', 'BUY', '0.01');",
        "exchange.drop_sockets();",
        "print(client.close())",
    )
    notebook.run_cell(0)
    notebook.run_cell(1)
    shown = notebook.outputs(1).locator(".bnb-stream-light")
    light = shown.locator(".bnb-light")
    notebook.expect_text(light, "stream stopped")
    notebook.run_cell(2)
    notebook.expect_text(light, "live")
    notebook.expect_text(figure(shown, "Reconnects"), "0")
    notebook.expect_text(figure(shown, "Last event"), "s ago")
    notebook.run_cell(3)
    notebook.expect_text(figure(shown, "Reconnects"), "1")
    notebook.expect_text(figure(shown, "Gaps"), "1")
    notebook.expect_text(light, "live")
    notebook.picture("stream_light", shown)
    notebook.set_theme("JupyterLab Dark")
    try:
        notebook.picture("stream_light_dark", shown)
    finally:
        notebook.set_theme("JupyterLab Light")
    notebook.run_cell(4)
    notebook.expect_text(light, "stream stopped")


def test_fills_of_futures_stand_beside_those_of_spot_and_can_be_told_apart(open_notebook):
    notebook = open_notebook(
        SETUP,
        "table = FillsTable(client)\nclient.start_stream(product='usdm')\ntable",
        "client.place_market_order('BTCUSDT', 'BUY', '0.01');",
        "order = {'symbol': 'BTCUSDT', 'order_type': 'MARKET', 'quantity': '0.01'}\n"
        "for side in ('BUY', 'SELL'): client.place_futures_order(FuturesOrderRequest(side=side, **order))",
        "print(sorted(set(table.frame['product'])), len(table.frame) == len(client.fills()))",
        "print(client.close())",
    )
    for cell in range(3):
        notebook.run_cell(cell)
    shown = notebook.outputs(1).locator(".bnb-fills")
    heading = shown.get_by_role("columnheader")
    expect(shown.locator(".bnb-line").filter(has_text="BUY").first).to_be_visible()
    expect(heading.filter(has_text="Product")).to_have_count(0)
    notebook.run_cell(3)
    expect(heading.filter(has_text="Product")).to_have_count(1)
    expect(shown.locator(".bnb-line").filter(has_text="USD-M").first).to_be_visible()
    notebook.expect_text(shown.locator(".bnb-totals"), "Realized PnL")
    shown.get_by_label("Show fills of spot or of futures").select_option("usdm")
    expect(shown.locator(".bnb-line:not([hidden])").filter(has_text="Spot")).to_have_count(0)
    notebook.picture("fills_of_both_products", shown)
    assert notebook.run_cell(4).strip() == "['usdm'] False"
    shown.get_by_label("Show fills of spot or of futures").select_option("")
    expect(shown.locator(".bnb-line").filter(has_text="Spot").first).to_be_visible()
    assert notebook.run_cell(4).strip() == "['spot', 'usdm'] True"
    notebook.run_cell(5)


def test_a_restarted_kernel_leaves_the_last_figures_and_says_so(open_notebook):
    notebook = open_notebook(SETUP, "handle = client.start_stream()\nStreamLight(client)")
    notebook.run_cell(0)
    notebook.run_cell(1)
    shown = notebook.outputs(1).locator(".bnb-stream-light")
    notebook.expect_text(shown.locator(".bnb-light"), "live")
    notebook.restart_kernel()
    notebook.expect_text(shown.locator(".bnb-dead"), "The kernel behind this light is gone")
    notebook.expect_text(shown.locator(".bnb-light"), "no kernel")
    expect(figure(shown, "Connected since")).not_to_have_text("–")


def test_a_light_shown_twice_is_alive_in_both_places_and_readable_in_the_saved_notebook(open_notebook):
    notebook = open_notebook(SETUP, "handle = client.start_stream()\nlight = StreamLight(client)\nlight", "light")
    for cell in range(3):
        notebook.run_cell(cell)
    first, second = (notebook.outputs(cell).locator(".bnb-stream-light") for cell in (1, 2))
    for shown in (first, second):
        notebook.expect_text(shown.locator(".bnb-light"), "live")
    notebook.save()
    notebook.reload()
    notebook.expect_text(second.locator(".bnb-light"), "live")
    since = figure(first, "Connected since").inner_text()
    notebook.save()
    notebook.close()
    notebook.open()
    notebook.expect_text(first.locator(".bnb-dead"), "The kernel behind this light is gone")
    expect(figure(first, "Connected since")).to_have_text(since)
    assert find_secrets_in_notebook(notebook.server.notebooks / notebook.name) == []
