"""Public REST methods answer in the documented shapes."""

import pytest


async def test_ping_answers_an_empty_object(caller):
    answer = await caller.get("ping")
    assert (answer.status, answer.json) == (200, {})
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"


async def test_time_is_the_clock_in_milliseconds(caller):
    assert (await caller.get("time")).json == {"serverTime": caller.now_ms()}


@pytest.mark.parametrize("unit", ["MICROSECOND", "microsecond"])
async def test_time_unit_header_asks_for_microseconds(caller, unit):
    answer = await caller.send("GET", "/api/v3/time", headers={"X-MBX-TIME-UNIT": unit})
    assert answer.json == {"serverTime": caller.venue.clock.now_us()}


async def test_an_unknown_time_unit_is_refused(caller):
    answer = await caller.send("GET", "/api/v3/time", headers={"X-MBX-TIME-UNIT": "fortnight"})
    assert answer.json["code"] == -1194


async def test_exchange_info_lists_limits_and_symbols(caller):
    info = (await caller.get("exchangeInfo")).json
    assert [
        (row["rateLimitType"], row["interval"], row["intervalNum"], row["limit"]) for row in info["rateLimits"]
    ] == [
        ("REQUEST_WEIGHT", "MINUTE", 1, 6000),
        ("ORDERS", "SECOND", 10, 100),
        ("ORDERS", "DAY", 1, 200000),
        ("RAW_REQUESTS", "MINUTE", 5, 300000),
    ]
    assert list(info)[:5] == ["timezone", "serverTime", "rateLimits", "exchangeFilters", "symbols"]
    assert {"BTCUSDT", "ETHUSDT", "BNBUSDT", "ETHBTC"} <= {row["symbol"] for row in info["symbols"]}


async def test_exchange_info_of_one_symbol_has_every_documented_field(caller):
    (row,) = (await caller.get("exchangeInfo", symbol="BTCUSDT")).json["symbols"]
    assert list(row) == [
        "symbol", "status", "baseAsset", "baseAssetPrecision", "quoteAsset", "quotePrecision", "quoteAssetPrecision",
        "baseCommissionPrecision", "quoteCommissionPrecision", "orderTypes", "icebergAllowed", "ocoAllowed",
        "otoAllowed", "opoAllowed", "quoteOrderQtyMarketAllowed", "allowTrailingStop", "cancelReplaceAllowed",
        "amendAllowed", "pegInstructionsAllowed", "isSpotTradingAllowed", "isMarginTradingAllowed", "filters",
        "permissions", "permissionSets", "defaultSelfTradePreventionMode", "allowedSelfTradePreventionModes",
    ]  # fmt: skip
    assert row["filters"][0]["filterType"] == "PRICE_FILTER"


async def test_exchange_info_takes_several_symbols_and_keeps_their_order(caller):
    rows = (await caller.get("exchangeInfo", symbols='["ETHBTC","BTCUSDT"]')).json["symbols"]
    assert [row["symbol"] for row in rows] == ["ETHBTC", "BTCUSDT"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"symbol": "NOSUCH"}, -1121),
        ({"symbols": '["NOSUCH"]'}, -1121),
        ({"symbols": '["BTCUSDT","BTCUSDT"]'}, -1151),
        ({"symbols": "[BTCUSDT"}, -1135),
        ({"symbol": "BTCUSDT", "symbols": '["ETHBTC"]'}, -1128),
        ({"symbol": "BTCUSDT", "permissions": "SPOT"}, -1128),
        ({"symbolStatus": "OPEN"}, -1122),
        ({"symbol": "btcusdt"}, -1100),
    ],
)
async def test_exchange_info_refuses_what_makes_no_sense(caller, params, code):
    answer = await caller.get("exchangeInfo", **params)
    assert (answer.status, answer.json["code"]) == (400, code)


async def test_permission_sets_can_be_left_out(caller):
    (row,) = (await caller.get("exchangeInfo", symbol="BTCUSDT", showPermissionSets="false")).json["symbols"]
    assert row["permissionSets"] == []


async def test_a_symbol_that_is_not_ascii_is_found(caller):
    answer = await caller.get("exchangeInfo", symbol="１２３４５６")
    assert answer.json["symbols"][0]["symbol"] == "１２３４５６"


