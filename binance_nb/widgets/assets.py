"""The scripts and styles of the widgets, read from the files beside this one."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent


def bundle(*names: str) -> str:
    """Return the files one after the other: a page loads a widget's module as one text, which cannot import another."""
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)
