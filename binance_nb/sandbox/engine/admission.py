"""From a request to an order: what the symbol allows, what the account may do, what is refused at the book."""

from decimal import Decimal
from itertools import pairwise

from binance_nb.models.enums import (
    OrderSide,
    PegPriceType,
    SelfTradePreventionMode,
    SpotOrderType,
    SymbolStatus,
    TimeInForce,
)
from binance_nb.sandbox.engine.accounts import Member
from binance_nb.sandbox.engine.commands import EngineError, NewOrder
from binance_nb.sandbox.engine.core import Core, Venue
from binance_nb.sandbox.engine.prevention import takeable_u
from binance_nb.sandbox.engine.records import MARKET_TYPES, Order
from binance_nb.sandbox.engine.rules import smallest_market_lot
from binance_nb.sandbox.engine.triggers import stop_is_met
from binance_nb.sandbox.engine.units import SCALE, notional_units, to_units

_UNSUPPORTED = {
    SpotOrderType.MARKET: "Market orders are not supported for this symbol.",
    SpotOrderType.STOP_LOSS: "Stop loss orders are not supported for this symbol.",
    SpotOrderType.STOP_LOSS_LIMIT: "Stop loss limit orders are not supported for this symbol.",
    SpotOrderType.TAKE_PROFIT: "Take profit orders are not supported for this symbol.",
    SpotOrderType.TAKE_PROFIT_LIMIT: "Take profit limit orders are not supported for this symbol.",
}
INSUFFICIENT_BALANCE = "Account has insufficient balance for requested action."
_REASONS = {
    INSUFFICIENT_BALANCE: "INSUFFICIENT_BALANCES",
    "Order would trigger immediately.": "STOP_PRICE_WOULD_TRIGGER_IMMEDIATELY",
    "Order would immediately match and take.": "WOULD_MATCH_IMMEDIATELY",
    "The relationship of the prices for the orders is not correct.": "OCO_BAD_PRICES",
}


def rejected(message: str) -> EngineError:
    """Return the engine's refusal of a new order (errors.md, "Messages for -2010")."""
    return EngineError(code=-2010, message=message, reject_reason=_REASONS.get(message, "NONE"))


def refused(message: str) -> EngineError:
    """Return the refusal of a request that does not get as far as the engine (-1013)."""
    return EngineError(code=-1013, message=message)


def check_allowed(venue: Venue, order: NewOrder) -> None:
    """Raise -1013 if the symbol does not take orders of this kind."""
    spec = venue.spec
    if order.type not in spec.order_types:
        if order.type in _UNSUPPORTED:
            raise refused(_UNSUPPORTED[order.type])
        raise EngineError(code=-1116, message="Invalid orderType.")
    if order.iceberg_qty is not None and not spec.iceberg_allowed:
        raise refused("Iceberg orders are not supported for this symbol.")
    if order.quote_order_qty is not None and not spec.quote_order_qty_market_allowed:
        raise refused("Quote order qty market orders are not support for this symbol.")
    if order.trailing_delta is not None and not spec.allow_trailing_stop:
        raise refused("Trailing stop orders are not supported for this symbol.")
    if order.peg_price_type is not None and not spec.peg_instructions_allowed:
        raise refused("Pegged orders are not supported for this symbol.")
    mode = order.self_trade_prevention_mode
    if mode is not None and mode not in spec.allowed_self_trade_prevention_modes:
        raise refused("This symbol does not allow the specified self-trade prevention mode.")


def check_rights(venue: Venue, member: Member) -> None:
    """Raise if the symbol is closed, or if the account may not trade it."""
    if venue.status is not SymbolStatus.TRADING:
        raise refused("Market is closed.")
    account = member.account
    if not account.can_trade:
        raise rejected("This account may not place or cancel orders.")
    if not all(account.permissions.intersection(one_of) for one_of in venue.spec.permission_sets):
        raise rejected("This symbol is not permitted for this account.")


def build(core: Core, venue: Venue, member: Member, request: NewOrder, now_us: int) -> Order:
    """Return the order a request describes, not yet known to anybody. It has no id until it is accepted."""
    account = member.account
    mode = request.self_trade_prevention_mode or venue.spec.default_self_trade_prevention_mode
    if account.require_self_trade_prevention and mode is SelfTradePreventionMode.NONE:
        raise refused("This symbol does not allow the specified self-trade prevention mode.")
    market = request.type is SpotOrderType.MARKET
    return Order(
        account_id=account.account_id,
        symbol=request.symbol,
        order_id=-1,
        client_order_id=request.client_order_id or core.new_client_id(),
        side=request.side,
        type=request.type,
        time_in_force=request.time_in_force or TimeInForce.GTC,
        quantity_u=_units(request.quantity, "quantity"),
        quantity_known=request.quantity is not None or market,
        price_u=_units(request.price, "price"),
        created_us=now_us,
        updated_us=now_us,
        self_trade_prevention_mode=mode,
        quote_order_qty_u=_units(request.quote_order_qty, "quoteOrderQty"),
        stop_price_u=_units(request.stop_price, "stopPrice"),
        trailing_delta=request.trailing_delta,
        iceberg_u=_units(request.iceberg_qty, "icebergQty"),
        strategy_id=request.strategy_id,
        strategy_type=request.strategy_type,
        trade_group_id=account.trade_group_id,
        peg_price_type=request.peg_price_type,
        peg_offset_type=request.peg_offset_type,
        peg_offset_value=request.peg_offset_value,
        used_sor=request.use_sor,
    )


