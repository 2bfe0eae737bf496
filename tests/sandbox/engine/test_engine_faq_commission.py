"""The worked example of the commission FAQ, with and without paying in BNB."""

from decimal import Decimal

import pytest

from binance_nb.models.enums import OrderSide, OrderStatus
from binance_nb.sandbox.engine.records import CommissionRates, Rates


def rates(**changes):
    return CommissionRates(
        **{
            "standard": Rates(
                Decimal("0.00000010"), Decimal("0.00000020"), Decimal("0.00000030"), Decimal("0.00000040")
            ),
            "special": Rates(Decimal("0.01"), Decimal("0.02"), Decimal("0.03"), Decimal("0.04")),
            "tax": Rates(Decimal("0.00000112"), Decimal("0.00000114"), Decimal("0.00000118"), Decimal("0.00000116")),
            "discount_enabled_for_account": True,
            "discount": Decimal("0.25"),
        }
        | changes
    )


@pytest.fixture
def bnb_world(make_world, symbol):
    """A market where one BNB costs 260 USDT."""
    from binance_nb.sandbox.engine.specs import LotSize

    world = make_world(
        symbol(LotSize(Decimal(0), Decimal(0), Decimal("0.00001"))),
        symbol(symbol="BNBUSDT", base_asset="BNB", quote_asset="USDT"),
    )
    a, b = world.account({"BNB": 10}), world.account({"USDT": 10_000})
    world.limit(a, "SELL", 1, 260, symbol="BNBUSDT")
    world.limit(b, "BUY", 1, 260, symbol="BNBUSDT")
    buyer = world.account({"USDT": 1_000_000})
    world.limit(buyer, "BUY", "0.49975", 35_000)
    return world


def test_without_bnb_all_parts_come_out_of_what_was_received(bnb_world):
    seller = bnb_world.account({"BTC": 1}, commission=rates(discount_enabled_for_account=False))
    (fill,) = bnb_world.market(seller, "SELL", "0.49975").fills
    assert (fill.commission_asset, fill.commission) == (
        "USDT",
        Decimal("0.01049475") + Decimal("0.04022988") + Decimal("1049.475"),
    )
    assert bnb_world.exchange.account(seller).balances["USDT"].free == Decimal("17491.25") - fill.commission


def test_with_bnb_the_standard_part_is_multiplied_by_the_discount(bnb_world):
    seller = bnb_world.account({"BTC": 1, "BNB": 5}, commission=rates())
    (fill,) = bnb_world.market(seller, "SELL", "0.49975").fills
    assert fill.commission_asset == "BNB"
    assert fill.commission == Decimal("4.036607129").quantize(Decimal("1E-8"))
    assert bnb_world.exchange.account(seller).balances["USDT"].free == Decimal("17491.25")
    assert bnb_world.exchange.account(seller).balances["BNB"].free == 5 - fill.commission


def test_too_little_bnb_pays_the_full_commission_in_what_was_received(bnb_world):
    seller = bnb_world.account({"BTC": 1, "BNB": 4}, commission=rates())
    (fill,) = bnb_world.market(seller, "SELL", "0.49975").fills
    assert fill.commission_asset == "USDT"
    assert fill.commission == Decimal("1049.52572463")
    assert bnb_world.balance(seller, "BNB") == ("4", "0")


def test_the_discount_must_be_on_for_account_and_symbol(bnb_world):
    seller = bnb_world.account({"BTC": 1, "BNB": 5}, commission=rates(discount_enabled_for_symbol=False))
    (fill,) = bnb_world.market(seller, "SELL", "0.49975").fills
    assert fill.commission_asset == "USDT"


def test_a_maker_that_buys_pays_maker_and_buyer_rates(bnb_world):
    buyer = bnb_world.account({"USDT": 10_000}, commission=rates(discount_enabled_for_account=False))
    bnb_world.limit(buyer, "BUY", 1, 100)
    seller = bnb_world.account({"BTC": 2})
    bnb_world.market(seller, "SELL", "1.49975")
    (trade,) = bnb_world.exchange.my_trades(buyer, "BTCUSDT")
    assert trade.is_maker
    assert trade.commission_asset == "BTC"
    assert trade.commission == Decimal("0.00000040") + Decimal("0.04") + Decimal("0.00000230")


def test_a_test_orders_rates_have_the_sides_own_rate_added(make_world):
    world = make_world()
    faq = CommissionRates(
        standard=Rates(Decimal("0.00000040"), Decimal("0.00000050"), Decimal("0.00000010"), Decimal("0.00000010")),
        special=Rates(Decimal("0.04"), Decimal("0.05"), Decimal("0.01"), Decimal("0.01")),
        tax=Rates(Decimal("0.00000128"), Decimal("0.00000130"), Decimal("0.00000100"), Decimal("0.00000100")),
    )
    account = world.account(commission=faq)
    standard, special, tax, _ = world.exchange.order_commission(account, world.order("LIMIT", "BUY", 1, 1))
    assert (standard.maker, standard.taker) == (Decimal("0.00000050"), Decimal("0.00000060"))
    assert (special.maker, special.taker) == (Decimal("0.05"), Decimal("0.06"))
    assert (tax.maker, tax.taker) == (Decimal("0.00000228"), Decimal("0.00000230"))


def test_bnb_that_is_received_pays_its_own_commission(bnb_world):
    """Buying BNB with the discount on: what is received covers the commission, discounted."""
    maker = bnb_world.account({"BNB": 10})
    bnb_world.limit(maker, "SELL", 1, 260, symbol="BNBUSDT")
    buyer = bnb_world.account(
        {"USDT": 1000},
        commission=CommissionRates(
            standard=Rates(taker=Decimal("0.001")), discount_enabled_for_account=True, discount=Decimal("0.75")
        ),
    )
    placed = bnb_world.market(buyer, OrderSide.BUY, 1, symbol="BNBUSDT")
    assert placed.order.status is OrderStatus.FILLED
    assert bnb_world.balance(buyer, "BNB") == ("0.99925", "0")
