"""The schemas of USD-M futures: the columns of their frames, beside those of `schemas` that both products share.

Quantities and position amounts are in base units, prices in quote units for one base unit, margins and profits in the
margin asset (USDT of a USDT contract), rates fractions: 0.0001 is 0.01 %.
"""

from __future__ import annotations

from binance_nb.models import enums
from binance_nb.schemas import (
    BOOK_TICKERS,
    ORDER_STATUS,
    POSITION_SIDE,
    PRICES,
    SIDE,
    STP_MODE,
    Column,
    Kind,
    Schema,
    flags,
    ids,
    numbers,
    optional,
    texts,
    times,
    words,
)

ORDER_TYPE = Column("order_type", Kind.WORD, words(enums.FuturesOrderType))
TIME_IN_FORCE = Column("time_in_force", Kind.WORD, words(enums.FuturesTimeInForce))
MARGIN_TYPE = Column("margin_type", Kind.WORD, words(enums.MarginType))

FUTURES_ORDERS: Schema = (
    *texts("symbol"),
    *ids("order_id", "algo_id"),
    SIDE,
    POSITION_SIDE,
    ORDER_TYPE,
    ORDER_STATUS,
    *numbers("quantity"),
    *optional("price", "stop_price"),
    *numbers("cumulative_filled_qty"),
    *optional("average_price"),
    *numbers("cumulative_quote_qty"),
    TIME_IN_FORCE,
    *flags("reduce_only", "close_position"),
    Column("working_type", Kind.WORD, words(enums.WorkingType)),
    *flags("price_protect"),
    Column("price_match", Kind.WORD, words(enums.PriceMatch)),
    *optional("activation_price", "callback_rate"),
    STP_MODE,
    Column("algo_status", Kind.WORD, words(enums.AlgoStatus)),
    *times("good_till_date", "order_creation_time", "trigger_time", "transaction_time"),
    *texts("client_order_id"),
)
"""Orders of futures. A conditional order and the order that it became are one row: `algo_id` names the one (-1 of a
regular order), `order_id` the other (-1 until it is triggered), `order_type` and `client_order_id` are as placed.

`stop_price` is the exchange's triggerPrice, `callback_rate` is in percent, `quantity` is 0 where the order closes the
whole position. The answer to a new order tells no price: `average_price` and `cumulative_quote_qty` are NaN until the
stream, or a query, has told them.
"""

FUTURES_BATCH: Schema = (*FUTURES_ORDERS, *ids("code"), *texts("message"))
"""Orders of a batch, in the order in which they were given; of one that was refused `code` and `message` say why."""

FUTURES_POSITIONS: Schema = (
    *texts("symbol"),
    POSITION_SIDE,
    *numbers("position_amt"),
    *optional("entry_price", "break_even_price", "mark_price"),
    *numbers("unrealized_profit"),
    *optional("liquidation_price"),
    *numbers("notional"),
    *texts("margin_asset"),
    *numbers("isolated_margin", "isolated_wallet", "initial_margin", "maint_margin"),
    *numbers("position_initial_margin", "open_order_initial_margin", "bid_notional", "ask_notional"),
    Column("adl", Kind.COUNT),
    *times("update_time"),
)
"""Positions; `position_amt` is negative for a short one. Leverage and margin type: `get_futures_symbol_config`."""

FUTURES_ASSETS: Schema = (
    *texts("asset"),
    *numbers("wallet_balance", "unrealized_profit", "margin_balance", "maint_margin", "initial_margin"),
    *numbers("position_initial_margin", "open_order_initial_margin", "cross_wallet_balance", "cross_un_pnl"),
    *numbers("available_balance", "max_withdraw_amount"),
    *times("update_time"),
)
"""The account by asset; `margin_balance` is `wallet_balance` and `unrealized_profit` together."""

