"""run(coro): asyncio.run where no loop runs, a patched loop where one does, and no patch before it is needed."""

import subprocess
import sys
import textwrap

import pytest

from binance_nb import run


async def double(number):
    return number * 2


async def fail():
    raise ValueError("from inside")


def test_without_a_loop_it_is_asyncio_run():
    assert run(double(21)) == 42


def test_an_exception_comes_out_as_itself():
    with pytest.raises(ValueError, match="from inside"):
        run(fail())


def python(script):
    """Run a script in an interpreter of its own, because patching asyncio is for good."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_inside_a_running_loop_it_waits_for_the_result():
    assert python("""
        import asyncio
        from binance_nb import run

        async def inner():
            await asyncio.sleep(0)
            return 42

        async def cell():
            first = run(inner())
            return first + run(inner())

        print(asyncio.run(cell()))
    """) == ["84"]


def test_asyncio_is_patched_on_the_first_nested_call_and_not_before():
    assert python("""
        import asyncio, sys
        import binance_nb
        from binance_nb import run

        async def inner():
            return 1

        def loaded():
            return any(name.startswith("nest_asyncio") for name in sys.modules)

        print(loaded())
        run(inner())
        print(loaded())

        async def cell():
            return run(inner())

        asyncio.run(cell())
        print(loaded())
    """) == ["False", "False", "True"]


def test_an_exception_inside_a_running_loop_comes_out_as_itself():
    assert python("""
        import asyncio
        from binance_nb import run

        async def fail():
            raise KeyError("x")

        async def cell():
            try:
                run(fail())
            except KeyError:
                return "caught"

        print(asyncio.run(cell()))
    """) == ["caught"]
