"""Changing and cancelling futures orders, regular and conditional by the same verbs."""

import json

import pytest
from futures_exchange import algo_order, futures_ack, futures_order
from scripted import answer, refuse

from binance_nb import FuturesAmendRequest
from binance_nb.errors import CancelRejected, InvalidOrderError, UnknownOrder

ORDER, ALGO, BATCH = "/fapi/v1/order", "/fapi/v1/algoOrder", "/fapi/v1/batchOrders"
UNKNOWN = refuse(-2011, "Unknown order sent.")
CANCELLED = {"algoId": 2146760, "clientAlgoId": "nb-a1", "code": "200", "msg": "success"}


async def test_a_changed_order_is_put_with_its_new_price(exchange, client):
    exchange.on("PUT", ORDER, answer(futures_ack(price="61000.00", origQty="0.020")))
    frame = await client.modify_futures_order("btcusdt", 22542179, side="buy", quantity="0.02", price=61000)
    sent = exchange.requests("PUT", ORDER)[0].params
    assert (sent["orderId"], sent["price"], sent["quantity"], sent["side"]) == ("22542179", "61000", "0.02", "BUY")
    assert frame["price"].tolist() == [61000]


async def test_a_change_that_is_refused_is_no_lost_order(exchange, client):
    exchange.on("PUT", ORDER, refuse(-5027, "No need to modify the order."))
    with pytest.raises(CancelRejected):
        await client.modify_futures_order("BTCUSDT", 1, side="BUY", quantity=1, price=1)


async def test_several_changes_are_one_request(exchange, client):
    exchange.on("PUT", BATCH, answer([futures_ack(), {"code": -2013, "msg": "Order does not exist."}]))
    changes = [
        FuturesAmendRequest(symbol="BTCUSDT", side="BUY", quantity=1, price=2, order_id=number) for number in (1, 2)
    ]
    frame = await client.modify_futures_batch_orders(changes)
    sent = json.loads(exchange.requests("PUT", BATCH)[0].params["batchOrders"])
    assert [item["orderId"] for item in sent] == ["1", "2"]
    assert frame["order_status"].tolist() == ["NEW", "REJECTED"]
    assert frame["order_id"].tolist() == [22542179, 2]


async def test_a_regular_order_is_cancelled_by_its_id(exchange, client):
    exchange.on("DELETE", ORDER, answer(futures_ack(status="CANCELED")))
    frame = await client.cancel_futures_order_by_id("BTCUSDT", 22542179)
    assert frame["order_status"].tolist() == ["CANCELED"]
    assert exchange.requests("DELETE", ALGO) == []


async def test_a_conditional_order_is_cancelled_by_its_algo_id_and_shown(exchange, client):
    exchange.on("DELETE", ALGO, answer(CANCELLED))
    exchange.on("GET", ALGO, answer(algo_order(algoStatus="CANCELED")))
    frame = await client.cancel_futures_order_by_id("BTCUSDT", algo_id=2146760)
    assert exchange.requests("DELETE", ALGO)[0].params["algoId"] == "2146760"
    assert frame["order_status"].tolist() == ["CANCELED"]
    assert exchange.requests("DELETE", ORDER) == []


async def test_a_client_order_id_cancels_whichever_order_has_it(exchange, client):
    exchange.on("DELETE", ORDER, UNKNOWN)
    exchange.on("DELETE", ALGO, answer(CANCELLED))
    exchange.on("GET", ALGO, answer(algo_order(algoStatus="CANCELED")))
    frame = await client.cancel_futures_order_by_id("BTCUSDT", client_order_id="nb-a1")
    assert exchange.requests("DELETE", ALGO)[0].params["clientAlgoId"] == "nb-a1"
    assert frame["algo_id"].tolist() == [2146760]


async def test_a_conditional_order_that_was_triggered_is_cancelled_as_what_it_became(exchange, client):
    became = {"actualOrderId": "77", "algoStatus": "TRIGGERED"}
    exchange.on("DELETE", ALGO, UNKNOWN)
    exchange.on("GET", ALGO, answer(algo_order(**became)))
    exchange.on("DELETE", ORDER, answer(futures_ack(orderId=77, status="CANCELED")))
    exchange.on("GET", ORDER, answer(futures_order(orderId=77, status="CANCELED")))
    frame = await client.cancel_futures_order_by_id("BTCUSDT", algo_id=2146760)
    assert exchange.requests("DELETE", ORDER)[0].params["orderId"] == "77"
    assert frame["order_status"].tolist() == ["CANCELED"]


async def test_an_order_that_is_not_open_is_unknown(exchange, client):
    exchange.on("DELETE", ORDER, UNKNOWN)
    exchange.on("DELETE", ALGO, UNKNOWN)
    exchange.on("GET", ALGO, answer(algo_order(algoStatus="CANCELED", actualOrderId="")))
    with pytest.raises(UnknownOrder):
        await client.cancel_futures_order_by_id("BTCUSDT", 1)
    with pytest.raises(UnknownOrder):
        await client.cancel_futures_order_by_id("BTCUSDT", algo_id=1)
    with pytest.raises(UnknownOrder):
        await client.cancel_futures_order_by_id("BTCUSDT", client_order_id="nb-a1")


async def test_several_orders_are_cancelled_together(exchange, client):
    exchange.on(
        "DELETE", BATCH, answer([futures_ack(status="CANCELED"), {"code": -2011, "msg": "Unknown order sent."}])
    )
    frame = await client.cancel_futures_batch_orders("BTCUSDT", [22542179, 2])
    assert json.loads(exchange.requests("DELETE", BATCH)[0].params["orderIdList"]) == [22542179, 2]
    assert frame["order_status"].tolist() == ["CANCELED", "REJECTED"]
    assert frame["order_id"].tolist() == [22542179, 2]
    with pytest.raises(InvalidOrderError, match="one of the two"):
        await client.cancel_futures_batch_orders("BTCUSDT")
    with pytest.raises(InvalidOrderError, match="at most 10 orders"):
        await client.cancel_futures_batch_orders("BTCUSDT", list(range(11)))


async def test_cancelling_all_reaches_conditional_orders_too(exchange, client):
    done = {"code": 200, "msg": "The operation of cancel all open order is done."}
    exchange.on("GET", "/fapi/v1/openOrders", answer([futures_order()]))
    exchange.on("GET", "/fapi/v1/openAlgoOrders", answer([algo_order()]))
    exchange.on("DELETE", "/fapi/v1/allOpenOrders", answer(done))
    exchange.on("DELETE", "/fapi/v1/algoOpenOrders", answer(done))
    frame = await client.cancel_all_futures_orders("BTCUSDT")
    assert sorted(frame["client_order_id"]) == ["nb-a1", "nb-f1"]
    for path in ("/fapi/v1/allOpenOrders", "/fapi/v1/algoOpenOrders"):
        assert [seen.params["symbol"] for seen in exchange.requests("DELETE", path)] == ["BTCUSDT"]


async def test_a_countdown_is_set_in_milliseconds(exchange, client):
    exchange.on("POST", "/fapi/v1/countdownCancelAll", answer({"symbol": "BTCUSDT", "countdownTime": "120000"}))
    frame = await client.set_futures_countdown_cancel("BTCUSDT", 120_000)
    assert frame["countdown_ms"].tolist() == [120_000]
    with pytest.raises(InvalidOrderError, match="not negative"):
        await client.set_futures_countdown_cancel("BTCUSDT", -1)
