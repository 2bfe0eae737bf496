"""Futures when things go wrong: orders through lost answers, the stream through cuts, expiry and unrouted addresses."""

from collections.abc import Iterator

import pytest

from binance_nb import BinanceClient, FuturesOrderRequest
from binance_nb.errors import ExchangeUnavailable, NetworkError, OrderNotPlaced
from tests.integration.heard import eventually

SYMBOL = "BTCUSDT"


@pytest.fixture
def exact(futures: BinanceClient) -> Iterator[BinanceClient]:
    """A client whose sandbox is made to behave again afterwards."""
    yield futures
    assert futures.sandbox_process is not None
    futures.sandbox_process.control.clear_faults()
    futures.cancel_all_futures_orders(SYMBOL)


def control(client: BinanceClient):
    assert client.sandbox_process is not None
    return client.sandbox_process.control


def orders_there(client: BinanceClient) -> int:
    raw = client.get_all_futures_orders(SYMBOL, raw=True)
    return len(raw["orders"]) + len(raw["algoOrders"])


@pytest.mark.parametrize("kind", ["drop_after", "cut", "unknown_503", "timeout", "bad_gateway_502"])
def test_an_order_whose_answer_is_lost_is_placed_once_and_found(exact: BinanceClient, kind: str) -> None:
    before = orders_there(exact)
    control(exact).fault(kind, "futures:order.place", executed=True)
    placed = exact.place_futures_market_order(SYMBOL, "BUY", "0.01")
    assert placed["order_status"].tolist() == ["FILLED"]
    assert placed["average_price"].iloc[0] > 0
    assert orders_there(exact) == before + 1


@pytest.mark.parametrize("kind", ["drop_after", "cut", "unknown_503", "timeout", "bad_gateway_502"])
def test_a_conditional_order_whose_answer_is_lost_is_placed_once_and_found(exact: BinanceClient, kind: str) -> None:
    before = orders_there(exact)
    price = round(float(exact.get_futures_price(SYMBOL)["price"].iloc[0]) * 0.9, 1)
    stop = FuturesOrderRequest(symbol=SYMBOL, side="SELL", order_type="STOP_MARKET", stop_price=price, quantity="0.01")
    control(exact).fault(kind, "futures:algoOrder.place", executed=True)
    placed = exact.place_futures_order(stop)
    assert placed["client_order_id"].tolist() == [stop.new_client_order_id]
    assert placed["algo_id"].iloc[0] > 0
    assert orders_there(exact) == before + 1


def test_a_busy_exchange_that_did_nothing_places_nothing(exact: BinanceClient) -> None:
    before = orders_there(exact)
    control(exact).fault("busy_503", "futures:order.place", executed=False)
    with pytest.raises((ExchangeUnavailable, OrderNotPlaced, NetworkError)):
        exact.place_futures_market_order(SYMBOL, "BUY", "0.01")
    assert orders_there(exact) == before


def test_what_is_filled_while_the_stream_is_cut_is_recovered_with_its_profit(exact: BinanceClient) -> None:
    eventually(lambda: exact.asynchronous.futures_stream.status.state == "connected")
    known = len(exact.fills(product="usdm"))
    control(exact).stream_fault("withhold", "ORDER_TRADE_UPDATE", times=50)
    opened = exact.place_futures_market_order(SYMBOL, "BUY", "0.01")
    closed = exact.place_futures_market_order(SYMBOL, "SELL", "0.01")
    assert len(exact.fills(product="usdm")) == known
    control(exact).clear_faults()
    control(exact).drop_sockets()
    wanted = {int(opened["order_id"].iloc[0]), int(closed["order_id"].iloc[0])}
    eventually(lambda: wanted <= set(exact.fills(product="usdm")["order_id"]), "the recovery")
    fills = exact.fills(product="usdm", exact=True)
    ours = fills[fills["order_id"].isin(wanted)].sort_values("trade_id")
    theirs = exact.get_futures_trades(SYMBOL, exact=True)
    theirs = theirs[theirs["order_id"].isin(wanted)].sort_values("trade_id")
    assert set(ours["source"]) == {"recovered"}
    for column in ("trade_id", "realized_pnl", "commission_amount", "position_side", "last_executed_price"):
        assert ours[column].tolist() == theirs[column].tolist(), column
    assert exact.stream_gaps()["product"].tolist()[-1] == "usdm"


def test_a_key_that_expires_is_replaced_and_nothing_is_missed(exact: BinanceClient) -> None:
    eventually(lambda: exact.asynchronous.futures_stream.status.state == "connected")
    life = exact.asynchronous.futures_stream.feed.key_life
    assert life is not None
    replaced = life.replaced
    control(exact).step(61 * 60 * 1000)
    eventually(lambda: life.replaced == replaced + 1, "another listen key")
    placed = exact.place_futures_market_order(SYMBOL, "BUY", "0.01")
    number = int(placed["order_id"].iloc[0])
    eventually(lambda: number in set(exact.fills(product="usdm")["order_id"]), "the fill")


@pytest.mark.parametrize("mode", ["routed", "both", "unrouted"])
def test_the_stream_comes_by_whichever_address_is_served(mode: str) -> None:
    with BinanceClient.sandbox(seed=5, clock="stepped", futures_streams=mode) as client:
        control(client).run_market(20)
        handle = client.start_stream(product="usdm")
        eventually(lambda: handle.status.state == "connected")
        placed = client.place_futures_market_order(SYMBOL, "BUY", "0.01")
        assert client.wait_for_fill(placed)["order_status"].tolist() == ["FILLED"]
        eventually(lambda: len(client.fills(product="usdm")) > 0, "a fill of the stream")
        assert set(client.fills(product="usdm")["source"]) == {"stream"}
