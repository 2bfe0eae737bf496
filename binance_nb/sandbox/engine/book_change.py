"""What a step changed on a book: the price levels, with their new quantities, and the best prices after it."""

from decimal import Decimal
from typing import Any

from binance_nb.sandbox.engine.book import BookSide, OrderBook
from binance_nb.sandbox.engine.events import BookChange
from binance_nb.sandbox.engine.units import from_units


def take_book_change(symbol: str, book: OrderBook[Any], now_us: int) -> BookChange | None:
    """Return what changed since the last time and forget it, None if nothing did; each level takes an update id."""
    if not (book.bids.changed or book.asks.changed):
        return None
    bids, asks = _drain_side(book.bids), _drain_side(book.asks)
    first = book.update_id + 1
    book.update_id += len(bids) + len(asks)
    return BookChange(
        symbol=symbol,
        time_us=now_us,
        first_update_id=first,
        last_update_id=book.update_id,
        bids=bids,
        asks=asks,
        best_bid=_best(book.bids),
        best_ask=_best(book.asks),
    )


def _drain_side(side: BookSide[Any]) -> tuple[tuple[Decimal, Decimal], ...]:
    changed, side.changed = side.changed, {}
    levels = side.levels
    return tuple(
        (from_units(price), from_units(levels[price].visible_u if price in levels else 0)) for price in changed
    )


def _best(side: BookSide[Any]) -> tuple[Decimal, Decimal] | None:
    level = side.best()
    return (from_units(level.price_u), from_units(level.visible_u)) if level else None
