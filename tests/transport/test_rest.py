"""RestTransport against a scripted server: what goes out, what comes back, and what is tried again."""

import asyncio
import functools
import traceback

import aiohttp
import pytest
import scripted
from certificates import self_signed
from scripted import (
    API_KEY,
    SERVER_TIME,
    ScriptedExchange,
    answer,
    closed_port,
    credentials,
    drop,
    half,
    hmac_of,
    refuse,
)

from binance_nb import BinanceConfig
from binance_nb.errors import (
    BinanceNBError,
    ExchangeError,
    ExchangeUnavailable,
    IpBanned,
    KeyRefused,
    ListenKeyRetired,
    NetworkError,
    OrderRejected,
    RateLimited,
    SignatureRefused,
    TimestampRefused,
)
from binance_nb.transport.rest import RestTransport, Security
from binance_nb.transport.signing import make_signer

SIGNED = Security.SIGNED
PATH = "/api/v3/order"
TOO_LATE = refuse(-1021, "Timestamp for this request is outside of the recvWindow.")


def transport_of(exchange, **settings):
    signer = make_signer(credentials())
    return RestTransport(exchange.config(**settings), lambda: signer)


# What goes out


async def test_reads_share_one_connection_and_what_changes_something_another(exchange, transport):
    exchange.on("GET", "/api/v3/ping", answer({}))
    exchange.on("POST", PATH, answer({"orderId": 1}))
    for _ in range(10):
        await transport.request("GET", "/api/v3/ping")
        await transport.request("POST", PATH, {"symbol": "BTCUSDT"}, security=SIGNED)
    assert len(exchange.seen) == 21  # with one for the time
    assert exchange.connections == 2


async def test_a_closed_transport_opens_another_session(exchange, transport):
    exchange.on("GET", "/api/v3/ping", answer({}))
    await transport.request("GET", "/api/v3/ping")
    await transport.close()
    await transport.request("GET", "/api/v3/ping")
    assert exchange.connections == 2


@pytest.mark.parametrize(("method", "in_body"), [("GET", False), ("DELETE", False), ("POST", True), ("PUT", True)])
async def test_parameters_travel_in_the_body_of_a_post_and_in_the_query_otherwise(exchange, transport, method, in_body):
    exchange.on(method, PATH, answer({}))
    await transport.request(method, PATH, {"symbol": "BTCUSDT", "x": "a b&c=+é"}, security=SIGNED)
    (seen,) = exchange.requests(method, PATH)
    assert bool(seen.body) is in_body
    assert bool(seen.query) is not in_body
    assert seen.params["x"] == "a b&c=+é"
    if in_body:
        assert seen.headers["Content-Type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT"])
@pytest.mark.parametrize("symbol", ["BTCUSDT", "１２３４５６"])
async def test_what_is_signed_is_byte_for_byte_what_is_sent(exchange, transport, method, symbol):
    exchange.on(method, PATH, answer({}))
    await transport.request(method, PATH, {"symbol": symbol, "x": "@/+ "}, security=SIGNED)
    (seen,) = exchange.requests(method, PATH)
    assert seen.headers["X-MBX-APIKEY"] == API_KEY
    assert seen.params["signature"] == hmac_of(seen.signed_text)
    assert seen.params["symbol"] == symbol
    assert seen.params["recvWindow"] == "5000"
    assert (seen.query or seen.body).isascii()
    assert list(seen.params)[-1] == "signature"


async def test_a_signed_request_without_parameters_is_signed_too(exchange, transport):
    exchange.on("GET", "/api/v3/account", answer({}))
    await transport.request("GET", "/api/v3/account", security=SIGNED)
    (seen,) = exchange.requests("GET", "/api/v3/account")
    assert seen.query.startswith("recvWindow=5000&timestamp=")
    assert seen.params["signature"] == hmac_of(seen.signed_text)


async def test_the_timestamp_is_the_time_of_the_exchange(exchange, transport):
    exchange.server_time = 1_234_567_890_123
    exchange.on("GET", PATH, answer({}))
    await transport.request("GET", PATH, security=SIGNED)
    assert 0 <= int(exchange.requests("GET", PATH)[0].params["timestamp"]) - 1_234_567_890_123 < 60_000


