"""Recorded scenarios played again through the client and its stream, with no key and no exchange."""

from pathlib import Path

import pandas as pd
import pytest

from binance_nb import BinanceClient, analysis, schemas
from binance_nb.cassettes import Replay, find, read_tape
from binance_nb.commands.record import record_scenario
from binance_nb.commands.scenarios import SCENARIOS
from binance_nb.credentials import Environment
from binance_nb.models.fills import USDM
from tests.cassettes.retold import AT_ONCE, Retold, Shown
from tests.integration.heard import eventually

FUTURES = sorted(name for name, scenario in SCENARIOS.items() if scenario.product == USDM)

ORDER_TYPES = {
    "MARKET",
    "LIMIT",
    "LIMIT_MAKER",
    "STOP_LOSS",
    "STOP_LOSS_LIMIT",
    "TAKE_PROFIT",
    "TAKE_PROFIT_LIMIT",
}


def test_a_recording_needs_nothing_but_itself(retold: dict[str, Retold], environment: str, scenario: str) -> None:
    told = retold[scenario]
    assert told.replay.origin["environment"] == environment
    assert told.replay.origin["scenario"] == scenario
    assert told.replay.strangers == []
    assert len(told.reports) > 0
    assert list(told.reports.columns[: len(schemas.REPORTS)]) == [column.name for column in schemas.REPORTS]
    assert len(told.client.ledger.open_orders()) == 0


def test_every_order_type_lives_from_new_to_its_end(retold: dict[str, Retold]) -> None:
    reports = retold["order_types"].reports
    assert set(reports["order_type"]) == ORDER_TYPES
    for _, life in reports.groupby("order_id"):
        assert life["execution_type"].iloc[0] == "NEW"
        assert life["order_status"].iloc[-1] in {"FILLED", "CANCELED", "EXPIRED"}
        assert life["cumulative_filled_qty"].is_monotonic_increasing
    assert {"FILLED", "CANCELED", "EXPIRED"} <= set(reports["order_status"])
    fills = retold["order_types"].client.fills()
    assert fills["trade_id"].is_unique
    assert set(fills["order_id"]) == set(reports.loc[reports["execution_type"] == "TRADE", "order_id"])


def test_refusals_come_back_as_the_errors_they_were(retold: dict[str, Retold]) -> None:
    refusals = pd.concat([frame for _, frame in retold["rejections"].shown if "sentence" in frame]).set_index("what")
    assert refusals["error"].to_dict() == {
        "a price between two ticks": "SymbolRuleError",
        "more than the account has": "InsufficientBalance",
        "a maker that would take": "OrderRejected",
        "a stop that would trigger at once": "OrderRejected",
        "an order that never was": "UnknownOrder",
        "a cancel of nothing": "UnknownOrder",
        "a symbol that is not listed": "InvalidRequest",
        "a listen key, as it was until 2026-02-20": "ListenKeyRetired",
        "the same cancel twice": "UnknownOrder",
    }
    assert refusals.loc["a maker that would take", "code"] == -2010


def test_a_broken_stream_comes_back_and_is_completed(retold: dict[str, Retold]) -> None:
    client = retold["reconnect"].client
    assert client.stream_state.reconnects == 1
    gaps = client.stream_gaps()
    assert len(gaps) == 1
    assert gaps["is_complete"].all()
    fills = client.fills()
    assert len(fills) >= 3
    assert fills["trade_id"].is_unique


def test_an_order_list_is_cancelled_as_one_and_triggers_the_other(retold: dict[str, Retold]) -> None:
    told = retold["order_list"]
    (oco,) = told.frames("one cancels the other")
    reports = told.reports
    assert set(reports.loc[reports["order_id"].isin(oco["order_id"]), "order_status"]) == {"NEW", "CANCELED"}
    (oto,) = told.frames("one triggers the other")
    pending = reports[reports["order_id"] == oto["order_id"].iloc[1]]
    assert pending["order_status"].iloc[0] in {"PENDING_NEW", "NEW"}
    assert pending["order_status"].iloc[-1] == "CANCELED"


