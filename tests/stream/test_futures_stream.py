"""The futures stream: a listen key kept alive, a routed address with fallbacks, fills in the ledger of all products."""

import asyncio

import pytest
from futures_exchange import (
    algo_update,
    futures_exchange_info,
    futures_order,
    futures_trade,
    order_update,
    trade_update,
)
from scripted import API_KEY, SERVER_TIME, ScriptedExchange, answer, eventually, refuse, trade_report
from scripted_client import scripted_exchange

from binance_nb import AsyncBinanceClient, BinanceConfig
from binance_nb.errors import NotFilledInTime, StreamError
from binance_nb.stream.futures_queries import private_addresses
from binance_nb.transport.backoff import Backoff

KEY = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"
LISTEN_KEY = "/fapi/v1/listenKey"
TRADES = "/fapi/v1/userTrades"


@pytest.fixture
async def exchange(keys):
    """An exchange with futures streams at the routed addresses."""
    async with scripted_exchange("/fstream/private/ws") as opened:
        opened.on("GET", "/fapi/v1/exchangeInfo", answer(futures_exchange_info()))
        opened.on("POST", LISTEN_KEY, answer({"listenKey": KEY}))
        opened.on("PUT", LISTEN_KEY, answer({"listenKey": KEY}))
        opened.on("DELETE", LISTEN_KEY, answer({}))
        opened.on("GET", "/fapi/v1/openOrders", answer([]))
        opened.on("GET", TRADES, answer([]))
        yield opened


@pytest.fixture
async def client(exchange):
    """A client on the test's own loop, whose streams connect again at once."""
    opened = AsyncBinanceClient(exchange.config(timeout_s=3), own_thread=False)
    for stream in (opened.stream, opened.futures_stream):
        stream._backoff = Backoff(0.001, 0.005)
    yield opened
    await opened.close()


async def started(client):
    await client.futures_stream._clock.measure()
    handle = await client.start_stream(product="usdm")
    await eventually(lambda: handle.status.state == "connected")
    return handle


async def recovered(client):
    """Wait until nothing is held back any more: what is sent now is told at once."""
    await eventually(lambda: client.futures_stream.status.state == "connected")


async def idle(socket):
    await socket.stay()


async def test_a_key_is_made_and_opens_the_routed_address(exchange, client):
    exchange.on_socket(idle)
    handle = await started(client)
    (made,) = exchange.requests("POST", LISTEN_KEY)
    assert made.headers["X-MBX-APIKEY"] == API_KEY
    assert (made.query, made.body) == ("", "")
    assert exchange.sockets[0].address == f"/fstream/private/ws?listenKey={KEY}"
    assert handle.product == "usdm"
    assert KEY not in repr(handle)
    await client.stop_stream(product="usdm")
    assert len(exchange.requests("DELETE", LISTEN_KEY)) == 1


@pytest.mark.parametrize("path", ["/fstream/private/ws/{key}", "/fstream/ws/{key}"])
async def test_where_the_first_address_is_not_served_the_next_is_tried(keys, path):
    exchange = ScriptedExchange()
    exchange.stream_paths = (path,)
    await exchange.start()
    exchange.on("POST", LISTEN_KEY, answer({"listenKey": KEY}))
    exchange.on("DELETE", LISTEN_KEY, answer({}))
    exchange.on("GET", "/fapi/v1/openOrders", answer([]))
    exchange.on_socket(idle)
    async with AsyncBinanceClient(exchange.config(timeout_s=3), own_thread=False) as client:
        await client.start_stream(product="usdm")
        assert exchange.sockets[0].address == path.format(key=KEY)
    await exchange.close()


def test_mainnet_never_falls_back_to_the_address_that_is_silent():
    config = BinanceConfig(testnet=False)
    addresses = private_addresses(config, KEY)
    assert [str(address) for address in addresses] == [
        f"wss://fstream.binance.com/private/ws?listenKey={KEY}",
        f"wss://fstream.binance.com/private/ws/{KEY}",
    ]
    assert str(private_addresses(BinanceConfig(), KEY)[-1]) == f"wss://fstream.binancefuture.com/ws/{KEY}"
    assert all(KEY not in repr(address) for address in addresses)


