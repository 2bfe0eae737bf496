"""A scripted exchange for the stream, and managers of it that reconnect at once."""

import pytest
from scripted import credentials
from scripted_client import keys, scripted_exchange

from binance_nb.api.spot import SpotApi
from binance_nb.stream.ledger import Ledger
from binance_nb.stream.manager import UserDataStreamManager
from binance_nb.stream.recovery import Recovery
from binance_nb.transport.backoff import Backoff
from binance_nb.transport.rest import RestTransport
from binance_nb.transport.signing import make_signer
from binance_nb.transport.websocket import WsApiConnection

__all__ = ["connect", "exchange", "keys", "make_manager", "signer", "transport"]


@pytest.fixture
async def exchange():
    """An exchange that does what the test says."""
    async with scripted_exchange() as opened:
        yield opened


@pytest.fixture
def signer():
    """The signer for the scripted exchange's keys."""
    made = make_signer(credentials())
    return lambda: made


@pytest.fixture
async def transport(exchange, signer):
    """A REST transport to the same exchange, which owns the clock."""
    opened = RestTransport(exchange.config(timeout_s=3), signer)
    yield opened
    await opened.close()


@pytest.fixture
async def connect(exchange, signer, transport):
    """Open a connection of the WebSocket API; what it hears goes into `.heard`."""
    opened = []

    async def open_(**settings):
        silence_s = settings.pop("silence_s", 65.0)
        heard = []
        connection = WsApiConnection(
            exchange.config(timeout_s=settings.pop("timeout_s", 3)),
            signer,
            transport.clock,
            settings.pop("on_event", heard.append),
            silence_s=silence_s,
        )
        connection.heard = heard
        opened.append(connection)
        await connection.open()
        return connection

    yield open_
    for connection in opened:
        await connection.close()


@pytest.fixture
async def make_manager(exchange, signer, transport):
    """Make a manager of the scripted exchange; it is stopped at the end of the test."""
    made = []

    def make(**settings):
        silence_s = settings.pop("silence_s", None)
        parts = {name: settings.pop(name) for name in ("ledger", "lifetime_s", "audit_delay_s") if name in settings}
        ledger = parts.setdefault("ledger", Ledger())
        if settings.pop("recovers", False):
            resets = settings.pop("resets", False)
            parts["recovery"] = Recovery(SpotApi(transport), ledger, resets=resets, backoff=Backoff(0.001, 0.005))
        config = exchange.config(**{"timeout_s": 3, **settings})
        manager = UserDataStreamManager(config, signer, transport.clock, backoff=Backoff(0.001, 0.005), **parts)
        if silence_s is not None:
            manager.feed.silence_s = silence_s
        made.append(manager)
        return manager

    yield make
    for manager in made:
        await manager.stop()
