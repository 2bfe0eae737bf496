"""`binance-nb replay`: an exchange on this machine that answers from a recording, until Ctrl-C."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from binance_nb.cassettes.server import Replay
from binance_nb.config import BinanceConfig

DEFAULT_URL = str(BinanceConfig.model_fields["replay_base_url"].default)


def replay(
    name: str, *, speed: float = 1.0, step: bool = False, follow: bool = False, port: int = 9500, folder: Path | None
) -> int:
    """Serve the recording until Ctrl-C (or, with `step`, until the end of the input); return 0."""
    with Replay(name, speed=speed, step=step, follow=follow, port=port, folder=folder) as served:
        origin = served.origin
        print(f"{served.name} plays at {served.url}, recorded from {origin['environment']} at {origin['recorded_at']}.")
        if served.url != DEFAULT_URL:
            print(f"In a notebook, first: %env BINANCE_NB_REPLAY_BASE_URL={served.url}")
        print('In a notebook: client = BinanceClient(environment="replay"); client.start_stream()', flush=True)
        if step:
            print("Enter plays the next frame; Ctrl-C ends it.", flush=True)
            for _ in sys.stdin:
                served.step()
                print(f"{served.frames_played} frames so far", flush=True)
        else:
            threading.Event().wait()
    return 0
