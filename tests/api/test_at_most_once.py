"""At most once: whatever happens to an order on its way, it is posted once and the caller is told the truth."""

import random

import pytest
import scripted
from order_book import NOT_EXECUTED, ORDER, TELL, WAYS, OrderBook
from scripted import answer, closed_port, drop, refuse

from binance_nb import AsyncBinanceClient, BinanceConfig, SpotOrderRequest
from binance_nb.errors import (
    BinanceNBError,
    ExchangeError,
    InsufficientBalance,
    IpBanned,
    KeyRefused,
    NetworkError,
    OrderNotPlaced,
    OrderRejected,
    OrderStatusUnknown,
)

REFUSED_KEY = refuse(-2015, "Invalid API-key, IP, or permissions for action.", 401)


def request(**fields):
    return SpotOrderRequest(
        **{"symbol": "BTCUSDT", "side": "BUY", "order_type": "LIMIT", "quantity": "0.01", "price": "60000", **fields}
    )


def posts(exchange):
    return exchange.requests("POST", ORDER)


def queries(exchange):
    return exchange.requests("GET", ORDER)


async def test_a_clear_answer_is_returned_and_nothing_is_asked(exchange, book, client):
    exchange.on("POST", ORDER, book.post(TELL, executed=True))
    order = request()
    frame = await client.place_spot_order(order)
    assert frame["client_order_id"].tolist() == [order.new_client_order_id]
    assert len(posts(exchange)) == book.count == 1
    assert queries(exchange) == []


@pytest.mark.parametrize("way", NOT_EXECUTED)
async def test_a_clear_no_is_raised_and_nothing_is_asked(exchange, book, client, way):
    exchange.on("POST", ORDER, book.post(NOT_EXECUTED[way], executed=False))
    with pytest.raises(ExchangeError) as refused:
        await client.place_spot_order(request())
    assert not isinstance(refused.value, OrderNotPlaced)
    assert len(posts(exchange)) == 1
    assert queries(exchange) == []
    assert book.count == 0


@pytest.mark.parametrize("way", WAYS)
async def test_an_order_that_was_executed_is_found_and_returned(exchange, book, client, way):
    exchange.on("POST", ORDER, book.post(WAYS[way], executed=True))
    order = request()
    frame = await client.place_spot_order(order)
    assert frame["client_order_id"].tolist() == [order.new_client_order_id]
    assert frame["order_id"].iloc[0] >= 1000
    assert len(posts(exchange)) == 1
    assert book.count == 1
    assert {seen.params["origClientOrderId"] for seen in queries(exchange)} == {order.new_client_order_id}


@pytest.mark.parametrize("delay_s", [0.2, 3.0, 14.0])
@pytest.mark.parametrize("way", ["connection dropped", "503 unknown", "-1007"])
async def test_an_order_that_arrives_late_is_waited_for(exchange, book, client, way, delay_s):
    exchange.on("POST", ORDER, book.post(WAYS[way], executed=True, delay_s=delay_s))
    order = request()
    frame = await client.place_spot_order(order)
    assert frame["client_order_id"].tolist() == [order.new_client_order_id]
    assert len(queries(exchange)) > 1
    assert len(posts(exchange)) == book.count == 1


@pytest.mark.parametrize("way", WAYS)
async def test_an_order_that_never_arrived_is_said_to_be_none_once_it_cannot_come_any_more(
    exchange, book, client, clock, way
):
    exchange.on("POST", ORDER, book.post(WAYS[way], executed=False))
    before = clock.now
    with pytest.raises(OrderNotPlaced, match="never arrived") as refused:
        await client.place_spot_order(request())
    assert isinstance(refused.value, OrderRejected)
    assert refused.value.code == -2013
    assert 15 <= clock.now - before <= 30  # five seconds of receive window and ten of the server's own timeout
    assert len(posts(exchange)) == 1
    assert book.count == 0


