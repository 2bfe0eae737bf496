"""The log of requests: an exchange of the same seed goes through the same states again, bit by bit."""

from decimal import Decimal

from binance_nb.models.enums import SymbolStatus
from binance_nb.sandbox.engine.events import OrderUpdate
from binance_nb.sandbox.engine.exchange import Exchange
from binance_nb.sandbox.engine.journal import replay
from binance_nb.sandbox.engine.records import CommissionRates, Rates
from binance_nb.sandbox.market import Market, MarketSettings, default_exchange_spec, default_symbols


def state(exchange):
    """Everything an exchange shows, as text."""
    shown = [repr(event) for event in exchange.drain_events()]
    for symbol in exchange.symbols:
        shown += [repr(exchange.depth(symbol, 5000)), repr(exchange.recent_trades(symbol, 1000))]
    return shown


def test_a_run_with_a_market_is_reproduced_from_seed_and_log(make_world):
    specs = default_symbols()[:2]
    log = []
    first = Exchange(specs, spec=default_exchange_spec(specs), seed=11, journal=log.append)
    market = Market(first, seed=11, settings=MarketSettings(history_hours=0.1, levels=10))
    now_us = 1_790_000_000_000_000
    market.open(now_us)
    helper = make_world()
    you = first.open_account(
        {"BTC": Decimal(1), "USDT": Decimal(10**6)},
        now_us,
        commission=CommissionRates(standard=Rates(taker=Decimal("0.001")), discount_enabled_for_account=True),
    )
    for step in range(30):
        now_us += 100_000
        market.step(now_us)
        if step % 5 == 0:
            first.place_order(you, helper.order("MARKET", "BUY", "0.01"), now_us)
    first.set_symbol_status("ETHUSDT", SymbolStatus.HALT, now_us)
    first.reset_account(you, {"BTC": Decimal(2)}, now_us)

    second = Exchange(specs, spec=default_exchange_spec(specs), seed=11)
    replay(log, second)
    expected = state(first)
    assert any("OrderUpdate" in line for line in expected)
    assert state(second) == expected
    assert second.totals() == first.totals()


def test_refused_requests_are_refused_again(world, refusal):
    log = []
    world.exchange.journal = log.append
    account = world.account({"USDT": 1})
    refusal(world.limit, account, "BUY", 5, 1)
    order = world.limit(account, "BUY", 1, 1)
    world.cancel(account, order)
    refusal(world.cancel, account, order)
    again = Exchange(tuple(world.exchange.symbols.values()), spec=world.exchange.spec, seed=1)
    replay(log, again)
    kinds = [event.execution_type for event in again.drain_events() if isinstance(event, OrderUpdate)]
    assert kinds == ["NEW", "CANCELED"]


def test_another_seed_makes_other_names(make_world):
    one, two = make_world(seed=1), make_world(seed=2)
    names = [world.limit(world.account(), "BUY", 1, 1).order.client_order_id for world in (one, two)]
    assert names[0] != names[1]
    assert all(len(name) == 22 for name in names)


def test_every_kind_of_request_goes_through_the_log(world):
    """What a line says is what was asked: lists, amendments, replaces and their enumerations included."""
    log = []
    world.exchange.journal = log.append
    account = world.account()
    world.trade_at(100)
    placed = world.place_list(
        account,
        "OCO",
        world.order("LIMIT_MAKER", "SELL", 2, 110, iceberg_qty=1),
        world.order("STOP_LOSS_LIMIT", "SELL", 2, 89, stop_price=90, tif="IOC"),
        list_client_order_id="list",
    )
    world.amend(account, placed.placements[1].order, 1)
    world.cancel_list(account, placed.order_list.order_list_id)
    order = world.limit(account, "BUY", 1, 50)
    world.replace(account, order.order.order_id, world.order("LIMIT", "BUY", 1, 51), "ALLOW_FAILURE")
    world.exchange.cancel_open_orders(account, "BTCUSDT", world.tick())
    world.exchange.deposit(account, "BTC", Decimal("0.1"), world.tick())
    again = Exchange(tuple(world.exchange.symbols.values()), spec=world.exchange.spec, seed=1)
    replay(log, again)
    assert state(again) == state(world.exchange)
