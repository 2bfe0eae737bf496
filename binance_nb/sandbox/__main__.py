"""`python -m binance_nb.sandbox`: one exchange in a process of its own; prints where it listens as one line of JSON."""

import argparse
import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal, InvalidOperation

from binance_nb.sandbox.clock import ClockMode
from binance_nb.sandbox.market import MarketSettings
from binance_nb.sandbox.server.app import NotLoopbackError, SandboxServer
from binance_nb.sandbox.server.futures.hall import StreamMode
from binance_nb.sandbox.server.keys import new_secret
from binance_nb.sandbox.server.venue import MAIN_ACCOUNT, Venue, VenueSettings

KEY_VARIABLE = "BINANCE_SANDBOX_API_KEY"
SECRET_VARIABLE = "BINANCE_SANDBOX_API_SECRET"  # noqa: S105  (a variable's name)


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    made = argparse.ArgumentParser(
        prog="python -m binance_nb.sandbox",
        description="A spot and futures exchange on this machine: REST, WebSocket API, streams, one loopback port.",
    )
    made.add_argument("--host", default="127.0.0.1", help="a loopback address (default: %(default)s)")
    made.add_argument("--port", type=int, default=0, help="0 takes a free port (default)")
    made.add_argument("--seed", type=int, default=7, help="the same seed makes the same market (default: %(default)s)")
    made.add_argument("--clock", choices=[each.value for each in ClockMode], default=ClockMode.REAL.value)
    made.add_argument("--start-ms", type=int, help="a stepped clock's first time, milliseconds since the epoch")
    made.add_argument("--listen-keys", choices=["retired", "legacy"], default="retired")
    made.add_argument("--futures-streams", choices=[each.value for each in StreamMode], default=StreamMode.ROUTED.value)
    made.add_argument("--symbols", help="comma-separated names among the default symbols")
    made.add_argument("--balances", help='JSON object of first balances, e.g. \'{"USDT": "1000"}\'')
    made.add_argument("--futures-balance", help="USDT in the futures wallet of every account (default: 100000)")
    made.add_argument("--market", help="JSON object of market settings, e.g. '{\"volatility_bps\": 3}'")
    made.add_argument("--no-market", action="store_true", help="no makers, no takers: empty books")
    made.add_argument(
        "--ping-interval", type=float, help="seconds between two pings on WebSockets of spot (default: 20)"
    )
    made.add_argument("--journal", help="a file for every change the engine is asked for; with the seed it replays")
    made.add_argument("--watch-stdin", action="store_true", help="exit when standard input closes")
    return made


def settings_of(options: argparse.Namespace) -> VenueSettings:
    """Return the exchange's settings; raises ValueError for balances or market settings that are none."""
    settings = VenueSettings(
        seed=options.seed,
        clock=ClockMode(options.clock),
        start_us=None if options.start_ms is None else options.start_ms * 1_000,
        symbols=tuple(options.symbols.split(",")) if options.symbols else None,
        market=not options.no_market,
        legacy_listen_keys=options.listen_keys == "legacy",
        journal=options.journal,
        futures_streams=StreamMode(options.futures_streams),
    )
    if options.market:
        settings.market_settings = _market_settings(json.loads(options.market))
    if options.ping_interval is not None:
        if not options.ping_interval > 0:
            raise ValueError("pings are some time apart: --ping-interval takes a number above zero")
        settings.ping_interval_s = options.ping_interval
    if options.balances:
        given = json.loads(options.balances)
        settings.balances = {str(asset): _money(amount) for asset, amount in given.items()}
    if options.futures_balance:
        settings.futures_balance = _money(options.futures_balance)
    return settings


def _money(amount: object) -> Decimal:
    try:
        return Decimal(str(amount))
    except InvalidOperation:
        raise ValueError(f"{amount} is no amount of money") from None


def _market_settings(given: object) -> MarketSettings:
    known = {each.name for each in fields(MarketSettings)}
    if not isinstance(given, dict) or not set(given) <= known:
        raise ValueError(f"market settings are a JSON object with some of {', '.join(sorted(known))}")
    return MarketSettings(**given)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run an exchange until it is told to stop; return the exit status."""
    options = parser().parse_args(arguments)
    try:
        asyncio.run(_serve(options))
    except (NotLoopbackError, ValueError, OSError) as error:
        print(f"binance_nb.sandbox: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


async def _serve(options: argparse.Namespace) -> None:
    server = SandboxServer(venue := Venue(settings_of(options)), options.host, options.port)
    api_key, secret = os.environ.get(KEY_VARIABLE), os.environ.get(SECRET_VARIABLE)
    if not api_key or not secret:
        api_key, secret = new_secret(), new_secret()
        print(f"export {KEY_VARIABLE}={api_key}\nexport {SECRET_VARIABLE}={secret}", file=sys.stderr, flush=True)
    venue.keys.add_hmac(MAIN_ACCOUNT, api_key, secret)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(each, stop.set)
        except NotImplementedError:  # Windows has no such handlers; the process ends by being terminated there
            break
    if options.watch_stdin:
        threading.Thread(target=_watch_stdin, args=(loop, stop), daemon=True).start()
    async with server:
        ready = {
            "rest_url": server.rest_url,
            "ws_api_url": server.ws_api_url,
            "stream_url": server.stream_url,
            "futures_rest_url": server.futures_rest_url,
            "futures_ws_api_url": server.futures_ws_api_url,
            "futures_stream_url": server.futures_stream_url,
            "pid": os.getpid(),
        }
        print(json.dumps(ready), flush=True)
        await stop.wait()


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while sys.stdin.buffer.read(1_024):
        pass
    try:
        loop.call_soon_threadsafe(stop.set)
    except RuntimeError:  # the loop is closed already: the process is on its way out
        return


if __name__ == "__main__":
    sys.exit(main())
