"""Placing and cancelling spot orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from binance_nb import frames
from binance_nb.api.submit import Submission
from binance_nb.errors import FilterFailure, UnknownOrder
from binance_nb.models.decimals import Number
from binance_nb.models.enums import CancelRestrictions, OrderSide, SpotOrderType, TimeInForce
from binance_nb.models.events import order_from_report
from binance_nb.models.requests import SpotOrderRequest
from binance_nb.models.rules import Rounding
from binance_nb.verbs.core import ClientCore, verb
from binance_nb.verbs.given import order_id_given, symbol_name, word
from binance_nb.verbs.results import orders_frame


class OrderVerbs(ClientCore):
    """Verbs that change what is on the book."""

    @verb
    async def place_spot_order(
        self,
        order: SpotOrderRequest,
        *,
        round_to: Rounding | None = None,
        use_sor: bool = False,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Place any spot order and return it as a one-row frame (schema `schemas.ORDERS`).

        The order is checked against the symbol's rules first; `round_to="down" | "up" | "nearest"` puts its prices and
        quantities on the symbol's steps instead of refusing them. It is sent at most once: when no clear answer comes,
        the exchange is asked for it by its client order id. The fills of the answer go into the ledger (`fills()`).
        `use_sor=True` sends it through smart order routing. rest-api.md, "New order (TRADE)" and "New order using SOR".

        Raises InvalidOrderError or SymbolRuleError before anything is sent, OrderRejected if the exchange refused it,
        OrderStatusUnknown if its fate could not be learned, NetworkError if it certainly never left.
        """
        return await self._send_order(order, round_to=round_to, use_sor=use_sor, raw=raw, exact=exact)

    async def _send_order(
        self, order: SpotOrderRequest, *, round_to: Rounding | None, use_sor: bool = False, raw: bool, exact: bool
    ) -> pd.DataFrame:
        order = await self._checked(order, round_to)
        submission = self._submission(order.symbol, order.new_client_order_id)
        try:
            answer = await submission.send(lambda: self._spot.new_order(order, use_sor=use_sor))
        except FilterFailure:
            self._directory.expire()
            raise
        self._keep_answer(answer)
        return orders_frame(_completed(answer, order), raw=raw, exact=exact)

    @verb
    async def test_order(
        self,
        order: SpotOrderRequest,
        *,
        compute_commission_rates: bool = True,
        use_sor: bool = False,
        raw: bool = False,
    ) -> pd.DataFrame:
        """Let the exchange check an order without placing it; return its commission rates, one row a kind.

        Schema `schemas.COMMISSION_RATES`: `kind` (standard, special, tax), `maker`, `taker` (0.001 is 0.1 %). Raises
        what `place_spot_order` raises. rest-api.md, "Test new order (TRADE)".
        """
        order = await self._checked(order, None)
        answer = await self._spot.test_order(order, compute_commission_rates=compute_commission_rates, use_sor=use_sor)
        if raw:
            return answer  # type: ignore[no-any-return]  # raw=True is documented to return JSON
        return frames.commission_rates(answer)

    @verb
    async def place_market_order(
        self,
        symbol: str,
        side: OrderSide | str,
        quantity: Number | None = None,
        *,
        quote_order_qty: Number | None = None,
        new_client_order_id: str | None = None,
        round_to: Rounding | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Buy or sell at once at the market's price: `quantity` base units, or for `quote_order_qty` quote units.

        Returns a one-row frame (schema `schemas.ORDERS`). Raises as `place_spot_order` does.
        """
        return await self._place(
            symbol,
            side,
            SpotOrderType.MARKET,
            round_to=round_to,
            raw=raw,
            exact=exact,
            quantity=quantity,
            quote_order_qty=quote_order_qty,
            new_client_order_id=new_client_order_id,
        )

    @verb
    async def place_limit_order(
        self,
        symbol: str,
        side: OrderSide | str,
        quantity: Number,
        price: Number,
        *,
        time_in_force: TimeInForce | str = TimeInForce.GTC,
        iceberg_qty: Number | None = None,
        new_client_order_id: str | None = None,
        round_to: Rounding | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Buy at `price` or lower, or sell at `price` or higher (quote units for one base unit).

        `time_in_force`: GTC stays until cancelled, IOC fills what it can at once, FOK fills all at once or nothing.
        Returns a one-row frame (schema `schemas.ORDERS`). Raises as `place_spot_order` does.
        """
        return await self._place(
            symbol,
            side,
            SpotOrderType.LIMIT,
            round_to=round_to,
            raw=raw,
            exact=exact,
            quantity=quantity,
            price=price,
            time_in_force=time_in_force,
            iceberg_qty=iceberg_qty,
            new_client_order_id=new_client_order_id,
        )

    @verb
    async def place_stop_loss_limit_order(
        self,
        symbol: str,
        side: OrderSide | str,
        quantity: Number,
        price: Number,
        stop_price: Number | None = None,
        *,
        trailing_delta: int | None = None,
        time_in_force: TimeInForce | str = TimeInForce.GTC,
        new_client_order_id: str | None = None,
        round_to: Rounding | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Place a limit order that wakes when the last price falls to `stop_price` (SELL) or rises to it (BUY).

        `trailing_delta` (basis points) lets the trigger follow the market, with or without a `stop_price`.
        Returns a one-row frame (schema `schemas.ORDERS`). Raises as `place_spot_order` does.
        """
        return await self._place(
            symbol,
            side,
            SpotOrderType.STOP_LOSS_LIMIT,
            round_to=round_to,
            raw=raw,
            exact=exact,
            quantity=quantity,
            price=price,
            stop_price=stop_price,
            trailing_delta=trailing_delta,
            time_in_force=time_in_force,
            new_client_order_id=new_client_order_id,
        )

    @verb
    async def place_take_profit_limit_order(
        self,
        symbol: str,
        side: OrderSide | str,
        quantity: Number,
        price: Number,
        stop_price: Number | None = None,
        *,
        trailing_delta: int | None = None,
        time_in_force: TimeInForce | str = TimeInForce.GTC,
        new_client_order_id: str | None = None,
        round_to: Rounding | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Place a limit order that wakes when the last price rises to `stop_price` (SELL) or falls to it (BUY).

        `trailing_delta` (basis points) lets the trigger follow the market, with or without a `stop_price`.
        Returns a one-row frame (schema `schemas.ORDERS`). Raises as `place_spot_order` does.
        """
        return await self._place(
            symbol,
            side,
            SpotOrderType.TAKE_PROFIT_LIMIT,
            round_to=round_to,
            raw=raw,
            exact=exact,
            quantity=quantity,
            price=price,
            stop_price=stop_price,
            trailing_delta=trailing_delta,
            time_in_force=time_in_force,
            new_client_order_id=new_client_order_id,
        )

    async def _checked(self, order: SpotOrderRequest, round_to: Rounding | None) -> SpotOrderRequest:
        """Return the order as it may be sent. Raises for a rule that it breaks, and for keys that are missing."""
        rules = await self._directory.rules(order.symbol)
        if round_to is not None:
            order = rules.snap(order, round_to)
        rules.require(order)
        self._signer()
        return order

    def _submission(self, symbol: str, client_order_id: str) -> Submission:
        self._watch(symbol)
        return Submission(
            symbol=symbol,
            client_order_id=client_order_id,
            query=lambda: self._at_home(self._spot.query_order(symbol, None, client_order_id)),
            heard=lambda: self._heard(symbol, client_order_id),
            recv_window_s=self.config.recv_window_ms / 1000,
            patience_s=self.config.unknown_patience_s,
        )

    def _heard(self, symbol: str, client_order_id: str) -> dict[str, Any] | None:
        """Return an order as the stream told of it, if it did and the exchange had accepted it."""
        report = self.ledger.latest_report(symbol, client_order_id)
        return None if report is None or report["x"] == "REJECTED" else order_from_report(report)

    async def _place(
        self,
        symbol: str,
        side: OrderSide | str,
        order_type: SpotOrderType,
        *,
        round_to: Rounding | None,
        raw: bool,
        exact: bool,
        **fields: Any,
    ) -> pd.DataFrame:
        told = {name: value for name, value in fields.items() if value is not None}
        order = SpotOrderRequest(symbol=symbol, side=side, order_type=order_type, **told)
        return await self._send_order(order, round_to=round_to, raw=raw, exact=exact)

    @verb
    async def cancel_order_by_id(
        self,
        symbol: str,
        order_id: int | None = None,
        *,
        client_order_id: str | None = None,
        cancel_restrictions: CancelRestrictions | str | None = None,
        raw: bool = False,
        exact: bool = False,
    ) -> pd.DataFrame:
        """Cancel one order, known by its `order_id` or its `client_order_id`; return it (schema `schemas.ORDERS`).

        `cancel_restrictions`: "ONLY_NEW" or "ONLY_PARTIALLY_FILLED" cancels it only in that state.
        Raises UnknownOrder if it is not open (any more), CancelRejected where the restriction did not allow it.
        rest-api.md, "Cancel order (TRADE)".
        """
        order_id = order_id_given(order_id, client_order_id)
        restrictions = None if cancel_restrictions is None else word(CancelRestrictions, cancel_restrictions)
        answer = await self._spot.cancel_order(symbol_name(symbol), order_id, client_order_id, restrictions)
        return orders_frame(answer, raw=raw, exact=exact)

    @verb
    async def cancel_all_orders(self, symbol: str, *, raw: bool = False, exact: bool = False) -> pd.DataFrame:
        """Cancel every open order of `symbol`, order lists included; return them (schema `schemas.ORDERS`).

        With nothing open the frame is empty. rest-api.md, "Cancel All Open Orders on a Symbol (TRADE)".
        """
        try:
            answer = await self._spot.cancel_open_orders(symbol_name(symbol))
        except UnknownOrder:  # what the exchange says when nothing is open
            answer = []
        if not raw:
            answer = [order for item in answer for order in item.get("orderReports", [item])]
        return orders_frame(answer, raw=raw, exact=exact)


def _completed(answer: Mapping[str, Any], order: SpotOrderRequest) -> Mapping[str, Any]:
    """Return the answer with what the caller asked for where the exchange did not repeat it (ACK)."""
    if "side" in answer and "type" in answer:
        return answer
    return {"symbol": order.symbol, "side": order.side.value, "type": order.order_type.value, **answer}
