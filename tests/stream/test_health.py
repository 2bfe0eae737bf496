"""The health of the stream: silence, age, warnings of an end, and moving to another connection without a gap."""

import asyncio

from scripted import answer, eventually, trade_report

from binance_nb.stream.subscribers import ReportIterator

SHUTDOWN = {"e": "serverShutdown", "E": 1_790_000_000_000}


async def test_moving_over_opens_the_new_connection_before_the_old_one_is_left(exchange, make_manager):
    both = asyncio.Event()

    async def old(socket):
        await socket.accept()
        await socket.event(SHUTDOWN)
        await both.wait()
        await socket.event(trade_report(1))  # told by both, as two subscriptions of one account are
        await socket.event(trade_report(2))
        await socket.stay()

    async def new(socket):
        await socket.accept()
        both.set()
        await socket.event(trade_report(1))
        await socket.stay()

    exchange.on_socket(old, new)
    manager = make_manager()
    reports = ReportIterator(manager.subscribers)
    await manager.start()
    await eventually(lambda: manager.status.reports == 2)
    await eventually(lambda: manager.status.duplicates == 1)
    assert manager.status.reconnects == 1
    assert manager.ledger.gaps == []
    reports.close()
    assert [each.trade_id async for each in reports] == [1, 2]
    await eventually(lambda: exchange.sockets[0].ws.closed)
    assert not exchange.sockets[1].ws.closed


async def test_an_old_connection_is_left_before_the_exchange_ends_it(exchange, make_manager):
    async def stay(socket):
        await socket.accept()
        await socket.stay()

    exchange.on_socket(stay)
    manager = make_manager(lifetime_s=0.02)
    await manager.start()
    await eventually(lambda: manager.status.reconnects >= 2)
    assert manager.status.last_problem == "the connection grew old"
    assert manager.ledger.gaps == []


async def test_moving_over_tries_again_while_the_old_connection_lives(exchange, make_manager):
    refused = []

    async def old(socket):
        await socket.accept()
        await socket.event(SHUTDOWN)
        await eventually(lambda: len(refused) == 3)
        await socket.event(trade_report(1))
        await socket.stay()

    async def refuse(socket):
        refused.append(1)
        socket._request.transport.abort()

    async def stay(socket):
        await socket.accept()
        await socket.stay()

    exchange.on_socket(old, refuse, refuse, refuse, stay)
    manager = make_manager()
    await manager.start()
    await eventually(lambda: manager.status.reconnects == 1)
    await eventually(lambda: manager.status.reports == 1)


async def test_a_gap_begins_with_the_last_sign_of_life_and_not_when_silence_was_noticed(exchange, make_manager):
    async def mute(socket):
        await socket.accept()
        await socket.stay()

    exchange.on("GET", "/api/v3/openOrders", answer([]))
    exchange.on_socket(mute)
    manager = make_manager(recovers=True, silence_s=0.3)
    await manager.start()
    await eventually(lambda: manager.ledger.gaps)
    gap = manager.ledger.gaps[0]
    assert "nothing was heard" in gap.reason
    assert gap.end_ms - gap.start_ms >= 300


async def test_the_age_of_the_last_frame_is_known_while_connected(exchange, make_manager):
    async def stay(socket):
        await socket.accept()
        await socket.stay()

    exchange.on_socket(stay)
    manager = make_manager()
    assert manager.heard_s_ago is None
    await manager.start()
    assert manager.heard_s_ago >= 0
    await manager.stop()
    assert manager.heard_s_ago is None
