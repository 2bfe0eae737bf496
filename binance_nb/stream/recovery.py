"""What happened while nobody listened: asked from REST, and told as the reports that the stream would have sent.

The exchange has no list of missed events. It has, for each symbol, the account's trades from an id on, and it tells the
state of orders. So the trades of every watched symbol are read from the last one that such a reading confirmed, the
open orders are read, and every order that they or the ledger name is looked up where it has changed. Two things cannot
be learned: what happened on a symbol that was neither seen nor watched and has no open order any more, and an order
of another program that came and went without a trade during the gap.

The spot testnet forgets everything about once a month (testnet/general-info.md, "periodic reset"), and counts its ids
from where it likes. The reading begins with the trade that was read last: where that is gone or another one, the ledger
begins anew before anything else is read.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from binance_nb.errors import (
    BinanceNBError,
    ExchangeUnavailable,
    NetworkError,
    RateLimited,
    TimestampRefused,
    UnknownOrder,
)
from binance_nb.models.decimals import plain
from binance_nb.models.fills import SOURCE_RECOVERED, SPOT, USDM
from binance_nb.stream.ledger import OPEN_STATES, Event, Ledger, Watch
from binance_nb.transport.backoff import Backoff

log = logging.getLogger("binance_nb.stream")

TRADES_PAGE = 1000
"""The most trades, and the most orders, in one answer (rest-api.md, "Account trade list", "All orders")."""

SINGLE_QUERIES = 5
"""So many orders of one symbol are asked for one by one (weight 4 each); more are read as a list (weight 20 a page)."""

SAME_TRADE_MS = 60_000
"""A trade's time is told in two places; further apart than this they mean two trades under one id."""

EXTRAS = "extras"
"""Under this key rows of another product bring what its reports tell besides."""

Order = Mapping[str, Any]


class Queries(Protocol):
    """The endpoints that recovery asks, with the answers of spot (binance_nb.api.spot)."""

    async def my_trades(
        self,
        symbol: str,
        *,
        order_id: int | None,
        from_id: int | None,
        start_time: int | None,
        end_time: int | None,
        limit: int,
    ) -> Any:
        """Return own trades of a symbol."""

    async def open_orders(self, symbol: str | None) -> Any:
        """Return the open orders."""

    async def query_order(self, symbol: str, order_id: int | None, client_order_id: str | None) -> Any:
        """Return one order."""

    async def all_orders(
        self, symbol: str, *, order_id: int | None, start_time: int | None, end_time: int | None, limit: int
    ) -> Any:
        """Return orders of a symbol from an order id on."""


@dataclass(slots=True)
class Findings:
    """What REST told: events made of it, and up to which trade each symbol has been read."""

    events: list[dict[str, Any]] = field(default_factory=list)
    verified: dict[str, int] = field(default_factory=dict)
    symbols: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)
    was_reset: bool = False


