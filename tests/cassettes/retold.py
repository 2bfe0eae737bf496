"""A recorded scenario told again, with what was shown and which verbs were called on the way."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd

from binance_nb import BinanceClient
from binance_nb.cassettes import Replay
from binance_nb.commands.record import replay_scenario

AT_ONCE = float("inf")

Shown = list[tuple[str, pd.DataFrame]]

VERBS: dict[str, Callable[..., Any]] = {
    name: value for name, value in vars(BinanceClient).items() if callable(value) and hasattr(value, "__wrapped__")
}
"""What a cell can call that asks an exchange."""


@contextlib.contextmanager
def noting_verbs() -> Iterator[set[str]]:
    """Yield the names of the verbs that a scenario calls; what a verb calls in turn is not among them."""
    called: set[str] = set()

    def noted(name: str, verb: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            called.add(name)
            return verb(*args, **kwargs)

        return call

    with contextlib.ExitStack() as patched:
        for name, verb in VERBS.items():
            patched.enter_context(mock.patch.object(BinanceClient, name, noted(name, verb)))
        yield called


class Retold:
    """A recorded scenario, told again."""

    def __init__(self, folder: Path, name: str) -> None:
        self.shown: Shown = []
        self.replay = Replay(name, folder=folder, speed=AT_ONCE)
        with noting_verbs() as self.called:
            self.client = replay_scenario(self.replay, show=lambda title, frame: self.shown.append((title, frame)))
        self.reports = self.client.execution_reports()

    def frames(self, title: str) -> list[pd.DataFrame]:
        """The frames that were shown under a title."""
        return [frame for shown, frame in self.shown if shown == title]