async def test_a_wait_for_a_rate_limit_before_the_post_does_not_count_as_time_to_arrive(exchange, book, client, clock):
    too_many = refuse(-1003, "Too many requests.", 429, **{"Retry-After": "60"})
    exchange.on("POST", ORDER, too_many, book.post(drop, executed=True, delay_s=5))
    frame = await client.place_spot_order(request())
    assert len(frame) == 1
    assert book.count == 1


@pytest.mark.parametrize("way", ["connection dropped", "503 unknown", "-1006"])
async def test_keys_refused_while_asking_leave_it_unknown(exchange, book, client, way):
    exchange.on("POST", ORDER, book.post(WAYS[way], executed=True))
    exchange.on("GET", ORDER, REFUSED_KEY)
    order = request()
    with pytest.raises(OrderStatusUnknown, match="then asking for it failed: Invalid API-key") as unknown:
        await client.place_spot_order(order)
    assert (unknown.value.symbol, unknown.value.client_order_id) == ("BTCUSDT", order.new_client_order_id)
    assert order.new_client_order_id in str(unknown.value)
    assert "will not be sent again" in str(unknown.value)
    assert len(posts(exchange)) == 1


@pytest.mark.parametrize("trouble", [drop, answer("", 502), answer("nonsense"), refuse(-1003, "Too many.", 429)])
async def test_trouble_while_asking_leaves_it_unknown_until_it_is_resolved(exchange, book, client, trouble):
    exchange.on("POST", ORDER, book.post(drop, executed=True))
    exchange.on("GET", ORDER, trouble)
    order = request()
    with pytest.raises(OrderStatusUnknown) as unknown:
        await client.place_spot_order(order)
    exchange.on("GET", ORDER, book.query)
    found = await unknown.value.resolve_async()
    assert found["clientOrderId"] == order.new_client_order_id
    assert len(posts(exchange)) == book.count == 1


async def test_resolving_an_order_that_never_arrived_says_so(exchange, book, client, clock):
    exchange.on("POST", ORDER, book.post(drop, executed=False))
    exchange.on("GET", ORDER, answer("", 502))
    with pytest.raises(OrderStatusUnknown) as unknown:
        await client.place_spot_order(request())
    exchange.on("GET", ORDER, book.query)
    with pytest.raises(OrderNotPlaced):
        await unknown.value.resolve_async()
    assert len(posts(exchange)) == 1
    assert book.count == 0


async def test_resolving_may_fail_again_and_be_tried_again(exchange, book, client):
    exchange.on("POST", ORDER, book.post(drop, executed=True))
    exchange.on("GET", ORDER, answer("", 502))
    with pytest.raises(OrderStatusUnknown) as unknown:
        await client.place_spot_order(request())
    with pytest.raises(OrderStatusUnknown) as again:
        await unknown.value.resolve_async()
    exchange.on("GET", ORDER, book.query)
    assert (await again.value.resolve_async())["orderId"] >= 1000


async def test_the_network_gone_after_the_post_leaves_it_unknown(exchange, book, client):
    async def last_word(request_, seen):
        book.posts += 1
        book.place(seen.params)
        client._transport._base_url = f"http://127.0.0.1:{closed_port()}"
        return await drop(request_, seen)

    exchange.on("POST", ORDER, last_word)
    with pytest.raises(OrderStatusUnknown, match="cannot reach sandbox") as unknown:
        await client.place_spot_order(request())
    client._transport._base_url = exchange.base_url
    assert (await unknown.value.resolve_async())["orderId"] >= 1000
    assert len(posts(exchange)) == 1


async def test_a_ban_while_asking_is_not_asked_into(exchange, book, client, clock):
    exchange.on("POST", ORDER, book.post(drop, executed=True))
    exchange.on("GET", ORDER, refuse(-1003, "IP banned.", 418, **{"Retry-After": "120"}))
    with pytest.raises(OrderStatusUnknown, match="IP banned"):
        await client.place_spot_order(request())
    assert len(queries(exchange)) == 1


