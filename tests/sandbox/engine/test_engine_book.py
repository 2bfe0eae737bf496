"""The sorted prices under the book, against a plain sorted list."""

from hypothesis import given
from hypothesis import strategies as st

from binance_nb.sandbox.engine import book
from binance_nb.sandbox.engine.book import SortedPrices


@given(st.lists(st.integers(0, 200)), st.integers(2, 8))
def test_sorted_prices_are_a_sorted_set(values, block):
    kept = book._BLOCK
    book._BLOCK = block  # small blocks, so that they split and empty
    try:
        prices, model = SortedPrices(), set()
        for value in values:
            if value in model:
                prices.remove(value)
                model.remove(value)
            else:
                prices.add(value)
                model.add(value)
            assert list(prices.ascending()) == sorted(model)
            assert list(prices.descending()) == sorted(model, reverse=True)
            assert bool(prices) == bool(model)
            if model:
                assert (prices.first(), prices.last()) == (min(model), max(model))
    finally:
        book._BLOCK = kept


def test_blocks_stay_small_however_many_prices_there_are():
    prices = SortedPrices()
    for value in range(20_000):
        prices.add(value * 7919 % 20_011)
    assert max(len(block) for block in prices._blocks) <= book._BLOCK
    assert list(prices.ascending()) == sorted(value * 7919 % 20_011 for value in range(20_000))
