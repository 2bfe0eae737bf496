"""A recording that was cut, changed or written by a newer version is one clear error, wherever it is opened."""

from collections.abc import Callable
from pathlib import Path

import pytest

from binance_nb import BinanceClient, cassettes
from binance_nb.cassettes.head import FORMAT, SUFFIXES
from binance_nb.errors import CassetteError


def cut_in_half(text: str) -> str:
    """The first half."""
    return text[: len(text) // 2]


def cut_in_its_head(text: str) -> str:
    """Hardly anything."""
    return text[:40]


def without_its_last_line(text: str) -> str:
    """All but the end."""
    return text.rstrip("\n").rpartition("\n")[0] + "\n"


def edited(text: str) -> str:
    """Another price in one place."""
    assert "FILLED" in text
    return text.replace("FILLED", "REJECTED", 1)


def with_a_line_left_out(text: str) -> str:
    """One line of the middle is gone."""
    lines = text.splitlines(keepends=True)
    del lines[len(lines) // 2]
    return "".join(lines)


def passed_off_as_the_testnets(text: str) -> str:
    """The head says something else."""
    return text.replace("environment: sandbox", "environment: testnet", 1).replace(
        '"environment":"sandbox"', '"environment":"testnet"', 1
    )


def newer(text: str) -> str:
    """A format of tomorrow."""
    assert f"format: {FORMAT}" in text or f'"format":{FORMAT}' in text
    return text.replace(f"format: {FORMAT}", "format: 99", 1).replace(f'"format":{FORMAT}', '"format":99', 1)


def without_a_head(text: str) -> str:
    """Of another program."""
    return text[text.index("interactions:") :] if "interactions:" in text else text.partition("\n")[2]


def just_words(_text: str) -> str:
    """No recording at all."""
    return "just words"


DAMAGES = [
    (cut_in_half, "is cut short"),
    (cut_in_its_head, "has no head that says where it came from"),
    (without_its_last_line, "is cut short"),
    (edited, "was changed after it was recorded"),
    (with_a_line_left_out, "was changed after it was recorded"),
    (passed_off_as_the_testnets, "was changed after it was recorded"),
    (newer, r"was written by a newer binance_nb \(.*format 99; this one reads up to 1\)"),
    (without_a_head, "has no head that says where it came from"),
    (just_words, "has no head that says where it came from"),
]


@pytest.mark.parametrize("kind", SUFFIXES)
@pytest.mark.parametrize(("damage", "words"), DAMAGES, ids=lambda part: getattr(part, "__name__", ""))
def test_a_damaged_recording_is_one_clear_error(
    folder: Path, environment: str, tmp_path: Path, kind: str, damage: Callable[[str], str], words: str
) -> None:
    name = f"demo_{environment}"
    for each, suffix in SUFFIXES.items():
        text = (folder / each / f"{name}{suffix}").read_text(encoding="utf-8")
        target = tmp_path / each / f"{name}{suffix}"
        target.parent.mkdir()
        target.write_text(damage(text) if each == kind else text, encoding="utf-8")
    with pytest.raises(CassetteError, match=words) as refused:
        cassettes.Replay(name, folder=tmp_path)
    assert f"{name}{SUFFIXES[kind]}" in str(refused.value)
    assert "\n" not in str(refused.value)
    with pytest.raises(CassetteError, match=words):
        BinanceClient(environment="replay", cassette=tmp_path / kind / f"{name}{SUFFIXES[kind]}")


def test_a_cassette_and_a_tape_of_different_recordings_do_not_go_together(
    folder: Path, environment: str, tmp_path: Path
) -> None:
    for kind, scenario in (("rest", "demo"), ("streams", "rejections")):
        (tmp_path / kind).mkdir()
        source = folder / kind / f"{scenario}_{environment}{SUFFIXES[kind]}"
        (tmp_path / kind / f"mixed_{environment}{SUFFIXES[kind]}").write_bytes(source.read_bytes())
    with pytest.raises(CassetteError, match="are not of one recording"):
        cassettes.Replay(f"mixed_{environment}", folder=tmp_path)


def test_an_unknown_name_says_which_there_are(folder: Path, environment: str) -> None:
    with pytest.raises(CassetteError, match=f"no cassette is called nothing; there is .*demo_{environment}"):
        cassettes.Replay("nothing", folder=folder)


def test_line_ends_of_another_system_are_no_damage(folder: Path, environment: str, tmp_path: Path) -> None:
    for kind, suffix in SUFFIXES.items():
        (tmp_path / kind).mkdir()
        name = f"demo_{environment}{suffix}"
        (tmp_path / kind / name).write_bytes((folder / kind / name).read_bytes().replace(b"\n", b"\r\n"))
    assert cassettes.Replay(f"demo_{environment}", folder=tmp_path).origin["scenario"] == "demo"


def test_a_cassette_cannot_run_code(tmp_path: Path) -> None:
    path = tmp_path / "evil.yaml"
    path.write_text("origin: !!python/object/apply:os.system ['true']\ninteractions: []\n", encoding="utf-8")
    with pytest.raises(CassetteError, match="has no head"):
        cassettes.read_cassette(path)
