"""Frames: one schema each, the same when empty, from REST and from the stream, and nothing lost that is new."""

import contextlib
from decimal import Decimal

import msgspec
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import BTCUSDT_INFO, SERVER_TIME, execution_report, trade_report

from binance_nb import frames, schemas
from binance_nb.models import enums
from binance_nb.models.events import report_row
from binance_nb.models.fills import fill_from_report, fill_from_trade
from binance_nb.schemas import Kind
from binance_nb.stream.ledger import Ledger
from binance_nb.trade_rows import Trade, read_trades

SCHEMAS = {
    name: value for name, value in vars(schemas).items() if name.isupper() and isinstance(value, tuple) and value
}


def answered_order(**changes):
    return {
        "symbol": "BTCUSDT",
        "orderId": 28,
        "orderListId": -1,
        "clientOrderId": "nb-1",
        "transactTime": SERVER_TIME,
        "price": "60000.00000000",
        "origQty": "3.00000000",
        "executedQty": "3.00000000",
        "origQuoteOrderQty": "0.00000000",
        "cummulativeQuoteQty": "180000.10000000",
        "status": "FILLED",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "SELL",
        "workingTime": SERVER_TIME,
        "selfTradePreventionMode": "NONE",
        "fills": [{"price": "60000", "qty": "3", "commission": "0", "commissionAsset": "USDT", "tradeId": 1}],
        **changes,
    }


def queried_order(**changes):
    return {
        "symbol": "BTCUSDT",
        "orderId": 28,
        "orderListId": -1,
        "clientOrderId": "nb-1",
        "price": "60000.00000000",
        "origQty": "3.00000000",
        "executedQty": "0.00000000",
        "cummulativeQuoteQty": "0.00000000",
        "status": "NEW",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "stopPrice": "0.0",
        "icebergQty": "0.0",
        "time": SERVER_TIME,
        "updateTime": SERVER_TIME + 5,
        "isWorking": True,
        "workingTime": SERVER_TIME,
        "origQuoteOrderQty": "0.000000",
        "selfTradePreventionMode": "NONE",
        **changes,
    }


def assert_schema(frame, schema, *, exact=False, more=()):
    assert list(frame.columns) == [column.name for column in schema] + list(more)
    for column in schema:
        found, wanted = frame[column.name].dtype, column.dtype(exact=exact)
        if column.kind is schemas.Kind.WORD:
            assert isinstance(found, pd.CategoricalDtype), column.name
            assert list(found.categories[: len(column.words)]) == list(column.words), column.name
        elif exact and column.kind is schemas.Kind.NUMBER:
            assert str(found).startswith("decimal128(38, "), column.name
            assert found.pyarrow_dtype.scale >= schemas.EXACT_SCALE, column.name
        else:
            assert found == wanted, column.name


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_an_empty_frame_has_its_whole_schema(name, exact):
    frame = frames.build([], SCHEMAS[name], exact=exact)
    assert len(frame) == 0
    assert_schema(frame, SCHEMAS[name], exact=exact)
    for column in SCHEMAS[name]:
        assert frame[column.name].dtype == column.dtype(exact=exact), column.name


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_a_row_that_tells_nothing_has_its_whole_schema_too(name, exact):
    assert_schema(frames.build([{}], SCHEMAS[name], exact=exact), SCHEMAS[name], exact=exact)


@pytest.mark.parametrize("exact", [False, True])
def test_orders_have_one_schema_wherever_they_come_from(exact):
    for answers in ([], [answered_order()], [queried_order()], [answered_order(), queried_order()]):
        assert_schema(frames.orders(answers, exact=exact), schemas.ORDERS, exact=exact)


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (["0.000000000001", "5"], ["0.000000000001", "5"]),
        (["1e-24", "1234567890123456.5"], ["0", "1234567890123456.5"]),  # 16 and 24 digits are more than 38
        (["1.5e-22", "1234567890123456.5"], ["0.0000000000000000000002", "1234567890123456.5"]),
        (["0e-30", "12345678901", None], ["0", "12345678901", None]),
    ],
)
def test_an_exact_column_keeps_as_many_decimals_as_its_largest_number_leaves_room_for(told, shown):
    rows = [{"symbol": "X", "quantity": None if text is None else Decimal(text)} for text in told]
    held = frames.build(rows, schemas.ORDERS, exact=True)["quantity"]
    assert [None if pd.isna(each) else each for each in held] == [text and Decimal(text) for text in shown]


