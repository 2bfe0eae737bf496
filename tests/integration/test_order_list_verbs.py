"""Order lists, cancel-replace, amend, SOR and the account's queries, through both doors, against the sandbox."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import pandas as pd
import pytest

from binance_nb import BinanceClient, SpotOrderRequest, schemas
from binance_nb.errors import CancelRejected, CancelReplaceFailed, InvalidOrderError, UnknownOrder
from tests.integration.heard import eventually
from tests.integration.test_every_order_type import SYMBOL, assert_schema, quotes, times

Make = Callable[..., SpotOrderRequest]


@pytest.fixture(scope="module", params=["rest", "ws"])
def client(request: pytest.FixtureRequest) -> Iterator[BinanceClient]:
    """A client on a stepped sandbox that sends orders through one door or the other."""
    with BinanceClient.sandbox(seed=13, clock="stepped", transport=request.param) as opened:
        opened.start_stream()
        yield opened


@pytest.fixture
def make(client: BinanceClient) -> Make:
    """Orders of 0.01 BTC whose prices are given as factors of the bid."""
    bid, _ = quotes(client)

    def order(side: str, order_type: str, **fields: object) -> SpotOrderRequest:
        fields.setdefault("quantity", "0.01")
        priced = {
            name: times(bid, str(value)) if name in {"price", "stop_price"} else value for name, value in fields.items()
        }
        return SpotOrderRequest(symbol=SYMBOL, side=side, order_type=order_type, **priced)

    return order


def status(client: BinanceClient, order: SpotOrderRequest) -> str:
    """What has become of an order."""
    found = client.get_order_status(SYMBOL, client_order_id=order.new_client_order_id)
    return str(found["order_status"].iloc[0])


def pass_until(client: BinanceClient, holds: Callable[[], bool]) -> None:
    """Let the market move until something holds; at most twenty minutes of its time."""
    assert client.sandbox_process is not None
    for _ in range(1200):
        if holds():
            return
        client.sandbox_process.control.run_market(10)
    pytest.fail("it did not come about")


def test_an_oco_is_two_orders_of_which_cancelling_one_ends_both(client: BinanceClient, make: Make) -> None:
    above = make("SELL", "LIMIT_MAKER", price=1.1)
    below = make("SELL", "STOP_LOSS_LIMIT", price=0.89, stop_price=0.9)
    placed = client.place_oco_order(above, below)
    assert_schema(placed, schemas.ORDERS)
    assert set(placed["client_order_id"]) == {above.new_client_order_id, below.new_client_order_id}
    assert placed["order_list_id"].nunique() == 1
    list_id = int(placed["order_list_id"].iloc[0])
    open_lists = client.get_open_order_lists()
    assert_schema(open_lists, schemas.ORDER_LISTS)
    assert list_id in open_lists["order_list_id"].tolist()
    cancelled = client.cancel_order_list(SYMBOL, list_id)
    assert set(cancelled["order_status"]) == {"CANCELED"}
    assert client.get_order_list(list_id)["list_order_status"].iloc[0] == "ALL_DONE"
    assert list_id in client.get_all_order_lists()["order_list_id"].tolist()


def test_an_oco_expires_the_other_leg_when_one_fills(client: BinanceClient, make: Make) -> None:
    above = make("SELL", "LIMIT_MAKER", price=1.0003)
    below = make("SELL", "STOP_LOSS", stop_price=0.8)
    client.place_oco_order(above, below)
    pass_until(client, lambda: status(client, above) == "FILLED")
    assert status(client, below) == "EXPIRED"


def test_an_oto_places_its_pending_order_when_the_working_one_is_filled(client: BinanceClient, make: Make) -> None:
    working = make("BUY", "LIMIT", price=1.01)
    pending = make("SELL", "LIMIT", price=1.2)
    placed = client.place_oto_order(working, pending)
    assert set(placed["order_status"]) <= {"FILLED", "NEW", "PENDING_NEW"}
    assert status(client, working) == "FILLED"
    assert status(client, pending) == "NEW"
    client.cancel_all_orders(SYMBOL)
    assert status(client, pending) == "CANCELED"


def test_an_otoco_waits_with_both_its_pending_orders(client: BinanceClient, make: Make) -> None:
    working = make("BUY", "LIMIT", price=0.9)
    above = make("SELL", "TAKE_PROFIT_LIMIT", price=1.2, stop_price=1.2)
    below = make("SELL", "STOP_LOSS", stop_price=0.8)
    placed = client.place_otoco_order(working, above, below)
    assert placed["order_status"].tolist() == ["NEW", "PENDING_NEW", "PENDING_NEW"]
    cancelled = client.cancel_all_orders(SYMBOL)
    assert len(cancelled) == 3


def test_an_opo_sells_what_it_bought(client: BinanceClient, make: Make) -> None:
    working = make("BUY", "LIMIT", price=1.01)
    pending = make("SELL", "LIMIT", price=1.2)
    client.place_opo_order(working, pending)
    sold = client.get_order_status(SYMBOL, client_order_id=pending.new_client_order_id, exact=True)
    assert sold["order_status"].iloc[0] == "NEW"
    assert Decimal("0.0099") < sold["quantity"].iloc[0] <= Decimal("0.01")
    client.cancel_all_orders(SYMBOL)


def test_an_opoco_waits_with_a_pair_that_sells(client: BinanceClient, make: Make) -> None:
    working = make("BUY", "LIMIT", price=0.9)
    placed = client.place_opoco_order(
        working, make("SELL", "LIMIT_MAKER", price=1.2), make("SELL", "STOP_LOSS", stop_price=0.8)
    )
    assert placed["order_status"].tolist() == ["NEW", "PENDING_NEW", "PENDING_NEW"]
    assert status(client, working) == "NEW"
    client.cancel_all_orders(SYMBOL)


def test_orders_that_do_not_belong_together_are_refused_here(client: BinanceClient, make: Make) -> None:
    maker, stop = make("SELL", "LIMIT_MAKER", price=1.1), make("SELL", "STOP_LOSS", stop_price=0.9)
    with pytest.raises(InvalidOrderError, match="in a SELL OCO pair the stop loss must be the below order"):
        client.place_oco_order(stop, maker)
    with pytest.raises(InvalidOrderError, match="one STOP_LOSS or STOP_LOSS_LIMIT and one LIMIT_MAKER"):
        client.place_oco_order(maker, make("SELL", "LIMIT_MAKER", price=1.2))
    with pytest.raises(InvalidOrderError, match="the working order of an OTO must be LIMIT or LIMIT_MAKER"):
        client.place_oto_order(make("BUY", "MARKET"), stop)
    with pytest.raises(InvalidOrderError, match="the working order of an OPO must be a BUY"):
        client.place_opo_order(make("SELL", "LIMIT", price=1.1), stop)


def test_cancel_replace_gives_both_legs(client: BinanceClient, make: Make) -> None:
    old, new = make("BUY", "LIMIT", price=0.9), make("BUY", "LIMIT", price=0.91)
    client.place_spot_order(old)
    both = client.cancel_replace_order(new, cancel_client_order_id=old.new_client_order_id)
    assert_schema(both, schemas.ORDERS)
    assert both["order_status"].tolist() == ["CANCELED", "NEW"]
    assert both["client_order_id"].tolist() == [old.new_client_order_id, new.new_client_order_id]
    client.cancel_all_orders(SYMBOL)


@pytest.mark.parametrize(
    ("mode", "old_exists", "new_fits", "results", "http_status"),
    [
        ("STOP_ON_FAILURE", False, True, ("FAILURE", "NOT_ATTEMPTED"), 400),
        ("STOP_ON_FAILURE", True, False, ("SUCCESS", "FAILURE"), 409),
        ("ALLOW_FAILURE", False, True, ("FAILURE", "SUCCESS"), 409),
        ("ALLOW_FAILURE", False, False, ("FAILURE", "FAILURE"), 400),
        ("ALLOW_FAILURE", True, False, ("SUCCESS", "FAILURE"), 409),
    ],
)
def test_cancel_replace_tells_its_legs_apart_when_it_fails(
    client: BinanceClient,
    make: Make,
    mode: str,
    old_exists: bool,
    new_fits: bool,
    results: tuple[str, str],
    http_status: int,
) -> None:
    old = make("SELL", "LIMIT_MAKER", price=1.1)
    if old_exists:
        client.place_spot_order(old)
    new = make("SELL", "LIMIT_MAKER", price=1.2 if new_fits else 0.9)
    with pytest.raises(CancelReplaceFailed) as failed:
        client.cancel_replace_order(new, cancel_client_order_id=old.new_client_order_id, mode=mode)
    error = failed.value
    assert (error.cancel_result, error.new_order_result) == results
    assert error.http_status == http_status
    if old_exists:
        assert status(client, old) == "CANCELED"
    if results[1] == "SUCCESS":
        assert status(client, new) == "NEW"
        assert f"the new order succeeded (order {error.new_order_response['orderId']})" in str(error)
    elif results[1] == "FAILURE":
        assert "the new order failed: Order would immediately match and take. (code -2010)" in str(error)
    else:
        assert "the new order was not attempted" in str(error)
    client.cancel_all_orders(SYMBOL)


def test_an_amended_order_keeps_its_place_and_gets_a_new_name(client: BinanceClient, make: Make) -> None:
    order = make("BUY", "LIMIT", price=0.9, quantity="0.02")
    order_id = int(client.place_spot_order(order)["order_id"].iloc[0])
    amended = client.amend_order(SYMBOL, order_id, new_qty="0.015")
    assert_schema(amended, schemas.ORDERS)
    assert amended["quantity"].iloc[0] == 0.015
    amendments = client.get_order_amendments(SYMBOL, order_id)
    assert_schema(amendments, schemas.AMENDMENTS)
    assert amendments["orig_qty"].tolist() == [0.02]
    assert amendments["new_qty"].tolist() == [0.015]
    eventually(
        lambda: "REPLACED" in client.execution_reports(order_id=order_id)["execution_type"].tolist(), "the report"
    )
    with pytest.raises(CancelRejected) as refused:
        client.amend_order(SYMBOL, order_id, new_qty="0.05")
    assert refused.value.code == -2038
    client.cancel_all_orders(SYMBOL)


def test_cancel_restrictions(client: BinanceClient, make: Make) -> None:
    order = make("BUY", "LIMIT", price=0.9)
    client.place_spot_order(order)
    with pytest.raises(CancelRejected, match="not canceled due to cancel restrictions"):
        client.cancel_order_by_id(
            SYMBOL, client_order_id=order.new_client_order_id, cancel_restrictions="ONLY_PARTIALLY_FILLED"
        )
    client.cancel_order_by_id(SYMBOL, client_order_id=order.new_client_order_id, cancel_restrictions="ONLY_NEW")
    with pytest.raises(InvalidOrderError, match="none of ONLY_NEW, ONLY_PARTIALLY_FILLED"):
        client.cancel_order_by_id(SYMBOL, 1, cancel_restrictions="SOMETIMES")


def test_icebergs_pegs_prevention_modes_and_strategies_are_sent_and_come_back(
    client: BinanceClient, make: Make
) -> None:
    iceberg = client.place_spot_order(make("BUY", "LIMIT", price=0.9, quantity="0.05", iceberg_qty="0.01"))
    assert iceberg["iceberg_qty"].iloc[0] == 0.01
    pegged = client.place_spot_order(make("BUY", "LIMIT", peg_price_type="PRIMARY_PEG"))
    assert pegged["order_status"].iloc[0] == "NEW"
    assert pegged["peg_price_type"].iloc[0] == "PRIMARY_PEG"
    tagged = client.place_spot_order(
        make(
            "BUY", "LIMIT", price=0.9, strategy_id=7, strategy_type=1_000_001, self_trade_prevention_mode="EXPIRE_TAKER"
        )
    )
    assert tagged["strategy_id"].iloc[0] == 7
    assert tagged["self_trade_prevention_mode"].iloc[0] == "EXPIRE_TAKER"
    client.cancel_all_orders(SYMBOL)


def test_a_trade_with_oneself_is_a_fill_of_both_orders(client: BinanceClient) -> None:
    bid, ask = quotes(client)
    between = (bid + ask) / 2
    price = between.quantize(Decimal("0.01"))
    assert bid < price < ask
    bought, sold = (client.place_limit_order(SYMBOL, side, "0.01", price) for side in ("BUY", "SELL"))
    ids = [int(order["order_id"].iloc[0]) for order in (bought, sold)]
    eventually(lambda: all(len(client.fills(order_id=number)) == 1 for number in ids), "both fills")
    fills = pd.concat([client.fills(order_id=number) for number in ids])
    assert fills["trade_id"].nunique() == 1
    assert fills["side"].tolist() == ["BUY", "SELL"]
    assert fills["is_maker"].tolist() == [True, False]
    for number in ids:
        eventually(lambda number=number: len(client.execution_reports(order_id=number)) == 2, "both reports")  # type: ignore[misc]
        assert client.execution_reports(order_id=number)["order_status"].iloc[-1] == "FILLED"


def test_a_prevented_match_is_found(client: BinanceClient, make: Make) -> None:
    _, ask = quotes(client)
    resting = SpotOrderRequest(
        symbol=SYMBOL, side="SELL", order_type="LIMIT", quantity="0.01", price=ask - Decimal("0.01")
    )
    client.place_spot_order(resting)
    taker = make("BUY", "MARKET", quantity="0.01", self_trade_prevention_mode="EXPIRE_TAKER")
    taken = client.place_spot_order(taker)
    assert taken["order_status"].iloc[0] == "EXPIRED_IN_MATCH"
    prevented = client.get_prevented_matches(SYMBOL, order_id=int(taken["order_id"].iloc[0]))
    assert_schema(prevented, schemas.PREVENTED_MATCHES)
    assert prevented["taker_order_id"].tolist() == taken["order_id"].tolist()
    client.cancel_all_orders(SYMBOL)


def test_smart_order_routing_fills_and_shows_its_allocations(client: BinanceClient) -> None:
    _, ask = quotes(client)
    order = SpotOrderRequest(
        symbol=SYMBOL, side="BUY", order_type="LIMIT", quantity="0.01", price=times(ask, "1.01"), time_in_force="IOC"
    )
    client.test_order(order, use_sor=True)
    filled = client.place_spot_order(order, use_sor=True)
    assert filled["order_status"].iloc[0] == "FILLED"
    allocations = client.get_allocations(SYMBOL, order_id=int(filled["order_id"].iloc[0]))
    assert_schema(allocations, schemas.ALLOCATIONS)


def test_what_applies_to_the_account(client: BinanceClient) -> None:
    rates = client.get_commission_rates(SYMBOL)
    assert_schema(rates, schemas.COMMISSION_RATES)
    assert rates["kind"].tolist() == ["standard", "special", "tax"]
    assert_schema(client.get_my_filters(SYMBOL), schemas.FILTERS)
    limits = client.rate_limits()
    assert_schema(limits, schemas.RATE_LIMITS)
    assert {"REQUEST_WEIGHT", "ORDERS"} <= set(limits["rate_limit_type"])
    assert (limits["remaining"] == limits["limit"] - limits["used"]).all()
    counts = client.get_unfilled_order_count()
    assert set(counts["rate_limit_type"]) == {"ORDERS"}


def test_errors_are_the_same_through_both_doors(client: BinanceClient) -> None:
    with pytest.raises(UnknownOrder) as unknown:
        client.get_order_status(SYMBOL, 987_654_321)
    assert (unknown.value.code, unknown.value.http_status) == (-2013, 400)
    with pytest.raises(UnknownOrder) as gone:
        client.cancel_order_by_id(SYMBOL, 987_654_321)
    assert (gone.value.code, gone.value.http_status) == (-2011, 400)
