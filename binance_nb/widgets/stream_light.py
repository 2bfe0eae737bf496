"""StreamLight: how the background stream is doing, in one light and a few figures."""

from __future__ import annotations

import time
from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd
import traitlets

from binance_nb.models.fills import SPOT, USDM
from binance_nb.widgets.assets import bundle
from binance_nb.widgets.base import MONEY, LiveWidget
from binance_nb.widgets.health import light_of

TOLD_EVERY_S = 1.0
"""How often the figures are read and told; they cost no request."""

WORDS = {SPOT: "Spot stream", USDM: "USD-M futures stream"}


class StreamLight(LiveWidget):
    """A light for a client's user data stream: green disc, amber triangle, red square, an empty ring when stopped.

    Beside it the figures of `client.stream_status()`: connected since, last event, events, reconnects, gaps and the
    fills won back, the lag between an event's time and its arrival, the offset of the exchange's clock. `product` is
    "spot" or "usdm"; the stream is left alone, `client.start_stream()` starts it.
    """

    _esm = bundle("common.js", "view.js", "light.js", "stream_light.js")
    _css = bundle("common.css", "light.css", "stream_light.css")

    view = traitlets.Dict().tag(sync=True)
    """What the page shows."""

    def __init__(self, client: Any, *, product: str = SPOT, **unknown: object) -> None:
        """Show the light. Raises ValueError for a product that there is not."""
        super().__init__(client, **unknown)
        if product not in WORDS:
            raise ValueError(f"product is {' or '.join(map(repr, WORDS))}, not {product!r}")
        self._product = product
        self._told_at = float("-inf")
        self._tell()
        self.start()

    def _beat(self) -> None:
        if not self.page_is_gone and time.monotonic() - self._told_at >= TOLD_EVERY_S:
            self._tell()

    def _tell(self) -> None:
        self._told_at = time.monotonic()
        status = self.client.stream_status(product=self._product).iloc[0]
        self.view = {
            "environment": self.client.environment,
            "money": MONEY.get(self.client.environment, ""),
            "title": WORDS[self._product],
            **light_of(str(status["state"])),
            "connected_since": _epoch_ms(status["connected_since"]),
            "last_event": _epoch_ms(status["last_event"]),
            "problem": "" if pd.isna(status["last_problem"]) else str(status["last_problem"]),
            "figures": {
                **{name: f"{int(status[name]):,}" for name in ("events", "reports", "recovered", "reconnects", "gaps")},
                **{name: _milliseconds(status[name]) for name in ("lag_ms", "clock_offset_ms")},
            },
        }

    def _on_hello(self, _content: Mapping[str, Any]) -> None:
        self._tell()

    def _static_html(self) -> str:
        view = self.view
        figures = "".join(f"<li>{escape(name)}: {escape(told or '–')}</li>" for name, told in view["figures"].items())
        title = f"{view['title']} on {view['environment']}: {view['word']}"
        return f"<p>{escape(title)}</p><ul>{figures}</ul>"


def _epoch_ms(moment: Any) -> int | None:
    return None if pd.isna(moment) else round(moment.timestamp() * 1000)


def _milliseconds(value: Any) -> str:
    return "" if pd.isna(value) else f"{round(float(value)):,} ms"
