"""What a table of positions shows: one row a position, from answers and events, without a page or a client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from binance_nb.models.decimals import plain
from binance_nb.models.enums import FuturesOrderType, OrderSide, PositionSide
from binance_nb.models.futures_requests import FuturesOrderRequest

Key = tuple[str, str]
"""Symbol and position side: in hedge mode a symbol has a long and a short position beside each other."""

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One position. `amount` is in base units and negative when short; prices are in quote units, None where unknown.

    `profit` is what the exchange told last; with a newer mark price it is counted anew.
    """

    symbol: str
    position_side: str
    amount: Decimal
    entry_price: Decimal
    mark_price: Decimal | None = None
    liquidation_price: Decimal | None = None
    profit: Decimal = Decimal(0)
    margin_asset: str = ""
    margin_type: str = ""

    @property
    def key(self) -> Key:
        """What tells it from all others."""
        return self.symbol, self.position_side

    @property
    def is_long(self) -> bool:
        """Whether it gains when the price rises."""
        return self.amount > 0

    @property
    def is_hedged(self) -> bool:
        """Whether it stands beside one of the other side."""
        return self.position_side != PositionSide.BOTH

    def at_mark(self, mark_price: Decimal) -> Position:
        """Return it as it stands at another mark price."""
        return replace(self, mark_price=mark_price, profit=(mark_price - self.entry_price) * self.amount)

    def told(self, row: Mapping[str, Any]) -> Position:
        """Return it after a row of an ACCOUNT_UPDATE, which says nothing of mark and liquidation prices."""
        after = replace(
            self,
            amount=Decimal(row["position_amt"]),
            entry_price=Decimal(row["entry_price"]),
            profit=Decimal(row.get("unrealized_profit") or 0),
            margin_type=str(row.get("margin_type") or self.margin_type),
            # What it was belonged to another amount.
            liquidation_price=self.liquidation_price if Decimal(row["position_amt"]) == self.amount else None,
        )
        return after if after.mark_price is None else after.at_mark(after.mark_price)

    def shown(self, leverage: str) -> dict[str, str]:
        """Return it as the page shows it: text, empty where nothing is known."""
        return {
            "symbol": self.symbol,
            "position_side": self.position_side,
            "side": "LONG" if self.is_long else "SHORT",
            "position_amt": plain(self.amount),
            "entry_price": _rounded(self.entry_price, 8),
            "mark_price": "" if self.mark_price is None else _rounded(self.mark_price, 8),
            "liquidation_price": "" if not self.liquidation_price else _rounded(self.liquidation_price, 2),
            "unrealized_profit": f"{self.profit.quantize(CENT, ROUND_HALF_EVEN):+f}",
            "margin_asset": self.margin_asset,
            "leverage": leverage,
            "margin_type": {"CROSS": "CROSSED"}.get(self.margin_type.upper(), self.margin_type.upper()),
        }


def _rounded(value: Decimal, places: int) -> str:
    return plain(value.quantize(Decimal(1).scaleb(-places)).normalize())


def position_of(row: Mapping[str, Any]) -> Position:
    """Return a row of the answer as a position (usds-margined-futures, "Position Information V3")."""
    return Position(
        symbol=row["symbol"],
        position_side=row["positionSide"],
        amount=Decimal(row["positionAmt"]),
        entry_price=Decimal(row["entryPrice"]),
        mark_price=Decimal(row["markPrice"]) or None,
        liquidation_price=Decimal(row["liquidationPrice"]) or None,
        profit=Decimal(row["unRealizedProfit"]),
        margin_asset=row.get("marginAsset", ""),
        margin_type="ISOLATED" if Decimal(row.get("isolatedMargin") or 0) else "",
    )


def position_told(row: Mapping[str, Any]) -> Position:
    """Return a position first heard of from a row of an ACCOUNT_UPDATE."""
    nothing = Position(
        symbol=row["symbol"],
        position_side=row.get("position_side") or PositionSide.BOTH.value,
        amount=Decimal(0),
        entry_price=Decimal(0),
    )
    return nothing.told(row)


@dataclass(frozen=True, slots=True)
class Closing:
    """The order that closes a position, and how it is said to a person."""

    request: FuturesOrderRequest
    summary: str
    amount: Decimal
    """What the position was when the order was made up; if it is another by now, the order does not hold."""

    @property
    def symbol(self) -> str:
        """What it trades."""
        return self.request.symbol

    @property
    def new_client_order_id(self) -> str:
        """The id that makes it this order and no other."""
        return self.request.new_client_order_id


def closing_of(position: Position) -> Closing:
    """Return the market order that closes a position and cannot open one on the other side.

    In one-way mode it says reduce only; in hedge mode its position side says as much, and the exchange takes no
    reduce only beside that (usds-margined-futures, "New Order").
    """
    side = OrderSide.SELL if position.is_long else OrderSide.BUY
    request = FuturesOrderRequest(
        symbol=position.symbol,
        side=side,
        order_type=FuturesOrderType.MARKET,
        quantity=abs(position.amount),
        **({"position_side": position.position_side} if position.is_hedged else {"reduce_only": True}),
    )
    rest = f"of the {position.position_side} position" if position.is_hedged else "reduce only"
    summary = f"{side.value} {plain(abs(position.amount))} {position.symbol} · MARKET · {rest}"
    return Closing(request, summary, position.amount)