def check_name(member: Member, order: Order, *others: Order) -> None:
    """Raise -2010 if another open order of the account on the symbol, or of the same list, has this name."""
    known = member.on[order.symbol].open_client_ids
    if order.client_order_id in known or any(order.client_order_id == other.client_order_id for other in others):
        raise rejected("Duplicate order sent.")


def check_stop(venue: Venue, order: Order) -> None:
    """Raise -2010 if a waiting order's stop price is met by the last trade already."""
    last = venue.tape.last_u
    if order.is_algo and order.stop_price_u and last and stop_is_met(order, last):
        raise rejected("Order would trigger immediately.")


def check_maker(venue: Venue, order: Order) -> None:
    """Raise -2010 if a LIMIT_MAKER would take."""
    if order.type is not SpotOrderType.LIMIT_MAKER:
        return
    side = venue.book.opposite_of(order)
    level = side.best()
    if level is not None and side.reaches(level.price_u, order.limit_u):
        raise rejected("Order would immediately match and take.")


def peg(venue: Venue, order: Order) -> None:
    """Give a pegged order its price: the best, or a deeper level, of its own or of the opposite side.

    A price that was sent limits it. Raises -2010 if the book has no such level (pegged_orders.md).
    """
    if order.peg_price_type is None:
        return
    primary = order.peg_price_type is PegPriceType.PRIMARY_PEG
    side = venue.book.side_of(order) if primary else venue.book.opposite_of(order)
    level = side.nth(order.peg_offset_value or 0)
    if level is None:
        raise rejected("Order book liquidity is too low for this pegged order.")
    price = level.price_u
    if order.price_u:
        price = min(price, order.price_u) if order.is_buy else max(price, order.price_u)
    order.pegged_price_u = price


def set_lock_price(venue: Venue, order: Order) -> None:
    """Decide what a unit of the order's quantity keeps locked while it rests or waits."""
    if order.type is SpotOrderType.MARKET:
        order.lock_price_u = 0
    elif order.side is OrderSide.SELL:
        order.lock_price_u = 1
    else:
        order.lock_price_u = order.limit_u or order.stop_price_u or venue.tape.last_u


def fix_quantity(venue: Venue, order: Order) -> None:
    """Turn the quoteOrderQty of a market order into the quantity that the book gives for it, in whole lots.

    Raises -2010 if that is less than the smallest lot (errors.md, "Order book liquidity is less than …").
    """
    if not order.quote_order_qty_u:
        return
    budget, quantity = order.quote_order_qty_u, 0
    for level in venue.book.opposite_of(order).from_best():
        offered = takeable_u(level, order)
        cost = notional_units(level.price_u, offered)
        if cost >= budget:
            quantity += budget * SCALE // level.price_u
            break
        budget -= cost
        quantity += offered
    quantity -= quantity % venue.step_u
    lot = smallest_market_lot(venue)
    if quantity == 0 and not venue.book.opposite_of(order).levels:
        raise rejected("Order book liquidity is less than symbol minimum quantity.")
    if lot is not None and quantity < lot[1]:
        raise rejected(f"Order book liquidity is less than `{lot[0]}` filter minimum quantity.")
    if quantity == 0:
        raise rejected("Order book liquidity is less than symbol minimum quantity.")
    order.quantity_u = quantity


def cost_u(core: Core, venue: Venue, order: Order) -> int:
    """Return what the account must have free for the order, in its paying asset."""
    if order.type not in MARKET_TYPES or (order.is_algo and not order.is_working):
        return core.need_u(order)
    if not order.is_buy:
        return order.remaining_u
    if order.quote_order_qty_u:
        return order.quote_order_qty_u
    missing, cost = order.remaining_u, 0
    for level in venue.book.opposite_of(order).from_best():
        part = min(missing, takeable_u(level, order))
        cost += notional_units(level.price_u, part)
        missing -= part
        if not missing:
            break
    return cost


def check_funds(core: Core, venue: Venue, order: Order, amount_u: int | None = None) -> None:
    """Raise -2010 if the account cannot pay for the order."""
    amount = cost_u(core, venue, order) if amount_u is None else amount_u
    if not core.owner(order).affords(core.paying_asset(order), amount):
        raise rejected(INSUFFICIENT_BALANCE)


def _units(value: Decimal | None, parameter: str) -> int:
    if value is None:
        return 0
    try:
        return to_units(value)
    except ValueError:
        raise EngineError(code=-1111, message=f"Parameter '{parameter}' has too much precision.") from None


def placed_cost_u(core: Core, venue: Venue, order: Order) -> int:
    """Return what a pending order will need free when it is placed."""
    if order.type is SpotOrderType.MARKET:
        return cost_u(core, venue, order)
    return notional_units(order.lock_price_u, order.remaining_u) if order.is_buy else order.remaining_u


def check_pair_prices(venue: Venue, orders: list[Order]) -> None:
    """Raise -2010 unless the prices of an OCO pair stand on their sides of the last price (rest-api.md, OCO).

    The stop loss comes first. A leg whose price only the market will tell (trailing, pegged) is not compared.
    """
    stop, other = orders
    last = venue.tape.last_u
    is_market = other.type in MARKET_TYPES
    profit = other.stop_price_u if is_market else other.pegged_price_u or other.price_u
    low, high = (profit, stop.stop_price_u) if stop.is_buy else (stop.stop_price_u, profit)
    chain = [price for price in (low, last, high) if price]
    if any(lower >= higher for lower, higher in pairwise(chain)):
        raise rejected("The relationship of the prices for the orders is not correct.")
