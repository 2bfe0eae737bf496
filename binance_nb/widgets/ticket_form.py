"""The form of a ticket, without a page: what was typed, what is wrong with it, and the order or list that it makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from binance_nb.errors import InvalidOrderError
from binance_nb.models.decimals import to_decimal
from binance_nb.models.enums import OrderSide, SpotOrderType
from binance_nb.models.order_lists import OrderListRequest
from binance_nb.models.requests import SpotOrderRequest
from binance_nb.models.rule_checks.base import RuleCheck
from binance_nb.models.rule_checks.facts import MarketFacts
from binance_nb.models.rule_checks.lists import check_pair_prices
from binance_nb.models.rules import SymbolRules
from binance_nb.widgets.ticket_fields import FIELD, FIELDS, NUMBERS, OPTIONAL, SPOT, YES, Field, Kind, OrderType, Part

T = SpotOrderType
Request = SpotOrderRequest | OrderListRequest

MOST_DIGITS = 20
"""Numbers with more digits before or after the point are slips of the hand; the exchange's own bounds are closer."""

_FORM = "form"
"""The field of a complaint that belongs to no single field."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with a field, and the values nearest to what was typed that would pass."""

    sentence: str
    nearest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Leg:
    """One order of the form: the part that it is, its side and type, and what was typed for it, by plain field name."""

    part: Part
    side: OrderSide
    order_type: OrderType
    texts: Mapping[str, str]
    homes: Mapping[str, str]
    """The full name of the form's field that each of its values stands in."""

    def number(self, name: str) -> Decimal | None:
        """Return a field as a positive number; None if it is empty or none."""
        try:
            value = to_decimal(self.texts[name], name)
        except (KeyError, InvalidOrderError):
            return None
        return value if value > 0 else None


