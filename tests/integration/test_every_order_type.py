"""Each kind of spot order: placed, filled or triggered, cancelled, queried; its frames typed, its reports in order."""

from collections.abc import Callable
from decimal import Decimal

import pandas as pd
import pytest

from binance_nb import BinanceClient, SpotOrderRequest, schemas
from binance_nb.errors import OrderRejected, UnknownOrder
from tests.integration.heard import eventually

SYMBOL = "BTCUSDT"


def assert_schema(frame: pd.DataFrame, schema: schemas.Schema) -> None:
    """The columns of the schema come first, in order, with its dtypes."""
    assert list(frame.columns[: len(schema)]) == [column.name for column in schema]
    for column in schema:
        assert frame[column.name].dtype == column.dtype(), column.name


def quotes(client: BinanceClient) -> tuple[Decimal, Decimal]:
    """Best bid and ask."""
    ticker = client.get_book_ticker(SYMBOL, raw=True)
    return Decimal(ticker["bidPrice"]), Decimal(ticker["askPrice"])


def times(price: Decimal, factor: str) -> Decimal:
    """A price scaled and put on whole units, which every tick of the sandbox divides."""
    return (price * Decimal(factor)).quantize(Decimal(1))


def heard(client: BinanceClient, order_id: int, last_status: str) -> pd.DataFrame:
    """The stream's reports of an order, once the one with `last_status` is there."""

    def arrived() -> bool:
        reports = client.execution_reports(order_id=order_id)
        return len(reports) > 0 and reports["order_status"].iloc[-1] == last_status

    eventually(arrived, f"the report {last_status} of order {order_id}")
    reports = client.execution_reports(order_id=order_id)
    assert_schema(reports, schemas.REPORTS)
    assert reports["execution_id"].is_monotonic_increasing
    assert reports["cumulative_filled_qty"].is_monotonic_increasing
    return reports


def test_market_by_quantity_fills_at_once_and_its_fills_add_up(client: BinanceClient) -> None:
    order = client.place_market_order(SYMBOL, "BUY", "0.3")
    assert_schema(order, schemas.ORDERS)
    assert order["order_status"].iloc[0] == "FILLED"
    assert order["cumulative_filled_qty"].iloc[0] == 0.3
    order_id = int(order["order_id"].iloc[0])
    reports = heard(client, order_id, "FILLED")
    assert reports["execution_type"].tolist()[0] == "NEW"
    assert set(reports["execution_type"].tolist()[1:]) == {"TRADE"}
    fills = client.fills(order_id=order_id, exact=True)
    assert sum(fills["last_executed_qty"]) == Decimal("0.3")
    assert fills["trade_id"].is_unique
    assert not fills["is_maker"].any()
    trades = client.get_my_trades(SYMBOL, order_id=order_id, exact=True)
    assert trades["trade_id"].tolist() == fills["trade_id"].tolist()
    assert trades["last_executed_price"].tolist() == fills["last_executed_price"].tolist()
    assert trades["commission_amount"].tolist() == fills["commission_amount"].tolist()


def test_market_by_quote_amount_spends_no_more_than_it(client: BinanceClient) -> None:
    order = client.place_market_order(SYMBOL, "BUY", quote_order_qty="1000")
    assert order["order_status"].iloc[0] == "FILLED"
    assert 990 < order["cumulative_quote_qty"].iloc[0] <= 1000
    assert order["quote_order_qty"].iloc[0] == 1000
    assert heard(client, int(order["order_id"].iloc[0]), "FILLED")["execution_type"].iloc[0] == "NEW"


