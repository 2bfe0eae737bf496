"""The futures market: the spot sandbox's house of makers and takers, on perpetuals, whose fair price is the index."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from binance_nb.models.enums import FuturesOrderType, FuturesTimeInForce
from binance_nb.sandbox.engine import commands as spot
from binance_nb.sandbox.engine.records import Trade
from binance_nb.sandbox.futures.commands import CancelOrder, NewOrder
from binance_nb.sandbox.futures.exchange import FuturesExchange
from binance_nb.sandbox.futures.records import PERPETUAL_MARGIN_ASSET, Order
from binance_nb.sandbox.futures.specs import SymbolSpec
from binance_nb.sandbox.market import Market, MarketSettings

# Perpetuals trade in larger lots than spot: a step of BTCUSDT alone is worth about a hundred dollars.
_START_PRICES = {"BTCUSDT": 95_000.0, "ETHUSDT": 3_200.0, "BNBUSDT": 900.0, "DOGEUSDT": 0.17}
DEFAULT_SETTINGS = MarketSettings(level_value=4_000.0, taker_value=2_500.0, start_prices=_START_PRICES)


@dataclass(slots=True, frozen=True)
class _Placed:
    order: Order


class HouseDoor:
    """The futures exchange as the house sees it: plain limit orders in one-way mode."""

    def __init__(self, exchange: FuturesExchange) -> None:
        """Wrap the exchange."""
        self._exchange = exchange

    @property
    def assets(self) -> tuple[str, ...]:
        """The margin asset alone."""
        return (PERPETUAL_MARGIN_ASSET,)

    @property
    def symbols(self) -> Mapping[str, SymbolSpec]:
        """Every contract by name."""
        return self._exchange.symbols

    def symbol(self, name: str) -> SymbolSpec:
        """Return a contract."""
        return self._exchange.symbol(name)

    def open_account(self, balances: Mapping[str, Decimal], now_us: int, *, silent: bool) -> int:
        """Open an account with the margin asset among the balances."""
        return self._exchange.open_account(balances[PERPETUAL_MARGIN_ASSET], now_us, silent=silent)

    def record_history(self, trades: Iterable[Trade]) -> None:
        """Put trades of the past on the tape."""
        self._exchange.record_history(trades)

    def place_order(self, account_id: int, order: spot.NewOrder, now_us: int) -> _Placed:
        """Place a limit order."""
        asked = NewOrder(
            symbol=order.symbol,
            side=order.side,
            type=FuturesOrderType.LIMIT,
            time_in_force=FuturesTimeInForce(order.time_in_force) if order.time_in_force else None,
            quantity=order.quantity,
            price=order.price,
            client_order_id=order.client_order_id,
        )
        return _Placed(self._exchange.place_order(account_id, asked, now_us))

    def cancel_order(self, account_id: int, cancel: spot.CancelOrder, now_us: int) -> Order:
        """Cancel an order."""
        return self._exchange.cancel_order(
            account_id, CancelOrder(symbol=cancel.symbol, order_id=cancel.order_id), now_us
        )

    def is_open(self, account_id: int, symbol: str, order_id: int) -> bool:
        """Whether an order is open."""
        return self._exchange.is_open(account_id, symbol, order_id)


class FuturesMarket:
    """The house on perpetuals. It tells the index price and lets time pass with every step."""

    def __init__(
        self, exchange: FuturesExchange, *, seed: int = 7, settings: MarketSettings = DEFAULT_SETTINGS
    ) -> None:
        """Prepare the house; nothing happens before `open`. Prices start where `settings` say, else as a default."""
        self._exchange = exchange
        started = replace(settings, start_prices=_START_PRICES | settings.start_prices)
        self._market = Market(HouseDoor(exchange), seed=seed, settings=started)

    def open(self, now_us: int) -> None:
        """Open the house accounts, put some hours of trades on the tape and fill the books, as of now."""
        self._market.open(now_us)
        self._tell(now_us)

    def step(self, now_us: int) -> None:
        """Let makers follow the price and takers trade, then let everything happen that is due."""
        self._market.step(now_us)
        self._tell(now_us)

    def _tell(self, now_us: int) -> None:
        for symbol in self._exchange.symbols:
            self._exchange.set_index_price(symbol, self._market.fair_price(symbol), now_us)
        self._exchange.advance(now_us)
