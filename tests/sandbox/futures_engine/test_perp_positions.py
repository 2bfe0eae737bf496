"""Positions and margin: entry prices, profit, hedge mode, leverage, isolated margin, liquidation, funding, income."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from perp_world import BTC, PerpWorld, code_of

from binance_nb.models.enums import FuturesExecutionType, MarginType, PositionSide
from binance_nb.sandbox.engine.units import SCALE
from binance_nb.sandbox.futures.events import (
    AccountConfigUpdate,
    AccountUpdate,
    MarginCall,
    OrderUpdate,
    PublicLiquidation,
)
from binance_nb.sandbox.futures.margin import bracket_of, maintenance_u
from binance_nb.sandbox.futures.position import Position
from binance_nb.sandbox.futures.specs import default_symbols

HOUR_MS = 3_600_000


def test_a_position_averages_its_entry_and_realises_what_it_closes(perp: PerpWorld) -> None:
    me, other = perp.account(), perp.account()
    perp.trade(me, other, "0.01", 100_000)
    perp.trade(me, other, "0.03", 101_000)
    view = perp.position(me)
    assert (view.position_amt, view.entry_price) == (Decimal("0.04"), Decimal(100_750))
    perp.events()
    perp.limit(other, "BUY", "0.02", "101750")
    perp.market(me, "SELL", "0.02")
    (fill,) = [one for one in perp.events(OrderUpdate) if one.account_id == me and one.last_u]
    assert fill.realized_profit == Decimal(20)
    assert fill.commission == Decimal("0.02") * 101_750 * Decimal("0.0005")
    assert perp.position(me).entry_price == Decimal(100_750)
    (row,) = perp.exchange.user_trades(me, BTC, now_us=perp.now_us)[-1:]
    assert (row.realized_pnl, row.is_maker, row.is_buyer) == (Decimal(20), False, False)


def test_one_way_mode_turns_a_position_through_zero(perp: PerpWorld) -> None:
    me, other = perp.account(), perp.account()
    perp.trade(me, other, "0.01", 100_000)
    perp.trade(other, me, "0.03", 100_500)
    view = perp.position(me)
    assert (view.position_amt, view.entry_price) == (Decimal("-0.02"), Decimal(100_500))
    assert perp.position(other).position_amt == Decimal("0.02")


def test_unrealised_profit_and_break_even_follow_mark_price_and_commissions(perp: PerpWorld) -> None:
    me, other = perp.account(), perp.account()
    perp.trade(me, other, "0.01", 100_000)
    perp.mark("103000")
    view = perp.position(me)
    assert view.unrealized_profit == Decimal(30)
    assert view.break_even_price == Decimal(100_050)
    assert perp.position(other).break_even_price == Decimal(99_980)
    assert perp.exchange.account(me).margin_balance == Decimal(1_000_000) + 30 - Decimal("0.5")


def test_hedge_mode_holds_both_sides_and_never_nets(perp: PerpWorld) -> None:
    me, other = perp.account(), perp.account()
    perp.exchange.set_position_mode(me, perp.tick(), dual=True)
    perp.limit(other, "SELL", "0.02", "100000")
    perp.limit(me, "BUY", "0.02", "100000", side_of="LONG")
    perp.limit(other, "BUY", "0.03", "100000")
    perp.limit(me, "SELL", "0.03", "100000", side_of="SHORT")
    assert perp.position(me, "LONG").position_amt == Decimal("0.02")
    assert perp.position(me, "SHORT").position_amt == Decimal("-0.03")
    assert code_of(lambda: perp.limit(me, "SELL", "0.021", "100000", side_of="LONG")) == -2022
    assert code_of(lambda: perp.limit(me, "BUY", "0.01", "100000")) == -4061
    assert code_of(lambda: perp.limit(me, "BUY", "0.01", "100000", side_of="LONG", reduce_only=False)) == -1106
    assert code_of(lambda: perp.limit(other, "BUY", "0.01", "100000", side_of="LONG")) == -4061


def test_closing_orders_of_hedge_mode_share_what_there_is(perp: PerpWorld) -> None:
    me, other = perp.account(), perp.account()
    perp.exchange.set_position_mode(me, perp.tick(), dual=True)
    perp.limit(other, "SELL", "0.02", "100000")
    perp.limit(me, "BUY", "0.02", "100000", side_of="LONG")
    perp.limit(me, "SELL", "0.015", "101000", side_of="LONG")
    assert code_of(lambda: perp.limit(me, "SELL", "0.006", "101000", side_of="LONG")) == -2022
    assert code_of(lambda: perp.limit(me, "SELL", "0.005", "101000", side_of="LONG")) == 0


def test_the_position_mode_changes_only_without_orders_and_positions(perp: PerpWorld) -> None:
    me, other = perp.account(), perp.account()

    def flip(dual: bool) -> int:
        return code_of(lambda: perp.exchange.set_position_mode(me, perp.tick(), dual=dual))

    assert flip(False) == -4059
    order = perp.limit(me, "BUY", "0.01", "99000")
    assert flip(True) == -4067
    perp.cancel(me, order)
    perp.trade(me, other, "0.01")
    assert flip(True) == -4068
    perp.trade(other, me, "0.01")
    assert flip(True) == 0
    assert perp.exchange.account_config(me).dual_side_position


def test_margin_is_taken_by_leverage_and_given_back(perp: PerpWorld) -> None:
    me, other = perp.account(1_000), perp.account()
    order = perp.limit(me, "BUY", "0.1", "100000")
    account = perp.exchange.account(me)
    assert (account.open_order_initial_margin, account.available_balance) == (Decimal(500), Decimal(500))
    assert code_of(lambda: perp.limit(me, "BUY", "0.2", "100000")) == -2019
    perp.cancel(me, order)
    assert perp.exchange.account(me).available_balance == Decimal(1_000)
    perp.exchange.set_leverage(me, BTC, 100, perp.tick())
    perp.limit(me, "BUY", "0.4", "100000")
    perp.limit(other, "SELL", "0.4", "100000")
    account = perp.exchange.account(me)
    assert (account.position_initial_margin, account.open_order_initial_margin) == (Decimal(400), Decimal(0))


def test_orders_that_close_take_no_margin(perp: PerpWorld) -> None:
    me, other = perp.account(1_000), perp.account()
    perp.trade(me, other, "0.15")
    before = perp.exchange.account(me).available_balance
    perp.limit(me, "SELL", "0.15", "101000")
    assert perp.exchange.account(me).available_balance == before
    assert code_of(lambda: perp.limit(me, "SELL", "0.3", "101000")) == -2019


def test_leverage_has_bounds_by_bracket(perp: PerpWorld) -> None:
    me, other = perp.account(), perp.account()

    def leverage(value: int) -> int:
        return code_of(lambda: perp.exchange.set_leverage(me, BTC, value, perp.tick()))

    assert leverage(0) == leverage(126) == -4028
    perp.events()
    assert leverage(125) == 0
    assert perp.events() == [AccountConfigUpdate(account_id=me, time_us=perp.now_us, symbol=BTC, leverage=125)]
    assert perp.exchange.symbol_config(me, BTC)[0].max_notional == Decimal(300_000)
    assert code_of(lambda: perp.limit(me, "BUY", "3.1", "100000")) == -2027
    assert leverage(100) == 0
    perp.trade(me, other, "7")
    assert leverage(125) == -2027
    perp.exchange.transfer(me, Decimal(-992_000), perp.tick())
    assert leverage(10) == -2028
    assert perp.exchange.symbol_config(me, BTC)[0].leverage == 100


@given(st.integers(0, 2_000_000_000))
def test_maintenance_margin_is_continuous_over_the_brackets(value: int) -> None:
    for spec in default_symbols():
        for bracket in spec.brackets:
            edge = bracket.notional_cap * SCALE
            assert abs(maintenance_u(spec, edge + 1) - maintenance_u(spec, edge)) <= 1
        assert maintenance_u(spec, value * SCALE) == maintenance_u(spec, -value * SCALE)
        assert bracket_of(spec, value * SCALE).notional_floor <= value


def test_isolated_margin_moves_with_the_position(perp: PerpWorld) -> None:
    me, other = perp.account(10_000), perp.account()
    assert code_of(lambda: perp.exchange.set_margin_type(me, BTC, MarginType.CROSSED, perp.tick())) == -4046
    perp.exchange.set_margin_type(me, BTC, MarginType.ISOLATED, perp.tick())
    perp.trade(me, other, "0.1")
    view = perp.position(me)
    assert (view.isolated_wallet, view.margin_type) == (Decimal(500), MarginType.ISOLATED)
    assert code_of(lambda: perp.exchange.set_margin_type(me, BTC, MarginType.CROSSED, perp.tick())) == -4048
    assert code_of(lambda: perp.exchange.set_leverage(me, BTC, 10, perp.tick())) == -4161
    perp.exchange.change_position_margin(me, BTC, Decimal(300), 1, perp.tick())
    assert perp.position(me).isolated_wallet == Decimal(800)
    assert code_of(lambda: perp.exchange.change_position_margin(me, BTC, Decimal(301), 2, perp.tick())) == -4051
    perp.exchange.change_position_margin(me, BTC, Decimal(300), 2, perp.tick())
    assert code_of(lambda: perp.exchange.change_position_margin(me, BTC, Decimal(99_999), 1, perp.tick())) == -4050
    assert code_of(lambda: perp.exchange.change_position_margin(other, BTC, Decimal(1), 1, perp.tick())) == -4054
    assert code_of(lambda: perp.exchange.change_position_margin(me, BTC, Decimal(0), 1, perp.tick())) == -4055
    perp.trade(other, me, "0.05")
    assert perp.position(me).isolated_wallet == Decimal(250)
    assert perp.exchange.account(me).cross_wallet_balance == perp.exchange.account(me).wallet_balance - 250


def test_margin_is_called_before_it_runs_out(perp: PerpWorld) -> None:
    me, other = perp.account(1_000), perp.account()
    perp.trade(me, other, "0.1")
    perp.mark("90500")
    (call,) = perp.events(MarginCall)
    assert call.account_id == me
    assert call.positions[0].unrealized_profit == Decimal(-950)
    perp.mark("90490")
    assert perp.events(MarginCall) == []


@pytest.mark.parametrize("margin_type", list(MarginType))
@pytest.mark.parametrize(("side", "beyond", "sign"), [("BUY", -1, -1), ("SELL", 1, 1)])
def test_a_position_is_liquidated_just_where_it_was_said_to_be(
    perp: PerpWorld, margin_type: MarginType, side: str, beyond: int, sign: int
) -> None:
    me, other = perp.account(1_000), perp.account()
    if margin_type is MarginType.ISOLATED:
        perp.exchange.set_margin_type(me, BTC, margin_type, perp.tick())
    perp.trade(*((me, other) if side == "BUY" else (other, me)), "0.103")
    resting = perp.limit(me, side, "0.001", 99_000 if side == "BUY" else 101_000)
    said = perp.position(me).liquidation_price
    assert (said - 100_000) * sign > 0
    perp.mark(str((said - beyond).quantize(Decimal(1))))
    assert abs(perp.position(me).position_amt) == Decimal("0.103")
    perp.events()
    perp.mark(str((said + beyond).quantize(Decimal(1))))
    events = perp.events()
    assert perp.position(me).position_amt == 0
    assert perp.again(me, resting).status == "CANCELED"
    last = [one for one in events if isinstance(one, OrderUpdate) and one.account_id == me][-1]
    assert last.execution_type is FuturesExecutionType.CALCULATED
    assert last.order.client_order_id.startswith("autoclose-")
    assert (last.order.status, last.order.expiry_reason) == ("FILLED", 5)
    assert any(isinstance(one, PublicLiquidation) for one in events)
    wallet = perp.exchange.account(me).wallet_balance
    assert wallet >= (400 if margin_type is MarginType.ISOLATED else 0)
    totals = perp.exchange.totals()
    assert totals["insurance"] >= 0
    assert sum(totals.values()) - totals["deposited"] == totals["deposited"]


def test_the_insurance_fund_pays_for_a_bankrupt_account(perp: PerpWorld) -> None:
    me, other = perp.account(1_000), perp.account()
    perp.trade(me, other, "0.1")
    perp.events()
    perp.mark("85000")
    assert perp.position(me).position_amt == 0
    assert perp.exchange.account(me).wallet_balance == 0
    deficit = Decimal(1_000) - 5 - 1_500
    assert perp.exchange.totals()["insurance"] == deficit
    updates = [one for one in perp.events(AccountUpdate) if one.account_id == me]
    assert [one.reason for one in updates] == ["ORDER", "INSURANCE_CLEAR"]
    assert updates[0].balances[0].wallet_balance == deficit
    assert updates[1].balances[0].balance_change == -deficit


def test_liquidation_stops_when_the_margin_suffices_again(perp: PerpWorld) -> None:
    me, other = perp.account(1_500), perp.account()
    perp.mark("3000", "ETHUSDT")
    perp.trade(me, other, "0.1")
    perp.limit(other, "SELL", "1", "3000", symbol="ETHUSDT")
    perp.limit(me, "BUY", "1", "3000", symbol="ETHUSDT")
    perp.limit(other, "BUY", "0.1", "95100")
    perp.mark("85500")
    assert perp.position(me).position_amt == 0
    assert perp.position(me, symbol="ETHUSDT").position_amt == 1
    account = perp.exchange.account(me)
    assert account.margin_balance > account.maint_margin


@pytest.mark.parametrize(("rate", "pays"), [("0.0001", 1), ("-0.0003", -3)])
def test_funding_goes_from_one_side_to_the_other(perp: PerpWorld, rate: str, pays: int) -> None:
    me, other = perp.account(), perp.account()
    perp.trade(me, other, "0.1")
    before = [perp.exchange.account(one).wallet_balance for one in (me, other)]
    perp.exchange.pin_funding_rate(BTC, Decimal(rate), perp.now_us)
    due_us = perp.exchange.mark_price(BTC).next_funding_us
    perp.events()
    perp.advance((due_us - perp.now_us) // 1000 - 1)
    assert perp.exchange.funding_rates(BTC) == ()
    perp.advance(2)
    after = [perp.exchange.account(one).wallet_balance for one in (me, other)]
    assert [a - b for a, b in zip(after, before, strict=True)] == [Decimal(-pays), Decimal(pays)]
    updates = [one for one in perp.events(AccountUpdate) if one.account_id == me]
    assert [(one.reason, one.symbol, one.positions) for one in updates] == [("FUNDING_FEE", BTC, ())]
    assert updates[0].balances[0].balance_change == Decimal(-pays)
    (row,) = perp.exchange.funding_rates(BTC)
    assert (row.rate, row.funding_us, row.mark_price) == (Decimal(rate), due_us, Decimal(100_000))
    (income,) = perp.exchange.income(me, now_us=perp.now_us, income_type="FUNDING_FEE")
    assert (income.income, income.symbol) == (Decimal(-pays), BTC)


def test_every_funding_of_a_long_step_is_paid(perp: PerpWorld) -> None:
    me, other = perp.account(), perp.account()
    perp.trade(me, other, "0.1")
    perp.advance(24 * HOUR_MS)
    assert len(perp.exchange.funding_rates(BTC)) == 3
    assert len(perp.exchange.income(me, now_us=perp.now_us, income_type="FUNDING_FEE")) == 3


def test_the_wallet_is_the_sum_of_its_income(perp: PerpWorld) -> None:
    me, other = perp.account(), perp.account()
    perp.trade(me, other, "0.1")
    perp.trade(other, me, "0.04", 100_400)
    perp.advance(9 * HOUR_MS)
    perp.exchange.transfer(me, Decimal(-10), perp.tick())
    rows = perp.exchange.income(me, now_us=perp.now_us)
    assert sum(one.income for one in rows) == perp.exchange.account(me).wallet_balance - 1_000_000
    assert {one.income_type for one in rows} == {"COMMISSION", "REALIZED_PNL", "FUNDING_FEE", "TRANSFER"}


def test_money_in_use_does_not_leave_the_account(perp: PerpWorld) -> None:
    me, other = perp.account(1_000), perp.account()
    perp.trade(me, other, "0.1")
    perp.mark("105000")
    most = perp.exchange.account(me).max_withdraw_amount
    assert most < 1_000 - 500
    assert code_of(lambda: perp.exchange.transfer(me, -most - 1, perp.tick())) == -2019
    assert code_of(lambda: perp.exchange.transfer(me, -most, perp.tick())) == 0


def test_a_reset_account_is_as_new_and_no_money_is_lost(perp: PerpWorld) -> None:
    me, other = perp.account(1_000), perp.account()
    perp.trade(me, other, "0.1")
    perp.limit(me, "BUY", "0.01", "99000")
    perp.algo(me, "STOP_MARKET", "SELL", "0.1", trigger_price="99000")
    perp.mark("101000")
    perp.exchange.reset_account(me, Decimal(5_000), perp.tick())
    assert perp.exchange.account(me).wallet_balance == Decimal(5_000)
    assert perp.exchange.positions(me) == ()
    assert perp.exchange.open_orders(me) == perp.exchange.open_algo_orders(me) == ()
    totals = perp.exchange.totals()
    assert sum(totals.values()) - totals["deposited"] == totals["deposited"]


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 500), st.integers(90_000, 110_000)), max_size=30))
def test_profit_and_cost_of_a_position_are_exact(fills: list[tuple[bool, int, int]]) -> None:
    position = Position(BTC, PositionSide.BOTH)
    cash = realized = amount = 0
    for is_buy, lots, price in fills:
        quantity_u, price_u = lots * 100_000, price * SCALE
        held = abs(position.amount_u)
        filled = position.fill(price_u, quantity_u, 20, is_buy=is_buy, isolated=True)
        sign = 1 if is_buy else -1
        cash -= sign * lots * price * 100_000
        amount += sign * quantity_u
        realized += filled.realized_u
        assert filled.closed_u + filled.opened_u == quantity_u
        assert abs(position.amount_u) == held - filled.closed_u + filled.opened_u
        assert position.isolated_u >= 0
    assert position.amount_u == amount
    # What was realised and what the position is worth together are what changed hands.
    assert realized - position.cost_u == cash


def test_public_prices_of_a_symbol_are_told(perp: PerpWorld) -> None:
    perp.exchange.pin_mark_price(BTC, None, perp.tick())
    perp.exchange.set_index_price(BTC, Decimal("100010.123456"), perp.tick())
    perp.advance(1)
    row = perp.exchange.mark_price(BTC)
    assert row.index_price == Decimal("100010.123456")
    assert abs(row.mark_price - row.index_price) < 50
    assert row.last_funding_rate == Decimal("0.0001")
    assert row.next_funding_us % (8 * HOUR_MS * 1000) == 0
