"""Whether an order passes the filters of its symbol, its account and the exchange (filters.md)."""

from binance_nb.sandbox.engine.accounts import Member
from binance_nb.sandbox.engine.commands import EngineError
from binance_nb.sandbox.engine.core import Core, Venue
from binance_nb.sandbox.engine.records import MARKET_TYPES, Order
from binance_nb.sandbox.engine.specs import (
    ExchangeMaxNumAlgoOrders,
    ExchangeMaxNumIcebergOrders,
    ExchangeMaxNumOrderLists,
    ExchangeMaxNumOrders,
    Filter,
    IcebergParts,
    LotSize,
    MarketLotSize,
    MaxNumAlgoOrders,
    MaxNumIcebergOrders,
    MaxNumOrderAmends,
    MaxNumOrderLists,
    MaxNumOrders,
    MaxPosition,
    MinNotional,
    Notional,
    PercentPrice,
    PercentPriceBySide,
    PriceFilter,
    TrailingDelta,
)
from binance_nb.sandbox.engine.triggers import waits_for_rise
from binance_nb.sandbox.engine.units import SCALE, notional_units, to_units

# No quantity or position may pass this many units: the exchange counts them in 64 bits.
_OVERFLOW = 2**63 - 1


def failure(filter_type: str) -> EngineError:
    """Return the refusal by a filter."""
    return EngineError(code=-1013, message=f"Filter failure: {filter_type}")


def check_filters(venue: Venue, member: Member, order: Order, now_us: int) -> None:
    """Raise -1013 if a filter refuses the order itself; how many orders are open is `check_open_counts`' question."""
    prices = _prices(order)
    for entry, bounds in venue.filters:
        match entry:
            case PriceFilter():
                for price in (*prices, order.stop_price_u):
                    if price and _outside(price, bounds):
                        raise failure(entry.filter_type)
            case PercentPrice() | PercentPriceBySide():
                average = venue.average_u(entry.avg_price_mins, now_us)
                if average and any(_off_average(bounds, price, average, is_buy=order.is_buy) for price in prices):
                    raise failure(entry.filter_type)
            case TrailingDelta():
                if order.trailing_delta is not None and not _delta_fits(entry, order):
                    raise failure(entry.filter_type)
            case MaxPosition():
                if order.is_buy and _position_u(venue, member, order) > min(bounds[0], _OVERFLOW):
                    raise failure(entry.filter_type)
            case _:
                pass
    check_quantity_filters(venue, member, order, now_us)


