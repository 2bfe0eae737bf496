"""The exchange's clock and the waits between attempts."""

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binance_nb.errors import NetworkError
from binance_nb.transport import clock as clock_module
from binance_nb.transport.backoff import Backoff
from binance_nb.transport.clock import ServerClock


class Machine:
    """This machine's clocks, and an exchange that answers after a while with its own."""

    def __init__(self, offset_ms=0.0, there_s=0.05, back_s=0.05):
        self.monotonic_s = 100.0
        self.wall_s = 1_700_000_000.0
        self.offset_ms = offset_ms
        self.there_s, self.back_s = there_s, back_s
        self.asked = 0

    def monotonic(self):
        return self.monotonic_s

    def time(self):
        return self.wall_s

    def server_ms(self):
        return self.wall_s * 1000 + self.offset_ms

    def pass_(self, seconds):
        self.monotonic_s += seconds
        self.wall_s += seconds

    async def ask(self):
        self.asked += 1
        self.pass_(self.there_s)
        answer = int(self.server_ms())
        await asyncio.sleep(0)
        self.pass_(self.back_s)
        return answer


@pytest.fixture
def machine(monkeypatch):
    made = Machine()
    monkeypatch.setattr(clock_module, "time", made)
    return made


async def test_the_offset_is_taken_at_the_middle_of_the_round_trip(machine):
    machine.offset_ms = 5000.0
    clock = ServerClock(machine.ask)
    await clock.measure()
    assert clock.offset_ms == pytest.approx(5000, abs=1)
    assert clock.round_trip_ms == pytest.approx(100)
    assert await clock.timestamp_ms() == pytest.approx(machine.server_ms(), abs=2)


async def test_an_uneven_way_costs_half_of_the_difference(machine):
    machine.there_s, machine.back_s = 0.3, 0.1
    clock = ServerClock(machine.ask)
    await clock.measure()
    assert clock.offset_ms == pytest.approx((0.3 - 0.1) / 2 * 1000, abs=1)


async def test_it_is_measured_once_at_first_use(machine):
    clock = ServerClock(machine.ask)
    assert clock.offset_ms is None
    await asyncio.gather(*(clock.timestamp_ms() for _ in range(20)))
    machine.pass_(3600)
    await clock.timestamp_ms()
    assert machine.asked == clock.measurements == 1


@pytest.mark.parametrize("jump_s", [-7200.0, -0.5, 0.5, 86_400.0])
async def test_a_jump_of_the_system_clock_changes_nothing(machine, jump_s):
    clock = ServerClock(machine.ask)
    await clock.measure()
    truth = machine.server_ms()
    machine.wall_s += jump_s
    assert await clock.timestamp_ms() == pytest.approx(truth, abs=2)
    assert clock.offset_ms == pytest.approx(-jump_s * 1000, abs=2)  # told against the clock that jumped


async def test_time_goes_on_between_measurements(machine):
    clock = ServerClock(machine.ask)
    first = await clock.timestamp_ms()
    machine.pass_(12.5)
    assert await clock.timestamp_ms() - first == pytest.approx(12_500, abs=1)


async def test_callers_that_saw_the_same_measurement_share_the_next(machine):
    clock = ServerClock(machine.ask)
    await clock.measure()
    await asyncio.gather(*(clock.remeasure(1) for _ in range(10)))
    assert machine.asked == 2
    await clock.remeasure(1)
    assert machine.asked == 2
    await clock.remeasure(2)
    assert machine.asked == 3


async def test_a_measurement_that_fails_leaves_the_clock_usable(machine):
    async def fail():
        raise NetworkError("nobody there", sent=False)

    clock = ServerClock(fail)
    with pytest.raises(NetworkError):
        await clock.timestamp_ms()
    clock._read = machine.ask
    assert await clock.timestamp_ms() == pytest.approx(machine.server_ms(), abs=2)


@given(st.floats(0.01, 5), st.floats(5, 60), st.integers(0, 2**32), st.integers(1, 40))
def test_delays_double_within_their_bounds(first_s, longest_s, seed, tries):
    backoff = Backoff(first_s, longest_s, rng=random.Random(seed))
    for attempt in range(tries):
        size = min(longest_s, first_s * 2**attempt)
        assert size / 2 <= backoff.next_s() <= size


def test_delays_differ_between_clients_and_repeat_with_a_seed():
    assert Backoff(rng=random.Random(1)).next_s() == Backoff(rng=random.Random(1)).next_s()
    assert len({Backoff().next_s() for _ in range(20)}) > 1


def test_a_reset_begins_with_the_shortest_delay_again():
    backoff = Backoff(1.0, 64.0)
    for _ in range(10):
        backoff.next_s()
    backoff.reset()
    assert backoff.next_s() <= 1.0


def test_a_night_without_a_network_does_not_break_the_delays():
    backoff = Backoff()
    for _ in range(5000):
        assert backoff.next_s() <= 30.0
