"""The order ticket in JupyterLab, in a real browser, with a client that answers from lists."""

import pytest
from playwright.sync_api import expect

CLIENT = """
from tests.widgets.fake_client import FakeClient, trade
from binance_nb.errors import OrderRejected
from binance_nb.widgets import OrderTicket
client = FakeClient({environment!r}, delay_s={delay_s})
"""
PLACED = "print(len(client.asked_for('place_spot_order')))"


@pytest.fixture
def ticket(open_notebook):
    """A function that opens a notebook with a ticket in its second cell; returns the page and the ticket's element."""

    def open_it(make="OrderTicket(client)", *more, environment="sandbox", delay_s=0.0, front_end="lab", subshells=True):
        notebook = open_notebook(
            CLIENT.format(environment=environment, delay_s=delay_s), make, PLACED, *more, front_end=front_end
        )
        notebook.run_cell(0)
        if not subshells:
            notebook.without_subshells()
        notebook.run_cell(1)
        shown = notebook.outputs(1).locator(".bnb-ticket")
        expect(shown.get_by_label("Quantity", exact=True)).to_be_visible()
        return notebook, shown

    return open_it


def fill(shown, **texts):
    for label, text in texts.items():
        shown.get_by_label(label.replace("_", " "), exact=True).fill(text)


def arm(shown):
    shown.locator(".bnb-place").click()
    expect(shown.locator(".bnb-confirm")).to_be_visible()


def confirm(notebook, shown):
    notebook.page.wait_for_timeout(500)  # a person reads the order before confirming it
    shown.locator(".bnb-confirm").click()


@pytest.mark.parametrize("front_end", ["lab", "notebook"])
def test_an_order_is_typed_armed_confirmed_and_its_result_shown(ticket, front_end):
    notebook, shown = ticket(front_end=front_end)
    fill(shown, Quantity="0.01", Price="60000")
    arm(shown)
    notebook.expect_text(shown.locator(".bnb-summary"), "BUY 0.01 BTC · BTCUSDT · LIMIT · at 60000 USDT · GTC")
    confirm(notebook, shown)
    notebook.expect_text(shown.locator(".bnb-result"), "NEW · BUY BTCUSDT · filled 0 of 0.01 BTC · order 701")
    assert notebook.run_cell(2) == "1\n"


def test_the_badge_says_where_orders_go(ticket):
    _, shown = ticket(environment="testnet")
    expect(shown.locator(".bnb-badge")).to_have_text("TESTNETtest money, on Binance's testnet")


def test_clicks_in_quick_succession_make_one_order(ticket):
    notebook, shown = ticket(delay_s=0.4)
    fill(shown, Quantity="0.01", Price="60000")
    arm(shown)
    notebook.page.wait_for_timeout(500)
    # Four clicks as fast as the page can make them, past the page's own guard too.
    shown.locator(".bnb-confirm").evaluate(
        "button => { for (let n = 0; n < 4; n++) { button.disabled = false; button.click(); } }"
    )
    notebook.expect_text(shown.locator(".bnb-result"), "order 701")
    assert notebook.run_cell(2) == "1\n"


def test_a_double_click_on_place_arms_and_does_not_send(ticket):
    notebook, shown = ticket()
    fill(shown, Quantity="0.01", Price="60000")
    notebook.expect_text(shown.locator(".bnb-estimate"), "600.00 USDT")  # nothing moves any more
    box = shown.locator(".bnb-place").bounding_box()
    notebook.page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, delay=10)
    expect(shown.locator(".bnb-confirm")).to_be_visible()
    notebook.page.wait_for_timeout(300)
    assert notebook.run_cell(2) == "0\n"


def test_a_click_during_a_busy_cell_is_sent_at_once_or_not_at_all(ticket):
    notebook, shown = ticket("OrderTicket(client)", "import time; time.sleep(4); print(len(client.asked))")
    fill(shown, Quantity="0.01", Price="60000")
    arm(shown)
    notebook.page.wait_for_timeout(500)
    notebook.start_cell(3)
    notebook.page.wait_for_timeout(300)
    shown.locator(".bnb-confirm").click()
    # Which of the two depends on the version of the kernel: some hear the page while a cell computes, some do not.
    either = shown.locator(".bnb-result:visible", has_text="order 701").or_(
        shown.locator(".bnb-message", has_text="was not sent")
    )
    expect(either).to_be_visible(timeout=10_000)
    was_sent = shown.locator(".bnb-result:visible").count()
    assert notebook.run_cell(2) == f"{was_sent}\n"


def test_a_click_that_waited_behind_a_busy_cell_is_refused(ticket):
    notebook, shown = ticket("OrderTicket(client)", "import time; time.sleep(4)", subshells=False)
    fill(shown, Quantity="0.01", Price="60000")
    arm(shown)
    notebook.page.wait_for_timeout(500)
    notebook.start_cell(3)
    notebook.page.wait_for_timeout(300)
    shown.locator(".bnb-confirm").click()
    notebook.expect_text(shown, "The kernel is busy with a cell")
    notebook.expect_text(shown.locator(".bnb-message").last, "behind a busy cell, so it was not sent")
    assert notebook.run_cell(2) == "0\n"


