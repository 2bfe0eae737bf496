"""Gap recovery against a scripted exchange: what the stream missed is told once, in order, and marked as recovered."""

import asyncio
from decimal import Decimal

import pytest
from scripted import SERVER_TIME, answer, drop, eventually, execution_report, refuse, trade_report

from binance_nb.stream.ledger import Ledger
from binance_nb.stream.subscribers import ReportIterator, Subscription

TRADES, OPEN, ORDER, ALL = "/api/v3/myTrades", "/api/v3/openOrders", "/api/v3/order", "/api/v3/allOrders"


def order(order_id=1, executed="0.00000000", **changes):
    spent = str(Decimal(executed) * 60000)
    return {
        "symbol": "BTCUSDT",
        "orderId": order_id,
        "orderListId": -1,
        "clientOrderId": f"nb-{order_id}",
        "price": "60000.00000000",
        "origQty": "2.00000000",
        "executedQty": executed,
        "cummulativeQuoteQty": spent,
        "origQuoteOrderQty": "0.00000000",
        "status": "PARTIALLY_FILLED" if Decimal(executed) else "NEW",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "stopPrice": "0.00000000",
        "icebergQty": "0.00000000",
        "time": SERVER_TIME,
        "updateTime": SERVER_TIME + 500,
        "isWorking": True,
        "workingTime": SERVER_TIME,
        "selfTradePreventionMode": "NONE",
        **changes,
    }


def trade(trade_id, order_id=1, **changes):
    return {
        "symbol": "BTCUSDT",
        "id": trade_id,
        "orderId": order_id,
        "orderListId": -1,
        "price": "60000.00000000",
        "qty": "0.50000000",
        "quoteQty": "30000.00000000",
        "commission": "0.00050000",
        "commissionAsset": "BTC",
        "time": SERVER_TIME + trade_id,
        "isBuyer": True,
        "isMaker": True,
        "isBestMatch": True,
        **changes,
    }


def heard(trade_id, **changes):
    """The report of a trade as the stream tells it, its sums being those of an order filled by halves."""
    total = Decimal("0.5") * trade_id
    return trade_report(trade_id, **{"q": "2.00000000", "z": f"{total:.8f}", "Z": f"{total * 60000:.8f}", **changes})


NEW = execution_report(q="2.00000000")


def send(*events, close=False):
    async def script(socket):
        await socket.accept()
        for event in events:
            await socket.event(event)
        if close:
            await socket.ws.close()
        else:
            await socket.stay()

    return script


@pytest.fixture
def recovering(exchange, make_manager):
    """A manager that recovers; its exchange knows one order with these trades."""

    def make(*trades, status="PARTIALLY_FILLED", still_open=True, **settings):
        executed = f"{sum((Decimal(each['qty']) for each in trades), Decimal(0)):.8f}"
        state = order(executed=executed, status=status)
        exchange.on("GET", OPEN, answer([]), answer([state] if still_open else []))
        exchange.on("GET", TRADES, answer(list(trades)))
        exchange.on("GET", ORDER, answer(state))
        return make_manager(recovers=True, **settings)

    return make


async def told(manager, reports, *, gaps=1):
    await eventually(lambda: len(manager.ledger.gaps) >= gaps and manager.status.state == "connected")
    reports.close()
    return [report async for report in reports]


async def test_what_was_missed_is_told_between_what_was_heard(exchange, recovering):
    manager = recovering(trade(1), trade(2), trade(3))
    reports = ReportIterator(manager.subscribers)
    exchange.on_socket(send(NEW, heard(1), close=True), send(heard(3)))
    await manager.start()
    heard_of = await told(manager, reports)
    assert [(each.execution_type, each.trade_id, each.source) for each in heard_of] == [
        ("NEW", -1, "stream"),
        ("TRADE", 1, "stream"),
        ("TRADE", 2, "recovered"),
        ("TRADE", 3, "stream" if heard_of[3].source == "stream" else "recovered"),
    ]
    assert [each.cumulative_filled_qty for each in heard_of] == [0, Decimal("0.5"), 1, Decimal("1.5")]
    assert [each.number for each in heard_of] == [1, 2, 3, 4]
    await eventually(lambda: manager.ledger.fills_frame()["source"].tolist() == ["stream", "recovered", "stream"])
    assert manager.ledger.reports_frame()["source"].tolist() == ["stream", "stream", "recovered", "stream"]


