"""The two faces of the client: the same verbs, from any thread and any loop, with real signatures."""

import asyncio
import concurrent.futures
import inspect
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import API_KEY, API_SECRET, BTCUSDT_INFO, ScriptedExchange, answer, drop, exchange_info, refuse

from binance_nb import AsyncBinanceClient, BinanceClient, BinanceConfig
from binance_nb.errors import (
    InvalidOrderError,
    MissingKeysError,
    OrderStatusUnknown,
    UnknownSymbolError,
    WrongThreadError,
)
from binance_nb.transport.thread import NetworkThread
from binance_nb.verbs.given import epoch_ms, order_id_given

ORDER = "/api/v3/order"

# A reader of reports is an async iterator, which only a coroutine can use.
ASYNC_ONLY = {"reports"}


def public(kind):
    return {
        name: inspect.getattr_static(kind, name)
        for name in dir(kind)
        if not name.startswith("_") and inspect.isfunction(inspect.getattr_static(kind, name))
    }


ASYNC_VERBS = public(AsyncBinanceClient)
VERBS = sorted(set(ASYNC_VERBS) - ASYNC_ONLY)

MISSION = [
    "place_spot_order",
    "place_market_order",
    "place_limit_order",
    "place_stop_loss_limit_order",
    "place_take_profit_limit_order",
    "cancel_order_by_id",
    "get_order_status",
    "get_all_orders",
    "create_listen_key",
    "keepalive_listen_key",
    "close_listen_key",
    "get_user_data_stream_url",
    "get_klines",
    "get_account_info",
]


@pytest.mark.parametrize("name", MISSION)
def test_the_names_that_the_mission_fixed_are_verbs(name):
    assert name in VERBS


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_is_on_both_faces_with_one_signature(name):
    ours, theirs = getattr(BinanceClient, name), getattr(AsyncBinanceClient, name)
    assert str(inspect.signature(ours)) == str(inspect.signature(theirs))
    assert ours.__name__ == name
    assert not inspect.iscoroutinefunction(ours)


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_says_the_same_on_both_faces(name):
    ours, theirs = inspect.getdoc(getattr(BinanceClient, name)), inspect.getdoc(getattr(AsyncBinanceClient, name))
    assert ours
    assert ours.splitlines()[0] == (theirs or "").splitlines()[0]
    if inspect.iscoroutinefunction(inspect.unwrap(getattr(AsyncBinanceClient, name))):
        assert ours == theirs


def test_no_verb_hides_its_parameters():
    for name in VERBS:
        kinds = {parameter.kind for parameter in inspect.signature(getattr(BinanceClient, name)).parameters.values()}
        assert not kinds & {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}, name


def test_help_shows_the_real_parameters():
    import pydoc

    text = pydoc.plain(pydoc.render_doc(BinanceClient.place_limit_order))
    assert "symbol" in text
    assert "time_in_force" in text
    assert "Buy at `price` or lower" in text


# Calls


class Server:
    """A scripted exchange on a thread of its own, so that blocking calls can be made to it."""

    def __init__(self):
        self.thread = NetworkThread()
        self.exchange = ScriptedExchange()
        self.thread.run(self.exchange.start(), 10)

    def close(self):
        self.thread.run(self.exchange.close(), 10)
        self.thread.loop.call_soon_threadsafe(self.thread.loop.stop)


@pytest.fixture(scope="module")
def server():
    opened = Server()
    yield opened
    opened.close()


@pytest.fixture
def exchange(server, monkeypatch):
    monkeypatch.setenv("BINANCE_SANDBOX_API_KEY", API_KEY)
    monkeypatch.setenv("BINANCE_SANDBOX_API_SECRET", API_SECRET)
    exchange = server.exchange
    exchange.seen.clear()
    exchange.on("GET", "/api/v3/ticker/price", answer({"symbol": "BTCUSDT", "price": "60000.00000000"}))
    exchange.on("GET", "/api/v3/exchangeInfo", answer(exchange_info()))
    exchange.on("GET", "/api/v3/openOrders", answer([]))
    return exchange


@pytest.fixture
def client(exchange):
    with BinanceClient(exchange.config(timeout_s=5)) as opened:
        yield opened


def price(client):
    return client.get_price("BTCUSDT")["price"].tolist()


def test_a_call_from_a_plain_thread_blocks_until_the_answer_is_there(client):
    frame = client.get_price("BTCUSDT")
    assert isinstance(frame, pd.DataFrame)
    assert frame["price"].tolist() == [60000.0]
    assert client.get_price("BTCUSDT", raw=True) == {"symbol": "BTCUSDT", "price": "60000.00000000"}


