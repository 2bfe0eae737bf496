"""What a ticket has armed: one order or one list, how it is said to a person, and by which verbs it is sent."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from binance_nb.errors import InvalidOrderError
from binance_nb.models.decimals import plain
from binance_nb.models.order_lists import OrderListRequest
from binance_nb.models.requests import SpotOrderRequest
from binance_nb.models.rule_checks.lists import LEGS
from binance_nb.models.rules import SymbolRules
from binance_nb.widgets.ticket_form import Request

PLACED_BY = {
    "OCO": "place_oco_order",
    "OTO": "place_oto_order",
    "OTOCO": "place_otoco_order",
    "OPO": "place_opo_order",
    "OPOCO": "place_opoco_order",
}


@dataclass(frozen=True, slots=True)
class Armed:
    """An order or a list on its way to being sent, known by the id that we gave it."""

    request: Request

    @property
    def symbol(self) -> str:
        """What it trades."""
        return self.request.symbol

    @property
    def orders(self) -> tuple[SpotOrderRequest, ...]:
        """The orders that it consists of, the first being the one that trades first."""
        return self.request.orders if isinstance(self.request, OrderListRequest) else (self.request,)

    @property
    def new_client_order_id(self) -> str:
        """The id that makes it this order or list and no other."""
        if isinstance(self.request, OrderListRequest):
            return self.request.list_client_order_id
        return self.request.new_client_order_id

    @property
    def is_list(self) -> bool:
        """Whether it is an order list."""
        return isinstance(self.request, OrderListRequest)

    def place(self, client: Any) -> Future[Any]:
        """Send it; the Future gives a frame of its orders (schema `schemas.ORDERS`)."""
        if isinstance(self.request, OrderListRequest):
            verb, name = PLACED_BY[self.request.kind], self.request.list_client_order_id
            placed: Future[Any] = client.submit(verb, *self.request.orders, list_client_order_id=name)
        else:
            placed = client.submit("place_spot_order", self.request)
        return placed

    def check(self, client: Any) -> Future[Any]:
        """Have it checked without placing it: an order by the exchange, a list, for which it has no test, by us."""
        checked: Future[Any] = client.submit("check_order" if self.is_list else "test_order", self.request)
        return checked

    def verdict(self, answer: Any) -> tuple[str, str]:
        """Return what came of the check, as a tone and a sentence for the person."""
        if not self.is_list:
            return "good", "The exchange would accept this order. Nothing was placed."
        return said_of_checks(answer)

    def require(self, rules: SymbolRules) -> None:
        """Raise InvalidOrderError in one sentence if a rule is broken; of a list it names the order."""
        names = LEGS[self.request.kind] if isinstance(self.request, OrderListRequest) else ("",)
        for name, order in zip(names, self.orders, strict=True):
            try:
                rules.require(order)
            except InvalidOrderError as mistake:
                if not name:
                    raise
                raise InvalidOrderError(f"{name.replace('_', ' ')}: {mistake}") from None

    def summary(self, rules: SymbolRules | None) -> list[str]:
        """Return it as a person would say it, for the confirmation: one line an order."""
        if not isinstance(self.request, OrderListRequest):
            return [_words(self.request, rules)]
        request = self.request
        lines = [f"{request.kind} list · {request.symbol}"]
        for place, (name, order) in enumerate(zip(LEGS[request.kind], request.orders, strict=True)):
            sold = request.kind.startswith("OPO") and place > 0
            said = _words(order, rules, with_symbol=False, amount="what was bought" if sold else "")
            lines.append(f"{name.replace('_', ' ')}: {said}")
        return lines


def said_of_checks(answer: Any) -> tuple[str, str]:
    """Return what came of our own check (schema `schemas.RULE_CHECKS`), as a tone and a sentence for the person."""
    broken = [check for check in answer.to_dict("records") if not check["passed"]]
    if broken:
        return "bad", f"{broken[0]['sentence']} (code {broken[0]['code']}). Nothing was placed."
    return "good", "Every rule passes, with the market and the account as they are now. Nothing was placed."


def _words(order: SpotOrderRequest, rules: SymbolRules | None, *, with_symbol: bool = True, amount: str = "") -> str:
    base, quote = ("", "") if rules is None else (rules.base_asset, rules.quote_asset)
    if not amount and order.quantity is not None:
        amount = f"{plain(order.quantity)} {base}".rstrip()
    elif not amount:
        amount = f"{base} for {plain(order.quote_order_qty or Decimal(0))} {quote}".strip()
    words = [f"{order.side.value} {amount}", *([order.symbol] if with_symbol else []), order.order_type.value]
    if order.price is not None:
        words.append(f"at {plain(order.price)} {quote}".rstrip())
    if order.stop_price is not None:
        words.append(f"stop {plain(order.stop_price)}")
    if order.trailing_delta is not None:
        words.append(f"trailing {Decimal(order.trailing_delta) / 100} %")
    if order.time_in_force is not None:
        words.append(order.time_in_force.value)
    if order.iceberg_qty is not None:
        words.append(f"showing {plain(order.iceberg_qty)}")
    return " · ".join(words)
