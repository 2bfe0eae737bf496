"""The replay server: pauses, steps, following, ids, breaks, and what it does with a question that it does not know."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from binance_nb import BinanceClient
from binance_nb.cassettes import Replay
from binance_nb.cassettes.head import new_origin
from binance_nb.cassettes.rest import _HeadedYaml
from binance_nb.cassettes.tape import Entry, write_tape
from binance_nb.errors import CassetteError, ConfigError, ExchangeError, StreamError
from binance_nb.transport.thread import NetworkThread
from tests.scripted import FakeTime, eventually

AT_ONCE = float("inf")
SUBSCRIBE = {"id": 1, "method": "userDataStream.subscribe.signature", "params": {"timestamp": "SCRUBBED"}}
OPENING = [
    Entry(0, "open", 1, "/ws-api/v3"),
    Entry(5, "out", 1, SUBSCRIBE),
    Entry(10, "in", 1, {"id": 1, "status": 200, "result": {"subscriptionId": 0}}),
]


def event(t: int, number: int) -> Entry:
    """An event of the exchange, at its time."""
    return Entry(t, "in", 1, {"event": {"e": "something", "n": number}})


def call(method: str, path: str, body: str, answer: Any, status: int = 200, **headers: str) -> dict[str, Any]:
    """One recorded REST call."""
    return {
        "request": {"method": method, "uri": f"http://127.0.0.1:9400{path}", "body": body, "headers": {}},
        "response": {
            "status": {"code": status, "message": "OK"},
            "headers": {name: [value] for name, value in {"Content-Type": "application/json", **headers}.items()},
            "body": {"string": json.dumps(answer)},
        },
    }


@pytest.fixture
def recorded(tmp_path: Path) -> Callable[..., Path]:
    """Write a recording called "made_sandbox" and return its folder."""

    def write(entries: list[Entry], *calls: dict[str, Any]) -> Path:
        origin = new_origin(environment="sandbox", scenario="made")
        write_tape(tmp_path / "streams" / "made_sandbox.jsonl", origin, entries)
        (tmp_path / "rest").mkdir()
        text = _HeadedYaml(origin).serialize({"interactions": list(calls), "version": 1})
        (tmp_path / "rest" / "made_sandbox.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


class Listening:
    """A plain WebSocket client of the replay, that keeps the numbers of the events."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.answers: list[Any] = []
        self.events: list[int] = []
        self.pings: list[bytes] = []
        self.ended: Any = None
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while True:
            frame = await self.socket.receive()
            if frame.type is aiohttp.WSMsgType.TEXT:
                message = json.loads(frame.data)
                if "event" in message:
                    self.events.append(message["event"]["n"])
                else:
                    self.answers.append(message)
            elif frame.type is aiohttp.WSMsgType.PING:
                self.pings.append(bytes(frame.data))
            else:
                self.ended = frame
                return

    async def subscribe(self, number: int = 1) -> None:
        """Subscribe as somebody does whose requests have other numbers and times."""
        await self.socket.send_json({**SUBSCRIBE, "id": number, "params": {"timestamp": 123, "apiKey": "mine"}})
        await eventually(lambda: self.answers)

    def close(self) -> None:
        """Stop reading."""
        self._task.cancel()