@pytest.mark.parametrize("exact", [False, True])
def test_reports_and_fills_have_one_schema_with_and_without_rows(exact):
    ledger = Ledger()
    for _ in range(2):
        assert_schema(ledger.reports_frame(exact=exact), schemas.REPORTS, exact=exact)
        assert_schema(ledger.fills_frame(exact=exact), schemas.FILLS, exact=exact)
        ledger.add_report(execution_report())
        ledger.add_report(trade_report(1))


def test_the_kinds_of_columns_are_those_promised():
    frame = frames.orders([answered_order()])
    assert frame["order_id"].dtype == np.dtype("int64")
    assert frame["price"].dtype == np.dtype("float64")
    assert frame["transaction_time"].dtype == pd.DatetimeTZDtype("ms", "UTC")
    assert list(frame["side"].cat.categories) == [side.value for side in enums.OrderSide]
    assert str(frames.orders([answered_order()], exact=True)["price"].dtype) == "decimal128(38, 8)[pyarrow]"


def test_frames_of_one_kind_can_be_put_together_without_losing_their_types():
    both = pd.concat([frames.orders([]), frames.orders([answered_order()])], ignore_index=True)
    assert both.dtypes.to_dict() == frames.orders([]).dtypes.to_dict()


def test_an_order_frame_a_report_frame_and_a_fill_frame_join_on_their_names():
    ledger = Ledger()
    ledger.add_report(trade_report(1, i=28, c="nb-1"))
    orders = frames.orders([answered_order()])
    joined = orders.merge(ledger.fills_frame(), on=["symbol", "order_id", "client_order_id"], suffixes=("", "_fill"))
    joined = joined.merge(ledger.reports_frame(), on=["symbol", "order_id", "trade_id"], suffixes=("", "_report"))
    assert len(joined) == 1


def test_a_field_of_tomorrow_becomes_a_column_at_the_right_hand_end():
    frame = frames.orders([answered_order(), answered_order(newThing="x", anotherOne={"a": 1})])
    assert_schema(frame, schemas.ORDERS, more=["new_thing", "another_one"])
    assert frame["new_thing"].iloc[1] == "x"
    assert pd.isna(frame["new_thing"].iloc[0])
    assert frame["another_one"].iloc[1] == {"a": 1}
    ledger = Ledger()
    ledger.add_report(execution_report(zz=3))
    assert ledger.reports_frame()["zz"].tolist() == [3]


def test_a_word_of_tomorrow_is_kept_beside_those_known():
    frame = frames.orders([answered_order(status="PONDERING"), answered_order()])
    assert frame["order_status"].tolist() == ["PONDERING", "FILLED"]
    assert list(frame["order_status"].cat.categories) == [*(s.value for s in enums.OrderStatus), "PONDERING"]


def test_a_missing_id_is_minus_one_and_a_missing_word_is_missing():
    frame = frames.build([{"symbol": "X"}], schemas.ORDERS)
    assert frame["order_id"].tolist() == [-1]
    assert frame["side"].isna().all()
    assert frame["price"].isna().all()
    assert frame["is_on_book"].tolist() == [False]
    assert frame["client_order_id"].isna().all()


@pytest.mark.parametrize("absent", [None, -1])
def test_a_time_that_never_came_is_not_a_time(absent):
    frame = frames.orders([answered_order(workingTime=absent), answered_order()])
    assert frame["working_time"].isna().tolist() == [True, False]
    assert frame["is_on_book"].tolist() == [False, True]


@given(st.integers(100_000_000_000, 4_000_000_000_000))
def test_microseconds_and_milliseconds_give_the_same_time(epoch_ms):
    frame = frames.build([{"transaction_time": epoch_ms}, {"transaction_time": epoch_ms * 1000 + 7}], schemas.ORDERS)
    assert frame["transaction_time"].tolist() == [pd.Timestamp(epoch_ms, unit="ms", tz="UTC")] * 2
    assert frame["transaction_time"].dtype == schemas.UTC_MS


