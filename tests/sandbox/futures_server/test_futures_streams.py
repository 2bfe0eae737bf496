"""Private and market streams of futures: addresses, listen keys, events and their fields."""

import asyncio

import aiohttp
import pytest

HOUR_MS = 3_600_000
REPORT = {
    "s", "c", "S", "o", "f", "q", "p", "ap", "sp", "x", "X", "i", "l", "z", "L", "T", "t", "b", "a", "m", "R", "wt",
    "ot", "ps", "cp", "pP", "si", "ss", "rp", "V", "pm", "gtd", "er",
}  # fmt: skip
LITE = ["e", "E", "T", "s", "q", "p", "m", "c", "S", "L", "l", "t", "i"]


async def is_silent(stream) -> bool:
    """Return whether nothing has been sent: a control message is answered behind all that was."""
    return await stream.ask(method="LIST_SUBSCRIPTIONS", id=1) == {"result": stream_names(stream), "id": 1}


def stream_names(stream):
    return stream.names


async def opened(futures, path, names):
    stream = await futures.stream(path)
    stream.names = names
    return stream


async def test_a_fill_is_told_briefly_then_in_full_then_as_balances(futures, hear):
    stream = await futures.private()
    await futures.order("BUY", "0.01", newClientOrderId="mine")
    new = await stream.next()
    assert (new["e"], new["o"]["x"], new["o"]["X"]) == ("ORDER_TRADE_UPDATE", "NEW", "NEW")
    assert set(new["o"]) == REPORT
    lite = await stream.next()
    assert list(lite) == LITE
    assert (lite["e"], lite["c"], lite["L"], lite["l"], lite["m"]) == (
        "TRADE_LITE", "mine", "50001.00", "0.010", False,
    )  # fmt: skip
    told, _ = await hear(stream, "ORDER_TRADE_UPDATE")
    assert set(told["o"]) == REPORT | {"n", "N"}
    assert (told["o"]["x"], told["o"]["X"], told["o"]["ap"], told["o"]["t"]) == (
        "TRADE", "FILLED", "50001.00000", lite["t"],
    )  # fmt: skip


async def test_an_account_update_tells_the_wallet_and_the_position(futures, hear):
    stream = await futures.private("&events=ACCOUNT_UPDATE")
    await futures.order("SELL", "0.02")
    event = await stream.next()
    assert event["e"] == "ACCOUNT_UPDATE"
    balance, position = event["a"]["B"][0], event["a"]["P"][0]
    assert event["a"]["m"] == "ORDER"
    assert set(balance) == {"a", "wb", "cw", "bc"}
    assert set(position) == {"s", "pa", "ep", "bep", "cr", "up", "mt", "iw", "ps"}
    assert (balance["a"], position["pa"], position["ep"], position["mt"], position["ps"]) == (
        "USDT", "-0.020", "49999.00000", "cross", "BOTH",
    )  # fmt: skip


async def test_only_the_events_asked_for_arrive(futures):
    stream = await futures.private("&events=ORDER_TRADE_UPDATE/ACCOUNT_CONFIG_UPDATE")
    await futures.order("BUY", "0.01")
    await futures.signed("POST", "v1/leverage", symbol="BTCUSDT", leverage=10)
    names = [(await stream.next())["e"] for _ in range(3)]
    assert names == ["ORDER_TRADE_UPDATE", "ORDER_TRADE_UPDATE", "ACCOUNT_CONFIG_UPDATE"]


async def test_a_new_leverage_is_told(futures, hear):
    stream = await futures.private()
    await futures.signed("POST", "v1/leverage", symbol="BTCUSDT", leverage=10)
    event, _ = await hear(stream, "ACCOUNT_CONFIG_UPDATE")
    assert event["ac"] == {"s": "BTCUSDT", "l": 10}


async def test_a_modification_is_an_amendment_with_its_number(futures, hear):
    stream = await futures.private()
    placed = (await futures.order("BUY", "0.01", "49000")).json
    change = {"symbol": "BTCUSDT", "side": "BUY", "orderId": placed["orderId"], "quantity": "0.02", "price": "48000"}
    await futures.signed("PUT", "v1/order", modifyId=5, **change)
    await hear(stream, "ORDER_TRADE_UPDATE")
    event, _ = await hear(stream, "ORDER_TRADE_UPDATE")
    assert (event["o"]["x"], event["o"]["M"], event["o"]["p"]) == ("AMENDMENT", 5, "48000.00")


@pytest.mark.parametrize("path", ["/private/ws/{}", "/private/ws?listenKey={}", "/private/stream?streams={}"])
async def test_every_routed_form_of_the_address_carries_the_account(futures, path):
    key = await futures.listen_key()
    stream = await futures.stream(path.format(key))
    await futures.order("BUY", "0.01", "49000")
    event = await stream.next()
    if "stream?" in path:
        assert event["stream"] == key
        event = event["data"]
    assert event["e"] == "ORDER_TRADE_UPDATE"


