"""The widgets held against axe, the accessibility checker, in light and dark; serious findings fail."""

from importlib.resources import files

import pytest
from playwright.sync_api import expect

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
SETUP = """
from tests.widgets.fake_client import FakeClient, trade
from tests.widgets.test_open_orders import as_answer
from binance_nb import frames
from binance_nb.widgets import AccountView, FillsTable, OpenOrders, OrderTicket, PriceView, StreamLight
client = FakeClient("testnet", held_fills=100)
client.answers["get_open_orders"] = lambda *_, **__: frames.orders(
    [as_answer(11), {**as_answer(12), "orderListId": 5}], exact=True)
"""
CELLS = (
    "OrderTicket(client)",
    "locked = FakeClient('mainnet'); OrderTicket(locked)",
    "FillsTable(client)",
    "FillsTable(FakeClient('demo'))",
    "OpenOrders(client)",
    "StreamLight(client)",
    "many = FakeClient('demo', assets=20); AccountView(many)",
    "PriceView(client)",
)
IMPACTS = ["minor", "moderate", "serious", "critical"]
RUN = """async (root, impacts = ["serious", "critical"]) => {
  const found = await axe.run(root, {resultTypes: ["violations"]});
  return found.violations
    .filter(violation => impacts.includes(violation.impact))
    .map(violation => violation.id + ": " + violation.nodes.map(
      node => node.target.join(" ") + " — " + node.failureSummary).join(" | "));
}"""


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_has_no_serious_finding(open_notebook, theme):
    notebook = open_notebook(SETUP, *CELLS)
    notebook.set_theme(theme)
    try:
        notebook.run_all()
        shown = [notebook.outputs(number).locator(".bnb").first for number in range(1, len(CELLS) + 1)]
        ticket, _, fills, _, orders, _, account, price = shown
        ticket.get_by_label("Quantity", exact=True).fill("0.01")
        ticket.get_by_label("Price", exact=True).fill("60000.005")
        notebook.expect_text(ticket.locator("[data-field=price]"), "tick")
        expect(fills.locator(".bnb-line").filter(has_text="▼ SELL").first).to_be_visible()
        expect(orders.locator("tbody tr").first).to_be_visible()
        expect(account.get_by_label("Find an asset")).to_be_visible()
        expect(price.get_by_role("img", name="Depth within")).to_be_visible()
        notebook.page.add_script_tag(content=AXE)
        found = {cell: one.evaluate(RUN) for cell, one in zip(CELLS, shown, strict=True)}
        ticket.get_by_role("button", name="Use 60000.01").click()
        ticket.locator(".bnb-place").click()
        expect(ticket.locator(".bnb-confirm")).to_be_visible()
        found["armed"] = ticket.evaluate(RUN)
        ticket.get_by_label("Type", exact=True).select_option("OTOCO")
        expect(ticket.locator("fieldset")).to_have_count(4)
        found["a list"] = ticket.evaluate(RUN)
        orders.get_by_role("button", name="Change order").first.click()
        expect(orders.locator("tr.bnb-change form").first).to_be_visible()
        found["a change"] = orders.evaluate(RUN)
        assert not any(found.values()), {cell: sentences for cell, sentences in found.items() if sentences}
    finally:
        notebook.set_theme("JupyterLab Light")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_has_no_finding_in_the_parts_of_a_desk_side_by_side(open_notebook, theme):
    notebook = open_notebook(SETUP + "from binance_nb.widgets import Desk", "desk = Desk(client); desk")
    notebook.set_theme(theme)
    try:
        notebook.run_all()
        desk = notebook.outputs(1).locator(".jp-OutputArea-output").first
        expect(desk.locator(".bnb")).to_have_count(6)
        for shown in (".bnb-orders tbody tr", ".bnb-line", ".bnb-account tbody tr", ".bnb-price [role=img]"):
            expect(desk.locator(shown).first).to_be_visible()
        notebook.page.add_script_tag(content=AXE)
        found = {"empty": desk.evaluate(RUN, IMPACTS)}
        ticket = desk.locator(".bnb-ticket")
        ticket.get_by_label("Quantity", exact=True).fill("0.01")
        ticket.get_by_label("Price", exact=True).fill("60000.01")
        ticket.locator(".bnb-place").click()
        expect(ticket.locator(".bnb-confirm")).to_be_visible()
        desk.get_by_role("button", name="Change order").first.click()
        desk.get_by_role("button", name="Cancel all").click()
        found["armed and asking"] = desk.evaluate(RUN, IMPACTS)
        assert not any(found.values()), {what: sentences for what, sentences in found.items() if sentences}
    finally:
        notebook.set_theme("JupyterLab Light")
