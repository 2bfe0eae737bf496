"""One fill of USD-M futures from the account's trade list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from binance_nb.models.fields import snake_case
from binance_nb.models.fills import SOURCE_TRADES, USDM
from binance_nb.models.futures_fields import FUTURES_TRADE_FIELDS


def fill_from_futures_trade(trade: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fill in a row of `GET /fapi/v1/userTrades`."""
    row = {FUTURES_TRADE_FIELDS.get(key) or snake_case(key): value for key, value in trade.items()}
    row.pop("is_buyer", None)  # the row tells the side itself
    return {**row, "product": USDM, "source": SOURCE_TRADES}