async def test_the_list_of_trades_is_read_from_the_last_confirmed_id_and_not_from_the_last_heard(exchange, recovering):
    manager = recovering(trade(1), trade(2))

    async def cut_later(socket):
        await socket.accept()
        await eventually(lambda: manager.ledger.gaps)
        await socket.event(heard(3))
        await socket.ws.close()

    exchange.on_socket(send(NEW, heard(1), close=True), cut_later, send())
    await manager.start()
    await eventually(lambda: len(manager.ledger.gaps) == 2)
    asked = [seen.params for seen in exchange.requests("GET", TRADES)]
    assert asked[0]["startTime"] == str(SERVER_TIME - 1)
    assert asked[-1]["fromId"] == "2"  # the one confirmed last, to see that it is still there


async def test_a_gap_is_a_record(exchange, recovering):
    manager = recovering(trade(1), trade(2), status="CANCELED", still_open=False)
    exchange.on_socket(send(NEW, close=True), send())
    await manager.start()
    await eventually(lambda: manager.ledger.gaps)
    frame = manager.ledger.gaps_frame()
    row = frame.iloc[0]
    assert (row["symbols"], row["reports"], row["fills"]) == ("BTCUSDT", 3, 2)
    assert bool(row["is_complete"])
    assert row["gap_start"] <= row["gap_end"]
    assert row["reason"] == "the server closed the connection"


async def test_an_order_that_ended_meanwhile_is_told_to_have_ended(exchange, recovering):
    manager = recovering(trade(1), status="CANCELED", still_open=False)
    reports = ReportIterator(manager.subscribers)
    exchange.on_socket(send(NEW, close=True), send())
    await manager.start()
    heard_of = await told(manager, reports)
    assert [(each.execution_type, each.order_status) for each in heard_of] == [
        ("NEW", "NEW"),
        ("TRADE", "PARTIALLY_FILLED"),
        ("CANCELED", "CANCELED"),
    ]
    assert heard_of[-1].client_order_id == "nb-1"
    assert manager.ledger.open_orders() == []


async def test_the_last_trade_of_a_filled_order_says_filled(exchange, recovering):
    manager = recovering(*(trade(each) for each in range(1, 5)), status="FILLED", still_open=False)
    reports = ReportIterator(manager.subscribers)
    exchange.on_socket(send(NEW, close=True), send())
    await manager.start()
    assert [each.order_status for each in await told(manager, reports)][-2:] == ["PARTIALLY_FILLED", "FILLED"]


async def test_an_open_order_that_nobody_told_of_is_added(exchange, make_manager):
    exchange.on("GET", OPEN, answer([order(7)]))
    exchange.on("GET", TRADES, answer([]))
    exchange.on("GET", ORDER, answer(order(7)))
    exchange.on_socket(send())
    manager = make_manager(recovers=True)
    await manager.start()
    await eventually(lambda: manager.status.state == "connected")
    (known,) = manager.ledger.open_orders()
    assert (known["i"], known["X"], known["source"]) == (7, "NEW", "recovered")
    assert [watch.symbol for watch in manager.ledger.watches()] == ["BTCUSDT"]


async def test_a_real_report_that_comes_late_replaces_the_recovered_one_and_is_not_told_again(exchange, recovering):
    manager = recovering(trade(1), status="CANCELED", still_open=False)
    reports = ReportIterator(manager.subscribers)
    late = [heard(1, I=55), execution_report(q="2.00000000", x="CANCELED", X="CANCELED", I=77, C="nb-1", c="other")]

    async def withheld(socket):
        await socket.accept()
        await eventually(lambda: manager.ledger.gaps)
        for event in late:
            await socket.event(event)
        await socket.stay()

    exchange.on_socket(send(NEW, close=True), withheld)
    await manager.start()
    await eventually(lambda: manager.status.duplicates == 2)
    assert [each.execution_type for each in await told(manager, reports)] == ["NEW", "TRADE", "CANCELED"]
    frame = manager.ledger.reports_frame()
    assert frame["execution_id"].tolist() == [10, 55, 77]
    assert frame["source"].tolist() == ["stream"] * 3
    assert manager.ledger.fills_frame()["source"].tolist() == ["stream"]


