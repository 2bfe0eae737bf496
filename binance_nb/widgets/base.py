"""What every widget here shares: messages from the page, errors shown where the person looks, and a beat."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import anywidget
import traitlets

from binance_nb.widgets.keywords import refuse_unknown
from binance_nb.widgets.pulse import PULSE

PAGE_SILENT_S = 10.0
"""A page that has not answered for so long is taken for closed: nothing is sent until it says hello again."""
PROBE_AFTER_S = 1.0
"""A kernel loop that does not run a callback within this time is taken for busy with a cell."""

MAINNET = "mainnet"
MONEY = {
    "sandbox": "play money, on this machine",
    "testnet": "test money, on Binance's testnet",
    "demo": "play money, on Binance's demo trading",
    MAINNET: "REAL MONEY",
}
"""What is at stake in each environment, as the badge says it."""

QUIET_EVENTS = frozenset({"ack", "block"})
"""What the page says so often that telling it "heard" would only fill the line."""

NEEDS = ("environment", "config", "submit", "subscribe", "fills")


def now_ms() -> float:
    """Return the time as epoch milliseconds, as the page counts it."""
    return time.time() * 1000


class LiveWidget(anywidget.AnyWidget):
    """A widget of a client. Its callbacks may run on any thread; exceptions in them are shown in the widget."""

    alert = traitlets.Unicode("").tag(sync=True)
    """The last error of the widget itself, shown in it; empty when there is none."""

    _closed = True  # until it is complete; ipywidgets closes even what was never finished
    _subscription: Any = None

    def __init__(self, client: Any, **unknown: object) -> None:
        """Keep the client. Raises TypeError for an unknown keyword or for what is not a BinanceClient."""
        refuse_unknown(type(self), unknown)
        missing = [name for name in NEEDS if not hasattr(client, name)]
        if missing:
            raise TypeError(
                f"{type(self).__name__} takes a BinanceClient as its first argument, "
                f"not {type(client).__name__} (it has no {missing[0]!r})"
            )
        super().__init__()
        self.client = client
        self._lock = threading.RLock()
        self._page_heard_at = float("-inf")
        self._closed = False
        self._probe_asked_at: float | None = None
        try:
            self._kernel_loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            self._kernel_loop = None
        self.on_msg(self._receive)

    def __repr__(self) -> str:
        """Name the widget and where its client trades."""
        return f"<{type(self).__name__} {self.client.environment}>"

    def _static_html(self) -> str:
        """Return what stands in for the widget where none can be shown, such as a page that only reads notebooks."""
        return f"<p>{type(self).__name__} on {self.client.environment}. Run its cell to use it.</p>"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = super()._repr_mimebundle_(**options)
        if bundle is None or self._closed:
            return bundle
        data, metadata = bundle
        return {**data, "text/html": self._static_html()}, metadata

    def start(self) -> None:
        """Join the beat; called once the widget is complete."""
        PULSE.add(self)

    def close(self) -> None:
        """Stop listening and leave the page. What was ordered stays ordered, what was filled stays in the ledger."""
        self._closed = True
        PULSE.remove(self)
        if self._subscription is not None:
            self._subscription.close()
        super().close()

    # From the page

    def _receive(self, _widget: object, content: Mapping[str, Any], _buffers: object) -> None:
        self._page_heard_at = time.monotonic()
        event = content.get("event")
        if event == "ping":
            self.send({"kind": "pong", "sent": content.get("sent"), "kernel": now_ms()})
            return
        handler: Callable[[Mapping[str, Any]], None] | None = getattr(self, f"_on_{event}", None)
        if event not in QUIET_EVENTS and self.alert:
            self.alert = ""  # it was read; what is still wrong will say so again
        with self.errors_shown():
            if handler is None:
                raise ValueError(f"the page sent {event!r}, which this widget does not know")
            handler(content)
        if event not in QUIET_EVENTS:
            self.send({"kind": "heard", "event": event})

    @property
    def is_closed(self) -> bool:
        """Whether it was closed, and shows nothing any more."""
        return self._closed

    def errors_shown(self) -> ErrorsShown:
        """Return a context in which an exception becomes the widget's alert instead of vanishing."""
        return ErrorsShown(self)

    # From the client

    def _stream_started(self, done: concurrent.futures.Future[Any]) -> None:
        with self.errors_shown():
            error = done.exception()
            if error is not None:
                self.alert = f"The stream did not start. {type(error).__name__}: {error}"

    # The beat

    def beat(self) -> None:
        """Do what is due; an error is shown in the widget, and the beat goes on."""
        if self._closed:
            return
        with self.errors_shown():
            self._probe_kernel()
            self._beat()

    def _beat(self) -> None:
        """Do what this kind of widget does ten times a second."""

    @property
    def page_is_listening(self) -> bool:
        """Whether a page has answered lately, or could not because a cell keeps the kernel from hearing it."""
        return time.monotonic() - self._page_heard_at < PAGE_SILENT_S or (
            self._page_heard_at > float("-inf") and self.kernel_is_busy
        )

    @property
    def page_is_gone(self) -> bool:
        """Whether a page has shown it, and does no more: what is sent now waits in the server's memory."""
        return self._page_heard_at > float("-inf") and not self.page_is_listening

    @property
    def kernel_is_busy(self) -> bool:
        """Whether a cell blocks the kernel, so that answers of the page wait."""
        asked = self._probe_asked_at
        return asked is not None and time.monotonic() - asked > PROBE_AFTER_S

    def _probe_kernel(self) -> None:
        loop = self._kernel_loop
        if loop is None or loop.is_closed() or self._probe_asked_at is not None:
            return
        self._probe_asked_at = time.monotonic()
        try:
            loop.call_soon_threadsafe(self._kernel_answered)
        except RuntimeError:  # the loop closed in between: the kernel is going down
            self._kernel_loop = None

    def _kernel_answered(self) -> None:
        if self.kernel_is_busy and self._page_heard_at > float("-inf"):
            # It was busy until now; what the page said meanwhile is about to be heard.
            self._page_heard_at = time.monotonic()
        self._probe_asked_at = None


class ErrorsShown:
    """A context that shows an exception in a widget and goes on."""

    def __init__(self, widget: LiveWidget) -> None:
        """Keep the widget."""
        self._widget = widget

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        """Show an Exception and swallow it; let an interrupt pass."""
        if error is None or not isinstance(error, Exception):
            return False
        if not self._widget._closed:
            self._widget.alert = f"{type(error).__name__}: {error}"
        return True