async def test_depth_shows_orders_as_texts_with_eight_decimals(caller):
    await caller.house("BUY", "0.5", "100")
    await caller.house("SELL", "0.25", "101.5")
    book = (await caller.get("depth", symbol="BTCUSDT")).json
    assert book["bids"] == [["100.00000000", "0.50000000"]]
    assert book["asks"] == [["101.50000000", "0.25000000"]]
    assert book["lastUpdateId"] > 0


async def test_trades_and_aggregate_trades_tell_of_a_fill(caller):
    await caller.house("SELL", "1", "100")
    await caller.order("BUY", "0.4")
    (trade,) = (await caller.get("trades", symbol="BTCUSDT")).json
    assert trade == {
        "id": trade["id"], "price": "100.00000000", "qty": "0.40000000", "quoteQty": "40.00000000",
        "time": caller.now_ms(), "isBuyerMaker": False, "isBestMatch": True,
    }  # fmt: skip
    (row,) = (await caller.get("aggTrades", symbol="BTCUSDT")).json
    assert row == {
        "a": row["a"], "p": "100.00000000", "q": "0.40000000", "f": trade["id"], "l": trade["id"],
        "T": caller.now_ms(), "m": False, "M": True,
    }  # fmt: skip
    assert (await caller.get("historicalTrades", symbol="BTCUSDT", fromId=trade["id"])).json == [trade]


async def test_klines_hold_the_trade(caller):
    await caller.house("SELL", "1", "100")
    await caller.order("BUY", "0.4")
    for path in ("klines", "uiKlines"):
        row = (await caller.get(path, symbol="BTCUSDT", interval="1m")).json[-1]
        assert len(row) == 12
        assert row[1:6] == ["100.00000000"] * 4 + ["0.40000000"]
        assert row[6] - row[0] == 59_999
        assert row[7:] == ["40.00000000", 1, "0.40000000", "40.00000000", "0"]


async def test_an_unknown_interval_is_refused(caller):
    answer = await caller.get("klines", symbol="BTCUSDT", interval="7m")
    assert answer.json == {"code": -1120, "msg": "Invalid interval."}


@pytest.mark.parametrize(("zone", "code"), [("+15:00", -1130), ("-12:30", -1130), ("east", -1100)])
async def test_a_time_zone_off_the_globe_is_refused(caller, zone, code):
    answer = await caller.get("klines", symbol="BTCUSDT", interval="1d", timeZone=zone)
    assert answer.json["code"] == code


async def test_average_price(caller):
    await caller.house("SELL", "1", "100")
    await caller.order("BUY", "0.4")
    assert (await caller.get("avgPrice", symbol="BTCUSDT")).json == {
        "mins": 5,
        "price": "100.00000000",
        "closeTime": caller.now_ms(),
    }


async def test_tickers_come_alone_in_lists_and_for_all(caller):
    await caller.house("SELL", "1", "100")
    await caller.order("BUY", "0.4")
    assert (await caller.get("ticker/price", symbol="BTCUSDT")).json == {"symbol": "BTCUSDT", "price": "100.00000000"}
    listed = (await caller.get("ticker/price", symbols='["BTCUSDT"]')).json
    assert listed == [{"symbol": "BTCUSDT", "price": "100.00000000"}]
    assert len((await caller.get("ticker/price")).json) == len(caller.venue.exchange.symbols)
    assert (await caller.get("ticker/bookTicker", symbol="BTCUSDT")).json == {
        "symbol": "BTCUSDT", "bidPrice": "0.00000000", "bidQty": "0.00000000",
        "askPrice": "100.00000000", "askQty": "0.60000000",
    }  # fmt: skip


async def test_the_24_hour_ticker_full_and_mini(caller):
    await caller.house("SELL", "1", "100")
    await caller.order("BUY", "0.4")
    full = (await caller.get("ticker/24hr", symbol="BTCUSDT")).json
    assert list(full) == [
        "symbol", "priceChange", "priceChangePercent", "weightedAvgPrice", "prevClosePrice", "lastPrice", "lastQty",
        "bidPrice", "bidQty", "askPrice", "askQty", "openPrice", "highPrice", "lowPrice", "volume", "quoteVolume",
        "openTime", "closeTime", "firstId", "lastId", "count",
    ]  # fmt: skip
    assert (full["volume"], full["count"], full["priceChangePercent"]) == ("0.40000000", 1, "0.000")
    mini = (await caller.get("ticker/24hr", symbol="BTCUSDT", type="MINI")).json
    assert list(mini) == [
        "symbol", "openPrice", "highPrice", "lowPrice", "lastPrice", "volume", "quoteVolume", "openTime", "closeTime",
        "firstId", "lastId", "count",
    ]  # fmt: skip
    assert (await caller.get("ticker/24hr", symbol="BTCUSDT", type="TINY")).json["code"] == -1139


