"""The futures account and market: positions, balances, settings that are idempotent, market data."""

import pytest
from futures_exchange import FUTURES_INFO
from scripted import SERVER_TIME, answer, refuse

from binance_nb import futures_schemas
from binance_nb.errors import InvalidOrderError, SettingRefused

POSITION = {
    "symbol": "ADAUSDT",
    "positionSide": "BOTH",
    "positionAmt": "-30",
    "entryPrice": "0.385",
    "breakEvenPrice": "0.385077",
    "markPrice": "0.41047590",
    "unRealizedProfit": "-0.76427700",
    "liquidationPrice": "0",
    "isolatedMargin": "0",
    "notional": "-12.31427700",
    "marginAsset": "USDT",
    "isolatedWallet": "0",
    "initialMargin": "0.61571385",
    "maintMargin": "0.08004280",
    "positionInitialMargin": "0.61571385",
    "openOrderInitialMargin": "0",
    "adl": 2,
    "bidNotional": "0",
    "askNotional": "0",
    "updateTime": SERVER_TIME,
}
CONFIG = {"symbol": "BTCUSDT", "marginType": "CROSSED", "isAutoAddMargin": False, "leverage": 20}


def test_frames_of_the_account_have_their_schema_when_empty():
    from binance_nb import futures_frames

    for schema in (futures_schemas.FUTURES_POSITIONS, futures_schemas.INCOME, futures_schemas.ACCOUNT_EVENTS):
        frame = futures_frames.table([], schema)
        assert frame.columns.tolist() == [column.name for column in schema]


async def test_positions_are_signed_and_typed(exchange, client):
    exchange.on("GET", "/fapi/v3/positionRisk", answer([POSITION]))
    row = (await client.get_futures_positions("adausdt")).iloc[0]
    assert exchange.requests("GET", "/fapi/v3/positionRisk")[0].params["symbol"] == "ADAUSDT"
    assert (row["position_amt"], row["unrealized_profit"], row["adl"]) == (-30, -0.764277, 2)
    assert row["liquidation_price"] != row["liquidation_price"], "0 stands for none"
    assert row["update_time"].tzinfo is not None


async def test_the_account_is_a_row_an_asset_with_totals_aside(exchange, client):
    asset = {"asset": "USDT", "walletBalance": "100", "unrealizedProfit": "-0.5", "crossUnPnl": "-0.5"}
    exchange.on("GET", "/fapi/v3/account", answer({"totalWalletBalance": "100", "assets": [asset], "positions": []}))
    frame = await client.get_futures_account_info()
    assert frame[["asset", "wallet_balance", "cross_un_pnl"]].values.tolist() == [["USDT", 100, -0.5]]
    assert frame.attrs["total_wallet_balance"] == "100"


async def test_balances_leave_out_what_is_zero_unless_asked(exchange, client):
    rows = [{"asset": name, "balance": held, "updateTime": SERVER_TIME} for name, held in (("USDT", "5"), ("BNB", "0"))]
    exchange.on("GET", "/fapi/v3/balance", answer(rows))
    assert (await client.get_futures_balances())["asset"].tolist() == ["USDT"]
    assert len(await client.get_futures_balances(omit_zero_balances=False)) == 2


async def test_leverage_is_set_and_told(exchange, client):
    told = {"leverage": 21, "maxNotionalValue": "1000000", "symbol": "BTCUSDT"}
    exchange.on("POST", "/fapi/v1/leverage", answer(told))
    frame = await client.set_futures_leverage("BTCUSDT", 21)
    assert frame[["leverage", "max_notional_value"]].values.tolist() == [[21, 1_000_000]]
    for wrong in (0, 1.5, True):
        with pytest.raises(InvalidOrderError, match="whole number from 1 on"):
            await client.set_futures_leverage("BTCUSDT", wrong)
    exchange.on("POST", "/fapi/v1/leverage", refuse(-4028, "Leverage 200 is not valid"))
    with pytest.raises(SettingRefused):
        await client.set_futures_leverage("BTCUSDT", 200)


async def test_a_margin_type_that_is_set_already_is_no_error(exchange, client):
    exchange.on("POST", "/fapi/v1/marginType", refuse(-4046, "No need to change margin type."))
    exchange.on("GET", "/fapi/v1/symbolConfig", answer([CONFIG]))
    frame = await client.set_futures_margin_type("BTCUSDT", "crossed")
    assert frame[["margin_type", "leverage"]].values.tolist() == [["CROSSED", 20]]
    exchange.on("POST", "/fapi/v1/marginType", refuse(-4048, "Margin type cannot be changed if there exists position."))
    with pytest.raises(SettingRefused):
        await client.set_futures_margin_type("BTCUSDT", "ISOLATED")
    with pytest.raises(InvalidOrderError, match="none of CROSSED, ISOLATED"):
        await client.set_futures_margin_type("BTCUSDT", "CROSS")