def test_limit_gtc_locks_its_money_rests_and_is_cancelled_by_order_id(client: BinanceClient) -> None:
    bid, _ = quotes(client)
    price = times(bid, "0.9")
    locked = client.get_account_info(exact=True).set_index("asset")["locked"].get("USDT", Decimal(0))
    order = client.place_limit_order(SYMBOL, "BUY", "0.01", price)
    assert order["order_status"].iloc[0] == "NEW"
    assert order["time_in_force"].iloc[0] == "GTC"
    order_id = int(order["order_id"].iloc[0])
    after = client.get_account_info(exact=True).set_index("asset")["locked"]["USDT"]
    assert after - locked == price * Decimal("0.01")
    assert order_id in client.get_open_orders(SYMBOL)["order_id"].tolist()
    cancelled = client.cancel_order_by_id(SYMBOL, order_id)
    assert_schema(cancelled, schemas.ORDERS)
    assert cancelled["order_status"].iloc[0] == "CANCELED"
    assert cancelled["order_id"].iloc[0] == order_id
    assert order_id not in client.get_open_orders(SYMBOL)["order_id"].tolist()
    assert heard(client, order_id, "CANCELED")["execution_type"].tolist() == ["NEW", "CANCELED"]
    status = client.get_order_status(SYMBOL, order_id)
    assert_schema(status, schemas.ORDERS)
    assert status["order_status"].iloc[0] == "CANCELED"


def test_limit_gtc_near_the_touch_is_filled_by_the_market_as_maker(
    client: BinanceClient, until: Callable[[Callable[[], bool]], None]
) -> None:
    bid, _ = quotes(client)
    order_id = int(client.place_limit_order(SYMBOL, "BUY", "0.02", bid)["order_id"].iloc[0])
    until(lambda: client.get_order_status(SYMBOL, order_id)["order_status"].iloc[0] == "FILLED")
    reports = heard(client, order_id, "FILLED")
    trades = reports[reports["execution_type"] == "TRADE"]
    assert trades["is_maker"].all()
    assert (trades["last_executed_price"] == float(bid)).all()
    assert trades["last_executed_qty"].sum() == pytest.approx(0.02)


def test_limit_ioc_fills_what_it_can_and_expires_the_rest(client: BinanceClient) -> None:
    _, ask = quotes(client)
    best = client.get_order_book(SYMBOL, 5).query("side == 'ASK' and level == 1")["quantity"].iloc[0]
    quantity = f"{best + 0.05:.5f}"
    order = client.place_limit_order(SYMBOL, "BUY", quantity, ask, time_in_force="IOC")
    assert order["order_status"].iloc[0] == "EXPIRED"
    assert 0 < order["cumulative_filled_qty"].iloc[0] < float(quantity)
    reports = heard(client, int(order["order_id"].iloc[0]), "EXPIRED")
    assert reports["expiry_reason"].iloc[-1] == "UNFILLED_IOC_QUANTITY_EXPIRED"


def test_limit_fok_fills_all_or_nothing(client: BinanceClient) -> None:
    bid, ask = quotes(client)
    whole = client.place_limit_order(SYMBOL, "BUY", "0.01", times(ask, "1.01"), time_in_force="FOK")
    assert whole["order_status"].iloc[0] == "FILLED"
    nothing = client.place_limit_order(SYMBOL, "BUY", "0.01", times(bid, "0.95"), time_in_force="FOK")
    assert nothing["order_status"].iloc[0] == "EXPIRED"
    assert nothing["cumulative_filled_qty"].iloc[0] == 0
    heard(client, int(whole["order_id"].iloc[0]), "FILLED")
    killed = heard(client, int(nothing["order_id"].iloc[0]), "EXPIRED")
    assert killed["expiry_reason"].iloc[-1] == "UNFILLED_FOK_ORDER_EXPIRED"


def test_limit_maker_rests_or_is_refused_and_is_cancelled_by_our_own_id(client: BinanceClient) -> None:
    _, ask = quotes(client)
    request = SpotOrderRequest(
        symbol=SYMBOL, side="SELL", order_type="LIMIT_MAKER", quantity="0.01", price=times(ask, "1.05")
    )
    assert client.place_spot_order(request)["order_status"].iloc[0] == "NEW"
    found = client.get_order_status(SYMBOL, client_order_id=request.new_client_order_id)
    assert found["client_order_id"].iloc[0] == request.new_client_order_id
    cancelled = client.cancel_order_by_id(SYMBOL, client_order_id=request.new_client_order_id)
    assert cancelled["order_status"].iloc[0] == "CANCELED"
    assert cancelled["client_order_id"].iloc[0] == request.new_client_order_id
    reports = heard(client, int(cancelled["order_id"].iloc[0]), "CANCELED")
    assert set(reports["client_order_id"]) == {request.new_client_order_id}
    with pytest.raises(OrderRejected, match="immediately match and take") as refused:
        client.place_spot_order(
            SpotOrderRequest(
                symbol=SYMBOL, side="BUY", order_type="LIMIT_MAKER", quantity="0.01", price=times(ask, "1.05")
            )
        )
    assert refused.value.code == -2010