async def test_a_call_inside_a_running_loop_works_as_in_a_cell(client):
    assert asyncio.get_running_loop().is_running()
    assert price(client) == [60000.0]


async def test_the_async_client_can_be_awaited_on_any_loop(client):
    frame = await client.asynchronous.get_price("BTCUSDT")
    assert frame["price"].tolist() == [60000.0]
    other = await asyncio.to_thread(lambda: asyncio.run(client.asynchronous.get_price("BTCUSDT")))
    assert other["price"].tolist() == [60000.0]


async def test_many_awaits_at_once_share_the_network(client, exchange):
    frames = await asyncio.gather(*(client.asynchronous.get_price("BTCUSDT") for _ in range(20)))
    assert len(frames) == 20
    assert len(exchange.requests("GET", "/api/v3/ticker/price")) == 20


def test_calls_from_many_threads_at_once(client):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: price(client), range(40))) == [[60000.0]] * 40


def test_a_callback_submits_and_does_not_wait(client, exchange):
    done = threading.Event()
    got = []

    def show(future):
        got.append(future.result()["price"].tolist())
        done.set()

    future = client.submit("get_price", "BTCUSDT")
    assert isinstance(future, concurrent.futures.Future)
    future.add_done_callback(show)
    assert done.wait(5)
    assert got == [[60000.0]]


def test_a_callback_may_submit_from_the_network_thread_itself(client):
    async def on_the_network_thread():
        return client.submit("get_price", "BTCUSDT")

    future = client._network.run(on_the_network_thread())
    assert future.result(5)["price"].tolist() == [60000.0]


def test_a_blocking_call_on_the_network_thread_is_refused_instead_of_hanging(client, recwarn):
    async def on_the_network_thread():
        return price(client)

    with pytest.raises(WrongThreadError, match="would wait for itself"):
        client._network.run(on_the_network_thread(), 5)
    assert not [warning for warning in recwarn if "never awaited" in str(warning.message)]


def test_a_wrong_keyword_is_a_type_error_and_nothing_is_sent(client, exchange):
    with pytest.raises(TypeError, match="sybmol"):
        client.get_price(sybmol="BTCUSDT")
    assert exchange.requests("GET", "/api/v3/ticker/price") == []


def test_an_error_of_the_exchange_reaches_the_caller_as_itself(client, exchange):
    exchange.on("GET", "/api/v3/ticker/price", refuse(-1121, "Invalid symbol."))
    with pytest.raises(Exception, match="Invalid symbol") as failed:
        price(client)
    assert failed.value.code == -1121


def test_the_caller_that_stops_waiting_leaves_the_work_alone(client, exchange):
    arrived, go_on = threading.Event(), threading.Event()

    async def slowly(request, seen):
        arrived.set()
        while not go_on.is_set():  # noqa: ASYNC110 - it is set by another thread
            await asyncio.sleep(0.005)
        return await answer({"symbol": "BTCUSDT", "price": "1"})(request, seen)

    exchange.on("GET", "/api/v3/ticker/price", slowly)
    finished = threading.Event()

    async def cancelled_wait():
        waiting = asyncio.create_task(client.asynchronous.get_price("BTCUSDT"))
        await asyncio.to_thread(arrived.wait, 5)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    original = client.asynchronous._spot.price_ticker

    async def noted(symbol):
        result = await original(symbol)
        finished.set()
        return result

    client.asynchronous._spot.price_ticker = noted
    asyncio.run(cancelled_wait())
    assert not finished.is_set()
    go_on.set()
    assert finished.wait(5)


def test_an_unknown_order_can_be_resolved_from_a_cell(client, exchange):
    exchange.on("POST", ORDER, drop)
    exchange.on("GET", ORDER, refuse(-2015, "Invalid API-key, IP, or permissions for action.", 401))
    with pytest.raises(OrderStatusUnknown) as unknown:
        client.place_market_order("BTCUSDT", "BUY", "0.01")
    exchange.on("GET", ORDER, answer({"symbol": "BTCUSDT", "orderId": 7}))
    assert unknown.value.resolve()["orderId"] == 7


def test_an_unknown_order_of_a_callback_can_be_resolved_too(client, exchange):
    exchange.on("POST", ORDER, drop)
    exchange.on("GET", ORDER, refuse(-2015, "Invalid API-key, IP, or permissions for action.", 401))
    error = client.submit("place_market_order", "BTCUSDT", "BUY", "0.01").exception(10)
    assert isinstance(error, OrderStatusUnknown)
    exchange.on("GET", ORDER, answer({"symbol": "BTCUSDT", "orderId": 7}))
    assert error.resolve()["orderId"] == 7


