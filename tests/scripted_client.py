"""Fixtures of the tests that drive a client against a scripted exchange; a folder's conftest takes those it needs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from scripted import API_KEY, API_SECRET, FakeTime, ScriptedExchange

from binance_nb import AsyncBinanceClient
from binance_nb.api import submit
from binance_nb.transport import limits, rest


@contextlib.asynccontextmanager
async def scripted_exchange(*stream_paths: str) -> AsyncIterator[ScriptedExchange]:
    """An exchange that does what the test says; in the end nothing may have been asked that was not in the script."""
    opened = ScriptedExchange()
    opened.stream_paths = stream_paths
    await opened.start()
    yield opened
    await opened.close()
    assert opened.problems == []


@pytest.fixture
def keys(monkeypatch):
    """The exchange's keys are in the environment."""
    monkeypatch.setenv("BINANCE_SANDBOX_API_KEY", API_KEY)
    monkeypatch.setenv("BINANCE_SANDBOX_API_SECRET", API_SECRET)


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
async def client(exchange, clock):
    """A client on the test's own loop."""
    opened = AsyncBinanceClient(exchange.config(timeout_s=2), own_thread=False)
    for transport in (opened._transport, opened._futures_transport):
        transport.limits.sleep = clock.sleep
    yield opened
    await opened.close()
