"""One contender in a process of its own: commands come as JSON lines, measurements go back the same way.

`python -m tests.bench.worker MODULE CLASS REST WS`; `{"do": "orders", "count": 500, "at_once": 1}` answers the seconds
of each order and the CPU seconds of the whole; with `"profile": true` also where they went.
"""

import asyncio
import cProfile
import gc
import importlib
import inspect
import json
import sys
import time

from tests.bench.profile import by_part


async def answered(call):
    """Await what a contender returns, if it is to be awaited."""
    result = call()
    return await result if inspect.isawaitable(result) else result


async def orders(contender, count, at_once):
    """Place `count` orders, `at_once` at a time; return how long each took, all together, and the CPU time."""
    if not inspect.iscoroutinefunction(contender.order):
        return repeated(contender.order, count)
    taken = []
    left = iter(range(count))

    async def place():
        for _ in left:
            sent = time.perf_counter()
            await contender.order()
            taken.append(time.perf_counter() - sent)

    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(place() for _ in range(at_once)))
    return taken, time.perf_counter() - began, time.process_time() - cpu


def repeated(call, count):
    """Make a blocking call `count` times; return how long each took, all together, and the CPU time."""
    taken, cpu = [], time.process_time()
    for _ in range(count):
        sent = time.perf_counter()
        call()
        taken.append(time.perf_counter() - sent)
    return taken, sum(taken), time.process_time() - cpu


async def main():
    """Serve until the standard input ends."""
    module, name, rest, ws = sys.argv[1:]
    contender = getattr(importlib.import_module(f"tests.bench.contenders.{module}"), name)()
    if hasattr(contender, "open"):
        await answered(lambda: contender.open(rest, ws))
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command = json.loads(line)
        gc.collect()
        profile = cProfile.Profile() if command.pop("profile", False) else None
        if profile is not None:
            profile.enable()
        match command.pop("do"):
            case "orders":
                taken, wall, cpu = await orders(contender, **command)
            case "trades" | "all_trades" as name:
                taken, wall, cpu = repeated(getattr(contender, name), **command)
            case "receive":
                wall, cpu = await contender.receive(rest, ws, **command)
                taken = []
        told = {"taken": taken, "wall": wall, "cpu": cpu}
        if profile is not None:
            profile.disable()
            told["parts"] = by_part(profile)
        print("told " + json.dumps(told), flush=True)
    if hasattr(contender, "close"):
        await answered(contender.close)


if __name__ == "__main__":
    asyncio.run(main())
