"""Whether what is asked makes sense: parameters that go together, the account's position mode, the symbol's filters."""

import re
from decimal import Decimal

from binance_nb.models.enums import (
    FuturesOrderType,
    FuturesTimeInForce,
    OrderSide,
    PositionSide,
    PriceMatch,
    SelfTradePreventionMode,
)
from binance_nb.sandbox.engine.commands import EngineError
from binance_nb.sandbox.engine.units import PLACES, SCALE, from_units, notional_units, to_units
from binance_nb.sandbox.futures.accounts import Member
from binance_nb.sandbox.futures.core import Venue
from binance_nb.sandbox.futures.specs import MAX_GTD_US, MIN_GTD_AHEAD_US, SymbolSpec

CONDITIONAL_TYPES = frozenset(FuturesOrderType) - {FuturesOrderType.LIMIT, FuturesOrderType.MARKET}
_NAME = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}")
_MODES = frozenset(
    {
        SelfTradePreventionMode.NONE,
        SelfTradePreventionMode.EXPIRE_TAKER,
        SelfTradePreventionMode.EXPIRE_MAKER,
        SelfTradePreventionMode.EXPIRE_BOTH,
    }
)


def refused(code: int, message: str) -> EngineError:
    """Return a refusal."""
    return EngineError(code=code, message=message)


def missing(parameter: str) -> EngineError:
    """Return the refusal of a request without a parameter it needs."""
    return refused(-1102, f"Mandatory parameter '{parameter}' was not sent, was empty/null, or malformed.")


def unwanted(parameter: str) -> EngineError:
    """Return the refusal of a parameter that does not belong there."""
    return refused(-1106, f"Parameter '{parameter}' sent when not required.")


def text(amount_u: int) -> str:
    """Return an amount as a refusal's message shows it."""
    return f"{from_units(amount_u):f}".rstrip("0").rstrip(".")


def check_name(name: str) -> None:
    """Raise -4015 if a client id has characters or a length that the exchange does not take."""
    if not _NAME.fullmatch(name):
        raise refused(-4015, "Client order id is not valid.")


def position_side(member: Member, asked: PositionSide | None, *, reduce_only: bool | None) -> PositionSide:
    """Return the position side of a new order; -4061 if it is not one of the account's mode."""
    side = asked or PositionSide.BOTH
    if side not in member.sides:
        raise refused(-4061, "Order's position side does not match user's setting.")
    if member.dual and reduce_only is not None:
        raise unwanted("reduceonly")
    return side


def check_mode(mode: SelfTradePreventionMode | None) -> None:
    """Raise -1130 if futures do not know the self-trade prevention mode."""
    if mode is not None and mode not in _MODES:
        raise refused(-1130, "Data sent for parameter 'selfTradePreventionMode' is not valid.")


def check_good_till(time_in_force: FuturesTimeInForce | None, good_till_us: int | None, now_us: int) -> None:
    """Raise if GTD and its end do not go together; -5040 if the end is too near or too far."""
    if time_in_force is not FuturesTimeInForce.GTD:
        if good_till_us:
            raise unwanted("goodTillDate")
        return
    if good_till_us is None:
        raise missing("goodTillDate")
    if not now_us + MIN_GTD_AHEAD_US < good_till_us < MAX_GTD_US:
        raise refused(-5040, "Invalid goodTillDate.")


def check_price_choice(price: Decimal | None, match: PriceMatch | None) -> bool:
    """Return whether the price is to come from the book; raise if both or neither of the two were sent."""
    matched = match is not None and match is not PriceMatch.NONE
    if matched and price is not None:
        raise refused(-5037, "Invalid price match: priceMatch and price cannot be sent together.")
    if not matched and price is None:
        raise missing("price")
    return matched


def price_units(spec: SymbolSpec, price: Decimal) -> int:
    """Return a price in units if PRICE_FILTER takes it: -4001, -1111, -4002, -4013, -4014."""
    if price <= 0:
        raise refused(-4001, "Price less than 0.")
    _check_precision(price, spec.price_precision)
    price_u = to_units(price)
    if price > spec.max_price:
        raise refused(-4002, "Price greater than max price.")
    if price < spec.min_price:
        raise refused(-4013, "Price less than min price.")
    if price_u % spec.tick_u:
        raise refused(-4014, "Price not increased by tick size.")
    return price_u


def quantity_units(spec: SymbolSpec, quantity: Decimal, *, is_market: bool) -> int:
    """Return a quantity in units if LOT_SIZE or MARKET_LOT_SIZE takes it: -4003, -1111, -4004, -4005, -4023."""
    if quantity <= 0:
        raise refused(-4003, "Quantity less than zero.")
    _check_precision(quantity, spec.quantity_precision)
    quantity_u = to_units(quantity)
    if quantity < spec.step_size:
        raise refused(-4004, "Quantity less than min quantity.")
    if quantity > (spec.market_max_qty if is_market else spec.max_qty):
        raise refused(-4005, "Quantity greater than max quantity.")
    if quantity_u % spec.step_u:
        raise refused(-4023, "Qty not increased by step size.")
    return quantity_u


def check_percent_price(venue: Venue, price_u: int, *, is_buy: bool) -> None:
    """Raise -4016 or -4024 if a limit price is too far on the wrong side of the mark price (PERCENT_PRICE)."""
    mark = venue.mark_u
    if not mark:
        return
    high = mark * to_units(venue.spec.multiplier_up) // SCALE
    low = mark * to_units(venue.spec.multiplier_down) // SCALE
    if is_buy and price_u > high:
        raise refused(-4016, f"Limit price can't be higher than {text(high)}.")
    if not is_buy and price_u < low:
        raise refused(-4024, f"Limit price can't be lower than {text(low)}.")


def check_notional(venue: Venue, price_u: int, quantity_u: int) -> None:
    """Raise -4164 if an order is worth too little; a market order's price is the mark price."""
    if notional_units(price_u or venue.mark_u, quantity_u) < to_units(venue.spec.min_notional):
        least = text(to_units(venue.spec.min_notional))
        raise refused(-4164, f"Order's notional must be no smaller than {least} (unless you choose reduce only).")


def matched_price_u(venue: Venue, match: PriceMatch, side: OrderSide) -> int:
    """Return the price that priceMatch takes from the book now; -2020 if the book is not that deep."""
    word, _, depth = match.value.partition("_")
    is_buy = side is OrderSide.BUY
    own = word == "QUEUE"
    levels = venue.book.bids if is_buy == own else venue.book.asks
    level = levels.nth(int(depth or 1) - 1)
    if level is None:
        raise refused(-2020, "Unable to fill.")
    return level.price_u


def _check_precision(value: Decimal, places: int) -> None:
    try:
        fits = to_units(value) % 10 ** (PLACES - places) == 0
    except ValueError:
        fits = False
    if not fits:
        raise refused(-1111, "Precision is over the maximum defined for this asset.")
