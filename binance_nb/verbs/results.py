"""Answers as the caller wants them: a frame, or the decoded JSON."""

from __future__ import annotations

from typing import Any

import pandas as pd

from binance_nb import frames


def orders_frame(answer: Any, *, raw: bool, exact: bool) -> pd.DataFrame:
    """Return one order or a list of orders as a frame, or with `raw` the answer itself."""
    return answer if raw else frames.orders(frames.as_rows(answer), exact=exact)
