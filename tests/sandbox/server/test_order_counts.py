"""The unfilled order count as its FAQ's tables have it, over REST (faqs/order_count_decrement.md)."""


async def count(caller) -> int:
    return (await caller.signed("GET", "rateLimit/order")).json[0]["count"]


async def placed(caller, price="100", **more) -> int:
    answer = await caller.order("BUY", "1", price, **more)
    assert answer.status == 200, answer.text
    return await count(caller)


async def test_example_one_orders_that_fill_as_taker(caller):
    assert await placed(caller, "50") == 1  # A
    await caller.house("SELL", "0.4", "100")
    assert await placed(caller) == 1  # B: +1, partially filled at once: -1
    assert await placed(caller, "51") == 2  # C
    await caller.house("SELL", "0.3", "100")
    assert await count(caller) == 2  # B again
    await caller.house("SELL", "0.3", "100")
    assert await count(caller) == 2  # B filled
    await caller.house("SELL", "1", "100")
    assert (await caller.order("BUY", "1")).json["status"] == "FILLED"  # D, at market
    assert await count(caller) == 2


async def test_example_two_orders_that_fill_as_maker(caller):
    counts = [await placed(caller, price) for price in ("100", "99", "98", "97", "96")]
    assert counts == [1, 2, 3, 4, 5]
    await caller.house("SELL", "0.5", "100")
    assert await count(caller) == 0  # A, as maker: -5
    assert [await placed(caller, price) for price in ("60", "61")] == [1, 2]
    await caller.house("SELL", "0.25", "100")
    await caller.house("SELL", "0.25", "100")
    assert await count(caller) == 2  # A only fills for the first time once
    await caller.house("SELL", "0.5", "99")
    assert await count(caller) == 0  # B
    assert await placed(caller, "62") == 1


async def test_cancelled_and_expired_orders_still_count(caller):
    first = (await caller.order("BUY", "1", "100")).json["orderId"]
    await caller.signed("DELETE", "order", symbol="BTCUSDT", orderId=first)
    assert await count(caller) == 1
    assert await placed(caller) == 2
    await caller.house("SELL", "1", "101")
    assert await placed(caller, "101", timeInForce="FOK") == 2  # filled
    assert await placed(caller, "99") == 3
    assert await placed(caller, "101", timeInForce="FOK") == 4  # expired


async def test_fills_of_yesterdays_orders_reduce_todays_count(caller):
    for price in range(100, 105):
        await placed(caller, str(price))
    await caller.control("step", ms=86_400_000)
    assert await count(caller) == 0
    assert [await placed(caller, price) for price in ("60", "61")] == [1, 2]
    await caller.house("SELL", "1", "104")
    assert await count(caller) == 0
    await caller.house("SELL", "1", "103")
    assert await count(caller) == 0  # there is no credit


async def test_lists_count_each_order(caller):
    working = {
        "symbol": "BTCUSDT", "workingType": "LIMIT", "workingSide": "BUY", "workingPrice": "90",
        "workingQuantity": "1", "workingTimeInForce": "GTC", "pendingSide": "SELL", "pendingQuantity": "1",
    }  # fmt: skip
    answer = await caller.signed("POST", "orderList/oto", **working, pendingType="MARKET")
    assert answer.status == 200
    assert answer.headers["X-MBX-ORDER-COUNT-10S"] == "2"


async def test_a_replacement_that_was_not_attempted_counts(caller):
    params = {
        "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "100",
        "cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": 404,
    }  # fmt: skip
    refused = await caller.signed("POST", "order/cancelReplace", **params)
    assert refused.json["data"]["newOrderResult"] == "NOT_ATTEMPTED"
    assert await count(caller) == 1
