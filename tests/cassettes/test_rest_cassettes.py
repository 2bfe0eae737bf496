"""Cassettes: recorded once, replayed without any server, honest about their origin, free of secrets."""

import decimal
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import pytest

from binance_nb import BinanceClient, BinanceConfig, cassettes
from binance_nb.cassettes.rest import STAND_IN
from binance_nb.commands.record import record_scenario
from binance_nb.commands.scenarios.stage import Stage
from binance_nb.commands.story import Story
from binance_nb.credentials import Environment
from binance_nb.errors import CassetteError

MOST_BYTES = 250_000
"""Recordings are kept with the code: they must stay small."""

Shown = list[tuple[str, pd.DataFrame]]


def tell(client: BinanceClient, shown: Shown) -> Story:
    """Tell the demo's story from whatever answers, keeping the frames that it shows."""
    stage = Stage(client, show=lambda title, frame: shown.append((title, frame)), pause=lambda: None)
    story = Story(stage, say=lambda text: None)
    story.tell()
    return story


@pytest.fixture
def demo(folder: Path, environment: str) -> Path:
    """The cassette of the demo."""
    return folder / "rest" / f"demo_{environment}.yaml"


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> BinanceConfig:
    """Settings for an exchange that is not there, with keys that open nothing."""
    monkeypatch.setenv("BINANCE_SANDBOX_API_KEY", "replayed")
    monkeypatch.setenv("BINANCE_SANDBOX_API_SECRET", "replayed")
    return BinanceConfig(environment="sandbox", sandbox_base_url="http://127.0.0.1:9", max_read_attempts=1)


def test_the_recorded_demo_replays_with_no_server_running(demo: Path, nobody: BinanceConfig) -> None:
    shown: Shown = []
    with cassettes.replay(demo, only=nobody.get_base_url()) as origin, BinanceClient(nobody) as client:
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


def test_a_library_that_changes_the_rounding_of_the_process_changes_no_price(demo: Path, nobody: BinanceConfig) -> None:
    # ccxt does so when it rounds for the first time.
    with (
        decimal.localcontext(rounding=decimal.ROUND_HALF_UP),
        cassettes.replay(demo, only=nobody.get_base_url()),
        BinanceClient(nobody) as client,
    ):
        tell(client, [])


def test_the_same_seed_records_the_same_traffic(tmp_path: Path) -> None:
    def body(folder: Path) -> str:
        path = record_scenario("rejections", Environment.SANDBOX, folder)["rest"]
        return path.read_text(encoding="utf-8").partition("interactions:")[2]

    assert body(tmp_path / "first") == body(tmp_path / "second")


def test_every_cassette_says_where_it_came_from_and_holds_no_secret(
    folder: Path, environment: str, scenario: str
) -> None:
    files = cassettes.find(f"{scenario}_{environment}", folder)
    tape_origin, _ = cassettes.read_tape(files["streams"])
    origin = cassettes.read_origin(files["rest"])
    assert (origin["environment"], origin["scenario"]) == (environment, scenario)
    assert {name: origin[name] for name in tape_origin if name != "format"} == {
        name: value for name, value in tape_origin.items() if name != "format"
    }
    for path in files.values():
        assert cassettes.find_secrets_in_cassette(path) == []
        assert path.stat().st_size < MOST_BYTES
    hosts = {urlsplit(each["request"]["uri"]).netloc for each in cassettes.read_cassette(files["rest"])["interactions"]}
    config = BinanceConfig(environment=environment)
    own = {urlsplit(url).netloc for url in (config.get_base_url(), config.get_futures_base_url())}
    assert hosts <= ({STAND_IN} if environment == "sandbox" else own)


def test_a_missing_cassette_and_a_request_that_it_does_not_hold(
    tmp_path: Path, demo: Path, nobody: BinanceConfig
) -> None:
    with pytest.raises(CassetteError, match="no cassette at"), cassettes.replay(tmp_path / "none.yaml"):
        pass
    with (
        BinanceClient(nobody) as client,
        pytest.raises(CassetteError, match=r"holds no .*answer to GET /api/v3/klines"),
        cassettes.replay(demo),
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
