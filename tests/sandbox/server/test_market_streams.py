"""Market streams: raw and combined, live subscriptions, payloads."""

import json

import aiohttp
import pytest


async def test_a_raw_stream_sends_bare_payloads(caller):
    stream = await caller.stream("/ws/btcusdt@trade")
    await caller.house("SELL", "1", "100")
    await caller.order("BUY", "0.4")
    event = await stream.next()
    assert event == {
        "e": "trade", "E": caller.now_ms(), "s": "BTCUSDT", "t": event["t"], "p": "100.00000000", "q": "0.40000000",
        "T": caller.now_ms(), "m": False, "M": True,
    }  # fmt: skip


async def test_a_combined_stream_wraps_them(caller):
    stream = await caller.stream("/stream?streams=btcusdt@trade/btcusdt@bookTicker")
    await caller.house("SELL", "1", "100")
    event = await stream.next()
    assert event["stream"] == "btcusdt@bookTicker"
    assert list(event["data"]) == ["u", "s", "b", "B", "a", "A"]
    assert (event["data"]["a"], event["data"]["A"], event["data"]["b"]) == ("100.00000000", "1.00000000", "0.00000000")


async def test_book_ticker_speaks_only_when_the_best_changes(caller):
    await caller.house("SELL", "1", "100")
    stream = await caller.stream("/ws/btcusdt@bookTicker")
    await caller.house("SELL", "1", "101")
    await caller.house("SELL", "1", "99")
    event = await stream.next()
    assert event["a"] == "99.00000000"


async def test_streams_are_subscribed_and_unsubscribed_live(caller):
    stream = await caller.stream("/ws")
    assert await stream.ask(method="SUBSCRIBE", params=["btcusdt@aggTrade"], id=1) == {"result": None, "id": 1}
    assert await stream.ask(method="LIST_SUBSCRIPTIONS", id="x") == {"result": ["btcusdt@aggTrade"], "id": "x"}
    await caller.house("SELL", "1", "100")
    await caller.order("BUY", "0.4")
    await caller.control("step", ms=1)
    event = await stream.next()
    assert (event["e"], list(event)) == ("aggTrade", ["e", "E", "s", "a", "p", "q", "f", "l", "T", "m", "M"])
    assert await stream.ask(method="UNSUBSCRIBE", params=["btcusdt@aggTrade"], id=None) == {"result": None, "id": None}
    assert await stream.ask(method="LIST_SUBSCRIPTIONS", id=3) == {"result": [], "id": 3}


async def test_the_combined_property(caller):
    stream = await caller.stream("/ws")
    assert (await stream.ask(method="GET_PROPERTY", params=["combined"], id=1))["result"] is False
    assert await stream.ask(method="SET_PROPERTY", params=["combined", True], id=2) == {"result": None, "id": 2}
    assert (await stream.ask(method="GET_PROPERTY", params=["combined"], id=3))["result"] is True


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", 3),
        ('{"method":"SHOUT","params":[],"id":1}', 2),
        ('{"params":[],"id":1}', 2),
        ('{"method":"SUBSCRIBE","params":[]}', 2),
        ('{"method":"SUBSCRIBE","params":[],"id":true}', 2),
        ('{"method":"SUBSCRIBE","params":[],"id":1,"more":1}', 2),
        ('{"method":"GET_PROPERTY","params":["colour"],"id":1}', 0),
        ('{"method":"SET_PROPERTY","params":["combined","yes"],"id":1}', 1),
    ],
)
async def test_wrong_control_messages(caller, text, code):
    stream = await caller.stream("/ws")
    await stream.socket.send_str(text)
    assert (await stream.next())["error"]["code"] == code


