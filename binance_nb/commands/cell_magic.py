"""`%%cassette NAME`: the REST calls of one cell, recorded the first time and replayed from then on."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from binance_nb import cassettes
from binance_nb.cassettes.head import REST, SUFFIXES
from binance_nb.errors import BinanceNBError, CassetteError
from binance_nb.notebook import open_clients


class _AlreadyShown(Exception):
    """Ends a cell whose error stands in its output already, so that nothing below it runs."""

    def _render_traceback_(self) -> list[str]:
        return []


class _Refused(BinanceNBError):
    """What is wrong with the line after %%cassette, in one sentence."""


class _Line(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise _Refused(f"%%cassette NAME [--again] [--folder FOLDER]: {message}")


def register(shell: Any) -> None:
    """Make `%%cassette` known to an IPython shell."""
    shell.register_magic_function(cell_magic_of(shell), magic_kind="cell", magic_name="cassette")


def cell_magic_of(shell: Any) -> Callable[[str, str], None]:
    """Return the magic's function for a shell."""
    line_parser = _Line(prog="%%cassette", add_help=False)
    line_parser.add_argument("name")
    line_parser.add_argument("--again", action="store_true")
    line_parser.add_argument("--folder", type=Path, default=Path("cassettes"))

    def cassette(line: str, cell: str) -> None:
        """Record the REST calls of this cell as cassettes/rest/NAME.yaml, or replay them if it is there.

        `--again` records afresh; `--folder` names another place. A replayed cell needs no network; with
        `BinanceClient(environment="replay")` no keys either. Streams are not part of it (`binance-nb record` records
        them), nor is `await` outside a function. A cell that fails is not recorded.
        """
        given = line_parser.parse_args(shlex.split(line))
        path = given.folder / REST / f"{given.name}{SUFFIXES[REST]}"
        if path.exists() and not given.again:
            with cassettes.replay(path) as origin:
                _run(shell, cell)
            print(f"replayed {path}, recorded from {origin['environment']} at {origin['recorded_at']}")
            return
        for client in open_clients():
            client.asynchronous._forget()  # what it knows by heart a new client of the replay would have to ask for
        with cassettes.record(path, scenario=given.name):
            _run(shell, cell)
        if not path.exists():
            raise CassetteError("nothing was recorded: this cell made no REST call")
        print(f"recorded {path}")

    return cassette


def _run(shell: Any, cell: str) -> None:
    result = shell.run_cell(cell)
    if not result.success:
        raise _AlreadyShown
