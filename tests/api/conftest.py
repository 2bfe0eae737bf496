"""A scripted exchange that keeps orders, clients of it, and time that passes at once."""

import pytest
from order_book import ORDER, OrderBook
from scripted import answer, exchange_info
from scripted_client import client, clock, keys, scripted_exchange

__all__ = ["book", "client", "clock", "exchange", "keys"]


@pytest.fixture
async def exchange(keys):
    """An exchange with one symbol."""
    async with scripted_exchange() as opened:
        opened.on("GET", "/api/v3/exchangeInfo", answer(exchange_info()))
        yield opened


@pytest.fixture
def book(exchange, clock):
    """The orders of the exchange, which queries find."""
    made = OrderBook(clock)
    exchange.on("GET", ORDER, made.query)
    return made
