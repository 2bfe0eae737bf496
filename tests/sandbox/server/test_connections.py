"""The life of a connection: pings and pongs, the 24-hour limit, listen keys of before 2026-02-20."""

import asyncio

import aiohttp
import pytest


async def test_the_server_pings_and_a_copy_of_the_payload_keeps_the_connection(make_caller):
    caller = await make_caller(ping_interval_s=0.05, pong_timeout_s=0.4)
    socket = await caller.http.ws_connect(caller.server.ws_api_url, autoping=False)
    payloads = []
    for _ in range(12):
        message = await socket.receive(timeout=5)
        assert message.type is aiohttp.WSMsgType.PING
        payloads.append(bytes(message.data))
        await socket.pong(message.data)
    assert len(set(payloads)) == 12
    assert not socket.closed


@pytest.mark.parametrize("payload", [None, b"", b"unsolicited"])
async def test_without_the_right_pong_the_connection_ends(make_caller, payload):
    caller = await make_caller(ping_interval_s=0.05, pong_timeout_s=0.3)
    socket = await caller.http.ws_connect(caller.server.ws_api_url, autoping=False)
    while (message := await socket.receive(timeout=5)).type is aiohttp.WSMsgType.PING:
        if payload is not None:
            await socket.pong(payload)
    assert message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}


async def test_a_clients_ping_is_answered(caller):
    socket = await caller.http.ws_connect(caller.server.ws_api_url, autoping=False)
    await socket.ping(b"hello")
    message = await socket.receive(timeout=5)
    assert (message.type, bytes(message.data)) == (aiohttp.WSMsgType.PONG, b"hello")


@pytest.mark.parametrize("path", ["/ws-api/v3", "/ws/btcusdt@trade"])
async def test_a_connection_lives_for_a_day_of_the_exchanges_clock(caller, path):
    stream = await caller.stream(path)
    await caller.control("step", ms=86_399_999)
    await asyncio.sleep(0.02)
    assert not stream.socket.closed
    await caller.control("step", ms=1)
    message = await stream.socket.receive(timeout=5)
    while message.type is aiohttp.WSMsgType.TEXT:
        message = await stream.socket.receive(timeout=5)
    assert stream.socket.close_code == 1001


async def legacy(make_caller):
    caller = await make_caller(legacy_listen_keys=True)
    key = {"X-MBX-APIKEY": caller.api_key}
    made = await caller.send("POST", "/api/v3/userDataStream", headers=key)
    assert made.status == 200, made.text
    return caller, key, made.json["listenKey"]


async def test_a_legacy_exchange_has_listen_keys(make_caller):
    caller, key, name = await legacy(make_caller)
    assert len(name) == 60
    again = await caller.send("POST", "/api/v3/userDataStream", headers=key)
    assert again.json == {"listenKey": name}
    stream = await caller.stream(f"/ws/{name}")
    combined = await caller.stream(f"/stream?streams={name}")
    await caller.order("BUY", "1", "100")
    event = await stream.next()
    assert (event["e"], event["x"]) == ("executionReport", "NEW")
    assert await combined.next() == {"stream": name, "data": event}


async def test_a_listen_key_lives_for_an_hour_unless_it_is_kept_alive(make_caller):
    caller, key, name = await legacy(make_caller)
    stream = await caller.stream(f"/ws/{name}")
    await caller.control("step", ms=59 * 60_000)
    kept = await caller.send("PUT", "/api/v3/userDataStream", f"listenKey={name}", headers=key)
    assert (kept.status, kept.json) == (200, {})
    await caller.control("step", ms=59 * 60_000)
    await caller.control("step", ms=60_000)
    assert await stream.next() == {"e": "listenKeyExpired", "E": caller.now_ms(), "listenKey": name}
    gone = await caller.send("PUT", "/api/v3/userDataStream", f"listenKey={name}", headers=key)
    assert gone.json == {"code": -1125, "msg": "This listenKey does not exist."}


async def test_a_listen_key_can_be_closed(make_caller):
    caller, key, name = await legacy(make_caller)
    closed = await caller.send("DELETE", "/api/v3/userDataStream", f"listenKey={name}", headers=key)
    assert (closed.status, closed.json) == (200, {})
    again = await caller.send("DELETE", "/api/v3/userDataStream", f"listenKey={name}", headers=key)
    assert again.json["code"] == -1125


async def test_listen_keys_over_the_websocket_api(make_caller):
    caller, _, name = await legacy(make_caller)
    ws = await caller.ws_api()
    assert (await ws.call("userDataStream.start", {"apiKey": caller.api_key}))["result"] == {"listenKey": name}
    params = {"apiKey": caller.api_key, "listenKey": name}
    assert (await ws.call("userDataStream.ping", params))["result"] == {}
    assert (await ws.call("userDataStream.stop", params))["result"] == {}


async def test_a_listen_key_needs_an_api_key_and_no_parameters(make_caller):
    caller, key, _ = await legacy(make_caller)
    assert (await caller.send("POST", "/api/v3/userDataStream")).json["code"] == -2014
    extra = await caller.send("POST", "/api/v3/userDataStream", "timestamp=1", headers=key)
    assert extra.json == {"code": -1101, "msg": "Too many parameters; expected '0' and received '1'."}
