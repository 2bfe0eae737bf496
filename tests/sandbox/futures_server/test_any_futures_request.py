"""Whatever is sent to a futures method, it answers as an exchange would: a refusal with a code, never an error."""

import hashlib
import hmac
import json
import logging
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from binance_nb.models.enums import FuturesOrderType, FuturesTimeInForce, OrderSide
from binance_nb.sandbox.clock import ClockMode
from binance_nb.sandbox.futures.commands import NewOrder
from binance_nb.sandbox.server import security, wire
from binance_nb.sandbox.server.dispatch import Request, attempt
from binance_nb.sandbox.server.futures.table import FUTURES_METHODS
from binance_nb.sandbox.server.venue import MAIN_ACCOUNT, Venue, VenueSettings

KEY, SECRET = "K" * 64, "S" * 64
METHODS = [method for method in FUTURES_METHODS if not method.name.startswith("session.")]
ITEM = {
    "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "49000",
}  # fmt: skip
VALUES = st.one_of(
    st.sampled_from([
        "", "0", "1", "-1", "0.001", "0.0001", "50000", "99999999999", "1e-05", "NaN", "1.123456789", "BTCUSDT",
        "NOSUCH", "btc", "BUY", "SELL", "LIMIT", "MARKET", "STOP", "true", "false", "1m", "OPPONENT_5", "QUEUE",
        "LONG", "SHORT", "[", "[]", "[1]", '[{"a":1}]', "9223372036854775808", "1767571200000",
    ]),
    st.text(max_size=8),
)  # fmt: skip
LIKELY = {
    "symbol": ["BTCUSDT", "ETHUSDT"], "side": ["BUY", "SELL"], "quantity": ["0.01", "0.1", "1"],
    "price": ["49000", "50000", "51000"], "triggerPrice": ["49000", "51000"],
    "timeInForce": ["GTC", "IOC", "GTX", "GTD"],
    "type": ["LIMIT", "MARKET", "STOP_MARKET", "TAKE_PROFIT", "TRAILING_STOP_MARKET", "1", "2"],
    "algoType": ["CONDITIONAL"], "callbackRate": ["1", "21"], "activatePrice": ["49500"], "orderId": ["1", "2", "3"],
    "algoId": ["1000001"], "interval": ["1m"], "leverage": ["1", "20", "125"], "marginType": ["ISOLATED", "CROSSED"],
    "amount": ["1"], "positionSide": ["BOTH", "LONG", "SHORT"], "countdownTime": ["0", "1000"],
    "batchOrders": [json.dumps([ITEM]), json.dumps([ITEM, ITEM | {"quantity": 1}, {"orderId": 1}])],
    "orderIdList": ["[1,2]"], "goodTillDate": ["1767574800000"], "incomeType": ["COMMISSION"],
}  # fmt: skip


@st.composite
def requests(draw):
    method = draw(st.sampled_from(METHODS))
    sent = {}
    for param in method.params:
        if param.mandatory or draw(st.booleans()):
            likely = LIKELY.get(param.name)
            if likely is not None and draw(st.integers(0, 3)):
                sent[param.name] = draw(st.sampled_from(likely))
            else:
                sent[param.name] = draw(VALUES)
    return method, sent


@pytest.fixture(scope="module")
def venue():
    made = Venue(VenueSettings(clock=ClockMode.STEPPED, market=False))
    futures = made.futures
    futures.limits.settings = futures.limits.settings.changed({"enabled": False})
    made.keys.add_hmac(MAIN_ACCOUNT, KEY, SECRET)
    futures.exchange.pin_mark_price("BTCUSDT", Decimal(50_000), made.clock.now_us())
    house = futures.exchange.open_account(Decimal(10**9), made.clock.now_us(), silent=True)
    for side, price in ((OrderSide.BUY, 49_990), (OrderSide.SELL, 50_010)):
        order = NewOrder(
            symbol="BTCUSDT",
            side=side,
            type=FuturesOrderType.LIMIT,
            time_in_force=FuturesTimeInForce.GTC,
            quantity=Decimal(900),
            price=Decimal(price),
        )
        futures.exchange.place_order(house, order, made.clock.now_us())
    return made


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(requests(), st.integers(0, 30_000))
def test_any_parameters_get_an_answer_or_a_code(venue, caplog, drawn, pause_ms):
    method, sent = drawn
    caplog.set_level(logging.ERROR)
    venue.step(pause_ms)
    if method.signed:
        sent = sent | {"timestamp": str(venue.clock.now_us())}
        sent["signature"] = hmac.new(SECRET.encode(), security.ws_payload(sent), hashlib.sha256).hexdigest()
    request = Request(
        hall=venue.futures, method=method, sent=dict(sent), payload=lambda: security.ws_payload(sent), api_key=KEY,
        address="a", t=wire.in_ms,
    )  # fmt: skip
    outcome = attempt(venue, request)
    if outcome.error is not None:
        assert outcome.error.status < 500, caplog.text
        assert outcome.error.code < 0
        assert outcome.error.message
    wire.encode(outcome.result if outcome.error is None else outcome.error.body())
