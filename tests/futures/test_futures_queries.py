"""Asking for futures orders and trades: both kinds of order together, weeks paged to the end."""

import itertools

import numpy as np
import pytest
from futures_exchange import algo_order, futures_order, futures_trade
from scripted import SERVER_TIME, answer, refuse

from binance_nb import futures_schemas, schemas
from binance_nb.errors import InvalidOrderError, UnknownOrder

ORDER, ALGO = "/fapi/v1/order", "/fapi/v1/algoOrder"
GONE = refuse(-2013, "Order does not exist.")
DAY_MS = 24 * 3600 * 1000
TRIGGERED = {"actualOrderId": "77", "algoStatus": "TRIGGERED", "triggerTime": SERVER_TIME}
BECAME = {
    "orderId": 77,
    "clientOrderId": "nb-a1",
    "type": "MARKET",
    "origType": "MARKET",
    "side": "SELL",
    "status": "FILLED",
    "executedQty": "0.010",
    "cumQuote": "579.9",
    "avgPrice": "57990",
    "time": SERVER_TIME,
}


def columns(frame):
    return frame.columns.tolist()[: len(futures_schemas.FUTURES_ORDERS)]


NAMES = [column.name for column in futures_schemas.FUTURES_ORDERS]


async def test_a_regular_order_is_asked_for_by_its_id(exchange, client):
    exchange.on("GET", ORDER, answer(futures_order(status="FILLED", executedQty="0.010", cumQuote="600.5")))
    row = (await client.get_futures_order_status("btcusdt", 22542179)).iloc[0]
    assert exchange.requests("GET", ORDER)[0].params["orderId"] == "22542179"
    assert exchange.requests("GET", ALGO) == []
    assert (row["average_price"], row["order_status"]) == (60050, "FILLED")


async def test_a_client_order_id_may_be_of_either_kind(exchange, client):
    exchange.on("GET", ALGO, GONE)
    exchange.on("GET", ORDER, answer(futures_order()))
    frame = await client.get_futures_order_status("BTCUSDT", client_order_id="nb-f1")
    assert frame["order_id"].tolist() == [22542179]
    assert exchange.requests("GET", ALGO)[0].params["clientAlgoId"] == "nb-f1"


async def test_a_conditional_order_and_the_one_it_became_are_one_row_with_both_ids(exchange, client):
    exchange.on("GET", ALGO, answer(algo_order(**TRIGGERED)))
    exchange.on("GET", ORDER, answer(futures_order(**BECAME)))
    frame = await client.get_futures_order_status("BTCUSDT", algo_id=2146760)
    assert len(frame) == 1
    row = frame.iloc[0]
    assert (row["algo_id"], row["order_id"]) == (2146760, 77)
    assert (row["order_type"], row["actual_order_type"]) == ("STOP_MARKET", "MARKET")
    assert (row["order_status"], row["algo_status"]) == ("FILLED", "TRIGGERED")
    assert (row["average_price"], row["stop_price"]) == (57990, 58000)
    assert row["client_order_id"] == "nb-a1"


async def test_a_conditional_order_whose_regular_one_is_forgotten_still_is_a_row(exchange, client):
    told = {"algoStatus": "FINISHED", "actualOrderId": "77", "actualQty": "0.010", "actualPrice": "57990"}
    exchange.on("GET", ALGO, answer(algo_order(**told)))
    exchange.on("GET", ORDER, GONE)
    row = (await client.get_futures_order_status("BTCUSDT", algo_id=2146760)).iloc[0]
    assert (row["order_status"], row["average_price"], row["cumulative_quote_qty"]) == ("FILLED", 57990, 579.9)


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"algoStatus": "NEW"}, "NEW"),
        ({"algoStatus": "TRIGGERING"}, "NEW"),
        ({"algoStatus": "CANCELED"}, "CANCELED"),
        ({"algoStatus": "REJECTED"}, "REJECTED"),
        ({"algoStatus": "EXPIRED"}, "EXPIRED"),
        ({"algoStatus": "FINISHED", "actualQty": "0.004"}, "CANCELED"),
        ({"algoStatus": "FINISHED", "actualQty": "0.010"}, "FILLED"),
    ],
)
async def test_the_state_of_a_conditional_order_is_that_of_an_order(exchange, client, told, status):
    exchange.on("GET", ALGO, answer(algo_order(**told)))
    frame = await client.get_futures_order_status("BTCUSDT", algo_id=2146760)
    assert frame["order_status"].tolist() == [status]


@pytest.mark.parametrize(
    ("ids", "words"),
    [({}, "say which order"), ({"order_id": 1, "algo_id": 2}, "give one of them")],
)
async def test_one_id_must_be_given(client, ids, words):
    with pytest.raises(InvalidOrderError, match=words):
        await client.get_futures_order_status("BTCUSDT", **ids)


