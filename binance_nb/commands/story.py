"""The quickstart's story as a function: every kind of spot order placed, filled or cancelled, and looked at.

`binance-nb demo` tells it in a terminal; the first cassette is a recording of it.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from binance_nb.commands.scenarios.stage import PATIENCE, Stage
from binance_nb.errors import BinanceNBError
from binance_nb.models.requests import SpotOrderRequest
from binance_nb.stream.ledger import OPEN_STATES

STEPS = 9

Say = Callable[[str], None]


class Story:
    """One telling, on a stage."""

    def __init__(self, stage: Stage, *, say: Say) -> None:
        """Keep the stage, and where to tell what is done on it."""
        self.stage = stage
        self.client = stage.client
        self.show = stage.show
        self.pause = stage.pause
        self.symbol = stage.symbol
        self.say = say
        self.refusals: list[str] = []

    def tell(self) -> None:
        """Tell it all. Raises what the client raises; open orders are cancelled whatever happens."""
        try:
            self._look()
            self._market_orders()
            self._limit_that_fills()
            self._limit_that_waits()
            self._immediate_orders()
            self._maker()
            self._triggered_orders()
            self._refusals()
        finally:
            cancelled = self.client.cancel_all_orders(self.symbol)
            self._step(9, "Nothing left open")
            self.show(f"{len(cancelled)} orders cancelled at the end", cancelled)

    def _step(self, number: int, title: str) -> None:
        self.say(f"[{number}/{STEPS}] {title}")

    def _look(self) -> None:
        self._step(1, "The account, the symbol's rules, the book")
        self.show("balances", self.client.get_account_info())
        info = self.client.get_exchange_info(self.symbol)
        self.tick = Decimal(str(info["tick_size"].iloc[0]))
        self.show("rules", info[["symbol", "tick_size", "step_size", "min_qty", "min_notional"]])
        self.show("book", self.client.get_order_book(self.symbol, 3))
        self.show("candlesticks", self.client.get_klines(self.symbol, "1m", limit=3))

    def _market_orders(self) -> None:
        self._step(2, "MARKET, by base quantity and by quote amount")
        bought = self.client.place_market_order(self.symbol, "BUY", "0.02", new_client_order_id=self.stage.next_id())
        self.show("bought 0.02", bought)
        spent = self.client.place_market_order(
            self.symbol, "BUY", quote_order_qty="500", new_client_order_id=self.stage.next_id()
        )
        self.show("spent 500", spent)

    def _limit_that_fills(self) -> None:
        self._step(3, "LIMIT at the best ask: fills at once or soon")
        order = self.client.place_limit_order(
            self.symbol, "BUY", "0.01", self.stage.near("1", 1), new_client_order_id=self.stage.next_id()
        )
        order_id = int(order["order_id"].iloc[0])
        for _ in range(PATIENCE):
            order = self.client.get_order_status(self.symbol, order_id)
            if order["order_status"].iloc[0] not in OPEN_STATES:
                break
            self.pause()
        self.show("the order now", order)
        self.show("its trades", self.client.get_my_trades(self.symbol, order_id=order_id))

    def _limit_that_waits(self) -> None:
        self._step(4, "LIMIT far below the market: waits, and is cancelled by its id")
        order = self.client.place_limit_order(
            self.symbol, "BUY", "0.01", self.stage.near("0.9"), new_client_order_id=self.stage.next_id()
        )
        self.show("open orders", self.client.get_open_orders(self.symbol))
        cancelled = self.client.cancel_order_by_id(self.symbol, int(order["order_id"].iloc[0]))
        self.show("cancelled", cancelled)

    def _immediate_orders(self) -> None:
        self._step(5, "LIMIT IOC and FOK: at once or not at all")
        for time_in_force, factor in (("IOC", "1.001"), ("FOK", "1.001"), ("FOK", "0.95")):
            order = self.client.place_limit_order(
                self.symbol,
                "BUY",
                "0.01",
                self.stage.near(factor, 1),
                time_in_force=time_in_force,
                new_client_order_id=self.stage.next_id(),
            )
            self.show(f"{time_in_force} at {factor} of the ask", order)

    def _maker(self) -> None:
        self._step(6, "LIMIT_MAKER: refused rather than taking; cancelled by our own id")
        client_order_id = self.stage.next_id()
        order = self.client.place_spot_order(
            SpotOrderRequest(
                symbol=self.symbol,
                side="SELL",
                order_type="LIMIT_MAKER",
                quantity="0.01",
                price=self.stage.near("1.05", 1),
                new_client_order_id=client_order_id,
            )
        )
        self.show("resting", order)
        self.show("cancelled", self.client.cancel_order_by_id(self.symbol, client_order_id=client_order_id))

    def _triggered_orders(self) -> None:
        self._step(7, "Stops, take profits and a trailing stop, waiting for their trigger")
        low, high = self.stage.near("0.95"), self.stage.near("1.05")
        self.client.place_stop_loss_limit_order(
            self.symbol, "SELL", "0.01", self.stage.near("0.94"), low, new_client_order_id=self.stage.next_id()
        )
        self.client.place_take_profit_limit_order(
            self.symbol, "SELL", "0.01", high, high, new_client_order_id=self.stage.next_id()
        )
        for order_type, trigger in (
            ("STOP_LOSS", {"stop_price": low}),
            ("TAKE_PROFIT", {"stop_price": high}),
            ("STOP_LOSS", {"trailing_delta": 200}),
        ):
            self.client.place_spot_order(
                SpotOrderRequest(
                    symbol=self.symbol,
                    side="SELL",
                    order_type=order_type,
                    quantity="0.01",
                    new_client_order_id=self.stage.next_id(),
                    **trigger,
                )
            )
        waiting = self.client.get_open_orders(self.symbol)
        self.show("waiting", waiting[["order_id", "side", "order_type", "price", "stop_price", "order_status"]])
        self.client.cancel_all_orders(self.symbol)

    def _refusals(self) -> None:
        self._step(8, "What is refused here, and what the exchange refuses")
        for title, quantity, price in (
            ("a price that is not on a tick", "0.01", self.stage.near("0.9") + self.tick / 2),
            ("more than the account has", "100", self.stage.near("0.9")),
        ):
            try:
                self.client.place_limit_order(
                    self.symbol, "BUY", quantity, price, new_client_order_id=self.stage.next_id()
                )
            except BinanceNBError as error:
                self.refusals.append(f"{type(error).__name__}: {error}")
                self.say(f"      {title}\n        {self.refusals[-1]}")
