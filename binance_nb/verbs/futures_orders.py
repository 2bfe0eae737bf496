"""Placing USD-M futures orders: regular ones, and conditional ones that wait in the Algo Service."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from binance_nb import frames, futures_frames
from binance_nb.api.submit import Submission, doubt_of
from binance_nb.errors import FilterFailure, InvalidOrderError, OrderNotPlaced
from binance_nb.models.decimals import Number
from binance_nb.models.enums import FuturesOrderType, FuturesTimeInForce, OrderSide, PositionSide, PriceMatch
from binance_nb.models.fills import USDM
from binance_nb.models.futures_events import futures_order_from_report
from binance_nb.models.futures_requests import FuturesOrderRequest
from binance_nb.models.futures_rules import FuturesFacts
from binance_nb.models.request_base import new_client_order_id
from binance_nb.models.rule_checks.base import Rounding
from binance_nb.verbs.core import ClientCore, verb

MOST_IN_A_BATCH = 5
"""usds-margined-futures, "Place Multiple Orders"."""


class FuturesOrderVerbs(ClientCore):
    """Verbs that place futures orders."""

    @verb
    async def place_futures_order(
        self,
        order: FuturesOrderRequest,
        *,
        round_to: Rounding | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Place any USD-M futures order and return it as a one-row frame (schema `futures_schemas.FUTURES_ORDERS`).

        The order is checked against the symbol's rules first; `round_to="down" | "up" | "nearest"` puts its prices and
        quantity on the symbol's steps instead of refusing them. A conditional type (STOP, STOP_MARKET, TAKE_PROFIT,
        TAKE_PROFIT_MARKET, TRAILING_STOP_MARKET) goes to the Algo Service, and has an `algo_id` instead of an
        `order_id` until it is triggered. It is sent at most once: when no clear answer comes, the exchange is asked for
        it by its client order id. The exchange's answer tells no price: `average_price` is NaN unless the stream has
        told of the fills already; `get_futures_order_status`, or the stream, knows it.
        usds-margined-futures, "New Order" and "New Algo Order".

        Raises InvalidOrderError or SymbolRuleError before anything is sent, OrderRejected if the exchange refused it,
        OrderStatusUnknown if its fate could not be learned, NetworkError if it certainly never left.
        """
        order = await self._futures_checked(order, round_to)
        submission = self._futures_submission(order)
        post = self._algo.new_order if order.is_conditional else self._futures.new_order
        try:
            answer = await submission.send(lambda: post(order))
        except FilterFailure:
            self._futures_directory.expire()
            raise
        if raw:
            return answer  # type: ignore[no-any-return]  # raw=True is documented to return JSON
        return futures_frames.orders([self._futures_row({**_asked(order), **answer})], exact=exact)

    @verb
    async def place_futures_market_order(
        self,
        symbol: str,
        side: OrderSide | str,
        quantity: Number,
        *,
        position_side: PositionSide | str | None = None,
        reduce_only: bool | None = None,
        new_client_order_id: str | None = None,
        round_to: Rounding | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Buy or sell `quantity` base units at once at the market's price.

        `position_side` "LONG" or "SHORT" is needed in hedge mode; `reduce_only=True` never opens a position. Returns
        and raises what `place_futures_order` does.
        """
        order = FuturesOrderRequest(
            symbol=symbol,
            side=side,
            order_type=FuturesOrderType.MARKET,
            quantity=quantity,
            position_side=position_side,
            reduce_only=reduce_only,
            new_client_order_id=_name(new_client_order_id),
        )
        return await self.place_futures_order(order, round_to=round_to, raw=raw, exact=exact)

    @verb
    async def place_futures_limit_order(
        self,
        symbol: str,
        side: OrderSide | str,
        quantity: Number,
        price: Number | None = None,
        *,
        time_in_force: FuturesTimeInForce | str = FuturesTimeInForce.GTC,
        position_side: PositionSide | str | None = None,
        reduce_only: bool | None = None,
        price_match: PriceMatch | str | None = None,
        good_till_date: Any = None,
        new_client_order_id: str | None = None,
        round_to: Rounding | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Buy at `price` or lower, or sell at `price` or higher (quote units for one base unit).

        `time_in_force`: GTC, IOC, FOK, GTX (never takes: refused if it would), or GTD with a `good_till_date` (datetime
        or epoch milliseconds). `price_match` ("OPPONENT", "QUEUE_5", ...) lets the exchange take the price from the
        book. Returns and raises what `place_futures_order` does.
        """
        order = FuturesOrderRequest(
            symbol=symbol,
            side=side,
            order_type=FuturesOrderType.LIMIT,
            quantity=quantity,
            price=price,
            time_in_force=time_in_force,
            position_side=position_side,
            reduce_only=reduce_only,
            price_match=price_match,
            good_till_date=good_till_date,
            new_client_order_id=_name(new_client_order_id),
        )
        return await self.place_futures_order(order, round_to=round_to, raw=raw, exact=exact)

    @verb
    async def test_futures_order(self, order: FuturesOrderRequest, *, round_to: Rounding | None = None) -> None:
        """Let the exchange check a regular order without placing it; returns nothing, raises as placing would.

        Raises InvalidOrderError for a conditional order, for which the exchange has no test.
        usds-margined-futures, "Test Order".
        """
        if order.is_conditional:
            raise InvalidOrderError(f"the exchange has no test for a {order.order_type} order; see check_futures_order")
        await self._futures.test_order(await self._futures_checked(order, round_to))

    @verb
    async def place_futures_batch_orders(
        self,
        orders: Sequence[FuturesOrderRequest],
        *,
        round_to: Rounding | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Place up to five regular orders with one request; return a row each (schema `futures_schemas.FUTURES_BATCH`).

        Each stands for itself: of one that the exchange refused, `order_status` is REJECTED, and `code` and `message`
        say why. Sent at most once: when no clear answer comes, the exchange is asked for each of them. Raises
        InvalidOrderError for conditional orders, which the exchange takes one by one only.
        usds-margined-futures, "Place Multiple Orders".
        """
        if not 1 <= len(orders) <= MOST_IN_A_BATCH:
            raise InvalidOrderError(f"a batch has 1 to {MOST_IN_A_BATCH} orders, not {len(orders)}")
        for order in orders:
            if order.is_conditional:
                raise InvalidOrderError(f"a {order.order_type} order cannot be placed in a batch; place it for itself")
        checked = [await self._futures_checked(order, round_to) for order in orders]
        submissions = [self._futures_submission(order) for order in checked]
        answer, doubt = await doubt_of(lambda: self._futures.new_batch(checked))
        if doubt:
            answer = [await _found(submission, doubt) for submission in submissions]
        if raw:
            return answer  # type: ignore[no-any-return]  # raw=True is documented to return JSON
        return futures_frames.batch(answer, [_asked(order) for order in checked], exact=exact)

    @verb
    async def check_futures_order(self, order: FuturesOrderRequest) -> pd.DataFrame:
        """Hold an order against every rule that applies to it, without sending it; one row a rule.

        Schema `schemas.RULE_CHECKS`: `rule`, `field`, `limit`, `value`, `passed`, `nearest`, `code`, `sentence`. Asked
        for what decides: mark and last price, open orders, position mode and positions. Margin is not among the rules:
        the exchange alone knows whether it suffices. Raises MissingKeysError, UnknownSymbolError.
        """
        rules = await self._futures_directory.rules(order.symbol)
        checks = rules.check_fully(order, await self._futures_facts(rules.symbol))
        return frames.rule_checks(checks)

    async def _futures_checked(self, order: FuturesOrderRequest, round_to: Rounding | None) -> FuturesOrderRequest:
        """Return the order as it may be sent. Raises for a rule that it breaks, and for keys that are missing."""
        rules = await self._futures_directory.rules(order.symbol)
        if round_to is not None:
            order = rules.snap(order, round_to)
        rules.require(order)
        self._futures_signer()
        return order

    async def _futures_facts(self, symbol: str) -> FuturesFacts:
        """Ask, at the same time, for what decides about an order."""
        self._futures_signer()
        mark, last, orders, algos, config, positions = await asyncio.gather(
            self._futures.premium_index(symbol),
            self._futures.price_ticker(symbol),
            self._futures.open_orders(symbol),
            self._algo.open_orders(None),
            self._futures.account_config(),
            self._futures.position_risk(symbol),
        )
        return FuturesFacts(
            mark_price=Decimal(mark["markPrice"]) or None,
            last_price=Decimal(last["price"]) or None,
            open_orders=len(orders),
            open_conditional=len(algos),
            is_hedged=bool(config["dualSidePosition"]),
            positions=positions,
        )

    def _futures_submission(self, order: FuturesOrderRequest) -> Submission:
        symbol, name = order.symbol, order.new_client_order_id
        self._watch(symbol, USDM)

        async def query() -> Any:
            if order.is_conditional:
                return await self._algo.query_order(None, name)
            return await self._futures.query_order(symbol, None, name)

        return Submission(
            symbol=symbol,
            client_order_id=name,
            query=lambda: self._at_home(query()),
            heard=lambda: None if order.is_conditional else self._futures_heard(symbol, name),
            recv_window_s=self.config.recv_window_ms / 1000,
            patience_s=self.config.unknown_patience_s,
            where="get_futures_open_orders()",
        )

    def _futures_heard(self, symbol: str, client_order_id: str) -> dict[str, Any] | None:
        """Return an order as the stream told of it, if it did."""
        report = self.ledger.latest_report(symbol, client_order_id, product=USDM)
        return None if report is None else futures_order_from_report(report)

    def _futures_row(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer as a row; what it leaves out of the fills is taken from the ledger, if that has all."""
        row = futures_frames.order_row(answer)
        if row.get("cumulative_quote_qty") is None:
            known = self.ledger.order_report(row["symbol"], row["order_id"], product=USDM)
            if known is not None and Decimal(known["z"]) == Decimal(row["cumulative_filled_qty"]):
                told = futures_order_from_report(known)
                row = futures_frames.order_row({**answer, "cumQuote": told["cumQuote"]})
        return row


async def _found(submission: Submission, doubt: str) -> Any:
    """Return one order of a batch in doubt, or the refusal of one that never arrived."""
    try:
        return await submission.look_for(doubt)
    except OrderNotPlaced as error:
        return {"code": error.code, "msg": error.message}


def _name(client_order_id: str | None) -> str:
    return new_client_order_id() if client_order_id is None else client_order_id


def _asked(order: FuturesOrderRequest) -> dict[str, Any]:
    """Return what was asked for, to stand where the answer does not repeat it (ACK, or a refusal)."""
    asked: dict[str, Any] = {
        "symbol": order.symbol,
        "side": order.side.value,
        "positionSide": None if order.position_side is None else order.position_side.value,
        "orderType" if order.is_conditional else "type": order.order_type.value,
        "clientAlgoId" if order.is_conditional else "clientOrderId": order.new_client_order_id,
        "quantity" if order.is_conditional else "origQty": order.quantity,
        "price": order.price,
        "timeInForce": order.time_in_force,
        "reduceOnly": bool(order.reduce_only),
    }
    return {name: value for name, value in asked.items() if value is not None}
