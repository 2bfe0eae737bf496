"""Placing futures orders: regular and conditional by one verb, at most once, in frames of one schema."""

import json

import numpy as np
import pytest
from futures_exchange import algo_order, futures_ack, futures_order, trade_update
from scripted import SERVER_TIME, answer, drop, refuse

from binance_nb import FuturesOrderRequest, futures_schemas
from binance_nb.errors import (
    ExchangeUnavailable,
    FilterFailure,
    InsufficientBalance,
    InvalidOrderError,
    KeyRefused,
    OrderNotPlaced,
    OrderRejected,
    OrderStatusUnknown,
    SymbolRuleError,
    UnknownSymbolError,
)
from binance_nb.models.futures_events import report_from_order_update

ORDER = "/fapi/v1/order"
ALGO = "/fapi/v1/algoOrder"
BATCH = "/fapi/v1/batchOrders"
COLUMNS = [column.name for column in futures_schemas.FUTURES_ORDERS]


def request(**fields):
    return FuturesOrderRequest(
        **{
            "symbol": "BTCUSDT",
            "side": "BUY",
            "order_type": "LIMIT",
            "quantity": "0.01",
            "price": "60000",
            "new_client_order_id": "nb-f1",
            **fields,
        }
    )


def stop(**fields):
    given = {"order_type": "STOP_MARKET", "side": "SELL", "price": None, "stop_price": "58000"}
    return request(**{**given, "new_client_order_id": "nb-a1", **fields})


async def test_an_order_is_signed_posted_once_and_a_row(exchange, client):
    exchange.on("POST", ORDER, answer(futures_ack()))
    frame = await client.place_futures_order(request())
    (seen,) = exchange.requests("POST", ORDER)
    assert seen.params["newClientOrderId"] == "nb-f1"
    assert seen.params["recvWindow"] == "5000"
    assert len(seen.params["signature"]) == 64
    assert frame.columns.tolist()[: len(COLUMNS)] == COLUMNS
    row = frame.iloc[0]
    assert (row["order_id"], row["algo_id"], row["order_status"]) == (22542179, -1, "NEW")
    assert row["cumulative_quote_qty"] == 0
    assert np.isnan(row["average_price"])


async def test_what_the_answer_does_not_tell_of_a_fill_is_unknown_and_not_wrong(exchange, client):
    exchange.on("POST", ORDER, answer(futures_ack(status="FILLED", executedQty="0.010", type="MARKET", price="0")))
    row = (await client.place_futures_market_order("BTCUSDT", "BUY", "0.01")).iloc[0]
    assert row["cumulative_filled_qty"] == 0.01
    assert np.isnan(row["average_price"])
    assert np.isnan(row["cumulative_quote_qty"])
    assert len(exchange.seen) == 3  # exchangeInfo, time and the order: no hidden question


async def test_what_the_stream_has_told_already_completes_the_answer(exchange, client):
    filled = report_from_order_update(trade_update(7, "0.010", l="0.010"))
    client.ledger.add_report(filled)
    exchange.on("POST", ORDER, answer(futures_ack(status="FILLED", executedQty="0.010")))
    row = (await client.place_futures_order(request())).iloc[0]
    assert (row["average_price"], row["cumulative_quote_qty"]) == (60000, 600)


async def test_an_answer_of_an_older_kind_with_prices_is_read_too(exchange, client):
    exchange.on("POST", ORDER, answer(futures_order(status="FILLED", executedQty="0.010", cumQuote="600.5")))
    row = (await client.place_futures_order(request())).iloc[0]
    assert (row["average_price"], row["cumulative_quote_qty"]) == (60050, 600.5)


@pytest.mark.parametrize("kind", ["STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"])
async def test_a_conditional_order_goes_to_the_algo_service_by_the_same_verb(exchange, client, kind):
    exchange.on("POST", ALGO, answer(algo_order(orderType=kind)))
    fields = {"price": "58000"} if kind in {"STOP", "TAKE_PROFIT"} else {}
    if kind == "TRAILING_STOP_MARKET":
        fields = {"stop_price": None, "callback_rate": 1}
    frame = await client.place_futures_order(stop(order_type=kind, **fields))
    assert exchange.requests("POST", ORDER) == []
    assert exchange.requests("POST", ALGO)[0].params["algoType"] == "CONDITIONAL"
    row = frame.iloc[0]
    assert (row["algo_id"], row["order_id"]) == (2146760, -1)
    assert (row["order_type"], row["algo_status"], row["order_status"]) == (kind, "NEW", "NEW")
    assert (row["client_order_id"], row["stop_price"], row["quantity"]) == ("nb-a1", 58000, 0.01)
    assert frame.columns.tolist()[: len(COLUMNS)] == COLUMNS


