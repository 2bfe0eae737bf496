"""What a futures order would bind and cost: margin by leverage, fee, and how much the available balance allows."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from binance_nb.models.decimals import plain
from binance_nb.models.enums import OrderSide, PositionSide
from binance_nb.models.futures_rules import FuturesFacts, FuturesRules
from binance_nb.models.rule_checks.base import rounded
from binance_nb.widgets.ticket_estimate import NOUGHT, Line, Touch, expected_price, taking
from binance_nb.widgets.ticket_fields import YES
from binance_nb.widgets.ticket_form import Form, Leg
from binance_nb.widgets.ticket_words import money

SLIPPAGE = Decimal("1.0005")
"""A market order may pay more than the best price; so much is counted for it."""
ROUNDING = Decimal("0.999")
"""Of the most that is allowed, so much is filled in: prices move between a click and its order."""


def facts_of(touch: Touch) -> FuturesFacts | None:
    """Return what decides about an order, once position mode and positions are known."""
    if touch.is_hedged is None or touch.positions is None:
        return None
    return FuturesFacts(
        mark_price=touch.mark, last_price=touch.last, is_hedged=touch.is_hedged, positions=touch.positions
    )


def reducible(leg: Leg, touch: Touch) -> Decimal | None:
    """Return how much the order could reduce, in base units; None if it may open or add to a position."""
    side = leg.texts.get("position_side")
    closes = (leg.side, side) in {(OrderSide.SELL, PositionSide.LONG), (OrderSide.BUY, PositionSide.SHORT)}
    if not closes and leg.texts.get("reduce_only") != YES:
        return None
    facts = facts_of(touch)
    held = NOUGHT if facts is None else facts.position(PositionSide(side) if side else None)
    return max(NOUGHT, held if leg.side is OrderSide.SELL else -held)


def share_of_margin(form: Form, touch: Touch, rules: FuturesRules, percent: int) -> dict[str, str]:
    """Return the quantity for `percent` of what leverage and available balance allow; empty while that is not known.

    Of an order that only reduces it is a share of the position. The margin of an order is its worth divided by the
    leverage, with its fee, and the loss that it would start with against the mark price. Rounded down to the step.
    """
    part = Decimal(percent) / 100
    leg = form.legs()[0]
    step = rules.step_size
    held = reducible(leg, touch)
    if held is not None:
        return {"quantity": plain(rounded(held * part, step, ROUND_FLOOR))} if held else {}
    price = expected_price(leg, touch)
    if price is None or touch.free_quote is None or not touch.leverage:
        return {}
    if leg.side is OrderSide.BUY and leg.number("price") is None:
        price *= SLIPPAGE
    mark = touch.mark or price
    loss = max(NOUGHT, price - mark if leg.side is OrderSide.BUY else mark - price)
    unit_cost = price / touch.leverage + price * (touch.taker_fee or NOUGHT) + loss
    quantity = touch.free_quote * ROUNDING / unit_cost
    if touch.max_notional:
        quantity = min(quantity, touch.max_notional / price)
    return {"quantity": plain(rounded(quantity * part, step, ROUND_FLOOR))}


def futures_estimate(form: Form, touch: Touch, rules: FuturesRules | None) -> list[Line]:
    """Return what the order would be worth, bind as margin and cost as fee; empty while that cannot be said."""
    leg = form.legs()[0]
    found = taking(leg, touch, rules)
    if not found.worth:
        return found.lines
    asset = "" if rules is None else rules.info.get("marginAsset", rules.quote_asset)
    lines = [*found.lines, Line("Worth", f"about {money(found.worth)} {asset}".rstrip())]
    held = reducible(leg, touch)
    if held is not None:
        lines.append(Line("Margin", "none, it only reduces"))
    elif touch.leverage:
        margin = found.worth / touch.leverage
        short = touch.free_quote is not None and margin > touch.free_quote
        text = f"about {money(margin)} {asset} at {touch.leverage}×".replace("  ", " ")
        lines.append(Line("Margin", f"{text}, more than there is" if short else text, short))
    if touch.taker_fee is not None and touch.maker_fee is not None:
        fee = found.taken.cost * touch.taker_fee + found.stays * touch.maker_fee
        rate = plain((fee / found.worth * 100).quantize(Decimal("0.0001")).normalize())
        lines.append(Line("Fee", f"about {money(fee)} {asset} ({rate} %)"))
    return lines
