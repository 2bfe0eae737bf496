"""Which order somebody waits for: the frame that placing returned, an order id, or a client order id."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from binance_nb.errors import InvalidOrderError
from binance_nb.models.events import NO_ID, ExecutionReport
from binance_nb.models.fills import SPOT, USDM


@dataclass(frozen=True, slots=True)
class Sought:
    """One order by one of its ids; the symbol is known if a frame was given."""

    symbol: str | None
    order_id: int | None
    client_order_id: str | None
    product: str = SPOT
    algo_id: int = NO_ID

    @classmethod
    def of(cls, order: pd.DataFrame | int | str, product: str = SPOT) -> Sought:
        """Return what `order` names; `product` is that of an id. Raises InvalidOrderError unless a frame has one row.

        A frame of futures orders is known by its column `algo_id`, and a conditional order by what stands there.
        """
        if isinstance(order, pd.DataFrame):
            if len(order) != 1:
                raise InvalidOrderError(f"wait for one order at a time: this frame holds {len(order)}")
            row = order.iloc[0]
            if "algo_id" not in row.index:
                return cls(str(row["symbol"]), int(row["order_id"]), None)
            return cls(str(row["symbol"]), int(row["order_id"]), None, USDM, int(row["algo_id"]))
        if isinstance(order, str):
            return cls(None, None, order, product)
        return cls(None, int(order), None, product)

    def __str__(self) -> str:
        """Name the order."""
        if self.algo_id != NO_ID:
            return f"conditional order {self.algo_id} of {self.symbol}"
        name = f"order {self.order_id if self.client_order_id is None else self.client_order_id}"
        return name if self.symbol is None else f"{name} of {self.symbol}"

    def matches(self, report: ExecutionReport) -> bool:
        """Return whether a report is of this order."""
        if report.product != self.product:
            return False
        if self.symbol is not None and report.symbol != self.symbol:
            return False
        if self.order_id is not None:
            return report.order_id == self.order_id
        return report.client_order_id == self.client_order_id