def test_a_query_says_itself_whether_the_order_is_on_the_book():
    assert frames.orders([queried_order(isWorking=False)])["is_on_book"].tolist() == [False]
    assert frames.orders([queried_order(isWorking=True)])["is_on_book"].tolist() == [True]


def test_the_fills_of_an_answer_are_not_a_column_of_orders():
    assert "fills" not in frames.orders([answered_order()]).columns


AMOUNTS = st.decimals(min_value="0.00000001", max_value="90000000", places=8)


@given(AMOUNTS, AMOUNTS)
def test_the_average_price_is_right_to_nine_digits_and_to_the_last_when_it_can_be(filled, quote):
    order = answered_order(executedQty=str(filled), cummulativeQuoteQty=str(quote))
    row = frames.order_row(order)
    true = quote / filled
    assert abs(row["average_price"] - true) <= true * Decimal("5e-9")
    frame = frames.orders([order])
    assert frame["average_price"].iloc[0] == pytest.approx(float(true), rel=1e-8)
    exact = frames.orders([order], exact=True)["average_price"].iloc[0]
    assert exact == row["average_price"]


def test_the_average_price_of_a_penny_coin_keeps_its_digits():
    order = answered_order(executedQty="2000000", cummulativeQuoteQty="15.150000")
    assert frames.order_row(order)["average_price"] == Decimal("0.000007575")


@pytest.mark.parametrize("filled", ["0.00000000", "0", None, ""])
def test_an_order_without_a_fill_has_no_average_price(filled):
    frame = frames.orders([answered_order(executedQty=filled, cummulativeQuoteQty="0")])
    assert frame["average_price"].isna().all()


@given(st.lists(st.one_of(st.none(), AMOUNTS), max_size=6))
def test_exact_numbers_are_exact(numbers):
    rows = [{"price": None if number is None else format(number, "f")} for number in numbers]
    frame = frames.build(rows, schemas.ORDERS, exact=True)
    assert [None if pd.isna(value) else value for value in frame["price"]] == numbers
    plain = frames.build(rows, schemas.ORDERS)
    assert [None if pd.isna(value) else value for value in plain["price"]] == [
        None if number is None else float(number) for number in numbers
    ]


@pytest.mark.parametrize("exact", [False, True])
def test_an_empty_text_is_no_number(exact):
    frame = frames.build([{"price": ""}, {"price": "1.5"}], schemas.ORDERS, exact=exact)
    assert frame["price"].isna().tolist() == [True, False]


def test_more_decimals_than_eight_are_kept_when_exact():
    frame = frames.build([{"price": "0.0000000001"}], schemas.ORDERS, exact=True)
    assert frame["price"].iloc[0] == Decimal("0.0000000001")


def test_reports_have_the_numbers_of_their_events():
    frame = frames.build([report_row(trade_report(9, n="0.00012", N="BNB"))], schemas.REPORTS)
    row = frame.iloc[0]
    assert (row["trade_id"], row["commission_amount"], row["commission_asset"]) == (9, 0.00012, "BNB")
    assert row["execution_type"] == "TRADE"
    fills = frames.build([fill_from_report(trade_report(9))], schemas.FILLS)
    assert fills["source"].tolist() == ["stream"]
    assert fills["product"].tolist() == ["spot"]


# The other frames


def account(**changes):
    return {
        "makerCommission": 15,
        "commissionRates": {"maker": "0.00150000"},
        "canTrade": True,
        "uid": 354937868,
        "balances": [
            {"asset": "BTC", "free": "4723846.89208129", "locked": "0.00000001"},
            {"asset": "LTC", "free": "0.00000000", "locked": "0.00000000"},
        ],
        **changes,
    }


def test_balances_add_up_exactly_and_keep_the_rest_in_attrs():
    frame = frames.balances(account(), exact=True)
    assert_schema(frame, schemas.BALANCES, exact=True)
    assert frame["asset"].tolist() == ["BTC"]
    assert frame["total"].iloc[0] == Decimal("4723846.89208130")
    assert frame.attrs["can_trade"] is True
    assert frame.attrs["uid"] == 354937868
    assert "balances" not in frame.attrs