@pytest.mark.parametrize(
    ("order_type", "limit_price"),
    [("STOP_LOSS", None), ("STOP_LOSS_LIMIT", "0.97"), ("TAKE_PROFIT", None), ("TAKE_PROFIT_LIMIT", "0.97")],
)
def test_triggered_orders_wait_and_wake_when_the_last_price_crosses(
    client: BinanceClient,
    until: Callable[[Callable[[], bool]], None],
    order_type: str,
    limit_price: str | None,
) -> None:
    last = Decimal(client.get_price(SYMBOL, raw=True)["price"])
    away = Decimal("-0.0002") if order_type.startswith("STOP") else Decimal("0.0002")
    stop = (last * (1 + away)).quantize(Decimal("0.1"))
    request = SpotOrderRequest(
        symbol=SYMBOL,
        side="SELL",
        order_type=order_type,
        quantity="0.01",
        stop_price=stop,
        price=None if limit_price is None else times(last, limit_price),
    )
    order = client.place_spot_order(request)
    assert order["order_status"].iloc[0] == "NEW"
    order_id = int(order["order_id"].iloc[0])
    assert not client.get_order_status(SYMBOL, order_id)["is_on_book"].iloc[0]
    until(lambda: client.get_order_status(SYMBOL, order_id)["order_status"].iloc[0] == "FILLED")
    reports = heard(client, order_id, "FILLED")
    assert reports["execution_type"].tolist()[0] == "NEW"
    assert reports["execution_type"].tolist()[-1] == "TRADE"
    assert client.get_order_status(SYMBOL, order_id)["stop_price"].iloc[0] == float(stop)


@pytest.mark.parametrize("order_type", ["STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"])
def test_triggered_orders_are_cancelled_before_their_trigger(client: BinanceClient, order_type: str) -> None:
    bid, _ = quotes(client)
    stop = times(bid, "0.9" if order_type.startswith("STOP") else "1.1")
    request = SpotOrderRequest(
        symbol=SYMBOL,
        side="SELL",
        order_type=order_type,
        quantity="0.01",
        stop_price=stop,
        price=stop if order_type.endswith("LIMIT") else None,
    )
    order_id = int(client.place_spot_order(request)["order_id"].iloc[0])
    assert client.cancel_order_by_id(SYMBOL, order_id)["order_status"].iloc[0] == "CANCELED"
    assert heard(client, order_id, "CANCELED")["execution_type"].tolist() == ["NEW", "CANCELED"]


def test_a_trailing_stop_follows_the_market_and_fires(
    client: BinanceClient, until: Callable[[Callable[[], bool]], None]
) -> None:
    request = SpotOrderRequest(symbol=SYMBOL, side="SELL", order_type="STOP_LOSS", quantity="0.01", trailing_delta=10)
    order_id = int(client.place_spot_order(request)["order_id"].iloc[0])
    until(lambda: client.get_order_status(SYMBOL, order_id)["order_status"].iloc[0] == "FILLED")
    assert heard(client, order_id, "FILLED")["execution_type"].tolist()[-1] == "TRADE"


def test_the_conveniences_place_what_they_are_called(client: BinanceClient) -> None:
    bid, _ = quotes(client)
    stop = client.place_stop_loss_limit_order(SYMBOL, "SELL", "0.01", times(bid, "0.89"), times(bid, "0.9"))
    take = client.place_take_profit_limit_order(SYMBOL, "SELL", "0.01", times(bid, "1.1"), times(bid, "1.1"))
    assert stop["order_type"].iloc[0] == "STOP_LOSS_LIMIT"
    assert take["order_type"].iloc[0] == "TAKE_PROFIT_LIMIT"
    cancelled = client.cancel_all_orders(SYMBOL)
    assert_schema(cancelled, schemas.ORDERS)
    assert {int(stop["order_id"].iloc[0]), int(take["order_id"].iloc[0])} <= set(cancelled["order_id"])
    assert set(cancelled["order_status"]) == {"CANCELED"}
    nothing = client.cancel_all_orders(SYMBOL)
    assert len(nothing) == 0
    assert_schema(nothing, schemas.ORDERS)