def test_missing_keys_are_told_before_an_order_leaves(client, exchange, monkeypatch):
    monkeypatch.delenv("BINANCE_SANDBOX_API_SECRET")
    with pytest.raises(MissingKeysError, match="BINANCE_SANDBOX_API_SECRET"):
        client.place_market_order("BTCUSDT", "BUY", "0.01")
    assert exchange.requests("POST", ORDER) == []


def test_an_unknown_symbol_names_its_neighbours_and_asks_only_once(client, exchange):
    for _ in range(3):
        with pytest.raises(UnknownSymbolError, match="did you mean BTCUSDT") as unknown:
            client.place_market_order("BTCUSD", "BUY", "0.01")
    assert unknown.value.code == -1121
    assert len(exchange.requests("GET", "/api/v3/exchangeInfo")) == 1


def test_callers_at_the_same_time_share_one_exchange_info(client, exchange):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: client._run(client.asynchronous._directory.rules("BTCUSDT")), range(16)))
    assert len(exchange.requests("GET", "/api/v3/exchangeInfo")) == 1


def test_what_a_client_is_can_be_seen(client, exchange):
    assert client.environment == "sandbox"
    assert repr(client) == f"<BinanceClient sandbox {exchange.base_url}>"
    assert repr(client.asynchronous) == f"<AsyncBinanceClient sandbox {exchange.base_url}>"
    assert client.sandbox_process is None
    assert client.stream_state.state == "stopped"
    assert BinanceClient().environment == "testnet"
    assert BinanceClient(testnet=False).environment == "mainnet"
    assert BinanceClient(environment="demo").config == BinanceConfig(environment="demo")


def test_what_needs_no_network_asks_nothing(client, exchange):
    assert client.fills().empty
    assert client.execution_reports().empty
    assert client.get_user_data_stream_url().startswith("ws://127.0.0.1:")
    assert client.get_user_data_stream_url("abc").endswith("/ws/abc")
    assert exchange.seen == []


def test_the_fills_of_an_answer_go_into_the_ledger(client, exchange):
    full = {
        "symbol": "BTCUSDT",
        "orderId": 7,
        "orderListId": -1,
        "clientOrderId": "mine",
        "transactTime": exchange.server_time,
        "side": "BUY",
        "type": "MARKET",
        "status": "FILLED",
        "origQty": "0.01",
        "executedQty": "0.01",
        "cummulativeQuoteQty": "600",
        "fills": [{"price": "60000", "qty": "0.01", "commission": "0", "commissionAsset": "BTC", "tradeId": 3}],
    }
    exchange.on("POST", ORDER, answer(full))
    client.place_market_order("BTCUSDT", "BUY", "0.01")
    assert client.fills()["trade_id"].tolist() == [3]
    assert client.fills(order_id=8).empty


def test_a_closed_client_can_be_used_again(client):
    price(client)
    client.close()
    assert price(client) == [60000.0]


async def test_a_client_without_a_thread_of_its_own_runs_on_the_loop_that_awaits_it(exchange):
    async with AsyncBinanceClient(exchange.config(), own_thread=False) as client:
        assert client.network is None
        assert (await client.get_price("BTCUSDT"))["price"].tolist() == [60000.0]


def test_all_clients_share_one_network_thread(exchange):
    first, second = BinanceClient(exchange.config()), BinanceClient(exchange.config())
    assert first._network is second._network is NetworkThread.shared()


# Paging and times


def epoch_answer(rows, id_key, from_key):
    """Answer a page: the rows from an id on, as many as asked for, or the newest where no id is given."""

    async def give(request, seen):
        limit = int(seen.params["limit"])
        after = seen.params.get(from_key)
        page = rows[-limit:] if after is None else [row for row in rows if row[id_key] >= int(after)][:limit]
        return await answer(page)(request, seen)

    return give


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (999, 1), (1000, 2), (2500, 3)])
def test_trades_are_paged_to_the_end(client, exchange, count, pages):
    rows = [
        {
            "symbol": "BTCUSDT",
            "id": 10 + 3 * number,
            "orderId": number,
            "price": "1",
            "qty": "1",
            "quoteQty": "1",
            "commission": "0",
            "commissionAsset": "BNB",
            "time": 1_700_000_000_000 + number,
            "isBuyer": True,
            "isMaker": False,
            "isBestMatch": True,
        }
        for number in range(count)
    ]
    exchange.on("GET", "/api/v3/myTrades", epoch_answer(rows, "id", "fromId"))
    assert client.get_my_trades("BTCUSDT")["trade_id"].tolist() == [row["id"] for row in rows]
    assert len(exchange.requests("GET", "/api/v3/myTrades")) == pages
    newest = client.get_my_trades("BTCUSDT", limit=10)["trade_id"].tolist()
    assert newest == [row["id"] for row in rows[-10:]]
    assert len(exchange.requests("GET", "/api/v3/myTrades")) == pages + 1


