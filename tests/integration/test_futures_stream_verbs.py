"""The futures stream's verbs on the sandbox: listen keys by hand, fills told twice, symbols watched, orders tested."""

from collections.abc import Iterator
from typing import Any

import pytest

from binance_nb import BinanceClient, schemas
from binance_nb.errors import OrderRejected, StreamError, UnknownListenKey
from binance_nb.models.futures_events import TradeLite, parse_event
from tests.integration.futures_help import SYMBOL, control, flatten, heard, last, one, order
from tests.integration.heard import eventually
from tests.integration.test_every_order_type import assert_schema


@pytest.fixture(autouse=True)
def _flat(futures: BinanceClient) -> Iterator[None]:
    """Leave everything as it was."""
    yield
    flatten(futures)


def test_a_fill_is_told_briefly_before_it_is_told_in_full(futures: BinanceClient) -> None:
    events: list[Any] = []
    futures.asynchronous.futures_stream.on_event(events.append)
    number = int(one(futures.place_futures_market_order(SYMBOL, "BUY", "0.01"))["order_id"])
    reports = heard(futures, number, "FILLED")
    trades = reports.loc[reports["execution_type"] == "TRADE", "trade_id"].tolist()
    brief = [parse_event(event) for event in events if event["e"] == "TRADE_LITE" and event["i"] == number]
    assert all(isinstance(told, TradeLite) for told in brief)
    assert [told.trade_id for told in brief] == trades
    kinds = [event["e"] for event in events if event["e"] == "TRADE_LITE" or event.get("o", {}).get("x") == "TRADE"]
    assert kinds == ["TRADE_LITE", "ORDER_TRADE_UPDATE"] * len(trades)
    fills = futures.fills(order_id=number, product="usdm")
    assert fills["trade_id"].tolist() == trades  # each is kept once, and in full
    assert (fills["commission_amount"] > 0).all()


def test_a_listen_key_is_one_for_the_account_and_closing_it_silences_the_stream_until_there_is_another(
    futures: BinanceClient,
) -> None:
    key = futures.create_listen_key(product="usdm")
    assert futures.create_listen_key(product="usdm") == key
    futures.keepalive_listen_key(key, product="usdm")
    url = futures.get_user_data_stream_url(key, product="usdm")
    assert url.endswith(f"/private/ws?listenKey={key}")
    assert key not in repr(url)
    futures.close_listen_key(key, product="usdm")
    for verb in (futures.keepalive_listen_key, futures.close_listen_key):
        with pytest.raises(UnknownListenKey) as refused:
            verb(key, product="usdm")
        assert refused.value.code == -1125
    unheard = int(one(futures.place_futures_market_order(SYMBOL, "BUY", "0.01"))["order_id"])
    control(futures).drop_sockets()  # a silent stream is found out by its silence; here it is cut, which is quicker
    eventually(lambda: len(futures.fills(order_id=unheard, product="usdm")) > 0, "what the silent stream did not tell")
    assert set(futures.fills(order_id=unheard, product="usdm")["source"]) == {"recovered"}
    assert futures.create_listen_key(product="usdm") != key


def test_waiting_for_an_order_takes_its_number_or_name_and_its_product(futures: BinanceClient) -> None:
    request = order("LIMIT", "BUY", price=round(last(futures) * 0.97, 1))
    number = int(one(futures.place_futures_order(request))["order_id"])
    for sought in (number, request.new_client_order_id):
        waiting = futures.submit("wait_for_fill", sought, 20, product="usdm")
        with pytest.raises(TimeoutError):
            waiting.result(0.1)
        if sought is not number:
            futures.cancel_futures_order_by_id(SYMBOL, number)
            assert one(waiting.result(20))["order_status"] == "CANCELED"


def test_watched_symbols_are_those_of_their_product(futures: BinanceClient) -> None:
    watched = futures.watch_symbols(["ethusdt"], product="usdm")
    assert_schema(watched, schemas.WATCHES)
    assert ("ETHUSDT", "usdm") in set(zip(watched["symbol"], watched["product"], strict=True))
    assert ("ETHUSDT", "spot") not in set(zip(watched["symbol"], watched["product"], strict=True))


def test_an_order_is_tested_without_being_placed(futures: BinanceClient) -> None:
    price = round(last(futures) * 0.97, 1)
    futures.test_futures_order(order("LIMIT", "BUY", price=price))
    with pytest.raises(OrderRejected) as refused:
        futures.test_futures_order(order("LIMIT", "BUY", price=price, position_side="LONG"))
    assert refused.value.code == -4061
    assert futures.get_futures_open_orders(SYMBOL).empty


def test_mode_and_clock_are_those_of_futures(futures: BinanceClient) -> None:
    assert futures.get_futures_position_mode()["position_mode"].tolist() == ["one-way"]
    offset_ms, round_trip_ms = futures.measure_clock(product="usdm")
    assert round_trip_ms > 0
    assert futures.stream_status(product="usdm")["clock_offset_ms"].iloc[0] == pytest.approx(offset_ms, abs=100)
    with pytest.raises(StreamError, match='"spot" or "usdm"'):
        futures.measure_clock(product="coinm")
