"""The form of a ticket, without a page: the fields of each type, what is wrong with what was typed, what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from binance_nb.errors import InvalidOrderError
from binance_nb.models.decimals import plain, to_decimal
from binance_nb.models.enums import OrderSide, SpotOrderType
from binance_nb.models.requests import SpotOrderRequest
from binance_nb.models.rule_checks.base import rounded
from binance_nb.models.rules import SymbolRules

T = SpotOrderType

FIELDS: dict[SpotOrderType, tuple[str, ...]] = {
    T.LIMIT: ("quantity", "price", "time_in_force", "iceberg_qty"),
    T.MARKET: ("quantity", "quote_order_qty"),
    T.STOP_LOSS: ("quantity", "stop_price", "trailing_delta"),
    T.STOP_LOSS_LIMIT: ("quantity", "price", "stop_price", "trailing_delta", "time_in_force", "iceberg_qty"),
    T.TAKE_PROFIT: ("quantity", "stop_price", "trailing_delta"),
    T.TAKE_PROFIT_LIMIT: ("quantity", "price", "stop_price", "trailing_delta", "time_in_force", "iceberg_qty"),
    T.LIMIT_MAKER: ("quantity", "price", "iceberg_qty"),
}
"""The fields of each order type, in the order of the form (rest-api.md, "New order (TRADE)")."""

OPTIONAL = frozenset({"iceberg_qty", "trailing_delta", "time_in_force"})
NUMBERS = ("quantity", "quote_order_qty", "price", "stop_price", "iceberg_qty", "trailing_delta")

EXPLAINED: dict[SpotOrderType, str] = {
    T.LIMIT: "Trades at your price or better; what does not trade at once rests in the book.",
    T.MARKET: "Trades at once at the best prices in the book.",
    T.STOP_LOSS: "A market order that wakes when the price moves against you to the stop.",
    T.STOP_LOSS_LIMIT: "A limit order that wakes when the price moves against you to the stop.",
    T.TAKE_PROFIT: "A market order that wakes when the price moves in your favour to the stop.",
    T.TAKE_PROFIT_LIMIT: "A limit order that wakes when the price moves in your favour to the stop.",
    T.LIMIT_MAKER: "Post-only: a limit order that is refused if it would trade at once.",
}

MOST_DIGITS = 20
"""Numbers with more digits before or after the point are slips of the hand; the exchange's own bounds are closer."""

_FORM = "form"
"""The field of a complaint that belongs to no single field."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with a field, and the values nearest to what was typed that would pass."""

    sentence: str
    nearest: tuple[str, ...] = ()


@dataclass(slots=True)
class Form:
    """What has been typed: everything is text, as in the page."""

    symbol: str
    side: OrderSide = OrderSide.BUY
    order_type: SpotOrderType = SpotOrderType.LIMIT
    texts: dict[str, str] = field(default_factory=dict)

    def shown(self) -> tuple[str, ...]:
        """Return the fields that this order type has."""
        return FIELDS[self.order_type]

    def typed(self) -> dict[str, str]:
        """Return the fields of this type that hold something."""
        found = {name: self.texts.get(name, "").strip() for name in self.shown()}
        return {name: text for name, text in found.items() if text}

    def number(self, name: str) -> Decimal | None:
        """Return a field as a positive number; None if it is empty or none."""
        try:
            value = to_decimal(self.typed()[name], name)
        except (KeyError, InvalidOrderError):
            return None
        return value if value > 0 else None

    def request(self) -> SpotOrderRequest:
        """Return the order, with a fresh client order id. Raises InvalidOrderError in one sentence."""
        return _request(self.symbol, self.side, self.order_type, self.typed())

    def complaints(self, rules: SymbolRules | None) -> dict[str, Complaint]:
        """Return what is wrong so far, by field. A field that is still empty is not a mistake yet."""
        found: dict[str, Complaint] = {}
        good: dict[str, str] = {}
        for name, text in self.typed().items():
            try:
                _request_of_one(self, name, text)
            except InvalidOrderError as mistake:
                found[name] = Complaint(str(mistake))
            else:
                good[name] = text
        if rules is not None:
            found.update(self._broken_rules(rules, good))
        return found

    def _broken_rules(self, rules: SymbolRules, good: Mapping[str, str]) -> dict[str, Complaint]:
        stand_ins = _stand_ins(self.order_type, good)
        try:
            order = _request(self.symbol, self.side, self.order_type, {**stand_ins, **good})
        except InvalidOrderError as mistake:
            return {_FORM: Complaint(str(mistake))}
        found: dict[str, Complaint] = {}
        for check in rules.check(order):
            if check.passed:
                continue
            name = {"price * quantity": "quantity", "symbol": _FORM, "order_type": _FORM}.get(check.field, check.field)
            of_two_fields = check.field == "price * quantity" or check.rule == "ICEBERG_PARTS"
            if (name != _FORM and name not in good) or (of_two_fields and stand_ins) or name in found:
                continue
            found[name] = Complaint(check.sentence, check.nearest)
        return found

    def missing(self) -> str:
        """Return what is still to be filled in, as a sentence; empty if the order is complete."""
        try:
            self.request()
        except InvalidOrderError as mistake:
            return str(mistake)
        return ""