def test_test_order_places_nothing_and_tells_the_commission(client: BinanceClient) -> None:
    before = client.get_all_orders(SYMBOL)["order_id"].max()
    rates = client.test_order(SpotOrderRequest(symbol=SYMBOL, side="BUY", order_type="MARKET", quantity="0.01"))
    assert_schema(rates, schemas.COMMISSION_RATES)
    assert rates.set_index("kind").loc["standard", "taker"] == pytest.approx(0.001)
    assert client.get_all_orders(SYMBOL)["order_id"].max() == before


def test_all_orders_and_all_trades_are_paged_to_the_end(client: BinanceClient, monkeypatch: pytest.MonkeyPatch) -> None:
    whole_orders, whole_trades = client.get_all_orders(SYMBOL), client.get_my_trades(SYMBOL)
    assert len(whole_orders) > 5
    assert len(whole_trades) > 5
    monkeypatch.setattr("binance_nb.verbs.history.PAGE", 3)
    pd.testing.assert_frame_equal(client.get_all_orders(SYMBOL), whole_orders)
    pd.testing.assert_frame_equal(client.get_my_trades(SYMBOL), whole_trades)
    assert client.get_all_orders(SYMBOL, limit=2)["order_id"].tolist() == whole_orders["order_id"].tolist()[-2:]


def test_raw_returns_the_decoded_json_and_exact_returns_decimals(client: BinanceClient) -> None:
    raw = client.place_market_order(SYMBOL, "BUY", "0.01", raw=True)
    assert isinstance(raw, dict)
    assert raw["fills"]
    exact = client.get_order_status(SYMBOL, raw["orderId"], exact=True)
    assert exact["quantity"].dtype == schemas.exact_dtype()
    assert exact["quantity"].iloc[0] == Decimal("0.01")


def test_an_order_that_the_exchange_does_not_know(client: BinanceClient) -> None:
    with pytest.raises(UnknownOrder) as missing:
        client.get_order_status(SYMBOL, 999_999_999)
    assert missing.value.code == -2013
    with pytest.raises(UnknownOrder) as gone:
        client.cancel_order_by_id(SYMBOL, client_order_id="never-was")
    assert gone.value.code == -2011


def test_market_data_has_its_schemas(client: BinanceClient) -> None:
    klines = client.get_klines(SYMBOL, "1m", limit=20)
    assert_schema(klines, schemas.KLINES)
    assert len(klines) == 20
    assert klines["open_time"].is_monotonic_increasing
    assert (klines["low"] <= klines["high"]).all()
    book = client.get_order_book(SYMBOL, 10)
    assert_schema(book, schemas.BOOK)
    assert book.query("side == 'ASK'")["price"].min() > book.query("side == 'BID'")["price"].max()
    assert_schema(client.get_book_ticker(SYMBOL), schemas.BOOK_TICKERS)
    assert len(client.get_book_ticker()) > 1
    info = client.get_exchange_info()
    assert_schema(info, schemas.SYMBOLS)
    assert SYMBOL in info["symbol"].tolist()
    assert_schema(client.get_account_info(), schemas.BALANCES)


def test_a_history_is_bounded_by_time_and_by_number(client: BinanceClient, monkeypatch: pytest.MonkeyPatch) -> None:
    orders, trades = client.get_all_orders(SYMBOL), client.get_my_trades(SYMBOL)
    since, until = orders["order_creation_time"].iloc[2], orders["order_creation_time"].iloc[-3]
    inside = orders[orders["order_creation_time"].between(since, until)].reset_index(drop=True)
    monkeypatch.setattr("binance_nb.verbs.history.PAGE", 2)
    pd.testing.assert_frame_equal(client.get_all_orders(SYMBOL, start_time=since, end_time=until), inside)
    assert client.get_my_trades(SYMBOL, limit=3)["trade_id"].tolist() == trades["trade_id"].tolist()[-3:]
    one = int(trades["order_id"].iloc[0])
    own = trades[trades["order_id"] == one].reset_index(drop=True)
    pd.testing.assert_frame_equal(client.get_my_trades(SYMBOL, order_id=one), own)
    assert len(client.get_my_trades(SYMBOL, start_time="2100-01-01")) == 0