def test_empty_balances_are_shown_on_request():
    assert frames.balances(account(), omit_zero=False)["asset"].tolist() == ["BTC", "LTC"]
    assert_schema(frames.balances(account(balances=[])), schemas.BALANCES)


def test_candlesticks_take_their_names_from_their_places():
    row = [1499040000000, "0.1", "0.8", "0.05", "0.7", "148976.1", 1499644799999, "2434.1", 308, "1756.8", "28.4", "0"]
    frame = frames.klines([row])
    assert_schema(frame, schemas.KLINES)
    assert frame.loc[0, ["open", "high", "low", "close"]].tolist() == [0.1, 0.8, 0.05, 0.7]
    assert frame["trade_count"].tolist() == [308]
    assert frame["close_time"].iloc[0] == pd.Timestamp("2017-07-09 23:59:59.999", tz="UTC")
    assert_schema(frames.klines([]), schemas.KLINES)


def test_a_book_is_a_ladder_with_the_spread_in_the_middle():
    depth = {
        "lastUpdateId": 1027024,
        "bids": [["4.00", "431"], ["3.99", "9"]],
        "asks": [["4.01", "12"], ["4.02", "18"]],
    }
    frame = frames.book(depth)
    assert_schema(frame, schemas.BOOK)
    assert frame["price"].tolist() == [4.02, 4.01, 4.0, 3.99]
    assert frame["side"].tolist() == ["ASK", "ASK", "BID", "BID"]
    assert frame["level"].tolist() == [2, 1, 1, 2]
    assert frame.attrs["last_update_id"] == 1027024
    assert_schema(frames.book({"lastUpdateId": 1, "bids": [], "asks": []}), schemas.BOOK)


def test_symbols_spread_their_filters_out():
    frame = frames.symbols([{**BTCUSDT_INFO, "brandNewField": 7}], exact=True)
    assert_schema(frame[[column.name for column in schemas.SYMBOLS]], schemas.SYMBOLS, exact=True)
    assert frame["brand_new_field"].tolist() == [7]
    row = frame.iloc[0]
    assert (row["tick_size"], row["step_size"]) == (Decimal("0.01"), Decimal("0.00001"))
    assert (row["min_notional"], row["min_qty"], row["max_qty"]) == (5, Decimal("0.00001"), 9000)
    assert row["order_types"].split(",")[0] == "LIMIT"


@pytest.mark.parametrize("answer", [{"symbol": "X", "price": "1"}, [{"symbol": "X", "price": "1"}]])
def test_one_answer_or_a_list_of_them_is_the_same_table(answer):
    assert_schema(frames.table(frames.as_rows(answer), schemas.PRICES), schemas.PRICES)
    assert len(frames.table(frames.as_rows(answer), schemas.PRICES)) == 1


ROWS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "symbol": st.text(min_size=1, max_size=8),
            "order_id": st.integers(-1, 2**62),
            "side": st.sampled_from(["BUY", "SELL", "SIDEWAYS", None]),
            "price": st.one_of(st.none(), AMOUNTS.map(str)),
            "transaction_time": st.one_of(st.none(), st.integers(-1, 4_000_000_000_000)),
            "is_on_book": st.booleans(),
            "something_new": st.one_of(st.none(), st.integers(), st.text(max_size=3)),
        },
    ),
    max_size=8,
)


@given(ROWS, st.booleans())
def test_whatever_rows_come_the_frame_has_its_schema_and_every_row(rows, exact):
    frame = frames.build(rows, schemas.ORDERS, exact=exact)
    more = ["something_new"] if any("something_new" in row for row in rows) else []
    assert_schema(frame, schemas.ORDERS, exact=exact, more=more)
    assert len(frame) == len(rows)
    assert frame["order_id"].tolist() == [row.get("order_id", -1) for row in rows]


