"""Orders a second of the sandbox: the engine alone and over its doors, with 10^3, 10^5 and 10^6 orders resting.

    python tests/bench/bench_sandbox.py [--sizes 1000 100000 1000000] [--seconds 3] [--engine-only]

One unit of work is an order that rests and its cancel (two requests), or a market order that takes the best price (one,
while a maker's order replaces what it took). The cost per order should grow no faster than the logarithm of the book.
"""

import argparse
import asyncio
import hashlib
import hmac
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from binance_nb.models.enums import OrderSide, SpotOrderType, TimeInForce
from binance_nb.sandbox.clock import ClockMode
from binance_nb.sandbox.engine.commands import CancelOrder, NewOrder
from binance_nb.sandbox.engine.exchange import Exchange
from binance_nb.sandbox.engine.specs import LotSize, PriceFilter, SymbolSpec
from binance_nb.sandbox.server.app import SandboxServer
from binance_nb.sandbox.server.limits import LimitSettings
from binance_nb.sandbox.server.venue import MAIN_ACCOUNT, Venue, VenueSettings

SIZES = (1_000, 100_000, 1_000_000)
SYMBOL = "BTCUSDT"
MID = 1_000_000  # ticks
TICK = Decimal("0.01")
LEVELS = 20_000  # price levels on each side at most
MONEY = Decimal(10) ** 10
KEY, SECRET = "K" * 64, "S" * 64
SPEC = SymbolSpec(
    symbol=SYMBOL,
    base_asset="BTC",
    quote_asset="USDT",
    filters=(
        PriceFilter(TICK, Decimal(1_000_000), TICK),
        LotSize(Decimal("0.00001"), Decimal(90_000), Decimal("0.00001")),
    ),
)


def limit(side: OrderSide, ticks: int, quantity: str = "0.001") -> NewOrder:
    """Return a limit order at so many ticks."""
    return NewOrder(
        symbol=SYMBOL, side=side, type=SpotOrderType.LIMIT, time_in_force=TimeInForce.GTC,
        quantity=Decimal(quantity), price=TICK * ticks,
    )  # fmt: skip


