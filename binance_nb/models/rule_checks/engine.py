"""What the matching engine looks at last: whether the symbol trades, who asks, the book, and the money."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_FLOOR, Decimal

from binance_nb.models.decimals import plain
from binance_nb.models.enums import OrderSide, SpotOrderType, SymbolStatus
from binance_nb.models.requests import TRIGGERED, SpotOrderRequest
from binance_nb.models.rule_checks.base import (
    EXACT,
    PLACES,
    REJECTED,
    RuleCheck,
    SymbolFilters,
    cut,
    number,
    offer,
    rounded,
    worth,
)
from binance_nb.models.rule_checks.facts import (
    STOPS,
    MarketFacts,
    cost_of,
    is_pegged_now,
    limit_price,
    lots_for,
)


def check_status(rules: SymbolFilters) -> RuleCheck:
    """errors.md, "Market is closed."."""
    status = rules.info.get("status", SymbolStatus.TRADING)
    return RuleCheck(
        rule="status",
        field="symbol",
        limit=SymbolStatus.TRADING,
        value=str(status),
        passed=status == SymbolStatus.TRADING,
        sentence=f"{rules.symbol} does not trade now (its status is {status})",
    )


def check_prevention(rules: SymbolFilters, order: SpotOrderRequest, facts: MarketFacts) -> Iterator[RuleCheck]:
    """rest-api.md, "Account information": an account may be bound to prevent self-trades."""
    if not facts.account.get("requireSelfTradePrevention"):
        return
    mode = order.self_trade_prevention_mode or rules.info.get("defaultSelfTradePreventionMode", "NONE")
    yield RuleCheck(
        rule="requireSelfTradePrevention",
        field="self_trade_prevention_mode",
        limit="any but NONE",
        value=str(mode),
        passed=mode != "NONE",
        sentence="this account must send orders with a self-trade prevention mode other than NONE",
    )


def check_peg(rules: SymbolFilters, order: SpotOrderRequest, facts: MarketFacts) -> Iterator[RuleCheck]:
    """pegged_orders.md: the book must have the level that a pegged order asks for."""
    if not is_pegged_now(order):
        return
    price, level = facts.peg_price(order), 1 + (order.peg_offset_value or 0)
    yield RuleCheck(
        rule="pegPriceType",
        field="peg_offset_value",
        limit=str(level),
        value="none" if price is None else plain(price),
        passed=price is not None,
        code=REJECTED,
        sentence=f"the book of {rules.symbol} has no price level {level} to peg this order to",
    )


def check_rights(rules: SymbolFilters, facts: MarketFacts) -> Iterator[RuleCheck]:
    """errors.md: whether the account may trade, and this symbol; each inner set needs one permission of the account."""
    can_trade = bool(facts.account.get("canTrade", True))
    yield RuleCheck(
        rule="canTrade",
        field="account",
        limit="true",
        value=str(can_trade).lower(),
        passed=can_trade,
        code=REJECTED,
        sentence="this account may not place or cancel orders",
    )
    mine = facts.account.get("permissions", ())
    sets = rules.info.get("permissionSets", ())
    yield RuleCheck(
        rule="permissionSets",
        field="account",
        limit=" and ".join(" or ".join(one_of) for one_of in sets),
        value=", ".join(mine),
        passed=all(set(one_of) & set(mine) for one_of in sets),
        code=REJECTED,
        sentence=f"this account ({', '.join(mine)}) is not permitted to trade {rules.symbol}",
    )


def check_name(rules: SymbolFilters, order: SpotOrderRequest, facts: MarketFacts) -> RuleCheck:
    """errors.md, "Duplicate order sent.": no open order of the symbol may have the same client order id."""
    name = order.new_client_order_id
    taken = any(row["clientOrderId"] == name for row in facts.open_orders if row["symbol"] == rules.symbol)
    return RuleCheck(
        rule="newClientOrderId",
        field="new_client_order_id",
        limit="not in use",
        value=name,
        passed=not taken,
        code=REJECTED,
        sentence=f"an open order on {rules.symbol} has the client order id {name} already",
    )


def check_stop(rules: SymbolFilters, order: SpotOrderRequest, facts: MarketFacts) -> Iterator[RuleCheck]:
    """rest-api.md, "New order": a stop price lies on its side of the last price, or it would trigger at once."""
    last, stop = facts.last_price, order.stop_price
    if order.order_type not in TRIGGERED or stop is None:
        return
    rises = (order.order_type in STOPS) == (order.side is OrderSide.BUY)
    side = "above" if rises else "below"
    passed = not last or (stop > last if rises else stop < last)
    tick = rules.tick_size or Decimal(1).scaleb(-PLACES)
    nearest: tuple[str, ...] = ()
    words = ""
    if last:
        on_tick = rounded(last, tick, ROUND_FLOOR)
        below = on_tick if on_tick < last else on_tick - tick
        nearest, words = offer("stop_price", on_tick + tick if rises else below)
    yield RuleCheck(
        rule="stopPrice",
        field="stop_price",
        limit=f"{side} {plain(last)}" if last else "none before the first trade",
        value=plain(stop),
        passed=passed,
        nearest=() if passed else nearest,
        code=REJECTED,
        sentence=f"stop_price {plain(stop)} of a {order.order_type} {order.side} must be {side} the last price "
        f"{plain(last or Decimal(0))}, or it would trigger immediately{words}",
    )


def check_maker(rules: SymbolFilters, order: SpotOrderRequest, facts: MarketFacts) -> Iterator[RuleCheck]:
    """rest-api.md, "New order": a LIMIT_MAKER is refused if it would take."""
    price, opposite = limit_price(order, facts), facts.opposite(order)
    if order.order_type is not SpotOrderType.LIMIT_MAKER or price is None:
        return
    buys = order.side is OrderSide.BUY
    best = opposite[0][0] if opposite else None
    passed = best is None or (price < best if buys else price > best)
    tick = rules.tick_size or Decimal(1).scaleb(-PLACES)
    name, words = "ask" if buys else "bid", ""
    nearest: tuple[str, ...] = ()
    if best is not None:
        nearest, words = offer("price", best - tick if buys else best + tick)
    yield RuleCheck(
        rule="LIMIT_MAKER",
        field="price",
        limit=f"{'below' if buys else 'above'} {plain(best)}" if best is not None else f"no {name} to match",
        value=plain(price),
        passed=passed,
        nearest=() if passed else nearest,
        code=REJECTED,
        sentence=f"a LIMIT_MAKER {order.side} at {plain(price)} would immediately match the best {name} "
        f"{plain(best or Decimal(0))}{words}",
    )


def check_liquidity(rules: SymbolFilters, order: SpotOrderRequest, facts: MarketFacts) -> Iterator[RuleCheck]:
    """errors.md, "Order book liquidity is less than …": what a quote amount gets must be a smallest lot at least."""
    if order.quote_order_qty is None:
        return
    levels = facts.opposite(order)
    quantity = lots_for(order.quote_order_qty, levels, rules.step_size)
    smallest = max(number(rules.filters.get(name, {}), "minQty") for name in ("LOT_SIZE", "MARKET_LOT_SIZE"))
    passed = quantity > 0 and quantity >= smallest
    yield RuleCheck(
        rule="liquidity",
        field="quote_order_qty",
        limit=plain(smallest),
        value=plain(quantity),
        passed=passed,
        code=REJECTED,
        sentence=f"for {plain(order.quote_order_qty)} {rules.quote_asset} the book of {rules.symbol} gives "
        f"{plain(quantity)} {rules.base_asset}, which is less than the smallest lot {plain(smallest)}",
    )


def check_balance(rules: SymbolFilters, order: SpotOrderRequest, facts: MarketFacts) -> RuleCheck:
    """errors.md, "Account has insufficient balance for requested action."."""
    buys = order.side is OrderSide.BUY
    asset = rules.quote_asset if buys else rules.base_asset
    need, free = need_of(rules, order, facts), facts.free(asset)
    quantity = order.quantity
    near = Decimal(0)
    if order.order_type is SpotOrderType.MARKET and quantity is not None and buys:
        near = lots_for(free, facts.opposite(order), rules.lots(order))
    elif quantity is not None and need:
        near = rounded(EXACT.divide(worth(quantity, free), need), rules.lots(order), ROUND_FLOOR)
    field = "quote_order_qty" if quantity is None else "quantity"
    nearest, words = offer(field, free if quantity is None and buys else near)
    return RuleCheck(
        rule="balance",
        field=field,
        limit=plain(free),
        value=plain(need),
        passed=need <= free,
        nearest=() if need <= free else nearest,
        code=REJECTED,
        sentence=f"the order needs {plain(need)} {asset} and {plain(free)} is free{words}",
    )


def need_of(rules: SymbolFilters, order: SpotOrderRequest, facts: MarketFacts) -> Decimal:
    """Return what the account must have free for the order: quote units of a BUY, base units of a SELL."""
    quantity = order.quantity or Decimal(0)
    if order.side is OrderSide.SELL:
        if order.quote_order_qty is None:
            return quantity
        return lots_for(order.quote_order_qty, facts.opposite(order), rules.step_size)
    if order.quote_order_qty is not None:
        return order.quote_order_qty
    if order.order_type is SpotOrderType.MARKET:
        return cost_of(quantity, facts.opposite(order))
    # A stop without a limit is locked at its stop price, or where it only trails, at the last price.
    price = limit_price(order, facts) or order.stop_price or facts.last_price or Decimal(0)
    return cut(worth(price, quantity))
