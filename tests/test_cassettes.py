"""Cassettes: recorded once, replayed without any server, honest about their origin, free of secrets."""

import decimal
from pathlib import Path

import pandas as pd
import pytest

from binance_nb import BinanceClient, BinanceConfig, cassettes
from binance_nb.commands.record import record_scenario
from binance_nb.commands.story import Story
from binance_nb.credentials import Environment
from binance_nb.errors import CassetteError

FOLDER = Path(__file__).resolve().parent.parent / "cassettes"
ALL = sorted(FOLDER.rglob("*.yaml"))
DEMO = FOLDER / "rest" / "demo_sandbox.yaml"

Shown = list[tuple[str, pd.DataFrame]]


def tell(client: BinanceClient, shown: Shown) -> Story:
    """Tell the demo's story from whatever answers, keeping the frames that it shows."""
    story = Story(
        client, say=lambda text: None, show=lambda title, frame: shown.append((title, frame)), pause=lambda: None
    )
    story.tell()
    return story


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> BinanceConfig:
    """Settings for an exchange that is not there, with keys that open nothing."""
    monkeypatch.setenv("BINANCE_SANDBOX_API_KEY", "replayed")
    monkeypatch.setenv("BINANCE_SANDBOX_API_SECRET", "replayed")
    return BinanceConfig(environment="sandbox", sandbox_base_url="http://127.0.0.1:9", max_read_attempts=1)


def test_the_recorded_demo_replays_with_no_server_running(nobody: BinanceConfig) -> None:
    shown: Shown = []
    with cassettes.replay(DEMO, only=nobody.get_base_url()) as origin, BinanceClient(nobody) as client:
        story = tell(client, shown)
        fills = client.fills()
    assert origin["environment"] == "sandbox"
    statuses = {
        title: frame["order_status"].iloc[0] for title, frame in shown if "order_status" in frame.columns and len(frame)
    }
    assert statuses["bought 0.02"] == "FILLED"
    assert statuses["the order now"] == "FILLED"
    assert statuses["cancelled"] == "CANCELED"
    assert statuses["FOK at 0.95 of the ask"] == "EXPIRED"
    assert len(fills) >= 4
    assert [refusal.partition(":")[0] for refusal in story.refusals] == ["SymbolRuleError", "InsufficientBalance"]


def test_a_library_that_changes_the_rounding_of_the_process_changes_no_price(nobody: BinanceConfig) -> None:
    # ccxt does so when it rounds for the first time.
    with (
        decimal.localcontext(rounding=decimal.ROUND_HALF_UP),
        cassettes.replay(DEMO, only=nobody.get_base_url()),
        BinanceClient(nobody) as client,
    ):
        tell(client, [])


def test_recording_and_replaying_give_the_same_frames(tmp_path: Path, nobody: BinanceConfig) -> None:
    live: Shown = []
    path = record_scenario(
        "demo",
        Environment.SANDBOX,
        tmp_path / "demo.yaml",
        seed=5,
        show=lambda title, frame: live.append((title, frame)),
    )
    replayed: Shown = []
    with cassettes.replay(path, only=nobody.get_base_url()), BinanceClient(nobody) as client:
        tell(client, replayed)
    assert [title for title, _ in replayed] == [title for title, _ in live]
    for (title, again), (_, first) in zip(replayed, live, strict=True):
        pd.testing.assert_frame_equal(again, first, obj=title)


def test_the_same_seed_records_the_same_traffic(tmp_path: Path) -> None:
    def body(path: Path) -> str:
        return path.read_text(encoding="utf-8").partition("interactions:")[2]

    first, second = (record_scenario("demo", Environment.SANDBOX, tmp_path / name) for name in ("a.yaml", "b.yaml"))
    assert body(first) == body(second)


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_every_cassette_says_where_it_came_from_and_holds_no_secret(path: Path) -> None:
    origin = cassettes.read_origin(path)
    assert path.stem == f"{origin['scenario']}_{origin['environment']}"
    text = path.read_text(encoding="utf-8")
    assert cassettes.find_secrets(text) == []
    hosts = {"sandbox": "http://127.0.0.1:9400/", "testnet": "https://testnet.binance.vision/"}
    uris = [line.split("uri: ")[1] for line in text.splitlines() if line.strip().startswith("uri: ")]
    assert uris
    assert all(uri.startswith(hosts[origin["environment"]]) for uri in uris)


@pytest.mark.parametrize(
    "planted",
    [
        "k" * 64,
        "0123456789abcdef" * 4,
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----",
        "my-own-passphrase",
    ],
)
def test_a_planted_secret_is_found(planted: str) -> None:
    environ = {"BINANCE_TESTNET_PRIVATE_KEY_PASSPHRASE": "my-own-passphrase"}
    text = f'{{"msg": "an answer that repeats {planted} to us"}}'
    found = cassettes.find_secrets(text, environ)
    assert len(found) == 1
    assert planted not in found[0]
    assert cassettes.find_secrets('{"msg": "an honest answer"}', environ) == []


def test_a_recording_that_holds_a_secret_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cassettes, "SCRUBBED_PARAMETERS", ("timestamp", "recvWindow"))
    path = tmp_path / "leaky.yaml"
    with pytest.raises(CassetteError, match="was not written: it would have held 64 or more letters"):
        record_scenario("demo", Environment.SANDBOX, path)
    assert not path.exists()


def test_the_account_number_is_taken_out_of_answers() -> None:
    answer = {
        "body": {"string": b'{"uid":354937868,"balances":[]}'},
        "headers": {"Content-Length": ["31"], "Date": ["now"]},
        "status": {"code": 200},
    }
    scrubbed = cassettes._scrub_answer(answer)
    assert scrubbed["body"]["string"] == b'{"uid":0,"balances":[]}'
    assert scrubbed["headers"] == {"Content-Length": ["23"]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("interactions: []\nversion: 1\n", "no head that says where it came from"),
        ("origin: {environment: sandbox}\ninteractions: [\n", "cannot be read"),
        ("just words", "no head that says where it came from"),
    ],
)
def test_a_cassette_that_is_broken_gives_one_clear_error(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CassetteError, match=words), cassettes.replay(path):
        pass


def test_a_missing_cassette_and_a_request_that_it_does_not_hold(tmp_path: Path, nobody: BinanceConfig) -> None:
    with pytest.raises(CassetteError, match="no cassette at"), cassettes.replay(tmp_path / "none.yaml"):
        pass
    with (
        BinanceClient(nobody) as client,
        pytest.raises(CassetteError, match=r"holds no .*answer to GET /api/v3/klines"),
        cassettes.replay(DEMO),
    ):
        client.get_klines("ETHUSDT", "1d")


def test_another_client_of_the_process_is_neither_recorded_nor_answered(tmp_path: Path, nobody: BinanceConfig) -> None:
    path = tmp_path / "demo_sandbox.yaml"
    with BinanceClient.sandbox(seed=1, market=False) as meant, BinanceClient.sandbox(seed=2, market=False) as other:
        mine = meant.config.get_base_url()
        with cassettes.record(path, environment="sandbox", scenario="demo", only=mine):
            meant.get_book_ticker("BTCUSDT")
            other.get_order_book("BTCUSDT")
        assert "ticker/bookTicker" in path.read_text(encoding="utf-8")
        assert "depth" not in path.read_text(encoding="utf-8")
        with cassettes.replay(path, only=nobody.get_base_url()), BinanceClient(nobody) as replayed:
            other.get_book_ticker("BTCUSDT")
            assert len(replayed.get_book_ticker("BTCUSDT")) == 1