async def test_pages_are_read_to_the_end(exchange, recovering):
    manager = recovering()
    many = [trade(each, qty="0.00000001", quoteQty="0.00060000") for each in range(1, 2501)]

    async def page(_request, seen):
        first = int(seen.params.get("fromId", 0))
        rows = [each for each in many if each["id"] >= first][: int(seen.params["limit"])]
        return await answer(rows)(_request, seen)

    exchange.on("GET", TRADES, page)
    exchange.on("GET", ORDER, answer(order(executed="0.00002500")))
    exchange.on_socket(send(NEW, close=True), send())
    await manager.start()
    await eventually(lambda: manager.ledger.gaps)
    assert manager.ledger.fills_frame()["trade_id"].tolist() == list(range(1, 2501))
    assert manager.ledger.latest_report("BTCUSDT", "nb-1")["z"] == "0.000025"
    assert manager.ledger.watches()[0].verified_id == 2500


async def test_many_orders_of_one_symbol_are_read_as_a_list(exchange, recovering):
    manager = recovering()
    filled = [order(each, "0.50000000", origQty="0.50000000", status="FILLED") for each in range(1, 21)]
    exchange.on("GET", TRADES, answer([trade(each, each) for each in range(1, 21)]))
    exchange.on("GET", ALL, answer(filled))
    exchange.on_socket(send(NEW, close=True), send())
    await manager.start()
    await eventually(lambda: manager.ledger.gaps)
    assert exchange.requests("GET", ORDER) == []
    assert len(exchange.requests("GET", ALL)) == 1
    frame = manager.ledger.reports_frame()
    assert (frame.query("execution_type == 'TRADE'")["order_status"] == "FILLED").all()
    assert len(manager.ledger.fills_frame()) == 20


@pytest.mark.parametrize(
    "trouble", [refuse(-1003, "Too many requests.", 429, **{"Retry-After": "0"}), drop, answer("busy", 503)]
)
async def test_trouble_during_recovery_is_waited_out(exchange, recovering, trouble):
    manager = recovering(trade(1))
    exchange.on("GET", TRADES, trouble, trouble, answer([trade(1)]))
    exchange.on_socket(send(NEW, close=True), send())
    await manager.start()
    await eventually(lambda: manager.ledger.gaps, 20)
    assert manager.ledger.fills_frame()["trade_id"].tolist() == [1]
    assert manager.ledger.gaps[0].is_complete


async def test_a_refusal_for_good_leaves_a_gap_that_says_so_and_the_stream_running(exchange, recovering):
    manager = recovering()
    exchange.on("GET", TRADES, refuse(-1121, "Invalid symbol."))
    exchange.on_socket(send(NEW, close=True), send(heard(1)))
    await manager.start()
    await eventually(lambda: manager.ledger.gaps)
    assert not manager.ledger.gaps[0].is_complete
    assert "Invalid symbol" in manager.ledger.gaps[0].reason
    await eventually(lambda: manager.ledger.fills_frame()["trade_id"].tolist() == [1])


async def test_a_cut_during_recovery_loses_nothing_that_was_held(exchange, recovering):
    manager = recovering(trade(1), trade(2))
    let_go = []

    async def slow(request, seen):
        await eventually(lambda: let_go)
        return await answer([trade(1)])(request, seen)

    async def cut_while_it_asks(socket):
        await socket.accept()
        await socket.event(heard(2))
        await eventually(lambda: manager.status.state == "recovering" and exchange.requests("GET", TRADES))
        await socket.ws.close()

    exchange.on("GET", TRADES, slow)
    exchange.on_socket(send(NEW, close=True), cut_while_it_asks, send())
    reports = ReportIterator(manager.subscribers)
    await manager.start()
    await eventually(lambda: manager.status.reconnects == 2)
    assert manager.ledger.fills_frame().empty
    let_go.append(True)
    assert [each.trade_id for each in await told(manager, reports)] == [-1, 1, 2]
    assert len(manager.ledger.gaps) == 1


async def test_stopping_during_recovery_keeps_what_was_held(exchange, recovering):
    manager = recovering()

    async def never(_request, _seen):
        await eventually(lambda: not manager.is_running)
        return await answer([])(_request, _seen)

    exchange.on("GET", TRADES, never)
    exchange.on_socket(send(NEW, close=True), send(heard(1)))
    await manager.start()
    await eventually(lambda: manager.status.events == 2)
    await manager.stop()
    assert manager.ledger.fills_frame()["trade_id"].tolist() == [1]


