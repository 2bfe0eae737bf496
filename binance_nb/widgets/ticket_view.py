"""What the page of a ticket is told of its form: parts and fields, complaints, prices, the estimate; all of it text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from binance_nb.models.decimals import plain
from binance_nb.models.enums import OrderSide, SpotOrderType
from binance_nb.models.rule_checks.base import SymbolFilters
from binance_nb.widgets.ticket_estimate import Line, Touch
from binance_nb.widgets.ticket_fields import TYPE_NAMES, Part, offered
from binance_nb.widgets.ticket_form import Form
from binance_nb.widgets.ticket_words import on_tick, text_of

Estimates = Callable[[Any, Touch, Any], list[Line]]

SMALLEST = {"step": "step_size", "tick": "tick_size"}


def compose(form: Form, touch: Touch, all_rules: Mapping[str, Any], estimates: Estimates) -> dict[str, Any]:
    """Return the part of the view that follows from the form and from what is known of the market."""
    rules = all_rules.get(form.symbol)
    info = {} if rules is None else rules.info
    kinds = offered(form.kinds, info)
    shown = form.shown()
    tick = None if rules is None else rules.tick_size
    return {
        "symbol": form.symbol,
        "symbols": sorted(all_rules),
        "base": "" if rules is None else rules.base_asset,
        "quote": "" if rules is None else rules.quote_asset,
        "side": form.side.value,
        "order_type": form.kind,
        "order_types": [{"name": kind.name, "label": kind.label, "is_list": kind.is_list} for kind in kinds],
        "explained": form.chosen.explained,
        "parts": [_part(form, part, rules) for part in form.chosen.parts],
        "fields": list(shown),
        "price_field": form.price_key,
        "texts": {key: form.texts.get(key, "") for key in shown},
        "complaints": {
            key: {"sentence": complaint.sentence, "nearest": list(complaint.nearest)}
            for key, complaint in form.complaints(rules).items()
        },
        "missing": form.missing(),
        "estimate": [
            {"label": line.label, "text": line.text, "is_warning": line.is_warning}
            for line in estimates(form, touch, rules)
        ],
        "bid": text_of(touch.bid),
        "mid": "" if tick is None or touch.mid is None else plain(on_tick(touch.mid, tick)),
        "ask": text_of(touch.ask),
        "free": _free(form, touch, rules),
    }


def _free(form: Form, touch: Touch, rules: Any) -> list[str]:
    """Return what the order would draw on: how much there is of it, and what it is."""
    if rules is None:
        return ["", ""]
    margin = rules.info.get("marginAsset")
    if margin:
        return [text_of(touch.free_quote), f"{margin} available"]
    if form.side is OrderSide.BUY:
        return [text_of(touch.free_quote), f"{rules.quote_asset} free"]
    return [text_of(touch.free_base), f"{rules.base_asset} free"]


def _part(form: Form, part: Part, rules: SymbolFilters | None) -> dict[str, Any]:
    """Return one part of the form: its title and its fields as the page draws them."""
    info = {} if rules is None else rules.info
    names = [name for name in form.fields_of(part) if name != "iceberg_qty" or info.get("icebergAllowed", True)]
    return {"name": part.name, "title": part.title, "fields": [_field(form, part, name, rules) for name in names]}


def _field(form: Form, part: Part, name: str, rules: SymbolFilters | None) -> dict[str, Any]:
    field, key = form.fields[name], part.key(name)
    units = {"bips": "bps", "percent": "%", "minutes": "min"}
    steps = {"bip": "1"}
    if rules is not None:
        units |= {"base": rules.base_asset, "quote": rules.quote_asset}
        steps |= {step: plain(getattr(rules, attribute)) for step, attribute in SMALLEST.items()}
    options = [list(option) for option in field.options]
    if name == "type":
        options = [[kind.value, TYPE_NAMES[SpotOrderType(kind)]] for kind in part.types]
    return {
        "key": key,
        "name": name,
        "label": field.label,
        "unit": units.get(field.unit, ""),
        "step": steps.get(field.step, ""),
        "options": options,
        "is_switch": field.is_switch,
        "book": field.book,
        "default": form.default(key),
        "hint": field.hint,
    }