@dataclass(slots=True)
class Form:
    """What has been typed: everything is text, as in the page. `kind` is a key of `kinds`, the product's menu."""

    symbol: str
    side: OrderSide = OrderSide.BUY
    kind: str = SpotOrderType.LIMIT.value
    texts: dict[str, str] = field(default_factory=dict)
    kinds: Mapping[str, Kind] = field(default_factory=lambda: SPOT)
    fields: Mapping[str, Field] = field(default_factory=lambda: FIELD)

    @property
    def chosen(self) -> Kind:
        """The kind of order that is chosen."""
        return self.kinds[self.kind]

    def text(self, key: str) -> str:
        """Return what a field holds, without the blanks around it."""
        return self.texts.get(key, "").strip()

    # The parts and their fields

    def type_of(self, part: Part) -> OrderType:
        """Return the order type of a part: the only one, the chosen one, and LIMIT_MAKER for a post-only LIMIT."""
        chosen = next((kind for kind in part.types if kind == self.text(part.key("type"))), part.types[0])
        return T.LIMIT_MAKER if chosen is T.LIMIT and self.text(part.key("post_only")) == YES else chosen

    def fields_of(self, part: Part) -> tuple[str, ...]:
        """Return the plain names of the fields that a part has as the form stands."""
        found = list(part.holds)
        if part.types:
            if len(part.types) > 1:
                found.append("type")
            kind = self.type_of(part)
            found += [name for name in FIELDS[SpotOrderType(kind)] if name not in part.lacks]
            if T.LIMIT in part.types and kind in {T.LIMIT, T.LIMIT_MAKER}:
                found.insert(found.index("price") + 1, "post_only")
        return tuple(found)

    def shown(self) -> tuple[str, ...]:
        """Return the full names of all the fields that the form has now."""
        return tuple(part.key(name) for part in self.chosen.parts for name in self.fields_of(part))

    def default(self, key: str) -> str:
        """Return what an empty field stands for; empty if nothing."""
        part, _, name = key.rpartition(".")
        if name == "time_in_force":
            return "GTC"
        if name == "side":
            return (OrderSide.SELL if self.side is OrderSide.BUY else OrderSide.BUY).value
        if name == "quantity" and part == "pending":
            return self.text("working.quantity")
        if name == "type":
            return next(one.types[0].value for one in self.chosen.parts if one.name == part)
        return ""

    @property
    def quantity_key(self) -> str:
        """The field that a share of the balance goes into."""
        return "quantity" if "quantity" in self.shown() else "working.quantity"

    @property
    def price_key(self) -> str:
        """The field that a price of the book goes into; empty if there is none."""
        shown = self.shown()
        return next((key for key in ("price", "working.price", "profit.price", "pending.price") if key in shown), "")

    # The orders

    def legs(self) -> list[Leg]:
        """Return the orders of the form, in the order of its parts."""
        return [self._leg(part) for part in self.chosen.parts if part.types]

    def _leg(self, part: Part) -> Leg:
        later = part.name in {"pending", "profit", "stop"} and self.kind != "OCO"
        side = self.side
        if later:
            given = self.text("pending.side") if "pending.side" in self.shown() else ""
            side = OrderSide(given or self.default("pending.side"))
        names = [name for name in self.fields_of(part) if name not in {"type", "side", "post_only"}]
        homes = {name: part.key(name) for name in names}
        if "quantity" in part.lacks:
            # A pair shares its quantity; in an OPO it is that of the working order, and is not sent.
            shared = {"OCO": "quantity", "OTOCO": "pending.quantity"}
            homes["quantity"] = shared.get(self.kind, "working.quantity")
        values = {name: self.text(key) or self.default(key) for name, key in homes.items()}
        return Leg(part, side, self.type_of(part), {name: text for name, text in values.items() if text}, homes)

    def number(self, name: str) -> Decimal | None:
        """Return a field of the first order as a positive number; None if it is empty or none."""
        return self.legs()[0].number(name)

    def request(self) -> Request:
        """Return the order or the list, with fresh client order ids. Raises InvalidOrderError in one sentence."""
        kind = self.chosen
        if not kind.is_list:
            alone: Request = self.order_of(self.legs()[0])
            return alone
        orders = []
        for leg in self._in_their_order():
            try:
                orders.append(_order(self.symbol, leg))
            except InvalidOrderError as mistake:
                raise InvalidOrderError(f"{leg.part.title.lower()}: {mistake}") from None
        return OrderListRequest(self.kind, tuple(orders))

    def order_of(self, leg: Leg, stand_ins: Mapping[str, str] = MappingProxyType({})) -> Any:
        """Return one order of the form; `stand_ins` are for what is not typed yet. Raises InvalidOrderError."""
        return _request(self.symbol, leg.side, leg.order_type, {**stand_ins, **leg.texts})

    def checks(self, rules: Any, order: Any) -> Iterable[RuleCheck]:
        """Hold an order against the rules, as far as they can be judged now."""
        found: list[RuleCheck] = rules.check(order)
        return found

    def stand_ins(self, leg: Leg) -> dict[str, str]:
        """Return neutral values for what is not typed yet, so that the rest can be held against the rules."""
        return _stand_ins(leg.order_type, leg.texts)

    def _in_their_order(self) -> list[Leg]:
        """Return the legs as the exchange wants them: the working order, then above, then below."""
        *first, one, other = self.legs()
        if other.part.name == "stop" and other.side is OrderSide.BUY:
            one, other = other, one
        return [*first, one, other]

    # What is wrong with it

    def complaints(self, rules: SymbolRules | None) -> dict[str, Complaint]:
        """Return what is wrong so far, by field. A field that is still empty is not a mistake yet."""
        found: dict[str, Complaint] = {}

        def complain(key: str, complaint: Complaint) -> None:
            # What a field stands for while it is empty is told where it was typed.
            if key == _FORM or self.text(key):
                found.setdefault(key, complaint)

        legs = self.legs()
        for leg in legs:
            good: dict[str, str] = {}
            for name, text in leg.texts.items():
                try:
                    _check_value(name, text)
                except InvalidOrderError as mistake:
                    complain(leg.homes[name], Complaint(str(mistake)))
                else:
                    good[name] = text
            if rules is not None:
                for key, complaint in self._broken_rules(leg, rules, good):
                    complain(key, complaint)
        if rules is not None and len(legs) > 1 and not found:
            found.update(self._broken_list_rules(rules, legs))
        return found

    def _broken_rules(self, leg: Leg, rules: SymbolRules, good: Mapping[str, str]) -> Iterator[tuple[str, Complaint]]:
        typed = replace(leg, texts=good)
        stand_ins = self.stand_ins(typed)
        title = f"{leg.part.title.lower()}: " if leg.part.title else ""
        try:
            order = self.order_of(typed, stand_ins)
        except InvalidOrderError as mistake:
            yield _FORM, Complaint(f"{title}{mistake}")
            return
        for check in self.checks(rules, order):
            if check.passed:
                continue
            name = {"price * quantity": "quantity", "symbol": _FORM, "order_type": _FORM}.get(check.field, check.field)
            of_two_fields = check.field == "price * quantity" or check.rule == "ICEBERG_PARTS"
            if (name != _FORM and name not in good) or (of_two_fields and stand_ins):
                continue
            if name == _FORM:
                yield _FORM, Complaint(f"{title}{check.sentence}")
            else:
                yield leg.homes[name], Complaint(check.sentence, check.nearest)

    def _broken_list_rules(self, rules: SymbolRules, legs: list[Leg]) -> dict[str, Complaint]:
        """Hold a complete list against what concerns its orders together."""
        if any(_stand_ins(leg.order_type, leg.texts) for leg in legs):
            return {}  # not all of it is typed yet
        try:
            request = self.request()
        except InvalidOrderError as mistake:
            return {_FORM: Complaint(str(mistake))}
        if isinstance(request, OrderListRequest) and legs[-1].part.name == "stop":
            one, other = request.orders[-2:]
            check = check_pair_prices(rules, (one, other), MarketFacts())
            if not check.passed:
                return {_FORM: Complaint(check.sentence)}
        return {}

    def missing(self) -> str:
        """Return what is still to be filled in, as a sentence; empty if the order is complete."""
        try:
            self.request()
        except InvalidOrderError as mistake:
            return str(mistake)
        return ""


