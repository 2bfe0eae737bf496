"""The futures ticket and the table of positions held against axe, in light and dark; serious findings fail."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessibility import AXE, IMPACTS, RUN

SETUP = """
from tests.widgets.fake_futures import FakeFuturesClient, position
from binance_nb.widgets import Desk, OrderTicket, PositionsTable
client = FakeFuturesClient("demo", positions=[position(side="LONG"), position("-0.02", side="SHORT")], is_hedged=True)
"""


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_has_no_serious_finding_with_futures(open_notebook, theme):
    notebook = open_notebook(
        SETUP,
        "OrderTicket(client, product='usdm')",
        "PositionsTable(client)",
        "OrderTicket(FakeFuturesClient('mainnet'), product='usdm')",
    )
    notebook.set_theme(theme)
    try:
        notebook.run_all()
        ticket, positions, locked = (notebook.outputs(cell).locator(".bnb").first for cell in (1, 2, 3))
        expect(positions.locator("tr[data-position]")).to_have_count(2)
        ticket.get_by_label("Type", exact=True).select_option("STOP")
        ticket.get_by_label("Price", exact=True).fill("64000.05")
        notebook.expect_text(ticket.locator("[data-field=price]"), "tick")
        notebook.page.add_script_tag(content=AXE)
        found = {"ticket": ticket.evaluate(RUN), "positions": positions.evaluate(RUN), "locked": locked.evaluate(RUN)}
        ticket.get_by_role("button", name="Change leverage").click()
        ticket.get_by_label("New leverage").fill("5")
        found["leverage"] = ticket.evaluate(RUN)
        ticket.get_by_role("button", name="Review …").click()
        expect(ticket.get_by_role("button", name="Change it")).to_be_visible()
        positions.get_by_role("button", name="Close BTCUSDT SHORT").click()
        expect(positions.get_by_role("button", name="Close it")).to_be_visible()
        found |= {"leverage armed": ticket.evaluate(RUN), "closing armed": positions.evaluate(RUN)}
        notebook.picture(f"futures_hedge_{theme.split()[1].lower()}", ticket)
        assert not any(found.values()), {part: sentences for part, sentences in found.items() if sentences}
    finally:
        notebook.set_theme("JupyterLab Light")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_has_no_finding_in_the_parts_of_a_desk_of_futures(open_notebook, theme):
    notebook = open_notebook(SETUP, "Desk(client, product='usdm')")
    notebook.set_theme(theme)
    try:
        notebook.run_all()
        desk = notebook.outputs(1).locator(".jp-OutputArea-output").first
        expect(desk.locator(".bnb")).to_have_count(7)
        for shown in ("tr[data-position]", ".bnb-account tbody tr", ".bnb-price [role=img]"):
            expect(desk.locator(shown).first).to_be_visible()
        desk.get_by_role("button", name="Close BTCUSDT SHORT").click()
        expect(desk.get_by_role("button", name="Close it")).to_be_visible()
        notebook.page.add_script_tag(content=AXE)
        assert desk.evaluate(RUN, IMPACTS) == []
        notebook.picture(f"futures_desk_{theme.split()[1].lower()}", desk)
    finally:
        notebook.set_theme("JupyterLab Light")