async def test_an_exchange_that_hangs_while_asked_does_not_hold_the_caller_for_ever(exchange, book):
    config = exchange.config(timeout_s=5, unknown_patience_s=0.2)
    exchange.on("POST", ORDER, book.post(drop, executed=True))
    exchange.on("GET", ORDER, scripted.hang)
    async with AsyncBinanceClient(config, own_thread=False) as client:
        with pytest.raises(OrderStatusUnknown, match="asking for it got no answer"):
            await client.place_spot_order(request())
    assert len(posts(exchange)) == 1


async def test_a_connection_refused_before_the_post_is_a_network_error_and_no_order(exchange, book, client):
    await client._directory.rules("BTCUSDT")
    await client._transport.clock.measure()
    await client._transport.close()
    client._transport._base_url = f"http://127.0.0.1:{closed_port()}"
    with pytest.raises(NetworkError, match="nothing was sent") as failed:
        await client.place_spot_order(request())
    assert failed.value.sent is False
    assert book.count == 0


async def test_a_clock_that_cannot_be_read_is_no_doubt_about_the_order(exchange, book, client):
    exchange.time_answers.extend([answer("", 503)] * 9)
    exchange.on("POST", ORDER, book.post(TELL, executed=True))
    with pytest.raises(NetworkError, match="was not sent"):
        await client.place_spot_order(request())
    assert posts(exchange) == queries(exchange) == []


async def test_a_timestamp_refused_is_not_executed_so_it_is_posted_again(exchange, book, client):
    late = refuse(-1021, "Timestamp for this request is outside of the recvWindow.")
    exchange.on("POST", ORDER, late, book.post(TELL, executed=True))
    await client.place_spot_order(request())
    assert len(posts(exchange)) == 2
    assert book.count == 1
    assert len({seen.params["newClientOrderId"] for seen in posts(exchange)}) == 1


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (-2010, "Account has insufficient balance for requested action.", InsufficientBalance),
        (-2010, "Order would immediately match and take.", OrderRejected),
        (-2015, "Invalid API-key, IP, or permissions for action.", KeyRefused),
    ],
)
async def test_a_refusal_keeps_its_class_code_and_words(exchange, book, client, code, message, kind):
    exchange.on("POST", ORDER, refuse(code, message))
    with pytest.raises(kind, match=message) as refused:
        await client.place_spot_order(request())
    assert refused.value.code == code
    assert refused.value.request == "POST /api/v3/order"


async def test_a_ban_is_raised_as_such_and_the_next_order_does_not_leave(exchange, book, client):
    exchange.on("POST", ORDER, NOT_EXECUTED["418"])
    for _ in range(2):
        with pytest.raises(IpBanned):
            await client.place_spot_order(request())
    assert len(posts(exchange)) == 1


async def test_rounding_keeps_the_client_order_id_that_is_asked_for_later(exchange, book, client):
    exchange.on("POST", ORDER, book.post(drop, executed=True))
    order = request(quantity="0.0123456789")
    frame = await client.place_spot_order(order, round_to="down")
    assert frame["client_order_id"].tolist() == [order.new_client_order_id]
    assert frame["quantity"].tolist() == [0.01234]


# A thousand runs


def a_run(rng):
    """What happens to one order: how the post ends, whether and when it is executed, and how the questions go."""
    if rng.random() < 0.15:
        return rng.choice(sorted(NOT_EXECUTED, key=str)), False, 0.0, []
    if rng.random() < 0.2:
        return "clear", True, 0.0, []
    way = rng.choice(sorted(WAYS))
    executed = rng.random() < 0.6
    delay_s = rng.choice([0.0, 0.0, 0.3, 2.0, 9.0, 14.9]) if executed else 0.0
    trouble = [rng.choice(["drop", "502", "429", "nonsense"]) for _ in range(rng.choice([0, 0, 0, 1, 2, 30]))]
    if rng.random() < 0.1:
        trouble = ["key refused"]
    return way, executed, delay_s, trouble


TROUBLE = {
    "drop": drop,
    "502": answer("", 502),
    "429": refuse(-1003, "Too many requests.", 429, **{"Retry-After": "1"}),
    "nonsense": answer("nonsense"),
    "key refused": REFUSED_KEY,
}


