"""Errors: which class an answer becomes, what it keeps, and how it reads."""

import asyncio
import concurrent.futures
import copy
import pickle
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import SERVER_TIME

import binance_nb.errors as errors_module
from binance_nb.errors import (
    BinanceNBError,
    CancelRejected,
    CancelReplaceFailed,
    ExchangeError,
    ExchangeUnavailable,
    FilterFailure,
    InsufficientBalance,
    InvalidOrderError,
    InvalidRequest,
    IpBanned,
    KeyRefused,
    NetworkError,
    OrderRejected,
    OrderStatusUnknown,
    RateLimited,
    SignatureRefused,
    TimestampRefused,
    UnknownListenKey,
    UnknownOrder,
    error_from_answer,
    first_words,
)

TABLE = [
    (400, -1013, "Filter failure: LOT_SIZE", FilterFailure),
    (400, -1013, "Invalid quantity.", OrderRejected),
    (400, -2010, "Account has insufficient balance for requested action.", InsufficientBalance),
    (400, -2010, "Order would immediately match and take.", OrderRejected),
    (400, -2010, "Duplicate order sent.", OrderRejected),
    (400, -1010, "Market is closed.", OrderRejected),
    (400, -2011, "Unknown order sent.", UnknownOrder),
    (400, -2011, "Order was not canceled due to cancel restrictions.", CancelRejected),
    (400, -2013, "Order does not exist.", UnknownOrder),
    (400, -2026, "Order was canceled or expired with no executed qty over 90 days ago.", UnknownOrder),
    (400, -2039, "Client order ID is not correct for this order ID.", UnknownOrder),
    (409, -2021, "Order cancel-replace partially failed.", CancelReplaceFailed),
    (400, -2022, "Order cancel-replace failed.", CancelReplaceFailed),
    (400, -2038, "Order amend (quantity increase) is not supported.", CancelRejected),
    (401, -2014, "API-key format invalid.", KeyRefused),
    (401, -2015, "Invalid API-key, IP, or permissions for action.", KeyRefused),
    (401, -2008, "Invalid Api-Key ID.", KeyRefused),
    (401, -1002, "You are not authorized to execute this request.", KeyRefused),
    (400, -1022, "Signature for this request is not valid.", SignatureRefused),
    (400, -1021, "Timestamp for this request is outside of the recvWindow.", TimestampRefused),
    (400, -1100, "Illegal characters found in parameter 'price'.", InvalidRequest),
    (400, -1111, "Parameter 'quantity' has too much precision.", InvalidRequest),
    (400, -1121, "Invalid symbol.", InvalidRequest),
    (400, -1199, "A take profit order in a sell OCO must be above.", InvalidRequest),
    (400, -1125, "This listenKey does not exist.", UnknownListenKey),
    (429, -1003, "Too many requests.", RateLimited),
    (429, None, "", RateLimited),
    (400, -1015, "Too many new orders.", RateLimited),
    (418, -1003, "Way too many requests; IP banned until 1.", IpBanned),
    (418, None, "", IpBanned),
    (503, -1008, "Server is currently overloaded with other requests.", ExchangeUnavailable),
    (500, -1000, "An unknown error occurred while processing the request.", ExchangeUnavailable),
    (500, -1001, "Internal error; unable to process your request.", ExchangeUnavailable),
    (500, -1006, "An unexpected response was received from the message bus.", ExchangeUnavailable),
    (408, -1007, "Timeout waiting for response from backend server.", ExchangeUnavailable),
    (503, -1016, "This service is no longer available.", ExchangeUnavailable),
    (408, None, "", ExchangeUnavailable),
    (500, None, "", ExchangeUnavailable),
    (504, None, "", ExchangeUnavailable),
    (403, None, "", ExchangeError),
    (400, -9999, "Something of tomorrow.", ExchangeError),
]