async def test_the_depth_stream_continues_the_snapshot(caller):
    stream = await caller.stream("/ws/btcusdt@depth@100ms")
    await caller.house("SELL", "1", "100")
    await caller.control("step", ms=100)
    first = await stream.next()
    assert list(first) == ["e", "E", "s", "U", "u", "b", "a"]
    assert first["a"] == [["100.00000000", "1.00000000"]]
    await caller.order("BUY", "1")
    await caller.house("BUY", "2", "90")
    await caller.control("step", ms=100)
    second = await stream.next()
    assert second["U"] == first["u"] + 1
    assert ["100.00000000", "0.00000000"] in second["a"]
    assert second["b"] == [["90.00000000", "2.00000000"]]
    assert (await caller.get("depth", symbol="BTCUSDT")).json["lastUpdateId"] == second["u"]


async def test_partial_depth(caller):
    stream = await caller.stream("/ws/btcusdt@depth5")
    for price in range(100, 110):
        await caller.house("SELL", "1", price)
    await caller.control("step", ms=1_000)
    event = await stream.next()
    assert list(event) == ["lastUpdateId", "bids", "asks"]
    assert [row[0] for row in event["asks"]] == [f"{price}.00000000" for price in range(100, 105)]


async def test_klines_are_updated_and_closed(caller):
    stream = await caller.stream("/ws/btcusdt@kline_1m")
    await caller.house("SELL", "1", "100")
    await caller.order("BUY", "0.4")
    await caller.control("step", ms=2_000)
    event = await stream.next()
    assert event["e"] == "kline"
    assert list(event["k"]) == [
        "t", "T", "s", "i", "f", "L", "o", "c", "h", "l", "v", "n", "x", "q", "V", "Q", "B",
    ]  # fmt: skip
    assert (event["k"]["c"], event["k"]["n"], event["k"]["x"], event["k"]["i"]) == ("100.00000000", 1, False, "1m")
    await caller.control("step", ms=60_000)
    closed = await stream.next()
    assert (closed["k"]["t"], closed["k"]["x"]) == (event["k"]["t"], True)


async def test_tickers(caller):
    names = ["btcusdt@ticker", "btcusdt@miniTicker", "btcusdt@ticker_1h", "!miniTicker@arr", "btcusdt@avgPrice"]
    stream = await caller.stream("/stream?streams=" + "/".join(names))
    await caller.house("SELL", "1", "100")
    await caller.order("BUY", "0.4")
    await caller.control("step", ms=1_000)
    got = {}
    while set(got) != set(names):
        event = await stream.next()
        got[event["stream"]] = event["data"]
    assert list(got["btcusdt@ticker"]) == [
        "e", "E", "s", "p", "P", "w", "x", "c", "Q", "b", "B", "a", "A", "o", "h", "l", "v", "q", "O", "C", "F", "L",
        "n",
    ]  # fmt: skip
    assert list(got["btcusdt@miniTicker"]) == ["e", "E", "s", "c", "o", "h", "l", "v", "q"]
    assert got["btcusdt@ticker_1h"]["e"] == "1hTicker"
    assert [row["s"] for row in got["!miniTicker@arr"] if row["v"] != "0.00000000"] == ["BTCUSDT"]
    assert list(got["btcusdt@avgPrice"]) == ["e", "E", "s", "i", "w", "T"]


async def test_a_stream_in_microseconds(caller):
    stream = await caller.stream("/stream?streams=btcusdt@trade&timeUnit=MICROSECOND")
    await caller.house("SELL", "1", "100")
    await caller.order("BUY", "0.4")
    assert (await stream.next())["data"]["T"] == caller.venue.clock.now_us()


async def test_a_url_encoded_stream_name(caller):
    stream = await caller.stream("/ws/%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96@bookTicker")
    await caller.house("SELL", "10", "100", symbol="１２３４５６")
    assert (await stream.next())["s"] == "１２３４５６"


async def test_more_than_five_messages_a_second_end_the_connection(caller):
    stream = await caller.stream("/ws")
    for number in range(10):
        await stream.socket.send_str(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": number}))
    kinds = []
    while (message := await stream.socket.receive(timeout=5)).type is aiohttp.WSMsgType.TEXT:
        kinds.append(message.type)
    assert message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING}
    assert stream.socket.close_code == 1008
