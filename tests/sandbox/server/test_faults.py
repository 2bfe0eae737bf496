"""Misbehaviour on command: each fault does what its name says, once, and no more."""

import asyncio
import json

import aiohttp
import pytest

from binance_nb.sandbox.faults import AnswerFault, Faults

ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "100"}
BROKEN = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError)


async def open_orders(caller) -> int:
    return len((await caller.signed("GET", "openOrders")).json)


@pytest.mark.parametrize(("kind", "placed"), [("drop_before", 0), ("drop_after", 1)])
async def test_a_dropped_connection_before_or_after_the_order(caller, kind, placed):
    await caller.control("fault", kind=kind, method="order.place")
    with pytest.raises(BROKEN):
        await caller.signed("POST", "order", **ORDER)
    assert await open_orders(caller) == placed
    assert (await caller.signed("POST", "order", **ORDER)).status == 200


async def test_half_an_answer(caller):
    await caller.control("fault", kind="cut", method="order.place")
    with pytest.raises(BROKEN):
        await caller.signed("POST", "order", **ORDER)
    assert await open_orders(caller) == 1


@pytest.mark.parametrize(
    ("kind", "executed", "expected", "placed"),
    [
        ("unknown_503", True, (503, -1000), 1),
        ("unknown_503", False, (503, -1000), 0),
        ("unavailable_503", True, (503, -1000), 0),
        ("internal_503", True, (503, -1001), 0),
        ("busy_503", True, (503, -1008), 0),
        ("timeout", True, (504, -1007), 1),
        ("timeout", False, (504, -1007), 0),
        ("unexpected", True, (500, -1006), 1),
    ],
)
async def test_server_errors(caller, kind, executed, expected, placed):
    await caller.control("fault", kind=kind, method="order.place", executed=executed)
    answer = await caller.signed("POST", "order", **ORDER)
    assert (answer.status, answer.json["code"]) == expected
    assert await open_orders(caller) == placed


async def test_an_order_may_be_filled_though_the_answer_timed_out(caller):
    await caller.house("SELL", "1", "100")
    ws = await caller.ws_api()
    await ws.subscribe()
    await caller.control("fault", kind="timeout", method="order.place")
    answer = await ws.call("order.place", ORDER | {"newClientOrderId": "mine"}, signed=True)
    assert (answer["status"], answer["error"]["code"]) == (504, -1007)
    found = await caller.signed("GET", "order", symbol="BTCUSDT", origClientOrderId="mine")
    assert found.json["status"] == "FILLED"
    assert ws.events[0]["event"]["c"] == "mine"


async def test_a_gateway_answers_in_html(caller):
    await caller.control("fault", kind="bad_gateway_502")
    answer = await caller.get("time")
    assert (answer.status, answer.json) == (502, None)
    assert answer.text.startswith("<html>")


async def test_a_fault_hits_its_method_and_as_often_as_told(caller):
    await caller.control("fault", kind="busy_503", method="time", times=2)
    assert (await caller.get("ping")).status == 200
    assert [(await caller.get("time")).status for _ in range(3)] == [503, 503, 200]


async def test_a_delayed_answer_does_not_hold_up_the_next_of_a_websocket(caller):
    await caller.control("fault", kind="delay", method="time", delay_ms=300)
    ws = await caller.ws_api()
    await ws.socket.send_str('{"id": "slow", "method": "time"}')
    answer = await ws.raw('{"id": "fast", "method": "ping"}')
    assert answer["id"] == "fast"
    assert (await ws._answer())["id"] == "slow"


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "cut"])
async def test_a_websocket_breaks_off(caller, kind):
    ws = await caller.ws_api()
    await caller.control("fault", kind=kind, method="order.place")
    await ws.socket.send_json({"id": 1, "method": "order.place", "params": ws.sign(dict(ORDER))})
    message = await ws.socket.receive(timeout=5)
    if kind == "cut":
        with pytest.raises(json.JSONDecodeError):
            message.json()
        message = await ws.socket.receive(timeout=5)
    assert message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}
    assert await open_orders(caller) == (0 if kind == "drop_before" else 1)


async def events_of(ws, count):
    return [(await ws.event())["event"] for _ in range(count)]


async def test_a_duplicated_event(caller):
    ws = await caller.ws_api()
    await ws.subscribe()
    await caller.control("fault", kind="duplicate", event="executionReport")
    await caller.order("BUY", "1", "100")
    first, second, third = await events_of(ws, 3)
    assert first == second
    assert third["e"] == "outboundAccountPosition"


async def test_reordered_events(caller):
    ws = await caller.ws_api()
    await ws.subscribe()
    await caller.control("fault", kind="reorder", event="executionReport")
    await caller.order("BUY", "1", "100")
    assert [event["e"] for event in await events_of(ws, 2)] == ["outboundAccountPosition", "executionReport"]


async def test_withheld_events_come_when_they_are_released(caller):
    ws = await caller.ws_api()
    await ws.subscribe()
    await caller.control("fault", kind="withhold", times=2)
    await caller.order("BUY", "1", "100")
    await ws.call("ping")
    assert ws.events == []
    assert (await caller.control("release_events")).json == {"released": 2}
    assert [event["e"] for event in await events_of(ws, 2)] == ["executionReport", "outboundAccountPosition"]


