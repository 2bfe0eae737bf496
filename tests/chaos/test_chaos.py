"""The short chaos run of every test run; the long one is `python -m tests.chaos`."""

import pytest

from tests.chaos.run import Chaos


@pytest.mark.parametrize("seed", [1])
def test_after_chaos_the_ledger_equals_the_exchange(seed, tmp_path, monkeypatch):
    monkeypatch.setenv("BINANCE_SANDBOX_API_KEY", "")  # so that what the run sets is undone
    monkeypatch.setenv("BINANCE_SANDBOX_API_SECRET", "")
    figures = Chaos(tmp_path, seed=seed, limit_s=20).run(600, kills=2)
    assert figures.fills >= 300
    assert figures.troubles["kill"] == 2
