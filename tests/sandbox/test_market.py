"""The market: alive, repeatable, never against the rules; recorded trades played from a file."""

import zipfile
from decimal import Decimal

import pytest

from binance_nb.models.enums import KlineInterval, OrderSide, OrderStatus, SpotOrderType, TimeInForce
from binance_nb.sandbox.engine.commands import NewOrder
from binance_nb.sandbox.engine.events import OrderUpdate, PublicTrade
from binance_nb.sandbox.engine.exchange import Exchange
from binance_nb.sandbox.market import (
    DEFAULT_BALANCES,
    Market,
    MarketSettings,
    default_exchange_spec,
    default_symbols,
)
from binance_nb.sandbox.market_replay import read_trades

OPENED_US = 1_790_000_000_000_000
SHORT = MarketSettings(history_hours=0.2, levels=40)


class Trading:
    """An exchange with a user and a market that moves a tenth of a second at a time."""

    def __init__(self, symbols=("BTCUSDT",), settings=SHORT, seed=7):
        specs = [spec for spec in default_symbols() if spec.symbol in symbols]
        self.exchange = Exchange(specs, spec=default_exchange_spec(specs), seed=seed)
        self.now_us = OPENED_US
        self.user = self.exchange.open_account(DEFAULT_BALANCES, self.now_us)
        self.market = Market(self.exchange, seed=seed, settings=settings)
        self.market.open(self.now_us)

    def run(self, steps):
        for _ in range(steps):
            self.now_us += 100_000
            self.market.step(self.now_us)

    def limit(self, side, quantity, price, symbol="BTCUSDT"):
        order = NewOrder(
            symbol=symbol,
            side=side,
            type=SpotOrderType.LIMIT,
            time_in_force=TimeInForce.GTC,
            quantity=Decimal(quantity),
            price=price,
        )
        return self.exchange.place_order(self.user, order, self.now_us)

    def get(self, placed):
        return self.exchange.order(self.user, placed.order.symbol, order_id=placed.order.order_id)


@pytest.fixture(scope="module")
def busy():
    """All symbols after half a minute, with everything that happened."""
    trading = Trading([spec.symbol for spec in default_symbols()])
    trading.run(300)
    return trading, trading.exchange.drain_events()


def test_every_symbol_trades_and_is_quoted_on_both_sides(busy):
    trading, events = busy
    traded = {event.trade.symbol for event in events if isinstance(event, PublicTrade)}
    assert traded == set(trading.exchange.symbols)
    for symbol in trading.exchange.symbols:
        view = trading.exchange.depth(symbol, 10)
        assert len(view.bids) == len(view.asks) == 10
        assert view.bids[0][0] < view.asks[0][0]


def test_the_house_reports_nothing_and_forgets_its_done_orders(busy):
    trading, events = busy
    assert not [event for event in events if isinstance(event, OrderUpdate)]
    house = [1 + trading.user, 2 + trading.user]
    for account in house:
        assert all(order.is_open for order in trading.exchange.all_orders(account, "BTCUSDT", limit=1000))


def test_the_house_does_not_trade_with_its_own_ladder(busy):
    """About three takers a second with a handful of fills each; a ladder that met itself would trade far more."""
    _, events = busy
    count = sum(isinstance(event, PublicTrade) and event.trade.symbol == "BTCUSDT" for event in events)
    assert 50 < count < 700


def test_the_past_is_there_at_the_start():
    trading = Trading()
    candles = trading.exchange.klines("BTCUSDT", KlineInterval.MINUTE_1, trading.now_us)
    assert len(candles) >= 12
    assert sum(candle.trades for candle in candles) == 60
    assert len(trading.exchange.recent_trades("BTCUSDT")) == 60


