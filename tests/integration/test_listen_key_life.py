"""A listen key's life on the stepped clock of a sandbox in its old mode: kept alive, expired, replaced, closed."""

import asyncio
import math
from collections.abc import AsyncIterator

import pytest

from binance_nb import AsyncBinanceClient, UserDataStreamHandle
from binance_nb.errors import ListenKeyRetired, StreamError, UnknownListenKey
from binance_nb.stream.listen_key import ListenKeyLife
from tests.scripted import eventually

SYMBOL = "BTCUSDT"
MINUTE_MS = 60_000


class ExchangeTime:
    """Sleeps by the clock of the exchange, so that both move only when the test moves them."""

    def __init__(self, client: AsyncBinanceClient) -> None:
        assert client.sandbox_process is not None
        self._control = client.sandbox_process.control
        self._ms = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        """Return when so many seconds have passed on the exchange."""
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._ms + seconds * 1000, woken))
        await woken

    async def step(self, minutes: float) -> None:
        """Let minutes pass, a quarter of a minute at a time, and give everybody the time to react to each."""
        for _ in range(math.ceil(minutes * 4)):
            await asyncio.to_thread(self._control.step, MINUTE_MS // 4)
            self._ms += MINUTE_MS / 4
            due = [woken for until, woken in self._sleepers if until <= self._ms]
            self._sleepers = [held for held in self._sleepers if held[0] > self._ms]
            for woken in due:
                if not woken.done():
                    woken.set_result(None)
            await asyncio.sleep(0.005 if due else 0)


@pytest.fixture
async def client() -> AsyncIterator[AsyncBinanceClient]:
    """A client of an exchange that still has spot listen keys."""
    opened = AsyncBinanceClient.sandbox(own_thread=False, seed=5, clock="stepped", listen_keys="legacy")
    yield opened
    await opened.close()


@pytest.fixture
async def time(client: AsyncBinanceClient, monkeypatch: pytest.MonkeyPatch) -> ExchangeTime:
    """The exchange's time, by which the client keeps its key alive too."""
    stepped = ExchangeTime(client)
    monkeypatch.setattr(
        ListenKeyLife.__init__,
        "__kwdefaults__",
        {**(ListenKeyLife.__init__.__kwdefaults__ or {}), "sleep": stepped.sleep},
    )
    return stepped


async def buy(client: AsyncBinanceClient) -> int:
    order = await client.place_market_order(SYMBOL, "BUY", "0.01")
    return int(order["order_id"].iloc[0])


def heard(client: AsyncBinanceClient, order_id: int) -> list[str]:
    return client.execution_reports(order_id=order_id)["source"].tolist()


async def test_a_listen_keys_whole_life(client: AsyncBinanceClient, time: ExchangeTime) -> None:
    handle: UserDataStreamHandle = await client.start_stream(via="listen_key")
    life = handle.key_life
    assert life is not None
    first = await life.have()

    # Created: it is listened to, and the handle tells of it but not the key.
    order_id = await buy(client)
    await eventually(lambda: len(heard(client, order_id)) >= 2)
    assert set(heard(client, order_id)) == {"stream"}
    assert handle.listen_key_created is not None
    assert handle.listen_key == f"{first[:4]}…"
    assert f"{first[:4]}… created" in repr(handle)
    assert first not in repr(handle)

    # Kept alive: two hours and a half, far beyond the sixty minutes of a key left alone.
    created = handle.last_keepalive
    await time.step(151)
    assert life.keepalives == 5
    assert life.replaced == 0
    assert handle.last_keepalive is not None
    assert created is not None
    assert handle.last_keepalive > created
    order_id = await buy(client)
    await eventually(lambda: len(heard(client, order_id)) >= 2)
    assert set(heard(client, order_id)) == {"stream"}
    assert handle.status.reconnects == 0

    # Expired before it is noticed: another program closes the account's key; what happens meanwhile is completed.
    await client.close_listen_key(first)
    missed = await buy(client)
    await asyncio.sleep(0.1)
    assert "stream" not in heard(client, missed)
    await time.step(30)
    await eventually(
        lambda: life.replaced == 1 and handle.status.state == "connected" and len(heard(client, missed)) >= 2
    )
    assert set(heard(client, missed)) == {"recovered"}
    second = await life.have()
    assert second != first
    assert "gone" in client.stream_gaps()["reason"].iloc[-1]

    # Expired with a word: no keep-alive gets through for an hour, the exchange says listenKeyExpired.
    assert client.sandbox_process is not None
    client.sandbox_process.control.fault("drop_before", "userDataStream.ping", times=100_000)
    await time.step(61)
    await eventually(lambda: life.replaced == 2 and handle.status.state == "connected")
    assert "listenKeyExpired" in client.stream_gaps()["reason"].iloc[-1]
    client.sandbox_process.control.clear_faults()
    order_id = await buy(client)
    await eventually(lambda: len(heard(client, order_id)) >= 2)
    assert set(heard(client, order_id)) == {"stream"}

    # Closed: the exchange knows it no more.
    third = await life.have()
    await client.stop_stream()
    assert handle.listen_key is None
    with pytest.raises(UnknownListenKey):
        await client.keepalive_listen_key(third)


async def test_one_stream_is_not_both_ways_at_once(client: AsyncBinanceClient) -> None:
    await client.start_stream()
    with pytest.raises(StreamError, match=r"call stop_stream\(\) first"):
        await client.start_stream(via="listen_key")
    await client.stop_stream()
    handle = await client.start_stream(via="listen_key")
    assert handle.listen_key is not None
    with pytest.raises(StreamError, match='via is "subscription" or "listen_key"'):
        await client.start_stream(via="carrier pigeon")  # type: ignore[arg-type]


async def test_where_spot_listen_keys_are_retired_it_says_so_at_once() -> None:
    async with AsyncBinanceClient.sandbox(own_thread=False, seed=5, clock="stepped") as modern:
        with pytest.raises(ListenKeyRetired, match="start_stream"):
            await modern.start_stream(via="listen_key")
