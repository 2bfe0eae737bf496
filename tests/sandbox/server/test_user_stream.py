"""Account events: their envelope, their fields, their order."""

import asyncio

REPORT = [
    "e", "E", "s", "c", "S", "o", "f", "q", "p", "P", "F", "g", "C", "x", "X", "r", "i", "l", "z", "L", "n", "N", "T",
    "t", "I", "w", "m", "M", "O", "Z", "Y", "Q", "W", "V",
]  # fmt: skip


async def next_report(ws):
    while True:
        message = await ws.event()
        if message["event"]["e"] == "executionReport":
            return message["event"]


async def test_a_new_order_is_reported_with_the_documented_fields(caller):
    ws = await caller.ws_api()
    await ws.subscribe()
    placed = (await caller.order("BUY", "1", "100", newClientOrderId="mine")).json
    message = await ws.event()
    assert list(message) == ["subscriptionId", "event"]
    event = message["event"]
    assert list(event) == REPORT
    assert (event["x"], event["X"], event["c"], event["i"], event["w"]) == (
        "NEW",
        "NEW",
        "mine",
        placed["orderId"],
        True,
    )
    assert (event["n"], event["N"], event["t"], event["C"], event["r"]) == ("0", None, -1, "", "NONE")
    position = (await ws.event())["event"]
    assert list(position) == ["e", "E", "u", "B"]
    assert position["e"] == "outboundAccountPosition"
    assert {"a", "f", "l"} == set(position["B"][0])


async def test_a_fill_is_reported_as_a_trade(caller):
    ws = await caller.ws_api()
    await ws.subscribe()
    await caller.order("BUY", "1", "100")
    await next_report(ws)
    await caller.house("SELL", "0.4", "100")
    event = await next_report(ws)
    assert (event["x"], event["X"], event["l"], event["z"], event["L"], event["m"]) == (
        "TRADE", "PARTIALLY_FILLED", "0.40000000", "0.40000000", "100.00000000", True,
    )  # fmt: skip
    assert event["N"] is not None
    assert event["t"] >= 0


async def test_a_cancel_names_the_original_order(caller):
    ws = await caller.ws_api()
    await ws.subscribe()
    await caller.order("BUY", "1", "100", newClientOrderId="mine")
    await next_report(ws)
    await caller.signed("DELETE", "order", symbol="BTCUSDT", origClientOrderId="mine", newClientOrderId="cancel")
    event = await next_report(ws)
    assert (event["x"], event["X"], event["c"], event["C"]) == ("CANCELED", "CANCELED", "cancel", "mine")


async def test_an_expired_order_says_why(caller):
    ws = await caller.ws_api()
    await ws.subscribe()
    await caller.order("BUY", "1", "100", timeInForce="IOC")
    await next_report(ws)
    event = await next_report(ws)
    assert (event["x"], event["eR"]) == ("EXPIRED", "UNFILLED_IOC_QUANTITY_EXPIRED")


async def test_an_order_list_is_reported_by_list_status(caller):
    ws = await caller.ws_api()
    await ws.subscribe()
    await caller.house("SELL", "1", "100")
    await caller.order("BUY", "0.1")
    answer = await caller.signed(
        "POST", "orderList/oco", symbol="BTCUSDT", side="SELL", quantity="0.1", aboveType="LIMIT_MAKER",
        abovePrice="120", belowType="STOP_LOSS", belowStopPrice="80",
    )  # fmt: skip
    assert answer.status == 200, answer.text
    while (event := (await ws.event())["event"])["e"] != "listStatus":
        pass
    assert list(event) == ["e", "E", "s", "g", "c", "l", "L", "r", "C", "T", "O"]
    assert (event["c"], event["l"], event["L"], len(event["O"])) == ("OCO", "EXEC_STARTED", "EXECUTING", 2)


async def test_a_deposit_is_a_balance_update(caller):
    ws = await caller.ws_api()
    await ws.subscribe()
    await caller.control("deposit", asset="BTC", amount="1.5")
    event = (await ws.event())["event"]
    assert event == {"e": "balanceUpdate", "E": caller.now_ms(), "a": "BTC", "d": "1.50000000", "T": caller.now_ms()}


async def test_every_subscriber_hears_every_event_in_order(caller):
    first, second = await caller.ws_api(), await caller.ws_api()
    await first.subscribe()
    await second.subscribe()
    for price in range(100, 120):
        await caller.order("BUY", "0.1", price)
    for ws in (first, second):
        ids = [(await next_report(ws))["i"] for _ in range(20)]
        assert ids == sorted(ids)
        assert len(set(ids)) == 20


async def test_events_arrive_before_the_next_answer_of_the_same_connection(caller):
    ws = await caller.ws_api()
    await ws.subscribe()
    params = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "9"}
    await ws.call("order.place", params, signed=True)
    await ws.call("ping")
    assert [event["event"]["e"] for event in ws.events] == ["executionReport", "outboundAccountPosition"]


async def test_a_closed_connection_is_forgotten(caller):
    ws = await caller.ws_api()
    await ws.subscribe()
    assert caller.venue.users.count() == 1
    await ws.socket.close()
    for _ in range(50):
        if caller.venue.users.count() == 0:
            break
        await asyncio.sleep(0.01)
    assert caller.venue.users.count() == 0
    assert not caller.venue.connections
