"""Futures accounts, balances, positions and income as the documented JSON, in versions 2 and 3."""

from typing import Any

from binance_nb.models.enums import PositionSide
from binance_nb.sandbox.futures.records import (
    AccountConfig,
    AccountSummary,
    CommissionRate,
    Income,
    PositionView,
    SymbolConfig,
)
from binance_nb.sandbox.futures.specs import SymbolSpec
from binance_nb.sandbox.server.futures.render import average, plain, quantity
from binance_nb.sandbox.server.futures.render_events import margin_word
from binance_nb.sandbox.server.wire import EncodeTime, fixed

Json = dict[str, Any]
NO_GROUP = -1
ALIAS = "sandbox"


def totals(money: AccountSummary) -> Json:
    """Return the account's sums."""
    return {
        "totalInitialMargin": fixed(money.initial_margin),
        "totalMaintMargin": fixed(money.maint_margin),
        "totalWalletBalance": fixed(money.wallet_balance),
        "totalUnrealizedProfit": fixed(money.unrealized_profit),
        "totalMarginBalance": fixed(money.margin_balance),
        "totalPositionInitialMargin": fixed(money.position_initial_margin),
        "totalOpenOrderInitialMargin": fixed(money.open_order_initial_margin),
        "totalCrossWalletBalance": fixed(money.cross_wallet_balance),
        "totalCrossUnPnl": fixed(money.cross_un_pnl),
        "availableBalance": fixed(money.available_balance),
        "maxWithdrawAmount": fixed(money.max_withdraw_amount),
    }


def asset(money: AccountSummary, t: EncodeTime) -> Json:
    """Return the one margin asset."""
    return {
        "asset": money.asset,
        "walletBalance": fixed(money.wallet_balance),
        "unrealizedProfit": fixed(money.unrealized_profit),
        "marginBalance": fixed(money.margin_balance),
        "maintMargin": fixed(money.maint_margin),
        "initialMargin": fixed(money.initial_margin),
        "positionInitialMargin": fixed(money.position_initial_margin),
        "openOrderInitialMargin": fixed(money.open_order_initial_margin),
        "crossWalletBalance": fixed(money.cross_wallet_balance),
        "crossUnPnl": fixed(money.cross_un_pnl),
        "availableBalance": fixed(money.available_balance),
        "maxWithdrawAmount": fixed(money.max_withdraw_amount),
        "updateTime": t(money.update_us),
    }


def balance(money: AccountSummary, t: EncodeTime) -> Json:
    """Return a row of the balances."""
    return {
        "accountAlias": ALIAS,
        "asset": money.asset,
        "balance": fixed(money.wallet_balance),
        "crossWalletBalance": fixed(money.cross_wallet_balance),
        "crossUnPnl": fixed(money.cross_un_pnl),
        "availableBalance": fixed(money.available_balance),
        "maxWithdrawAmount": fixed(money.max_withdraw_amount),
        "marginAvailable": True,
        "updateTime": t(money.update_us),
    }


def account_position(row: PositionView, spec: SymbolSpec, t: EncodeTime) -> Json:
    """Return a position as version 3 of the account shows it."""
    return {
        "symbol": row.symbol,
        "positionSide": row.position_side.value,
        "positionAmt": quantity(row.position_amt, spec),
        "unrealizedProfit": fixed(row.unrealized_profit),
        "isolatedMargin": fixed(row.isolated_margin),
        "notional": plain(row.notional),
        "isolatedWallet": plain(row.isolated_wallet),
        "initialMargin": plain(row.initial_margin),
        "maintMargin": plain(row.maint_margin),
        "updateTime": t(row.update_us),
    }


def account_position_v2(row: PositionView, spec: SymbolSpec, t: EncodeTime) -> Json:
    """Return a position as version 2 of the account shows it."""
    return {
        "symbol": row.symbol,
        "initialMargin": plain(row.initial_margin),
        "maintMargin": plain(row.maint_margin),
        "unrealizedProfit": fixed(row.unrealized_profit),
        "positionInitialMargin": plain(row.position_initial_margin),
        "openOrderInitialMargin": plain(row.open_order_initial_margin),
        "leverage": str(row.leverage),
        "isolated": margin_word(row.margin_type) == "isolated",
        "entryPrice": average(row.entry_price),
        "breakEvenPrice": average(row.break_even_price),
        "maxNotional": plain(row.max_notional),
        "bidNotional": plain(row.bid_notional),
        "askNotional": plain(row.ask_notional),
        "positionSide": row.position_side.value,
        "positionAmt": quantity(row.position_amt, spec),
        "notional": plain(row.notional),
        "isolatedWallet": plain(row.isolated_wallet),
        "updateTime": t(row.update_us),
    }


