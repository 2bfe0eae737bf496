"""An exchange of symbols with one rule each, on a stepped clock behind real sockets, and orders to hold against it."""

import asyncio
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from binance_nb import BinanceClient, BinanceConfig, SpotOrderRequest
from binance_nb.credentials import Credentials
from binance_nb.errors import ExchangeError
from binance_nb.models.enums import OrderSide, SelfTradePreventionMode, SpotOrderType, TimeInForce
from binance_nb.models.order_lists import OrderListRequest
from binance_nb.sandbox.clock import ClockMode
from binance_nb.sandbox.engine import specs as f
from binance_nb.sandbox.engine.commands import NewOrder
from binance_nb.sandbox.server.app import SandboxServer
from binance_nb.sandbox.server.limits import Interval, LimitSettings
from binance_nb.sandbox.server.venue import MAIN_ACCOUNT, Venue, VenueSettings

T = TypeVar("T")
Asked = SpotOrderRequest | OrderListRequest
D = Decimal
FUNDS = D(10_000)
LADDER = 5  # levels on each side of the book, ten base units each: bids 99, 98, …, asks 101, 102, …
PLENTY = 10**9
SIDES = st.sampled_from(["BUY", "SELL"])
STOPS = ["STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"]
LIMITED = {"LIMIT", "LIMIT_MAKER", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"}

TICK = f.PriceFilter(D(0), D(0), D("0.01"))
STEP = f.LotSize(D(0), D(0), D("0.01"))


def symbol(name: str, *filters: f.Filter, **changes: Any) -> f.SymbolSpec:
    """A symbol of an asset of its own against USDT."""
    return f.SymbolSpec(symbol=f"{name}USDT", base_asset=name, quote_asset="USDT", filters=filters, **changes)


SPECS = (
    symbol("PRICE", f.PriceFilter(D(50), D(150), D("0.5"))),
    symbol("AVG", TICK, f.PercentPrice(D("1.1"), D("0.9"), 5)),
    symbol("LAST", TICK, f.PercentPriceBySide(D("1.05"), D("0.9"), D("1.1"), D("0.95"), 0)),
    symbol("MINUTE", TICK, f.PercentPriceBySide(D("1.05"), D("0.9"), D("1.1"), D("0.95"), 1)),
    symbol(
        "REF",
        TICK,
        f.PercentPrice(D("1.1"), D("0.9"), 5),
        f.MinNotional(D(50), True, 5),
        reference_price=f.ReferencePriceRule(external_calculation_id=1),
    ),
    symbol("LOT", f.LotSize(D("0.5"), D(4), D("0.25"))),
    symbol("MLOT", STEP, f.MarketLotSize(D("0.5"), D(4), D("0.25"))),
    symbol("MINA", STEP, f.MinNotional(D(50), True, 5)),
    symbol("MINB", STEP, f.MinNotional(D(50), False, 0)),
    symbol("NOTA", STEP, f.Notional(D(50), True, D(200), True, 0)),
    symbol("NOTB", STEP, f.Notional(D(50), False, D(200), False, 5)),
    symbol("NOTC", STEP, f.Notional(D(50), True, D(200), False, 1)),
    symbol("PARTS", STEP, f.IcebergParts(5)),
    symbol("TRAIL", f.TrailingDelta(10, 200, 20, 300)),
    symbol("COUNT", f.MaxNumOrders(4), f.MaxNumAlgoOrders(2), f.MaxNumIcebergOrders(1), f.MaxNumOrderLists(1)),
    symbol("OTHER"),
    symbol("POS", STEP, f.MaxPosition(FUNDS + 3)),
    symbol("ASSET", STEP),
    symbol("PLAIN", TICK, STEP),
    symbol("DIGIT", base_asset_precision=3, quote_asset_precision=2),
    symbol("SHUT"),
    symbol("MARGIN", permission_sets=(("SPOT", "LEVERAGED"), ("MARGIN",))),
    symbol(
        "FEW",
        order_types=(SpotOrderType.STOP_LOSS, SpotOrderType.TAKE_PROFIT_LIMIT, SpotOrderType.LIMIT_MAKER),
        iceberg_allowed=False,
        allow_trailing_stop=False,
        peg_instructions_allowed=False,
        allowed_self_trade_prevention_modes=(SelfTradePreventionMode.NONE, SelfTradePreventionMode.EXPIRE_TAKER),
    ),
    symbol("NOOCO", oco_allowed=False),
    symbol("NOOTO", oto_allowed=False),
    symbol("NOOPO", opo_allowed=False),
    symbol("NOQUOTE", quote_order_qty_market_allowed=False),
    symbol(
        "ALL",
        f.PriceFilter(D("0.5"), D(10_000), D("0.5")),
        f.LotSize(D("0.1"), D(1000), D("0.1")),
        f.IcebergParts(10),
        f.MarketLotSize(D(0), D(30), D(0)),
        f.TrailingDelta(10, 2000, 10, 2000),
        f.PercentPriceBySide(D(2), D("0.5"), D(2), D("0.5"), 5),
        f.Notional(D(20), True, D(9000), False, 5),
        f.MaxPosition(FUNDS + 50),
        f.MaxNumOrders(200),
        f.MaxNumAlgoOrders(20),
    ),
)
EXCHANGE = f.ExchangeSpec(
    exchange_filters=(
        f.ExchangeMaxNumOrders(6),
        f.ExchangeMaxNumAlgoOrders(3),
        f.ExchangeMaxNumIcebergOrders(2),
        f.ExchangeMaxNumOrderLists(2),
    ),
    order_limits=(f.OrderRateLimit("SECOND", 10, PLENTY),),
)
LIMITS = LimitSettings(
    weight=Interval("REQUEST_WEIGHT", "MINUTE", 1, PLENTY), raw=Interval("RAW_REQUESTS", "MINUTE", 5, PLENTY)
)


class World:
    """A sandbox server on a thread of its own, its house account, and clients of it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        balances = {asset: FUNDS for spec in SPECS for asset in (spec.base_asset, "USDT")}
        self.venue = Venue(
            VenueSettings(
                clock=ClockMode.STEPPED,
                market=False,
                specs=SPECS,
                exchange_spec=EXCHANGE,
                limits=LIMITS,
                balances=balances,
            )
        )
        self.server = SandboxServer(self.venue)
        self._await(self.server.start())
        rich = dict.fromkeys(balances, D(10) ** 9)
        self.house = self.venue.exchange.open_account(rich, self.now_us, silent=True)
        self.venue.open_account("bound", balances, max_asset={"ASSET": D(2), "USDT": D(300)})
        self.client = self._client_of(MAIN_ACCOUNT, "K" * 64)
        self.bound = self._client_of("bound", "B" * 64)

    @property
    def now_us(self) -> int:
        return self.venue.clock.now_us()

    def _client_of(self, account: str, key: str) -> BinanceClient:
        self.venue.keys.add_hmac(account, key, "S" * 64)
        client = BinanceClient(
            BinanceConfig(
                environment="sandbox",
                sandbox_base_url=self.server.rest_url,
                sandbox_ws_url=self.server.ws_api_url,
                sandbox_stream_url=self.server.stream_url,
            )
        )
        client.asynchronous._credentials = lambda: Credentials(SecretStr(key), api_secret=SecretStr("S" * 64))
        return client

    def _await(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def on_server(self, work: Callable[[], T]) -> T:
        """Run a function on the server's own thread."""

        async def there() -> T:
            return work()

        return self._await(there())

    def close(self) -> None:
        self.client.close()
        self.bound.close()
        self._await(self.server.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def fresh(
        self, name: str, last: str | None = "100", *, sizes: tuple[str, ...] = ("10",) * LADDER, gap: str = "1"
    ) -> str:
        """Reset the accounts, give a symbol a new book around 100 and a last trade at `last`; return the symbol."""
        whole = f"{name}USDT"

        def renew() -> None:
            exchange = self.venue.exchange
            self.venue.reset_account()
            if exchange.open_orders(self.house, whole):
                exchange.cancel_open_orders(self.house, whole, self.now_us)
            if last is not None:
                self.trade(whole, last, "1")
            for level, size in enumerate(sizes, 1):
                self._house(whole, "BUY", 100 - level * D(gap), size)
                self._house(whole, "SELL", 100 + level * D(gap), size)
            self.venue.publish()

        self.on_server(renew)
        return whole

    def trade(self, whole: str, price: Any, size: Any) -> None:
        """Let the house trade with itself on an empty book."""
        self._house(whole, "SELL", price, size)
        self._house(whole, "BUY", price, size)

    def _house(self, whole: str, side: str, price: Any, size: Any) -> None:
        order = NewOrder(
            symbol=whole,
            side=OrderSide(side),
            type=SpotOrderType.LIMIT,
            time_in_force=TimeInForce.GTC,
            quantity=D(str(size)),
            price=D(str(price)),
        )
        # The house stands above the rules, or there would be no market on a symbol that takes one kind of order alone.
        place = self.venue.exchange._core.venue(whole)
        spec, filters = place.spec, place.filters
        place.spec, place.filters = f.SymbolSpec(symbol=whole, base_asset=spec.base_asset, quote_asset="USDT"), ()
        try:
            self.venue.exchange.place_order(self.house, order, self.now_us)
        finally:
            place.spec, place.filters = spec, filters

    def send(self, order: Asked, client: BinanceClient | None = None) -> tuple[int, str] | None:
        """Send an order past the client's check; return the exchange's refusal, None if it accepts."""
        client = client or self.client
        spot, lists = client.asynchronous._spot, client.asynchronous._lists
        try:
            client._run(lists.place(order) if isinstance(order, OrderListRequest) else spot.new_order(order))
        except ExchangeError as error:
            return error.code, error.message
        return None

    def agree(self, order: Asked, client: BinanceClient | None = None) -> tuple[int, str] | None:
        """Check an order, then send it: both must say the same. Return what they said."""
        rows = (client or self.client).check_order(order)
        failed = rows[~rows["passed"]]
        answer = self.send(order, client)
        told = failed[["rule", "field", "limit", "value", "code"]].to_dict("records")
        if answer is None:
            assert not told, f"the exchange accepts {order!r}, the check says {told}"
            assert set(rows["code"]) == {-1}
            return None
        code, message = answer
        assert told, f"the exchange refuses {order!r} ({code} {message}), the check passes it"
        assert told[0]["code"] == code, f"{code} {message} for {order!r}, predicted {told}"
        if message.startswith("Filter failure: "):
            assert told[0]["rule"] == message.removeprefix("Filter failure: ")
        assert failed["sentence"].notna().all()
        return answer


def few(examples: int = 25) -> Any:
    """Few examples, each of which is a dozen requests."""
    return settings(
        max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
    )


def order(whole: str, kind: str, side: str, **fields: Any) -> SpotOrderRequest:
    """An order without the fields that are None."""
    return SpotOrderRequest(
        symbol=whole,
        side=side,
        order_type=kind,
        **{name: value for name, value in fields.items() if value is not None},
    )


def number(low: str, high: str, step: str) -> st.SearchStrategy[Decimal]:
    """A decimal on a step between two bounds, its ends more often than others."""
    width = D(step)
    first, last = int(D(low) / width), int(D(high) / width)
    return (st.integers(first, last) | st.sampled_from([first, last])).map(lambda count: count * width)


def stop_of(kind: str, side: str, *, far: str = "30") -> Decimal:
    """A stop price on the right side of a last price of 100."""
    rises = (kind in {"STOP_LOSS", "STOP_LOSS_LIMIT"}) == (side == "BUY")
    return 100 + D(far) if rises else 100 - D(far)


def one_of(whole: str, kind: str, side: str = "BUY") -> SpotOrderRequest:
    """An order that stays open: far from the market."""
    price = "10" if side == "BUY" else "500"
    if kind == "algo":
        return order(whole, "STOP_LOSS", side, quantity="1", stop_price=stop_of("STOP_LOSS", side))
    return order(whole, "LIMIT", side, quantity="1", price=price, iceberg_qty="0.5" if kind == "iceberg" else None)


KINDS = ["OCO", "OTO", "OPO", "OTOCO", "OPOCO"]


def a_list(whole: str, kind: str, side: str = "SELL", *, quantity: str = "1", **more: Any) -> OrderListRequest:
    """A list of each kind whose orders stay open; `more` are prices of its parts."""
    buys = side == "BUY"
    working = order(whole, "LIMIT", "BUY", quantity=quantity, price=more.get("working", "90"))
    limit = order(whole, "LIMIT_MAKER", side, quantity=quantity, price=more.get("limit", "80" if buys else "120"))
    stop = order(
        whole,
        "STOP_LOSS_LIMIT",
        side,
        quantity=quantity,
        price=more.get("stop_limit", "121" if buys else "79"),
        stop_price=more.get("stop", "120" if buys else "80"),
    )
    pair = (stop, limit) if buys else (limit, stop)
    orders = {
        "OCO": pair,
        "OTO": (working, limit),
        "OPO": (working, limit),
        "OTOCO": (working, *pair),
        "OPOCO": (working, *pair),
    }
    return OrderListRequest(kind, orders[kind])
