"""The venues of an environment: spot and USD-M futures have addresses, clocks, budgets and error codes of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from binance_nb.config import BinanceConfig
from binance_nb.credentials import WHERE_KEYS_ARE_MADE, Environment
from binance_nb.errors import ExchangeError
from binance_nb.models.futures_codes import FUTURES_CODES


@dataclass(frozen=True, slots=True)
class Venue:
    """One host: where it is, where it tells the time, and what its error codes mean."""

    base_url: str
    time_path: str
    codes: Mapping[int, type[ExchangeError]] = field(default_factory=dict)
    keys_made_at: str = ""


def spot_venue(config: BinanceConfig) -> Venue:
    """Return the spot exchange of the configured environment."""
    return Venue(config.get_base_url(), "/api/v3/time")


def futures_venue(config: BinanceConfig) -> Venue:
    """Return the USD-M futures exchange of the configured environment.

    Its testnet is the one behind demo trading, so that keys of the spot testnet are refused there.
    """
    made_at = WHERE_KEYS_ARE_MADE[Environment.DEMO] if config.environment is Environment.TESTNET else ""
    return Venue(config.get_futures_base_url(), "/fapi/v1/time", FUTURES_CODES, made_at)