def _request(symbol: str, side: OrderSide, order_type: SpotOrderType, texts: Mapping[str, str]) -> SpotOrderRequest:
    values: dict[str, Any] = dict(texts)
    if "trailing_delta" in values:
        delta = to_decimal(values["trailing_delta"], "trailing_delta")
        if delta != delta.to_integral_value():
            raise InvalidOrderError("trailing_delta is a whole number of basis points (100 is 1 %)")
        values["trailing_delta"] = int(delta)
    return SpotOrderRequest(symbol=symbol, side=side, order_type=order_type, **values)


def _request_of_one(form: Form, name: str, text: str) -> None:
    """Raise InvalidOrderError if `text` is no value for the field `name`, whatever the other fields hold."""
    if name in NUMBERS:
        number = to_decimal(text, name)
        if number <= 0:
            raise InvalidOrderError(f"{name} must be greater than zero")
        if not -MOST_DIGITS < number.adjusted() < MOST_DIGITS:
            raise InvalidOrderError(f"{name} must be a sensible number, not {text[:20]}")
    if name == "trailing_delta":
        _request(form.symbol, form.side, T.STOP_LOSS, {"quantity": "1", "trailing_delta": text})


def _stand_ins(order_type: SpotOrderType, good: Mapping[str, str]) -> dict[str, str]:
    """Return neutral values for what is not typed yet, so that the rest can be held against the rules."""
    wanted = [name for name in FIELDS[order_type] if name not in OPTIONAL]
    if order_type is T.MARKET:
        wanted = [] if good else ["quantity"]
    elif "trailing_delta" in good and "stop_price" in wanted:
        wanted.remove("stop_price")
    return {name: "1" for name in wanted if name not in good}


@dataclass(frozen=True, slots=True)
class Touch:
    """The best prices of the book, and the free balances and fee that an estimate needs; None where not known yet."""

    bid: Decimal | None = None
    ask: Decimal | None = None
    free_base: Decimal | None = None
    free_quote: Decimal | None = None
    taker_fee: Decimal | None = None
    maker_fee: Decimal | None = None

    @property
    def mid(self) -> Decimal | None:
        """Half way between bid and ask."""
        return None if self.bid is None or self.ask is None else (self.bid + self.ask) / 2


def expected_price(form: Form, touch: Touch) -> Decimal | None:
    """Return the price at which the order is likely to trade: its own, its trigger, or the other side of the book."""
    own = form.number("price") or form.number("stop_price")
    if own is not None:
        return own
    return touch.ask if form.side is OrderSide.BUY else touch.bid


def share_of_balance(form: Form, touch: Touch, rules: SymbolRules, percent: int) -> dict[str, str]:
    """Return the field to fill in, and its text, for `percent` of what the account has free; empty if not known.

    Selling takes base units. Buying by a MARKET order takes a quote amount, which never asks for more than there is;
    any other order is counted at its own price. Rounded down to the symbol's step.
    """
    part = Decimal(percent) / 100
    if form.side is OrderSide.SELL:
        if touch.free_base is None:
            return {}
        return {"quantity": plain(_down(touch.free_base * part, rules.step_size))}
    if touch.free_quote is None:
        return {}
    if form.order_type is T.MARKET and rules.info.get("quoteOrderQtyMarketAllowed", True):
        return {"quote_order_qty": plain(_down(touch.free_quote * part, Decimal("0.01")))}
    price = expected_price(form, touch)
    if price is None:
        return {}
    return {"quantity": plain(_down(touch.free_quote * part / price, rules.step_size))}


def _down(value: Decimal, step: Decimal) -> Decimal:
    return rounded(value, step, ROUND_FLOOR)


def estimate(form: Form, touch: Touch, rules: SymbolRules | None) -> str:
    """Return what the order would roughly cost or bring, with its fee, as a sentence; empty if that cannot be said."""
    quote = "" if rules is None else str(rules.info.get("quoteAsset", ""))
    price, quantity, amount = expected_price(form, touch), form.number("quantity"), form.number("quote_order_qty")
    if amount is None and (price is None or quantity is None):
        return ""
    worth = amount if amount is not None else (price or Decimal(0)) * (quantity or Decimal(0))
    parts = [f"{'Costs' if form.side is OrderSide.BUY else 'Brings'} about {_money(worth)} {quote}".rstrip()]
    if amount is not None and price:
        parts[0] += f", about {plain((amount / price).quantize(Decimal('0.00001')))} at {_money(price)}"
    rate = touch.maker_fee if form.order_type is T.LIMIT_MAKER else touch.taker_fee
    if rate is not None:
        parts.append(f"fee up to {_money(worth * rate)} {quote} ({plain(rate * 100)} %)")
    return "; ".join(parts) + "."


def _money(value: Decimal) -> str:
    """Return a sum for reading: two decimals, or as many as a small one needs."""
    if abs(value) >= 1:
        return f"{value:,.2f}"
    return plain(value.quantize(Decimal(1).scaleb(-8)))


def summary(order: SpotOrderRequest, rules: SymbolRules | None) -> str:
    """Return the order as a person would say it, for the confirmation."""
    info = {} if rules is None else rules.info
    base, quote = str(info.get("baseAsset", "")), str(info.get("quoteAsset", ""))
    if order.quantity is not None:
        amount = f"{plain(order.quantity)} {base}".rstrip()
    else:
        amount = f"{base} for {plain(order.quote_order_qty or Decimal(0))} {quote}".strip()
    words = [f"{order.side.value} {amount} · {order.symbol} · {order.order_type.value}"]
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
