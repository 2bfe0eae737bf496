"""What an order would cost: the walk through the book, what is left over, the fee of the account."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binance_nb.models.enums import OrderSide, SpotOrderType
from binance_nb.models.rules import SymbolRules
from binance_nb.widgets.ticket_estimate import Book, Touch, estimate, needs_book, rates_of, walk
from binance_nb.widgets.ticket_form import Form
from tests.widgets.fake_client import BTCUSDT

RULES = SymbolRules(BTCUSDT)
ASKS = ((Decimal("64000.01"), Decimal(1)), (Decimal("64010.01"), Decimal(1)), (Decimal("64100.01"), Decimal(2)))
BIDS = ((Decimal("63999.99"), Decimal(1)), (Decimal("63989.99"), Decimal(3)))
TOUCH = Touch(
    bid=Decimal("63999.99"),
    ask=Decimal("64000.01"),
    taker_fee=Decimal("0.001"),
    maker_fee=Decimal("0.0008"),
    book=Book(BIDS, ASKS, asked=100),
)


def lines(kind, side=OrderSide.BUY, touch=TOUCH, **texts):
    """The estimate as a dictionary of its lines."""
    form = Form("BTCUSDT", side, kind, {name.replace("__", "."): text for name, text in texts.items()})
    return {line.label: line.text for line in estimate(form, touch, RULES)}


def test_a_market_buy_walks_the_asks():
    said = lines("MARKET", quantity="2")
    assert said["Average price"] == "about 64,005.01, 0.008 % from the best"
    assert said["Cost"] == "about 128,010.02 USDT"
    assert said["Fee"] == "about 128.01 USDT (0.1 %), taken in BTC"


def test_a_market_sale_walks_the_bids_and_pays_its_fee_in_the_quote_asset():
    said = lines("MARKET", OrderSide.SELL, quantity="2")
    assert said["Average price"] == "about 63,994.99, 0.008 % from the best"
    assert said["Proceeds"] == "about 127,989.98 USDT"
    assert said["Fee"] == "about 127.99 USDT (0.1 %)"


def test_an_amount_of_the_quote_asset_is_walked_too():
    said = lines("MARKET", quote_order_qty="64000.01")
    assert said["Cost"] == "about 64,000.01 USDT for about 1 BTC"


def test_a_book_that_is_too_thin_says_so():
    said = lines("MARKET", quantity="5")
    assert said["Too thin"] == "the book cannot fill 1 BTC: they would not be filled"


def test_a_book_that_is_not_known_whole_does_not_claim_to_be():
    touch = Touch(bid=TOUCH.bid, ask=TOUCH.ask, book=Book(BIDS, ASKS, asked=3))
    assert lines("MARKET", touch=touch, quantity="5")["Too thin"].startswith("the best 3 levels cannot fill 1 BTC")


def test_a_marketable_limit_takes_what_is_within_its_price_and_rests_with_the_rest():
    said = lines("LIMIT", quantity="3", price="64050")
    assert said["Average price"] == "about 64,005.01, 0.008 % from the best"
    assert said["Rests"] == "1 BTC at your price"
    assert said["Cost"] == "about 192,060.02 USDT"
    assert said["Fee"] == "about 179.25 USDT (0.0933 %), taken in BTC"


def test_a_book_older_than_the_best_prices_does_not_make_a_marketable_order_rest():
    touch = replace(TOUCH, ask=Decimal(63000))
    assert lines("LIMIT", touch=touch, quantity="1", price="63500") == {
        "Cost": "about 63,500.00 USDT",
        "Fee": "about 63.50 USDT (0.1 %), taken in BTC",
    }


@pytest.mark.parametrize(
    ("time_in_force", "label", "words"),
    [("IOC", "Not filled", "1 BTC would be cancelled"), ("FOK", "Fill or kill", "so nothing would be")],
)
def test_what_does_not_fill_of_an_immediate_order_is_told(time_in_force, label, words):
    assert words in lines("LIMIT", quantity="3", price="64050", time_in_force=time_in_force)[label]


def test_an_order_that_rests_pays_the_makers_fee():
    assert lines("LIMIT", quantity="1", price="60000") == {
        "Cost": "about 60,000.00 USDT",
        "Fee": "about 48.00 USDT (0.08 %), taken in BTC",
    }


def test_a_post_only_order_that_would_trade_is_warned_of():
    said = lines("LIMIT", quantity="1", price="64000.01", post_only="yes")
    assert "the exchange will refuse it" in said["Post-only"]


def test_both_ends_of_an_oco_are_estimated():
    said = lines(
        "OCO",
        OrderSide.SELL,
        quantity="1",
        profit__price="70000",
        stop__stop_price="60000",
    )
    assert said["Take profit: Proceeds"] == "about 70,000.00 USDT"
    assert said["Stop loss: Proceeds"] == "about 60,000.00 USDT"
    assert said["Stop loss: Fee"] == "about 60.00 USDT (0.1 %)"


def test_nothing_is_said_before_there_is_something_to_say():
    assert lines("LIMIT") == {}
    assert lines("LIMIT", quantity="1") == {}
    assert lines("OCO", quantity="1") == {}
    assert lines("MARKET", touch=Touch(), quantity="1") == {}


def test_the_kinds_of_commission_add_up_with_the_part_of_the_side():
    kind = {"maker": "0.0001", "taker": "0.0002", "buyer": "0.00003", "seller": "0.00004"}
    answer = {"standardCommission": kind, "taxCommission": kind}
    assert rates_of(answer, OrderSide.BUY) == (Decimal("0.00026"), Decimal("0.00046"))
    assert rates_of(answer, OrderSide.SELL) == (Decimal("0.00028"), Decimal("0.00048"))


def test_the_book_is_asked_for_only_where_an_order_would_take_from_it():
    def needs(kind, **texts):
        return needs_book(Form("BTCUSDT", OrderSide.BUY, kind, texts), TOUCH)

    assert needs("MARKET", quantity="1")
    assert needs("MARKET", quote_order_qty="100")
    assert needs("LIMIT", quantity="1", price="64000.01")
    assert not needs("LIMIT", quantity="1", price="60000")
    assert not needs("LIMIT", quantity="1", price="64000.01", post_only="yes")
    assert not needs("MARKET")
    assert not needs("STOP_LOSS", quantity="1", stop_price="60000")


LEVELS = st.lists(
    st.tuples(st.decimals("1", "1000", places=2), st.decimals("0.001", "10", places=3)), min_size=1, max_size=8
).map(lambda levels: tuple(sorted(levels)))


@given(levels=LEVELS, quantity=st.decimals("0.001", "100", places=3))
def test_a_walk_takes_no_more_than_there_is_and_no_better_than_the_best(levels, quantity):
    taken = walk(levels, quantity=quantity)
    assert taken.quantity + taken.left == quantity
    assert taken.quantity <= sum(size for _, size in levels)
    assert levels[0][0] * taken.quantity <= taken.cost <= levels[-1][0] * taken.quantity


def test_every_type_has_an_estimate():
    for kind in SpotOrderType:
        if kind is not SpotOrderType.LIMIT_MAKER:
            said = lines(kind.value, quantity="1", price="60000", stop_price="61000")
            assert "Cost" in said, kind
