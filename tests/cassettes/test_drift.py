"""Drift: two recordings of one scenario compared by shape, values left alone."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from binance_nb import cassettes, cli
from binance_nb.cassettes.head import new_origin
from binance_nb.cassettes.rest import _HeadedYaml
from binance_nb.cassettes.shapes import Difference
from binance_nb.cassettes.tape import Entry, write_tape

Change = Callable[[list[dict[str, Any]], list[Entry]], None]


@pytest.fixture
def two(folder: Path, environment: str, tmp_path: Path) -> Callable[[Change], list[Difference]]:
    """Compare a recording with itself after a change."""

    def compare(change: Change) -> Any:
        files = cassettes.find(f"futures_order_{environment}", folder)
        interactions = copy.deepcopy(cassettes.read_cassette(files["rest"])["interactions"])
        _, entries = cassettes.read_tape(files["streams"])
        change(interactions, entries)
        origin = new_origin(environment=environment, scenario="futures_order")
        text = _HeadedYaml(origin).serialize({"interactions": interactions, "version": 1})
        for kind in ("rest", "streams"):
            (tmp_path / kind).mkdir()
        (tmp_path / "rest" / "changed_sandbox.yaml").write_text(text, encoding="utf-8")
        write_tape(tmp_path / "streams" / "changed_sandbox.jsonl", origin, entries)
        return cassettes.drift(files["rest"], tmp_path / "rest" / "changed_sandbox.yaml")

    return compare


def find(interactions: list[dict[str, Any]], method: str, path: str) -> dict[str, Any]:
    """The first successful call of a kind."""
    return next(
        each
        for each in interactions
        if each["request"]["method"] == method
        and f"{path}?" in each["request"]["uri"] + "?"
        and each["response"]["status"]["code"] == 200
    )


def with_body(call: dict[str, Any], change: Callable[[Any], None]) -> None:
    """Change the decoded body of an answer."""
    body = json.loads(call["response"]["body"]["string"])
    change(body)
    call["response"]["body"]["string"] = json.dumps(body)


def test_a_recording_does_not_differ_from_itself_nor_from_one_of_another_market(
    folder: Path, environment: str, two: Callable[[Change], Any]
) -> None:
    name = f"demo_{environment}"
    assert cassettes.drift(name, name, folder=folder) == []

    def other_prices(interactions: list[dict[str, Any]], _entries: list[Entry]) -> None:
        def dearer(body: Any) -> None:
            body["bidPrice"] = "1.00"

        with_body(find(interactions, "GET", "/fapi/v1/ticker/bookTicker"), dearer)

    assert two(other_prices) == []


def test_fields_that_came_went_or_changed_their_type_are_told(two: Callable[[Change], Any]) -> None:
    def change(interactions: list[dict[str, Any]], entries: list[Entry]) -> None:
        def body(decoded: Any) -> None:
            decoded["novelty"] = 1
            del decoded["bidQty"]
            decoded["askPrice"] = float(decoded["askPrice"])

        for each in interactions:
            if "/fapi/v1/ticker/bookTicker?" in each["request"]["uri"]:
                with_body(each, body)
        for entry in entries:
            if isinstance(entry.data, dict) and entry.data.get("e") == "ORDER_TRADE_UPDATE":
                entry.data["o"]["zz"] = "new"

    place = "GET /fapi/v1/ticker/bookTicker"
    found = two(change)
    assert (place, "askPrice", "number as text", "number") in found
    assert (place, "bidQty", "number as text", "") in found
    assert (place, "novelty", "", "number") in found
    assert ("event ORDER_TRADE_UPDATE", "o.zz", "", "text") in found
    assert len(found) == 4


def test_codes_that_differ_and_endpoints_that_are_missing_are_told(two: Callable[[Change], Any]) -> None:
    def change(interactions: list[dict[str, Any]], _entries: list[Entry]) -> None:
        refused = next(each for each in interactions if each["response"]["status"]["code"] == 400)
        refused["response"]["body"]["string"] = '{"code":-4118,"msg":"no"}'
        interactions[:] = [each for each in interactions if "userTrades" not in each["request"]["uri"]]

    found = two(change)
    assert ("GET /fapi/v1/userTrades", "(all of it)", "recorded", "") in found
    assert ("POST /fapi/v1/order", "(refusals)", "400 -2022", "400 -4118") in found
    assert len(found) == 2


def test_the_command_prints_a_table_and_says_by_its_exit_code_whether_they_differ(
    folder: Path, environment: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--folder", str(folder)]
    assert cli.main(["drift", f"demo_{environment}", f"demo_{environment}", *given]) == 0
    assert capsys.readouterr().out == f"demo_{environment} and demo_{environment} have the same shape.\n"
    assert cli.main(["drift", f"demo_{environment}", f"rejections_{environment}", *given]) == 1
    told = capsys.readouterr().out
    assert told.splitlines()[0].split() == ["where", "field", f"demo_{environment}", f"rejections_{environment}"]
    assert "POST /api/v3/listenKey" not in told.splitlines()[1]
    assert cli.main(["drift", "nothing", f"demo_{environment}", *given]) == 1
    assert capsys.readouterr().err.startswith("CassetteError: no cassette is called nothing")
