"""Whether a conditional order makes sense when it is handed to the Algo Service."""

from decimal import Decimal

from binance_nb.models.enums import FuturesOrderType, OrderSide, PositionSide
from binance_nb.sandbox.engine.units import to_units
from binance_nb.sandbox.futures import rules
from binance_nb.sandbox.futures.accounts import Member
from binance_nb.sandbox.futures.commands import NewAlgoOrder
from binance_nb.sandbox.futures.core import Venue
from binance_nb.sandbox.futures.specs import MAX_CALLBACK_RATE, MAX_OPEN_ALGO_ORDERS, MIN_CALLBACK_RATE

WITH_PRICE = frozenset({FuturesOrderType.STOP, FuturesOrderType.TAKE_PROFIT})
_MAY_CLOSE = frozenset({FuturesOrderType.STOP_MARKET, FuturesOrderType.TAKE_PROFIT_MARKET})


def check_shape(asked: NewAlgoOrder, side: PositionSide) -> None:
    """Raise if parameters are missing, superfluous or at odds."""
    if asked.type not in rules.CONDITIONAL_TYPES:
        raise rules.refused(-1116, "Invalid orderType.")
    trailing = asked.type is FuturesOrderType.TRAILING_STOP_MARKET
    if asked.close_position:
        _check_closing(asked, side)
    elif asked.quantity is None:
        raise rules.missing("quantity")
    if asked.type in WITH_PRICE:
        rules.check_price_choice(asked.price, asked.price_match)
    elif asked.price is not None:
        raise rules.unwanted("price")
    if trailing:
        _check_callback(asked.callback_rate)
    for name, value in (("activatePrice", asked.activate_price), ("callbackRate", asked.callback_rate)):
        if value is not None and not trailing:
            raise rules.unwanted(name)
    if trailing and asked.trigger_price is not None:
        raise rules.unwanted("triggerPrice")
    if not trailing and asked.trigger_price is None:
        raise rules.missing("triggerPrice")


def _check_closing(asked: NewAlgoOrder, side: PositionSide) -> None:
    if asked.type not in _MAY_CLOSE:
        raise rules.unwanted("closePosition")
    if asked.quantity is not None:
        raise rules.refused(-4137, "Quantity must be zero with closePosition equals true.")
    if asked.reduce_only:
        raise rules.unwanted("reduceonly")
    if (side, asked.side) in ((PositionSide.LONG, OrderSide.BUY), (PositionSide.SHORT, OrderSide.SELL)):
        raise rules.refused(-4138, "Reduce only must be true with closePosition equals true.")


def _check_callback(rate: Decimal | None) -> None:
    if rate is None:
        raise rules.missing("callbackRate")
    if not MIN_CALLBACK_RATE <= rate <= MAX_CALLBACK_RATE or rate * 10 % 1:
        raise rules.refused(-2007, "Invalid callBack rate.")


def check_room(member: Member, name: str | None) -> None:
    """Raise if too many conditional orders are open, or one of them has this name."""
    if len(member.open_algos) >= MAX_OPEN_ALGO_ORDERS:
        raise rules.refused(-4045, "Reach max stop order limit.")
    if name is None:
        return
    rules.check_name(name)
    if any(one.client_algo_id == name for one in member.open_algos.values()):
        raise rules.refused(-4116, "ClientOrderId is duplicated.")


def amounts(venue: Venue, asked: NewAlgoOrder, side: PositionSide) -> tuple[int, int, int, int]:
    """Return quantity, price, trigger price and activation price in units (0: none) if the filters take them."""
    spec = venue.spec
    is_market = asked.type not in WITH_PRICE
    quantity = rules.quantity_units(spec, asked.quantity, is_market=is_market) if asked.quantity is not None else 0
    price, trigger, activate = (
        rules.price_units(spec, one) if one is not None else 0
        for one in (asked.price, asked.trigger_price, asked.activate_price)
    )
    closing = (side, asked.side) in ((PositionSide.LONG, OrderSide.SELL), (PositionSide.SHORT, OrderSide.BUY))
    if quantity and not asked.reduce_only and not closing:
        rules.check_notional(venue, price or trigger or activate, quantity)
    return quantity, price, trigger, activate


def strays_too_far(venue: Venue) -> bool:
    """Whether mark price and last price are further apart than price protection allows (triggerProtect)."""
    mark, last = venue.mark_u, venue.tape.last_u
    return bool(last) and abs(mark - last) * 10**8 > mark * to_units(venue.spec.trigger_protect)