async def test_nothing_is_sent_of_an_order_that_breaks_a_rule(exchange, client):
    with pytest.raises(SymbolRuleError, match=r"nearest: 60000 or 60000.1"):
        await client.place_futures_order(request(price="60000.05"))
    assert exchange.requests("POST", ORDER) == []


async def test_round_to_puts_an_order_on_the_steps(exchange, client):
    exchange.on("POST", ORDER, answer(futures_ack()))
    await client.place_futures_limit_order("BTCUSDT", "BUY", "0.0109", "60000.07", round_to="down")
    sent = exchange.requests("POST", ORDER)[0].params
    assert (sent["price"], sent["quantity"]) == ("60000", "0.01")


async def test_a_symbol_that_is_not_listed_is_refused_with_the_nearest(exchange, client):
    with pytest.raises(UnknownSymbolError, match="did you mean BTCUSDT"):
        await client.place_futures_market_order("BTCUSD", "BUY", 1)


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (-2019, "Margin is insufficient.", InsufficientBalance),
        (-2021, "Order would immediately trigger.", OrderRejected),
        (-2022, "ReduceOnly Order is rejected.", OrderRejected),
        (-4014, "Price not increased by tick size.", FilterFailure),
        (-4061, "Order's position side does not match user's setting.", OrderRejected),
        (-4164, "Order's notional must be no smaller than 50 (unless you choose reduce only).", FilterFailure),
        (-4120, "Order type not supported for this endpoint.", OrderRejected),
        (-5022, "Due to the order could not be executed as maker, it was rejected.", OrderRejected),
    ],
)
async def test_a_clear_no_is_an_error_of_its_own_kind_and_nothing_is_asked(exchange, client, code, message, kind):
    exchange.on("POST", ORDER, refuse(code, message))
    with pytest.raises(kind) as refused:
        await client.place_futures_order(request())
    assert (refused.value.code, refused.value.message) == (code, message)
    assert exchange.requests("GET", ORDER) == []
    assert len(exchange.requests("POST", ORDER)) == 1


DOUBTS = {
    "connection dropped": drop,
    "-1006": refuse(-1006, "An unexpected response was received from the message bus.", 400),
    "-1007": refuse(-1007, "Timeout waiting for response from backend server.", 408),
    "503 unknown": answer({"code": -1000, "msg": "Unknown error, please check your request or try again later."}, 503),
    "502 page": answer("<html><h1>502 Bad Gateway</h1></html>", 502),
}


@pytest.mark.parametrize("way", DOUBTS)
async def test_an_order_in_doubt_is_asked_for_and_never_sent_again(exchange, client, way):
    exchange.on("POST", ORDER, DOUBTS[way])
    exchange.on("GET", ORDER, refuse(-2013, "Order does not exist."), answer(futures_order(status="FILLED")))
    frame = await client.place_futures_order(request())
    assert frame["order_status"].tolist() == ["FILLED"]
    assert len(exchange.requests("POST", ORDER)) == 1
    assert {seen.params["origClientOrderId"] for seen in exchange.requests("GET", ORDER)} == {"nb-f1"}


@pytest.mark.parametrize("way", DOUBTS)
async def test_a_conditional_order_in_doubt_is_asked_for_by_its_client_algo_id(exchange, client, way):
    exchange.on("POST", ALGO, DOUBTS[way])
    exchange.on("GET", ALGO, refuse(-2013, "Order does not exist."), answer(algo_order()))
    frame = await client.place_futures_order(stop())
    assert frame["algo_id"].tolist() == [2146760]
    assert len(exchange.requests("POST", ALGO)) == 1
    assert {seen.params["clientAlgoId"] for seen in exchange.requests("GET", ALGO)} == {"nb-a1"}


async def test_an_order_that_never_arrived_is_told_so_after_its_time(exchange, client):
    exchange.on("POST", ORDER, drop)
    exchange.on("GET", ORDER, refuse(-2013, "Order does not exist."))
    with pytest.raises(OrderNotPlaced, match="never arrived"):
        await client.place_futures_order(request())
    assert len(exchange.requests("POST", ORDER)) == 1


async def test_a_fate_that_cannot_be_learned_is_unknown_and_can_be_resolved_later(exchange, client):
    exchange.on("POST", ORDER, drop)
    exchange.on("GET", ORDER, drop)
    with pytest.raises(OrderStatusUnknown, match=r"get_futures_open_orders\(\)") as unknown:
        await client.place_futures_order(request())
    exchange.on("GET", ORDER, answer(futures_order(status="FILLED")))
    assert (await unknown.value.resolve_async())["status"] == "FILLED"
    assert len(exchange.requests("POST", ORDER)) == 1


async def test_an_overloaded_exchange_that_did_nothing_is_no_doubt(exchange, client):
    exchange.on("POST", ORDER, refuse(-1008, "Request throttled by system-level protection.", 503))
    with pytest.raises(ExchangeUnavailable):
        await client.place_futures_order(request())
    assert exchange.requests("GET", ORDER) == []


