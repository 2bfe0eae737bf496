"""Trades and candles of a period, of both products: asked for where they are, paged, kept apart, or refused."""

import pandas as pd
import pytest
from aiohttp import web
from scripted import SERVER_TIME

from binance_nb import analysis, schemas
from binance_nb.errors import InvalidOrderError, StreamError
from binance_nb.verbs.day_cache import DAY_MS
from tests.integration.test_every_order_type import assert_schema

TODAY = SERVER_TIME - SERVER_TIME % DAY_MS
YESTERDAY, BEFORE = TODAY - DAY_MS, TODAY - 2 * DAY_MS
PREFIX = {"spot": "/api/v3", "usdm": "/fapi/v1"}
MINUTE_MS, HOUR_MS = 60_000, 3_600_000


def trade(number, ms, price="60000.1"):
    return {"a": number, "p": price, "q": "0.5", "nq": "0.5", "f": 2 * number, "l": 2 * number + 1, "T": ms, "m": False}


def candle(ms, length, count):
    return [ms, "1", "4", "1", "2", "10", ms + length - 1, "20", count, "5", "10", "0"]


class Market:
    """What both products of the scripted exchange know; each trade and each candle has its number as its id."""

    def __init__(self, exchange, times):
        self.trades = [trade(number, ms) for number, ms in enumerate(times)]
        self.exchange = exchange
        for prefix in PREFIX.values():
            exchange.on("GET", f"{prefix}/aggTrades", self._answer(self._agg_trades))
            exchange.on("GET", f"{prefix}/klines", self._answer(self._klines))

    def asked(self, product, what):
        return [seen.params for seen in self.exchange.requests("GET", f"{PREFIX[product]}/{what}")]

    def _answer(self, tell):
        async def give(_request, seen):
            return web.json_response(tell(seen.params))

        return give

    def _agg_trades(self, params):
        first, last = int(params.get("startTime", 0)), int(params.get("endTime", SERVER_TIME))
        low = int(params.get("fromId", 0))
        found = [row for row in self.trades if row["a"] >= low and first <= row["T"] <= last]
        return found[: int(params["limit"])]

    def _klines(self, params):
        length = {"1m": MINUTE_MS, "1h": HOUR_MS, "1d": DAY_MS}[params["interval"]]
        first, last = int(params["startTime"]), int(params["endTime"])
        starts = range(-(-first // length) * length, last + 1, length)
        rows = [candle(ms, length, sum(ms <= row["T"] < ms + length for row in self.trades)) for ms in starts]
        return rows[: int(params["limit"])]


@pytest.fixture
def market(exchange):
    return Market(exchange, [BEFORE + 5, YESTERDAY + 7 * HOUR_MS, YESTERDAY + 9 * HOUR_MS, TODAY + 1, TODAY + 1])


async def test_both_products_give_the_same_columns_and_say_which_they_are(market, client):
    told = {each: await client.get_agg_trades("btcusdt", start_time=BEFORE, product=each) for each in PREFIX}
    for product, frame in told.items():
        assert_schema(frame[[column.name for column in schemas.MARKET_TRADES]], schemas.MARKET_TRADES)
        assert set(frame["product"]) == {product}
        assert frame["agg_trade_id"].tolist() == [0, 1, 2, 3, 4]
        assert frame[["first_trade_id", "trade_id"]].values.tolist()[-1] == [8, 9]
    assert (told["spot"].dtypes == told["usdm"].dtypes).all()
    pd.testing.assert_frame_equal(told["spot"].drop(columns="product"), told["usdm"].drop(columns="product"))


async def test_candles_of_both_products_give_the_same_columns_and_say_which_they_are(market, client):
    told = {each: await client.get_kline_history("BTCUSDT", "1h", start_time=TODAY, product=each) for each in PREFIX}
    for product, frame in told.items():
        assert_schema(frame[[column.name for column in schemas.KLINES]], schemas.KLINES)
        assert list(frame.columns[-2:]) == ["symbol", "product"]
        assert (set(frame["symbol"]), set(frame["product"])) == ({"BTCUSDT"}, {product})
        assert frame["product"].dtype == schemas.PRODUCT.dtype()
        assert frame["trade_count"].sum() == 2
    assert (told["spot"].dtypes == told["usdm"].dtypes).all()


async def test_futures_are_asked_for_an_hour_and_candles_say_where_to_go_on(market, client, monkeypatch):
    admitted, admit = [], client._futures_transport.limits.admit

    async def noted(cost):
        admitted.append(cost.weight)
        await admit(cost)

    monkeypatch.setattr(client._futures_transport.limits, "admit", noted)
    await client.get_agg_trades("BTCUSDT", start_time=YESTERDAY, end_time=YESTERDAY + DAY_MS - 1, product="usdm")
    first, second, third = market.asked("usdm", "aggTrades")
    whole = {"symbol": "BTCUSDT", "limit": "1000"}
    assert first == whole | {"startTime": str(YESTERDAY), "endTime": str(YESTERDAY + HOUR_MS - 1)}
    hour = YESTERDAY + 7 * HOUR_MS
    assert second == whole | {"startTime": str(hour), "endTime": str(hour + HOUR_MS - 1)}
    assert third == whole | {"fromId": "2"}
    (candles,) = market.asked("usdm", "klines")
    assert (candles["interval"], candles["limit"]) == ("1h", "99")
    assert market.asked("spot", "aggTrades") == []
    assert [weight for weight in admitted if weight] == [20, 1, 20, 20]  # the candles between pages of trades


async def test_spot_is_asked_for_a_day_at_once(market, client):
    await client.get_agg_trades("BTCUSDT", start_time=YESTERDAY, end_time=TODAY - 1)
    (asked,) = market.asked("spot", "aggTrades")
    assert (asked["startTime"], asked["endTime"]) == (str(YESTERDAY), str(TODAY - 1))
    assert market.asked("usdm", "aggTrades") == []


@pytest.mark.parametrize(("interval", "limits"), [("1h", ["24"]), ("1m", ["1000", "440"]), ("1d", ["1"])])
async def test_a_day_of_candles_is_asked_for_in_no_more_rows_than_it_has(market, client, interval, limits):
    frame = await client.get_kline_history(
        "BTCUSDT", interval, start_time=YESTERDAY, end_time=TODAY - 1, product="usdm"
    )
    assert len(frame) == sum(map(int, limits))
    assert frame["open_time"].is_unique
    assert [asked["limit"] for asked in market.asked("usdm", "klines")] == limits


async def test_a_period_without_trades_gives_the_columns_alone(exchange, client):
    market = Market(exchange, [])
    for product in PREFIX:
        frame = await client.get_agg_trades("BTCUSDT", start_time=YESTERDAY, product=product)
        assert frame.empty
        assert_schema(frame[[column.name for column in schemas.MARKET_TRADES]], schemas.MARKET_TRADES)
    assert len(market.asked("usdm", "aggTrades")) == 2


async def test_only_what_is_not_kept_is_asked_for_and_each_product_is_kept_apart(market, client, tmp_path):
    async def read(since, product):
        before = len(market.exchange.seen)
        frame = await client.get_agg_trades("BTCUSDT", start_time=since, product=product, cache=tmp_path)
        new = [seen.params for seen in market.exchange.seen[before:] if seen.path.endswith("aggTrades")]
        return frame, [int(params["startTime"]) for params in new if "startTime" in params]

    _, asked = await read(YESTERDAY, "usdm")
    assert {ms - ms % DAY_MS for ms in asked} == {YESTERDAY, TODAY}
    frame, asked = await read(BEFORE, "usdm")
    assert {ms - ms % DAY_MS for ms in asked} == {BEFORE, TODAY}  # yesterday is over and kept
    assert frame["agg_trade_id"].tolist() == [0, 1, 2, 3, 4]
    assert set(frame["product"]) == {"usdm"}
    frame, asked = await read(BEFORE, "spot")
    assert {ms - ms % DAY_MS for ms in asked} == {BEFORE, YESTERDAY, TODAY}
    assert set(frame["product"]) == {"spot"}
    kept = {path.relative_to(tmp_path).parts[:-1] for path in tmp_path.rglob("*.parquet")}
    assert kept == {("sandbox", product, "agg_trades", "BTCUSDT") for product in PREFIX}


async def test_kept_candles_say_of_which_market_they_are(market, client, tmp_path):
    period = {"start_time": YESTERDAY, "end_time": TODAY - 1, "cache": tmp_path}
    first = await client.get_kline_history("BTCUSDT", "1h", product="usdm", **period)
    again = await client.get_kline_history("BTCUSDT", "1h", product="usdm", **period)
    assert len(market.asked("usdm", "klines")) == 1
    pd.testing.assert_frame_equal(first, again)
    assert set(again["product"]) == {"usdm"}


async def test_what_no_history_has_is_refused_in_a_sentence_before_any_request(exchange, client):
    for verb in (client.get_agg_trades, client.get_kline_history):
        with pytest.raises(StreamError, match=r'^product is "spot" or "usdm", not .coinm.$'):
            await verb("BTCUSDT", start_time=YESTERDAY, product="coinm")
        with pytest.raises(InvalidOrderError, match="symbol must be a name"):
            await verb("", start_time=YESTERDAY, product="usdm")
        with pytest.raises(InvalidOrderError, match="'yesteryear' is not a time"):
            await verb("BTCUSDT", start_time="yesteryear", product="usdm")
    for verb in (client.get_kline_history, client.get_futures_klines):
        futures = {} if verb == client.get_futures_klines else {"product": "usdm"}
        with pytest.raises(InvalidOrderError, match=r"^'1s' is not an interval; USD-M futures have 1m, 3m, .*1M$"):
            await verb("BTCUSDT", "1s", start_time=YESTERDAY, **futures)
    with pytest.raises(InvalidOrderError, match="'7m' is not an interval; the exchange has 1s, 1m"):
        await client.get_kline_history("BTCUSDT", "7m", start_time=YESTERDAY)
    with pytest.raises(InvalidOrderError, match="1w is longer than the days"):
        await client.get_kline_history("BTCUSDT", "1w", start_time=YESTERDAY, product="usdm")
    assert exchange.seen == []


async def test_fills_of_both_products_are_measured_each_against_its_own_market(exchange, client):
    market = Market(exchange, [YESTERDAY + 10, YESTERDAY + 20, YESTERDAY + 2 * MINUTE_MS])
    spot = await client.get_agg_trades("BTCUSDT", start_time=YESTERDAY)
    market.trades = [row | {"p": "60600.1"} for row in market.trades]
    futures = await client.get_agg_trades("BTCUSDT", start_time=YESTERDAY, product="usdm")
    came = pd.to_datetime([YESTERDAY + 5] * 2, unit="ms", utc=True).as_unit("ms")
    done = pd.to_datetime([YESTERDAY + 30] * 2, unit="ms", utc=True).as_unit("ms")
    keys = {"product": ["spot", "usdm"], "symbol": "BTCUSDT", "order_id": [1, 1], "side": "BUY"}
    fills = pd.DataFrame(
        keys | {"trade_id": [1, 1], "last_executed_qty": 0.5, "last_executed_price": 60600.1, "transaction_time": done}
    )
    orders = pd.DataFrame(keys | {"order_creation_time": came})
    both = pd.concat([spot, futures], ignore_index=True)
    told = analysis.slippage(fills, "interval_vwap", orders=orders, trades=both).set_index("product")
    assert told["benchmark_price"].round(6).to_dict() == {"spot": 60000.1, "usdm": 60600.1}
    assert told["slippage_bps"].round(2).to_dict() == {"spot": 100.0, "usdm": 0.0}
    candles = [
        await client.get_kline_history("BTCUSDT", "1m", start_time=BEFORE, end_time=TODAY - 1, product=product)
        for product in PREFIX
    ]
    candles[1]["open"] += 1
    opened = analysis.slippage(fills, "open", klines=pd.concat(candles, ignore_index=True)).set_index("product")
    assert opened["benchmark_price"].to_dict() == {"spot": 1.0, "usdm": 2.0}
