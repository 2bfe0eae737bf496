"""What measures cost, from 1e5 fills on: `python -m tests.bench.bench_analysis`; `--archive 100`: 100 million on disk.

The archive is made and measured in processes of their own, so that the peak of memory printed is that of the measures.
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from binance_nb import analysis

T0 = 1_790_000_000_000 - 1_790_000_000_000 % 86_400_000
DAY = 86_400_000
SYMBOLS = ("BTCUSDT", "ETHUSDT", "BNBUSDT", "SOLUSDT")
TEXT = pd.StringDtype(na_value=np.nan)


def times(ms):
    """Epoch milliseconds as times."""
    return pd.DatetimeIndex(ms.astype("datetime64[ms]")).tz_localize("UTC")


def market(count, symbols, first_day, days, seed):
    """Fills (five an order), orders and quotes of some symbols over some days."""
    draw = np.random.default_rng(seed)
    orders = -(-count // 5)
    of = np.repeat(np.arange(orders), 5)[:count]
    symbol = pd.array(np.array(symbols)[draw.integers(0, len(symbols), orders)], dtype=TEXT)
    side = draw.integers(0, 2, orders)
    ms = T0 + first_day * DAY + np.sort(draw.integers(0, days * DAY, count))
    price = np.round(100 * np.exp(np.cumsum(draw.normal(0, 1e-6, count))), 2)
    ids = np.int64(first_day) * 10**8 + np.arange(count)
    fills = pd.DataFrame(
        {
            "transaction_time": times(ms), "symbol": symbol[of],
            "side": pd.Categorical.from_codes(side[of], ["BUY", "SELL"]),
            "last_executed_qty": draw.integers(1, 10_000, count) / 1000, "last_executed_price": price,
            "commission_amount": draw.integers(0, 1000, count) / 1e6,
            "commission_asset": pd.array(np.array(["BNB", "USDT"])[draw.integers(0, 2, count)], dtype=TEXT),
            "is_maker": draw.random(count) < 0.5, "trade_id": ids, "order_id": np.int64(first_day) * 10**8 + of,
            "product": pd.Categorical.from_codes(np.zeros(count, "int8"), ["spot", "usdm"]),
        }
    )  # fmt: skip
    when = T0 + first_day * DAY - 1 + np.sort(draw.integers(0, days * DAY, count))
    quotes = pd.DataFrame(
        {
            "event_time": times(np.concatenate([np.full(len(symbols), T0 + first_day * DAY - 3_600_000), when])),
            "symbol": pd.array([*symbols, *np.array(symbols)[draw.integers(0, len(symbols), count)]], dtype=TEXT),
            "bid_price": np.concatenate([np.full(len(symbols), 99.99), price - 0.01]),
            "ask_price": np.concatenate([np.full(len(symbols), 100.01), price + 0.01]),
            "update_id": np.arange(count + len(symbols)), "product": "spot",
        }
    )  # fmt: skip
    first = np.arange(0, count, 5)
    quantity = np.bincount(of, weights=fills["last_executed_qty"])
    placed = pd.DataFrame(
        {
            "symbol": symbol, "order_id": fills["order_id"].to_numpy()[first],
            "side": fills["side"].array[first], "quantity": quantity + 0.1, "order_status": "CANCELED",
            "order_creation_time": fills["transaction_time"].array[first] - pd.Timedelta("1s"),
            "transaction_time": fills["transaction_time"].array[first] + pd.Timedelta("1D"), "product": "spot",
        }
    )  # fmt: skip
    placed["decision_time"] = placed["order_creation_time"]
    return fills, placed, quotes


def measures(fills, orders, quotes):
    """Every measure, by name."""
    trades = quotes.rename(columns={"event_time": "transaction_time", "bid_price": "price"}).assign(quantity=1.0)
    priced = analysis.fees_in_quote(fills, quotes)
    lives = analysis.order_lives(orders, fills)
    spread = analysis.spreads(fills, quotes)
    told = {
        "average_prices by order": lambda: analysis.average_prices(fills),
        "average_prices by day": lambda: analysis.average_prices(fills, by="day"),
        "maker_taker by day": lambda: analysis.maker_taker(fills, by="day"),
        "attach_quotes": lambda: analysis.attach_quotes(fills, quotes),
        "spreads": lambda: analysis.spreads(fills, quotes),
        "markouts, 1 horizon": lambda: analysis.markouts(fills, quotes, ["1s"]),
        "markouts, 8 horizons": lambda: analysis.markouts(fills, quotes),
        "markout_curve, 8 horizons": lambda: analysis.markout_curve(fills, quotes),
        "fees_in_quote": lambda: analysis.fees_in_quote(fills, quotes),
        "order_lives": lambda: analysis.order_lives(orders, fills),
        "life_summary": lambda: analysis.life_summary(lives),
        "shortfall": lambda: analysis.shortfall(orders, priced, quotes),
        "positions fifo": lambda: analysis.positions(fills),
        "positions average": lambda: analysis.positions(fills, "average"),
        "profit": lambda: analysis.profit(priced),
        "round_trips": lambda: analysis.round_trips(priced),
        "compare": lambda: analysis.compare(spread, "effective_spread_bps", "is_maker"),
        "difference": lambda: analysis.difference(spread, "effective_spread_bps", "is_maker"),
    }
    for against in analysis.BENCHMARKS:
        told[f"slippage {against}"] = lambda against=against: analysis.slippage(
            fills, against, orders=orders, quotes=quotes, trades=trades
        )
    return told


def grow(largest):
    """Time every measure at 1e5 fills, then ten times as many, to the largest."""
    counts = [10**power for power in range(5, 10) if 10**power <= largest]
    found = {}
    for count in counts:
        for name, run in measures(*market(count, SYMBOLS[:3], 0, 5, seed=1)).items():
            began = time.process_time()  # of this process alone: the same on a busy machine
            run()
            found.setdefault(name, []).append(time.process_time() - began)
    print(f"{'CPU seconds for fills:':28}" + "".join(f"{count:>12,}" for count in counts))
    for name, taken in found.items():
        print(f"{name:28}" + "".join(f"{each:12.3f}" for each in taken), flush=True)


def fill_archive(folder, millions):
    """Write so many million fills, a million a day of a market, and a tenth as many quotes."""
    archive = analysis.Archive(folder)
    began = time.perf_counter()
    for number in range(millions):
        symbol, day = SYMBOLS[number % len(SYMBOLS)], number // len(SYMBOLS)
        fills = market(1_000_000, (symbol,), day, 1, seed=number)[0]
        quotes = market(100_000, (symbol,), day, 1, seed=number)[2]
        archive.write(fills=fills, quotes=quotes)
    size = sum(path.stat().st_size for path in Path(folder).rglob("*.parquet"))
    print(f"written: {millions} million fills in {time.perf_counter() - began:.0f} s, {size / 1e9:.2f} GB", flush=True)


def measure_archive(folder):
    """Measure the archive, and say how much memory that took at most."""
    archive = analysis.Archive(folder)
    ways = {
        "average_prices by day": lambda: analysis.average_prices(archive, by="day"),
        "maker_taker": lambda: analysis.maker_taker(archive),
        "compare slippage against mid": lambda: analysis.compare(
            analysis.slippage(archive, "mid"), "slippage_bps", "symbol"
        ),
        "markout_curve, 2 horizons": lambda: analysis.markout_curve(archive, horizons=["1s", "60s"], by="symbol"),
        "profit fifo with fees": lambda: analysis.profit(archive, dict.fromkeys(SYMBOLS, 100.0)),
    }
    for name, run in ways.items():
        began = time.perf_counter()
        told = run()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{name:30} {time.perf_counter() - began:8.1f} s, {len(told)} rows, peak {peak:.0f} MB", flush=True)


def main():
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--fills", type=int, default=1_000_000, help="the largest frame")
    options.add_argument("--archive", type=int, default=0, help="also an archive of so many million fills")
    given = options.parse_args()
    if given.fills:
        grow(given.fills)
    if given.archive:
        with tempfile.TemporaryDirectory() as folder:
            apart = multiprocessing.get_context("spawn")
            for work, arguments in ((fill_archive, (folder, given.archive)), (measure_archive, (folder,))):
                process = apart.Process(target=work, args=arguments)
                process.start()
                process.join()


if __name__ == "__main__":
    main()
