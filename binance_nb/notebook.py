"""BinanceClient: the verbs of AsyncBinanceClient for a notebook cell, without `await`."""

from __future__ import annotations

import atexit
import concurrent.futures
import contextlib
import functools
import weakref
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, Self, TypeVar

import pandas as pd

from binance_nb.client import AsyncBinanceClient
from binance_nb.config import BinanceConfig
from binance_nb.errors import OrderStatusUnknown
from binance_nb.models.events import BalanceUpdate, ExecutionReport
from binance_nb.models.fills import SPOT
from binance_nb.models.futures_events import AlgoUpdate, FuturesEvent
from binance_nb.stream.ledger import Ledger
from binance_nb.stream.manager import StreamStatus
from binance_nb.stream.subscribers import Callback, Subscription
from binance_nb.transport.thread import NetworkThread
from binance_nb.verbs.given import Product

if TYPE_CHECKING:
    from binance_nb.cassettes.server import Replay
    from binance_nb.sandbox import Sandbox

P = ParamSpec("P")
R = TypeVar("R")

CLOSE_WITHIN_S = 5.0
"""How long the end of the interpreter waits for connections to close."""


def blocking(
    verb: Callable[Concatenate[AsyncBinanceClient, P], Coroutine[Any, Any, R]],
) -> Callable[Concatenate[BinanceClient, P], R]:
    """Return the blocking form of a coroutine verb, with its parameters, annotations and docstring."""

    @functools.wraps(verb)
    def call(self: BinanceClient, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return self._run(verb(self.asynchronous, *args, **kwargs))

    return call


class BinanceClient:
    """Orders, account and market data of one Binance environment, for notebook cells.

    `BinanceClient.sandbox()` starts an exchange on this machine and needs no key. `BinanceClient()` speaks to the
    testnet, `BinanceClient(environment="demo")` to demo trading, `BinanceClient(testnet=False)` to mainnet. Keys come
    from environment variables alone: see `binance_nb.credentials`.

    Every verb blocks its cell until the answer is there, and returns a DataFrame; `raw=True` returns the decoded JSON,
    `exact=True` Arrow decimals instead of float64. The network runs on a thread of its own, so the user data stream
    goes on while a cell computes. In a widget callback use `submit`, which does not block.
    """

    def __init__(
        self,
        config: BinanceConfig | None = None,
        *,
        environment: str | None = None,
        testnet: bool = True,
        transport: Literal["rest", "ws"] = "rest",
        ledger: str | Path | None = None,
        cassette: str | Path | Replay | None = None,
    ) -> None:
        """Keep the settings; nothing is opened, and no key is read, before the first request.

        `transport="ws"` sends orders over the WebSocket API instead of REST, with the same results and errors.
        `ledger="fills.sqlite"` keeps reports and fills in that file; a client that opens it again carries on where the
        one before it ended, and its stream completes what happened meanwhile. Raises LedgerError where the file is in
        use, damaged, of another environment or of a newer version.

        `environment="replay", cassette="demo_sandbox"` answers from that recording, without keys or network; a
        `binance_nb.cassettes.Replay` in its place says how fast. Raises CassetteError where it cannot be played.
        """
        self._adopt(
            AsyncBinanceClient(
                config,
                environment=environment,
                testnet=testnet,
                transport=transport,
                ledger=ledger,
                cassette=cassette,
            )
        )

    def _adopt(self, asynchronous: AsyncBinanceClient) -> None:
        assert asynchronous.network is not None
        self.asynchronous = asynchronous
        self._network: NetworkThread = asynchronous.network
        _OPEN.add(self)

    @classmethod
    def sandbox(cls, **options: Any) -> Self:
        """Return a client of a sandbox: an exchange of our own on this machine, with no key and no network.

        Joins the sandbox that the variable BINANCE_SANDBOX_URL names, if it is set and no options are given
        (`binance-nb lab` sets it); otherwise starts one, which ends with this client. The options are those of
        `binance_nb.sandbox.Sandbox.start`: `seed` chooses its market, `clock="stepped"` makes its time stand still
        until `client.sandbox_process.control.step(ms)`. Raises SandboxError if it does not start.
        """
        client = cls.__new__(cls)
        client._adopt(AsyncBinanceClient.sandbox(**options))
        return client

    def __repr__(self) -> str:
        """Name the environment, and nothing secret."""
        return f"<BinanceClient {self.environment} {self.config.get_base_url()}>"

    def __enter__(self) -> Self:
        """Return itself, to be closed at the end of a with-statement."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Close the client."""
        self.close()

    def _run(self, work: Coroutine[Any, Any, R]) -> R:
        try:
            return self._network.run(work)
        except OrderStatusUnknown as error:
            error._run = self._run  # so that error.resolve() works in a cell
            raise
        except KeyboardInterrupt as interrupt:
            interrupt.add_note(
                "What was asked for goes on in the background: an order that has left cannot be called back by not "
                "waiting for it. Look at get_open_orders() and fills()."
            )
            raise

    async def _resolvable(self, work: Coroutine[Any, Any, R]) -> R:
        try:
            return await work
        except OrderStatusUnknown as error:
            error._run = self._run  # and after a callback
            raise

    def submit(self, verb: str, *args: Any, **kwargs: Any) -> concurrent.futures.Future[Any]:
        """Start a verb by its name and return a Future at once: the way to call from a widget's callback.

        `client.submit("place_limit_order", "BTCUSDT", "BUY", "0.001", "60000").add_done_callback(show)`
        """
        return self._network.submit(self._resolvable(getattr(self.asynchronous, verb)(*args, **kwargs)))

    # What the client is

    @property
    def config(self) -> BinanceConfig:
        """The settings."""
        return self.asynchronous.config

    @property
    def environment(self) -> str:
        """Where orders go: "sandbox", "testnet", "demo" or "mainnet"; "replay" if they go nowhere."""
        return self.asynchronous.environment

    @property
    def ledger(self) -> Ledger:
        """The reports and fills known so far."""
        return self.asynchronous.ledger

    @property
    def stream_state(self) -> StreamStatus:
        """How the user data stream is doing."""
        return self.asynchronous.stream.status

    @property
    def futures_stream_state(self) -> StreamStatus:
        """How the user data stream of USD-M futures is doing."""
        return self.asynchronous.futures_stream.status

    @property
    def sandbox_process(self) -> Sandbox | None:
        """The sandbox that this client started, with its `.control`; None for any other."""
        return self.asynchronous.sandbox_process

    @property
    def replay(self) -> Replay | None:
        """The recording that this client is answered from, to be stepped through; None for an exchange."""
        return self.asynchronous.replay

    # The verbs, each written once in AsyncBinanceClient

    place_spot_order = blocking(AsyncBinanceClient.place_spot_order)
    place_market_order = blocking(AsyncBinanceClient.place_market_order)
    place_limit_order = blocking(AsyncBinanceClient.place_limit_order)
    place_stop_loss_limit_order = blocking(AsyncBinanceClient.place_stop_loss_limit_order)
    place_take_profit_limit_order = blocking(AsyncBinanceClient.place_take_profit_limit_order)
    test_order = blocking(AsyncBinanceClient.test_order)
    cancel_order_by_id = blocking(AsyncBinanceClient.cancel_order_by_id)
    cancel_all_orders = blocking(AsyncBinanceClient.cancel_all_orders)
    get_order_status = blocking(AsyncBinanceClient.get_order_status)
    get_open_orders = blocking(AsyncBinanceClient.get_open_orders)
    get_all_orders = blocking(AsyncBinanceClient.get_all_orders)
    get_my_trades = blocking(AsyncBinanceClient.get_my_trades)
    get_account_info = blocking(AsyncBinanceClient.get_account_info)
    get_exchange_info = blocking(AsyncBinanceClient.get_exchange_info)
    cancel_replace_order = blocking(AsyncBinanceClient.cancel_replace_order)
    amend_order = blocking(AsyncBinanceClient.amend_order)
    place_oco_order = blocking(AsyncBinanceClient.place_oco_order)
    place_oto_order = blocking(AsyncBinanceClient.place_oto_order)
    place_otoco_order = blocking(AsyncBinanceClient.place_otoco_order)
    place_opo_order = blocking(AsyncBinanceClient.place_opo_order)
    place_opoco_order = blocking(AsyncBinanceClient.place_opoco_order)
    cancel_order_list = blocking(AsyncBinanceClient.cancel_order_list)
    get_order_list = blocking(AsyncBinanceClient.get_order_list)
    get_open_order_lists = blocking(AsyncBinanceClient.get_open_order_lists)
    get_all_order_lists = blocking(AsyncBinanceClient.get_all_order_lists)
    check_order = blocking(AsyncBinanceClient.check_order)
    get_commission_rates = blocking(AsyncBinanceClient.get_commission_rates)
    get_my_filters = blocking(AsyncBinanceClient.get_my_filters)
    get_unfilled_order_count = blocking(AsyncBinanceClient.get_unfilled_order_count)
    get_order_amendments = blocking(AsyncBinanceClient.get_order_amendments)
    get_prevented_matches = blocking(AsyncBinanceClient.get_prevented_matches)
    get_allocations = blocking(AsyncBinanceClient.get_allocations)
    get_klines = blocking(AsyncBinanceClient.get_klines)
    get_order_book = blocking(AsyncBinanceClient.get_order_book)
    get_book_ticker = blocking(AsyncBinanceClient.get_book_ticker)
    get_price = blocking(AsyncBinanceClient.get_price)
    rate_limits = blocking(AsyncBinanceClient.rate_limits)
    place_futures_order = blocking(AsyncBinanceClient.place_futures_order)
    place_futures_market_order = blocking(AsyncBinanceClient.place_futures_market_order)
    place_futures_limit_order = blocking(AsyncBinanceClient.place_futures_limit_order)
    test_futures_order = blocking(AsyncBinanceClient.test_futures_order)
    place_futures_batch_orders = blocking(AsyncBinanceClient.place_futures_batch_orders)
    check_futures_order = blocking(AsyncBinanceClient.check_futures_order)
    modify_futures_order = blocking(AsyncBinanceClient.modify_futures_order)
    modify_futures_batch_orders = blocking(AsyncBinanceClient.modify_futures_batch_orders)
    cancel_futures_order_by_id = blocking(AsyncBinanceClient.cancel_futures_order_by_id)
    cancel_futures_batch_orders = blocking(AsyncBinanceClient.cancel_futures_batch_orders)
    cancel_all_futures_orders = blocking(AsyncBinanceClient.cancel_all_futures_orders)
    set_futures_countdown_cancel = blocking(AsyncBinanceClient.set_futures_countdown_cancel)
    get_futures_order_status = blocking(AsyncBinanceClient.get_futures_order_status)
    get_futures_open_orders = blocking(AsyncBinanceClient.get_futures_open_orders)
    get_all_futures_orders = blocking(AsyncBinanceClient.get_all_futures_orders)
    get_futures_trades = blocking(AsyncBinanceClient.get_futures_trades)
    get_futures_positions = blocking(AsyncBinanceClient.get_futures_positions)
    get_futures_account_info = blocking(AsyncBinanceClient.get_futures_account_info)
    get_futures_balances = blocking(AsyncBinanceClient.get_futures_balances)
    get_futures_symbol_config = blocking(AsyncBinanceClient.get_futures_symbol_config)
    set_futures_leverage = blocking(AsyncBinanceClient.set_futures_leverage)
    set_futures_margin_type = blocking(AsyncBinanceClient.set_futures_margin_type)
    change_futures_position_margin = blocking(AsyncBinanceClient.change_futures_position_margin)
    get_futures_position_mode = blocking(AsyncBinanceClient.get_futures_position_mode)
    set_futures_position_mode = blocking(AsyncBinanceClient.set_futures_position_mode)
    get_futures_leverage_brackets = blocking(AsyncBinanceClient.get_futures_leverage_brackets)
    get_futures_commission_rates = blocking(AsyncBinanceClient.get_futures_commission_rates)
    get_futures_income = blocking(AsyncBinanceClient.get_futures_income)
    get_futures_exchange_info = blocking(AsyncBinanceClient.get_futures_exchange_info)
    get_futures_klines = blocking(AsyncBinanceClient.get_futures_klines)
    get_futures_order_book = blocking(AsyncBinanceClient.get_futures_order_book)
    get_futures_book_ticker = blocking(AsyncBinanceClient.get_futures_book_ticker)
    get_futures_price = blocking(AsyncBinanceClient.get_futures_price)
    get_futures_mark_price = blocking(AsyncBinanceClient.get_futures_mark_price)
    futures_rate_limits = blocking(AsyncBinanceClient.futures_rate_limits)
    record_market = blocking(AsyncBinanceClient.record_market)
    stop_recording = blocking(AsyncBinanceClient.stop_recording)
    get_agg_trades = blocking(AsyncBinanceClient.get_agg_trades)
    get_kline_history = blocking(AsyncBinanceClient.get_kline_history)
    start_stream = blocking(AsyncBinanceClient.start_stream)
    stop_stream = blocking(AsyncBinanceClient.stop_stream)
    watch_symbols = blocking(AsyncBinanceClient.watch_symbols)
    wait_for_fill = blocking(AsyncBinanceClient.wait_for_fill)
    create_listen_key = blocking(AsyncBinanceClient.create_listen_key)
    keepalive_listen_key = blocking(AsyncBinanceClient.keepalive_listen_key)
    close_listen_key = blocking(AsyncBinanceClient.close_listen_key)
    measure_clock = blocking(AsyncBinanceClient.measure_clock)
    close = blocking(AsyncBinanceClient.close)

    # What needs no network

    def execution_reports(
        self,
        symbol: str | None = None,
        *,
        order_id: int | None = None,
        product: Product | None = None,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Return the execution reports heard so far (schema `schemas.REPORTS`), without any request."""
        return self.asynchronous.execution_reports(symbol, order_id=order_id, product=product, exact=exact)

    def fills(
        self,
        symbol: str | None = None,
        *,
        order_id: int | None = None,
        product: Product | None = None,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Return the fills known so far, one row a trade (schema `schemas.FILLS`), without any request."""
        return self.asynchronous.fills(symbol, order_id=order_id, product=product, exact=exact)

    def stream_status(self, *, product: Product = SPOT) -> pd.DataFrame:
        """Return the health of the stream as one row (schema `schemas.STREAM_STATUS`), without any request."""
        return self.asynchronous.stream_status(product=product)

    def replay_since(self, number: int) -> list[ExecutionReport]:
        """Return the reports after the one whose `.number` this is, from the ledger: what a slow reader missed."""
        return self.asynchronous.replay_since(number)

    def stream_gaps(self) -> pd.DataFrame:
        """Return the times without the stream and what was completed afterwards (schema `schemas.GAPS`)."""
        return self.asynchronous.stream_gaps()

    def subscribe(self, callback: Callback) -> Subscription[ExecutionReport]:
        """Call `callback` with each ExecutionReport from now on, on a thread of its own; `.close()` ends it."""
        return self.asynchronous.subscribe(callback)

    def subscribe_balances(self, callback: Callable[[BalanceUpdate], Any]) -> Subscription[BalanceUpdate]:
        """Call `callback` with what the spot stream tells of balances, on a thread of its own; `.close()` ends it."""
        return self.asynchronous.subscribe_balances(callback)

    def subscribe_futures_events(self, callback: Callable[[FuturesEvent], Any]) -> Subscription[FuturesEvent]:
        """Call `callback` with what the futures stream tells besides reports, on a thread of its own."""
        return self.asynchronous.subscribe_futures_events(callback)

    def get_user_data_stream_url(self, listen_key: str | None = None, *, product: Product = SPOT) -> str:
        """Return where the user data stream comes from: the WebSocket API, or with a listen key the address of it."""
        return self.asynchronous.get_user_data_stream_url(listen_key, product=product)

    def futures_account_events(self, *, exact: bool = False) -> pd.DataFrame:
        """Return what the futures stream told of balances, positions, leverage and margin calls, oldest first."""
        return self.asynchronous.futures_account_events(exact=exact)

    def futures_algo_updates(self) -> list[AlgoUpdate]:
        """Return what the futures stream told of conditional orders, oldest first; the newest 10,000."""
        return self.asynchronous.futures_algo_updates()


_OPEN: weakref.WeakSet[BinanceClient] = weakref.WeakSet()


def open_clients() -> list[BinanceClient]:
    """Return the clients of this process, closed ones included as long as somebody holds them."""
    return list(_OPEN)


@atexit.register
def _close_all() -> None:
    for client in open_clients():
        with contextlib.suppress(Exception):
            client._network.run(client.asynchronous.close(), CLOSE_WITHIN_S)
