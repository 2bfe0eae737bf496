"""Every futures verb and every futures event has a replayed recording: whoever adds one adds it to a scenario."""

import inspect
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from binance_nb import futures_schemas
from binance_nb.api import futures, futures_algo
from binance_nb.cassettes import read_cassette, read_tape
from binance_nb.cassettes.calls import rest_call
from binance_nb.commands.record import record_scenario
from binance_nb.commands.scenarios import SCENARIOS, playable
from binance_nb.credentials import Environment
from binance_nb.errors import CassetteError
from binance_nb.models import enums, futures_events
from binance_nb.models.fills import USDM
from tests.cassettes.retold import VERBS, Retold
from tests.integration.test_every_order_type import assert_schema

OF_THE_MARKET = {"record_market"}
"""It listens to the market and not to the account: tests/integration/test_recording.py tries it on both products."""

FUTURES_VERBS = sorted(
    name
    for name, verb in VERBS.items()
    if ("futures" in name or "product" in inspect.signature(verb).parameters) and name not in OF_THE_MARKET
)
"""Verbs of futures alone, and those that take `product="usdm"`."""

FUTURES_EVENTS = sorted(
    value
    for name, value in vars(futures_events).items()
    if name.isupper() and not name.startswith("_") and isinstance(value, str) and value != USDM
)
"""The events that the models know by name: those of the official SDK, without the ones for strategies of the web site
and CONDITIONAL_ORDER_TRIGGER_REJECT, which the exchange gave up on 2025-12-15 and which ALGO_UPDATE tells instead."""

NEVER_RECORDED = {
    "algo_status": {"REJECTED"},  # a triggered order that the matching engine refuses: tests/integration
    "order_status": {"PENDING_NEW", "PENDING_CANCEL", "REJECTED", "EXPIRED_IN_MATCH"},
    "time_in_force": {"RPI", "GTE_GTC"},  # of market makers, and of orders that the web site makes
}
"""What a scenario cannot bring about on every exchange, or no order of a client can."""


NO_VERB_ASKS = {"/fapi/v1/ping", "/fapi/v1/orderAmendment"}
"""What the door can ask and no verb does."""


@pytest.fixture(scope="module")
def told(retold: dict[str, Retold]) -> dict[str, Retold]:
    """The scenarios of futures."""
    return {name: each for name, each in retold.items() if SCENARIOS[name].product == USDM}


