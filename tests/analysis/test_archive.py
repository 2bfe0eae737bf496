"""The archive: what is written is read, twice is once, and each measure is that of the frame, also on a cluster."""

import sys

import numpy as np
import pandas as pd
import pytest
from distributed import Client
from fill_tables import T0, at, fills, orders, quotes, trades

from binance_nb import analysis, schemas
from binance_nb.errors import AnalysisError, MissingExtraError

DAY = 86_400_000
SEED = 3


def desk(count=1600, days=2):
    """Fills of a desk on four markets over some days, with fees in three assets, and the market around them."""
    draw = np.random.default_rng(SEED)
    markets = [("BTCUSDT", "spot"), ("BTCUSDT", "usdm"), ("ETHBTC", "spot"), ("BNBUSDT", "spot")]
    held, told, ticks = [], [], []
    for symbol, product in markets:
        n = count // len(markets)
        ms = np.sort(draw.integers(0, days * DAY, n))
        price = np.round(100 * np.exp(np.cumsum(draw.normal(0, 0.001, n))), 2)
        rows = [
            (int(each), ("BUY", "SELL")[draw.integers(0, 2)], int(draw.integers(1, 900)) / 1000, float(paid),
             {"trade_id": number, "order_id": number // 3, "is_maker": bool(draw.integers(0, 2)), "symbol": symbol,
              "product": product, "commission_amount": int(draw.integers(0, 9)) / 1e4,
              "commission_asset": ("BNB", "USDT", "BTC")[draw.integers(0, 2 if symbol != "ETHBTC" else 3)] if
              symbol != "ETHBTC" else ("BNB", "BTC", "ETH")[draw.integers(0, 3)]})
            for number, (each, paid) in enumerate(zip(ms, price, strict=True))
        ]  # fmt: skip
        held.append(fills(*rows))
        when = np.sort(draw.integers(-5000, days * DAY, 2 * n))
        mid = np.round(100 * np.exp(np.cumsum(draw.normal(0, 0.001, 2 * n))), 2)
        start = [(-6000, 99.0, 101.0)]
        pairs = start + [(int(a), float(b) - 0.01, float(b) + 0.01) for a, b in zip(when, mid, strict=True)]
        told.append(quotes(*pairs, symbol=symbol, product=product))
        ticks.append(trades(*[(a, b, 1.0) for a, b, _ in pairs], symbol=symbol, product=product))
    told.append(quotes((-6000, 9.0, 11.0), symbol="BNBBTC"))
    hedged = held[1]  # the futures: a long and a short position beside each other, and the exchange's own account
    held[1] = hedged.assign(
        position_side=pd.Categorical(
            np.where(hedged.order_id % 2 == 0, "LONG", "SHORT"), hedged.position_side.dtype.categories
        ),
        realized_pnl=np.where(hedged.trade_id % 2 == 0, 0.5, np.nan),
    )
    return tuple(pd.concat(each, ignore_index=True) for each in (held, told, ticks))