@pytest.mark.parametrize(
    ("window_ms", "sent"), [(5000, "5000"), (1.5, "1.5"), (59999.999, "59999.999"), (60000, "60000"), (0.001, "0.001")]
)
async def test_the_receive_window_goes_out_as_it_was_set(exchange, window_ms, sent):
    exchange.on("GET", PATH, answer({}))
    transport = transport_of(exchange, recv_window_ms=window_ms)
    await transport.request("GET", PATH, security=SIGNED)
    await transport.close()
    assert exchange.requests("GET", PATH)[0].params["recvWindow"] == sent


@pytest.mark.parametrize(("security", "has_key"), [(Security.NONE, False), (Security.API_KEY, True), (SIGNED, True)])
async def test_the_key_goes_only_where_it_is_needed(exchange, transport, security, has_key):
    exchange.on("GET", PATH, answer({}))
    await transport.request("GET", PATH, {"a": "b"}, security=security)
    (seen,) = exchange.requests("GET", PATH)
    assert ("X-MBX-APIKEY" in seen.headers) is has_key
    assert ("signature" in seen.params) is (security is SIGNED)


async def test_no_key_is_asked_for_where_none_is_needed(exchange, fake_time):
    def no_signer():
        raise AssertionError("a key was asked for")

    exchange.on("GET", "/api/v3/ping", answer({}))
    transport = RestTransport(exchange.config(), no_signer)
    await transport.read("/api/v3/ping")
    await transport.close()


# What comes back


async def test_numbers_come_back_as_they_were_sent(exchange, transport):
    exchange.on("GET", PATH, answer({"orderId": 2**62, "price": "0.00001000"}))
    assert await transport.request("GET", PATH) == {"orderId": 2**62, "price": "0.00001000"}


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (
            refuse(-2010, "Order would immediately match and take."),
            OrderRejected,
            "code -2010, HTTP 400, POST /api/v3/order",
        ),
        (answer("<html><h1>502 Bad Gateway</h1></html>", 502), ExchangeUnavailable, r"502 Bad Gateway \(HTTP 502"),
        (answer("", 500), ExchangeUnavailable, "HTTP status 500"),
        (answer("<html><title>403 Forbidden</title></html>", 403), ExchangeError, "403 Forbidden"),
        (answer("<html>hello</html>"), NetworkError, "the answer to POST /api/v3/order cannot be read: 'hello'"),
        (answer('{"orderId": 1'), NetworkError, "cannot be read"),
    ],
)
async def test_what_is_no_clear_answer_is_an_error_that_says_what_came(exchange, transport, reply, kind, words):
    exchange.on("POST", PATH, reply)
    with pytest.raises(kind, match=words) as failed:
        await transport.request("POST", PATH, {"a": "b"}, security=SIGNED)
    assert len(exchange.requests("POST", PATH)) == 1
    assert getattr(failed.value, "sent", True) is True


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(exchange, transport, status):
    exchange.on("POST", PATH, answer({}, status, {"Location": f"{exchange.base_url}/elsewhere"}))
    with pytest.raises(ExchangeError, match=f"HTTP {status}"):
        await transport.request("POST", PATH, {"a": "b"}, security=SIGNED)
    assert exchange.requests("POST", PATH)
    assert not exchange.requests("GET", "/elsewhere")
    assert not exchange.requests("POST", "/elsewhere")


async def test_gone_listen_keys_say_what_to_use_instead(exchange, transport):
    page = "<html>\r\n<head><title>410 Gone</title></head>\r\n<body><center><h1>410 Gone</h1></center></body></html>"
    exchange.on("POST", "/api/v3/userDataStream", answer(page, 410))
    with pytest.raises(ListenKeyRetired, match=r"2026-02-20.*start_stream\(\)") as failed:
        await transport.request("POST", "/api/v3/userDataStream", security=Security.API_KEY)
    assert failed.value.http_status == 410


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (-2015, KeyRefused, "BINANCE_SANDBOX_API_KEY was sent to sandbox"),
        (-2014, KeyRefused, "takes only keys made there"),
        (-2008, KeyRefused, "binance-nb sandbox"),
        (-1022, SignatureRefused, "check BINANCE_SANDBOX_API_SECRET"),
    ],
)
async def test_a_refused_key_says_which_key_it_was_and_where_others_are_made(exchange, transport, code, kind, words):
    exchange.on("GET", PATH, refuse(code, "No.", 401))
    with pytest.raises(kind, match=words):
        await transport.request("GET", PATH, security=SIGNED)


# What is tried again


