"""What the futures stream says: order updates as reports of the ledger, and the account's events as objects."""

from decimal import Decimal

from futures_exchange import algo_update, order_update, trade_update
from scripted import SERVER_TIME

from binance_nb.models.events import ExecutionReport, report_row
from binance_nb.models.fills import fill_from_report
from binance_nb.models.futures_events import (
    AccountEvent,
    AlgoUpdate,
    TradeLite,
    account_rows,
    futures_order_from_report,
    parse_event,
    report_from_order_update,
)


def test_an_order_update_is_a_report_like_any_other():
    event = trade_update(7, "0.005", ps="LONG", R=True)
    report = ExecutionReport.from_event(report_from_order_update(event))
    assert (report.product, report.symbol, report.order_id, report.trade_id) == ("usdm", "BTCUSDT", 22542179, 7)
    assert (report.position_side, report.reduce_only, report.realized_pnl) == ("LONG", True, Decimal("1.5"))
    assert (report.cumulative_quote_qty, report.average_price) == (Decimal(300), Decimal(60000))
    assert report.is_trade
    assert report.order_list_id == -1


def test_amounts_in_quote_units_are_added_up_from_fill_to_fill():
    first = report_from_order_update(trade_update(7, "0.005"))
    second = report_from_order_update(trade_update(8, "0.010", L="60000.3", ap="60000.15"), first)
    assert Decimal(second["Z"]) == Decimal("300") + Decimal("0.005") * Decimal("60000.3")
    ended = report_from_order_update(order_update(x="CANCELED", X="CANCELED", z="0.010"), second)
    assert ended["Z"] == second["Z"]


def test_where_a_fill_was_missed_the_mean_price_tells_the_amount():
    report = report_from_order_update(trade_update(8, "0.010", ap="60010"))
    assert Decimal(report["Z"]) == Decimal("600.1")
    week_ms = 7 * 24 * 3600 * 1000
    assert report["O"] == SERVER_TIME + 8 - week_ms


def test_a_change_of_state_is_no_trade_and_an_expiry_says_why():
    report = report_from_order_update(order_update(x="EXPIRED", X="EXPIRED", er="2"))
    assert report["t"] == -1
    assert not ExecutionReport.from_event(report).is_trade
    assert ExecutionReport.from_event(report).expiry_reason == "UNFILLED_IOC_QUANTITY_EXPIRED"
    assert ExecutionReport.from_event(report_from_order_update(order_update())).expiry_reason is None
    assert report_from_order_update(order_update(er="77"))["eR"] == "77"


def test_a_liquidation_is_a_trade():
    event = trade_update(9, "0.010", x="CALCULATED", c="autoclose-1")
    assert ExecutionReport.from_event(report_from_order_update(event)).is_trade


def test_a_field_that_the_exchange_adds_is_kept():
    row = report_row(report_from_order_update(order_update(zz="new", AP="59000", cr="1.0")))
    assert row["o_zz"] == "new"
    assert row["activation_price"] == "59000"
    assert row["callback_rate"] == "1.0"


def test_a_trailing_order_has_no_stop_price_although_the_event_shows_one():
    assert report_from_order_update(order_update(ot="TRAILING_STOP_MARKET", sp="7103.04"))["P"] == "0"
    assert report_from_order_update(order_update(ot="STOP_MARKET", sp="58000"))["P"] == "58000"


def test_a_fill_tells_profit_and_position_side():
    fill = fill_from_report(report_from_order_update(trade_update(7, "0.005", ps="SHORT")))
    assert (fill["product"], fill["position_side"], fill["realized_pnl"]) == ("usdm", "SHORT", "1.5")
    assert Decimal(fill["last_quote_qty"]) == 300


def test_a_report_tells_its_order_as_a_query_would():
    order = futures_order_from_report(report_from_order_update(trade_update(7, "0.005")))
    assert (order["orderId"], order["executedQty"], order["cumQuote"]) == (22542179, "0.005", "300")
    assert order["clientOrderId"] == "nb-f1"


def test_an_algo_update_names_the_order_it_became():
    waiting = parse_event(algo_update())
    assert isinstance(waiting, AlgoUpdate)
    assert (waiting.algo_id, waiting.order_id, waiting.algo_status) == (2146760, -1, "NEW")
    became = parse_event(algo_update(X="TRIGGERED", ai="22542179", ia=True, rm=""))
    assert (became.order_id, became.is_activated) == (22542179, True)
    refused = parse_event(algo_update(X="REJECTED", rm="Margin is insufficient"))
    assert refused.reason == "Margin is insufficient"


def test_a_trade_lite_tells_the_fill_sooner():
    event = {
        "e": "TRADE_LITE",
        "E": SERVER_TIME,
        "T": SERVER_TIME,
        "s": "BTCUSDT",
        "q": "0.010",
        "p": "0",
        "m": False,
        "c": "nb-f1",
        "S": "BUY",
        "L": "60000.00",
        "l": "0.005",
        "t": 7,
        "i": 22542179,
    }
    lite = parse_event(event)
    assert isinstance(lite, TradeLite)
    assert (lite.trade_id, lite.last_executed_qty, lite.last_executed_price) == (7, Decimal("0.005"), Decimal(60000))


def test_an_account_update_is_a_row_a_balance_and_a_row_a_position():
    event = {
        "e": "ACCOUNT_UPDATE",
        "E": SERVER_TIME,
        "T": SERVER_TIME,
        "a": {
            "m": "ORDER",
            "B": [{"a": "USDT", "wb": "122.5", "cw": "100.1", "bc": "50"}],
            "P": [
                {"s": "BTCUSDT", "pa": "20", "ep": "6563.6", "bep": "6563", "cr": "0", "up": "2850.2"}
                | {"mt": "isolated", "iw": "13200.7", "ps": "LONG"}
            ],
        },
    }
    told = parse_event(event)
    assert isinstance(told, AccountEvent)
    balance, position = account_rows(told)
    assert (balance["reason"], balance["asset"], balance["balance_change"]) == ("ORDER", "USDT", "50")
    assert (position["symbol"], position["position_amt"], position["position_side"]) == ("BTCUSDT", "20", "LONG")


def test_a_margin_call_and_a_new_leverage_are_rows_too():
    call = {
        "e": "MARGIN_CALL",
        "E": SERVER_TIME,
        "cw": "3.16",
        "p": [{"s": "ETHUSDT", "ps": "LONG", "pa": "1.3", "mt": "CROSSED", "mp": "187.1", "up": "-1.1", "mm": "1.6"}],
    }
    (row,) = account_rows(parse_event(call))
    assert (row["symbol"], row["maint_margin"], row["cross_wallet_balance"]) == ("ETHUSDT", "1.6", "3.16")
    config = {"e": "ACCOUNT_CONFIG_UPDATE", "E": SERVER_TIME, "T": SERVER_TIME, "ac": {"s": "BTCUSDT", "l": 25}}
    (row,) = account_rows(parse_event(config))
    assert (row["symbol"], row["leverage"], row["reason"]) == ("BTCUSDT", 25, "LEVERAGE")
    assets = {"e": "ACCOUNT_CONFIG_UPDATE", "E": SERVER_TIME, "T": SERVER_TIME, "ai": {"j": True}}
    (row,) = account_rows(parse_event(assets))
    assert row["multi_assets_mode"] is True


def test_an_event_of_tomorrow_is_kept_as_it_came():
    told = parse_event({"e": "SOMETHING_NEW", "E": SERVER_TIME, "x": 1})
    assert told.event_type == "SOMETHING_NEW"
    assert told.raw["x"] == 1
