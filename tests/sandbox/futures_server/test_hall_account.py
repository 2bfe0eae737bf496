"""Money, positions and settings under /fapi, in versions 2 and 3."""

import pytest

POSITION = {
    "symbol", "positionSide", "positionAmt", "entryPrice", "breakEvenPrice", "markPrice", "unRealizedProfit",
    "liquidationPrice", "isolatedMargin", "notional", "marginAsset", "isolatedWallet", "initialMargin", "maintMargin",
    "positionInitialMargin", "openOrderInitialMargin", "adl", "bidNotional", "askNotional", "updateTime",
}  # fmt: skip
POSITION_V2 = {
    "symbol", "positionAmt", "entryPrice", "breakEvenPrice", "markPrice", "unRealizedProfit", "liquidationPrice",
    "leverage", "maxNotionalValue", "marginType", "isolatedMargin", "isAutoAddMargin", "positionSide", "notional",
    "isolatedWallet", "updateTime",
}  # fmt: skip
ASSET = {
    "asset", "walletBalance", "unrealizedProfit", "marginBalance", "maintMargin", "initialMargin",
    "positionInitialMargin", "openOrderInitialMargin", "crossWalletBalance", "crossUnPnl", "availableBalance",
    "maxWithdrawAmount", "updateTime",
}  # fmt: skip


async def test_positions_that_exist_in_version_3_and_all_in_version_2(futures):
    await futures.order("BUY", "0.02")
    rows = (await futures.signed("GET", "v3/positionRisk")).json
    assert [row["symbol"] for row in rows] == ["BTCUSDT"]
    assert set(rows[0]) == POSITION
    assert (rows[0]["positionAmt"], rows[0]["entryPrice"], rows[0]["unRealizedProfit"]) == (
        "0.020", "50001.00000", "-0.02000000",
    )  # fmt: skip
    older = (await futures.signed("GET", "v2/positionRisk")).json
    assert len(older) == len(futures.exchange.symbols)
    assert set(older[0]) == POSITION_V2
    assert (older[0]["marginType"], older[0]["leverage"]) == ("cross", "20")


async def test_the_account_adds_up(futures):
    await futures.order("BUY", "0.02")
    account = (await futures.signed("GET", "v3/account")).json
    assert set(account["assets"][0]) == ASSET
    assert account["totalWalletBalance"] == "99999.49999000"
    assert account["totalUnrealizedProfit"] == "-0.02000000"
    assert account["totalMarginBalance"] == "99999.47999000"
    assert "canTrade" not in account
    older = (await futures.signed("GET", "v2/account")).json
    assert (older["canTrade"], older["multiAssetsMargin"]) == (True, False)
    assert len(older["positions"]) == len(futures.exchange.symbols)
    for version in ("v2", "v3"):
        balance = (await futures.signed("GET", f"{version}/balance")).json
        assert (balance[0]["asset"], balance[0]["balance"]) == ("USDT", "99999.49999000")


async def test_income_lists_what_changed_the_wallet(futures):
    await futures.order("BUY", "0.02")
    await futures.order("SELL", "0.02")
    rows = (await futures.signed("GET", "v1/income")).json
    assert sorted(row["incomeType"] for row in rows) == ["COMMISSION", "COMMISSION", "REALIZED_PNL"]
    only = (await futures.signed("GET", "v1/income", incomeType="REALIZED_PNL")).json
    assert [row["income"] for row in only] == ["-0.04000000"]


async def test_leverage_margin_type_and_their_view(futures):
    done = (await futures.signed("POST", "v1/leverage", symbol="BTCUSDT", leverage=50)).json
    assert (done["leverage"], done["symbol"]) == (50, "BTCUSDT")
    done = await futures.signed("POST", "v1/marginType", symbol="BTCUSDT", marginType="ISOLATED")
    assert done.json == {"code": 200, "msg": "success"}
    again = await futures.signed("POST", "v1/marginType", symbol="BTCUSDT", marginType="ISOLATED")
    assert again.json["code"] == -4046
    row = (await futures.signed("GET", "v1/symbolConfig", symbol="BTCUSDT")).json[0]
    assert (row["leverage"], row["marginType"]) == (50, "ISOLATED")
    assert (await futures.signed("POST", "v1/leverage", symbol="BTCUSDT", leverage=126)).json["code"] == -4028


async def test_an_isolated_positions_margin_may_be_changed(futures):
    await futures.signed("POST", "v1/marginType", symbol="BTCUSDT", marginType="ISOLATED")
    await futures.order("BUY", "0.02")
    before = (await futures.signed("GET", "v3/positionRisk")).json[0]["isolatedWallet"]
    changed = (await futures.signed("POST", "v1/positionMargin", symbol="BTCUSDT", amount="10", type=1)).json
    assert (changed["code"], changed["amount"], changed["type"]) == (200, 10, 1)
    after = (await futures.signed("GET", "v3/positionRisk")).json[0]["isolatedWallet"]
    assert float(after) - float(before) == pytest.approx(10)


