"""The running market behind the doors: repeatable on the stepped clock, alive on the real one."""

import asyncio

import aiohttp
import pytest

from binance_nb.sandbox.clock import STEPPED_START_US, Clock, ClockMode
from binance_nb.sandbox.engine.exchange import Exchange
from binance_nb.sandbox.engine.journal import replay
from binance_nb.sandbox.market import MarketSettings
from binance_nb.sandbox.server.app import NotLoopbackError, SandboxServer, check_loopback
from binance_nb.sandbox.server.venue import Venue, VenueSettings

SHORT_HISTORY = MarketSettings(history_hours=0.05)


async def session(make_caller, seed: int) -> list:
    """Trade a little against the market and return everything that was heard, answers and events."""
    caller = await make_caller(seed=seed, market=True, market_settings=SHORT_HISTORY)
    ws = await caller.ws_api()
    await ws.subscribe()
    heard = [(await caller.get("ticker/bookTicker", symbol="BTCUSDT")).json]
    for number in range(5):
        bid = heard[0]["bidPrice"]
        heard.append((await caller.order("BUY", "0.001")).json)
        heard.append((await caller.order("BUY", "0.002", bid)).json)
        heard.append((await caller.control("run_market", steps=10 + number)).json)
    heard.append((await caller.signed("GET", "myTrades", symbol="BTCUSDT")).json)
    heard.append((await caller.signed("GET", "account")).json["balances"])
    await ws.call("ping")
    return [*heard, *ws.events]


async def test_the_same_seed_and_the_same_requests_give_the_same_fills_ids_and_times(make_caller):
    first, second = await session(make_caller, 5), await session(make_caller, 5)
    assert first == second
    assert any(event.get("event", {}).get("x") == "TRADE" for event in first if isinstance(event, dict))


async def test_a_session_is_reproduced_from_its_seed_and_its_journal(make_caller, tmp_path):
    journal = tmp_path / "journal.jsonl"
    caller = await make_caller(seed=5, market=True, market_settings=SHORT_HISTORY, journal=str(journal))
    await caller.order("BUY", "0.001")
    await caller.order("BUY", "0.01", "50000")
    await caller.control("run_market", steps=20)
    await caller.server.stop()
    lines = journal.read_text(encoding="utf-8").splitlines()
    first = caller.venue.exchange
    again = Exchange(tuple(first.symbols.values()), spec=first.spec, seed=5)
    replay(lines, again)
    for name in first.symbols:
        assert again.depth(name, 5_000) == first.depth(name, 5_000)
        assert again.recent_trades(name) == first.recent_trades(name)
    account_id = caller.venue.account_id("main")
    assert again.my_trades(account_id, "BTCUSDT") == first.my_trades(account_id, "BTCUSDT") != ()
    for asset in ("BTC", "USDT"):
        mine, theirs = (each.account(account_id).balances[asset] for each in (first, again))
        assert (mine.free, mine.locked) == (theirs.free, theirs.locked)


async def test_another_seed_is_another_market(make_caller):
    assert await session(make_caller, 5) != await session(make_caller, 6)


async def test_nothing_moves_on_the_stepped_clock_but_by_control(make_caller):
    caller = await make_caller(market=True, market_settings=SHORT_HISTORY)
    before = (await caller.get("depth", symbol="BTCUSDT")).json
    await asyncio.sleep(0.25)
    assert (await caller.get("depth", symbol="BTCUSDT")).json == before
    await caller.control("step", ms=60_000)
    assert (await caller.get("depth", symbol="BTCUSDT")).json == before
    await caller.control("run_market", steps=5)
    assert (await caller.get("depth", symbol="BTCUSDT")).json != before


async def test_on_the_real_clock_the_market_moves_by_itself(make_caller):
    caller = await make_caller(clock=ClockMode.REAL, market=True, market_settings=SHORT_HISTORY)
    stream = await caller.stream("/ws/btcusdt@depth@100ms")
    first, second = await stream.next(), await stream.next()
    assert second["U"] == first["u"] + 1


async def test_a_limit_order_at_the_touch_is_filled_by_the_market(make_caller):
    caller = await make_caller(market=True, market_settings=SHORT_HISTORY)
    ask = (await caller.get("ticker/bookTicker", symbol="ETHUSDT")).json["askPrice"]
    placed = (await caller.order("SELL", "0.01", ask, symbol="ETHUSDT")).json
    await caller.control("run_market", steps=200)
    found = (await caller.signed("GET", "order", symbol="ETHUSDT", orderId=placed["orderId"])).json
    assert found["status"] == "FILLED"


async def test_a_halted_symbol_takes_no_orders(caller):
    await caller.control("symbol_status", symbol="BTCUSDT", status="HALT")
    refused = await caller.order("BUY", "1", "100")
    assert refused.status == 400
    (row,) = (await caller.get("exchangeInfo", symbol="BTCUSDT")).json["symbols"]
    assert row["status"] == "HALT"
    await caller.control("symbol_status", symbol="BTCUSDT", status="TRADING")
    assert (await caller.order("BUY", "1", "100")).status == 200


def test_a_stepped_clock_stands_still_and_never_goes_back():
    clock = Clock(ClockMode.STEPPED)
    assert clock.now_us() == clock.now_us() == STEPPED_START_US
    assert clock.step(5) == STEPPED_START_US + 5
    with pytest.raises(ValueError, match="only moves forward"):
        clock.step(-1)


def test_a_real_clock_can_be_stepped_ahead():
    clock = Clock(ClockMode.REAL)
    before = clock.now_us()
    assert clock.step(3_600_000_000) >= before + 3_600_000_000
    assert clock.now_us() >= before + 3_600_000_000


def test_the_shift_shows_in_the_face_alone():
    clock = Clock(ClockMode.STEPPED)
    clock.shift_us = -7
    assert clock.face_us() == clock.now_us() - 7


@pytest.mark.parametrize(("host", "name"), [("127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1"), ("::1", "::1")])
def test_loopback_addresses(host, name):
    assert check_loopback(host) == name


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.org", ""])
def test_other_addresses_are_refused_with_the_reason(host):
    with pytest.raises(NotLoopbackError, match="no encryption and its control endpoint needs no key"):
        check_loopback(host)


def test_symbols_and_balances_can_be_chosen():
    venue = Venue(VenueSettings(symbols=("ETHBTC",), market=False))
    assert list(venue.exchange.symbols) == ["ETHBTC"]
    with pytest.raises(ValueError, match="no symbol NOSUCH"):
        Venue(VenueSettings(symbols=("NOSUCH",), market=False))


async def test_the_server_listens_on_ipv6_loopback_too():
    async with SandboxServer(Venue(VenueSettings(market=False)), "::1") as server, aiohttp.ClientSession() as http:
        assert server.rest_url.startswith("http://[::1]:")
        async with http.get(server.rest_url + "/api/v3/ping") as answer:
            assert answer.status == 200
        async with http.get(server.rest_url + "/sandbox/v1/state") as answer:
            assert answer.status == 200


async def test_a_port_that_is_taken_is_an_error():
    async with SandboxServer(Venue(VenueSettings(market=False))) as server:
        with pytest.raises(OSError, match="in use"):
            await SandboxServer(Venue(VenueSettings(market=False)), port=server.port).start()