@pytest.mark.parametrize(("status", "code", "message", "kind"), TABLE)
def test_an_answer_becomes_the_class_of_its_family(status, code, message, kind):
    payload = "<html>nothing readable</html>" if code is None else {"code": code, "msg": message}
    error = error_from_answer(status, payload, request="POST /api/v3/order")
    assert type(error) is kind
    assert error.code == code
    assert error.http_status == status
    assert error.request == "POST /api/v3/order"
    if code is not None:
        assert error.message == message


@pytest.mark.parametrize(
    ("status", "payload", "unknown"),
    [
        (503, {"code": -1008, "msg": "Server is currently overloaded with other requests."}, False),
        (503, {"code": -1016, "msg": "This service is no longer available."}, False),
        (503, {"code": -1, "msg": "Service Unavailable."}, False),
        (503, {"msg": "Service Unavailable."}, False),
        (503, {"msg": "Unknown error, please check your request or try again later."}, True),
        (503, {"code": -1000, "msg": "Unknown error, please check your request or try again later."}, True),
        (500, {"code": -1001, "msg": "Internal error; unable to process your request."}, True),
        (500, {"code": -1006, "msg": "An unexpected response was received from the message bus."}, True),
        (408, {"code": -1007, "msg": "Timeout waiting for response from backend server."}, True),
        (504, {"code": -1007, "msg": "Timeout waiting for response from backend server."}, True),
        (502, "<html><title>502 Bad Gateway</title></html>", True),
        (504, "<html><title>504 Gateway Time-out</title></html>", True),
        (500, "", True),
        (408, "", True),
        # A gateway in between may use the same words for an answer that it lost.
        (502, "<html><body>Service Unavailable</body></html>", True),
        (504, "<html><body>backend said Service Unavailable</body></html>", True),
    ],
)
def test_only_a_clear_word_says_that_an_order_was_not_executed(status, payload, unknown):
    error = error_from_answer(status, payload)
    assert isinstance(error, ExchangeUnavailable)
    assert error.outcome_unknown is unknown


def test_every_class_of_the_tree_is_drawn_in_the_docstring_under_its_parent():
    classes = {
        name: thing
        for name, thing in vars(errors_module).items()
        if isinstance(thing, type) and issubclass(thing, BinanceNBError)
    }
    drawn = {}
    stack = []
    for line in (errors_module.__doc__ or "").splitlines():
        words = line.replace("├──", "   ").replace("└──", "   ").replace("│", " ")
        name = words.split()[0] if words.split() else ""
        if name in classes:
            depth = len(words) - len(words.lstrip())
            while stack and stack[-1][0] >= depth:
                stack.pop()
            drawn[name] = stack[-1][1] if stack else None
            stack.append((depth, name))
    assert set(drawn) == set(classes)
    for name, parent in drawn.items():
        if parent is not None:
            assert issubclass(classes[name], classes[parent]), name
            assert classes[parent] in classes[name].__bases__, name


def test_every_error_of_the_package_is_one_of_the_root():
    assert issubclass(InvalidOrderError, ValueError)
    for name, thing in vars(errors_module).items():
        if isinstance(thing, type) and issubclass(thing, Exception):
            assert issubclass(thing, BinanceNBError), name


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("0", 0.0), ("1.5", 1.5), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("", None), ("²", None)],
)
def test_retry_after_is_read_in_seconds(header, seconds):
    error = error_from_answer(429, {"code": -1003, "msg": "Too many requests."}, headers={"Retry-After": header})
    assert error.retry_after == seconds


def test_the_websocket_api_tells_the_moment_to_retry_after():
    payload = {
        "code": -1003,
        "msg": "Too many requests.",
        "data": {"serverTime": SERVER_TIME, "retryAfter": SERVER_TIME + 12_500},
    }
    error = error_from_answer(429, payload)
    assert isinstance(error, RateLimited)
    assert error.retry_after == 12.5
    assert error.data == payload["data"]


def test_a_moment_that_has_passed_is_no_wait():
    payload = {"code": -1003, "msg": "x", "data": {"serverTime": 2000, "retryAfter": 1000}}
    assert error_from_answer(418, payload).retry_after == 0.0


