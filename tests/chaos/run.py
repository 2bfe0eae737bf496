"""A seeded run of fills through everything that can go wrong, and the comparison with the exchange's own list."""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pandas as pd

from binance_nb import BinanceClient, BinanceConfig, FuturesOrderRequest
from binance_nb.sandbox import Sandbox
from binance_nb.stream.sqlite_ledger import SqliteLedger

ROOT = Path(__file__).resolve().parents[2]
SYMBOL = "BTCUSDT"
PRICE = Decimal(60000)
LOT = Decimal("0.0001")
FUTURES_LOT = "0.001"
COMPARED = [
    "trade_id",
    "order_id",
    "side",
    "last_executed_qty",
    "last_executed_price",
    "last_quote_qty",
    "commission_amount",
    "commission_asset",
    "is_maker",
    "transaction_time",
]
TROUBLES = [
    *["cut"] * 3,
    "freeze",
    "duplicate",
    "reorder",
    "withhold",
    "release",
    "shutdown",
    "refusal",
    "rate_limit",
    "none",
]
SETTLE_S = 90.0
PAUSE_S = 0.6


@dataclass
class Figures:
    """What happened in a run."""

    fills: int = 0
    troubles: Counter[str] = field(default_factory=Counter)
    lives: list[dict[str, int]] = field(default_factory=list)
    seconds: float = 0.0


