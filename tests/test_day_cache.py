"""Market data day by day: pages followed, days that are over kept and asked for once, one broken off resumed."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from binance_nb.verbs.day_cache import DAY_MS, folder_of, read_days
from binance_nb.verbs.recording import RecordingVerbs

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

    def __init__(self, times):
        self.rows = [{"a": number, "T": ms} for number, ms in enumerate(times)]

    async def agg_trades(self, _symbol, *, start_time, end_time, from_id, limit):
        rows = self.rows[from_id:] if from_id is not None else self.rows
        if start_time is not None:
            rows = [row for row in rows if start_time <= row["T"] <= end_time]
        return rows[:limit]


@given(st.lists(st.integers(0, 3), min_size=0, max_size=30), st.integers(0, 30), st.integers(0, 40))
async def test_pages_give_every_trade_of_the_period_once(steps, start, length):
    times = [sum(steps[: place + 1]) for place in range(len(steps)) for _ in range(150)]
    pages = Pages(times)
    client = type("Client", (), {"_spot": pages})()
    told = await RecordingVerbs._agg_trades(client, "BTCUSDT", start, start + length)
    assert [row["a"] for row in told] == [row["a"] for row in pages.rows if start <= row["T"] <= start + length]
