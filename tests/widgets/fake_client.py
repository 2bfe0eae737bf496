"""A client without an exchange: it answers from lists and keeps what it was asked; for tests and their kernels."""

import threading
import time
from concurrent.futures import Future
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

from binance_nb import frames, schemas
from binance_nb.models.events import BalanceUpdate, ExecutionReport
from binance_nb.models.fills import SOURCE_STREAM, SPOT

BTCUSDT = {
    "symbol": "BTCUSDT",
    "status": "TRADING",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "orderTypes": [
        "LIMIT",
        "LIMIT_MAKER",
        "MARKET",
        "STOP_LOSS",
        "STOP_LOSS_LIMIT",
        "TAKE_PROFIT",
        "TAKE_PROFIT_LIMIT",
    ],
    "icebergAllowed": True,
    "quoteOrderQtyMarketAllowed": True,
    "allowTrailingStop": True,
    "ocoAllowed": True,
    "otoAllowed": True,
    "opoAllowed": True,
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000", "tickSize": "0.01"},
        {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000", "stepSize": "0.00001"},
        {"filterType": "ICEBERG_PARTS", "limit": 10},
        {"filterType": "NOTIONAL", "minNotional": "5", "applyMinToMarket": True, "maxNotional": "9000000"},
        {
            "filterType": "TRAILING_DELTA",
            "minTrailingAboveDelta": 10,
            "maxTrailingAboveDelta": 2000,
            "minTrailingBelowDelta": 10,
            "maxTrailingBelowDelta": 2000,
        },
    ],
}
ETHUSDT = {**BTCUSDT, "symbol": "ETHUSDT", "baseAsset": "ETH"}


def trade(number, *, symbol="BTCUSDT", side="BUY", quantity="0.01", price="64000.00", **more):
    """An ExecutionReport of a fill; `number` is its trade id, its order's id and its place in time."""
    moment = datetime.fromtimestamp(1_795_000_000 + number / 100, tz=UTC)
    fields = {
        "symbol": symbol,
        "order_id": 9_000_000_000 + number,
        "client_order_id": f"nb-{number}",
        "side": side,
        "order_type": "LIMIT",
        "time_in_force": "GTC",
        "execution_type": "TRADE",
        "order_status": "FILLED",
        "quantity": Decimal(quantity),
        "price": Decimal(price),
        "stop_price": Decimal(0),
        "last_executed_qty": Decimal(quantity),
        "last_executed_price": Decimal(price),
        "cumulative_filled_qty": Decimal(quantity),
        "cumulative_quote_qty": Decimal(quantity) * Decimal(price),
        "commission_amount": Decimal("0.00001"),
        "commission_asset": "BTC",
        "trade_id": number,
        "is_maker": False,
        "order_list_id": -1,
        "orig_client_order_id": "",
        "reject_reason": "NONE",
        "expiry_reason": None,
        "event_time": moment,
        "transaction_time": moment,
        "raw": {},
    }
    return ExecutionReport(**{**fields, **more})


def ledger_rows(count):
    """Fills as the client's ledger keeps them, oldest first."""
    return [
        {
            "transaction_time": 1_794_000_000_000 + number,
            "symbol": "BTCUSDT" if number % 4 else "ETHUSDT",
            "side": "BUY" if number % 2 else "SELL",
            "last_executed_qty": "0.5",
            "last_executed_price": str(100 + number % 7),
            "last_quote_qty": str((100 + number % 7) / 2),
            "commission_amount": "0.001",
            "commission_asset": "BNB",
            "is_maker": bool(number % 3),
            "trade_id": -number - 1,
            "order_id": 5_000_000_000 + number // 10,
            "client_order_id": f"old-{number}",
            "order_list_id": -1,
            "product": SPOT,
            "source": SOURCE_STREAM,
        }
        for number in range(count)
    ]


class Poured:
    """A report of a fill that costs next to nothing to make, so that a flood measures the table and not the test."""

    __slots__ = ("client_order_id", "order_id", "side", "trade_id")

    symbol = "BTCUSDT"
    execution_type = "TRADE"
    is_trade = True
    last_executed_qty = Decimal("0.01")
    last_executed_price = Decimal("64000.01")
    commission_amount = Decimal("0.00001")
    commission_asset = "BTC"
    is_maker = False
    source = SOURCE_STREAM
    product = "spot"
    era = 0
    position_side = realized_pnl = None
    transaction_time = datetime.fromtimestamp(1_795_000_000, tz=UTC)

    def __init__(self, number):
        self.trade_id = number
        self.order_id = 9_000_000_000 + number
        self.client_order_id = "nb-poured"
        self.side = "BUY" if number % 3 else "SELL"