def _order(symbol: str, leg: Leg) -> SpotOrderRequest:
    return _request(symbol, leg.side, leg.order_type, leg.texts)


def _request(symbol: str, side: OrderSide, order_type: OrderType, texts: Mapping[str, str]) -> SpotOrderRequest:
    values: dict[str, Any] = dict(texts)
    if "trailing_delta" in values:
        delta = to_decimal(values["trailing_delta"], "trailing_delta")
        if delta != delta.to_integral_value():
            raise InvalidOrderError("trailing_delta is a whole number of basis points (100 is 1 %)")
        values["trailing_delta"] = int(delta)
    return SpotOrderRequest(symbol=symbol, side=side, order_type=order_type, **values)


def _check_value(name: str, text: str) -> None:
    """Raise InvalidOrderError if `text` is no value for the field `name`, whatever the other fields hold."""
    if name in NUMBERS:
        number = to_decimal(text, name)
        if number <= 0:
            raise InvalidOrderError(f"{name} must be greater than zero")
        if not -MOST_DIGITS < number.adjusted() < MOST_DIGITS:
            raise InvalidOrderError(f"{name} must be a sensible number, not {text[:20]}")
    if name == "trailing_delta":
        _request("ANY", OrderSide.BUY, T.STOP_LOSS, {"quantity": "1", "trailing_delta": text})


def _stand_ins(order_type: OrderType, good: Mapping[str, str]) -> dict[str, str]:
    """Return neutral values for what is not typed yet, so that the rest can be held against the rules."""
    wanted = [name for name in FIELDS[SpotOrderType(order_type)] if name not in OPTIONAL]
    if order_type is T.MARKET:
        wanted = [] if good else ["quantity"]
    elif "trailing_delta" in good and "stop_price" in wanted:
        wanted.remove("stop_price")
    return {name: "1" for name in wanted if name not in good}