async def test_the_position_mode_is_set_by_name(exchange, client):
    path = "/fapi/v1/positionSide/dual"
    exchange.on("POST", path, answer({"code": 200, "msg": "success"}))
    assert (await client.set_futures_position_mode("hedge"))["position_mode"].tolist() == ["hedge"]
    assert exchange.requests("POST", path)[0].params["dualSidePosition"] == "true"
    exchange.on("POST", path, refuse(-4059, "No need to change position side."))
    assert (await client.set_futures_position_mode("one-way"))["dual_side_position"].tolist() == [False]
    exchange.on("POST", path, refuse(-4068, "Position side cannot be changed if there exists position."))
    with pytest.raises(SettingRefused):
        await client.set_futures_position_mode("hedge")
    exchange.on("GET", "/fapi/v1/accountConfig", answer({"dualSidePosition": True, "canTrade": True}))
    assert (await client.get_futures_position_mode())["position_mode"].tolist() == ["hedge"]


async def test_margin_of_a_position_is_added_or_taken_back(exchange, client):
    exchange.on("POST", "/fapi/v1/positionMargin", answer({"amount": 100.0, "code": 200, "msg": "", "type": 2}))
    exchange.on("GET", "/fapi/v3/positionRisk", answer([POSITION]))
    await client.change_futures_position_margin("ADAUSDT", "100.50", "reduce", position_side="long")
    sent = exchange.requests("POST", "/fapi/v1/positionMargin")[0].params
    assert (sent["amount"], sent["type"], sent["positionSide"]) == ("100.5", "2", "LONG")
    with pytest.raises(InvalidOrderError, match="greater than zero"):
        await client.change_futures_position_margin("ADAUSDT", 0)


async def test_brackets_commission_and_income_are_frames(exchange, client):
    bracket = {
        "bracket": 1,
        "initialLeverage": 125,
        "notionalCap": 50000,
        "notionalFloor": 0,
        "maintMarginRatio": 0.004,
    }
    exchange.on("GET", "/fapi/v1/leverageBracket", answer([{"symbol": "BTCUSDT", "brackets": [{**bracket, "cum": 0}]}]))
    assert (await client.get_futures_leverage_brackets("BTCUSDT"))["initial_leverage"].tolist() == [125]
    rates = {"symbol": "BTCUSDT", "makerCommissionRate": "0.0002", "takerCommissionRate": "0.0004"}
    exchange.on("GET", "/fapi/v1/commissionRate", answer(rates))
    assert (await client.get_futures_commission_rates("BTCUSDT"))["taker_commission_rate"].tolist() == [0.0004]
    funding = {"symbol": "BTCUSDT", "incomeType": "FUNDING_FEE", "income": "-0.37", "asset": "USDT", "info": ""}
    exchange.on("GET", "/fapi/v1/income", answer([{**funding, "time": SERVER_TIME, "tranId": 9, "tradeId": ""}]))
    frame = await client.get_futures_income(income_type="FUNDING_FEE", limit=5000)
    assert frame[["income", "tran_id"]].values.tolist() == [[-0.37, 9]]
    assert exchange.requests("GET", "/fapi/v1/income")[0].params["limit"] == "1000"


async def test_symbols_show_the_limits_of_their_filters(exchange, client):
    row = (await client.get_futures_exchange_info("btcusdt")).iloc[0]
    assert (row["tick_size"], row["step_size"], row["min_notional"]) == (0.1, 0.001, 50)
    assert (row["multiplier_up"], row["max_num_orders"], row["contract_type"]) == (1.05, 200, "PERPETUAL")
    assert row["order_types"].split(",") == FUTURES_INFO["orderTypes"]
    assert (await client.get_futures_exchange_info("NONE")).empty


async def test_market_data_is_as_of_spot(exchange, client):
    mark = {"symbol": "BTCUSDT", "markPrice": "60000.1", "indexPrice": "60001", "estimatedSettlePrice": "60002"}
    mark |= {"lastFundingRate": "0.0001", "interestRate": "0.0001", "nextFundingTime": SERVER_TIME, "time": SERVER_TIME}
    exchange.on("GET", "/fapi/v1/premiumIndex", answer(mark))
    exchange.on("GET", "/fapi/v1/klines", answer([[1, "1", "2", "0.5", "1.5", "9", 59999, "13", 4, "5", "7", "0"]]))
    exchange.on("GET", "/fapi/v1/depth", answer({"lastUpdateId": 5, "bids": [["1", "2"]], "asks": [["3", "4"]]}))
    exchange.on("GET", "/fapi/v1/ticker/bookTicker", answer([{"symbol": "BTCUSDT", "bidPrice": "1", "askPrice": "2"}]))
    exchange.on("GET", "/fapi/v2/ticker/price", answer({"symbol": "BTCUSDT", "price": "60000"}))
    assert (await client.get_futures_mark_price("BTCUSDT"))["mark_price"].tolist() == [60000.1]
    assert (await client.get_futures_klines("BTCUSDT", "1m", limit=1))["close"].tolist() == [1.5]
    assert (await client.get_futures_order_book("BTCUSDT", 5))["price"].tolist() == [3, 1]
    assert (await client.get_futures_book_ticker())["ask_price"].tolist() == [2]
    assert (await client.get_futures_price("BTCUSDT"))["price"].tolist() == [60000]
