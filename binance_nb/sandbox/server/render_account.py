"""Accounts, their trades, rates and limits as the documented JSON (rest-api.md, Account endpoints)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from binance_nb.sandbox.engine.records import (
    Account,
    AccountTrade,
    Allocation,
    Amendment,
    CommissionRates,
    OrderCount,
    PreventedMatch,
    Rates,
)
from binance_nb.sandbox.server.wire import EncodeTime, fixed, units

Json = dict[str, Any]

BASIS_POINTS = 10_000


def amendment(row: Amendment, t: EncodeTime) -> Json:
    """Return a row of an order's amendments."""
    return {
        "symbol": row.symbol,
        "orderId": row.order_id,
        "executionId": row.execution_id,
        "origClientOrderId": row.orig_client_order_id,
        "newClientOrderId": row.new_client_order_id,
        "origQty": units(row.orig_u),
        "newQty": units(row.new_u),
        "time": t(row.time_us),
    }


def account_trade(row: AccountTrade, t: EncodeTime) -> Json:
    """Return a row of an account's trades."""
    return {
        "symbol": row.symbol,
        "id": row.trade_id,
        "orderId": row.order_id,
        "orderListId": row.order_list_id,
        "price": units(row.price_u),
        "qty": units(row.quantity_u),
        "quoteQty": units(row.quote_u),
        "commission": units(row.commission_u),
        "commissionAsset": row.commission_asset,
        "time": t(row.time_us),
        "isBuyer": row.is_buyer,
        "isMaker": row.is_maker,
        "isBestMatch": row.is_best_match,
    }


def prevented_match(row: PreventedMatch, t: EncodeTime) -> Json:
    """Return a row of an account's prevented matches."""
    out: Json = {
        "symbol": row.symbol,
        "preventedMatchId": row.prevented_match_id,
        "takerOrderId": row.taker_order_id,
        "makerSymbol": row.maker_symbol,
        "makerOrderId": row.maker_order_id,
        "tradeGroupId": row.trade_group_id,
        "selfTradePreventionMode": row.self_trade_prevention_mode.value,
        "price": units(row.price_u),
    }
    if row.taker_prevented_u is not None:
        out["takerPreventedQuantity"] = units(row.taker_prevented_u)
    if row.maker_prevented_u is not None:
        out["makerPreventedQuantity"] = units(row.maker_prevented_u)
    out["transactTime"] = t(row.time_us)
    return out


def allocation(row: Allocation, t: EncodeTime) -> Json:
    """Return a row of an account's SOR allocations."""
    return {
        "symbol": row.symbol,
        "allocationId": row.allocation_id,
        "allocationType": row.allocation_type,
        "orderId": row.order_id,
        "orderListId": row.order_list_id,
        "price": units(row.price_u),
        "qty": units(row.quantity_u),
        "quoteQty": units(row.quote_u),
        "commission": units(row.commission_u),
        "commissionAsset": row.commission_asset,
        "time": t(row.time_us),
        "isBuyer": row.is_buyer,
        "isMaker": row.is_maker,
        "isAllocator": row.is_allocator,
    }


def account(held: Account, assets: tuple[str, ...], *, omit_zero: bool, t: EncodeTime) -> Json:
    """Return an account: its rates in basis points and as fractions, its rights, its balances."""
    rates = held.commission.standard
    known = [*assets, *(asset for asset in held.balances if asset not in assets)]
    balances = []
    for asset in known:
        balance = held.balances.get(asset)
        free, locked = (balance.free_u, balance.locked_u) if balance else (0, 0)
        if free or locked or not omit_zero:
            balances.append({"asset": asset, "free": units(free), "locked": units(locked)})
    return {
        "makerCommission": int(rates.maker * BASIS_POINTS),
        "takerCommission": int(rates.taker * BASIS_POINTS),
        "buyerCommission": int(rates.buyer * BASIS_POINTS),
        "sellerCommission": int(rates.seller * BASIS_POINTS),
        "commissionRates": _rates(rates),
        "canTrade": held.can_trade,
        "canWithdraw": held.can_withdraw,
        "canDeposit": held.can_deposit,
        "brokered": False,
        "requireSelfTradePrevention": held.require_self_trade_prevention,
        "preventSor": held.prevent_sor,
        "updateTime": t(held.updated_us),
        "accountType": "SPOT",
        "balances": balances,
        "permissions": sorted(held.permissions),
        "uid": held.uid,
    }


def commission(symbol: str, rates: CommissionRates) -> Json:
    """Return an account's commission rates on a symbol."""
    return {
        "symbol": symbol,
        "standardCommission": _rates(rates.standard),
        "specialCommission": _rates(rates.special),
        "taxCommission": _rates(rates.tax),
        "discount": _discount(rates),
    }


def order_commission(standard: Rates, special: Rates, tax: Rates, rates: CommissionRates) -> Json:
    """Return the rates a test order would pay."""
    return {
        "standardCommissionForOrder": _maker_taker(standard),
        "specialCommissionForOrder": _maker_taker(special),
        "taxCommissionForOrder": _maker_taker(tax),
        "discount": _discount(rates),
    }


def order_count(row: OrderCount) -> Json:
    """Return a row of the unfilled order counts."""
    return {
        "rateLimitType": "ORDERS",
        "interval": row.interval,
        "intervalNum": row.interval_num,
        "limit": row.limit,
        "count": row.count,
    }


def max_assets(limits: Mapping[str, Decimal]) -> list[Json]:
    """Return the MAX_ASSET filters of an account."""
    return [{"filterType": "MAX_ASSET", "asset": asset, "limit": fixed(limit)} for asset, limit in limits.items()]


def _rates(rates: Rates) -> Json:
    return {
        "maker": fixed(rates.maker),
        "taker": fixed(rates.taker),
        "buyer": fixed(rates.buyer),
        "seller": fixed(rates.seller),
    }


def _maker_taker(rates: Rates) -> Json:
    return {"maker": fixed(rates.maker), "taker": fixed(rates.taker)}


def _discount(rates: CommissionRates) -> Json:
    return {
        "enabledForAccount": rates.discount_enabled_for_account,
        "enabledForSymbol": rates.discount_enabled_for_symbol,
        "discountAsset": rates.discount_asset,
        "discount": fixed(rates.discount),
    }