TRADE = {
    "symbol": "BTCUSDT", "id": 7, "orderId": 3, "orderListId": -1, "price": "60000.01000000", "qty": "0.10000000",
    "quoteQty": "6000.00100000", "commission": "0.00010000", "commissionAsset": "BNB", "time": SERVER_TIME,
    "isBuyer": True, "isMaker": False, "isBestMatch": True,
}  # fmt: skip


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(
    "rows",
    [
        [],
        [TRADE],
        [TRADE, {**TRADE, "id": 8, "isBuyer": False, "symbol": "ETHUSDT", "quoteQty": ""}],
        [TRADE, {**TRADE, "id": 9, "tomorrow": "a new field"}],
        [{"symbol": "BTCUSDT", "id": 1, "price": "1", "qty": "2"}],
    ],
)
def test_trades_read_column_by_column_are_those_renamed_row_by_row(rows, exact):
    by_row = frames.build([fill_from_trade(row) for row in rows], schemas.FILLS, exact=exact)
    pd.testing.assert_frame_equal(frames.trades(rows, exact=exact), by_row)


TRADE_AMOUNTS = st.one_of(AMOUNTS.map(lambda number: f"{number:.8f}"), st.sampled_from(["0", "1e-7", "0.1", ""]))
TRADES = st.lists(
    st.fixed_dictionaries(
        {
            **{key: st.just(value) for key, value in TRADE.items()},
            **dict.fromkeys(("price", "qty", "quoteQty", "commission"), TRADE_AMOUNTS),
            "id": st.integers(0, 2**62),
            "symbol": st.sampled_from(["BTCUSDT", "１２３４５６", "A"]),
            "time": st.integers(-1, 4_000_000_000_000_000),
            "isBuyer": st.booleans(),
        },
        optional={"tomorrow": st.integers()},
    ),
    max_size=6,
)


@given(TRADES)
def test_trades_read_straight_from_the_answer_give_the_frame_of_its_decoded_rows(rows):
    content = msgspec.json.encode(rows)
    read = read_trades(content)
    as_today = all("tomorrow" not in row and "" not in row.values() for row in rows)
    assert all((type(row) is Trade) == as_today for row in read)
    pd.testing.assert_frame_equal(frames.trades(read), frames.trades(rows), check_exact=True)


@given(st.floats(allow_nan=False, allow_infinity=False).map(repr) | AMOUNTS.map(str))
def test_a_number_read_straight_is_the_float_of_its_text(text):
    (trade,) = read_trades(msgspec.json.encode([{**TRADE, "price": text}]))
    assert type(trade) is Trade
    assert trade.price == float(text)


def test_pages_of_which_one_has_a_new_field_are_one_frame():
    pages = [[TRADE], [{**TRADE, "id": 8, "tomorrow": "x"}]]
    read = [row for page in pages for row in read_trades(msgspec.json.encode(page))]
    pd.testing.assert_frame_equal(frames.trades(read), frames.trades([row for page in pages for row in page]))


def test_a_frame_put_together_is_the_one_that_pandas_makes():
    built = frames.trades([TRADE, {**TRADE, "id": 8}])
    public = pd.DataFrame({name: built[name].array for name in built})
    pd.testing.assert_frame_equal(built, public)
    built.columns.name = "mine"
    assert frames.trades([TRADE, {**TRADE, "id": 8}]).columns.name is None


ODD_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 2**62), st.text(max_size=4), AMOUNTS, AMOUNTS.map(str), st.just(""),
    st.sampled_from(["BUY", "FILLED", "LIMIT", "GTC", SERVER_TIME, SERVER_TIME * 1000, -1]),
)  # fmt: skip


AS_USUAL = {
    Kind.ID: st.integers(-1, 2**62),
    Kind.COUNT: st.integers(0, 9),
    Kind.NUMBER: st.one_of(AMOUNTS.map(str), st.sampled_from(["0", "0.00000000", 0, 0.0, "", None, 1.5]), AMOUNTS),
    Kind.FLAG: st.sampled_from([True, False, None]),
    Kind.TIME: st.sampled_from([SERVER_TIME, SERVER_TIME * 1000, -1, 0, None]),
    Kind.TEXT: st.none() | st.text(max_size=4),
}


def as_usual(column):
    return st.sampled_from([*column.words, None]) if column.kind is Kind.WORD else AS_USUAL[column.kind]


