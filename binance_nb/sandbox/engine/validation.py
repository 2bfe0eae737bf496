"""Which parameters an order of each type needs, allows and forbids (rest-api.md, "New order"). Pure functions.

`prefix` names an order inside a list ("working", "pending", "above", "pendingBelow", …), so that a refusal names the
parameter as the caller sent it.
"""

from collections.abc import Callable, Iterable

from binance_nb.models.enums import OrderSide, PegPriceType, SpotOrderType, TimeInForce
from binance_nb.sandbox.engine.commands import EngineError, NewOrder, NewOrderList
from binance_nb.sandbox.engine.records import ALGO_TYPES, MARKET_TYPES

MAX_PEG_OFFSET = 100  # rest-api.md: "Price level to peg the price to (max: 100)"
_LIMIT_TYPES = frozenset(set(SpotOrderType) - MARKET_TYPES)
_STOP_TYPES = frozenset({SpotOrderType.STOP_LOSS, SpotOrderType.STOP_LOSS_LIMIT})
_PROFIT_TYPES = frozenset({SpotOrderType.TAKE_PROFIT, SpotOrderType.TAKE_PROFIT_LIMIT})
_NEEDS_TIME_IN_FORCE = frozenset({SpotOrderType.LIMIT, SpotOrderType.STOP_LOSS_LIMIT, SpotOrderType.TAKE_PROFIT_LIMIT})
# The prefixes of the orders of each list, in the order in which the command holds them.
LIST_PREFIXES = {
    "OCO": ("above", "below"),
    "OTO": ("working", "pending"),
    "OPO": ("working", "pending"),
    "OTOCO": ("working", "pendingAbove", "pendingBelow"),
    "OPOCO": ("working", "pendingAbove", "pendingBelow"),
}


def named(parameter: str, prefix: str) -> str:
    """Return a parameter's name inside a list: ("price", "above") gives "abovePrice"."""
    return prefix + parameter[0].upper() + parameter[1:] if prefix else parameter


def mandatory(parameter: str) -> EngineError:
    """Return the refusal of an order that lacks this parameter."""
    return EngineError(
        code=-1102, message=f"Mandatory parameter '{parameter}' was not sent, was empty/null, or malformed."
    )


def not_required(parameter: str) -> EngineError:
    """Return the refusal of an order that has a parameter its type does not take."""
    return EngineError(code=-1106, message=f"Parameter '{parameter}' sent when not required.")


def _either(first: str, second: str) -> EngineError:
    return EngineError(code=-1102, message=f"Param '{first}' or '{second}' must be sent, but both were empty/null!")


def check_order(order: NewOrder, prefix: str = "", *, has_quantity: bool = True) -> None:
    """Raise EngineError unless the parameters fit the order's type; `has_quantity` is false for a pending OPO order."""
    kind = order.type

    def name(parameter: str) -> str:
        return named(parameter, prefix)

    if has_quantity:
        _check_quantity(order, name("quantity"), name("quoteOrderQty"))
    elif order.quantity is not None:
        raise EngineError(code=-1225, message=f"Pending orders should not include the '{name('quantity')}' tag.")

    if kind in _LIMIT_TYPES:
        if order.price is None and order.peg_price_type is None:
            raise mandatory(name("price"))
    elif order.price is not None:
        raise not_required(name("price"))

    if kind in _NEEDS_TIME_IN_FORCE:
        if order.time_in_force is None:
            raise mandatory(name("timeInForce"))
    elif order.time_in_force is not None:
        raise EngineError(code=-1114, message="TimeInForce parameter sent when not required.")

    if kind in ALGO_TYPES:
        if order.stop_price is None and order.trailing_delta is None:
            raise _either(name("stopPrice"), name("trailingDelta"))
    elif order.stop_price is not None:
        raise not_required(name("stopPrice"))
    elif order.trailing_delta is not None:
        raise not_required(name("trailingDelta"))

    _check_iceberg(order, name("icebergQty"))
    _check_strategy(order)
    _check_peg(order, name)
    if order.use_sor:
        _check_sor(order)


def _check_quantity(order: NewOrder, quantity: str, quote: str) -> None:
    if order.type is SpotOrderType.MARKET:
        if order.quantity is None and order.quote_order_qty is None:
            raise _either(quantity, quote)
        if order.quantity is not None and order.quote_order_qty is not None:
            raise not_required(quote)
        return
    if order.quote_order_qty is not None:
        raise not_required(quote)
    if order.quantity is None:
        raise mandatory(quantity)


def _check_iceberg(order: NewOrder, parameter: str) -> None:
    if not order.iceberg_qty:
        return
    if order.type in MARKET_TYPES:
        raise not_required(parameter)
    if order.type is not SpotOrderType.LIMIT_MAKER and order.time_in_force is not TimeInForce.GTC:
        raise EngineError(code=-1014, message="Unsupported order combination.")
    if order.quantity is not None and order.iceberg_qty >= order.quantity:
        raise EngineError(code=-1013, message="IcebergQty exceeds QTY.")


def _check_strategy(order: NewOrder) -> None:
    if order.strategy_type is not None and order.strategy_type < 1_000_000:
        raise EngineError(code=-1134, message="`strategyType` was less than 1000000.")


