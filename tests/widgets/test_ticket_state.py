"""The state of a ticket: an order is handed out for sending at most once, and only to a click that meant it."""

import threading
from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from binance_nb.widgets.ticket_state import ARMED_FOR_MS, DOUBLE_CLICK_MS, STALE_CLICK_MS, State, TicketState

READ_MS = DOUBLE_CLICK_MS + 1000


@dataclass(frozen=True)
class Order:
    """What the state sees of an order."""

    new_client_order_id: str
    symbol: str = "BTCUSDT"


@pytest.fixture
def armed():
    ticket = TicketState()
    ticket.arm(Order("a"), 0)
    return ticket


def confirm(ticket, name="a", *, at=READ_MS, now=None, **more):
    return ticket.confirm(name, clicked_at_ms=at, now_ms=at + 5 if now is None else now, **more)


def test_an_armed_order_is_handed_out_once(armed):
    assert confirm(armed).order == Order("a")
    assert armed.state is State.SUBMITTING


def test_a_second_click_gets_nothing_and_not_even_a_word(armed):
    confirm(armed)
    again = confirm(armed, at=READ_MS + 1)
    assert again.order is None
    assert again.word == ""


def test_a_click_without_an_armed_order_gets_nothing():
    assert confirm(TicketState()).order is None


def test_a_click_on_another_order_than_the_armed_one_gets_nothing(armed):
    armed.arm(Order("b"), 10)
    assert confirm(armed, "a").order is None
    assert confirm(armed, "b").order == Order("b")


def test_a_click_that_waited_is_refused_with_a_word_and_disarms(armed):
    verdict = confirm(armed, at=READ_MS, now=READ_MS + STALE_CLICK_MS + 1500)
    assert verdict.order is None
    assert "waited 4 s" in verdict.word
    assert "Nothing was ordered" in verdict.word
    assert armed.state is State.EDITING


def test_a_click_that_waited_a_little_is_good(armed):
    assert confirm(armed, now=READ_MS + STALE_CLICK_MS).order is not None


def test_the_second_half_of_a_double_click_does_not_confirm(armed):
    verdict = confirm(armed, at=DOUBLE_CLICK_MS - 1)
    assert verdict.order is None
    assert "double click" in verdict.word
    assert armed.state is State.ARMED


def test_an_order_armed_long_ago_is_refused(armed):
    verdict = confirm(armed, at=ARMED_FOR_MS + 1)
    assert verdict.order is None
    assert "more than a minute" in verdict.word


@pytest.mark.parametrize("typed", ["", "ETHUSDT", "BTC"])
def test_on_mainnet_the_symbol_must_be_typed(armed, typed):
    verdict = confirm(armed, must_type="BTCUSDT", typed=typed)
    assert verdict.order is None
    assert "Type BTCUSDT" in verdict.word
    assert armed.state is State.ARMED


def test_the_typed_symbol_may_be_in_small_letters(armed):
    assert confirm(armed, must_type="BTCUSDT", typed=" btcusdt ").order is not None


def test_a_disarmed_order_cannot_be_confirmed(armed):
    assert armed.disarm()
    assert confirm(armed).order is None


def test_an_order_on_its_way_cannot_be_disarmed_replaced_or_left(armed):
    confirm(armed)
    assert not armed.disarm()
    assert not armed.arm(Order("b"), 0)
    assert not armed.again()
    assert armed.order == Order("a")


def test_an_answer_settles_only_the_order_it_is_of(armed):
    confirm(armed)
    assert not armed.settle("b", State.DONE)
    assert armed.settle("a", State.DONE)
    assert armed.again()
    assert armed.state is State.EDITING


def test_an_unknown_order_can_be_settled_later(armed):
    confirm(armed)
    armed.settle("a", State.UNKNOWN)
    assert armed.settle("a", State.DONE)
    assert armed.state is State.DONE


def test_of_many_threads_that_confirm_at_once_one_gets_the_order(armed):
    start = threading.Barrier(8)
    got = []

    def click():
        start.wait(5)
        got.append(confirm(armed).order)

    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert [order for order in got if order is not None] == [Order("a")]


class Clicks(RuleBasedStateMachine):
    """Any sequence of clicks and answers hands out each order at most once, and one at a time."""

    def __init__(self):
        super().__init__()
        self.ticket = TicketState()
        self.now = 0.0
        self.made = 0
        self.sent = []
        self.open = None

    @rule(pause=st.integers(0, 3000))
    def wait(self, pause):
        self.now += pause

    @rule()
    def arm(self):
        self.made += 1
        if self.ticket.arm(Order(str(self.made)), self.now):
            assert self.open is None

    @rule(lag=st.integers(0, 4000), back=st.integers(0, 2))
    def confirm(self, lag, back):
        verdict = self.ticket.confirm(str(self.made - back), clicked_at_ms=self.now - lag, now_ms=self.now)
        if verdict.order is not None:
            assert self.open is None
            assert lag <= STALE_CLICK_MS
            self.open = verdict.order.new_client_order_id
            self.sent.append(self.open)

    @rule()
    def disarm(self):
        self.ticket.disarm()

    @rule()
    def again(self):
        self.ticket.again()

    @precondition(lambda self: self.open is not None)
    @rule(state=st.sampled_from([State.DONE, State.REFUSED, State.UNKNOWN]))
    def answer(self, state):
        assert self.ticket.settle(self.open, state)
        self.open = None

    @invariant()
    def nothing_is_sent_twice(self):
        assert len(self.sent) == len(set(self.sent))

    @invariant()
    def it_says_submitting_exactly_while_an_order_is_on_its_way(self):
        assert (self.ticket.state is State.SUBMITTING) == (self.open is not None)


TestClicks = Clicks.TestCase
TestClicks.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
