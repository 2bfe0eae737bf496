"""The life of a futures listen key: made, kept alive, expired under the stream, replaced, closed."""

from __future__ import annotations

from binance_nb.commands.scenarios.futures_desk import FuturesDesk
from binance_nb.commands.scenarios.stage import Stage

AN_HOUR_MS = 60 * 60 * 1000
USDM = "usdm"


def play(stage: Stage) -> None:
    """Let the key of the running stream expire, trade before and after, and close a key by hand."""
    client, desk = stage.client, FuturesDesk(stage)
    desk.market("BUY", desk.size())
    stage.steer(lambda control: control.step(AN_HOUR_MS))
    stage.wait_for(lambda: _reconnects(desk) == 1 and desk.is_connected(), "the stream with another key")
    desk.empty()
    stage.show("gaps", client.stream_gaps()[["product", "symbols", "is_complete"]])
    client.stop_stream(product=USDM)
    key = client.create_listen_key(product=USDM)
    client.keepalive_listen_key(key, product=USDM)
    client.close_listen_key(key, product=USDM)
    stage.refused("a key that was closed", lambda: client.keepalive_listen_key(key, product=USDM))
    client.start_stream(product=USDM)
    stage.wait_for(desk.is_connected, "the stream once more")


def _reconnects(desk: FuturesDesk) -> int:
    return int(desk.client.stream_status(product=USDM)["reconnects"].iloc[0])
