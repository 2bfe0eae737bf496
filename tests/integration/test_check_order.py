"""What check_order says of the matching engine's rules and of order lists, the exchange says too; and how it is shown.

As in test_check_order_properties.py, orders are sent past the client's static check.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from binance_nb import BinanceClient, SpotOrderRequest
from binance_nb.errors import ExchangeError, MissingKeysError, SymbolRuleError, UnknownSymbolError
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


@pytest.mark.parametrize("side", ["BUY", "SELL"])
@pytest.mark.parametrize(("limit", "fits"), [("100", False), ("100.01", True), ("99.99", True)])
def test_the_last_price_lies_between_the_prices_of_a_pair(world: World, side: str, limit: str, fits: bool) -> None:
    answer = world.agree(a_list(world.fresh("PLAIN"), "OCO", side, limit=limit))
    on_its_side = fits and (D(limit) > 100) == (side == "SELL")
    wrong = (-2010, "The relationship of the prices for the orders is not correct.")
    assert answer == (None if on_its_side else wrong)


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


# -- the verb ---------------------------------------------------------------------------------------------------------


def asked_of(world: World, wanted: SpotOrderRequest, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The endpoints that checking an order asks, sorted."""
    transport = world.client.asynchronous._transport
    read, paths = transport.read, []

    async def noting(path: str, params: Any = None, **more: Any) -> Any:
        paths.append(path.removeprefix("/api/v3/") + (":all" if path.endswith("openOrders") and not params else ""))
        return await read(path, params, **more)

    monkeypatch.setattr(transport, "read", noting)
    world.client.check_order(wanted)
    monkeypatch.undo()
    return sorted(paths)


ACCOUNT = ["account", "myFilters", "openOrders:all"]


def test_only_the_facts_that_the_rules_of_the_symbol_need_are_asked_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = order(world.fresh("PLAIN"), "LIMIT", "BUY", quantity="1", price="90")
    world.client.check_order(plain)
    assert asked_of(world, plain, monkeypatch) == ACCOUNT
    maker = order("PLAINUSDT", "LIMIT_MAKER", "BUY", quantity="1", price="90")
    assert asked_of(world, maker, monkeypatch) == sorted([*ACCOUNT, "depth"])
    limit = order(world.fresh("AVG"), "LIMIT", "BUY", quantity="1", price="95")
    assert asked_of(world, limit, monkeypatch) == sorted([*ACCOUNT, "avgPrice", "referencePrice", "ticker/price"])