async def test_fills_go_to_the_ledger_under_their_product(exchange, client):
    async def tell(socket):
        await recovered(client)
        for event in (order_update(), trade_update(7, "0.005"), trade_update(8, "0.010", L="60000.2", rp="-2")):
            await socket.send(event)
        await socket.stay()

    exchange.on_socket(tell)
    client.ledger.add_report(trade_report(7))  # a spot trade of the same symbol and number
    await started(client)
    await eventually(lambda: len(client.fills(product="usdm")) == 2)
    fills = client.fills(product="usdm")
    assert fills["trade_id"].tolist() == [7, 8]
    assert fills["realized_pnl"].tolist() == [1.5, -2]
    assert fills["position_side"].tolist() == ["BOTH", "BOTH"]
    assert fills["product"].tolist() == ["usdm", "usdm"]
    assert client.fills(product="spot")["trade_id"].tolist() == [7]
    assert len(client.fills("BTCUSDT")) == 3
    reports = client.execution_reports(product="usdm")
    assert reports["cumulative_quote_qty"].tolist() == [0, 300, 600.001]
    assert reports["order_status"].tolist() == ["NEW", "PARTIALLY_FILLED", "FILLED"]


async def test_the_same_update_twice_is_one_report(exchange, client):
    async def tell(socket):
        await recovered(client)
        for event in (order_update(), order_update(), trade_update(7, "0.005"), trade_update(7, "0.005")):
            await socket.send(event)
        await socket.stay()

    exchange.on_socket(tell)
    handle = await started(client)
    await eventually(lambda: handle.status.events == 4)
    assert len(client.execution_reports()) == 2
    assert handle.status.duplicates == 2


async def test_two_changes_of_one_order_are_two_reports(exchange, client):
    async def tell(socket):
        await recovered(client)
        for step, price in enumerate(("60000", "60001", "60002")):
            kind = "AMENDMENT" if step else "NEW"
            await socket.send(order_update(x=kind, p=price, T=SERVER_TIME + step))
        await socket.stay()

    exchange.on_socket(tell)
    await started(client)
    await eventually(lambda: len(client.execution_reports()) == 3)
    assert client.execution_reports()["price"].tolist() == [60000, 60001, 60002]


async def test_what_a_gap_swallowed_comes_from_the_list_of_trades(exchange, client):
    async def first(socket):
        await recovered(client)
        await socket.send(trade_update(7, "0.005"))
        await eventually(lambda: len(client.fills()) == 1)
        await socket.ws.close()

    exchange.on_socket(first, idle)
    trades = [futures_trade(7), futures_trade(8, realizedPnl="3.5", positionSide="BOTH", price="60000.20")]
    trades[1]["quoteQty"] = "300.001"

    async def user_trades(request, seen):
        since = int(seen.params.get("fromId", 0))
        told = [trade for trade in trades if trade["id"] >= since] if len(exchange.sockets) > 1 else []
        return await answer(told)(request, seen)

    exchange.on("GET", TRADES, user_trades)
    filled = futures_order(status="FILLED", executedQty="0.010", cumQuote="600.001", avgPrice="60000.1")
    exchange.on("GET", "/fapi/v1/order", answer(filled))
    told = []
    client.subscribe(told.append)
    await started(client)
    await eventually(lambda: len(client.fills()) == 2)
    fills = client.fills()
    assert fills["trade_id"].tolist() == [7, 8]
    assert fills["source"].tolist() == ["stream", "recovered"]
    assert fills["realized_pnl"].tolist() == [1.5, 3.5]
    assert fills["product"].tolist() == ["usdm", "usdm"]
    assert client.execution_reports()["order_status"].tolist()[-1] == "FILLED"
    await eventually(lambda: len(told) == 2)
    assert [(report.trade_id, report.product) for report in told] == [(7, "usdm"), (8, "usdm")]
    gaps = client.stream_gaps()
    assert (gaps["fills"].tolist(), gaps["product"].tolist()) == ([1], ["usdm"])
    assert client.ledger.open_orders(product="usdm") == []