def test_a_ban_says_until_when():
    before = datetime.fromtimestamp(time.time(), tz=UTC)
    error = error_from_answer(418, {"code": -1003, "msg": "banned"}, headers={"Retry-After": "120"})
    after = datetime.fromtimestamp(time.time(), tz=UTC)
    assert isinstance(error, IpBanned)
    assert before + timedelta(seconds=120) <= error.until <= after + timedelta(seconds=120)
    assert error.until == error.until


def test_the_data_of_a_cancel_replace_is_kept():
    data = {"cancelResult": "SUCCESS", "newOrderResult": "FAILURE", "newOrderResponse": {"code": -2010}}
    error = error_from_answer(409, {"code": -2021, "msg": "Order cancel-replace partially failed.", "data": data})
    assert error.data == data
    assert error.http_status == 409


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            error_from_answer(
                400,
                {"code": -1013, "msg": "Filter failure: LOT_SIZE"},
                request="POST /api/v3/order",
                hint="See the rules.",
            ),
            "Filter failure: LOT_SIZE (code -1013, HTTP 400, POST /api/v3/order) See the rules.",
        ),
        (
            error_from_answer(502, "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1>"),
            "502 Bad Gateway (HTTP 502)",
        ),
        (error_from_answer(502, ""), "HTTP status 502 (HTTP 502)"),
        (error_from_answer(302, {}), "HTTP status 302 (HTTP 302)"),
        (error_from_answer(400, {"oops": 1}), "{'oops': 1} (HTTP 400)"),
        (ExchangeError(""), "no message"),
        (NetworkError("nobody there", sent=False), "nobody there"),
    ],
)
def test_an_error_reads_as_one_sentence(error, text):
    assert str(error) == text


@given(st.text(max_size=3000))
def test_the_words_of_any_body_are_short(body):
    assert len(first_words(body)) <= 120


def test_the_words_of_a_page_are_without_its_tags():
    page = "<html>\r\n<head><title>410 Gone</title></head>\r\n<body>\r\n<center><h1>410 Gone</h1></center>\r\n</body>"
    assert first_words(page) == "410 Gone"


@pytest.mark.parametrize(
    "error",
    [
        error_from_answer(400, {"code": -2010, "msg": "Account has insufficient balance for requested action."}),
        InvalidOrderError("a LIMIT order needs a price"),
        NetworkError("nobody there", sent=False),
        OrderStatusUnknown("who knows", symbol="BTCUSDT", client_order_id="nb-1"),
    ],
)
def test_a_cell_shows_one_line_of_an_error(error):
    shown = error._render_traceback_()
    assert shown == [f"{type(error).__name__}: {error}"]
    error.add_note("a note of the caller")
    assert error._render_traceback_()[1:] == ["  a note of the caller"]


def test_an_unknown_order_without_a_client_says_so():
    error = OrderStatusUnknown("who knows", symbol="BTCUSDT", client_order_id="nb-1")
    with pytest.raises(BinanceNBError, match="resolve_async"):
        error.resolve()
    with pytest.raises(BinanceNBError, match="did not come from a client"):
        asyncio.run(error.resolve_async())


@pytest.mark.parametrize(
    "error",
    [
        NetworkError("nobody there", sent=False),
        error_from_answer(418, {"code": -1003, "msg": "banned"}, headers={"Retry-After": "9"}, request="GET /x"),
        InvalidOrderError("no", code=-1013),
        OrderStatusUnknown("who knows", symbol="BTCUSDT", client_order_id="nb-1", resolver=lambda: None),
    ],
)
def test_an_error_survives_the_way_between_processes(error):
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        for name in ("sent", "code", "http_status", "retry_after", "request", "symbol", "client_order_id"):
            assert getattr(twin, name, None) == getattr(error, name, None)


def test_an_error_comes_out_of_a_worker_process_as_itself():
    with concurrent.futures.ProcessPoolExecutor(max_workers=1) as pool, pytest.raises(NetworkError) as failed:
        pool.submit(_fail).result(timeout=30)
    assert failed.value.sent is True


def _fail():
    raise NetworkError("the connection broke", sent=True)