class FakeSubscription:
    """What `subscribe` returns."""

    def __init__(self, client, callback):
        self.client = client
        self.callback = callback

    def close(self):
        """Take no more reports."""
        self.client.drop(self)


class FakeClient:
    """Answers each verb with what `answers` holds for it: a value, an exception, or a function of the arguments.

    With `hold=True` placing an order stays unanswered until `release()`.
    """

    def __init__(self, environment="sandbox", *, held_fills=0, hold=False, delay_s=0.0, assets=0):
        self.environment = environment
        self.config = SimpleNamespace(get_base_url=lambda: f"https://{environment}.example")
        self.stream_state = SimpleNamespace(state="connected")
        self.subscriptions = []
        self.balance_subscriptions = []
        self.futures_subscriptions = []
        self.asked = []
        self.hold = hold
        self.delay_s = delay_s
        self.waiting = []
        self.held = frames.build(ledger_rows(held_fills), schemas.FILLS, exact=True)
        self.gaps = []
        self.problem = ""
        self.order_number = 700
        self.answers = {
            "get_exchange_info": {"symbols": [BTCUSDT, ETHUSDT]},
            "get_book_ticker": lambda symbol, **_: {
                "symbol": symbol,
                "bidPrice": "63999.99",
                "bidQty": "1",
                "askPrice": "64000.01",
                "askQty": "1",
            },
            "get_account_info": {
                "balances": [
                    {"asset": "BTC", "free": "2.00000000", "locked": "0"},
                    {"asset": "ETH", "free": "30", "locked": "0"},
                    {"asset": "USDT", "free": "100000.00000000", "locked": "0"},
                    *({"asset": f"COIN{number}", "free": "1", "locked": "2"} for number in range(assets)),
                ],
            },
            "get_order_book": self.book,
            "get_price": [{"symbol": "BTCUSDT", "price": "64000.00"}, {"symbol": "ETHBTC", "price": "0.05"}],
            "get_commission_rates": {
                "standardCommission": {"maker": "0.0008", "taker": "0.0010", "buyer": "0", "seller": "0"}
            },
            "start_stream": None,
            "test_order": None,
            "place_spot_order": self.new_order,
            "place_oco_order": self.new_list,
            "place_oto_order": self.new_list,
            "place_otoco_order": self.new_list,
            "place_opo_order": self.new_list,
            "place_opoco_order": self.new_list,
            "cancel_order_list": lambda *_, **__: self.changed_list("CANCELED"),
            "check_order": lambda *_, **__: frames.build([], schemas.RULE_CHECKS),
            "cancel_order_by_id": lambda *_, **__: self.changed_order("CANCELED"),
            "get_order_status": lambda *_, **__: self.changed_order("NEW"),
            "get_open_orders": lambda *_, **__: frames.orders([]),
        }

    def submit(self, verb, *arguments, **keywords):
        """Answer like the client does: with a Future."""
        self.asked.append((verb, arguments, keywords))
        future = Future()
        future.set_running_or_notify_cancel()
        if verb.startswith("place_") and self.hold:
            self.waiting.append((future, verb, arguments, keywords))
        elif verb.startswith("place_") and self.delay_s:
            threading.Timer(self.delay_s, self._answer, (future, verb, arguments, keywords)).start()
        else:
            self._answer(future, verb, arguments, keywords)
        return future

    def _answer(self, future, verb, arguments, keywords):
        answer = self.answers[verb]
        try:
            if isinstance(answer, Exception):
                raise answer
            future.set_result(answer(*arguments, **keywords) if callable(answer) else answer)
        except Exception as error:
            future.set_exception(error)

    def release(self):
        """Answer the orders that were held back."""
        while self.waiting:
            self._answer(*self.waiting.pop())

    def asked_for(self, verb):
        """The arguments of every call of one verb."""
        return [arguments for name, arguments, _ in self.asked if name == verb]

    def book(self, symbol, limit, **_):
        """Levels of one coin each, a tick apart, one hundred a side; asked for more, there are no more."""
        return {
            "bids": [[str(Decimal("63999.99") - number), "1"] for number in range(100)],
            "asks": [[str(Decimal("64000.01") + number), "1"] for number in range(100)],
        }

    def new_list(self, *orders, list_client_order_id):
        """An order list of which everything but a pending order rests in the book."""
        self.list_name = list_client_order_id
        self.list = [self._resting(order) for order in orders]
        return frames.orders(self.list)

    def changed_list(self, status):
        """The last list with all its orders in another state."""
        self.list = [{**order, "status": status} for order in self.list]
        # As the exchange does: the answer to a cancel bears the name of the cancel.
        return frames.orders([{**order, "clientOrderId": f"cancel-{order['orderId']}"} for order in self.list])

    def new_order(self, order, **_):
        """An order that rests in the book."""
        self.last = self._resting(order)
        return frames.orders([self.last])

    def _resting(self, order):
        self.order_number += 1
        return {
            "symbol": order.symbol,
            "orderId": self.order_number,
            "clientOrderId": order.new_client_order_id,
            "side": order.side.value,
            "type": order.order_type.value,
            "status": "NEW",
            "origQty": str(order.quantity or 0),
            "price": str(order.price or 0),
            "executedQty": "0",
            "cummulativeQuoteQty": "0",
        }

    def changed_order(self, status):
        """The last order in another state."""
        self.last = {**self.last, "status": status}
        return frames.orders([self.last])

    def subscribe(self, callback):
        """Take reports from now on."""
        subscription = FakeSubscription(self, callback)
        self.subscriptions.append(subscription)
        return subscription

    @property
    def listeners(self):
        """All subscriptions that are open."""
        return self.subscriptions + self.balance_subscriptions + self.futures_subscriptions

    def drop(self, subscription):
        """End a subscription."""
        for held in (self.subscriptions, self.balance_subscriptions, self.futures_subscriptions):
            if subscription in held:
                held.remove(subscription)

    def subscribe_balances(self, callback):
        """Take what is told of balances from now on."""
        subscription = FakeSubscription(self, callback)
        self.balance_subscriptions.append(subscription)
        return subscription

    def tell_balances(self, kind="outboundAccountPosition", **held):
        """Tell of balances, each as (free, locked)."""
        rows = [{"a": asset, "f": free, "l": locked} for asset, (free, locked) in held.items()]
        for subscription in list(self.balance_subscriptions):
            subscription.callback(BalanceUpdate.from_event({"e": kind, "E": 1_795_000_000_000, "B": rows}))

    def fills(self, *, exact=False):
        """The ledger so far."""
        return self.held

    def stream_status(self, *, product="spot"):
        """The health of a stream, as the client tells it."""
        state = self.stream_state.state if product == "spot" else "stopped"
        row = {"state": state, "events": 1234, "reports": 12, "recovered": 3, "reconnects": 2, "gaps": len(self.gaps)}
        times = {"connected_since": 1_795_000_000_000, "last_event": 1_795_000_060_000}
        return frames.build([{**row, **times, "lag_ms": 7.4, "last_problem": self.problem}], schemas.STREAM_STATUS)

    def stream_gaps(self):
        """The gaps so far."""
        return frames.build(self.gaps, schemas.GAPS)

    def miss(self, start, end, *, fills=0, is_complete=True, reason="the connection was cut", product=SPOT):
        """Record a gap; its times are those of the trades of these numbers."""
        self.gaps.append(
            {
                "gap_start": round(trade(start).event_time.timestamp() * 1000),
                "gap_end": round(trade(end).event_time.timestamp() * 1000),
                "symbols": "BTCUSDT",
                "reports": fills,
                "fills": fills,
                "is_complete": is_complete,
                "reason": reason,
                "product": product,
            }
        )

    def tell(self, report):
        """Hand a report to all subscribers."""
        for subscription in list(self.subscriptions):
            subscription.callback(report)

    def pour(self, rate, seconds, *, first=1):
        """Tell fills at a steady rate from a thread of its own; returns the thread."""

        def work():
            started, told = time.monotonic(), 0
            while told < rate * seconds:
                due = min(int((time.monotonic() - started) * rate), rate * seconds)
                while told < due:
                    self.tell(Poured(first + told))
                    told += 1
                time.sleep(0.005)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return thread
