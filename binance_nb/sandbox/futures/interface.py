"""The face of the futures engine: what a door may call on `FuturesExchange` (exchange.py) and what comes back.

Commands are in `commands`, what is returned in `records`, what is announced in `events`, the rules in `specs`; refusals
are `EngineError(code, message)`. Times are microseconds and are passed in. Every change may announce events: drain them
after each call. `advance` lets time-driven things happen (mark price, funding, liquidation, GTD, countdowns); call it
with every tick of the clock. Order rate limits (-1015), listen keys, recvWindow and the parsing of text are the door's.
The market is `house.FuturesMarket(exchange, seed=...)`: `open(now_us)` once, then `step(now_us)` with every tick, which
tells the index prices and calls `advance`; without a market call `advance` yourself.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from binance_nb.models.enums import KlineInterval, MarginType, PositionSide
from binance_nb.sandbox.engine.records import AggTrade, BookTop, BookView, Candle, Trade, WindowStatistics
from binance_nb.sandbox.futures.commands import CancelOrder, EngineError, ModifyOrder, NewAlgoOrder, NewOrder
from binance_nb.sandbox.futures.events import Event
from binance_nb.sandbox.futures.records import (
    AccountConfig,
    AccountSummary,
    AccountTrade,
    AlgoOrder,
    Amendment,
    CommissionRate,
    FundingRate,
    Income,
    MarkPrice,
    Order,
    PositionMargin,
    PositionView,
    SymbolConfig,
)
from binance_nb.sandbox.futures.specs import SymbolSpec


class FuturesVenue(Protocol):
    """`FuturesExchange(symbols, seed=7, algo_name_is_order_name=True)`; every `symbol` unknown raises -1121."""

    # -- symbols and accounts

    @property
    def symbols(self) -> Mapping[str, SymbolSpec]:
        """Every symbol by name."""

    def symbol(self, name: str) -> SymbolSpec:
        """Return a symbol; -1121."""

    def open_account(self, balance: Decimal, now_us: int, *, silent: bool = False) -> int:
        """Open an account with this much USDT and return its id; `silent` is for the market's own."""

    def reset_account(self, account_id: int, balance: Decimal, now_us: int) -> None:
        """Forget orders, positions and history; set the wallet."""

    def transfer(self, account_id: int, amount: Decimal, now_us: int) -> None:
        """Add to the wallet, or take from it if negative (-2019 if it is not available)."""

    # -- orders: answers are snapshots right after the step; ACK against RESULT is the door's

    def place_order(self, account_id: int, order: NewOrder, now_us: int) -> Order:
        """Place a MARKET or LIMIT order; -4120 for a conditional type."""

    def test_order(self, account_id: int, order: NewOrder, now_us: int) -> None:
        """Check an order as far as the book."""

    def modify_order(self, account_id: int, change: ModifyOrder, now_us: int) -> Order:
        """Change an open LIMIT order; it may come back CANCELED."""

    def cancel_order(self, account_id: int, cancel: CancelOrder, now_us: int) -> Order:
        """Cancel an order; -2011."""

    def cancel_open_orders(self, account_id: int, symbol: str, now_us: int) -> tuple[Order, ...]:
        """Cancel every regular open order on the symbol; no refusal when there is none."""

    def place_batch(self, account_id: int, orders: Sequence[NewOrder], now_us: int) -> tuple[Order | EngineError, ...]:
        """Place up to five orders; each has its own answer."""

    def modify_batch(
        self, account_id: int, changes: Sequence[ModifyOrder], now_us: int
    ) -> tuple[Order | EngineError, ...]:
        """Modify up to five orders."""

    def cancel_batch(
        self, account_id: int, cancels: Sequence[CancelOrder], now_us: int
    ) -> tuple[Order | EngineError, ...]:
        """Cancel up to ten orders."""

    def set_countdown(self, account_id: int, symbol: str, countdown_us: int, now_us: int) -> None:
        """Cancel all open orders on the symbol after this time unless set anew; 0 switches it off."""

    # -- Algo Service

    def place_algo_order(self, account_id: int, order: NewAlgoOrder, now_us: int) -> AlgoOrder:
        """Hand a conditional order to the Algo Service."""

    def cancel_algo_order(
        self, account_id: int, now_us: int, *, algo_id: int | None = None, client_algo_id: str | None = None
    ) -> AlgoOrder:
        """Cancel one that still waits; -2011."""

    def cancel_open_algo_orders(self, account_id: int, symbol: str, now_us: int) -> tuple[AlgoOrder, ...]:
        """Cancel all that wait on the symbol."""

    def algo_order(
        self, account_id: int, *, algo_id: int | None = None, client_algo_id: str | None = None, now_us: int
    ) -> AlgoOrder:
        """Return one; -2013."""

    def open_algo_orders(
        self, account_id: int, symbol: str | None = None, algo_id: int | None = None
    ) -> tuple[AlgoOrder, ...]:
        """Return those that wait."""

    def all_algo_orders(
        self,
        account_id: int,
        symbol: str,
        *,
        now_us: int,
        algo_id: int | None = None,
        start_us: int | None = None,
        end_us: int | None = None,
        limit: int = 500,
    ) -> tuple[AlgoOrder, ...]:
        """Return algo orders, oldest first; a window under seven days."""

    # -- settings

    def set_leverage(self, account_id: int, symbol: str, leverage: int, now_us: int) -> SymbolConfig:
        """Set the leverage; -4028, -2027, -2028, -4161."""

    def set_margin_type(self, account_id: int, symbol: str, margin_type: MarginType, now_us: int) -> None:
        """Set cross or isolated margin; -4046, -4047, -4048."""

    def change_position_margin(
        self,
        account_id: int,
        symbol: str,
        amount: Decimal,
        change_type: int,
        now_us: int,
        position_side: PositionSide = PositionSide.BOTH,
    ) -> PositionMargin:
        """Add to (1) or take from (2) an isolated position's margin; -4050, -4051, -4054, -4055."""

    def set_position_mode(self, account_id: int, now_us: int, *, dual: bool) -> None:
        """Set hedge (dual) or one-way mode; -4059, -4067, -4068."""

    def account_config(self, account_id: int) -> AccountConfig:
        """Return the account's settings."""

    def symbol_config(self, account_id: int, symbol: str | None = None) -> tuple[SymbolConfig, ...]:
        """Return the settings of one symbol, or of all."""

    def commission_rate(self, account_id: int, symbol: str) -> CommissionRate:
        """Return what the account pays."""

    # -- queries about an account

    def order(
        self,
        account_id: int,
        symbol: str,
        *,
        order_id: int | None = None,
        client_order_id: str | None = None,
        now_us: int,
    ) -> Order:
        """Return an order; -2013."""

    def open_order(
        self, account_id: int, symbol: str, *, order_id: int | None = None, client_order_id: str | None = None
    ) -> Order:
        """Return an open order; -2013."""

    def open_orders(self, account_id: int, symbol: str | None = None) -> tuple[Order, ...]:
        """Return open orders, oldest first."""

    def all_orders(
        self,
        account_id: int,
        symbol: str | None = None,
        *,
        now_us: int,
        order_id: int | None = None,
        start_us: int | None = None,
        end_us: int | None = None,
        limit: int = 500,
    ) -> tuple[Order, ...]:
        """Return orders, oldest first; a window under seven days (-4165)."""

    def user_trades(
        self,
        account_id: int,
        symbol: str,
        *,
        now_us: int,
        order_id: int | None = None,
        start_us: int | None = None,
        end_us: int | None = None,
        from_id: int | None = None,
        limit: int = 500,
    ) -> tuple[AccountTrade, ...]:
        """Return fills, oldest first; a window up to seven days, `from_id` not with times (-1128)."""

    def order_amendments(
        self,
        account_id: int,
        symbol: str,
        *,
        order_id: int | None = None,
        client_order_id: str | None = None,
        start_us: int | None = None,
        end_us: int | None = None,
        limit: int = 50,
    ) -> tuple[Amendment, ...]:
        """Return changes of orders, newest first."""

    def positions(self, account_id: int, symbol: str | None = None) -> tuple[PositionView, ...]:
        """Return the positions that have an amount or open orders (positionRisk v3)."""

    def all_positions(self, account_id: int, symbol: str | None = None) -> tuple[PositionView, ...]:
        """Return the positions of every symbol, empty ones too (positionRisk v2)."""

    def account(self, account_id: int) -> AccountSummary:
        """Return the money and the positions."""

    def income(
        self,
        account_id: int,
        *,
        now_us: int,
        symbol: str | None = None,
        income_type: str | None = None,
        start_us: int | None = None,
        end_us: int | None = None,
        limit: int = 100,
    ) -> tuple[Income, ...]:
        """Return changes of the wallet, oldest first; the last seven days without times."""

    # -- market data

    def depth(self, symbol: str, limit: int = 100) -> BookView:
        """Return the best price levels."""

    def book_ticker(self, symbol: str) -> BookTop:
        """Return the best bid and ask."""

    def last_price(self, symbol: str) -> Decimal | None:
        """Return the price of the last trade."""

    def recent_trades(self, symbol: str, limit: int = 500) -> tuple[Trade, ...]:
        """Return the latest trades."""

    def historical_trades(self, symbol: str, *, from_id: int | None = None, limit: int = 500) -> tuple[Trade, ...]:
        """Return trades from an id on."""

    def agg_trades(
        self,
        symbol: str,
        *,
        from_id: int | None = None,
        start_us: int | None = None,
        end_us: int | None = None,
        limit: int = 500,
    ) -> tuple[AggTrade, ...]:
        """Return aggregate trades."""

    def klines(
        self,
        symbol: str,
        interval: KlineInterval,
        now_us: int,
        *,
        start_us: int | None = None,
        end_us: int | None = None,
        limit: int = 500,
        offset_us: int = 0,
    ) -> tuple[Candle, ...]:
        """Return candles."""

    def window_statistics(self, symbol: str, start_us: int, now_us: int) -> WindowStatistics:
        """Return the price change statistics from `start_us` on."""

    def mark_price(self, symbol: str) -> MarkPrice:
        """Return mark price, index price and the funding to come."""

    def funding_rates(
        self, symbol: str | None = None, *, start_us: int | None = None, end_us: int | None = None, limit: int = 100
    ) -> tuple[FundingRate, ...]:
        """Return past fundings, oldest first."""

    # -- time, market, control

    def advance(self, now_us: int) -> None:
        """Let everything happen that is due by this time."""

    def set_index_price(self, symbol: str, price: Decimal, now_us: int) -> None:
        """Tell the index price (the market does it with every step)."""

    def pin_mark_price(self, symbol: str, price: Decimal | None, now_us: int) -> None:
        """Hold the mark price where a lesson or a test wants it; None lets it follow the market again."""

    def pin_funding_rate(self, symbol: str, rate: Decimal | None, now_us: int) -> None:
        """Hold the next funding rate; None lets it follow the premium again."""

    def totals(self) -> dict[str, Decimal]:
        """Return where all money is: wallets, unrealized, fees, insurance, funding, and what was deposited."""

    def drain_events(self) -> list[Event]:
        """Return every event since the last call, in order, and forget them."""
