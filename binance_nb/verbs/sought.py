"""Which order somebody waits for: the frame that placing returned, an order id, or a client order id."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from binance_nb.errors import InvalidOrderError
from binance_nb.models.events import ExecutionReport


@dataclass(frozen=True, slots=True)
class Sought:
    """One order by one of its ids; the symbol is known if a frame was given."""

    symbol: str | None
    order_id: int | None
    client_order_id: str | None

    @classmethod
    def of(cls, order: pd.DataFrame | int | str) -> Sought:
        """Return what `order` names. Raises InvalidOrderError for a frame that does not hold exactly one order."""
        if isinstance(order, pd.DataFrame):
            if len(order) != 1:
                raise InvalidOrderError(f"wait for one order at a time: this frame holds {len(order)}")
            row = order.iloc[0]
            return cls(str(row["symbol"]), int(row["order_id"]), None)
        if isinstance(order, str):
            return cls(None, None, order)
        return cls(None, int(order), None)

    def __str__(self) -> str:
        """Name the order."""
        name = f"order {self.order_id if self.client_order_id is None else self.client_order_id}"
        return name if self.symbol is None else f"{name} of {self.symbol}"

    def matches(self, report: ExecutionReport) -> bool:
        """Return whether a report is of this order."""
        if self.symbol is not None and report.symbol != self.symbol:
            return False
        if self.order_id is not None:
            return report.order_id == self.order_id
        return report.client_order_id == self.client_order_id
