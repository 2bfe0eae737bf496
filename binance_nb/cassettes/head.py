"""The head and the seal of a recording: where it came from, and that it is whole and as it was recorded."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from binance_nb import __version__
from binance_nb.errors import CassetteError

FORMAT = 1
"""Raised when a file of today could not be read by a program of yesterday."""

REST = "rest"
STREAMS = "streams"
SUFFIXES = {REST: ".yaml", STREAMS: ".jsonl"}


def new_origin(*, environment: str | None, scenario: str, **more: Any) -> dict[str, Any]:
    """Return the head of a recording that begins now; `more` is kept with it."""
    return {
        "environment": environment,
        "recorded_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "scenario": scenario,
        "binance_nb": __version__,
        "vcrpy": importlib.metadata.version("vcrpy"),
        **more,
    }


def sealed(origin: Mapping[str, Any], body: str) -> dict[str, Any]:
    """Return the head with the format and the checksum of itself and of the body."""
    head = {**origin, "format": FORMAT}
    return {**head, "checksum": _checksum(head, body)}


def check_seal(origin: Any, body: str, path: Path | str, *, is_whole: bool) -> dict[str, Any]:
    """Return the head of a recording. Raises CassetteError where it is missing, newer, cut short or was changed."""
    name = Path(path).name
    if not isinstance(origin, dict) or not isinstance(origin.get("format"), int):
        raise CassetteError(f"the cassette {name} has no head that says where it came from; record it again")
    if origin["format"] > FORMAT:
        raise CassetteError(
            f"the cassette {name} was written by a newer binance_nb ({origin.get('binance_nb')}, format "
            f"{origin['format']}; this one reads up to {FORMAT}): upgrade binance_nb, or record it again"
        )
    if not is_whole:
        raise CassetteError(f"the cassette {name} is cut short: its end is missing; copy it or record it again")
    head = {field: value for field, value in origin.items() if field != "checksum"}
    if origin.get("checksum") != _checksum(head, body):
        raise CassetteError(
            f"the cassette {name} was changed after it was recorded (its checksum does not fit); record it again"
        )
    return head


def _checksum(head: Mapping[str, Any], body: str) -> str:
    # 32 hexadecimal digits: half as long as anything that looks like a key.
    text = json.dumps(head, sort_keys=True, default=str) + body
    return hashlib.blake2s(text.encode(), digest_size=16).hexdigest()


def read_text(path: Path | str) -> str:
    """Return the text of a recording. Raises CassetteError if there is none."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise CassetteError(f"no cassette at {path} ({error.strerror}); record it first") from None
    except UnicodeDecodeError:
        raise CassetteError(f"the cassette {Path(path).name} cannot be read: it is not text; record it again") from None


def folders() -> list[Path]:
    """Return where cassettes are looked for: the working folder, a clone of this project, what was installed."""
    clone = Path(__file__).resolve().parents[2] / "cassettes"
    return [Path("cassettes"), clone, Path(sys.prefix) / "share" / "binance-nb" / "cassettes"]


def find(name: str | Path, folder: Path | str | None = None) -> dict[str, Path]:
    """Return the files of the recording called `name`, by kind: "rest", "streams" or both.

    `name` may also be the path of one of its files. Raises CassetteError, naming what there is, if there is none.
    """
    given = Path(name)
    if given.suffix in SUFFIXES.values() and given.exists():
        if given.parent.name not in SUFFIXES:
            kind = next(kind for kind, suffix in SUFFIXES.items() if suffix == given.suffix)
            return {kind: given}
        folder, given = given.parent.parent, Path(given.stem)
    places = folders() if folder is None else [Path(folder)]
    for place in places:
        files = {kind: place / kind / f"{given}{suffix}" for kind, suffix in SUFFIXES.items()}
        found = {kind: file for kind, file in files.items() if file.exists()}
        if found:
            return found
    known = sorted({file.stem for place in places for kind in SUFFIXES for file in (place / kind).glob("*_*.*")})
    raise CassetteError(f"no cassette is called {name}; there is {', '.join(known) or 'none'}")