async def test_sockets_are_closed_on_command(caller):
    ws = await caller.ws_api()
    stream = await caller.stream("/ws/btcusdt@trade")
    assert (await caller.control("drop_sockets")).json == {"closed": 2}
    for socket in (ws.socket, stream.socket):
        message = await socket.receive(timeout=5)
        assert message.type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSE}
    ws = await caller.ws_api()
    await caller.control("drop_sockets", code=1001)
    await ws.socket.receive(timeout=5)
    assert ws.socket.close_code == 1001


async def test_a_frozen_socket_is_open_and_silent(caller):
    ws = await caller.ws_api()
    await ws.subscribe()
    assert (await caller.control("freeze_sockets")).json == {"frozen": 1}
    await caller.order("BUY", "1", "100")
    await ws.socket.send_str('{"id": 1, "method": "ping"}')
    with pytest.raises(asyncio.TimeoutError):
        await ws.socket.receive(timeout=0.2)
    assert not ws.socket.closed
    await caller.control("drop_sockets")


async def test_a_shifted_clock_makes_good_timestamps_bad(caller):
    await caller.control("shift_clock", ms=10_000)
    assert (await caller.get("time")).json["serverTime"] == caller.now_ms() + 10_000
    late = await caller.signed("GET", "account")
    assert late.json["code"] == -1021
    assert (await caller.signed("GET", "account", timestamp=caller.now_ms() + 10_000)).status == 200
    await caller.control("shift_clock", ms=0)
    assert (await caller.signed("GET", "account")).status == 200


async def test_maintenance_is_announced_and_ends(caller):
    ws = await caller.ws_api()
    raw = await caller.stream("/ws/btcusdt@trade")
    combined = await caller.stream("/stream?streams=btcusdt@trade")
    await caller.control("maintenance", on=True)
    now = caller.now_ms()
    assert await ws.event() == {"event": {"e": "serverShutdown", "E": now}}
    assert await raw.next() == {"e": "serverShutdown", "E": now}
    assert await combined.next() == {"stream": "!serverShutdown", "data": {"e": "serverShutdown", "E": now}}
    await raw.socket.receive(timeout=5)
    assert raw.socket.closed
    refused = await caller.get("time")
    assert (refused.status, refused.json["code"]) == (503, -1016)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await caller.ws_api()
    await caller.control("maintenance", on=False)
    assert (await caller.get("time")).status == 200


async def test_the_monthly_reset_gives_first_balances_and_keeps_keys(caller):
    ws = await caller.ws_api()
    await ws.subscribe()
    await caller.house("SELL", "1", "100")
    await caller.order("BUY", "0.5")
    await caller.order("BUY", "1", "50")
    before = (await caller.signed("GET", "account")).json["balances"]
    await caller.control("reset_account", account="main")
    after = (await caller.signed("GET", "account")).json["balances"]
    assert before != after
    usdt = next(row for row in after if row["asset"] == "USDT")
    assert (usdt["free"], usdt["locked"]) == ("100000.00000000", "0.00000000")
    assert (await caller.signed("GET", "openOrders")).json == []
    assert (await caller.signed("GET", "allOrders", symbol="BTCUSDT")).json == []
    assert (await caller.control("reset_account", account="nobody")).status == 400


async def test_the_state_lists_what_is_set(caller):
    await caller.control("fault", kind="timeout", method="order.place", times=3)
    state = (await caller.control("state")).json
    assert state["faults"]["answers"] == [{"kind": "timeout", "method": "order.place", "times": 3}]
    assert state["clock"] == "stepped"
    await caller.control("clear_faults")
    assert (await caller.control("state")).json["faults"]["answers"] == []


def test_every_fault_has_a_sentence_when_it_is_misspelt():
    with pytest.raises(ValueError, match="choose one of delay, delay_answer, drop_before"):
        Faults().add({"kind": "earthquake"})
    with pytest.raises(ValueError, match="does not take these fields"):
        Faults().add({"kind": AnswerFault.DELAY, "colour": "red"})


async def test_the_control_endpoint_does_not_answer_web_pages(caller):
    answer = await caller.send("GET", "/sandbox/v1/state", headers={"Origin": "http://example.org"})
    assert answer.status == 403
    answer = await caller.send("GET", "/sandbox/v1/state", headers={"Host": "example.org"})
    assert answer.status == 403
    assert (await caller.control("explode")).status == 404


async def test_an_answer_may_be_late_though_the_order_was_not(caller):
    await caller.control("fault", kind="delay_answer", method="order.place", delay_ms=200)
    late = asyncio.create_task(caller.signed("POST", "order", **ORDER))
    for _ in range(100):
        if await open_orders(caller):
            break
        await asyncio.sleep(0.01)
    assert not late.done()
    assert (await late).status == 200


async def test_a_stopping_server_says_goodbye(caller):
    ws = await caller.ws_api()
    await caller.server.stop()
    assert (await ws.event())["event"]["e"] == "serverShutdown"


async def test_an_error_of_the_sandbox_itself_is_an_answer_and_a_log_entry(caller, monkeypatch, caplog):
    def fail(*_args, **_options):
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(caller.venue.exchange, "depth", fail)
    answer = await caller.get("depth", symbol="BTCUSDT")
    assert (answer.status, answer.json["code"]) == (500, -1000)
    assert "broken on purpose" in caplog.text
