"""Whatever is sent, the sandbox answers as an exchange would: a refusal with a code, never an error of its own."""

import asyncio
import logging

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from binance_nb.sandbox.clock import ClockMode
from binance_nb.sandbox.server import security, wire
from binance_nb.sandbox.server.dispatch import Request, attempt
from binance_nb.sandbox.server.rest import parse
from binance_nb.sandbox.server.table import BY_NAME, TABLE
from binance_nb.sandbox.server.venue import MAIN_ACCOUNT, Venue, VenueSettings
from binance_nb.sandbox.server.wsapi import RequestError, read_request

KEY, SECRET = "K" * 64, "S" * 64
ENGINE_METHODS = [method for method in TABLE if not method.name.startswith(("session.", "userDataStream."))]
VALUES = st.one_of(
    st.sampled_from([
        "", "0", "1", "-1", "0.01", "0.5", "100", "101.23", "99999999999", "1e-05", "NaN", "1.123456789",
        "BTCUSDT", "ETHBTC", "NOSUCH", "btc", "BUY", "SELL", "LIMIT", "MARKET", "LIMIT_MAKER", "STOP_LOSS",
        "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT", "GTC", "IOC", "FOK", "true", "false", "FULL", "ACK",
        "1m", "1M", "7d", "STOP_ON_FAILURE", "ALLOW_FAILURE", "EXPIRE_MAKER", "DECREMENT", "NONE", "PRIMARY_PEG",
        "MARKET_PEG", "PRICE_LEVEL", '["BTCUSDT","ETHBTC"]', "[", "9223372036854775808", "1767571200000",
    ]),
    st.text(max_size=8),
)  # fmt: skip
# What makes an order valid is offered more often than chance would, so that many requests reach the engine.
LIKELY = {
    "symbol": ["BTCUSDT", "BTCUSDC"], "side": ["BUY", "SELL"], "quantity": ["0.1", "1"], "price": ["99", "100", "101"],
    "stopPrice": ["98", "102"], "timeInForce": ["GTC", "IOC"], "type": ["LIMIT", "MARKET", "STOP_LOSS"],
    "workingSide": ["BUY"], "pendingSide": ["SELL"], "workingType": ["LIMIT"], "aboveType": ["LIMIT_MAKER"],
    "belowType": ["STOP_LOSS"], "orderId": ["1", "2", "3"], "interval": ["1m"], "newQty": ["0.05"],
}  # fmt: skip


@st.composite
def requests(draw):
    method = draw(st.sampled_from(ENGINE_METHODS))
    sent = {}
    for param in method.params:
        if param.mandatory or draw(st.booleans()):
            likely = LIKELY.get(param.name)
            if likely is not None and draw(st.integers(0, 3)):
                sent[param.name] = draw(st.sampled_from(likely))
            else:
                sent[param.name] = draw(VALUES)
    if draw(st.integers(0, 9)) == 0:
        sent[draw(st.text(min_size=1, max_size=5))] = draw(VALUES)
    return method, sent


@pytest.fixture(scope="module")
def venue():
    made = Venue(VenueSettings(clock=ClockMode.STEPPED, market=False))
    made.limits.settings = made.limits.settings.changed({"enabled": False})
    made.keys.add_hmac(MAIN_ACCOUNT, KEY, SECRET)
    return made


def signature_of(payload: bytes) -> str:
    import hashlib
    import hmac

    return hmac.new(SECRET.encode(), payload, hashlib.sha256).hexdigest()


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(requests())
def test_any_parameters_get_an_answer_or_a_code(venue, caplog, drawn):
    method, sent = drawn
    caplog.set_level(logging.ERROR)
    if method.signed:
        sent = sent | {"timestamp": str(venue.clock.now_us())}
        sent["signature"] = signature_of(security.ws_payload(sent))
    request = Request(
        hall=venue, method=method, sent=dict(sent), payload=lambda: security.ws_payload(sent), api_key=KEY, address="a",
        t=wire.in_ms,
    )  # fmt: skip
    outcome = attempt(venue, request)
    if outcome.error is not None:
        assert outcome.error.status < 500, caplog.text
        assert outcome.error.code < 0
        assert outcome.error.message
    wire.encode(outcome.result if outcome.error is None else outcome.error.body())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(JSON | st.fixed_dictionaries({"id": JSON, "method": JSON | st.sampled_from(list(BY_NAME)), "params": JSON}))
@example({"id": 1, "method": "ping", "params": {"a": [0.5]}})
def test_any_json_is_a_request_or_is_refused(message):
    try:
        request_id, name, sent = read_request(msgspec.json.encode(message).decode())
    except RequestError:
        return
    assert isinstance(name, str)
    assert all(isinstance(value, str) for value in sent.values())
    assert request_id is None or isinstance(request_id, (int, str))


@given(st.dictionaries(st.text(min_size=1, max_size=6), st.text(max_size=6), max_size=5))
def test_a_query_string_is_read_back_as_it_was_meant(params):
    from urllib.parse import quote, urlencode

    assert parse(urlencode(params, quote_via=quote), "") == params
    assert parse("", urlencode(params)) == params


@given(st.integers(-(10**18), 10**18))
def test_units_are_written_with_eight_decimals_and_no_exponent(value):
    from decimal import Decimal

    text = wire.units(value)
    assert Decimal(text) * 10**8 == value
    assert "E" not in text
    assert len(text.split(".")[1]) == 8


async def raw_status(caller, head: bytes, body: bytes = b"") -> int:
    """Send bytes as they are and return the status of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", caller.server.port)
    key = f"X-MBX-APIKEY: {caller.api_key}\r\nContent-Type: application/x-www-form-urlencoded\r\n".encode()
    length = f"Host: sandbox\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
    writer.write(head + b" HTTP/1.1\r\n" + key + length + body)
    status = (await asyncio.wait_for(reader.readline(), 5)).split()[1]
    writer.close()
    await writer.wait_closed()
    return int(status)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"GET /api/v3/depth?symbol=%FF%FE", b""),
        (b"GET /api/v3/depth?symbol=\xff\xfe", b""),
        (b"GET /api/v3/account?timestamp=1\xff&signature=\xff", b""),
        (b"POST /api/v3/order?timestamp=1767571200000", b"symbol=\xff\xfe&signature=\xfe"),
        (b"POST /api/v3/order", b"&&&===%%%"),
        (b"DELETE /api/v3/order?%00=%00", b""),
        (b"GET /api/v3/%2e%2e/time", b""),
    ],
)
async def test_bytes_that_are_no_text_are_refused_like_any_other(caller, head, body):
    assert 400 <= await raw_status(caller, head, body) < 500
