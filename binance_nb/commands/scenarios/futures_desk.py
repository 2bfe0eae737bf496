"""What the scenarios of USD-M futures share: prices of their book, sizes that it allows, and a desk left empty."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_UP, Decimal
from functools import cached_property
from typing import Any

import pandas as pd

from binance_nb.commands.scenarios.stage import PATIENCE, TIMES_THE_LEAST, Stage
from binance_nb.models.fills import USDM
from binance_nb.models.futures_requests import FuturesOrderRequest
from binance_nb.models.rule_checks.base import rounded
from binance_nb.stream.ledger import OPEN_STATES


class FuturesDesk:
    """One symbol's futures on a stage."""

    def __init__(self, stage: Stage) -> None:
        """Keep the stage; nothing is asked yet."""
        self.stage = stage
        self.client = stage.client
        self.symbol = stage.symbol

    @cached_property
    def _rules(self) -> dict[str, Decimal]:
        info = self.client.get_futures_exchange_info(self.symbol, exact=True)
        row = info[info["symbol"] == self.symbol].iloc[0]
        return {name: Decimal(row[name]) for name in ("tick_size", "step_size", "min_qty", "min_notional")}

    def quotes(self) -> tuple[Decimal, Decimal]:
        """Return the best bid and the best ask of this moment."""
        ticker: Any = self.client.get_futures_book_ticker(self.symbol, raw=True)
        return Decimal(ticker["bidPrice"]), Decimal(ticker["askPrice"])

    def near(self, factor: str, side: int = 0) -> Decimal:
        """Return the best bid (0) or ask (1) times `factor`, on the symbol's tick."""
        return self.on_tick(self.quotes()[side] * Decimal(factor))

    def beside_last(self, factor: str) -> Decimal:
        """Return the last price times `factor`, on the symbol's tick: what triggers are measured by."""
        answer: Any = self.client.get_futures_price(self.symbol, raw=True)
        return self.on_tick(Decimal(answer["price"]) * Decimal(factor))

    def on_tick(self, price: Decimal) -> Decimal:
        """Return the nearest price that the symbol allows."""
        return rounded(price, self._rules["tick_size"], ROUND_HALF_EVEN)

    def size(self, times: int = 1) -> Decimal:
        """Return a small quantity that the symbol allows at the present price."""
        rules = self._rules
        least = max(rules["min_qty"], rules["min_notional"] / self.quotes()[0])
        return rounded(least * TIMES_THE_LEAST * times, rules["step_size"], ROUND_UP)

    def now_ms(self) -> int:
        """Return the exchange's time as it answers it, so that a replay asks for the same moments."""
        answer: Any = self.client.get_futures_mark_price(self.symbol, raw=True)
        return int(answer["time"])

    def request(self, side: str, order_type: str, **fields: object) -> FuturesOrderRequest:
        """Return an order of the symbol under the next client order id."""
        return FuturesOrderRequest(
            symbol=self.symbol,
            side=side,
            order_type=order_type,
            new_client_order_id=self.stage.next_id(),
            **fields,
        )

    def market(self, side: str, quantity: Decimal, **fields: Any) -> int:
        """Buy or sell at once, wait until the stream has told of it, and return the order's number.

        The answer is not shown: whether it knows the price depends on whether the stream was faster.
        """
        order = self.client.place_futures_market_order(
            self.symbol, side, quantity, new_client_order_id=self.stage.next_id(), **fields
        )
        number = int(order["order_id"].iloc[0])
        self.stage.wait_for_fills(number)
        return number

    def limit(self, title: str, side: str, quantity: Decimal, price: Decimal | None = None, **fields: Any) -> int:
        """Place a LIMIT order, show how it stands and return its number."""
        order = self.client.place_futures_limit_order(
            self.symbol, side, quantity, price, new_client_order_id=self.stage.next_id(), **fields
        )
        number = int(order["order_id"].iloc[0])
        self.stage.show(title, self.client.get_futures_order_status(self.symbol, number))
        return number

    def conditional(self, side: str, order_type: str, **fields: object) -> int:
        """Place a conditional order, show it and return its number in the Algo Service."""
        order = self.client.place_futures_order(self.request(side, order_type, **fields))
        self.stage.show(f"{order_type} {side}", order)
        return int(order["algo_id"].iloc[0])

    def until_ended(self, algo_id: int, pauses: int = 1) -> None:
        """Let the market move until a conditional order has ended; cancel it when it takes too long; show its end.

        `pauses` are made between two looks at it: the further its trigger, the more.
        """
        for _ in range(PATIENCE):
            order = self.client.get_futures_order_status(self.symbol, algo_id=algo_id)
            if order["order_status"].iloc[0] not in OPEN_STATES:
                break
            for _ in range(pauses):
                self.stage.pause()
        else:
            order = self.client.cancel_futures_order_by_id(self.symbol, algo_id=algo_id)
        self.stage.show(f"conditional order {algo_id} at its end", order)

    def empty(self) -> None:
        """Cancel what waits and close what is held, in either position mode, without opening anything."""
        self.client.cancel_all_futures_orders(self.symbol)
        positions: Any = self.client.get_futures_positions(self.symbol, raw=True)
        for position in positions:
            amount = Decimal(position["positionAmt"])
            if amount:
                one_way = position["positionSide"] == "BOTH"
                how = {"reduce_only": True} if one_way else {"position_side": position["positionSide"]}
                self.market("SELL" if amount > 0 else "BUY", abs(amount), **how)
        self.stage.wait_for(self.is_told_empty, "the end of every position")

    def is_told_empty(self) -> bool:
        """Return whether the last that the stream told of each position is that there is none."""
        events = self.client.futures_account_events()
        told = events[(events["symbol"] == self.symbol) & events["position_amt"].notna()]
        return not told.groupby("position_side", observed=True)["position_amt"].last().any()

    def algo_updates(self) -> pd.DataFrame:
        """Return what the stream told of conditional orders, one row an ALGO_UPDATE."""
        rows = [
            {
                "algo_id": update.algo_id,
                "order_type": update.order_type,
                "algo_status": update.algo_status,
                "order_id": update.order_id,
                "cumulative_filled_qty": float(update.cumulative_filled_qty),
                "reason": update.reason,
            }
            for update in self.client.futures_algo_updates()
        ]
        return pd.DataFrame(rows)

    def show_stream(self) -> None:
        """Show what the stream told besides the orders' reports."""
        self.stage.show("account events", self.client.futures_account_events())
        self.stage.show("conditional orders", self.algo_updates())

    def is_connected(self) -> bool:
        """Whether the futures stream is heard."""
        return bool(self.client.stream_status(product=USDM)["state"].iloc[0] == "connected")
