"""What an order would cost and fetch: shares of the balance, the average price from the book, the fee."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Any

from binance_nb.models.decimals import plain
from binance_nb.models.enums import OrderSide, SpotOrderType
from binance_nb.models.rule_checks.base import SymbolFilters, rounded
from binance_nb.models.rule_checks.facts import Levels
from binance_nb.models.rules import SymbolRules
from binance_nb.widgets.ticket_form import Form, Leg
from binance_nb.widgets.ticket_words import money

T = SpotOrderType
NOUGHT = Decimal(0)

PRICED_BY_THE_BOOK = frozenset({"trailing_delta", "callback_rate", "price_match"})
"""Fields of orders that get their price from the book, later than now."""
LASTING = frozenset({"GTC", "GTX", "GTD"})
"""Times in force with which an order rests in the book."""


@dataclass(frozen=True, slots=True)
class Book:
    """The levels of the book, best first, of which `asked` a side were asked for."""

    bids: Levels
    asks: Levels
    asked: int

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any], asked: int) -> Book:
        """Return the book in an answer of depth to `asked` levels a side (rest-api.md, "Order book")."""
        bids, asks = (
            tuple((Decimal(price), Decimal(size)) for price, size in answer[side]) for side in ("bids", "asks")
        )
        return cls(bids, asks, asked)

    def opposite(self, side: OrderSide) -> Levels:
        """Return the levels that an order of this side takes from."""
        return self.asks if side is OrderSide.BUY else self.bids

    def is_whole(self, side: OrderSide) -> bool:
        """Whether the levels that an order of this side takes from are all that there are."""
        return len(self.opposite(side)) < self.asked


@dataclass(frozen=True, slots=True)
class Touch:
    """The best prices of the book, and the free balances and fees that an estimate needs; None where not known yet."""

    bid: Decimal | None = None
    ask: Decimal | None = None
    free_base: Decimal | None = None
    free_quote: Decimal | None = None
    taker_fee: Decimal | None = None
    maker_fee: Decimal | None = None
    fees: Any = None
    """The answer that the fees are in; how they add up depends on the side."""
    book: Book | None = None
    mark: Decimal | None = None
    last: Decimal | None = None
    """Mark and last price of a futures symbol; what follows is the account's state there."""
    leverage: int | None = None
    max_notional: Decimal | None = None
    is_hedged: bool | None = None
    positions: tuple[Mapping[str, Any], ...] | None = None

    @property
    def mid(self) -> Decimal | None:
        """Half way between bid and ask."""
        return None if self.bid is None or self.ask is None else (self.bid + self.ask) / 2

    def best(self, side: OrderSide) -> Decimal | None:
        """Return the best price that an order of this side could trade at."""
        return self.ask if side is OrderSide.BUY else self.bid


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an estimate; a warning says that something will not go as one would think."""

    label: str
    text: str
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class Walk:
    """What an order takes from the book: base units, what they cost in quote units, and what it does not get."""

    quantity: Decimal
    cost: Decimal
    left: Decimal
    """Of the quantity, or of the amount if that was given."""


def walk(levels: Levels, *, quantity: Decimal | None = None, amount: Decimal | None = None) -> Walk:
    """Return what a quantity (or a quote amount) takes from these levels, best first."""
    taken = cost = NOUGHT
    left = quantity if quantity is not None else amount or NOUGHT
    for price, size in levels:
        part = min(size, left if quantity is not None else left / price)
        taken, cost = taken + part, cost + part * price
        left -= part if quantity is not None else part * price
        if left <= 0:
            break
    return Walk(taken, cost, max(left, NOUGHT))


def rates_of(answer: Mapping[str, Any], side: OrderSide) -> tuple[Decimal, Decimal]:
    """Return what a maker and a taker pay of what they receive, all kinds together and without any discount.

    faqs/commission_faq.md: standard, special and tax rates add up, each with the part of the order's side.
    """
    of_side = "buyer" if side is OrderSide.BUY else "seller"
    kinds = [answer[name] for name in ("standardCommission", "specialCommission", "taxCommission") if name in answer]
    maker, taker = (
        sum((Decimal(kind.get(role, 0)) + Decimal(kind.get(of_side, 0)) for kind in kinds), NOUGHT)
        for role in ("maker", "taker")
    )
    return maker, taker


def expected_price(leg: Leg, touch: Touch) -> Decimal | None:
    """Return the price at which an order is likely to trade: its own, its trigger, or the other side of the book."""
    return _own_price(leg) or touch.best(leg.side)


def _own_price(leg: Leg) -> Decimal | None:
    return leg.number("price") or leg.number("stop_price")


def share_of_balance(form: Form, touch: Touch, rules: SymbolRules, percent: int) -> dict[str, str]:
    """Return the field to fill in, and its text, for `percent` of what the account has free; empty if not known.

    Selling takes base units. Buying by a MARKET order takes a quote amount, which never asks for more than there is;
    any other order is counted at its own price. Rounded down to the symbol's step.
    """
    part = Decimal(percent) / 100
    leg = form.legs()[0]
    if leg.side is OrderSide.SELL:
        if touch.free_base is None:
            return {}
        return {form.quantity_key: plain(_down(touch.free_base * part, rules.step_size))}
    if touch.free_quote is None:
        return {}
    if leg.order_type is T.MARKET and rules.info.get("quoteOrderQtyMarketAllowed", True):
        return {"quote_order_qty": plain(_down(touch.free_quote * part, Decimal("0.01")))}
    # An OCO buys at its dearer price, and that is what the exchange locks.
    prices = [expected_price(one, touch) for one in form.legs()] if form.kind == "OCO" else [expected_price(leg, touch)]
    known = [price for price in prices if price is not None]
    if not known:
        return {}
    return {form.quantity_key: plain(_down(touch.free_quote * part / max(known), rules.step_size))}


def _down(value: Decimal, step: Decimal) -> Decimal:
    return rounded(value, step, ROUND_FLOOR)


def estimate(form: Form, touch: Touch, rules: SymbolRules | None) -> list[Line]:
    """Return what the order would roughly cost or bring, with its fee, line by line; empty while that cannot be said.

    Of a list it is the first order, or both ends of an OCO.
    """
    legs = form.legs()
    if form.kind == "OCO":
        return [line for leg in legs for line in _lines(leg, touch, rules, f"{leg.part.title}: ")]
    return _lines(legs[0], touch, rules, "")


def needs_book(form: Form, touch: Touch) -> bool:
    """Whether the estimate depends on more of the book than its best prices."""
    return any(_takes(leg, touch) for leg in form.legs()) and bool(form.number("quantity") or _amount(form.legs()[0]))


def _amount(leg: Leg) -> Decimal | None:
    return leg.number("quote_order_qty")


def _takes(leg: Leg, touch: Touch) -> bool:
    """Whether an order would trade at once, wholly or in part."""
    if leg.order_type == T.MARKET:
        return True
    price, best = leg.number("price"), touch.best(leg.side)
    if leg.order_type != T.LIMIT or price is None or best is None:
        return False
    return price >= best if leg.side is OrderSide.BUY else price <= best


def _levels(leg: Leg, book: Book) -> Levels:
    """Return the levels that an order may take from: all, or those within its limit."""
    levels, limit = book.opposite(leg.side), leg.number("price")
    if leg.order_type == T.MARKET or limit is None:
        return levels
    return tuple(level for level in levels if (level[0] <= limit if leg.side is OrderSide.BUY else level[0] >= limit))


@dataclass(frozen=True, slots=True)
class Taking:
    """What an order would take from the book at once, what would stay in it (in quote units), and what to say of it."""

    lines: list[Line]
    taken: Walk
    stays: Decimal

    @property
    def worth(self) -> Decimal:
        """All of it in quote units."""
        return self.taken.cost + self.stays


def taking(leg: Leg, touch: Touch, rules: SymbolFilters | None, before: str = "") -> Taking:
    """Return what becomes of an order by the book as it is now; nothing while its price or quantity is not known."""
    quantity, amount, price = leg.number("quantity"), _amount(leg), _own_price(leg)
    if price is None and (leg.order_type == T.MARKET or PRICED_BY_THE_BOOK & leg.texts.keys()):
        price = touch.best(leg.side)
    if price is None or (quantity is None and amount is None):
        return Taking([], Walk(NOUGHT, NOUGHT, NOUGHT), NOUGHT)
    quote, base = ("", "") if rules is None else (rules.quote_asset, rules.base_asset)
    lines: list[Line] = []
    if (leg.order_type == T.LIMIT_MAKER or leg.texts.get("time_in_force") == "GTX") and _crosses(leg, touch):
        lines.append(Line(f"{before}Post-only", "would trade at once, so the exchange will refuse it", True))
    # The best prices may be newer than the book: where it has no level for an order that would trade, it says nothing.
    levels = _levels(leg, touch.book) if touch.book is not None and _takes(leg, touch) else ()
    if levels and touch.book is not None:
        taken = walk(levels, quantity=quantity, amount=amount)
        if taken.quantity:
            lines.append(Line(f"{before}Average price", _average(leg, taken, touch, rules)))
        rest = _rest(leg, taken, touch.book, base, quote)
        if rest is not None:
            lines.append(rest)
        stays = (
            taken.left * price if leg.order_type == T.LIMIT and leg.texts.get("time_in_force") in LASTING else NOUGHT
        )
    else:
        full = quantity * price if quantity is not None else amount or NOUGHT
        taker = _takes(leg, touch) or leg.order_type not in {T.LIMIT, T.LIMIT_MAKER}
        taken = Walk(full / price, full, NOUGHT) if taker else Walk(NOUGHT, NOUGHT, NOUGHT)
        stays = NOUGHT if taker else full
    return Taking(lines, taken, stays)


def _lines(leg: Leg, touch: Touch, rules: SymbolRules | None, before: str) -> list[Line]:
    found = taking(leg, touch, rules, before)
    lines, taken, stays, worth, amount = found.lines, found.taken, found.stays, found.worth, _amount(leg)
    quote, base = ("", "") if rules is None else (rules.quote_asset, rules.base_asset)
    if not worth:
        return lines
    verb = "Cost" if leg.side is OrderSide.BUY else "Proceeds"
    text = f"about {money(worth)} {quote}".rstrip()
    if amount is not None:
        step = rules.step_size if rules is not None and rules.step_size else Decimal("0.00001")
        text += f" for about {plain(_down(taken.quantity, step))} {base}".rstrip()
    lines.append(Line(f"{before}{verb}", text))
    if touch.taker_fee is not None and touch.maker_fee is not None:
        fee = taken.cost * touch.taker_fee + stays * touch.maker_fee
        received = base if leg.side is OrderSide.BUY else quote
        rate = plain((fee / worth * 100).quantize(Decimal("0.0001")).normalize())
        kept = f", taken in {received}" if received and leg.side is OrderSide.BUY else ""
        lines.append(Line(f"{before}Fee", f"about {money(fee)} {quote} ({rate} %){kept}"))
    return lines


def _crosses(leg: Leg, touch: Touch) -> bool:
    price, best = leg.number("price"), touch.best(leg.side)
    if price is None or best is None:
        return False
    return price >= best if leg.side is OrderSide.BUY else price <= best


def _average(leg: Leg, taken: Walk, touch: Touch, rules: SymbolFilters | None) -> str:
    average = taken.cost / taken.quantity
    tick = rules.tick_size if rules is not None and rules.tick_size else Decimal("0.00000001")
    text = f"about {rounded(average, tick, ROUND_HALF_EVEN):,f}"
    best = touch.best(leg.side)
    if best:
        away = abs(average - best) / best * 100
        text += f", {plain(away.quantize(Decimal('0.001')).normalize())} % from the best"
    return text


def _rest(leg: Leg, taken: Walk, book: Book, base: str, quote: str) -> Line | None:
    """Return what becomes of the part that the book does not fill, if there is one."""
    if not taken.left:
        return None
    unit = quote if _amount(leg) is not None else base
    left = f"{plain(taken.left.quantize(Decimal('1e-8')).normalize())} {unit}".rstrip()
    limit = leg.order_type == T.LIMIT
    whole = book.is_whole(leg.side)
    deep = "the book" if whole else f"the best {book.asked} levels"
    if not limit:
        end = "they would not be filled" if whole else "the rest trades deeper, at worse prices"
        return Line("Too thin", f"{deep} cannot fill {left}: {end}", True)
    match leg.texts.get("time_in_force"):
        case "FOK":
            return Line("Fill or kill", f"{left} would not be filled at this price, so nothing would be", True)
        case "IOC":
            return Line("Not filled", f"{left} would be cancelled", True)
        case _:
            return Line("Rests", f"{left} at your price")
