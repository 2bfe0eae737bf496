"""What an account may ask of the exchange about itself; answers are snapshots."""

from binance_nb.sandbox.futures import queries
from binance_nb.sandbox.futures.account_view import Figures
from binance_nb.sandbox.futures.algos import AlgoService
from binance_nb.sandbox.futures.core import FuturesCore
from binance_nb.sandbox.futures.desk import Desk
from binance_nb.sandbox.futures.records import (
    AccountConfig,
    AccountSummary,
    AccountTrade,
    AlgoOrder,
    Amendment,
    CommissionRate,
    Income,
    Order,
    PositionView,
    SymbolConfig,
)
from binance_nb.sandbox.futures.rules import refused
from binance_nb.sandbox.futures.settings import Settings


class AccountQueries:
    """The questions of an account; -1121 where the symbol is unknown."""

    _core: FuturesCore
    _desk: Desk
    _algos: AlgoService
    _settings: Settings
    _figures: Figures

    # -- orders and fills ----------------------------------------------------------------------------------------

    def order(
        self,
        account_id: int,
        symbol: str,
        *,
        order_id: int | None = None,
        client_order_id: str | None = None,
        now_us: int,
    ) -> Order:
        """Return an order by id, else by client order id; -2013."""
        self._core.venue(symbol)
        return queries.order(self._core.members[account_id], symbol, order_id, client_order_id, now_us).snapshot()

    def open_order(
        self, account_id: int, symbol: str, *, order_id: int | None = None, client_order_id: str | None = None
    ) -> Order:
        """Return an open order; -2013."""
        self._core.venue(symbol)
        member = self._core.members[account_id]
        return self._desk.find_open(member, symbol, order_id, client_order_id, code=-2013).snapshot()

    def open_orders(self, account_id: int, symbol: str | None = None) -> tuple[Order, ...]:
        """Return open orders of one symbol, or of all, oldest first."""
        if symbol is not None:
            self._core.venue(symbol)
        return tuple(one.snapshot() for one in queries.open_orders(self._core.members[account_id], symbol))

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
        """Return orders, oldest first; a window of at most seven days (-4165)."""
        if symbol is not None:
            self._core.venue(symbol)
        found = queries.all_orders(
            self._core.members[account_id],
            symbol,
            now_us,
            order_id=order_id,
            start_us=start_us,
            end_us=end_us,
            limit=limit,
        )
        return tuple(one.snapshot() for one in found)

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
        """Return fills, oldest first; a window of at most seven days (-4165), `from_id` not with times (-1128)."""
        self._core.venue(symbol)
        return queries.user_trades(
            self._core.members[account_id],
            symbol,
            now_us,
            order_id=order_id,
            start_us=start_us,
            end_us=end_us,
            from_id=from_id,
            limit=limit,
        )

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
        """Return changes of an order, newest first."""
        self._core.venue(symbol)
        return queries.amendments(
            self._core.members[account_id],
            symbol,
            order_id=order_id,
            name=client_order_id,
            start_us=start_us,
            end_us=end_us,
            limit=limit,
        )

    # -- conditional orders --------------------------------------------------------------------------------------

    def algo_order(
        self, account_id: int, *, algo_id: int | None = None, client_algo_id: str | None = None, now_us: int
    ) -> AlgoOrder:
        """Return a conditional order, open or done; -2013."""
        found = self._algos.find(self._core.members[account_id], algo_id=algo_id, client_algo_id=client_algo_id)
        if queries.is_gone_algo(found, now_us):
            raise refused(-2013, "Order does not exist.")
        return found.snapshot()

    def open_algo_orders(
        self, account_id: int, symbol: str | None = None, algo_id: int | None = None
    ) -> tuple[AlgoOrder, ...]:
        """Return conditional orders that still wait, oldest first."""
        if symbol is not None:
            self._core.venue(symbol)
        member = self._core.members[account_id]
        return tuple(one.snapshot() for one in queries.open_algos(member, symbol, algo_id))

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
        """Return conditional orders, oldest first; a window of at most seven days (-4165)."""
        self._core.venue(symbol)
        found = queries.all_algos(
            self._core.members[account_id],
            symbol,
            now_us,
            algo_id=algo_id,
            start_us=start_us,
            end_us=end_us,
            limit=limit,
        )
        return tuple(one.snapshot() for one in found)

    # -- money, positions, settings ------------------------------------------------------------------------------

    def positions(self, account_id: int, symbol: str | None = None) -> tuple[PositionView, ...]:
        """Return the positions that have an amount or open orders (positionRisk, version 3)."""
        return self._figures.positions(self._core.members[account_id], symbol, empty=False)

    def all_positions(self, account_id: int, symbol: str | None = None) -> tuple[PositionView, ...]:
        """Return the positions of every symbol, empty ones too (positionRisk, version 2)."""
        return self._figures.positions(self._core.members[account_id], symbol, empty=True)

    def account(self, account_id: int) -> AccountSummary:
        """Return the account's money and positions."""
        return self._figures.account(self._core.members[account_id])

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
        return queries.income(
            self._core.members[account_id],
            now_us,
            symbol=symbol,
            income_type=income_type,
            start_us=start_us,
            end_us=end_us,
            limit=limit,
        )

    def account_config(self, account_id: int) -> AccountConfig:
        """Return the settings of the account as a whole."""
        member = self._core.members[account_id]
        return AccountConfig(
            fee_tier=0,
            can_trade=True,
            can_deposit=True,
            can_withdraw=True,
            dual_side_position=member.dual,
            multi_assets_margin=False,
            update_us=member.updated_us,
        )

    def symbol_config(self, account_id: int, symbol: str | None = None) -> tuple[SymbolConfig, ...]:
        """Return the settings of one symbol, or of all."""
        member = self._core.members[account_id]
        names = [symbol] if symbol is not None else list(self._core.venues)
        return tuple(self._settings.symbol(member, name) for name in names)

    def commission_rate(self, account_id: int, symbol: str) -> CommissionRate:
        """Return what the account pays on the symbol, as fractions; KeyError if there is no such account."""
        spec = self._core.venue(symbol).spec
        is_free = self._core.members[account_id].silent
        return CommissionRate(
            symbol=symbol, maker=spec.maker_rate * (not is_free), taker=spec.taker_rate * (not is_free)
        )