class Recovery:
    """Reads from REST what the ledger lacks; rate limits, bans and broken connections are waited out."""

    def __init__(
        self,
        queries: Queries,
        ledger: Ledger,
        *,
        product: str = SPOT,
        single_queries: int = SINGLE_QUERIES,
        resets: bool = False,
        backoff: Backoff | None = None,
    ) -> None:
        """Keep the endpoints of a product and the ledger; `resets` says that this exchange may forget everything."""
        self._queries = queries
        self._product = product
        self._single_queries = single_queries
        self._ledger = ledger
        self._resets = resets
        self._backoff = backoff or Backoff(0.5)

    async def collect(self, held: Iterable[Event] = ()) -> Findings:
        """Return what the ledger lacks at this moment; written is only which symbols matter, and that an era is over.

        `held` are reports that the ledger lacks as well because a recovery before this one was cut: what became of
        their orders since is asked for too.
        """
        findings = Findings()
        open_now = await self._asked(lambda: self._queries.open_orders(None), "open orders", findings) or []
        for order in open_now:
            self._ledger.watch(order["symbol"], order["time"], product=self._product)
        changed: dict[str, dict[int, list[Order]]] = defaultdict(lambda: defaultdict(list))
        watches = self._ledger.watches(product=self._product)
        for watch in watches:
            last_read = watch.verified_id
            first = None if last_read is None else max(0, last_read)
            trades = await self._trades(watch.symbol, first, watch.since_ms, findings)
            if last_read is not None and last_read >= 0:  # -1 is before the first trade
                if trades and self._is_same(watch, trades[0]):
                    trades = [trade for trade in trades if trade["id"] != last_read]
                elif self._resets and not findings.problems:
                    log.warning("the exchange has forgotten trade %s of %s", last_read, watch.symbol)
                    self._ledger.begin_anew(product=self._product)
                    anew = await self.collect(held)
                    anew.was_reset = True
                    return anew
            if trades:
                findings.verified[watch.symbol] = trades[-1]["id"]
            for trade in trades:
                if not self._has_report(trade):
                    changed[watch.symbol][trade["orderId"]].append(trade)
        findings.symbols = tuple(sorted(watch.symbol for watch in watches))
        still_open = {(order["symbol"], order["orderId"]): order for order in open_now}
        for event in self._ledger.open_orders(product=self._product):
            if (event["s"], event["i"]) not in still_open:
                changed[event["s"]].setdefault(event["i"], [])
        for event in held:
            changed[event["s"]].setdefault(event["i"], [])
        for (symbol, order_id), order in still_open.items():
            if self._has_changed(order):
                changed[symbol].setdefault(order_id, [])
        for symbol, by_order in changed.items():
            # After the trades: an order that is asked for now knows of all of them.
            orders = await self._orders(symbol, list(by_order), findings)
            for order_id, trades in by_order.items():
                findings.events += await self._events(symbol, orders.get(order_id), trades, findings)
        return findings

    def _has_report(self, trade: Order) -> bool:
        return self._ledger.has_trade_report(trade["symbol"], trade["id"], _side(trade), product=self._product)

    def _is_same(self, watch: Watch, trade: Order) -> bool:
        known_ms = self._ledger.fill_time_ms(watch.symbol, trade["id"], product=self._product)
        if trade["id"] != watch.verified_id:
            return False
        return known_ms is None or abs(known_ms - trade["time"]) < SAME_TRADE_MS

    def _has_changed(self, order: Order) -> bool:
        known = self._known(order["symbol"], order["orderId"])
        return known is None or self._is_amended(known, order) or known["X"] != order["status"]

    def _known(self, symbol: str, order_id: int) -> Event | None:
        return self._ledger.order_report(symbol, order_id, product=self._product)

    def _is_amended(self, known: Event, order: Order) -> bool:
        if self._product != SPOT and Decimal(known["p"]) != Decimal(order["price"]):
            return True  # a futures order may be given another price too
        return Decimal(known["q"]) != Decimal(order["origQty"])

    async def _asked(self, ask: Callable[[], Awaitable[Any]], what: str, findings: Findings) -> Any:
        """Return the answer, however long the exchange keeps us waiting; None where it refuses for good."""
        self._backoff.reset()
        while True:
            try:
                return await ask()
            except (RateLimited, ExchangeUnavailable, NetworkError, TimestampRefused) as error:
                delay_s = max(getattr(error, "retry_after", None) or 0.0, self._backoff.next_s())
                log.info("completing %s waits %.1f s (%s)", what, delay_s, error)
                await asyncio.sleep(delay_s)
            except BinanceNBError as error:
                log.warning("%s could not be completed: %s", what, error)
                findings.problems.append(f"{what}: {error}")
                return None

    async def _trades(self, symbol: str, first: int | None, since_ms: int, findings: Findings) -> list[Order]:
        trades: dict[tuple[int, str], Order] = {}  # a trade with ourselves is there twice, and pages overlap by one
        while True:
            from_id, since = (first, None) if first is not None else (None, since_ms)

            def page(from_id: int | None = from_id, since: int | None = since) -> Awaitable[Any]:
                return self._queries.my_trades(
                    symbol, order_id=None, from_id=from_id, start_time=since, end_time=None, limit=TRADES_PAGE
                )

            found = await self._asked(page, f"trades of {symbol}", findings)
            before = len(trades)
            trades |= {(trade["id"], _side(trade)): trade for trade in found or ()}
            if not found or len(found) < TRADES_PAGE or len(trades) == before:
                return list(trades.values())
            first = found[-1]["id"]

    async def _orders(self, symbol: str, order_ids: list[int], findings: Findings) -> dict[int, Order]:
        orders: dict[int, Order] = {}
        if len(order_ids) > self._single_queries:
            wanted, first = set(order_ids), min(order_ids)
            while wanted:

                def page(first: int = first) -> Awaitable[Any]:
                    return self._queries.all_orders(
                        symbol, order_id=first, start_time=None, end_time=None, limit=TRADES_PAGE
                    )

                found = await self._asked(page, f"orders of {symbol}", findings)
                if not found:
                    break
                for order in found:
                    if order["orderId"] in wanted:
                        orders[order["orderId"]] = order
                        wanted.discard(order["orderId"])
                first = found[-1]["orderId"] + 1
            return orders
        for order_id in order_ids:

            async def one(order_id: int = order_id) -> Any:
                try:
                    return await self._queries.query_order(symbol, order_id, None)
                except UnknownOrder:  # forgotten: the exchange keeps orders without a trade for 90 days
                    return None

            order = await self._asked(one, f"order {order_id} of {symbol}", findings)
            if order:
                orders[order_id] = order
        return orders

    async def _events(
        self, symbol: str, order: Order | None, trades: list[Order], findings: Findings
    ) -> list[dict[str, Any]]:
        """Return the reports of an order that were missed, in the order in which they must have come."""
        if order is None:
            return [_trade_event({}, trade, Decimal(0), Decimal(0)) for trade in trades]
        known = self._known(symbol, order["orderId"])
        events = []
        if known is None:
            events.append(_state_event(order, "NEW", "NEW", order["time"], Decimal(0), Decimal(0)))
        elif self._is_amended(known, order) and Decimal(order["origQty"]):
            filled, spent = Decimal(known["z"]), Decimal(known["Z"])
            kind = "REPLACED" if self._product == SPOT else "AMENDMENT"
            events.append(_state_event(order, kind, known["X"], order["updateTime"], filled, spent))
        base, quote, missed = await self._before(known, order, trades, findings)
        for trade in missed:
            base += Decimal(trade["qty"])
            quote += Decimal(trade["quoteQty"])
            if not self._has_report(trade):
                events.append(_trade_event(order, trade, base, quote))
        last = known["X"] if known is not None else "NEW"
        if order["status"] not in OPEN_STATES and order["status"] not in {"FILLED", last}:
            kind = str(_KINDS[self._product].get(order["status"], order["status"]))
            filled, spent = Decimal(order["executedQty"]), Decimal(order["cummulativeQuoteQty"])
            events.append(_state_event(order, kind, order["status"], order["updateTime"], filled, spent))
        return events

    async def _before(
        self, known: Event | None, order: Order, trades: list[Order], findings: Findings
    ) -> tuple[Decimal, Decimal, list[Order]]:
        """Return what was filled before the first of the trades that follow: those missed, or all of the order."""
        if not trades:
            return Decimal(0), Decimal(0), []
        if known is not None:
            last_id = known["t"] if known["x"] == "TRADE" else -1
            if last_id < trades[0]["id"] and (last_id >= 0 or not Decimal(known["z"])):
                return Decimal(known["z"]), Decimal(known["Z"]), trades
        if sum(Decimal(trade["qty"]) for trade in trades) == Decimal(order["executedQty"]):
            return Decimal(0), Decimal(0), trades

        def page() -> Awaitable[Any]:
            return self._queries.my_trades(
                order["symbol"], order_id=order["orderId"], from_id=0, start_time=None, end_time=None, limit=TRADES_PAGE
            )

        what = f"trades of order {order['orderId']}"
        return Decimal(0), Decimal(0), await self._asked(page, what, findings) or trades


