"""A scripted exchange with USD-M futures, a client of it, and time that passes at once."""

import pytest
from futures_exchange import futures_exchange_info
from scripted import answer
from scripted_client import client, clock, keys, scripted_exchange

__all__ = ["client", "clock", "exchange", "keys"]


@pytest.fixture
async def exchange(keys):
    """An exchange with one futures symbol."""
    async with scripted_exchange() as opened:
        opened.on("GET", "/fapi/v1/exchangeInfo", answer(futures_exchange_info()))
        yield opened