async def test_a_batch_is_one_request_and_a_row_each(exchange, client):
    refusal = {"code": -2022, "msg": "ReduceOnly Order is rejected."}
    exchange.on("POST", BATCH, answer([futures_ack(), refusal]))
    orders = [request(), request(new_client_order_id="nb-f2", reduce_only=True)]
    frame = await client.place_futures_batch_orders(orders)
    sent = json.loads(exchange.requests("POST", BATCH)[0].params["batchOrders"])
    assert [item["newClientOrderId"] for item in sent] == ["nb-f1", "nb-f2"]
    assert sent[1]["reduceOnly"] == "true"
    assert frame["order_status"].tolist() == ["NEW", "REJECTED"]
    assert frame["code"].tolist() == [-1, -2022]
    assert frame["client_order_id"].tolist() == ["nb-f1", "nb-f2"]
    assert frame["message"].tolist()[1] == "ReduceOnly Order is rejected."


async def test_a_batch_in_doubt_is_asked_for_order_by_order(exchange, client):
    exchange.on("POST", BATCH, drop)
    first, second = futures_order(), futures_order(clientOrderId="nb-f2", orderId=2)
    exchange.on("GET", ORDER, answer(first), answer(second))
    frame = await client.place_futures_batch_orders([request(), request(new_client_order_id="nb-f2")])
    assert frame["order_id"].tolist() == [22542179, 2]
    assert len(exchange.requests("POST", BATCH)) == 1


async def test_an_order_of_a_batch_that_never_arrived_is_a_refused_row(exchange, client):
    exchange.on("POST", BATCH, drop)
    exchange.on("GET", ORDER, answer(futures_order()), refuse(-2013, "Order does not exist."))
    frame = await client.place_futures_batch_orders([request(), request(new_client_order_id="nb-f2")])
    assert frame["order_status"].tolist() == ["NEW", "REJECTED"]
    assert frame["code"].tolist() == [-1, -2013]


@pytest.mark.parametrize(
    ("orders", "words"),
    [([], "1 to 5 orders, not 0"), ([request()] * 6, "not 6"), ([stop()], "STOP_MARKET order cannot be placed in a")],
)
async def test_a_batch_that_the_exchange_would_not_take_is_not_sent(exchange, client, orders, words):
    with pytest.raises(InvalidOrderError, match=words):
        await client.place_futures_batch_orders(orders)
    assert exchange.requests("POST", BATCH) == []


async def test_a_test_order_changes_nothing_and_a_conditional_one_has_no_test(exchange, client):
    exchange.on("POST", f"{ORDER}/test", answer({}))
    assert await client.test_futures_order(request()) is None
    with pytest.raises(InvalidOrderError, match="no test for a STOP_MARKET"):
        await client.test_futures_order(stop())


async def test_check_asks_for_what_decides_and_names_what_fails(exchange, client):
    exchange.on("GET", "/fapi/v1/premiumIndex", answer({"symbol": "BTCUSDT", "markPrice": "60000"}))
    exchange.on("GET", "/fapi/v2/ticker/price", answer({"symbol": "BTCUSDT", "price": "60000", "time": SERVER_TIME}))
    exchange.on("GET", "/fapi/v1/openOrders", answer([]))
    exchange.on("GET", "/fapi/v1/openAlgoOrders", answer([]))
    exchange.on("GET", "/fapi/v1/accountConfig", answer({"dualSidePosition": True}))
    exchange.on("GET", "/fapi/v3/positionRisk", answer([]))
    frame = await client.check_futures_order(request(price="70000"))
    assert frame.loc[~frame["passed"], "rule"].tolist() == ["PERCENT_PRICE", "position mode"]
    assert frame.loc[~frame["passed"], "code"].tolist() == [-4016, -4061]


async def test_a_key_of_the_spot_testnet_is_told_where_futures_keys_are_made(exchange, monkeypatch):
    from binance_nb import AsyncBinanceClient, BinanceConfig

    for name, value in (("API_KEY", "k" * 64), ("API_SECRET", "s" * 64)):
        monkeypatch.setenv(f"BINANCE_TESTNET_{name}", value)
    exchange.on("GET", "/fapi/v3/balance", refuse(-2015, "Invalid API-key, IP, or permissions for action.", 401))
    config = BinanceConfig(testnet_futures_base_url=exchange.base_url)
    async with AsyncBinanceClient(config, own_thread=False) as client:
        with pytest.raises(KeyRefused, match=r"demo\.binance\.com"):
            await client.get_futures_balances()


async def test_budgets_of_futures_are_their_own(exchange, client):
    frame = await client.futures_rate_limits()
    assert frame["limit"].tolist() == [2400, 1200, 300]
    assert client._transport.limits.budgets == []