async def test_an_order_that_nobody_knows_is_unknown(exchange, client):
    exchange.on("GET", ALGO, GONE)
    exchange.on("GET", ORDER, GONE)
    with pytest.raises(UnknownOrder):
        await client.get_futures_order_status("BTCUSDT", client_order_id="nb-f1")
    with pytest.raises(UnknownOrder):
        await client.get_futures_order_status("BTCUSDT", algo_id=1)


async def test_open_orders_are_both_kinds_oldest_first(exchange, client):
    exchange.on("GET", "/fapi/v1/openOrders", answer([futures_order(time=SERVER_TIME), futures_order(**BECAME)]))
    exchange.on("GET", "/fapi/v1/openAlgoOrders", answer([algo_order(), algo_order(algoId=9, **TRIGGERED)]))
    frame = await client.get_futures_open_orders("BTCUSDT")
    assert columns(frame) == NAMES
    assert sorted(zip(frame["algo_id"], frame["order_id"], strict=True)) == [(-1, 22542179), (9, 77), (2146760, -1)]
    assert frame["order_creation_time"].is_monotonic_increasing
    raw = await client.get_futures_open_orders("BTCUSDT", raw=True)
    assert set(raw) == {"orders", "algoOrders"}


async def test_no_orders_are_a_frame_of_the_same_columns(exchange, client):
    exchange.on("GET", "/fapi/v1/openOrders", answer([]))
    exchange.on("GET", "/fapi/v1/openAlgoOrders", answer([]))
    frame = await client.get_futures_open_orders()
    assert frame.columns.tolist() == NAMES
    assert frame.dtypes["order_id"] == np.dtype("int64")


def weekly(exchange, path, rows, *, key="time", page=1000):
    """Answer with the rows between the times asked for; remember that no span was longer than a week."""
    spans = []

    async def give(request, seen):
        first = int(seen.params["startTime"])
        last = int(seen.params.get("endTime", first + 7 * DAY_MS - 1))
        spans.append((first, last))
        found = [row for row in rows if first <= row[key] <= last][:page]
        return await answer(found)(request, seen)

    exchange.on("GET", path, give)
    return spans


async def test_all_orders_are_asked_for_week_by_week(exchange, client):
    orders = [futures_order(orderId=n, time=SERVER_TIME - n * 5 * DAY_MS) for n in range(1, 5)][::-1]
    spans = weekly(exchange, "/fapi/v1/allOrders", orders)
    algos = weekly(
        exchange, "/fapi/v1/allAlgoOrders", [algo_order(createTime=SERVER_TIME - 9 * DAY_MS)], key="createTime"
    )
    frame = await client.get_all_futures_orders("BTCUSDT", start_time=SERVER_TIME - 20 * DAY_MS)
    assert frame["order_id"].tolist() == [4, 3, 2, -1, 1]
    assert all(0 <= last - first < 7 * DAY_MS for first, last in spans + algos)
    assert spans[0][0] == SERVER_TIME - 20 * DAY_MS
    assert all(later[0] == earlier[1] + 1 for earlier, later in itertools.pairwise(spans))
    newest = await client.get_all_futures_orders("BTCUSDT", start_time=SERVER_TIME - 20 * DAY_MS, limit=2)
    assert newest["order_id"].tolist() == [-1, 1]


async def test_trades_of_a_full_page_go_on_where_it_ended_and_none_twice(exchange, client):
    trades = [futures_trade(n, time=SERVER_TIME - 3 * DAY_MS + n // 2) for n in range(2500)]
    weekly(exchange, "/fapi/v1/userTrades", trades)
    frame = await client.get_futures_trades("BTCUSDT")
    assert frame["trade_id"].tolist() == list(range(2500))
    assert frame["trade_id"].is_unique


async def test_trades_have_profit_position_and_product(exchange, client):
    weekly(exchange, "/fapi/v1/userTrades", [futures_trade(1, time=SERVER_TIME - 5, realizedPnl="-1.25", side="SELL")])
    frame = await client.get_futures_trades("BTCUSDT", exact=True)
    names = [column.name for column in schemas.FILLS]
    assert frame.columns.tolist()[: len(names)] == names
    row = frame.iloc[0]
    assert (str(row["realized_pnl"]), row["position_side"], row["product"]) == ("-1.25000000", "BOTH", "usdm")
    assert (row["side"], row["source"]) == ("SELL", "trades")


async def test_trades_of_one_order_are_asked_for_without_times(exchange, client):
    exchange.on("GET", "/fapi/v1/userTrades", answer([futures_trade(1), futures_trade(2)]))
    frame = await client.get_futures_trades("BTCUSDT", order_id=22542179)
    (seen,) = exchange.requests("GET", "/fapi/v1/userTrades")
    assert not {"startTime", "endTime", "fromId"} & set(seen.params)
    assert frame["trade_id"].tolist() == [1, 2]
