"""What is streamed and what is queried tell the same story."""

import json

import aiohttp

from binance_nb.sandbox.market import MarketSettings

LIVELY = MarketSettings(history_hours=0.05, arrivals_per_s=30.0, volatility_bps=5.0)


async def drain(socket: aiohttp.ClientWebSocketResponse) -> list:
    """Return every message that is on its way."""
    found = []
    while True:
        try:
            found.append(json.loads(await socket.receive_str(timeout=0.2)))
        except TimeoutError:
            return found


async def test_a_local_book_kept_as_documented_equals_the_exchanges(make_caller):
    caller = await make_caller(market=True, market_settings=LIVELY)
    stream = await caller.stream("/ws/btcusdt@depth@100ms")
    await caller.control("run_market", steps=3)
    book = (await caller.get("depth", symbol="BTCUSDT", limit=5_000)).json
    await caller.control("run_market", steps=60)
    for price in ("90000", "91000.5"):
        await caller.order("BUY", "0.01", price)
    await caller.order("BUY", "2")
    await caller.control("run_market", steps=5)
    sides = {"b": dict(book["bids"]), "a": dict(book["asks"])}
    last = book["lastUpdateId"]
    applied = 0
    for event in await drain(stream.socket):
        if event["u"] <= last:
            continue
        assert event["U"] <= last + 1, "an update is missing"
        last = event["u"]
        applied += 1
        for side, levels in sides.items():
            for price, quantity in event[side]:
                if float(quantity):
                    levels[price] = quantity
                else:
                    levels.pop(price, None)
    assert applied > 30
    now = (await caller.get("depth", symbol="BTCUSDT", limit=5_000)).json
    assert last == now["lastUpdateId"]
    assert sides == {"b": dict(now["bids"]), "a": dict(now["asks"])}


async def test_reports_trades_and_balances_agree(make_caller):
    caller = await make_caller(market=True, market_settings=LIVELY)
    ws = await caller.ws_api()
    await ws.subscribe()
    balances = {row["asset"]: row for row in (await caller.signed("GET", "account")).json["balances"]}
    for _ in range(8):
        top = (await caller.get("ticker/bookTicker", symbol="BTCUSDT")).json
        await caller.order("BUY", "0.01", top["bidPrice"])
        await caller.order("SELL", "0.01", top["askPrice"])
        await caller.order("BUY", "0.005")
        await caller.control("run_market", steps=10)
    await caller.signed("DELETE", "openOrders", symbol="BTCUSDT")
    events = [message["event"] for message in await drain(ws.socket)]
    reports = [event for event in events if event["e"] == "executionReport"]
    for event in events:
        if event["e"] == "outboundAccountPosition":
            for row in event["B"]:
                balances[row["a"]] = {"asset": row["a"], "free": row["f"], "locked": row["l"]}
    account = (await caller.signed("GET", "account")).json
    assert {row["asset"]: row for row in account["balances"]} == balances
    trades = (await caller.signed("GET", "myTrades", symbol="BTCUSDT", limit=1_000)).json
    heard = [(each["t"], each["i"], each["L"], each["l"], each["n"]) for each in reports if each["x"] == "TRADE"]
    asked = [(row["id"], row["orderId"], row["price"], row["qty"], row["commission"]) for row in trades]
    assert sorted(heard) == sorted(asked)
    assert len(asked) > 8
    # The last report of an order is what a query answers.
    final = {each["i"]: each for each in reports}
    orders = (await caller.signed("GET", "allOrders", symbol="BTCUSDT", limit=1_000)).json
    assert {row["orderId"]: (row["status"], row["executedQty"]) for row in orders} == {
        order_id: (each["X"], each["z"]) for order_id, each in final.items()
    }
    assert [each["I"] for each in reports] == sorted({each["I"] for each in reports})
