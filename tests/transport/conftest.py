"""A scripted exchange, and time that passes at once."""

import pytest
from scripted import FakeTime, credentials
from scripted_client import scripted_exchange

from binance_nb.transport import limits, rest
from binance_nb.transport.rest import RestTransport
from binance_nb.transport.signing import make_signer


@pytest.fixture
async def exchange():
    """An exchange that does what the test says."""
    async with scripted_exchange() as opened:
        yield opened


@pytest.fixture
def fake_time(monkeypatch):
    """Sleeps of the transport pass at once and are noted."""
    fake = FakeTime()
    monkeypatch.setattr(rest, "asyncio", fake)
    monkeypatch.setattr(limits, "time", fake)
    return fake


@pytest.fixture
async def transport(exchange, fake_time):
    """A transport to the scripted exchange."""
    signer = make_signer(credentials())
    opened = RestTransport(exchange.config(), lambda: signer)
    opened.limits.sleep = fake_time.sleep
    yield opened
    await opened.close()