def test_the_keyboard_alone_places_an_order(ticket):
    notebook, shown = ticket()
    keyboard = notebook.page.keyboard
    shown.get_by_label("Quantity", exact=True).focus()
    keyboard.type("0.01")
    keyboard.press("Tab")
    keyboard.type("60000")
    keyboard.press("ArrowUp")
    expect(shown.get_by_label("Price", exact=True)).to_have_value("60000.01")
    keyboard.press("Enter")
    expect(shown.locator(".bnb-confirm")).to_be_focused()
    keyboard.press("Escape")
    expect(shown.locator(".bnb-confirm")).to_be_hidden()
    shown.get_by_label("Price", exact=True).focus()
    keyboard.press("Enter")
    expect(shown.locator(".bnb-confirm")).to_be_focused()
    notebook.page.wait_for_timeout(500)
    keyboard.press("Enter")
    notebook.expect_text(shown.locator(".bnb-result"), "order 701")
    assert notebook.run_cell(2) == "1\n"


def test_a_broken_rule_is_told_as_it_is_typed_and_mended_by_a_click(ticket):
    notebook, shown = ticket()
    fill(shown, Quantity="0.01", Price="60000.005")
    field = shown.locator("[data-field=price]")
    notebook.expect_text(field, "is not on the tick of 0.01")
    expect(shown.get_by_label("Price", exact=True)).to_have_attribute("aria-invalid", "true")
    field.get_by_role("button", name="Use 60000.01").click()
    expect(shown.get_by_label("Price", exact=True)).to_have_value("60000.01")
    expect(field.locator(".bnb-complaint")).to_be_empty()


def test_nothing_typed_is_lost_while_the_kernel_is_busy(ticket):
    notebook, shown = ticket("OrderTicket(client)", "import time; time.sleep(2)", subshells=False)
    notebook.start_cell(3)
    shown.get_by_label("Type", exact=True).select_option("STOP_LOSS_LIMIT")
    shown.get_by_role("button", name="Sell", exact=False).first.click()
    fill(shown, Quantity="0.01", Price="59900")
    notebook.page.wait_for_timeout(200)
    fill(shown, Price="59950")
    expect(shown.locator("[data-field]")).to_have_count(6, timeout=10_000)
    fill(shown, Stop_price="60000")
    arm(shown)
    notebook.expect_text(
        shown.locator(".bnb-summary"), "SELL 0.01 BTC · BTCUSDT · STOP_LOSS_LIMIT · at 59950 USDT · stop 60000"
    )


def test_two_views_of_a_ticket_show_the_same(ticket):
    notebook, shown = ticket("t = OrderTicket(client); t", "t")
    notebook.run_cell(3)
    other = notebook.outputs(3).locator(".bnb-ticket")
    fill(shown, Quantity="0.01")
    expect(other.get_by_label("Quantity", exact=True)).to_have_value("0.01")
    fill(other, Price="60000")
    expect(shown.get_by_label("Price", exact=True)).to_have_value("60000")
    arm(other)
    notebook.expect_text(shown.locator(".bnb-summary"), "BUY 0.01 BTC")


def test_fields_come_and_go_with_the_type(ticket):
    _, shown = ticket()
    fields = shown.locator("[data-field]")
    shown.get_by_label("Type", exact=True).select_option("MARKET")
    expect(fields).to_have_count(2)
    shown.get_by_label("Type", exact=True).select_option("STOP_LOSS_LIMIT")
    expect(fields).to_have_count(6)


def test_the_orders_of_a_list_are_parts_of_the_form(ticket):
    notebook, shown = ticket()
    shown.get_by_label("Type", exact=True).select_option("OTOCO")
    parts = shown.get_by_role("group").and_(shown.locator("fieldset"))
    expect(parts).to_have_count(4)
    profit = shown.get_by_role("group", name="Take profit", exact=True)
    expect(profit.get_by_label("Stop price", exact=True)).to_have_count(0)
    profit.get_by_label("Order", exact=True).select_option("TAKE_PROFIT")
    expect(profit.get_by_label("Stop price", exact=True)).to_be_visible()
    shown.get_by_role("group", name="First", exact=True).get_by_label("Quantity", exact=True).fill("0.000011")
    notebook.expect_text(shown.locator('[data-field="working.quantity"]'), "LOT_SIZE")
    shown.get_by_role("button", name="Use 0.00001, the nearest valid value").click()
    expect(shown.get_by_label("Quantity", exact=True).first).to_have_value("0.00001")
    shown.locator(".bnb-bid").click()
    expect(shown.get_by_label("Price", exact=True).first).to_have_value("63999.99")


def test_the_estimate_walks_the_book_and_says_when_it_is_too_thin(ticket):
    notebook, shown = ticket()
    shown.get_by_label("Type", exact=True).select_option("MARKET")
    fill(shown, Quantity="3")
    notebook.expect_text(shown.locator(".bnb-estimate"), "about 64,001.01, 0.002 % from the best")
    fill(shown, Quantity="120")
    notebook.expect_text(shown.locator(".bnb-estimate"), "the book cannot fill 20 BTC")
    shown.get_by_label("Type", exact=True).select_option("LIMIT")
    fill(shown, Quantity="1", Price="64001")
    shown.get_by_label("Post-only", exact=False).check()
    notebook.expect_text(shown.locator(".bnb-warning").last, "the exchange will refuse it")