async def test_an_order_that_was_cancelled_and_one_that_was_changed_during_a_gap_are_told(exchange, client):
    async def first(socket):
        await recovered(client)
        await socket.send(order_update())
        await socket.send(order_update(i=5, c="nb-f5"))
        await eventually(lambda: len(client.execution_reports()) == 2)
        await socket.ws.close()

    exchange.on_socket(first, idle)
    changed = futures_order(orderId=5, clientOrderId="nb-f5", price="61000.00", updateTime=SERVER_TIME + 9)
    exchange.on("GET", "/fapi/v1/openOrders", answer([]), answer([changed]))

    async def one(request, seen):
        gone = futures_order(status="CANCELED", updateTime=SERVER_TIME + 8)
        return await answer(changed if seen.params["orderId"] == "5" else gone)(request, seen)

    exchange.on("GET", "/fapi/v1/order", one)
    await started(client)
    await eventually(lambda: len(client.execution_reports()) == 4)
    reports = client.execution_reports()
    assert reports["execution_type"].tolist() == ["NEW", "NEW", "CANCELED", "AMENDMENT"]
    assert reports["price"].tolist()[-1] == 61000
    (still_open,) = client.ledger.open_orders(product="usdm")
    assert still_open["i"] == 5


@pytest.mark.parametrize("weeks", [0, 3])
async def test_trades_of_weeks_ago_are_found_by_windows_of_a_week(exchange, client, weeks):
    week_ms = 7 * 24 * 3600 * 1000
    exchange.on_socket(idle)
    await client.futures_stream._clock.measure()
    since = client.futures_stream.now_ms() - weeks * week_ms - 1000
    client.ledger.watch("BTCUSDT", since, product="usdm")
    trade = futures_trade(9, time=client.futures_stream.now_ms() - 500)
    spans = []

    async def user_trades(request, seen):
        params = seen.params
        if "fromId" in params:
            return await answer([trade])(request, seen)
        start = int(params["startTime"])
        end = int(params.get("endTime", start + week_ms - 1))
        spans.append(end - start)
        return await answer([trade] if start <= trade["time"] <= end else [])(request, seen)

    exchange.on("GET", TRADES, user_trades)
    exchange.on("GET", "/fapi/v1/order", refuse(-2013, "Order does not exist."))
    await started(client)
    await eventually(lambda: len(client.fills()) == 1)
    assert len(spans) == weeks + 1
    assert max(spans) < week_ms


async def test_an_expired_key_is_replaced_and_the_stream_goes_on(exchange, client):
    another = KEY[::-1]
    exchange.on("POST", LISTEN_KEY, answer({"listenKey": KEY}), answer({"listenKey": another}))

    async def expire(socket):
        await socket.send({"e": "listenKeyExpired", "E": SERVER_TIME, "listenKey": KEY})
        await socket.stay()

    async def go_on(socket):
        await recovered(client)
        await socket.send(trade_update(7, "0.005"))
        await socket.stay()

    exchange.on_socket(expire, go_on)
    await client.futures_stream._clock.measure()
    await client.start_stream(product="usdm")
    await eventually(lambda: len(client.fills()) == 1)
    assert [socket.address.rpartition("=")[2] for socket in exchange.sockets] == [KEY, another]
    assert client.futures_stream.feed.key_life.replaced == 1


async def test_a_key_found_gone_when_it_should_be_kept_alive_is_replaced(exchange, client):
    exchange.on("PUT", LISTEN_KEY, refuse(-1125, "This listenKey does not exist."))
    exchange.on_socket(idle)
    wake = asyncio.Event()
    life = client.futures_stream.feed.key_life
    slept = []

    async def sleep(seconds):
        slept.append(seconds)
        await wake.wait()
        wake.clear()

    life._sleep = sleep
    await started(client)
    await eventually(lambda: slept)
    assert slept == [1800]
    wake.set()
    await eventually(lambda: len(exchange.sockets) == 2)
    assert len(exchange.requests("POST", LISTEN_KEY)) == 2