async def test_a_report_missing_before_one_that_came_is_asked_for_without_a_cut(exchange, recovering):
    manager = recovering(trade(1), trade(2), audit_delay_s=0.01)
    exchange.on_socket(send(NEW, heard(2)))
    await manager.start()
    await eventually(lambda: manager.ledger.gaps)
    assert manager.ledger.fills_frame()["trade_id"].tolist() == [1, 2]
    assert manager.status.reconnects == 0
    assert manager.ledger.gaps[0].reason == "reports were missing although the connection was not cut"


@pytest.mark.parametrize(
    ("later", "is_asked"),
    [
        ([heard(2)], True),
        ([heard(1), heard(3)], True),
        ([heard(1), heard(2)], False),
        ([heard(1), execution_report(x="CANCELED", X="CANCELED", I=3, z="1.00000000")], False),
        ([heard(1, i=9, z="0.50000000", I=8)], False),
    ],
    ids=["the first is missing", "one between", "none", "no report of a fill", "the first fill of an unknown order"],
)
async def test_only_a_fill_that_leaves_one_out_sends_the_standing_stream_to_rest(exchange, recovering, later, is_asked):
    manager = recovering(trade(1), trade(2), trade(3), audit_delay_s=0.01)
    exchange.on("GET", TRADES, answer([]))
    standing = asyncio.Event()

    async def script(socket):
        await socket.accept()
        await socket.event(NEW)
        await standing.wait()
        for event in later:
            await socket.event(event)
        await socket.stay()

    exchange.on_socket(script)
    await manager.start()
    await eventually(lambda: manager.status.state == "connected" and manager.status.events == 1)
    asked = len(exchange.requests("GET", TRADES))
    exchange.on("GET", TRADES, answer([trade(1), trade(2), trade(3)]))
    standing.set()
    await eventually(lambda: manager.status.events == 1 + len(later))
    assert (manager._audit is not None or len(exchange.requests("GET", TRADES)) > asked) is is_asked
    if is_asked:
        await eventually(lambda: manager.ledger.gaps)
        assert manager.ledger.gaps[0].reason == "reports were missing although the connection was not cut"
        assert manager.ledger.fills_frame()["trade_id"].tolist() == [1, 2, 3]


async def test_a_trade_that_an_answer_told_of_is_completed_and_its_report_made(exchange, recovering):
    ledger = Ledger()
    fill = {"product": "spot", "source": "response", "symbol": "BTCUSDT", "trade_id": 1, "order_id": 1}
    ledger.add_fill({**fill, "last_executed_qty": "0.5", "last_executed_price": "60000", "transaction_time": 5})
    manager = recovering(trade(1), ledger=ledger)
    exchange.on_socket(send(NEW, close=True), send())
    await manager.start()
    await eventually(lambda: ledger.gaps)
    assert ledger.gaps[0].fills == 0
    assert ledger.gaps[0].reports == 1
    assert ledger.fills_frame()["source"].tolist() == ["response"]
    assert ledger.has_trade_report("BTCUSDT", 1, "BUY")


async def test_an_order_joined_in_its_middle_has_the_right_sums(exchange, recovering):
    everything = [trade(1), trade(2), trade(3)]
    manager = recovering(*everything)

    async def page(request, seen):
        rows = everything if "orderId" in seen.params else everything[2:]
        return await answer(rows)(request, seen)

    exchange.on("GET", TRADES, page)
    exchange.on_socket(send(close=True), send())
    await manager.start()
    await eventually(lambda: manager.ledger.gaps and not manager.ledger.fills_frame().empty)
    assert manager.ledger.latest_report("BTCUSDT", "nb-1")["z"] == "1.5"


async def emptied(exchange, make_manager, *after, resets=True, told=None):
    """A manager that has read trades 1 to 3, and whose exchange has only those `after` when it is asked again."""
    manager = make_manager(recovers=True, resets=resets)
    if told is not None:
        Subscription(told.append, manager.subscribers)
    exchange.on("GET", OPEN, answer([]))
    exchange.on("GET", TRADES, answer([trade(1), trade(2), trade(3)]), *after)
    exchange.on("GET", ORDER, answer(order(executed="1.50000000")))

    async def cut_later(socket):
        await socket.accept()
        await eventually(lambda: manager.ledger.gaps)
        await socket.ws.close()

    exchange.on_socket(send(NEW, close=True), cut_later, send())
    await manager.start()
    await eventually(lambda: len(manager.ledger.gaps) == 2)
    return manager


def trades_and_eras(reports):
    return [(report.trade_id, report.era) for report in reports if report.is_trade]


