"""For every filter: what check_order passes an exchange accepts, and what it refuses is refused with that code.

The exchange is a sandbox of symbols with one filter each behind real sockets; its check is its own code. Orders are
sent past the client's static check, so that the exchange itself has to refuse them.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.integration.one_rule_each import (
    LIMITED,
    SIDES,
    STOPS,
    D,
    World,
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


# -- filters on the order's numbers ----------------------------------------------------------------------------------


@given(side=SIDES, price=number("49", "151", "0.25"), stop=number("49", "151", "0.25") | st.none())
@few()
def test_price_filter(world: World, side: str, price: Decimal, stop: Decimal | None) -> None:
    whole = world.fresh("PRICE")
    kind = "LIMIT"
    if stop is not None:
        rises = stop > 100
        kind = "STOP_LOSS_LIMIT" if rises == (side == "BUY") else "TAKE_PROFIT_LIMIT"
    world.agree(order(whole, kind, side, quantity="1", price=price, stop_price=stop))


@given(
    name=st.sampled_from(["AVG", "LAST", "MINUTE"]),
    side=SIDES,
    price=number("85", "120", "0.01") | st.sampled_from([D(90), D(95), D(105), D(110)]).map(lambda edge: edge),
    before=st.lists(st.tuples(number("80", "120", "1"), st.integers(1, 9)), max_size=3),
    pause_s=st.sampled_from([0, 25, 45, 90, 400]),
)
@few(40)
def test_percent_price_by_average_last_and_minute(
    world: World, name: str, side: str, price: Decimal, before: list[Any], pause_s: int
) -> None:
    whole = world.fresh(name, None, sizes=())
    for past, size in before:
        world.on_server(lambda past=past, size=size: world.trade(whole, past, size))
    world.on_server(lambda: world.venue.step(pause_s * 1000))
    world.on_server(lambda: world.trade(whole, "100", "1"))
    world.agree(order(whole, "LIMIT", side, quantity="1", price=price))


@pytest.mark.parametrize(("side", "edges"), [("BUY", ("90", "105")), ("SELL", ("95", "110"))])
@pytest.mark.parametrize("beyond", [D(0), D("0.01")])
def test_percent_price_at_its_edges(world: World, side: str, edges: tuple[str, str], beyond: Decimal) -> None:
    whole = world.fresh("LAST", sizes=())
    low, high = D(edges[0]) - beyond, D(edges[1]) + beyond
    for price in (low, high):
        answer = world.agree(order(whole, "LIMIT", side, quantity="1", price=price))
        assert (answer is not None) == bool(beyond)


@given(
    reference=st.none() | number("50", "200", "1"),
    side=SIDES,
    price=number("45", "220", "0.5"),
    quantity=number("0.2", "1.2", "0.05"),
    kind=st.sampled_from(["LIMIT", "MARKET", "STOP_LOSS"]),
)
@few()
def test_a_reference_price_takes_the_place_of_the_average(
    world: World, reference: Decimal | None, side: str, price: Decimal, quantity: Decimal, kind: str
) -> None:
    whole = world.fresh("REF")
    world.on_server(lambda: world.venue.exchange.set_reference_price(whole, reference, world.now_us))
    trailing = 100 if kind == "STOP_LOSS" else None
    limit = price if kind == "LIMIT" else None
    world.agree(order(whole, kind, side, quantity=quantity, price=limit, trailing_delta=trailing))


@given(side=SIDES, quantity=number("0.125", "4.5", "0.125"), iceberg=st.none() | number("0.125", "4.5", "0.125"))
@few()
def test_lot_size(world: World, side: str, quantity: Decimal, iceberg: Decimal | None) -> None:
    whole = world.fresh("LOT")
    iceberg = None if iceberg is None else min(iceberg, quantity)
    world.agree(order(whole, "LIMIT", side, quantity=quantity, price="100", iceberg_qty=iceberg))


@given(
    side=SIDES,
    quantity=number("0.125", "4.5", "0.125"),
    kind=st.sampled_from(["MARKET", "LIMIT", "STOP_LOSS", "TAKE_PROFIT_LIMIT"]),
)
@few()
def test_market_lot_size(world: World, side: str, quantity: Decimal, kind: str) -> None:
    whole = world.fresh("MLOT")
    stop = stop_of(kind, side) if kind in STOPS else None
    world.agree(order(whole, kind, side, quantity=quantity, price="100" if kind in LIMITED else None, stop_price=stop))


@given(
    name=st.sampled_from(["MINA", "MINB", "NOTA", "NOTB", "NOTC"]),
    kind=st.sampled_from(["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "TAKE_PROFIT", "STOP_LOSS_LIMIT"]),
    side=SIDES,
    quantity=number("0.4", "0.6", "0.01") | number("1.7", "2.4", "0.01"),
    by_quote=st.booleans(),
    trailing=st.booleans(),
)
@few(60)
def test_min_notional_and_notional(
    world: World, name: str, kind: str, side: str, quantity: Decimal, by_quote: bool, trailing: bool
) -> None:
    whole = world.fresh(name)
    fields: dict[str, Any] = {"quantity": quantity}
    if kind == "MARKET" and by_quote:
        fields = {"quote_order_qty": quantity * 100}
    if kind in LIMITED:
        fields["price"] = "100"
    if kind in STOPS:
        fields |= {"trailing_delta": 100} if trailing else {"stop_price": stop_of(kind, side, far="10")}
    world.agree(order(whole, kind, side, **fields))


@given(side=SIDES, quantity=number("0.1", "3", "0.01"), iceberg=number("0.05", "0.6", "0.01"))
@few()
def test_iceberg_parts(world: World, side: str, quantity: Decimal, iceberg: Decimal) -> None:
    whole = world.fresh("PARTS")
    world.agree(order(whole, "LIMIT", side, quantity=quantity, price="100", iceberg_qty=min(iceberg, quantity)))


@given(
    kind=st.sampled_from(STOPS),
    side=SIDES,
    delta=st.integers(5, 320) | st.sampled_from([9, 10, 19, 20, 200, 201, 300, 301]),
    with_stop=st.booleans(),
)
@few()
def test_trailing_delta(world: World, kind: str, side: str, delta: int, with_stop: bool) -> None:
    whole = world.fresh("TRAIL")
    price = "100" if kind in LIMITED else None
    stop = stop_of(kind, side) if with_stop else None
    world.agree(order(whole, kind, side, quantity="1", price=price, trailing_delta=delta, stop_price=stop))


@given(
    amounts=st.fixed_dictionaries(
        {
            "quantity": st.sampled_from(["1", "1.5", "1.123", "1.1234", "1.000000001", "0." + "1" * 21, "1" * 21]),
            "price": st.sampled_from(["100", "99.99", "99.999", "99.0000000001", "9" * 22]),
            "iceberg_qty": st.sampled_from([None, "0.5", "0.0005", "0.00000000001"]),
        }
    ),
    side=SIDES,
)
@few(40)
def test_precision(world: World, amounts: dict[str, Any], side: str) -> None:
    whole = world.fresh("DIGIT")
    try:
        wanted = order(whole, "LIMIT", side, **amounts)
    except ValueError:  # an iceberg larger than its order is no request at all
        return
    world.agree(wanted)


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [("MARKET", "quote_order_qty", "10.001"), ("STOP_LOSS", "stop_price", "120.001"), ("MARKET", "quantity", "1.0001")],
)
def test_precision_of_every_amount(world: World, kind: str, field: str, value: str) -> None:
    whole = world.fresh("DIGIT")
    more = {"quantity": "1"} if kind == "STOP_LOSS" else {}
    assert world.agree(order(whole, kind, "BUY", **{field: value, **more})) is not None


@given(
    quantity=st.sampled_from(["0.00000001", "0.00000099", "0.000001", "0.00002"]),
    price=st.sampled_from(["0.01", "0.02", "1"]),
)
@few(12)
def test_an_order_must_be_worth_something(world: World, quantity: str, price: str) -> None:
    world.agree(order(world.fresh("OTHER"), "LIMIT", "BUY", quantity=quantity, price=price))


# -- filters on what the account holds and has open -------------------------------------------------------------------

OPEN = st.lists(st.sampled_from(["plain", "algo", "iceberg"]), max_size=5)


@given(
    here=OPEN, elsewhere=OPEN, side=SIDES, kind=st.sampled_from(["plain", "algo", "iceberg"]), on_other=st.booleans()
)
@few(50)
def test_numbers_of_open_orders_on_the_symbol_and_on_the_exchange(
    world: World, here: list[str], elsewhere: list[str], side: str, kind: str, on_other: bool
) -> None:
    counted, other = world.fresh("COUNT"), world.fresh("OTHER")
    for each in here:
        world.send(one_of(counted, each))
    for each in elsewhere:
        world.send(one_of(other, each))
    world.agree(one_of(other if on_other else counted, kind, side))


@pytest.mark.parametrize(
    ("here", "elsewhere", "kind", "rule"),
    [
        (["plain"] * 4, [], "plain", "MAX_NUM_ORDERS"),
        (["algo"] * 2, [], "algo", "MAX_NUM_ALGO_ORDERS"),
        (["iceberg"], [], "iceberg", "MAX_NUM_ICEBERG_ORDERS"),
        (["plain"] * 2, ["plain"] * 4, "plain", "EXCHANGE_MAX_NUM_ORDERS"),
        ([], ["algo"] * 3, "algo", "EXCHANGE_MAX_NUM_ALGO_ORDERS"),
        ([], ["iceberg"] * 2, "iceberg", "EXCHANGE_MAX_NUM_ICEBERG_ORDERS"),
    ],
)
def test_each_number_of_open_orders(world: World, here: list[str], elsewhere: list[str], kind: str, rule: str) -> None:
    counted, other = world.fresh("COUNT"), world.fresh("OTHER")
    for whole, kinds in ((counted, here), (other, elsewhere)):
        for number_, each in enumerate(kinds):
            assert world.agree(one_of(whole, each)) is None, number_
    assert world.agree(one_of(counted, kind)) == (-1013, f"Filter failure: {rule}")


@given(
    resting=st.lists(number("0.5", "1.5", "0.25"), max_size=2),
    taken=st.sampled_from(["0", "0.25", "0.5"]),
    sold=st.sampled_from(["0", "1"]),
    quantity=number("0.25", "4", "0.25"),
    kind=st.sampled_from(["LIMIT", "MARKET", "STOP_LOSS", "QUOTE"]),
    side=st.sampled_from(["BUY", "BUY", "SELL"]),
)
@few(40)
def test_max_position(
    world: World, resting: list[Decimal], taken: str, sold: str, quantity: Decimal, kind: str, side: str
) -> None:
    whole = world.fresh("POS")
    for each in resting:
        world.send(order(whole, "LIMIT", "BUY", quantity=each, price="99.5"))
    if resting and D(taken):
        world.on_server(lambda: world._house(whole, "SELL", "99.5", taken))
    if D(sold):
        world.send(order(whole, "LIMIT", "SELL", quantity=sold, price="300"))
    if kind == "QUOTE":
        wanted = order(whole, "MARKET", side, quote_order_qty=quantity * 100)
    else:
        stop = ("101.5" if side == "BUY" else "98") if kind == "STOP_LOSS" else None
        wanted = order(whole, kind, side, quantity=quantity, price="90" if kind == "LIMIT" else None, stop_price=stop)
    world.agree(wanted)


@given(
    quantity=number("1", "4", "0.25"),
    price=number("60", "140", "5"),
    kind=st.sampled_from(["LIMIT", "MARKET", "QUOTE", "TAKE_PROFIT", "TRAILING"]),
    side=SIDES,
)
@few(40)
def test_max_asset_of_base_and_quote(world: World, quantity: Decimal, price: Decimal, kind: str, side: str) -> None:
    whole = world.fresh("ASSET")
    fields: dict[str, Any] = {"quantity": quantity}
    match kind:
        case "LIMIT":
            fields["price"] = price
        case "QUOTE":
            fields = {"quote_order_qty": quantity * 100}
        case "TAKE_PROFIT":
            fields["stop_price"] = stop_of(kind, side)
        case "TRAILING":
            fields["trailing_delta"] = 100
    word = {"QUOTE": "MARKET", "TRAILING": "STOP_LOSS"}.get(kind, kind)
    world.agree(order(whole, word, side, **fields), world.bound)


def test_max_asset_binds_the_account_alone(world: World) -> None:
    wanted = order(world.fresh("ASSET"), "LIMIT", "BUY", quantity="3", price="50")
    assert world.agree(wanted, world.bound) == (-1013, "Filter failure: MAX_ASSET")
    assert world.agree(wanted) is None


# -- everything together ----------------------------------------------------------------------------------------------


@given(
    kind=st.sampled_from(["LIMIT", "LIMIT_MAKER", "MARKET", *STOPS]),
    side=SIDES,
    quantity=number("0.05", "2", "0.05") | number("5", "120", "5"),
    price=number("40", "210", "0.25"),
    stop=number("80", "120", "0.25"),
    iceberg=st.none() | number("0.05", "1", "0.05"),
    delta=st.none() | st.integers(1, 2500),
    by_quote=st.booleans(),
)
@few(100)
def test_any_order_on_a_symbol_with_all_its_filters(
    world: World,
    kind: str,
    side: str,
    quantity: Decimal,
    price: Decimal,
    stop: Decimal,
    iceberg: Decimal | None,
    delta: int | None,
    by_quote: bool,
) -> None:
    whole = world.fresh("ALL")
    fields: dict[str, Any] = {"quantity": quantity}
    if kind in LIMITED:
        fields |= {"price": price, "iceberg_qty": None if iceberg is None else min(iceberg, quantity)}
    if kind in STOPS:
        fields |= {"stop_price": stop, "trailing_delta": delta}
    if kind == "MARKET" and by_quote:
        fields = {"quote_order_qty": quantity * 10}
    world.agree(order(whole, kind, side, **fields))
