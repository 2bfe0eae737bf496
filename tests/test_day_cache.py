"""Market data day by day: pages followed, days that are over kept and asked for once, one broken off resumed."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from binance_nb.verbs.day_cache import DAY_MS, folder_of, read_days
from binance_nb.verbs.recording import FUTURES_WINDOW_MS, HOUR_MS, read_agg_trades

START = 20_000 * DAY_MS


def moments(stamps):
    return pd.to_datetime(pd.array(list(stamps), dtype="int64"), unit="ms", utc=True)


class Asked:
    """A market with a row each hour, that notes what it was asked for."""

    def __init__(self, fail_at=None):
        self.periods, self.fail_at = [], fail_at

    async def __call__(self, start, end):
        if len(self.periods) == self.fail_at:
            raise ConnectionError("cut")
        self.periods.append((start, end))
        hours = range(-(-start // 3_600_000) * 3_600_000, end + 1, 3_600_000)
        return pd.DataFrame({"time": moments(hours)})


async def read(asked, folder, last=START + 3 * DAY_MS + 7_200_000, now=START + 3 * DAY_MS + 7_200_000):
    return await read_days(asked, START, last, now_ms=now, folder=folder, time="time", what="rows")


async def test_days_that_are_over_are_asked_for_once(tmp_path):
    first, second = Asked(), Asked()
    one, two = await read(first, tmp_path), await read(second, tmp_path)
    assert list(one.time) == list(moments(range(START, START + 3 * DAY_MS + 7_200_001, 3_600_000)))
    pd.testing.assert_frame_equal(one, two)
    assert len(first.periods) == 4
    assert second.periods == [(START + 3 * DAY_MS, START + 3 * DAY_MS + 7_200_000)]  # today, which is not over


async def test_a_reading_broken_off_goes_on_where_it_was(tmp_path):
    with pytest.raises(ConnectionError):
        await read(Asked(fail_at=2), tmp_path)
    again = Asked()
    await read(again, tmp_path)
    assert len(again.periods) == 2
    assert not list(tmp_path.rglob("*.unfinished"))


async def test_without_a_cache_only_the_period_is_asked_for():
    asked = Asked()
    await read_days(asked, START + 5, START + 9, now_ms=START + DAY_MS, folder=None, time="time", what="rows")
    assert asked.periods == [(START + 5, START + 9)]


async def test_a_part_of_a_kept_day_is_cut_from_it(tmp_path):
    asked = Asked()
    told = await read_days(
        asked,
        START + 3_600_000,
        START + 7_200_000,
        now_ms=START + 2 * DAY_MS,
        folder=tmp_path,
        time="time",
        what="rows",
    )
    assert asked.periods == [(START, START + DAY_MS - 1)]
    assert list(told.time) == list(moments([START + 3_600_000, START + 7_200_000]))


def test_folders_have_no_letters_that_a_file_system_minds(tmp_path):
    assert folder_of(tmp_path, "spot", "../x") == tmp_path / "spot" / "..%2Fx"
    assert folder_of(None, "spot") is None


class Pages:
    """Aggregate trades as the exchange pages them: at most a thousand, by time or by id."""

    def __init__(self, times, window_ms=None):
        self.rows = [{"a": number, "T": ms} for number, ms in enumerate(times)]
        self.window_ms, self.asked = window_ms, []

    async def agg_trades(self, _symbol, *, start_time, end_time, from_id, limit):
        self.asked.append((start_time, end_time) if from_id is None else from_id)
        assert limit == 1000
        if from_id is not None:
            assert (start_time, end_time) == (None, None)  # futures may not answer in time to both
            return self.rows[from_id : from_id + limit]
        assert self.window_ms is None or end_time - start_time < self.window_ms
        return [row for row in self.rows if start_time <= row["T"] <= end_time][:limit]

    async def klines(self, _symbol, interval, *, start_time, end_time, limit):
        assert (interval, start_time % HOUR_MS, limit) == ("1h", 0, 99)
        self.asked.append("candles")
        hours = range(start_time, end_time + 1, HOUR_MS)
        counts = [sum(row["T"] // HOUR_MS * HOUR_MS == hour for row in self.rows) for hour in hours]
        return [[hour, *["1"] * 7, count, "1", "1", "0"] for hour, count in zip(hours, counts, strict=True)]

    async def read(self, start, end):
        told = await read_agg_trades(self, "BTCUSDT", start, end, self.window_ms)
        assert [row["a"] for row in told] == [row["a"] for row in self.rows if start <= row["T"] <= end]
        return len(told)


@given(
    st.lists(st.integers(0, 3), min_size=0, max_size=30),
    st.integers(0, 30),
    st.integers(0, 40),
    st.none() | st.integers(2, 50),
)
async def test_pages_give_every_trade_of_the_period_once(steps, start, length, window_ms):
    times = [sum(steps[: place + 1]) for place in range(len(steps)) for _ in range(150)]
    await Pages(times, window_ms).read(start, start + length)


@pytest.mark.parametrize("window_ms", [None, FUTURES_WINDOW_MS])
async def test_a_full_page_that_is_the_last_is_followed_by_an_empty_one(window_ms):
    pages = Pages([7] * 1000, window_ms)
    assert await pages.read(0, 10) == 1000
    assert pages.asked == [(0, 10), 1000]


@pytest.mark.parametrize("window_ms", [None, FUTURES_WINDOW_MS])
async def test_trades_of_one_millisecond_over_the_border_of_a_page_are_all_told(window_ms):
    pages = Pages([3] * 999 + [5] * 2 + [9], window_ms)
    assert await pages.read(3, 5) == 1001
    assert pages.asked == [(3, 5), 1000]


async def test_futures_are_asked_for_less_than_an_hour_at_once_until_there_is_a_trade_and_then_by_its_id():
    hour = FUTURES_WINDOW_MS
    pages = Pages([7 * hour + 5, 9 * hour, 12 * hour], hour)
    assert await pages.read(20, 10 * hour) == 2
    assert pages.asked == [(20, hour + 19), "candles", (7 * hour, 8 * hour - 1), 1]


async def test_trades_that_the_exchange_counts_but_does_not_tell_are_passed_by():
    hour = FUTURES_WINDOW_MS
    pages = Pages([8 * hour + 1], hour)
    silent = Pages([2 * hour + 30 * 60_000, 8 * hour + 1], hour)
    pages.klines = silent.klines  # candles count a trade of the insurance fund, which is in no aggregate
    assert await pages.read(0, 10 * hour) == 1
    assert pages.asked[0] == (0, hour - 1)
    assert pages.asked[1:] == [(2 * hour, 3 * hour - 1), (3 * hour - 1, 4 * hour - 2), (8 * hour, 9 * hour - 1), 1]


async def test_a_period_of_futures_without_a_trade_is_not_asked_for_hour_by_hour():
    hour = FUTURES_WINDOW_MS
    pages = Pages([40 * hour], hour)
    assert await pages.read(0, DAY_MS - 1) == 0
    assert pages.asked == [(0, hour - 1), "candles"]
    assert await Pages([], hour).read(0, 0) == 0
