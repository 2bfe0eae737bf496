"""The control client: every command reaches the exchange and says what it did."""

import asyncio
from decimal import Decimal

import pytest

from binance_nb.sandbox.control import SandboxControl, SandboxControlError


class Steered:
    """The synchronous control client, called from a thread so that the server's loop can answer."""

    def __init__(self, caller):
        self._control = SandboxControl(caller.server.rest_url)

    def __getattr__(self, name):
        async def call(*args, **options):
            return await asyncio.to_thread(getattr(self._control, name), *args, **options)

        return call


@pytest.fixture
def control(caller):
    return Steered(caller)


async def test_time_moves_as_told(caller, control):
    before = caller.venue.clock.now_us()
    assert await control.step(1_500) == before + 1_500_000
    assert await control.run_market(3) == before + 1_800_000
    await control.shift_clock(-250)
    assert (await control.state())["shift_ms"] == -250


async def test_sockets_are_counted(caller, control):
    kept = [await caller.ws_api(), await caller.stream("/ws")]
    assert (await control.state())["connections"] == 2
    assert await control.freeze_sockets() == 2
    assert await control.drop_sockets() == len(kept)


async def test_faults_are_set_and_cleared(caller, control):
    await control.fault("timeout", "order.place", times=2, executed=False)
    await control.stream_fault("duplicate", "executionReport")
    await control.maintenance()
    faults = (await control.state())["faults"]
    assert faults == {
        "maintenance": True,
        "answers": [{"kind": "timeout", "method": "order.place", "times": 2}],
        "streams": [{"kind": "duplicate", "event": "executionReport", "times": 1}],
    }
    await control.clear_faults()
    assert (await control.state())["faults"] == {"maintenance": False, "answers": [], "streams": []}
    assert await control.release_events() == 0


async def test_accounts_keys_and_money(caller, control):
    await control.open_account("second", {"USDT": 10}, trade_group_id=4)
    made = await control.add_key("second", permissions=["USER_DATA"])
    assert made["api_secret"] not in repr(made)
    caller.api_key, caller.secret = made["api_key"], made["api_secret"]
    await control.deposit("USDT", "2.5", "second")
    await control.withdraw("USDT", 1, "second")
    balances = (await caller.signed("GET", "account", omitZeroBalances="true")).json["balances"]
    assert balances == [{"asset": "USDT", "free": "11.50000000", "locked": "0.00000000"}]
    await control.reset_account("second")
    balances = (await caller.signed("GET", "account", omitZeroBalances="true")).json["balances"]
    assert balances == [{"asset": "USDT", "free": "10.00000000", "locked": "0.00000000"}]
    await control.revoke_key(made["api_key"])
    assert (await caller.signed("GET", "account")).json["code"] == -2015
    with pytest.raises(SandboxControlError, match="there is an account 'second' already"):
        await control.open_account("second", {})


async def test_the_house_trades_against_the_book(caller, control):
    placed = (await caller.order("BUY", "1", "100")).json
    answer = await control.counter_order("BTCUSDT", "SELL", "0.25", 100)
    assert answer["status"] == "FILLED"
    assert (await control.counter_order("BTCUSDT", "SELL", "0.25"))["fills"][0]["price"] == "100.00000000"
    found = (await caller.signed("GET", "order", symbol="BTCUSDT", orderId=placed["orderId"])).json
    assert found["executedQty"] == "0.50000000"


async def test_the_market_goes_where_it_is_told(make_caller):
    caller = await make_caller(market=True, symbols=("BTCUSDT",))
    control = Steered(caller)
    await control.pin_price("BTCUSDT", "90000.50")
    await control.run_market(10)
    top = caller.venue.exchange.book_ticker("BTCUSDT")
    assert Decimal(89_990) < top.bid_price < Decimal("90000.50") < top.ask_price < Decimal(90_010)
    await control.pin_price("BTCUSDT")
    with pytest.raises(SandboxControlError, match="a price is a number above zero"):
        await control.pin_price("BTCUSDT", -1)
    with pytest.raises(SandboxControlError, match="does not quote 'NOSUCH'"):
        await control.pin_price("NOSUCH", 1)


async def test_a_sandbox_without_a_market_has_no_price_to_pin(caller, control):
    with pytest.raises(SandboxControlError, match="started without a market"):
        await control.pin_price("BTCUSDT", 100)


async def test_limits_and_symbols_are_changed(caller, control):
    await control.set_limits(weight=1)
    assert [(await caller.get("ping")).status for _ in range(2)] == [200, 429]
    await control.reset_limits()
    assert (await caller.get("ping")).status == 200
    await control.set_symbol_status("BTCUSDT", "BREAK")
    assert (await control.state())["symbols"]["BTCUSDT"]["status"] == "BREAK"


async def test_refusals_say_why(caller, control):
    with pytest.raises(SandboxControlError, match="refused withdraw: Account has insufficient balance"):
        await control.withdraw("BTC", "1000000")
    with pytest.raises(SandboxControlError, match=r"refused symbol_status: .*SLEEPING"):
        await control.set_symbol_status("BTCUSDT", "SLEEPING")
    with pytest.raises(SandboxControlError, match="refused counter_order: Invalid symbol"):
        await control.counter_order("NOSUCH", "BUY", 1)
    with pytest.raises(SandboxControlError, match="no account 'nobody'"):
        await control.add_key("nobody")


async def test_futures_are_steered_too(caller, control):
    await control.open_account("second", {"USDT": 10}, futures_balance=500)
    account = caller.venue.futures.account_id("second")
    exchange = caller.venue.futures.exchange
    assert exchange.account(account).wallet_balance == 500
    await control.deposit("USDT", 20, "second", product="futures")
    await control.withdraw("USDT", 5, "second", product="futures")
    assert exchange.account(account).wallet_balance == 515
    await control.pin_mark_price("BTCUSDT", 50_000)
    await control.pin_funding_rate("BTCUSDT", "0.001")
    assert exchange.mark_price("BTCUSDT").last_funding_rate == Decimal("0.001")
    placed = await control.counter_order("BTCUSDT", "BUY", "1", "49999", product="futures")
    assert placed["status"] == "NEW"
    assert exchange.book_ticker("BTCUSDT").bid_price == 49_999
    await control.set_limits(product="futures", weight=7)
    assert caller.venue.futures.limits.settings.weight.limit == 7
    assert caller.venue.limits.settings.weight.limit == 6_000
    await control.futures_streams("both")
    assert (await control.state())["futures"]["streams"] == "both"
    with pytest.raises(SandboxControlError, match="there is no product 'options'"):
        await control.deposit("USDT", 1, product="options")