async def test_a_listen_key_may_be_subscribed(futures):
    key = await futures.listen_key()
    stream = await futures.stream("/private/stream")
    assert await stream.ask(method="SUBSCRIBE", params=[key], id=1) == {"result": None, "id": 1}
    await futures.order("BUY", "0.01", "49000")
    event = await stream.next()
    assert (event["stream"], event["data"]["e"]) == (key, "ORDER_TRADE_UPDATE")


async def test_an_unrouted_address_opens_and_stays_silent_as_on_mainnet(futures):
    key = await futures.listen_key()
    stream = await opened(futures, f"/ws/{key}", [key])
    await futures.order("BUY", "0.01", "49000")
    assert await is_silent(stream)


async def test_an_unrouted_address_works_as_on_demo_when_told_to(futures):
    await futures.caller.control("futures_streams", mode="both")
    stream = await futures.stream(f"/ws/{await futures.listen_key()}")
    await futures.order("BUY", "0.01", "49000")
    assert (await stream.next())["e"] == "ORDER_TRADE_UPDATE"


async def test_without_routes_the_routed_address_does_not_exist(futures):
    await futures.caller.control("futures_streams", mode="unrouted")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await futures.private()
    assert refused.value.status == 404
    stream = await futures.stream(f"/ws/{await futures.listen_key()}")
    await futures.order("BUY", "0.01", "49000")
    assert (await stream.next())["e"] == "ORDER_TRADE_UPDATE"


async def test_a_listen_key_lives_an_hour_and_says_when_it_is_over(futures):
    key = await futures.listen_key()
    stream = await futures.stream(f"/private/ws?listenKey={key}")
    futures.venue.step(HOUR_MS - 1_000)
    assert (await futures.key_only("PUT")).json == {"listenKey": key}
    futures.venue.step(HOUR_MS - 1_000)
    assert await futures.listen_key() == key
    futures.venue.step(HOUR_MS)
    event = await stream.next()
    assert (event["e"], event["listenKey"]) == ("listenKeyExpired", key)
    dead = await futures.key_only("PUT")
    assert (dead.status, dead.json["code"]) == (400, -1125)
    stream.names = [key]
    await futures.order("BUY", "0.01", "49000")
    assert await is_silent(stream)
    assert await futures.listen_key() != key


async def test_closing_a_listen_key_ends_its_stream(futures):
    key = await futures.listen_key()
    stream = await opened(futures, f"/private/ws/{key}", [key])
    assert (await futures.key_only("DELETE")).json == {}
    await futures.order("BUY", "0.01", "49000")
    assert await is_silent(stream)
    assert (await futures.key_only("DELETE")).json["code"] == -1125


async def test_the_listen_key_of_the_body_or_query_does_not_matter(futures):
    key = await futures.listen_key()
    assert (await futures.key_only("PUT", query=f"listenKey={key}")).json == {"listenKey": key}


async def test_spot_orders_are_not_heard_on_the_futures_stream(futures):
    key = await futures.listen_key()
    stream = await opened(futures, f"/private/ws/{key}", [key])
    await futures.caller.order("BUY", "1", "100")
    assert await is_silent(stream)


async def test_a_stream_fault_holds_back_futures_events(futures):
    stream = await futures.private("&events=ORDER_TRADE_UPDATE")
    await futures.caller.control("fault", kind="withhold", event="ORDER_TRADE_UPDATE")
    await futures.order("BUY", "0.01", "49000")
    await futures.order("BUY", "0.01", "48000")
    assert (await stream.next())["o"]["p"] == "48000.00"
    assert (await futures.caller.control("release_events")).json == {"released": 1}
    assert (await stream.next())["o"]["p"] == "49000.00"


async def test_dropping_sockets_drops_those_of_futures(futures):
    stream = await futures.private()
    assert (await futures.caller.control("drop_sockets")).json == {"closed": 1}
    message = await asyncio.wait_for(stream.socket.receive(), 5)
    assert message.type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.ERROR}


