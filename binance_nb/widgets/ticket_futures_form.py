"""The form of a futures ticket, without a page: its fields as mode and choices have it, and the order it makes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from binance_nb.errors import InvalidOrderError
from binance_nb.models.decimals import to_decimal
from binance_nb.models.enums import FuturesOrderType, OrderSide, PositionSide, WorkingType
from binance_nb.models.futures_requests import FuturesOrderRequest
from binance_nb.models.futures_rules import FuturesFacts, FuturesRules
from binance_nb.models.rule_checks.base import RuleCheck
from binance_nb.widgets.ticket_fields import YES, Field, Kind, Part
from binance_nb.widgets.ticket_form import Form, Leg
from binance_nb.widgets.ticket_futures_fields import (
    EVERY,
    FUTURES_FIELD,
    FUTURES_FIELDS,
    FUTURES_KINDS,
    FUTURES_OPTIONAL,
    HIDDEN_BY,
    SWITCHES,
)

Texts = Mapping[str, str]


@dataclass(slots=True)
class FuturesForm(Form):
    """What has been typed into a futures ticket. `facts` are what decides about an order, None while not known."""

    kinds: Mapping[str, Kind] = field(default_factory=lambda: FUTURES_KINDS)
    fields: Mapping[str, Field] = field(default_factory=lambda: FUTURES_FIELD)
    facts: FuturesFacts | None = None

    @property
    def is_hedged(self) -> bool:
        """Whether long and short positions stand beside each other, so that an order says which it means."""
        return self.facts is not None and self.facts.is_hedged

    def type_of(self, part: Part) -> FuturesOrderType:
        """Return the order type that is chosen."""
        return FuturesOrderType(part.types[0])

    def fields_of(self, part: Part) -> tuple[str, ...]:
        """Return the fields of the order type, without those that another one, or the position mode, makes void."""
        names = (*FUTURES_FIELDS[self.type_of(part)], *EVERY)
        void = {name for name, by in HIDDEN_BY.items() if by in names and self.text(by)}
        void.add("reduce_only" if self.is_hedged else "position_side")
        if self.text("time_in_force") != "GTD":
            void.add("good_for")
        return tuple(name for name in names if name not in void)

    def default(self, key: str) -> str:
        """Return what an empty field stands for; of a position the one that the order's side would open."""
        if key == "position_side":
            return (PositionSide.LONG if self.side is OrderSide.BUY else PositionSide.SHORT).value
        return {"time_in_force": "GTC", "working_type": WorkingType.CONTRACT_PRICE.value}.get(key, "")

    def order_of(self, leg: Leg, stand_ins: Texts = MappingProxyType({})) -> FuturesOrderRequest:
        """Return the order of the form. Raises InvalidOrderError in one sentence."""
        values: dict[str, Any] = {**stand_ins, **leg.texts}
        for name in SWITCHES & values.keys():
            values[name] = values[name] == YES
        if "good_for" in values:
            minutes = to_decimal(values.pop("good_for"), "good_for")
            values["good_till_date"] = int(time.time() + float(minutes) * 60) * 1000
        elif values.get("time_in_force") == "GTD":
            raise InvalidOrderError("say for how many minutes the order is good; the exchange wants more than ten")
        return FuturesOrderRequest(symbol=self.symbol, side=leg.side, order_type=leg.order_type, **values)

    def checks(self, rules: FuturesRules, order: FuturesOrderRequest) -> Iterable[RuleCheck]:
        """Hold an order against the rules, and against market and account once they are known."""
        return rules.check(order) if self.facts is None else rules.check_fully(order, self.facts)

    def stand_ins(self, leg: Leg) -> dict[str, str]:
        """Return neutral values for what is not typed yet, so that the rest can be held against the rules."""
        wanted = [name for name in self.fields_of(leg.part) if name not in FUTURES_OPTIONAL]
        return {name: "15" if name == "good_for" else "1" for name in wanted if name not in leg.texts}
