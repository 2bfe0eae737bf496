"""One recording of a client: its REST traffic and its streams, under one name."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from binance_nb.cassettes import head
from binance_nb.cassettes.rest import record
from binance_nb.cassettes.tape import record_tape
from binance_nb.config import BinanceConfig


@contextlib.contextmanager
def record_client(
    name: str, config: BinanceConfig, *, scenario: str, folder: Path | str = "cassettes", **more: Any
) -> Iterator[dict[str, Path]]:
    """Record what a client with this `config` does in the block, as `folder`/rest/`name`.yaml and streams/`name`.jsonl.

    Other clients of the process are left out. Yields the two paths. `more` goes into the head of both files. Nothing is
    written if the block raises; raises CassetteError rather than write a secret.
    """
    origin = head.new_origin(environment=config.environment.value, scenario=scenario, **more)
    paths = {kind: Path(folder) / kind / f"{name}{suffix}" for kind, suffix in head.SUFFIXES.items()}
    hosts = (config.get_base_url(), config.get_futures_base_url())
    sockets = (
        config.get_ws_url(),
        config.get_stream_url(),
        config.get_futures_ws_url(),
        config.get_futures_stream_url(),
    )
    with (
        record_tape(paths[head.STREAMS], origin, only=(*hosts, *sockets)),
        record(paths[head.REST], scenario=scenario, only=hosts, origin=origin),
    ):
        yield paths
