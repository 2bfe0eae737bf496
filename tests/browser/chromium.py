"""Where the system's Chromium is, on Linux, macOS and Windows; nothing is downloaded."""

import os
import shutil
import sys
from pathlib import Path

VARIABLE = "BINANCE_NB_CHROMIUM"
COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
MAC_APPS = ("Chromium.app/Contents/MacOS/Chromium", "Google Chrome.app/Contents/MacOS/Google Chrome")
WINDOWS_APPS = ("Google/Chrome/Application/chrome.exe", "Chromium/Application/chrome.exe")
WINDOWS_ROOTS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")


class MissingChromiumError(RuntimeError):
    """No browser was found; the message says how to get one."""


def find_chromium() -> str:
    """The path of a Chromium-like browser; raises MissingChromiumError if there is none."""
    named = os.environ.get(VARIABLE)
    if named:
        found = shutil.which(named)
        if found is None:
            raise MissingChromiumError(f"{VARIABLE} names {named}, which is no program on this machine.")
        return found
    for command in COMMANDS:
        found = shutil.which(command)
        if found is not None:
            return found
    for place in _usual_places():
        if place.is_file():
            return str(place)
    raise MissingChromiumError(
        "No Chromium was found: install it (Debian and Ubuntu: apt-get install chromium; macOS: brew install chromium; "
        f"Windows: winget install Google.Chrome), or set {VARIABLE} to the path of one, "
        "or run python -m tests --no-browser to leave the browser tests out."
    )


def _usual_places() -> list[Path]:
    if sys.platform == "darwin":
        return [folder / app for folder in (Path("/Applications"), Path.home() / "Applications") for app in MAC_APPS]
    if sys.platform == "win32":
        roots = [Path(os.environ[name]) for name in WINDOWS_ROOTS if name in os.environ]
        return [root / app for root in roots for app in WINDOWS_APPS]
    return []
