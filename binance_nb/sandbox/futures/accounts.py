"""One account as the futures engine works with it: wallet, positions, settings, orders by id and name, history."""

from collections import defaultdict
from collections.abc import Iterator

from binance_nb.models.enums import MarginType, PositionSide
from binance_nb.sandbox.futures.position import Position
from binance_nb.sandbox.futures.records import AccountTrade, AlgoOrder, Amendment, Income, Order
from binance_nb.sandbox.futures.specs import DEFAULT_LEVERAGE

_ONE_WAY = (PositionSide.BOTH,)
_HEDGE = (PositionSide.LONG, PositionSide.SHORT)


class OnSymbol:
    """What one account has and had on one symbol, and how it is set up there."""

    __slots__ = (
        "amendments",
        "by_client_id",
        "leverage",
        "margin_type",
        "open",
        "open_client_ids",
        "orders",
        "positions",
        "reducing",
        "reserved_u",
        "trades",
    )

    def __init__(self, symbol: str) -> None:
        self.leverage = DEFAULT_LEVERAGE
        self.margin_type = MarginType.CROSSED
        self.positions = {side: Position(symbol, side) for side in PositionSide}
        self.orders: dict[int, Order] = {}
        self.open: dict[int, Order] = {}
        self.open_client_ids: dict[str, Order] = {}
        self.by_client_id: dict[str, Order] = {}  # the latest order of each name
        self.reducing: dict[int, Order] = {}  # open orders that may only make a position smaller
        self.trades: list[AccountTrade] = []
        self.amendments: list[Amendment] = []
        # The value of resting orders that may open something, by position side: [bids, asks].
        self.reserved_u: dict[PositionSide, list[int]] = {side: [0, 0] for side in PositionSide}

    @property
    def is_isolated(self) -> bool:
        """Whether positions here have margin of their own."""
        return self.margin_type is MarginType.ISOLATED


class _Symbols(defaultdict[str, OnSymbol]):
    def __missing__(self, symbol: str) -> OnSymbol:
        found = self[symbol] = OnSymbol(symbol)
        return found


class Member:
    """An account. Its wallet is one number; isolated wallets are parts of it."""

    __slots__ = (
        "account_id",
        "algos",
        "called",
        "countdowns",
        "dual",
        "income",
        "on",
        "open_algos",
        "silent",
        "touched",
        "updated_us",
        "wallet_touched",
        "wallet_u",
    )

    def __init__(self, account_id: int, wallet_u: int, now_us: int, *, silent: bool) -> None:
        self.account_id = account_id
        self.silent = silent  # a house account: no reports, no history, no margin, no liquidation
        self.wallet_u = wallet_u
        self.dual = False
        self.updated_us = now_us
        self.on = _Symbols()
        self.algos: dict[int, AlgoOrder] = {}
        self.open_algos: dict[int, AlgoOrder] = {}
        self.income: list[Income] = []
        self.countdowns: dict[str, int] = {}  # when all orders of a symbol are cancelled
        self.called: set[tuple[str, PositionSide] | None] = set()  # margin calls that stand; None is the cross wallet
        self.touched: dict[tuple[str, PositionSide], None] = {}  # positions changed since the last announcement
        self.wallet_touched = False

    @property
    def sides(self) -> tuple[PositionSide, ...]:
        """The position sides of the account's mode."""
        return _HEDGE if self.dual else _ONE_WAY

    def position(self, symbol: str, side: PositionSide) -> Position:
        """Return a position, empty ones too."""
        return self.on[symbol].positions[side]

    def held(self) -> Iterator[tuple[OnSymbol, Position]]:
        """Yield every position that has an amount, with its symbol's settings."""
        for known in self.on.values():
            for position in known.positions.values():
                if position.amount_u:
                    yield known, position

    @property
    def isolated_u(self) -> int:
        """What the isolated wallets hold."""
        return sum(position.isolated_u for _, position in self.held())

    @property
    def has_open_orders(self) -> bool:
        """Whether any order, regular or conditional, is open."""
        return bool(self.open_algos) or any(known.open for known in self.on.values())

    def opened(self, order: Order) -> None:
        """Index a new open order."""
        known = self.on[order.symbol]
        known.orders[order.order_id] = order
        known.open[order.order_id] = order
        known.open_client_ids[order.client_order_id] = order
        known.by_client_id[order.client_order_id] = order
        if order.is_reducing:
            known.reducing[order.order_id] = order

    def closed(self, order: Order) -> None:
        """Move an order that is done to the history."""
        known = self.on[order.symbol]
        del known.open[order.order_id]
        del known.open_client_ids[order.client_order_id]
        known.reducing.pop(order.order_id, None)
        if self.silent:
            del known.orders[order.order_id]
            if known.by_client_id.get(order.client_order_id) is order:
                del known.by_client_id[order.client_order_id]

    def forget(self, wallet_u: int) -> None:
        """Drop all history, positions and settings (no order may be open) and set the wallet."""
        self.on.clear()
        self.algos.clear()
        self.open_algos.clear()
        self.income.clear()
        self.countdowns.clear()
        self.called.clear()
        self.touched.clear()
        self.wallet_u = wallet_u
        self.wallet_touched = True
        self.dual = False
