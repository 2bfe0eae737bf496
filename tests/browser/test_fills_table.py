"""The table of fills in JupyterLab, in a real browser, with a client that tells fills as fast as wanted."""

import re

import pytest
from playwright.sync_api import expect

from binance_nb.cassettes import find_secrets_in_notebook
from tests.browser.page import CELL_ENDED

CLIENT = """
from tests.widgets.fake_client import FakeClient, trade
from binance_nb.widgets import FillsTable
client = FakeClient(held_fills={held})
"""


@pytest.fixture
def table(open_notebook):
    """A function that opens a notebook with a table in its second cell; returns the page and the table's element."""

    def open_it(*more, held=0, make="table = FillsTable(client); table", front_end="lab", subshells=True):
        notebook = open_notebook(CLIENT.format(held=held), make, *more, front_end=front_end)
        if not subshells:
            notebook.without_subshells()
        notebook.run_cell(0)
        notebook.run_cell(1)
        shown = notebook.outputs(1).locator(".bnb-fills").first
        expect(shown.get_by_role("grid")).to_be_visible()
        return notebook, shown

    return open_it


def rows(shown):
    return shown.locator(".bnb-line:not([hidden])")


def top_row(shown):
    """The text of the topmost row in sight."""
    return shown.evaluate(
        """root => {
          const lines = [...root.querySelectorAll(".bnb-line:not([hidden])")];
          const head = root.querySelector(".bnb-head").getBoundingClientRect().bottom;
          const seen = lines.filter(line => line.getBoundingClientRect().bottom > head + 5);
          seen.sort((one, other) => one.getBoundingClientRect().top - other.getBoundingClientRect().top);
          return seen.length ? seen[0].innerText.replace(/\\s+/g, " ") : "";
        }"""
    )


