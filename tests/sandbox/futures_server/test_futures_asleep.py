"""The futures market sleeps until somebody looks, and opens then as if the sandbox had just started."""

from typing import Any

import pytest

from binance_nb.sandbox.clock import ClockMode
from binance_nb.sandbox.server.venue import Venue, VenueSettings

SYMBOLS = ("BTCUSDT", "ETHUSDT")


@pytest.fixture
async def spot(make_caller):
    """Return a caller of an exchange with a market that only spot was traded on so far."""
    caller = await make_caller(market=True, symbols=SYMBOLS)
    await caller.order("BUY", "0.001")
    await caller.control("run_market", steps=3)
    return caller


async def is_awake(caller) -> bool:
    return (await caller.control("state")).json["futures"]["awake"]


async def test_spot_alone_does_not_wake_it_and_nor_does_looking_at_the_state(spot):
    await spot.get("ticker/price", symbol="BTCUSDT")
    socket = await spot.ws_api()
    await socket.call("ping")
    await spot.stream("/ws/btcusdt@trade")
    await spot.control("deposit", asset="USDT", amount="1")
    await spot.control("reset_account")
    await spot.control("step", ms=60_000)
    for path in ("ping", "time", "exchangeInfo"):  # which are the same with and without a market
        assert (await spot.send("GET", f"/fapi/v1/{path}")).status == 200
    assert not await is_awake(spot)
    symbol = (await spot.control("state")).json["futures"]["symbols"]["BTCUSDT"]
    assert (symbol["last_price"], symbol["mark_price"]) == (None, None)


async def ask_rest(caller) -> None:
    answer = await caller.send("GET", "/fapi/v1/ticker/bookTicker", "symbol=BTCUSDT")
    assert float(answer.json["bidPrice"]) > 0


async def ask_signed(caller) -> None:
    key = {"X-MBX-APIKEY": caller.api_key}
    query = caller.signed_query({"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001"})
    answer = await caller.send("POST", "/fapi/v1/order", query, headers=key)
    assert answer.json["status"] == "NEW"  # ACK tells no more
    rows = await caller.send("GET", "/fapi/v3/positionRisk", caller.signed_query({}), headers=key)
    assert rows.json[0]["positionAmt"] == "0.001"


async def connect_to_ws_api(caller) -> None:
    await caller.ws_api(url=caller.server.futures_ws_api_url)


async def connect_to_stream(caller) -> None:
    await caller.stream("/fstream/market/ws/btcusdt@markPrice")


def command(name: str, **body: Any):
    async def call(caller) -> None:
        answer = await caller.control(name, **body)
        assert answer.status == 200, answer.text

    return call


@pytest.mark.parametrize(
    "touch",
    [
        ask_rest,
        ask_signed,
        connect_to_ws_api,
        connect_to_stream,
        command("mark_price", symbol="BTCUSDT", price="90000"),
        command("funding_rate", symbol="BTCUSDT", rate="0.001"),
        command("counter_order", symbol="BTCUSDT", side="BUY", quantity="0.001", product="futures"),
        command("deposit", asset="USDT", amount="1", product="futures"),
    ],
)
async def test_whatever_is_asked_of_futures_first_wakes_it(spot, touch):
    await touch(spot)
    assert await is_awake(spot)
    trades = (await spot.send("GET", "/fapi/v1/trades", "symbol=BTCUSDT&limit=1")).json
    assert spot.now_ms() - trades[0]["time"] < 60_000  # its past reaches to the present
    before = trades[0]["id"]
    await spot.control("run_market", steps=30)
    assert (await spot.send("GET", "/fapi/v1/trades", "symbol=BTCUSDT&limit=1")).json[0]["id"] > before


def after(steps_before: int, steps_after: int) -> list[Any]:
    """What the futures market is after it slept for some steps and then ran for some."""
    venue = Venue(VenueSettings(seed=3, clock=ClockMode.STEPPED, symbols=SYMBOLS))
    venue.run_market(steps_before)
    venue.futures.wake(venue.clock.now_us())
    venue.run_market(steps_after)
    exchange = venue.futures.exchange
    seen: list[Any] = []
    for symbol in SYMBOLS:
        seen.append(exchange.depth(symbol, 50))
        seen.append([(row.trade_id, row.price, row.quantity) for row in exchange.recent_trades(symbol, 500)])
        seen.append(exchange.mark_price(symbol).index_price)
    return seen


@pytest.mark.parametrize("steps_after", [0, 40])
def test_the_same_seed_is_the_same_market_whenever_it_wakes(steps_after: int) -> None:
    assert after(1, steps_after) == after(0, steps_after)
    assert after(70, steps_after) == after(0, steps_after)


def test_what_is_due_by_the_clock_is_due_from_its_waking_on() -> None:
    venue = Venue(VenueSettings(seed=3, clock=ClockMode.STEPPED, symbols=SYMBOLS))
    venue.step(20 * 3_600_000)
    venue.futures.wake(venue.clock.now_us())
    mark = venue.futures.exchange.mark_price("BTCUSDT")
    assert 0 < mark.next_funding_us - venue.clock.now_us() <= 8 * 3_600_000_000
    assert venue.futures.exchange.funding_rates("BTCUSDT") == ()


def test_without_a_market_there_is_nothing_to_wake() -> None:
    venue = Venue(VenueSettings(seed=3, clock=ClockMode.STEPPED, market=False))
    assert venue.futures.is_awake
    assert venue.state()["futures"]["market"] is False