def position(row: PositionView, spec: SymbolSpec, t: EncodeTime) -> Json:
    """Return a position as version 3 of positionRisk shows it: without leverage and margin type."""
    return {
        "symbol": row.symbol,
        "positionSide": row.position_side.value,
        "positionAmt": quantity(row.position_amt, spec),
        "entryPrice": average(row.entry_price),
        "breakEvenPrice": average(row.break_even_price),
        "markPrice": fixed(row.mark_price),
        "unRealizedProfit": fixed(row.unrealized_profit),
        "liquidationPrice": plain(row.liquidation_price),
        "isolatedMargin": plain(row.isolated_margin),
        "notional": plain(row.notional),
        "marginAsset": row.margin_asset,
        "isolatedWallet": plain(row.isolated_wallet),
        "initialMargin": plain(row.initial_margin),
        "maintMargin": plain(row.maint_margin),
        "positionInitialMargin": plain(row.position_initial_margin),
        "openOrderInitialMargin": plain(row.open_order_initial_margin),
        "adl": row.adl,
        "bidNotional": plain(row.bid_notional),
        "askNotional": plain(row.ask_notional),
        "updateTime": t(row.update_us),
    }


def position_v2(row: PositionView, spec: SymbolSpec, t: EncodeTime) -> Json:
    """Return a position as version 2 of positionRisk shows it."""
    return {
        "symbol": row.symbol,
        "positionAmt": quantity(row.position_amt, spec),
        "entryPrice": average(row.entry_price),
        "breakEvenPrice": average(row.break_even_price),
        "markPrice": fixed(row.mark_price),
        "unRealizedProfit": fixed(row.unrealized_profit),
        "liquidationPrice": plain(row.liquidation_price),
        "leverage": str(row.leverage),
        "maxNotionalValue": plain(row.max_notional),
        "marginType": margin_word(row.margin_type),
        "isolatedMargin": fixed(row.isolated_margin),
        "isAutoAddMargin": "false",
        "positionSide": row.position_side.value,
        "notional": plain(row.notional),
        "isolatedWallet": plain(row.isolated_wallet),
        "updateTime": t(row.update_us),
    }


def adl_quantiles(rows: tuple[PositionView, ...]) -> list[Json]:
    """Return where the positions stand in the queue of auto-deleveraging, by symbol and side."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        sides = found.setdefault(row.symbol, {PositionSide.LONG.value: 0, PositionSide.SHORT.value: 0})
        sides[row.position_side.value] = row.adl
    return [{"symbol": name, "adlQuantile": sides} for name, sides in found.items()]


def income(row: Income, t: EncodeTime) -> Json:
    """Return one change of the wallet."""
    return {
        "symbol": row.symbol,
        "incomeType": row.income_type,
        "income": fixed(row.income),
        "asset": row.asset,
        "info": row.info,
        "time": t(row.time_us),
        "tranId": row.tran_id,
        "tradeId": row.trade_id,
    }


def account_config(row: AccountConfig, t: EncodeTime) -> Json:
    """Return the account's settings."""
    return {
        "feeTier": row.fee_tier,
        "canTrade": row.can_trade,
        "canDeposit": row.can_deposit,
        "canWithdraw": row.can_withdraw,
        "dualSidePosition": row.dual_side_position,
        "updateTime": t(row.update_us),
        "multiAssetsMargin": row.multi_assets_margin,
        "tradeGroupId": NO_GROUP,
    }


def account_settings_v2(row: AccountConfig, t: EncodeTime) -> Json:
    """Return the settings at the head of version 2 of the account."""
    shown = account_config(row, t)
    del shown["dualSidePosition"]
    return shown | {"feeBurn": False}


def symbol_config(row: SymbolConfig) -> Json:
    """Return the account's settings of a symbol."""
    return {
        "symbol": row.symbol,
        "marginType": row.margin_type.value,
        "isAutoAddMargin": row.is_auto_add_margin,
        "leverage": row.leverage,
        "maxNotionalValue": plain(row.max_notional),
    }


def commission_rate(row: CommissionRate) -> Json:
    """Return what the account pays; RPI orders, which the sandbox treats as makers, pay what makers do."""
    return {
        "symbol": row.symbol,
        "makerCommissionRate": plain(row.maker),
        "takerCommissionRate": plain(row.taker),
        "rpiCommissionRate": plain(row.maker),
    }
