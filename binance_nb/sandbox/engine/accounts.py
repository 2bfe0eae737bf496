"""One account as the engine works with it: its money, its open orders by id and name, and its history."""

from collections import defaultdict

from binance_nb.sandbox.engine.counts import OrderCounter
from binance_nb.sandbox.engine.records import (
    Account,
    AccountTrade,
    Allocation,
    Amendment,
    Balance,
    Order,
    OrderList,
    PreventedMatch,
)


class OnSymbol:
    """What one account has and had on one symbol."""

    __slots__ = (
        "algo_count",
        "allocations",
        "amendments",
        "buying_u",
        "by_client_id",
        "iceberg_count",
        "list_count",
        "open",
        "open_client_ids",
        "orders",
        "prevented",
        "trades",
    )

    def __init__(self) -> None:
        self.orders: dict[int, Order] = {}
        self.open: dict[int, Order] = {}
        self.open_client_ids: dict[str, Order] = {}
        self.by_client_id: dict[str, Order] = {}  # the latest order of each name
        self.trades: list[AccountTrade] = []
        self.prevented: list[PreventedMatch] = []
        self.allocations: list[Allocation] = []
        self.amendments: dict[int, list[Amendment]] = {}
        self.algo_count = 0
        self.iceberg_count = 0
        self.list_count = 0
        self.buying_u = 0  # what its open buy orders still want


class Member:
    """An account with its indexes. Every change of money goes through it, so that nothing changes unseen."""

    __slots__ = ("_dirty", "account", "counter", "lists", "on", "open_lists", "rates", "touched")

    def __init__(self, account: Account, counter: OrderCounter, dirty: dict[int, "Member"]) -> None:
        self._dirty = dirty  # where it enters itself when its money changes
        self.account = account
        self.counter = counter
        self.on: defaultdict[str, OnSymbol] = defaultdict(OnSymbol)
        self.lists: dict[int, OrderList] = {}
        self.open_lists: dict[str, OrderList] = {}  # by list client order id
        self.touched: dict[str, None] = {}  # assets whose balance may have changed since the last position
        self.rates: dict[str, tuple[int, ...]] = {}

    def balance(self, asset: str) -> Balance:
        """Return the balance of an asset, made on first sight, and mark it as touched."""
        if not self.account.silent:
            self.touched[asset] = None
            self._dirty[self.account.account_id] = self
        balance = self.account.balances.get(asset)
        if balance is None:
            balance = self.account.balances[asset] = Balance()
        return balance

    def free_u(self, asset: str) -> int:
        """Return what the account may use of an asset."""
        balance = self.account.balances.get(asset)
        return balance.free_u if balance else 0

    def affords(self, asset: str, amount_u: int) -> bool:
        """Whether the account may use this much."""
        return self.account.overdraft or self.free_u(asset) >= amount_u

    def lock(self, asset: str, change_u: int) -> None:
        """Move money from free to locked (or back, if negative)."""
        if change_u:
            balance = self.balance(asset)
            balance.free_u -= change_u
            balance.locked_u += change_u

    def opened(self, order: Order) -> None:
        """Index a new open order."""
        known = self.on[order.symbol]
        known.orders[order.order_id] = order
        known.open[order.order_id] = order
        known.open_client_ids[order.client_order_id] = order
        known.by_client_id[order.client_order_id] = order
        known.algo_count += order.is_algo
        known.iceberg_count += order.iceberg_u > 0
        if order.is_buy:
            known.buying_u += order.remaining_u

    def closed(self, order: Order, remaining_u: int) -> None:
        """Move an order that is done to the history; `remaining_u` is what it still wanted."""
        known = self.on[order.symbol]
        del known.open[order.order_id]
        del known.open_client_ids[order.client_order_id]
        known.algo_count -= order.is_algo
        known.iceberg_count -= order.iceberg_u > 0
        if order.is_buy:
            known.buying_u -= remaining_u
        if self.account.silent:
            del known.orders[order.order_id]
            if known.by_client_id.get(order.client_order_id) is order:
                del known.by_client_id[order.client_order_id]

    def renamed(self, order: Order, client_order_id: str) -> None:
        """Give an open order a new client order id."""
        known = self.on[order.symbol]
        del known.open_client_ids[order.client_order_id]
        order.client_order_id = client_order_id
        known.open_client_ids[client_order_id] = order
        known.by_client_id[client_order_id] = order

    def forget(self, balances: dict[str, int], assets: tuple[str, ...]) -> None:
        """Drop all history (no order may be open) and set the free balances, zero where none is given."""
        self.on.clear()
        self.lists.clear()
        self.open_lists.clear()
        self.account.locked_outside_u.clear()
        for asset in dict.fromkeys((*assets, *self.account.balances, *balances)):
            balance = self.balance(asset)
            balance.free_u, balance.locked_u = balances.get(asset, 0), 0