def wait_for_order(notebook, shown, number, timeout_ms=15_000):
    """Wait until the topmost row is of this order or a later one."""
    for _ in range(timeout_ms // 100):
        found = re.search(r"9000000(\d{3})", top_row(shown))
        if found and int(found[1]) >= number:
            return
        notebook.page.wait_for_timeout(100)
    pytest.fail(f"order {number} never came to the top; picture: {notebook.picture('failed_top', shown)}")


def wait_for_top(notebook, shown, text, timeout_ms=15_000):
    for _ in range(timeout_ms // 100):
        found = top_row(shown)
        if text in found:
            return
        notebook.page.wait_for_timeout(100)
    pytest.fail(f"the topmost row is {found!r} and not {text!r}; picture: {notebook.picture('failed_top', shown)}")


@pytest.mark.parametrize("front_end", ["lab", "notebook"])
def test_a_fill_appears_on_top_as_it_happens(table, front_end):
    notebook, shown = table("client.tell(trade(1))", "client.tell(trade(2, side='SELL'))", front_end=front_end)
    expect(shown.get_by_text("No fills yet")).to_be_visible()
    notebook.run_cell(2)
    wait_for_top(notebook, shown, "9000000001")
    notebook.run_cell(3)
    wait_for_top(notebook, shown, "▼ SELL")
    expect(rows(shown)).to_have_count(2)
    notebook.expect_text(shown.locator(".bnb-totals"), "▲ Bought 0.01")


def test_rows_appear_while_a_cell_computes(table):
    notebook, shown = table("import time\nfor n in range(1, 40): client.tell(trade(n)); time.sleep(0.1)")
    notebook.start_cell(2)
    wait_for_order(notebook, shown, 5)
    assert not notebook.on_panel(CELL_ENDED, 2)


def test_rows_appear_while_a_cell_computes_and_the_kernel_hears_nothing(table):
    notebook, shown = table(
        "import time\nfrom binance_nb.widgets import base\nbase.PAGE_SILENT_S = 2  # instead of ten, to wait less\n"
        "for n in range(1, 61): client.tell(trade(n)); time.sleep(0.1)",
        subshells=False,
    )
    notebook.start_cell(2)
    wait_for_order(notebook, shown, 50)


def test_the_table_scrolls_from_end_to_end_and_back(table):
    notebook, shown = table(held=60_000)
    wait_for_top(notebook, shown, "-60000")
    grid = shown.get_by_role("grid")
    grid.evaluate("grid => { grid.scrollTop = grid.scrollHeight; }")
    expect(rows(shown).filter(has_text="old-").or_(rows(shown)).first).to_be_visible()
    expect(shown.locator('[aria-rowindex="60001"]')).to_contain_text("-1")
    grid.evaluate("grid => { grid.scrollTop = grid.scrollHeight / 2; }")
    wait_for_top(notebook, shown, "-30")
    shown.get_by_role("button", name="↑ newest").click()
    wait_for_top(notebook, shown, "-60000")


def test_what_a_person_reads_stays_in_place_while_fills_arrive(table):
    notebook, shown = table("client.pour(200, 2).join()", held=2000)
    wait_for_top(notebook, shown, "-2000")
    grid = shown.get_by_role("grid")
    grid.evaluate("grid => { grid.scrollTop = 26 * 700; }")
    wait_for_top(notebook, shown, "-1300")
    notebook.run_cell(2)
    notebook.expect_text(shown.locator(".bnb-totals"), "2,400")
    assert "-1300" in top_row(shown)


def test_filters_and_sorting(table):
    notebook, shown = table("print(len(table.frame), table.frame['symbol'].unique().tolist())", held=400)
    shown.get_by_label("Show fills of one symbol").select_option("ETHUSDT")
    notebook.expect_text(shown.locator(".bnb-totals"), "100 of 400")
    shown.get_by_label("Find a text in symbols and ids").fill("old-8")
    notebook.expect_text(shown.locator(".bnb-totals"), "4 of 400")
    assert notebook.run_cell(2) == "4 ['ETHUSDT']\n"
    shown.get_by_label("Find a text in symbols and ids").fill("")
    notebook.expect_text(shown.locator(".bnb-totals"), "100 of 400")
    shown.get_by_role("columnheader", name="Price").get_by_role("button").click()
    expect(shown.get_by_role("columnheader", name="Price")).to_have_attribute("aria-sort", "descending")
    wait_for_top(notebook, shown, " 106 ")
    shown.get_by_role("columnheader", name="Price").get_by_role("button").click()
    wait_for_top(notebook, shown, " 100 ")


def test_selected_rows_are_a_frame_in_the_next_cell(table):
    notebook, shown = table("print(table.selected['trade_id'].tolist())", held=50)
    wait_for_top(notebook, shown, "-50")
    grid = shown.get_by_role("grid")
    grid.focus()
    for key in ("ArrowDown", "ArrowDown", "Shift+ArrowDown", "Shift+ArrowDown"):
        notebook.page.keyboard.press(key)
    expect(shown.locator('.bnb-line[aria-selected="true"]')).to_have_count(3)
    notebook.expect_text(shown.locator(".bnb-totals"), "Selected 3")
    assert notebook.run_cell(2) == "[-47, -48, -49]\n"


def test_a_csv_of_all_rows_is_a_download(table):
    notebook, shown = table(held=30)
    wait_for_top(notebook, shown, "-30")
    with notebook.page.expect_download() as started:
        shown.get_by_role("button", name="CSV").click()
    with open(started.value.path(), encoding="utf-8") as file:
        lines = file.read().splitlines()
    assert len(lines) == 31
    assert lines[0].startswith("transaction_time,symbol,side")


def test_selected_rows_are_copied_as_in_the_frame(table):
    notebook, shown = table(held=30)
    wait_for_top(notebook, shown, "-30")
    rows(shown).filter(has_text="-28").first.click()
    notebook.page.evaluate(
        "() => { navigator.clipboard.writeText = text => { window.bnbCopied = text; return Promise.resolve(); }; }"
    )
    shown.get_by_role("button", name="Copy").click()
    expect(shown.get_by_role("button", name="Copied 1")).to_be_visible()
    heading, row = notebook.page.evaluate("() => window.bnbCopied").splitlines()
    assert heading.split("\t")[:3] == ["transaction_time", "symbol", "side"]
    assert row.split("\t")[:4] == ["2026-11-06 21:20:00.027", "BTCUSDT", "BUY", "0.5"]


def test_columns_can_be_chosen(table):
    notebook, shown = table(held=5)
    expect(shown.get_by_role("columnheader", name="Client order id")).to_have_count(0)
    shown.get_by_text("Columns").click()
    shown.get_by_label("Client order id").check()
    expect(shown.get_by_role("columnheader", name="Client order id")).to_be_visible()
    wait_for_top(notebook, shown, "old-4")


def test_a_table_shown_twice_is_alive_in_both_places(table):
    notebook, shown = table("table", "client.tell(trade(1))", held=3)
    notebook.run_cell(2)
    second = notebook.outputs(2).locator(".bnb-fills")
    notebook.run_cell(3)
    wait_for_top(notebook, shown, "9000000001")
    wait_for_top(notebook, second, "9000000001")


def test_a_reload_brings_all_rows_back_and_goes_on(table):
    notebook, shown = table("client.tell(trade(1))", held=3000)
    wait_for_top(notebook, shown, "-3000")
    notebook.save()
    notebook.reload()
    shown = notebook.outputs(1).locator(".bnb-fills").first
    wait_for_top(notebook, shown, "-3000")
    notebook.run_cell(2)
    wait_for_top(notebook, shown, "9000000001")
    notebook.expect_text(shown.locator(".bnb-totals"), "3,001")


def test_a_kernel_that_is_gone_leaves_the_rows_and_says_so(table):
    notebook, shown = table(held=3)
    wait_for_top(notebook, shown, "-3")
    notebook.restart_kernel()
    expect(shown.get_by_text("The kernel behind this table is gone")).to_be_visible(timeout=15_000)
    wait_for_top(notebook, shown, "-3")


def test_a_saved_notebook_opened_without_its_kernel_still_shows_the_last_rows(table):
    notebook, shown = table(held=100)
    wait_for_top(notebook, shown, "-100")
    expect(shown.locator(".bnb-totals")).to_contain_text("100")
    notebook.page.wait_for_timeout(6000)  # the last rows are put aside every five seconds
    notebook.save()
    notebook.close()
    notebook.open()
    shown = notebook.outputs(1).locator(".bnb-fills").first
    wait_for_top(notebook, shown, "-100")
    expect(shown.get_by_text("The kernel behind this table is gone")).to_be_visible(timeout=15_000)
    assert find_secrets_in_notebook(notebook.server.notebooks / notebook.name) == []


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_pictures_of_the_table(table, theme):
    notebook, shown = table("for n in range(1, 4): client.tell(trade(n, side='SELL' if n % 2 else 'BUY'))", held=400)
    notebook.set_theme(theme)
    try:
        notebook.run_cell(2)
        wait_for_top(notebook, shown, "9000000003")
        shown.get_by_label("Show fills of one symbol").select_option("BTCUSDT")
        notebook.expect_text(shown.locator(".bnb-totals"), "VWAP")
        rows(shown).filter(has_text="-398").first.click()
        notebook.page.wait_for_timeout(300)
        notebook.picture(f"fills_{theme.split()[1].lower()}", shown)
    finally:
        notebook.set_theme("JupyterLab Light")


def test_a_gap_is_a_band_between_the_rows_and_stays_at_its_place(table):
    notebook, shown = table(
        "for n in range(1, 31): client.tell(trade(n, source='recovered' if n > 26 else 'stream'))\n"
        "client.miss(26, 30, fills=4)\nfor n in range(31, 34): client.tell(trade(n))",
        "client.pour(50, 1, first=1000).join()",
        "print(len(table.selected))",
    )
    notebook.run_cell(2)
    wait_for_top(notebook, shown, "9000000033")
    band = shown.locator(".bnb-gap:not([hidden])")
    notebook.expect_text(band, "stream was away for 40 ms at 11:06:40, 4 fills recovered")
    notebook.expect_text(shown.locator(".bnb-totals"), "Fills 33")
    around = shown.evaluate(
        """root => {
          const lines = [...root.querySelectorAll(".bnb-line:not([hidden])")];
          lines.sort((one, other) => one.getBoundingClientRect().top - other.getBoundingClientRect().top);
          const place = lines.findIndex(line => line.classList.contains("bnb-gap"));
          const [above, below] = [lines[place - 1].dataset, lines[place + 1].dataset];
          return [above.position, below.position, below.source];
        }"""
    )
    assert around == ["30", "29", "recovered"]
    grid = shown.get_by_role("grid")
    band.click()
    grid.focus()
    for _ in range(5):
        notebook.page.keyboard.press("Shift+ArrowDown")
    notebook.expect_text(shown.locator(".bnb-totals"), "Selected 5")
    notebook.picture("fills_with_a_gap", shown)
    notebook.run_cell(3)
    grid.evaluate("grid => { grid.scrollTop = 26 * 45; }")
    notebook.expect_text(band, "4 fills recovered")
    assert notebook.run_cell(4).strip() == "5"
    grid.focus()
    notebook.page.keyboard.press("End")
    expect(shown.locator('.bnb-line[data-position="0"]')).to_be_visible()
    expect(shown.locator('[aria-rowindex="85"]')).to_have_attribute("data-position", "0")