FUTURES_BALANCES: Schema = (
    *texts("asset"),
    *numbers("balance", "cross_wallet_balance", "cross_un_pnl", "available_balance", "max_withdraw_amount"),
    *flags("margin_available"),
    *times("update_time"),
)
"""Wallet balances."""

FUTURES_SYMBOLS: Schema = (
    *texts("symbol", "pair"),
    Column("contract_type", Kind.WORD, words(enums.ContractType)),
    *texts("status", "base_asset", "quote_asset", "margin_asset"),
    *numbers("tick_size", "min_price", "max_price", "step_size", "min_qty", "max_qty", "market_step_size"),
    *numbers("market_max_qty", "min_notional", "multiplier_up", "multiplier_down"),
    Column("max_num_orders", Kind.COUNT),
    *numbers("liquidation_fee", "market_take_bound", "trigger_protect"),
    *times("onboard_date", "delivery_date"),
    *texts("order_types", "time_in_force"),
)
"""Symbols and the limits of their filters; the multipliers are PERCENT_PRICE's, of the mark price."""

FUTURES_BOOK_TICKERS: Schema = (*BOOK_TICKERS, *ids("last_update_id"), *times("time"))
"""Best bid and ask, and when they became that."""

FUTURES_PRICES: Schema = (*PRICES, *times("time"))
"""Latest prices, and when they were traded."""

MARK_PRICES: Schema = (
    *texts("symbol"),
    *optional("mark_price", "index_price", "estimated_settle_price"),
    *numbers("last_funding_rate", "interest_rate"),
    *times("next_funding_time", "time"),
)
"""Mark and index prices with the funding rate."""

SYMBOL_CONFIG: Schema = (
    *texts("symbol"),
    MARGIN_TYPE,
    *flags("is_auto_add_margin"),
    Column("leverage", Kind.COUNT),
    *numbers("max_notional_value"),
)
"""Leverage and margin type of each symbol; `max_notional_value` is the largest position at that leverage."""

LEVERAGE_BRACKETS: Schema = (
    *texts("symbol"),
    Column("bracket", Kind.COUNT),
    Column("initial_leverage", Kind.COUNT),
    *numbers("notional_floor", "notional_cap", "maint_margin_ratio", "cum"),
)
"""How much leverage a position of which notional may have, and the maintenance margin as a fraction of it."""

INCOME: Schema = (
    *times("time"),
    *texts("symbol", "income_type"),
    *numbers("income"),
    *texts("asset", "info"),
    *ids("tran_id"),
    *texts("trade_id"),
)
"""What changed the wallet: REALIZED_PNL, COMMISSION, FUNDING_FEE, TRANSFER and the like."""

FUTURES_COMMISSION_RATES: Schema = (
    *texts("symbol"),
    *numbers("maker_commission_rate", "taker_commission_rate", "rpi_commission_rate"),
)
"""Commission rates as fractions: 0.0004 is 0.04 %."""

COUNTDOWN: Schema = (*texts("symbol"), *numbers("countdown_ms"))
"""A countdown after which all open orders of the symbol are cancelled; 0 is none."""

POSITION_MODE: Schema = (*texts("position_mode"), *flags("dual_side_position"))
"""Whether the account is in "hedge" or "one-way" mode; the exchange calls the first dual side."""

ACCOUNT_EVENTS: Schema = (
    *times("event_time", "transaction_time"),
    *texts("event_type", "reason", "asset"),
    *numbers("wallet_balance", "cross_wallet_balance", "balance_change"),
    *texts("symbol"),
    POSITION_SIDE,
    *numbers("position_amt"),
    *optional("entry_price", "break_even_price", "mark_price"),
    *numbers("accumulated_realized", "unrealized_profit"),
    *texts("margin_type"),
    *numbers("isolated_wallet", "maint_margin", "leverage"),
)
"""What the stream told of the account, one row a balance or a position: ACCOUNT_UPDATE, MARGIN_CALL and
ACCOUNT_CONFIG_UPDATE. `balance_change` is without profit and commission (Event-Balance-and-Position-Update)."""
