"""Orders over an archive: each is one order however many days its fills took, measured as on a frame."""

import numpy as np
import pandas as pd
import pytest
from fill_tables import fills, orders, quotes
from test_archive import same

from binance_nb import analysis
from binance_nb.errors import AnalysisError

DAY = 86_400_000
KEYS = ["product", "symbol", "order_id"]
MARKETS = (("BTCUSDT", "spot"), ("BTCUSDT", "usdm"), ("BNBUSDT", "spot"))
PAID_IN = ("USDT", "BTC", "BNB")


def desk(seed, days=2, count=50):
    """Orders of some days, many filled over several; quotes now dense, now away for hours, with a hole at the end."""
    draw = np.random.default_rng(seed)
    placed, held, told = [], [], []
    for symbol, product in MARKETS:
        created = np.sort(draw.integers(0, days * DAY, count))
        trade = 0
        for number, came in enumerate(created):
            side = ("BUY", "SELL")[draw.integers(0, 2)]
            times = came + np.sort(draw.integers(1, (90_000, DAY, 3 * DAY)[draw.integers(0, 3)], draw.integers(0, 5)))
            filled = 0.0
            for ms in times:
                quantity = int(draw.integers(1, 900)) / 1000
                asset = PAID_IN[draw.integers(0, 3)] if symbol == "BTCUSDT" else PAID_IN[2 * draw.integers(0, 2)]
                extra = {"trade_id": trade, "order_id": number, "is_maker": bool(draw.integers(0, 2)),
                         "symbol": symbol, "product": product, "commission_asset": asset,
                         "commission_amount": int(draw.integers(0, 9)) / 1e4}  # fmt: skip
                held.append((int(ms), side, quantity, float(draw.integers(9_500, 10_500)) / 100, extra))
                trade, filled = trade + 1, filled + quantity
            left = (0.0, 0.5)[draw.integers(0, 2)] if filled else 0.5
            status = ("CANCELED", "EXPIRED", "PARTIALLY_FILLED")[draw.integers(0, 3)] if left else "FILLED"
            end = int(times[-1] if len(times) else came) + (int(draw.integers(0, DAY)) if left else 0)
            extra = {"symbol": symbol, "order_status": status, "cumulative_filled_qty": filled}
            placed.append(orders((number, side, filled + left, int(came), end, extra)).assign(product=product))
        when = np.sort(np.concatenate([draw.integers(0, days * DAY, 3000), created - 20, created - 20_000]))
        bid = draw.integers(9_500, 10_500, len(when)) / 100
        rows = [(int(ms), float(low), float(low) + 0.02) for ms, low in zip(when, bid, strict=True)]
        hole = [] if symbol == "BNBUSDT" else [(days * DAY, 0, 0)]  # BNB converts commissions until the last fill
        told.append(quotes((-5000, 99.0, 101.0), *rows, *hole, symbol=symbol, product=product))
    decided = pd.concat(placed, ignore_index=True)
    late = pd.to_timedelta(draw.integers(0, 30_000, len(decided)), unit="ms")
    decided["decision_time"] = (decided.order_creation_time - late).dt.as_unit("ms")
    return fills(*held), decided, pd.concat(told, ignore_index=True)


@pytest.fixture(scope="module", params=[1, 2])
def written(request, tmp_path_factory):
    """A desk at random, and the folder of its archive."""
    folder = tmp_path_factory.mktemp("orders")
    held, placed, told = desk(request.param)
    analysis.Archive(folder).write(fills=held, orders=placed, quotes=told)
    return folder, held, placed, told


@pytest.fixture
def archive(written):
    """The archive of the desk, measured on this machine."""
    return analysis.Archive(written[0])


def test_lives_are_those_of_the_frame(archive, written):
    _, held, placed, _ = written
    rows, wanted = analysis.order_lives(archive), analysis.order_lives(placed, held)
    days = [wanted[name].dt.floor("D") for name in ("first_fill", "last_fill")]
    assert (wanted.fills.gt(1) & (days[0] != days[1])).sum() > 20  # or nothing would be shown of orders over days
    same(rows.frame(), wanted, KEYS)
    by = ["product", "symbol", "side"]
    same(analysis.compare(rows, "fill_rate", by), analysis.compare(wanted, "fill_rate", by), by)
    pd.testing.assert_frame_equal(
        analysis.life_summary(rows.frame()), analysis.life_summary(wanted), check_categorical=False, check_dtype=False
    )


@pytest.mark.parametrize("limit", [{}, {"max_age_ms": 5_000}, {"max_age_ms": None}])
def test_shortfall_is_that_of_the_frame(archive, written, limit):
    _, held, placed, told = written
    spot = told[told["product"] == "spot"]
    wanted = analysis.shortfall(placed, held, told, rates=spot, **limit)
    known = wanted.shortfall_quote.notna()
    assert known.any()
    assert not known.all()  # some ended after the record
    same(analysis.shortfall(archive, **limit).frame(), wanted, KEYS)


def test_what_is_given_goes_before_what_is_there(written):
    folder, held, placed, told = written
    archive = analysis.Archive(folder)
    paid, dearer = held.assign(fee_quote=1.5), told.assign(bid_price=told.ask_price)
    given = {"fills": paid, "quotes": dearer}
    same(analysis.shortfall(archive, **given).frame(), analysis.shortfall(placed, **given), KEYS)


def test_orders_without_any_fill_lived_all_the_same(tmp_path):
    archive = analysis.Archive(tmp_path)
    placed = orders((1, "SELL", 2.0, 500, 6000, {"order_status": "EXPIRED"})).assign(product="spot")
    told = quotes((0, 99, 101), (5000, 109, 111))
    archive.write(orders=placed, quotes=told)
    same(analysis.order_lives(archive).frame(), analysis.order_lives(placed, fills()), KEYS)
    same(analysis.shortfall(archive).frame(), analysis.shortfall(placed, fills(), told), KEYS)


@pytest.mark.parametrize("measure", ["order_lives", "shortfall"])
def test_a_frame_brings_nothing_of_its_own(measure):
    with pytest.raises(AnalysisError, match="takes fills= too"):
        getattr(analysis, measure)(orders((1, "SELL", 2.0, 500, 6000)))