FILLS, QUOTES, TRADES = desk()
ORDERS = (
    FILLS.groupby(["product", "symbol", "order_id"], observed=True)
    .agg(side=("side", "first"), quantity=("last_executed_qty", "sum"), order_creation_time=("transaction_time", "min"))
    .reset_index()
)
ORDERS["order_creation_time"] -= pd.Timedelta("5h")  # many the day before
LAST_FILLS = FILLS.groupby(["product", "symbol", "order_id"], observed=True)["transaction_time"].max().to_numpy()
SETTLED = ORDERS.assign(
    # Every fourth wanted more than it got and was cancelled three hours later; every fifth is open still.
    quantity=ORDERS.quantity + np.where(ORDERS.order_id % 4 == 0, 0.5, 0.0) + np.where(ORDERS.order_id % 5 == 0, 1, 0),
    order_status=np.where(
        ORDERS.order_id % 5 == 0, "PARTIALLY_FILLED", np.where(ORDERS.order_id % 4, "FILLED", "CANCELED")
    ),
    transaction_time=LAST_FILLS + np.where(ORDERS.order_id % 4 == 0, pd.Timedelta("3h"), pd.Timedelta(0)),
    working_time=ORDERS.order_creation_time,
)
MARKS = {"BTCUSDT": 101.0, "ETHBTC": 99.0, "BNBUSDT": 100.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An archive written in two halves that overlap."""
    path = tmp_path_factory.mktemp("desk")
    archive = analysis.Archive(path)
    archive.write(fills=FILLS.iloc[:1000], quotes=QUOTES, orders=SETTLED)
    archive.write(fills=FILLS.iloc[600:], trades=TRADES)
    return path


@pytest.fixture(scope="module")
def client():
    """A Dask cluster of two workers in this process."""
    with Client(
        processes=False, n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1", protocol="tcp://"
    ) as opened:
        yield opened


@pytest.fixture(params=["duckdb", "dask"])
def archive(request, folder):
    """The archive, measured on this machine, then on the cluster."""
    return analysis.Archive(folder, client=request.getfixturevalue("client") if request.param == "dask" else None)


def same(mine, wanted, keys):
    plain = {name: "str" for name in keys if str(wanted[name].dtype) in {"category", "str", "string"}}
    one, two = (frame.astype(plain).sort_values(keys, ignore_index=True) for frame in (mine, wanted))
    pd.testing.assert_frame_equal(one, two, check_dtype=False, check_categorical=False, rtol=1e-9, atol=1e-7)


def test_what_is_written_is_read_in_the_types_of_the_schema(folder):
    archive = analysis.Archive(folder)
    back = archive.fills()
    wanted = FILLS.sort_values(["product", "symbol", "trade_id"], ignore_index=True)
    back = back.sort_values(["product", "symbol", "trade_id"], ignore_index=True)
    assert list(back.columns) == [column.name for column in schemas.FILLS]
    assert [str(kind) for kind in back.dtypes] == [str(kind) for kind in wanted.dtypes]
    pd.testing.assert_frame_equal(back, wanted)


def test_writing_twice_changes_nothing(folder, tmp_path):
    archive = analysis.Archive(tmp_path)
    assert archive.write(fills=FILLS) == archive.write(fills=FILLS.sample(frac=1, random_state=1))
    assert len(archive.fills()) == len(FILLS)
    assert not list(tmp_path.rglob("*.unfinished"))


def test_a_trade_with_oneself_is_filed_as_two_fills(tmp_path):
    archive = analysis.Archive(tmp_path)
    both = fills((0, "BUY", 1.0, 100.0, {"trade_id": 7}), (0, "SELL", 1.0, 100.0, {"trade_id": 7, "order_id": 2}))
    for _ in range(2):
        archive.write(fills=both)
    assert archive.fills()["side"].tolist() == ["BUY", "SELL"]


def test_a_period_is_read_by_itself(folder):
    archive = analysis.Archive(folder)
    told = archive.fills("ETHBTC", start=at(DAY), end=at(DAY + 3_600_000))
    wanted = FILLS[(FILLS.symbol == "ETHBTC") & FILLS.transaction_time.between(at(DAY), at(DAY + 3_600_000))]
    assert list(told.trade_id) == list(wanted.trade_id)
    with pytest.raises(AnalysisError, match="no time zone"):
        archive.fills(start=pd.Timestamp("2026-01-01"))


def test_a_symbol_of_any_letters_has_its_folder(tmp_path):
    archive = analysis.Archive(tmp_path)
    archive.write(fills=fills((0, "BUY", 1.0, 2.0), symbol="币安/人生USDT"))
    assert list(archive.fills("币安/人生USDT").symbol) == ["币安/人生USDT"]
    assert list(archive.contents().symbol) == ["币安/人生USDT"]


def test_contents_say_what_is_there(folder):
    told = analysis.Archive(folder).contents()
    row = told[(told.table == "fills") & (told["product"] == "usdm")].iloc[0]
    assert (row.symbol, row.days) == ("BTCUSDT", 3)
    assert row.first_day == at(0).strftime("%Y-%m-%d")


@pytest.mark.parametrize("by", ["order_id", "day", (), ("hour", "side")])
def test_sums_are_those_of_the_frame(archive, by):
    for measure in (analysis.average_prices, analysis.maker_taker):
        wanted = measure(FILLS, by=by)
        keys = ["product", "symbol", *([by] if isinstance(by, str) else by)]
        same(measure(archive, by=by), wanted, keys)


@pytest.mark.parametrize("most", [{}, {"max_age_ms": None}, {"max_age_ms": 3_600_000}], ids=str)
@pytest.mark.parametrize("against", ["mid", "touch", "arrival_mid", "open", "close"])
def test_slippage_is_that_of_the_frame(archive, against, most):
    given = {"orders": ORDERS, "quotes": QUOTES} if "i" in against else {"quotes": QUOTES}
    if against in {"open", "close"}:
        given = {"trades": TRADES}
    wanted = analysis.slippage(FILLS, against, **given, **most)
    rows = analysis.slippage(archive, against, **most)
    keys = ["product", "symbol", "trade_id"]
    names = [*keys, "benchmark_price", "benchmark_time", "slippage_bps", "slippage_quote"]
    same(rows.frame()[names], wanted[names], keys)
    by = ["product", "symbol", "is_maker"]
    same(analysis.compare(rows, "slippage_bps", by), analysis.compare(wanted, "slippage_bps", by), by)


def test_fills_of_an_order_are_taken_together_as_in_the_frame(archive):
    by = ["product", "symbol", "is_maker"]
    wanted = analysis.slippage(FILLS, "mid", quotes=QUOTES)
    told = analysis.compare(analysis.slippage(archive, "mid"), "slippage_bps", by, cluster="order_id")
    same(told, analysis.compare(wanted, "slippage_bps", by, cluster="order_id"), by)
    assert not np.allclose(told.high, analysis.compare(wanted, "slippage_bps", by).high)
    curve = analysis.markout_curve(archive, by="symbol", cluster="order_id")
    same(curve, analysis.markout_curve(FILLS, QUOTES, by="symbol", cluster="order_id"), ["symbol", "horizon_ms"])


@pytest.mark.parametrize("by", ["is_maker", (), "day"], ids=str)
def test_an_order_filled_over_midnight_is_one_cluster(tmp_path, by):
    draw = np.random.default_rng(2)
    midnight, rows = DAY - T0 % DAY, []
    for order_id in range(40):
        shift = draw.normal(0, 3)
        rows += [
            (midnight - 40 + 20 * n + order_id * 3 * (DAY // 2), "BUY", 1.0, 100 + shift + draw.normal(0, 0.1),
             {"order_id": order_id, "is_maker": order_id % 3 == 0})
            for n in range(4)
        ]  # fmt: skip
    held = fills(*rows)
    market = quotes(*[(int(ms) - 5, 99, 101) for ms in sorted({row[0] for row in rows})])
    days = held.groupby("order_id").transaction_time.agg(lambda moments: moments.dt.floor("D").nunique())
    assert (days == 2).sum() == 20
    archive = analysis.Archive(tmp_path)
    archive.write(fills=held, quotes=market)
    keys = [by] if isinstance(by, str) else list(by)
    told = analysis.compare(analysis.slippage(archive), "slippage_bps", by, cluster="order_id")
    same(told, analysis.compare(analysis.slippage(held, quotes=market), "slippage_bps", by, cluster="order_id"), keys)


@pytest.mark.parametrize("most", [{}, {"max_age_ms": None}, {"max_age_ms": 3_600_000}], ids=str)
def test_what_came_after_is_that_of_the_frame(archive, most):
    keys = ["product", "symbol", "trade_id"]
    for measure, given in (
        (analysis.spreads, {"horizon": "3h"}),
        (analysis.markouts, {"horizons": ["0s", "1s", "30h"]}),
    ):
        wanted = measure(FILLS, QUOTES, **given, **most)
        names = [*keys, *(name for name in wanted if name.endswith("_bps"))]
        same(measure(archive, **given, **most).frame()[names], wanted[names], keys)
    wanted = analysis.markout_curve(FILLS, QUOTES, by="symbol", **most)
    same(analysis.markout_curve(archive, by="symbol", **most), wanted, ["symbol", "horizon_ms"])
    apart = analysis.difference(analysis.spreads(archive, **most), "effective_spread_bps", "is_maker")
    wanted = analysis.difference(analysis.spreads(FILLS, QUOTES, **most), "effective_spread_bps", "is_maker")
    same(apart, wanted, ["first"])


def test_orders_live_as_those_of_the_frame_also_over_midnight(archive):
    wanted = analysis.order_lives(SETTLED, FILLS)
    over_midnight = wanted.first_fill.dt.floor("D") != wanted.last_fill.dt.floor("D")
    assert over_midnight.any()
    keys = ["product", "symbol", "order_id"]
    rows = analysis.order_lives(archive)
    told = rows.frame()
    assert told.equals(told.sort_values(keys, kind="stable", ignore_index=True))
    same(told[wanted.columns], wanted, keys)
    by = ["product", "symbol", "is_cancelled"]
    value = "time_to_last_fill_ms"
    same(analysis.compare(rows, value, by), analysis.compare(wanted, value, by), by)


@pytest.mark.parametrize("most", [{}, {"max_age_ms": None}], ids=str)
def test_the_shortfall_of_orders_is_that_of_the_frame(archive, most):
    spot = QUOTES[QUOTES["product"] == "spot"]
    wanted = analysis.shortfall(SETTLED, FILLS, QUOTES, rates=spot, **most)
    assert wanted.shortfall_quote.notna().any()
    assert wanted.opportunity_quote.ne(0).any()
    rows = analysis.shortfall(archive, **most)
    same(rows.frame()[wanted.columns], wanted, ["product", "symbol", "order_id"])
    same(
        analysis.compare(rows, "shortfall_bps", "symbol"),
        analysis.compare(wanted, "shortfall_bps", "symbol"),
        ["symbol"],
    )


def test_an_order_that_ended_on_a_later_day_has_the_fills_of_that_day(tmp_path):
    archive = analysis.Archive(tmp_path)
    placed = orders((1, "BUY", 3.0, 0, 2 * DAY)).assign(order_status="FILLED")
    archive.write(fills=fills((0, "BUY", 1.0, 10.0), (2 * DAY, "BUY", 2.0, 11.0)), orders=placed)
    assert analysis.order_lives(archive).frame().fills.tolist() == [2]


def test_an_order_whose_row_is_older_than_its_last_fill_has_that_fill_too(tmp_path):
    archive = analysis.Archive(tmp_path)
    placed = orders((1, "BUY", 3.0, 0, 0)).assign(order_status="FILLED")
    rows = ((0, "BUY", 1.0, 10.0), (2 * DAY, "BUY", 2.0, 11.0), (3 * DAY, "BUY", 1.0, 9.0, {"order_id": 7}))
    archive.write(fills=fills(*rows), orders=placed)
    assert analysis.order_lives(archive).frame().fills.tolist() == [2]


def test_an_order_that_the_archive_knows_as_open_is_looked_for_on_every_day_since(tmp_path):
    archive = analysis.Archive(tmp_path)
    placed = orders((1, "BUY", 3.0, 0, 0), (2, "BUY", 1.0, 5, 5)).assign(order_status=["NEW", "FILLED"])
    held = fills((5, "BUY", 1.0, 10.0, {"order_id": 2}), (3 * DAY, "BUY", 3.0, 11.0, {"order_id": 1}))
    archive.write(fills=held, orders=placed, quotes=quotes((-5, 9, 11), (4 * DAY, 19, 21), (4 * DAY + 5, 0, 0)))
    told = analysis.order_lives(archive).frame()
    assert told.filled_quantity.tolist() == [3, 1]
    assert told.last_fill.tolist() == [at(3 * DAY), at(5)]
    assert analysis.shortfall(archive, rates=quotes((-9, 1, 1), symbol="BNBUSDT")).frame().end_price.tolist() == [
        20,
        10,
    ]


@pytest.mark.parametrize("method", ["fifo", "average"])
def test_profit_is_that_of_the_frame(archive, method):
    spot = QUOTES[QUOTES["product"] == "spot"]
    wanted = analysis.profit(FILLS, MARKS, method, rates=spot)
    assert wanted.profit_quote.notna().all()
    assert len(wanted) == 5
    assert wanted.exchange_realised_quote.notna().sum() == 2
    same(analysis.profit(archive, MARKS, method), wanted, ["product", "symbol", "position_side"])


def test_fees_are_those_of_the_frame(archive):
    wanted = analysis.fees_in_quote(FILLS, QUOTES)
    keys = ["product", "symbol", "trade_id"]
    names = [*keys, "fee_rate", "fee_quote"]
    same(analysis.fees_in_quote(archive).frame()[names], wanted[names], keys)


@pytest.mark.parametrize(
    ("measure", "sentence"),
    [
        (analysis.positions, "positions takes a frame: read a period"),
        (analysis.round_trips, "round_trips takes a frame"),
        (lambda archive: analysis.slippage(archive, "interval_vwap").frame(), "an order may live for days"),
        (lambda archive: analysis.average_prices(archive, by="venue"), "no column venue"),
        (lambda archive: analysis.compare(analysis.spreads(archive), "mid", method="bootstrap"), "use welch"),
        (lambda archive: analysis.profit(analysis.spreads(archive)), "takes fills, not the rows of spreads"),
    ],
)
def test_what_an_archive_cannot_do_is_said(folder, measure, sentence):
    with pytest.raises(AnalysisError, match=sentence):
        measure(analysis.Archive(folder))


def test_an_empty_archive_says_so(tmp_path):
    archive = analysis.Archive(tmp_path)
    assert archive.contents().empty
    assert archive.fills().empty
    for measure in (analysis.average_prices, analysis.profit, analysis.markout_curve):
        with pytest.raises(AnalysisError, match="holds no fills"):
            measure(archive)
    for measure in (analysis.order_lives, analysis.shortfall):
        with pytest.raises(AnalysisError, match="holds no orders"):
            measure(archive).frame()


def test_fills_without_a_trade_id_are_not_filed(tmp_path):
    with pytest.raises(AnalysisError, match="without a trade_id cannot be filed"):
        analysis.Archive(tmp_path).write(fills=fills((0, "BUY", 1.0, 2.0), trade_id=-1))


def test_a_client_that_is_none_is_refused(folder):
    with pytest.raises(AnalysisError, match=r"must be a dask\.distributed\.Client, not str"):
        analysis.Archive(folder, client="tcp://cluster")


def test_without_duckdb_the_way_to_it_is_told(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'binance-nb\[analysis\]'"):
        analysis.Archive(folder).fills()


def test_a_failed_write_leaves_the_day_as_it_was(tmp_path, monkeypatch):
    archive = analysis.Archive(tmp_path)
    archive.write(orders=orders((1, "BUY", 1.0, 0, 0)))
    before = archive.orders()

    def fail(*_args, **_kwargs):
        raise OSError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr("binance_nb.analysis.archive.files.os.replace", fail)
        with pytest.raises(OSError, match="no space"):
            archive.write(orders=orders((2, "BUY", 1.0, 0, 0)))
    pd.testing.assert_frame_equal(archive.orders(), before)
    assert int(before.order_creation_time[0].timestamp() * 1000) == T0