async def test_hedge_mode_keeps_two_positions(futures):
    assert (await futures.signed("POST", "v1/positionSide/dual", dualSidePosition="true")).json["code"] == 200
    assert (await futures.signed("GET", "v1/positionSide/dual")).json == {"dualSidePosition": True}
    assert (await futures.order("BUY", "0.01")).json["code"] == -4061
    await futures.order("BUY", "0.01", positionSide="LONG")
    await futures.order("SELL", "0.02", positionSide="SHORT")
    rows = (await futures.signed("GET", "v3/positionRisk", symbol="BTCUSDT")).json
    assert {row["positionSide"]: row["positionAmt"] for row in rows} == {"LONG": "0.010", "SHORT": "-0.020"}
    refused = await futures.signed("POST", "v1/positionSide/dual", dualSidePosition="false")
    assert refused.json["code"] == -4068


async def test_several_margin_assets_are_refused(futures):
    assert (await futures.signed("GET", "v1/multiAssetsMargin")).json == {"multiAssetsMargin": False}
    refused = await futures.signed("POST", "v1/multiAssetsMargin", multiAssetsMargin="true")
    assert (refused.status, refused.json["code"]) == (400, -1020)


async def test_a_liquidation_reaches_the_stream(futures, hear):
    await futures.signed("POST", "v1/leverage", symbol="BTCUSDT", leverage=100)
    await futures.signed("POST", "v1/marginType", symbol="BTCUSDT", marginType="ISOLATED")
    await futures.order("BUY", "0.1")
    stream = await futures.private("&events=ORDER_TRADE_UPDATE")
    await futures.caller.control("mark_price", symbol="BTCUSDT", price="49600")
    event = (await hear(stream, "ORDER_TRADE_UPDATE"))[0]["o"]
    assert event["c"].startswith("autoclose-")
    assert (await futures.signed("GET", "v3/positionRisk")).json == []


async def test_funding_is_paid_and_told(futures, hear):
    await futures.order("BUY", "0.1")
    await futures.caller.control("funding_rate", symbol="BTCUSDT", rate="0.001")
    futures.venue.step(8 * 3_600_000 - 1)  # the clock begins at midnight
    stream = await futures.private("&events=ACCOUNT_UPDATE")
    futures.venue.step(1)
    event = (await hear(stream, "ACCOUNT_UPDATE"))[0]["a"]
    assert (event["m"], event["S"]) == ("FUNDING_FEE", "BTCUSDT")
    row = (await futures.signed("GET", "v1/income", incomeType="FUNDING_FEE")).json[0]
    assert row["income"] == "-5.00000000"
    past = (await futures.public("v1/fundingRate", symbol="BTCUSDT")).json
    assert (past[-1]["fundingRate"], past[-1]["markPrice"]) == ("0.00100000", "50000.00000000")


async def test_what_an_account_may_and_pays(futures):
    rate = (await futures.signed("GET", "v1/commissionRate", symbol="BTCUSDT")).json
    assert (rate["makerCommissionRate"], rate["takerCommissionRate"]) == ("0.0002", "0.0005")
    limits = (await futures.signed("GET", "v1/rateLimit/order")).json
    assert [(row["intervalNum"], row["interval"], row["limit"]) for row in limits] == [
        (10, "SECOND", 300), (1, "MINUTE", 1_200),
    ]  # fmt: skip
    config = (await futures.signed("GET", "v1/accountConfig")).json
    assert (config["canTrade"], config["dualSidePosition"]) == (True, False)
    brackets = (await futures.signed("GET", "v1/leverageBracket", symbol="BTCUSDT")).json[0]
    assert brackets["brackets"][0]["initialLeverage"] == 125
    await futures.order("BUY", "0.02")
    quantile = (await futures.signed("GET", "v1/adlQuantile", symbol="BTCUSDT")).json
    assert set(quantile["adlQuantile"]) == {"LONG", "SHORT", "BOTH"}


async def test_a_reset_gives_the_first_balance_back(futures):
    await futures.order("BUY", "0.02")
    assert (await futures.caller.control("reset_account", account="main")).status == 200
    account = (await futures.signed("GET", "v3/account")).json
    assert (account["totalWalletBalance"], account["positions"]) == ("100000.00000000", [])


async def test_money_moves_into_and_out_of_the_futures_wallet(futures, hear):
    stream = await futures.private()
    body = {"asset": "USDT", "amount": "50", "product": "futures"}
    await futures.caller.control("deposit", **body)
    event, _ = await hear(stream, "ACCOUNT_UPDATE")
    assert (event["a"]["m"], event["a"]["B"][0]["bc"]) == ("DEPOSIT", "50")
    await futures.caller.control("withdraw", **(body | {"amount": "20"}))
    assert (await futures.signed("GET", "v3/balance")).json[0]["balance"] == "100030.00000000"
    refused = await futures.caller.control("deposit", **(body | {"asset": "BTC"}))
    assert refused.status == 400
