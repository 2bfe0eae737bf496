"""`binance-nb doctor`: is everything in place? Never prints a secret."""

from __future__ import annotations

import asyncio
import importlib.metadata
import platform
import sys
from dataclasses import dataclass

from binance_nb.client import AsyncBinanceClient
from binance_nb.config import BinanceConfig
from binance_nb.credentials import WHERE_KEYS_ARE_MADE, Environment, has_keys, variable_names
from binance_nb.errors import BinanceNBError
from binance_nb.models.fills import USDM

NEEDED = (
    "aiohttp",
    "cryptography",
    "httptools",
    "msgspec",
    "pandas",
    "pyarrow",
    "pydantic",
    "pydantic-settings",
    "tqdm",
)
FOR_NOTEBOOKS = ("jupyterlab", "ipywidgets", "anywidget", "ipykernel", "vcrpy")

TOLERABLE_OFFSET_MS = 1000
"""A request more than this ahead of the exchange's clock is refused (rest-api.md, "Timing security")."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `state` is "ok", "warn" or "fail"."""

    state: str
    subject: str
    words: str


def examine(environment: Environment | None = None) -> list[Finding]:
    """Look at Python, packages, keys and the reachability and clock of the chosen environment."""
    findings = [_python(), *map(_package, NEEDED), *(_package(name, optional=True) for name in FOR_NOTEBOOKS)]
    try:
        chosen = BinanceConfig().environment if environment is None else environment
        findings += _keys(chosen)
        findings += asyncio.run(_reach(chosen))
    except BinanceNBError as error:
        findings.append(Finding("fail", "settings", str(error)))
    return findings


def doctor(environment: Environment | None = None) -> int:
    """Print the findings; return 0 unless one of them is a failure."""
    findings = examine(environment)
    marks = {"ok": "ok  ", "warn": "note", "fail": "FAIL"}
    for finding in findings:
        print(f"{marks[finding.state]}  {finding.subject:<18} {finding.words}")
    failed = sum(finding.state == "fail" for finding in findings)
    print(f"\n{failed} problem{'' if failed == 1 else 's'} found." if failed else "\nAll is in place.")
    return 1 if failed else 0


def _python() -> Finding:
    fits = (3, 11) <= sys.version_info[:2] <= (3, 14)
    return Finding("ok" if fits else "fail", "python", f"{platform.python_version()} (3.11 to 3.14 are supported)")


def _package(name: str, *, optional: bool = False) -> Finding:
    try:
        return Finding("ok", name, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        if optional:
            return Finding("warn", name, 'missing: pip install "binance-nb[lab]" if you want notebooks')
        return Finding("fail", name, "missing: pip install binance-nb")


def _keys(chosen: Environment) -> list[Finding]:
    findings = []
    for environment in filter(lambda each: each.is_exchange, Environment):
        names = variable_names(environment)
        if has_keys(environment):
            words, state = f"set for {environment}{_and_futures(environment)}", "ok"
        else:
            words = f"none for {environment} ({names['api_key']} and {names['api_secret']})"
            state = "warn"
        mark = "  <- chosen" if environment is chosen else ""
        if environment is Environment.SANDBOX and state == "warn":
            words, state = "a sandbox makes its own", "ok"
        findings.append(Finding(state, f"keys {environment}", words + mark))
        if environment is Environment.TESTNET:
            findings.append(_testnet_futures_keys())
    return findings


def _and_futures(environment: Environment) -> str:
    """Return what to add where one pair of keys opens both products: everywhere but on the testnet."""
    return "" if environment is Environment.TESTNET else ", spot and futures"


def _testnet_futures_keys() -> Finding:
    subject = "keys futures"
    if has_keys(Environment.TESTNET, futures=True):
        return Finding("ok", subject, "set for the futures of testnet")
    names = variable_names(Environment.TESTNET, futures=True)
    words = (
        f"none for the futures of testnet ({names['api_key']} and {names['api_secret']}); they are those of demo "
        f"trading: {WHERE_KEYS_ARE_MADE[Environment.DEMO]}"
    )
    return Finding("warn", subject, words)


async def _reach(chosen: Environment) -> list[Finding]:
    client: AsyncBinanceClient | None = None
    try:
        if chosen is Environment.SANDBOX:
            client = AsyncBinanceClient.sandbox(own_thread=False)
        else:
            config = BinanceConfig(environment=chosen, testnet=chosen is not Environment.MAINNET, max_read_attempts=1)
            client = AsyncBinanceClient(config, own_thread=False)
        return [*await _spot(client, chosen), *await _futures(client, chosen)]
    except BinanceNBError as error:
        return [Finding("fail", "reachability", str(error))]
    finally:
        if client is not None:
            await client.close()


async def _spot(client: AsyncBinanceClient, chosen: Environment) -> list[Finding]:
    offset_ms, round_trip_ms = await client.measure_clock()
    return [Finding("ok", "reachability", f"{chosen} answers in {round_trip_ms:.0f} ms"), _clock("clock", offset_ms)]


async def _futures(client: AsyncBinanceClient, chosen: Environment) -> list[Finding]:
    """Look at USD-M futures; where they cannot be reached, spot can be used all the same."""
    config = client.config
    try:
        offset_ms, round_trip_ms = await client.measure_clock(product=USDM)
    except BinanceNBError as error:
        return [Finding("warn", "futures", f"{error}; spot does not need them")]
    where = f"REST {config.get_futures_base_url()}/fapi, streams {config.get_futures_stream_url()}"
    return [
        Finding("ok", "futures", f"{chosen} answers in {round_trip_ms:.0f} ms: {where}"),
        _clock("futures clock", offset_ms),
    ]


def _clock(subject: str, offset_ms: float) -> Finding:
    state = "ok" if abs(offset_ms) < TOLERABLE_OFFSET_MS else "warn"
    words = f"the exchange's is {offset_ms:+.0f} ms from this machine's (the client allows for it)"
    return Finding(state, subject, words)