def test_a_pinned_price_is_quoted_and_traded_around_until_it_is_let_go():
    trading = Trading(("BTCUSDT", "BTCUSDC", "ETHUSDT"))
    before = trading.exchange.last_price("ETHUSDT")
    trading.market.pin_price("BTCUSDT", Decimal(90_000))
    trading.run(30)
    for symbol in ("BTCUSDT", "BTCUSDC"):  # the second follows from the first
        top = trading.exchange.book_ticker(symbol)
        assert Decimal(89_990) < top.bid_price < 90_000 < top.ask_price < Decimal(90_010)
        assert abs(trading.exchange.last_price(symbol) - 90_000) < 20
    assert abs(trading.exchange.last_price("ETHUSDT") / before - 1) < Decimal("0.01")
    trading.market.pin_price("BTCUSDT", None)
    trading.run(30)
    assert trading.exchange.last_price("BTCUSDT") > 93_000


def test_an_order_in_the_way_of_a_pinned_price_is_filled_at_its_own():
    trading = Trading()
    placed = trading.limit(OrderSide.BUY, "0.01", Decimal(94_000))
    trading.market.pin_price("BTCUSDT", Decimal(93_000))
    trading.run(20)
    filled = trading.get(placed)
    assert filled.status is OrderStatus.FILLED
    assert filled.cumulative_quote_qty == Decimal("0.01") * 94_000


def test_a_price_that_cannot_be_pinned_says_why():
    market = Trading().market
    with pytest.raises(ValueError, match="does not quote 'ETHUSDT'"):
        market.pin_price("ETHUSDT", Decimal(1))
    for price in (Decimal(0), Decimal(-1), Decimal("NaN"), Decimal("Infinity")):
        with pytest.raises(ValueError, match="a price is a number above zero"):
            market.pin_price("BTCUSDT", price)


def test_a_market_order_of_a_hundredth_of_a_bitcoin_takes_more_than_one_maker():
    trading = Trading()
    fills = []
    for _ in range(10):
        trading.run(10)
        order = NewOrder(symbol="BTCUSDT", side=OrderSide.BUY, type=SpotOrderType.MARKET, quantity=Decimal("0.01"))
        placed = trading.exchange.place_order(trading.user, order, trading.now_us)
        assert placed.order.status is OrderStatus.FILLED
        fills.append(len(placed.fills))
    assert sum(count > 1 for count in fills) >= 5