def test_a_period_keeps_its_first_and_last_millisecond(client, exchange):
    first = pd.Timestamp("2026-03-01 12:00:00.123")
    rows = [
        {"symbol": "BTCUSDT", "orderId": number, "time": int(first.value // 10**6) + number, "side": "BUY"}
        for number in range(-2, 6)
    ]
    exchange.on("GET", "/api/v3/allOrders", epoch_answer(rows, "orderId", "orderId"))
    frame = client.get_all_orders("BTCUSDT", start_time=first, end_time=first + pd.Timedelta(3, "ms"))
    assert frame["order_id"].tolist() == [0, 1, 2, 3]


def test_the_symbol_of_a_verb_may_be_small_letters(client, exchange):
    client.get_price(" btcusdt ")
    assert exchange.requests("GET", "/api/v3/ticker/price")[0].params == {"symbol": "BTCUSDT"}
    assert BTCUSDT_INFO["symbol"] == "BTCUSDT"


# What a type checker sees

SCRIPT = """
from typing import assert_type
import numpy as np
import pandas as pd
from binance_nb import BinanceClient, OrderSide, UserDataStreamHandle

client = BinanceClient()
assert_type(client.place_limit_order("BTCUSDT", "BUY", "0.01", 60000, time_in_force="IOC"), pd.DataFrame)
assert_type(client.place_market_order("BTCUSDT", OrderSide.BUY, quote_order_qty=100), pd.DataFrame)
assert_type(client.get_order_status("BTCUSDT", 7), pd.DataFrame)
assert_type(client.start_stream(), UserDataStreamHandle)
assert_type(client.create_listen_key(), str)
client.close()
"""
WRONG = """
client.place_limit_order("BTCUSDT", "BUY", "0.01", 60000, time_in_farce="IOC")
client.place_limit_order("BTCUSDT", "BUY", "0.01")
client.place_limit_order("BTCUSDT", "BUY", "0.01", [60000])
client.place_market_order("BTCUSDT", 5)
client.no_such_verb()
"""


def test_a_strict_type_checker_sees_real_parameters(tmp_path):
    right, wrong = tmp_path / "right.py", tmp_path / "wrong.py"
    right.write_text(SCRIPT, encoding="utf-8")
    wrong.write_text(SCRIPT + WRONG, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(right), str(wrong)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if "error:" in line]
    assert not [line for line in lines if "right.py" in line], done.stdout + done.stderr
    first = len(SCRIPT.splitlines()) + 2
    found = {int(line.split(":")[1]) for line in lines if "wrong.py" in line}
    assert found == set(range(first, first + 5)), done.stdout
    assert 'Unexpected keyword argument "time_in_farce"' in done.stdout
    assert "Too few arguments" in done.stdout


def test_the_interpreter_ends_quickly_with_a_client_left_open(exchange):
    script = textwrap.dedent(f"""
        from binance_nb import BinanceClient, BinanceConfig
        client = BinanceClient(BinanceConfig(environment="sandbox", sandbox_base_url="{exchange.base_url}"))
        print(client.get_price("BTCUSDT")["price"].iloc[0])
    """)
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "60000.0"
    assert done.returncode == 0
    assert "Unclosed" not in done.stderr, done.stderr
    assert "never awaited" not in done.stderr


@given(st.integers(0, 4_102_444_800_000))
def test_a_moment_is_the_same_millisecond_however_it_is_given(epoch):
    stamp = pd.Timestamp(epoch, unit="ms", tz="UTC")
    forms = [epoch, stamp, stamp.tz_convert("Asia/Tokyo"), stamp.tz_localize(None), stamp.isoformat()]
    forms.append(stamp.to_pydatetime())
    assert {epoch_ms(form) for form in forms} == {epoch}
    assert epoch_ms(np.int64(epoch)) == epoch


@pytest.mark.parametrize("moment", ["soon", "2026-13-01", object()])
def test_what_is_no_moment_is_refused_in_a_sentence(moment):
    with pytest.raises(InvalidOrderError, match="is not a time; use a datetime"):
        epoch_ms(moment)


@pytest.mark.parametrize("given_id", ["x7", "7.5", "", "-1"])
def test_an_order_id_that_is_no_number_is_refused_in_a_sentence(given_id):
    with pytest.raises(InvalidOrderError, match="order_id is a number"):
        order_id_given(given_id, None)


@pytest.mark.parametrize("given_id", [7, "7", np.int64(7), 7.0, pd.Series([7]).iloc[0]])
def test_an_order_id_may_come_out_of_a_frame(given_id):
    assert order_id_given(given_id, None) == 7
    assert order_id_given(None, "mine") is None
