"""The futures account on the kernel's side: wallet, unrealised profit, margin balance and what is available."""

from decimal import Decimal

import pytest

from binance_nb.errors import StreamError
from binance_nb.widgets import AccountView, account_view
from tests.widgets.fake_futures import asset, leverage_update, wallet_update


@pytest.fixture(autouse=True)
def told_at_once(monkeypatch):
    """No pause between two tellings."""
    monkeypatch.setattr(AccountView, "SHOW_EVERY_S", 0.0)


@pytest.fixture
def clock(monkeypatch):
    """What the widget takes for the time; it stands still until a test moves it."""

    class Clock:
        now = 1000.0

        def monotonic(self):
            return self.now

    made = Clock()
    monkeypatch.setattr(account_view, "time", made)
    return made


@pytest.fixture
def account(client, clock, make):
    widget, page = make(AccountView, client, product="usdm")
    page.event("hello")
    widget.beat()
    widget.beat()
    return widget, page


def asked(client):
    return len(client.asked_for("get_futures_account_info"))


def amounts(widget, name):
    row = next(row for row in widget.view["rows"] if row["asset"] == name)
    return [row[column] for column, _ in widget.view["columns"]]


def test_wallet_profit_margin_and_what_is_available_are_told_exactly_and_valued(client, account):
    widget, _ = account
    assert [heading for _, heading in widget.view["columns"]] == ["Wallet", "Unrealised", "Margin", "Available"]
    assert amounts(widget, "USDT") == ["12000", "-20", "11980", "10000"]
    assert [row["asset"] for row in widget.view["rows"]] == ["USDT"]  # of BNB there is none
    assert (widget.view["product"], widget.view["worth"]) == ("USD-M futures", "11,980.00")
    assert widget.balances["USDT"].margin_balance == Decimal(11980)


def test_it_follows_the_stream_of_futures_and_asks_for_nothing_of_spot(client, account):
    assert ("start_stream", (), {"product": "usdm"}) in client.asked
    assert client.balance_subscriptions == []
    assert client.asked_for("get_account_info") == client.asked_for("get_price") == []


def test_other_assets_are_valued_by_the_prices_of_futures(client, clock, make):
    client.futures_assets = [asset("USDT", "100"), asset("BNB", "2"), asset("XYZ", "5")]
    widget, page = make(AccountView, client, product="usdm")
    page.event("hello")
    widget.beat()
    widget.beat()
    values = [(row["asset"], row["value"]) for row in widget.view["rows"]]
    assert values == [("BNB", "1,200.00"), ("USDT", "100.00"), ("XYZ", "")]
    assert (widget.view["worth"], widget.view["unpriced"]) == ("1,300.00", 1)


@pytest.mark.parametrize(("wallet", "direction"), [("11000", "down"), ("12000.01", "up")])
def test_the_stream_tells_of_the_wallet_and_the_rest_is_asked_for_soon_after(client, clock, account, wallet, direction):
    widget, _ = account
    before = asked(client)
    client.futures_assets = [asset("USDT", wallet, profit="5", available="9000")]
    client.tell_futures(wallet_update(USDT=wallet))
    widget.beat()
    assert amounts(widget, "USDT")[0] == wallet
    assert (widget.view["rows"][0]["turn"], widget.view["rows"][0]["direction"]) == (1, direction)
    assert asked(client) == before
    clock.now += 0.6
    widget.beat()
    assert asked(client) == before + 1
    assert amounts(widget, "USDT")[1:] == ["5", str(Decimal(wallet) + 5), "9000"]
    assert widget.view["rows"][0]["turn"] == 1


def test_profit_that_moves_with_the_market_is_shown_and_points_nowhere(client, clock, account):
    widget, _ = account
    client.futures_assets = [asset("USDT", "12000", profit="300", available="10100")]
    clock.now += 5.1
    widget.beat()
    widget.beat()
    assert amounts(widget, "USDT") == ["12000", "300", "12300", "10100"]
    assert widget.view["rows"][0]["turn"] == 0


def test_an_asset_that_the_stream_tells_of_first_is_there(client, account):
    widget, _ = account
    client.tell_futures(wallet_update(ETH="3"))
    widget.beat()
    assert amounts(widget, "ETH") == ["3", "0", "3", "3"]


def test_another_leverage_makes_it_ask(client, clock, account):
    widget, _ = account
    before = asked(client)
    client.tell_futures(leverage_update(5))
    widget.beat()
    clock.now += 0.6
    widget.beat()
    assert asked(client) == before + 1


def test_its_words_name_the_product(account):
    widget, _ = account
    words = widget._static_html()
    assert "USD-M futures balances on sandbox, worth about 11,980.00 USDT" in words
    assert "<td>USDT</td><td>12000</td><td>-20</td><td>11980</td><td>10000</td><td>11,980.00</td>" in words


def test_a_product_that_there_is_none_of_is_refused(client):
    with pytest.raises(StreamError, match="product is"):
        AccountView(client, product="coinm")
