"""What applies to the account: commissions, filters, counts; and checking an order against all of it."""

from __future__ import annotations

import pandas as pd

from binance_nb import frames
from binance_nb.models.requests import SpotOrderRequest
from binance_nb.verbs.core import ClientCore, verb
from binance_nb.verbs.given import symbol_name


class AccountVerbs(ClientCore):
    """Verbs that read what applies to the account."""

    @verb
    async def check_order(self, order: SpotOrderRequest) -> pd.DataFrame:
        """Hold an order against its symbol's rules without sending it; one row a rule (schema `frames.RULE_CHECKS`).

        Columns: `rule`, `field`, `limit`, `value`, `passed`, `nearest` (valid values), `sentence` (why). filters.md.
        """
        rules = await self._directory.rules(order.symbol)
        rows = [
            {
                "rule": check.rule,
                "field": check.field,
                "limit": check.limit,
                "value": check.value,
                "passed": check.passed,
                "nearest": " or ".join(check.nearest) or None,
                "sentence": None if check.passed else check.sentence,
            }
            for check in rules.check(order)
        ]
        return frames.build(rows, frames.RULE_CHECKS)

    @verb
    async def get_commission_rates(self, symbol: str, *, raw: bool = False) -> pd.DataFrame:
        """Return the account's commission rates on `symbol` (schema `frames.COMMISSION_RATES`), fractions.

        The BNB discount is in `.attrs["discount"]`. rest-api.md, "Query Commission Rates (USER_DATA)".
        """
        answer = await self._spot.commission(symbol_name(symbol))
        return answer if raw else frames.commission_rates(answer)

    @verb
    async def get_my_filters(self, symbol: str, *, raw: bool = False) -> pd.DataFrame:
        """Return the filters that apply to this account on `symbol` (schema `frames.FILTERS`).

        rest-api.md, "Query relevant filters (USER_DATA)".
        """
        answer = await self._spot.my_filters(symbol_name(symbol))
        return answer if raw else frames.account_filters(answer)

    @verb
    async def get_unfilled_order_count(self, *, raw: bool = False) -> pd.DataFrame:
        """Return how many unfilled orders count against each limit (schema `frames.RATE_LIMITS`).

        rest-api.md, "Query Unfilled Order Count (USER_DATA)".
        """
        answer = await self._spot.unfilled_order_count()
        if raw:
            return answer  # type: ignore[no-any-return]  # raw=True is documented to return JSON
        self._transport.limits.learn(answer)
        rows = [row for row in self._transport.limits.rows() if row["rate_limit_type"] == "ORDERS"]
        return frames.build(rows, frames.RATE_LIMITS)

    @verb
    async def get_order_amendments(self, symbol: str, order_id: int, *, raw: bool = False) -> pd.DataFrame:
        """Return the amendments of an order, oldest first (schema `frames.AMENDMENTS`).

        rest-api.md, "Query Order Amendments (USER_DATA)".
        """
        answer = await self._spot.order_amendments(symbol_name(symbol), order_id, from_id=None, limit=1000)
        return answer if raw else frames.table(answer, frames.AMENDMENTS)

    @verb
    async def get_prevented_matches(
        self, symbol: str, *, order_id: int | None = None, prevented_match_id: int | None = None, raw: bool = False
    ) -> pd.DataFrame:
        """Return matches that self-trade prevention stopped (schema `frames.PREVENTED_MATCHES`).

        By `order_id`, by `prevented_match_id`, or all. rest-api.md, "Query Prevented Matches (USER_DATA)".
        """
        everything = order_id is None and prevented_match_id is None
        answer = await self._spot.prevented_matches(
            symbol_name(symbol),
            order_id=order_id,
            prevented_match_id=prevented_match_id,
            from_id=0 if everything else None,
            limit=1000 if everything else None,
        )
        return answer if raw else frames.table(answer, frames.PREVENTED_MATCHES)

    @verb
    async def get_allocations(self, symbol: str, *, order_id: int | None = None, raw: bool = False) -> pd.DataFrame:
        """Return the allocations of smart order routing on `symbol` (schema `frames.ALLOCATIONS`).

        rest-api.md, "Query Allocations (USER_DATA)".
        """
        answer = await self._spot.allocations(symbol_name(symbol), order_id=order_id, from_id=None, limit=1000)
        return answer if raw else frames.table(answer, frames.ALLOCATIONS)
