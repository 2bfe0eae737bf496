"""AskingWidget: a widget that asks the exchange by itself, each thing when it is due and once at a time."""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from binance_nb.widgets.base import LiveWidget
from binance_nb.widgets.ticket_words import sentence

RETRY_AFTER_S = 5.0
"""How long after a refusal the same is asked again."""


class AskingWidget(LiveWidget):
    """The part of a widget that asks: answers are taken under its lock, and shown.

    What nobody clicked for is named in `BACKGROUND`; what is missing while it does not come stands in `_notes`.
    """

    BACKGROUND: ClassVar[Mapping[str, str]] = {}
    """What the widget asks for by itself, and how its absence is told."""

    def __init__(self, client: Any) -> None:
        """Begin with everything due."""
        super().__init__(client)
        self._due = dict.fromkeys(self.BACKGROUND, 0.0)
        self._asking: set[str] = set()
        self._notes: dict[str, str] = {}

    def _show(self) -> None:
        """Show what is known now."""

    def _say(self, tone: str, text: str) -> None:
        """Say something to the person."""

    def _ask(self, what: str, verb: str, take: Callable[[Any], None], *arguments: Any, **keywords: Any) -> None:
        """Ask the client by a verb, once at a time, and show what came of it."""
        self._follow(what, lambda: self.client.submit(verb, *arguments, **keywords), take)

    def _follow(
        self, what: str, start: Callable[[], concurrent.futures.Future[Any]], take: Callable[[Any], None]
    ) -> None:
        if what in self._asking:
            return
        self._asking.add(what)

        def answered(done: concurrent.futures.Future[Any]) -> None:
            with self.errors_shown():
                self._asking.discard(what)
                error = done.exception()
                with self._lock:
                    self._notes.pop(what, None)
                    if error is None:
                        take(done.result())
                    elif what in self.BACKGROUND:
                        # Nobody asked for it, so it must not take the place of what became of an order.
                        self._notes[what] = f"{self.BACKGROUND[what]}: {sentence(error)}"
                        self._due[what] = time.monotonic() + RETRY_AFTER_S
                    else:
                        self._say("bad", sentence(error))
                    self._show()

        try:
            start().add_done_callback(answered)
        except Exception:
            self._asking.discard(what)
            raise

    def _is_due(self, what: str, now: float, every_s: float) -> bool:
        """Whether it is time to ask; the next time is noted."""
        if now < self._due[what] or what in self._asking:
            return False
        self._due[what] = now + every_s
        return True

    def _make_due(self, names: Iterable[str]) -> None:
        """Ask for these on the next beat."""
        self._due |= dict.fromkeys(names, 0.0)
