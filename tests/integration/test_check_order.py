"""What check_order says of the matching engine's rules and of order lists, the exchange says too; and how it is shown.

As in test_check_order_properties.py, orders are sent past the client's static check.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binance_nb.models.enums import SymbolStatus
from binance_nb.models.order_lists import OrderListRequest
from binance_nb.sandbox.server.venue import MAIN_ACCOUNT
from tests.integration.one_rule_each import (
    KINDS,
    LADDER,
    LIMITED,
    SIDES,
    STOPS,
    D,
    World,
    a_list,
    few,
    number,
    one_of,
    order,
    stop_of,
)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """The exchange of this file."""
    made = World()
    yield made
    made.close()


# -- what the matching engine says ------------------------------------------------------------------------------------


@given(
    kind=st.sampled_from(STOPS),
    side=SIDES,
    stop=number("98", "102", "0.01") | st.just(D(100)),
    last=st.sampled_from(["100", "99.5", "100.01"]),
)
@few()
def test_a_stop_price_that_would_trigger_immediately(
    world: World, kind: str, side: str, stop: Decimal, last: str
) -> None:
    whole = world.fresh("PLAIN", last)
    world.agree(order(whole, kind, side, quantity="1", stop_price=stop, price="100" if kind in LIMITED else None))


@given(side=SIDES, price=number("98", "102", "0.01") | st.sampled_from([D(99), D(101)]), empty=st.booleans())
@few()
def test_a_limit_maker_that_would_match(world: World, side: str, price: Decimal, empty: bool) -> None:
    whole = world.fresh("PLAIN", sizes=() if empty else ("10",) * LADDER)
    world.agree(order(whole, "LIMIT_MAKER", side, quantity="1", price=price))


@given(
    kind=st.sampled_from(["LIMIT", "MARKET", "QUOTE", "TRAILING", *STOPS]),
    side=SIDES,
    locked=st.sampled_from(["0", "5000", "9000"]),
    quantity=number("1", "140", "0.5") | number("100", "10000", "100"),
)
@few(60)
def test_balance(world: World, kind: str, side: str, locked: str, quantity: Decimal) -> None:
    whole = world.fresh("PLAIN", sizes=("20", "30", "60", "10", "9"))
    if D(locked):
        asset = "USDT" if side == "BUY" else "PLAIN"
        world.on_server(
            lambda: world.venue.exchange.lock_externally(
                world.venue.account_id(MAIN_ACCOUNT), asset, D(locked), world.now_us
            )
        )
    fields: dict[str, Any] = {"quantity": quantity}
    if kind in LIMITED:
        fields["price"] = "99.99"
    if kind in STOPS:
        fields["stop_price"] = stop_of(kind, side)
    if kind == "QUOTE":
        fields = {"quote_order_qty": quantity * 100}
    if kind == "TRAILING":
        fields["trailing_delta"] = 100
    world.agree(order(whole, {"QUOTE": "MARKET", "TRAILING": "STOP_LOSS"}.get(kind, kind), side, **fields))


def test_the_nearest_quantity_by_balance_is_accepted(world: World) -> None:
    whole = world.fresh("PLAIN")
    wanted = order(whole, "LIMIT", "BUY", quantity="150", price="99.99")
    rows = world.client.check_order(wanted)
    nearest = rows[rows["rule"] == "balance"]["nearest"].iloc[0]
    assert world.agree(wanted) is not None
    assert world.agree(order(whole, "LIMIT", "BUY", quantity=D(nearest) + D("0.01"), price="99.99")) is not None
    assert world.agree(order(whole, "LIMIT", "BUY", quantity=nearest, price="99.99")) is None


@given(amount=number("0.1", "30", "0.1"), side=SIDES, sizes=st.sampled_from([(), ("0.05",), ("0.1", "0.2"), ("10",)]))
@few()
def test_a_quote_amount_that_the_book_cannot_serve(
    world: World, amount: Decimal, side: str, sizes: tuple[str, ...]
) -> None:
    whole = world.fresh("ALL" if len(sizes) == 2 else "PLAIN", sizes=sizes)
    world.agree(order(whole, "MARKET", side, quote_order_qty=amount))


@given(
    kind=st.sampled_from(["LIMIT", "LIMIT_MAKER", "STOP_LOSS_LIMIT"]),
    side=SIDES,
    peg=st.sampled_from(["PRIMARY_PEG", "MARKET_PEG"]),
    offset=st.none() | st.integers(0, 6) | st.sampled_from([100, 101]),
    tif=st.sampled_from(["GTC", "IOC"]),
    quantity=st.sampled_from(["1", "101", "104"]),
    levels=st.integers(0, LADDER),
)
@few(50)
def test_a_pegged_order(
    world: World, kind: str, side: str, peg: str, offset: int | None, tif: str, quantity: str, levels: int
) -> None:
    if kind == "LIMIT_MAKER" and peg == "MARKET_PEG":
        return
    whole = world.fresh("PLAIN", sizes=("10",) * levels)
    fields: dict[str, Any] = {"peg_price_type": peg, "quantity": quantity}
    if offset is not None:
        fields |= {"peg_offset_type": "PRICE_LEVEL", "peg_offset_value": offset}
    if kind == "LIMIT":
        fields["time_in_force"] = tif
    if kind == "STOP_LOSS_LIMIT":
        fields["stop_price"] = stop_of(kind, side)
    world.agree(order(whole, kind, side, **fields))


@given(
    kind=st.sampled_from(["LIMIT", "LIMIT_MAKER", "MARKET", *STOPS]),
    side=SIDES,
    extra=st.sampled_from(["none", "iceberg", "trailing", "peg", "stp", "stp allowed"]),
)
@few(50)
def test_what_a_symbol_does_not_take(world: World, kind: str, side: str, extra: str) -> None:
    whole = world.fresh("FEW")
    fields: dict[str, Any] = {"quantity": "1"}
    if kind in LIMITED:
        fields["price"] = "90" if side == "BUY" else "110"
    if kind in STOPS:
        fields["stop_price"] = stop_of(kind, side)
    if extra == "iceberg" and kind in LIMITED:
        fields["iceberg_qty"] = "0.5"
    if extra == "trailing" and kind in STOPS:
        fields["trailing_delta"] = 100
    if extra == "peg" and kind in LIMITED:
        fields |= {"peg_price_type": "PRIMARY_PEG", "price": None}
    if extra.startswith("stp"):
        fields["self_trade_prevention_mode"] = "EXPIRE_BOTH" if extra == "stp" else "EXPIRE_TAKER"
    world.agree(order(whole, kind, side, **fields))


def test_quote_amounts_where_they_are_not_taken(world: World) -> None:
    whole = world.fresh("NOQUOTE")
    assert world.agree(order(whole, "MARKET", "BUY", quote_order_qty="100")) is not None
    assert world.agree(order(whole, "MARKET", "BUY", quantity="1")) is None


@pytest.mark.parametrize("status", [SymbolStatus.HALT, SymbolStatus.BREAK])
def test_a_symbol_that_does_not_trade(world: World, status: SymbolStatus) -> None:
    whole = world.fresh("SHUT")

    def turn(to: SymbolStatus) -> None:
        world.on_server(lambda: world.venue.exchange.set_symbol_status(whole, to, world.now_us))
        world.client._run(world.client.asynchronous._directory.refresh())

    turn(status)
    try:
        assert world.agree(order(whole, "LIMIT", "BUY", quantity="1", price="90")) == (-1013, "Market is closed.")
        assert world.agree(order(whole, "LIMIT", "BUY", quantity="1", price="90.000000001")) is not None
    finally:
        turn(SymbolStatus.TRADING)
    assert world.agree(order(whole, "LIMIT", "BUY", quantity="1", price="90")) is None


def test_a_symbol_that_needs_a_permission_the_account_lacks(world: World) -> None:
    answer = world.agree(order(world.fresh("MARGIN", None, sizes=()), "LIMIT", "BUY", quantity="1", price="90"))
    assert answer == (-2010, "This symbol is not permitted for this account.")


def test_a_client_order_id_that_is_in_use(world: World) -> None:
    whole = world.fresh("PLAIN")
    wanted = order(whole, "LIMIT", "BUY", quantity="1", price="90", new_client_order_id="twice")
    assert world.agree(wanted) is None
    assert world.agree(wanted) == (-2010, "Duplicate order sent.")


# -- order lists ------------------------------------------------------------------------------------------------------


@given(
    kind=st.sampled_from(KINDS),
    here=st.integers(0, 2),
    elsewhere=st.integers(0, 3),
    singles=st.lists(st.sampled_from(["plain", "algo"]), max_size=2),
    on_other=st.booleans(),
)
@few()
def test_numbers_of_order_lists_and_of_their_orders(
    world: World, kind: str, here: int, elsewhere: int, singles: list[str], on_other: bool
) -> None:
    counted, other = world.fresh("COUNT"), world.fresh("OTHER")
    for whole, lists in ((counted, here), (other, elsewhere)):
        for _ in range(lists):
            world.send(a_list(whole, "OTO"))
    for each in singles:
        world.send(one_of(counted, each))
    world.agree(a_list(other if on_other else counted, kind))


def test_one_list_too_many(world: World) -> None:
    counted, other = world.fresh("COUNT"), world.fresh("OTHER")
    assert world.agree(a_list(counted, "OTO")) is None
    assert world.agree(a_list(counted, "OTO")) == (-1013, "Filter failure: MAX_NUM_ORDER_LISTS")
    assert world.agree(a_list(other, "OTO")) is None
    assert world.agree(a_list(other, "OTO")) == (-1013, "Filter failure: EXCHANGE_MAX_NUM_ORDER_LISTS")


@pytest.mark.parametrize("name", ["NOOCO", "NOOTO", "NOOPO"])
@pytest.mark.parametrize("kind", KINDS)
def test_lists_that_a_symbol_does_not_take(world: World, name: str, kind: str) -> None:
    answer = world.agree(a_list(world.fresh(name), kind))
    takes = {"NOOCO": {"OTO", "OPO"}, "NOOTO": {"OCO"}, "NOOPO": {"OCO", "OTO", "OTOCO"}}[name]
    assert (answer is None) == (kind in takes)


def test_a_list_client_order_id_that_is_in_use(world: World) -> None:
    whole = world.fresh("PLAIN")
    first, second = a_list(whole, "OTO"), a_list(whole, "OCO")
    assert world.agree(first) is None
    renamed = OrderListRequest("OCO", second.orders, first.list_client_order_id)
    assert world.agree(renamed) == (-2010, "Duplicate order sent.")


@given(
    kind=st.sampled_from(KINDS),
    side=SIDES,
    name=st.sampled_from(["PLAIN", "ALL", "AVG", "POS", "REF", "DIGIT"]),
    quantity=st.sampled_from(["1", "0.25", "2.5", "30", "101", "0.001", "1.0001"]),
    prices=st.fixed_dictionaries(
        {},
        optional={
            "working": st.sampled_from(["95.5", "80", "101", "40", "99.999"]),
            "limit": st.sampled_from(["95", "98.5", "99", "100", "101.5", "250"]),
            "stop": st.sampled_from(["95", "100", "105", "99.75"]),
            "stop_limit": st.sampled_from(["100", "40", "90.001"]),
        },
    ),
)
@few(80)
def test_any_order_list(world: World, kind: str, side: str, name: str, quantity: str, prices: dict[str, str]) -> None:
    if kind.startswith("OPO"):
        side = "SELL"
    world.agree(a_list(world.fresh(name), kind, side, quantity=quantity, **prices))