def _check_peg(order: NewOrder, name: Callable[[str], str]) -> None:
    if (order.peg_offset_type is None) != (order.peg_offset_value is None):
        raise EngineError(
            code=-1128,
            message=(
                "Combination of optional fields invalid. Recommendation: "
                f"'{name('pegOffsetType')}' and '{name('pegOffsetValue')}' must both be sent."
            ),
        )
    if order.peg_price_type is None:
        if order.peg_offset_type is not None:
            raise not_required(name("pegOffsetType"))
        return
    if order.peg_offset_value is not None and not 0 <= order.peg_offset_value <= MAX_PEG_OFFSET:
        raise EngineError(code=-1130, message=f"Data sent for parameter '{name('pegOffsetValue')}' is not valid.")
    if order.type not in _LIMIT_TYPES:
        raise EngineError(code=-1013, message="This order type may not use pegged price.")
    market_peg = order.peg_price_type is PegPriceType.MARKET_PEG
    if order.type is SpotOrderType.LIMIT_MAKER and market_peg:
        raise EngineError(code=-1013, message="This price peg cannot be used with this order type.")
    if order.type is SpotOrderType.LIMIT and not market_peg and order.time_in_force is not TimeInForce.GTC:
        raise EngineError(code=-1013, message="This price peg cannot be used with this order type.")


def _check_sor(order: NewOrder) -> None:
    if order.type not in (SpotOrderType.LIMIT, SpotOrderType.MARKET):
        raise EngineError(code=-1014, message="Unsupported order combination.")
    if order.quote_order_qty is not None:
        raise not_required("quoteOrderQty")
    if order.peg_price_type is not None:
        raise EngineError(code=-1013, message="Pegged orders are not supported for this symbol.")


def check_list(request: NewOrderList) -> None:
    """Raise EngineError unless the orders of the list fit each other (rest-api.md, "Order lists")."""
    prefixes = LIST_PREFIXES[request.kind]
    is_opo = request.kind.startswith("OPO")
    for index, (order, prefix) in enumerate(zip(request.orders, prefixes, strict=True)):
        is_pending = index > 0 and request.kind != "OCO"
        if is_pending and order.type is SpotOrderType.MARKET and order.quote_order_qty is not None:
            raise not_required(named("quoteOrderQty", prefix))
        if order.iceberg_qty is not None and order.type in ALGO_TYPES and order.time_in_force is not TimeInForce.GTC:
            raise EngineError(
                code=-1160,
                message=(
                    f"Parameter '{named('icebergQty', prefix)}' is not supported if "
                    f"'{named('timeInForce', prefix)}' is not GTC."
                ),
            )
        # The quantity of an OCO pair is one parameter of the list.
        check_order(order, prefix, has_quantity=not (is_pending and is_opo))
    if request.kind != "OCO" and request.orders[0].type not in (SpotOrderType.LIMIT, SpotOrderType.LIMIT_MAKER):
        raise EngineError(code=-1130, message="Data sent for parameter 'workingType' is not valid.")
    if is_opo:
        if request.orders[0].side is not OrderSide.BUY:
            raise EngineError(code=-1222, message="Working order in an OPO list must be a bid.")
        if any(order.side is not OrderSide.SELL for order in request.orders[1:]):
            raise EngineError(code=-1223, message="Pending orders in an OPO list must be asks.")
    if request.kind == "OCO":
        check_pair(*request.orders)
    elif len(request.orders) == 3:
        check_pair(*request.orders[1:])


def check_pair(above: NewOrder, below: NewOrder) -> None:
    """Raise EngineError unless the two orders form an OCO: one works or takes profit, the other stops a loss."""
    for order in (above, below):
        if order.type in (SpotOrderType.LIMIT, SpotOrderType.MARKET):
            raise EngineError(code=-1158, message="Order type not supported in OCO.")
    buys = above.side is OrderSide.BUY
    if above.type is SpotOrderType.LIMIT_MAKER and below.type is SpotOrderType.LIMIT_MAKER:
        raise EngineError(code=-1168, message="At least one OCO order must be contingent.")
    if buys and above.type is SpotOrderType.LIMIT_MAKER:
        raise EngineError(code=-1165, message="A limit order in a buy OCO must be below.")
    if not buys and below.type is SpotOrderType.LIMIT_MAKER:
        raise EngineError(code=-1166, message="A limit order in a sell OCO must be above.")
    if buys and below.type in _STOP_TYPES:
        raise EngineError(code=-1196, message="A stop loss order in a buy OCO must be above.")
    if not buys and above.type in _STOP_TYPES:
        raise EngineError(code=-1197, message="A stop loss order in a sell OCO must be below.")
    if buys and above.type in _PROFIT_TYPES:
        raise EngineError(code=-1198, message="A take profit order in a buy OCO must be below.")
    if not buys and below.type in _PROFIT_TYPES:
        raise EngineError(code=-1199, message="A take profit order in a sell OCO must be above.")


def stop_leg_first(pair: Iterable[NewOrder]) -> list[NewOrder]:
    """Return an OCO pair with its stop loss first: it gets the lower order id (rest-api.md, "Order lists")."""
    return sorted(pair, key=lambda order: order.type not in _STOP_TYPES)
