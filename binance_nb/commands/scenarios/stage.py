"""Where a scenario plays: the client, the market's prices, sizes that the symbol allows, and how time passes."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, ROUND_UP, Decimal
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from binance_nb.errors import BinanceNBError
from binance_nb.models.fills import SPOT, USDM
from binance_nb.models.requests import SpotOrderRequest
from binance_nb.models.rule_checks.base import rounded
from binance_nb.notebook import BinanceClient
from binance_nb.stream.ledger import OPEN_STATES

if TYPE_CHECKING:
    from binance_nb.sandbox.control import SandboxControl

SYMBOL = "BTCUSDT"
"""What is traded, unless a stage says otherwise."""

PATIENCE = 40
"""How many pauses a resting order may take to fill before the scenario goes on without."""

STREAM_PATIENCE_S = 10.0
"""How long the stream may be silent about what has happened already."""

TIMES_THE_LEAST = 3
"""How much larger than the exchange's least an order is, so that it may fall in price and be cut in parts."""

Show = Callable[[str, pd.DataFrame], None]
Pause = Callable[[], None]
Steer = Callable[[Callable[["SandboxControl"], object]], None]


def show_nothing(_title: str, _frame: pd.DataFrame) -> None:
    """Take a frame and leave it at that."""


class Stage:
    """`pause` lets the market move: it sleeps, steps a sandbox's clock, or does nothing in a replay.

    `drop` cuts the user data stream's connection, and `steer` does something to a sandbox; in a replay of one they do
    nothing, since the recording does it.
    """

    def __init__(
        self,
        client: BinanceClient,
        *,
        pause: Pause,
        show: Show = show_nothing,
        drop: Callable[[], None] = lambda: None,
        steer: Steer = lambda _command: None,
        symbol: str = SYMBOL,
        run: str = "demo",
    ) -> None:
        """Keep who trades what, and where to show it; `run` begins every client order id."""
        self.client = client
        self.show = show
        self.pause = pause
        self.drop = drop
        self.steer = steer
        self.symbol = symbol
        self._ids = (f"{run}-{number:02d}" for number in itertools.count(1))

    def next_id(self) -> str:
        """Return the next client order id: the same ones every time, so that a replay asks for the same."""
        return next(self._ids)

    @cached_property
    def _rules(self) -> dict[str, Decimal]:
        info = self.client.get_exchange_info(self.symbol, exact=True).iloc[0]
        return {name: Decimal(info[name]) for name in ("tick_size", "step_size", "min_qty", "min_notional")}

    @property
    def tick(self) -> Decimal:
        """The step of prices."""
        return self._rules["tick_size"]

    def quotes(self) -> tuple[Decimal, Decimal]:
        """Return the best bid and the best ask of this moment."""
        ticker = self.client.get_book_ticker(self.symbol, raw=True)
        return Decimal(ticker["bidPrice"]), Decimal(ticker["askPrice"])  # type: ignore[arg-type]

    def beside_last(self, factor: str) -> Decimal:
        """Return the last price times `factor`, on the symbol's tick: what a trigger is measured by."""
        last = Decimal(self.client.get_price(self.symbol, raw=True)["price"])  # type: ignore[arg-type]
        return rounded(last * Decimal(factor), self.tick, ROUND_HALF_EVEN)

    def near(self, factor: str, side: int = 0) -> Decimal:
        """Return the best bid (0) or ask (1) times `factor`, on the symbol's tick."""
        return rounded(self.quotes()[side] * Decimal(factor), self.tick, ROUND_HALF_EVEN)

    def size(self, times: int = 1) -> Decimal:
        """Return a small quantity that the symbol allows at the present price."""
        rules = self._rules
        least = max(rules["min_qty"], rules["min_notional"] / self.quotes()[0])
        return rounded(least * TIMES_THE_LEAST * times, rules["step_size"], ROUND_UP)

    def place(self, side: str, order_type: str, **fields: object) -> int:
        """Place an order, show its frame and return its number."""
        request = SpotOrderRequest(
            symbol=self.symbol, side=side, order_type=order_type, new_client_order_id=self.next_id(), **fields
        )
        order = self.client.place_spot_order(request)
        self.show(f"{order_type} {side}", order)
        return int(order["order_id"].iloc[0])

    def until_ended(self, order_id: int) -> str:
        """Let the market move until an order has ended; cancel it when it takes too long; return its last state."""
        for _ in range(PATIENCE):
            order = self.client.get_order_status(self.symbol, order_id)
            if order["order_status"].iloc[0] not in OPEN_STATES:
                break
            self.pause()
        else:
            order = self.client.cancel_order_by_id(self.symbol, order_id)
        self.show(f"order {order_id} at its end", order)
        return str(order["order_status"].iloc[0])

    def refused(self, title: str, attempt: Callable[[], object]) -> None:
        """Do what must be refused, and show the refusal."""
        try:
            attempt()
        except BinanceNBError as error:
            row = {"what": title, "error": type(error).__name__, "code": getattr(error, "code", None) or 0}
            self.show(title, pd.DataFrame([{**row, "sentence": str(error)}]))
        else:
            raise AssertionError(f"{title} was not refused")

    def wait_for(self, holds: Callable[[], bool], what: str) -> None:
        """Wait for what the stream is about to bring. Raises TimeoutError if it does not come."""
        give_up = time.monotonic() + STREAM_PATIENCE_S
        while not holds():
            if time.monotonic() > give_up:
                raise TimeoutError(f"{what} did not come within {STREAM_PATIENCE_S:g} s")
            time.sleep(0.01)

    def wait_for_fills(self, order_id: int) -> None:
        """Wait until the stream has told of a fill of an order."""
        self.wait_for(lambda: len(self.client.fills(order_id=order_id)) > 0, f"a fill of order {order_id}")

    def settle(self) -> None:
        """Wait until the stream has told the end of every order that it told the beginning of."""
        if any(self.client.stream_status(product=each)["state"].iloc[0] == "connected" for each in (SPOT, USDM)):
            self.wait_for(lambda: not self.client.ledger.open_orders(), "the end of every order")