class Listener:
    """The process under test, as its killer sees it."""

    def __init__(self, sandbox: Sandbox, folder: Path, product: str) -> None:
        """Start the first life."""
        self._sandbox = sandbox
        self._product = product
        self.ledger = folder / "fills.sqlite"
        self.told = folder / "told.txt"
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[str]":
        keys = {
            "BINANCE_SANDBOX_API_KEY": self._sandbox.api_key.get_secret_value(),
            "BINANCE_SANDBOX_API_SECRET": self._sandbox.api_secret.get_secret_value(),
        }
        command = [sys.executable, "-m", "tests.chaos.listener", self._sandbox.rest_url, self._sandbox.ws_api_url]
        process = subprocess.Popen(
            [*command, str(self.ledger), str(self.told), self._product, SYMBOL],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
            env={**os.environ, **keys, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
        )
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready", "the listener did not start"
        return process

    def ask(self, what: str) -> dict[str, int]:
        """Send a command and return the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(what + "\n")
        self._process.stdin.flush()
        answer: dict[str, int] = json.loads(self._process.stdout.readline())
        return answer

    def kill(self) -> None:
        """End this life at once."""
        self._process.kill()
        self._process.wait()

    def live_again(self) -> None:
        """Begin another life on the same ledger."""
        self._process = self._start()

    def end(self) -> dict[str, int]:
        """End the last life in good order; return its figures."""
        figures = self.ask("end")
        self._process.wait(30)
        return figures


class Chaos:
    """One run: the same seed asks for the same fills and the same troubles."""

    def __init__(self, folder: Path, *, seed: int, limit_s: float, product: str = "spot") -> None:
        """Start the exchange, a trader on it and the listener."""
        self._rng = random.Random(seed)
        self._give_up = time.monotonic() + limit_s
        self._product = PRODUCTS[product]
        # Futures are filled by the house that makes their market; on spot the run places the other side itself.
        self._sandbox = Sandbox.start(seed=seed, market=product == "usdm")
        self._control = self._sandbox.control
        self._control.set_limits(product=self._product.hall, enabled=False)
        keys = (self._sandbox.api_key.get_secret_value(), self._sandbox.api_secret.get_secret_value())
        os.environ["BINANCE_SANDBOX_API_KEY"], os.environ["BINANCE_SANDBOX_API_SECRET"] = keys
        self._trader = BinanceClient(BinanceConfig(environment="sandbox", sandbox_base_url=self._sandbox.rest_url))
        self.figures = Figures()
        self.listener = Listener(self._sandbox, folder, product)

    def run(self, fills: int, *, kills: int) -> Figures:
        """Make so many fills, killing the listener so many times; then compare. Raises AssertionError."""
        began = time.monotonic()
        kill_at = sorted(self._rng.randrange(fills) for _ in range(kills))
        try:
            while self.figures.fills < fills:
                self._trouble()
                time.sleep(self._rng.uniform(0, PAUSE_S))  # now and then the stream is back when the next trouble comes
                is_killed = bool(kill_at) and kill_at[0] <= self.figures.fills
                self._trade(self._rng.randint(5, 40))
                if is_killed:
                    kill_at.pop(0)
                    self.listener.kill()
                    self.figures.troubles["kill"] += 1
                    self._trade(self._rng.randint(1, 20))
                    self.listener.live_again()
                if time.monotonic() > self._give_up:
                    break
            self._settle()
            self.figures.lives.append(self.listener.end())
            self._compare()
        finally:
            self.listener.kill()
            self._trader.close()
            self._sandbox.close()
        self.figures.seconds = time.monotonic() - began
        return self.figures

    def _trade(self, count: int) -> None:
        """Make so many fills."""
        self.figures.fills += self._product.trade(self, count)

    def trade_futures(self, count: int) -> int:
        """Buy or sell at market a little at a time; each order is filled by the house, in one piece or several."""
        side, wanted = "BUY" if self._rng.random() < 0.5 else "SELL", count
        while count > 0:
            orders = [
                FuturesOrderRequest(symbol=SYMBOL, side=side, order_type="MARKET", quantity=FUTURES_LOT)
                for _ in range(min(count, 5))
            ]
            placed = self._trader.place_futures_batch_orders(orders)
            assert (placed["order_status"] == "FILLED").all()
            count -= len(orders)
        return wanted

    def trade_spot(self, count: int) -> int:
        """Let an order of ours be filled lot by lot, as maker, or as taker of the house's orders."""
        side, other = ("BUY", "SELL") if self._rng.random() < 0.5 else ("SELL", "BUY")
        quantity = str(LOT * count)
        if self._rng.random() < 0.5:
            order = self._trader.place_limit_order(SYMBOL, side, quantity, str(PRICE))
            for _ in range(count if self._rng.random() < 0.8 else count - 1):
                self._control.counter_order(SYMBOL, other, LOT, PRICE)
            if (
                self._trader.get_order_status(SYMBOL, int(order["order_id"].iloc[0]))["order_status"].iloc[0]
                != "FILLED"
            ):
                self._trader.cancel_order_by_id(SYMBOL, int(order["order_id"].iloc[0]))
                count -= 1
        else:
            for _ in range(count):
                self._control.counter_order(SYMBOL, other, LOT, PRICE)
            self._trader.place_limit_order(SYMBOL, side, quantity, str(PRICE), time_in_force="IOC")
        return count

    def _trouble(self) -> None:
        trouble = self._rng.choice(TROUBLES)
        self.figures.troubles[trouble] += 1
        match trouble:
            case "cut":
                self._control.drop_sockets()
            case "freeze":
                self._control.freeze_sockets()
            case "duplicate" | "reorder" | "withhold":
                self._control.stream_fault(trouble, self._product.event, times=self._rng.randint(1, 10))
            case "release":
                self._control.release_events()
            case "shutdown":
                self._control.maintenance(True)
                time.sleep(self._rng.uniform(0, 0.2))
                self._control.maintenance(False)
            case "refusal":
                kind = self._rng.choice(["busy_503", "drop_after", "cut", "internal_503"])
                self._control.fault(kind, self._rng.choice(self._product.questions), times=2)
                self._control.drop_sockets()
            case "rate_limit":
                self._control.set_limits(
                    product=self._product.hall, enabled=True, weight=1, refusals_before_ban=1_000_000
                )
                self._control.drop_sockets()
                time.sleep(self._rng.uniform(0.2, 0.8))
                self._control.set_limits(product=self._product.hall, enabled=False, weight=6000)
                self._control.reset_limits()

    def _settle(self) -> None:
        """Let everything go well, cut once more, and wait until nothing more comes."""
        self._control.clear_faults()
        self._control.drop_sockets()
        expected = len(self._product.trades(self._trader))
        assert expected >= self.figures.fills
        give_up = time.monotonic() + SETTLE_S
        while True:
            told = self.listener.ask("count")
            if told["fills"] == expected and told["state"] == "connected":
                return
            assert time.monotonic() < give_up, f"{told} after {SETTLE_S:g} s, and the exchange has {expected} trades"
            time.sleep(0.2)

    def _compare(self) -> None:
        theirs = self._product.trades(self._trader)
        ledger = SqliteLedger(self.listener.ledger, "sandbox")
        ours = ledger.fills_frame(exact=True).sort_values("trade_id", ignore_index=True)
        assert len(ours) == len(theirs)
        for column in (*COMPARED, *self._product.compared):
            assert ours[column].tolist() == theirs[column].tolist(), column
        reports = ledger.reports_frame().query("execution_type == 'TRADE'")
        assert sorted(reports["trade_id"]) == theirs["trade_id"].tolist()
        told = self.listener.told.read_text().splitlines()
        assert len(told) == len(set(told)), "a fill was told twice"
        assert {int(line.split()[1]) for line in told} <= set(ours["trade_id"]), "a fill was told and is not on disk"
        assert ledger.open_orders(product=self._product.name) == [], "an order that has ended is taken for open"
        ledger.close()
        self.figures.fills = len(ours)


@dataclass(frozen=True)
class Product:
    """What differs between the products in a run."""

    name: str
    hall: str
    event: str
    questions: tuple[str, str]
    compared: tuple[str, ...]
    trade: Callable[[Chaos, int], int]
    trades: Callable[[BinanceClient], pd.DataFrame]


PRODUCTS = {
    "spot": Product(
        name="spot",
        hall="spot",
        event="executionReport",
        questions=("myTrades", "openOrders.status"),
        compared=(),
        trade=Chaos.trade_spot,
        trades=lambda client: client.get_my_trades(SYMBOL, exact=True),
    ),
    "usdm": Product(
        name="usdm",
        hall="futures",
        event="ORDER_TRADE_UPDATE",
        questions=("futures:userTrades", "futures:openOrders"),
        compared=("realized_pnl", "position_side"),
        trade=Chaos.trade_futures,
        trades=lambda client: client.get_futures_trades(SYMBOL, exact=True),
    ),
}