def test_a_futures_order_opens_a_position_and_closes_it(retold: dict[str, Retold]) -> None:
    told = retold["futures_order"]
    (opened,) = told.frames("opened")
    assert opened["order_status"].iloc[0] == "FILLED"
    (position,) = told.frames("position")
    assert position["position_amt"].iloc[0] == opened["cumulative_filled_qty"].iloc[0]
    (cancelled,) = told.frames("cancelled")
    assert cancelled["order_status"].iloc[0] == "CANCELED"
    (conditional,) = told.frames("conditional")
    assert conditional["algo_id"].iloc[0] > 0
    (refused,) = told.frames("reducing what is not there")
    assert refused["code"].iloc[0] == -2022
    fills = told.client.fills()
    assert set(fills["product"]) == {"usdm"}
    assert set(fills["side"]) == {"BUY", "SELL"}
    (left,) = told.frames("positions at the end")
    assert not left["position_amt"].any()


def test_the_market_around_futures_fills_is_in_the_recording(retold: dict[str, Retold]) -> None:
    told = retold["futures_history"]
    (trades,), (candles,) = told.frames("trades of the market"), told.frames("candles")
    fills = told.client.fills()
    assert len(fills) >= 2
    for number in fills["trade_id"]:
        assert ((trades["first_trade_id"] <= number) & (number <= trades["trade_id"])).sum() == 1
    assert set(trades["product"]) == set(candles["product"]) == {"usdm"}
    assert candles["open_time"].diff().dropna().eq(pd.Timedelta("1min")).all()
    assert candles["volume"].sum() >= trades["quantity"].sum()
    paid = analysis.slippage(fills, "interval_vwap", orders=told.reports, trades=trades)
    assert paid["benchmark_price"].between(trades["price"].min(), trades["price"].max()).all()


@pytest.mark.parametrize("name", ["demo", "reconnect", *FUTURES])
def test_recorded_and_replayed_frames_are_the_same_to_the_last_cell(tmp_path: Path, name: str) -> None:
    live: Shown = []
    record_scenario(name, Environment.SANDBOX, tmp_path, seed=5, show=lambda title, frame: live.append((title, frame)))
    again = Retold(tmp_path, f"{name}_sandbox").shown
    assert [title for title, _ in again] == [title for title, _ in live]
    assert len(dict(live)["execution reports"]) >= 4  # which the stream told
    for (title, replayed), (_, first) in zip(again, live, strict=True):
        pd.testing.assert_frame_equal(replayed, first, check_exact=True, obj=title)


@pytest.mark.usefixtures("no_keys")
def test_a_recording_is_found_by_its_name_alone() -> None:
    with BinanceClient(environment="replay", cassette="demo_sandbox") as client:
        assert client.environment == "replay"
        assert client.replay is not None
        assert repr(client.replay).startswith("<Replay demo_sandbox: sandbox, recorded 20")
        assert len(client.get_account_info()) > 0
    assert set(find("demo_sandbox")) == {"rest", "streams"}


@pytest.mark.usefixtures("no_keys")
def test_a_client_joins_a_replay_that_runs_already(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Replay("demo_sandbox", folder=folder, speed=AT_ONCE, follow=False) as replay:
        monkeypatch.setenv("BINANCE_NB_REPLAY_BASE_URL", replay.url)
        with BinanceClient(environment="replay") as client:
            client.start_stream()
            _, entries = read_tape(folder / "streams" / "demo_sandbox.jsonl")
            told = [entry.data["event"] for entry in entries if entry.kind == "in" and "event" in entry.data]
            reports = [event for event in told if event["e"] == "executionReport"]
            eventually(lambda: len(client.execution_reports()) == len(reports), "the end of the film")
            assert client.fills()["trade_id"].tolist() == [each["t"] for each in reports if each["x"] == "TRADE"]