def test_placing_asks_nothing_that_checking_asks(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = world.fresh("ALL")
    world.client.check_order(order(whole, "LIMIT", "BUY", quantity="1", price="90"))
    asked: list[str] = []
    transport = world.client.asynchronous._transport
    read = transport.read

    async def noting(path: str, *rest: Any, **more: Any) -> Any:
        asked.append(path)
        return await read(path, *rest, **more)

    monkeypatch.setattr(transport, "read", noting)
    world.client.place_limit_order(whole, "BUY", "1", "90")
    assert asked == []


def test_a_check_is_a_typed_frame_in_the_order_of_the_exchange(world: World) -> None:
    wanted = order(world.fresh("ALL"), "LIMIT", "BUY", quantity="0.05", price="90.3")
    rows = world.client.check_order(wanted)
    assert rows.columns.tolist() == [
        "rule",
        "field",
        "limit",
        "value",
        "passed",
        "nearest",
        "code",
        "sentence",
    ]
    assert str(rows["code"].dtype) == "int64"
    assert str(rows["passed"].dtype) == "bool"
    broken = rows[~rows["passed"]]
    assert broken["rule"].tolist() == ["PRICE_FILTER", "LOT_SIZE", "NOTIONAL"]
    assert broken["nearest"].tolist() == ["90 or 90.5", "0.1", "0.3"]
    assert broken["code"].tolist() == [-1013] * 3
    assert rows[rows["passed"]][["nearest", "sentence"]].isna().all(axis=None)


def test_placing_an_order_that_fails_raises_the_same_facts(world: World) -> None:
    wanted = order(world.fresh("ALL"), "LIMIT", "BUY", quantity="0.05", price="90.3")
    rows = world.client.check_order(wanted)
    broken = rows[~rows["passed"]]
    with pytest.raises(SymbolRuleError) as refused:
        world.client.place_spot_order(wanted)
    assert str(refused.value) == "; ".join(broken["sentence"])
    assert refused.value.code == broken["code"].iloc[0]


def test_a_market_order_deeper_than_the_first_levels_asks_for_the_whole_book(world: World) -> None:
    whole = world.fresh("PLAIN", sizes=("0.1",) * 150, gap="0.5")
    world.on_server(
        lambda: world.venue.exchange.lock_externally(
            world.venue.account_id(MAIN_ACCOUNT), "USDT", D(8500), world.now_us
        )
    )
    # The hundred levels that are asked for first would cost 1,252.5 of the 1,500 that are free; all of it 1,893.5.
    rows = world.client.check_order(order(whole, "MARKET", "BUY", quantity="14")).set_index("rule")
    assert rows.loc["balance", "value"] == "1893.5"
    assert world.agree(order(whole, "MARKET", "BUY", quantity="14")) is not None
    assert world.agree(order(whole, "MARKET", "BUY", quantity=rows.loc["balance", "nearest"])) is None


def test_filters_of_the_exchange_hold_though_my_filters_is_silent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(_symbol: str) -> dict[str, Any]:
        return {"exchangeFilters": [], "symbolFilters": [], "assetFilters": []}

    whole = world.fresh("OTHER")
    for _ in range(6):
        assert world.send(one_of(whole, "plain")) is None
    monkeypatch.setattr(world.client.asynchronous._spot, "my_filters", silent)
    assert world.agree(one_of(whole, "plain")) == (-1013, "Filter failure: EXCHANGE_MAX_NUM_ORDERS")


def test_a_check_without_keys_says_which_are_missing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_KEY", "API_SECRET", "PRIVATE_KEY_PATH"):
        monkeypatch.delenv(f"BINANCE_SANDBOX_{name}", raising=False)
    with BinanceClient(world.client.config) as keyless, pytest.raises(MissingKeysError):
        keyless.check_order(order("PLAINUSDT", "LIMIT", "BUY", quantity="1", price="90"))


def test_a_symbol_that_is_not_listed_is_refused_with_its_code(world: World) -> None:
    with pytest.raises(UnknownSymbolError) as unknown:
        world.client.check_order(order("PLAINUSD", "LIMIT", "BUY", quantity="1", price="90"))
    assert unknown.value.code == -1121


def test_the_check_over_the_websocket_api_is_the_same(client: BinanceClient) -> None:
    wanted = order("BTCUSDT", "LIMIT", "BUY", quantity="0.00001", price="1000000.5", iceberg_qty="0.000001")
    over_ws = BinanceClient(client.config, transport="ws")
    over_ws.asynchronous._credentials = client.asynchronous._credentials
    with over_ws:
        pd.testing.assert_frame_equal(over_ws.check_order(wanted), client.check_order(wanted))


@given(
    kind=st.sampled_from(["LIMIT", "LIMIT_MAKER", "MARKET", *STOPS]),
    side=SIDES,
    away=st.integers(-300, 300),
    quantity=number("0.00001", "0.0003", "0.00001") | number("0.1", "12", "0.1"),
)
@few(15)  # a check weighs about 150 of the 6,000 that the sandbox allows in a minute
def test_the_default_sandbox_agrees_while_its_market_stands_still(
    client: BinanceClient, kind: str, side: str, away: int, quantity: Decimal
) -> None:
    last = D(str(client.get_price("BTCUSDT", raw=True)["price"]))
    fields: dict[str, Any] = {"quantity": quantity}
    if kind in LIMITED:
        fields["price"] = last + away
    if kind in STOPS:
        fields["stop_price"] = last - away
    wanted = order("BTCUSDT", kind, side, **fields)
    rows = client.check_order(wanted)
    broken = rows[~rows["passed"]]["code"].tolist()
    answered = []
    try:
        client._run(client.asynchronous._spot.new_order(wanted))
    except ExchangeError as refused:
        answered = [refused.code]
    assert broken[:1] == answered
    assert client.sandbox_process is not None
    client.sandbox_process.control.reset_account()