_KINDS = {SPOT: {"EXPIRED_IN_MATCH": "TRADE_PREVENTION"}, USDM: {"EXPIRED_IN_MATCH": "EXPIRED"}}
"""Where the kind of report has another name than the state it brings (user-data-stream.md, "Order Update")."""


def _state_event(order: Order, kind: str, state: str, time_ms: int, filled: Decimal, quote: Decimal) -> dict[str, Any]:
    cancelled = kind == "CANCELED"
    name = order.get("clientOrderId", "")
    return {
        "e": "executionReport",
        "E": time_ms,
        "s": order["symbol"],
        "c": name,
        "S": order.get("side"),
        "o": order.get("type"),
        "f": order.get("timeInForce"),
        "q": order.get("origQty", "0"),
        "p": order.get("price", "0"),
        "P": order.get("stopPrice", "0"),
        "F": order.get("icebergQty", "0"),
        "g": order.get("orderListId", -1),
        "C": name if cancelled else "",
        "x": kind,
        "X": state,
        "r": "NONE",
        "i": order["orderId"],
        "l": "0.00000000",
        "z": plain(filled),
        "L": "0.00000000",
        "n": "0",
        "N": None,
        "T": time_ms,
        "t": -1,
        "I": -1,
        "w": kind == "NEW" and bool(order.get("isWorking", True)),
        "m": False,
        "O": order.get("time", time_ms),
        "Z": plain(quote),
        "Y": "0.00000000",
        "Q": order.get("origQuoteOrderQty", "0"),
        "W": order.get("workingTime", -1),
        "V": order.get("selfTradePreventionMode", "NONE"),
        "source": SOURCE_RECOVERED,
        **order.get(EXTRAS, {}),
    }


def _side(trade: Order) -> str:
    return "BUY" if trade["isBuyer"] else "SELL"


def _trade_event(order: Order, trade: Order, filled: Decimal, quote: Decimal) -> dict[str, Any]:
    """Return the report of a trade; of an order that the exchange forgot it tells what the trade does."""
    is_last = order.get("status") == "FILLED" and filled == Decimal(order["executedQty"])
    told = order or {
        "symbol": trade["symbol"],
        "orderId": trade["orderId"],
        "orderListId": trade["orderListId"],
        "side": _side(trade),
        "time": trade["time"],
    }
    event = _state_event(told, "TRADE", "FILLED" if is_last else "PARTIALLY_FILLED", trade["time"], filled, quote)
    return {
        **event,
        "S": _side(trade),
        "l": trade["qty"],
        "L": trade["price"],
        "Y": trade["quoteQty"],
        "n": trade["commission"],
        "N": trade["commissionAsset"],
        "t": trade["id"],
        "m": trade["isMaker"],
        **trade.get(EXTRAS, {}),
    }
