"""The bench runs from end to end, tiny, and its bars tell met from not met; no figure is a test's business."""

import cProfile
import json
import pstats
from xml.etree import ElementTree

import pytest

from binance_nb import frames
from tests.bench.__main__ import main
from tests.bench.bars import BARS, table_of, verdicts
from tests.bench.profile import OTHER, by_part
from tests.bench.suites import OURS, RAW, SUITES

TINY = {"orders_rest", "orders_ws", "orders_cell", "trades", "stream", "trades_to_frame", "exchange_info"}


def test_a_tiny_run_fills_its_tables_its_json_and_its_chart(tmp_path, capsys):
    told, chart = tmp_path / "bench.json", tmp_path / "bench.svg"
    main(["--rounds", "1", "--count", "4", "--json", str(told), "--chart", str(chart), "--only", *sorted(TINY)])
    written = json.loads(told.read_text(encoding="utf-8"))
    assert set(written["tables"]) == TINY
    for rows in written["tables"].values():
        assert OURS in rows
        assert all(figure > 0 for row in rows.values() for figure in row.values())
    assert {bar["what"] for bar in written["bars"]} == {bar.what for bar in BARS if bar.table in TINY}
    picture = ElementTree.parse(chart).getroot()
    assert OURS in {text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")}
    assert "The bars" in capsys.readouterr().out


def test_a_bar_is_held_against_the_verb_as_it_is_called_and_against_the_best_peer():
    rows = {
        "aiohttp, bare": {"cpu_us": 100.0},
        OURS: {"cpu_us": 120.0},
        RAW: {"cpu_us": 90.0},
        "a peer": {"cpu_us": 300.0},
        "another": {"cpu_us": 150.0},
    }
    bound, peer = verdicts({"orders_rest": rows})
    assert (bound.reached, bound.reached_raw) == (1.2, 0.9)
    assert not bound.bar.is_met(bound.reached)
    assert peer.reached == 1.25
    assert peer.bar.is_met(peer.reached)
    assert bound.line().endswith(" met as JSON")
    (worse, _) = verdicts({"orders_rest": {**rows, RAW: {"cpu_us": 119.0}}})
    assert worse.line().endswith(" NOT met")
    assert peer.line().endswith(" met")


def test_without_peers_their_bars_say_so():
    rows = {"aiohttp, bare": {"cpu_us": 100.0}, OURS: {"cpu_us": 110.0}}
    assert "no peers here" in table_of(verdicts({"orders_rest": rows}))


def test_every_bar_belongs_to_something_that_is_measured():
    from tests.bench.__main__ import SINGLES

    assert {bar.table for bar in BARS} <= {*SUITES, *SINGLES}


def test_a_profile_says_where_the_time_of_a_call_goes(capsys):
    main(["--profile", "--count", "20", "--only", "orders_rest"])
    told = capsys.readouterr().out
    rows = {
        line[:28].strip(): line[28:].split() for line in told.splitlines() if line.startswith(("DataFrame", "checks"))
    }
    assert [float(figure) > 0 for figure in rows["DataFrame"][:3]] == [False, True, False]
    assert [float(figure) > 0 for figure in rows["checks of the order"][:3]] == [False, True, True]


def test_time_in_c_belongs_to_whoever_called_it():
    profile = cProfile.Profile()
    profile.enable()
    sorted(range(200_000), key=lambda number: -number)
    frames.orders([])
    profile.disable()
    spent = by_part(profile)
    assert spent[OTHER] > 0
    assert spent["DataFrame"] > 0
    assert sum(spent.values()) == pytest.approx(sum(row[2] for row in pstats.Stats(profile).stats.values()), rel=0.2)
