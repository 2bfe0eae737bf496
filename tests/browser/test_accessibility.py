"""The widgets held against axe, the accessibility checker, in light and dark; serious findings fail."""

from importlib.resources import files

import pytest
from playwright.sync_api import expect

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
SETUP = """
from tests.widgets.fake_client import FakeClient, trade
from tests.widgets.test_open_orders import as_answer
from binance_nb import frames
from binance_nb.widgets import FillsTable, OpenOrders, OrderTicket
client = FakeClient("testnet", held_fills=100)
client.answers["get_open_orders"] = lambda *_, **__: frames.orders([as_answer(11), as_answer(12)], exact=True)
"""
CASES = {
    "ticket": "OrderTicket(client)",
    "ticket_locked": "client.environment = 'mainnet'; OrderTicket(client)",
    "fills": "FillsTable(client)",
    "no_fills": "FillsTable(FakeClient('demo'))",
    "orders": "OpenOrders(client)",
}
RUN = """async root => {
  const found = await axe.run(root, {resultTypes: ["violations"]});
  return found.violations
    .filter(violation => ["serious", "critical"].includes(violation.impact))
    .map(violation => violation.id + ": " + violation.nodes.map(
      node => node.target.join(" ") + " — " + node.failureSummary).join(" | "));
}"""


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
@pytest.mark.parametrize("case", CASES)
def test_axe_has_no_serious_finding(open_notebook, case, theme):
    notebook = open_notebook(SETUP, CASES[case])
    notebook.set_theme(theme)
    try:
        notebook.run_all()
        shown = notebook.outputs(1).locator(".bnb").first
        expect(shown.locator(".bnb-badge strong")).not_to_be_empty()
        if case == "ticket":
            shown.get_by_label("Quantity", exact=True).fill("0.01")
            shown.get_by_label("Price", exact=True).fill("60000.005")
            notebook.expect_text(shown.locator("[data-field=price]"), "tick")
        if case in {"fills", "orders"}:
            expect(shown.locator(".bnb-line, tbody tr").filter(has_text="▼ SELL").first).to_be_visible()
        notebook.page.add_script_tag(content=AXE)
        found = shown.evaluate(RUN)
        if case == "ticket" and not found:
            shown.get_by_role("button", name="Use 60000.01").click()
            shown.locator(".bnb-place").click()
            expect(shown.locator(".bnb-confirm")).to_be_visible()
            found = shown.evaluate(RUN)
        assert not found, "\n".join(found)
    finally:
        notebook.set_theme("JupyterLab Light")