def test_the_book_and_the_balance_are_a_click(ticket):
    notebook, shown = ticket()
    notebook.expect_text(shown.locator(".bnb-bid"), "63,999.99")
    shown.locator(".bnb-ask").click()
    expect(shown.get_by_label("Price", exact=True)).to_have_value("64000.01")
    shown.get_by_role("button", name="25 %").click()
    expect(shown.get_by_label("Quantity", exact=True)).to_have_value("0.39062")
    notebook.expect_text(shown.locator(".bnb-estimate"), "25.00 USDT (0.1 %)")


def test_a_refusal_of_the_exchange_shows_in_the_ticket(ticket):
    notebook, shown = ticket(
        "client.answers['place_spot_order'] = OrderRejected("
        "'Account has insufficient balance for requested action.', code=-2010, http_status=400)\nOrderTicket(client)"
    )
    fill(shown, Quantity="0.01", Price="60000")
    arm(shown)
    confirm(notebook, shown)
    notebook.expect_text(shown, "Account has insufficient balance for requested action. (code -2010, HTTP 400)")
    shown.get_by_role("button", name="New order").click()
    expect(shown.get_by_label("Price", exact=True)).to_have_value("60000")


def test_mainnet_is_locked(ticket):
    notebook, shown = ticket(environment="mainnet")
    notebook.expect_text(shown.locator(".bnb-lock"), "OrderTicket(client, allow_mainnet=True)")
    expect(shown.locator(".bnb-badge")).to_contain_text("REAL MONEY")
    expect(shown.locator(".bnb-place")).to_be_disabled()
    notebook.picture("ticket_mainnet_locked", shown)


def test_on_mainnet_an_order_goes_out_only_with_its_symbol_typed(ticket):
    notebook, shown = ticket("OrderTicket(client, allow_mainnet=True)", environment="mainnet")
    fill(shown, Quantity="0.01", Price="60000")
    arm(shown)
    expect(shown.locator(".bnb-typed")).to_be_focused()
    confirm(notebook, shown)
    notebook.expect_text(shown.locator(".bnb-message").last, "Type BTCUSDT")
    notebook.picture("ticket_mainnet_confirm", shown)
    shown.locator(".bnb-typed").fill("btcusdt")
    shown.locator(".bnb-confirm").click()
    notebook.expect_text(shown.locator(".bnb-result"), "order 701")
    assert notebook.run_cell(2) == "1\n"


def test_a_reload_shows_the_same_ticket_and_it_still_works(ticket):
    notebook, shown = ticket()
    fill(shown, Quantity="0.01", Price="60000")
    arm(shown)
    notebook.save()
    notebook.reload()
    shown = notebook.outputs(1).locator(".bnb-ticket")
    notebook.expect_text(shown.locator(".bnb-summary"), "at 60000 USDT")
    confirm(notebook, shown)
    notebook.expect_text(shown.locator(".bnb-result"), "order 701")


def test_a_kernel_that_is_gone_is_said_and_nothing_can_be_sent(ticket):
    notebook, shown = ticket()
    notebook.restart_kernel()
    expect(shown.get_by_text("The kernel behind this ticket is gone")).to_be_visible(timeout=15_000)
    expect(shown.locator(".bnb-place")).to_be_disabled()


def test_an_exception_in_a_callback_shows_in_the_ticket(ticket):
    notebook, shown = ticket("t = OrderTicket(client); t._on_arm = lambda content: 1 / 0\nt")
    shown.locator(".bnb-place").click()
    notebook.expect_text(shown.locator(".bnb-alert"), "ZeroDivisionError: division by zero")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_pictures_of_the_ticket(ticket, theme):
    notebook, shown = ticket()
    notebook.set_theme(theme)
    try:
        word = theme.split()[1].lower()
        notebook.expect_text(shown.locator(".bnb-bid"), "63,999.99")
        notebook.expect_text(shown.locator(".bnb-free"), "100,000 USDT free")
        notebook.picture(f"ticket_empty_{word}", shown)
        shown.get_by_label("Type", exact=True).select_option("STOP_LOSS_LIMIT")
        shown.get_by_role("button", name="Sell").click()
        fill(shown, Quantity="0.01", Price="59900.005", Stop_price="60000")
        notebook.expect_text(shown.locator("[data-field=price]"), "tick of 0.01")
        notebook.picture(f"ticket_complaint_{word}", shown)
        fill(shown, Price="59900")
        expect(shown.locator("[data-field=price] .bnb-complaint")).to_be_empty()
        arm(shown)
        notebook.picture(f"ticket_armed_{word}", shown)
        confirm(notebook, shown)
        notebook.expect_text(shown.locator(".bnb-result"), "order 701")
        notebook.picture(f"ticket_done_{word}", shown)
    finally:
        notebook.set_theme("JupyterLab Light")