async def test_a_timestamp_refused_once_is_measured_again_and_the_request_repeated(exchange, transport):
    exchange.on("POST", PATH, TOO_LATE, answer({"orderId": 5}))
    await transport.clock.measure()
    exchange.server_time = SERVER_TIME + 3_600_000
    assert await transport.request("POST", PATH, {"symbol": "X"}, security=SIGNED) == {"orderId": 5}
    first, second = exchange.requests("POST", PATH)
    assert int(second.params["timestamp"]) - int(first.params["timestamp"]) > 3_500_000
    assert len(exchange.requests("GET", "/api/v3/time")) == 2
    assert second.params["signature"] == hmac_of(second.signed_text)


async def test_a_timestamp_refused_twice_is_raised(exchange, transport):
    exchange.on("POST", PATH, TOO_LATE)
    with pytest.raises(TimestampRefused):
        await transport.request("POST", PATH, {"symbol": "X"}, security=SIGNED)
    assert len(exchange.requests("POST", PATH)) == 2


async def test_many_requests_refused_for_one_drift_measure_the_clock_once(exchange, transport):
    await transport.clock.measure()
    late = {"left": 8}

    async def late_at_first(request, seen):
        if late["left"] > 0:
            late["left"] -= 1
            while late["left"] > 0:  # noqa: ASYNC110 - hold the refusals back until all of them are due
                await asyncio.sleep(0.001)
            return await TOO_LATE(request, seen)
        return await answer({"orderId": 1})(request, seen)

    exchange.on("GET", PATH, late_at_first)
    await asyncio.gather(*(transport.request("GET", PATH, security=SIGNED) for _ in range(8)))
    assert len(exchange.requests("GET", "/api/v3/time")) == 2


async def test_a_read_waits_as_long_as_a_429_says_and_goes_on(exchange, transport, fake_time):
    too_many = refuse(-1003, "Too many requests.", 429, **{"Retry-After": "17"})
    exchange.on("GET", PATH, too_many, too_many, answer([1]))
    assert await transport.read(PATH) == [1]
    assert sum(fake_time.slept) >= 34
    assert len(exchange.requests("GET", PATH)) == 3


async def test_a_read_waits_longer_and_longer_after_failures(exchange, transport, fake_time):
    exchange.on("GET", PATH, answer("", 502), half([1, 2, 3, 4]), answer("", 500), answer("not json"), answer([1]))
    assert await transport.read(PATH) == [1]
    assert len(exchange.requests("GET", PATH)) == 5
    for attempt, delay_s in enumerate(fake_time.slept):
        assert 0.25 * 2**attempt / 2 <= delay_s <= 0.25 * 2**attempt
    assert len(fake_time.slept) == 4


@pytest.mark.parametrize("way", [answer("", 502), half({"a": "b"}), refuse(-1003, "Too many.", 429)])
async def test_a_read_gives_up_after_so_many_attempts(exchange, transport, way):
    exchange.on("GET", PATH, way)
    with pytest.raises(BinanceNBError):
        await transport.read(PATH)
    assert len(exchange.requests("GET", PATH)) == 5


@pytest.mark.parametrize(
    "way",
    [
        answer("", 500),
        answer("", 502),
        answer("", 504),
        refuse(-1007, "Timeout waiting for response.", 408),
        refuse(-1008, "Overloaded.", 503),
        refuse(-2010, "Account has insufficient balance for requested action."),
        answer("nonsense"),
        half({"orderId": 1}),
        drop,
    ],
)
async def test_a_post_is_made_once(exchange, transport, way):
    exchange.on("GET", "/api/v3/ping", answer({}))
    exchange.on("POST", PATH, way)
    await transport.read("/api/v3/ping")  # so that the post goes over a connection that is open already
    with pytest.raises((ExchangeError, NetworkError)):
        await transport.request("POST", PATH, {"symbol": "X"}, security=SIGNED)
    assert len(exchange.requests("POST", PATH)) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_what_changes_something_is_written_once_where_a_kept_connection_drops(exchange, transport, method):
    exchange.on(method, PATH, answer({"a": 1}), drop)
    await transport.request(method, PATH, {"symbol": "X"}, security=SIGNED)
    with pytest.raises(NetworkError, match=f"connection broke during {method}") as failed:
        await transport.request(method, PATH, {"symbol": "X"}, security=SIGNED)
    assert failed.value.sent is True
    assert len(exchange.requests(method, PATH)) == 2
    assert exchange.requests(method, PATH)[0].connection is exchange.requests(method, PATH)[1].connection