@pytest.fixture(scope="module")
def events(folder: Path, environment: str, told: dict[str, Retold]) -> dict[str, list[dict[str, Any]]]:
    """Every event that the futures streams of the recordings told, by kind."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for name in told:
        for entry in read_tape(folder / "streams" / f"{name}_{environment}.jsonl")[1]:
            if entry.kind == "in" and "e" in entry.data:
                found[entry.data["e"]].append(entry.data)
    return found


@pytest.mark.parametrize("verb", FUTURES_VERBS)
def test_every_futures_verb_is_called_in_a_recording(told: dict[str, Retold], verb: str) -> None:
    assert any(verb in each.called for each in told.values())


def test_the_table_of_verbs_is_that_of_the_client() -> None:
    assert len(FUTURES_VERBS) >= 36
    assert {"place_futures_order", "change_futures_position_margin", "create_listen_key"} <= set(FUTURES_VERBS)


@pytest.mark.parametrize("kind", FUTURES_EVENTS)
def test_every_futures_event_is_told_in_a_recording(
    events: dict[str, list[dict[str, Any]]], environment: str, kind: str
) -> None:
    if environment != "sandbox" and kind in {futures_events.MARGIN_CALL, futures_events.KEY_EXPIRED}:
        pytest.skip(f"{kind} can be brought about on a sandbox alone")
    assert events[kind]


def test_no_event_is_told_that_the_models_do_not_know(events: dict[str, list[dict[str, Any]]]) -> None:
    assert set(events) <= set(FUTURES_EVENTS)


def test_every_kind_of_execution_order_and_state_is_in_a_recording(
    events: dict[str, list[dict[str, Any]]], environment: str
) -> None:
    if environment != "sandbox":
        pytest.skip("a liquidation can be brought about on a sandbox alone")
    orders = [event["o"] for event in events[futures_events.ORDER_UPDATE]]
    algos = [event["o"] for event in events[futures_events.ALGO_UPDATE]]

    def missing(values: type[enums.StrEnum], seen: set[str], allowed: str = "") -> set[str]:
        return {each.value for each in values} - seen - NEVER_RECORDED.get(allowed, set())

    assert missing(enums.FuturesExecutionType, {order["x"] for order in orders}) == set()
    assert missing(enums.FuturesOrderType, {o["o"] for o in orders} | {o["o"] for o in algos}) == set()
    assert missing(enums.AlgoStatus, {algo["X"] for algo in algos}, "algo_status") == set()
    assert missing(enums.FuturesTimeInForce, {order["f"] for order in orders}, "time_in_force") == {"FOK"}  # refused
    assert missing(enums.PositionSide, {order["ps"] for order in orders}) == set()
    reasons = {event["a"]["m"] for event in events[futures_events.ACCOUNT_UPDATE]}
    assert {"ORDER", "FUNDING_FEE", "MARGIN_TRANSFER", "MARGIN_TYPE_CHANGE", "INSURANCE_CLEAR"} <= reasons


def test_what_replayed_events_told_stands_in_the_client(told: dict[str, Retold], environment: str) -> None:
    account = {name: each.client.futures_account_events() for name, each in told.items()}
    for frame in account.values():
        assert_schema(frame, futures_schemas.ACCOUNT_EVENTS)
    assert set(account["futures_account"]["leverage"].dropna()) >= {7.0}
    algos = told["futures_conditional"].client.futures_algo_updates()
    became = {update.algo_id: update.order_id for update in algos if update.algo_status == "FINISHED"}
    assert became
    fills = told["futures_conditional"].client.fills()
    assert set(became.values()) <= set(fills["order_id"])
    if environment == "sandbox":
        assert "MARGIN_CALL" in set(account["futures_liquidation"]["event_type"])
        assert "CALCULATED" in set(told["futures_liquidation"].reports["execution_type"])


def test_positions_are_the_signed_sum_of_the_replayed_fills(told: dict[str, Retold]) -> None:
    for each in told.values():
        fills = each.client.fills(product="usdm", exact=True)
        for _, side in fills.groupby("position_side", observed=True):
            signs = side["side"].map({"BUY": 1, "SELL": -1}).astype(int)
            assert sum(sign * qty for sign, qty in zip(signs, side["last_executed_qty"], strict=True)) == 0


def test_every_futures_endpoint_of_the_client_has_a_recorded_answer(
    folder: Path, environment: str, told: dict[str, Retold]
) -> None:
    asked = set()
    for name in told:
        for each in read_cassette(folder / "rest" / f"{name}_{environment}.yaml")["interactions"]:
            call = rest_call(each["request"]["method"], each["request"]["uri"], each["request"]["body"])
            asked.add((call.method, call.path))
    source = "".join(inspect.getsource(module) for module in (futures, futures_algo))
    paths = {word for word in source.split('"') if word.startswith("/fapi/")}
    assert len(paths) > 25
    assert paths - {path for _, path in asked} == NO_VERB_ASKS


@pytest.mark.parametrize("name", ["futures_liquidation", "futures_listen_key"])
@pytest.mark.parametrize("elsewhere", [Environment.TESTNET, Environment.DEMO])
@pytest.mark.usefixtures("no_keys")
def test_what_a_sandbox_alone_allows_is_refused_elsewhere_before_anything_is_asked(
    tmp_path: Path, name: str, elsewhere: Environment
) -> None:
    assert name not in playable(elsewhere)
    with pytest.raises(CassetteError, match=rf"the scenario {name} has to .*, which only a sandbox allows"):
        record_scenario(name, elsewhere, tmp_path)
    assert list(tmp_path.iterdir()) == []