def check_quantity_filters(venue: Venue, member: Member, order: Order, now_us: int) -> None:
    """Raise -1013 if a filter refuses the order's quantity, as it stands or as it is amended."""
    market = order.type in MARKET_TYPES
    prices = _prices(order)
    for entry, bounds in venue.filters:
        match entry:
            case LotSize() | MarketLotSize():
                if isinstance(entry, LotSize) or market:
                    for quantity in (order.quantity_u, order.iceberg_u):
                        if quantity and _outside(quantity, bounds):
                            raise failure(entry.filter_type)
            case MinNotional() | Notional():
                _check_notional(entry, bounds, _notionals(venue, order, prices, entry.avg_price_mins, now_us), order)
            case IcebergParts():
                if order.iceberg_u and -(-order.quantity_u // order.iceberg_u) > entry.limit:
                    raise failure(entry.filter_type)
            case _:
                pass
    _check_max_asset(venue, member, order, prices, now_us)
    if (
        order.quantity_known
        and order.quantity_u
        and any(notional_units(price, order.quantity_u) <= 0 for price in prices)
    ):
        raise EngineError(code=-1013, message="Price * QTY is zero or less.")


def check_open_counts(core: Core, venue: Venue, member: Member, orders: list[Order], *, is_list: bool) -> None:
    """Raise -1013 if these new orders would be too many, on the symbol or on the exchange."""
    known = member.on[venue.spec.symbol]
    algos = sum(order.is_algo for order in orders)
    icebergs = sum(order.iceberg_u > 0 for order in orders)
    for entry in venue.spec.filters:
        match entry:
            case MaxNumOrders(limit):
                _limit(entry, len(known.open), len(orders), limit)
            case MaxNumAlgoOrders(limit):
                _limit(entry, known.algo_count, algos, limit)
            case MaxNumIcebergOrders(limit):
                _limit(entry, known.iceberg_count, icebergs, limit)
            case MaxNumOrderLists(limit):
                _limit(entry, known.list_count, int(is_list), limit)
            case _:
                pass
    everywhere = member.on.values()
    for entry in core.spec.exchange_filters:
        match entry:
            case ExchangeMaxNumOrders(limit):
                _limit(entry, sum(len(one.open) for one in everywhere), len(orders), limit)
            case ExchangeMaxNumAlgoOrders(limit):
                _limit(entry, sum(one.algo_count for one in everywhere), algos, limit)
            case ExchangeMaxNumIcebergOrders(limit):
                _limit(entry, sum(one.iceberg_count for one in everywhere), icebergs, limit)
            case ExchangeMaxNumOrderLists(limit):
                _limit(entry, len(member.open_lists), int(is_list), limit)
            case _:
                pass


def check_amend_count(venue: Venue, order: Order) -> None:
    """Raise -2038 if the order was amended as often as it may be."""
    entry = venue.spec.filter(MaxNumOrderAmends)
    if isinstance(entry, MaxNumOrderAmends) and order.amendments >= entry.max_num_order_amends:
        raise EngineError(code=-2038, message=f"Filter failure: {entry.filter_type}")


def round_to_lots(venue: Venue, order: Order, quantity_u: int) -> int:
    """Return the largest quantity up to this one that LOT_SIZE (and MARKET_LOT_SIZE) would take; 0 if there is none."""
    for entry in venue.spec.filters:
        if isinstance(entry, LotSize) or (isinstance(entry, MarketLotSize) and order.type in MARKET_TYPES):
            step, low, high = to_units(entry.step_size), to_units(entry.min_qty), to_units(entry.max_qty)
            quantity_u = min(quantity_u, high) if high else quantity_u
            quantity_u -= quantity_u % step if step else 0
            if quantity_u < low:
                return 0
    return quantity_u


def smallest_market_lot(venue: Venue) -> tuple[str, int] | None:
    """Return the filter with the larger minimum quantity of a market order, and that minimum in units."""
    found: tuple[str, int] | None = None
    for entry in venue.spec.filters:
        if isinstance(entry, LotSize | MarketLotSize):
            low = to_units(entry.min_qty)
            if low and (found is None or low > found[1]):
                found = (entry.filter_type, low)
    return found


def _prices(order: Order) -> list[int]:
    return [price for price in (order.price_u, order.pegged_price_u or 0) if price]


def _limit(entry: Filter, present: int, added: int, limit: int) -> None:
    if added and present + added > limit:
        raise failure(entry.filter_type)


def _outside(value_u: int, bounds: tuple[int, ...]) -> bool:
    """Whether a value breaks the lower or upper bound or the step; zero turns one off. Steps count from zero."""
    low, high, step = bounds
    return value_u < low or (high > 0 and value_u > high) or (step > 0 and value_u % step != 0)


def _off_average(bounds: tuple[int, ...], price_u: int, average_u: int, *, is_buy: bool) -> bool:
    """Whether a price is too far from the average; multipliers are up and down, those of bids first if four."""
    up, down = bounds[:2] if is_buy else bounds[-2:]
    scaled = price_u * SCALE
    return scaled > average_u * up or scaled < average_u * down


def _check_notional(
    entry: MinNotional | Notional, bounds: tuple[int, ...], values: list[int] | None, order: Order
) -> None:
    low, high = bounds if isinstance(entry, Notional) else (bounds[0], 0)
    apply_low = apply_high = True
    if order.type in MARKET_TYPES:
        apply_low = entry.apply_min_to_market if isinstance(entry, Notional) else entry.apply_to_market
        apply_high = isinstance(entry, Notional) and entry.apply_max_to_market
    if values is None:
        # CHANGELOG, "Explanation for the average price calculation": before the first trade of a symbol there is no
        # average price, and with MIN_NOTIONAL applied to market orders none can be placed. Of NOTIONAL it says nothing.
        if apply_low and isinstance(entry, MinNotional):
            raise failure(entry.filter_type)
        return
    for value in values:
        if (apply_low and value < low * SCALE) or (apply_high and high and value > high * SCALE):
            raise failure(entry.filter_type)


def _notionals(venue: Venue, order: Order, prices: list[int], minutes: int, now_us: int) -> list[int] | None:
    """Return what an order is worth, times SCALE, at each price it must be valid at; a market order at the average.

    None where it would be valued at an average price and there is none.
    """
    if order.quote_order_qty_u:
        return [order.quote_order_qty_u * SCALE]
    if not order.quantity_u:  # a pending order of an OPO: valued when its quantity is known
        return []
    if not prices and order.type in MARKET_TYPES:
        average = order.stop_price_u or venue.average_u(minutes, now_us)
        if not average:
            return None
        prices = [average]
    return [price * order.quantity_u for price in prices]


def _delta_fits(entry: TrailingDelta, order: Order) -> bool:
    delta = order.trailing_delta or 0
    if waits_for_rise(order):
        return entry.min_trailing_above_delta <= delta <= entry.max_trailing_above_delta
    return entry.min_trailing_below_delta <= delta <= entry.max_trailing_below_delta


def _position_u(venue: Venue, member: Member, order: Order) -> int:
    balance = member.account.balances.get(venue.spec.base_asset)
    held = balance.free_u + balance.locked_u if balance else 0
    wanted = order.quantity_u
    if order.quote_order_qty_u and venue.tape.last_u:
        wanted = order.quote_order_qty_u * SCALE // venue.tape.last_u
    # An order that is checked again (a pending one that is due) is among the open ones already.
    buying = member.on[venue.spec.symbol].buying_u - (order.remaining_u if order.order_id >= 0 else 0)
    return held + buying + wanted


def _check_max_asset(venue: Venue, member: Member, order: Order, prices: list[int], now_us: int) -> None:
    limits = member.account.max_asset_u
    if not limits:
        return
    base = limits.get(venue.spec.base_asset)
    quote = limits.get(venue.spec.quote_asset)
    if base is not None and order.quantity_u > base:
        raise failure("MAX_ASSET")
    values = _notionals(venue, order, prices, 0, now_us) or []
    if quote is not None and any(value > quote * SCALE for value in values):
        raise failure("MAX_ASSET")