async def test_while_something_stands_in_for_aiohttp_everything_goes_through_it(exchange, transport, monkeypatch):
    real, heard = aiohttp.ClientSession._request, []

    @functools.wraps(real)
    async def stand_in(session, method, url, **settings):
        heard.append(method)
        return await real(session, method, url, **settings)

    methods = ["GET", "POST", "PUT", "DELETE"]
    for method in methods:
        exchange.on(method, PATH, answer({"method": method}))
    with monkeypatch.context() as patched:
        patched.setattr(aiohttp.ClientSession, "_request", stand_in)
        for method in methods:
            assert await transport.request(method, PATH, {"a": "b"}) == {"method": method}
    assert heard == methods
    for method in methods:
        assert await transport.request(method, PATH, {"a": "b"}) == {"method": method}
    assert heard == methods


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_a_request_that_fails_shows_no_key_even_where_local_variables_are_printed(exchange, method):
    exchange.on(method, PATH, drop)
    transport = transport_of(exchange)
    with pytest.raises(NetworkError) as failed:
        await transport.request(method, PATH, {"a": "b"}, security=SIGNED)
    await transport.close()
    shown = [failed.value]
    if method != "GET":  # aiohttp's own frames hold the headers; the error is raised without them
        shown.append(failed.value.__context__)
    for error in shown:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        assert API_KEY not in "".join(told.format())


async def test_an_answer_to_a_read_may_come_compressed(exchange, transport):
    exchange.on("GET", PATH, answer({}))
    exchange.on("POST", PATH, answer({}))
    await transport.request("GET", PATH)
    await transport.request("POST", PATH)
    assert "gzip" in exchange.requests("GET", PATH)[0].headers["Accept-Encoding"]
    assert exchange.requests("POST", PATH)[0].headers["Accept-Encoding"] == "identity"


async def test_an_order_refused_by_a_rate_limit_waits_as_long_as_it_is_told_and_goes_out_again(
    exchange, transport, fake_time
):
    exchange.on("POST", PATH, refuse(-1003, "Too many.", 429, **{"Retry-After": "7"}), answer({"orderId": 1}))
    assert await transport.request("POST", PATH, {"symbol": "X"}, security=SIGNED) == {"orderId": 1}
    assert len(exchange.requests("POST", PATH)) == 2
    assert sum(fake_time.slept) == pytest.approx(7, abs=0.5)


async def test_what_an_orders_answer_tells_of_the_budgets_is_kept(exchange, transport):
    limit = {"rateLimitType": "ORDERS", "interval": "DAY", "intervalNum": 1, "limit": 200}
    transport.limits.learn([limit])
    exchange.on("POST", PATH, answer({"orderId": 1}, headers={"x-mbx-order-count-1d": "17"}))
    await transport.request("POST", PATH, {"symbol": "X"}, security=SIGNED)
    assert [row["used"] for row in transport.limits.rows()] == [17]


async def test_an_order_that_waits_for_a_rate_limit_when_all_is_closed_is_not_sent(exchange, transport, fake_time):
    async def close_meanwhile(delay_s):
        await fake_time.sleep(delay_s)
        await transport.close()

    exchange.on("POST", PATH, answer({"orderId": 1}))
    transport.limits.sleep = close_meanwhile
    transport.limits.paused_until_s = fake_time.now + 5
    with pytest.raises(NetworkError, match="POST /api/v3/order was not sent: the client was closed") as failed:
        await transport.request("POST", PATH, {"symbol": "X"}, security=SIGNED)
    assert failed.value.sent is False
    assert not exchange.requests("POST", PATH)


async def test_closing_ends_an_order_under_way_as_one_that_may_have_been_placed(exchange):
    exchange.on("POST", PATH, scripted.hang)
    transport = transport_of(exchange)
    order = asyncio.create_task(transport.request("POST", PATH, {"symbol": "X"}, security=SIGNED))
    while not exchange.requests("POST", PATH):  # noqa: ASYNC110 - the exchange tells nobody
        await asyncio.sleep(0.005)
    await transport.close()
    with pytest.raises(NetworkError, match="connection broke during POST") as failed:
        await order
    assert failed.value.sent is True


async def test_a_refusal_is_not_tried_again(exchange, transport):
    exchange.on("GET", PATH, refuse(-1121, "Invalid symbol."))
    with pytest.raises(ExchangeError, match="Invalid symbol"):
        await transport.read(PATH)
    assert len(exchange.requests("GET", PATH)) == 1


