"""A scripted exchange with USD-M futures, a client of it, and time that passes at once."""

import asyncio

import pytest
from futures_exchange import futures_exchange_info
from scripted import API_KEY, API_SECRET, FakeTime, ScriptedExchange, answer

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
    """An exchange with one futures symbol, whose keys are in the environment."""
    monkeypatch.setenv("BINANCE_SANDBOX_API_KEY", API_KEY)
    monkeypatch.setenv("BINANCE_SANDBOX_API_SECRET", API_SECRET)
    opened = ScriptedExchange()
    await opened.start()
    opened.on("GET", "/fapi/v1/exchangeInfo", answer(futures_exchange_info()))
    yield opened
    await opened.close()
    assert opened.problems == []


@pytest.fixture
async def client(exchange, clock):
    """A client on the test's own loop."""
    opened = AsyncBinanceClient(exchange.config(timeout_s=2), own_thread=False)
    opened._futures_transport.limits.sleep = clock.sleep
    yield opened
    await opened.close()
