"""The USD-M futures account: positions, balances, and its settings."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

import pandas as pd

from binance_nb import frames, futures_frames, futures_schemas
from binance_nb.errors import InvalidOrderError, SettingRefused
from binance_nb.models.decimals import Number, plain, to_decimal
from binance_nb.models.enums import MarginType, PositionSide
from binance_nb.models.futures_codes import MARGIN_TYPE_ALREADY_SET, POSITION_MODE_ALREADY_SET
from binance_nb.verbs.core import ClientCore, verb
from binance_nb.verbs.given import Time, epoch_ms, symbol_name, word

INCOME_PAGE = 1000
"""usds-margined-futures, "Get Income History": the most rows of one answer."""

_MARGIN_CHANGES = {"add": 1, "reduce": 2}


class FuturesAccountVerbs(ClientCore):
    """Verbs of the futures account."""

    @verb
    async def get_futures_positions(
        self, symbol: str | None = None, *, raw: bool = False, exact: bool = False
    ) -> pd.DataFrame:
        """Return the positions (schema `futures_schemas.FUTURES_POSITIONS`): symbols with a position or open orders.

        `position_amt` in base units, negative for a short position; in hedge mode LONG and SHORT are rows of their own.
        usds-margined-futures, "Position Information V3".
        """
        answer = await self._futures.position_risk(None if symbol is None else symbol_name(symbol))
        return answer if raw else futures_frames.table(answer, futures_schemas.FUTURES_POSITIONS, exact=exact)

    @verb
    async def get_futures_account_info(self, *, raw: bool = False, exact: bool = False) -> pd.DataFrame:
        """Return the account, one row an asset (schema `futures_schemas.FUTURES_ASSETS`).

        The totals (`total_wallet_balance`, `available_balance`, ...) are in the frame's `.attrs`, as text. Positions:
        `get_futures_positions`. usds-margined-futures, "Account Information V3".
        """
        answer = await self._futures.account()
        return answer if raw else futures_frames.account(answer, exact=exact)

    @verb
    async def get_futures_balances(
        self, *, omit_zero_balances: bool = True, raw: bool = False, exact: bool = False
    ) -> pd.DataFrame:
        """Return the wallet balances, one row an asset (schema `futures_schemas.FUTURES_BALANCES`).

        usds-margined-futures, "Futures Account Balance V3".
        """
        answer = await self._futures.balance()
        if raw:
            return answer  # type: ignore[no-any-return]  # raw=True is documented to return JSON
        rows = [row for row in answer if not omit_zero_balances or Decimal(row["balance"])]
        return futures_frames.table(rows, futures_schemas.FUTURES_BALANCES, exact=exact)

    @verb
    async def get_futures_symbol_config(self, symbol: str | None = None, *, raw: bool = False) -> pd.DataFrame:
        """Return leverage and margin type of `symbol`, or of all symbols (schema `futures_schemas.SYMBOL_CONFIG`).

        usds-margined-futures, "Symbol Configuration".
        """
        answer = await self._futures.symbol_config(None if symbol is None else symbol_name(symbol))
        return answer if raw else futures_frames.table(answer, futures_schemas.SYMBOL_CONFIG)

    @verb
    async def set_futures_leverage(self, symbol: str, leverage: int, *, raw: bool = False) -> pd.DataFrame:
        """Set the leverage of `symbol`, a whole number from 1 on; return it and the largest notional that it allows.

        Schema `futures_schemas.SYMBOL_CONFIG`, without the margin type, which this answer does not tell. Raises
        SettingRefused where the symbol has no such leverage (-4028) or the position needs more margin (-2028, -4161).
        usds-margined-futures, "Change Initial Leverage".
        """
        if isinstance(leverage, bool) or int(leverage) != leverage or leverage < 1:
            raise InvalidOrderError(f"leverage is a whole number from 1 on, not {leverage!r}")
        answer = await self._futures.set_leverage(symbol_name(symbol), int(leverage))
        return answer if raw else futures_frames.table([answer], futures_schemas.SYMBOL_CONFIG)

    @verb
    async def set_futures_margin_type(
        self, symbol: str, margin_type: MarginType | str, *, raw: bool = False
    ) -> pd.DataFrame:
        """Let `symbol` have margin of its own ("ISOLATED") or share the wallet's ("CROSSED"); return what holds now.

        Schema `futures_schemas.SYMBOL_CONFIG`. What is set already is no error. Raises SettingRefused while there are
        open orders (-4047) or a position (-4048). usds-margined-futures, "Change Margin Type".
        """
        name = symbol_name(symbol)
        answer: Any = None
        try:
            answer = await self._futures.set_margin_type(name, word(MarginType, margin_type))
        except SettingRefused as error:
            if error.code != MARGIN_TYPE_ALREADY_SET:
                raise
        return answer if raw else await self.get_futures_symbol_config(name)

    @verb
    async def change_futures_position_margin(
        self,
        symbol: str,
        amount: Number,
        change: Literal["add", "reduce"] = "add",
        *,
        position_side: PositionSide | str | None = None,
        raw: bool = False,
    ) -> pd.DataFrame:
        """Add margin to an isolated position, or take some back; return the position as it is then.

        `amount` in the margin asset. Schema `futures_schemas.FUTURES_POSITIONS`.
        usds-margined-futures, "Modify Isolated Position Margin".
        """
        if change not in _MARGIN_CHANGES:
            raise InvalidOrderError(f'change is "add" or "reduce", not {change!r}')
        number = to_decimal(amount, "amount")
        if number <= 0:
            raise InvalidOrderError(f"amount must be greater than zero, not {plain(number)}")
        side = None if position_side is None else word(PositionSide, position_side)
        name = symbol_name(symbol)
        answer = await self._futures.change_position_margin(name, plain(number), _MARGIN_CHANGES[change], side)
        return answer if raw else await self.get_futures_positions(name)

    @verb
    async def get_futures_position_mode(self, *, raw: bool = False) -> pd.DataFrame:
        """Return whether the account is in "hedge" or "one-way" mode (schema `futures_schemas.POSITION_MODE`).

        usds-margined-futures, "Futures Account Configuration"; it weighs 5, "Get Current Position Mode" 30.
        """
        answer = await self._futures.account_config()
        return answer if raw else _mode_frame(hedge=bool(answer["dualSidePosition"]))

    @verb
    async def set_futures_position_mode(
        self, position_mode: Literal["hedge", "one-way"], *, raw: bool = False
    ) -> pd.DataFrame:
        """Put the account into "hedge" mode (LONG and SHORT apart) or "one-way" mode; return what holds now.

        Schema `futures_schemas.POSITION_MODE`. It holds for every symbol, of COIN-M too. What is set already is no
        error. Raises SettingRefused while there are open orders (-4067) or positions (-4068).
        usds-margined-futures, "Change Position Mode".
        """
        if position_mode not in {"hedge", "one-way"}:
            raise InvalidOrderError(f'position_mode is "hedge" or "one-way", not {position_mode!r}')
        hedge = position_mode == "hedge"
        answer: Any = None
        try:
            answer = await self._futures.set_position_mode(hedge=hedge)
        except SettingRefused as error:
            if error.code != POSITION_MODE_ALREADY_SET:
                raise
        return answer if raw else _mode_frame(hedge=hedge)

    @verb
    async def get_futures_leverage_brackets(self, symbol: str, *, raw: bool = False) -> pd.DataFrame:
        """Return how much leverage which notional may have (schema `futures_schemas.LEVERAGE_BRACKETS`).

        usds-margined-futures, "Notional and Leverage Brackets".
        """
        answer = await self._futures.leverage_bracket(symbol_name(symbol))
        return answer if raw else futures_frames.brackets(frames.as_rows(answer))

    @verb
    async def get_futures_commission_rates(self, symbol: str, *, raw: bool = False) -> pd.DataFrame:
        """Return the account's commission rates on `symbol` (schema `futures_schemas.FUTURES_COMMISSION_RATES`).

        usds-margined-futures, "User Commission Rate".
        """
        answer = await self._futures.commission_rate(symbol_name(symbol))
        return answer if raw else futures_frames.table([answer], futures_schemas.FUTURES_COMMISSION_RATES)

    @verb
    async def get_futures_income(
        self,
        symbol: str | None = None,
        *,
        income_type: str | None = None,
        start_time: Time | None = None,
        end_time: Time | None = None,
        limit: int = 100,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Return what changed the wallet, oldest first (schema `futures_schemas.INCOME`): profit, funding, fees.

        `income_type` such as "REALIZED_PNL", "FUNDING_FEE", "COMMISSION"; without a `start_time` the last seven days;
        `limit` at most 1000. usds-margined-futures, "Get Income History".
        """
        answer = await self._futures.income(
            None if symbol is None else symbol_name(symbol),
            kind=income_type,
            start_time=epoch_ms(start_time),
            end_time=epoch_ms(end_time),
            limit=min(limit, INCOME_PAGE),
        )
        return answer if raw else futures_frames.table(answer, futures_schemas.INCOME, exact=exact)


def _mode_frame(*, hedge: bool) -> pd.DataFrame:
    row = {"position_mode": "hedge" if hedge else "one-way", "dual_side_position": hedge}
    return frames.build([row], futures_schemas.POSITION_MODE)