@pytest.mark.parametrize("side", list(OrderSide))
def test_limit_orders_a_few_ticks_from_the_touch_mostly_fill_within_seconds(side):
    trading = Trading()
    waits = []
    for _ in range(8):
        top = trading.exchange.book_ticker("BTCUSDT")
        price = top.bid_price - Decimal("0.03") if side is OrderSide.BUY else top.ask_price + Decimal("0.03")
        placed = trading.limit(side, "0.001", price)
        steps = 0
        while trading.get(placed).is_open and steps < 100:
            trading.run(1)
            steps += 1
        waits.append(steps / 10)
    assert sorted(waits)[len(waits) // 2] < 5


def stream(seed, symbols=("BTCUSDT", "ETHUSDT", "ETHBTC")):
    trading = Trading(symbols, seed=seed)
    for index in range(60):
        trading.run(1)
        if index % 10 == 0:
            top = trading.exchange.book_ticker("BTCUSDT")
            trading.limit(OrderSide.BUY, "0.002", top.ask_price)
    return [repr(event) for event in trading.exchange.drain_events()]


def test_one_seed_makes_one_market():
    assert stream(3) == stream(3)


def test_another_seed_makes_another():
    assert stream(3) != stream(4)


def test_volatility_spread_and_arrivals_can_be_chosen():
    def prices(**changes):
        trading = Trading(settings=MarketSettings(history_hours=0, flutter_bps=0, **changes))
        trading.run(100)
        return [trade.price for trade in trading.exchange.recent_trades("BTCUSDT", 1000)], trading

    calm, _ = prices(volatility_bps=0.1)
    wild, _ = prices(volatility_bps=10)
    assert max(wild) - min(wild) > 5 * (max(calm) - min(calm))
    quiet, _ = prices(arrivals_per_s=0)
    assert quiet == []
    _, wide = prices(spread_bps=20)
    top = wide.exchange.book_ticker("BTCUSDT")
    assert (top.ask_price - top.bid_price) / top.bid_price > Decimal("0.001")


def test_crosses_follow_their_parts():
    trading = Trading(("BTCUSDT", "ETHUSDT", "ETHBTC"), settings=MarketSettings(history_hours=6, levels=20))
    trading.run(50)
    middle = {}
    for symbol in trading.exchange.symbols:
        top = trading.exchange.book_ticker(symbol)
        middle[symbol] = (top.bid_price + top.ask_price) / 2
    implied = middle["ETHUSDT"] / middle["BTCUSDT"]
    assert abs(middle["ETHBTC"] / implied - 1) < Decimal("0.005")


def test_a_long_silence_is_no_storm():
    """A clock that was stepped by an hour moves the price as seconds would, and the market goes on."""
    trading = Trading()
    trading.run(10)
    before = trading.exchange.book_ticker("BTCUSDT").bid_price
    trading.now_us += 3_600_000_000
    trading.run(1)
    after = trading.exchange.book_ticker("BTCUSDT").bid_price
    assert abs(after / before - 1) < Decimal("0.01")


def test_assets_are_conserved_while_everybody_trades(busy):
    trading, _ = busy
    house = 2 * Decimal(10) ** 9
    totals = trading.exchange.totals()
    assert totals == {asset: DEFAULT_BALANCES.get(asset, 0) + house for asset in trading.exchange.assets}


ROWS = [
    "id,price,qty,quote_qty,time,is_buyer_maker,is_best_match",
    "1,100.00,0.50000,50.0,1700000000000,False,True",
    "2,100.50,0.25000,25.1,1700000001000,True,True",
    "3,99.00,1.00000,99.0,1700000002000,False,True",
]


@pytest.fixture
def recorded(tmp_path):
    path = tmp_path / "BTCUSDT-trades.csv"
    path.write_text("\n".join(ROWS) + "\n", encoding="utf-8")
    return path


def playing(path):
    return Trading(settings=MarketSettings(history_hours=0.2, levels=10, replay={"BTCUSDT": str(path)}))


def traded(trading):
    return [
        (trade.price, trade.quantity, trade.is_buyer_maker, (trade.time_us - OPENED_US) // 100_000)
        for trade in trading.exchange.recent_trades("BTCUSDT")
    ]


def test_a_recording_is_played_at_its_own_pace(recorded):
    trading = playing(recorded)
    assert traded(trading) == []
    trading.run(30)
    assert traded(trading) == [
        (100, Decimal("0.5"), False, 1),
        (Decimal("100.5"), Decimal("0.25"), True, 10),
        (99, 1, False, 20),
    ]


def test_a_users_better_order_is_filled_by_a_recorded_taker(tmp_path):
    path = tmp_path / "narrow.csv"
    path.write_text(ROWS[1] + "\n2,99.98,0.25000,25.0,1700000001000,True,True\n", encoding="utf-8")
    trading = playing(path)
    trading.run(5)
    bid = trading.limit(OrderSide.BUY, "0.1", Decimal("99.99"))
    assert bid.order.status is OrderStatus.NEW
    trading.run(10)
    found = trading.get(bid)
    assert (found.status, found.cumulative_quote_qty) == (OrderStatus.FILLED, Decimal("9.999"))
    assert sum(quantity for _, quantity, maker, _ in traded(trading) if maker) == Decimal("0.25")


def test_a_recording_may_be_zipped_without_names_and_in_microseconds(tmp_path):
    path = tmp_path / "trades.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("trades.csv", "7,1.5,2,3,1735689600000000,true,true\n")
    (trade,) = read_trades(path)
    assert (trade.price, trade.quantity, trade.time_us, trade.is_buyer_maker) == (
        Decimal("1.5"),
        2,
        1_735_689_600_000_000,
        True,
    )


def test_a_line_that_is_no_trade_is_named(tmp_path):
    path = tmp_path / "broken.csv"
    path.write_text(ROWS[1] + "\nnonsense\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 2 is not a recorded trade"):
        list(read_trades(path))


def test_an_empty_recording_is_refused(tmp_path):
    path = tmp_path / "empty.csv"
    path.write_text(ROWS[0] + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match="holds no trades"):
        playing(path)
