"""`binance-nb demo`: the quickstart's story in a terminal, against a sandbox of its own."""

from __future__ import annotations

import time

import pandas as pd

from binance_nb.commands.scenarios.stage import Stage
from binance_nb.commands.story import Story
from binance_nb.notebook import BinanceClient

WIDTH = 160


def show_in_terminal(title: str, frame: pd.DataFrame) -> None:
    """Print a frame under its title, the columns that say most."""
    if {"order_id", "order_status", "cumulative_filled_qty"} <= set(frame.columns):
        columns = ["order_id", "side", "order_type", "time_in_force", "order_status", "quantity", "price"]
        frame = frame[[*columns, "cumulative_filled_qty", "average_price"]]
    with pd.option_context("display.width", WIDTH, "display.max_columns", 12, "display.max_rows", 30):
        text = frame.to_string(index=False) if len(frame) else "(none)"
    print(f"      {title}\n" + "\n".join(f"        {line}" for line in text.splitlines()), flush=True)


def demo(*, seed: int = 7) -> int:
    """Place every order type on a sandbox, stream the reports, print the frames; return 0."""
    started = time.monotonic()
    print("Starting a sandbox: an exchange on this machine, with no key and no network …", flush=True)
    with BinanceClient.sandbox(seed=seed) as client:
        print(f"{client} is ready after {time.monotonic() - started:.1f} s", flush=True)
        client.start_stream()
        stage = Stage(client, show=show_in_terminal, pause=lambda: time.sleep(0.5))
        Story(stage, say=lambda text: print(f"\n{text}", flush=True)).tell()
        _drain(client)
        print("\nWhat the stream told meanwhile")
        reports = client.execution_reports()
        columns = ["transaction_time", "order_id", "order_type", "execution_type", "order_status"]
        show_in_terminal(
            f"{len(reports)} execution reports, the last ten",
            reports[[*columns, "last_executed_qty", "last_executed_price"]].tail(10),
        )
        fills = client.fills()
        columns = ["transaction_time", "symbol", "side", "last_executed_qty", "last_executed_price"]
        show_in_terminal(f"{len(fills)} fills", fills[[*columns, "commission_amount", "commission_asset", "is_maker"]])
        print(f"\nDone in {time.monotonic() - started:.1f} s: {len(reports)} reports, {len(fills)} fills.")
    return 0


def _drain(client: BinanceClient) -> None:
    """Wait until the stream is quiet, at most two seconds: the last report may still be on its way."""
    seen = -1
    for _ in range(10):
        if client.stream_state.reports == seen:
            return
        seen = client.stream_state.reports
        time.sleep(0.2)
