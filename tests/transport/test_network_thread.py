"""NetworkThread.run: the result or the error comes back, and what nobody waits for any more goes on."""

import asyncio
import gc
import threading
import weakref

import pytest

from binance_nb.transport.thread import NetworkThread


@pytest.fixture(scope="module")
def network():
    thread = NetworkThread()
    yield thread
    thread.loop.call_soon_threadsafe(thread.loop.stop)


async def told(value):
    await asyncio.sleep(0)
    return value


@pytest.mark.parametrize("value", [7, None, ValueError("a result, not a mistake")], ids=repr)
def test_the_result_comes_back(network, value):
    assert network.run(told(value)) is value
    assert network.run(told(value), 5) is value


@pytest.mark.parametrize(
    "error", [ValueError("no"), KeyboardInterrupt(), asyncio.CancelledError(), SystemExit(3)], ids=repr
)
def test_an_error_comes_back_as_itself_and_the_thread_lives_on(network, error):
    async def fail():
        await asyncio.sleep(0)
        raise error

    with pytest.raises(type(error)) as raised:
        network.run(fail())
    assert raised.value is error
    assert network.run(told(1), 5) == 1


def test_work_goes_on_after_nobody_waits_for_it(network):
    known, ended = [], threading.Event()

    async def slow():
        waiter = asyncio.get_running_loop().create_future()
        known.append(weakref.ref(waiter))  # nothing but this coroutine's own task keeps it alive
        await waiter
        ended.set()

    with pytest.raises(TimeoutError):
        network.run(slow(), 0.2)
    gc.collect()
    network.loop.call_soon_threadsafe(lambda: known[0]().set_result(None))
    assert ended.wait(5)


def test_many_threads_get_their_own_answers(network):
    async def later(value):
        await asyncio.sleep(0.001 * (value % 3))
        return value

    answers = {}
    threads = [
        threading.Thread(target=lambda n=n: answers.update({n: [network.run(later(n + k)) for k in range(20)]}))
        for n in range(0, 160, 20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert answers == {n: list(range(n, n + 20)) for n in range(0, 160, 20)}
