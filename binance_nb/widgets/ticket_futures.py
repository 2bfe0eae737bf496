"""What a ticket has armed on USD-M futures: one order, how it is said, by which verbs it is sent; and its leverage."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from binance_nb.errors import InvalidOrderError
from binance_nb.models.decimals import plain
from binance_nb.models.enums import PositionSide, PriceMatch
from binance_nb.models.futures_requests import FuturesOrderRequest
from binance_nb.models.futures_rules import FuturesRules
from binance_nb.models.request_base import new_client_order_id
from binance_nb.widgets.ticket_orders import said_of_checks


@dataclass(frozen=True, slots=True)
class ArmedFutures:
    """A futures order on its way to being sent, known by the id that we gave it."""

    request: FuturesOrderRequest
    is_list: bool = False

    @property
    def symbol(self) -> str:
        """What it trades."""
        return self.request.symbol

    @property
    def orders(self) -> tuple[FuturesOrderRequest, ...]:
        """The order alone: futures have no lists."""
        return (self.request,)

    @property
    def new_client_order_id(self) -> str:
        """The id that makes it this order and no other."""
        return self.request.new_client_order_id

    def place(self, client: Any) -> Future[Any]:
        """Send it; the Future gives a frame (schema `futures_schemas.FUTURES_ORDERS`)."""
        placed: Future[Any] = client.submit("place_futures_order", self.request)
        return placed

    def check(self, client: Any) -> Future[Any]:
        """Have it checked without placing it: by the exchange, or by us where that has no test."""
        verb = "check_futures_order" if self.request.is_conditional else "test_futures_order"
        checked: Future[Any] = client.submit(verb, self.request)
        return checked

    def verdict(self, answer: Any) -> tuple[str, str]:
        """Return what came of the check, as a tone and a sentence for the person."""
        if not self.request.is_conditional:
            return "good", "The exchange would accept this order. Nothing was placed."
        return said_of_checks(answer)

    def require(self, rules: FuturesRules) -> None:
        """Raise InvalidOrderError in one sentence if a rule is broken."""
        rules.require(self.request)

    def summary(self, rules: FuturesRules | None) -> list[str]:
        """Return it as a person would say it, for the confirmation."""
        order = self.request
        base, quote = ("", "") if rules is None else (rules.base_asset, rules.quote_asset)
        amount = "all of the position" if order.quantity is None else f"{plain(order.quantity)} {base}".rstrip()
        words = [f"{order.side.value} {amount}", order.symbol, order.order_type.value]
        if order.price is not None:
            words.append(f"at {plain(order.price)} {quote}".rstrip())
        if order.price_match not in {None, PriceMatch.NONE}:
            words.append(f"price from {order.price_match}")
        if order.stop_price is not None:
            words.append(f"trigger {plain(order.stop_price)} by the {_trigger(order)} price")
        if order.callback_rate is not None:
            start = "" if order.activation_price is None else f" from {plain(order.activation_price)}"
            words.append(f"trailing {plain(order.callback_rate)} % of the {_trigger(order)} price{start}")
        if order.time_in_force is not None:
            words.append(order.time_in_force.value)
        if order.price_protect:
            words.append("price protect")
        if order.position_side not in {None, PositionSide.BOTH}:
            words.append(f"{order.position_side} position")
        if order.reduce_only or order.close_position:
            words.append("close position" if order.close_position else "reduce only")
        return [" · ".join(words)]


def _trigger(order: FuturesOrderRequest) -> str:
    return "mark" if order.working_type == "MARK_PRICE" else "last"


@dataclass(frozen=True, slots=True)
class LeverageChange:
    """Another leverage of a symbol, ready to be confirmed and sent once."""

    symbol: str
    leverage: int
    before: int | None
    new_client_order_id: str = field(default_factory=new_client_order_id)

    @property
    def summary(self) -> str:
        """What it does, for the confirmation."""
        before = "" if self.before is None else f" from {self.before}×"
        return f"Set the leverage of {self.symbol}{before} to {self.leverage}×"


def leverage_typed(text: str) -> int:
    """Return a leverage that was typed. Raises InvalidOrderError for anything but a whole number from 1 on."""
    number = text.strip().rstrip("x×").strip()
    if not number.isdecimal() or int(number) < 1:
        raise InvalidOrderError(f"leverage is a whole number from 1 on, not {text.strip()[:20]!r}")
    return int(number)
