"""SymbolDirectory: loaded when first needed, shared, refreshed after an hour, and helpful about typing mistakes."""

import asyncio

import pytest
from scripted import BTCUSDT_INFO, FakeTime, answer, drop, exchange_info

from binance_nb import SpotOrderRequest
from binance_nb.api import directory as directory_module
from binance_nb.errors import FilterFailure, NetworkError, UnknownSymbolError

PATH = "/api/v3/exchangeInfo"
SYMBOLS = [{**BTCUSDT_INFO, "symbol": name} for name in ("BTCUSDT", "ETHUSDT", "BNBUSDT", "ETHBTC", "１２３４５６")]


@pytest.fixture
def passing(monkeypatch):
    fake = FakeTime()
    monkeypatch.setattr(directory_module, "time", fake)
    return fake


@pytest.fixture
def directory(exchange, client, passing):
    exchange.on("GET", PATH, answer(exchange_info(*SYMBOLS)))
    return client._directory


async def test_it_is_asked_for_once_an_hour_and_shared_meanwhile(exchange, directory, passing):
    rules = await asyncio.gather(*(directory.rules("BTCUSDT") for _ in range(10)))
    assert len({id(each) for each in rules}) == 1
    passing.now += 3599
    await directory.rules("ETHUSDT")
    assert len(exchange.requests("GET", PATH)) == 1
    passing.now += 2
    assert await directory.rules("BTCUSDT") is not rules[0]
    assert len(exchange.requests("GET", PATH)) == 2


async def test_a_change_of_the_rules_is_seen_after_a_refresh(exchange, directory):
    assert (await directory.rules("BTCUSDT")).info["status"] == "TRADING"
    exchange.on("GET", PATH, answer(exchange_info({**BTCUSDT_INFO, "status": "HALT"})))
    await directory.refresh()
    assert (await directory.rules("BTCUSDT")).info["status"] == "HALT"


@pytest.mark.parametrize(
    ("typed", "near"),
    [("BTCUSD", "BTCUSDT"), ("BTC/USDT", "BTCUSDT"), ("BTC-USDT", "BTCUSDT"), ("ETHBTX", "ETHBTC")],
)
async def test_a_mistyped_symbol_is_refused_with_its_neighbours(directory, typed, near):
    with pytest.raises(UnknownSymbolError, match=f"{typed} is not a symbol of this exchange; did you mean .*{near}"):
        await directory.rules(typed)


async def test_a_symbol_like_no_other_is_refused_without_a_guess(directory):
    with pytest.raises(UnknownSymbolError, match=r"XYZ is not a symbol of this exchange$"):
        await directory.rules("XYZ")


async def test_a_non_ascii_symbol_is_found(directory):
    assert (await directory.rules("１２３４５６")).symbol == "１２３４５６"


async def test_a_load_that_failed_is_tried_again_by_the_next(exchange, directory):
    exchange.on("GET", PATH, drop)
    with pytest.raises(NetworkError):
        await directory.rules("BTCUSDT")
    exchange.on("GET", PATH, answer(exchange_info(*SYMBOLS)))
    assert (await directory.rules("BTCUSDT")).symbol == "BTCUSDT"


async def test_a_filter_failure_of_the_exchange_makes_the_next_order_load_the_rules_again(exchange, client, directory):
    exchange.on("POST", "/api/v3/order", answer({"code": -1013, "msg": "Filter failure: PRICE_FILTER"}, status=400))
    order = SpotOrderRequest(symbol="BTCUSDT", side="BUY", order_type="LIMIT", quantity="0.01", price="60000")
    for loads in (1, 2):
        with pytest.raises(FilterFailure):
            await client.place_spot_order(order)
        assert len(exchange.requests("GET", PATH)) == loads


async def test_every_symbol_of_the_answer_is_as_if_the_whole_had_been_decoded(exchange, directory):
    for info in SYMBOLS:
        assert (await directory.rules(info["symbol"])).info == info


async def test_an_answer_that_lists_no_symbols_is_an_error_and_not_an_empty_exchange(exchange, directory):
    exchange.on("GET", PATH, answer({"code": 0}))
    with pytest.raises(NetworkError, match="the answer to GET /api/v3/exchangeInfo cannot be read"):
        await directory.rules("BTCUSDT")