async def test_a_ban_is_raised_at_once_and_nothing_is_sent_until_it_lifts(exchange, transport, fake_time):
    exchange.on("GET", PATH, refuse(-1003, "IP banned.", 418, **{"Retry-After": "120"}), answer([1]))
    with pytest.raises(IpBanned) as banned:
        await transport.read(PATH)
    assert banned.value.retry_after == 120
    with pytest.raises(IpBanned, match="nothing was sent"):
        await transport.read(PATH)
    assert len(exchange.requests("GET", PATH)) == 1
    fake_time.now += 121
    assert await transport.read(PATH) == [1]


async def test_a_429_without_a_time_is_waited_for_all_the_same(exchange, transport, fake_time):
    exchange.on("GET", PATH, refuse(-1003, "Too many requests.", 429), answer([1]))
    assert await transport.read(PATH) == [1]
    assert sum(fake_time.slept) > 0


async def test_a_429_is_raised_with_its_wait_when_patience_ends(exchange, fake_time):
    transport = transport_of(exchange, max_read_attempts=2)
    transport.limits.sleep = fake_time.sleep
    exchange.on("GET", PATH, refuse(-1003, "Too many requests.", 429, **{"Retry-After": "3"}))
    with pytest.raises(RateLimited) as limited:
        await transport.read(PATH)
    assert limited.value.retry_after == 3
    assert len(exchange.requests("GET", PATH)) == 2
    await transport.close()


# When no answer comes


async def test_a_refused_connection_sent_nothing_for_certain():
    signer = make_signer(credentials())
    config = BinanceConfig(environment="sandbox", sandbox_base_url=f"http://127.0.0.1:{closed_port()}")
    transport = RestTransport(config, lambda: signer)
    with pytest.raises(NetworkError, match=r"cannot reach sandbox .*; nothing was sent") as failed:
        await transport.request("POST", PATH, {"a": "b"})
    assert failed.value.sent is False
    await transport.close()


@pytest.mark.parametrize("way", [drop, half({"orderId": 1, "fills": [1, 2, 3]})])
async def test_a_connection_that_breaks_may_have_carried_the_request(exchange, transport, way):
    exchange.on("POST", PATH, way)
    with pytest.raises(NetworkError, match="connection broke during POST /api/v3/order") as failed:
        await transport.request("POST", PATH, {"a": "b"}, security=SIGNED)
    assert failed.value.sent is True


async def test_an_answer_that_does_not_come_in_time_is_not_waited_for(exchange):
    exchange.on("POST", PATH, scripted.hang)
    transport = transport_of(exchange, timeout_s=0.05)
    with pytest.raises(NetworkError, match=r"no answer to POST /api/v3/order within 0.05 s") as failed:
        await transport.request("POST", PATH, {"a": "b"})
    assert failed.value.sent is True
    await transport.close()


@pytest.mark.parametrize("trouble", [drop, answer("", 503), answer("not the time"), answer({"oops": 1})])
async def test_a_request_whose_time_could_not_be_learned_was_not_sent(exchange, transport, trouble):
    exchange.time_answers.extend([trouble] * 9)
    exchange.on("POST", PATH, answer({"orderId": 1}))
    with pytest.raises(NetworkError, match="was not sent") as failed:
        await transport.request("POST", PATH, {"symbol": "X"}, security=SIGNED)
    assert failed.value.sent is False
    assert not exchange.requests("POST", PATH)


async def test_a_request_refused_for_its_time_and_not_made_again_was_not_executed(exchange, transport):
    await transport.clock.measure()
    exchange.time_answers.extend([drop] * 9)
    exchange.on("POST", PATH, TOO_LATE)
    with pytest.raises(NetworkError, match="was not sent") as failed:
        await transport.request("POST", PATH, {"symbol": "X"}, security=SIGNED)
    assert failed.value.sent is False
    assert len(exchange.requests("POST", PATH)) == 1


async def test_a_server_with_a_certificate_of_its_own_is_refused_before_anything_is_sent(tmp_path):
    exchange = ScriptedExchange()
    await exchange.start(ssl_context=self_signed(tmp_path))
    exchange.on("POST", PATH, answer({"orderId": 1}))
    transport = transport_of(exchange)
    try:
        with pytest.raises(NetworkError, match=r"cannot reach sandbox at https://127\.0\.0\.1") as failed:
            await transport.request("POST", PATH, {"a": "b"})
        assert failed.value.sent is False
        assert exchange.seen == []
    finally:
        await transport.close()
        await exchange.close()
