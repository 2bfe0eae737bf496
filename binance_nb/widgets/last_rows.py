"""LastRows: a page of plain words beside a widget, for where no widget can be drawn, such as `nbconvert --to html`.

A page made by nbconvert draws a widget that was saved with its notebook by scripts from elsewhere, and shows nothing
without them: whatever else the output held is left out. So the words are an output of their own, which the page of the
widget hides; and that is there only where the widget is.
"""

from __future__ import annotations

import html
import time
import uuid
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from IPython import display

ipython: Any = display  # what shows things in the cell that runs; its functions have no types

WRITE_EVERY_S = 5.0
"""How often the words are brought up to date: each time the front end takes them into its notebook."""
MOST_PLACES = 8
"""In so many cells, the newest, the words of one widget are kept up to date."""


class Wordy(Protocol):
    """A widget that can be told in words."""

    @property
    def is_closed(self) -> bool:
        """Whether it was closed, and shows nothing any more."""

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """Return the widget as a front end takes it."""

    def _static_html(self) -> str:
        """Return the widget as plain words."""


class LastRows:
    """Beside a widget: its last rows as plain words, hidden for as long as the widget itself can be seen.

    `name` is the class of the words' element: the page of the widget is to hide what bears it (`hideWords`).
    """

    def __init__(self) -> None:
        """Begin with no place in which it stands."""
        self.name = f"bnb-last-{uuid.uuid4().hex[:12]}"
        self._places: list[Any] = []
        self._written = ""
        self._written_at = float("-inf")

    def show_widget(self, widget: Wordy, **options: Any) -> None:
        """Show the widget in the cell that runs, and its words below it; of one that was closed, that it was."""
        bundle = None if widget.is_closed else widget._repr_mimebundle_(**options)
        if bundle is None:
            closed = f"{widget!r} was closed; make another."
            ipython.publish_display_data({"text/plain": closed})
            return
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        ipython.publish_display_data({kind: value for kind, value in data.items() if kind != "text/html"}, metadata)
        words = widget._static_html()
        handle = ipython.display(self._bundle(words), raw=True, display_id=True)
        self._places = [*self._places, handle][-MOST_PLACES:]
        self._written = words

    def is_due(self) -> bool:
        """Whether there is a place to write to, and the last writing is long enough ago."""
        return bool(self._places) and time.monotonic() - self._written_at >= WRITE_EVERY_S

    def write(self, words: str) -> None:
        """Bring the words up to date wherever they stand."""
        self._written_at = time.monotonic()
        if words == self._written:
            return
        self._written = words
        for place in self._places:
            place.update(self._bundle(words), raw=True)

    def _bundle(self, words: str) -> dict[str, str]:
        return {"text/plain": "", "text/html": f'<div class="{self.name}">{words}</div>'}


def table_html(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a plain table; every text is taken as text."""
    head = "".join(f"<th>{html.escape(text)}</th>" for text in headings)
    body = "".join(f"<tr>{''.join(f'<td>{html.escape(text)}</td>' for text in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
