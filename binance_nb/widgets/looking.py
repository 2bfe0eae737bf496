"""LookingWidget: a widget that asks while a page looks at it, with its content as plain words beside it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar

import traitlets

from binance_nb.widgets.asking import AskingWidget
from binance_nb.widgets.last_rows import LastRows


class LookingWidget(AskingWidget):
    """The part of a widget that shows one value, asks for it while a page looks, and keeps the words beside it.

    A kind of it says in `look` what it asks for, in `_told` what there is to show, and in `_static_html` the words.
    What changes `_changed` is shown with one of the next beats.
    """

    SHOW_EVERY_S: ClassVar = 0.0
    """How much time is left between two showings of what changed by itself."""

    view = traitlets.Dict().tag(sync=True)
    """All that the page shows, as one value: it is replaced whole, and saved with the notebook."""
    words: Any = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """The names of the plain words beside it, which its page hides."""

    def __init__(self, client: Any) -> None:
        """Begin with words in no place."""
        super().__init__(client)
        self._last_rows = LastRows()
        self.words = [self._last_rows.name]
        self._changed = False
        self._shown_at = float("-inf")

    def look(self) -> None:
        """Ask for what is due, as it does by itself while a page shows it."""

    def _take_arrived(self) -> None:
        """Take what the stream told; called under the lock."""

    def _told(self) -> dict[str, Any]:
        """Return all that there is to show."""
        raise NotImplementedError

    def _show(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._changed, self._shown_at = False, time.monotonic()
            self.view = self._told()

    def _beat(self) -> None:
        with self._lock:
            self._take_arrived()
        if self._last_rows.is_due() and not self.page_is_gone:
            self._last_rows.write(self._static_html())
        if not self.page_is_listening:
            return
        self.look()
        if self._changed and time.monotonic() - self._shown_at >= self.SHOW_EVERY_S:
            self._show()

    def _ipython_display_(self, **options: Any) -> None:
        if not self.is_closed:
            self.look()
        self._last_rows.show_widget(self, **options)

    # From the page

    def _on_hello(self, _content: Mapping[str, Any]) -> None:
        self._make_due(self.BACKGROUND)
        self._show()
