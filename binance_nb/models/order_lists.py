"""Order lists: OCO, OTO, OTOCO, OPO and OPOCO, each made of ordinary orders."""

from __future__ import annotations

from dataclasses import dataclass, field

from binance_nb.errors import InvalidOrderError
from binance_nb.models.enums import NewOrderRespType, OrderSide, SelfTradePreventionMode, SpotOrderType
from binance_nb.models.requests import CLIENT_ORDER_ID, SpotOrderRequest, new_client_order_id

T = SpotOrderType
_STOPS = frozenset({T.STOP_LOSS, T.STOP_LOSS_LIMIT})
_PROFITS = frozenset({T.LIMIT_MAKER, T.TAKE_PROFIT, T.TAKE_PROFIT_LIMIT})
_WORKING = frozenset({T.LIMIT, T.LIMIT_MAKER})

_SHARED = frozenset({"symbol", "newOrderRespType", "selfTradePreventionMode"})
_PREFIXES = {
    "OCO": ("above", "below"),
    "OTO": ("working", "pending"),
    "OTOCO": ("working", "pendingAbove", "pendingBelow"),
    "OPO": ("working", "pending"),
    "OPOCO": ("working", "pendingAbove", "pendingBelow"),
}


@dataclass(frozen=True)
class OrderListRequest:
    """A list of orders, checked where it is made.

    `kind` is OCO, OTO, OTOCO, OPO or OPOCO; `orders` are in the exchange's order: above and below; working and pending;
    working, pending above and pending below. In an OPO or OPOCO the pending orders sell what the working order bought:
    their quantity is not sent. rest-api.md, "Order lists"; faqs/opo.md.

    Raises InvalidOrderError in one sentence for orders that do not belong together.
    """

    kind: str
    orders: tuple[SpotOrderRequest, ...]
    list_client_order_id: str = field(default_factory=new_client_order_id)
    new_order_resp_type: NewOrderRespType = NewOrderRespType.FULL
    self_trade_prevention_mode: SelfTradePreventionMode | None = None

    def __post_init__(self) -> None:
        """Check what can be known without the market."""
        for mistake in self._mistakes():
            raise InvalidOrderError(mistake)

    @property
    def symbol(self) -> str:
        """The symbol of all its orders."""
        return self.orders[0].symbol

    def _mistakes(self) -> list[str]:
        found = []
        if len({order.symbol for order in self.orders}) != 1:
            found.append(f"the orders of an {self.kind} must be of one symbol")
        if len({order.new_client_order_id for order in self.orders}) != len(self.orders):
            found.append("each order of a list needs a client order id of its own")
        if not CLIENT_ORDER_ID.match(self.list_client_order_id):
            found.append("list_client_order_id may have 1 to 36 letters, digits, - and _")
        pair = self.orders[-2:] if self.kind not in {"OTO", "OPO"} else ()
        if pair:
            found += self._pair_mistakes(*pair)
        if self.kind != "OCO":
            found += self._working_mistakes()
        return found

    def _pair_mistakes(self, above: SpotOrderRequest, below: SpotOrderRequest) -> list[str]:
        found = []
        if above.side != below.side:
            found.append("both orders of an OCO pair must be on the same side")
        if above.quantity != below.quantity:
            found.append("both orders of an OCO pair must have the same quantity")
        if sum(order.order_type in _STOPS for order in (above, below)) != 1 or not any(
            order.order_type in _PROFITS for order in (above, below)
        ):
            found.append(
                "an OCO pair is one STOP_LOSS or STOP_LOSS_LIMIT and one LIMIT_MAKER, TAKE_PROFIT or TAKE_PROFIT_LIMIT"
            )
        else:
            stop_is_above = above.order_type in _STOPS
            if stop_is_above != (above.side is OrderSide.BUY):
                where = "above" if above.side is OrderSide.BUY else "below"
                found.append(f"in a {above.side} OCO pair the stop loss must be the {where} order")
        return found

    def _working_mistakes(self) -> list[str]:
        found = []
        working, *pending = self.orders
        if working.order_type not in _WORKING:
            found.append(f"the working order of an {self.kind} must be LIMIT or LIMIT_MAKER")
        if any(order.quote_order_qty is not None for order in pending):
            found.append("a pending order takes a quantity, not a quote_order_qty")
        if self.kind.startswith("OPO"):
            if working.side is not OrderSide.BUY:
                found.append(f"the working order of an {self.kind} must be a BUY")
            if any(order.side is not OrderSide.SELL for order in pending):
                found.append(f"the pending orders of an {self.kind} must be SELL: they sell what was bought")
        return found

    def to_params(self) -> dict[str, str]:
        """Return the exchange's own parameters."""
        params = {
            "symbol": self.symbol,
            "listClientOrderId": self.list_client_order_id,
            "newOrderRespType": str(self.new_order_resp_type),
        }
        if self.self_trade_prevention_mode is not None:
            params["selfTradePreventionMode"] = str(self.self_trade_prevention_mode)
        for prefix, order in zip(_PREFIXES[self.kind], self.orders, strict=True):
            for name, value in order.to_params().items():
                if name in _SHARED:
                    continue
                own, shared = self._place_of(prefix, name)
                if own is not None:
                    params[own] = value
                elif shared is not None:
                    params[shared] = value
        return params

    def _place_of(self, prefix: str, name: str) -> tuple[str | None, str | None]:
        """Return where a leg's parameter goes: under the leg's own name, or shared by a pair (side, quantity)."""
        if name == "newClientOrderId":
            return f"{prefix}ClientOrderId", None
        pair = prefix.removeprefix("pending").lower() in {"above", "below"}
        if name in {"side", "quantity"} and pair:
            if name == "quantity" and self.kind.startswith("OPO"):
                return None, None
            return None, name if self.kind == "OCO" else f"pending{name.capitalize()}"
        if name == "quantity" and self.kind == "OPO" and prefix == "pending":
            return None, None
        return f"{prefix}{name[0].upper()}{name[1:]}", None
