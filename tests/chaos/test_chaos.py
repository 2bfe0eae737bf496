"""The short chaos run of every test run; the long one is `python -m tests.chaos`."""

import pytest

from tests.chaos.run import Chaos


@pytest.mark.parametrize(("product", "fills", "seed"), [("spot", 600, 1), ("usdm", 300, 1)])
def test_after_chaos_the_ledger_equals_the_exchange(product, fills, seed, tmp_path, monkeypatch):
    monkeypatch.setenv("BINANCE_SANDBOX_API_KEY", "")  # so that what the run sets is undone
    monkeypatch.setenv("BINANCE_SANDBOX_API_SECRET", "")
    figures = Chaos(tmp_path, seed=seed, limit_s=20, product=product).run(fills, kills=2)
    assert figures.fills >= fills / 2
    assert figures.troubles["kill"] == 2
