"""A listen key's life by itself: renewed every half hour, made again when gone, closed, and never shown."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from scripted import eventually

from binance_nb.errors import NetworkError, UnknownListenKey
from binance_nb.models.listen_key import ListenKey, ListenKeyUrl
from binance_nb.stream.listen_key import KEEPALIVE_S, ListenKeyLife
from binance_nb.transport.backoff import Backoff

KEY = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"
ANOTHER = KEY[::-1]


class Desk:
    """Answers for the endpoint as told, and lets time pass when the test says so."""

    def __init__(self):
        self.key = KEY
        self.asked = []
        self.refusals = []
        self.moment = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
        self.sleeps = []
        self._sleepers = []

    async def request(self, method, key):
        self.asked.append((method, key))
        if self.refusals and method != "POST":
            raise self.refusals.pop(0)
        return {"listenKey": self.key}

    async def sleep(self, seconds):
        self.sleeps.append(seconds)
        until = self.moment + timedelta(seconds=seconds)
        while self.moment < until:
            woken = asyncio.get_running_loop().create_future()
            self._sleepers.append(woken)
            await woken

    async def pass_time(self, seconds):
        self.moment += timedelta(seconds=seconds)
        sleepers, self._sleepers = self._sleepers, []
        for woken in sleepers:
            if not woken.done():
                woken.set_result(None)
        for _ in range(6):
            await asyncio.sleep(0)


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
async def life(desk):
    lived = ListenKeyLife(desk.request, sleep=desk.sleep, now=lambda: desk.moment, backoff=Backoff(0.5, 0.5))
    yield lived
    await lived.close()


async def test_a_key_is_kept_alive_every_half_hour(desk, life):
    assert await life.have() == KEY
    await desk.pass_time(0)
    for count in (1, 2, 3):
        await desk.pass_time(KEEPALIVE_S - 1)
        assert life.keepalives == count - 1
        await desk.pass_time(1)
        assert life.keepalives == count
    assert desk.asked == [("POST", None), *[("PUT", KEY)] * 3]
    assert life.last_keepalive - life.created == timedelta(minutes=90)


async def test_a_keep_alive_that_fails_is_tried_again_long_before_the_key_ends(desk, life):
    await life.have()
    await desk.pass_time(0)
    desk.refusals = [NetworkError("no answer", sent=True), NetworkError("no answer", sent=True)]
    await desk.pass_time(KEEPALIVE_S)
    assert life.keepalives == 0
    await desk.pass_time(10)
    await desk.pass_time(10)
    assert life.keepalives == 1
    assert [method for method, _ in desk.asked] == ["POST", "PUT", "PUT", "PUT"]


async def test_a_key_found_gone_ends_what_it_opened_and_another_is_made(desk, life):
    ended = []
    life.on_lost(ended.append)
    await life.have()
    await desk.pass_time(0)
    desk.refusals = [UnknownListenKey("This listenKey does not exist.", code=-1125, http_status=400)]
    desk.key = ANOTHER
    await desk.pass_time(KEEPALIVE_S)
    await eventually(lambda: ended)
    assert "gone" in ended[0]
    before = life.created
    assert await life.have() == ANOTHER
    assert life.replaced == 1
    assert life.created > before
    await desk.pass_time(0)
    await desk.pass_time(KEEPALIVE_S)
    assert desk.asked[-1] == ("PUT", ANOTHER)


async def test_having_a_key_again_renews_the_one_there_is(desk, life):
    await life.have()
    created = life.created
    await desk.pass_time(600)
    await life.have()
    assert life.replaced == 0
    assert life.created == created
    assert life.last_keepalive == created + timedelta(minutes=10)


async def test_closing_gives_the_key_back_and_stops_renewing(desk, life):
    await life.have()
    await desk.pass_time(0)
    await life.close()
    await desk.pass_time(2 * KEEPALIVE_S)
    assert desk.asked == [("POST", None), ("DELETE", KEY)]
    assert life.shown is None
    await life.close()
    assert len(desk.asked) == 2


async def test_a_key_that_cannot_be_closed_is_forgotten_all_the_same(desk, life):
    await life.have()
    desk.refusals = [NetworkError("no answer", sent=True)]
    await life.close()
    assert life.shown is None


async def test_a_key_is_never_shown_in_full(desk, life):
    assert repr(life) == "<no listen key>"
    await life.have()
    shown = repr(life)
    assert shown == "listen key pqia… created 2026-11-22 09:00:00, last kept alive 09:00:00 UTC"
    assert life.shown == "pqia…"


def test_a_key_and_its_address_are_texts_whose_repr_hides_them():
    key = ListenKey(KEY)
    url = ListenKeyUrl("wss://host/ws/", key)
    assert url == f"wss://host/ws/{KEY}"
    assert repr(key) == "<ListenKey pqia…>"
    assert repr(url) == "<wss://host/ws/pqia…>"
    assert KEY not in repr([key, url])