@asynccontextmanager
async def listening(replay: Replay) -> AsyncIterator[Listening]:
    """Connect to the WebSocket API of a replay."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(replay.url.replace("http", "ws") + "/ws-api/v3", autoping=False) as socket,
    ):
        heard = Listening(socket)
        yield heard
        heard.close()


@pytest.fixture
async def opened() -> AsyncIterator[Callable[..., Replay]]:
    """Open replays, and close them at the end."""
    replays: list[Replay] = []

    def start(folder: Path, **options: Any) -> Replay:
        replays.append(Replay("made_sandbox", folder=folder, **options).open())
        return replays[-1]

    yield start
    for replay in replays:
        await asyncio.to_thread(replay.close)


@pytest.mark.parametrize("speed", [1.0, 10.0])
async def test_the_pauses_are_true_to_the_tape(
    recorded: Callable[..., Path], opened: Callable[..., Replay], speed: float
) -> None:
    time = FakeTime()
    folder = recorded([*OPENING, event(510, 1), event(510, 2), event(2510, 3)])
    replay = opened(folder, speed=speed, sleep=time.sleep, now=time.monotonic)
    async with listening(replay) as heard:
        await heard.subscribe()
        await eventually(lambda: heard.events == [1, 2, 3])
    assert time.slept == pytest.approx([0.005 / speed, 0.5 / speed, 2.0 / speed])


async def test_what_delays_one_frame_does_not_delay_those_after_it(
    recorded: Callable[..., Path], opened: Callable[..., Replay]
) -> None:
    class Sluggish(FakeTime):
        async def sleep(self, delay_s: float) -> None:
            await super().sleep(delay_s)
            self.now += 0.25  # the machine was busy

    time = Sluggish()
    folder = recorded([*OPENING, event(1010, 1), event(2010, 2)])
    replay = opened(folder, sleep=time.sleep, now=time.monotonic)
    async with listening(replay) as heard:
        await heard.subscribe()
        await eventually(lambda: heard.events == [1, 2])
    assert time.slept == pytest.approx([0.005, 0.75, 0.75])


async def test_step_by_step_a_frame_comes_when_it_is_asked_for(
    recorded: Callable[..., Path], opened: Callable[..., Replay]
) -> None:
    replay = opened(recorded([*OPENING, event(20, 1), event(30, 2), event(40, 3)]), step=True, speed=AT_ONCE)
    async with listening(replay) as heard:
        replay.step()  # the answer to the subscription
        await heard.subscribe()
        assert heard.events == []
        replay.step()
        await eventually(lambda: heard.events == [1])
        assert replay.frames_played == 2
        replay.step(2)
        await eventually(lambda: heard.events == [1, 2, 3])


async def test_only_a_replay_that_is_made_for_steps_takes_them(
    recorded: Callable[..., Path], opened: Callable[..., Replay]
) -> None:
    with pytest.raises(CassetteError, match="plays by itself"):
        opened(recorded(OPENING)).step()


async def test_an_answer_carries_the_number_of_the_question_that_was_asked_now(
    recorded: Callable[..., Path], opened: Callable[..., Replay]
) -> None:
    async with listening(opened(recorded(OPENING), speed=AT_ONCE)) as heard:
        await heard.subscribe(77)
        assert heard.answers == [{"id": 77, "status": 200, "result": {"subscriptionId": 0}}]


async def test_what_was_told_after_an_order_waits_for_that_order(
    recorded: Callable[..., Path], opened: Callable[..., Replay]
) -> None:
    folder = recorded(
        [*OPENING, event(20, 1), Entry(30, "call", 0, "POST /api/v3/order"), event(40, 2)],
        call("POST", "/api/v3/order", "symbol=BTCUSDT&newClientOrderId=nb-00112233445566778899aa", {"orderId": 5}),
    )
    replay = opened(folder, speed=AT_ONCE)
    async with listening(replay) as heard, aiohttp.ClientSession() as session:
        await heard.subscribe()
        await eventually(lambda: heard.events)
        assert heard.events == [1]
        # The id that the client makes up is another one each time.
        body = "newClientOrderId=nb-ffffffffffffffffffffff&symbol=BTCUSDT&timestamp=9&signature=ab"
        async with session.post(f"{replay.url}/api/v3/order", data=body) as answer:
            assert await answer.json() == {"orderId": 5}
        await eventually(lambda: heard.events == [1, 2])


async def test_as_a_film_it_waits_for_nobody(recorded: Callable[..., Path], opened: Callable[..., Replay]) -> None:
    folder = recorded([*OPENING, Entry(30, "call", 0, "POST /api/v3/order"), event(40, 2)])
    async with listening(opened(folder, speed=AT_ONCE, follow=False)) as heard:
        await heard.subscribe()
        await eventually(lambda: heard.events == [2])


async def test_pings_come_and_a_line_that_was_cut_is_cut(
    recorded: Callable[..., Path], opened: Callable[..., Replay]
) -> None:
    entries = [*OPENING, Entry(20, "ping", 1, "1767571200000"), Entry(30, "close", 1, "exchange 1006")]
    again = [
        Entry(entry.t + 100, entry.kind, 2, entry.data) if entry.kind != "call" else entry
        for entry in [*OPENING, Entry(20, "close", 1, "exchange 1008")]
    ]
    replay = opened(recorded([*entries, *again]), speed=AT_ONCE)
    async with listening(replay) as heard:
        await heard.subscribe()
        await eventually(lambda: heard.ended is not None)
        assert heard.pings == [b"1767571200000"]
        assert heard.ended.type is not aiohttp.WSMsgType.CLOSE  # without a word
    async with listening(replay) as heard:
        await heard.subscribe()
        await eventually(lambda: heard.ended is not None)
        assert (heard.ended.type, heard.ended.data) == (aiohttp.WSMsgType.CLOSE, 1008)


async def test_questions_that_only_read_may_be_asked_again_and_orders_may_not(
    recorded: Callable[..., Path], opened: Callable[..., Replay]
) -> None:
    folder = recorded(
        OPENING,
        call("GET", "/api/v3/order?orderId=1&symbol=A", "", {"n": 1}),
        call("GET", "/api/v3/order?symbol=A&orderId=1&timestamp=SCRUBBED", "", {"n": 2}),
        call("POST", "/api/v3/order", "symbol=A", {"n": 3}),
        call("GET", "/api/v3/myTrades?symbol=A&startTime=5", "", {"n": 4}),
    )
    replay = opened(folder)
    async with aiohttp.ClientSession() as session:
        read = [await (await session.get(f"{replay.url}/api/v3/order?symbol=A&orderId=1")).json() for _ in range(3)]
        assert read == [{"n": 1}, {"n": 2}, {"n": 2}]
        later = await session.get(f"{replay.url}/api/v3/myTrades?startTime=6&symbol=A")
        assert await later.json() == {"n": 4}
        assert (await session.post(f"{replay.url}/api/v3/order", data="symbol=A")).status == 200
        twice = await session.post(f"{replay.url}/api/v3/order", data="symbol=A")
        assert twice.status == 404
        assert "holds no (further) answer to POST /api/v3/order?symbol=A" in (await twice.json())["msg"]
    assert replay.strangers == ["POST /api/v3/order?symbol=A"]


async def test_a_refusal_keeps_its_status_its_body_and_its_headers(
    recorded: Callable[..., Path], opened: Callable[..., Replay]
) -> None:
    refusal = call(
        "GET",
        "/api/v3/ping",
        "",
        {"code": -1003, "msg": "slow down"},
        429,
        **{"Retry-After": "7", "X-MBX-USED-WEIGHT-1M": "9"},
    )
    replay = opened(recorded(OPENING, refusal))
    async with aiohttp.ClientSession() as session, session.get(f"{replay.url}/api/v3/ping") as answer:
        assert answer.status == 429
        assert (await answer.json())["code"] == -1003
        assert (answer.headers["Retry-After"], answer.headers["X-MBX-USED-WEIGHT-1M"]) == ("7", "9")


def test_an_order_that_was_not_recorded_is_one_clear_error(
    folder: Path, environment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BINANCE_NB_TIMEOUT_S", "1")
    replay = Replay(f"demo_{environment}", folder=folder, speed=AT_ONCE)
    with BinanceClient(environment="replay", cassette=replay) as client:
        with pytest.raises(ExchangeError, match=f"the recording demo_{environment} holds no .*answer to POST"):
            client.place_market_order("BTCUSDT", "BUY", "3.21")
        client.start_stream()
        client.stop_stream()
        with pytest.raises((ExchangeError, StreamError), match="holds no"):
            client.start_stream()


def test_a_cassette_belongs_to_replay_alone() -> None:
    with pytest.raises(ConfigError, match='environment="replay" and no other'):
        BinanceClient(environment="testnet", cassette="demo_sandbox")
    with pytest.raises(CassetteError, match="speed must be greater than zero"):
        Replay("demo_sandbox", speed=0)


async def test_a_port_that_is_taken_is_one_clear_error(
    recorded: Callable[..., Path], opened: Callable[..., Replay]
) -> None:
    folder = recorded(OPENING)
    port = int(opened(folder).url.rpartition(":")[2])
    with pytest.raises(CassetteError, match=f"cannot replay at port {port}"):
        opened(folder, port=port)
    assert NetworkThread.shared().loop.is_running()
