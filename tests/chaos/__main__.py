"""The long chaos run: `python -m tests.chaos --fills 100000 --kills 50 --seed 1`; prints its figures."""

import argparse
import tempfile
from pathlib import Path

from tests.chaos.run import PRODUCTS, Chaos


def main() -> None:
    """Run, compare, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--fills", type=int, default=100_000)
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--minutes", type=float, default=90, help="make no more fills after that (default: 90)")
    options.add_argument("--product", choices=PRODUCTS, default="spot")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        chaos = Chaos(Path(folder), seed=given.seed, limit_s=given.minutes * 60, product=given.product)
        figures = chaos.run(given.fills, kills=given.kills)
    print(f"{figures.fills} fills in {figures.seconds:.0f} s, equal to the exchange's list row by row")
    print("troubles:", ", ".join(f"{name} {count}" for name, count in sorted(figures.troubles.items())))
    print("the last life:", ", ".join(f"{name} {count}" for name, count in figures.lives[-1].items()))


if __name__ == "__main__":
    main()
