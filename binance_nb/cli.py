"""The command line: binance-nb lab, demo, sandbox, doctor, record, replay, drift."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from binance_nb import __version__
from binance_nb.credentials import Environment
from binance_nb.errors import BinanceNBError

SCENARIOS = (
    "demo",
    "order_types",
    "rejections",
    "reconnect",
    "order_list",
    "futures_order",
    "futures_changes",
    "futures_account",
    "futures_conditional",
    "futures_hedge",
    "futures_history",
    "futures_liquidation",
    "futures_listen_key",
)
"""What `binance-nb record` can record: `commands.scenarios.SCENARIOS`, without importing it for every command."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="binance-nb", description="Place Binance orders and study their fills, from notebooks and terminals."
    )
    top.add_argument("--version", action="version", version=f"binance-nb {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="command")

    lab = commands.add_parser("lab", help="a sandbox and JupyterLab on the quickstart")
    lab.add_argument("--seed", type=int, default=7, help="which market the sandbox has (default 7)")
    lab.add_argument("--port", type=int, default=8888, help="JupyterLab's port; the next free one if it is taken")
    lab.add_argument("--no-browser", action="store_true", help="do not open a browser, print the address")

    demo = commands.add_parser("demo", help="every order type on a sandbox, in this terminal")
    demo.add_argument("--seed", type=int, default=7, help="which market the sandbox has (default 7)")

    sandbox = commands.add_parser("sandbox", help="run an exchange on this machine until Ctrl-C", add_help=False)
    sandbox.add_argument("arguments", nargs=argparse.REMAINDER, help="see binance-nb sandbox --help")

    record = commands.add_parser("record", help="record a scenario's traffic into cassettes")
    record.add_argument("scenario", choices=SCENARIOS)
    record.add_argument(
        "--environment",
        choices=[each.value for each in Environment if each.is_exchange and each is not Environment.MAINNET],
        default=Environment.SANDBOX.value,
        help="which exchange to record from (default sandbox); testnet and demo need keys",
    )
    record.add_argument(
        "--folder", type=Path, default=Path("cassettes"), help="where cassettes are (default cassettes)"
    )
    record.add_argument("--seed", type=int, default=7, help="which market a sandbox has (default 7)")
    record.add_argument(
        "--clock",
        choices=["stepped", "real"],
        default="stepped",
        help="a sandbox's clock: stepped records the same every time (default), real has pauses as they are",
    )

    replay = commands.add_parser("replay", help="serve a recording, REST and streams, until Ctrl-C")
    replay.add_argument("name", help="the name of a recording (demo_sandbox), or one of its files")
    replay.add_argument("--speed", type=float, default=1.0, help="how many times faster than recorded; inf: no pauses")
    replay.add_argument("--step", action="store_true", help="a frame of the stream comes when you press Enter")
    replay.add_argument(
        "--follow", action="store_true", help="what came after an order waits until that order is placed again"
    )
    replay.add_argument("--port", type=int, default=9500, help="where to listen (default 9500)")
    replay.add_argument("--folder", type=Path, help="where cassettes are (default: here, then those of the package)")

    drift = commands.add_parser("drift", help="compare two recordings of one scenario by shape")
    drift.add_argument("first", help="the name of a recording, or one of its files")
    drift.add_argument("second", help="another one")
    drift.add_argument("--folder", type=Path, help="where cassettes are (default: here, then those of the package)")

    doctor = commands.add_parser("doctor", help="is everything in place?")
    doctor.add_argument(
        "--environment",
        choices=[each.value for each in Environment if each.is_exchange],
        help="which exchange to try",
    )
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; an error of ours is one line."""
    given = list(sys.argv[1:] if argv is None else argv)
    try:
        if given[:1] == ["sandbox"]:
            # The sandbox has a parser of its own, which `python -m binance_nb.sandbox` uses too.
            from binance_nb.sandbox.__main__ import main as run_sandbox

            return run_sandbox(given[1:])
        options = parser().parse_args(given)
        if options.command == "lab":
            from binance_nb.commands.lab import lab

            return lab(seed=options.seed, port=options.port, browser=not options.no_browser)
        if options.command == "demo":
            from binance_nb.commands.demo import demo

            return demo(seed=options.seed)
        if options.command == "record":
            from binance_nb.commands.record import record_scenario

            environment = Environment(options.environment)
            paths = record_scenario(
                options.scenario, environment, options.folder, seed=options.seed, clock=options.clock
            )
            print("\n".join(f"recorded {path}" for path in paths.values()))
            return 0
        if options.command == "replay":
            from binance_nb.commands.replay import replay

            return replay(
                options.name,
                speed=options.speed,
                step=options.step,
                follow=options.follow,
                port=options.port,
                folder=options.folder,
            )
        if options.command == "drift":
            from binance_nb.commands.drift import drift

            return drift(options.first, options.second, folder=options.folder)
        from binance_nb.commands.doctor import doctor

        return doctor(Environment(options.environment) if options.environment else None)
    except BinanceNBError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