async def test_account_events_and_algo_updates_are_kept_for_looking_back(exchange, client):
    account = {"m": "FUNDING_FEE", "B": [{"a": "USDT", "wb": "99", "cw": "99", "bc": "-1"}], "P": []}

    async def tell(socket):
        await recovered(client)
        await socket.send({"e": "ACCOUNT_UPDATE", "E": SERVER_TIME, "T": SERVER_TIME, "a": account})
        await socket.send(algo_update(X="TRIGGERED", ai="77"))
        await socket.send(
            {"e": "TRADE_LITE", "E": 1, "T": 1, "s": "BTCUSDT", "q": "1", "p": "1", "m": False}
            | {"c": "x", "S": "BUY", "L": "1", "l": "1", "t": 5, "i": 6}
        )
        await socket.stay()

    exchange.on_socket(tell)
    heard = []
    client.subscribe_futures_events(heard.append)
    handle = await started(client)
    await eventually(lambda: handle.status.events == 3)
    await eventually(lambda: [event.event_type for event in heard] == ["ACCOUNT_UPDATE", "ALGO_UPDATE", "TRADE_LITE"])
    events = client.futures_account_events()
    assert events[["reason", "asset", "balance_change"]].values.tolist() == [["FUNDING_FEE", "USDT", -1]]
    (update,) = client.futures_algo_updates()
    assert (update.algo_id, update.order_id) == (2146760, 77)
    assert client.fills().empty


async def test_waiting_for_a_fill_listens_to_the_futures_stream(exchange, client):
    exchange.on_socket(idle)
    frame = client.ledger  # before the stream runs
    with pytest.raises(StreamError, match='start_stream\\(product="usdm"\\)'):
        await client.wait_for_fill(22542179, product="usdm")
    assert frame is client.ledger
    await started(client)
    from binance_nb import futures_frames

    placed = futures_frames.orders([futures_frames.order_row(futures_order())])
    exchange.on("GET", "/fapi/v1/order", answer(futures_order()))
    waiting = asyncio.create_task(client.wait_for_fill(placed, 5))
    await eventually(lambda: exchange.requests("GET", "/fapi/v1/order"))
    await exchange.sockets[0].send(trade_update(7, "0.010", l="0.010"))
    row = (await waiting).iloc[0]
    assert (row["order_status"], row["average_price"], row["algo_id"]) == ("FILLED", 60000, -1)
    with pytest.raises(NotFilledInTime):
        await client.wait_for_fill(5, 0.01, product="usdm")


async def test_both_streams_share_the_ledger_and_the_listeners(exchange, client):
    async def spot(socket):
        await socket.accept()
        await eventually(lambda: client.stream.status.state == "connected")
        await socket.event(trade_report(1))
        await socket.stay()

    async def futures(socket):
        await recovered(client)
        await socket.send(trade_update(7, "0.005"))
        await socket.stay()

    for name in ("openOrders", "myTrades"):
        exchange.on("GET", f"/api/v3/{name}", answer([]))
    heard = []
    client.subscribe(heard.append)
    exchange.on_socket(spot, futures)
    await client.start_stream()
    await started(client)
    await eventually(lambda: len(heard) == 2)
    assert sorted(report.product for report in heard) == ["spot", "usdm"]
    assert sorted(client.fills()["product"]) == ["spot", "usdm"]
    assert client.stream_status(product="usdm")["reports"].tolist() == [1]
    assert client.stream_status()["reports"].tolist() == [1]
    await client.stop_stream()
    assert client.stream_status(product="usdm")["state"].tolist() == ["stopped"]


async def test_the_listen_key_verbs_work_for_futures(exchange, client):
    key = await client.create_listen_key(product="usdm")
    assert key == KEY
    assert KEY not in repr(key)
    await client.keepalive_listen_key(key, product="usdm")
    await client.close_listen_key(key, product="usdm")
    assert [len(exchange.requests(method, LISTEN_KEY)) for method in ("POST", "PUT", "DELETE")] == [1, 1, 1]
    url = client.get_user_data_stream_url(key, product="usdm")
    assert url.endswith(f"/private/ws?listenKey={KEY}")
    assert KEY not in repr(url)
    with pytest.raises(StreamError, match="needs a listen key"):
        client.get_user_data_stream_url(product="usdm")
    with pytest.raises(StreamError, match='product is "spot" or "usdm"'):
        await client.create_listen_key(product="coinm")