def fill_book(exchange: Exchange, orders: int) -> int:
    """Let a house account rest so many orders, half on each side, and return the account's id."""
    house = exchange.open_account({"BTC": MONEY, "USDT": MONEY}, 1, silent=True)
    for number in range(orders // 2):
        away = 10 + number % LEVELS
        exchange.place_order(house, limit(OrderSide.BUY, MID - away), 1)
        exchange.place_order(house, limit(OrderSide.SELL, MID + away), 1)
        if number % 1_000 == 0:
            exchange.drain_events()
    exchange.drain_events()
    return house


def engine_rates(orders: int, seconds: float) -> tuple[float, float]:
    """Return rest-and-cancel requests and market orders a second of the engine alone."""
    exchange = Exchange([SPEC])
    house = fill_book(exchange, orders)
    trader = exchange.open_account({"BTC": MONEY, "USDT": MONEY}, 1, silent=True)
    now = itertools.count(2)

    def rest_and_cancel() -> int:
        placed = exchange.place_order(trader, limit(OrderSide.BUY, MID - 5), next(now))
        exchange.cancel_order(trader, CancelOrder(symbol=SYMBOL, order_id=placed.order.order_id), next(now))
        exchange.drain_events()
        return 2

    def take() -> int:
        exchange.place_order(house, limit(OrderSide.SELL, MID + 3), next(now))
        taker = NewOrder(symbol=SYMBOL, side=OrderSide.BUY, type=SpotOrderType.MARKET, quantity=Decimal("0.001"))
        exchange.place_order(trader, taker, next(now))
        exchange.drain_events()
        return 2

    return rate(rest_and_cancel, seconds), rate(take, seconds)


def rate(work: Callable[[], int], seconds: float) -> float:
    """Return requests a second of a piece of work that returns how many it made."""
    done, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds:
        done += work()
    return done / spent


async def serve(orders: int) -> None:
    """Serve an exchange with so many orders resting until standard input closes."""
    settings = VenueSettings(
        clock=ClockMode.REAL, market=False, specs=(SPEC,), limits=LimitSettings(enabled=False),
        balances={"BTC": MONEY, "USDT": MONEY},
    )  # fmt: skip
    venue = Venue(settings)
    # Unfilled order counts would refuse the load; the house's accounts have none.
    venue.exchange.account(venue.account_id(MAIN_ACCOUNT)).silent = True
    fill_book(venue.exchange, orders)
    venue.keys.add_hmac(MAIN_ACCOUNT, KEY, SECRET)
    async with SandboxServer(venue) as server:
        print(server.rest_url, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def signed(params: dict[str, object]) -> str:
    """Return a signed query string."""
    payload = urlencode(params | {"timestamp": int(time.time() * 1_000)})
    return f"{payload}&signature={hmac.new(SECRET.encode(), payload.encode(), hashlib.sha256).hexdigest()}"


ORDER = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.001"}
PRICE = f"{TICK * (MID - 5)}"


async def door_rates(url: str, seconds: float) -> dict[str, float]:
    """Return rest-and-cancel requests a second over HTTP (one at a time, sixteen at a time) and the WebSocket API."""
    async with aiohttp.ClientSession(headers={"X-MBX-APIKEY": KEY}) as http:

        async def request(verb: str, params: dict[str, object]) -> dict[str, object]:
            address = URL(f"{url}/api/v3/order?{signed(params)}", encoded=True)
            async with http.request(verb, address) as answer:
                body = await answer.json()
                if answer.status != 200:
                    raise RuntimeError(body)
                return body

        async def over_http() -> int:
            placed = await request("POST", ORDER | {"price": PRICE, "newOrderRespType": "ACK"})
            await request("DELETE", {"symbol": SYMBOL, "orderId": placed["orderId"]})
            return 2

        found = {
            "http x1": await async_rate(over_http, seconds, 1),
            "http x16": await async_rate(over_http, seconds, 16),
        }
        async with http.ws_connect(url.replace("http", "ws") + "/ws-api/v3?returnRateLimits=false") as socket:

            async def ask(method: str, params: dict[str, object]) -> dict[str, object]:
                params = params | {"apiKey": KEY, "timestamp": int(time.time() * 1_000)}
                payload = "&".join(f"{name}={params[name]}" for name in sorted(params))
                params["signature"] = hmac.new(SECRET.encode(), payload.encode(), hashlib.sha256).hexdigest()
                await socket.send_str(json.dumps({"id": 1, "method": method, "params": params}))
                answer = json.loads(await socket.receive_str())
                if answer["status"] != 200:
                    raise RuntimeError(answer)
                return answer["result"]

            async def over_ws() -> int:
                placed = await ask("order.place", ORDER | {"price": PRICE, "newOrderRespType": "ACK"})
                await ask("order.cancel", {"symbol": SYMBOL, "orderId": placed["orderId"]})
                return 2

            found["ws x1"] = await async_rate(over_ws, seconds, 1)
        return found


async def async_rate(work: Callable[[], Awaitable[int]], seconds: float, workers: int) -> float:
    """Return requests a second of a piece of work done by several workers at once."""
    start = time.perf_counter()

    async def worker() -> int:
        done = 0
        while time.perf_counter() - start < seconds:
            done += await work()
        return done

    counts = await asyncio.gather(*(worker() for _ in range(workers)))
    return sum(counts) / (time.perf_counter() - start)


def measured_over_doors(orders: int, seconds: float) -> dict[str, float]:
    """Return the rates over the doors of a server in a process of its own."""
    command = [sys.executable, __file__, "--serve", str(orders)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        try:
            return asyncio.run(door_rates(server.stdout.readline().strip(), seconds))
        finally:
            server.stdin.close()


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--engine-only", action="store_true")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve is not None:
        asyncio.run(serve(options.serve))
        return
    columns = (
        f"{'resting':>9} {'engine rest+cancel':>19} {'engine take':>12} {'http x1':>9} {'http x16':>9} {'ws x1':>9}"
    )
    print(columns + "  (requests/s)")
    for size in options.sizes:
        rests, takes = engine_rates(size, options.seconds)
        doors = {} if options.engine_only else measured_over_doors(size, options.seconds)
        shown = " ".join(f"{value:>9,.0f}" for value in doors.values())
        print(f"{size:>9,} {rests:>19,.0f} {takes:>12,.0f} {shown}", flush=True)


if __name__ == "__main__":
    main()