async def test_rolling_and_trading_day_tickers(caller):
    await caller.house("SELL", "1", "100")
    await caller.order("BUY", "0.4")
    rolling = (await caller.get("ticker", symbol="BTCUSDT", windowSize="2h")).json
    assert rolling["openTime"] % 60_000 == 0
    assert "lastQty" not in rolling
    day = (await caller.get("ticker/tradingDay", symbols='["BTCUSDT"]', timeZone="8")).json[0]
    assert day["closeTime"] - day["openTime"] == 86_399_999
    assert (day["openTime"] + 8 * 3_600_000) % 86_400_000 == 0


@pytest.mark.parametrize("size", ["60m", "24h", "8d", "1d2h", "0m", "m"])
async def test_a_window_that_is_not_offered_is_refused(caller, size):
    assert (await caller.get("ticker", symbol="BTCUSDT", windowSize=size)).json["code"] == -1130


async def test_rolling_ticker_needs_a_symbol(caller):
    answer = await caller.get("ticker")
    assert answer.json == {"code": -1102, "msg": "Param 'symbol' or 'symbols' must be sent, but both were empty/null!"}


async def test_a_status_that_does_not_match_is_an_error_for_one_symbol_and_a_filter_for_several(caller):
    one = await caller.get("ticker/price", symbol="BTCUSDT", symbolStatus="HALT")
    assert one.json["code"] == -1220
    many = await caller.get("ticker/price", symbols='["BTCUSDT"]', symbolStatus="HALT")
    assert many.json == []
    assert (await caller.get("depth", symbol="BTCUSDT", symbolStatus="BREAK")).json["code"] == -1220


async def test_a_symbol_without_reference_price_has_error_2043(caller):
    for path in ("referencePrice", "referencePrice/calculation"):
        assert (await caller.get(path, symbol="ETHUSDT")).json == {
            "code": -2043,
            "msg": "This symbol doesn't have a reference price.",
        }


async def test_a_reference_price_and_its_calculation(caller):
    await caller.house("SELL", "1", "100")
    await caller.order("BUY", "0.4")
    await caller.control("step", ms=1_500)
    price = (await caller.get("referencePrice", symbol="BTCUSDT")).json
    assert (price["symbol"], price["referencePrice"]) == ("BTCUSDT", "100.00000000")
    assert (await caller.get("referencePrice/calculation", symbol="BTCUSDT")).json == {
        "symbol": "BTCUSDT", "calculationType": "ARITHMETIC_MEAN", "bucketCount": 60, "bucketWidthMs": 1000,
    }  # fmt: skip


async def test_execution_rules_list_every_symbol(caller):
    rules = (await caller.get("executionRules", symbol="BTCUSDT")).json
    assert rules["symbolRules"][0]["symbol"] == "BTCUSDT"
    assert (await caller.get("executionRules", symbol="BTCUSDT", symbolStatus="HALT")).json["code"] == -1128


async def test_there_are_no_block_trades(caller):
    assert (await caller.get("historicalBlockTrades", symbol="BTCUSDT", fromId=1)).json == []


async def test_unknown_paths_and_verbs_are_html(caller):
    assert (await caller.get("nothing")).status == 404
    assert (await caller.send("DELETE", "/api/v3/time")).status == 405
    assert (await caller.send("GET", "/")).status == 404


async def test_exchange_filters_are_listed(caller):
    filters = (await caller.get("exchangeInfo", symbol="BTCUSDT")).json["exchangeFilters"]
    assert {"filterType": "EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders": 1000} in filters


async def test_binary_answers_are_not_offered(caller):
    answer = await caller.send("GET", "/api/v3/time", headers={"X-MBX-SBE": "3:5"})
    assert answer.json == {"code": -1155, "msg": "SBE is not enabled."}