@settings(max_examples=300)
@given(st.sampled_from(["ORDERS", "FILLS", "GAPS", "BALANCES", "KLINES"]), st.data())
def test_a_frame_of_one_row_is_the_one_made_the_usual_way(name, data):
    schema = SCHEMAS[name]
    row = data.draw(st.fixed_dictionaries({}, optional={column.name: as_usual(column) for column in schema}))
    if data.draw(st.integers(0, 3)) == 0:
        row[data.draw(st.sampled_from([column.name for column in schema]))] = data.draw(ODD_VALUES | st.just([]))
    try:
        usual = frames._built([row], schema, exact=False)
    except (TypeError, ValueError, OverflowError) as error:
        with pytest.raises(type(error)):
            frames.build([row], schema)
    else:
        pd.testing.assert_frame_equal(frames.build([row], schema), usual)


@pytest.mark.parametrize("odd", [[], {}, "many", "nan", True, False, b"1"])
@pytest.mark.parametrize("name", ["price", "order_id", "transaction_time", "side", "symbol", "is_on_book"])
def test_an_odd_value_is_told_or_refused_as_the_usual_way_does(name, odd):
    def result(make):
        try:
            return make()
        except (TypeError, ValueError, OverflowError) as error:
            return type(error)

    usual = result(lambda: frames._built([{name: odd}], schemas.ORDERS, exact=False))
    short = result(lambda: frames.build([{name: odd}], schemas.ORDERS))
    if isinstance(usual, type):
        assert short is usual
    else:
        pd.testing.assert_frame_equal(short, usual)


def test_frames_of_one_row_take_the_short_way_and_share_nothing(monkeypatch):
    monkeypatch.setattr(frames._one_row(schemas.ORDERS), "_usual", None)
    first, second = frames.orders([answered_order()]), frames.orders([answered_order()])
    for name in first:
        first.loc[0, name] = first[name].iloc[0] if name == "is_on_book" else None
    first["price"] = 1.0
    first.columns.name = "mine"
    pd.testing.assert_frame_equal(second, frames.orders([answered_order()]))
    pd.testing.assert_frame_equal(pd.concat([second, second]).iloc[[1]], second)
    second.insert(0, "note", "x")
    assert second.sort_values("price").columns[0] == "note"


def write_by_place(frame, name):
    frame.iloc[0, frame.columns.get_loc(name)] = None


def write_by_name(frame, name):
    frame.at[0, name] = None


def write_by_mask(frame, name):
    frame.loc[frame["order_id"] > 0, name] = None


def write_in_place(frame, name):
    column = frame[name]
    column.mask([True], inplace=True)
    frame.fillna({name: column.cat.categories[0]}, inplace=True)


def write_into_a_column(frame, name):
    frame[name].array[0] = None


def write_into_codes(frame, name):
    frame[name].array._codes[0] = -1


def write_into_the_frame_of_a_copy(frame, name):
    frame.copy(deep=False)[name].array._codes[0] = -1


def write_into_values(frame, name):
    frame[name].values[0] = None


def write_into_text(frame, name):
    frame["symbol"].array[0] = "another"


WRITES = [
    write_by_place, write_by_name, write_by_mask, write_in_place, write_into_a_column, write_into_codes,
    write_into_the_frame_of_a_copy, write_into_values, write_into_text,
]  # fmt: skip


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("count", [0, 3], ids=["alone", "beside others"])
def test_whatever_is_written_into_a_frame_of_one_row_others_tell_what_was_told(write, count):
    usual = frames._built([frames.order_row(answered_order())], schemas.ORDERS, exact=False)
    kept = [frames.orders([answered_order()]) for _ in range(count)]
    for name in ("side", "order_type", "order_status", "time_in_force"):
        with contextlib.suppress(ValueError):  # "read-only", where neither pandas nor numpy makes a copy
            write(frames.orders([answered_order()]), name)
        for told in (*kept, frames.orders([answered_order()])):
            pd.testing.assert_frame_equal(told, usual)


def test_where_pandas_is_built_differently_a_frame_of_one_row_is_made_the_usual_way(monkeypatch):
    from binance_nb import single_rows

    def other_inside(block):
        raise AttributeError("no such thing in this version")

    monkeypatch.setattr(single_rows, "_blocks_of_words", other_inside)
    made = single_rows.OneRow(schemas.ORDERS, lambda row: frames._built([row], schemas.ORDERS, exact=False))
    assert not made._is_possible
    pd.testing.assert_frame_equal(made.frame(frames.order_row(answered_order())), frames.orders([answered_order()]))