@pytest.mark.parametrize("block", range(10))
async def test_in_a_thousand_runs_the_exchange_has_as_many_orders_as_the_caller_was_told_of(
    exchange, client, clock, block
):
    outcomes = {}
    for seed in range(block * 100, block * 100 + 100):
        rng = random.Random(seed)
        way, executed, delay_s, trouble = a_run(rng)
        book = OrderBook(clock)
        then = TELL if way == "clear" else {**WAYS, **NOT_EXECUTED}[way]
        exchange.seen.clear()
        exchange.on("POST", ORDER, book.post(then, executed=executed, delay_s=delay_s))
        exchange.on("GET", ORDER, *(TROUBLE[each] for each in trouble), book.query)
        order = request()
        told = await tell(client, order, clock)
        assert len(posts(exchange)) == 1, seed
        assert all(seen.params["origClientOrderId"] == order.new_client_order_id for seen in queries(exchange)), seed
        if told == "unknown":
            # Then the caller asks again when the trouble is over, and is told.
            exchange.on("GET", ORDER, book.query)
            told = await tell_again(client, order)
            outcomes["unknown at first"] = outcomes.get("unknown at first", 0) + 1
        assert told in {0, 1}, (seed, told)
        assert book.count == told, (seed, way, executed, delay_s, trouble)
        assert len(posts(exchange)) == 1, seed
        outcomes[told] = outcomes.get(told, 0) + 1
    assert min(outcomes[0], outcomes[1], outcomes["unknown at first"]) > 3


async def tell(client, order, clock):
    """How many orders the caller was told of, or "unknown"."""
    try:
        answered = await client.place_spot_order(order, raw=True)
    except OrderStatusUnknown as error:
        client.last_unknown = error
        return "unknown"
    except (ExchangeError, NetworkError) as error:
        if isinstance(error, IpBanned):
            clock.now += 500
        in_doubt = getattr(error, "sent", False) or getattr(error, "outcome_unknown", False)
        return repr(error) if in_doubt else 0
    assert answered["clientOrderId"] == order.new_client_order_id
    return 1


async def tell_again(client, order):
    """The same for resolve()."""
    try:
        found = await client.last_unknown.resolve_async()
    except OrderNotPlaced:
        return 0
    except BinanceNBError as error:
        return repr(error)
    assert found["clientOrderId"] == order.new_client_order_id
    return 1


async def test_an_unknown_order_can_be_resolved_on_another_loop_than_the_networks(exchange, monkeypatch):
    """The client's network has a thread of its own here, and the error is awaited in the test's loop, as in a cell."""
    known = {}

    async def query(request_, seen):
        reply = answer({"orderId": 7, "symbol": "BTCUSDT", **known}) if known else REFUSED_KEY
        return await reply(request_, seen)

    exchange.on("POST", ORDER, drop)
    exchange.on("GET", ORDER, query)
    config: BinanceConfig = exchange.config(timeout_s=5)
    async with AsyncBinanceClient(config) as client:
        with pytest.raises(OrderStatusUnknown) as unknown:
            await client.place_spot_order(request())
        known["clientOrderId"] = unknown.value.client_order_id
        assert (await unknown.value.resolve_async())["orderId"] == 7


@pytest.mark.parametrize("trouble", [REFUSED_KEY, answer("", 502), refuse(-2013, "Order does not exist.")])
async def test_an_order_that_only_the_stream_told_of_counts_as_found(exchange, book, client, trouble):
    async def report_and_drop(request_, seen):
        book.place(seen.params)
        report = scripted.execution_report(c=seen.params["newClientOrderId"], i=1234)
        client.ledger.add_report(report)
        return await drop(request_, seen)

    exchange.on("POST", ORDER, report_and_drop)
    exchange.on("GET", ORDER, trouble)
    order = request()
    frame = await client.place_spot_order(order)
    assert frame["order_id"].tolist() == [1234]
    assert frame["client_order_id"].tolist() == [order.new_client_order_id]
    assert len(posts(exchange)) == book.count == 1
