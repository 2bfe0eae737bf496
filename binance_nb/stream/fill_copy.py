"""Fills as they were at one moment, made into a frame while the ledger goes on growing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from binance_nb import frames, schemas
from binance_nb.schemas import Column, Kind
from binance_nb.stream.fill_codes import DECIMALS, MISSING, ODD, SCALE, decimals

DERIVED = "last_quote_qty"
"""Where nobody told it, it is price times quantity."""

ERA = "era"
"""The column that counts how often the exchange had forgotten everything before a fill; there once it has."""

FREE_TEXT = "client_order_id"
"""The text that differs from order to order; all others are words of a small vocabulary."""


class FillCopy:
    """The columns at one moment."""

    def __init__(
        self,
        columns: dict[str, Any],
        texts: list[str | None],
        words: dict[str, list[str]],
        odd: dict[tuple[str, int], Any],
        extras: dict[int, dict[str, Any]],
        eras: dict[str, list[int]],
    ) -> None:
        """Keep the copies."""
        self._columns = columns
        self._texts = texts
        self._words = words
        self._odd = odd
        self._extras = extras
        self._eras = eras

    def frame(
        self, symbol: str | None, order_id: int | None, *, product: str | None = None, exact: bool
    ) -> pd.DataFrame:
        """Return a frame of the FILLS schema, in the exchange's order within a symbol."""
        places = self._places(symbol, order_id, product)
        in_order = len(places) == len(self._texts) and bool((places[1:] > places[:-1]).all())
        rows = slice(None) if in_order else places  # all of them: nothing to pick out
        made = {column.name: self._made(column, rows, places, exact=exact) for column in schemas.FILLS}
        strangers: dict[str, None] = {}
        if self._extras:
            for place in places.tolist():
                strangers.update(dict.fromkeys(self._extras.get(place, ())))
        for name in strangers:
            made[name] = pd.Series([self._extras.get(place, {}).get(name) for place in places.tolist()]).array
        if self._eras:
            made[ERA] = self._era_of(places)
        return pd.DataFrame(made, copy=False)

    def _era_of(self, places: Any) -> Any:
        eras = np.zeros(len(places), dtype="int64")
        for product, starts in self._eras.items():
            known = self._words["product"]
            told = self._columns["product"][places] == (known.index(product) if product in known else ODD)
            eras += np.where(told, np.searchsorted(starts, places, side="right"), 0)
        return eras

    def _places(self, symbol: str | None, order_id: int | None, product: str | None) -> Any:
        symbols = self._columns["symbol"]
        chosen = np.ones(len(symbols), dtype="bool")
        for name, word in (("symbol", symbol), ("product", product)):
            if word is not None:
                known = self._words[name]
                chosen &= self._columns[name] == (known.index(word) if word in known else ODD)
        if order_id is not None:
            chosen &= self._columns["order_id"] == order_id
        places = np.flatnonzero(chosen)
        times = self._columns["transaction_time"][places]
        times = np.where(times == MISSING, 0, times)
        if (times[1:] > times[:-1]).all():  # told in order, as it mostly is: nothing to sort
            return places
        vocabulary = self._words["symbol"]
        ranks = np.argsort(np.argsort(np.array(vocabulary, dtype="object")))
        return places[np.lexsort((self._columns["trade_id"][places], ranks[symbols[places]], times))]

    def _made(self, column: Column, rows: Any, places: Any, *, exact: bool) -> Any:
        """Return a column: of `rows`, as an index or slice, which are those at `places`."""
        name = column.name
        if name == FREE_TEXT:
            told = np.array(self._texts, dtype="object")[rows]
            return pd.array(told, dtype=column.dtype())
        codes = self._columns[name][rows]
        match column.kind:
            case Kind.TEXT:
                words = pd.array([*self._words[name], None], dtype=column.dtype())
                return words.take(np.where(codes == MISSING, len(words) - 1, codes))
            case Kind.WORD:
                return self._categories(column, codes)
            case Kind.NUMBER:
                return self._numbers(column, codes, places, exact=exact)
            case Kind.TIME:
                times = np.where(codes == MISSING, -1, codes)
                return frames.times(times)
            case Kind.FLAG:
                return codes == 1
            case _:
                return np.where(codes == MISSING, -1, codes)

    def _categories(self, column: Column, codes: Any) -> Any:
        vocabulary = self._words[column.name]
        known = np.where(codes == MISSING, len(vocabulary), codes)
        counts = np.bincount(known, minlength=len(vocabulary))
        used = {word for word, count in zip(vocabulary, counts, strict=False) if count}
        categories = [*column.words, *sorted(used - set(column.words))]
        numbers = [categories.index(word) if word in categories else -1 for word in vocabulary]
        mapped = np.array([*numbers, -1], dtype="int64")[known]
        return pd.Categorical.from_codes(mapped, dtype=pd.CategoricalDtype(categories))

    def _numbers(self, column: Column, codes: Any, places: Any, *, exact: bool) -> Any:
        strange = codes <= ODD
        if not strange.any():
            return decimals(codes) if exact else codes / SCALE
        if column.name != DERIVED and len(codes) and (codes == MISSING).all():  # such as the realized PnL of spot fills
            return pd.array([None], dtype=column.dtype(exact=exact)).take(np.zeros(len(codes), dtype="int64"))
        if not exact:
            numbers = codes / SCALE
            if column.name != DERIVED:
                numbers[codes == MISSING] = np.nan
                strange = codes == ODD
            for at in np.flatnonzero(strange).tolist():
                value = self._told(column.name, int(places[at]))
                numbers[at] = np.nan if value is None else float(value)
            return numbers
        return frames.numbers([self._told(column.name, place) for place in places.tolist()], column, exact=True)

    def _told(self, name: str, place: int) -> Decimal | None:
        code = int(self._columns[name][place])
        if code == ODD:
            return Decimal(self._odd[name, place])
        if code != MISSING:
            return Decimal(code).scaleb(-DECIMALS)
        if name != DERIVED:
            return None
        price, quantity = self._told("last_executed_price", place), self._told("last_executed_qty", place)
        return None if price is None or quantity is None else price * quantity