PAYLOADS = {
    "/public/ws/btcusdt@bookTicker": ("bookTicker", {"u", "E", "T", "s", "b", "B", "a", "A", "ps", "st"}),
    "/public/ws/btcusdt@depth@100ms": ("depthUpdate", {"E", "T", "s", "U", "u", "pu", "b", "a", "ps", "st"}),
    "/public/ws/btcusdt@depth5@100ms": ("depthUpdate", {"E", "T", "s", "U", "u", "pu", "b", "a", "ps", "st"}),
    "/market/ws/btcusdt@aggTrade": (
        "aggTrade", {"E", "s", "a", "p", "q", "nq", "f", "l", "T", "m", "st"},
    ),
    "/market/ws/btcusdt@kline_1m": ("kline", {"E", "s", "k", "st"}),
    "/market/ws/btcusdt@markPrice@1s": (
        "markPriceUpdate", {"E", "s", "p", "ap", "P", "i", "r", "T", "st"},
    ),
    "/market/ws/btcusdt@ticker": (
        "24hrTicker",
        {"E", "s", "p", "P", "w", "c", "Q", "o", "h", "l", "v", "q", "O", "C", "F", "L", "n", "ps", "st"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("path", PAYLOADS)
async def test_market_streams_have_their_documented_fields(futures, path):
    name, fields = PAYLOADS[path]
    stream = await futures.stream(path)
    await asyncio.sleep(0)
    await stream.ask(method="LIST_SUBSCRIPTIONS", id=1)
    await futures.house("BUY", "0.5", "49999.5")
    await futures.order("SELL", "0.1")
    futures.venue.step(3_000)
    await futures.house("BUY", "0.5", "49999.6")
    event = await stream.next()
    assert event["e"] == name
    assert set(event) == fields | {"e"}


async def test_depth_updates_follow_on_each_other_without_a_gap(futures):
    stream = await futures.stream("/public/ws/btcusdt@depth@100ms")
    await stream.ask(method="LIST_SUBSCRIPTIONS", id=1)
    for price in ("49000", "49001", "49002"):
        await futures.house("BUY", "1", price)
        futures.venue.step(100)
    events = [await stream.next() for _ in range(3)]
    assert [later["pu"] for later in events[1:]] == [earlier["u"] for earlier in events[:-1]]


async def test_what_belongs_to_another_route_stays_silent(futures):
    stream = await opened(futures, "/market/ws/btcusdt@bookTicker", ["btcusdt@bookTicker"])
    await futures.house("BUY", "1", "50000")
    assert await is_silent(stream)


async def test_every_mark_price_at_once(make_futures):
    futures = await make_futures(symbols=("BTCUSDT", "ETHUSDT"))
    stream = await futures.stream("/market/stream?streams=!markPrice@arr@1s")
    await stream.ask(method="LIST_SUBSCRIPTIONS", id=1)
    futures.venue.step(1_000)
    message = await stream.next()
    assert message["stream"] == "!markPrice@arr@1s"
    assert [row["s"] for row in message["data"]] == ["BTCUSDT", "ETHUSDT"]


async def test_a_margin_call_comes_before_the_liquidation(futures, hear):
    await futures.signed("POST", "v1/leverage", symbol="BTCUSDT", leverage=100)
    await futures.signed("POST", "v1/marginType", symbol="BTCUSDT", marginType="ISOLATED")
    await futures.order("BUY", "0.1")
    stream = await futures.private("&events=MARGIN_CALL")
    await futures.caller.control("mark_price", symbol="BTCUSDT", price="49720")
    event = await stream.next()
    assert set(event["p"][0]) == {"s", "ps", "pa", "mt", "iw", "mp", "up", "mm"}
    assert (event["p"][0]["s"], event["p"][0]["pa"], event["p"][0]["mt"], event["p"][0]["mp"]) == (
        "BTCUSDT", "0.100", "ISOLATED", "49720",
    )  # fmt: skip
    assert "cw" not in event


ALGO = {
    "caid", "aid", "at", "o", "s", "S", "ps", "f", "q", "X", "ai", "tp", "p", "V", "wt", "pm", "cp", "pP", "R", "tt",
    "gtd", "rm",
}  # fmt: skip


async def test_a_conditional_order_is_told_with_its_own_fields(futures):
    stream = await futures.private("&events=ALGO_UPDATE")
    await futures.algo(type="STOP_MARKET", triggerPrice="40000", clientAlgoId="mine")
    told = (await stream.next())["o"]
    assert set(told) == ALGO
    assert (told["X"], told["caid"], told["tp"], told["ai"], told["at"]) == (
        "NEW", "mine", "40000.00", "", "CONDITIONAL",
    )  # fmt: skip


async def test_a_trailing_stop_says_when_it_is_activated(futures):
    stream = await futures.private("&events=ALGO_UPDATE")
    await futures.algo(type="TRAILING_STOP_MARKET", callbackRate="1", activatePrice="51000", workingType="MARK_PRICE")
    waiting = (await stream.next())["o"]
    assert set(waiting) == ALGO | {"ia"}
    await futures.caller.control("mark_price", symbol="BTCUSDT", price="51100")
    activated = (await stream.next())["o"]
    assert (waiting["X"], waiting["ia"], activated["X"], activated["ia"]) == ("NEW", False, "NEW", True)
