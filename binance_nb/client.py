"""AsyncBinanceClient: every verb once, as a coroutine that returns a DataFrame."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal, Self

from binance_nb.config import BinanceConfig
from binance_nb.credentials import Credentials, Environment
from binance_nb.errors import SandboxError
from binance_nb.verbs.account import AccountVerbs
from binance_nb.verbs.changes import ChangeVerbs
from binance_nb.verbs.futures_account import FuturesAccountVerbs
from binance_nb.verbs.futures_changes import FuturesChangeVerbs
from binance_nb.verbs.futures_market import FuturesMarketVerbs
from binance_nb.verbs.lists import ListVerbs
from binance_nb.verbs.market import MarketVerbs
from binance_nb.verbs.queries import QueryVerbs
from binance_nb.verbs.recording import RecordingVerbs
from binance_nb.verbs.streams import StreamVerbs


class AsyncBinanceClient(
    ChangeVerbs,
    ListVerbs,
    QueryVerbs,
    AccountVerbs,
    MarketVerbs,
    FuturesChangeVerbs,
    FuturesAccountVerbs,
    FuturesMarketVerbs,
    RecordingVerbs,
    StreamVerbs,
):
    """Orders, account and market data of one Binance environment, as coroutines.

    `AsyncBinanceClient()` speaks to the testnet; `environment="demo"` or a BinanceConfig chooses another, and
    `testnet=False` is the flag for mainnet. Keys come from environment variables alone: see `binance_nb.credentials`.

    Its network runs on a thread of its own, so a verb may be awaited in a notebook cell, in a script, or from several
    loops. With `own_thread=False` everything runs on the loop that awaits it, which saves 0.15 ms a call in a program
    that has no cells to wait for. `transport="ws"` sends orders over the WebSocket API instead of REST.
    `ledger="fills.sqlite"` keeps reports and fills in that file; a client that opens it again carries on where the one
    before it ended, and its stream completes what happened meanwhile. Raises LedgerError where the file cannot be used.

    `environment="replay"` with a `cassette` (the name of a recording, or a `binance_nb.cassettes.Replay`) answers from
    that recording, without keys or network; without one it listens to `binance-nb replay` on this machine.

    Every verb that returns a frame takes `raw=True`, to return the decoded JSON instead, and `exact=True`, for Arrow
    decimals instead of float64.
    """

    @classmethod
    def sandbox(
        cls,
        *,
        own_thread: bool = True,
        transport: Literal["rest", "ws"] = "rest",
        ledger: str | Path | None = None,
        **options: Any,
    ) -> Self:
        """Return a client of a sandbox: an exchange of our own on this machine, with no key and no network.

        Joins the sandbox that the variable BINANCE_SANDBOX_URL names, if it is set and no options are given
        (`binance-nb lab` sets it); otherwise starts one, which ends with this client. The options are those of
        `binance_nb.sandbox.Sandbox.start`: `seed` chooses its market, `clock="stepped"` makes its time stand still
        until `client.sandbox_process.control.step(ms)`. Raises SandboxError if it does not start.
        """
        running = os.environ.get("BINANCE_SANDBOX_URL", "").strip()
        if running and not options:
            config = BinanceConfig(environment=Environment.SANDBOX, sandbox_base_url=running)
            return cls(config, own_thread=own_thread, transport=transport, ledger=ledger)
        from binance_nb.sandbox import Sandbox
        from binance_nb.sandbox import SandboxError as NotStarted

        try:
            process = Sandbox.start(**options)
        except NotStarted as error:
            raise SandboxError(str(error)) from None
        config = BinanceConfig(
            environment=Environment.SANDBOX,
            sandbox_base_url=process.rest_url,
            sandbox_ws_url=process.ws_api_url,
            sandbox_stream_url=process.stream_url,
        )
        client = cls(config, own_thread=own_thread, transport=transport, ledger=ledger)
        client.sandbox_process = process
        client._credentials = lambda: Credentials(process.api_key, api_secret=process.api_secret)
        client._futures_credentials = client._credentials
        return client