LATER = 40 * 24 * 3_600_000


async def test_an_exchange_that_was_reset_begins_anew_and_nothing_of_before_is_lost(exchange, make_manager):
    anew = [trade(each, 1, time=SERVER_TIME + LATER + each, qty="0.25000000") for each in (1, 2)]
    told = []
    manager = await emptied(exchange, make_manager, answer([]), answer(anew), told=told)
    fills = manager.ledger.fills_frame()
    assert fills["trade_id"].tolist() == [1, 2, 3, 1, 2]
    assert fills["era"].tolist() == [0, 0, 0, 1, 1]
    assert fills["last_executed_qty"].sum() == 2.0
    numbered = [(1, 0), (2, 0), (3, 0), (1, 1), (2, 1)]
    await eventually(lambda: trades_and_eras(told) == numbered)
    assert trades_and_eras(manager.ledger.replay_since(0)) == numbered
    asked = [seen.params for seen in exchange.requests("GET", TRADES) if "orderId" not in seen.params]
    assert [each.get("fromId") for each in asked] == [None, "3", None]
    gap = manager.ledger.gaps[-1]
    assert "was reset" in gap.reason
    assert gap.is_complete
    assert gap.fills == 2
    assert manager.ledger.watches()[0].verified_id == 2


async def test_an_id_that_means_another_trade_tells_of_a_reset_too(exchange, make_manager):
    other = [trade(3, 7, time=SERVER_TIME + LATER)]
    manager = await emptied(exchange, make_manager, answer(other))
    assert manager.ledger.fills_frame()["trade_id"].tolist() == [1, 2, 3, 3]


async def test_trades_that_are_gone_where_nothing_is_reset_begin_nothing_anew(exchange, make_manager):
    manager = await emptied(exchange, make_manager, answer([]), resets=False)
    assert "era" not in manager.ledger.fills_frame()
    assert "reset" not in manager.ledger.gaps[-1].reason


async def test_a_list_that_was_refused_tells_nothing_of_a_reset(exchange, make_manager):
    manager = await emptied(exchange, make_manager, refuse(-1121, "Invalid symbol."))
    assert "era" not in manager.ledger.fills_frame()
    assert not manager.ledger.gaps[-1].is_complete


def with_ourselves(trade_id):
    """The two rows of a trade between two of our own orders: the buyer waited, the seller came."""
    return [
        trade(trade_id, 1),
        trade(trade_id, 2, isBuyer=False, isMaker=False, commission="0.5", commissionAsset="USDT"),
    ]


async def test_a_trade_with_ourselves_is_two_fills(exchange, recovering):
    manager = recovering(*with_ourselves(1), trade(2))
    exchange.on_socket(send(NEW, close=True), send())
    await manager.start()
    await eventually(lambda: manager.ledger.gaps)
    fills = manager.ledger.fills_frame()
    assert list(zip(fills["trade_id"], fills["side"], strict=True)) == [(1, "BUY"), (1, "SELL"), (2, "BUY")]
    assert manager.ledger.gaps[0].fills == 3


async def test_a_trade_with_ourselves_at_the_end_of_a_page_is_read_whole_and_once(exchange, recovering, monkeypatch):
    monkeypatch.setattr("binance_nb.stream.recovery.TRADES_PAGE", 3)
    manager = recovering()
    rows = [trade(1), trade(2), *with_ourselves(3), trade(4), trade(5), trade(6)]

    async def page(_request, seen):
        first = int(seen.params.get("fromId", 0))
        return await answer([each for each in rows if each["id"] >= first][:3])(_request, seen)

    async def one(_request, seen):
        found = {"1": order(executed="3.00000000"), "2": order(2, "0.50000000", side="SELL", status="FILLED")}
        return await answer(found[seen.params["orderId"]])(_request, seen)

    exchange.on("GET", TRADES, page)
    exchange.on("GET", ORDER, one)
    exchange.on_socket(send(NEW, close=True), send())
    await manager.start()
    await eventually(lambda: manager.ledger.gaps)
    fills = manager.ledger.fills_frame()
    assert sorted(zip(fills["trade_id"], fills["side"], strict=True)) == [
        (1, "BUY"), (2, "BUY"), (3, "BUY"), (3, "SELL"), (4, "BUY"), (5, "BUY"), (6, "BUY")
    ]  # fmt: skip
    assert manager.ledger.watches()[0].verified_id == 6
