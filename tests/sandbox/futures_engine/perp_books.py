"""Books of futures accounts, kept from what the exchange announced and from nothing that it keeps itself."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

from binance_nb.models.enums import OrderSide, PositionSide
from binance_nb.sandbox.futures.events import AccountUpdate, Event, OrderUpdate
from binance_nb.sandbox.futures.exchange import FuturesExchange

MAKER_RATE, TAKER_RATE = Decimal("0.0002"), Decimal("0.0005")
DUST = Decimal("0.00001")
"""What rounding may leave of many fills: the exchange counts in hundred-millionths."""

Key = tuple[int, str, PositionSide]


def signed(side: OrderSide, quantity: Decimal) -> Decimal:
    """Return a quantity with the sign of its side."""
    return quantity if side is OrderSide.BUY else -quantity


class Books:
    """What each account paid and received, and what each of its positions holds and cost, added up from events."""

    def __init__(self, exchange: FuturesExchange) -> None:
        self._exchange = exchange
        self.cash: dict[int, Decimal] = {}
        self.held: dict[Key, Decimal] = defaultdict(Decimal)
        self.cost: dict[Key, Decimal] = defaultdict(Decimal)

    def open(self, account: int, balance: Decimal) -> None:
        """Begin with a balance."""
        self.cash[account] = balance

    def take(self, event: Event) -> None:
        """Book an event; assert that fees, profits and fundings in it are what they should be."""
        if isinstance(event, OrderUpdate) and event.last_u:
            self._fill(event)
        elif isinstance(event, AccountUpdate) and event.reason in {"FUNDING_FEE", "INSURANCE_CLEAR"}:
            change = event.balances[0].balance_change
            if event.reason == "FUNDING_FEE":
                assert abs(change - self._funding(event)) <= DUST
            self.cash[event.account_id] += change

    def equity(self, account: int) -> Decimal:
        """Return what the account is worth at the present mark prices."""
        positions = sum(
            amount * self._exchange.mark_price(symbol).mark_price
            for (owner, symbol, _), amount in self.held.items()
            if owner == account
        )
        return self.cash[account] + positions

    def _fill(self, event: OrderUpdate) -> None:
        order = event.order
        key = (event.account_id, order.symbol, order.position_side)
        quantity = signed(order.side, event.last_qty)
        before, cost = self.held[key], self.cost[key]
        closed = min(abs(quantity), abs(before)) if before * quantity < 0 else Decimal(0)
        released = cost * closed / abs(before) if closed else Decimal(0)
        sign = 1 if before > 0 else -1
        profit = sign * closed * event.last_price - released
        assert abs(event.realized_profit - profit) <= DUST
        self.held[key] = before + quantity
        self.cost[key] = cost - released + signed(order.side, abs(quantity) - closed) * event.last_price
        worth = event.last_qty * event.last_price
        rate = MAKER_RATE if event.is_maker else TAKER_RATE
        fee = (worth * rate).quantize(Decimal("1e-8"), ROUND_HALF_UP)
        assert event.commission == (0 if order.is_liquidation else fee)
        self.cash[event.account_id] -= quantity * event.last_price + event.commission
        if order.is_reducing:
            assert abs(self.held[key]) < abs(before)
            assert self.held[key] * before >= 0

    def _funding(self, event: AccountUpdate) -> Decimal:
        rows = self._exchange.funding_rates(event.symbol, start_us=event.time_us, end_us=event.time_us, limit=1)
        (row,) = rows
        held = sum(
            amount
            for (owner, symbol, _), amount in self.held.items()
            if (owner, symbol) == (event.account_id, row.symbol)
        )
        return -held * row.mark_price * row.rate
