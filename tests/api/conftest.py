"""A scripted exchange that keeps orders, clients of it, and time that passes at once."""

import asyncio

import pytest
from order_book import ORDER, OrderBook
from scripted import API_KEY, API_SECRET, FakeTime, ScriptedExchange, answer, exchange_info

from binance_nb import AsyncBinanceClient
from binance_nb.api import submit
from binance_nb.transport import limits, rest


@pytest.fixture
def clock(monkeypatch):
    """Time of the client's waits, which passes at once."""
    fake = FakeTime()
    fake.timeout = asyncio.timeout
    monkeypatch.setattr(submit, "asyncio", fake)
    monkeypatch.setattr(submit, "time", fake)
    monkeypatch.setattr(rest, "asyncio", fake)
    monkeypatch.setattr(limits, "time", fake)
    return fake


@pytest.fixture
async def exchange(monkeypatch):
    """An exchange with one symbol, whose keys are in the environment."""
    monkeypatch.setenv("BINANCE_SANDBOX_API_KEY", API_KEY)
    monkeypatch.setenv("BINANCE_SANDBOX_API_SECRET", API_SECRET)
    opened = ScriptedExchange()
    await opened.start()
    opened.on("GET", "/api/v3/exchangeInfo", answer(exchange_info()))
    yield opened
    await opened.close()
    assert opened.problems == []


@pytest.fixture
def book(exchange, clock):
    """The orders of the exchange, which queries find."""
    made = OrderBook(clock)
    exchange.on("GET", ORDER, made.query)
    return made


@pytest.fixture
async def client(exchange, clock):
    """A client on the test's own loop."""
    opened = AsyncBinanceClient(exchange.config(timeout_s=2), own_thread=False)
    opened._transport.limits.sleep = clock.sleep
    yield opened
    await opened.close()
